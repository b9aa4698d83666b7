/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/ed25519.h"
#include "support/vec.h"

static void
hex(const char *text, uint8_t *out, size_t n)
{
    assert_true(ds_hex_decode(ds_view_str(text), out, n));
}

/* RFC 8032, 7.1, tests 1 to 3. */
static const struct {
    const char *seed, *key, *message, *signature;
} known[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

static void
test_rfc8032(void **state)
{
    uint8_t seed[32], key[32], want[64], out[64];

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        ds_view message = vec_bytes(known[i].message);

        hex(known[i].seed, seed, 32);
        hex(known[i].key, want, 32);
        assert_true(ds_ed25519_public(seed, key));
        assert_memory_equal(key, want, 32);
        hex(known[i].signature, want, 64);
        assert_true(ds_ed25519_sign(seed, message, out));
        assert_memory_equal(out, want, 64);
        assert_true(ds_ed25519_verify(key, message, out));
        out[i] ^= 1;
        assert_false(ds_ed25519_verify(key, message, out));
        out[i] ^= 1;
        key[31 - i] ^= 2;
        assert_false(ds_ed25519_verify(key, message, out));
        key[31 - i] ^= 2;
        assert_false(ds_ed25519_verify(key, ds_view_str("other"), out));
        vec_free(message);
    }
}

/* s + L signs the same for a verifier that does not look. L is
 * 2^252 + 27742317777372353535851937790883648493. */
static void
test_malleable(void **state)
{
    static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12,
        0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
    uint8_t key[32], signature[64];
    unsigned carry = 0;

    (void)state;
    hex(known[1].key, key, 32);
    hex(known[1].signature, signature, 64);
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)signature[32 + i] + order[i];
        signature[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_false(ds_ed25519_verify(key, ds_view_str("r"), signature));
}

/* Under a key of small order, R = the identity and s = 0 sign any message. */
static void
test_small_order(void **state)
{
    static const char *const keys[] = {
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        /* the identity, not reduced */
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        /* no point at all */
        "0200000000000000000000000000000000000000000000000000000000000000"};
    uint8_t signature[64] = {1};
    uint8_t key[32];

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        hex(keys[i], key, 32);
        assert_false(ds_ed25519_verify(key, ds_view_str("any"), signature));
    }
}

/* guest-agent.md 4.1: the simulator's env_crypt_key and an ephemeral key. */
static void
test_x25519(void **state)
{
    uint8_t a[32], b[32], pa[32], pb[32], want[32], out[32];
    const uint8_t zero[32] = {0};
    const uint8_t one[32] = {1};

    (void)state;
    hex("4f3cf0a19a0444674c8e51222afd395b8df9fad2ba3cd7956f640a4b3c046db6", a,
        32);
    for (size_t i = 0; i < 32; i++)
        b[i] = (uint8_t)i;
    hex("4b03687002c7e0f6e8eaabea3edc108de72a06d2c2b64a3e14c34883645c7127",
        want, 32);
    assert_true(ds_x25519_public(a, pa));
    assert_memory_equal(pa, want, 32);
    assert_true(ds_x25519_public(b, pb));
    hex("fa794685fe095167e8e568bc877c1d7afdef590a80183991b170c48e1d2e4e09",
        want, 32);
    assert_true(ds_x25519(a, pb, out));
    assert_memory_equal(out, want, 32);
    assert_true(ds_x25519(b, pa, out));
    assert_memory_equal(out, want, 32);
    /* Points of small order. */
    assert_false(ds_x25519(a, zero, out));
    assert_false(ds_x25519(a, one, out));
    assert_memory_equal(out, zero, 32);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc8032),
        cmocka_unit_test(test_malleable),
        cmocka_unit_test(test_small_order),
        cmocka_unit_test(test_x25519),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
