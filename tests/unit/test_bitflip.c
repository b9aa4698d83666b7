/* SPDX-License-Identifier: Apache-2.0 */
/* Every single bit of signed evidence counts: flipped, the answer is no. Real
 * quotes where they are present, forged ones otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/text.h"
#include "codec/pem.h"
#include "dstack/dstack.h"
#include "forge/forge.h"

/* A step of 9 meets one bit of each byte, all eight positions in turn.
 * Collateral is prepared anew for each flip, which costs five and more
 * signature checks, so its documents and certificates are walked in such
 * steps; DS_ALL_BITS=1 walks all. */
enum {
    EVERY = 1,
    ONE_PER_BYTE = 9,
#ifdef DS_ECDSA_MBEDTLS
    /* Twenty times slower per signature. */
    QUOTE_STEP = 9,
    COLLATERAL_STEP = 37,
    DOCUMENT_STEP = 401,
#else
    QUOTE_STEP = EVERY,
    COLLATERAL_STEP = EVERY,
    DOCUMENT_STEP = ONE_PER_BYTE,
#endif
    FILE_MAX = 1 << 20
};

/* One set of evidence that is accepted as it is. */
typedef struct {
    const char *name;
    int kind; /* of the forge, when the files are absent */
    int64_t now;
    uint32_t status;
    size_t step; /* of the quote's bits */
    forge *f;
    ds_buf quote, bundle;
    dstack_verifier *v;
    dstack_policy *policy;
    dstack_collateral *c; /* prepared, untouched */
    size_t flips;
    struct timespec start;
} evidence;

static bool
read_file(const char *name, const char *suffix, ds_buf *out)
{
    const char *dir = getenv("DSTACK_VECTORS");
    char path[512];
    uint8_t chunk[2048];
    size_t n;
    FILE *f;

    snprintf(path, sizeof path, "%s/%s%s", dir ? dir : "../shared/vectors",
        name, suffix);
    ds_buf_init(out, FILE_MAX);
    f = fopen(path, "rb");
    if (!f)
        return false;
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        ds_buf_add(out, chunk, n);
    fclose(f);
    return !out->bad && !out->nomem && out->n != 0;
}

static void
forge_it(evidence *e)
{
    ds_buf_free(&e->quote);
    ds_buf_free(&e->bundle);
    ds_buf_init(&e->quote, FILE_MAX);
    ds_buf_init(&e->bundle, FILE_MAX);
    e->f = forge_new(e->kind, "bit flips");
    assert_non_null(e->f);
    assert_int_equal(forge_build(e->f), 0);
    ds_buf_add(&e->quote, e->f->out.quote.p, e->f->out.quote.n);
    ds_buf_add(&e->bundle, e->f->out.collateral.p, e->f->out.collateral.n);
    assert_int_equal(
        dstack_verifier_set_root(e->v, e->f->out.cert[FORGE_CERT_ROOT].p,
            e->f->out.cert[FORGE_CERT_ROOT].n, NULL),
        DSTACK_OK);
    e->now = FORGE_NOW;
    e->status = DSTACK_TCB_UP_TO_DATE;
}

static void
expect(evidence *e, const uint8_t *quote, const dstack_collateral *c, bool ok)
{
    dstack_report *r = NULL;
    dstack_error err;
    int rc = dstack_verifier_verify_quote(
        e->v, quote, e->quote.n, c, e->policy, e->now, &r, &err);

    if ((rc == DSTACK_OK) != ok || !r || dstack_report_is_accepted(r) != ok ||
        dstack_report_is_authentic(r) != ok)
        fail_msg("%s, after %zu flips: %s", e->name, e->flips,
            ok ? err.message : "accepted");
    dstack_report_free(r);
}

static void
begin(evidence *e)
{
    clock_gettime(CLOCK_MONOTONIC, &e->start);
    assert_int_equal(dstack_verifier_new(&e->v, NULL), DSTACK_OK);
    assert_int_equal(dstack_policy_new(&e->policy, NULL), DSTACK_OK);
    if (!e->now || !read_file(e->name, ".quote", &e->quote) ||
        !read_file(e->name, ".collateral.json", &e->bundle)) {
        if (e->now)
            print_message("%s: no such file, forged instead\n", e->name);
        forge_it(e);
    }
    dstack_policy_accept_any_workload(e->policy);
    assert_int_equal(
        dstack_policy_accept_attributes(e->policy, UINT64_C(1) << 17, NULL),
        DSTACK_OK);
    if (e->status != DSTACK_TCB_UP_TO_DATE)
        assert_int_equal(dstack_policy_accept_tcb_status(
                             e->policy, DSTACK_OF_ALL, e->status, NULL),
            DSTACK_OK);
    assert_int_equal(
        dstack_collateral_parse(e->bundle.p, e->bundle.n, &e->c, NULL),
        DSTACK_OK);
    assert_int_equal(dstack_collateral_prepare(e->c, e->v, NULL), DSTACK_OK);
    expect(e, e->quote.p, e->c, true);
}

static void
end(evidence *e, const char *what, size_t step)
{
    struct timespec now;

    expect(e, e->quote.p, e->c, true);
    clock_gettime(CLOCK_MONOTONIC, &now);
    print_message("%s: %zu flips in %s, steps of up to %zu bits: %.1f s\n",
        e->name, e->flips, what, step,
        (double)(now.tv_sec - e->start.tv_sec) +
            (double)(now.tv_nsec - e->start.tv_nsec) / 1e9);
    dstack_collateral_free(e->c);
    dstack_policy_free(e->policy);
    dstack_verifier_free(e->v);
    ds_buf_free(&e->quote);
    ds_buf_free(&e->bundle);
    forge_free(e->f);
}

static size_t
step_of(size_t step)
{
    const char *all = getenv("DS_ALL_BITS");

    return all && *all == '1' ? EVERY : step;
}

/* ---- the quote ----------------------------------------------------------- */

/* What a flip in this part must give; 0 where several reasons may. */
static void
flip_part(evidence *e, size_t off, size_t n, int reason, size_t step)
{
    uint8_t *p = e->quote.p + off;

    for (size_t bit = 0; bit < 8 * n; bit += step) {
        dstack_report *r = NULL;
        dstack_error err;
        int rc;

        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        rc = dstack_verifier_verify_quote(
            e->v, e->quote.p, e->quote.n, e->c, e->policy, e->now, &r, &err);
        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        e->flips++;
        if (rc == DSTACK_OK || dstack_report_is_accepted(r) ||
            dstack_report_is_authentic(r) ||
            (reason != 0 && err.reason != reason))
            fail_msg("%s: bit %zu of the part at %zu: %s", e->name, bit, off,
                rc == DSTACK_OK ? "accepted" : err.message);
        dstack_report_free(r);
    }
}

static size_t
offset(const dstack_quote *q, const char *name, size_t *n)
{
    size_t all;
    const uint8_t *p = dstack_quote_field(q, name, n);

    assert_non_null(p);
    return (size_t)(p - dstack_quote_bytes(q, &all));
}

static size_t
quote_step(const evidence *e)
{
    return step_of(e->step > QUOTE_STEP ? e->step : QUOTE_STEP);
}

static void
flip_field(evidence *e, const dstack_quote *q, const char *name, int reason)
{
    size_t n;
    size_t off = offset(q, name, &n);

    flip_part(e, off, n, reason, quote_step(e));
}

static void
flip_quote(evidence *e)
{
    dstack_quote *q = NULL;
    size_t signed_n, n;

    begin(e);
    assert_int_equal(
        dstack_quote_parse(e->quote.p, e->quote.n, &q, NULL), DSTACK_OK);
    (void)dstack_quote_signed_bytes(q, &signed_n);
    flip_part(e, 0, 48, 0, quote_step(e));
    if (dstack_quote_version(q) == 5)
        flip_part(e, 48, 6, 0, quote_step(e));
    n = dstack_quote_version(q) == 5 ? 54 : 48;
    flip_part(e, n, signed_n - n, DSTACK_REASON_QUOTE_SIGNATURE, quote_step(e));
    flip_field(e, q, "signature", DSTACK_REASON_QUOTE_SIGNATURE);
    flip_field(e, q, "attestation_key", DSTACK_REASON_QE_REPORT_DATA);
    flip_field(e, q, "auth_data", DSTACK_REASON_QE_REPORT_DATA);
    flip_field(e, q, "qe_report_signature", DSTACK_REASON_QE_REPORT_SIG);
    /* The report's fields do not cover its reserved bytes. */
    flip_part(e, offset(q, "qe_report.cpu_svn", &n), 384,
        DSTACK_REASON_QE_REPORT_SIG, quote_step(e));
    dstack_quote_free(q);
    end(e, "the quote", quote_step(e));
}

/* ---- the collateral ------------------------------------------------------ */

/* One part replaced; what it may not do is to be prepared. */
static void
reject_part(
    evidence *e, dstack_collateral *c, uint32_t part, ds_view bytes, size_t bit)
{
    dstack_error err;

    e->flips++;
    if (dstack_collateral_set(c, bytes.p, bytes.n, part, &err) != DSTACK_OK)
        return;
    if (dstack_collateral_prepare(c, e->v, &err) == DSTACK_OK)
        fail_msg(
            "%s: bit %zu of part %u: accepted", e->name, bit, (unsigned)part);
    assert_int_not_equal(err.reason, DSTACK_REASON_NONE);
    if (bit % 64 == 0)
        expect(e, e->quote.p, c, false);
}

static uint8_t *
copy_of(const dstack_collateral *c, uint32_t part, size_t *n)
{
    const uint8_t *p = dstack_collateral_part(c, part, n);
    uint8_t *copy = malloc(*n + 1);

    assert_non_null(p);
    assert_non_null(copy);
    memcpy(copy, p, *n);
    return copy;
}

static void
put_back(evidence *e, dstack_collateral *c, uint32_t part)
{
    size_t n;
    const uint8_t *p = dstack_collateral_part(e->c, part, &n);

    assert_int_equal(dstack_collateral_set(c, p, n, part, NULL), DSTACK_OK);
}

static void
flip_bytes(evidence *e, dstack_collateral *c, uint32_t part, size_t step)
{
    size_t n;
    uint8_t *p = copy_of(e->c, part, &n);

    for (size_t bit = 0; bit < 8 * n; bit += step) {
        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        reject_part(e, c, part, ds_view_of(p, n), bit);
        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(p);
    put_back(e, c, part);
}

/* The bits of the signature, not of its hex digits: letter case is free. */
static void
flip_signature(evidence *e, dstack_collateral *c, uint32_t part, size_t step)
{
    size_t n;
    const uint8_t *hex = dstack_collateral_part(e->c, part, &n);
    uint8_t rs[64];
    char text[129];

    assert_true(ds_hex_decode(ds_view_of(hex, n), rs, sizeof rs));
    for (size_t bit = 0; bit < 8 * sizeof rs; bit += step) {
        rs[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ds_hex_encode(ds_view_of(rs, sizeof rs), text);
        reject_part(e, c, part, ds_view_str(text), bit);
        rs[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    put_back(e, c, part);
}

/* The bits of both certificates, not of their base64 digits. */
static void
flip_chain(evidence *e, dstack_collateral *c, uint32_t part, size_t step)
{
    size_t n, cut = 0;
    const uint8_t *text = dstack_collateral_part(e->c, part, &n);
    ds_pem pem;
    ds_buf der, out;

    ds_buf_init(&der, FILE_MAX);
    ds_buf_init(&out, FILE_MAX);
    ds_pem_init(&pem, ds_view_of(text, n));
    while (ds_pem_next(&pem, "CERTIFICATE", &der) == 1)
        if (cut == 0)
            cut = der.n;
    assert_true(cut != 0 && cut < der.n);
    for (size_t bit = 0; bit < 8 * der.n; bit += step) {
        der.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ds_buf_cut(&out, 0);
        forge_pem(ds_view_of(der.p, cut), "CERTIFICATE", false, &out);
        forge_pem(
            ds_view_of(der.p + cut, der.n - cut), "CERTIFICATE", false, &out);
        reject_part(e, c, part, ds_view_of(out.p, out.n), bit);
        der.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    ds_buf_free(&der);
    ds_buf_free(&out);
    put_back(e, c, part);
}

static void
flip_collateral(evidence *e)
{
    size_t all = step_of(COLLATERAL_STEP);
    size_t some = step_of(DOCUMENT_STEP);
    dstack_collateral *c = NULL;

    begin(e);
    assert_int_equal(
        dstack_collateral_parse(e->bundle.p, e->bundle.n, &c, NULL), DSTACK_OK);
    flip_signature(e, c, DSTACK_PART_TCB_INFO_SIGNATURE, all);
    flip_signature(e, c, DSTACK_PART_QE_IDENTITY_SIGNATURE, all);
    flip_bytes(e, c, DSTACK_PART_ROOT_CA_CRL, some);
    flip_bytes(e, c, DSTACK_PART_PCK_CRL, some);
    flip_bytes(e, c, DSTACK_PART_TCB_INFO, some);
    flip_bytes(e, c, DSTACK_PART_QE_IDENTITY, some);
    flip_chain(e, c, DSTACK_PART_PCK_CRL_ISSUER_CHAIN, some);
    flip_chain(e, c, DSTACK_PART_TCB_INFO_ISSUER_CHAIN, some);
    flip_chain(e, c, DSTACK_PART_QE_IDENTITY_ISSUER_CHAIN, some);
    /* All that was put back is whole again. */
    assert_int_equal(dstack_collateral_prepare(c, e->v, NULL), DSTACK_OK);
    expect(e, e->quote.p, c, true);
    dstack_collateral_free(c);
    end(e, "the collateral", some);
}

/* 2025-07-01, in the window of both. */
#define REAL_NOW INT64_C(1751328000)

static evidence
real_tdx(void)
{
    return (evidence){.name = "tdx/v4",
        .kind = FORGE_TDX_V4,
        .now = REAL_NOW,
        .status = DSTACK_TCB_UP_TO_DATE};
}

static evidence
real_sgx(void)
{
    return (evidence){.name = "sgx/v3",
        .kind = FORGE_SGX_V3,
        .now = REAL_NOW,
        .status = DSTACK_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED};
}

static void
test_tdx_quote(void **state)
{
    evidence e = real_tdx();

    (void)state;
    flip_quote(&e);
}

static void
test_sgx_quote(void **state)
{
    evidence e = real_sgx();

    (void)state;
    flip_quote(&e);
}

static void
test_extended_quote(void **state)
{
    evidence e = {
        .name = "forged", .kind = FORGE_TDX_V5_EX, .step = ONE_PER_BYTE};

    (void)state;
    flip_quote(&e);
}

static void
test_tdx_collateral(void **state)
{
    evidence e = real_tdx();

    (void)state;
    flip_collateral(&e);
}

static void
test_sgx_collateral(void **state)
{
    evidence e = real_sgx();

    (void)state;
    flip_collateral(&e);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tdx_quote),
        cmocka_unit_test(test_sgx_quote),
        cmocka_unit_test(test_extended_quote),
        cmocka_unit_test(test_tdx_collateral),
        cmocka_unit_test(test_sgx_collateral),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
