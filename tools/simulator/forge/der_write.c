/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "forge/inner.h"

void
forge_der_length(ds_buf *b, size_t n)
{
    if (n < 0x80) {
        ds_buf_add_u8(b, (uint8_t)n);
        return;
    }
    unsigned octets = n > 0xffffff ? 4 : n > 0xffff ? 3 : n > 0xff ? 2 : 1;
    ds_buf_add_u8(b, (uint8_t)(0x80 | octets));
    for (unsigned i = octets; i > 0; i--)
        ds_buf_add_u8(b, (uint8_t)(n >> (8 * (i - 1))));
}

size_t
forge_der_open(ds_buf *b, int tag)
{
    ds_buf_add_u8(b, (uint8_t)tag);
    return b->n;
}

/* The length is known only now: make room for it where the contents begin. */
void
forge_der_close(ds_buf *b, size_t mark)
{
    if (b->bad || b->nomem || mark > b->n)
        return;
    size_t contents = b->n - mark;
    forge_der_length(b, contents);
    if (b->bad || b->nomem)
        return;
    size_t octets = b->n - mark - contents;
    uint8_t length[8];
    memcpy(length, b->p + mark + contents, octets);
    memmove(b->p + mark + octets, b->p + mark, contents);
    memcpy(b->p + mark, length, octets);
}

void
forge_der_tlv(ds_buf *b, int tag, ds_view contents)
{
    ds_buf_add_u8(b, (uint8_t)tag);
    forge_der_length(b, contents.n);
    forge_add_view(b, contents);
}

void
forge_der_octets(ds_buf *b, ds_view v)
{
    forge_der_tlv(b, 0x04, v);
}

void
forge_der_null(ds_buf *b)
{
    forge_der_tlv(b, 0x05, ds_view_of(NULL, 0));
}

void
forge_der_bool(ds_buf *b, bool v)
{
    uint8_t octet = v ? 0xff : 0x00;
    forge_der_tlv(b, 0x01, ds_view_of(&octet, 1));
}

void
forge_der_positive(ds_buf *b, ds_view be)
{
    while (be.n > 1 && be.p[0] == 0) {
        be.p++;
        be.n--;
    }
    bool pad = be.n == 0 || (be.p[0] & 0x80) != 0;
    ds_buf_add_u8(b, 0x02);
    forge_der_length(b, be.n + (pad ? 1 : 0));
    if (pad)
        ds_buf_add_u8(b, 0);
    forge_add_view(b, be);
}

void
forge_der_uint(ds_buf *b, uint64_t v)
{
    uint8_t be[8];
    for (unsigned i = 0; i < 8; i++)
        be[i] = (uint8_t)(v >> (56 - 8 * i));
    forge_der_positive(b, ds_view_of(be, sizeof be));
}

static void
add_base128(ds_buf *b, uint64_t v)
{
    for (unsigned shift = 63; shift > 0; shift -= 7)
        if (v >> shift)
            ds_buf_add_u8(b, (uint8_t)(0x80 | ((v >> shift) & 0x7f)));
    ds_buf_add_u8(b, (uint8_t)(v & 0x7f));
}

void
forge_der_oid(ds_buf *b, const char *dotted)
{
    size_t mark = forge_der_open(b, 0x06);
    uint64_t first = 0;
    uint64_t v = 0;
    unsigned arc = 0;
    for (const char *s = dotted;; s++) {
        if (*s >= '0' && *s <= '9') {
            v = 10 * v + (uint64_t)(*s - '0');
            continue;
        }
        if (arc == 0)
            first = 40 * v;
        else
            add_base128(b, arc == 1 ? first + v : v);
        arc++;
        v = 0;
        if (*s == '\0')
            break;
    }
    forge_der_close(b, mark);
}

void
forge_der_bits(ds_buf *b, ds_view octets)
{
    ds_buf_add_u8(b, 0x03);
    forge_der_length(b, octets.n + 1);
    ds_buf_add_u8(b, 0);
    forge_add_view(b, octets);
}

void
forge_der_time(ds_buf *b, int64_t t)
{
    char iso[21]; /* YYYY-MM-DDTHH:MM:SSZ */
    char text[16];
    ds_time_format(t, iso);
    static const uint8_t at[] = {
        0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18};
    for (size_t i = 0; i < sizeof at; i++)
        text[i] = iso[at[i]];
    text[14] = 'Z';
    /* 2050-01-01T00:00:00Z */
    bool utc = t < INT64_C(2524608000);
    forge_der_tlv(
        b, utc ? 0x17 : 0x18, ds_view_of(text + (utc ? 2 : 0), utc ? 13 : 15));
}
