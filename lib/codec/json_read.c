/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "codec/json_token.h"

static const struct json_token *
token(const ds_json *j, ds_jv v)
{
    return v < j->n ? &j->t[v] : NULL;
}

int
ds_json_type(const ds_json *j, ds_jv v)
{
    const struct json_token *t = token(j, v);

    return t ? t->type : DS_JSON_MISSING;
}

ds_view
ds_json_raw(const ds_json *j, ds_jv v)
{
    const struct json_token *t = token(j, v);

    if (!t)
        return ds_view_of(NULL, 0);
    return ds_view_of(j->text.p + t->start, t->end - t->start);
}

size_t
ds_json_count(const ds_json *j, ds_jv v)
{
    const struct json_token *t = token(j, v);

    return t ? t->count : 0;
}

ds_jv
ds_json_first(const ds_json *j, ds_jv v)
{
    return ds_json_count(j, v) != 0 ? v + 1 : DS_JSON_NONE;
}

ds_jv
ds_json_next(const ds_json *j, ds_jv v)
{
    const struct json_token *t = token(j, v);

    return t ? t->next : DS_JSON_NONE;
}

/* A member's name is never at offset 0, where the root begins. */
ds_view
ds_json_name(const ds_json *j, ds_jv v)
{
    const struct json_token *t = token(j, v);

    if (!t || t->name == 0)
        return ds_view_of(NULL, 0);
    return ds_view_of(j->text.p + t->name, t->name_len);
}

ds_jv
ds_json_get(const ds_json *j, ds_jv object, const char *name)
{
    const struct json_token *t = token(j, object);
    size_t n = strlen(name);
    ds_jv v;

    if (!t || t->type != DS_JSON_OBJECT)
        return DS_JSON_NONE;
    for (v = ds_json_first(j, object); v != DS_JSON_NONE; v = t->next) {
        t = &j->t[v];
        if (!t->name_escaped) {
            if (t->name_len == n && memcmp(j->text.p + t->name, name, n) == 0)
                return v;
        } else if (ds_json_name_is(j, v, name)) {
            return v;
        }
    }
    return DS_JSON_NONE;
}

/* ---- paths, for messages ------------------------------------------------ */

#define PATH 128

/* A path grows from its leaf to the front of the buffer. */
struct path {
    char text[PATH];
    size_t at;
    bool full;
};

static void
path_front(struct path *p, const char *text)
{
    size_t n = strlen(text);

    if (p->full)
        return;
    if (n + 3 > p->at) {
        p->full = true;
        text = "...";
        n = 3;
    }
    p->at -= n;
    memcpy(p->text + p->at, text, n);
}

static size_t
index_of(const ds_json *j, ds_jv v)
{
    ds_jv w = j->t[v].parent + 1;
    size_t i = 0;

    for (; w != v; w = j->t[w].next)
        i++;
    return i;
}

/* One step of a path, with a dot before what follows unless that is an
 * index. */
static void
path_step(struct path *p, const char *text)
{
    char step[56];
    bool dot = p->text[p->at] != 0 && p->text[p->at] != '[';

    snprintf(step, sizeof step, "%s%s", text, dot ? "." : "");
    path_front(p, step);
}

/* "tcbInfo.tcbLevels[3].tcb"; the document's own name stands for the root,
 * and before an index of it. */
static void
path_of(const ds_json *j, ds_jv v, const char *leaf, struct path *p)
{
    const struct json_token *t;
    bool named = leaf != NULL;
    char text[40];

    p->at = PATH - 1;
    p->text[p->at] = 0;
    p->full = false;
    if (leaf)
        path_front(p, leaf);
    for (t = token(j, v); t && t->parent != DS_JSON_NONE && !p->full;
         t = &j->t[v]) {
        named = j->t[t->parent].type == DS_JSON_OBJECT;
        if (named)
            ds_err_quote(ds_json_name(j, v), text);
        else
            snprintf(text, sizeof text, "[%zu]", index_of(j, v));
        path_step(p, text);
        v = t->parent;
    }
    if (!named)
        path_front(p, j->what);
}

static int
fail_path(const ds_json *j, ds_jv v, const char *leaf, int reason,
    dstack_error *err, const char *text)
{
    int code = ds_reason_code(reason);
    struct path p;

    if (!err)
        return code;
    path_of(j, v, leaf, &p);
    return ds_fail_reason(
        err, code, DSTACK_STAGE_NONE, reason, "%s: %s", p.text + p.at, text);
}

int
ds_json_fail(const ds_json *j, ds_jv v, int reason, dstack_error *err,
    const char *format, ...)
{
    char text[sizeof err->message];
    va_list args;

    if (!err)
        return ds_reason_code(reason);
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return fail_path(j, v, NULL, reason, err, text);
}

/* ---- typed reads -------------------------------------------------------- */

int
ds_json_expect(const ds_json *j, ds_jv v, int type, dstack_error *err)
{
    static const char *const name[] = {"nothing", "an object", "an array",
        "a string", "a number", "true", "false", "null"};
    int found = ds_json_type(j, v);

    if (found == type)
        return DSTACK_OK;
    return ds_json_fail(j, v, DSTACK_REASON_JSON, err, "expected %s, found %s",
        name[type], name[found]);
}

int
ds_json_need(const ds_json *j, ds_jv object, const char *name, ds_jv *ret,
    dstack_error *err)
{
    int rc;

    *ret = DS_JSON_NONE;
    rc = ds_json_expect(j, object, DS_JSON_OBJECT, err);
    if (rc != DSTACK_OK)
        return rc;
    *ret = ds_json_get(j, object, name);
    if (*ret != DS_JSON_NONE)
        return DSTACK_OK;
    return fail_path(j, object, name, DSTACK_REASON_JSON, err, "missing");
}

/* 0 or [1-9][0-9]*, without overflow. The grammar has no leading zero. */
static bool
plain_integer(ds_view raw, uint64_t *ret)
{
    uint64_t value = 0;

    for (size_t i = 0; i < raw.n; i++) {
        uint8_t d = (uint8_t)(raw.p[i] - '0');

        if (d > 9 || value > (UINT64_MAX - d) / 10)
            return false;
        value = value * 10 + d;
    }
    *ret = value;
    return true;
}

int
ds_json_u64(
    const ds_json *j, ds_jv v, uint64_t max, uint64_t *ret, dstack_error *err)
{
    char quoted[40];
    uint64_t value;
    ds_view raw;
    int rc;

    *ret = 0;
    rc = ds_json_expect(j, v, DS_JSON_NUMBER, err);
    if (rc != DSTACK_OK)
        return rc;
    raw = ds_json_raw(j, v);
    if (!plain_integer(raw, &value) || value > max)
        return ds_json_fail(j, v, DSTACK_REASON_JSON_RANGE, err,
            "expected an integer from 0 to %llu, found %s",
            (unsigned long long)max, ds_err_quote(raw, quoted));
    *ret = value;
    return DSTACK_OK;
}

int
ds_json_bool(const ds_json *j, ds_jv v, bool *ret, dstack_error *err)
{
    int type = ds_json_type(j, v);

    *ret = type == DS_JSON_TRUE;
    if (type == DS_JSON_TRUE || type == DS_JSON_FALSE)
        return DSTACK_OK;
    return ds_json_fail(
        j, v, DSTACK_REASON_JSON, err, "expected true or false");
}

/* Between the quotes. */
static ds_view
string_body(const ds_json *j, ds_jv v)
{
    ds_view raw = ds_json_raw(j, v);

    return ds_view_of(raw.p + 1, raw.n - 2);
}

int
ds_json_string(
    const ds_json *j, ds_jv v, size_t max, ds_view *ret, dstack_error *err)
{
    ds_view body;
    int rc;

    *ret = ds_view_of(NULL, 0);
    rc = ds_json_expect(j, v, DS_JSON_STRING, err);
    if (rc != DSTACK_OK)
        return rc;
    body = string_body(j, v);
    if (j->t[v].escaped)
        return ds_json_fail(j, v, DSTACK_REASON_JSON_RANGE, err,
            "expected text without escapes");
    if (body.n > max)
        return ds_json_fail(j, v, DSTACK_REASON_JSON_RANGE, err,
            "expected at most %zu bytes, found %zu", max, body.n);
    *ret = body;
    return DSTACK_OK;
}

/* Not zero when one of eight bytes is a backslash; may be not zero for the
 * byte behind such a one as well. */
static uint64_t
has_escape(const uint8_t *p)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t w;

    memcpy(&w, p, 8);
    w ^= ones * '\\';
    return (w - ones) & ~w & ones << 7;
}

/* A document in a string has an escape every few bytes: gathered in chunks. */
static void
add_decoded(ds_view body, ds_buf *out)
{
    const uint8_t *p = body.p, *end = body.p + body.n;
    uint8_t chunk[512];
    size_t n = 0;

    ds_buf_add(out, NULL, 0);
    while (p < end) {
        if (n > sizeof chunk - 8) {
            ds_buf_add(out, chunk, n);
            n = 0;
        }
        if (end - p >= 8 && has_escape(p) == 0) {
            memcpy(chunk + n, p, 8);
            n += 8;
            p += 8;
        } else if (*p == '\\') {
            n += ds_json_char(&p, chunk + n);
        } else {
            do
                chunk[n++] = *p++;
            while (p < end && *p != '\\' && n < sizeof chunk - 8);
        }
    }
    ds_buf_add(out, chunk, n);
    if (out->secret)
        ds_wipe(chunk, sizeof chunk);
}

static int
add_text(const ds_json *j, ds_jv v, ds_view body, bool escaped, ds_buf *out,
    dstack_error *err)
{
    if (escaped)
        add_decoded(body, out);
    else
        ds_buf_add(out, body.p, body.n);
    if (out->nomem)
        return ds_fail_nomem(err);
    if (out->bad)
        return ds_json_fail(j, v, DSTACK_REASON_JSON_RANGE, err,
            "expected at most %zu bytes", out->max);
    return DSTACK_OK;
}

int
ds_json_string_buf(const ds_json *j, ds_jv v, ds_buf *out, dstack_error *err)
{
    int rc = ds_json_expect(j, v, DS_JSON_STRING, err);

    if (rc != DSTACK_OK)
        return rc;
    return add_text(j, v, string_body(j, v), j->t[v].escaped, out, err);
}

int
ds_json_name_buf(const ds_json *j, ds_jv v, ds_buf *out, dstack_error *err)
{
    return add_text(j, v, ds_json_name(j, v), j->t[v].name_escaped, out, err);
}

int
ds_json_hex(
    const ds_json *j, ds_jv v, uint8_t *out, size_t n, dstack_error *err)
{
    ds_view body;
    int rc;

    memset(out, 0, n);
    rc = ds_json_expect(j, v, DS_JSON_STRING, err);
    if (rc != DSTACK_OK)
        return rc;
    body = string_body(j, v);
    if (!ds_hex_decode(body, out, n)) {
        memset(out, 0, n);
        return ds_json_fail(j, v, DSTACK_REASON_JSON_RANGE, err,
            "expected %zu hex digits, found a string of %zu bytes", 2 * n,
            body.n);
    }
    return DSTACK_OK;
}

int
ds_json_time(const ds_json *j, ds_jv v, int64_t *ret, dstack_error *err)
{
    char quoted[40];
    ds_view body;
    int rc;

    *ret = 0;
    rc = ds_json_expect(j, v, DS_JSON_STRING, err);
    if (rc != DSTACK_OK)
        return rc;
    body = string_body(j, v);
    if (!ds_time_parse(body, ret))
        return ds_json_fail(j, v, DSTACK_REASON_JSON_DATE, err,
            "expected YYYY-MM-DDTHH:MM:SSZ, found %s",
            ds_err_quote(body, quoted));
    return DSTACK_OK;
}

/* The end of a string whose opening quote is at p. */
static const uint8_t *
string_end(const uint8_t *p, const uint8_t *end)
{
    for (p++; p < end && *p != '"'; p++) {
        if (*p == '\\')
            p++;
    }
    return p < end ? p + 1 : end;
}

static bool
is_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

void
ds_json_minify(ds_view text, ds_buf *out)
{
    const uint8_t *p = text.p, *end = text.p + text.n;

    ds_buf_add(out, NULL, 0);
    while (p < end) {
        const uint8_t *from;

        while (p < end && is_space(*p))
            p++;
        from = p;
        while (p < end && !is_space(*p))
            p = *p == '"' ? string_end(p, end) : p + 1;
        ds_buf_add(out, from, (size_t)(p - from));
    }
}
