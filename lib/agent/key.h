/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_AGENT_KEY_H
#define DS_AGENT_KEY_H

#include <pthread.h>
#include <stdatomic.h>

#include "agent/chain.h"
#include "agent/rpc.h"
#include "dstack/reply.h"

/* Computed at the first question, which not every program asks: it costs as
 * much as all the rest of an answer. */
typedef struct {
    pthread_mutex_t lock;
    atomic_bool known;
    uint8_t key[33];
    size_t len;
} ds_key_public;

struct dstack_key {
    uint8_t *secret; /* 32 bytes of ds_secret_alloc() */
    ds_key_public *public_key;
    uint32_t algorithm;
    uint32_t scheme;
    ds_sig_chain chain;
};

/* The members of a key's answer. */
typedef struct {
    const char *secret;
    const char *public_key; /* NULL where the agent tells none */
    const char *chain;
    uint32_t scheme;
} ds_key_members;

/* A key of this algorithm: the secret is a valid one, and the public key is its
 * own where the agent tells one. */
int
ds_key_read(const ds_answer *a, const ds_key_members *members,
    uint32_t algorithm, dstack_key **ret, dstack_error *err);
/* A P-256 key without a chain, of a 0.3 tappd. */
int
ds_key_of_p256(const uint8_t *secret, const uint8_t *public_key,
    dstack_key **ret, dstack_error *err);

#endif
