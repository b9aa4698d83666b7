/* SPDX-License-Identifier: Apache-2.0 */
/* forge_guest DIR TIME: evidence of guests, signed by a root of its own, in a
 * folder that exists, for the tests beside other verifiers. TIME is when the
 * collateral is good, in Unix seconds. Of each case there is NAME.json, what
 * GetQuote answers; NAME.v0.json and NAME.v1.json, what is sent to a verifier
 * with an attestation of that version, where it can say the same; and
 * NAME.collateral.json. root.pem belongs to all. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forge/forge.h"
#include "guest/inner.h"

#define EVENTS 64

typedef struct {
    forge *f;
    sim_guest *g;
    ds_event events[EVENTS]; /* what was measured; digests are made anew */
    size_t n;
    bool unlike; /* the log's last event is not the stack's */
} guest;

/* ---- changes ----------------------------------------------------------------- */

static size_t
place(const guest *w, const char *name)
{
    for (size_t i = 0; i < w->n; i++)
        if (ds_view_eq_str(w->events[i].name, name))
            return i;
    fprintf(stderr, "forge_guest: no event %s\n", name);
    exit(1);
}

static void
drop(guest *w, const char *name)
{
    size_t i = place(w, name);

    memmove(
        w->events + i, w->events + i + 1, (--w->n - i) * sizeof w->events[0]);
}

/* Another one behind `name`. */
static ds_event *
after(guest *w, const char *name, const char *what, ds_view payload)
{
    size_t i = place(w, name) + 1;

    if (w->n == EVENTS)
        exit(1);
    memmove(
        w->events + i + 1, w->events + i, (w->n++ - i) * sizeof w->events[0]);
    w->events[i] = (ds_event){.imr = 3,
        .type = DS_EVENT_RUNTIME,
        .version = 1,
        .name = ds_view_str(what),
        .payload = payload};
    return &w->events[i];
}

static void
swap(guest *w, const char *a, const char *b)
{
    size_t i = place(w, a), k = place(w, b);
    ds_event e = w->events[i];

    w->events[i] = w->events[k];
    w->events[k] = e;
}

static void
twice(guest *w)
{
    after(w, "app-id", "app-id", ds_view_str("another app, 20 byte"));
}
static void
shadow(guest *w)
{
    after(w, "system-ready", "app-id", ds_view_str("another app, 20 byte"));
}
static void
order(guest *w)
{
    swap(w, "app-id", "compose-hash");
}
static void
boundary(guest *w)
{
    swap(w, "instance-id", "boot-mr-done");
}
static void
unready(guest *w)
{
    drop(w, "system-ready");
}
static void
no_provider(guest *w)
{
    drop(w, "key-provider");
}
static void
no_app_id(guest *w)
{
    drop(w, "app-id");
}
static void
no_compose(guest *w)
{
    drop(w, "compose-hash");
}
static void
no_instance(guest *w)
{
    drop(w, "instance-id");
}
static void
payload(guest *w)
{
    w->events[place(w, "app-id")].payload = ds_view_str("not an app's id");
}
static void
provider(guest *w)
{
    w->events[place(w, "key-provider")].payload = ds_view_str("not JSON");
}
static void
colon(guest *w)
{
    after(w, "key-provider", "a:b", ds_view_str("c"));
}
static void
unknown(guest *w)
{
    after(w, "key-provider", "of-a-later-version", ds_view_str("1"));
}
static void
elsewhere(guest *w)
{
    after(w, "key-provider", "elsewhere", ds_view_str("1"))->imr = 2;
}
static void
foreign(guest *w)
{
    ds_event *e = after(w, "key-provider", "", ds_view_str("1"));

    e->type = 13;
    e->digest = forge_keep(
        w->f, "forty-eight bytes of something, but no digest...", 48);
}
static void
gpu_place(guest *w)
{
    swap(w, "gpu-policy-hash", "key-provider");
}
static void
unlike(guest *w)
{
    w->unlike = true;
}
static void
acpi_order(guest *w)
{
    swap(w, "acpi-loader", "acpi-rsdp");
}
static void
acpi_missing(guest *w)
{
    drop(w, "acpi-tables");
}
static void
config_id(guest *w)
{
    w->f->quote.td.mr_config_id[5] ^= 1;
}
static void
no_config_id(guest *w)
{
    memset(w->f->quote.td.mr_config_id, 0, 48);
}
static void
owner(guest *w)
{
    w->f->quote.td.mr_owner[0] = 1;
}
static void
other_image(guest *w)
{
    w->f->quote.td.mr_td[0] ^= 1;
}
static void
debug(guest *w)
{
    w->f->quote.td.td_attributes |= 1;
}
static void
profiling(guest *w)
{
    w->f->quote.td.td_attributes |= 1 << 4;
}
static void
reserved(guest *w)
{
    w->f->quote.td.td_attributes |= 1 << 20;
}
static void
migratable(guest *w)
{
    w->f->quote.td.td_attributes |= 1 << 29;
}
static void
pks(guest *w)
{
    w->f->quote.td.td_attributes |= UINT64_C(1) << 30;
}
static void
perfmon(guest *w)
{
    w->f->quote.td.td_attributes |= UINT64_C(1) << 63;
}
static void
lass(guest *w)
{
    w->f->quote.td.td_attributes |= UINT64_C(1) << 27;
}
static void
sept_ve(guest *w)
{
    w->f->quote.td.td_attributes = 0;
}
static void
xfam(guest *w)
{
    w->f->quote.td.xfam |= UINT64_C(1) << 40;
}
static void
seam(guest *w)
{
    w->f->quote.td.mr_signer_seam[0] ^= 1;
}
static void
service_td(guest *w)
{
    w->f->quote.td.mr_service_td[0] = 1;
}

/* SVNs of the module at launch, and now, that are out of date. */
static void
old_launch(guest *w)
{
    w->f->quote.td.tee_tcb_svn[0] = 4;
}
static void
old_now(guest *w)
{
    w->f->quote.td.tee_tcb_svn2[0] = 4;
}

/* Everything that is looked up has this status. */
static void
status(guest *w, const char *text)
{
    w->f->tcb_info.levels[0].status = text;
    w->f->tcb_info.levels[0].advisories[0] = "INTEL-SA-99001";
    w->f->tcb_info.levels[0].advisories[1] = "INTEL-SA-99002";
}
static void
hardening(guest *w)
{
    status(w, "SWHardeningNeeded");
}
static void
configuration(guest *w)
{
    status(w, "ConfigurationNeeded");
}
static void
both(guest *w)
{
    status(w, "ConfigurationAndSWHardeningNeeded");
}
static void
outdated(guest *w)
{
    status(w, "OutOfDate");
}
static void
outdated_configuration(guest *w)
{
    status(w, "OutOfDateConfigurationNeeded");
}
static void
revoked(guest *w)
{
    status(w, "Revoked");
}
static void
old_qe(guest *w)
{
    w->f->qe_identity.levels[0].status = "OutOfDate";
    w->f->qe_identity.levels[0].advisories[0] = "INTEL-SA-99003";
}
static void
revoked_pck(guest *w)
{
    forge_revoke(w->f, FORGE_CRL_PCK, FORGE_CERT_PCK, 1);
}
static void
old_svn(guest *w)
{
    for (size_t i = 0; i < w->f->tcb_info.level_n; i++)
        w->f->tcb_info.levels[i].sgx[2] = 200;
}
static void
old_module(guest *w)
{
    for (size_t m = 0; m < w->f->tcb_info.module_n; m++)
        w->f->tcb_info.modules[m].levels[0].status = "OutOfDate";
}

static const struct {
    const char *name;
    int os;
    int kind;
    uint32_t gpus;
    const char *compose; /* NULL: the built-in one */
    void (*change)(guest *w);
} cases[] = {
    {"guest-0.6.0", SIM_OS_0_6_0, FORGE_TDX_V4, 0, NULL, NULL},
    {"guest-0.5.11", SIM_OS_0_5_11, FORGE_TDX_V4, 0, NULL, NULL},
    {"guest-0.5.5", SIM_OS_0_5_5, FORGE_TDX_V4, 0, NULL, NULL},
    {"guest-0.3.6", SIM_OS_0_3_6, FORGE_TDX_V4, 0, NULL, NULL},
    {"guest-gpu", SIM_OS_0_6_0, FORGE_TDX_V4, 1, NULL, NULL},
    {"guest-events-v2", SIM_OS_0_6_0, FORGE_TDX_V4, 0,
        "{\"manifest_version\":2,\"name\":\"v2\",\"runner\":"
        "\"docker-compose\",\"docker_compose_file\":\"\",\"kms_enabled\":"
        "true,\"event_log_version\":2}",
        NULL},
    {"quote-v5-td10", SIM_OS_0_6_0, FORGE_TDX_V5_10, 0, NULL, NULL},
    {"quote-v5-td15", SIM_OS_0_6_0, FORGE_TDX_V5_15, 0, NULL, NULL},
    {"quote-v5-old-launch", SIM_OS_0_6_0, FORGE_TDX_V5_15, 0, NULL, old_launch},
    {"quote-v5-old-now", SIM_OS_0_6_0, FORGE_TDX_V5_15, 0, NULL, old_now},
    {"quote-v5-service", SIM_OS_0_6_0, FORGE_TDX_V5_15, 0, NULL, service_td},
#define CASE(name, change) \
    { \
        name, SIM_OS_0_6_0, FORGE_TDX_V4, 0, NULL, change \
    }
    CASE("event-twice", twice),
    CASE("event-shadow", shadow),
    CASE("event-order", order),
    CASE("event-boundary", boundary),
    CASE("event-unready", unready),
    CASE("event-no-provider", no_provider),
    CASE("event-no-app-id", no_app_id),
    CASE("event-no-compose", no_compose),
    CASE("event-no-instance", no_instance),
    CASE("event-payload", payload),
    CASE("event-provider", provider),
    CASE("event-colon", colon),
    CASE("event-unknown", unknown),
    CASE("event-elsewhere", elsewhere),
    CASE("event-foreign", foreign),
    CASE("event-gpu-place", gpu_place),
    CASE("event-unlike", unlike),
    CASE("acpi-order", acpi_order),
    CASE("acpi-missing", acpi_missing),
    CASE("td-config-id", config_id),
    CASE("td-no-config-id", no_config_id),
    CASE("td-owner", owner),
    CASE("td-other-image", other_image),
    CASE("td-debug", debug),
    CASE("td-profiling", profiling),
    CASE("td-reserved", reserved),
    CASE("td-migratable", migratable),
    CASE("td-pks", pks),
    CASE("td-perfmon", perfmon),
    CASE("td-lass", lass),
    CASE("td-sept-ve", sept_ve),
    CASE("td-xfam", xfam),
    CASE("td-seam", seam),
    CASE("tcb-hardening", hardening),
    CASE("tcb-configuration", configuration),
    CASE("tcb-both", both),
    CASE("tcb-outdated", outdated),
    CASE("tcb-outdated-configuration", outdated_configuration),
    CASE("tcb-revoked", revoked),
    CASE("tcb-old-qe", old_qe),
    CASE("tcb-old-module", old_module),
    CASE("tcb-old-svn", old_svn),
    CASE("pck-revoked", revoked_pck),
};

/* ---- writing ------------------------------------------------------------------ */

static int
put(const char *dir, const char *name, const char *kind, ds_view v)
{
    char path[1024];
    FILE *f;
    bool bad;

    snprintf(path, sizeof path, "%s/%s%s", dir, name, kind);
    f = fopen(path, "wb");
    if (!f) {
        perror(path);
        return -1;
    }
    bad = fwrite(v.p, 1, v.n, f) != v.n;
    return fclose(f) != 0 || bad ? -1 : 0;
}

static int
put_json(const char *dir, const char *name, const char *kind, ds_jw *w)
{
    char *text = NULL;
    size_t n;
    int ret = -1;

    if (ds_jw_take(w, &text, &n, NULL) == DSTACK_OK)
        ret = put(dir, name, kind, ds_view_of(text, n));
    ds_free(text);
    ds_jw_free(w);
    return ret;
}

static int
put_answer(const char *dir, const char *name, const guest *w,
    const sim_log *log, sim_error *err)
{
    ds_buf text;
    ds_jw j;
    int ret;

    ds_buf_init(&text, SIM_TEXT_MAX);
    ds_jw_init(&j, SIM_TEXT_MAX);
    ret = sim_log_json(log, w->g->os, SIM_LOG_SHOWN, &text, err);
    ds_jw_object(&j, NULL);
    ds_jw_hex(&j, "quote", sim_view(&w->f->out.quote));
    ds_jw_text_view(&j, "event_log", sim_view(&text));
    ds_jw_hex(&j, "report_data", ds_view_of(w->f->quote.td.report_data, 64));
    if (w->g->vm_config.n != 0)
        ds_jw_text_view(&j, "vm_config", sim_view(&w->g->vm_config));
    ds_jw_end(&j);
    if (ret == 0)
        ret = put_json(dir, name, ".json", &j);
    else
        ds_jw_free(&j);
    ds_buf_free(&text);
    return ret;
}

/* Version 0 has no events of version 2: then there is no such file. */
static int
put_attestation(const char *dir, const char *name, const guest *w,
    const sim_log *log, uint32_t version)
{
    static ds_event shown[EVENTS], runtime[EVENTS];
    ds_attestation a = {.platform = DSTACK_PLATFORM_TDX,
        .quote = sim_view(&w->f->out.quote),
        .events = shown,
        .event_count = log->n,
        .runtime = runtime,
        .config = sim_view(&w->g->vm_config)};
    ds_buf bytes;
    ds_jw j;
    int rc, ret = 0;

    for (size_t i = 0; i < log->n; i++)
        if (ds_event_is_runtime(&log->events[i]) && log->events[i].imr == 3)
            runtime[a.runtime_count++] = log->events[i];
    memcpy(shown, log->events, log->n * sizeof *shown);
    if (w->unlike) {
        shown[log->n - 1].name = ds_view_str("another");
        shown[log->n - 1].digest = ds_view_of(NULL, 0);
    }
    memcpy(a.report_data, w->f->quote.td.report_data, 64);
    ds_buf_init(&bytes, SIM_TEXT_MAX);
    ds_jw_init(&j, SIM_TEXT_MAX);
    rc = ds_attestation_encode(&a, version, &bytes, NULL);
    ds_jw_object(&j, NULL);
    ds_jw_hex(&j, "attestation", sim_view(&bytes));
    ds_jw_end(&j);
    if (rc == DSTACK_OK)
        ret = put_json(dir, name, version == 0 ? ".v0.json" : ".v1.json", &j);
    else
        ds_jw_free(&j);
    ds_buf_free(&bytes);
    return rc == DSTACK_OK || rc == DSTACK_ERR_UNSUPPORTED ? ret : -1;
}

/* ---- making ------------------------------------------------------------------- */

/* As the simulator's own platform, but good from a day before. */
static void
prepare(forge *f, int64_t now)
{
    for (size_t i = 0; i < FORGE_CERTS; i++) {
        f->cert[i].not_before = INT64_C(1526899510);
        f->cert[i].not_after = INT64_C(2524607999);
    }
    for (size_t i = 0; i < FORGE_CRLS; i++) {
        f->crl[i].this_update = now - SIM_DAY;
        f->crl[i].next_update = now + 30 * SIM_DAY;
    }
    f->tcb_info.issue_date = f->qe_identity.issue_date = now - SIM_DAY;
    f->tcb_info.next_update = f->qe_identity.next_update = now + 30 * SIM_DAY;
}

/* The TD as the guest's machine has started it. */
static void
start(guest *w)
{
    forge_td *td = &w->f->quote.td;

    memcpy(td->mr_td, w->g->image.mr_td, 48);
    memcpy(td->mr_config_id, w->g->mr_config_id, 48);
    memset(td->mr_owner, 0, 48);
    memset(td->mr_owner_config, 0, 48);
    memset(td->mr_service_td, 0, 48);
    for (uint8_t i = 0; i < 64; i++)
        td->report_data[i] = i;
    w->n = w->g->log.n < EVENTS ? w->g->log.n : EVENTS;
    memcpy(w->events, w->g->log.events, w->n * sizeof w->events[0]);
}

static int
measure(guest *w, sim_log *log, sim_error *err)
{
    for (size_t i = 0; i < w->n; i++) {
        ds_event e = w->events[i];

        if (ds_event_is_runtime(&e))
            e.digest = e.preimage = ds_view_of(NULL, 0);
        if (sim_log_add(log, &e, err))
            return -1;
    }
    memcpy(w->f->quote.td.rtmr, log->rtmr, sizeof log->rtmr);
    return 0;
}

static int
make(const char *dir, size_t i, int64_t now, sim_error *err)
{
    sim_config c = {.seed = "forge_guest",
        .now = now,
        .os = cases[i].os,
        .gpus = cases[i].gpus,
        .app_compose = cases[i].compose ? ds_view_str(cases[i].compose)
                                        : ds_view_of(NULL, 0)};
    static guest w;
    const char *name = cases[i].name;
    sim_log log = {0};
    int ret = -1;

    memset(&w, 0, sizeof w);
    w.f = forge_new(cases[i].kind, "forge_guest");
    if (!w.f || sim_guest_new(&c, &w.g, err))
        goto out;
    prepare(w.f, now);
    start(&w);
    if (cases[i].change)
        cases[i].change(&w);
    if (measure(&w, &log, err))
        goto out;
    if (forge_build(w.f) != 0) {
        sim_fail(err, SIM_FAILED, "%s", w.f->error);
        goto out;
    }
    ret = put_answer(dir, name, &w, &log, err);
    for (uint32_t version = 0; ret == 0 && version < 2; version++)
        ret = put_attestation(dir, name, &w, &log, version);
    if (ret == 0)
        ret =
            put(dir, name, ".collateral.json", sim_view(&w.f->out.collateral));
    if (ret == 0)
        ret = put(dir, "root", ".pem", sim_view(&w.f->out.root_pem));
out:
    sim_log_free(&log);
    sim_guest_free(w.g);
    forge_free(w.f);
    return ret;
}

int
main(int argc, char **argv)
{
    sim_error err = {0, ""};
    char *end = NULL;
    int64_t now = argc == 3 ? strtoll(argv[2], &end, 10) : 0;

    if (now <= 0 || *end) {
        fprintf(stderr, "usage: forge_guest DIR TIME\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (make(argv[1], i, now, &err) != 0) {
            fprintf(stderr, "forge_guest: %s: %s\n", cases[i].name, err.text);
            return 1;
        }
    return 0;
}
