/* SPDX-License-Identifier: Apache-2.0 */
/* tappd.sock (guest API, section 2.4). */
#include <string.h>

#include "agent/calls.h"
#include "agent/cert_request.h"
#include "agent/key.h"
#include "agent/probe.h"
#include "agent/quote_reply.h"
#include "agent/report_data.h"
#include "agent/tls_key.h"
#include "base/limits.h"
#include "dstack/report_data.h"

/* ---- keys --------------------------------------------------------------- */

static int
derive_key(ds_call *c, ds_view path, const dstack_cert_request *request,
    bool random_seed, dstack_tls_key **ret)
{
    ds_request r;
    ds_answer a;
    int rc;

    ds_request_begin(&r);
    ds_request_text(&r, "path", path);
    if (request)
        ds_cert_request_write(request, &r);
    if (random_seed)
        ds_request_bool(&r, "random_seed", true);
    rc = ds_rpc(c, DS_TAPPD_DERIVE_KEY, &r, &a);
    ds_request_free(&r);
    if (rc == DSTACK_OK)
        rc = ds_answer_end(&a, ds_tls_key_read(&a, ret, c->err), c->err);
    ds_answer_free(&a);
    return rc;
}

/* What a tappd would silently leave out. */
static int
check_request(ds_call *c, const dstack_cert_request *request, bool random_seed)
{
    if (request && ds_cert_request_is_new(request))
        return ds_fail(c->err, DSTACK_ERR_UNSUPPORTED,
            "Tappd.DeriveKey: a tappd's certificates carry no app info and no "
            "chosen validity; GetTlsKey's do (dstack_client_get_tls_key)");
    if (!random_seed && (!request || request->usage == 0))
        return DSTACK_OK;
    return ds_probe_need(c, DSTACK_CAN_K256,
        "Tappd.DeriveKey: usages or a random seed", "0.4.2 or later");
}

int
dstack_client_tappd_derive_key(const dstack_client *client, const char *path,
    const dstack_cert_request *request, int random_seed, dstack_tls_key **ret,
    dstack_error *err)
{
    static const char name[] = "dstack_client_tappd_derive_key";
    ds_view where;
    ds_call c;
    int rc;

    if (ret)
        *ret = NULL;
    rc = ds_call_begin(&c, client, name, ret && path, err);
    if (rc == DSTACK_OK)
        rc = ds_service_need(&c, DSTACK_SERVICE_TAPPD, "Tappd.DeriveKey");
    if (rc == DSTACK_OK)
        rc = ds_check_text(&c, "path", path, DS_MAX_AGENT_PATH, &where);
    if (rc == DSTACK_OK && random_seed != 0 && random_seed != 1)
        rc = ds_fail(c.err, DSTACK_ERR_ARG,
            "%s: random_seed is 0 or 1, found %d", name, random_seed);
    if (rc == DSTACK_OK)
        rc = check_request(&c, request, random_seed == 1);
    if (rc != DSTACK_OK)
        return rc;
    return derive_key(&c, where, request, random_seed == 1, ret);
}

int
ds_tappd_derive_p256_key(ds_call *c, ds_view path, dstack_key **ret)
{
    dstack_tls_key *tls = NULL;
    int rc = derive_key(c, path, NULL, false, &tls);

    if (rc == DSTACK_OK)
        rc = ds_key_of_p256(tls->secret, tls->public_key, ret, c->err);
    dstack_tls_key_free(tls);
    return rc;
}

int
ds_tappd_derive_k256_key(
    ds_call *c, ds_view path, ds_view purpose, dstack_key **ret)
{
    static const ds_key_members members = {
        "k256_key", NULL, "k256_signature_chain", DSTACK_SCHEME_V0};
    ds_request request;
    ds_answer a;
    int rc;

    ds_request_begin(&request);
    ds_request_text(&request, "path", path);
    ds_request_text(&request, "purpose", purpose);
    rc = ds_rpc(c, DS_TAPPD_DERIVE_K256_KEY, &request, &a);
    ds_request_free(&request);
    if (rc == DSTACK_OK)
        rc = ds_answer_end(&a,
            ds_key_read(&a, &members, DSTACK_KEY_SECP256K1, ret, c->err),
            c->err);
    ds_answer_free(&a);
    return rc;
}

int
dstack_client_tappd_derive_k256_key(const dstack_client *client,
    const char *path, const char *purpose, dstack_key **ret, dstack_error *err)
{
    ds_view where, why;
    ds_call c;
    int rc;

    if (ret)
        *ret = NULL;
    rc = ds_call_begin(
        &c, client, "dstack_client_tappd_derive_k256_key", ret && path, err);
    if (rc == DSTACK_OK)
        rc = ds_service_need(&c, DSTACK_SERVICE_TAPPD, "Tappd.DeriveK256Key");
    if (rc == DSTACK_OK)
        rc = ds_check_text(&c, "path", path, DS_MAX_AGENT_PATH, &where);
    if (rc == DSTACK_OK)
        rc = ds_check_text(
            &c, "purpose", purpose ? purpose : "", DS_MAX_AGENT_PATH, &why);
    if (rc != DSTACK_OK)
        return rc;
    return ds_tappd_derive_k256_key(&c, where, why, ret);
}

/* ---- quotes ------------------------------------------------------------- */

typedef struct {
    ds_view content;
    const char *hash;
    const char *prefix;                  /* NULL for the default */
    uint8_t report_data[DS_REPORT_DATA]; /* what must come of it */
} tdx_quote;

static int
ask_tdx_quote(ds_call *c, const tdx_quote *q, dstack_quote_reply **ret)
{
    ds_request request;
    ds_answer a;
    int rc;

    ds_request_begin(&request);
    ds_request_hex(&request, "report_data", q->content);
    ds_request_text(&request, "hash_algorithm", ds_view_str(q->hash));
    if (q->prefix)
        ds_request_text(&request, "prefix", ds_view_str(q->prefix));
    rc = ds_rpc(c, DS_TAPPD_TDX_QUOTE, &request, &a);
    ds_request_free(&request);
    if (rc == DSTACK_OK)
        return ds_quote_read(
            &a, ds_wanted(c, q->report_data), false, ret, c->err);
    ds_answer_free(&a);
    return rc;
}

static int
ask_raw_quote(ds_call *c, const uint8_t *report_data, dstack_quote_reply **ret)
{
    ds_request request;
    ds_answer a;
    int rc;

    ds_request_begin(&request);
    ds_request_hex(
        &request, "report_data", ds_view_of(report_data, DS_REPORT_DATA));
    rc = ds_rpc(c, DS_TAPPD_RAW_QUOTE, &request, &a);
    ds_request_free(&request);
    if (rc == DSTACK_OK)
        return ds_quote_read(&a, ds_wanted(c, report_data), false, ret, c->err);
    ds_answer_free(&a);
    return rc;
}

int
ds_tappd_raw_quote(
    ds_call *c, const uint8_t *report_data, dstack_quote_reply **ret)
{
    tdx_quote q = {
        .content = ds_view_of(report_data, DS_REPORT_DATA), .hash = "raw"};
    int rc = ask_raw_quote(c, report_data, ret);

    /* An empty quote is an answer; no such method is none. */
    if (rc != DSTACK_ERR_UNSUPPORTED || c->err->origin != DSTACK_ORIGIN_HTTP)
        return rc;
    ds_err_clear(c->err);
    memcpy(q.report_data, report_data, DS_REPORT_DATA);
    return ask_tdx_quote(c, &q, ret);
}

int
dstack_client_tappd_raw_quote(const dstack_client *client,
    const uint8_t *report_data, size_t report_data_len,
    dstack_quote_reply **ret, dstack_error *err)
{
    static const char name[] = "dstack_client_tappd_raw_quote";
    ds_call c;
    int rc;

    if (ret)
        *ret = NULL;
    rc = ds_call_begin(&c, client, name, ret && report_data, err);
    if (rc == DSTACK_OK)
        rc = ds_service_need(&c, DSTACK_SERVICE_TAPPD, "Tappd.RawQuote");
    if (rc == DSTACK_OK && report_data_len != DS_REPORT_DATA)
        rc = ds_fail(c.err, DSTACK_ERR_ARG,
            "%s: expected exactly 64 bytes, found %zu; "
            "dstack_client_get_quote() pads",
            name, report_data_len);
    return rc == DSTACK_OK ? ask_raw_quote(&c, report_data, ret) : rc;
}

int
dstack_client_tappd_tdx_quote(const dstack_client *client,
    const uint8_t *content, size_t content_len, const char *hash,
    const char *prefix, dstack_quote_reply **ret, dstack_error *err)
{
    static const char name[] = "dstack_client_tappd_tdx_quote";
    tdx_quote q = {.content = ds_view_of(content, content_len),
        .hash = hash ? hash : "sha512",
        .prefix = prefix};
    ds_view text;
    ds_call c;
    int rc;

    if (ret)
        *ret = NULL;
    rc = ds_call_begin(
        &c, client, name, ret && (content || content_len == 0), err);
    if (rc == DSTACK_OK)
        rc = ds_service_need(&c, DSTACK_SERVICE_TAPPD, "Tappd.TdxQuote");
    if (rc == DSTACK_OK && content_len > DS_MAX_AGENT_ANSWER)
        rc = ds_fail(c.err, DSTACK_ERR_ARG,
            "%s: expected at most %u bytes, found %zu", name,
            DS_MAX_AGENT_ANSWER, content_len);
    if (rc == DSTACK_OK && prefix)
        rc = ds_check_text(&c, "prefix", prefix, 255, &text);
    if (rc == DSTACK_OK)
        rc = dstack_report_data_hash(
            prefix, content, content_len, hash, q.report_data, c.err);
    /* An older tappd does not look at the prefix. */
    if (rc == DSTACK_OK && prefix && strcmp(prefix, "app-data") != 0)
        rc = ds_probe_need(&c, DSTACK_CAN_RAW_QUOTE, "Tappd.TdxQuote: a prefix",
            "0.3.4 or later");
    return rc == DSTACK_OK ? ask_tdx_quote(&c, &q, ret) : rc;
}
