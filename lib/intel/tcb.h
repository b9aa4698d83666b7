/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_INTEL_TCB_H
#define DS_INTEL_TCB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "dstack/report.h"
#include "intel/pck.h"

/* Intel's two signed documents, parsed, and what they say about given SVNs.
 * Every view points into the document's text, which must outlive the object. */

typedef struct {
    size_t first; /* into the document's advisory list */
    size_t count;
} ds_advisory_range;

/* One entry of a document's tcbLevels: TCB info's with all SVNs, or a module
 * identity's or QE identity's with isvsvn alone. */
typedef struct {
    uint8_t sgx[16];
    uint8_t tdx[16];
    uint32_t pce_svn; /* isvsvn in module and QE levels */
    uint32_t status;  /* DSTACK_TCB_* */
    int64_t date;
    ds_advisory_range advisories;
} ds_tcb_level;

typedef struct {
    ds_tcb_level *at; /* best first */
    size_t n;
} ds_tcb_levels;

/* What a TDX module must look like. */
typedef struct {
    uint8_t version; /* major; 0 for the tdxModule member */
    uint8_t mr_signer[48];
    uint8_t attributes[8];
    uint8_t mask[8];
    ds_tcb_levels levels;
} ds_module_identity;

typedef struct {
    ds_view *at;
    size_t n;
    size_t cap;
} ds_advisory_list;

typedef struct {
    uint32_t tee; /* DSTACK_TEE_* */
    uint32_t version;
    int64_t issue_date;
    int64_t next_update;
    uint32_t eval_number;
    uint8_t fmspc[6];
    uint8_t pce_id[2];
    ds_module_identity module;
    ds_module_identity *identities;
    size_t identity_count;
    ds_tcb_levels levels;
    ds_view component_type[2][16]; /* SGX, TDX: "SEAMLDR ACM" */
    ds_advisory_list advisories;
} ds_tcb_info;

enum {
    DS_QE_SGX = 1,
    DS_QE_TDX = 2,
    DS_QE_QVE = 3
};

typedef struct {
    int id; /* DS_QE_* */
    int64_t issue_date;
    int64_t next_update;
    uint32_t eval_number;
    uint8_t misc_select[4];
    uint8_t misc_select_mask[4];
    uint8_t attributes[16];
    uint8_t attributes_mask[16];
    uint8_t mr_signer[32];
    uint16_t isv_prod_id;
    ds_tcb_levels levels;
    ds_advisory_list advisories;
} ds_qe_identity;

/* Reasons json*, tcb_level_dup, tcb_info_unsupported, tcb_info_mismatch (an id
 * that is none), qe_identity_*. */
int
ds_tcb_info_parse(ds_view text, ds_tcb_info **ret, dstack_error *err);
void
ds_tcb_info_free(ds_tcb_info *info);
int
ds_qe_identity_parse(ds_view text, ds_qe_identity **ret, dstack_error *err);
void
ds_qe_identity_free(ds_qe_identity *id);

/* The first level that these SVNs reach (spec 3.10); NULL when none. svn:
 * tee_tcb_svn of a TDX quote, NULL for SGX. */
const ds_tcb_level *
ds_tcb_find_level(
    const ds_tcb_info *info, const ds_pck *pck, const uint8_t *svn);
/* By isvsvn: module and QE levels. */
const ds_tcb_level *
ds_tcb_find_isvsvn(const ds_tcb_levels *levels, uint32_t isvsvn);
/* The identity of a module version above 0; NULL when there is none. */
const ds_module_identity *
ds_tcb_find_module(const ds_tcb_info *info, uint8_t version);

/* Spec 3.11: not a maximum over an order. module may be DSTACK_TCB_UNKNOWN
 * where there is none. */
uint32_t
ds_tcb_converge(uint32_t platform, uint32_t module, uint32_t qe);
uint32_t
ds_tcb_relaunch(uint32_t launch, uint32_t current);
bool
ds_tcb_is_out_of_date(uint32_t status);

#endif
