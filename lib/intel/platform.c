/* SPDX-License-Identifier: Apache-2.0 */
#include "intel/platform.h"

#include <string.h>

#include "base/mem.h"
#include "crypto/hash.h"

static int
no(ds_platform_walk *w, int check, int reason, const char *message)
{
    return ds_checks_fail(w->checks, check, reason, NULL, NULL, "%s", message);
}

static int
nomem(ds_platform_walk *w, int check)
{
    dstack_error err;

    ds_fail_nomem(&err);
    return ds_checks_fail_err(w->checks, check, &err);
}

/* ---- known platforms -------------------------------------------------------- */

/* All that the remembered facts were proven from: attestation key to
 * certification data stand side by side in a quote, with their lengths; which
 * layout they are read in depends on the version. Then an external chain, and
 * up to which root and how strictly the chain was checked. */
static bool
cache_key(const ds_platform_walk *w, ds_view external,
    const ds_chain_options *opt, uint8_t key[32])
{
    const dstack_quote *q = w->quote;
    const uint8_t *end = q->cert_data.p + q->cert_data.n;
    ds_view inside =
        ds_view_of(q->attestation_key.p, (size_t)(end - q->attestation_key.p));
    uint8_t all[DS_HASH_MAX + DS_HASH_MAX + sizeof w->root->hash + 3];
    uint8_t *at = all + DS_HASH_MAX + DS_HASH_MAX;

    memset(all, 0, sizeof all);
    if (!ds_hash(DS_SHA256, inside, ds_view_of(NULL, 0), all))
        return false;
    if (external.n != 0 &&
        !ds_hash(DS_SHA256, external, ds_view_of(NULL, 0), all + DS_HASH_MAX))
        return false;
    memcpy(at, w->root->hash, sizeof w->root->hash);
    at += sizeof w->root->hash;
    at[0] = q->version == 3 ? 3 : 4;
    at[1] = opt->strict ? 1 : 0;
    at[2] = opt->reissued_root ? 1 : 0;
    return ds_hash(
        DS_SHA256, ds_view_of(all, sizeof all), ds_view_of(NULL, 0), key);
}

/* ---- the chain -------------------------------------------------------------- */

/* An external chain is preferred; types 1 to 4 carry no whole one (section
 * 1.7). */
static int
find_chain(ds_platform_walk *w, ds_view external, ds_view *pem)
{
    *pem = external;
    if (pem->n != 0)
        return DSTACK_OK;
    if (w->quote->cert_type == DS_CERT_PCK_CHAIN) {
        *pem = w->quote->cert_data;
        if (pem->n == 0)
            return no(w, DS_CHECK_PCK_CHAIN, DSTACK_REASON_PCK_CHAIN_LENGTH,
                "PCK chain: the quote's certification data is empty");
        return DSTACK_OK;
    }
    return ds_checks_fail(w->checks, DS_CHECK_PCK_CHAIN,
        DSTACK_REASON_PCK_CHAIN_MISSING, NULL, NULL,
        "PCK chain: certification data of type %u carries none: supply it as "
        "pck_certificate_chain with the collateral",
        (unsigned)w->quote->cert_type);
}

static bool
copy(uint8_t *out, size_t max, size_t *len, ds_view v)
{
    if (v.n > max)
        return false;
    memcpy(out, v.p, v.n);
    *len = v.n;
    return true;
}

/* What later steps ask of the chain, so that it need not be kept. */
static bool
keep_facts(ds_platform_walk *w)
{
    ds_platform *to = &w->ref->platform;
    const ds_cert *leaf = w->chain.link[0].cert;
    const ds_cert *ca = w->chain.link[1].cert;
    const ds_cert *root = w->chain.link[2].cert;

    to->not_before = w->chain.not_before;
    to->not_after = w->chain.not_after;
    to->oldest = w->chain.oldest;
    memcpy(to->ca_key, ca->key_xy.p, sizeof to->ca_key);
    return copy(to->leaf_serial, sizeof to->leaf_serial, &to->leaf_serial_len,
               leaf->serial) &&
           copy(to->ca_serial, sizeof to->ca_serial, &to->ca_serial_len,
               ca->serial) &&
           copy(to->root_serial, sizeof to->root_serial, &to->root_serial_len,
               root->serial) &&
           copy(to->issuer, sizeof to->issuer, &to->issuer_len, leaf->issuer);
}

static int
take_platform(ds_platform_walk *w)
{
    dstack_error err;

    w->ref = ds_platform_ref_new();
    if (!w->ref)
        return nomem(w, DS_CHECK_PCK_CHAIN);
    if (!keep_facts(w))
        return no(w, DS_CHECK_PCK_CHAIN, DSTACK_REASON_CERT_DER,
            "PCK chain: a name or serial number is too long");
    if (ds_pck_parse(w->chain.link[0].cert, &w->ref->platform.pck, &err) !=
        DSTACK_OK)
        return ds_checks_fail_err(w->checks, DS_CHECK_PCK_CHAIN, &err);
    return DSTACK_OK;
}

int
ds_platform_chain(ds_platform_walk *w, ds_view external,
    const ds_chain_options *opt, const ds_known *known)
{
    ds_view pem;
    dstack_error err;
    int rc = find_chain(w, external, &pem);

    if (rc != DSTACK_OK)
        return rc;
    if (w->cache && !cache_key(w, external, opt, w->key))
        return no(w, DS_CHECK_PCK_CHAIN, DSTACK_REASON_INTERNAL,
            "PCK chain: hashing failed");
    w->ref = ds_platform_cache_find(w->cache, w->key);
    w->known = w->ref != NULL;
    if (w->known)
        return DSTACK_OK;
    rc =
        ds_chain_check(DS_CHAIN_PCK, pem, w->root, opt, known, &w->chain, &err);
    if (rc != DSTACK_OK)
        return ds_checks_fail_err(w->checks, DS_CHECK_PCK_CHAIN, &err);
    rc = take_platform(w);
    /* Whoever finds a platform here takes it for proven. */
    if (rc != DSTACK_OK) {
        ds_platform_cache_release(w->cache, w->ref);
        w->ref = NULL;
    }
    return rc;
}

/* ---- the quoting enclave's report ------------------------------------------- */

static int
check_qe_signature(ds_platform_walk *w)
{
    ds_link *leaf = &w->chain.link[0];
    uint8_t hash[DS_HASH_MAX];
    int rc = DS_ECDSA_OK;

    if (!leaf->key)
        rc = ds_ecdsa_key_new(DS_P256, leaf->cert->key_xy, &leaf->key);
    if (rc == DS_ECDSA_OK &&
        !ds_hash(DS_SHA256, w->quote->qe_report, ds_view_of(NULL, 0), hash))
        return no(w, DS_CHECK_QE_REPORT_SIGNATURE, DSTACK_REASON_INTERNAL,
            "QE report: hashing failed");
    if (rc == DS_ECDSA_OK)
        rc = ds_ecdsa_verify(
            leaf->key, ds_view_of(hash, 32), w->quote->qe_signature);
    if (rc == DS_ECDSA_NOMEM)
        return nomem(w, DS_CHECK_QE_REPORT_SIGNATURE);
    if (rc != DS_ECDSA_OK)
        return no(w, DS_CHECK_QE_REPORT_SIGNATURE, DSTACK_REASON_QE_REPORT_SIG,
            "QE report: its signature by the PCK key does not verify");
    ds_checks_pass(w->checks, DS_CHECK_QE_REPORT_SIGNATURE);
    return DSTACK_OK;
}

/* Spec 3.7: SHA-256(key || auth data), then 32 zero bytes. */
static int
check_qe_data(ds_platform_walk *w)
{
    ds_view data = ds_view_of(w->quote->qe_report.p + 320, 64);
    uint8_t hash[DS_HASH_MAX];

    if (!ds_hash(
            DS_SHA256, w->quote->attestation_key, w->quote->auth_data, hash))
        return no(w, DS_CHECK_QE_REPORT_DATA, DSTACK_REASON_INTERNAL,
            "QE report: hashing failed");
    if (memcmp(hash, data.p, 32) != 0)
        return no(w, DS_CHECK_QE_REPORT_DATA, DSTACK_REASON_QE_REPORT_DATA,
            "QE report: its report data is not the hash of attestation key "
            "and authentication data");
    if (!ds_view_is_zero(ds_view_of(data.p + 32, 32)))
        return no(w, DS_CHECK_QE_REPORT_DATA, DSTACK_REASON_QE_REPORT_DATA,
            "QE report: bytes 32 to 63 of its report data are not zero");
    ds_checks_pass(w->checks, DS_CHECK_QE_REPORT_DATA);
    return DSTACK_OK;
}

int
ds_platform_bind(ds_platform_walk *w)
{
    int rc;

    if (w->known) {
        ds_checks_pass(w->checks, DS_CHECK_QE_REPORT_SIGNATURE);
        ds_checks_pass(w->checks, DS_CHECK_QE_REPORT_DATA);
        return DSTACK_OK;
    }
    rc = check_qe_signature(w);
    if (rc == DSTACK_OK)
        rc = check_qe_data(w);
    if (rc != DSTACK_OK)
        return rc;
    rc = ds_ecdsa_key_new(
        DS_P256, w->quote->attestation_key, &w->ref->platform.attestation_key);
    if (rc == DS_ECDSA_NOMEM)
        return nomem(w, DS_CHECK_QUOTE_SIGNATURE);
    if (rc != DS_ECDSA_OK)
        return no(w, DS_CHECK_QUOTE_SIGNATURE, DSTACK_REASON_KEY_INVALID,
            "quote: the attestation key is not a point on P-256");
    ds_platform_cache_insert(w->cache, w->key, w->ref);
    return DSTACK_OK;
}

void
ds_platform_walk_free(ds_platform_walk *w)
{
    ds_chain_free(&w->chain);
    ds_platform_cache_release(w->cache, w->ref);
    w->ref = NULL;
}
