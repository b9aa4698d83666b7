/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_RECEIPT_RECEIPT_H
#define DS_RECEIPT_RECEIPT_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/mem.h"
#include "codec/json.h"
#include "dstack/receipt.h"
#include "receipt/exchange.h"

#define DS_RECEIPT_SCHEMA "vin.receipt.v0"
#define DS_RECEIPT_SIGNED_SCHEMA "vin.receipt_payload.v0"
#define DS_RECEIPT_VERSION "0.1"

/* Members, in the order of their names, which is that of the signed bytes; the
 * last two are not signed. */
enum {
    DS_M_ACTION_TYPE = 0,
    DS_M_ATTESTATION,
    DS_M_CONSTRAINTS,
    DS_M_EXP,
    DS_M_IAT,
    DS_M_INPUTS,
    DS_M_LLM,
    DS_M_NODE_PUBKEY,
    DS_M_NONCE,
    DS_M_CLEAN,
    DS_M_TRANSPORT,
    DS_M_PAYMENT,
    DS_M_POLICY_ID,
    DS_M_REQUEST_ID,
    DS_M_SCHEMA,
    DS_M_SIG,
    DS_M_VERSION,
    DS_M_COUNT
};
#define DS_M_SIGNED DS_M_SIG
extern const char *const ds_receipt_members[DS_M_COUNT];

typedef struct {
    size_t off, len;
} ds_span;

/* A receipt's values. `j` and what it points into are the caller's. */
typedef struct {
    ds_json *j;
    ds_jv at[DS_M_COUNT];
    ds_buf text;               /* what is signed */
    ds_span span[DS_M_SIGNED]; /* where each member's value is in it */
    uint8_t hash[5][32];       /* as DS_HASH_INPUTS to _TRANSPORT */
    uint8_t node_key[32];
    uint8_t nonce[16];
    uint8_t sig[64];
    int64_t iat;
    int64_t exp;
} ds_receipt;

/* Free with ds_receipt_clear() in every case. json must outlive it. DSTACK_OK;
 * DSTACK_ERR_NOMEM; DSTACK_ERR_PARSE with reason receipt_schema. */
int
ds_receipt_read(ds_receipt *r, ds_view json, dstack_error *err);
void
ds_receipt_clear(ds_receipt *r);
/* Canonical JSON of a signed member. */
ds_view
ds_receipt_value(const ds_receipt *r, int member);

/* dstack_receipt_sign() with the random numbers given: the nonce, and the
 * request's id where it has none. */
int
ds_receipt_sign(const dstack_exchange *x, const uint8_t secret[32],
    ds_view attestation, ds_view payment, int64_t iat, int64_t exp,
    const uint8_t nonce[16], const uint8_t id[16], ds_buf *out,
    dstack_error *err);

#endif
