/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of the public calls around a judgement: arguments, outputs,
 * roots, strict mode, what a verifier remembers, prepared collateral,
 * containers, the edges of every window, threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/limits.h"
#include "dstack/dstack.h"
#include "forge/forge.h"
#include "intel/cache.h"

#define QUOTE DSTACK_STAGE_QUOTE
#define COLLATERAL DSTACK_STAGE_COLLATERAL
#define CHAIN DSTACK_STAGE_CHAIN
#define REVOCATION DSTACK_STAGE_REVOCATION
#define QE DSTACK_STAGE_QE
#define SIGNATURE DSTACK_STAGE_SIGNATURE
#define TCB DSTACK_STAGE_TCB
#define POLICY DSTACK_STAGE_POLICY
#define R(name) DSTACK_REASON_##name

static forge *f;
static dstack_policy *policy; /* any workload */
static dstack_report *report; /* of the last judgement */
static dstack_error err;

static int
set_up(void **state)
{
    (void)state;
    f = forge_new(FORGE_TDX_V4, "verifier");
    if (!f || dstack_policy_new(&policy, NULL))
        return -1;
    dstack_policy_accept_any_workload(policy);
    return dstack_policy_accept_attributes(policy, UINT64_C(1) << 17, NULL);
}

static int
tear_down(void **state)
{
    (void)state;
    dstack_report_free(report);
    dstack_policy_free(policy);
    forge_free(f);
    return 0;
}

/* ---- helpers -------------------------------------------------------------------- */

static void
ok(int rc)
{
    assert_int_equal(rc, DSTACK_OK);
}

static void
build(void)
{
    if (forge_build(f))
        fail_msg("%s", f->error);
}

static void
start(int kind)
{
    forge_reset(f, kind);
    build();
}

static ds_view
quote(void)
{
    return ds_view_of(f->out.quote.p, f->out.quote.n);
}

static ds_view
keep(const ds_buf *b)
{
    return forge_keep_buf(f, b);
}

static dstack_verifier *
new_verifier(void)
{
    dstack_verifier *v = NULL;

    ok(dstack_verifier_new(&v, &err));
    ok(dstack_verifier_set_root(v, f->out.root_pem.p, f->out.root_pem.n, &err));
    return v;
}

static dstack_collateral *
parse(const ds_buf *b)
{
    dstack_collateral *c = NULL;

    if (dstack_collateral_parse(b->p, b->n, &c, &err) != DSTACK_OK)
        fail_msg("%s", err.message);
    return c;
}

static dstack_collateral *
bundle(void)
{
    return parse(&f->out.collateral);
}

static int
judge(const dstack_verifier *v, ds_view q, const dstack_collateral *c,
    int64_t now)
{
    int rc;

    dstack_report_free(report);
    rc = dstack_verifier_verify_quote(
        v, q.p, q.n, c, policy, now, &report, &err);
    assert_non_null(report);
    assert_int_equal(err.code, rc);
    assert_int_equal(dstack_report_stage(report), err.stage);
    assert_int_equal(dstack_report_reason(report), err.reason);
    assert_int_equal(dstack_report_is_accepted(report), rc == DSTACK_OK);
    return rc;
}

static void
yes_at(const dstack_verifier *v, ds_view q, const dstack_collateral *c,
    int64_t now)
{
    if (judge(v, q, c, now) != DSTACK_OK)
        fail_msg("%s/%s: %s", dstack_stage_name(err.stage),
            dstack_reason_name(err.reason), err.message);
}

static void
no_at(const dstack_verifier *v, ds_view q, const dstack_collateral *c,
    int64_t now, int stage, int reason)
{
    judge(v, q, c, now);
    if (err.stage != stage || err.reason != reason)
        fail_msg("expected %s/%s, got %s/%s: %s", dstack_stage_name(stage),
            dstack_reason_name(reason), dstack_stage_name(err.stage),
            dstack_reason_name(err.reason), err.message);
}

static void
yes(const dstack_verifier *v, ds_view q, const dstack_collateral *c)
{
    yes_at(v, q, c, FORGE_NOW);
}

static void
no(const dstack_verifier *v, ds_view q, const dstack_collateral *c, int stage,
    int reason)
{
    no_at(v, q, c, FORGE_NOW, stage, reason);
}

/* ---- arguments and outputs --------------------------------------------------------- */

static void
assert_zero(const dstack_error *e)
{
    static const dstack_error zero;

    assert_memory_equal(e, &zero, sizeof zero);
}

static void
assert_arg(int rc)
{
    assert_int_equal(rc, DSTACK_ERR_ARG);
    assert_int_equal(err.code, DSTACK_ERR_ARG);
    assert_true(err.message[0] != 0);
    memset(&err, 0x5a, sizeof err);
}

static void
test_null_arguments_of_the_verifier(void **state)
{
    dstack_verifier *v;
    dstack_report *r = (dstack_report *)&v;

    (void)state;
    start(FORGE_TDX_V4);
    v = new_verifier();
    assert_arg(dstack_verifier_new(NULL, &err));
    assert_arg(dstack_verifier_set_root(NULL, f->out.root_pem.p, 1, &err));
    assert_arg(dstack_verifier_set_root(v, NULL, 0, &err));
    assert_int_equal(dstack_verifier_set_strict(NULL, 1), DSTACK_ERR_ARG);
    assert_int_equal(dstack_verifier_set_strict(v, 2), DSTACK_ERR_ARG);
    assert_int_equal(dstack_verifier_set_strict(v, -1), DSTACK_ERR_ARG);
    assert_int_equal(dstack_verifier_set_cache_size(NULL, 1), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_verifier_set_cache_size(v, (1u << 20) + 1), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_verifier_set_cache_size(v, UINT32_MAX), DSTACK_ERR_ARG);
    dstack_verifier_accept_reissued_root(NULL);
    assert_arg(dstack_verifier_verify_quote(
        NULL, quote().p, quote().n, NULL, policy, FORGE_NOW, &r, &err));
    assert_null(r);
    r = (dstack_report *)&v;
    assert_arg(dstack_verifier_verify_quote(
        v, NULL, 0, NULL, policy, FORGE_NOW, &r, &err));
    assert_null(r);
    r = (dstack_report *)&v;
    assert_arg(dstack_verifier_verify_quote(
        v, quote().p, quote().n, NULL, policy, -1, &r, &err));
    assert_null(r);
    /* Without err, and without a report. */
    assert_int_equal(dstack_verifier_new(NULL, NULL), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_verifier_set_root(v, NULL, 0, NULL), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_verifier_verify_quote(NULL, NULL, 0, NULL, NULL, 0, NULL, NULL),
        DSTACK_ERR_ARG);
    dstack_verifier_free(v);
    dstack_verifier_free(NULL);
    dstack_report_free(NULL);
    dstack_policy_free(NULL);
    dstack_collateral_free(NULL);
}

static void
test_null_arguments_of_collateral(void **state)
{
    static const uint8_t byte = 'x';
    dstack_collateral *c = (dstack_collateral *)&state;
    dstack_verifier *v;
    char *json = (char *)&v;
    size_t n = 7;

    (void)state;
    start(FORGE_TDX_V4);
    v = new_verifier();
    assert_arg(dstack_collateral_new(NULL, &err));
    assert_arg(dstack_collateral_parse(NULL, 0, &c, &err));
    assert_null(c);
    assert_arg(dstack_collateral_parse(&byte, 1, NULL, &err));
    ok(dstack_collateral_new(&c, &err));
    assert_zero(&err);
    assert_arg(dstack_collateral_set(NULL, &byte, 1, 0, &err));
    assert_arg(dstack_collateral_set(c, NULL, 1, 0, &err));
    assert_arg(dstack_collateral_set(c, &byte, 1, 10, &err));
    assert_arg(dstack_collateral_set(c, &byte, 1, UINT32_MAX, &err));
    assert_arg(dstack_collateral_prepare(NULL, v, &err));
    assert_arg(dstack_collateral_prepare(c, NULL, &err));
    assert_arg(dstack_collateral_to_json(NULL, &json, &n, &err));
    assert_null(json);
    assert_int_equal(n, 0);
    assert_arg(dstack_collateral_to_json(c, NULL, &n, &err));
    assert_int_equal(dstack_collateral_new(NULL, NULL), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_collateral_parse(NULL, 0, NULL, NULL), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_collateral_set(c, &byte, 1, 11, NULL), DSTACK_ERR_ARG);
    for (uint32_t part = 0; part < 12; part++) {
        n = 7;
        assert_null(dstack_collateral_part(c, part, &n));
        assert_int_equal(n, 0);
        assert_null(dstack_collateral_part(c, part, NULL));
    }
    dstack_collateral_free(c);
    dstack_verifier_free(v);
}

static void
test_err_and_report_are_optional(void **state)
{
    dstack_verifier *v;
    dstack_collateral *c;

    (void)state;
    start(FORGE_TDX_V5_15);
    v = new_verifier();
    c = bundle();
    memset(&err, 0x5a, sizeof err);
    yes(v, quote(), c);
    assert_zero(&err);
    ok(dstack_verifier_verify_quote(
        v, quote().p, quote().n, c, policy, FORGE_NOW, NULL, NULL));
    ok(dstack_verifier_verify_quote(
        v, quote().p, quote().n, c, policy, FORGE_NOW, NULL, &err));
    assert_int_equal(dstack_verifier_verify_quote(v, quote().p, quote().n, c,
                         NULL, FORGE_NOW, NULL, NULL),
        DSTACK_ERR_POLICY);
    assert_int_equal(dstack_verifier_verify_quote(v, quote().p, quote().n - 1,
                         c, policy, FORGE_NOW, NULL, NULL),
        DSTACK_ERR_PARSE);
    ok(dstack_collateral_prepare(c, v, NULL));
    /* Length 0 is a short quote and no wrong argument. */
    no(v, ds_view_of("", 0), c, QUOTE, R(QUOTE_TRUNCATED));
    dstack_collateral_free(c);
    dstack_verifier_free(v);
}

static void
test_no_collateral(void **state)
{
    dstack_verifier *v;

    (void)state;
    start(FORGE_SGX_V3);
    v = new_verifier();
    no(v, quote(), NULL, COLLATERAL, R(COLLATERAL_MISSING));
    assert_int_equal(err.code, DSTACK_ERR_PARSE);
    assert_non_null(dstack_report_quote(report));
    assert_int_equal(dstack_report_is_authentic(report), 0);
    dstack_verifier_free(v);
}

/* ---- reports say how far it came ------------------------------------------------------ */

/* All checks before the first failure passed; none after it ran, unless the
 * evidence was authentic. */
static void
assert_checks(void)
{
    size_t n = dstack_report_check_count(report);
    bool authentic = dstack_report_is_authentic(report);
    bool failed = false;

    for (size_t i = 0; i < n; i++) {
        int result = dstack_report_check_result(report, i);

        assert_true(dstack_report_check_name(report, i)[0] != 0);
        if (result == DSTACK_CHECK_FAILED) {
            assert_true(dstack_report_check_reason(report, i) != 0);
            if (!failed)
                assert_int_equal(
                    dstack_report_check_reason(report, i), err.reason);
            assert_true(authentic || !failed);
            failed = true;
        } else {
            assert_int_equal(dstack_report_check_reason(report, i), 0);
            assert_string_equal(dstack_report_check_expected(report, i), "");
            assert_string_equal(dstack_report_check_found(report, i), "");
        }
    }
    assert_int_equal(failed, err.code != DSTACK_OK);
    assert_string_equal(dstack_report_check_name(report, n), "");
    assert_int_equal(dstack_report_check_stage(report, n), 0);
    assert_int_equal(dstack_report_check_result(report, n), 0);
    assert_int_equal(dstack_report_check_reason(report, n), 0);
    assert_string_equal(dstack_report_check_expected(report, n), "");
    assert_string_equal(dstack_report_check_found(report, n), "");
}

static void
spoil(int what)
{
    switch (what) {
    case 0:
        f->quote.vendor[0] ^= 1;
        break;
    case 1:
        f->qe_identity.doc.sig.flip = 1;
        break;
    case 2:
        f->cert[FORGE_CERT_PCK].sig.flip = 1;
        break;
    case 3:
        forge_revoke(f, FORGE_CRL_PCK, FORGE_CERT_PCK, 0);
        break;
    case 4:
        f->quote.qe_sig.flip = 1;
        break;
    case 5:
        f->quote.sig.flip = 1;
        break;
    case 6:
        f->sgx.pcesvn = 1;
        break;
    case 7:
        f->quote.td.td_attributes |= 1;
        break;
    default:
        f->sgx.pcesvn = 12;
        break;
    }
}

static void
test_report_of_every_stage(void **state)
{
    static const int stages[] = {QUOTE, COLLATERAL, CHAIN, REVOCATION, QE,
        SIGNATURE, TCB, DSTACK_STAGE_ATTRIBUTES, POLICY};

    (void)state;
    for (int i = 0; i < 9; i++) {
        dstack_verifier *v;
        dstack_collateral *c;
        char *json = NULL;
        size_t n = 0;

        forge_reset(f, FORGE_TDX_V4);
        spoil(i);
        build();
        v = new_verifier();
        c = bundle();
        assert_true(judge(v, quote(), c, FORGE_NOW) != DSTACK_OK);
        assert_int_equal(err.stage, stages[i]);
        assert_checks();
        assert_int_equal(dstack_report_is_authentic(report), i >= 7);
        assert_int_equal(dstack_report_quote(report) != NULL, i != 0);
        assert_true(dstack_report_time(report) == FORGE_NOW);
        assert_string_equal(dstack_report_root(report), "custom");
        assert_string_equal(dstack_report_message(report), err.message);
        ok(dstack_report_to_json(report, &json, &n, &err));
        assert_int_equal(strlen(json), n);
        dstack_free(json);
        dstack_collateral_free(c);
        dstack_verifier_free(v);
    }
    start(FORGE_TDX_V4);
}

/* ---- the root ------------------------------------------------------------------------------- */

static int
try_root(dstack_verifier *v, ds_view root)
{
    return dstack_verifier_set_root(v, root.p, root.n, &err);
}

static void
test_roots_that_are_none(void **state)
{
    static const uint8_t long_root[DS_MAX_CERT + 1] = {0x30};
    dstack_verifier *v;
    dstack_collateral *c;
    ds_buf two;

    (void)state;
    start(FORGE_TDX_V4);
    v = new_verifier();
    c = bundle();
    ds_buf_init(&two, 1u << 16);
    ds_buf_add(&two, f->out.root_pem.p, f->out.root_pem.n);
    ds_buf_add(&two, f->out.root_pem.p, f->out.root_pem.n);
    assert_int_equal(try_root(v, ds_view_of(two.p, two.n)), DSTACK_ERR_PARSE);
    ds_buf_free(&two);
    assert_int_equal(try_root(v, ds_view_of("", 0)), DSTACK_ERR_PARSE);
    assert_int_equal(try_root(v, ds_view_str("root")), DSTACK_ERR_PARSE);
    assert_int_equal(
        try_root(v, ds_view_of(long_root, sizeof long_root)), DSTACK_ERR_PARSE);
    assert_non_null(strstr(err.message, "at most 16384 bytes"));
    assert_int_equal(
        try_root(v, ds_view_of(f->out.root_pem.p, f->out.root_pem.n - 40)),
        DSTACK_ERR_PARSE);
    for (int cert = FORGE_CERT_PLATFORM; cert <= FORGE_CERT_PCK; cert += 2)
        assert_int_equal(
            try_root(v, keep(&f->out.cert[cert])), DSTACK_ERR_PARSE);
    /* The root that was set before is still in force. */
    yes(v, quote(), c);
    dstack_collateral_free(c);
    dstack_verifier_free(v);
}

static void
test_malformed_roots(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        dstack_verifier *v = NULL;
        forge_cert *root = &f->cert[FORGE_CERT_ROOT];
        ds_view der;
        bool good = i == 9;

        forge_reset(f, FORGE_TDX_V4);
        if (i == 0)
            root->sig.flip = 1;
        else if (i == 1)
            root->is_ca = false;
        else if (i == 2)
            root->path_len = 0;
        else if (i == 3)
            root->alg_inner = root->alg_outer = FORGE_ALG_SHA384;
        else if (i == 4)
            root->subject.cn = "Another";
        else if (i == 5)
            root->append = ds_view_of("", 1);
        else if (i == 6)
            root->signer = FORGE_KEY_ROGUE;
        else if (i == 7)
            root->bc.on = false;
        else if (i == 8)
            root->key = root->signer = FORGE_KEY_P384;
        build();
        der = keep(&f->out.cert[FORGE_CERT_ROOT]);
        ok(dstack_verifier_new(&v, NULL));
        if (good) {
            ok(try_root(v, der));
        } else {
            assert_int_equal(try_root(v, der), DSTACK_ERR_PARSE);
            assert_true(err.reason != 0);
        }
        dstack_verifier_free(v);
    }
}

static void
test_intels_root_and_another(void **state)
{
    dstack_verifier *v = NULL;
    dstack_collateral *c;
    forge *g = forge_new(FORGE_TDX_V4, "somebody else");

    (void)state;
    start(FORGE_TDX_V4);
    c = bundle();
    ok(dstack_verifier_new(&v, NULL));
    no(v, quote(), c, CHAIN, R(ROOT_PIN));
    assert_string_equal(dstack_report_root(report), "intel");
    ok(try_root(v, keep(&f->out.cert[FORGE_CERT_ROOT]))); /* DER */
    yes(v, quote(), c);
    assert_string_equal(dstack_report_root(report), "custom");
    /* A PKI with the same names. */
    assert_non_null(g);
    assert_int_equal(forge_build(g), 0);
    dstack_verifier_free(v);
    ok(dstack_verifier_new(&v, NULL));
    ok(dstack_verifier_set_root(v, g->out.root_pem.p, g->out.root_pem.n, NULL));
    no(v, quote(), c, CHAIN, R(ROOT_PIN));
    forge_free(g);
    dstack_collateral_free(c);
    dstack_verifier_free(v);
}

static void
test_reissued_root(void **state)
{
    ds_view pinned;

    (void)state;
    start(FORGE_TDX_V4);
    pinned = keep(&f->out.root_pem);
    for (int i = 0; i < 4; i++) {
        dstack_verifier *v = NULL;
        dstack_collateral *c;
        forge_cert *root = &f->cert[FORGE_CERT_ROOT];

        forge_reset(f, FORGE_TDX_V4);
        root->serial[3] ^= 1; /* same name, same key, newly signed */
        root->not_after += FORGE_DAY;
        if (i == 1)
            root->signer = FORGE_KEY_ROGUE;
        if (i == 2)
            root->key = root->signer = FORGE_KEY_ROGUE;
        if (i == 3)
            forge_revoke(f, FORGE_CRL_ROOT, FORGE_CERT_ROOT, 0);
        build();
        c = bundle();
        ok(dstack_verifier_new(&v, NULL));
        ok(try_root(v, pinned));
        no(v, quote(), c, CHAIN, R(ROOT_PIN));
        dstack_verifier_accept_reissued_root(v);
        if (i == 0)
            yes(v, quote(), c);
        else if (i == 1)
            no(v, quote(), c, CHAIN, R(CRL_CHAIN_SIG));
        else if (i == 2)
            no(v, quote(), c, CHAIN, R(ROOT_PIN));
        else
            no(v, quote(), c, REVOCATION, R(REVOKED_ROOT));
        dstack_collateral_free(c);
        dstack_verifier_free(v);
    }
}

/* ---- strict mode ------------------------------------------------------------------------------ */

typedef struct {
    const char *name;
    void (*change)(void);
    int stage, reason;
} strict_case;

static void
trailing_bytes(void)
{
    f->quote.trailing = ds_view_of("\0\0", 2);
}

static void
reserved_bytes(void)
{
    f->quote.sgx.reserved2[5] = 1;
}

static void
pretty_tcb_info(void)
{
    f->tcb_info.doc.pretty = true;
}

static void
pretty_qe_identity(void)
{
    f->qe_identity.doc.pretty = true;
}

static void
unknown_member(void)
{
    f->bundle.extra = ",\"x\":1";
}

static void
longer_leaf_name(void)
{
    f->cert[FORGE_CERT_PCK].subject.cn = "Intel SGX PCK Certificate 2";
}

static void
longer_signer_name(void)
{
    f->cert[FORGE_CERT_QE].subject.cn = "My Intel SGX TCB Signing";
}

static void
test_strict_mode(void **state)
{
    static const strict_case cases[] = {
        {"trailing bytes", trailing_bytes, QUOTE, R(QUOTE_TRAILING)},
        {"reserved bytes", reserved_bytes, QUOTE, R(QUOTE_RESERVED)},
        {"TCB info", pretty_tcb_info, COLLATERAL, R(TCB_INFO_SIG)},
        {"QE identity", pretty_qe_identity, COLLATERAL, R(QE_IDENTITY_SIG)},
        {"member", unknown_member, COLLATERAL, R(COLLATERAL_FORMAT)},
        {"PCK name", longer_leaf_name, CHAIN, R(PCK_CHAIN_ROLE)},
        {"signer name", longer_signer_name, CHAIN, R(QEID_CHAIN_ROLE)}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dstack_verifier *v;
        dstack_collateral *c;

        forge_reset(f, FORGE_SGX_V4);
        build();
        v = new_verifier();
        ok(dstack_verifier_set_strict(v, 1));
        c = bundle();
        yes(v, quote(), c);
        dstack_collateral_free(c);
        cases[i].change();
        build();
        c = bundle();
        no(v, quote(), c, cases[i].stage, cases[i].reason);
        dstack_verifier_free(v);
        /* Without it all of that is allowed; and a platform that was
         * remembered then is not known to a stricter one. */
        v = new_verifier();
        yes(v, quote(), c);
        ok(dstack_verifier_set_strict(v, 1));
        no(v, quote(), c, cases[i].stage, cases[i].reason);
        ok(dstack_verifier_set_strict(v, 0));
        yes(v, quote(), c);
        dstack_collateral_free(c);
        dstack_verifier_free(v);
    }
}

/* An envelope of a service with one member more. */
static void
test_strict_envelopes(void **state)
{
    dstack_verifier *v;
    dstack_collateral *c;

    (void)state;
    start(FORGE_TDX_V4);
    v = new_verifier();
    f->tcb_info.doc.answer[0] = (forge_edit){
        .find = ",\"signature\":", .put = ",\"x\":[],\"signature\":"};
    build();
    c = parse(&f->out.flat);
    yes(v, quote(), c);
    ok(dstack_verifier_set_strict(v, 1));
    no(v, quote(), c, COLLATERAL, R(COLLATERAL_FORMAT));
    dstack_collateral_free(c);
    dstack_verifier_free(v);
}

/* ---- known platforms --------------------------------------------------------------------------- */

enum {
    PLATFORMS = 6
};

typedef struct {
    ds_view good[PLATFORMS];
    ds_view bad[PLATFORMS][3]; /* body, QE report, authentication data */
} fleet;

static const int bad_stage[3] = {SIGNATURE, QE, QE};
static const int bad_reason[3] = {
    R(QUOTE_SIGNATURE), R(QE_REPORT_SIG), R(QE_REPORT_DATA)};

/* Platforms that share a PKI, and quotes of theirs with one bit wrong. */
static void
make_fleet(fleet *a)
{
    static const int parts[3] = {
        FORGE_PART_BODY, FORGE_PART_QE_REPORT, FORGE_PART_AUTH};
    static const char *const auth[PLATFORMS] = {
        "one", "two", "three", "four", "five", "six"};

    forge_reset(f, FORGE_TDX_V4);
    for (int i = 0; i < PLATFORMS; i++) {
        f->quote.auth = ds_view_str(auth[i]);
        if (i % 2)
            f->quote.ak = f->quote.signer = FORGE_KEY_SPARE;
        else
            f->quote.ak = f->quote.signer = FORGE_KEY_AK;
        for (int k = -1; k < 3; k++) {
            f->quote.flips[0] = (forge_flip){
                .on = k >= 0, .part = parts[k < 0 ? 0 : k], .bit = 5};
            build();
            *(k < 0 ? &a->good[i] : &a->bad[i][k]) = keep(&f->out.quote);
        }
    }
}

/* Whatever is remembered or forgotten, the answers are the same. */
static void
test_cache_sizes(void **state)
{
    static const uint32_t sizes[] = {0, 1, 2, 3, 5, PLATFORMS, 1024};
    fleet all;

    (void)state;
    make_fleet(&all);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        dstack_verifier *v = new_verifier();
        dstack_collateral *c = bundle();
        unsigned random = 1;

        ok(dstack_verifier_set_cache_size(v, sizes[s]));
        ok(dstack_collateral_prepare(c, v, &err));
        for (int i = 0; i < 120; i++) {
            unsigned which, kind;

            random = random * 1103515245 + 12345;
            which = (random >> 16) % PLATFORMS;
            kind = (random >> 20) % 5;
            if (kind < 3)
                no(v, all.bad[which][kind], c, bad_stage[kind],
                    bad_reason[kind]);
            else
                yes(v, all.good[which], c);
        }
        dstack_collateral_free(c);
        dstack_verifier_free(v);
    }
}

static void
test_cache_size_is_set_anew(void **state)
{
    dstack_verifier *v;
    dstack_collateral *c;

    (void)state;
    start(FORGE_TDX_V4);
    v = new_verifier();
    c = bundle();
    yes(v, quote(), c);
    ok(dstack_verifier_set_cache_size(v, 1u << 20));
    yes(v, quote(), c);
    yes(v, quote(), c);
    ok(dstack_verifier_set_cache_size(v, 0));
    yes(v, quote(), c);
    dstack_collateral_free(c);
    dstack_verifier_free(v);
}

static void
cache_key(uint8_t key[32], unsigned n)
{
    memset(key, 0, 32);
    key[0] = (uint8_t)(n % 3); /* some share a bucket */
    key[31] = (uint8_t)n;
}

static void
remember(ds_platform_cache *cache, unsigned n)
{
    ds_platform_ref *ref = ds_platform_ref_new();
    uint8_t key[32];

    assert_non_null(ref);
    ref->platform.not_after = n;
    cache_key(key, n);
    ds_platform_cache_insert(cache, key, ref);
    ds_platform_cache_release(cache, ref);
}

static bool
knows(ds_platform_cache *cache, unsigned n)
{
    uint8_t key[32];
    ds_platform_ref *ref;
    bool known;

    cache_key(key, n);
    ref = ds_platform_cache_find(cache, key);
    known = ref != NULL;
    assert_true(!known || ref->platform.not_after == n);
    ds_platform_cache_release(cache, ref);
    return known;
}

/* Never more than its size; what was used longest ago goes first; what is in
 * use lives on. */
static void
test_oldest_is_forgotten(void **state)
{
    ds_platform_cache *cache = NULL;
    ds_platform_ref *ref;
    uint8_t key[32];

    (void)state;
    ok(ds_platform_cache_new(0, &cache));
    assert_null(cache);
    assert_false(knows(NULL, 1));
    ok(ds_platform_cache_new(3, &cache));
    for (unsigned n = 1; n <= 3; n++)
        remember(cache, n);
    assert_true(knows(cache, 1) && knows(cache, 2) && knows(cache, 3));
    assert_true(knows(cache, 1)); /* 2 is the oldest now */
    remember(cache, 4);
    assert_false(knows(cache, 2));
    assert_true(knows(cache, 3) && knows(cache, 1) && knows(cache, 4));
    remember(cache, 1); /* again: nothing is forgotten for it */
    assert_true(knows(cache, 3) && knows(cache, 1) && knows(cache, 4));
    cache_key(key, 3);
    ref = ds_platform_cache_find(cache, key);
    assert_non_null(ref);
    for (unsigned n = 10; n < 100; n++)
        remember(cache, n);
    assert_false(knows(cache, 1) || knows(cache, 3) || knows(cache, 96));
    assert_true(knows(cache, 97) && knows(cache, 98) && knows(cache, 99));
    assert_true(ref->platform.not_after == 3);
    ds_platform_cache_release(cache, ref);
    ds_platform_cache_free(cache);
    ok(ds_platform_cache_new(1, &cache));
    for (unsigned n = 0; n < 9; n++) {
        remember(cache, n);
        assert_true(knows(cache, n));
        assert_false(n > 0 && knows(cache, n - 1));
    }
    ds_platform_cache_free(cache);
    ds_platform_cache_free(NULL);
}

/* What makes a platform that was good a moment ago a bad one. */
static void
revoke_pck(void)
{
    forge_revoke(f, FORGE_CRL_PCK, FORGE_CERT_PCK, 1);
}

static void
revoke_ca(void)
{
    forge_revoke(f, FORGE_CRL_ROOT, FORGE_CERT_PLATFORM, 0);
}

static void
revoke_signer(void)
{
    forge_revoke(f, FORGE_CRL_ROOT, FORGE_CERT_TCB, 0);
}

static void
revoke_root(void)
{
    forge_revoke(f, FORGE_CRL_ROOT, FORGE_CERT_ROOT, 0);
}

static void
other_ca(void)
{
    f->crl[FORGE_CRL_PCK].issuer = f->cert[FORGE_CERT_PROCESSOR].subject;
    f->crl[FORGE_CRL_PCK].signer = FORGE_KEY_PROCESSOR;
    f->chain[FORGE_CHAIN_CRL].certs[0] = FORGE_CERT_PROCESSOR;
}

/* The same name, another key. */
static void
other_ca_key(void)
{
    f->cert[FORGE_CERT_EXTRA] = f->cert[FORGE_CERT_PLATFORM];
    f->cert[FORGE_CERT_EXTRA].key = FORGE_KEY_SPARE;
    f->crl[FORGE_CRL_PCK].signer = FORGE_KEY_SPARE;
    f->chain[FORGE_CHAIN_CRL].certs[0] = FORGE_CERT_EXTRA;
}

static void
other_fmspc(void)
{
    f->tcb_info.fmspc[0] ^= 1;
}

static void
other_pceid(void)
{
    f->tcb_info.pceid[0] ^= 1;
}

static void
other_qe(void)
{
    f->qe_identity.mrsigner[0] ^= 1;
}

static void
revoked_level(void)
{
    f->tcb_info.levels[0].status = "Revoked";
}

static void
late_level(void)
{
    f->tcb_info.levels[0].status = "OutOfDate";
}

static void
expired_crl(void)
{
    f->crl[FORGE_CRL_PCK].next_update = FORGE_NOW - 1;
}

static void
missing_crl(void)
{
    /* an empty object: parts are set one by one below */
}

static const struct {
    void (*change)(void);
    int stage, reason;
} later[] = {{revoke_pck, REVOCATION, R(REVOKED_PCK)},
    {revoke_ca, REVOCATION, R(REVOKED_CA)},
    {revoke_signer, REVOCATION, R(REVOKED_TCB_SIGNER)},
    {revoke_root, REVOCATION, R(REVOKED_ROOT)},
    {other_ca, REVOCATION, R(PCK_CRL_ISSUER)},
    {other_ca_key, REVOCATION, R(PCK_CRL_ISSUER)},
    {other_fmspc, COLLATERAL, R(TCB_INFO_MISMATCH)},
    {other_pceid, COLLATERAL, R(TCB_INFO_MISMATCH)},
    {other_qe, QE, R(QE_IDENTITY_MISMATCH)},
    {revoked_level, TCB, R(TCB_REVOKED)},
    {late_level, POLICY, R(POLICY_STATUS)},
    {expired_crl, REVOCATION, R(PCK_CRL_TIME)},
    {missing_crl, COLLATERAL, R(COLLATERAL_MISSING)}};

static void
test_known_platform_is_judged_anew(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++)
        for (int prepared = 0; prepared < 2; prepared++) {
            dstack_verifier *v;
            dstack_collateral *good, *bad = NULL;
            ds_view q;
            int rc;

            start(FORGE_TDX_V4);
            q = keep(&f->out.quote);
            v = new_verifier();
            good = bundle();
            yes(v, q, good);
            if (later[i].change == missing_crl) {
                ok(dstack_collateral_new(&bad, NULL));
            } else {
                later[i].change();
                build();
                bad = bundle();
            }
            rc = prepared ? dstack_collateral_prepare(bad, v, &err) : DSTACK_OK;
            assert_int_equal(
                rc != DSTACK_OK, prepared && later[i].change == missing_crl);
            no(v, q, bad, later[i].stage, later[i].reason);
            yes(v, q, good);
            no(v, q, bad, later[i].stage, later[i].reason);
            dstack_collateral_free(good);
            dstack_collateral_free(bad);
            dstack_verifier_free(v);
        }
}

/* Its certificates expire although they were verified once. */
static void
test_known_platform_ages(void **state)
{
    dstack_verifier *v;
    dstack_collateral *c;

    (void)state;
    forge_reset(f, FORGE_SGX_V3);
    f->cert[FORGE_CERT_PCK].not_before = FORGE_NOW - 5;
    f->cert[FORGE_CERT_PCK].not_after = FORGE_NOW + 5;
    build();
    v = new_verifier();
    c = bundle();
    for (int i = 0; i < 2; i++) {
        yes(v, quote(), c);
        yes_at(v, quote(), c, FORGE_NOW + 5);
        no_at(v, quote(), c, FORGE_NOW + 6, CHAIN, R(PCK_CHAIN_TIME));
        yes_at(v, quote(), c, FORGE_NOW - 5);
        no_at(v, quote(), c, FORGE_NOW - 6, CHAIN, R(PCK_CHAIN_TIME));
        ok(dstack_collateral_prepare(c, v, &err));
    }
    dstack_collateral_free(c);
    dstack_verifier_free(v);
}

/* The quote's chain ends in a root that is no longer the pinned one. */
static void
test_known_platform_and_another_root(void **state)
{
    dstack_verifier *v;
    dstack_collateral *c;
    ds_view q;

    (void)state;
    start(FORGE_TDX_V4);
    q = keep(&f->out.quote);
    v = new_verifier();
    c = bundle();
    yes(v, q, c);
    dstack_collateral_free(c);
    f->cert[FORGE_CERT_ROOT].serial[7] ^= 1;
    build();
    c = bundle();
    no(v, q, c, CHAIN, R(ROOT_PIN));
    ok(try_root(v, keep(&f->out.cert[FORGE_CERT_ROOT])));
    yes(v, quote(), c);
    no(v, q, c, CHAIN, R(ROOT_PIN));
    dstack_collateral_free(c);
    dstack_verifier_free(v);
}

/* The chain that was given with the collateral is part of what is known. */
static void
test_known_platform_and_external_chains(void **state)
{
    dstack_verifier *v;
    dstack_collateral *with, *other, *without;
    ds_view q;

    (void)state;
    forge_reset(f, FORGE_SGX_V4);
    f->quote.cert_type = 3;
    f->bundle.members[FORGE_M_PCK_CHAIN].omit = false;
    build();
    q = keep(&f->out.quote);
    v = new_verifier();
    with = bundle();
    f->bundle.members[FORGE_M_PCK_CHAIN].omit = true;
    build();
    without = bundle();
    f->bundle.members[FORGE_M_PCK_CHAIN].omit = false;
    f->chain[FORGE_CHAIN_EXTERNAL].certs[0] = FORGE_CERT_EXTRA;
    build();
    other = bundle();
    for (int i = 0; i < 2; i++) {
        yes(v, q, with);
        no(v, q, without, CHAIN, R(PCK_CHAIN_MISSING));
        no(v, q, other, QE, R(QE_REPORT_SIG));
    }
    dstack_collateral_free(with);
    dstack_collateral_free(without);
    dstack_collateral_free(other);
    dstack_verifier_free(v);
}

/* ---- prepared collateral ------------------------------------------------------------------------- */

static void
test_prepared_for_another_verifier(void **state)
{
    dstack_verifier *v, *strict, *intel = NULL;
    dstack_collateral *c;

    (void)state;
    forge_reset(f, FORGE_TDX_V4);
    f->tcb_info.doc.pretty = true;
    build();
    v = new_verifier();
    strict = new_verifier();
    ok(dstack_verifier_set_strict(strict, 1));
    ok(dstack_verifier_new(&intel, NULL));
    c = bundle();
    for (int i = 0; i < 2; i++) {
        yes(v, quote(), c);
        no(strict, quote(), c, COLLATERAL, R(TCB_INFO_SIG));
        no(intel, quote(), c, CHAIN, R(ROOT_PIN));
        ok(dstack_collateral_prepare(c, v, &err));
    }
    /* Preparing that fails takes nothing away. */
    assert_int_equal(
        dstack_collateral_prepare(c, strict, &err), DSTACK_ERR_UNTRUSTED);
    assert_int_equal(err.reason, R(TCB_INFO_SIG));
    assert_int_equal(
        dstack_collateral_prepare(c, intel, &err), DSTACK_ERR_UNTRUSTED);
    assert_int_equal(err.reason, R(ROOT_PIN));
    yes(v, quote(), c);
    dstack_collateral_free(c);
    /* What strict eyes saw is good enough for others, and again for them. */
    f->tcb_info.doc.pretty = false;
    build();
    c = bundle();
    ok(dstack_collateral_prepare(c, strict, &err));
    yes(strict, quote(), c);
    yes(v, quote(), c);
    no(intel, quote(), c, CHAIN, R(ROOT_PIN));
    dstack_collateral_free(c);
    dstack_verifier_free(v);
    dstack_verifier_free(strict);
    dstack_verifier_free(intel);
}

static void
test_prepared_with_a_reissued_root(void **state)
{
    dstack_verifier *plain, *lenient;
    dstack_collateral *c;

    (void)state;
    start(FORGE_TDX_V4);
    plain = new_verifier();
    lenient = new_verifier();
    dstack_verifier_accept_reissued_root(lenient);
    f->cert[FORGE_CERT_ROOT].serial[3] ^= 1;
    build();
    c = bundle();
    ok(dstack_collateral_prepare(c, lenient, &err));
    yes(lenient, quote(), c);
    no(plain, quote(), c, CHAIN, R(ROOT_PIN));
    dstack_collateral_free(c);
    dstack_verifier_free(plain);
    dstack_verifier_free(lenient);
}

static void
set(dstack_collateral *c, uint32_t part, ds_view v)
{
    if (dstack_collateral_set(c, v.p, v.n, part, &err) != DSTACK_OK)
        fail_msg("part %u: %s", (unsigned)part, err.message);
}

static void
test_set_after_prepare(void **state)
{
    dstack_verifier *v;
    dstack_collateral *c;
    ds_view good;
    size_t n = 1;

    (void)state;
    start(FORGE_TDX_V4);
    good = keep(&f->out.crl[FORGE_CRL_PCK]);
    v = new_verifier();
    c = bundle();
    ok(dstack_collateral_prepare(c, v, &err));
    yes(v, quote(), c);
    forge_revoke(f, FORGE_CRL_PCK, FORGE_CERT_PCK, 0);
    build();
    set(c, DSTACK_PART_PCK_CRL, keep(&f->out.crl[FORGE_CRL_PCK]));
    no(v, quote(), c, REVOCATION, R(REVOKED_PCK));
    ok(dstack_collateral_prepare(c, v, &err));
    no(v, quote(), c, REVOCATION, R(REVOKED_PCK));
    set(c, DSTACK_PART_PCK_CRL, good);
    yes(v, quote(), c);
    /* A part that could not be set is not there any more. */
    ok(dstack_collateral_prepare(c, v, &err));
    assert_int_equal(dstack_collateral_set(c, (const uint8_t *)"308", 3,
                         DSTACK_PART_PCK_CRL, &err),
        DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, R(PCK_CRL_DER));
    assert_null(dstack_collateral_part(c, DSTACK_PART_PCK_CRL, &n));
    assert_int_equal(n, 0);
    no(v, quote(), c, COLLATERAL, R(COLLATERAL_MISSING));
    assert_int_equal(dstack_collateral_prepare(c, v, &err), DSTACK_ERR_PARSE);
    assert_int_equal(dstack_collateral_set(c, (const uint8_t *)"308", 3,
                         DSTACK_PART_ROOT_CA_CRL, &err),
        DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, R(ROOT_CRL_DER));
    dstack_collateral_free(c);
    dstack_verifier_free(v);
}

/* ---- containers ------------------------------------------------------------------------------------ */

static void
assert_part(const dstack_collateral *c, uint32_t part, const ds_buf *want)
{
    size_t n = 0;
    const uint8_t *p = dstack_collateral_part(c, part, &n);

    assert_int_equal(n, want->n);
    assert_non_null(p);
    assert_memory_equal(p, want->p, n);
}

/* The same parts, whatever they came in. */
static void
assert_parts(const dstack_collateral *c)
{
    const forge_out *o = &f->out;

    assert_part(
        c, DSTACK_PART_PCK_CRL_ISSUER_CHAIN, &o->chain[FORGE_CHAIN_CRL]);
    assert_part(c, DSTACK_PART_ROOT_CA_CRL, &o->crl[FORGE_CRL_ROOT]);
    assert_part(c, DSTACK_PART_PCK_CRL, &o->crl[FORGE_CRL_PCK]);
    assert_part(
        c, DSTACK_PART_TCB_INFO_ISSUER_CHAIN, &o->chain[FORGE_CHAIN_TCB]);
    assert_part(c, DSTACK_PART_TCB_INFO, &o->tcb_info);
    assert_part(c, DSTACK_PART_TCB_INFO_SIGNATURE, &o->tcb_info_signature);
    assert_part(
        c, DSTACK_PART_QE_IDENTITY_ISSUER_CHAIN, &o->chain[FORGE_CHAIN_QE]);
    assert_part(c, DSTACK_PART_QE_IDENTITY, &o->qe_identity);
    assert_part(
        c, DSTACK_PART_QE_IDENTITY_SIGNATURE, &o->qe_identity_signature);
}

static void
round_trip(const dstack_verifier *v, const dstack_collateral *c)
{
    dstack_collateral *again = NULL;
    char *json = NULL, *twice = NULL;
    size_t n = 0, m = 0;

    ok(dstack_collateral_to_json(c, &json, &n, &err));
    assert_zero(&err);
    assert_int_equal(strlen(json), n);
    ok(dstack_collateral_parse((const uint8_t *)json, n, &again, &err));
    assert_parts(again);
    yes(v, quote(), again);
    ok(dstack_collateral_to_json(again, &twice, &m, NULL));
    assert_int_equal(n, m);
    assert_memory_equal(json, twice, n);
    dstack_free(json);
    dstack_free(twice);
    dstack_collateral_free(again);
}

static void
test_bundles_and_flattened_forms(void **state)
{
    static const int kinds[] = {FORGE_SGX_V3, FORGE_TDX_V5_15};

    (void)state;
    for (int i = 0; i < 2 * 4; i++) {
        dstack_verifier *v;
        dstack_collateral *c;

        forge_reset(f, kinds[i / 4]);
        f->tcb_info.doc.pretty = f->qe_identity.doc.pretty = i % 2;
        f->bundle.upper_hex = i % 2;
        f->flat.crl_form = i % 4 == 3 ? FORGE_CRL_AS_DER : i % 4;
        f->flat.no_nul = i % 4 == 3;
        build();
        v = new_verifier();
        c = bundle();
        assert_parts(c);
        yes(v, quote(), c);
        round_trip(v, c);
        dstack_collateral_free(c);
        c = parse(&f->out.flat);
        assert_parts(c);
        yes(v, quote(), c);
        round_trip(v, c);
        dstack_collateral_free(c);
        dstack_verifier_free(v);
    }
}

/* Documents that stand in the bundle as objects. */
static void
test_unquoted_documents(void **state)
{
    dstack_verifier *v;
    dstack_collateral *c;

    (void)state;
    start(FORGE_TDX_V4);
    v = new_verifier();
    f->bundle.members[FORGE_M_TCB_INFO].json = keep(&f->out.tcb_info);
    f->bundle.members[FORGE_M_QE_IDENTITY].json = keep(&f->out.qe_identity);
    build();
    c = bundle();
    assert_parts(c);
    yes(v, quote(), c);
    dstack_collateral_free(c);
    dstack_verifier_free(v);
}

static ds_view
pem_of(int crl)
{
    ds_buf b;
    ds_view v;

    ds_buf_init(&b, 1u << 16);
    forge_pem(ds_view_of(f->out.crl[crl].p, f->out.crl[crl].n), "X509 CRL",
        false, &b);
    v = keep(&b);
    ds_buf_free(&b);
    return v;
}

static ds_view
hex_of(int crl, const char *digits, const char *head, const char *tail)
{
    ds_buf b;
    ds_view v;

    ds_buf_init(&b, 1u << 16);
    ds_buf_add_str(&b, head);
    for (size_t i = 0; i < f->out.crl[crl].n; i++) {
        ds_buf_add_u8(&b, (uint8_t)digits[f->out.crl[crl].p[i] >> 4]);
        ds_buf_add_u8(&b, (uint8_t)digits[f->out.crl[crl].p[i] & 15]);
    }
    ds_buf_add_str(&b, tail);
    v = keep(&b);
    ds_buf_free(&b);
    return v;
}

/* Part by part, as a caller has them from a service. */
static void
test_single_parts(void **state)
{
    (void)state;
    for (int form = 0; form < 5; form++) {
        dstack_verifier *v;
        dstack_collateral *c = NULL;

        start(FORGE_TDX_V4);
        v = new_verifier();
        ok(dstack_collateral_new(&c, &err));
        no(v, quote(), c, COLLATERAL, R(COLLATERAL_MISSING));
        for (int crl = 0; crl < 2; crl++)
            set(c, crl ? DSTACK_PART_PCK_CRL : DSTACK_PART_ROOT_CA_CRL,
                form == 0   ? keep(&f->out.crl[crl])
                : form == 1 ? pem_of(crl)
                : form == 2 ? hex_of(crl, "0123456789abcdef", "", "")
                : form == 3 ? hex_of(crl, "0123456789ABCDEF", "", "\r\n")
                            : hex_of(crl, "0123456789abcdef", "\n\t ", " \n"));
        set(c, DSTACK_PART_PCK_CRL_ISSUER_CHAIN,
            keep(&f->out.chain[FORGE_CHAIN_CRL]));
        set(c, DSTACK_PART_TCB_INFO_ISSUER_CHAIN,
            keep(&f->out.chain[FORGE_CHAIN_TCB]));
        set(c, DSTACK_PART_QE_IDENTITY_ISSUER_CHAIN,
            keep(&f->out.chain[FORGE_CHAIN_QE]));
        /* A whole answer brings its signature. */
        set(c, DSTACK_PART_TCB_INFO, keep(&f->out.tcb_info_answer));
        set(c, DSTACK_PART_QE_IDENTITY,
            keep(form % 2 ? &f->out.qe_identity_answer : &f->out.qe_identity));
        if (form % 2 == 0) {
            no(v, quote(), c, COLLATERAL, R(COLLATERAL_MISSING));
            set(c, DSTACK_PART_QE_IDENTITY_SIGNATURE,
                keep(&f->out.qe_identity_signature));
        }
        assert_parts(c);
        yes(v, quote(), c);
        round_trip(v, c);
        dstack_collateral_free(c);
        dstack_verifier_free(v);
    }
}

/* What is there of an object that is not complete, with the tenth part. */
static void
test_json_of_a_part(void **state)
{
    dstack_collateral *c = NULL;
    char *json = NULL;
    size_t n = 0;

    (void)state;
    start(FORGE_TDX_V4);
    ok(dstack_collateral_new(&c, NULL));
    ok(dstack_collateral_to_json(c, &json, &n, NULL));
    assert_string_equal(json, "{}");
    dstack_free(json);
    set(c, DSTACK_PART_QE_IDENTITY_SIGNATURE, ds_view_str("00\"\\\n"));
    set(c, DSTACK_PART_ROOT_CA_CRL, ds_view_of("\x30\xff", 2));
    ok(dstack_collateral_to_json(c, &json, NULL, NULL));
    assert_string_equal(json,
        "{\"root_ca_crl\":\"30ff\",\"qe_identity_signature\":"
        "\"00\\\"\\\\\\n\"}");
    dstack_free(json);
    dstack_collateral_free(c);
    f->bundle.members[FORGE_M_PCK_CHAIN].omit = false;
    build();
    c = bundle();
    assert_part(c, DSTACK_PART_PCK_CERTIFICATE_CHAIN,
        &f->out.chain[FORGE_CHAIN_EXTERNAL]);
    ok(dstack_collateral_to_json(c, &json, &n, NULL));
    assert_non_null(strstr(json, "\"pck_certificate_chain\":\"-----BEGIN"));
    dstack_free(json);
    dstack_collateral_free(c);
}

/* ---- the edges of every window ------------------------------------------------------------------------ */

enum {
    WINDOWS = 10
};

static const struct {
    const char *name;
    int stage, early, late;
} windows[WINDOWS] = {
    {"root CRL", REVOCATION, R(ROOT_CRL_TIME), R(ROOT_CRL_TIME)},
    {"PCK CRL", REVOCATION, R(PCK_CRL_TIME), R(PCK_CRL_TIME)},
    {"PCK certificate", CHAIN, R(PCK_CHAIN_TIME), R(PCK_CHAIN_TIME)},
    {"the quote's PCK CA", CHAIN, R(PCK_CHAIN_TIME), R(PCK_CHAIN_TIME)},
    {"the CRL's PCK CA", CHAIN, R(CRL_CHAIN_TIME), R(CRL_CHAIN_TIME)},
    {"TCB signing", CHAIN, R(TCB_CHAIN_TIME), R(TCB_CHAIN_TIME)},
    {"QE signing", CHAIN, R(QEID_CHAIN_TIME), R(QEID_CHAIN_TIME)},
    {"TCB info", COLLATERAL, R(TCB_INFO_FUTURE), R(TCB_INFO_EXPIRED)},
    {"QE identity", COLLATERAL, R(QE_IDENTITY_FUTURE), R(QE_IDENTITY_EXPIRED)},
    {"root certificate", CHAIN, R(CRL_CHAIN_TIME), R(CRL_CHAIN_TIME)}};

/* The window of one of them alone, with a CA certificate of its own for the
 * CRL's chain. */
static void
set_window(int which, int64_t from, int64_t to)
{
    forge_cert *certs[WINDOWS] = {NULL, NULL, &f->cert[FORGE_CERT_PCK],
        &f->cert[FORGE_CERT_PLATFORM], &f->cert[FORGE_CERT_EXTRA],
        &f->cert[FORGE_CERT_TCB], &f->cert[FORGE_CERT_QE], NULL, NULL,
        &f->cert[FORGE_CERT_ROOT]};

    f->cert[FORGE_CERT_EXTRA] = f->cert[FORGE_CERT_PLATFORM];
    f->cert[FORGE_CERT_EXTRA].serial[5] ^= 1;
    f->chain[FORGE_CHAIN_CRL].certs[0] = FORGE_CERT_EXTRA;
    if (certs[which]) {
        certs[which]->not_before = from;
        certs[which]->not_after = to;
    } else if (which < 2) {
        f->crl[which].this_update = from;
        f->crl[which].next_update = to;
    } else if (which == 7) {
        f->tcb_info.issue_date = from;
        f->tcb_info.next_update = to;
    } else {
        f->qe_identity.issue_date = from;
        f->qe_identity.next_update = to;
    }
}

static void
walk_window(int which, const dstack_verifier *v, const dstack_collateral *c)
{
    int64_t from = FORGE_NOW - 100;
    int64_t to = FORGE_NOW + 100;

    yes_at(v, quote(), c, from);
    yes_at(v, quote(), c, to);
    no_at(v, quote(), c, from - 1, windows[which].stage, windows[which].early);
    assert_int_equal(err.code, DSTACK_ERR_STALE);
    assert_int_equal(dstack_report_is_authentic(report), 0);
    no_at(v, quote(), c, to + 1, windows[which].stage, windows[which].late);
    assert_int_equal(err.code, DSTACK_ERR_STALE);
    yes_at(v, quote(), c, FORGE_NOW);
}

static void
test_edges_of_windows(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++)
        for (int which = 0; which < WINDOWS; which++) {
            dstack_verifier *v;
            dstack_collateral *c;

            forge_reset(f, kind ? FORGE_TDX_V5_15 : FORGE_SGX_V3);
            set_window(which, FORGE_NOW - 100, FORGE_NOW + 100);
            build();
            v = new_verifier();
            c = bundle();
            for (int i = 0; i < 2; i++) { /* unknown, then known */
                walk_window(which, v, c);
                ok(dstack_collateral_prepare(c, v, &err));
            }
            walk_window(which, v, c);
            dstack_collateral_free(c);
            dstack_verifier_free(v);
        }
}

/* A window of a single second. */
static void
test_window_of_one_second(void **state)
{
    (void)state;
    for (int which = 0; which < WINDOWS; which++) {
        dstack_verifier *v;
        dstack_collateral *c;

        forge_reset(f, FORGE_TDX_V4);
        set_window(which, FORGE_NOW, FORGE_NOW);
        build();
        v = new_verifier();
        c = bundle();
        yes_at(v, quote(), c, FORGE_NOW);
        no_at(v, quote(), c, FORGE_NOW - 1, windows[which].stage,
            windows[which].early);
        no_at(v, quote(), c, FORGE_NOW + 1, windows[which].stage,
            windows[which].late);
        dstack_collateral_free(c);
        dstack_verifier_free(v);
    }
}

/* ---- threads ---------------------------------------------------------------------------------------- */

enum {
    THREADS = 8,
    ROUNDS = 500
};

typedef struct {
    const dstack_verifier *verifier;
    const dstack_collateral *prepared, *plain, *revoked;
    const fleet *all;
    unsigned random;
    unsigned wrong, good, bad;
} worker;

/* One verification; whether its answer was the right one. */
static bool
one(worker *w)
{
    unsigned which, kind;
    const dstack_collateral *c = w->prepared;
    int64_t now = FORGE_NOW;
    dstack_report *r = NULL;
    dstack_error e;
    int want = 0, rc;
    ds_view q;

    w->random = w->random * 1103515245 + 12345;
    which = (w->random >> 16) % PLATFORMS;
    kind = (w->random >> 20) % 16;
    q = w->all->good[which];
    if (kind < 3) {
        q = w->all->bad[which][kind];
        want = bad_reason[kind];
    } else if (kind == 3) {
        now = FORGE_NOW + 15 * FORGE_DAY + 1;
        want = R(ROOT_CRL_TIME);
    } else if (kind == 4) {
        c = w->revoked;
        want = R(REVOKED_PCK);
    } else if (kind == 5) {
        c = w->plain;
    }
    rc = dstack_verifier_verify_quote(
        w->verifier, q.p, q.n, c, policy, now, &r, &e);
    *(want ? &w->bad : &w->good) += 1;
    if ((rc == DSTACK_OK) != (want == 0) || e.reason != want ||
        dstack_report_is_accepted(r) != (want == 0) ||
        dstack_report_tcb_status(r, DSTACK_OF_ALL) !=
            (want ? DSTACK_TCB_UNKNOWN : DSTACK_TCB_UP_TO_DATE)) {
        dstack_report_free(r);
        return false;
    }
    dstack_report_free(r);
    return true;
}

static void *
work(void *arg)
{
    worker *w = arg;

    for (int i = 0; i < ROUNDS; i++)
        if (!one(w))
            w->wrong++;
    return NULL;
}

static void
run_threads(const worker *shared)
{
    pthread_t thread[THREADS];
    worker all[THREADS];

    for (unsigned i = 0; i < THREADS; i++) {
        all[i] = *shared;
        all[i].random = 77 * i + 1;
        ok(pthread_create(&thread[i], NULL, work, &all[i]));
    }
    for (unsigned i = 0; i < THREADS; i++) {
        ok(pthread_join(thread[i], NULL));
        assert_int_equal(all[i].wrong, 0);
        assert_true(all[i].good > 100 && all[i].bad > 100);
    }
}

/* One verifier, one prepared collateral, one policy, many threads; a cache
 * that is too small, so that platforms come and go while others use them. */
static void
test_threads(void **state)
{
    static const uint32_t sizes[] = {2, 1024};
    fleet all;

    (void)state;
    for (size_t s = 0; s < 2; s++) {
        dstack_verifier *v;
        dstack_collateral *prepared, *plain, *revoked;

        make_fleet(&all);
        v = new_verifier();
        ok(dstack_verifier_set_cache_size(v, sizes[s]));
        prepared = bundle();
        plain = bundle();
        ok(dstack_collateral_prepare(prepared, v, &err));
        forge_revoke(f, FORGE_CRL_PCK, FORGE_CERT_PCK, 0);
        build();
        revoked = bundle();
        ok(dstack_collateral_prepare(revoked, v, &err));
        run_threads(&(worker){.verifier = v,
            .prepared = prepared,
            .plain = plain,
            .revoked = revoked,
            .all = &all});
        dstack_collateral_free(prepared);
        dstack_collateral_free(plain);
        dstack_collateral_free(revoked);
        dstack_verifier_free(v);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_null_arguments_of_the_verifier),
        cmocka_unit_test(test_null_arguments_of_collateral),
        cmocka_unit_test(test_err_and_report_are_optional),
        cmocka_unit_test(test_no_collateral),
        cmocka_unit_test(test_report_of_every_stage),
        cmocka_unit_test(test_roots_that_are_none),
        cmocka_unit_test(test_malformed_roots),
        cmocka_unit_test(test_intels_root_and_another),
        cmocka_unit_test(test_reissued_root),
        cmocka_unit_test(test_strict_mode),
        cmocka_unit_test(test_strict_envelopes),
        cmocka_unit_test(test_cache_sizes),
        cmocka_unit_test(test_cache_size_is_set_anew),
        cmocka_unit_test(test_oldest_is_forgotten),
        cmocka_unit_test(test_known_platform_is_judged_anew),
        cmocka_unit_test(test_known_platform_ages),
        cmocka_unit_test(test_known_platform_and_another_root),
        cmocka_unit_test(test_known_platform_and_external_chains),
        cmocka_unit_test(test_prepared_for_another_verifier),
        cmocka_unit_test(test_prepared_with_a_reissued_root),
        cmocka_unit_test(test_set_after_prepare),
        cmocka_unit_test(test_bundles_and_flattened_forms),
        cmocka_unit_test(test_unquoted_documents),
        cmocka_unit_test(test_single_parts),
        cmocka_unit_test(test_json_of_a_part),
        cmocka_unit_test(test_edges_of_windows),
        cmocka_unit_test(test_window_of_one_second),
        cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
