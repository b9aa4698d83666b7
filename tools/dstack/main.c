/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli.h"

static const char help[] =
    "usage: dstack COMMAND [OPTIONS] [FILE]\n"
    "\n"
    "Judging evidence, anywhere:\n"
    "  verify             judge a quote: genuine? and what was asked for?\n"
    "  parse              show what is in a quote; nothing is checked\n"
    "  collateral show    show what is in a bundle of collateral\n"
    "  collateral verify  check a bundle's signatures\n"
    "  verify-signature   is it this key's signature?\n"
    "\n"
    "Receipts and sealed payloads:\n"
    "  receipt sign       a receipt of a request and its output\n"
    "  receipt verify     is it a receipt of these?\n"
    "  seal               seal a file for one key\n"
    "  open               open what was sealed\n"
    "\n"
    "Keys and deployment, anywhere:\n"
    "  keychain verify    does a key belong to this app and its KMS?\n"
    "  env encrypt        encrypt environment variables for an app\n"
    "  env verify-key     may they be encrypted for this key?\n"
    "  compose-hash       the hash of an app-compose file\n"
    "  wallet eth|solana  the address of a key\n"
    "\n"
    "Asking the guest agent, inside a confidential VM:\n"
    "  version            which agent is it, and what can it do\n"
    "  info               which app runs\n"
    "  quote              a TDX quote over your report data\n"
    "  attest             a versioned attestation\n"
    "  gpu-info           evidence of the GPUs\n"
    "  key                the app's key at a path\n"
    "  derive-key         the same from a tappd\n"
    "  tls-key            a key with a certificate\n"
    "  sign               a signature by the app's signing key\n"
    "  emit-event         measure an event into RTMR3\n"
    "\n"
    "  --help             this text; `dstack COMMAND --help` says more\n"
    "  --version          the version\n"
    "\n"
    "FILE may be - for standard input. Exit status: 0 yes, 1 no, 2 usage,\n"
    "3 could not try (a file could not be read). More: man dstack\n";

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"verify", cmd_verify},
    {"parse", cmd_parse},
    {"collateral", cmd_collateral},
    {"verify-signature", cmd_verify_signature},
    {"keychain", cmd_keychain},
    {"env", cmd_env},
    {"compose-hash", cmd_compose_hash},
    {"wallet", cmd_wallet},
    {"version", cmd_version},
    {"info", cmd_info},
    {"quote", cmd_quote},
    {"attest", cmd_attest},
    {"gpu-info", cmd_gpu_info},
    {"key", cmd_key},
    {"derive-key", cmd_derive_key},
    {"tls-key", cmd_tls_key},
    {"sign", cmd_sign},
    {"emit-event", cmd_emit_event},
    {"receipt", cmd_receipt},
    {"seal", cmd_seal},
    {"open", cmd_open},
};

int
main(int argc, char **argv)
{
    options o = {0};
    const char *word = argc > 1 ? argv[1] : "";

    print_init();
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(word, commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        fputs(help, stdout);
        return print_done(&o, CLI_YES);
    }
    if (strcmp(word, "--version") == 0) {
        printf("dstack %s\n%s\n", dstack_version(), dstack_build_info());
        return print_done(&o, CLI_YES);
    }
    if (argc < 2)
        fputs(help, stderr);
    else
        complain(&o, CLI_USAGE, "no command \"%s\"; see dstack --help", word);
    return CLI_USAGE;
}
