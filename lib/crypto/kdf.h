/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CRYPTO_KDF_H
#define DS_CRYPTO_KDF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* HMAC (RFC 2104) over n views, as if they stood one behind the other. `out`
 * has the size of the digest. False for an algorithm other than DS_SHA256 and
 * DS_SHA512; nothing else can fail. */
bool
ds_hmac(int alg, ds_view key, const ds_view *parts, size_t n, uint8_t *out);

/* HKDF-SHA256 (RFC 5869), extract and expand. The info is n_info views, as if
 * they stood one behind the other; an empty salt is the RFC's default. False,
 * with size bytes of zeros, unless size is 1 to 8160. */
#define DS_HKDF_MAX ((size_t)255 * 32)
bool
ds_hkdf_sha256(ds_view salt, ds_view ikm, const ds_view *info, size_t n_info,
    uint8_t *out, size_t size);

#endif
