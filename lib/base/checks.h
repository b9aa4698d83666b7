/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_BASE_CHECKS_H
#define DS_BASE_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"

/* The checks of a judgement, in the order in which they run: id, name, stage.
 * A report answers for each of them. Each room runs its own; the list is
 * here so that every room can record into one list. */
#define DS_CHECKS(X) \
    X(TIME, "time", QUOTE) \
    X(PLATFORM, "platform", EVIDENCE) \
    X(QUOTE_FORMAT, "quote_format", QUOTE) \
    X(COLLATERAL_FORMAT, "collateral_format", COLLATERAL) \
    X(CRL_CHAIN, "pck_crl_issuer_chain", CHAIN) \
    X(ROOT_CRL, "root_crl", REVOCATION) \
    X(PCK_CRL, "pck_crl", REVOCATION) \
    X(TCB_CHAIN, "tcb_info_chain", CHAIN) \
    X(QEID_CHAIN, "qe_identity_chain", CHAIN) \
    X(TCB_INFO, "tcb_info", COLLATERAL) \
    X(QE_IDENTITY, "qe_identity", COLLATERAL) \
    X(PCK_CHAIN, "pck_chain", CHAIN) \
    X(REVOCATION, "revocation", REVOCATION) \
    X(TCB_INFO_MATCH, "tcb_info_match", COLLATERAL) \
    X(QE_REPORT_SIGNATURE, "qe_report_signature", QE) \
    X(QE_REPORT_DATA, "qe_report_data", QE) \
    X(QE_IDENTITY_MATCH, "qe_identity_match", QE) \
    X(QUOTE_SIGNATURE, "quote_signature", SIGNATURE) \
    X(TDX_MODULE, "tdx_module", TCB) \
    X(TCB_LEVEL, "tcb_level", TCB) \
    X(TCB_REVOKED, "tcb_not_revoked", TCB) \
    X(CLAIMED_REPORT_DATA, "claimed_report_data", WORKLOAD) \
    X(REPORT_DATA_PAYLOAD, "report_data_payload", WORKLOAD) \
    X(EVENT_LISTS, "event_lists", EVENTS) \
    X(EVENT_DIGESTS, "event_digests", EVENTS) \
    X(RTMR3_REPLAY, "rtmr3_replay", EVENTS) \
    X(BOOT_REPLAY, "boot_replay", EVENTS) \
    X(IMAGE_CONFIG, "image_config", IMAGE) \
    X(IMAGE_IDENTITY, "image_identity", IMAGE) \
    X(IMAGE_MRTD, "image_mrtd", IMAGE) \
    X(IMAGE_ACPI, "image_acpi_events", IMAGE) \
    X(IMAGE_RTMR0, "image_rtmr0", IMAGE) \
    X(IMAGE_RTMR1, "image_rtmr1", IMAGE) \
    X(IMAGE_RTMR2, "image_rtmr2", IMAGE) \
    X(ATTR_DEBUG, "no_debug", ATTRIBUTES) \
    X(ATTR_RESERVED, "attributes", ATTRIBUTES) \
    X(ATTR_MIGRATION, "migration", ATTRIBUTES) \
    X(ATTR_XFAM, "xfam", ATTRIBUTES) \
    X(EVENT_TYPE, "event_type", EVENTS) \
    X(EVENT_NAME, "event_name", EVENTS) \
    X(EVENT_READY, "event_ready", EVENTS) \
    X(EVENT_UNIQUE, "event_unique", EVENTS) \
    X(EVENT_ORDER, "event_order", EVENTS) \
    X(EVENT_BOUNDARY, "event_boundary", EVENTS) \
    X(EVENT_PAYLOAD, "event_payload", EVENTS) \
    X(EVENT_GPU, "event_gpu", EVENTS) \
    X(MR_CONFIG, "mr_config", WORKLOAD) \
    X(POLICY_WORKLOAD, "policy_names_workload", POLICY) \
    X(POLICY_KIND, "policy_platform", POLICY) \
    X(POLICY_IMAGE, "policy_image", POLICY) \
    X(POLICY_STATUS, "policy_tcb_status", POLICY) \
    X(POLICY_GRACE, "policy_grace", POLICY) \
    X(POLICY_CURRENT, "policy_current_status", POLICY) \
    X(POLICY_ADVISORY, "policy_advisories", POLICY) \
    X(POLICY_EVAL, "policy_eval_number", POLICY) \
    X(POLICY_DATE, "policy_tcb_date", POLICY) \
    X(POLICY_AGE, "policy_collateral_age", POLICY) \
    X(POLICY_CRL_NUMBER, "policy_crl_number", POLICY) \
    X(POLICY_FLAG, "policy_platform_flags", POLICY) \
    X(POLICY_TYPE, "policy_sgx_type", POLICY) \
    X(POLICY_FMSPC, "policy_fmspc", POLICY) \
    X(POLICY_PLATFORM, "policy_platform_id", POLICY) \
    X(POLICY_ATTRIBUTES, "policy_attributes", POLICY) \
    X(POLICY_SVN, "policy_svn", POLICY) \
    X(POLICY_MEASUREMENT, "policy_measurements", POLICY) \
    X(POLICY_SERVICE_TD, "policy_service_td", POLICY) \
    X(POLICY_REPORT_DATA, "policy_report_data", POLICY) \
    X(POLICY_CLAIM, "policy_claims", POLICY) \
    X(POLICY_INIT_SCRIPTS, "policy_init_scripts", POLICY) \
    X(POLICY_GPU, "policy_gpu", POLICY)

enum {
#define DS_X(id, name, stage) DS_CHECK_##id,
    DS_CHECKS(DS_X)
#undef DS_X
    DS_CHECK_COUNT
};

enum {
    DS_NOT_RUN = 0,
    DS_PASSED = 1,
    DS_FAILED = 2
};

/* Room for a 64-byte value in hex and a NUL. */
#define DS_CHECK_TEXT 132

typedef struct {
    uint8_t result; /* DS_NOT_RUN, DS_PASSED, DS_FAILED */
    int16_t reason;
    char expected[DS_CHECK_TEXT];
    char found[DS_CHECK_TEXT];
} ds_check;

/* Every check's result, and the first failure with its one-sentence message.
 * Texts of a check are set only when it failed. */
typedef struct {
    ds_check at[DS_CHECK_COUNT];
    int first;          /* id of the first failed check, -1 when none failed */
    dstack_error error; /* what the first failure said */
} ds_checks;

void
ds_checks_init(ds_checks *c);
void
ds_checks_pass(ds_checks *c, int id);
/* Record a failure; returns ds_reason_code(reason). `format` makes the
 * message; expected and found are copied, cut to fit, NULL for none. A check
 * that failed before keeps its first reason. */
int
ds_checks_fail(ds_checks *c, int id, int reason, const char *expected,
    const char *found, const char *format, ...) DS_PRINTF(6, 7);
/* The same with an error that a room below already filled: its reason,
 * message, origin and detail; the stage becomes the check's. */
int
ds_checks_fail_err(ds_checks *c, int id, const dstack_error *err);
bool
ds_checks_failed(const ds_checks *c);
/* A bad argument, no memory, a bug: neither a yes nor a no. */
bool
ds_is_no_verdict(int rc);

const char *
ds_check_name(int id);
int
ds_check_stage(int id);

#endif
