/* SPDX-License-Identifier: Apache-2.0 */
/* What a refusal says beside its reason: every check that the failure does not
 * stop is still recorded, and none that it does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "dstack/dstack.h"
#include "support/container.h"
#include "support/vec.h"
#include "support/workload.h"

static forge *tdx;
static workload w;
static dstack_verifier *intel, *own;
static dstack_policy *policy;

/* Checks that some failures stop, by name. */
static const char *const of_collateral[] = {"pck_crl_issuer_chain", "root_crl",
    "pck_crl", "tcb_info_chain", "qe_identity_chain", "tcb_info", "qe_identity",
    "revocation", "tcb_info_match", "qe_identity_match", NULL};
static const char *const of_tcb[] = {
    "tdx_module", "tcb_level", "tcb_not_revoked", "policy_tcb_status", NULL};
static const char *const of_signer[] = {"pck_chain", "qe_report_signature",
    "qe_report_data", "quote_signature", NULL};
/* What the evidence of workload_begin() is judged for once it is signed. */
static const char *const of_content[] = {"claimed_report_data", "event_lists",
    "rtmr3_replay", "no_debug", "attributes", "migration", "xfam", "event_type",
    "event_name", "event_ready", "event_unique", "event_order",
    "event_boundary", "event_payload", "event_gpu", "mr_config",
    "policy_names_workload", NULL};

static int
group_setup(void **state)
{
    (void)state;
    tdx = forge_new(FORGE_TDX_V4, "refusal");
    if (!tdx || forge_build(tdx) != 0 ||
        dstack_verifier_new(&intel, NULL) != DSTACK_OK ||
        !(own = workload_verifier(tdx)) ||
        dstack_policy_new(&policy, NULL) != DSTACK_OK)
        return -1;
    dstack_policy_accept_any_workload(policy);
    return 0;
}

static int
group_teardown(void **state)
{
    (void)state;
    dstack_policy_free(policy);
    dstack_verifier_free(own);
    dstack_verifier_free(intel);
    forge_free(tdx);
    return 0;
}

static int
setup(void **state)
{
    (void)state;
    forge_reset(tdx, FORGE_TDX_V4);
    workload_begin(&w, tdx);
    memset(tdx->quote.td.report_data, 7, 64);
    memset(w.a.report_data, 7, 64);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    workload_end(&w);
    return 0;
}

/* Untouched again, in the middle of a test. */
static void
reset(void)
{
    workload_end(&w);
    (void)setup(NULL);
}

/* ---- judging ------------------------------------------------------------------ */

static dstack_report *
judge(const dstack_verifier *v, ds_view in, const dstack_collateral *c,
    int64_t now, int stage, int reason)
{
    dstack_evidence *e = NULL;
    dstack_report *r = NULL;
    dstack_error err;

    if (dstack_evidence_parse(in.p, in.n, &e, &err) != DSTACK_OK)
        fail_msg("%s", err.message);
    assert_int_not_equal(
        dstack_verifier_verify(v, e, c, policy, now, &r, &err), DSTACK_OK);
    if (err.reason != reason || err.stage != stage)
        fail_msg("%s at %s: %s", dstack_reason_name(err.reason),
            dstack_stage_name(err.stage), err.message);
    assert_non_null(r);
    assert_int_equal(dstack_report_reason(r), reason);
    assert_int_equal(dstack_report_stage(r), stage);
    assert_string_equal(dstack_report_message(r), err.message);
    assert_true(err.message[0] != 0);
    assert_int_equal(dstack_report_is_accepted(r), 0);
    assert_int_equal(dstack_report_is_authentic(r), 0);
    dstack_evidence_free(e);
    return r;
}

static dstack_collateral *
collateral_of(ds_view text)
{
    dstack_collateral *c = NULL;
    dstack_error err;

    if (dstack_collateral_parse(text.p, text.n, &c, &err) != DSTACK_OK)
        fail_msg("%s", err.message);
    return c;
}

/* The forged evidence, with its collateral or without. */
static dstack_report *
judge_forged(bool collateral, int64_t now, int stage, int reason)
{
    dstack_collateral *c = NULL;
    dstack_report *r;

    workload_build(&w);
    if (collateral)
        c = collateral_of(
            ds_view_of(tdx->out.collateral.p, tdx->out.collateral.n));
    r = judge(own, workload_bytes(&w), c, now, stage, reason);
    dstack_collateral_free(c);
    return r;
}

static void
all(const dstack_report *r, const char *const *names, int want)
{
    for (; *names; names++)
        if (workload_check(r, *names) != want)
            fail_msg("%s: %d, not %d", *names, workload_check(r, *names), want);
}

/* Those that failed, and no other. */
static void
failed(const dstack_report *r, const char *a, const char *b)
{
    for (size_t i = 0; i < dstack_report_check_count(r); i++) {
        const char *name = dstack_report_check_name(r, i);
        bool want = strcmp(name, a) == 0 || (b != NULL && strcmp(name, b) == 0);

        if ((dstack_report_check_result(r, i) == DSTACK_CHECK_FAILED) != want)
            fail_msg("%s: %d", name, dstack_report_check_result(r, i));
    }
}

/* ---- forged evidence ----------------------------------------------------------- */

static void
test_no_collateral(void **state)
{
    dstack_report *r = judge_forged(false, FORGE_NOW, DSTACK_STAGE_COLLATERAL,
        DSTACK_REASON_COLLATERAL_MISSING);
    size_t n;

    (void)state;
    failed(r, "collateral_format", NULL);
    all(r, of_collateral, DSTACK_CHECK_NOT_RUN);
    all(r, of_tcb, DSTACK_CHECK_NOT_RUN);
    all(r, of_signer, DSTACK_CHECK_PASSED);
    all(r, of_content, DSTACK_CHECK_PASSED);
    assert_non_null(dstack_report_claim(r, "app_id", &n));
    assert_int_equal(n, 20);
    assert_non_null(dstack_report_pck(r, "fmspc", &n));
    assert_int_equal(
        dstack_report_tcb_status(r, DSTACK_OF_ALL), DSTACK_TCB_UNKNOWN);
    dstack_report_free(r);
}

/* The first failure stays the answer; others are told beside it, and what
 * nobody signed is not looked at. */
static void
test_no_collateral_and_more(void **state)
{
    dstack_report *r;

    (void)state;
    tdx->quote.signer = FORGE_KEY_ROGUE;
    r = judge_forged(false, FORGE_NOW, DSTACK_STAGE_COLLATERAL,
        DSTACK_REASON_COLLATERAL_MISSING);
    failed(r, "collateral_format", "quote_signature");
    all(r, of_content, DSTACK_CHECK_NOT_RUN);
    assert_int_equal(dstack_report_claim_count(r), 0);
    dstack_report_free(r);

    reset();
    tdx->quote.qe_signer = FORGE_KEY_ROGUE;
    r = judge_forged(false, FORGE_NOW, DSTACK_STAGE_COLLATERAL,
        DSTACK_REASON_COLLATERAL_MISSING);
    failed(r, "collateral_format", "qe_report_signature");
    assert_int_equal(
        workload_check(r, "quote_signature"), DSTACK_CHECK_NOT_RUN);
    all(r, of_content, DSTACK_CHECK_NOT_RUN);
    dstack_report_free(r);

    reset();
    tdx->cert[FORGE_CERT_PCK].signer = FORGE_KEY_ROGUE;
    r = judge_forged(false, FORGE_NOW, DSTACK_STAGE_COLLATERAL,
        DSTACK_REASON_COLLATERAL_MISSING);
    failed(r, "collateral_format", "pck_chain");
    assert_int_equal(
        workload_check(r, "qe_report_signature"), DSTACK_CHECK_NOT_RUN);
    assert_int_equal(
        workload_check(r, "quote_signature"), DSTACK_CHECK_NOT_RUN);
    all(r, of_content, DSTACK_CHECK_NOT_RUN);
    dstack_report_free(r);

    reset();
    w.keep_rtmr = true;
    tdx->quote.td.rtmr[3][0] ^= 1;
    r = judge_forged(false, FORGE_NOW, DSTACK_STAGE_COLLATERAL,
        DSTACK_REASON_COLLATERAL_MISSING);
    failed(r, "collateral_format", "rtmr3_replay");
    all(r, of_signer, DSTACK_CHECK_PASSED);
    assert_int_equal(workload_check(r, "no_debug"), DSTACK_CHECK_NOT_RUN);
    assert_int_equal(dstack_report_claim_count(r), 0);
    dstack_report_free(r);
}

/* A debug TD without collateral: the reason is the missing collateral, the
 * report has both. */
static void
test_no_collateral_and_debug(void **state)
{
    dstack_report *r;

    (void)state;
    tdx->quote.td.td_attributes |= 1;
    r = judge_forged(false, FORGE_NOW, DSTACK_STAGE_COLLATERAL,
        DSTACK_REASON_COLLATERAL_MISSING);
    failed(r, "collateral_format", "no_debug");
    dstack_report_free(r);
}

/* Collateral that is there and does not hold. */
static void
test_bad_collateral(void **state)
{
    dstack_report *r;

    (void)state;
    tdx->tcb_info.doc.sig.flip = 1;
    r = judge_forged(
        true, FORGE_NOW, DSTACK_STAGE_COLLATERAL, DSTACK_REASON_TCB_INFO_SIG);
    failed(r, "tcb_info", NULL);
    assert_int_equal(workload_check(r, "revocation"), DSTACK_CHECK_NOT_RUN);
    all(r, of_tcb, DSTACK_CHECK_NOT_RUN);
    all(r, of_signer, DSTACK_CHECK_PASSED);
    all(r, of_content, DSTACK_CHECK_PASSED);
    dstack_report_free(r);

    /* Of last month. */
    reset();
    r = judge_forged(true, FORGE_NOW + 40 * FORGE_DAY, DSTACK_STAGE_REVOCATION,
        DSTACK_REASON_ROOT_CRL_TIME);
    failed(r, "root_crl", NULL);
    all(r, of_tcb, DSTACK_CHECK_NOT_RUN);
    all(r, of_signer, DSTACK_CHECK_PASSED);
    all(r, of_content, DSTACK_CHECK_PASSED);
    dstack_report_free(r);
}

/* A platform that is revoked, or of another FMSPC: who signed is known. */
static void
test_bad_platform(void **state)
{
    dstack_report *r;

    (void)state;
    for (size_t i = 0; i < tdx->tcb_info.level_n; i++)
        tdx->tcb_info.levels[i].status = "Revoked";
    r = judge_forged(
        true, FORGE_NOW, DSTACK_STAGE_TCB, DSTACK_REASON_TCB_REVOKED);
    failed(r, "tcb_not_revoked", NULL);
    assert_int_equal(
        workload_check(r, "policy_tcb_status"), DSTACK_CHECK_NOT_RUN);
    all(r, of_signer, DSTACK_CHECK_PASSED);
    all(r, of_content, DSTACK_CHECK_PASSED);
    dstack_report_free(r);

    reset();
    tdx->tcb_info.fmspc[0] ^= 1;
    r = judge_forged(true, FORGE_NOW, DSTACK_STAGE_COLLATERAL,
        DSTACK_REASON_TCB_INFO_MISMATCH);
    failed(r, "tcb_info_match", NULL);
    assert_int_equal(
        workload_check(r, "qe_identity_match"), DSTACK_CHECK_NOT_RUN);
    all(r, of_tcb, DSTACK_CHECK_NOT_RUN);
    all(r, of_signer, DSTACK_CHECK_PASSED);
    all(r, of_content, DSTACK_CHECK_PASSED);
    dstack_report_free(r);
}

/* A quote alone, by the function for quotes. */
static void
test_quote_alone(void **state)
{
    dstack_report *r = NULL;
    dstack_error err;

    (void)state;
    assert_int_equal(forge_build(tdx), 0);
    assert_int_equal(dstack_verifier_verify_quote(own, tdx->out.quote.p,
                         tdx->out.quote.n, NULL, NULL, FORGE_NOW, &r, &err),
        DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_COLLATERAL_MISSING);
    failed(r, "collateral_format", "policy_names_workload");
    all(r, of_signer, DSTACK_CHECK_PASSED);
    dstack_report_free(r);
}

/* ---- real evidence --------------------------------------------------------------- */

/* 2026-05-28, when the machine's PCK certificate is valid. */
#define LITE_NOW INT64_C(1780000000)

static void
check_lite(const dstack_report *r)
{
    static const char *const image[] = {"image_config", "image_identity",
        "image_mrtd", "image_acpi_events", "image_rtmr0", "image_rtmr1",
        "image_rtmr2", NULL};
    const uint8_t *p;
    char hex[41];
    size_t n;

    failed(r, "collateral_format", NULL);
    all(r, of_collateral, DSTACK_CHECK_NOT_RUN);
    all(r, of_tcb, DSTACK_CHECK_NOT_RUN);
    all(r, of_signer, DSTACK_CHECK_PASSED);
    all(r, image, DSTACK_CHECK_PASSED);
    for (const char *const *c = of_content; *c; c++)
        if (strcmp(*c, "event_lists") != 0) /* an answer has one list */
            assert_int_equal(workload_check(r, *c), DSTACK_CHECK_PASSED);
    assert_int_equal(dstack_report_image_is_bound(r), 1);
    assert_int_equal(
        dstack_report_claim_bound_by(r, "os_image_hash"), DSTACK_BOUND_IMAGE);
    p = dstack_report_claim(r, "app_id", &n);
    assert_int_equal(n, 20);
    ds_hex_encode(ds_view_of(p, n), hex);
    assert_string_equal(hex, "86b0e55f2fa8e4fb69d890f14f54d5612707646e");
    p = dstack_report_pck(r, "fmspc", &n);
    assert_memory_equal(p, "\x90\xc0\x6f\0\0\0", 6);
}

static void
test_lite(void **state)
{
    static const char *const files[] = {
        "dstack/lite.getquote.json", "dstack/lite.attestation.json"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        ds_view file = vec_real(files[i]);
        dstack_report *r = judge(intel, file, NULL, LITE_NOW,
            DSTACK_STAGE_COLLATERAL, DSTACK_REASON_COLLATERAL_MISSING);

        check_lite(r);
        dstack_report_free(r);
        /* A day before the PCK certificate begins. */
        r = judge(intel, file, NULL, INT64_C(1776128400),
            DSTACK_STAGE_COLLATERAL, DSTACK_REASON_COLLATERAL_MISSING);
        failed(r, "collateral_format", "pck_chain");
        dstack_report_free(r);
        vec_free(file);
    }
}

/* With collateral that was forged for its FMSPC the refusal names the first
 * thing that differs: by Intel's root the collateral's chain, by the forged
 * root the platform's own. */
static void
test_lite_forged(void **state)
{
    ds_view file = vec_real("dstack/lite.getquote.json");
    dstack_collateral *c;
    dstack_report *r;

    (void)state;
    memcpy(tdx->tcb_info.fmspc, "\x90\xc0\x6f\0\0\0", 6);
    assert_int_equal(forge_build(tdx), 0);
    c = collateral_of(ds_view_of(tdx->out.collateral.p, tdx->out.collateral.n));
    r = judge(
        intel, file, c, FORGE_NOW, DSTACK_STAGE_CHAIN, DSTACK_REASON_ROOT_PIN);
    failed(r, "pck_crl_issuer_chain", NULL);
    all(r, of_signer, DSTACK_CHECK_PASSED);
    assert_int_equal(workload_check(r, "rtmr3_replay"), DSTACK_CHECK_PASSED);
    dstack_report_free(r);
    r = judge(
        own, file, c, FORGE_NOW, DSTACK_STAGE_CHAIN, DSTACK_REASON_ROOT_PIN);
    failed(r, "pck_chain", NULL);
    assert_int_equal(workload_check(r, "tcb_info"), DSTACK_CHECK_PASSED);
    assert_int_equal(
        workload_check(r, "qe_report_signature"), DSTACK_CHECK_NOT_RUN);
    assert_int_equal(workload_check(r, "rtmr3_replay"), DSTACK_CHECK_NOT_RUN);
    dstack_report_free(r);
    dstack_collateral_free(c);
    vec_free(file);
}

/* Intel's collateral for the same FMSPC, of an earlier month. */
static void
test_lite_expired(void **state)
{
    ds_view file = vec_real("dstack/lite.getquote.json");
    ds_view text = vec_real("dstack/full-image.collateral.json");
    dstack_collateral *c = collateral_of(text);
    dstack_report *r = judge(intel, file, c, LITE_NOW, DSTACK_STAGE_REVOCATION,
        DSTACK_REASON_ROOT_CRL_TIME); /* it ended on 2026-04-03 */

    (void)state;
    failed(r, "root_crl", NULL);
    all(r, of_signer, DSTACK_CHECK_PASSED);
    all(r, of_tcb, DSTACK_CHECK_NOT_RUN);
    assert_int_equal(dstack_report_image_is_bound(r), 1);
    dstack_report_free(r);
    dstack_collateral_free(c);
    vec_free(text);
    vec_free(file);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_collateral, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_no_collateral_and_more, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_no_collateral_and_debug, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_collateral, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_platform, setup, teardown),
        cmocka_unit_test_setup_teardown(test_quote_alone, setup, teardown),
        cmocka_unit_test(test_lite),
        cmocka_unit_test_setup_teardown(test_lite_forged, setup, teardown),
        cmocka_unit_test(test_lite_expired),
    };

    return cmocka_run_group_tests_name(
        "refusal", tests, group_setup, group_teardown);
}
