/* SPDX-License-Identifier: Apache-2.0 */
/* A second, recursive reader says which documents are accepted and writes the
 * accepted ones in their shortest form; those read as the same. */
#include <string.h>

#include "base/text.h"
#include "codec/msgpack.h"
#include "fuzz/help.h"

/* ---- the second reader ------------------------------------------------------ */

typedef struct {
    const uint8_t *p;
    size_t n;
    size_t keys; /* of the open maps */
    ds_buf *out; /* NULL: nothing is written */
} second;

static bool
take(second *s, size_t n, uint64_t *v)
{
    *v = 0;
    if (s->n < n)
        return false;
    for (size_t i = 0; i < n; i++)
        *v = *v << 8 | s->p[i];
    s->p += n;
    s->n -= n;
    return true;
}

static bool
second_value(second *s, int depth, bool key, ds_view *text);

static bool
second_blob(second *s, uint64_t n, bool text, bool key, ds_view *ret)
{
    ds_view v;

    if (n > s->n)
        return false;
    v = ds_view_of(s->p, (size_t)n);
    s->p += n;
    s->n -= n;
    if (text ? !ds_utf8_is(v) : key)
        return false;
    if (s->out && text)
        ds_mp_put_text(s->out, v);
    else if (s->out)
        ds_mp_put_bytes(s->out, v);
    *ret = v;
    return true;
}

static bool
second_many(second *s, uint64_t n, bool map, int depth)
{
    ds_view keys[DS_MP_MAX_KEYS];
    size_t used = 0, before = s->keys;
    ds_view text;

    /* Each value has a byte at least, which ends this for large counts. */
    if (depth == DS_MP_MAX_DEPTH || n > s->n / (map ? 2 : 1))
        return false;
    if (s->out && map)
        ds_mp_put_map(s->out, (size_t)n);
    else if (s->out)
        ds_mp_put_array(s->out, (size_t)n);
    for (uint64_t i = 0; i < n; i++) {
        if (map) {
            if (!second_value(s, depth + 1, true, &text))
                return false;
            for (size_t k = 0; k < used; k++)
                if (ds_view_eq(keys[k], text))
                    return false;
            if (s->keys == DS_MP_MAX_KEYS)
                return false;
            keys[used++] = text;
            s->keys++;
        }
        if (!second_value(s, depth + 1, false, &text))
            return false;
    }
    s->keys = before;
    return true;
}

static bool
second_number(second *s, uint64_t b, uint64_t v)
{
    uint8_t bytes[9];
    size_t wide = b >= 0xca && b <= 0xcb ? (b == 0xca ? 4 : 8)
                  : b >= 0xcc            ? (size_t)1 << ((b - 0xcc) % 4)
                                         : 0;

    if (!s->out)
        return true;
    if (b < 0x80 || (b >= 0xcc && b <= 0xcf)) {
        ds_mp_put_uint(s->out, v);
        return true;
    }
    /* Kept as they are: nothing here writes them. */
    bytes[0] = (uint8_t)b;
    if (b >= 0xe0)
        wide = 0;
    for (size_t i = 0; i < wide; i++)
        bytes[1 + i] = (uint8_t)(v >> 8 * (wide - 1 - i));
    ds_buf_add(s->out, bytes, 1 + wide);
    return true;
}

static bool
second_value(second *s, int depth, bool key, ds_view *text)
{
    uint64_t b, v;

    *text = ds_view_of(NULL, 0);
    if (!take(s, 1, &b))
        return false;
    if (b >= 0xa0 && b < 0xc0)
        return second_blob(s, b & 31, true, key, text);
    if (b >= 0xd9 && b <= 0xdb)
        return take(s, (size_t)1 << (b - 0xd9), &v) &&
               second_blob(s, v, true, key, text);
    if (key)
        return false;
    if (b >= 0x80 && b < 0xa0)
        return second_many(s, b & 15, b < 0x90, depth);
    if (b >= 0xdc && b <= 0xdf)
        return take(s, b % 2 == 0 ? 2 : 4, &v) &&
               second_many(s, v, b >= 0xde, depth);
    if (b >= 0xc4 && b <= 0xc6)
        return take(s, (size_t)1 << (b - 0xc4), &v) &&
               second_blob(s, v, false, key, text);
    if (b == 0xc0 || b == 0xc2 || b == 0xc3 || b >= 0xe0)
        return second_number(s, b, 0);
    if (b < 0x80)
        return second_number(s, b, b);
    if (b == 0xca || b == 0xcb)
        return take(s, b == 0xca ? 4 : 8, &v) && second_number(s, b, v);
    if (b >= 0xcc && b <= 0xd3)
        return take(s, (size_t)1 << ((b - 0xcc) % 4), &v) &&
               second_number(s, b, v);
    return false;
}

/* ---- reading ------------------------------------------------------------------ */

static bool
second_read(ds_view in, ds_buf *out)
{
    second s = {in.p, in.n, 0, out};
    ds_view text;

    return second_value(&s, 0, false, &text) && s.n == 0;
}

/* Arrays of small integers are bytes too, inside the room. */
static void
read_bytes(ds_mp_at at)
{
    ds_mp_at again = at;
    ds_view v = ds_mp_bytes(&at, 64);

    if (at.doc->fault == DS_FAULT_NONE) {
        ds_mp_skip(&again);
        must(again.off == at.off);
        must(v.n <= 64 &&
             (fuzz_inside(v, at.doc->in) ||
                 fuzz_inside(v, ds_view_of(at.doc->room, at.doc->used))));
    }
    must(at.doc->used <= at.doc->in.n);
    at.doc->fault = DS_FAULT_NONE;
}

/* The typed reads, each at the root, with faults undone. */
static void
check_reads(ds_mp_at root)
{
    static const ds_mp_field fields[] = {
        {"a", false}, {"b", true}, {"kind", true}};
    ds_mp *m = root.doc;
    ds_mp_at at = root, f[3];

    ds_mp_record(&at, fields, 3, f);
    for (int i = 0; i < 3 && m->fault == DS_FAULT_NONE; i++) {
        must(f[i].off == DS_MP_ABSENT || f[i].off < m->in.n);
        must(i != 0 || f[i].off != DS_MP_ABSENT);
        if (f[i].off != DS_MP_ABSENT)
            read_bytes(f[i]);
    }
    m->fault = DS_FAULT_NONE;
    read_bytes(root);
    at = root;
    must(ds_mp_uint(&at, 1000) <= 1000);
    m->fault = DS_FAULT_NONE;
    at = root;
    must(ds_mp_text(&at, 20).n <= 20);
    m->fault = DS_FAULT_NONE;
    at = root;
    (void)ds_mp_hex(&at, 20);
    must(m->used <= m->in.n);
    m->fault = DS_FAULT_NONE;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ds_view in = ds_view_of(data, size);
    ds_buf out, again;
    uint8_t *room = ds_malloc(size);
    ds_mp_at root;
    ds_mp m;
    bool ok;

    must(room != NULL);
    ds_buf_init(&out, SIZE_MAX);
    ok = ds_mp_open(&m, in, room, &root);
    must(ok == (m.fault == DS_FAULT_NONE) && m.at <= size);
    must(second_read(in, &out) == ok);
    if (ok) {
        ds_mp_at at = root;

        ds_mp_skip(&at);
        must(at.off == size && m.fault == DS_FAULT_NONE);
        check_reads(root);
        must(out.n <= size);
        ds_buf_init(&again, SIZE_MAX);
        must(second_read(fuzz_view(&out), &again));
        must(ds_view_eq(fuzz_view(&out), fuzz_view(&again)));
        must(ds_mp_open(&m, fuzz_view(&out), room, &root));
        ds_buf_free(&again);
    }
    ds_buf_free(&out);
    ds_free(room);
    return 0;
}
