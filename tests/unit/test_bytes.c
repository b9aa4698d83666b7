/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"

static void
test_views(void **state)
{
    static const uint8_t zeros[40] = {0};
    uint8_t one[40] = {0};

    (void)state;
    assert_true(ds_view_eq(ds_view_str("abc"), ds_view_of("abcd", 3)));
    assert_false(ds_view_eq(ds_view_str("abc"), ds_view_str("abd")));
    assert_false(ds_view_eq(ds_view_str("abc"), ds_view_str("ab")));
    assert_true(ds_view_eq(ds_view_of(NULL, 0), ds_view_str("")));
    assert_true(ds_view_eq_str(ds_view_of("PCK\0", 3), "PCK"));
    assert_false(ds_view_eq_str(ds_view_of("PCK\0", 4), "PCK"));
    assert_int_equal(ds_view_str(NULL).n, 0);
    assert_true(ds_view_is_zero(ds_view_of(zeros, sizeof zeros)));
    assert_true(ds_view_is_zero(ds_view_of(NULL, 0)));
    for (size_t i = 0; i < sizeof one; i++) {
        one[i] = 0x80;
        assert_false(ds_view_is_zero(ds_view_of(one, sizeof one)));
        one[i] = 0;
    }
}

static void
test_contains(void **state)
{
    ds_view hay = ds_view_str("aab abab abc");

    (void)state;
    assert_true(ds_view_contains(hay, "abc"));
    assert_true(ds_view_contains(hay, "aab"));
    assert_true(ds_view_contains(hay, "b abab a"));
    assert_true(ds_view_contains(hay, "c"));
    assert_true(ds_view_contains(hay, ""));
    assert_false(ds_view_contains(hay, "abcd"));
    assert_false(ds_view_contains(hay, "ba b"));
    assert_false(ds_view_contains(ds_view_of("abc", 2), "abc"));
    assert_false(ds_view_contains(ds_view_of(NULL, 0), "a"));
    assert_true(ds_view_contains(ds_view_of(NULL, 0), ""));
}

static void
test_reader_reads_little_endian(void **state)
{
    static const uint8_t in[] = {0x01, 0x02, 0x83, 0x04, 0x05, 0x06, 0x87, 0x08,
        0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0xff, 0x10, 0x11, 0x12};
    ds_reader r;
    ds_view v;

    (void)state;
    ds_reader_init(&r, ds_view_of(in, sizeof in));
    assert_int_equal(ds_rd_u8(&r), 0x01);
    assert_int_equal(ds_rd_u16le(&r), 0x8302);
    assert_int_equal(ds_rd_u32le(&r), 0x87060504);
    assert_true(ds_rd_u64le(&r) == UINT64_C(0xff0e0d0c0b0a0908));
    assert_int_equal(ds_rd_left(&r), 3);
    assert_false(ds_rd_done(&r));
    v = ds_rd_view(&r, 2);
    assert_ptr_equal(v.p, in + 15);
    assert_int_equal(v.n, 2);
    ds_rd_skip(&r, 1);
    assert_true(ds_rd_done(&r));
    assert_int_equal(ds_rd_view(&r, 0).n, 0);
    assert_true(ds_rd_done(&r));
}

/* Every read one byte past the end: fails, and everything after it too. */
static void
test_reader_failure_sticks(void **state)
{
    static const uint8_t in[8] = {9, 9, 9, 9, 9, 9, 9, 9};

    (void)state;
    for (int kind = 0; kind < 6; kind++) {
        static const size_t need[] = {1, 2, 4, 8, 5, SIZE_MAX};
        size_t have = need[kind] > 8 ? 8 : need[kind] - 1;
        ds_reader r;

        ds_reader_init(&r, ds_view_of(in, have));
        if (kind == 0)
            assert_int_equal(ds_rd_u8(&r), 0);
        else if (kind == 1)
            assert_int_equal(ds_rd_u16le(&r), 0);
        else if (kind == 2)
            assert_int_equal(ds_rd_u32le(&r), 0);
        else if (kind == 3)
            assert_true(ds_rd_u64le(&r) == 0);
        else
            assert_null(ds_rd_view(&r, need[kind]).p);
        assert_true(r.bad);
        assert_false(ds_rd_done(&r));
        assert_int_equal(ds_rd_left(&r), 0);
        assert_int_equal(ds_rd_u8(&r), 0);
        assert_null(ds_rd_view(&r, 1).p);
        ds_rd_skip(&r, 0);
        assert_true(r.bad);
    }
}

static void
test_reader_skip_past_end(void **state)
{
    ds_reader r;

    (void)state;
    ds_reader_init(&r, ds_view_str("ab"));
    ds_rd_skip(&r, 2);
    assert_true(ds_rd_done(&r));
    ds_rd_skip(&r, 1);
    assert_true(r.bad);
    /* An offset plus a length that wraps around. */
    ds_reader_init(&r, ds_view_str("ab"));
    ds_rd_skip(&r, 1);
    ds_rd_skip(&r, SIZE_MAX);
    assert_true(r.bad);
    ds_reader_init(&r, ds_view_of(NULL, 0));
    assert_true(ds_rd_done(&r));
    assert_int_equal(ds_rd_u8(&r), 0);
    assert_true(r.bad);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_contains),
        cmocka_unit_test(test_reader_reads_little_endian),
        cmocka_unit_test(test_reader_failure_sticks),
        cmocka_unit_test(test_reader_skip_past_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
