/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/measure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SAMPLE_NS 4000000.0 /* of one figure in one round */
#define FILE_MAX (1 << 24)

static double
cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double
sample_ns(void (*run)(void), long count)
{
    double start = cpu_ns();

    for (long i = 0; i < count; i++)
        run();
    return (cpu_ns() - start) / (double)count;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

double
measure_median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, compare);
    return values[n / 2];
}

void
measure(measure_figure *figures, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        measure_figure *f = &figures[i];

        sample_ns(f->run, 20); /* warm up */
        f->count = 1 + (long)(SAMPLE_NS / sample_ns(f->run, 20));
    }
    for (size_t r = 0; r < MEASURE_ROUNDS; r++)
        for (size_t i = 0; i < n; i++)
            figures[i].us[r] =
                sample_ns(figures[i].run, figures[i].count) / 1000;
}

double
measure_us(const measure_figure *figure)
{
    double sorted[MEASURE_ROUNDS];

    memcpy(sorted, figure->us, sizeof sorted);
    return measure_median(sorted, MEASURE_ROUNDS);
}

double
measure_ratio(const measure_figure *figure, const measure_figure *unit)
{
    double ratio[MEASURE_ROUNDS];

    for (size_t r = 0; r < MEASURE_ROUNDS; r++)
        ratio[r] = figure->us[r] / unit->us[r];
    return measure_median(ratio, MEASURE_ROUNDS);
}

int
measure_print(
    const measure_figure *figure, const measure_figure *unit, double bar)
{
    double us = measure_us(figure);
    double ratio = measure_ratio(figure, unit);
    int missed = bar > 0 && ratio >= bar;
    char text[64] = "";

    if (bar > 0)
        snprintf(
            text, sizeof text, "bar: %.1f %s", bar, missed ? "MISSED" : "met");
    printf("%-20s %8.1f us %8.0f /s  %6.3f raw  %s\n", figure->name, us,
        1e6 / us, ratio, text);
    return missed;
}

void
measure_die(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    fputs("bench: ", stderr);
    vfprintf(stderr, format, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(2);
}

void
measure_need(int rc, const char *what, const dstack_error *err)
{
    if (rc != DSTACK_OK)
        measure_die("%s: %s", what, err->message);
}

measure_bytes
measure_slurp(const char *path)
{
    FILE *f = fopen(path, "rb");
    measure_bytes b = {malloc(FILE_MAX), 0};

    if (!f || !b.p)
        measure_die("cannot read %s", path);
    b.n = fread(b.p, 1, FILE_MAX, f);
    fclose(f);
    return b;
}
