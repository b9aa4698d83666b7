/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/k1.h"
#include "dstack/signature.h"
#include "support/vec.h"

/* guest-agent.md 7.2, the public vectors of signature chains. */
#define DATA "dstack signature chain test vector"
#define DIGEST \
    "18779657704cffe138dcca907960ddc7c4586078c0a7a60b689de8ec0e9f558b"
#define K1_KEY \
    "03f6e0f232f5eb6f4b118960a80c3939ea947b6dc727215aba43451910f2741bb8"
#define R "4753cea786fe882ec17a1f75199d15f43e864286ddf1d599a901e503db787dc2"
#define S "5c825c8a7a259a7c256fdbf75e74bd73282737f03fc449f9e627c8b540a161f4"
#define HIGH_S \
    "a37da37585da6583da902408a18b428b9287a4f66f845641d9aa95d78f94df4d"
#define ORDER "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define ED_KEY \
    "f2c761dfee96542500c1ca5460bb0e327b4acb67d882f5846e21baa8d55d2f5b"
#define ED_SIGNATURE \
    "b29c21a4aa614b434542e938abe9e48c46369c4d37ecfcdbaae02251c73eff5f" \
    "1912ada04309445575204a110a6fc74dd73734240a7c6e2bffbb5c9e1bd0b408"

static int
verify(const char *key, ds_view data, const char *signature, uint32_t algorithm)
{
    ds_view k = vec_bytes(key), s = vec_bytes(signature);
    dstack_error err;
    int rc = dstack_signature_verify(
        k.p, k.n, data.p, data.n, s.p, s.n, algorithm, &err);

    assert_int_equal(err.code, rc);
    assert_int_equal(err.message[0] != 0, rc != DSTACK_OK);
    vec_free(k);
    vec_free(s);
    return rc;
}

static int
verify_hex(
    const char *key, const char *data, const char *signature, uint32_t alg)
{
    ds_view d = vec_bytes(data);
    int rc = verify(key, d, signature, alg);

    vec_free(d);
    return rc;
}

static void
test_known(void **state)
{
    ds_view data = ds_view_str(DATA);
    ds_view other = ds_view_str("not the data that was signed");
    /* guest-agent.md 7.4: the recorded simulator's signing key. */
    ds_view message = ds_view_str("Test message for signing");

    (void)state;
    assert_int_equal(
        verify(K1_KEY, data, R S, DSTACK_KEY_SECP256K1), DSTACK_OK);
    assert_int_equal(
        verify_hex(K1_KEY, DIGEST, R S, DSTACK_KEY_SECP256K1_PREHASHED),
        DSTACK_OK);
    assert_int_equal(
        verify(ED_KEY, data, ED_SIGNATURE, DSTACK_KEY_ED25519), DSTACK_OK);
    assert_int_equal(
        verify(K1_KEY, other, R S, DSTACK_KEY_SECP256K1), DSTACK_ERR_UNTRUSTED);
    assert_int_equal(verify(ED_KEY, other, ED_SIGNATURE, DSTACK_KEY_ED25519),
        DSTACK_ERR_UNTRUSTED);
    assert_int_equal(
        verify("036105f01d1fd781568f7c208b087b1c4f522601410ed7e9c7870d573de7c4"
               "6d54",
            message,
            "673932366ab5452967919dbb290a20b095e0a65ef35baa7bd47abcc23e37f0dc"
            "3f42c80fc1680af6ba57c9cb5bcf08f5d89aa4b6f69c819ef28045b0e0134992",
            DSTACK_KEY_SECP256K1),
        DSTACK_OK);
    assert_int_equal(
        verify("698f56bd587d8ce3ca8db0e1c361ba9d190089f98dc4d9df800ff92ed073a6"
               "5d",
            message,
            "5d1b901403e9a4a03b4f854d0895abd7289f68381cd1044212c0e0c779493fc4"
            "886bfd139e3b8e6bf214d38b2ae15a32708f8f18805061a2079cca1c79288f04",
            DSTACK_KEY_ED25519),
        DSTACK_OK);
}

/* Every rule of the agent's Verify for secp256k1, one at a time. */
static void
test_k1_rules(void **state)
{
    static const struct {
        const char *signature;
        int rc;
    } cases[] = {
        {R HIGH_S, DSTACK_ERR_UNTRUSTED},
        {S R, DSTACK_ERR_UNTRUSTED},
        {ZERO S, DSTACK_ERR_ARG},
        {R ZERO, DSTACK_ERR_ARG},
        {ORDER S, DSTACK_ERR_ARG},
        {R ORDER, DSTACK_ERR_ARG},
        {R S "00", DSTACK_ERR_ARG},
        {R, DSTACK_ERR_ARG},
    };
    static const char *const keys[] = {
        "020000000000000000000000000000000000000000000000000000000000000005",
        "f6e0f232f5eb6f4b118960a80c3939ea947b6dc727215aba43451910f2741bb8",
        "00", ED_KEY};
    ds_view data = ds_view_str(DATA), key = vec_bytes(K1_KEY);
    char full[131];
    uint8_t point[65];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(
            verify(K1_KEY, data, cases[i].signature, DSTACK_KEY_SECP256K1),
            cases[i].rc);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_int_equal(
            verify(keys[i], data, R S, DSTACK_KEY_SECP256K1), DSTACK_ERR_ARG);
    assert_int_equal(ds_k1_parse(key, NULL, point), DS_K1_OK);
    ds_hex_encode(ds_view_of(point, 65), full);
    assert_int_equal(verify(full, data, R S, DSTACK_KEY_SECP256K1), DSTACK_OK);
    full[129] = full[129] == '0' ? '1' : '0';
    assert_int_equal(
        verify(full, data, R S, DSTACK_KEY_SECP256K1), DSTACK_ERR_ARG);
    vec_free(key);
}

/* A digest longer than 32 bytes is cut, one of 16 to 31 gets leading zeros, a
 * shorter one is never signed. */
static void
test_prehashed(void **state)
{
    uint8_t secret[32] = {[31] = 9}, digest[32] = {0}, signature[65], key[33];
    dstack_error err;

    (void)state;
    assert_int_equal(verify_hex(K1_KEY, DIGEST "ffffff", R S,
                         DSTACK_KEY_SECP256K1_PREHASHED),
        DSTACK_OK);
    memset(digest + 16, 0xaa, 16);
    assert_int_equal(ds_k1_sign(secret, digest, signature), DS_K1_OK);
    assert_int_equal(ds_k1_public(secret, key, NULL), DS_K1_OK);
    for (size_t n = 0; n <= 32; n++)
        assert_int_equal(
            dstack_signature_verify(key, 33, digest + 32 - n, n, signature, 64,
                DSTACK_KEY_SECP256K1_PREHASHED, &err),
            n < 16 ? DSTACK_ERR_UNTRUSTED : DSTACK_OK);
}

static void
test_ed25519_rules(void **state)
{
    ds_view data = ds_view_str(DATA);

    (void)state;
    assert_int_equal(
        verify("00", data, ED_SIGNATURE, DSTACK_KEY_ED25519), DSTACK_ERR_ARG);
    assert_int_equal(
        verify(K1_KEY, data, ED_SIGNATURE, DSTACK_KEY_ED25519), DSTACK_ERR_ARG);
    assert_int_equal(
        verify(ED_KEY, data, ED_SIGNATURE "00", DSTACK_KEY_ED25519),
        DSTACK_ERR_ARG);
    /* The identity signs everything for a lenient verifier. */
    assert_int_equal(
        verify(
            "0100000000000000000000000000000000000000000000000000000000000000",
            data,
            "0100000000000000000000000000000000000000000000000000000000000000"
            "0000000000000000000000000000000000000000000000000000000000000000",
            DSTACK_KEY_ED25519),
        DSTACK_ERR_UNTRUSTED);
}

static void
test_arguments(void **state)
{
    uint8_t key[33] = {2}, signature[64] = {1};
    dstack_error err;

    (void)state;
    assert_int_equal(dstack_signature_verify(NULL, 33, key, 1, signature, 64,
                         DSTACK_KEY_SECP256K1, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_signature_verify(key, 33, NULL, 1, signature, 64,
                         DSTACK_KEY_SECP256K1, NULL),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_signature_verify(
                         key, 33, key, 1, NULL, 64, DSTACK_KEY_SECP256K1, &err),
        DSTACK_ERR_ARG);
    for (uint32_t algorithm = 0; algorithm < 8; algorithm++)
        if (algorithm != DSTACK_KEY_SECP256K1 &&
            algorithm != DSTACK_KEY_SECP256K1_PREHASHED &&
            algorithm != DSTACK_KEY_ED25519)
            assert_int_equal(verify(K1_KEY, ds_view_str(DATA), R S, algorithm),
                DSTACK_ERR_ARG);
}

/* ---- local signing ------------------------------------------------------------ */

static void
make(const char *secret, const char *data, uint32_t algorithm, const char *key,
    const char *signature)
{
    ds_view s = vec_bytes(secret);
    uint8_t out[64], public_key[33];
    char text[129];
    dstack_error err;
    size_t n;

    assert_int_equal(dstack_signature_make(s.p, s.n, (const uint8_t *)data,
                         strlen(data), algorithm, out, &err),
        DSTACK_OK);
    ds_hex_encode(ds_view_of(out, 64), text);
    assert_string_equal(text, signature);
    assert_int_equal(
        dstack_signature_public_key(s.p, s.n, algorithm, public_key, &n, &err),
        DSTACK_OK);
    ds_hex_encode(ds_view_of(public_key, n), text);
    assert_string_equal(text, key);
    vec_free(s);
}

/* guest-agent.md 7.4 again: what the recorded agent's Sign answers, made here
 * with the same secret. */
static void
test_make_known(void **state)
{
    (void)state;
    make("1091a4d6721f6a719ca57320e4975f7e237649131111ee1c5032f661dc1cfef2",
        "Test message for signing", DSTACK_KEY_SECP256K1,
        "036105f01d1fd781568f7c208b087b1c4f522601410ed7e9c7870d573de7c46d54",
        "673932366ab5452967919dbb290a20b095e0a65ef35baa7bd47abcc23e37f0dc"
        "3f42c80fc1680af6ba57c9cb5bcf08f5d89aa4b6f69c819ef28045b0e0134992");
    make("1091a4d6721f6a719ca57320e4975f7e237649131111ee1c5032f661dc1cfef2",
        "Test message for signing", DSTACK_KEY_ED25519,
        "698f56bd587d8ce3ca8db0e1c361ba9d190089f98dc4d9df800ff92ed073a65d",
        "5d1b901403e9a4a03b4f854d0895abd7289f68381cd1044212c0e0c779493fc4"
        "886bfd139e3b8e6bf214d38b2ae15a32708f8f18805061a2079cca1c79288f04");
}

/* The digest signed is the data hashed and signed; each verifies. */
static void
test_make_prehashed(void **state)
{
    uint8_t secret[32] = {[31] = 9}, one[64], two[64], key[33], digest[32];
    ds_view data = ds_view_str(DATA), d = vec_bytes(DIGEST);
    dstack_error err;
    size_t n;

    (void)state;
    memcpy(digest, d.p, 32);
    vec_free(d);
    assert_int_equal(dstack_signature_make(secret, 32, data.p, data.n,
                         DSTACK_KEY_SECP256K1, one, &err),
        DSTACK_OK);
    assert_int_equal(dstack_signature_make(secret, 32, digest, 32,
                         DSTACK_KEY_SECP256K1_PREHASHED, two, &err),
        DSTACK_OK);
    assert_memory_equal(one, two, 64);
    assert_int_equal(dstack_signature_public_key(
                         secret, 32, DSTACK_KEY_SECP256K1, key, &n, &err),
        DSTACK_OK);
    assert_int_equal(dstack_signature_verify(key, n, data.p, data.n, one, 64,
                         DSTACK_KEY_SECP256K1, &err),
        DSTACK_OK);
}

static void
test_make_refused(void **state)
{
    static const size_t lengths[] = {0, 31, 33};
    uint8_t secret[33] = {[31] = 9}, zeros[32] = {0}, out[64], key[33];
    ds_view order = vec_bytes(ORDER);
    dstack_error err;
    size_t n = 9;

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        assert_int_equal(dstack_signature_make(secret, lengths[i], zeros, 32,
                             DSTACK_KEY_SECP256K1, out, &err),
            DSTACK_ERR_ARG);
        assert_int_equal(dstack_signature_make(secret, 32, secret, lengths[i],
                             DSTACK_KEY_SECP256K1_PREHASHED, out, &err),
            DSTACK_ERR_ARG);
    }
    assert_int_equal(dstack_signature_make(
                         zeros, 32, zeros, 32, DSTACK_KEY_SECP256K1, out, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_signature_make(
                         zeros, 32, zeros, 32, DSTACK_KEY_ED25519, out, &err),
        DSTACK_ERR_ARG);
    memset(out, 7, sizeof out);
    assert_int_equal(dstack_signature_make(order.p, 32, zeros, 32,
                         DSTACK_KEY_SECP256K1, out, &err),
        DSTACK_ERR_ARG);
    assert_true(ds_view_is_zero(ds_view_of(out, 64)));
    /* A refused secret is not told. */
    assert_null(strstr(err.message, "ffff"));
    assert_int_equal(dstack_signature_make(
                         secret, 32, zeros, 32, DSTACK_KEY_P256, out, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_signature_public_key(secret, 32, DSTACK_KEY_ANY, key, &n, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(n, 0);
    assert_int_equal(dstack_signature_make(
                         NULL, 32, zeros, 32, DSTACK_KEY_SECP256K1, out, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_signature_make(
                         secret, 32, NULL, 1, DSTACK_KEY_SECP256K1, out, &err),
        DSTACK_ERR_ARG);
    vec_free(order);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_k1_rules),
        cmocka_unit_test(test_prehashed),
        cmocka_unit_test(test_ed25519_rules),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_make_known),
        cmocka_unit_test(test_make_prehashed),
        cmocka_unit_test(test_make_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
