/* SPDX-License-Identifier: Apache-2.0 */
/* receipt [--check] AGENT COLLATERAL ROOT
 *
 * Receipts of 1 KiB, verified once their node's identity is known, beside one
 * Ed25519 verification of the same bytes by libsodium, which a receipt cannot
 * do without; and a thousand of them in one call beside a thousand of those.
 * --check: exit 1 when one costs 1.5 times that or more. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include <dstack/dstack.h>

#include "bench/judge.h"
#include "bench/measure.h"

#define BAR 1.5
#define SIZE 1024
#define MANY 1000
#define REQUEST \
    "{\"action_type\":\"%s\",\"policy_id\":\"P0\"," \
    "\"inputs\":{\"prompt\":\"Who are you?\"}}"
#define OUTPUT "{\"text\":\"An answer.\",\"clean_text\":\"An answer.\"}"

static int64_t now;
static dstack_identity *identity;
static dstack_key *key;
static dstack_peer *peer;
static dstack_exchange *exchange;
static dstack_receipt_policy *level_0;
static dstack_receipt_policy *level_2;
static char *text;
static size_t text_len;
static dstack_receipt *receipt;      /* the same, taken apart */
static dstack_receipt_policy *fresh; /* level 2; nothing comes twice */
static dstack_receipt_item many[MANY];
static dstack_receipt *many_apart[MANY];

/* ---- what is measured ---------------------------------------------------- */

static void
raw(const dstack_receipt *r)
{
    size_t n;
    const char *signed_text = dstack_receipt_json(r, NULL, &n);

    if (crypto_sign_verify_detached(dstack_receipt_bytes(r, "sig", NULL),
            (const uint8_t *)signed_text, n,
            dstack_receipt_bytes(r, "node_pubkey", NULL)) != 0)
        measure_die("the raw signature does not verify");
}

static void
run_raw(void)
{
    raw(receipt);
}

static void
run_raw_many(void)
{
    for (size_t i = 0; i < MANY; i++)
        raw(many_apart[i]);
}

static void
verify(const dstack_receipt_policy *policy)
{
    dstack_receipt_report *report;
    dstack_error err;

    measure_need(dstack_receipt_verify(policy, (const uint8_t *)text, text_len,
                     exchange, peer, now, &report, &err),
        "verify", &err);
    dstack_receipt_report_free(report);
}

static void
run_level_0(void)
{
    verify(level_0);
}

static void
run_level_2(void)
{
    verify(level_2);
}

/* Each time with an empty store, which is part of what it costs. */
static void
run_many(void)
{
    dstack_replay_memory *memory;
    dstack_error err;

    measure_need(dstack_replay_memory_new(MANY, &memory, &err), "store", &err);
    measure_need(dstack_receipt_policy_set_replay_memory(fresh, memory, &err),
        "store", &err);
    measure_need(
        dstack_receipt_verify_many(fresh, many, MANY, peer, now, NULL, &err),
        "verify many", &err);
    dstack_replay_memory_free(memory);
}

enum {
    RAW,
    LEVEL_0,
    LEVEL_2,
    RAW_MANY,
    LEVEL_2_MANY,
    FIGURES
};

static measure_figure figure[FIGURES] = {
    [RAW] = {.name = "raw Ed25519", .run = run_raw},
    [LEVEL_0] = {.name = "receipt, L0", .run = run_level_0},
    [LEVEL_2] = {.name = "receipt, L2", .run = run_level_2},
    [RAW_MANY] = {.name = "1000 raw Ed25519", .run = run_raw_many},
    [LEVEL_2_MANY] = {.name = "1000 receipts, L2", .run = run_many},
};

/* ---- a node and its receipt ---------------------------------------------- */

static void
meet(const char *agent, const char *collateral, const char *root)
{
    measure_bytes bundle = measure_slurp(collateral), pem = measure_slurp(root);
    dstack_client *client;
    dstack_collateral *c;
    dstack_error err;
    judge_tools tools;

    judge_set_up(&tools, pem.p, pem.n);
    c = judge_collateral(&tools, bundle.p, bundle.n, 0);
    measure_need(dstack_client_new(&client, &err), "client", &err);
    measure_need(
        dstack_client_set_endpoint(client, agent, &err), "endpoint", &err);
    measure_need(dstack_client_make_identity(
                     client, NULL, NULL, &identity, &key, NULL, &err),
        "identity", &err);
    measure_need(dstack_identity_verify(identity, tools.warm, c, tools.policy,
                     now, &peer, NULL, &err),
        "verify identity", &err);
    dstack_client_free(client);
    dstack_collateral_free(c);
    free(bundle.p);
    free(pem.p);
}

static void
sign(const char *attestation, char **ret, size_t *ret_len)
{
    dstack_error err;

    measure_need(dstack_receipt_sign(exchange, dstack_key_secret(key, NULL), 32,
                     (const uint8_t *)attestation, strlen(attestation), NULL, 0,
                     now, 0, ret, ret_len, &err),
        "sign", &err);
}

static dstack_receipt *
take_apart(const char *json, size_t len)
{
    dstack_receipt *r;
    dstack_error err;

    measure_need(dstack_receipt_parse((const uint8_t *)json, len, &r, &err),
        "receipt", &err);
    return r;
}

static void
sign_padded(const char *attestation, size_t padding)
{
    char action[SIZE + 1], request[sizeof action + sizeof REQUEST];
    dstack_error err;
    int n;

    memset(action, 'a', padding);
    action[padding] = 0;
    n = snprintf(request, sizeof request, REQUEST, action);
    measure_need(dstack_exchange_set_request(
                     exchange, (const uint8_t *)request, (size_t)n, &err),
        "request", &err);
    dstack_free(text);
    sign(attestation, &text, &text_len);
}

/* As long as the one, each with a nonce of its own. */
static void
make_many(const char *attestation)
{
    for (size_t i = 0; i < MANY; i++) {
        char *json;

        many[i].abi_size = sizeof *many;
        many[i].exchange = exchange;
        sign(attestation, &json, &many[i].receipt_len);
        many[i].receipt = (const uint8_t *)json;
        many_apart[i] = take_apart(json, many[i].receipt_len);
    }
}

/* The one is signed twice: the second one is as long as it has to be. */
static void
make_receipts(void)
{
    char *attestation;
    dstack_error err;

    measure_need(dstack_exchange_new(&exchange, &err), "exchange", &err);
    measure_need(dstack_exchange_set_output(
                     exchange, (const uint8_t *)OUTPUT, strlen(OUTPUT), &err),
        "output", &err);
    measure_need(dstack_identity_attestation(
                     identity, NULL, 0, &attestation, NULL, &err),
        "attestation", &err);
    sign_padded(attestation, 1);
    if (text_len >= SIZE)
        measure_die("a receipt of %zu bytes", text_len);
    sign_padded(attestation, 1 + SIZE - text_len);
    receipt = take_apart(text, text_len);
    make_many(attestation);
    dstack_free(attestation);
}

static dstack_receipt_policy *
make_policy(uint32_t level)
{
    dstack_receipt_policy *p;
    dstack_error err;

    measure_need(dstack_receipt_policy_new(&p, &err), "policy", &err);
    dstack_receipt_policy_accept_no_payment(p);
    measure_need(
        dstack_receipt_policy_accept_level(p, level, &err), "level", &err);
    measure_need(dstack_receipt_policy_expect_node(
                     p, dstack_key_public(key, NULL), 32, &err),
        "node", &err);
    return p;
}

/* With a store, which is asked each time; that it knows the one receipt already
 * must not matter here. */
static dstack_receipt_policy *
make_policy_of_one(uint32_t level)
{
    dstack_receipt_policy *p = make_policy(level);
    dstack_replay_memory *memory;
    dstack_error err;

    measure_need(dstack_replay_memory_new(1024, &memory, &err), "store", &err);
    measure_need(dstack_receipt_policy_set_replay_memory(p, memory, &err),
        "store", &err);
    dstack_receipt_policy_accept_replay(p);
    return p;
}

int
main(int argc, char **argv)
{
    int check = argc > 1 && strcmp(argv[1], "--check") == 0;
    int missed = 0;

    argc -= check;
    argv += check;
    if (argc < 4)
        measure_die("usage: receipt [--check] AGENT COLLATERAL ROOT");
    now = (int64_t)time(NULL);
    meet(argv[1], argv[2], argv[3]);
    make_receipts();
    level_0 = make_policy_of_one(DSTACK_LEVEL_SIGNATURE);
    level_2 = make_policy_of_one(DSTACK_LEVEL_ATTESTATION);
    fresh = make_policy(DSTACK_LEVEL_ATTESTATION);
    measure(figure, FIGURES);
    for (int i = 0; i < FIGURES; i++) {
        int unit = i < RAW_MANY ? RAW : RAW_MANY;

        missed |= measure_print(&figure[i], &figure[unit], i == unit ? 0 : BAR);
    }
    return check && missed;
}
