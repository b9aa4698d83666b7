/* SPDX-License-Identifier: Apache-2.0 */
/* The surface under /v1 (guest API, section 2.2). */
#include "agent/attest_reply.h"
#include "agent/calls.h"
#include "agent/gpu_reply.h"
#include "agent/key.h"
#include "agent/probe.h"
#include "agent/report_data.h"
#include "base/limits.h"

int
ds_v1_get_key(ds_call *c, ds_view domain, uint32_t algorithm, dstack_key **ret)
{
    static const ds_key_members members = {
        "key", "public_key", "signature_chain", DSTACK_SCHEME_V1};
    ds_request request;
    ds_answer a;
    int rc;

    ds_request_begin(&request);
    ds_request_text(&request, "domain", domain);
    ds_request_text(&request, "algorithm",
        ds_view_str(dstack_key_algorithm_name(algorithm)));
    rc = ds_rpc(c, DS_V1_GET_KEY, &request, &a);
    ds_request_free(&request);
    if (rc == DSTACK_OK)
        rc = ds_answer_end(
            &a, ds_key_read(&a, &members, algorithm, ret, c->err), c->err);
    ds_answer_free(&a);
    return rc;
}

int
dstack_client_v1_get_key(const dstack_client *client, const char *domain,
    size_t domain_len, uint32_t algorithm, dstack_key **ret, dstack_error *err)
{
    ds_view text = ds_view_of(domain, domain_len);
    ds_call c;
    int rc;

    if (ret)
        *ret = NULL;
    rc = ds_call_begin(&c, client, "dstack_client_v1_get_key",
        ret && (domain || domain_len == 0), err);
    if (rc == DSTACK_OK)
        rc = ds_service_need(&c, DSTACK_SERVICE_AGENT, "v1.GetKey");
    if (rc != DSTACK_OK)
        return rc;
    if (domain_len > DS_MAX_AGENT_PATH || !ds_request_is_text(text))
        return ds_fail(c.err, DSTACK_ERR_ARG,
            "domain: expected at most %u bytes of UTF-8, found %zu%s",
            DS_MAX_AGENT_PATH, domain_len,
            domain_len > DS_MAX_AGENT_PATH ? "" : " bytes that are not UTF-8");
    if (algorithm != DSTACK_KEY_SECP256K1 && algorithm != DSTACK_KEY_ED25519)
        return ds_fail(c.err, DSTACK_ERR_ARG,
            "dstack_client_v1_get_key: expected DSTACK_KEY_SECP256K1 or "
            "_ED25519, found %u",
            (unsigned)algorithm);
    return ds_v1_get_key(&c, text, algorithm, ret);
}

int
dstack_client_v1_issue_cert(const dstack_client *client,
    const dstack_cert_request *request, dstack_tls_key **ret, dstack_error *err)
{
    ds_call c;
    int rc;

    if (ret)
        *ret = NULL;
    rc = ds_call_begin(
        &c, client, "dstack_client_v1_issue_cert", ret != NULL, err);
    if (rc == DSTACK_OK)
        rc = ds_service_need(&c, DSTACK_SERVICE_AGENT, "v1.IssueCert");
    if (rc != DSTACK_OK)
        return rc;
    return ds_issue_cert(&c, DS_V1_ISSUE_CERT, request, ret);
}

int
dstack_client_v1_attest(const dstack_client *client, const uint8_t *report_data,
    size_t report_data_len, int with_gpu, dstack_attest_reply **ret,
    dstack_error *err)
{
    static const char name[] = "dstack_client_v1_attest";
    uint8_t padded[DS_REPORT_DATA];
    ds_request request;
    ds_answer a;
    ds_call c;
    int rc;

    if (ret)
        *ret = NULL;
    rc = ds_call_begin(&c, client, name, ret && report_data, err);
    if (rc == DSTACK_OK)
        rc = ds_service_need(&c, DSTACK_SERVICE_AGENT, "v1.Attest");
    if (rc == DSTACK_OK && with_gpu != 0 && with_gpu != 1)
        rc = ds_fail(c.err, DSTACK_ERR_ARG, "%s: with_gpu is 0 or 1, found %d",
            name, with_gpu);
    if (rc == DSTACK_OK)
        rc = ds_report_data_pad(
            name, ds_view_of(report_data, report_data_len), padded, c.err);
    if (rc != DSTACK_OK)
        return rc;
    ds_request_begin(&request);
    ds_request_hex(&request, "report_data", ds_view_of(padded, sizeof padded));
    if (with_gpu)
        ds_request_bool(&request, "include_boottime_gpu_evidence", true);
    rc = ds_rpc(&c, DS_V1_ATTEST, &request, &a);
    ds_request_free(&request);
    if (rc == DSTACK_OK)
        return ds_attest_read(
            &a, ds_wanted(&c, padded), with_gpu == 1, ret, c.err);
    ds_answer_free(&a);
    return rc;
}

int
dstack_client_v1_attest_gpu(const dstack_client *client, const uint8_t *nonce,
    size_t nonce_len, dstack_gpu_reply **ret, dstack_error *err)
{
    static const char name[] = "dstack_client_v1_attest_gpu";
    ds_request request;
    ds_answer a;
    ds_call c;
    int rc;

    if (ret)
        *ret = NULL;
    rc = ds_call_begin(&c, client, name, ret && nonce, err);
    if (rc == DSTACK_OK)
        rc = ds_service_need(&c, DSTACK_SERVICE_AGENT, "v1.AttestGpu");
    if (rc == DSTACK_OK && nonce_len != 32)
        rc = ds_fail(c.err, DSTACK_ERR_ARG,
            "%s: expected a nonce of 32 bytes, found %zu", name, nonce_len);
    if (rc != DSTACK_OK)
        return rc;
    ds_request_begin(&request);
    ds_request_hex(&request, "nonce", ds_view_of(nonce, nonce_len));
    rc = ds_rpc(&c, DS_V1_ATTEST_GPU, &request, &a);
    ds_request_free(&request);
    if (rc == DSTACK_OK)
        return ds_gpu_reply_read(&a, ret, c.err);
    ds_answer_free(&a);
    return rc;
}

/* An agent and a worker have it; a tappd has no v1. */
static int
pick(ds_call *c, int agent, int worker, const char *what, int *ret)
{
    *ret = c->client->service == DSTACK_SERVICE_WORKER ? worker : agent;
    if (c->client->service == DSTACK_SERVICE_TAPPD)
        return ds_service_need(c, DSTACK_SERVICE_AGENT, what);
    return DSTACK_OK;
}

int
dstack_client_v1_info(
    const dstack_client *client, dstack_info **ret, dstack_error *err)
{
    int method;
    ds_call c;
    int rc;

    if (ret)
        *ret = NULL;
    rc = ds_call_begin(&c, client, "dstack_client_v1_info", ret != NULL, err);
    if (rc == DSTACK_OK)
        rc = pick(&c, DS_V1_INFO, DS_WORKER_V1_INFO, "v1.Info", &method);
    return rc == DSTACK_OK ? ds_get_info(&c, method, ret) : rc;
}

int
dstack_client_v1_version(const dstack_client *client, char **ret_version,
    char **ret_revision, dstack_error *err)
{
    int method;
    ds_call c;
    int rc;

    if (ret_version)
        *ret_version = NULL;
    if (ret_revision)
        *ret_revision = NULL;
    rc = ds_call_begin(&c, client, "dstack_client_v1_version", true, err);
    if (rc == DSTACK_OK)
        rc = pick(
            &c, DS_V1_VERSION, DS_WORKER_V1_VERSION, "v1.Version", &method);
    if (rc != DSTACK_OK)
        return rc;
    return ds_get_version(&c, method, ret_version, ret_revision);
}
