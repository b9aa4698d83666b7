/* SPDX-License-Identifier: Apache-2.0 */
/* Policies about a guest's init scripts, its GPUs, who keeps its keys, and
 * report data that stands for content. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "dstack/dstack.h"
#include "support/workload.h"

static forge *f;
static workload w;
static dstack_verifier *verifier;
static dstack_policy *policy;
static dstack_report *report;
static dstack_error err;

static int
group_setup(void **state)
{
    (void)state;
    f = forge_new(FORGE_TDX_V4, "workload policy");
    if (!f || forge_build(f) != 0)
        return -1;
    verifier = workload_verifier(f);
    return verifier ? 0 : -1;
}

static int
group_teardown(void **state)
{
    (void)state;
    dstack_verifier_free(verifier);
    forge_free(f);
    return 0;
}

static void
new_policy(void)
{
    dstack_policy_free(policy);
    policy = NULL;
    assert_int_equal(dstack_policy_new(&policy, NULL), 0);
    dstack_policy_accept_any_workload(policy);
}

static int
setup(void **state)
{
    (void)state;
    forge_reset(f, FORGE_TDX_V4);
    workload_begin(&w, f);
    memcpy(w.a.report_data, f->quote.td.report_data, 64);
    new_policy();
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    dstack_report_free(report);
    report = NULL;
    dstack_policy_free(policy);
    policy = NULL;
    workload_end(&w);
    return 0;
}

static void
fresh(void)
{
    workload_end(&w);
    setup(NULL);
}

static int
judge(void)
{
    dstack_collateral *c = NULL;
    dstack_evidence *e = NULL;
    int rc;

    workload_copy_runtime(&w);
    workload_build(&w);
    assert_int_equal(dstack_evidence_parse(w.bytes.p, w.bytes.n, &e, &err), 0);
    assert_int_equal(dstack_collateral_parse(
                         f->out.collateral.p, f->out.collateral.n, &c, &err),
        0);
    dstack_report_free(report);
    rc = dstack_verifier_verify(
        verifier, e, c, policy, FORGE_NOW, &report, &err);
    dstack_evidence_free(e);
    dstack_collateral_free(c);
    return rc;
}

static void
expect_yes(void)
{
    if (judge() != DSTACK_OK)
        fail_msg("%s", err.message);
}

/* Genuine, and refused by this check alone. */
static void
expect_no(const char *check, int reason)
{
    assert_int_equal(judge(), DSTACK_ERR_POLICY);
    if (err.reason != reason)
        fail_msg("%s", err.message);
    assert_int_equal(err.stage, DSTACK_STAGE_POLICY);
    assert_int_equal(dstack_report_is_authentic(report), 1);
    for (size_t i = 0; i < dstack_report_check_count(report); i++)
        assert_int_equal(
            dstack_report_check_result(report, i) == DSTACK_CHECK_FAILED,
            strcmp(dstack_report_check_name(report, i), check) == 0);
}

/* Behind the event of that name. */
static void
insert(const char *behind, const char *name, ds_view payload)
{
    size_t i = 0;

    while (!ds_view_eq_str(w.runtime[i].name, behind))
        assert_true(++i < w.a.runtime_count);
    i++;
    memmove(&w.runtime[i + 1], &w.runtime[i],
        (w.a.runtime_count++ - i) * sizeof w.runtime[0]);
    w.runtime[i] = (ds_event){.imr = 3,
        .type = DS_EVENT_RUNTIME,
        .version = 1,
        .name = ds_view_str(name),
        .payload = payload};
}

/* ---- init scripts ------------------------------------------------------------- */

static uint8_t script[3][32];

static void
run_scripts(void)
{
    memset(script[0], 1, 32);
    memset(script[1], 2, 32);
    memset(script[2], 1, 32);
    insert("compose-hash", "init-script-hash", ds_view_of(script[1], 32));
    insert("compose-hash", "init-script-hash", ds_view_of(script[0], 32));
}

static void
expect_scripts(size_t first, size_t n)
{
    assert_int_equal(
        dstack_policy_expect_init_scripts(policy, script[first], n, &err), 0);
}

#define NO_SCRIPTS "policy_init_scripts", DSTACK_REASON_POLICY_INIT_SCRIPTS

static void
test_scripts(void **state)
{
    (void)state;
    run_scripts();
    expect_yes();
    expect_scripts(0, 2);
    expect_yes();
    for (size_t i = 0; i < 4; i++) {
        static const size_t other[][2] = {{1, 2}, {0, 1}, {0, 3}, {0, 0}};

        new_policy();
        expect_scripts(other[i][0], other[i][1]);
        expect_no(NO_SCRIPTS);
    }
    /* One of the lists. */
    expect_scripts(1, 2);
    expect_no(NO_SCRIPTS);
    expect_scripts(0, 2);
    expect_yes();
    /* None may run, and none did. */
    fresh();
    assert_int_equal(
        dstack_policy_expect_init_scripts(policy, NULL, 0, &err), 0);
    expect_yes();
    new_policy();
    expect_scripts(0, 1);
    expect_no(NO_SCRIPTS);
}

/* What ran behind "system-ready" or is bound by nothing is not known. */
static void
test_scripts_unbound(void **state)
{
    dstack_collateral *c = NULL;

    (void)state;
    run_scripts();
    insert("system-ready", "init-script-hash", ds_view_of(script[0], 32));
    expect_scripts(0, 2);
    expect_yes();
    assert_int_equal(
        dstack_policy_accept_workload_rule(policy, DSTACK_RULE_REPLAY, &err),
        0);
    expect_no(NO_SCRIPTS);
    new_policy();
    assert_int_equal(
        dstack_policy_expect_init_scripts(policy, NULL, 0, &err), 0);
    assert_int_equal(dstack_collateral_parse(
                         f->out.collateral.p, f->out.collateral.n, &c, &err),
        0);
    assert_int_equal(dstack_verifier_verify_quote(verifier, f->out.quote.p,
                         f->out.quote.n, c, policy, FORGE_NOW, NULL, &err),
        DSTACK_ERR_POLICY);
    assert_int_equal(err.reason, DSTACK_REASON_POLICY_INIT_SCRIPTS);
    dstack_collateral_free(c);
}

/* ---- GPUs ----------------------------------------------------------------------- */

#define EVIDENCE "{\"result_code\":0}\n"
/* sha256 of EVIDENCE, by sha256sum. */
#define EVIDENCE_HASH \
    "15bfec25cd4048a1f3624747c49b779171390a2a6247dfe669af75b8f6647dae"
#define GPU(devices, devtools) \
    "{\"version\":2,\"provider\":\"nvidia\",\"devices\":" devices \
    ",\"cc_mode\":\"on\",\"devtools\":" devtools \
    ",\"evidence_sha256\":\"" EVIDENCE_HASH "\"}"

#define NO_GPU "policy_gpu", DSTACK_REASON_POLICY_GPU

static void
test_gpu(void **state)
{
    (void)state;
    dstack_policy_require_gpu(policy);
    expect_no(NO_GPU);
    assert_int_equal(dstack_report_gpu_count(report), 0);
    insert("compose-hash", "gpu-attestation", ds_view_str(GPU("8", "false")));
    expect_yes();
    assert_int_equal(dstack_report_gpu_count(report), 8);
    assert_int_equal(dstack_policy_expect_gpu_count(policy, 1, &err), 0);
    expect_no(NO_GPU);
    assert_int_equal(dstack_policy_expect_gpu_count(policy, 8, &err), 0);
    expect_yes();
    /* The number alone requires them as well. */
    fresh();
    assert_int_equal(dstack_policy_expect_gpu_count(policy, 64, &err), 0);
    expect_no(NO_GPU);
    insert("compose-hash", "gpu-attestation", ds_view_str(GPU("64", "false")));
    expect_yes();
    assert_int_equal(
        dstack_policy_accept_workload_rule(policy, DSTACK_RULE_REPLAY, &err),
        0);
    expect_no(NO_GPU);
    assert_int_equal(dstack_report_gpu_count(report), 0);
    /* Twice, also where a policy does not ask that. */
    fresh();
    dstack_policy_require_gpu(policy);
    insert("compose-hash", "gpu-attestation", ds_view_str(GPU("1", "false")));
    insert("compose-hash", "gpu-attestation", ds_view_str(GPU("1", "false")));
    assert_int_equal(
        dstack_policy_accept_workload_rule(policy, DSTACK_RULE_GPU, &err), 0);
    expect_no(NO_GPU);
    /* By the app. */
    fresh();
    dstack_policy_require_gpu(policy);
    insert("system-ready", "gpu-attestation", ds_view_str(GPU("1", "false")));
    expect_no(NO_GPU);
}

static void
test_gpu_devtools(void **state)
{
    (void)state;
    insert("compose-hash", "gpu-attestation", ds_view_str(GPU("1", "true")));
    expect_yes();
    dstack_policy_require_gpu(policy);
    expect_no(NO_GPU);
    dstack_policy_accept_gpu_devtools(policy);
    expect_yes();
}

static void
test_gpu_statements(void **state)
{
#define HASH ",\"evidence_sha256\":\"" EVIDENCE_HASH "\""
    static const char *const bad[] = {
        GPU("0", "false"),
        GPU("65", "false"),
        GPU("-1", "false"),
        GPU("\"1\"", "false"),
        GPU("1", "0"),
        GPU("1", "false,\"more\":1"),
        "{}",
        "{\"version\":3,\"provider\":\"nvidia\",\"devices\":1,\"cc_mode\":"
        "\"on\",\"devtools\":false" HASH "}",
        "{\"version\":1,\"provider\":\"nvidia\",\"devices\":1,\"cc_mode\":"
        "\"on\",\"devtools\":false" HASH "}",
        "{\"version\":2,\"provider\":\"other\",\"devices\":1,\"cc_mode\":"
        "\"on\",\"devtools\":false" HASH "}",
        "{\"version\":2,\"provider\":\"nvidia\",\"devices\":1,\"cc_mode\":"
        "\"off\",\"devtools\":false" HASH "}",
        "{\"version\":2,\"provider\":\"nvidia\",\"devices\":1,\"cc_mode\":"
        "\"on\",\"x\":false" HASH "}",
        "{\"version\":2,\"provider\":\"nvidia\",\"devices\":1,\"cc_mode\":"
        "\"on\",\"devtools\":false,\"evidence_sha256\":\"00\"}",
        "{\"version\":2,\"provider\":\"nvidia\",\"devices\":1,\"cc_mode\":"
        "\"on\",\"devtools\":false}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        fresh();
        insert("compose-hash", "gpu-attestation", ds_view_str(bad[i]));
        expect_yes();
        assert_int_equal(dstack_report_gpu_count(report), 0);
        dstack_policy_require_gpu(policy);
        expect_no(NO_GPU);
    }
}

static void
expect_evidence(const char *text, size_t n, int rc)
{
    assert_int_equal(dstack_report_check_gpu_evidence(
                         report, (const uint8_t *)text, n, &err),
        rc);
    assert_int_equal(
        err.reason, rc == DSTACK_OK ? 0 : DSTACK_REASON_GPU_EVIDENCE);
    assert_int_equal(err.stage, rc == DSTACK_OK ? 0 : DSTACK_STAGE_WORKLOAD);
}

static void
test_gpu_evidence(void **state)
{
    char *json = NULL;
    size_t n = sizeof EVIDENCE - 1;

    (void)state;
    insert("compose-hash", "gpu-attestation", ds_view_str(GPU("1", "false")));
    expect_yes();
    expect_evidence(EVIDENCE, n, DSTACK_OK);
    expect_evidence(EVIDENCE, n - 1, DSTACK_ERR_UNTRUSTED);
    expect_evidence("{\"result_code\":1}\n", n, DSTACK_ERR_UNTRUSTED);
    expect_evidence("", 0, DSTACK_ERR_UNTRUSTED);
    assert_int_equal(dstack_report_to_json(report, &json, &n, &err), 0);
    assert_non_null(strstr(json, "\"gpu\":{\"devices\":1,\"devtools\":false,"
                                 "\"evidence_sha256\":\"" EVIDENCE_HASH "\"}"));
    dstack_free(json);
    n = sizeof EVIDENCE - 1;
    assert_int_equal(dstack_report_check_gpu_evidence(report, NULL, 0, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_report_check_gpu_evidence(
                         NULL, (const uint8_t *)EVIDENCE, n, &err),
        DSTACK_ERR_ARG);
    /* The policy's no changes nothing; the hardware's does. */
    assert_int_equal(dstack_policy_expect_gpu_count(policy, 2, &err), 0);
    expect_no(NO_GPU);
    expect_evidence(EVIDENCE, n, DSTACK_OK);
    f->quote.signer = FORGE_KEY_ROGUE;
    assert_int_equal(judge(), DSTACK_ERR_UNTRUSTED);
    expect_evidence(EVIDENCE, n, DSTACK_ERR_UNTRUSTED);
    fresh();
    expect_yes();
    expect_evidence(EVIDENCE, n, DSTACK_ERR_UNTRUSTED);
}

/* ---- who keeps the keys ------------------------------------------------------------ */

static void
expect_keeper(const char *name, bool deny)
{
    const uint8_t *p = (const uint8_t *)name;

    assert_int_equal(deny ? dstack_policy_deny_field(policy,
                                "key_provider_name", p, strlen(name), &err)
                          : dstack_policy_expect_field(policy,
                                "key_provider_name", p, strlen(name), &err),
        0);
}

static void
test_key_provider(void **state)
{
    (void)state;
    expect_keeper("local-sgx", false);
    expect_no("policy_claims", DSTACK_REASON_POLICY_CLAIM);
    assert_non_null(
        strstr(err.message, "key_provider_name is kms, expected local-sgx"));
    expect_keeper("kms", false);
    expect_yes();
    expect_keeper("none", true);
    expect_yes();
    expect_keeper("kms", true);
    expect_no("policy_claims", DSTACK_REASON_POLICY_CLAIM);
    assert_non_null(
        strstr(err.message, "key_provider_name is kms, which is denied"));
}

/* ---- the document -------------------------------------------------------------------- */

#define ONES \
    "\"0101010101010101010101010101010101010101010101010101010101010101\""
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static const struct {
    const char *member;
    int rc;
} cases[] = {
    {"\"expect_init_scripts\":[[" ONES "]]", DSTACK_OK},
    {"\"expect_init_scripts\":[[],[" ONES "]]", DSTACK_OK},
    {"\"expect_init_scripts\":[[]]", DSTACK_ERR_POLICY},
    {"\"expect_init_scripts\":[]", DSTACK_ERR_PARSE},
    {"\"expect_init_scripts\":[" ONES "]", DSTACK_ERR_PARSE},
    {"\"expect_init_scripts\":[[\"01\"]]", DSTACK_ERR_PARSE},
    {"\"expect_init_scripts\":[[" ONES "," ONES "," ONES "," ONES "," ONES "]]",
        DSTACK_ERR_POLICY},
    {"\"expect_init_scripts\":[[" ONES "," ONES "," ONES "," ONES "," ONES
     "," ONES "]]",
        DSTACK_ERR_PARSE},
    {"\"expect_init_scripts\":[[" ONES "," ONES "," ONES "," ONES "," ONES
     "," ONES "," ONES "]]",
        DSTACK_ERR_PARSE},
    {"\"require_gpu\":true", DSTACK_OK},
    {"\"require_gpu\":1", DSTACK_ERR_PARSE},
    {"\"expect_gpu_count\":[1]", DSTACK_ERR_POLICY},
    {"\"expect_gpu_count\":[1,2]", DSTACK_OK},
    {"\"expect_gpu_count\":[0]", DSTACK_ERR_PARSE},
    {"\"expect_gpu_count\":[65]", DSTACK_ERR_PARSE},
    {"\"expect_gpu_count\":[]", DSTACK_ERR_PARSE},
    {"\"expect_gpu_count\":2", DSTACK_ERR_PARSE},
    {"\"accept_gpu_devtools\":true", DSTACK_OK},
    {"\"expect\":{\"key_provider_name\":\"kms\"}", DSTACK_OK},
    {"\"expect\":{\"key_provider_name\":[\"tpm\",\"kms\"]}", DSTACK_OK},
    {"\"deny\":{\"key_provider_name\":[\"kms\"]}", DSTACK_ERR_POLICY},
    {"\"expect\":{\"key_provider_name\":\"\"}", DSTACK_ERR_PARSE},
    {"\"expect_report_data\":{\"content\":\"test content\"}", DSTACK_OK},
    {"\"expect_report_data\":{\"content_hex\":"
     "\"7465737420636f6e74656e74\",\"tag\":\"app-data\",\"hash\":"
     "\"sha512\"}",
        DSTACK_OK},
    {"\"expect_report_data\":{\"content\":\"test \\u0063ontent\"}", DSTACK_OK},
    {"\"expect_report_data\":{\"content\":\"test contenu\"}",
        DSTACK_ERR_POLICY},
    {"\"expect_report_data\":{\"content\":\"test content\",\"tag\":"
     "\"ratls-cert\"}",
        DSTACK_ERR_POLICY},
    {"\"expect_report_data\":{\"content\":\"test content\",\"hash\":"
     "\"sha384\"}",
        DSTACK_ERR_POLICY},
    {"\"expect_report_data\":{\"content\":\"\"}", DSTACK_ERR_POLICY},
    {"\"expect_report_data\":{\"content_hex\":\"" ZEROS ZEROS
     "\",\"hash\":\"raw\"}",
        DSTACK_ERR_POLICY},
    {"\"expect_report_data\":{}", DSTACK_ERR_PARSE},
    {"\"expect_report_data\":{\"content\":\"\",\"content_hex\":\"\"}",
        DSTACK_ERR_PARSE},
    {"\"expect_report_data\":{\"content\":5}", DSTACK_ERR_PARSE},
    {"\"expect_report_data\":{\"content_hex\":\"0\"}", DSTACK_ERR_PARSE},
    {"\"expect_report_data\":{\"content\":\"\",\"hash\":\"md5\"}",
        DSTACK_ERR_PARSE},
    {"\"expect_report_data\":{\"content\":\"\",\"hash\":\"raw\"}",
        DSTACK_ERR_PARSE},
    {"\"expect_report_data\":{\"content\":\"\",\"tag\":\"\"}",
        DSTACK_ERR_PARSE},
    {"\"expect_report_data\":{\"content\":\"\",\"tag\":\"app:data\"}",
        DSTACK_ERR_PARSE},
    {"\"expect_report_data\":{\"content\":\"\",\"salt\":\"\"}",
        DSTACK_ERR_PARSE},
};

static void
test_json(void **state)
{
    static uint8_t ones[32];

    (void)state;
    memset(ones, 1, sizeof ones);
    insert("compose-hash", "gpu-attestation", ds_view_str(GPU("2", "false")));
    insert("compose-hash", "init-script-hash", ds_view_of(ones, 32));
    /* sha512("app-data:test content"), platforms.md 6.2. */
    assert_true(ds_hex_decode(
        ds_view_str("7ea0b744ed5e9c0c83ff9f575668e1697652cd349f2027cdf26f918d4c"
                    "53e8cd50b5ea9b449b4c3d50e20ae00ec29688d5a214e8daff8a10041f"
                    "5d624dae8a01"),
        w.a.report_data, 64));
    memcpy(f->quote.td.report_data, w.a.report_data, 64);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024];
        int rc;

        snprintf(text, sizeof text, "{\"accept_any_workload\":true,%s}",
            cases[i].member);
        dstack_policy_free(policy);
        policy = NULL;
        rc = dstack_policy_parse(
            (const uint8_t *)text, strlen(text), &policy, &err);
        if (rc == DSTACK_OK)
            rc = judge();
        if (rc != cases[i].rc)
            fail_msg("%s: %s", cases[i].member, err.message);
    }
}

static void
test_arguments(void **state)
{
    const uint8_t hashes[32] = {0};

    (void)state;
    assert_int_equal(dstack_policy_expect_init_scripts(NULL, hashes, 1, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_policy_expect_init_scripts(policy, NULL, 1, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_policy_expect_init_scripts(policy, hashes, 6, NULL),
        DSTACK_ERR_ARG);
    for (size_t i = 0; i < 1024; i++)
        assert_int_equal(
            dstack_policy_expect_init_scripts(policy, hashes, 1, &err), 0);
    assert_int_equal(dstack_policy_expect_init_scripts(policy, hashes, 1, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_policy_expect_gpu_count(NULL, 1, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_policy_expect_gpu_count(policy, 0, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_policy_expect_gpu_count(policy, 65, &err), DSTACK_ERR_ARG);
    dstack_policy_require_gpu(NULL);
    dstack_policy_accept_gpu_devtools(NULL);
    assert_int_equal(dstack_report_gpu_count(NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_scripts),
        TEST(test_scripts_unbound),
        TEST(test_gpu),
        TEST(test_gpu_devtools),
        TEST(test_gpu_statements),
        TEST(test_gpu_evidence),
        TEST(test_key_provider),
        TEST(test_json),
        TEST(test_arguments),
    };

    return cmocka_run_group_tests_name(
        "workload policy", tests, group_setup, group_teardown);
}
