/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_RECEIPT_EXCHANGE_H
#define DS_RECEIPT_EXCHANGE_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "dstack/receipt.h"

/* What a receipt says of an exchange; the first five are its members of that
 * name, in this order. */
enum {
    DS_HASH_INPUTS = 0,
    DS_HASH_CONSTRAINTS,
    DS_HASH_LLM,
    DS_HASH_CLEAN,
    DS_HASH_TRANSPORT,
    DS_HASH_PAYMENT,
    DS_HASH_COUNT
};

/* Members of the request that a receipt repeats. */
enum {
    DS_REQUEST_ID = 0,
    DS_REQUEST_ACTION,
    DS_REQUEST_POLICY,
    DS_REQUEST_COUNT
};

struct dstack_exchange {
    bool has_request;
    bool has_output;
    bool has_payment;
    uint8_t hash[DS_HASH_COUNT][32];
    ds_buf text[DS_REQUEST_COUNT]; /* canonical JSON; an empty id is none */
};

bool
ds_exchange_has(const dstack_exchange *exchange, int hash);

#endif
