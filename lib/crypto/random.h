/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CRYPTO_RANDOM_H
#define DS_CRYPTO_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The system's random numbers, through libsodium. Never called by a room that
 * judges: it blinds what handles secrets and makes keys and nonces. False when
 * there are none. */
bool
ds_random(uint8_t *out, size_t n);

#endif
