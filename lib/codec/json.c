/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "codec/json_token.h"

/* The one pass over the text. open[] holds the containers that the position
 * is in, last[] the latest child of each: no recursion, whatever the input. */
struct scan {
    ds_json *j;
    const uint8_t *p;
    size_t n;
    size_t at;
    int depth;
    bool nul; /* \u0000 is taken */
    uint32_t open[DS_MAX_JSON_DEPTH];
    uint32_t last[DS_MAX_JSON_DEPTH];
    dstack_error *err;
};

static int
fail_at(struct scan *s, int reason, size_t at, const char *text)
{
    return ds_fail_reason(s->err, ds_reason_code(reason), DSTACK_STAGE_NONE,
        reason, "%s: byte %zu: %s", s->j->what, at, text);
}

static int
fail(struct scan *s, const char *text)
{
    return fail_at(s, DSTACK_REASON_JSON, s->at, text);
}

static void
skip_space(struct scan *s)
{
    while (s->at < s->n) {
        uint8_t c = s->p[s->at];

        if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
            return;
        s->at++;
    }
}

/* The next byte; 0, which no grammar rule allows, at the end. */
static uint8_t
peek(const struct scan *s)
{
    return s->at < s->n ? s->p[s->at] : 0;
}

static int
token_add(struct scan *s, uint8_t type, uint32_t *ret)
{
    ds_json *j = s->j;
    struct json_token *t;

    if (j->n == j->cap) {
        size_t cap = (size_t)j->cap * 2;

        if (j->n >= DS_MAX_JSON_TOKENS)
            return fail(s, "more than 200000 values");
        if (cap > DS_MAX_JSON_TOKENS)
            cap = DS_MAX_JSON_TOKENS;
        t = ds_realloc_array(j->t, cap, sizeof *t);
        if (!t)
            return ds_fail_nomem(s->err);
        j->t = t;
        j->cap = (uint32_t)cap;
    }
    *ret = j->n++;
    t = &j->t[*ret];
    memset(t, 0, sizeof *t);
    t->type = type;
    t->start = (uint32_t)s->at;
    t->next = DS_JSON_NONE;
    t->parent = DS_JSON_NONE;
    if (s->depth != 0) {
        uint32_t *last = &s->last[s->depth - 1];

        t->parent = s->open[s->depth - 1];
        if (*last != DS_JSON_NONE)
            j->t[*last].next = *ret;
        *last = *ret;
        j->t[t->parent].count++;
    }
    return DSTACK_OK;
}

/* Four digits at p as a code unit; -1 when they are not. */
static int
code_unit(const uint8_t *p, size_t left)
{
    uint8_t b[2];

    if (left < 4 || !ds_hex_decode(ds_view_of(p, 4), b, 2))
        return -1;
    return b[0] << 8 | b[1];
}

/* RFC 8259 section 7; the position is at the backslash. */
static int
scan_escape(struct scan *s)
{
    const uint8_t *p = s->p + s->at;
    size_t left = s->n - s->at;
    int unit, low;

    if (left < 2)
        return fail(s, "the text ends in an escape");
    if (p[1] != 'u') {
        if (ds_json_escape(p[1]) == 0)
            return fail(s, "no such escape");
        s->at += 2;
        return DSTACK_OK;
    }
    unit = code_unit(p + 2, left - 2);
    if (unit < 0)
        return fail(s, "\\u without four hex digits");
    if (unit == 0 && !s->nul)
        return fail(s, "\\u0000 is refused");
    if (unit < 0xd800 || unit > 0xdfff) {
        s->at += 6;
        return DSTACK_OK;
    }
    low = left >= 12 && p[6] == '\\' && p[7] == 'u' ? code_unit(p + 8, left - 8)
                                                    : -1;
    if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff)
        return fail(s, "an unpaired surrogate");
    s->at += 12;
    return DSTACK_OK;
}

#define ONES (UINT64_C(0x0101010101010101))
#define TOPS (UINT64_C(0x8080808080808080))

/* Not zero when one of eight bytes ends a plain run: below 0x20, above 0x7f,
 * a quote or a backslash. May be not zero for a byte beside such a one; the
 * caller looks byte by byte then. */
static uint64_t
stops_run(const uint8_t *p)
{
    uint64_t w, quote, slash;

    memcpy(&w, p, 8);
    quote = w ^ ONES * '"';
    slash = w ^ ONES * '\\';
    return (w | (w - ONES * 0x20) | (quote - ONES) | (slash - ONES)) & TOPS;
}

#define YES4 1, 1, 1, 1
#define YES16 YES4, YES4, YES4, YES4
/* Stands for itself inside a string: ASCII but control characters, the quote
 * and the backslash. */
/* clang-format off */
static const uint8_t is_plain[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,         /* 0x00 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,         /* 0x10 */
    1, 1, 0, 1, YES4, YES4, YES4, YES16, YES16,             /* 0x20 */
    YES4, YES4, YES4, 0, 1, 1, 1, YES16, YES16};            /* 0x50 */
/* clang-format on */

/* From the opening quote to behind the closing one. */
static int
scan_string(struct scan *s, bool *escaped)
{
    size_t start = s->at++;

    *escaped = false;
    for (;;) {
        uint8_t c;
        size_t n;

        while (s->n - s->at >= 8 && stops_run(s->p + s->at) == 0)
            s->at += 8;
        while (s->at < s->n && is_plain[s->p[s->at]])
            s->at++;
        if (s->at == s->n)
            return fail_at(
                s, DSTACK_REASON_JSON, start, "a string without an end");
        c = s->p[s->at];
        if (c == '"') {
            s->at++;
            return DSTACK_OK;
        }
        if (c == '\\') {
            int rc = scan_escape(s);

            if (rc != DSTACK_OK)
                return rc;
            *escaped = true;
            continue;
        }
        if (c < 0x20)
            return fail(s, "a control character in a string");
        n = ds_utf8_len(s->p + s->at, s->n - s->at);
        if (n == 0)
            return fail(s, "ill-formed UTF-8");
        s->at += n;
    }
}

static bool
scan_digits(struct scan *s)
{
    size_t start = s->at;

    while (peek(s) >= '0' && peek(s) <= '9')
        s->at++;
    return s->at != start;
}

/* RFC 8259 section 6. */
static int
scan_number(struct scan *s)
{
    if (peek(s) == '-')
        s->at++;
    if (peek(s) == '0')
        s->at++;
    else if (!scan_digits(s))
        return fail(s, "expected a digit");
    if (peek(s) == '.') {
        s->at++;
        if (!scan_digits(s))
            return fail(s, "expected a digit after the point");
    }
    if (peek(s) == 'e' || peek(s) == 'E') {
        s->at++;
        if (peek(s) == '+' || peek(s) == '-')
            s->at++;
        if (!scan_digits(s))
            return fail(s, "expected a digit in the exponent");
    }
    return DSTACK_OK;
}

static int
scan_word(struct scan *s, const char *word)
{
    size_t n = strlen(word);

    if (s->n - s->at < n || memcmp(s->p + s->at, word, n) != 0)
        return fail(s, "expected a value");
    s->at += n;
    return DSTACK_OK;
}

static int
scan_open(struct scan *s, uint8_t type)
{
    uint32_t v = 0;
    int rc;

    if (s->depth == DS_MAX_JSON_DEPTH)
        return fail_at(
            s, DSTACK_REASON_JSON_DEPTH, s->at, "more than 32 levels");
    rc = token_add(s, type, &v);
    if (rc != DSTACK_OK)
        return rc;
    s->open[s->depth] = v;
    s->last[s->depth] = DS_JSON_NONE;
    s->depth++;
    s->at++;
    return DSTACK_OK;
}

static int
scan_close(struct scan *s)
{
    uint32_t v = s->open[s->depth - 1];
    struct json_token *t = &s->j->t[v];
    size_t dup;
    int rc;

    s->at++;
    t->end = (uint32_t)s->at;
    s->depth--;
    if (t->type == DS_JSON_ARRAY || t->count < 2)
        return DSTACK_OK;
    rc = ds_json_find_dup(s->j, v, &dup);
    if (rc != DSTACK_OK)
        return ds_fail_nomem(s->err);
    if (dup != 0)
        return fail_at(
            s, DSTACK_REASON_JSON_DUP, dup, "a second member of this name");
    return DSTACK_OK;
}

/* A value that is not a container. */
static int
scan_scalar(struct scan *s, uint32_t *v)
{
    uint8_t type = DS_JSON_NUMBER;
    bool escaped = false;
    int rc;

    switch (peek(s)) {
    case '"':
        type = DS_JSON_STRING;
        break;
    case 't':
        type = DS_JSON_TRUE;
        break;
    case 'f':
        type = DS_JSON_FALSE;
        break;
    case 'n':
        type = DS_JSON_NULL;
        break;
    default:
        if (peek(s) != '-' && (peek(s) < '0' || peek(s) > '9'))
            return fail(s, "expected a value");
        break;
    }
    rc = token_add(s, type, v);
    if (rc != DSTACK_OK)
        return rc;
    if (type == DS_JSON_STRING)
        rc = scan_string(s, &escaped);
    else if (type == DS_JSON_NUMBER)
        rc = scan_number(s);
    else
        rc = scan_word(s, type == DS_JSON_TRUE    ? "true"
                          : type == DS_JSON_FALSE ? "false"
                                                  : "null");
    s->j->t[*v].end = (uint32_t)s->at;
    s->j->t[*v].escaped = escaped;
    return rc;
}

/* A member's name, colon and the space around them. */
static int
scan_name(struct scan *s, uint32_t *start, uint32_t *len, bool *escaped)
{
    int rc;

    if (peek(s) != '"')
        return fail(s, "expected a member's name");
    *start = (uint32_t)s->at + 1;
    rc = scan_string(s, escaped);
    if (rc != DSTACK_OK)
        return rc;
    *len = (uint32_t)s->at - 1 - *start;
    skip_space(s);
    if (peek(s) != ':')
        return fail(s, "expected a colon");
    s->at++;
    skip_space(s);
    return DSTACK_OK;
}

/* A value, with its name first inside an object; containers are left open. */
static int
scan_value(struct scan *s)
{
    bool named =
        s->depth != 0 && s->j->t[s->open[s->depth - 1]].type == DS_JSON_OBJECT;
    uint32_t name = 0, name_len = 0, v = s->j->n;
    bool escaped = false;
    int rc = DSTACK_OK;

    if (named)
        rc = scan_name(s, &name, &name_len, &escaped);
    if (rc != DSTACK_OK)
        return rc;
    if (peek(s) == '{')
        rc = scan_open(s, DS_JSON_OBJECT);
    else if (peek(s) == '[')
        rc = scan_open(s, DS_JSON_ARRAY);
    else
        rc = scan_scalar(s, &v);
    if (rc != DSTACK_OK)
        return rc;
    s->j->t[v].name = name;
    s->j->t[v].name_len = name_len;
    s->j->t[v].name_escaped = escaped;
    return DSTACK_OK;
}

/* After a value: closing brackets until a comma or the end of the root. */
static int
scan_after(struct scan *s)
{
    while (s->depth != 0) {
        uint32_t v = s->open[s->depth - 1];
        bool object = s->j->t[v].type == DS_JSON_OBJECT;
        int rc;

        skip_space(s);
        if (peek(s) == ',') {
            s->at++;
            skip_space(s);
            return DSTACK_OK;
        }
        if (peek(s) != (object ? '}' : ']'))
            return fail(
                s, object ? "expected a comma or }" : "expected a comma or ]");
        rc = scan_close(s);
        if (rc != DSTACK_OK)
            return rc;
    }
    return DSTACK_OK;
}

static int
scan_document(struct scan *s)
{
    skip_space(s);
    if (s->n >= 3 && memcmp(s->p, "\xef\xbb\xbf", 3) == 0)
        return fail(s, "a byte order mark");
    do {
        int depth = s->depth;
        int rc = scan_value(s);

        if (rc != DSTACK_OK)
            return rc;
        if (s->depth > depth) {
            uint32_t v = s->open[s->depth - 1];

            /* Just opened: go on inside unless it is empty. */
            skip_space(s);
            if (peek(s) != (s->j->t[v].type == DS_JSON_OBJECT ? '}' : ']'))
                continue;
        }
        rc = scan_after(s);
        if (rc != DSTACK_OK)
            return rc;
    } while (s->depth != 0);
    skip_space(s);
    if (s->at != s->n)
        return fail_at(s, DSTACK_REASON_JSON_TRAILING, s->at,
            "something follows the value");
    return DSTACK_OK;
}

static int
parse(
    ds_view text, const char *what, bool nul, ds_json **ret, dstack_error *err)
{
    struct scan s;
    ds_json *j;
    int rc;

    *ret = NULL;
    ds_err_clear(err);
    j = ds_calloc(1, sizeof *j);
    if (!j)
        return ds_fail_nomem(err);
    j->text = text;
    j->what = what;
    s.j = j;
    s.p = text.p;
    s.n = text.n;
    s.at = 0;
    s.depth = 0;
    s.nul = nul;
    s.err = err;
    /* The documents at hand have a value in 10 to 30 bytes, bundles of them
     * few values in all. */
    j->cap = text.n < 3000 ? (uint32_t)text.n / 12 + 8 : 256;
    j->t = ds_realloc_array(NULL, j->cap, sizeof *j->t);
    if (!j->t)
        rc = ds_fail_nomem(err);
    else if (text.n > DS_MAX_JSON_TEXT)
        rc = fail(&s, "the text is too long");
    else
        rc = scan_document(&s);
    if (rc == DSTACK_OK)
        *ret = j;
    else
        ds_json_free(j);
    return rc;
}

int
ds_json_parse(ds_view text, const char *what, ds_json **ret, dstack_error *err)
{
    return parse(text, what, false, ret, err);
}

int
ds_json_parse_nul(
    ds_view text, const char *what, ds_json **ret, dstack_error *err)
{
    return parse(text, what, true, ret, err);
}

void
ds_json_free(ds_json *j)
{
    if (!j)
        return;
    ds_free(j->t);
    ds_free(j);
}
