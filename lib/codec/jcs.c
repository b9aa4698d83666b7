/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/jcs.h"

/* The letter of a short escape; 0 for a character that has none. */
static char
short_escape(uint8_t c)
{
    switch (c) {
    case '"':
    case '\\':
        return (char)c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

void
ds_jcs_string(ds_buf *out, ds_view text)
{
    static const char digits[] = "0123456789abcdef";
    size_t from = 0;

    ds_buf_add_u8(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        char letter = short_escape(c);

        if (c >= 0x20 && letter == 0)
            continue;
        ds_buf_add(out, text.p + from, i - from);
        from = i + 1;
        ds_buf_add_u8(out, '\\');
        if (letter != 0) {
            ds_buf_add_u8(out, (uint8_t)letter);
        } else {
            ds_buf_add_str(out, "u00");
            ds_buf_add_u8(out, (uint8_t)digits[c >> 4]);
            ds_buf_add_u8(out, (uint8_t)digits[c & 15]);
        }
    }
    if (text.n != 0)
        ds_buf_add(out, text.p + from, text.n - from);
    ds_buf_add_u8(out, '"');
}
