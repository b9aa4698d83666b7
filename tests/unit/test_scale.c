/* SPDX-License-Identifier: Apache-2.0 */
/* The SCALE reader and writer: the compact numbers of the specification's own
 * examples, one form only, caps, sticky faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "codec/scale.h"
#include "support/vec.h"

#define MAX_COMPACT ((1u << 30) - 1)

static const struct {
    uint32_t value;
    const char *hex;
} compacts[] = {
    {0, "00"},
    {1, "04"},
    {42, "a8"},
    {63, "fc"},
    {64, "0101"},
    {69, "1501"},
    {16383, "fdff"},
    {16384, "02000100"},
    {65535, "feff0300"},
    {MAX_COMPACT, "feffffff"},
};

static void
test_compact(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof compacts / sizeof *compacts; i++) {
        ds_view in = vec_bytes(compacts[i].hex);
        ds_scale s;
        ds_buf b;

        ds_scale_init(&s, in);
        assert_int_equal(ds_scale_compact(&s, MAX_COMPACT), compacts[i].value);
        assert_true(ds_scale_done(&s));
        ds_buf_init(&b, 10);
        ds_scale_put_compact(&b, compacts[i].value);
        assert_true(ds_view_eq(in, ds_view_of(b.p, b.n)));
        ds_buf_free(&b);
        /* Cut short by one byte, and one too much. */
        ds_scale_init(&s, ds_view_of(in.p, in.n - 1));
        assert_int_equal(ds_scale_compact(&s, MAX_COMPACT), 0);
        assert_int_equal(s.fault, DS_FAULT_TRUNCATED);
        if (compacts[i].value != 0) {
            ds_scale_init(&s, in);
            assert_int_equal(ds_scale_compact(&s, compacts[i].value - 1), 0);
            assert_int_equal(s.fault, DS_FAULT_RANGE);
        }
        vec_free(in);
    }
}

static void
test_compact_refused(void **state)
{
    static const struct {
        const char *hex;
        int fault;
    } cases[] = {
        {"0100", DS_FAULT_FORM},     /* 0 in two bytes */
        {"fd00", DS_FAULT_FORM},     /* 63 in two bytes */
        {"02000000", DS_FAULT_FORM}, /* 0 in four */
        {"feff0000", DS_FAULT_FORM}, /* 16383 in four */
        {"03", DS_FAULT_RANGE},      /* big mode */
        {"0300000040", DS_FAULT_RANGE},
        {"33ffffffffffffffffffffffffffffffff", DS_FAULT_RANGE},
        {"", DS_FAULT_TRUNCATED},
        {"020000", DS_FAULT_TRUNCATED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ds_view in = vec_bytes(cases[i].hex[0] ? cases[i].hex : "-");
        ds_scale s;

        ds_scale_init(&s, in);
        assert_int_equal(ds_scale_compact(&s, MAX_COMPACT), 0);
        assert_int_equal(s.fault, cases[i].fault);
        assert_int_equal(s.at <= in.n, 1);
        /* It sticks. */
        assert_int_equal(ds_scale_u8(&s), 0);
        assert_int_equal(ds_scale_bytes(&s, 10).n, 0);
        assert_false(ds_scale_done(&s));
        assert_int_equal(s.fault, cases[i].fault);
        vec_free(in);
    }
}

static void
test_values(void **state)
{
    ds_view in = vec_bytes("7f"
                           "3412"
                           "78563412"
                           "efcdab8967452301"
                           "0c616263"
                           "10c3a9c3a9"
                           "00"
                           "aabb");
    ds_scale s;
    ds_buf b;

    (void)state;
    ds_scale_init(&s, in);
    assert_int_equal(ds_scale_u8(&s), 0x7f);
    assert_int_equal(ds_scale_u16(&s), 0x1234);
    assert_int_equal(ds_scale_u32(&s), 0x12345678);
    assert_true(ds_scale_u64(&s) == UINT64_C(0x0123456789abcdef));
    assert_true(ds_view_eq_str(ds_scale_bytes(&s, 3), "abc"));
    assert_true(ds_view_eq_str(ds_scale_text(&s, 4), "\xc3\xa9\xc3\xa9"));
    assert_int_equal(ds_scale_bytes(&s, 0).n, 0);
    assert_int_equal(ds_scale_fixed(&s, 2).n, 2);
    assert_true(ds_scale_done(&s));
    ds_buf_init(&b, 100);
    ds_buf_add_u8(&b, 0x7f);
    ds_scale_put_u16(&b, 0x1234);
    ds_scale_put_u32(&b, 0x12345678);
    ds_scale_put_u64(&b, UINT64_C(0x0123456789abcdef));
    ds_scale_put_bytes(&b, ds_view_str("abc"));
    ds_scale_put_bytes(&b, ds_view_str("\xc3\xa9\xc3\xa9"));
    ds_scale_put_bytes(&b, ds_view_of(NULL, 0));
    ds_buf_add(&b, "\xaa\xbb", 2);
    assert_true(ds_view_eq(in, ds_view_of(b.p, b.n)));
    ds_buf_free(&b);
    vec_free(in);
}

static void
expect_fault(const char *hex, int fault, size_t at, void (*read)(ds_scale *s))
{
    ds_view in = vec_bytes(hex);
    ds_scale s;

    ds_scale_init(&s, in);
    read(&s);
    assert_false(ds_scale_done(&s));
    assert_int_equal(s.fault, fault);
    assert_int_equal(s.at, at);
    vec_free(in);
}

static void
read_bytes3(ds_scale *s)
{
    assert_int_equal(ds_scale_bytes(s, 3).n, 0);
}

static void
read_text(ds_scale *s)
{
    assert_int_equal(ds_scale_text(s, 100).n, 0);
}

static void
read_items(ds_scale *s)
{
    assert_int_equal(ds_scale_count(s, 3, 4), 0);
}

static void
read_u32(ds_scale *s)
{
    assert_int_equal(ds_scale_u32(s), 0);
}

static void
read_byte(ds_scale *s)
{
    assert_int_equal(ds_scale_u8(s), 1);
}

static void
test_faults(void **state)
{
    ds_buf b;

    (void)state;
    expect_fault("0c6162", DS_FAULT_TRUNCATED, 1, read_bytes3);
    expect_fault("1061626364", DS_FAULT_RANGE, 1, read_bytes3);
    /* A length that cannot be there is missing, whatever the cap. */
    expect_fault("feffffff6162", DS_FAULT_TRUNCATED, 4, read_bytes3);
    expect_fault("08c328", DS_FAULT_UTF8, 3, read_text);
    expect_fault("0400", DS_FAULT_UTF8, 2, read_text);     /* NUL */
    expect_fault("0cedb880", DS_FAULT_UTF8, 4, read_text); /* a surrogate */
    expect_fault("0800000000000000", DS_FAULT_TRUNCATED, 1, read_items);
    expect_fault(
        "100000000000000000000000000000000000", DS_FAULT_RANGE, 1, read_items);
    expect_fault("000000", DS_FAULT_TRUNCATED, 0, read_u32);
    expect_fault("0100", DS_FAULT_TRAILING, 1, read_byte);
    ds_buf_init(&b, 100);
    ds_scale_put_compact(&b, (size_t)1 << 30);
    assert_true(b.bad);
    ds_buf_free(&b);
}

static void
test_fault_names(void **state)
{
    (void)state;
    for (int i = 0; i <= DS_FAULT_KIND; i++) {
        assert_true(strlen(ds_fault_text(i)) > 8);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(ds_fault_text(i), ds_fault_text(k));
    }
    assert_string_equal(ds_fault_text(-1), "unknown");
    assert_string_equal(ds_fault_text(DS_FAULT_KIND + 1), "unknown");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compact),
        cmocka_unit_test(test_compact_refused),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_fault_names),
    };

    return cmocka_run_group_tests_name("scale", tests, NULL, NULL);
}
