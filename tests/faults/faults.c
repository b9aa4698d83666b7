/* SPDX-License-Identifier: Apache-2.0
 * Every call of the client, once, of an agent that answers wrongly: each ends
 * within its deadline with one of the codes that are expected, and gives
 * nothing unless that is success.
 *     faults AGENT TAPPD WORKER v0|v1 DEADLINE_MS CODE[,CODE...] */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <dstack/dstack.h>

/* Beyond the deadline: a busy machine. */
#define SLACK_MS 700

static const uint8_t data[64] = "report data";
static const dstack_cert_request *request;

/* What a call gave: its code, and whether there was an output. */
typedef struct {
    int rc;
    bool output;
} outcome;

/* One function a call: OUTCOME(type, free function, expression with &out). */
#define CALL(name, type, release, expression) \
    static outcome name(const dstack_client *c, dstack_error *err) \
    { \
        type *out = (type *)(uintptr_t)1; \
        outcome o; \
        o.rc = (expression); \
        o.output = out != NULL; \
        release(out); \
        return o; \
    }

CALL(get_quote, dstack_quote_reply, dstack_quote_reply_free,
    dstack_client_get_quote(c, data, 64, &out, err))
CALL(derive_key, dstack_key, dstack_key_free,
    dstack_client_derive_key(
        c, "path", "purpose", DSTACK_KEY_SECP256K1, &out, err))
CALL(get_key, dstack_key, dstack_key_free,
    dstack_client_get_key(c, "path", NULL, DSTACK_KEY_ED25519, &out, err))
CALL(get_tls_key, dstack_tls_key, dstack_tls_key_free,
    dstack_client_get_tls_key(c, request, &out, err))
CALL(attest, dstack_attest_reply, dstack_attest_reply_free,
    dstack_client_attest(c, data, 64, &out, err))
CALL(info, dstack_info, dstack_info_free, dstack_client_info(c, &out, err))
CALL(sign, dstack_sign_reply, dstack_sign_reply_free,
    dstack_client_sign(c, data, 64, DSTACK_KEY_ED25519, &out, err))
CALL(v1_get_key, dstack_key, dstack_key_free,
    dstack_client_v1_get_key(c, "domain", 6, DSTACK_KEY_SECP256K1, &out, err))
CALL(v1_issue_cert, dstack_tls_key, dstack_tls_key_free,
    dstack_client_v1_issue_cert(c, request, &out, err))
CALL(v1_attest, dstack_attest_reply, dstack_attest_reply_free,
    dstack_client_v1_attest(c, data, 64, 1, &out, err))
CALL(v1_attest_gpu, dstack_gpu_reply, dstack_gpu_reply_free,
    dstack_client_v1_attest_gpu(c, data, 32, &out, err))
CALL(
    v1_info, dstack_info, dstack_info_free, dstack_client_v1_info(c, &out, err))
CALL(tappd_derive_key, dstack_tls_key, dstack_tls_key_free,
    dstack_client_tappd_derive_key(c, "path", request, 0, &out, err))
CALL(tappd_derive_k256_key, dstack_key, dstack_key_free,
    dstack_client_tappd_derive_k256_key(c, "path", NULL, &out, err))
CALL(tappd_tdx_quote, dstack_quote_reply, dstack_quote_reply_free,
    dstack_client_tappd_tdx_quote(c, data, 9, "sha3-384", NULL, &out, err))
CALL(tappd_raw_quote, dstack_quote_reply, dstack_quote_reply_free,
    dstack_client_tappd_raw_quote(c, data, 64, &out, err))
CALL(worker_app_key_quote, dstack_quote_reply, dstack_quote_reply_free,
    dstack_client_worker_app_key_quote(c, DSTACK_KEY_ED25519, &out, err))
CALL(worker_health, dstack_health, dstack_health_free,
    dstack_client_worker_health(c, &out, err))

static outcome
emit_event(const dstack_client *c, dstack_error *err)
{
    outcome o = {0, false};

    o.rc = dstack_client_emit_event(c, "name", data, 11, err);
    o.output = o.rc == DSTACK_OK;
    return o;
}

static outcome
verify(const dstack_client *c, dstack_error *err)
{
    static const uint8_t key[32] = {1}, signature[64];
    int valid = 7;
    outcome o;

    o.rc = dstack_client_verify(
        c, key, 32, data, 4, signature, 64, DSTACK_KEY_ED25519, &valid, err);
    /* A refusal leaves 0, and so does an answer about this signature. */
    o.output = o.rc == DSTACK_OK || valid != 0;
    return o;
}

enum {
    V0 = 1,
    V1 = 2
};

static const struct {
    const char *name;
    int service, on;
    outcome (*call)(const dstack_client *, dstack_error *);
} calls[] = {
    {"get_quote", DSTACK_SERVICE_AGENT, V0 | V1, get_quote},
    {"derive_key", DSTACK_SERVICE_AGENT, V0 | V1, derive_key},
    {"get_key", DSTACK_SERVICE_AGENT, V0 | V1, get_key},
    {"get_tls_key", DSTACK_SERVICE_AGENT, V0 | V1, get_tls_key},
    {"emit_event", DSTACK_SERVICE_AGENT, V0, emit_event},
    {"attest", DSTACK_SERVICE_AGENT, V0 | V1, attest},
    {"info", DSTACK_SERVICE_AGENT, V0 | V1, info},
    {"sign", DSTACK_SERVICE_AGENT, V0 | V1, sign},
    {"verify", DSTACK_SERVICE_AGENT, V0 | V1, verify},
    {"v1_get_key", DSTACK_SERVICE_AGENT, V1, v1_get_key},
    {"v1_issue_cert", DSTACK_SERVICE_AGENT, V1, v1_issue_cert},
    {"v1_attest", DSTACK_SERVICE_AGENT, V1, v1_attest},
    {"v1_attest_gpu", DSTACK_SERVICE_AGENT, V1, v1_attest_gpu},
    {"v1_info", DSTACK_SERVICE_AGENT, V1, v1_info},
    {"tappd derive_key", DSTACK_SERVICE_TAPPD, V0, tappd_derive_key},
    {"tappd derive_k256_key", DSTACK_SERVICE_TAPPD, V0, tappd_derive_k256_key},
    {"tappd tdx_quote", DSTACK_SERVICE_TAPPD, V0, tappd_tdx_quote},
    {"tappd raw_quote", DSTACK_SERVICE_TAPPD, V0, tappd_raw_quote},
    {"tappd get_quote", DSTACK_SERVICE_TAPPD, V0, get_quote},
    {"tappd info", DSTACK_SERVICE_TAPPD, V0, info},
    {"worker app_key_quote", DSTACK_SERVICE_WORKER, V0 | V1,
        worker_app_key_quote},
    {"worker info", DSTACK_SERVICE_WORKER, V0 | V1, info},
    {"worker health", DSTACK_SERVICE_WORKER, V1, worker_health},
};

static int64_t
now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The code's name is in the list. */
static bool
expected(int rc, const char *list)
{
    const char *name = dstack_error_name(rc);
    const char *at = strstr(list, name);

    return at && (at[strlen(name)] == 0 || at[strlen(name)] == ',');
}

/* The probe is answered as it should be, so that it is the call that fails. */
static dstack_client *
client_new(const char *endpoint, int service, uint32_t ms)
{
    dstack_client *c = NULL;
    dstack_agent *agent = NULL;
    dstack_error err = {0};

    if (dstack_client_new(&c, &err) != DSTACK_OK ||
        dstack_client_set_endpoint(c, endpoint, &err) != DSTACK_OK ||
        dstack_client_set_service(c, (uint32_t)service) != DSTACK_OK ||
        dstack_client_set_timeouts(c, ms, ms) != DSTACK_OK ||
        dstack_client_probe(c, &agent, &err) != DSTACK_OK) {
        fprintf(stderr, "%s: %s\n", endpoint, err.message);
        exit(2);
    }
    dstack_agent_free(agent);
    return c;
}

static bool
one(size_t i, const dstack_client *c, int64_t ms, const char *codes)
{
    dstack_error err = {0};
    int64_t start = now_ms();
    outcome o = calls[i].call(c, &err);
    int64_t took = now_ms() - start;

    if (expected(o.rc, codes) && took <= ms + SLACK_MS &&
        o.output == (o.rc == DSTACK_OK) && err.code == o.rc &&
        (o.rc == DSTACK_OK || err.message[0] != 0))
        return true;
    printf("  FAULT   %s: %s in %d ms, %s: %s; expected %s in %d ms\n",
        calls[i].name, dstack_error_name(o.rc), (int)took,
        o.output ? "with an output" : "no output", err.message, codes, (int)ms);
    return false;
}

int
main(int argc, char **argv)
{
    dstack_client *clients[3];
    dstack_cert_request *cert = NULL;
    dstack_error err;
    uint32_t ms;
    int on, passed = 0, failed = 0;

    if (argc != 7)
        return 2;
    ms = (uint32_t)strtoul(argv[5], NULL, 10);
    on = strcmp(argv[4], "v1") == 0 ? V1 : V0;
    if (dstack_cert_request_new(&cert, &err) != DSTACK_OK ||
        dstack_cert_request_set_subject(cert, "s", &err) != DSTACK_OK)
        return 2;
    request = cert;
    for (int s = 0; s < 3; s++)
        clients[s] = client_new(argv[1 + s], s, ms);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if ((calls[i].on & on) == 0)
            continue;
        if (one(i, clients[calls[i].service], ms, argv[6]))
            passed++;
        else
            failed++;
    }
    for (int s = 0; s < 3; s++)
        dstack_client_free(clients[s]);
    dstack_cert_request_free(cert);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
