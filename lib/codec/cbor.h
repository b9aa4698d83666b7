/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CODEC_CBOR_H
#define DS_CODEC_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "codec/walk.h"

/* CBOR (RFC 8949), the part of it that records of numbers, text and bytes
 * use: integers, byte and text strings, arrays, maps whose keys are text,
 * booleans and null. Tags, floats and indefinite lengths are refused, and so
 * are a head that is longer than it needs to be, a key twice in one map, text
 * that is not UTF-8 or has a NUL, more than DS_CBOR_MAX_DEPTH levels, and
 * bytes after the document. */
#define DS_CBOR_MAX_DEPTH DS_WALK_MAX_DEPTH
/* Keys of one map and of the maps around it. */
#define DS_CBOR_MAX_KEYS DS_WALK_MAX_KEYS

/* One document. The first fault stays, with its position. */
typedef struct {
    ds_view in;
    int fault; /* DS_FAULT_* */
    size_t at;
} ds_cbor;

/* A place in it: a value, or DS_CBOR_ABSENT. A read moves it behind the value;
 * after a fault every read gives zeros or an empty view. */
typedef struct {
    ds_cbor *doc;
    size_t off;
} ds_cbor_at;
#define DS_CBOR_ABSENT SIZE_MAX

/* Check the whole document once. False, with the fault set, when it is
 * malformed. */
bool
ds_cbor_open(ds_cbor *c, ds_view in, ds_cbor_at *root);

uint64_t
ds_cbor_uint(ds_cbor_at *at, uint64_t max);
ds_view
ds_cbor_text(ds_cbor_at *at, size_t max);
ds_view
ds_cbor_bytes(ds_cbor_at *at, size_t max);

/* A map: places the value of each name, all of which must be there. Keys with
 * other names are skipped. */
void
ds_cbor_record(
    ds_cbor_at *at, const char *const *names, size_t count, ds_cbor_at *ret);

#endif
