/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "message.h"

/* A request's JSON as the agents take it (spec 1.4): unknown members are
 * skipped whatever they nest, duplicates and null are refused, an array gives
 * the fields in their order, and a refusal says what was met and where, in
 * the agents' words. */
typedef struct {
    ds_view in;
    size_t at;
    bool skipping; /* what comes next belongs to a member that nobody knows */
    ds_buf text;   /* the last string, decoded */
    ds_buf stack;  /* open brackets of what is skipped */
    sim_error *err;
} reader;

/* ---- refusals ------------------------------------------------------------ */

/* The position is that of the at-th byte, counted as the agents do. */
static void
refuse_at(reader *r, size_t at, const char *why)
{
    size_t line = 1, start = 0;

    if (at > r->in.n)
        at = r->in.n;
    for (size_t i = 0; i < at; i++)
        if (r->in.p[i] == '\n') {
            line++;
            start = i + 1;
        }
    sim_refuse(r->err, "%s at line %zu column %zu", why, line, at - start);
}

/* About what was read ... */
static bool
fail_read(reader *r, const char *why)
{
    refuse_at(r, r->at, why);
    return false;
}

/* ... and about what comes next. */
static bool
fail_next(reader *r, const char *why)
{
    refuse_at(r, r->at + 1, why);
    return false;
}

static bool
fail_type(reader *r, const char *what, const char *found, const char *expected)
{
    char why[200];

    snprintf(
        why, sizeof why, "invalid %s: %s, expected %s", what, found, expected);
    return fail_read(r, why);
}

/* ---- characters ---------------------------------------------------------- */

/* The next byte, or -1 at the end. */
static int
peek(const reader *r)
{
    return r->at < r->in.n ? r->in.p[r->at] : -1;
}

static int
peek_after_space(reader *r)
{
    int c = peek(r);

    while (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
        r->at++;
        c = peek(r);
    }
    return c;
}

static bool
is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* The rest of true, false or null, whose first letter is next. */
static bool
read_word(reader *r)
{
    const char *word = peek(r) == 't'   ? "true"
                       : peek(r) == 'f' ? "false"
                                        : "null";

    for (; *word; word++) {
        if (peek(r) < 0)
            return fail_read(r, "EOF while parsing a value");
        if (peek(r) != *word) {
            r->at++;
            return fail_read(r, "expected ident");
        }
        r->at++;
    }
    return true;
}

/* ---- strings ------------------------------------------------------------- */

static bool
read_hex4(reader *r, uint32_t *ret)
{
    uint8_t two[2];

    if (r->in.n - r->at < 4) {
        r->at = r->in.n;
        return fail_read(r, "EOF while parsing a string");
    }
    if (!ds_hex_decode(ds_view_of(r->in.p + r->at, 4), two, 2)) {
        r->at += 4;
        return fail_read(r, "invalid escape");
    }
    r->at += 4;
    *ret = (uint32_t)two[0] << 8 | two[1];
    return true;
}

static void
add_utf8(ds_buf *b, uint32_t c)
{
    if (c < 0x80) {
        ds_buf_add_u8(b, (uint8_t)c);
        return;
    }
    if (c < 0x800) {
        ds_buf_add_u8(b, (uint8_t)(0xc0 | c >> 6));
    } else {
        if (c < 0x10000) {
            ds_buf_add_u8(b, (uint8_t)(0xe0 | c >> 12));
        } else {
            ds_buf_add_u8(b, (uint8_t)(0xf0 | c >> 18));
            ds_buf_add_u8(b, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
        }
        ds_buf_add_u8(b, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
    }
    ds_buf_add_u8(b, (uint8_t)(0x80 | (c & 0x3f)));
}

/* Behind \u. */
static bool
read_unicode(reader *r)
{
    uint32_t c, low;

    if (!read_hex4(r, &c))
        return false;
    if (r->skipping)
        return true;
    if (c >= 0xdc00 && c <= 0xdfff)
        return fail_read(r, "lone leading surrogate in hex escape");
    if (c >= 0xd800 && c <= 0xdbff) {
        for (const char *want = "\\u"; *want; want++) {
            if (peek(r) < 0)
                return fail_read(r, "EOF while parsing a string");
            r->at++;
            if (r->in.p[r->at - 1] != (uint8_t)*want)
                return fail_read(r, "unexpected end of hex escape");
        }
        if (!read_hex4(r, &low))
            return false;
        if (low < 0xdc00 || low > 0xdfff)
            return fail_read(r, "lone leading surrogate in hex escape");
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    add_utf8(&r->text, c);
    return true;
}

/* Behind the backslash. */
static bool
read_escape(reader *r)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    const char *known;
    int c = peek(r);

    if (c < 0)
        return fail_read(r, "EOF while parsing a string");
    r->at++;
    if (c == 'u')
        return read_unicode(r);
    known = c ? strchr(from, c) : NULL;
    if (!known)
        return fail_read(r, "invalid escape");
    ds_buf_add_u8(&r->text, (uint8_t)to[known - from]);
    return true;
}

/* Behind the opening quote, into r->text. Text that is skipped is not looked
 * at for UTF-8. */
static bool
read_string(reader *r)
{
    ds_buf_cut(&r->text, 0);
    for (;;) {
        size_t from = r->at;
        int c = peek(r);

        while (c >= 0x20 && c != '"' && c != '\\') {
            r->at++;
            c = peek(r);
        }
        ds_buf_add(&r->text, r->in.p + from, r->at - from);
        if (c < 0)
            return fail_read(r, "EOF while parsing a string");
        r->at += c >= 0x20 || !r->skipping;
        if (c < 0x20)
            return fail_read(r,
                "control character (\\u0000-\\u001F) found while parsing a "
                "string");
        if (c == '"')
            break;
        if (!read_escape(r))
            return false;
    }
    if (r->text.nomem)
        return sim_no_memory(r->err);
    if (!r->skipping && !sim_is_utf8(ds_view_of(r->text.p, r->text.n)))
        return fail_read(r, "invalid unicode code point");
    return true;
}

/* ---- numbers ------------------------------------------------------------- */

static bool
read_digits(reader *r)
{
    if (!is_digit(peek(r)))
        return peek(r) < 0 && !r->skipping
                   ? fail_next(r, "EOF while parsing a value")
                   : fail_next(r, "invalid number");
    while (is_digit(peek(r)))
        r->at++;
    return true;
}

static bool
read_number(reader *r, ds_view *ret, bool *whole)
{
    size_t from = r->at, start;
    bool zero;

    *whole = true;
    if (peek(r) == '-')
        r->at++;
    zero = peek(r) == '0';
    start = r->at;
    if (!read_digits(r))
        return false;
    if (zero && r->at > start + 1) {
        r->at = start + 1;
        return fail_next(r, "invalid number");
    }
    if (peek(r) == '.') {
        *whole = false;
        r->at++;
        if (!read_digits(r))
            return false;
    }
    if (peek(r) == 'e' || peek(r) == 'E') {
        *whole = false;
        r->at++;
        if (peek(r) == '+' || peek(r) == '-')
            r->at++;
        if (!read_digits(r))
            return false;
    }
    *ret = ds_view_of(r->in.p + from, r->at - from);
    return true;
}

/* What an integer beyond 64 bits becomes, and a fraction: as few digits as
 * give the number back. */
static void
show_float(double d, char out[100])
{
    char shown[48];
    int digits = 0, exponent;
    double again;

    do {
        snprintf(shown, sizeof shown, "%.*e", digits, d);
        again = strtod(shown, NULL);
    } while ((again < d || again > d) && ++digits < 17);
    exponent = (int)strtol(strchr(shown, 'e') + 1, NULL, 10);
    if (exponent >= 16 || exponent < -5)
        snprintf(out, 100, "floating point `%.*se%+d`",
            (int)(strchr(shown, 'e') - shown), shown, exponent);
    else
        snprintf(out, 100, "floating point `%.*f`",
            digits > exponent ? digits - exponent : 1, d);
}

static bool
to_u64(ds_view text, uint64_t *ret)
{
    uint64_t v = 0;

    for (size_t i = 0; i < text.n; i++) {
        unsigned digit = (unsigned)(text.p[i] - '0');

        if (v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *ret = v;
    return true;
}

/* How an unfitting number is called. */
static bool
name_number(reader *r, ds_view text, bool whole, char out[100])
{
    bool minus = text.p[0] == '-';
    ds_view digits = ds_view_of(text.p + minus, text.n - minus);
    uint64_t v;
    double d;

    if (whole && to_u64(digits, &v) &&
        (!minus || (v != 0 && v <= (uint64_t)INT64_MAX + 1))) {
        snprintf(out, 100, "integer `%.*s`", (int)text.n, (const char *)text.p);
        return true;
    }
    ds_buf_cut(&r->text, 0);
    ds_buf_add(&r->text, text.p, text.n);
    if (r->text.nomem) {
        sim_no_memory(r->err);
        return false;
    }
    d = strtod((const char *)r->text.p, NULL);
    if (!isfinite(d))
        return fail_read(r, "number out of range");
    show_float(d, out);
    return true;
}

/* ---- values of the wrong type -------------------------------------------- */

/* The text as a debugger would show it. */
static void
name_string(ds_view text, char out[100])
{
    static const char from[] = "\"\\\n\t\r";
    static const char to[] = "\"\\ntr";
    size_t n = (size_t)snprintf(out, 100, "string \"");

    for (size_t i = 0; i < text.n && n < 90; i++) {
        uint8_t c = text.p[i];
        const char *special = c ? strchr(from, c) : NULL;

        if (special)
            n += (size_t)snprintf(out + n, 3, "\\%c", to[special - from]);
        else if (c == 0)
            n += (size_t)snprintf(out + n, 3, "\\0");
        else if (c < 0x20 || c == 0x7f)
            n += (size_t)snprintf(out + n, 8, "\\u{%x}", c);
        else
            out[n++] = (char)c;
    }
    n = ds_utf8_cut(out, n);
    out[n++] = '"';
    out[n] = 0;
}

/* An unfitting word: true, false or null. */
static bool
name_word(reader *r, char out[100])
{
    const char *name = peek(r) == 't'   ? "boolean `true`"
                       : peek(r) == 'f' ? "boolean `false`"
                                        : "null";

    snprintf(out, 100, "%s", name);
    return read_word(r);
}

static bool
wrong_number(reader *r, const char *expected)
{
    ds_view number;
    char name[100];
    bool whole;

    if (!read_number(r, &number, &whole) ||
        !name_number(r, number, whole, name))
        return false;
    /* An integer that only does not fit. */
    return fail_type(r,
        strcmp(expected, "u64") == 0 && name[0] == 'i' ? "value" : "type", name,
        expected);
}

static bool
wrong_type(reader *r, const char *expected)
{
    int c = peek(r);
    char name[100];

    if (c == '[')
        return fail_type(r, "type", "sequence", expected);
    if (c == '{')
        return fail_type(r, "type", "map", expected);
    if (c == '-' || is_digit(c))
        return wrong_number(r, expected);
    if (c == '"') {
        r->at++;
        if (!read_string(r))
            return false;
        name_string(ds_view_of(r->text.p, r->text.n), name);
    } else if (c == 't' || c == 'f' || c == 'n') {
        if (!name_word(r, name))
            return false;
    } else {
        return fail_next(r, "expected value");
    }
    return fail_type(r, "type", name, expected);
}

/* ---- what is skipped ----------------------------------------------------- */

static bool
expect_colon(reader *r)
{
    int c = peek_after_space(r);

    if (c == ':') {
        r->at++;
        return true;
    }
    return c < 0 ? fail_next(r, "EOF while parsing an object")
                 : fail_next(r, "expected `:`");
}

static bool
expect_name(reader *r)
{
    int c = peek_after_space(r);

    if (c == '"') {
        r->at++;
        return read_string(r) && expect_colon(r);
    }
    return c < 0 ? fail_next(r, "EOF while parsing an object")
                 : fail_next(r, "key must be a string");
}

/* One value, or an opening bracket, which goes onto the stack. */
static bool
skip_scalar(reader *r, bool *opened)
{
    int c = peek_after_space(r);
    ds_view number;
    bool whole;

    *opened = c == '[' || c == '{';
    if (*opened) {
        r->at++;
        ds_buf_add_u8(&r->stack, c == '[' ? ']' : '}');
        return r->stack.nomem ? sim_no_memory(r->err) : true;
    }
    if (c == '"') {
        r->at++;
        return read_string(r);
    }
    if (c == '-' || is_digit(c))
        return read_number(r, &number, &whole);
    if (c == 't' || c == 'f' || c == 'n')
        return read_word(r);
    return c < 0 ? fail_next(r, "EOF while parsing a value")
                 : fail_next(r, "expected value");
}

/* Behind a value (comma: one may follow) or an opening bracket: closes what is
 * closed, and reads on to the next value. */
static bool
skip_closing(reader *r, bool comma)
{
    while (r->stack.n != 0) {
        uint8_t close = r->stack.p[r->stack.n - 1];
        int c = peek_after_space(r);

        if (c < 0)
            return fail_next(r, close == ']' ? "EOF while parsing a list"
                                             : "EOF while parsing an object");
        if (c == close) {
            r->at++;
            ds_buf_cut(&r->stack, r->stack.n - 1);
            comma = true;
            continue;
        }
        if (comma && c != ',')
            return fail_next(r,
                close == ']' ? "expected `,` or `]`" : "expected `,` or `}`");
        if (comma)
            r->at++;
        return close == ']' ? true : expect_name(r);
    }
    return true;
}

static bool
skip_value(reader *r)
{
    bool opened;

    ds_buf_cut(&r->stack, 0);
    r->skipping = true;
    do {
        if (!skip_scalar(r, &opened) || !skip_closing(r, !opened))
            return false;
    } while (r->stack.n != 0);
    r->skipping = false;
    return true;
}

/* ---- fields -------------------------------------------------------------- */

/* A failure that is found behind the value, in r->err, is reported from where
 * the whole message could have ended. */
static bool
fail_behind(reader *r, bool array)
{
    int c = peek_after_space(r);
    char why[sizeof r->err->text];

    memcpy(why, r->err->text, sizeof why);

    if (c == (array ? ']' : '}'))
        r->at++;
    else if (array && c == ',') {
        r->at++;
        peek_after_space(r);
    }
    return fail_read(r, why);
}

static bool
read_text(reader *r, sim_message *m, size_t at, bool array)
{
    int type = m->schema->fields[at].type;
    ds_buf bytes;
    bool ok;

    if (peek_after_space(r) < 0)
        return fail_next(r, "EOF while parsing a value");
    if (peek(r) != '"')
        return wrong_type(r, "a string");
    r->at++;
    if (!read_string(r))
        return false;
    if (type != SIM_BYTES) {
        sim_put_at(m, at, ds_view_of(r->text.p, r->text.n));
        return true;
    }
    ds_buf_init_secret(&bytes, SIM_MAX_BODY);
    ok = sim_hex_read(ds_view_of(r->text.p, r->text.n), &bytes, r->err);
    if (ok)
        sim_put_at(m, at, ds_view_of(bytes.p, bytes.n));
    ds_buf_free(&bytes);
    return ok || fail_behind(r, array);
}

static bool
read_bool(reader *r, sim_value *v)
{
    int c = peek_after_space(r);

    if (c < 0)
        return fail_next(r, "EOF while parsing a value");
    if (c != 't' && c != 'f')
        return wrong_type(r, "a boolean");
    v->number = c == 't';
    return read_word(r);
}

static bool
read_u64(reader *r, sim_value *v)
{
    int c = peek_after_space(r);
    size_t from = r->at;
    ds_view number;
    bool whole;

    if (c < 0)
        return fail_next(r, "EOF while parsing a value");
    if (c == 'n')
        return read_word(r); /* an optional field may be null: absent */
    if (!is_digit(c))
        return wrong_type(r, "u64");
    if (!read_number(r, &number, &whole))
        return false;
    if (whole && to_u64(number, &v->number)) {
        v->set = true;
        return true;
    }
    r->at = from;
    return wrong_type(r, "u64");
}

static bool
read_strings(reader *r, sim_message *m, size_t at, bool array)
{
    int c = peek_after_space(r);

    if (c < 0)
        return fail_next(r, "EOF while parsing a value");
    if (c != '[')
        return wrong_type(r, "a sequence");
    r->at++;
    for (bool first = true;; first = false) {
        c = peek_after_space(r);
        if (c < 0)
            return fail_next(r, "EOF while parsing a list");
        if (c == ']')
            break;
        if (!first) {
            if (c != ',')
                return fail_next(r, "expected `,` or `]`");
            r->at++;
            if (peek_after_space(r) == ']')
                return fail_next(r, "trailing comma");
        }
        if (!read_text(r, m, at, array))
            return false;
    }
    r->at++;
    return true;
}

static bool
read_field(reader *r, sim_message *m, size_t at, bool array)
{
    switch (m->schema->fields[at].type) {
    case SIM_BOOL:
        return read_bool(r, &m->v[at]);
    case SIM_U64:
        return read_u64(r, &m->v[at]);
    case SIM_STRINGS:
        return read_strings(r, m, at, array);
    default:
        return read_text(r, m, at, array);
    }
}

/* ---- messages ------------------------------------------------------------ */

/* The place of the name in r->text; the count of fields when nobody has it. */
static size_t
find(const reader *r, const sim_message *m)
{
    size_t n = sim_count(m->schema);
    size_t at = 0;

    while (at < n && ((m->schema->fields[at].os & m->os) == 0 ||
                         !ds_view_eq_str(ds_view_of(r->text.p, r->text.n),
                             m->schema->fields[at].name)))
        at++;
    return at;
}

/* From the brace, or behind a member, to the next name. True also at the end,
 * which sets *end. */
static bool
next_name(reader *r, bool first, bool *end)
{
    int c = peek_after_space(r);

    *end = c == '}';
    if (c < 0)
        return fail_next(r, "EOF while parsing an object");
    if (*end)
        return true;
    if (!first) {
        if (c != ',')
            return fail_next(r, "expected `,` or `}`");
        r->at++;
        c = peek_after_space(r);
        if (c == '}')
            return fail_next(r, "trailing comma");
        if (c < 0)
            return fail_next(r, "EOF while parsing a value");
    }
    if (c != '"')
        return fail_next(r, "key must be a string");
    r->at++;
    return read_string(r);
}

static bool
read_object(reader *r, sim_message *m)
{
    bool seen[SIM_FIELDS] = {false};
    bool end;

    for (bool first = true;; first = false) {
        size_t at;

        if (!next_name(r, first, &end))
            return false;
        if (end)
            break;
        at = find(r, m);
        if (at < SIM_FIELDS && seen[at]) {
            sim_refuse(
                r->err, "duplicate field `%s`", m->schema->fields[at].name);
            return fail_behind(r, false);
        }
        if (!expect_colon(r))
            return false;
        if (at == sim_count(m->schema)) {
            if (!skip_value(r))
                return false;
            continue;
        }
        seen[at] = true;
        if (!read_field(r, m, at, false))
            return false;
    }
    r->at++;
    return true;
}

/* Behind the last field that there is. */
static bool
close_array(reader *r)
{
    int c = peek_after_space(r);

    if (c == ']') {
        r->at++;
        return true;
    }
    if (c == ',') {
        r->at++;
        return peek_after_space(r) == ']' ? fail_next(r, "trailing comma")
                                          : fail_next(r, "trailing characters");
    }
    return c < 0 ? fail_next(r, "EOF while parsing a list")
                 : fail_next(r, "trailing characters");
}

/* The fields in their order; those behind its end keep their defaults. */
static bool
read_array(reader *r, sim_message *m)
{
    bool first = true;

    for (size_t at = 0; at < sim_count(m->schema); at++) {
        int c = peek_after_space(r);

        if ((m->schema->fields[at].os & m->os) == 0)
            continue;
        if (c < 0)
            return fail_next(r, "EOF while parsing a list");
        if (c == ']')
            break;
        if (!first) {
            if (c != ',')
                return fail_next(r, "expected `,` or `]`");
            r->at++;
            if (peek_after_space(r) == ']')
                return fail_next(r, "trailing comma");
        }
        first = false;
        if (!read_field(r, m, at, true))
            return false;
    }
    return close_array(r);
}

static bool
read_message(reader *r, sim_message *m)
{
    char expected[60];
    int c = peek_after_space(r);

    if (c < 0)
        return fail_next(r, "EOF while parsing a value");
    if (c == '{' || c == '[') {
        r->at++;
        if (!(c == '{' ? read_object(r, m) : read_array(r, m)))
            return false;
        return peek_after_space(r) < 0 || fail_next(r, "trailing characters");
    }
    snprintf(expected, sizeof expected, "struct %s", m->schema->name);
    return wrong_type(r, expected);
}

bool
sim_json_read(ds_view text, sim_message *m, sim_error *err)
{
    reader r = {.in = text, .err = err};
    bool ok;

    if (!m->schema || text.n == 0)
        return true;
    ds_buf_init_secret(&r.text, SIM_MAX_BODY);
    ds_buf_init(&r.stack, SIM_MAX_BODY);
    ok = read_message(&r, m);
    if (ok && !sim_message_ok(m))
        ok = sim_no_memory(err);
    ds_buf_free(&r.text);
    ds_buf_free(&r.stack);
    return ok;
}
