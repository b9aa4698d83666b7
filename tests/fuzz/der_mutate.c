/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "forge/inner.h"
#include "fuzz/help.h"

/* A change to one value of a DER text, with the lengths around it made right
 * again, so that a reader gets as far as the value. */

#define MAX_DEPTH 12u

typedef struct {
    unsigned at;     /* of the value that comes next, counted from 0 */
    unsigned target; /* to be changed */
    fuzz_random r;
} walk;

/* One value off the front; false at the end and where there is none. */
static bool
split(ds_view *in, int *tag, ds_view *value, ds_view *whole)
{
    size_t head = 2, n;

    if (in->n < 2)
        return false;
    n = in->p[1];
    if (n > 0x82 || n == 0x80)
        return false;
    if (n & 0x80) {
        head += n & 0x7f;
        if (in->n < head)
            return false;
        n = n == 0x81 ? in->p[2] : (size_t)(in->p[2] << 8 | in->p[3]);
    }
    if (n > in->n - head)
        return false;
    *tag = in->p[0];
    *value = ds_view_of(in->p + head, n);
    *whole = ds_view_of(in->p, head + n);
    *in = ds_view_of(in->p + head + n, in->n - head - n);
    return true;
}

static void
put_mutated(ds_buf *out, int tag, ds_view value)
{
    uint8_t some[512];
    size_t n = value.n;

    if (n > sizeof some / 2) {
        forge_der_tlv(out, tag, value);
        return;
    }
    memcpy(some, value.p, n);
    n = LLVMFuzzerMutate(some, n, sizeof some);
    forge_der_tlv(out, tag, ds_view_of(some, n));
}

/* The chosen value, or what becomes of it and the one behind it. */
static void
change(
    walk *w, int tag, ds_view value, ds_view whole, ds_view *rest, ds_buf *out)
{
    static const uint8_t tags[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a,
        0x0c, 0x13, 0x17, 0x18, 0x30, 0x31, 0x80, 0xa0};
    ds_view next_value, next;
    int next_tag;

    switch (fuzz_below(&w->r, 8)) {
    case 0:
        break;
    case 1:
        forge_add_view(out, whole);
        forge_add_view(out, whole);
        break;
    case 2:
        if (split(rest, &next_tag, &next_value, &next))
            forge_add_view(out, next);
        forge_add_view(out, whole);
        break;
    case 3:
        forge_der_tlv(out, tags[fuzz_below(&w->r, sizeof tags)], value);
        break;
    case 4: /* a length that is longer than it need be */
        ds_buf_add_u8(out, (uint8_t)tag);
        ds_buf_add_u8(out, 0x82);
        ds_buf_add_u8(out, (uint8_t)(value.n >> 8));
        ds_buf_add_u8(out, (uint8_t)value.n);
        forge_add_view(out, value);
        break;
    default:
        put_mutated(out, tag, value);
    }
}

static void
copy(walk *w, ds_view in, unsigned depth, ds_buf *out)
{
    ds_view value, whole;
    size_t mark;
    int tag;

    while (split(&in, &tag, &value, &whole)) {
        if (w->at++ == w->target) {
            change(w, tag, value, whole, &in, out);
        } else if ((tag & 0x20) && depth < MAX_DEPTH) {
            mark = forge_der_open(out, tag);
            copy(w, value, depth + 1, out);
            forge_der_close(out, mark);
        } else {
            forge_add_view(out, whole);
        }
    }
    forge_add_view(out, in);
}

size_t
fuzz_mutate_der(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    walk w = {0, UINT32_MAX, {seed}};
    ds_buf out;

    if (fuzz_below(&w.r, 8) == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    ds_buf_init(&out, SIZE_MAX);
    copy(&w, ds_view_of(data, size), 0, &out);
    w.target = fuzz_below(&w.r, w.at);
    w.at = 0;
    ds_buf_cut(&out, 0);
    copy(&w, ds_view_of(data, size), 0, &out);
    if (out.n == 0 || out.n > max_size) {
        ds_buf_free(&out);
        return LLVMFuzzerMutate(data, size, max_size);
    }
    memcpy(data, out.p, out.n);
    size = out.n;
    ds_buf_free(&out);
    return size;
}
