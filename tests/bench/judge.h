/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_JUDGE_H
#define TESTS_BENCH_JUDGE_H

#include <dstack/dstack.h>

/* What evidence is judged with: a policy for the hardware alone, one verifier
 * without a cache and one that knows the platforms that it saw, under this
 * root (PEM or DER; NULL: Intel's). */
typedef struct {
    dstack_policy *policy;
    dstack_verifier *forgetful;
    dstack_verifier *warm;
} judge_tools;

void
judge_set_up(judge_tools *tools, const uint8_t *root, size_t root_len);
/* The bundle, and its signatures checked when prepare is not 0. */
dstack_collateral *
judge_collateral(const judge_tools *tools, const uint8_t *bundle,
    size_t bundle_len, int prepare);

#endif
