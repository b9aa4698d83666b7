/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_AGENT_GPU_REPLY_H
#define DS_AGENT_GPU_REPLY_H

#include "agent/rpc.h"
#include "dstack/reply.h"

typedef struct {
    ds_buf vendor;
    ds_buf format;
    ds_buf evidence;
} ds_gpu_bundle;

struct dstack_gpu_reply {
    ds_answer answer; /* empty where another reply has it */
    ds_gpu_bundle *bundles;
    size_t count;
};

/* The bundles in the array `name`; an empty array gives an empty reply. */
int
ds_gpu_read(const ds_answer *a, const char *name, dstack_gpu_reply **ret,
    dstack_error *err);
/* AttestGpu's: takes the answer over in every case. */
int
ds_gpu_reply_read(ds_answer *a, dstack_gpu_reply **ret, dstack_error *err);

#endif
