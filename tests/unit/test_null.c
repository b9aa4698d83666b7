/* SPDX-License-Identifier: Apache-2.0 */
/* What a getter says of an object that is not there (dstack/dstack.h). That
 * none crashes is for tests/scripts/check_null.sh, which knows them all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dstack/dstack.h"

typedef const uint8_t *
bytes_of(const dstack_quote *quote, size_t *len);

static void
test_quote(void **state)
{
    static bytes_of *const bytes[] = {dstack_quote_mr_td,
        dstack_quote_mr_enclave, dstack_quote_mr_signer,
        dstack_quote_report_data, dstack_quote_bytes, dstack_quote_signed_bytes,
        dstack_quote_trailing, dstack_quote_auth_data,
        dstack_quote_certification_data};
    static uint32_t (*const numbers[])(const dstack_quote *) = {
        dstack_quote_version, dstack_quote_tee_type, dstack_quote_body_type,
        dstack_quote_certification_type};
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) {
        len = 9;
        assert_null(bytes[i](NULL, &len));
        assert_int_equal(len, 0);
        assert_null(bytes[i](NULL, NULL));
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        assert_int_equal(numbers[i](NULL), 0);
    for (size_t i = 0; i < 5; i++) {
        len = 9;
        assert_null(dstack_quote_rtmr(NULL, i, &len));
        assert_int_equal(len, 0);
    }
    len = 9;
    assert_null(dstack_quote_field(NULL, "version", &len));
    assert_int_equal(len, 0);
    assert_null(dstack_quote_field(NULL, NULL, NULL));
    assert_int_equal(dstack_quote_field_count(NULL), 0);
    assert_null(dstack_quote_field_name(NULL, 0));
    assert_true(dstack_quote_attributes(NULL) == 0);
    assert_true(dstack_quote_xfam(NULL) == 0);
}

static void
test_report(void **state)
{
    static int (*const zero[])(const dstack_report *) = {
        dstack_report_is_accepted, dstack_report_is_authentic,
        dstack_report_stage, dstack_report_reason,
        dstack_report_used_collateral_grace};
    static int64_t (*const times[])(const dstack_report *) = {
        dstack_report_time, dstack_report_valid_until,
        dstack_report_earliest_issue, dstack_report_latest_issue};
    size_t len = 9;

    (void)state;
    for (size_t i = 0; i < sizeof zero / sizeof *zero; i++)
        assert_int_equal(zero[i](NULL), 0);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        assert_true(times[i](NULL) == -1);
    assert_string_equal(dstack_report_message(NULL), "");
    assert_string_equal(dstack_report_root(NULL), "");
    assert_null(dstack_report_quote(NULL));
    assert_null(dstack_report_pck(NULL, "fmspc", &len));
    assert_int_equal(len, 0);
    assert_int_equal(dstack_report_sgx_type(NULL), -1);
    assert_int_equal(dstack_report_platform_flag(NULL, "smt_enabled"), -1);
    assert_string_equal(dstack_report_crl_number(NULL, "root"), "");
    assert_int_equal(dstack_report_shortfall_status(NULL), 0);
    assert_int_equal(dstack_report_shortfall_count(NULL), 0);
    assert_null(dstack_report_shortfall_name(NULL, 0));
    assert_int_equal(dstack_report_shortfall_have(NULL, 0), 0);
    assert_int_equal(dstack_report_shortfall_need(NULL, 0), 0);
}

static void
test_report_parts(void **state)
{
    (void)state;
    assert_int_equal(dstack_report_check_count(NULL), 0);
    assert_string_equal(dstack_report_check_name(NULL, 0), "");
    assert_int_equal(dstack_report_check_stage(NULL, 0), DSTACK_STAGE_NONE);
    assert_int_equal(dstack_report_check_result(NULL, 0), DSTACK_CHECK_NOT_RUN);
    assert_int_equal(dstack_report_check_reason(NULL, 0), DSTACK_REASON_NONE);
    assert_string_equal(dstack_report_check_expected(NULL, 0), "");
    assert_string_equal(dstack_report_check_found(NULL, 0), "");
    for (uint32_t whose = 0; whose < 8; whose++) {
        assert_int_equal(dstack_report_tcb_status(NULL, whose), 0);
        assert_true(dstack_report_tcb_date(NULL, whose) == -1);
        assert_int_equal(dstack_report_advisory_count(NULL, whose), 0);
        assert_null(dstack_report_advisory(NULL, whose, 0));
        assert_int_equal(dstack_report_eval_number(NULL, whose), 0);
    }
}

static void
test_collateral(void **state)
{
    size_t len;

    (void)state;
    for (uint32_t part = 0; part < 11; part++) {
        len = 9;
        assert_null(dstack_collateral_part(NULL, part, &len));
        assert_int_equal(len, 0);
        assert_null(dstack_collateral_part(NULL, part, NULL));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quote),
        cmocka_unit_test(test_report),
        cmocka_unit_test(test_report_parts),
        cmocka_unit_test(test_collateral),
    };

    return cmocka_run_group_tests_name("null", tests, NULL, NULL);
}
