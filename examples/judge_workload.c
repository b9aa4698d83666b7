/* SPDX-License-Identifier: Apache-2.0
 * Judge a workload by a policy file; say what is then known of it, and what
 * binds each claim. ROOT is a test platform's root certificate, else Intel's:
 *     judge_workload EVIDENCE COLLATERAL POLICY UNIX_TIME [ROOT]
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
print_claim(const dstack_report *report, const char *name)
{
    size_t n, i, text = 0;
    const uint8_t *p = dstack_report_claim(report, name, &n);
    uint32_t bit, bound = dstack_report_claim_bound_by(report, name);

    while (text < n && p[text] >= ' ' && p[text] <= '~')
        text++; /* all of it: a name or JSON; else a hash */
    printf("  %-18s ", name);
    for (i = 0; i < n; i++)
        printf(text == n ? "%c" : "%02x", p[i]);
    /* What nothing binds is somebody's word: decide nothing by it. */
    printf(bound ? " bound by" : " NOT BOUND");
    for (bit = 1; bit && bit <= bound; bit <<= 1)
        printf(bound & bit ? " %s" : "", dstack_bound_name(bit));
    printf("\n");
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
    size_t i;
    int no; /* DSTACK_OK is 0, and the only yes */

    if (argc < 5 || cannot_read(argv[1], &proof) ||
        cannot_read(argv[2], &bundle) || cannot_read(argv[3], &rules) ||
        (argc > 5 && cannot_read(argv[5], &root))) {
        fprintf(stderr, "usage: judge_workload EVIDENCE COLLATERAL POLICY "
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
    printf("%s %s\n", no ? "NO:" : "YES", no ? err.message : "");
    for (i = 0; !no && i < dstack_report_claim_count(report); i++)
        print_claim(report, dstack_report_claim_name(report, i));
    dstack_report_free(report); /* NULL is fine for each of them */
    dstack_policy_free(policy);
    dstack_collateral_free(collateral);
    dstack_evidence_free(evidence);
    dstack_verifier_free(verifier);
    return no;
}
