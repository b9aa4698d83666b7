/* SPDX-License-Identifier: Apache-2.0 */
/* The CBOR reader: RFC 8949's own examples (appendix A) of what is accepted
 * and refused, one form only, caps, records, sticky faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "codec/cbor.h"
#include "support/vec.h"

static int
fault_of(const char *hex)
{
    ds_view in = vec_bytes(hex);
    ds_cbor c;
    ds_cbor_at root;
    bool ok = ds_cbor_open(&c, in, &root);

    assert_true(ok == (c.fault == DS_FAULT_NONE));
    assert_true(c.at <= in.n);
    vec_free(in);
    return c.fault;
}

static void
test_uint(void **state)
{
    static const struct {
        const char *hex;
        uint64_t value;
    } cases[] = {
        {"00", 0},
        {"0a", 10},
        {"17", 23},
        {"1818", 24},
        {"1864", 100},
        {"1903e8", 1000},
        {"1a000f4240", 1000000},
        {"1b000000e8d4a51000", 1000000000000},
        {"1bffffffffffffffff", UINT64_MAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ds_view in = vec_bytes(cases[i].hex);
        ds_cbor c;
        ds_cbor_at at;

        assert_true(ds_cbor_open(&c, in, &at));
        assert_true(ds_cbor_uint(&at, UINT64_MAX) == cases[i].value);
        assert_int_equal(at.off, in.n);
        if (cases[i].value != 0) {
            assert_true(ds_cbor_open(&c, in, &at));
            assert_int_equal(ds_cbor_uint(&at, cases[i].value - 1), 0);
            assert_int_equal(c.fault, DS_FAULT_RANGE);
        }
        vec_free(in);
    }
}

static void
test_accepted(void **state)
{
    static const char *const cases[] = {"20", "3863", "3bffffffffffffffff",
        "f4", "f5", "f6", "40", "4401020304", "60", "6449455446", "62c3bc",
        "80", "83010203", "a0", "a26161016162820203", "8301820203820405",
        "98190102030405060708090a0b0c0d0e0f101112131415161718181819"};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(fault_of(cases[i]), DS_FAULT_NONE);
}

static void
test_refused(void **state)
{
    static const struct {
        const char *hex;
        int fault;
    } cases[] = {
        {"-", DS_FAULT_TRUNCATED},
        {"18", DS_FAULT_TRUNCATED},
        {"1900", DS_FAULT_TRUNCATED},
        {"4401", DS_FAULT_TRUNCATED},
        {"62c3", DS_FAULT_TRUNCATED},
        {"8201", DS_FAULT_TRUNCATED},
        {"a16161", DS_FAULT_TRUNCATED},
        {"9b7fffffffffffffff", DS_FAULT_TRUNCATED},
        {"bbffffffffffffffff", DS_FAULT_TRUNCATED},
        {"0000", DS_FAULT_TRAILING},
        {"a000", DS_FAULT_TRAILING},
        {"1800", DS_FAULT_FORM},
        {"1817", DS_FAULT_FORM},
        {"1900ff", DS_FAULT_FORM},
        {"1a0000ffff", DS_FAULT_FORM},
        {"1b00000000ffffffff", DS_FAULT_FORM},
        {"5801ff", DS_FAULT_FORM},
        {"1c", DS_FAULT_FORM},
        {"5f4101ff", DS_FAULT_FORM},
        {"7f6161ff", DS_FAULT_FORM},
        {"9fff", DS_FAULT_FORM},
        {"bfff", DS_FAULT_FORM},
        {"c11a514b67b0", DS_FAULT_FORM},
        {"f97e00", DS_FAULT_FORM},
        {"fa47c35000", DS_FAULT_FORM},
        {"f7", DS_FAULT_FORM},
        {"f0", DS_FAULT_FORM},
        {"f818", DS_FAULT_FORM},
        {"ff", DS_FAULT_FORM},
        {"61ff", DS_FAULT_UTF8},
        {"6100", DS_FAULT_UTF8},
        {"a10102", DS_FAULT_TYPE},
        {"a1416101", DS_FAULT_TYPE},
        {"a2616101616102", DS_FAULT_DUPLICATE},
        {"82a1616101a2616101616102", DS_FAULT_DUPLICATE},
        {"8181818181818181818181818181818180", DS_FAULT_DEPTH},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (fault_of(cases[i].hex) != cases[i].fault)
            fail_msg("%s: %d, expected %d", cases[i].hex,
                fault_of(cases[i].hex), cases[i].fault);
    /* One level less, and the same key in two maps, are fine. */
    assert_int_equal(
        fault_of("81818181818181818181818181818180"), DS_FAULT_NONE);
    assert_int_equal(fault_of("82a1616101a1616101"), DS_FAULT_NONE);
}

/* 128 keys are read, one more is refused. */
static void
test_keys(void **state)
{
    uint8_t in[2 + 129 * 4];
    ds_cbor c;
    ds_cbor_at at;

    (void)state;
    for (uint8_t n = 128; n <= 129; n++) {
        in[0] = 0xb8;
        in[1] = n;
        for (unsigned i = 0; i < n; i++) {
            in[2 + 4 * i] = 0x62;
            in[3 + 4 * i] = (uint8_t)('A' + i / 16);
            in[4 + 4 * i] = (uint8_t)('a' + i % 16);
            in[5 + 4 * i] = 0x00;
        }
        assert_true(
            ds_cbor_open(&c, ds_view_of(in, 2 + 4u * n), &at) == (n == 128));
        assert_int_equal(c.fault, n == 128 ? DS_FAULT_NONE : DS_FAULT_RANGE);
    }
}

static void
test_record(void **state)
{
    static const char *const names[] = {"a", "b"};
    /* {"x": [1, {"a": 5}], "b": h'0102', "a": "hi"} */
    ds_view in = vec_bytes("a361788201a16161056162420102616162"
                           "6869");
    ds_view v;
    ds_cbor c;
    ds_cbor_at root, at, f[2];

    (void)state;
    assert_true(ds_cbor_open(&c, in, &root));
    at = root;
    ds_cbor_record(&at, names, 2, f);
    assert_int_equal(at.off, in.n);
    assert_true(ds_view_eq_str(ds_cbor_text(&f[0], 2), "hi"));
    v = ds_cbor_bytes(&f[1], 2);
    assert_int_equal(v.n, 2);
    assert_int_equal(v.p[1], 2);
    /* A body longer than allowed; another type; then everything is empty. */
    at = root;
    ds_cbor_record(&at, names, 2, f);
    assert_int_equal(ds_cbor_text(&f[0], 1).n, 0);
    assert_int_equal(c.fault, DS_FAULT_RANGE);
    assert_int_equal(ds_cbor_bytes(&f[1], 2).n, 0);
    assert_true(ds_cbor_open(&c, in, &root));
    ds_cbor_record(&root, names, 2, f);
    assert_int_equal(ds_cbor_bytes(&f[0], 9).n, 0);
    assert_int_equal(c.fault, DS_FAULT_TYPE);
    assert_int_equal(ds_cbor_uint(&f[1], 9), 0);
    vec_free(in);
}

static void
test_record_refused(void **state)
{
    static const char *const names[] = {"a", "b"};
    ds_view in = vec_bytes("a1616101"), other = vec_bytes("80");
    ds_cbor c;
    ds_cbor_at root, f[2];

    (void)state;
    assert_true(ds_cbor_open(&c, in, &root));
    ds_cbor_record(&root, names, 2, f);
    assert_int_equal(c.fault, DS_FAULT_MISSING);
    assert_int_equal(ds_cbor_uint(&f[0], 9), 0);
    assert_int_equal(ds_cbor_text(&f[1], 9).n, 0);
    assert_true(ds_cbor_open(&c, other, &root));
    ds_cbor_record(&root, names, 2, f);
    assert_int_equal(c.fault, DS_FAULT_TYPE);
    vec_free(in);
    vec_free(other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uint),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_record),
        cmocka_unit_test(test_record_refused),
    };

    return cmocka_run_group_tests_name("cbor", tests, NULL, NULL);
}
