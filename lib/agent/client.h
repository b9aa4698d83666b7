/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_AGENT_CLIENT_H
#define DS_AGENT_CLIENT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "dstack/client.h"
#include "net/http.h"

/* What is known of an agent. */
struct dstack_agent {
    uint32_t can;    /* bits 1 << DSTACK_CAN_* */
    uint32_t number; /* the version as DS_VERSION(); 0 where not told */
    char version[64];
    char revision[256];
};

/* What changes while calls are made; the mutex guards all of it. */
typedef struct {
    pthread_mutex_t mutex;
    bool started; /* from now on the set-up stays as it is */
    bool cancelled;
    bool probed;
    bool measures; /* a TDX quote was seen: there is an RTMR3 to extend */
    char *endpoint;
    ds_http *http; /* never changes once it is there */
    dstack_agent agent;
} ds_client_state;

struct dstack_client {
    uint32_t service;
    uint32_t connect_ms;
    uint32_t call_ms;
    bool ignore_environment;
    bool accept_other_report_data;
    bool has_transport;
    dstack_transport transport;
    char *endpoint; /* as asked for; NULL is the usual one */
    ds_client_state *state;
};

/* One call of the public interface, which may be several requests. */
typedef struct {
    const dstack_client *client;
    ds_http *http;
    int64_t deadline_ms;
    dstack_error *err; /* the caller's, or scratch: never NULL */
    dstack_error scratch;
} ds_call;

/* Start the clock. `args` false: an argument that may not be NULL is; `name`
 * is the public function's. DSTACK_OK, _ERR_ARG or _ERR_NOMEM. */
int
ds_call_begin(ds_call *c, const dstack_client *client, const char *name,
    bool args, dstack_error *err);

#endif
