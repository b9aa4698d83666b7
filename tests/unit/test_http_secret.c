/* SPDX-License-Identifier: Apache-2.0 */
/* Of an answer that is a secret nothing stays in this process's memory. The
 * server is another process; here the secret is only known masked, so that
 * whatever is found of it came over the wire. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "dstack/error.h"
#include "net/http.h"
#include "support/http_fault.h"
#include "support/search_memory.h"

enum {
    MASK = SEARCH_MASK,
    SECRET = 32,
    TIMES = 1500 /* in one answer: more than one receive buffer */
};

static const uint8_t masked[SECRET] = {0x3d, 0x99, 0x01, 0xc4, 0x72, 0xe8, 0x1b,
    0xaf, 0x50, 0x66, 0xd3, 0x0a, 0xbe, 0x27, 0x94, 0xf1, 0x48, 0x8d, 0x35,
    0xe2, 0x7b, 0x10, 0xc9, 0x5e, 0xa3, 0x07, 0x6c, 0xf8, 0x21, 0xb5, 0xda,
    0x4f};

static struct {
    pid_t server;
    char endpoint[64];
} over[2];

static bool
is_secret(const uint8_t *p)
{
    for (size_t i = 0; i < SECRET; i++)
        if ((p[i] ^ MASK) != masked[i])
            return false;
    return true;
}

/* In the server's process: answers of a known length, in chunks, and until the
 * connection ends, in turn. */
static void
plan_answers(http_fault_server *server)
{
    static char body[SECRET * TIMES + 32];
    http_fault plan[3];
    size_t at = (size_t)snprintf(body, 16, "%x\r\n", SECRET * TIMES);

    for (size_t i = 0; i < SECRET * TIMES; i++)
        body[at + i] = (char)(masked[i % SECRET] ^ MASK);
    memcpy(body + at + SECRET * TIMES, "\r\n0\r\n\r\n", 7);
    memset(plan, 0, sizeof plan);
    plan[0].body = body + at;
    plan[0].body_len = SECRET * TIMES;
    plan[1].head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    plan[1].body = body;
    plan[1].body_len = at + SECRET * TIMES + 7;
    plan[2] = plan[0];
    plan[2].head = "HTTP/1.1 200 OK\r\n\r\n";
    plan[2].end = FAULT_CLOSE;
    http_fault_plan(server, plan, 3);
}

static int
start_servers(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        const http_fault_options o = {.tcp = i == 1};

        over[i].server = http_fault_fork(&o, plan_answers, over[i].endpoint);
        assert_int_not_equal(over[i].server, -1);
    }
    return 0;
}

static int
stop_servers(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        kill(over[i].server, SIGTERM);
        waitpid(over[i].server, NULL, 0);
    }
    return 0;
}

static unsigned
count_in_memory(void)
{
    return search_memory(masked, SECRET);
}

static void
call(ds_http *http, bool secret)
{
    ds_http_request request = {
        .path = "/GetKey", .max_body = 1u << 20, .secret = secret};
    ds_http_reply reply;
    dstack_error err;

    request.body = ds_view_str("{}");
    request.deadline_ms = ds_http_now_ms() + 20000;
    assert_int_equal(ds_http_call(http, &request, &reply, &err), DSTACK_OK);
    assert_int_equal(reply.body.n, SECRET * TIMES);
    assert_true(is_secret(reply.body.p + SECRET * (TIMES - 1)));
    ds_http_reply_free(&reply);
}

static void
leaves_nothing(void **state)
{
    (void)state;
    if (!search_memory_works())
        skip();
    for (int i = 0; i < 2; i++) {
        for (int n = 1; n <= 3; n++) {
            ds_http *http;

            assert_int_equal(
                ds_http_new(over[i].endpoint, 1000, &http, NULL), DSTACK_OK);
            call(http, true);
            if (count_in_memory() != 0)
                fail_msg("answer %d over %s stays", n, over[i].endpoint);
            ds_http_free(http);
            assert_int_equal(count_in_memory(), 0);
        }
    }
}

/* Or the search finds nothing ever. */
static void
would_be_found(void **state)
{
    ds_http *http;

    (void)state;
    if (!search_memory_works())
        skip();
    assert_int_equal(
        ds_http_new(over[0].endpoint, 1000, &http, NULL), DSTACK_OK);
    call(http, false);
    assert_true(count_in_memory() > 100);
    ds_http_free(http);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_nothing),
        cmocka_unit_test(would_be_found),
    };

    return cmocka_run_group_tests(tests, start_servers, stop_servers);
}
