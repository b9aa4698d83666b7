/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/judge.h"

#include "bench/measure.h"

void
judge_set_up(judge_tools *tools, const uint8_t *root, size_t root_len)
{
    static const uint32_t all[] = {DSTACK_TCB_SW_HARDENING_NEEDED,
        DSTACK_TCB_CONFIGURATION_NEEDED,
        DSTACK_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
        DSTACK_TCB_OUT_OF_DATE, DSTACK_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED};
    dstack_verifier **v[] = {&tools->forgetful, &tools->warm};
    dstack_error err;

    measure_need(dstack_policy_new(&tools->policy, &err), "policy", &err);
    dstack_policy_accept_any_workload(tools->policy);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        measure_need(dstack_policy_accept_tcb_status(
                         tools->policy, DSTACK_OF_ALL, all[i], &err),
            "policy", &err);
    for (size_t i = 0; i < 2; i++) {
        measure_need(dstack_verifier_new(v[i], &err), "verifier", &err);
        if (root)
            measure_need(dstack_verifier_set_root(*v[i], root, root_len, &err),
                "root", &err);
    }
    if (dstack_verifier_set_cache_size(tools->forgetful, 0) != DSTACK_OK)
        measure_die("no verifier without a cache");
}

dstack_collateral *
judge_collateral(const judge_tools *tools, const uint8_t *bundle,
    size_t bundle_len, int prepare)
{
    dstack_collateral *c;
    dstack_error err;

    measure_need(
        dstack_collateral_parse(bundle, bundle_len, &c, &err), "bundle", &err);
    if (prepare)
        measure_need(dstack_collateral_prepare(c, tools->forgetful, &err),
            "prepare", &err);
    return c;
}
