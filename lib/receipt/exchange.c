/* SPDX-License-Identifier: Apache-2.0 */
#include "receipt/exchange.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "codec/jcs.h"
#include "codec/json.h"
#include "crypto/hash.h"

static const char *const hash_names[DS_HASH_COUNT] = {
    [DS_HASH_INPUTS] = "inputs",
    [DS_HASH_CONSTRAINTS] = "constraints",
    [DS_HASH_LLM] = "llm",
    [DS_HASH_CLEAN] = "output_clean",
    [DS_HASH_TRANSPORT] = "output_transport",
    [DS_HASH_PAYMENT] = "payment",
};

static const char *const text_names[DS_REQUEST_COUNT] = {
    [DS_REQUEST_ID] = "request_id",
    [DS_REQUEST_ACTION] = "action_type",
    [DS_REQUEST_POLICY] = "policy_id",
};

static void
exchange_init(dstack_exchange *x)
{
    memset(x, 0, sizeof *x);
    for (int i = 0; i < DS_REQUEST_COUNT; i++)
        ds_buf_init(&x->text[i], DS_MAX_EXCHANGE);
}

static void
exchange_clear(dstack_exchange *x)
{
    for (int i = 0; i < DS_REQUEST_COUNT; i++)
        ds_buf_free(&x->text[i]);
}

int
dstack_exchange_new(dstack_exchange **ret, dstack_error *err)
{
    dstack_exchange *x;

    ds_err_clear(err);
    if (!ret)
        return ds_fail(err, DSTACK_ERR_ARG, "dstack_exchange_new: NULL");
    *ret = NULL;
    x = ds_malloc(sizeof *x);
    if (!x)
        return ds_fail_nomem(err);
    exchange_init(x);
    *ret = x;
    return DSTACK_OK;
}

void
dstack_exchange_free(dstack_exchange *exchange)
{
    if (!exchange)
        return;
    exchange_clear(exchange);
    ds_free(exchange);
}

static int
hash_of(ds_view bytes, uint8_t out[32], dstack_error *err)
{
    if (!ds_hash(DS_SHA256, bytes, ds_view_of(NULL, 0), out))
        return ds_fail(err, DSTACK_ERR_INTERNAL, "SHA-256 failed");
    return DSTACK_OK;
}

static int
expect_schema(const ds_json *j, const char *schema, dstack_error *err)
{
    ds_jv v = ds_json_get(j, 0, "schema");
    ds_view text;
    int rc;

    if (v == DS_JSON_NONE)
        return DSTACK_OK;
    rc = ds_json_string(j, v, DS_MAX_EXCHANGE, &text, err);
    if (rc == DSTACK_OK && !ds_view_eq_str(text, schema))
        rc = ds_json_fail(
            j, v, DSTACK_REASON_JSON, err, "expected \"%s\"", schema);
    return rc;
}

/* ---- the request -------------------------------------------------------- */

/* The SHA-256 of a member's canonical form; absent and null are {}. A request
 * holds what its sender sealed, a key to a model among it. */
static int
commit(const ds_json *j, const char *name, uint8_t out[32], dstack_error *err)
{
    ds_jv v = ds_json_get(j, 0, name);
    ds_buf text;
    int rc = DSTACK_OK;

    ds_buf_init_secret(&text, 8 * (size_t)DS_MAX_EXCHANGE);
    if (v == DS_JSON_NONE || ds_json_type(j, v) == DS_JSON_NULL)
        ds_buf_add_str(&text, "{}");
    else
        rc = ds_jcs_value(j, v, &text, err);
    if (rc == DSTACK_OK && (text.nomem || text.bad))
        rc = ds_fail_nomem(err);
    if (rc == DSTACK_OK)
        rc = hash_of(ds_view_of(text.p, text.n), out, err);
    ds_buf_free(&text);
    return rc;
}

static int
read_text(const ds_json *j, int member, ds_buf *out, dstack_error *err)
{
    ds_jv v = ds_json_get(j, 0, text_names[member]);
    int rc = DSTACK_OK;

    if (v == DS_JSON_NONE && member == DS_REQUEST_ID)
        return DSTACK_OK;
    if (v == DS_JSON_NONE)
        rc = ds_json_need(j, 0, text_names[member], &v, err);
    if (rc == DSTACK_OK)
        rc = ds_json_expect(j, v, DS_JSON_STRING, err);
    if (rc == DSTACK_OK)
        rc = ds_jcs_value(j, v, out, err);
    return rc;
}

static int
read_request(const ds_json *j, dstack_exchange *x, dstack_error *err)
{
    int rc = ds_json_expect(j, 0, DS_JSON_OBJECT, err);

    if (rc == DSTACK_OK)
        rc = expect_schema(j, "vin.action_request.v0", err);
    for (int i = 0; rc == DSTACK_OK && i < DS_REQUEST_COUNT; i++)
        rc = read_text(j, i, &x->text[i], err);
    for (int i = DS_HASH_INPUTS; rc == DSTACK_OK && i <= DS_HASH_LLM; i++)
        rc = commit(j, hash_names[i], x->hash[i], err);
    return rc;
}

/* The old texts and hashes make way for the new ones. */
static void
take_request(dstack_exchange *x, dstack_exchange *from)
{
    exchange_clear(x);
    memcpy(x->text, from->text, sizeof x->text);
    memcpy(x->hash, from->hash, (DS_HASH_LLM + 1) * sizeof x->hash[0]);
    x->has_request = true;
    exchange_init(from);
}

/* All three setters begin so. */
static int
check_args(const dstack_exchange *x, const uint8_t *p, size_t n,
    const char *function, dstack_error *err)
{
    ds_err_clear(err);
    if (!x || (!p && n != 0))
        return ds_fail(err, DSTACK_ERR_ARG, "%s: NULL argument", function);
    return DSTACK_OK;
}

static int
parse(ds_view text, const char *what, int reason, ds_json **ret,
    dstack_error *err)
{
    if (text.n > DS_MAX_EXCHANGE)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_RECEIPT,
            reason, "%s: %zu bytes, more than 16 MiB", what, text.n);
    return ds_json_parse_nul(text, what, ret, err);
}

/* What is malformed keeps a reason of JSON's; its stage is ours. */
static int
ended(int rc, int reason, dstack_error *err)
{
    if (rc == DSTACK_ERR_PARSE && err && err->reason == DSTACK_REASON_JSON)
        err->reason = reason;
    if (rc == DSTACK_ERR_PARSE && err)
        err->stage = DSTACK_STAGE_RECEIPT;
    return rc;
}

int
dstack_exchange_set_request(dstack_exchange *exchange, const uint8_t *json,
    size_t json_len, dstack_error *err)
{
    dstack_exchange x;
    ds_json *j = NULL;
    int rc = check_args(
        exchange, json, json_len, "dstack_exchange_set_request", err);

    if (rc != DSTACK_OK)
        return rc;
    exchange_init(&x);
    rc = parse(ds_view_of(json, json_len), "request",
        DSTACK_REASON_RECEIPT_REQUEST, &j, err);
    if (rc == DSTACK_OK)
        rc = read_request(j, &x, err);
    if (rc == DSTACK_OK && exchange)
        take_request(exchange, &x);
    ds_json_free(j);
    exchange_clear(&x);
    return ended(rc, DSTACK_REASON_RECEIPT_REQUEST, err);
}

/* ---- the output, the payment --------------------------------------------- */

static int
hash_text(
    const ds_json *j, const char *name, uint8_t out[32], dstack_error *err)
{
    ds_buf text;
    ds_jv v;
    int rc;

    ds_buf_init_secret(&text, DS_MAX_EXCHANGE);
    rc = ds_json_need(j, 0, name, &v, err);
    if (rc == DSTACK_OK)
        rc = ds_json_string_buf(j, v, &text, err);
    if (rc == DSTACK_OK)
        rc = hash_of(ds_view_of(text.p, text.n), out, err);
    ds_buf_free(&text);
    return rc;
}

int
dstack_exchange_set_output(dstack_exchange *exchange, const uint8_t *json,
    size_t json_len, dstack_error *err)
{
    uint8_t clean[32], transport[32];
    ds_json *j = NULL;
    int rc =
        check_args(exchange, json, json_len, "dstack_exchange_set_output", err);

    if (rc != DSTACK_OK)
        return rc;
    rc = parse(ds_view_of(json, json_len), "output",
        DSTACK_REASON_RECEIPT_OUTPUT, &j, err);
    if (rc == DSTACK_OK)
        rc = ds_json_expect(j, 0, DS_JSON_OBJECT, err);
    if (rc == DSTACK_OK)
        rc = expect_schema(j, "vin.output.v0", err);
    if (rc == DSTACK_OK)
        rc = hash_text(j, "clean_text", clean, err);
    if (rc == DSTACK_OK)
        rc = hash_text(j, "text", transport, err);
    if (rc == DSTACK_OK && exchange) {
        memcpy(exchange->hash[DS_HASH_CLEAN], clean, 32);
        memcpy(exchange->hash[DS_HASH_TRANSPORT], transport, 32);
        exchange->has_output = true;
    }
    ds_json_free(j);
    return ended(rc, DSTACK_REASON_RECEIPT_OUTPUT, err);
}

int
dstack_exchange_set_payment(dstack_exchange *exchange, const uint8_t *payload,
    size_t payload_len, dstack_error *err)
{
    uint8_t hash[32];
    int rc = check_args(
        exchange, payload, payload_len, "dstack_exchange_set_payment", err);

    if (rc == DSTACK_OK)
        rc = hash_of(ds_view_of(payload, payload_len), hash, err);
    if (rc == DSTACK_OK && exchange) {
        memcpy(exchange->hash[DS_HASH_PAYMENT], hash, 32);
        exchange->has_payment = true;
    }
    return rc;
}

/* ---- getters -------------------------------------------------------------- */

bool
ds_exchange_has(const dstack_exchange *exchange, int hash)
{
    if (!exchange)
        return false;
    if (hash == DS_HASH_PAYMENT)
        return exchange->has_payment;
    return hash <= DS_HASH_LLM ? exchange->has_request : exchange->has_output;
}

const uint8_t *
dstack_exchange_hash(
    const dstack_exchange *exchange, const char *name, size_t *len)
{
    if (len)
        *len = 0;
    for (int i = 0; name && i < DS_HASH_COUNT; i++)
        if (strcmp(name, hash_names[i]) == 0 && ds_exchange_has(exchange, i)) {
            if (len)
                *len = 32;
            return exchange->hash[i];
        }
    return NULL;
}
