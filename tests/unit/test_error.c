/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/checks.h"
#include "base/error.h"
#include "base/text.h"
#include "dstack/version.h"

static void
test_names(void **state)
{
    (void)state;
    assert_int_equal(sizeof(dstack_error), 256);
    assert_string_equal(dstack_error_name(0), "DSTACK_OK");
    assert_string_equal(dstack_error_name(-1), "DSTACK_ERR_ARG");
    assert_string_equal(dstack_error_name(-2), "DSTACK_ERR_NOMEM");
    assert_string_equal(dstack_error_name(-3), "DSTACK_ERR_UNSUPPORTED");
    assert_string_equal(dstack_error_name(-4), "DSTACK_ERR_INTERNAL");
    assert_string_equal(dstack_error_name(-10), "DSTACK_ERR_IO");
    assert_string_equal(dstack_error_name(-11), "DSTACK_ERR_AGENT");
    assert_string_equal(dstack_error_name(-12), "DSTACK_ERR_PROTOCOL");
    assert_string_equal(dstack_error_name(-13), "DSTACK_ERR_TIMEOUT");
    assert_string_equal(dstack_error_name(-14), "DSTACK_ERR_CANCELLED");
    assert_string_equal(dstack_error_name(-20), "DSTACK_ERR_PARSE");
    assert_string_equal(dstack_error_name(-30), "DSTACK_ERR_UNTRUSTED");
    assert_string_equal(dstack_error_name(-31), "DSTACK_ERR_STALE");
    assert_string_equal(dstack_error_name(-32), "DSTACK_ERR_POLICY");
    assert_string_equal(dstack_error_name(1), "unknown");
    assert_string_equal(dstack_error_name(-5), "unknown");

    assert_string_equal(dstack_stage_name(0), "");
    assert_string_equal(dstack_stage_name(1), "quote");
    assert_string_equal(dstack_stage_name(2), "collateral");
    assert_string_equal(dstack_stage_name(3), "chain");
    assert_string_equal(dstack_stage_name(4), "revocation");
    assert_string_equal(dstack_stage_name(5), "qe");
    assert_string_equal(dstack_stage_name(6), "signature");
    assert_string_equal(dstack_stage_name(7), "tcb");
    assert_string_equal(dstack_stage_name(8), "attributes");
    assert_string_equal(dstack_stage_name(9), "policy");
    assert_string_equal(dstack_stage_name(10), "evidence");
    assert_string_equal(dstack_stage_name(11), "attestation");
    assert_string_equal(dstack_stage_name(12), "events");
    assert_string_equal(dstack_stage_name(13), "workload");
    assert_string_equal(dstack_stage_name(14), "image");
    assert_string_equal(dstack_stage_name(15), "keys");
    assert_string_equal(dstack_stage_name(16), "receipt");
    assert_string_equal(dstack_stage_name(17), "identity");
    assert_string_equal(dstack_stage_name(18), "unknown");
    assert_string_equal(dstack_stage_name(-1), "unknown");

    assert_string_equal(dstack_reason_name(0), "");
    assert_string_equal(dstack_reason_name(-1), "unknown");
    assert_string_equal(dstack_reason_name(DSTACK_REASON_COUNT), "unknown");
}

/* Each constant has a name of its own and a code. */
static void
test_every_reason_is_in_the_table(void **state)
{
    (void)state;
    for (int i = 1; i < DSTACK_REASON_COUNT; i++) {
        assert_non_null(dstack_reason_name(i));
        assert_string_not_equal(dstack_reason_name(i), "");
        assert_string_not_equal(
            dstack_error_name(ds_reason_code(i)), "unknown");
        assert_int_not_equal(ds_reason_code(i), DSTACK_OK);
        for (int k = 1; k < i; k++)
            assert_string_not_equal(
                dstack_reason_name(i), dstack_reason_name(k));
    }
}

/* The names are the constants of the public header, in its order. */
static void
test_names_are_the_headers(void **state)
{
    static const char mark[] = "DSTACK_REASON_";
    FILE *f = fopen("include/dstack/error.h", "r");
    char line[256];
    int seen = -1;

    (void)state;
    if (!f) {
        print_message("include/dstack/error.h is not here: run from the "
                      "project's root\n");
        skip();
    }
    while (fgets(line, sizeof line, f)) {
        char *p = line + strspn(line, " ");

        if (strncmp(p, mark, sizeof mark - 1) != 0)
            continue;
        p += sizeof mark - 1;
        p[strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789")] = 0;
        for (char *c = p; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        if (++seen == 0)
            assert_string_equal(p, "none");
        else if (seen == DSTACK_REASON_COUNT)
            assert_string_equal(p, "count");
        else
            assert_string_equal(dstack_reason_name(seen), p);
    }
    fclose(f);
    assert_int_equal(seen, DSTACK_REASON_COUNT);
}

static bool
ends(const char *name, const char *with)
{
    size_t n = strlen(name), m = strlen(with);

    return n >= m && strcmp(name + n - m, with) == 0;
}

static bool
begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

/* The same of key chains, environments and app-compose files. */
static int
expected_keys_code(const char *n)
{
    static const char *const arguments[] = {
        "env_name", "env_value", "env_count", "env_total"};
    static const char *const parse[] = {"key_chain_key", "env_key", "env_file",
        "env_json", "env_ciphertext", "compose_json", "compose_member"};

    for (size_t i = 0; i < sizeof arguments / sizeof arguments[0]; i++)
        if (strcmp(n, arguments[i]) == 0)
            return DSTACK_ERR_ARG;
    for (size_t i = 0; i < sizeof parse / sizeof parse[0]; i++)
        if (strcmp(n, parse[i]) == 0)
            return DSTACK_ERR_PARSE;
    if (ends(n, "_length"))
        return DSTACK_ERR_PARSE;
    if (ends(n, "_stale") || ends(n, "_future"))
        return DSTACK_ERR_STALE;
    if (strcmp(n, "env_not_allowed") == 0)
        return DSTACK_ERR_POLICY;
    return strcmp(n, "compose_order") == 0 ? DSTACK_ERR_UNSUPPORTED
                                           : DSTACK_ERR_UNTRUSTED;
}

/* Of receipts and identities: what no signature covers is malformed or late,
 * all else is a lie. */
static int
expected_receipt_code(const char *n)
{
    if (ends(n, "_schema") || ends(n, "_format") || ends(n, "_origin"))
        return DSTACK_ERR_PARSE;
    return ends(n, "_expired") || ends(n, "_future") ? DSTACK_ERR_STALE
                                                     : DSTACK_ERR_UNTRUSTED;
}

/* What error.h promises of each code, as a rule over the names. */
static int
expected_code(const char *n)
{
    static const char *const exact[] = {"root_pin", "key_invalid",
        "quote_signature", "tcb_not_supported", "tcb_revoked", "tcb_level_dup",
        "qe_debug", "qe_report_data", "event_digest", "event_preimage",
        "report_data_claim", "report_data_payload", "event_lists",
        "rtmr3_replay", "boot_replay", "image_missing", "image_hash",
        "image_measurement", "image_file", "image_mrtd", "image_rtmr0",
        "image_rtmr1", "image_rtmr2", "gpu_evidence"};
    static const char *const rules[] = {"event_type", "event_name",
        "event_ready", "event_missing", "event_duplicate", "event_order",
        "event_boundary", "event_payload", "event_gpu", "mr_config"};
    static const char *const tail[] = {
        "_sig", "_name", "_ca", "_role", "_mismatch", "_issuer"};

    if (begins(n, "key_chain_") || begins(n, "env_") || begins(n, "compose_"))
        return expected_keys_code(n);
    if (begins(n, "receipt_") || begins(n, "identity_"))
        return expected_receipt_code(n);
    if (strcmp(n, "internal") == 0)
        return DSTACK_ERR_INTERNAL;
    if (strcmp(n, "time_range") == 0)
        return DSTACK_ERR_ARG;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(n, rules[i]) == 0)
            return DSTACK_ERR_POLICY;
    }
    if (strcmp(n, "policy_json") == 0 || strcmp(n, "policy_unknown_key") == 0)
        return DSTACK_ERR_PARSE;
    if (begins(n, "policy_") || begins(n, "attr_"))
        return DSTACK_ERR_POLICY;
    if (ends(n, "_unsupported"))
        return DSTACK_ERR_UNSUPPORTED;
    if (ends(n, "_time") || ends(n, "_expired") || ends(n, "_future"))
        return DSTACK_ERR_STALE;
    if (begins(n, "revoked_"))
        return DSTACK_ERR_UNTRUSTED;
    for (size_t i = 0; i < sizeof exact / sizeof exact[0]; i++) {
        if (strcmp(n, exact[i]) == 0)
            return DSTACK_ERR_UNTRUSTED;
    }
    for (size_t i = 0; i < sizeof tail / sizeof tail[0]; i++) {
        if (ends(n, tail[i]))
            return DSTACK_ERR_UNTRUSTED;
    }
    return DSTACK_ERR_PARSE;
}

static void
test_reason_codes(void **state)
{
    (void)state;
    for (int i = 1; i < DSTACK_REASON_COUNT; i++) {
        const char *name = dstack_reason_name(i);

        if (ds_reason_code(i) != expected_code(name))
            fail_msg("%s: %s", name, dstack_error_name(ds_reason_code(i)));
    }
    assert_int_equal(ds_reason_code(0), DSTACK_ERR_INTERNAL);
    assert_int_equal(ds_reason_code(-1), DSTACK_ERR_INTERNAL);
    assert_int_equal(ds_reason_code(DSTACK_REASON_COUNT), DSTACK_ERR_INTERNAL);
}

static void
test_fail_fills_everything(void **state)
{
    dstack_error err, zero;

    (void)state;
    memset(&err, 0xff, sizeof err);
    memset(&zero, 0, sizeof zero);
    assert_int_equal(
        ds_fail(&err, DSTACK_ERR_ARG, "x: %d of %s", 3, "y"), DSTACK_ERR_ARG);
    assert_int_equal(err.code, DSTACK_ERR_ARG);
    assert_int_equal(err.stage, 0);
    assert_int_equal(err.reason, 0);
    assert_int_equal(err.origin, 0);
    assert_true(err.detail == 0);
    assert_string_equal(err.message, "x: 3 of y");

    memset(&err, 0xff, sizeof err);
    assert_int_equal(ds_fail_reason(&err, DSTACK_ERR_STALE, DSTACK_STAGE_CHAIN,
                         DSTACK_REASON_PCK_CHAIN_TIME, "late"),
        DSTACK_ERR_STALE);
    assert_int_equal(err.stage, DSTACK_STAGE_CHAIN);
    assert_int_equal(err.reason, DSTACK_REASON_PCK_CHAIN_TIME);
    assert_int_equal(err.origin, 0);
    assert_string_equal(err.message, "late");

    assert_int_equal(ds_fail_nomem(&err), DSTACK_ERR_NOMEM);
    assert_int_equal(err.code, DSTACK_ERR_NOMEM);
    assert_int_not_equal(err.message[0], 0);
    ds_err_clear(&err);
    assert_memory_equal(&err, &zero, sizeof err);

    ds_err_clear(NULL);
    assert_int_equal(ds_fail(NULL, -1, "x"), -1);
    assert_int_equal(ds_fail_reason(NULL, -2, 1, 1, "x"), -2);
    assert_int_equal(ds_fail_nomem(NULL), DSTACK_ERR_NOMEM);
}

/* A long message is cut, and not inside a character. */
static void
test_long_messages(void **state)
{
    static const char *const character[] = {
        "a", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x94\x92"};
    dstack_error err;

    (void)state;
    for (size_t c = 0; c < 4; c++) {
        char text[600] = "";
        size_t n = strlen(character[c]);

        for (size_t i = 0; i < 120; i++)
            memcpy(text + i * n, character[c], n + 1);
        for (int pad = 0; pad < 4; pad++) {
            size_t left;

            ds_fail(&err, -1, "%.*s%s%s", pad, "xyz", text, text);
            left = sizeof err.message - 1 - (size_t)pad;
            assert_int_equal(strlen(err.message), (size_t)pad + left / n * n);
            assert_true(ds_utf8_is(ds_view_str(err.message)));
        }
    }
    /* Exactly full is not cut. */
    ds_fail(&err, -1, "%0229d\xc3\xbc", 7);
    assert_int_equal(strlen(err.message), 231);
    assert_int_equal((uint8_t)err.message[230], 0xbc);
}

static void
test_prefix(void **state)
{
    dstack_error err;

    (void)state;
    ds_fail_reason(&err, -20, 3, 7, "b: c");
    ds_err_prefix(&err, "a");
    assert_string_equal(err.message, "a: b: c");
    assert_int_equal(err.code, -20);
    assert_int_equal(err.reason, 7);
    ds_fail(&err, -1, "%0229d\xc3\xbc", 7);
    ds_err_prefix(&err, "abc");
    /* Cut where a character ends. */
    assert_int_equal(strlen(err.message), 231);
    assert_memory_equal(err.message, "abc: 0", 6);
    ds_fail(&err, -1, "%0225d\xc3\xbc", 7);
    ds_err_prefix(&err, "abc");
    assert_int_equal(strlen(err.message), 230);
    ds_err_prefix(NULL, "a");
}

static void
test_utf8_cut(void **state)
{
    (void)state;
    assert_int_equal(ds_utf8_cut("", 0), 0);
    assert_int_equal(ds_utf8_cut("abc", 2), 2);
    assert_int_equal(ds_utf8_cut("a\xe2\x82\xac", 4), 4);
    assert_int_equal(ds_utf8_cut("a\xe2\x82\xac", 3), 1);
    assert_int_equal(ds_utf8_cut("a\xe2\x82\xac", 2), 1);
    assert_int_equal(ds_utf8_cut("\xf0\x9f\x94\x92", 3), 0);
    assert_int_equal(ds_utf8_cut("\x94\x92", 2), 0);
}

static void
test_quote(void **state)
{
    char out[40];
    ds_view v;

    (void)state;
    assert_string_equal(ds_err_quote(ds_view_str(""), out), "");
    assert_string_equal(ds_err_quote(ds_view_of(NULL, 0), out), "");
    assert_string_equal(ds_err_quote(ds_view_str("UpToDate"), out), "UpToDate");
    v = ds_view_of("a\n\x1b[0m\x7f\xff\0z", 10);
    assert_string_equal(ds_err_quote(v, out), "a??[0m???z");
    v = ds_view_str("0123456789abcdef0123456789abcdef");
    assert_string_equal(
        ds_err_quote(v, out), "0123456789abcdef0123456789abcdef");
    v = ds_view_str("0123456789abcdef0123456789abcdefX");
    assert_string_equal(
        ds_err_quote(v, out), "0123456789abcdef0123456789abcdef...");
    assert_ptr_equal(ds_err_quote(v, out), out);
}

static void
test_checks_names(void **state)
{
    (void)state;
    assert_string_equal(ds_check_name(DS_CHECK_TIME), "time");
    assert_string_equal(
        ds_check_name(DS_CHECK_POLICY_REPORT_DATA), "policy_report_data");
    assert_int_equal(ds_check_stage(DS_CHECK_TIME), DSTACK_STAGE_QUOTE);
    assert_int_equal(ds_check_stage(DS_CHECK_PCK_CHAIN), DSTACK_STAGE_CHAIN);
    assert_int_equal(
        ds_check_stage(DS_CHECK_REVOCATION), DSTACK_STAGE_REVOCATION);
    assert_int_equal(
        ds_check_stage(DS_CHECK_POLICY_REPORT_DATA), DSTACK_STAGE_POLICY);
    assert_string_equal(ds_check_name(-1), "unknown");
    assert_string_equal(ds_check_name(DS_CHECK_COUNT), "unknown");
    assert_int_equal(ds_check_stage(-1), DSTACK_STAGE_NONE);
    assert_int_equal(ds_check_stage(DS_CHECK_COUNT), DSTACK_STAGE_NONE);
    for (int i = 0; i < DS_CHECK_COUNT; i++) {
        assert_true(ds_check_stage(i) >= 1 && ds_check_stage(i) <= 14);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(ds_check_name(i), ds_check_name(k));
    }
}

static void
test_checks_record(void **state)
{
    static ds_checks c;
    char longer[300];

    (void)state;
    memset(&c, 0xaa, sizeof c);
    ds_checks_init(&c);
    assert_false(ds_checks_failed(&c));
    assert_int_equal(c.first, -1);
    for (int i = 0; i < DS_CHECK_COUNT; i++) {
        assert_int_equal(c.at[i].result, DS_NOT_RUN);
        assert_int_equal(c.at[i].reason, 0);
    }
    ds_checks_pass(&c, DS_CHECK_TIME);
    assert_int_equal(c.at[DS_CHECK_TIME].result, DS_PASSED);
    assert_false(ds_checks_failed(&c));

    /* A later check fails first: it is the first failure. */
    memset(longer, 'e', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    assert_int_equal(
        ds_checks_fail(&c, DS_CHECK_TCB_LEVEL, DSTACK_REASON_TCB_NOT_SUPPORTED,
            longer, NULL, "tcb: level %d", 4),
        DSTACK_ERR_UNTRUSTED);
    assert_true(ds_checks_failed(&c));
    assert_int_equal(c.first, DS_CHECK_TCB_LEVEL);
    assert_int_equal(c.error.code, DSTACK_ERR_UNTRUSTED);
    assert_int_equal(c.error.stage, DSTACK_STAGE_TCB);
    assert_int_equal(c.error.reason, DSTACK_REASON_TCB_NOT_SUPPORTED);
    assert_string_equal(c.error.message, "tcb: level 4");
    assert_int_equal(strlen(c.at[DS_CHECK_TCB_LEVEL].expected), 131);
    assert_string_equal(c.at[DS_CHECK_TCB_LEVEL].found, "");

    /* Another failure is recorded, the message stays the first one's. */
    assert_int_equal(ds_checks_fail(&c, DS_CHECK_PCK_CHAIN,
                         DSTACK_REASON_PCK_CHAIN_TIME, "a", "b", "late"),
        DSTACK_ERR_STALE);
    assert_int_equal(c.first, DS_CHECK_TCB_LEVEL);
    assert_string_equal(c.error.message, "tcb: level 4");
    assert_int_equal(c.at[DS_CHECK_PCK_CHAIN].result, DS_FAILED);
    assert_string_equal(c.at[DS_CHECK_PCK_CHAIN].expected, "a");
    assert_string_equal(c.at[DS_CHECK_PCK_CHAIN].found, "b");

    /* The same check again: its first reason stays; nothing un-fails it. */
    assert_int_equal(ds_checks_fail(&c, DS_CHECK_PCK_CHAIN,
                         DSTACK_REASON_PCK_CHAIN_SIG, "c", "d", "sig"),
        DSTACK_ERR_UNTRUSTED);
    assert_int_equal(
        c.at[DS_CHECK_PCK_CHAIN].reason, DSTACK_REASON_PCK_CHAIN_TIME);
    assert_string_equal(c.at[DS_CHECK_PCK_CHAIN].expected, "a");
    ds_checks_pass(&c, DS_CHECK_PCK_CHAIN);
    assert_int_equal(c.at[DS_CHECK_PCK_CHAIN].result, DS_FAILED);

    ds_checks_init(&c);
    assert_false(ds_checks_failed(&c));
    assert_int_equal(c.error.code, 0);
    assert_int_equal(c.at[DS_CHECK_PCK_CHAIN].result, DS_NOT_RUN);
}

static void
test_checks_take_an_error(void **state)
{
    static ds_checks c;
    dstack_error err;

    (void)state;
    ds_checks_init(&c);
    ds_fail_reason(&err, DSTACK_ERR_PARSE, DSTACK_STAGE_NONE,
        DSTACK_REASON_CERT_DER, "certificate: no");
    err.origin = DSTACK_ORIGIN_MBEDTLS;
    err.detail = -42;
    assert_int_equal(
        ds_checks_fail_err(&c, DS_CHECK_QEID_CHAIN, &err), DSTACK_ERR_PARSE);
    assert_int_equal(c.first, DS_CHECK_QEID_CHAIN);
    assert_int_equal(c.at[c.first].reason, DSTACK_REASON_CERT_DER);
    assert_string_equal(c.at[c.first].expected, "");
    assert_int_equal(c.error.stage, DSTACK_STAGE_CHAIN);
    assert_int_equal(c.error.code, DSTACK_ERR_PARSE);
    assert_int_equal(c.error.origin, DSTACK_ORIGIN_MBEDTLS);
    assert_true(c.error.detail == -42);
    assert_string_equal(c.error.message, "certificate: no");

    /* Out of memory has no reason and stays what it is. */
    ds_checks_init(&c);
    ds_fail_nomem(&err);
    assert_int_equal(
        ds_checks_fail_err(&c, DS_CHECK_TCB_INFO, &err), DSTACK_ERR_NOMEM);
    assert_int_equal(c.error.code, DSTACK_ERR_NOMEM);
    assert_int_equal(c.error.stage, DSTACK_STAGE_COLLATERAL);
    assert_true(ds_checks_failed(&c));

    /* An error that says nothing is a bug, and no pass. */
    ds_checks_init(&c);
    ds_err_clear(&err);
    assert_int_equal(
        ds_checks_fail_err(&c, DS_CHECK_TCB_INFO, &err), DSTACK_ERR_INTERNAL);
    assert_true(ds_checks_failed(&c));
}

/* An id that is none must not write, nor read as success. */
static void
test_checks_unknown_id(void **state)
{
    static ds_checks c;
    dstack_error err;

    (void)state;
    ds_checks_init(&c);
    ds_checks_pass(&c, -1);
    ds_checks_pass(&c, DS_CHECK_COUNT);
    assert_int_equal(
        ds_checks_fail(&c, DS_CHECK_COUNT, DSTACK_REASON_JSON, NULL, NULL, "x"),
        DSTACK_ERR_INTERNAL);
    ds_fail_nomem(&err);
    assert_int_equal(ds_checks_fail_err(&c, -1, &err), DSTACK_ERR_INTERNAL);
    assert_true(ds_checks_failed(&c));
}

static void
test_version(void **state)
{
    char want[40];
    int major = 0, minor = 0, patch = 0;

    (void)state;
    assert_int_equal(
        sscanf(dstack_version(), "%d.%d.%d", &major, &minor, &patch), 3);
    snprintf(want, sizeof want, "%d.%d.%d", major, minor, patch);
    assert_string_equal(dstack_version(), want);
    assert_int_equal(
        dstack_version_number(), major * 1000000 + minor * 1000 + patch);
    assert_int_equal(DSTACK_VERSION_MAJOR, major);
    assert_int_equal(DSTACK_VERSION_MINOR, minor);
    assert_int_equal(DSTACK_VERSION_PATCH, patch);
    assert_non_null(strstr(dstack_build_info(), dstack_version()));
    assert_non_null(strstr(dstack_build_info(), " ecdsa="));
    assert_non_null(strstr(dstack_build_info(), " mbedtls="));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_every_reason_is_in_the_table),
        cmocka_unit_test(test_names_are_the_headers),
        cmocka_unit_test(test_reason_codes),
        cmocka_unit_test(test_fail_fills_everything),
        cmocka_unit_test(test_long_messages),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_utf8_cut),
        cmocka_unit_test(test_quote),
        cmocka_unit_test(test_checks_names),
        cmocka_unit_test(test_checks_record),
        cmocka_unit_test(test_checks_take_an_error),
        cmocka_unit_test(test_checks_unknown_id),
        cmocka_unit_test(test_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
