/* SPDX-License-Identifier: Apache-2.0 */
#include "receipt/replay.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/hash.h"
#include "crypto/random.h"

#define NONE UINT32_MAX

typedef struct {
    uint8_t id[32]; /* SHA-256 of seed, key and nonce */
    int64_t exp;
    uint32_t next; /* of its chain */
} slot;

struct dstack_replay_memory {
    pthread_mutex_t mutex;
    uint8_t seed[32]; /* nobody can choose which chain grows long */
    uint32_t capacity;
    uint32_t count;
    int64_t floor;   /* a nonce with this expiry was forgotten; -1 for none */
    uint32_t *head;  /* one chain per slot, by the hash of what they hold */
    uint32_t *order; /* slots: a heap of those in use with the earliest expiry
                        first, and behind it the others */
    slot *at;
};

int
dstack_replay_memory_new(
    uint32_t capacity, dstack_replay_memory **ret, dstack_error *err)
{
    dstack_replay_memory *m;
    bool random;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!ret || capacity == 0 || capacity > DS_MAX_REPLAY)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_replay_memory_new: NULL, or a capacity not in 1 to %u",
            DS_MAX_REPLAY);
    m = ds_calloc(1, sizeof *m);
    if (!m)
        return ds_fail_nomem(err);
    m->capacity = capacity;
    m->floor = -1;
    m->head = ds_calloc(capacity, sizeof *m->head);
    m->order = ds_calloc(capacity, sizeof *m->order);
    m->at = ds_calloc(capacity, sizeof *m->at);
    random = ds_random(m->seed, sizeof m->seed);
    if (random && m->head && m->order && m->at &&
        pthread_mutex_init(&m->mutex, NULL) == 0) {
        for (uint32_t i = 0; i < capacity; i++) {
            m->head[i] = NONE;
            m->order[i] = i;
        }
        *ret = m;
        return DSTACK_OK;
    }
    ds_free(m->head);
    ds_free(m->order);
    ds_free(m->at);
    ds_free(m);
    if (!random)
        return ds_fail(err, DSTACK_ERR_INTERNAL, "replay: no random numbers");
    return ds_fail_nomem(err);
}

void
dstack_replay_memory_free(dstack_replay_memory *memory)
{
    if (!memory)
        return;
    pthread_mutex_destroy(&memory->mutex);
    ds_free(memory->head);
    ds_free(memory->order);
    ds_free(memory->at);
    ds_free(memory);
}

size_t
dstack_replay_memory_count(dstack_replay_memory *memory)
{
    size_t n;

    if (!memory)
        return 0;
    pthread_mutex_lock(&memory->mutex);
    n = memory->count;
    pthread_mutex_unlock(&memory->mutex);
    return n;
}

/* ---- chains and heap, under the mutex ------------------------------------- */

static uint32_t *
chain_of(dstack_replay_memory *m, const uint8_t id[32])
{
    return &m->head[ds_le64(id) % m->capacity];
}

static bool
holds(dstack_replay_memory *m, const uint8_t id[32])
{
    for (uint32_t i = *chain_of(m, id); i != NONE; i = m->at[i].next)
        if (memcmp(m->at[i].id, id, 32) == 0)
            return true;
    return false;
}

static int64_t
exp_at(const dstack_replay_memory *m, uint32_t position)
{
    return m->at[m->order[position]].exp;
}

static void
swap(dstack_replay_memory *m, uint32_t a, uint32_t b)
{
    uint32_t i = m->order[a];

    m->order[a] = m->order[b];
    m->order[b] = i;
}

static void
sift_up(dstack_replay_memory *m, uint32_t i)
{
    for (; i > 0 && exp_at(m, (i - 1) / 2) > exp_at(m, i); i = (i - 1) / 2)
        swap(m, i, (i - 1) / 2);
}

static void
sift_down(dstack_replay_memory *m)
{
    uint32_t i = 0, child;

    for (; (child = 2 * i + 1) < m->count; i = child) {
        if (child + 1 < m->count && exp_at(m, child + 1) < exp_at(m, child))
            child++;
        if (exp_at(m, child) >= exp_at(m, i))
            return;
        swap(m, i, child);
    }
}

static void
forget_first(dstack_replay_memory *m)
{
    uint32_t first = m->order[0];
    uint32_t *link = chain_of(m, m->at[first].id);

    while (*link != first)
        link = &m->at[*link].next;
    *link = m->at[first].next;
    if (m->at[first].exp > m->floor)
        m->floor = m->at[first].exp;
    swap(m, 0, --m->count);
    sift_down(m);
}

static int
record(dstack_replay_memory *m, const uint8_t id[32], int64_t exp, int64_t now)
{
    uint32_t i, *chain;

    while (m->count != 0 && exp_at(m, 0) < now)
        forget_first(m);
    if (exp <= m->floor || holds(m, id))
        return 1;
    if (m->count == m->capacity)
        return -1;
    i = m->order[m->count];
    chain = chain_of(m, id);
    memcpy(m->at[i].id, id, 32);
    m->at[i].exp = exp;
    m->at[i].next = *chain;
    *chain = i;
    sift_up(m, m->count++);
    return 0;
}

int
ds_replay_seen(void *memory, const uint8_t *node_key, size_t node_key_len,
    const uint8_t *nonce, size_t nonce_len, int64_t exp, int64_t now)
{
    dstack_replay_memory *m = memory;
    const ds_view parts[3] = {ds_view_of(m->seed, sizeof m->seed),
        ds_view_of(node_key, node_key_len), ds_view_of(nonce, nonce_len)};
    uint8_t id[32];
    int rc;

    if (!ds_hash_parts(DS_SHA256, parts, 3, id))
        return DSTACK_ERR_INTERNAL;
    pthread_mutex_lock(&m->mutex);
    rc = record(m, id, exp, now);
    pthread_mutex_unlock(&m->mutex);
    return rc;
}
