/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_HTTP_USE_H
#define TESTS_HTTP_USE_H

#include "net/http.h"
#include "support/http_fault.h"

/* A server that misbehaves as planned, and one ds_http that speaks to it. */
typedef struct {
    http_fault_server *server;
    ds_http *http;
    dstack_error err;
    ds_http_reply reply; /* of the last call */
    int64_t took;        /* milliseconds of the last call */
} http_use;

enum {
    HTTP_SHORT_MS = 150,  /* a deadline for what has to run into it */
    HTTP_LONG_MS = 20000, /* one for what has not */
    HTTP_SLACK_MS = 400   /* what a busy machine may add */
};

/* Asserts that all went well. options may be NULL. */
void
http_use_start(http_use *use, const http_fault_options *options);
void
http_use_stop(http_use *use);
/* Start anew with this plan: new connections, counts from 0. */
void
http_use_plan(http_use *use, const http_fault *faults, size_t count);
/* POST {"a":1} to /Info, ended after ms milliseconds. The reply before it is
 * freed. Asserts that the call did not take longer than that allows, and that
 * a failure comes with a message that names the endpoint. */
int
http_use_call(http_use *use, unsigned ms);
/* The same with a request of the caller's, whose deadline is set. */
int
http_use_request(http_use *use, ds_http_request request, unsigned ms);

#endif
