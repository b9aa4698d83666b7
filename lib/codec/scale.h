/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CODEC_SCALE_H
#define DS_CODEC_SCALE_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "codec/fault.h"

/* SCALE (Simple Concatenated Aggregate Little-Endian), the part of it that
 * dstack's records use. Sticky like ds_reader: the first fault stays with its
 * position, from then on every read gives zeros or an empty view. */
typedef struct {
    ds_reader r;
    int fault; /* DS_FAULT_* */
    size_t at; /* where it was found */
} ds_scale;

void
ds_scale_init(ds_scale *s, ds_view in);
uint8_t
ds_scale_u8(ds_scale *s);
uint16_t
ds_scale_u16(ds_scale *s);
uint32_t
ds_scale_u32(ds_scale *s);
uint64_t
ds_scale_u64(ds_scale *s);
/* A compact number of at most max, in its one shortest form. The big mode,
 * for 2^30 and above, is out of range: nothing here is that large. */
uint32_t
ds_scale_compact(ds_scale *s, uint32_t max);
/* How many items follow: at most max, and no more than can be there when each
 * has at least `least` bytes. */
size_t
ds_scale_count(ds_scale *s, size_t max, size_t least);
/* Exactly n bytes; a byte vector; a string of UTF-8 without NUL. */
ds_view
ds_scale_fixed(ds_scale *s, size_t n);
ds_view
ds_scale_bytes(ds_scale *s, size_t max);
ds_view
ds_scale_text(ds_scale *s, size_t max);
/* A fault that the caller found. */
void
ds_scale_fail(ds_scale *s, int fault);
/* No fault and nothing left; what is left is a fault. */
bool
ds_scale_done(ds_scale *s);

void
ds_scale_put_u16(ds_buf *b, uint16_t v);
void
ds_scale_put_u32(ds_buf *b, uint32_t v);
void
ds_scale_put_u64(ds_buf *b, uint64_t v);
/* v is below 2^30; a larger one makes the buffer bad. */
void
ds_scale_put_compact(ds_buf *b, size_t v);
/* Length and bytes, of a vector or a string. */
void
ds_scale_put_bytes(ds_buf *b, ds_view v);

#endif
