/* SPDX-License-Identifier: Apache-2.0 */
/* The external listener (guest API, section 2.3). */
#include "agent/calls.h"
#include "agent/health.h"
#include "agent/probe.h"
#include "agent/quote_reply.h"

int
dstack_client_worker_app_key_quote(const dstack_client *client,
    uint32_t algorithm, dstack_quote_reply **ret, dstack_error *err)
{
    dstack_quote_reply *reply = NULL;
    ds_request request;
    ds_answer a;
    ds_call c;
    int rc;

    if (ret)
        *ret = NULL;
    rc = ds_call_begin(
        &c, client, "dstack_client_worker_app_key_quote", ret != NULL, err);
    if (rc == DSTACK_OK)
        rc = ds_service_need(
            &c, DSTACK_SERVICE_WORKER, ds_methods[DS_WORKER_APP_KEY].name);
    if (rc == DSTACK_OK && algorithm != DSTACK_KEY_SECP256K1 &&
        algorithm != DSTACK_KEY_ED25519)
        rc = ds_fail(c.err, DSTACK_ERR_ARG,
            "dstack_client_worker_app_key_quote: expected DSTACK_KEY_SECP256K1 "
            "or _ED25519, found %u",
            (unsigned)algorithm);
    if (rc != DSTACK_OK)
        return rc;
    ds_request_begin(&request);
    ds_request_text(&request, "algorithm",
        ds_view_str(dstack_key_algorithm_name(algorithm)));
    rc = ds_rpc(&c, DS_WORKER_APP_KEY, &request, &a);
    ds_request_free(&request);
    if (rc == DSTACK_OK)
        rc = ds_quote_read(&a, NULL, true, &reply, c.err);
    else
        ds_answer_free(&a);
    if (rc == DSTACK_OK)
        rc = ds_quote_read_app_key(
            reply, algorithm, client->accept_other_report_data, c.err);
    if (rc == DSTACK_OK && ret)
        *ret = reply;
    else
        dstack_quote_reply_free(reply);
    return rc;
}

int
dstack_client_worker_health(
    const dstack_client *client, dstack_health **ret, dstack_error *err)
{
    ds_answer a;
    ds_call c;
    int rc;

    if (ret)
        *ret = NULL;
    rc = ds_call_begin(
        &c, client, "dstack_client_worker_health", ret != NULL, err);
    if (rc == DSTACK_OK)
        rc = ds_service_need(
            &c, DSTACK_SERVICE_WORKER, ds_methods[DS_WORKER_V1_HEALTH].name);
    if (rc != DSTACK_OK)
        return rc;
    rc = ds_rpc(&c, DS_WORKER_V1_HEALTH, NULL, &a);
    if (rc == DSTACK_OK)
        rc = ds_health_read(&a, ret, c.err);
    ds_answer_free(&a);
    return rc;
}
