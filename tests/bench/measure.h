/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_MEASURE_H
#define TESTS_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#include <dstack/dstack.h>

/* Times are CPU time of this thread, so that other processes on the machine
 * count as little as they can. A round measures everything one after another;
 * ratios are taken within a round, and medians over the rounds: what disturbs
 * a round disturbs both sides of its ratios. */

#define MEASURE_ROUNDS 21

typedef struct {
    const char *name;
    void (*run)(void);
    long count; /* calls in one sample */
    double us[MEASURE_ROUNDS];
} measure_figure;

void
measure(measure_figure *figures, size_t n);
double
measure_us(const measure_figure *figure);
/* The first in units of the second. */
double
measure_ratio(const measure_figure *figure, const measure_figure *unit);
/* A line: time, how many in a second, and in units of another; not 0 when that
 * is the bar or more. No bar: 0. */
int
measure_print(
    const measure_figure *figure, const measure_figure *unit, double bar);
/* Sorts them. */
double
measure_median(double *values, size_t n);

/* What every program here needs: it ends with a message when it cannot go on,
 * with status 2. */
void
measure_die(const char *format, ...) __attribute__((format(printf, 1, 2)));
void
measure_need(int rc, const char *what, const dstack_error *err);

typedef struct {
    uint8_t *p;
    size_t n;
} measure_bytes;

measure_bytes
measure_slurp(const char *path);

#endif
