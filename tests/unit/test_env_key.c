/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "dstack/dstack.h"

/* guest-agent.md 4.2: the SDKs' legacy vector, and one of v1. */
#define LEGACY_SIGNER \
    "0217610d74cbd39b6143842c6d8bc310d79da1d82cc9d17f8876376221eda0c38f"
#define LEGACY_ID "0000000000000000000000000000000000000000"
#define LEGACY_KEY \
    "e33a1832c6562067ff8f844a61e51ad051f1180b66ec2551fb0251735f3ee90a"
#define LEGACY \
    "8542c49081fbf4e03f62034f13fbf70630bdf256a53032e38465a27c36fd6bed" \
    "7a5e7111652004aef37f7fd92fbfc1285212c4ae6a6154203a48f5e16cad2cef00"
#define SIGNER \
    "031b84c5567b126440995d3ed5aaba0565d71e1834604819ff9c17f5e9d5dd078f"
#define ID "abababababababababababababababababababab"
#define KEY "dededededededededededededededededededededededededededededededede"
#define R "c9e643b59985ab43c0ae4ec75e302d9d7a70abe0212f9928d5fc56563aa56b54"
#define S "15271d9ea4dd8d02125359dae4267d704c374ba72a829bece6e16b5e3cdfc9f6"
#define HIGH_S \
    "ead8e2615b2272fdedaca6251bd9828e6e77913f84c6044ed8f0f32e9356774b"
#define TIME 1700000000
#define ORDER "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define FIVE "0000000000000000000000000000000000000000000000000000000000000005"

typedef struct {
    uint8_t p[128];
    size_t n;
} bytes;

static bytes
hex(const char *text)
{
    bytes b = {{0}, strlen(text) / 2};

    assert_true(ds_hex_decode(ds_view_str(text), b.p, b.n));
    return b;
}

/* The reason; 0 for yes. */
static int
verify(const char *id, const char *signer, const char *key,
    const char *signature, uint64_t timestamp, int64_t now)
{
    bytes i = hex(id), s = hex(signer), k = hex(key), g = hex(signature);
    dstack_kms_trust *trust = NULL;
    dstack_error err;
    int rc;

    assert_int_equal(dstack_kms_trust_new(i.p, i.n, &trust, NULL), DSTACK_OK);
    assert_int_equal(
        dstack_kms_trust_add_root(trust, s.p, s.n, NULL), DSTACK_OK);
    rc = now < 0 ? dstack_env_key_accept_legacy(trust, k.p, k.n, g.p, g.n, &err)
                 : dstack_env_key_verify(
                       trust, k.p, k.n, g.p, g.n, timestamp, now, &err);
    dstack_kms_trust_free(trust);
    assert_int_equal(err.code, rc);
    assert_int_equal(err.reason != 0, rc != DSTACK_OK);
    assert_int_equal(err.message[0] != 0, rc != DSTACK_OK);
    return err.reason;
}

static int
legacy(
    const char *id, const char *signer, const char *key, const char *signature)
{
    return verify(id, signer, key, signature, 0, -1);
}

static void
test_legacy(void **state)
{
    (void)state;
    assert_int_equal(legacy(LEGACY_ID, LEGACY_SIGNER, LEGACY_KEY, LEGACY), 0);
    assert_int_equal(legacy(ID, LEGACY_SIGNER, LEGACY_KEY, LEGACY),
        DSTACK_REASON_ENV_KEY_SIGNER);
    /* platforms.md 8.2, row 114: signed by another root. */
    assert_int_equal(legacy(LEGACY_ID, SIGNER, LEGACY_KEY, LEGACY),
        DSTACK_REASON_ENV_KEY_SIGNER);
    assert_int_equal(legacy(LEGACY_ID, LEGACY_SIGNER, KEY, LEGACY),
        DSTACK_REASON_ENV_KEY_SIGNER);
    /* Neither form is the other. */
    assert_int_equal(
        legacy(ID, SIGNER, KEY, R S "00"), DSTACK_REASON_ENV_KEY_SIGNER);
    assert_int_equal(verify(LEGACY_ID, LEGACY_SIGNER, LEGACY_KEY, LEGACY, 0, 0),
        DSTACK_REASON_ENV_KEY_SIGNER);
}

static void
test_v1(void **state)
{
    static const struct {
        int64_t now;
        int reason;
    } cases[] = {
        {TIME, 0},
        {TIME + 300, 0},
        {TIME + 301, DSTACK_REASON_ENV_KEY_STALE}, /* row 115 */
        {TIME - 60, 0},
        {TIME - 61, DSTACK_REASON_ENV_KEY_FUTURE},
        {0, DSTACK_REASON_ENV_KEY_FUTURE},
        {INT64_C(253402300799), DSTACK_REASON_ENV_KEY_STALE},
        {INT64_C(253402300800), DSTACK_REASON_TIME_RANGE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(verify(ID, SIGNER, KEY, R S "00", TIME, cases[i].now),
            cases[i].reason);
    assert_int_equal(verify(ID, SIGNER, KEY, R S "00", TIME + 1, TIME),
        DSTACK_REASON_ENV_KEY_SIGNER);
    assert_int_equal(verify(ID, SIGNER, KEY, R S "00", UINT64_MAX, TIME),
        DSTACK_REASON_ENV_KEY_SIGNER);
    assert_int_equal(verify(ID, LEGACY_SIGNER, KEY, R S "00", TIME, TIME),
        DSTACK_REASON_ENV_KEY_SIGNER);
    assert_int_equal(verify(LEGACY_ID, SIGNER, KEY, R S "00", TIME, TIME),
        DSTACK_REASON_ENV_KEY_SIGNER);
    /* What came first is told: a stale forgery is a forgery. */
    assert_int_equal(verify(ID, SIGNER, KEY, R S "01", TIME, TIME + 1000),
        DSTACK_REASON_ENV_KEY_SIGNER);
}

/* One rule broken at a time, in both forms. */
static void
test_rules(void **state)
{
    static const struct {
        const char *key, *signature;
        int reason;
    } cases[] = {
        {"dede", R S "00", DSTACK_REASON_ENV_KEY},
        {KEY "de", R S "00", DSTACK_REASON_ENV_KEY},
        {KEY, R S, DSTACK_REASON_ENV_KEY_LENGTH},
        {KEY, R S "0000", DSTACK_REASON_ENV_KEY_LENGTH},
        {KEY, "", DSTACK_REASON_ENV_KEY_LENGTH},
        {KEY, R S "04", DSTACK_REASON_ENV_KEY_RECOVERY_ID},
        {KEY, R S "1b", DSTACK_REASON_ENV_KEY_RECOVERY_ID},
        {KEY, ZERO S "00", DSTACK_REASON_ENV_KEY_RANGE},
        {KEY, R ZERO "00", DSTACK_REASON_ENV_KEY_RANGE},
        {KEY, ORDER S "00", DSTACK_REASON_ENV_KEY_RANGE},
        {KEY, R ORDER "00", DSTACK_REASON_ENV_KEY_RANGE},
        {KEY, R HIGH_S "01", DSTACK_REASON_ENV_KEY_HIGH_S},
        {KEY, FIVE S "00", DSTACK_REASON_ENV_KEY_SIGNATURE},
        {KEY, R S "01", DSTACK_REASON_ENV_KEY_SIGNER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(
            verify(ID, SIGNER, cases[i].key, cases[i].signature, TIME, TIME),
            cases[i].reason);
        assert_int_equal(legacy(ID, SIGNER, cases[i].key, cases[i].signature),
            cases[i].reason);
    }
}

static void
test_arguments(void **state)
{
    bytes id = hex(ID), key = hex(KEY), signature = hex(R S "00");
    dstack_kms_trust *trust = NULL;
    dstack_error err;

    (void)state;
    assert_int_equal(dstack_kms_trust_new(id.p, id.n, &trust, &err), DSTACK_OK);
    /* An app root key says nothing of who the KMS is. */
    assert_int_equal(
        dstack_kms_trust_accept_app_root(trust, hex(SIGNER).p, 33, &err),
        DSTACK_OK);
    assert_int_equal(dstack_env_key_verify(
                         trust, key.p, 32, signature.p, 65, TIME, TIME, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_env_key_verify(
                         NULL, key.p, 32, signature.p, 65, TIME, TIME, &err),
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
        cmocka_unit_test(test_legacy),
        cmocka_unit_test(test_v1),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
