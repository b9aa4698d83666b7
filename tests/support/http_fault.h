/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_HTTP_FAULT_H
#define TESTS_HTTP_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A small HTTP server for tests that answers as badly as it is told to, on a
 * unix socket or TCP on the loopback. It runs in threads of this process. */
typedef struct http_fault_server http_fault_server;

/* What happens once an answer is sent, as far as it is sent. */
typedef enum {
    FAULT_KEEP,   /* the next request is read from the same connection */
    FAULT_CLOSE,  /* the connection is closed in order */
    FAULT_RESET,  /* on TCP by a reset; on a unix socket as FAULT_CLOSE */
    FAULT_SILENT, /* it stays open, and nothing comes any more */
    FAULT_END     /* our direction is shut down; the other is read and
                     forgotten */
} http_fault_end;

/* The answer to one request. All zero: 200, "{}", connection kept. */
typedef struct {
    const char *head; /* up to and with the empty line; NULL: 200, JSON, the
                         right Content-Length */
    const void *body; /* NULL and body_len 0: "{}" if head is NULL */
    size_t body_len;
    size_t fill;       /* so many 'x' after the body */
    size_t cut;        /* send this many bytes of all that; 0: everything */
    bool mute;         /* send nothing at all */
    bool unread;       /* do not read the body of the request */
    unsigned wait_ms;  /* before the first byte */
    unsigned gap_ms;   /* between head and body */
    size_t piece;      /* send in pieces of this size; 0: at once */
    unsigned piece_ms; /* with so long between two */
    http_fault_end end;
} http_fault;

typedef struct {
    bool tcp;           /* else a unix socket */
    bool deaf;          /* never accept, and let no connection wait: the queue
                           is full from the start */
    unsigned deaf_ms;   /* be deaf for so long, then accept */
    unsigned accept_ms; /* wait before each accept */
    bool early;         /* end each connection, as the first fault says,
                           without reading a request */
} http_fault_options;

/* options may be NULL. NULL when no socket could be had. */
http_fault_server *
http_fault_start(const http_fault_options *options);
void
http_fault_stop(http_fault_server *server);
/* The same in a process of its own, which ends with this one or with SIGTERM;
 * `plan` is called there. Before there are threads. Returns the process and
 * its endpoint, or -1. */
pid_t
http_fault_fork(const http_fault_options *options,
    void (*plan)(http_fault_server *server), char endpoint[64]);
/* "unix:/tmp/.../socket" or "http://127.0.0.1:1234" */
const char *
http_fault_endpoint(const http_fault_server *server);
/* From now on the first request is answered by faults[0] and so on, all that
 * follow the last like the last; the counts begin anew. The faults are copied,
 * what they point to is not. Without a plan all is well. */
void
http_fault_plan(
    http_fault_server *server, const http_fault *faults, size_t count);
/* Since the plan was made. */
unsigned
http_fault_connections(http_fault_server *server);
unsigned
http_fault_requests(http_fault_server *server);
/* Connections that are open now. */
unsigned
http_fault_open(http_fault_server *server);
/* Wait until at most so many are open: the server takes a moment to see that a
 * client went away. False if that does not come to pass. */
bool
http_fault_settles(http_fault_server *server, unsigned open);
/* The last whole request, head and body, cut to size - 1 and NUL-terminated.
 * Returns its real length. */
size_t
http_fault_last(http_fault_server *server, char *text, size_t size);

#endif
