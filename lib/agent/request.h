/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_AGENT_REQUEST_H
#define DS_AGENT_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/mem.h"

/* Writes a request: one JSON object (RFC 8259), exactly what was given. The
 * codec's writer is for text that may be mended and for people to see; here a
 * NUL is part of a key's domain, and no copy of anything may be left behind,
 * so the text goes straight into one buffer that is wiped. What is no UTF-8 is
 * the caller's to refuse. A failure sticks in the buffer: check with
 * ds_request_end(). */
typedef struct {
    ds_buf out;
    bool comma;
} ds_request;

/* Room for `size` bytes of values at the least; no more than that is copied
 * while it grows. */
void
ds_request_begin(ds_request *r);
void
ds_request_text(ds_request *r, const char *name, ds_view text);
void
ds_request_hex(ds_request *r, const char *name, ds_view bytes);
void
ds_request_bool(ds_request *r, const char *name, bool value);
void
ds_request_uint(ds_request *r, const char *name, uint64_t value);
void
ds_request_texts_begin(ds_request *r, const char *name);
void
ds_request_texts_add(ds_request *r, ds_view text);
void
ds_request_texts_end(ds_request *r);
/* Closes the object. False when memory was short. */
bool
ds_request_end(ds_request *r);
void
ds_request_free(ds_request *r);

/* Well-formed UTF-8; a NUL is a character like others. */
bool
ds_request_is_text(ds_view text);

#endif
