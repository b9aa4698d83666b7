/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "dstack/signature.h"
#include "support/keychain.h"
#include "support/vec.h"

/* What is refused is in test_attack_keys.c. */

static void
known(const char *key, const void *data, size_t n, const char *signature,
    uint32_t algorithm)
{
    dstack_error err;

    assert_int_equal(
        signature_check(key, data, n, signature, algorithm, &err), DSTACK_OK);
}

static void
test_known(void **state)
{
    /* guest-agent.md 7.4: the recorded simulator's signing key. */
    static const char message[] = "Test message for signing";
    key_bytes digest = key_hex(DIGEST);

    (void)state;
    known(K1_KEY, DATA, strlen(DATA), K1_R K1_S, DSTACK_KEY_SECP256K1);
    known(K1_KEY, digest.p, 32, K1_R K1_S, DSTACK_KEY_SECP256K1_PREHASHED);
    known(ED_KEY, DATA, strlen(DATA), ED_SIGNATURE, DSTACK_KEY_ED25519);
    known("036105f01d1fd781568f7c208b087b1c4f522601410ed7e9c7870d573de7c46d54",
        message, strlen(message),
        "673932366ab5452967919dbb290a20b095e0a65ef35baa7bd47abcc23e37f0dc"
        "3f42c80fc1680af6ba57c9cb5bcf08f5d89aa4b6f69c819ef28045b0e0134992",
        DSTACK_KEY_SECP256K1);
    known("698f56bd587d8ce3ca8db0e1c361ba9d190089f98dc4d9df800ff92ed073a65d",
        message, strlen(message),
        "5d1b901403e9a4a03b4f854d0895abd7289f68381cd1044212c0e0c779493fc4"
        "886bfd139e3b8e6bf214d38b2ae15a32708f8f18805061a2079cca1c79288f04",
        DSTACK_KEY_ED25519);
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_make_known),
        cmocka_unit_test(test_make_prehashed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
