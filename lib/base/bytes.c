/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

bool
ds_view_eq(ds_view a, ds_view b)
{
    if (a.n != b.n)
        return false;
    return a.n == 0 || memcmp(a.p, b.p, a.n) == 0;
}

bool
ds_view_eq_str(ds_view a, const char *s)
{
    /* Most names that are compared differ in their first byte. */
    if (a.n != 0 && a.p[0] != (uint8_t)s[0])
        return false;
    return ds_view_eq(a, ds_view_str(s));
}

bool
ds_view_is_zero(ds_view v)
{
    uint8_t any = 0;

    for (size_t i = 0; i < v.n; i++)
        any |= v.p[i];
    return any == 0;
}

bool
ds_view_contains(ds_view hay, const char *needle)
{
    size_t n = strlen(needle);
    const uint8_t *p = hay.p;
    size_t left = hay.n;

    if (n == 0)
        return true;
    while (left >= n) {
        const uint8_t *hit = memchr(p, needle[0], left - n + 1);

        if (!hit)
            return false;
        if (hit[n / 2] == (uint8_t)needle[n / 2] && memcmp(hit, needle, n) == 0)
            return true;
        left -= (size_t)(hit - p) + 1;
        p = hit + 1;
    }
    return false;
}

void
ds_reader_init(ds_reader *r, ds_view in)
{
    r->in = in;
    r->off = 0;
    r->bad = false;
}

size_t
ds_rd_left(const ds_reader *r)
{
    return r->bad ? 0 : r->in.n - r->off;
}

bool
ds_rd_done(const ds_reader *r)
{
    return !r->bad && r->off == r->in.n;
}

/* The next n bytes, or NULL and sticky failure. Never called with 0, so that
 * NULL means failure alone. */
static const uint8_t *
take(ds_reader *r, size_t n)
{
    const uint8_t *p;

    if (r->bad || n > r->in.n - r->off) {
        r->bad = true;
        return NULL;
    }
    p = r->in.p + r->off;
    r->off += n;
    return p;
}

uint8_t
ds_rd_u8(ds_reader *r)
{
    const uint8_t *p = take(r, 1);

    return p ? p[0] : 0;
}

uint16_t
ds_rd_u16le(ds_reader *r)
{
    const uint8_t *p = take(r, 2);

    return p ? ds_le16(p) : 0;
}

uint32_t
ds_rd_u32le(ds_reader *r)
{
    const uint8_t *p = take(r, 4);

    return p ? ds_le32(p) : 0;
}

uint64_t
ds_rd_u64le(ds_reader *r)
{
    const uint8_t *p = take(r, 8);

    return p ? ds_le64(p) : 0;
}

ds_view
ds_rd_view(ds_reader *r, size_t n)
{
    const uint8_t *p;

    if (n == 0)
        return ds_view_of(NULL, 0);
    p = take(r, n);
    return p ? ds_view_of(p, n) : ds_view_of(NULL, 0);
}

void
ds_rd_skip(ds_reader *r, size_t n)
{
    (void)ds_rd_view(r, n);
}

uint16_t
ds_le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | (uint16_t)p[1] << 8);
}

uint32_t
ds_le32(const uint8_t *p)
{
    return (uint32_t)ds_le16(p) | (uint32_t)ds_le16(p + 2) << 16;
}

uint64_t
ds_le64(const uint8_t *p)
{
    return (uint64_t)ds_le32(p) | (uint64_t)ds_le32(p + 4) << 32;
}
