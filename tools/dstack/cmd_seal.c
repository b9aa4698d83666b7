/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char seal_help[] =
    "usage: dstack seal --to HEX FILE\n"
    "\n"
    "Seal a file for the holder of a secp256k1 key (vin-ecies-v1); the JSON\n"
    "object goes to standard output.\n"
    "\n"
    "  --to HEX            the public key, 33 or 65 bytes\n"
    "\n"
    "Exit status: 0 sealed, 2 usage, 3 could not try.\n";

static const char open_help[] =
    "usage: dstack open --key FILE --out FILE | --print-secret [--force] FILE\n"
    "\n"
    "Open what was sealed for this key.\n"
    "\n"
    "  --key FILE          the secp256k1 secret key, 32 bytes in hex\n"
    "  --out FILE          where what was sealed goes, mode 0600\n"
    "  --force             replace that file\n"
    "  --print-secret      to standard output instead\n"
    "\n"
    "Exit status: 0 opened, 1 not for this key, or changed, 2 usage, 3 could\n"
    "not try.\n";

static int
seal(const options *o)
{
    blob key = {NULL, 0}, plain = {NULL, 0};
    char *sealed = NULL;
    dstack_error err;
    int status = CLI_YES;

    if (!o->to || !input_hex((span){o->to, strlen(o->to)}, &key))
        status = complain(o, CLI_USAGE, "--to HEX is required: a public key");
    if (status == CLI_YES)
        status = input_read(o, o->argument, &plain);
    if (status == CLI_YES && dstack_seal(key.p, key.n, plain.p, plain.n,
                                 &sealed, NULL, &err) != DSTACK_OK)
        status =
            complain(o, err.code == DSTACK_ERR_ARG ? CLI_USAGE : CLI_FAILED,
                "%s", err.message);
    if (status == CLI_YES)
        printf("%s\n", sealed);
    dstack_free(sealed);
    blob_wipe(&plain);
    free(key.p);
    return status;
}

static int
put_secret(const options *o, const dstack_secret *secret)
{
    size_t n;
    const uint8_t *p = dstack_secret_bytes(secret, &n);

    if (!o->print_secret)
        return secret_write(o, o->out, p, n);
    (void)fwrite(p, 1, n, stdout);
    return CLI_YES;
}

static int
unseal(const options *o)
{
    blob text = {NULL, 0}, key = {NULL, 0}, sealed = {NULL, 0};
    dstack_secret *secret = NULL;
    dstack_error err;
    int status = CLI_YES;
    int rc;

    if (!o->key || !o->out == !o->print_secret)
        return complain(o, CLI_USAGE,
            "--key FILE is required, and one of --out FILE and --print-secret");
    status = input_read(o, o->key, &text);
    if (status == CLI_YES && !input_hex((span){(char *)text.p, text.n}, &key))
        status = complain(o, CLI_FAILED, "%s: not hex", o->key);
    if (status == CLI_YES)
        status = input_read(o, o->argument, &sealed);
    if (status == CLI_YES) {
        rc = dstack_open(key.p, key.n, sealed.p, sealed.n, &secret, &err);
        if (rc != DSTACK_OK)
            status = complain(o,
                rc == DSTACK_ERR_PARSE || rc == DSTACK_ERR_UNTRUSTED
                    ? CLI_NO
                    : CLI_FAILED,
                "%s", err.message);
    }
    if (status == CLI_YES)
        status = put_secret(o, secret);
    dstack_secret_free(secret);
    free(sealed.p);
    blob_wipe(&key);
    blob_wipe(&text);
    return status;
}

static int
run(const char *name, const char *help, const char *known,
    int (*work)(const options *o), int argc, char **argv)
{
    options o;
    int status = options_parse(name, "FILE", known, argc, argv, &o);

    if (status == CLI_YES && o.help)
        fputs(help, stdout);
    else if (status == CLI_YES)
        status = work(&o);
    return print_done(&o, status);
}

int
cmd_seal(int argc, char **argv)
{
    return run("seal", seal_help, "help to", seal, argc, argv);
}

int
cmd_open(int argc, char **argv)
{
    return run("open", open_help, "help key out force print-secret", unseal,
        argc, argv);
}
