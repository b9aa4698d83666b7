/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/text.h"

/* Days before each month of a year that is not a leap year; the last entry
 * is the whole year. */
static const int16_t days_before[13] = {
    0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

static bool
is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1970-01-01 to January 1st of a year. 719162 is the same count
 * from year 1 to 1970. */
static int64_t
days_to_year(int year)
{
    int64_t y = year - 1;

    return 365 * y + y / 4 - y / 100 + y / 400 - 719162;
}

static int
days_to_month(int year, int month)
{
    return days_before[month - 1] + (month > 2 && is_leap(year));
}

bool
ds_time_from_civil(int year, int month, int day, int hour, int minute,
    int second, int64_t *ret)
{
    int length;

    *ret = 0;
    if (year < 1970 || year > 9999 || month < 1 || month > 12)
        return false;
    length = days_before[month] - days_before[month - 1] +
             (month == 2 && is_leap(year));
    if (day < 1 || day > length || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59 || second < 0 || second > 59)
        return false;
    *ret = (days_to_year(year) + days_to_month(year, month) + day - 1) * 86400;
    *ret += (int64_t)hour * 3600 + (int64_t)minute * 60 + second;
    return true;
}

/* A number of exactly n digits at p; -1 for anything else. */
static int
digits(const uint8_t *p, size_t n)
{
    int value = 0;

    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        value = value * 10 + (p[i] - '0');
    }
    return value;
}

bool
ds_time_parse(ds_view text, int64_t *ret)
{
    static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
    const uint8_t *p = text.p;

    *ret = 0;
    if (text.n != sizeof form - 1)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (form[i] != 'd' && p[i] != (uint8_t)form[i])
            return false;
    }
    /* A group that is not digits gives -1, which no member may be. */
    return ds_time_from_civil(digits(p, 4), digits(p + 5, 2), digits(p + 8, 2),
        digits(p + 11, 2), digits(p + 14, 2), digits(p + 17, 2), ret);
}

static char *
put(char *out, int value, int n, char after)
{
    for (int i = n - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
    out[n] = after;
    return out + n + 1;
}

void
ds_time_format(int64_t t, char out[21])
{
    int year, month = 12, day, rest;
    int64_t days;

    if (t < 0 || t > DS_TIME_MAX) {
        memcpy(out, "invalid", 8);
        return;
    }
    days = t / 86400;
    rest = (int)(t % 86400);
    /* 400 years are 146097 days; the quotient is at most one year off. */
    year = 1970 + (int)(days * 400 / 146097);
    while (days_to_year(year) > days)
        year--;
    while (days_to_year(year + 1) <= days)
        year++;
    day = (int)(days - days_to_year(year));
    while (days_to_month(year, month) > day)
        month--;
    day -= days_to_month(year, month);
    out = put(out, year, 4, '-');
    out = put(out, month, 2, '-');
    out = put(out, day + 1, 2, 'T');
    out = put(out, rest / 3600, 2, ':');
    out = put(out, rest / 60 % 60, 2, ':');
    out = put(out, rest % 60, 2, 'Z');
    *out = 0;
}
