/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CRYPTO_ECDSA_BACKEND_H
#define DS_CRYPTO_ECDSA_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "crypto/ecdsa.h"

#if defined(DS_ECDSA_OPENSSL)
#define DS_ECDSA_BACKEND "openssl"
#elif defined(DS_ECDSA_MBEDTLS)
#define DS_ECDSA_BACKEND "mbedtls"
#else
#error "define DS_ECDSA_OPENSSL or DS_ECDSA_MBEDTLS"
#endif

/* The longest coordinate, P-384's. */
#define DS_ECDSA_MAX_SIZE 48

/* What a library below makes of a point. `point` is 0x04 || X || Y with both
 * below p and not both zero; whether it is on the curve is for the library to
 * say. `hash` has 1 to size octets, r and s are in 1..n-1. */
int
ds_nist_new(int curve, ds_view point, void **ret);
void
ds_nist_free(void *handle);
int
ds_nist_verify(void *handle, ds_view hash, ds_view rs);

int
ds_k1_new(ds_view point, void **ret);
void
ds_k1_free(void *handle);
int
ds_k1_verify(void *handle, ds_view hash, ds_view rs);

/* X || Y of the right length, each below p, not both zero. */
bool
ds_ecdsa_point_in_range(int curve, ds_view xy);

#endif
