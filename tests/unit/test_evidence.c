/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence in every form that it comes in, and vm_config: what is recognised,
 * what the getters say, what is refused and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "codec/json.h"
#include "dstack/dstack.h"
#include "forge/forge.h"
#include "support/container.h"
#include "support/vec.h"
#include "workload/attestation.h"

static dstack_evidence *
parse(ds_view in)
{
    dstack_evidence *e = NULL;
    dstack_error err;

    if (dstack_evidence_parse(in.p, in.n, &e, &err) != DSTACK_OK)
        fail_msg("%s", err.message);
    assert_non_null(e);
    assert_int_equal(err.code, 0);
    return e;
}

static void
expect_reason(ds_view in, int stage, int reason)
{
    dstack_evidence *e = (dstack_evidence *)1;
    dstack_error err;
    int rc = dstack_evidence_parse(in.p, in.n, &e, &err);

    assert_int_equal(rc, DSTACK_ERR_PARSE);
    assert_null(e);
    if (err.reason != reason || err.stage != stage)
        fail_msg("%s %s: %s", dstack_stage_name(err.stage),
            dstack_reason_name(err.reason), err.message);
    assert_int_equal(dstack_evidence_parse(in.p, in.n, &e, NULL), rc);
}

static void
expect_text(const char *text, int stage, int reason)
{
    expect_reason(ds_view_str(text), stage, reason);
}

/* ---- made evidence ------------------------------------------------------------------ */

static forge *forges[2]; /* SGX, TDX */

static int
setup(void **state)
{
    static const int kinds[2] = {FORGE_SGX_V3, FORGE_TDX_V4};

    (void)state;
    for (int i = 0; i < 2; i++) {
        forges[i] = forge_new(kinds[i], "evidence");
        if (!forges[i] || forge_build(forges[i]) != 0)
            return -1;
    }
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    forge_free(forges[0]);
    forge_free(forges[1]);
    return 0;
}

static ds_view
quote_of(int i)
{
    return ds_view_of(forges[i]->out.quote.p, forges[i]->out.quote.n);
}

/* A container of a platform around bytes that its hardware signed. */
static ds_buf
container_of(uint32_t platform, ds_view quote, uint32_t version)
{
    ds_attestation a = {.platform = platform, .quote = quote};
    static ds_event runtime[1];
    dstack_error err;
    ds_buf b;

    runtime[0] = (ds_event){.imr = 3,
        .type = DS_EVENT_RUNTIME,
        .version = 1,
        .name = ds_view_str("app-id"),
        .payload = ds_view_str("12345678901234567890")};
    a.config = ds_view_str("{\"cpu_count\":2}");
    a.runtime = runtime;
    a.runtime_count = 1;
    memset(a.report_data, 7, 64);
    ds_buf_init(&b, 1 << 20);
    assert_int_equal(ds_attestation_encode(&a, version, &b, &err), 0);
    return b;
}

/* ---- quotes alone -------------------------------------------------------------------- */

static void
expect_quote(const dstack_evidence *e, int i, uint32_t format)
{
    ds_view quote = quote_of(i);
    const uint8_t *p;
    size_t n;

    assert_int_equal(dstack_evidence_format(e), format);
    assert_int_equal(dstack_evidence_platform(e),
        i == 0 ? DSTACK_PLATFORM_SGX : DSTACK_PLATFORM_TDX);
    p = dstack_evidence_quote(e, &n);
    assert_true(ds_view_eq(ds_view_of(p, n), quote));
    assert_ptr_not_equal(p, quote.p);
    p = dstack_evidence_report_data(e, &n);
    assert_int_equal(n, 64);
    assert_memory_equal(p, quote.p + (i == 0 ? 48 + 320 : 568), 64);
    assert_null(dstack_evidence_container(e, &n));
    assert_int_equal(n, 0);
}

static void
test_quote(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        ds_view quote = quote_of(i);
        dstack_evidence *e = parse(quote);
        uint8_t *bytes = NULL;
        dstack_error err;
        size_t n = 1;
        int rc;

        expect_quote(e, i, DSTACK_EVIDENCE_QUOTE);
        assert_null(dstack_evidence_event_log(e));
        assert_null(dstack_evidence_runtime_events(e));
        assert_null(dstack_evidence_config(e));
        assert_null(dstack_evidence_vm_config(e, &n));
        assert_null(dstack_evidence_claimed_report_data(e, &n));
        assert_null(dstack_evidence_report_data_payload(e, &n));
        assert_null(dstack_evidence_mr_config(e, &n));
        assert_null(dstack_evidence_cert(e, 0, &n));
        assert_int_equal(n + dstack_evidence_cert_count(e), 0);
        rc = dstack_evidence_encode(e, 1, 0, &bytes, &n, &err);
        assert_int_equal(rc, i == 0 ? DSTACK_ERR_UNSUPPORTED : DSTACK_OK);
        if (rc == DSTACK_OK) {
            dstack_evidence *again = parse(ds_view_of(bytes, n));

            assert_memory_equal(dstack_evidence_report_data(again, &n),
                dstack_evidence_claimed_report_data(again, &n), 64);
            dstack_evidence_free(again);
        } else {
            assert_int_equal(err.reason, DSTACK_REASON_ATTESTATION_UNSUPPORTED);
            assert_null(bytes);
        }
        dstack_free(bytes);
        dstack_evidence_free(e);
    }
}

/* The hex of bytes with something before, between and after. */
static char *
hex_text(ds_view v, const char *before, const char *between)
{
    size_t size = strlen(before) + v.n * (2 + strlen(between)) + 1, n = 0;
    char *text = malloc(size);

    assert_non_null(text);
    n += (size_t)snprintf(text, size, "%s", before);
    for (size_t i = 0; i < v.n; i++)
        n += (size_t)snprintf(
            text + n, size - n, "%s%02X", i % 32 == 31 ? between : "", v.p[i]);
    return text;
}

static void
test_hex(void **state)
{
    static const char *const before[] = {"", " \n0x", "0X"};
    static const char *const between[] = {"", "\r\n", " \t"};

    (void)state;
    for (int i = 0; i < 3; i++) {
        char *text = hex_text(quote_of(1), before[i], between[i]);
        dstack_evidence *e = parse(ds_view_str(text));

        expect_quote(e, 1, DSTACK_EVIDENCE_QUOTE);
        dstack_evidence_free(e);
        text[strlen(text) - 1] = 0;
        expect_text(text, DSTACK_STAGE_EVIDENCE, DSTACK_REASON_EVIDENCE_HEX);
        free(text);
    }
}

static void
test_unrecognised(void **state)
{
    (void)state;
    expect_text("", DSTACK_STAGE_EVIDENCE, DSTACK_REASON_EVIDENCE_FORMAT);
    expect_text(" \n", DSTACK_STAGE_EVIDENCE, DSTACK_REASON_EVIDENCE_FORMAT);
    expect_text("hello", DSTACK_STAGE_EVIDENCE, DSTACK_REASON_EVIDENCE_FORMAT);
    expect_text("0x", DSTACK_STAGE_EVIDENCE, DSTACK_REASON_EVIDENCE_FORMAT);
    expect_text("-----BEGIN CERTIFICATE-----", DSTACK_STAGE_EVIDENCE,
        DSTACK_REASON_EVIDENCE_FORMAT);
    expect_text("[]", DSTACK_STAGE_EVIDENCE, DSTACK_REASON_EVIDENCE_FORMAT);
    expect_reason(ds_view_of("\x04\x00\x02", 3), DSTACK_STAGE_QUOTE,
        DSTACK_REASON_QUOTE_TRUNCATED);
    expect_reason(ds_view_of("\x04\x01\x02", 3), DSTACK_STAGE_EVIDENCE,
        DSTACK_REASON_EVIDENCE_FORMAT);
    expect_text("04000200", DSTACK_STAGE_QUOTE, DSTACK_REASON_QUOTE_TRUNCATED);
    expect_text(
        "00", DSTACK_STAGE_ATTESTATION, DSTACK_REASON_ATTESTATION_TRUNCATED);
    expect_text(
        "80", DSTACK_STAGE_ATTESTATION, DSTACK_REASON_ATTESTATION_MISSING);
    expect_text("6869", DSTACK_STAGE_EVIDENCE, DSTACK_REASON_EVIDENCE_FORMAT);
}

static void
test_arguments(void **state)
{
    size_t n = (24u << 20) + 1;
    uint8_t *large = calloc(1, n);
    dstack_evidence *e;
    dstack_error err;

    (void)state;
    assert_non_null(large);
    expect_reason(ds_view_of(large, n), DSTACK_STAGE_EVIDENCE,
        DSTACK_REASON_EVIDENCE_TOO_LARGE);
    expect_reason(ds_view_of(large, n - 1), DSTACK_STAGE_ATTESTATION,
        DSTACK_REASON_ATTESTATION_TOO_LARGE);
    free(large);
    assert_int_equal(dstack_evidence_parse(NULL, 0, &e, &err), DSTACK_ERR_ARG);
    assert_null(e);
    assert_int_equal(dstack_evidence_parse((const uint8_t *)"x", 1, NULL, &err),
        DSTACK_ERR_ARG);
    dstack_evidence_free(NULL);
}

static void
test_names(void **state)
{
    static const char *const formats[] = {"unknown", "quote", "attestation_v0",
        "attestation_v1", "quote_json", "unknown"};
    static const char *const platforms[] = {"unknown", "tdx", "gcp-tdx",
        "nitro-enclave", "sev-snp", "aws-nitro-tpm", "sgx", "unknown"};

    (void)state;
    for (uint32_t i = 0; i < 6; i++)
        assert_string_equal(dstack_evidence_format_name(i), formats[i]);
    for (uint32_t i = 0; i < 8; i++)
        assert_string_equal(dstack_platform_name(i), platforms[i]);
}

/* ---- containers -------------------------------------------------------------------------- */

static void
test_containers(void **state)
{
    (void)state;
    for (uint32_t version = 0; version < 2; version++) {
        ds_buf b = container_of(DSTACK_PLATFORM_TDX, quote_of(1), version);
        char *hex = hex_text(ds_view_of(b.p, b.n), "", "");
        const uint8_t *p;
        size_t n;

        for (int i = 0; i < 2; i++) {
            dstack_evidence *e =
                parse(i == 0 ? ds_view_of(b.p, b.n) : ds_view_str(hex));

            assert_int_equal(dstack_evidence_format(e),
                version == 0 ? DSTACK_EVIDENCE_ATTESTATION_V0
                             : DSTACK_EVIDENCE_ATTESTATION_V1);
            assert_int_equal(dstack_evidence_platform(e), DSTACK_PLATFORM_TDX);
            p = dstack_evidence_quote(e, &n);
            assert_true(ds_view_eq(ds_view_of(p, n), quote_of(1)));
            p = dstack_evidence_container(e, &n);
            assert_true(ds_view_eq(ds_view_of(p, n), ds_view_of(b.p, b.n)));
            assert_int_equal(
                dstack_event_log_count(dstack_evidence_event_log(e)), 0);
            assert_non_null(dstack_evidence_event_log(e));
            assert_string_equal(dstack_event_log_name(
                                    dstack_evidence_runtime_events(e), 0, NULL),
                "app-id");
            assert_string_equal(
                dstack_evidence_vm_config(e, &n), "{\"cpu_count\":2}");
            assert_int_equal(n, 15);
            assert_int_equal(dstack_vm_config_number(
                                 dstack_evidence_config(e), "cpu_count", NULL),
                2);
            p = dstack_evidence_claimed_report_data(e, &n);
            assert_int_equal(n, 64);
            assert_int_equal(p[63], 7);
            dstack_evidence_free(e);
        }
        free(hex);
        ds_buf_free(&b);
    }
}

static void
expect_container(uint32_t platform, ds_view quote, int stage, int reason)
{
    for (uint32_t version = 0; version < 2; version++) {
        ds_buf b = container_of(platform, quote, version);

        expect_reason(ds_view_of(b.p, b.n), stage, reason);
        ds_buf_free(&b);
    }
}

static void
test_container_quotes(void **state)
{
    ds_view quote = quote_of(1);

    (void)state;
    /* An enclave's quote says nothing about a TD. */
    expect_container(DSTACK_PLATFORM_TDX, quote_of(0), DSTACK_STAGE_QUOTE,
        DSTACK_REASON_QUOTE_TEE_TYPE);
    expect_container(DSTACK_PLATFORM_TDX, ds_view_of(quote.p, 100),
        DSTACK_STAGE_QUOTE, DSTACK_REASON_QUOTE_TRUNCATED);
    expect_container(DSTACK_PLATFORM_SEV_SNP, quote, DSTACK_STAGE_ATTESTATION,
        DSTACK_REASON_ATTESTATION_LENGTH);
}

/* Platforms that are not judged here are taken apart all the same. */
static void
test_other_platforms(void **state)
{
    static const struct {
        const char *name;
        uint32_t platform;
        size_t quote;
    } cases[] = {{"snp", DSTACK_PLATFORM_SEV_SNP, 1184},
        {"nitro", DSTACK_PLATFORM_NITRO_ENCLAVE, 4500},
        {"aws", DSTACK_PLATFORM_AWS_NITRO_TPM, 16}};

    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (int version = 0; version < 2; version++) {
            ds_view in = container_vec(cases[i].name, version);
            dstack_evidence *e = parse(in);
            bool snp = i == 0;
            uint8_t *bytes;
            dstack_error err;
            size_t n = 0;

            assert_int_equal(dstack_evidence_platform(e), cases[i].platform);
            assert_non_null(dstack_evidence_quote(e, &n));
            assert_int_equal(n, cases[i].quote);
            assert_null(dstack_evidence_event_log(e));
            assert_int_equal(
                dstack_event_log_count(dstack_evidence_runtime_events(e)), 4);
            assert_int_equal(dstack_evidence_cert_count(e), snp ? 3 : 0);
            if (snp) {
                assert_memory_equal(dstack_evidence_report_data(e, &n),
                    dstack_evidence_quote(e, NULL) + 0x50, 64);
                assert_string_equal(
                    dstack_evidence_mr_config(e, &n), "{\"version\":3}");
                assert_int_equal(n, 13);
                assert_non_null(dstack_evidence_cert(e, 1, &n));
                assert_int_equal(n, 60);
                assert_null(dstack_evidence_cert(e, 3, &n));
            } else {
                assert_null(dstack_evidence_report_data(e, &n));
            }
            for (int stripped = 0; stripped < 2; stripped++) {
                assert_int_equal(dstack_evidence_encode(e, (uint32_t)version,
                                     stripped, &bytes, &n, &err),
                    0);
                assert_true(ds_view_eq(ds_view_of(bytes, n), in));
                dstack_free(bytes);
            }
            dstack_evidence_free(e);
            vec_free(in);
        }
}

static void
test_encode_arguments(void **state)
{
    dstack_evidence *e = parse(quote_of(1));
    uint8_t *bytes;
    dstack_error err;
    size_t n;

    (void)state;
    assert_int_equal(
        dstack_evidence_encode(NULL, 0, 0, &bytes, &n, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_evidence_encode(e, 2, 0, &bytes, &n, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_evidence_encode(e, 0, 2, &bytes, &n, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_evidence_encode(e, 0, 0, NULL, &n, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_evidence_encode(e, 0, 0, &bytes, NULL, &err), DSTACK_ERR_ARG);
    dstack_evidence_free(e);
}

/* ---- JSON --------------------------------------------------------------------------------- */

/* A JSON body, with the TD's quote in hex where the text has QUOTE. */
static char *
body_of(const char *text)
{
    const char *mark = strstr(text, "QUOTE");
    char *hex = hex_text(quote_of(1), "", "");
    size_t n = strlen(text) + strlen(hex);
    char *body = malloc(n);

    assert_non_null(body);
    assert_non_null(mark);
    snprintf(body, n, "%.*s%s%s", (int)(mark - text), text, hex, mark + 5);
    free(hex);
    return body;
}

static dstack_evidence *
parse_body(const char *text)
{
    char *body = body_of(text);
    dstack_evidence *e = parse(ds_view_str(body));

    free(body);
    return e;
}

static void
expect_body(const char *text, int stage, int reason)
{
    char *body = body_of(text);

    expect_text(body, stage, reason);
    free(body);
}

#define LOG \
    "[{\"imr\":0,\"event_type\":10,\"digest\":\"01\",\"event\":\"acpi-rsdp\"," \
    "\"event_payload\":\"414350492044415441\"},{\"imr\":1,\"event_type\":4," \
    "\"digest\":\"02\",\"event\":\"\",\"event_payload\":\"00\"}," \
    "{\"imr\":3,\"event_type\":134217729,\"event\":\"app-id\"," \
    "\"event_payload\":\"aa\"},{\"imr\":2,\"event_type\":134217729," \
    "\"event\":\"elsewhere\",\"event_payload\":\"bb\"}]"
#define LOG_TEXT \
    "\"[{\\\"imr\\\":3,\\\"event_type\\\":134217729,\\\"event\\\":\\\"app-" \
    "id\\\",\\\"event_payload\\\":\\\"aa\\\"}]\""

static void
test_body(void **state)
{
    dstack_evidence *e = parse_body("{\"quote\":\"QUOTE\"}");
    const dstack_event_log *log;
    uint8_t *bytes;
    dstack_error err;
    size_t n;

    (void)state;
    expect_quote(e, 1, DSTACK_EVIDENCE_QUOTE_JSON);
    assert_null(dstack_evidence_event_log(e));
    assert_null(dstack_evidence_runtime_events(e));
    assert_null(dstack_evidence_vm_config(e, &n));
    assert_null(dstack_evidence_claimed_report_data(e, &n));
    dstack_evidence_free(e);

    e = parse_body(
        "\n {\"event_log\":" LOG ",\"quote\":\"0xQUOTE\",\"attestation\""
        ":\"\",\"vm_config\":{\"a\":1},\"debug\":true,\"x\":null}");
    log = dstack_evidence_event_log(e);
    assert_int_equal(dstack_event_log_count(log), 4);
    log = dstack_evidence_runtime_events(e);
    /* A runtime event of another register is not one of RTMR3. */
    assert_int_equal(dstack_event_log_count(log), 1);
    assert_string_equal(dstack_event_log_name(log, 0, NULL), "app-id");
    assert_string_equal(dstack_evidence_vm_config(e, &n), "{\"a\":1}");
    /* Stripped: RTMR3, and what is said of ACPI tables. */
    assert_int_equal(dstack_evidence_encode(e, 0, 1, &bytes, &n, &err), 0);
    dstack_evidence_free(e);
    e = parse(ds_view_of(bytes, n));
    dstack_free(bytes);
    log = dstack_evidence_event_log(e);
    assert_int_equal(dstack_event_log_count(log), 2);
    assert_string_equal(dstack_event_log_name(log, 0, NULL), "acpi-rsdp");
    assert_string_equal(dstack_evidence_vm_config(e, &n), "{\"a\":1}");
    dstack_evidence_free(e);

    e = parse_body(
        "{\"quote\":\"QUOTE\",\"event_log\":" LOG_TEXT ",\"vm_config\":\"\"}");
    assert_int_equal(dstack_event_log_count(dstack_evidence_event_log(e)), 1);
    assert_string_equal(dstack_evidence_vm_config(e, &n), "{}");
    dstack_evidence_free(e);

    e = parse_body("{\"quote\":\"QUOTE\",\"event_log\":\"\",\"vm_config\":"
                   "\"{\\\"vm_config\\\":\\\"{\\\\\\\"b\\\\\\\":2}\\\"}\"}");
    assert_null(dstack_evidence_event_log(e));
    assert_string_equal(dstack_evidence_vm_config(e, &n), "{\"b\":2}");
    dstack_evidence_free(e);

    e = parse_body("{\"quote\":\"QUOTE\",\"event_log\":\"[]\"}");
    assert_non_null(dstack_evidence_event_log(e));
    assert_non_null(dstack_evidence_runtime_events(e));
    dstack_evidence_free(e);
}

/* What a serializer with optional members writes. */
static void
test_body_null(void **state)
{
    dstack_evidence *e =
        parse_body("{\"quote\":\"QUOTE\",\"event_log\":null,\"vm_config\":null,"
                   "\"attestation\":null,\"report_data\":null,\"debug\":null}");
    size_t n;

    (void)state;
    expect_quote(e, 1, DSTACK_EVIDENCE_QUOTE_JSON);
    assert_null(dstack_evidence_event_log(e));
    assert_null(dstack_evidence_vm_config(e, &n));
    assert_null(dstack_evidence_claimed_report_data(e, &n));
    dstack_evidence_free(e);
}

static void
test_body_report_data(void **state)
{
    char format[200];
    dstack_evidence *e;
    const uint8_t *p;
    size_t n;

    (void)state;
    snprintf(format, sizeof format,
        "{\"quote\":\"QUOTE\",\"report_data\":\""
        "%0128d\"}",
        5);
    e = parse_body(format);
    p = dstack_evidence_claimed_report_data(e, &n);
    assert_int_equal(n, 64);
    assert_int_equal(p[63], 5);
    assert_int_equal(p[0], 0);
    dstack_evidence_free(e);
    snprintf(format, sizeof format,
        "{\"quote\":\"QUOTE\",\"report_data\":\""
        "%0126d\"}",
        5);
    expect_body(format, DSTACK_STAGE_EVIDENCE, DSTACK_REASON_EVIDENCE_MEMBER);
}

/* An attestation is the evidence; what stands beside it is not looked at. */
static void
test_body_attestation(void **state)
{
    ds_buf b = container_of(DSTACK_PLATFORM_TDX, quote_of(1), 0);
    char *hex = hex_text(ds_view_of(b.p, b.n), "0x", "");
    size_t n = strlen(hex) + 200;
    char *body = malloc(n);
    dstack_evidence *e;

    (void)state;
    assert_non_null(body);
    snprintf(body, n,
        "{\"attestation\":\"%s\",\"quote\":\"zz\",\"event_log\":"
        "5,\"vm_config\":\"{\"}",
        hex);
    e = parse(ds_view_str(body));
    assert_int_equal(dstack_evidence_format(e), DSTACK_EVIDENCE_ATTESTATION_V0);
    dstack_evidence_free(e);
    free(body);
    free(hex);
    ds_buf_free(&b);
    /* It is a container, not a quote. */
    expect_body("{\"attestation\":\"QUOTE\"}", DSTACK_STAGE_ATTESTATION,
        DSTACK_REASON_ATTESTATION_FORMAT);
}

static void
test_body_refused(void **state)
{
    (void)state;
    expect_text("{}", DSTACK_STAGE_EVIDENCE, DSTACK_REASON_EVIDENCE_MEMBER);
    expect_text("{\"quote\":\"\",\"attestation\":\"\"}", DSTACK_STAGE_EVIDENCE,
        DSTACK_REASON_EVIDENCE_MEMBER);
    expect_text(
        "{\"quote\":5}", DSTACK_STAGE_EVIDENCE, DSTACK_REASON_EVIDENCE_MEMBER);
    expect_text("{\"attestation\":null}", DSTACK_STAGE_EVIDENCE,
        DSTACK_REASON_EVIDENCE_MEMBER);
    expect_text("{\"quote\":\"0\\u0034\"}", DSTACK_STAGE_EVIDENCE,
        DSTACK_REASON_EVIDENCE_MEMBER);
    expect_text("{\"quote\":\"abc\"}", DSTACK_STAGE_EVIDENCE,
        DSTACK_REASON_EVIDENCE_HEX);
    expect_text("{\"quote\":\"0404\"}", DSTACK_STAGE_QUOTE,
        DSTACK_REASON_QUOTE_TRUNCATED);
    expect_text("{\"quote\":\"\"", DSTACK_STAGE_EVIDENCE, DSTACK_REASON_JSON);
    expect_text("{\"quote\":\"\",\"quote\":\"\"}", DSTACK_STAGE_EVIDENCE,
        DSTACK_REASON_JSON_DUP);
    expect_text("{} {}", DSTACK_STAGE_EVIDENCE, DSTACK_REASON_JSON_TRAILING);
    expect_body("{\"quote\":\"QUOTE\",\"event_log\":\"{}\"}",
        DSTACK_STAGE_EVENTS, DSTACK_REASON_EVENT_LOG_JSON);
    expect_body("{\"quote\":\"QUOTE\",\"event_log\":true}", DSTACK_STAGE_EVENTS,
        DSTACK_REASON_EVENT_LOG_JSON);
    expect_body("{\"quote\":\"QUOTE\",\"vm_config\":[]}", DSTACK_STAGE_WORKLOAD,
        DSTACK_REASON_VM_CONFIG);
    expect_body("{\"quote\":\"QUOTE\",\"vm_config\":\"[]\"}",
        DSTACK_STAGE_WORKLOAD, DSTACK_REASON_VM_CONFIG);
    expect_body("{\"quote\":\"QUOTE\",\"report_data\":\"00\"}",
        DSTACK_STAGE_EVIDENCE, DSTACK_REASON_EVIDENCE_MEMBER);
}

/* ---- as JSON ------------------------------------------------------------------------------ */

static char *
to_json(ds_view in)
{
    dstack_evidence *e = parse(in);
    char *json = NULL;
    ds_json *j = NULL;
    dstack_error err;
    size_t n = 0;

    assert_int_equal(dstack_evidence_to_json(e, &json, &n, &err), 0);
    assert_int_equal(n, strlen(json));
    assert_int_equal(ds_json_parse(ds_view_of(json, n), "ours", &j, &err), 0);
    assert_int_equal(
        ds_json_type(j, ds_json_get(j, 0, "verified")), DS_JSON_FALSE);
    ds_json_free(j);
    dstack_evidence_free(e);
    return json;
}

static void
expect_in(ds_view in, const char *const *texts)
{
    char *json = to_json(in);

    for (; *texts; texts++)
        if (!strstr(json, *texts))
            fail_msg("%s is not in %s", *texts, json);
    dstack_free(json);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void
test_to_json(void **state)
{
    ds_buf b = container_of(DSTACK_PLATFORM_TDX, quote_of(1), 1);
    ds_view snp = container_vec("snp", 0), pod = container_vec("nitro", 1);
    char *json = to_json(quote_of(0));

    (void)state;
    assert_null(strstr(json, "claimed_report_data"));
    assert_null(strstr(json, "event_log"));
    assert_null(strstr(json, "vm_config"));
    assert_non_null(strstr(json, "\"format\":\"quote\",\"platform\":\"sgx\""));
    assert_non_null(strstr(json, "\"mr_enclave\":\""));
    dstack_free(json);
    expect_in(ds_view_of(b.p, b.n),
        LIST("\"format\":\"attestation_v1\",\"platform\":\"tdx\"",
            "\"claimed_report_data\":\"0707", "\"mr_td\":\"",
            "\"event_log\":[]", "\"event\":\"app-id\"",
            "\"vm_config\":\"{\\\"cpu_count\\\":2}\""));
    expect_in(snp,
        LIST("\"signed\":\"183d62", "\"certificates\":[\"",
            "\"mr_config\":\"{\\\"version\\\":3}\"", "\"report_data\":\""));
    expect_in(pod, LIST("\"platform\":\"nitro-enclave\"", "\"signed\":\"",
                       "\"runtime_events\":[{"));
    vec_free(pod);
    vec_free(snp);
    ds_buf_free(&b);
}

static void
test_to_json_arguments(void **state)
{
    dstack_evidence *e = parse(quote_of(1));
    char *json = (char *)1;
    dstack_error err;
    size_t n = 9;

    (void)state;
    assert_int_equal(
        dstack_evidence_to_json(NULL, &json, &n, &err), DSTACK_ERR_ARG);
    assert_null(json);
    assert_int_equal(n, 0);
    assert_int_equal(
        dstack_evidence_to_json(e, NULL, &n, &err), DSTACK_ERR_ARG);
    assert_int_equal(dstack_evidence_to_json(e, &json, NULL, NULL), 0);
    dstack_free(json);
    dstack_evidence_free(e);
}

/* ---- real evidence -------------------------------------------------------------------------- */

static void
test_real(void **state)
{
    static const char *const files[] = {"dstack/lite.getquote.json",
        "dstack/lite.attestation.json", "dstack/full-image.getquote.json",
        "dstack/simulator.attestation.bin", "sev-snp/attestation.json",
        "nitro/enclave.attestation.bin", "tdx/v4.quote", "sgx/v3.quote"};
    static const uint32_t platforms[] = {DSTACK_PLATFORM_TDX,
        DSTACK_PLATFORM_TDX, DSTACK_PLATFORM_TDX, DSTACK_PLATFORM_TDX,
        DSTACK_PLATFORM_SEV_SNP, DSTACK_PLATFORM_NITRO_ENCLAVE,
        DSTACK_PLATFORM_TDX, DSTACK_PLATFORM_SGX};
    static const char *const image[] = {"e6f5cfec", "e6f5cfec", "14ad42d0",
        "e61be43d", "f69c8e50", "e0e742bd", NULL, NULL};

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        ds_view file = vec_real(files[i]);
        dstack_evidence *e = parse(file);
        const dstack_vm_config *c = dstack_evidence_config(e);
        const char *hash = dstack_vm_config_text(c, "os_image_hash", NULL);
        const uint8_t *claimed, *signed_;
        size_t n, m;

        assert_int_equal(dstack_evidence_platform(e), platforms[i]);
        assert_int_equal(image[i] != NULL, c != NULL);
        if (c)
            assert_int_equal(strncmp(hash, image[i], 8), 0);
        claimed = dstack_evidence_claimed_report_data(e, &n);
        signed_ = dstack_evidence_report_data(e, &m);
        if (claimed && signed_)
            assert_memory_equal(claimed, signed_, 64);
        dstack_evidence_free(e);
        vec_free(file);
    }
}

/* Its configuration is a whole sys-config with the text of a vm_config. */
static void
test_real_nested(void **state)
{
    ds_view file = vec_real("dstack/simulator.attestation.bin");
    dstack_evidence *e = parse(file);
    const dstack_vm_config *c = dstack_evidence_config(e);
    int found;

    (void)state;
    assert_null(dstack_vm_config_raw(c, "kms_urls", NULL));
    assert_true(dstack_vm_config_number(c, "memory_size", &found) ==
                UINT64_C(17179869184));
    assert_int_equal(found, 1);
    dstack_evidence_free(e);
    vec_free(file);
}

/* The answer and the attestation are of one guest: the answer encodes to the
 * attestation, but for the configuration's own text. */
static void
test_real_pair(void **state)
{
    ds_view answer = vec_real("dstack/lite.getquote.json");
    ds_view want = container_real("dstack/lite.attestation.json");
    dstack_evidence *e = parse(answer), *a = parse(want);
    const uint8_t *p, *q;
    uint8_t *bytes;
    dstack_error err;
    size_t n, m, k;

    (void)state;
    p = dstack_evidence_quote(e, &n);
    q = dstack_evidence_quote(a, &m);
    assert_int_equal(n, m);
    if (memcmp(p, q, n) != 0)
        skip(); /* of another moment */
    dstack_evidence_vm_config(e, &k);
    assert_int_equal(dstack_evidence_encode(e, 0, 1, &bytes, &n, &err), 0);
    assert_int_equal(n, want.n);
    assert_memory_equal(bytes, want.p, n - k);
    dstack_free(bytes);
    dstack_evidence_free(e);
    dstack_evidence_free(a);
    vec_free(want);
    vec_free(answer);
}

/* ---- from parts ---------------------------------------------------------------------- */

static int
from_parts(ds_view quote, const char *log, const char *config,
    dstack_evidence **ret, dstack_error *err)
{
    return dstack_evidence_from_parts(quote.p, quote.n, (const uint8_t *)log,
        log ? strlen(log) : 0, (const uint8_t *)config,
        config ? strlen(config) : 0, ret, err);
}

static void
test_parts(void **state)
{
    static const char log[] = "\n[{\"imr\":3,\"event_type\":134217729,"
                              "\"digest\":\"\",\"event\":\"system-ready\","
                              "\"event_payload\":\"\"}]";
    dstack_evidence *e = NULL;
    dstack_error err;
    size_t n;

    (void)state;
    assert_int_equal(from_parts(quote_of(1), log, " {\"a\":1}", &e, &err), 0);
    expect_quote(e, 1, DSTACK_EVIDENCE_QUOTE_JSON);
    assert_int_equal(dstack_event_log_count(dstack_evidence_event_log(e)), 1);
    assert_int_equal(
        dstack_event_log_count(dstack_evidence_runtime_events(e)), 1);
    assert_non_null(strstr(dstack_evidence_vm_config(e, &n), "{\"a\":1}"));
    dstack_evidence_free(e);
    /* None is not an empty one. */
    assert_int_equal(from_parts(quote_of(0), NULL, NULL, &e, &err), 0);
    assert_null(dstack_evidence_event_log(e));
    assert_null(dstack_evidence_runtime_events(e));
    assert_null(dstack_evidence_vm_config(e, &n));
    dstack_evidence_free(e);
    assert_int_equal(from_parts(quote_of(1), "[]", NULL, &e, &err), 0);
    assert_int_equal(dstack_event_log_count(dstack_evidence_event_log(e)), 0);
    assert_non_null(dstack_evidence_runtime_events(e));
    dstack_evidence_free(e);
}

static void
expect_no_parts(ds_view quote, const char *log, const char *config, int reason)
{
    dstack_evidence *e = (dstack_evidence *)1;
    dstack_error err;

    assert_int_equal(
        from_parts(quote, log, config, &e, &err), DSTACK_ERR_PARSE);
    assert_null(e);
    if (err.reason != reason)
        fail_msg("%s: %s", dstack_reason_name(err.reason), err.message);
}

static void
test_parts_refused(void **state)
{
    ds_view q = quote_of(1);
    dstack_evidence *e = (dstack_evidence *)1;

    (void)state;
    expect_no_parts(
        ds_view_of(q.p, q.n - 1), NULL, NULL, DSTACK_REASON_QUOTE_TRUNCATED);
    expect_no_parts(
        ds_view_of(q.p, 0), NULL, NULL, DSTACK_REASON_QUOTE_TRUNCATED);
    expect_no_parts(q, "", NULL, DSTACK_REASON_EVENT_LOG_BINARY);
    expect_no_parts(q, "{}", NULL, DSTACK_REASON_EVENT_LOG_BINARY);
    expect_no_parts(q, "[{}]", NULL, DSTACK_REASON_EVENT_LOG_JSON);
    expect_no_parts(q, NULL, "{", DSTACK_REASON_VM_CONFIG);
    expect_no_parts(q, NULL, "[]", DSTACK_REASON_VM_CONFIG);
    assert_int_equal(
        dstack_evidence_from_parts(NULL, 0, NULL, 0, NULL, 0, &e, NULL),
        DSTACK_ERR_ARG);
    assert_null(e);
    assert_int_equal(
        dstack_evidence_from_parts(q.p, q.n, NULL, 0, NULL, 0, NULL, NULL),
        DSTACK_ERR_ARG);
}

static void
test_parts_ccel(void **state)
{
    ds_view file = vec_real("ccel/ccel.bin"), q = quote_of(1);
    dstack_evidence *e = NULL;
    dstack_error err;

    (void)state;
    assert_int_equal(
        dstack_evidence_from_parts(q.p, q.n, file.p, file.n, NULL, 0, &e, &err),
        0);
    assert_int_equal(dstack_event_log_count(dstack_evidence_event_log(e)), 18);
    assert_null(dstack_evidence_runtime_events(e));
    dstack_evidence_free(e);
    vec_free(file);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quote),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_unrecognised),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_containers),
        cmocka_unit_test(test_container_quotes),
        cmocka_unit_test(test_other_platforms),
        cmocka_unit_test(test_encode_arguments),
        cmocka_unit_test(test_body),
        cmocka_unit_test(test_body_null),
        cmocka_unit_test(test_body_report_data),
        cmocka_unit_test(test_body_attestation),
        cmocka_unit_test(test_body_refused),
        cmocka_unit_test(test_to_json),
        cmocka_unit_test(test_to_json_arguments),
        cmocka_unit_test(test_real),
        cmocka_unit_test(test_real_nested),
        cmocka_unit_test(test_real_pair),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_parts_refused),
        cmocka_unit_test(test_parts_ccel),
    };

    return cmocka_run_group_tests_name("evidence", tests, setup, teardown);
}
