/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_BASE_SECRET_H
#define DS_BASE_SECRET_H

#include "base/bytes.h"
#include "base/error.h"
#include "dstack/secret.h"

/* A copy of bytes in locked memory; the caller wipes its own. DSTACK_OK or
 * DSTACK_ERR_NOMEM. */
int
ds_secret_new(ds_view bytes, dstack_secret **ret, dstack_error *err);

#endif
