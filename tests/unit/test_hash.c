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
    assert_int_equal(ds_hash_by_name(ds_view_str("sha1")), 0);
    assert_int_equal(ds_hash_by_name(ds_view_str("SHA256")), 0);
    assert_int_equal(ds_hash_by_name(ds_view_str("")), 0);
    assert_string_equal(ds_hash_name(0), "");
    assert_string_equal(ds_hash_name(10), "");
    assert_string_equal(ds_hash_name(-1), "");
}

/* Lengths around the sponge's block, of 136, 104 and 72 bytes: bytes i * 7,
 * by Python's hashlib. */
static const struct {
    size_t n;
    const char *digest[3];
} sponge[] = {
    {0, {"a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a",
            "0c63a75b845e4f7d01107d852e4c2485c51a50aaaa94fc61995e71bbee983a"
            "2a"
            "c3713831264adb47fb6bd1e058d5f004",
            "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80"
            "a6"
            "15b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd"
            "26"}},
    {71, {"2c5a9fa4c495c0666e88044c13ee0fb3aede437d1497d426c6d42b2008fda1cf",
             "b9a67091dab8881fe62bfd79bea05da4f497cf3f405b5e25d54f190a3f9d0f"
             "9a"
             "c1ce1093cd7f0a1e52a512123e7d5126",
             "047d8a48fbff64bb687ccdc833c613c54b6ef7f212e26d28ef698b00f2fde3"
             "6a"
             "7175ceeefee50ee0e0b558a2a16fa82bce7ace3606fda1f3979e4b105d15a0"
             "b2"}},
    {72, {"8e49414ff755cea961ad195b3206f941070ed9277cbde0a2da5d9ba7ae40d6a9",
             "b18ce0f50b5d03e841e19afb2fa4f70af7197a6a64a6fcac2b438dc80ed9fa"
             "09"
             "6859da879d4b84ab0c4f85a968cdcaf6",
             "4eccf285566cceba90a6459e0dc328e05afecb97f013563541845b27048fd3"
             "f0"
             "2192889292c4465899b0d28dd1c4eb4cb0bb01e07ad2379ab45d4d5639835e"
             "b7"}},
    {73, {"9b3d7e52c5791598443a0be6d381dac02e14821d7824b2a356733796120f0230",
             "d71a5c796a384e8da8f60939b307f34ed356824e9c14c32b92488c5b1211f9"
             "98"
             "d18a9a6120a40d5a35a565dc0a68588f",
             "3a57e0ac3ae28941be88db60f1dc78030a7840c07d49c79a822c4fefdf436b"
             "09"
             "e964950aa29b29eebe5fe9ef5057612d068d04ab11bfe124920c876b0b057e"
             "e5"}},
    {103, {"b64e948eb0274bafe48ebd949d5255bdced7ec75df5992f6f7ca308cbb67a78d",
              "bc4bc88f7d8d62ff5f5cf0230ed2303e22c13e5f0bbbc3649017e15dc25d4d"
              "d7"
              "a606ca6468602ae0b9f065ceabd444ca",
              "e12abb3c7f4082d27dbad1b022c06e636b21f1c12fd2fc0a159022c3b09e76"
              "e6"
              "d45502b885deafbbbb24eac7c37d462eeb16e23c558bb263771e2d708f95ad"
              "a3"}},
    {104, {"67888b47faf75fc29e78571e33ed9e50c7ecbc494fd55f2ea40179e9dc01ba99",
              "4fd7c6c3a064c907c389835557a42b6cf821c3361a62ce21cee5ba087d5978"
              "39"
              "111f8baba466bf1f8b99ef97c958ef4b",
              "d78acb0519163d6f608cc819ade374a49f366a1b043ba5297dbff2858a4c4a"
              "8c"
              "3dea7614572442873a4696c3320e0856c4499c1ead035875c0469f9fd7e1e8"
              "2c"}},
    {105, {"d8ea97156a594dafd8b09438a5707e74db4e1f539697235f7683fe1de0f2c2ca",
              "74b2ded1392ba961d135de5e8b53029220969ad279799781023ef6071dc97e"
              "27"
              "024742f9c693831b0be86c10c3918041",
              "7575f7f5cfd8f96fc25f322ad4aae458df7a3b270233ae25d260fe1dcf07b3"
              "d4"
              "f87d1f61a31447e0828017387ccb34c4ea258e9dae4a440f02b1b0b24b47bb"
              "80"}},
    {135, {"2f6d0ed38ad614af2b245d79dba7a473731762188697602e4da5c39125c8a9a6",
              "3a501d90ee693ade61cbe634ac624ef017e30c25f4766640bdf46217bcfb5b"
              "59"
              "d287e1b18b6454fad1a984d66a60bf88",
              "256db8c9535bebd1fa9fc68a229b2689f7dfdf42063d13467254643a6ec643"
              "91"
              "4a585d8c682166c73a72dd975db148b13339c429c32b058f9c85a6cdb71e76"
              "a3"}},
    {136, {"1c33504292f84699c382b4e53645f483c6cc5cf0fdb78ff87a1c4d12c26915a7",
              "4f43ab065a575001a476e965cf4d542274dbd6d04474e18abd0324ffbcddf6"
              "48"
              "88f928624aa80efcb21c08453e72e1a0",
              "5d8a95552d56ca100f61a539fdc0e62e526889f7999b8548199ce40578b31b"
              "a1"
              "85375d9320806ed0735ed728ce48089dfb312f53bfbbb39555ee08273842ad"
              "0d"}},
    {137, {"328e173469e331b025dda12fbccbe0d076084af1a7b1d0bb1bad27ad738b6677",
              "9adf175c5f1a8ab696a2e9657acc9e3aab31b3e45b321ebd6172b34a5f297d"
              "a7"
              "88f9a646c39970abf27308fd78afeaa0",
              "48deb09cf47077f80d64d76e211fb277cd3facc998915f5979ca37a995ab79"
              "60"
              "19d90d8818943b053b041eb140f0a6973fae2aa5527d16fc1678eb6b125be1"
              "c1"}},
    {272, {"079a2eba0a3c998b32febc786d8364d6a6bd5bfe3345747328f4cbc4e1816cd4",
              "2281befcb3ed3dd7110ba071c292a86b5d59c19c44216567bab5fe34862ff0"
              "e7"
              "f1112d20d0830643ceccfadc46836983",
              "26bf58777e7cf207425ecd09d45cd6de2e094b57676940106684f405268d6f"
              "0f"
              "1d721d403e0aa868c8178e9830c9da53f997d557d77aefd60cf48a3c002e13"
              "1c"}},
    {1000, {"dff46ff5ed9e8d28b7048f3a3e3adba1d3c5c73ac196b0de15d8081937376279",
               "0ab68ee19c5445b266bb913ab3c58189115f2430b1b63ae57105b144b20548"
               "48"
               "5bd210ef3447c7fc1f50692f629e255e",
               "fc789f726d84fa28ae1b295d75e5c7f4c6120fd47c2d655b1ce95d1a98d040"
               "8d"
               "eb8d2ebbc2fc41daf4da7488d16f8becf1a2e4040e9527f476bc344185b385"
               "c6"}},
};

static void
test_sponge(void **state)
{
    uint8_t in[1000];

    (void)state;
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)(i * 7);
    for (size_t i = 0; i < sizeof sponge / sizeof sponge[0]; i++)
        for (int k = 0; k < 3; k++) {
            size_t half = sponge[i].n / 2;

            check(DS_SHA3_256 + k, ds_view_of(in, half),
                ds_view_of(in + half, sponge[i].n - half), sponge[i].digest[k]);
        }
    /* Ethereum's well-known hash of nothing. */
    check(DS_KECCAK256, none, none,
        "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
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
    assert_int_equal(ds_hash_size(10), 0);
    assert_int_equal(ds_hash_size(-1), 0);
}

static void
test_unknown_algorithm(void **state)
{
    uint8_t out[DS_HASH_MAX];

    (void)state;
    assert_false(ds_hash(0, ds_view_str("abc"), none, out));
    assert_false(ds_hash(10, ds_view_str("abc"), none, out));
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
        cmocka_unit_test(test_by_name),
        cmocka_unit_test(test_sponge),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_unknown_algorithm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
