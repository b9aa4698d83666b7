/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_TRANSPORT_H
#define DSTACK_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The answer that a transport fills, one call's; valid until the transport's
 * call function returns. */
typedef struct dstack_transport_reply dstack_transport_reply;

/* How a client exchanges one request for one answer, for a program that does
 * not want libcurl to do it. Set abi_size to sizeof(dstack_transport). `call`
 * is given `user` first and must be thread-safe if the client is shared. It
 * sends `POST path` with the JSON in body (Content-Type: application/json) to
 * the guest agent, once, tells the answer with the two functions below, and
 * returns DSTACK_OK whatever the HTTP status is; or DSTACK_ERR_IO, _TIMEOUT,
 * _CANCELLED, _NOMEM, with a message in err if it likes (err is never NULL),
 * or what a function below returned. timeout_ms is what is left of the call's
 * deadline; it is call's to keep, and a cancellation call's to notice:
 * dstack_client_cancel() ends no call in a transport. The body may hold a
 * secret: it is wiped after the call, copies are the transport's to wipe. */
typedef struct dstack_transport {
    uint32_t abi_size;
    uint32_t reserved; /* 0 */
    void *user;
    int (*call)(void *user, const char *path, const uint8_t *body,
        size_t body_len, uint32_t timeout_ms, dstack_transport_reply *reply,
        dstack_error *err);
} dstack_transport;

/* The HTTP status, 100 to 599; without it the answer counts as 200.
 * Returns DSTACK_OK or DSTACK_ERR_ARG. */
DSTACK_MUST int
dstack_transport_reply_set_status(
    dstack_transport_reply *reply, uint32_t status);
/* Append to the answer's body. Returns DSTACK_OK; DSTACK_ERR_ARG;
 * DSTACK_ERR_NOMEM; DSTACK_ERR_PROTOCOL when it grew too large: stop then. */
DSTACK_MUST int
dstack_transport_reply_add(
    dstack_transport_reply *reply, const uint8_t *data, size_t data_len);

#ifdef __cplusplus
}
#endif
#endif
