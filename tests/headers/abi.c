/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes and offsets that bindings copy, and that never change. */
#include <stddef.h>

#include "dstack/alloc.h"
#include "dstack/error.h"

_Static_assert(sizeof(dstack_error) == 256, "dstack_error is 256 bytes");
_Static_assert(offsetof(dstack_error, code) == 0, "code");
_Static_assert(offsetof(dstack_error, stage) == 4, "stage");
_Static_assert(offsetof(dstack_error, reason) == 8, "reason");
_Static_assert(offsetof(dstack_error, origin) == 12, "origin");
_Static_assert(offsetof(dstack_error, detail) == 16, "detail");
_Static_assert(offsetof(dstack_error, message) == 24, "message");
_Static_assert(offsetof(dstack_allocator, user) == 8, "user");
