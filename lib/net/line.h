/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_NET_LINE_H
#define DS_NET_LINE_H

#include <stdatomic.h>

#include <curl/curl.h>

#include "net/endpoint.h"
#include "net/http.h"

enum {
    DS_LINE_SOCKETS = 8 /* libcurl tries two addresses at a time */
};

/* Why the callbacks ended a transfer, or none did. */
typedef enum {
    DS_STOP_NONE,
    DS_STOP_CUT, /* enough was read: not a failure */
    DS_STOP_NOMEM,
    DS_STOP_BODY,   /* too large */
    DS_STOP_HEAD,   /* too large */
    DS_STOP_HEADER, /* one that was asked for came twice */
    DS_STOP_LATE,
    DS_STOP_CANCELLED
} ds_stop;

/* One handle of libcurl's with its connection: what a call needs for itself
 * while it lasts. */
typedef struct ds_line {
    struct ds_line *next;  /* in a list of the pool's */
    struct ds_line **back; /* what points here */
    const ds_endpoint *at;
    uint32_t connect_ms;
    CURLM *multi;
    CURL *easy;
    struct curl_slist *post_headers;
    struct curl_slist *get_headers;
    char *url;                    /* with room for a path */
    char *path;                   /* where it goes */
    int sockets[DS_LINE_SOCKETS]; /* -1 where unused */
    atomic_bool cancelled;
    /* the call under way */
    const ds_http_request *request;
    ds_http_reply *reply;
    size_t head_bytes;
    bool head_done;
    unsigned opened;  /* connections tried */
    int socket_errno; /* when no socket could be had */
    ds_stop stop;
    char text[CURL_ERROR_SIZE];
} ds_line;

/* DSTACK_OK, _ERR_NOMEM, or _ERR_UNSUPPORTED: this libcurl lacks something. */
int
ds_line_new(const ds_endpoint *at, uint32_t connect_ms, ds_line **ret,
    dstack_error *err);
void
ds_line_free(ds_line *line);
/* The same in a child after a fork: what the parent still speaks on is left
 * alone. */
void
ds_line_abandon(ds_line *line);
/* From another thread, while the line lives: end what it does. */
void
ds_line_cancel(ds_line *line);
/* As ds_http_call(). After anything but DSTACK_OK the line is spent. */
int
ds_line_exchange(ds_line *line, const ds_http_request *request,
    ds_http_reply *reply, dstack_error *err);

#endif
