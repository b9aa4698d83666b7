/* SPDX-License-Identifier: Apache-2.0 */
/* vm_config as an object: members by name and type, absent told from empty,
 * the wrapping of older guests, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dstack/dstack.h"

static dstack_vm_config *
parse(const char *text)
{
    dstack_vm_config *c = NULL;
    dstack_error err;

    if (dstack_vm_config_parse((const uint8_t *)text, strlen(text), &c, &err) !=
        DSTACK_OK)
        fail_msg("%s: %s", text, err.message);
    assert_non_null(c);
    return c;
}

static void
test_members(void **state)
{
    dstack_vm_config *c = parse(
        " {\"t\":\"a\\u00e9\",\"e\":\"\",\"n\":18446744073709551615,\"m\":-1,"
        "\"x\":1e3,\"y\":18446744073709551616,\"f\":false,\"w\":true,"
        "\"o\":{\"k\" : [1, \"2\"]},\"z\":null,\"\\u0071\":[]} ");
    static const char *const names[] = {
        "t", "e", "n", "m", "x", "y", "f", "w", "o", "z", "q"};
    int found = 9;
    size_t n = 9;

    (void)state;
    assert_int_equal(dstack_vm_config_count(c), 11);
    for (size_t i = 0; i < 11; i++)
        assert_string_equal(dstack_vm_config_name(c, i), names[i]);
    assert_null(dstack_vm_config_name(c, 11));
    assert_string_equal(dstack_vm_config_text(c, "t", &n), "a\xc3\xa9");
    assert_int_equal(n, 3);
    assert_string_equal(dstack_vm_config_text(c, "e", &n), "");
    assert_int_equal(n, 0);
    n = 9;
    assert_null(dstack_vm_config_text(c, "absent", &n));
    assert_int_equal(n, 0);
    assert_null(dstack_vm_config_text(c, "n", &n));
    assert_null(dstack_vm_config_text(c, NULL, &n));
    assert_true(dstack_vm_config_number(c, "n", &found) == UINT64_MAX);
    assert_int_equal(found, 1);
    for (size_t i = 3; i < 6; i++) {
        found = 9;
        assert_true(dstack_vm_config_number(c, names[i], &found) == 0);
        assert_int_equal(found, 0);
    }
    assert_int_equal(dstack_vm_config_number(c, "t", NULL), 0);
    assert_int_equal(dstack_vm_config_flag(c, "w", &found), 1);
    assert_int_equal(found, 1);
    assert_int_equal(dstack_vm_config_flag(c, "f", &found), 0);
    assert_int_equal(found, 1);
    assert_int_equal(dstack_vm_config_flag(c, "z", &found), 0);
    assert_int_equal(found, 0);
    assert_int_equal(dstack_vm_config_flag(c, "n", NULL), 0);
    assert_string_equal(
        dstack_vm_config_raw(c, "o", &n), "{\"k\" : [1, \"2\"]}");
    assert_int_equal(n, 16);
    assert_string_equal(dstack_vm_config_raw(c, "x", NULL), "1e3");
    assert_string_equal(dstack_vm_config_raw(c, "t", NULL), "\"a\\u00e9\"");
    assert_string_equal(dstack_vm_config_raw(c, "q", &n), "[]");
    assert_null(dstack_vm_config_raw(c, "absent", &n));
    assert_int_equal(n, 0);
    dstack_vm_config_free(c);
    dstack_vm_config_free(NULL);
}

static void
test_none(void **state)
{
    size_t n = 9;
    int found = 9;

    (void)state;
    assert_null(dstack_vm_config_json(NULL, &n));
    assert_int_equal(n, 0);
    assert_int_equal(dstack_vm_config_count(NULL), 0);
    assert_null(dstack_vm_config_name(NULL, 0));
    assert_null(dstack_vm_config_text(NULL, "a", &n));
    assert_null(dstack_vm_config_raw(NULL, "a", &n));
    assert_int_equal(dstack_vm_config_number(NULL, "a", &found), 0);
    assert_int_equal(found, 0);
    assert_int_equal(dstack_vm_config_flag(NULL, "a", &found), 0);
}

static void
test_wrapped(void **state)
{
    static const struct {
        const char *text, *json;
    } cases[] = {
        {"", "{}"},
        {"{}", "{}"},
        {" {\"a\": 1} ", "{\"a\": 1}"},
        {"{\"kms_urls\":[],\"vm_config\":\"{\\\"a\\\":1}\"}", "{\"a\":1}"},
        {"{\"vm_config\":{\"a\":1},\"b\":2}", "{\"a\":1}"},
        {"{\"vm_config\":\"\"}", "{}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dstack_vm_config *c = parse(cases[i].text);
        size_t n;

        assert_string_equal(dstack_vm_config_json(c, &n), cases[i].json);
        assert_int_equal(n, strlen(cases[i].json));
        dstack_vm_config_free(c);
    }
}

static void
test_refused(void **state)
{
    static const char *const cases[] = {
        " ",
        "[]",
        "null",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1}}",
        "{\"a\":\"\\u0000\"}",
        "{\"vm_config\":5}",
        "{\"vm_config\":null}",
        "{\"vm_config\":\"[]\"}",
        "{\"vm_config\":\"{\"}",
        "{\"vm_config\":{\"vm_config\":{}}}",
        "{\"vm_config\":\"{\\\"vm_config\\\":\\\"{}\\\"}\"}",
    };
    char *large = malloc((1u << 20) + 2);
    dstack_vm_config *c;
    dstack_error err;

    (void)state;
    assert_non_null(large);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int rc = dstack_vm_config_parse(
            (const uint8_t *)cases[i], strlen(cases[i]), &c, &err);

        if (rc != DSTACK_ERR_PARSE)
            fail_msg("%s: %d", cases[i], rc);
        assert_null(c);
        assert_int_equal(err.stage, DSTACK_STAGE_WORKLOAD);
        assert_int_equal(err.reason, DSTACK_REASON_VM_CONFIG);
    }
    memset(large, ' ', (1u << 20) + 1);
    assert_int_equal(dstack_vm_config_parse(
                         (const uint8_t *)large, (1u << 20) + 1, &c, &err),
        DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_VM_CONFIG);
    memcpy(large, "{}", 2);
    assert_int_equal(
        dstack_vm_config_parse((const uint8_t *)large, 1u << 20, &c, &err),
        DSTACK_OK);
    dstack_vm_config_free(c);
    free(large);
    assert_int_equal(dstack_vm_config_parse(NULL, 0, &c, &err), DSTACK_ERR_ARG);
    assert_null(c);
    assert_int_equal(
        dstack_vm_config_parse((const uint8_t *)"{}", 2, NULL, &err),
        DSTACK_ERR_ARG);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_wrapped),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests_name("vm_config", tests, NULL, NULL);
}
