/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_RECEIPT_H
#define DSTACK_RECEIPT_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"
#include "dstack/identity.h"
#include "dstack/replay.h"
#include "dstack/report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Receipts: what a node signs of a request that it served and of the output
 * that it gave, as JSON. Source: Verifiable Inference Network, protocol v0.1,
 * schema vin.receipt.v0; RFC 8785 for the bytes that are signed; RFC 8032. */

/* ---- what a receipt is about -------------------------------------------- */

/* A request, the output, and what was paid with, of which only hashes are
 * kept. Not for use by two threads at once while it is set up. */
typedef struct dstack_exchange dstack_exchange;

/* Returns DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_NOMEM. Free with
 * dstack_exchange_free(). */
DSTACK_MUST int
dstack_exchange_new(dstack_exchange **ret, dstack_error *err);
DSTACK_API void
dstack_exchange_free(dstack_exchange *exchange); /* NULL is a no-op */

/* The request, a JSON object: "action_type" and "policy_id" (text) must be
 * there, "schema" must be "vin.action_request.v0" and "request_id" text where
 * they are; "inputs", "constraints" and "llm" count as {} where they are absent
 * or null; other members are not committed to. The output, a JSON object with
 * "clean_text" and "text", "schema" "vin.output.v0" where it is there. At most
 * 16 MiB each. The payment payload, any bytes.
 * Return DSTACK_OK; DSTACK_ERR_ARG; DSTACK_ERR_NOMEM; DSTACK_ERR_PARSE with
 * reason json* or receipt_request, or receipt_output; DSTACK_ERR_INTERNAL. What
 * was set before stays after a failure. */
DSTACK_MUST int
dstack_exchange_set_request(dstack_exchange *exchange, const uint8_t *json,
    size_t json_len, dstack_error *err);
DSTACK_MUST int
dstack_exchange_set_output(dstack_exchange *exchange, const uint8_t *json,
    size_t json_len, dstack_error *err);
DSTACK_MUST int
dstack_exchange_set_payment(dstack_exchange *exchange, const uint8_t *payload,
    size_t payload_len, dstack_error *err);

/* "inputs", "constraints", "llm", "output_clean", "output_transport",
 * "payment": the SHA-256 that a receipt must hold, 32 bytes; NULL and *len 0
 * for what was not set. Borrowed. */
DSTACK_API const uint8_t *
dstack_exchange_hash(
    const dstack_exchange *exchange, const char *name, size_t *len);

/* ---- signing ------------------------------------------------------------ */

/* A receipt of this exchange, whose request and output must be set.
 *
 *   secret       the node's Ed25519 seed, 32 bytes
 *   attestation  a JSON object with a text "type", such as
 *                dstack_identity_attestation() makes; NULL is
 *                {"type":"none"}
 *   payment      a JSON object with a text "type"; NULL is {"type":"none"},
 *                or, where the exchange has a payment, {"type":"x402",
 *                "payment_commitment":...}
 *   now          seconds since 1970: the receipt's iat
 *   validity     seconds, 1 to 31622400 (366 days); 0 is 600
 *   ret_json     the receipt, NUL-terminated, the caller's: free with
 *                dstack_free()
 *
 * Draws random numbers: the nonce, and a request id where the request has
 * none. Returns DSTACK_OK; DSTACK_ERR_ARG; DSTACK_ERR_NOMEM; DSTACK_ERR_PARSE:
 * attestation or payment is no such object; DSTACK_ERR_INTERNAL.
 * Thread-safe. */
DSTACK_MUST int
dstack_receipt_sign(const dstack_exchange *exchange, const uint8_t *secret,
    size_t secret_len, const uint8_t *attestation, size_t attestation_len,
    const uint8_t *payment, size_t payment_len, int64_t now, int64_t validity,
    char **ret_json, size_t *ret_len, dstack_error *err);

/* ---- looking inside ----------------------------------------------------- */

/* A well-formed receipt. Taken apart and NOT verified. Immutable. */
typedef struct dstack_receipt dstack_receipt;

/* Exactly the members of vin.receipt.v0, version 0.1, with the right types.
 * At most 16 MiB; copied. Free with dstack_receipt_free().
 * Returns DSTACK_OK; DSTACK_ERR_ARG; DSTACK_ERR_NOMEM; DSTACK_ERR_PARSE with
 * reason receipt_schema. Thread-safe. */
DSTACK_MUST int
dstack_receipt_parse(const uint8_t *json, size_t json_len, dstack_receipt **ret,
    dstack_error *err);
DSTACK_API void
dstack_receipt_free(dstack_receipt *receipt); /* NULL is a no-op */
/* "node_pubkey" (32 bytes), "inputs_commitment", "constraints_commitment",
 * "llm_commitment", "output_clean_hash", "output_transport_hash" (32 each),
 * "nonce" (16), "sig" (64). NULL and *len 0 for another name. Borrowed. */
DSTACK_API const uint8_t *
dstack_receipt_bytes(
    const dstack_receipt *receipt, const char *name, size_t *len);
/* Canonical JSON, not NUL-terminated, of any member but "sig" and "version":
 * text in quotes, objects whole; and of NULL: all that is signed. Borrowed. */
DSTACK_API const char *
dstack_receipt_json(
    const dstack_receipt *receipt, const char *name, size_t *len);
/* Seconds since 1970; -1 for NULL. */
DSTACK_API int64_t
dstack_receipt_iat(const dstack_receipt *receipt);
DSTACK_API int64_t
dstack_receipt_exp(const dstack_receipt *receipt);

/* ---- what is asked ------------------------------------------------------ */

enum { /* levels of the protocol; each asks what those before it ask */
    DSTACK_LEVEL_SIGNATURE = 0,
    DSTACK_LEVEL_PAYMENT = 1,    /* it commits to the payment payload */
    DSTACK_LEVEL_ATTESTATION = 2 /* its key is bound to verified evidence */
};

/* What the caller asks of receipts. A new policy asks for level 2, the whole
 * request and output, and that no receipt comes twice: it needs a replay store.
 * Build it in one thread, then share it freely. Setters copy, and return
 * DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_NOMEM. */
typedef struct dstack_receipt_policy dstack_receipt_policy;

DSTACK_MUST int
dstack_receipt_policy_new(dstack_receipt_policy **ret, dstack_error *err);
DSTACK_API void
dstack_receipt_policy_free(dstack_receipt_policy *policy); /* NULL is a no-op */
/* The store must outlive the policy. */
DSTACK_MUST int
dstack_receipt_policy_set_replay_store(dstack_receipt_policy *policy,
    const dstack_replay_store *store, dstack_error *err);
DSTACK_MUST int
dstack_receipt_policy_set_replay_memory(dstack_receipt_policy *policy,
    dstack_replay_memory *memory, dstack_error *err);
/* One more Ed25519 key (32 bytes) that receipts may be signed with; at most
 * 1024. At level 2, the keys of the peer are enough. */
DSTACK_MUST int
dstack_receipt_policy_expect_node(dstack_receipt_policy *policy,
    const uint8_t *key, size_t key_len, dstack_error *err);

/* Weaker, each by name. Level: DSTACK_LEVEL_*; below 2, a policy must expect
 * nodes, or accept any. Any node: whoever has a key can sign. No payment:
 * {"type":"none"} passes levels 1 and 2, where the exchange has no payment.
 * Replay: the same receipt passes again. No request, no output: the caller
 * does not have them, and the receipt's hashes of them are not judged. */
DSTACK_MUST int
dstack_receipt_policy_accept_level(
    dstack_receipt_policy *policy, uint32_t level, dstack_error *err);
DSTACK_API void
dstack_receipt_policy_accept_any_node(dstack_receipt_policy *policy);
DSTACK_API void
dstack_receipt_policy_accept_no_payment(dstack_receipt_policy *policy);
DSTACK_API void
dstack_receipt_policy_accept_replay(dstack_receipt_policy *policy);
DSTACK_API void
dstack_receipt_policy_accept_no_request(dstack_receipt_policy *policy);
DSTACK_API void
dstack_receipt_policy_accept_no_output(dstack_receipt_policy *policy);

/* ---- verifying ---------------------------------------------------------- */

/* What was found, step by step. Immutable; share freely. */
typedef struct dstack_receipt_report dstack_receipt_report;

/* Is this a receipt of this exchange, as the policy asks?
 *
 *   receipt   the JSON object, at most 16 MiB
 *   exchange  its request and output, and what was paid with from level 1 on.
 *             NULL where the policy accepts that
 *   peer      the verified identity that the attestation must be of, from
 *             dstack_identity_verify(); needed at level 2, else may be NULL
 *   now       seconds since 1970. No clock is ever read.
 *   ret       NULL, or receives a report, also when the answer is no. Free with
 *             dstack_receipt_report_free(). NULL after DSTACK_ERR_ARG, _NOMEM,
 *             _INTERNAL.
 *
 * Returns DSTACK_OK if every step passed; else, by the first that did not,
 * DSTACK_ERR_PARSE, _UNTRUSTED or _STALE, with stage receipt and one of the
 * reasons receipt_*; DSTACK_ERR_ARG, _NOMEM, _INTERNAL when it could not be
 * judged. Once a peer is known, a receipt costs one Ed25519 verification and
 * little more. No I/O but the replay store's. Thread-safe. */
DSTACK_MUST int
dstack_receipt_verify(const dstack_receipt_policy *policy,
    const uint8_t *receipt, size_t receipt_len, const dstack_exchange *exchange,
    const dstack_peer *peer, int64_t now, dstack_receipt_report **ret,
    dstack_error *err);

/* One receipt of many: what dstack_receipt_verify() is given, and what it would
 * answer. Set abi_size to sizeof(dstack_receipt_item) in every item. */
typedef struct dstack_receipt_item {
    uint32_t abi_size;
    uint32_t reserved; /* 0 */
    const uint8_t *receipt;
    size_t receipt_len;
    const dstack_exchange *exchange; /* may be that of other items too */
    dstack_receipt_report **ret;     /* NULL, or receives the item's report */
    dstack_error *err;               /* NULL, or receives the item's error */
    int32_t code;                    /* receives DSTACK_OK for yes */
    int32_t reason;                  /* receives DSTACK_REASON_*, 0 for none */
} dstack_receipt_item;

/* Many receipts, by one policy at one time, of one node at level 2: each is
 * judged as dstack_receipt_verify() would, in order and also behind one that
 * failed. The second of two that are the same is a replay, unless the policy
 * accepts replays.
 *
 *   items       1 or more, none of which shares ret or err with another. No
 *               code is a yes before its receipt was judged, whatever was in
 *               it. An item whose abi_size or reserved is wrong gets
 *               DSTACK_ERR_ARG, and its ret and err are not touched; where the
 *               first one's abi_size is that of a later header, the others are
 *               not touched at all
 *   peer        as dstack_receipt_verify() takes it
 *   ret_failed  NULL, or receives how many have no yes
 *
 * Returns DSTACK_OK if every one passed; else the code of the first that did
 * not, its index in err's message. DSTACK_ERR_ARG also for no items, and for
 * all of them when the policy asks for what the call does not give. After
 * DSTACK_ERR_NOMEM of one item none behind it is judged, and they have the same
 * code; yeses before it stand, their nonces are used up. Starts no threads.
 * Thread-safe: parts of an array may be given to several at once, with the same
 * policy and peer. */
DSTACK_MUST int
dstack_receipt_verify_many(const dstack_receipt_policy *policy,
    dstack_receipt_item *items, size_t item_count, const dstack_peer *peer,
    int64_t now, size_t *ret_failed, dstack_error *err);

DSTACK_API void
dstack_receipt_report_free(dstack_receipt_report *report); /* NULL is a no-op */
/* 1 when every step passed: the same answer as DSTACK_OK. */
DSTACK_API int
dstack_receipt_report_is_accepted(const dstack_receipt_report *report);
/* Reason and message of the step that failed; 0 and "" when accepted. */
DSTACK_API int
dstack_receipt_report_reason(const dstack_receipt_report *report);
DSTACK_API const char *
dstack_receipt_report_message(const dstack_receipt_report *report);
/* Every step, in the order in which they run: "schema", "signature", "node",
 * "time", "request", "inputs", "constraints", "llm", "output_clean",
 * "output_transport", "payment", "attestation", "measurement", "key_binding",
 * "replay"; and its result, DSTACK_CHECK_*. The first that fails is the last
 * that runs. */
DSTACK_API size_t
dstack_receipt_report_step_count(const dstack_receipt_report *report);
DSTACK_API const char *
dstack_receipt_report_step_name(
    const dstack_receipt_report *report, size_t index);
DSTACK_API int
dstack_receipt_report_step_result(
    const dstack_receipt_report *report, size_t index);
/* The report as one JSON object, NUL-terminated, the caller's: free with
 * dstack_free(). Returns DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_NOMEM. */
DSTACK_MUST int
dstack_receipt_report_to_json(const dstack_receipt_report *report,
    char **ret_json, size_t *ret_len, dstack_error *err);

#ifdef __cplusplus
}
#endif
#endif
