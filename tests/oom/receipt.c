/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts from the exchange to the verdict, a node's identity from its keys to
 * a peer, and receipts by that peer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/ed25519.h"
#include "dstack/dstack.h"
#include "forge/forge.h"
#include "oom/oom.h"

/* guest-agent.md 7.4: the recorded simulator, its keys at "test" of v1. */
#define APP_ID "5bb4ff9a3837357f19dc176407a5709c62eb6c56"
#define ROOT \
    "0321529e458424ab1f710a3a57ec4dad2fb195ddca572f7469242ba6c7563085b6"
#define KMS_LINK \
    "9e618603e72d01fedb82deff6daf2d62a572becf0059eec3f89c1ab40e1f2e59" \
    "4d2a283f843f34e8f39e4cc49a612496ce67223a12ac923f8efe330346dfc6c500"
#define SECRET \
    "f4426a3894fb657282136b3b7d007576aaf92cd067c192827d25303da5527d65"
#define ED_LINK \
    "aa56540d89c24afc2fa3f37fb41f950e9d0496eb9d7fa6f20c398ae674d9138e" \
    "3b9154a3222b6abd8704f7a95be85cf6daa99ec5faccc404cffbdff8d253b98b01"
#define K1_KEY \
    "02bc3a78e1c1f5d94c2580dd06678ec48ae362aeed00906dbea5aa4d34713c240c"
#define K1_LINK \
    "b81526a4b5a1a211d3bfedb9780fe38de5288f30e6ec2466f22b3874ba60f50f" \
    "356751f1781027516b5372a67afd65c70a5d8a7e7f2ff8a85398df736a4e035f00"

static uint8_t seed[32], public[32];
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

/* Four nonces fit; the fifth takes the place of one that has expired. */
static int
run_replay(void)
{
    dstack_replay_memory *memory = NULL;
    dstack_receipt_policy *p = NULL;
    dstack_exchange *x = NULL;
    int rc = exchange(&x);

    if (rc == DSTACK_OK)
        rc = rules(&memory, &p);
    for (int i = 0; rc == DSTACK_OK && i < 5; i++) {
        int64_t now = FORGE_NOW + (i == 4 ? 1000 : 0);
        char *receipt = NULL;

        rc = dstack_receipt_sign(
            x, seed, 32, NULL, 0, NULL, 0, now, 0, &receipt, NULL, NULL);
        if (rc == DSTACK_OK)
            rc = dstack_receipt_verify(
                p, bytes(receipt), strlen(receipt), x, NULL, now, NULL, NULL);
        if (rc == DSTACK_OK &&
            dstack_replay_memory_count(memory) != (size_t)(i < 4 ? i + 1 : 1))
            rc = OOM_WRONG;
        dstack_free(receipt);
    }
    dstack_receipt_policy_free(p);
    dstack_replay_memory_free(memory);
    dstack_exchange_free(x);
    return rc;
}

/* Three at once, one of them with a report, one with an error. Each yes has
 * used up a nonce and nothing else has; behind the first that had no memory
 * there is no yes; the answer is that of the first without. */
#define MANY 3

static int
check_codes(const dstack_receipt_item *item, int rc, size_t failed, size_t used)
{
    int first = DSTACK_OK;
    bool nomem = false;

    for (size_t i = 0; i < MANY; i++) {
        if (item[i].code == DSTACK_OK) {
            used--;
            if (nomem)
                return OOM_WRONG;
            continue;
        }
        failed--;
        nomem = nomem || item[i].code == DSTACK_ERR_NOMEM;
        first = first == DSTACK_OK ? item[i].code : first;
    }
    return rc == first && failed == 0 && used == 0 ? rc : OOM_WRONG;
}

static int
judge_many(const dstack_receipt_policy *p, dstack_replay_memory *memory,
    char *const *receipt, const dstack_exchange *x)
{
    dstack_receipt_item item[MANY];
    dstack_receipt_report *report = NULL;
    dstack_error err = {.code = DSTACK_OK};
    size_t failed = 0;
    int rc;

    memset(item, 0, sizeof item);
    for (size_t i = 0; i < MANY; i++) {
        item[i].abi_size = sizeof *item;
        item[i].receipt = bytes(receipt[i]);
        item[i].receipt_len = strlen(receipt[i]);
        item[i].exchange = x;
    }
    item[1].ret = &report;
    item[2].err = &err;
    rc = dstack_receipt_verify_many(
        p, item, MANY, NULL, FORGE_NOW, &failed, NULL);
    rc = check_codes(item, rc, failed, dstack_replay_memory_count(memory));
    if (err.code != item[2].code || dstack_receipt_report_is_accepted(report) !=
                                        (item[1].code == DSTACK_OK))
        rc = OOM_WRONG;
    dstack_receipt_report_free(report);
    return rc;
}

static int
run_many(void)
{
    dstack_exchange *x = NULL;
    dstack_replay_memory *memory = NULL;
    dstack_receipt_policy *p = NULL;
    char *receipt[MANY] = {NULL};
    int rc = exchange(&x);

    if (rc == DSTACK_OK)
        rc = rules(&memory, &p);
    for (size_t i = 0; rc == DSTACK_OK && i < MANY; i++)
        rc = dstack_receipt_sign(x, seed, 32, NULL, 0, NULL, 0, FORGE_NOW, 0,
            &receipt[i], NULL, NULL);
    if (rc == DSTACK_OK)
        rc = judge_many(p, memory, receipt, x);
    for (size_t i = 0; i < MANY; i++)
        dstack_free(receipt[i]);
    dstack_receipt_policy_free(p);
    dstack_replay_memory_free(memory);
    dstack_exchange_free(x);
    return rc;
}

/* ---- an identity ----------------------------------------------------------------- */

static void
hex(const char *text, uint8_t *out, size_t n)
{
    if (!ds_hex_decode(ds_view_str(text), out, n))
        abort();
}

/* A key of the node with its chain. */
static int
add_key(dstack_identity *id, const uint8_t *key, size_t n, uint32_t algorithm,
    const char *app)
{
    uint8_t link[65];
    int rc = dstack_identity_add_key(id, key, n, algorithm, "test", NULL);

    if (rc == DSTACK_OK)
        rc = dstack_identity_set_origin(id, DSTACK_SCHEME_V1, "", NULL);
    hex(app, link, sizeof link);
    if (rc == DSTACK_OK)
        rc = dstack_identity_add_link(id, link, sizeof link, NULL);
    hex(KMS_LINK, link, sizeof link);
    return rc == DSTACK_OK
               ? dstack_identity_add_link(id, link, sizeof link, NULL)
               : rc;
}

static int
identity(dstack_identity **ret)
{
    uint8_t key[33];
    int rc = dstack_identity_new(NULL, ret, NULL);

    if (rc == DSTACK_OK)
        rc = add_key(*ret, public, 32, DSTACK_KEY_ED25519, ED_LINK);
    hex(K1_KEY, key, sizeof key);
    return rc == DSTACK_OK
               ? add_key(*ret, key, 33, DSTACK_KEY_SECP256K1, K1_LINK)
               : rc;
}

static int
trusted(dstack_kms_trust **ret)
{
    uint8_t id[20], root[33];
    int rc;

    hex(APP_ID, id, sizeof id);
    hex(ROOT, root, sizeof root);
    rc = dstack_kms_trust_new(id, sizeof id, ret, NULL);
    return rc == DSTACK_OK
               ? dstack_kms_trust_add_root(*ret, root, sizeof root, NULL)
               : rc;
}

static void
prepare(void)
{
    dstack_identity *id = NULL;
    const ds_buf *root;
    uint8_t report_data[64];

    if (made)
        return;
    hex(SECRET, seed, sizeof seed);
    ds_ed25519_public(seed, public);
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

/* Written and read once more. */
static int
publish(dstack_identity **ret)
{
    dstack_identity *id = NULL;
    char *json = NULL;
    size_t n = 0;
    int rc = identity(&id);

    if (rc == DSTACK_OK)
        rc = dstack_identity_set_evidence(
            id, made->out.quote.p, made->out.quote.n, NULL);
    if (rc == DSTACK_OK)
        rc = dstack_identity_to_json(id, &json, &n, NULL);
    if (rc == DSTACK_OK)
        rc = dstack_identity_parse(bytes(json), n, ret, NULL);
    dstack_free(json);
    dstack_identity_free(id);
    return rc;
}

static int
run_identity(void)
{
    dstack_identity *id = NULL;
    dstack_peer *peer = NULL;
    int rc = publish(&id);

    if (rc == DSTACK_OK)
        rc = dstack_identity_verify(
            id, verifier, collateral, policy, FORGE_NOW, &peer, NULL, NULL);
    if (rc == DSTACK_OK &&
        (dstack_peer_key_count(peer) != 2 ||
            dstack_peer_chain_result(peer, 1) != DSTACK_CHECK_NOT_JUDGED))
        rc = OOM_WRONG;
    if (rc < 0 && peer)
        rc = OOM_WRONG;
    dstack_peer_free(peer);
    dstack_identity_free(id);
    return rc;
}

static int
run_chains(void)
{
    dstack_identity *id = NULL;
    dstack_kms_trust *trust = NULL;
    dstack_identity_chains *chains = NULL;
    dstack_report *report = NULL;
    dstack_peer *peer = NULL;
    dstack_error err;
    int rc = publish(&id);

    if (rc == DSTACK_OK)
        rc = trusted(&trust);
    if (rc == DSTACK_OK) {
        rc = dstack_identity_verify_with_chains(id, verifier, collateral,
            policy, trust, DSTACK_CHAINS_REQUIRED, FORGE_NOW, &peer, &report,
            &chains, &err);
        if (rc != err.code || (rc != DSTACK_OK && peer) ||
            (rc == DSTACK_OK &&
                (dstack_peer_chain_result(peer, 0) != DSTACK_CHECK_PASSED ||
                    !dstack_identity_chains_report(chains, 1))))
            rc = OOM_WRONG;
    }
    dstack_identity_chains_free(chains);
    dstack_report_free(report);
    dstack_peer_free(peer);
    dstack_kms_trust_free(trust);
    dstack_identity_free(id);
    return rc;
}

/* ---- a receipt of level 2 -------------------------------------------------------- */

/* The form that holds the evidence. */
static int
attest_inline(char **ret)
{
    ds_buf out;
    size_t n;

    ds_buf_init(&out, 1 << 20);
    ds_buf_add_str(&out, "{\"type\":\"tdx.dstack.v0\",\"report\":\"");
    ds_base64url_encode(ds_view_of(made->out.quote.p, made->out.quote.n), &out);
    ds_buf_add_str(&out, "\",\"signer_pubkey\":\"");
    ds_base64url_encode(ds_view_of(public, 32), &out);
    ds_buf_add_str(&out, "\"}");
    *ret = (char *)ds_buf_take(&out, &n);
    return *ret ? DSTACK_OK : DSTACK_ERR_NOMEM;
}

static int
one_receipt(const dstack_peer *peer, const char *attestation)
{
    dstack_replay_memory *memory = NULL;
    dstack_receipt_policy *p = NULL;
    dstack_receipt_report *report = NULL;
    dstack_exchange *x = NULL;
    char *receipt = NULL;
    int rc = exchange(&x);

    if (rc == DSTACK_OK)
        rc = dstack_replay_memory_new(4, &memory, NULL);
    if (rc == DSTACK_OK)
        rc = dstack_receipt_policy_new(&p, NULL);
    if (rc == DSTACK_OK)
        rc = dstack_receipt_policy_set_replay_memory(p, memory, NULL);
    if (rc == DSTACK_OK)
        rc = dstack_receipt_sign(x, seed, 32, bytes(attestation),
            strlen(attestation), NULL, 0, FORGE_NOW, 0, &receipt, NULL, NULL);
    if (rc == DSTACK_OK) {
        rc = dstack_receipt_verify(p, bytes(receipt), strlen(receipt), x, peer,
            FORGE_NOW, &report, NULL);
        /* What was not judged used up no nonce. */
        if ((rc == DSTACK_OK) != (dstack_replay_memory_count(memory) == 1) ||
            (rc == DSTACK_OK) != dstack_receipt_report_is_accepted(report))
            rc = OOM_WRONG;
    }
    dstack_free(receipt);
    dstack_receipt_report_free(report);
    dstack_receipt_policy_free(p);
    dstack_replay_memory_free(memory);
    dstack_exchange_free(x);
    return rc;
}

static int
run_level_2(void)
{
    dstack_identity *id = NULL;
    dstack_peer *peer = NULL;
    char *reference = NULL, *whole = NULL;
    int rc = publish(&id);

    if (rc == DSTACK_OK)
        rc = dstack_identity_verify(
            id, verifier, collateral, policy, FORGE_NOW, &peer, NULL, NULL);
    if (rc == DSTACK_OK)
        rc = dstack_identity_attestation(id, NULL, 0, &reference, NULL, NULL);
    if (rc == DSTACK_OK)
        rc = one_receipt(peer, reference);
    if (rc == DSTACK_OK)
        rc = attest_inline(&whole);
    if (rc == DSTACK_OK)
        rc = one_receipt(peer, whole);
    dstack_free(reference);
    dstack_free(whole);
    dstack_peer_free(peer);
    dstack_identity_free(id);
    return rc;
}

const oom_scenario oom_receipt[] = {
    {"receipt: signed and verified", run_receipt, prepare},
    {"receipt: three at once", run_many, prepare},
    {"receipt: nonces remembered", run_replay, prepare},
    {"receipt: of level 2", run_level_2, prepare},
    {"identity: written, read, verified", run_identity, prepare},
    {"identity: with its key chains", run_chains, prepare},
    {NULL, NULL, NULL},
};
