/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_WORKLOAD_REPLAY_H
#define DS_WORKLOAD_REPLAY_H

#include "base/checks.h"
#include "intel/quote.h"
#include "workload/evidence.h"

/* Does what came with a quote belong to it? Report data and its payload, the
 * two lists of runtime events, the digests that a log gives, and the
 * registers: RTMR3 from the stack's runtime events, or from the log where
 * there is no stack; RTMR0 to RTMR2 where the log has their events. Every
 * check is recorded, also after one has failed; what has nothing to compare,
 * or is not to be asked (a bit 1 << DSTACK_RULE_* in `accepted`), stays not
 * run. Returns DSTACK_OK or the first failure's code. */
int
ds_replay_check(const dstack_evidence *e, const dstack_quote *q,
    uint32_t accepted, ds_checks *checks);

#endif
