/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/client.h"

#include <string.h>

#include "agent/endpoint.h"
#include "base/mem.h"

#define MAX_TIMEOUT_MS 86400000u

int
dstack_client_new(dstack_client **ret, dstack_error *err)
{
    dstack_client *client;

    ds_err_clear(err);
    if (!ret)
        return ds_fail(err, DSTACK_ERR_ARG, "dstack_client_new: NULL argument");
    *ret = NULL;
    client = ds_calloc(1, sizeof *client);
    if (!client)
        return ds_fail_nomem(err);
    client->state = ds_calloc(1, sizeof *client->state);
    if (!client->state ||
        pthread_mutex_init(&client->state->mutex, NULL) != 0) {
        ds_free(client->state);
        ds_free(client);
        return ds_fail_nomem(err);
    }
    client->connect_ms = 10000;
    client->call_ms = 60000;
    *ret = client;
    return DSTACK_OK;
}

void
dstack_client_free(dstack_client *client)
{
    if (!client)
        return;
    ds_http_free(client->state->http);
    ds_free(client->state->endpoint);
    pthread_mutex_destroy(&client->state->mutex);
    ds_free(client->state);
    ds_free(client->endpoint);
    ds_free(client);
}

/* ---- setting up --------------------------------------------------------- */

static bool
may_change(const dstack_client *client)
{
    bool started;

    if (!client)
        return false;
    pthread_mutex_lock(&client->state->mutex);
    started = client->state->started;
    pthread_mutex_unlock(&client->state->mutex);
    return !started;
}

int
dstack_client_set_endpoint(
    dstack_client *client, const char *endpoint, dstack_error *err)
{
    char *copy = NULL;
    int rc;

    ds_err_clear(err);
    if (!may_change(client))
        return ds_fail(err, DSTACK_ERR_ARG, "dstack_client_set_endpoint: %s",
            client ? "the client is in use; set it up before the first call"
                   : "NULL argument");
    if (endpoint) {
        rc = ds_http_check_endpoint(endpoint, err);
        if (rc != DSTACK_OK)
            return rc;
        copy = ds_memdup(endpoint, strlen(endpoint));
        if (!copy)
            return ds_fail_nomem(err);
    }
    ds_free(client->endpoint);
    client->endpoint = copy;
    return DSTACK_OK;
}

int
dstack_client_set_service(dstack_client *client, uint32_t service)
{
    if (!may_change(client) || service > DSTACK_SERVICE_WORKER)
        return DSTACK_ERR_ARG;
    client->service = service;
    return DSTACK_OK;
}

int
dstack_client_ignore_environment(dstack_client *client)
{
    if (!may_change(client))
        return DSTACK_ERR_ARG;
    client->ignore_environment = true;
    return DSTACK_OK;
}

int
dstack_client_set_timeouts(
    dstack_client *client, uint32_t connect_ms, uint32_t call_ms)
{
    if (!may_change(client) || connect_ms == 0 || connect_ms > MAX_TIMEOUT_MS ||
        call_ms == 0 || call_ms > MAX_TIMEOUT_MS)
        return DSTACK_ERR_ARG;
    client->connect_ms = connect_ms;
    client->call_ms = call_ms;
    return DSTACK_OK;
}

int
dstack_client_set_transport(
    dstack_client *client, const dstack_transport *transport)
{
    if (!may_change(client))
        return DSTACK_ERR_ARG;
    if (transport && ds_http_check_transport(transport) != DSTACK_OK)
        return DSTACK_ERR_ARG;
    client->has_transport = transport != NULL;
    if (transport)
        client->transport = *transport;
    return DSTACK_OK;
}

int
dstack_client_accept_other_report_data(dstack_client *client)
{
    if (!may_change(client))
        return DSTACK_ERR_ARG;
    client->accept_other_report_data = true;
    return DSTACK_OK;
}

/* ---- the first call ----------------------------------------------------- */

static int
open_endpoint(
    const dstack_client *client, ds_client_state *s, dstack_error *err)
{
    const char *asked = client->endpoint;
    int rc = DSTACK_OK;

    if (asked) {
        s->endpoint = ds_memdup(asked, strlen(asked));
        if (!s->endpoint)
            rc = ds_fail_nomem(err);
    } else {
        rc = ds_endpoint_default(
            client->service, client->ignore_environment, "", &s->endpoint, err);
    }
    if (rc == DSTACK_OK)
        rc = ds_http_new(s->endpoint, client->connect_ms, &s->http, err);
    return rc;
}

/* With the mutex held. What fails leaves the client as it was. */
static int
start(const dstack_client *client, ds_client_state *s, dstack_error *err)
{
    int rc;

    if (s->started)
        return DSTACK_OK;
    if (client->has_transport)
        rc = ds_http_new_transport(&client->transport, &s->http, err);
    else
        rc = open_endpoint(client, s, err);
    if (rc != DSTACK_OK) {
        ds_free(s->endpoint);
        s->endpoint = NULL;
        return rc;
    }
    if (s->cancelled)
        ds_http_cancel(s->http);
    s->started = true;
    return DSTACK_OK;
}

int
ds_call_begin(ds_call *c, const dstack_client *client, const char *name,
    bool args, dstack_error *err)
{
    int rc;

    memset(c, 0, sizeof *c);
    c->err = err ? err : &c->scratch;
    ds_err_clear(c->err);
    if (!client || !args)
        return ds_fail(c->err, DSTACK_ERR_ARG, "%s: NULL argument", name);
    c->client = client;
    c->deadline_ms = ds_http_now_ms() + client->call_ms;
    pthread_mutex_lock(&client->state->mutex);
    rc = start(client, client->state, c->err);
    c->http = client->state->http;
    pthread_mutex_unlock(&client->state->mutex);
    return rc;
}

const char *
dstack_client_endpoint(const dstack_client *client)
{
    const char *endpoint = NULL;

    if (!client)
        return "";
    pthread_mutex_lock(&client->state->mutex);
    if (start(client, client->state, NULL) == DSTACK_OK)
        endpoint = client->state->endpoint;
    pthread_mutex_unlock(&client->state->mutex);
    return endpoint ? endpoint : "";
}

/* ---- from other threads ------------------------------------------------- */

static void
set_cancelled(const dstack_client *client, bool cancelled)
{
    ds_client_state *s;

    if (!client)
        return;
    s = client->state;
    pthread_mutex_lock(&s->mutex);
    s->cancelled = cancelled;
    if (s->http && cancelled)
        ds_http_cancel(s->http);
    else if (s->http)
        ds_http_resume(s->http);
    pthread_mutex_unlock(&s->mutex);
}

void
dstack_client_cancel(const dstack_client *client)
{
    set_cancelled(client, true);
}

void
dstack_client_resume(const dstack_client *client)
{
    set_cancelled(client, false);
}
