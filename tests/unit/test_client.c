/* SPDX-License-Identifier: Apache-2.0 */
/* A client of the guest agent: setting it up, where it finds the agent, what
 * it takes the agent for, and what it makes of errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/endpoint.h"
#include "agent/probe.h"
#include "agent/refusal.h"
#include "base/mem.h"
#include "dstack/dstack.h"
#include "support/fake_agent.h"
#include "support/http_fault.h"

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

/* ---- setting up --------------------------------------------------------------------- */

static void
test_set_up(void **state)
{
    dstack_client *c = NULL;
    dstack_error err;

    (void)state;
    assert_int_equal(dstack_client_new(NULL, &err), DSTACK_ERR_ARG);
    ok(dstack_client_new(&c, &err), &err);
    assert_int_equal(dstack_client_set_endpoint(NULL, "/a", &err), -1);
    failed(dstack_client_set_endpoint(c, "", &err), DSTACK_ERR_ARG, &err, "");
    failed(dstack_client_set_endpoint(c, "ftp://h", &err), DSTACK_ERR_ARG, &err,
        "");
    failed(dstack_client_set_endpoint(c, "http://u:p@h/", &err), DSTACK_ERR_ARG,
        &err, "");
    ok(dstack_client_set_endpoint(c, "unix:/a/b", &err), &err);
    ok(dstack_client_set_endpoint(c, NULL, &err), &err);
    ok(dstack_client_set_endpoint(c, "http://127.0.0.1:1/base", &err), &err);
    assert_int_equal(dstack_client_set_service(NULL, 0), DSTACK_ERR_ARG);
    assert_int_equal(dstack_client_set_service(c, 3), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_client_set_service(c, DSTACK_SERVICE_WORKER), DSTACK_OK);
    assert_int_equal(dstack_client_set_timeouts(NULL, 1, 1), DSTACK_ERR_ARG);
    assert_int_equal(dstack_client_set_timeouts(c, 0, 1), DSTACK_ERR_ARG);
    assert_int_equal(dstack_client_set_timeouts(c, 1, 0), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_client_set_timeouts(c, 86400001, 1), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_client_set_timeouts(c, 1, 86400001), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_client_set_timeouts(c, 86400000, 86400000), DSTACK_OK);
    assert_int_equal(dstack_client_ignore_environment(NULL), DSTACK_ERR_ARG);
    assert_int_equal(dstack_client_ignore_environment(c), DSTACK_OK);
    assert_int_equal(
        dstack_client_accept_other_report_data(NULL), DSTACK_ERR_ARG);
    assert_int_equal(dstack_client_accept_other_report_data(c), DSTACK_OK);
    assert_int_equal(dstack_client_set_transport(NULL, NULL), DSTACK_ERR_ARG);
    assert_int_equal(dstack_client_set_transport(c, NULL), DSTACK_OK);
    assert_int_equal(
        dstack_client_set_transport(c, &(dstack_transport){1, 0, NULL, NULL}),
        DSTACK_ERR_ARG);
    /* Asking where it speaks to counts as a first call. */
    assert_string_equal(dstack_client_endpoint(c), "http://127.0.0.1:1/base");
    assert_string_equal(dstack_client_endpoint(NULL), "");
    failed(dstack_client_set_endpoint(c, "/a", &err), DSTACK_ERR_ARG, &err,
        "the client is in use");
    assert_int_equal(dstack_client_set_service(c, 0), DSTACK_ERR_ARG);
    assert_int_equal(dstack_client_set_timeouts(c, 1, 1), DSTACK_ERR_ARG);
    assert_int_equal(dstack_client_ignore_environment(c), DSTACK_ERR_ARG);
    assert_int_equal(dstack_client_set_transport(c, NULL), DSTACK_ERR_ARG);
    assert_int_equal(dstack_client_accept_other_report_data(c), DSTACK_ERR_ARG);
    dstack_client_free(c);
    dstack_client_free(NULL);
    dstack_client_cancel(NULL);
    dstack_client_resume(NULL);
}

/* A refused argument is no call. */
static void
test_set_up_after_refusal(void **state)
{
    dstack_client *c = NULL;
    dstack_error err;

    (void)state;
    ok(dstack_client_new(&c, &err), &err);
    assert_int_equal(dstack_client_info(c, NULL, &err), DSTACK_ERR_ARG);
    assert_int_equal(dstack_client_set_service(c, 1), DSTACK_OK);
    dstack_client_free(c);
}

static void
test_worker_needs_endpoint(void **state)
{
    dstack_client *c = NULL;
    dstack_info *info = (dstack_info *)1;
    dstack_error err;

    (void)state;
    ok(dstack_client_new(&c, &err), &err);
    assert_int_equal(dstack_client_set_service(c, DSTACK_SERVICE_WORKER), 0);
    failed(dstack_client_info(c, &info, &err), DSTACK_ERR_ARG, &err,
        "a worker listens at no usual place");
    assert_null(info);
    assert_string_equal(dstack_client_endpoint(c), "");
    ok(dstack_client_set_endpoint(c, "http://127.0.0.1:1", &err), &err);
    failed(dstack_client_info(c, &info, &err), DSTACK_ERR_IO, &err,
        "Worker.Info: ");
    dstack_client_free(c);
}

/* ---- where -------------------------------------------------------------------------- */

static char root[64];

static void
touch(const char *path)
{
    char all[160];
    FILE *f;

    snprintf(all, sizeof all, "%s%s", root, path);
    for (char *p = all + strlen(root) + 1; (p = strchr(p, '/')); p++) {
        *p = 0;
        (void)mkdir(all, 0700);
        *p = '/';
    }
    f = fopen(all, "w");
    assert_non_null(f);
    fclose(f);
}

static void
found(uint32_t service, bool ignore, const char *path)
{
    char *endpoint = NULL, *want = fake_text("%s%s", root, path);
    dstack_error err = {0};

    ok(ds_endpoint_default(service, ignore, root, &endpoint, &err), &err);
    assert_string_equal(endpoint, want);
    ds_free(endpoint);
    free(want);
}

static void
test_usual_places(void **state)
{
    static const char *const agent[] = {"/run/dstack/dstack.sock",
        "/var/run/dstack/dstack.sock", "/run/dstack.sock",
        "/var/run/dstack.sock"};
    static const char *const tappd[] = {"/run/dstack/tappd.sock",
        "/var/run/dstack/tappd.sock", "/run/tappd.sock", "/var/run/tappd.sock"};
    char *command;

    (void)state;
    unsetenv("DSTACK_SIMULATOR_ENDPOINT");
    unsetenv("TAPPD_SIMULATOR_ENDPOINT");
    strcpy(root, "/tmp/test_client.XXXXXX");
    assert_non_null(mkdtemp(root));
    found(DSTACK_SERVICE_AGENT, false, "/var/run/dstack.sock");
    found(DSTACK_SERVICE_TAPPD, false, "/var/run/tappd.sock");
    /* Each goes before those that are there already. */
    for (int i = 0; i < 4; i++) {
        touch(agent[i]);
        found(DSTACK_SERVICE_AGENT, false, agent[i]);
        if (i == 0)
            found(DSTACK_SERVICE_TAPPD, false, "/var/run/tappd.sock");
        touch(tappd[i]);
        found(DSTACK_SERVICE_TAPPD, false, tappd[i]);
    }
    command = fake_text("rm -r %s", root);
    assert_int_equal(system(command), 0);
    free(command);
}

static void
env_gives(const char *value, const char *endpoint)
{
    char *got = NULL;
    dstack_error err = {0};

    setenv("DSTACK_SIMULATOR_ENDPOINT", value, 1);
    ok(ds_endpoint_default(DSTACK_SERVICE_AGENT, false, "/nowhere", &got, &err),
        &err);
    assert_string_equal(got, endpoint);
    ds_free(got);
    ok(ds_endpoint_default(DSTACK_SERVICE_AGENT, true, "/nowhere", &got, &err),
        &err);
    assert_string_equal(got, "/nowhere/var/run/dstack.sock");
    ds_free(got);
    ok(ds_endpoint_default(DSTACK_SERVICE_TAPPD, false, "/nowhere", &got, &err),
        &err);
    assert_string_equal(got, "/nowhere/var/run/tappd.sock");
    ds_free(got);
    unsetenv("DSTACK_SIMULATOR_ENDPOINT");
}

static void
test_environment(void **state)
{
    char *got = NULL;
    dstack_error err = {0};

    (void)state;
    env_gives("/a/b.sock", "/a/b.sock");
    env_gives("unix:/a/b.sock", "unix:/a/b.sock");
    env_gives("http://localhost:8090", "http://localhost:8090");
    env_gives("", "/nowhere/var/run/dstack.sock");
    setenv("TAPPD_SIMULATOR_ENDPOINT", "/t", 1);
    ok(ds_endpoint_default(DSTACK_SERVICE_TAPPD, false, "", &got, &err), &err);
    assert_string_equal(got, "/t");
    ds_free(got);
    setenv("TAPPD_SIMULATOR_ENDPOINT", "ftp://x", 1);
    failed(ds_endpoint_default(DSTACK_SERVICE_TAPPD, false, "", &got, &err),
        DSTACK_ERR_ARG, &err, "TAPPD_SIMULATOR_ENDPOINT: ");
    assert_null(got);
    unsetenv("TAPPD_SIMULATOR_ENDPOINT");
}

/* ---- what is it --------------------------------------------------------------------- */

#define B(x) (1u << DSTACK_CAN_##x)
#define MODERN (B(ATTEST) | B(SIGN) | B(ED25519) | B(CERT_VALIDITY))

static const struct {
    int kind;
    const char *version;
    uint32_t can;
    unsigned requests;
} agents[] = {
    {FAKE_042, "0.4.2", B(V0), 5},
    {FAKE_055, "0.5.0 to 0.5.5", B(V0) | B(EMIT_EVENT), 4},
    {FAKE_056, "0.5.6", B(V0) | B(EMIT_EVENT) | MODERN, 3},
    {FAKE_0511, "0.5.11", B(V0) | B(EMIT_EVENT) | MODERN | B(VERSION), 2},
    {FAKE_060, "0.6.0", B(V0) | B(V1) | B(ATTEST_GPU) | MODERN | B(VERSION), 2},
    {FAKE_WORKER_0511, "0.5.11", B(WORKER) | B(V0) | B(VERSION), 2},
    {FAKE_WORKER_060, "0.6.0", B(WORKER) | B(V0) | B(V1) | B(VERSION), 2},
    {FAKE_036, "0.3.4 to 0.3.6", B(TAPPD) | B(RAW_QUOTE), 3},
    {FAKE_TAPPD_031, "0.3.1 to 0.3.3", B(TAPPD), 4},
    {FAKE_TAPPD_042, "0.4.2 to 0.5.6", B(TAPPD) | B(RAW_QUOTE) | B(K256), 2},
    {FAKE_TAPPD_0511, "0.5.11", B(TAPPD) | B(RAW_QUOTE) | B(K256) | B(VERSION),
        1},
};

static void
test_probe(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof agents / sizeof agents[0]; i++) {
        fake_agent *f = fake_agent_new(agents[i].kind);
        dstack_client *c = fake_agent_client(f);
        dstack_agent *agent = NULL;
        dstack_error err;

        ok(dstack_client_probe(c, &agent, &err), &err);
        assert_string_equal(dstack_agent_version(agent), agents[i].version);
        for (uint32_t k = 0; k < DSTACK_CAN_COUNT; k++)
            if (dstack_agent_can(agent, k) != (int)(agents[i].can >> k & 1))
                fail_msg(
                    "%s: %s", agents[i].version, dstack_capability_name(k));
        assert_string_equal(dstack_agent_revision(agent),
            dstack_agent_can(agent, DSTACK_CAN_VERSION) ? "git:abc" : "");
        assert_int_equal(fake_agent_count(f, NULL), agents[i].requests);
        dstack_agent_free(agent);
        /* Asked for, it asks again. */
        ok(dstack_client_probe(c, &agent, &err), &err);
        assert_int_equal(fake_agent_count(f, NULL), 2 * agents[i].requests);
        dstack_agent_free(agent);
        dstack_client_free(c);
        fake_agent_free(f);
    }
}

/* Asked as another service, none of them is taken for it. */
static void
test_probe_of_another_service(void **state)
{
    static const int kinds[] = {FAKE_0511, FAKE_060, FAKE_WORKER_0511,
        FAKE_WORKER_060, FAKE_036, FAKE_TAPPD_0511};

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        for (uint32_t service = 0; service < 3; service++) {
            fake_agent *f = fake_agent_new(kinds[i]);
            dstack_client *c = fake_agent_client(f);
            dstack_agent *agent = NULL;
            dstack_error err;
            uint32_t own = i < 2 ? 0u : i < 4 ? 2u : 1u;

            assert_int_equal(dstack_client_set_service(c, service), 0);
            if (service == own)
                ok(dstack_client_probe(c, &agent, &err), &err);
            else
                failed(dstack_client_probe(c, &agent, &err),
                    DSTACK_ERR_UNSUPPORTED, &err, "probe: no ");
            dstack_agent_free(agent);
            dstack_client_free(c);
            fake_agent_free(f);
        }
}

/* A failure is not an answer, is told as what it is, and is not remembered. */
static void
probe_fails(const char *path, int transport, unsigned status, const char *body,
    int code, const char *says)
{
    fake_agent *f = fake_agent_new(FAKE_0511);
    dstack_client *c = fake_agent_client(f);
    dstack_agent *agent = (dstack_agent *)1;
    dstack_key *key = NULL;
    dstack_error err;

    if (transport != DSTACK_OK)
        fake_agent_fail(f, path, transport);
    else
        fake_agent_answer(f, path, status, body);
    failed(dstack_client_probe(c, &agent, &err), code, &err, says);
    assert_null(agent);
    failed(dstack_client_get_key(c, "", NULL, DSTACK_KEY_ED25519, &key, &err),
        code, &err, says);
    fake_agent_answer(
        f, path, 200, "{\"version\":\"0.5.10-rc.1+x\",\"rev\":\"\"}");
    ok(dstack_client_probe(c, &agent, &err), &err);
    if (strcmp(path, "/Version") == 0)
        assert_string_equal(dstack_agent_version(agent), "0.5.10-rc.1+x");
    dstack_agent_free(agent);
    dstack_client_free(c);
    fake_agent_free(f);
}

static void
test_probe_failures(void **state)
{
    static const char v[] = "/Version";

    (void)state;
    probe_fails(
        v, DSTACK_ERR_TIMEOUT, 0, NULL, DSTACK_ERR_TIMEOUT, "Version: ");
    probe_fails(v, DSTACK_ERR_IO, 0, NULL, DSTACK_ERR_IO, "Version: ");
    probe_fails(
        v, DSTACK_ERR_CANCELLED, 0, NULL, DSTACK_ERR_CANCELLED, "Version: ");
    probe_fails(v, 0, 500, "", DSTACK_ERR_AGENT, "Version: the agent answered");
    probe_fails(v, 0, 503, "<html><title>503 Service Unavailable</title>",
        DSTACK_ERR_AGENT, "HTTP 503: 503 Service Unavailable");
    probe_fails(v, 0, 401, "{}", DSTACK_ERR_AGENT, "HTTP 401");
    probe_fails(v, 0, 302, "", DSTACK_ERR_PROTOCOL, "found 302");
    probe_fails(v, 0, 204, "", DSTACK_ERR_PROTOCOL, "found 204");
    probe_fails(v, 0, 200, "", DSTACK_ERR_PROTOCOL, "answer: byte 0");
    probe_fails(
        v, 0, 200, "{\"rev\":\"\"}", DSTACK_ERR_PROTOCOL, "version: missing");
    probe_fails(v, 0, 200, "{\"version\":\"0.5.11\"}", DSTACK_ERR_PROTOCOL,
        "rev: missing");
    probe_fails(v, 0, 200, "{\"version\":511,\"rev\":\"\"}",
        DSTACK_ERR_PROTOCOL, "version: expected a string");
    probe_fails(v, 0, 200, "{\"version\":\"\",\"rev\":\"\"}",
        DSTACK_ERR_PROTOCOL, "version: expected a version such as");
    probe_fails(v, 0, 200, "{\"version\":\"0.5\",\"rev\":\"\"}",
        DSTACK_ERR_PROTOCOL, "version: expected a version such as");
    probe_fails(v, 0, 200, "{\"version\":\"0.5.11x\",\"rev\":\"\"}",
        DSTACK_ERR_PROTOCOL, "version: expected a version such as");
    probe_fails(v, 0, 200, "{\"version\":\"0.5.1024\",\"rev\":\"\"}",
        DSTACK_ERR_PROTOCOL, "version: expected a version such as");
    probe_fails(v, 0, 200, "{\"version\":\"0.5.11\",\"rev\":\"\\u000a\"}",
        DSTACK_ERR_PROTOCOL, "rev: expected printable ASCII");
    probe_fails(v, 0, 200,
        "{\"version\":\"0.5.11-"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"rev\":"
        "\"\"}",
        DSTACK_ERR_PROTOCOL, "version: expected at most 63 bytes");
    probe_fails("/v1/Version", DSTACK_ERR_TIMEOUT, 0, NULL, DSTACK_ERR_TIMEOUT,
        "v1.Version: ");
}

/* Found out once, for all calls. */
static void
test_probe_is_remembered(void **state)
{
    fake_agent *f = fake_agent_new(FAKE_055);
    dstack_client *c = fake_agent_client(f);
    dstack_key *key = NULL;
    dstack_error err;

    (void)state;
    for (int i = 0; i < 5; i++)
        failed(
            dstack_client_get_key(c, "", NULL, DSTACK_KEY_ED25519, &key, &err),
            DSTACK_ERR_UNSUPPORTED, &err, "0.5.0 to 0.5.5");
    assert_int_equal(fake_agent_count(f, NULL), 4);
    dstack_client_free(c);
    fake_agent_free(f);
}

static void
test_version_numbers(void **state)
{
    (void)state;
    assert_int_equal(ds_version_number("0.5.11"), DS_VERSION(0, 5, 11));
    assert_int_equal(ds_version_number("v0.6.0-alpha.1"), DS_VERSION(0, 6, 0));
    assert_int_equal(
        ds_version_number("1023.1023.1023+a"), DS_VERSION(1023, 1023, 1023));
    assert_int_equal(ds_version_number(""), 0);
    assert_int_equal(ds_version_number("0.5.11.1"), 0);
    assert_int_equal(ds_version_number("0..1"), 0);
    assert_int_equal(ds_version_number("-1.0.0"), 0);
    assert_int_equal(ds_version_number("4294967296.0.0"), 0);
    assert_string_equal(dstack_capability_name(DSTACK_CAN_COUNT), "");
    assert_int_equal(dstack_agent_can(NULL, 0), 0);
    assert_string_equal(dstack_agent_version(NULL), "");
    assert_string_equal(dstack_agent_revision(NULL), "");
    dstack_agent_free(NULL);
}

/* ---- Version ------------------------------------------------------------------------ */

static void
test_version(void **state)
{
    static const struct {
        int kind;
        const char *path;
        bool v1;
    } each[] = {{FAKE_0511, "/Version", false}, {FAKE_060, "/v1/Version", true},
        {FAKE_TAPPD_0511, "/prpc/Tappd.Version", false},
        {FAKE_WORKER_0511, "/prpc/Worker.Version", false},
        {FAKE_WORKER_060, "/prpc/v1/Version", true}};

    (void)state;
    for (size_t i = 0; i < sizeof each / sizeof each[0]; i++) {
        int (*call)(const dstack_client *, char **, char **, dstack_error *) =
            each[i].v1 ? dstack_client_v1_version : dstack_client_version;
        fake_agent *f = fake_agent_new(each[i].kind);
        dstack_client *c = fake_agent_client(f);
        char *version = NULL, *revision = NULL;
        dstack_error err;

        fake_agent_answer(f, each[i].path, 200,
            "{\"version\":\"0.9.1\",\"rev\":\"git:1234\",\"more\":[1]}");
        ok(call(c, &version, &revision, &err), &err);
        assert_string_equal(version, "0.9.1");
        assert_string_equal(revision, "git:1234");
        dstack_free(version);
        dstack_free(revision);
        ok(call(c, &version, NULL, &err), &err);
        dstack_free(version);
        ok(call(c, NULL, &revision, &err), &err);
        dstack_free(revision);
        ok(call(c, NULL, NULL, &err), &err);
        fake_agent_answer(f, each[i].path, 404, "");
        failed(call(c, &version, &revision, &err), DSTACK_ERR_UNSUPPORTED, &err,
            "there is no such method at the endpoint (HTTP 404); it needs");
        assert_true(version == NULL && revision == NULL);
        assert_int_equal(err.origin, DSTACK_ORIGIN_HTTP);
        assert_int_equal(err.detail, 404);
        dstack_client_free(c);
        fake_agent_free(f);
    }
}

static void
test_v1_of_a_tappd(void **state)
{
    fake_agent *f = fake_agent_new(FAKE_TAPPD_0511);
    dstack_client *c = fake_agent_client(f);
    dstack_info *info = NULL;
    dstack_error err;

    (void)state;
    failed(dstack_client_v1_version(c, NULL, NULL, &err),
        DSTACK_ERR_UNSUPPORTED, &err, "v1.Version: the client's service is");
    failed(dstack_client_v1_info(c, &info, &err), DSTACK_ERR_UNSUPPORTED, &err,
        "v1.Info: the client's service is");
    assert_int_equal(fake_agent_count(f, NULL), 0);
    dstack_client_free(c);
    fake_agent_free(f);
}

/* ---- errors ------------------------------------------------------------------------- */

static const struct {
    unsigned status;
    const char *body; /* 'Z' at its front: what follows is that long */
    int code;
    const char *message;
} errors[] = {
    {400, "{\n  \"error\": \"Report data is too long\"\n}", DSTACK_ERR_AGENT,
        "Attest: the agent answered HTTP 400: Report data is too long"},
    {400, "{\"error\":\"Service not found: Attest\"}", DSTACK_ERR_UNSUPPORTED,
        "Attest: there is no such method at the endpoint (HTTP 400: Service "
        "not found: Attest); it needs dstack 0.5.6 or later"},
    {404, "{\"error\":\"Service not found: Attest\"}", DSTACK_ERR_UNSUPPORTED,
        NULL},
    {404, "{\"error\":\"method Not Found\"}", DSTACK_ERR_UNSUPPORTED, NULL},
    {400, "{\"error\":\"method Not Found\"}", DSTACK_ERR_AGENT, NULL},
    {404, "{\"error\":\"no such app\"}", DSTACK_ERR_AGENT,
        "Attest: the agent answered HTTP 404: no such app"},
    {404,
        "{\"error\":{\"code\":404,\"reason\":\"Not Found\",\"description\":"
        "\"The requested resource could not be found.\"}}",
        DSTACK_ERR_UNSUPPORTED,
        "Attest: there is no such method at the endpoint (HTTP 404: Not Found: "
        "The requested resource could not be found.); it needs dstack 0.5.6 or "
        "later"},
    {500, "{\"error\":{\"code\":500,\"reason\":\"Internal\"}}",
        DSTACK_ERR_AGENT, "Attest: the agent answered HTTP 500: Internal"},
    {500, "{\"error\":{}}", DSTACK_ERR_AGENT,
        "Attest: the agent answered HTTP 500 without a text"},
    {400, "{\"error\":7}", DSTACK_ERR_AGENT,
        "Attest: the agent answered HTTP 400 without a text"},
    {404, "", DSTACK_ERR_UNSUPPORTED,
        "Attest: there is no such method at the endpoint (HTTP 404); it needs "
        "dstack 0.5.6 or later"},
    {404, "<!DOCTYPE html>\n<html>\n<title>404\n  Not Found</title></html>",
        DSTACK_ERR_UNSUPPORTED,
        "Attest: there is no such method at the endpoint (HTTP 404: 404 Not "
        "Found); it needs dstack 0.5.6 or later"},
    {502, "<html>no title</html>", DSTACK_ERR_AGENT,
        "Attest: the agent answered HTTP 502 without a text"},
    {502, "<html><title>open</html>", DSTACK_ERR_AGENT,
        "Attest: the agent answered HTTP 502 without a text"},
    {413, "\n&failed to read data: payload too large", DSTACK_ERR_AGENT,
        "Attest: the agent answered HTTP 413: failed to read data: payload too "
        "large"},
    {400, "\n\x19Service not found: Attest", DSTACK_ERR_UNSUPPORTED, NULL},
    {404, "\n\x19Service not found: Attest", DSTACK_ERR_UNSUPPORTED, NULL},
    {404, "\n\x05other", DSTACK_ERR_AGENT,
        "Attest: the agent answered HTTP 404: other"},
    /* A length that does not fit: plain text. */
    {400, "\n\x06other", DSTACK_ERR_AGENT,
        "Attest: the agent answered HTTP 400: other"},
    {400, "\n\xff\xff\xff\xff", DSTACK_ERR_AGENT,
        "Attest: the agent answered HTTP 400: ????"},
    {400, "quote failure\n\nCaused by:\n    0: x\t1\x7f\x01 y",
        DSTACK_ERR_AGENT,
        "Attest: the agent answered HTTP 400: quote failure Caused by: 0: x 1 "
        "y"},
    {400, "{\"error\":\"Invalid IA5String: 'ex\xc3\xa4mple'\"}",
        DSTACK_ERR_AGENT,
        "Attest: the agent answered HTTP 400: Invalid IA5String: 'ex??mple'"},
    {400, "{\"error\":\"a\\u001b[31m\\u202eb\"}", DSTACK_ERR_AGENT,
        "Attest: the agent answered HTTP 400: a [31m???b"},
    /* What could be a key is not shown. */
    {400, "{\"error\":\"x 000102030405060708090a0b0c0d0e0F y\"}",
        DSTACK_ERR_AGENT, "Attest: the agent answered HTTP 400: x [hex] y"},
    {400, "{\"error\":\"x 000102030405060708090a0b0c0d0e0 y\"}",
        DSTACK_ERR_AGENT,
        "Attest: the agent answered HTTP 400: x "
        "000102030405060708090a0b0c0d0e0 y"},
    {400, "Z2000", DSTACK_ERR_AGENT, "ZZZZZZ..."},
    {400, "Z65536", DSTACK_ERR_AGENT, "ZZZZZZ..."},
    {199, "", DSTACK_ERR_PROTOCOL, "Attest: "},
    {201, "{}", DSTACK_ERR_PROTOCOL,
        "Attest: expected HTTP 200, or 400 to 599 with an error; found 201"},
    {301, "{}", DSTACK_ERR_PROTOCOL, "found 301"},
    {399, "{\"error\":\"a\"}", DSTACK_ERR_PROTOCOL, "found 399"},
};

static void
test_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        fake_agent *f = fake_agent_new(FAKE_0511);
        dstack_client *c = fake_agent_client(f);
        dstack_attest_reply *reply = (dstack_attest_reply *)1;
        char *body = fake_text("%s", errors[i].body);
        dstack_error err;
        int rc;

        if (body[0] == 'Z') {
            size_t n = strtoul(body + 1, NULL, 10);

            free(body);
            body = malloc(n + 1);
            assert_non_null(body);
            memset(body, 'Z', n);
            body[n] = 0;
        }
        fake_agent_answer(f, "/Attest", errors[i].status, body);
        rc = dstack_client_attest(c, (const uint8_t *)"a", 1, &reply, &err);
        failed(rc, errors[i].code, &err, "");
        if (errors[i].message &&
            (strstr(errors[i].message, "Attest") == errors[i].message
                    ? strncmp(err.message, errors[i].message,
                          strlen(errors[i].message)) != 0
                    : !strstr(err.message, errors[i].message)))
            fail_msg("%s\n%s", err.message, errors[i].message);
        assert_null(reply);
        if (errors[i].status >= 200) {
            assert_int_equal(err.origin, DSTACK_ORIGIN_HTTP);
            assert_int_equal(err.detail, errors[i].status);
        }
        assert_int_equal(
            dstack_client_attest(c, (const uint8_t *)"a", 1, &reply, NULL),
            errors[i].code);
        free(body);
        dstack_client_free(c);
        fake_agent_free(f);
    }
}

static void
line_is(const char *text, size_t n, const char *want)
{
    char out[DS_REFUSAL_TEXT];

    ds_refusal_line(ds_view_of(text, n), out);
    assert_string_equal(out, want);
}

static void
test_lines(void **state)
{
    char text[400], out[DS_REFUSAL_TEXT];

    (void)state;
    line_is("", 0, "");
    line_is(" \n ", 3, "");
    line_is("  a  ", 5, "a");
    line_is("a\0b", 3, "a b");
    line_is("\xff\xfe", 2, "??");
    /* At most 159 characters, whatever comes. */
    for (size_t n = 0; n < sizeof text; n++) {
        memset(text, n % 3 == 0 ? 'z' : 'a', sizeof text);
        text[n / 2] = ' ';
        ds_refusal_line(ds_view_of(text, n), out);
        assert_true(strlen(out) < DS_REFUSAL_TEXT);
    }
}

/* ---- cancelling, deadlines, the real HTTP ------------------------------------------------ */

static void
test_cancel_before(void **state)
{
    fake_agent *f = fake_agent_new(FAKE_0511);
    dstack_client *c = fake_agent_client(f);
    dstack_error err;

    (void)state;
    dstack_client_cancel(c);
    failed(dstack_client_version(c, NULL, NULL, &err), DSTACK_ERR_CANCELLED,
        &err, "Version: ");
    assert_int_equal(fake_agent_count(f, NULL), 0);
    dstack_client_resume(c);
    ok(dstack_client_version(c, NULL, NULL, &err), &err);
    dstack_client_cancel(c);
    failed(dstack_client_version(c, NULL, NULL, &err), DSTACK_ERR_CANCELLED,
        &err, "Version: ");
    dstack_client_free(c);
    fake_agent_free(f);
}

static dstack_client *
client_of(http_fault_server *server, uint32_t ms)
{
    dstack_client *c = NULL;
    dstack_error err;

    ok(dstack_client_new(&c, &err), &err);
    ok(dstack_client_set_endpoint(c, http_fault_endpoint(server), &err), &err);
    assert_int_equal(dstack_client_set_timeouts(c, ms, ms), DSTACK_OK);
    return c;
}

static void
test_over_http(void **state)
{
    static const char body[] = "{\"version\":\"0.5.11\",\"rev\":\"r\"}";
    static const char bad[] =
        "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"
        "Content-Length: 15\r\n\r\n{\"error\": \"no\"}";
    http_fault good = {.body = body, .body_len = sizeof body - 1};
    http_fault refused = {.head = bad};
    http_fault mute = {.mute = true, .end = FAULT_SILENT};
    char seen[512];
    dstack_error err;

    (void)state;
    for (int tcp = 0; tcp < 2; tcp++) {
        http_fault_options o = {.tcp = tcp != 0};
        http_fault_server *server = http_fault_start(&o);
        dstack_client *c;
        char *version = NULL;

        assert_non_null(server);
        c = client_of(server, 5000);
        http_fault_plan(server, &good, 1);
        ok(dstack_client_version(c, &version, NULL, &err), &err);
        assert_string_equal(version, "0.5.11");
        dstack_free(version);
        http_fault_last(server, seen, sizeof seen);
        assert_memory_equal(seen, "POST /Version HTTP/1.1\r\n", 24);
        assert_non_null(strstr(seen, "application/json"));
        assert_null(strstr(seen, "Accept: application/json"));
        assert_non_null(strstr(seen, "\r\n\r\n{}"));
        http_fault_plan(server, &refused, 1);
        failed(dstack_client_version(c, NULL, NULL, &err), DSTACK_ERR_AGENT,
            &err, "Version: the agent answered HTTP 400: no");
        dstack_client_free(c);
        c = client_of(server, 200);
        http_fault_plan(server, &mute, 1);
        failed(dstack_client_version(c, NULL, NULL, &err), DSTACK_ERR_TIMEOUT,
            &err, "Version: ");
        dstack_client_free(c);
        http_fault_stop(server);
    }
}

/* A deadline is the whole call's: the probe's requests do not each have one. */
static void
test_one_deadline(void **state)
{
    static const char body[] = "{\"version\":\"0.5.11\",\"rev\":\"\"}";
    http_fault slow = {
        .wait_ms = 150, .body = body, .body_len = sizeof body - 1};
    http_fault_server *server = http_fault_start(NULL);
    dstack_client *c = client_of(server, 250);
    dstack_agent *agent = NULL;
    dstack_error err;

    (void)state;
    http_fault_plan(server, &slow, 1);
    failed(dstack_client_probe(c, &agent, &err), DSTACK_ERR_TIMEOUT, &err,
        "Version: ");
    dstack_client_free(c);
    http_fault_stop(server);
}

#define HEAD(status) \
    "HTTP/1.1 " status " X\r\nContent-Type: application/json\r\n" \
    "Content-Length: 29\r\n\r\n"

/* A connection that is dropped unanswered: what changes nothing is asked for
 * again, an event never, since it may have been recorded. */
static void
test_event_is_sent_once(void **state)
{
    http_fault none = {.head = HEAD("404") "{\"error\":\"Service not found\"}"};
    http_fault malformed = {
        .head = HEAD("400") "{\"error\":\"expected a string\"}"};
    http_fault dropped = {.mute = true, .end = FAULT_CLOSE};
    http_fault null = {.body = "null", .body_len = 4};
    http_fault plan[] = {none, none, none, malformed, dropped, null};
    static const char version[] = "{\"version\":\"0.5.5\",\"rev\":\"\"}";
    http_fault told = {.body = version, .body_len = sizeof version - 1};
    http_fault again[] = {told, dropped, told};
    http_fault_server *server = http_fault_start(NULL);
    dstack_client *c = client_of(server, 5000);
    char seen[512];
    dstack_error err;

    (void)state;
    http_fault_plan(server, plan, 6);
    failed(dstack_client_emit_event(c, "e", (const uint8_t *)"x", 1, &err),
        DSTACK_ERR_IO, &err, "EmitEvent: ");
    assert_int_equal(http_fault_requests(server), 5);
    /* The caller may. */
    ok(dstack_client_emit_event(c, "e", (const uint8_t *)"x", 1, &err), &err);
    http_fault_last(server, seen, sizeof seen);
    assert_non_null(
        strstr(seen, "\r\n\r\n{\"event\":\"e\",\"payload\":\"78\"}"));
    assert_int_equal(http_fault_requests(server), 6);
    http_fault_plan(server, again, 3);
    ok(dstack_client_version(c, NULL, NULL, &err), &err);
    ok(dstack_client_version(c, NULL, NULL, &err), &err);
    assert_int_equal(http_fault_requests(server), 3);
    dstack_client_free(c);
    http_fault_stop(server);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_up),
        cmocka_unit_test(test_set_up_after_refusal),
        cmocka_unit_test(test_worker_needs_endpoint),
        cmocka_unit_test(test_usual_places),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_probe_of_another_service),
        cmocka_unit_test(test_probe_failures),
        cmocka_unit_test(test_probe_is_remembered),
        cmocka_unit_test(test_version_numbers),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_v1_of_a_tappd),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_cancel_before),
        cmocka_unit_test(test_over_http),
        cmocka_unit_test(test_one_deadline),
        cmocka_unit_test(test_event_is_sent_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
