/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CRYPTO_MBEDTLS_H
#define DS_CRYPTO_MBEDTLS_H

#include <stdbool.h>

/* Calls of mbedTLS that hash, parse a key or verify stand between these two.
 * Where it is built over PSA the first starts PSA, once for the process, and
 * where PSA does not lock for itself they hold a lock: no nesting. False, and
 * nothing to leave, when PSA cannot start. */
bool
ds_mbedtls_enter(void);
void
ds_mbedtls_leave(void);

/* The same for calls of PSA itself, whatever X.509 is built over: its key store
 * has one owner at a time. */
bool
ds_psa_enter(void);
void
ds_psa_leave(void);

/* Does this code of mbedTLS, or the low part of a sum, say that an allocation
 * failed? */
bool
ds_mbedtls_nomem(int code);

#endif
