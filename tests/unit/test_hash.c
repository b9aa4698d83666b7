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

static void
check(int alg, ds_view a, ds_view b, const char *want)
{
    const ds_view parts[] = {a, none, b, none};
    ds_view digest = vec_bytes(want);
    uint8_t out[DS_HASH_MAX + 1];

    memset(out, 0xa5, sizeof out);
    assert_int_equal(digest.n, ds_hash_size(alg));
    assert_true(ds_hash(alg, a, b, out));
    assert_memory_equal(out, digest.p, digest.n);
    memset(out, 0xa5, sizeof out);
    assert_true(ds_hash_parts(alg, parts, 4, out));
    assert_memory_equal(out, digest.p, digest.n);
    /* Nothing behind the digest is touched. */
    for (size_t i = digest.n; i < sizeof out; i++)
        assert_int_equal(out[i], 0xa5);
    vec_free(digest);
}

/* What came before does not matter. */
static void
test_hasher(void **state)
{
    (void)state;
    for (int alg = DS_SHA256; alg <= DS_KECCAK512; alg++) {
        ds_hasher h = {alg, NULL};
        const ds_view parts[] = {ds_view_str("ab"), none, ds_view_str("c")};
        uint8_t want[DS_HASH_MAX], found[DS_HASH_MAX];
        size_t size = ds_hash_size(alg);

        for (size_t n = 0; n <= 3; n++)
            for (size_t again = 0; again < 2; again++) {
                assert_true(ds_hash_parts(alg, parts, n, want));
                assert_true(ds_hasher_run(&h, parts, n, found));
                assert_memory_equal(found, want, size);
            }
        /* The output may be among what is hashed. */
        {
            const ds_view both[] = {
                ds_view_of(found, size), ds_view_of(found, size)};

            assert_true(ds_hash_parts(alg, both, 2, want));
            assert_true(ds_hasher_run(&h, both, 2, found));
            assert_memory_equal(found, want, size);
        }
        ds_hasher_end(&h);
        ds_hasher_end(&h);
    }
    {
        ds_hasher none_such = {0, NULL};
        uint8_t out[DS_HASH_MAX];

        assert_false(ds_hasher_run(&none_such, NULL, 0, out));
        ds_hasher_end(&none_such);
    }
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

/* What dstack's agents make of "app-data:test content" (guest API, TdxQuote),
 * which is a vector for each algorithm. */
static void
test_by_name(void **state)
{
    static const char *const known[][2] = {
        {"sha3-256",
            "bb98d4376d590cb17968d89250ac8f3d6241c9267d74995121a60766d0a6c665"},
        {"sha3-384",
            "9a1bc92ced9fae72a75d0b446894269c15d47c270829e7375f107d920e2e20fc"
            "2bba3ae0a514721e44d185f89bea7e78"},
        {"sha3-512",
            "dc18076a2308b0373d2417d85f62d041398a8387894bd7a46afe857a5cc951f7"
            "7726fbcf9019bcc224fa11ee0784c94035ad3669f607dcc704079faf244dc3ba"},
        {"keccak256",
            "71d9e489e5d4046e8c1a5ef5137a88d940c77db95de9a5eadcde469c4fc50c29"},
        {"keccak384",
            "7a3b8109c495156d961a50e283f832b6e493c1d2e485030ff81978e5c7b296ad"
            "0a0be7a9db3c6b22ba4bf367d40c0b0f"},
        {"keccak512",
            "cdf84b140204fe2ab9fe3951887170ddc9e14715b3e70ec9bed03ea72861d368"
            "7a684d4da336ca3154c8c9ae426a5afdd97b5ddef4f50a7d4657854f96b1a3e3"},
        {"sha256",
            "278fdb367382d9d10871ebb44498a29d54e705fa8924ce0a6fe8629542fc1a65"},
        {"sha384",
            "3967015e6798cc3d90f60b0a8dd045856e33273c4118dcdf04cc40a051ef8f3c"
            "008c73fb6e89d0af961c91a3a73efc5e"},
        {"sha512",
            "7ea0b744ed5e9c0c83ff9f575668e1697652cd349f2027cdf26f918d4c53e8cd"
            "50b5ea9b449b4c3d50e20ae00ec29688d5a214e8daff8a10041f5d624dae8a01"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        int alg = ds_hash_by_name(ds_view_str(known[i][0]));

        assert_string_equal(ds_hash_name(alg), known[i][0]);
        check(alg, ds_view_str("app-data:"), ds_view_str("test content"),
            known[i][1]);
    }
}

/* FIPS 202's published examples, and of Keccak's submission the digest of the
 * empty message; Ethereum's of "abc". */
static void
test_fips202(void **state)
{
    static const struct {
        int alg;
        const char *in, *want;
    } t[] = {
        {DS_SHA3_256, "",
            "a7ffc6f8bf1ed76651c14756a061d662"
            "f580ff4de43b49fa82d80a4b80f8434a"},
        {DS_SHA3_384, "",
            "0c63a75b845e4f7d01107d852e4c2485c51a50aaaa94fc61"
            "995e71bbee983a2ac3713831264adb47fb6bd1e058d5f004"},
        {DS_SHA3_512, "",
            "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a6"
            "15b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26"},
        {DS_SHA3_256, "abc",
            "3a985da74fe225b2045c172d6bd390bd"
            "855f086e3e9d525b46bfe24511431532"},
        {DS_SHA3_512, "abc",
            "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
            "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"},
        {DS_KECCAK256, "",
            "c5d2460186f7233c927e7db2dcc703c0"
            "e500b653ca82273b7bfad8045d85a470"},
        {DS_KECCAK384, "",
            "2c23146a63a29acf99e73b88f8c24eaa7dc60aa771780ccc"
            "006afbfa8fe2479b2dd2b21362337441ac12b515911957ff"},
        {DS_KECCAK512, "",
            "0eab42de4c3ceb9235fc91acffe746b29c29a8c366b7c60e4e67c466f36a4304"
            "c00fa9caf9d87976ba469bcbe06713b435f091ef2769fb160cdab33d3670680e"},
        {DS_KECCAK256, "abc",
            "4e03657aea45a94fc7d47ba826c8d667"
            "c0d1e6e33a64a036ec44f58fa12d6c45"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++)
        check(t[i].alg, ds_view_str(t[i].in), none, t[i].want);
}

static void
test_vectors(void **state)
{
    int n = 0;
    vec v;

    (void)state;
    vec_open(&v, "hash.vec");
    for (; vec_next(&v) != 0; n++) {
        int alg = ds_hash_by_name(ds_view_str(v.word[0]));
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
    assert_int_equal(n, 3 * 266 + 2 * (142 + 110 + 78));
}

static void
test_names_and_sizes(void **state)
{
    static const size_t size[] = {32, 48, 64};
    static const char *const wrong[] = {"", "sha", "sha25", "sha2560", "SHA256",
        "sha-256", "sha3_256", "sha3", "keccak", "keccak-256", "keccak224",
        "raw", "sha256 ", "md5"};

    (void)state;
    for (int alg = DS_SHA256; alg <= DS_KECCAK512; alg++) {
        const char *name = ds_hash_name(alg);

        assert_int_equal(ds_hash_size(alg), size[(alg - 1) % 3]);
        assert_int_equal(ds_hash_by_name(ds_view_str(name)), alg);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(ds_hash_by_name(ds_view_str(wrong[i])), 0);
    assert_int_equal(ds_hash_by_name(ds_view_of("sha256\0", 7)), 0);
    assert_int_equal(ds_hash_by_name(none), 0);
}

static void
test_unknown_algorithm(void **state)
{
    static const int unknown[] = {0, -1, DS_KECCAK512 + 1, INT32_MAX};
    uint8_t out[DS_HASH_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        assert_false(ds_hash(unknown[i], ds_view_str("abc"), none, out));
        assert_int_equal(ds_hash_size(unknown[i]), 0);
        assert_string_equal(ds_hash_name(unknown[i]), "");
    }
}

static void *
hash_many(void *arg)
{
    uint8_t first[DS_HASH_MAX], again[DS_HASH_MAX];
    uintptr_t failures = 0;

    (void)arg;
    for (int alg = DS_SHA256; alg <= DS_KECCAK512; alg++) {
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
        cmocka_unit_test(test_hasher),
        cmocka_unit_test(test_fips),
        cmocka_unit_test(test_by_name),
        cmocka_unit_test(test_fips202),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_names_and_sizes),
        cmocka_unit_test(test_unknown_algorithm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
