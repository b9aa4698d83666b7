/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/heap.h"

#include <stdlib.h>

#include <dstack/dstack.h>

heap_count heap;

/* Blocks carry their size in front. */
typedef union {
    size_t n;
    max_align_t align;
} header;

static void *
count_realloc(void *user, void *block, size_t n)
{
    header *h = block ? (header *)block - 1 : NULL;
    size_t had = h ? h->n : 0;

    (void)user;
    h = realloc(h, sizeof *h + n);
    if (!h)
        return NULL;
    h->n = n;
    heap.blocks++;
    heap.live_blocks += block ? 0 : 1;
    heap.live = heap.live - had + n;
    if (heap.live > heap.peak)
        heap.peak = heap.live;
    return h + 1;
}

static void *
count_malloc(void *user, size_t n)
{
    return count_realloc(user, NULL, n);
}

static void
count_free(void *user, void *block)
{
    header *h = block ? (header *)block - 1 : NULL;

    (void)user;
    if (!h)
        return;
    heap.live -= h->n;
    heap.live_blocks--;
    free(h);
}

int
heap_start(void)
{
    const dstack_allocator counting = {.abi_size = sizeof counting,
        .malloc_fn = count_malloc,
        .realloc_fn = count_realloc,
        .free_fn = count_free};

    return dstack_set_allocator(&counting) == DSTACK_OK ? 0 : -1;
}
