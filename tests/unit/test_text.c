/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/text.h"
#include "support/vec.h"

/* xorshift64: the same bytes in every run. */
static uint64_t seed = 88172645463325252u;

static uint64_t
next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* ---- hex ------------------------------------------------------------------ */

static void
test_hex_of_every_byte(void **state)
{
    (void)state;
    for (int i = 0; i < 256; i++) {
        uint8_t in = (uint8_t)i, out = 0;
        char text[3], lower[3], upper[3];

        snprintf(lower, sizeof lower, "%02x", (unsigned)i);
        snprintf(upper, sizeof upper, "%02X", (unsigned)i);
        ds_hex_encode(ds_view_of(&in, 1), text);
        assert_string_equal(text, lower);
        assert_true(ds_hex_decode(ds_view_str(lower), &out, 1));
        assert_int_equal(out, i);
        out = 0;
        assert_true(ds_hex_decode(ds_view_str(upper), &out, 1));
        assert_int_equal(out, i);
    }
}

/* Each of the 65536 pairs of bytes against the list of digits. */
static void
test_hex_of_every_pair(void **state)
{
    static const char digits[] = "0123456789abcdefABCDEF";

    (void)state;
    for (int i = 0; i < 65536; i++) {
        char pair[3] = {(char)(i >> 8), (char)i, 0};
        bool good = memchr(digits, pair[0], 22) && memchr(digits, pair[1], 22);
        uint8_t out;
        ds_view v = ds_view_of(pair, 2);

        assert_int_equal(ds_hex_decode(v, &out, 1), good);
        assert_int_equal(ds_hex_is(v), good);
        /* Wherever it stands in a word, and behind one. */
        for (size_t at = 0; at < 24; at += 2) {
            char text[25] = "0123456789abcdefABCDEF00";
            uint8_t bytes[12], rest[12];

            assert_true(ds_hex_decode(ds_view_str(text), rest, 12));
            memcpy(text + at, pair, 2);
            v = ds_view_of(text, 24);
            assert_int_equal(ds_hex_decode(v, bytes, 12), good);
            assert_int_equal(ds_hex_is(v), good);
            if (good)
                rest[at / 2] = (uint8_t)strtoul(pair, NULL, 16);
            if (good)
                assert_memory_equal(bytes, rest, 12);
        }
        if (good)
            assert_int_equal(out, strtoul(pair, NULL, 16));
    }
}

static void
test_hex_lengths(void **state)
{
    uint8_t out[4] = {7, 7, 7, 7};
    char text[1];

    (void)state;
    assert_false(ds_hex_decode(ds_view_str("001122"), out, 2));
    assert_false(ds_hex_decode(ds_view_str("00112"), out, 2));
    assert_false(ds_hex_decode(ds_view_str("001"), out, 2));
    assert_false(ds_hex_decode(ds_view_str(""), out, 1));
    assert_false(ds_hex_decode(ds_view_str("0x11"), out, 2));
    assert_int_equal(out[2], 7);
    assert_true(ds_hex_decode(ds_view_of(NULL, 0), out, 0));
    assert_true(ds_hex_is(ds_view_of(NULL, 0)));
    assert_false(ds_hex_is(ds_view_str("abc")));
    assert_true(ds_hex_is(ds_view_str("abCD")));
    ds_hex_encode(ds_view_of(NULL, 0), text);
    assert_int_equal(text[0], 0);
}

static void
test_hex_into_a_buffer(void **state)
{
    uint8_t in[1000];
    char text[2001];
    ds_buf b;

    (void)state;
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)next_random();
    ds_hex_encode(ds_view_of(in, sizeof in), text);
    for (int secret = 0; secret < 2; secret++) {
        ds_buf_init(&b, 1003);
        b.secret = secret != 0;
        ds_buf_add_str(&b, "abc");
        assert_true(ds_hex_decode_buf(ds_view_str(text), &b));
        assert_int_equal(b.n, 1003);
        assert_memory_equal(b.p, "abc", 3);
        assert_memory_equal(b.p + 3, in, sizeof in);
        ds_buf_free(&b);
    }
    /* Malformed near its end: nothing of it stays. */
    ds_buf_init(&b, 1003);
    ds_buf_add_str(&b, "abc");
    text[1998] = 'g';
    assert_false(ds_hex_decode_buf(ds_view_str(text), &b));
    assert_string_equal((const char *)b.p, "abc");
    assert_false(b.bad);
    assert_false(ds_hex_decode_buf(ds_view_str("123"), &b));
    assert_int_equal(b.n, 3);
    ds_buf_free(&b);
    ds_buf_init(&b, 1);
    assert_true(ds_hex_decode_buf(ds_view_of(NULL, 0), &b));
    assert_int_equal(b.n, 0);
    assert_false(ds_hex_decode_buf(ds_view_str("1234"), &b));
    assert_true(b.bad);
    ds_buf_free(&b);
}

/* ---- base64 --------------------------------------------------------------- */

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool
decodes_as(
    const char *text, size_t n, bool allow_space, bool secret, ds_view want)
{
    ds_buf b;
    bool ok;

    ds_buf_init(&b, 10000);
    b.secret = secret;
    ds_buf_add_str(&b, "kept");
    ok = ds_base64_decode(ds_view_of(text, n), allow_space, &b);
    assert_memory_equal(b.p, "kept", 4);
    if (ok) {
        assert_int_equal(b.n, want.n + 4);
        if (want.n != 0)
            assert_memory_equal(b.p + 4, want.p, want.n);
    } else {
        assert_int_equal(b.n, 4);
        assert_false(b.bad || b.nomem);
    }
    ds_buf_free(&b);
    return ok;
}

/* Secrets go another way, to the same. */
static bool
decodes(const char *text, size_t n, bool allow_space, ds_view want)
{
    bool ok = decodes_as(text, n, allow_space, false, want);

    assert_int_equal(decodes_as(text, n, allow_space, true, want), ok);
    return ok;
}

/* RFC 4648 section 10. */
static void
test_base64_rfc4648(void **state)
{
    static const char *const vector[][2] = {{"", ""}, {"f", "Zg=="},
        {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};

    (void)state;
    for (size_t i = 0; i < sizeof vector / sizeof vector[0]; i++) {
        ds_buf b;

        ds_buf_init(&b, 100);
        ds_base64_encode(ds_view_str(vector[i][0]), &b);
        assert_string_equal((const char *)b.p, vector[i][1]);
        ds_buf_free(&b);
        assert_true(decodes(vector[i][1], strlen(vector[i][1]), false,
            ds_view_str(vector[i][0])));
    }
}

/* Bit by bit, with nothing in common with the library's way. */
static size_t
slow_encode(const uint8_t *in, size_t n, char *out)
{
    size_t used = 0;

    for (size_t bit = 0; bit < 8 * n; bit += 6) {
        unsigned v = 0;

        for (size_t k = bit; k < bit + 6; k++) {
            unsigned one = k < 8 * n ? in[k / 8] >> (7 - k % 8) & 1 : 0;

            v = v << 1 | one;
        }
        out[used++] = alphabet[v];
    }
    while (used % 4 != 0)
        out[used++] = '=';
    out[used] = 0;
    return used;
}

static void
test_base64_round_trips(void **state)
{
    static uint8_t in[1200];
    static char text[1700], spaced[8000];

    (void)state;
    for (size_t n = 0; n < sizeof in; n += n < 100 ? 1 : 37) {
        size_t len, m = 0;
        ds_buf b;

        for (size_t i = 0; i < n; i++)
            in[i] = (uint8_t)(next_random() >> 20);
        len = slow_encode(in, n, text);
        ds_buf_init(&b, 2000);
        ds_base64_encode(ds_view_of(in, n), &b);
        assert_int_equal(b.n, len);
        assert_string_equal((const char *)b.p, text);
        ds_buf_free(&b);
        assert_true(decodes(text, len, false, ds_view_of(in, n)));
        assert_true(decodes(text, len, true, ds_view_of(in, n)));
        for (size_t i = 0; i < len; i++) {
            while (next_random() % 3 == 0 && m + len - i < sizeof spaced)
                spaced[m++] = " \t\r\n"[next_random() % 4];
            spaced[m++] = text[i];
        }
        spaced[m++] = '\n';
        assert_true(decodes(spaced, m, true, ds_view_of(in, n)));
        assert_false(decodes(spaced, m, false, ds_view_of(in, n)));
        /* One digit fewer or one more is never base64. */
        if (n != 0)
            assert_false(decodes(text, len - 1, true, ds_view_of(in, n)));
        text[len] = 'A';
        assert_false(decodes(text, len + 1, true, ds_view_of(in, n)));
    }
}

/* Every byte at every place of a group. */
static void
test_base64_alphabet(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        bool digit = c != 0 && strchr(alphabet, c) != NULL;

        for (int at = 0; at < 8; at++) {
            char text[9] = "AAAAAAAA";
            const char *first, *last;
            uint8_t want[6];
            uint64_t bits = 0;
            bool good = digit;

            text[at] = (char)c;
            for (int i = 0; digit && i < 8; i++) {
                first = strchr(alphabet, text[i]);
                bits = bits << 6 | (uint64_t)(first - alphabet);
            }
            for (int i = 0; i < 6; i++)
                want[i] = (uint8_t)(bits >> (40 - 8 * i));
            last = at == 7 && c == '=' ? "=" : NULL; /* "AAAAAAA=" */
            if (last)
                assert_true(decodes(text, 8, false, ds_view_of(want, 5)));
            else
                assert_int_equal(
                    decodes(text, 8, false, ds_view_of(want, 6)), good);
        }
    }
}

/* RFC 4648 3.5: one text for one value, so pad bits are zero. */
static void
test_base64_is_canonical(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 64 * 64; i++) {
        char text[5] = {alphabet[i >> 6], alphabet[i & 63], '=', '=', 0};
        uint8_t want = (uint8_t)(i >> 4);

        assert_int_equal(
            decodes(text, 4, false, ds_view_of(&want, 1)), i % 16 == 0);
    }
    for (unsigned i = 0; i < 64 * 64 * 64; i += 1 + i % 3) {
        char text[5] = {
            alphabet[i >> 12], alphabet[i >> 6 & 63], alphabet[i & 63], '=', 0};
        uint8_t want[2] = {(uint8_t)(i >> 10), (uint8_t)(i >> 2)};

        assert_int_equal(
            decodes(text, 4, false, ds_view_of(want, 2)), i % 4 == 0);
    }
}

static void
test_base64_malformed(void **state)
{
    static const char *const bad[] = {"=", "==", "====", "A", "AA", "AAA",
        "A===", "AA=", "AA=A", "AA==A", "AA==AAAA", "AA====", "AAA==", "AAA=A",
        "AAAA=", "AAAA====", "=AAA", "A=AA", "AA==AA==", "Zg==Zg==", "Zm-v",
        "Zm_v", "Zm9v,", "Zm9v\v", "Zm9v\f", "Zm9v\xc2\xa0", "Zg= =x", "Zg"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ds_view any = ds_view_of(NULL, 0);

        assert_false(decodes(bad[i], strlen(bad[i]), false, any));
        assert_false(decodes(bad[i], strlen(bad[i]), true, any));
    }
    assert_false(decodes("Zm9v\0", 5, true, ds_view_of(NULL, 0)));
    assert_true(decodes(" Z g\n= = \t", 10, true, ds_view_str("f")));
    assert_true(decodes(" \n", 2, true, ds_view_of(NULL, 0)));
    assert_false(decodes(" \n", 2, false, ds_view_of(NULL, 0)));
    assert_true(decodes(NULL, 0, false, ds_view_of(NULL, 0)));
}

static void
test_base64_cap(void **state)
{
    ds_buf b;

    (void)state;
    /* The cap counts decoded bytes, whatever the text's length. */
    ds_buf_init_secret(&b, 6);
    assert_true(ds_base64_decode(
        ds_view_str("Zm 9v   YmFy                      "), true, &b));
    assert_string_equal((const char *)b.p, "foobar");
    assert_false(ds_base64_decode(ds_view_str("Zg=="), true, &b));
    assert_true(b.bad);
    ds_buf_free(&b);
    ds_buf_init(&b, 3);
    ds_base64_encode(ds_view_str("foo"), &b);
    assert_true(b.bad);
    ds_buf_free(&b);
}

/* ---- time ----------------------------------------------------------------- */

/* Values from Python's calendar.timegm. */
static void
test_time_known_values(void **state)
{
    static const struct {
        const char *text;
        int64_t t;
    } known[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:01Z", 1},
        {"1999-12-31T23:59:59Z", 946684799},
        {"2000-02-29T00:00:00Z", 951782400},
        {"2024-02-29T12:34:56Z", 1709210096},
        {"2026-01-02T03:04:05Z", 1767323045},
        {"2038-01-19T03:14:08Z", INT64_C(2147483648)},
        {"2100-03-01T00:00:00Z", INT64_C(4107542400)},
        {"9999-12-31T23:59:59Z", INT64_C(253402300799)},
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char text[21];
        int64_t t = -1;

        assert_true(ds_time_parse(ds_view_str(known[i].text), &t));
        assert_true(t == known[i].t);
        ds_time_format(known[i].t, text);
        assert_string_equal(text, known[i].text);
    }
    assert_true(DS_TIME_MAX == INT64_C(253402300799));
}

/* Every day from 1970 to 2400 against a counter that only knows how long the
 * months are, and every day after the last of a month is refused. */
static void
test_time_every_day(void **state)
{
    static const int length[12] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days = 0;

    (void)state;
    for (int year = 1970; year <= 2400; year++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        for (int month = 1; month <= 12; month++) {
            int last = length[month - 1] + (leap && month == 2);
            int64_t t;

            for (int day = 1; day <= last; day++, days++) {
                char want[40], text[21];

                snprintf(want, sizeof want, "%04d-%02d-%02dT23:59:59Z", year,
                    month, day);
                assert_true(
                    ds_time_from_civil(year, month, day, 23, 59, 59, &t));
                assert_true(t == days * 86400 + 86399);
                ds_time_format(t, text);
                assert_string_equal(text, want);
                assert_true(ds_time_parse(ds_view_str(want), &t));
                assert_true(t == days * 86400 + 86399);
                ds_time_format(t + 1 - 86400, text);
                assert_memory_equal(text, want, 10);
                assert_string_equal(text + 10, "T00:00:00Z");
            }
            assert_false(
                ds_time_from_civil(year, month, last + 1, 0, 0, 0, &t));
            assert_true(t == 0);
            assert_false(ds_time_from_civil(year, month, 0, 0, 0, 0, &t));
        }
    }
}

/* Random times against the C library. */
static void
test_time_against_gmtime(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        int64_t t = (int64_t)(next_random() % (DS_TIME_MAX + 1)), back;
        time_t libc = (time_t)t;
        char want[40], text[21];
        struct tm tm;

        /* A time_t of 32 bits knows the first of them. */
        if (libc != t)
            libc = (time_t)(t %= INT32_MAX);
        assert_non_null(gmtime_r(&libc, &tm));
        assert_int_not_equal(
            strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%SZ", &tm), 0);
        ds_time_format(t, text);
        assert_string_equal(text, want);
        assert_true(ds_time_parse(ds_view_str(text), &back));
        assert_true(back == t);
    }
}

/* dcap.md 4.5 row 92 and its neighbours. */
static void
test_time_malformed(void **state)
{
    static const char *const bad[] = {"", "2024-02-29T12:34:56",
        "2024-02-29T12:34:56+00:00", "2024-02-29T12:34:56.0Z",
        "2024-02-29t12:34:56Z", "2024-02-29T12:34:56z", "2024-13-01T00:00:00Z",
        "2024-00-01T00:00:00Z", "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z", "2024-01-32T00:00:00Z", "2024-01-00T00:00:00Z",
        "2024-04-31T00:00:00Z", "2024-02-29T24:00:00Z", "2024-02-29T00:60:00Z",
        "2024-02-29T00:00:60Z", "2024-02-29T00:00:0Z", "2024-02-29T00:00:000Z",
        "0000-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "-024-01-01T00:00:00Z",
        "2024-02-29 12:34:56Z", "2024-02-29T12:34:56Z ",
        " 2024-02-29T12:34:56Z", "2024/02/29T12:34:56Z", "2024-02-29T12.34.56Z",
        "2024-2-29T12:34:56ZZ", "+024-01-01T00:00:00Z", "2024-+1-01T00:00:00Z",
        "2024- 1-01T00:00:00Z"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t t = 5;

        assert_false(ds_time_parse(ds_view_str(bad[i]), &t));
        assert_true(t == 0);
    }
}

/* Every byte in every place: only a digit can stand for a digit, only itself
 * for a mark. */
static void
test_time_every_byte(void **state)
{
    static const char good[] = "2222-12-22T22:22:22Z";

    (void)state;
    for (size_t at = 0; at < 20; at++) {
        for (int c = 0; c < 256; c++) {
            char text[21];
            bool digit = good[at] >= '0' && good[at] <= '9';
            int64_t t;

            memcpy(text, good, sizeof text);
            text[at] = (char)c;
            if (digit ? (c >= '0' && c <= '9') : c == good[at])
                continue; /* the other tests' business */
            assert_false(ds_time_parse(ds_view_of(text, 20), &t));
        }
    }
}

static void
test_time_ranges(void **state)
{
    static const int bad[][6] = {{1969, 12, 31, 23, 59, 59},
        {10000, 1, 1, 0, 0, 0}, {0, 1, 1, 0, 0, 0}, {-1, 1, 1, 0, 0, 0},
        {2000, 0, 1, 0, 0, 0}, {2000, 13, 1, 0, 0, 0}, {2000, -1, 1, 0, 0, 0},
        {2000, 1, -1, 0, 0, 0}, {2000, 1, 1, 24, 0, 0}, {2000, 1, 1, -1, 0, 0},
        {2000, 1, 1, 0, 60, 0}, {2000, 1, 1, 0, -1, 0}, {2000, 1, 1, 0, 0, 60},
        {2000, 1, 1, 0, 0, -1}};
    static const int64_t out[] = {-1, INT64_MIN, DS_TIME_MAX + 1, INT64_MAX};
    char text[21];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const int *b = bad[i];
        int64_t t = 3;

        assert_false(
            ds_time_from_civil(b[0], b[1], b[2], b[3], b[4], b[5], &t));
        assert_true(t == 0);
    }
    for (size_t i = 0; i < sizeof out / sizeof out[0]; i++) {
        ds_time_format(out[i], text);
        assert_string_equal(text, "invalid");
    }
}

/* ---- UTF-8 ---------------------------------------------------------------- */

/* RFC 3629 section 3, from the code point: what a writer does. */
static size_t
utf8_encode(uint32_t c, uint8_t *out)
{
    static const uint8_t lead[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

    for (size_t i = n; i-- > 1;) {
        out[i] = (uint8_t)(0x80 + c % 64);
        c /= 64;
    }
    out[0] = (uint8_t)(lead[n] + c);
    return n;
}

/* prefix[n] has each two bytes with which some character of n bytes begins. */
static uint8_t prefix[5][65536];

static void
test_utf8_every_character(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10ffff + 5000; c++) {
        bool good = c != 0 && c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
        uint8_t b[4] = {0};
        size_t n = utf8_encode(c, b);

        if (ds_utf8_is(ds_view_of(b, n)) != good)
            fail_msg("U+%04X", c);
        if (ds_utf8_len(b, 4) != (good ? n : 0))
            fail_msg("U+%04X", c);
        if (good && n > 1) {
            prefix[n][b[0] << 8 | b[1]] = 1;
            /* Cut short at every place. */
            for (size_t k = 1; k < n; k++) {
                if (ds_utf8_is(ds_view_of(b, k)) || ds_utf8_len(b, k) != 0)
                    fail_msg("U+%04X cut to %zu", c, k);
            }
        }
    }
}

/* Well-formed by what the characters above begin with. */
static bool
known_text(const uint8_t *b, size_t n)
{
    while (n != 0) {
        size_t len = b[0] >= 1 && b[0] < 0x80;

        for (size_t k = 2; k <= 4 && k <= n; k++) {
            if (prefix[k][b[0] << 8 | b[1]])
                len = k;
        }
        if (len == 0)
            return false;
        for (size_t k = 2; k < len; k++) {
            if (b[k] < 0x80 || b[k] > 0xbf)
                return false;
        }
        b += len;
        n -= len;
    }
    return true;
}

/* All 65536 two-byte prefixes, alone and with one or two bytes behind. */
static void
test_utf8_every_prefix(void **state)
{
    (void)state;
    for (int i = 0; i < 65536 * 16; i++) {
        static const uint8_t tail[] = {0x7f, 0x80, 0xbf, 0xc0};
        const uint8_t b[4] = {(uint8_t)(i >> 12), (uint8_t)(i >> 4),
            tail[i >> 2 & 3], tail[i & 3]};

        for (size_t n = 2; n <= 4; n++) {
            if (ds_utf8_is(ds_view_of(b, n)) != known_text(b, n))
                fail_msg(
                    "%02x %02x %02x %02x to %zu", b[0], b[1], b[2], b[3], n);
        }
    }
}

/* A byte that ASCII text may not have, or that begins a longer character, at
 * every place of texts of every length. */
static void
test_utf8_every_place(void **state)
{
    static const char *const inserted[] = {"\0", "\x80", "\xff", "\xc3\xa9"};

    (void)state;
    for (size_t n = 2; n <= 40; n++)
        for (size_t at = 0; at + 2 <= n; at++)
            for (size_t k = 0; k < 4; k++) {
                uint8_t text[40];

                memset(text, 0x7f, sizeof text);
                memcpy(text + at, inserted[k], k == 3 ? 2 : 1);
                assert_int_equal(ds_utf8_is(ds_view_of(text, n)), k == 3);
                assert_true(ds_utf8_is(ds_view_of(text, at)));
            }
}

static void
test_utf8_texts(void **state)
{
    (void)state;
    assert_true(ds_utf8_is(ds_view_of(NULL, 0)));
    assert_true(ds_utf8_is(ds_view_str("gr\xc3\xbc\xc3\x9f \xf0\x9f\x94\x92")));
    assert_false(ds_utf8_is(ds_view_of("a\0b", 3)));
    assert_false(ds_utf8_is(ds_view_str("caf\xe9")));
    assert_false(ds_utf8_is(ds_view_str("\xed\xa0\xbd\xed\xb4\x92")));
    assert_false(ds_utf8_is(ds_view_str("\xc0\xaf")));
    assert_false(ds_utf8_is(ds_view_str("\xf8\x88\x80\x80\x80")));
    assert_false(ds_utf8_is(ds_view_str("\xff\xfe")));
    assert_int_equal(ds_utf8_len((const uint8_t *)"a", 0), 0);
}

/* RFC 4648, section 10, without padding; guest-agent.md 7.2: a DIP-1 name. */
static void
test_base64url(void **state)
{
    static const char *const known[][2] = {{"", ""}, {"66", "Zg"},
        {"666f", "Zm8"}, {"666f6f", "Zm9v"}, {"666f6f62", "Zm9vYg"},
        {"fbff", "-_8"}, {"fffefb", "__77"}};
    static const char *const bad[] = {"Z", "Zm9vY", "Zg==", "Zm8=", "+_8",
        "-/8", "Zh", "Zm9", " Zg", "Zg\n", "Z g"};
    ds_buf out;

    (void)state;
    ds_buf_init(&out, 64);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        ds_view bytes = vec_bytes(known[i][0]);

        ds_base64url_encode(bytes, &out);
        ds_buf_add_u8(&out, 0);
        assert_string_equal((const char *)out.p, known[i][1]);
        ds_buf_cut(&out, 0);
        assert_true(ds_base64url_decode(ds_view_str(known[i][1]), &out));
        assert_true(ds_view_eq(ds_view_of(out.p, out.n), bytes));
        ds_buf_cut(&out, 0);
        vec_free(bytes);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(ds_base64url_decode(ds_view_str(bad[i]), &out));
        assert_int_equal(out.n, 0);
    }
    ds_buf_free(&out);
}

/* guest-agent.md 7.4: Solana addresses of two keys; leading zeros are ones. */
static void
test_base58(void **state)
{
    static const char *const known[][2] = {
        {"c44343eb0e365d78ce908790834a24621e489af0e91cf2f123daf28cf74aed20",
            "ED8Q7gc8jHBHsKQTRirruCDD2wx47FFP4ysQ6QmZKpum"},
        {"50c1bfb9452a56317338272a252bd7430b38843d10fa4d491351a434a13bdc21",
            "6SEyAXS2GUBpajopJL3M21K16j55aj8yxWXp3v5k4Hur"},
        {"", ""}, {"00", "1"}, {"0000", "11"}, {"000039", "11z"}, {"ff", "5Q"}};
    uint8_t ones[129];
    ds_buf out;

    (void)state;
    ds_buf_init(&out, 256);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        ds_view bytes = vec_bytes(known[i][0]);

        ds_base58_encode(bytes, &out);
        ds_buf_add_u8(&out, 0);
        assert_string_equal((const char *)out.p, known[i][1]);
        ds_buf_cut(&out, 0);
        vec_free(bytes);
    }
    memset(ones, 0xff, sizeof ones);
    ds_base58_encode(ds_view_of(ones, 128), &out);
    assert_false(out.bad);
    ds_base58_encode(ds_view_of(ones, 129), &out);
    assert_true(out.bad);
    ds_buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base64url),
        cmocka_unit_test(test_base58),
        cmocka_unit_test(test_hex_of_every_byte),
        cmocka_unit_test(test_hex_of_every_pair),
        cmocka_unit_test(test_hex_lengths),
        cmocka_unit_test(test_hex_into_a_buffer),
        cmocka_unit_test(test_base64_rfc4648),
        cmocka_unit_test(test_base64_round_trips),
        cmocka_unit_test(test_base64_alphabet),
        cmocka_unit_test(test_base64_is_canonical),
        cmocka_unit_test(test_base64_malformed),
        cmocka_unit_test(test_base64_cap),
        cmocka_unit_test(test_time_known_values),
        cmocka_unit_test(test_time_every_day),
        cmocka_unit_test(test_time_against_gmtime),
        cmocka_unit_test(test_time_malformed),
        cmocka_unit_test(test_time_every_byte),
        cmocka_unit_test(test_time_ranges),
        cmocka_unit_test(test_utf8_every_character),
        cmocka_unit_test(test_utf8_every_prefix),
        cmocka_unit_test(test_utf8_every_place),
        cmocka_unit_test(test_utf8_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
