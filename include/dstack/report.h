/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_REPORT_H
#define DSTACK_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/event_log.h"
#include "dstack/export.h"
#include "dstack/quote.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a judgement found. Immutable; share freely. Every getter borrows from
 * the report and cannot fail. */
typedef struct dstack_report dstack_report;

enum { /* TCB statuses; the first seven are Intel's, the last two derived */
    DSTACK_TCB_UNKNOWN = 0, /* not evaluated */
    DSTACK_TCB_UP_TO_DATE = 1,
    DSTACK_TCB_SW_HARDENING_NEEDED = 2,
    DSTACK_TCB_CONFIGURATION_NEEDED = 3,
    DSTACK_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED = 4,
    DSTACK_TCB_OUT_OF_DATE = 5,
    DSTACK_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED = 6,
    DSTACK_TCB_REVOKED = 7,
    DSTACK_TCB_TD_RELAUNCH_ADVISED = 8,
    DSTACK_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED = 9
};

enum {                      /* whose TCB status */
    DSTACK_OF_ALL = 0,      /* the one to decide by */
    DSTACK_OF_PLATFORM = 1, /* the TCB info level of the launch SVNs */
    DSTACK_OF_MODULE = 2,   /* the TDX module's, UNKNOWN for version 0, SGX */
    DSTACK_OF_QE = 3,
    DSTACK_OF_LAUNCH = 4,  /* all three, with the SVNs at TD launch */
    DSTACK_OF_CURRENT = 5, /* all three, with the SVNs now (TD 1.5 on) */
    DSTACK_OF_PLATFORM_CURRENT = 6,
    DSTACK_OF_MODULE_CURRENT = 7
};

enum {
    DSTACK_CHECK_NOT_RUN = 0,
    DSTACK_CHECK_PASSED = 1,
    DSTACK_CHECK_FAILED = 2,
    /* It is there, and nobody asked. Of receipts and of peers' key chains. */
    DSTACK_CHECK_NOT_JUDGED = 3
};

/* "UpToDate", "SWHardeningNeeded"...; "Unknown" for any other number. */
DSTACK_API const char *
dstack_tcb_status_name(uint32_t status);
/* The reverse, exact; DSTACK_TCB_UNKNOWN for any other text. */
DSTACK_API uint32_t
dstack_tcb_status_parse(const char *name);

DSTACK_API void
dstack_report_free(dstack_report *report); /* NULL is a no-op */

/* 1 when every check passed and the policy agreed: the same answer as
 * DSTACK_OK from the call that made the report. */
DSTACK_API int
dstack_report_is_accepted(const dstack_report *report);
/* 1 when the evidence is genuine (structure, chains, revocation, documents,
 * quoting enclave, signature, a TCB level that is not revoked), whatever its
 * TCB status, attributes and policy. NOT a reason to trust the workload. */
DSTACK_API int
dstack_report_is_authentic(const dstack_report *report);

/* Why not: stage, reason and message of the first check that failed; 0, 0
 * and "" when accepted. */
DSTACK_API int
dstack_report_stage(const dstack_report *report);
DSTACK_API int
dstack_report_reason(const dstack_report *report);
DSTACK_API const char *
dstack_report_message(const dstack_report *report);

/* Every check in the order in which they run: its stable name, its stage, its
 * result (DSTACK_CHECK_*), and, when it failed, the reason and what was
 * expected and found ("" where a text makes no sense). */
DSTACK_API size_t
dstack_report_check_count(const dstack_report *report);
DSTACK_API const char *
dstack_report_check_name(const dstack_report *report, size_t index);
DSTACK_API int
dstack_report_check_stage(const dstack_report *report, size_t index);
DSTACK_API int
dstack_report_check_result(const dstack_report *report, size_t index);
DSTACK_API int
dstack_report_check_reason(const dstack_report *report, size_t index);
DSTACK_API const char *
dstack_report_check_expected(const dstack_report *report, size_t index);
DSTACK_API const char *
dstack_report_check_found(const dstack_report *report, size_t index);

/* "intel" or "custom". */
DSTACK_API const char *
dstack_report_root(const dstack_report *report);
/* DSTACK_PLATFORM_* of dstack/evidence.h; _NONE when the quote did not
 * parse. */
DSTACK_API uint32_t
dstack_report_platform(const dstack_report *report);
/* The time that the judgement was made for. */
DSTACK_API int64_t
dstack_report_time(const dstack_report *report);
/* The quote, NULL when it did not parse. */
DSTACK_API const dstack_quote *
dstack_report_quote(const dstack_report *report);

/* TCB status, TCB date (seconds since 1970, -1 where not known) of a part:
 * whose is one of DSTACK_OF_*. The date of DSTACK_OF_ALL is the earliest. */
DSTACK_API uint32_t
dstack_report_tcb_status(const dstack_report *report, uint32_t whose);
DSTACK_API int64_t
dstack_report_tcb_date(const dstack_report *report, uint32_t whose);
/* Security advisories of the parts that decided, sorted, each once; NULL for
 * an index out of range. whose: DSTACK_OF_ALL, _PLATFORM, _MODULE, _QE,
 * _CURRENT. */
DSTACK_API size_t
dstack_report_advisory_count(const dstack_report *report, uint32_t whose);
DSTACK_API const char *
dstack_report_advisory(
    const dstack_report *report, uint32_t whose, size_t index);
/* tcbEvaluationDataNumber: the smaller one (DSTACK_OF_ALL), TCB info's
 * (_PLATFORM) or QE identity's (_QE). 0 where not known. */
DSTACK_API uint32_t
dstack_report_eval_number(const dstack_report *report, uint32_t whose);

/* How long the same answer can be reused, and how old the evidence about the
 * platform is, over all certificates, CRLs and documents: the earliest end of
 * validity; the earliest and latest issue. -1 where not known. */
DSTACK_API int64_t
dstack_report_valid_until(const dstack_report *report);
DSTACK_API int64_t
dstack_report_earliest_issue(const dstack_report *report);
DSTACK_API int64_t
dstack_report_latest_issue(const dstack_report *report);
/* 1 when a document or CRL had expired and the policy's collateral grace
 * covered it. */
DSTACK_API int
dstack_report_used_collateral_grace(const dstack_report *report);

/* Facts of the PCK certificate as raw bytes: "fmspc" (6), "pce_id" (2),
 * "cpu_svn" (16), "tcb_components" (16), "pce_svn" (2, big-endian), "ppid"
 * (16) and "platform_instance_id" (16); the last two identify one machine:
 * print them only on request. NULL and *len 0 where absent. */
DSTACK_API const uint8_t *
dstack_report_pck(const dstack_report *report, const char *name, size_t *len);
/* 0 Standard, 1 Scalable, 2 Scalable with Integrity; -1 where not known. */
DSTACK_API int
dstack_report_sgx_type(const dstack_report *report);
/* "dynamic_platform", "cached_keys", "smt_enabled": 1, 0, or -1 where the
 * certificate does not say. */
DSTACK_API int
dstack_report_platform_flag(const dstack_report *report, const char *name);
/* CRLNumber of "root" or "pck" as hex text; "" where not known. */
DSTACK_API const char *
dstack_report_crl_number(const dstack_report *report, const char *which);

/* What the platform lacks, when no TCB level fits or the one that fits is out
 * of date: which SVNs are too small for the level named by
 * dstack_report_shortfall_status(). 0 items when nothing is missing. */
DSTACK_API uint32_t
dstack_report_shortfall_status(const dstack_report *report);
DSTACK_API size_t
dstack_report_shortfall_count(const dstack_report *report);
/* "sgxtcbcomponents[7] (SEAMLDR ACM)", "pcesvn", "tdxtcbcomponents[2]",
 * "TDX_03.isvsvn", "qe.isvsvn". */
DSTACK_API const char *
dstack_report_shortfall_name(const dstack_report *report, size_t index);
DSTACK_API uint32_t
dstack_report_shortfall_have(const dstack_report *report, size_t index);
DSTACK_API uint32_t
dstack_report_shortfall_need(const dstack_report *report, size_t index);

enum {                          /* the signed values that bind a claim */
    DSTACK_BOUND_QUOTE = 1,     /* fields of the quote that it is made of */
    DSTACK_BOUND_RTMR3 = 2,     /* an event that RTMR3 replays from */
    DSTACK_BOUND_MR_CONFIG = 4, /* mr_config_id, set before launch */
    DSTACK_BOUND_PCK = 8,       /* the platform's certificate */
    DSTACK_BOUND_IMAGE = 16     /* boot registers, made of this image */
};
/* "quote", "rtmr3", "mr_config_id", "pck", "image"; "" for any other number.
 * Static. */
DSTACK_API const char *
dstack_bound_name(uint32_t bound);

/* What the evidence claims about the app, where the quote was signed by a
 * platform of the root's; trust it only when the report is accepted. In the
 * order of their names here:
 * "app_id" (20 bytes), "compose_hash" (32), "instance_id" (20, or 0),
 * "device_id" (32, the machine's), "os_image_hash" (32, of the
 * configuration), "kms_os_image_hash" (as the KMS told it), "key_provider" (the
 * event's JSON text), "key_provider_name" (text), "key_provider_id",
 * "mr_system", "mr_aggregated" (32 each), the same with "_boot" (when
 * boot-mr-done had been measured), "gpu_policy_hash" (32), "gpu_attestation"
 * (JSON text), "storage_fs" (text). NULL and *len 0 for what it does not
 * claim; text is not NUL-terminated. An event counts only before
 * "system-ready", and the first of its name. */
DSTACK_API size_t
dstack_report_claim_count(const dstack_report *report);
DSTACK_API const char *
dstack_report_claim_name(const dstack_report *report, size_t index);
DSTACK_API const uint8_t *
dstack_report_claim(const dstack_report *report, const char *name, size_t *len);
/* What binds a claim: DSTACK_BOUND_*, added up. 0: nothing, it is a claim and
 * no more. */
DSTACK_API uint32_t
dstack_report_claim_bound_by(const dstack_report *report, const char *name);
/* Hashes of the init scripts, in the order in which they ran, 32 bytes each;
 * what binds them all. */
DSTACK_API size_t
dstack_report_init_script_count(const dstack_report *report);
DSTACK_API const uint8_t *
dstack_report_init_script(
    const dstack_report *report, size_t index, size_t *len);
DSTACK_API uint32_t
dstack_report_init_scripts_bound_by(const dstack_report *report);
/* How many GPUs the guest attested at boot, as a gpu-attestation event of
 * version 2 says that something binds; 0 when none does. */
DSTACK_API uint32_t
dstack_report_gpu_count(const dstack_report *report);
/* Is this the evidence that the guest appraised then? `evidence` is a bundle's
 * of dstack_attest_reply_gpu(), byte for byte. Nothing else about it is
 * looked at. Returns DSTACK_OK; DSTACK_ERR_ARG; DSTACK_ERR_UNTRUSTED with
 * reason gpu_evidence when it is not, or the report knows of none, or is not
 * authentic; DSTACK_ERR_INTERNAL. */
DSTACK_MUST int
dstack_report_check_gpu_evidence(const dstack_report *report,
    const uint8_t *evidence, size_t evidence_len, dstack_error *err);
/* 1: the app id is not the compose hash's first 20 bytes, somebody assigned
 * it, and who uses it must know who. */
DSTACK_API int
dstack_report_app_id_is_explicit(const dstack_report *report);
/* 1: "system-ready" is among the events. */
DSTACK_API int
dstack_report_boot_is_finished(const dstack_report *report);
/* What mr_config_id commits to: 0 nothing, 1 the compose hash, 2 app id and
 * key provider as well, 3 a document; -1 something unknown. */
DSTACK_API int
dstack_report_mr_config(const dstack_report *report);
/* The runtime events, NULL for none; how many of them, from the first on, come
 * before the app ("system-ready" is the last); how many behind them have a
 * name that means something only before. */
DSTACK_API const dstack_event_log *
dstack_report_events(const dstack_report *report);
DSTACK_API size_t
dstack_report_trusted_event_count(const dstack_report *report);
DSTACK_API size_t
dstack_report_shadow_event_count(const dstack_report *report);

/* 1: the quote's boot registers are those of the OS image that the evidence
 * claims, "os_image_hash". 0: it is not known, and why, as a DSTACK_REASON_*:
 * image_missing (its files are needed), image_config (none is claimed),
 * acpi_events (no event log); 0 where a check failed. */
DSTACK_API int
dstack_report_image_is_bound(const dstack_report *report);
DSTACK_API int
dstack_report_image_reason(const dstack_report *report);
/* Of a bound image: DSTACK_IMAGE_LEVEL_*; its version, NULL where it is not
 * known; 1 if made for development, 0 for production, -1 where not known. */
DSTACK_API uint32_t
dstack_report_image_level(const dstack_report *report);
DSTACK_API const char *
dstack_report_image_version(const dstack_report *report, size_t *len);
DSTACK_API int
dstack_report_image_is_dev(const dstack_report *report);

/* The report as one JSON object: the document that `dstack verify --json`
 * prints. NUL-terminated, the caller's: free with dstack_free().
 * Returns DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_NOMEM. */
DSTACK_MUST int
dstack_report_to_json(const dstack_report *report, char **ret_json,
    size_t *ret_len, dstack_error *err);

#ifdef __cplusplus
}
#endif
#endif
