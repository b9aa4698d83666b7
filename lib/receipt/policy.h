/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_RECEIPT_POLICY_H
#define DS_RECEIPT_POLICY_H

#include <stdbool.h>

#include "dstack/receipt.h"

struct dstack_receipt_policy {
    uint32_t level;
    bool any_node;
    bool no_payment;
    bool replay;
    bool no_request;
    bool no_output;
    dstack_replay_store store; /* seen NULL for none */
    uint8_t (*nodes)[32];
    size_t node_count;
};

#endif
