/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CRYPTO_ED25519_H
#define DS_CRYPTO_ED25519_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* Ed25519 (RFC 8032) and X25519 (RFC 7748), libsodium's. Outputs are zeros
 * where the answer is false. Thread-safe. */

/* The public key of a 32-byte seed. */
bool
ds_ed25519_public(const uint8_t seed[32], uint8_t key[32]);
bool
ds_ed25519_sign(const uint8_t seed[32], ds_view message, uint8_t signature[64]);
/* Strict, and without the cofactor (5.1.7): s below the group's order; key and
 * R reduced, on the curve and not of small order. */
bool
ds_ed25519_verify(
    const uint8_t key[32], ds_view message, const uint8_t signature[64]);
/* Is this a point at all, whatever its order and however it is written. */
bool
ds_ed25519_on_curve(const uint8_t key[32]);

bool
ds_x25519_public(const uint8_t secret[32], uint8_t key[32]);
/* False where the result is all zeros: the peer's point has a small order. */
bool
ds_x25519(const uint8_t secret[32], const uint8_t peer[32], uint8_t shared[32]);

#endif
