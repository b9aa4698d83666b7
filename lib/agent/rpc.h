/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_AGENT_RPC_H
#define DS_AGENT_RPC_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/client.h"
#include "agent/method.h"
#include "agent/refusal.h"
#include "agent/request.h"
#include "base/mem.h"
#include "codec/json.h"

/* An answer with status 200: its text, and an index over it. */
typedef struct {
    const ds_method *method;
    ds_buf body;
    ds_json *json; /* the root is an object; for EmitEvent maybe null */
} ds_answer;

/* One request for a DS_V0_GET_KEY or its like; `request` NULL is an empty
 * object. Free the answer in every case. Returns DSTACK_OK; what ds_http_call()
 * does; DSTACK_ERR_AGENT, DSTACK_ERR_UNSUPPORTED (there is no such method),
 * both with origin HTTP and the status; DSTACK_ERR_PROTOCOL. */
int
ds_rpc(ds_call *c, int method, ds_request *request, ds_answer *ret);
/* The same, sent once only. */
int
ds_rpc_once(ds_call *c, int method, ds_request *request, ds_answer *ret);
void
ds_answer_free(ds_answer *a);

/* The end of every look at an answer: whatever was found malformed or
 * inconsistent in it is DSTACK_ERR_PROTOCOL, with the method's name before the
 * message; other codes stay. Returns the code. */
int
ds_answer_end(const ds_answer *a, int rc, dstack_error *err);
/* A rule of ours that the answer breaks: the member, then the text. */
int
ds_answer_fail(const ds_answer *a, ds_jv v, dstack_error *err,
    const char *format, ...) DS_PRINTF(4, 5);

/* Members of the root. A member that may be absent leaves `out` untouched
 * then: out->p stays NULL. What is there, "" included, makes it not NULL. */
int
ds_answer_text(
    const ds_answer *a, const char *name, ds_buf *out, dstack_error *err);
int
ds_answer_text_if_any(
    const ds_answer *a, const char *name, ds_buf *out, dstack_error *err);
int
ds_answer_hex(const ds_answer *a, ds_jv v, ds_buf *out, dstack_error *err);

#endif
