/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char sign_help[] =
    "usage: dstack sign --algorithm NAME --text STRING | --data HEX | --file "
    "FILE\n"
    "                   [OPTIONS]\n"
    "\n"
    "A signature by the app's signing key (agents 0.5.6 and later).\n"
    "\n"
    "  --algorithm NAME    secp256k1 (over SHA-256 of the data), ed25519, or\n"
    "                      secp256k1_prehashed (the data is the 32-byte hash)\n"
    "  --json              print one JSON document\n"
    "  --endpoint WHERE    unix:PATH, PATH or http://HOST:PORT\n"
    "  --timeout MS        for the whole call, in milliseconds\n"
    "\n"
    "Exit status: 0 a signature, 1 the agent said no, 2 usage, 3 no agent.\n";

static const char verify_help[] =
    "usage: dstack verify-signature --algorithm NAME --public-key HEX\n"
    "           --signature HEX --text STRING | --data HEX | --file FILE\n"
    "\n"
    "Is this a signature by this key over these bytes? Answered here, no\n"
    "agent is asked. Whose key it is, is another question.\n"
    "\n"
    "  --algorithm NAME    secp256k1, ed25519 or secp256k1_prehashed\n"
    "  --public-key HEX    33 or 65 bytes secp256k1, 32 bytes ed25519\n"
    "  --signature HEX     64 bytes\n"
    "  --json              print one JSON document\n"
    "\n"
    "Exit status: 0 valid, 1 not valid, 2 usage, 3 could not try.\n";

static const char event_help[] =
    "usage: dstack emit-event --name NAME [--payload HEX] [OPTIONS]\n"
    "\n"
    "Measure an event of the app's into RTMR3 (agents 0.5.0 to 0.5.11, TDX).\n"
    "It is sent once: after a broken connection it may have happened.\n"
    "\n"
    "  --name NAME         the event's name\n"
    "  --payload HEX       its payload; empty without\n"
    "  --endpoint WHERE    unix:PATH, PATH or http://HOST:PORT\n"
    "  --timeout MS        for the whole call, in milliseconds\n"
    "\n"
    "Exit status: 0 measured, 1 the agent said no, 2 usage, 3 no agent.\n";

#define SIGN_OPTIONS "algorithm text data file"

static void
print_signature(const options *o, const dstack_sign_reply *reply)
{
    size_t n;
    const uint8_t *p = dstack_sign_reply_signature(reply, &n);

    if (!o->json) {
        print_row_hex("signature", p, n);
        p = dstack_sign_reply_public_key(reply, &n);
        print_row_hex("public key", p, n);
        return;
    }
    putchar('{');
    json_print_hex(false, "signature", p, n);
    p = dstack_sign_reply_public_key(reply, &n);
    json_print_hex(true, "public_key", p, n);
    fputs(",\"signature_chain\":[", stdout);
    for (size_t i = 0; i < dstack_sign_reply_chain_count(reply); i++) {
        p = dstack_sign_reply_chain(reply, i, &n);
        fputs(i == 0 ? "\"" : ",\"", stdout);
        for (size_t k = 0; k < n; k++)
            printf("%02x", p[k]);
        putchar('"');
    }
    fputs("]}\n", stdout);
}

int
cmd_sign(int argc, char **argv)
{
    dstack_client *client = NULL;
    dstack_sign_reply *reply = NULL;
    dstack_error err;
    options o;
    blob data = {NULL, 0};
    uint32_t algorithm = DSTACK_KEY_ANY;
    int status =
        options_parse("sign", NULL, ASK_OPTIONS SIGN_OPTIONS, argc, argv, &o);

    if (status == CLI_YES && o.help) {
        fputs(sign_help, stdout);
        return print_done(&o, CLI_YES);
    }
    if (status == CLI_YES && !o.algorithm)
        status = complain(&o, CLI_USAGE, "--algorithm NAME is required");
    if (status == CLI_YES)
        status = agent_algorithm(&o, DSTACK_KEY_ANY, &algorithm);
    if (status == CLI_YES)
        status = agent_bytes(&o, SIZE_MAX, &data);
    if (status == CLI_YES)
        status = agent_client(&o, &client);
    if (status == CLI_YES && dstack_client_sign(client, data.p, data.n,
                                 algorithm, &reply, &err) != DSTACK_OK)
        status = agent_failed(&o, &err);
    if (reply)
        print_signature(&o, reply);
    dstack_sign_reply_free(reply);
    dstack_client_free(client);
    free(data.p);
    return print_done(&o, status);
}

/* ---- verify-signature ------------------------------------------------------ */

static int
verdict(const options *o, int rc, const dstack_error *err)
{
    if (rc != DSTACK_OK && rc != DSTACK_ERR_UNTRUSTED)
        return agent_failed(o, err);
    if (o->json) {
        printf("{\"valid\":%s", rc == DSTACK_OK ? "true" : "false");
        if (rc != DSTACK_OK)
            json_print_text(true, "message", err->message);
        fputs("}\n", stdout);
    } else {
        printf("%s\n", rc == DSTACK_OK ? "valid" : err->message);
    }
    return rc == DSTACK_OK ? CLI_YES : CLI_NO;
}

static bool
take_hex(const char *text, blob *ret)
{
    return text && input_hex((span){text, strlen(text)}, ret);
}

int
cmd_verify_signature(int argc, char **argv)
{
    dstack_error err = {0};
    options o;
    blob data = {NULL, 0}, key = {NULL, 0}, signature = {NULL, 0};
    uint32_t algorithm = DSTACK_KEY_ANY;
    int status = options_parse("verify-signature", NULL,
        "help json public-key signature " SIGN_OPTIONS, argc, argv, &o);

    if (status == CLI_YES && o.help) {
        fputs(verify_help, stdout);
        return print_done(&o, CLI_YES);
    }
    if (status == CLI_YES && (!o.algorithm || !o.public_key || !o.signature))
        status = complain(&o, CLI_USAGE,
            "--algorithm, --public-key and --signature are required");
    if (status == CLI_YES)
        status = agent_algorithm(&o, DSTACK_KEY_ANY, &algorithm);
    if (status == CLI_YES &&
        (!take_hex(o.public_key, &key) || !take_hex(o.signature, &signature)))
        status = complain(
            &o, CLI_USAGE, "--public-key, --signature: expected hex digits");
    if (status == CLI_YES)
        status = agent_bytes(&o, SIZE_MAX, &data);
    if (status == CLI_YES)
        status = verdict(&o,
            dstack_signature_verify(key.p, key.n, data.p, data.n, signature.p,
                signature.n, algorithm, &err),
            &err);
    free(key.p);
    free(signature.p);
    free(data.p);
    return print_done(&o, status);
}

/* ---- emit-event ------------------------------------------------------------ */

int
cmd_emit_event(int argc, char **argv)
{
    dstack_client *client = NULL;
    dstack_error err;
    options o;
    blob payload = {NULL, 0};
    int status = options_parse(
        "emit-event", NULL, ASK_OPTIONS "name payload", argc, argv, &o);

    if (status == CLI_YES && o.help) {
        fputs(event_help, stdout);
        return print_done(&o, CLI_YES);
    }
    if (status == CLI_YES && !o.name)
        status = complain(&o, CLI_USAGE, "--name NAME is required");
    if (status == CLI_YES && o.payload && *o.payload &&
        !input_hex((span){o.payload, strlen(o.payload)}, &payload))
        status = complain(&o, CLI_USAGE, "--payload: expected hex digits");
    if (status == CLI_YES)
        status = agent_client(&o, &client);
    if (status == CLI_YES) {
        if (dstack_client_emit_event(
                client, o.name, payload.p, payload.n, &err) != DSTACK_OK)
            status = agent_failed(&o, &err);
        else if (o.json)
            fputs("{\"emitted\":true}\n", stdout);
        else
            printf("emitted\n");
    }
    dstack_client_free(client);
    free(payload.p);
    return print_done(&o, status);
}
