/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_RECEIPT_REPORT_H
#define DS_RECEIPT_REPORT_H

#include "dstack/receipt.h"

/* The steps of a verification in the order in which they run. */
enum {
    DS_STEP_SCHEMA = 0,
    DS_STEP_SIGNATURE,
    DS_STEP_NODE,
    DS_STEP_TIME,
    DS_STEP_REQUEST,
    DS_STEP_INPUTS, /* this and the next four as DS_HASH_INPUTS and on */
    DS_STEP_CONSTRAINTS,
    DS_STEP_LLM,
    DS_STEP_CLEAN,
    DS_STEP_TRANSPORT,
    DS_STEP_PAYMENT,
    DS_STEP_ATTESTATION,
    DS_STEP_MEASUREMENT,
    DS_STEP_KEY_BINDING,
    DS_STEP_REPLAY,
    DS_STEP_COUNT
};

struct dstack_receipt_report {
    uint8_t result[DS_STEP_COUNT]; /* DSTACK_CHECK_* */
    uint32_t level;
    int64_t now;
    int rc;
    dstack_error error;
};

#endif
