/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_KEYS_ENV_H
#define DS_KEYS_ENV_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/mem.h"
#include "dstack/env.h"

/* dstack_env_encrypt() with the random numbers given: the ephemeral secret key
 * and the nonce. The result is appended to out. */
int
ds_env_encrypt(const dstack_env *env, const uint8_t public_key[32],
    const uint8_t ephemeral[32], const uint8_t nonce[12], ds_buf *out,
    dstack_error *err);

/* A letter or _, then letters, digits and _. */
bool
ds_env_is_name(ds_view name);
/* dstack_env_set() of a name of any bytes. */
int
ds_env_set(dstack_env *env, ds_view name, ds_view value, dstack_error *err);

#endif
