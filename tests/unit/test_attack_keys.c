/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue of what may be wrong with keys (platforms.md 8.2, rows 114 to
 * 117; guest-agent.md 2.1, 3.2, 3.3, 4 and 7): signatures, key chains, the keys
 * that environments are encrypted for, and environments; and images that an
 * app-compose file names by tag (row 121). */
#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/k1.h"
#include "support/attack.h"
#include "support/keychain.h"

#define KEYS DSTACK_STAGE_KEYS
#define K1 DSTACK_KEY_SECP256K1
#define PREHASHED DSTACK_KEY_SECP256K1_PREHASHED
#define ED DSTACK_KEY_ED25519

static dstack_error err;

static void
refuse(attack *a, int rc, int reason)
{
    attack_call_refuses(a, rc, &err, KEYS, reason);
}

static void
fails(attack *a, int rc, int code)
{
    attack_call_fails(a, rc, &err, code);
}

static void
accept(attack *a, int rc)
{
    attack_call_accepts(a, rc, &err);
}

/* ---- rows of platforms.md ---------------------------------------------------------- */

static int
legacy(
    const char *id, const char *signer, const char *key, const char *signature)
{
    return env_key_check(id, signer, key, signature, 0, -1, &err);
}

static int
dated(const char *id, const char *signer, const char *key,
    const char *signature, int64_t now)
{
    return env_key_check(id, signer, key, signature, ENV_TIME, now, &err);
}

static void
env_other_root(attack *a)
{
    accept(a, legacy(LEGACY_ID, LEGACY_SIGNER, LEGACY_KEY, LEGACY));
    refuse(a, legacy(LEGACY_ID, ENV_SIGNER, LEGACY_KEY, LEGACY),
        DSTACK_REASON_ENV_KEY_SIGNER);
    accept(a, dated(ENV_ID, ENV_SIGNER, ENV_KEY, ENV_SIGNATURE, ENV_TIME));
    refuse(a, dated(ENV_ID, LEGACY_SIGNER, ENV_KEY, ENV_SIGNATURE, ENV_TIME),
        DSTACK_REASON_ENV_KEY_SIGNER);
}

static void
env_replayed(attack *a)
{
    static const struct {
        int64_t now;
        int reason;
    } cases[] = {
        {ENV_TIME + 300, 0},
        {ENV_TIME + 301, DSTACK_REASON_ENV_KEY_STALE},
        {DS_TIME_MAX, DSTACK_REASON_ENV_KEY_STALE},
        {ENV_TIME - 60, 0},
        {ENV_TIME - 61, DSTACK_REASON_ENV_KEY_FUTURE},
        {0, DSTACK_REASON_ENV_KEY_FUTURE},
        {DS_TIME_MAX + 1, DSTACK_REASON_TIME_RANGE},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int rc =
            dated(ENV_ID, ENV_SIGNER, ENV_KEY, ENV_SIGNATURE, cases[i].now);

        attack_case(a, "time %zu", i);
        if (cases[i].reason)
            refuse(a, rc, cases[i].reason);
        else
            accept(a, rc);
    }
    /* Its time is signed. */
    refuse(a,
        env_key_check(ENV_ID, ENV_SIGNER, ENV_KEY, ENV_SIGNATURE, ENV_TIME + 1,
            ENV_TIME + 301, &err),
        DSTACK_REASON_ENV_KEY_SIGNER);
    refuse(a,
        env_key_check(ENV_ID, ENV_SIGNER, ENV_KEY, ENV_SIGNATURE, UINT64_MAX,
            ENV_TIME, &err),
        DSTACK_REASON_ENV_KEY_SIGNER);
    /* What came first is told: a stale forgery is a forgery. */
    refuse(a,
        dated(ENV_ID, ENV_SIGNER, ENV_KEY, ENV_R ENV_S "01", ENV_TIME + 1000),
        DSTACK_REASON_ENV_KEY_SIGNER);
}

/* A v0 chain under this trust. */
static int
v0(const char *id, const char *root, const char *key, const char *purpose,
    const char *app_link, const char *kms_link)
{
    dstack_kms_trust *trust = trust_of(id, root);
    int rc = chain_v0(trust, key, purpose, app_link, kms_link, &err);

    dstack_kms_trust_free(trust);
    return rc;
}

/* A v1 chain of the recorded simulator. */
static int
v1(const char *id, const char *key, const char *domain, uint32_t algorithm,
    const char *link)
{
    dstack_kms_trust *trust = trust_of(id, SIM_ROOT);
    int rc = chain_v1(trust, key, domain, algorithm, link, SIM_KMS_LINK, &err);

    dstack_kms_trust_free(trust);
    return rc;
}

static void
chain_other_app(attack *a)
{
    accept(a, v0(APP_ID, ROOT, K1_KEY, "signing", K1_LINK, KMS_LINK));
    refuse(a, v0(SIM_APP_ID, ROOT, K1_KEY, "signing", K1_LINK, KMS_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    accept(a, v1(SIM_APP_ID, V1_K1, "test", K1, V1_K1_LINK));
    refuse(a, v1(APP_ID, V1_K1, "test", K1, V1_K1_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
}

/* An answer that has a CA and a key of somebody else is as consistent in itself
 * as the real one: nothing but the caller's own root tells them apart. */
static void
substituted(attack *a)
{
    static const char claim[] = "signing:" K1_KEY;
    char app_link[131], kms_link[131];
    key_bytes id = key_hex(APP_ID), key = key_hex(K1_KEY), app, kms;
    dstack_kms_trust *nobody = trust_of(APP_ID, NULL);
    uint8_t root[33], mine[33];
    key_bytes secret = key_hex(LONE_SECRET);

    chain_forge(
        LONE_SECRET, FIVE, APP_ID, claim, strlen(claim), app_link, kms_link);
    app = key_hex(app_link);
    kms = key_hex(kms_link);
    refuse(a, v0(APP_ID, ROOT, K1_KEY, "signing", app_link, kms_link),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    fails(a,
        dstack_keychain_verify_v0(nobody, key.p, key.n,
            (const uint8_t *)"signing", 7, app.p, app.n, kms.p, kms.n, NULL,
            &err),
        DSTACK_ERR_ARG);
    dstack_kms_trust_free(nobody);
    assert_int_equal(dstack_keychain_discover_v0(id.p, id.n, key.p, key.n,
                         (const uint8_t *)"signing", 7, app.p, app.n, kms.p,
                         kms.n, NULL, root, &err),
        DSTACK_OK);
    assert_int_equal(ds_k1_public(secret.p, mine, NULL), DS_K1_OK);
    assert_memory_equal(root, mine, 33);
    attack_note(a, "discovery names the other KMS");
    accept(a, v0(APP_ID, ROOT, K1_KEY, "signing", K1_LINK, KMS_LINK));
}

/* ---- signatures -------------------------------------------------------------------------- */

static int
check(const char *key, const char *signature, uint32_t algorithm)
{
    return signature_check(key, DATA, strlen(DATA), signature, algorithm, &err);
}

static void
high_s(attack *a)
{
    accept(a, check(K1_KEY, K1_R K1_S, K1));
    fails(a, check(K1_KEY, K1_R K1_HIGH_S, K1), DSTACK_ERR_UNTRUSTED);
}

static void
signature_length(attack *a)
{
    static const char *const bad[] = {K1_R K1_S "00", K1_R K1_S "01",
        K1_R "5c825c8a7a259a7c256fdbf75e74bd73282737f03fc449f9e627c8b540a161",
        K1_R, K1_R K1_S K1_S, "00"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        fails(a, check(K1_KEY, bad[i], K1), DSTACK_ERR_ARG);
    accept(a, check(ED_KEY, ED_SIGNATURE, ED));
    fails(a, check(ED_KEY, ED_SIGNATURE "00", ED), DSTACK_ERR_ARG);
}

static void
signature_range(attack *a)
{
    static const char *const bad[] = {
        ZERO K1_S, K1_R ZERO, ORDER K1_S, K1_R ORDER};

    accept(a, check(K1_KEY, K1_R K1_S, K1));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        fails(a, check(K1_KEY, bad[i], K1), DSTACK_ERR_ARG);
}

/* A digest longer than 32 bytes is cut, one of 16 to 31 gets leading zeros, a
 * shorter one is never signed; and none but 32 bytes is signed here. */
static void
prehashed(attack *a)
{
    uint8_t secret[32] = {[31] = 9}, digest[33] = {0}, signature[65], key[33];
    key_bytes longer = key_hex(DIGEST "ffffff");

    accept(a, signature_check(
                  K1_KEY, longer.p, longer.n, K1_R K1_S, PREHASHED, &err));
    memset(digest + 16, 0xaa, 16);
    assert_int_equal(ds_k1_sign(secret, digest, signature), DS_K1_OK);
    assert_int_equal(ds_k1_public(secret, key, NULL), DS_K1_OK);
    for (size_t n = 0; n <= 33; n++) {
        int rc = dstack_signature_verify(key, 33,
            digest + 32 - (n < 32 ? n : 32), n, signature, 64, PREHASHED, &err);

        attack_case(a, "%zu bytes", n);
        if (n < 16)
            fails(a, rc, DSTACK_ERR_UNTRUSTED);
        else
            accept(a, rc);
        rc = dstack_signature_make(
            secret, 32, digest, n, PREHASHED, signature, &err);
        if (n == 32)
            accept(a, rc);
        else
            fails(a, rc, DSTACK_ERR_ARG);
        assert_int_equal(ds_k1_sign(secret, digest, signature), DS_K1_OK);
    }
}

static void
public_keys(attack *a)
{
    static const char *const bad[] = {"02" FIVE,
        "f6e0f232f5eb6f4b118960a80c3939ea947b6dc727215aba43451910f2741bb8",
        "04" ZERO ZERO, "00", ED_KEY};
    key_bytes key = key_hex(K1_KEY);
    uint8_t point[65];
    char full[131];

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        fails(a, check(bad[i], K1_R K1_S, K1), DSTACK_ERR_ARG);
    assert_int_equal(
        ds_k1_parse(ds_view_of(key.p, key.n), NULL, point), DS_K1_OK);
    ds_hex_encode(ds_view_of(point, 65), full);
    accept(a, check(full, K1_R K1_S, K1));
    full[129] = full[129] == '0' ? '1' : '0';
    fails(a, check(full, K1_R K1_S, K1), DSTACK_ERR_ARG);
    fails(a, check("00", ED_SIGNATURE, ED), DSTACK_ERR_ARG);
    fails(a, check(K1_KEY, ED_SIGNATURE, ED), DSTACK_ERR_ARG);
}

static void
algorithms(attack *a)
{
    key_bytes digest = key_hex(DIGEST);

    /* A digest as data, data as a digest. */
    accept(a, signature_check(
                  K1_KEY, digest.p, digest.n, K1_R K1_S, PREHASHED, &err));
    fails(a, signature_check(K1_KEY, digest.p, digest.n, K1_R K1_S, K1, &err),
        DSTACK_ERR_UNTRUSTED);
    fails(a, check(K1_KEY, K1_R K1_S, PREHASHED), DSTACK_ERR_UNTRUSTED);
    fails(a, check(ED_KEY, K1_R K1_S, ED), DSTACK_ERR_UNTRUSTED);
    fails(a, check(K1_KEY, ED_SIGNATURE, K1), DSTACK_ERR_UNTRUSTED);
    for (uint32_t algorithm = 0; algorithm < 8; algorithm++)
        if (algorithm != K1 && algorithm != PREHASHED && algorithm != ED)
            fails(a, check(K1_KEY, K1_R K1_S, algorithm), DSTACK_ERR_ARG);
}

static void
other_data(attack *a)
{
    static const char *const others[] = {
        OTHER_DATA, "", DATA " ", "dstack signature chain test vecto"};

    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        size_t n = strlen(others[i]);

        fails(a, signature_check(K1_KEY, others[i], n, K1_R K1_S, K1, &err),
            DSTACK_ERR_UNTRUSTED);
        fails(a, signature_check(ED_KEY, others[i], n, ED_SIGNATURE, ED, &err),
            DSTACK_ERR_UNTRUSTED);
    }
    fails(a, check(K1_KEY, K1_S K1_R, K1), DSTACK_ERR_UNTRUSTED);
    accept(a, check(K1_KEY, K1_R K1_S, K1));
}

/* The identity signs everything for a lenient verifier; the group's order added
 * to S makes a second signature of a first. By python: S + L. */
static void
ed25519_forms(attack *a)
{
    static const char one[] =
        "0100000000000000000000000000000000000000000000000000000000000000";
    static const char order_added[] =
        "b29c21a4aa614b434542e938abe9e48c46369c4d37ecfcdbaae02251c73eff5f"
        "06e6a2fd5d6c56ad4bbd41b4e868a662d73734240a7c6e2bffbb5c9e1bd0b418";

    accept(a, check(ED_KEY, ED_SIGNATURE, ED));
    fails(a, check(ED_KEY, order_added, ED), DSTACK_ERR_UNTRUSTED);
    fails(a,
        check(one,
            "010000000000000000000000000000000000000000000000000000000000000"
            "0" ZERO,
            ED),
        DSTACK_ERR_UNTRUSTED);
    fails(a, check(ZERO, ED_SIGNATURE, ED), DSTACK_ERR_UNTRUSTED);
}

static void
make(attack *a, const char *secret, size_t n, uint32_t algorithm)
{
    key_bytes key = key_hex(secret);
    uint8_t out[64], public_key[33];
    size_t len = 9;

    memset(out, 7, sizeof out);
    fails(a, dstack_signature_make(key.p, n, key.p, 32, algorithm, out, &err),
        DSTACK_ERR_ARG);
    assert_true(ds_view_is_zero(ds_view_of(out, sizeof out)));
    fails(a,
        dstack_signature_public_key(
            key.p, n, algorithm, public_key, &len, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(len, 0);
    /* A refused secret is not told. */
    assert_null(strstr(err.message, "ffff"));
}

static void
secret_keys(attack *a)
{
    make(a, ZERO, 32, K1);
    make(a, ZERO, 32, ED);
    make(a, ORDER, 32, K1);
    make(a, FIVE, 0, K1);
    make(a, FIVE, 31, K1);
    make(a, FIVE "00", 33, K1);
    make(a, FIVE, 31, ED);
    make(a, FIVE, 32, DSTACK_KEY_P256);
    make(a, FIVE, 32, DSTACK_KEY_ANY);
    attack_note(a, "zeros for a signature");
}

/* ---- key chains ------------------------------------------------------------------------------ */

static int
chain(const char *key, const char *purpose, const char *app_link,
    const char *kms_link)
{
    return v0(APP_ID, ROOT, key, purpose, app_link, kms_link);
}

/* Each in the place of the app's link, and of the KMS's. */
static void
refuse_links(attack *a, const char *const *links, size_t n, int reason)
{
    accept(a, chain(K1_KEY, "signing", K1_LINK, KMS_LINK));
    for (size_t i = 0; i < n; i++) {
        attack_case(a, "link %zu", i);
        refuse(a, chain(K1_KEY, "signing", links[i], KMS_LINK), reason);
        if (links[i][0] != '\0')
            refuse(a, chain(K1_KEY, "signing", K1_LINK, links[i]), reason);
    }
}

static void
link_length(attack *a)
{
    static const char *const links[] = {
        K1_LINK_R K1_LINK_S, K1_LINK "00", K1_LINK K1_LINK_R, "00", ""};

    refuse_links(a, links, 5, DSTACK_REASON_KEY_CHAIN_LENGTH);
}

static void
recovery_id(attack *a)
{
    static const char *const links[] = {K1_LINK_R K1_LINK_S "04",
        K1_LINK_R K1_LINK_S "1b", K1_LINK_R K1_LINK_S "1c",
        K1_LINK_R K1_LINK_S "ff"};

    refuse_links(a, links, 4, DSTACK_REASON_KEY_CHAIN_RECOVERY_ID);
}

static void
link_range(attack *a)
{
    static const char *const links[] = {ZERO K1_LINK_S "01",
        K1_LINK_R ZERO "01", ORDER K1_LINK_S "01", K1_LINK_R ORDER "01"};

    refuse_links(a, links, 4, DSTACK_REASON_KEY_CHAIN_RANGE);
}

/* The same key made it, were a high s allowed. */
static void
link_high_s(attack *a)
{
    static const char *const links[] = {K1_LINK_R K1_LINK_HIGH_S "00"};

    refuse_links(a, links, 1, DSTACK_REASON_KEY_CHAIN_HIGH_S);
}

/* No point has this x; r + n is not below the field's order. */
static void
link_of_nobody(attack *a)
{
    static const char *const links[] = {
        FIVE K1_LINK_S "00", K1_LINK_R K1_LINK_S "03"};

    refuse_links(a, links, 2, DSTACK_REASON_KEY_CHAIN_LINK);
}

static void
other_recovery(attack *a)
{
    accept(a, chain(K1_KEY, "signing", K1_LINK, KMS_LINK));
    refuse(a, chain(K1_KEY, "signing", K1_LINK_R K1_LINK_S "00", KMS_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    refuse(a,
        chain(K1_KEY, "signing", K1_LINK,
            "00ac321fbbe6817c5de0720644e936b20046ff1c9226e0558a9c86856e8a1dd0"
            "6bb7a7efae1cf3ec522553c28627ea96c139d5dc9cdd5a1898c2406c074438d8"
            "01"),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
}

static void
no_kms_link(attack *a)
{
    accept(a, chain(K1_KEY, "signing", K1_LINK, KMS_LINK));
    refuse(a, chain(K1_KEY, "signing", K1_LINK, ""),
        DSTACK_REASON_KEY_CHAIN_NO_KMS);
    refuse(a, chain(ED_KEY, "signing", ED_LINK, ""),
        DSTACK_REASON_KEY_CHAIN_NO_KMS);
}

static int
lone(const dstack_kms_trust *trust, const char *domain)
{
    return chain_v1(trust, LONE_KEY, domain, K1, LONE_LINK, "", &err);
}

static void
accepted_app_root(attack *a)
{
    dstack_kms_trust *trust = trust_of(APP_ID, NULL);
    key_bytes secret = key_hex(LONE_SECRET), other = key_hex(APP_ROOT);
    uint8_t key[33];

    assert_int_equal(
        dstack_kms_trust_accept_app_root(trust, other.p, other.n, NULL), 0);
    refuse(
        a, lone(trust, "storage-encryption"), DSTACK_REASON_KEY_CHAIN_APP_ROOT);
    assert_int_equal(ds_k1_public(secret.p, key, NULL), DS_K1_OK);
    assert_int_equal(dstack_kms_trust_accept_app_root(trust, key, 33, NULL), 0);
    accept(a, lone(trust, "storage-encryption"));
    refuse(a, lone(trust, "storage"), DSTACK_REASON_KEY_CHAIN_APP_ROOT);
    /* 7.2: the pinned v0 key of the same root. */
    accept(a,
        chain_v0(trust,
            "02ead9e0064aad1bb151c270c78ef82a4caf6d3fc92c311804e79751deb347691"
            "9",
            "signing",
            "c8a3dcf06c4e95bd78a5d7a1c8fcff171fc5848cfae804c6fc11bda4dc5d406237"
            "9995390843827444992c4c0e4bac70f0f878e01b9fc8b98cd7126fe5a3876b01",
            "", &err));
    /* A KMS that is not trusted does not become so by an accepted app root. */
    assert_int_equal(
        dstack_kms_trust_accept_app_root(trust, other.p, other.n, NULL), 0);
    refuse(a, chain_v0(trust, K1_KEY, "signing", K1_LINK, KMS_LINK, &err),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    accept(a, chain_v0(trust, K1_KEY, "signing", K1_LINK, "", &err));
    dstack_kms_trust_free(trust);
}

static void
other_purpose(attack *a)
{
    static const char *const purposes[] = {
        "signinG", "signing:", "", "sign", "signing:03"};

    accept(a, chain(K1_KEY, "signing", K1_LINK, KMS_LINK));
    for (size_t i = 0; i < sizeof purposes / sizeof *purposes; i++)
        refuse(a, chain(K1_KEY, purposes[i], K1_LINK, KMS_LINK),
            DSTACK_REASON_KEY_CHAIN_ANCHOR);
}

static void
other_domain(attack *a)
{
    accept(a, v1(SIM_APP_ID, V1_K1, "test", K1, V1_K1_LINK));
    refuse(a, v1(SIM_APP_ID, V1_K1, "tesT", K1, V1_K1_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    refuse(a, v1(SIM_APP_ID, V1_K1, "", K1, V1_K1_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
}

/* The claim of v1: each part behind its length. */
static size_t
v1_claim(char *out, const char *domain, size_t domain_len, const key_bytes *key)
{
    const struct {
        const void *p;
        size_t n;
    } parts[] = {{"dstack-guest-v1-key-claim", 25}, {"secp256k1", 9},
        {domain, domain_len}, {key->p, key->n}};
    size_t n = 0;

    for (size_t i = 0; i < 4; i++) {
        memset(out + n, 0, 3);
        out[n + 3] = (char)parts[i].n;
        memcpy(out + n + 4, parts[i].p, parts[i].n);
        n += 4 + parts[i].n;
    }
    return n;
}

/* A domain is bytes: what stands behind a NUL counts. */
static void
domain_with_nul(attack *a)
{
    static const char domain[5] = {'k', 0, ':', 'e', 'y'};
    key_bytes key = key_hex(K1_KEY), secret = key_hex(LONE_SECRET), app, kms;
    char claim[256], app_link[131], kms_link[131];
    dstack_kms_trust *trust = trust_of(APP_ID, NULL);
    uint8_t root[33];

    chain_forge(LONE_SECRET, FIVE, APP_ID, claim,
        v1_claim(claim, domain, 5, &key), app_link, kms_link);
    app = key_hex(app_link);
    kms = key_hex(kms_link);
    assert_int_equal(ds_k1_public(secret.p, root, NULL), DS_K1_OK);
    assert_int_equal(dstack_kms_trust_add_root(trust, root, 33, NULL), 0);
    for (size_t n = 1; n <= 5; n++) {
        int rc = dstack_keychain_verify_v1(trust, key.p, key.n,
            (const uint8_t *)domain, n, app.p, app.n, kms.p, kms.n, K1, NULL,
            &err);

        if (n == 5)
            accept(a, rc);
        else
            refuse(a, rc, DSTACK_REASON_KEY_CHAIN_ANCHOR);
    }
    dstack_kms_trust_free(trust);
}

static void
other_scheme(attack *a)
{
    dstack_kms_trust *trust = trust_of(APP_ID, ROOT);

    refuse(a, v0(SIM_APP_ID, SIM_ROOT, V1_K1, "test", V1_K1_LINK, SIM_KMS_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    refuse(a, chain_v1(trust, K1_KEY, "signing", K1, K1_LINK, KMS_LINK, &err),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    refuse(a, chain_v1(trust, ED_KEY, "signing", ED, ED_LINK, KMS_LINK, &err),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    dstack_kms_trust_free(trust);
}

/* A path of v0 has one secret for both curves, and a link for each key. */
static void
ed25519_chain(attack *a)
{
    accept(a, chain(ED_KEY, "signing", ED_LINK, KMS_LINK));
    refuse(a, chain(ED_KEY, "signing", K1_LINK, KMS_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    refuse(a, chain(K1_KEY, "signing", ED_LINK, KMS_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    accept(a, v1(SIM_APP_ID, V1_ED, "test", ED, V1_ED_LINK));
    refuse(a, v1(SIM_APP_ID, V1_ED, "test", K1, V1_ED_LINK),
        DSTACK_REASON_KEY_CHAIN_KEY);
    refuse(a, v1(SIM_APP_ID, V1_K1, "test", ED, V1_K1_LINK),
        DSTACK_REASON_KEY_CHAIN_KEY);
}

static void
other_links(attack *a)
{
    accept(a, chain(K1_KEY, "signing", K1_LINK, KMS_LINK));
    refuse(a, chain(K1_KEY, "signing", K1_LINK, SIM_KMS_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    refuse(a, chain(K1_KEY, "signing", K1_LINK, K1_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    refuse(a, chain(K1_KEY, "signing", KMS_LINK, KMS_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    refuse(a, chain(K1_KEY, "signing", KMS_LINK, K1_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
}

static void
other_anchor(attack *a)
{
    accept(a, v0(APP_ID, ROOT, K1_KEY, "signing", K1_LINK, KMS_LINK));
    refuse(a, v0(APP_ID, OTHER_ROOT, K1_KEY, "signing", K1_LINK, KMS_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    /* The app's root is no KMS's. */
    refuse(a, v0(APP_ID, APP_ROOT, K1_KEY, "signing", K1_LINK, KMS_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
}

static void
chain_keys(attack *a)
{
    static const char *const bad[] = {
        "02" FIVE, "04" ZERO, "00", K1_KEY "00", ""};

    accept(a, chain(K1_KEY, "signing", K1_LINK, KMS_LINK));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuse(a, chain(bad[i], "signing", K1_LINK, KMS_LINK),
            DSTACK_REASON_KEY_CHAIN_KEY);
    /* Any 32 bytes may be an Ed25519 key. */
    refuse(a, chain(FIVE, "signing", K1_LINK, KMS_LINK),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
}

static int
sign(const char *key, const char *data, const char *signature,
    const char *app_link, uint32_t algorithm)
{
    return chain_sign(
        key, data, strlen(data), signature, app_link, algorithm, &err);
}

static void
sign_high_s(attack *a)
{
    accept(a, sign(K1_KEY, DATA, K1_R K1_S, K1_LINK, K1));
    refuse(a, sign(K1_KEY, DATA, K1_R K1_HIGH_S, K1_LINK, K1),
        DSTACK_REASON_KEY_CHAIN_HIGH_S);
}

static void
sign_signature(attack *a)
{
    static const char *const bad[] = {
        K1_R, K1_R ZERO, K1_R K1_S "01", K1_LINK_R K1_LINK_S, ""};

    accept(a, sign(ED_KEY, DATA, ED_SIGNATURE, ED_LINK, ED));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuse(a, sign(K1_KEY, DATA, bad[i], K1_LINK, K1),
            DSTACK_REASON_KEY_CHAIN_SIGNATURE);
    refuse(a, sign(K1_KEY, OTHER_DATA, K1_R K1_S, K1_LINK, K1),
        DSTACK_REASON_KEY_CHAIN_SIGNATURE);
    refuse(a, sign(ED_KEY, OTHER_DATA, ED_SIGNATURE, ED_LINK, ED),
        DSTACK_REASON_KEY_CHAIN_SIGNATURE);
    refuse(a, sign(K1_KEY, DATA, K1_R K1_S, K1_LINK, PREHASHED),
        DSTACK_REASON_KEY_CHAIN_SIGNATURE);
}

/* A good signature, and the other key's link; one by a key of the caller's
 * own, and the link of another. */
static void
sign_other_key(attack *a)
{
    uint8_t secret[32] = {[31] = 5}, signature[64], key[33];
    char signature_hex[129], key_hex_text[67];
    size_t n;

    refuse(a, sign(K1_KEY, DATA, K1_R K1_S, ED_LINK, K1),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
    assert_int_equal(dstack_signature_make(secret, 32, (const uint8_t *)DATA,
                         strlen(DATA), K1, signature, NULL),
        DSTACK_OK);
    assert_int_equal(
        dstack_signature_public_key(secret, 32, K1, key, &n, NULL), DSTACK_OK);
    ds_hex_encode(ds_view_of(signature, 64), signature_hex);
    ds_hex_encode(ds_view_of(key, n), key_hex_text);
    refuse(a, sign(key_hex_text, DATA, signature_hex, K1_LINK, K1),
        DSTACK_REASON_KEY_CHAIN_ANCHOR);
}

static void
trust_forms(attack *a)
{
    dstack_kms_trust *trust = NULL;
    key_bytes root = key_hex(ROOT), full = key_hex("04" ZERO ZERO);

    fails(a, dstack_kms_trust_new(root.p, 19, &trust, &err), DSTACK_ERR_ARG);
    fails(a, dstack_kms_trust_new(root.p, 21, &trust, &err), DSTACK_ERR_ARG);
    fails(a, dstack_kms_trust_new(root.p, 0, &trust, &err), DSTACK_ERR_ARG);
    assert_null(trust);
    trust = trust_of(APP_ID, NULL);
    fails(
        a, dstack_kms_trust_add_root(trust, root.p, 32, &err), DSTACK_ERR_ARG);
    fails(
        a, dstack_kms_trust_add_root(trust, full.p, 65, &err), DSTACK_ERR_ARG);
    full = key_hex("02" FIVE);
    fails(
        a, dstack_kms_trust_add_root(trust, full.p, 33, &err), DSTACK_ERR_ARG);
    accept(a, dstack_kms_trust_add_root(trust, root.p, 33, &err));
    dstack_kms_trust_free(trust);
}

/* ---- the key of an environment ------------------------------------------------------------------ */

/* In both forms. */
static void
refuse_key(attack *a, const char *key, const char *signature, int reason)
{
    accept(a, dated(ENV_ID, ENV_SIGNER, ENV_KEY, ENV_SIGNATURE, ENV_TIME));
    accept(a, legacy(LEGACY_ID, LEGACY_SIGNER, LEGACY_KEY, LEGACY));
    refuse(a, dated(ENV_ID, ENV_SIGNER, key, signature, ENV_TIME), reason);
    refuse(a, legacy(ENV_ID, ENV_SIGNER, key, signature), reason);
}

static void
env_key_length(attack *a)
{
    refuse_key(a, "dede", ENV_SIGNATURE, DSTACK_REASON_ENV_KEY);
    refuse_key(a, ENV_KEY "de", ENV_SIGNATURE, DSTACK_REASON_ENV_KEY);
    refuse_key(a, "", ENV_SIGNATURE, DSTACK_REASON_ENV_KEY);
    refuse_key(a, ENV_KEY, ENV_R ENV_S, DSTACK_REASON_ENV_KEY_LENGTH);
    refuse_key(a, ENV_KEY, ENV_SIGNATURE "00", DSTACK_REASON_ENV_KEY_LENGTH);
    refuse_key(a, ENV_KEY, "", DSTACK_REASON_ENV_KEY_LENGTH);
}

static void
env_key_recovery(attack *a)
{
    refuse_key(a, ENV_KEY, ENV_R ENV_S "04", DSTACK_REASON_ENV_KEY_RECOVERY_ID);
    refuse_key(a, ENV_KEY, ENV_R ENV_S "1b", DSTACK_REASON_ENV_KEY_RECOVERY_ID);
    refuse_key(a, ENV_KEY, ENV_R ENV_S "01", DSTACK_REASON_ENV_KEY_SIGNER);
}

static void
env_key_range(attack *a)
{
    refuse_key(a, ENV_KEY, ZERO ENV_S "00", DSTACK_REASON_ENV_KEY_RANGE);
    refuse_key(a, ENV_KEY, ENV_R ZERO "00", DSTACK_REASON_ENV_KEY_RANGE);
    refuse_key(a, ENV_KEY, ORDER ENV_S "00", DSTACK_REASON_ENV_KEY_RANGE);
    refuse_key(a, ENV_KEY, ENV_R ORDER "00", DSTACK_REASON_ENV_KEY_RANGE);
}

static void
env_key_high_s(attack *a)
{
    refuse_key(a, ENV_KEY, ENV_R ENV_HIGH_S "01", DSTACK_REASON_ENV_KEY_HIGH_S);
}

static void
env_key_nobody(attack *a)
{
    refuse_key(a, ENV_KEY, FIVE ENV_S "00", DSTACK_REASON_ENV_KEY_SIGNATURE);
}

/* Neither form is the other; and each is over the key and the app. */
static void
env_key_form(attack *a)
{
    refuse(a, legacy(ENV_ID, ENV_SIGNER, ENV_KEY, ENV_SIGNATURE),
        DSTACK_REASON_ENV_KEY_SIGNER);
    for (int64_t now = 0; now < 2; now++)
        refuse(a,
            env_key_check(
                LEGACY_ID, LEGACY_SIGNER, LEGACY_KEY, LEGACY, 0, now, &err),
            DSTACK_REASON_ENV_KEY_SIGNER);
    accept(a, legacy(LEGACY_ID, LEGACY_SIGNER, LEGACY_KEY, LEGACY));
    accept(a, dated(ENV_ID, ENV_SIGNER, ENV_KEY, ENV_SIGNATURE, ENV_TIME));
}

static void
env_key_app(attack *a)
{
    refuse(a, legacy(ENV_ID, LEGACY_SIGNER, LEGACY_KEY, LEGACY),
        DSTACK_REASON_ENV_KEY_SIGNER);
    refuse(a, dated(LEGACY_ID, ENV_SIGNER, ENV_KEY, ENV_SIGNATURE, ENV_TIME),
        DSTACK_REASON_ENV_KEY_SIGNER);
    refuse(a, legacy(LEGACY_ID, LEGACY_SIGNER, ENV_KEY, LEGACY),
        DSTACK_REASON_ENV_KEY_SIGNER);
    refuse(a, dated(ENV_ID, ENV_SIGNER, LEGACY_KEY, ENV_SIGNATURE, ENV_TIME),
        DSTACK_REASON_ENV_KEY_SIGNER);
}

/* Who signed is never taken from the answer; and an app's root key says nothing
 * of who the KMS is. */
static void
env_key_nobody_trusted(attack *a)
{
    key_bytes key = key_hex(ENV_KEY), signature = key_hex(ENV_SIGNATURE);
    key_bytes signer = key_hex(ENV_SIGNER);
    dstack_kms_trust *trust = trust_of(ENV_ID, NULL);

    for (int i = 0; i < 2; i++) {
        fails(a,
            dstack_env_key_verify(
                trust, key.p, 32, signature.p, 65, ENV_TIME, ENV_TIME, &err),
            DSTACK_ERR_ARG);
        fails(a,
            dstack_env_key_accept_legacy(
                trust, key.p, 32, signature.p, 65, &err),
            DSTACK_ERR_ARG);
        assert_int_equal(
            dstack_kms_trust_accept_app_root(trust, signer.p, 33, NULL), 0);
    }
    dstack_kms_trust_free(trust);
}

/* ---- environments ---------------------------------------------------------------------------------- */

static dstack_env *
env_new(void)
{
    dstack_env *env = NULL;

    assert_int_equal(dstack_env_new(&env, NULL), DSTACK_OK);
    return env;
}

static int
set(dstack_env *env, const char *name, const char *value)
{
    return dstack_env_set(
        env, name, (const uint8_t *)value, strlen(value), &err);
}

static void
env_names(attack *a)
{
    static const char *const bad[] = {
        "", "1A", "A-B", "A B", "\xc3\xa9", "A.B", "A=", " A", "A\n", "A\xff"};
    static char long_name[258];
    dstack_env *env = env_new();

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuse(a, set(env, bad[i], "x"), DSTACK_REASON_ENV_NAME);
    memset(long_name, 'N', 256);
    refuse(a, set(env, long_name, "x"), DSTACK_REASON_ENV_NAME);
    assert_int_equal(dstack_env_count(env), 0);
    accept(a, set(env, long_name + 1, "x"));
    accept(a, set(env, "_a_Z9", "x"));
    dstack_env_free(env);
}

static void
env_values(attack *a)
{
    static uint8_t big[DS_MAX_ENV_VALUE + 1];
    dstack_env *env = env_new();

    memset(big, 'v', sizeof big);
    refuse(a, dstack_env_set(env, "B", big, sizeof big, &err),
        DSTACK_REASON_ENV_VALUE);
    refuse(a, dstack_env_set(env, "B", (const uint8_t *)"a\0b", 3, &err),
        DSTACK_REASON_ENV_VALUE);
    refuse(a, set(env, "B", "\xff"), DSTACK_REASON_ENV_VALUE);
    refuse(a, set(env, "B", "\xed\xa0\x80"), DSTACK_REASON_ENV_VALUE);
    assert_int_equal(dstack_env_count(env), 0);
    accept(a, dstack_env_set(env, "B", big, sizeof big - 1, &err));
    dstack_env_free(env);
}

static int
parse(const char *json)
{
    dstack_env *env = NULL;
    int rc = dstack_env_parse((const uint8_t *)json, strlen(json), &env, &err);

    assert_true((env != NULL) == (rc == DSTACK_OK));
    dstack_env_free(env);
    return rc;
}

/* They are counted before the last of a name is taken. */
static void
env_count(attack *a)
{
    dstack_env *env = env_new();
    char *many = malloc(64u * 1026u), name[16];

    assert_non_null(many);
    for (int i = 0; i < 1024; i++) {
        snprintf(name, sizeof name, "V%d", i);
        assert_int_equal(set(env, name, "x"), DSTACK_OK);
    }
    refuse(a, set(env, "V1024", "x"), DSTACK_REASON_ENV_COUNT);
    accept(a, set(env, "V7", "new"));
    dstack_env_free(env);
    for (int count = 1024; count <= 1025; count++) {
        size_t at = (size_t)snprintf(many, 64, "{\"env\":[");

        for (int i = 0; i < count; i++)
            at += (size_t)snprintf(many + at, 64,
                "%s{\"key\":\"A\",\"value\":\"\"}", i == 0 ? "" : ",");
        snprintf(many + at, 64, "]}");
        if (count == 1024)
            accept(a, parse(many));
        else
            refuse(a, parse(many), DSTACK_REASON_ENV_COUNT);
    }
    free(many);
}

/* 1 MiB of names and values: 7 of 128 KiB and one that fills it up. */
static void
env_total(attack *a)
{
    static uint8_t big[DS_MAX_ENV_VALUE];
    dstack_env *env = env_new();
    char name[16];

    memset(big, 'v', sizeof big);
    for (int i = 0; i < 7; i++) {
        snprintf(name, sizeof name, "B%d", i);
        assert_int_equal(
            dstack_env_set(env, name, big, sizeof big, &err), DSTACK_OK);
    }
    refuse(a, dstack_env_set(env, "B7", big, sizeof big, &err),
        DSTACK_REASON_ENV_TOTAL);
    accept(a, dstack_env_set(env, "C", big, sizeof big - 15, &err));
    refuse(a, set(env, "D", ""), DSTACK_REASON_ENV_TOTAL);
    /* A shorter value in an old one's place makes room. */
    accept(a, set(env, "C", ""));
    accept(a, set(env, "D", ""));
    dstack_env_free(env);
}

static void
env_duplicates(attack *a)
{
    static const char json[] =
        "{\"env\":[{\"key\":\"A\",\"value\":\"1\"},{\"value\":\"2\","
        "\"key\":\"B\"},{\"key\":\"A\",\"value\":\"3\"}]}";
    dstack_env *env = NULL;

    accept(
        a, dstack_env_parse((const uint8_t *)json, strlen(json), &env, &err));
    assert_int_equal(dstack_env_count(env), 2);
    assert_string_equal((const char *)dstack_env_value(env, 0, NULL), "3");
    dstack_env_free(env);
    attack_note(a, "the last value counts");
    refuse(a, parse("{\"env\":[{\"key\":\"A\",\"key\":\"B\",\"value\":\"\"}]}"),
        DSTACK_REASON_ENV_JSON);
    refuse(a, parse("{\"env\":[],\"env\":[]}"), DSTACK_REASON_ENV_JSON);
}

static void
env_json(attack *a)
{
    static const char *const bad[] = {"", "[]", "{}", "{\"env\":{}}",
        "{\"env\":[1]}", "{\"env\":[{\"key\":\"A\"}]}",
        "{\"env\":[{\"value\":\"A\"}]}",
        "{\"env\":[{\"key\":1,\"value\":\"A\"}]}",
        "{\"env\":[{\"key\":\"A\",\"value\":null}]}", "{\"env\":[]}x",
        "{\"env\":[{\"key\":\"A\",\"value\":\"\\u0000\"}]}",
        "{\"env\":[{\"key\":\"A\",\"value\":\"\\ud800\"}]}"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuse(a, parse(bad[i]), DSTACK_REASON_ENV_JSON);
    /* What an agent decrypts, and no guest takes. */
    refuse(a, parse("{\"env\":[{\"key\":\"\",\"value\":\"\"}]}"),
        DSTACK_REASON_ENV_NAME);
    accept(a, parse("{\"env\":[]}"));
}

/* What has no name may be a secret: it is not shown. */
static void
env_file(attack *a)
{
    static const struct {
        const char *text;
        int reason;
    } bad[] = {
        {"A=1\nhunter2\n", DSTACK_REASON_ENV_FILE},
        {"hunter2 =x", DSTACK_REASON_ENV_NAME},
        {"OK=hunter2\xff", DSTACK_REASON_ENV_VALUE},
        {"=hunter2", DSTACK_REASON_ENV_NAME},
    };
    dstack_env *env = env_new();

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        refuse(a,
            dstack_env_set_file(
                env, (const uint8_t *)bad[i].text, strlen(bad[i].text), &err),
            bad[i].reason);
        assert_null(strstr(err.message, "hunter2"));
    }
    attack_note(a, "no text of the file in the message");
    dstack_env_free(env);
}

/* The guest drops what is not listed, without a word to the deployer. */
static void
env_allowed(attack *a)
{
    static const struct {
        const char *compose;
        int reason;
    } cases[] = {
        {"{\"allowed_envs\":[\"X\",\"FOO\"]}", 0},
        {"{\"allowed_envs\":[\"FO\",\"FOOO\",\"foo\",1]}",
            DSTACK_REASON_ENV_NOT_ALLOWED},
        {"{}", DSTACK_REASON_ENV_NOT_ALLOWED},
    };
    dstack_env *env = env_new();

    accept(a, dstack_env_check_allowed(env, (const uint8_t *)"{}", 2, &err));
    assert_int_equal(set(env, "FOO", "bar"), DSTACK_OK);
    assert_int_equal(
        dstack_env_check_allowed(env, (const uint8_t *)"[]", 2, &err),
        DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_COMPOSE_JSON);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int rc = dstack_env_check_allowed(env,
            (const uint8_t *)cases[i].compose, strlen(cases[i].compose), &err);

        if (!cases[i].reason) {
            accept(a, rc);
            continue;
        }
        refuse(a, rc, cases[i].reason);
        assert_non_null(strstr(err.message, "FOO"));
        assert_null(strstr(err.message, "bar"));
    }
    dstack_env_free(env);
}

static int
decrypt(const key_bytes *secret, const key_bytes *sealed, size_t n)
{
    dstack_secret *plain = NULL;
    int rc = dstack_env_decrypt(secret->p, 32, sealed->p, n, &plain, &err);

    assert_true((plain != NULL) == (rc == DSTACK_OK));
    dstack_secret_free(plain);
    return rc;
}

static void
ciphertext_short(attack *a)
{
    key_bytes secret = key_hex(ENV_SECRET), sealed = key_hex(ENV_SEALED);

    for (size_t n = 0; n < 60; n++)
        refuse(a, decrypt(&secret, &sealed, n), DSTACK_REASON_ENV_CIPHERTEXT);
    for (size_t n = 60; n < sealed.n; n++)
        refuse(a, decrypt(&secret, &sealed, n), DSTACK_REASON_ENV_DECRYPT);
    accept(a, decrypt(&secret, &sealed, sealed.n));
}

static void
ciphertext_changed(attack *a)
{
    key_bytes secret = key_hex(ENV_SECRET), sealed = key_hex(ENV_SEALED);

    for (size_t i = 0; i < sealed.n; i++) {
        sealed.p[i] ^= 1;
        refuse(
            a, decrypt(&secret, &sealed, sealed.n), DSTACK_REASON_ENV_DECRYPT);
        sealed.p[i] ^= 1;
    }
    /* A point of small order, under which the shared secret is known. */
    memset(sealed.p, 0, 32);
    refuse(a, decrypt(&secret, &sealed, sealed.n), DSTACK_REASON_ENV_DECRYPT);
    sealed = key_hex(ENV_SEALED);
    secret.p[5] ^= 1;
    refuse(a, decrypt(&secret, &sealed, sealed.n), DSTACK_REASON_ENV_DECRYPT);
}

static void
weak_recipient(attack *a)
{
    static const char *const weak[] = {ZERO,
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
    key_bytes good = key_hex(
        "4b03687002c7e0f6e8eaabea3edc108de72a06d2c2b64a3e14c34883645c7127");
    dstack_env *env = env_new();
    uint8_t *out = NULL;
    size_t n;

    for (size_t i = 0; i < sizeof weak / sizeof *weak; i++) {
        key_bytes key = key_hex(weak[i]);

        fails(a, dstack_env_encrypt(env, key.p, 32, &out, &n, &err),
            DSTACK_ERR_ARG);
        assert_true(!out && n == 0);
    }
    fails(
        a, dstack_env_encrypt(env, good.p, 31, &out, &n, &err), DSTACK_ERR_ARG);
    fails(
        a, dstack_env_encrypt(env, good.p, 33, &out, &n, &err), DSTACK_ERR_ARG);
    accept(a, dstack_env_encrypt(env, good.p, 32, &out, &n, &err));
    dstack_free(out);
    dstack_env_free(env);
}

/* ---- images by tag ------------------------------------------------------------------------------------ */

#define DIGEST_OF "sha256:" DIGEST

/* What a lint says of a file with this image, alone: a kind of note, or none.
 * It is advice; the bytes of the file are measured whatever it says. */
static void
lint(attack *a, const char *image, const char *kind)
{
    dstack_compose_notes *notes = NULL;
    char file[512];
    size_t n;
    int rc;

    snprintf(file, sizeof file,
        "{\"manifest_version\":2,\"name\":\"a\",\"runner\":\"docker-compose\","
        "\"kms_enabled\":true,\"key_provider_id\":\"00\","
        "\"docker_compose_file\":\"services:\\n  a:\\n    image: %s\\n\"}",
        image);
    rc = dstack_compose_lint((const uint8_t *)file, strlen(file), &notes, &err);
    attack_call_accepts(a, rc, &err);
    n = dstack_compose_notes_count(notes);
    assert_int_equal(n, kind != NULL);
    if (kind) {
        assert_string_equal(dstack_compose_notes_kind(notes, 0), kind);
        assert_int_equal(dstack_compose_notes_line(notes, 0), 3);
        attack_note(a, kind);
    }
    dstack_compose_notes_free(notes);
}

static void
images_by_tag(attack *a)
{
    static const char *const tags[] = {"nginx", "nginx:1.27", "r:5000/x/nginx",
        "nginx@sha512:" DIGEST, "nginx@" DIGEST_OF "0", "nginx@sha256:00"};

    lint(a, "nginx@" DIGEST_OF, NULL);
    lint(a, "nginx:1.27@" DIGEST_OF, NULL);
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        lint(a, tags[i], "image_tag");
    lint(a, "${IMAGE}", "image_variable");
}

static const attack_row rows[] = {
    ATTACK("P114", "an environment's key by another root", env_other_root),
    ATTACK("P115", "an old environment's key", env_replayed),
    ATTACK("P116", "a key chain of another app", chain_other_app),
    ATTACK("P117", "a KMS in another's place", substituted),
    ATTACK("P121", "images by their tag alone", images_by_tag),
    ATTACK("K1", "a signature with a high s", high_s),
    ATTACK("K2", "65 bytes of signature, or 63", signature_length),
    ATTACK("K3", "r or s out of range", signature_range),
    ATTACK("K4", "digests that are none", prehashed),
    ATTACK("K5", "public keys that are none", public_keys),
    ATTACK("K6", "another algorithm's", algorithms),
    ATTACK("K7", "a signature over something else", other_data),
    ATTACK("K8", "Ed25519 in other forms", ed25519_forms),
    ATTACK("K9", "secret keys that are none", secret_keys),
    ATTACK("K10", "links of 64 or 66 bytes, or none", link_length),
    ATTACK("K11", "recovery ids from 4 on", recovery_id),
    ATTACK("K12", "a link's r or s out of range", link_range),
    ATTACK("K13", "a link with a high s", link_high_s),
    ATTACK("K14", "a link that nobody can have made", link_of_nobody),
    ATTACK("K15", "the other recovery id", other_recovery),
    ATTACK("K16", "no link by a KMS", no_kms_link),
    ATTACK("K17", "an app root that was accepted", accepted_app_root),
    ATTACK("K18", "another purpose", other_purpose),
    ATTACK("K19", "another domain", other_domain),
    ATTACK("K20", "a domain with a NUL", domain_with_nul),
    ATTACK("K21", "a v1 chain as v0, and v0 as v1", other_scheme),
    ATTACK("K22", "an Ed25519 key by secp256k1's link", ed25519_chain),
    ATTACK("K23", "links in other places", other_links),
    ATTACK("K24", "another anchor", other_anchor),
    ATTACK("K25", "a chain for no key", chain_keys),
    ATTACK("K26", "Sign's signature with a high s", sign_high_s),
    ATTACK("K27", "Sign's signature of something else", sign_signature),
    ATTACK("K28", "Sign's chain of another key", sign_other_key),
    ATTACK("K29", "roots and ids of other forms", trust_forms),
    ATTACK("K30", "an environment's key of other lengths", env_key_length),
    ATTACK("K31", "its recovery id", env_key_recovery),
    ATTACK("K32", "its r or s out of range", env_key_range),
    ATTACK("K33", "its high s", env_key_high_s),
    ATTACK("K34", "its signature by nobody", env_key_nobody),
    ATTACK("K35", "its old form for the new", env_key_form),
    ATTACK("K36", "its signature for another app or key", env_key_app),
    ATTACK("K37", "its signer unknown to the caller", env_key_nobody_trusted),
    ATTACK("K38", "names that no guest takes", env_names),
    ATTACK("K39", "values that no guest takes", env_values),
    ATTACK("K40", "1025 variables", env_count),
    ATTACK("K41", "more than 1 MiB", env_total),
    ATTACK("K42", "a variable twice", env_duplicates),
    ATTACK("K43", "an environment that is none", env_json),
    ATTACK("K44", "a file's line without a name", env_file),
    ATTACK("K45", "a variable that is not allowed", env_allowed),
    ATTACK("K46", "a ciphertext cut short", ciphertext_short),
    ATTACK("K47", "a ciphertext changed", ciphertext_changed),
    ATTACK("K48", "a recipient of small order", weak_recipient),
};

ATTACK_MAIN(rows)
