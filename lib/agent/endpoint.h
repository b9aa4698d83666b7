/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_AGENT_ENDPOINT_H
#define DS_AGENT_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Where a service listens when its user names no endpoint: what its variable
 * says, unless it is unset, empty or not to be read; else the first existing
 * of the usual paths below `root` ("" but in tests); else the first of them.
 * *ret is the caller's, for ds_free(). DSTACK_OK; DSTACK_ERR_ARG: a variable
 * that names no endpoint, or a worker; DSTACK_ERR_NOMEM. */
int
ds_endpoint_default(uint32_t service, bool ignore_environment, const char *root,
    char **ret, dstack_error *err);

#endif
