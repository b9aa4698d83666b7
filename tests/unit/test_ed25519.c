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

/* RFC 8032, 5.1.3: y = 2 belongs to no point; y = 1, and y = 0, to points of
 * small order; what is written above the prime is read all the same. */
static void
test_on_curve(void **state)
{
    uint8_t key[32] = {2};

    (void)state;
    assert_false(ds_ed25519_on_curve(key));
    key[0] = 1;
    assert_true(ds_ed25519_on_curve(key));
    key[0] = 0;
    assert_true(ds_ed25519_on_curve(key));
    memset(key, 0xff, sizeof key);
    key[0] = 0xee; /* the prime and 1 */
    key[31] = 0x7f;
    assert_true(ds_ed25519_on_curve(key));
    key[0] = 0xef;
    assert_false(ds_ed25519_on_curve(key));
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        hex(known[i].key, key, 32);
        assert_true(ds_ed25519_on_curve(key));
    }
}

/* guest-agent.md 4.1: the simulator's env_crypt_key and an ephemeral key. */
static void
test_x25519(void **state)
{
    uint8_t a[32], b[32], pa[32], pb[32], want[32], out[32];

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
}

/* RFC 7748, 5.2: the first two vectors, and one iterated a thousand times; 6.1:
 * Alice and Bob. */
static void
test_rfc7748(void **state)
{
    static const char *const shared[][3] = {
        {"a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"},
        {"4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"},
        {"77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
            "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"},
    };
    uint8_t k[32] = {9}, u[32] = {9}, want[32], out[32];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_true(ds_x25519(k, u, out));
        memcpy(u, k, 32);
        memcpy(k, out, 32);
    }
    hex("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51",
        want, 32);
    assert_memory_equal(k, want, 32);
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
        hex(shared[i][0], k, 32);
        hex(shared[i][1], u, 32);
        hex(shared[i][2], want, 32);
        assert_true(ds_x25519(k, u, out));
        assert_memory_equal(out, want, 32);
    }
}

/* ---- vectors (tests/vectors/gen_ed25519.py) ---- */

static void
run_sign(const vec *v, const ds_view *w)
{
    uint8_t key[32], signature[64];

    assert_int_equal(w[4].n, 64);
    assert_true(ds_ed25519_public(w[1].p, key));
    assert_memory_equal(key, w[3].p, 32);
    assert_true(ds_ed25519_sign(w[1].p, w[2], signature));
    assert_memory_equal(signature, w[4].p, 64);
    if (!ds_ed25519_verify(key, w[2], signature))
        fail_msg("the signature of %s is refused", v->word[2]);
}

static void
run_verify(const vec *v, const ds_view *w)
{
    bool want = strcmp(v->word[1], "ok") == 0;

    if (ds_ed25519_verify(w[3].p, w[4], w[5].p) != want)
        fail_msg("%s is not %s", v->word[2], v->word[1]);
}

static void
run_x25519(const vec *v, const ds_view *w)
{
    uint8_t out[32];

    memset(out, 0xa5, sizeof out);
    if (ds_x25519(w[1].p, w[2].p, out) != (w[3].n != 0))
        fail_msg("the wrong answer to %s", v->word[2]);
    if (w[3].n != 0)
        assert_memory_equal(out, w[3].p, 32);
    else
        assert_true(ds_view_is_zero(ds_view_of(out, 32)));
}

static void
run_xpublic(const vec *v, const ds_view *w)
{
    uint8_t out[32];

    (void)v;
    assert_true(ds_x25519_public(w[1].p, out));
    assert_memory_equal(out, w[2].p, 32);
}

static void
test_vectors(void **state)
{
    static const struct {
        const char *name;
        void (*run)(const vec *v, const ds_view *bytes);
        int words, text; /* how many, and which of them are not bytes */
    } kinds[] = {{"sign", run_sign, 5, 0}, {"verify", run_verify, 6, 2},
        {"xpublic", run_xpublic, 3, 0}, {"x25519", run_x25519, 4, 0}};
    int n = 0;
    vec v;

    (void)state;
    vec_open(&v, "ed25519.vec");
    for (int words; (words = vec_next(&v)) != 0; n++) {
        ds_view w[6] = {{NULL, 0}};
        size_t k = 0;

        while (k < 3 && strcmp(kinds[k].name, v.word[0]) != 0)
            k++;
        assert_string_equal(kinds[k].name, v.word[0]);
        assert_int_equal(words, kinds[k].words);
        for (int i = 1 + kinds[k].text; i < words; i++)
            w[i] = vec_bytes(v.word[i]);
        kinds[k].run(&v, w);
        for (int i = 1 + kinds[k].text; i < words; i++)
            vec_free(w[i]);
    }
    vec_close(&v);
    assert_int_equal(n, 194);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc8032),
        cmocka_unit_test(test_on_curve),
        cmocka_unit_test(test_x25519),
        cmocka_unit_test(test_rfc7748),
        cmocka_unit_test(test_vectors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
