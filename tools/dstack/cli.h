/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_CLI_H
#define DSTACK_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dstack/dstack.h>

/* The command `dstack`. It uses what a program with the installed headers
 * has: the public functions and libc. */

enum { /* exit status */
    CLI_YES = 0,
    CLI_NO = 1,
    CLI_USAGE = 2,
    CLI_FAILED = 3 /* could not try: a file, memory */
};

/* Borrowed text, not NUL-terminated. */
typedef struct {
    const char *p;
    size_t n;
} span;

/* Owned bytes; free(p). */
typedef struct {
    uint8_t *p;
    size_t n;
} blob;

/* ---- options.c ----------------------------------------------------------- */

enum { /* which options a command knows */
    OPT_HELP = 1 << 0,
    OPT_JSON = 1 << 1,
    OPT_COLLATERAL = 1 << 2,
    OPT_ROOT = 1 << 3,
    OPT_AT = 1 << 4,
    OPT_POLICY = 1 << 5,
    OPT_ACCEPT_TCB = 1 << 6,
    OPT_REPORT_DATA = 1 << 7,
    OPT_STRICT = 1 << 8
};

typedef struct {
    const char *command; /* "verify", for messages */
    bool help;
    bool json;
    bool strict;
    const char *collateral;
    const char *root;
    const char *at;
    const char *policy;
    const char *accept_tcb;
    const char *report_data;
    const char *argument; /* the one file; NULL with --help */
} options;

/* argv[0] is the command's last word. CLI_YES or CLI_USAGE, which was said on
 * stderr. */
int
options_parse(const char *command, const char *what, unsigned known, int argc,
    char **argv, options *o);
/* The verification time: --at, else now. The only place that reads a clock. */
int
options_time(const options *o, int64_t *now);
/* A verifier that trusts --root, else Intel; strict with --strict. */
int
options_verifier(const options *o, dstack_verifier **ret);
/* The document of --policy or, without one, a new policy for any workload;
 * with --accept-tcb and --report-data added. */
int
options_policy(const options *o, dstack_policy **ret);
/* "dstack verify: ..." on stderr; returns status. */
int
complain(const options *o, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- input.c ------------------------------------------------------------- */

/* A whole file or, for "-", standard input; at most 24 MiB. */
int
input_read(const options *o, const char *path, blob *ret);
/* Hex digits, "0x" and white space allowed. False when malformed or out of
 * memory. */
bool
input_hex(span text, blob *ret);
/* Unix seconds, or RFC 3339 with any offset and fraction, which is cut off. */
bool
input_time(const char *text, int64_t *ret);
/* err as an error of this command's own. Returns its code. */
int
input_fail(dstack_error *err, int stage, int reason, const char *message);

/* ---- json.c -------------------------------------------------------------- */

/* Walks the members of an object or the elements of an array. */
typedef struct {
    span rest;
    char close;
    bool first;
    bool bad;
} json_iter;

bool
json_open(span container, json_iter *it);
/* False at the end and when malformed, which sets `bad`. Names and values are
 * raw: name without its quotes, escapes as they stand. */
bool
json_next(json_iter *it, span *name, span *value);
/* A member of an object: 1, 0 when there is none, -1 when the text is
 * malformed or has it twice. */
int
json_member(span object, const char *name, span *value);
/* Between the quotes of a string without escapes; false for other values. */
bool
json_string(span value, span *ret);
/* On stdout, with quotes and escapes. */
void
json_print_string(const char *text);

/* ---- print.c ------------------------------------------------------------- */

void
print_init(void);
/* Everything that was written has arrived; else says so, CLI_FAILED. */
int
print_done(const options *o, int status);
/* The first line: "ACCEPTED  why". */
void
print_verdict(bool accepted, const char *why);
void
print_heading(const char *text);
/* "  label           text" */
void
print_row(const char *label, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Text from outside: what could steer a terminal becomes '?'. */
void
print_row_span(const char *label, span text);
void
print_row_hex(const char *label, const uint8_t *p, size_t n);
void
print_row_time(const char *label, int64_t t);
/* A list that is broken at the right margin. */
typedef struct {
    size_t column;
    size_t count;
    const char *label;
} print_list;
void
print_list_add(print_list *l, const char *text);
void
print_list_end(print_list *l);
/* "TDX quote, version 4, TD report 1.0" */
void
print_quote_kind(const dstack_quote *quote);
/* Names of the attributes' bits. */
void
print_quote_bits(const dstack_quote *quote);
/* Measurements and attributes. */
void
print_quote_body(const dstack_quote *quote);
/* A refusal that no report knows, as a document or as the lines that a person
 * reads, which begin with `verdict`. now is -1 where no time matters; quote
 * may be NULL. */
void
print_refusal(const options *o, const dstack_error *err, int64_t now,
    const dstack_quote *quote, const char *verdict);
/* A JSON text that the library made, or failed to make with rc. */
int
print_json(const options *o, int rc, char *json, int status);
/* A report for people. */
void
print_report(const dstack_report *report, bool any_workload);

/* ---- commands ------------------------------------------------------------ */

int
cmd_verify(int argc, char **argv);
int
cmd_parse(int argc, char **argv);
int
cmd_collateral(int argc, char **argv);

#endif
