/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

void
ds_jw_init(ds_jw *w, size_t max)
{
    memset(w, 0, sizeof *w);
    ds_buf_init(&w->buf, max);
}

void
ds_jw_free(ds_jw *w)
{
    ds_buf_free(&w->buf);
}

static void
add_escape(ds_buf *b, uint8_t c)
{
    static const char plain[] = "\"\\\b\f\n\r\t";
    static const char letter[] = "\"\\bfnrt";
    const char *at = c != 0 ? strchr(plain, c) : NULL;
    char text[8];

    if (at)
        (void)snprintf(text, sizeof text, "\\%c", letter[at - plain]);
    else
        (void)snprintf(text, sizeof text, "\\u%04x", (unsigned)c);
    ds_buf_add_str(b, text);
}

/* RFC 8259 section 7. */
static void
add_string(ds_buf *b, ds_view text)
{
    size_t i = 0;

    ds_buf_add_u8(b, '"');
    while (i < text.n) {
        const uint8_t *p = text.p + i;
        size_t n = ds_utf8_len(p, text.n - i);

        if (n == 0)
            ds_buf_add_str(b, "\xef\xbf\xbd");
        else if (*p < 0x20 || *p == '"' || *p == '\\')
            add_escape(b, *p);
        else
            ds_buf_add(b, p, n);
        i += n != 0 ? n : 1;
    }
    ds_buf_add_u8(b, '"');
}

/* What stands before a value: a comma and the member's name. False when a
 * value must not stand here. */
static bool
begin(ds_jw *w, const char *name)
{
    bool root = w->depth == 0;
    bool object = !root && (w->arrays >> w->depth & 1) == 0;

    if (object != (name != NULL) || (root && w->comma))
        w->misuse = true;
    if (w->misuse)
        return false;
    if (w->comma)
        ds_buf_add_u8(&w->buf, ',');
    if (object) {
        add_string(&w->buf, ds_view_str(name));
        ds_buf_add_u8(&w->buf, ':');
    }
    w->comma = true;
    return true;
}

static void
open_container(ds_jw *w, const char *name, bool array)
{
    if (!begin(w, name))
        return;
    if (w->depth == DS_MAX_JSON_DEPTH) {
        w->misuse = true;
        return;
    }
    w->depth++;
    w->arrays &= ~(UINT64_C(1) << w->depth);
    w->arrays |= (uint64_t)array << w->depth;
    w->comma = false;
    ds_buf_add_u8(&w->buf, array ? '[' : '{');
}

void
ds_jw_object(ds_jw *w, const char *name)
{
    open_container(w, name, false);
}

void
ds_jw_array(ds_jw *w, const char *name)
{
    open_container(w, name, true);
}

void
ds_jw_end(ds_jw *w)
{
    if (w->depth == 0)
        w->misuse = true;
    if (w->misuse)
        return;
    ds_buf_add_u8(&w->buf, (w->arrays >> w->depth & 1) != 0 ? ']' : '}');
    w->depth--;
    w->comma = true;
}

void
ds_jw_text(ds_jw *w, const char *name, const char *text)
{
    ds_jw_text_view(w, name, ds_view_str(text));
}

void
ds_jw_text_view(ds_jw *w, const char *name, ds_view text)
{
    if (begin(w, name))
        add_string(&w->buf, text);
}

void
ds_jw_hex(ds_jw *w, const char *name, ds_view bytes)
{
    char text[129];

    if (!begin(w, name))
        return;
    ds_buf_add_u8(&w->buf, '"');
    for (size_t i = 0; i < bytes.n; i += 64) {
        size_t n = bytes.n - i < 64 ? bytes.n - i : 64;

        ds_hex_encode(ds_view_of(bytes.p + i, n), text);
        ds_buf_add_str(&w->buf, text);
    }
    ds_buf_add_u8(&w->buf, '"');
}

void
ds_jw_int(ds_jw *w, const char *name, int64_t value)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%" PRId64, value);
    if (begin(w, name))
        ds_buf_add_str(&w->buf, text);
}

void
ds_jw_bool(ds_jw *w, const char *name, bool value)
{
    if (begin(w, name))
        ds_buf_add_str(&w->buf, value ? "true" : "false");
}

void
ds_jw_null(ds_jw *w, const char *name)
{
    if (begin(w, name))
        ds_buf_add_str(&w->buf, "null");
}

int
ds_jw_take(ds_jw *w, char **ret, size_t *ret_len, dstack_error *err)
{
    bool whole = !w->misuse && w->depth == 0 && w->comma;
    bool nomem = w->buf.nomem;
    bool bad = w->buf.bad;

    *ret = NULL;
    *ret_len = 0;
    if (nomem || bad || !whole) {
        ds_buf_free(&w->buf);
        if (nomem)
            return ds_fail_nomem(err);
        return ds_fail(err, DSTACK_ERR_INTERNAL, "json: the document %s",
            bad ? "is longer than it may be" : "is not complete");
    }
    *ret = (char *)ds_buf_take(&w->buf, ret_len);
    return *ret ? DSTACK_OK : ds_fail_nomem(err);
}
