/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts from the exchange to the verdict, and an identity from its keys to a
 * peer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/ed25519.h"
#include "dstack/dstack.h"
#include "forge/forge.h"
#include "oom/oom.h"

static const uint8_t seed[32] = {5};
static uint8_t public[32];
static forge *made;
static dstack_verifier *verifier;
static dstack_collateral *collateral;
static dstack_policy *policy;

static const uint8_t *
bytes(const char *text)
{
    return (const uint8_t *)text;
}

/* ---- a receipt --------------------------------------------------------------- */

#define REQUEST \
    "{\"action_type\":\"generic\",\"policy_id\":\"p\\u0041\"," \
    "\"inputs\":{\"n\":[1.5,-0,\"x\"]}}"
#define OUTPUT "{\"clean_text\":\"a\\u0041\",\"text\":\"a\"}"

static int
exchange(dstack_exchange **ret)
{
    int rc = dstack_exchange_new(ret, NULL);

    if (rc == DSTACK_OK)
        rc = dstack_exchange_set_request(
            *ret, bytes(REQUEST), strlen(REQUEST), NULL);
    if (rc == DSTACK_OK)
        rc = dstack_exchange_set_output(
            *ret, bytes(OUTPUT), strlen(OUTPUT), NULL);
    if (rc == DSTACK_OK)
        rc = dstack_exchange_set_payment(*ret, bytes("pay"), 3, NULL);
    return rc;
}

static int
rules(dstack_replay_memory **memory, dstack_receipt_policy **ret)
{
    int rc = dstack_replay_memory_new(4, memory, NULL);

    if (rc == DSTACK_OK)
        rc = dstack_receipt_policy_new(ret, NULL);
    if (rc == DSTACK_OK)
        rc = dstack_receipt_policy_expect_node(*ret, public, 32, NULL);
    if (rc == DSTACK_OK)
        rc = dstack_receipt_policy_accept_level(*ret, 1, NULL);
    if (rc == DSTACK_OK)
        rc = dstack_receipt_policy_set_replay_memory(*ret, *memory, NULL);
    return rc;
}

/* What failed for want of memory used up no nonce. */
static int
judge(const dstack_receipt_policy *p, dstack_replay_memory *memory,
    const char *receipt, const dstack_exchange *x)
{
    dstack_receipt_report *report = NULL;
    dstack_receipt *parsed = NULL;
    char *json = NULL;
    int rc = dstack_receipt_verify(
        p, bytes(receipt), strlen(receipt), x, NULL, FORGE_NOW, &report, NULL);

    if ((rc == DSTACK_OK) != (dstack_replay_memory_count(memory) == 1) ||
        (rc == DSTACK_OK && !dstack_receipt_report_is_accepted(report)))
        rc = OOM_WRONG;
    if (rc == DSTACK_OK)
        rc = dstack_receipt_report_to_json(report, &json, NULL, NULL);
    if (rc == DSTACK_OK)
        rc = dstack_receipt_parse(
            bytes(receipt), strlen(receipt), &parsed, NULL);
    if (rc == DSTACK_OK && (!json || !parsed))
        rc = OOM_WRONG;
    dstack_free(json);
    dstack_receipt_free(parsed);
    dstack_receipt_report_free(report);
    return rc;
}

static int
run_receipt(void)
{
    dstack_exchange *x = NULL;
    dstack_replay_memory *memory = NULL;
    dstack_receipt_policy *p = NULL;
    char *receipt = NULL;
    int rc = exchange(&x);

    if (rc == DSTACK_OK)
        rc = rules(&memory, &p);
    if (rc == DSTACK_OK)
        rc = dstack_receipt_sign(
            x, seed, 32, NULL, 0, NULL, 0, FORGE_NOW, 0, &receipt, NULL, NULL);
    if (rc == DSTACK_OK)
        rc = judge(p, memory, receipt, x);
    dstack_free(receipt);
    dstack_receipt_policy_free(p);
    dstack_replay_memory_free(memory);
    dstack_exchange_free(x);
    return rc;
}

/* ---- an identity ----------------------------------------------------------------- */

static int
identity(dstack_identity **ret)
{
    static const uint8_t link[65] = {1};
    int rc = dstack_identity_new("vin-receipt-key", ret, NULL);

    if (rc == DSTACK_OK)
        rc = dstack_identity_add_key(
            *ret, public, 32, DSTACK_KEY_ED25519, "path", NULL);
    if (rc == DSTACK_OK)
        rc =
            dstack_identity_set_origin(*ret, DSTACK_SCHEME_V0, "purpose", NULL);
    if (rc == DSTACK_OK)
        rc = dstack_identity_add_link(*ret, link, sizeof link, NULL);
    return rc;
}

static void
prepare(void)
{
    dstack_identity *id = NULL;
    const ds_buf *root;
    uint8_t report_data[64];

    ds_ed25519_public(seed, public);
    if (made)
        return;
    made = forge_new(FORGE_TDX_V4, "oom receipt");
    if (!made || identity(&id) != DSTACK_OK ||
        dstack_identity_report_data(id, report_data, 64, NULL) != DSTACK_OK)
        exit(1);
    memcpy(made->quote.td.report_data, report_data, 64);
    if (forge_build(made) != 0)
        exit(1);
    root = &made->out.cert[FORGE_CERT_ROOT];
    if (dstack_verifier_new(&verifier, NULL) != DSTACK_OK ||
        dstack_verifier_set_root(verifier, root->p, root->n, NULL) !=
            DSTACK_OK ||
        dstack_collateral_parse(made->out.collateral.p, made->out.collateral.n,
            &collateral, NULL) != DSTACK_OK ||
        dstack_policy_new(&policy, NULL) != DSTACK_OK) {
        fprintf(stderr, "oom: a receipt's evidence was not made\n");
        exit(1);
    }
    dstack_policy_accept_any_workload(policy);
    /* From now on the platform is known: a verdict is one signature. */
    if (dstack_collateral_prepare(collateral, verifier, NULL) != DSTACK_OK ||
        dstack_verifier_verify_quote(verifier, made->out.quote.p,
            made->out.quote.n, collateral, policy, FORGE_NOW, NULL,
            NULL) != DSTACK_OK)
        exit(1);
    dstack_identity_free(id);
}

static int
run_identity(void)
{
    dstack_identity *id = NULL, *again = NULL;
    dstack_peer *peer = NULL;
    char *json = NULL, *attestation = NULL;
    size_t n = 0;
    int rc = identity(&id);

    if (rc == DSTACK_OK)
        rc = dstack_identity_set_evidence(
            id, made->out.quote.p, made->out.quote.n, NULL);
    if (rc == DSTACK_OK)
        rc = dstack_identity_to_json(id, &json, &n, NULL);
    if (rc == DSTACK_OK)
        rc = dstack_identity_parse(bytes(json), n, &again, NULL);
    if (rc == DSTACK_OK)
        rc = dstack_identity_attestation(
            again, public, 32, &attestation, NULL, NULL);
    if (rc == DSTACK_OK)
        rc = dstack_identity_verify(
            again, verifier, collateral, policy, FORGE_NOW, &peer, NULL, NULL);
    if (rc == DSTACK_OK && (!attestation || dstack_peer_key_count(peer) != 1))
        rc = OOM_WRONG;
    dstack_free(json);
    dstack_free(attestation);
    dstack_peer_free(peer);
    dstack_identity_free(id);
    dstack_identity_free(again);
    return rc;
}

const oom_scenario oom_receipt[] = {
    {"receipt: signed and verified", run_receipt, prepare},
    {"identity: written, read, verified", run_identity, prepare},
    {NULL, NULL, NULL},
};
