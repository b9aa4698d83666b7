/* SPDX-License-Identifier: Apache-2.0 */
#include "receipt/policy.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "receipt/replay.h"

int
dstack_receipt_policy_new(dstack_receipt_policy **ret, dstack_error *err)
{
    ds_err_clear(err);
    if (!ret)
        return ds_fail(err, DSTACK_ERR_ARG, "dstack_receipt_policy_new: NULL");
    *ret = ds_calloc(1, sizeof **ret);
    if (!*ret)
        return ds_fail_nomem(err);
    (*ret)->level = DSTACK_LEVEL_ATTESTATION;
    return DSTACK_OK;
}

void
dstack_receipt_policy_free(dstack_receipt_policy *policy)
{
    if (!policy)
        return;
    ds_free(policy->nodes);
    ds_free(policy);
}

int
dstack_receipt_policy_set_replay_store(dstack_receipt_policy *policy,
    const dstack_replay_store *store, dstack_error *err)
{
    ds_err_clear(err);
    if (!policy || !store || store->abi_size != sizeof *store ||
        store->reserved != 0 || !store->seen)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_receipt_policy_set_replay_store: NULL, abi_size is not "
            "%zu, reserved not 0, or no seen function",
            sizeof *store);
    policy->store = *store;
    return DSTACK_OK;
}

int
dstack_receipt_policy_set_replay_memory(dstack_receipt_policy *policy,
    dstack_replay_memory *memory, dstack_error *err)
{
    const dstack_replay_store store = {
        .abi_size = sizeof store, .user = memory, .seen = ds_replay_seen};

    ds_err_clear(err);
    if (!policy || !memory)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_receipt_policy_set_replay_memory: NULL argument");
    policy->store = store;
    return DSTACK_OK;
}

int
dstack_receipt_policy_expect_node(dstack_receipt_policy *policy,
    const uint8_t *key, size_t key_len, dstack_error *err)
{
    uint8_t(*nodes)[32];

    ds_err_clear(err);
    if (!policy || !key || key_len != 32)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_receipt_policy_expect_node: NULL, or a key that is not 32 "
            "bytes");
    if (policy->node_count == DS_MAX_NODES)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_receipt_policy_expect_node: more than %d keys",
            DS_MAX_NODES);
    nodes =
        ds_realloc_array(policy->nodes, policy->node_count + 1, sizeof *nodes);
    if (!nodes)
        return ds_fail_nomem(err);
    policy->nodes = nodes;
    memcpy(nodes[policy->node_count++], key, 32);
    return DSTACK_OK;
}

int
dstack_receipt_policy_accept_level(
    dstack_receipt_policy *policy, uint32_t level, dstack_error *err)
{
    ds_err_clear(err);
    if (!policy || level > DSTACK_LEVEL_ATTESTATION)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_receipt_policy_accept_level: NULL, or a level not in 0 to "
            "2");
    policy->level = level;
    return DSTACK_OK;
}

void
dstack_receipt_policy_accept_any_node(dstack_receipt_policy *policy)
{
    if (policy)
        policy->any_node = true;
}

void
dstack_receipt_policy_accept_no_payment(dstack_receipt_policy *policy)
{
    if (policy)
        policy->no_payment = true;
}

void
dstack_receipt_policy_accept_replay(dstack_receipt_policy *policy)
{
    if (policy)
        policy->replay = true;
}

void
dstack_receipt_policy_accept_no_request(dstack_receipt_policy *policy)
{
    if (policy)
        policy->no_request = true;
}

void
dstack_receipt_policy_accept_no_output(dstack_receipt_policy *policy)
{
    if (policy)
        policy->no_output = true;
}
