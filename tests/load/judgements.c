/* SPDX-License-Identifier: Apache-2.0
 * Many judgements in one process: memory stays where it was.
 *     judgements COUNT EVIDENCE COLLATERAL NOW [ROOT]
 * The evidence as it came and as a container of both versions, in turn; some
 * are cut, some refused, some get collateral of their own. After each of them
 * the library holds the same bytes in as many blocks, and the process is as
 * large at the end as after a tenth. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <dstack/dstack.h>

#include "bench/heap.h"
#include "bench/judge.h"
#include "bench/measure.h"

enum {
    V0,
    V1,
    GIVEN,
    FORMS
};
/* Pages that the allocator below may turn over without being a leak: a leak of
 * three bytes a judgement is more than that, once there are so many. */
#define SLACK_KIB 256
#define ENOUGH 90000

static measure_bytes form[FORMS];
static measure_bytes bundle;
static judge_tools tools;
static dstack_collateral *prepared;
static int64_t now;

static long
resident_kib(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    long total, resident = -1;

    if (!f || fscanf(f, "%ld %ld", &total, &resident) != 2)
        measure_die("no /proc/self/statm");
    (void)fclose(f);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void
make_containers(void)
{
    dstack_evidence *evidence;
    dstack_error err;

    measure_need(
        dstack_evidence_parse(form[GIVEN].p, form[GIVEN].n, &evidence, &err),
        "evidence", &err);
    for (uint32_t version = 0; version < 2; version++)
        measure_need(dstack_evidence_encode(evidence, version, 0,
                         &form[V0 + version].p, &form[V0 + version].n, &err),
            "encode", &err);
    dstack_evidence_free(evidence);
}

/* From bytes to a report, as far as that goes. */
static int
judge(measure_bytes in, const dstack_verifier *v, const dstack_collateral *c,
    int64_t at, dstack_error *err)
{
    dstack_evidence *evidence;
    dstack_report *report = NULL;
    int rc = dstack_evidence_parse(in.p, in.n, &evidence, err);

    if (rc == DSTACK_OK)
        rc = dstack_verifier_verify(
            v, evidence, c, tools.policy, at, &report, err);
    dstack_report_free(report);
    dstack_evidence_free(evidence);
    return rc;
}

/* Nineteen of twenty as a server would, the twentieth in other ways. */
static void
one(long number)
{
    measure_bytes in = form[number % FORMS];
    dstack_collateral *c = NULL;
    int want = DSTACK_OK, rc;
    dstack_error err;

    switch (number % 100) {
    case 20: /* cut */
        in.n /= 2;
        want = DSTACK_ERR_PARSE;
        rc = judge(in, tools.warm, prepared, now, &err);
        break;
    case 40:
        want = DSTACK_ERR_PARSE;
        rc = judge(in, tools.warm, NULL, now, &err);
        break;
    case 60: /* in another century */
        want = DSTACK_ERR_STALE;
        rc = judge(in, tools.warm, prepared, INT64_C(5000000000), &err);
        break;
    case 80:
        c = judge_collateral(&tools, bundle.p, bundle.n, 0);
        rc = judge(in, tools.forgetful, c, now, &err);
        break;
    default:
        rc = judge(in, tools.warm, prepared, now, &err);
        break;
    }
    if (rc != want)
        measure_die("judgement %ld: code %d, expected %d: %s", number, rc, want,
            err.message);
    dstack_collateral_free(c);
}

int
main(int argc, char **argv)
{
    measure_bytes root = {NULL, 0};
    heap_count resting;
    long count, tenth = 0, end;

    if (argc < 5)
        measure_die("usage: judgements COUNT EVIDENCE COLLATERAL NOW [ROOT]");
    count = strtol(argv[1], NULL, 10);
    form[GIVEN] = measure_slurp(argv[2]);
    bundle = measure_slurp(argv[3]);
    now = strtoll(argv[4], NULL, 10);
    if (argc > 5)
        root = measure_slurp(argv[5]);
    if (heap_start() != 0)
        measure_die("the allocator is not taken");
    judge_set_up(&tools, root.p, root.n);
    prepared = judge_collateral(&tools, bundle.p, bundle.n, 1);
    make_containers();
    for (long i = 0; i < 100; i++)
        one(i); /* each way once; platform and evidence become known */
    resting = heap;
    for (long i = 1; i <= count; i++) {
        one(i);
        if (heap.live != resting.live ||
            heap.live_blocks != resting.live_blocks)
            measure_die("judgement %ld: %zu bytes in %zu blocks are held, %zu "
                        "in %zu before it",
                i, heap.live, heap.live_blocks, resting.live,
                resting.live_blocks);
        if (i == count / 10)
            tenth = resident_kib();
    }
    end = resident_kib();
    printf("%ld judgements; held after each: %zu bytes in %zu blocks; resident "
           "after a tenth %ld KiB, at the end %ld KiB\n",
        count, heap.live, heap.live_blocks, tenth, end);
    if (count >= ENOUGH && end > tenth + SLACK_KIB)
        measure_die("the process has grown");
    return 0;
}
