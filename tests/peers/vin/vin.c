/* SPDX-License-Identifier: Apache-2.0 */
/* Answers a JSON object with a JSON object, a line each, for the script beside
 * it. Texts that are JSON are texts here, so that they arrive as they were
 * written; bytes are hex; what may be left out has a "?":
 *
 *   {"op":"sign", seed, request, output, payload?, attestation?, payment?,
 *    now, validity}                       {"receipt"}
 *   {"op":"signed", receipt}              {"signed"}: the canonical form
 *   {"op":"verify", receipt, request?, output?, payload?, node?, level,
 *    unpaid?, now}                        {"verdict":"ok"}
 *   {"op":"seal", recipient, plain}       {"sealed"}
 *   {"op":"open", secret, sealed}         {"plain"}
 *
 * A refusal is {"verdict":reason or code}. All verify calls share one replay
 * store. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <dstack/dstack.h>

typedef struct {
    uint8_t *p;
    size_t n;
} bytes;

static const cJSON *question;
static dstack_replay_memory *memory;
static dstack_error err;

/* ---- what was asked, what is answered --------------------------------------- */

static const char *
text(const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItem(question, name));
}

static int64_t
number(const char *name)
{
    const cJSON *v = cJSON_GetObjectItem(question, name);

    return v ? (int64_t)v->valuedouble : 0;
}

static bytes
hex(const char *name)
{
    const char *digits = text(name);
    bytes b = {calloc(1, digits ? strlen(digits) / 2 + 1 : 1), 0};

    if (!b.p)
        exit(1);
    for (; digits && digits[0] && digits[1]; digits += 2) {
        const char two[3] = {digits[0], digits[1], 0};

        b.p[b.n++] = (uint8_t)strtoul(two, NULL, 16);
    }
    return b;
}

static int
answer(const char *name, const char *value)
{
    cJSON *object = cJSON_CreateObject();
    char *line = NULL;

    if (cJSON_AddStringToObject(object, name, value))
        line = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    if (!line)
        return 1;
    puts(line);
    cJSON_free(line);
    return fflush(stdout);
}

static int
verdict(int rc)
{
    const char *said = "ok";

    if (rc != DSTACK_OK)
        said =
            err.reason ? dstack_reason_name(err.reason) : dstack_error_name(rc);
    return answer("verdict", said);
}

/* ---- receipts ------------------------------------------------------------------ */

/* An exchange with what the question has of one. */
static int
exchange(dstack_exchange **ret)
{
    const char *request = text("request"), *output = text("output");
    int rc = dstack_exchange_new(ret, &err);

    if (rc == DSTACK_OK && request)
        rc = dstack_exchange_set_request(
            *ret, (const uint8_t *)request, strlen(request), &err);
    if (rc == DSTACK_OK && output)
        rc = dstack_exchange_set_output(
            *ret, (const uint8_t *)output, strlen(output), &err);
    if (rc == DSTACK_OK && text("payload")) {
        bytes payload = hex("payload");

        rc = dstack_exchange_set_payment(*ret, payload.p, payload.n, &err);
        free(payload.p);
    }
    return rc;
}

static int
sign(void)
{
    const char *attestation = text("attestation"), *payment = text("payment");
    bytes seed = hex("seed");
    dstack_exchange *x = NULL;
    char *receipt = NULL;
    int rc = exchange(&x);

    if (rc == DSTACK_OK)
        rc = dstack_receipt_sign(x, seed.p, seed.n,
            (const uint8_t *)attestation, attestation ? strlen(attestation) : 0,
            (const uint8_t *)payment, payment ? strlen(payment) : 0,
            number("now"), number("validity"), &receipt, NULL, &err);
    rc = rc == DSTACK_OK ? answer("receipt", receipt) : verdict(rc);
    dstack_free(receipt);
    dstack_exchange_free(x);
    free(seed.p);
    return rc;
}

static int
signed_form(void)
{
    const char *json = text("receipt");
    dstack_receipt *receipt = NULL;
    char *copy = NULL;
    size_t n = 0;
    int rc = dstack_receipt_parse(
        (const uint8_t *)json, strlen(json), &receipt, &err);

    if (rc == DSTACK_OK) {
        const char *p = dstack_receipt_json(receipt, NULL, &n);

        copy = calloc(1, n + 1);
        if (!copy)
            exit(1);
        memcpy(copy, p, n);
    }
    rc = copy ? answer("signed", copy) : verdict(rc);
    free(copy);
    dstack_receipt_free(receipt);
    return rc;
}

static int
policy(dstack_receipt_policy **ret)
{
    bytes node = hex("node");
    int rc = dstack_receipt_policy_new(ret, &err);

    if (rc == DSTACK_OK)
        rc = dstack_receipt_policy_accept_level(
            *ret, (uint32_t)number("level"), &err);
    if (rc == DSTACK_OK)
        rc = dstack_receipt_policy_set_replay_memory(*ret, memory, &err);
    if (rc == DSTACK_OK && node.n != 0)
        rc = dstack_receipt_policy_expect_node(*ret, node.p, node.n, &err);
    else
        dstack_receipt_policy_accept_any_node(*ret);
    if (!text("request"))
        dstack_receipt_policy_accept_no_request(*ret);
    if (!text("output"))
        dstack_receipt_policy_accept_no_output(*ret);
    if (cJSON_IsTrue(cJSON_GetObjectItem(question, "unpaid")))
        dstack_receipt_policy_accept_no_payment(*ret);
    free(node.p);
    return rc;
}

static int
verify(void)
{
    const char *receipt = text("receipt");
    dstack_exchange *x = NULL;
    dstack_receipt_policy *p = NULL;
    int rc = exchange(&x);

    if (rc == DSTACK_OK)
        rc = policy(&p);
    if (rc == DSTACK_OK)
        rc = dstack_receipt_verify(p, (const uint8_t *)receipt, strlen(receipt),
            x, NULL, number("now"), NULL, &err);
    dstack_receipt_policy_free(p);
    dstack_exchange_free(x);
    return verdict(rc);
}

/* ---- sealed payloads ------------------------------------------------------------ */

static int
seal(void)
{
    bytes recipient = hex("recipient"), plain = hex("plain");
    char *sealed = NULL;
    int rc = dstack_seal(
        recipient.p, recipient.n, plain.p, plain.n, &sealed, NULL, &err);

    rc = rc == DSTACK_OK ? answer("sealed", sealed) : verdict(rc);
    dstack_free(sealed);
    free(recipient.p);
    free(plain.p);
    return rc;
}

static int
unseal(void)
{
    const char *sealed = text("sealed");
    bytes secret = hex("secret");
    dstack_secret *plain = NULL;
    size_t n = 0;
    int rc = dstack_open(secret.p, secret.n, (const uint8_t *)sealed,
        strlen(sealed), &plain, &err);
    const uint8_t *p = dstack_secret_bytes(plain, &n);
    char *digits = calloc(2, n + 1);

    if (!digits)
        exit(1);
    for (size_t i = 0; i < n; i++)
        (void)snprintf(digits + 2 * i, 3, "%02x", p[i]);
    rc = rc == DSTACK_OK ? answer("plain", digits) : verdict(rc);
    free(digits);
    dstack_secret_free(plain);
    free(secret.p);
    return rc;
}

static int
act(void)
{
    static const struct {
        const char *op;
        int (*act)(void);
    } all[] = {{"sign", sign}, {"signed", signed_form}, {"verify", verify},
        {"seal", seal}, {"open", unseal}};
    const char *op = text("op");

    for (size_t i = 0; op && i < sizeof all / sizeof *all; i++)
        if (strcmp(op, all[i].op) == 0)
            return all[i].act();
    return 1;
}

int
main(void)
{
    char *line = NULL;
    size_t room = 0;
    int rc = dstack_replay_memory_new(1 << 20, &memory, &err);

    while (rc == 0 && getline(&line, &room, stdin) > 0) {
        cJSON *j = cJSON_Parse(line);

        question = j;
        rc = act();
        cJSON_Delete(j);
    }
    free(line);
    dstack_replay_memory_free(memory);
    return rc;
}
