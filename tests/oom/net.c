/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "dstack/error.h"
#include "dstack/transport.h"
#include "net/http.h"
#include "oom/oom.h"
#include "support/http_fault.h"

enum {
    BODY = 5000
};

static char endpoint[64];

static void
plan(http_fault_server *server)
{
    const http_fault fault = {
        .head = "HTTP/1.1 200 OK\r\nChain: abc\r\nContent-Length: 5000\r\n\r\n",
        .fill = BODY};

    http_fault_plan(server, &fault, 1);
}

/* In a process of its own, since every malloc of this one fails in turn. On a
 * unix socket: with TCP libcurl tells some of it as a failure to connect. */
static void
start_server(void)
{
    if (!endpoint[0] && http_fault_fork(NULL, plan, endpoint) < 0)
        abort();
}

static int
call(ds_http *http, bool secret)
{
    ds_http_request request = {
        .path = "/x", .max_body = BODY, .secret = secret, .want = {"Chain"}};
    ds_http_reply reply;
    int code;

    request.body = ds_view_str("{}");
    request.deadline_ms = ds_http_now_ms() + 10000;
    code = ds_http_call(http, &request, &reply, NULL);
    if (code == DSTACK_OK &&
        (reply.status != 200 || reply.body.n != BODY || !reply.got[0].p ||
            strcmp((char *)reply.got[0].p, "abc") != 0))
        code = OOM_WRONG;
    ds_http_reply_free(&reply);
    return code;
}

/* A new connection, and the same once more. */
static int
http_run(void)
{
    ds_http *http;
    int code = ds_http_new(endpoint, 5000, &http, NULL);

    if (code == DSTACK_OK)
        code = call(http, false);
    if (code == DSTACK_OK)
        code = call(http, true);
    ds_http_free(http);
    return code;
}

static int
answer(void *user, const char *path, const uint8_t *body, size_t body_len,
    uint32_t timeout_ms, dstack_transport_reply *reply, dstack_error *err)
{
    static const uint8_t text[BODY];
    int code = dstack_transport_reply_set_status(reply, 200);

    (void)user;
    (void)path;
    (void)body;
    (void)body_len;
    (void)timeout_ms;
    (void)err;
    for (size_t i = 0; code == DSTACK_OK && i < BODY; i += 100)
        code = dstack_transport_reply_add(reply, text + i, 100);
    return code;
}

static int
transport_run(void)
{
    const dstack_transport transport = {sizeof transport, 0, NULL, answer};
    ds_http_request request = {.path = "/x", .max_body = BODY};
    ds_http_reply reply;
    ds_http *http;
    int code = ds_http_new_transport(&transport, &http, NULL);

    if (code != DSTACK_OK)
        return code;
    request.deadline_ms = ds_http_now_ms() + 10000;
    code = ds_http_call(http, &request, &reply, NULL);
    if (code == DSTACK_OK && reply.body.n != BODY)
        code = OOM_WRONG;
    ds_http_reply_free(&reply);
    ds_http_free(http);
    return code;
}

const oom_scenario oom_net[] = {
    {"net.http", http_run, start_server},
    {"net.transport", transport_run, NULL},
    {NULL, NULL, NULL},
};
