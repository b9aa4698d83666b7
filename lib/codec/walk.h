/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CODEC_WALK_H
#define DS_CODEC_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "codec/fault.h"

/* What CBOR and MessagePack documents have in common: values that begin with a
 * head, some of which hold further values. */
#define DS_WALK_MAX_DEPTH 16
/* Keys of one map and of the maps around it. */
#define DS_WALK_MAX_KEYS 128

enum {
    DS_WALK_OTHER = 0,
    DS_WALK_TEXT,
    DS_WALK_ARRAY,
    DS_WALK_MAP
};

typedef struct {
    int kind;
    uint64_t n;  /* count of elements or pairs that follow behind body */
    size_t body; /* bytes that follow and are the value's own */
    size_t size; /* of the head itself */
} ds_walk_head;

/* The head of the value at off. False, with the document's fault set, when
 * there is no whole head, or when what it promises cannot follow. */
typedef bool
ds_walk_read(void *document, size_t off, ds_walk_head *ret);

/* A container has ended: from its head's first byte to behind its last, inside
 * so many others. */
typedef void
ds_walk_end(void *document, size_t off, size_t end, unsigned depth);

/* One value from the first byte of `in` to its last: keys are text and none is
 * twice in one map, text is UTF-8 without NUL, levels and keys are counted.
 * `end` may be NULL. False, with *fault and *at, which are the document's own,
 * set. */
bool
ds_walk_check(ds_view in, ds_walk_read *take, ds_walk_end *end, void *document,
    int *fault, size_t *at);

#endif
