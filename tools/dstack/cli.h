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

/* What every command that asks the agent knows. */
#define ASK_OPTIONS "help json endpoint timeout "

#define LIST_MAX 64
#define PATH_LENGTH 2048 /* of a file that is written, its NUL included */

/* An option that may be given several times. */
typedef struct {
    const char *at[LIST_MAX];
    size_t n;
} text_list;

typedef struct {
    const char *command; /* "verify", for messages */
    bool help;
    bool json;
    bool strict;
    bool tappd, worker, v1, force, print_secret, k256, random_seed, ra_tls;
    bool server, client, app_info, gpu;
    const char *collateral, *root, *at, *policy, *accept_tcb, *report_data;
    const char *endpoint, *timeout, *text, *hash, *tag, *data, *file, *path;
    const char *purpose, *algorithm, *domain, *out, *out_dir, *subject;
    const char *not_before, *not_after, *public_key, *signature, *name;
    const char *payload, *nonce, *event_log, *vm_config, *image, *acpi;
    const char *key, *request, *output, *evidence, *payment, *validity;
    const char *level, *to;
    const char *app_id, *accept_app_root, *env_file, *app_compose;
    const char *timestamp;
    bool legacy, explain, lint;
    text_list kms_roots;
    text_list alt_names;
    const char *argument; /* the one file; NULL where there is none */
    text_list arguments;  /* of a command that takes several */
} options;

/* argv[0] is the command's last word. `what` names the one argument, NULL for
 * a command that takes none; with "..." behind it there may be any number.
 * `known` has the command's options, a blank between them: "help json at".
 * CLI_YES or CLI_USAGE, which was said on stderr. */
int
options_parse(const char *command, const char *what, const char *known,
    int argc, char **argv, options *o);
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
/* The same for a file, of at most max bytes; missing: CLI_YES, with *found
 * false. */
int
input_read_some(
    const options *o, const char *path, size_t max, bool *found, blob *ret);
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

/* ---- image.c ------------------------------------------------------------- */

/* The OS image in the directory --image, as far as its files are there. */
int
image_read(const options *o, dstack_image **ret);
/* The tables of --acpi. */
int
acpi_read(const options *o, dstack_acpi **ret);

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

/* "name":"hex" and "name":"text" of an object that is printed piece by piece;
 * a comma first where `more`. */
void
json_print_hex(bool more, const char *name, const uint8_t *p, size_t n);
void
json_print_text(bool more, const char *name, const char *text);

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

/* ---- agent.c ------------------------------------------------------------- */

/* A client as the options say, of the agent unless they name another. */
int
agent_client(const options *o, dstack_client **ret);
/* Say what went wrong; the exit status that goes with it. */
int
agent_failed(const options *o, const dstack_error *err);
/* 1 to max bytes from --report-data or --data (hex), --text, --file or, where
 * max is 64, --hash; exactly one of them. */
int
agent_bytes(const options *o, size_t max, blob *ret);
/* --algorithm by name; `otherwise` without it. */
int
agent_algorithm(const options *o, uint32_t otherwise, uint32_t *ret);
/* A file that only its owner may read: a new one, or with --force in the place
 * of an old one. */
int
secret_write(const options *o, const char *path, const void *p, size_t n);
/* Wiped and freed. */
void
blob_wipe(blob *b);

/* ---- kms.c --------------------------------------------------------------- */

/* The bytes of an option in hex; absent gives none. */
int
kms_hex(const options *o, const char *name, const char *text, blob *ret);
/* --app-id, --kms-root, --accept-app-root. */
int
kms_trust(const options *o, dstack_kms_trust **ret);

/* ---- commands ------------------------------------------------------------ */

int
cmd_verify(int argc, char **argv);
int
cmd_parse(int argc, char **argv);
int
cmd_collateral(int argc, char **argv);
int
cmd_version(int argc, char **argv);
int
cmd_info(int argc, char **argv);
int
cmd_gpu_info(int argc, char **argv);
int
cmd_quote(int argc, char **argv);
int
cmd_attest(int argc, char **argv);
int
cmd_key(int argc, char **argv);
int
cmd_derive_key(int argc, char **argv);
int
cmd_tls_key(int argc, char **argv);
int
cmd_sign(int argc, char **argv);
int
cmd_verify_signature(int argc, char **argv);
int
cmd_emit_event(int argc, char **argv);
int
cmd_receipt(int argc, char **argv);
int
cmd_seal(int argc, char **argv);
int
cmd_open(int argc, char **argv);
int
cmd_keychain(int argc, char **argv);
int
cmd_env(int argc, char **argv);
int
cmd_compose_hash(int argc, char **argv);
int
cmd_wallet(int argc, char **argv);

#endif
