/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/scale.h"

#include "base/text.h"

#define COMPACT_MAX ((UINT32_C(1) << 30) - 1)

void
ds_scale_init(ds_scale *s, ds_view in)
{
    ds_reader_init(&s->r, in);
    s->fault = DS_FAULT_NONE;
    s->at = 0;
}

void
ds_scale_fail(ds_scale *s, int fault)
{
    if (s->fault != DS_FAULT_NONE)
        return;
    s->fault = fault;
    s->at = s->r.off;
    s->r.bad = true;
}

static size_t
left(const ds_scale *s)
{
    return s->r.in.n - s->r.off;
}

static bool
have(ds_scale *s, size_t n)
{
    if (left(s) < n)
        ds_scale_fail(s, DS_FAULT_TRUNCATED);
    return s->fault == DS_FAULT_NONE;
}

uint8_t
ds_scale_u8(ds_scale *s)
{
    return have(s, 1) ? ds_rd_u8(&s->r) : 0;
}

uint16_t
ds_scale_u16(ds_scale *s)
{
    return have(s, 2) ? ds_rd_u16le(&s->r) : 0;
}

uint32_t
ds_scale_u32(ds_scale *s)
{
    return have(s, 4) ? ds_rd_u32le(&s->r) : 0;
}

uint64_t
ds_scale_u64(ds_scale *s)
{
    return have(s, 8) ? ds_rd_u64le(&s->r) : 0;
}

/* The low two bits of the first byte are the mode: 1, 2 or 4 bytes, the value
 * above them, little-endian. */
uint32_t
ds_scale_compact(ds_scale *s, uint32_t max)
{
    static const uint32_t least[] = {0, 1u << 6, 1u << 14};
    const uint8_t *p = s->r.in.p + s->r.off;
    unsigned mode;
    uint32_t v = 0;

    if (!have(s, 1))
        return 0;
    mode = p[0] & 3;
    if (mode == 3) {
        ds_scale_fail(s, DS_FAULT_RANGE);
        return 0;
    }
    if (!have(s, (size_t)1 << mode))
        return 0;
    for (unsigned i = 0; i < 1u << mode; i++)
        v |= (uint32_t)p[i] << 8 * i;
    v >>= 2;
    s->r.off += (size_t)1 << mode;
    if (v < least[mode])
        ds_scale_fail(s, DS_FAULT_FORM);
    else if (v > max)
        ds_scale_fail(s, DS_FAULT_RANGE);
    return s->fault == DS_FAULT_NONE ? v : 0;
}

size_t
ds_scale_count(ds_scale *s, size_t max, size_t least)
{
    size_t n = ds_scale_compact(s, COMPACT_MAX);

    /* What cannot be there is missing before it is too much. */
    if (least != 0 && n > left(s) / least)
        ds_scale_fail(s, DS_FAULT_TRUNCATED);
    else if (n > max)
        ds_scale_fail(s, DS_FAULT_RANGE);
    return s->fault == DS_FAULT_NONE ? n : 0;
}

ds_view
ds_scale_fixed(ds_scale *s, size_t n)
{
    return have(s, n) ? ds_rd_view(&s->r, n) : ds_view_of(NULL, 0);
}

ds_view
ds_scale_bytes(ds_scale *s, size_t max)
{
    return ds_scale_fixed(s, ds_scale_count(s, max, 1));
}

ds_view
ds_scale_text(ds_scale *s, size_t max)
{
    ds_view v = ds_scale_bytes(s, max);

    if (ds_utf8_is(v))
        return v;
    ds_scale_fail(s, DS_FAULT_UTF8);
    return ds_view_of(NULL, 0);
}

bool
ds_scale_done(ds_scale *s)
{
    if (left(s) != 0)
        ds_scale_fail(s, DS_FAULT_TRAILING);
    return s->fault == DS_FAULT_NONE;
}

/* ---- writing -------------------------------------------------------------- */

static void
put_le(ds_buf *b, uint64_t v, size_t n)
{
    uint8_t out[8];

    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(v >> 8 * i);
    ds_buf_add(b, out, n);
}

void
ds_scale_put_u16(ds_buf *b, uint16_t v)
{
    put_le(b, v, 2);
}

void
ds_scale_put_u32(ds_buf *b, uint32_t v)
{
    put_le(b, v, 4);
}

void
ds_scale_put_u64(ds_buf *b, uint64_t v)
{
    put_le(b, v, 8);
}

void
ds_scale_put_compact(ds_buf *b, size_t v)
{
    if (v > COMPACT_MAX)
        b->bad = true;
    else if (v < 1u << 6)
        put_le(b, v << 2, 1);
    else if (v < 1u << 14)
        put_le(b, v << 2 | 1, 2);
    else
        put_le(b, v << 2 | 2, 4);
}

void
ds_scale_put_bytes(ds_buf *b, ds_view v)
{
    ds_scale_put_compact(b, v.n);
    ds_buf_add(b, v.p, v.n);
}
