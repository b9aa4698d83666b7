/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "crypto/p256.h"
#include "dstack/dstack.h"

static void
hex(const char *text, uint8_t *out, size_t n)
{
    assert_true(ds_hex_decode(ds_view_str(text), out, n));
}

static void
eth_is(const uint8_t secret[32], const char *want)
{
    uint8_t key[33], bytes[20];
    char address[43], text[41];
    dstack_error err;
    size_t n;

    assert_int_equal(dstack_signature_public_key(
                         secret, 32, DSTACK_KEY_SECP256K1, key, &n, &err),
        DSTACK_OK);
    assert_int_equal(
        dstack_wallet_eth_address(key, n, address, 43, &err), DSTACK_OK);
    assert_string_equal(address, want);
    assert_int_equal(
        dstack_wallet_eth_parse(address, bytes, 20, &err), DSTACK_OK);
    ds_hex_encode(ds_view_of(bytes, 20), text);
    assert_int_equal(strcasecmp(text, want + 2), 0);
}

static void
solana_is(const uint8_t seed[32], const char *want)
{
    uint8_t key[33];
    char address[45];
    dstack_secret *pair = NULL;
    dstack_error err;
    size_t n;

    assert_int_equal(dstack_signature_public_key(
                         seed, 32, DSTACK_KEY_ED25519, key, &n, &err),
        DSTACK_OK);
    assert_int_equal(
        dstack_wallet_solana_address(key, n, address, 45, &err), DSTACK_OK);
    assert_string_equal(address, want);
    assert_int_equal(
        dstack_wallet_solana_key_pair(seed, 32, &pair, &err), DSTACK_OK);
    assert_memory_equal(dstack_secret_bytes(pair, &n), seed, 32);
    assert_int_equal(n, 64);
    assert_memory_equal(dstack_secret_bytes(pair, NULL) + 32, key, 32);
    dstack_secret_free(pair);
}

/* guest-agent.md 7.4: keys of the recorded simulator, and what the SDKs make of
 * them. */
static void
test_known(void **state)
{
    static const struct {
        const char *key, *eth, *solana;
    } cases[] = {
        {"aa221ae548b5a8f52fcb8687cfd873712f6a1232b2717e5ee3d58ab74f21905b",
            "0xbBb6317280E85d785BeCc5628E34b635f5BFab08",
            "ED8Q7gc8jHBHsKQTRirruCDD2wx47FFP4ysQ6QmZKpum"},
        {"f6c1ed94488394d78e0a4e5ab75d62e9f085d73b0b555d0614fb90ca13d9464d",
            "0x6A2641982D1Ed53145b0Db42a4CFFcEFb4Cae5AF",
            "6SEyAXS2GUBpajopJL3M21K16j55aj8yxWXp3v5k4Hur"},
        {"b9fbb7171185c421c58610a2acba8ceae93623ae47815618cbad1e98fc042cb7",
            "0x57F8f3FEDCa49083aa3185d681B646BB215E63d7", NULL},
        {"abc24a0a6485cfceb30932bcfc9c3b918eab2216d8619c423a0d1017390938ef",
            "0x28815c306c03F3ec521572DE8e46e18A27C7545f", NULL},
    };
    uint8_t key[32];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hex(cases[i].key, key, 32);
        eth_is(key, cases[i].eth);
        if (cases[i].solana)
            solana_is(key, cases[i].solana);
    }
}

/* EIP-55's own test cases, and addresses that are none. */
static void
test_eip55(void **state)
{
    static const char *const good[] = {
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
        "0xde709f2102306220921060314715629080e2fb77",
        "0x27b1fdb04752bbc536007a920d24acb045561c26",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
    };
    static const char *const bad[] = {
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD",
        "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAec",
        "0X5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed0",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg",
        "",
    };
    uint8_t bytes[20];
    dstack_error err;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(
            dstack_wallet_eth_parse(good[i], bytes, 20, &err), DSTACK_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(
            dstack_wallet_eth_parse(bad[i], bytes, 20, &err), DSTACK_ERR_PARSE);
        assert_true(ds_view_is_zero(ds_view_of(bytes, 20)));
    }
}

/* 4.4: what the SDKs make of the simulator's DeriveKey("/"), each its own. */
static void
test_tls_key(void **state)
{
    static const struct {
        uint32_t derivation;
        const char *eth;
    } cases[] = {
        {DSTACK_WALLET_DER_SHA256, /* Python, JavaScript, "secure" */
            "0x649ba846161da083fd953ef9b1d6a53bc3da89cd"},
        {DSTACK_WALLET_SCALAR_SHA256, /* Go, "secure" */
            "0x0bf1b73b9982cac7b025d1215b5087cf84b408cb"},
        {DSTACK_WALLET_SCALAR, /* Go, legacy */
            "0x6a2641982d1ed53145b0db42a4cffcefb4cae5af"},
    };
    uint8_t scalar[32], key[33];
    char address[43];
    dstack_secret *secret = NULL;
    dstack_error err;
    ds_buf der;
    size_t n;

    (void)state;
    hex("f6c1ed94488394d78e0a4e5ab75d62e9f085d73b0b555d0614fb90ca13d9464d",
        scalar, 32);
    ds_buf_init_secret(&der, 256);
    assert_int_equal(ds_p256_pkcs8(scalar, &der), DSTACK_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(dstack_wallet_of_tls_key(
                             der.p, der.n, cases[i].derivation, &secret, &err),
            DSTACK_OK);
        assert_int_equal(
            dstack_signature_public_key(dstack_secret_bytes(secret, NULL), 32,
                DSTACK_KEY_SECP256K1, key, &n, &err),
            DSTACK_OK);
        assert_int_equal(
            dstack_wallet_eth_address(key, 33, address, 43, &err), DSTACK_OK);
        assert_int_equal(strcasecmp(address, cases[i].eth), 0);
        dstack_secret_free(secret);
    }
    for (uint32_t d = 0; d < 6; d++)
        if (d < DSTACK_WALLET_DER_SHA256 || d > DSTACK_WALLET_SCALAR)
            assert_int_equal(
                dstack_wallet_of_tls_key(der.p, der.n, d, &secret, &err),
                DSTACK_ERR_ARG);
    for (n = 0; n < der.n; n++)
        assert_int_equal(dstack_wallet_of_tls_key(
                             der.p, n, DSTACK_WALLET_SCALAR, &secret, &err),
            DSTACK_ERR_PARSE);
    assert_null(secret);
    ds_buf_free(&der);
}

/* Python and JavaScript, legacy: the head of every such file is one secret, and
 * these are its wallets. */
static void
test_shared(void **state)
{
    uint8_t scalar[32] = {[31] = 5}, bytes[33], address[20];
    char text[43];
    dstack_error err;
    ds_buf der;
    size_t n;

    (void)state;
    ds_buf_init_secret(&der, 256);
    assert_int_equal(ds_p256_pkcs8(scalar, &der), DSTACK_OK);
    assert_int_equal(dstack_wallet_is_shared_secret(der.p, 32), 1);
    assert_int_equal(dstack_wallet_is_shared_secret(der.p, 31), 0);
    assert_int_equal(dstack_wallet_is_shared_secret(der.p + 1, 32), 0);
    assert_int_equal(dstack_wallet_is_shared_secret(NULL, 32), 0);
    assert_int_equal(dstack_signature_public_key(
                         der.p, 32, DSTACK_KEY_SECP256K1, bytes, &n, &err),
        DSTACK_OK);
    assert_int_equal(
        dstack_wallet_eth_address(bytes, n, text, 43, &err), DSTACK_OK);
    assert_int_equal(dstack_wallet_is_shared_address(text), 1);
    assert_int_equal(
        dstack_wallet_eth_parse(text, address, 20, &err), DSTACK_OK);
    assert_int_equal(dstack_wallet_is_shared_address(
                         "0xf3d21a3a689ad889541d993a51e3109ac3e36c12"),
        1);
    solana_is(der.p, "YJqsEvwSTxHhdyKfaMRUT7t7SK7mebwRwhT9civrya5");
    assert_int_equal(dstack_wallet_is_shared_address(
                         "YJqsEvwSTxHhdyKfaMRUT7t7SK7mebwRwhT9civrya5"),
        1);
    assert_int_equal(dstack_wallet_is_shared_address(
                         "yJqsEvwSTxHhdyKfaMRUT7t7SK7mebwRwhT9civrya5"),
        0);
    assert_int_equal(dstack_wallet_is_shared_address(NULL), 0);
    ds_buf_free(&der);
}

static void
test_arguments(void **state)
{
    uint8_t key[33] = {2}, bytes[20];
    char address[45];
    dstack_secret *secret = NULL;
    dstack_error err;

    (void)state;
    assert_int_equal(
        dstack_wallet_eth_address(key, 33, address, 43, &err), DSTACK_ERR_ARG);
    key[32] = 1;
    assert_int_equal(
        dstack_wallet_eth_address(key, 33, address, 42, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_wallet_eth_address(key, 32, address, 43, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_wallet_eth_address(NULL, 33, address, 43, NULL), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_wallet_eth_parse("0x", bytes, 19, &err), DSTACK_ERR_ARG);
    assert_int_equal(dstack_wallet_solana_address(key, 33, address, 45, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_wallet_solana_address(key, 32, address, 44, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_wallet_solana_key_pair(key, 31, &secret, &err), DSTACK_ERR_ARG);
    assert_null(secret);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_eip55),
        cmocka_unit_test(test_tls_key),
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
