/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/ecdsa.h"
#include "crypto/hash.h"
#include "crypto/kdf.h"
#include "crypto/p256.h"
#include "support/vec.h"

#define ORDER "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"

static void
hex(const char *text, uint8_t *out, size_t n)
{
    assert_true(ds_hex_decode(ds_view_str(text), out, n));
}

/* RFC 6979, A.2.5: the key, and its signature of "sample" with SHA-256. */
#define SECRET \
    "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
#define POINT \
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6" \
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"

static void
test_rfc6979(void **state)
{
    uint8_t secret[32], point[65], want[65], rs[64], digest[32];
    ds_ecdsa_key *key = NULL;

    (void)state;
    hex(SECRET, secret, 32);
    hex(POINT, want, 65);
    assert_int_equal(ds_p256_public(secret, point), DSTACK_OK);
    assert_memory_equal(point, want, 65);
    assert_true(
        ds_hash(DS_SHA256, ds_view_str("sample"), ds_view_of(NULL, 0), digest));
    assert_int_equal(ds_p256_sign(secret, digest, rs), DSTACK_OK);
    hex("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
        want, 64);
    assert_memory_equal(rs, want, 64);
    assert_int_equal(ds_ecdsa_key_new(DS_P256, ds_view_of(point + 1, 64), &key),
        DS_ECDSA_OK);
    assert_int_equal(
        ds_ecdsa_verify(key, ds_view_of(digest, 32), ds_view_of(rs, 64)),
        DS_ECDSA_OK);
    ds_ecdsa_key_free(key);
}

static void
test_range(void **state)
{
    uint8_t secret[32] = {0}, point[65], rs[64];

    (void)state;
    assert_int_equal(ds_p256_public(secret, point), DSTACK_ERR_ARG);
    assert_int_equal(ds_p256_sign(secret, secret, rs), DSTACK_ERR_ARG);
    hex(ORDER, secret, 32);
    assert_int_equal(ds_p256_public(secret, point), DSTACK_ERR_ARG);
    secret[31]--;
    assert_int_equal(ds_p256_public(secret, point), DSTACK_OK);
    memset(secret, 0xff, 32);
    assert_int_equal(ds_p256_public(secret, point), DSTACK_ERR_ARG);
}

/* guest-agent.md 3.2 and 7.4: the form of dstack's keys, and one of them. */
static void
test_pkcs8(void **state)
{
    static const char begin[] =
        "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b02010104"
        "20f6c1ed94488394d78e0a4e5ab75d62e9f085d73b0b555d0614fb90ca13d9464da144"
        "03420004";
    uint8_t secret[32], back[32], point[65], told[65];
    ds_view want = vec_bytes(begin);
    ds_buf der;

    (void)state;
    ds_buf_init_secret(&der, 256);
    hex("f6c1ed94488394d78e0a4e5ab75d62e9f085d73b0b555d0614fb90ca13d9464d",
        secret, 32);
    assert_int_equal(ds_p256_public(secret, point), DSTACK_OK);
    assert_int_equal(ds_p256_pkcs8(secret, &der), DSTACK_OK);
    assert_int_equal(der.n, 138);
    assert_memory_equal(der.p, want.p, want.n);
    assert_int_equal(
        ds_p256_parse_pkcs8(ds_view_of(der.p, der.n), back, told), DSTACK_OK);
    assert_memory_equal(back, secret, 32);
    assert_memory_equal(told, point, 65);
    /* Every byte counts, but those that may say the same otherwise: none. */
    for (size_t i = 0; i < der.n; i++) {
        der.p[i] ^= 1;
        assert_int_equal(
            ds_p256_parse_pkcs8(ds_view_of(der.p, der.n), back, told),
            DSTACK_ERR_PARSE);
        assert_true(ds_view_is_zero(ds_view_of(back, 32)));
        der.p[i] ^= 1;
    }
    for (size_t n = 0; n < der.n; n++)
        assert_int_equal(ds_p256_parse_pkcs8(ds_view_of(der.p, n), back, told),
            DSTACK_ERR_PARSE);
    assert_int_equal(
        ds_p256_parse_pkcs8(ds_view_of(der.p, der.n), back, told), DSTACK_OK);
    assert_memory_equal(back, secret, 32);
    ds_buf_add_u8(&der, 0);
    assert_int_equal(ds_p256_parse_pkcs8(ds_view_of(der.p, der.n), back, told),
        DSTACK_ERR_PARSE);
    ds_buf_free(&der);
    vec_free(want);
}

/* The secret that dstack's KMS makes of a derived key: SHA-256 of its PKCS #8,
 * every byte of which matters. The root key and the result are those of dstack's
 * own test. */
static void
test_secret_of_der(void **state)
{
    const ds_view info[] = {
        ds_view_str("context one"), ds_view_str("context two")};
    uint8_t root[32], secret[32], want[32], out[32];
    ds_buf der;

    (void)state;
    hex("f57527cea4ab7ffb49af99b158cdc0e3ec06398f528349ea236b7d2afe19cec1",
        root, 32);
    hex("663afd58820be8ad645f9c035e93199d114ab16f738db62393bc1d7d623e8813",
        want, 32);
    assert_true(ds_hkdf_sha256(
        ds_view_str("RATLS"), ds_view_of(root, 32), info, 2, secret, 32));
    ds_buf_init_secret(&der, 138);
    assert_int_equal(ds_p256_pkcs8(secret, &der), DSTACK_OK);
    assert_true(
        ds_hash(DS_SHA256, ds_view_of(der.p, der.n), ds_view_of(NULL, 0), out));
    assert_memory_equal(out, want, 32);
    ds_buf_free(&der);
}

/* The same key as OpenSSL writes it with and without its optional parts, and
 * with one thing wrong each. */
static const struct {
    const char *der;
    bool good;
} forms[] = {
    /* neither parameters nor public key */
    {"3041020100301306072a8648ce3d020106082a8648ce3d03010704273025020101042"
     "0" SECRET,
        true},
    /* parameters inside too */
    {"304d020100301306072a8648ce3d020106082a8648ce3d0301070433303102010104"
     "20" SECRET "a00a06082a8648ce3d030107",
        true},
    /* other parameters: P-384's name does not fit */
    {"304a020100301306072a8648ce3d020106082a8648ce3d0301070430302e02010104"
     "20" SECRET "a00706052b81040022",
        false},
    /* version 1 outside, version 0 inside */
    {"3041020101301306072a8648ce3d020106082a8648ce3d03010704273025020101042"
     "0" SECRET,
        false},
    {"3041020100301306072a8648ce3d020106082a8648ce3d03010704273025020100042"
     "0" SECRET,
        false},
    /* a scalar of 31 bytes */
    {"3040020100301306072a8648ce3d020106082a8648ce3d03010704263024020101041"
     "f"
     "afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
        false},
    /* secp256k1 by name */
    {"303e020100301006072a8648ce3d020106052b8104000a04273025020101042"
     "0" SECRET,
        false},
    /* attributes behind the key */
    {"3043020100301306072a8648ce3d020106082a8648ce3d03010704273025020101042"
     "0" SECRET "a000",
        false},
    /* its public key; that of the scalar 1; its own, compressed */
    {"308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010"
     "420" SECRET "a144034200" POINT,
        true},
    {"308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010"
     "420" SECRET "a144034200"
     "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
     "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        false},
    {"3067020100301306072a8648ce3d020106082a8648ce3d030107044d304b020101042"
     "0" SECRET "a124032200"
     "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
        false},
    /* a bit string with unused bits */
    {"308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010"
     "420" SECRET "a144034201" POINT,
        false},
    /* a length in more octets than it needs */
    {"308141020100301306072a8648ce3d020106082a8648ce3d030107042730250201010"
     "420" SECRET,
        false},
    /* no curve; a curve that is NULL */
    {"3037020100300906072a8648ce3d02010427302502010104"
     "20" SECRET,
        false},
    {"3039020100300b06072a8648ce3d0201050004273025020101042"
     "0" SECRET,
        false},
    /* RFC 5915 without PKCS #8 */
    {"30250201010420" SECRET, false},
    {"", false},
    /* the scalar 0 */
    {"3041020100301306072a8648ce3d020106082a8648ce3d03010704273025020101042"
     "0"
     "0000000000000000000000000000000000000000000000000000000000000000",
        false},
    /* the scalar n */
    {"3041020100301306072a8648ce3d020106082a8648ce3d03010704273025020101042"
     "0" ORDER,
        false},
};

static void
test_forms(void **state)
{
    uint8_t secret[32], point[65], want[65];

    (void)state;
    hex(POINT, want, 65);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        ds_view der = vec_bytes(forms[i].der);

        assert_int_equal(ds_p256_parse_pkcs8(der, secret, point),
            forms[i].good ? DSTACK_OK : DSTACK_ERR_PARSE);
        if (forms[i].good)
            assert_memory_equal(point, want, 65);
        vec_free(der);
    }
}

/* ---- vectors (tests/vectors/gen_p256.py) ---- */

static void
run_public(ds_view secret, ds_view want)
{
    uint8_t point[65];

    memset(point, 0xa5, sizeof point);
    if (want.n == 0) {
        assert_int_equal(ds_p256_public(secret.p, point), DSTACK_ERR_ARG);
        assert_true(ds_view_is_zero(ds_view_of(point, 65)));
        return;
    }
    assert_int_equal(ds_p256_public(secret.p, point), DSTACK_OK);
    assert_memory_equal(point, want.p, 65);
}

static void
test_vectors(void **state)
{
    uint8_t rs[64];
    int n = 0;
    vec v;

    (void)state;
    vec_open(&v, "p256.vec");
    for (int words; (words = vec_next(&v)) != 0; n++) {
        ds_view secret = vec_bytes(v.word[1]), second = vec_bytes(v.word[2]);

        if (strcmp(v.word[0], "public") == 0) {
            assert_int_equal(words, 3);
            run_public(secret, second);
        } else {
            ds_view want = vec_bytes(v.word[3]);

            assert_string_equal(v.word[0], "sign");
            assert_int_equal(ds_p256_sign(secret.p, second.p, rs), DSTACK_OK);
            assert_memory_equal(rs, want.p, 64);
            vec_free(want);
        }
        vec_free(secret);
        vec_free(second);
    }
    vec_close(&v);
    assert_int_equal(n, 94);
}

/* ---- threads: the key store below has one lock ---- */

static void *
sign_many(void *arg)
{
    static const uint8_t digest[32] = {7};
    uint8_t secret[32] = {0}, point[65], first[64], rs[64];
    uintptr_t failures = 0;

    secret[31] = *(const uint8_t *)arg;
    failures += ds_p256_sign(secret, digest, first) != DSTACK_OK;
    for (int i = 0; i < 5; i++) {
        failures += ds_p256_sign(secret, digest, rs) != DSTACK_OK ||
                    memcmp(rs, first, 64) != 0;
        failures += ds_p256_public(secret, point) != DSTACK_OK;
    }
    return (void *)failures;
}

static void
test_threads(void **state)
{
    static const uint8_t secret[] = {1, 2, 3, 4, 5, 6, 7, 8};
    pthread_t thread[8];

    (void)state;
    for (int i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, sign_many,
                             (void *)(uintptr_t)&secret[i]),
            0);
    for (int i = 0; i < 8; i++) {
        void *failures;

        assert_int_equal(pthread_join(thread[i], &failures), 0);
        assert_null(failures);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_rfc6979),
        cmocka_unit_test(test_range),
        cmocka_unit_test(test_pkcs8),
        cmocka_unit_test(test_secret_of_der),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_vectors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
