/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_NET_ENDPOINT_H
#define DS_NET_ENDPOINT_H

#include <stdbool.h>

#include "base/error.h"

/* Where requests go, taken apart. */
typedef struct {
    char *socket; /* a unix socket's path; NULL for TCP */
    char *base;   /* the URL that a request's path is appended to */
    bool tls;
    char name[40]; /* as given, cut and printable: for messages */
} ds_endpoint;

/* DSTACK_OK, _ERR_ARG or _ERR_NOMEM; free *ret in every case. */
int
ds_endpoint_parse(const char *text, ds_endpoint *ret, dstack_error *err);
void
ds_endpoint_free(ds_endpoint *endpoint);
/* Printable ASCII that needs no escaping, and no fragment. */
bool
ds_url_is_plain(const char *text);

#endif
