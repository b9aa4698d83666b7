/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/content.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"

#define KNOWN 16
#define MAX_CONTAINER (64u << 10)

/* The checks that content answers for. */
enum {
    FIRST = DS_CHECK_CLAIMED_REPORT_DATA,
    LAST = DS_CHECK_IMAGE_RTMR2,
    CHECKS = LAST - FIRST + 1
};

typedef struct {
    ds_content *content; /* NULL: a free place */
    uint8_t *container;
    size_t n;
    bool has_pck;
    uint8_t ppid[16];
    uint32_t accepted;
    bool search_acpi;
    bool passed[CHECKS];
    uint64_t used; /* the higher, the later */
} entry;

struct ds_content_cache {
    pthread_mutex_t mutex;
    uint64_t clock;
    entry at[KNOWN];
};

/* ---- content ---------------------------------------------------------------- */

ds_content *
ds_content_new(void)
{
    ds_content *content = ds_calloc(1, sizeof *content);

    if (!content)
        return NULL;
    atomic_init(&content->users, 1);
    content->image = ds_image_unknown;
    return content;
}

void
ds_content_release(ds_content *content)
{
    if (!content || atomic_fetch_sub(&content->users, 1) != 1)
        return;
    ds_claims_free(content->claims);
    ds_free(content);
}

/* ---- the table -------------------------------------------------------------- */

ds_content_cache *
ds_content_cache_new(void)
{
    ds_content_cache *cache = ds_calloc(1, sizeof *cache);

    if (cache && pthread_mutex_init(&cache->mutex, NULL) != 0) {
        ds_free(cache);
        cache = NULL;
    }
    return cache;
}

static void
entry_free(entry *e)
{
    ds_content_release(e->content);
    ds_free(e->container);
    memset(e, 0, sizeof *e);
}

void
ds_content_cache_clear(ds_content_cache *cache)
{
    if (!cache)
        return;
    pthread_mutex_lock(&cache->mutex);
    for (size_t i = 0; i < KNOWN; i++)
        entry_free(&cache->at[i]);
    pthread_mutex_unlock(&cache->mutex);
}

void
ds_content_cache_free(ds_content_cache *cache)
{
    if (!cache)
        return;
    ds_content_cache_clear(cache);
    pthread_mutex_destroy(&cache->mutex);
    ds_free(cache);
}

static bool
is_for(const entry *e, const ds_content_key *key)
{
    if (!e->content || e->n != key->container.n ||
        e->accepted != key->accepted || e->search_acpi != key->search_acpi ||
        e->has_pck != (key->pck != NULL))
        return false;
    if (key->pck && memcmp(e->ppid, key->pck->ppid, sizeof e->ppid) != 0)
        return false;
    return memcmp(e->container, key->container.p, e->n) == 0;
}

static entry *
find(ds_content_cache *cache, const ds_content_key *key)
{
    for (size_t i = 0; i < KNOWN; i++)
        if (is_for(&cache->at[i], key))
            return &cache->at[i];
    return NULL;
}

static bool
can_know(const ds_content_cache *cache, const ds_content_key *key)
{
    return cache && key->container.n != 0 && key->container.n <= MAX_CONTAINER;
}

ds_content *
ds_content_cache_find(
    ds_content_cache *cache, const ds_content_key *key, ds_checks *checks)
{
    ds_content *content = NULL;
    entry *e;

    if (!can_know(cache, key))
        return NULL;
    pthread_mutex_lock(&cache->mutex);
    e = find(cache, key);
    if (e) {
        content = e->content;
        atomic_fetch_add(&content->users, 1);
        e->used = ++cache->clock;
        for (int i = 0; i < CHECKS; i++)
            if (e->passed[i])
                ds_checks_pass(checks, FIRST + i);
    }
    pthread_mutex_unlock(&cache->mutex);
    return content;
}

static entry *
oldest(ds_content_cache *cache)
{
    entry *e = &cache->at[0];

    for (size_t i = 1; i < KNOWN; i++)
        if (cache->at[i].used < e->used)
            e = &cache->at[i];
    return e;
}

void
ds_content_cache_insert(ds_content_cache *cache, const ds_content_key *key,
    ds_content *content, const ds_checks *checks)
{
    entry fresh = {.content = content,
        .n = key->container.n,
        .has_pck = key->pck != NULL,
        .accepted = key->accepted,
        .search_acpi = key->search_acpi};
    entry old = {0};

    if (!can_know(cache, key))
        return;
    for (int i = 0; i < CHECKS; i++) {
        if (checks->at[FIRST + i].result == DS_FAILED)
            return;
        fresh.passed[i] = checks->at[FIRST + i].result == DS_PASSED;
    }
    if (key->pck)
        memcpy(fresh.ppid, key->pck->ppid, sizeof fresh.ppid);
    fresh.container = ds_memdup(key->container.p, key->container.n);
    if (!fresh.container)
        return;
    atomic_fetch_add(&content->users, 1);
    pthread_mutex_lock(&cache->mutex);
    if (find(cache, key)) {
        old = fresh; /* another thread was faster */
    } else {
        entry *e = oldest(cache);

        old = *e;
        fresh.used = ++cache->clock;
        *e = fresh;
    }
    pthread_mutex_unlock(&cache->mutex);
    entry_free(&old);
}
