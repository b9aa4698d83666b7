/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_AGENT_ATTEST_REPLY_H
#define DS_AGENT_ATTEST_REPLY_H

#include "agent/rpc.h"
#include "dstack/reply.h"

struct dstack_attest_reply {
    ds_answer answer;
    dstack_evidence *evidence;
    dstack_gpu_reply *gpu;
};

/* An attestation over these 64 bytes, NULL for any; with_gpu: and the GPUs'
 * evidence. Takes the answer over in every case. */
int
ds_attest_read(ds_answer *a, const uint8_t *report_data, bool with_gpu,
    dstack_attest_reply **ret, dstack_error *err);

#endif
