/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http.h"

#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "net/line.h"
#include "net/transport.h"

enum {
    MAX_IDLE = 16 /* lines kept for later calls */
};

struct ds_http {
    ds_endpoint at;
    uint32_t connect_ms;
    dstack_transport transport; /* call is NULL: libcurl */
    pid_t owner;                /* whose connections these are */
    pthread_mutex_t lock;       /* of what follows */
    bool cancelled;
    unsigned idle_count;
    ds_line *idle;
    ds_line *busy;
};

int64_t
ds_http_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int
ds_http_check_endpoint(const char *endpoint, dstack_error *err)
{
    ds_endpoint at;
    int code = ds_endpoint_parse(endpoint, &at, err);

    ds_endpoint_free(&at);
    return code;
}

/* Libcurl's own set-up, once in a process that succeeds with it; never undone,
 * since others may use libcurl too. */
static int
set_up_libcurl(dstack_error *err)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool done;
    CURLcode rc = CURLE_OK;

    pthread_mutex_lock(&lock);
    if (!done)
        rc = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (rc == CURLE_OK)
        done = true;
    pthread_mutex_unlock(&lock);
    return rc == CURLE_OK ? DSTACK_OK : ds_fail_nomem(err);
}

static ds_http *
make(void)
{
    ds_http *http = ds_calloc(1, sizeof *http);

    if (!http)
        return NULL;
    if (pthread_mutex_init(&http->lock, NULL) != 0) {
        ds_free(http);
        return NULL;
    }
    http->owner = getpid();
    return http;
}

int
ds_http_new(
    const char *endpoint, uint32_t connect_ms, ds_http **ret, dstack_error *err)
{
    ds_http *http = NULL;
    int code;

    *ret = NULL;
    ds_err_clear(err);
    code = set_up_libcurl(err);
    if (code != DSTACK_OK)
        return code;
    http = make();
    if (!http)
        return ds_fail_nomem(err);
    http->connect_ms = connect_ms;
    code = ds_endpoint_parse(endpoint, &http->at, err);
    if (code != DSTACK_OK) {
        ds_http_free(http);
        return code;
    }
    *ret = http;
    return DSTACK_OK;
}

int
ds_http_new_transport(
    const dstack_transport *transport, ds_http **ret, dstack_error *err)
{
    *ret = NULL;
    ds_err_clear(err);
    if (ds_http_check_transport(transport) != DSTACK_OK)
        return ds_fail(err, DSTACK_ERR_ARG,
            "transport: abi_size is not %zu, reserved not 0, or no call",
            sizeof *transport);
    *ret = make();
    if (!*ret)
        return ds_fail_nomem(err);
    (*ret)->transport = *transport;
    memcpy((*ret)->at.name, "transport", sizeof "transport");
    return DSTACK_OK;
}

/* In a child after a fork. If the parent was just at the list, or in a call,
 * what it was at is left as it is. */
static void
abandon(ds_http *http)
{
    ds_line *line, *next;

    if (pthread_mutex_trylock(&http->lock) != 0)
        return;
    for (line = http->idle; line; line = next) {
        next = line->next;
        ds_line_abandon(line);
    }
    pthread_mutex_unlock(&http->lock);
}

void
ds_http_free(ds_http *http)
{
    ds_line *line, *next;

    if (!http)
        return;
    if (http->owner != getpid()) {
        abandon(http);
    } else {
        for (line = http->idle; line; line = next) {
            next = line->next;
            ds_line_free(line);
        }
        pthread_mutex_destroy(&http->lock);
    }
    ds_endpoint_free(&http->at);
    ds_free(http);
}

void
ds_http_cancel(ds_http *http)
{
    pthread_mutex_lock(&http->lock);
    http->cancelled = true;
    for (ds_line *line = http->busy; line; line = line->next)
        ds_line_cancel(line);
    pthread_mutex_unlock(&http->lock);
}

void
ds_http_resume(ds_http *http)
{
    pthread_mutex_lock(&http->lock);
    http->cancelled = false;
    pthread_mutex_unlock(&http->lock);
}

static void
push(ds_line **list, ds_line *line)
{
    line->next = *list;
    line->back = list;
    if (line->next)
        line->next->back = &line->next;
    *list = line;
}

static void
pull(ds_line *line)
{
    *line->back = line->next;
    if (line->next)
        line->next->back = line->back;
}

/* Put a line among the busy ones: a new one, or (NULL) that used last if one
 * is idle, since its connection is the likeliest to stand. *cancelled tells
 * that there may be none. */
static ds_line *
start(ds_http *http, ds_line *line, bool *cancelled)
{
    pthread_mutex_lock(&http->lock);
    *cancelled = http->cancelled;
    if (*cancelled) {
        line = NULL;
    } else if (!line && http->idle) {
        line = http->idle;
        pull(line);
        http->idle_count--;
    }
    if (line) {
        atomic_store(&line->cancelled, false);
        push(&http->busy, line);
    }
    pthread_mutex_unlock(&http->lock);
    return line;
}

static int
refuse(const ds_http *http, dstack_error *err)
{
    return ds_fail(err, DSTACK_ERR_CANCELLED,
        "%s: calls are cancelled until they are resumed", http->at.name);
}

/* A line to call with; NULL, and why in *code. */
static ds_line *
take_line(ds_http *http, int *code, dstack_error *err)
{
    ds_line *made = NULL, *line;
    bool cancelled;

    line = start(http, NULL, &cancelled);
    if (!line && !cancelled) {
        *code = ds_line_new(&http->at, http->connect_ms, &made, err);
        if (*code != DSTACK_OK)
            return NULL;
        line = start(http, made, &cancelled);
    }
    if (!line) {
        ds_line_free(made);
        *code = refuse(http, err);
    }
    return line;
}

/* A call that failed leaves nothing behind that another one could meet. */
static void
give_back(ds_http *http, ds_line *line, int code)
{
    pthread_mutex_lock(&http->lock);
    pull(line);
    if (code == DSTACK_OK && http->idle_count < MAX_IDLE) {
        push(&http->idle, line);
        http->idle_count++;
        line = NULL;
    }
    pthread_mutex_unlock(&http->lock);
    ds_line_free(line);
}

static void
reply_init(ds_http_reply *reply, const ds_http_request *request)
{
    size_t max = request->max_body;

    memset(reply, 0, sizeof *reply);
    if (max < DS_MAX_HTTP_ERROR)
        max = DS_MAX_HTTP_ERROR;
    if (request->secret)
        ds_buf_init_secret(&reply->body, max);
    else
        ds_buf_init(&reply->body, max);
    for (size_t i = 0; i < DS_HTTP_WANTED; i++)
        ds_buf_init(&reply->got[i], DS_MAX_HTTP_HEAD);
}

void
ds_http_reply_free(ds_http_reply *reply)
{
    ds_buf_free(&reply->body);
    for (size_t i = 0; i < DS_HTTP_WANTED; i++)
        ds_buf_free(&reply->got[i]);
}

static int
call_transport(ds_http *http, const ds_http_request *request,
    ds_http_reply *reply, dstack_error *err)
{
    bool cancelled;

    pthread_mutex_lock(&http->lock);
    cancelled = http->cancelled;
    pthread_mutex_unlock(&http->lock);
    if (cancelled)
        return refuse(http, err);
    return ds_transport_exchange(&http->transport, request, reply, err);
}

int
ds_http_call(ds_http *http, const ds_http_request *request,
    ds_http_reply *reply, dstack_error *err)
{
    ds_line *line;
    int code;

    reply_init(reply, request);
    ds_err_clear(err);
    if (http->owner != getpid())
        return ds_fail(err, DSTACK_ERR_ARG,
            "%s: made before a fork: the child needs a client of its own",
            http->at.name);
    if (request->path[0] != '/' || !ds_url_is_plain(request->path) ||
        strlen(request->path) > DS_MAX_HTTP_PATH)
        return ds_fail(err, DSTACK_ERR_ARG,
            "%s: the path of a request is not a plain one", http->at.name);
    if (http->transport.call)
        return call_transport(http, request, reply, err);
    line = take_line(http, &code, err);
    if (!line)
        return code;
    code = ds_line_exchange(line, request, reply, err);
    give_back(http, line, code);
    return code;
}
