/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_BASE_SECRET_H
#define DS_BASE_SECRET_H

#include "base/bytes.h"
#include "base/error.h"
#include "dstack/secret.h"

/* Room for n bytes in locked memory, of zeros, for the caller to write to at
 * *p. DSTACK_OK or DSTACK_ERR_NOMEM. */
int
ds_secret_make(size_t n, dstack_secret **ret, uint8_t **p, dstack_error *err);
/* A copy of bytes there; the caller wipes its own. */
int
ds_secret_new(ds_view bytes, dstack_secret **ret, dstack_error *err);

#endif
