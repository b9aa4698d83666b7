/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_AGENT_SIGN_REPLY_H
#define DS_AGENT_SIGN_REPLY_H

#include "agent/rpc.h"
#include "dstack/reply.h"

/* A signature over data by the key that the answer tells, verified. */
int
ds_sign_read(const ds_answer *a, ds_view data, uint32_t algorithm,
    dstack_sign_reply **ret, dstack_error *err);

#endif
