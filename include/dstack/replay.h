/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_REPLAY_H
#define DSTACK_REPLAY_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where nonces are remembered. Set abi_size to sizeof(dstack_replay_store).
 * `seen` is given `user` first, must be thread-safe, and looks and records in
 * one step: 0 when this nonce of this key was not there and now is; 1 when it
 * was; DSTACK_ERR_NOMEM or DSTACK_ERR_INTERNAL, which the verification then
 * returns; any other number when it cannot tell, and the receipt is refused.
 * What has exp < now may be forgotten. Only called for a receipt that passed
 * every other check. */
typedef struct dstack_replay_store {
    uint32_t abi_size;
    uint32_t reserved; /* 0 */
    void *user;
    int (*seen)(void *user, const uint8_t *node_key, size_t node_key_len,
        const uint8_t *nonce, size_t nonce_len, int64_t exp, int64_t now);
} dstack_replay_store;

/* A store in memory, for any number of threads; about 100 bytes a nonce. */
typedef struct dstack_replay_memory dstack_replay_memory;

/* For at most `capacity` nonces (1 to 16777216) at a time. When it is full of
 * nonces that have not expired, it cannot tell: nothing is ever forgotten
 * early. Once it forgot a nonce that expired at some time, it takes no receipt
 * that expired at that time or before, whatever clock `now` comes from.
 * Returns DSTACK_OK, DSTACK_ERR_ARG, DSTACK_ERR_NOMEM or DSTACK_ERR_INTERNAL.
 * Free with dstack_replay_memory_free(). */
DSTACK_MUST int
dstack_replay_memory_new(
    uint32_t capacity, dstack_replay_memory **ret, dstack_error *err);
DSTACK_API void
dstack_replay_memory_free(dstack_replay_memory *memory); /* NULL is a no-op */
/* Nonces now held. */
DSTACK_API size_t
dstack_replay_memory_count(dstack_replay_memory *memory);

#ifdef __cplusplus
}
#endif
#endif
