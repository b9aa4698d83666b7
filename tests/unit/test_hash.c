/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hash.h"
#include "support/vec.h"

static const ds_view none = {NULL, 0};

static int
alg_of(long bits)
{
    return bits == 256 ? DS_SHA256 : bits == 384 ? DS_SHA384 : DS_SHA512;
}

static void
check(int alg, ds_view a, ds_view b, const char *want)
{
    ds_view digest = vec_bytes(want);
    uint8_t out[DS_HASH_MAX + 1];

    memset(out, 0xa5, sizeof out);
    assert_int_equal(digest.n, ds_hash_size(alg));
    assert_true(ds_hash(alg, a, b, out));
    assert_memory_equal(out, digest.p, digest.n);
    /* Nothing behind the digest is touched. */
    for (size_t i = digest.n; i < sizeof out; i++)
        assert_int_equal(out[i], 0xa5);
    vec_free(digest);
}

/* FIPS 180-4 and its published examples. */
static void
test_fips(void **state)
{
    static const char *const abc[] = {"",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
        "8086072ba1e7cc2358baeca134c825a7",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"};
    static const char *const empty[] = {"",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
        "274edebfe76f65fbd51ad2f14898b95b",
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
        "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"};

    (void)state;
    for (int alg = DS_SHA256; alg <= DS_SHA512; alg++) {
        check(alg, ds_view_str("abc"), none, abc[alg]);
        check(alg, ds_view_str("a"), ds_view_str("bc"), abc[alg]);
        check(alg, none, ds_view_str("abc"), abc[alg]);
        check(alg, none, none, empty[alg]);
    }
    check(DS_SHA256,
        ds_view_str("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
        none,
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void
test_vectors(void **state)
{
    int n = 0;
    vec v;

    (void)state;
    vec_open(&v, "hash.vec");
    for (; vec_next(&v) != 0; n++) {
        int alg = alg_of(strtol(v.word[0], NULL, 10));
        size_t size = strtoul(v.word[1], NULL, 10);
        uint8_t *data = malloc(size ? size : 1);
        size_t cuts[] = {0, size / 3, size > 64 ? 64 : size, size};

        assert_non_null(data);
        for (size_t i = 0; i < size; i++)
            data[i] = (uint8_t)(7 * i + size);
        for (size_t i = 0; i < 4; i++)
            check(alg, ds_view_of(data, cuts[i]),
                ds_view_of(data + cuts[i], size - cuts[i]), v.word[2]);
        free(data);
    }
    vec_close(&v);
    assert_int_equal(n, 3 * 266);
}

static void
test_sizes(void **state)
{
    (void)state;
    assert_int_equal(ds_hash_size(DS_SHA256), 32);
    assert_int_equal(ds_hash_size(DS_SHA384), 48);
    assert_int_equal(ds_hash_size(DS_SHA512), 64);
    assert_int_equal(ds_hash_size(0), 0);
    assert_int_equal(ds_hash_size(4), 0);
    assert_int_equal(ds_hash_size(-1), 0);
}

static void
test_unknown_algorithm(void **state)
{
    uint8_t out[DS_HASH_MAX];

    (void)state;
    assert_false(ds_hash(0, ds_view_str("abc"), none, out));
    assert_false(ds_hash(4, ds_view_str("abc"), none, out));
    assert_false(ds_hash(-1, ds_view_str("abc"), none, out));
}

static void *
hash_many(void *arg)
{
    uint8_t first[DS_HASH_MAX], again[DS_HASH_MAX];
    uintptr_t failures = 0;

    (void)arg;
    for (int alg = DS_SHA256; alg <= DS_SHA512; alg++) {
        failures += !ds_hash(alg, ds_view_str("abc"), none, first);
        for (int i = 0; i < 100; i++) {
            failures +=
                !ds_hash(alg, ds_view_str("a"), ds_view_str("bc"), again);
            failures += memcmp(first, again, ds_hash_size(alg)) != 0;
        }
    }
    return (void *)failures;
}

/* First in the list, so that the threads race for what is made once. */
static void
test_threads(void **state)
{
    pthread_t thread[8];

    (void)state;
    for (int i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, hash_many, NULL), 0);
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
        cmocka_unit_test(test_fips),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_unknown_algorithm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
