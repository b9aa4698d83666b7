/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CRYPTO_HASH_H
#define DS_CRYPTO_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    DS_SHA256 = 1,
    DS_SHA384 = 2,
    DS_SHA512 = 3,
    DS_SHA3_256 = 4,
    DS_SHA3_384 = 5,
    DS_SHA3_512 = 6,
    DS_KECCAK256 = 7, /* as submitted, before FIPS 202 changed the padding */
    DS_KECCAK384 = 8,
    DS_KECCAK512 = 9
};
#define DS_HASH_MAX 64

size_t
ds_hash_size(int alg);
/* "sha256", "sha3-256", "keccak256"... and back; 0 and "" for none. */
int
ds_hash_by_name(ds_view name);
const char *
ds_hash_name(int alg);
/* One shot over up to two views (b may be empty). False only when the library
 * below fails; the caller then reports DSTACK_ERR_INTERNAL. out is zeroed on
 * failure. */
bool
ds_hash(int alg, ds_view a, ds_view b, uint8_t *out);
/* The same over n views, as if they stood one behind the other. */
bool
ds_hash_parts(int alg, const ds_view *parts, size_t n, uint8_t *out);

/* Many hashes by one algorithm, cheaper than as many calls of the above.
 * Begins as {alg, NULL}; ends with ds_hasher_end(). Not for secrets. */
typedef struct {
    int alg;
    void *ctx; /* the library's below */
} ds_hasher;

bool
ds_hasher_run(ds_hasher *h, const ds_view *parts, size_t n, uint8_t *out);
void
ds_hasher_end(ds_hasher *h);

#endif
