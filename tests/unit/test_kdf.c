/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hash.h"
#include "crypto/kdf.h"
#include "support/vec.h"

static const ds_view none = {NULL, 0};

static void
check(const uint8_t *got, const char *want)
{
    ds_view v = vec_bytes(want);

    assert_memory_equal(got, v.p, v.n);
    vec_free(v);
}

/* RFC 4231, test cases 1, 2 and 6 (a key longer than a block). */
static void
test_rfc4231(void **state)
{
    const char *const long_text =
        "Test Using Larger Than Block-Size Key - Hash Key First";
    uint8_t key[131], out[64];
    ds_view data = ds_view_str("Hi There");

    (void)state;
    memset(key, 0x0b, 20);
    assert_true(ds_hmac(DS_SHA256, ds_view_of(key, 20), &data, 1, out));
    check(out,
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    assert_true(ds_hmac(DS_SHA512, ds_view_of(key, 20), &data, 1, out));
    check(out, "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cd"
               "edaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126"
               "854");
    data = ds_view_str("what do ya want for nothing?");
    assert_true(ds_hmac(DS_SHA256, ds_view_str("Jefe"), &data, 1, out));
    check(out,
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    data = ds_view_str(long_text);
    assert_true(ds_hmac(DS_SHA256, ds_view_of(key, 131), &data, 1, out));
    check(out,
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    assert_true(ds_hmac(DS_SHA512, ds_view_of(key, 131), &data, 1, out));
    check(out, "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f35"
               "26b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786"
               "598");
}

static void
test_hmac_algorithms(void **state)
{
    uint8_t out[DS_HASH_MAX];

    (void)state;
    assert_false(ds_hmac(DS_SHA384, none, NULL, 0, out));
    assert_false(ds_hmac(DS_SHA3_256, none, NULL, 0, out));
    assert_false(ds_hmac(0, none, NULL, 0, out));
}

/* RFC 5869, appendix A.1 to A.3. */
static void
test_rfc5869(void **state)
{
    uint8_t seq[256], ikm[22], out[82];
    ds_view info = ds_view_of(seq + 0xf0, 10);

    (void)state;
    for (int i = 0; i < 256; i++)
        seq[i] = (uint8_t)i;
    memset(ikm, 0x0b, sizeof ikm);
    assert_true(ds_hkdf_sha256(
        ds_view_of(seq, 13), ds_view_of(ikm, 22), &info, 1, out, 42));
    check(out, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5b"
               "f34007208d5b887185865");
    info = ds_view_of(seq + 0xb0, 80);
    assert_true(ds_hkdf_sha256(
        ds_view_of(seq + 0x60, 80), ds_view_of(seq, 80), &info, 1, out, 82));
    check(out, "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97"
               "c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db"
               "71cc30c58179ec3e87c14c01d5c1f3434f1d87");
    assert_true(ds_hkdf_sha256(none, ds_view_of(ikm, 22), NULL, 0, out, 42));
    check(out, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2"
               "d9d201395faa4b61a96c8");
}

static ds_view
octets(uint8_t *p, const char *length, int seed)
{
    size_t n = strtoul(length, NULL, 10);

    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(11 * i + (size_t)seed + n);
    return ds_view_of(p, n);
}

static void
run_hmac(const vec *v, int alg)
{
    uint8_t key[512], data[512], out[64];
    ds_view k = octets(key, v->word[1], 1), d = octets(data, v->word[2], 2);
    ds_view parts[] = {ds_view_of(d.p, d.n / 3), none,
        ds_view_of(d.p + d.n / 3, d.n - d.n / 3)};

    assert_true(ds_hmac(alg, k, parts, 3, out));
    check(out, v->word[3]);
}

static void
run_hkdf(const vec *v)
{
    static uint8_t okm[DS_HKDF_MAX + 1];
    uint8_t salt[128], ikm[128], info[128], digest[32];
    ds_view s = octets(salt, v->word[1], 3), k = octets(ikm, v->word[2], 4);
    ds_view i = octets(info, v->word[3], 5);
    ds_view parts[] = {
        ds_view_of(i.p, i.n / 2), ds_view_of(i.p + i.n / 2, i.n - i.n / 2)};
    size_t size = strtoul(v->word[4], NULL, 10);

    okm[size] = 0xa5;
    assert_true(ds_hkdf_sha256(s, k, parts, 2, okm, size));
    assert_int_equal(okm[size], 0xa5);
    assert_true(ds_hash(DS_SHA256, ds_view_of(okm, size), none, digest));
    check(digest, v->word[5]);
}

static void
test_vectors(void **state)
{
    int n = 0;
    vec v;

    (void)state;
    vec_open(&v, "kdf.vec");
    for (; vec_next(&v) != 0; n++) {
        if (strcmp(v.word[0], "hkdf") == 0)
            run_hkdf(&v);
        else if (strcmp(v.word[0], "hmac256") == 0)
            run_hmac(&v, DS_SHA256);
        else
            run_hmac(&v, DS_SHA512);
    }
    vec_close(&v);
    assert_int_equal(n, 2 * 99 + 420);
}

static void
test_hkdf_size(void **state)
{
    static uint8_t out[DS_HKDF_MAX + 1];

    (void)state;
    out[0] = out[DS_HKDF_MAX] = 0xa5;
    assert_false(ds_hkdf_sha256(none, none, NULL, 0, out, 0));
    assert_int_equal(out[0], 0xa5);
    assert_false(ds_hkdf_sha256(none, none, NULL, 0, out, DS_HKDF_MAX + 1));
    assert_true(ds_view_is_zero(ds_view_of(out, sizeof out)));
}

/* Keys that dstack derives: salt, secret, info in parts, key. */
static void
test_dstack(void **state)
{
    static const char *const root =
        "1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d9e0f1a2b";
    /* Length-prefixed: the claim, the algorithm, the domain. */
    static const char *const v1[][2] = {
        {"\0\0\0\23dstack-guest-v1-key\0\0\0\11secp256k1\0\0\0\0",
            "59f60584ce6fd2a3a31997256db9d77322463fc8a6b1520110401bcb1ee92387"},
        {"\0\0\0\23dstack-guest-v1-key\0\0\0\7ed25519\0\0\0\0",
            "b023493030669cf22e9cafa6a464d4cf3ae4edfe5474ec796710f21ea011946d"},
    };
    static const size_t v1_size[] = {4 + 19 + 4 + 9 + 4, 4 + 19 + 4 + 7 + 4};
    ds_view secret = vec_bytes(root);
    ds_view kms = vec_bytes(
        "4b4d532d726f6f742d746573742d6b65792d646f2d6e6f742d75736521212101");
    ds_view app_id = vec_bytes("a9019d1b2c3d4e5f60718293a4b5c6d7e8f90a1b");
    ds_view info[2] = {ds_view_str("test"), none};
    uint8_t out[32];

    (void)state;
    assert_true(ds_hkdf_sha256(ds_view_str("RATLS"), secret, info, 2, out, 32));
    check(out,
        "52786aa123b0971e283af97f32e25767483d099d66e6c40afeb3a49046b5379e");
    info[0] = app_id;
    info[1] = ds_view_str("app-key");
    assert_true(ds_hkdf_sha256(ds_view_str("RATLS"), kms, info, 2, out, 32));
    check(out,
        "2ae51b5c23b22c9b9dc0b8263a8b0b5f003e6d6fbc60c7ebb88696136a4dac0b");
    for (int i = 0; i < 2; i++) {
        info[0] = ds_view_of(v1[i][0], v1_size[i]);
        assert_true(ds_hkdf_sha256(
            ds_view_str("dstack-guest-v1"), secret, info, 1, out, 32));
        check(out, v1[i][1]);
    }
    vec_free(secret);
    vec_free(kms);
    vec_free(app_id);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc4231),
        cmocka_unit_test(test_hmac_algorithms),
        cmocka_unit_test(test_rfc5869),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_hkdf_size),
        cmocka_unit_test(test_dstack),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
