/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char help[] =
    "usage: dstack receipt sign --key FILE --request FILE --output FILE\n"
    "           [--evidence FILE] [--payment FILE] [--validity SECONDS]\n"
    "           [--at TIME]\n"
    "       dstack receipt verify --request FILE --output FILE [--level N]\n"
    "           [--payment FILE] [--public-key HEX] [--at TIME] [--json]\n"
    "           [--evidence FILE --collateral FILE [--root FILE]\n"
    "           [--policy FILE] [--accept-tcb LIST] [--strict]] RECEIPT\n"
    "\n"
    "Receipts of a verifiable inference network (vin.receipt.v0).\n"
    "\n"
    "  --key FILE          the node's Ed25519 seed, 32 bytes in hex\n"
    "  --request FILE      the request, JSON\n"
    "  --output FILE       the output, JSON with text and clean_text\n"
    "  --evidence FILE     the node's identity, or evidence for its key\n"
    "  --payment FILE      the payment payload, any bytes\n"
    "  --validity SECONDS  how long the receipt is good; 600\n"
    "  --level N           0 a signature, 1 and a payment, 2 and an\n"
    "                      attestation; without it 2 with --evidence, else 0.\n"
    "                      At 2 nothing needs to be paid without --payment\n"
    "  --public-key HEX    the node's Ed25519 key; any other is refused\n"
    "  --collateral, --root, --policy, --accept-tcb, --strict, --at, --json\n"
    "                      as for dstack verify\n"
    "\n"
    "A receipt that was seen before is not noticed here.\n"
    "Exit status: 0 yes, 1 no, 2 usage, 3 could not try.\n";

typedef struct {
    options o;
    blob request, output, payment, evidence, key, bundle, receipt;
    int64_t now;
    uint32_t level;
    dstack_exchange *exchange;
    dstack_identity *identity;
    dstack_verifier *verifier;
    dstack_collateral *collateral;
    dstack_policy *policy;
    dstack_peer *peer;
    dstack_receipt_policy *rules;
} job;

static void
job_free(job *j)
{
    /* What was sealed, before and after. */
    blob_wipe(&j->key);
    blob_wipe(&j->request);
    blob_wipe(&j->output);
    free(j->payment.p);
    free(j->evidence.p);
    free(j->bundle.p);
    free(j->receipt.p);
    dstack_exchange_free(j->exchange);
    dstack_identity_free(j->identity);
    dstack_verifier_free(j->verifier);
    dstack_collateral_free(j->collateral);
    dstack_policy_free(j->policy);
    dstack_peer_free(j->peer);
    dstack_receipt_policy_free(j->rules);
}

/* What is malformed is a no; what was not judged, a failure. */
static int
failed(const job *j, int rc, const dstack_error *err)
{
    bool no = rc == DSTACK_ERR_PARSE || rc == DSTACK_ERR_UNTRUSTED ||
              rc == DSTACK_ERR_STALE || rc == DSTACK_ERR_POLICY ||
              rc == DSTACK_ERR_UNSUPPORTED;

    return complain(&j->o, no ? CLI_NO : CLI_FAILED, "%s", err->message);
}

/* ---- what both read --------------------------------------------------------- */

static int
read_if(job *j, const char *path, blob *ret)
{
    return path ? input_read(&j->o, path, ret) : CLI_YES;
}

static int
read_exchange(job *j)
{
    dstack_error err;
    int rc, status;

    if (!j->o.request || !j->o.output)
        return complain(
            &j->o, CLI_USAGE, "--request FILE and --output FILE are required");
    status = options_time(&j->o, &j->now);
    if (status == CLI_YES)
        status = read_if(j, j->o.request, &j->request);
    if (status == CLI_YES)
        status = read_if(j, j->o.output, &j->output);
    if (status == CLI_YES)
        status = read_if(j, j->o.payment, &j->payment);
    if (status == CLI_YES)
        status = read_if(j, j->o.evidence, &j->evidence);
    if (status != CLI_YES)
        return status;
    rc = dstack_exchange_new(&j->exchange, &err);
    if (rc == DSTACK_OK)
        rc = dstack_exchange_set_request(
            j->exchange, j->request.p, j->request.n, &err);
    if (rc == DSTACK_OK)
        rc = dstack_exchange_set_output(
            j->exchange, j->output.p, j->output.n, &err);
    if (rc == DSTACK_OK && j->o.payment)
        rc = dstack_exchange_set_payment(
            j->exchange, j->payment.p, j->payment.n, &err);
    return rc == DSTACK_OK ? CLI_YES : failed(j, rc, &err);
}

/* A document that says so is an identity; anything else is evidence for this
 * one key. */
static int
take_identity(job *j, const uint8_t *key, dstack_error *err)
{
    int rc =
        dstack_identity_parse(j->evidence.p, j->evidence.n, &j->identity, err);

    if (rc != DSTACK_ERR_PARSE)
        return rc;
    rc = dstack_identity_new("vin-receipt-key", &j->identity, err);
    if (rc == DSTACK_OK)
        rc = dstack_identity_add_key(
            j->identity, key, 32, DSTACK_KEY_ED25519, NULL, err);
    if (rc == DSTACK_OK)
        rc = dstack_identity_set_evidence(
            j->identity, j->evidence.p, j->evidence.n, err);
    return rc;
}

/* ---- sign --------------------------------------------------------------------- */

static int
read_key(job *j)
{
    blob text = {NULL, 0};
    int status = input_read(&j->o, j->o.key, &text);

    if (status == CLI_YES &&
        (!input_hex((span){(char *)text.p, text.n}, &j->key) || j->key.n != 32))
        status =
            complain(&j->o, CLI_FAILED, "%s: not 32 bytes in hex", j->o.key);
    blob_wipe(&text);
    return status;
}

static int
read_validity(const job *j, int64_t *ret)
{
    char *end = NULL;

    *ret = 0;
    if (!j->o.validity)
        return CLI_YES;
    *ret = strtoll(j->o.validity, &end, 10);
    if (*end || *ret < 1 || *ret > 31622400)
        return complain(
            &j->o, CLI_USAGE, "--validity: expected 1 to 31622400 seconds");
    return CLI_YES;
}

static int
sign(job *j)
{
    char *attestation = NULL, *receipt = NULL;
    uint8_t key[33];
    dstack_error err;
    int64_t validity;
    size_t n = 0;
    int status = read_validity(j, &validity);
    int rc = DSTACK_OK;

    if (status == CLI_YES && !j->o.key)
        status = complain(&j->o, CLI_USAGE, "--key FILE is required");
    if (status == CLI_YES)
        status = read_exchange(j);
    if (status == CLI_YES)
        status = read_key(j);
    if (status != CLI_YES)
        return status;
    if (j->o.evidence) {
        rc = dstack_signature_public_key(
            j->key.p, 32, DSTACK_KEY_ED25519, key, &n, &err);
        if (rc == DSTACK_OK)
            rc = take_identity(j, key, &err);
        if (rc == DSTACK_OK)
            rc = dstack_identity_attestation(
                j->identity, NULL, 0, &attestation, &n, &err);
    }
    if (rc == DSTACK_OK)
        rc = dstack_receipt_sign(j->exchange, j->key.p, j->key.n,
            (uint8_t *)attestation, n, NULL, 0, j->now, validity, &receipt,
            NULL, &err);
    if (rc == DSTACK_OK)
        printf("%s\n", receipt);
    else
        status = failed(j, rc, &err);
    dstack_free(attestation);
    dstack_free(receipt);
    return status;
}

/* ---- verify ------------------------------------------------------------------- */

static int
read_level(job *j)
{
    const char *text = j->o.level;

    j->level = j->o.evidence ? 2 : 0;
    if (text && (text[0] < '0' || text[0] > '2' || text[1]))
        return complain(&j->o, CLI_USAGE, "--level: expected 0, 1 or 2");
    if (text)
        j->level = (uint32_t)(text[0] - '0');
    if (j->level == 2 && (!j->o.evidence || !j->o.collateral))
        return complain(&j->o, CLI_USAGE,
            "level 2 needs --evidence FILE and --collateral FILE");
    if (j->level == 1 && !j->o.payment)
        return complain(&j->o, CLI_USAGE, "level 1 needs --payment FILE");
    return CLI_YES;
}

static int
read_rules(job *j, dstack_error *err)
{
    blob key = {NULL, 0};
    int rc = dstack_receipt_policy_new(&j->rules, err);

    if (rc == DSTACK_OK)
        rc = dstack_receipt_policy_accept_level(j->rules, j->level, err);
    if (rc == DSTACK_OK && j->o.public_key) {
        if (!input_hex((span){j->o.public_key, strlen(j->o.public_key)}, &key))
            rc = input_fail(err, DSTACK_STAGE_RECEIPT,
                DSTACK_REASON_RECEIPT_NODE, "--public-key: not hex");
        else
            rc = dstack_receipt_policy_expect_node(j->rules, key.p, key.n, err);
    } else if (rc == DSTACK_OK) {
        dstack_receipt_policy_accept_any_node(j->rules);
    }
    free(key.p);
    if (rc != DSTACK_OK)
        return rc;
    dstack_receipt_policy_accept_replay(j->rules);
    if (!j->o.payment)
        dstack_receipt_policy_accept_no_payment(j->rules);
    return DSTACK_OK;
}

/* The peer whose evidence this is, or who the receipt says it is. */
static int
verify_peer(job *j, dstack_error *err)
{
    dstack_receipt *receipt = NULL;
    int rc = dstack_receipt_parse(j->receipt.p, j->receipt.n, &receipt, err);

    if (rc == DSTACK_OK)
        rc = take_identity(
            j, dstack_receipt_bytes(receipt, "node_pubkey", NULL), err);
    if (rc == DSTACK_OK)
        rc = dstack_collateral_parse(
            j->bundle.p, j->bundle.n, &j->collateral, err);
    if (rc == DSTACK_OK)
        rc = dstack_identity_verify(j->identity, j->verifier, j->collateral,
            j->policy, j->now, &j->peer, NULL, err);
    dstack_receipt_free(receipt);
    return rc;
}

static int
show(const job *j, const dstack_receipt_report *report)
{
    static const char *const results[] = {
        "not run", "passed", "FAILED", "not judged"};
    bool yes = dstack_receipt_report_is_accepted(report) == 1;
    char *json = NULL;
    dstack_error err;
    int rc;

    if (j->o.json) {
        rc = dstack_receipt_report_to_json(report, &json, NULL, &err);
        return print_json(&j->o, rc, json, yes ? CLI_YES : CLI_NO);
    }
    print_verdict(yes, yes ? "a receipt of this exchange"
                           : dstack_receipt_report_message(report));
    for (size_t i = 0; i < dstack_receipt_report_step_count(report); i++)
        print_row(dstack_receipt_report_step_name(report, i), "%s",
            results[dstack_receipt_report_step_result(report, i)]);
    return yes ? CLI_YES : CLI_NO;
}

static int
read_all(job *j)
{
    int status = read_level(j);

    if (status == CLI_YES)
        status = read_exchange(j);
    if (status == CLI_YES)
        status = input_read(&j->o, j->o.argument, &j->receipt);
    if (status != CLI_YES || j->level < 2)
        return status;
    status = options_verifier(&j->o, &j->verifier);
    if (status == CLI_YES)
        status = options_policy(&j->o, &j->policy);
    if (status == CLI_YES)
        status = input_read(&j->o, j->o.collateral, &j->bundle);
    return status;
}

static int
verify(job *j)
{
    dstack_receipt_report *report = NULL;
    dstack_error err;
    int status = read_all(j);
    int rc;

    if (status != CLI_YES)
        return status;
    rc = read_rules(j, &err);
    if (rc != DSTACK_OK)
        return complain(&j->o, CLI_USAGE, "%s", err.message);
    if (j->level == 2)
        rc = verify_peer(j, &err);
    if (rc == DSTACK_OK)
        rc = dstack_receipt_verify(j->rules, j->receipt.p, j->receipt.n,
            j->exchange, j->peer, j->now, &report, &err);
    if (report) {
        status = show(j, report);
    } else {
        print_refusal(&j->o, &err, j->now, NULL, "the node's evidence");
        status = rc == DSTACK_ERR_NOMEM ? CLI_FAILED : CLI_NO;
    }
    dstack_receipt_report_free(report);
    return status;
}

#define EXCHANGE "help request output evidence payment at "

int
cmd_receipt(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    bool judge = strcmp(word, "verify") == 0;
    int status;
    job j;

    memset(&j, 0, sizeof j);
    j.o.command = "receipt";
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        fputs(help, stdout);
        return print_done(&j.o, CLI_YES);
    }
    if (!judge && strcmp(word, "sign") != 0)
        return complain(&j.o, CLI_USAGE,
            "expected sign or verify; see dstack receipt --help");
    status = options_parse(judge ? "receipt verify" : "receipt sign",
        judge ? "RECEIPT" : NULL,
        judge ? EXCHANGE
            "json level public-key collateral root policy accept-tcb strict"
              : EXCHANGE "key validity",
        argc - 1, argv + 1, &j.o);
    if (status == CLI_YES && j.o.help)
        fputs(help, stdout);
    else if (status == CLI_YES)
        status = judge ? verify(&j) : sign(&j);
    job_free(&j);
    return print_done(&j.o, status);
}
