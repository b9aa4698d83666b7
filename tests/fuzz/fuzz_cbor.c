/* SPDX-License-Identifier: Apache-2.0 */
/* Every document is accepted or refused as by a second reader, which calls
 * itself for what is inside. */
#include <string.h>

#include "base/text.h"
#include "codec/cbor.h"
#include "fuzz/help.h"

typedef struct {
    const uint8_t *p;
    size_t n;
    size_t at;
    unsigned keys;
    ds_view key[DS_CBOR_MAX_KEYS];
} second;

/* The argument of a head; false where it is not in its shortest form. */
static bool
second_argument(second *s, unsigned info, uint64_t *ret)
{
    static const uint64_t least[] = {24, 0x100, 0x10000, UINT64_C(1) << 32};
    size_t wide;

    *ret = info;
    if (info < 24)
        return true;
    if (info > 27)
        return false;
    wide = (size_t)1 << (info - 24);
    if (s->n - s->at < wide)
        return false;
    *ret = 0;
    for (size_t i = 0; i < wide; i++)
        *ret = *ret * 256 + s->p[s->at++];
    return *ret >= least[info - 24];
}

static bool
second_string(second *s, uint64_t n, bool text, ds_view *ret)
{
    if (n > s->n - s->at)
        return false;
    *ret = ds_view_of(s->p + s->at, (size_t)n);
    s->at += (size_t)n;
    return !text || ds_utf8_is(*ret);
}

static bool
second_value(second *s, unsigned depth);

static bool
second_map(second *s, uint64_t n, unsigned depth)
{
    unsigned first = s->keys;

    for (; n != 0; n--) {
        uint64_t size;
        ds_view key;

        if (s->at == s->n || s->p[s->at] >> 5 != 3)
            return false;
        s->at++;
        if (!second_argument(s, s->p[s->at - 1] & 31u, &size) ||
            !second_string(s, size, true, &key))
            return false;
        for (unsigned i = first; i < s->keys; i++)
            if (ds_view_eq(s->key[i], key))
                return false;
        if (s->keys == DS_CBOR_MAX_KEYS)
            return false;
        s->key[s->keys++] = key;
        if (!second_value(s, depth))
            return false;
    }
    s->keys = first;
    return true;
}

static bool
second_value(second *s, unsigned depth)
{
    unsigned major, info;
    uint64_t n;
    ds_view v;

    if (s->at == s->n)
        return false;
    major = s->p[s->at] >> 5;
    info = s->p[s->at++] & 31u;
    if (major == 7)
        return info >= 20 && info <= 22;
    if (major == 6 || !second_argument(s, info, &n))
        return false;
    if (major <= 1)
        return true;
    if (major <= 3)
        return second_string(s, n, major == 3, &v);
    if (depth == DS_CBOR_MAX_DEPTH)
        return false;
    if (major == 5)
        return second_map(s, n, depth + 1);
    for (; n != 0; n--)
        if (!second_value(s, depth + 1))
            return false;
    return true;
}

static void
read_record(ds_cbor *c, ds_cbor_at root)
{
    static const char *const names[] = {"a", "b"};
    ds_cbor_at f[2];
    ds_view v;

    ds_cbor_record(&root, names, 2, f);
    (void)ds_cbor_uint(&f[0], 1000);
    v = ds_cbor_bytes(&f[1], 8);
    must(fuzz_inside(v, c->in) && v.n <= 8);
    must(c->fault == DS_FAULT_NONE || v.n == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    second s = {.p = data, .n = size};
    ds_cbor c;
    ds_cbor_at root;
    bool ok = ds_cbor_open(&c, ds_view_of(data, size), &root);

    must(ok == (c.fault == DS_FAULT_NONE));
    must(ok == (second_value(&s, 0) && s.at == size));
    must(c.at <= size);
    if (ok)
        read_record(&c, root);
    return 0;
}
