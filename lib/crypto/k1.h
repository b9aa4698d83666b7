/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CRYPTO_K1_H
#define DS_CRYPTO_K1_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* secp256k1: keys, deterministic signatures (RFC 6979, SHA-256, low s) and
 * recovery of the signer. Secrets are 32 bytes, big-endian, 1 to n-1; digests
 * 32 bytes; public keys 33 bytes compressed or 65 with 0x04. Outputs are zeros
 * unless the result is DS_K1_OK. Thread-safe. ecdsa.h has a verifier that takes
 * a high s too. */
enum {
    DS_K1_OK = 0,
    DS_K1_BAD = -1,
    DS_K1_NOMEM = -2
};

bool
ds_k1_secret_valid(const uint8_t secret[32]);
/* The public key, compressed; and, where full is not NULL, uncompressed. */
int
ds_k1_public(const uint8_t secret[32], uint8_t compressed[33], uint8_t *full);
/* A public key in either form, in both forms; each output may be NULL. */
int
ds_k1_parse(ds_view key, uint8_t *compressed, uint8_t *full);

/* r || s || v, v 0 to 3. */
int
ds_k1_sign(
    const uint8_t secret[32], const uint8_t digest[32], uint8_t signature[65]);
/* r || s (64 bytes): both in 1..n-1. */
bool
ds_k1_in_range(ds_view signature);
/* r || s || v (65 bytes): both in 1..n-1, s low, v 0 to 3. Cheap: says nothing
 * of who signed what. */
bool
ds_k1_is_signature(ds_view signature);
/* r || s of exactly 64 bytes, r and s in 1..n-1, s low; a signature with a high
 * s is not valid here. */
int
ds_k1_check(ds_view key, const uint8_t digest[32], ds_view signature);
/* Who made r || s || v (65 bytes): the compressed key. DS_K1_BAD for r or s
 * out of range, a high s, v above 3, or no such key. */
int
ds_k1_recover(
    const uint8_t digest[32], ds_view signature, uint8_t compressed[33]);

/* The big-endian x coordinate of secret * key; never DS_K1_NOMEM. */
int
ds_k1_ecdh(const uint8_t secret[32], ds_view key, uint8_t x[32]);

#endif
