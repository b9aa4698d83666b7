/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FAKE_AGENT_H
#define TESTS_FAKE_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "dstack/dstack.h"

/* A guest agent by script, behind a client's transport hook: each path has one
 * answer. A path without one is answered as an agent of that kind does when it
 * has no such method. May be asked by several threads; is set up by one. */
typedef struct fake_agent fake_agent;

enum {        /* what it is, for paths that are not set */
    FAKE_036, /* tappd 0.3.6, with its Info */
    FAKE_042, /* dstack.sock: methods that are there refuse what is malformed */
    FAKE_055,
    FAKE_056,
    FAKE_0511,
    FAKE_060,
    FAKE_WORKER_0511,
    FAKE_WORKER_060,
    FAKE_TAPPD_031,
    FAKE_TAPPD_042,
    FAKE_TAPPD_0511,
    FAKE_NOTHING, /* an HTTP server that knows nothing */
    FAKE_KINDS
};

fake_agent *
fake_agent_new(int kind);
void
fake_agent_free(fake_agent *f);
/* A client of it, with the service that the kind belongs to. */
dstack_client *
fake_agent_client(fake_agent *f);

/* From now on. The body is copied. */
void
fake_agent_answer(
    fake_agent *f, const char *path, unsigned status, const char *body);
void
fake_agent_answer_bytes(fake_agent *f, const char *path, unsigned status,
    const void *body, size_t n);
/* The transport fails with this code instead. */
void
fake_agent_fail(fake_agent *f, const char *path, int code);

/* How often it was asked, at this path or (NULL) at all; the body of the last
 * request to the path, "" for none. */
unsigned
fake_agent_count(fake_agent *f, const char *path);
const char *
fake_agent_last(fake_agent *f, const char *path);

/* ---- answers, each a block for free() ---------------------------------------- */

/* A TDX quote that parses, over 64 bytes of report data; not signed by anybody
 * that counts. */
ds_view
fake_quote(const uint8_t report_data[64]);
/* GetQuote's answer over it; further members, such as ",\"x\":1", at its end. */
char *
fake_quote_answer(const uint8_t report_data[64], const char *more);
/* A versioned attestation over it, in hex. */
char *
fake_attestation_hex(int version, const uint8_t report_data[64]);
/* Text by format; bytes as hex. */
char *
fake_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *
fake_hex(ds_view bytes);

#endif
