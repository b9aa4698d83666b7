/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_fault.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    MAX_FAULTS = 16,
    MAX_WAITING = 64, /* connections that fill the queue of a deaf server */
    KEPT = 1 << 16,   /* bytes of the last request */
    NO_TIMEOUT = -1
};

struct http_fault_server {
    http_fault_options options;
    char dir[32];
    char endpoint[64];
    int listener;
    int stopping; /* readable from the time of http_fault_stop() */
    int waiting[MAX_WAITING];
    pthread_t acceptor;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t fewer; /* a connection ended */
    http_fault faults[MAX_FAULTS];
    size_t fault_count;
    unsigned connections, requests, open;
    struct conn *conns; /* those that are open */
    char last[KEPT];
    size_t last_len;
};

typedef struct conn {
    http_fault_server *server;
    struct conn *next, **back;
    int fd;
    char *in; /* what was read and not yet used */
    size_t n, cap;
} conn;

/* Wait until fd can be read or written; false at the end of the time, or when
 * the server stops. fd -1 only waits. */
static bool
wait_for(const http_fault_server *s, int fd, short what, int ms)
{
    struct pollfd p[2] = {{s->stopping, POLLIN, 0}, {fd, what, 0}};
    int n;

    do
        n = poll(p, fd < 0 ? 1 : 2, ms);
    while (n < 0 && errno == EINTR);
    return n > 0 && p[0].revents == 0;
}

static bool
pause_ms(const http_fault_server *s, unsigned ms)
{
    struct pollfd p = {s->stopping, POLLIN, 0};

    return ms == 0 || poll(&p, 1, (int)ms) == 0;
}

static bool
send_all(conn *c, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done;

        if (!wait_for(c->server, c->fd, POLLOUT, NO_TIMEOUT))
            return false;
        done = send(c->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (done < 0 && errno != EAGAIN)
            return false;
        if (done > 0) {
            p += done;
            n -= (size_t)done;
        }
    }
    return true;
}

/* Read more; false at the end. */
static bool
read_more(conn *c)
{
    ssize_t n;

    if (!wait_for(c->server, c->fd, POLLIN, NO_TIMEOUT))
        return false;
    if (c->cap - c->n < 4096) {
        char *p = realloc(c->in, c->cap + 65536);

        if (!p)
            return false;
        c->in = p;
        c->cap += 65536;
    }
    n = read(c->fd, c->in + c->n, c->cap - c->n - 1);
    if (n <= 0)
        return false;
    c->n += (size_t)n;
    c->in[c->n] = 0;
    return true;
}

static http_fault
fault_now(const http_fault_server *s)
{
    const http_fault none = {.end = FAULT_KEEP};
    size_t i = s->requests;

    if (s->fault_count == 0)
        return none;
    return s->faults[i < s->fault_count ? i : s->fault_count - 1];
}

static bool
is_read(http_fault_server *s)
{
    bool read;

    pthread_mutex_lock(&s->lock);
    read = !fault_now(s).unread;
    pthread_mutex_unlock(&s->lock);
    return read;
}

/* The length of the next request, once it is whole; 0 at the end. */
static size_t
read_request(conn *c)
{
    const char *end = NULL, *field;
    size_t need = 0;

    for (;;) {
        if (c->n > 0 && need == 0 && (end = strstr(c->in, "\r\n\r\n"))) {
            need = (size_t)(end - c->in) + 4;
            field = strstr(c->in, "\r\nContent-Length:");
            if (field && field < end && is_read(c->server))
                need += strtoul(field + 17, NULL, 10);
        }
        if (need > 0 && c->n >= need)
            return need;
        if (!read_more(c))
            return 0;
    }
}

static http_fault
next_fault(conn *c, size_t request)
{
    http_fault_server *s = c->server;
    http_fault f;

    pthread_mutex_lock(&s->lock);
    f = fault_now(s);
    s->requests++;
    s->last_len = request;
    if (request > 0)
        memcpy(s->last, c->in, request < KEPT ? request : KEPT);
    pthread_mutex_unlock(&s->lock);
    return f;
}

/* Sends n bytes of p, of which *left may go out. */
static bool
send_part(conn *c, const http_fault *f, const char *p, size_t n, size_t *left)
{
    size_t piece = f->piece ? f->piece : n;

    if (n > *left)
        n = *left;
    *left -= n;
    while (n > 0) {
        size_t now = n < piece ? n : piece;

        if (!send_all(c, p, now))
            return false;
        p += now;
        n -= now;
        if (f->piece && !pause_ms(c->server, f->piece_ms))
            return false;
    }
    return true;
}

static bool
answer(conn *c, const http_fault *f)
{
    static const char filler[] =
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    const char *body = f->body, *head = f->head;
    size_t body_len = f->body_len, left = f->cut ? f->cut : SIZE_MAX;
    char usual[128];
    bool ok;

    if (!head && !body && f->fill == 0) {
        body = "{}";
        body_len = 2;
    }
    snprintf(usual, sizeof usual,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        "Content-Length: %zu\r\n\r\n",
        body_len + f->fill);
    if (!head)
        head = usual;
    ok = pause_ms(c->server, f->wait_ms);
    if (f->mute)
        return ok;
    ok = ok && send_part(c, f, head, strlen(head), &left);
    ok = ok && pause_ms(c->server, f->gap_ms);
    ok = ok && send_part(c, f, body, body_len, &left);
    for (size_t i = 0; ok && i < f->fill && left > 0;) {
        size_t n = f->fill - i;

        if (n > sizeof filler - 1)
            n = sizeof filler - 1;
        ok = send_part(c, f, filler, n, &left);
        i += n;
    }
    return ok;
}

static void
finish(conn *c, http_fault_end end)
{
    const struct linger now = {1, 0};

    if (end == FAULT_RESET)
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    if (end == FAULT_END)
        shutdown(c->fd, SHUT_WR);
    if (end == FAULT_SILENT || end == FAULT_END)
        while (read_more(c))
            c->n = 0;
}

static void *
serve(void *arg)
{
    conn *c = arg;
    http_fault_server *s = c->server;
    http_fault f = {0};

    if (s->options.early) {
        f = next_fault(c, 0);
        finish(c, f.end);
    }
    while (!s->options.early && f.end == FAULT_KEEP) {
        size_t n = read_request(c);

        if (n == 0)
            break;
        f = next_fault(c, n);
        c->n -= n;
        memmove(c->in, c->in + n, c->n + 1);
        if (!answer(c, &f))
            break;
        finish(c, f.end);
    }
    pthread_mutex_lock(&s->lock);
    *c->back = c->next;
    if (c->next)
        c->next->back = c->back;
    close(c->fd);
    free(c->in);
    free(c);
    s->open--;
    pthread_cond_signal(&s->fewer);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static void
begin(http_fault_server *s, int fd)
{
    conn *c = calloc(1, sizeof *c);
    pthread_attr_t detached;
    pthread_t thread;

    if (!c) {
        close(fd);
        return;
    }
    c->server = s;
    c->fd = fd;
    pthread_mutex_lock(&s->lock);
    s->connections++;
    s->open++;
    c->next = s->conns;
    c->back = &s->conns;
    if (c->next)
        c->next->back = &c->next;
    s->conns = c;
    pthread_mutex_unlock(&s->lock);
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&thread, &detached, serve, c) != 0)
        abort();
    pthread_attr_destroy(&detached);
}

static void *
accept_all(void *arg)
{
    http_fault_server *s = arg;

    if (!pause_ms(s, s->options.deaf_ms))
        return NULL;
    while (wait_for(s, s->listener, POLLIN, NO_TIMEOUT)) {
        int fd;

        if (!pause_ms(s, s->options.accept_ms))
            break;
        fd = accept(s->listener, NULL, NULL);
        if (fd >= 0)
            begin(s, fd);
    }
    return NULL;
}

static int
queue_of(const http_fault_server *s)
{
    return s->options.deaf || s->options.deaf_ms ? 0 : 128;
}

/* Connects until the queue is full, so that nobody else gets in. */
static void
fill_queue(http_fault_server *s, const struct sockaddr *a, socklen_t n)
{
    for (size_t i = 0; i < MAX_WAITING; i++) {
        int fd = socket(a->sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);

        s->waiting[i] = fd;
        if (connect(fd, a, n) != 0 && errno == EAGAIN)
            return;
    }
}

static bool
listen_tcp(http_fault_server *s)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t n = sizeof a;

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(s->listener, (struct sockaddr *)&a, n) != 0 ||
        listen(s->listener, queue_of(s)) != 0 ||
        getsockname(s->listener, (struct sockaddr *)&a, &n) != 0)
        return false;
    snprintf(s->endpoint, sizeof s->endpoint, "http://127.0.0.1:%u",
        ntohs(a.sin_port));
    if (queue_of(s) == 0)
        fill_queue(s, (struct sockaddr *)&a, n);
    return true;
}

static bool
listen_unix(http_fault_server *s)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    snprintf(s->dir, sizeof s->dir, "/tmp/http_fault.XXXXXX");
    if (!mkdtemp(s->dir))
        return false;
    snprintf(a.sun_path, sizeof a.sun_path, "%s/socket", s->dir);
    snprintf(s->endpoint, sizeof s->endpoint, "unix:%s/socket", s->dir);
    s->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(s->listener, (struct sockaddr *)&a, sizeof a) != 0 ||
        listen(s->listener, queue_of(s)) != 0)
        return false;
    if (queue_of(s) == 0)
        fill_queue(s, (struct sockaddr *)&a, sizeof a);
    return true;
}

http_fault_server *
http_fault_start(const http_fault_options *options)
{
    http_fault_server *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    if (options)
        s->options = *options;
    for (size_t i = 0; i < MAX_WAITING; i++)
        s->waiting[i] = -1;
    s->stopping = eventfd(0, EFD_CLOEXEC);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->fewer, NULL);
    if (!(s->options.tcp ? listen_tcp(s) : listen_unix(s)))
        goto fail;
    if (!s->options.deaf &&
        pthread_create(&s->acceptor, NULL, accept_all, s) != 0)
        goto fail;
    return s;
fail:
    close(s->stopping);
    close(s->listener);
    free(s);
    return NULL;
}

void
http_fault_stop(http_fault_server *s)
{
    if (!s)
        return;
    eventfd_write(s->stopping, 1);
    if (!s->options.deaf)
        pthread_join(s->acceptor, NULL);
    pthread_mutex_lock(&s->lock);
    while (s->open > 0)
        pthread_cond_wait(&s->fewer, &s->lock);
    pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < MAX_WAITING; i++)
        if (s->waiting[i] >= 0)
            close(s->waiting[i]);
    close(s->listener);
    close(s->stopping);
    if (!s->options.tcp) {
        unlink(s->endpoint + strlen("unix:"));
        rmdir(s->dir);
    }
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->fewer);
    free(s);
}

static void
serve_alone(const http_fault_options *options,
    void (*plan)(http_fault_server *server), int tell)
{
    http_fault_server *s;
    sigset_t end;
    int which;

    /* Blocked in every thread, so that it waits for us. */
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &end, NULL);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
        _exit(1);
    s = http_fault_start(options);
    if (!s)
        _exit(1);
    plan(s);
    if (write(tell, s->endpoint, sizeof s->endpoint) == sizeof s->endpoint)
        sigwait(&end, &which);
    http_fault_stop(s);
    _exit(0);
}

pid_t
http_fault_fork(const http_fault_options *options,
    void (*plan)(http_fault_server *server), char endpoint[64])
{
    int pipes[2];
    pid_t child;
    bool ok;

    if (pipe(pipes) != 0)
        return -1;
    child = fork();
    if (child == 0)
        serve_alone(options, plan, pipes[1]);
    close(pipes[1]);
    ok = child > 0 && read(pipes[0], endpoint, 64) == 64;
    close(pipes[0]);
    return ok ? child : -1;
}

const char *
http_fault_endpoint(const http_fault_server *s)
{
    return s->endpoint;
}

void
http_fault_plan(http_fault_server *s, const http_fault *faults, size_t count)
{
    pthread_mutex_lock(&s->lock);
    s->fault_count = count < MAX_FAULTS ? count : MAX_FAULTS;
    if (count > 0)
        memcpy(s->faults, faults, s->fault_count * sizeof *faults);
    s->requests = 0;
    s->connections = 0;
    pthread_mutex_unlock(&s->lock);
}

static unsigned
look(http_fault_server *s, const unsigned *number)
{
    unsigned n;

    pthread_mutex_lock(&s->lock);
    n = *number;
    pthread_mutex_unlock(&s->lock);
    return n;
}

unsigned
http_fault_connections(http_fault_server *s)
{
    return look(s, &s->connections);
}

unsigned
http_fault_requests(http_fault_server *s)
{
    return look(s, &s->requests);
}

unsigned
http_fault_open(http_fault_server *s)
{
    return look(s, &s->open);
}

bool
http_fault_settles(http_fault_server *s, unsigned open)
{
    for (int i = 0; i < 500 && http_fault_open(s) > open; i++)
        if (!pause_ms(s, 10))
            return false;
    return http_fault_open(s) <= open;
}

size_t
http_fault_last(http_fault_server *s, char *text, size_t size)
{
    size_t n;

    pthread_mutex_lock(&s->lock);
    n = s->last_len < KEPT ? s->last_len : KEPT;
    if (n >= size)
        n = size - 1;
    memcpy(text, s->last, n);
    text[n] = 0;
    n = s->last_len;
    pthread_mutex_unlock(&s->lock);
    return n;
}
