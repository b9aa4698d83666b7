/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "crypto/hash.h"
#include "dstack/evidence.h"
#include "dstack/signature.h"
#include "receipt/identity.h"

/* Claims that a receipt's "measurement" may be. */
static const char *const measurements[DS_MEASUREMENTS] = {
    "compose_hash", "mr_aggregated", "os_image_hash"};

static int
fail(dstack_error *err, int reason, const char *message)
{
    return ds_fail_reason(err, ds_reason_code(reason), DSTACK_STAGE_IDENTITY,
        reason, "identity: %s", message);
}

static int
check_binding(const dstack_identity *identity, const dstack_evidence *evidence,
    dstack_error *err)
{
    uint8_t wanted[64];
    size_t n;
    const uint8_t *found = dstack_evidence_report_data(evidence, &n);
    int rc = dstack_identity_report_data(identity, wanted, sizeof wanted, err);

    if (rc != DSTACK_OK)
        return rc;
    if (n != 64 || memcmp(found, wanted, 64) != 0)
        return fail(err, DSTACK_REASON_IDENTITY_KEY_BINDING,
            "the evidence is genuine, but its report data does not name these "
            "keys under this tag");
    return DSTACK_OK;
}

/* Only what the evidence binds: a mere claim is the node's word. */
static void
take_measurements(const dstack_report *report, dstack_peer *peer)
{
    for (int i = 0; i < DS_MEASUREMENTS; i++) {
        size_t n;
        const uint8_t *p = dstack_report_claim(report, measurements[i], &n);

        if (!p || n > sizeof peer->measurement[i] ||
            dstack_report_claim_bound_by(report, measurements[i]) == 0)
            continue;
        memcpy(peer->measurement[i], p, n);
        peer->measurement_len[i] = n;
    }
}

/* What is asked of the keys' chains; trust is NULL where nothing is. */
typedef struct {
    const dstack_kms_trust *trust;
    uint32_t need;
    dstack_identity_chains *found;
} chains_wanted;

/* An app id that nothing binds is held to this too: two that differ are a lie,
 * whichever is true. */
static int
check_app_id(
    const dstack_report *report, const chains_wanted *chains, dstack_error *err)
{
    size_t n, trusted_len;
    const uint8_t *claim = dstack_report_claim(report, "app_id", &n);
    const uint8_t *trusted =
        dstack_kms_trust_app_id(chains->trust, &trusted_len);

    if (!claim || (n == trusted_len && memcmp(claim, trusted, n) == 0))
        return DSTACK_OK;
    return fail(err, DSTACK_REASON_IDENTITY_CHAIN_APP_ID,
        "the evidence is of another app than the KMS is trusted for");
}

static int
check_chains(const dstack_identity *identity, const dstack_report *report,
    chains_wanted *chains, dstack_error *err)
{
    int rc;

    if (!chains->trust)
        return DSTACK_OK;
    rc = check_app_id(report, chains, err);
    if (rc == DSTACK_OK)
        rc = dstack_identity_verify_chains(
            identity, chains->trust, chains->need, &chains->found, err);
    return rc;
}

static uint8_t
chain_result(const ds_identity_key *key, const dstack_identity_chains *found,
    size_t index)
{
    if (found)
        return (uint8_t)dstack_identity_chains_result(found, index);
    return key->link_count != 0 ? DSTACK_CHECK_NOT_JUDGED
                                : DSTACK_CHECK_NOT_RUN;
}

static int
make_peer(const dstack_identity *identity, const dstack_report *report,
    const dstack_identity_chains *chains, int64_t now, dstack_peer **ret,
    dstack_error *err)
{
    dstack_peer *peer = ds_calloc(1, sizeof *peer);

    if (!peer)
        return ds_fail_nomem(err);
    /* Past its end by grace: the verdict holds now and no longer. */
    peer->valid_until = dstack_report_valid_until(report);
    if (peer->valid_until < now)
        peer->valid_until = now;
    peer->key_count = identity->key_count;
    for (size_t i = 0; i < identity->key_count; i++) {
        peer->key[i] = identity->key[i].key;
        peer->chain[i] = chain_result(&identity->key[i], chains, i);
    }
    take_measurements(report, peer);
    if (!ds_hash(DS_SHA256,
            ds_view_of(identity->evidence, identity->evidence_len),
            ds_view_of(NULL, 0), peer->evidence_hash)) {
        ds_free(peer);
        return ds_fail(err, DSTACK_ERR_INTERNAL, "SHA-256 failed");
    }
    *ret = peer;
    return DSTACK_OK;
}

/* dstack_identity_verify(), whose outputs are cleared already. */
static int
verify(const dstack_identity *identity, const dstack_verifier *verifier,
    const dstack_collateral *collateral, const dstack_policy *policy,
    chains_wanted *chains, int64_t now, dstack_peer **ret,
    dstack_report **ret_report, dstack_error *err)
{
    dstack_evidence *evidence = NULL;
    dstack_report *report = NULL;
    uint8_t report_data[64];
    int rc;

    if (!identity->evidence)
        return fail(err, DSTACK_REASON_IDENTITY_FORMAT, "it has no evidence");
    rc = dstack_identity_report_data(identity, report_data, 64, err);
    if (rc == DSTACK_ERR_ARG)
        return fail(err, DSTACK_REASON_IDENTITY_FORMAT,
            "its tag asks for other keys than it has");
    if (rc == DSTACK_OK)
        rc = dstack_evidence_parse(
            identity->evidence, identity->evidence_len, &evidence, err);
    if (rc == DSTACK_OK)
        rc = dstack_verifier_verify(
            verifier, evidence, collateral, policy, now, &report, err);
    if (rc == DSTACK_OK)
        rc = check_binding(identity, evidence, err);
    if (rc == DSTACK_OK)
        rc = check_chains(identity, report, chains, err);
    if (rc == DSTACK_OK)
        rc = make_peer(identity, report, chains->found, now, ret, err);
    dstack_evidence_free(evidence);
    if (ret_report)
        *ret_report = report;
    else
        dstack_report_free(report);
    return rc;
}

int
dstack_identity_verify(const dstack_identity *identity,
    const dstack_verifier *verifier, const dstack_collateral *collateral,
    const dstack_policy *policy, int64_t now, dstack_peer **ret,
    dstack_report **ret_report, dstack_error *err)
{
    chains_wanted none = {NULL, 0, NULL};

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (ret_report)
        *ret_report = NULL;
    if (!identity || !verifier || !ret)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_identity_verify: NULL argument");
    return verify(identity, verifier, collateral, policy, &none, now, ret,
        ret_report, err);
}

int
dstack_identity_verify_with_chains(const dstack_identity *identity,
    const dstack_verifier *verifier, const dstack_collateral *collateral,
    const dstack_policy *policy, const dstack_kms_trust *trust, uint32_t chains,
    int64_t now, dstack_peer **ret, dstack_report **ret_report,
    dstack_identity_chains **ret_chains, dstack_error *err)
{
    chains_wanted wanted = {trust, chains, NULL};
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (ret_report)
        *ret_report = NULL;
    if (ret_chains)
        *ret_chains = NULL;
    if (!identity || !verifier || !trust || !ret ||
        (chains != DSTACK_CHAINS_REQUIRED &&
            chains != DSTACK_CHAINS_ACCEPT_NONE))
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_identity_verify_with_chains: NULL argument, or no "
            "DSTACK_CHAINS_*");
    rc = verify(identity, verifier, collateral, policy, &wanted, now, ret,
        ret_report, err);
    if (ret_chains)
        *ret_chains = wanted.found;
    else
        dstack_identity_chains_free(wanted.found);
    return rc;
}

void
dstack_peer_free(dstack_peer *peer)
{
    ds_free(peer);
}

int64_t
dstack_peer_valid_until(const dstack_peer *peer)
{
    return peer ? peer->valid_until : -1;
}

size_t
dstack_peer_key_count(const dstack_peer *peer)
{
    return peer ? peer->key_count : 0;
}

const uint8_t *
dstack_peer_key(const dstack_peer *peer, size_t index, size_t *len)
{
    bool there = peer && index < peer->key_count;

    if (len)
        *len = there ? peer->key[index].len : 0;
    return there ? peer->key[index].bytes : NULL;
}

uint32_t
dstack_peer_key_algorithm(const dstack_peer *peer, size_t index)
{
    return peer && index < peer->key_count ? peer->key[index].algorithm : 0;
}

int
dstack_peer_chain_result(const dstack_peer *peer, size_t index)
{
    return peer && index < peer->key_count ? peer->chain[index]
                                           : DSTACK_CHECK_NOT_RUN;
}

int
dstack_peer_verify_signature(const dstack_peer *peer, const uint8_t *data,
    size_t data_len, const uint8_t *signature, size_t signature_len,
    uint32_t algorithm, int64_t now, dstack_error *err)
{
    uint32_t kind = algorithm == DSTACK_KEY_SECP256K1_PREHASHED
                        ? DSTACK_KEY_SECP256K1
                        : algorithm;
    bool found = false;
    int rc;

    ds_err_clear(err);
    if (!peer || (!data && data_len != 0) || !signature)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_peer_verify_signature: NULL argument");
    if (now > peer->valid_until)
        return ds_fail_reason(err, DSTACK_ERR_STALE, DSTACK_STAGE_IDENTITY,
            DSTACK_REASON_IDENTITY_EXPIRED,
            "identity: verified until %lld, now is %lld; verify it again",
            (long long)peer->valid_until, (long long)now);
    for (size_t i = 0; i < peer->key_count; i++) {
        const ds_public_key *k = &peer->key[i];

        if (k->algorithm != kind)
            continue;
        found = true;
        rc = dstack_signature_verify(k->bytes, k->len, data, data_len,
            signature, signature_len, algorithm, err);
        if (rc != DSTACK_ERR_UNTRUSTED)
            return rc;
    }
    if (!found)
        return fail(
            err, DSTACK_REASON_IDENTITY_KEY, "it has no key of this algorithm");
    return fail(err, DSTACK_REASON_IDENTITY_SIGNATURE,
        "none of its keys made this signature");
}
