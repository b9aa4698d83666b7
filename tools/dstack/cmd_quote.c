/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char quote_help[] =
    "usage: dstack quote --report-data HEX | --text STRING | --hash FILE\n"
    "                    [OPTIONS]\n"
    "\n"
    "A TDX quote from the guest agent, with its event log: one JSON document,\n"
    "as `dstack verify` reads it.\n"
    "\n"
    "  --report-data HEX   1 to 64 bytes that the quote shall carry, padded\n"
    "                      with zeros to 64\n"
    "  --text STRING       the same as text\n"
    "  --hash FILE         SHA-512 of \"app-data:\" and a file's bytes\n"
    "  --tag TAG           another tag than app-data, with --hash\n"
    "  --tappd             from a tappd (RawQuote)\n"
    "  --out FILE          write the raw quote to this new file instead\n"
    "  --endpoint WHERE    unix:PATH, PATH or http://HOST:PORT\n"
    "  --timeout MS        for the whole call, in milliseconds\n"
    "\n"
    "Exit status: 0 a quote, 1 the agent said no, 2 usage, 3 no agent.\n";

static const char attest_help[] =
    "usage: dstack attest --report-data HEX | --text STRING | --hash FILE\n"
    "                     [--gpu] [OPTIONS]\n"
    "\n"
    "A versioned attestation from the guest agent (0.5.6 and later): one JSON\n"
    "document, as `dstack verify` reads it.\n"
    "\n"
    "  --gpu               with the GPUs' evidence recorded at boot (0.6)\n"
    "  --v1                ask the v1 surface (0.6)\n"
    "  --out FILE          write the attestation's bytes to this new file\n"
    "\n"
    "Other options as for `dstack quote`.\n"
    "Exit status: 0 an attestation, 1 the agent said no, 2 usage, 3 no "
    "agent.\n";

static const char gpu_help[] =
    "usage: dstack gpu-info [--nonce HEX] [OPTIONS]\n"
    "\n"
    "Evidence of the GPUs (agents 0.6 and later): recorded at boot or, with a\n"
    "nonce of 32 bytes, made now. Nothing of it is verified here.\n"
    "\n"
    "  --json              print one JSON document, as the agent sent it\n"
    "  --endpoint WHERE, --timeout MS   as for `dstack quote`\n"
    "\n"
    "Exit status: 0 there is some, 1 none or the agent said no, 2 usage,\n"
    "3 no agent.\n";

/* The bytes into a new file, or the document on standard output. */
static int
deliver(const options *o, const char *json, size_t json_len,
    const uint8_t *bytes, size_t n)
{
    if (o->out)
        return secret_write(o, o->out, bytes, n);
    (void)fwrite(json, 1, json_len, stdout);
    putchar('\n');
    return CLI_YES;
}

static int
quote(const options *o, const dstack_client *client, blob data)
{
    dstack_quote_reply *reply = NULL;
    dstack_error err;
    size_t json_len, n;
    int status;

    if (dstack_client_get_quote(client, data.p, data.n, &reply, &err) !=
        DSTACK_OK)
        return agent_failed(o, &err);
    {
        const char *json = dstack_quote_reply_json(reply, &json_len);
        const uint8_t *bytes = dstack_quote_reply_quote(reply, &n);

        status = deliver(o, json, json_len, bytes, n);
    }
    dstack_quote_reply_free(reply);
    return status;
}

static int
attest(const options *o, const dstack_client *client, blob data)
{
    dstack_attest_reply *reply = NULL;
    dstack_error err;
    size_t json_len, n;
    int status, rc;

    if (o->v1 || o->gpu)
        rc = dstack_client_v1_attest(
            client, data.p, data.n, o->gpu, &reply, &err);
    else
        rc = dstack_client_attest(client, data.p, data.n, &reply, &err);
    if (rc != DSTACK_OK)
        return agent_failed(o, &err);
    {
        const char *json = dstack_attest_reply_json(reply, &json_len);
        const uint8_t *bytes = dstack_attest_reply_attestation(reply, &n);

        status = deliver(o, json, json_len, bytes, n);
    }
    dstack_attest_reply_free(reply);
    return status;
}

#define WITH_REPORT_DATA ASK_OPTIONS "report-data text hash tag out force "

static int
with_report_data(const char *command, const char *help, const char *known,
    int (*ask)(const options *, const dstack_client *, blob), int argc,
    char **argv)
{
    dstack_client *client = NULL;
    options o;
    blob data = {NULL, 0};
    int status = options_parse(command, NULL, known, argc, argv, &o);

    if (status == CLI_YES && o.help) {
        fputs(help, stdout);
        return print_done(&o, CLI_YES);
    }
    if (status == CLI_YES)
        status = agent_bytes(&o, 64, &data);
    if (status == CLI_YES)
        status = agent_client(&o, &client);
    if (status == CLI_YES)
        status = ask(&o, client, data);
    dstack_client_free(client);
    blob_wipe(&data);
    return print_done(&o, status);
}

int
cmd_quote(int argc, char **argv)
{
    return with_report_data(
        "quote", quote_help, WITH_REPORT_DATA "tappd", quote, argc, argv);
}

int
cmd_attest(int argc, char **argv)
{
    return with_report_data(
        "attest", attest_help, WITH_REPORT_DATA "v1 gpu", attest, argc, argv);
}

/* ---- gpu-info ------------------------------------------------------------ */

static int
print_bundles(const options *o, const dstack_gpu_reply *reply)
{
    size_t count = dstack_gpu_reply_count(reply);
    size_t n;

    if (o->json) {
        const char *json = dstack_gpu_reply_json(reply, &n);

        (void)fwrite(json, 1, n, stdout);
        putchar('\n');
    }
    for (size_t i = 0; i < count && !o->json; i++) {
        print_row("vendor", "%s", dstack_gpu_reply_vendor(reply, i));
        print_row("format", "%s", dstack_gpu_reply_format(reply, i));
        (void)dstack_gpu_reply_evidence(reply, i, &n);
        print_row("evidence", "%zu bytes, not verified", n);
    }
    if (count == 0 && !o->json)
        printf("The agent has no evidence of a GPU.\n");
    return count != 0 ? CLI_YES : CLI_NO;
}

static int
gpu_fresh(const options *o, const dstack_client *client)
{
    dstack_gpu_reply *reply = NULL;
    dstack_error err;
    blob nonce = {NULL, 0};
    int status = CLI_YES;

    if (!input_hex((span){o->nonce, strlen(o->nonce)}, &nonce) || nonce.n != 32)
        status = complain(o, CLI_USAGE, "--nonce: expected 32 bytes in hex");
    else if (dstack_client_v1_attest_gpu(
                 client, nonce.p, nonce.n, &reply, &err) != DSTACK_OK)
        status = agent_failed(o, &err);
    else
        status = print_bundles(o, reply);
    dstack_gpu_reply_free(reply);
    free(nonce.p);
    return status;
}

/* The boot record comes with an attestation; the report data does not
 * matter. */
static int
gpu_boot(const options *o, const dstack_client *client)
{
    static const uint8_t zeros[64];
    dstack_attest_reply *reply = NULL;
    dstack_error err;
    int status;

    if (dstack_client_v1_attest(client, zeros, sizeof zeros, 1, &reply, &err) !=
        DSTACK_OK)
        return agent_failed(o, &err);
    status = print_bundles(o, dstack_attest_reply_gpu(reply));
    dstack_attest_reply_free(reply);
    return status;
}

int
cmd_gpu_info(int argc, char **argv)
{
    dstack_client *client = NULL;
    options o;
    int status =
        options_parse("gpu-info", NULL, ASK_OPTIONS "nonce", argc, argv, &o);

    if (status == CLI_YES && o.help) {
        fputs(gpu_help, stdout);
        return print_done(&o, CLI_YES);
    }
    if (status == CLI_YES)
        status = agent_client(&o, &client);
    if (status == CLI_YES)
        status = o.nonce ? gpu_fresh(&o, client) : gpu_boot(&o, client);
    dstack_client_free(client);
    return print_done(&o, status);
}
