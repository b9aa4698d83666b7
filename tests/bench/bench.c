/* SPDX-License-Identifier: Apache-2.0 */
/* bench [--check] [--brief] QUOTE COLLATERAL NOW [ROOT]
 *
 * What a judgement of a quote costs, beside one raw ECDSA P-256 verification by
 * the back end in use. Everything but that one figure goes through the public
 * headers and the installed archive, as a user's program does. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <dstack/dstack.h>

#include "bench/heap.h"
#include "bench/judge.h"
#include "bench/measure.h"
#include "bench/raw.h"

static measure_bytes quote;
static measure_bytes bundle;
static measure_bytes root;
static int64_t now;
static judge_tools tools;
static dstack_collateral *prepared;

/* ---- what is measured ---------------------------------------------------- */

static void
run_parse(void)
{
    dstack_error err;
    dstack_quote *q;

    measure_need(dstack_quote_parse(quote.p, quote.n, &q, &err), "parse", &err);
    dstack_quote_free(q);
}

static void
run_prepare(void)
{
    dstack_collateral_free(judge_collateral(&tools, bundle.p, bundle.n, 1));
}

static void
verify(const dstack_verifier *v, const dstack_collateral *c)
{
    dstack_error err;
    dstack_report *report;

    measure_need(dstack_verifier_verify_quote(
                     v, quote.p, quote.n, c, tools.policy, now, &report, &err),
        "verify", &err);
    dstack_report_free(report);
}

static void
run_cold(void)
{
    dstack_collateral *c = judge_collateral(&tools, bundle.p, bundle.n, 0);

    verify(tools.forgetful, c);
    dstack_collateral_free(c);
}

static void
run_prepared(void)
{
    verify(tools.forgetful, prepared);
}

static void
run_repeated(void)
{
    verify(tools.warm, prepared);
}

static void
run_raw(void)
{
    if (!raw_verify())
        measure_die("the raw signature does not verify");
}

enum {
    RAW,
    PARSE,
    PREPARE,
    COLD,
    PREPARED,
    REPEATED,
    FIGURES
};

static measure_figure figure[FIGURES] = {
    [RAW] = {.name = "raw", .run = run_raw},
    [PARSE] = {.name = "parse", .run = run_parse},
    [PREPARE] = {.name = "prepare", .run = run_prepare},
    [COLD] = {.name = "cold", .run = run_cold},
    [PREPARED] = {.name = "prepared", .run = run_prepared},
    [REPEATED] = {.name = "repeated", .run = run_repeated},
};

static const struct {
    const char *meaning;
    double raw_bar; /* at most so many raw verifications; 0: no bar */
    double us_bar;
} about[FIGURES] = {
    [RAW] = {.meaning = "one ECDSA P-256 verification, key ready"},
    [PARSE] = {.meaning = "the quote alone, nothing verified", .us_bar = 2},
    [PREPARE] = {.meaning = "collateral from bytes, its signatures checked"},
    [COLD] = {.meaning = "everything from bytes, nothing remembered",
        .raw_bar = 9 * 1.3},
    [PREPARED] = {.meaning = "collateral prepared, platform not known"},
    [REPEATED] = {.meaning = "collateral prepared, platform known",
        .raw_bar = 1.5},
};

/* ---- memory -------------------------------------------------------------- */

static long
resident_kib(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss;
}

/* In a process of its own: nothing else has used memory there. */
static void
report_memory(void)
{
    long before = resident_kib();
    size_t resting;
    int status = 1;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        if (heap_start() != 0)
            measure_die("the allocator is not taken");
        judge_set_up(&tools, root.p, root.n);
        resting = heap.live;
        heap.peak = heap.live;
        heap.blocks = 0;
        run_cold();
        printf("%-10s %8.1f KiB of heap at most (%zu blocks) for one cold "
               "verification\n",
            "memory", (double)(heap.peak - resting) / 1024, heap.blocks);
        printf("%-10s %8ld KiB resident at most, %ld KiB before the first "
               "call\n",
            "", resident_kib(), before);
        fflush(stdout);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        measure_die("memory could not be measured");
}

/* ---- results ------------------------------------------------------------- */

static int
report_figure(int i)
{
    double us = measure_us(&figure[i]);
    double ratio = measure_ratio(&figure[i], &figure[RAW]);
    char bar[64] = "";
    int missed = 0;

    if (about[i].us_bar > 0) {
        missed = us >= about[i].us_bar;
        snprintf(bar, sizeof bar, "bar: %.1f us %s", about[i].us_bar,
            missed ? "MISSED" : "met");
    } else if (about[i].raw_bar > 0) {
        missed = ratio >= about[i].raw_bar;
        snprintf(bar, sizeof bar, "bar: %.1f raw %s", about[i].raw_bar,
            missed ? "MISSED" : "met");
    }
    printf("%-10s %8.2f us %8.3f raw  %-46s %s\n", figure[i].name, us, ratio,
        about[i].meaning, bar);
    return missed;
}

int
main(int argc, char **argv)
{
    int check = 0;
    int brief = 0;
    int missed = 0;

    for (; argc > 1 && strncmp(argv[1], "--", 2) == 0; argc--, argv++) {
        check |= strcmp(argv[1], "--check") == 0;
        brief |= strcmp(argv[1], "--brief") == 0;
    }
    if (argc < 4)
        measure_die(
            "usage: bench [--check] [--brief] QUOTE COLLATERAL NOW [ROOT]");
    quote = measure_slurp(argv[1]);
    bundle = measure_slurp(argv[2]);
    now = strtoll(argv[3], NULL, 10);
    if (argc > 4)
        root = measure_slurp(argv[4]);
    if (!brief)
        report_memory();
    if (!raw_set_up())
        measure_die("no raw signature");
    judge_set_up(&tools, root.p, root.n);
    prepared = judge_collateral(&tools, bundle.p, bundle.n, 1);
    measure(figure, FIGURES);
    if (brief) {
        printf("%.2f %.2f\n", measure_us(&figure[COLD]),
            measure_us(&figure[PREPARED]));
        return 0;
    }
    for (int i = 0; i < FIGURES; i++)
        missed |= report_figure(i);
    return check && missed;
}
