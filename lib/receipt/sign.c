/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "codec/jcs.h"
#include "crypto/ed25519.h"
#include "crypto/random.h"
#include "receipt/receipt.h"

#define VALIDITY 600
#define MAX_VALIDITY 31622400
/* A signature of zeros, which makes room for the real one. */
#define NO_SIG \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
    "AAAAAAAAAAAAAA"

static void
put_name(ds_buf *out, int member)
{
    ds_buf_add_str(out, ",\"");
    ds_buf_add_str(out, ds_receipt_members[member]);
    ds_buf_add_str(out, "\":");
}

static void
put_base64url(ds_buf *out, ds_view bytes)
{
    ds_buf_add_str(out, "\"");
    ds_base64url_encode(bytes, out);
    ds_buf_add_str(out, "\"");
}

static void
put_hash(ds_buf *out, int member, const uint8_t hash[32])
{
    char hex[65];

    ds_hex_encode(ds_view_of(hash, 32), hex);
    put_name(out, member);
    ds_buf_add_str(out, "\"");
    ds_buf_add_str(out, hex);
    ds_buf_add_str(out, "\"");
}

static void
put_time(ds_buf *out, int member, int64_t t)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRId64, t);
    put_name(out, member);
    ds_buf_add_str(out, text);
}

/* The caller's object, and nothing around it. */
static int
put_object(ds_buf *out, int member, ds_view json, dstack_error *err)
{
    ds_json *j = NULL;
    int rc = ds_json_parse_nul(json, ds_receipt_members[member], &j, err);

    put_name(out, member);
    if (rc == DSTACK_OK)
        rc = ds_json_expect(j, 0, DS_JSON_OBJECT, err);
    if (rc == DSTACK_OK)
        rc = ds_jcs_value(j, 0, out, err);
    ds_json_free(j);
    return rc;
}

static void
put_exchange(ds_buf *out, const dstack_exchange *x, const uint8_t id[16])
{
    static const uint8_t members[5] = {
        DS_M_INPUTS, DS_M_CONSTRAINTS, DS_M_LLM, DS_M_CLEAN, DS_M_TRANSPORT};

    put_name(out, DS_M_REQUEST_ID);
    if (x->text[DS_REQUEST_ID].n != 0)
        ds_buf_add(out, x->text[DS_REQUEST_ID].p, x->text[DS_REQUEST_ID].n);
    else
        put_base64url(out, ds_view_of(id, 16));
    put_name(out, DS_M_ACTION_TYPE);
    ds_buf_add(out, x->text[DS_REQUEST_ACTION].p, x->text[DS_REQUEST_ACTION].n);
    put_name(out, DS_M_POLICY_ID);
    ds_buf_add(out, x->text[DS_REQUEST_POLICY].p, x->text[DS_REQUEST_POLICY].n);
    for (int i = 0; i < 5; i++)
        put_hash(out, members[i], x->hash[i]);
}

/* The caller's, else what the exchange says. */
static int
put_payment(
    ds_buf *out, const dstack_exchange *x, ds_view payment, dstack_error *err)
{
    char hex[65];

    if (payment.p)
        return put_object(out, DS_M_PAYMENT, payment, err);
    put_name(out, DS_M_PAYMENT);
    if (!x->has_payment) {
        ds_buf_add_str(out, "{\"type\":\"none\"}");
        return DSTACK_OK;
    }
    ds_hex_encode(ds_view_of(x->hash[DS_HASH_PAYMENT], 32), hex);
    ds_buf_add_str(out, "{\"type\":\"x402\",\"payment_commitment\":\"");
    ds_buf_add_str(out, hex);
    ds_buf_add_str(out, "\"}");
    return DSTACK_OK;
}

/* What was just written is read as a verifier reads it, then signed. */
static int
put_signature(ds_buf *out, const uint8_t secret[32], dstack_error *err)
{
    uint8_t sig[64];
    ds_receipt r;
    int rc = ds_receipt_read(&r, ds_view_of(out->p, out->n), err);

    if (rc == DSTACK_OK &&
        !ds_ed25519_sign(secret, ds_view_of(r.text.p, r.text.n), sig))
        rc = ds_fail(err, DSTACK_ERR_INTERNAL, "receipt: Ed25519 failed");
    ds_receipt_clear(&r);
    if (rc != DSTACK_OK)
        return rc;
    ds_buf_cut(out, out->n - (sizeof NO_SIG - 1) - 2);
    ds_base64url_encode(ds_view_of(sig, 64), out);
    ds_buf_add_str(out, "\"}");
    return out->nomem ? ds_fail_nomem(err) : DSTACK_OK;
}

int
ds_receipt_sign(const dstack_exchange *x, const uint8_t secret[32],
    ds_view attestation, ds_view payment, int64_t iat, int64_t exp,
    const uint8_t nonce[16], const uint8_t id[16], ds_buf *out,
    dstack_error *err)
{
    uint8_t key[32];
    int rc;

    if (!ds_ed25519_public(secret, key))
        return ds_fail(err, DSTACK_ERR_INTERNAL, "receipt: Ed25519 failed");
    ds_buf_add_str(out, "{\"schema\":\"" DS_RECEIPT_SCHEMA
                        "\",\"version\":\"" DS_RECEIPT_VERSION "\"");
    put_name(out, DS_M_NODE_PUBKEY);
    put_base64url(out, ds_view_of(key, 32));
    put_exchange(out, x, id);
    put_time(out, DS_M_IAT, iat);
    put_time(out, DS_M_EXP, exp);
    put_name(out, DS_M_NONCE);
    put_base64url(out, ds_view_of(nonce, 16));
    rc = put_object(out, DS_M_ATTESTATION, attestation, err);
    if (rc == DSTACK_OK)
        rc = put_payment(out, x, payment, err);
    put_name(out, DS_M_SIG);
    ds_buf_add_str(out, "\"" NO_SIG "\"}");
    if (rc == DSTACK_OK && out->nomem)
        rc = ds_fail_nomem(err);
    if (rc == DSTACK_OK && out->bad)
        rc = ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_RECEIPT,
            DSTACK_REASON_RECEIPT_SCHEMA, "receipt: longer than 16 MiB");
    if (rc == DSTACK_OK)
        rc = put_signature(out, secret, err);
    return ds_err_as(
        err, rc, DSTACK_STAGE_RECEIPT, DSTACK_REASON_RECEIPT_SCHEMA);
}

static int
check_sign(const dstack_exchange *x, const uint8_t *secret, size_t secret_len,
    int64_t now, int64_t validity, dstack_error *err)
{
    if (!x || !secret || secret_len != 32)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_receipt_sign: NULL, or a seed that is not 32 bytes");
    if (!x->has_request || !x->has_output)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_receipt_sign: the exchange has no request or no output");
    if (validity < 0 || validity > MAX_VALIDITY || now < 0 ||
        now > DS_TIME_MAX - MAX_VALIDITY)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_receipt_sign: now or validity is out of range");
    return DSTACK_OK;
}

int
dstack_receipt_sign(const dstack_exchange *exchange, const uint8_t *secret,
    size_t secret_len, const uint8_t *attestation, size_t attestation_len,
    const uint8_t *payment, size_t payment_len, int64_t now, int64_t validity,
    char **ret_json, size_t *ret_len, dstack_error *err)
{
    ds_view none = ds_view_str("{\"type\":\"none\"}");
    uint8_t random[32];
    size_t n = 0;
    ds_buf out;
    int rc;

    ds_err_clear(err);
    if (ret_json)
        *ret_json = NULL;
    if (ret_len)
        *ret_len = 0;
    if (!ret_json)
        return ds_fail(err, DSTACK_ERR_ARG, "dstack_receipt_sign: NULL");
    rc = check_sign(exchange, secret, secret_len, now, validity, err);
    if (rc != DSTACK_OK)
        return rc;
    if (!ds_random(random, sizeof random))
        return ds_fail(err, DSTACK_ERR_INTERNAL, "receipt: no random numbers");
    ds_buf_init(&out, DS_MAX_RECEIPT);
    rc = ds_receipt_sign(exchange, secret,
        attestation ? ds_view_of(attestation, attestation_len) : none,
        ds_view_of(payment, payment ? payment_len : 0), now,
        now + (validity != 0 ? validity : VALIDITY), random, random + 16, &out,
        err);
    if (rc == DSTACK_OK) {
        *ret_json = (char *)ds_buf_take(&out, &n);
        if (ret_len)
            *ret_len = n;
    }
    ds_buf_free(&out);
    return rc;
}
