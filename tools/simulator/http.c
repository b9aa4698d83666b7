/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* POLLRDHUP */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "server.h"

/* HTTP: libmicrohttpd's connections on one side, calls and documents on the
 * other, and the faults in between. */

#define THREADS 4
#define IDLE_SECONDS 10u
#define CONNECTIONS 1024u
/* Request line and headers, and what an answer's headers need. */
#define CONNECTION_BYTES ((size_t)512 << 10)

/* One request. */
typedef struct {
    const sim_listener *listener;
    ds_buf uri;
    ds_buf body;
    bool begun;
    bool too_long;
    bool close; /* a fault closes the connection behind it */
} exchange;

/* ---- bodies -------------------------------------------------------------- */

/* What a response sends, and how. */
typedef struct {
    ds_buf bytes;
    const sim_server *server;
    const sim_fault *fault; /* may be NULL */
} content;

static void
free_content(void *cls)
{
    content *c = cls;

    ds_buf_free(&c->bytes);
    ds_free(c);
}

/* False when the simulator ends, or the client went away, before the time is
 * over; ms below 0 is forever. */
static bool
wait_ms(const sim_server *s, int fd, int ms)
{
    struct pollfd fds[2] = {
        {.fd = s->stop[0], .events = 0}, {.fd = fd, .events = POLLRDHUP}};

    return poll(fds, 2, ms) == 0;
}

/* FAULT_DRIP, FAULT_TRUNCATED, FAULT_OVERSIZED. */
static ssize_t
read_content(void *cls, uint64_t at, char *to, size_t max)
{
    content *c = cls;
    size_t left = at < c->bytes.n ? c->bytes.n - (size_t)at : 0;

    if (!wait_ms(
            c->server, -1, c->fault->kind == FAULT_DRIP ? c->fault->ms : 0))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (c->fault->kind == FAULT_OVERSIZED) {
        /* Hex digits without end behind the answer's beginning. */
        size_t n = left < max ? left : max;

        if (n == 0) {
            memset(to, '0', max);
            return (ssize_t)max;
        }
        memcpy(to, c->bytes.p + at, n);
        return (ssize_t)n;
    }
    if (left == 0)
        return c->fault->kind == FAULT_TRUNCATED
                   ? MHD_CONTENT_READER_END_WITH_ERROR
                   : MHD_CONTENT_READER_END_OF_STREAM;
    if (c->fault->kind == FAULT_DRIP)
        max = 1;
    memcpy(to, c->bytes.p + at, left < max ? left : max);
    return (ssize_t)(left < max ? left : max);
}

static struct MHD_Response *
make_response(content *c)
{
    const sim_fault *f = c->fault;
    uint64_t size = c->bytes.n;

    if (f && f->kind == FAULT_OVERSIZED) {
        ds_buf_cut(&c->bytes, size < 12 ? (size_t)size : 12);
        size = MHD_SIZE_UNKNOWN;
    } else if (f && f->kind == FAULT_TRUNCATED) {
        ds_buf_cut(&c->bytes, (size_t)size / 2);
    } else if (!f || f->kind != FAULT_DRIP) {
        return MHD_create_response_from_buffer_with_free_callback_cls(
            c->bytes.n, c->bytes.p, free_content, c);
    }
    return MHD_create_response_from_callback(
        size, 4096, read_content, c, free_content);
}

/* ---- headers ------------------------------------------------------------- */

static bool
add_header(struct MHD_Response *r, const char *name, const char *value)
{
    return MHD_add_response_header(r, name, value) == MHD_YES;
}

static bool
add_headers(struct MHD_Response *r, const sim_listener *l, const sim_answer *a)
{
    int os = sim_guest_os(l->server->guest);
    char version[40];

    snprintf(version, sizeof version, "v%s (unknown)", sim_os_name(os));
    return add_header(r, "Content-Type", a->type) &&
           add_header(r, "Server",
               os == SIM_OS_0_3_6 ? "Tappd Server" : "dstack Simulator") &&
           add_header(r, "Permissions-Policy", "interest-cohort=()") &&
           add_header(r, "X-Content-Type-Options", "nosniff") &&
           add_header(r, "X-Frame-Options", "SAMEORIGIN") &&
           (l->kind != LISTEN_WORKER ||
               add_header(r, "X-App-Version", version)) &&
           (!a->header || a->value.n == 0 ||
               add_header(r, a->header, (const char *)a->value.p));
}

/* Sends the answer, whose body it takes. */
static enum MHD_Result
send_answer(struct MHD_Connection *con, const exchange *x,
    const sim_fault *fault, sim_answer *a)
{
    content *c = ds_malloc(sizeof *c);
    struct MHD_Response *r;
    enum MHD_Result done = MHD_NO;

    if (!c || a->body.bad || a->body.nomem || a->value.nomem) {
        ds_free(c);
        return MHD_NO;
    }
    ds_buf_add(&a->body, NULL, 0); /* an empty one is still a block */
    c->bytes = a->body;
    c->server = x->listener->server;
    c->fault = fault;
    ds_buf_init_secret(&a->body, SIM_MAX_ANSWER);
    r = make_response(c);
    if (!r) {
        free_content(c);
        return MHD_NO;
    }
    if (add_headers(r, x->listener, a))
        done = MHD_queue_response(con, (unsigned)a->status, r);
    MHD_destroy_response(r);
    return done;
}

/* ---- faults -------------------------------------------------------------- */

static int
socket_of(struct MHD_Connection *con)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(con, MHD_CONNECTION_INFO_CONNECTION_FD);

    return info ? info->connect_fd : -1;
}

/* The first that is meant for this call. */
static sim_fault *
find_fault(const sim_listener *l, ds_view method)
{
    sim_server *s = l->server;

    for (size_t i = 0; l->kind != LISTEN_PCCS && i < s->fault_n; i++)
        if (s->faults[i].method[0] == 0 ||
            ds_view_eq_str(method, s->faults[i].method))
            return &s->faults[i];
    return NULL;
}

/* A connection is broken off with a reset where the socket can do that. */
static void
break_off(struct MHD_Connection *con)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    setsockopt(socket_of(con), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

/* What happens before an answer is made; false: there is none. */
static bool
fault_before(struct MHD_Connection *con, exchange *x, const sim_fault *f)
{
    const sim_server *s = x->listener->server;
    int fd = socket_of(con);

    switch (f->kind) {
    case FAULT_SLOW:
        return wait_ms(s, fd, f->ms);
    case FAULT_SILENT:
        wait_ms(s, fd, -1);
        return false;
    case FAULT_RESETTING:
        break_off(con);
        return false;
    case FAULT_STALE:
        x->close = true;
        return true;
    default:
        return true;
    }
}

/* ---- answers ------------------------------------------------------------- */

static bool
bend_answer(void *user, const sim_message *m, sim_bend *bend)
{
    const sim_fault *f = user;
    size_t n = sim_count(m->schema);
    size_t at = 0;

    if (!f || f->kind != FAULT_MALFORMED || f->how.what == MALFORM_BODY)
        return false;
    if (f->how.what == MALFORM_FIELD)
        at = sim_at(m, f->field);
    while (f->how.what == MALFORM_LIST && at < n &&
           m->schema->fields[at].type < SIM_STRINGS)
        at++;
    bend->field = at;
    bend->raw = f->how.raw;
    bend->cut = f->how.cut;
    return at < n;
}

/* Faults of the whole body. */
static void
bend_body(const sim_fault *f, const char *accept, sim_answer *a)
{
    ds_buf whole = a->body;
    size_t n = whole.n;

    if (f->kind == FAULT_ERROR500) {
        sim_page(500, accept, a);
    } else if (f->kind == FAULT_HTML) {
        sim_page(404, NULL, a);
        a->status = 200;
    }
    if (f->kind != FAULT_MALFORMED || f->how.what != MALFORM_BODY)
        return;
    n = f->how.cut == SIZE_MAX ? n / 2 : n - (f->how.cut < n ? f->how.cut : n);
    ds_buf_init_secret(&a->body, SIM_MAX_ANSWER);
    for (const char *p = f->how.raw; *p; p++)
        if (*p == '@')
            ds_buf_add(&a->body, whole.p, n);
        else
            ds_buf_add_u8(&a->body, (uint8_t)*p);
    ds_buf_free(&whole);
    if (f->how.status != 0)
        a->status = f->how.status;
    if (f->how.html)
        a->type = "text/html; charset=utf-8";
}

static const char *
get_header(struct MHD_Connection *con, const char *name)
{
    return MHD_lookup_connection_value(con, MHD_HEADER_KIND, name);
}

/* application/json, whatever its parameters. */
static bool
is_json_type(const char *type)
{
    static const char json[] = "application/json";
    size_t n = sizeof json - 1;

    return type && strncasecmp(type, json, n) == 0 &&
           (type[n] == 0 || strchr(" \t;", type[n]) != NULL);
}

static bool
has_json_flag(ds_view query)
{
    ds_view flag;

    return sim_query_get(query, "json", &flag) &&
           (flag.n == 0 || ds_view_eq_str(flag, "1") ||
               ds_view_eq_str(flag, "true"));
}

static enum MHD_Result
call(struct MHD_Connection *con, exchange *x, sim_request *r, sim_answer *a)
{
    sim_guest *g = x->listener->server->guest;
    sim_fault *f =
        find_fault(x->listener, sim_method_name(r->surface, r->method));
    sim_reply reply;

    if (f && !fault_before(con, x, f))
        return MHD_NO;
    r->json_flag = r->get || has_json_flag(r->query);
    r->json_type = is_json_type(get_header(con, "Content-Type"));
    r->too_long = x->too_long;
    r->body = ds_view_of(x->body.p, x->body.n);
    sim_rpc(g, (int64_t)time(NULL), r, bend_answer, f, &reply);
    a->status = reply.status;
    a->body = reply.body;
    a->type = reply.json && sim_guest_os(g) != SIM_OS_0_3_6
                  ? "application/json"
                  : "application/octet-stream";
    if (f)
        bend_body(f, get_header(con, "Accept"), a);
    return send_answer(con, x, f, a);
}

/* The path, and the query behind it; of a whole URL what follows the host. */
static void
split_uri(ds_view uri, ds_view *path, ds_view *query)
{
    size_t n = 0;

    if (uri.n > 7 && strncasecmp((const char *)uri.p, "http://", 7) == 0) {
        n = 7;
        while (n < uri.n && uri.p[n] != '/' && uri.p[n] != '?')
            n++;
        uri = ds_view_of(uri.p + n, uri.n - n);
        n = 0;
    }
    while (n < uri.n && uri.p[n] != '?')
        n++;
    *path = ds_view_of(uri.p, n);
    *query = n < uri.n ? ds_view_of(uri.p + n + 1, uri.n - n - 1)
                       : ds_view_of(NULL, 0);
}

static enum MHD_Result
answer(struct MHD_Connection *con, exchange *x, const char *verb)
{
    const sim_listener *l = x->listener;
    sim_guest *g = l->server->guest;
    bool get = strcmp(verb, "GET") == 0 || strcmp(verb, "HEAD") == 0;
    ds_view path, at = ds_view_of(NULL, 0);
    sim_request r = {.get = get};
    ds_buf method;
    sim_answer a;
    enum MHD_Result done;
    int route = ROUTE_NOWHERE;

    sim_answer_init(&a);
    ds_buf_init(&method, SIM_MAX_BODY);
    split_uri(ds_view_of(x->uri.p, x->uri.n), &path, &r.query);
    if (l->kind != LISTEN_PCCS && (get || strcmp(verb, "POST") == 0))
        route = sim_route(l->kind, sim_guest_os(g), path, &r.surface, &at);
    sim_url_decode(at, false, &method);
    r.method = ds_view_of(method.p, method.n);
    if (route == ROUTE_CALL && !ds_utf8_is(r.method))
        route = ROUTE_EMPTY;
    if (route == ROUTE_CALL) {
        done = call(con, x, &r, &a);
    } else {
        if (l->kind == LISTEN_PCCS && get)
            sim_pccs(g, (int64_t)time(NULL), path, r.query, &a);
        else
            sim_page(route == ROUTE_EMPTY ? 422 : 404,
                get_header(con, "Accept"), &a);
        done = send_answer(con, x, NULL, &a);
    }
    ds_buf_free(&method);
    sim_answer_free(&a);
    return done;
}

/* ---- libmicrohttpd's side ------------------------------------------------ */

/* Called first, with the request line as it came. */
static void *
begin(void *cls, const char *uri, struct MHD_Connection *con)
{
    exchange *x = ds_calloc(1, sizeof *x);

    (void)con;
    if (!x)
        return NULL;
    x->listener = cls;
    ds_buf_init_secret(&x->uri, CONNECTION_BYTES);
    ds_buf_init_secret(&x->body, SIM_MAX_BODY);
    ds_buf_add_str(&x->uri, uri);
    return x;
}

/* Each connection remembers whether it had a request. */
static void
on_connection(void *cls, struct MHD_Connection *con, void **used,
    enum MHD_ConnectionNotificationCode what)
{
    (void)cls;
    (void)con;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        *used = ds_calloc(1, sizeof(bool));
    } else {
        ds_free(*used);
        *used = NULL;
    }
}

/* The second request of a connection, where that is refused. */
static bool
is_refused(struct MHD_Connection *con, const sim_listener *l)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(con, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    bool *used = info ? info->socket_context : NULL;
    bool refused = false;

    for (size_t i = 0; l->kind != LISTEN_PCCS && i < l->server->fault_n; i++)
        refused |= l->server->faults[i].kind == FAULT_REUSED;
    refused &= used && *used;
    if (refused)
        break_off(con);
    if (used)
        *used = true;
    return refused;
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *con, const char *url,
    const char *verb, const char *version, const char *data, size_t *n,
    void **state)
{
    exchange *x = *state;

    (void)url;
    (void)version;
    if (!x || x->uri.nomem || x->uri.bad)
        return MHD_NO;
    if (!x->begun) {
        x->begun = true;
        return is_refused(con, cls) ? MHD_NO : MHD_YES;
    }
    if (*n != 0) {
        /* What is too long is read to its end, but not kept. */
        ds_buf_add(&x->body, data, *n);
        x->too_long |= x->body.bad;
        *n = 0;
        return x->body.nomem ? MHD_NO : MHD_YES;
    }
    return answer(con, x, verb);
}

static void
end(void *cls, struct MHD_Connection *con, void **state,
    enum MHD_RequestTerminationCode why)
{
    exchange *x = *state;

    (void)cls;
    (void)why;
    if (!x)
        return;
    if (x->close)
        shutdown(socket_of(con), SHUT_RDWR);
    ds_buf_free(&x->uri);
    ds_buf_free(&x->body);
    ds_free(x);
    *state = NULL;
}

bool
sim_http_start(sim_server *s)
{
    /* Faults wait, each in its connection's own thread. */
    unsigned flags = s->fault_n != 0
                         ? MHD_USE_THREAD_PER_CONNECTION |
                               MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL
                         : MHD_USE_EPOLL_INTERNAL_THREAD;

    for (size_t i = 0; i < s->listener_n; i++) {
        sim_listener *l = &s->listeners[i];

        l->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, l,
            MHD_OPTION_LISTEN_SOCKET, l->fd, MHD_OPTION_CONNECTION_TIMEOUT,
            IDLE_SECONDS, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
            MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES,
            /* The agents do without a Host header. */
            MHD_OPTION_STRICT_FOR_CLIENT, -1, MHD_OPTION_URI_LOG_CALLBACK,
            begin, l, MHD_OPTION_NOTIFY_COMPLETED, end, l,
            MHD_OPTION_NOTIFY_CONNECTION, on_connection, l,
            s->fault_n != 0 ? MHD_OPTION_END : MHD_OPTION_THREAD_POOL_SIZE,
            (unsigned)THREADS, MHD_OPTION_END);
        if (!l->daemon) {
            sim_complain(SIM_NOT_STARTED, "%s: cannot serve", l->asked);
            return false;
        }
        l->fd = -1; /* the daemon's now */
    }
    return true;
}

void
sim_http_stop(sim_server *s)
{
    for (size_t i = 0; i < s->listener_n; i++)
        if (s->listeners[i].daemon) {
            MHD_stop_daemon(s->listeners[i].daemon);
            s->listeners[i].daemon = NULL;
        }
}
