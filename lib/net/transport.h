/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_NET_TRANSPORT_H
#define DS_NET_TRANSPORT_H

#include "net/http.h"

/* As ds_http_call(), over a transport of the caller's. */
int
ds_transport_exchange(const dstack_transport *transport,
    const ds_http_request *request, ds_http_reply *reply, dstack_error *err);

#endif
