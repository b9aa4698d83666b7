/* SPDX-License-Identifier: Apache-2.0
 * Pin an app by its app-compose file: did a genuine machine measure exactly
 * these bytes? ROOT is a test platform's, else Intel's:
 *     pin_compose APP_COMPOSE EVIDENCE COLLATERAL UNIX_TIME [ROOT]
 */
#include <stdio.h>
#include <stdlib.h>

#include <dstack/dstack.h>

static struct file {
    size_t n;
    uint8_t p[1 << 20];
} compose, proof, bundle, root;

static int
cannot_read(const char *name, struct file *to)
{
    FILE *f = fopen(name, "rb");

    to->n = f ? fread(to->p, 1, sizeof to->p, f) : 0;
    return !f || fclose(f) != 0 || to->n == 0 || to->n == sizeof to->p;
}

/* The file's bytes as they are deployed: written anew, sorted or indented, it
 * would be another app. The OS image says which app it runs: pin that as well
 * (mr_td, rtmr1, rtmr2, or dstack_policy_require_image()) before you trust it. */
static int
pin(const struct file *file, dstack_policy **ret, dstack_error *err)
{
    uint8_t hash[32];
    int no = dstack_policy_new(ret, err) ||
             dstack_compose_hash(file->p, file->n, hash, sizeof hash, err) ||
             dstack_policy_expect_field(
                 *ret, "compose_hash", hash, sizeof hash, err);
    size_t i;

    printf("compose hash ");
    for (i = 0; !no && i < sizeof hash; i++)
        printf("%02x", hash[i]);
    printf("\n");
    return no;
}

int
main(int argc, char **argv)
{
    dstack_verifier *verifier = NULL;
    dstack_evidence *evidence = NULL;
    dstack_collateral *collateral = NULL;
    dstack_policy *policy = NULL;
    dstack_error err;
    int no;

    if (argc < 5 || cannot_read(argv[1], &compose) ||
        cannot_read(argv[2], &proof) || cannot_read(argv[3], &bundle) ||
        (argc > 5 && cannot_read(argv[5], &root))) {
        fprintf(stderr, "usage: pin_compose APP_COMPOSE EVIDENCE COLLATERAL "
                        "UNIX_TIME [ROOT]; files are of 1 byte to 1 MiB\n");
        return 2;
    }
    no = pin(&compose, &policy, &err) || dstack_verifier_new(&verifier, &err) ||
         (root.n && dstack_verifier_set_root(verifier, root.p, root.n, &err)) ||
         dstack_evidence_parse(proof.p, proof.n, &evidence, &err) ||
         dstack_collateral_parse(bundle.p, bundle.n, &collateral, &err) ||
         dstack_verifier_verify(verifier, evidence, collateral, policy,
             strtoll(argv[4], NULL, 10), NULL, &err);
    if (no)
        printf("NO: %s: %s\n", dstack_reason_name(err.reason), err.message);
    else
        printf("YES: this file was measured\n");
    dstack_policy_free(policy);
    dstack_collateral_free(collateral);
    dstack_evidence_free(evidence);
    dstack_verifier_free(verifier);
    return no;
}
