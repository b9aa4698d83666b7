/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define MAX_INPUT ((size_t)24 << 20)

/* What a file holds may be a secret: realloc and a stream's buffer would leave
 * copies behind. */
static bool
grow(blob *b, size_t cap)
{
    uint8_t *more = malloc(cap);
    blob old = *b;

    if (!more)
        return false;
    if (old.n != 0)
        memcpy(more, old.p, old.n);
    b->p = more;
    blob_wipe(&old);
    return true;
}

static int
read_all(const options *o, const char *name, FILE *f, size_t max, blob *ret)
{
    size_t cap = 0;

    (void)setvbuf(f, NULL, _IONBF, 0);
    for (;;) {
        if (ret->n == cap) {
            cap = cap == 0 ? 65536 : cap * 2;
            if (!grow(ret, cap))
                return complain(o, CLI_FAILED, "%s: out of memory", name);
        }
        errno = 0;
        ret->n += fread(ret->p + ret->n, 1, cap - ret->n, f);
        if (ferror(f))
            return complain(o, CLI_FAILED, "%s: %s", name, strerror(errno));
        if (ret->n > max)
            return complain(
                o, CLI_FAILED, "%s: larger than %zu MiB", name, max >> 20);
        if (feof(f))
            return CLI_YES;
    }
}

static int
read_and_close(
    const options *o, const char *name, FILE *f, size_t max, blob *ret)
{
    int status = read_all(o, name, f, max, ret);

    if (f != stdin)
        (void)fclose(f);
    if (status != CLI_YES)
        blob_wipe(ret);
    return status;
}

int
input_read(const options *o, const char *path, blob *ret)
{
    bool standard = strcmp(path, "-") == 0;
    const char *name = standard ? "standard input" : path;
    FILE *f = standard ? stdin : fopen(path, "rb");

    ret->p = NULL;
    ret->n = 0;
    if (!f)
        return complain(o, CLI_FAILED, "%s: %s", name, strerror(errno));
    return read_and_close(o, name, f, MAX_INPUT, ret);
}

int
input_read_some(
    const options *o, const char *path, size_t max, bool *found, blob *ret)
{
    FILE *f = fopen(path, "rb");

    ret->p = NULL;
    ret->n = 0;
    *found = f != NULL;
    if (!f && errno != ENOENT)
        return complain(o, CLI_FAILED, "%s: %s", path, strerror(errno));
    return f ? read_and_close(o, path, f, max, ret) : CLI_YES;
}

int
input_fail(dstack_error *err, int stage, int reason, const char *message)
{
    memset(err, 0, sizeof *err);
    err->code = DSTACK_ERR_PARSE;
    err->stage = stage;
    err->reason = reason;
    (void)snprintf(err->message, sizeof err->message, "%s", message);
    return err->code;
}

/* ---- hex ----------------------------------------------------------------- */

static int
digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool
space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static span
skip_space(span s)
{
    while (s.n != 0 && space(*s.p)) {
        s.p++;
        s.n--;
    }
    return s;
}

static span
skip_prefix(span s)
{
    s = skip_space(s);
    if (s.n >= 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X')) {
        s.p += 2;
        s.n -= 2;
    }
    return s;
}

bool
input_hex(span text, blob *ret)
{
    size_t digits = 0;

    bool good = true;

    text = skip_prefix(text);
    ret->n = text.n / 2 + 1;
    ret->p = calloc(ret->n, 1);
    for (size_t i = 0; ret->p && good && i < text.n; i++) {
        int d = digit(text.p[i]);

        if (d < 0) {
            good = space(text.p[i]);
            continue;
        }
        d <<= digits % 2 == 0 ? 4 : 0;
        ret->p[digits / 2] = (uint8_t)(ret->p[digits / 2] | d);
        digits++;
    }
    if (!ret->p || !good || digits % 2 != 0) {
        blob_wipe(ret);
        return false;
    }
    ret->n = digits / 2;
    return true;
}

/* ---- time ---------------------------------------------------------------- */

/* The number in exactly n digits, taken off the front; -1 for anything
 * else. */
static int
take_digits(const char **p, int n)
{
    int value = 0;

    for (; n > 0; n--, (*p)++) {
        if (**p < '0' || **p > '9')
            return -1;
        value = value * 10 + (**p - '0');
    }
    return value;
}

static bool
take_char(const char **p, const char *set)
{
    if (**p == 0 || !strchr(set, **p))
        return false;
    (*p)++;
    return true;
}

/* Days since 1970-01-01; INT64_MIN for a date that does not exist. 1969 may
 * still be 1970 in another zone. */
static int64_t
days_of(int year, int month, int day)
{
    static const int length[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    int64_t days = 0;

    if (year < 1969 || month < 1 || month > 12 || day < 1 ||
        day > length[month - 1] + (month == 2 && leap))
        return INT64_MIN;
    for (int m = 1; m < month; m++)
        days += length[m - 1] + (m == 2 && leap);
    year--;
    days += (int64_t)year * 365 + year / 4 - year / 100 + year / 400;
    return days + day - 1 - 719162;
}

/* "Z", "+02:00", in seconds. */
static bool
take_offset(const char **p, int64_t *seconds)
{
    bool minus = **p == '-';
    int hours, minutes, total;

    *seconds = 0;
    if (take_char(p, "Zz"))
        return true;
    if (!take_char(p, "+-"))
        return false;
    hours = take_digits(p, 2);
    if (!take_char(p, ":"))
        return false;
    minutes = take_digits(p, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    total = hours * 3600 + minutes * 60;
    *seconds = minus ? -total : total;
    return true;
}

/* "10:32:27", ".5" after it cut off. */
static bool
take_clock(const char **p, int64_t *seconds)
{
    int hour = take_digits(p, 2), minute, second;

    if (hour < 0 || hour > 23 || !take_char(p, ":"))
        return false;
    minute = take_digits(p, 2);
    if (minute < 0 || minute > 59 || !take_char(p, ":"))
        return false;
    second = take_digits(p, 2);
    if (second < 0 || second > 59)
        return false;
    if (take_char(p, ".")) {
        if (take_digits(p, 1) < 0)
            return false;
        while (take_char(p, "0123456789"))
            ;
    }
    second += hour * 3600 + minute * 60;
    *seconds = second;
    return true;
}

/* RFC 3339 section 5.6. */
static bool
rfc3339(const char *p, int64_t *ret)
{
    int year = take_digits(&p, 4), month, day;
    int64_t days, seconds, offset;

    if (year < 0 || !take_char(&p, "-"))
        return false;
    month = take_digits(&p, 2);
    if (month < 0 || !take_char(&p, "-"))
        return false;
    day = take_digits(&p, 2);
    if (day < 0 || !take_char(&p, "Tt ") || !take_clock(&p, &seconds) ||
        !take_offset(&p, &offset) || *p != 0)
        return false;
    days = days_of(year, month, day);
    if (days == INT64_MIN)
        return false;
    *ret = days * 86400 + seconds - offset;
    return true;
}

bool
input_time(const char *text, int64_t *ret)
{
    size_t digits = strspn(text, "0123456789");
    int64_t t = 0;

    if (digits == 0 || digits > 12 || text[digits] != 0) {
        if (!rfc3339(text, &t))
            return false;
    } else {
        for (const char *p = text; *p != 0; p++)
            t = t * 10 + (*p - '0');
    }
    *ret = t;
    return t >= 0 && t <= INT64_C(253402300799);
}
