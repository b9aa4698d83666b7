/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CRYPTO_MBEDTLS_H
#define DS_CRYPTO_MBEDTLS_H

#include <stdbool.h>

/* Whether mbedTLS may be called; where it is built over PSA this starts PSA,
 * once for the process. Thread-safe. */
bool
ds_mbedtls_ready(void);

/* Does this code of mbedTLS, or the low part of a sum, say that an allocation
 * failed? */
bool
ds_mbedtls_nomem(int code);

#endif
