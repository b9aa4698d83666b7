/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "base/text.h"
#include "dstack/evidence.h"
#include "intel/quote_json.h"
#include "verify/verify.h"

/* The JSON of a report: what `dstack verify --json` prints. A member whose
 * value is not known is left out, never guessed. */

static void
write_verdict(ds_jw *w, const dstack_report *r)
{
    int reason = dstack_report_reason(r);
    const dstack_quote *q = dstack_report_quote(r);

    ds_jw_text(
        w, "verdict", dstack_report_is_accepted(r) ? "accepted" : "rejected");
    ds_jw_bool(w, "authentic", dstack_report_is_authentic(r) != 0);
    if (dstack_report_is_accepted(r)) {
        ds_jw_null(w, "stage");
        ds_jw_null(w, "reason");
        ds_jw_null(w, "message");
    } else {
        ds_jw_text(w, "stage", dstack_stage_name(dstack_report_stage(r)));
        ds_jw_text(w, "reason", dstack_reason_name(reason));
        ds_jw_text(w, "message", dstack_report_message(r));
    }
    ds_jw_text(w, "root", dstack_report_root(r));
    if (dstack_report_platform(r) != DSTACK_PLATFORM_NONE)
        ds_jw_text(
            w, "platform", dstack_platform_name(dstack_report_platform(r)));
    if (q)
        ds_jw_text(w, "tee", ds_tee_name(dstack_quote_tee_type(q)));
    ds_jw_int(w, "time", dstack_report_time(r));
    if (dstack_report_valid_until(r) >= 0)
        ds_jw_int(w, "valid_until", dstack_report_valid_until(r));
    if (dstack_report_used_collateral_grace(r))
        ds_jw_bool(w, "used_collateral_grace", true);
}

static void
write_issued(ds_jw *w, const dstack_report *r)
{
    int64_t earliest = dstack_report_earliest_issue(r);
    int64_t latest = dstack_report_latest_issue(r);

    if (earliest < 0 || latest < 0)
        return;
    ds_jw_object(w, "issued");
    ds_jw_int(w, "earliest", earliest);
    ds_jw_int(w, "latest", latest);
    ds_jw_end(w);
}

/* ---- TCB ----------------------------------------------------------------- */

static void
write_status(ds_jw *w, const dstack_report *r, const char *name, uint32_t whose)
{
    uint32_t status = dstack_report_tcb_status(r, whose);

    if (status != DSTACK_TCB_UNKNOWN)
        ds_jw_text(w, name, dstack_tcb_status_name(status));
}

/* Only a TD report 1.5 says which SVNs are running now. */
static bool
has_current(const dstack_report *r)
{
    const dstack_quote *q = dstack_report_quote(r);

    return q && dstack_quote_body_type(q) >= DSTACK_BODY_TD15;
}

static void
write_advisories(ds_jw *w, const dstack_report *r)
{
    size_t n = dstack_report_advisory_count(r, DSTACK_OF_ALL);

    ds_jw_array(w, "advisories");
    for (size_t i = 0; i < n; i++)
        ds_jw_text(w, NULL, dstack_report_advisory(r, DSTACK_OF_ALL, i));
    ds_jw_end(w);
}

static void
write_tcb(ds_jw *w, const dstack_report *r)
{
    int64_t date = dstack_report_tcb_date(r, DSTACK_OF_ALL);
    uint32_t eval = dstack_report_eval_number(r, DSTACK_OF_ALL);
    char text[21];

    if (dstack_report_tcb_status(r, DSTACK_OF_ALL) == DSTACK_TCB_UNKNOWN &&
        eval == 0)
        return;
    ds_jw_object(w, "tcb");
    write_status(w, r, "status", DSTACK_OF_ALL);
    if (dstack_report_tcb_status(r, DSTACK_OF_ALL) != DSTACK_TCB_UNKNOWN)
        write_advisories(w, r);
    if (date >= 0) {
        ds_time_format(date, text);
        ds_jw_text(w, "date", text);
    }
    if (eval != 0)
        ds_jw_int(w, "eval_number", eval);
    write_status(w, r, "platform", DSTACK_OF_PLATFORM);
    write_status(w, r, "module", DSTACK_OF_MODULE);
    write_status(w, r, "qe", DSTACK_OF_QE);
    if (has_current(r)) {
        write_status(w, r, "launch", DSTACK_OF_LAUNCH);
        write_status(w, r, "current", DSTACK_OF_CURRENT);
    }
    ds_jw_end(w);
}

static void
write_numbers(ds_jw *w, const dstack_report *r)
{
    uint32_t tcb = dstack_report_eval_number(r, DSTACK_OF_PLATFORM);
    uint32_t qe = dstack_report_eval_number(r, DSTACK_OF_QE);
    const char *root = dstack_report_crl_number(r, "root");
    const char *pck = dstack_report_crl_number(r, "pck");

    if (tcb != 0 && qe != 0) {
        ds_jw_object(w, "eval_numbers");
        ds_jw_int(w, "tcb_info", tcb);
        ds_jw_int(w, "qe_identity", qe);
        ds_jw_end(w);
    }
    if (root[0] != 0 && pck[0] != 0) {
        ds_jw_object(w, "crl_numbers");
        ds_jw_text(w, "root", root);
        ds_jw_text(w, "pck", pck);
        ds_jw_end(w);
    }
}

static void
write_shortfall(ds_jw *w, const dstack_report *r)
{
    size_t n = dstack_report_shortfall_count(r);

    if (n == 0)
        return;
    ds_jw_object(w, "shortfall");
    ds_jw_text(
        w, "status", dstack_tcb_status_name(dstack_report_shortfall_status(r)));
    ds_jw_array(w, "svns");
    for (size_t i = 0; i < n; i++) {
        ds_jw_object(w, NULL);
        ds_jw_text(w, "name", dstack_report_shortfall_name(r, i));
        ds_jw_int(w, "have", dstack_report_shortfall_have(r, i));
        ds_jw_int(w, "need", dstack_report_shortfall_need(r, i));
        ds_jw_end(w);
    }
    ds_jw_end(w);
    ds_jw_end(w);
}

/* ---- quote and certificate ----------------------------------------------- */

static void
write_pck_field(
    ds_jw *w, const dstack_report *r, const char *name, const char *as)
{
    size_t n;
    const uint8_t *p = dstack_report_pck(r, name, &n);

    if (p)
        ds_jw_hex(w, as, ds_view_of(p, n));
}

static void
write_quote(ds_jw *w, const dstack_report *r)
{
    const dstack_quote *q = dstack_report_quote(r);

    if (!q)
        return;
    ds_jw_object(w, "quote");
    ds_jw_int(w, "version", dstack_quote_version(q));
    ds_quote_write_body(w, q);
    write_pck_field(w, r, "fmspc", "fmspc");
    ds_jw_end(w);
}

/* Without PPID and platform instance ID, which identify one machine. */
static void
write_pck(ds_jw *w, const dstack_report *r)
{
    static const char *const flags[] = {
        "dynamic_platform", "cached_keys", "smt_enabled"};
    size_t n;
    const uint8_t *svn = dstack_report_pck(r, "pce_svn", &n);

    if (!svn)
        return;
    ds_jw_object(w, "pck");
    if (dstack_report_sgx_type(r) >= 0)
        ds_jw_int(w, "sgx_type", dstack_report_sgx_type(r));
    write_pck_field(w, r, "fmspc", "fmspc");
    write_pck_field(w, r, "pce_id", "pce_id");
    ds_jw_int(w, "pce_svn", svn[0] * 256 + svn[1]);
    write_pck_field(w, r, "cpu_svn", "cpu_svn");
    write_pck_field(w, r, "tcb_components", "tcb_components");
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        int flag = dstack_report_platform_flag(r, flags[i]);

        if (flag >= 0)
            ds_jw_bool(w, flags[i], flag != 0);
    }
    ds_jw_end(w);
}

/* ---- workload ------------------------------------------------------------ */

/* The names of what binds something; an empty list says that nothing does. */
static void
write_bound(ds_jw *w, const char *name, uint32_t bound)
{
    ds_jw_array(w, name);
    for (uint32_t bit = 1; bit <= DSTACK_BOUND_IMAGE; bit <<= 1)
        if ((bound & bit) != 0)
            ds_jw_text(w, NULL, dstack_bound_name(bit));
    ds_jw_end(w);
}

static void
write_claims(ds_jw *w, const ds_claims *c)
{
    for (size_t i = 0; i < DS_CLAIM_COUNT; i++) {
        const ds_claim *claim = &c->at[i];

        if (!claim->has || i == DS_CLAIM_KEY_PROVIDER ||
            i == DS_CLAIM_KEY_PROVIDER_NAME || i == DS_CLAIM_KEY_PROVIDER_ID)
            continue;
        if (ds_claim_is_text(i))
            ds_jw_text_view(w, ds_claim_name(i), claim->value);
        else
            ds_jw_hex(w, ds_claim_name(i), claim->value);
    }
    if (c->at[DS_CLAIM_KEY_PROVIDER_NAME].has) {
        ds_jw_object(w, "key_provider");
        ds_jw_text_view(w, "name", c->at[DS_CLAIM_KEY_PROVIDER_NAME].value);
        ds_jw_hex(w, "id", c->at[DS_CLAIM_KEY_PROVIDER_ID].value);
        ds_jw_end(w);
    }
    if (c->gpu.devices != 0) {
        ds_jw_object(w, "gpu");
        ds_jw_int(w, "devices", c->gpu.devices);
        ds_jw_bool(w, "devtools", c->gpu.devtools);
        ds_jw_hex(w, "evidence_sha256",
            ds_view_of(c->gpu.evidence, sizeof c->gpu.evidence));
        ds_jw_end(w);
    }
    if (c->init_script_count != 0) {
        ds_jw_array(w, "init_script_hashes");
        for (size_t i = 0; i < c->init_script_count; i++)
            ds_jw_hex(w, NULL, c->init_scripts[i]);
        ds_jw_end(w);
    }
}

static void
write_bindings(ds_jw *w, const ds_claims *c)
{
    ds_jw_object(w, "bound_by");
    for (size_t i = 0; i < DS_CLAIM_COUNT; i++)
        if (c->at[i].has)
            write_bound(w, ds_claim_name(i), c->at[i].bound);
    if (c->init_script_count != 0)
        write_bound(w, "init_script_hashes", c->init_scripts_bound);
    ds_jw_end(w);
}

static void
write_events(ds_jw *w, const ds_claims *c)
{
    ds_jw_array(w, "events");
    for (size_t i = 0; i < c->events->count; i++) {
        const ds_event *e = &c->events->events[i];

        ds_jw_object(w, NULL);
        ds_jw_text_view(w, "event", e->name);
        ds_jw_hex(w, "event_payload", e->payload);
        if (e->version != 1)
            ds_jw_int(w, "version", e->version);
        ds_jw_bool(w, "trusted", i < c->story.trusted);
        ds_jw_end(w);
    }
    ds_jw_end(w);
}

static void
write_image(ds_jw *w, const dstack_report *r)
{
    const ds_image_facts *i = r->image;

    if (!i->bound && i->reason == DSTACK_REASON_NONE)
        return;
    ds_jw_object(w, "image");
    ds_jw_bool(w, "bound", i->bound);
    if (i->bound) {
        ds_jw_hex(w, "hash", ds_view_of(i->hash, sizeof i->hash));
        ds_jw_text(w, "level", dstack_image_level_name(i->level));
    } else {
        ds_jw_text(w, "reason", dstack_reason_name(i->reason));
    }
    if (i->version[0] != 0)
        ds_jw_text(w, "version", i->version);
    if (i->is_dev >= 0)
        ds_jw_bool(w, "is_dev", i->is_dev != 0);
    ds_jw_end(w);
}

static void
write_workload(ds_jw *w, const dstack_report *r)
{
    static const char *const configs[] = {"unknown", "none", "v1", "v2", "v3"};
    const ds_claims *c = r->claims;

    if (!c)
        return;
    ds_jw_object(w, "workload");
    write_claims(w, c);
    ds_jw_bool(w, "app_id_is_explicit", c->explicit_app_id);
    ds_jw_bool(w, "boot_is_finished", c->story.ready);
    ds_jw_text(w, "mr_config", configs[c->mr_config + 1]);
    write_bindings(w, c);
    write_events(w, c);
    ds_jw_int(w, "shadow_events", (int64_t)c->story.shadows);
    ds_jw_end(w);
}

/* ---- checks -------------------------------------------------------------- */

static void
write_failure(ds_jw *w, const dstack_report *r, size_t i)
{
    const char *expected = dstack_report_check_expected(r, i);
    const char *found = dstack_report_check_found(r, i);

    ds_jw_text(
        w, "reason", dstack_reason_name(dstack_report_check_reason(r, i)));
    if (expected[0] != 0)
        ds_jw_text(w, "expected", expected);
    if (found[0] != 0)
        ds_jw_text(w, "found", found);
}

static void
write_checks(ds_jw *w, const dstack_report *r)
{
    static const char *const results[] = {"not_run", "passed", "failed"};
    size_t n = dstack_report_check_count(r);

    ds_jw_array(w, "checks");
    for (size_t i = 0; i < n; i++) {
        int result = dstack_report_check_result(r, i);

        ds_jw_object(w, NULL);
        ds_jw_text(w, "name", dstack_report_check_name(r, i));
        ds_jw_text(
            w, "stage", dstack_stage_name(dstack_report_check_stage(r, i)));
        ds_jw_text(w, "result", results[result]);
        if (result == DSTACK_CHECK_FAILED)
            write_failure(w, r, i);
        ds_jw_end(w);
    }
    ds_jw_end(w);
}

static int
write_report(ds_jw *w, const void *object)
{
    const dstack_report *report = object;

    ds_jw_object(w, NULL);
    write_verdict(w, report);
    write_tcb(w, report);
    write_quote(w, report);
    write_workload(w, report);
    write_image(w, report);
    write_pck(w, report);
    write_shortfall(w, report);
    write_numbers(w, report);
    write_issued(w, report);
    write_checks(w, report);
    ds_jw_end(w);
    return DSTACK_OK;
}

int
dstack_report_to_json(const dstack_report *report, char **ret_json,
    size_t *ret_len, dstack_error *err)
{
    const ds_jw_document document = {
        "dstack_report_to_json", report, DS_MAX_REPORT_JSON, write_report};

    return ds_jw_to_json(&document, ret_json, ret_len, err);
}
