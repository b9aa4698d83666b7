/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation that fails on demand. glibc lets a program define malloc; the
 * definitions here then serve every library in the process. */
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "dstack/alloc.h"
#include "oom/oom.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HOOK_ONLY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define HOOK_ONLY 1
#endif
#endif
#if !defined(__GLIBC__) && !defined(HOOK_ONLY)
#define HOOK_ONLY 1
#endif

static atomic_ulong seen;
static atomic_ulong fail_at;
static atomic_bool fail_all;
static atomic_int armed = -1; /* OOM_OWN, OOM_ANY or neither */
static atomic_long live;

void
oom_arm(int kind, unsigned long n, bool all)
{
    seen = 0;
    fail_at = n;
    fail_all = all;
    armed = kind;
}

unsigned long
oom_disarm(void)
{
    armed = -1;
    return seen;
}

long
oom_live(void)
{
    return live;
}

static bool
must_fail(int kind)
{
    unsigned long n, at;

    if (armed != kind)
        return false;
    n = atomic_fetch_add(&seen, 1) + 1;
    at = fail_at;
    if (at == 0 || (fail_all ? n < at : n != at))
        return false;
    errno = ENOMEM;
    return true;
}

#ifdef HOOK_ONLY

bool
oom_has_any(void)
{
    return false;
}

static void
own_block(long change)
{
    live += change;
}

#else

/* What glibc calls the functions that are replaced here. */
void *
__libc_malloc(size_t size);
void *
__libc_calloc(size_t count, size_t size);
void *
__libc_realloc(void *block, size_t size);
void *
__libc_memalign(size_t alignment, size_t size);
void
__libc_free(void *block);

#define SHOWN __attribute__((visibility("default")))

bool
oom_has_any(void)
{
    return true;
}

/* Counted by malloc below. */
static void
own_block(long change)
{
    (void)change;
}

static void *
counted(void *block)
{
    if (block)
        live++;
    return block;
}

SHOWN void *
malloc(size_t size)
{
    return must_fail(OOM_ANY) ? NULL : counted(__libc_malloc(size));
}

SHOWN void *
calloc(size_t count, size_t size)
{
    return must_fail(OOM_ANY) ? NULL : counted(__libc_calloc(count, size));
}

SHOWN void *
realloc(void *block, size_t size)
{
    void *p;

    if (must_fail(OOM_ANY))
        return NULL;
    p = __libc_realloc(block, size);
    if (p && !block)
        live++;
    else if (!p && block && size == 0)
        live--;
    return p;
}

SHOWN void
free(void *block)
{
    if (block)
        live--;
    __libc_free(block);
}

SHOWN void *
aligned_alloc(size_t alignment, size_t size)
{
    return must_fail(OOM_ANY) ? NULL
                              : counted(__libc_memalign(alignment, size));
}

SHOWN int
posix_memalign(void **ret, size_t alignment, size_t size)
{
    void *p = aligned_alloc(alignment, size);

    if (!p)
        return ENOMEM;
    *ret = p;
    return 0;
}

#endif

static void *
hook_malloc(void *user, size_t size)
{
    void *p;

    (void)user;
    if (must_fail(OOM_OWN))
        return NULL;
    p = malloc(size);
    own_block(p != NULL);
    return p;
}

static void *
hook_realloc(void *user, void *block, size_t size)
{
    void *p;

    (void)user;
    if (must_fail(OOM_OWN))
        return NULL;
    p = realloc(block, size);
    own_block(p && !block);
    return p;
}

static void
hook_free(void *user, void *block)
{
    (void)user;
    own_block(block ? -1 : 0);
    free(block);
}

bool
oom_install(void)
{
    const dstack_allocator a = {
        sizeof a, 0, NULL, hook_malloc, hook_realloc, hook_free};

    return dstack_set_allocator(&a) == DSTACK_OK;
}
