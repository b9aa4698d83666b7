/* SPDX-License-Identifier: Apache-2.0 */
/* Of a key nothing stays in memory but where its object holds it, and nothing
 * at all once that is freed, or where the answer was refused. The agent is
 * another process; here the key is only known masked. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "dstack/dstack.h"
#include "support/fake_agent.h"
#include "support/http_fault.h"
#include "support/search_memory.h"
#include "support/vec.h"

/* The scalar, and a part of its PEM text (tests/vectors/tls_key.vec). */
static const uint8_t raw[32] = {0xac, 0x9b, 0xb7, 0xce, 0x12, 0xd9, 0xce, 0x8d,
    0xd4, 0x50, 0x14, 0x00, 0xed, 0x07, 0x38, 0xb3, 0xaa, 0xdf, 0x8d, 0x61,
    0x51, 0x0f, 0x07, 0x5c, 0x4e, 0xa1, 0xca, 0x90, 0x49, 0x83, 0x1c, 0x17};
static const uint8_t pem[32] = {0x2e, 0x6b, 0x6b, 0x33, 0x6c, 0x3c, 0x19, 0x1c,
    0x6b, 0x20, 0x29, 0x16, 0x0c, 0x0c, 0x6a, 0x1d, 0x1c, 0x0a, 0x2f, 0x0b,
    0x23, 0x32, 0x0a, 0x00, 0x08, 0x31, 0x68, 0x32, 0x08, 0x1b, 0x14, 0x19};
static uint8_t hex[64];

#define LINK \
    "0b0fa470162c54f108850d143442c48d43f1cc42983b8e9c589679345b831d2b5bb5b97b" \
    "21c2d2d036520209deae8b6111318c68eafc786190d6edc52e5cf0c201"
#define PUBLIC \
    "026b694842460eff475d4e4b36a908c4ca05db27fe54bd7fb5db31c367a52ef211"

/* ---- the agent, in its own process ------------------------------------------------------ */

static void
answer_with(http_fault_server *server, const char *body)
{
    http_fault fault = {.body = body, .body_len = strlen(body)};

    http_fault_plan(server, &fault, 1);
}

static char *
secret_hex(void)
{
    char *text = malloc(65);

    assert_non_null(text);
    for (int i = 0; i < 64; i++)
        text[i] = (char)(hex[i] ^ SEARCH_MASK);
    text[64] = 0;
    return text;
}

static void
plan_key(http_fault_server *server)
{
    answer_with(server, fake_text("{\"key\":\"%s\",\"public_key\":\"" PUBLIC
                                  "\",\"signature_chain\":[\"" LINK "\",\"\"]}",
                            secret_hex()));
}

static void
plan_k256(http_fault_server *server)
{
    answer_with(server,
        fake_text("{\"k256_key\":\"%s\",\"k256_signature_chain\":[\"" LINK
                  "\",\"\"]}",
            secret_hex()));
}

static void
plan_bad_chain(http_fault_server *server)
{
    answer_with(server, fake_text("{\"key\":\"%s\",\"public_key\":\"" PUBLIC
                                  "\",\"signature_chain\":[]}",
                            secret_hex()));
}

static void
plan_long_key(http_fault_server *server)
{
    answer_with(server, fake_text("{\"key\":\"%s00\",\"public_key\":\"" PUBLIC
                                  "\",\"signature_chain\":[]}",
                            secret_hex()));
}

static void
plan_twice(http_fault_server *server)
{
    answer_with(server, fake_text("{\"key\":\"%s\",\"key\":\"%s\"}",
                            secret_hex(), secret_hex()));
}

static void
plan_as_error(http_fault_server *server)
{
    answer_with(server, fake_text("{\"error\":\"%s\"}", secret_hex()));
}

static void
plan_cut(http_fault_server *server)
{
    answer_with(server, fake_text("{\"key\":\"%s", secret_hex()));
}

/* The 400 of somebody who repeats what it was told. */
static void
plan_error_400(http_fault_server *server)
{
    http_fault fault = {
        .head = "HTTP/1.1 400 Bad Request\r\nContent-Length: 64\r\n\r\n"};

    fault.body = secret_hex();
    fault.body_len = 64;
    http_fault_plan(server, &fault, 1);
}

/* The PEM text of a name, in JSON. */
static char *
vec_text(const char *name)
{
    char *text = NULL;
    vec v;

    vec_open(&v, "tls_key.vec");
    while (vec_next(&v) == 2) {
        ds_view b;
        char *p;

        if (strcmp(v.word[0], name) != 0)
            continue;
        b = vec_bytes(v.word[1]);
        text = p = malloc(2 * b.n + 1);
        assert_non_null(text);
        for (size_t i = 0; i < b.n; i++) {
            if (b.p[i] == '\n')
                *p++ = '\\';
            *p++ = b.p[i] == '\n' ? 'n' : (char)b.p[i];
        }
        *p = 0;
        vec_free(b);
    }
    vec_close(&v);
    assert_non_null(text);
    return text;
}

static void
plan_tls(http_fault_server *server)
{
    answer_with(server,
        fake_text("{\"key\":\"%s\",\"certificate_chain\":[\"%s\",\"%s\"]}",
            vec_text("key"), vec_text("leaf"), vec_text("ca")));
}

static void
plan_tls_other(http_fault_server *server)
{
    answer_with(
        server, fake_text("{\"key\":\"%s\",\"certificate_chain\":[\"%s\"]}",
                    vec_text("key"), vec_text("leaf_other")));
}

/* ---- the calls ---------------------------------------------------------------------------- */

typedef struct {
    dstack_key *key;
    dstack_tls_key *tls;
} result;

static int
get_key(const dstack_client *c, result *r, dstack_error *err)
{
    return dstack_client_get_key(c, "/", "test", 1, &r->key, err);
}

static int
v1_get_key(const dstack_client *c, result *r, dstack_error *err)
{
    return dstack_client_v1_get_key(c, "a", 1, 1, &r->key, err);
}

static int
v1_get_ed25519(const dstack_client *c, result *r, dstack_error *err)
{
    return dstack_client_v1_get_key(
        c, "a", 1, DSTACK_KEY_ED25519, &r->key, err);
}

static int
derive_k256(const dstack_client *c, result *r, dstack_error *err)
{
    return dstack_client_tappd_derive_k256_key(c, "/", NULL, &r->key, err);
}

static int
issue_cert(const dstack_client *c, result *r, dstack_error *err)
{
    return dstack_client_v1_issue_cert(c, NULL, &r->tls, err);
}

static int
derive_key(const dstack_client *c, result *r, dstack_error *err)
{
    return dstack_client_tappd_derive_key(c, "/", NULL, 0, &r->tls, err);
}

static struct {
    const char *name;
    void (*plan)(http_fault_server *);
    int (*call)(const dstack_client *, result *, dstack_error *);
    uint32_t service;
    int code;
    unsigned raw, pem; /* copies while the object lives */
    pid_t server;
    char endpoint[64];
} cases[] = {
    {"GetKey", plan_key, get_key, 0, DSTACK_OK, 1, 0, 0, ""},
    {"v1.GetKey", plan_key, v1_get_key, 0, DSTACK_OK, 1, 0, 0, ""},
    {"DeriveK256Key", plan_k256, derive_k256, 1, DSTACK_OK, 1, 0, 0, ""},
    {"IssueCert", plan_tls, issue_cert, 0, DSTACK_OK, 2, 1, 0, ""},
    {"DeriveKey", plan_tls, derive_key, 1, DSTACK_OK, 2, 1, 0, ""},
    {"another public key", plan_key, v1_get_ed25519, 0, DSTACK_ERR_PROTOCOL, 0,
        0, 0, ""},
    {"no chain", plan_bad_chain, get_key, 0, DSTACK_ERR_PROTOCOL, 0, 0, 0, ""},
    {"long", plan_long_key, get_key, 0, DSTACK_ERR_PROTOCOL, 0, 0, 0, ""},
    {"twice", plan_twice, get_key, 0, DSTACK_ERR_PROTOCOL, 0, 0, 0, ""},
    {"cut", plan_cut, get_key, 0, DSTACK_ERR_PROTOCOL, 0, 0, 0, ""},
    {"as an error", plan_as_error, get_key, 0, DSTACK_ERR_AGENT, 0, 0, 0, ""},
    {"as a 400", plan_error_400, get_key, 0, DSTACK_ERR_AGENT, 0, 0, 0, ""},
    {"another's certificate", plan_tls_other, issue_cert, 0,
        DSTACK_ERR_PROTOCOL, 0, 0, 0, ""},
};
#define CASES (sizeof cases / sizeof cases[0])

static int
start_servers(void **state)
{
    static const char digit[] = "0123456789abcdef";

    (void)state;
    for (int i = 0; i < 64; i++) {
        uint8_t half = (uint8_t)((raw[i / 2] ^ SEARCH_MASK) >> (4 - i % 2 * 4));

        hex[i] = (uint8_t)digit[half & 15] ^ SEARCH_MASK;
    }
    for (size_t i = 0; i < CASES; i++) {
        cases[i].server =
            http_fault_fork(NULL, cases[i].plan, cases[i].endpoint);
        assert_int_not_equal(cases[i].server, -1);
    }
    return 0;
}

static int
stop_servers(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        kill(cases[i].server, SIGTERM);
        waitpid(cases[i].server, NULL, 0);
    }
    return 0;
}

static void
copies(size_t i, const char *when, unsigned want_raw, unsigned want_pem)
{
    unsigned found = search_memory(raw, sizeof raw);

    if (found != want_raw)
        fail_msg("%s, %s: %u copies of the key", cases[i].name, when, found);
    found = search_memory(hex, sizeof hex);
    if (found != 0)
        fail_msg("%s, %s: %u copies in hex", cases[i].name, when, found);
    found = search_memory(pem, sizeof pem);
    if (found != want_pem)
        fail_msg("%s, %s: %u copies as PEM", cases[i].name, when, found);
}

static void
leaves_nothing(void **state)
{
    (void)state;
    if (!search_memory_works())
        skip();
    for (size_t i = 0; i < CASES; i++) {
        dstack_client *c = NULL;
        result r = {NULL, NULL};
        dstack_error err;
        int rc;

        assert_int_equal(dstack_client_new(&c, &err), DSTACK_OK);
        assert_int_equal(
            dstack_client_set_endpoint(c, cases[i].endpoint, &err), DSTACK_OK);
        assert_int_equal(
            dstack_client_set_service(c, cases[i].service), DSTACK_OK);
        copies(i, "before", 0, 0);
        rc = cases[i].call(c, &r, &err);
        if (rc != cases[i].code)
            fail_msg("%s: %d %s", cases[i].name, rc, err.message);
        /* What the call's own frames held is overwritten by this. */
        copies(i, "with the object", cases[i].raw, cases[i].pem);
        dstack_key_free(r.key);
        dstack_tls_key_free(r.tls);
        copies(i, "without it", 0, 0);
        dstack_client_free(c);
        copies(i, "without the client", 0, 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_nothing),
    };

    return cmocka_run_group_tests(tests, start_servers, stop_servers);
}
