/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/ecdsa.h"
#include "dstack/version.h"
#include "support/failing.h"
#include "support/vec.h"

/* ---- vectors (tests/vectors/gen_ecdsa.py) ---- */

static int
verdict_of(const char *word)
{
    if (strcmp(word, "ok") == 0)
        return DS_ECDSA_OK;
    assert_string_equal(word, "bad");
    return DS_ECDSA_BAD;
}

static void
run_case(int curve, vec *v)
{
    ds_view xy = vec_bytes(v->word[2]);
    ds_view hash = vec_bytes(v->word[3]);
    ds_view rs = vec_bytes(v->word[4]);
    ds_ecdsa_key *key = NULL;
    int rc = ds_ecdsa_key_new(curve, xy, &key);

    if (strcmp(v->word[0], "badkey") == 0) {
        if (rc != DS_ECDSA_BAD || key)
            fail_msg("%s: the key gave %d", v->word[1], rc);
        goto out;
    }
    if (rc != DS_ECDSA_OK)
        fail_msg("%s: the key gave %d", v->word[1], rc);
    assert_true(ds_view_eq(ds_ecdsa_key_xy(key), xy));
    /* Twice: the first must leave nothing behind in the key. */
    for (int i = 0; i < 2; i++) {
        rc = ds_ecdsa_verify(key, hash, rs);
        if (rc != verdict_of(v->word[0]))
            fail_msg("%s: %d, not %s", v->word[1], rc, v->word[0]);
    }
out:
    ds_ecdsa_key_free(key);
    vec_free(xy);
    vec_free(hash);
    vec_free(rs);
}

static void
run_file(int curve, const char *name, int at_least)
{
    int n = 0;
    vec v;

    vec_open(&v, name);
    for (int words; (words = vec_next(&v)) != 0; n++) {
        assert_int_equal(words, 5);
        run_case(curve, &v);
    }
    vec_close(&v);
    assert_true(n >= at_least);
}

static void
test_p256_vectors(void **state)
{
    (void)state;
    run_file(DS_P256, "ecdsa_p256.vec", 250);
}

static void
test_p384_vectors(void **state)
{
    (void)state;
    run_file(DS_P384, "ecdsa_p384.vec", 250);
}

static void
test_secp256k1_vectors(void **state)
{
    (void)state;
    run_file(DS_SECP256K1, "ecdsa_k1.vec", 250);
}

/* ---- published signatures ---- */

/* RFC 6979 A.2.5 and A.2.6, the message "sample" with SHA-256 and SHA-384:
 * X || Y, digest, r || s. */
static const char *const rfc6979[2][3] = {
    {"60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
     "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
        "af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf",
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"},
    {"ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64"
     "def8f0ea9055866064a254515480bc13"
     "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1"
     "288b231c3ae0d4fe7344fd2533264720",
        "9a9083505bc92276aec4be312696ef7bf3bf603f4bbd381196a029f340585312"
        "313bca4a9b5b890efee42c77b1ee25fe",
        "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c"
        "81a648152e44acf96e36dd1e80fabe46"
        "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94f"
        "a329c145786e679e7b82c71a38628ac8"},
};

static void
test_rfc6979(void **state)
{
    static const int curve[] = {DS_P256, DS_P384};

    (void)state;
    for (int i = 0; i < 2; i++) {
        ds_view xy = vec_bytes(rfc6979[i][0]);
        ds_view hash = vec_bytes(rfc6979[i][1]);
        ds_view rs = vec_bytes(rfc6979[i][2]);
        ds_ecdsa_key *key;

        assert_int_equal(ds_ecdsa_key_new(curve[i], xy, &key), DS_ECDSA_OK);
        assert_int_equal(ds_ecdsa_verify(key, hash, rs), DS_ECDSA_OK);
        ds_ecdsa_key_free(key);
        vec_free(xy);
        vec_free(hash);
        vec_free(rs);
    }
}

/* ---- arguments ---- */

static void
test_sizes(void **state)
{
    (void)state;
    assert_int_equal(ds_ecdsa_size(DS_P256), 32);
    assert_int_equal(ds_ecdsa_size(DS_P384), 48);
    assert_int_equal(ds_ecdsa_size(DS_SECP256K1), 32);
    assert_int_equal(ds_ecdsa_size(0), 0);
    assert_int_equal(ds_ecdsa_size(4), 0);
    assert_int_equal(ds_ecdsa_size(-1), 0);
}

static void
test_unknown_curve(void **state)
{
    ds_view xy = vec_bytes(rfc6979[0][0]);
    ds_ecdsa_key *key = (ds_ecdsa_key *)state;

    assert_int_equal(ds_ecdsa_key_new(0, xy, &key), DS_ECDSA_BAD);
    assert_null(key);
    assert_int_equal(ds_ecdsa_key_new(4, xy, &key), DS_ECDSA_BAD);
    assert_int_equal(ds_ecdsa_key_new(DS_P384, xy, &key), DS_ECDSA_BAD);
    assert_int_equal(ds_ecdsa_key_new(DS_SECP256K1, xy, &key), DS_ECDSA_BAD);
    vec_free(xy);
    ds_ecdsa_key_free(NULL);
}

static void
test_backend(void **state)
{
    char want[128];

    (void)state;
#if defined(DS_ECDSA_OPENSSL)
    assert_string_equal(ds_ecdsa_backend(), "openssl");
#else
    assert_string_equal(ds_ecdsa_backend(), "mbedtls");
#endif
    snprintf(want, sizeof want,
        "libdstack %s ecdsa=%s mbedtls=", DSTACK_VERSION, ds_ecdsa_backend());
    assert_memory_equal(dstack_build_info(), want, strlen(want));
    assert_true(strlen(dstack_build_info()) > strlen(want));
    assert_null(strchr(dstack_build_info(), '\n'));
}

/* ---- threads ---- */

typedef struct {
    ds_ecdsa_key *key; /* NULL: each call makes its own */
    int curve;
    ds_view xy, hash, rs, wrong;
    int rounds;
} job;

static void *
verify_many(void *arg)
{
    const job *j = arg;
    uintptr_t failures = 0;

    for (int i = 0; i < j->rounds; i++) {
        ds_ecdsa_key *own = NULL;
        const ds_ecdsa_key *key = j->key;

        if (!key) {
            failures += ds_ecdsa_key_new(j->curve, j->xy, &own) != DS_ECDSA_OK;
            key = own;
        }
        failures += ds_ecdsa_verify(key, j->hash, j->rs) != DS_ECDSA_OK;
        failures += ds_ecdsa_verify(key, j->wrong, j->rs) != DS_ECDSA_BAD;
        ds_ecdsa_key_free(own);
    }
    return (void *)failures;
}

enum {
    THREADS = 8
};

static void
run_threads(bool shared, int curve, int which)
{
    pthread_t thread[THREADS];
    uint8_t wrong[48];
    job j = {NULL, curve, vec_bytes(rfc6979[which][0]),
        vec_bytes(rfc6979[which][1]), vec_bytes(rfc6979[which][2]), {NULL, 0},
        10};

    memcpy(wrong, j.hash.p, j.hash.n);
    wrong[0] ^= 1;
    j.wrong = ds_view_of(wrong, j.hash.n);
    if (shared)
        assert_int_equal(ds_ecdsa_key_new(curve, j.xy, &j.key), DS_ECDSA_OK);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, verify_many, &j), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failures;

        assert_int_equal(pthread_join(thread[i], &failures), 0);
        assert_null(failures);
    }
    ds_ecdsa_key_free(j.key);
    vec_free(j.xy);
    vec_free(j.hash);
    vec_free(j.rs);
}

/* First in the list, so that the threads race for what is made once. */
static void
test_threads_with_own_keys(void **state)
{
    (void)state;
    run_threads(false, DS_P256, 0);
    run_threads(false, DS_P384, 1);
}

static void
test_threads_share_a_key(void **state)
{
    (void)state;
    run_threads(true, DS_P256, 0);
    run_threads(true, DS_P384, 1);
}

/* More keys at a time than a back end may keep for another use, freed and
 * made again in another order: each still judges by its own point. */
static void
test_many_keys(void **state)
{
    enum {
        KEYS = 20
    };
    ds_ecdsa_key *key[KEYS] = {NULL};
    ds_view hash[KEYS], rs[KEYS];
    int n = 0;
    vec v;

    (void)state;
    vec_open(&v, "ecdsa_p256.vec");
    while (n < KEYS && vec_next(&v) != 0) {
        /* Keys of one's own: multiples of G and odd coordinates. */
        if (strcmp(v.word[0], "ok") != 0 || strncmp(v.word[1], "key_", 4) != 0)
            continue;
        for (int round = 0; round < 3; round++) {
            ds_view xy = vec_bytes(v.word[2]);

            ds_ecdsa_key_free(key[n]);
            assert_int_equal(
                ds_ecdsa_key_new(DS_P256, xy, &key[n]), DS_ECDSA_OK);
            vec_free(xy);
        }
        hash[n] = vec_bytes(v.word[3]);
        rs[n++] = vec_bytes(v.word[4]);
    }
    vec_close(&v);
    assert_int_equal(n, KEYS);
    for (int i = 0; i < KEYS; i++) {
        int j = (i + 7) % KEYS;
        bool same =
            ds_view_eq(ds_ecdsa_key_xy(key[i]), ds_ecdsa_key_xy(key[j]));

        assert_int_equal(ds_ecdsa_verify(key[i], hash[i], rs[i]), DS_ECDSA_OK);
        if (!same)
            assert_int_equal(
                ds_ecdsa_verify(key[i], hash[j], rs[j]), DS_ECDSA_BAD);
    }
    for (int i = 0; i < KEYS; i++) {
        ds_ecdsa_key_free(key[i]);
        vec_free(hash[i]);
        vec_free(rs[i]);
    }
}

/* A key takes one block for itself and, in two of the libraries below, one
 * for what they make of it. */
static void
test_no_memory(void **state)
{
    static const char *const k1 =
        "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
        "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";
    const struct {
        int curve;
        const char *xy;
    } keys[] = {
        {DS_P256, rfc6979[0][0]}, {DS_P384, rfc6979[1][0]}, {DS_SECP256K1, k1}};

    (void)state;
    for (int i = 0; i < 3; i++) {
        ds_view xy = vec_bytes(keys[i].xy);
        int passes = 0, rc;

        do {
            ds_ecdsa_key *key = NULL;

            failing_after(passes);
            rc = ds_ecdsa_key_new(keys[i].curve, xy, &key);
            failing_after(-1);
            assert_int_equal(rc, key ? DS_ECDSA_OK : DS_ECDSA_NOMEM);
            ds_ecdsa_key_free(key);
        } while (rc != DS_ECDSA_OK && passes++ < 10);
        assert_int_equal(rc, DS_ECDSA_OK);
        assert_in_range(passes, 1, 2);
        vec_free(xy);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_with_own_keys),
        cmocka_unit_test(test_threads_share_a_key),
        cmocka_unit_test(test_p256_vectors),
        cmocka_unit_test(test_p384_vectors),
        cmocka_unit_test(test_secp256k1_vectors),
        cmocka_unit_test(test_rfc6979),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_unknown_curve),
        cmocka_unit_test(test_backend),
        cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_no_memory),
    };

    failing_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
