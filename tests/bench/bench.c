/* SPDX-License-Identifier: Apache-2.0 */
/* bench [--check] [--brief] QUOTE COLLATERAL NOW [ROOT]
 *
 * What a judgement costs, beside one raw ECDSA P-256 verification by the back
 * end in use. Everything but that one figure goes through the public headers
 * and the installed archive, as a user's program does.
 *
 * Times are CPU time of this thread, so that other processes on the machine
 * count as little as they can. A round measures everything one after another;
 * ratios are taken within a round, and medians over the rounds: what disturbs
 * a round disturbs both sides of its ratios. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <dstack/dstack.h>

#include "bench/raw.h"

#define ROUNDS 21
#define SAMPLE_NS 4000000.0 /* of one figure in one round */

typedef struct {
    uint8_t *p;
    size_t n;
} bytes;

static bytes quote;
static bytes bundle;
static bytes root;
static int64_t now;
static dstack_policy *policy;
static dstack_verifier *forgetful; /* without a cache */
static dstack_verifier *warm;
static dstack_collateral *prepared;

static void
die(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    fputs("bench: ", stderr);
    vfprintf(stderr, format, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(2);
}

static void
need(int rc, const char *what, const dstack_error *err)
{
    if (rc != DSTACK_OK)
        die("%s: %s", what, err->message);
}

static bytes
slurp(const char *path)
{
    FILE *f = fopen(path, "rb");
    bytes b = {malloc(1 << 24), 0};

    if (!f || !b.p)
        die("cannot read %s", path);
    b.n = fread(b.p, 1, 1 << 24, f);
    fclose(f);
    return b;
}

/* ---- what is measured ---------------------------------------------------- */

static void
run_parse(void)
{
    dstack_error err;
    dstack_quote *q;

    need(dstack_quote_parse(quote.p, quote.n, &q, &err), "parse", &err);
    dstack_quote_free(q);
}

static void
run_prepare(void)
{
    dstack_error err;
    dstack_collateral *c;

    need(dstack_collateral_parse(bundle.p, bundle.n, &c, &err), "bundle", &err);
    need(dstack_collateral_prepare(c, forgetful, &err), "prepare", &err);
    dstack_collateral_free(c);
}

static void
verify(const dstack_verifier *v, const dstack_collateral *c)
{
    dstack_error err;
    dstack_report *report;

    need(dstack_verifier_verify_quote(
             v, quote.p, quote.n, c, policy, now, &report, &err),
        "verify", &err);
    dstack_report_free(report);
}

static void
run_cold(void)
{
    dstack_error err;
    dstack_collateral *c;

    need(dstack_collateral_parse(bundle.p, bundle.n, &c, &err), "bundle", &err);
    verify(forgetful, c);
    dstack_collateral_free(c);
}

static void
run_prepared(void)
{
    verify(forgetful, prepared);
}

static void
run_repeated(void)
{
    verify(warm, prepared);
}

static void
run_raw(void)
{
    if (!raw_verify())
        die("the raw signature does not verify");
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

static struct {
    const char *name;
    void (*run)(void);
    double raw_bar; /* at most so many raw verifications; 0: no bar */
    double us_bar;
    long count; /* calls in one sample */
    double us[ROUNDS];
    double ratio[ROUNDS];
} figure[FIGURES] = {
    [RAW] = {.name = "raw", .run = run_raw},
    [PARSE] = {.name = "parse", .run = run_parse, .us_bar = 2},
    [PREPARE] = {.name = "prepare", .run = run_prepare},
    [COLD] = {.name = "cold", .run = run_cold, .raw_bar = 9 * 1.3},
    [PREPARED] = {.name = "prepared", .run = run_prepared},
    [REPEATED] = {.name = "repeated", .run = run_repeated, .raw_bar = 1.5},
};

static const char *const meaning[FIGURES] = {
    [RAW] = "one ECDSA P-256 verification, key ready",
    [PARSE] = "the quote alone, nothing verified",
    [PREPARE] = "collateral from bytes, its signatures checked",
    [COLD] = "everything from bytes, nothing remembered",
    [PREPARED] = "collateral prepared, platform not known",
    [REPEATED] = "collateral prepared, platform known",
};

/* ---- measuring ----------------------------------------------------------- */

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

static double
median(const double *v)
{
    double sorted[ROUNDS];

    memcpy(sorted, v, sizeof sorted);
    qsort(sorted, ROUNDS, sizeof *sorted, compare);
    return sorted[ROUNDS / 2];
}

static void
measure(void)
{
    for (int i = 0; i < FIGURES; i++) {
        sample_ns(figure[i].run, 20); /* warm up */
        figure[i].count = 1 + (long)(SAMPLE_NS / sample_ns(figure[i].run, 20));
    }
    for (int r = 0; r < ROUNDS; r++)
        for (int i = 0; i < FIGURES; i++) {
            figure[i].us[r] = sample_ns(figure[i].run, figure[i].count) / 1000;
            figure[i].ratio[r] = figure[i].us[r] / figure[RAW].us[r];
        }
}

/* ---- memory -------------------------------------------------------------- */

/* Blocks carry their size in front. */
typedef union {
    size_t n;
    max_align_t align;
} header;

static size_t live;
static size_t peak;
static size_t blocks;

static void *
count_realloc(void *user, void *block, size_t n)
{
    header *h = block ? (header *)block - 1 : NULL;
    size_t had = h ? h->n : 0;

    (void)user;
    h = realloc(h, sizeof *h + n);
    if (!h)
        return NULL;
    h->n = n;
    blocks++;
    live = live - had + n;
    if (live > peak)
        peak = live;
    return h + 1;
}

static void *
count_malloc(void *user, size_t n)
{
    return count_realloc(user, NULL, n);
}

static void
count_free(void *user, void *block)
{
    header *h = block ? (header *)block - 1 : NULL;

    (void)user;
    if (h)
        live -= h->n;
    free(h);
}

static long
resident_kib(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss;
}

static void
set_up(void)
{
    static const uint32_t all[] = {DSTACK_TCB_SW_HARDENING_NEEDED,
        DSTACK_TCB_CONFIGURATION_NEEDED,
        DSTACK_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
        DSTACK_TCB_OUT_OF_DATE, DSTACK_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED};
    dstack_verifier **v[] = {&forgetful, &warm};
    dstack_error err;

    need(dstack_policy_new(&policy, &err), "policy", &err);
    dstack_policy_accept_any_workload(policy);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        need(dstack_policy_accept_tcb_status(
                 policy, DSTACK_OF_ALL, all[i], &err),
            "policy", &err);
    for (size_t i = 0; i < 2; i++) {
        need(dstack_verifier_new(v[i], &err), "verifier", &err);
        if (root.p)
            need(dstack_verifier_set_root(*v[i], root.p, root.n, &err), "root",
                &err);
    }
    if (dstack_verifier_set_cache_size(forgetful, 0) != DSTACK_OK)
        die("no verifier without a cache");
}

/* In a process of its own: nothing else has used memory there. */
static void
report_memory(void)
{
    const dstack_allocator counting = {.abi_size = sizeof counting,
        .malloc_fn = count_malloc,
        .realloc_fn = count_realloc,
        .free_fn = count_free};
    long before = resident_kib();
    size_t resting;
    int status = 1;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        if (dstack_set_allocator(&counting) != DSTACK_OK)
            die("the allocator is not taken");
        set_up();
        resting = live;
        peak = live;
        blocks = 0;
        run_cold();
        printf("%-10s %8.1f KiB of heap at most (%zu blocks) for one cold "
               "verification\n",
            "memory", (double)(peak - resting) / 1024, blocks);
        printf("%-10s %8ld KiB resident at most, %ld KiB before the first "
               "call\n",
            "", resident_kib(), before);
        fflush(stdout);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        die("memory could not be measured");
}

/* ---- results ------------------------------------------------------------- */

static int
report_figure(int i)
{
    double us = median(figure[i].us);
    double ratio = median(figure[i].ratio);
    char bar[64] = "";
    int missed = 0;

    if (figure[i].us_bar > 0) {
        missed = us >= figure[i].us_bar;
        snprintf(bar, sizeof bar, "bar: %.1f us %s", figure[i].us_bar,
            missed ? "MISSED" : "met");
    } else if (figure[i].raw_bar > 0) {
        missed = ratio >= figure[i].raw_bar;
        snprintf(bar, sizeof bar, "bar: %.1f raw %s", figure[i].raw_bar,
            missed ? "MISSED" : "met");
    }
    printf("%-10s %8.2f us %8.3f raw  %-46s %s\n", figure[i].name, us, ratio,
        meaning[i], bar);
    return missed;
}

int
main(int argc, char **argv)
{
    int check = 0;
    int brief = 0;
    int missed = 0;
    dstack_error err;

    for (; argc > 1 && strncmp(argv[1], "--", 2) == 0; argc--, argv++) {
        check |= strcmp(argv[1], "--check") == 0;
        brief |= strcmp(argv[1], "--brief") == 0;
    }
    if (argc < 4)
        die("usage: bench [--check] [--brief] QUOTE COLLATERAL NOW [ROOT]");
    quote = slurp(argv[1]);
    bundle = slurp(argv[2]);
    now = strtoll(argv[3], NULL, 10);
    if (argc > 4)
        root = slurp(argv[4]);
    if (!brief)
        report_memory();
    if (!raw_set_up())
        die("no raw signature");
    set_up();
    need(dstack_collateral_parse(bundle.p, bundle.n, &prepared, &err), "bundle",
        &err);
    need(dstack_collateral_prepare(prepared, forgetful, &err), "prepare", &err);
    measure();
    if (brief) {
        printf("%.2f %.2f\n", median(figure[COLD].us),
            median(figure[PREPARED].us));
        return 0;
    }
    for (int i = 0; i < FIGURES; i++)
        missed |= report_figure(i);
    return check && missed;
}
