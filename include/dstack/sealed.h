/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_SEALED_H
#define DSTACK_SEALED_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"
#include "dstack/secret.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Payloads that one holder of a secp256k1 key can read: vin-ecies-v1. An
 * ephemeral key and the recipient's give a shared point; HKDF-SHA256 of its x
 * coordinate (no salt, info "vin-ecies-v1") the AES-256-GCM key. Source:
 * Verifiable Inference Network, protocol v0.1. */

/* Seal plain, at most 16 MiB, for this public key: 33 bytes compressed or 65
 * uncompressed. The result is a JSON object with "ciphertext" (base64, the tag
 * behind it), "ephemeral_pubkey" (hex, 33 bytes) and "nonce" (hex, 12 bytes),
 * NUL-terminated and the caller's: free with dstack_free(). Draws random
 * numbers.
 * Returns DSTACK_OK; DSTACK_ERR_ARG: NULL, too long, or a key that is no point
 * of the curve; DSTACK_ERR_NOMEM; DSTACK_ERR_INTERNAL. Thread-safe. */
DSTACK_MUST int
dstack_seal(const uint8_t *recipient, size_t recipient_len,
    const uint8_t *plain, size_t plain_len, char **ret_json, size_t *ret_len,
    dstack_error *err);

/* Open what was sealed for this secret key of 32 bytes: `sealed` is the JSON
 * object, at most 24 MiB; other members of it are refused. Free the result
 * with dstack_secret_free().
 * Returns DSTACK_OK; DSTACK_ERR_ARG: NULL, or a key that is none;
 * DSTACK_ERR_NOMEM; DSTACK_ERR_PARSE: not such an object, or an ephemeral key
 * that is no point of the curve; DSTACK_ERR_UNTRUSTED: sealed for another key,
 * or changed on the way. Thread-safe. */
DSTACK_MUST int
dstack_open(const uint8_t *secret, size_t secret_len, const uint8_t *sealed,
    size_t sealed_len, dstack_secret **ret, dstack_error *err);

#ifdef __cplusplus
}
#endif
#endif
