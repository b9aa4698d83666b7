/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest measures in the course of its boot: each rule broken by itself,
 * accepted by name, and left alone by the others; what counts as a claim, what
 * binds it, and mr_config_id. */
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
#include "support/vec.h"
#include "support/workload.h"
#include "verify/verify.h"
#include "workload/mr_config.h"

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
    f = forge_new(FORGE_TDX_V4, "story");
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
fresh(void)
{
    ds_buf_free(&w.bytes);
    forge_reset(f, FORGE_TDX_V4);
    workload_begin(&w, f);
    memcpy(w.a.report_data, f->quote.td.report_data, 64);
    memset(f->quote.td.mr_config_id, 0, 48);
    dstack_policy_free(policy);
    policy = NULL;
    assert_int_equal(dstack_policy_new(&policy, NULL), 0);
    dstack_policy_accept_any_workload(policy);
}

static int
setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    fresh();
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

static int
judge(void)
{
    dstack_collateral *c = NULL;
    dstack_evidence *e = NULL;
    int rc;

    workload_copy_runtime(&w);
    workload_build(&w);
    if (dstack_evidence_parse(w.bytes.p, w.bytes.n, &e, &err) != DSTACK_OK)
        fail_msg("%s", err.message);
    assert_int_equal(dstack_collateral_parse(
                         f->out.collateral.p, f->out.collateral.n, &c, &err),
        0);
    dstack_report_free(report);
    rc = dstack_verifier_verify(
        verifier, e, c, policy, FORGE_NOW, &report, &err);
    assert_non_null(report);
    /* The report owns what it lends. */
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

/* No: by this check, for this reason, and by no other check; yes once the rule
 * is accepted. */
static void
expect_no(const char *check, int reason, uint32_t rule)
{
    int rc = judge();

    if (rc == DSTACK_OK || err.reason != reason)
        fail_msg("%s: %s, expected %s", dstack_reason_name(err.reason),
            err.message, dstack_reason_name(reason));
    assert_int_equal(rc, DSTACK_ERR_POLICY);
    assert_int_equal(dstack_report_is_authentic(report), 1);
    for (size_t i = 0; i < dstack_report_check_count(report); i++) {
        const char *name = dstack_report_check_name(report, i);
        bool failed =
            dstack_report_check_result(report, i) == DSTACK_CHECK_FAILED;

        if (failed != (strcmp(name, check) == 0))
            fail_msg("%s: %d (%s)", name, failed, err.message);
        if (failed)
            assert_int_equal(dstack_report_check_stage(report, i), err.stage);
    }
    assert_int_equal(dstack_policy_accept_workload_rule(policy, rule, &err), 0);
    expect_yes();
}

/* ---- changing the story ------------------------------------------------------- */

static size_t
at(const char *name)
{
    size_t i = 0;

    while (!ds_view_eq_str(w.runtime[i].name, name))
        assert_true(++i < w.a.runtime_count);
    return i;
}

static void
drop(const char *name)
{
    size_t i = at(name);

    memmove(&w.runtime[i], &w.runtime[i + 1],
        (--w.a.runtime_count - i) * sizeof w.runtime[0]);
}

static ds_event *
insert(size_t i, const char *name, ds_view payload)
{
    assert_true(w.a.runtime_count < WORKLOAD_EVENTS - 4);
    memmove(&w.runtime[i + 1], &w.runtime[i],
        (w.a.runtime_count++ - i) * sizeof w.runtime[0]);
    w.runtime[i] = (ds_event){.imr = 3,
        .type = DS_EVENT_RUNTIME,
        .version = 1,
        .name = ds_view_str(name),
        .payload = payload};
    return &w.runtime[i];
}

static void
swap(const char *a, const char *b)
{
    size_t i = at(a), k = at(b);
    ds_event e = w.runtime[i];

    w.runtime[i] = w.runtime[k];
    w.runtime[k] = e;
}

static ds_view
bytes(unsigned char fill, size_t n)
{
    static uint8_t all[8][64];
    static int next;
    uint8_t *p = all[next++ % 8];

    memset(p, fill, n);
    return ds_view_of(p, n);
}

/* ---- rules ---------------------------------------------------------------------- */

/* E3 */
static void
test_unique(void **state)
{
    static const char *const once[] = {"system-preparing", "app-id",
        "compose-hash", "instance-id", "boot-mr-done", "key-provider"};

    (void)state;
    for (size_t i = 0; i < sizeof once / sizeof *once; i++) {
        ds_event e;

        fresh();
        e = w.runtime[at(once[i])];
        insert(at(once[i]), once[i], e.payload);
        expect_no(
            "event_unique", DSTACK_REASON_EVENT_DUPLICATE, DSTACK_RULE_UNIQUE);
        fresh();
        drop(once[i]);
        expect_no(
            "event_unique", DSTACK_REASON_EVENT_MISSING, DSTACK_RULE_UNIQUE);
    }
    fresh();
    insert(at("compose-hash") + 1, "gpu-policy-hash", bytes(1, 32));
    expect_yes();
    fresh();
    for (int i = 0; i < 5; i++)
        insert(at("compose-hash") + 1, "init-script-hash", bytes(1, 32));
    expect_yes();
    insert(at("compose-hash") + 1, "init-script-hash", bytes(2, 32));
    expect_no(
        "event_unique", DSTACK_REASON_EVENT_DUPLICATE, DSTACK_RULE_UNIQUE);
}

/* E4 */
static void
test_order(void **state)
{
    (void)state;
    swap("app-id", "compose-hash");
    expect_no("event_order", DSTACK_REASON_EVENT_ORDER, DSTACK_RULE_ORDER);
    fresh();
    swap("os-image-hash", "key-provider");
    expect_no("event_order", DSTACK_REASON_EVENT_ORDER, DSTACK_RULE_ORDER);
    fresh();
    swap("system-preparing", "instance-id");
    expect_no("event_order", DSTACK_REASON_EVENT_ORDER, DSTACK_RULE_ORDER);
    /* The OS image may be told again, the same one. */
    fresh();
    insert(at("os-image-hash"), "os-image-hash",
        w.runtime[at("os-image-hash")].payload);
    expect_yes();
    fresh();
    insert(at("os-image-hash"), "os-image-hash", bytes(7, 32));
    expect_no("event_order", DSTACK_REASON_EVENT_ORDER, DSTACK_RULE_ORDER);
    /* Names that mean nothing may stand anywhere. */
    fresh();
    insert(0, "rootfs-hash", bytes(1, 32));
    insert(4, "upgraded-app-id", bytes(1, 20));
    expect_yes();
}

/* E5, which E4 implies: seen by itself where E4 is accepted. */
static void
test_boundary(void **state)
{
    static const char *const before[] = {
        "app-id", "compose-hash", "instance-id"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        fresh();
        assert_int_equal(
            dstack_policy_accept_workload_rule(policy, DSTACK_RULE_ORDER, NULL),
            0);
        swap(before[i], "boot-mr-done");
        if (i == 0)
            swap("compose-hash", "boot-mr-done");
        if (i < 2)
            swap("instance-id", "boot-mr-done");
        insert(at("storage-fs"), before[i], w.runtime[at(before[i])].payload);
        drop(before[i]);
        expect_no("event_boundary", DSTACK_REASON_EVENT_BOUNDARY,
            DSTACK_RULE_BOUNDARY);
    }
    fresh();
    assert_int_equal(
        dstack_policy_accept_workload_rule(policy, DSTACK_RULE_ORDER, NULL), 0);
    swap("key-provider", "boot-mr-done");
    expect_no(
        "event_boundary", DSTACK_REASON_EVENT_BOUNDARY, DSTACK_RULE_BOUNDARY);
    /* Both at once where nothing is accepted; E4 speaks first. */
    fresh();
    swap("instance-id", "boot-mr-done");
    assert_int_equal(judge(), DSTACK_ERR_POLICY);
    assert_int_equal(err.reason, DSTACK_REASON_EVENT_ORDER);
}

/* E6 */
static void
test_payload(void **state)
{
    static const struct {
        const char *name;
        const char *payload; /* hex; text where it begins with { or [ */
    } bad[] = {
        {"system-preparing", "00"},
        {"app-id", "00112233445566778899aabbccddeeff001122"},
        {"app-id", "00112233445566778899aabbccddeeff0011223344"},
        {"app-id", ""},
        {"compose-hash", "0011"},
        {"instance-id", "00"},
        {"boot-mr-done", "00"},
        {"key-provider", ""},
        {"key-provider", "{}"},
        {"key-provider", "{\"name\":\"kms\"}"},
        {"key-provider", "{\"name\":\"kms\",\"id\":\"0\"}"},
        {"key-provider", "{\"name\":\"kms\",\"id\":\"0g\"}"},
        {"key-provider", "{\"name\":5,\"id\":\"\"}"},
        {"key-provider", "{\"name\":\"kms\",\"id\":\"\",\"id\":\"00\"}"},
        {"key-provider", "[\"kms\",\"\"]"},
        {"system-ready", "00"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *text = bad[i].payload;

        fresh();
        w.runtime[at(bad[i].name)].payload =
            text[0] == '{' || text[0] == '[' ? ds_view_str(text)
            : text[0] == 0                   ? ds_view_of(NULL, 0)
                                             : forge_hex(f, text);
        expect_no(
            "event_payload", DSTACK_REASON_EVENT_PAYLOAD, DSTACK_RULE_PAYLOAD);
    }
    fresh();
    w.runtime[at("instance-id")].payload = ds_view_of(NULL, 0);
    expect_yes();
    fresh();
    insert(at("compose-hash") + 1, "gpu-policy-hash", bytes(1, 31));
    expect_no(
        "event_payload", DSTACK_REASON_EVENT_PAYLOAD, DSTACK_RULE_PAYLOAD);
    fresh();
    insert(at("compose-hash") + 1, "init-script-hash", bytes(1, 33));
    expect_no(
        "event_payload", DSTACK_REASON_EVENT_PAYLOAD, DSTACK_RULE_PAYLOAD);
    fresh();
    insert(at("instance-id"), "gpu-attestation", ds_view_str("[]"));
    expect_no(
        "event_payload", DSTACK_REASON_EVENT_PAYLOAD, DSTACK_RULE_PAYLOAD);
}

/* E7; a guest that is still booting has no keys yet. */
static void
test_ready(void **state)
{
    (void)state;
    drop("system-ready");
    expect_no("event_ready", DSTACK_REASON_EVENT_READY, DSTACK_RULE_READY);
    assert_int_equal(dstack_report_boot_is_finished(report), 0);
    fresh();
    w.a.runtime_count = at("boot-mr-done") + 1;
    expect_no("event_ready", DSTACK_REASON_EVENT_READY, DSTACK_RULE_READY);
    assert_int_equal(dstack_report_trusted_event_count(report), 5);
}

/* E8 */
static void
test_gpu(void **state)
{
    static const char good[] =
        "{\"version\":2,\"provider\":\"nvidia\",\"devices\":1}";
    size_t n;

    (void)state;
    insert(at("instance-id"), "gpu-policy-hash", bytes(3, 32));
    insert(at("instance-id"), "gpu-attestation", ds_view_str(good));
    expect_yes();
    assert_non_null(dstack_report_claim(report, "gpu_policy_hash", &n));
    assert_int_equal(n, 32);
    assert_memory_equal(
        dstack_report_claim(report, "gpu_attestation", &n), good, n);
    assert_int_equal(n, sizeof good - 1);
    insert(at("instance-id"), "gpu-attestation", ds_view_str(good));
    expect_no("event_gpu", DSTACK_REASON_EVENT_GPU, DSTACK_RULE_GPU);
    fresh();
    insert(at("compose-hash") + 1, "init-script-hash", bytes(1, 32));
    insert(at("instance-id"), "gpu-policy-hash", bytes(3, 32));
    expect_yes();
    /* Something between the app's code and the policy. */
    insert(at("gpu-policy-hash"), "something", bytes(1, 3));
    expect_no("event_gpu", DSTACK_REASON_EVENT_GPU, DSTACK_RULE_GPU);
    /* After the boot it is the app's own business. */
    fresh();
    insert(w.a.runtime_count, "gpu-attestation", ds_view_str(good));
    insert(w.a.runtime_count, "gpu-attestation", ds_view_str("x"));
    expect_yes();
    assert_null(dstack_report_claim(report, "gpu_attestation", &n));
    assert_int_equal(dstack_report_shadow_event_count(report), 2);
}

/* E10 */
static void
test_type(void **state)
{
    ds_event *e;

    (void)state;
    w.as_json = true;
    workload_copy_runtime(&w);
    /* A firmware's event in RTMR3: it replays, and means nothing. */
    e = &w.events[w.a.event_count++];
    *e = (ds_event){.imr = 3,
        .type = 4,
        .version = 1,
        .digest = bytes(1, 48),
        .name = ds_view_str("app-id")};
    workload_build(&w);
    {
        dstack_evidence *ev = NULL;
        dstack_collateral *c = NULL;

        for (int accepted = 0; accepted < 2; accepted++) {
            assert_int_equal(
                dstack_evidence_parse(w.bytes.p, w.bytes.n, &ev, &err), 0);
            assert_int_equal(dstack_collateral_parse(f->out.collateral.p,
                                 f->out.collateral.n, &c, &err),
                0);
            dstack_report_free(report);
            assert_int_equal(dstack_verifier_verify(verifier, ev, c, policy,
                                 FORGE_NOW, &report, &err),
                accepted ? DSTACK_OK : DSTACK_ERR_POLICY);
            assert_int_equal(
                err.reason, accepted ? 0 : DSTACK_REASON_EVENT_TYPE);
            assert_int_equal(
                dstack_event_log_count(dstack_report_events(report)), 9);
            dstack_policy_accept_workload_rule(policy, DSTACK_RULE_TYPE, &err)
                ? fail()
                : (void)0;
            dstack_collateral_free(c);
            dstack_evidence_free(ev);
        }
    }
}

/* A runtime event elsewhere than in RTMR3. */
static void
test_register(void **state)
{
    ds_event *e;

    (void)state;
    e = &w.events[3];
    memmove(e + 1, e, (w.a.event_count++ - 3) * sizeof *e);
    *e = w.runtime[1];
    e->imr = 0;
    workload_copy_runtime(&w);
    assert_int_equal(judge(), DSTACK_ERR_POLICY);
    assert_int_equal(err.reason, DSTACK_REASON_EVENT_TYPE);
    assert_int_equal(err.stage, DSTACK_STAGE_EVENTS);
    assert_int_equal(
        dstack_policy_accept_workload_rule(policy, DSTACK_RULE_TYPE, &err), 0);
    expect_yes();
}

/* E11 */
static void
test_name(void **state)
{
    (void)state;
    insert(w.a.runtime_count, "app:event", bytes(1, 3));
    expect_no("event_name", DSTACK_REASON_EVENT_NAME, DSTACK_RULE_NAME);
    fresh();
    insert(1, "a:b", bytes(1, 3));
    expect_no("event_name", DSTACK_REASON_EVENT_NAME, DSTACK_RULE_NAME);
    /* Version 2 is not ambiguous. */
    fresh();
    w.version = 1;
    insert(w.a.runtime_count, "app:event", bytes(1, 3))->version = 2;
    expect_yes();
}

/* E1 accepted: nothing binds what the events say, and no rule believes it. */
static void
test_replay(void **state)
{
    size_t n;

    (void)state;
    workload_build(&w);
    w.keep_rtmr = true;
    w.runtime[at("app-id")].payload = bytes(9, 20);
    assert_int_equal(judge(), DSTACK_ERR_UNTRUSTED);
    assert_int_equal(err.reason, DSTACK_REASON_RTMR3_REPLAY);
    assert_null(dstack_report_claim(report, "app_id", &n));
    assert_int_equal(dstack_report_claim_count(report), 0);
    assert_int_equal(
        dstack_policy_accept_workload_rule(policy, DSTACK_RULE_REPLAY, &err),
        0);
    expect_yes();
    assert_memory_equal(
        dstack_report_claim(report, "app_id", &n), bytes(9, 20).p, 20);
    assert_int_equal(dstack_report_claim_bound_by(report, "app_id"), 0);
    assert_int_equal(dstack_report_claim_bound_by(report, "mr_system"), 0);
    assert_int_equal(
        dstack_report_claim_bound_by(report, "mr_aggregated_boot"), 0);
    assert_int_equal(dstack_report_claim_bound_by(report, "mr_aggregated"),
        DSTACK_BOUND_QUOTE);
    assert_int_equal(
        dstack_report_claim_bound_by(report, "device_id"), DSTACK_BOUND_PCK);
    assert_int_equal(
        dstack_policy_expect_field(policy, "app_id", bytes(9, 20).p, 20, &err),
        0);
    assert_int_equal(judge(), DSTACK_ERR_POLICY);
    assert_int_equal(err.reason, DSTACK_REASON_POLICY_CLAIM);
}

static void
test_rule_names(void **state)
{
    static const char *const names[] = {"", "replay", "", "unique", "order",
        "boundary", "payload", "ready", "gpu", "", "type", "name", "",
        "mr_config", "boot", "digest", "lists", ""};

    (void)state;
    for (uint32_t i = 0; i < 18; i++) {
        assert_string_equal(dstack_workload_rule_name(i), names[i]);
        assert_int_equal(dstack_policy_accept_workload_rule(policy, i, &err),
            names[i][0] ? DSTACK_OK : DSTACK_ERR_ARG);
    }
    assert_int_equal(
        dstack_policy_accept_workload_rule(NULL, 1, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_policy_accept_workload_rule(policy, UINT32_MAX, NULL),
        DSTACK_ERR_ARG);
    assert_string_equal(dstack_workload_rule_name(UINT32_MAX), "");
}

/* ---- claims ----------------------------------------------------------------------- */

static void
expect_claim(const char *name, const char *hex, uint32_t bound)
{
    size_t n = 99;
    const uint8_t *p = dstack_report_claim(report, name, &n);
    char text[400];

    if (!hex) {
        assert_null(p);
        assert_int_equal(n, 0);
        return;
    }
    assert_non_null(p);
    assert_true(n < 200);
    ds_hex_encode(ds_view_of(p, n), text);
    assert_string_equal(text, hex);
    if (dstack_report_claim_bound_by(report, name) != bound)
        fail_msg("%s: %u", name, dstack_report_claim_bound_by(report, name));
}

static void
test_claims(void **state)
{
    static const char *const names[] = {"app_id", "compose_hash", "instance_id",
        "device_id", "kms_os_image_hash", "key_provider", "key_provider_name",
        "key_provider_id", "mr_system", "mr_aggregated", "mr_system_boot",
        "mr_aggregated_boot", "storage_fs"};
    const uint32_t rtmr3 = DSTACK_BOUND_RTMR3;
    size_t n;

    (void)state;
    expect_yes();
    assert_int_equal(dstack_report_claim_count(report), 13);
    for (size_t i = 0; i < 13; i++)
        assert_string_equal(dstack_report_claim_name(report, i), names[i]);
    assert_null(dstack_report_claim_name(report, 13));
    expect_claim("app_id", "86b0e55f2fa8e4fb69d890f14f54d5612707646e", rtmr3);
    expect_claim("compose_hash",
        "86b0e55f2fa8e4fb69d890f14f54d5612707646e2573d54e0d2ddaaade77caa9",
        rtmr3);
    expect_claim(
        "instance_id", "050bf89570575fe8fab4cb8f0a62a9e64efe8ead", rtmr3);
    expect_claim("storage_fs", "7a6673", rtmr3);
    expect_claim("key_provider_name", "6b6d73", rtmr3);
    expect_claim("key_provider_id",
        "3059301306072a8648ce3d020106082a8648ce3d030107034200042f71e234d7339a1c"
        "eaca09c3c391eb816c533f980adaab34f16ead093ff0ac100d9c03253a3056f6d27735"
        "125433180b3e61c54a78f3fd13337869e0051dee06",
        rtmr3);
    expect_claim("kms_os_image_hash",
        "07a2388c7a6a1b6a646d443f1517990a4ec294471d63146cda9d56972765051d",
        rtmr3);
    expect_claim("os_image_hash", NULL, 0);
    expect_claim("gpu_policy_hash", NULL, 0);
    expect_claim("nonsense", NULL, 0);
    expect_claim(NULL, NULL, 0);
    assert_int_equal(dstack_report_app_id_is_explicit(report), 0);
    assert_int_equal(dstack_report_boot_is_finished(report), 1);
    assert_int_equal(dstack_report_mr_config(report), 0);
    assert_int_equal(dstack_report_trusted_event_count(report), 9);
    assert_int_equal(dstack_report_init_script_count(report), 0);
    assert_null(dstack_report_init_script(report, 0, &n));
    assert_int_equal(dstack_report_init_scripts_bound_by(report), 0);
    /* The configuration's word for the image binds nothing. */
    w.a.config =
        ds_view_str("{\"os_image_hash\":\"00112233445566778899aabbccddeeff"
                    "00112233445566778899aabbccddeeff\"}");
    expect_yes();
    expect_claim("os_image_hash",
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 0);
    w.a.config = ds_view_str("{\"os_image_hash\":\"0011\"}");
    expect_yes();
    expect_claim("os_image_hash", NULL, 0);
}

/* Names that the app measures later are not claims, and neither is a second
 * one that was accepted. */
static void
test_shadows(void **state)
{
    (void)state;
    insert(w.a.runtime_count, "app-id", bytes(1, 20));
    insert(w.a.runtime_count, "system-ready", ds_view_of(NULL, 0));
    insert(w.a.runtime_count, "compose-hash", bytes(1, 5));
    insert(w.a.runtime_count, "mine", bytes(1, 5));
    expect_yes();
    expect_claim("app_id", "86b0e55f2fa8e4fb69d890f14f54d5612707646e",
        DSTACK_BOUND_RTMR3);
    assert_int_equal(dstack_report_shadow_event_count(report), 3);
    assert_int_equal(dstack_report_trusted_event_count(report), 9);
    assert_int_equal(dstack_event_log_count(dstack_report_events(report)), 13);
    fresh();
    insert(at("app-id") + 1, "app-id", bytes(1, 20));
    assert_int_equal(
        dstack_policy_accept_workload_rule(policy, DSTACK_RULE_UNIQUE, &err),
        0);
    expect_yes();
    expect_claim("app_id", "86b0e55f2fa8e4fb69d890f14f54d5612707646e",
        DSTACK_BOUND_RTMR3);
}

static void
test_explicit(void **state)
{
    (void)state;
    w.runtime[at("app-id")].payload = bytes(1, 20);
    expect_yes();
    assert_int_equal(dstack_report_app_id_is_explicit(report), 1);
}

static void
test_init_scripts(void **state)
{
    size_t n;

    (void)state;
    insert(at("compose-hash") + 1, "init-script-hash", bytes(2, 32));
    insert(at("compose-hash") + 1, "init-script-hash", bytes(1, 32));
    insert(w.a.runtime_count, "init-script-hash", bytes(3, 32));
    expect_yes();
    assert_int_equal(dstack_report_init_script_count(report), 2);
    assert_int_equal(dstack_report_init_script(report, 0, &n)[31], 1);
    assert_int_equal(n, 32);
    assert_int_equal(dstack_report_init_script(report, 1, NULL)[0], 2);
    assert_null(dstack_report_init_script(report, 2, &n));
    assert_int_equal(
        dstack_report_init_scripts_bound_by(report), DSTACK_BOUND_RTMR3);
}

/* mr_system and its like by hand: hashes over what a quote has. */
static void
test_measurements(void **state)
{
    const forge_td *td = &f->quote.td;
    uint8_t all[9 * 48], want[32], kp[32];
    char hex[65];
    ds_buf b;

    (void)state;
    expect_yes();
    ds_buf_init(&b, sizeof all);
    assert_true(ds_hash(DS_SHA256, w.runtime[at("key-provider")].payload,
        ds_view_of(NULL, 0), kp));
    ds_buf_add(&b, td->mr_td, 48);
    for (int i = 0; i < 3; i++)
        ds_buf_add(&b, td->rtmr[i], 48);
    assert_true(
        ds_hash(DS_SHA256, ds_view_of(b.p, b.n), ds_view_of(kp, 32), want));
    ds_hex_encode(ds_view_of(want, 32), hex);
    expect_claim("mr_system", hex, DSTACK_BOUND_QUOTE | DSTACK_BOUND_RTMR3);
    memset(kp, 0, 32);
    assert_true(
        ds_hash(DS_SHA256, ds_view_of(b.p, b.n), ds_view_of(kp, 32), want));
    ds_hex_encode(ds_view_of(want, 32), hex);
    expect_claim("mr_system_boot", hex, DSTACK_BOUND_QUOTE);
    ds_buf_add(&b, td->rtmr[3], 48);
    ds_buf_add(&b, td->mr_config_id, 48);
    ds_buf_add(&b, td->mr_owner, 48);
    ds_buf_add(&b, td->mr_owner_config, 48);
    assert_true(
        ds_hash(DS_SHA256, ds_view_of(b.p, b.n), ds_view_of(NULL, 0), want));
    ds_hex_encode(ds_view_of(want, 32), hex);
    expect_claim("mr_aggregated", hex, DSTACK_BOUND_QUOTE);
    ds_buf_free(&b);
}

/* Values of real guests (platforms.md 2.6). Where no collateral fits, the
 * claims are made of the evidence alone. */
static const struct {
    const char *file;
    const char *value[5]; /* in the order of real_claims */
    int config;
    bool explicit_app_id;
    size_t trusted;
} real[] = {
    {"dstack/lite.attestation.json",
        {"118f754a080ecb8527df65656ee4e7e97b891cf488ad6a38886ff0dbca0c8f70",
            "c758fa624b62536ca77504c4c52745e70880220a178a615a859c52f8b101d2ee",
            "37a91fd6aac229d83a1850be9bf017455d1cf4815e8fcb77332119de7e1a52f7",
            "f4e6117e0fdea4b23b5f32a2a59e7b7b99b64df237a9536fb2cb5ca2a270145e",
            "318a579a74326db98e209c5ffd7fd1e51a73bb1979c6408298a827a90ed268"
            "d0"},
        1, false, 9},
    {"dstack/simulator.attestation.bin",
        {"51ea38f8eee6dc72dbae9b74531ae6d6204295d265dabb4e6c34621a2a1a1197",
            "85334a62c97d0f8bf82d0245d31b539d17a2d7c258e2a13efc928aaea0e107cb",
            "ef6af583432288c877e412740aa7d8a844a18920ad98e9b1d95d42a07a3044c8",
            "787f9fe525fcb61e81f31a30225a86674412088f2f1b683a421a7e9cbcd40551",
            "c07347d88ac7ef3d42d02ceb80a0e3ac66981cf7382f72d0692ec591ea58cf"
            "1f"},
        1, true, 9},
    {"dstack/full-image.getquote.json",
        {"e1ae776a1492d4f87937b7e563d265c16300be4aba5d748207587023bb7dbb75",
            "233c659f83048505bb1ef7f105245aa80f5d04e3d096c329da272d7ee13fbf38",
            "3d124836c59609fdfdb93185f7d251268d7da9b3f95e9a43cee5c4edc10a5b5f",
            "f9a9159f75a175a0a65052b78f764a312456db56f5c397c600d08445ab68937b",
            "ea0ba482106a22ecb76b59b95fed32b5cc3a81534b27ee01a25a10a87cca7d"
            "03"},
        0, false, 7},
};
static const int real_claims[] = {DS_CLAIM_MR_SYSTEM, DS_CLAIM_MR_AGGREGATED,
    DS_CLAIM_MR_SYSTEM_BOOT, DS_CLAIM_MR_AGGREGATED_BOOT, DS_CLAIM_DEVICE_ID};

static void
expect_real(size_t i, const dstack_evidence *e, const ds_claims *c)
{
    static ds_checks checks;
    char hex[65];

    for (size_t k = 0; k < 5; k++) {
        ds_hex_encode(c->at[real_claims[k]].value, hex);
        assert_string_equal(hex, real[i].value[k]);
    }
    assert_int_equal(c->mr_config, real[i].config);
    assert_null(c->mr_config_why);
    assert_int_equal(c->explicit_app_id, real[i].explicit_app_id);
    assert_int_equal(c->story.trusted, real[i].trusted);
    ds_checks_init(&checks);
    ds_story_judge(&c->story, 0, &checks);
    ds_story_judge_types(e->log->events, e->log->count, 0, &checks);
    assert_false(ds_checks_failed(&checks));
}

static void
test_real(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof real / sizeof *real; i++) {
        ds_view file = vec_real(real[i].file);
        dstack_evidence *e = NULL;
        dstack_quote *q = NULL;
        ds_cert *cert = NULL;
        ds_claims *c = NULL;
        ds_pck pck;
        size_t n;
        const uint8_t *p;

        assert_int_equal(dstack_evidence_parse(file.p, file.n, &e, &err), 0);
        p = dstack_evidence_quote(e, &n);
        assert_int_equal(dstack_quote_parse(p, n, &q, &err), 0);
        workload_pck(q, &cert, &pck);
        assert_int_equal(ds_claims_new(e, q, &pck, true, &c, &err), 0);
        expect_real(i, e, c);
        ds_claims_free(c);
        ds_cert_free(cert);
        dstack_quote_free(q);
        dstack_evidence_free(e);
        vec_free(file);
    }
}

/* ---- mr_config_id ------------------------------------------------------------------ */

static void
set_config_id(const char *hex)
{
    uint8_t *id = f->quote.td.mr_config_id;

    memset(id, 0, 48);
    assert_true(ds_hex_decode(ds_view_str(hex), id, strlen(hex) / 2));
}

#define COMPOSE \
    "86b0e55f2fa8e4fb69d890f14f54d5612707646e2573d54e0d2ddaaade77caa9"

static void
test_config_v1(void **state)
{
    (void)state;
    set_config_id("01" COMPOSE);
    dstack_policy_require_mr_config(policy);
    expect_yes();
    assert_int_equal(dstack_report_mr_config(report), 1);
    expect_claim(
        "compose_hash", COMPOSE, DSTACK_BOUND_RTMR3 | DSTACK_BOUND_MR_CONFIG);
    expect_claim("app_id", "86b0e55f2fa8e4fb69d890f14f54d5612707646e",
        DSTACK_BOUND_RTMR3);
    f->quote.td.mr_config_id[5] ^= 1;
    expect_no("mr_config", DSTACK_REASON_MR_CONFIG, DSTACK_RULE_MR_CONFIG);
    fresh();
    set_config_id("01" COMPOSE);
    f->quote.td.mr_config_id[47] = 1;
    expect_no("mr_config", DSTACK_REASON_MR_CONFIG, DSTACK_RULE_MR_CONFIG);
    fresh();
    set_config_id("04" COMPOSE);
    expect_no("mr_config", DSTACK_REASON_MR_CONFIG, DSTACK_RULE_MR_CONFIG);
    assert_int_equal(dstack_report_mr_config(report), -1);
    fresh();
    f->quote.td.mr_config_id[47] = 1;
    expect_no("mr_config", DSTACK_REASON_MR_CONFIG, DSTACK_RULE_MR_CONFIG);
    /* Zeros commit to nothing, which is enough unless it is not. */
    fresh();
    expect_yes();
    dstack_policy_require_mr_config(policy);
    expect_no("mr_config", DSTACK_REASON_MR_CONFIG, DSTACK_RULE_MR_CONFIG);
}

static void
test_config_v2(void **state)
{
    ds_view app = w.runtime[at("app-id")].payload;
    ds_view compose = w.runtime[at("compose-hash")].payload;
    ds_view keys = forge_hex(f,
        "3059301306072a8648ce3d020106082a8648ce3d030107034200042f71e234d7339a1c"
        "eaca09c3c391eb816c533f980adaab34f16ead093ff0ac100d9c03253a3056f6d27735"
        "125433180b3e61c54a78f3fd13337869e0051dee06");
    static const struct {
        const char *event, *kind;
        bool id;
    } kinds[] = {
        {"{\"name\":\"none\",\"id\":\"\"}", "none", false},
        {"{\"name\":\"tpm\",\"id\":\"0102\"}", "tpm", false},
        {"{\"name\":\"local-sgx\",\"id\":\"0102\"}", "local", true},
    };

    (void)state;
    assert_int_equal(
        dstack_mr_config_id_v2(compose.p, compose.n, app.p, app.n, "kms",
            keys.p, keys.n, f->quote.td.mr_config_id, 48, &err),
        0);
    expect_yes();
    assert_int_equal(dstack_report_mr_config(report), 2);
    assert_int_equal(dstack_report_claim_bound_by(report, "app_id"),
        DSTACK_BOUND_RTMR3 | DSTACK_BOUND_MR_CONFIG);
    assert_int_equal(dstack_report_claim_bound_by(report, "key_provider_id"),
        DSTACK_BOUND_RTMR3 | DSTACK_BOUND_MR_CONFIG);
    assert_int_equal(dstack_report_claim_bound_by(report, "instance_id"),
        DSTACK_BOUND_RTMR3);
    w.runtime[at("app-id")].payload = bytes(1, 20);
    expect_no("mr_config", DSTACK_REASON_MR_CONFIG, DSTACK_RULE_MR_CONFIG);
    for (size_t i = 0; i < 3; i++) {
        fresh();
        w.runtime[at("key-provider")].payload = ds_view_str(kinds[i].event);
        assert_int_equal(
            dstack_mr_config_id_v2(compose.p, compose.n, app.p, app.n,
                kinds[i].kind, (const uint8_t *)"\1\2", kinds[i].id ? 2 : 0,
                f->quote.td.mr_config_id, 48, &err),
            0);
        expect_yes();
        w.runtime[at("key-provider")].payload =
            ds_view_str("{\"name\":\"local\",\"id\":\"0102\"}");
        expect_no("mr_config", DSTACK_REASON_MR_CONFIG, DSTACK_RULE_MR_CONFIG);
    }
}

/* A document with these members behind compose_hash and key_provider; the
 * configuration that carries it, and its mr_config_id. */
static void
set_document(const char *more)
{
    static char document[1024], config[2048];
    size_t n = 0;

    snprintf(document, sizeof document,
        "{\"version\":3,\"compose_hash\":\"" COMPOSE
        "\",\"key_provider\":\"kms\"%s}",
        more);
    assert_int_equal(dstack_mr_config_id_v3((const uint8_t *)document,
                         strlen(document), f->quote.td.mr_config_id, 48, &err),
        0);
    n = (size_t)snprintf(config, sizeof config, "{\"mr_config\":\"");
    for (const char *p = document; *p; p++)
        n += (size_t)snprintf(
            config + n, sizeof config - n, "%s%c", *p == '"' ? "\\" : "", *p);
    snprintf(config + n, sizeof config - n, "\"}");
    w.a.config = ds_view_str(config);
}

#define APP ",\"app_id\":\"86b0e55f2fa8e4fb69d890f14f54d5612707646e\""
#define INSTANCE ",\"instance_id\":\"050bf89570575fe8fab4cb8f0a62a9e64efe8ead\""
#define ONES32 \
    "\"0101010101010101010101010101010101010101010101010101010101010101\""
#define TWOS32 \
    "\"0202020202020202020202020202020202020202020202020202020202020202\""

static void
test_config_v3(void **state)
{
    static const char *const wrong[] = {
        ",\"app_id\":\"96b0e55f2fa8e4fb69d890f14f54d5612707646e\"",
        ",\"instance_id\":\"150bf89570575fe8fab4cb8f0a62a9e64efe8ead\"",
        ",\"gpu_policy_hash\":" TWOS32,
        ",\"key_provider_id\":\"0102\"",
        ",\"init_script_hashes\":[]",
        ",\"init_script_hashes\":[" TWOS32 "," ONES32 "]",
        ",\"init_script_hashes\":[" ONES32 "," ONES32 "]",
    };

    (void)state;
    set_document("");
    expect_yes();
    assert_int_equal(dstack_report_mr_config(report), 3);
    expect_claim(
        "compose_hash", COMPOSE, DSTACK_BOUND_RTMR3 | DSTACK_BOUND_MR_CONFIG);
    assert_int_equal(
        dstack_report_claim_bound_by(report, "app_id"), DSTACK_BOUND_RTMR3);
    insert(at("compose-hash") + 1, "init-script-hash", bytes(2, 32));
    insert(at("compose-hash") + 1, "init-script-hash", bytes(1, 32));
    insert(at("instance-id"), "gpu-policy-hash", bytes(1, 32));
    set_document(
        APP INSTANCE ",\"gpu_policy_hash\":" ONES32
                     ",\"init_script_hashes\":[" ONES32 "," TWOS32 "]");
    expect_yes();
    assert_int_equal(dstack_report_claim_bound_by(report, "app_id"),
        DSTACK_BOUND_RTMR3 | DSTACK_BOUND_MR_CONFIG);
    assert_int_equal(dstack_report_claim_bound_by(report, "gpu_policy_hash"),
        DSTACK_BOUND_RTMR3 | DSTACK_BOUND_MR_CONFIG);
    assert_int_equal(dstack_report_init_scripts_bound_by(report),
        DSTACK_BOUND_RTMR3 | DSTACK_BOUND_MR_CONFIG);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        fresh();
        insert(at("compose-hash") + 1, "init-script-hash", bytes(2, 32));
        insert(at("compose-hash") + 1, "init-script-hash", bytes(1, 32));
        insert(at("instance-id"), "gpu-policy-hash", bytes(1, 32));
        set_document(wrong[i]);
        expect_no("mr_config", DSTACK_REASON_MR_CONFIG, DSTACK_RULE_MR_CONFIG);
    }
    /* Another document, none, and one that is none. */
    fresh();
    set_document("");
    f->quote.td.mr_config_id[3] ^= 1;
    expect_no("mr_config", DSTACK_REASON_MR_CONFIG, DSTACK_RULE_MR_CONFIG);
    fresh();
    set_document("");
    w.a.config = ds_view_str("{}");
    expect_no("mr_config", DSTACK_REASON_MR_CONFIG, DSTACK_RULE_MR_CONFIG);
    fresh();
    w.a.config = ds_view_str("{\"mr_config\":\"{}\"}");
    f->quote.td.mr_config_id[0] = 3;
    assert_true(
        ds_mr_config_hash(ds_view_str("{}"), f->quote.td.mr_config_id + 1));
    expect_no("mr_config", DSTACK_REASON_MR_CONFIG, DSTACK_RULE_MR_CONFIG);
}

/* platforms.md 7.6 */
static void
test_config_vectors(void **state)
{
    static const char document[] =
        "{\"app_id\":\"1111111111111111111111111111111111111111\","
        "\"compose_hash\":\"222222222222222222222222222222222222222222222222222"
        "2222222222222\",\"gpu_policy_hash\":\"55555555555555555555555555555555"
        "55555555555555555555555555555555\",\"instance_id\":\"44444444444444444"
        "44444444444444444444444\",\"key_provider\":\"kms\",\"key_provider_id\""
        ":\"3333333333333333333333333333333333333333333333333333333333333333\""
        ",\"version\":3}";
    uint8_t id[48], compose[32], app[20];
    char hex[97];

    (void)state;
    assert_int_equal(
        dstack_mr_config_id_v1(bytes(0x22, 32).p, 32, id, 48, &err), 0);
    ds_hex_encode(ds_view_of(id, 48), hex);
    assert_string_equal(hex,
        "0122222222222222222222222222222222222222222222222222222222222222220000"
        "00000000000000000000000000");
    assert_int_equal(
        dstack_mr_config_id_v2(bytes(0x22, 32).p, 32, bytes(0x11, 20).p, 20,
            "kms", bytes(0x33, 32).p, 32, id, 48, &err),
        0);
    ds_hex_encode(ds_view_of(id, 48), hex);
    assert_string_equal(hex,
        "027f2ca741da9d356026ab20ca640abf06198829a128817b091bbc9aec1ed97b600000"
        "00000000000000000000000000");
    /* guest-agent.md 7.5: the recorded simulator's, with no provider id. */
    assert_true(ds_hex_decode(ds_view_str("c143116fef3940e7f776bfc0919c256232ae"
                                          "5338a6e948c96b711e0b2383483a"),
        compose, 32));
    assert_true(ds_hex_decode(
        ds_view_str("5bb4ff9a3837357f19dc176407a5709c62eb6c56"), app, 20));
    assert_int_equal(dstack_mr_config_id_v1(compose, 32, id, 48, &err), 0);
    ds_hex_encode(ds_view_of(id, 48), hex);
    assert_string_equal(hex,
        "01c143116fef3940e7f776bfc0919c256232ae5338a6e948c96b711e0b2383483a0000"
        "00000000000000000000000000");
    assert_int_equal(dstack_mr_config_id_v2(
                         compose, 32, app, 20, "kms", NULL, 0, id, 48, &err),
        0);
    ds_hex_encode(ds_view_of(id, 48), hex);
    assert_string_equal(hex,
        "0230659d525a7f72325219525e1d33af806348a3bd2a5f5fe0285307967dcc9f1a0000"
        "00000000000000000000000000");
    assert_int_equal(dstack_mr_config_id_v3((const uint8_t *)document,
                         sizeof document - 1, id, 48, &err),
        0);
    ds_hex_encode(ds_view_of(id, 48), hex);
    assert_string_equal(hex,
        "0390e5cffa571b22c2ca846872d6fb7b071aa1346f1a1f87f72869c47b39d940990000"
        "00000000000000000000000000");
}

static void
test_config_arguments(void **state)
{
    static const char *const bad[] = {"", "[]", "{}",
        "{\"version\":2,\"compose_hash\":\"" COMPOSE
        "\",\"key_provider\":\"kms\"}",
        "{\"version\":3,\"compose_hash\":\"00\",\"key_provider\":\"kms\"}",
        "{\"version\":3,\"compose_hash\":\"" COMPOSE "\"}",
        "{\"version\":3,\"compose_hash\":\"" COMPOSE
        "\",\"key_provider\":\"local-sgx\"}",
        "{\"version\":3,\"compose_hash\":\"" COMPOSE
        "\",\"key_provider\":\"kms\",\"x\":1}",
        "{\"version\":3,\"compose_hash\":\"" COMPOSE
        "\",\"key_provider\":\"kms\",\"app_id\":\"\"}",
        "{\"version\":3,\"compose_hash\":\"" COMPOSE
        "\",\"key_provider\":\"kms\",\"key_provider_id\":\"0\"}",
        "{\"version\":3,\"compose_hash\":\"" COMPOSE
        "\",\"key_provider\":\"kms\",\"init_script_hashes\":[" ONES32 "," ONES32
        "," ONES32 "," ONES32 "," ONES32 "," ONES32 "]}",
        "{\"version\":3,\"compose_hash\":\"" COMPOSE
        "\",\"key_provider\":\"kms\",\"init_script_hashes\":[\"\"]}"};
    const uint8_t *p = bytes(1, 32).p;
    uint8_t id[48] = {1};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(dstack_mr_config_id_v3((const uint8_t *)bad[i],
                             strlen(bad[i]), id, 48, &err),
            DSTACK_ERR_PARSE);
        assert_int_equal(err.reason, DSTACK_REASON_MR_CONFIG_DOCUMENT);
        assert_true(ds_view_is_zero(ds_view_of(id, 48)));
    }
    assert_int_equal(
        dstack_mr_config_id_v1(p, 31, id, 48, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_mr_config_id_v1(NULL, 32, id, 48, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_mr_config_id_v1(p, 32, id, 47, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_mr_config_id_v1(p, 32, NULL, 48, &err), DSTACK_ERR_ARG);
    assert_int_equal(dstack_mr_config_id_v2(
                         p, 32, p, 20, "local-sgx", NULL, 0, id, 48, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_mr_config_id_v2(p, 32, p, 20, NULL, NULL, 0, id, 48, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_mr_config_id_v2(p, 32, p, 19, "kms", NULL, 0, id, 48, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_mr_config_id_v2(p, 32, p, 20, "kms", NULL, 1, id, 48, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_mr_config_id_v3(NULL, 0, id, 48, &err), DSTACK_ERR_ARG);
}

/* Of the bytes as they stand; a real file does not have the hash of the guest
 * that it came with, for it was edited later (platforms.md 7.6). */
static void
test_compose_hash(void **state)
{
    ds_view file;
    uint8_t hash[32];
    char hex[65];

    (void)state;
    assert_int_equal(
        dstack_compose_hash((const uint8_t *)"", 0, hash, 32, &err), 0);
    ds_hex_encode(ds_view_of(hash, 32), hex);
    assert_string_equal(hex,
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_int_equal(
        dstack_compose_hash(NULL, 0, hash, 32, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_compose_hash(hash, 1, hash, 31, &err), DSTACK_ERR_ARG);
    file = vec_real("dstack/simulator.app-compose.json");
    assert_int_equal(dstack_compose_hash(file.p, file.n, hash, 32, &err), 0);
    ds_hex_encode(ds_view_of(hash, 32), hex);
    assert_string_equal(hex,
        "65b4e574f16973956908b6359920593c3b7d9f36f38e81a47f996a0c0d5435bb");
    vec_free(file);
}

/* ---- policies ----------------------------------------------------------------------- */

static void
expect_field(const char *name, ds_view value, bool deny)
{
    dstack_policy_free(policy);
    assert_int_equal(dstack_policy_new(&policy, NULL), 0);
    if (deny)
        dstack_policy_accept_any_workload(policy);
    if ((deny ? dstack_policy_deny_field : dstack_policy_expect_field)(
            policy, name, value.p, value.n, &err) != DSTACK_OK)
        fail_msg("%s: %s", name, err.message);
}

static void
test_policy(void **state)
{
    static const struct {
        const char *name;
        bool workload;
    } fields[] = {
        {"app_id", true},
        {"compose_hash", true},
        {"instance_id", false},
        {"device_id", false},
        {"key_provider_id", false},
        {"mr_system", true},
        {"mr_aggregated", true},
        {"mr_system_boot", true},
        {"mr_aggregated_boot", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        uint8_t value[128];
        const uint8_t *p;
        size_t n;

        fresh();
        expect_yes();
        p = dstack_report_claim(report, fields[i].name, &n);
        assert_true(p && n <= sizeof value);
        memcpy(value, p, n);
        expect_field(fields[i].name, ds_view_of(value, n), false);
        if (!fields[i].workload) {
            assert_int_equal(judge(), DSTACK_ERR_POLICY);
            assert_int_equal(err.reason, DSTACK_REASON_POLICY_EMPTY);
            dstack_policy_accept_any_workload(policy);
        }
        expect_yes();
        value[n - 1] ^= 1;
        expect_field(fields[i].name, ds_view_of(value, n), false);
        dstack_policy_accept_any_workload(policy);
        assert_int_equal(judge(), DSTACK_ERR_POLICY);
        assert_int_equal(err.reason, DSTACK_REASON_POLICY_CLAIM);
        expect_field(fields[i].name, ds_view_of(value, n), true);
        expect_yes();
        value[n - 1] ^= 1;
        expect_field(fields[i].name, ds_view_of(value, n), true);
        assert_int_equal(judge(), DSTACK_ERR_POLICY);
        assert_int_equal(err.reason, DSTACK_REASON_POLICY_CLAIM);
    }
}

/* The image that nothing has measured yet. */
static void
test_policy_unbound(void **state)
{
    (void)state;
    w.a.config =
        ds_view_str("{\"os_image_hash\":"
                    "\"01010101010101010101010101010101010101010101010101"
                    "01010101010101\"}");
    expect_field("os_image_hash", bytes(1, 32), false);
    dstack_policy_accept_any_workload(policy);
    assert_int_equal(judge(), DSTACK_ERR_POLICY);
    assert_int_equal(err.reason, DSTACK_REASON_POLICY_CLAIM);
    assert_non_null(strstr(err.message, "bound by nothing"));
    assert_int_equal(
        dstack_policy_expect_field(policy, "app_id", bytes(1, 19).p, 19, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_policy_expect_field(
                         policy, "key_provider_id", bytes(1, 1).p, 0, &err),
        DSTACK_ERR_ARG);
}

static void
test_policy_json(void **state)
{
    static const struct {
        const char *json;
        int rc;
    } cases[] = {
        {"{\"expect\":{\"app_id\":\"86b0e55f2fa8e4fb69d890f14f54d5612707646e\"}"
         "}",
            DSTACK_OK},
        {"{\"expect\":{\"compose_hash\":[\"" COMPOSE "\"],\"key_provider_id\":"
         "\"00\"}}",
            DSTACK_ERR_POLICY},
        {"{\"accept_any_workload\":true,\"require_mr_config\":true}",
            DSTACK_ERR_POLICY},
        {"{\"accept_any_workload\":true,\"require_mr_config\":true,"
         "\"accept_workload_rules\":[\"mr_config\"]}",
            DSTACK_OK},
        {"{\"accept_any_workload\":true,\"accept_workload_rules\":[\"replay\","
         "\"unique\",\"order\",\"boundary\",\"payload\",\"ready\",\"gpu\","
         "\"type\",\"name\",\"mr_config\"]}",
            DSTACK_OK},
        {"{\"accept_workload_rules\":[\"none\"]}", DSTACK_ERR_PARSE},
        {"{\"accept_workload_rules\":\"ready\"}", DSTACK_ERR_PARSE},
        {"{\"expect\":{\"app_id\":\"00\"}}", DSTACK_ERR_PARSE},
        {"{\"expect\":{\"key_provider_id\":\"0\"}}", DSTACK_ERR_PARSE},
        {"{\"expect\":{\"key_provider_id\":\"\"}}", DSTACK_ERR_PARSE},
        {"{\"expect\":{\"key_provider_id\":5}}", DSTACK_ERR_PARSE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int rc;

        dstack_policy_free(policy);
        policy = NULL;
        rc = dstack_policy_parse((const uint8_t *)cases[i].json,
            strlen(cases[i].json), &policy, &err);
        if (rc == DSTACK_OK)
            rc = judge();
        if (rc != cases[i].rc)
            fail_msg("%s: %s", cases[i].json, err.message);
    }
}

/* A quote that comes alone makes no claims. */
static void
test_no_claims(void **state)
{
    dstack_collateral *c = NULL;
    size_t n;

    (void)state;
    workload_build(&w);
    assert_int_equal(dstack_collateral_parse(
                         f->out.collateral.p, f->out.collateral.n, &c, &err),
        0);
    for (int i = 0; i < 3; i++) {
        dstack_report_free(report);
        if (i == 1)
            dstack_policy_require_mr_config(policy);
        if (i == 2) {
            dstack_policy_free(policy);
            assert_int_equal(dstack_policy_new(&policy, NULL), 0);
            assert_int_equal(dstack_policy_expect_field(
                                 policy, "app_id", bytes(1, 20).p, 20, &err),
                0);
        }
        assert_int_equal(
            dstack_verifier_verify_quote(verifier, f->out.quote.p,
                f->out.quote.n, c, policy, FORGE_NOW, &report, &err),
            i == 0 ? DSTACK_OK : DSTACK_ERR_POLICY);
        assert_int_equal(err.reason, i == 0   ? 0
                                     : i == 1 ? DSTACK_REASON_MR_CONFIG
                                              : DSTACK_REASON_POLICY_CLAIM);
        assert_int_equal(dstack_report_claim_count(report), 0);
        assert_null(dstack_report_claim(report, "app_id", &n));
        assert_null(dstack_report_events(report));
    }
    dstack_collateral_free(c);
}

static void
test_to_json(void **state)
{
    static const char *const texts[] = {
        "\"workload\":{\"app_id\":\"86b0e55f2fa8e4fb69d890f14f54d5612707646e\"",
        "\"storage_fs\":\"zfs\"",
        "\"key_provider\":{\"name\":\"kms\",\"id\":\"30",
        "\"init_script_hashes\":[" ONES32 "]", "\"app_id_is_explicit\":false",
        "\"boot_is_finished\":true", "\"mr_config\":\"v1\"",
        "\"bound_by\":{\"app_id\":[\"rtmr3\"],\"compose_hash\":[\"rtmr3\","
        "\"mr_config_id\"]",
        "\"os_image_hash\":[]", "\"device_id\":[\"pck\"]",
        "\"init_script_hashes\":[\"rtmr3\"]",
        "{\"event\":\"system-ready\",\"event_payload\":\"\",\"trusted\":true}",
        "{\"event\":\"app-id\",\"event_payload\":\"07\",\"trusted\":false}",
        "\"shadow_events\":1"};
    char *json = NULL;

    (void)state;
    set_config_id("01" COMPOSE);
    insert(at("instance-id"), "init-script-hash", bytes(1, 32));
    insert(w.a.runtime_count, "app-id", bytes(7, 1));
    w.a.config = ds_view_str("{\"os_image_hash\":" ONES32 "}");
    expect_yes();
    assert_int_equal(dstack_report_to_json(report, &json, NULL, &err), 0);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!strstr(json, texts[i]))
            fail_msg("%s is not in %s", texts[i], json);
    dstack_free(json);
}

static void
test_bound_names(void **state)
{
    (void)state;
    assert_string_equal(dstack_bound_name(DSTACK_BOUND_QUOTE), "quote");
    assert_string_equal(dstack_bound_name(DSTACK_BOUND_RTMR3), "rtmr3");
    assert_string_equal(
        dstack_bound_name(DSTACK_BOUND_MR_CONFIG), "mr_config_id");
    assert_string_equal(dstack_bound_name(DSTACK_BOUND_PCK), "pck");
    assert_string_equal(dstack_bound_name(DSTACK_BOUND_IMAGE), "image");
    assert_string_equal(dstack_bound_name(0), "");
    assert_string_equal(dstack_bound_name(3), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_unique),
        TEST(test_order),
        TEST(test_boundary),
        TEST(test_payload),
        TEST(test_ready),
        TEST(test_gpu),
        TEST(test_type),
        TEST(test_register),
        TEST(test_name),
        TEST(test_replay),
        TEST(test_rule_names),
        TEST(test_claims),
        TEST(test_shadows),
        TEST(test_explicit),
        TEST(test_init_scripts),
        TEST(test_measurements),
        TEST(test_real),
        TEST(test_config_v1),
        TEST(test_config_v2),
        TEST(test_config_v3),
        TEST(test_config_vectors),
        TEST(test_config_arguments),
        TEST(test_compose_hash),
        TEST(test_policy),
        TEST(test_policy_unbound),
        TEST(test_policy_json),
        TEST(test_no_claims),
        TEST(test_to_json),
        TEST(test_bound_names),
    };

    return cmocka_run_group_tests_name(
        "story", tests, group_setup, group_teardown);
}
