/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_AGENT_PROBE_H
#define DS_AGENT_PROBE_H

#include "agent/client.h"
#include "agent/rpc.h"

/* What the client's agent is: asked now, or remembered from an earlier call.
 * Only what it answers counts; a failure is not remembered. */
int
ds_probe(ds_call *c, dstack_agent *ret);
/* Fails with DSTACK_ERR_UNSUPPORTED unless the agent can: "what: the agent is
 * 0.5.5; this needs needs". */
int
ds_probe_need(
    ds_call *c, uint32_t capability, const char *what, const char *needs);
/* The same where the service, or what is known already, decides. */
int
ds_service_need(ds_call *c, uint32_t service, const char *what);

/* Version and revision of an answer; each a text of printable ASCII. */
int
ds_version_read(
    const ds_answer *a, ds_buf *version, ds_buf *revision, dstack_error *err);

#endif
