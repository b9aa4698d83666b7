/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that choose a surface by what the agent has. */
#include "agent/calls.h"

#include <string.h>

#include "agent/info.h"
#include "agent/probe.h"
#include "agent/report_data.h"
#include "base/limits.h"
#include "base/text.h"

int
ds_check_text(
    ds_call *c, const char *name, const char *text, size_t max, ds_view *ret)
{
    size_t n = strnlen(text, max + 1);

    *ret = ds_view_of(text, n);
    if (n > max)
        return ds_fail(c->err, DSTACK_ERR_ARG,
            "%s: expected at most %zu bytes, found more", name, max);
    if (!ds_utf8_is(*ret))
        return ds_fail(c->err, DSTACK_ERR_ARG, "%s: expected UTF-8", name);
    return DSTACK_OK;
}

const uint8_t *
ds_wanted(const ds_call *c, const uint8_t *report_data)
{
    return c->client->accept_other_report_data ? NULL : report_data;
}

int
dstack_client_get_quote(const dstack_client *client, const uint8_t *report_data,
    size_t report_data_len, dstack_quote_reply **ret, dstack_error *err)
{
    uint8_t padded[DS_REPORT_DATA];
    ds_call c;
    int rc;

    if (ret)
        *ret = NULL;
    rc = ds_call_begin(
        &c, client, "dstack_client_get_quote", ret && report_data, err);
    if (rc == DSTACK_OK)
        rc = ds_report_data_pad("dstack_client_get_quote",
            ds_view_of(report_data, report_data_len), padded, c.err);
    if (rc != DSTACK_OK)
        return rc;
    if (client->service == DSTACK_SERVICE_TAPPD)
        return ds_tappd_raw_quote(&c, padded, ret);
    rc = ds_service_need(&c, DSTACK_SERVICE_AGENT, "GetQuote");
    return rc == DSTACK_OK ? ds_v0_get_quote(&c, padded, ret) : rc;
}

/* ---- keys --------------------------------------------------------------- */

static int
derive_from_agent(ds_call *c, ds_view path, ds_view purpose, uint32_t algorithm,
    dstack_key **ret)
{
    dstack_agent agent;
    int rc = ds_probe(c, &agent);

    if (algorithm == DSTACK_KEY_ANY)
        algorithm = DSTACK_KEY_SECP256K1;
    if (rc != DSTACK_OK)
        return rc;
    if (dstack_agent_can(&agent, DSTACK_CAN_V0))
        return ds_v0_get_key(c, path, purpose, algorithm, ret);
    return ds_v1_get_key(c, path, algorithm, ret);
}

static int
derive_from_tappd(ds_call *c, ds_view path, ds_view purpose, uint32_t algorithm,
    dstack_key **ret)
{
    dstack_agent agent;
    bool k256;
    int rc = ds_probe(c, &agent);

    if (rc != DSTACK_OK)
        return rc;
    k256 = dstack_agent_can(&agent, DSTACK_CAN_K256) != 0;
    if (algorithm != DSTACK_KEY_ANY &&
        (!k256 || algorithm != DSTACK_KEY_SECP256K1))
        return ds_fail(c->err, DSTACK_ERR_UNSUPPORTED,
            "dstack_client_derive_key: expected %s, a tappd of version %s has "
            "%s alone",
            dstack_key_algorithm_name(algorithm), agent.version,
            k256 ? "secp256k1" : "p256");
    if (k256)
        return ds_tappd_derive_k256_key(c, path, purpose, ret);
    return ds_tappd_derive_p256_key(c, path, ret);
}

int
dstack_client_derive_key(const dstack_client *client, const char *path,
    const char *purpose, uint32_t algorithm, dstack_key **ret,
    dstack_error *err)
{
    static const char name[] = "dstack_client_derive_key";
    ds_view where, why;
    ds_call c;
    int rc;

    if (ret)
        *ret = NULL;
    rc = ds_call_begin(&c, client, name, ret && path, err);
    if (rc == DSTACK_OK)
        rc = ds_check_text(&c, "path", path, DS_MAX_AGENT_PATH, &where);
    if (rc == DSTACK_OK)
        rc = ds_check_text(
            &c, "purpose", purpose ? purpose : "", DS_MAX_AGENT_PATH, &why);
    if (rc != DSTACK_OK)
        return rc;
    if (algorithm != DSTACK_KEY_ANY && algorithm != DSTACK_KEY_SECP256K1 &&
        algorithm != DSTACK_KEY_ED25519)
        return ds_fail(c.err, DSTACK_ERR_ARG,
            "%s: expected DSTACK_KEY_ANY, _SECP256K1 or _ED25519, found %u",
            name, (unsigned)algorithm);
    if (client->service == DSTACK_SERVICE_TAPPD)
        return derive_from_tappd(&c, where, why, algorithm, ret);
    rc = ds_service_need(&c, DSTACK_SERVICE_AGENT, name);
    if (rc != DSTACK_OK)
        return rc;
    return derive_from_agent(&c, where, why, algorithm, ret);
}

int
dstack_client_get_tls_key(const dstack_client *client,
    const dstack_cert_request *request, dstack_tls_key **ret, dstack_error *err)
{
    dstack_agent agent;
    ds_call c;
    int rc;

    if (ret)
        *ret = NULL;
    rc = ds_call_begin(
        &c, client, "dstack_client_get_tls_key", ret != NULL, err);
    if (rc != DSTACK_OK)
        return rc;
    if (client->service == DSTACK_SERVICE_TAPPD)
        return ds_fail(c.err, DSTACK_ERR_UNSUPPORTED,
            "dstack_client_get_tls_key: a tappd's key depends on a path: "
            "dstack_client_tappd_derive_key()");
    rc = ds_service_need(&c, DSTACK_SERVICE_AGENT, "dstack_client_get_tls_key");
    if (rc == DSTACK_OK)
        rc = ds_probe(&c, &agent);
    if (rc != DSTACK_OK)
        return rc;
    return ds_issue_cert(&c,
        dstack_agent_can(&agent, DSTACK_CAN_V0) ? DS_V0_GET_TLS_KEY
                                                : DS_V1_ISSUE_CERT,
        request, ret);
}

/* ---- on every service --------------------------------------------------- */

int
ds_get_info(ds_call *c, int method, dstack_info **ret)
{
    ds_answer a;
    int rc = ds_rpc(c, method, NULL, &a);

    if (rc == DSTACK_OK)
        return ds_info_read(&a, ret, c->err);
    ds_answer_free(&a);
    return rc;
}

static int
give(ds_call *c, ds_buf *text, char **ret)
{
    size_t n;

    if (!ret)
        return DSTACK_OK;
    *ret = (char *)ds_buf_take(text, &n);
    return *ret ? DSTACK_OK : ds_fail_nomem(c->err);
}

int
ds_get_version(ds_call *c, int method, char **ret_version, char **ret_revision)
{
    ds_answer a;
    ds_buf version, revision;
    int rc = ds_rpc(c, method, NULL, &a);

    ds_buf_init(&version, sizeof c->client->state->agent.version - 1);
    ds_buf_init(&revision, sizeof c->client->state->agent.revision - 1);
    if (rc == DSTACK_OK)
        rc = ds_answer_end(
            &a, ds_version_read(&a, &version, &revision, c->err), c->err);
    if (rc == DSTACK_OK)
        rc = give(c, &version, ret_version);
    if (rc == DSTACK_OK) {
        rc = give(c, &revision, ret_revision);
        if (rc != DSTACK_OK && ret_version) {
            ds_free(*ret_version);
            *ret_version = NULL;
        }
    }
    ds_buf_free(&version);
    ds_buf_free(&revision);
    ds_answer_free(&a);
    return rc;
}

int
dstack_client_info(
    const dstack_client *client, dstack_info **ret, dstack_error *err)
{
    static const int methods[] = {DS_V0_INFO, DS_TAPPD_INFO, DS_WORKER_INFO};
    ds_call c;
    int rc;

    if (ret)
        *ret = NULL;
    rc = ds_call_begin(&c, client, "dstack_client_info", ret != NULL, err);
    if (rc != DSTACK_OK)
        return rc;
    return ds_get_info(&c, methods[client->service], ret);
}

int
dstack_client_version(const dstack_client *client, char **ret_version,
    char **ret_revision, dstack_error *err)
{
    static const int methods[] = {
        DS_V0_VERSION, DS_TAPPD_VERSION, DS_WORKER_VERSION};
    ds_call c;
    int rc;

    if (ret_version)
        *ret_version = NULL;
    if (ret_revision)
        *ret_revision = NULL;
    rc = ds_call_begin(&c, client, "dstack_client_version", true, err);
    if (rc != DSTACK_OK)
        return rc;
    return ds_get_version(
        &c, methods[client->service], ret_version, ret_revision);
}
