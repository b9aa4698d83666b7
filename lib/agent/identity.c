/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/client.h"
#include "receipt/identity.h"

/* A node's keys and identity, out of several calls of the agent. */

/* With the key's origin: path, scheme and signature chain. */
static int
add_key(dstack_identity *identity, const dstack_key *key, const char *path,
    dstack_error *err)
{
    size_t n, link_len;
    const uint8_t *public_key = dstack_key_public(key, &n);
    int rc = dstack_identity_add_key(
        identity, public_key, n, dstack_key_algorithm(key), path, err);

    if (rc == DSTACK_OK)
        rc = dstack_identity_set_origin(
            identity, dstack_key_scheme(key), "", err);
    for (size_t i = 0; rc == DSTACK_OK && i < dstack_key_chain_count(key);
         i++) {
        const uint8_t *link = dstack_key_chain(key, i, &link_len);

        rc = dstack_identity_add_link(identity, link, link_len, err);
    }
    return rc;
}

/* An attestation, which every platform has; by the v1 surface where that is all
 * that there is. */
static int
add_evidence(
    const dstack_client *client, dstack_identity *identity, dstack_error *err)
{
    dstack_attest_reply *attest = NULL;
    uint8_t report_data[64];
    const uint8_t *evidence;
    size_t n = 0;
    int rc = dstack_identity_report_data(
        identity, report_data, sizeof report_data, err);

    if (rc != DSTACK_OK)
        return rc;
    rc = dstack_client_attest(
        client, report_data, sizeof report_data, &attest, err);
    if (rc == DSTACK_ERR_UNSUPPORTED)
        rc = dstack_client_v1_attest(
            client, report_data, sizeof report_data, 0, &attest, err);
    evidence = dstack_attest_reply_attestation(attest, &n);
    if (rc == DSTACK_OK)
        rc = dstack_identity_set_evidence(identity, evidence, n, err);
    dstack_attest_reply_free(attest);
    return rc;
}

static int
make(const dstack_client *client, const char *signing_path,
    const char *sealing_path, dstack_identity **ret, dstack_key **ret_signing,
    dstack_key **ret_sealing, dstack_error *err)
{
    const char *tag = ret_sealing ? DS_TAG_NODE_KEYS : DS_TAG_RECEIPT_KEY;
    int rc = dstack_identity_new(tag, ret, err);

    if (rc == DSTACK_OK)
        rc = dstack_client_derive_key(
            client, signing_path, NULL, DSTACK_KEY_ED25519, ret_signing, err);
    if (rc == DSTACK_OK)
        rc = add_key(*ret, *ret_signing, signing_path, err);
    if (rc == DSTACK_OK && ret_sealing)
        rc = dstack_client_derive_key(
            client, sealing_path, NULL, DSTACK_KEY_SECP256K1, ret_sealing, err);
    if (rc == DSTACK_OK && ret_sealing)
        rc = add_key(*ret, *ret_sealing, sealing_path, err);
    return rc == DSTACK_OK ? add_evidence(client, *ret, err) : rc;
}

int
dstack_client_make_identity(const dstack_client *client,
    const char *signing_path, const char *sealing_path, dstack_identity **ret,
    dstack_key **ret_signing, dstack_key **ret_sealing, dstack_error *err)
{
    const char *signing = signing_path ? signing_path : "vin-receipt-v1";
    const char *sealing = sealing_path ? sealing_path : "vin-encryption-v1";
    dstack_identity *identity = NULL;
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (ret_signing)
        *ret_signing = NULL;
    if (ret_sealing)
        *ret_sealing = NULL;
    if (!client || !ret || !ret_signing || strcmp(signing, sealing) == 0)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_client_make_identity: NULL argument, or one path for both "
            "keys, which would be one secret");
    rc = make(
        client, signing, sealing, &identity, ret_signing, ret_sealing, err);
    if (rc == DSTACK_OK) {
        *ret = identity;
        return DSTACK_OK;
    }
    dstack_identity_free(identity);
    dstack_key_free(*ret_signing);
    *ret_signing = NULL;
    if (ret_sealing) {
        dstack_key_free(*ret_sealing);
        *ret_sealing = NULL;
    }
    return rc;
}
