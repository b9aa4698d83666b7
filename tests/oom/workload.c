/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence in each of its forms, from bytes to JSON, to an attestation and to
 * a verdict. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "dstack/dstack.h"
#include "forge/forge.h"
#include "oom/oom.h"
#include "workload/attestation.h"

static forge *made;
/* The quote alone, containers of both versions, GetQuote's answer. */
enum {
    QUOTE,
    V0,
    V1,
    ANSWER,
    FORMS
};
static ds_buf forms[FORMS];

/* A whole boot, as short as one can be. */
static const struct {
    const char *name, *payload;
} story[] = {
    {"system-preparing", ""},
    {"app-id", "12345678901234567890"},
    {"compose-hash", "12345678901234567890123456789012"},
    {"gpu-attestation",
        "{\"version\":2,\"provider\":\"nvidia\",\"devices\":1,\"cc_mode\":"
        "\"on\",\"devtools\":false,\"evidence_sha256\":\"0000000000000000"
        "000000000000000000000000000000000000000000000000\"}"},
    {"instance-id", ""},
    {"boot-mr-done", ""},
    {"key-provider", "{\"name\":\"none\",\"id\":\"00\"}"},
    {"system-ready", ""},
};
#define STORY (sizeof story / sizeof story[0])

static void
prepare_container(ds_attestation *a, uint32_t version, ds_buf *out)
{
    ds_buf_init(out, 1 << 20);
    if (ds_attestation_encode(a, version, out, NULL) != DSTACK_OK)
        exit(1);
}

static void
prepare_answer(ds_view quote, const ds_event *events, ds_buf *out)
{
    dstack_event_log *log = NULL;
    char *hex = malloc(2 * quote.n + 1), *json = NULL;

    if (!hex || ds_event_log_new(events, STORY, &log, NULL) != DSTACK_OK ||
        dstack_event_log_to_json(log, &json, NULL, NULL) != DSTACK_OK)
        exit(1);
    ds_hex_encode(quote, hex);
    ds_buf_init(out, 1 << 20);
    ds_buf_add_str(out, "{\"quote\":\"");
    ds_buf_add_str(out, hex);
    ds_buf_add_str(out,
        "\",\"vm_config\":\"{\\\"vm_config\\\":\\\"{}\\\"}\",\"event_log\":");
    ds_buf_add_str(out, json);
    ds_buf_add_str(out, "}");
    dstack_free(json);
    dstack_event_log_free(log);
    free(hex);
}

/* Version 1, because version 0 of the container has no other. */
static void
prepare(void)
{
    static ds_event events[STORY];
    ds_attestation a = {.platform = DSTACK_PLATFORM_TDX,
        .events = events,
        .event_count = STORY,
        .runtime = events,
        .runtime_count = STORY,
        .config = ds_view_str("{\"cpu_count\":2,\"image\":\"x\"}")};

    if (made)
        return;
    made = forge_new(FORGE_TDX_V4, "oom");
    if (!made)
        exit(1);
    for (size_t i = 0; i < STORY; i++)
        events[i] = (ds_event){.imr = 3,
            .type = DS_EVENT_RUNTIME,
            .version = 1,
            .name = ds_view_str(story[i].name),
            .payload = ds_view_str(story[i].payload)};
    made->quote.td.mr_config_id[0] = 1;
    memset(made->quote.td.mr_config_id + 1, 0, 47);
    memcpy(made->quote.td.mr_config_id + 1, story[2].payload, 32);
    if (ds_events_replay(events, STORY, 3, DS_SHA384, true,
            made->quote.td.rtmr[3], NULL) != 0 ||
        forge_build(made) != 0) {
        fprintf(stderr, "oom: the forge failed\n");
        exit(1);
    }
    memcpy(a.report_data, made->quote.td.report_data, 64);
    a.quote = ds_view_of(made->out.quote.p, made->out.quote.n);
    forms[QUOTE] = made->out.quote;
    prepare_container(&a, 0, &forms[V0]);
    prepare_container(&a, 1, &forms[V1]);
    prepare_answer(a.quote, events, &forms[ANSWER]);
}

/* A failing call says why, and leaves no object. */
static int
checked(int rc, const void *object, const dstack_error *err)
{
    if (rc == DSTACK_OK)
        return object ? DSTACK_OK : OOM_WRONG;
    return object || err->code != rc || !err->message[0] ? OOM_WRONG : rc;
}

static int
parse(int form, dstack_evidence **ret)
{
    dstack_error err;
    int rc = dstack_evidence_parse(forms[form].p, forms[form].n, ret, &err);

    rc = checked(rc, *ret, &err);
    if (rc != DSTACK_OK || form == QUOTE)
        return rc;
    if (dstack_event_log_count(dstack_evidence_runtime_events(*ret)) != STORY ||
        !dstack_evidence_vm_config(*ret, NULL))
        rc = OOM_WRONG;
    return rc;
}

static int
parse_run(int form)
{
    dstack_evidence *e = NULL;
    int rc = parse(form, &e);

    dstack_evidence_free(e);
    return rc;
}

static int
parse_quote_run(void)
{
    return parse_run(QUOTE);
}

static int
parse_v0_run(void)
{
    return parse_run(V0);
}

static int
parse_v1_run(void)
{
    return parse_run(V1);
}

static int
parse_answer_run(void)
{
    return parse_run(ANSWER);
}

static int
encode_run(void)
{
    dstack_evidence *e = NULL;
    uint8_t *bytes = NULL;
    dstack_error err;
    size_t n = 0;
    int rc = parse(V1, &e);

    if (rc == DSTACK_OK) {
        rc = dstack_evidence_encode(e, 1, 1, &bytes, &n, &err);
        rc = checked(rc, bytes, &err);
    }
    if (rc == DSTACK_OK && n != forms[V1].n)
        rc = OOM_WRONG;
    dstack_free(bytes);
    dstack_evidence_free(e);
    return rc;
}

static int
json_run(void)
{
    dstack_evidence *e = NULL;
    char *json = NULL;
    dstack_error err;
    size_t n = 0;
    int rc = parse(V0, &e);

    if (rc == DSTACK_OK) {
        rc = dstack_evidence_to_json(e, &json, &n, &err);
        rc = checked(rc, json, &err);
    }
    if (rc == DSTACK_OK && strlen(json) != n)
        rc = OOM_WRONG;
    dstack_free(json);
    dstack_evidence_free(e);
    return rc;
}

static int
log_run(void)
{
    static const char text[] =
        "[{\"imr\":3,\"event_type\":134217729,\"event\":\"app-id\","
        "\"event_payload\":\"00\",\"version\":2},{\"imr\":0,\"event_type\":4,"
        "\"digest\":\"00\",\"event\":\"\\n\",\"event_payload\":\"\"}]";
    dstack_event_log *log = NULL;
    char *json = NULL;
    uint8_t value[48];
    dstack_error err;
    size_t n = 0;
    int rc = dstack_event_log_parse_json(
        (const uint8_t *)text, strlen(text), &log, &err);

    rc = checked(rc, log, &err);
    if (rc == DSTACK_OK)
        rc = dstack_event_log_replay(log, 3, SIZE_MAX, value, 48, &err);
    if (rc == DSTACK_OK) {
        rc = dstack_event_log_to_json(log, &json, &n, &err);
        rc = checked(rc, json, &err);
    }
    dstack_free(json);
    dstack_event_log_free(log);
    return rc;
}

/* A firmware's log of one record beside the quote. */
static int
parts_run(void)
{
    static const char config[] = "{\"cpu_count\":2}";
    static const char head[] = "\1\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0"
                               "\0\0\0\0\0\0\0\0\0\0\0\0\x21\0\0\0"
                               "Spec ID Event03\0\0\0\0\0\0\2\0\2"
                               "\1\0\0\0\x0c\0\x30\0\0"
                               "\1\0\0\0\4\0\0\0\1\0\0\0\x0c";
    uint8_t log[sizeof head + 48 + 4] = {0};
    dstack_evidence *e = NULL;
    dstack_error err;
    int rc;

    memcpy(log, head, sizeof head);
    rc = dstack_evidence_from_parts(forms[QUOTE].p, forms[QUOTE].n, log,
        sizeof log, (const uint8_t *)config, strlen(config), &e, &err);
    rc = checked(rc, e, &err);
    if (rc == DSTACK_OK &&
        dstack_event_log_count(dstack_evidence_event_log(e)) != 1)
        rc = OOM_WRONG;
    dstack_evidence_free(e);
    return rc;
}

static int
verify_run(int form)
{
    dstack_verifier *v = NULL;
    dstack_policy *policy = NULL;
    dstack_collateral *c = NULL;
    dstack_evidence *e = NULL;
    dstack_report *r = NULL;
    const ds_buf *root = &made->out.cert[FORGE_CERT_ROOT];
    const ds_buf *bundle = &made->out.collateral;
    char *json = NULL;
    size_t n = 0;
    dstack_error err;
    int rc = parse(form, &e);

    if (rc == DSTACK_OK)
        rc = dstack_verifier_new(&v, &err);
    if (rc == DSTACK_OK)
        rc = dstack_verifier_set_root(v, root->p, root->n, &err);
    if (rc == DSTACK_OK)
        rc = dstack_policy_new(&policy, &err);
    if (rc == DSTACK_OK)
        rc = dstack_policy_expect_init_scripts(policy, NULL, 0, &err);
    if (rc == DSTACK_OK)
        rc = dstack_policy_expect_gpu_count(policy, 1, &err);
    if (rc == DSTACK_OK)
        rc = dstack_collateral_parse(bundle->p, bundle->n, &c, &err);
    if (rc == DSTACK_OK) {
        dstack_policy_accept_any_workload(policy);
        rc = dstack_verifier_verify(v, e, c, policy, FORGE_NOW, &r, &err);
        if (rc != DSTACK_OK && (err.code != rc || !err.message[0]))
            rc = OOM_WRONG;
        else if ((rc == DSTACK_OK) != (r && dstack_report_is_accepted(r)))
            rc = OOM_WRONG;
        else if (rc == DSTACK_OK && dstack_report_claim_count(r) != 12)
            rc = OOM_WRONG;
    }
    if (rc == DSTACK_OK) {
        rc = dstack_report_to_json(r, &json, &n, &err);
        rc = checked(rc, json, &err);
        if (rc == DSTACK_OK && !strstr(json, "\"workload\":{\"app_id\""))
            rc = OOM_WRONG;
    }
    dstack_free(json);
    dstack_report_free(r);
    dstack_evidence_free(e);
    dstack_collateral_free(c);
    dstack_policy_free(policy);
    dstack_verifier_free(v);
    return rc;
}

static int
verify_v1_run(void)
{
    return verify_run(V1);
}

static int
verify_answer_run(void)
{
    return verify_run(ANSWER);
}

const oom_scenario oom_workload[] = {
    {"workload.parse_quote", parse_quote_run, prepare},
    {"workload.parse_v0", parse_v0_run, prepare},
    {"workload.parse_v1", parse_v1_run, prepare},
    {"workload.parse_answer", parse_answer_run, prepare},
    {"workload.encode", encode_run, prepare},
    {"workload.json", json_run, prepare},
    {"workload.event_log", log_run, NULL},
    {"workload.parts", parts_run, prepare},
    {"workload.verify_v1", verify_v1_run, prepare},
    {"workload.verify_answer", verify_answer_run, prepare},
    {NULL, NULL, NULL},
};
