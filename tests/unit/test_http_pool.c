/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: made, kept, lost, tried again, shared, cancelled. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
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

#include "dstack/error.h"
#include "support/http_use.h"

enum {
    CANCEL_MS = 100, /* what a cancellation may take */
    MAX_IDLE = 16    /* connections that a pool keeps */
};

static const http_fault fine = {.end = FAULT_KEEP};
static const http_fault dies = {.mute = true, .end = FAULT_CLOSE};
static const http_fault resets = {.mute = true, .end = FAULT_RESET};
static const http_fault leaves = {
    .mute = true, .unread = true, .end = FAULT_RESET};
static const http_fault silent = {.mute = true, .end = FAULT_SILENT};

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
sleep_ms(long ms)
{
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000};

    nanosleep(&t, NULL);
}

static unsigned
descriptors(void)
{
    unsigned n = 0;

    for (int fd = 0; fd < 4096; fd++)
        n += fcntl(fd, F_GETFD) != -1;
    return n;
}

/* A call with a ds_http of its own. */
static int
call_once(
    const char *endpoint, uint32_t connect_ms, unsigned ms, dstack_error *err)
{
    ds_http_request request = {.path = "/x", .max_body = 100};
    ds_http_reply reply;
    ds_http *http;
    int code;

    assert_int_equal(ds_http_new(endpoint, connect_ms, &http, err), DSTACK_OK);
    request.deadline_ms = ds_http_now_ms() + ms;
    code = ds_http_call(http, &request, &reply, err);
    ds_http_reply_free(&reply);
    ds_http_free(http);
    return code;
}

/* ---- no connection ---------------------------------------------------------- */

static void
listen_at(const char *path, bool really)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    if (really)
        assert_int_equal(listen(fd, 1), 0);
    close(fd);
}

static void
says_why_there_is_no_socket(void **state)
{
    char dir[] = "/tmp/test_http.XXXXXX", path[64];
    dstack_error err;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/agent", dir);
    assert_int_equal(call_once(path, 1000, HTTP_LONG_MS, &err), DSTACK_ERR_IO);
    assert_non_null(strstr(err.message, "no such socket"));
    assert_int_equal(strncmp(err.message, path, 20), 0);
    assert_int_equal(err.origin, DSTACK_ORIGIN_ERRNO);
    assert_int_equal(err.detail, ENOENT);

    listen_at(path, true);
    assert_int_equal(call_once(path, 1000, HTTP_LONG_MS, &err), DSTACK_ERR_IO);
    assert_non_null(strstr(err.message, "mount its directory"));
    assert_int_equal(err.detail, ECONNREFUSED);

    assert_int_equal(call_once(dir, 1000, HTTP_LONG_MS, &err), DSTACK_ERR_IO);
    assert_non_null(strstr(err.message, "not a socket"));
    unlink(path);
    rmdir(dir);
}

/* In a child that is not root, for whom a socket's mode means something. */
static void
says_when_it_may_not(void **state)
{
    char dir[] = "/tmp/test_http.XXXXXX", path[64];
    dstack_error err;
    int status;
    pid_t child;

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chmod(dir, 0755), 0);
    snprintf(path, sizeof path, "%s/agent", dir);
    listen_at(path, true);
    assert_int_equal(chmod(path, 0), 0);
    child = fork();
    assert_int_not_equal(child, -1);
    if (child == 0) {
        bool ok = geteuid() != 0 || setuid(65534) == 0;

        ok = ok && call_once(path, 1000, HTTP_LONG_MS, &err) == DSTACK_ERR_IO;
        ok = ok && strstr(err.message, "no permission") && err.detail == EACCES;
        _exit(ok ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    unlink(path);
    rmdir(dir);
}

static void
says_why_there_is_no_tcp(void **state)
{
    const http_fault_options tcp = {.tcp = true},
                             early = {.tcp = true, .early = true};
    http_fault_server *s = http_fault_start(&tcp);
    char endpoint[64];
    dstack_error err;

    (void)state;
    assert_non_null(s);
    snprintf(endpoint, sizeof endpoint, "%s", http_fault_endpoint(s));
    http_fault_stop(s);
    assert_int_equal(
        call_once(endpoint, 1000, HTTP_LONG_MS, &err), DSTACK_ERR_IO);
    assert_int_equal(strncmp(err.message, endpoint, strlen(endpoint)), 0);
    assert_int_equal(err.origin, DSTACK_ORIGIN_CURL);
    assert_int_equal(err.detail, 7); /* CURLE_COULDNT_CONNECT */
    /* TLS is asked for, and the other side goes away. */
    s = http_fault_start(&early);
    assert_non_null(s);
    http_fault_plan(s, &dies, 1);
    snprintf(endpoint, sizeof endpoint, "https%s", http_fault_endpoint(s) + 4);
    assert_int_equal(
        call_once(endpoint, 1000, HTTP_LONG_MS, &err), DSTACK_ERR_IO);
    assert_int_equal(err.origin, DSTACK_ORIGIN_CURL);
    http_fault_stop(s);
}

/* Nobody accepts, and the queue of those who wait is full. */
static void
waits_for_a_connection_for_its_time(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        const http_fault_options deaf = {.tcp = i == 1, .deaf = true};
        http_fault_server *s = http_fault_start(&deaf);
        int64_t start = ds_http_now_ms(), took;
        dstack_error err;

        assert_non_null(s);
        assert_int_equal(call_once(http_fault_endpoint(s), HTTP_SHORT_MS,
                             HTTP_LONG_MS, &err),
            DSTACK_ERR_TIMEOUT);
        took = ds_http_now_ms() - start;
        assert_in_range(took, HTTP_SHORT_MS, HTTP_SHORT_MS + HTTP_SLACK_MS);
        assert_non_null(strstr(err.message, "no connection"));
        start = ds_http_now_ms();
        assert_int_equal(call_once(http_fault_endpoint(s), HTTP_LONG_MS,
                             HTTP_SHORT_MS, &err),
            DSTACK_ERR_TIMEOUT);
        took = ds_http_now_ms() - start;
        assert_in_range(took, HTTP_SHORT_MS, HTTP_SHORT_MS + HTTP_SLACK_MS);
        http_fault_stop(s);
    }
}

/* The queue is full for a while. */
static void
gets_its_turn(void **state)
{
    const http_fault_options deaf = {.deaf_ms = 100};
    http_fault_server *s = http_fault_start(&deaf);
    int64_t start = ds_http_now_ms();
    dstack_error err;

    (void)state;
    assert_non_null(s);
    assert_int_equal(
        call_once(http_fault_endpoint(s), HTTP_LONG_MS, HTTP_LONG_MS, &err),
        DSTACK_OK);
    assert_in_range(ds_http_now_ms() - start, 90, 90 + HTTP_SLACK_MS);
    assert_int_equal(http_fault_requests(s), 1);
    http_fault_stop(s);
}

static void
is_late_before_it_begins(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        http_use_plan(&over[i], NULL, 0);
        assert_int_equal(http_use_call(&over[i], 0), DSTACK_ERR_TIMEOUT);
        assert_int_equal(http_fault_connections(over[i].server), 0);
    }
}

/* ---- trying again -------------------------------------------------------------- */

static int
call_with(http_use *u, bool once, size_t body)
{
    char *text = calloc(1, body + 1);
    ds_http_request request = {.path = "/x", .max_body = 100, .once = once};
    int code;

    assert_non_null(text);
    request.body = ds_view_of(text, body);
    code = http_use_request(u, request, HTTP_LONG_MS);
    free(text);
    return code;
}

static const struct {
    const http_fault *plan[3];
    bool once;   /* the second call is */
    size_t body; /* of the second call */
    int code;    /* of the second call */
    unsigned requests, connections;
} lost[] = {
    /* It dies after the second request arrived: once more, on a new one. */
    {{&fine, &dies, &fine}, false, 2, DSTACK_OK, 3, 2},
    {{&fine, &resets, &fine}, false, 2, DSTACK_OK, 3, 2},
    /* But not twice more. */
    {{&fine, &dies, &dies}, false, 2, DSTACK_ERR_IO, 3, 2},
    {{&fine, &resets, &resets}, false, 2, DSTACK_ERR_IO, 3, 2},
    /* Sent once: on a connection of its own, whatever happens. */
    {{&fine, &dies, &fine}, true, 2, DSTACK_ERR_IO, 2, 2},
    {{&fine, &resets, &fine}, true, 2, DSTACK_ERR_IO, 2, 2},
    {{&fine, &fine, &fine}, true, 2, DSTACK_OK, 2, 2},
    /* It dies while the request is being sent. */
    {{&fine, &leaves, &fine}, false, 3u << 20, DSTACK_OK, 3, 2},
    {{&fine, &leaves, &leaves}, false, 3u << 20, DSTACK_ERR_IO, 3, 2},
    {{&fine, &leaves, &fine}, true, 3u << 20, DSTACK_ERR_IO, 2, 2},
};

static void
tries_again_where_it_may(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        for (size_t n = 0; n < sizeof lost / sizeof *lost; n++) {
            http_use *u = &over[i];
            const http_fault plan[] = {
                *lost[n].plan[0], *lost[n].plan[1], *lost[n].plan[2]};

            http_use_plan(u, plan, 3);
            assert_int_equal(call_with(u, false, 2), DSTACK_OK);
            assert_int_equal(
                call_with(u, lost[n].once, lost[n].body), lost[n].code);
            assert_int_equal(http_fault_requests(u->server), lost[n].requests);
            assert_int_equal(
                http_fault_connections(u->server), lost[n].connections);
        }
    }
}

/* A connection that is new is not tried again; nor is one that brought
 * something. */
static void
does_not_try_again_otherwise(void **state)
{
    const http_fault cut[] = {
        {.end = FAULT_KEEP}, {.cut = 30, .end = FAULT_CLOSE}, {.wait_ms = 0}};
    const http_fault slow[] = {{.end = FAULT_KEEP}, silent, {.wait_ms = 0}};

    (void)state;
    for (int i = 0; i < 2; i++) {
        http_use *u = &over[i];

        http_use_plan(u, &dies, 1);
        assert_int_equal(call_with(u, false, 2), DSTACK_ERR_IO);
        assert_int_equal(http_fault_requests(u->server), 1);

        http_use_plan(u, cut, 3);
        assert_int_equal(call_with(u, false, 2), DSTACK_OK);
        assert_int_equal(call_with(u, false, 2), DSTACK_ERR_PROTOCOL);
        assert_int_equal(http_fault_requests(u->server), 2);

        http_use_plan(u, slow, 3);
        assert_int_equal(call_with(u, false, 2), DSTACK_OK);
        assert_int_equal(http_use_call(u, HTTP_SHORT_MS), DSTACK_ERR_TIMEOUT);
        assert_int_equal(http_fault_requests(u->server), 2);
    }
}

/* The other side closed it while it was idle. */
static void
replaces_what_went_stale(void **state)
{
    const http_fault closes = {.end = FAULT_CLOSE};
    const http_fault resets_later = {.end = FAULT_RESET};

    (void)state;
    for (int i = 0; i < 2; i++) {
        http_use *u = &over[i];

        for (int n = 0; n < 2; n++) {
            http_use_plan(u, n == 0 ? &closes : &resets_later, 1);
            for (unsigned k = 1; k <= 5; k++) {
                assert_int_equal(call_with(u, k == 3, 2), DSTACK_OK);
                assert_int_equal(http_fault_requests(u->server), k);
                assert_int_equal(http_fault_connections(u->server), k);
            }
        }
    }
}

/* ---- cancelling ------------------------------------------------------------------ */

typedef struct {
    http_use *use;
    int code;
    int64_t ended;
} caller;

static void *
call_in_thread(void *arg)
{
    caller *c = arg;
    ds_http_request request = {.path = "/x", .max_body = 100};
    ds_http_reply reply;

    request.deadline_ms = ds_http_now_ms() + HTTP_LONG_MS;
    c->code = ds_http_call(c->use->http, &request, &reply, NULL);
    c->ended = ds_http_now_ms();
    ds_http_reply_free(&reply);
    return NULL;
}

/* Several calls hang; all of them end, also when it is resumed at once. */
static void
cancels(http_use *u, bool resume_at_once)
{
    caller callers[4];
    pthread_t threads[4];
    int64_t start;

    for (int i = 0; i < 4; i++) {
        callers[i].use = u;
        assert_int_equal(
            pthread_create(&threads[i], NULL, call_in_thread, &callers[i]), 0);
    }
    sleep_ms(50);
    start = ds_http_now_ms();
    ds_http_cancel(u->http);
    if (resume_at_once)
        ds_http_resume(u->http);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(callers[i].code, DSTACK_ERR_CANCELLED);
        assert_true(callers[i].ended - start < CANCEL_MS);
    }
    if (resume_at_once)
        return;
    /* Later ones do not get away. */
    http_fault_plan(u->server, NULL, 0);
    assert_int_equal(http_use_call(u, HTTP_LONG_MS), DSTACK_ERR_CANCELLED);
    assert_int_equal(http_fault_requests(u->server), 0);
    ds_http_resume(u->http);
    assert_int_equal(http_use_call(u, HTTP_LONG_MS), DSTACK_OK);
}

static void
cancels_what_hangs(void **state)
{
    const http_fault hangs[] = {silent, {.cut = 30, .end = FAULT_SILENT},
        {.piece = 1, .piece_ms = 30, .fill = 1000}};

    (void)state;
    for (int i = 0; i < 2; i++) {
        for (size_t n = 0; n < 3; n++) {
            http_use_plan(&over[i], &hangs[n], 1);
            cancels(&over[i], true);
            cancels(&over[i], false);
        }
    }
}

static void
cancels_who_waits_in_the_queue(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        const http_fault_options deaf = {.tcp = i == 1, .deaf = true};
        http_use u;

        http_use_start(&u, &deaf);
        cancels(&u, true);
        http_use_stop(&u);
    }
}

/* ---- threads ---------------------------------------------------------------------- */

enum {
    THREADS = 64,
    CALLS = 40
};

static void *
call_often(void *arg)
{
    http_use *u = arg;
    uintptr_t failed = 0;

    for (int i = 0; i < CALLS; i++) {
        ds_http_request request = {.path = "/x", .max_body = 100};
        ds_http_reply reply;

        request.body = ds_view_str("{}");
        request.once = i % 8 == 0;
        request.deadline_ms = ds_http_now_ms() + HTTP_LONG_MS;
        if (ds_http_call(u->http, &request, &reply, NULL) != DSTACK_OK ||
            reply.body.n != 2)
            failed++;
        ds_http_reply_free(&reply);
    }
    return (void *)failed; /* NOLINT: a count, never a pointer */
}

static void
serves_threads(http_use *u)
{
    pthread_t threads[THREADS];
    unsigned before;

    http_use_plan(u, NULL, 0);
    assert_true(http_fault_settles(u->server, 0));
    before = descriptors();
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, call_often, u), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failed;

        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(http_fault_requests(u->server), THREADS * CALLS);
    assert_true(http_fault_settles(u->server, MAX_IDLE));
    assert_true(http_fault_open(u->server) > 0);
    ds_http_free(u->http);
    u->http = NULL;
    assert_true(http_fault_settles(u->server, 0));
    assert_int_equal(descriptors(), before);
}

static void
serves_threads_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        serves_threads(&over[i]);
}

/* Failed calls leave no descriptor behind either. */
static void
loses_no_descriptor(void **state)
{
    const http_fault broken = {.fill = 100, .cut = 100, .end = FAULT_CLOSE};

    (void)state;
    for (int i = 0; i < 2; i++) {
        unsigned before;

        http_use_plan(&over[i], &broken, 1);
        assert_true(http_fault_settles(over[i].server, 0));
        before = descriptors();
        for (int n = 0; n < 50; n++)
            assert_int_equal(
                http_use_call(&over[i], HTTP_LONG_MS), DSTACK_ERR_PROTOCOL);
        assert_true(http_fault_settles(over[i].server, 0));
        assert_int_equal(descriptors(), before);
    }
}

static void
says_when_descriptors_run_out(void **state)
{
    struct rlimit old, none;
    http_use *u = &over[0];

    (void)state;
    http_use_plan(u, NULL, 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    none = old;
    assert_true(http_fault_settles(u->server, 0));
    /* None is left, or one. */
    for (int n = 0; n < 2; n++) {
        int lowest = dup(0), code;

        close(lowest);
        none.rlim_cur = (rlim_t)(lowest + n);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        code = http_use_call(u, HTTP_LONG_MS);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
        assert_int_equal(code, DSTACK_ERR_IO);
        assert_true(u->took < HTTP_LONG_MS / 2);
    }
    assert_int_equal(http_use_call(u, HTTP_LONG_MS), DSTACK_OK);
}

/* ---- fork --------------------------------------------------------------------------- */

static void
lets_a_child_free_and_no_more(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        http_use *u = &over[i];
        pid_t child;
        int status;

        http_use_plan(u, NULL, 0);
        assert_int_equal(http_use_call(u, HTTP_LONG_MS), DSTACK_OK);
        child = fork();
        assert_int_not_equal(child, -1);
        if (child == 0) {
            ds_http_request request = {.path = "/x"};
            ds_http_reply reply;
            int code;

            request.deadline_ms = ds_http_now_ms() + HTTP_LONG_MS;
            code = ds_http_call(u->http, &request, &reply, &u->err);
            ds_http_reply_free(&reply);
            ds_http_free(u->http);
            _exit(code == DSTACK_ERR_ARG && strstr(u->err.message, "fork") ? 0
                                                                           : 1);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        /* The parent's connection stands. */
        assert_int_equal(http_use_call(u, HTTP_LONG_MS), DSTACK_OK);
        assert_int_equal(http_fault_connections(u->server), 1);
        assert_int_equal(http_fault_requests(u->server), 2);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_why_there_is_no_socket),
        cmocka_unit_test(says_when_it_may_not),
        cmocka_unit_test(says_why_there_is_no_tcp),
        cmocka_unit_test(waits_for_a_connection_for_its_time),
        cmocka_unit_test(gets_its_turn),
        cmocka_unit_test(is_late_before_it_begins),
        cmocka_unit_test(tries_again_where_it_may),
        cmocka_unit_test(does_not_try_again_otherwise),
        cmocka_unit_test(replaces_what_went_stale),
        cmocka_unit_test(cancels_what_hangs),
        cmocka_unit_test(cancels_who_waits_in_the_queue),
        cmocka_unit_test(serves_threads_at_once),
        cmocka_unit_test(loses_no_descriptor),
        cmocka_unit_test(says_when_descriptors_run_out),
        cmocka_unit_test(lets_a_child_free_and_no_more),
    };

    return cmocka_run_group_tests(tests, start_servers, stop_servers);
}
