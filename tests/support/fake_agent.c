/* SPDX-License-Identifier: Apache-2.0 */
#include "support/fake_agent.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "forge/forge.h"
#include "workload/attestation.h"

#define MAX_PATHS 40

typedef struct {
    char *path;
    int code; /* of the transport */
    bool set;
    unsigned status;
    uint8_t *body;
    size_t n;
    unsigned asked;
    char *last;
} entry;

struct fake_agent {
    pthread_mutex_t mutex;
    int kind;
    entry entries[MAX_PATHS];
    size_t count;
    unsigned asked;
};

/* ---- what an agent of a kind has -------------------------------------------------- */

static const char page_404[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n    <title>404 Not "
    "Found</title>\n</head>\n<body>\n</body>\n</html>";

typedef struct {
    uint32_t service;
    const char *mount;   /* paths below it belong to the service */
    const char *version; /* NULL where it does not tell */
    const char *methods; /* those that there are, each between spaces */
    bool v1;
    unsigned unknown; /* status for a method that there is not */
} kind_info;

#define OLD " GetTlsKey GetKey GetQuote Info "
#define NEW OLD "EmitEvent Attest Sign Verify "
#define TAPPD "/prpc/Tappd."
#define WORKER "/prpc/Worker."

static const kind_info kinds[FAKE_KINDS] = {
    [FAKE_036] = {DSTACK_SERVICE_TAPPD, TAPPD, NULL,
        " DeriveKey TdxQuote RawQuote Info ", false, 404},
    [FAKE_042] = {DSTACK_SERVICE_AGENT, "/", NULL, OLD, false, 400},
    [FAKE_055] = {DSTACK_SERVICE_AGENT, "/", NULL, OLD "EmitEvent ", false,
        400},
    [FAKE_056] = {DSTACK_SERVICE_AGENT, "/", NULL, NEW, false, 400},
    [FAKE_0511] = {DSTACK_SERVICE_AGENT, "/", "0.5.11", NEW "Version ", false,
        400},
    [FAKE_060] = {DSTACK_SERVICE_AGENT, "/", "0.6.0", NEW "Version ", true,
        404},
    [FAKE_WORKER_0511] = {DSTACK_SERVICE_WORKER, WORKER, "0.5.11",
        " Info Version GetAttestationForAppKey ", false, 400},
    [FAKE_WORKER_060] = {DSTACK_SERVICE_WORKER, WORKER, "0.6.0",
        " Info Version GetAttestationForAppKey ", true, 404},
    [FAKE_TAPPD_031] = {DSTACK_SERVICE_TAPPD, TAPPD, NULL,
        " DeriveKey TdxQuote ", false, 404},
    [FAKE_TAPPD_042] = {DSTACK_SERVICE_TAPPD, TAPPD, NULL,
        " DeriveKey DeriveK256Key TdxQuote RawQuote Info ", false, 400},
    [FAKE_TAPPD_0511] = {DSTACK_SERVICE_TAPPD, TAPPD, "0.5.11",
        " DeriveKey DeriveK256Key TdxQuote RawQuote Info Version ", false, 400},
    [FAKE_NOTHING] = {DSTACK_SERVICE_AGENT, "#", NULL, "", false, 404},
};

/* The answer to a path that no test has set. */
static char *
natural(const kind_info *k, const char *path, unsigned *status)
{
    const char *v1 = k->service == DSTACK_SERVICE_WORKER ? "/prpc/v1/" : "/v1/";
    const char *method = NULL;
    char word[80];

    if (k->v1 && strncmp(path, v1, strlen(v1)) == 0)
        method = path + strlen(v1);
    else if (strncmp(path, k->mount, strlen(k->mount)) == 0)
        method = path + strlen(k->mount);
    if (!method || strchr(method, '/')) {
        *status = 404;
        return fake_text("%s", page_404);
    }
    snprintf(word, sizeof word, " %s ", method);
    if (strcmp(method, "Version") == 0 && k->version) {
        *status = 200;
        return fake_text(
            "{\"version\":\"%s\",\"rev\":\"git:abc\"}", k->version);
    }
    if (strstr(k->methods, word)) {
        *status = 400;
        return fake_text("{\n  \"error\": \"invalid type: integer `0`, "
                         "expected a string at line 1 column 9\"\n}");
    }
    *status = k->unknown;
    if (k->service == DSTACK_SERVICE_TAPPD && k->unknown == 404)
        return fake_text("{\"error\":\"method Not Found\"}");
    return fake_text("{\n  \"error\": \"Service not found: %s\"\n}", method);
}

/* ---- the script --------------------------------------------------------------------- */

static entry *
entry_of(fake_agent *f, const char *path)
{
    entry *e;

    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->entries[i].path, path) == 0)
            return &f->entries[i];
    assert_true(f->count < MAX_PATHS);
    e = &f->entries[f->count++];
    e->path = fake_text("%s", path);
    return e;
}

static int
reply_with(
    dstack_transport_reply *reply, unsigned status, const void *body, size_t n)
{
    int rc = dstack_transport_reply_set_status(reply, status);

    if (rc == DSTACK_OK && n != 0)
        rc = dstack_transport_reply_add(reply, body, n);
    return rc;
}

static int
call(void *user, const char *path, const uint8_t *body, size_t body_len,
    uint32_t timeout_ms, dstack_transport_reply *reply, dstack_error *err)
{
    fake_agent *f = user;
    entry *e;
    int rc;

    (void)err;
    (void)timeout_ms;
    pthread_mutex_lock(&f->mutex);
    e = entry_of(f, path);
    f->asked++;
    e->asked++;
    free(e->last);
    e->last = fake_text("%.*s", (int)body_len, (const char *)body);
    if (e->set && e->code != DSTACK_OK) {
        rc = e->code;
    } else if (e->set) {
        rc = reply_with(reply, e->status, e->body, e->n);
    } else {
        unsigned status;
        char *text = natural(&kinds[f->kind], path, &status);

        rc = reply_with(reply, status, text, strlen(text));
        free(text);
    }
    pthread_mutex_unlock(&f->mutex);
    return rc;
}

fake_agent *
fake_agent_new(int kind)
{
    fake_agent *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->kind = kind;
    assert_int_equal(pthread_mutex_init(&f->mutex, NULL), 0);
    return f;
}

void
fake_agent_free(fake_agent *f)
{
    for (size_t i = 0; i < f->count; i++) {
        free(f->entries[i].path);
        free(f->entries[i].body);
        free(f->entries[i].last);
    }
    pthread_mutex_destroy(&f->mutex);
    free(f);
}

dstack_client *
fake_agent_client(fake_agent *f)
{
    dstack_transport t = {sizeof t, 0, f, call};
    dstack_client *client = NULL;

    assert_int_equal(dstack_client_new(&client, NULL), DSTACK_OK);
    assert_int_equal(dstack_client_set_transport(client, &t), DSTACK_OK);
    assert_int_equal(
        dstack_client_set_service(client, kinds[f->kind].service), DSTACK_OK);
    return client;
}

void
fake_agent_answer_bytes(fake_agent *f, const char *path, unsigned status,
    const void *body, size_t n)
{
    entry *e;

    pthread_mutex_lock(&f->mutex);
    e = entry_of(f, path);
    free(e->body);
    e->body = malloc(n + 1);
    assert_non_null(e->body);
    memcpy(e->body, body, n);
    e->n = n;
    e->set = true;
    e->code = DSTACK_OK;
    e->status = status;
    pthread_mutex_unlock(&f->mutex);
}

void
fake_agent_answer(
    fake_agent *f, const char *path, unsigned status, const char *body)
{
    fake_agent_answer_bytes(f, path, status, body, strlen(body));
}

void
fake_agent_fail(fake_agent *f, const char *path, int code)
{
    entry *e;

    pthread_mutex_lock(&f->mutex);
    e = entry_of(f, path);
    e->set = true;
    e->code = code;
    pthread_mutex_unlock(&f->mutex);
}

unsigned
fake_agent_count(fake_agent *f, const char *path)
{
    unsigned n;

    pthread_mutex_lock(&f->mutex);
    n = path ? entry_of(f, path)->asked : f->asked;
    pthread_mutex_unlock(&f->mutex);
    return n;
}

const char *
fake_agent_last(fake_agent *f, const char *path)
{
    const entry *e = entry_of(f, path);

    return e->last ? e->last : "";
}

/* ---- answers ---------------------------------------------------------------------- */

char *
fake_text(const char *format, ...)
{
    va_list args, again;
    char *text;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert_true(n >= 0);
    text = malloc((size_t)n + 1);
    assert_non_null(text);
    vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

char *
fake_hex(ds_view bytes)
{
    char *text = malloc(2 * bytes.n + 1);

    assert_non_null(text);
    ds_hex_encode(bytes, text);
    return text;
}

#define REPORT_DATA 568 /* where it is in a TDX quote of version 4 */

ds_view
fake_quote(const uint8_t report_data[64])
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static uint8_t made[8192];
    static size_t n;
    uint8_t *copy;

    pthread_mutex_lock(&mutex);
    if (n == 0) {
        forge *f = forge_new(FORGE_TDX_V4, "fake agent");

        assert_non_null(f);
        assert_int_equal(forge_build(f), 0);
        assert_true(f->out.quote.n <= sizeof made);
        n = f->out.quote.n;
        memcpy(made, f->out.quote.p, n);
        forge_free(f);
    }
    pthread_mutex_unlock(&mutex);
    copy = malloc(n);
    assert_non_null(copy);
    memcpy(copy, made, n);
    memcpy(copy + REPORT_DATA, report_data, 64);
    return ds_view_of(copy, n);
}

static void
drop(ds_view v)
{
    union {
        const uint8_t *lent;
        uint8_t *own;
    } p = {v.p};

    free(p.own);
}

#define EVENT_LOG \
    "[{\\\"imr\\\":3,\\\"event_type\\\":134217729,\\\"digest\\\":\\\"\\\"," \
    "\\\"event\\\":\\\"app-id\\\",\\\"event_payload\\\":\\\"deadbeef\\\"}]"

char *
fake_quote_answer(const uint8_t report_data[64], const char *more)
{
    ds_view quote = fake_quote(report_data);
    char *hex = fake_hex(quote);
    char *data = fake_hex(ds_view_of(report_data, 64));
    char *text = fake_text("{\"quote\":\"%s\",\"event_log\":\"" EVENT_LOG
                           "\",\"report_data\":\"%s\",\"vm_config\":\"{"
                           "\\\"cpu_count\\\":1}\"%s}",
        hex, data, more);

    free(hex);
    free(data);
    drop(quote);
    return text;
}

char *
fake_attestation_hex(int version, const uint8_t report_data[64])
{
    static const char config[] = "{\"cpu_count\":1}";
    ds_view quote = fake_quote(report_data);
    ds_event event = {.imr = 3,
        .type = DSTACK_EVENT_TYPE_RUNTIME,
        .version = 1,
        .name = ds_view_str("app-id"),
        .payload = ds_view_of("\xde\xad\xbe\xef", 4)};
    ds_attestation a = {.platform = DSTACK_PLATFORM_TDX,
        .quote = quote,
        .events = &event,
        .event_count = 1,
        .runtime = &event,
        .runtime_count = 1,
        .config = ds_view_str(config)};
    dstack_error err;
    ds_buf out;
    char *hex;

    memcpy(a.report_data, report_data, 64);
    ds_buf_init(&out, 1 << 20);
    if (ds_attestation_encode(&a, (uint32_t)version, &out, &err) != DSTACK_OK)
        fail_msg("%s", err.message);
    hex = fake_hex(ds_view_of(out.p, out.n));
    ds_buf_free(&out);
    drop(quote);
    return hex;
}
