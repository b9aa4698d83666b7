/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/pem.h"

#include <string.h>

#include "base/text.h"

void
ds_pem_init(ds_pem *p, ds_view text)
{
    p->rest = text;
}

static ds_view
skip(ds_view v, size_t n)
{
    return ds_view_of(v.p + n, v.n - n);
}

static bool
starts(ds_view v, const char *text)
{
    size_t n = strlen(text);

    return v.n >= n && memcmp(v.p, text, n) == 0;
}

static bool
is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The text, if it is next, taken off the front. */
static bool
eat(ds_view *v, const char *text)
{
    if (!starts(*v, text))
        return false;
    *v = skip(*v, strlen(text));
    return true;
}

static bool
eat_eol(ds_view *v)
{
    return eat(v, "\n") || eat(v, "\r\n");
}

/* "-----BEGIN label-----" or the same with END. */
static bool
eat_boundary(ds_view *v, const char *begin, const char *label)
{
    return eat(v, begin) && eat(v, label) && eat(v, "-----");
}

/* RFC 7468 section 3: one line or more, none of them empty, nothing in them
 * but base64 digits, whose alphabet the decoder checks. */
static bool
lines_are_plain(ds_view body)
{
    if (body.n == 0 || memchr(body.p, ' ', body.n) ||
        memchr(body.p, '\t', body.n))
        return false;
    while (body.n != 0) {
        const uint8_t *line = body.p;
        const uint8_t *eol = memchr(line, '\n', body.n);
        size_t n;

        if (!eol)
            return false;
        n = (size_t)(eol - line);
        body = skip(body, n + 1);
        if (n != 0 && eol[-1] == '\r')
            n--;
        if (n == 0 || memchr(line, '\r', n))
            return false;
    }
    return true;
}

int
ds_pem_next(ds_pem *p, const char *label, ds_buf *out)
{
    ds_view v, body;
    const uint8_t *dash;

    while (p->rest.n != 0 && is_space(*p->rest.p))
        p->rest = skip(p->rest, 1);
    v = p->rest;
    if (!starts(v, "-----")) {
        /* Text is never skipped to get at a block behind it. */
        return ds_view_contains(v, "-----BEGIN") ? -1 : 0;
    }
    if (!eat_boundary(&v, "-----BEGIN ", label) || !eat_eol(&v))
        return -1;
    dash = v.n != 0 ? memchr(v.p, '-', v.n) : NULL;
    if (!dash)
        return -1;
    body = ds_view_of(v.p, (size_t)(dash - v.p));
    v = skip(v, body.n);
    if (!eat_boundary(&v, "-----END ", label))
        return -1;
    /* Whatever follows is the next call's, but not on this line. */
    if (starts(v, "-") || !lines_are_plain(body) ||
        !ds_base64_decode(body, true, out))
        return -1;
    p->rest = v;
    return 1;
}

static void
add_boundary(const char *begin, const char *label, const char *eol, ds_buf *out)
{
    ds_buf_add_str(out, begin);
    ds_buf_add_str(out, label);
    ds_buf_add_str(out, "-----");
    ds_buf_add_str(out, eol);
}

void
ds_pem_write(ds_view der, const char *label, const char *eol, ds_buf *out)
{
    const size_t line = 48; /* bytes of 64 characters */

    add_boundary("-----BEGIN ", label, eol, out);
    for (size_t i = 0; i < der.n; i += line) {
        size_t n = der.n - i < line ? der.n - i : line;

        /* Straight into out, which may be secret. */
        ds_base64_encode(ds_view_of(der.p + i, n), out);
        ds_buf_add_str(out, eol);
    }
    add_boundary("-----END ", label, eol, out);
}
