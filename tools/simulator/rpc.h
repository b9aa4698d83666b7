/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_RPC_H
#define SIM_RPC_H

#include "message.h"

/* The calls of every surface, as tables; how one is answered does not know
 * HTTP beyond a status. */

typedef struct sim_call {
    sim_guest *guest;
    int64_t now;
    bool external; /* asked from outside the machine: the worker */
    const sim_message *in;
    sim_message *out;
    sim_error *err;
} sim_call;

typedef struct sim_method {
    const char *name; /* NULL ends a table */
    unsigned os;
    const sim_schema *in;  /* NULL: whatever is sent is not looked at */
    const sim_schema *out; /* NULL: an answer without fields */
    bool (*run)(sim_call *c);
} sim_method;

enum {
    SIM_V0 = 0, /* dstack.sock */
    SIM_V1,
    SIM_TAPPD,
    SIM_WORKER, /* from outside */
    SIM_WORKER_V1,
    SIM_SURFACES
};

typedef struct sim_surface {
    const char *prefix; /* that a method's name may have, any number of times;
                           it must on 0.3.6; NULL: none */
    const sim_method *methods;
} sim_surface;

extern const sim_surface sim_surfaces[SIM_SURFACES];

/* A request behind its transport. */
typedef struct sim_request {
    int surface;
    ds_view method; /* decoded, prefix included */
    bool get;       /* the message is the query */
    bool json_flag; /* ?json, or a GET */
    bool json_type; /* Content-Type: application/json */
    bool too_long;  /* the body was, and is not here */
    ds_view query;
    ds_view body;
} sim_request;

typedef struct sim_reply {
    int status;
    bool json;
    ds_buf body; /* secret */
} sim_reply;

/* Finds nothing for what this image does not have. */
const sim_method *
sim_method_find(int surface, int os, ds_view name);
/* The method's name without its prefixes. */
ds_view
sim_method_name(int surface, ds_view method);
/* Answers whatever comes. bend may be NULL; it bends good JSON answers.
 * reply->body is initialised here and the caller's to free. */
typedef bool
sim_bender(void *user, const sim_message *answer, sim_bend *bend);
void
sim_rpc(sim_guest *g, int64_t now, const sim_request *request,
    sim_bender *bender, void *user, sim_reply *reply);

/* ---- calls.c, calls_v1.c ------------------------------------------------- */

bool
sim_call_get_tls_key(sim_call *c);
bool
sim_call_get_key(sim_call *c);
bool
sim_call_get_quote(sim_call *c);
bool
sim_call_attest(sim_call *c);
bool
sim_call_emit_event(sim_call *c);
bool
sim_call_info(sim_call *c);
bool
sim_call_sign(sim_call *c);
bool
sim_call_verify(sim_call *c);
bool
sim_call_version(sim_call *c);
bool
sim_call_derive_key(sim_call *c);
bool
sim_call_derive_k256_key(sim_call *c);
bool
sim_call_tdx_quote(sim_call *c);
bool
sim_call_raw_quote(sim_call *c);
bool
sim_call_app_key_attestation(sim_call *c);
bool
sim_call_v1_get_key(sim_call *c);
bool
sim_call_v1_attest(sim_call *c);
bool
sim_call_v1_attest_gpu(sim_call *c);
bool
sim_call_v1_info(sim_call *c);
bool
sim_call_v1_health(sim_call *c);

#endif
