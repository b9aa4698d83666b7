/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "receipt/identity.h"
#include "receipt/policy.h"
#include "receipt/receipt.h"
#include "receipt/report.h"
#include "receipt/verify.h"

#define SKEW 60 /* seconds that a node's clock may be ahead */

/* One verification. */
typedef struct {
    const dstack_receipt_policy *policy;
    const dstack_exchange *exchange;
    const dstack_peer *peer;
    int64_t now;
    ds_receipt r;
    dstack_receipt_report *report;
} judgement;

static int
pass(judgement *j, int step)
{
    j->report->result[step] = DSTACK_CHECK_PASSED;
    return DSTACK_OK;
}

static int
not_judged(judgement *j, int step)
{
    j->report->result[step] = DSTACK_CHECK_NOT_JUDGED;
    return DSTACK_OK;
}

static int
fail(judgement *j, int step, int reason, const char *message)
{
    j->report->result[step] = DSTACK_CHECK_FAILED;
    return ds_fail_reason(&j->report->error, ds_reason_code(reason),
        DSTACK_STAGE_RECEIPT, reason, "receipt: %s", message);
}

/* ---- the steps, in their order ------------------------------------------------ */

static int
check_signature(judgement *j)
{
    const ds_receipt *r = &j->r;

    if (ds_ed25519_verify(
            r->node_key, ds_view_of(r->text.p, r->text.n), r->sig))
        return pass(j, DS_STEP_SIGNATURE);
    return fail(j, DS_STEP_SIGNATURE, DSTACK_REASON_RECEIPT_SIGNATURE,
        "the signature is not made by node_pubkey over these members");
}

static bool
peer_has(const dstack_peer *peer, const uint8_t key[32])
{
    for (size_t i = 0; peer && i < peer->key_count; i++)
        if (peer->key[i].algorithm == DSTACK_KEY_ED25519 &&
            memcmp(peer->key[i].bytes, key, 32) == 0)
            return true;
    return false;
}

static int
check_node(judgement *j)
{
    const dstack_receipt_policy *p = j->policy;

    for (size_t i = 0; i < p->node_count; i++)
        if (memcmp(p->nodes[i], j->r.node_key, 32) == 0)
            return pass(j, DS_STEP_NODE);
    if (p->node_count != 0)
        return fail(j, DS_STEP_NODE, DSTACK_REASON_RECEIPT_NODE,
            "node_pubkey is not one of the keys that are expected");
    /* Else the level asks for more than this, or the policy accepts it. */
    return not_judged(j, DS_STEP_NODE);
}

static int
check_time(judgement *j)
{
    const ds_receipt *r = &j->r;

    if (r->iat > j->now + SKEW)
        return fail(j, DS_STEP_TIME, DSTACK_REASON_RECEIPT_FUTURE,
            "iat is more than 60 seconds ahead of now");
    if (r->exp < j->now)
        return fail(j, DS_STEP_TIME, DSTACK_REASON_RECEIPT_EXPIRED,
            "exp is before now: it has expired");
    if (r->exp < r->iat)
        return fail(
            j, DS_STEP_TIME, DSTACK_REASON_RECEIPT_TIMES, "exp is before iat");
    return pass(j, DS_STEP_TIME);
}

static bool
repeats(const judgement *j, int member, int text)
{
    const ds_buf *wanted = &j->exchange->text[text];

    return wanted->n == 0 || ds_view_eq(ds_receipt_value(&j->r, member),
                                 ds_view_of(wanted->p, wanted->n));
}

static int
check_request(judgement *j)
{
    if (!ds_exchange_has(j->exchange, DS_HASH_INPUTS))
        return not_judged(j, DS_STEP_REQUEST);
    if (!repeats(j, DS_M_REQUEST_ID, DS_REQUEST_ID) ||
        !repeats(j, DS_M_ACTION_TYPE, DS_REQUEST_ACTION) ||
        !repeats(j, DS_M_POLICY_ID, DS_REQUEST_POLICY))
        return fail(j, DS_STEP_REQUEST, DSTACK_REASON_RECEIPT_REQUEST,
            "request_id, action_type or policy_id is not the request's");
    return pass(j, DS_STEP_REQUEST);
}

static int
check_hashes(judgement *j)
{
    static const struct {
        int reason;
        const char *message;
    } all[] = {{DSTACK_REASON_RECEIPT_INPUTS,
                   "inputs_commitment is not the hash of the request's inputs"},
        {DSTACK_REASON_RECEIPT_CONSTRAINTS,
            "constraints_commitment is not the hash of the request's "
            "constraints"},
        {DSTACK_REASON_RECEIPT_LLM,
            "llm_commitment is not the hash of the request's llm"},
        {DSTACK_REASON_RECEIPT_OUTPUT_CLEAN,
            "output_clean_hash is not the hash of the output's clean_text"},
        {DSTACK_REASON_RECEIPT_OUTPUT_TRANSPORT,
            "output_transport_hash is not the hash of the output's text"}};

    for (int i = DS_HASH_INPUTS; i <= DS_HASH_TRANSPORT; i++) {
        int step = DS_STEP_INPUTS + i;

        if (!ds_exchange_has(j->exchange, i))
            not_judged(j, step);
        else if (memcmp(j->r.hash[i], j->exchange->hash[i], 32) != 0)
            return fail(j, step, all[i].reason, all[i].message);
        else
            pass(j, step);
    }
    return DSTACK_OK;
}

/* ---- members of the two objects --------------------------------------------- */

static bool
is_text(const judgement *j, int object, const char *name, const char *text)
{
    ds_view found;
    ds_jv v = ds_json_get(j->r.j, j->r.at[object], name);

    return v != DS_JSON_NONE &&
           ds_json_string(j->r.j, v, DS_MAX_RECEIPT, &found, NULL) ==
               DSTACK_OK &&
           ds_view_eq_str(found, text);
}

/* Is this member the hex of these bytes? */
static bool
is_hex(const judgement *j, int object, const char *name, ds_view bytes)
{
    uint8_t found[64];
    ds_jv v = ds_json_get(j->r.j, j->r.at[object], name);

    return v != DS_JSON_NONE && bytes.n <= sizeof found &&
           ds_json_hex(j->r.j, v, found, bytes.n, NULL) == DSTACK_OK &&
           memcmp(found, bytes.p, bytes.n) == 0;
}

static int
check_payment(judgement *j)
{
    bool none = is_text(j, DS_M_PAYMENT, "type", "none");
    const char *member = "payment_commitment";

    if (j->policy->level < DSTACK_LEVEL_PAYMENT)
        return none ? DSTACK_OK : not_judged(j, DS_STEP_PAYMENT);
    if (none && j->policy->no_payment &&
        !ds_exchange_has(j->exchange, DS_HASH_PAYMENT))
        return not_judged(j, DS_STEP_PAYMENT);
    if (is_text(j, DS_M_PAYMENT, "type", "x402.v0"))
        member = "payment_payload_hash";
    else if (!is_text(j, DS_M_PAYMENT, "type", "x402"))
        return fail(j, DS_STEP_PAYMENT, DSTACK_REASON_RECEIPT_PAYMENT,
            "its payment is none, or of an unknown type; expected x402 or "
            "x402.v0");
    if (!ds_exchange_has(j->exchange, DS_HASH_PAYMENT))
        return fail(j, DS_STEP_PAYMENT, DSTACK_REASON_RECEIPT_PAYMENT,
            "it commits to a payment, and the exchange has no payment "
            "payload to compare with");
    if (!is_hex(j, DS_M_PAYMENT, member,
            ds_view_of(j->exchange->hash[DS_HASH_PAYMENT], 32)))
        return fail(j, DS_STEP_PAYMENT, DSTACK_REASON_RECEIPT_PAYMENT,
            "its payment does not commit to the payment payload");
    return pass(j, DS_STEP_PAYMENT);
}

/* ---- attestation --------------------------------------------------------------- */

/* Is the report, in base64url, the peer's evidence? */
static int
is_evidence(judgement *j, bool *same)
{
    ds_jv v = ds_json_get(j->r.j, j->r.at[DS_M_ATTESTATION], "report");
    uint8_t hash[32];
    int rc = DSTACK_OK;
    ds_view text;
    ds_buf report;

    *same = false;
    ds_buf_init(&report, DS_MAX_RECEIPT);
    if (v == DS_JSON_NONE ||
        ds_json_string(j->r.j, v, DS_MAX_RECEIPT, &text, NULL) != DSTACK_OK)
        return DSTACK_OK;
    if (!ds_base64url_decode(text, &report))
        rc = report.nomem ? ds_fail_nomem(&j->report->error) : DSTACK_OK;
    else if (!ds_hash(DS_SHA256, ds_view_of(report.p, report.n),
                 ds_view_of(NULL, 0), hash))
        rc = ds_fail(&j->report->error, DSTACK_ERR_INTERNAL, "SHA-256 failed");
    else
        *same = memcmp(hash, j->peer->evidence_hash, 32) == 0;
    ds_buf_free(&report);
    return rc;
}

/* The form that holds the evidence itself. */
static int
check_inline(judgement *j)
{
    ds_view node = ds_receipt_value(&j->r, DS_M_NODE_PUBKEY);
    char key[44];
    bool same;
    int rc = is_evidence(j, &same);

    if (rc != DSTACK_OK)
        return rc;
    if (!same)
        return fail(j, DS_STEP_ATTESTATION, DSTACK_REASON_RECEIPT_ATTESTATION,
            "its attestation's report is not the evidence of the peer");
    /* Between the quotes. */
    memcpy(key, node.p + 1, 43);
    key[43] = 0;
    if (!is_text(j, DS_M_ATTESTATION, "signer_pubkey", key))
        return fail(j, DS_STEP_ATTESTATION, DSTACK_REASON_RECEIPT_KEY_BINDING,
            "its attestation's signer_pubkey is not node_pubkey");
    return pass(j, DS_STEP_ATTESTATION);
}

static int
check_attestation(judgement *j)
{
    bool none = is_text(j, DS_M_ATTESTATION, "type", "none");

    if (j->policy->level < DSTACK_LEVEL_ATTESTATION)
        return none ? DSTACK_OK : not_judged(j, DS_STEP_ATTESTATION);
    if (none)
        return fail(j, DS_STEP_ATTESTATION, DSTACK_REASON_RECEIPT_ATTESTATION,
            "it has no attestation, which level 2 asks for");
    if (j->now > j->peer->valid_until)
        return fail(j, DS_STEP_ATTESTATION,
            DSTACK_REASON_RECEIPT_ATTESTATION_EXPIRED,
            "the verdict on the peer's evidence has expired; verify its "
            "identity again");
    if (is_text(j, DS_M_ATTESTATION, "type", "tdx.dstack.v0"))
        return check_inline(j);
    if (!is_text(j, DS_M_ATTESTATION, "type", "dstack"))
        return fail(j, DS_STEP_ATTESTATION, DSTACK_REASON_RECEIPT_ATTESTATION,
            "its attestation is of an unknown type; expected dstack or "
            "tdx.dstack.v0");
    if (!is_hex(j, DS_M_ATTESTATION, "report_hash",
            ds_view_of(j->peer->evidence_hash, 32)))
        return fail(j, DS_STEP_ATTESTATION, DSTACK_REASON_RECEIPT_ATTESTATION,
            "its attestation's report_hash is not that of the peer's "
            "evidence");
    return pass(j, DS_STEP_ATTESTATION);
}

static int
check_measurement(judgement *j)
{
    const dstack_peer *p = j->peer;

    if (j->policy->level < DSTACK_LEVEL_ATTESTATION ||
        ds_json_get(j->r.j, j->r.at[DS_M_ATTESTATION], "measurement") ==
            DS_JSON_NONE)
        return DSTACK_OK;
    for (int i = 0; i < DS_MEASUREMENTS; i++)
        if (p->measurement_len[i] != 0 &&
            is_hex(j, DS_M_ATTESTATION, "measurement",
                ds_view_of(p->measurement[i], p->measurement_len[i])))
            return pass(j, DS_STEP_MEASUREMENT);
    return fail(j, DS_STEP_MEASUREMENT, DSTACK_REASON_RECEIPT_MEASUREMENT,
        "its attestation's measurement is neither the compose hash nor "
        "mr_aggregated nor the OS image's hash that the evidence proves");
}

static int
check_key_binding(judgement *j)
{
    if (j->policy->level < DSTACK_LEVEL_ATTESTATION)
        return DSTACK_OK;
    if (!peer_has(j->peer, j->r.node_key))
        return fail(j, DS_STEP_KEY_BINDING, DSTACK_REASON_RECEIPT_KEY_BINDING,
            "the peer's evidence does not name node_pubkey");
    return pass(j, DS_STEP_KEY_BINDING);
}

/* Last: a receipt that is not good must not use up a nonce. */
static int
check_replay(judgement *j)
{
    const dstack_replay_store *s = &j->policy->store;
    const ds_receipt *r = &j->r;
    int seen;

    if (!s->seen)
        return not_judged(j, DS_STEP_REPLAY);
    seen = s->seen(s->user, r->node_key, sizeof r->node_key, r->nonce,
        sizeof r->nonce, r->exp, j->now);
    if (seen == DSTACK_ERR_NOMEM || seen == DSTACK_ERR_INTERNAL)
        return ds_fail(&j->report->error, seen,
            "receipt: the replay store "
            "failed");
    if (seen == 1 && !j->policy->replay)
        return fail(j, DS_STEP_REPLAY, DSTACK_REASON_RECEIPT_REPLAY,
            "this nonce of this node was seen before");
    if (seen != 0 && !j->policy->replay)
        return fail(j, DS_STEP_REPLAY, DSTACK_REASON_RECEIPT_REPLAY_STORE,
            "the replay store is full, or cannot tell");
    return seen == 0 ? pass(j, DS_STEP_REPLAY) : not_judged(j, DS_STEP_REPLAY);
}

static int
judge(judgement *j, ds_view json)
{
    static int (*const steps[])(judgement *) = {check_signature, check_node,
        check_time, check_request, check_hashes, check_payment,
        check_attestation, check_measurement, check_key_binding, check_replay};
    int rc = ds_receipt_read(&j->r, json, &j->report->error);

    j->report->result[DS_STEP_SCHEMA] =
        rc == DSTACK_OK ? DSTACK_CHECK_PASSED : DSTACK_CHECK_FAILED;
    for (size_t i = 0; rc == DSTACK_OK && i < sizeof steps / sizeof *steps; i++)
        rc = steps[i](j);
    ds_receipt_clear(&j->r);
    return rc;
}

/* ---- the call --------------------------------------------------------------------- */

/* What the caller demands and does not give is the caller's mistake. */
int
ds_receipt_check_rules(const ds_receipt_rules *rules, dstack_error *err)
{
    const dstack_receipt_policy *p = rules->policy;
    const char *why = NULL;

    if (!p)
        why = "NULL argument";
    else if (rules->now < 0 || rules->now > DS_TIME_MAX)
        why = "now is not in 0 to 253402300799";
    else if (!p->replay && !p->store.seen)
        why = "no replay store, and the policy does not accept replays";
    else if (p->level == DSTACK_LEVEL_ATTESTATION && !rules->peer)
        why = "level 2 needs a peer: dstack_identity_verify()";
    else if (p->level < DSTACK_LEVEL_ATTESTATION && p->node_count == 0 &&
             !p->any_node)
        why = "below level 2 the policy must expect a node or accept any";
    if (!why)
        return DSTACK_OK;
    return ds_fail(err, DSTACK_ERR_ARG, "%s: %s", rules->who, why);
}

static int
check_given(const ds_receipt_rules *rules, const uint8_t *receipt,
    const dstack_exchange *x, dstack_error *err)
{
    const dstack_receipt_policy *p = rules->policy;
    const char *why = NULL;

    if (!receipt)
        why = "NULL argument";
    else if (!p->no_request && !ds_exchange_has(x, DS_HASH_INPUTS))
        why = "no request to compare with, and the policy does not accept that";
    else if (!p->no_output && !ds_exchange_has(x, DS_HASH_CLEAN))
        why = "no output to compare with, and the policy does not accept that";
    if (!why)
        return DSTACK_OK;
    return ds_fail(err, DSTACK_ERR_ARG, "%s: %s", rules->who, why);
}

int
ds_receipt_judge(const ds_receipt_rules *rules, ds_view receipt,
    const dstack_exchange *exchange, dstack_receipt_report **ret,
    dstack_error *err)
{
    dstack_receipt_report local, *report = &local;
    judgement j = {.policy = rules->policy,
        .exchange = exchange,
        .peer = rules->peer,
        .now = rules->now};
    int rc = check_given(rules, receipt.p, exchange, err);

    if (rc != DSTACK_OK)
        return rc;
    /* Before the nonce is recorded: nothing may fail after that. */
    if (ret)
        report = ds_malloc(sizeof *report);
    if (!report)
        return ds_fail_nomem(err);
    memset(report, 0, sizeof *report);
    report->level = rules->policy->level;
    report->now = rules->now;
    j.report = report;
    rc = judge(&j, receipt);
    report->rc = rc;
    if (rc != DSTACK_OK && err)
        *err = report->error;
    if (ret && rc != DSTACK_ERR_NOMEM && rc != DSTACK_ERR_INTERNAL)
        *ret = report;
    else if (ret)
        dstack_receipt_report_free(report);
    return rc;
}

int
dstack_receipt_verify(const dstack_receipt_policy *policy,
    const uint8_t *receipt, size_t receipt_len, const dstack_exchange *exchange,
    const dstack_peer *peer, int64_t now, dstack_receipt_report **ret,
    dstack_error *err)
{
    const ds_receipt_rules rules = {"dstack_receipt_verify", policy, peer, now};
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    rc = ds_receipt_check_rules(&rules, err);
    if (rc == DSTACK_OK)
        rc = ds_receipt_judge(
            &rules, ds_view_of(receipt, receipt_len), exchange, ret, err);
    return rc;
}
