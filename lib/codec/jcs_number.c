/* SPDX-License-Identifier: Apache-2.0 */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/jcs.h"

/* Digits that a double needs at most to be told from every other. */
#define MAX_DIGITS 17
/* "-", 17 digits, a radix of some locale, "e-324" and a NUL. */
#define TEXT_MAX 48

/* A positive double as 0.d1d2...dn * 10^point. */
typedef struct {
    char digits[MAX_DIGITS + 2];
    int n;
    int point;
} decimal;

static double
value_of(const decimal *d)
{
    char text[TEXT_MAX];

    (void)snprintf(
        text, sizeof text, "%.*se%d", d->n, d->digits, d->point - d->n);
    return strtod(text, NULL);
}

/* v rounded to n digits. */
static void
round_to(double v, int n, decimal *d)
{
    char text[TEXT_MAX];
    const char *exponent;

    (void)snprintf(text, sizeof text, "%.*e", n - 1, v);
    exponent = strchr(text, 'e');
    d->n = 0;
    for (const char *p = text; p < exponent; p++)
        if (*p >= '0' && *p <= '9')
            d->digits[d->n++] = *p;
    d->point = (int)strtol(exponent + 1, NULL, 10) + 1;
}

/* One more in the last place. */
static void
increment(decimal *d)
{
    int i = d->n - 1;

    while (i >= 0 && d->digits[i] == '9')
        d->digits[i--] = '0';
    if (i >= 0) {
        d->digits[i]++;
        return;
    }
    d->digits[0] = '1';
    d->point++;
}

/* The fewest digits that read back as v; of several such numbers the nearest
 * (ECMA-262, Number::toString). Below a power of two the doubles are twice as
 * dense as above it: there the rounded number can miss and the next one up
 * hit. */
static void
shortest(double v, decimal *d)
{
    for (int n = 1; n <= MAX_DIGITS; n++) {
        round_to(v, n, d);
        if (value_of(d) == v)
            break;
        increment(d);
        if (value_of(d) == v)
            break;
    }
    while (d->n > 1 && d->digits[d->n - 1] == '0')
        d->n--;
}

static void
zeros(ds_buf *out, int n)
{
    while (n-- > 0)
        ds_buf_add_u8(out, '0');
}

static void
exponential(ds_buf *out, const decimal *d)
{
    char text[16];

    ds_buf_add(out, d->digits, 1);
    if (d->n > 1) {
        ds_buf_add_u8(out, '.');
        ds_buf_add(out, d->digits + 1, (size_t)d->n - 1);
    }
    (void)snprintf(text, sizeof text, "e%+d", d->point - 1);
    ds_buf_add_str(out, text);
}

static void
print(ds_buf *out, const decimal *d)
{
    size_t n = (size_t)d->n;

    if (d->point > 21 || d->point <= -6) {
        exponential(out, d);
    } else if (d->point >= d->n) {
        ds_buf_add(out, d->digits, n);
        zeros(out, d->point - d->n);
    } else if (d->point > 0) {
        ds_buf_add(out, d->digits, (size_t)d->point);
        ds_buf_add_u8(out, '.');
        ds_buf_add(out, d->digits + d->point, n - (size_t)d->point);
    } else {
        ds_buf_add_str(out, "0.");
        zeros(out, -d->point);
        ds_buf_add(out, d->digits, n);
    }
}

static void
print_double(ds_buf *out, double v)
{
    decimal d;

    if (v < 0)
        ds_buf_add_u8(out, '-');
    if (v == 0) {
        ds_buf_add_u8(out, '0');
    } else {
        shortest(fabs(v), &d);
        print(out, &d);
    }
}

/* libc reads and writes numbers as the calling thread's locale says, which is
 * the host program's: here it is C's. */
static locale_t
enter_c(locale_t *c, ds_buf *out)
{
    *c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (*c)
        return uselocale(*c);
    out->nomem = true;
    return (locale_t)0;
}

static void
leave_c(locale_t c, locale_t before)
{
    (void)uselocale(before);
    freelocale(c);
}

bool
ds_jcs_double(ds_buf *out, double v)
{
    locale_t c, before;

    if (!isfinite(v))
        return false;
    before = enter_c(&c, out);
    if (!c)
        return false;
    print_double(out, v);
    leave_c(c, before);
    return true;
}

/* Digits, few enough for a double to hold every such number: they are what is
 * printed. */
static bool
is_small_integer(ds_view lexeme)
{
    if (lexeme.n == 0 || lexeme.n > 15)
        return false;
    for (size_t i = 0; i < lexeme.n; i++)
        if (lexeme.p[i] < '0' || lexeme.p[i] > '9')
            return false;
    return true;
}

bool
ds_jcs_number(ds_buf *out, ds_view lexeme)
{
    locale_t c, before;
    char *text;
    double v;

    if (is_small_integer(lexeme)) {
        ds_buf_add(out, lexeme.p, lexeme.n);
        return true;
    }
    text = ds_memdup(lexeme.p, lexeme.n);
    if (!text) {
        out->nomem = true;
        return false;
    }
    before = enter_c(&c, out);
    if (!c) {
        ds_free(text);
        return false;
    }
    v = strtod(text, NULL);
    if (isfinite(v))
        print_double(out, v);
    leave_c(c, before);
    ds_free(text);
    return isfinite(v);
}
