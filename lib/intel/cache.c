/* SPDX-License-Identifier: Apache-2.0 */
#include "intel/cache.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"

/* Chained hash table plus a list in order of use. Keys are SHA-256 digests of
 * bytes that verified, so that their first bytes index well and nobody can
 * aim at a bucket without a valid platform for each try. */
struct ds_platform_cache {
    pthread_mutex_t mutex;
    uint32_t size;
    uint32_t used;
    uint32_t mask;
    ds_platform_ref *newest;
    ds_platform_ref *oldest;
    ds_platform_ref **bucket;
};

int
ds_platform_cache_new(uint32_t size, ds_platform_cache **ret)
{
    ds_platform_cache *c;
    uint32_t buckets = 1;

    *ret = NULL;
    if (size == 0)
        return DSTACK_OK;
    while (buckets < size)
        buckets *= 2;
    c = ds_calloc(1, sizeof *c);
    if (!c)
        return DSTACK_ERR_NOMEM;
    c->bucket = ds_calloc(buckets, sizeof(ds_platform_ref *));
    if (!c->bucket || pthread_mutex_init(&c->mutex, NULL) != 0) {
        ds_free(c->bucket);
        ds_free(c);
        return DSTACK_ERR_NOMEM;
    }
    c->size = size;
    c->mask = buckets - 1;
    *ret = c;
    return DSTACK_OK;
}

static void
ref_free(ds_platform_ref *ref)
{
    ds_ecdsa_key_free(ref->platform.attestation_key);
    ds_free(ref);
}

void
ds_platform_cache_free(ds_platform_cache *c)
{
    ds_platform_ref *ref;

    if (!c)
        return;
    while ((ref = c->newest) != NULL) {
        c->newest = ref->older;
        ref_free(ref);
    }
    pthread_mutex_destroy(&c->mutex);
    ds_free(c->bucket);
    ds_free(c);
}

ds_platform_ref *
ds_platform_ref_new(void)
{
    ds_platform_ref *ref = ds_calloc(1, sizeof *ref);

    if (ref)
        ref->users = 1;
    return ref;
}

static ds_platform_ref **
bucket_of(ds_platform_cache *c, const uint8_t key[32])
{
    return &c->bucket[ds_le32(key) & c->mask];
}

static void
unlink_use(ds_platform_cache *c, ds_platform_ref *ref)
{
    *(ref->newer ? &ref->newer->older : &c->newest) = ref->older;
    *(ref->older ? &ref->older->newer : &c->oldest) = ref->newer;
    ref->newer = ref->older = NULL;
}

static void
link_newest(ds_platform_cache *c, ds_platform_ref *ref)
{
    ref->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = ref;
    c->newest = ref;
}

static ds_platform_ref *
find(ds_platform_cache *c, const uint8_t key[32])
{
    ds_platform_ref *ref = *bucket_of(c, key);

    while (ref && memcmp(ref->key, key, sizeof ref->key) != 0)
        ref = ref->next;
    return ref;
}

static void
drop(ds_platform_cache *c, ds_platform_ref *ref)
{
    ds_platform_ref **at = bucket_of(c, ref->key);

    while (*at != ref)
        at = &(*at)->next;
    *at = ref->next;
    unlink_use(c, ref);
    c->used--;
    if (--ref->users == 0)
        ref_free(ref);
}

ds_platform_ref *
ds_platform_cache_find(ds_platform_cache *cache, const uint8_t key[32])
{
    ds_platform_ref *ref;

    if (!cache)
        return NULL;
    pthread_mutex_lock(&cache->mutex);
    ref = find(cache, key);
    if (ref) {
        ref->users++;
        unlink_use(cache, ref);
        link_newest(cache, ref);
    }
    pthread_mutex_unlock(&cache->mutex);
    return ref;
}

void
ds_platform_cache_insert(
    ds_platform_cache *cache, const uint8_t key[32], ds_platform_ref *ref)
{
    ds_platform_ref **at;

    if (!cache)
        return;
    pthread_mutex_lock(&cache->mutex);
    if (!find(cache, key)) {
        if (cache->used == cache->size)
            drop(cache, cache->oldest);
        at = bucket_of(cache, key);
        memcpy(ref->key, key, sizeof ref->key);
        ref->next = *at;
        *at = ref;
        link_newest(cache, ref);
        ref->users++;
        cache->used++;
    }
    pthread_mutex_unlock(&cache->mutex);
}

void
ds_platform_cache_release(ds_platform_cache *cache, ds_platform_ref *ref)
{
    bool last;

    if (!ref)
        return;
    if (cache)
        pthread_mutex_lock(&cache->mutex);
    last = --ref->users == 0;
    if (cache)
        pthread_mutex_unlock(&cache->mutex);
    if (last)
        ref_free(ref);
}
