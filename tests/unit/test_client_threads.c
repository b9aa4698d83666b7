/* SPDX-License-Identifier: Apache-2.0 */
/* One client for many threads, while one more cancels and resumes: every call
 * ends, in success or as cancelled, and with nothing in between. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "dstack/dstack.h"
#include "support/fake_agent.h"
#include "support/http_fault.h"

enum {
    THREADS = 16,
    ROUNDS = 60
};

typedef struct {
    const dstack_client *client;
    bool all; /* every call, not Version alone */
    atomic_bool *done;
    unsigned good, cancelled;
    char wrong[300];
} worker;

static const uint8_t data[64] = {1, 2, 3};

static void
judge(worker *w, int rc, const dstack_error *err, bool complete)
{
    if (rc == DSTACK_OK && complete)
        w->good++;
    else if (rc == DSTACK_ERR_CANCELLED && !complete)
        w->cancelled++;
    else
        snprintf(w->wrong, sizeof w->wrong, "%d: %s", rc, err->message);
}

static void
one_version(worker *w)
{
    char *version = NULL;
    dstack_error err;
    int rc = dstack_client_version(w->client, &version, NULL, &err);

    judge(w, rc, &err, version != NULL);
    dstack_free(version);
}

static void
one_key(worker *w)
{
    dstack_key *key = NULL;
    dstack_error err;
    int rc = dstack_client_derive_key(
        w->client, "/", "test", DSTACK_KEY_ED25519, &key, &err);

    judge(w, rc, &err, key && dstack_key_secret(key, NULL)[0] == 0xf6);
    dstack_key_free(key);
}

static void
one_quote(worker *w)
{
    dstack_quote_reply *quote = NULL;
    dstack_error err;
    int rc = dstack_client_get_quote(w->client, data, 64, &quote, &err);

    judge(w, rc, &err, dstack_quote_reply_evidence(quote) != NULL);
    dstack_quote_reply_free(quote);
}

static void
one_event(worker *w)
{
    dstack_error err;
    int rc = dstack_client_emit_event(w->client, "e", data, 3, &err);

    judge(w, rc, &err, rc == DSTACK_OK);
}

static void *
work(void *arg)
{
    worker *w = arg;

    for (int i = 0; i < ROUNDS; i++) {
        one_version(w);
        if (!w->all)
            continue;
        one_key(w);
        one_quote(w);
        one_event(w);
        (void)dstack_client_endpoint(w->client);
    }
    return NULL;
}

static void *
disturb(void *arg)
{
    worker *w = arg;
    const struct timespec pause = {0, 300000};

    while (!atomic_load(w->done)) {
        dstack_client_cancel(w->client);
        nanosleep(&pause, NULL);
        dstack_client_resume(w->client);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static void
run(const dstack_client *client, bool all, bool disturbed)
{
    pthread_t threads[THREADS], other;
    atomic_bool done = false;
    static worker all_workers[THREADS];
    worker breaker = {client, all, &done, 0, 0, ""};
    unsigned good = 0;

    if (disturbed)
        assert_int_equal(pthread_create(&other, NULL, disturb, &breaker), 0);
    for (int i = 0; i < THREADS; i++) {
        all_workers[i] = breaker;
        assert_int_equal(
            pthread_create(&threads[i], NULL, work, &all_workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        if (all_workers[i].wrong[0])
            fail_msg("%s", all_workers[i].wrong);
        good += all_workers[i].good;
        assert_int_equal(all_workers[i].good + all_workers[i].cancelled,
            ROUNDS * (all ? 4 : 1));
    }
    atomic_store(&done, true);
    if (disturbed)
        assert_int_equal(pthread_join(other, NULL), 0);
    else
        assert_int_equal(good, THREADS * ROUNDS * (all ? 4 : 1));
}

static fake_agent *
agent_with_answers(void)
{
    fake_agent *f = fake_agent_new(FAKE_0511);
    char *quote = fake_quote_answer(data, "");

    fake_agent_answer(
        f, "/Version", 200, "{\"version\":\"0.5.11\",\"rev\":\"\"}");
    fake_agent_answer(f, "/GetQuote", 200, quote);
    fake_agent_answer(f, "/EmitEvent", 200, "null");
    fake_agent_answer(f, "/GetKey", 200,
        "{\"key\":"
        "\"f6c1ed94488394d78e0a4e5ab75d62e9f085d73b0b555d0614fb90ca13d9"
        "464d\",\"signature_chain\":["
        "\"7752352aa2ad8b337a3845661073fb42ef1b1d331"
        "3d8ce0b8976ccc21505e0c62e79eb7aaf9b51768b0f9762e62098710ce4e8cabd45067"
        "0"
        "b2fb0040e8551cb300\",\"\"]}");
    free(quote);
    return f;
}

static void
test_scripted(void **state)
{
    (void)state;
    for (int disturbed = 0; disturbed < 2; disturbed++) {
        fake_agent *f = agent_with_answers();
        dstack_client *c = fake_agent_client(f);

        /* Events look at a quote over zeros, which this one is not. */
        assert_int_equal(dstack_client_accept_other_report_data(c), DSTACK_OK);
        run(c, true, disturbed == 1);
        dstack_client_free(c);
        fake_agent_free(f);
    }
}

static void
plan(http_fault_server *server)
{
    static const char body[] = "{\"version\":\"0.5.11\",\"rev\":\"\"}";
    http_fault fault = {.body = body, .body_len = sizeof body - 1};

    http_fault_plan(server, &fault, 1);
}

static void
test_over_http(void **state)
{
    (void)state;
    for (int disturbed = 0; disturbed < 2; disturbed++) {
        http_fault_server *server = http_fault_start(NULL);
        dstack_client *c = NULL;

        assert_non_null(server);
        plan(server);
        assert_int_equal(dstack_client_new(&c, NULL), DSTACK_OK);
        assert_int_equal(
            dstack_client_set_endpoint(c, http_fault_endpoint(server), NULL),
            DSTACK_OK);
        run(c, false, disturbed == 1);
        dstack_client_free(c);
        http_fault_stop(server);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scripted),
        cmocka_unit_test(test_over_http),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
