/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts: the reference node's, both ways; what is reported; misuse. What is
 * refused is in test_attack_receipt.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "codec/json.h"
#include "receipt/receipt.h"
#include "support/receipt.h"
#include "support/vec.h"

#define NOW RECEIPT_NOW

static receipt_case the;
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

static int
setup(void **state)
{
    (void)state;
    receipt_begin(&the);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    receipt_end(&the);
    return 0;
}

static int
verify_at(const char *receipt, int64_t now)
{
    return receipt_verify(&the, receipt, now, &err);
}

static void
refuse_at(const char *receipt, int64_t now, int reason)
{
    assert_int_not_equal(verify_at(receipt, now), DSTACK_OK);
    assert_string_equal(
        dstack_reason_name(err.reason), dstack_reason_name(reason));
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
    ok(ds_receipt_sign(the.exchange, the.seed, ds_view_str(NONE),
        ds_view_of(NULL, 0), NOW, NOW + 600, nonce, none, &out, &err));
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

    ok(dstack_exchange_set_request(the.exchange, request.p, request.n, &err));
    ok(dstack_exchange_set_output(the.exchange, output.p, output.n, &err));
    ok(dstack_receipt_verify(
        the.policy, receipt.p, receipt.n, the.exchange, NULL, NOW, NULL, &err));
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
    ok(ds_receipt_sign(the.exchange, the.seed,
        ds_json_raw(r.j, r.at[DS_M_ATTESTATION]),
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

/* Not the same text, and the same JSON: numbers, escapes, order, null. */
static void
test_same_request(void **state)
{
    (void)state;
    receipt_set_exchange(&the,
        "{ \"llm\": {\"model_id\": \"m\", \"provider\": "
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
    receipt_set_exchange(&the,
        "{\"action_type\":\"generic\",\"policy_id\":\"\","
        "\"request_id\":\"\\u0000\",\"inputs\":"
        "{\"a\":[],\"\\u0000\":\"a\\u0000b\"}}",
        "{\"clean_text\":\"\\u0000\",\"text\":\"x\\u0000y\"}");
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const uint8_t *hash =
            dstack_exchange_hash(the.exchange, wanted[i][0], &n);

        ds_hex_encode(ds_view_of(hash, n), hex);
        assert_string_equal(hex, wanted[i][1]);
    }
    ok(dstack_receipt_sign(
        the.exchange, the.seed, 32, NULL, 0, NULL, 0, NOW, 0, &json, &n, &err));
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
        dstack_exchange *x = receipt_exchange(texts[i], NULL);

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

static int
stubborn(void *user, const uint8_t *node_key, size_t node_key_len,
    const uint8_t *nonce, size_t nonce_len, int64_t exp, int64_t now)
{
    assert_int_equal(node_key_len, 32);
    assert_memory_equal(node_key, the.peer.key[0].bytes, 32);
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
    ok(dstack_receipt_policy_set_replay_store(the.policy, &store, &err));
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
    char *receipt = receipt_made(&the, REFERENCE(AB, AB),
        "{\"type\":\"x402\",\"payment_commitment\":\"" PAID "\"}", NOW,
        NOW + 1);
    dstack_receipt_report *report = NULL;
    char *json = NULL;
    size_t n = 0;

    (void)state;
    dstack_receipt_policy_accept_no_output(the.policy);
    receipt_set_exchange(&the, REQUEST, NULL);
    ok(dstack_receipt_verify(the.policy, bytes(receipt), strlen(receipt),
        the.exchange, NULL, NOW, &report, &err));
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

    assert_int_equal(dstack_receipt_verify(the.policy, bytes(RECEIPT),
                         strlen(RECEIPT), x, p, now, &report, &err),
        DSTACK_ERR_ARG);
    assert_null(report);
    assert_true(err.message[0] != 0);
}

static void
test_misuse(void **state)
{
    dstack_exchange *half = receipt_exchange(REQUEST, NULL);
    dstack_replay_store store = {.abi_size = sizeof store};
    uint8_t key[32] = {0};

    (void)state;
    refuse_call(NULL, NULL, NOW);
    refuse_call(half, NULL, NOW);
    refuse_call(the.exchange, NULL, -1);
    refuse_call(the.exchange, NULL, INT64_C(253402300800));
    ok(dstack_receipt_policy_accept_level(the.policy, 2, &err));
    refuse_call(the.exchange, NULL, NOW);
    assert_int_equal(dstack_receipt_policy_accept_level(the.policy, 3, &err),
        DSTACK_ERR_ARG);
    dstack_receipt_policy_free(the.policy);
    ok(dstack_receipt_policy_new(&the.policy, &err));
    refuse_call(the.exchange, &the.peer, NOW); /* no store */
    dstack_receipt_policy_accept_replay(the.policy);
    ok(dstack_receipt_policy_accept_level(the.policy, 0, &err));
    refuse_call(the.exchange, &the.peer, NOW); /* no node */
    assert_int_equal(
        dstack_receipt_policy_expect_node(the.policy, key, 31, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_receipt_policy_set_replay_store(the.policy, &store, &err),
        DSTACK_ERR_ARG);
    dstack_exchange_free(half);
}

static void
test_sign_misuse(void **state)
{
    static const char *const objects[] = {"", "[]", "{}", "{\"type\":1}",
        "{\"type\":\"none\"},\"x\":1", "{\"type\":\"none\",\"n\":1e999}"};
    dstack_exchange *half = receipt_exchange(REQUEST, NULL);
    char *json = NULL;

    (void)state;
    assert_int_equal(dstack_receipt_sign(half, the.seed, 32, NULL, 0, NULL, 0,
                         NOW, 0, &json, NULL, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_receipt_sign(the.exchange, the.seed, 31, NULL, 0,
                         NULL, 0, NOW, 0, &json, NULL, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_receipt_sign(the.exchange, the.seed, 32, NULL, 0,
                         NULL, 0, NOW, -1, &json, NULL, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_receipt_sign(the.exchange, the.seed, 32, NULL, 0,
                         NULL, 0, -1, 0, &json, NULL, &err),
        DSTACK_ERR_ARG);
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        const char *o = objects[i];

        assert_int_equal(
            dstack_receipt_sign(the.exchange, the.seed, 32, bytes(o), strlen(o),
                NULL, 0, NOW, 0, &json, NULL, &err),
            DSTACK_ERR_PARSE);
        assert_int_equal(dstack_receipt_sign(the.exchange, the.seed, 32, NULL,
                             0, bytes(o), strlen(o), NOW, 0, &json, NULL, &err),
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
    receipt_set_exchange(
        &the, "{\"action_type\":\"generic\",\"policy_id\":\"p\"}", OUTPUT);
    ok(dstack_exchange_set_payment(the.exchange, bytes("payload"), 7, &err));
    ok(dstack_receipt_policy_accept_level(the.policy, 1, &err));
    for (int i = 0; i < 2; i++) {
        ok(dstack_receipt_sign(the.exchange, the.seed, 32, NULL, 0, NULL, 0,
            NOW, 0, &json[i], &n, &err));
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
    assert_memory_equal(dstack_receipt_bytes(r[0], "node_pubkey", &n),
        the.peer.key[0].bytes, 32);
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
        assert_int_equal(dstack_exchange_set_request(the.exchange,
                             bytes(requests[i]), strlen(requests[i]), &err),
            DSTACK_ERR_PARSE);
        assert_int_equal(err.stage, DSTACK_STAGE_RECEIPT);
    }
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
        assert_int_equal(dstack_exchange_set_output(the.exchange,
                             bytes(outputs[i]), strlen(outputs[i]), &err),
            DSTACK_ERR_PARSE);
    ok(verify_at(RECEIPT, NOW));
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(test_known), TEST(test_vectors),
        TEST(test_same_request), TEST(test_nul), TEST(test_null_is_empty),
        TEST(test_replay_store), TEST(test_report), TEST(test_misuse),
        TEST(test_sign_misuse), TEST(test_sign), TEST(test_exchange_forms)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
