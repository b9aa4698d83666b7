/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli.h"

/* Just enough JSON to find a member: structure is checked, numbers are not.
 * What is found goes to the library, which checks everything. */

#define MAX_DEPTH 32

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
advance(span *s, size_t n)
{
    s->p += n;
    s->n -= n;
}

static void
skip_space(span *s)
{
    while (s->n != 0 && is_space(*s->p))
        advance(s, 1);
}

/* The character, with white space before and after it, taken off. */
static bool
eat(span *s, char c)
{
    skip_space(s);
    if (s->n == 0 || *s->p != c)
        return false;
    advance(s, 1);
    skip_space(s);
    return true;
}

/* A string with its quotes. */
static bool
take_string(span *s, span *ret)
{
    size_t i = 1;

    if (s->n == 0 || *s->p != '"')
        return false;
    while (i < s->n && s->p[i] != '"') {
        if ((unsigned char)s->p[i] < 0x20)
            return false;
        i += s->p[i] == '\\' ? 2 : 1;
    }
    if (i >= s->n)
        return false;
    *ret = (span){s->p, i + 1};
    advance(s, i + 1);
    return true;
}

/* A number, true, false, null: a run of what these consist of. */
static bool
take_word(span *s, span *ret)
{
    size_t i = 0;

    while (i < s->n && s->p[i] != 0 &&
           strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzE", s->p[i]))
        i++;
    *ret = (span){s->p, i};
    advance(s, i);
    return i != 0;
}

/* A whole value: for a container everything up to the bracket that closes it.
 * The brackets are matched by kind; what is between them is looked at when it
 * is opened. */
static bool
take_container(span *s, span *ret)
{
    char close[MAX_DEPTH];
    size_t depth = 0;
    const char *from = s->p;
    span string;

    while (s->n != 0) {
        char c = *s->p;

        if (c == '"') {
            if (!take_string(s, &string))
                return false;
            continue;
        }
        advance(s, 1);
        if (c == '{' || c == '[') {
            if (depth == MAX_DEPTH)
                return false;
            close[depth++] = c == '{' ? '}' : ']';
        } else if (c == '}' || c == ']') {
            if (c != close[--depth])
                return false;
            if (depth == 0) {
                *ret = (span){from, (size_t)(s->p - from)};
                return true;
            }
        }
    }
    return false;
}

static bool
take_value(span *s, span *ret)
{
    skip_space(s);
    if (s->n == 0)
        return false;
    if (*s->p == '"')
        return take_string(s, ret);
    if (*s->p == '{' || *s->p == '[')
        return take_container(s, ret);
    return take_word(s, ret);
}

bool
json_open(span container, json_iter *it)
{
    memset(it, 0, sizeof *it);
    skip_space(&container);
    it->rest = container;
    if (container.n == 0 || (*container.p != '{' && *container.p != '['))
        return false;
    it->close = *container.p == '{' ? '}' : ']';
    it->first = true;
    advance(&it->rest, 1);
    return true;
}

bool
json_next(json_iter *it, span *name, span *value)
{
    if (it->bad || it->close == 0)
        return false;
    if (eat(&it->rest, it->close)) {
        it->close = 0;
        it->bad = it->rest.n != 0;
        return false;
    }
    it->bad = !it->first && !eat(&it->rest, ',');
    it->first = false;
    *name = (span){NULL, 0};
    skip_space(&it->rest);
    if (!it->bad && it->close == '}') {
        it->bad = !take_string(&it->rest, name) || !eat(&it->rest, ':');
        if (!it->bad)
            *name = (span){name->p + 1, name->n - 2};
    }
    it->bad = it->bad || !take_value(&it->rest, value);
    return !it->bad;
}

int
json_member(span object, const char *name, span *value)
{
    size_t n = strlen(name);
    json_iter it;
    span key, v;
    int found = 0;

    *value = (span){NULL, 0};
    if (!json_open(object, &it) || it.close != '}')
        return -1;
    while (json_next(&it, &key, &v)) {
        /* An escape could spell the same name a second time. */
        if (!key.p || memchr(key.p, '\\', key.n))
            return -1;
        if (key.n != n || memcmp(key.p, name, n) != 0)
            continue;
        *value = v;
        if (found++ != 0)
            return -1;
    }
    return it.bad ? -1 : found;
}

bool
json_string(span value, span *ret)
{
    if (value.n < 2 || value.p[0] != '"' || memchr(value.p, '\\', value.n))
        return false;
    *ret = (span){value.p + 1, value.n - 2};
    return true;
}

void
json_print_string(const char *text)
{
    putchar('"');
    for (; *text != 0; text++) {
        unsigned char c = (unsigned char)*text;

        if (c < 0x20)
            printf("\\u%04x", c);
        else if (c == '"' || c == '\\')
            printf("\\%c", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void
member(bool more, const char *name)
{
    printf("%s\"%s\":", more ? "," : "", name);
}

void
json_print_hex(bool more, const char *name, const uint8_t *p, size_t n)
{
    member(more, name);
    putchar('"');
    for (size_t i = 0; i < n; i++)
        printf("%02x", p[i]);
    putchar('"');
}

void
json_print_text(bool more, const char *name, const char *text)
{
    member(more, name);
    json_print_string(text);
}
