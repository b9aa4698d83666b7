/* SPDX-License-Identifier: Apache-2.0 */
/* The unversioned surface of dstack.sock (guest API, section 2.1). */
#include <string.h>

#include "agent/attest_reply.h"
#include "agent/calls.h"
#include "agent/cert_request.h"
#include "agent/key.h"
#include "agent/probe.h"
#include "agent/quote_reply.h"
#include "agent/report_data.h"
#include "agent/sign_reply.h"
#include "agent/tls_key.h"
#include "base/limits.h"

/* ---- quotes ------------------------------------------------------------- */

int
ds_v0_get_quote(
    ds_call *c, const uint8_t *report_data, dstack_quote_reply **ret)
{
    ds_request request;
    ds_answer a;
    int rc;

    ds_request_begin(&request);
    ds_request_hex(
        &request, "report_data", ds_view_of(report_data, DS_REPORT_DATA));
    rc = ds_rpc(c, DS_V0_GET_QUOTE, &request, &a);
    ds_request_free(&request);
    if (rc == DSTACK_OK)
        return ds_quote_read(&a, ds_wanted(c, report_data), true, ret, c->err);
    ds_answer_free(&a);
    return rc;
}

int
dstack_client_attest(const dstack_client *client, const uint8_t *report_data,
    size_t report_data_len, dstack_attest_reply **ret, dstack_error *err)
{
    uint8_t padded[DS_REPORT_DATA];
    ds_request request;
    ds_answer a;
    ds_call c;
    int rc;

    if (ret)
        *ret = NULL;
    rc = ds_call_begin(
        &c, client, "dstack_client_attest", ret && report_data, err);
    if (rc == DSTACK_OK)
        rc = ds_service_need(&c, DSTACK_SERVICE_AGENT, "Attest");
    if (rc == DSTACK_OK)
        rc = ds_report_data_pad("dstack_client_attest",
            ds_view_of(report_data, report_data_len), padded, c.err);
    if (rc != DSTACK_OK)
        return rc;
    ds_request_begin(&request);
    ds_request_hex(&request, "report_data", ds_view_of(padded, sizeof padded));
    rc = ds_rpc(&c, DS_V0_ATTEST, &request, &a);
    ds_request_free(&request);
    if (rc == DSTACK_OK)
        return ds_attest_read(&a, ds_wanted(&c, padded), false, ret, c.err);
    ds_answer_free(&a);
    return rc;
}

/* ---- events ------------------------------------------------------------- */

/* From 0.5.6 on the agent logs the event and reports success also where there
 * is no RTMR3 to extend. Whether there is one, a quote tells: these versions
 * answer an empty one off TDX. Asked once. */
static int
need_rtmr(ds_call *c)
{
    static const uint8_t zeros[DS_REPORT_DATA];
    ds_client_state *s = c->client->state;
    dstack_quote_reply *quote = NULL;
    bool known;
    int rc;

    pthread_mutex_lock(&s->mutex);
    known = s->measures;
    pthread_mutex_unlock(&s->mutex);
    if (known)
        return DSTACK_OK;
    rc = ds_v0_get_quote(c, zeros, &quote);
    dstack_quote_reply_free(quote);
    if (rc == DSTACK_ERR_UNSUPPORTED && c->err->origin != DSTACK_ORIGIN_HTTP)
        return ds_fail(c->err, rc,
            "EmitEvent: the platform is not TDX: the agent would log the event "
            "and measure it nowhere");
    if (rc != DSTACK_OK) {
        ds_err_prefix(c->err, "EmitEvent: whether the platform is TDX");
        return rc;
    }
    pthread_mutex_lock(&s->mutex);
    s->measures = true;
    pthread_mutex_unlock(&s->mutex);
    return DSTACK_OK;
}

static int
send_event(ds_call *c, ds_view name, ds_view payload)
{
    ds_request request;
    ds_answer a;
    int rc;

    ds_request_begin(&request);
    ds_request_text(&request, "event", name);
    ds_request_hex(&request, "payload", payload);
    rc = ds_rpc_once(c, DS_V0_EMIT_EVENT, &request, &a);
    ds_request_free(&request);
    ds_answer_free(&a);
    return rc;
}

int
dstack_client_emit_event(const dstack_client *client, const char *name,
    const uint8_t *payload, size_t payload_len, dstack_error *err)
{
    dstack_agent agent;
    ds_view event;
    ds_call c;
    int rc = ds_call_begin(&c, client, "dstack_client_emit_event",
        name && (payload || payload_len == 0), err);

    if (rc == DSTACK_OK)
        rc = ds_service_need(&c, DSTACK_SERVICE_AGENT, "EmitEvent");
    if (rc == DSTACK_OK)
        rc = ds_check_text(&c, "name", name, 255, &event);
    if (rc != DSTACK_OK)
        return rc;
    if (event.n == 0 || payload_len > DS_MAX_EVENT_PAYLOAD)
        return ds_fail(c.err, DSTACK_ERR_ARG,
            "dstack_client_emit_event: expected a name, found one of %zu "
            "bytes, and a payload of at most %u, found %zu",
            event.n, DS_MAX_EVENT_PAYLOAD, payload_len);
    rc = ds_probe_need(&c, DSTACK_CAN_EMIT_EVENT, "EmitEvent",
        "0.5.0 to 0.5.11; elsewhere hash what is to be bound into the report "
        "data of a quote");
    if (rc == DSTACK_OK)
        rc = ds_probe(&c, &agent);
    if (rc == DSTACK_OK && agent.number >= DS_VERSION(0, 5, 6))
        rc = need_rtmr(&c);
    if (rc != DSTACK_OK)
        return rc;
    return send_event(&c, event, ds_view_of(payload, payload_len));
}

/* ---- keys --------------------------------------------------------------- */

int
ds_v0_get_key(ds_call *c, ds_view path, ds_view purpose, uint32_t algorithm,
    dstack_key **ret)
{
    static const ds_key_members members = {
        "key", NULL, "signature_chain", DSTACK_SCHEME_V0};
    ds_request request;
    ds_answer a;
    int rc = DSTACK_OK;

    /* An older agent does not look at the algorithm, and answers with a chain
     * for secp256k1. */
    if (algorithm == DSTACK_KEY_ED25519)
        rc = ds_probe_need(
            c, DSTACK_CAN_ED25519, "GetKey: ed25519", "0.5.6 or later");
    if (rc != DSTACK_OK)
        return rc;
    ds_request_begin(&request);
    ds_request_text(&request, "path", path);
    ds_request_text(&request, "purpose", purpose);
    ds_request_text(&request, "algorithm",
        ds_view_str(dstack_key_algorithm_name(algorithm)));
    rc = ds_rpc(c, DS_V0_GET_KEY, &request, &a);
    ds_request_free(&request);
    if (rc == DSTACK_OK)
        rc = ds_answer_end(
            &a, ds_key_read(&a, &members, algorithm, ret, c->err), c->err);
    ds_answer_free(&a);
    return rc;
}

int
dstack_client_get_key(const dstack_client *client, const char *path,
    const char *purpose, uint32_t algorithm, dstack_key **ret,
    dstack_error *err)
{
    ds_view where, why;
    ds_call c;
    int rc;

    if (ret)
        *ret = NULL;
    rc = ds_call_begin(&c, client, "dstack_client_get_key", ret && path, err);
    if (rc == DSTACK_OK)
        rc = ds_service_need(&c, DSTACK_SERVICE_AGENT, "GetKey");
    if (rc == DSTACK_OK)
        rc = ds_check_text(&c, "path", path, DS_MAX_AGENT_PATH, &where);
    if (rc == DSTACK_OK)
        rc = ds_check_text(
            &c, "purpose", purpose ? purpose : "", DS_MAX_AGENT_PATH, &why);
    if (rc != DSTACK_OK)
        return rc;
    if (algorithm == DSTACK_KEY_ANY)
        algorithm = DSTACK_KEY_SECP256K1;
    if (algorithm != DSTACK_KEY_SECP256K1 && algorithm != DSTACK_KEY_ED25519)
        return ds_fail(c.err, DSTACK_ERR_ARG,
            "dstack_client_get_key: expected DSTACK_KEY_ANY, _SECP256K1 or "
            "_ED25519, found %u",
            (unsigned)algorithm);
    return ds_v0_get_key(&c, where, why, algorithm, ret);
}

int
ds_issue_cert(ds_call *c, int method, const dstack_cert_request *request,
    dstack_tls_key **ret)
{
    ds_request r;
    ds_answer a;
    int rc = DSTACK_OK;

    /* An older agent issues a certificate without them. */
    if (method == DS_V0_GET_TLS_KEY && request &&
        ds_cert_request_is_new(request))
        rc = ds_probe_need(c, DSTACK_CAN_CERT_VALIDITY,
            "GetTlsKey: validity or app info", "0.5.6 or later");
    if (rc != DSTACK_OK)
        return rc;
    ds_request_begin(&r);
    if (request)
        ds_cert_request_write(request, &r);
    rc = ds_rpc(c, method, &r, &a);
    ds_request_free(&r);
    if (rc == DSTACK_OK)
        rc = ds_answer_end(&a, ds_tls_key_read(&a, ret, c->err), c->err);
    ds_answer_free(&a);
    return rc;
}

/* ---- signatures --------------------------------------------------------- */

/* Algorithm, and data that fits it. */
static int
check_signed(ds_call *c, const char *name, ds_view data, uint32_t algorithm)
{
    if (algorithm == DSTACK_KEY_ANY ||
        algorithm > DSTACK_KEY_SECP256K1_PREHASHED)
        return ds_fail(c->err, DSTACK_ERR_ARG,
            "%s: expected DSTACK_KEY_SECP256K1, _ED25519 or "
            "_SECP256K1_PREHASHED, found %u",
            name, (unsigned)algorithm);
    if (algorithm == DSTACK_KEY_SECP256K1_PREHASHED && data.n != 32)
        return ds_fail(c->err, DSTACK_ERR_ARG,
            "%s: expected a digest of 32 bytes, found %zu", name, data.n);
    if (data.n > DS_MAX_AGENT_ANSWER)
        return ds_fail(c->err, DSTACK_ERR_ARG,
            "%s: expected at most %u bytes of data, found %zu; sign a digest "
            "(secp256k1_prehashed)",
            name, DS_MAX_AGENT_ANSWER, data.n);
    return DSTACK_OK;
}

int
dstack_client_sign(const dstack_client *client, const uint8_t *data,
    size_t data_len, uint32_t algorithm, dstack_sign_reply **ret,
    dstack_error *err)
{
    ds_view in = ds_view_of(data, data_len);
    ds_request request;
    ds_answer a;
    ds_call c;
    int rc;

    if (ret)
        *ret = NULL;
    rc = ds_call_begin(
        &c, client, "dstack_client_sign", ret && (data || data_len == 0), err);
    if (rc == DSTACK_OK)
        rc = ds_service_need(&c, DSTACK_SERVICE_AGENT, "Sign");
    if (rc == DSTACK_OK)
        rc = check_signed(&c, "dstack_client_sign", in, algorithm);
    if (rc != DSTACK_OK)
        return rc;
    ds_request_begin(&request);
    ds_request_text(&request, "algorithm",
        ds_view_str(dstack_key_algorithm_name(algorithm)));
    ds_request_hex(&request, "data", in);
    rc = ds_rpc(&c, DS_V0_SIGN, &request, &a);
    ds_request_free(&request);
    if (rc == DSTACK_OK)
        rc = ds_sign_read(&a, in, algorithm, ret, c.err);
    ds_answer_free(&a);
    return rc;
}

typedef struct {
    ds_view key, data, signature;
    uint32_t algorithm;
} verify_args;

static int
check_verify(ds_call *c, const verify_args *v)
{
    bool ed25519 = v->algorithm == DSTACK_KEY_ED25519;
    bool fits = ed25519 ? v->key.n == 32 : v->key.n == 33 || v->key.n == 65;
    int rc = check_signed(c, "dstack_client_verify", v->data, v->algorithm);

    if (rc == DSTACK_OK && (!fits || v->signature.n != 64))
        rc = ds_fail(c->err, DSTACK_ERR_ARG,
            "dstack_client_verify: expected a public key of %s bytes and a "
            "signature of 64, found %zu and %zu",
            ed25519 ? "32" : "33 or 65", v->key.n, v->signature.n);
    return rc;
}

static int
ask_verify(ds_call *c, const verify_args *v, bool *valid)
{
    ds_request request;
    ds_answer a;
    ds_jv answer;
    int rc;

    ds_request_begin(&request);
    ds_request_text(&request, "algorithm",
        ds_view_str(dstack_key_algorithm_name(v->algorithm)));
    ds_request_hex(&request, "data", v->data);
    ds_request_hex(&request, "signature", v->signature);
    ds_request_hex(&request, "public_key", v->key);
    rc = ds_rpc(c, DS_V0_VERIFY, &request, &a);
    ds_request_free(&request);
    if (rc == DSTACK_OK) {
        rc = ds_json_need(a.json, 0, "valid", &answer, c->err);
        if (rc == DSTACK_OK)
            rc = ds_json_bool(a.json, answer, valid, c->err);
        rc = ds_answer_end(&a, rc, c->err);
    }
    ds_answer_free(&a);
    return rc;
}

int
dstack_client_verify(const dstack_client *client, const uint8_t *public_key,
    size_t public_key_len, const uint8_t *data, size_t data_len,
    const uint8_t *signature, size_t signature_len, uint32_t algorithm,
    int *ret_valid, dstack_error *err)
{
    verify_args v = {ds_view_of(public_key, public_key_len),
        ds_view_of(data, data_len), ds_view_of(signature, signature_len),
        algorithm};
    bool valid = false;
    ds_call c;
    int rc;

    if (ret_valid)
        *ret_valid = 0;
    rc = ds_call_begin(&c, client, "dstack_client_verify",
        ret_valid && public_key && signature && (data || data_len == 0), err);
    if (rc == DSTACK_OK)
        rc = ds_service_need(&c, DSTACK_SERVICE_AGENT, "Verify");
    if (rc == DSTACK_OK)
        rc = check_verify(&c, &v);
    if (rc == DSTACK_OK)
        rc = ask_verify(&c, &v, &valid);
    if (ret_valid)
        *ret_valid = rc == DSTACK_OK && valid;
    return rc;
}
