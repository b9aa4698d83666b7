/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "receipt/verify.h"

/* Set up by the caller? If not, what it points to may be anything. */
static bool
is_set_up(const dstack_receipt_item *item)
{
    return item->abi_size == sizeof *item && item->reserved == 0;
}

/* The same answer for each of them: none was judged. */
static void
answer_all(dstack_receipt_item *items, size_t count, const dstack_error *error)
{
    for (size_t i = 0; i < count; i++) {
        items[i].code = error->code;
        items[i].reason = error->reason;
        if (!is_set_up(&items[i]))
            continue;
        if (items[i].ret)
            *items[i].ret = NULL;
        if (items[i].err)
            *items[i].err = *error;
    }
}

/* Leaves no item with a yes, whatever was in it. */
static int
begin(const ds_receipt_rules *rules, dstack_receipt_item *items, size_t count,
    dstack_error *err)
{
    int rc;

    if (!items || count == 0)
        return ds_fail(
            err, DSTACK_ERR_ARG, "%s: NULL, or no items", rules->who);
    ds_fail(err, DSTACK_ERR_ARG, "%s: not judged", rules->who);
    /* Those of a later header are longer: where the second one is, is not
     * known. */
    if (items->abi_size > sizeof *items) {
        answer_all(items, 1, err);
        return ds_fail(err, DSTACK_ERR_ARG,
            "%s: abi_size of items[0] is %u, expected %zu", rules->who,
            items->abi_size, sizeof *items);
    }
    answer_all(items, count, err);
    rc = ds_receipt_check_rules(rules, err);
    if (rc != DSTACK_OK)
        answer_all(items, count, err);
    return rc;
}

static int
judge_item(const ds_receipt_rules *rules, dstack_receipt_item *item,
    dstack_error *error)
{
    ds_err_clear(error);
    if (!is_set_up(item)) {
        item->code = ds_fail(error, DSTACK_ERR_ARG,
            "%s: abi_size of an item is not %zu, or reserved not 0", rules->who,
            sizeof *item);
        return item->code;
    }
    item->code =
        ds_receipt_judge(rules, ds_view_of(item->receipt, item->receipt_len),
            item->exchange, item->ret, error);
    item->reason = error->reason;
    if (item->err)
        *item->err = *error;
    return item->code;
}

/* How many failed; the first of them in *first, under its index. */
static size_t
judge_items(const ds_receipt_rules *rules, dstack_receipt_item *items,
    size_t count, dstack_error *first)
{
    size_t failed = 0;
    dstack_error error;
    char name[40];

    ds_err_clear(first);
    for (size_t i = 0; i < count; i++) {
        if (judge_item(rules, &items[i], &error) == DSTACK_OK)
            continue;
        if (failed++ == 0) {
            *first = error;
            (void)snprintf(name, sizeof name, "items[%zu]", i);
            ds_err_prefix(first, name);
        }
        if (error.code == DSTACK_ERR_NOMEM) {
            answer_all(items + i + 1, count - i - 1, &error);
            return failed + count - i - 1;
        }
    }
    return failed;
}

int
dstack_receipt_verify_many(const dstack_receipt_policy *policy,
    dstack_receipt_item *items, size_t item_count, const dstack_peer *peer,
    int64_t now, size_t *ret_failed, dstack_error *err)
{
    const ds_receipt_rules rules = {
        "dstack_receipt_verify_many", policy, peer, now};
    size_t failed = item_count;
    dstack_error first;
    int rc;

    ds_err_clear(err);
    if (ret_failed)
        *ret_failed = item_count;
    rc = begin(&rules, items, item_count, &first);
    if (rc == DSTACK_OK) {
        failed = judge_items(&rules, items, item_count, &first);
        rc = first.code;
    }
    if (ret_failed)
        *ret_failed = failed;
    if (rc != DSTACK_OK && err)
        *err = first;
    return rc;
}
