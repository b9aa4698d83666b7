/* SPDX-License-Identifier: Apache-2.0 */
/* ours CASES: this library's verdicts, for compare.py. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dstack/dstack.h>

static uint8_t quote[1 << 20];
static uint8_t bundle[1 << 23];

static size_t
slurp(const char *path, uint8_t *to, size_t max)
{
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(to, 1, max, f) : 0;

    if (f)
        fclose(f);
    return n;
}

static void
print_verdict(const char *name, const dstack_report *r, const dstack_error *e)
{
    size_t n, i;

    if (!r || !dstack_report_is_authentic(r)) {
        printf("%s\tno\t\t\t%s\n", name, e->message);
        return;
    }
    printf("%s\tyes\t%s\t", name,
        dstack_tcb_status_name(dstack_report_tcb_status(r, DSTACK_OF_ALL)));
    n = dstack_report_advisory_count(r, DSTACK_OF_ALL);
    for (i = 0; i < n; i++)
        printf(
            "%s%s", i ? "," : "", dstack_report_advisory(r, DSTACK_OF_ALL, i));
    printf("\t\n");
}

static void
judge(const dstack_verifier *v, char *line)
{
    const char *name = strtok(line, "\t");
    const char *q = strtok(NULL, "\t");
    const char *c = strtok(NULL, "\t");
    const char *time = strtok(NULL, "\n");
    dstack_collateral *collateral = NULL;
    dstack_report *report = NULL;
    dstack_error err;
    int rc;

    if (!name || !q || !c || !time)
        return;
    rc = dstack_collateral_parse(
        bundle, slurp(c, bundle, sizeof bundle), &collateral, &err);
    if (rc == DSTACK_OK)
        rc = dstack_verifier_verify_quote(v, quote,
            slurp(q, quote, sizeof quote), collateral, NULL,
            strtoimax(time, NULL, 10), &report, &err);
    (void)rc; /* without a policy the answer is no: authentic or not counts */
    print_verdict(name, report, &err);
    dstack_report_free(report);
    dstack_collateral_free(collateral);
}

int
main(int argc, char **argv)
{
    FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
    dstack_verifier *v;
    char line[4096];

    if (!f || dstack_verifier_new(&v, NULL) != DSTACK_OK)
        return 2;
    while (fgets(line, sizeof line, f))
        judge(v, line);
    dstack_verifier_free(v);
    fclose(f);
    return 0;
}
