/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/k1.h"
#include "support/failing.h"
#include "support/vec.h"

/* Order of the group, and half of it rounded down: a low s is at most that
 * (SEC 2, 2.4.1). */
#define ORDER "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
#define HALF "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0"

/* What guest-agent.md 7.2 gives: the signing key's own signature, and the
 * digest that it is over. */
#define KEY "03f6e0f232f5eb6f4b118960a80c3939ea947b6dc727215aba43451910f2741bb8"
#define DIGEST \
    "18779657704cffe138dcca907960ddc7c4586078c0a7a60b689de8ec0e9f558b"
#define R "4753cea786fe882ec17a1f75199d15f43e864286ddf1d599a901e503db787dc2"
#define S "5c825c8a7a259a7c256fdbf75e74bd73282737f03fc449f9e627c8b540a161f4"
#define HIGH_S \
    "a37da37585da6583da902408a18b428b9287a4f66f845641d9aa95d78f94df4d"

static void
hex(const char *text, uint8_t *out, size_t n)
{
    assert_true(ds_hex_decode(ds_view_str(text), out, n));
}

static int
check(const char *key, const char *signature)
{
    ds_view k = vec_bytes(key), s = vec_bytes(signature);
    uint8_t digest[32];
    int rc;

    hex(DIGEST, digest, 32);
    rc = ds_k1_check(k, digest, s);
    vec_free(k);
    vec_free(s);
    return rc;
}

static void
test_public(void **state)
{
    /* guest-agent.md 7.4: the app root; 7.2: the KMS root. */
    static const char *const known[][2] = {
        {"d6e88992cdeeee35fe70b5db61ab66cdb191fb9b6ec9313757ef162dd7214d5d",
            "02818494263695e8839122dbd88e281d7380622999df4e60a14befa0f2d096fc"
            "7c"},
        {"4b4d532d726f6f742d746573742d6b65792d646f2d6e6f742d75736521212101",
            "0318f228673448772dd4835a82149a9d475db8095234469a8fcc85cfa18b85ab"
            "bc"},
    };
    uint8_t secret[32], want[33], key[33], full[65], back[33];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        hex(known[i][0], secret, 32);
        hex(known[i][1], want, 33);
        assert_int_equal(ds_k1_public(secret, key, full), DS_K1_OK);
        assert_memory_equal(key, want, 33);
        assert_int_equal(full[0], 4);
        assert_int_equal(
            ds_k1_parse(ds_view_of(full, 65), back, NULL), DS_K1_OK);
        assert_memory_equal(back, want, 33);
        assert_int_equal(
            ds_k1_parse(ds_view_of(key, 33), NULL, full), DS_K1_OK);
    }
}

static void
test_secret_range(void **state)
{
    uint8_t secret[32] = {0};
    uint8_t key[33], signature[65];

    (void)state;
    assert_false(ds_k1_secret_valid(secret));
    assert_int_equal(ds_k1_public(secret, key, NULL), DS_K1_BAD);
    assert_int_equal(ds_k1_sign(secret, secret, signature), DS_K1_BAD);
    secret[31] = 1;
    assert_true(ds_k1_secret_valid(secret));
    hex(ORDER, secret, 32);
    assert_false(ds_k1_secret_valid(secret));
    secret[31]--;
    assert_true(ds_k1_secret_valid(secret));
}

/* RFC 6979 with SHA-256 on secp256k1: the key 1 and SHA-256 of this text is
 * the vector that many implementations publish. */
static void
test_sign(void **state)
{
    uint8_t secret[32] = {0}, digest[32], want[64], signature[65], key[33];
    uint8_t recovered[33];

    (void)state;
    secret[31] = 1;
    assert_true(ds_hash(DS_SHA256, ds_view_str("Satoshi Nakamoto"),
        ds_view_of(NULL, 0), digest));
    hex("934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
        "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5",
        want, 64);
    assert_int_equal(ds_k1_sign(secret, digest, signature), DS_K1_OK);
    assert_memory_equal(signature, want, 64);
    assert_true(signature[64] <= 3);
    assert_int_equal(ds_k1_public(secret, key, NULL), DS_K1_OK);
    assert_int_equal(
        ds_k1_recover(digest, ds_view_of(signature, 65), recovered), DS_K1_OK);
    assert_memory_equal(recovered, key, 33);
    assert_int_equal(
        ds_k1_check(ds_view_of(key, 33), digest, ds_view_of(signature, 64)),
        DS_K1_OK);
}

static void
test_check(void **state)
{
    static const char zero[] =
        "0000000000000000000000000000000000000000000000000000000000000000";
    char text[129];

    (void)state;
    assert_int_equal(check(KEY, R S), DS_K1_OK);
    assert_int_equal(check(KEY, R HIGH_S), DS_K1_BAD);
    assert_int_equal(check(KEY, S R), DS_K1_BAD);
    assert_int_equal(check(KEY, ORDER S), DS_K1_BAD);
    assert_int_equal(check(KEY, R ORDER), DS_K1_BAD);
    (void)snprintf(text, sizeof text, "%s%s", zero, S);
    assert_int_equal(check(KEY, text), DS_K1_BAD);
    (void)snprintf(text, sizeof text, "%s%s", R, zero);
    assert_int_equal(check(KEY, text), DS_K1_BAD);
    assert_int_equal(check(KEY, R S "00"), DS_K1_BAD);
    assert_int_equal(check(KEY, R), DS_K1_BAD);
    assert_int_equal(check(KEY, ""), DS_K1_BAD);
}

static void
test_parse(void **state)
{
    /* x = 5 is on no point of the curve; x = p is not reduced. */
    static const char *const bad[] = {"", "02",
        "020000000000000000000000000000000000000000000000000000000000000005",
        "02fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
        "05f6e0f232f5eb6f4b118960a80c3939ea947b6dc727215aba43451910f2741bb8",
        "f6e0f232f5eb6f4b118960a80c3939ea947b6dc727215aba43451910f2741bb8",
        "03f6e0f232f5eb6f4b118960a80c3939ea947b6dc727215aba43451910f2741bb800"};
    uint8_t full[65], out[33];
    ds_view v;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        v = vec_bytes(bad[i]);
        assert_int_equal(ds_k1_parse(v, out, NULL), DS_K1_BAD);
        vec_free(v);
    }
    v = vec_bytes(KEY);
    assert_int_equal(ds_k1_parse(v, NULL, full), DS_K1_OK);
    vec_free(v);
    /* Hybrid forms, a wrong y, a compressed tag on a full key. */
    for (int tag = 0; tag < 256; tag++) {
        full[0] = (uint8_t)tag;
        assert_int_equal(ds_k1_parse(ds_view_of(full, 65), out, NULL),
            tag == 4 ? DS_K1_OK : DS_K1_BAD);
    }
    full[0] = 4;
    full[64] ^= 1;
    assert_int_equal(ds_k1_parse(ds_view_of(full, 65), out, NULL), DS_K1_BAD);
}

static void
recover(const char *signature, uint8_t v, int want)
{
    uint8_t digest[32], sig[65], key[33];

    hex(DIGEST, digest, 32);
    hex(signature, sig, 64);
    sig[64] = v;
    assert_int_equal(ds_k1_recover(digest, ds_view_of(sig, 65), key), want);
    assert_true(want != DS_K1_OK || ds_k1_is_signature(ds_view_of(sig, 65)));
    assert_int_equal(ds_view_is_zero(ds_view_of(key, 33)), want != DS_K1_OK);
    assert_int_equal(
        ds_k1_recover(digest, ds_view_of(sig, 64), key), DS_K1_BAD);
}

static void
test_recover(void **state)
{
    static const char zero[] =
        "0000000000000000000000000000000000000000000000000000000000000000";
    char text[129];

    (void)state;
    recover(R S, 0, DS_K1_OK);
    recover(R S, 1, DS_K1_OK);
    /* r + n is no coordinate. */
    recover(R S, 2, DS_K1_BAD);
    recover(R S, 4, DS_K1_BAD);
    recover(R S, 27, DS_K1_BAD);
    recover(R S, 255, DS_K1_BAD);
    recover(R HIGH_S, 0, DS_K1_BAD);
    recover(ORDER S, 0, DS_K1_BAD);
    recover(R ORDER, 0, DS_K1_BAD);
    recover(R HALF, 0, DS_K1_OK);
    (void)snprintf(text, sizeof text, "%s%s", zero, S);
    recover(text, 0, DS_K1_BAD);
    (void)snprintf(text, sizeof text, "%s%s", R, zero);
    recover(text, 0, DS_K1_BAD);
}

/* guest-agent.md 7.4: KMS root of the recorded app keys. */
static void
test_kms_link(void **state)
{
    uint8_t app_id[20], app_key[33], digest[32], key[33], want[33];
    ds_view link = vec_bytes(
        "9e618603e72d01fedb82deff6daf2d62a572becf0059eec3f89c1ab40e1f2e59"
        "4d2a283f843f34e8f39e4cc49a612496ce67223a12ac923f8efe330346dfc6c500");
    uint8_t message[18 + 20 + 33];

    (void)state;
    hex("5bb4ff9a3837357f19dc176407a5709c62eb6c56", app_id, 20);
    hex("02818494263695e8839122dbd88e281d7380622999df4e60a14befa0f2d096fc7c",
        app_key, 33);
    hex("0321529e458424ab1f710a3a57ec4dad2fb195ddca572f7469242ba6c7563085b6",
        want, 33);
    memcpy(message, "dstack-kms-issued:", 18);
    memcpy(message + 18, app_id, 20);
    memcpy(message + 38, app_key, 33);
    assert_true(ds_hash(DS_KECCAK256, ds_view_of(message, sizeof message),
        ds_view_of(NULL, 0), digest));
    assert_int_equal(ds_k1_recover(digest, link, key), DS_K1_OK);
    assert_memory_equal(key, want, 33);
    vec_free(link);
}

static void
test_ecdh(void **state)
{
    uint8_t a[32], b[32], ka[33], kb[33], x[32], y[32];

    (void)state;
    memset(a, 0x11, 32);
    memset(b, 0x22, 32);
    assert_int_equal(ds_k1_public(a, ka, NULL), DS_K1_OK);
    assert_int_equal(ds_k1_public(b, kb, NULL), DS_K1_OK);
    assert_int_equal(ds_k1_ecdh(a, ds_view_of(kb, 33), x), DS_K1_OK);
    assert_int_equal(ds_k1_ecdh(b, ds_view_of(ka, 33), y), DS_K1_OK);
    assert_memory_equal(x, y, 32);
    /* 1 * key is the key itself. */
    memset(a, 0, 32);
    a[31] = 1;
    assert_int_equal(ds_k1_ecdh(a, ds_view_of(kb, 33), x), DS_K1_OK);
    assert_memory_equal(x, kb + 1, 32);
    a[31] = 0;
    assert_int_equal(ds_k1_ecdh(a, ds_view_of(kb, 33), x), DS_K1_BAD);
    kb[0] = 0;
    assert_int_equal(ds_k1_ecdh(b, ds_view_of(kb, 33), x), DS_K1_BAD);
    assert_true(ds_view_is_zero(ds_view_of(x, 32)));
}

/* ---- vectors (tests/vectors/gen_k1.py) ---- */

static void
run_public(const ds_view *w)
{
    uint8_t key[33], full[65];

    assert_int_equal(ds_k1_public(w[1].p, key, NULL), DS_K1_OK);
    assert_memory_equal(key, w[2].p, 33);
    assert_int_equal(ds_k1_public(w[1].p, key, full), DS_K1_OK);
    assert_memory_equal(key, w[2].p, 33);
    assert_memory_equal(full, w[3].p, 65);
    for (int i = 2; i < 4; i++) {
        assert_int_equal(ds_k1_parse(w[i], key, full), DS_K1_OK);
        assert_memory_equal(key, w[2].p, 33);
        assert_memory_equal(full, w[3].p, 65);
    }
}

static void
run_sign(const ds_view *w)
{
    ds_view rs = ds_view_of(w[3].p, 64);
    uint8_t signature[65], key[33], other[32];

    assert_int_equal(ds_k1_sign(w[1].p, w[2].p, signature), DS_K1_OK);
    assert_memory_equal(signature, w[3].p, 65);
    assert_int_equal(ds_k1_check(w[4], w[2].p, rs), DS_K1_OK);
    assert_int_equal(ds_k1_recover(w[2].p, w[3], key), DS_K1_OK);
    assert_memory_equal(key, w[4].p, 33);
    memcpy(other, w[2].p, 32);
    other[31] ^= 1;
    assert_int_equal(ds_k1_check(w[4], other, rs), DS_K1_BAD);
}

/* What a signer is recovered from must verify under it. */
static void
run_recover(const ds_view *w)
{
    const ds_view rs = ds_view_of(w[2].p, 64);
    uint8_t key[33];
    int want = w[3].n != 0 ? DS_K1_OK : DS_K1_BAD;

    memset(key, 0xa5, sizeof key);
    assert_int_equal(ds_k1_recover(w[1].p, w[2], key), want);
    if (want == DS_K1_OK) {
        assert_memory_equal(key, w[3].p, 33);
        assert_int_equal(ds_k1_check(w[3], w[1].p, rs), DS_K1_OK);
    }
    assert_int_equal(ds_view_is_zero(ds_view_of(key, 33)), want != DS_K1_OK);
}

static void
run_ecdh(const ds_view *w)
{
    int want = w[3].n != 0 ? DS_K1_OK : DS_K1_BAD;
    uint8_t x[32];

    memset(x, 0xa5, sizeof x);
    assert_int_equal(ds_k1_ecdh(w[1].p, w[2], x), want);
    if (want == DS_K1_OK)
        assert_memory_equal(x, w[3].p, 32);
    assert_int_equal(ds_view_is_zero(ds_view_of(x, 32)), want != DS_K1_OK);
}

static void
test_vectors(void **state)
{
    static const struct {
        const char *name;
        void (*run)(const ds_view *words);
        int words;
    } kinds[] = {{"public", run_public, 4}, {"sign", run_sign, 5},
        {"recover", run_recover, 4}, {"ecdh", run_ecdh, 4}};
    int n = 0;
    vec v;

    (void)state;
    vec_open(&v, "k1.vec");
    for (int words; (words = vec_next(&v)) != 0; n++) {
        size_t k = 0;
        ds_view w[5];

        while (k < 3 && strcmp(kinds[k].name, v.word[0]) != 0)
            k++;
        assert_string_equal(kinds[k].name, v.word[0]);
        assert_int_equal(words, kinds[k].words);
        for (int i = 1; i < words; i++)
            w[i] = vec_bytes(v.word[i]);
        kinds[k].run(w);
        for (int i = 1; i < words; i++)
            vec_free(w[i]);
    }
    vec_close(&v);
    assert_int_equal(n, 443);
}

/* ---- memory ---- */

/* Nothing is allocated: the library below would end the process where it
 * cannot. */
static void
test_no_memory(void **state)
{
    uint8_t secret[32] = {1}, out[65], full[65];

    (void)state;
    failing_after(0);
    assert_int_equal(ds_k1_public(secret, out, full), DS_K1_OK);
    assert_int_equal(ds_k1_sign(secret, secret, out), DS_K1_OK);
    assert_int_equal(
        ds_k1_recover(secret, ds_view_of(out, 65), full), DS_K1_OK);
    assert_int_equal(
        ds_k1_check(ds_view_of(full, 33), secret, ds_view_of(out, 64)),
        DS_K1_OK);
    assert_int_equal(ds_k1_ecdh(secret, ds_view_of(full, 33), out), DS_K1_OK);
    failing_after(-1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_public),
        cmocka_unit_test(test_secret_range),
        cmocka_unit_test(test_sign),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_recover),
        cmocka_unit_test(test_kms_link),
        cmocka_unit_test(test_ecdh),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_no_memory),
    };

    failing_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
