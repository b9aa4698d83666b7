/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CRYPTO_HASH_BACKEND_H
#define DS_CRYPTO_HASH_BACKEND_H

#include "crypto/hash.h"

/* ds_hash() for DS_SHA256 to DS_SHA512, by the library below. */
bool
ds_sha2(int alg, ds_view a, ds_view b, uint8_t *out);

#endif
