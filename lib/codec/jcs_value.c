/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "codec/jcs.h"
#include "codec/json_token.h"

/* One member of an object on its way to its place. */
typedef struct {
    ds_view name; /* as it stands between the quotes */
    ds_jv value;
} member;

/* The code point that 1 to 4 bytes of UTF-8 are. */
static uint32_t
code_point(const uint8_t *p, size_t n)
{
    uint32_t c = n == 1 ? p[0] : p[0] & (0xffu >> (n + 1));

    for (size_t i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3f);
    return c;
}

/* A number that orders code points as their UTF-16 code units do: those
 * beyond the first plane begin with a surrogate, which is less than what
 * follows the surrogates in it. */
static uint32_t
utf16_rank(uint32_t c)
{
    if (c < 0xd800)
        return c;
    return c >= 0x10000 ? c - 0x10000 + 0xd800 : c + 0x100000;
}

/* The next character of a name, whether it is escaped or stands as it is. */
static uint32_t
next_rank(const uint8_t **p, const uint8_t *end)
{
    uint8_t utf8[4];
    size_t n;

    if (**p == '\\') {
        n = ds_json_char(p, utf8);
    } else {
        n = ds_utf8_len(*p, (size_t)(end - *p));
        memcpy(utf8, *p, n);
        *p += n;
    }
    return utf16_rank(code_point(utf8, n));
}

static int
compare(const void *a, const void *b)
{
    ds_view x = ((const member *)a)->name, y = ((const member *)b)->name;
    const uint8_t *p = x.p, *q = y.p;

    while (p < x.p + x.n && q < y.p + y.n) {
        uint32_t u = next_rank(&p, x.p + x.n), v = next_rank(&q, y.p + y.n);

        if (u != v)
            return u < v ? -1 : 1;
    }
    return (p < x.p + x.n) - (q < y.p + y.n);
}

static void
put_string(ds_view body, ds_buf *out)
{
    const uint8_t *p = body.p;
    ds_buf text;

    if (!memchr(body.p, '\\', body.n)) {
        /* What JSON lets stand as it is, stands so in RFC 8785 too. */
        ds_buf_add_u8(out, '"');
        ds_buf_add(out, body.p, body.n);
        ds_buf_add_u8(out, '"');
        return;
    }
    /* No character grows when its escape is decoded. */
    ds_buf_init(&text, body.n);
    text.secret = out->secret;
    while (p < body.p + body.n) {
        uint8_t utf8[4];
        size_t n = ds_json_char(&p, utf8);

        ds_buf_add(&text, utf8, n);
    }
    if (text.nomem)
        out->nomem = true;
    else
        ds_jcs_string(out, ds_view_of(text.p, text.n));
    ds_buf_free(&text);
}

static int
put_array(const ds_json *j, ds_jv v, ds_buf *out, dstack_error *err)
{
    int rc = DSTACK_OK;
    bool more = false;

    ds_buf_add_u8(out, '[');
    for (ds_jv item = ds_json_first(j, v);
         rc == DSTACK_OK && item != DS_JSON_NONE;
         item = ds_json_next(j, item)) {
        if (more)
            ds_buf_add_u8(out, ',');
        more = true;
        rc = ds_jcs_value(j, item, out, err);
    }
    ds_buf_add_u8(out, ']');
    return rc;
}

static int
put_object(const ds_json *j, ds_jv v, ds_buf *out, dstack_error *err)
{
    size_t n = ds_json_count(j, v), i = 0;
    member *members = ds_calloc(n, sizeof *members);
    int rc = DSTACK_OK;

    if (!members)
        return ds_fail_nomem(err);
    for (ds_jv item = ds_json_first(j, v); item != DS_JSON_NONE;
         item = ds_json_next(j, item))
        members[i++] = (member){ds_json_name(j, item), item};
    qsort(members, n, sizeof *members, compare);
    ds_buf_add_u8(out, '{');
    for (i = 0; rc == DSTACK_OK && i < n; i++) {
        if (i != 0)
            ds_buf_add_u8(out, ',');
        put_string(members[i].name, out);
        ds_buf_add_u8(out, ':');
        rc = ds_jcs_value(j, members[i].value, out, err);
    }
    ds_buf_add_u8(out, '}');
    ds_free(members);
    return rc;
}

int
ds_jcs_value(const ds_json *j, ds_jv v, ds_buf *out, dstack_error *err)
{
    ds_view raw = ds_json_raw(j, v);
    int rc = DSTACK_OK;

    switch (ds_json_type(j, v)) {
    case DS_JSON_OBJECT:
        rc = put_object(j, v, out, err);
        break;
    case DS_JSON_ARRAY:
        rc = put_array(j, v, out, err);
        break;
    case DS_JSON_STRING:
        put_string(ds_view_of(raw.p + 1, raw.n - 2), out);
        break;
    case DS_JSON_NUMBER:
        if (!ds_jcs_number(out, raw) && !out->nomem)
            rc = ds_json_fail(j, v, DSTACK_REASON_JSON_RANGE, err,
                "a number that no double can hold");
        break;
    default: /* true, false, null */
        ds_buf_add(out, raw.p, raw.n);
        break;
    }
    if (rc == DSTACK_OK && out->nomem)
        rc = ds_fail_nomem(err);
    return rc;
}
