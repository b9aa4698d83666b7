/* SPDX-License-Identifier: Apache-2.0 */
/* The OS image in a whole judgement: the report, the claim that it binds, and
 * policies about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "dstack/dstack.h"
#include "support/image.h"
#include "support/vec.h"
#include "verify/verify.h"

static forge *tdx;
static image_evidence e;
static image_release release;
static dstack_verifier *verifier;
static dstack_policy *policy;
static dstack_report *report;
static dstack_image *image;
static dstack_acpi *acpi;

static int
group_setup(void **state)
{
    (void)state;
    tdx = forge_new(FORGE_TDX_V4, "image verify");
    return tdx && forge_build(tdx) == 0 ? 0 : -1;
}

static int
group_teardown(void **state)
{
    (void)state;
    forge_free(tdx);
    return 0;
}

static int
setup(void **state)
{
    (void)state;
    verifier = workload_verifier(tdx);
    if (!verifier || dstack_policy_new(&policy, NULL) != DSTACK_OK ||
        dstack_acpi_new(&acpi, NULL) != DSTACK_OK)
        return -1;
    dstack_policy_accept_any_workload(policy);
    forge_reset(tdx, FORGE_TDX_V4);
    image_begin(&e, tdx);
    image_release_begin(&release);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    dstack_report_free(report);
    report = NULL;
    dstack_policy_free(policy);
    dstack_verifier_free(verifier);
    dstack_image_free(image);
    image = NULL;
    dstack_acpi_free(acpi);
    image_release_end(&release);
    image_end(&e);
    return 0;
}

/* Evidence of a VM that booted the release, without a document. */
static void
use_release(void)
{
    e.no_document = true;
    e.variant = NULL;
    e.os_image_hash = release.hash;
    memcpy(tdx->quote.td.mr_td, release.mr_td[DS_PASS_TWO], 48);
    for (size_t i = 0; i < 3; i++)
        memcpy(tdx->quote.td.rtmr[i], release.rtmr[i], 48);
}

static void
add_release(void)
{
    dstack_image_free(image);
    image = image_release_open(&release, "fki");
    assert_int_equal(dstack_verifier_add_image(verifier, image), 0);
}

static int
judge(dstack_error *err)
{
    dstack_collateral *c;
    dstack_evidence *evidence;
    int rc;

    dstack_report_free(report);
    image_build(&e);
    assert_int_equal(dstack_evidence_parse(workload_bytes(&e.w).p,
                         workload_bytes(&e.w).n, &evidence, err),
        0);
    assert_int_equal(dstack_collateral_parse(
                         tdx->out.collateral.p, tdx->out.collateral.n, &c, err),
        0);
    rc = dstack_verifier_verify(
        verifier, evidence, c, policy, FORGE_NOW, &report, err);
    dstack_collateral_free(c);
    dstack_evidence_free(evidence);
    assert_non_null(report);
    return rc;
}

static void
expect_yes(int bound)
{
    dstack_error err;

    if (judge(&err) != DSTACK_OK)
        fail_msg("%s", err.message);
    assert_int_equal(dstack_report_image_is_bound(report), bound);
    assert_int_equal(dstack_report_claim_bound_by(report, "os_image_hash"),
        bound ? DSTACK_BOUND_IMAGE : 0);
}

static void
expect_no(int stage, int reason)
{
    dstack_error err;

    assert_int_not_equal(judge(&err), DSTACK_OK);
    if (err.reason != reason)
        fail_msg("%s: %s", dstack_reason_name(err.reason), err.message);
    assert_int_equal(err.stage, stage);
    assert_int_equal(
        dstack_report_is_authentic(report), stage == DSTACK_STAGE_POLICY);
}

static void
expect_json(const char *what)
{
    char *json;

    assert_int_equal(dstack_report_to_json(report, &json, NULL, NULL), 0);
    if (!strstr(json, what))
        fail_msg("%s lacks %s", json, what);
    dstack_free(json);
}

static void
test_document(void **state)
{
    (void)state;
    expect_yes(1);
    assert_int_equal(
        dstack_report_image_level(report), DSTACK_IMAGE_LEVEL_NONE);
    assert_null(dstack_report_image_version(report, NULL));
    assert_int_equal(dstack_report_image_is_dev(report), -1);
    assert_int_equal(dstack_report_image_reason(report), 0);
    expect_json("\"image\":{\"bound\":true,\"hash\":\"e6f5cfec20c0");
    tdx->quote.td.rtmr[1][0] ^= 1;
    expect_no(DSTACK_STAGE_IMAGE, DSTACK_REASON_IMAGE_RTMR1);
    assert_int_equal(dstack_report_image_is_bound(report), 0);
}

static void
test_files(void **state)
{
    size_t n;

    (void)state;
    use_release();
    expect_yes(0);
    assert_int_equal(
        dstack_report_image_reason(report), DSTACK_REASON_IMAGE_MISSING);
    expect_json("\"image\":{\"bound\":false,\"reason\":\"image_missing\"}");
    add_release();
    expect_yes(1);
    assert_string_equal(dstack_report_image_version(report, &n), "0.6.0");
    assert_int_equal(n, 5);
    assert_int_equal(dstack_report_image_is_dev(report), 0);
    expect_json("\"level\":\"none\",\"version\":\"0.6.0\",\"is_dev\":false}");
    /* Who knows images takes no others. */
    e.os_image_hash = image_hash;
    expect_no(DSTACK_STAGE_IMAGE, DSTACK_REASON_IMAGE_HASH);
}

static void
parse_policy(const char *text)
{
    dstack_error err;

    dstack_policy_free(policy);
    if (dstack_policy_parse(
            (const uint8_t *)text, strlen(text), &policy, &err) != DSTACK_OK)
        fail_msg("%s", err.message);
}

static void
test_policy_image(void **state)
{
    (void)state;
    parse_policy("{\"accept_any_workload\":true,\"require_image\":\"none\"}");
    expect_yes(1);
    use_release();
    expect_no(DSTACK_STAGE_POLICY, DSTACK_REASON_POLICY_IMAGE);
    add_release();
    expect_yes(1);
    /* The hash is a claim that a policy may ask for once it is bound. */
    assert_int_equal(dstack_policy_expect_field(policy, "os_image_hash",
                         dstack_image_hash(image, NULL), 32, NULL),
        0);
    expect_yes(1);
}

static void
test_policy_level(void **state)
{
    uint8_t d[3][48];
    dstack_error err;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_true(ds_hex_decode(ds_view_str(e.acpi[i]), d[i], 48));
    assert_int_equal(
        dstack_policy_require_image(policy, 3, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_policy_require_image(NULL, 0, &err), DSTACK_ERR_ARG);
    parse_policy("{\"accept_any_workload\":true,\"require_image\":\"layout\"}");
    expect_yes(1);
    assert_int_equal(
        dstack_report_image_level(report), DSTACK_IMAGE_LEVEL_LAYOUT);
    /* A number of CPUs that the tables do not have. */
    e.cpus = "4";
    expect_no(DSTACK_STAGE_POLICY, DSTACK_REASON_POLICY_IMAGE_LEVEL);
    e.cpus = "2";
    parse_policy("{\"accept_any_workload\":true,\"require_image\":\"full\"}");
    expect_no(DSTACK_STAGE_POLICY, DSTACK_REASON_POLICY_IMAGE_LEVEL);
    assert_int_equal(
        dstack_report_image_level(report), DSTACK_IMAGE_LEVEL_LAYOUT);
    assert_int_equal(
        dstack_acpi_add_digests(acpi, 2, d[0], 48, d[1], 48, d[2], 48, &err),
        0);
    assert_int_equal(dstack_verifier_set_acpi(verifier, acpi), 0);
    expect_yes(1);
    assert_int_equal(
        dstack_report_image_level(report), DSTACK_IMAGE_LEVEL_FULL);
    assert_int_equal(dstack_verifier_set_acpi(verifier, NULL), 0);
    expect_no(DSTACK_STAGE_POLICY, DSTACK_REASON_POLICY_IMAGE_LEVEL);
}

static void
test_policy_production(void **state)
{
    (void)state;
    parse_policy("{\"accept_any_workload\":true,"
                 "\"require_production_image\":true}");
    /* A document does not say. */
    expect_no(DSTACK_STAGE_POLICY, DSTACK_REASON_POLICY_IMAGE_DEV);
    use_release();
    expect_no(DSTACK_STAGE_POLICY, DSTACK_REASON_POLICY_IMAGE);
    add_release();
    expect_yes(1);
    dstack_policy_require_production_image(NULL);
}

/* What a release's metadata says, 0.6.0, against what is asked. */
static void
test_policy_version(void **state)
{
    static const char *const asked[] = {"0.5.11", "0.6.0", "0.6.1", "1.0.0"};
    static const char *const wrong[] = {"", "0", "0.6", "v0.6.0", "0.6.0-rc1",
        "0.6.0.1", "0.1024.0", "-1.0.0", " 0.6.0", "0.0.0"};
    char text[100];
    dstack_error err;

    (void)state;
    parse_policy("{\"accept_any_workload\":true,"
                 "\"require_image_version\":\"0.6.0\"}");
    /* A document does not say. */
    expect_no(DSTACK_STAGE_POLICY, DSTACK_REASON_POLICY_IMAGE_VERSION);
    use_release();
    expect_no(DSTACK_STAGE_POLICY, DSTACK_REASON_POLICY_IMAGE);
    add_release();
    for (size_t i = 0; i < 4; i++) {
        snprintf(text, sizeof text,
            "{\"accept_any_workload\":true,\"require_image_version\":\"%s\"}",
            asked[i]);
        parse_policy(text);
        if (i < 2)
            expect_yes(1);
        else
            expect_no(DSTACK_STAGE_POLICY, DSTACK_REASON_POLICY_IMAGE_VERSION);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(
            dstack_policy_require_image_version(policy, wrong[i], &err),
            DSTACK_ERR_ARG);
    assert_int_equal(dstack_policy_require_image_version(policy, NULL, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_policy_require_image_version(NULL, "1.0.0", &err),
        DSTACK_ERR_ARG);
}

/* Before a release is not the release; the highest call counts. */
static void
test_version_order(void **state)
{
    static const struct {
        const char *found, *asked;
        bool yes;
    } rows[] = {{"0.6.0-rc1", "0.6.0", false}, {"0.6.0-rc1", "0.5.9", true},
        {"0.6.1-rc1", "0.6.0", true}, {"0.6.0+build", "0.6.0", true},
        {"v0.6.0", "0.6.0", true}, {"0.10.0", "0.9.9", true},
        {"0.9.10", "0.10.0", false}, {"1.0.0", "0.1023.1023", true},
        {"six", "0.0.1", false}, {"", "0.0.1", false}};
    static ds_checks checks;
    static ds_facts facts;
    ds_image_facts known = {.bound = true, .is_dev = -1};
    dstack_quote *q = NULL;
    dstack_error err;

    (void)state;
    assert_int_equal(forge_build(tdx), 0);
    assert_int_equal(
        dstack_quote_parse(tdx->out.quote.p, tdx->out.quote.n, &q, &err), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dstack_policy *p = NULL;
        bool failed;

        assert_int_equal(dstack_policy_new(&p, &err), 0);
        dstack_policy_accept_any_workload(p);
        assert_int_equal(
            dstack_policy_require_image_version(p, rows[i].asked, &err), 0);
        assert_int_equal(
            dstack_policy_require_image_version(p, "0.0.1", &err), 0);
        strcpy(known.version, rows[i].found);
        ds_facts_init(&facts);
        facts.quote = q;
        facts.quote_signed = facts.authentic = true;
        ds_checks_init(&checks);
        (void)ds_policy_judge(p, &facts, NULL, NULL, &known, 0, &checks);
        failed = checks.at[DS_CHECK_POLICY_IMAGE].result == DS_FAILED;
        if (failed == rows[i].yes)
            fail_msg("%s for %s", rows[i].found, rows[i].asked);
        if (failed)
            assert_int_equal(checks.at[DS_CHECK_POLICY_IMAGE].reason,
                DSTACK_REASON_POLICY_IMAGE_VERSION);
        dstack_policy_free(p);
    }
    dstack_quote_free(q);
}

static void
test_policy_platform(void **state)
{
    dstack_error err;

    (void)state;
    parse_policy(
        "{\"accept_any_workload\":true,\"expect_platform\":[\"tdx\"]}");
    expect_yes(1);
    parse_policy(
        "{\"accept_any_workload\":true,\"expect_platform\":[\"sev-snp\"]}");
    expect_no(DSTACK_STAGE_POLICY, DSTACK_REASON_POLICY_PLATFORM);
    parse_policy("{\"accept_any_workload\":true,"
                 "\"expect_platform\":[\"sgx\",\"tdx\"]}");
    expect_yes(1);
    for (uint32_t i = 0; i < 40; i++)
        assert_int_equal(dstack_policy_expect_platform(policy, i, &err),
            i >= DSTACK_PLATFORM_TDX && i <= DSTACK_PLATFORM_SGX
                ? DSTACK_OK
                : DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_policy_expect_platform(NULL, 1, &err), DSTACK_ERR_ARG);
}

static void
test_arguments(void **state)
{
    (void)state;
    image = image_release_open(&release, "");
    assert_int_equal(dstack_verifier_add_image(NULL, image), DSTACK_ERR_ARG);
    assert_int_equal(dstack_verifier_add_image(verifier, NULL), DSTACK_ERR_ARG);
    for (int i = 0; i < 64; i++)
        assert_int_equal(dstack_verifier_add_image(verifier, image), 0);
    assert_int_equal(
        dstack_verifier_add_image(verifier, image), DSTACK_ERR_ARG);
    assert_int_equal(dstack_verifier_set_acpi(NULL, acpi), DSTACK_ERR_ARG);
    assert_int_equal(dstack_report_image_is_bound(NULL), 0);
    assert_int_equal(dstack_report_image_reason(NULL), 0);
    assert_int_equal(dstack_report_image_level(NULL), 0);
    assert_int_equal(dstack_report_image_is_dev(NULL), -1);
    assert_null(dstack_report_image_version(NULL, NULL));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_document),
        T(test_files),
        T(test_policy_image),
        T(test_policy_level),
        T(test_policy_production),
        T(test_policy_version),
        T(test_version_order),
        T(test_policy_platform),
        T(test_arguments),
    };

    return cmocka_run_group_tests_name(
        "image_verify", tests, group_setup, group_teardown);
}
