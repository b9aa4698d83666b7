/* SPDX-License-Identifier: Apache-2.0 */
/* evidence [--check] EVIDENCE COLLATERAL NOW [ROOT]
 *
 * Full evidence, from bytes to the verdict, beside its quote alone: as a
 * container of both versions, and as it came: with nothing remembered, on a
 * platform that is known, and again and again. --check: exit 1 when a container
 * costs 1.3 times its quote or more. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dstack/dstack.h>

#include "bench/judge.h"
#include "bench/measure.h"

#define BAR 1.3

enum {
    QUOTE,
    V0,
    V1,
    GIVEN,
    FORMS
};

static measure_bytes form[FORMS];
static measure_bytes bundle;
static int64_t now;
static judge_tools tools;
static dstack_collateral *prepared;

/* ---- what is measured ---------------------------------------------------- */

/* Both sides go from the bytes to a report and let go of everything. */
static void
judge(int which, const dstack_verifier *v, const dstack_collateral *c)
{
    dstack_evidence *evidence = NULL;
    dstack_report *report = NULL;
    dstack_error err;
    int rc;

    if (which == QUOTE) {
        rc = dstack_verifier_verify_quote(v, form[QUOTE].p, form[QUOTE].n, c,
            tools.policy, now, &report, &err);
    } else {
        rc = dstack_evidence_parse(
            form[which].p, form[which].n, &evidence, &err);
        if (rc == DSTACK_OK)
            rc = dstack_verifier_verify(
                v, evidence, c, tools.policy, now, &report, &err);
    }
    measure_need(rc, "judge", &err);
    dstack_report_free(report);
    dstack_evidence_free(evidence);
}

static void
cold(int which)
{
    dstack_collateral *c = judge_collateral(&tools, bundle.p, bundle.n, 0);

    judge(which, tools.forgetful, c);
    dstack_collateral_free(c);
}

/* A verifier whose tables change forgets evidence, and no platform. */
static void
platform(int which)
{
    if (dstack_verifier_set_acpi(tools.warm, NULL) != DSTACK_OK)
        measure_die("set_acpi failed");
    judge(which, tools.warm, prepared);
}

static void
repeated(int which)
{
    judge(which, tools.warm, prepared);
}

#define RUNS(how) \
    static void how##_quote(void) \
    { \
        how(QUOTE); \
    } \
    static void how##_v0(void) \
    { \
        how(V0); \
    } \
    static void how##_v1(void) \
    { \
        how(V1); \
    } \
    static void how##_given(void) \
    { \
        how(GIVEN); \
    }
RUNS(cold)
RUNS(platform)
RUNS(repeated)

#define FIGURES(how) \
    { \
        {.name = #how, .run = how##_quote}, {.name = #how, .run = how##_v0}, \
            {.name = #how, .run = how##_v1}, \
        { \
            .name = #how, .run = how##_given \
        } \
    }
static measure_figure figure[][FORMS] = {
    FIGURES(cold), FIGURES(platform), FIGURES(repeated)};
enum {
    PLATFORM = 1, /* known, and the evidence new: no bar */
    WAYS = sizeof figure / sizeof figure[0]
};

/* ---- setting up, results ------------------------------------------------- */

/* The quote that is in it, and a container of each version that can hold it. */
static void
make_forms(void)
{
    dstack_evidence *evidence;
    const uint8_t *quote;
    dstack_error err;

    measure_need(
        dstack_evidence_parse(form[GIVEN].p, form[GIVEN].n, &evidence, &err),
        "evidence", &err);
    quote = dstack_evidence_quote(evidence, &form[QUOTE].n);
    form[QUOTE].p = malloc(form[QUOTE].n);
    if (!form[QUOTE].p)
        measure_die("no memory");
    memcpy(form[QUOTE].p, quote, form[QUOTE].n);
    for (uint32_t version = 0; version < 2; version++)
        measure_need(dstack_evidence_encode(evidence, version, 0,
                         &form[V0 + version].p, &form[V0 + version].n, &err),
            "encode", &err);
    dstack_evidence_free(evidence);
}

static int
report_figure(int way, int which)
{
    static const char *const meaning[FORMS] = {
        "the quote alone", "container V0", "container V1", "as it came"};
    const measure_figure *f = &figure[way][which];
    double ratio = measure_ratio(f, &figure[way][QUOTE]);
    int has_bar = way != PLATFORM && (which == V0 || which == V1);
    int missed = has_bar && ratio >= BAR;
    char bar[64] = "";

    if (has_bar)
        snprintf(bar, sizeof bar, "bar: %.1f quotes %s", BAR,
            missed ? "MISSED" : "met");
    printf("%-10s %8.2f us %8.3f quotes  %-16s %7zu bytes   %s\n", f->name,
        measure_us(f), ratio, meaning[which], form[which].n, bar);
    return missed;
}

int
main(int argc, char **argv)
{
    measure_bytes root = {NULL, 0};
    int check = argc > 1 && strcmp(argv[1], "--check") == 0;
    int missed = 0;

    argc -= check;
    argv += check;
    if (argc < 4)
        measure_die("usage: evidence [--check] EVIDENCE COLLATERAL NOW [ROOT]");
    form[GIVEN] = measure_slurp(argv[1]);
    bundle = measure_slurp(argv[2]);
    now = strtoll(argv[3], NULL, 10);
    if (argc > 4)
        root = measure_slurp(argv[4]);
    judge_set_up(&tools, root.p, root.n);
    prepared = judge_collateral(&tools, bundle.p, bundle.n, 1);
    make_forms();
    measure(figure[0], WAYS * FORMS);
    for (int i = 0; i < WAYS; i++)
        for (int k = 0; k < FORMS; k++)
            missed |= report_figure(i, k);
    return check && missed;
}
