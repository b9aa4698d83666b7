/* SPDX-License-Identifier: Apache-2.0 */
/* TLS keys with certificates, and signatures: what is asked, what is read, and
 * each way in which an answer can be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dstack/dstack.h"
#include "support/fake_agent.h"
#include "support/vec.h"

static void
ok(int rc, const dstack_error *err)
{
    if (rc != DSTACK_OK)
        fail_msg("%s: %s", dstack_error_name(rc), err->message);
    assert_int_equal(err->code, 0);
}

static void
failed(int rc, int code, const dstack_error *err, const char *says)
{
    if (rc != code || err->code != code || !strstr(err->message, says))
        fail_msg("%s: %s\nexpected %s: %s", dstack_error_name(rc), err->message,
            dstack_error_name(code), says);
}

/* ---- material ------------------------------------------------------------------------ */

enum {
    SCALAR,
    PUBLIC,
    DER,
    KEY,
    KEY_OTHER,
    KEY_SEC1,
    KEY_P384,
    KEY_ED25519,
    LEAF,
    LEAF_EVIDENCE,
    LEAF_OTHER,
    LEAF_P384,
    CA,
    COUNT
};
static char *text[COUNT]; /* PEM texts, NUL-terminated; or bytes */
static size_t len[COUNT];
static char *json[COUNT]; /* the same as a JSON string */

/* A JSON string with the line ends escaped. */
static char *
quote(const char *p)
{
    char *out = malloc(2 * strlen(p) + 3);
    char *q = out;

    assert_non_null(out);
    *q++ = '"';
    for (; *p; p++) {
        if (*p == '\n' || *p == '\r') {
            *q++ = '\\';
            *q++ = *p == '\n' ? 'n' : 'r';
        } else {
            *q++ = *p;
        }
    }
    *q++ = '"';
    *q = 0;
    return out;
}

static int
setup(void **state)
{
    vec v;

    (void)state;
    vec_open(&v, "tls_key.vec");
    for (int i = 0; i < COUNT; i++) {
        ds_view b;

        assert_int_equal(vec_next(&v), 2);
        b = vec_bytes(v.word[1]);
        text[i] = calloc(1, b.n + 1);
        assert_non_null(text[i]);
        memcpy(text[i], b.p, b.n);
        len[i] = b.n;
        vec_free(b);
        json[i] = quote(i > DER ? text[i] : "");
    }
    vec_close(&v);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        free(text[i]);
        free(json[i]);
    }
    return 0;
}

static char *
body_of(const char *key, const char *chain)
{
    return fake_text("{\"key\":%s,\"certificate_chain\":%s}", key, chain);
}

/* ---- the calls ----------------------------------------------------------------------- */

typedef int
tls_call(const dstack_client *, const dstack_cert_request *, dstack_tls_key **,
    dstack_error *);

static int
call_tappd(const dstack_client *c, const dstack_cert_request *r,
    dstack_tls_key **ret, dstack_error *err)
{
    return dstack_client_tappd_derive_key(c, "/p", r, 0, ret, err);
}

static const struct {
    const char *name, *path, *first;
    int kind;
    tls_call *call;
} calls[] = {
    {"GetTlsKey: ", "/GetTlsKey", "", FAKE_0511, dstack_client_get_tls_key},
    {"v1.IssueCert: ", "/v1/IssueCert", "", FAKE_060,
        dstack_client_v1_issue_cert},
    {"Tappd.DeriveKey: ", "/prpc/Tappd.DeriveKey", "\"path\":\"/p\"",
        FAKE_TAPPD_0511, call_tappd},
};
#define CALLS (sizeof calls / sizeof calls[0])

static void
key_is_right(const dstack_tls_key *key)
{
    size_t n;

    assert_memory_equal(dstack_tls_key_secret(key, &n), text[SCALAR], 32);
    assert_int_equal(n, 32);
    assert_string_equal(dstack_tls_key_pem(key, &n), text[KEY]);
    assert_int_equal(n, len[KEY]);
    assert_memory_equal(dstack_tls_key_der(key, &n), text[DER], len[DER]);
    assert_int_equal(n, len[DER]);
}

static void
test_tls_key(void **state)
{
    char *chain = fake_text("[%s,%s]", json[LEAF], json[CA]);
    char *both = fake_text("%s%s", text[LEAF], text[CA]);
    char *body = body_of(json[KEY], chain);

    (void)state;
    for (size_t i = 0; i < CALLS; i++) {
        fake_agent *f = fake_agent_new(calls[i].kind);
        dstack_client *c = fake_agent_client(f);
        dstack_tls_key *key = NULL;
        dstack_error err;
        char *want = fake_text("{%s}", calls[i].first);
        const uint8_t *der;
        size_t n;

        fake_agent_answer(f, calls[i].path, 200, body);
        ok(calls[i].call(c, NULL, &key, &err), &err);
        assert_string_equal(fake_agent_last(f, calls[i].path), want);
        key_is_right(key);
        assert_int_equal(dstack_tls_key_cert_count(key), 2);
        assert_string_equal(dstack_tls_key_cert_pem(key, 0, &n), text[LEAF]);
        assert_int_equal(n, len[LEAF]);
        assert_string_equal(dstack_tls_key_cert_pem(key, 1, NULL), text[CA]);
        der = dstack_tls_key_cert_der(key, 1, &n);
        assert_true(n > 200 && der[0] == 0x30 && der[1] == 0x82);
        assert_string_equal(dstack_tls_key_chain_pem(key, &n), both);
        assert_int_equal(n, strlen(both));
        assert_null(dstack_tls_key_cert_pem(key, 2, &n));
        assert_int_equal(n, 0);
        assert_null(dstack_tls_key_cert_der(key, 2, &n));
        dstack_tls_key_free(key);
        free(want);
        dstack_client_free(c);
        fake_agent_free(f);
    }
    free(body);
    free(both);
    free(chain);
}

static void
test_no_tls_key(void **state)
{
    size_t n = 1;

    (void)state;
    dstack_tls_key_free(NULL);
    assert_null(dstack_tls_key_pem(NULL, &n));
    assert_int_equal(n, 0);
    assert_null(dstack_tls_key_der(NULL, NULL));
    assert_null(dstack_tls_key_secret(NULL, NULL));
    assert_int_equal(dstack_tls_key_cert_count(NULL), 0);
    assert_null(dstack_tls_key_cert_pem(NULL, 0, NULL));
    assert_null(dstack_tls_key_cert_der(NULL, 0, NULL));
    assert_null(dstack_tls_key_chain_pem(NULL, NULL));
}

/* Other spellings of the same: CRLF, no line end at the end, evidence inside
 * that makes a certificate large, one certificate alone. */
static void
reads(const char *key, const char *chain)
{
    fake_agent *f = fake_agent_new(FAKE_0511);
    dstack_client *c = fake_agent_client(f);
    char *body = body_of(key, chain);
    dstack_tls_key *k = NULL;
    dstack_error err;

    fake_agent_answer(f, "/GetTlsKey", 200, body);
    ok(dstack_client_get_tls_key(c, NULL, &k, &err), &err);
    assert_memory_equal(dstack_tls_key_secret(k, NULL), text[SCALAR], 32);
    dstack_tls_key_free(k);
    free(body);
    dstack_client_free(c);
    fake_agent_free(f);
}

static void
test_other_spellings(void **state)
{
    char *one = fake_text("[%s]", json[LEAF]);
    char *large = fake_text("[%s,%s]", json[LEAF_EVIDENCE], json[CA]);
    char *open = fake_text(
        "[%.*s\",%s]", (int)strlen(json[LEAF]) - 3, json[LEAF], json[CA]);

    (void)state;
    reads(json[KEY], one);
    reads(json[KEY], large);
    reads(json[KEY], open);
    free(one);
    free(large);
    free(open);
}

/* Both members wrong in turn. The key's second half is never shown. */
static void
refused(const char *body, const char *says)
{
    for (size_t i = 0; i < CALLS; i++) {
        fake_agent *f = fake_agent_new(calls[i].kind);
        dstack_client *c = fake_agent_client(f);
        dstack_tls_key *key = (dstack_tls_key *)1;
        dstack_error err;
        int rc;

        fake_agent_answer(f, calls[i].path, 200, body);
        rc = calls[i].call(c, NULL, &key, &err);
        failed(rc, DSTACK_ERR_PROTOCOL, &err, says);
        assert_memory_equal(err.message, calls[i].name, strlen(calls[i].name));
        assert_null(strstr(err.message, "AQQg9sHtlEiDlNeOCk5a"));
        assert_null(key);
        assert_int_equal(
            calls[i].call(c, NULL, &key, NULL), DSTACK_ERR_PROTOCOL);
        dstack_client_free(c);
        fake_agent_free(f);
    }
}

static void
refused_key(const char *key, const char *says)
{
    char *chain = fake_text("[%s,%s]", json[LEAF], json[CA]);
    char *body = body_of(key, chain);

    refused(body, says);
    free(body);
    free(chain);
}

static void
test_malformed_key(void **state)
{
    char *text_first = fake_text("\"x\\n%s", json[KEY] + 1);
    char *cut = fake_text("%.*s\"", 120, json[KEY]);
    char *more = fake_text(
        "%.*s%s", (int)strlen(json[KEY]) - 1, json[KEY], json[KEY] + 1);
    char *flipped = fake_text("%s", json[KEY]);

    (void)state;
    refused_key("null", "key: expected a string, found null");
    refused_key("5", "key: expected a string, found a number");
    refused_key("[]", "key: expected a string, found an array");
    refused_key("{}", "key: expected a string, found an object");
    refused_key("\"\"", "key: expected one PEM block \"PRIVATE KEY\"");
    refused_key("\"f6c1ed94\"", "key: expected one PEM block");
    refused_key(json[LEAF], "key: expected one PEM block");
    refused_key(json[KEY_SEC1], "key: expected one PEM block");
    refused_key(text_first, "key: expected one PEM block");
    refused_key(more, "key: expected one PEM block");
    refused_key(cut, "key: expected one PEM block");
    refused_key(json[KEY_P384], "key: expected a P-256 key in PKCS #8");
    refused_key(json[KEY_ED25519], "key: expected a P-256 key in PKCS #8");
    /* Another scalar than its public key's. */
    flipped[strlen("\"-----BEGIN PRIVATE KEY-----\\n") + 52] ^= 1;
    refused_key(flipped, "key: expected a P-256 key in PKCS #8");
    refused_key(json[KEY_OTHER],
        "certificate_chain[0]: the certificate is not for the key");
    free(flipped);
    free(more);
    free(cut);
    free(text_first);
}

static void
refused_chain(
    const char *says, const char *format, const char *a, const char *b)
{
    char *chain, *body;

    chain = fake_text("%s", "");
    for (const char *p = format; *p; p++) {
        char one[2] = {*p, 0};
        char *longer = fake_text("%s%s", chain,
            *p == 'A'   ? a
            : *p == 'B' ? b
                        : one);

        free(chain);
        chain = longer;
    }
    body = body_of(json[KEY], chain);
    refused(body, says);
    free(body);
    free(chain);
}

static void
test_malformed_chain(void **state)
{
    char *broken = fake_text("%s", json[LEAF]);
    char *body;

    (void)state;
    refused_chain(
        "certificate_chain: expected an array, found null", "null", "", "");
    refused_chain("certificate_chain: expected an array, found a string", "A",
        json[LEAF], "");
    refused_chain("certificate_chain: expected an array, found an object",
        "{\"0\":A}", json[LEAF], "");
    refused_chain("certificate_chain: expected 1 to 8 certificates, found 0",
        "[]", "", "");
    refused_chain("certificate_chain: expected 1 to 8 certificates, found 9",
        "[A,A,A,A,A,A,A,A,A]", json[LEAF], "");
    refused_chain("certificate_chain[1]: expected a string, found null",
        "[A,null]", json[LEAF], "");
    refused_chain("certificate_chain[0]: expected a string, found an array",
        "[[A]]", json[LEAF], "");
    refused_chain(
        "certificate_chain[0]: expected one PEM block \"CERTIFICATE\"",
        "[\"\",A]", json[CA], "");
    refused_chain(
        "certificate_chain[1]: expected one PEM block \"CERTIFICATE\"", "[A,B]",
        json[LEAF], json[KEY]);
    refused_chain("certificate_chain[0]: the certificate is not for the key",
        "[A,B]", json[CA], json[LEAF]);
    refused_chain("certificate_chain[0]: the certificate is not for the key",
        "[A,B]", json[LEAF_OTHER], json[CA]);
    refused_chain("certificate_chain[0]: the certificate is not for the key",
        "[A,B]", json[LEAF_P384], json[CA]);
    /* In the first certificate's length. */
    broken[strlen("\"-----BEGIN CERTIFICATE-----\\n") + 4] ^= 1;
    refused_chain("certificate: ", "[A,B]", broken, json[CA]);
    refused_chain("certificate: ", "[A,B]", json[LEAF], broken);
    free(broken);
    body = fake_text("{\"key\":%s}", json[KEY]);
    refused(body, "certificate_chain: missing");
    free(body);
    body = fake_text("{\"certificate_chain\":[%s]}", json[LEAF]);
    refused(body, "key: missing");
    free(body);
    body = fake_text("{\"key\":%s,\"certificate_chain\":[%s],\"key\":%s}",
        json[KEY], json[LEAF], json[KEY]);
    refused(body, "a second member of this name");
    free(body);
    refused("[]", "expected an object, found an array");
    refused("null", "expected an object, found null");
    refused("", "answer: byte 0");
    refused("{\"key\":\"-----BEGIN", "answer: byte");
}

/* ---- what is asked --------------------------------------------------------------------- */

static dstack_cert_request *
full_request(uint32_t usage, int64_t from, int64_t to)
{
    dstack_cert_request *r = NULL;
    dstack_error err;

    ok(dstack_cert_request_new(&r, &err), &err);
    ok(dstack_cert_request_set_subject(r, "replaced", &err), &err);
    ok(dstack_cert_request_set_subject(r, "a \"b\" \xc3\xa9", &err), &err);
    ok(dstack_cert_request_add_alt_name(r, "a.example", &err), &err);
    ok(dstack_cert_request_add_alt_name(r, "10.0.0.1", &err), &err);
    assert_int_equal(dstack_cert_request_set_usage(r, usage), DSTACK_OK);
    assert_int_equal(dstack_cert_request_set_validity(r, from, to), DSTACK_OK);
    return r;
}

#define NAMES \
    "\"subject\":\"a \\u0022b\\u0022 \xc3\xa9\",\"alt_names\":[\"a.example\"," \
    "\"10.0.0.1\"]"

static void
test_request(void **state)
{
    dstack_cert_request *r = full_request(15, 1700000000, 1800000000);
    char *chain = fake_text("[%s]", json[LEAF]);
    char *body = body_of(json[KEY], chain);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        fake_agent *f = fake_agent_new(calls[i].kind);
        dstack_client *c = fake_agent_client(f);
        dstack_tls_key *key = NULL;
        dstack_error err;

        fake_agent_answer(f, calls[i].path, 200, body);
        ok(calls[i].call(c, r, &key, &err), &err);
        assert_string_equal(fake_agent_last(f, calls[i].path),
            "{" NAMES ",\"usage_ra_tls\":true,\"usage_server_auth\":true,"
            "\"usage_client_auth\":true,\"not_before\":1700000000,"
            "\"not_after\":1800000000,\"with_app_info\":true}");
        dstack_tls_key_free(key);
        dstack_client_free(c);
        fake_agent_free(f);
    }
    dstack_cert_request_free(r);
    free(body);
    free(chain);
}

static void
test_request_arguments(void **state)
{
    dstack_cert_request *r = NULL;
    char *long_name = malloc(1026);
    dstack_error err;

    (void)state;
    assert_non_null(long_name);
    memset(long_name, 'n', 1025);
    long_name[1025] = 0;
    assert_int_equal(dstack_cert_request_new(NULL, &err), DSTACK_ERR_ARG);
    ok(dstack_cert_request_new(&r, &err), &err);
    failed(dstack_cert_request_set_subject(NULL, "a", &err), DSTACK_ERR_ARG,
        &err, "NULL");
    failed(dstack_cert_request_set_subject(r, NULL, &err), DSTACK_ERR_ARG, &err,
        "NULL");
    failed(dstack_cert_request_set_subject(r, long_name, &err), DSTACK_ERR_ARG,
        &err, "at most 1024 bytes");
    failed(dstack_cert_request_set_subject(r, "\xff", &err), DSTACK_ERR_ARG,
        &err, "expected UTF-8");
    failed(dstack_cert_request_add_alt_name(NULL, "a", &err), DSTACK_ERR_ARG,
        &err, "NULL");
    failed(dstack_cert_request_add_alt_name(r, NULL, &err), DSTACK_ERR_ARG,
        &err, "NULL");
    failed(dstack_cert_request_add_alt_name(r, "", &err), DSTACK_ERR_ARG, &err,
        "found \"\"");
    failed(dstack_cert_request_add_alt_name(r, long_name, &err), DSTACK_ERR_ARG,
        &err, "at most 1024 bytes");
    long_name[1024] = 0;
    for (int i = 0; i < 256; i++)
        ok(dstack_cert_request_add_alt_name(r, i ? "a" : long_name, &err),
            &err);
    failed(dstack_cert_request_add_alt_name(r, "a", &err), DSTACK_ERR_ARG, &err,
        "256 names already");
    assert_int_equal(dstack_cert_request_set_usage(NULL, 1), DSTACK_ERR_ARG);
    assert_int_equal(dstack_cert_request_set_usage(r, 16), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_cert_request_set_validity(NULL, -1, -1), DSTACK_ERR_ARG);
    assert_int_equal(dstack_cert_request_set_validity(r, 5, 5), DSTACK_ERR_ARG);
    assert_int_equal(dstack_cert_request_set_validity(r, 6, 5), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_cert_request_set_validity(r, -2, 5), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_cert_request_set_validity(r, -1, INT64_MAX), DSTACK_ERR_ARG);
    assert_int_equal(dstack_cert_request_set_validity(r, 6, -1), DSTACK_OK);
    assert_int_equal(dstack_cert_request_set_validity(r, -1, 0), DSTACK_OK);
    dstack_cert_request_free(r);
    dstack_cert_request_free(NULL);
    free(long_name);
}

/* An agent that would leave out a part is not asked for the rest. */
static void
test_ignored_parts(void **state)
{
    static const struct {
        uint32_t usage;
        int64_t from, to;
    } parts[] = {{DSTACK_USAGE_APP_INFO, -1, -1}, {0, 1, -1}, {0, -1, 1}};
    static const int kinds[] = {FAKE_042, FAKE_055};

    (void)state;
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < 3; i++) {
            dstack_cert_request *r =
                full_request(parts[i].usage, parts[i].from, parts[i].to);
            fake_agent *f = fake_agent_new(kinds[k]);
            dstack_client *c = fake_agent_client(f);
            dstack_tls_key *key = (dstack_tls_key *)1;
            dstack_error err;

            failed(dstack_client_get_tls_key(c, r, &key, &err),
                DSTACK_ERR_UNSUPPORTED, &err,
                "GetTlsKey: validity or app info: the agent is 0.");
            assert_null(key);
            assert_int_equal(fake_agent_count(f, "/GetTlsKey"), 0);
            dstack_client_free(c);
            fake_agent_free(f);
            /* Nor has a tappd of any version these. */
            f = fake_agent_new(FAKE_TAPPD_0511);
            c = fake_agent_client(f);
            failed(call_tappd(c, r, &key, &err), DSTACK_ERR_UNSUPPORTED, &err,
                "a tappd's certificates carry no app info");
            assert_int_equal(fake_agent_count(f, NULL), 0);
            dstack_client_free(c);
            fake_agent_free(f);
            dstack_cert_request_free(r);
        }
}

static void
test_ignored_by_tappd(void **state)
{
    dstack_cert_request *r = full_request(DSTACK_USAGE_SERVER_AUTH, -1, -1);
    dstack_cert_request *plain = full_request(0, -1, -1);
    fake_agent *f = fake_agent_new(FAKE_036);
    dstack_client *c = fake_agent_client(f);
    char *chain = fake_text("[%s]", json[LEAF]);
    char *body = body_of(json[KEY], chain);
    dstack_tls_key *key = NULL;
    dstack_key *plain_key = NULL;
    dstack_error err;

    (void)state;
    fake_agent_answer(f, "/prpc/Tappd.DeriveKey", 200, body);
    failed(call_tappd(c, r, &key, &err), DSTACK_ERR_UNSUPPORTED, &err,
        "usages or a random seed: the agent is 0.3.4 to 0.3.6; this needs "
        "0.4.2 or later");
    failed(dstack_client_tappd_derive_key(c, "p", NULL, 1, &key, &err),
        DSTACK_ERR_UNSUPPORTED, &err, "usages or a random seed");
    assert_int_equal(fake_agent_count(f, "/prpc/Tappd.DeriveKey"), 0);
    ok(call_tappd(c, plain, &key, &err), &err);
    assert_string_equal(fake_agent_last(f, "/prpc/Tappd.DeriveKey"),
        "{\"path\":\"/p\"," NAMES "}");
    dstack_tls_key_free(key);
    /* The same as a key by itself. */
    ok(dstack_client_derive_key(c, "/p", "x", DSTACK_KEY_ANY, &plain_key, &err),
        &err);
    assert_string_equal(
        fake_agent_last(f, "/prpc/Tappd.DeriveKey"), "{\"path\":\"/p\"}");
    assert_int_equal(dstack_key_algorithm(plain_key), DSTACK_KEY_P256);
    assert_int_equal(dstack_key_scheme(plain_key), DSTACK_SCHEME_TAPPD);
    assert_memory_equal(dstack_key_secret(plain_key, NULL), text[SCALAR], 32);
    assert_memory_equal(dstack_key_public(plain_key, NULL), text[PUBLIC], 33);
    assert_int_equal(dstack_key_chain_count(plain_key), 0);
    dstack_key_free(plain_key);
    dstack_client_free(c);
    fake_agent_free(f);

    f = fake_agent_new(FAKE_TAPPD_042);
    c = fake_agent_client(f);
    fake_agent_answer(f, "/prpc/Tappd.DeriveKey", 200, body);
    ok(dstack_client_tappd_derive_key(c, "/p", r, 1, &key, &err), &err);
    assert_string_equal(fake_agent_last(f, "/prpc/Tappd.DeriveKey"),
        "{\"path\":\"/p\"," NAMES
        ",\"usage_server_auth\":true,\"random_seed\":true}");
    dstack_tls_key_free(key);
    assert_int_equal(dstack_client_tappd_derive_key(c, "", r, 2, &key, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_client_tappd_derive_key(c, NULL, r, 0, &key, &err),
        DSTACK_ERR_ARG);
    failed(dstack_client_get_tls_key(c, r, &key, &err), DSTACK_ERR_UNSUPPORTED,
        &err, "dstack_client_tappd_derive_key");
    failed(dstack_client_v1_issue_cert(c, r, &key, &err),
        DSTACK_ERR_UNSUPPORTED, &err, "this needs DSTACK_SERVICE_AGENT");
    dstack_client_free(c);
    fake_agent_free(f);
    dstack_cert_request_free(plain);
    dstack_cert_request_free(r);
    free(body);
    free(chain);
}

static void
test_tls_key_refused(void **state)
{
    fake_agent *f = fake_agent_new(FAKE_WORKER_0511);
    dstack_client *c = fake_agent_client(f);
    dstack_tls_key *key = (dstack_tls_key *)1;
    dstack_error err;

    (void)state;
    failed(dstack_client_get_tls_key(c, NULL, &key, &err),
        DSTACK_ERR_UNSUPPORTED, &err, "this needs DSTACK_SERVICE_AGENT");
    assert_null(key);
    failed(dstack_client_get_tls_key(c, NULL, NULL, &err), DSTACK_ERR_ARG, &err,
        "NULL argument");
    failed(dstack_client_v1_issue_cert(NULL, NULL, &key, &err), DSTACK_ERR_ARG,
        &err, "NULL argument");
    dstack_client_free(c);
    fake_agent_free(f);
    /* What it is cannot be told: no key is asked for. */
    f = fake_agent_new(FAKE_0511);
    c = fake_agent_client(f);
    fake_agent_fail(f, "/Version", DSTACK_ERR_TIMEOUT);
    failed(dstack_client_get_tls_key(c, NULL, &key, &err), DSTACK_ERR_TIMEOUT,
        &err, "Version: ");
    assert_int_equal(fake_agent_count(f, "/GetTlsKey"), 0);
    dstack_client_free(c);
    fake_agent_free(f);
}

/* An agent without v0. */
static void
test_tls_key_v1_alone(void **state)
{
    fake_agent *f = fake_agent_new(FAKE_060);
    dstack_client *c = fake_agent_client(f);
    char *chain = fake_text("[%s]", json[LEAF]);
    char *body = body_of(json[KEY], chain);
    dstack_tls_key *key = NULL;
    dstack_error err;

    (void)state;
    fake_agent_answer(f, "/Version", 404, "");
    fake_agent_answer(f, "/v1/IssueCert", 200, body);
    ok(dstack_client_get_tls_key(c, NULL, &key, &err), &err);
    key_is_right(key);
    dstack_tls_key_free(key);
    dstack_client_free(c);
    fake_agent_free(f);
    free(body);
    free(chain);
}

/* ---- Sign and Verify ----------------------------------------------------------------------- */

/* Upstream's simulator and its chain vectors (sections 7.2 and 7.4). */
#define MESSAGE "Test message for signing"
#define K1_PUBLIC \
    "036105f01d1fd781568f7c208b087b1c4f522601410ed7e9c7870d573de7c46d54"
#define K1_SIGNATURE \
    "673932366ab5452967919dbb290a20b095e0a65ef35baa7bd47abcc23e37f0dc" \
    "3f42c80fc1680af6ba57c9cb5bcf08f5d89aa4b6f69c819ef28045b0e0134992"
#define K1_LINK \
    "51ec279eb0da3fb45335c2fd6badaf701901bf35f229912976c4ae3c9d649cf97f964473" \
    "f2dce7118743bad84a6df707d11c9b5f0b38379204e14fd2c7baddba01"
#define ED_PUBLIC \
    "698f56bd587d8ce3ca8db0e1c361ba9d190089f98dc4d9df800ff92ed073a65d"
#define ED_SIGNATURE \
    "5d1b901403e9a4a03b4f854d0895abd7289f68381cd1044212c0e0c779493fc4" \
    "886bfd139e3b8e6bf214d38b2ae15a32708f8f18805061a2079cca1c79288f04"
#define ED_LINK \
    "d61ff204728dae76ba4e29313003433d533d069f9c98ebb3382104145f1c664c59fac432" \
    "6a86420ec3f450303d3a675d595f546448076a464343bcc25143c4a300"
#define KMS_LINK \
    "9e618603e72d01fedb82deff6daf2d62a572becf0059eec3f89c1ab40e1f2e594d2a283f" \
    "843f34e8f39e4cc49a612496ce67223a12ac923f8efe330346dfc6c500"
#define VECTOR "dstack signature chain test vector"
#define VECTOR_SHA256 \
    "18779657704cffe138dcca907960ddc7c4586078c0a7a60b689de8ec0e9f558b"
#define VECTOR_PUBLIC \
    "03f6e0f232f5eb6f4b118960a80c3939ea947b6dc727215aba43451910f2741bb8"
#define VECTOR_R \
    "4753cea786fe882ec17a1f75199d15f43e864286ddf1d599a901e503db787dc2"
#define VECTOR_S \
    "5c825c8a7a259a7c256fdbf75e74bd73282737f03fc449f9e627c8b540a161f4"
#define VECTOR_HIGH_S \
    "a37da37585da6583da902408a18b428b9287a4f66f845641d9aa95d78f94df4d"
#define VECTOR_LINK \
    "77ae5ea476f00df11938fd1df3a65a4fbd9f92b64c816b9f29ee79a1e4ae74ed43269a36" \
    "376b4ed838460ef3b56ba553cefa6e63def4a4487386f783f14295a001"
#define VECTOR_ED_PUBLIC \
    "f2c761dfee96542500c1ca5460bb0e327b4acb67d882f5846e21baa8d55d2f5b"
#define VECTOR_ED_SIGNATURE \
    "b29c21a4aa614b434542e938abe9e48c46369c4d37ecfcdbaae02251c73eff5f" \
    "1912ada04309445575204a110a6fc74dd73734240a7c6e2bffbb5c9e1bd0b408"
#define VECTOR_ED_LINK \
    "181498cdcebe6cae41fe1474b3d8af53c7969a2fb20f9f20a5cdcc9d92f5596d500cf960" \
    "5996ec2e55406666fee630d5882e5e97c2417e079c6f074ca6c7c57301"

static const struct {
    const char *algorithm, *data, *public_key, *signature, *link, *kms;
} signatures[] = {
    {"secp256k1", MESSAGE, K1_PUBLIC, K1_SIGNATURE, K1_LINK, KMS_LINK},
    {"ed25519", MESSAGE, ED_PUBLIC, ED_SIGNATURE, ED_LINK, KMS_LINK},
    {"secp256k1", VECTOR, VECTOR_PUBLIC, VECTOR_R VECTOR_S, VECTOR_LINK, ""},
    {"secp256k1_prehashed", VECTOR_SHA256, VECTOR_PUBLIC, VECTOR_R VECTOR_S,
        VECTOR_LINK, ""},
    {"ed25519", VECTOR, VECTOR_ED_PUBLIC, VECTOR_ED_SIGNATURE, VECTOR_ED_LINK,
        ""},
};
#define SIGNATURES (sizeof signatures / sizeof signatures[0])

static ds_view
data_of(size_t i)
{
    const char *data = signatures[i].data;
    uint8_t *copy;

    if (strcmp(signatures[i].algorithm, "secp256k1_prehashed") == 0)
        return vec_bytes(data);
    copy = malloc(strlen(data));
    assert_non_null(copy);
    memcpy(copy, data, strlen(data));
    return ds_view_of(copy, strlen(data));
}

static char *
sign_body(const char *signature, const char *public_key, const char *chain)
{
    return fake_text("{\"signature\":%s,\"signature_chain\":%s,\"public_key\":"
                     "%s}",
        signature, chain, public_key);
}

static void
same(const uint8_t *p, size_t n, const char *hex)
{
    ds_view want = vec_bytes(hex);

    assert_int_equal(n, want.n);
    assert_memory_equal(p, want.p, n);
    vec_free(want);
}

static void
test_sign(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIGNATURES; i++) {
        fake_agent *f = fake_agent_new(FAKE_0511);
        dstack_client *c = fake_agent_client(f);
        ds_view data = data_of(i);
        char *hex = fake_hex(data);
        char *chain = fake_text("[\"%s\",\"%s\",\"%s\"]",
            signatures[i].signature, signatures[i].link, signatures[i].kms);
        char *sig = fake_text("\"%s\"", signatures[i].signature);
        char *key = fake_text("\"%s\"", signatures[i].public_key);
        char *body = sign_body(sig, key, chain);
        char *want = fake_text("{\"algorithm\":\"%s\",\"data\":\"%s\"}",
            signatures[i].algorithm, hex);
        dstack_sign_reply *reply = NULL;
        dstack_error err;
        const uint8_t *p;
        size_t n;

        fake_agent_answer(f, "/Sign", 200, body);
        ok(dstack_client_sign(c, data.p, data.n,
               dstack_key_algorithm_parse(signatures[i].algorithm), &reply,
               &err),
            &err);
        assert_string_equal(fake_agent_last(f, "/Sign"), want);
        p = dstack_sign_reply_signature(reply, &n);
        same(p, n, signatures[i].signature);
        p = dstack_sign_reply_public_key(reply, &n);
        same(p, n, signatures[i].public_key);
        assert_int_equal(dstack_sign_reply_chain_count(reply), 3);
        p = dstack_sign_reply_chain(reply, 0, &n);
        same(p, n, signatures[i].signature);
        p = dstack_sign_reply_chain(reply, 1, &n);
        same(p, n, signatures[i].link);
        p = dstack_sign_reply_chain(reply, 2, &n);
        if (*signatures[i].kms)
            same(p, n, signatures[i].kms);
        else
            assert_true(!p && n == 0);
        dstack_sign_reply_free(reply);
        free(want);
        free(body);
        free(key);
        free(sig);
        free(chain);
        free(hex);
        vec_free(data);
        dstack_client_free(c);
        fake_agent_free(f);
    }
}

static void
sign_refused(size_t i, const char *body, int code, const char *says)
{
    fake_agent *f = fake_agent_new(FAKE_0511);
    dstack_client *c = fake_agent_client(f);
    ds_view data = data_of(i);
    dstack_sign_reply *reply = (dstack_sign_reply *)1;
    uint32_t algorithm = dstack_key_algorithm_parse(signatures[i].algorithm);
    dstack_error err;

    fake_agent_answer(f, "/Sign", 200, body);
    failed(dstack_client_sign(c, data.p, data.n, algorithm, &reply, &err), code,
        &err, says);
    assert_null(reply);
    assert_int_equal(
        dstack_client_sign(c, data.p, data.n, algorithm, &reply, NULL), code);
    vec_free(data);
    dstack_client_free(c);
    fake_agent_free(f);
}

#define Q(x) "\"" x "\""

static const struct {
    size_t of;
    const char *signature, *public_key, *chain, *says;
} bad_signatures[] = {
    {0, "null", Q(K1_PUBLIC), "[]", "signature: expected a string"},
    {0, "\"\"", Q(K1_PUBLIC), "[]", "signature: expected 128 hex digits"},
    {0, Q(K1_SIGNATURE "00"), Q(K1_PUBLIC), "[]",
        "signature: expected 128 hex digits, found a string of 130"},
    {0, Q(K1_SIGNATURE), "null", "[]", "public_key: expected a string"},
    {0, Q(K1_SIGNATURE), Q(ED_PUBLIC), "[]",
        "public_key: expected 66 hex digits"},
    {1, Q(ED_SIGNATURE), Q(K1_PUBLIC), "[]",
        "public_key: expected 64 hex digits"},
    /* Another signature's, another key's, of other data, with a high s. */
    {0, Q(VECTOR_R VECTOR_S), Q(K1_PUBLIC), "[]",
        "signature: it is no secp256k1 signature of the data"},
    {0, Q(K1_SIGNATURE), Q(VECTOR_PUBLIC), "[]",
        "signature: it is no secp256k1 signature of the data"},
    {0, Q(K1_SIGNATURE),
        Q("006105f01d1fd781568f7c208b087b1c4f522601410ed7e9c7870d573de7c46d54"),
        "[]", "signature: it is no secp256k1 signature of the data"},
    {2, Q(VECTOR_R VECTOR_HIGH_S), Q(VECTOR_PUBLIC), "[]",
        "signature: it is no secp256k1 signature of the data"},
    {3, Q(K1_SIGNATURE), Q(K1_PUBLIC), "[]",
        "signature: it is no secp256k1_prehashed signature of the data"},
    {1, Q(VECTOR_ED_SIGNATURE), Q(ED_PUBLIC), "[]",
        "signature: it is no ed25519 signature of the data"},
    {1, Q(ED_SIGNATURE), Q(VECTOR_ED_PUBLIC), "[]",
        "signature: it is no ed25519 signature of the data"},
    {0, Q(K1_SIGNATURE), Q(K1_PUBLIC), "null",
        "signature_chain: expected an array"},
    {0, Q(K1_SIGNATURE), Q(K1_PUBLIC), "[" Q(K1_LINK) "," Q(KMS_LINK) "]",
        "signature_chain: expected 3 signatures, found 2"},
    {0, Q(K1_SIGNATURE), Q(K1_PUBLIC),
        "[" Q(VECTOR_R VECTOR_S) "," Q(K1_LINK) "," Q(KMS_LINK) "]",
        "signature_chain[0]: expected the signature again"},
    {0, Q(K1_SIGNATURE), Q(K1_PUBLIC), "[\"\"," Q(K1_LINK) "," Q(KMS_LINK) "]",
        "signature_chain[0]: expected 128 hex digits"},
    {0, Q(K1_SIGNATURE), Q(K1_PUBLIC),
        "[" Q(K1_SIGNATURE) ",\"\"," Q(KMS_LINK) "]",
        "signature_chain[1]: expected 130 hex digits"},
    {0, Q(K1_SIGNATURE), Q(K1_PUBLIC),
        "[" Q(K1_SIGNATURE) "," Q(K1_LINK) ",null]",
        "signature_chain[2]: expected a string"},
};

static void
test_malformed_signatures(void **state)
{
    char *body;

    (void)state;
    for (size_t i = 0; i < sizeof bad_signatures / sizeof bad_signatures[0];
         i++) {
        body = sign_body(bad_signatures[i].signature,
            bad_signatures[i].public_key, bad_signatures[i].chain);
        sign_refused(bad_signatures[i].of, body, DSTACK_ERR_PROTOCOL,
            bad_signatures[i].says);
        free(body);
    }
    sign_refused(0, "{}", DSTACK_ERR_PROTOCOL, "Sign: signature: missing");
    sign_refused(0, "{\"signature\":" Q(K1_SIGNATURE) "}", DSTACK_ERR_PROTOCOL,
        "Sign: public_key: missing");
    sign_refused(0,
        "{\"signature\":" Q(K1_SIGNATURE) ",\"public_key\":" Q(K1_PUBLIC) "}",
        DSTACK_ERR_PROTOCOL, "Sign: signature_chain: missing");
    sign_refused(0, "{\"error\":\"x\"}", DSTACK_ERR_AGENT, "HTTP 200: x");
    sign_refused(0, "[]", DSTACK_ERR_PROTOCOL, "expected an object");
}

static void
test_sign_arguments(void **state)
{
    static const uint8_t digest[33] = {1};
    fake_agent *f = fake_agent_new(FAKE_0511);
    dstack_client *c = fake_agent_client(f);
    dstack_sign_reply *reply = NULL;
    uint8_t *large = calloc(1, (4u << 20) + 1);
    dstack_error err;

    (void)state;
    assert_non_null(large);
    failed(dstack_client_sign(c, digest, 5, DSTACK_KEY_ANY, &reply, &err),
        DSTACK_ERR_ARG, &err, "found 0");
    failed(dstack_client_sign(c, digest, 5, DSTACK_KEY_P256, &reply, &err),
        DSTACK_ERR_ARG, &err, "found 4");
    for (size_t n = 31; n <= 33; n += 2)
        failed(dstack_client_sign(
                   c, digest, n, DSTACK_KEY_SECP256K1_PREHASHED, &reply, &err),
            DSTACK_ERR_ARG, &err, "expected a digest of 32 bytes");
    failed(dstack_client_sign(c, large, (4u << 20) + 1, 1, &reply, &err),
        DSTACK_ERR_ARG, &err, "at most 4194304 bytes");
    assert_int_equal(
        dstack_client_sign(c, NULL, 1, 1, &reply, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_client_sign(c, digest, 1, 1, NULL, &err), DSTACK_ERR_ARG);
    assert_int_equal(fake_agent_count(f, NULL), 0);
    free(large);
    dstack_client_free(c);
    fake_agent_free(f);
    /* Before 0.5.6. */
    f = fake_agent_new(FAKE_055);
    c = fake_agent_client(f);
    failed(dstack_client_sign(c, digest, 1, 1, &reply, &err),
        DSTACK_ERR_UNSUPPORTED, &err, "Sign: there is no such method");
    dstack_client_free(c);
    fake_agent_free(f);
}

static void
test_no_sign_reply(void **state)
{
    (void)state;
    dstack_sign_reply_free(NULL);
    assert_null(dstack_sign_reply_signature(NULL, NULL));
    assert_null(dstack_sign_reply_public_key(NULL, NULL));
    assert_int_equal(dstack_sign_reply_chain_count(NULL), 0);
    assert_null(dstack_sign_reply_chain(NULL, 0, NULL));
}

static void
test_verify(void **state)
{
    ds_view key = vec_bytes(K1_PUBLIC), sig = vec_bytes(K1_SIGNATURE);
    fake_agent *f = fake_agent_new(FAKE_0511);
    dstack_client *c = fake_agent_client(f);
    static const struct {
        const char *body;
        int rc, valid;
        const char *says;
    } each[] = {{"{\"valid\":true}", DSTACK_OK, 1, ""},
        {"{\"valid\":false}", DSTACK_OK, 0, ""},
        {"{}", DSTACK_ERR_PROTOCOL, 0, "Verify: valid: missing"},
        {"{\"valid\":1}", DSTACK_ERR_PROTOCOL, 0, "valid: expected true or"},
        {"{\"valid\":\"true\"}", DSTACK_ERR_PROTOCOL, 0,
            "valid: expected true"},
        {"{\"valid\":null}", DSTACK_ERR_PROTOCOL, 0, "valid: expected true or"},
        {"{\"valid\":true,\"valid\":true}", DSTACK_ERR_PROTOCOL, 0, "second"},
        {"true", DSTACK_ERR_PROTOCOL, 0, "expected an object, found true"}};
    int valid = 7;
    dstack_error err;

    (void)state;
    for (size_t i = 0; i < sizeof each / sizeof each[0]; i++) {
        fake_agent_answer(f, "/Verify", 200, each[i].body);
        valid = 7;
        failed(dstack_client_verify(c, key.p, key.n, (const uint8_t *)"ab", 2,
                   sig.p, sig.n, DSTACK_KEY_SECP256K1, &valid, &err),
            each[i].rc, &err, each[i].says);
        assert_int_equal(valid, each[i].valid);
    }
    assert_string_equal(fake_agent_last(f, "/Verify"),
        "{\"algorithm\":\"secp256k1\",\"data\":\"6162\",\"signature\":"
        "\"" K1_SIGNATURE "\",\"public_key\":\"" K1_PUBLIC "\"}");
    for (size_t n = 0; n < key.n; n++)
        failed(dstack_client_verify(c, key.p, n, NULL, 0, sig.p, sig.n,
                   DSTACK_KEY_SECP256K1, &valid, &err),
            DSTACK_ERR_ARG, &err, "expected a public key of 33 or 65 bytes");
    failed(dstack_client_verify(c, key.p, 33, NULL, 0, sig.p, sig.n,
               DSTACK_KEY_ED25519, &valid, &err),
        DSTACK_ERR_ARG, &err, "expected a public key of 32 bytes");
    failed(dstack_client_verify(c, key.p, 33, NULL, 0, sig.p, 63,
               DSTACK_KEY_SECP256K1, &valid, &err),
        DSTACK_ERR_ARG, &err, "a signature of 64");
    failed(dstack_client_verify(c, key.p, 33, key.p, 31, sig.p, 64,
               DSTACK_KEY_SECP256K1_PREHASHED, &valid, &err),
        DSTACK_ERR_ARG, &err, "a digest of 32 bytes");
    assert_int_equal(
        dstack_client_verify(c, NULL, 33, NULL, 0, sig.p, 64, 1, &valid, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_client_verify(c, key.p, 33, NULL, 0, sig.p, 64, 1, NULL, &err),
        DSTACK_ERR_ARG);
    vec_free(key);
    vec_free(sig);
    dstack_client_free(c);
    fake_agent_free(f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls_key),
        cmocka_unit_test(test_no_tls_key),
        cmocka_unit_test(test_other_spellings),
        cmocka_unit_test(test_malformed_key),
        cmocka_unit_test(test_malformed_chain),
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_request_arguments),
        cmocka_unit_test(test_ignored_parts),
        cmocka_unit_test(test_ignored_by_tappd),
        cmocka_unit_test(test_tls_key_refused),
        cmocka_unit_test(test_tls_key_v1_alone),
        cmocka_unit_test(test_sign),
        cmocka_unit_test(test_malformed_signatures),
        cmocka_unit_test(test_sign_arguments),
        cmocka_unit_test(test_no_sign_reply),
        cmocka_unit_test(test_verify),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
