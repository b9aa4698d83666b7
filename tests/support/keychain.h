/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_KEYCHAIN_H
#define TESTS_KEYCHAIN_H

#include "dstack/dstack.h"

/* Key chains and signatures that are published (guest-agent.md 4 and 7), as
 * hex, and calls that take hex. */

/* 7.2: vectors of signature chains. */
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
#define OTHER_DATA "not the data that was signed"
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
/* The x coordinate of no point. */
#define FIVE "0000000000000000000000000000000000000000000000000000000000000005"

/* 7.4: the recorded simulator. */
#define SIM_APP_ID "5bb4ff9a3837357f19dc176407a5709c62eb6c56"
#define SIM_APP_ROOT \
    "02818494263695e8839122dbd88e281d7380622999df4e60a14befa0f2d096fc7c"
#define SIM_ROOT \
    "0321529e458424ab1f710a3a57ec4dad2fb195ddca572f7469242ba6c7563085b6"
#define SIM_KMS_LINK \
    "9e618603e72d01fedb82deff6daf2d62a572becf0059eec3f89c1ab40e1f2e59" \
    "4d2a283f843f34e8f39e4cc49a612496ce67223a12ac923f8efe330346dfc6c500"
/* Its keys for the domain "test". */
#define V1_K1 \
    "02bc3a78e1c1f5d94c2580dd06678ec48ae362aeed00906dbea5aa4d34713c240c"
#define V1_K1_LINK \
    "b81526a4b5a1a211d3bfedb9780fe38de5288f30e6ec2466f22b3874ba60f50f35" \
    "6751f1781027516b5372a67afd65c70a5d8a7e7f2ff8a85398df736a4e035f00"
#define V1_ED "51cf9f2ede324bebdb827807091a2649cd30230abd3550d6f1303edceda42776"
#define V1_ED_LINK \
    "aa56540d89c24afc2fa3f37fb41f950e9d0496eb9d7fa6f20c398ae674d9138e3b" \
    "9154a3222b6abd8704f7a95be85cf6daa99ec5faccc404cffbdff8d253b98b01"

/* 7.3: an app root key that no KMS signed, its key for "storage-encryption". */
#define LONE_SECRET \
    "1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d9e0f1a2b"
#define LONE_KEY \
    "03d962450a41748021c8b02787ac36ce642ff0ae25f4c55019eb527e1112cfd764"
#define LONE_LINK \
    "5b6193729ce7976ec67863f21692d4b98c69832698aae8e001a7d33a6f818b6e46" \
    "ca950725b6e90e8ca9bcf394abd03ce264bf9b7eec1e91693247f9dd53c26901"

/* 4.2: an environment's key, in the SDKs' legacy vector, and in one of v1. */
#define LEGACY_SIGNER \
    "0217610d74cbd39b6143842c6d8bc310d79da1d82cc9d17f8876376221eda0c38f"
#define LEGACY_ID "0000000000000000000000000000000000000000"
#define LEGACY_KEY \
    "e33a1832c6562067ff8f844a61e51ad051f1180b66ec2551fb0251735f3ee90a"
#define LEGACY \
    "8542c49081fbf4e03f62034f13fbf70630bdf256a53032e38465a27c36fd6bed" \
    "7a5e7111652004aef37f7fd92fbfc1285212c4ae6a6154203a48f5e16cad2cef00"
#define ENV_SIGNER \
    "031b84c5567b126440995d3ed5aaba0565d71e1834604819ff9c17f5e9d5dd078f"
#define ENV_ID "abababababababababababababababababababab"
#define ENV_KEY \
    "dededededededededededededededededededededededededededededededede"
#define ENV_R "c9e643b59985ab43c0ae4ec75e302d9d7a70abe0212f9928d5fc56563aa56b54"
#define ENV_S "15271d9ea4dd8d02125359dae4267d704c374ba72a829bece6e16b5e3cdfc9f6"
#define ENV_HIGH_S \
    "ead8e2615b2272fdedaca6251bd9828e6e77913f84c6044ed8f0f32e9356774b"
#define ENV_SIGNATURE ENV_R ENV_S "00"
#define ENV_TIME 1700000000

/* 4.1: upstream's vector of decryption. */
#define ENV_SECRET \
    "7c282bf94b35dc47801dc953bfa0896fc2bd313381d3e8eca4e42f6536d2a96f"
#define ENV_SEALED \
    "0bd18749612f4c8b9dd583c7d6a646b90abd34e3c731a7708d0caf9039095641" \
    "e1f0948e775f0b7351788db7f246d51806954626dcccb6a60d64665ca3715c6b" \
    "ef75616cab476d27bba04080361200d6a58cec"

typedef struct {
    uint8_t p[256];
    size_t n;
} key_bytes;

key_bytes
key_hex(const char *text);
dstack_kms_trust *
trust_of(const char *app_id, const char *root); /* root NULL: nobody yet */

/* The code; the report has said the same. */
int
chain_v0(const dstack_kms_trust *trust, const char *key, const char *purpose,
    const char *app_link, const char *kms_link, dstack_error *err);
int
chain_v1(const dstack_kms_trust *trust, const char *key, const char *domain,
    uint32_t algorithm, const char *app_link, const char *kms_link,
    dstack_error *err);
/* Of the app of 7.2. */
int
chain_sign(const char *key, const void *data, size_t data_len,
    const char *signature, const char *app_link, uint32_t algorithm,
    dstack_error *err);
int
signature_check(const char *key, const void *data, size_t data_len,
    const char *signature, uint32_t algorithm, dstack_error *err);
/* now < 0: the legacy form, which has no time. */
int
env_key_check(const char *id, const char *signer, const char *key,
    const char *signature, uint64_t timestamp, int64_t now, dstack_error *err);

/* Links by whoever likes: app_link by the app root over the claim's parts, each
 * as it is; kms_link by the KMS's over the id and the app root. Scalars and id
 * are hex. */
void
chain_forge(const char *kms_secret, const char *app_secret, const char *app_id,
    const char *claim, size_t claim_len, char app_link[131],
    char kms_link[131]);

#endif
