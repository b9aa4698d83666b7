/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CODEC_JSON_H
#define DS_CODEC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/mem.h"

/* A strict JSON reader: one pass that validates everything and leaves an
 * index of tokens over the caller's bytes, which must outlive it. Nothing is
 * copied, so that the exact bytes of every value are at hand and no second
 * copy of a secret exists.
 *
 * Refused: duplicate member names in one object (compared after decoding
 * escapes), more than DS_MAX_JSON_DEPTH levels, anything but white space
 * after the value, NUL bytes, \u0000, ill-formed UTF-8, unpaired surrogates,
 * a byte order mark, and everything else that RFC 8259 does not allow. */
typedef struct ds_json ds_json;

/* A value; a plain index, cheap to pass. 0 is the root. DS_JSON_NONE is "no
 * such value" and every getter accepts it. */
typedef uint32_t ds_jv;
#define DS_JSON_NONE UINT32_MAX

enum {
    DS_JSON_MISSING = 0,
    DS_JSON_OBJECT,
    DS_JSON_ARRAY,
    DS_JSON_STRING,
    DS_JSON_NUMBER,
    DS_JSON_TRUE,
    DS_JSON_FALSE,
    DS_JSON_NULL
};

/* Reasons on failure: json, json_dup, json_depth, json_trailing, with the
 * byte offset in the message. `what` names the document in messages and must
 * outlive the object. Returns DSTACK_OK, DSTACK_ERR_PARSE or
 * DSTACK_ERR_NOMEM. */
int
ds_json_parse(ds_view text, const char *what, ds_json **ret, dstack_error *err);
/* The same but for \u0000, which is taken: for documents whose texts are
 * hashed, and never handed out as C strings. */
int
ds_json_parse_nul(
    ds_view text, const char *what, ds_json **ret, dstack_error *err);
void
ds_json_free(ds_json *j);

int
ds_json_type(const ds_json *j, ds_jv v);
/* Exact bytes of the value, from its first to its last character. */
ds_view
ds_json_raw(const ds_json *j, ds_jv v);
/* Elements of an array or members of an object; 0 otherwise. */
size_t
ds_json_count(const ds_json *j, ds_jv v);
/* Walk: first child of an array or object, next sibling; DS_JSON_NONE at the
 * end. For an object's children these are the member VALUES; ds_json_name
 * gives a member's name. O(1) each. */
ds_jv
ds_json_first(const ds_json *j, ds_jv v);
ds_jv
ds_json_next(const ds_json *j, ds_jv v);
/* Raw name (between the quotes, escapes not decoded) of a member value. */
ds_view
ds_json_name(const ds_json *j, ds_jv v);
bool
ds_json_name_is(const ds_json *j, ds_jv v, const char *name);
/* Member by exact, case-sensitive name. */
ds_jv
ds_json_get(const ds_json *j, ds_jv object, const char *name);

/* Typed reads. Each returns DSTACK_OK or fills err with DSTACK_ERR_PARSE,
 * reason json (wrong type, missing) or json_range (out of range, not a plain
 * integer: no fraction, exponent, sign or leading zero), and a message with
 * the value's path ("tcbInfo.tcbLevels[3].tcb.pcesvn: ..."). */
int
ds_json_u64(
    const ds_json *j, ds_jv v, uint64_t max, uint64_t *ret, dstack_error *err);
int
ds_json_bool(const ds_json *j, ds_jv v, bool *ret, dstack_error *err);
/* A string without escapes: its bytes as they stand. One with escapes is
 * refused with json_range; use ds_json_string_buf for free text. */
int
ds_json_string(
    const ds_json *j, ds_jv v, size_t max, ds_view *ret, dstack_error *err);
/* Decoded text, appended to out. */
int
ds_json_string_buf(const ds_json *j, ds_jv v, ds_buf *out, dstack_error *err);
/* A member's name decoded, the same way. */
int
ds_json_name_buf(const ds_json *j, ds_jv v, ds_buf *out, dstack_error *err);
/* Exactly n bytes from 2n hex digits of either case. */
int
ds_json_hex(
    const ds_json *j, ds_jv v, uint8_t *out, size_t n, dstack_error *err);
/* "YYYY-MM-DDTHH:MM:SSZ"; reason json_date. */
int
ds_json_time(const ds_json *j, ds_jv v, int64_t *ret, dstack_error *err);
/* Fails unless v has that type; for objects and arrays. */
int
ds_json_expect(const ds_json *j, ds_jv v, int type, dstack_error *err);
/* Fill err about v: path first, then the formatted text. */
int
ds_json_fail(const ds_json *j, ds_jv v, int reason, dstack_error *err,
    const char *format, ...) DS_PRINTF(5, 6);
/* Member by name and its failure if absent, in one: path of the object plus
 * the name in the message. */
int
ds_json_need(const ds_json *j, ds_jv object, const char *name, ds_jv *ret,
    dstack_error *err);

/* Insignificant white space removed, outside strings only; nothing else
 * changes. `text` must have passed ds_json_parse. */
void
ds_json_minify(ds_view text, ds_buf *out);

#endif
