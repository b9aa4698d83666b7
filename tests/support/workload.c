/* SPDX-License-Identifier: Apache-2.0 */
#include "support/workload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "codec/pem.h"
#include "crypto/hash.h"
#include "dstack/alloc.h"

const char workload_rtmr3[] =
    "6f24c170d0fd63fc2b1b53202eea47b013978437fa6982cf5e0438ff95c208994aaa0f4eba"
    "b2e3a66824b5b56869137e";

/* ---- the default story ----------------------------------------------------- */

static const struct {
    const char *name;
    const char *payload; /* hex, or text where it begins with { */
} story[] = {
    {"system-preparing", ""},
    {"app-id", "86b0e55f2fa8e4fb69d890f14f54d5612707646e"},
    {"compose-hash",
        "86b0e55f2fa8e4fb69d890f14f54d5612707646e2573d54e0d2ddaaade77caa9"},
    {"instance-id", "050bf89570575fe8fab4cb8f0a62a9e64efe8ead"},
    {"boot-mr-done", ""},
    {"os-image-hash",
        "07a2388c7a6a1b6a646d443f1517990a4ec294471d63146cda9d56972765051d"},
    {"key-provider",
        "{\"name\":\"kms\",\"id\":\"3059301306072a8648ce3d020106082a8648ce3d03"
        "0107034200042f71e234d7339a1ceaca09c3c391eb816c533f980adaab34f16ead093f"
        "f0ac100d9c03253a3056f6d27735125433180b3e61c54a78f3fd13337869e0051dee06"
        "\"}"},
    {"storage-fs", "7a6673"},
    {"system-ready", ""},
};
#define STORY (sizeof story / sizeof story[0])

static ds_view
story_payload(forge *f, const char *text)
{
    if (text[0] == '\0')
        return ds_view_of(NULL, 0);
    return text[0] == '{' ? ds_view_str(text) : forge_hex(f, text);
}

void
workload_begin(workload *w, forge *f)
{
    static const char *const acpi[] = {
        "acpi-loader", "acpi-rsdp", "acpi-tables"};

    memset(w, 0, sizeof *w);
    w->f = f;
    memset(f->quote.td.mr_config_id, 0, sizeof f->quote.td.mr_config_id);
    w->a.platform = DSTACK_PLATFORM_TDX;
    w->a.events = w->events;
    w->a.runtime = w->runtime;
    w->a.config = ds_view_str("{\"cpu_count\":2}");
    ds_buf_init(&w->bytes, SIZE_MAX);
    for (size_t i = 0; i < STORY; i++)
        w->runtime[i] = (ds_event){.imr = 3,
            .type = DS_EVENT_RUNTIME,
            .version = 1,
            .name = ds_view_str(story[i].name),
            .payload = story_payload(f, story[i].payload)};
    w->a.runtime_count = STORY;
    for (size_t i = 0; i < 3; i++)
        w->events[i] = (ds_event){.type = DS_EVENT_PLATFORM_CONFIG,
            .version = 1,
            .digest = ds_view_of("\1\2\3\4\5\6\7\10\11", 9 - i),
            .name = ds_view_str(acpi[i]),
            .payload = ds_view_str(DS_ACPI_DATA)};
    w->a.event_count = 3;
    workload_copy_runtime(w);
}

void
workload_copy_runtime(workload *w)
{
    size_t n = 0;

    while (n < w->a.event_count && w->events[n].imr != 3)
        n++;
    memcpy(w->events + n, w->runtime, w->a.runtime_count * sizeof *w->runtime);
    w->a.event_count = n + w->a.runtime_count;
}

/* ---- bytes ------------------------------------------------------------------- */

static void
put_json(workload *w, ds_view quote)
{
    dstack_event_log *log = NULL;
    char *hex = malloc(2 * quote.n + 1);
    char *json = NULL, data[129];

    assert_non_null(hex);
    assert_int_equal(
        ds_event_log_new(w->events, w->a.event_count, &log, NULL), 0);
    assert_int_equal(dstack_event_log_to_json(log, &json, NULL, NULL), 0);
    ds_hex_encode(quote, hex);
    ds_hex_encode(ds_view_of(w->a.report_data, 64), data);
    ds_buf_add_str(&w->bytes, "{\"quote\":\"");
    ds_buf_add_str(&w->bytes, hex);
    ds_buf_add_str(&w->bytes, "\",\"event_log\":");
    ds_buf_add_str(&w->bytes, json);
    ds_buf_add_str(&w->bytes, ",\"vm_config\":");
    ds_buf_add(&w->bytes, w->a.config.p, w->a.config.n);
    ds_buf_add_str(&w->bytes, ",\"report_data\":\"");
    ds_buf_add_str(&w->bytes, data);
    ds_buf_add_str(&w->bytes, "\"}");
    dstack_free(json);
    dstack_event_log_free(log);
    free(hex);
}

static void
set_registers(workload *w)
{
    uint8_t(*rtmr)[48] = w->f->quote.td.rtmr;
    ds_event log[WORKLOAD_EVENTS];

    /* What a log gives is not always right; the registers are. */
    memcpy(log, w->events, sizeof log);
    for (size_t i = 0; i < w->a.event_count; i++)
        if (ds_event_is_runtime(&log[i]))
            log[i].digest = log[i].preimage = ds_view_of(NULL, 0);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(ds_events_replay(log, w->a.event_count, i, DS_SHA384,
                             true, rtmr[i], NULL),
            0);
    memcpy(log, w->runtime, sizeof log);
    assert_int_equal(ds_events_replay(w->as_json ? w->events : log,
                         w->as_json ? w->a.event_count : w->a.runtime_count, 3,
                         DS_SHA384, false, rtmr[3], NULL),
        0);
}

void
workload_build(workload *w)
{
    dstack_error err;

    if (!w->keep_rtmr)
        set_registers(w);
    if (forge_build(w->f) != 0)
        fail_msg("%s", w->f->error);
    w->a.quote = ds_view_of(w->f->out.quote.p, w->f->out.quote.n);
    ds_buf_cut(&w->bytes, 0);
    if (w->as_json)
        put_json(w, w->a.quote);
    else if (ds_attestation_encode(&w->a, w->version, &w->bytes, &err) !=
             DSTACK_OK)
        fail_msg("%s", err.message);
    assert_false(w->bytes.bad || w->bytes.nomem);
}

ds_view
workload_bytes(const workload *w)
{
    return ds_view_of(w->bytes.p, w->bytes.n);
}

void
workload_pck(const dstack_quote *q, ds_cert **cert, ds_pck *pck)
{
    ds_buf der;
    ds_pem pem;
    size_t n;
    const uint8_t *p = dstack_quote_certification_data(q, &n);

    ds_buf_init(&der, 1 << 16);
    ds_pem_init(&pem, ds_view_of(p, n));
    assert_int_equal(ds_pem_next(&pem, "CERTIFICATE", &der), 1);
    assert_int_equal(ds_cert_parse(ds_view_of(der.p, der.n), cert, NULL), 0);
    assert_int_equal(ds_pck_parse(*cert, pck, NULL), 0);
    ds_buf_free(&der);
}

void
workload_end(workload *w)
{
    ds_buf_free(&w->bytes);
}

dstack_verifier *
workload_verifier(const forge *f)
{
    const ds_buf *root = &f->out.cert[FORGE_CERT_ROOT];
    dstack_verifier *v = NULL;

    if (dstack_verifier_new(&v, NULL) != DSTACK_OK)
        return NULL;
    if (dstack_verifier_set_root(v, root->p, root->n, NULL) != DSTACK_OK) {
        dstack_verifier_free(v);
        v = NULL;
    }
    return v;
}

int
workload_check(const dstack_report *report, const char *name)
{
    for (size_t i = 0; i < dstack_report_check_count(report); i++)
        if (strcmp(dstack_report_check_name(report, i), name) == 0)
            return dstack_report_check_result(report, i);
    fail_msg("no check %s", name);
    return -1;
}
