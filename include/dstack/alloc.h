/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_ALLOC_H
#define DSTACK_ALLOC_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where this library's own memory comes from. Set abi_size to
 * sizeof(dstack_allocator). Each function is called with `user` first and
 * must be thread-safe; realloc(user, NULL, n) allocates. The libraries below
 * (mbedTLS, libcrypto, cJSON, libsodium) allocate for themselves and are not
 * reached by this hook. */
typedef struct dstack_allocator {
    uint32_t abi_size;
    uint32_t reserved; /* 0 */
    void *user;
    void *(*malloc_fn)(void *user, size_t size);
    void *(*realloc_fn)(void *user, void *block, size_t size);
    void (*free_fn)(void *user, void *block);
} dstack_allocator;

/* Replace malloc, realloc and free for the whole process; NULL restores
 * libc's. The struct is copied. Call it once, before any other call of this
 * library: after the first allocation it is refused.
 * Returns DSTACK_OK or DSTACK_ERR_ARG. */
DSTACK_MUST int
dstack_set_allocator(const dstack_allocator *allocator);

/* Free a text or a byte string that a function of this library returned as
 * the caller's own. NULL is a no-op. */
DSTACK_API void
dstack_free(void *block);

#ifdef __cplusplus
}
#endif
#endif
