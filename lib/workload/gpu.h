/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_WORKLOAD_GPU_H
#define DS_WORKLOAD_GPU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* What a guest measured once its GPUs had been attested at boot: the payload
 * of "gpu-attestation". */

typedef struct {
    uint32_t devices;     /* 1 to 64; 0: there is no such statement */
    bool devtools;        /* their debug mode */
    uint8_t evidence[32]; /* SHA-256 of the evidence that was appraised */
} ds_gpu;

/* {"version":2,"provider":"nvidia","devices":N,"cc_mode":"on",
 * "devtools":false,"evidence_sha256":"<hex>"}: these six members in any order,
 * and no other. `ret` is zeros where it is not that.
 * Returns DSTACK_OK, DSTACK_ERR_PARSE or DSTACK_ERR_NOMEM. */
int
ds_gpu_parse(ds_view payload, ds_gpu *ret);

#endif
