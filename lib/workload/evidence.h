/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_WORKLOAD_EVIDENCE_H
#define DS_WORKLOAD_EVIDENCE_H

#include "dstack/evidence.h"
#include "workload/attestation.h"

/* Evidence of every form becomes an attestation; what did not come along is
 * empty in it, and the members here say so. */
struct dstack_evidence {
    uint32_t format;
    ds_attestation *att;
    ds_view container;   /* the bytes of att, where there were any */
    ds_view report_data; /* inside att->quote; empty where that has none */
    bool claims_report_data;
    dstack_event_log *log;     /* NULL where none came along */
    dstack_event_log *runtime; /* the same */
    dstack_vm_config *config;  /* the same */
    char *payload;             /* NUL-terminated copies */
    char *mr_config;
};

#endif
