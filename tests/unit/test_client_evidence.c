/* SPDX-License-Identifier: Apache-2.0 */
/* Quotes, attestations, GPU evidence and events of the guest agent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dstack/dstack.h"
#include "forge/forge.h"
#include "support/fake_agent.h"
#include "support/vec.h"

static void
ok(int rc, const dstack_error *err)
{
    if (rc != DSTACK_OK)
        fail_msg("%s: %s", dstack_error_name(rc), err->message);
    assert_int_equal(err->code, 0);
}

static void
failed(int rc, int code, const dstack_error *err, const char *says)
{
    if (rc != code || err->code != code || !strstr(err->message, says))
        fail_msg("%s: %s\nexpected %s: %s", dstack_error_name(rc), err->message,
            dstack_error_name(code), says);
}

static const uint8_t data[64] = {0xab, 0xcd, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
    31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49,
    50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62};

/* What asks for a quote or an attestation over report data. */
typedef struct {
    dstack_quote_reply *quote;
    dstack_attest_reply *attest;
} reply;

typedef int
call(const dstack_client *, const uint8_t *, size_t, reply *, dstack_error *);

static int
get_quote(const dstack_client *c, const uint8_t *p, size_t n, reply *r,
    dstack_error *err)
{
    return dstack_client_get_quote(c, p, n, &r->quote, err);
}

static int
raw_quote(const dstack_client *c, const uint8_t *p, size_t n, reply *r,
    dstack_error *err)
{
    return dstack_client_tappd_raw_quote(c, p, n, &r->quote, err);
}

static int
tdx_quote(const dstack_client *c, const uint8_t *p, size_t n, reply *r,
    dstack_error *err)
{
    return dstack_client_tappd_tdx_quote(c, p, n, "raw", NULL, &r->quote, err);
}

static int
attest(const dstack_client *c, const uint8_t *p, size_t n, reply *r,
    dstack_error *err)
{
    return dstack_client_attest(c, p, n, &r->attest, err);
}

static int
v1_attest(const dstack_client *c, const uint8_t *p, size_t n, reply *r,
    dstack_error *err)
{
    return dstack_client_v1_attest(c, p, n, 0, &r->attest, err);
}

static const struct {
    const char *name, *path;
    int kind;
    bool tells; /* report_data beside the quote */
    call *call;
} quotes[] = {
    {"GetQuote: ", "/GetQuote", FAKE_0511, true, get_quote},
    {"Tappd.RawQuote: ", "/prpc/Tappd.RawQuote", FAKE_TAPPD_0511, false,
        get_quote},
    {"Tappd.RawQuote: ", "/prpc/Tappd.RawQuote", FAKE_TAPPD_0511, false,
        raw_quote},
    {"Tappd.TdxQuote: ", "/prpc/Tappd.TdxQuote", FAKE_TAPPD_0511, false,
        tdx_quote},
};
#define QUOTES (sizeof quotes / sizeof quotes[0])

static const struct {
    const char *name, *path;
    int kind, version;
    call *call;
} attests[] = {
    {"Attest: ", "/Attest", FAKE_0511, 0, attest},
    {"Attest: ", "/Attest", FAKE_0511, 1, attest},
    {"v1.Attest: ", "/v1/Attest", FAKE_060, 1, v1_attest},
};
#define ATTESTS (sizeof attests / sizeof attests[0])

static void
drop(reply *r)
{
    dstack_quote_reply_free(r->quote);
    dstack_attest_reply_free(r->attest);
    memset(r, 0, sizeof *r);
}

/* ---- quotes --------------------------------------------------------------------------- */

static void
quote_is_right(const dstack_quote_reply *q, const char *body)
{
    ds_view want = fake_quote(data);
    const uint8_t *p;
    const char *s;
    size_t n;

    p = dstack_quote_reply_quote(q, &n);
    assert_int_equal(n, want.n);
    assert_memory_equal(p, want.p, n);
    vec_free(want);
    p = dstack_quote_reply_report_data(q, &n);
    assert_int_equal(n, 64);
    assert_memory_equal(p, data, 64);
    s = dstack_quote_reply_event_log_text(q, &n);
    assert_int_equal(n, strlen(s));
    assert_memory_equal(s, "[{\"imr\":3,", 10);
    assert_int_equal(
        dstack_event_log_count(dstack_quote_reply_event_log(q)), 1);
    assert_string_equal(
        dstack_event_log_name(dstack_quote_reply_event_log(q), 0, NULL),
        "app-id");
    s = dstack_quote_reply_vm_config_text(q, &n);
    assert_string_equal(s, "{\"cpu_count\":1}");
    assert_int_equal(n, strlen(s));
    assert_int_equal(dstack_vm_config_number(
                         dstack_quote_reply_vm_config(q), "cpu_count", NULL),
        1);
    assert_string_equal(dstack_quote_reply_hash_algorithm(q), "h");
    assert_string_equal(dstack_quote_reply_prefix(q), "p");
    assert_null(dstack_quote_reply_app_key(q, &n));
    assert_int_equal(n, 0);
    assert_string_equal(dstack_quote_reply_json(q, &n), body);
    assert_int_equal(n, strlen(body));
    assert_int_equal(dstack_evidence_platform(dstack_quote_reply_evidence(q)),
        DSTACK_PLATFORM_TDX);
}

static void
test_quotes(void **state)
{
    char *body =
        fake_quote_answer(data, ",\"hash_algorithm\":\"h\",\"prefix\":\"p\"");
    char *hex = fake_hex(ds_view_of(data, 64));

    (void)state;
    for (size_t i = 0; i < QUOTES; i++) {
        fake_agent *f = fake_agent_new(quotes[i].kind);
        dstack_client *c = fake_agent_client(f);
        char *want = fake_text("{\"report_data\":\"%s\"%s}", hex,
            i == 3 ? ",\"hash_algorithm\":\"raw\"" : "");
        reply r = {NULL, NULL};
        dstack_error err;

        fake_agent_answer(f, quotes[i].path, 200, body);
        ok(quotes[i].call(c, data, 64, &r, &err), &err);
        assert_string_equal(fake_agent_last(f, quotes[i].path), want);
        quote_is_right(r.quote, body);
        drop(&r);
        assert_int_equal(fake_agent_count(f, NULL), 1);
        free(want);
        dstack_client_free(c);
        fake_agent_free(f);
    }
    free(hex);
    free(body);
}

static void
test_no_quote_reply(void **state)
{
    size_t n = 1;

    (void)state;
    dstack_quote_reply_free(NULL);
    assert_null(dstack_quote_reply_quote(NULL, &n));
    assert_int_equal(n, 0);
    assert_null(dstack_quote_reply_report_data(NULL, NULL));
    assert_null(dstack_quote_reply_event_log_text(NULL, NULL));
    assert_null(dstack_quote_reply_event_log(NULL));
    assert_null(dstack_quote_reply_vm_config_text(NULL, NULL));
    assert_null(dstack_quote_reply_vm_config(NULL));
    assert_string_equal(dstack_quote_reply_hash_algorithm(NULL), "");
    assert_string_equal(dstack_quote_reply_prefix(NULL), "");
    assert_null(dstack_quote_reply_app_key(NULL, NULL));
    assert_null(dstack_quote_reply_evidence(NULL));
    assert_null(dstack_quote_reply_json(NULL, &n));
    dstack_attest_reply_free(NULL);
    assert_null(dstack_attest_reply_attestation(NULL, NULL));
    assert_null(dstack_attest_reply_evidence(NULL));
    assert_null(dstack_attest_reply_gpu(NULL));
    assert_null(dstack_attest_reply_json(NULL, &n));
    dstack_gpu_reply_free(NULL);
    assert_int_equal(dstack_gpu_reply_count(NULL), 0);
    assert_null(dstack_gpu_reply_vendor(NULL, 0));
    assert_null(dstack_gpu_reply_format(NULL, 0));
    assert_null(dstack_gpu_reply_evidence(NULL, 0, &n));
    assert_null(dstack_gpu_reply_json(NULL, NULL));
}

/* An older answer: without vm_config, with an empty event log. */
static void
test_older_quotes(void **state)
{
    ds_view quote = fake_quote(data);
    char *hex = fake_hex(quote);
    char *body = fake_text("{\"quote\":\"%s\",\"event_log\":\"\"}", hex);
    fake_agent *f = fake_agent_new(FAKE_036);
    dstack_client *c = fake_agent_client(f);
    reply r = {NULL, NULL};
    dstack_error err;
    size_t n = 5;

    (void)state;
    fake_agent_answer(f, "/prpc/Tappd.RawQuote", 200, body);
    ok(get_quote(c, data, 64, &r, &err), &err);
    assert_null(dstack_quote_reply_vm_config_text(r.quote, &n));
    assert_int_equal(n, 0);
    assert_null(dstack_quote_reply_vm_config(r.quote));
    assert_string_equal(dstack_quote_reply_event_log_text(r.quote, &n), "");
    assert_null(dstack_quote_reply_event_log(r.quote));
    drop(&r);
    dstack_client_free(c);
    fake_agent_free(f);
    /* A tappd without RawQuote. */
    f = fake_agent_new(FAKE_TAPPD_031);
    c = fake_agent_client(f);
    fake_agent_answer(f, "/prpc/Tappd.TdxQuote", 200, body);
    ok(get_quote(c, data, 64, &r, &err), &err);
    assert_non_null(strstr(fake_agent_last(f, "/prpc/Tappd.TdxQuote"),
        ",\"hash_algorithm\":\"raw\"}"));
    drop(&r);
    failed(raw_quote(c, data, 64, &r, &err), DSTACK_ERR_UNSUPPORTED, &err,
        "it needs dstack 0.3.4 or later");
    dstack_client_free(c);
    fake_agent_free(f);
    free(body);
    free(hex);
    vec_free(quote);
}

/* Builds between 0.5.11 and 0.6.0: an attestation beside the quote, which is
 * left alone, whatever it says. */
static void
test_quote_with_attestation(void **state)
{
    static const char *const more[] = {",\"attestation\":\"\"",
        ",\"attestation\":\"0000\"", ",\"attestation\":null"};
    dstack_error err;

    (void)state;
    for (size_t i = 0; i < QUOTES; i++)
        for (size_t k = 0; k < 3; k++) {
            fake_agent *f = fake_agent_new(quotes[i].kind);
            dstack_client *c = fake_agent_client(f);
            char *text = fake_text(
                "%s,\"hash_algorithm\":\"h\",\"prefix\":\"p\"", more[k]);
            char *body = fake_quote_answer(data, text);
            reply r = {NULL, NULL};

            fake_agent_answer(f, quotes[i].path, 200, body);
            ok(quotes[i].call(c, data, 64, &r, &err), &err);
            quote_is_right(r.quote, body);
            drop(&r);
            free(body);
            free(text);
            dstack_client_free(c);
            fake_agent_free(f);
        }
}

/* Padding is on the right, on every surface. */
static void
test_padding(void **state)
{
    uint8_t padded[64] = {'h', 'i'};
    char *body = fake_quote_answer(padded, "");
    char *hex = fake_hex(ds_view_of(padded, 64));
    char *want = fake_text("{\"report_data\":\"%s\"}", hex);
    dstack_error err;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        fake_agent *f = fake_agent_new(quotes[i].kind);
        dstack_client *c = fake_agent_client(f);
        reply r = {NULL, NULL};

        fake_agent_answer(f, quotes[i].path, 200, body);
        ok(get_quote(c, (const uint8_t *)"hi", 2, &r, &err), &err);
        assert_string_equal(fake_agent_last(f, quotes[i].path), want);
        drop(&r);
        dstack_client_free(c);
        fake_agent_free(f);
    }
    free(want);
    free(hex);
    free(body);
}

static void
quote_refused_as(size_t i, const char *body, int code, const char *says)
{
    fake_agent *f = fake_agent_new(quotes[i].kind);
    dstack_client *c = fake_agent_client(f);
    reply r = {(dstack_quote_reply *)1, NULL};
    dstack_error err;
    int rc;

    fake_agent_answer(f, quotes[i].path, 200, body);
    rc = quotes[i].call(c, data, 64, &r, &err);
    failed(rc, code, &err, says);
    assert_memory_equal(err.message, quotes[i].name, strlen(quotes[i].name));
    assert_null(r.quote);
    assert_int_equal(quotes[i].call(c, data, 64, &r, NULL), code);
    dstack_client_free(c);
    fake_agent_free(f);
}

static void
quote_refused(const char *body, const char *says)
{
    for (size_t i = 0; i < QUOTES; i++)
        quote_refused_as(i, body, DSTACK_ERR_PROTOCOL, says);
}

/* The members of an answer, each as JSON; NULL leaves it out. */
static char *
members(const char *quote, const char *log, const char *told, const char *vm)
{
    const char *names[] = {"quote", "event_log", "report_data", "vm_config"};
    const char *values[] = {quote, log, told, vm};
    char *text = fake_text("%s", "{"), *all;

    for (size_t i = 0; i < 4; i++) {
        char *longer;

        if (!values[i])
            continue;
        longer = fake_text("%s%s\"%s\":%s", text, strlen(text) > 1 ? "," : "",
            names[i], values[i]);
        free(text);
        text = longer;
    }
    all = text;
    text = fake_text("%s}", all);
    free(all);
    return text;
}

static const struct {
    const char *quote, *log, *told, *vm, *says;
} bad_quotes[] = {
    /* "Q" is the right quote, "D" the right report data, each in hex. */
    {"null", "\"\"", "D", "\"\"", "quote: expected a string, found null"},
    {"7", "\"\"", "D", "\"\"", "quote: expected a string, found a number"},
    {"[\"04\"]", "\"\"", "D", "\"\"", "quote: expected a string, found an arr"},
    {"{}", "\"\"", "D", "\"\"", "quote: expected a string, found an object"},
    {NULL, "\"\"", "D", "\"\"", "quote: missing"},
    {"\"040\"", "\"\"", "D", "\"\"",
        "quote: expected an even number of hex digits, found 3 characters"},
    {"\"zz\"", "\"\"", "D", "\"\"", "quote: expected an even number of hex"},
    {"\"0x0400\"", "\"\"", "D", "\"\"",
        "quote: expected an even number of hex"},
    {"\"0400\"", "\"\"", "D", "\"\"", "quote"},
    {"\"\\u0030\\u0034\"", "\"\"", "D", "\"\"", "quote: expected text without"},
    {"Q", "null", "D", "\"\"", "event_log: expected a string, found null"},
    {"Q", "[]", "D", "\"\"", "event_log: expected a string, found an array"},
    {"Q", NULL, "D", "\"\"", "event_log: missing"},
    {"Q", "\"{}\"", "D", "\"\"", ""},
    {"Q", "\"[\"", "D", "\"\"", ""},
    {"Q", "\"[]x\"", "D", "\"\"", ""},
    {"Q", "\"a\\u0000b\"", "D", "\"\"", "\\u0000 is refused"},
    {"Q", "\"\"", "D", "null", "vm_config: expected a string, found null"},
    {"Q", "\"\"", "D", "{}", "vm_config: expected a string, found an object"},
    {"Q", "\"\"", "D", "\"[]\"", ""},
    {"Q", "\"\"", "D", "\"{\\\"a\\\":1,\\\"a\\\":1}\"", ""},
    {"Q", "\"\"", "null", "\"\"", "report_data: expected a string, found null"},
    {"Q", "\"\"", "\"\"", "\"\"", "report_data: expected 128 hex digits"},
    {"Q", "\"\"", "\"abcd\"", "\"\"", "report_data: expected 128 hex digits"},
};

static void
test_malformed_quotes(void **state)
{
    ds_view quote = fake_quote(data);
    char *hex = fake_hex(quote), *q = fake_text("\"%s\"", hex);
    char *data_hex = fake_hex(ds_view_of(data, 64));
    char *d = fake_text("\"%s\"", data_hex), *body;

    (void)state;
    for (size_t i = 0; i < sizeof bad_quotes / sizeof bad_quotes[0]; i++) {
        const char *a = bad_quotes[i].quote, *b = bad_quotes[i].told;

        body = members(a && *a == 'Q' ? q : a, bad_quotes[i].log,
            b && *b == 'D' ? d : b, bad_quotes[i].vm);
        quote_refused(body, bad_quotes[i].says);
        free(body);
    }
    body = members(q, "\"\"", NULL, "\"\"");
    quote_refused_as(0, body, DSTACK_ERR_PROTOCOL, "report_data: missing");
    free(body);
    body = fake_text("{\"quote\":%s,\"event_log\":\"\",\"report_data\":%s,"
                     "\"quote\":%s}",
        q, d, q);
    quote_refused(body, "a second member of this name");
    free(body);
    quote_refused("[]", "expected an object, found an array");
    quote_refused("\"\"", "expected an object, found a string");
    quote_refused("null", "expected an object, found null");
    quote_refused("", "answer: byte 0");
    quote_refused("{\"quote\":\"04", "answer: byte");
    free(d);
    free(data_hex);
    free(q);
    free(hex);
    vec_free(quote);
}

/* A quote of an enclave is not what was asked for. */
static void
test_sgx_quote(void **state)
{
    forge *f = forge_new(FORGE_SGX_V3, "not a TD");
    char *quote, *told, *body;

    (void)state;
    assert_non_null(f);
    memcpy(f->quote.sgx.report_data, data, 64);
    assert_int_equal(forge_build(f), 0);
    quote = fake_hex(ds_view_of(f->out.quote.p, f->out.quote.n));
    told = fake_hex(ds_view_of(data, 64));
    body = fake_text("{\"quote\":\"%s\",\"event_log\":\"\",\"report_data\":"
                     "\"%s\"}",
        quote, told);
    quote_refused(
        body, "quote: expected a TDX quote, found one of platform sgx");
    free(body);
    free(told);
    free(quote);
    forge_free(f);
}

/* Agents 0.5.6 to 0.5.11 off TDX. */
static void
test_empty_quote(void **state)
{
    (void)state;
    for (size_t i = 0; i < QUOTES; i++) {
        char *body = members("\"\"", "\"\"", "\"\"", "\"\"");

        quote_refused_as(i, body, DSTACK_ERR_UNSUPPORTED,
            "the platform is not TDX; Attest (dstack_client_attest) works");
        free(body);
        quote_refused_as(i, "{\"error\":\"no quote\"}", DSTACK_ERR_AGENT,
            "HTTP 200: no quote");
    }
}

/* ---- report data: what was asked for -------------------------------------------------------- */

/* In the quote, and beside it; each alone makes the answer another one. */
static void
test_other_report_data(void **state)
{
    uint8_t other[64];
    ds_view quote, right;
    char *in_quote, *beside, *hex, *told;
    dstack_error err;

    (void)state;
    memcpy(other, data, 64);
    other[63] ^= 1;
    in_quote = fake_quote_answer(other, "");
    right = fake_quote(data);
    quote = fake_quote(other);
    hex = fake_hex(right);
    told = fake_hex(ds_view_of(other, 64));
    beside = fake_text("{\"quote\":\"%s\",\"event_log\":\"\",\"report_data\":"
                       "\"%s\"}",
        hex, told);
    for (size_t i = 0; i < QUOTES; i++) {
        fake_agent *f = fake_agent_new(quotes[i].kind);
        dstack_client *c = fake_agent_client(f);
        reply r = {NULL, NULL};

        quote_refused_as(i, in_quote, DSTACK_ERR_PROTOCOL,
            "report data in the quote is not what was asked for: from byte 48, "
            "expected 2f303132333435363738393a3b3c3d3e, found "
            "2f303132333435363738393a3b3c3d3f");
        quote_refused_as(i, beside, DSTACK_ERR_PROTOCOL,
            "report data beside the quote is not what was asked for");
        /* A client that was told to takes both. */
        assert_int_equal(dstack_client_accept_other_report_data(c), DSTACK_OK);
        fake_agent_answer(f, quotes[i].path, 200, in_quote);
        ok(quotes[i].call(c, data, 64, &r, &err), &err);
        assert_memory_equal(
            dstack_quote_reply_report_data(r.quote, NULL), other, 64);
        drop(&r);
        fake_agent_answer(f, quotes[i].path, 200, beside);
        ok(quotes[i].call(c, data, 64, &r, &err), &err);
        drop(&r);
        dstack_client_free(c);
        fake_agent_free(f);
    }
    free(beside);
    free(told);
    free(hex);
    vec_free(quote);
    vec_free(right);
    free(in_quote);
}

/* ---- attestations ------------------------------------------------------------------------- */

static char *
attest_body(int version, const uint8_t report_data[64], const char *more)
{
    char *hex = fake_attestation_hex(version, report_data);
    char *body = fake_text("{\"attestation\":\"%s\"%s}", hex, more);

    free(hex);
    return body;
}

static void
test_attest(void **state)
{
    (void)state;
    for (size_t i = 0; i < ATTESTS; i++) {
        fake_agent *f = fake_agent_new(attests[i].kind);
        dstack_client *c = fake_agent_client(f);
        char *body = attest_body(attests[i].version, data, "");
        char *hex = fake_hex(ds_view_of(data, 64));
        char *want = fake_text("{\"report_data\":\"%s\"}", hex);
        reply r = {NULL, NULL};
        dstack_error err;
        const uint8_t *p;
        size_t n;

        fake_agent_answer(f, attests[i].path, 200, body);
        ok(attests[i].call(c, data, 64, &r, &err), &err);
        assert_string_equal(fake_agent_last(f, attests[i].path), want);
        p = dstack_attest_reply_attestation(r.attest, &n);
        assert_int_equal(
            n, (strlen(body) - strlen("{\"attestation\":\"\"}")) / 2);
        assert_int_equal(p[0], attests[i].version == 0 ? 0 : 0x83);
        assert_int_equal(
            dstack_evidence_format(dstack_attest_reply_evidence(r.attest)),
            attests[i].version == 0 ? DSTACK_EVIDENCE_ATTESTATION_V0
                                    : DSTACK_EVIDENCE_ATTESTATION_V1);
        assert_memory_equal(dstack_evidence_report_data(
                                dstack_attest_reply_evidence(r.attest), NULL),
            data, 64);
        assert_string_equal(dstack_attest_reply_json(r.attest, &n), body);
        assert_int_equal(n, strlen(body));
        assert_null(dstack_attest_reply_gpu(r.attest));
        drop(&r);
        assert_int_equal(fake_agent_count(f, NULL), 1);
        free(want);
        free(hex);
        free(body);
        dstack_client_free(c);
        fake_agent_free(f);
    }
}

static void
attest_refused(const char *body, const char *says)
{
    for (size_t i = 0; i < ATTESTS; i++) {
        fake_agent *f = fake_agent_new(attests[i].kind);
        dstack_client *c = fake_agent_client(f);
        reply r = {NULL, (dstack_attest_reply *)1};
        dstack_error err;

        fake_agent_answer(f, attests[i].path, 200, body);
        failed(attests[i].call(c, data, 64, &r, &err), DSTACK_ERR_PROTOCOL,
            &err, says);
        assert_memory_equal(
            err.message, attests[i].name, strlen(attests[i].name));
        assert_null(r.attest);
        assert_int_equal(
            attests[i].call(c, data, 64, &r, NULL), DSTACK_ERR_PROTOCOL);
        dstack_client_free(c);
        fake_agent_free(f);
    }
}

static void
test_malformed_attestations(void **state)
{
    ds_view quote = fake_quote(data);
    char *hex = fake_hex(quote);
    char *body = fake_text("{\"attestation\":\"%s\"}", hex);
    char *good = attest_body(1, data, "");
    uint8_t other[64] = {1};

    (void)state;
    attest_refused(body, "expected a versioned attestation, found evidence of "
                         "the form quote");
    free(body);
    attest_refused("{}", "attestation: missing");
    attest_refused(
        "{\"attestation\":null}", "attestation: expected a string, found null");
    attest_refused("{\"attestation\":\"\"}",
        "attestation: expected an attestation, found \"\"");
    attest_refused("{\"attestation\":\"00000\"}",
        "attestation: expected an even number of hex digits");
    attest_refused("{\"attestation\":\"zz\"}",
        "attestation: expected an even number of hex digits");
    attest_refused("{\"attestation\":5}", "attestation: expected a string");
    attest_refused("{\"attestation\":[\"00\"]}", "attestation: expected a str");
    attest_refused("{\"attestation\":{}}", "attestation: expected a string");
    attest_refused("{\"attestation\":\"00\"}", "attestation");
    attest_refused("{\"attestation\":\"83\"}", "attestation");
    attest_refused("{\"attestation\":\"ffff\"}", "evidence");
    /* Hex of hex is not one. */
    attest_refused("{\"attestation\":\"30303030\"}", "");
    attest_refused("[]", "expected an object, found an array");
    attest_refused("", "answer: byte 0");
    good[strlen(good) - 6] = 0;
    attest_refused(good, "answer: byte");
    free(good);
    for (int version = 0; version < 2; version++) {
        body = attest_body(version, other, "");
        attest_refused(body, "report data in the quote is not what was asked");
        free(body);
    }
    free(hex);
    vec_free(quote);
}

static void
test_attest_other_report_data(void **state)
{
    uint8_t other[64] = {1};

    (void)state;
    for (size_t i = 0; i < ATTESTS; i++) {
        fake_agent *f = fake_agent_new(attests[i].kind);
        dstack_client *c = fake_agent_client(f);
        char *body = attest_body(attests[i].version, other, "");
        reply r = {NULL, NULL};
        dstack_error err;

        assert_int_equal(dstack_client_accept_other_report_data(c), DSTACK_OK);
        fake_agent_answer(f, attests[i].path, 200, body);
        ok(attests[i].call(c, data, 64, &r, &err), &err);
        drop(&r);
        free(body);
        dstack_client_free(c);
        fake_agent_free(f);
    }
}

static void
test_arguments(void **state)
{
    static call *const calls[] = {get_quote, attest, v1_attest};
    fake_agent *f = fake_agent_new(FAKE_060);
    dstack_client *c = fake_agent_client(f);
    reply r = {NULL, NULL};
    dstack_quote_reply *q = NULL;
    dstack_attest_reply *a = NULL;
    dstack_gpu_reply *g = NULL;
    uint8_t long_data[65] = {0};
    dstack_error err;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        failed(calls[i](c, long_data, 0, &r, &err), DSTACK_ERR_ARG, &err,
            "expected 1 to 64 bytes of report data, found 0");
        failed(calls[i](c, long_data, 65, &r, &err), DSTACK_ERR_ARG, &err,
            "found 65; dstack_report_data_hash()");
        failed(calls[i](c, NULL, 1, &r, &err), DSTACK_ERR_ARG, &err, "NULL");
        failed(calls[i](NULL, data, 1, &r, &err), DSTACK_ERR_ARG, &err, "NULL");
    }
    failed(raw_quote(c, data, 64, &r, &err), DSTACK_ERR_UNSUPPORTED, &err,
        "this needs DSTACK_SERVICE_TAPPD");
    failed(tdx_quote(c, data, 64, &r, &err), DSTACK_ERR_UNSUPPORTED, &err,
        "this needs DSTACK_SERVICE_TAPPD");
    failed(dstack_client_v1_attest(c, data, 64, 2, &a, &err), DSTACK_ERR_ARG,
        &err, "with_gpu is 0 or 1");
    assert_int_equal(
        dstack_client_get_quote(c, data, 64, NULL, &err), DSTACK_ERR_ARG);
    failed(dstack_client_v1_attest_gpu(c, data, 31, &g, &err), DSTACK_ERR_ARG,
        &err, "a nonce of 32 bytes");
    failed(dstack_client_v1_attest_gpu(c, data, 33, &g, &err), DSTACK_ERR_ARG,
        &err, "a nonce of 32 bytes");
    failed(dstack_client_worker_app_key_quote(c, DSTACK_KEY_ED25519, &q, &err),
        DSTACK_ERR_UNSUPPORTED, &err, "this needs DSTACK_SERVICE_WORKER");
    assert_int_equal(fake_agent_count(f, NULL), 0);
    dstack_client_free(c);
    fake_agent_free(f);
    f = fake_agent_new(FAKE_TAPPD_0511);
    c = fake_agent_client(f);
    failed(raw_quote(c, data, 63, &r, &err), DSTACK_ERR_ARG, &err,
        "expected exactly 64 bytes, found 63");
    failed(attest(c, data, 63, &r, &err), DSTACK_ERR_UNSUPPORTED, &err,
        "this needs DSTACK_SERVICE_AGENT");
    assert_int_equal(fake_agent_count(f, NULL), 0);
    dstack_client_free(c);
    fake_agent_free(f);
    f = fake_agent_new(FAKE_WORKER_0511);
    c = fake_agent_client(f);
    failed(get_quote(c, data, 64, &r, &err), DSTACK_ERR_UNSUPPORTED, &err,
        "this needs DSTACK_SERVICE_AGENT");
    dstack_client_free(c);
    fake_agent_free(f);
}

/* ---- TdxQuote: the hash is computed here too ------------------------------------------------ */

/* Section 7.5: tag "app-data", content "test content". */
static const struct {
    const char *hash, *digest;
} hashes[] = {
    {"sha256",
        "278fdb367382d9d10871ebb44498a29d54e705fa8924ce0a6fe8629542fc1a65"},
    {"sha384",
        "3967015e6798cc3d90f60b0a8dd045856e33273c4118dcdf04cc40a051ef8f3c008c73"
        "fb6e89d0af961c91a3a73efc5e"},
    {"sha512",
        "7ea0b744ed5e9c0c83ff9f575668e1697652cd349f2027cdf26f918d4c53e8cd50b5ea"
        "9b449b4c3d50e20ae00ec29688d5a214e8daff8a10041f5d624dae8a01"},
    {"sha3-256",
        "bb98d4376d590cb17968d89250ac8f3d6241c9267d74995121a60766d0a6c665"},
    {"sha3-384",
        "9a1bc92ced9fae72a75d0b446894269c15d47c270829e7375f107d920e2e20fc2bba3a"
        "e0a514721e44d185f89bea7e78"},
    {"sha3-512",
        "dc18076a2308b0373d2417d85f62d041398a8387894bd7a46afe857a5cc951f77726fb"
        "cf9019bcc224fa11ee0784c94035ad3669f607dcc704079faf244dc3ba"},
    {"keccak256",
        "71d9e489e5d4046e8c1a5ef5137a88d940c77db95de9a5eadcde469c4fc50c29"},
    {"keccak384",
        "7a3b8109c495156d961a50e283f832b6e493c1d2e485030ff81978e5c7b296ad0a0be7"
        "a9db3c6b22ba4bf367d40c0b0f"},
    {"keccak512",
        "cdf84b140204fe2ab9fe3951887170ddc9e14715b3e70ec9bed03ea72861d3687a684d"
        "4da336ca3154c8c9ae426a5afdd97b5ddef4f50a7d4657854f96b1a3e3"},
};
#define HASHES (sizeof hashes / sizeof hashes[0])
#define CONTENT ((const uint8_t *)"test content")

static void
padded_digest(const char *hex, uint8_t out[64])
{
    ds_view digest = vec_bytes(hex);

    memset(out, 0, 64);
    memcpy(out, digest.p, digest.n);
    vec_free(digest);
}

static void
test_report_data_hash(void **state)
{
    uint8_t want[64], got[64], none[64] = {0};
    dstack_error err;

    (void)state;
    for (size_t i = 0; i < HASHES; i++) {
        padded_digest(hashes[i].digest, want);
        ok(dstack_report_data_hash(
               NULL, CONTENT, 12, hashes[i].hash, got, &err),
            &err);
        assert_memory_equal(got, want, 64);
        ok(dstack_report_data_hash(
               "app-data", CONTENT, 12, hashes[i].hash, got, NULL),
            &(dstack_error){0});
        assert_memory_equal(got, want, 64);
    }
    padded_digest(hashes[2].digest, want);
    ok(dstack_report_data_hash(NULL, CONTENT, 12, NULL, got, &err), &err);
    assert_memory_equal(got, want, 64);
    /* The colon is not the caller's to give. */
    ok(dstack_report_data_hash("app-data:", CONTENT, 12, NULL, got, &err),
        &err);
    assert_memory_not_equal(got, want, 64);
    ok(dstack_report_data_hash(NULL, data, 64, "raw", got, &err), &err);
    assert_memory_equal(got, data, 64);
    failed(dstack_report_data_hash(NULL, data, 63, "raw", got, &err),
        DSTACK_ERR_ARG, &err, "exactly 64 bytes, found 63");
    assert_memory_equal(got, none, 64);
    failed(dstack_report_data_hash(NULL, CONTENT, 12, "md5", got, &err),
        DSTACK_ERR_ARG, &err, "no hash is named \"md5\"");
    failed(dstack_report_data_hash(NULL, CONTENT, 12, "", got, &err),
        DSTACK_ERR_ARG, &err, "no hash is named \"\"");
    failed(dstack_report_data_hash("", CONTENT, 12, NULL, got, &err),
        DSTACK_ERR_ARG, &err, "a tag of 1 to 255 bytes");
    failed(
        dstack_report_data_hash(
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
            "f",
            CONTENT, 12, NULL, got, &err),
        DSTACK_ERR_ARG, &err, "a tag of 1 to 255 bytes");
    assert_int_equal(dstack_report_data_hash(NULL, NULL, 1, NULL, got, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_report_data_hash(NULL, data, 1, NULL, NULL, &err),
        DSTACK_ERR_ARG);
    ok(dstack_report_data_hash(NULL, NULL, 0, NULL, got, &err), &err);
}

static void
test_tdx_quote(void **state)
{
    fake_agent *f = fake_agent_new(FAKE_TAPPD_0511);
    dstack_client *c = fake_agent_client(f);
    dstack_quote_reply *q = NULL;
    uint8_t right[64];
    dstack_error err;

    (void)state;
    for (size_t i = 0; i < HASHES; i++) {
        char *body, *want;

        padded_digest(hashes[i].digest, right);
        body = fake_quote_answer(right, "");
        want = fake_text("{\"report_data\":\"7465737420636f6e74656e74\","
                         "\"hash_algorithm\":\"%s\"}",
            hashes[i].hash);
        fake_agent_answer(f, "/prpc/Tappd.TdxQuote", 200, body);
        ok(dstack_client_tappd_tdx_quote(
               c, CONTENT, 12, hashes[i].hash, NULL, &q, &err),
            &err);
        assert_string_equal(fake_agent_last(f, "/prpc/Tappd.TdxQuote"), want);
        dstack_quote_reply_free(q);
        /* Another hash than what was asked for. */
        failed(dstack_client_tappd_tdx_quote(c, CONTENT, 12,
                   hashes[(i + 1) % HASHES].hash, NULL, &q, &err),
            DSTACK_ERR_PROTOCOL, &err, "report data in the quote is not what");
        assert_null(q);
        free(want);
        free(body);
    }
    failed(dstack_client_tappd_tdx_quote(c, CONTENT, 12, "raw", NULL, &q, &err),
        DSTACK_ERR_ARG, &err, "exactly 64 bytes");
    failed(dstack_client_tappd_tdx_quote(c, CONTENT, 12, "md5", NULL, &q, &err),
        DSTACK_ERR_ARG, &err, "no hash is named");
    failed(dstack_client_tappd_tdx_quote(c, CONTENT, 12, NULL, "", &q, &err),
        DSTACK_ERR_ARG, &err, "a tag of");
    failed(dstack_client_tappd_tdx_quote(
               c, CONTENT, (4u << 20) + 1, NULL, NULL, &q, &err),
        DSTACK_ERR_ARG, &err, "at most 4194304 bytes, found 4194305");
    failed(
        dstack_client_tappd_tdx_quote(c, CONTENT, 12, NULL, "\xff", &q, &err),
        DSTACK_ERR_ARG, &err, "prefix: expected UTF-8");
    dstack_client_free(c);
    fake_agent_free(f);
}

static void
test_tdx_quote_prefix(void **state)
{
    fake_agent *f = fake_agent_new(FAKE_TAPPD_031);
    dstack_client *c = fake_agent_client(f);
    dstack_quote_reply *q = NULL;
    uint8_t right[64];
    dstack_error err;
    char *body;

    (void)state;
    ok(dstack_report_data_hash("app-data", CONTENT, 12, NULL, right, &err),
        &err);
    body = fake_quote_answer(right, "");
    fake_agent_answer(f, "/prpc/Tappd.TdxQuote", 200, body);
    failed(
        dstack_client_tappd_tdx_quote(c, CONTENT, 12, NULL, "mine", &q, &err),
        DSTACK_ERR_UNSUPPORTED, &err,
        "a prefix: the agent is 0.3.1 to 0.3.3; this needs 0.3.4 or later");
    /* Whether there is such a method was asked; for a quote it was not. */
    assert_string_equal(
        fake_agent_last(f, "/prpc/Tappd.TdxQuote"), "{\"report_data\":0}");
    ok(dstack_client_tappd_tdx_quote(
           c, CONTENT, 12, NULL, "app-data", &q, &err),
        &err);
    dstack_quote_reply_free(q);
    dstack_client_free(c);
    fake_agent_free(f);
    free(body);
    f = fake_agent_new(FAKE_036);
    c = fake_agent_client(f);
    ok(dstack_report_data_hash("mine", CONTENT, 12, "sha256", right, &err),
        &err);
    body = fake_quote_answer(right, ",\"prefix\":\"app-data\"");
    fake_agent_answer(f, "/prpc/Tappd.TdxQuote", 200, body);
    ok(dstack_client_tappd_tdx_quote(
           c, CONTENT, 12, "sha256", "mine", &q, &err),
        &err);
    assert_string_equal(fake_agent_last(f, "/prpc/Tappd.TdxQuote"),
        "{\"report_data\":\"7465737420636f6e74656e74\",\"hash_algorithm\":"
        "\"sha256\",\"prefix\":\"mine\"}");
    /* What it says there it always says. */
    assert_string_equal(dstack_quote_reply_prefix(q), "app-data");
    dstack_quote_reply_free(q);
    dstack_client_free(c);
    fake_agent_free(f);
    free(body);
}

/* ---- a worker's quote over the app's key ------------------------------------------------------ */

#define APP_PATH "/prpc/Worker.GetAttestationForAppKey"

static const struct {
    uint32_t algorithm;
    const char *named, *key;
} app_keys[] = {
    {DSTACK_KEY_SECP256K1,
        "dip1::secp256k1c-pk:A6t_JdVkVdMAocH3f1f20WGT6JzdntxcXimUtEax8zc9",
        "03ab7f25d56455d300a1c1f77f57f6d16193e89cdd9edc5c5e2994b446b1f3373d"},
    {DSTACK_KEY_ED25519,
        "dip1::ed25519-pk:5Pbre1Amf1hrp2V2bbfKlIfxpQb2pJAmrgmhxgVoG9s",
        "e4f6eb7b50267f586ba765766db7ca9487f1a506f6a49026ae09a1c605681bdb"},
    {DSTACK_KEY_SECP256K1,
        "dip1::secp256k1c-pk:A2EF8B0f14FWj3wgiwh7HE9SJgFBDtfpx4cNVz3nxG1U",
        "036105f01d1fd781568f7c208b087b1c4f522601410ed7e9c7870d573de7c46d54"},
    {DSTACK_KEY_ED25519,
        "dip1::ed25519-pk:aY9WvVh9jOPKjbDhw2G6nRkAifmNxNnfgA_5LtBzpl0",
        "698f56bd587d8ce3ca8db0e1c361ba9d190089f98dc4d9df800ff92ed073a65d"},
};

static void
named(const char *text, uint8_t out[64])
{
    memset(out, 0, 64);
    memcpy(out, text, strlen(text));
}

static void
test_app_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        fake_agent *f = fake_agent_new(FAKE_WORKER_0511);
        dstack_client *c = fake_agent_client(f);
        dstack_quote_reply *q = NULL;
        ds_view want = vec_bytes(app_keys[i].key);
        uint8_t report_data[64];
        dstack_error err;
        const uint8_t *p;
        char *body, *sent;
        size_t n;

        named(app_keys[i].named, report_data);
        body = fake_quote_answer(report_data, "");
        sent = fake_text("{\"algorithm\":\"%s\"}",
            dstack_key_algorithm_name(app_keys[i].algorithm));
        fake_agent_answer(f, APP_PATH, 200, body);
        ok(dstack_client_worker_app_key_quote(
               c, app_keys[i].algorithm, &q, &err),
            &err);
        assert_string_equal(fake_agent_last(f, APP_PATH), sent);
        p = dstack_quote_reply_app_key(q, &n);
        assert_int_equal(n, want.n);
        assert_memory_equal(p, want.p, n);
        dstack_quote_reply_free(q);
        free(sent);
        free(body);
        vec_free(want);
        dstack_client_free(c);
        fake_agent_free(f);
    }
}

static void
app_key_refused(const char *text, uint32_t algorithm)
{
    fake_agent *f = fake_agent_new(FAKE_WORKER_0511);
    dstack_client *c = fake_agent_client(f);
    dstack_quote_reply *q = (dstack_quote_reply *)1;
    uint8_t report_data[64];
    dstack_error err;
    char *body;

    named(text, report_data);
    body = fake_quote_answer(report_data, "");
    fake_agent_answer(f, APP_PATH, 200, body);
    failed(dstack_client_worker_app_key_quote(c, algorithm, &q, &err),
        DSTACK_ERR_PROTOCOL, &err, "report_data: expected \"dip1::\"");
    assert_null(q);
    free(body);
    dstack_client_free(c);
    fake_agent_free(f);
}

static void
test_bad_app_keys(void **state)
{
    fake_agent *f = fake_agent_new(FAKE_WORKER_0511);
    dstack_client *c = fake_agent_client(f);
    dstack_quote_reply *q = NULL;
    uint8_t real[64], told[64];
    char *hex, *quote, *body;
    ds_view v;
    dstack_error err;

    (void)state;
    app_key_refused("", DSTACK_KEY_ED25519);
    app_key_refused(app_keys[0].named, DSTACK_KEY_ED25519);
    app_key_refused(app_keys[1].named, DSTACK_KEY_SECP256K1);
    app_key_refused(
        "dip1::ed25519-pk:5Pbre1Amf1hrp2V2bbfKlIfxpQb2pJAmrgmhxgVoG9",
        DSTACK_KEY_ED25519);
    app_key_refused(
        "dip1::ed25519-pk:5Pbre1Amf1hrp2V2bbfKlIfxpQb2pJAmrgmhxgVoG9sx",
        DSTACK_KEY_ED25519);
    app_key_refused(
        "dip1::ed25519-pk:5Pbre1Amf1hrp2V2bbfKlIfxpQb2pJAmrgmhxgVoG9t",
        DSTACK_KEY_ED25519);
    app_key_refused(
        "dip1::ed25519-pk:+Pbre1Amf1hrp2V2bbfKlIfxpQb2pJAmrgmhxgVoG9s",
        DSTACK_KEY_ED25519);
    /* No point has this x. */
    app_key_refused(
        "dip1::secp256k1c-pk:A_______________________________________xxxx",
        DSTACK_KEY_SECP256K1);
    failed(dstack_client_worker_app_key_quote(c, DSTACK_KEY_ANY, &q, &err),
        DSTACK_ERR_ARG, &err, "found 0");
    dstack_client_free(c);
    /* The answer tells another key than the quote. */
    named(app_keys[1].named, real);
    named(app_keys[3].named, told);
    v = fake_quote(real);
    quote = fake_hex(v);
    hex = fake_hex(ds_view_of(told, 64));
    body = fake_text("{\"quote\":\"%s\",\"event_log\":\"\",\"report_data\":"
                     "\"%s\"}",
        quote, hex);
    fake_agent_answer(f, APP_PATH, 200, body);
    c = fake_agent_client(f);
    failed(dstack_client_worker_app_key_quote(c, DSTACK_KEY_ED25519, &q, &err),
        DSTACK_ERR_PROTOCOL, &err,
        "report_data: it is not what the quote says");
    dstack_client_free(c);
    c = fake_agent_client(f);
    assert_int_equal(dstack_client_accept_other_report_data(c), DSTACK_OK);
    ok(dstack_client_worker_app_key_quote(c, DSTACK_KEY_ED25519, &q, &err),
        &err);
    assert_int_equal(dstack_quote_reply_app_key(q, NULL)[0], 0x69);
    dstack_quote_reply_free(q);
    free(body);
    free(hex);
    free(quote);
    vec_free(v);
    dstack_client_free(c);
    fake_agent_free(f);
}

/* ---- GPUs --------------------------------------------------------------------------------- */

#define BUNDLE(v, fmt, e) \
    "{\"vendor\":" v ",\"format\":" fmt ",\"evidence\":" e "}"
#define GOOD_BUNDLE \
    BUNDLE("\"nvidia\"", "\"nvidia-nvattest-collect-evidence-json-v1\"", \
        "\"7b7d\"")

static void
gpus_are_right(const dstack_gpu_reply *g)
{
    const uint8_t *p;
    size_t n;

    assert_int_equal(dstack_gpu_reply_count(g), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(dstack_gpu_reply_vendor(g, i), "nvidia");
        assert_string_equal(dstack_gpu_reply_format(g, i),
            "nvidia-nvattest-collect-evidence-json-v1");
        p = dstack_gpu_reply_evidence(g, i, &n);
        assert_int_equal(n, 2);
        assert_memory_equal(p, "{}", 2);
    }
    assert_null(dstack_gpu_reply_vendor(g, 2));
    assert_null(dstack_gpu_reply_format(g, 2));
    assert_null(dstack_gpu_reply_evidence(g, 2, &n));
    assert_int_equal(n, 0);
}

static void
test_gpu(void **state)
{
    static const char list[] = "[" GOOD_BUNDLE "," GOOD_BUNDLE "]";
    char *body = fake_text("{\"bundles\":%s}", list);
    char *more = fake_text(",\"boottime_gpu_evidence\":%s", list);
    char *attest_both = attest_body(1, data, more);
    char *alone = attest_body(1, data, "");
    char *none = attest_body(1, data, ",\"boottime_gpu_evidence\":[]");
    fake_agent *f = fake_agent_new(FAKE_060);
    dstack_client *c = fake_agent_client(f);
    dstack_gpu_reply *g = NULL;
    dstack_attest_reply *a = NULL;
    dstack_error err;
    size_t n;

    (void)state;
    fake_agent_answer(f, "/v1/AttestGpu", 200, body);
    ok(dstack_client_v1_attest_gpu(c, data, 32, &g, &err), &err);
    gpus_are_right(g);
    assert_string_equal(dstack_gpu_reply_json(g, &n), body);
    assert_int_equal(n, strlen(body));
    dstack_gpu_reply_free(g);
    fake_agent_answer(f, "/v1/Attest", 200, attest_both);
    ok(dstack_client_v1_attest(c, data, 64, 1, &a, &err), &err);
    assert_non_null(strstr(fake_agent_last(f, "/v1/Attest"),
        ",\"include_boottime_gpu_evidence\":true}"));
    gpus_are_right(dstack_attest_reply_gpu(a));
    assert_null(dstack_gpu_reply_json(dstack_attest_reply_gpu(a), NULL));
    dstack_attest_reply_free(a);
    fake_agent_answer(f, "/v1/Attest", 200, none);
    ok(dstack_client_v1_attest(c, data, 64, 1, &a, &err), &err);
    assert_int_equal(dstack_gpu_reply_count(dstack_attest_reply_gpu(a)), 0);
    assert_non_null(dstack_attest_reply_gpu(a));
    dstack_attest_reply_free(a);
    fake_agent_answer(f, "/v1/Attest", 200, alone);
    failed(dstack_client_v1_attest(c, data, 64, 1, &a, &err),
        DSTACK_ERR_PROTOCOL, &err, "boottime_gpu_evidence: missing");
    free(none);
    free(alone);
    free(attest_both);
    free(more);
    free(body);
    dstack_client_free(c);
    fake_agent_free(f);
}

static const struct {
    const char *list, *says;
} bad_bundles[] = {
    {"null", ": expected an array, found null"},
    {"\"\"", ": expected an array, found a string"},
    {"{}", ": expected an array, found an object"},
    {"[null]", "[0]: expected an object, found null"},
    {"[\"00\"]", "[0]: expected an object, found a string"},
    {"[{}]", "[0].vendor: missing"},
    {"[" BUNDLE("null", "\"f\"", "\"00\"") "]", "[0].vendor: expected a st"},
    {"[" BUNDLE("\"v\"", "5", "\"00\"") "]", "[0].format: expected a strin"},
    {"[" BUNDLE("\"v\"", "\"f\"", "null") "]", "[0].evidence: expected a"},
    {"[" BUNDLE("\"v\"", "\"f\"", "\"\"") "]",
        "[0].evidence: expected evidence, found \"\""},
    {"[" BUNDLE("\"v\"", "\"f\"", "\"0\"") "]",
        "[0].evidence: expected an even number of hex digits"},
    {"[" GOOD_BUNDLE "," BUNDLE("\"v\"", "\"f\"", "\"zz\"") "]",
        "[1].evidence: expected an even number of hex digits"},
    {"[{\"vendor\":\"v\",\"format\":\"f\"}]", "[0].evidence: missing"},
    {"[{\"vendor\":\"v\",\"evidence\":\"00\"}]", "[0].format: missing"},
};

static void
test_malformed_gpu(void **state)
{
    fake_agent *f = fake_agent_new(FAKE_060);
    dstack_client *c = fake_agent_client(f);
    dstack_gpu_reply *g = NULL;
    dstack_attest_reply *a = NULL;
    dstack_error err;
    char *body;

    (void)state;
    for (size_t i = 0; i < sizeof bad_bundles / sizeof bad_bundles[0]; i++) {
        char *says = fake_text("v1.AttestGpu: bundles%s", bad_bundles[i].says);
        char *more =
            fake_text(",\"boottime_gpu_evidence\":%s", bad_bundles[i].list);

        body = fake_text("{\"bundles\":%s}", bad_bundles[i].list);
        fake_agent_answer(f, "/v1/AttestGpu", 200, body);
        failed(dstack_client_v1_attest_gpu(c, data, 32, &g, &err),
            DSTACK_ERR_PROTOCOL, &err, says);
        assert_null(g);
        free(says);
        free(body);
        says = fake_text(
            "v1.Attest: boottime_gpu_evidence%s", bad_bundles[i].says);
        body = attest_body(1, data, more);
        fake_agent_answer(f, "/v1/Attest", 200, body);
        failed(dstack_client_v1_attest(c, data, 64, 1, &a, &err),
            DSTACK_ERR_PROTOCOL, &err, says);
        assert_null(a);
        free(says);
        free(body);
        free(more);
    }
    dstack_client_free(c);
    fake_agent_free(f);
}

static void
test_refused_gpu(void **state)
{
    fake_agent *f = fake_agent_new(FAKE_060);
    dstack_client *c = fake_agent_client(f);
    dstack_gpu_reply *g = NULL;
    dstack_error err;
    char *body, *many;

    (void)state;
    many = fake_text("%s", GOOD_BUNDLE);
    for (int i = 1; i < 65; i++) {
        char *longer = fake_text("%s,%s", many, GOOD_BUNDLE);

        free(many);
        many = longer;
    }
    body = fake_text("{\"bundles\":[%s]}", many);
    fake_agent_answer(f, "/v1/AttestGpu", 200, body);
    failed(dstack_client_v1_attest_gpu(c, data, 32, &g, &err),
        DSTACK_ERR_PROTOCOL, &err, "expected at most 64 bundles, found 65");
    free(body);
    free(many);
    fake_agent_answer(f, "/v1/AttestGpu", 200, "{}");
    failed(dstack_client_v1_attest_gpu(c, data, 32, &g, &err),
        DSTACK_ERR_PROTOCOL, &err, "bundles: missing");
    dstack_client_free(c);
    fake_agent_free(f);
    /* An older agent. */
    f = fake_agent_new(FAKE_0511);
    c = fake_agent_client(f);
    failed(dstack_client_v1_attest_gpu(c, data, 32, &g, &err),
        DSTACK_ERR_UNSUPPORTED, &err, "it needs dstack 0.6.0 or later");
    dstack_client_free(c);
    fake_agent_free(f);
}

/* ---- events -------------------------------------------------------------------------------- */

static void
event(int kind, const char *quote, const char *answer, int code,
    const char *says, unsigned sent)
{
    fake_agent *f = fake_agent_new(kind);
    dstack_client *c = fake_agent_client(f);
    uint8_t zeros[64] = {0};
    char *body = quote ? fake_text("%s", quote) : fake_quote_answer(zeros, "");
    dstack_agent *agent = NULL;
    unsigned before;
    dstack_error err;

    fake_agent_answer(f, "/GetQuote", 200, body);
    failed(dstack_client_emit_event(c, NULL, NULL, 0, &err), DSTACK_ERR_ARG,
        &err, "NULL");
    /* What the agent is is known first; the path then has another answer. */
    ok(dstack_client_probe(c, &agent, &err), &err);
    dstack_agent_free(agent);
    before = fake_agent_count(f, "/EmitEvent");
    if (answer)
        fake_agent_answer(f, "/EmitEvent", 200, answer);
    failed(dstack_client_emit_event(
               c, "my \"event\"", (const uint8_t *)"\x01\x02", 2, &err),
        code, &err, says);
    assert_int_equal(fake_agent_count(f, "/EmitEvent") - before, sent);
    if (sent != 0)
        assert_string_equal(fake_agent_last(f, "/EmitEvent"),
            "{\"event\":\"my \\u0022event\\u0022\",\"payload\":\"0102\"}");
    if (code == DSTACK_OK) {
        unsigned quoted = fake_agent_count(f, "/GetQuote");

        /* Once seen to be TDX it stays. */
        ok(dstack_client_emit_event(c, "x", NULL, 0, &err), &err);
        assert_string_equal(fake_agent_last(f, "/EmitEvent"),
            "{\"event\":\"x\",\"payload\":\"\"}");
        assert_int_equal(fake_agent_count(f, "/GetQuote"), quoted);
    }
    free(body);
    dstack_client_free(c);
    fake_agent_free(f);
}

static void
test_events(void **state)
{
    static const char empty[] = "{\"quote\":\"\",\"event_log\":\"\","
                                "\"report_data\":\"\",\"vm_config\":\"\"}";

    (void)state;
    event(FAKE_0511, NULL, "null", DSTACK_OK, "", 1);
    event(FAKE_0511, NULL, "{}", DSTACK_OK, "", 1);
    event(FAKE_056, NULL, "null", DSTACK_OK, "", 1);
    /* These measure or fail: no quote is asked for. */
    event(FAKE_055, empty, "null", DSTACK_OK, "", 1);
    event(FAKE_0511, empty, "null", DSTACK_ERR_UNSUPPORTED,
        "EmitEvent: the platform is not TDX", 0);
    event(FAKE_056, empty, "null", DSTACK_ERR_UNSUPPORTED,
        "EmitEvent: the platform is not TDX", 0);
    event(FAKE_0511, "{\"error\":\"busy\"}", "null", DSTACK_ERR_AGENT,
        "EmitEvent: whether the platform is TDX: GetQuote: the agent answered",
        0);
    event(FAKE_060, NULL, "null", DSTACK_ERR_UNSUPPORTED,
        "EmitEvent: the agent is 0.6.0; this needs 0.5.0 to 0.5.11", 0);
    event(FAKE_042, NULL, "null", DSTACK_ERR_UNSUPPORTED,
        "EmitEvent: the agent is 0.4.2; this needs 0.5.0 to 0.5.11", 0);
    event(FAKE_0511, NULL, "[]", DSTACK_ERR_PROTOCOL,
        "EmitEvent: answer: expected an object, found an array", 1);
    event(FAKE_0511, NULL, "", DSTACK_ERR_PROTOCOL, "EmitEvent: answer: byte 0",
        1);
    event(FAKE_0511, NULL, "\"ok\"", DSTACK_ERR_PROTOCOL,
        "EmitEvent: answer: expected an object, found a string", 1);
    event(FAKE_0511, NULL, "{\"error\":\"no\"}", DSTACK_ERR_AGENT,
        "EmitEvent: the agent answered HTTP 200: no", 1);
}

/* 0.6.0 before its release, and forks: the version decides. */
static void
test_event_of_a_development_version(void **state)
{
    fake_agent *f = fake_agent_new(FAKE_0511);
    dstack_client *c = fake_agent_client(f);
    dstack_error err;

    (void)state;
    fake_agent_answer(
        f, "/Version", 200, "{\"version\":\"0.6.0-dev\",\"rev\":\"\"}");
    failed(dstack_client_emit_event(c, "x", NULL, 0, &err),
        DSTACK_ERR_UNSUPPORTED, &err, "the agent is 0.6.0-dev");
    dstack_client_free(c);
    fake_agent_free(f);
}

static void
test_event_arguments(void **state)
{
    fake_agent *f = fake_agent_new(FAKE_0511);
    dstack_client *c = fake_agent_client(f);
    uint8_t *large = calloc(1, (1u << 20) + 1);
    char name[257];
    dstack_error err;

    (void)state;
    assert_non_null(large);
    memset(name, 'n', 256);
    name[256] = 0;
    failed(dstack_client_emit_event(c, "", NULL, 0, &err), DSTACK_ERR_ARG, &err,
        "expected a name, found one of 0 bytes");
    failed(dstack_client_emit_event(c, name, NULL, 0, &err), DSTACK_ERR_ARG,
        &err, "name: expected at most 255 bytes");
    failed(dstack_client_emit_event(c, "\x80", NULL, 0, &err), DSTACK_ERR_ARG,
        &err, "name: expected UTF-8");
    failed(dstack_client_emit_event(c, "x", large, (1u << 20) + 1, &err),
        DSTACK_ERR_ARG, &err, "a payload of at most 1048576, found 1048577");
    assert_int_equal(
        dstack_client_emit_event(c, "x", NULL, 1, &err), DSTACK_ERR_ARG);
    assert_int_equal(fake_agent_count(f, NULL), 0);
    free(large);
    dstack_client_free(c);
    fake_agent_free(f);
    f = fake_agent_new(FAKE_TAPPD_0511);
    c = fake_agent_client(f);
    failed(dstack_client_emit_event(c, "x", NULL, 0, &err),
        DSTACK_ERR_UNSUPPORTED, &err, "this needs DSTACK_SERVICE_AGENT");
    dstack_client_free(c);
    fake_agent_free(f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_no_quote_reply),
        cmocka_unit_test(test_older_quotes),
        cmocka_unit_test(test_quote_with_attestation),
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_malformed_quotes),
        cmocka_unit_test(test_sgx_quote),
        cmocka_unit_test(test_empty_quote),
        cmocka_unit_test(test_other_report_data),
        cmocka_unit_test(test_attest),
        cmocka_unit_test(test_malformed_attestations),
        cmocka_unit_test(test_attest_other_report_data),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_report_data_hash),
        cmocka_unit_test(test_tdx_quote),
        cmocka_unit_test(test_tdx_quote_prefix),
        cmocka_unit_test(test_app_key),
        cmocka_unit_test(test_bad_app_keys),
        cmocka_unit_test(test_gpu),
        cmocka_unit_test(test_malformed_gpu),
        cmocka_unit_test(test_refused_gpu),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_event_of_a_development_version),
        cmocka_unit_test(test_event_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
