/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/refusal.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

/* ---- one line of text --------------------------------------------------- */

struct line {
    char *out;
    size_t n;
    bool space; /* one is due before the next character */
    bool full;
};

/* Leaves room for the three dots. */
static void
line_add(struct line *l, const char *text, size_t n)
{
    bool gap = l->space && l->n != 0;

    if (l->full || l->n + n + gap + 4 > DS_REFUSAL_TEXT) {
        l->full = true;
        return;
    }
    if (gap)
        l->out[l->n++] = ' ';
    l->space = false;
    memcpy(l->out + l->n, text, n);
    l->n += n;
}

static size_t
hex_run(ds_view v)
{
    size_t n = 0;

    while (n < v.n && ((v.p[n] >= '0' && v.p[n] <= '9') ||
                          (v.p[n] >= 'a' && v.p[n] <= 'f') ||
                          (v.p[n] >= 'A' && v.p[n] <= 'F')))
        n++;
    return n;
}

void
ds_refusal_line(ds_view text, char out[DS_REFUSAL_TEXT])
{
    struct line l = {out, 0, false, false};
    size_t i = 0;

    while (i < text.n && !l.full) {
        size_t hex = hex_run(ds_view_of(text.p + i, text.n - i));
        char c = (char)text.p[i];

        if (hex >= 32) {
            line_add(&l, "[hex]", 5);
            i += hex;
            continue;
        }
        if (text.p[i] <= 0x20 || text.p[i] == 0x7f) {
            l.space = true;
            i++;
            continue;
        }
        if (text.p[i] > 0x7f)
            c = '?';
        /* A shorter run of digits is text; look at it once. */
        if (hex != 0) {
            line_add(&l, (const char *)text.p + i, hex);
            i += hex;
        } else {
            line_add(&l, &c, 1);
            i++;
        }
    }
    memcpy(out + l.n, l.full ? "..." : "", l.full ? 4 : 1);
}

/* ---- forms of an error -------------------------------------------------- */

static bool
starts(ds_view v, const char *text)
{
    size_t n = strlen(text);

    return v.n >= n && memcmp(v.p, text, n) == 0;
}

/* What agents say of a method that they do not have. */
static bool
says_not_found(ds_view text)
{
    return starts(text, "Service not found") ||
           ds_view_eq_str(text, "method Not Found");
}

/* A member's text, decoded; empty where there is none. */
static int
text_member(const ds_json *j, ds_jv v, ds_buf *out)
{
    ds_buf_cut(out, 0);
    if (ds_json_type(j, v) == DS_JSON_STRING)
        (void)ds_json_string_buf(j, v, out, NULL);
    return out->nomem ? DSTACK_ERR_NOMEM : DSTACK_OK;
}

/* The HTTP server's own: "Not Found: The requested resource ..." */
static int
server_object(const ds_json *j, ds_jv object, ds_buf *text, ds_buf *line)
{
    static const char *const parts[] = {"reason", "description"};
    int rc = DSTACK_OK;

    for (size_t i = 0; rc == DSTACK_OK && i < 2; i++) {
        rc = text_member(j, ds_json_get(j, object, parts[i]), text);
        if (rc != DSTACK_OK || text->n == 0)
            continue;
        ds_buf_add_str(line, line->n != 0 ? ": " : "");
        ds_buf_add(line, text->p, text->n);
    }
    return line->nomem ? DSTACK_ERR_NOMEM : rc;
}

int
ds_refusal_of_json(const ds_json *j, ds_jv error, ds_refusal *ret)
{
    ds_buf text, line;
    int rc;

    memset(ret, 0, sizeof *ret);
    ds_buf_init_secret(&text, DS_MAX_AGENT_ATTESTATION);
    ds_buf_init_secret(&line, DS_MAX_AGENT_ATTESTATION);
    if (ds_json_type(j, error) == DS_JSON_OBJECT) {
        rc = server_object(j, error, &text, &line);
        ret->not_found = true;
    } else {
        rc = text_member(j, error, &line);
        ret->not_found = says_not_found(ds_view_of(line.p, line.n));
    }
    ds_refusal_line(ds_view_of(line.p, line.n), ret->text);
    ds_buf_free(&text);
    ds_buf_free(&line);
    return rc;
}

/* A protobuf message with one field, number 1, of text: errors from before the
 * body is looked at come so, whatever the request was. */
static ds_view
protobuf_text(ds_view body)
{
    size_t length = 0, at = 1;
    unsigned shift = 0;

    if (body.n < 2 || body.p[0] != 0x0a)
        return ds_view_of(NULL, 0);
    for (; at < body.n && shift <= 14; shift += 7) {
        uint8_t b = body.p[at++];

        length |= (size_t)(b & 0x7f) << shift;
        if (b < 0x80)
            break;
    }
    if (shift > 14 || length != body.n - at)
        return ds_view_of(NULL, 0);
    return ds_view_of(body.p + at, length);
}

static const uint8_t *
find(ds_view v, const char *needle)
{
    size_t n = strlen(needle);

    for (size_t i = 0; i + n <= v.n; i++)
        if (memcmp(v.p + i, needle, n) == 0)
            return v.p + i;
    return NULL;
}

/* The title of an HTML page; all of any other text. */
static ds_view
page_text(ds_view body)
{
    const uint8_t *from = find(body, "<title>"), *to;

    if (!from)
        return body.n != 0 && body.p[0] == '<' ? ds_view_of(NULL, 0) : body;
    from += 7;
    to = find(ds_view_of(from, (size_t)(body.p + body.n - from)), "</title>");
    if (!to)
        return ds_view_of(NULL, 0);
    return ds_view_of(from, (size_t)(to - from));
}

int
ds_refusal_read(uint32_t status, ds_view body, ds_refusal *ret)
{
    ds_json *j = NULL;
    ds_view text = protobuf_text(body);
    int rc;

    memset(ret, 0, sizeof *ret);
    rc = ds_json_parse(body, "error", &j, NULL);
    if (rc == DSTACK_ERR_NOMEM)
        return rc;
    if (j && ds_json_get(j, 0, "error") != DS_JSON_NONE) {
        rc = ds_refusal_of_json(j, ds_json_get(j, 0, "error"), ret);
    } else {
        rc = DSTACK_OK;
        ret->not_found = true;
        if (text.n != 0)
            ret->not_found = says_not_found(text);
        else
            text = page_text(body);
        ds_refusal_line(text, ret->text);
    }
    /* Agents before 0.6.0 answer 400 for a method that is not there, and only
     * with their own words for it. */
    if (status != 404)
        ret->not_found = starts(ds_view_str(ret->text), "Service not found");
    ds_json_free(j);
    return rc;
}
