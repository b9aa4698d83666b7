/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <string.h>

/* Keys are read and written here as well: what an index or a branch depends on
 * is whether there is a digit, never which. */

/* In every byte of a word. */
#define ALL(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The values of eight hex digits, each in its byte. Adds to *bad unless all
 * are digits: 30 to 39, and 41 to 46 of either case. */
static uint64_t
hex_values(uint64_t x, uint64_t *bad)
{
    uint64_t low = x & ALL(0x0f), letter = x >> 6 & ALL(1);

    /* The upper half; the lower half's end, then its beginning. */
    *bad |= ((x | letter << 5) & ALL(0xf0)) ^ (ALL(0x30) + 0x30 * letter);
    *bad |= (low + ALL(6) + 3 * letter) & ALL(0x10);
    *bad |= letter << 4 & ~(low + ALL(0x0f));
    return low + 9 * letter;
}

#define NO 0xff
#define NO4 NO, NO, NO, NO
#define NO8 NO4, NO4
#define NO16 NO8, NO8

/* 0 to 63 for a base64 digit (RFC 4648 table 1); not for secrets. */
/* clang-format off */
static const uint8_t base64_value[256] = {
    NO16, NO16,                                                     /* 0x00 */
    NO8, NO, NO, NO, 62, NO, NO, NO, 63,         /* 0x20 */
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO, NO, NO4,            /* 0x30 */
    NO, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,           /* 0x40 */
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NO, NO, NO, NO, NO, /* 0x50 */
    NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, /* 0x60 */
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, NO, NO, NO, NO, NO, /* 0x70 */
    NO16, NO16, NO16, NO16, NO16, NO16, NO16, NO16};                /* 0x80 */
/* clang-format on */

void
ds_hex_encode(ds_view in, char *out)
{
    for (size_t i = 0; i < 2 * in.n; i++) {
        unsigned v = in.p[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15u;

        /* A letter is 39 further on. */
        *out++ = (char)('0' + v + (((9 - v) >> 8) & 39));
    }
    *out = 0;
}

/* Four bytes of eight digits, in whatever order a word has its bytes. */
static void
hex_word(const uint8_t *digits, uint8_t *out, uint64_t *bad)
{
    uint8_t v[8];
    uint64_t x;

    memcpy(&x, digits, 8);
    x = hex_values(x, bad);
    memcpy(v, &x, 8);
    out[0] = (uint8_t)(v[0] << 4 | v[1]);
    out[1] = (uint8_t)(v[2] << 4 | v[3]);
    out[2] = (uint8_t)(v[4] << 4 | v[5]);
    out[3] = (uint8_t)(v[6] << 4 | v[7]);
}

bool
ds_hex_decode(ds_view text, uint8_t *out, size_t n)
{
    uint8_t digits[8], rest[4];
    uint64_t bad = 0;
    size_t i = 0;

    if (text.n / 2 != n || text.n % 2 != 0)
        return false;
    for (; n - i >= 4; i += 4)
        hex_word(text.p + 2 * i, out + i, &bad);
    if (i < n) {
        memset(digits, '0', sizeof digits);
        memcpy(digits, text.p + 2 * i, 2 * (n - i));
        hex_word(digits, rest, &bad);
        memcpy(out + i, rest, n - i);
        ds_wipe(digits, sizeof digits);
        ds_wipe(rest, sizeof rest);
    }
    return bad == 0;
}

bool
ds_hex_decode_buf(ds_view text, ds_buf *out)
{
    uint8_t chunk[256];
    size_t start = out->n;
    bool ok = text.n % 2 == 0;

    ds_buf_add(out, NULL, 0);
    while (ok && text.n != 0) {
        size_t n = text.n / 2 < sizeof chunk ? text.n / 2 : sizeof chunk;

        ok = ds_hex_decode(ds_view_of(text.p, 2 * n), chunk, n);
        if (ok)
            ds_buf_add(out, chunk, n);
        text = ds_view_of(text.p + 2 * n, text.n - 2 * n);
    }
    if (out->secret)
        ds_wipe(chunk, sizeof chunk);
    if (!ok)
        ds_buf_cut(out, start);
    return ok && !out->bad && !out->nomem;
}

bool
ds_hex_is(ds_view text)
{
    uint64_t bad = 0;

    for (size_t i = 0; i < text.n; i += 8) {
        uint8_t digits[8] = "00000000";
        uint64_t x;

        memcpy(digits, text.p + i, text.n - i < 8 ? text.n - i : 8);
        memcpy(&x, digits, 8);
        (void)hex_values(x, &bad);
    }
    return text.n % 2 == 0 && bad == 0;
}

/* Decoded bytes on their way into a buffer, a chunk at a time. */
struct base64_sink {
    ds_buf *out;
    size_t n;
    uint8_t chunk[768];
};

static void
sink_flush(struct base64_sink *s)
{
    ds_buf_add(s->out, s->chunk, s->n);
    s->n = 0;
}

static void
sink_add(struct base64_sink *s, uint32_t bits, size_t n)
{
    if (s->n + 3 > sizeof s->chunk)
        sink_flush(s);
    s->chunk[s->n] = (uint8_t)(bits >> 16);
    s->chunk[s->n + 1] = (uint8_t)(bits >> 8);
    s->chunk[s->n + 2] = (uint8_t)bits;
    s->n += n;
}

/* All ones where c is not below lo nor above hi, else 0. */
static uint32_t
within(uint32_t c, uint32_t lo, uint32_t hi)
{
    return 0 - (((lo - 1 - c) & (c - hi - 1)) >> 31);
}

/* What the table says of a digit; NO for anything else. */
static uint8_t
base64_digit_value(uint8_t c)
{
    uint32_t upper = within(c, 'A', 'Z'), lower = within(c, 'a', 'z');
    uint32_t number = within(c, '0', '9');
    uint32_t plus = within(c, '+', '+'), slash = within(c, '/', '/');

    return (uint8_t)((upper & (c - 65u)) | (lower & (c - 71u)) |
                     (number & (c + 4u)) | (plus & 62) | (slash & 63) |
                     ~(upper | lower | number | plus | slash));
}

/* And the digit of a value from 0 to 63. */
static char
base64_digit(uint32_t v)
{
    return (char)('A' + v + (((25 - v) >> 8) & 6) - (((51 - v) >> 8) & 75) -
                  (((61 - v) >> 8) & 15) + (((62 - v) >> 8) & 3));
}

static bool
is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* As many whole groups of four digits as stand next to each other. */
static const uint8_t *
base64_groups(const uint8_t *p, const uint8_t *end, struct base64_sink *s)
{
    while (end - p >= 4) {
        uint8_t a = base64_value[p[0]], b = base64_value[p[1]];
        uint8_t c = base64_value[p[2]], d = base64_value[p[3]];

        if ((a | b | c | d) > 63)
            break;
        if (s->n + 3 > sizeof s->chunk)
            sink_flush(s);
        s->chunk[s->n++] = (uint8_t)(a << 2 | b >> 4);
        s->chunk[s->n++] = (uint8_t)(b << 4 | c >> 2);
        s->chunk[s->n++] = (uint8_t)(c << 6 | d);
        p += 4;
    }
    return p;
}

/* One group digit by digit: it has white space inside, or padding, or is
 * wrong. Sets *end_seen at padding. NULL when malformed. */
static const uint8_t *
base64_group(const uint8_t *p, const uint8_t *end, bool allow_space,
    struct base64_sink *s, bool *end_seen)
{
    uint32_t bits = 0;
    int digits = 0, pads = 0;

    for (; p < end && digits + pads < 4; p++) {
        uint8_t v = base64_digit_value(*p);

        if (allow_space && is_space(*p))
            continue;
        if (*p == '=' && digits >= 2) {
            pads++;
            continue;
        }
        if (v > 63 || pads != 0)
            return NULL;
        bits = bits << 6 | v;
        digits++;
    }
    if (digits == 4) {
        sink_add(s, bits, 3);
        return p;
    }
    if (digits == 0)
        return p; /* white space up to the end */
    if (digits + pads != 4)
        return NULL;
    /* RFC 4648 3.5: pad bits are zero, or two texts mean the same bytes. */
    if ((bits & (digits == 2 ? 15 : 3)) != 0)
        return NULL;
    sink_add(s, bits << 6 * pads, digits == 2 ? 1 : 2);
    *end_seen = true;
    return p;
}

static bool
all_space(const uint8_t *p, const uint8_t *end)
{
    while (p < end && is_space(*p))
        p++;
    return p == end;
}

bool
ds_base64_decode(ds_view text, bool allow_space, ds_buf *out)
{
    struct base64_sink s;
    const uint8_t *p = text.p;
    const uint8_t *end = text.n ? text.p + text.n : text.p;
    size_t start = out->n;
    bool end_seen = false;

    s.out = out;
    s.n = 0;
    while (p && p < end && !end_seen) {
        if (!out->secret)
            p = base64_groups(p, end, &s);
        p = base64_group(p, end, allow_space, &s, &end_seen);
    }
    if (text.n != 0 && p && p < end && !(allow_space && all_space(p, end)))
        p = NULL;
    sink_flush(&s);
    if (out->secret)
        ds_wipe(s.chunk, sizeof s.chunk);
    if (text.n != 0 && !p) {
        ds_buf_cut(out, start);
        return false;
    }
    return !out->bad && !out->nomem;
}

void
ds_base64_encode(ds_view in, ds_buf *out)
{
    char q[4];

    ds_buf_add(out, NULL, 0);
    for (size_t i = 0; i < in.n; i += 3) {
        size_t left = in.n - i;
        uint32_t bits = (uint32_t)in.p[i] << 16;

        bits |= left > 1 ? (uint32_t)in.p[i + 1] << 8 : 0;
        bits |= left > 2 ? in.p[i + 2] : 0;
        for (int k = 0; k < 4; k++)
            q[k] = base64_digit(bits >> (18 - 6 * k) & 63);
        if (left < 3)
            q[3] = '=';
        if (left < 2)
            q[2] = '=';
        ds_buf_add(out, q, 4);
    }
    if (out->secret)
        ds_wipe(q, sizeof q);
}

/* The two alphabets differ in two digits. */
static uint8_t
swap_digit(uint8_t c, const char *from, const char *to)
{
    return c == (uint8_t)from[0]   ? (uint8_t)to[0]
           : c == (uint8_t)from[1] ? (uint8_t)to[1]
                                   : c;
}

bool
ds_base64url_decode(ds_view text, ds_buf *out)
{
    ds_buf plain;
    bool good = text.n % 4 != 1;

    ds_buf_init(&plain, text.n + 2);
    plain.secret = out->secret;
    for (size_t i = 0; good && i < text.n; i++) {
        good = text.p[i] != '+' && text.p[i] != '/' && text.p[i] != '=';
        ds_buf_add_u8(&plain, swap_digit(text.p[i], "-_", "+/"));
    }
    for (size_t i = text.n; good && i % 4 != 0; i++)
        ds_buf_add_u8(&plain, '=');
    if (plain.nomem)
        out->nomem = true;
    good = good && !plain.nomem &&
           ds_base64_decode(ds_view_of(plain.p, plain.n), false, out);
    ds_buf_free(&plain);
    return good;
}

void
ds_base64url_encode(ds_view in, ds_buf *out)
{
    size_t start = out->n;
    size_t n = in.n / 3 * 4 + (in.n % 3 != 0 ? in.n % 3 + 1 : 0);

    ds_base64_encode(in, out);
    if (out->bad || out->nomem)
        return;
    ds_buf_cut(out, start + n);
    for (size_t i = start; i < out->n; i++)
        out->p[i] = swap_digit(out->p[i], "+/", "-_");
}

#define BASE58_MAX 128

void
ds_base58_encode(ds_view in, ds_buf *out)
{
    static const char alphabet[] =
        "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    uint8_t digits[BASE58_MAX * 2]; /* little-endian, base 58 */
    size_t n = 0, zeros = 0;

    if (in.n > BASE58_MAX) {
        out->bad = true;
        return;
    }
    while (zeros < in.n && in.p[zeros] == 0)
        zeros++;
    for (size_t i = zeros; i < in.n; i++) {
        unsigned carry = in.p[i];

        for (size_t k = 0; k < n; k++) {
            carry += (unsigned)digits[k] << 8;
            digits[k] = (uint8_t)(carry % 58);
            carry /= 58;
        }
        for (; carry != 0; carry /= 58)
            digits[n++] = (uint8_t)(carry % 58);
    }
    while (zeros-- > 0)
        ds_buf_add_u8(out, '1');
    while (n > 0)
        ds_buf_add_u8(out, (uint8_t)alphabet[digits[--n]]);
}

/* Unicode, table 3-7 (well-formed UTF-8 byte sequences): the range of the
 * second byte depends on the first, which rules out overlong forms,
 * surrogates and what is above U+10FFFF. */
static bool
second_is_valid(uint8_t first, uint8_t second)
{
    uint8_t lo = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t hi = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

    return second >= lo && second <= hi;
}

size_t
ds_utf8_len(const uint8_t *p, size_t left)
{
    size_t n;

    if (left == 0 || p[0] == 0)
        return 0;
    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (n > left || !second_is_valid(p[0], p[1]))
        return 0;
    for (size_t i = 2; i < n; i++) {
        if (p[i] >> 6 != 2)
            return 0;
    }
    return n;
}

/* Eight bytes, all of them ASCII and none of them NUL. */
static bool
is_ascii8(const uint8_t *p)
{
    uint64_t w;

    memcpy(&w, p, 8);
    return ((w | (w - UINT64_C(0x0101010101010101))) &
               UINT64_C(0x8080808080808080)) == 0;
}

bool
ds_utf8_is(ds_view text)
{
    size_t i = 0;

    while (i < text.n) {
        size_t n = 1;

        if (text.n - i >= 8 && is_ascii8(text.p + i))
            n = 8;
        else if (text.p[i] >= 0x80 || text.p[i] == 0)
            n = ds_utf8_len(text.p + i, text.n - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

/* ---- versions --------------------------------------------------------------- */

static bool
read_part(const char **p, uint32_t *ret)
{
    uint32_t v = 0;

    if (**p < '0' || **p > '9')
        return false;
    for (; **p >= '0' && **p <= '9'; (*p)++) {
        v = v * 10 + (uint32_t)(**p - '0');
        if (v > 1023)
            return false;
    }
    *ret = v;
    return true;
}

uint32_t
ds_version_number(const char *text)
{
    uint32_t part[3] = {0, 0, 0};

    if (*text == 'v')
        text++;
    for (int i = 0; i < 3; i++) {
        if (!read_part(&text, &part[i]))
            return 0;
        if (i < 2 && *text++ != '.')
            return 0;
    }
    if (*text && *text != '-' && *text != '+')
        return 0;
    return DS_VERSION(part[0], part[1], part[2]);
}
