/* SPDX-License-Identifier: Apache-2.0
 * A client of vin_node: verifies who it is, asks what nobody else can read,
 * verifies the receipt, and shows what it would have refused:
 *     vin_client SOCKET ROOT.pem COLLATERAL.json POLICY.json
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <dstack/dstack.h>

#define REQUEST \
    "{\"action_type\":\"confidential_llm_call\",\"policy_id\":\"P0\"," \
    "\"inputs\":{\"prompt\":\"Who are you?\"}}"
#define BYTES(text) (const uint8_t *)(text), strlen(text)
#define READ(i) in, slurp(argv[i])
#define NEED(call) need(call, #call)
#define VERIFY(id, policy, at, ret) \
    dstack_identity_verify( \
        id, verifier, collateral, policy, at, ret, NULL, &err)
#define JUDGE(receipt, x) \
    dstack_receipt_verify(rules, BYTES(receipt), x, peer, now, NULL, &err)

static uint8_t in[1 << 20], secret[32];
static char reply[4096];
static dstack_error err;
static dstack_verifier *verifier;
static dstack_collateral *collateral;
static dstack_policy *trusted; /* the app by its compose file */
static dstack_identity *node;
static dstack_peer *peer;
static dstack_receipt_policy *rules;
static int64_t now;
static int wrong;

static void
need(int rc, const char *call)
{
    if (rc != DSTACK_OK) {
        fprintf(stderr, "vin_client: %.40s: %s\n", call, err.message);
        exit(1);
    }
}

/* For this reason; NULL: because it is too late. */
static void
refused(int rc, const char *reason, const char *what)
{
    printf("%-9s %-24s %s\n", rc ? "refused" : "ACCEPTED", what, err.message);
    wrong |= reason ? strcmp(dstack_reason_name(err.reason), reason) != 0
                    : rc != DSTACK_ERR_STALE;
}

static size_t
slurp(const char *path)
{
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(in, 1, sizeof in, f) : 0;

    if (f)
        fclose(f);
    return n;
}

static size_t
ask(const char *path, const char *text)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    ssize_t n;

    snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    if (connect(s, (struct sockaddr *)&a, sizeof a) != 0 ||
        write(s, text, strlen(text)) < 0 || shutdown(s, SHUT_WR) != 0)
        exit(1);
    n = recv(s, in, sizeof in, MSG_WAITALL);
    close(s);
    return n > 0 ? (size_t)n : 0;
}

static void
converse(const char *path)
{
    uint8_t plain[33 + sizeof REQUEST];
    dstack_secret *answer = NULL;
    const uint8_t *text;
    char *sealed = NULL;
    size_t n = ask(path, "");

    NEED(dstack_identity_parse(in, n, &node, &err));
    NEED(VERIFY(node, trusted, now, &peer));
    NEED(dstack_signature_public_key(
        secret, 32, DSTACK_KEY_SECP256K1, plain, &n, &err));
    memcpy(plain + 33, BYTES(REQUEST));
    NEED(dstack_seal(dstack_peer_key(peer, 1, NULL), 33, plain,
        sizeof plain - 1, &sealed, NULL, &err));
    n = ask(path, sealed);
    NEED(dstack_open(secret, 32, in, n, &answer, &err));
    text = dstack_secret_bytes(answer, &n);
    memcpy(reply, text, n < sizeof reply ? n : 0);
    dstack_secret_free(answer);
    dstack_free(sealed);
}

static void
try_lies(char *output, const char *receipt, dstack_exchange *x)
{
    dstack_identity *fake = NULL;
    dstack_policy *other = NULL;
    dstack_peer *none = NULL;
    char *attestation = NULL, *forged = NULL;
    size_t n;
    const uint8_t *evidence = dstack_identity_evidence(node, &n);

    refused(JUDGE(receipt, x), "receipt_replay", "the same again");
    NEED(dstack_identity_attestation(node, NULL, 0, &attestation, NULL, &err));
    NEED(dstack_receipt_sign(x, secret, 32, BYTES(attestation), NULL, 0, now, 0,
        &forged, NULL, &err));
    refused(JUDGE(forged, x), "receipt_key_binding", "another key");
    *strchr(output, 'A') = 'a';
    NEED(dstack_exchange_set_output(x, BYTES(output), &err));
    refused(JUDGE(receipt, x), "receipt_output_transport", "edited text");
    NEED(dstack_identity_new("vin-receipt-key", &fake, &err));
    NEED(dstack_identity_add_key(
        fake, secret, 32, DSTACK_KEY_ED25519, NULL, &err));
    NEED(dstack_identity_set_evidence(fake, evidence, n, &err));
    refused(VERIFY(fake, trusted, now, &none), "identity_key_binding",
        "evidence for another key");
    refused(VERIFY(node, trusted, dstack_peer_valid_until(peer) + 1, &none),
        NULL, "expired evidence");
    NEED(dstack_policy_new(&other, &err));
    NEED(dstack_policy_expect_field(other, "compose_hash", secret, 32, &err));
    refused(VERIFY(node, other, now, &none), "policy_claim",
        "another compose file");
    dstack_policy_free(other);
    dstack_identity_free(fake);
    dstack_free(attestation);
    dstack_free(forged);
}

int
main(int argc, char **argv)
{
    dstack_replay_memory *memory = NULL;
    dstack_exchange *x = NULL;
    char *receipt;

    now = (int64_t)time(NULL);
    if (argc < 5 || getrandom(secret, 32, 0) != 32)
        return 2;
    NEED(dstack_verifier_new(&verifier, &err));
    NEED(dstack_verifier_set_root(verifier, READ(2), &err));
    NEED(dstack_collateral_parse(READ(3), &collateral, &err));
    NEED(dstack_policy_parse(READ(4), &trusted, &err));
    NEED(dstack_receipt_policy_new(&rules, &err));
    NEED(dstack_replay_memory_new(1024, &memory, &err));
    NEED(dstack_receipt_policy_set_replay_memory(rules, memory, &err));
    dstack_receipt_policy_accept_no_payment(rules); /* this node is free */

    converse(argv[1]);
    receipt = strchr(reply, '\n');
    NEED(receipt ? DSTACK_OK : DSTACK_ERR_PARSE);
    *receipt++ = 0;
    NEED(dstack_exchange_new(&x, &err));
    NEED(dstack_exchange_set_request(x, BYTES(REQUEST), &err));
    NEED(dstack_exchange_set_output(x, BYTES(reply), &err));
    NEED(JUDGE(receipt, x));
    printf("accepted  %s\n", reply);
    try_lies(reply, receipt, x);
    dstack_exchange_free(x);
    return wrong; /* what lives as long as the program is not freed */
}
