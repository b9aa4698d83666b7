/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CRYPTO_ECDSA_H
#define DS_CRYPTO_ECDSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    DS_P256 = 1,
    DS_P384 = 2,
    DS_SECP256K1 = 3
};

/* Bytes of one coordinate: 32, 48, 32. */
size_t
ds_ecdsa_size(int curve);

/* A public key that was checked: coordinates below p, on the curve, not the
 * point at infinity. Immutable, may be shared by threads. */
typedef struct ds_ecdsa_key ds_ecdsa_key;

enum {
    DS_ECDSA_OK = 0,
    DS_ECDSA_BAD = -1,
    DS_ECDSA_NOMEM = -2
};

/* xy: X || Y, no 0x04 in front. DS_ECDSA_BAD for an invalid point. */
int
ds_ecdsa_key_new(int curve, ds_view xy, ds_ecdsa_key **ret);
void
ds_ecdsa_key_free(ds_ecdsa_key *key);
ds_view
ds_ecdsa_key_xy(const ds_ecdsa_key *key);

/* rs: r || s, each exactly one coordinate long, big-endian, in 1..n-1; a high
 * s is legitimate. hash: the digest, truncated to the curve's size as SEC 1
 * says when longer. DS_ECDSA_OK only for a valid signature. Thread-safe. */
int
ds_ecdsa_verify(const ds_ecdsa_key *key, ds_view hash, ds_view rs);

/* "openssl" or "mbedtls". */
const char *
ds_ecdsa_backend(void);

#endif
