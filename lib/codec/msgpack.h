/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CODEC_MSGPACK_H
#define DS_CODEC_MSGPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "codec/walk.h"

/* MessagePack, the part of it that serialised records use: nil, booleans,
 * integers, floats (to be skipped only), text, bytes, arrays, and maps whose
 * keys are text. Extension types are refused, and so are a key twice in one
 * map, text that is not UTF-8 or has a NUL, more than DS_MP_MAX_DEPTH levels,
 * and bytes after the document. */
#define DS_MP_MAX_DEPTH DS_WALK_MAX_DEPTH
/* Keys of one map and of the maps around it. */
#define DS_MP_MAX_KEYS DS_WALK_MAX_KEYS

enum {
    DS_MP_NONE = 0, /* no value: absent, or after a fault */
    DS_MP_NIL,
    DS_MP_BOOL,
    DS_MP_UINT,
    DS_MP_INT, /* written as a signed number, whatever its value */
    DS_MP_FLOAT,
    DS_MP_TEXT,
    DS_MP_BYTES,
    DS_MP_ARRAY,
    DS_MP_MAP
};

/* Where an array or a map ends, so that it is walked once; and, of an array of
 * numbers up to 255, what it stands for. For the first that end in the outer
 * levels, where the large ones are. */
#define DS_MP_MAX_SPANS 16
#define DS_MP_SPAN_DEPTH 4
typedef struct {
    size_t off;
    size_t end;
    const uint8_t *bytes; /* NULL for any other array or map */
    size_t n;
} ds_mp_span;

/* One document. The first fault stays, with its position. */
typedef struct {
    ds_view in;
    uint8_t *room; /* where arrays of integers and hex become bytes */
    size_t used;
    ds_mp_span span[DS_MP_MAX_SPANS];
    size_t spans;
    int fault; /* DS_FAULT_* */
    size_t at;
} ds_mp;

/* A place in it: a value, or DS_MP_ABSENT. A read moves it behind the value;
 * after a fault every read gives zeros or an empty view. Copy it to come
 * back. */
typedef struct {
    ds_mp *doc;
    size_t off;
} ds_mp_at;
#define DS_MP_ABSENT SIZE_MAX

/* Check the whole document once. `room` holds in.n bytes and lives as long as
 * the views that are read. False, with the fault set, when it is malformed. */
bool
ds_mp_open(ds_mp *m, ds_view in, uint8_t *room, ds_mp_at *root);
void
ds_mp_fail(ds_mp_at *at, int fault);

int
ds_mp_type(const ds_mp_at *at);
uint64_t
ds_mp_uint(ds_mp_at *at, uint64_t max);
ds_view
ds_mp_text(ds_mp_at *at, size_t max);
/* Bytes, or an array of unsigned integers up to 255: both are in use. */
ds_view
ds_mp_bytes(ds_mp_at *at, size_t max);
/* Text of lower-case hex digits, as the bytes that it stands for. */
ds_view
ds_mp_hex(ds_mp_at *at, size_t max);
/* How many elements follow. */
size_t
ds_mp_array(ds_mp_at *at, size_t max);
void
ds_mp_skip(ds_mp_at *at);

typedef struct {
    const char *name;
    bool optional;
} ds_mp_field;

/* A record: a map, whose unknown keys are skipped, or an array with the
 * fields in their order. Places each field; an optional one may be absent. */
void
ds_mp_record(
    ds_mp_at *at, const ds_mp_field *fields, size_t count, ds_mp_at *ret);

/* Writers; always the shortest form. */
void
ds_mp_put_map(ds_buf *b, size_t count);
void
ds_mp_put_array(ds_buf *b, size_t count);
void
ds_mp_put_uint(ds_buf *b, uint64_t v);
void
ds_mp_put_text(ds_buf *b, ds_view text);
void
ds_mp_put_bytes(ds_buf *b, ds_view bytes);
/* The same bytes as an array of integers; as text in hex. */
void
ds_mp_put_ints(ds_buf *b, ds_view bytes);
void
ds_mp_put_hex(ds_buf *b, ds_view bytes);

#endif
