/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_EVALUATE_H
#define TESTS_FUZZ_EVALUATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "dstack/report.h"

/* Spec 3.6 to 3.11 a second time, as plainly as possible: from the bytes of a
 * quote, the two documents' texts and the PCK certificate's SVNs. */
typedef struct {
    ds_view quote;
    ds_view tcb_info, qe_identity;
    ds_view comps; /* 16 */
    ds_view fmspc, pce_id;
    uint32_t pce_svn;
    int64_t now;
    int64_t grace;
} evaluate_in;

typedef struct {
    bool fits;  /* the documents are for this quote */
    bool found; /* every level was found */
    uint32_t status[DSTACK_OF_MODULE_CURRENT + 1]; /* by DSTACK_OF_* */
} evaluate_out;

/* For a quote and documents that the library has read. */
evaluate_out
evaluate(const evaluate_in *in);

#endif
