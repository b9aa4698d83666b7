/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CRYPTO_HASH_BACKEND_H
#define DS_CRYPTO_HASH_BACKEND_H

#include "crypto/hash.h"

/* ds_hash_parts() for DS_SHA256 to DS_SHA512, by the library below. What is
 * in out after a failure does not matter. */
bool
ds_sha2(int alg, const ds_view *parts, size_t n, uint8_t *out);

#endif
