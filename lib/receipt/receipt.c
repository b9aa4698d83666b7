/* SPDX-License-Identifier: Apache-2.0 */
#include "receipt/receipt.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "codec/jcs.h"

const char *const ds_receipt_members[DS_M_COUNT] = {
    [DS_M_ACTION_TYPE] = "action_type",
    [DS_M_ATTESTATION] = "attestation",
    [DS_M_CONSTRAINTS] = "constraints_commitment",
    [DS_M_EXP] = "exp",
    [DS_M_IAT] = "iat",
    [DS_M_INPUTS] = "inputs_commitment",
    [DS_M_LLM] = "llm_commitment",
    [DS_M_NODE_PUBKEY] = "node_pubkey",
    [DS_M_NONCE] = "nonce",
    [DS_M_CLEAN] = "output_clean_hash",
    [DS_M_TRANSPORT] = "output_transport_hash",
    [DS_M_PAYMENT] = "payment",
    [DS_M_POLICY_ID] = "policy_id",
    [DS_M_REQUEST_ID] = "request_id",
    [DS_M_SCHEMA] = "schema",
    [DS_M_SIG] = "sig",
    [DS_M_VERSION] = "version",
};

struct dstack_receipt {
    ds_receipt r;
    uint8_t *json;
};

/* ---- members --------------------------------------------------------------- */

static int
find_members(ds_receipt *r, dstack_error *err)
{
    int rc = ds_json_expect(r->j, 0, DS_JSON_OBJECT, err);
    char shown[40];
    int m;

    if (rc != DSTACK_OK)
        return rc;
    for (ds_jv v = ds_json_first(r->j, 0); v != DS_JSON_NONE;
         v = ds_json_next(r->j, v)) {
        for (m = 0; m < DS_M_COUNT; m++)
            if (ds_view_eq_str(ds_json_name(r->j, v), ds_receipt_members[m]))
                break;
        if (m == DS_M_COUNT)
            return ds_json_fail(r->j, 0, DSTACK_REASON_JSON, err,
                "unknown member \"%s\"",
                ds_err_quote(ds_json_name(r->j, v), shown));
        r->at[m] = v;
    }
    for (m = 0; rc == DSTACK_OK && m < DS_M_COUNT; m++)
        if (r->at[m] == DS_JSON_NONE)
            rc = ds_json_need(r->j, 0, ds_receipt_members[m], &r->at[m], err);
    return rc;
}

static int
expect_text(const ds_receipt *r, int m, const char *text, dstack_error *err)
{
    ds_view found;
    int rc = ds_json_string(r->j, r->at[m], DS_MAX_RECEIPT, &found, err);

    if (rc == DSTACK_OK && !ds_view_eq_str(found, text))
        rc = ds_json_fail(
            r->j, r->at[m], DSTACK_REASON_JSON, err, "expected \"%s\"", text);
    return rc;
}

/* Lower-case hex: the text is what is signed, another spelling of the same
 * hash is not what the other side compares with. */
static int
read_hash(const ds_receipt *r, int m, uint8_t out[32], dstack_error *err)
{
    char again[65];
    ds_view text;
    int rc = ds_json_string(r->j, r->at[m], DS_MAX_RECEIPT, &text, err);

    if (rc == DSTACK_OK)
        rc = ds_json_hex(r->j, r->at[m], out, 32, err);
    if (rc != DSTACK_OK)
        return rc;
    ds_hex_encode(ds_view_of(out, 32), again);
    if (!ds_view_eq_str(text, again))
        rc = ds_json_fail(r->j, r->at[m], DSTACK_REASON_JSON, err,
            "hex in upper case, expected lower case");
    return rc;
}

static int
read_base64url(
    const ds_receipt *r, int m, uint8_t *out, size_t n, dstack_error *err)
{
    ds_view text;
    ds_buf bytes;
    int rc = ds_json_string(r->j, r->at[m], DS_MAX_RECEIPT, &text, err);

    if (rc != DSTACK_OK)
        return rc;
    ds_buf_init(&bytes, n);
    if (text.n == (n * 4 + 2) / 3 && ds_base64url_decode(text, &bytes) &&
        bytes.n == n)
        memcpy(out, bytes.p, n);
    else if (bytes.nomem)
        rc = ds_fail_nomem(err);
    else
        rc = ds_json_fail(r->j, r->at[m], DSTACK_REASON_JSON, err,
            "expected base64url without padding of %zu bytes", n);
    ds_buf_free(&bytes);
    return rc;
}

static int
read_time(const ds_receipt *r, int m, int64_t *ret, dstack_error *err)
{
    uint64_t t = 0;
    int rc = ds_json_u64(r->j, r->at[m], (uint64_t)DS_TIME_MAX, &t, err);

    *ret = (int64_t)t;
    return rc;
}

/* An object that says of which kind it is; more is looked at by who judges
 * that kind. */
static int
expect_typed(const ds_receipt *r, int m, dstack_error *err)
{
    int rc = ds_json_expect(r->j, r->at[m], DS_JSON_OBJECT, err);
    ds_jv type = DS_JSON_NONE;

    if (rc == DSTACK_OK)
        rc = ds_json_need(r->j, r->at[m], "type", &type, err);
    if (rc == DSTACK_OK)
        rc = ds_json_expect(r->j, type, DS_JSON_STRING, err);
    return rc;
}

static int
read_values(ds_receipt *r, dstack_error *err)
{
    static const uint8_t hashes[5] = {
        DS_M_INPUTS, DS_M_CONSTRAINTS, DS_M_LLM, DS_M_CLEAN, DS_M_TRANSPORT};
    static const uint8_t texts[3] = {
        DS_M_REQUEST_ID, DS_M_ACTION_TYPE, DS_M_POLICY_ID};
    int rc = read_base64url(r, DS_M_NODE_PUBKEY, r->node_key, 32, err);

    for (int i = 0; rc == DSTACK_OK && i < 3; i++)
        rc = ds_json_expect(r->j, r->at[texts[i]], DS_JSON_STRING, err);
    for (int i = 0; rc == DSTACK_OK && i < 5; i++)
        rc = read_hash(r, hashes[i], r->hash[i], err);
    if (rc == DSTACK_OK)
        rc = read_time(r, DS_M_IAT, &r->iat, err);
    if (rc == DSTACK_OK)
        rc = read_time(r, DS_M_EXP, &r->exp, err);
    if (rc == DSTACK_OK)
        rc = read_base64url(r, DS_M_NONCE, r->nonce, 16, err);
    if (rc == DSTACK_OK)
        rc = expect_typed(r, DS_M_ATTESTATION, err);
    if (rc == DSTACK_OK)
        rc = expect_typed(r, DS_M_PAYMENT, err);
    if (rc == DSTACK_OK)
        rc = read_base64url(r, DS_M_SIG, r->sig, 64, err);
    return rc;
}

/* ---- what is signed ----------------------------------------------------------- */

static int
write_signed(ds_receipt *r, dstack_error *err)
{
    ds_buf *out = &r->text;
    int rc = DSTACK_OK;

    for (int m = 0; rc == DSTACK_OK && m < DS_M_SIGNED; m++) {
        ds_buf_add_str(out, m == 0 ? "{\"" : ",\"");
        ds_buf_add_str(out, ds_receipt_members[m]);
        ds_buf_add_str(out, "\":");
        r->span[m].off = out->n;
        if (m == DS_M_SCHEMA)
            ds_buf_add_str(out, "\"" DS_RECEIPT_SIGNED_SCHEMA "\"");
        else
            rc = ds_jcs_value(r->j, r->at[m], out, err);
        r->span[m].len = out->n - r->span[m].off;
    }
    ds_buf_add_str(out, "}");
    if (rc == DSTACK_OK && (out->nomem || out->bad))
        rc = ds_fail_nomem(err);
    return rc;
}

int
ds_receipt_read(ds_receipt *r, ds_view json, dstack_error *err)
{
    int rc;

    memset(r, 0, sizeof *r);
    for (int m = 0; m < DS_M_COUNT; m++)
        r->at[m] = DS_JSON_NONE;
    /* Canonical escapes of one character have up to six. */
    ds_buf_init(&r->text, 6 * (size_t)DS_MAX_RECEIPT);
    if (json.n > DS_MAX_RECEIPT)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_RECEIPT,
            DSTACK_REASON_RECEIPT_SCHEMA,
            "receipt: %zu bytes, more than 16 MiB", json.n);
    rc = ds_json_parse_nul(json, "receipt", &r->j, err);
    if (rc == DSTACK_OK)
        rc = find_members(r, err);
    if (rc == DSTACK_OK)
        rc = expect_text(r, DS_M_SCHEMA, DS_RECEIPT_SCHEMA, err);
    if (rc == DSTACK_OK)
        rc = expect_text(r, DS_M_VERSION, DS_RECEIPT_VERSION, err);
    if (rc == DSTACK_OK)
        rc = read_values(r, err);
    if (rc == DSTACK_OK)
        rc = write_signed(r, err);
    return ds_err_as(
        err, rc, DSTACK_STAGE_RECEIPT, DSTACK_REASON_RECEIPT_SCHEMA);
}

void
ds_receipt_clear(ds_receipt *r)
{
    ds_json_free(r->j);
    r->j = NULL;
    ds_buf_free(&r->text);
}

ds_view
ds_receipt_value(const ds_receipt *r, int member)
{
    return ds_view_of(r->text.p + r->span[member].off, r->span[member].len);
}

/* ---- the public object ---------------------------------------------------------- */

int
dstack_receipt_parse(const uint8_t *json, size_t json_len, dstack_receipt **ret,
    dstack_error *err)
{
    dstack_receipt *receipt;
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!json || !ret)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_receipt_parse: NULL argument");
    receipt = ds_calloc(1, sizeof *receipt);
    if (!receipt)
        return ds_fail_nomem(err);
    /* One that is too long is refused before it is read. */
    receipt->json = ds_memdup(json, json_len <= DS_MAX_RECEIPT ? json_len : 0);
    if (receipt->json)
        rc = ds_receipt_read(
            &receipt->r, ds_view_of(receipt->json, json_len), err);
    else
        rc = ds_fail_nomem(err);
    if (rc == DSTACK_OK)
        *ret = receipt;
    else
        dstack_receipt_free(receipt);
    return rc;
}

void
dstack_receipt_free(dstack_receipt *receipt)
{
    if (!receipt)
        return;
    ds_receipt_clear(&receipt->r);
    ds_free(receipt->json);
    ds_free(receipt);
}

static ds_view
bytes_of(const ds_receipt *r, const char *name)
{
    const struct {
        int member;
        ds_view value;
    } all[] = {{DS_M_NODE_PUBKEY, ds_view_of(r->node_key, 32)},
        {DS_M_INPUTS, ds_view_of(r->hash[DS_HASH_INPUTS], 32)},
        {DS_M_CONSTRAINTS, ds_view_of(r->hash[DS_HASH_CONSTRAINTS], 32)},
        {DS_M_LLM, ds_view_of(r->hash[DS_HASH_LLM], 32)},
        {DS_M_CLEAN, ds_view_of(r->hash[DS_HASH_CLEAN], 32)},
        {DS_M_TRANSPORT, ds_view_of(r->hash[DS_HASH_TRANSPORT], 32)},
        {DS_M_NONCE, ds_view_of(r->nonce, 16)},
        {DS_M_SIG, ds_view_of(r->sig, 64)}};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(name, ds_receipt_members[all[i].member]) == 0)
            return all[i].value;
    return ds_view_of(NULL, 0);
}

const uint8_t *
dstack_receipt_bytes(
    const dstack_receipt *receipt, const char *name, size_t *len)
{
    ds_view v =
        receipt && name ? bytes_of(&receipt->r, name) : ds_view_of(NULL, 0);

    if (len)
        *len = v.n;
    return v.p;
}

const char *
dstack_receipt_json(
    const dstack_receipt *receipt, const char *name, size_t *len)
{
    ds_view v = ds_view_of(NULL, 0);

    if (receipt && !name)
        v = ds_view_of(receipt->r.text.p, receipt->r.text.n);
    for (int m = 0; receipt && name && m < DS_M_SIGNED; m++)
        if (strcmp(name, ds_receipt_members[m]) == 0)
            v = ds_receipt_value(&receipt->r, m);
    if (len)
        *len = v.n;
    return (const char *)v.p;
}

int64_t
dstack_receipt_iat(const dstack_receipt *receipt)
{
    return receipt ? receipt->r.iat : -1;
}

int64_t
dstack_receipt_exp(const dstack_receipt *receipt)
{
    return receipt ? receipt->r.exp : -1;
}
