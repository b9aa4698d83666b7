/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SEARCH_MEMORY_H
#define TESTS_SEARCH_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A secret that a test looks for in its own memory is known to it only masked,
 * so that what is found came from elsewhere. */
enum {
    SEARCH_MASK = 0x5a,
    SEARCH_MAX = 512
};

/* How often these n bytes (masked), at most SEARCH_MAX, are in any memory of
 * this process that can be written to: heap, stacks, data, freed or not. */
unsigned
search_memory(const uint8_t *masked, size_t n);

/* Not without /proc, nor under a sanitizer, whose shadow is too large. */
bool
search_memory_works(void);

#endif
