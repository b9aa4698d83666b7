/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "support/keychain.h"

/* The published chains, and what a report shows. What is refused is in
 * test_attack_keys.c. */

static dstack_error err;

static void
test_v0_known(void **state)
{
    static const struct {
        const char *key, *purpose, *link;
    } sim[] = {
        {"027458ba47c31272b5076edebdc1ecdaedef806b10d76dd0a209cbd1fa14a3f9cf",
            "",
            "64ce2f1b381d04f7404fda78bdc942c314d89b7069d97eea1897e51b249dd3b170"
            "0995cbf7efe7ff04195dd6e31f153b702eeeeaffc5941510739dc39b9bd9cf01"},
        {"c44343eb0e365d78ce908790834a24621e489af0e91cf2f123daf28cf74aed20", "",
            "4210633c6792b54f99eda1b2a9c7e1f6507c02c01bcabf230d35dc4c00a6b0902f"
            "ccd45b383e8f3035c0fcdcba534b80f8849a5b5849257bc71d9f838620cd3e00"},
        {"026b694842460eff475d4e4b36a908c4ca05db27fe54bd7fb5db31c367a52ef211",
            "test",
            "0b0fa470162c54f108850d143442c48d43f1cc42983b8e9c589679345b831d2b5b"
            "b5b97b21c2d2d036520209deae8b6111318c68eafc786190d6edc52e5cf0c201"},
        {"50c1bfb9452a56317338272a252bd7430b38843d10fa4d491351a434a13bdc21",
            "test",
            "7752352aa2ad8b337a3845661073fb42ef1b1d3313d8ce0b8976ccc21505e0c62e"
            "79eb7aaf9b51768b0f9762e62098710ce4e8cabd450670b2fb0040e8551cb300"},
        {"02c1082e78670feed1c847db81dbd71be37e4d53200a746c0a89f0afa8173cf566",
            "test-purpose",
            "f50c51735a97072f0c98125ed61fc84e2fdb36e95990b9e57337dadc0e2a971222"
            "7f04e07209faecb8891d59ec144a6c13e411dc90b3423f28071bd3fe11978d01"},
        {"03d11dee20a15caa0edfbb1e6cb36dad2447a5fdb2bfd745f3dcce1b7fbdfd84cf",
            "mainnet",
            "ff57816e9cdd93c170db1e976c787533046392e90f7b3834f15f03f771e3649412"
            "20f49f266a2bd293a289871a56f4dd81b1dec22d23d9d177862f5c398a317201"},
        {"036105f01d1fd781568f7c208b087b1c4f522601410ed7e9c7870d573de7c46d54",
            "signing",
            "51ec279eb0da3fb45335c2fd6badaf701905bf35f229912976c4ae3c9d649cf97f"
            "964473f2dce7118743bad84a6df707d11c9b5f0b38379204e14fd2c7baddba01"},
        {"698f56bd587d8ce3ca8db0e1c361ba9d190089f98dc4d9df800ff92ed073a65d",
            "signing",
            "d61ff204728dae76ba4e29313003433d533d069f9c98ebb3382104145f1c664c59"
            "fac4326a86420ec3f450303d3a675d595f546448076a464343bcc25143c4a300"},
    };
    dstack_kms_trust *trust = trust_of(APP_ID, ROOT);

    (void)state;
    assert_int_equal(
        chain_v0(trust, K1_KEY, "signing", K1_LINK, KMS_LINK, &err), DSTACK_OK);
    assert_int_equal(
        chain_v0(trust, ED_KEY, "signing", ED_LINK, KMS_LINK, &err), DSTACK_OK);
    dstack_kms_trust_free(trust);
    trust = trust_of(SIM_APP_ID, SIM_ROOT);
    for (size_t i = 0; i < sizeof sim / sizeof sim[0]; i++)
        assert_int_equal(chain_v0(trust, sim[i].key, sim[i].purpose,
                             sim[i].link, SIM_KMS_LINK, &err),
            DSTACK_OK);
    dstack_kms_trust_free(trust);
}

static void
test_v1_known(void **state)
{
    dstack_kms_trust *trust = trust_of(SIM_APP_ID, SIM_ROOT);

    (void)state;
    assert_int_equal(chain_v1(trust, V1_K1, "test", DSTACK_KEY_SECP256K1,
                         V1_K1_LINK, SIM_KMS_LINK, &err),
        DSTACK_OK);
    assert_int_equal(chain_v1(trust, V1_ED, "test", DSTACK_KEY_ED25519,
                         V1_ED_LINK, SIM_KMS_LINK, &err),
        DSTACK_OK);
    dstack_kms_trust_free(trust);
}

static void
test_sign_known(void **state)
{
    key_bytes digest = key_hex(DIGEST);

    (void)state;
    assert_int_equal(chain_sign(K1_KEY, DATA, strlen(DATA), K1_R K1_S, K1_LINK,
                         DSTACK_KEY_SECP256K1, &err),
        DSTACK_OK);
    assert_int_equal(chain_sign(K1_KEY, digest.p, 32, K1_R K1_S, K1_LINK,
                         DSTACK_KEY_SECP256K1_PREHASHED, &err),
        DSTACK_OK);
    assert_int_equal(chain_sign(ED_KEY, DATA, strlen(DATA), ED_SIGNATURE,
                         ED_LINK, DSTACK_KEY_ED25519, &err),
        DSTACK_OK);
}

static void
test_many_roots(void **state)
{
    dstack_kms_trust *trust = trust_of(APP_ID, OTHER_ROOT);
    key_bytes root = key_hex(ROOT), full = {{4}, 65};
    uint8_t secret[32] = {0}, key[33];
    size_t n;

    (void)state;
    for (uint8_t i = 1; i <= 62; i++) {
        secret[31] = i;
        assert_int_equal(dstack_signature_public_key(
                             secret, 32, DSTACK_KEY_SECP256K1, key, &n, NULL),
            DSTACK_OK);
        assert_int_equal(
            dstack_kms_trust_add_root(trust, key, n, NULL), DSTACK_OK);
    }
    assert_int_not_equal(
        chain_v0(trust, K1_KEY, "signing", K1_LINK, KMS_LINK, &err), DSTACK_OK);
    assert_int_equal(err.reason, DSTACK_REASON_KEY_CHAIN_ANCHOR);
    assert_int_equal(
        dstack_kms_trust_add_root(trust, root.p, 33, NULL), DSTACK_OK);
    assert_int_equal(
        chain_v0(trust, K1_KEY, "signing", K1_LINK, KMS_LINK, &err), DSTACK_OK);
    /* Known ones are no more; a 65th is refused, and so are other forms. */
    assert_int_equal(
        dstack_kms_trust_add_root(trust, root.p, 33, NULL), DSTACK_OK);
    secret[31] = 63;
    assert_int_equal(dstack_signature_public_key(
                         secret, 32, DSTACK_KEY_SECP256K1, key, &n, NULL),
        DSTACK_OK);
    assert_int_equal(
        dstack_kms_trust_add_root(trust, key, n, NULL), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_kms_trust_add_root(trust, root.p, 32, NULL), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_kms_trust_add_root(trust, full.p, 65, NULL), DSTACK_ERR_ARG);
    dstack_kms_trust_free(trust);
}

static void
test_discover(void **state)
{
    key_bytes id = key_hex(APP_ID), key = key_hex(K1_KEY),
              app = key_hex(K1_LINK), kms = key_hex(KMS_LINK),
              root = key_hex(ROOT), app_root = key_hex(APP_ROOT),
              sim_id = key_hex(SIM_APP_ID), v1_key = key_hex(V1_ED),
              v1_link = key_hex(V1_ED_LINK), sim_kms = key_hex(SIM_KMS_LINK),
              sim_root = key_hex(SIM_ROOT), sim_app = key_hex(SIM_APP_ROOT);
    const uint8_t *purpose = (const uint8_t *)"signing";
    uint8_t a[33], m[33];

    (void)state;
    assert_int_equal(dstack_keychain_discover_v0(id.p, id.n, key.p, key.n,
                         purpose, 7, app.p, app.n, kms.p, kms.n, a, m, &err),
        DSTACK_OK);
    assert_memory_equal(a, app_root.p, 33);
    assert_memory_equal(m, root.p, 33);
    assert_int_equal(
        dstack_keychain_discover_v1(sim_id.p, sim_id.n, v1_key.p, v1_key.n,
            (const uint8_t *)"test", 4, v1_link.p, v1_link.n, sim_kms.p,
            sim_kms.n, DSTACK_KEY_ED25519, a, m, &err),
        DSTACK_OK);
    assert_memory_equal(a, sim_app.p, 33);
    assert_memory_equal(m, sim_root.p, 33);
    /* Another purpose has other keys: an answer, and no verdict. */
    assert_int_equal(dstack_keychain_discover_v0(id.p, id.n, key.p, key.n,
                         purpose, 6, app.p, app.n, kms.p, kms.n, a, NULL, &err),
        DSTACK_OK);
    assert_memory_not_equal(a, app_root.p, 33);
    assert_int_equal(dstack_keychain_discover_v0(id.p, id.n, key.p, key.n,
                         purpose, 7, app.p, app.n, NULL, 0, NULL, m, &err),
        DSTACK_OK);
    assert_true(ds_view_is_zero(ds_view_of(m, 33)));
    kms.p[64] = 9;
    assert_int_equal(dstack_keychain_discover_v0(id.p, id.n, key.p, key.n,
                         purpose, 7, app.p, app.n, kms.p, kms.n, a, m, &err),
        DSTACK_ERR_UNTRUSTED);
    assert_int_equal(err.reason, DSTACK_REASON_KEY_CHAIN_RECOVERY_ID);
    assert_true(ds_view_is_zero(ds_view_of(a, 33)));
    assert_int_equal(dstack_keychain_discover_v0(id.p, 19, key.p, key.n,
                         purpose, 7, app.p, app.n, kms.p, kms.n, a, m, &err),
        DSTACK_ERR_ARG);
}

static void
test_report(void **state)
{
    dstack_kms_trust *trust = trust_of(APP_ID, ROOT);
    key_bytes key = key_hex(K1_KEY), app = key_hex(K1_LINK),
              kms = key_hex(KMS_LINK), root = key_hex(ROOT),
              app_root = key_hex(APP_ROOT);
    static const char *const names[] = {
        "key", "signature", "app_link", "kms_link", "anchor"};
    dstack_keychain_report *r = NULL;
    size_t n;

    (void)state;
    assert_int_equal(dstack_keychain_verify_v0(trust, key.p, key.n,
                         (const uint8_t *)"signing", 7, app.p, app.n, kms.p,
                         kms.n, &r, &err),
        DSTACK_OK);
    assert_int_equal(dstack_keychain_report_check_count(r), 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(dstack_keychain_report_check_name(r, i), names[i]);
        assert_int_equal(dstack_keychain_report_check_result(r, i),
            i == 1 ? DSTACK_CHECK_NOT_RUN : DSTACK_CHECK_PASSED);
    }
    assert_string_equal(dstack_keychain_report_check_name(r, 5), "");
    assert_memory_equal(dstack_keychain_report_app_root(r, &n), app_root.p, 33);
    assert_int_equal(n, 33);
    assert_memory_equal(dstack_keychain_report_kms_root(r, &n), root.p, 33);
    dstack_keychain_report_free(r);
    /* Without a report, and without an error. */
    assert_int_equal(dstack_keychain_verify_v0(trust, key.p, key.n,
                         (const uint8_t *)"signing", 7, app.p, app.n, kms.p,
                         kms.n, NULL, NULL),
        DSTACK_OK);
    kms.p[64] ^= 1;
    assert_int_equal(dstack_keychain_verify_v0(trust, key.p, key.n,
                         (const uint8_t *)"signing", 7, app.p, app.n, kms.p,
                         kms.n, NULL, NULL),
        DSTACK_ERR_UNTRUSTED);
    assert_int_equal(dstack_keychain_report_is_accepted(NULL), 0);
    assert_string_equal(dstack_keychain_report_message(NULL), "");
    assert_null(dstack_keychain_report_kms_root(NULL, &n));
    assert_int_equal(n, 0);
    dstack_kms_trust_free(trust);
}

static void
test_arguments(void **state)
{
    dstack_kms_trust *trust = trust_of(APP_ID, NULL);
    key_bytes key = key_hex(K1_KEY), app = key_hex(K1_LINK),
              kms = key_hex(KMS_LINK), root = key_hex(ROOT);
    const uint8_t *purpose = (const uint8_t *)"signing";
    dstack_kms_trust *none = NULL;

    (void)state;
    assert_int_equal(
        dstack_kms_trust_new(root.p, 19, &none, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_kms_trust_new(root.p, 21, &none, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_kms_trust_new(NULL, 20, &none, &err), DSTACK_ERR_ARG);
    assert_null(none);
    /* The anchor is mandatory. */
    assert_int_equal(dstack_keychain_verify_v0(trust, key.p, key.n, purpose, 7,
                         app.p, app.n, kms.p, kms.n, NULL, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_kms_trust_add_root(trust, root.p, 33, &err), DSTACK_OK);
    assert_int_equal(dstack_keychain_verify_v0(trust, NULL, 33, purpose, 7,
                         app.p, app.n, kms.p, kms.n, NULL, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_keychain_verify_v0(trust, key.p, key.n, NULL, 7,
                         app.p, app.n, kms.p, kms.n, NULL, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_keychain_verify_v0(trust, key.p, key.n, purpose, 7,
                         NULL, 65, kms.p, kms.n, NULL, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_keychain_verify_v1(trust, key.p, key.n, purpose, 7, app.p, app.n,
            kms.p, kms.n, DSTACK_KEY_P256, NULL, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_keychain_verify_sign(trust, key.p, key.n, NULL, 1, app.p, 64,
            app.p, app.n, kms.p, kms.n, DSTACK_KEY_SECP256K1, NULL, &err),
        DSTACK_ERR_ARG);
    dstack_kms_trust_free(trust);
    dstack_kms_trust_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_v0_known),
        cmocka_unit_test(test_v1_known),
        cmocka_unit_test(test_sign_known),
        cmocka_unit_test(test_many_roots),
        cmocka_unit_test(test_discover),
        cmocka_unit_test(test_report),
        cmocka_unit_test(test_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
