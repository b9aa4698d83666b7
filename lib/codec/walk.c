/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/walk.h"

#include "base/text.h"

struct level {
    size_t off;
    size_t left; /* values still to come; of a map, keys count too */
    bool map;
    unsigned keys; /* where this map's keys begin */
};

struct walk {
    ds_view in;
    ds_walk_read *take;
    ds_walk_end *end;
    void *document;
    int *fault;
    size_t *at;
    size_t off;
    unsigned depth;
    unsigned keys;
    struct level open[DS_WALK_MAX_DEPTH];
    ds_view key[DS_WALK_MAX_KEYS];
};

static bool
fail_at(const struct walk *w, int fault, size_t at)
{
    if (*w->fault == DS_FAULT_NONE) {
        *w->fault = fault;
        *w->at = at;
    }
    return false;
}

/* A value that stands where a map's key does. */
static bool
check_key(struct walk *w, const ds_walk_head *h, size_t at)
{
    const struct level *in = &w->open[w->depth - 1];
    ds_view key = ds_view_of(w->in.p + at + h->size, h->body);

    if (h->kind != DS_WALK_TEXT)
        return fail_at(w, DS_FAULT_TYPE, at);
    for (unsigned i = in->keys; i < w->keys; i++)
        if (ds_view_eq(w->key[i], key))
            return fail_at(w, DS_FAULT_DUPLICATE, at);
    if (w->keys == DS_WALK_MAX_KEYS)
        return fail_at(w, DS_FAULT_RANGE, at);
    w->key[w->keys++] = key;
    return true;
}

static bool
check_open(struct walk *w, const ds_walk_head *h, size_t at)
{
    struct level *in;

    if (w->depth == DS_WALK_MAX_DEPTH)
        return fail_at(w, DS_FAULT_DEPTH, at);
    in = &w->open[w->depth++];
    in->off = at;
    in->map = h->kind == DS_WALK_MAP;
    in->left = (size_t)h->n << in->map;
    in->keys = w->keys;
    return true;
}

static void
close_ended(struct walk *w)
{
    while (w->depth != 0 && w->open[w->depth - 1].left == 0) {
        const struct level *in = &w->open[--w->depth];

        w->keys = in->keys;
        if (w->end)
            w->end(w->document, in->off, w->off, w->depth);
    }
}

/* One value, which may open a container; then what ends with it. */
static bool
check_value(struct walk *w)
{
    struct level *in = w->depth != 0 ? &w->open[w->depth - 1] : NULL;
    size_t at = w->off;
    ds_walk_head h;

    if (!w->take(w->document, at, &h))
        return false;
    if (in && in->map && in->left % 2 == 0 && !check_key(w, &h, at))
        return false;
    if (h.kind == DS_WALK_TEXT &&
        !ds_utf8_is(ds_view_of(w->in.p + at + h.size, h.body)))
        return fail_at(w, DS_FAULT_UTF8, at);
    w->off += h.size + h.body;
    if (in)
        in->left--;
    if ((h.kind == DS_WALK_ARRAY || h.kind == DS_WALK_MAP) &&
        !check_open(w, &h, at))
        return false;
    close_ended(w);
    return true;
}

bool
ds_walk_check(ds_view in, ds_walk_read *take, ds_walk_end *end, void *document,
    int *fault, size_t *at)
{
    struct walk w = {.in = in,
        .take = take,
        .end = end,
        .document = document,
        .fault = fault,
        .at = at};

    do {
        if (!check_value(&w))
            return false;
    } while (w.depth != 0);
    return w.off == in.n || fail_at(&w, DS_FAULT_TRAILING, w.off);
}
