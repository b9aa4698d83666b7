/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char help[] =
    "usage: dstack env encrypt --public-key HEX [--env-file FILE]\n"
    "           [--app-compose FILE] [NAME=VALUE...]\n"
    "       dstack env verify-key --app-id HEX --kms-root HEX...\n"
    "           --public-key HEX --signature HEX\n"
    "           --timestamp SECONDS [--at TIME] | --legacy\n"
    "\n"
    "Environment variables, encrypted for an app (hex on standard output), "
    "and\n"
    "whether a KMS that is trusted signed the key for it. Names and values "
    "are\n"
    "checked by the guest's rules first. Values on the command line can be\n"
    "read by others on this machine: prefer a file.\n"
    "\n"
    "  --public-key HEX    X25519, 32 bytes: the KMS's public_key\n"
    "  --env-file FILE     NAME=VALUE lines; values are taken as they stand\n"
    "  --app-compose FILE  refuse what its allowed_envs does not list\n"
    "  --app-id HEX        20 bytes\n"
    "  --kms-root HEX      a trusted KMS's k256 root key, 33 bytes; repeat\n"
    "  --signature HEX     the KMS's signature_v1; with --legacy its "
    "signature\n"
    "  --timestamp N       the KMS's timestamp: at most 300 seconds old\n"
    "  --legacy            weaker: a signature without a date\n"
    "  --at TIME           Unix seconds or RFC 3339; default now\n"
    "  --json              print one JSON document\n"
    "\n"
    "Exit status: 0 yes, 1 no, 2 usage, 3 could not try.\n";

/* ---- encrypt --------------------------------------------------------------- */

static int
set_arguments(const options *o, dstack_env *env)
{
    int status = CLI_YES;

    for (size_t i = 0; status == CLI_YES && i < o->arguments.n; i++) {
        const char *text = o->arguments.at[i];
        dstack_error err;

        /* A line break would begin another variable. */
        if (strchr(text, '\n') || text[0] == '#' || !text[0])
            status = complain(o, CLI_USAGE,
                "argument %zu is not NAME=VALUE on one line", i + 1);
        else if (dstack_env_set_file(env, (const uint8_t *)text, strlen(text),
                     &err) != DSTACK_OK)
            status =
                agent_failed(o, &err) == CLI_FAILED ? CLI_FAILED : CLI_USAGE;
    }
    return status;
}

static int
fill(const options *o, dstack_env *env)
{
    dstack_error err;
    blob file = {NULL, 0};
    int status = CLI_YES;

    if (o->env_file)
        status = input_read(o, o->env_file, &file);
    if (status == CLI_YES && file.p &&
        dstack_env_set_file(env, file.p, file.n, &err) != DSTACK_OK)
        status = agent_failed(o, &err);
    blob_wipe(&file);
    return status == CLI_YES ? set_arguments(o, env) : status;
}

static int
check_allowed(const options *o, const dstack_env *env)
{
    dstack_error err;
    blob file;
    int status;

    if (!o->app_compose)
        return CLI_YES;
    status = input_read(o, o->app_compose, &file);
    if (status == CLI_YES &&
        dstack_env_check_allowed(env, file.p, file.n, &err) != DSTACK_OK)
        status = agent_failed(o, &err);
    free(file.p);
    return status;
}

static int
encrypt(const options *o)
{
    dstack_env *env = NULL;
    dstack_error err;
    blob key = {NULL, 0};
    uint8_t *sealed = NULL;
    size_t n = 0;
    int status = CLI_YES;

    if (!o->public_key)
        return complain(o, CLI_USAGE, "--public-key HEX is required");
    status = kms_hex(o, "--public-key", o->public_key, &key);
    if (status == CLI_YES && dstack_env_new(&env, &err) != DSTACK_OK)
        status = agent_failed(o, &err);
    if (status == CLI_YES)
        status = fill(o, env);
    if (status == CLI_YES)
        status = check_allowed(o, env);
    if (status == CLI_YES &&
        dstack_env_encrypt(env, key.p, key.n, &sealed, &n, &err) != DSTACK_OK)
        status = agent_failed(o, &err);
    if (status == CLI_YES && o->json) {
        putchar('{');
        json_print_hex(false, "encrypted_env", sealed, n);
        fputs("}\n", stdout);
    } else if (status == CLI_YES) {
        for (size_t i = 0; i < n; i++)
            printf("%02x", sealed[i]);
        putchar('\n');
    }
    dstack_free(sealed);
    dstack_env_free(env);
    free(key.p);
    return status;
}

/* ---- verify-key ------------------------------------------------------------ */

static int
print_answer(const options *o, int rc, const dstack_error *err)
{
    bool yes = rc == DSTACK_OK;

    if (!yes && err->reason == 0)
        return agent_failed(o, err);
    if (o->json) {
        putchar('{');
        json_print_text(false, "verdict", yes ? "accepted" : "rejected");
        if (!yes) {
            json_print_text(true, "reason", dstack_reason_name(err->reason));
            json_print_text(true, "message", err->message);
        }
        fputs("}\n", stdout);
    } else {
        print_verdict(yes, yes ? "a trusted KMS signed this key for the app"
                               : dstack_reason_name(err->reason));
        if (!yes)
            print_row("why", "%s", err->message);
    }
    return yes ? CLI_YES : CLI_NO;
}

static int
read_timestamp(const options *o, uint64_t *ret)
{
    const char *text = o->timestamp ? o->timestamp : "";
    char *end = NULL;

    *ret = 0;
    if ((o->timestamp != NULL) == o->legacy)
        return complain(
            o, CLI_USAGE, "one of --timestamp SECONDS and --legacy is needed");
    if (o->legacy)
        return CLI_YES;
    errno = 0;
    *ret = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno)
        return complain(o, CLI_USAGE, "--timestamp: expected Unix seconds");
    return CLI_YES;
}

static int
verify_key(const options *o)
{
    dstack_kms_trust *trust = NULL;
    dstack_error err;
    blob key = {NULL, 0}, signature = {NULL, 0};
    uint64_t timestamp;
    int64_t now = 0;
    int rc, status;

    if (!o->public_key || !o->signature)
        return complain(
            o, CLI_USAGE, "--public-key and --signature are required");
    status = read_timestamp(o, &timestamp);
    if (status == CLI_YES)
        status = options_time(o, &now);
    if (status == CLI_YES)
        status = kms_trust(o, &trust);
    if (status == CLI_YES)
        status = kms_hex(o, "--public-key", o->public_key, &key);
    if (status == CLI_YES)
        status = kms_hex(o, "--signature", o->signature, &signature);
    if (status == CLI_YES) {
        rc = o->legacy ? dstack_env_key_accept_legacy(trust, key.p, key.n,
                             signature.p, signature.n, &err)
                       : dstack_env_key_verify(trust, key.p, key.n, signature.p,
                             signature.n, timestamp, now, &err);
        status = print_answer(o, rc, &err);
    }
    dstack_kms_trust_free(trust);
    free(key.p);
    free(signature.p);
    return status;
}

int
cmd_env(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    bool verify = strcmp(word, "verify-key") == 0;
    options o = {.command = "env"};
    int status;

    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        fputs(help, stdout);
        return print_done(&o, CLI_YES);
    }
    if (!verify && strcmp(word, "encrypt") != 0)
        return complain(&o, CLI_USAGE,
            "expected encrypt or verify-key; see dstack env --help");
    if (verify)
        status = options_parse("env verify-key", NULL,
            "help json app-id kms-root public-key signature timestamp legacy "
            "at",
            argc - 1, argv + 1, &o);
    else
        status = options_parse("env encrypt", "NAME=VALUE...",
            "help json public-key env-file app-compose", argc - 1, argv + 1,
            &o);
    if (status == CLI_YES && o.help)
        fputs(help, stdout);
    else if (status == CLI_YES)
        status = verify ? verify_key(&o) : encrypt(&o);
    return print_done(&o, status);
}
