/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char help[] =
    "usage: dstack keychain verify --app-id HEX --kms-root HEX...\n"
    "           --public-key HEX | --key HEX [--path PATH] [--purpose TEXT]\n"
    "           [--v1 --domain TEXT] [OPTIONS] APP-LINK KMS-LINK\n"
    "       dstack keychain verify --algorithm NAME --text STRING | --data "
    "HEX\n"
    "           | --file FILE ... SIGNATURE APP-LINK KMS-LINK\n"
    "\n"
    "Does a key belong to this app and this KMS? Answered from the signature\n"
    "chain of a key, or of a signature by the app's signing key. The path of "
    "a\n"
    "key is not signed. An empty KMS-LINK is \"\".\n"
    "\n"
    "  --app-id HEX           20 bytes\n"
    "  --kms-root HEX         a trusted KMS's k256 root key, 33 bytes; repeat\n"
    "  --public-key HEX       33 bytes secp256k1, 32 bytes ed25519\n"
    "  --key HEX              or the secret key, which others on this machine\n"
    "                         can read in the list of processes\n"
    "  --algorithm NAME       secp256k1 (default), ed25519; for a signature\n"
    "                         also secp256k1_prehashed\n"
    "  --accept-app-root HEX  weaker: accept a chain without a KMS's link, of\n"
    "                         this app root key\n"
    "  --json                 print one JSON document\n"
    "\n"
    "Exit status: 0 yes, 1 no, 2 usage, 3 could not try.\n";

/* What is judged, from the command line. */
typedef struct {
    blob key;
    blob data;
    blob link[3];
    uint32_t algorithm;
} question;

static void
question_free(question *q)
{
    free(q->key.p);
    free(q->data.p);
    for (int i = 0; i < 3; i++)
        free(q->link[i].p);
}

static int
read_key(const options *o, question *q)
{
    dstack_error err;
    blob secret;
    int status;

    if (!o->public_key == !o->key)
        return complain(
            o, CLI_USAGE, "one of --public-key HEX and --key HEX is required");
    if (o->public_key)
        return kms_hex(o, "--public-key", o->public_key, &q->key);
    status = kms_hex(o, "--key", o->key, &secret);
    if (status == CLI_YES && !(q->key.p = malloc(33)))
        status = complain(o, CLI_FAILED, "out of memory");
    if (status == CLI_YES &&
        dstack_signature_public_key(secret.p, secret.n, q->algorithm, q->key.p,
            &q->key.n, &err) != DSTACK_OK)
        status = agent_failed(o, &err);
    blob_wipe(&secret);
    return status;
}

static int
check_options(const options *o, size_t n)
{
    if (n != 2 && n != 3)
        return complain(o, CLI_USAGE,
            "expected APP-LINK KMS-LINK, or those behind a SIGNATURE; found "
            "%zu arguments",
            n);
    if (!o->v1 != !o->domain)
        return complain(o, CLI_USAGE, "--v1 and --domain go together");
    if (n == 3 && (o->v1 || o->purpose || o->path))
        return complain(o, CLI_USAGE,
            "a signature's chain takes no --path, --purpose, --v1");
    return CLI_YES;
}

static int
read_question(const options *o, question *q)
{
    size_t n = o->arguments.n;
    int status = agent_algorithm(o, DSTACK_KEY_SECP256K1, &q->algorithm);

    if (status == CLI_YES)
        status = check_options(o, n);
    if (status == CLI_YES)
        status = read_key(o, q);
    for (size_t i = 0; status == CLI_YES && i < n; i++)
        status =
            kms_hex(o, "the chain", o->arguments.at[i], &q->link[i + 3 - n]);
    if (status == CLI_YES && n == 3)
        status = agent_bytes(o, SIZE_MAX, &q->data);
    return status;
}

static int
ask(const options *o, const dstack_kms_trust *trust, const question *q,
    dstack_keychain_report **ret, dstack_error *err)
{
    const char *purpose = o->purpose ? o->purpose : "";
    const blob *app = &q->link[1], *kms = &q->link[2];

    if (o->arguments.n == 3)
        return dstack_keychain_verify_sign(trust, q->key.p, q->key.n, q->data.p,
            q->data.n, q->link[0].p, q->link[0].n, app->p, app->n, kms->p,
            kms->n, q->algorithm, ret, err);
    if (o->v1)
        return dstack_keychain_verify_v1(trust, q->key.p, q->key.n,
            (const uint8_t *)o->domain, strlen(o->domain), app->p, app->n,
            kms->p, kms->n, q->algorithm, ret, err);
    return dstack_keychain_verify_v0(trust, q->key.p, q->key.n,
        (const uint8_t *)purpose, strlen(purpose), app->p, app->n, kms->p,
        kms->n, ret, err);
}

static const char *
result_name(int result)
{
    if (result == DSTACK_CHECK_PASSED)
        return "passed";
    return result == DSTACK_CHECK_FAILED ? "failed" : "not run";
}

static void
print_json_report(const dstack_keychain_report *r)
{
    int reason = dstack_keychain_report_reason(r);
    const uint8_t *p;
    size_t n;

    putchar('{');
    json_print_text(false, "verdict",
        dstack_keychain_report_is_accepted(r) ? "accepted" : "rejected");
    if (reason != 0) {
        json_print_text(true, "reason", dstack_reason_name(reason));
        json_print_text(true, "message", dstack_keychain_report_message(r));
    }
    if ((p = dstack_keychain_report_app_root(r, &n)) != NULL)
        json_print_hex(true, "app_root", p, n);
    if ((p = dstack_keychain_report_kms_root(r, &n)) != NULL)
        json_print_hex(true, "kms_root", p, n);
    fputs(",\"checks\":[", stdout);
    for (size_t i = 0; i < dstack_keychain_report_check_count(r); i++) {
        fputs(i == 0 ? "{" : ",{", stdout);
        json_print_text(false, "name", dstack_keychain_report_check_name(r, i));
        json_print_text(true, "result",
            result_name(dstack_keychain_report_check_result(r, i)));
        putchar('}');
    }
    fputs("]}\n", stdout);
}

static void
print_text_report(const dstack_keychain_report *r)
{
    const uint8_t *p;
    size_t n;

    print_verdict(dstack_keychain_report_is_accepted(r),
        dstack_keychain_report_is_accepted(r)
            ? "the key is this app's"
            : dstack_reason_name(dstack_keychain_report_reason(r)));
    if (!dstack_keychain_report_is_accepted(r))
        print_row("why", "%s", dstack_keychain_report_message(r));
    if ((p = dstack_keychain_report_app_root(r, &n)) != NULL)
        print_row_hex("app root", p, n);
    if ((p = dstack_keychain_report_kms_root(r, &n)) != NULL)
        print_row_hex("KMS root", p, n);
    for (size_t i = 0; i < dstack_keychain_report_check_count(r); i++)
        print_row(dstack_keychain_report_check_name(r, i), "%s",
            result_name(dstack_keychain_report_check_result(r, i)));
}

static int
run(const options *o)
{
    dstack_kms_trust *trust = NULL;
    dstack_keychain_report *report = NULL;
    dstack_error err;
    question q = {.algorithm = DSTACK_KEY_ANY};
    int status = kms_trust(o, &trust);
    int rc;

    if (status == CLI_YES)
        status = read_question(o, &q);
    if (status == CLI_YES) {
        rc = ask(o, trust, &q, &report, &err);
        status = rc == DSTACK_OK ? CLI_YES : CLI_NO;
        if (!report)
            status = agent_failed(o, &err);
        else if (o->json)
            print_json_report(report);
        else
            print_text_report(report);
    }
    dstack_keychain_report_free(report);
    dstack_kms_trust_free(trust);
    question_free(&q);
    return status;
}

int
cmd_keychain(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    options o = {.command = "keychain"};
    int status;

    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        fputs(help, stdout);
        return print_done(&o, CLI_YES);
    }
    if (strcmp(word, "verify") != 0)
        return complain(
            &o, CLI_USAGE, "expected verify; see dstack keychain --help");
    status = options_parse("keychain verify", "CHAIN...",
        "help json app-id kms-root accept-app-root public-key key path purpose "
        "v1 domain algorithm text data file",
        argc - 1, argv + 1, &o);
    if (status == CLI_YES && o.help)
        fputs(help, stdout);
    else if (status == CLI_YES)
        status = run(&o);
    return print_done(&o, status);
}
