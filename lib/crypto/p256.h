/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CRYPTO_P256_H
#define DS_CRYPTO_P256_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/mem.h"

/* P-256 keys as certificates use them. A secret is 32 bytes, big-endian, 1 to
 * n-1. Thread-safe. */

/* 0x04 || X || Y. DSTACK_OK; DSTACK_ERR_ARG for a secret out of range;
 * DSTACK_ERR_NOMEM; DSTACK_ERR_INTERNAL when the library below fails. Zeros
 * unless DSTACK_OK. */
int
ds_p256_public(const uint8_t secret[32], uint8_t point[65]);
/* ECDSA, deterministic (RFC 6979, SHA-256): r || s. As above. */
int
ds_p256_sign(
    const uint8_t secret[32], const uint8_t digest[32], uint8_t rs[64]);

/* PKCS #8 in DER, 138 bytes, the public key inside (RFC 5208, RFC 5915),
 * appended to a secret buffer. As above, and out->nomem. */
int
ds_p256_pkcs8(const uint8_t secret[32], ds_buf *out);
/* The reverse, strict: version 0, P-256 by name; parameters and the public key
 * inside may be absent, and if they are there they must agree. DSTACK_OK;
 * DSTACK_ERR_PARSE for anything else; DSTACK_ERR_NOMEM or DSTACK_ERR_INTERNAL
 * of the library below. Zeros unless DSTACK_OK. */
int
ds_p256_parse_pkcs8(ds_view der, uint8_t secret[32], uint8_t point[65]);

#endif
