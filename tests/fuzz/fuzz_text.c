/* SPDX-License-Identifier: Apache-2.0 */
/* Hex, base64 in both alphabets, base58, times and UTF-8: what decodes encodes
 * back to the same text, what encodes decodes back to the same bytes. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "fuzz/fuzz.h"

static void
must(bool ok)
{
    if (!ok)
        abort();
}

static void
check_hex(ds_view in)
{
    char *text = malloc(2 * in.n + 1);
    uint8_t *back = malloc(in.n + 1);
    ds_buf b;

    must(text && back);
    ds_hex_encode(in, text);
    must(ds_hex_is(ds_view_str(text)));
    must(ds_hex_decode(ds_view_str(text), back, in.n));
    must(ds_view_eq(ds_view_of(back, in.n), in));
    ds_buf_init(&b, in.n);
    must(ds_hex_decode_buf(in, &b) == ds_hex_is(in));
    if (ds_hex_is(in)) {
        must(ds_hex_decode(in, back, in.n / 2));
        must(ds_view_eq(ds_view_of(b.p, b.n), ds_view_of(back, in.n / 2)));
        ds_hex_encode(ds_view_of(b.p, b.n), text);
        for (size_t i = 0; i < in.n; i++)
            must(text[i] == (char)tolower(in.p[i]));
    }
    ds_buf_free(&b);
    free(text);
    free(back);
}

static void
check_base64(ds_view in)
{
    ds_buf text, bytes, dense;

    ds_buf_init(&text, SIZE_MAX);
    ds_buf_init(&bytes, in.n);
    ds_buf_init(&dense, SIZE_MAX);
    ds_base64_encode(in, &text);
    must(ds_base64_decode(ds_view_of(text.p, text.n), false, &bytes));
    must(ds_view_eq(ds_view_of(bytes.p, bytes.n), in));
    ds_buf_cut(&bytes, 0);
    ds_buf_cut(&text, 0);
    if (ds_base64_decode(in, true, &bytes)) {
        for (size_t i = 0; i < in.n; i++) {
            if (in.p[i] == 0 || !strchr(" \t\r\n", in.p[i]))
                ds_buf_add_u8(&dense, in.p[i]);
        }
        ds_base64_encode(ds_view_of(bytes.p, bytes.n), &text);
        must(ds_view_eq(
            ds_view_of(text.p, text.n), ds_view_of(dense.p, dense.n)));
        ds_buf_cut(&bytes, 0);
        must(ds_base64_decode(in, false, &bytes) == (dense.n == in.n));
    } else {
        must(!ds_base64_decode(in, false, &bytes) && bytes.n == 0);
    }
    ds_buf_free(&text);
    ds_buf_free(&bytes);
    ds_buf_free(&dense);
}

static void
check_base64url(ds_view in)
{
    ds_buf text, bytes;

    ds_buf_init(&text, SIZE_MAX);
    ds_buf_init(&bytes, in.n);
    ds_base64url_encode(in, &text);
    for (size_t i = 0; i < text.n; i++)
        must(isalnum(text.p[i]) || text.p[i] == '-' || text.p[i] == '_');
    must(ds_base64url_decode(ds_view_of(text.p, text.n), &bytes));
    must(ds_view_eq(ds_view_of(bytes.p, bytes.n), in));
    ds_buf_cut(&bytes, 0);
    ds_buf_cut(&text, 0);
    if (ds_base64url_decode(in, &bytes)) {
        ds_base64url_encode(ds_view_of(bytes.p, bytes.n), &text);
        must(ds_view_eq(ds_view_of(text.p, text.n), in));
    } else {
        must(bytes.n == 0);
    }
    ds_buf_free(&text);
    ds_buf_free(&bytes);
}

/* By Horner's rule from the text back to the bytes. */
static void
check_base58(ds_view in)
{
    static const char digits[] =
        "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    uint8_t back[128] = {0};
    size_t zeros = 0;
    ds_buf text;

    ds_buf_init(&text, 256);
    ds_base58_encode(in, &text);
    must(text.bad == (in.n > sizeof back));
    for (size_t i = 0; i < text.n; i++) {
        const char *at = strchr(digits, text.p[i]);
        unsigned carry;

        must(at && *at != 0);
        zeros += zeros == i && *at == '1';
        carry = (unsigned)(at - digits);
        for (size_t k = sizeof back; k-- > 0; carry >>= 8) {
            carry += 58u * back[k];
            back[k] = (uint8_t)carry;
        }
        must(carry == 0);
    }
    if (!text.bad) {
        must(zeros <= in.n && ds_view_is_zero(ds_view_of(in.p, zeros)));
        must(zeros == in.n || in.p[zeros] != 0);
        must(ds_view_eq(ds_view_of(back + sizeof back - in.n, in.n), in));
    }
    ds_buf_free(&text);
}

static void
check_time(ds_view in)
{
    char text[21];
    int64_t t = 0;

    if (ds_time_parse(in, &t)) {
        ds_time_format(t, text);
        must(ds_view_eq_str(in, text));
    }
    if (in.n < 8)
        return;
    memcpy(&t, in.p, 8);
    ds_time_format(t, text);
    if (t < 0 || t > DS_TIME_MAX) {
        must(strcmp(text, "invalid") == 0);
    } else {
        int64_t back;

        must(ds_time_parse(ds_view_str(text), &back) && back == t);
    }
}

/* RFC 3629 by decoding: the number of continuation bytes, then the value. */
static bool
slow_utf8(ds_view in)
{
    for (size_t i = 0; i < in.n; i++) {
        static const uint32_t least[4] = {1, 0x80, 0x800, 0x10000};
        uint32_t c = in.p[i];
        size_t more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;

        if (c >= 0xf8 || (c >= 0x80 && more == 0) || in.n - i <= more)
            return false;
        if (more != 0)
            c &= 0x3fu >> more;
        for (size_t k = 0; k < more; k++) {
            if (in.p[++i] >> 6 != 2)
                return false;
            c = c << 6 | (in.p[i] & 0x3f);
        }
        if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
            return false;
    }
    return true;
}

static void
check_utf8(ds_view in)
{
    char out[40];

    must(ds_utf8_is(in) == slow_utf8(in));
    if (slow_utf8(in)) {
        for (size_t n = 0; n <= in.n && n < 64; n++) {
            size_t cut = ds_utf8_cut((const char *)in.p, n);

            must(cut <= n && n - cut < 4);
            must(slow_utf8(ds_view_of(in.p, cut)));
        }
    }
    ds_err_quote(in, out);
    must(strlen(out) <= 35 && slow_utf8(ds_view_str(out)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ds_view in = ds_view_of(data, size);

    check_hex(in);
    check_base64(in);
    check_base64url(in);
    check_base58(in);
    check_time(in);
    check_utf8(in);
    return 0;
}
