/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_HEAP_H
#define TESTS_BENCH_HEAP_H

#include <stddef.h>

/* What the library holds and asks for, counted. Not for several threads. */
typedef struct {
    size_t live;        /* bytes */
    size_t live_blocks; /* neither freed */
    size_t peak;        /* bytes */
    size_t blocks;      /* ever asked for, or moved */
} heap_count;

extern heap_count heap;

/* Before any other call of the library. 0, or -1 when it refuses. */
int
heap_start(void);

#endif
