/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/text.h"
#include "codec/json_token.h"

static uint32_t
hex4(const uint8_t *p)
{
    uint8_t b[2] = {0, 0};

    (void)ds_hex_decode(ds_view_of(p, 4), b, 2);
    return (uint32_t)b[0] << 8 | b[1];
}

static size_t
utf8_put(uint32_t c, uint8_t out[4])
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (uint8_t)(0xe0 | c >> 12);
        out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | c >> 18);
    out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (c & 0x3f));
    return 4;
}

uint8_t
ds_json_escape(uint8_t c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
        return c;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return 0;
    }
}

size_t
ds_json_char(const uint8_t **p, uint8_t out[4])
{
    const uint8_t *s = *p;
    uint32_t unit;

    if (s[0] != '\\') {
        out[0] = s[0];
        *p = s + 1;
        return 1;
    }
    if (s[1] != 'u') {
        out[0] = ds_json_escape(s[1]);
        *p = s + 2;
        return 1;
    }
    unit = hex4(s + 2);
    if (unit < 0xd800 || unit > 0xdfff) {
        *p = s + 6;
        return utf8_put(unit, out);
    }
    *p = s + 12;
    return utf8_put(
        0x10000 + ((unit - 0xd800) << 10) + (hex4(s + 8) - 0xdc00), out);
}

/* A name on its way to its decoded bytes, one at a time. */
struct cursor {
    const uint8_t *p;
    const uint8_t *end;
    uint8_t ready[4];
    size_t n;
    size_t at;
};

static int
cursor_next(struct cursor *c)
{
    if (c->at == c->n) {
        if (c->p == c->end)
            return -1;
        c->n = ds_json_char(&c->p, c->ready);
        c->at = 0;
    }
    return c->ready[c->at++];
}

static struct cursor
cursor_of(ds_view v)
{
    struct cursor c = {v.p, v.p + v.n, {0}, 0, 0};

    return c;
}

/* The order of the decoded bytes. */
static int
compare_decoded(ds_view a, ds_view b)
{
    struct cursor x = cursor_of(a), y = cursor_of(b);
    int i, k;

    do {
        i = cursor_next(&x);
        k = cursor_next(&y);
    } while (i == k && i >= 0);
    return i - k;
}

static int
compare_plain(ds_view a, ds_view b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = memcmp(a.p, b.p, n);

    if (order != 0)
        return order;
    return a.n < b.n ? -1 : a.n > b.n;
}

static int
compare_names(const ds_json *j, ds_jv a, ds_jv b)
{
    if (j->t[a].name_escaped || j->t[b].name_escaped)
        return compare_decoded(ds_json_name(j, a), ds_json_name(j, b));
    return compare_plain(ds_json_name(j, a), ds_json_name(j, b));
}

static bool
same_name(const ds_json *j, ds_jv a, ds_jv b)
{
    const struct json_token *x = &j->t[a], *y = &j->t[b];

    if (x->name_escaped || y->name_escaped)
        return compare_names(j, a, b) == 0;
    return x->name_len == y->name_len &&
           memcmp(j->text.p + x->name, j->text.p + y->name, x->name_len) == 0;
}

bool
ds_json_name_is(const ds_json *j, ds_jv v, const char *name)
{
    ds_view raw = ds_json_name(j, v);

    if (!raw.p)
        return false;
    if (j->t[v].name_escaped) {
        /* The name asked for is plain text: a backslash means itself, and a
         * NUL ends it, which in the document's name is a character. */
        struct cursor c = cursor_of(raw);
        const uint8_t *want = (const uint8_t *)name;
        int have = cursor_next(&c);

        while (have > 0 && have == *want) {
            have = cursor_next(&c);
            want++;
        }
        return have < 0 && *want == 0;
    }
    return ds_view_eq_str(raw, name);
}

/* A member while its object is sorted. Ordering by a hash first keeps the
 * work inside this array; equal hashes are told apart by the names, so that
 * chosen collisions cost no more than a sort of the names would. */
struct member {
    uint64_t hash;
    ds_jv v;
};

/* FNV-1a, 64 bits, over the decoded bytes. */
static uint64_t
hash_name(const ds_json *j, ds_jv v)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    ds_view name = ds_json_name(j, v);
    struct cursor c = cursor_of(name);
    int byte;

    if (!j->t[v].name_escaped) {
        for (size_t i = 0; i < name.n; i++)
            hash = (hash ^ name.p[i]) * UINT64_C(0x100000001b3);
        return hash;
    }
    while ((byte = cursor_next(&c)) >= 0)
        hash = (hash ^ (uint64_t)byte) * UINT64_C(0x100000001b3);
    return hash;
}

static bool
before(const ds_json *j, const struct member *a, const struct member *b)
{
    if (a->hash != b->hash)
        return a->hash < b->hash;
    return compare_names(j, a->v, b->v) < 0;
}

/* Sift m[root] down in a heap of n; the last one in order is on top. */
static void
sift(const ds_json *j, struct member *m, size_t root, size_t n)
{
    struct member moved = m[root];

    for (;;) {
        size_t child = 2 * root + 1;

        if (child + 1 < n && before(j, &m[child], &m[child + 1]))
            child++;
        if (child >= n || !before(j, &moved, &m[child]))
            break;
        m[root] = m[child];
        root = child;
    }
    m[root] = moved;
}

/* Heapsort: no input makes it slow and it needs no second array. */
static void
sort_members(const ds_json *j, struct member *m, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sift(j, m, i, n);
    for (size_t i = n; i-- > 1;) {
        struct member top = m[0];

        m[0] = m[i];
        m[i] = top;
        sift(j, m, 0, i);
    }
}

static int
find_dup_sorted(const ds_json *j, ds_jv object, size_t *ret)
{
    size_t count = j->t[object].count, n = 0;
    struct member *m = ds_realloc_array(NULL, count, sizeof *m);

    if (!m)
        return DSTACK_ERR_NOMEM;
    for (ds_jv v = object + 1; v != DS_JSON_NONE; v = j->t[v].next) {
        m[n].hash = hash_name(j, v);
        m[n++].v = v;
    }
    sort_members(j, m, n);
    for (size_t i = 1; i < n && *ret == 0; i++) {
        ds_jv a = m[i - 1].v, b = m[i].v;

        if (m[i - 1].hash == m[i].hash && same_name(j, a, b))
            *ret = j->t[a > b ? a : b].name;
    }
    ds_free(m);
    return DSTACK_OK;
}

int
ds_json_find_dup(const ds_json *j, ds_jv object, size_t *ret)
{
    ds_jv first = object + 1;

    *ret = 0;
    if (j->t[object].count > 16)
        return find_dup_sorted(j, object, ret);
    for (ds_jv v = j->t[first].next; v != DS_JSON_NONE; v = j->t[v].next) {
        for (ds_jv w = first; w != v; w = j->t[w].next) {
            if (same_name(j, v, w)) {
                *ret = j->t[v].name;
                return DSTACK_OK;
            }
        }
    }
    return DSTACK_OK;
}
