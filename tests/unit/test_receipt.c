/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts: the reference node's, both ways; the protocol's list of what must
 * be refused; every step by itself, with its reason, and in its order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "codec/jcs.h"
#include "codec/json.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "dstack/dstack.h"
#include "receipt/identity.h"
#include "receipt/receipt.h"
#include "support/vec.h"

#define NOW INT64_C(1790000000)
/* The first vector of ../shared/vectors/vin/receipts.json, made with the npm
 * packages of the reference node. */
#define SEED "9f1f2574065793160d2b8e930f3c15d0ea925ffa7b67a6fa6ea9fedc7bfbc214"
#define REQUEST \
    "{\"schema\":\"vin.action_request.v0\",\"request_id\":\"r-1\"," \
    "\"action_type\":\"compose_post\",\"policy_id\":\"P0_COMPOSE_POST_V1\"," \
    "\"inputs\":{\"prompt\":\"hello\"},\"constraints\":{\"max_chars\":280}," \
    "\"llm\":{\"provider\":\"anthropic\",\"model_id\":\"m\"}}"
#define OUTPUT \
    "{\"schema\":\"vin.output.v0\",\"format\":\"plain\"," \
    "\"text\":\"Hello there\",\"clean_text\":\"Hello there\"}"
#define MEMBERS(iat, exp, attestation, payment) \
    "\"node_pubkey\":\"C7nkjp-D6Dfftns7VjObSKYgZ5MahXTFSBipVuKfK6o\"," \
    "\"request_id\":\"r-1\",\"action_type\":\"compose_post\"," \
    "\"policy_id\":\"P0_COMPOSE_POST_V1\",\"inputs_commitment\":" \
    "\"8a44725210b9dcd4fefd9f0eca07b70ae45e69274a3105fb25eb426a2cf8bbf4\"," \
    "\"constraints_commitment\":" \
    "\"63c48fd83a3305280373876be9b3ed654bfa0121ec8bba4d0de60ea22fa1ccdf\"," \
    "\"llm_commitment\":" \
    "\"f74789ad61e78ee49a8bd363b293b656debde0f32cbf36787fe1376f134e88c5\"," \
    "\"output_clean_hash\":" \
    "\"4e47826698bb4630fb4451010062fadbf85d61427cbdfaed7ad0f23f239bed89\"," \
    "\"output_transport_hash\":" \
    "\"4e47826698bb4630fb4451010062fadbf85d61427cbdfaed7ad0f23f239bed89\"," \
    "\"iat\":" iat ",\"exp\":" exp ",\"nonce\":\"3q4kc0PajRAHH0NJEyNW7w\"," \
    "\"attestation\":" attestation ",\"payment\":" payment
#define NONE "{\"type\":\"none\"}"
#define RECEIPT \
    "{\"schema\":\"vin.receipt.v0\",\"version\":\"0.1\"," MEMBERS( \
        "1790000000", "1790000600", NONE, \
        NONE) ",\"sig\":" \
              "\"wGyNuXQ75sRCSIu4Vaxb5uAzqHeVfADlcaAAiuSogP0GTB7K7vRrN6VEKD" \
              "SdX3Y66ZgVZmwrgZBp_loSYAEYCg\"}"

static uint8_t seed[32];
static dstack_exchange *exchange;
static dstack_receipt_policy *policy;
static dstack_replay_memory *memory;
static dstack_peer peer;
static dstack_error err;

static const uint8_t *
bytes(const char *text)
{
    return (const uint8_t *)text;
}

static void
ok(int rc)
{
    if (rc != DSTACK_OK)
        print_error("%s\n", err.message);
    assert_int_equal(rc, DSTACK_OK);
}

static dstack_exchange *
exchange_of(const char *request, const char *output)
{
    dstack_exchange *x = NULL;

    ok(dstack_exchange_new(&x, &err));
    if (request)
        ok(dstack_exchange_set_request(
            x, bytes(request), strlen(request), &err));
    if (output)
        ok(dstack_exchange_set_output(x, bytes(output), strlen(output), &err));
    return x;
}

/* A policy of level 0 for any node, with an empty store. */
static int
setup(void **state)
{
    (void)state;
    ds_hex_decode(ds_view_str(SEED), seed, 32);
    exchange = exchange_of(REQUEST, OUTPUT);
    ok(dstack_receipt_policy_new(&policy, &err));
    ok(dstack_receipt_policy_accept_level(policy, 0, &err));
    dstack_receipt_policy_accept_any_node(policy);
    ok(dstack_replay_memory_new(8, &memory, &err));
    ok(dstack_receipt_policy_set_replay_memory(policy, memory, &err));
    memset(&peer, 0, sizeof peer);
    peer.valid_until = NOW;
    peer.key_count = 1;
    peer.key[0].algorithm = DSTACK_KEY_ED25519;
    peer.key[0].len = 32;
    ds_ed25519_public(seed, peer.key[0].bytes);
    memset(peer.evidence_hash, 0xab, 32);
    memset(peer.measurement[1], 0xcd, 32);
    peer.measurement_len[1] = 32;
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    dstack_exchange_free(exchange);
    dstack_receipt_policy_free(policy);
    dstack_replay_memory_free(memory);
    return 0;
}

static int
verify_at(const char *receipt, int64_t now)
{
    return dstack_receipt_verify(policy, bytes(receipt), strlen(receipt),
        exchange, &peer, now, NULL, &err);
}

/* No, for this reason, by call and report; and no nonce was used up. */
static void
refuse_at(const char *receipt, int64_t now, int reason)
{
    size_t before = dstack_replay_memory_count(memory);
    dstack_receipt_report *report = NULL;
    int rc = dstack_receipt_verify(policy, bytes(receipt), strlen(receipt),
        exchange, &peer, now, &report, &err);
    bool failed = false;

    assert_string_equal(
        dstack_reason_name(err.reason), dstack_reason_name(reason));
    assert_int_equal(rc, err.code);
    assert_int_not_equal(rc, DSTACK_OK);
    assert_int_equal(err.stage, DSTACK_STAGE_RECEIPT);
    assert_non_null(report);
    assert_int_equal(dstack_receipt_report_is_accepted(report), 0);
    assert_int_equal(dstack_receipt_report_reason(report), reason);
    assert_string_equal(dstack_receipt_report_message(report), err.message);
    for (size_t i = 0; i < dstack_receipt_report_step_count(report); i++) {
        int result = dstack_receipt_report_step_result(report, i);

        /* Nothing runs behind what failed. */
        assert_true(!failed || result == DSTACK_CHECK_NOT_RUN);
        failed = failed || result == DSTACK_CHECK_FAILED;
    }
    assert_true(failed);
    dstack_receipt_report_free(report);
    assert_int_equal(dstack_replay_memory_count(memory), before);
}

static void
refuse(const char *receipt, int reason)
{
    refuse_at(receipt, NOW, reason);
}

/* ---- the vectors ------------------------------------------------------------- */

static void
test_known(void **state)
{
    static const uint8_t none[16];
    uint8_t nonce[16];
    ds_buf out;

    (void)state;
    ds_buf_init(&out, 16);
    assert_true(
        ds_base64url_decode(ds_view_str("3q4kc0PajRAHH0NJEyNW7w"), &out));
    memcpy(nonce, out.p, 16);
    ds_buf_free(&out);
    ds_buf_init(&out, 1 << 20);
    ok(ds_receipt_sign(exchange, seed, ds_view_str(NONE), ds_view_of(NULL, 0),
        NOW, NOW + 600, nonce, none, &out, &err));
    assert_string_equal((const char *)out.p, RECEIPT);
    ds_buf_free(&out);
    ok(verify_at(RECEIPT, NOW));
}

static void
one_vector(const ds_json *j, ds_jv c)
{
    ds_view request = ds_json_raw(j, ds_json_get(j, c, "request"));
    ds_view output = ds_json_raw(j, ds_json_get(j, c, "output"));
    ds_view receipt = ds_json_raw(j, ds_json_get(j, c, "receipt"));
    ds_buf signed_text, again;
    dstack_receipt *parsed = NULL;
    const char *text;
    ds_receipt r;
    size_t n;

    ok(dstack_exchange_set_request(exchange, request.p, request.n, &err));
    ok(dstack_exchange_set_output(exchange, output.p, output.n, &err));
    ok(dstack_receipt_verify(
        policy, receipt.p, receipt.n, exchange, NULL, NOW, NULL, &err));
    ds_buf_init(&signed_text, 1 << 20);
    ok(ds_json_string_buf(
        j, ds_json_get(j, c, "canonical_payload"), &signed_text, &err));
    ok(dstack_receipt_parse(receipt.p, receipt.n, &parsed, &err));
    text = dstack_receipt_json(parsed, NULL, &n);
    assert_int_equal(n, signed_text.n);
    assert_memory_equal(text, signed_text.p, n);
    assert_int_equal(dstack_receipt_iat(parsed), NOW);
    assert_int_equal(dstack_receipt_exp(parsed), NOW + 600);
    /* And the other way: the same bytes are signed to the same signature. */
    ok(ds_receipt_read(&r, receipt, &err));
    ds_buf_init(&again, 1 << 20);
    ok(ds_receipt_sign(exchange, seed, ds_json_raw(r.j, r.at[DS_M_ATTESTATION]),
        ds_json_raw(r.j, r.at[DS_M_PAYMENT]), r.iat, r.exp, r.nonce, r.nonce,
        &again, &err));
    assert_true(ds_view_contains(ds_view_of(again.p, again.n), "\"sig\":\""));
    text = (const char *)again.p + again.n - 88;
    ds_buf_cut(&signed_text, 0);
    ds_base64url_encode(ds_view_of(r.sig, 64), &signed_text);
    assert_memory_equal(text, signed_text.p, 86);
    ds_receipt_clear(&r);
    ds_buf_free(&again);
    ds_buf_free(&signed_text);
    dstack_receipt_free(parsed);
}

static void
test_vectors(void **state)
{
    ds_view file = vec_real("vin/receipts.json");
    ds_json *j = NULL;
    size_t n = 0;

    (void)state;
    ok(ds_json_parse(file, "vectors", &j, &err));
    for (ds_jv c = ds_json_first(j, ds_json_get(j, 0, "cases"));
         c != DS_JSON_NONE; c = ds_json_next(j, c), n++)
        one_vector(j, c);
    assert_true(n >= 3);
    ds_json_free(j);
    vec_free(file);
}

/* ---- the protocol's list ------------------------------------------------------- */

/* The test's receipt under another exchange. */
static void
refuse_exchange(const char *request, const char *output, int reason)
{
    dstack_exchange_free(exchange);
    exchange = exchange_of(request, output);
    refuse(RECEIPT, reason);
}

/* The request with one part of it replaced. */
static const char *
edited(const char *text, const char *from, const char *to)
{
    static char out[4096];
    const char *at = strstr(text, from);

    assert_non_null(at);
    snprintf(out, sizeof out, "%.*s%s%s", (int)(at - text), text, to,
        at + strlen(from));
    return out;
}

static void
test_conformance(void **state)
{
    static const char *const outputs[2][2] = {
        {"\"clean_text\":\"Hello there\"", "\"clean_text\":\"Hello There\""},
        {"\"text\":\"Hello there\"", "\"text\":\"Hello there \""}};

    (void)state;
    refuse_exchange(REQUEST, edited(OUTPUT, outputs[0][0], outputs[0][1]),
        DSTACK_REASON_RECEIPT_OUTPUT_CLEAN);
    refuse_exchange(REQUEST, edited(OUTPUT, outputs[1][0], outputs[1][1]),
        DSTACK_REASON_RECEIPT_OUTPUT_TRANSPORT);
    refuse_exchange(edited(REQUEST, "hello", "hellO"), OUTPUT,
        DSTACK_REASON_RECEIPT_INPUTS);
    refuse_exchange(edited(REQUEST, "280", "281"), OUTPUT,
        DSTACK_REASON_RECEIPT_CONSTRAINTS);
    refuse_exchange(
        edited(REQUEST, "\"m\"", "\"n\""), OUTPUT, DSTACK_REASON_RECEIPT_LLM);
    refuse_exchange(
        edited(REQUEST, "r-1", "r-2"), OUTPUT, DSTACK_REASON_RECEIPT_REQUEST);
    refuse_exchange(edited(REQUEST, "compose_post", "generic"), OUTPUT,
        DSTACK_REASON_RECEIPT_REQUEST);
    refuse_exchange(edited(REQUEST, "POST_V1", "POST_V2"), OUTPUT,
        DSTACK_REASON_RECEIPT_REQUEST);
}

/* Not the same text, and the same JSON: numbers, escapes, order, null. */
static void
test_same_request(void **state)
{
    (void)state;
    dstack_exchange_free(exchange);
    exchange = exchange_of("{ \"llm\": {\"model_id\": \"m\", \"provider\": "
                           "\"anthr\\u006fpic\"}, \"request_id\": "
                           "\"\\u0072-1\", \"policy_id\": "
                           "\"P0_COMPOSE_POST_V1\", \"action_type\": "
                           "\"compose_post\", \"constraints\": {\"max_chars\": "
                           "2.80e2}, \"inputs\": {\"prompt\":\"hello\"}, "
                           "\"client\": {\"agent_id\": \"x\"}}",
        "{\"clean_text\":\"Hello there\",\"text\":\"Hello\\u0020there\"}");
    ok(verify_at(RECEIPT, NOW));
}

/* U+0000 is a character like others: it is hashed, and kept in what is signed.
 * The hashes are those of Python's hashlib over the canonical forms. */
static void
test_nul(void **state)
{
    static const char *const wanted[][2] = {
        {"inputs",
            "c8e5eb78bca360b5ec5bd686d002eb87be8094946e760cb76f352f7b657ff314"},
        {"output_clean",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
        {"output_transport", "ce3890a816f5237a17aa7e1436113bbac398dfe216cf96553"
                             "7cd035bdbad900a"}};
    char *json = NULL, hex[65];
    dstack_receipt *receipt = NULL;
    const char *id;
    size_t n;

    (void)state;
    dstack_exchange_free(exchange);
    exchange = exchange_of("{\"action_type\":\"generic\",\"policy_id\":\"\","
                           "\"request_id\":\"\\u0000\",\"inputs\":"
                           "{\"a\":[],\"\\u0000\":\"a\\u0000b\"}}",
        "{\"clean_text\":\"\\u0000\",\"text\":\"x\\u0000y\"}");
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const uint8_t *hash = dstack_exchange_hash(exchange, wanted[i][0], &n);

        ds_hex_encode(ds_view_of(hash, n), hex);
        assert_string_equal(hex, wanted[i][1]);
    }
    ok(dstack_receipt_sign(
        exchange, seed, 32, NULL, 0, NULL, 0, NOW, 0, &json, &n, &err));
    ok(verify_at(json, NOW));
    ok(dstack_receipt_parse(bytes(json), n, &receipt, &err));
    id = dstack_receipt_json(receipt, "request_id", &n);
    assert_true(ds_view_eq(ds_view_of(id, n), ds_view_str("\"\\u0000\"")));
    dstack_receipt_free(receipt);
    dstack_free(json);
}

static void
test_null_is_empty(void **state)
{
    static const char *const texts[2] = {
        "{\"action_type\":\"generic\",\"policy_id\":\"\"}",
        "{\"action_type\":\"generic\",\"policy_id\":\"\",\"inputs\":null,"
        "\"constraints\":{},\"llm\":null}"};
    /* SHA-256 of "{}" */
    static const char empty[] =
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    uint8_t wanted[32];
    size_t n;

    (void)state;
    assert_true(ds_hex_decode(ds_view_str(empty), wanted, 32));
    for (int i = 0; i < 2; i++) {
        dstack_exchange *x = exchange_of(texts[i], NULL);

        assert_memory_equal(dstack_exchange_hash(x, "inputs", &n), wanted, 32);
        assert_int_equal(n, 32);
        assert_memory_equal(
            dstack_exchange_hash(x, "constraints", NULL), wanted, 32);
        assert_memory_equal(dstack_exchange_hash(x, "llm", NULL), wanted, 32);
        assert_null(dstack_exchange_hash(x, "output_clean", &n));
        assert_int_equal(n, 0);
        assert_null(dstack_exchange_hash(x, "payment", NULL));
        assert_null(dstack_exchange_hash(x, "other", NULL));
        dstack_exchange_free(x);
    }
}

static void
test_replay(void **state)
{
    (void)state;
    ok(verify_at(RECEIPT, NOW));
    refuse(RECEIPT, DSTACK_REASON_RECEIPT_REPLAY);
    refuse_at(RECEIPT, NOW + 1, DSTACK_REASON_RECEIPT_REPLAY);
    dstack_receipt_policy_accept_replay(policy);
    ok(verify_at(RECEIPT, NOW));
}

static int
stubborn(void *user, const uint8_t *node_key, size_t node_key_len,
    const uint8_t *nonce, size_t nonce_len, int64_t exp, int64_t now)
{
    assert_int_equal(node_key_len, 32);
    assert_memory_equal(node_key, peer.key[0].bytes, 32);
    assert_int_equal(nonce_len, 16);
    assert_int_equal(nonce[0], 0xde);
    assert_true(exp == NOW + 600 && now == NOW);
    return *(int *)user;
}

/* A store of the caller's: what each of its answers becomes. */
static void
test_replay_store(void **state)
{
    static const int answers[][2] = {{0, DSTACK_OK}, {1, DSTACK_ERR_UNTRUSTED},
        {2, DSTACK_ERR_UNTRUSTED}, {-1, DSTACK_ERR_UNTRUSTED},
        {DSTACK_ERR_NOMEM, DSTACK_ERR_NOMEM},
        {DSTACK_ERR_INTERNAL, DSTACK_ERR_INTERNAL}};
    int answer;
    dstack_replay_store store = {
        .abi_size = sizeof store, .user = &answer, .seen = stubborn};

    (void)state;
    ok(dstack_receipt_policy_set_replay_store(policy, &store, &err));
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        /* DSTACK_ERR_ARG, which is -1, is no answer that passes through. */
        answer = answers[i][0];
        assert_int_equal(verify_at(RECEIPT, NOW), answers[i][1]);
        assert_int_equal(err.code, answers[i][1]);
    }
    answer = 2;
    assert_int_equal(verify_at(RECEIPT, NOW), DSTACK_ERR_UNTRUSTED);
    assert_int_equal(err.reason, DSTACK_REASON_RECEIPT_REPLAY_STORE);
}

/* A forged receipt uses up no nonce: the real one passes after it. */
static void
test_forged_then_real(void **state)
{
    char *forged = strdup(RECEIPT);

    (void)state;
    memcpy(strstr(forged, "wGyN"), "wGyM", 4);
    refuse(forged, DSTACK_REASON_RECEIPT_SIGNATURE);
    free(forged);
    refuse_exchange(edited(REQUEST, "hello", "hallo"), OUTPUT,
        DSTACK_REASON_RECEIPT_INPUTS);
    dstack_exchange_free(exchange);
    exchange = exchange_of(REQUEST, OUTPUT);
    ok(verify_at(RECEIPT, NOW));
}

/* ---- form ------------------------------------------------------------------------- */

static void
test_schema(void **state)
{
    static const char *const edits[][2] = {
        {"vin.receipt.v0", "vin.receipt.v1"},
        {"\"version\":\"0.1\"", "\"version\":\"0.2\""},
        {"\"version\":\"0.1\"", "\"version\":0.1"},
        {"\"version\":\"0.1\",", ""},
        {"\"version\"", "\"more\":1,\"version\""},
        {"\"version\"", "\"version\":\"0.1\",\"version\""},
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

    (void)state;
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++)
        refuse(edited(RECEIPT, edits[i][0], edits[i][1]),
            DSTACK_REASON_RECEIPT_SCHEMA);
    refuse("", DSTACK_REASON_RECEIPT_SCHEMA);
    refuse("null", DSTACK_REASON_RECEIPT_SCHEMA);
    refuse(RECEIPT "x", DSTACK_REASON_RECEIPT_SCHEMA);
}

/* Every signed member changed in a way that keeps its form. */
static void
test_signature(void **state)
{
    static const char *const edits[][2] = {
        {"\"request_id\":\"r-1\"", "\"request_id\":\"r-2\""},
        {"compose_post", "generic"},
        {"POST_V1", "POST_V2"},
        {"8a44725210b9", "8b44725210b9"},
        {"63c48fd83a33", "64c48fd83a33"},
        {"f74789ad61e7", "f84789ad61e7"},
        {"4e47826698bb", "4f47826698bb"},
        {"1790000000", "1790000001"},
        {"1790000600", "1790000601"},
        {"3q4kc0Paj", "4q4kc0Paj"},
        {"\"attestation\":{\"type\":\"none\"}",
            "\"attestation\":{\"type\":\"none\",\"x\":1}"},
        {"\"payment\":{\"type\":\"none\"}", "\"payment\":{\"type\":\"nona\"}"},
        {"C7nkjp", "D7nkjp"},
        {"wGyNuX", "xGyNuX"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++)
        refuse(edited(RECEIPT, edits[i][0], edits[i][1]),
            DSTACK_REASON_RECEIPT_SIGNATURE);
}

/* A key of small order, under which many a signature would be good. */
static void
test_small_order(void **state)
{
    (void)state;
    refuse(edited(RECEIPT, "C7nkjp-D6Dfftns7VjObSKYgZ5MahXTFSBipVuKfK6o",
               "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        DSTACK_REASON_RECEIPT_SIGNATURE);
}

/* ---- signed for the purpose ------------------------------------------------------- */

/* A receipt by the test's key with these objects and times. */
static char *
made(const char *attestation, const char *payment, int64_t iat, int64_t exp)
{
    static uint8_t nonce[16];
    size_t n;
    ds_buf out;

    nonce[0]++;
    ds_buf_init(&out, 1 << 20);
    ok(ds_receipt_sign(exchange, seed, ds_view_str(attestation),
        ds_view_str(payment), iat, exp, nonce, nonce, &out, &err));
    return (char *)ds_buf_take(&out, &n);
}

static void
refuse_made(const char *attestation, const char *payment, int reason)
{
    char *receipt = made(attestation, payment, NOW, NOW + 600);

    refuse(receipt, reason);
    dstack_free(receipt);
}

static void
accept_made(const char *attestation, const char *payment)
{
    char *receipt = made(attestation, payment, NOW, NOW + 600);

    ok(verify_at(receipt, NOW));
    dstack_free(receipt);
}

static void
test_times(void **state)
{
    static const struct {
        int64_t iat, exp;
        int reason;
    } cases[] = {
        {NOW + 60, NOW + 60, 0},
        {NOW + 61, NOW + 600, DSTACK_REASON_RECEIPT_FUTURE},
        {NOW - 600, NOW, 0},
        {NOW - 600, NOW - 1, DSTACK_REASON_RECEIPT_EXPIRED},
        {NOW + 10, NOW + 9, DSTACK_REASON_RECEIPT_TIMES},
        {NOW + 10, NOW + 10, 0},
        /* Both are wrong: the first rule speaks. */
        {NOW + 61, NOW - 1, DSTACK_REASON_RECEIPT_FUTURE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *receipt = made(NONE, NONE, cases[i].iat, cases[i].exp);

        if (cases[i].reason)
            refuse(receipt, cases[i].reason);
        else
            ok(verify_at(receipt, NOW));
        dstack_free(receipt);
    }
}

static void
test_node(void **state)
{
    uint8_t key[32] = {1};

    (void)state;
    ok(dstack_receipt_policy_expect_node(policy, key, 32, &err));
    refuse(RECEIPT, DSTACK_REASON_RECEIPT_NODE);
    ok(dstack_receipt_policy_expect_node(policy, peer.key[0].bytes, 32, &err));
    ok(verify_at(RECEIPT, NOW));
}

/* SHA-256 of "payload", by Python's hashlib. */
#define PAID "239f59ed55e737c77147cf55ad0c1b030b6d7ee748a7426952f9b852d5a935e5"

static void
test_payment(void **state)
{
    static const char x402[] = "{\"type\":\"x402\",\"payment_ref\":\"r\","
                               "\"payment_commitment\":\"" PAID "\"}";
    static const char x402v0[] =
        "{\"type\":\"x402.v0\",\"network\":\"eip155:8453\",\"asset\":\"USDC\","
        "\"amount\":\"1000\",\"pay_to\":\"0x\",\"payment_payload_hash\":\"" PAID
        "\"}";

    (void)state;
    accept_made(NONE, x402);
    ok(dstack_receipt_policy_accept_level(policy, 1, &err));
    refuse_made(NONE, x402, DSTACK_REASON_RECEIPT_PAYMENT);
    refuse_made(NONE, NONE, DSTACK_REASON_RECEIPT_PAYMENT);
    ok(dstack_exchange_set_payment(exchange, bytes("payload"), 7, &err));
    accept_made(NONE, x402);
    accept_made(NONE, x402v0);
    refuse_made(NONE,
        "{\"type\":\"x402\",\"payment_payload_hash\":\"" PAID "\"}",
        DSTACK_REASON_RECEIPT_PAYMENT);
    refuse_made(NONE, "{\"type\":\"x403\",\"payment_commitment\":\"" PAID "\"}",
        DSTACK_REASON_RECEIPT_PAYMENT);
    refuse_made(NONE, "{\"type\":\"x402\",\"payment_commitment\":7}",
        DSTACK_REASON_RECEIPT_PAYMENT);
    ok(dstack_exchange_set_payment(exchange, bytes("payloae"), 7, &err));
    refuse_made(NONE, x402, DSTACK_REASON_RECEIPT_PAYMENT);
    refuse_made(NONE, x402v0, DSTACK_REASON_RECEIPT_PAYMENT);
    /* None where there is a payment is a mismatch, whatever is accepted. */
    dstack_receipt_policy_accept_no_payment(policy);
    refuse_made(NONE, NONE, DSTACK_REASON_RECEIPT_PAYMENT);
    dstack_exchange_free(exchange);
    exchange = exchange_of(REQUEST, OUTPUT);
    accept_made(NONE, NONE);
}

#define AB "abababababababababababababababababababababababababababababababab"
#define CD "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
#define REFERENCE(hash, measurement) \
    "{\"type\":\"dstack\",\"report_hash\":\"" hash \
    "\",\"measurement\":\"" measurement "\"}"

static void
test_attestation(void **state)
{
    static const uint8_t other[32] = {7};
    uint8_t key[32];

    (void)state;
    accept_made(REFERENCE(CD, AB), NONE); /* not asked for: not judged */
    ok(dstack_receipt_policy_accept_level(policy, 2, &err));
    dstack_receipt_policy_accept_no_payment(policy);
    refuse_made(NONE, NONE, DSTACK_REASON_RECEIPT_ATTESTATION);
    refuse_made(REFERENCE(CD, CD), NONE, DSTACK_REASON_RECEIPT_ATTESTATION);
    refuse_made(REFERENCE(AB, AB), NONE, DSTACK_REASON_RECEIPT_MEASUREMENT);
    refuse_made(REFERENCE(AB, "cdcd"), NONE, DSTACK_REASON_RECEIPT_MEASUREMENT);
    refuse_made(
        "{\"type\":\"dstack\"}", NONE, DSTACK_REASON_RECEIPT_ATTESTATION);
    refuse_made("{\"type\":\"other\",\"report_hash\":\"" AB "\"}", NONE,
        DSTACK_REASON_RECEIPT_ATTESTATION);
    accept_made(REFERENCE(AB, CD), NONE);
    accept_made("{\"type\":\"dstack\",\"report_hash\":\"" AB "\"}", NONE);
    peer.valid_until = NOW - 1;
    refuse_made(
        REFERENCE(AB, CD), NONE, DSTACK_REASON_RECEIPT_ATTESTATION_EXPIRED);
    peer.valid_until = NOW;
    memcpy(key, peer.key[0].bytes, 32);
    memcpy(peer.key[0].bytes, other, 32);
    refuse_made(REFERENCE(AB, CD), NONE, DSTACK_REASON_RECEIPT_KEY_BINDING);
    memcpy(peer.key[0].bytes, key, 32);
    peer.key[0].algorithm = DSTACK_KEY_SECP256K1;
    refuse_made(REFERENCE(AB, CD), NONE, DSTACK_REASON_RECEIPT_KEY_BINDING);
}

static void
test_inline(void **state)
{
    /* base64url of "evidence" */
    static const char good[] =
        "{\"type\":\"tdx.dstack.v0\",\"report\":\"ZXZpZGVuY2U\","
        "\"measurement\":\"" CD "\",\"signer_pubkey\":"
        "\"C7nkjp-D6Dfftns7VjObSKYgZ5MahXTFSBipVuKfK6o\"}";
    char text[512];

    (void)state;
    ok(dstack_receipt_policy_accept_level(policy, 2, &err));
    dstack_receipt_policy_accept_no_payment(policy);
    refuse_made(good, NONE, DSTACK_REASON_RECEIPT_ATTESTATION);
    assert_true(ds_hash(DS_SHA256, ds_view_str("evidence"), ds_view_of(NULL, 0),
        peer.evidence_hash));
    accept_made(good, NONE);
    snprintf(text, sizeof text, "%s", edited(good, "C7nkjp", "D7nkjp"));
    refuse_made(text, NONE, DSTACK_REASON_RECEIPT_KEY_BINDING);
    snprintf(text, sizeof text, "%s", edited(good, "ZXZpZGVuY2U", "ZXZpZGV"));
    refuse_made(text, NONE, DSTACK_REASON_RECEIPT_ATTESTATION);
}

/* ---- what is reported, what the caller must give ------------------------------------ */

static int
result_of(const dstack_receipt_report *report, const char *name)
{
    for (size_t i = 0; i < dstack_receipt_report_step_count(report); i++)
        if (strcmp(dstack_receipt_report_step_name(report, i), name) == 0)
            return dstack_receipt_report_step_result(report, i);
    fail();
    return -1;
}

static void
test_report(void **state)
{
    char *receipt = made(REFERENCE(AB, AB),
        "{\"type\":\"x402\",\"payment_commitment\":\"" PAID "\"}", NOW,
        NOW + 1);
    dstack_receipt_report *report = NULL;
    char *json = NULL;
    size_t n = 0;

    (void)state;
    dstack_receipt_policy_accept_no_output(policy);
    dstack_exchange_free(exchange);
    exchange = exchange_of(REQUEST, NULL);
    ok(dstack_receipt_verify(policy, bytes(receipt), strlen(receipt), exchange,
        NULL, NOW, &report, &err));
    assert_int_equal(dstack_receipt_report_is_accepted(report), 1);
    assert_int_equal(dstack_receipt_report_reason(report), 0);
    assert_string_equal(dstack_receipt_report_message(report), "");
    assert_int_equal(result_of(report, "signature"), DSTACK_CHECK_PASSED);
    assert_int_equal(result_of(report, "node"), DSTACK_CHECK_NOT_JUDGED);
    assert_int_equal(result_of(report, "llm"), DSTACK_CHECK_PASSED);
    assert_int_equal(
        result_of(report, "output_clean"), DSTACK_CHECK_NOT_JUDGED);
    assert_int_equal(result_of(report, "payment"), DSTACK_CHECK_NOT_JUDGED);
    assert_int_equal(result_of(report, "attestation"), DSTACK_CHECK_NOT_JUDGED);
    assert_int_equal(result_of(report, "key_binding"), DSTACK_CHECK_NOT_RUN);
    assert_int_equal(result_of(report, "replay"), DSTACK_CHECK_PASSED);
    ok(dstack_receipt_report_to_json(report, &json, &n, &err));
    assert_int_equal(strlen(json), n);
    assert_non_null(strstr(json, "\"verdict\":\"accepted\",\"level\":0"));
    assert_non_null(
        strstr(json, "{\"name\":\"attestation\",\"result\":\"not_judged\"}"));
    dstack_free(json);
    ok(dstack_receipt_report_to_json(report, &json, NULL, &err));
    assert_int_equal(strlen(json), n);
    dstack_free(json);
    dstack_receipt_report_free(report);
    dstack_free(receipt);
}

static void
refuse_call(const dstack_exchange *x, const dstack_peer *p, int64_t now)
{
    dstack_receipt_report *report = NULL;

    assert_int_equal(dstack_receipt_verify(policy, bytes(RECEIPT),
                         strlen(RECEIPT), x, p, now, &report, &err),
        DSTACK_ERR_ARG);
    assert_null(report);
    assert_true(err.message[0] != 0);
}

static void
test_misuse(void **state)
{
    dstack_exchange *half = exchange_of(REQUEST, NULL);
    dstack_replay_store store = {.abi_size = sizeof store};
    uint8_t key[32] = {0};

    (void)state;
    refuse_call(NULL, NULL, NOW);
    refuse_call(half, NULL, NOW);
    refuse_call(exchange, NULL, -1);
    refuse_call(exchange, NULL, INT64_C(253402300800));
    ok(dstack_receipt_policy_accept_level(policy, 2, &err));
    refuse_call(exchange, NULL, NOW);
    assert_int_equal(
        dstack_receipt_policy_accept_level(policy, 3, &err), DSTACK_ERR_ARG);
    dstack_receipt_policy_free(policy);
    ok(dstack_receipt_policy_new(&policy, &err));
    refuse_call(exchange, &peer, NOW); /* no store */
    dstack_receipt_policy_accept_replay(policy);
    ok(dstack_receipt_policy_accept_level(policy, 0, &err));
    refuse_call(exchange, &peer, NOW); /* no node */
    assert_int_equal(dstack_receipt_policy_expect_node(policy, key, 31, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_receipt_policy_set_replay_store(policy, &store, &err),
        DSTACK_ERR_ARG);
    dstack_exchange_free(half);
}

static void
test_sign_misuse(void **state)
{
    static const char *const objects[] = {"", "[]", "{}", "{\"type\":1}",
        "{\"type\":\"none\"},\"x\":1", "{\"type\":\"none\",\"n\":1e999}"};
    dstack_exchange *half = exchange_of(REQUEST, NULL);
    char *json = NULL;

    (void)state;
    assert_int_equal(dstack_receipt_sign(half, seed, 32, NULL, 0, NULL, 0, NOW,
                         0, &json, NULL, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_receipt_sign(exchange, seed, 31, NULL, 0, NULL, 0,
                         NOW, 0, &json, NULL, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_receipt_sign(exchange, seed, 32, NULL, 0, NULL, 0,
                         NOW, -1, &json, NULL, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_receipt_sign(exchange, seed, 32, NULL, 0, NULL, 0,
                         -1, 0, &json, NULL, &err),
        DSTACK_ERR_ARG);
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        const char *o = objects[i];

        assert_int_equal(dstack_receipt_sign(exchange, seed, 32, bytes(o),
                             strlen(o), NULL, 0, NOW, 0, &json, NULL, &err),
            DSTACK_ERR_PARSE);
        assert_int_equal(dstack_receipt_sign(exchange, seed, 32, NULL, 0,
                             bytes(o), strlen(o), NOW, 0, &json, NULL, &err),
            DSTACK_ERR_PARSE);
        assert_null(json);
    }
    dstack_exchange_free(half);
}

/* Random ids and nonces: two receipts of one exchange are two. */
static void
test_sign(void **state)
{
    char *json[2] = {NULL, NULL};
    dstack_receipt *r[2] = {NULL, NULL};
    size_t n;

    (void)state;
    dstack_exchange_free(exchange);
    exchange = exchange_of(
        "{\"action_type\":\"generic\",\"policy_id\":\"p\"}", OUTPUT);
    ok(dstack_exchange_set_payment(exchange, bytes("payload"), 7, &err));
    ok(dstack_receipt_policy_accept_level(policy, 1, &err));
    for (int i = 0; i < 2; i++) {
        ok(dstack_receipt_sign(
            exchange, seed, 32, NULL, 0, NULL, 0, NOW, 0, &json[i], &n, &err));
        assert_int_equal(n, strlen(json[i]));
        ok(verify_at(json[i], NOW + 600));
        ok(dstack_receipt_parse(bytes(json[i]), n, &r[i], &err));
        assert_int_equal(dstack_receipt_exp(r[i]), NOW + 600);
        refuse_at(json[i], NOW + 601, DSTACK_REASON_RECEIPT_EXPIRED);
    }
    assert_memory_not_equal(dstack_receipt_bytes(r[0], "nonce", NULL),
        dstack_receipt_bytes(r[1], "nonce", NULL), 16);
    assert_memory_not_equal(dstack_receipt_json(r[0], "request_id", &n),
        dstack_receipt_json(r[1], "request_id", NULL), 24);
    assert_int_equal(n, 24);
    assert_null(dstack_receipt_json(r[0], "sig", NULL));
    assert_null(dstack_receipt_bytes(r[0], "iat", NULL));
    assert_memory_equal(
        dstack_receipt_bytes(r[0], "node_pubkey", &n), peer.key[0].bytes, 32);
    for (int i = 0; i < 2; i++) {
        dstack_receipt_free(r[i]);
        dstack_free(json[i]);
    }
}

/* Requests and outputs that are none leave what was set before. */
static void
test_exchange_forms(void **state)
{
    static const char *const requests[] = {"", "[]", "{}",
        "{\"action_type\":\"a\"}", "{\"action_type\":1,\"policy_id\":\"\"}",
        "{\"schema\":\"vin.action_request.v1\",\"action_type\":\"a\","
        "\"policy_id\":\"\"}",
        "{\"action_type\":\"a\",\"policy_id\":\"\",\"request_id\":null}",
        "{\"action_type\":\"a\",\"policy_id\":\"\",\"inputs\":{\"a\":1e999}}",
        "{\"action_type\":\"a\",\"policy_id\":\"\",\"inputs\":{\"a\":1,"
        "\"a\":2}}"};
    static const char *const outputs[] = {"", "[]", "{}", "{\"text\":\"\"}",
        "{\"clean_text\":\"\",\"text\":null}",
        "{\"schema\":1,\"clean_text\":\"\",\"text\":\"\"}"};

    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        assert_int_equal(dstack_exchange_set_request(exchange,
                             bytes(requests[i]), strlen(requests[i]), &err),
            DSTACK_ERR_PARSE);
        assert_int_equal(err.stage, DSTACK_STAGE_RECEIPT);
    }
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
        assert_int_equal(dstack_exchange_set_output(exchange, bytes(outputs[i]),
                             strlen(outputs[i]), &err),
            DSTACK_ERR_PARSE);
    ok(verify_at(RECEIPT, NOW));
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(test_known), TEST(test_vectors),
        TEST(test_conformance), TEST(test_same_request), TEST(test_nul),
        TEST(test_null_is_empty), TEST(test_replay), TEST(test_replay_store),
        TEST(test_forged_then_real), TEST(test_schema), TEST(test_signature),
        TEST(test_small_order), TEST(test_times), TEST(test_node),
        TEST(test_payment), TEST(test_attestation), TEST(test_inline),
        TEST(test_report), TEST(test_misuse), TEST(test_sign_misuse),
        TEST(test_sign), TEST(test_exchange_forms)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
