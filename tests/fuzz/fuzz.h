/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* What a fuzz target defines: the entry point, and where plain mutation does
 * not get past a signature, a mutator of its own. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t
LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned int seed);

/* What the fuzzing engine offers to such a mutator. */
size_t
LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

#endif
