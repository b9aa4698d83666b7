/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/msgpack.h"

#include <string.h>

#include "base/text.h"

static const ds_view nothing = {NULL, 0};

static bool
fail_at(ds_mp *m, int fault, size_t at)
{
    if (m->fault == DS_FAULT_NONE) {
        m->fault = fault;
        m->at = at;
    }
    return false;
}

void
ds_mp_fail(ds_mp_at *at, int fault)
{
    fail_at(at->doc, fault, at->off == DS_MP_ABSENT ? 0 : at->off);
}

/* ---- one value's first bytes ----------------------------------------------- */

typedef struct {
    int type;
    uint64_t n;  /* a number, a length in bytes, a count of elements or pairs */
    size_t body; /* bytes that follow and are the value's own */
    size_t size; /* of the head itself */
} head;

/* How the bytes 0xc0 to 0xdf begin a value: its type and how many bytes of
 * number, length or count come next. */
static const struct {
    uint8_t type;
    uint8_t wide;
} marks[32] = {
    {DS_MP_NIL, 0},                                       /* c0 */
    {DS_MP_NONE, 0},                                      /* never used */
    {DS_MP_BOOL, 0}, {DS_MP_BOOL, 0},                     /* c2 */
    {DS_MP_BYTES, 1}, {DS_MP_BYTES, 2}, {DS_MP_BYTES, 4}, /* c4 */
    {DS_MP_NONE, 0}, {DS_MP_NONE, 0}, {DS_MP_NONE, 0},    /* ext */
    {DS_MP_FLOAT, 4}, {DS_MP_FLOAT, 8},                   /* ca */
    {DS_MP_UINT, 1}, {DS_MP_UINT, 2}, {DS_MP_UINT, 4},    /* cc */
    {DS_MP_UINT, 8},                                      /* cf */
    {DS_MP_INT, 1}, {DS_MP_INT, 2}, {DS_MP_INT, 4},       /* d0 */
    {DS_MP_INT, 8},                                       /* d3 */
    {DS_MP_NONE, 0}, {DS_MP_NONE, 0}, {DS_MP_NONE, 0},    /* fixext */
    {DS_MP_NONE, 0}, {DS_MP_NONE, 0},                     /* fixext */
    {DS_MP_TEXT, 1}, {DS_MP_TEXT, 2}, {DS_MP_TEXT, 4},    /* d9 */
    {DS_MP_ARRAY, 2}, {DS_MP_ARRAY, 4},                   /* dc */
    {DS_MP_MAP, 2}, {DS_MP_MAP, 4},                       /* de */
};

/* The values that say type and number in one byte. */
static void
read_fixed(uint8_t b, head *h)
{
    if (b < 0x80) {
        h->type = DS_MP_UINT;
        h->n = b;
    } else if (b < 0x90) {
        h->type = DS_MP_MAP;
        h->n = b & 0x0f;
    } else if (b < 0xa0) {
        h->type = DS_MP_ARRAY;
        h->n = b & 0x0f;
    } else if (b < 0xc0) {
        h->type = DS_MP_TEXT;
        h->n = b & 0x1f;
    } else {
        h->type = DS_MP_INT;
    }
}

/* False, with the fault set, when there is no whole head, or when what it
 * promises cannot follow. */
static bool
read_head(ds_mp *m, size_t off, head *h)
{
    const uint8_t *p = m->in.p + off;
    size_t left = m->in.n - off, wide;
    uint64_t need = 0;

    memset(h, 0, sizeof *h);
    h->size = 1;
    if (left == 0)
        return fail_at(m, DS_FAULT_TRUNCATED, off);
    if (p[0] < 0xc0 || p[0] > 0xdf) {
        read_fixed(p[0], h);
    } else {
        h->type = marks[p[0] - 0xc0].type;
        wide = marks[p[0] - 0xc0].wide;
        if (h->type == DS_MP_NONE)
            return fail_at(m, DS_FAULT_FORM, off);
        if (left - 1 < wide)
            return fail_at(m, DS_FAULT_TRUNCATED, off);
        for (size_t i = 1; i <= wide; i++)
            h->n = h->n << 8 | p[i];
        h->size += wide;
    }
    if (h->type == DS_MP_TEXT || h->type == DS_MP_BYTES ||
        h->type == DS_MP_ARRAY)
        need = h->n;
    else if (h->type == DS_MP_MAP)
        need = h->n * 2;
    if (need > left - h->size)
        return fail_at(m, DS_FAULT_TRUNCATED, off);
    if (h->type == DS_MP_TEXT || h->type == DS_MP_BYTES)
        h->body = (size_t)h->n;
    return true;
}

/* ---- the whole document ------------------------------------------------------ */

#define RUN_LEAST 16 /* elements, below which an array is read one by one */

/* n numbers of one byte each, most of which say so in their first bit, into
 * out, which has room for n. Where they end; 0 when there is anything else. */
static size_t
read_run(ds_view in, size_t off, uint64_t n, uint8_t *out)
{
    uint64_t w;
    size_t wide;

    while (n != 0) {
        if (n >= 8 && in.n - off >= 8) {
            memcpy(&w, in.p + off, 8);
            if ((w & UINT64_C(0x8080808080808080)) == 0) {
                memcpy(out, &w, 8);
                out += 8;
                off += 8;
                n -= 8;
                continue;
            }
        }
        if (off == in.n)
            return 0;
        wide = in.p[off] == 0xcc;
        if ((in.p[off] >= 0x80 && !wide) || in.n - off <= wide)
            return 0;
        *out++ = in.p[off + wide];
        off += 1 + wide;
        n--;
    }
    return off;
}

static bool
take_run(ds_mp *m, size_t off, const head *h, ds_walk_head *ret)
{
    uint8_t *out = m->room + m->used;
    size_t start = off + h->size, end;

    if (h->n < RUN_LEAST || m->spans == DS_MP_MAX_SPANS)
        return false;
    end = read_run(m->in, start, h->n, out);
    if (end == 0)
        return false;
    m->span[m->spans++] = (ds_mp_span){off, end, out, (size_t)h->n};
    m->used += (size_t)h->n;
    *ret = (ds_walk_head){DS_WALK_ARRAY, 0, end - start, h->size};
    return true;
}

static bool
walk_head(void *document, size_t off, ds_walk_head *ret)
{
    static const int kinds[DS_MP_MAP + 1] = {[DS_MP_TEXT] = DS_WALK_TEXT,
        [DS_MP_ARRAY] = DS_WALK_ARRAY,
        [DS_MP_MAP] = DS_WALK_MAP};
    head h;

    if (!read_head(document, off, &h))
        return false;
    if (h.type == DS_MP_ARRAY && take_run(document, off, &h, ret))
        return true;
    *ret = (ds_walk_head){kinds[h.type], h.n, h.body, h.size};
    return true;
}

static void
walk_end(void *document, size_t off, size_t end, unsigned depth)
{
    ds_mp *m = document;

    if (m->spans != 0 && m->span[m->spans - 1].off == off)
        return; /* take_run() was here */
    if (depth < DS_MP_SPAN_DEPTH && m->spans < DS_MP_MAX_SPANS)
        m->span[m->spans++] = (ds_mp_span){off, end, NULL, 0};
}

static const ds_mp_span *
find_span(const ds_mp *m, size_t off)
{
    for (size_t i = 0; i < m->spans; i++)
        if (m->span[i].off == off)
            return &m->span[i];
    return NULL;
}

bool
ds_mp_open(ds_mp *m, ds_view in, uint8_t *room, ds_mp_at *root)
{
    m->in = in;
    m->room = room;
    m->used = 0;
    m->spans = 0;
    m->fault = DS_FAULT_NONE;
    m->at = 0;
    root->doc = m;
    root->off = 0;
    return ds_walk_check(in, walk_head, walk_end, m, &m->fault, &m->at);
}

/* ---- reads ------------------------------------------------------------------- */

/* The head of a value of this type (any: DS_MP_NONE); false is a fault. */
static bool
take_head(ds_mp_at *at, int type, head *h)
{
    ds_mp *m = at->doc;

    if (m->fault != DS_FAULT_NONE)
        return false;
    if (at->off == DS_MP_ABSENT)
        return fail_at(m, DS_FAULT_MISSING, 0);
    if (!read_head(m, at->off, h))
        return false;
    if (type != DS_MP_NONE && h->type != type)
        return fail_at(m, DS_FAULT_TYPE, at->off);
    return true;
}

int
ds_mp_type(const ds_mp_at *at)
{
    head h;

    if (at->doc->fault != DS_FAULT_NONE || at->off == DS_MP_ABSENT ||
        !read_head(at->doc, at->off, &h))
        return DS_MP_NONE;
    return h.type;
}

uint64_t
ds_mp_uint(ds_mp_at *at, uint64_t max)
{
    head h;

    if (!take_head(at, DS_MP_UINT, &h))
        return 0;
    if (h.n > max) {
        fail_at(at->doc, DS_FAULT_RANGE, at->off);
        return 0;
    }
    at->off += h.size;
    return h.n;
}

static ds_view
take_body(ds_mp_at *at, int type, size_t max)
{
    ds_view v;
    head h;

    if (!take_head(at, type, &h))
        return nothing;
    if (h.body > max) {
        fail_at(at->doc, DS_FAULT_RANGE, at->off);
        return nothing;
    }
    v = ds_view_of(at->doc->in.p + at->off + h.size, h.body);
    at->off += h.size + h.body;
    return v;
}

ds_view
ds_mp_text(ds_mp_at *at, size_t max)
{
    return take_body(at, DS_MP_TEXT, max);
}

ds_view
ds_mp_bytes(ds_mp_at *at, size_t max)
{
    ds_mp *m = at->doc;
    uint8_t *out = m->room + m->used;
    const ds_mp_span *run;
    size_t n;

    if (ds_mp_type(at) != DS_MP_ARRAY)
        return take_body(at, DS_MP_BYTES, max);
    run = find_span(m, at->off);
    n = ds_mp_array(at, max);
    if (run && run->bytes && m->fault == DS_FAULT_NONE) {
        at->off = run->end;
        return ds_view_of(run->bytes, run->n);
    }
    for (size_t i = 0; i < n; i++) {
        uint8_t byte = (uint8_t)ds_mp_uint(at, 255);

        if (m->fault != DS_FAULT_NONE || m->used == m->in.n) {
            ds_mp_fail(at, DS_FAULT_RANGE);
            return nothing;
        }
        m->room[m->used++] = byte;
    }
    return ds_view_of(out, n);
}

ds_view
ds_mp_hex(ds_mp_at *at, size_t max)
{
    ds_mp *m = at->doc;
    size_t off = at->off;
    ds_view text = ds_mp_text(at, max < SIZE_MAX / 2 ? max * 2 : SIZE_MAX);
    uint8_t *out = m->room + m->used;
    size_t n = text.n / 2;

    if (m->fault != DS_FAULT_NONE)
        return nothing;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] >= 'A' && text.p[i] <= 'F') {
            fail_at(m, DS_FAULT_FORM, off);
            return nothing;
        }
    if (n > m->in.n - m->used) {
        fail_at(m, DS_FAULT_RANGE, off);
        return nothing;
    }
    if (text.n % 2 != 0 || !ds_hex_decode(text, out, n)) {
        fail_at(m, DS_FAULT_FORM, off);
        return nothing;
    }
    m->used += n;
    return ds_view_of(out, n);
}

size_t
ds_mp_array(ds_mp_at *at, size_t max)
{
    head h;

    if (!take_head(at, DS_MP_ARRAY, &h))
        return 0;
    if (h.n > max) {
        fail_at(at->doc, DS_FAULT_RANGE, at->off);
        return 0;
    }
    at->off += h.size;
    return (size_t)h.n;
}

void
ds_mp_skip(ds_mp_at *at)
{
    const ds_mp_span *known;
    size_t values = 1;
    head h;

    while (values != 0) {
        if (!take_head(at, DS_MP_NONE, &h))
            return;
        values--;
        known = h.type == DS_MP_ARRAY || h.type == DS_MP_MAP
                    ? find_span(at->doc, at->off)
                    : NULL;
        if (known) {
            at->off = known->end;
            continue;
        }
        if (h.type == DS_MP_ARRAY)
            values += (size_t)h.n;
        else if (h.type == DS_MP_MAP)
            values += (size_t)h.n * 2;
        at->off += h.size + h.body;
    }
}

static void
place_by_name(ds_mp_at *at, size_t pairs, const ds_mp_field *fields,
    size_t count, ds_mp_at *ret)
{
    size_t next = 0; /* most maps have their fields in order */

    for (; pairs != 0 && at->doc->fault == DS_FAULT_NONE; pairs--) {
        ds_view key = ds_mp_text(at, SIZE_MAX);

        for (size_t i = 0; i < count; i++) {
            size_t k = (next + i) % count;

            if (!ds_view_eq_str(key, fields[k].name))
                continue;
            ret[k] = *at;
            next = k + 1;
            break;
        }
        ds_mp_skip(at);
    }
}

void
ds_mp_record(
    ds_mp_at *at, const ds_mp_field *fields, size_t count, ds_mp_at *ret)
{
    size_t start = at->off;
    head h;

    for (size_t i = 0; i < count; i++)
        ret[i] = (ds_mp_at){at->doc, DS_MP_ABSENT};
    if (!take_head(at, DS_MP_NONE, &h))
        return;
    if (h.type != DS_MP_MAP && h.type != DS_MP_ARRAY) {
        fail_at(at->doc, DS_FAULT_TYPE, start);
        return;
    }
    at->off += h.size;
    if (h.type == DS_MP_MAP)
        place_by_name(at, (size_t)h.n, fields, count, ret);
    else if (h.n > count)
        fail_at(at->doc, DS_FAULT_RANGE, start);
    else
        for (size_t i = 0; i < h.n; i++) {
            ret[i] = *at;
            ds_mp_skip(at);
        }
    for (size_t i = 0; i < count; i++)
        if (ret[i].off == DS_MP_ABSENT && !fields[i].optional)
            fail_at(at->doc, DS_FAULT_MISSING, start);
}

/* ---- writing ------------------------------------------------------------------ */

static void
put_be(ds_buf *b, uint8_t mark, uint64_t v, size_t wide)
{
    uint8_t out[9];

    out[0] = mark;
    for (size_t i = 0; i < wide; i++)
        out[1 + i] = (uint8_t)(v >> 8 * (wide - 1 - i));
    ds_buf_add(b, out, 1 + wide);
}

/* A length or count: in the mark itself below `fixed`, else in 1, 2 or 4
 * bytes; m1 is 0 where there is no form with one. */
static void
put_length(ds_buf *b, size_t n, uint8_t fix, size_t fixed, uint8_t m1,
    uint8_t m2, uint8_t m4)
{
    if (n < fixed)
        put_be(b, (uint8_t)(fix | n), 0, 0);
    else if (m1 != 0 && n <= 0xff)
        put_be(b, m1, n, 1);
    else if (n <= 0xffff)
        put_be(b, m2, n, 2);
    else if (n <= UINT32_MAX)
        put_be(b, m4, n, 4);
    else
        b->bad = true;
}

void
ds_mp_put_map(ds_buf *b, size_t count)
{
    put_length(b, count, 0x80, 16, 0, 0xde, 0xdf);
}

void
ds_mp_put_array(ds_buf *b, size_t count)
{
    put_length(b, count, 0x90, 16, 0, 0xdc, 0xdd);
}

void
ds_mp_put_uint(ds_buf *b, uint64_t v)
{
    if (v < 0x80)
        put_be(b, (uint8_t)v, 0, 0);
    else if (v <= 0xff)
        put_be(b, 0xcc, v, 1);
    else if (v <= 0xffff)
        put_be(b, 0xcd, v, 2);
    else if (v <= UINT32_MAX)
        put_be(b, 0xce, v, 4);
    else
        put_be(b, 0xcf, v, 8);
}

void
ds_mp_put_text(ds_buf *b, ds_view text)
{
    put_length(b, text.n, 0xa0, 32, 0xd9, 0xda, 0xdb);
    ds_buf_add(b, text.p, text.n);
}

void
ds_mp_put_bytes(ds_buf *b, ds_view bytes)
{
    put_length(b, bytes.n, 0, 0, 0xc4, 0xc5, 0xc6);
    ds_buf_add(b, bytes.p, bytes.n);
}

void
ds_mp_put_ints(ds_buf *b, ds_view bytes)
{
    ds_mp_put_array(b, bytes.n);
    for (size_t i = 0; i < bytes.n; i++)
        ds_mp_put_uint(b, bytes.p[i]);
}

void
ds_mp_put_hex(ds_buf *b, ds_view bytes)
{
    static const char digits[] = "0123456789abcdef";

    if (bytes.n > UINT32_MAX / 2) {
        b->bad = true;
        return;
    }
    put_length(b, bytes.n * 2, 0xa0, 32, 0xd9, 0xda, 0xdb);
    for (size_t i = 0; i < bytes.n; i++) {
        ds_buf_add_u8(b, (uint8_t)digits[bytes.p[i] >> 4]);
        ds_buf_add_u8(b, (uint8_t)digits[bytes.p[i] & 15]);
    }
}
