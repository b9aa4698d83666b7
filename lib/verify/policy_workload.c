/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "verify/policy.h"

/* Rules about what a guest measured beside the claims that have a value: its
 * init scripts and its GPUs. */

/* ---- setters --------------------------------------------------------------- */

int
dstack_policy_expect_init_scripts(dstack_policy *policy, const uint8_t *hashes,
    size_t count, dstack_error *err)
{
    ds_script_list *list, *grown;

    ds_err_clear(err);
    if (!policy)
        return ds_fail(err, DSTACK_ERR_ARG, "policy is NULL");
    if (count > DS_MAX_INIT_SCRIPTS || (count != 0 && !hashes))
        return ds_fail(err, DSTACK_ERR_ARG,
            "policy: %zu init scripts%s, a guest has at most %d", count,
            hashes ? "" : " (NULL)", DS_MAX_INIT_SCRIPTS);
    if (policy->script_lists == DS_MAX_POLICY_ITEMS)
        return ds_fail(err, DSTACK_ERR_ARG,
            "policy: more than %d lists of init scripts", DS_MAX_POLICY_ITEMS);
    grown = ds_realloc_array(
        policy->scripts, policy->script_lists + 1, sizeof *grown);
    if (!grown)
        return ds_fail_nomem(err);
    policy->scripts = grown;
    list = &grown[policy->script_lists++];
    memset(list, 0, sizeof *list);
    list->n = count;
    if (count != 0)
        memcpy(list->hash, hashes, count * sizeof list->hash[0]);
    return DSTACK_OK;
}

void
dstack_policy_require_gpu(dstack_policy *policy)
{
    if (policy)
        policy->gpu = true;
}

int
dstack_policy_expect_gpu_count(
    dstack_policy *policy, uint32_t count, dstack_error *err)
{
    ds_err_clear(err);
    if (!policy)
        return ds_fail(err, DSTACK_ERR_ARG, "policy is NULL");
    if (count < 1 || count > 64)
        return ds_fail(err, DSTACK_ERR_ARG, "policy: %u GPUs, expected 1 to 64",
            (unsigned)count);
    policy->gpu = true;
    policy->gpu_counts |= UINT64_C(1) << (count - 1);
    return DSTACK_OK;
}

void
dstack_policy_accept_gpu_devtools(dstack_policy *policy)
{
    if (policy)
        policy->gpu_devtools = true;
}

/* ---- judging --------------------------------------------------------------- */

static bool
is_list(const ds_script_list *list, const ds_claims *c)
{
    bool same = list->n == c->init_script_count;

    for (size_t i = 0; same && i < list->n; i++)
        same = ds_view_eq(c->init_scripts[i],
            ds_view_of(list->hash[i], sizeof list->hash[i]));
    return same;
}

static void
judge_scripts(ds_judge *j)
{
    const dstack_policy *p = j->policy;
    const ds_claims *c = j->claims;
    char found[40];
    bool bound = c && c->init_scripts_bound != 0;
    bool known = false;

    if (p->script_lists == 0)
        return;
    for (size_t i = 0; bound && i < p->script_lists; i++)
        known = is_list(&p->scripts[i], c) || known;
    snprintf(found, sizeof found, bound ? "%zu scripts" : "not known",
        bound ? c->init_script_count : 0);
    if (!known)
        ds_checks_fail(j->checks, DS_CHECK_POLICY_INIT_SCRIPTS,
            DSTACK_REASON_POLICY_INIT_SCRIPTS, "a list that is expected", found,
            bound ? "policy: the guest ran init scripts that are not those "
                    "expected, or in another order"
                  : "policy: it is not known which init scripts ran: no "
                    "events that replay came along");
    ds_checks_pass(j->checks, DS_CHECK_POLICY_INIT_SCRIPTS);
}

static void
fail_gpu(ds_judge *j, const char *expected, const char *found)
{
    ds_checks_fail(j->checks, DS_CHECK_POLICY_GPU, DSTACK_REASON_POLICY_GPU,
        expected, found,
        "policy: of its GPUs the guest measured: %s; "
        "expected: %s",
        found, expected);
}

static void
judge_gpu(ds_judge *j)
{
    const dstack_policy *p = j->policy;
    const ds_claims *c = j->claims;
    const ds_claim *said = c ? &c->at[DS_CLAIM_GPU_ATTESTATION] : NULL;
    char found[40];

    if (!p->gpu)
        return;
    if (!said || !said->has || said->bound == 0) {
        fail_gpu(j, "that they were attested", "nothing that is bound");
    } else if (c->gpu.devices == 0 ||
               c->story.count[DS_EV_GPU_ATTESTATION] != 1) {
        fail_gpu(j, "one statement of version 2", "something else");
    } else if (c->gpu.devtools && !p->gpu_devtools) {
        fail_gpu(j, "GPUs without developer tools", "developer tools are on");
    } else if (p->gpu_counts != 0 &&
               (p->gpu_counts >> (c->gpu.devices - 1) & 1) == 0) {
        snprintf(found, sizeof found, "%u of them", (unsigned)c->gpu.devices);
        fail_gpu(j, "as many as the policy says", found);
    }
    ds_checks_pass(j->checks, DS_CHECK_POLICY_GPU);
}

void
ds_judge_workload_lists(ds_judge *j)
{
    judge_scripts(j);
    judge_gpu(j);
}
