/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char help[] =
    "usage: dstack wallet eth|solana --key FILE [--json]\n"
    "\n"
    "The address of the wallet whose secret key is in a file: 32 bytes, or as\n"
    "hex, as dstack key --out writes it. The secret is not shown.\n"
    "\n"
    "Exit status: 0 an address, 1 the address of a secret that everybody\n"
    "knows, 2 usage, 3 could not try.\n";

static int
take_secret(const options *o, blob *file, blob *secret)
{
    if (input_hex((span){(const char *)file->p, file->n}, secret) &&
        secret->n == 32)
        return CLI_YES;
    blob_wipe(secret);
    if (file->n != 32)
        return complain(o, CLI_USAGE,
            "%s: expected a secret key of 32 bytes, or 64 hex digits", o->key);
    *secret = *file;
    *file = (blob){NULL, 0};
    return CLI_YES;
}

static int
address_of(const blob *secret, bool eth, char address[64], dstack_error *err)
{
    uint8_t key[33];
    size_t n;
    int rc = dstack_signature_public_key(secret->p, secret->n,
        eth ? DSTACK_KEY_SECP256K1 : DSTACK_KEY_ED25519, key, &n, err);

    if (rc != DSTACK_OK)
        return rc;
    return eth ? dstack_wallet_eth_address(key, n, address, 64, err)
               : dstack_wallet_solana_address(key, n, address, 64, err);
}

static int
run(const options *o, bool eth)
{
    dstack_error err;
    blob file = {NULL, 0}, secret = {NULL, 0};
    char address[64];
    int status = input_read(o, o->key, &file);

    if (status == CLI_YES)
        status = take_secret(o, &file, &secret);
    if (status == CLI_YES &&
        address_of(&secret, eth, address, &err) != DSTACK_OK)
        status = agent_failed(o, &err);
    if (status == CLI_YES && o->json) {
        putchar('{');
        json_print_text(false, "address", address);
        fputs("}\n", stdout);
    } else if (status == CLI_YES) {
        puts(address);
    }
    if (status == CLI_YES && dstack_wallet_is_shared_address(address))
        status = complain(o, CLI_NO,
            "everybody knows this wallet's secret: it is the beginning of any "
            "PKCS #8 file; move what is in it");
    blob_wipe(&file);
    blob_wipe(&secret);
    return status;
}

int
cmd_wallet(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    bool eth = strcmp(word, "eth") == 0;
    options o = {.command = "wallet"};
    int status;

    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        fputs(help, stdout);
        return print_done(&o, CLI_YES);
    }
    if (!eth && strcmp(word, "solana") != 0)
        return complain(
            &o, CLI_USAGE, "expected eth or solana; see dstack wallet --help");
    status = options_parse(eth ? "wallet eth" : "wallet solana", NULL,
        "help json key", argc - 1, argv + 1, &o);
    if (status == CLI_YES && o.help) {
        fputs(help, stdout);
        return print_done(&o, CLI_YES);
    }
    if (status == CLI_YES && !o.key)
        status = complain(&o, CLI_USAGE, "--key FILE is required");
    if (status == CLI_YES)
        status = run(&o, eth);
    return print_done(&o, status);
}
