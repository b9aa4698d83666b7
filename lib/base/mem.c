/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <sched.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "dstack/alloc.h"

static void *
libc_malloc(void *user, size_t size)
{
    (void)user;
    return malloc(size);
}

static void *
libc_realloc(void *user, void *block, size_t size)
{
    (void)user;
    return realloc(block, size);
}

static void
libc_free(void *user, void *block)
{
    (void)user;
    free(block);
}

/* clang-format off */
#define LIBC_ALLOCATOR \
    { sizeof(dstack_allocator), 0, NULL, libc_malloc, libc_realloc, libc_free }
/* clang-format on */

static const dstack_allocator libc_hook = LIBC_ALLOCATOR;

/* Written only in state SETTING, read only in state IN_USE. */
static dstack_allocator hook = LIBC_ALLOCATOR;

enum {
    OPEN = 0,
    SETTING = 1,
    IN_USE = 2
};

static atomic_int hook_state = OPEN;

int
dstack_set_allocator(const dstack_allocator *allocator)
{
    const dstack_allocator *a = allocator ? allocator : &libc_hook;
    int state = OPEN;

    if (a->abi_size != sizeof *a || a->reserved != 0 || !a->malloc_fn ||
        !a->realloc_fn || !a->free_fn)
        return DSTACK_ERR_ARG;
    if (!atomic_compare_exchange_strong(&hook_state, &state, SETTING))
        return DSTACK_ERR_ARG;
    hook = *a;
    atomic_store_explicit(&hook_state, OPEN, memory_order_release);
    return DSTACK_OK;
}

/* The hook, closed to changes from now on. */
static const dstack_allocator *
use_hook(void)
{
    for (;;) {
        int state = atomic_load_explicit(&hook_state, memory_order_acquire);

        if (state == IN_USE)
            return &hook;
        if (state == SETTING)
            sched_yield();
        else if (atomic_compare_exchange_strong(&hook_state, &state, IN_USE))
            return &hook;
    }
}

void *
ds_malloc(size_t size)
{
    const dstack_allocator *a = use_hook();

    if (size > PTRDIFF_MAX)
        return NULL;
    return a->malloc_fn(a->user, size ? size : 1);
}

void *
ds_calloc(size_t count, size_t size)
{
    void *p;

    if (size != 0 && count > PTRDIFF_MAX / size)
        return NULL;
    p = ds_malloc(count * size);
    if (p)
        memset(p, 0, count * size);
    return p;
}

void *
ds_realloc_array(void *block, size_t count, size_t size)
{
    const dstack_allocator *a = use_hook();

    if (size != 0 && count > PTRDIFF_MAX / size)
        return NULL;
    size *= count;
    return a->realloc_fn(a->user, block, size ? size : 1);
}

void
ds_free(void *block)
{
    const dstack_allocator *a;

    if (!block)
        return;
    a = use_hook();
    a->free_fn(a->user, block);
}

void
dstack_free(void *block)
{
    ds_free(block);
}

void *
ds_memdup(const void *p, size_t n)
{
    uint8_t *copy;

    if (n >= PTRDIFF_MAX)
        return NULL;
    copy = ds_malloc(n + 1);
    if (!copy)
        return NULL;
    if (n != 0)
        memcpy(copy, p, n);
    copy[n] = 0;
    return copy;
}

void
ds_wipe(void *p, size_t n)
{
    if (n != 0)
        explicit_bzero(p, n);
}

void
ds_wipe_stack(void)
{
    sodium_stackzero(8192);
}

void
ds_buf_init(ds_buf *b, size_t max)
{
    memset(b, 0, sizeof *b);
    b->max = max < PTRDIFF_MAX ? max : PTRDIFF_MAX - 1;
}

void
ds_buf_init_secret(ds_buf *b, size_t max)
{
    ds_buf_init(b, max);
    b->secret = true;
}

/* Room for n more bytes and the NUL. */
static bool
reserve(ds_buf *b, size_t n)
{
    size_t need, cap;
    uint8_t *p;

    if (b->bad || b->nomem)
        return false;
    if (n > b->max - b->n) {
        b->bad = true;
        return false;
    }
    need = b->n + n + 1;
    if (need <= b->cap)
        return true;
    cap = b->cap < 64 ? 64 : b->cap;
    while (cap < need)
        cap = cap > b->max / 2 ? b->max + 1 : cap * 2;
    if (b->secret) {
        /* realloc may leave a copy behind. */
        p = ds_malloc(cap);
        if (p && b->p) {
            memcpy(p, b->p, b->n);
            ds_wipe(b->p, b->cap);
            ds_free(b->p);
        }
    } else {
        p = ds_realloc_array(b->p, cap, 1);
    }
    if (!p) {
        b->nomem = true;
        return false;
    }
    b->p = p;
    b->cap = cap;
    return true;
}

void
ds_buf_add(ds_buf *b, const void *p, size_t n)
{
    if (!reserve(b, n))
        return;
    if (n != 0)
        memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = 0;
}

void
ds_buf_add_str(ds_buf *b, const char *s)
{
    ds_buf_add(b, s, strlen(s));
}

void
ds_buf_add_u8(ds_buf *b, uint8_t v)
{
    ds_buf_add(b, &v, 1);
}

void
ds_buf_cut(ds_buf *b, size_t n)
{
    if (n >= b->n)
        return;
    if (b->secret)
        ds_wipe(b->p + n, b->n - n);
    b->n = n;
    b->p[n] = 0;
}

uint8_t *
ds_buf_take(ds_buf *b, size_t *n)
{
    uint8_t *p = NULL;

    *n = 0;
    ds_buf_add(b, NULL, 0); /* an empty one is still a block */
    if (!b->bad && !b->nomem) {
        p = b->p;
        *n = b->n;
        b->p = NULL;
    }
    ds_buf_free(b);
    return p;
}

void
ds_buf_free(ds_buf *b)
{
    if (b->secret && b->p)
        ds_wipe(b->p, b->cap);
    ds_free(b->p);
    b->p = NULL;
    b->n = 0;
    b->cap = 0;
    b->bad = false;
    b->nomem = false;
}

void *
ds_secret_alloc(size_t n)
{
    /* Safe to call again and from several threads; it reads the page size
     * and the canary that guarded memory needs. */
    if (sodium_init() < 0)
        return NULL;
    return sodium_malloc(n);
}

void
ds_secret_free(void *p)
{
    sodium_free(p);
}

bool
ds_secret_eq(const void *a, const void *b, size_t n)
{
    return n == 0 || sodium_memcmp(a, b, n) == 0;
}
