/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes of the signed documents: recognised by their own member, not by
 * a name somewhere inside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dstack/dstack.h"

static int
set(dstack_collateral *c, uint32_t part, const char *text, dstack_error *err)
{
    return dstack_collateral_set(
        c, (const uint8_t *)text, strlen(text), part, err);
}

static void
assert_part(const dstack_collateral *c, uint32_t part, const char *want)
{
    size_t n;
    const uint8_t *p = dstack_collateral_part(c, part, &n);

    assert_int_equal(n, strlen(want));
    assert_memory_equal(p, want, n);
}

static void
envelope_is_taken_off(void **state)
{
    dstack_collateral *c;
    dstack_error err;

    (void)state;
    assert_int_equal(dstack_collateral_new(&c, &err), DSTACK_OK);
    assert_int_equal(
        set(c, DSTACK_PART_TCB_INFO,
            "{\"tcbInfo\": {\"a\" :1},\"signature\":\"00ff\"}", &err),
        DSTACK_OK);
    assert_part(c, DSTACK_PART_TCB_INFO, "{\"a\" :1}");
    assert_part(c, DSTACK_PART_TCB_INFO_SIGNATURE, "00ff");
    dstack_collateral_free(c);
}

static void
name_inside_is_no_envelope(void **state)
{
    static const char tcb[] = "{\"a\":{\"tcbInfo\":1}}";
    static const char qe[] = "{\"a\":\"\",\"b\":[\"enclaveIdentity\"]}";
    dstack_collateral *c;
    dstack_error err;

    (void)state;
    assert_int_equal(dstack_collateral_new(&c, &err), DSTACK_OK);
    assert_int_equal(set(c, DSTACK_PART_TCB_INFO, tcb, &err), DSTACK_OK);
    assert_int_equal(set(c, DSTACK_PART_QE_IDENTITY, qe, &err), DSTACK_OK);
    assert_part(c, DSTACK_PART_TCB_INFO, tcb);
    assert_part(c, DSTACK_PART_QE_IDENTITY, qe);
    assert_null(
        dstack_collateral_part(c, DSTACK_PART_TCB_INFO_SIGNATURE, NULL));
    dstack_collateral_free(c);
}

static void
envelope_in_an_envelope(void **state)
{
    dstack_collateral *c;
    dstack_error err;

    (void)state;
    assert_int_equal(dstack_collateral_new(&c, &err), DSTACK_OK);
    assert_int_equal(set(c, DSTACK_PART_TCB_INFO,
                         "{\"tcbInfo\":{\"tcbInfo\":{},\"signature\":\"00\"},"
                         "\"signature\":\"11\"}",
                         &err),
        DSTACK_ERR_PARSE);
    assert_int_equal(err.stage, DSTACK_STAGE_COLLATERAL);
    assert_int_equal(err.reason, DSTACK_REASON_COLLATERAL_FORMAT);
    assert_null(dstack_collateral_part(c, DSTACK_PART_TCB_INFO, NULL));
    assert_null(
        dstack_collateral_part(c, DSTACK_PART_TCB_INFO_SIGNATURE, NULL));
    dstack_collateral_free(c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(envelope_is_taken_off),
        cmocka_unit_test(name_inside_is_no_envelope),
        cmocka_unit_test(envelope_in_an_envelope),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
