/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include <microhttpd.h>
#include <sys/types.h>

#include "rpc.h"

enum { /* exit status */
    SIM_ENDED = 0,
    SIM_USAGE = 2,
    SIM_NOT_STARTED = 3
};

/* ---- faults -------------------------------------------------------------- */

enum {
    FAULT_SLOW = 0,
    FAULT_DRIP,
    FAULT_SILENT,
    FAULT_RESETTING,
    FAULT_TRUNCATED,
    FAULT_OVERSIZED,
    FAULT_STALE,
    FAULT_REUSED,
    FAULT_HTML,
    FAULT_ERROR500,
    FAULT_MALFORMED
};

/* How an answer is malformed. */
typedef struct sim_malform {
    const char *name;
    int what; /* MALFORM_* */
    const char
        *raw;   /* as in sim_bend; of MALFORM_BODY @ is the body; borrowed */
    size_t cut; /* SIZE_MAX: half of it */
    int status; /* 0: as it is */
    bool html;
} sim_malform;

enum {
    MALFORM_FIRST = 0, /* the answer's first member: a key, a quote ... */
    MALFORM_LIST,      /* its first list: the signature chain */
    MALFORM_FIELD,     /* a member by its name */
    MALFORM_BODY
};

typedef struct sim_fault {
    int kind;
    int ms;          /* FAULT_SLOW, FAULT_DRIP */
    sim_malform how; /* FAULT_MALFORMED */
    char field[40];  /* MALFORM_FIELD */
    char method[40]; /* empty: every answer */
} sim_fault;

#define SIM_MAX_FAULTS 8

/* "[METHOD/]KIND[:ARGUMENT]". False when it is none. */
bool
sim_fault_parse(const char *text, sim_fault *ret);
/* The kinds, for --help. */
void
sim_fault_help(void);

/* ---- listeners ----------------------------------------------------------- */

enum {
    LISTEN_DSTACK = 0,
    LISTEN_TAPPD,
    LISTEN_WORKER,
    LISTEN_PCCS,
    LISTEN_KINDS
};
/* "dstack", "tappd", "worker", "pccs" */
extern const char *const sim_listen_names[LISTEN_KINDS];

struct sim_server;

typedef struct sim_listener {
    int kind;
    const char *asked; /* the option's argument */
    char address[160]; /* what clients use: unix:PATH or http://... */
    char path[108];    /* of a unix socket, else empty */
    dev_t device;      /* of the socket's file, to remove no other */
    ino_t inode;
    int fd; /* -1, or the socket until the daemon has it */
    struct MHD_Daemon *daemon;
    struct sim_server *server;
} sim_listener;

#define SIM_MAX_LISTENERS 16

typedef struct sim_server {
    sim_guest *guest;
    sim_fault faults[SIM_MAX_FAULTS];
    size_t fault_n;
    sim_listener listeners[SIM_MAX_LISTENERS];
    size_t listener_n;
    int stop[2]; /* a pipe; its reading end says hang-up once all must end */
} sim_server;

/* Opens the socket that l->asked names. False after saying why on stderr. */
bool
sim_listen(sim_listener *l, bool allow_remote);
/* Removes a unix socket's file if it is still ours, and closes what is open. */
void
sim_unlisten(sim_listener *l);
/* Serves what was opened. False after saying why on stderr. */
bool
sim_http_start(sim_server *s);
void
sim_http_stop(sim_server *s);
/* "dstack-simulator: ..." on stderr; returns status. */
int
sim_complain(int status, const char *format, ...) DS_PRINTF(2, 3);

/* ---- what is answered ---------------------------------------------------- */

typedef struct sim_answer {
    int status;
    const char *type;
    ds_buf body;
    const char *header; /* one more, or NULL */
    ds_buf value;
} sim_answer;

void
sim_answer_init(sim_answer *a);
void
sim_answer_free(sim_answer *a);

/* Where a request goes. */
enum {
    ROUTE_CALL = 0,
    ROUTE_NOWHERE, /* 404 */
    ROUTE_EMPTY    /* 422: the place of a method is empty */
};
/* path: as it was sent, without the query. *method is what it has at the
 * method's place, not decoded. */
int
sim_route(int kind, int os, ds_view path, int *surface, ds_view *method);

/* An error page: HTML, or JSON for who prefers that. */
void
sim_page(int status, const char *accept, sim_answer *a);
/* The collateral service. */
void
sim_pccs(sim_guest *g, int64_t now, ds_view path, ds_view query, sim_answer *a);

#endif
