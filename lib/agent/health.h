/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_AGENT_HEALTH_H
#define DS_AGENT_HEALTH_H

#include "agent/rpc.h"
#include "dstack/reply.h"

int
ds_health_read(const ds_answer *a, dstack_health **ret, dstack_error *err);

#endif
