/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hash_backend.h"
#include "crypto/keccak.h"

static const struct {
    const char *name;
    size_t size;
} table[] = {
    {"", 0},
    {"sha256", 32},
    {"sha384", 48},
    {"sha512", 64},
    {"sha3-256", 32},
    {"sha3-384", 48},
    {"sha3-512", 64},
    {"keccak256", 32},
    {"keccak384", 48},
    {"keccak512", 64},
};
#define COUNT ((int)(sizeof table / sizeof table[0]))

size_t
ds_hash_size(int alg)
{
    return alg > 0 && alg < COUNT ? table[alg].size : 0;
}

int
ds_hash_by_name(ds_view name)
{
    for (int alg = 1; alg < COUNT; alg++)
        if (ds_view_eq_str(name, table[alg].name))
            return alg;
    return 0;
}

const char *
ds_hash_name(int alg)
{
    return alg > 0 && alg < COUNT ? table[alg].name : "";
}

bool
ds_hash(int alg, ds_view a, ds_view b, uint8_t *out)
{
    const ds_view parts[] = {a, b};

    return ds_hash_parts(alg, parts, 2, out);
}

bool
ds_hash_parts(int alg, const ds_view *parts, size_t n, uint8_t *out)
{
    ds_hasher h = {alg, NULL};
    bool good = ds_hasher_run(&h, parts, n, out);

    ds_hasher_end(&h);
    return good;
}

bool
ds_hasher_run(ds_hasher *h, const ds_view *parts, size_t n, uint8_t *out)
{
    size_t size = ds_hash_size(h->alg);

    if (size == 0)
        return false;
    if (h->alg >= DS_KECCAK256)
        ds_keccak(DS_KECCAK_ORIGINAL, parts, n, out, size);
    else if (h->alg >= DS_SHA3_256)
        ds_keccak(DS_KECCAK_SHA3, parts, n, out, size);
    else if (!ds_sha2(h, parts, n, out)) {
        memset(out, 0, size);
        return false;
    }
    return true;
}

void
ds_hasher_end(ds_hasher *h)
{
    ds_sha2_end(h);
}
