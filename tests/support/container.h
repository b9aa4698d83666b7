/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CONTAINER_H
#define TESTS_CONTAINER_H

#include "base/bytes.h"

/* Containers for tests; each is a block of exactly its size, for vec_free. */

/* The case of that name and version in attestation.vec; empty when there is
 * none. */
ds_view
container_vec(const char *name, int version);
/* The "attestation" of a real answer. Skips the test where it is absent. */
ds_view
container_real(const char *name);
/* A copy with the first occurrence of some bytes (hex) replaced; fails the
 * test when they do not occur. */
ds_view
container_replace(ds_view in, const char *old, const char *new);

#endif
