/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CRYPTO_KECCAK_H
#define DS_CRYPTO_KECCAK_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {                         /* the byte that ends the message */
    DS_KECCAK_ORIGINAL = 0x01, /* Keccak as submitted: Ethereum's keccak256 */
    DS_KECCAK_SHA3 = 0x06      /* FIPS 202 */
};

/* `size` bytes, 28 to 64, of Keccak[2 * size] over n views, as if they stood
 * one behind the other. */
void
ds_keccak(
    int suffix, const ds_view *parts, size_t n, uint8_t *out, size_t size);

#endif
