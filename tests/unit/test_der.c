/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/text.h"
#include "codec/der.h"

/* Bytes from hex, in a block of their exact size that the next call frees. */
static ds_view
hex(const char *text)
{
    static uint8_t *block;
    size_t n = strlen(text) / 2;

    free(block);
    block = malloc(n ? n : 1);
    assert_non_null(block);
    if (!ds_hex_decode(ds_view_str(text), block, n))
        fail_msg("the test's own hex: %s", text);
    return ds_view_of(block, n);
}

static bool
is_hex(ds_view v, const char *want)
{
    char text[600];

    assert_true(v.n < 290);
    ds_hex_encode(v, text);
    return strcmp(text, want) == 0;
}

/* ---- tags and lengths ----------------------------------------------------- */

static void
test_read_and_done(void **state)
{
    ds_der d;
    ds_view v;

    (void)state;
    ds_der_init(&d, hex("0403aabbcc0500"));
    assert_int_equal(ds_der_peek(&d), DS_DER_OCTET_STRING);
    assert_int_equal(ds_der_peek(&d), DS_DER_OCTET_STRING);
    v = ds_der_read(&d, DS_DER_OCTET_STRING);
    assert_true(is_hex(v, "aabbcc"));
    assert_false(ds_der_done(&d));
    assert_int_equal(ds_der_peek(&d), DS_DER_NULL);
    v = ds_der_read(&d, DS_DER_NULL);
    assert_int_equal(v.n, 0);
    assert_true(ds_der_done(&d));
    assert_int_equal(ds_der_peek(&d), -1);
    assert_false(d.bad);
    ds_der_read(&d, DS_DER_NULL);
    assert_true(d.bad);

    ds_der_init(&d, ds_view_of(NULL, 0));
    assert_true(ds_der_done(&d));
    assert_int_equal(ds_der_peek(&d), -1);
}

static void
test_failure_sticks(void **state)
{
    ds_der d, inner;
    int tag = 7;
    ds_view whole = ds_view_str("x");

    (void)state;
    ds_der_init(&d, hex("0500020101"));
    assert_int_equal(ds_der_read(&d, DS_DER_INTEGER).n, 0);
    assert_true(d.bad);
    assert_int_equal(ds_der_peek(&d), -1);
    assert_int_equal(ds_der_any(&d, &tag, &whole).n, 0);
    assert_int_equal(tag, -1);
    assert_int_equal(whole.n, 0);
    assert_true(ds_der_uint(&d, DS_DER_INTEGER, 9) == 0);
    assert_false(ds_der_bool(&d));
    assert_int_equal(ds_der_bits(&d).n, 0);
    assert_true(ds_der_time(&d) == 0);
    ds_der_enter(&d, DS_DER_SEQUENCE, &inner);
    assert_true(inner.bad);
    assert_false(ds_der_done(&inner));
    assert_false(ds_der_done(&d));
}

static void
test_any(void **state)
{
    ds_der d;
    ds_view v, whole;
    int tag;

    (void)state;
    ds_der_init(&d, hex("a003020102"
                        "8701ff"
                        "3000"
                        "5f"));
    v = ds_der_any(&d, &tag, &whole);
    assert_int_equal(tag, 0xa0);
    assert_true(is_hex(v, "020102"));
    assert_true(is_hex(whole, "a003020102"));
    v = ds_der_any(&d, &tag, NULL);
    assert_int_equal(tag, 0x87);
    assert_true(is_hex(v, "ff"));
    v = ds_der_any(&d, NULL, &whole);
    assert_int_equal(v.n, 0);
    assert_true(is_hex(whole, "3000"));
    assert_false(d.bad);
    ds_der_any(&d, NULL, NULL);
    assert_true(d.bad);
}

/* dcap.md 4.3 row 64 and 3.16: definite, minimal, at most four octets,
 * inside the input. */
static void
test_bad_lengths(void **state)
{
    static const char *const bad[] = {"04", "0401", "0402aa", "0480aabb0000",
        "308002010000", "30800000", "048101aa", "04817faa", "0481", "0482",
        "048200ff", "04820080", "0482007f", "0483000100", "0484", "04840000",
        "0484000000ff", "048400000001aa", "0484ffffffffaa", "04847fffffffaa",
        "048480000000", "0484ffffffff", "04850000000001aa", "04850100000000",
        "0488ffffffffffffffff", "0489", "04ff", "0484fffffffe", "04820100aa"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ds_der d;
        int tag = 3;

        ds_der_init(&d, hex(bad[i]));
        if (ds_der_any(&d, &tag, NULL).n != 0 || !d.bad || tag != -1)
            fail_msg("%s", bad[i]);
        assert_false(ds_der_done(&d));
    }
}

/* Each length from 0 to 70000: the one minimal form is read, each longer form
 * and each input that is one byte short is refused. */
static void
test_every_length(void **state)
{
    uint8_t *in = calloc(1, 70010);

    (void)state;
    assert_non_null(in);
    for (size_t n = 0; n <= 70000; n += n < 300 || n > 65500 ? 1 : 97) {
        size_t need = n < 0x80 ? 0 : n < 0x100 ? 1 : n < 0x10000 ? 2 : 3;

        for (size_t octets = 0; octets <= 5; octets++) {
            size_t head = 2 + octets;
            ds_der d;
            ds_view v;

            if (octets < need)
                continue;
            in[0] = DS_DER_OCTET_STRING;
            in[1] = (uint8_t)(octets ? 0x80 | octets : n);
            for (size_t i = 0; i < octets; i++) {
                size_t shift = 8 * (octets - 1 - i);

                in[2 + i] = (uint8_t)((uint64_t)n >> shift);
            }
            ds_der_init(&d, ds_view_of(in, head + n));
            v = ds_der_read(&d, DS_DER_OCTET_STRING);
            assert_int_equal(d.bad, octets != need);
            if (octets == need) {
                assert_int_equal(v.n, n);
                assert_ptr_equal(v.p, in + head);
                assert_true(ds_der_done(&d));
            }
            ds_der_init(&d, ds_view_of(in, head + n - 1));
            ds_der_read(&d, DS_DER_OCTET_STRING);
            assert_true(d.bad);
        }
    }
    free(in);
}

/* Every tag octet. Refused: multi-octet tags, 0, and universal types whose
 * form is not DER's (a constructed string, a primitive SEQUENCE). */
static void
test_every_tag(void **state)
{
    (void)state;
    for (int tag = 0; tag < 256; tag++) {
        uint8_t in[2] = {(uint8_t)tag, 0};
        int number = tag & 31, found;
        bool constructed = (tag & 0x20) != 0;
        bool wants = number == 8 || number == 11 || number == 16 ||
                     number == 17 || number == 29;
        bool good = number != 31 &&
                    (tag >= 0x40 || (number != 0 && constructed == wants));
        ds_der d;

        ds_der_init(&d, ds_view_of(in, 2));
        ds_der_any(&d, &found, NULL);
        assert_int_equal(!d.bad, good);
        if (good)
            assert_int_equal(found, tag);
    }
}

/* ---- nesting -------------------------------------------------------------- */

static bool
enter_all(int levels)
{
    uint8_t in[64];
    ds_der d[32];
    int i;

    for (i = 0; i < levels; i++) {
        in[2 * i] = DS_DER_SEQUENCE;
        in[2 * i + 1] = (uint8_t)(2 * (levels - i - 1));
    }
    ds_der_init(&d[0], ds_view_of(in, 2 * (size_t)levels));
    for (i = 0; i < levels; i++)
        ds_der_enter(&d[i], DS_DER_SEQUENCE, &d[i + 1]);
    for (; i >= 0; i--) {
        if (!ds_der_done(&d[i]))
            return false;
    }
    return true;
}

/* Row 64: ten levels are read, an eleventh is not. */
static void
test_depth(void **state)
{
    (void)state;
    assert_int_equal(DS_MAX_DER_DEPTH, 10);
    for (int levels = 1; levels < 20; levels++)
        assert_int_equal(enter_all(levels), levels <= 10);
}

static void
test_enter(void **state)
{
    ds_der d, inner, deeper;

    (void)state;
    ds_der_init(&d, hex("300702010531020500"
                        "0500"));
    ds_der_enter(&d, DS_DER_SEQUENCE, &inner);
    assert_true(ds_der_uint(&inner, DS_DER_INTEGER, 5) == 5);
    ds_der_enter(&inner, DS_DER_SET, &deeper);
    ds_der_read(&deeper, DS_DER_NULL);
    assert_true(ds_der_done(&deeper));
    assert_true(ds_der_done(&inner));
    assert_false(ds_der_done(&d));
    ds_der_read(&d, DS_DER_NULL);
    assert_true(ds_der_done(&d));

    /* An inner length may not reach into what follows the outer value. */
    ds_der_init(&d, hex("30030402aabb"));
    ds_der_enter(&d, DS_DER_SEQUENCE, &inner);
    ds_der_read(&inner, DS_DER_OCTET_STRING);
    assert_true(inner.bad);

    ds_der_init(&d, hex("3100"));
    ds_der_enter(&d, DS_DER_SEQUENCE, &inner);
    assert_true(d.bad);
    assert_true(inner.bad);
    assert_int_equal(ds_der_peek(&inner), -1);
}

/* ---- typed values --------------------------------------------------------- */

/* X.690 8.3; row 62. */
static void
test_uint(void **state)
{
    static const struct {
        const char *der;
        uint64_t max;
        bool good;
        uint64_t want;
    } row[] = {
        {"020100", 0, true, 0},
        {"020101", 1, true, 1},
        {"02017f", 255, true, 127},
        {"02020080", 255, true, 128},
        {"020200ff", 255, true, 255},
        {"02020100", 256, true, 256},
        {"02087fffffffffffffff", UINT64_MAX, true, INT64_MAX},
        {"020200ff", 254, false, 0},
        {"02020100", 255, false, 0},
        {"0203010000", 65535, false, 0},
        {"020101", 0, false, 0},
        {"0200", 255, false, 0},
        {"0201ff", 255, false, 0},
        {"020180", 255, false, 0},
        {"02028000", 65535, false, 0},
        {"02020000", 255, false, 0},
        {"0202007f", 255, false, 0},
        {"0203000080", 255, false, 0},
        {"0202ff80", 255, false, 0},
        {"020900ffffffffffffffff", UINT64_MAX, false, 0},
        {"0209010000000000000000", UINT64_MAX, false, 0},
        {"0202", 255, false, 0},
        {"040101", 255, false, 0},
        {"0a0101", 255, false, 0},
        {"220101", 255, false, 0},
    };
    ds_der d;

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        ds_der_init(&d, hex(row[i].der));
        if (ds_der_uint(&d, DS_DER_INTEGER, row[i].max) != row[i].want ||
            ds_der_done(&d) != row[i].good)
            fail_msg("%s", row[i].der);
    }
    ds_der_init(&d, hex("0a0102"));
    assert_true(ds_der_uint(&d, DS_DER_ENUMERATED, 2) == 2);
    assert_true(ds_der_done(&d));
}

/* Row 66. */
static void
test_bool(void **state)
{
    static const char *const bad[] = {
        "010101", "0101fe", "010180", "0100", "0102ffff", "01020000", "0201ff"};
    ds_der d;

    (void)state;
    ds_der_init(&d, hex("0101ff010100"));
    assert_true(ds_der_bool(&d));
    assert_false(ds_der_bool(&d));
    assert_true(ds_der_done(&d));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ds_der_init(&d, hex(bad[i]));
        assert_false(ds_der_bool(&d));
        assert_true(d.bad);
    }
}

static void
test_bits(void **state)
{
    static const char *const bad[] = {
        "0300", "030201aa", "030207aa", "030208aa", "0302ff00", "040200aa"};
    ds_der d;

    (void)state;
    ds_der_init(&d, hex("030300aabb030100"));
    assert_true(is_hex(ds_der_bits(&d), "aabb"));
    assert_int_equal(ds_der_bits(&d).n, 0);
    assert_true(ds_der_done(&d));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ds_der_init(&d, hex(bad[i]));
        assert_int_equal(ds_der_bits(&d).n, 0);
        assert_true(d.bad);
    }
}

static int64_t
time_of(int tag, const char *text, bool *good)
{
    uint8_t in[100];
    size_t n = strlen(text);
    int64_t t;
    ds_der d;

    in[0] = (uint8_t)tag;
    in[1] = (uint8_t)n;
    memcpy(in + 2, text, n);
    ds_der_init(&d, ds_view_of(in, n + 2));
    t = ds_der_time(&d);
    *good = ds_der_done(&d);
    return t;
}

/* RFC 5280 4.1.2.5; values from Python's calendar.timegm. */
static void
test_time(void **state)
{
    static const struct {
        int tag;
        const char *text;
        int64_t t;
    } good[] = {
        {0x17, "700101000000Z", 0},
        {0x17, "991231235959Z", 946684799},
        {0x17, "000229000000Z", 951782400},
        {0x17, "240229123456Z", 1709210096},
        {0x17, "491231235959Z", INT64_C(2524607999)},
        {0x18, "20500101000000Z", INT64_C(2524608000)},
        {0x18, "20240229123456Z", 1709210096},
        {0x18, "99991231235959Z", INT64_C(253402300799)},
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        bool ok;

        assert_true(time_of(good[i].tag, good[i].text, &ok) == good[i].t);
        assert_true(ok);
    }
}

static void
test_time_malformed(void **state)
{
    static const struct {
        int tag;
        const char *text;
    } bad[] = {{0x17, ""}, {0x17, "2402291234Z"}, {0x17, "240229123456"},
        {0x17, "2402291234560"}, {0x17, "240229123456z"},
        {0x17, "240229123456+0000"}, {0x17, "2402291234-0800"},
        {0x17, "20240229123456Z"}, {0x17, "240230123456Z"},
        {0x17, "230229123456Z"}, {0x17, "241329123456Z"},
        {0x17, "240029123456Z"}, {0x17, "240200123456Z"},
        {0x17, "240229243456Z"}, {0x17, "240229126056Z"},
        {0x17, "240229123460Z"}, {0x17, "500101000000Z"},
        {0x17, "691231235959Z"}, {0x17, "24022912345 Z"},
        {0x17, "24022912345/Z"}, {0x17, "24022912345:Z"},
        {0x17, "-40229123456Z"}, {0x17, ":50101000000Z"},
        {0x18, "19:50101000000Z"}, {0x18, "1:950101000000Z"},
        {0x18, "240229123456Z"}, {0x18, "20240229123456"},
        {0x18, "20240229123456.0Z"}, {0x18, "20240229123456.Z"},
        {0x18, "20240229123456z"}, {0x18, "20240229123456+00"},
        {0x18, "202402291234Z"}, {0x18, "2024022912Z"},
        {0x18, "00000101000000Z"}, {0x18, "19691231235959Z"},
        {0x18, "20230229000000Z"}, {0x18, "2024022912345xZ"},
        {0x04, "240229123456Z"}};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bool ok;

        if (time_of(bad[i].tag, bad[i].text, &ok) != 0 || ok)
            fail_msg("%s", bad[i].text);
    }
}

/* 50 to 99 are of the last century; 50 to 69 come before 1970. */
static void
test_time_pivot(void **state)
{
    (void)state;
    for (int year = 0; year < 100; year++) {
        int full = year < 50 ? 2000 + year : 1900 + year;
        char utc[20], general[20];
        int64_t t;
        bool ok, same;

        snprintf(utc, sizeof utc, "%02d0704010203Z", year);
        snprintf(general, sizeof general, "%04d0704010203Z", full);
        t = time_of(0x17, utc, &ok);
        assert_int_equal(ok, full >= 1970);
        assert_true(t == time_of(0x18, general, &same));
        assert_int_equal(ok, same);
    }
}

/* ---- ECDSA-Sig-Value ------------------------------------------------------ */

/* r || s, and its encoding written down from X.690 8.3 by hand. */
static void
test_ecdsa_from_raw(void **state)
{
    static const char *const row[][2] = {
        {"0102", "3006020101020102"},
        {"0000", "3006020100020100"},
        {"80ff", "300802020080020200ff"},
        {"00017f00", "30070201010202"
                     "7f00"},
        {"0080008000", NULL},
        {"00800001", "300702020080020101"},
        {"ffff0000", "3008020300ffff020100"},
    };
    uint8_t out[2 * (66 + 3) + 4], rs[2 * 67];

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        size_t n = ds_der_ecdsa_from_raw(hex(row[i][0]), out);

        if (row[i][1])
            assert_true(is_hex(ds_view_of(out, n), row[i][1]));
        else
            assert_int_equal(n, 0);
    }
    assert_int_equal(ds_der_ecdsa_from_raw(ds_view_of(NULL, 0), out), 0);
    assert_int_equal(ds_der_ecdsa_from_raw(ds_view_of(rs, sizeof rs), out), 0);
    /* P-521's halves need a length of two octets. */
    memset(rs, 0xff, sizeof rs);
    assert_int_equal(ds_der_ecdsa_from_raw(ds_view_of(rs, 132), out), 141);
    assert_memory_equal(out, "\x30\x81\x8a\x02\x43\x00\xff", 7);
    /* 62 * 2 + 4 is 128: the first that does. */
    memset(rs, 0x7f, sizeof rs);
    assert_int_equal(ds_der_ecdsa_from_raw(ds_view_of(rs, 124), out), 131);
    assert_memory_equal(out, "\x30\x81\x80\x02\x3e\x7f", 6);
    memset(rs, 0x01, 2);
    assert_int_equal(ds_der_ecdsa_from_raw(ds_view_of(rs, 122), out), 128);
    assert_memory_equal(out, "\x30\x7e\x02\x3d", 4);
}

static void
test_ecdsa_to_raw(void **state)
{
    static const char *const bad[] = {
        "", "30", "3000", "3003020101",
        "3006020101020102"
        "00",                     /* trailing */
        "3009020101020102020103", /* three integers */
        "3007020101020102"
        "00",                                   /* trailing inside */
        "3006020100020101",                     /* r = 0 */
        "3006020101020100",                     /* s = 0 */
        "3006020181020101",                     /* r < 0 */
        "3006020101020180",                     /* s < 0 */
        "300702020001020101",                   /* r not minimal */
        "300702010102020001",                   /* s not minimal */
        "308106020101020101",                   /* length not minimal */
        "30800201010201010000",                 /* indefinite */
        "3107020101020101", "3106020101020101", /* SET */
        "3006040101020101", "3006020101040101",
        "300502000202"
        "0101",
        "3005020002010100", "30050201010200", "3005020102", "3006020101020301",
        "3025022101000000000000000000000000000000000000000000000000000000000000"
        "0000020101", /* r of 33 octets */
    };
    uint8_t rs[64], want[64] = {0};

    (void)state;
    want[31] = 1;
    want[62] = 0x80;
    assert_true(ds_der_ecdsa_to_raw(hex("30080201010203008000"), rs, 32));
    assert_memory_equal(rs, want, 64);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (ds_der_ecdsa_to_raw(hex(bad[i]), rs, 32))
            fail_msg("%s", bad[i]);
    }
    /* What fits in two octets and what does not. */
    assert_true(ds_der_ecdsa_to_raw(hex("3009020300ffff0202"
                                        "7fff"),
        rs, 2));
    assert_memory_equal(rs, "\xff\xff\x7f\xff", 4);
    assert_false(ds_der_ecdsa_to_raw(hex("3008020301000002017f"), rs, 2));
    assert_false(ds_der_ecdsa_to_raw(hex("300802017f0203010000"), rs, 2));
}

static void
test_ecdsa_round_trips(void **state)
{
    uint64_t seed = 42;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        uint8_t raw[132], der[2 * 69 + 4], back[132];
        size_t half = 1 + (size_t)(i % 66), n;

        for (size_t k = 0; k < 2 * half; k++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            raw[k] = seed >> 62 == 0 ? 0 : (uint8_t)(seed >> 50);
        }
        raw[half - 1] |= 1;
        raw[2 * half - 1] |= 1;
        n = ds_der_ecdsa_from_raw(ds_view_of(raw, 2 * half), der);
        assert_true(n != 0 && n <= 2 * (half + 3) + 4);
        assert_true(ds_der_ecdsa_to_raw(ds_view_of(der, n), back, half));
        assert_memory_equal(raw, back, 2 * half);
        assert_false(ds_der_ecdsa_to_raw(ds_view_of(der, n - 1), back, half));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_and_done),
        cmocka_unit_test(test_failure_sticks),
        cmocka_unit_test(test_any),
        cmocka_unit_test(test_bad_lengths),
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_every_tag),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_enter),
        cmocka_unit_test(test_uint),
        cmocka_unit_test(test_bool),
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_time_malformed),
        cmocka_unit_test(test_time_pivot),
        cmocka_unit_test(test_ecdsa_from_raw),
        cmocka_unit_test(test_ecdsa_to_raw),
        cmocka_unit_test(test_ecdsa_round_trips),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
