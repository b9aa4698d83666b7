/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_AGENT_CERT_REQUEST_H
#define DS_AGENT_CERT_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/request.h"
#include "dstack/reply.h"

struct dstack_cert_request {
    char *subject; /* NULL for none */
    char **alt_names;
    size_t alt_name_count;
    uint32_t usage;
    int64_t not_before; /* -1 for the agent's default */
    int64_t not_after;
};

/* Does it ask for what agents before 0.5.6 would ignore? */
bool
ds_cert_request_is_new(const dstack_cert_request *r);
/* The members of GetTlsKey and IssueCert; DeriveKey knows the first five. What
 * is at its default is left out. */
void
ds_cert_request_write(const dstack_cert_request *r, ds_request *out);

#endif
