/* SPDX-License-Identifier: Apache-2.0 */
/* What goes over the wire, and what is taken for an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "dstack/error.h"
#include "support/http_use.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define BODY(text) .body = (text), .body_len = sizeof(text) - 1
#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Each test runs over both kinds of socket. */
static http_use over[2];

static int
start_servers(void **state)
{
    const http_fault_options tcp = {.tcp = true};

    (void)state;
    http_use_start(&over[0], NULL);
    http_use_start(&over[1], &tcp);
    return 0;
}

static int
stop_servers(void **state)
{
    (void)state;
    http_use_stop(&over[0]);
    http_use_stop(&over[1]);
    return 0;
}

static void
assert_body(const http_use *u, const char *body, size_t n)
{
    assert_int_equal(u->reply.body.n, n);
    if (n > 0)
        assert_memory_equal(u->reply.body.p, body, n);
}

/* ---- endpoints ------------------------------------------------------------ */

static void
takes_endpoints(void **state)
{
    static const char *const good[] = {"/var/run/dstack.sock",
        "unix:/var/run/dstack.sock", "unix:///var/run/dstack.sock",
        "relative.sock", "unix:http://a", "http://localhost",
        "http://localhost:8090/", "https://a.example/base/path//",
        "HTTP://a.example", "http://[::1]:8090", "http://a/b%20c"};
    dstack_error err;
    char path[110];

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_int_equal(ds_http_check_endpoint(good[i], &err), DSTACK_OK);
    memset(path, 'p', sizeof path);
    path[107] = 0;
    assert_int_equal(ds_http_check_endpoint(path, &err), DSTACK_OK);
}

static void
refuses_endpoints(void **state)
{
    static const struct {
        const char *endpoint, *message;
    } bad[] = {{NULL, "NULL"}, {"", "empty"}, {"unix:", "empty"},
        {"ftp://a", "neither"}, {"vsock://2:8000", "neither"},
        {"http://", "No host"}, {"http:///a", "plain"}, {"http://a b", "plain"},
        {"http://a/?q", "plain"}, {"http://a/#f", "plain"},
        {"http://a/\r\nX: y", "plain"}, {"http://a\\b", "plain"},
        {"http://\xc3\xa4", "plain"}, {"http://a:99999", "ort"},
        {"http://user@a", "user"}, {"http://user:secret@a", "user"},
        {"http://user:secret@a b", "plain"}};
    dstack_error err;
    char path[3000];

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(
            ds_http_check_endpoint(bad[i].endpoint, &err), DSTACK_ERR_ARG);
        assert_non_null(strstr(err.message, bad[i].message));
        assert_null(strstr(err.message, "secret"));
    }
    memset(path, 'p', sizeof path);
    path[108] = 0;
    assert_int_equal(ds_http_check_endpoint(path, &err), DSTACK_ERR_ARG);
    assert_non_null(strstr(err.message, "107 bytes, this one 108"));
    path[108] = 'p';
    path[sizeof path - 1] = 0;
    memcpy(path, "http://", 7);
    assert_int_equal(ds_http_check_endpoint(path, &err), DSTACK_ERR_ARG);
    assert_non_null(strstr(err.message, "at most 2048 bytes"));
}

/* A socket's path of all 107 bytes works. */
static void
takes_the_longest_path(void **state)
{
    const char *socket = http_fault_endpoint(over[0].server) + 5;
    ds_http_request request = {.path = "/x", .max_body = 100};
    ds_http_reply reply;
    ds_http *http;
    char path[108] = "/tmp/";

    (void)state;
    memset(path + 5, 'l', sizeof path - 5);
    path[107] = 0;
    unlink(path);
    assert_int_equal(symlink(socket, path), 0);
    http_use_plan(&over[0], NULL, 0);
    assert_int_equal(ds_http_new(path, 1000, &http, NULL), DSTACK_OK);
    request.deadline_ms = ds_http_now_ms() + HTTP_LONG_MS;
    assert_int_equal(ds_http_call(http, &request, &reply, NULL), DSTACK_OK);
    ds_http_reply_free(&reply);
    ds_http_free(http);
    unlink(path);
}

static void
keeps_the_base_path(void **state)
{
    static const char *const ends[] = {
        "/base/path", "/base/path/", "/base/path///"};
    http_use *u = &over[1];
    ds_http_request request = {.path = "/Info?json", .max_body = 100};
    char endpoint[128], seen[512];

    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        ds_http_reply reply;
        ds_http *http;

        snprintf(endpoint, sizeof endpoint, "%s%s",
            http_fault_endpoint(u->server), ends[i]);
        assert_int_equal(ds_http_new(endpoint, 1000, &http, NULL), DSTACK_OK);
        request.deadline_ms = ds_http_now_ms() + HTTP_LONG_MS;
        assert_int_equal(ds_http_call(http, &request, &reply, NULL), DSTACK_OK);
        ds_http_reply_free(&reply);
        ds_http_free(http);
        http_fault_last(u->server, seen, sizeof seen);
        assert_int_equal(
            strncmp(seen, "POST /base/path/Info?json HTTP/1.1\r\n", 35), 0);
    }
}

static void
refuses_other_paths(void **state)
{
    static const char *const bad[] = {"", "Info", "/a b", "/a\r\nX: y", "/a#b"};
    char path[DS_MAX_HTTP_PATH + 2];

    (void)state;
    http_use_plan(&over[0], NULL, 0);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(http_use_request(&over[0],
                             (ds_http_request){.path = bad[i]}, HTTP_LONG_MS),
            DSTACK_ERR_ARG);
    memset(path, '/', sizeof path);
    path[DS_MAX_HTTP_PATH + 1] = 0;
    assert_int_equal(http_use_request(&over[0], (ds_http_request){.path = path},
                         HTTP_LONG_MS),
        DSTACK_ERR_ARG);
    assert_int_equal(http_fault_connections(over[0].server), 0);
    path[DS_MAX_HTTP_PATH] = 0;
    assert_int_equal(
        http_use_request(&over[0],
            (ds_http_request){.path = path, .max_body = 2}, HTTP_LONG_MS),
        DSTACK_OK);
}

/* ---- requests --------------------------------------------------------------- */

static void
posts_json(void **state)
{
    char expected[512], seen[512];

    (void)state;
    for (int i = 0; i < 2; i++) {
        http_use *u = &over[i];

        http_use_plan(u, NULL, 0);
        for (unsigned n = 0; n < 3; n++) {
            assert_int_equal(http_use_call(u, HTTP_LONG_MS), DSTACK_OK);
            assert_int_equal(u->reply.status, 200);
            assert_body(u, "{}", 2);
        }
        snprintf(expected, sizeof expected,
            "POST /Info HTTP/1.1\r\nHost: %s\r\nContent-Type: "
            "application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
            i == 0 ? "localhost" : http_fault_endpoint(u->server) + 7);
        http_fault_last(u->server, seen, sizeof seen);
        assert_string_equal(seen, expected);
        assert_int_equal(http_fault_connections(u->server), 1);
        assert_int_equal(http_fault_requests(u->server), 3);
    }
}

static void
gets(void **state)
{
    ds_http_request request = {.path = "/a?b=c", .get = true, .max_body = 100};
    char seen[512];

    (void)state;
    for (int i = 0; i < 2; i++) {
        http_use *u = &over[i];

        http_use_plan(u, NULL, 0);
        /* Between two POSTs: nothing of one is left in the other. */
        assert_int_equal(http_use_call(u, HTTP_LONG_MS), DSTACK_OK);
        assert_int_equal(http_use_request(u, request, HTTP_LONG_MS), DSTACK_OK);
        assert_body(u, "{}", 2);
        http_fault_last(u->server, seen, sizeof seen);
        assert_int_equal(strncmp(seen, "GET /a?b=c HTTP/1.1\r\nHost: ", 27), 0);
        assert_null(strstr(seen, "ontent"));
        assert_null(strstr(seen, "Accept"));
        assert_int_equal(http_use_call(u, HTTP_LONG_MS), DSTACK_OK);
        http_fault_last(u->server, seen, sizeof seen);
        assert_non_null(strstr(seen, "\r\n\r\n{\"a\":1}"));
    }
}

/* Empty, with NUL bytes, and larger than any socket's buffer. */
static void
posts_any_body(void **state)
{
    const size_t large = 3u << 20;
    char *big = malloc(large);
    char seen[512];

    (void)state;
    assert_non_null(big);
    memset(big, 'b', large);
    for (int i = 0; i < 2; i++) {
        http_use *u = &over[i];
        ds_http_request request = {.path = "/x", .max_body = 100};
        size_t n;

        http_use_plan(u, NULL, 0);
        assert_int_equal(http_use_request(u, request, HTTP_LONG_MS), DSTACK_OK);
        http_fault_last(u->server, seen, sizeof seen);
        assert_non_null(strstr(seen, "\r\nContent-Length: 0\r\n\r\n"));

        request.body = ds_view_of("a\0b", 3);
        assert_int_equal(http_use_request(u, request, HTTP_LONG_MS), DSTACK_OK);
        n = http_fault_last(u->server, seen, sizeof seen);
        assert_int_equal(n, strlen(seen) + 2);
        assert_memory_equal(strstr(seen, "\r\n\r\n") + 4, "a\0b", 3);

        request.body = ds_view_of(big, large);
        assert_int_equal(http_use_request(u, request, HTTP_LONG_MS), DSTACK_OK);
        assert_true(http_fault_last(u->server, seen, sizeof seen) > large);
        assert_null(strstr(seen, "Expect"));
        assert_int_equal(http_fault_connections(u->server), 1);
    }
    free(big);
}

/* No proxy, no netrc, no cookie, whatever is about. */
static void
reads_no_environment(void **state)
{
    static const char *const names[] = {
        "http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy", "https_proxy"};
    const http_fault f = {
        .head = OK_HEAD "Set-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"};
    char dir[] = "/tmp/test_http.XXXXXX", netrc[64], seen[512];
    FILE *file;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(netrc, sizeof netrc, "%s/.netrc", dir);
    file = fopen(netrc, "w");
    assert_non_null(file);
    fputs("default login someone password something\n", file);
    fclose(file);
    setenv("HOME", dir, 1);
    for (size_t i = 0; i < COUNT(names); i++)
        setenv(names[i], "http://127.0.0.1:1", 1);
    for (int i = 0; i < 2; i++) {
        http_use_plan(&over[i], &f, 1);
        for (int n = 0; n < 2; n++)
            assert_int_equal(http_use_call(&over[i], HTTP_LONG_MS), DSTACK_OK);
        http_fault_last(over[i].server, seen, sizeof seen);
        assert_null(strstr(seen, "Authorization"));
        assert_null(strstr(seen, "Cookie"));
        assert_int_equal(strncmp(seen, "POST /Info ", 11), 0);
    }
    for (size_t i = 0; i < COUNT(names); i++)
        unsetenv(names[i]);
    unlink(netrc);
    rmdir(dir);
}

/* ---- answers that are good ---------------------------------------------------- */

static const struct {
    http_fault fault;
    uint32_t status;
    const char *body;
    size_t body_len;
} answers[] = {
    {{.head = OK_HEAD "Content-Length: 3\r\n\r\n", BODY("a\0b")}, 200, "a\0b",
        3},
    {{.head = OK_HEAD "Content-Length: 0\r\n\r\n"}, 200, "", 0},
    {{.head = "HTTP/1.1 204 No Content\r\n\r\n"}, 204, "", 0},
    {{.head = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n",
         BODY("3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n")},
        200, "abcde", 5},
    {{.head = OK_HEAD "\r\n", BODY("until close"), .end = FAULT_CLOSE}, 200,
        "until close", 11},
    {{.head = "HTTP/1.0 200 OK\r\n\r\n", BODY("old"), .end = FAULT_CLOSE}, 200,
        "old", 3},
    {{.head = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n"
              "\r\n" OK_HEAD "Content-Length: 2\r\n\r\n",
         BODY("ok")},
        200, "ok", 2},
    {{.head = "HTTP/1.1 400 Bad Request\r\nContent-Length: 12\r\n\r\n",
         BODY("{\"error\":\"\"}")},
        400, "{\"error\":\"\"}", 12},
    {{.head = "HTTP/1.1 500 \r\nContent-Length: 1\r\n\r\n", BODY("x")}, 500,
        "x", 1},
    /* Not followed. */
    {{.head = "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n"
              "\r\n"},
        302, "", 0},
    {{.head = "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0"
              "\r\n\r\n"},
        401, "", 0},
    /* Slow, but in time. */
    {{.wait_ms = 30, .gap_ms = 30, .piece = 10, .piece_ms = 5}, 200, "{}", 2},
};

static void
takes_answers(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        for (size_t n = 0; n < COUNT(answers); n++) {
            http_use *u = &over[i];

            http_use_plan(u, &answers[n].fault, 1);
            /* The second is on the same connection, where that stands. */
            for (unsigned again = 1; again <= 2; again++) {
                assert_int_equal(http_use_call(u, HTTP_LONG_MS), DSTACK_OK);
                assert_int_equal(u->reply.status, answers[n].status);
                assert_body(u, answers[n].body, answers[n].body_len);
                assert_int_equal(http_fault_requests(u->server), again);
            }
            assert_int_equal(http_fault_connections(u->server),
                answers[n].fault.end == FAULT_KEEP ? 1 : 2);
        }
    }
}

/* What comes after an answer is no answer to the next request. */
static void
forgets_what_was_not_asked_for(void **state)
{
    const http_fault more[] = {
        {.head = OK_HEAD "Content-Length: 2\r\n\r\n{}" OK_HEAD
                         "Content-Length: 4\r\n\r\nevil"},
        {.head = OK_HEAD "Content-Length: 2\r\n\r\n{}",
            BODY(OK_HEAD "Content-Length: 4\r\n\r\nevil"),
            .gap_ms = 20}};
    const struct timespec later = {0, 60000000};

    (void)state;
    for (int i = 0; i < 2; i++) {
        for (int n = 0; n < 2; n++) {
            http_use *u = &over[i];

            http_use_plan(u, &more[n], 1);
            for (int again = 0; again < 3; again++) {
                assert_int_equal(http_use_call(u, HTTP_LONG_MS), DSTACK_OK);
                assert_body(u, "{}", 2);
                nanosleep(&later, NULL);
            }
        }
    }
}

static void
keeps_headers_that_are_wanted(void **state)
{
    const http_fault f[] = {
        {.head = "HTTP/1.1 103 Early\r\nChain: no\r\n\r\n" OK_HEAD
                 "chain:  a%20b\t \r\nEmpty:\r\nChainX: x\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n",
            BODY("0\r\nLate: t\r\n\r\n")},
        {.head = OK_HEAD "Chain: a\r\nCHAIN: a\r\nContent-Length: 0\r\n\r\n"}};
    ds_http_request request = {.path = "/x", .max_body = 100};

    (void)state;
    request.want[0] = "Chain";
    request.want[1] = "Empty";
    request.want[2] = "Late";
    request.want[3] = "Absent";
    for (int i = 0; i < 2; i++) {
        http_use *u = &over[i];

        http_use_plan(u, f, 2);
        assert_int_equal(http_use_request(u, request, HTTP_LONG_MS), DSTACK_OK);
        assert_string_equal((char *)u->reply.got[0].p, "a%20b");
        assert_int_equal(u->reply.got[0].n, 5);
        assert_string_equal((char *)u->reply.got[1].p, "");
        assert_null(u->reply.got[2].p);
        assert_null(u->reply.got[3].p);
        assert_int_equal(
            http_use_request(u, request, HTTP_LONG_MS), DSTACK_ERR_PROTOCOL);
        assert_non_null(strstr(u->err.message, "twice"));
    }
}

static void
marks_secret_answers(void **state)
{
    ds_http_request request = {.path = "/x", .max_body = 100, .secret = true};

    (void)state;
    http_use_plan(&over[0], NULL, 0);
    assert_int_equal(
        http_use_request(&over[0], request, HTTP_LONG_MS), DSTACK_OK);
    assert_true(over[0].reply.body.secret);
    assert_body(&over[0], "{}", 2);
    request.secret = false;
    assert_int_equal(
        http_use_request(&over[0], request, HTTP_LONG_MS), DSTACK_OK);
    assert_false(over[0].reply.body.secret);
}

/* ---- limits -------------------------------------------------------------------- */

static void
bounds_bodies(void **state)
{
    ds_http_request request = {.path = "/x"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        http_use *u = &over[i];
        const http_fault good = {.fill = 200000};
        const http_fault error = {
            .head = "HTTP/1.1 404 Not Found\r\nContent-Length: 200000\r\n\r\n",
            .fill = 200000};

        http_use_plan(u, &good, 1);
        request.max_body = 200000;
        assert_int_equal(http_use_request(u, request, HTTP_LONG_MS), DSTACK_OK);
        assert_int_equal(u->reply.body.n, 200000);
        request.max_body = 199999;
        assert_int_equal(
            http_use_request(u, request, HTTP_LONG_MS), DSTACK_ERR_PROTOCOL);
        assert_non_null(strstr(u->err.message, "more than 199999 bytes"));
        /* Small, below the cap of errors, and 0. */
        request.max_body = 10;
        assert_int_equal(
            http_use_request(u, request, HTTP_LONG_MS), DSTACK_ERR_PROTOCOL);
        request.max_body = 0;
        assert_int_equal(
            http_use_request(u, request, HTTP_LONG_MS), DSTACK_ERR_PROTOCOL);

        http_use_plan(u, &error, 1);
        assert_int_equal(http_use_request(u, request, HTTP_LONG_MS), DSTACK_OK);
        assert_int_equal(u->reply.status, 404);
        assert_int_equal(u->reply.body.n, DS_MAX_HTTP_ERROR);
        assert_int_equal(http_use_request(u, request, HTTP_LONG_MS), DSTACK_OK);
    }
}

static char *
repeat(const char *start, const char *part, size_t count, const char *end)
{
    size_t a = strlen(start), b = strlen(part), c = strlen(end);
    char *text = malloc(a + b * count + c + 1);

    assert_non_null(text);
    memcpy(text, start, a);
    for (size_t i = 0; i < count; i++)
        memcpy(text + a + i * b, part, b);
    memcpy(text + a + b * count, end, c + 1);
    return text;
}

static void
bounds_headers(void **state)
{
    char *many = repeat(OK_HEAD, "Header: value\r\n", 5000, "\r\n");
    char *interim =
        repeat("", "HTTP/1.1 100 Continue\r\n\r\n", 5000, OK_HEAD "\r\n");
    char *line = repeat(OK_HEAD "A: ", "xxxxxxxxxx", 50000, "\r\n\r\n");
    char *status = repeat("HTTP/1.1 200 ", "xxxxxxxxxx", 50000, "\r\n\r\n");
    char *fits = repeat(
        OK_HEAD "Content-Length: 0\r\n", "Header: value\r\n", 1000, "\r\n");
    http_fault f = {.end = FAULT_SILENT};

    (void)state;
    for (int i = 0; i < 2; i++) {
        http_use *u = &over[i];

        f.head = many;
        http_use_plan(u, &f, 1);
        assert_int_equal(http_use_call(u, HTTP_LONG_MS), DSTACK_ERR_PROTOCOL);
        assert_non_null(strstr(u->err.message, "headers have more than 65536"));
        f.head = interim;
        http_use_plan(u, &f, 1);
        assert_int_equal(http_use_call(u, HTTP_LONG_MS), DSTACK_ERR_PROTOCOL);
        /* Libcurl before 8.6 tells a line over 100 KiB as want of memory. */
        f.head = line;
        http_use_plan(u, &f, 1);
        assert_int_not_equal(http_use_call(u, HTTP_LONG_MS), DSTACK_OK);
        assert_true(u->took < HTTP_LONG_MS / 2);
        f.head = status;
        http_use_plan(u, &f, 1);
        assert_int_not_equal(http_use_call(u, HTTP_LONG_MS), DSTACK_OK);
        assert_true(u->took < HTTP_LONG_MS / 2);
        f.head = fits;
        http_use_plan(u, &f, 1);
        assert_int_equal(http_use_call(u, HTTP_LONG_MS), DSTACK_OK);
    }
    for (int i = 0; i < 2; i++) {
        http_use_plan(&over[i], NULL, 0);
        assert_true(http_fault_settles(over[i].server, 0));
    }
    free(many);
    free(interim);
    free(line);
    free(status);
    free(fits);
}

/* ---- faults ---------------------------------------------------------------------- */

static const struct {
    http_fault fault;
    int code; /* on TCP, where a reset differs, 0: the same as on unix */
    int tcp_code;
    const char *message; /* a part of it, or NULL */
} faults[] = {
    {{.mute = true, .end = FAULT_CLOSE}, DSTACK_ERR_IO, 0, NULL},
    {{.mute = true, .end = FAULT_RESET}, DSTACK_ERR_IO, 0, NULL},
    {{.mute = true, .end = FAULT_SILENT}, DSTACK_ERR_TIMEOUT, 0, "no answer"},
    {{.mute = true, .end = FAULT_END}, DSTACK_ERR_IO, 0, NULL},
    {{.wait_ms = 10000}, DSTACK_ERR_TIMEOUT, 0, "no answer"},
    {{.gap_ms = 10000}, DSTACK_ERR_TIMEOUT, 0, "not complete"},
    {{.piece = 1, .piece_ms = 20, .fill = 1000}, DSTACK_ERR_TIMEOUT, 0, NULL},
    {{.cut = 60, .end = FAULT_SILENT}, DSTACK_ERR_TIMEOUT, 0, "not complete"},
    /* no HTTP */
    {{.head = "hello\r\n\r\n", .end = FAULT_CLOSE}, DSTACK_ERR_PROTOCOL, 0,
        NULL},
    {{.head = "{\"key\":\"00\"}", .end = FAULT_CLOSE}, DSTACK_ERR_PROTOCOL, 0,
        NULL},
    {{.head = "HTTP/1.1 abc\r\n\r\n", .end = FAULT_CLOSE}, DSTACK_ERR_PROTOCOL,
        0, NULL},
    {{.head = "HTTP/9.9 200 OK\r\n\r\n", .end = FAULT_CLOSE},
        DSTACK_ERR_PROTOCOL, 0, NULL},
    {{.head = "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
         .end = FAULT_CLOSE},
        DSTACK_ERR_PROTOCOL, 0, NULL},
    {{.head = "HTTP/1.1 100 Continue\r\n\r\n", .end = FAULT_CLOSE},
        DSTACK_ERR_PROTOCOL, DSTACK_ERR_PROTOCOL, NULL},
    /* cut short */
    {{.head = OK_HEAD "Content-Length: 0\r\n", .end = FAULT_CLOSE},
        DSTACK_ERR_PROTOCOL, 0, NULL},
    {{.head = OK_HEAD "Content-Le", .end = FAULT_CLOSE}, DSTACK_ERR_PROTOCOL, 0,
        NULL},
    {{.fill = 5000, .cut = 4000, .end = FAULT_CLOSE}, DSTACK_ERR_PROTOCOL, 0,
        NULL},
    {{.fill = 5000, .cut = 4000, .end = FAULT_END}, DSTACK_ERR_PROTOCOL, 0,
        NULL},
    {{.fill = 5000, .cut = 4000, .end = FAULT_RESET}, DSTACK_ERR_PROTOCOL,
        DSTACK_ERR_IO, NULL},
    {{.head = OK_HEAD "Content-Length: 99999999999999999999\r\n\r\n",
         .end = FAULT_CLOSE},
        DSTACK_ERR_PROTOCOL, 0, NULL},
    {{.head = OK_HEAD "Content-Length: -5\r\n\r\n", .end = FAULT_CLOSE},
        DSTACK_ERR_PROTOCOL, 0, NULL},
    {{.head = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n",
         BODY("5\r\nabc"),
         .end = FAULT_CLOSE},
        DSTACK_ERR_PROTOCOL, 0, NULL},
    {{.head = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n",
         BODY("3\r\nabc\r\n"),
         .end = FAULT_CLOSE},
        DSTACK_ERR_PROTOCOL, 0, NULL},
    {{.head = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n",
         BODY("xyz\r\nabc\r\n"),
         .end = FAULT_SILENT},
        DSTACK_ERR_PROTOCOL, 0, NULL},
    {{.head = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n",
         BODY("fffffffffffffffff\r\nabc\r\n"),
         .end = FAULT_SILENT},
        DSTACK_ERR_PROTOCOL, 0, NULL},
    {{.head = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n",
         BODY("3\r\nabcXX"),
         .end = FAULT_SILENT},
        DSTACK_ERR_PROTOCOL, 0, NULL},
};

static void
survives_faults(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        for (size_t n = 0; n < COUNT(faults); n++) {
            http_use *u = &over[i];
            int code = faults[n].code;

            if (i == 1 && faults[n].tcp_code != 0)
                code = faults[n].tcp_code;
            http_use_plan(u, &faults[n].fault, 1);
            if (http_use_call(u, HTTP_SHORT_MS) != code)
                fail_msg("fault %zu over %s: %s", n, i ? "TCP" : "unix",
                    u->err.message);
            if (code == DSTACK_ERR_TIMEOUT)
                assert_true(u->took >= HTTP_SHORT_MS);
            if (faults[n].message)
                assert_non_null(strstr(u->err.message, faults[n].message));
            assert_int_equal(http_fault_requests(u->server), 1);
            /* The next call is none the worse for it. */
            http_fault_plan(u->server, NULL, 0);
            assert_int_equal(http_use_call(u, HTTP_LONG_MS), DSTACK_OK);
            assert_body(u, "{}", 2);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_endpoints),
        cmocka_unit_test(refuses_endpoints),
        cmocka_unit_test(takes_the_longest_path),
        cmocka_unit_test(keeps_the_base_path),
        cmocka_unit_test(refuses_other_paths),
        cmocka_unit_test(posts_json),
        cmocka_unit_test(gets),
        cmocka_unit_test(posts_any_body),
        cmocka_unit_test(reads_no_environment),
        cmocka_unit_test(takes_answers),
        cmocka_unit_test(forgets_what_was_not_asked_for),
        cmocka_unit_test(keeps_headers_that_are_wanted),
        cmocka_unit_test(marks_secret_answers),
        cmocka_unit_test(bounds_bodies),
        cmocka_unit_test(bounds_headers),
        cmocka_unit_test(survives_faults),
    };

    return cmocka_run_group_tests(tests, start_servers, stop_servers);
}
