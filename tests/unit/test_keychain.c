/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "dstack/dstack.h"

/* guest-agent.md 7.2: the published vectors of signature chains. */
#define ROOT \
    "0318f228673448772dd4835a82149a9d475db8095234469a8fcc85cfa18b85abbc"
#define OTHER_ROOT \
    "029c5530e4385ebc41cdaf8257edf9a2baaf8506a4099103211e6ed7382103ed67"
#define APP_ID "a9019d1b2c3d4e5f60718293a4b5c6d7e8f90a1b"
#define APP_ROOT \
    "03f8669c2bf08c4deeb712b81d456cd1eadbf97872dfc5d5ca916edf605fc5b6fe"
#define KMS_LINK \
    "00ac321fbbe6817c5de0720644e936b20046ff1c9226e0558a9c86856e8a1dd0" \
    "6bb7a7efae1cf3ec522553c28627ea96c139d5dc9cdd5a1898c2406c074438d800"
#define DATA "dstack signature chain test vector"
#define DIGEST \
    "18779657704cffe138dcca907960ddc7c4586078c0a7a60b689de8ec0e9f558b"
#define K1_KEY \
    "03f6e0f232f5eb6f4b118960a80c3939ea947b6dc727215aba43451910f2741bb8"
#define K1_R "4753cea786fe882ec17a1f75199d15f43e864286ddf1d599a901e503db787dc2"
#define K1_S "5c825c8a7a259a7c256fdbf75e74bd73282737f03fc449f9e627c8b540a161f4"
#define K1_HIGH_S \
    "a37da37585da6583da902408a18b428b9287a4f66f845641d9aa95d78f94df4d"
#define K1_LINK_R \
    "77ae5ea476f00df11938fd1df3a65a4fbd9f92b64c816b9f29ee79a1e4ae74ed"
#define K1_LINK_S \
    "43269a36376b4ed838460ef3b56ba553cefa6e63def4a4487386f783f14295a0"
/* The group's order less K1_LINK_S. */
#define K1_LINK_HIGH_S \
    "bcd965c9c894b127c7b9f10c4a945aaaebb46e82d053fbf34c4b6708def3aba1"
#define K1_LINK K1_LINK_R K1_LINK_S "01"
#define ED_KEY \
    "f2c761dfee96542500c1ca5460bb0e327b4acb67d882f5846e21baa8d55d2f5b"
#define ED_SIGNATURE \
    "b29c21a4aa614b434542e938abe9e48c46369c4d37ecfcdbaae02251c73eff5f" \
    "1912ada04309445575204a110a6fc74dd73734240a7c6e2bffbb5c9e1bd0b408"
#define ED_LINK \
    "181498cdcebe6cae41fe1474b3d8af53c7969a2fb20f9f20a5cdcc9d92f5596d" \
    "500cf9605996ec2e55406666fee630d5882e5e97c2417e079c6f074ca6c7c57301"
#define ORDER "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define FIVE "0000000000000000000000000000000000000000000000000000000000000005"

/* guest-agent.md 7.4: the recorded simulator. */
#define SIM_APP_ID "5bb4ff9a3837357f19dc176407a5709c62eb6c56"
#define SIM_SECRET \
    "d6e88992cdeeee35fe70b5db61ab66cdb191fb9b6ec9313757ef162dd7214d5d"
#define SIM_APP_ROOT \
    "02818494263695e8839122dbd88e281d7380622999df4e60a14befa0f2d096fc7c"
#define SIM_ROOT \
    "0321529e458424ab1f710a3a57ec4dad2fb195ddca572f7469242ba6c7563085b6"
#define SIM_KMS_LINK \
    "9e618603e72d01fedb82deff6daf2d62a572becf0059eec3f89c1ab40e1f2e59" \
    "4d2a283f843f34e8f39e4cc49a612496ce67223a12ac923f8efe330346dfc6c500"

typedef struct {
    uint8_t p[256];
    size_t n;
} bytes;

static bytes
hex(const char *text)
{
    bytes b = {{0}, strlen(text) / 2};

    assert_true(b.n <= sizeof b.p);
    assert_true(ds_hex_decode(ds_view_str(text), b.p, b.n));
    return b;
}

static dstack_kms_trust *
trust_of(const char *app_id, const char *root)
{
    dstack_kms_trust *trust = NULL;
    bytes id = hex(app_id), key = hex(root ? root : "");

    assert_int_equal(dstack_kms_trust_new(id.p, id.n, &trust, NULL), DSTACK_OK);
    if (root)
        assert_int_equal(
            dstack_kms_trust_add_root(trust, key.p, key.n, NULL), DSTACK_OK);
    return trust;
}

/* What one judgement says must be the same in code, error and report. */
static int
agree(int rc, const dstack_error *err, dstack_keychain_report *r)
{
    int reason = err->reason;
    size_t failed = 0;

    assert_int_equal(err->code, rc);
    assert_int_equal(err->message[0] != 0, rc != DSTACK_OK);
    assert_non_null(r);
    assert_int_equal(dstack_keychain_report_is_accepted(r), rc == DSTACK_OK);
    assert_int_equal(dstack_keychain_report_reason(r), reason);
    assert_string_equal(dstack_keychain_report_message(r), err->message);
    for (size_t i = 0; i < dstack_keychain_report_check_count(r); i++)
        if (dstack_keychain_report_check_result(r, i) == DSTACK_CHECK_FAILED) {
            failed++;
            assert_int_equal(dstack_keychain_report_check_reason(r, i), reason);
            assert_true(dstack_keychain_report_check_expected(r, i)[0]);
            assert_true(dstack_keychain_report_check_found(r, i)[0]);
        }
    assert_int_equal(failed, rc != DSTACK_OK);
    dstack_keychain_report_free(r);
    return reason;
}

static int
v0(const dstack_kms_trust *trust, const char *key, const char *purpose,
    const char *app_link, const char *kms_link)
{
    bytes k = hex(key), a = hex(app_link), m = hex(kms_link);
    dstack_keychain_report *r = NULL;
    dstack_error err;
    int rc =
        dstack_keychain_verify_v0(trust, k.p, k.n, (const uint8_t *)purpose,
            strlen(purpose), a.p, a.n, m.p, m.n, &r, &err);

    return agree(rc, &err, r);
}

static int
v1(const dstack_kms_trust *trust, const char *key, const char *domain,
    uint32_t algorithm, const char *app_link, const char *kms_link)
{
    bytes k = hex(key), a = hex(app_link), m = hex(kms_link);
    dstack_keychain_report *r = NULL;
    dstack_error err;
    int rc = dstack_keychain_verify_v1(trust, k.p, k.n, (const uint8_t *)domain,
        strlen(domain), a.p, a.n, m.p, m.n, algorithm, &r, &err);

    return agree(rc, &err, r);
}

static int
sign(const char *key, const char *data, size_t data_len, const char *signature,
    const char *app_link, uint32_t algorithm)
{
    dstack_kms_trust *trust = trust_of(APP_ID, ROOT);
    bytes k = hex(key), s = hex(signature), a = hex(app_link),
          m = hex(KMS_LINK);
    dstack_keychain_report *r = NULL;
    dstack_error err;
    int rc = dstack_keychain_verify_sign(trust, k.p, k.n, (const uint8_t *)data,
        data_len, s.p, s.n, a.p, a.n, m.p, m.n, algorithm, &r, &err);

    dstack_kms_trust_free(trust);
    return agree(rc, &err, r);
}

static void
test_v0_known(void **state)
{
    static const struct {
        const char *key, *purpose, *link;
    } sim[] = {
        {"027458ba47c31272b5076edebdc1ecdaedef806b10d76dd0a209cbd1fa14a3f9cf",
            "",
            "64ce2f1b381d04f7404fda78bdc942c314d89b7069d97eea1897e51b249dd3b170"
            "0995cbf7efe7ff04195dd6e31f153b702eeeeaffc5941510739dc39b9bd9cf01"},
        {"c44343eb0e365d78ce908790834a24621e489af0e91cf2f123daf28cf74aed20", "",
            "4210633c6792b54f99eda1b2a9c7e1f6507c02c01bcabf230d35dc4c00a6b0902f"
            "ccd45b383e8f3035c0fcdcba534b80f8849a5b5849257bc71d9f838620cd3e00"},
        {"026b694842460eff475d4e4b36a908c4ca05db27fe54bd7fb5db31c367a52ef211",
            "test",
            "0b0fa470162c54f108850d143442c48d43f1cc42983b8e9c589679345b831d2b5b"
            "b5b97b21c2d2d036520209deae8b6111318c68eafc786190d6edc52e5cf0c201"},
        {"50c1bfb9452a56317338272a252bd7430b38843d10fa4d491351a434a13bdc21",
            "test",
            "7752352aa2ad8b337a3845661073fb42ef1b1d3313d8ce0b8976ccc21505e0c62e"
            "79eb7aaf9b51768b0f9762e62098710ce4e8cabd450670b2fb0040e8551cb300"},
        {"02c1082e78670feed1c847db81dbd71be37e4d53200a746c0a89f0afa8173cf566",
            "test-purpose",
            "f50c51735a97072f0c98125ed61fc84e2fdb36e95990b9e57337dadc0e2a971222"
            "7f04e07209faecb8891d59ec144a6c13e411dc90b3423f28071bd3fe11978d01"},
        {"03d11dee20a15caa0edfbb1e6cb36dad2447a5fdb2bfd745f3dcce1b7fbdfd84cf",
            "mainnet",
            "ff57816e9cdd93c170db1e976c787533046392e90f7b3834f15f03f771e3649412"
            "20f49f266a2bd293a289871a56f4dd81b1dec22d23d9d177862f5c398a317201"},
        {"036105f01d1fd781568f7c208b087b1c4f522601410ed7e9c7870d573de7c46d54",
            "signing",
            "51ec279eb0da3fb45335c2fd6badaf701905bf35f229912976c4ae3c9d649cf97f"
            "964473f2dce7118743bad84a6df707d11c9b5f0b38379204e14fd2c7baddba01"},
        {"698f56bd587d8ce3ca8db0e1c361ba9d190089f98dc4d9df800ff92ed073a65d",
            "signing",
            "d61ff204728dae76ba4e29313003433d533d069f9c98ebb3382104145f1c664c59"
            "fac4326a86420ec3f450303d3a675d595f546448076a464343bcc25143c4a300"},
    };
    dstack_kms_trust *trust = trust_of(APP_ID, ROOT);

    (void)state;
    assert_int_equal(v0(trust, K1_KEY, "signing", K1_LINK, KMS_LINK), 0);
    assert_int_equal(v0(trust, ED_KEY, "signing", ED_LINK, KMS_LINK), 0);
    dstack_kms_trust_free(trust);
    trust = trust_of(SIM_APP_ID, SIM_ROOT);
    for (size_t i = 0; i < sizeof sim / sizeof sim[0]; i++)
        assert_int_equal(
            v0(trust, sim[i].key, sim[i].purpose, sim[i].link, SIM_KMS_LINK),
            0);
    dstack_kms_trust_free(trust);
}

#define V1_K1 \
    "02bc3a78e1c1f5d94c2580dd06678ec48ae362aeed00906dbea5aa4d34713c240c"
#define V1_K1_LINK \
    "b81526a4b5a1a211d3bfedb9780fe38de5288f30e6ec2466f22b3874ba60f50f35" \
    "6751f1781027516b5372a67afd65c70a5d8a7e7f2ff8a85398df736a4e035f00"
#define V1_ED "51cf9f2ede324bebdb827807091a2649cd30230abd3550d6f1303edceda42776"
#define V1_ED_LINK \
    "aa56540d89c24afc2fa3f37fb41f950e9d0496eb9d7fa6f20c398ae674d9138e3b" \
    "9154a3222b6abd8704f7a95be85cf6daa99ec5faccc404cffbdff8d253b98b01"
/* 7.3: an app root key that no KMS signed. */
#define LONE_SECRET \
    "1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d9e0f1a2b"
#define LONE_KEY \
    "03d962450a41748021c8b02787ac36ce642ff0ae25f4c55019eb527e1112cfd764"
#define LONE_LINK \
    "5b6193729ce7976ec67863f21692d4b98c69832698aae8e001a7d33a6f818b6e46" \
    "ca950725b6e90e8ca9bcf394abd03ce264bf9b7eec1e91693247f9dd53c26901"

static void
test_v1_known(void **state)
{
    dstack_kms_trust *trust = trust_of(SIM_APP_ID, SIM_ROOT);

    (void)state;
    assert_int_equal(v1(trust, V1_K1, "test", DSTACK_KEY_SECP256K1, V1_K1_LINK,
                         SIM_KMS_LINK),
        0);
    assert_int_equal(
        v1(trust, V1_ED, "test", DSTACK_KEY_ED25519, V1_ED_LINK, SIM_KMS_LINK),
        0);
    /* Domain and algorithm are signed; a v1 chain is no v0 chain. */
    assert_int_equal(v1(trust, V1_K1, "tesT", DSTACK_KEY_SECP256K1, V1_K1_LINK,
                         SIM_KMS_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    assert_int_equal(
        v1(trust, V1_K1, "", DSTACK_KEY_SECP256K1, V1_K1_LINK, SIM_KMS_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    assert_int_equal(
        v1(trust, V1_K1, "test", DSTACK_KEY_ED25519, V1_K1_LINK, SIM_KMS_LINK),
        DSTACK_REASON_KEY_CHAIN_KEY);
    assert_int_equal(v1(trust, V1_ED, "test", DSTACK_KEY_SECP256K1, V1_ED_LINK,
                         SIM_KMS_LINK),
        DSTACK_REASON_KEY_CHAIN_KEY);
    assert_int_equal(v0(trust, V1_K1, "test", V1_K1_LINK, SIM_KMS_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    dstack_kms_trust_free(trust);
}

static void
test_sign_known(void **state)
{
    bytes digest = hex(DIGEST);
    const char *other = "not the data that was signed";

    (void)state;
    assert_int_equal(sign(K1_KEY, DATA, strlen(DATA), K1_R K1_S, K1_LINK,
                         DSTACK_KEY_SECP256K1),
        0);
    assert_int_equal(sign(K1_KEY, (const char *)digest.p, 32, K1_R K1_S,
                         K1_LINK, DSTACK_KEY_SECP256K1_PREHASHED),
        0);
    assert_int_equal(sign(ED_KEY, DATA, strlen(DATA), ED_SIGNATURE, ED_LINK,
                         DSTACK_KEY_ED25519),
        0);
    assert_int_equal(sign(K1_KEY, DATA, strlen(DATA), K1_R K1_HIGH_S, K1_LINK,
                         DSTACK_KEY_SECP256K1),
        DSTACK_REASON_KEY_CHAIN_HIGH_S);
    assert_int_equal(sign(K1_KEY, other, strlen(other), K1_R K1_S, K1_LINK,
                         DSTACK_KEY_SECP256K1),
        DSTACK_REASON_KEY_CHAIN_SIGNATURE);
    assert_int_equal(sign(ED_KEY, other, strlen(other), ED_SIGNATURE, ED_LINK,
                         DSTACK_KEY_ED25519),
        DSTACK_REASON_KEY_CHAIN_SIGNATURE);
    assert_int_equal(
        sign(K1_KEY, DATA, strlen(DATA), K1_R, K1_LINK, DSTACK_KEY_SECP256K1),
        DSTACK_REASON_KEY_CHAIN_SIGNATURE);
    assert_int_equal(sign(K1_KEY, DATA, strlen(DATA), K1_R ZERO, K1_LINK,
                         DSTACK_KEY_SECP256K1),
        DSTACK_REASON_KEY_CHAIN_SIGNATURE);
    /* A good signature, and the other key's link. */
    assert_int_equal(sign(K1_KEY, DATA, strlen(DATA), K1_R K1_S, ED_LINK,
                         DSTACK_KEY_SECP256K1),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
}

/* One rule broken at a time. */
static const struct {
    const char *key, *purpose, *app, *kms;
    int reason;
} rules[] = {
    {K1_KEY, "signing", K1_LINK_R K1_LINK_S, KMS_LINK,
        DSTACK_REASON_KEY_CHAIN_LENGTH},
    {K1_KEY, "signing", K1_LINK "00", KMS_LINK, DSTACK_REASON_KEY_CHAIN_LENGTH},
    {K1_KEY, "signing", "", KMS_LINK, DSTACK_REASON_KEY_CHAIN_LENGTH},
    {K1_KEY, "signing", K1_LINK, "00", DSTACK_REASON_KEY_CHAIN_LENGTH},
    {K1_KEY, "signing", K1_LINK, "", DSTACK_REASON_KEY_CHAIN_NO_KMS},
    {K1_KEY, "signing", K1_LINK_R K1_LINK_S "04", KMS_LINK,
        DSTACK_REASON_KEY_CHAIN_RECOVERY_ID},
    {K1_KEY, "signing", K1_LINK_R K1_LINK_S "1c", KMS_LINK,
        DSTACK_REASON_KEY_CHAIN_RECOVERY_ID},
    {K1_KEY, "signing", ZERO K1_LINK_S "01", KMS_LINK,
        DSTACK_REASON_KEY_CHAIN_RANGE},
    {K1_KEY, "signing", K1_LINK_R ZERO "01", KMS_LINK,
        DSTACK_REASON_KEY_CHAIN_RANGE},
    {K1_KEY, "signing", ORDER K1_LINK_S "01", KMS_LINK,
        DSTACK_REASON_KEY_CHAIN_RANGE},
    {K1_KEY, "signing", K1_LINK_R ORDER "01", KMS_LINK,
        DSTACK_REASON_KEY_CHAIN_RANGE},
    /* The same key made this one too, were a high s allowed. */
    {K1_KEY, "signing", K1_LINK_R K1_LINK_HIGH_S "00", KMS_LINK,
        DSTACK_REASON_KEY_CHAIN_HIGH_S},
    /* 5 is the x coordinate of no point. */
    {K1_KEY, "signing", FIVE K1_LINK_S "00", KMS_LINK,
        DSTACK_REASON_KEY_CHAIN_LINK},
    {K1_KEY, "signing", K1_LINK, FIVE K1_LINK_S "00",
        DSTACK_REASON_KEY_CHAIN_LINK},
    /* r + n is not below the field's order. */
    {K1_KEY, "signing", K1_LINK_R K1_LINK_S "03", KMS_LINK,
        DSTACK_REASON_KEY_CHAIN_LINK},
    {K1_KEY, "signing", K1_LINK_R K1_LINK_S "00", KMS_LINK,
        DSTACK_REASON_KEY_CHAIN_ANCHOR},
    {K1_KEY, "signinG", K1_LINK, KMS_LINK, DSTACK_REASON_KEY_CHAIN_ANCHOR},
    {K1_KEY, "signing:", K1_LINK, KMS_LINK, DSTACK_REASON_KEY_CHAIN_ANCHOR},
    {K1_KEY, "", K1_LINK, KMS_LINK, DSTACK_REASON_KEY_CHAIN_ANCHOR},
    {ED_KEY, "signing", K1_LINK, KMS_LINK, DSTACK_REASON_KEY_CHAIN_ANCHOR},
    {K1_KEY, "signing", ED_LINK, KMS_LINK, DSTACK_REASON_KEY_CHAIN_ANCHOR},
    {K1_KEY, "signing", K1_LINK, SIM_KMS_LINK, DSTACK_REASON_KEY_CHAIN_ANCHOR},
    {K1_KEY, "signing", K1_LINK, K1_LINK, DSTACK_REASON_KEY_CHAIN_ANCHOR},
    {"02" FIVE, "signing", K1_LINK, KMS_LINK, DSTACK_REASON_KEY_CHAIN_KEY},
    {"04" ZERO, "signing", K1_LINK, KMS_LINK, DSTACK_REASON_KEY_CHAIN_KEY},
    {"00", "signing", K1_LINK, KMS_LINK, DSTACK_REASON_KEY_CHAIN_KEY},
};

static void
test_rules(void **state)
{
    dstack_kms_trust *trust = trust_of(APP_ID, ROOT);

    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        assert_int_equal(v0(trust, rules[i].key, rules[i].purpose, rules[i].app,
                             rules[i].kms),
            rules[i].reason);
    dstack_kms_trust_free(trust);
    /* Another root, another app (platforms.md 8.2, rows 114 and 116). */
    trust = trust_of(APP_ID, OTHER_ROOT);
    assert_int_equal(v0(trust, K1_KEY, "signing", K1_LINK, KMS_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    dstack_kms_trust_free(trust);
    trust = trust_of(SIM_APP_ID, ROOT);
    assert_int_equal(v0(trust, K1_KEY, "signing", K1_LINK, KMS_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    dstack_kms_trust_free(trust);
}

static void
test_many_roots(void **state)
{
    dstack_kms_trust *trust = trust_of(APP_ID, OTHER_ROOT);
    bytes root = hex(ROOT), full = {{4}, 65};
    uint8_t secret[32] = {0}, key[33];
    size_t n;

    (void)state;
    for (uint8_t i = 1; i <= 62; i++) {
        secret[31] = i;
        assert_int_equal(dstack_signature_public_key(
                             secret, 32, DSTACK_KEY_SECP256K1, key, &n, NULL),
            DSTACK_OK);
        assert_int_equal(
            dstack_kms_trust_add_root(trust, key, n, NULL), DSTACK_OK);
    }
    assert_int_equal(v0(trust, K1_KEY, "signing", K1_LINK, KMS_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    assert_int_equal(
        dstack_kms_trust_add_root(trust, root.p, 33, NULL), DSTACK_OK);
    assert_int_equal(v0(trust, K1_KEY, "signing", K1_LINK, KMS_LINK), 0);
    /* Known ones are no more; a 65th is refused, and so are other forms. */
    assert_int_equal(
        dstack_kms_trust_add_root(trust, root.p, 33, NULL), DSTACK_OK);
    secret[31] = 63;
    assert_int_equal(dstack_signature_public_key(
                         secret, 32, DSTACK_KEY_SECP256K1, key, &n, NULL),
        DSTACK_OK);
    assert_int_equal(
        dstack_kms_trust_add_root(trust, key, n, NULL), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_kms_trust_add_root(trust, root.p, 32, NULL), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_kms_trust_add_root(trust, full.p, 65, NULL), DSTACK_ERR_ARG);
    dstack_kms_trust_free(trust);
}

static void
test_without_kms(void **state)
{
    dstack_kms_trust *trust = trust_of(APP_ID, NULL);
    bytes secret = hex(LONE_SECRET), other = hex(APP_ROOT);
    uint8_t key[33];
    size_t n;

    (void)state;
    assert_int_equal(
        dstack_kms_trust_accept_app_root(trust, other.p, other.n, NULL),
        DSTACK_OK);
    assert_int_equal(v1(trust, LONE_KEY, "storage-encryption",
                         DSTACK_KEY_SECP256K1, LONE_LINK, ""),
        DSTACK_REASON_KEY_CHAIN_APP_ROOT);
    assert_int_equal(dstack_signature_public_key(
                         secret.p, 32, DSTACK_KEY_SECP256K1, key, &n, NULL),
        DSTACK_OK);
    assert_int_equal(
        dstack_kms_trust_accept_app_root(trust, key, n, NULL), DSTACK_OK);
    assert_int_equal(v1(trust, LONE_KEY, "storage-encryption",
                         DSTACK_KEY_SECP256K1, LONE_LINK, ""),
        0);
    assert_int_equal(
        v1(trust, LONE_KEY, "storage", DSTACK_KEY_SECP256K1, LONE_LINK, ""),
        DSTACK_REASON_KEY_CHAIN_APP_ROOT);
    /* 7.2: the pinned v0 key of the same root. */
    assert_int_equal(v0(trust,
                         "02ead9e0064aad1bb151c270c78ef82a4caf6d3fc92c311804e79"
                         "751deb3476919",
                         "signing",
                         "c8a3dcf06c4e95bd78a5d7a1c8fcff171fc5848cfae804c6fc11b"
                         "da4dc5d4062379995390843827444992c4c0e4bac70f0f878e01b"
                         "9fc8b98cd7126fe5a3876b01",
                         ""),
        0);
    /* A KMS that is not trusted does not become so by an accepted app root. */
    assert_int_equal(
        dstack_kms_trust_accept_app_root(trust, other.p, other.n, NULL),
        DSTACK_OK);
    assert_int_equal(v0(trust, K1_KEY, "signing", K1_LINK, KMS_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    assert_int_equal(v0(trust, K1_KEY, "signing", K1_LINK, ""), 0);
    dstack_kms_trust_free(trust);
}

static void
test_discover(void **state)
{
    bytes id = hex(APP_ID), key = hex(K1_KEY), app = hex(K1_LINK),
          kms = hex(KMS_LINK), root = hex(ROOT), app_root = hex(APP_ROOT),
          sim_id = hex(SIM_APP_ID), v1_key = hex(V1_ED),
          v1_link = hex(V1_ED_LINK), sim_kms = hex(SIM_KMS_LINK),
          sim_root = hex(SIM_ROOT), sim_app = hex(SIM_APP_ROOT);
    const uint8_t *purpose = (const uint8_t *)"signing";
    uint8_t a[33], m[33];
    dstack_error err;

    (void)state;
    assert_int_equal(dstack_keychain_discover_v0(id.p, id.n, key.p, key.n,
                         purpose, 7, app.p, app.n, kms.p, kms.n, a, m, &err),
        DSTACK_OK);
    assert_memory_equal(a, app_root.p, 33);
    assert_memory_equal(m, root.p, 33);
    assert_int_equal(
        dstack_keychain_discover_v1(sim_id.p, sim_id.n, v1_key.p, v1_key.n,
            (const uint8_t *)"test", 4, v1_link.p, v1_link.n, sim_kms.p,
            sim_kms.n, DSTACK_KEY_ED25519, a, m, &err),
        DSTACK_OK);
    assert_memory_equal(a, sim_app.p, 33);
    assert_memory_equal(m, sim_root.p, 33);
    /* Another purpose has other keys: an answer, and no verdict. */
    assert_int_equal(dstack_keychain_discover_v0(id.p, id.n, key.p, key.n,
                         purpose, 6, app.p, app.n, kms.p, kms.n, a, NULL, &err),
        DSTACK_OK);
    assert_memory_not_equal(a, app_root.p, 33);
    assert_int_equal(dstack_keychain_discover_v0(id.p, id.n, key.p, key.n,
                         purpose, 7, app.p, app.n, NULL, 0, NULL, m, &err),
        DSTACK_OK);
    assert_true(ds_view_is_zero(ds_view_of(m, 33)));
    kms.p[64] = 9;
    assert_int_equal(dstack_keychain_discover_v0(id.p, id.n, key.p, key.n,
                         purpose, 7, app.p, app.n, kms.p, kms.n, a, m, &err),
        DSTACK_ERR_UNTRUSTED);
    assert_int_equal(err.reason, DSTACK_REASON_KEY_CHAIN_RECOVERY_ID);
    assert_true(ds_view_is_zero(ds_view_of(a, 33)));
    assert_int_equal(dstack_keychain_discover_v0(id.p, 19, key.p, key.n,
                         purpose, 7, app.p, app.n, kms.p, kms.n, a, m, &err),
        DSTACK_ERR_ARG);
}

static void
test_report(void **state)
{
    dstack_kms_trust *trust = trust_of(APP_ID, ROOT);
    bytes key = hex(K1_KEY), app = hex(K1_LINK), kms = hex(KMS_LINK),
          root = hex(ROOT), app_root = hex(APP_ROOT);
    static const char *const names[] = {
        "key", "signature", "app_link", "kms_link", "anchor"};
    dstack_keychain_report *r = NULL;
    dstack_error err;
    size_t n;

    (void)state;
    assert_int_equal(dstack_keychain_verify_v0(trust, key.p, key.n,
                         (const uint8_t *)"signing", 7, app.p, app.n, kms.p,
                         kms.n, &r, &err),
        DSTACK_OK);
    assert_int_equal(dstack_keychain_report_check_count(r), 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(dstack_keychain_report_check_name(r, i), names[i]);
        assert_int_equal(dstack_keychain_report_check_result(r, i),
            i == 1 ? DSTACK_CHECK_NOT_RUN : DSTACK_CHECK_PASSED);
    }
    assert_string_equal(dstack_keychain_report_check_name(r, 5), "");
    assert_memory_equal(dstack_keychain_report_app_root(r, &n), app_root.p, 33);
    assert_int_equal(n, 33);
    assert_memory_equal(dstack_keychain_report_kms_root(r, &n), root.p, 33);
    dstack_keychain_report_free(r);
    /* Without a report, and without an error. */
    assert_int_equal(dstack_keychain_verify_v0(trust, key.p, key.n,
                         (const uint8_t *)"signing", 7, app.p, app.n, kms.p,
                         kms.n, NULL, NULL),
        DSTACK_OK);
    kms.p[64] ^= 1;
    assert_int_equal(dstack_keychain_verify_v0(trust, key.p, key.n,
                         (const uint8_t *)"signing", 7, app.p, app.n, kms.p,
                         kms.n, NULL, NULL),
        DSTACK_ERR_UNTRUSTED);
    assert_int_equal(dstack_keychain_report_is_accepted(NULL), 0);
    assert_string_equal(dstack_keychain_report_message(NULL), "");
    assert_null(dstack_keychain_report_kms_root(NULL, &n));
    assert_int_equal(n, 0);
    dstack_kms_trust_free(trust);
}

static void
test_arguments(void **state)
{
    dstack_kms_trust *trust = trust_of(APP_ID, NULL);
    bytes key = hex(K1_KEY), app = hex(K1_LINK), kms = hex(KMS_LINK),
          root = hex(ROOT);
    const uint8_t *purpose = (const uint8_t *)"signing";
    dstack_kms_trust *none = NULL;
    dstack_error err;

    (void)state;
    assert_int_equal(
        dstack_kms_trust_new(root.p, 19, &none, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_kms_trust_new(root.p, 21, &none, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_kms_trust_new(NULL, 20, &none, &err), DSTACK_ERR_ARG);
    assert_null(none);
    /* The anchor is mandatory. */
    assert_int_equal(dstack_keychain_verify_v0(trust, key.p, key.n, purpose, 7,
                         app.p, app.n, kms.p, kms.n, NULL, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_kms_trust_add_root(trust, root.p, 33, &err), DSTACK_OK);
    assert_int_equal(dstack_keychain_verify_v0(trust, NULL, 33, purpose, 7,
                         app.p, app.n, kms.p, kms.n, NULL, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_keychain_verify_v0(trust, key.p, key.n, NULL, 7,
                         app.p, app.n, kms.p, kms.n, NULL, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_keychain_verify_v0(trust, key.p, key.n, purpose, 7,
                         NULL, 65, kms.p, kms.n, NULL, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_keychain_verify_v1(trust, key.p, key.n, purpose, 7, app.p, app.n,
            kms.p, kms.n, DSTACK_KEY_P256, NULL, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_keychain_verify_sign(trust, key.p, key.n, NULL, 1, app.p, 64,
            app.p, app.n, kms.p, kms.n, DSTACK_KEY_SECP256K1, NULL, &err),
        DSTACK_ERR_ARG);
    dstack_kms_trust_free(trust);
    dstack_kms_trust_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_v0_known),
        cmocka_unit_test(test_v1_known),
        cmocka_unit_test(test_sign_known),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_many_roots),
        cmocka_unit_test(test_without_kms),
        cmocka_unit_test(test_discover),
        cmocka_unit_test(test_report),
        cmocka_unit_test(test_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
