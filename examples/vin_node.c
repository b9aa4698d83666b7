/* SPDX-License-Identifier: Apache-2.0
 * A node of a verifiable inference network, with a stub in the model's place:
 *     vin_node SOCKET
 * The client sends and closes its side; the answer to nothing is the node's
 * identity, to a sealed public key and request a sealed output and receipt.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <dstack/dstack.h>

#define MODEL \
    "{\"schema\":\"vin.output.v0\",\"format\":\"plain\"," \
    "\"text\":\"A stub's answer.\",\"clean_text\":\"A stub's answer.\"}"

static dstack_identity *identity;
static dstack_key *signing, *sealing;
static char *published, *attestation;

/* Who the node is, for as long as it runs. */
static int
start(dstack_error *err)
{
    dstack_client *client = NULL;
    int rc = dstack_client_new(&client, err);

    if (rc == DSTACK_OK) /* of DSTACK_SIMULATOR_ENDPOINT, or the usual one */
        rc = dstack_client_make_identity(
            client, NULL, NULL, &identity, &signing, &sealing, err);
    if (rc == DSTACK_OK)
        rc = dstack_identity_to_json(identity, &published, NULL, err);
    if (rc == DSTACK_OK)
        rc = dstack_identity_attestation(
            identity, NULL, 0, &attestation, NULL, err);
    dstack_client_free(client);
    return rc;
}

/* The output and its receipt, one a line, sealed for the client. */
static int
answer(const dstack_secret *opened, char **ret, dstack_error *err)
{
    size_t n;
    const uint8_t *plain = dstack_secret_bytes(opened, &n);
    dstack_exchange *exchange = NULL;
    char *receipt = NULL, text[3072];
    int rc = n > 33 ? dstack_exchange_new(&exchange, err) : DSTACK_ERR_ARG;

    if (rc == DSTACK_OK)
        rc = dstack_exchange_set_request(exchange, plain + 33, n - 33, err);
    if (rc == DSTACK_OK)
        rc = dstack_exchange_set_output(
            exchange, (const uint8_t *)MODEL, strlen(MODEL), err);
    if (rc == DSTACK_OK)
        rc = dstack_receipt_sign(exchange, dstack_key_secret(signing, NULL), 32,
            (const uint8_t *)attestation, strlen(attestation), NULL, 0,
            (int64_t)time(NULL), 0, &receipt, NULL, err);
    if (rc == DSTACK_OK && snprintf(text, sizeof text, "%s\n%s", MODEL,
                               receipt) >= (int)sizeof text)
        rc = DSTACK_ERR_ARG;
    if (rc == DSTACK_OK)
        rc = dstack_seal(
            plain, 33, (const uint8_t *)text, strlen(text), ret, NULL, err);
    dstack_free(receipt);
    dstack_exchange_free(exchange);
    return rc;
}

static void
serve(int peer)
{
    static uint8_t in[65536];
    dstack_secret *plain = NULL;
    dstack_error err = {0};
    char *sealed = NULL;
    const char *out = published;
    ssize_t n = recv(peer, in, sizeof in, MSG_WAITALL);
    int rc = DSTACK_OK;

    if (n > 0) {
        rc = dstack_open(
            dstack_key_secret(sealing, NULL), 32, in, (size_t)n, &plain, &err);
        if (rc == DSTACK_OK)
            rc = answer(plain, &sealed, &err);
        out = sealed;
    }
    if (rc != DSTACK_OK)
        fprintf(stderr, "vin_node: refused: %s\n", err.message);
    else
        send(peer, out, strlen(out), MSG_NOSIGNAL);
    close(peer);
    dstack_secret_free(plain);
    dstack_free(sealed);
}

int
main(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    dstack_error err;
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), peer;

    snprintf(address.sun_path, sizeof address.sun_path, "%s",
        argc > 1 ? argv[1] : "vin.sock");
    if (start(&err) != DSTACK_OK)
        fprintf(stderr, "vin_node: %s\n", err.message);
    else if (bind(listener, (struct sockaddr *)&address, sizeof address) == 0 &&
             listen(listener, 16) == 0)
        printf("vin_node: listening on %s\n", address.sun_path);
    fflush(stdout);
    while ((peer = accept(listener, NULL, NULL)) >= 0)
        serve(peer);
    return 1;
}
