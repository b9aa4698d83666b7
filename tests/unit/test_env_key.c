/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/k1.h"
#include "support/keychain.h"

/* What is refused is in test_attack_keys.c. */

static void
test_known(void **state)
{
    dstack_error err;

    (void)state;
    assert_int_equal(env_key_check(LEGACY_ID, LEGACY_SIGNER, LEGACY_KEY, LEGACY,
                         0, -1, &err),
        DSTACK_OK);
    assert_int_equal(env_key_check(ENV_ID, ENV_SIGNER, ENV_KEY, ENV_SIGNATURE,
                         ENV_TIME, ENV_TIME, &err),
        DSTACK_OK);
}

/* The digest of the v1 message, and its hex signature by this secret. */
static void
sign(const uint8_t secret[32], const char *id, const char *key,
    uint8_t digest[32], char signature[131])
{
    key_bytes i = key_hex(id), k = key_hex(key);
    uint8_t made[65];
    ds_buf message;

    ds_buf_init(&message, 256);
    ds_buf_add_str(&message, "dstack-env-encrypt-pubkey:");
    ds_buf_add(&message, i.p, i.n);
    for (int shift = 56; shift >= 0; shift -= 8)
        ds_buf_add_u8(&message, (uint8_t)((uint64_t)ENV_TIME >> shift));
    ds_buf_add(&message, k.p, k.n);
    assert_true(ds_hash(DS_KECCAK256, ds_view_of(message.p, message.n),
        ds_view_of(NULL, 0), digest));
    assert_int_equal(ds_k1_sign(secret, digest, made), DS_K1_OK);
    ds_hex_encode(ds_view_of(made, 65), signature);
    ds_buf_free(&message);
}

/* The known value from the other side: what a KMS signs. */
static void
test_made(void **state)
{
    uint8_t secret[32], digest[32];
    char text[131];

    (void)state;
    memset(secret, 1, 32);
    sign(secret, ENV_ID, ENV_KEY, digest, text);
    assert_string_equal(text, ENV_SIGNATURE);
    ds_hex_encode(ds_view_of(digest, 32), text);
    assert_string_equal(text,
        "78c189bed752d03b91387a08bcc892f396affe70e7433129da6f03cdff8c7f11");
}

/* The Python SDK's own cases, in which the test signs. JavaScript's and Go's
 * are about times and lengths alone, and have signatures of zeros. */
static void
test_sdk_cases(void **state)
{
    static const struct {
        const char *id, *key;
        int64_t age;
        uint8_t secret;
        int reason;
    } cases[] = {
        {ENV_ID, ENV_KEY, 0, 1, 0},
        {"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
            "abababababababababababababababababababababababababababababababab",
            10000, 2, DSTACK_REASON_ENV_KEY_STALE},
        {"efefefefefefefefefefefefefefefefefefefef",
            "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
            -600, 3, DSTACK_REASON_ENV_KEY_FUTURE},
        {"0101010101010101010101010101010101010101",
            "1111111111111111111111111111111111111111111111111111111111111111",
            -30, 4, 0},
        {"0202020202020202020202020202020202020202",
            "2222222222222222222222222222222222222222222222222222222222222222",
            400, 5, DSTACK_REASON_ENV_KEY_STALE},
    };
    dstack_error err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t secret[32], digest[32], public[33];
        char root[67], text[131];
        int64_t now = ENV_TIME + cases[i].age;

        memset(secret, cases[i].secret, 32);
        assert_int_equal(ds_k1_public(secret, public, NULL), DS_K1_OK);
        ds_hex_encode(ds_view_of(public, 33), root);
        sign(secret, cases[i].id, cases[i].key, digest, text);
        (void)env_key_check(
            cases[i].id, root, cases[i].key, text, ENV_TIME, now, &err);
        assert_int_equal(err.reason, cases[i].reason);
        text[0] = text[0] == '0' ? '1' : '0';
        assert_int_not_equal(env_key_check(cases[i].id, root, cases[i].key,
                                 text, ENV_TIME, now, &err),
            DSTACK_OK);
    }
    assert_int_not_equal(env_key_check(LEGACY_ID, LEGACY_SIGNER, LEGACY_KEY,
                             LEGACY "00", 0, -1, &err),
        DSTACK_OK);
    assert_int_equal(err.reason, DSTACK_REASON_ENV_KEY_LENGTH);
    for (int64_t now = -1; now <= ENV_TIME; now += ENV_TIME + 1) {
        assert_int_not_equal(env_key_check(LEGACY_ID, LEGACY_SIGNER, ZERO,
                                 ZERO ZERO "00", ENV_TIME, now, &err),
            DSTACK_OK);
        assert_int_equal(err.reason, DSTACK_REASON_ENV_KEY_RANGE);
        assert_int_not_equal(env_key_check(LEGACY_ID, LEGACY_SIGNER, ZERO,
                                 ZERO ZERO, ENV_TIME, now, &err),
            DSTACK_OK);
        assert_int_equal(err.reason, DSTACK_REASON_ENV_KEY_LENGTH);
    }
}

static void
test_arguments(void **state)
{
    key_bytes id = key_hex(ENV_ID), key = key_hex(ENV_KEY),
              signature = key_hex(ENV_SIGNATURE);
    dstack_kms_trust *trust = NULL;
    dstack_error err;

    (void)state;
    assert_int_equal(dstack_kms_trust_new(id.p, id.n, &trust, &err), DSTACK_OK);
    /* An app root key says nothing of who the KMS is. */
    assert_int_equal(dstack_kms_trust_accept_app_root(
                         trust, key_hex(ENV_SIGNER).p, 33, &err),
        DSTACK_OK);
    assert_int_equal(dstack_env_key_verify(trust, key.p, 32, signature.p, 65,
                         ENV_TIME, ENV_TIME, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_env_key_verify(NULL, key.p, 32, signature.p, 65,
                         ENV_TIME, ENV_TIME, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_env_key_accept_legacy(trust, NULL, 32, signature.p, 65, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_env_key_accept_legacy(trust, key.p, 32, NULL, 65, NULL),
        DSTACK_ERR_ARG);
    dstack_kms_trust_free(trust);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_made),
        cmocka_unit_test(test_sdk_cases),
        cmocka_unit_test(test_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
