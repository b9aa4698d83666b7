/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_RECEIPT_REPLAY_H
#define DS_RECEIPT_REPLAY_H

#include "dstack/receipt.h"

/* The seen function of a store whose user is a dstack_replay_memory. */
int
ds_replay_seen(void *memory, const uint8_t *node_key, size_t node_key_len,
    const uint8_t *nonce, size_t nonce_len, int64_t exp, int64_t now);

#endif
