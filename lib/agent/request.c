/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/request.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/text.h"

void
ds_request_begin(ds_request *r)
{
    /* Everything that goes into a request has a limit of its own. */
    ds_buf_init_secret(&r->out, DS_MAX_AGENT_ATTESTATION);
    ds_buf_add_u8(&r->out, '{');
    r->comma = false;
}

static void
comma(ds_request *r)
{
    if (r->comma)
        ds_buf_add_u8(&r->out, ',');
    r->comma = true;
}

/* RFC 8259 section 7: the quote, the backslash and what is below 0x20. */
static void
add_string(ds_buf *out, ds_view text)
{
    static const char digit[] = "0123456789abcdef";
    size_t from = 0;

    ds_buf_add_u8(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        char escape[] = {'\\', 'u', '0', '0', digit[c >> 4], digit[c & 15]};

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        ds_buf_add(out, text.p + from, i - from);
        ds_buf_add(out, escape, sizeof escape);
        from = i + 1;
    }
    ds_buf_add(out, text.n != 0 ? text.p + from : NULL, text.n - from);
    ds_buf_add_u8(out, '"');
}

static void
name_of(ds_request *r, const char *name)
{
    comma(r);
    add_string(&r->out, ds_view_str(name));
    ds_buf_add_u8(&r->out, ':');
}

void
ds_request_text(ds_request *r, const char *name, ds_view text)
{
    name_of(r, name);
    add_string(&r->out, text);
}

void
ds_request_hex(ds_request *r, const char *name, ds_view bytes)
{
    char chunk[129];

    name_of(r, name);
    ds_buf_add_u8(&r->out, '"');
    for (size_t i = 0; i < bytes.n; i += 64) {
        size_t n = bytes.n - i < 64 ? bytes.n - i : 64;

        ds_hex_encode(ds_view_of(bytes.p + i, n), chunk);
        ds_buf_add(&r->out, chunk, 2 * n);
    }
    ds_buf_add_u8(&r->out, '"');
    ds_wipe(chunk, sizeof chunk);
}

void
ds_request_bool(ds_request *r, const char *name, bool value)
{
    name_of(r, name);
    ds_buf_add_str(&r->out, value ? "true" : "false");
}

void
ds_request_uint(ds_request *r, const char *name, uint64_t value)
{
    char text[24];

    name_of(r, name);
    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    ds_buf_add_str(&r->out, text);
}

void
ds_request_texts_begin(ds_request *r, const char *name)
{
    name_of(r, name);
    ds_buf_add_u8(&r->out, '[');
    r->comma = false;
}

void
ds_request_texts_add(ds_request *r, ds_view text)
{
    comma(r);
    add_string(&r->out, text);
}

void
ds_request_texts_end(ds_request *r)
{
    ds_buf_add_u8(&r->out, ']');
    r->comma = true;
}

bool
ds_request_end(ds_request *r)
{
    ds_buf_add_u8(&r->out, '}');
    return !r->out.nomem && !r->out.bad;
}

void
ds_request_free(ds_request *r)
{
    ds_buf_free(&r->out);
}

bool
ds_request_is_text(ds_view text)
{
    size_t i = 0;

    while (i < text.n) {
        size_t n = text.p[i] == 0 ? 1 : ds_utf8_len(text.p + i, text.n - i);

        if (n == 0)
            return false;
        i += n;
    }
    return true;
}
