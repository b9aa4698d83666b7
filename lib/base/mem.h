/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_BASE_MEM_H
#define DS_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* All of the library's own memory goes through these; bare malloc is refused
 * by `make lint`. Sizes of 0 give a valid block. calloc checks for overflow. */
void *
ds_malloc(size_t size);
void *
ds_calloc(size_t count, size_t size);
void *
ds_realloc_array(void *block, size_t count, size_t size);
void
ds_free(void *block);
/* A copy of n bytes followed by one NUL that is not counted. */
void *
ds_memdup(const void *p, size_t n);

/* Zero memory in a way that the compiler may not remove. */
void
ds_wipe(void *p, size_t n);
/* The same with the 8 KiB of stack below the caller's frame, where a library
 * that it called may have left a secret. */
void
ds_wipe_stack(void);

/* A growing byte buffer with a mandatory maximum. The first failure sticks in
 * `bad` (too long) or `nomem`; later appends do nothing. A secret one is
 * wiped on grow and free. `p` is always NUL-terminated once anything was
 * appended. */
typedef struct {
    uint8_t *p;
    size_t n;
    size_t cap;
    size_t max;
    bool secret;
    bool bad;
    bool nomem;
} ds_buf;

void
ds_buf_init(ds_buf *b, size_t max);
void
ds_buf_init_secret(ds_buf *b, size_t max);
void
ds_buf_add(ds_buf *b, const void *p, size_t n);
void
ds_buf_add_str(ds_buf *b, const char *s);
void
ds_buf_add_u8(ds_buf *b, uint8_t v);
/* Shorten to n bytes; more than there are is no change. */
void
ds_buf_cut(ds_buf *b, size_t n);
/* Give the caller the bytes (never NULL unless failed) and reset. */
uint8_t *
ds_buf_take(ds_buf *b, size_t *n);
void
ds_buf_free(ds_buf *b);

/* Locked, guarded, wiped-on-free memory for secrets (libsodium's). NULL when
 * none can be had. */
void *
ds_secret_alloc(size_t n);
void
ds_secret_free(void *p);
/* Constant time; true when equal. */
bool
ds_secret_eq(const void *a, const void *b, size_t n);

#endif
