/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, certificates and signatures of the guest agent: known values, and each
 * way in which an answer can be wrong. Values are those of upstream's public
 * simulator and of its v1 vectors (guest API, section 7). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "dstack/dstack.h"
#include "support/fake_agent.h"
#include "support/vec.h"

static void
ok(int rc, const dstack_error *err)
{
    if (rc != DSTACK_OK)
        fail_msg("%s: %s", dstack_error_name(rc), err->message);
    assert_int_equal(err->code, 0);
}

static void
bytes_are(const uint8_t *p, size_t n, const char *hex)
{
    ds_view want = vec_bytes(hex);

    assert_int_equal(n, want.n);
    assert_memory_equal(p, want.p, n);
    vec_free(want);
}

/* ---- known values ----------------------------------------------------------------- */

#define KMS \
    "9e618603e72d01fedb82deff6daf2d62a572becf0059eec3f89c1ab40e1f2e594d2a283f" \
    "843f34e8f39e4cc49a612496ce67223a12ac923f8efe330346dfc6c500"

static const struct {
    const char *path, *purpose, *algorithm, *key, *public_key, *link;
} v0_keys[] = {
    {"", "", "secp256k1",
        "aa221ae548b5a8f52fcb8687cfd873712f6a1232b2717e5ee3d58ab74f21905b",
        "027458ba47c31272b5076edebdc1ecdaedef806b10d76dd0a209cbd1fa14a3f9cf",
        "64ce2f1b381d04f7404fda78bdc942c314d89b7069d97eea1897e51b249dd3b1700995"
        "cbf7efe7ff04195dd6e31f153b702eeeeaffc5941510739dc39b9bd9cf01"},
    {"", "", "ed25519",
        "aa221ae548b5a8f52fcb8687cfd873712f6a1232b2717e5ee3d58ab74f21905b",
        "c44343eb0e365d78ce908790834a24621e489af0e91cf2f123daf28cf74aed20",
        "4210633c6792b54f99eda1b2a9c7e1f6507c02c01bcabf230d35dc4c00a6b0902fccd4"
        "5b383e8f3035c0fcdcba534b80f8849a5b5849257bc71d9f838620cd3e00"},
    {"/", "test", "secp256k1",
        "f6c1ed94488394d78e0a4e5ab75d62e9f085d73b0b555d0614fb90ca13d9464d",
        "026b694842460eff475d4e4b36a908c4ca05db27fe54bd7fb5db31c367a52ef211",
        "0b0fa470162c54f108850d143442c48d43f1cc42983b8e9c589679345b831d2b5bb5b9"
        "7b21c2d2d036520209deae8b6111318c68eafc786190d6edc52e5cf0c201"},
    {"/", "test", "ed25519",
        "f6c1ed94488394d78e0a4e5ab75d62e9f085d73b0b555d0614fb90ca13d9464d",
        "50c1bfb9452a56317338272a252bd7430b38843d10fa4d491351a434a13bdc21",
        "7752352aa2ad8b337a3845661073fb42ef1b1d3313d8ce0b8976ccc21505e0c62e79eb"
        "7aaf9b51768b0f9762e62098710ce4e8cabd450670b2fb0040e8551cb300"},
    {"/test/path", "test-purpose", "secp256k1",
        "b9fbb7171185c421c58610a2acba8ceae93623ae47815618cbad1e98fc042cb7",
        "02c1082e78670feed1c847db81dbd71be37e4d53200a746c0a89f0afa8173cf566",
        "f50c51735a97072f0c98125ed61fc84e2fdb36e95990b9e57337dadc0e2a9712227f04"
        "e07209faecb8891d59ec144a6c13e411dc90b3423f28071bd3fe11978d01"},
    {"wallet/ethereum", "mainnet", "secp256k1",
        "abc24a0a6485cfceb30932bcfc9c3b918eab2216d8619c423a0d1017390938ef",
        "03d11dee20a15caa0edfbb1e6cb36dad2447a5fdb2bfd745f3dcce1b7fbdfd84cf",
        "ff57816e9cdd93c170db1e976c787533046392e90f7b3834f15f03f771e364941220f4"
        "9f266a2bd293a289871a56f4dd81b1dec22d23d9d177862f5c398a317201"},
};

static void
key_is(const dstack_key *key, const char *secret, const char *public_key,
    const char *link, const char *kms)
{
    const uint8_t *p;
    size_t n;

    p = dstack_key_secret(key, &n);
    bytes_are(p, n, secret);
    p = dstack_key_public(key, &n);
    bytes_are(p, n, public_key);
    assert_int_equal(dstack_key_chain_count(key), 2);
    p = dstack_key_chain(key, 0, &n);
    bytes_are(p, n, link);
    p = dstack_key_chain(key, 1, &n);
    if (*kms)
        bytes_are(p, n, kms);
    else
        assert_true(p == NULL && n == 0);
    assert_null(dstack_key_chain(key, 2, &n));
    assert_int_equal(n, 0);
}

static void
test_v0_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof v0_keys / sizeof v0_keys[0]; i++) {
        fake_agent *f = fake_agent_new(FAKE_0511);
        dstack_client *client = fake_agent_client(f);
        uint32_t algorithm = dstack_key_algorithm_parse(v0_keys[i].algorithm);
        char *body = fake_text("{\"key\":\"%s\",\"signature_chain\":[\"%s\","
                               "\"" KMS "\"]}",
            v0_keys[i].key, v0_keys[i].link);
        char *want = fake_text(
            "{\"path\":\"%s\",\"purpose\":\"%s\",\"algorithm\":\"%s\"}",
            v0_keys[i].path, v0_keys[i].purpose, v0_keys[i].algorithm);
        dstack_key *key = NULL;
        dstack_error err;

        fake_agent_answer(f, "/GetKey", 200, body);
        ok(dstack_client_get_key(client, v0_keys[i].path, v0_keys[i].purpose,
               algorithm, &key, &err),
            &err);
        assert_string_equal(fake_agent_last(f, "/GetKey"), want);
        key_is(
            key, v0_keys[i].key, v0_keys[i].public_key, v0_keys[i].link, KMS);
        assert_int_equal(dstack_key_algorithm(key), algorithm);
        assert_int_equal(dstack_key_scheme(key), DSTACK_SCHEME_V0);
        dstack_key_free(key);
        ok(dstack_client_derive_key(client, v0_keys[i].path, v0_keys[i].purpose,
               algorithm, &key, &err),
            &err);
        key_is(
            key, v0_keys[i].key, v0_keys[i].public_key, v0_keys[i].link, KMS);
        dstack_key_free(key);
        dstack_client_free(client);
        fake_agent_free(f);
        free(body);
        free(want);
    }
}

#define LINK_V1 \
    "5b6193729ce7976ec67863f21692d4b98c69832698aae8e001a7d33a6f818b6e46ca9507" \
    "25b6e90e8ca9bcf394abd03ce264bf9b7eec1e91693247f9dd53c26901"

static const struct {
    const char *domain;
    size_t n;
    const char *sent, *algorithm, *key, *public_key;
} v1_keys[] = {
    {"", 0, "", "secp256k1",
        "59f60584ce6fd2a3a31997256db9d77322463fc8a6b1520110401bcb1ee92387",
        "0377c7fb050db181d392266a3cee9adb2901c6d665f11bac68be5457f577ba4908"},
    {"", 0, "", "ed25519",
        "b023493030669cf22e9cafa6a464d4cf3ae4edfe5474ec796710f21ea011946d",
        "a3dc149fd5b765eab2eb7d3174fa939e39386898f10b15b7b146f6f1358ecf2a"},
    {"storage-encryption", 18, "storage-encryption", "secp256k1",
        "5510330f86902ddae38c6d89c93a8408019332c17a429e1abd01c4a28d1544a6",
        "03d962450a41748021c8b02787ac36ce642ff0ae25f4c55019eb527e1112cfd764"},
    {"storage-encryption", 18, "storage-encryption", "ed25519",
        "3c4c3ece12fa99ccb93fc0090877f80e70545fdd971e2ac93d3398c4684538d3",
        "2380c4a33a60b60613fa43866421e5b96eb8dcde211317200fd0d41e7e491288"},
    {"wallet", 6, "wallet", "secp256k1",
        "2580611f0f936abe59399a8ac4ed9964d0259bd34c88ea012ca42b32acbf9386",
        "0369cecd3c8da88730f7d45875824c3e75f63a2d3da4be42f45671954daa2abb28"},
    {"wallet", 6, "wallet", "ed25519",
        "d76a703b08ebb074b809b9d6acf3d7c6663131273807717ce9d23bbadc2c644e",
        "dade622d0fa1641e79b16e0b04e296be671f85f0aa6387b7d37e9d89f87494f5"},
    {"a/b/c", 5, "a/b/c", "secp256k1",
        "7f0973449298085d2d36a3b4c4d3243c100ba1981ffa885fe9e9dee883e69538",
        "02e9b1a61b6d70aa9b241753828c316bf90e33e77b2e113f9ba75a8b6dc3cde5c1"},
    {"k\0:ey", 5, "k\\u0000:ey", "ed25519",
        "42da8bf0b479ed125c370e3b91f982735bf08ff592abbd586985affa43ee96a1",
        "c833107822b003ff5675b33b90b151d4315c3ab9162b17d876e8dffde41abf9b"},
};

static void
test_v1_keys(void **state)
{
    fake_agent *f = fake_agent_new(FAKE_060);
    dstack_client *client = fake_agent_client(f);

    (void)state;
    for (size_t i = 0; i < sizeof v1_keys / sizeof v1_keys[0]; i++) {
        char *body = fake_text("{\"key\":\"%s\",\"public_key\":\"%s\","
                               "\"signature_chain\":[\"" LINK_V1 "\",\"\"]}",
            v1_keys[i].key, v1_keys[i].public_key);
        char *want = fake_text("{\"domain\":\"%s\",\"algorithm\":\"%s\"}",
            v1_keys[i].sent, v1_keys[i].algorithm);
        dstack_key *key = NULL;
        dstack_error err;

        fake_agent_answer(f, "/v1/GetKey", 200, body);
        ok(dstack_client_v1_get_key(client, v1_keys[i].domain, v1_keys[i].n,
               dstack_key_algorithm_parse(v1_keys[i].algorithm), &key, &err),
            &err);
        assert_string_equal(fake_agent_last(f, "/v1/GetKey"), want);
        key_is(key, v1_keys[i].key, v1_keys[i].public_key, LINK_V1, "");
        assert_int_equal(dstack_key_scheme(key), DSTACK_SCHEME_V1);
        dstack_key_free(key);
        free(body);
        free(want);
    }
    /* Nothing of it needs to know the version first. */
    assert_int_equal(
        fake_agent_count(f, NULL), sizeof v1_keys / sizeof v1_keys[0]);
    dstack_client_free(client);
    fake_agent_free(f);
}

/* ---- malformed keys ----------------------------------------------------------------- */

#define SECRET v0_keys[4].key
#define PUBLIC v0_keys[4].public_key
#define LINK v0_keys[4].link
/* Never to be seen in a message: half of the secret. */
#define PIECE "b9fbb7171185c421c58610a2acba8cea"

#define S "b9fbb7171185c421c58610a2acba8ceae93623ae47815618cbad1e98fc042cb7"
#define L \
    "f50c51735a97072f0c98125ed61fc84e2fdb36e95990b9e57337dadc0e2a9712227f04e0" \
    "7209faecb8891d59ec144a6c13e411dc90b3423f28071bd3fe11978d01"
#define L_HEAD \
    "f50c51735a97072f0c98125ed61fc84e2fdb36e95990b9e57337dadc0e2a9712"
#define HIGH_S \
    "dd80fb1f8df605134776e2a613ebb592a6cacb0a1e955dfc97cb42b8d224a9b4" \
    "00"
#define P "02c1082e78670feed1c847db81dbd71be37e4d53200a746c0a89f0afa8173cf566"
#define CHAIN "[\"" L "\",\"" KMS "\"]"
#define ORDER "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

/* What a member is written as, instead of its right value; what the message
 * says. NULL leaves the member out. */
static const struct {
    const char *key, *chain, *says;
} bad_keys[] = {
    {"\"b9fbb7171185c421c58610a2acba8ceae93623ae47815618cbad1e98fc042cb\"",
        CHAIN, "key: expected 64 hex digits, found a string of 63 bytes"},
    {"\"" S "b7\"", CHAIN, "key: expected 64 hex digits, found a string of 66"},
    {"\"zz" PIECE "e93623ae47815618cbad1e98fc042c\"", CHAIN,
        "key: expected 64 hex digits"},
    {"\"" PIECE "e93623ae47815618cbad1e98fc042czz\"", CHAIN,
        "key: expected 64 hex digits"},
    {"\"0x" PIECE "e93623ae47815618cbad1e98fc042c\"", CHAIN,
        "key: expected 64 hex digits"},
    {"\"" S S "\"", CHAIN, "key: expected 64 hex digits"},
    {"\"\"", CHAIN, "key: expected 64 hex digits, found a string of 0"},
    {"null", CHAIN, "key: expected a string, found null"},
    {"12345", CHAIN, "key: expected a string, found a number"},
    {"true", CHAIN, "key: expected a string, found true"},
    {"[\"" S "\"]", CHAIN, "key: expected a string, found an array"},
    {"{\"hex\":\"" S "\"}", CHAIN, "key: expected a string, found an object"},
    {"\"\\u0062" PIECE "e93623ae47815618cbad1e98fc042cb\"", CHAIN,
        "key: expected 64 hex digits"},
    {"\"b9fb\\u0000\"", CHAIN, "\\u0000 is refused"},
    {NULL, CHAIN, "key: missing"},
    {"\"" ZEROS "\"", CHAIN, "key: it is"},
    {"\"" S "\"", "null", "signature_chain: expected an array, found null"},
    {"\"" S "\"", NULL, "signature_chain: missing"},
    {"\"" S "\"", "\"aabb\"",
        "signature_chain: expected an array, found a str"},
    {"\"" S "\"", "{}", "signature_chain: expected an array, found an object"},
    {"\"" S "\"", "[]", "signature_chain: expected 2 signatures, found 0"},
    {"\"" S "\"", "[\"" L "\"]", "signature_chain: expected 2 signatures, fo"},
    {"\"" S "\"", "[\"" L "\",\"" KMS "\",\"" KMS "\"]",
        "signature_chain: expected 2 signatures, found 3"},
    {"\"" S "\"", "[\"" L "\",null]",
        "signature_chain[1]: expected a string, found null"},
    {"\"" S "\"", "[null,\"" KMS "\"]",
        "signature_chain[0]: expected a string, found null"},
    {"\"" S "\"", "[\"" L "\",\"zz\"]",
        "signature_chain[1]: expected 130 hex digits, found a string of 2"},
    {"\"" S "\"", "[\"\",\"" KMS "\"]",
        "signature_chain[0]: expected 130 hex digits, found a string of 0"},
    {"\"" S "\"", "[\"" L "01\",\"\"]",
        "signature_chain[0]: expected 130 hex digits, found a string of 132"},
    /* v is 4; 27, as some write it; s is high; r is 0; s is n. */
    {"\"" S "\"",
        "[\"" L_HEAD
        "227f04e07209faecb8891d59ec144a6c13e411dc90b3423f28071bd3fe11978d04\","
        "\"\"]",
        "signature_chain[0]: expected a secp256k1 signature"},
    {"\"" S "\"",
        "[\"" L_HEAD
        "227f04e07209faecb8891d59ec144a6c13e411dc90b3423f28071bd3fe11978d1b\","
        "\"\"]",
        "signature_chain[0]: expected a secp256k1 signature"},
    {"\"" S "\"", "[\"" L_HEAD HIGH_S "\",\"\"]",
        "signature_chain[0]: expected a secp256k1 signature"},
    {"\"" S "\"", "[\"" L "\",\"" ZEROS ZEROS "00\"]",
        "signature_chain[1]: expected a secp256k1 signature"},
    {"\"" S "\"", "[\"" L_HEAD ORDER "00\",\"\"]",
        "signature_chain[0]: expected a secp256k1 signature"},
};

typedef int
key_call(const dstack_client *, dstack_key **, dstack_error *);

static int
call_v0(const dstack_client *c, dstack_key **ret, dstack_error *err)
{
    return dstack_client_get_key(
        c, "/test/path", "test-purpose", DSTACK_KEY_ANY, ret, err);
}

static int
call_v0_ed25519(const dstack_client *c, dstack_key **ret, dstack_error *err)
{
    return dstack_client_get_key(
        c, "/test/path", "test-purpose", DSTACK_KEY_ED25519, ret, err);
}

static int
call_v1(const dstack_client *c, dstack_key **ret, dstack_error *err)
{
    return dstack_client_v1_get_key(
        c, "/test/path", 10, DSTACK_KEY_SECP256K1, ret, err);
}

static int
call_k256(const dstack_client *c, dstack_key **ret, dstack_error *err)
{
    return dstack_client_tappd_derive_k256_key(c, "/test/path", NULL, ret, err);
}

static const struct {
    const char *name, *path, *prefix;
    int kind;
    key_call *call;
} key_calls[] = {
    {"GetKey: ", "/GetKey", "", FAKE_0511, call_v0},
    {"GetKey: ", "/GetKey", "", FAKE_0511, call_v0_ed25519},
    {"v1.GetKey: ", "/v1/GetKey", "", FAKE_060, call_v1},
    {"Tappd.DeriveK256Key: ", "/prpc/Tappd.DeriveK256Key", "k256_",
        FAKE_TAPPD_0511, call_k256},
};
#define KEY_CALLS (sizeof key_calls / sizeof key_calls[0])

/* The call is refused so, and says this; nothing comes of it. */
static void
refused(size_t call, const char *body, unsigned status, int code,
    const char *says, bool named)
{
    fake_agent *f = fake_agent_new(key_calls[call].kind);
    dstack_client *client = fake_agent_client(f);
    dstack_key *key = (dstack_key *)1;
    dstack_error err;
    char *want = fake_text("%s%s%s", key_calls[call].name,
        named ? key_calls[call].prefix : "", says);
    int rc;

    fake_agent_answer(f, key_calls[call].path, status, body);
    rc = key_calls[call].call(client, &key, &err);
    if (rc != code || !strstr(err.message, named ? want : says))
        fail_msg("%s\n%s: %s\nexpected %s: %s", body, dstack_error_name(rc),
            err.message, dstack_error_name(code), want);
    assert_int_equal(err.code, rc);
    assert_null(key);
    assert_memory_equal(
        err.message, key_calls[call].name, strlen(key_calls[call].name));
    assert_null(strstr(err.message, PIECE));
    /* The same where nobody wants to know why. */
    assert_int_equal(key_calls[call].call(client, &key, NULL), code);
    assert_null(key);
    free(want);
    dstack_client_free(client);
    fake_agent_free(f);
}

static char *
key_body(
    size_t call, const char *key, const char *chain, const char *public_key)
{
    const char *p = key_calls[call].prefix;
    char *a = key ? fake_text("\"%skey\":%s,", p, key) : fake_text("%s", "");
    char *b = chain ? fake_text("\"%ssignature_chain\":%s,", p, chain)
                    : fake_text("%s", "");
    char *text = fake_text("{%s%s\"public_key\":%s}", a, b, public_key);

    free(a);
    free(b);
    return text;
}

static void
test_malformed_keys(void **state)
{
    (void)state;
    for (size_t c = 0; c < KEY_CALLS; c++) {
        char *body = key_body(c, "\"" S "\"", CHAIN, "\"" P "\"");
        fake_agent *f = fake_agent_new(key_calls[c].kind);
        dstack_client *client = fake_agent_client(f);
        dstack_key *key = NULL;
        dstack_error err;

        /* All are one step away from this. */
        fake_agent_answer(f, key_calls[c].path, 200, body);
        ok(key_calls[c].call(client, &key, &err), &err);
        dstack_key_free(key);
        dstack_client_free(client);
        fake_agent_free(f);
        free(body);
        for (size_t i = 0; i < sizeof bad_keys / sizeof bad_keys[0]; i++) {
            bool named = strncmp(bad_keys[i].says, "\\u", 2) != 0;

            body = key_body(c, bad_keys[i].key, bad_keys[i].chain, "\"" P "\"");
            refused(c, body, 200, DSTACK_ERR_PROTOCOL, bad_keys[i].says, named);
            free(body);
        }
    }
}

/* A scalar of secp256k1 is below its order; any seed is one of Ed25519. */
static void
test_range(void **state)
{
    char *body = key_body(0, "\"" ORDER "\"", CHAIN, "\"\"");
    fake_agent *f = fake_agent_new(FAKE_0511);
    dstack_client *client = fake_agent_client(f);
    dstack_key *key = NULL;
    dstack_error err;

    (void)state;
    refused(0, body, 200, DSTACK_ERR_PROTOCOL,
        "key: it is no secret key of secp256k1", true);
    fake_agent_answer(f, "/GetKey", 200, body);
    ok(call_v0_ed25519(client, &key, &err), &err);
    dstack_key_free(key);
    free(body);
    dstack_client_free(client);
    fake_agent_free(f);
}

/* v1 tells the public key, and it must be the secret's. */
static void
test_told_public(void **state)
{
    static const struct {
        const char *told, *says;
    } bad[] = {
        {"\"03c1082e78670feed1c847db81dbd71be37e4d53200a746c0a89f0afa8173cf56"
         "6\"",
            "public_key: it is not the public key of the secret key"},
        {"\"c1082e78670feed1c847db81dbd71be37e4d53200a746c0a89f0afa8173cf566\"",
            "public_key: expected 66 hex digits"},
        {"\"\"", "public_key: expected 66 hex digits"},
        {"null", "public_key: expected a string, found null"},
        {"[]", "public_key: expected a string, found an array"},
    };
    char *body;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        body = key_body(2, "\"" S "\"", CHAIN, bad[i].told);
        refused(2, body, 200, DSTACK_ERR_PROTOCOL, bad[i].says, true);
        free(body);
    }
    body = fake_text("{\"key\":\"" S "\",\"signature_chain\":" CHAIN "}");
    refused(2, body, 200, DSTACK_ERR_PROTOCOL, "public_key: missing", true);
    free(body);
}

static void
refused_by_all(const char *body, unsigned status, int code, const char *says)
{
    for (size_t c = 0; c < KEY_CALLS; c++)
        refused(c, body, status, code, says, false);
}

/* Whole bodies (section 1.6). */
static void
test_malformed_bodies(void **state)
{
    size_t n = 8u << 20;
    char *huge = malloc(n + 100), *body;

    (void)state;
    refused_by_all("[1, 2, 3]", 200, DSTACK_ERR_PROTOCOL,
        "expected an object, found an array");
    refused_by_all("\"hello\"", 200, DSTACK_ERR_PROTOCOL,
        "expected an object, found a string");
    refused_by_all(
        "null", 200, DSTACK_ERR_PROTOCOL, "expected an object, found null");
    refused_by_all("", 200, DSTACK_ERR_PROTOCOL, "answer: byte 0");
    refused_by_all(
        "{\"key\":\"" S "\",", 200, DSTACK_ERR_PROTOCOL, "answer: b");
    refused_by_all("{\"key\":\"" S, 200, DSTACK_ERR_PROTOCOL, "answer: byte");
    refused_by_all("{}", 200, DSTACK_ERR_PROTOCOL, "key: missing");
    refused_by_all("{} {}", 200, DSTACK_ERR_PROTOCOL, "answer: byte 3");
    refused_by_all("{\"__proto__\":{\"key\":\"" S
                   "\",\"signature_chain\":" CHAIN "}}",
        200, DSTACK_ERR_PROTOCOL, "key: missing");
    refused_by_all("{\"error\": \"algorithm is not supported\"}", 200,
        DSTACK_ERR_AGENT, "HTTP 200: algorithm is not supported");
    refused_by_all("{\"error\": {\"code\":500,\"reason\":\"Oh\"}}", 200,
        DSTACK_ERR_AGENT, "HTTP 200: Oh");
    refused_by_all("{\"error\": 5}", 200, DSTACK_ERR_PROTOCOL, "key: missing");
    refused_by_all("{\"error\": \"algorithm is not supported\"}", 400,
        DSTACK_ERR_AGENT, "HTTP 400: algorithm is not supported");
    refused_by_all("<!DOCTYPE html><html><body>404 Not Found</body></html>",
        404, DSTACK_ERR_UNSUPPORTED, "there is no such method");
    for (size_t c = 0; c < KEY_CALLS; c++) {
        body = fake_text("{\"%skey\":\"" S "\",\"%ssignature_chain\":" CHAIN
                         ",\"%skey\":\"" S "\"}",
            key_calls[c].prefix, key_calls[c].prefix, key_calls[c].prefix);
        refused(c, body, 200, DSTACK_ERR_PROTOCOL,
            "a second member of this name", false);
        free(body);
        /* An 8 MB key: more than such an answer may have. */
        assert_non_null(huge);
        memset(huge, 'a', n);
        memcpy(huge, "{\"key\":\"", 8);
        memcpy(huge + n, "\"}", 3);
        refused(c, huge, 200, DSTACK_ERR_PROTOCOL, "more than 4194304 bytes",
            false);
        /* And one that fits into it. */
        memcpy(huge + (3u << 20), "\"}", 3);
        memcpy(huge, "{\"k256_key\":\"", 13);
        if (c < 3)
            memcpy(huge, "{\"key\" :    \"", 13);
        refused(c, huge, 200, DSTACK_ERR_PROTOCOL,
            "key: expected 64 hex digits, found a string of 3", false);
    }
    free(huge);
}

/* ---- what an agent would ignore ------------------------------------------------------- */

static void
test_ed25519_of_old_agents(void **state)
{
    static const struct {
        int kind;
        const char *says;
    } old[] = {
        {FAKE_042, "GetKey: ed25519: the agent is 0.4.2; this needs 0.5.6"},
        {FAKE_055, "the agent is 0.5.0 to 0.5.5; this needs 0.5.6 or later"},
    };
    char *body = key_body(0, "\"" S "\"", CHAIN, "\"\"");
    dstack_key *key = (dstack_key *)1;
    dstack_error err;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        fake_agent *f = fake_agent_new(old[i].kind);
        dstack_client *client = fake_agent_client(f);

        fake_agent_answer(f, "/GetKey", 200, body);
        assert_int_equal(
            call_v0_ed25519(client, &key, &err), DSTACK_ERR_UNSUPPORTED);
        assert_non_null(strstr(err.message, old[i].says));
        assert_null(key);
        assert_int_equal(dstack_client_derive_key(
                             client, "", NULL, DSTACK_KEY_ED25519, &key, &err),
            DSTACK_ERR_UNSUPPORTED);
        /* A key was not asked for; 0.4.2 was, with what is no request. */
        assert_string_equal(fake_agent_last(f, "/GetKey"),
            old[i].kind == FAKE_042 ? "{\"path\":0}" : "");
        /* secp256k1 is what they have. */
        ok(call_v0(client, &key, &err), &err);
        dstack_key_free(key);
        dstack_client_free(client);
        fake_agent_free(f);
    }
    free(body);
}

static void
derive_refused(int kind, uint32_t algorithm, int code, const char *says)
{
    fake_agent *f = fake_agent_new(kind);
    dstack_client *client = fake_agent_client(f);
    dstack_key *key = (dstack_key *)1;
    dstack_error err;
    int rc = dstack_client_derive_key(client, "a", "b", algorithm, &key, &err);

    if (rc != code || !strstr(err.message, says))
        fail_msg("%s: %s", dstack_error_name(rc), err.message);
    assert_null(key);
    dstack_client_free(client);
    fake_agent_free(f);
}

static void
test_derive_refused(void **state)
{
    (void)state;
    derive_refused(FAKE_TAPPD_0511, DSTACK_KEY_ED25519, DSTACK_ERR_UNSUPPORTED,
        "expected ed25519, a tappd of version 0.5.11 has secp256k1 alone");
    derive_refused(FAKE_036, DSTACK_KEY_SECP256K1, DSTACK_ERR_UNSUPPORTED,
        "expected secp256k1, a tappd of version 0.3.4 to 0.3.6 has p256 alone");
    derive_refused(FAKE_WORKER_0511, DSTACK_KEY_ANY, DSTACK_ERR_UNSUPPORTED,
        "the client's service is DSTACK_SERVICE_WORKER, this needs "
        "DSTACK_SERVICE_AGENT");
    derive_refused(FAKE_NOTHING, DSTACK_KEY_ANY, DSTACK_ERR_UNSUPPORTED,
        "no guest agent at the endpoint");
    derive_refused(FAKE_0511, DSTACK_KEY_P256, DSTACK_ERR_ARG, "found 4");
    derive_refused(
        FAKE_0511, DSTACK_KEY_SECP256K1_PREHASHED, DSTACK_ERR_ARG, "found 3");
}

/* An agent without v0: its v1 key, with the path as domain. */
static void
test_derive_v1_alone(void **state)
{
    fake_agent *f = fake_agent_new(FAKE_060);
    dstack_client *client = fake_agent_client(f);
    char *body = key_body(2, "\"" S "\"", CHAIN, "\"" P "\"");
    dstack_key *key = NULL;
    dstack_error err;

    (void)state;
    fake_agent_answer(f, "/Version", 404, "");
    fake_agent_answer(f, "/v1/GetKey", 200, body);
    ok(dstack_client_derive_key(
           client, "a\"b\\\n", "p", DSTACK_KEY_ANY, &key, &err),
        &err);
    assert_int_equal(dstack_key_scheme(key), DSTACK_SCHEME_V1);
    assert_string_equal(fake_agent_last(f, "/v1/GetKey"),
        "{\"domain\":\"a\\u0022b\\u005c\\u000a\",\"algorithm\":\"secp256k1\"}");
    assert_int_equal(fake_agent_count(f, "/GetKey"), 0);
    dstack_key_free(key);
    free(body);
    dstack_client_free(client);
    fake_agent_free(f);
}

static void
test_derive_tappd(void **state)
{
    fake_agent *f = fake_agent_new(FAKE_TAPPD_042);
    dstack_client *client = fake_agent_client(f);
    char *body = key_body(3, "\"" S "\"", CHAIN, "\"\"");
    dstack_agent *agent = NULL;
    dstack_key *key = NULL;
    dstack_error err;

    (void)state;
    ok(dstack_client_probe(client, &agent, &err), &err);
    dstack_agent_free(agent);
    fake_agent_answer(f, "/prpc/Tappd.DeriveK256Key", 200, body);
    ok(dstack_client_derive_key(
           client, "/test/path", "p", DSTACK_KEY_SECP256K1, &key, &err),
        &err);
    assert_int_equal(dstack_key_scheme(key), DSTACK_SCHEME_V0);
    key_is(key, SECRET, PUBLIC, LINK, KMS);
    assert_string_equal(fake_agent_last(f, "/prpc/Tappd.DeriveK256Key"),
        "{\"path\":\"/test/path\",\"purpose\":\"p\"}");
    dstack_key_free(key);
    free(body);
    dstack_client_free(client);
    fake_agent_free(f);
}

/* ---- arguments ---------------------------------------------------------------------- */

static void
test_arguments(void **state)
{
    fake_agent *f = fake_agent_new(FAKE_060);
    dstack_client *client = fake_agent_client(f);
    dstack_key *key = (dstack_key *)1;
    dstack_error err;
    char *long_path = malloc(65538);

    (void)state;
    assert_non_null(long_path);
    memset(long_path, 'p', 65537);
    long_path[65537] = 0;
    assert_int_equal(
        dstack_client_get_key(NULL, "", NULL, 0, &key, &err), DSTACK_ERR_ARG);
    assert_null(key);
    assert_int_equal(dstack_client_get_key(client, NULL, NULL, 0, &key, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_client_get_key(client, "", NULL, 0, NULL, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_client_get_key(client, "", NULL, 3, &key, &err), DSTACK_ERR_ARG);
    assert_int_equal(dstack_client_get_key(client, "\xff", NULL, 0, &key, &err),
        DSTACK_ERR_ARG);
    assert_string_equal(err.message, "path: expected UTF-8");
    assert_int_equal(
        dstack_client_get_key(client, "", "\xc0\x80", 0, &key, &err),
        DSTACK_ERR_ARG);
    assert_string_equal(err.message, "purpose: expected UTF-8");
    assert_int_equal(
        dstack_client_get_key(client, long_path, NULL, 0, &key, &err),
        DSTACK_ERR_ARG);
    assert_string_equal(
        err.message, "path: expected at most 65536 bytes, found more");
    assert_int_equal(
        dstack_client_derive_key(client, "", long_path, 0, &key, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_client_v1_get_key(client, "a\xff", 2, 1, &key, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_client_v1_get_key(client, long_path, 65537, 1, &key, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_client_v1_get_key(client, NULL, 1, 1, &key, &err),
        DSTACK_ERR_ARG);
    for (uint32_t a = 0; a < 6; a++)
        if (a != DSTACK_KEY_SECP256K1 && a != DSTACK_KEY_ED25519)
            assert_int_equal(
                dstack_client_v1_get_key(client, "", 0, a, &key, &err),
                DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_client_tappd_derive_k256_key(client, "", NULL, &key, &err),
        DSTACK_ERR_UNSUPPORTED);
    assert_null(key);
    assert_int_equal(fake_agent_count(f, NULL), 0);
    free(long_path);
    dstack_client_free(client);
    fake_agent_free(f);
}

static void
test_names(void **state)
{
    static const char *const names[] = {
        "", "secp256k1", "ed25519", "secp256k1_prehashed", "p256", ""};

    (void)state;
    for (uint32_t i = 0; i < 6; i++) {
        assert_string_equal(dstack_key_algorithm_name(i), names[i]);
        assert_int_equal(dstack_key_algorithm_parse(names[i]), i % 5);
    }
    assert_int_equal(dstack_key_algorithm_parse("k256"), DSTACK_KEY_SECP256K1);
    assert_int_equal(dstack_key_algorithm_parse("ED25519"), DSTACK_KEY_ANY);
    assert_int_equal(dstack_key_algorithm_parse(NULL), DSTACK_KEY_ANY);
}

static void
test_no_key(void **state)
{
    size_t n = 1;

    (void)state;
    dstack_key_free(NULL);
    assert_null(dstack_key_secret(NULL, &n));
    assert_int_equal(n, 0);
    assert_null(dstack_key_public(NULL, NULL));
    assert_int_equal(dstack_key_algorithm(NULL), 0);
    assert_int_equal(dstack_key_scheme(NULL), 0);
    assert_int_equal(dstack_key_chain_count(NULL), 0);
    assert_null(dstack_key_chain(NULL, 0, NULL));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_v0_keys),
        cmocka_unit_test(test_v1_keys),
        cmocka_unit_test(test_malformed_keys),
        cmocka_unit_test(test_range),
        cmocka_unit_test(test_told_public),
        cmocka_unit_test(test_malformed_bodies),
        cmocka_unit_test(test_ed25519_of_old_agents),
        cmocka_unit_test(test_derive_refused),
        cmocka_unit_test(test_derive_v1_alone),
        cmocka_unit_test(test_derive_tappd),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_no_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
