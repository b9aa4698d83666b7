/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CRYPTO_HASH_BACKEND_H
#define DS_CRYPTO_HASH_BACKEND_H

#include "crypto/hash.h"

/* ds_hasher_run() for DS_SHA256 to DS_SHA512, by the library below, and
 * ds_hasher_end(). What is in out after a failure does not matter. */
bool
ds_sha2(ds_hasher *h, const ds_view *parts, size_t n, uint8_t *out);
void
ds_sha2_end(ds_hasher *h);

#endif
