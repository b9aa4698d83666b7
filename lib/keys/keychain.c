/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/keychain.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "crypto/k1.h"
#include "dstack/reply.h"
#include "dstack/signature.h"

/* The bytes of one chain, as the caller gave them. */
typedef struct {
    ds_claim claim;
    ds_view app_link;
    ds_view kms_link;
    bool has_signature; /* Sign's */
    ds_view data;
    ds_view signature;
    uint32_t algorithm; /* that it was signed with */
} chain;

typedef dstack_keychain_report report;

/* ---- recording -------------------------------------------------------------- */

static int
pass(report *r, int check)
{
    r->at[check].result = DS_PASSED;
    return DSTACK_OK;
}

static int
fail(report *r, int check, int reason, const char *expected, const char *found)
{
    ds_check *c = &r->at[check];

    c->result = DS_FAILED;
    c->reason = (int16_t)reason;
    (void)snprintf(c->expected, sizeof c->expected, "%s", expected);
    (void)snprintf(c->found, sizeof c->found, "%s", found);
    return ds_fail_reason(&r->error, ds_reason_code(reason), DSTACK_STAGE_KEYS,
        reason, "key chain, %s: expected %s; found %s",
        ds_keychain_check_name((size_t)check), expected, found);
}

static int
fail_link(report *r, int check, int fault, ds_view link)
{
    static const char *const found[] = {
        [DS_LINK_RANGE] = "r or s out of range",
        [DS_LINK_HIGH_S] = "a higher s",
        [DS_LINK_NOBODY] = "one that none can have made",
    };
    char text[40];

    if (fault == DS_LINK_LENGTH)
        (void)snprintf(text, sizeof text, "%zu bytes", link.n);
    else if (fault == DS_LINK_RECOVERY_ID)
        (void)snprintf(text, sizeof text, "%u", link.p[64]);
    else
        (void)snprintf(text, sizeof text, "%s", found[fault]);
    return fail(r, check, DSTACK_REASON_KEY_CHAIN_LENGTH + fault,
        ds_kms_link_expected(fault), text);
}

static int
internal(report *r)
{
    return ds_fail(&r->error, DSTACK_ERR_INTERNAL,
        "key chain: Keccak-256 or a signature check is not available");
}

/* ---- the checks -------------------------------------------------------------- */

static int
check_key(const chain *c, report *r)
{
    char text[40];

    if (ds_claim_key_is_valid(&c->claim))
        return pass(r, DS_KEYCHAIN_KEY);
    (void)snprintf(
        text, sizeof text, "%zu bytes that are none", c->claim.public_key.n);
    return fail(r, DS_KEYCHAIN_KEY, DSTACK_REASON_KEY_CHAIN_KEY,
        c->claim.algorithm == DSTACK_KEY_ED25519
            ? "an Ed25519 key, 32 bytes"
            : "a secp256k1 key, 33 bytes compressed",
        text);
}

static bool
is_high_s(const chain *c)
{
    uint8_t link[DS_LINK] = {0};

    if (c->algorithm == DSTACK_KEY_ED25519 || c->signature.n != 64 ||
        !ds_k1_in_range(c->signature))
        return false;
    memcpy(link, c->signature.p, 64);
    return !ds_k1_is_signature(ds_view_of(link, sizeof link));
}

static int
check_signature(const chain *c, report *r)
{
    int rc;

    if (!c->has_signature)
        return DSTACK_OK;
    if (is_high_s(c))
        return fail_link(
            r, DS_KEYCHAIN_SIGNATURE, DS_LINK_HIGH_S, c->signature);
    rc = dstack_signature_verify(c->claim.public_key.p, c->claim.public_key.n,
        c->data.p, c->data.n, c->signature.p, c->signature.n, c->algorithm,
        NULL);
    if (rc == DSTACK_OK)
        return pass(r, DS_KEYCHAIN_SIGNATURE);
    if (rc == DSTACK_ERR_INTERNAL)
        return internal(r);
    return fail(r, DS_KEYCHAIN_SIGNATURE, DSTACK_REASON_KEY_CHAIN_SIGNATURE,
        "64 bytes, made by the public key over the data", "another signature");
}

static int
check_app_link(const chain *c, report *r)
{
    uint8_t digest[32];
    int fault;

    if (!ds_claim_digest(&c->claim, digest))
        return internal(r);
    fault = ds_kms_recover(digest, c->app_link, r->app_root);
    if (fault != DS_LINK_OK)
        return fail_link(r, DS_KEYCHAIN_APP_LINK, fault, c->app_link);
    r->has_app_root = true;
    return pass(r, DS_KEYCHAIN_APP_LINK);
}

static int
check_kms_link(const chain *c, const uint8_t app_id[DS_APP_ID], report *r)
{
    uint8_t digest[32];
    int fault;

    if (!ds_claim_issued_digest(app_id, r->app_root, digest))
        return internal(r);
    fault = ds_kms_recover(digest, c->kms_link, r->kms_root);
    if (fault != DS_LINK_OK)
        return fail_link(r, DS_KEYCHAIN_KMS_LINK, fault, c->kms_link);
    r->has_kms_root = true;
    return pass(r, DS_KEYCHAIN_KMS_LINK);
}

static int
check_anchor(const dstack_kms_trust *trust, report *r)
{
    char expected[96], found[2 * DS_K1_POINT + 1];

    if (ds_kms_is_root(trust, r->kms_root))
        return pass(r, DS_KEYCHAIN_ANCHOR);
    ds_hex_encode(ds_view_of(r->kms_root, DS_K1_POINT), found);
    if (trust->count == 1)
        ds_hex_encode(ds_view_of(trust->root[0], DS_K1_POINT), expected);
    else
        (void)snprintf(expected, sizeof expected,
            "one of the %zu KMS root keys that are trusted", trust->count);
    return fail(
        r, DS_KEYCHAIN_ANCHOR, DSTACK_REASON_KEY_CHAIN_ANCHOR, expected, found);
}

/* A chain that ends at the app's root key. */
static int
check_without_kms(const dstack_kms_trust *trust, report *r)
{
    char expected[2 * DS_K1_POINT + 1], found[2 * DS_K1_POINT + 1];

    if (!trust->has_app_root)
        return fail(r, DS_KEYCHAIN_KMS_LINK, DSTACK_REASON_KEY_CHAIN_NO_KMS,
            "a link by a KMS", "none, and no app root key is accepted");
    if (memcmp(trust->app_root, r->app_root, DS_K1_POINT) == 0)
        return pass(r, DS_KEYCHAIN_ANCHOR);
    ds_hex_encode(ds_view_of(trust->app_root, DS_K1_POINT), expected);
    ds_hex_encode(ds_view_of(r->app_root, DS_K1_POINT), found);
    return fail(r, DS_KEYCHAIN_ANCHOR, DSTACK_REASON_KEY_CHAIN_APP_ROOT,
        expected, found);
}

static int
judge(const dstack_kms_trust *trust, const chain *c, report *r)
{
    int rc = check_key(c, r);

    if (rc == DSTACK_OK)
        rc = check_signature(c, r);
    if (rc == DSTACK_OK)
        rc = check_app_link(c, r);
    if (rc != DSTACK_OK)
        return rc;
    if (c->kms_link.n == 0)
        return check_without_kms(trust, r);
    rc = check_kms_link(c, trust->app_id, r);
    return rc == DSTACK_OK ? check_anchor(trust, r) : rc;
}

/* ---- verification ------------------------------------------------------------- */

static bool
is_view(ds_view v)
{
    return v.p || v.n == 0;
}

static int
check_arguments(
    const dstack_kms_trust *trust, const chain *c, dstack_error *err)
{
    if (!trust || !c->claim.public_key.p || !is_view(c->claim.context) ||
        !is_view(c->app_link) || !is_view(c->kms_link) || !is_view(c->data) ||
        !is_view(c->signature))
        return ds_fail(err, DSTACK_ERR_ARG, "key chain: NULL argument");
    if (trust->count == 0 && !trust->has_app_root)
        return ds_fail(err, DSTACK_ERR_ARG,
            "key chain: nobody is trusted; add a KMS root key to the trust");
    if (c->claim.algorithm != DSTACK_KEY_SECP256K1 &&
        c->claim.algorithm != DSTACK_KEY_ED25519)
        return ds_fail(err, DSTACK_ERR_ARG,
            "key chain: algorithm %u; expected secp256k1 or ed25519",
            (unsigned)c->claim.algorithm);
    return DSTACK_OK;
}

static int
verify(const dstack_kms_trust *trust, const chain *c, report **ret,
    dstack_error *err)
{
    report r;
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    rc = check_arguments(trust, c, err);
    if (rc != DSTACK_OK)
        return rc;
    memset(&r, 0, sizeof r);
    rc = judge(trust, c, &r);
    if (err)
        *err = r.error;
    if (ret) {
        *ret = ds_memdup(&r, sizeof r);
        if (!*ret)
            rc = ds_fail_nomem(err);
    }
    return rc;
}

/* Its length tells which kind of key a v0 link is over. */
static uint32_t
algorithm_by_length(size_t public_key_len)
{
    return public_key_len == 32 ? DSTACK_KEY_ED25519 : DSTACK_KEY_SECP256K1;
}

int
dstack_keychain_verify_v0(const dstack_kms_trust *trust,
    const uint8_t *public_key, size_t public_key_len, const uint8_t *purpose,
    size_t purpose_len, const uint8_t *app_link, size_t app_link_len,
    const uint8_t *kms_link, size_t kms_link_len, dstack_keychain_report **ret,
    dstack_error *err)
{
    chain c = {
        .claim = {DSTACK_SCHEME_V0, algorithm_by_length(public_key_len),
            ds_view_of(public_key, public_key_len),
            ds_view_of(purpose, purpose_len)},
        .app_link = ds_view_of(app_link, app_link_len),
        .kms_link = ds_view_of(kms_link, kms_link_len),
    };

    return verify(trust, &c, ret, err);
}

int
dstack_keychain_verify_v1(const dstack_kms_trust *trust,
    const uint8_t *public_key, size_t public_key_len, const uint8_t *domain,
    size_t domain_len, const uint8_t *app_link, size_t app_link_len,
    const uint8_t *kms_link, size_t kms_link_len, uint32_t algorithm,
    dstack_keychain_report **ret, dstack_error *err)
{
    chain c = {
        .claim = {DSTACK_SCHEME_V1, algorithm,
            ds_view_of(public_key, public_key_len),
            ds_view_of(domain, domain_len)},
        .app_link = ds_view_of(app_link, app_link_len),
        .kms_link = ds_view_of(kms_link, kms_link_len),
    };

    return verify(trust, &c, ret, err);
}

int
dstack_keychain_verify_sign(const dstack_kms_trust *trust,
    const uint8_t *public_key, size_t public_key_len, const uint8_t *data,
    size_t data_len, const uint8_t *signature, size_t signature_len,
    const uint8_t *app_link, size_t app_link_len, const uint8_t *kms_link,
    size_t kms_link_len, uint32_t algorithm, dstack_keychain_report **ret,
    dstack_error *err)
{
    chain c = {
        .claim = {DSTACK_SCHEME_V0,
            algorithm == DSTACK_KEY_SECP256K1_PREHASHED ? DSTACK_KEY_SECP256K1
                                                        : algorithm,
            ds_view_of(public_key, public_key_len), ds_view_str("signing")},
        .app_link = ds_view_of(app_link, app_link_len),
        .kms_link = ds_view_of(kms_link, kms_link_len),
        .has_signature = true,
        .data = ds_view_of(data, data_len),
        .signature = ds_view_of(signature, signature_len),
        .algorithm = algorithm,
    };

    return verify(trust, &c, ret, err);
}

/* ---- discovery ------------------------------------------------------------------ */

static int
recover_both(const chain *c, const uint8_t app_id[DS_APP_ID], report *r)
{
    int rc = check_key(c, r);

    if (rc == DSTACK_OK)
        rc = check_app_link(c, r);
    if (rc == DSTACK_OK && c->kms_link.n != 0)
        rc = check_kms_link(c, app_id, r);
    return rc;
}

static int
discover(const chain *c, ds_view app_id, uint8_t *ret_app_root,
    uint8_t *ret_kms_root, dstack_error *err)
{
    report r;
    int rc;

    ds_err_clear(err);
    if (ret_app_root)
        memset(ret_app_root, 0, DS_K1_POINT);
    if (ret_kms_root)
        memset(ret_kms_root, 0, DS_K1_POINT);
    if (!app_id.p || app_id.n != DS_APP_ID || !c->claim.public_key.p ||
        !is_view(c->claim.context) || !is_view(c->app_link) ||
        !is_view(c->kms_link))
        return ds_fail(err, DSTACK_ERR_ARG,
            "key chain: NULL argument, or an app id that is not 20 bytes");
    memset(&r, 0, sizeof r);
    rc = recover_both(c, app_id.p, &r);
    if (err)
        *err = r.error;
    if (rc == DSTACK_OK && ret_app_root)
        memcpy(ret_app_root, r.app_root, DS_K1_POINT);
    if (rc == DSTACK_OK && ret_kms_root)
        memcpy(ret_kms_root, r.kms_root, DS_K1_POINT);
    return rc;
}

int
dstack_keychain_discover_v0(const uint8_t *app_id, size_t app_id_len,
    const uint8_t *public_key, size_t public_key_len, const uint8_t *purpose,
    size_t purpose_len, const uint8_t *app_link, size_t app_link_len,
    const uint8_t *kms_link, size_t kms_link_len, uint8_t *ret_app_root,
    uint8_t *ret_kms_root, dstack_error *err)
{
    chain c = {
        .claim = {DSTACK_SCHEME_V0, algorithm_by_length(public_key_len),
            ds_view_of(public_key, public_key_len),
            ds_view_of(purpose, purpose_len)},
        .app_link = ds_view_of(app_link, app_link_len),
        .kms_link = ds_view_of(kms_link, kms_link_len),
    };

    return discover(
        &c, ds_view_of(app_id, app_id_len), ret_app_root, ret_kms_root, err);
}

int
dstack_keychain_discover_v1(const uint8_t *app_id, size_t app_id_len,
    const uint8_t *public_key, size_t public_key_len, const uint8_t *domain,
    size_t domain_len, const uint8_t *app_link, size_t app_link_len,
    const uint8_t *kms_link, size_t kms_link_len, uint32_t algorithm,
    uint8_t *ret_app_root, uint8_t *ret_kms_root, dstack_error *err)
{
    chain c = {
        .claim = {DSTACK_SCHEME_V1, algorithm,
            ds_view_of(public_key, public_key_len),
            ds_view_of(domain, domain_len)},
        .app_link = ds_view_of(app_link, app_link_len),
        .kms_link = ds_view_of(kms_link, kms_link_len),
    };

    return discover(
        &c, ds_view_of(app_id, app_id_len), ret_app_root, ret_kms_root, err);
}
