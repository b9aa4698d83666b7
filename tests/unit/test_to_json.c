/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "codec/json.h"
#include "dstack/dstack.h"
#include "forge/forge.h"

/* The JSON of quotes and reports, read back with our strict reader: what the
 * forge was told to write is what the documents must say. */

static forge *f;

static int
setup(void **state)
{
    (void)state;
    f = forge_new(FORGE_TDX_V4, "test_to_json");
    return f ? 0 : -1;
}

static int
teardown(void **state)
{
    (void)state;
    forge_free(f);
    return 0;
}

typedef struct {
    char *text;
    ds_json *j;
} doc;

static void
doc_free(doc *d)
{
    ds_json_free(d->j);
    dstack_free(d->text);
}

static dstack_quote *
forged_quote(void)
{
    dstack_quote *q;

    assert_int_equal(forge_build(f), 0);
    assert_int_equal(
        dstack_quote_parse(f->out.quote.p, f->out.quote.n, &q, NULL),
        DSTACK_OK);
    return q;
}

static doc
quote_doc(void)
{
    dstack_quote *q = forged_quote();
    doc d;
    size_t n;

    assert_int_equal(dstack_quote_to_json(q, &d.text, &n, NULL), DSTACK_OK);
    assert_int_equal(strlen(d.text), n);
    assert_int_equal(
        ds_json_parse(ds_view_of(d.text, n), "quote", &d.j, NULL), DSTACK_OK);
    dstack_quote_free(q);
    return d;
}

/* The value's raw text at a path of member names, "a.b". */
static void
expect(const doc *d, const char *path, const char *raw)
{
    char name[64];
    ds_jv v = 0;

    while (*path != 0) {
        size_t n = strcspn(path, "/");

        memcpy(name, path, n);
        name[n] = 0;
        v = ds_json_get(d->j, v, name);
        path += n + (path[n] != 0);
    }
    if (raw)
        assert_true(ds_view_eq_str(ds_json_raw(d->j, v), raw));
    else
        assert_int_equal(v, DS_JSON_NONE);
}

static void
test_arguments(void **state)
{
    dstack_quote *q = forged_quote();
    dstack_error err;
    char *json = (char *)&err;
    size_t n = 1;

    (void)state;
    assert_int_equal(
        dstack_quote_to_json(NULL, &json, &n, &err), DSTACK_ERR_ARG);
    assert_int_equal(err.code, DSTACK_ERR_ARG);
    assert_null(json);
    assert_int_equal(n, 0);
    assert_int_equal(dstack_quote_to_json(q, NULL, &n, NULL), DSTACK_ERR_ARG);
    json = (char *)&err;
    n = 1;
    assert_int_equal(
        dstack_report_to_json(NULL, &json, &n, &err), DSTACK_ERR_ARG);
    assert_int_equal(err.code, DSTACK_ERR_ARG);
    assert_null(json);
    assert_int_equal(n, 0);
    /* The length is optional: the text is NUL-terminated. */
    assert_int_equal(dstack_quote_to_json(q, &json, NULL, NULL), DSTACK_OK);
    assert_int_equal(json[strlen(json) - 1], '}');
    dstack_free(json);
    dstack_quote_free(q);
}

static void
test_quote(void **state)
{
    doc d;

    (void)state;
    forge_reset(f, FORGE_TDX_V4);
    f->quote.td.td_attributes = UINT64_C(0x8000000010000011);
    f->quote.td.xfam = UINT64_C(0x8000000000000003);
    memset(f->quote.td.rtmr[2], 0xa5, 48);
    f->quote.trailing = ds_view_of("\0x", 2);
    d = quote_doc();
    expect(&d, "verified", "false");
    expect(&d, "note", "\"nothing was verified\"");
    expect(&d, "version", "4");
    expect(&d, "tee", "\"tdx\"");
    expect(&d, "body_type", "\"td_report_1.0\"");
    expect(&d, "td_attributes", "\"1100001000000080\"");
    expect(&d, "td_attribute_names",
        "[\"DEBUG\",\"HGS_PLUS_PROF\",\"SEPT_VE_DISABLE\",\"PERFMON\"]");
    expect(&d, "xfam_names", "[\"X87\",\"SSE\",\"RESERVED_63\"]");
    expect(&d, "rtmr2",
        "\"a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5"
        "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5\"");
    expect(&d, "qe_report/isv_prod_id", "\"0200\"");
    expect(&d, "tee_tcb_svn2", NULL);
    expect(&d, "mr_enclave", NULL);
    expect(&d, "auth_data",
        "\"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\"");
    expect(&d, "certification_type", "5");
    expect(&d, "trailing_len", "2");
    expect(&d, "claimed_pck/fmspc", "\"90c06f000000\"");
    expect(&d, "claimed_pck/issuer", "\"Intel SGX PCK Platform CA\"");
    doc_free(&d);
}

static void
test_bodies(void **state)
{
    static const char *const names[FORGE_KINDS] = {"\"sgx_report\"",
        "\"sgx_report\"", "\"sgx_report\"", "\"td_report_1.0\"",
        "\"td_report_1.0\"", "\"td_report_1.5\"", "\"td_report_1.5_ex\""};

    (void)state;
    for (int kind = 0; kind < FORGE_KINDS; kind++) {
        doc d;

        forge_reset(f, kind);
        f->quote.sgx.flags = 0x8000000000000013; /* bit 63 is reserved */
        d = quote_doc();
        expect(&d, "body_type", names[kind]);
        if (kind > FORGE_SGX_V5) {
            expect(&d, "attribute_names", NULL);
        } else {
            expect(&d, "attribute_names",
                "[\"INIT\",\"DEBUG\",\"PROVISIONKEY\",\"RESERVED_63\"]");
            expect(&d, "td_attribute_names", NULL);
        }
        doc_free(&d);
    }
}

/* What a certificate claims is shown where it can be read, and left out where
 * not: without one, and for a text that is none. */
static void
test_claimed_pck(void **state)
{
    static uint8_t long_chain[DS_MAX_CHAIN + 1];
    doc d;

    (void)state;
    for (int type = 1; type <= 5; type++) {
        forge_reset(f, FORGE_SGX_V3);
        f->quote.cert_type = type;
        d = quote_doc();
        expect(&d, "claimed_pck/fmspc", type < 4 ? NULL : "\"90c06f000000\"");
        doc_free(&d);
    }
    forge_reset(f, FORGE_SGX_V3);
    assert_int_equal(forge_build(f), 0);
    f->quote.cert_type = 4;
    f->quote.cert_data = forge_keep_buf(f, &f->out.cert[FORGE_CERT_PCK]);
    d = quote_doc();
    expect(&d, "claimed_pck/fmspc", "\"90c06f000000\"");
    doc_free(&d);
    /* A certificate, but not a PCK certificate. */
    f->quote.cert_data = forge_keep_buf(f, &f->out.cert[FORGE_CERT_ROOT]);
    d = quote_doc();
    expect(&d, "claimed_pck", NULL);
    doc_free(&d);
    f->quote.cert_data = ds_view_str("no certificate");
    d = quote_doc();
    expect(&d, "claimed_pck", NULL);
    expect(&d, "certification_data", "\"6e6f206365727469666963617465\"");
    doc_free(&d);
    f->quote.cert_data = ds_view_str("");
    d = quote_doc();
    expect(&d, "claimed_pck", NULL);
    doc_free(&d);
    /* A chain with more text behind it than is ever read. */
    memset(long_chain, '\n', sizeof long_chain);
    memcpy(long_chain, f->out.chain[FORGE_CHAIN_QUOTE].p,
        f->out.chain[FORGE_CHAIN_QUOTE].n);
    f->quote.cert_type = 5;
    for (size_t n = DS_MAX_CHAIN; n <= DS_MAX_CHAIN + 1; n++) {
        f->quote.cert_data = ds_view_of(long_chain, n);
        d = quote_doc();
        expect(&d, "claimed_pck/fmspc",
            n == DS_MAX_CHAIN ? "\"90c06f000000\"" : NULL);
        doc_free(&d);
    }
}

/* The largest quote still fits the document's cap. */
static void
test_largest_quote(void **state)
{
    static uint8_t data[1000000];
    doc d;

    (void)state;
    forge_reset(f, FORGE_TDX_V5_EX);
    memset(data, 0x30, sizeof data);
    f->quote.cert_data = ds_view_of(data, sizeof data);
    d = quote_doc();
    expect(&d, "claimed_pck", NULL);
    assert_true(strlen(d.text) > 2 * sizeof data);
    doc_free(&d);
}

/* ---- reports ---------------------------------------------------------------- */

static doc
report_doc(int64_t now, int want)
{
    dstack_verifier *v;
    dstack_collateral *c;
    dstack_policy *p;
    dstack_report *r;
    doc d;
    size_t n;

    assert_int_equal(forge_build(f), 0);
    assert_int_equal(dstack_verifier_new(&v, NULL), DSTACK_OK);
    assert_int_equal(
        dstack_verifier_set_root(v, f->out.root_pem.p, f->out.root_pem.n, NULL),
        DSTACK_OK);
    assert_int_equal(dstack_collateral_parse(
                         f->out.collateral.p, f->out.collateral.n, &c, NULL),
        DSTACK_OK);
    assert_int_equal(dstack_policy_new(&p, NULL), DSTACK_OK);
    dstack_policy_accept_any_workload(p);
    assert_int_equal(
        dstack_policy_accept_collateral_grace(p, 100, NULL), DSTACK_OK);
    assert_int_equal(dstack_verifier_verify_quote(v, f->out.quote.p,
                         f->out.quote.n, c, p, now, &r, NULL),
        want);
    assert_int_equal(dstack_report_to_json(r, &d.text, &n, NULL), DSTACK_OK);
    assert_int_equal(strlen(d.text), n);
    assert_int_equal(
        ds_json_parse(ds_view_of(d.text, n), "report", &d.j, NULL), DSTACK_OK);
    dstack_report_free(r);
    dstack_policy_free(p);
    dstack_collateral_free(c);
    dstack_verifier_free(v);
    return d;
}

static void
test_report(void **state)
{
    doc d;

    (void)state;
    forge_reset(f, FORGE_TDX_V5_15);
    d = report_doc(FORGE_NOW, DSTACK_OK);
    expect(&d, "verdict", "\"accepted\"");
    expect(&d, "authentic", "true");
    expect(&d, "stage", "null");
    expect(&d, "reason", "null");
    expect(&d, "message", "null");
    expect(&d, "root", "\"custom\"");
    expect(&d, "tee", "\"tdx\"");
    expect(&d, "time", "1790000000");
    expect(&d, "tcb/status", "\"UpToDate\"");
    expect(&d, "tcb/advisories", "[]");
    expect(&d, "tcb/module", "\"UpToDate\"");
    expect(&d, "tcb/launch", "\"UpToDate\"");
    expect(&d, "tcb/current", "\"UpToDate\"");
    expect(&d, "quote/version", "5");
    expect(&d, "quote/fmspc", "\"90c06f000000\"");
    expect(&d, "quote/signature", NULL);
    expect(&d, "quote/qe_report", NULL);
    expect(&d, "pck/ppid", NULL);
    expect(&d, "pck/platform_instance_id", NULL);
    expect(&d, "shortfall", NULL);
    expect(&d, "used_collateral_grace", NULL);
    doc_free(&d);
}

/* The PCK CA's names and the flags of its extension; the Processor CA's
 * certificates have no flags, which are then not there, and not false. */
static void
test_report_pck(void **state)
{
    doc d;

    (void)state;
    forge_reset(f, FORGE_SGX_V3);
    f->sgx.dynamic_platform = 1;
    f->sgx.cached_keys = 0;
    d = report_doc(FORGE_NOW, DSTACK_OK);
    expect(&d, "pck/dynamic_platform", "true");
    expect(&d, "pck/cached_keys", "false");
    expect(&d, "tcb/module", NULL);
    expect(&d, "tcb/launch", NULL);
    doc_free(&d);
    forge_reset(f, FORGE_SGX_V3);
    forge_use_processor_ca(f);
    d = report_doc(FORGE_NOW, DSTACK_OK);
    expect(&d, "pck/fmspc", "\"90c06f000000\"");
    expect(&d, "pck/dynamic_platform", NULL);
    expect(&d, "pck/cached_keys", NULL);
    expect(&d, "pck/smt_enabled", NULL);
    doc_free(&d);
}

static void
test_report_grace(void **state)
{
    doc d;

    (void)state;
    forge_reset(f, FORGE_SGX_V3);
    f->tcb_info.next_update = FORGE_NOW;
    d = report_doc(FORGE_NOW, DSTACK_OK);
    expect(&d, "used_collateral_grace", NULL);
    doc_free(&d);
    d = report_doc(FORGE_NOW + 100, DSTACK_OK);
    expect(&d, "used_collateral_grace", "true");
    doc_free(&d);
}

/* Nothing is known of a quote that did not parse, and nothing is said. */
static void
test_report_without_quote(void **state)
{
    doc d;

    (void)state;
    forge_reset(f, FORGE_SGX_V3);
    f->quote.version = 9;
    d = report_doc(FORGE_NOW, DSTACK_ERR_PARSE);
    expect(&d, "verdict", "\"rejected\"");
    expect(&d, "authentic", "false");
    expect(&d, "stage", "\"quote\"");
    expect(&d, "reason", "\"quote_version\"");
    expect(&d, "tee", NULL);
    expect(&d, "quote", NULL);
    expect(&d, "tcb", NULL);
    expect(&d, "pck", NULL);
    expect(&d, "valid_until", NULL);
    expect(&d, "issued", NULL);
    doc_free(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_quote),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_claimed_pck),
        cmocka_unit_test(test_largest_quote),
        cmocka_unit_test(test_report),
        cmocka_unit_test(test_report_pck),
        cmocka_unit_test(test_report_grace),
        cmocka_unit_test(test_report_without_quote),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
