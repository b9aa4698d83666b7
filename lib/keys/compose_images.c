/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "keys/compose_notes.h"

/* Looks for `image` of each service in a docker-compose file, line by line: no
 * YAML parser, but whatever it does not understand where an image could stand
 * is worth a note, so that silence means that every image has its digest. */

enum { /* where a mapping stands */
    DOCUMENT = 0,
    SERVICES,
    SERVICE,
    ELSEWHERE,
    DEPTH_MAX = 32 /* of flow style */
};
enum { /* what a key means where it stands */
    NOTHING = 0,
    ENTER,
    IMAGE,
    BUILD,
    UNCLEAR
};

typedef struct {
    ds_view text;
    size_t at;
    uint32_t line;
    dstack_compose_notes *notes;
    bool nomem;
    bool seen;         /* a key `services` */
    int level;         /* of the block mapping that the line stands in */
    int64_t indent[3]; /* of those that are open; -1: not known yet */
    uint32_t service;  /* the line of the open service */
    bool named;        /* it says what its image is, or a note does */
    bool scalar;       /* the key before had a whole value on its line */
} scan;

static void
note(scan *s, int kind, uint32_t line, ds_view found)
{
    s->nomem |=
        !ds_compose_note_at(s->notes, kind, "docker_compose_file", line, found);
}

static int
peek(const scan *s, size_t ahead)
{
    return s->text.n - s->at > ahead ? s->text.p[s->at + ahead] : -1;
}

static bool
is_break(int c)
{
    return c == '\n' || c == -1;
}

static bool
is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\r' || is_break(c);
}

/* To the end of the line, which is not passed. */
static ds_view
rest(scan *s)
{
    size_t from = s->at;

    while (!is_break(peek(s, 0)))
        s->at++;
    return ds_view_of(s->text.p + from, s->at - from);
}

static ds_view
trim(ds_view v)
{
    while (v.n != 0 && is_blank(v.p[v.n - 1]))
        v.n--;
    while (v.n != 0 && is_blank(v.p[0]))
        v = ds_view_of(v.p + 1, v.n - 1);
    return v;
}

static void
skip_spaces(scan *s)
{
    while (peek(s, 0) == ' ' || peek(s, 0) == '\t' || peek(s, 0) == '\r')
        s->at++;
}

/* Nothing more on this line but a comment. */
static bool
at_end(scan *s)
{
    skip_spaces(s);
    return is_break(peek(s, 0)) || peek(s, 0) == '#';
}

/* ---- images ------------------------------------------------------------------ */

/* name@sha256:64 hex digits as Docker writes them, at the very end. */
static bool
is_pinned(ds_view image)
{
    static const char mark[] = "@sha256:";
    size_t tail = sizeof mark - 1 + 64, i;

    if (image.n <= tail || memcmp(image.p + image.n - tail, mark, 8) != 0)
        return false;
    for (i = image.n - 64; i < image.n; i++)
        if (!((image.p[i] >= '0' && image.p[i] <= '9') ||
                (image.p[i] >= 'a' && image.p[i] <= 'f')))
            return false;
    return true;
}

static void
judge(scan *s, ds_view image, uint32_t line)
{
    bool variable = image.n != 0 && memchr(image.p, '$', image.n);
    const char *odd = variable ? "\"'[],&*!|>%`#\\" : "\"'[],&*!|>%`#\\{}?";
    bool clear = image.n != 0;

    for (size_t i = 0; i < image.n; i++)
        clear &=
            image.p[i] > ' ' && image.p[i] < 0x7f && !strchr(odd, image.p[i]);
    if (!clear)
        note(s, DS_LINT_IMAGE_UNCLEAR, line, image);
    else if (!is_pinned(image)) /* with one, a variable changes nothing */
        note(s, variable ? DS_LINT_IMAGE_VARIABLE : DS_LINT_IMAGE_TAG, line,
            image);
}

static int
role(int level, ds_view key)
{
    if (level < ELSEWHERE && ds_view_eq_str(key, "<<"))
        return UNCLEAR;
    if (level == DOCUMENT && ds_view_eq_str(key, "services"))
        return ENTER;
    if (level == DOCUMENT && ds_view_eq_str(key, "include"))
        return UNCLEAR;
    if (level == SERVICES)
        return ENTER;
    if (level == SERVICE && ds_view_eq_str(key, "image"))
        return IMAGE;
    if (level == SERVICE && ds_view_eq_str(key, "build"))
        return BUILD;
    if (level == SERVICE && ds_view_eq_str(key, "extends"))
        return UNCLEAR;
    return NOTHING;
}

/* ---- scalars ----------------------------------------------------------------- */

/* Between quotes: true when they close on the same line. */
static bool
quoted(scan *s, ds_view *ret, bool *escapes)
{
    int quote = peek(s, 0);
    size_t from = ++s->at;

    *escapes = false;
    for (;;) {
        int c = peek(s, 0);
        bool twice = quote == '\'' ? c == quote && peek(s, 1) == quote
                                   : c == '\\' && !is_break(peek(s, 1));

        if (is_break(c))
            return false;
        if (c == quote && !twice)
            break;
        *escapes |= twice;
        s->at += twice ? 2 : 1;
    }
    *ret = ds_view_of(s->text.p + from, s->at - from);
    s->at++;
    return true;
}

/* Up to the end of the line, a comment, or ": "; in flow style also up to what
 * ends a value there. */
static ds_view
plain(scan *s, bool flow)
{
    size_t from = s->at;

    for (;; s->at++) {
        int c = peek(s, 0), next = peek(s, 1);

        if (is_break(c) ||
            (c == '#' && s->at != from && is_blank(s->text.p[s->at - 1])))
            break;
        if (flow && strchr(",[]{}", c))
            break;
        if (c == ':' && (is_blank(next) || (flow && strchr(",[]{}", next))))
            break;
    }
    return trim(ds_view_of(s->text.p + from, s->at - from));
}

static bool
is_quote(int c)
{
    return c == '"' || c == '\'';
}

/* A key and its colon. */
static bool
key(scan *s, bool flow, ds_view *ret)
{
    bool escapes = false, quotes = is_quote(peek(s, 0));

    if (peek(s, 0) == -1 || strchr("?&*!|>@`%{}[],", peek(s, 0)))
        return false;
    if (quotes && (!quoted(s, ret, &escapes) || escapes))
        return false;
    if (!quotes)
        *ret = plain(s, flow);
    skip_spaces(s);
    if (ret->n == 0 || peek(s, 0) != ':' || !(is_blank(peek(s, 1)) || flow))
        return false;
    s->at++;
    skip_spaces(s);
    return true;
}

/* ---- flow style ---------------------------------------------------------------- */

static bool
flow_value(scan *s, int what, int level, int depth, bool *named);

/* White space, breaks and comments. */
static void
flow_space(scan *s)
{
    for (;;) {
        if (at_end(s))
            rest(s);
        if (peek(s, 0) != '\n')
            return;
        s->at++;
        s->line++;
    }
}

/* Behind the brace; false where it is not understood. */
static bool
flow_map(scan *s, int level, int depth)
{
    bool named = level != SERVICE;
    uint32_t line = s->line;
    ds_view name;

    for (;;) {
        flow_space(s);
        if (peek(s, 0) == '}')
            break;
        if (!key(s, true, &name))
            return false;
        s->seen |= level == DOCUMENT && role(level, name) == ENTER;
        if (!flow_value(s, role(level, name), level + 1, depth, &named))
            return false;
        flow_space(s);
        if (peek(s, 0) != ',' && peek(s, 0) != '}')
            return false;
        s->at += peek(s, 0) == ',';
    }
    s->at++;
    if (!named)
        note(s, DS_LINT_IMAGE_UNCLEAR, line, ds_view_str("no image"));
    return true;
}

static bool
flow_list(scan *s, int depth)
{
    bool named = true;

    for (;;) {
        flow_space(s);
        if (peek(s, 0) == ']')
            break;
        if (!flow_value(s, NOTHING, ELSEWHERE, depth, &named))
            return false;
        flow_space(s);
        if (peek(s, 0) == ':') { /* [a: b], a mapping of one */
            s->at++;
            continue;
        }
        if (peek(s, 0) != ',' && peek(s, 0) != ']')
            return false;
        s->at += peek(s, 0) == ',';
    }
    s->at++;
    return true;
}

static bool
flow_scalar(scan *s, int what)
{
    bool escapes = false, quotes = is_quote(peek(s, 0));
    uint32_t line = s->line;
    ds_view v;

    if (quotes && !quoted(s, &v, &escapes))
        return false;
    if (!quotes)
        v = plain(s, true);
    if (what == IMAGE && !escapes)
        judge(s, v, line);
    return what != ENTER && (what != IMAGE || !escapes);
}

static bool
flow_value(scan *s, int what, int level, int depth, bool *named)
{
    flow_space(s);
    if (depth == DEPTH_MAX || what == UNCLEAR)
        return false;
    *named |= what == IMAGE || what == BUILD;
    if (what == BUILD)
        note(s, DS_LINT_IMAGE_BUILD, s->line, ds_view_str("build"));
    if (peek(s, 0) != '{' && peek(s, 0) != '[')
        return flow_scalar(s, what);
    if (what == IMAGE || (what == ENTER && peek(s, 0) == '['))
        return false;
    s->at++;
    if (s->text.p[s->at - 1] == '[')
        return flow_list(s, depth + 1);
    return flow_map(s, what == ENTER ? level : ELSEWHERE, depth + 1);
}

/* ---- block style --------------------------------------------------------------- */

/* What stands on this line is not understood. */
static void
unclear(scan *s, size_t from, uint32_t line)
{
    s->named = true;
    s->at = from;
    s->line = line;
    note(s, DS_LINT_IMAGE_UNCLEAR, line, trim(rest(s)));
}

static void
leave(scan *s)
{
    if (s->level == SERVICE && !s->named)
        note(s, DS_LINT_IMAGE_UNCLEAR, s->service, ds_view_str("no image"));
    s->level--;
}

static void
enter(scan *s, uint32_t line)
{
    s->level++;
    s->indent[s->level] = -1;
    s->service = line;
    s->named = false;
}

/* A flow collection that begins here, over as many lines as it takes. */
static bool
block_flow(scan *s, int what)
{
    bool named = false;
    bool ok = flow_value(s, what, s->level + 1, 0, &named);

    s->named |= named;
    return ok && at_end(s);
}

static bool
block_scalar(scan *s, int what)
{
    bool escapes = false, quotes = is_quote(peek(s, 0));
    uint32_t line = s->line;
    ds_view v;

    if (quotes && !quoted(s, &v, &escapes))
        return false;
    if (!quotes)
        v = plain(s, false);
    if (what == NOTHING)
        return true; /* "a: b: c" is no YAML, and means nothing here */
    if (what != IMAGE || escapes || !at_end(s))
        return false;
    s->scalar = true;
    judge(s, v, line);
    return true;
}

/* Behind the key and its colon. */
static bool
block_value(scan *s, int what)
{
    uint32_t line = s->line;

    s->named |= what == IMAGE || what == BUILD;
    if (peek(s, 0) == '&' && what != NOTHING) { /* an anchor is a name */
        while (!is_blank(peek(s, 0)))
            s->at++;
        skip_spaces(s);
    }
    if (what == BUILD) {
        note(s, DS_LINT_IMAGE_BUILD, line, ds_view_str("build"));
        what = NOTHING;
    }
    if (what == UNCLEAR)
        return false;
    if (peek(s, 0) == '{' || peek(s, 0) == '[')
        return block_flow(s, what);
    if (!at_end(s))
        return block_scalar(s, what);
    if (what == ENTER)
        enter(s, line);
    return what != IMAGE;
}

/* A line of the mapping that is open; it begins at `from`. */
static void
block_line(scan *s, size_t from)
{
    uint32_t line = s->line;
    ds_view name;
    bool ok;

    s->scalar = false;
    if (peek(s, 0) == '-' && is_blank(peek(s, 1)) && s->level == SERVICE)
        return; /* of a list, which may stand as far left as its key */
    if (peek(s, 0) == '{' && s->level == DOCUMENT) {
        s->at++;
        ok = flow_map(s, DOCUMENT, 0) && at_end(s);
    } else {
        ok = (peek(s, 0) != '-' || !is_blank(peek(s, 1))) &&
             key(s, false, &name);
        s->seen |= ok && s->level == DOCUMENT && role(0, name) == ENTER;
        ok = ok && block_value(s, role(s->level, name));
    }
    if (!ok)
        unclear(s, from, line);
}

/* Breaks that YAML knows and this does not: CR alone, NEL, LS, PS; and tabs
 * that indent. */
static bool
is_odd(const scan *s)
{
    ds_view v = ds_view_of(s->text.p + s->at, s->text.n - s->at);
    bool odd = false, indent = true;

    for (size_t i = 0; i < v.n && v.p[i] != '\n'; i++) {
        const uint8_t *p = v.p + i;
        size_t left = v.n - i;

        indent &= *p == ' ' || *p == '\t';
        odd |= indent && *p == '\t';
        odd |= *p == '\r' && left > 1 && p[1] != '\n';
        odd |= left > 1 && p[0] == 0xc2 && p[1] == 0x85;
        odd |=
            left > 2 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] & 0xfe) == 0xa8;
    }
    return odd;
}

/* "---" and "...": another document, which is added to the first. */
static bool
is_marker(const scan *s)
{
    const uint8_t *p = s->text.p + s->at;

    return s->text.n - s->at >= 3 &&
           (memcmp(p, "---", 3) == 0 || memcmp(p, "...", 3) == 0) &&
           is_blank(peek(s, 3));
}

static void
marker(scan *s, size_t from)
{
    while (s->level > DOCUMENT)
        leave(s);
    s->indent[DOCUMENT] = -1;
    s->at += 3;
    if (!at_end(s))
        unclear(s, from, s->line);
}

static void
look_at_line(scan *s)
{
    size_t from = s->at;
    int64_t d;

    if (is_odd(s) && !at_end(s)) {
        unclear(s, from, s->line);
        return;
    }
    s->at = from;
    while (peek(s, 0) == ' ')
        s->at++;
    d = (int64_t)(s->at - from);
    if (at_end(s))
        return;
    if (d == 0 && is_marker(s)) {
        marker(s, from);
        return;
    }
    while (s->level > DOCUMENT && d <= s->indent[s->level - 1])
        leave(s);
    if (s->indent[s->level] < 0)
        s->indent[s->level] = d;
    if (d == s->indent[s->level])
        block_line(s, from);
    else if (d < s->indent[s->level] || s->scalar)
        unclear(s, from, s->line);
}

bool
ds_compose_look_at_images(ds_view yaml, dstack_compose_notes *notes)
{
    scan s = {.text = yaml, .line = 1, .notes = notes, .indent = {-1, -1, -1}};

    while (s.at < yaml.n) {
        look_at_line(&s);
        rest(&s);
        s.at += s.at < yaml.n;
        s.line++;
    }
    while (s.level > DOCUMENT)
        leave(&s);
    if (!s.seen)
        note(&s, DS_LINT_IMAGE_UNCLEAR, 0, ds_view_str("no services"));
    return !s.nomem;
}
