/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"

static const char key_help[] =
    "usage: dstack key --path PATH [--purpose TEXT] [--algorithm NAME]\n"
    "                  [--out FILE | --print-secret] [OPTIONS]\n"
    "       dstack key --v1 --domain TEXT --algorithm NAME ...\n"
    "\n"
    "The app's key at a path: 32 bytes that are the same on every instance of\n"
    "the app. In v0 one path is one secret whatever the purpose or algorithm:\n"
    "use a path of its own for each.\n"
    "\n"
    "  --algorithm NAME    secp256k1 (default; of a 0.3 tappd p256) or "
    "ed25519\n"
    "  --v1 --domain TEXT  a key of the v1 surface (0.6): another secret\n"
    "  --tappd             from a tappd\n"
    "  --out FILE          write the key in hex to this new file (mode 0600)\n"
    "  --force             replace the file\n"
    "  --print-secret      print the key too\n"
    "  --json              print one JSON document\n"
    "  --endpoint WHERE    unix:PATH, PATH or http://HOST:PORT\n"
    "  --timeout MS        for the whole call, in milliseconds\n"
    "\n"
    "Exit status: 0 a key, 1 the agent said no, 2 usage, 3 no agent.\n";

static const char derive_help[] =
    "usage: dstack derive-key --path PATH [--subject CN] [--alt-name DNS]...\n"
    "                         [--ra-tls] [--server] [--client] "
    "[--random-seed]\n"
    "                         [--out-dir DIR | --print-secret] [OPTIONS]\n"
    "       dstack derive-key --k256 --path PATH [--purpose TEXT]\n"
    "                         [--out FILE | --print-secret] [OPTIONS]\n"
    "\n"
    "tappd's DeriveKey: a P-256 key derived from the path, with a\n"
    "certificate; or with --k256 its DeriveK256Key. Options as for `dstack\n"
    "key` and `dstack tls-key`.\n"
    "Exit status: 0 a key, 1 the agent said no, 2 usage, 3 no agent.\n";

static const char tls_help[] =
    "usage: dstack tls-key --subject CN [--alt-name DNS]... [--ra-tls]\n"
    "                      [--server] [--client] [--app-info] [--v1]\n"
    "                      [--not-before TIME] [--not-after TIME]\n"
    "                      [--out-dir DIR | --print-secret] [OPTIONS]\n"
    "\n"
    "A fresh key with a certificate from the app's CA.\n"
    "\n"
    "  --subject CN        common name\n"
    "  --alt-name DNS      DNS name or IP address; may be repeated\n"
    "  --ra-tls            the certificate carries an attestation\n"
    "  --server, --client  what the certificate may be used for\n"
    "  --app-info          it carries the app's identity (0.5.6)\n"
    "  --not-before TIME, --not-after TIME   its validity (0.5.6)\n"
    "  --v1                ask the v1 surface (0.6)\n"
    "  --out-dir DIR       write key.pem (mode 0600) and chain.pem there\n"
    "  --force             replace them\n"
    "  --print-secret      print the key too\n"
    "  --json              print one JSON document\n"
    "  --endpoint WHERE    unix:PATH, PATH or http://HOST:PORT\n"
    "  --timeout MS        for the whole call, in milliseconds\n"
    "\n"
    "Exit status: 0 a key, 1 the agent said no, 2 usage, 3 no agent.\n";

/* ---- keys ---------------------------------------------------------------- */

static const char *
scheme_name(const dstack_key *key)
{
    switch (dstack_key_scheme(key)) {
    case DSTACK_SCHEME_V0:
        return "v0";
    case DSTACK_SCHEME_V1:
        return "v1";
    default:
        return "tappd";
    }
}

static void
print_key_json(const options *o, const dstack_key *key)
{
    size_t n;
    const uint8_t *p = dstack_key_public(key, &n);

    putchar('{');
    json_print_text(false, "algorithm",
        dstack_key_algorithm_name(dstack_key_algorithm(key)));
    json_print_text(true, "scheme", scheme_name(key));
    json_print_hex(true, "public_key", p, n);
    fputs(",\"signature_chain\":[", stdout);
    for (size_t i = 0; i < dstack_key_chain_count(key); i++) {
        p = dstack_key_chain(key, i, &n);
        fputs(i == 0 ? "\"" : ",\"", stdout);
        for (size_t k = 0; k < n; k++)
            printf("%02x", p[k]);
        putchar('"');
    }
    putchar(']');
    if (o->print_secret) {
        p = dstack_key_secret(key, &n);
        json_print_hex(true, "key", p, n);
    }
    fputs("}\n", stdout);
}

static void
print_key(const options *o, const dstack_key *key)
{
    size_t n;
    const uint8_t *p = dstack_key_public(key, &n);

    print_row("algorithm", "%s",
        dstack_key_algorithm_name(dstack_key_algorithm(key)));
    print_row("scheme", "%s", scheme_name(key));
    print_row_hex("public key", p, n);
    for (size_t i = 0; i < dstack_key_chain_count(key); i++) {
        p = dstack_key_chain(key, i, &n);
        if (n != 0)
            print_row_hex(i == 0 ? "signed by app" : "signed by KMS", p, n);
        else
            print_row("signed by KMS", "no: the app's key is not a KMS's");
    }
    if (o->print_secret) {
        p = dstack_key_secret(key, &n);
        print_row_hex("secret key", p, n);
    } else if (!o->out) {
        print_row("secret key", "not shown; --out FILE or --print-secret");
    }
}

static int
deliver_key(const options *o, const dstack_key *key)
{
    char hex[2 * 32 + 2];
    size_t n;
    const uint8_t *p = dstack_key_secret(key, &n);
    int status = CLI_YES;

    if (o->out) {
        for (size_t i = 0; i < n && i < 32; i++)
            (void)snprintf(hex + 2 * i, 3, "%02x", p[i]);
        hex[2 * n] = '\n';
        status = secret_write(o, o->out, hex, 2 * n + 1);
        explicit_bzero(hex, sizeof hex);
    }
    if (status != CLI_YES)
        return status;
    if (o->json)
        print_key_json(o, key);
    else
        print_key(o, key);
    return CLI_YES;
}

static int
ask_key(const options *o, const dstack_client *client, dstack_key **ret,
    dstack_error *err)
{
    uint32_t algorithm;

    if (agent_algorithm(o, o->v1 ? DSTACK_KEY_SECP256K1 : DSTACK_KEY_ANY,
            &algorithm) != CLI_YES)
        return CLI_USAGE;
    if (o->v1)
        return dstack_client_v1_get_key(
            client, o->domain, strlen(o->domain), algorithm, ret, err);
    if (o->k256)
        return dstack_client_tappd_derive_k256_key(
            client, o->path, o->purpose, ret, err);
    return dstack_client_derive_key(
        client, o->path, o->purpose, algorithm, ret, err);
}

static int
run_key(const options *o)
{
    dstack_client *client = NULL;
    dstack_key *key = NULL;
    dstack_error err;
    int status = agent_client(o, &client);
    int rc;

    if (status != CLI_YES)
        return status;
    rc = ask_key(o, client, &key, &err);
    if (rc == CLI_USAGE)
        status = CLI_USAGE;
    else if (rc != DSTACK_OK)
        status = agent_failed(o, &err);
    else
        status = deliver_key(o, key);
    dstack_key_free(key);
    dstack_client_free(client);
    return status;
}

static int
check_key_options(const options *o)
{
    if (o->v1 && (!o->domain || o->path || o->purpose || o->tappd))
        return complain(o, CLI_USAGE,
            "--v1 goes with --domain and without --path, --purpose, --tappd");
    if (!o->v1 && (!o->path || o->domain))
        return complain(o, CLI_USAGE,
            "--path PATH is required; --domain goes with --v1 only");
    return CLI_YES;
}

int
cmd_key(int argc, char **argv)
{
    options o;
    int status = options_parse("key", NULL,
        ASK_OPTIONS
        "path purpose algorithm v1 domain tappd out force print-secret",
        argc, argv, &o);

    if (status == CLI_YES && o.help) {
        fputs(key_help, stdout);
        return print_done(&o, CLI_YES);
    }
    if (status == CLI_YES)
        status = check_key_options(&o);
    if (status == CLI_YES)
        status = run_key(&o);
    return print_done(&o, status);
}

/* ---- keys with certificates ------------------------------------------------ */

static int
cert_validity(const options *o, dstack_cert_request *request)
{
    int64_t from = -1, to = -1;

    if (o->not_before && !input_time(o->not_before, &from))
        return complain(o, CLI_USAGE, "--not-before: expected a time");
    if (o->not_after && !input_time(o->not_after, &to))
        return complain(o, CLI_USAGE, "--not-after: expected a time");
    if (dstack_cert_request_set_validity(request, from, to) != DSTACK_OK)
        return complain(
            o, CLI_USAGE, "--not-before must be earlier than --not-after");
    return CLI_YES;
}

static int
cert_request(const options *o, dstack_cert_request **ret)
{
    dstack_cert_request *r = NULL;
    dstack_error err = {0};
    uint32_t usage = (o->ra_tls ? DSTACK_USAGE_RA_TLS : 0u) |
                     (o->server ? DSTACK_USAGE_SERVER_AUTH : 0u) |
                     (o->client ? DSTACK_USAGE_CLIENT_AUTH : 0u) |
                     (o->app_info ? DSTACK_USAGE_APP_INFO : 0u);
    int rc = dstack_cert_request_new(&r, &err);
    int status = CLI_YES;

    if (rc == DSTACK_OK && o->subject)
        rc = dstack_cert_request_set_subject(r, o->subject, &err);
    for (size_t i = 0; rc == DSTACK_OK && i < o->alt_names.n; i++)
        rc = dstack_cert_request_add_alt_name(r, o->alt_names.at[i], &err);
    if (rc == DSTACK_OK)
        rc = dstack_cert_request_set_usage(r, usage);
    if (rc != DSTACK_OK)
        status = agent_failed(o, &err);
    if (status == CLI_YES)
        status = cert_validity(o, r);
    if (status == CLI_YES) {
        *ret = r;
        return CLI_YES;
    }
    dstack_cert_request_free(r);
    return status;
}

static int
write_dir(const options *o, const dstack_tls_key *key)
{
    char path[PATH_LENGTH];
    size_t n;
    const char *pem = dstack_tls_key_pem(key, &n);
    int status;

    if (mkdir(o->out_dir, 0700) != 0 && errno != EEXIST)
        return complain(o, CLI_FAILED, "%s: %s", o->out_dir, strerror(errno));
    if ((size_t)snprintf(path, sizeof path, "%s/chain.pem", o->out_dir) >=
        sizeof path)
        return complain(o, CLI_USAGE, "--out-dir: the path is too long");
    status = secret_write(o, path, dstack_tls_key_chain_pem(key, NULL),
        strlen(dstack_tls_key_chain_pem(key, NULL)));
    if (status != CLI_YES)
        return status;
    (void)snprintf(path, sizeof path, "%s/key.pem", o->out_dir);
    return secret_write(o, path, pem, n);
}

static void
print_tls_json(const options *o, const dstack_tls_key *key)
{
    fputs("{\"certificate_chain\":[", stdout);
    for (size_t i = 0; i < dstack_tls_key_cert_count(key); i++) {
        if (i != 0)
            putchar(',');
        json_print_string(dstack_tls_key_cert_pem(key, i, NULL));
    }
    putchar(']');
    if (o->print_secret)
        json_print_text(true, "key", dstack_tls_key_pem(key, NULL));
    fputs("}\n", stdout);
}

static int
deliver_tls(const options *o, const dstack_tls_key *key)
{
    int status = o->out_dir ? write_dir(o, key) : CLI_YES;

    if (status != CLI_YES)
        return status;
    if (o->json) {
        print_tls_json(o, key);
    } else if (o->out_dir) {
        print_row("certificates", "%zu, in %s/chain.pem",
            dstack_tls_key_cert_count(key), o->out_dir);
        print_row("key", "%s/key.pem", o->out_dir);
    } else {
        fputs(dstack_tls_key_chain_pem(key, NULL), stdout);
        if (o->print_secret)
            fputs(dstack_tls_key_pem(key, NULL), stdout);
    }
    return CLI_YES;
}

static int
ask_tls(const options *o, const dstack_client *client,
    const dstack_cert_request *request, dstack_tls_key **ret, dstack_error *err)
{
    if (o->path)
        return dstack_client_tappd_derive_key(
            client, o->path, request, o->random_seed, ret, err);
    if (o->v1)
        return dstack_client_v1_issue_cert(client, request, ret, err);
    return dstack_client_get_tls_key(client, request, ret, err);
}

static int
run_tls(const options *o)
{
    dstack_client *client = NULL;
    dstack_cert_request *request = NULL;
    dstack_tls_key *key = NULL;
    dstack_error err;
    int status = cert_request(o, &request);

    if (status == CLI_YES)
        status = agent_client(o, &client);
    if (status == CLI_YES &&
        ask_tls(o, client, request, &key, &err) != DSTACK_OK)
        status = agent_failed(o, &err);
    if (status == CLI_YES)
        status = deliver_tls(o, key);
    dstack_tls_key_free(key);
    dstack_cert_request_free(request);
    dstack_client_free(client);
    return status;
}

int
cmd_tls_key(int argc, char **argv)
{
    options o;
    int status = options_parse("tls-key", NULL,
        ASK_OPTIONS "subject alt-name ra-tls server client app-info not-before "
                    "not-after v1 out-dir force print-secret",
        argc, argv, &o);

    if (status == CLI_YES && o.help) {
        fputs(tls_help, stdout);
        return print_done(&o, CLI_YES);
    }
    if (status == CLI_YES && !o.subject)
        status = complain(&o, CLI_USAGE, "--subject CN is required");
    if (status == CLI_YES)
        status = run_tls(&o);
    return print_done(&o, status);
}

int
cmd_derive_key(int argc, char **argv)
{
    options o;
    int status = options_parse("derive-key", NULL,
        ASK_OPTIONS "path purpose k256 random-seed subject alt-name ra-tls "
                    "server client out out-dir force print-secret",
        argc, argv, &o);

    if (status == CLI_YES && o.help) {
        fputs(derive_help, stdout);
        return print_done(&o, CLI_YES);
    }
    o.tappd = true;
    if (status == CLI_YES && !o.path)
        status = complain(&o, CLI_USAGE, "--path PATH is required");
    if (status == CLI_YES && o.k256 != (o.purpose || o.out) &&
        (o.purpose || o.out))
        status = complain(&o, CLI_USAGE,
            "--purpose and --out go with --k256; else --out-dir");
    if (status == CLI_YES)
        status = o.k256 ? run_key(&o) : run_tls(&o);
    return print_done(&o, status);
}
