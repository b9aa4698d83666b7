/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_INTEL_COLLATERAL_H
#define DS_INTEL_COLLATERAL_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/checks.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "dstack/collateral.h"
#include "intel/chain.h"
#include "intel/tcb.h"

#define DS_PART_COUNT 10

/* A collateral whose every signature was checked up to one root, under one
 * set of options; only dates and the quote are left to compare. */
typedef struct {
    uint8_t root[32]; /* SHA-256 of the root's DER */
    ds_chain_options options;
    ds_chain crl_chain;
    ds_chain tcb_chain;
    ds_chain qeid_chain;
    ds_crl *root_crl;
    ds_crl *pck_crl;
    ds_buf tcb_text; /* what the signature holds for; tcb points into it */
    ds_buf qeid_text;
    ds_tcb_info *tcb;
    ds_qe_identity *qeid;
} ds_prepared;

struct dstack_collateral {
    ds_buf part[DS_PART_COUNT]; /* CRLs in DER, documents bare */
    bool extra_members;         /* in an envelope or the bundle */
    ds_prepared *prepared;
};

/* Is every part there that a judgement needs? Reason collateral_missing. */
int
ds_collateral_complete(const dstack_collateral *c, dstack_error *err);
/* Check all that depends neither on a quote nor on the time. Records the
 * first failure in checks. */
int
ds_collateral_check(const dstack_collateral *c, const ds_root *root,
    const ds_chain_options *opt, ds_prepared **ret, ds_checks *checks);
void
ds_prepared_free(ds_prepared *p);
/* Was it made for this root and these options? */
bool
ds_prepared_fits(
    const ds_prepared *p, const ds_root *root, const ds_chain_options *opt);

#endif
