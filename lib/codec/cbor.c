/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/cbor.h"

/* Major types, RFC 8949 section 3.1. */
enum {
    MAJOR_UINT = 0,
    MAJOR_NEGATIVE = 1,
    MAJOR_BYTES = 2,
    MAJOR_TEXT = 3,
    MAJOR_ARRAY = 4,
    MAJOR_MAP = 5,
    MAJOR_TAG = 6,
    MAJOR_SIMPLE = 7
};

/* Simple values without content: false, true, null. */
#define SIMPLE_FALSE 20u
#define SIMPLE_NULL 22u

static const ds_view nothing = {NULL, 0};

static bool
fail_at(ds_cbor *c, int fault, size_t at)
{
    if (c->fault == DS_FAULT_NONE) {
        c->fault = fault;
        c->at = at;
    }
    return false;
}

/* ---- one value's first bytes ----------------------------------------------- */

typedef struct {
    unsigned major;
    uint64_t n;  /* a number, a length in bytes, a count of elements or pairs */
    size_t body; /* bytes that follow and are the value's own */
    size_t size; /* of the head itself */
} head;

/* The argument behind the first byte, in its shortest form (section 4.1). */
static bool
read_argument(ds_cbor *c, size_t off, unsigned info, head *h)
{
    const uint8_t *p = c->in.p + off;
    size_t wide = (size_t)1 << (info - 24);

    if (c->in.n - off - 1 < wide)
        return fail_at(c, DS_FAULT_TRUNCATED, off);
    for (size_t i = 1; i <= wide; i++)
        h->n = h->n << 8 | p[i];
    h->size += wide;
    if (wide == 1 ? h->n < 24 : h->n >> 4 * wide == 0)
        return fail_at(c, DS_FAULT_FORM, off);
    return true;
}

/* False, with the fault set, when there is no whole head, or when what it
 * promises cannot follow. */
static bool
read_head(ds_cbor *c, size_t off, head *h)
{
    unsigned info;
    uint64_t need = 0;

    *h = (head){.size = 1};
    if (off >= c->in.n)
        return fail_at(c, DS_FAULT_TRUNCATED, off);
    h->major = c->in.p[off] >> 5;
    info = c->in.p[off] & 0x1f;
    if (h->major == MAJOR_TAG || info > 27)
        return fail_at(c, DS_FAULT_FORM, off);
    if (h->major == MAJOR_SIMPLE && (info < SIMPLE_FALSE || info > SIMPLE_NULL))
        return fail_at(c, DS_FAULT_FORM, off);
    h->n = info;
    if (info >= 24) {
        h->n = 0;
        if (!read_argument(c, off, info, h))
            return false;
    }
    if (h->major >= MAJOR_BYTES && h->major <= MAJOR_MAP)
        need = h->n;
    /* A pair has two bytes at least; half a 64-bit count cannot overflow. */
    if (need > (c->in.n - off - h->size) >> (h->major == MAJOR_MAP))
        return fail_at(c, DS_FAULT_TRUNCATED, off);
    if (h->major == MAJOR_BYTES || h->major == MAJOR_TEXT)
        h->body = (size_t)h->n;
    return true;
}

/* ---- the whole document ------------------------------------------------------ */

static bool
walk_head(void *document, size_t off, ds_walk_head *ret)
{
    static const int kinds[MAJOR_SIMPLE + 1] = {[MAJOR_TEXT] = DS_WALK_TEXT,
        [MAJOR_ARRAY] = DS_WALK_ARRAY,
        [MAJOR_MAP] = DS_WALK_MAP};
    head h;

    if (!read_head(document, off, &h))
        return false;
    *ret = (ds_walk_head){kinds[h.major], h.n, h.body, h.size};
    return true;
}

bool
ds_cbor_open(ds_cbor *c, ds_view in, ds_cbor_at *root)
{
    c->in = in;
    c->fault = DS_FAULT_NONE;
    c->at = 0;
    root->doc = c;
    root->off = 0;
    return ds_walk_check(in, walk_head, NULL, c, &c->fault, &c->at);
}

/* ---- reads ------------------------------------------------------------------- */

/* The head of a value; false is a fault. */
static bool
take_head(ds_cbor_at *at, head *h)
{
    ds_cbor *c = at->doc;

    if (c->fault != DS_FAULT_NONE)
        return false;
    if (at->off == DS_CBOR_ABSENT)
        return fail_at(c, DS_FAULT_MISSING, 0);
    return read_head(c, at->off, h);
}

static bool
take_typed(ds_cbor_at *at, unsigned major, uint64_t max, head *h)
{
    if (!take_head(at, h))
        return false;
    if (h->major != major)
        return fail_at(at->doc, DS_FAULT_TYPE, at->off);
    if (h->n > max)
        return fail_at(at->doc, DS_FAULT_RANGE, at->off);
    return true;
}

uint64_t
ds_cbor_uint(ds_cbor_at *at, uint64_t max)
{
    head h;

    if (!take_typed(at, MAJOR_UINT, max, &h))
        return 0;
    at->off += h.size;
    return h.n;
}

static ds_view
take_body(ds_cbor_at *at, unsigned major, size_t max)
{
    ds_view v;
    head h;

    if (!take_typed(at, major, max, &h))
        return nothing;
    v = ds_view_of(at->doc->in.p + at->off + h.size, h.body);
    at->off += h.size + h.body;
    return v;
}

ds_view
ds_cbor_text(ds_cbor_at *at, size_t max)
{
    return take_body(at, MAJOR_TEXT, max);
}

ds_view
ds_cbor_bytes(ds_cbor_at *at, size_t max)
{
    return take_body(at, MAJOR_BYTES, max);
}

static void
skip(ds_cbor_at *at)
{
    size_t values = 1;
    head h;

    while (values != 0) {
        if (!take_head(at, &h))
            return;
        values--;
        if (h.major == MAJOR_ARRAY)
            values += (size_t)h.n;
        else if (h.major == MAJOR_MAP)
            values += (size_t)h.n * 2;
        at->off += h.size + h.body;
    }
}

void
ds_cbor_record(
    ds_cbor_at *at, const char *const *names, size_t count, ds_cbor_at *ret)
{
    size_t start = at->off;
    head h;

    for (size_t i = 0; i < count; i++)
        ret[i] = (ds_cbor_at){at->doc, DS_CBOR_ABSENT};
    if (!take_typed(at, MAJOR_MAP, UINT64_MAX, &h))
        return;
    at->off += h.size;
    for (; h.n != 0 && at->doc->fault == DS_FAULT_NONE; h.n--) {
        ds_view key = ds_cbor_text(at, SIZE_MAX);

        for (size_t i = 0; i < count; i++)
            if (ds_view_eq_str(key, names[i]))
                ret[i] = *at;
        skip(at);
    }
    for (size_t i = 0; i < count; i++)
        if (ret[i].off == DS_CBOR_ABSENT)
            fail_at(at->doc, DS_FAULT_MISSING, start);
}
