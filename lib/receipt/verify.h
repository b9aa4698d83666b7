/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_RECEIPT_VERIFY_H
#define DS_RECEIPT_VERIFY_H

#include "base/bytes.h"
#include "dstack/receipt.h"

/* What is the same for every receipt of one call. */
typedef struct {
    const char *who; /* the public function, for messages */
    const dstack_receipt_policy *policy;
    const dstack_peer *peer;
    int64_t now;
} ds_receipt_rules;

/* DSTACK_OK, or DSTACK_ERR_ARG: no receipt can be judged by them. */
int
ds_receipt_check_rules(const ds_receipt_rules *rules, dstack_error *err);
/* One receipt, by rules that are checked, as dstack_receipt_verify() says. *ret
 * and *err are cleared already. */
int
ds_receipt_judge(const ds_receipt_rules *rules, ds_view receipt,
    const dstack_exchange *exchange, dstack_receipt_report **ret,
    dstack_error *err);

#endif
