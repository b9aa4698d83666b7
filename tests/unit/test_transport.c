/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "dstack/error.h"
#include "dstack/transport.h"
#include "net/http.h"
#include "support/failing.h"

/* A transport that does what the test says, and remembers what it got. */
static struct {
    int code;        /* what it returns */
    uint32_t status; /* 0: none is set */
    size_t body_len; /* so many 'x', in pieces */
    size_t piece;
    bool obey;        /* return what adding returned, if it failed */
    const char *text; /* its error message */
    unsigned calls;
    char path[64];
    char body[64];
    size_t got_len;
    uint32_t timeout_ms;
} fake;

static int
fake_call(void *user, const char *path, const uint8_t *body, size_t body_len,
    uint32_t timeout_ms, dstack_transport_reply *reply, dstack_error *err)
{
    static const uint8_t filler[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

    assert_ptr_equal(user, &fake);
    assert_non_null(err);
    assert_int_equal(err->code, 0);
    fake.calls++;
    snprintf(fake.path, sizeof fake.path, "%s", path);
    fake.got_len = body_len;
    assert_true(body_len < sizeof fake.body);
    if (body_len > 0)
        memcpy(fake.body, body, body_len);
    fake.timeout_ms = timeout_ms;
    if (fake.status != 0)
        assert_int_equal(
            dstack_transport_reply_set_status(reply, fake.status), DSTACK_OK);
    for (size_t i = 0; i < fake.body_len; i += fake.piece) {
        size_t n = fake.body_len - i;
        int code = dstack_transport_reply_add(
            reply, filler, n < fake.piece ? n : fake.piece);

        if (code != DSTACK_OK && fake.obey)
            return code;
    }
    if (fake.text)
        snprintf(err->message, sizeof err->message, "%s", fake.text);
    return fake.code;
}

static dstack_transport transport = {
    sizeof(dstack_transport), 0, &fake, fake_call};

static int
start(void **state)
{
    ds_http *http;

    memset(&fake, 0, sizeof fake);
    fake.piece = 7;
    assert_int_equal(ds_http_new_transport(&transport, &http, NULL), DSTACK_OK);
    *state = http;
    return 0;
}

static int
stop(void **state)
{
    ds_http_free(*state);
    return 0;
}

static int
call(ds_http *http, size_t max_body, ds_http_reply *reply, dstack_error *err)
{
    ds_http_request request = {.path = "/GetQuote",
        .body = ds_view_str("{\"a\":1}"),
        .max_body = max_body};

    request.deadline_ms = ds_http_now_ms() + 5000;
    return ds_http_call(http, &request, reply, err);
}

static void
refuses_half_a_transport(void **state)
{
    const dstack_transport none = {sizeof none, 0, &fake, NULL};
    const dstack_transport old = {sizeof old - 1, 0, &fake, fake_call};
    const dstack_transport newer = {sizeof newer, 1, &fake, fake_call};
    const dstack_transport *bad[] = {NULL, &none, &old, &newer};
    dstack_error err;
    ds_http *http;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(ds_http_check_transport(bad[i]), DSTACK_ERR_ARG);
        assert_int_equal(
            ds_http_new_transport(bad[i], &http, &err), DSTACK_ERR_ARG);
        assert_null(http);
        assert_int_equal(strncmp(err.message, "transport: ", 11), 0);
    }
    assert_int_equal(ds_http_check_transport(&transport), DSTACK_OK);
}

static void
carries_requests(void **state)
{
    ds_http_reply reply;
    dstack_error err;

    fake.status = 207;
    fake.body_len = 30;
    assert_int_equal(call(*state, 100, &reply, &err), DSTACK_OK);
    assert_int_equal(reply.status, 207);
    assert_int_equal(reply.body.n, 30);
    assert_string_equal((char *)reply.body.p, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    ds_http_reply_free(&reply);
    assert_string_equal(fake.path, "/GetQuote");
    assert_int_equal(fake.got_len, 7);
    assert_string_equal(fake.body, "{\"a\":1}");
    assert_in_range(fake.timeout_ms, 1, 5000);

    /* No status is 200; an empty body is a body. */
    fake.status = 0;
    fake.body_len = 0;
    assert_int_equal(call(*state, 100, &reply, NULL), DSTACK_OK);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body.n, 0);
    ds_http_reply_free(&reply);
    assert_int_equal(fake.calls, 2);
}

static void
bounds_bodies(void **state)
{
    const struct {
        uint32_t status;
        size_t body_len, max_body;
        bool obey;
        int code;
        size_t kept;
    } cases[] = {
        {200, 70000, 70000, false, DSTACK_OK, 70000},
        {200, 70001, 70000, true, DSTACK_ERR_PROTOCOL, 0},
        {200, 70001, 70000, false, DSTACK_ERR_PROTOCOL, 0},
        /* Below what an error may have. */
        {200, 101, 100, true, DSTACK_ERR_PROTOCOL, 0},
        {404, 101, 100, true, DSTACK_OK, 101},
        /* Errors are cut. */
        {404, 70001, 70000, true, DSTACK_OK, DS_MAX_HTTP_ERROR},
        {500, 70000, 100000, false, DSTACK_OK, DS_MAX_HTTP_ERROR},
        {500, 200000, 100, true, DSTACK_OK, DS_MAX_HTTP_ERROR},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ds_http_reply reply;
        dstack_error err;

        fake.status = cases[i].status;
        fake.body_len = cases[i].body_len;
        fake.obey = cases[i].obey;
        assert_int_equal(
            call(*state, cases[i].max_body, &reply, &err), cases[i].code);
        assert_int_equal(err.code, cases[i].code);
        if (cases[i].code == DSTACK_OK)
            assert_int_equal(reply.body.n, cases[i].kept);
        ds_http_reply_free(&reply);
    }
}

static void
tells_failures(void **state)
{
    static const struct {
        int says, means;
        const char *text, *message;
    } cases[] = {
        {DSTACK_ERR_IO, DSTACK_ERR_IO, "gone", "transport: gone"},
        {DSTACK_ERR_TIMEOUT, DSTACK_ERR_TIMEOUT, NULL,
            "transport: it gave no reason"},
        {DSTACK_ERR_CANCELLED, DSTACK_ERR_CANCELLED, "", "no reason"},
        {DSTACK_ERR_NOMEM, DSTACK_ERR_NOMEM, "m", "transport: m"},
        {DSTACK_ERR_PROTOCOL, DSTACK_ERR_PROTOCOL, "p", "transport: p"},
        /* No other code is a transport's to say. */
        {DSTACK_ERR_UNTRUSTED, DSTACK_ERR_IO, "x", "returned -30"},
        {DSTACK_ERR_AGENT, DSTACK_ERR_IO, "x", "returned -11"},
        {1, DSTACK_ERR_IO, "x", "returned 1"},
        {-12345, DSTACK_ERR_IO, "x", "returned -12345"},
        /* A message with success is none. */
        {DSTACK_OK, DSTACK_OK, "x", ""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ds_http_reply reply;
        dstack_error err;

        fake.code = cases[i].says;
        fake.text = cases[i].text;
        assert_int_equal(call(*state, 100, &reply, &err), cases[i].means);
        assert_int_equal(err.code, cases[i].means);
        assert_non_null(strstr(err.message, cases[i].message));
        ds_http_reply_free(&reply);
    }
}

static void
survives_misuse(void **state)
{
    ds_http_request request = {.path = "/x", .get = true, .max_body = 9};
    const uint8_t one = 1;
    ds_http_reply reply;
    dstack_error err;

    assert_int_equal(
        dstack_transport_reply_set_status(NULL, 200), DSTACK_ERR_ARG);
    assert_int_equal(dstack_transport_reply_add(NULL, &one, 1), DSTACK_ERR_ARG);
    /* An interim status is not that of an answer. */
    fake.status = 100;
    assert_int_equal(call(*state, 9, &reply, &err), DSTACK_ERR_PROTOCOL);
    ds_http_reply_free(&reply);
    /* What is late, cancelled or no POST never gets there. */
    fake.calls = 0;
    request.deadline_ms = ds_http_now_ms() + 5000;
    assert_int_equal(
        ds_http_call(*state, &request, &reply, &err), DSTACK_ERR_UNSUPPORTED);
    ds_http_reply_free(&reply);
    request.get = false;
    request.deadline_ms = ds_http_now_ms();
    assert_int_equal(
        ds_http_call(*state, &request, &reply, &err), DSTACK_ERR_TIMEOUT);
    ds_http_reply_free(&reply);
    ds_http_cancel(*state);
    assert_int_equal(call(*state, 9, &reply, &err), DSTACK_ERR_CANCELLED);
    ds_http_reply_free(&reply);
    assert_int_equal(fake.calls, 0);
    ds_http_resume(*state);
    fake.status = 599;
    assert_int_equal(call(*state, 9, &reply, &err), DSTACK_OK);
    ds_http_reply_free(&reply);
    assert_int_equal(fake.calls, 1);
}

static int
misuse_call(void *user, const char *path, const uint8_t *body, size_t body_len,
    uint32_t timeout_ms, dstack_transport_reply *reply, dstack_error *err)
{
    (void)user;
    (void)path;
    (void)body;
    (void)body_len;
    (void)timeout_ms;
    assert_int_equal(
        dstack_transport_reply_set_status(reply, 99), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_transport_reply_set_status(reply, 600), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_transport_reply_add(reply, NULL, 1), DSTACK_ERR_ARG);
    assert_int_equal(dstack_transport_reply_add(reply, NULL, 0), DSTACK_OK);
    memset(err, 'x', sizeof *err);
    return DSTACK_ERR_IO;
}

/* Also a message without an end. */
static void
survives_misuse_within_a_call(void **state)
{
    const dstack_transport misuse = {sizeof misuse, 0, NULL, misuse_call};
    ds_http_reply reply;
    dstack_error err;
    ds_http *http;

    (void)state;
    assert_int_equal(ds_http_new_transport(&misuse, &http, NULL), DSTACK_OK);
    assert_int_equal(call(http, 9, &reply, &err), DSTACK_ERR_IO);
    assert_true(memchr(err.message, 0, sizeof err.message) != NULL);
    ds_http_reply_free(&reply);
    ds_http_free(http);
}

static void
tells_want_of_memory(void **state)
{
    ds_http_reply reply;
    dstack_error err;
    ds_http *http;

    fake.body_len = 1000;
    for (int i = 0; i < 3; i++) {
        fake.obey = i == 1;
        failing_after(i);
        assert_int_equal(call(*state, 5000, &reply, &err), DSTACK_ERR_NOMEM);
        failing_after(-1);
        ds_http_reply_free(&reply);
    }
    failing_after(0);
    assert_int_equal(
        ds_http_new_transport(&transport, &http, &err), DSTACK_ERR_NOMEM);
    failing_after(-1);
    assert_null(http);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_half_a_transport),
        cmocka_unit_test_setup_teardown(carries_requests, start, stop),
        cmocka_unit_test_setup_teardown(bounds_bodies, start, stop),
        cmocka_unit_test_setup_teardown(tells_failures, start, stop),
        cmocka_unit_test_setup_teardown(survives_misuse, start, stop),
        cmocka_unit_test(survives_misuse_within_a_call),
        cmocka_unit_test_setup_teardown(tells_want_of_memory, start, stop),
    };

    failing_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
