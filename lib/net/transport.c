/* SPDX-License-Identifier: Apache-2.0 */
#include "net/transport.h"

#include <string.h>

#include "base/limits.h"

struct dstack_transport_reply {
    ds_http_reply *reply;
    size_t max; /* of a body whose status is not known yet */
    bool too_large;
};

int
ds_http_check_transport(const dstack_transport *transport)
{
    return transport && transport->abi_size == sizeof *transport &&
                   transport->reserved == 0 && transport->call
               ? DSTACK_OK
               : DSTACK_ERR_ARG;
}

int
dstack_transport_reply_set_status(
    dstack_transport_reply *reply, uint32_t status)
{
    if (!reply || status < 100 || status > 599)
        return DSTACK_ERR_ARG;
    reply->reply->status = status;
    return DSTACK_OK;
}

int
dstack_transport_reply_add(
    dstack_transport_reply *reply, const uint8_t *data, size_t data_len)
{
    ds_buf *body;

    if (!reply || (!data && data_len > 0))
        return DSTACK_ERR_ARG;
    body = &reply->reply->body;
    if (data_len > reply->max - body->n) {
        reply->too_large = true;
        data_len = reply->max - body->n;
    }
    ds_buf_add(body, data, data_len);
    if (body->nomem)
        return DSTACK_ERR_NOMEM;
    return reply->too_large ? DSTACK_ERR_PROTOCOL : DSTACK_OK;
}

/* The body of what the transport says went well, or stopped as it was told. */
static int
judge_body(const dstack_transport_reply *answer, const ds_http_request *request,
    dstack_error *err)
{
    ds_http_reply *reply = answer->reply;

    if (reply->status < 200)
        return ds_fail(err, DSTACK_ERR_PROTOCOL,
            "transport: status %u is not that of a whole answer",
            reply->status);
    if (reply->status / 100 != 2) {
        ds_buf_cut(&reply->body, DS_MAX_HTTP_ERROR);
        return DSTACK_OK;
    }
    if (answer->too_large || reply->body.n > request->max_body)
        return ds_fail(err, DSTACK_ERR_PROTOCOL,
            "transport: the answer's body has more than %zu bytes",
            request->max_body);
    return DSTACK_OK;
}

/* What the transport says went wrong, in its own words if it has any. */
static int
judge_failure(int code, const dstack_error *said, dstack_error *err)
{
    const char *text = said->message[0] ? said->message : "it gave no reason";

    switch (code) {
    case DSTACK_ERR_NOMEM:
    case DSTACK_ERR_IO:
    case DSTACK_ERR_TIMEOUT:
    case DSTACK_ERR_CANCELLED:
    case DSTACK_ERR_PROTOCOL:
        ds_fail(err, code, "transport: %s", text);
        if (err) {
            err->origin = said->origin;
            err->detail = said->detail;
        }
        return code;
    default:
        return ds_fail(err, DSTACK_ERR_IO,
            "transport: its call returned %d, which it may not", code);
    }
}

int
ds_transport_exchange(const dstack_transport *transport,
    const ds_http_request *request, ds_http_reply *reply, dstack_error *err)
{
    dstack_transport_reply answer = {reply, reply->body.max, false};
    int64_t left = request->deadline_ms - ds_http_now_ms();
    dstack_error said;
    int code;

    if (request->get)
        return ds_fail(err, DSTACK_ERR_UNSUPPORTED,
            "transport: a transport of the caller's only sends POST");
    if (left <= 0)
        return ds_fail(err, DSTACK_ERR_TIMEOUT,
            "transport: the deadline passed before the request was sent");
    memset(&said, 0, sizeof said);
    reply->status = 200;
    code = transport->call(transport->user, request->path, request->body.p,
        request->body.n, left < UINT32_MAX ? (uint32_t)left : UINT32_MAX,
        &answer, &said);
    said.message[sizeof said.message - 1] = 0;
    if (reply->body.nomem)
        return ds_fail_nomem(err);
    if (code == DSTACK_OK || answer.too_large)
        return judge_body(&answer, request, err);
    return judge_failure(code, &said, err);
}
