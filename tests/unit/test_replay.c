/* SPDX-License-Identifier: Apache-2.0 */
/* dstack_verifier_verify: the quote judged as by itself, and what came with
 * it against what the hardware signed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "dstack/dstack.h"
#include "support/container.h"
#include "support/vec.h"
#include "support/workload.h"
#include "verify/verify.h"

static forge *tdx, *sgx;
static workload w;
static dstack_verifier *verifier;
static dstack_policy *policy;

static int
group_setup(void **state)
{
    (void)state;
    tdx = forge_new(FORGE_TDX_V4, "replay");
    sgx = forge_new(FORGE_SGX_V3, "replay");
    if (!tdx || !sgx || forge_build(tdx) != 0 || forge_build(sgx) != 0)
        return -1;
    verifier = workload_verifier(tdx);
    if (!verifier || dstack_policy_new(&policy, NULL) != DSTACK_OK)
        return -1;
    dstack_policy_accept_any_workload(policy);
    return 0;
}

static int
group_teardown(void **state)
{
    (void)state;
    dstack_policy_free(policy);
    dstack_verifier_free(verifier);
    forge_free(tdx);
    forge_free(sgx);
    return 0;
}

static int
setup(void **state)
{
    (void)state;
    forge_reset(tdx, FORGE_TDX_V4);
    workload_begin(&w, tdx);
    for (int i = 0; i < 64; i++)
        w.a.report_data[i] = tdx->quote.td.report_data[i] = (uint8_t)(i + 1);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    workload_end(&w);
    return 0;
}

static dstack_report *
judge(ds_view in, const forge *f, dstack_error *err)
{
    dstack_collateral *c = NULL;
    dstack_evidence *e = NULL;
    dstack_report *r = NULL;
    int rc = dstack_evidence_parse(in.p, in.n, &e, err);

    if (rc != DSTACK_OK)
        fail_msg("%s", err->message);
    assert_int_equal(dstack_collateral_parse(
                         f->out.collateral.p, f->out.collateral.n, &c, err),
        0);
    rc = dstack_verifier_verify(verifier, e, c, policy, FORGE_NOW, &r, err);
    assert_non_null(r);
    assert_int_equal(rc, err->code);
    assert_int_equal(rc == DSTACK_OK, dstack_report_is_accepted(r));
    assert_int_equal(dstack_report_platform(r), dstack_evidence_platform(e));
    dstack_collateral_free(c);
    dstack_evidence_free(e);
    return r;
}

/* Builds; accepted, and these checks ran (names, NULL at the end). */
static void
expect_yes(const char *const *ran)
{
    static const char *const all[] = {"claimed_report_data",
        "report_data_payload", "event_lists", "event_digests", "rtmr3_replay",
        "boot_replay"};
    dstack_report *r;
    dstack_error err;

    workload_build(&w);
    r = judge(workload_bytes(&w), tdx, &err);
    if (err.code != DSTACK_OK)
        fail_msg("%s", err.message);
    assert_int_equal(dstack_report_is_authentic(r), 1);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        bool want = false;

        for (const char *const *p = ran; *p; p++)
            want = want || strcmp(*p, all[i]) == 0;
        if (workload_check(r, all[i]) !=
            (want ? DSTACK_CHECK_PASSED : DSTACK_CHECK_NOT_RUN))
            fail_msg("%s: %d", all[i], workload_check(r, all[i]));
    }
    assert_int_equal(workload_check(r, "platform"), DSTACK_CHECK_PASSED);
    dstack_report_free(r);
}

/* Refused by this check alone; the policy was not asked. */
static void
expect_no(const char *check, int reason)
{
    dstack_report *r;
    dstack_error err;

    workload_build(&w);
    r = judge(workload_bytes(&w), tdx, &err);
    if (err.reason != reason)
        fail_msg("%s: %s", dstack_reason_name(err.reason), err.message);
    assert_int_equal(err.code, ds_reason_code(reason));
    assert_int_equal(dstack_report_is_authentic(r), 0);
    for (size_t i = 0; i < dstack_report_check_count(r); i++) {
        const char *name = dstack_report_check_name(r, i);
        bool failed = dstack_report_check_result(r, i) == DSTACK_CHECK_FAILED;

        if (failed != (strcmp(name, check) == 0))
            fail_msg("%s: %d", name, failed);
        if (failed)
            assert_int_equal(dstack_report_check_stage(r, i), err.stage);
    }
    assert_int_equal(workload_check(r, "quote_signature"), DSTACK_CHECK_PASSED);
    assert_int_equal(workload_check(r, "tcb_not_revoked"), DSTACK_CHECK_PASSED);
    assert_int_equal(workload_check(r, "no_debug"), DSTACK_CHECK_NOT_RUN);
    assert_int_equal(
        workload_check(r, "policy_names_workload"), DSTACK_CHECK_NOT_RUN);
    dstack_report_free(r);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- what holds ------------------------------------------------------------------- */

static void
test_container(void **state)
{
    uint8_t want[48];

    (void)state;
    for (w.version = 0; w.version < 2; w.version++) {
        expect_yes(LIST("claimed_report_data", "event_lists", "rtmr3_replay"));
        assert_true(ds_hex_decode(ds_view_str(workload_rtmr3), want, 48));
        assert_memory_equal(tdx->quote.td.rtmr[3], want, 48);
    }
    /* A log with nothing of RTMR3 leaves it to the stack. */
    w.version = 0;
    w.a.event_count = 3;
    expect_yes(LIST("claimed_report_data", "rtmr3_replay"));
    /* No events, and a register that nothing was measured into. */
    w.a.event_count = w.a.runtime_count = 0;
    expect_yes(LIST("claimed_report_data", "rtmr3_replay"));
}

static void
test_answer(void **state)
{
    (void)state;
    w.as_json = true;
    expect_yes(LIST("claimed_report_data", "rtmr3_replay"));
}

/* A log with events of RTMR1 or RTMR2 is whole. */
static void
test_whole_log(void **state)
{
    static const ds_event more[] = {
        {.imr = 1,
            .type = 4,
            .version = 1,
            .digest = {(const uint8_t *)"a", 1}},
        {.imr = 2,
            .type = 6,
            .version = 1,
            .digest = {(const uint8_t *)"b", 1}},
        {.imr = 1,
            .type = 7,
            .version = 1,
            .digest = {(const uint8_t *)"c", 1}},
    };

    (void)state;
    memcpy(w.events + w.a.event_count, more, sizeof more);
    w.a.event_count += 3;
    expect_yes(LIST(
        "claimed_report_data", "event_lists", "rtmr3_replay", "boot_replay"));
    w.as_json = true;
    expect_yes(LIST("claimed_report_data", "rtmr3_replay", "boot_replay"));
    /* One event less, or another order: another register. */
    w.keep_rtmr = true;
    w.a.event_count--;
    expect_no("boot_replay", DSTACK_REASON_BOOT_REPLAY);
    w.a.event_count++;
    w.events[w.a.event_count - 3] = more[2];
    w.events[w.a.event_count - 1] = more[0];
    expect_no("boot_replay", DSTACK_REASON_BOOT_REPLAY);
    w.events[w.a.event_count - 3] = more[0];
    w.events[w.a.event_count - 1] = more[2];
    w.events[w.a.event_count - 2].digest = ds_view_of(NULL, 0);
    expect_no("boot_replay", DSTACK_REASON_EVENT_DIGEST_MISSING);
}

static void
add_digest(ds_event *e, uint8_t digest[48])
{
    assert_int_equal(ds_event_digest(e, DS_SHA384, digest, NULL), 0);
    e->digest = ds_view_of(digest, 48);
}

static void
test_digests(void **state)
{
    uint8_t digest[48];

    (void)state;
    add_digest(&w.events[4], digest);
    expect_yes(LIST(
        "claimed_report_data", "event_lists", "event_digests", "rtmr3_replay"));
    digest[47] ^= 1;
    expect_no("event_digests", DSTACK_REASON_EVENT_DIGEST);
    w.events[4].digest = ds_view_of(NULL, 0);
    /* The register is what counts, and it was made from the names; a log that
     * contradicts itself is refused all the same. */
    w.version = 1;
    w.events[4].preimage = ds_view_str("app-id");
    expect_no("event_digests", DSTACK_REASON_EVENT_PREIMAGE);
}

/* Version 2 events, stripped of their digests or not. */
static void
test_version_2(void **state)
{
    uint8_t digest[48];

    (void)state;
    w.version = 1;
    for (size_t i = 1; i < 4; i++)
        w.runtime[i].version = 2;
    workload_copy_runtime(&w);
    expect_yes(LIST("claimed_report_data", "event_lists", "rtmr3_replay"));
    add_digest(&w.events[4], digest);
    expect_yes(LIST(
        "claimed_report_data", "event_lists", "event_digests", "rtmr3_replay"));
    w.as_json = true;
    expect_yes(LIST("claimed_report_data", "event_digests", "rtmr3_replay"));
}

/* ---- what does not ------------------------------------------------------------------ */

static void
test_report_data(void **state)
{
    (void)state;
    for (int as_json = 0; as_json < 2; as_json++) {
        w.as_json = as_json != 0;
        for (int i = 0; i < 64; i += 21) {
            w.a.report_data[i] ^= 0x10;
            expect_no("claimed_report_data", DSTACK_REASON_REPORT_DATA_CLAIM);
            w.a.report_data[i] ^= 0x10;
        }
    }
}

static void
test_payload(void **state)
{
    uint8_t *data = tdx->quote.td.report_data;

    (void)state;
    w.version = 1;
    w.a.pod = true;
    w.a.payload = ds_view_str("test content");
    /* sha512("app-data:test content"), guest-agent.md 7.5. */
    assert_true(ds_hex_decode(
        ds_view_str("7ea0b744ed5e9c0c83ff9f575668e1697652cd349f2027cdf26f918d4c"
                    "53e8cd50b5ea9b449b4c3d50e20ae00ec29688d5a214e8daff8a10041f"
                    "5d624dae8a01"),
        data, 64));
    memcpy(w.a.report_data, data, 64);
    expect_yes(LIST("claimed_report_data", "report_data_payload", "event_lists",
        "rtmr3_replay"));
    w.a.payload = ds_view_str("test contenu");
    expect_no("report_data_payload", DSTACK_REASON_REPORT_DATA_PAYLOAD);
    w.a.payload = ds_view_str("");
    expect_no("report_data_payload", DSTACK_REASON_REPORT_DATA_PAYLOAD);
}

/* One list is not the other: names, payloads, versions, order, length. */
static void
test_lists(void **state)
{
    ds_event *last;

    (void)state;
    w.events[4].name = ds_view_str("app-ie");
    expect_no("event_lists", DSTACK_REASON_EVENT_LISTS);
    workload_copy_runtime(&w);
    w.events[4].payload = ds_view_str("12345678901234567890");
    expect_no("event_lists", DSTACK_REASON_EVENT_LISTS);
    workload_copy_runtime(&w);
    w.version = 1;
    w.events[4].version = 2;
    expect_no("event_lists", DSTACK_REASON_EVENT_LISTS);
    workload_copy_runtime(&w);
    w.events[4] = w.runtime[2];
    w.events[5] = w.runtime[1];
    expect_no("event_lists", DSTACK_REASON_EVENT_LISTS);
    workload_copy_runtime(&w);
    w.a.event_count--;
    expect_no("event_lists", DSTACK_REASON_EVENT_LISTS);
    w.a.event_count += 2;
    last = &w.events[w.a.event_count - 1];
    *last = w.runtime[0];
    expect_no("event_lists", DSTACK_REASON_EVENT_LISTS);
    w.a.event_count--;
    expect_yes(LIST("claimed_report_data", "event_lists", "rtmr3_replay"));
}

/* ---- rules that are not asked ---------------------------------------------------- */

static void
policy_without(uint32_t rule)
{
    dstack_policy_free(policy);
    assert_int_equal(dstack_policy_new(&policy, NULL), 0);
    dstack_policy_accept_any_workload(policy);
    if (rule != 0)
        assert_int_equal(
            dstack_policy_accept_workload_rule(policy, rule, NULL), 0);
}

/* Refused for this reason by every other rule, and accepted without this one. */
static void
expect_rule(
    uint32_t rule, const char *check, int reason, const char *const *ran)
{
    static const uint32_t all[] = {
        DSTACK_RULE_BOOT, DSTACK_RULE_DIGEST, DSTACK_RULE_LISTS};

    for (size_t i = 0; i < 3; i++)
        if (all[i] != rule) {
            policy_without(all[i]);
            expect_no(check, reason);
        }
    policy_without(rule);
    expect_yes(ran);
}

static void
test_accepted_boot(void **state)
{
    ds_event more = {
        .imr = 1, .type = 4, .version = 1, .digest = {(const uint8_t *)"a", 1}};

    (void)state;
    w.events[w.a.event_count++] = more;
    workload_build(&w);
    w.keep_rtmr = true;
    w.events[w.a.event_count - 1].digest = ds_view_str("b");
    for (int as_json = 0; as_json < 2; as_json++) {
        w.as_json = as_json != 0;
        expect_rule(DSTACK_RULE_BOOT, "boot_replay", DSTACK_REASON_BOOT_REPLAY,
            as_json
                ? LIST("claimed_report_data", "rtmr3_replay")
                : LIST("claimed_report_data", "event_lists", "rtmr3_replay"));
    }
    policy_without(0);
}

/* The register is replayed from what is computed all the same. */
static void
test_accepted_digest(void **state)
{
    uint8_t digest[48];

    (void)state;
    add_digest(&w.events[4], digest);
    digest[0] ^= 1;
    for (int as_json = 0; as_json < 2; as_json++) {
        w.as_json = as_json != 0;
        expect_rule(DSTACK_RULE_DIGEST, "event_digests",
            DSTACK_REASON_EVENT_DIGEST,
            as_json
                ? LIST("claimed_report_data", "rtmr3_replay")
                : LIST("claimed_report_data", "event_lists", "rtmr3_replay"));
    }
    workload_build(&w);
    w.keep_rtmr = true;
    tdx->quote.td.rtmr[3][0] ^= 1;
    expect_no("rtmr3_replay", DSTACK_REASON_RTMR3_REPLAY);
    policy_without(0);
}

/* Claims are the stack's, which the register binds. */
static void
test_accepted_lists(void **state)
{
    dstack_report *r;
    dstack_error err;
    const uint8_t *p;
    size_t n;

    (void)state;
    w.events[4].payload = ds_view_str("12345678901234567890");
    expect_rule(DSTACK_RULE_LISTS, "event_lists", DSTACK_REASON_EVENT_LISTS,
        LIST("claimed_report_data", "rtmr3_replay"));
    r = judge(workload_bytes(&w), tdx, &err);
    p = dstack_report_claim(r, "app_id", &n);
    assert_true(ds_view_eq(ds_view_of(p, n), w.runtime[1].payload));
    dstack_report_free(r);
    policy_without(0);
}

/* An event changed, removed, added or moved, in both lists: the register of
 * the quote is the old one. */
static void
test_rtmr3(void **state)
{
    ds_event old;

    (void)state;
    workload_build(&w);
    w.keep_rtmr = true;
    for (int as_json = 0; as_json < 2; as_json++) {
        w.as_json = as_json != 0;
        old = w.runtime[1];
        w.runtime[1].payload = ds_view_str("12345678901234567890");
        workload_copy_runtime(&w);
        expect_no("rtmr3_replay", DSTACK_REASON_RTMR3_REPLAY);
        w.runtime[1] = old;
        w.runtime[1].name = ds_view_str("app-iD");
        workload_copy_runtime(&w);
        expect_no("rtmr3_replay", DSTACK_REASON_RTMR3_REPLAY);
        w.runtime[1] = w.runtime[2];
        w.runtime[2] = old;
        workload_copy_runtime(&w);
        expect_no("rtmr3_replay", DSTACK_REASON_RTMR3_REPLAY);
        w.runtime[2] = w.runtime[1];
        w.runtime[1] = old;
        w.a.runtime_count--;
        workload_copy_runtime(&w);
        expect_no("rtmr3_replay", DSTACK_REASON_RTMR3_REPLAY);
        w.a.runtime_count++;
        w.runtime[w.a.runtime_count++] = w.runtime[0];
        workload_copy_runtime(&w);
        expect_no("rtmr3_replay", DSTACK_REASON_RTMR3_REPLAY);
        w.a.runtime_count--;
        workload_copy_runtime(&w);
    }
    /* Nothing at all is not the same as none. */
    w.a.event_count = w.a.runtime_count = 0;
    expect_no("rtmr3_replay", DSTACK_REASON_RTMR3_REPLAY);
    w.as_json = false;
    expect_no("rtmr3_replay", DSTACK_REASON_RTMR3_REPLAY);
    /* Version 2 said to be version 1, and the other way round. */
    teardown(NULL);
    setup(NULL);
    w.version = 1;
    w.runtime[1].version = 2;
    workload_copy_runtime(&w);
    workload_build(&w);
    w.keep_rtmr = true;
    w.runtime[1].version = 1;
    workload_copy_runtime(&w);
    expect_no("rtmr3_replay", DSTACK_REASON_RTMR3_REPLAY);
}

/* ---- other evidence ------------------------------------------------------------------- */

/* A quote that comes alone, as evidence or as bytes: one answer. */
static void
test_quote_alone(void **state)
{
    static const char *const skipped[] = {"claimed_report_data",
        "report_data_payload", "event_lists", "event_digests", "rtmr3_replay",
        "boot_replay"};
    forge *const forges[] = {tdx, sgx};

    (void)state;
    for (int i = 0; i < 2; i++) {
        forge *f = forges[i];
        dstack_report *r, *alone = NULL;
        dstack_collateral *c = NULL;
        dstack_error err;

        assert_int_equal(forge_build(f), 0);
        if (i == 1) {
            const ds_buf *root = &f->out.cert[FORGE_CERT_ROOT];

            assert_int_equal(
                dstack_verifier_set_root(verifier, root->p, root->n, NULL), 0);
        }
        r = judge(ds_view_of(f->out.quote.p, f->out.quote.n), f, &err);
        assert_int_equal(err.code, 0);
        for (size_t k = 0; k < 6; k++)
            assert_int_equal(
                workload_check(r, skipped[k]), DSTACK_CHECK_NOT_RUN);
        assert_int_equal(dstack_collateral_parse(f->out.collateral.p,
                             f->out.collateral.n, &c, &err),
            0);
        assert_int_equal(
            dstack_verifier_verify_quote(verifier, f->out.quote.p,
                f->out.quote.n, c, policy, FORGE_NOW, &alone, &err),
            0);
        for (size_t k = 0; k < dstack_report_check_count(r); k++) {
            const char *name = dstack_report_check_name(r, k);

            if (strcmp(name, "platform") != 0)
                assert_int_equal(workload_check(alone, name),
                    dstack_report_check_result(r, k));
        }
        assert_int_equal(
            dstack_report_platform(alone), dstack_report_platform(r));
        dstack_report_free(alone);
        dstack_report_free(r);
        dstack_collateral_free(c);
    }
    assert_int_equal(
        dstack_verifier_set_root(verifier, tdx->out.cert[FORGE_CERT_ROOT].p,
            tdx->out.cert[FORGE_CERT_ROOT].n, NULL),
        0);
}

static void
test_other_platforms(void **state)
{
    static const char *const names[] = {"snp", "nitro", "aws"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        ds_view in = container_vec(names[i], 1);
        dstack_error err;
        dstack_report *r = judge(in, tdx, &err);

        assert_int_equal(err.code, DSTACK_ERR_UNSUPPORTED);
        assert_int_equal(err.stage, DSTACK_STAGE_EVIDENCE);
        assert_int_equal(err.reason, DSTACK_REASON_PLATFORM_UNSUPPORTED);
        assert_int_equal(workload_check(r, "platform"), DSTACK_CHECK_FAILED);
        assert_int_equal(
            workload_check(r, "quote_format"), DSTACK_CHECK_NOT_RUN);
        assert_null(dstack_report_quote(r));
        assert_int_equal(dstack_report_is_authentic(r), 0);
        dstack_report_free(r);
        vec_free(in);
    }
    workload_build(&w);
    w.a.platform = DSTACK_PLATFORM_GCP_TDX;
    workload_build(&w);
    {
        dstack_error err;
        dstack_report *r = judge(workload_bytes(&w), tdx, &err);

        assert_int_equal(err.reason, DSTACK_REASON_PLATFORM_UNSUPPORTED);
        dstack_report_free(r);
    }
}

/* What is wrong with the hardware's part comes first. */
static void
test_hardware_first(void **state)
{
    dstack_report *r;
    dstack_error err;

    (void)state;
    w.a.report_data[0] ^= 1;
    tdx->quote.signer = FORGE_KEY_ROGUE;
    workload_build(&w);
    r = judge(workload_bytes(&w), tdx, &err);
    assert_int_equal(err.reason, DSTACK_REASON_QUOTE_SIGNATURE);
    assert_int_equal(
        workload_check(r, "claimed_report_data"), DSTACK_CHECK_NOT_RUN);
    dstack_report_free(r);
}

static void
test_arguments(void **state)
{
    dstack_report *r = (dstack_report *)1;
    dstack_evidence *e = NULL;
    dstack_error err;

    (void)state;
    workload_build(&w);
    assert_int_equal(dstack_evidence_parse(w.bytes.p, w.bytes.n, &e, NULL), 0);
    assert_int_equal(dstack_verifier_verify(NULL, e, NULL, NULL, 0, &r, &err),
        DSTACK_ERR_ARG);
    assert_null(r);
    assert_int_equal(
        dstack_verifier_verify(verifier, NULL, NULL, NULL, 0, &r, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_verifier_verify(
                         verifier, e, NULL, policy, FORGE_NOW, NULL, &err),
        DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_COLLATERAL_MISSING);
    assert_int_equal(
        dstack_verifier_verify(verifier, e, NULL, policy, -1, NULL, NULL),
        DSTACK_ERR_ARG);
    dstack_evidence_free(e);
}

/* ---- real evidence ------------------------------------------------------------------------ */

static void
test_real(void **state)
{
    ds_view file = vec_real("dstack/full-image.getquote.json");
    ds_view bundle = vec_real("dstack/full-image.collateral.json");
    dstack_verifier *v = NULL;
    dstack_collateral *c = NULL;
    dstack_evidence *e = NULL;
    dstack_report *r = NULL;
    dstack_error err;

    (void)state;
    assert_int_equal(dstack_verifier_new(&v, NULL), 0);
    assert_int_equal(dstack_evidence_parse(file.p, file.n, &e, &err), 0);
    assert_int_equal(dstack_collateral_parse(bundle.p, bundle.n, &c, &err), 0);
    /* 2026-03-01 */
    assert_int_equal(
        dstack_verifier_verify(v, e, c, policy, 1772323200, &r, &err), 0);
    assert_int_equal(workload_check(r, "rtmr3_replay"), DSTACK_CHECK_PASSED);
    assert_int_equal(workload_check(r, "boot_replay"), DSTACK_CHECK_PASSED);
    assert_int_equal(workload_check(r, "event_digests"), DSTACK_CHECK_PASSED);
    assert_int_equal(
        workload_check(r, "claimed_report_data"), DSTACK_CHECK_PASSED);
    dstack_report_free(r);
    dstack_collateral_free(c);
    dstack_evidence_free(e);
    dstack_verifier_free(v);
    vec_free(bundle);
    vec_free(file);
}

/* A firmware's log beside a quote: its registers are held against the quote's,
 * and of the workload it tells nothing. */
static void
test_firmware_log(void **state)
{
    ds_view file = vec_real("ccel/ccel.bin");
    dstack_event_log *log = NULL;
    dstack_error err;

    (void)state;
    assert_int_equal(
        dstack_event_log_parse_ccel(file.p, file.n, &log, &err), 0);
    for (uint32_t imr = 0; imr < 3; imr++)
        assert_int_equal(dstack_event_log_replay(log, imr, SIZE_MAX,
                             tdx->quote.td.rtmr[imr], 48, &err),
            0);
    dstack_event_log_free(log);
    for (int changed = 0; changed < 2; changed++) {
        dstack_collateral *c = NULL;
        dstack_evidence *e = NULL;
        dstack_report *r = NULL;

        tdx->quote.td.rtmr[1][47] ^= (uint8_t)changed;
        assert_int_equal(forge_build(tdx), 0);
        assert_int_equal(
            dstack_evidence_from_parts(tdx->out.quote.p, tdx->out.quote.n,
                file.p, file.n, NULL, 0, &e, &err),
            0);
        assert_int_equal(dstack_collateral_parse(tdx->out.collateral.p,
                             tdx->out.collateral.n, &c, &err),
            0);
        assert_int_equal(
            dstack_verifier_verify(verifier, e, c, policy, FORGE_NOW, &r, &err),
            changed ? DSTACK_ERR_UNTRUSTED : DSTACK_OK);
        assert_int_equal(err.reason, changed ? DSTACK_REASON_BOOT_REPLAY : 0);
        assert_int_equal(workload_check(r, "boot_replay"),
            changed ? DSTACK_CHECK_FAILED : DSTACK_CHECK_PASSED);
        assert_int_equal(
            workload_check(r, "rtmr3_replay"), DSTACK_CHECK_NOT_RUN);
        assert_int_equal(dstack_report_claim_count(r), 0);
        dstack_report_free(r);
        dstack_collateral_free(c);
        dstack_evidence_free(e);
    }
    vec_free(file);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_container, setup, teardown),
        cmocka_unit_test_setup_teardown(test_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_whole_log, setup, teardown),
        cmocka_unit_test_setup_teardown(test_digests, setup, teardown),
        cmocka_unit_test_setup_teardown(test_version_2, setup, teardown),
        cmocka_unit_test_setup_teardown(test_report_data, setup, teardown),
        cmocka_unit_test_setup_teardown(test_payload, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lists, setup, teardown),
        cmocka_unit_test_setup_teardown(test_accepted_boot, setup, teardown),
        cmocka_unit_test_setup_teardown(test_accepted_digest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_accepted_lists, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rtmr3, setup, teardown),
        cmocka_unit_test_setup_teardown(test_quote_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_platforms, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hardware_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_arguments, setup, teardown),
        cmocka_unit_test_setup_teardown(test_firmware_log, setup, teardown),
        cmocka_unit_test(test_real),
    };

    return cmocka_run_group_tests_name(
        "replay", tests, group_setup, group_teardown);
}
