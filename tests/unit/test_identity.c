/* SPDX-License-Identifier: Apache-2.0 */
/* Workload identities, over evidence of the forge: from keys to a peer, and
 * back. What is refused is in test_attack_receipt.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/ed25519.h"
#include "crypto/k1.h"
#include "dstack/dstack.h"
#include "support/node.h"

static const uint8_t secret[32] = {[31] = 9};
static uint8_t ed[32], k1[33];
static forge *f;
static workload w;
static dstack_verifier *verifier;
static dstack_collateral *collateral;
static dstack_policy *policy;
static dstack_identity *identity;
static dstack_peer *peer;
static dstack_error err;

static void
ok(int rc)
{
    if (rc != DSTACK_OK)
        print_error("%s\n", err.message);
    assert_int_equal(rc, DSTACK_OK);
}

static int
group_setup(void **state)
{
    (void)state;
    f = forge_new(FORGE_TDX_V4, "identity");
    if (!f || forge_build(f) != 0 || !ds_ed25519_public(secret, ed) ||
        ds_k1_public(secret, k1, NULL) != DS_K1_OK)
        return -1;
    verifier = workload_verifier(f);
    return verifier ? 0 : -1;
}

static int
group_teardown(void **state)
{
    (void)state;
    dstack_verifier_free(verifier);
    forge_free(f);
    return 0;
}

static int
setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    identity = node_identity(ed, k1);
    node_evidence(f, &w, identity, &collateral);
    ok(dstack_identity_set_evidence(identity, w.bytes.p, w.bytes.n, &err));
    ok(dstack_policy_new(&policy, &err));
    dstack_policy_accept_any_workload(policy);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    workload_end(&w);
    dstack_collateral_free(collateral);
    collateral = NULL;
    dstack_policy_free(policy);
    dstack_identity_free(identity);
    dstack_peer_free(peer);
    peer = NULL;
    return 0;
}

/* By Python: hashlib.sha512(b"vin-node-keys:" + 32 bytes of 1 + G's compressed
 * point). */
static void
test_report_data(void **state)
{
    static const char both[] =
        "50b391ec9ef79abf070679b043b854650185e0dfdf7b1266d656ae24e903568a62664f"
        "2fb41c68ef32835b5cba4a0ae02bb1bee3c6dc2a003c81ab7cbc93ebb8";
    static const char one[] =
        "347f870db145def164b97ad754633e441bc1525504b9f19926e5c7867dd9f22cd0fe55"
        "e1c031707216c5b293b8fcca6af0cd7832c419b7cacea9e71dc4413d4b";
    uint8_t wanted[64], found[64], key[32], point[33];
    dstack_identity *id = NULL;

    (void)state;
    memset(key, 1, 32);
    assert_true(ds_hex_decode(ds_view_str("0279be667ef9dcbbac55a06295ce870b0702"
                                          "9bfcdb2dce28d959f2815b16f81798"),
        point, 33));
    ok(dstack_identity_new(NULL, &id, &err));
    ok(dstack_identity_add_key(id, key, 32, DSTACK_KEY_ED25519, NULL, &err));
    assert_int_equal(
        dstack_identity_report_data(id, found, 64, &err), DSTACK_ERR_ARG);
    ok(dstack_identity_add_key(
        id, point, 33, DSTACK_KEY_SECP256K1, NULL, &err));
    ok(dstack_identity_report_data(id, found, 64, &err));
    assert_true(ds_hex_decode(ds_view_str(both), wanted, 64));
    assert_memory_equal(found, wanted, 64);
    dstack_identity_free(id);
    ok(dstack_identity_new("vin-receipt-key", &id, &err));
    ok(dstack_identity_add_key(id, key, 32, DSTACK_KEY_ED25519, NULL, &err));
    ok(dstack_identity_report_data(id, found, 64, &err));
    assert_true(ds_hex_decode(ds_view_str(one), wanted, 64));
    assert_memory_equal(found, wanted, 64);
    ok(dstack_identity_add_key(id, key, 32, DSTACK_KEY_ED25519, NULL, &err));
    assert_int_equal(
        dstack_identity_report_data(id, found, 64, &err), DSTACK_ERR_ARG);
    dstack_identity_free(id);
}

static void
test_verified(void **state)
{
    dstack_report *report = NULL;
    uint8_t sig[64];
    size_t n;

    (void)state;
    ok(dstack_identity_verify(identity, verifier, collateral, policy, FORGE_NOW,
        &peer, &report, &err));
    assert_true(dstack_report_is_accepted(report));
    assert_true(
        dstack_peer_valid_until(peer) == dstack_report_valid_until(report));
    assert_int_equal(dstack_peer_key_count(peer), 2);
    assert_memory_equal(dstack_peer_key(peer, 0, &n), ed, 32);
    assert_int_equal(n, 32);
    assert_memory_equal(dstack_peer_key(peer, 1, &n), k1, 33);
    assert_int_equal(n, 33);
    assert_null(dstack_peer_key(peer, 2, &n));
    assert_int_equal(dstack_peer_key_algorithm(peer, 1), DSTACK_KEY_SECP256K1);
    dstack_report_free(report);

    assert_true(ds_ed25519_sign(secret, ds_view_str("x"), sig));
    ok(dstack_peer_verify_signature(peer, (const uint8_t *)"x", 1, sig, 64,
        DSTACK_KEY_ED25519, dstack_peer_valid_until(peer), &err));
    assert_int_equal(
        dstack_peer_verify_signature(peer, (const uint8_t *)"x", 1, sig, 64,
            DSTACK_KEY_ED25519, dstack_peer_valid_until(peer) + 1, &err),
        DSTACK_ERR_STALE);
    assert_int_equal(err.reason, DSTACK_REASON_IDENTITY_EXPIRED);
    assert_int_equal(dstack_peer_verify_signature(peer, (const uint8_t *)"y", 1,
                         sig, 64, DSTACK_KEY_ED25519, FORGE_NOW, &err),
        DSTACK_ERR_UNTRUSTED);
    assert_int_equal(err.reason, DSTACK_REASON_IDENTITY_SIGNATURE);
    assert_int_equal(dstack_peer_verify_signature(peer, (const uint8_t *)"x", 1,
                         sig, 64, DSTACK_KEY_P256, FORGE_NOW, &err),
        DSTACK_ERR_UNTRUSTED);
    assert_int_equal(err.reason, DSTACK_REASON_IDENTITY_KEY);
}

/* ---- JSON ------------------------------------------------------------------ */

static void
test_json(void **state)
{
    static const uint8_t link[65] = {1, 2, 3};
    dstack_identity *again = NULL;
    char *json = NULL, *second = NULL;
    size_t n, len;

    (void)state;
    ok(dstack_identity_set_origin(
        identity, DSTACK_SCHEME_V1, "\"quoted\"", &err));
    ok(dstack_identity_add_link(identity, link, 65, &err));
    ok(dstack_identity_add_link(identity, NULL, 0, &err));
    assert_int_equal(
        dstack_identity_add_link(identity, link, 65, &err), DSTACK_ERR_ARG);
    ok(dstack_identity_to_json(identity, &json, &n, &err));
    assert_int_equal(strlen(json), n);
    ok(dstack_identity_parse((const uint8_t *)json, n, &again, &err));
    assert_string_equal(dstack_identity_tag(again), "vin-node-keys");
    assert_int_equal(dstack_identity_key_count(again), 2);
    assert_string_equal(dstack_identity_key_path(again, 0), "vin-receipt-v1");
    assert_string_equal(dstack_identity_key_path(again, 1), "");
    assert_string_equal(dstack_identity_key_purpose(again, 1), "\"quoted\"");
    assert_int_equal(dstack_identity_key_scheme(again, 1), DSTACK_SCHEME_V1);
    assert_int_equal(dstack_identity_key_scheme(again, 0), 0);
    assert_int_equal(dstack_identity_link_count(again, 1), 2);
    assert_memory_equal(dstack_identity_link(again, 1, 0, &len), link, 65);
    assert_int_equal(len, 65);
    (void)dstack_identity_link(again, 1, 1, &len);
    assert_int_equal(len, 0);
    ok(dstack_identity_to_json(again, &second, NULL, &err));
    assert_string_equal(json, second);
    ok(dstack_identity_verify(
        again, verifier, collateral, policy, FORGE_NOW, &peer, NULL, &err));
    dstack_free(json);
    dstack_free(second);
    dstack_identity_free(again);
}

#define KEYS \
    "[{\"algorithm\":\"ed25519\",\"public_key\":\"" \
    "0101010101010101010101010101010101010101010101010101010101010101\"}]"
#define DOCUMENT(schema, tag, keys, evidence) \
    "{\"schema\":\"" schema "\",\"tag\":\"" tag "\",\"keys\":" keys \
    ",\"evidence\":\"" evidence "\"}"
#define V0 "dstack.identity.v0"

static void
test_json_refused(void **state)
{
    static const char *const bad[] = {"", "[]", "{}",
        DOCUMENT("dstack.identity.v1", "t", KEYS, "AAAA"),
        DOCUMENT(V0, "", KEYS, "AAAA"), DOCUMENT(V0, "a:b", KEYS, "AAAA"),
        DOCUMENT(V0, "t", "[]", "AAAA"), DOCUMENT(V0, "t", "{}", "AAAA"),
        DOCUMENT(V0, "t", KEYS, ""), DOCUMENT(V0, "t", KEYS, "AAA="),
        DOCUMENT(V0, "t", KEYS, "AAAA\",\"more\":\""),
        DOCUMENT(
            V0, "t", "[{\"algorithm\":\"rsa\",\"public_key\":\"00\"}]", "AAAA"),
        DOCUMENT(V0, "t",
            "[{\"algorithm\":\"secp256k1\",\"public_key\":\"00000000000000000"
            "0000000000000000000000000000000000000000000000000\"}]",
            "AAAA"),
        DOCUMENT(V0, "t",
            "[{\"algorithm\":\"ed25519\",\"public_key\":\"0101\"}]", "AAAA"),
        DOCUMENT(V0, "t",
            "[{\"algorithm\":\"ed25519\",\"public_key\":\"0101010101010101010"
            "101010101010101010101010101010101010101010101\",\"scheme\":"
            "\"v2\"}]",
            "AAAA"),
        DOCUMENT(V0, "t",
            "[{\"algorithm\":\"ed25519\",\"public_key\":\"0101010101010101010"
            "101010101010101010101010101010101010101010101\",\"chain\":[\"00"
            "\"]}]",
            "AAAA"),
        DOCUMENT(V0, "t",
            "[{\"algorithm\":\"ed25519\",\"public_key\":\"0101010101010101010"
            "101010101010101010101010101010101010101010101\",\"chain\":[\"\","
            "\"\",\"\"]}]",
            "AAAA")};
    dstack_identity *id = NULL;

    (void)state;
    ok(dstack_identity_parse((const uint8_t *)DOCUMENT(V0, "t", KEYS, "AAAA"),
        strlen(DOCUMENT(V0, "t", KEYS, "AAAA")), &id, &err));
    dstack_identity_free(id);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int rc = dstack_identity_parse(
            (const uint8_t *)bad[i], strlen(bad[i]), &id, &err);

        assert_int_equal(rc, DSTACK_ERR_PARSE);
        assert_int_equal(err.code, rc);
        assert_int_equal(err.reason, DSTACK_REASON_IDENTITY_FORMAT);
        assert_int_equal(err.stage, DSTACK_STAGE_IDENTITY);
        assert_null(id);
    }
}

static void
test_misuse(void **state)
{
    static const char *const tags[] = {"", "a:b", "A", "a b", "\xc3\xa9"};
    dstack_identity *id = NULL;
    char *json = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        assert_int_equal(
            dstack_identity_new(tags[i], &id, &err), DSTACK_ERR_ARG);
    ok(dstack_identity_new("t", &id, &err));
    assert_int_equal(dstack_identity_set_origin(id, DSTACK_SCHEME_V0, "", &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_identity_add_link(id, NULL, 0, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_identity_to_json(id, &json, NULL, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_identity_attestation(id, NULL, 0, &json, NULL, &err),
        DSTACK_ERR_ARG);
    ok(dstack_identity_add_key(id, k1, 33, DSTACK_KEY_SECP256K1, NULL, &err));
    /* Lengths in one order only: the bytes can be cut in one way. */
    assert_int_equal(
        dstack_identity_add_key(id, ed, 32, DSTACK_KEY_ED25519, NULL, &err),
        DSTACK_ERR_ARG);
    for (int i = 1; i < 8; i++)
        ok(dstack_identity_add_key(
            id, k1, 33, DSTACK_KEY_SECP256K1, NULL, &err));
    assert_int_equal(
        dstack_identity_add_key(id, k1, 33, DSTACK_KEY_SECP256K1, NULL, &err),
        DSTACK_ERR_ARG);
    dstack_identity_free(id);
}

/* ---- and a receipt by it ------------------------------------------------------ */

static void
test_receipt(void **state)
{
    static const char request[] =
        "{\"action_type\":\"generic\",\"policy_id\":\"p\"}";
    static const char output[] = "{\"clean_text\":\"a\",\"text\":\"a\"}";
    static const uint8_t strange[32] = {3};
    dstack_receipt_policy *rules = NULL;
    dstack_exchange *x = NULL;
    char *attestation = NULL, *receipt = NULL;
    const uint8_t *compose;
    dstack_report *report = NULL;
    size_t n, len, hash_len;

    (void)state;
    ok(dstack_identity_verify(identity, verifier, collateral, policy, FORGE_NOW,
        &peer, &report, &err));
    compose = dstack_report_claim(report, "compose_hash", &hash_len);
    ok(dstack_exchange_new(&x, &err));
    ok(dstack_exchange_set_request(
        x, (const uint8_t *)request, strlen(request), &err));
    ok(dstack_exchange_set_output(
        x, (const uint8_t *)output, strlen(output), &err));
    ok(dstack_receipt_policy_new(&rules, &err));
    dstack_receipt_policy_accept_no_payment(rules);
    dstack_receipt_policy_accept_replay(rules);
    for (int i = 0; i < 3; i++) {
        const uint8_t *measurement = i == 0 ? compose : strange;
        int rc;

        ok(dstack_identity_attestation(
            identity, measurement, hash_len, &attestation, &n, &err));
        ok(dstack_receipt_sign(x, i == 2 ? strange : secret, 32,
            (const uint8_t *)attestation, n, NULL, 0, FORGE_NOW, 0, &receipt,
            &len, &err));
        rc = dstack_receipt_verify(rules, (const uint8_t *)receipt, len, x,
            peer, FORGE_NOW, NULL, &err);
        assert_int_equal(rc, i == 0 ? DSTACK_OK : DSTACK_ERR_UNTRUSTED);
        if (i != 0)
            assert_int_equal(err.reason, DSTACK_REASON_RECEIPT_MEASUREMENT);
        dstack_free(attestation);
        dstack_free(receipt);
    }
    dstack_report_free(report);
    dstack_receipt_policy_free(rules);
    dstack_exchange_free(x);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(test_report_data),
        TEST(test_verified), TEST(test_json), TEST(test_json_refused),
        TEST(test_misuse), TEST(test_receipt)};

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
