/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_POLICY_H
#define DSTACK_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the caller asks of genuine evidence. A new policy accepts the TCB
 * status UpToDate alone, no debug TD or enclave, no migratable TD, no service
 * TD, no reserved attribute bits, and refuses everything until it names the
 * workload or dstack_policy_accept_any_workload() was called.
 * dstack_policy_expect_field() names it by a measurement: mr_td, rtmr0 to
 * rtmr3, mr_enclave, mr_signer, mr_config_id, mr_owner, mr_owner_config or
 * config_id; or by what a dstack guest measured: app_id, compose_hash,
 * mr_system or mr_aggregated. report_data alone binds a nonce, not a
 * workload.
 *
 * expect_, require_ and deny_ make it stricter, accept_ makes it weaker.
 * Rules add up: no call takes back an earlier one.
 * Build it in one thread; then share it freely. Setters copy. Each returns
 * DSTACK_OK, DSTACK_ERR_ARG (with what was wrong in err) or
 * DSTACK_ERR_NOMEM. */
typedef struct dstack_policy dstack_policy;

DSTACK_MUST int
dstack_policy_new(dstack_policy **ret, dstack_error *err);
DSTACK_API void
dstack_policy_free(dstack_policy *policy); /* NULL is a no-op */

/* Read a JSON document; dstack-policy(7) lists its members, which are the
 * setters below. An unknown member, a wrong type or a value out of range is an
 * error: a misspelt rule must not be a rule that is not applied. At most
 * 1 MiB. Returns also DSTACK_ERR_PARSE with reason policy_json,
 * policy_unknown_key or json*. */
DSTACK_MUST int
dstack_policy_parse(const uint8_t *json, size_t json_len, dstack_policy **ret,
    dstack_error *err);

/* The TCB statuses to accept of a part (DSTACK_OF_*, DSTACK_TCB_* of
 * dstack/report.h), added one by one to UpToDate. For DSTACK_OF_ALL it widens
 * the default. A part other than ALL and CURRENT is judged by itself only once
 * it was named here. DSTACK_OF_CURRENT: without a call, the statuses of ALL
 * hold for the SVNs now running too. DSTACK_TCB_REVOKED is refused: nothing
 * makes it acceptable. */
DSTACK_MUST int
dstack_policy_accept_tcb_status(
    dstack_policy *policy, uint32_t whose, uint32_t status, dstack_error *err);
/* Judge this part by itself, accepting no more than UpToDate and what
 * accept_tcb_status adds. */
DSTACK_MUST int
dstack_policy_require_tcb_status(
    dstack_policy *policy, uint32_t whose, dstack_error *err);
/* Do not ask anything of the SVNs now running (TD 1.5): only launch counts. */
DSTACK_API void
dstack_policy_accept_any_current_status(dstack_policy *policy);

/* OutOfDate and OutOfDateConfigurationNeeded become acceptable when every part
 * that is out of date has advisories and each of them is in this list. Letter
 * case is ignored. */
DSTACK_MUST int
dstack_policy_accept_advisory(
    dstack_policy *policy, const char *id, dstack_error *err);
/* Refused whatever the status and any grace; letter case is ignored. */
DSTACK_MUST int
dstack_policy_deny_advisory(
    dstack_policy *policy, const char *id, dstack_error *err);

/* For so many seconds after its TCB date a platform (and TDX module) level
 * that is out of date counts as current; the same for the quoting enclave's
 * level. Inclusive: date + seconds == now passes. */
DSTACK_MUST int
dstack_policy_accept_platform_grace(
    dstack_policy *policy, int64_t seconds, dstack_error *err);
DSTACK_MUST int
dstack_policy_accept_qe_grace(
    dstack_policy *policy, int64_t seconds, dstack_error *err);
/* CRLs, TCB info and QE identity may be this long past their nextUpdate;
 * certificates never. */
DSTACK_MUST int
dstack_policy_accept_collateral_grace(
    dstack_policy *policy, int64_t seconds, dstack_error *err);

/* The smaller tcbEvaluationDataNumber must be at least this. */
DSTACK_MUST int
dstack_policy_require_eval_number(
    dstack_policy *policy, uint32_t minimum, dstack_error *err);
/* The TCB date (earliest of platform, module and QE level) must not be before
 * this time; equal passes. */
DSTACK_MUST int
dstack_policy_require_tcb_date(
    dstack_policy *policy, int64_t not_before, dstack_error *err);
/* TCB info, QE identity and both CRLs must have been issued at most so many
 * seconds before the verification time. */
DSTACK_MUST int
dstack_policy_require_collateral_age(
    dstack_policy *policy, int64_t seconds, dstack_error *err);
/* Floors for the CRLNumber of the root CA's and the PCK CA's CRL. */
DSTACK_MUST int
dstack_policy_require_crl_numbers(dstack_policy *policy, uint64_t root_minimum,
    uint64_t pck_minimum, dstack_error *err);

enum {
    DSTACK_FLAG_ANY = 0,
    DSTACK_FLAG_FORBIDDEN = 1,
    DSTACK_FLAG_REQUIRED = 2
};
/* "dynamic_platform", "cached_keys" or "smt_enabled" of the PCK certificate.
 * A certificate that does not say satisfies neither FORBIDDEN nor REQUIRED. */
DSTACK_MUST int
dstack_policy_require_platform_flag(
    dstack_policy *policy, const char *name, uint32_t rule, dstack_error *err);
/* SGX types to accept (0, 1, 2), one by one; without a call every type. */
DSTACK_MUST int
dstack_policy_expect_sgx_type(
    dstack_policy *policy, uint32_t type, dstack_error *err);

/* The field must equal this value; called again with the same name, one of
 * the values. `name` is a name of dstack_quote_field() (without "qe_report."),
 * or "fmspc", "ppid", "platform_instance_id" of the PCK certificate, or
 * "init_fmspc" (6 bytes) of an extended TD report, or a claim of
 * dstack_report_claim() that has a fixed length, or "key_provider_id" or
 * "key_provider_name" (1 to 128 bytes). The length must be the field's. Evidence without the field is
 * refused, and so is a claim that nothing binds. */
DSTACK_MUST int
dstack_policy_expect_field(dstack_policy *policy, const char *name,
    const uint8_t *value, size_t value_len, dstack_error *err);
/* The field must not equal any of these values. */
DSTACK_MUST int
dstack_policy_deny_field(dstack_policy *policy, const char *name,
    const uint8_t *value, size_t value_len, dstack_error *err);
/* An integer field must be at least this: "isv_svn", "config_svn" of an
 * enclave; "tdx_module_major" (tee_tcb_svn[1]); "tdx_module_svn" (major * 256
 * + minor, of launch). */
DSTACK_MUST int
dstack_policy_require_minimum(dstack_policy *policy, const char *name,
    uint64_t minimum, dstack_error *err);
/* Bytewise floor for "tee_tcb_svn", "tee_tcb_svn2" or "init_tee_tcb_svn",
 * 16 bytes. */
DSTACK_MUST int
dstack_policy_require_minimum_svn(dstack_policy *policy, const char *name,
    const uint8_t *value, size_t value_len, dstack_error *err);

/* report_data must equal these 64 bytes; or begin with this prefix, 1 to 64
 * bytes. A value of another length is an error, never padded or cut. */
DSTACK_MUST int
dstack_policy_expect_report_data(dstack_policy *policy, const uint8_t *data,
    size_t data_len, dstack_error *err);
DSTACK_MUST int
dstack_policy_expect_report_data_prefix(dstack_policy *policy,
    const uint8_t *data, size_t data_len, dstack_error *err);

/* Bits of td_attributes (an enclave's attribute flags) that must be 1, and
 * that must be 0. */
DSTACK_MUST int
dstack_policy_require_attributes(
    dstack_policy *policy, uint64_t set, uint64_t clear, dstack_error *err);
/* xfam (an enclave's XFRM) must have no bit outside this mask. */
DSTACK_MUST int
dstack_policy_require_xfam_mask(
    dstack_policy *policy, uint64_t mask, dstack_error *err);

/* Weaker, each by name. Debug: the host can read the memory. Profiling: TUD
 * bits 4 to 6. Migratable: bit 29 without a pinned mr_service_td. Service TD:
 * an mr_service_td that is not zero and not expected by value. Attributes: the
 * SEC and OTHER bits ICSSD, SERVTD_EXT and TPA, and bits still reserved, as a
 * mask. Provisioning key: an enclave with PROVISIONKEY. */
DSTACK_API void
dstack_policy_accept_debug(dstack_policy *policy);
DSTACK_API void
dstack_policy_accept_profiling(dstack_policy *policy);
DSTACK_API void
dstack_policy_accept_migratable(dstack_policy *policy);
DSTACK_API void
dstack_policy_accept_service_td(dstack_policy *policy);
DSTACK_API void
dstack_policy_accept_provisioning_key(dstack_policy *policy);
DSTACK_MUST int
dstack_policy_accept_attributes(
    dstack_policy *policy, uint64_t mask, dstack_error *err);

enum { /* what is asked of a dstack guest's events and configuration */
    DSTACK_RULE_REPLAY = 1,   /* events replay to the quote's registers */
    DSTACK_RULE_UNIQUE = 3,   /* what names the app is there, and once */
    DSTACK_RULE_ORDER = 4,    /* in the order in which guests measure */
    DSTACK_RULE_BOUNDARY = 5, /* the app before, its keys after boot-mr-done */
    DSTACK_RULE_PAYLOAD = 6,  /* sizes and forms of payloads */
    DSTACK_RULE_READY = 7,    /* the boot is finished: system-ready is there */
    DSTACK_RULE_GPU = 8,      /* the GPU policy follows the app's code */
    DSTACK_RULE_TYPE = 10,    /* runtime events in RTMR3 and nowhere else */
    DSTACK_RULE_NAME = 11,    /* no colon in a name of version 1 */
    DSTACK_RULE_MR_CONFIG = 13, /* mr_config_id is made of what was measured */
    DSTACK_RULE_BOOT = 14,      /* so do a whole log's of RTMR0 to RTMR2 */
    DSTACK_RULE_DIGEST = 15,    /* digests in the log are those of its events */
    DSTACK_RULE_LISTS = 16      /* an attestation's two lists are the same */
};
/* Weaker: do not ask this of the events that come with evidence. Without
 * DSTACK_RULE_REPLAY nothing binds what the events say, and no rule about it
 * is satisfied. */
DSTACK_MUST int
dstack_policy_accept_workload_rule(
    dstack_policy *policy, uint32_t rule, dstack_error *err);
/* "replay", "unique", "order"...; "" for any other number. Static. */
DSTACK_API const char *
dstack_workload_rule_name(uint32_t rule);
/* The init scripts that ran are these, in this order: `count` hashes (0 to 5)
 * of 32 bytes one behind the other; none may run with a count of 0. Called
 * again: one of the lists. Evidence whose events do not say is refused. */
DSTACK_MUST int
dstack_policy_expect_init_scripts(dstack_policy *policy, const uint8_t *hashes,
    size_t count, dstack_error *err);
/* At boot the guest attested its GPUs, and measured that it had: one event
 * gpu-attestation of version 2, bound by RTMR3, confidential computing on,
 * developer tools off. The second asks for this number of them, 1 to 64;
 * called again: one of the numbers. What the GPUs themselves signed is not
 * looked at: see dstack_report_check_gpu_evidence(). */
DSTACK_API void
dstack_policy_require_gpu(dstack_policy *policy);
DSTACK_MUST int
dstack_policy_expect_gpu_count(
    dstack_policy *policy, uint32_t count, dstack_error *err);
/* Weaker: GPUs with developer tools on, which let the host look inside. */
DSTACK_API void
dstack_policy_accept_gpu_devtools(dstack_policy *policy);
/* An mr_config_id of zeros says nothing about the app; it must not be that. */
DSTACK_API void
dstack_policy_require_mr_config(dstack_policy *policy);

/* It must be known which OS image booted, and of its ACPI tables at least as
 * much as this level says (DSTACK_IMAGE_LEVEL_*, see dstack/image.h). Anything
 * above NONE makes a judgement search for the tables' layout, which takes some
 * hundredths of a second. Returns DSTACK_OK or DSTACK_ERR_ARG. */
DSTACK_MUST int
dstack_policy_require_image(
    dstack_policy *policy, uint32_t level, dstack_error *err);
/* The image must be known, and known not to be made for development: an image
 * of the verifier's, with its metadata. */
DSTACK_API void
dstack_policy_require_production_image(dstack_policy *policy);
/* The image must be known, with metadata that says that it is of this version
 * or later, "MAJOR.MINOR.PATCH", each up to 1023; what is before a release
 * (0.6.0-rc1) is not of it. The highest that was asked counts. Returns
 * DSTACK_OK or DSTACK_ERR_ARG. */
DSTACK_MUST int
dstack_policy_require_image_version(
    dstack_policy *policy, const char *least, dstack_error *err);

/* The evidence is of this platform (DSTACK_PLATFORM_*, see dstack/evidence.h);
 * called again: of one of them. Returns DSTACK_OK or DSTACK_ERR_ARG. */
DSTACK_MUST int
dstack_policy_expect_platform(
    dstack_policy *policy, uint32_t platform, dstack_error *err);

/* Judge the platform alone: any code may run on it. */
DSTACK_API void
dstack_policy_accept_any_workload(dstack_policy *policy);

#ifdef __cplusplus
}
#endif
#endif
