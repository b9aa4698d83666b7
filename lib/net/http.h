/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_NET_HTTP_H
#define DS_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/mem.h"
#include "dstack/transport.h"

/* One endpoint and its pool of connections; over libcurl, or over a transport
 * of the caller's. Any number of threads may call at once. After a fork the
 * child may free it and nothing else: calls there give DSTACK_ERR_ARG. */
typedef struct ds_http ds_http;

/* endpoint: a socket's path with or without "unix:", or an http(s):// URL
 * (its path is kept, exactly one slash before what follows). DSTACK_ERR_ARG
 * with a message for anything else; DSTACK_ERR_NOMEM. */
int
ds_http_check_endpoint(const char *endpoint, dstack_error *err);
int
ds_http_new(const char *endpoint, uint32_t connect_ms, ds_http **ret,
    dstack_error *err);
/* DSTACK_OK or DSTACK_ERR_ARG */
int
ds_http_check_transport(const dstack_transport *transport);
int
ds_http_new_transport(
    const dstack_transport *transport, ds_http **ret, dstack_error *err);
/* When no call is under way. */
void
ds_http_free(ds_http *http);

/* Calls under way return DSTACK_ERR_CANCELLED within 100 ms, later ones at
 * once, until resumed. A call under way in a transport of the caller's is
 * that transport's to end. */
void
ds_http_cancel(ds_http *http);
void
ds_http_resume(ds_http *http);

enum {
    DS_HTTP_WANTED = 4 /* headers of one answer that can be asked for */
};

typedef struct {
    const char *path; /* "/GetQuote"; with a query if need be */
    ds_view body;     /* POST with this JSON text; secret or not, wiped nowhere:
                         the caller's */
    bool get;         /* GET instead, no body; not over a transport */
    bool once;        /* never sent a second time. Else: a reused connection
                         that dies before the first header of an answer is
                         tried once more on a fresh one, within the same
                         deadline */
    bool secret;      /* the answer is secret: its buffer is wiped */
    size_t max_body;  /* of a 2xx answer; other answers are cut at
                         DS_MAX_HTTP_ERROR */
    int64_t deadline_ms;              /* on ds_http_now_ms()'s clock */
    const char *want[DS_HTTP_WANTED]; /* headers to keep; NULL is none */
} ds_http_request;

typedef struct {
    uint32_t status;
    ds_buf body;
    ds_buf got[DS_HTTP_WANTED]; /* values of want[]; p is NULL where the
                                   answer has no such header */
} ds_http_reply;

/* Milliseconds of a clock that only goes forward. */
int64_t
ds_http_now_ms(void);

/* One exchange. DSTACK_OK with any status, also 4xx and 5xx; else
 * DSTACK_ERR_IO, _TIMEOUT, _CANCELLED, _PROTOCOL (no HTTP, body too large,
 * shorter than announced), _NOMEM, with origin DSTACK_ORIGIN_CURL or
 * DSTACK_ORIGIN_ERRNO and its code where there is one. The reply is
 * initialised here in every case; free it in every case. */
int
ds_http_call(ds_http *http, const ds_http_request *request,
    ds_http_reply *reply, dstack_error *err);
void
ds_http_reply_free(ds_http_reply *reply);

#endif
