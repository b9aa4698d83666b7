/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_BASE_BYTES_H
#define DS_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A borrowed span: the only way in which bytes travel inside the library.
 * p may be NULL only where n is 0. */
typedef struct {
    const uint8_t *p;
    size_t n;
} ds_view;

static inline ds_view
ds_view_of(const void *p, size_t n)
{
    ds_view v = {(const uint8_t *)p, n};
    return v;
}

static inline ds_view
ds_view_str(const char *s)
{
    return ds_view_of(s, s ? strlen(s) : 0);
}

bool
ds_view_eq(ds_view a, ds_view b);
bool
ds_view_eq_str(ds_view a, const char *s);
/* Every byte is zero; true for an empty view. */
bool
ds_view_is_zero(ds_view v);
bool
ds_view_contains(ds_view hay, const char *needle);

/* A cursor over a view. The first read past the end sets `bad`; from then on
 * every read gives zeros or an empty view, so that a parser reads like its
 * table in the specification and checks once at its end. */
typedef struct {
    ds_view in;
    size_t off;
    bool bad;
} ds_reader;

void
ds_reader_init(ds_reader *r, ds_view in);
uint8_t
ds_rd_u8(ds_reader *r);
uint16_t
ds_rd_u16le(ds_reader *r);
uint32_t
ds_rd_u32le(ds_reader *r);
uint64_t
ds_rd_u64le(ds_reader *r);
ds_view
ds_rd_view(ds_reader *r, size_t n);
void
ds_rd_skip(ds_reader *r, size_t n);
size_t
ds_rd_left(const ds_reader *r);
/* Nothing failed and everything was read. */
bool
ds_rd_done(const ds_reader *r);

uint16_t
ds_le16(const uint8_t *p);
uint32_t
ds_le32(const uint8_t *p);
uint64_t
ds_le64(const uint8_t *p);

#endif
