/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_WORKLOAD_H
#define TESTS_WORKLOAD_H

#include "crypto/cert.h"
#include "dstack/verify.h"
#include "forge/forge.h"
#include "intel/pck.h"
#include "workload/attestation.h"

#define WORKLOAD_EVENTS 40

/* Forged evidence of a TD with a whole story. Change the attestation and the
 * forge's quote, then build. */
typedef struct {
    forge *f;
    ds_attestation a; /* its arrays are the next two */
    ds_event events[WORKLOAD_EVENTS];
    ds_event runtime[WORKLOAD_EVENTS];
    bool keep_rtmr;   /* the registers stay as they are in the forge */
    bool as_json;     /* GetQuote's answer instead of a container */
    uint32_t version; /* of the container */
    ds_buf bytes;     /* what workload_build() made */
} workload;

/* An untouched one: the runtime events of a real guest (platforms.md 4.1), in
 * the log too, behind three about ACPI tables; no registers but RTMR0 and
 * RTMR3. Its forge is that of a TD. */
void
workload_begin(workload *w, forge *f);
/* The events once more, from these lists: runtime events into the log. */
void
workload_copy_runtime(workload *w);
/* The registers that the lists replay to, a quote signed over them, and the
 * bytes around it. */
void
workload_build(workload *w);
void
workload_end(workload *w);
ds_view
workload_bytes(const workload *w);

/* One that trusts this forge's root, which was built; NULL on failure. */
dstack_verifier *
workload_verifier(const forge *f);
/* DSTACK_CHECK_* of the report's check of that name; fails the test when there
 * is none. */
int
workload_check(const dstack_report *report, const char *name);

/* The PCK certificate that a quote carries, unverified, and its facts. */
void
workload_pck(const dstack_quote *q, ds_cert **cert, ds_pck *pck);

/* What the runtime events of workload_begin() replay to, by the real guest's
 * quote. */
extern const char workload_rtmr3[];

#endif
