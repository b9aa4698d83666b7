/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "crypto/k1.h"
#include "guest/inner.h"
#include "support/guest.h"

/* Known values: of upstream's own tests and of its simulator's app keys. */
#define SIMULATOR_APP "5bb4ff9a3837357f19dc176407a5709c62eb6c56"
#define SIMULATOR_K256 \
    "d6e88992cdeeee35fe70b5db61ab66cdb191fb9b6ec9313757ef162dd7214d5d"
#define SIMULATOR_LINK \
    "9e618603e72d01fedb82deff6daf2d62a572becf0059eec3f89c1ab40e1f2e594d2a283f" \
    "843f34e8f39e4cc49a612496ce67223a12ac923f8efe330346dfc6c500"
#define SIMULATOR_ENV \
    "4f3cf0a19a0444674c8e51222afd395b8df9fad2ba3cd7956f640a4b3c046db6"
#define PINNED_ROOT \
    "1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d9e0f1a2b"

static sim_guest *
guest_with(const char *k256, const char *link, const char *env, const char *app)
{
    ds_buf keys;
    ds_buf_init(&keys, 1 << 20);
    guest_app_keys(k256, link, env, &keys);
    sim_config c = {.seed = "known keys",
        .os = SIM_OS_0_6_0,
        .now = GUEST_NOW,
        .app_id = app,
        .app_keys = ds_view_of(keys.p, keys.n)};
    sim_guest *g = guest_make(&c);
    ds_buf_free(&keys);
    return g;
}

static sim_guest *
simulator(void)
{
    return guest_with(
        SIMULATOR_K256, SIMULATOR_LINK, SIMULATOR_ENV, SIMULATOR_APP);
}

typedef struct {
    const char *path, *purpose;
    int alg;
    const char *key, *public_key, *link;
} known;

static void
check_v0(const sim_guest *g, const known *k)
{
    sim_key key;
    sim_error err;
    if (sim_guest_get_key(g, ds_view_str(k->path), ds_view_str(k->purpose),
            k->alg, &key, &err))
        fail_msg("%s", err.text);
    guest_assert_hex(key.key, 32, k->key);
    guest_assert_hex(key.public_key, key.public_key_n, k->public_key);
    guest_assert_hex(key.link, sizeof key.link, k->link);
}

static void
check_v1(const sim_guest *g, ds_view domain, int alg, const char *secret,
    const char *public_key, const char *link)
{
    sim_key key;
    sim_error err;
    if (sim_guest_get_key_v1(g, domain, alg, &key, &err))
        fail_msg("%s", err.text);
    guest_assert_hex(key.key, 32, secret);
    guest_assert_hex(key.public_key, key.public_key_n, public_key);
    if (link)
        guest_assert_hex(key.link, sizeof key.link, link);
}

/* Who signed the link, and for the KMS link whom it certifies. */
static void
check_chain(const sim_guest *g, const sim_key *key, ds_view claim)
{
    uint8_t digest[32];
    uint8_t signer[33];
    uint8_t root[33];
    assert_int_equal(sim_guest_app_root(g, root, NULL), 0);
    assert_true(ds_hash(DS_KECCAK256, claim, ds_view_of(NULL, 0), digest));
    assert_int_equal(
        ds_k1_recover(digest, ds_view_of(key->link, 65), signer), DS_K1_OK);
    assert_memory_equal(signer, root, 33);
}

/* ---- derivation ------------------------------------------------------------------ */

static void
test_kdf(void **state)
{
    uint8_t root[32];
    uint8_t out[32];
    ds_view one = ds_view_str("context one");
    ds_view two = ds_view_str("context two");
    (void)state;
    assert_true(ds_hex_decode(
        ds_view_str("f57527cea4ab7ffb49af99b158cdc0e3ec06398f528349ea236b7d2a"
                    "fe19cec1"),
        root, 32));
    assert_int_equal(sim_derive(root, one, two, out, NULL), 0);
    guest_assert_hex(out, 32,
        "b60ac47b8fcfbdf96031b9e94f0b60cfe9de05eccb5a1dca41a26f757833c0e7");
    assert_int_equal(sim_dh_secret(root, one, two, out, NULL), 0);
    guest_assert_hex(out, 32,
        "663afd58820be8ad645f9c035e93199d114ab16f738db62393bc1d7d623e8813");
}

#define KMS_APP "a9019d1b2c3d4e5f60718293a4b5c6d7e8f90a1b"
#define KMS_APP_KEY \
    "2ae51b5c23b22c9b9dc0b8263a8b0b5f003e6d6fbc60c7ebb88696136a4dac0b"
#define KMS_LINK \
    "00ac321fbbe6817c5de0720644e936b20046ff1c9226e0558a9c86856e8a1dd06bb7a7ef" \
    "ae1cf3ec522553c28627ea96c139d5dc9cdd5a1898c2406c074438d800"

static void
test_kms_issues(void **state)
{
    sim_secrets s;
    uint8_t app[20];
    (void)state;
    memset(&s, 0, sizeof s);
    memcpy(s.kms_k256, "KMS-root-test-key-do-not-use!!!\x01", 32);
    assert_true(ds_hex_decode(ds_view_str(KMS_APP), app, 20));
    assert_int_equal(sim_kms_issue(&s, app, NULL), 0);
    guest_assert_hex(s.kms_root, 33,
        "0318f228673448772dd4835a82149a9d475db8095234469a8fcc85cfa18b85abbc");
    guest_assert_hex(s.app_k256, 32, KMS_APP_KEY);
    guest_assert_hex(s.app_root, 33,
        "03f8669c2bf08c4deeb712b81d456cd1eadbf97872dfc5d5ca916edf605fc5b6fe");
    guest_assert_hex(s.kms_link, 65, KMS_LINK);
}

static void
test_simulator_keys(void **state)
{
    static const known keys[] = {
        {"", "", SIM_ALG_SECP256K1,
            "aa221ae548b5a8f52fcb8687cfd873712f6a1232b2717e5ee3d58ab74f21905b",
            "027458ba47c31272b5076edebdc1ecdaedef806b10d76dd0a209cbd1fa14a3f9c"
            "f",
            "64ce2f1b381d04f7404fda78bdc942c314d89b7069d97eea1897e51b249dd3b17"
            "00995cbf7efe7ff04195dd6e31f153b702eeeeaffc5941510739dc39b9bd9cf0"
            "1"},
        {"", "", SIM_ALG_ED25519,
            "aa221ae548b5a8f52fcb8687cfd873712f6a1232b2717e5ee3d58ab74f21905b",
            "c44343eb0e365d78ce908790834a24621e489af0e91cf2f123daf28cf74aed20",
            "4210633c6792b54f99eda1b2a9c7e1f6507c02c01bcabf230d35dc4c00a6b0902"
            "fccd45b383e8f3035c0fcdcba534b80f8849a5b5849257bc71d9f838620cd3e0"
            "0"},
        {"/", "test", SIM_ALG_SECP256K1,
            "f6c1ed94488394d78e0a4e5ab75d62e9f085d73b0b555d0614fb90ca13d9464d",
            "026b694842460eff475d4e4b36a908c4ca05db27fe54bd7fb5db31c367a52ef21"
            "1",
            "0b0fa470162c54f108850d143442c48d43f1cc42983b8e9c589679345b831d2b5"
            "bb5b97b21c2d2d036520209deae8b6111318c68eafc786190d6edc52e5cf0c20"
            "1"},
        {"/", "test", SIM_ALG_ED25519,
            "f6c1ed94488394d78e0a4e5ab75d62e9f085d73b0b555d0614fb90ca13d9464d",
            "50c1bfb9452a56317338272a252bd7430b38843d10fa4d491351a434a13bdc21",
            "7752352aa2ad8b337a3845661073fb42ef1b1d3313d8ce0b8976ccc21505e0c62"
            "e79eb7aaf9b51768b0f9762e62098710ce4e8cabd450670b2fb0040e8551cb30"
            "0"},
        {"/test/path", "test-purpose", SIM_ALG_SECP256K1,
            "b9fbb7171185c421c58610a2acba8ceae93623ae47815618cbad1e98fc042cb7",
            "02c1082e78670feed1c847db81dbd71be37e4d53200a746c0a89f0afa8173cf56"
            "6",
            "f50c51735a97072f0c98125ed61fc84e2fdb36e95990b9e57337dadc0e2a97122"
            "27f04e07209faecb8891d59ec144a6c13e411dc90b3423f28071bd3fe11978d0"
            "1"},
        {"wallet/ethereum", "mainnet", SIM_ALG_SECP256K1,
            "abc24a0a6485cfceb30932bcfc9c3b918eab2216d8619c423a0d1017390938ef",
            "03d11dee20a15caa0edfbb1e6cb36dad2447a5fdb2bfd745f3dcce1b7fbdfd84c"
            "f",
            "ff57816e9cdd93c170db1e976c787533046392e90f7b3834f15f03f771e364941"
            "220f49f266a2bd293a289871a56f4dd81b1dec22d23d9d177862f5c398a31720"
            "1"}};
    uint8_t root[33];
    sim_key key;
    sim_guest *g = simulator();
    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        check_v0(g, &keys[i]);
    assert_int_equal(sim_guest_app_root(g, root, NULL), 0);
    guest_assert_hex(root, 33,
        "02818494263695e8839122dbd88e281d7380622999df4e60a14befa0f2d096fc7c");
    assert_int_equal(sim_guest_kms_root(g, root, NULL), 0);
    guest_assert_hex(root, 33,
        "0321529e458424ab1f710a3a57ec4dad2fb195ddca572f7469242ba6c7563085b6");
    assert_int_equal(sim_guest_get_key(g, ds_view_str(""), ds_view_str(""),
                         SIM_ALG_SECP256K1, &key, NULL),
        0);
    guest_assert_hex(key.kms_link, key.kms_link_n, SIMULATOR_LINK);
    sim_guest_free(g);
}

static void
test_simulator_v1(void **state)
{
    sim_guest *g = simulator();
    (void)state;
    check_v1(g, ds_view_str("test"), SIM_ALG_SECP256K1,
        "5aeb09419e6e6b3bb4740d55387cee303f7df646379dc7884f6ce248bdde60e6",
        "02bc3a78e1c1f5d94c2580dd06678ec48ae362aeed00906dbea5aa4d34713c240c",
        "b81526a4b5a1a211d3bfedb9780fe38de5288f30e6ec2466f22b3874ba60f50f35675"
        "1f1781027516b5372a67afd65c70a5d8a7e7f2ff8a85398df736a4e035f00");
    check_v1(g, ds_view_str("test"), SIM_ALG_ED25519,
        "f4426a3894fb657282136b3b7d007576aaf92cd067c192827d25303da5527d65",
        "51cf9f2ede324bebdb827807091a2649cd30230abd3550d6f1303edceda42776",
        "aa56540d89c24afc2fa3f37fb41f950e9d0496eb9d7fa6f20c398ae674d9138e3b915"
        "4a3222b6abd8704f7a95be85cf6daa99ec5faccc404cffbdff8d253b98b01");
    sim_guest_free(g);
}

static const struct {
    const char *domain;
    int alg;
    const char *key, *public_key, *link;
} pinned_v1[] = {
    {"", SIM_ALG_SECP256K1,
        "59f60584ce6fd2a3a31997256db9d77322463fc8a6b1520110401bcb1ee92387",
        "0377c7fb050db181d392266a3cee9adb2901c6d665f11bac68be5457f577ba490"
        "8",
        NULL},
    {"", SIM_ALG_ED25519,
        "b023493030669cf22e9cafa6a464d4cf3ae4edfe5474ec796710f21ea011946d",
        "a3dc149fd5b765eab2eb7d3174fa939e39386898f10b15b7b146f6f1358ecf2a",
        NULL},
    {"storage-encryption", SIM_ALG_SECP256K1,
        "5510330f86902ddae38c6d89c93a8408019332c17a429e1abd01c4a28d1544a6",
        "03d962450a41748021c8b02787ac36ce642ff0ae25f4c55019eb527e1112cfd76"
        "4",
        "5b6193729ce7976ec67863f21692d4b98c69832698aae8e001a7d33a6f818b6e4"
        "6ca950725b6e90e8ca9bcf394abd03ce264bf9b7eec1e91693247f9dd53c2690"
        "1"},
    {"storage-encryption", SIM_ALG_ED25519,
        "3c4c3ece12fa99ccb93fc0090877f80e70545fdd971e2ac93d3398c4684538d3",
        "2380c4a33a60b60613fa43866421e5b96eb8dcde211317200fd0d41e7e491288",
        NULL},
    {"wallet", SIM_ALG_SECP256K1,
        "2580611f0f936abe59399a8ac4ed9964d0259bd34c88ea012ca42b32acbf9386",
        "0369cecd3c8da88730f7d45875824c3e75f63a2d3da4be42f45671954daa2abb2"
        "8",
        NULL},
    {"wallet", SIM_ALG_ED25519,
        "d76a703b08ebb074b809b9d6acf3d7c6663131273807717ce9d23bbadc2c644e",
        "dade622d0fa1641e79b16e0b04e296be671f85f0aa6387b7d37e9d89f87494f5",
        NULL},
    {"a/b/c", SIM_ALG_SECP256K1,
        "7f0973449298085d2d36a3b4c4d3243c100ba1981ffa885fe9e9dee883e69538",
        "02e9b1a61b6d70aa9b241753828c316bf90e33e77b2e113f9ba75a8b6dc3cde5c"
        "1",
        NULL}};

static void
test_pinned_root(void **state)
{
    static const known v0 = {"test", "signing", SIM_ALG_SECP256K1,
        "52786aa123b0971e283af97f32e25767483d099d66e6c40afeb3a49046b5379e",
        "02ead9e0064aad1bb151c270c78ef82a4caf6d3fc92c311804e79751deb3476919",
        "c8a3dcf06c4e95bd78a5d7a1c8fcff171fc5848cfae804c6fc11bda4dc5d4062379995"
        "390843827444992c4c0e4bac70f0f878e01b9fc8b98cd7126fe5a3876b01"};
    sim_key key;
    sim_guest *g = guest_with(PINNED_ROOT, "", "", NULL);
    (void)state;
    check_v0(g, &v0);
    for (size_t i = 0; i < sizeof pinned_v1 / sizeof pinned_v1[0]; i++)
        check_v1(g, ds_view_str(pinned_v1[i].domain), pinned_v1[i].alg,
            pinned_v1[i].key, pinned_v1[i].public_key, pinned_v1[i].link);
    check_v1(g, ds_view_of("k\0:ey", 5), SIM_ALG_ED25519,
        "42da8bf0b479ed125c370e3b91f982735bf08ff592abbd586985affa43ee96a1",
        "c833107822b003ff5675b33b90b151d4315c3ab9162b17d876e8dffde41abf9b",
        NULL);
    /* Nobody certified this root. */
    assert_int_equal(
        sim_guest_get_key_v1(g, ds_view_str(""), SIM_ALG_ED25519, &key, NULL),
        0);
    assert_int_equal(key.kms_link_n, 0);
    sim_guest_free(g);
}

/* ---- signatures ------------------------------------------------------------------ */

#define CHAIN_DATA "dstack signature chain test vector"
#define K1_RS \
    "4753cea786fe882ec17a1f75199d15f43e864286ddf1d599a901e503db787dc25c825c8a" \
    "7a259a7c256fdbf75e74bd73282737f03fc449f9e627c8b540a161f4"
#define K1_HIGH_S \
    "4753cea786fe882ec17a1f75199d15f43e864286ddf1d599a901e503db787dc2a37da375" \
    "85da6583da902408a18b428b9287a4f66f845641d9aa95d78f94df4d"
#define ED_RS \
    "b29c21a4aa614b434542e938abe9e48c46369c4d37ecfcdbaae02251c73eff5f1912ada0" \
    "4309445575204a110a6fc74dd73734240a7c6e2bffbb5c9e1bd0b408"

static void
check_sign(const sim_guest *g, int alg, ds_view data, const char *public_key,
    const char *signature, const char *link)
{
    sim_signature s;
    sim_error err;
    if (sim_guest_sign(g, alg, data, &s, &err))
        fail_msg("%s", err.text);
    guest_assert_hex(s.key.public_key, s.key.public_key_n, public_key);
    guest_assert_hex(s.signature, 64, signature);
    guest_assert_hex(s.key.link, 65, link);
}

static void
test_sign_chain(void **state)
{
    static const char k1_public[] =
        "03f6e0f232f5eb6f4b118960a80c3939ea947b6dc727215aba43451910f2741bb8";
    static const char k1_link[] =
        "77ae5ea476f00df11938fd1df3a65a4fbd9f92b64c816b9f29ee79a1e4ae74ed43269a"
        "36376b4ed838460ef3b56ba553cefa6e63def4a4487386f783f14295a001";
    sim_guest *g = guest_with(KMS_APP_KEY, KMS_LINK, "", KMS_APP);
    uint8_t digest[32];
    uint8_t root[33];
    (void)state;
    ds_view data = ds_view_str(CHAIN_DATA);
    assert_true(ds_hash(DS_SHA256, data, ds_view_of(NULL, 0), digest));
    guest_assert_hex(digest, 32,
        "18779657704cffe138dcca907960ddc7c4586078c0a7a60b689de8ec0e9f558b");
    check_sign(g, SIM_ALG_SECP256K1, data, k1_public, K1_RS, k1_link);
    check_sign(g, SIM_ALG_SECP256K1_PREHASHED, ds_view_of(digest, 32),
        k1_public, K1_RS, k1_link);
    check_sign(g, SIM_ALG_ED25519, data,
        "f2c761dfee96542500c1ca5460bb0e327b4acb67d882f5846e21baa8d55d2f5b",
        ED_RS,
        "181498cdcebe6cae41fe1474b3d8af53c7969a2fb20f9f20a5cdcc9d92f5596d500cf9"
        "605996ec2e55406666fee630d5882e5e97c2417e079c6f074ca6c7c57301");
    assert_int_equal(sim_guest_kms_root(g, root, NULL), 0);
    guest_assert_hex(root, 33,
        "0318f228673448772dd4835a82149a9d475db8095234469a8fcc85cfa18b85abbc");
    sim_guest_free(g);
}

static void
test_sign_simulator(void **state)
{
    sim_guest *g = simulator();
    ds_view data = ds_view_str("Test message for signing");
    (void)state;
    check_sign(g, SIM_ALG_SECP256K1, data,
        "036105f01d1fd781568f7c208b087b1c4f522601410ed7e9c7870d573de7c46d54",
        "673932366ab5452967919dbb290a20b095e0a65ef35baa7bd47abcc23e37f0dc3f42c8"
        "0fc1680af6ba57c9cb5bcf08f5d89aa4b6f69c819ef28045b0e0134992",
        "51ec279eb0da3fb45335c2fd6badaf701905bf35f229912976c4ae3c9d649cf97f9644"
        "73f2dce7118743bad84a6df707d11c9b5f0b38379204e14fd2c7baddba01");
    check_sign(g, SIM_ALG_ED25519, data,
        "698f56bd587d8ce3ca8db0e1c361ba9d190089f98dc4d9df800ff92ed073a65d",
        "5d1b901403e9a4a03b4f854d0895abd7289f68381cd1044212c0e0c779493fc4886bfd"
        "139e3b8e6bf214d38b2ae15a32708f8f18805061a2079cca1c79288f04",
        "d61ff204728dae76ba4e29313003433d533d069f9c98ebb3382104145f1c664c59fac4"
        "326a86420ec3f450303d3a675d595f546448076a464343bcc25143c4a300");
    sim_guest_free(g);
}

/* -1 refused, 0 not valid, 1 valid. */
static int
verify(int alg, ds_view data, const char *signature, const char *public_key)
{
    uint8_t s[64];
    uint8_t k[65];
    bool valid = true;
    size_t n = strlen(public_key) / 2;
    assert_true(ds_hex_decode(ds_view_str(signature), s, 64));
    assert_true(ds_hex_decode(ds_view_str(public_key), k, n));
    if (sim_guest_verify(
            alg, data, ds_view_of(s, 64), ds_view_of(k, n), &valid, NULL))
        return -1;
    return valid;
}

/* As the agent words it. */
static void
test_verify_texts(void **state)
{
    static const uint8_t no_point[32] = {2};
    static const uint8_t zeros[64] = {0};
    static const struct {
        int alg;
        ds_view signature, key;
        const char *text;
    } cases[] = {
        {SIM_ALG_SECP256K1, {zeros, 64}, {zeros, 33}, "signature error"},
        {SIM_ALG_SECP256K1, {zeros, 64}, {zeros, 0}, "signature error"},
        {SIM_ALG_ED25519, {zeros, 64}, {zeros, 31}, "invalid public key"},
        {SIM_ALG_ED25519, {zeros, 63}, {zeros, 32}, "signature error"},
        {SIM_ALG_ED25519, {zeros, 63}, {no_point, 32},
            "signature error: Cannot decompress Edwards point: Cannot "
            "decompress Edwards point"},
        {7, {zeros, 64}, {zeros, 32}, "Unsupported algorithm"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sim_error err;
        bool valid = true;
        assert_int_equal(sim_guest_verify(cases[i].alg, ds_view_str("data"),
                             cases[i].signature, cases[i].key, &valid, &err),
            -1);
        assert_int_equal(err.code, SIM_REFUSED);
        assert_string_equal(err.text, cases[i].text);
        assert_false(valid);
    }
}

static void
test_verify(void **state)
{
    static const char k1[] =
        "03f6e0f232f5eb6f4b118960a80c3939ea947b6dc727215aba43451910f2741bb8";
    static const char ed[] =
        "f2c761dfee96542500c1ca5460bb0e327b4acb67d882f5846e21baa8d55d2f5b";
    static const char zero_r[] =
        "0000000000000000000000000000000000000000000000000000000000000000"
        "5c825c8a7a259a7c256fdbf75e74bd73282737f03fc449f9e627c8b540a161f4";
    static const char s_is_n[] =
        "4753cea786fe882ec17a1f75199d15f43e864286ddf1d599a901e503db787dc2"
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    ds_view data = ds_view_str(CHAIN_DATA);
    ds_view other = ds_view_str("not the data that was signed");
    uint8_t digest[40] = {0};
    bool valid;
    (void)state;
    assert_int_equal(verify(SIM_ALG_SECP256K1, data, K1_RS, k1), 1);
    assert_int_equal(verify(SIM_ALG_SECP256K1, other, K1_RS, k1), 0);
    assert_int_equal(verify(SIM_ALG_SECP256K1, data, K1_HIGH_S, k1), 0);
    assert_int_equal(verify(SIM_ALG_SECP256K1, data, zero_r, k1), -1);
    assert_int_equal(verify(SIM_ALG_SECP256K1, data, s_is_n, k1), -1);
    assert_int_equal(verify(SIM_ALG_SECP256K1, data, K1_RS, ed), -1);
    assert_int_equal(verify(SIM_ALG_ED25519, data, ED_RS, ed), 1);
    assert_int_equal(verify(SIM_ALG_ED25519, other, ED_RS, ed), 0);
    assert_int_equal(verify(SIM_ALG_ED25519, data, ED_RS, k1), -1);
    assert_int_equal(verify(7, data, ED_RS, ed), -1);
    assert_true(ds_hash(DS_SHA256, data, ds_view_of(NULL, 0), digest));
    assert_int_equal(
        verify(SIM_ALG_SECP256K1_PREHASHED, ds_view_of(digest, 40), K1_RS, k1),
        1);
    assert_int_equal(
        verify(SIM_ALG_SECP256K1_PREHASHED, ds_view_of(digest, 31), K1_RS, k1),
        0);
    assert_int_equal(
        verify(SIM_ALG_SECP256K1_PREHASHED, ds_view_of(digest, 15), K1_RS, k1),
        0);
    assert_int_equal(
        sim_guest_verify(SIM_ALG_SECP256K1, data, ds_view_of(digest, 40),
            ds_view_of(digest, 33), &valid, NULL),
        -1);
}

static void
test_sign_refuses(void **state)
{
    sim_guest *g = simulator();
    sim_signature s;
    sim_key key;
    sim_error err;
    (void)state;
    assert_int_equal(sim_guest_sign(g, SIM_ALG_SECP256K1_PREHASHED,
                         ds_view_str("short"), &s, &err),
        -1);
    assert_int_equal(err.code, SIM_REFUSED);
    assert_string_equal(err.text,
        "Pre-hashed signing requires a 32-byte digest, but received 5 bytes");
    assert_int_equal(sim_guest_get_key(g, ds_view_str(""), ds_view_str(""),
                         SIM_ALG_SECP256K1_PREHASHED, &key, &err),
        -1);
    assert_string_equal(err.text, "Unsupported algorithm");
    sim_guest_free(g);
}

/* ---- the rest of the hierarchy ------------------------------------------------------ */

static void
test_derived_chain(void **state)
{
    sim_guest *g = guest_new("a chain", SIM_OS_0_6_0);
    sim_key key;
    uint8_t digest[32];
    uint8_t root[33];
    uint8_t signer[33];
    uint8_t app[33];
    ds_buf b;
    char hex[67];
    (void)state;
    ds_buf_init(&b, 1024);
    assert_int_equal(sim_guest_get_key(g, ds_view_str("p"), ds_view_str("q"),
                         SIM_ALG_SECP256K1, &key, NULL),
        0);
    ds_hex_encode(ds_view_of(key.public_key, 33), hex);
    ds_buf_add_str(&b, "q:");
    ds_buf_add_str(&b, hex);
    check_chain(g, &key, ds_view_of(b.p, b.n));
    assert_int_equal(sim_guest_kms_root(g, root, NULL), 0);
    assert_int_equal(sim_guest_app_root(g, app, NULL), 0);
    ds_buf_cut(&b, 0);
    ds_buf_add_str(&b, "dstack-kms-issued:");
    ds_buf_add(&b, g->app_id, 20);
    ds_buf_add(&b, app, 33);
    assert_true(ds_hash(
        DS_KECCAK256, ds_view_of(b.p, b.n), ds_view_of(NULL, 0), digest));
    assert_int_equal(
        ds_k1_recover(digest, ds_view_of(key.kms_link, 65), signer), DS_K1_OK);
    assert_memory_equal(signer, root, 33);
    ds_buf_free(&b);
    sim_guest_free(g);
}

static void
test_no_kms(void **state)
{
    static const int providers[] = {
        SIM_PROVIDER_NONE, SIM_PROVIDER_LOCAL, SIM_PROVIDER_TPM};
    uint8_t seen[3][32];
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        sim_config c = {.seed = "alone",
            .os = SIM_OS_0_6_0,
            .now = GUEST_NOW,
            .provider = providers[i]};
        sim_guest *g = guest_make(&c);
        sim_key key;
        sim_env_key env;
        sim_error err;
        uint8_t root[33];
        assert_int_equal(sim_guest_get_key(g, ds_view_str(""), ds_view_str(""),
                             SIM_ALG_ED25519, &key, NULL),
            0);
        assert_int_equal(key.kms_link_n, 0);
        memcpy(seen[i], key.key, 32);
        assert_int_equal(sim_guest_kms_root(g, root, &err), -1);
        assert_int_equal(err.code, SIM_REFUSED);
        assert_int_equal(sim_guest_env_key(g, 0, &env, &err), -1);
        assert_int_equal(sim_guest_env_secret(g, root, &err), -1);
        sim_guest_free(g);
    }
    assert_memory_not_equal(seen[0], seen[1], 32);
    assert_memory_not_equal(seen[1], seen[2], 32);
}

static void
test_env_key(void **state)
{
    sim_guest *g = guest_new("environment", SIM_OS_0_6_0);
    sim_env_key env;
    uint8_t digest[32];
    uint8_t root[33];
    uint8_t signer[33];
    uint8_t secret[32];
    uint8_t message[20 + 8 + 32];
    (void)state;
    assert_int_equal(
        sim_guest_env_key(g, UINT64_C(0x0102030405060708), &env, NULL), 0);
    assert_int_equal(sim_guest_env_secret(g, secret, NULL), 0);
    assert_true(ds_x25519_public(secret, digest));
    assert_memory_equal(digest, env.public_key, 32);
    assert_int_equal(sim_guest_kms_root(g, root, NULL), 0);
    memcpy(message, g->app_id, 20);
    memcpy(message + 20, env.public_key, 32);
    assert_true(ds_hash(DS_KECCAK256, ds_view_str("dstack-env-encrypt-pubkey:"),
        ds_view_of(message, 52), digest));
    assert_int_equal(
        ds_k1_recover(digest, ds_view_of(env.signature, 65), signer), DS_K1_OK);
    assert_memory_equal(signer, root, 33);
    memcpy(message + 20, "\1\2\3\4\5\6\7\10", 8);
    memcpy(message + 28, env.public_key, 32);
    assert_true(ds_hash(DS_KECCAK256, ds_view_str("dstack-env-encrypt-pubkey:"),
        ds_view_of(message, 60), digest));
    assert_int_equal(
        ds_k1_recover(digest, ds_view_of(env.signature_v1, 65), signer),
        DS_K1_OK);
    assert_memory_equal(signer, root, 33);
    sim_guest_free(g);

    g = simulator();
    assert_int_equal(sim_guest_env_key(g, 0, &env, NULL), 0);
    guest_assert_hex(env.public_key, 32,
        "4b03687002c7e0f6e8eaabea3edc108de72a06d2c2b64a3e14c34883645c7127");
    assert_int_equal(env.signature_n, 0);
    sim_guest_free(g);
}

static void
check_dip1(const sim_guest *g, int alg, const char *name)
{
    uint8_t rd[64];
    uint8_t want[64] = {0};
    memcpy(want, name, strlen(name));
    assert_int_equal(sim_guest_app_key_report_data(g, alg, rd, NULL), 0);
    assert_memory_equal(rd, want, 64);
}

static void
test_app_key_names(void **state)
{
    sim_guest *g = guest_with(PINNED_ROOT, "", "", NULL);
    (void)state;
    check_dip1(g, SIM_ALG_SECP256K1,
        "dip1::secp256k1c-pk:A6t_JdVkVdMAocH3f1f20WGT6JzdntxcXimUtEax8zc9");
    check_dip1(g, SIM_ALG_ED25519,
        "dip1::ed25519-pk:5Pbre1Amf1hrp2V2bbfKlIfxpQb2pJAmrgmhxgVoG9s");
    sim_guest_free(g);
    g = simulator();
    check_dip1(g, SIM_ALG_SECP256K1,
        "dip1::secp256k1c-pk:A2EF8B0f14FWj3wgiwh7HE9SJgFBDtfpx4cNVz3nxG1U");
    check_dip1(g, SIM_ALG_ED25519,
        "dip1::ed25519-pk:aY9WvVh9jOPKjbDhw2G6nRkAifmNxNnfgA_5LtBzpl0");
    sim_guest_free(g);
}

static void
test_report_data(void **state)
{
    static const struct {
        const char *alg, *digest;
    } known_digests[] = {
        {"sha256", "278fdb367382d9d10871ebb44498a29d54e705fa8924ce0a6fe8629542f"
                   "c1a65"},
        {"sha384",
            "3967015e6798cc3d90f60b0a8dd045856e33273c4118dcdf04cc40a051ef8f3c00"
            "8c73fb6e89d0af961c91a3a73efc5e"},
        {"sha512",
            "7ea0b744ed5e9c0c83ff9f575668e1697652cd349f2027cdf26f918d4c53e8cd50"
            "b5ea9b449b4c3d50e20ae00ec29688d5a214e8daff8a10041f5d624dae8a01"},
        {"", "7ea0b744ed5e9c0c83ff9f575668e1697652cd349f2027cdf26f918d4c53e8cd5"
             "0b5ea9b449b4c3d50e20ae00ec29688d5a214e8daff8a10041f5d624dae8a01"},
        {"sha3-256", "bb98d4376d590cb17968d89250ac8f3d6241c9267d74995121a60766d"
                     "0a6c665"},
        {"sha3-384",
            "9a1bc92ced9fae72a75d0b446894269c15d47c270829e7375f107d920e2e20fc2b"
            "ba3ae0a514721e44d185f89bea7e78"},
        {"sha3-512",
            "dc18076a2308b0373d2417d85f62d041398a8387894bd7a46afe857a5cc951f777"
            "26fbcf9019bcc224fa11ee0784c94035ad3669f607dcc704079faf244dc3ba"},
        {"keccak256", "71d9e489e5d4046e8c1a5ef5137a88d940c77db95de9a5eadcde469c"
                      "4fc50c29"},
        {"keccak384",
            "7a3b8109c495156d961a50e283f832b6e493c1d2e485030ff81978e5c7b296ad0a"
            "0be7a9db3c6b22ba4bf367d40c0b0f"},
        {"keccak512",
            "cdf84b140204fe2ab9fe3951887170ddc9e14715b3e70ec9bed03ea72861d3687a"
            "684d4da336ca3154c8c9ae426a5afdd97b5ddef4f50a7d4657854f96b1a3e3"}};
    ds_view content = ds_view_str("test content");
    ds_view none = ds_view_of(NULL, 0);
    uint8_t rd[64];
    uint8_t zeros[64] = {0};
    sim_error err;
    (void)state;
    for (size_t i = 0; i < sizeof known_digests / sizeof known_digests[0];
         i++) {
        size_t n = strlen(known_digests[i].digest) / 2;
        assert_int_equal(sim_report_data(ds_view_str(known_digests[i].alg),
                             none, content, rd, NULL),
            0);
        guest_assert_hex(rd, n, known_digests[i].digest);
        assert_memory_equal(rd + n, zeros, 64 - n);
    }
    assert_int_equal(
        sim_report_data(ds_view_str("raw"), none, content, rd, &err), -1);
    assert_string_equal(err.text, "invalid content length");
    assert_int_equal(
        sim_report_data(ds_view_str("md5"), none, content, rd, &err), -1);
    assert_string_equal(err.text, "invalid hash algorithm");
    memset(zeros, 7, 64);
    assert_int_equal(sim_report_data(ds_view_str("raw"), ds_view_str("tag"),
                         ds_view_of(zeros, 64), rd, NULL),
        0);
    assert_memory_equal(rd, zeros, 64);
}

#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"

static void
test_bad_files(void **state)
{
    static const char *const files[] = {"", "[]", "{}", "{\"k256_key\":\"00\"}",
        "{\"k256_key\":\"" PINNED_ROOT "\"}",
        "{\"k256_key\":\"" PINNED_ROOT
        "\",\"key_provider\":{\"None\":{\"key\":\"no PEM\"}},\"ca_cert\":\"\"}",
        "{\"k256_key\":\"" ZERO "\"}"};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        sim_config c = {.seed = "files",
            .now = GUEST_NOW,
            .app_keys = ds_view_str(files[i])};
        sim_guest *g = NULL;
        sim_error err = {0};
        assert_int_equal(sim_guest_new(&c, &g, &err), -1);
        assert_null(g);
        assert_int_equal(err.code, SIM_REFUSED);
        assert_true(strlen(err.text) > 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kdf),
        cmocka_unit_test(test_kms_issues),
        cmocka_unit_test(test_simulator_keys),
        cmocka_unit_test(test_simulator_v1),
        cmocka_unit_test(test_pinned_root),
        cmocka_unit_test(test_sign_chain),
        cmocka_unit_test(test_sign_simulator),
        cmocka_unit_test(test_verify),
        cmocka_unit_test(test_verify_texts),
        cmocka_unit_test(test_sign_refuses),
        cmocka_unit_test(test_derived_chain),
        cmocka_unit_test(test_no_kms),
        cmocka_unit_test(test_env_key),
        cmocka_unit_test(test_app_key_names),
        cmocka_unit_test(test_report_data),
        cmocka_unit_test(test_bad_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
