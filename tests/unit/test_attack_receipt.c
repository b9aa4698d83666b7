/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue of what may be wrong with receipts, with the identities that
 * they are by, and with sealed payloads: the protocol's own list (vin.md 1) is
 * its first eight rows. */
#include <stdlib.h>

#include "base/text.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "crypto/k1.h"
#include "support/attack.h"
#include "support/node.h"
#include "support/receipt.h"

#define STAGE DSTACK_STAGE_RECEIPT
#define NOW RECEIPT_NOW

static receipt_case the;
static dstack_error err;

static void
begin(void)
{
    receipt_end(&the);
    receipt_begin(&the);
}

static void
accept_at(attack *a, const char *receipt, int64_t now)
{
    attack_call_accepts(a, receipt_verify(&the, receipt, now, &err), &err);
}

static void
accept(attack *a, const char *receipt)
{
    accept_at(a, receipt, NOW);
}

static void
refuse_at(attack *a, const char *receipt, int64_t now, int reason)
{
    attack_call_refuses(
        a, receipt_verify(&the, receipt, now, &err), &err, STAGE, reason);
}

static void
refuse(attack *a, const char *receipt, int reason)
{
    refuse_at(a, receipt, NOW, reason);
}

/* The receipt with one part of it replaced. */
static void
refuse_edited(attack *a, const char *from, const char *to, int reason)
{
    attack_case(a, "%s for %s", to, from);
    refuse(a, receipt_edited(RECEIPT, from, to), reason);
}

/* ---- of another request, of another output ---------------------------------------- */

static void
other_request(attack *a, const char *from, const char *to, int reason)
{
    begin();
    receipt_set_exchange(&the, receipt_edited(REQUEST, from, to), OUTPUT);
    refuse(a, RECEIPT, reason);
    receipt_set_exchange(&the, REQUEST, OUTPUT);
    accept(a, RECEIPT);
}

static void
other_output(attack *a, const char *from, const char *to, int reason)
{
    begin();
    receipt_set_exchange(&the, REQUEST, receipt_edited(OUTPUT, from, to));
    refuse(a, RECEIPT, reason);
    receipt_set_exchange(&the, REQUEST, OUTPUT);
    accept(a, RECEIPT);
}

static void
clean_text(attack *a)
{
    other_output(a, "\"clean_text\":\"Hello there\"",
        "\"clean_text\":\"Hello There\"", DSTACK_REASON_RECEIPT_OUTPUT_CLEAN);
    other_output(a, "\"clean_text\":\"Hello there\"", "\"clean_text\":\"\"",
        DSTACK_REASON_RECEIPT_OUTPUT_CLEAN);
}

static void
transport_text(attack *a)
{
    other_output(a, "\"text\":\"Hello there\"", "\"text\":\"Hello there \"",
        DSTACK_REASON_RECEIPT_OUTPUT_TRANSPORT);
}

static void
inputs(attack *a)
{
    other_request(a, "hello", "hellO", DSTACK_REASON_RECEIPT_INPUTS);
    other_request(
        a, "{\"prompt\":\"hello\"}", "null", DSTACK_REASON_RECEIPT_INPUTS);
}

static void
constraints(attack *a)
{
    other_request(a, "280", "281", DSTACK_REASON_RECEIPT_CONSTRAINTS);
}

static void
llm(attack *a)
{
    other_request(a, "\"m\"", "\"n\"", DSTACK_REASON_RECEIPT_LLM);
}

static void
request(attack *a)
{
    other_request(a, "r-1", "r-2", DSTACK_REASON_RECEIPT_REQUEST);
    other_request(a, "compose_post", "generic", DSTACK_REASON_RECEIPT_REQUEST);
    other_request(a, "POST_V1", "POST_V2", DSTACK_REASON_RECEIPT_REQUEST);
}

/* ---- the canonical form ---------------------------------------------------------------- */

/* RFC 8785 3.2.2's sample as inputs; the hash is Python's, of the canonical
 * text that the RFC gives for it. */
#define SAMPLE(first, string, literals) \
    "{\"action_type\":\"generic\",\"policy_id\":\"p\",\"request_id\":\"r\"," \
    "\"inputs\":{\"numbers\":[" first ",1E30,4.50,2e-3," \
    "0.000000000000000000000000001],\"string\":" string \
    ",\"literals\":" literals "}}"
#define STRING "\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\""

static void
canonical(attack *a)
{
    static const char hash[] =
        "2d5e01a318d0f0879ab568c4be289c8b1f64ef8921a53c6277d5e069978baacb";
    static const char *const same[] = {
        SAMPLE("333333333.33333329", STRING, "[null, true, false]"),
        SAMPLE("3333333333333333e-7",
            "\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"",
            " [null,true,false] "),
    };
    static const char *const others[] = {
        SAMPLE("333333333.3333334", STRING, "[null,true,false]"),
        SAMPLE("333333333.33333329", STRING, "[null,false,true]"),
        SAMPLE("333333333.33333329", "\"\\u20ac\"", "[null,true,false]"),
    };
    char *receipt, hex[65];
    size_t n;

    begin();
    receipt_set_exchange(&the, same[0], OUTPUT);
    ds_hex_encode(
        ds_view_of(dstack_exchange_hash(the.exchange, "inputs", &n), 32), hex);
    assert_string_equal(hex, hash);
    receipt = receipt_made(&the, NONE, NONE, NOW, NOW + 600);
    dstack_receipt_policy_accept_replay(the.policy);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        receipt_set_exchange(&the, same[i], OUTPUT);
        accept(a, receipt);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        receipt_set_exchange(&the, others[i], OUTPUT);
        refuse(a, receipt, DSTACK_REASON_RECEIPT_INPUTS);
    }
    dstack_free(receipt);
}

/* ---- signatures ------------------------------------------------------------------------- */

static void
other_signature(attack *a)
{
    begin();
    refuse_edited(a, "wGyNuX", "xGyNuX", DSTACK_REASON_RECEIPT_SIGNATURE);
    refuse_edited(a, "SYAEYCg", "SYAEYCw", DSTACK_REASON_RECEIPT_SIGNATURE);
    refuse_edited(a, "C7nkjp", "D7nkjp", DSTACK_REASON_RECEIPT_SIGNATURE);
    accept(a, RECEIPT);
}

/* Every signed member changed in a way that keeps its form. */
static void
signed_members(attack *a)
{
    static const char *const edits[][2] = {
        {"\"request_id\":\"r-1\"", "\"request_id\":\"r-2\""},
        {"compose_post", "generic"},
        {"POST_V1", "POST_V2"},
        {"8a44725210b9", "8b44725210b9"},
        {"63c48fd83a33", "64c48fd83a33"},
        {"f74789ad61e7", "f84789ad61e7"},
        {"clean_hash\":\"4e47826698bb", "clean_hash\":\"4f47826698bb"},
        {"transport_hash\":\"4e47826698bb", "transport_hash\":\"4f47826698bb"},
        {"1790000000", "1790000001"},
        {"1790000600", "1790000601"},
        {"3q4kc0Paj", "4q4kc0Paj"},
        {"\"attestation\":{\"type\":\"none\"}",
            "\"attestation\":{\"type\":\"none\",\"x\":1}"},
        {"\"payment\":{\"type\":\"none\"}", "\"payment\":{\"type\":\"nona\"}"},
    };

    begin();
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++)
        refuse_edited(
            a, edits[i][0], edits[i][1], DSTACK_REASON_RECEIPT_SIGNATURE);
    accept(a, RECEIPT);
}

/* Keys under which many a signature would be good: the identity, and a point of
 * order 4. */
static void
small_order(attack *a)
{
    static const char *const keys[] = {
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};

    begin();
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        refuse_edited(a, "C7nkjp-D6Dfftns7VjObSKYgZ5MahXTFSBipVuKfK6o", keys[i],
            DSTACK_REASON_RECEIPT_SIGNATURE);
    accept(a, RECEIPT);
}

/* The group's order added to S, by Python. */
static void
non_canonical(attack *a)
{
    begin();
    refuse_edited(a, "gP0GTB7K7vRrN6VEKDSdX3Y66ZgVZmwrgZBp_loSYAEYCg",
        "gP3zHxQnCVh-j3vhH9d7WVVP6ZgVZmwrgZBp_loSYAEYGg",
        DSTACK_REASON_RECEIPT_SIGNATURE);
    accept(a, RECEIPT);
}

/* ---- form ---------------------------------------------------------------------------------- */

static void
schema(attack *a)
{
    static const char *const edits[][2] = {
        {"\"version\"", "\"more\":1,\"version\""},
        {"\"version\"", "\"version\":\"0.1\",\"version\""},
        {"vin.receipt.v0", "vin.receipt.v1"},
        {"vin.receipt.v0", "vin.receipt_payload.v0"},
        {"\"version\":\"0.1\"", "\"version\":\"0.2\""},
        {"\"version\":\"0.1\"", "\"version\":0.1"},
        {"\"version\":\"0.1\",", ""},
        {"\"iat\":1790000000", "\"iat\":\"1790000000\""},
        {"\"iat\":1790000000", "\"iat\":1790000000.0"},
        {"\"iat\":1790000000", "\"iat\":-1"},
        {"\"exp\":1790000600", "\"exp\":1e300"},
        {"\"exp\":1790000600", "\"exp\":253402300800"},
        {"\"nonce\":\"3q4kc0PajRAHH0NJEyNW7w\"", "\"nonce\":\"3q4k\""},
        {"\"nonce\":\"3q4kc0PajRAHH0NJEyNW7w\"",
            "\"nonce\":\"3q4kc0PajRAHH0NJEyNW7x\""},
        {"\"node_pubkey\":\"C7nkjp-D", "\"node_pubkey\":\"C7nkjp+D"},
        {"YAEYCg\"", "YAEYCg==\""},
        {"\"attestation\":{\"type\":\"none\"}", "\"attestation\":\"none\""},
        {"\"attestation\":{\"type\":\"none\"}", "\"attestation\":{}"},
        {"\"payment\":{\"type\":\"none\"}", "\"payment\":{\"type\":1}"},
        {"\"payment\":{\"type\":\"none\"}",
            "\"payment\":{\"type\":\"x\",\"n\":1e400}"},
        {"8a44725210b9", "8A44725210b9"},
        {"8a44725210b9", "44725210b9"},
        {"\"request_id\":\"r-1\"", "\"request_id\":1"},
        {"\"policy_id\":\"P0_COMPOSE_POST_V1\",", ""},
        {"{\"schema\"", "[{\"schema\""},
    };

    begin();
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++)
        refuse_edited(
            a, edits[i][0], edits[i][1], DSTACK_REASON_RECEIPT_SCHEMA);
    refuse(a, "", DSTACK_REASON_RECEIPT_SCHEMA);
    refuse(a, "null", DSTACK_REASON_RECEIPT_SCHEMA);
    refuse(a, RECEIPT "x", DSTACK_REASON_RECEIPT_SCHEMA);
    accept(a, RECEIPT);
}

/* ---- once, in time, by whom ------------------------------------------------------------------ */

static void
replayed(attack *a)
{
    begin();
    accept(a, RECEIPT);
    refuse(a, RECEIPT, DSTACK_REASON_RECEIPT_REPLAY);
    refuse_at(a, RECEIPT, NOW + 1, DSTACK_REASON_RECEIPT_REPLAY);
    dstack_receipt_policy_accept_replay(the.policy);
    accept(a, RECEIPT);
}

/* A forged receipt uses up no nonce: the real one passes after it. */
static void
forged_first(attack *a)
{
    begin();
    refuse_edited(a, "wGyN", "wGyM", DSTACK_REASON_RECEIPT_SIGNATURE);
    receipt_set_exchange(
        &the, receipt_edited(REQUEST, "hello", "hallo"), OUTPUT);
    refuse(a, RECEIPT, DSTACK_REASON_RECEIPT_INPUTS);
    receipt_set_exchange(&the, REQUEST, OUTPUT);
    accept(a, RECEIPT);
}

/* Forgetting one that is still good would let it pass again. */
static void
store_full(attack *a)
{
    begin();
    for (int i = 0; i < 9; i++) {
        char *receipt = receipt_made(&the, NONE, NONE, NOW, NOW + 600);

        if (i < 8)
            accept(a, receipt);
        else
            refuse(a, receipt, DSTACK_REASON_RECEIPT_REPLAY_STORE);
        dstack_free(receipt);
    }
}

static void
times(attack *a, int64_t iat, int64_t exp, int reason)
{
    char *receipt;

    begin();
    receipt = receipt_made(&the, NONE, NONE, iat, exp);
    if (reason)
        refuse(a, receipt, reason);
    else
        accept(a, receipt);
    dstack_free(receipt);
}

static void
future(attack *a)
{
    times(a, NOW + 60, NOW + 60, 0);
    times(a, NOW + 61, NOW + 600, DSTACK_REASON_RECEIPT_FUTURE);
    /* Both are wrong: the first rule speaks. */
    times(a, NOW + 61, NOW - 1, DSTACK_REASON_RECEIPT_FUTURE);
}

static void
expired(attack *a)
{
    times(a, NOW - 600, NOW, 0);
    times(a, NOW - 600, NOW - 1, DSTACK_REASON_RECEIPT_EXPIRED);
}

static void
backwards(attack *a)
{
    times(a, NOW + 10, NOW + 10, 0);
    times(a, NOW + 10, NOW + 9, DSTACK_REASON_RECEIPT_TIMES);
}

static void
other_node(attack *a)
{
    uint8_t key[32] = {1};

    begin();
    assert_int_equal(
        dstack_receipt_policy_expect_node(the.policy, key, 32, NULL), 0);
    refuse(a, RECEIPT, DSTACK_REASON_RECEIPT_NODE);
    assert_int_equal(dstack_receipt_policy_expect_node(
                         the.policy, the.peer.key[0].bytes, 32, NULL),
        0);
    accept(a, RECEIPT);
}

/* ---- payment ------------------------------------------------------------------------------------ */

static void
made(attack *a, const char *attestation, const char *payment, int reason)
{
    char *receipt = receipt_made(&the, attestation, payment, NOW, NOW + 600);

    if (reason)
        refuse(a, receipt, reason);
    else
        accept(a, receipt);
    dstack_free(receipt);
}

static void
pay(const char *payload)
{
    assert_int_equal(dstack_exchange_set_payment(the.exchange,
                         (const uint8_t *)payload, strlen(payload), NULL),
        0);
}

#define X402(member, hash) \
    "{\"type\":\"x402\",\"payment_ref\":\"r\",\"" member "\":\"" hash "\"}"
#define X402_V0 \
    "{\"type\":\"x402.v0\",\"network\":\"eip155:8453\",\"asset\":\"USDC\"," \
    "\"amount\":\"1000\",\"pay_to\":\"0x\",\"payment_payload_hash\":\"" PAID \
    "\"}"

static void
payment(attack *a)
{
    static const char *const bad[] = {NONE, X402("payment_payload_hash", PAID),
        X402("payment_commitment", AB),
        "{\"type\":\"x403\",\"payment_commitment\":\"" PAID "\"}",
        "{\"type\":\"x402\",\"payment_commitment\":7}"};

    begin();
    made(a, NONE, X402("payment_commitment", PAID), 0); /* not asked for */
    assert_int_equal(
        dstack_receipt_policy_accept_level(the.policy, 1, NULL), 0);
    /* Nothing to compare with. */
    made(a, NONE, X402("payment_commitment", PAID),
        DSTACK_REASON_RECEIPT_PAYMENT);
    made(a, NONE, NONE, DSTACK_REASON_RECEIPT_PAYMENT);
    pay("payload");
    made(a, NONE, X402("payment_commitment", PAID), 0);
    made(a, NONE, X402_V0, 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        made(a, NONE, bad[i], DSTACK_REASON_RECEIPT_PAYMENT);
    pay("payloae");
    made(a, NONE, X402("payment_commitment", PAID),
        DSTACK_REASON_RECEIPT_PAYMENT);
    made(a, NONE, X402_V0, DSTACK_REASON_RECEIPT_PAYMENT);
    /* None where there is a payment is a mismatch, whatever is accepted. */
    dstack_receipt_policy_accept_no_payment(the.policy);
    made(a, NONE, NONE, DSTACK_REASON_RECEIPT_PAYMENT);
    receipt_set_exchange(&the, REQUEST, OUTPUT);
    made(a, NONE, NONE, 0);
}

/* ---- level 2 -------------------------------------------------------------------------------------- */

static void
begin_level_2(void)
{
    begin();
    assert_int_equal(
        dstack_receipt_policy_accept_level(the.policy, 2, NULL), 0);
    dstack_receipt_policy_accept_no_payment(the.policy);
}

static void
no_attestation(attack *a)
{
    begin();
    made(a, REFERENCE(CD, AB), NONE, 0); /* not asked for: not judged */
    begin_level_2();
    made(a, NONE, NONE, DSTACK_REASON_RECEIPT_ATTESTATION);
    made(a, "{\"type\":\"other\",\"report_hash\":\"" AB "\"}", NONE,
        DSTACK_REASON_RECEIPT_ATTESTATION);
    made(a, REFERENCE(AB, CD), NONE, 0);
}

static void
reference(attack *a)
{
    begin_level_2();
    made(a, REFERENCE(CD, CD), NONE, DSTACK_REASON_RECEIPT_ATTESTATION);
    made(a, REFERENCE("abab", CD), NONE, DSTACK_REASON_RECEIPT_ATTESTATION);
    made(a, "{\"type\":\"dstack\"}", NONE, DSTACK_REASON_RECEIPT_ATTESTATION);
    made(a, REFERENCE(AB, CD), NONE, 0);
    made(a, "{\"type\":\"dstack\",\"report_hash\":\"" AB "\"}", NONE, 0);
}

static void
unproven(attack *a)
{
    begin_level_2();
    made(a, REFERENCE(AB, AB), NONE, DSTACK_REASON_RECEIPT_MEASUREMENT);
    made(a, REFERENCE(AB, "cdcd"), NONE, DSTACK_REASON_RECEIPT_MEASUREMENT);
    made(a, REFERENCE(AB, ""), NONE, DSTACK_REASON_RECEIPT_MEASUREMENT);
    made(a, REFERENCE(AB, CD), NONE, 0);
}

/* base64url of "evidence" */
#define INLINE(report, key) \
    "{\"type\":\"tdx.dstack.v0\",\"report\":\"" report \
    "\",\"measurement\":\"" CD "\",\"signer_pubkey\":\"" key "\"}"
#define NODE "C7nkjp-D6Dfftns7VjObSKYgZ5MahXTFSBipVuKfK6o"

static void
begin_inline(void)
{
    begin_level_2();
    assert_true(ds_hash(DS_SHA256, ds_view_str("evidence"), ds_view_of(NULL, 0),
        the.peer.evidence_hash));
}

static void
signer_key(attack *a)
{
    begin_inline();
    made(a, INLINE("ZXZpZGVuY2U", NODE), NONE, 0);
    made(a,
        INLINE("ZXZpZGVuY2U", "D7nkjp-D6Dfftns7VjObSKYgZ5MahXTFSBipVuKfK6o"),
        NONE, DSTACK_REASON_RECEIPT_KEY_BINDING);
    made(a, INLINE("ZXZpZGVuY2U", ""), NONE, DSTACK_REASON_RECEIPT_KEY_BINDING);
}

static void
other_inline(attack *a)
{
    begin_level_2();
    made(a, INLINE("ZXZpZGVuY2U", NODE), NONE,
        DSTACK_REASON_RECEIPT_ATTESTATION);
    begin_inline();
    made(a, INLINE("ZXZpZGV", NODE), NONE, DSTACK_REASON_RECEIPT_ATTESTATION);
    made(a, INLINE("ZXZpZGVuY2U=", NODE), NONE,
        DSTACK_REASON_RECEIPT_ATTESTATION);
    made(a, INLINE("ZXZpZGVuY2U", NODE), NONE, 0);
}

static void
unnamed_key(attack *a)
{
    begin_level_2();
    the.peer.key[0].bytes[0] ^= 1;
    made(a, REFERENCE(AB, CD), NONE, DSTACK_REASON_RECEIPT_KEY_BINDING);
    the.peer.key[0].bytes[0] ^= 1;
    the.peer.key[0].algorithm = DSTACK_KEY_SECP256K1;
    made(a, REFERENCE(AB, CD), NONE, DSTACK_REASON_RECEIPT_KEY_BINDING);
    the.peer.key[0].algorithm = DSTACK_KEY_ED25519;
    the.peer.key_count = 0;
    made(a, REFERENCE(AB, CD), NONE, DSTACK_REASON_RECEIPT_KEY_BINDING);
    the.peer.key_count = 1;
    made(a, REFERENCE(AB, CD), NONE, 0);
}

static void
old_verdict(attack *a)
{
    begin_level_2();
    made(a, REFERENCE(AB, CD), NONE, 0);
    the.peer.valid_until = NOW - 1;
    made(a, REFERENCE(AB, CD), NONE, DSTACK_REASON_RECEIPT_ATTESTATION_EXPIRED);
}

/* ---- identities --------------------------------------------------------------------------------------- */

/* A node under the attack's root, and the verifier that trusts it. */
typedef struct {
    uint8_t ed[32], k1[33];
    workload w;
    dstack_verifier *verifier;
    dstack_collateral *collateral;
    dstack_policy *policy;
    dstack_identity *identity;
    dstack_peer *peer;
} node;

static void
node_begin(attack *a, node *n)
{
    static const uint8_t secret[32] = {[31] = 9};
    const ds_buf *root = &a->f->out.cert[FORGE_CERT_ROOT];

    memset(n, 0, sizeof *n);
    assert_true(ds_ed25519_public(secret, n->ed));
    assert_int_equal(ds_k1_public(secret, n->k1, NULL), DS_K1_OK);
    n->identity = node_identity(n->ed, n->k1);
    node_evidence(a->f, &n->w, n->identity, &n->collateral);
    assert_int_equal(dstack_identity_set_evidence(
                         n->identity, n->w.bytes.p, n->w.bytes.n, NULL),
        0);
    assert_int_equal(dstack_verifier_new(&n->verifier, NULL), 0);
    assert_int_equal(
        dstack_verifier_set_root(n->verifier, root->p, root->n, NULL), 0);
    assert_int_equal(dstack_policy_new(&n->policy, NULL), 0);
    dstack_policy_accept_any_workload(n->policy);
}

static void
node_end(node *n)
{
    workload_end(&n->w);
    dstack_verifier_free(n->verifier);
    dstack_collateral_free(n->collateral);
    dstack_policy_free(n->policy);
    dstack_identity_free(n->identity);
    dstack_peer_free(n->peer);
}

/* The code; no peer comes of a no. */
static int
node_verify(node *n, const dstack_identity *identity, int64_t now)
{
    int rc;

    dstack_peer_free(n->peer);
    rc = dstack_identity_verify(identity, n->verifier, n->collateral, n->policy,
        now, &n->peer, NULL, &err);
    assert_true((n->peer != NULL) == (rc == DSTACK_OK));
    return rc;
}

static void
refuse_node(attack *a, node *n, const dstack_identity *identity, int reason)
{
    attack_call_refuses(a, node_verify(n, identity, FORGE_NOW), &err,
        DSTACK_STAGE_IDENTITY, reason);
}

static void
accept_node(attack *a, node *n)
{
    attack_call_accepts(a, node_verify(n, n->identity, FORGE_NOW), &err);
}

/* The node's evidence and somebody else's keys, and the reverse. */
static void
other_keys(attack *a)
{
    static node n;
    uint8_t other[32];
    static const uint8_t another[32] = {1};
    dstack_identity *wrong;

    node_begin(a, &n);
    assert_true(ds_ed25519_public(another, other));
    wrong = node_identity(other, n.k1);
    accept_node(a, &n);
    assert_int_equal(
        dstack_identity_set_evidence(wrong, n.w.bytes.p, n.w.bytes.n, NULL), 0);
    refuse_node(a, &n, wrong, DSTACK_REASON_IDENTITY_KEY_BINDING);
    node_evidence(a->f, &n.w, wrong, &n.collateral);
    assert_int_equal(dstack_identity_set_evidence(
                         n.identity, n.w.bytes.p, n.w.bytes.n, NULL),
        0);
    refuse_node(a, &n, n.identity, DSTACK_REASON_IDENTITY_KEY_BINDING);
    dstack_identity_free(wrong);
    node_end(&n);
}

/* The node's keys under another tag, from the first to the last. */
static dstack_identity *
tagged(const node *n, const char *tag, int keys, bool evidence)
{
    dstack_identity *id = NULL;

    assert_int_equal(dstack_identity_new(tag, &id, NULL), 0);
    assert_int_equal(
        dstack_identity_add_key(id, n->ed, 32, DSTACK_KEY_ED25519, NULL, NULL),
        0);
    if (keys == 2)
        assert_int_equal(dstack_identity_add_key(
                             id, n->k1, 33, DSTACK_KEY_SECP256K1, NULL, NULL),
            0);
    if (evidence)
        assert_int_equal(
            dstack_identity_set_evidence(id, n->w.bytes.p, n->w.bytes.n, NULL),
            0);
    return id;
}

static void
other_tag(attack *a)
{
    static const struct {
        const char *tag;
        int keys;
        bool evidence;
        int reason;
    } cases[] = {
        {"app-data", 2, true, DSTACK_REASON_IDENTITY_KEY_BINDING},
        {"vin-receipt-key", 1, true, DSTACK_REASON_IDENTITY_KEY_BINDING},
        {"vin-receipt-key", 1, false, DSTACK_REASON_IDENTITY_FORMAT},
        {"vin-receipt-key", 2, true, DSTACK_REASON_IDENTITY_FORMAT},
        {"vin-node-keys", 1, true, DSTACK_REASON_IDENTITY_FORMAT},
    };
    static node n;

    node_begin(a, &n);
    accept_node(a, &n);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dstack_identity *wrong =
            tagged(&n, cases[i].tag, cases[i].keys, cases[i].evidence);

        attack_case(a, "case %zu", i);
        refuse_node(a, &n, wrong, cases[i].reason);
        dstack_identity_free(wrong);
    }
    node_end(&n);
}

static void
refused_evidence(attack *a)
{
    static const uint8_t zero[32];
    int64_t until;
    static node n;

    node_begin(a, &n);
    accept_node(a, &n);
    until = dstack_peer_valid_until(n.peer);
    attack_call_accepts(a, node_verify(&n, n.identity, until), &err);
    assert_int_equal(node_verify(&n, n.identity, until + 1), DSTACK_ERR_STALE);
    attack_note(a, "DSTACK_ERR_STALE after valid_until");
    assert_int_equal(
        dstack_policy_expect_field(n.policy, "compose_hash", zero, 32, NULL),
        0);
    attack_call_refuses(a, node_verify(&n, n.identity, FORGE_NOW), &err,
        DSTACK_STAGE_POLICY, DSTACK_REASON_POLICY_CLAIM);
    dstack_policy_free(n.policy);
    assert_int_equal(dstack_policy_new(&n.policy, NULL), 0);
    attack_call_refuses(a, node_verify(&n, n.identity, FORGE_NOW), &err,
        DSTACK_STAGE_POLICY, DSTACK_REASON_POLICY_EMPTY);
    dstack_policy_accept_any_workload(n.policy);
    n.w.bytes.p[n.w.bytes.n / 2] ^= 1;
    assert_int_equal(dstack_identity_set_evidence(
                         n.identity, n.w.bytes.p, n.w.bytes.n, NULL),
        0);
    assert_int_not_equal(node_verify(&n, n.identity, FORGE_NOW), DSTACK_OK);
    assert_int_equal(dstack_identity_set_evidence(
                         n.identity, (const uint8_t *)"{}", 2, NULL),
        0);
    attack_call_refuses(a, node_verify(&n, n.identity, FORGE_NOW), &err,
        DSTACK_STAGE_EVIDENCE, DSTACK_REASON_EVIDENCE_MEMBER);
    node_end(&n);
}

static int
signed_by(const node *n, const char *data, const uint8_t *signature,
    uint32_t algorithm, int64_t now)
{
    return dstack_peer_verify_signature(n->peer, (const uint8_t *)data,
        strlen(data), signature, 64, algorithm, now, &err);
}

static void
peer_signature(attack *a)
{
    static const uint8_t secret[32] = {[31] = 9};
    uint8_t sig[64];
    int64_t until;
    static node n;

    node_begin(a, &n);
    accept_node(a, &n);
    until = dstack_peer_valid_until(n.peer);
    assert_true(ds_ed25519_sign(secret, ds_view_str("x"), sig));
    attack_call_accepts(
        a, signed_by(&n, "x", sig, DSTACK_KEY_ED25519, until), &err);
    attack_call_refuses(a,
        signed_by(&n, "x", sig, DSTACK_KEY_ED25519, until + 1), &err,
        DSTACK_STAGE_IDENTITY, DSTACK_REASON_IDENTITY_EXPIRED);
    attack_call_refuses(a,
        signed_by(&n, "y", sig, DSTACK_KEY_ED25519, FORGE_NOW), &err,
        DSTACK_STAGE_IDENTITY, DSTACK_REASON_IDENTITY_SIGNATURE);
    attack_call_refuses(a, signed_by(&n, "x", sig, DSTACK_KEY_P256, FORGE_NOW),
        &err, DSTACK_STAGE_IDENTITY, DSTACK_REASON_IDENTITY_KEY);
    node_end(&n);
}

/* ---- sealed payloads -------------------------------------------------------------------------------------- */

static int
open_text(const char *secret_hex, const char *sealed)
{
    uint8_t secret[32];
    dstack_secret *opened = NULL;
    int rc;

    assert_true(ds_hex_decode(ds_view_str(secret_hex), secret, 32));
    rc = dstack_open(
        secret, 32, (const uint8_t *)sealed, strlen(sealed), &opened, &err);
    assert_true((opened != NULL) == (rc == DSTACK_OK));
    dstack_secret_free(opened);
    return rc;
}

static int
changed(const char *from, const char *to)
{
    return open_text(SEALED_SECRET, receipt_edited(SEALED_HELLO, from, to));
}

static void
refuse_sealed(attack *a, const char *from, const char *to, int reason)
{
    attack_case(a, "%s for %s", to, from);
    attack_call_refuses(a, changed(from, to), &err, 0, reason);
}

static void
untrusted(attack *a, const char *from, const char *to)
{
    attack_case(a, "%s for %s", to, from);
    attack_call_fails(a, changed(from, to), &err, DSTACK_ERR_UNTRUSTED);
}

static void
accept_sealed(attack *a)
{
    attack_call_accepts(a, open_text(SEALED_SECRET, SEALED_HELLO), &err);
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

/* x = 5 is on no point; nor is one below the field's order. */
static void
not_on_curve(attack *a)
{
    accept_sealed(a);
    refuse_sealed(a, SEALED_POINT,
        "020000000000000000000000000000000000000000000000000000000000000005",
        DSTACK_REASON_JSON);
    refuse_sealed(a, SEALED_POINT,
        "02fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
        DSTACK_REASON_JSON);
    refuse_sealed(a, "03e27f", "05e27f", DSTACK_REASON_JSON);
}

static void
infinity(attack *a)
{
    accept_sealed(a);
    refuse_sealed(a, SEALED_POINT, "00" ZEROS, DSTACK_REASON_JSON);
    refuse_sealed(a, SEALED_POINT, "02" ZEROS, DSTACK_REASON_JSON);
    refuse_sealed(a, SEALED_POINT, "00", DSTACK_REASON_JSON_RANGE);
}

static void
point_length(attack *a)
{
    accept_sealed(a);
    refuse_sealed(a, SEALED_POINT, "03", DSTACK_REASON_JSON_RANGE);
    refuse_sealed(a, SEALED_POINT, "", DSTACK_REASON_JSON_RANGE);
    refuse_sealed(a, "03e27f", "e27f", DSTACK_REASON_JSON_RANGE);
    refuse_sealed(a, "5cf85d", "5cf85d00", DSTACK_REASON_JSON_RANGE);
    refuse_sealed(a, "\"03e27f", "\"3e27f", DSTACK_REASON_JSON_RANGE);
    refuse_sealed(a, SEALED_POINT, "04" ZEROS ZEROS, DSTACK_REASON_JSON_RANGE);
}

static void
nonce_length(attack *a)
{
    accept_sealed(a);
    refuse_sealed(a, "f585", "f5", DSTACK_REASON_JSON_RANGE);
    refuse_sealed(a, "f585", "f58500", DSTACK_REASON_JSON_RANGE);
    refuse_sealed(a, "5dbf21226a0676689b9df585", "", DSTACK_REASON_JSON_RANGE);
    refuse_sealed(a, "5dbf", "5dbg", DSTACK_REASON_JSON_RANGE);
}

static void
tag_cut(attack *a)
{
    static const char all[] = "SrMdgRbmFRDgUMOBnX9XBueUX09r";

    accept_sealed(a);
    refuse_sealed(a, all, "SrMd", DSTACK_REASON_JSON);
    refuse_sealed(a, all, "", DSTACK_REASON_JSON);
    /* 16 bytes are a tag of nothing, and of another text. */
    untrusted(a, all, "SrMdgRbmFRDgUMOBnX9XBg==");
    untrusted(a, "BueUX09r", "BueU");
}

static void
sealed_changed(attack *a)
{
    accept_sealed(a);
    untrusted(a, "X09r", "X09q");
    untrusted(a, "SrMd", "SrMc");
    untrusted(a, "5dbf", "5dbe");
    untrusted(a, SEALED_POINT, SEALED_FOR);
}

static void
other_recipient(attack *a)
{
    attack_call_fails(a,
        open_text(
            "0707070707070707070707070707070707070707070707070707070707070707",
            SEALED_HELLO),
        &err, DSTACK_ERR_UNTRUSTED);
    attack_call_fails(a, open_text(ZEROS, SEALED_HELLO), &err, DSTACK_ERR_ARG);
    attack_call_fails(a,
        open_text("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd036"
                  "4141",
            SEALED_HELLO),
        &err, DSTACK_ERR_ARG);
    accept_sealed(a);
}

static void
sealed_form(attack *a)
{
    accept_sealed(a);
    refuse_sealed(a, "X09r", "X0_r", DSTACK_REASON_JSON);
    refuse_sealed(a, "X09r", "X09", DSTACK_REASON_JSON);
    refuse_sealed(a, "\"nonce\"", "\"iv\"", DSTACK_REASON_JSON);
    refuse_sealed(a, "}", ",\"more\":1}", DSTACK_REASON_JSON);
    refuse_sealed(a, "}", ",\"nonce\":\"5dbf21226a0676689b9df585\"}",
        DSTACK_REASON_JSON_DUP);
    refuse_sealed(a, "}", "}x", DSTACK_REASON_JSON_TRAILING);
    refuse_sealed(a, "{", "[", DSTACK_REASON_JSON);
}

static void
seal_for_nobody(attack *a)
{
    uint8_t key[65] = {4}, good[33];
    char *json = NULL;
    size_t lengths[] = {0, 32, 33, 34, 65}, n;

    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        attack_call_fails(a,
            dstack_seal(key, lengths[i], NULL, 0, &json, &n, &err), &err,
            DSTACK_ERR_ARG);
        assert_true(!json && n == 0);
    }
    assert_true(ds_hex_decode(ds_view_str(SEALED_FOR), good, 33));
    attack_call_accepts(
        a, dstack_seal(good, 33, NULL, 0, &json, &n, &err), &err);
    dstack_free(json);
}

static const attack_row rows[] = {
    ATTACK("V1", "a character of clean_text", clean_text),
    ATTACK("V2", "a character of text", transport_text),
    ATTACK("V3", "a character of inputs", inputs),
    ATTACK("V4", "a wrong signature", other_signature),
    ATTACK("V5", "a nonce a second time", replayed),
    ATTACK("V6", "inputs in another spelling, and others", canonical),
    ATTACK("V7", "another payment", payment),
    ATTACK("V8", "another key in the attestation", signer_key),
    ATTACK("V9", "other constraints", constraints),
    ATTACK("V10", "another model", llm),
    ATTACK("V11", "another request, action or policy", request),
    ATTACK("V12", "a receipt of the future", future),
    ATTACK("V13", "a receipt that expired", expired),
    ATTACK("V14", "a receipt that ends before it begins", backwards),
    ATTACK("V15", "unknown members, other types", schema),
    ATTACK("V16", "a key of small order", small_order),
    ATTACK("V17", "a signature in another form", non_canonical),
    ATTACK("V18", "signed members changed", signed_members),
    ATTACK("V19", "another node", other_node),
    ATTACK("V20", "a forgery before the receipt", forged_first),
    ATTACK("V21", "a replay store that is full", store_full),
    ATTACK("V22", "level 2 without attestation", no_attestation),
    ATTACK("V23", "a reference to other evidence", reference),
    ATTACK("V24", "other evidence inside", other_inline),
    ATTACK("V25", "a measurement that nothing proves", unproven),
    ATTACK("V26", "evidence that does not name the key", unnamed_key),
    ATTACK("V27", "a verdict on evidence that is over", old_verdict),
    ATTACK("V28", "an identity with other keys", other_keys),
    ATTACK("V29", "an identity under another tag", other_tag),
    ATTACK(
        "V30", "an identity with evidence that is refused", refused_evidence),
    ATTACK("V31", "a peer's signature, late or not its", peer_signature),
    ATTACK("V32", "an ephemeral key off the curve", not_on_curve),
    ATTACK("V33", "the point at infinity", infinity),
    ATTACK("V34", "an ephemeral key of other length", point_length),
    ATTACK("V35", "a nonce of other length", nonce_length),
    ATTACK("V36", "a tag cut off", tag_cut),
    ATTACK("V37", "a sealed payload changed", sealed_changed),
    ATTACK("V38", "a payload for somebody else", other_recipient),
    ATTACK("V39", "a sealed payload in another form", sealed_form),
    ATTACK("V40", "sealing for no key", seal_for_nobody),
};

ATTACK_MAIN(rows)
