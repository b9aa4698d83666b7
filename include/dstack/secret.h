/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_SECRET_H
#define DSTACK_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes in locked memory, wiped by dstack_secret_free(). Immutable. */
typedef struct dstack_secret dstack_secret;
DSTACK_API void
dstack_secret_free(dstack_secret *secret); /* NULL is a no-op */
/* Borrowed; *len 0 where empty. NULL gives NULL. */
DSTACK_API const uint8_t *
dstack_secret_bytes(const dstack_secret *secret, size_t *len);

#ifdef __cplusplus
}
#endif
#endif
