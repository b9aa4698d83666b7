/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_BASE_ERROR_H
#define DS_BASE_ERROR_H

#include <stdarg.h>
#include <stdint.h>

#include "base/bytes.h"
#include "dstack/error.h"

#if defined(__GNUC__)
#define DS_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define DS_PRINTF(f, a)
#endif

/* err may be NULL everywhere. */
void
ds_err_clear(dstack_error *err);
/* Fill err and return code. Messages begin with the object that failed and
 * state numbers; text from outside passes through ds_err_quote first. */
int
ds_fail(dstack_error *err, int code, const char *format, ...) DS_PRINTF(3, 4);
/* The same with a stage and a reason. */
int
ds_fail_reason(dstack_error *err, int code, int stage, int reason,
    const char *format, ...) DS_PRINTF(5, 6);
void
ds_err_vfill(dstack_error *err, int code, int stage, int reason,
    const char *format, va_list args) DS_PRINTF(5, 0);
/* Another room's refusal under a stage and reason of one's own; the message
 * stays. Only of what is malformed: other codes stay as they are. Returns
 * rc. */
int
ds_err_as(dstack_error *err, int rc, int stage, int reason);
/* Put "prefix: " before the message. */
void
ds_err_prefix(dstack_error *err, const char *prefix);
/* DSTACK_ERR_NOMEM with its message. */
int
ds_fail_nomem(dstack_error *err);
/* The first 32 printable ASCII characters of untrusted text, others as '?',
 * "..." when cut; out holds 40 bytes. Returns out. */
const char *
ds_err_quote(ds_view text, char out[40]);

/* The length of text's first n bytes without a UTF-8 sequence that the cut
 * at n broke. */
size_t
ds_utf8_cut(const char *text, size_t n);

/* The code that goes with a reason: parse, untrusted, stale or policy. */
int
ds_reason_code(int reason);

#endif
