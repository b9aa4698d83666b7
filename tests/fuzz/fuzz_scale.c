/* SPDX-License-Identifier: Apache-2.0 */
/* The first half of the input says what to read from the second: what reads
 * without a fault is written to the same bytes, so each value has one
 * encoding; a fault is where reading ended. */
#include <string.h>

#include "base/text.h"
#include "codec/scale.h"
#include "fuzz/help.h"

enum {
    READ_U8,
    READ_U16,
    READ_U32,
    READ_U64,
    READ_COMPACT,
    READ_BYTES,
    READ_TEXT,
    READ_FIXED,
    READ_COUNT,
    READS
};

static void
read_number(ds_scale *s, int what, ds_buf *out)
{
    uint64_t v;

    switch (what) {
    case READ_U8:
        ds_buf_add_u8(out, ds_scale_u8(s));
        break;
    case READ_U16:
        ds_scale_put_u16(out, ds_scale_u16(s));
        break;
    case READ_U32:
        ds_scale_put_u32(out, ds_scale_u32(s));
        break;
    case READ_U64:
        ds_scale_put_u64(out, ds_scale_u64(s));
        break;
    case READ_COMPACT:
        v = ds_scale_compact(s, 1u << 20);
        must(v <= 1u << 20);
        ds_scale_put_compact(out, (size_t)v);
        break;
    default:
        v = ds_scale_count(s, 1000, 4);
        must(v <= 1000 && v * 4 <= ds_rd_left(&s->r));
        ds_scale_put_compact(out, (size_t)v);
        break;
    }
}

static void
read_one(ds_scale *s, uint8_t op, ds_view in, ds_buf *out)
{
    int what = op % READS;
    ds_view v;

    if (what < READ_BYTES || what == READ_COUNT) {
        read_number(s, what, out);
        return;
    }
    if (what == READ_FIXED) {
        v = ds_scale_fixed(s, op / READS);
        must(s->fault != DS_FAULT_NONE || v.n == op / READS);
        ds_buf_add(out, v.p, v.n);
    } else {
        v = what == READ_BYTES ? ds_scale_bytes(s, 300) : ds_scale_text(s, 300);
        must(v.n <= 300 && (what == READ_BYTES || ds_utf8_is(v)));
        ds_scale_put_bytes(out, v);
    }
    must(fuzz_inside(v, in));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t half = size / 2;
    ds_view in = ds_view_of(data + half, size - half);
    ds_buf out;
    ds_scale s;
    size_t read = 0;

    ds_buf_init(&out, SIZE_MAX);
    ds_scale_init(&s, in);
    for (size_t i = 0; i < half; i++) {
        read_one(&s, data[i], in, &out);
        if (s.fault != DS_FAULT_NONE)
            break;
        read = s.r.off;
        must(out.n == read && (read == 0 || memcmp(out.p, in.p, read) == 0));
    }
    must(ds_scale_done(&s) == (s.fault == DS_FAULT_NONE && read == in.n));
    if (s.fault != DS_FAULT_NONE) {
        must(s.at >= read && s.at <= in.n);
        /* It stays. */
        must(ds_scale_u64(&s) == 0 && ds_scale_bytes(&s, 300).n == 0);
        must(ds_scale_compact(&s, 9) == 0 && !ds_scale_done(&s));
    }
    ds_buf_free(&out);
    return 0;
}
