/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/der.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"

static const ds_view nothing = {NULL, 0};

void
ds_der_init(ds_der *d, ds_view in)
{
    ds_reader_init(&d->r, in);
    d->depth = DS_MAX_DER_DEPTH;
    d->bad = false;
}

int
ds_der_peek(const ds_der *d)
{
    if (d->bad || d->r.off == d->r.in.n)
        return -1;
    return d->r.in.p[d->r.off];
}

/* X.690 8.1.2: one octet, and of the universal class what DER allows: strings
 * are primitive (10.2), only EXTERNAL, EMBEDDED PDV, SEQUENCE, SET and
 * CHARACTER STRING are constructed, 0 is not a type. */
static bool
tag_is_valid(int tag)
{
    const uint32_t constructed = UINT32_C(1) << 8 | UINT32_C(1) << 11 |
                                 UINT32_C(1) << 16 | UINT32_C(1) << 17 |
                                 UINT32_C(1) << 29;
    int number = tag & 0x1f;

    if (number == 0x1f)
        return false;
    if ((tag & 0xc0) != 0)
        return true;
    return number != 0 && (constructed >> number & 1) == (uint32_t)tag >> 5;
}

/* X.690 10.1: definite, in the fewest octets, and no longer than what is
 * left. How many octets say it; 0 when it is wrong. */
static size_t
read_length(ds_view in, size_t *ret)
{
    uint64_t length;
    size_t octets = 0;

    if (in.n == 0)
        return 0;
    length = in.p[0];
    if (length >= 0x80) {
        octets = (size_t)length & 0x7f;
        if (octets == 0 || octets > 4 || octets >= in.n)
            return 0;
        length = 0;
        for (size_t i = 1; i <= octets; i++)
            length = length << 8 | in.p[i];
        if (length < 0x80 || length >> 8 * (octets - 1) == 0)
            return 0;
    }
    if (length > in.n - 1 - octets)
        return 0;
    *ret = (size_t)length;
    return 1 + octets;
}

ds_view
ds_der_any(ds_der *d, int *tag, ds_view *whole)
{
    int found = ds_der_peek(d);
    size_t length = 0, head;
    ds_view in, value;

    if (tag)
        *tag = -1;
    if (whole)
        *whole = nothing;
    if (found < 0 || !tag_is_valid(found)) {
        d->bad = true;
        return nothing;
    }
    in = ds_view_of(d->r.in.p + d->r.off, d->r.in.n - d->r.off);
    head = read_length(ds_view_of(in.p + 1, in.n - 1), &length);
    if (head == 0) {
        d->bad = true;
        return nothing;
    }
    head++; /* the tag */
    value = ds_view_of(in.p + head, length);
    d->r.off += head + length;
    if (tag)
        *tag = found;
    if (whole)
        *whole = ds_view_of(in.p, head + length);
    return value;
}

ds_view
ds_der_read(ds_der *d, int tag)
{
    if (ds_der_peek(d) != tag) {
        d->bad = true;
        return nothing;
    }
    return ds_der_any(d, NULL, NULL);
}

void
ds_der_enter(ds_der *d, int tag, ds_der *inner)
{
    ds_view value = ds_der_read(d, tag);

    if (d->depth <= 0)
        d->bad = true;
    ds_der_init(inner, d->bad ? nothing : value);
    inner->depth = d->depth - 1;
    inner->bad = d->bad;
}

uint64_t
ds_der_uint(ds_der *d, int tag, uint64_t max)
{
    ds_view v = ds_der_read(d, tag);
    uint64_t value = 0;

    /* X.690 8.3.2: the first nine bits are not all the same. */
    if (v.n == 0 || v.n > 8 || v.p[0] >= 0x80 ||
        (v.n > 1 && v.p[0] == 0 && v.p[1] < 0x80)) {
        d->bad = true;
        return 0;
    }
    for (size_t i = 0; i < v.n; i++)
        value = value << 8 | v.p[i];
    if (value > max) {
        d->bad = true;
        return 0;
    }
    return value;
}

bool
ds_der_bool(ds_der *d)
{
    ds_view v = ds_der_read(d, DS_DER_BOOLEAN);

    /* X.690 11.1 */
    if (v.n != 1 || (v.p[0] != 0 && v.p[0] != 0xff)) {
        d->bad = true;
        return false;
    }
    return v.p[0] == 0xff;
}

ds_view
ds_der_bits(ds_der *d)
{
    ds_view v = ds_der_read(d, DS_DER_BIT_STRING);

    if (v.n == 0 || v.p[0] != 0) {
        d->bad = true;
        return nothing;
    }
    return ds_view_of(v.p + 1, v.n - 1);
}

int64_t
ds_der_time(ds_der *d)
{
    int tag = ds_der_peek(d);
    ds_view v = ds_der_any(d, NULL, NULL);
    bool utc = tag == DS_DER_UTC_TIME;
    uint8_t digit[14];
    int pair[7];
    int64_t t;

    /* RFC 5280 4.1.2.5: YYMMDDHHMMSSZ, YYYYMMDDHHMMSSZ, nothing else. */
    if ((!utc && tag != DS_DER_GENERALIZED_TIME) || v.n != (utc ? 13u : 15u) ||
        v.p[v.n - 1] != 'Z')
        goto bad;
    memcpy(digit + (utc ? 2 : 0), v.p, v.n - 1);
    if (utc) {
        bool old = digit[2] >= '5';

        digit[0] = old ? '1' : '2';
        digit[1] = old ? '9' : '0';
    }
    for (size_t i = 0; i < 7; i++) {
        uint8_t hi = (uint8_t)(digit[2 * i] - '0');
        uint8_t lo = (uint8_t)(digit[2 * i + 1] - '0');

        if (hi > 9 || lo > 9)
            goto bad;
        pair[i] = hi * 10 + lo;
    }
    if (ds_time_from_civil(pair[0] * 100 + pair[1], pair[2], pair[3], pair[4],
            pair[5], pair[6], &t))
        return t;
bad:
    d->bad = true;
    return 0;
}

bool
ds_der_done(const ds_der *d)
{
    return !d->bad && ds_rd_done(&d->r);
}

/* The largest half in use is P-521's; it keeps every INTEGER's length in one
 * octet. */
#define MAX_HALF 66

static size_t
put_integer(ds_view half, uint8_t *out)
{
    size_t n;

    while (half.n > 1 && half.p[0] == 0)
        half = ds_view_of(half.p + 1, half.n - 1);
    n = half.n + (half.p[0] >= 0x80);
    out[0] = DS_DER_INTEGER;
    out[1] = (uint8_t)n;
    out[2] = 0;
    memcpy(out + 2 + (n - half.n), half.p, half.n);
    return n + 2;
}

size_t
ds_der_ecdsa_from_raw(ds_view rs, uint8_t *out)
{
    uint8_t body[2 * (MAX_HALF + 3)];
    size_t half = rs.n / 2, n, head = 2;

    if (half == 0 || half > MAX_HALF || rs.n % 2 != 0)
        return 0;
    n = put_integer(ds_view_of(rs.p, half), body);
    n += put_integer(ds_view_of(rs.p + half, half), body + n);
    out[0] = DS_DER_SEQUENCE;
    if (n >= 0x80) {
        out[1] = 0x81;
        head = 3;
    }
    out[head - 1] = (uint8_t)n;
    memcpy(out + head, body, n);
    return head + n;
}

/* A positive INTEGER, right-aligned in half octets. */
static bool
get_integer(ds_der *d, uint8_t *out, size_t half)
{
    ds_view v = ds_der_read(d, DS_DER_INTEGER);

    if (v.n == 0 || v.p[0] >= 0x80 || (v.n > 1 && v.p[0] == 0 && v.p[1] < 0x80))
        return false;
    if (v.p[0] == 0)
        v = ds_view_of(v.p + 1, v.n - 1);
    if (v.n == 0 || v.n > half)
        return false;
    memset(out, 0, half - v.n);
    memcpy(out + (half - v.n), v.p, v.n);
    return true;
}

bool
ds_der_ecdsa_to_raw(ds_view der, uint8_t *rs, size_t half)
{
    ds_der d, seq;

    ds_der_init(&d, der);
    ds_der_enter(&d, DS_DER_SEQUENCE, &seq);
    return get_integer(&seq, rs, half) && get_integer(&seq, rs + half, half) &&
           ds_der_done(&seq) && ds_der_done(&d);
}
