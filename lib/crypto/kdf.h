/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CRYPTO_KDF_H
#define DS_CRYPTO_KDF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* HKDF-SHA256 (RFC 5869): n bytes, 1 to 8160. The info is made of up to any
 * number of parts, joined. out is zeroed on failure. */
bool
ds_hkdf_sha256(ds_view salt, ds_view ikm, const ds_view *info, size_t parts,
    uint8_t *out, size_t n);

#endif
