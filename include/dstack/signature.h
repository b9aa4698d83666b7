/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_SIGNATURE_H
#define DSTACK_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"
#include "dstack/reply.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Is this a signature by this key over these bytes? The same answer as the
 * guest agent's Verify, but given here: nobody has to be believed. Whose key it
 * is, is another question.
 *
 *   algorithm   DSTACK_KEY_SECP256K1: ECDSA over SHA-256 of data;
 *               DSTACK_KEY_SECP256K1_PREHASHED: data is the digest, of which the
 *               first 32 bytes count, and before which zeros stand when it has
 *               16 to 31; DSTACK_KEY_ED25519.
 *   public_key  secp256k1: 33 bytes compressed or 65 uncompressed; Ed25519: 32.
 *   signature   64 bytes: r and s, or as RFC 8032 says.
 *
 * Returns DSTACK_OK only for a valid signature; DSTACK_ERR_UNTRUSTED for one
 * that is not, also for a high s and for an Ed25519 signature or key in another
 * form than the canonical one; DSTACK_ERR_ARG: NULL, a wrong length, a key that
 * is no point of the curve, r or s zero or not below the order, no such
 * algorithm; DSTACK_ERR_INTERNAL. Thread-safe. Source: dstack guest API v0,
 * Verify; RFC 6979; RFC 8032. */
DSTACK_MUST int
dstack_signature_verify(const uint8_t *public_key, size_t public_key_len,
    const uint8_t *data, size_t data_len, const uint8_t *signature,
    size_t signature_len, uint32_t algorithm, dstack_error *err);

/* Sign as the guest agent's Sign does, with a key that the caller holds (of
 * dstack_client_derive_key(), say): the same bytes as the agent's for the same
 * key. Deterministic.
 *
 *   secret      32 bytes: a scalar of secp256k1, or an Ed25519 seed.
 *   algorithm   DSTACK_KEY_SECP256K1: RFC 6979, low s, over SHA-256 of data;
 *               DSTACK_KEY_SECP256K1_PREHASHED: data is the digest, 32 bytes;
 *               DSTACK_KEY_ED25519: RFC 8032.
 *   ret_signature  receives 64 bytes; zeros after a failure.
 *
 * Returns DSTACK_OK; DSTACK_ERR_ARG: NULL, a secret that is none, a digest of
 * another length, no such algorithm; DSTACK_ERR_INTERNAL. Thread-safe. */
DSTACK_MUST int
dstack_signature_make(const uint8_t *secret, size_t secret_len,
    const uint8_t *data, size_t data_len, uint32_t algorithm,
    uint8_t *ret_signature, dstack_error *err);

/* The public key of a secret key: 33 bytes compressed, or 32 bytes Ed25519.
 * ret_key has room for 33; the rest is zeros. Returns as above. */
DSTACK_MUST int
dstack_signature_public_key(const uint8_t *secret, size_t secret_len,
    uint32_t algorithm, uint8_t *ret_key, size_t *ret_len, dstack_error *err);

#ifdef __cplusplus
}
#endif
#endif
