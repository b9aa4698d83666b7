/* SPDX-License-Identifier: Apache-2.0
 * Why was this workload refused? All that is known of a check that failed.
 * ROOT is a test platform's root certificate; without it Intel's counts:
 *     explain_refusal EVIDENCE COLLATERAL POLICY UNIX_TIME [ROOT]
 */
#include <stdio.h>
#include <stdlib.h>

#include <dstack/dstack.h>

static struct file {
    size_t n;
    uint8_t p[1 << 20];
} proof, bundle, rules, root;

static int
cannot_read(const char *name, struct file *to)
{
    FILE *f = fopen(name, "rb");

    to->n = f ? fread(to->p, 1, sizeof to->p, f) : 0;
    return !f || fclose(f) != 0 || to->n == 0 || to->n == sizeof to->p;
}

static void
explain(const dstack_report *r)
{
    size_t i, not_run = 0;

    for (i = 0; i < dstack_report_check_count(r); i++) {
        not_run += dstack_report_check_result(r, i) == DSTACK_CHECK_NOT_RUN;
        if (dstack_report_check_result(r, i) != DSTACK_CHECK_FAILED)
            continue;
        printf("check %s, stage %s, reason %s\n  expected %s\n  found %s\n",
            dstack_report_check_name(r, i),
            dstack_stage_name(dstack_report_check_stage(r, i)),
            dstack_reason_name(dstack_report_check_reason(r, i)),
            dstack_report_check_expected(r, i),
            dstack_report_check_found(r, i));
    }
    /* No: believe nothing of it. Yes: it is what it says, but not accepted. */
    printf("%zu of %zu checks did not run\ngenuine: %s\n", not_run, i,
        dstack_report_is_authentic(r) ? "yes" : "no");
}

int
main(int argc, char **argv)
{
    dstack_verifier *verifier = NULL;
    dstack_evidence *evidence = NULL;
    dstack_collateral *collateral = NULL;
    dstack_policy *policy = NULL;
    dstack_report *report = NULL;
    dstack_error err;
    int no; /* DSTACK_OK is 0, and the only yes */

    if (argc < 5 || cannot_read(argv[1], &proof) ||
        cannot_read(argv[2], &bundle) || cannot_read(argv[3], &rules) ||
        (argc > 5 && cannot_read(argv[5], &root))) {
        fprintf(stderr, "usage: explain_refusal EVIDENCE COLLATERAL POLICY "
                        "UNIX_TIME [ROOT]; files are of 1 byte to 1 MiB\n");
        return 2;
    }
    no = dstack_verifier_new(&verifier, &err) ||
         (root.n && dstack_verifier_set_root(verifier, root.p, root.n, &err)) ||
         dstack_evidence_parse(proof.p, proof.n, &evidence, &err) ||
         dstack_collateral_parse(bundle.p, bundle.n, &collateral, &err) ||
         dstack_policy_parse(rules.p, rules.n, &policy, &err) ||
         dstack_verifier_verify(verifier, evidence, collateral, policy,
             strtoll(argv[4], NULL, 10), &report, &err);
    printf("%s\n", no ? err.message : "accepted");
    explain(report); /* NULL, which knows nothing: a file is malformed */
    dstack_report_free(report);
    dstack_policy_free(policy);
    dstack_collateral_free(collateral);
    dstack_evidence_free(evidence);
    dstack_verifier_free(verifier);
    return no;
}
