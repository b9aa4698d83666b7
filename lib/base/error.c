/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

_Static_assert(sizeof(dstack_error) == 256, "callers allocate 256 bytes");

/* The stable name of each reason and the code that goes with it. */
static const struct {
    const char *name;
    int code;
} reasons[DSTACK_REASON_COUNT] = {
    [DSTACK_REASON_NONE] = {"", DSTACK_ERR_INTERNAL},
    [DSTACK_REASON_INTERNAL] = {"internal", DSTACK_ERR_INTERNAL},
    [DSTACK_REASON_QUOTE_TRUNCATED] = {"quote_truncated", DSTACK_ERR_PARSE},
    [DSTACK_REASON_QUOTE_TOO_LARGE] = {"quote_too_large", DSTACK_ERR_PARSE},
    [DSTACK_REASON_QUOTE_VERSION] = {"quote_version", DSTACK_ERR_PARSE},
    [DSTACK_REASON_QUOTE_KEY_TYPE] = {"quote_key_type", DSTACK_ERR_PARSE},
    [DSTACK_REASON_QUOTE_TEE_TYPE] = {"quote_tee_type", DSTACK_ERR_PARSE},
    [DSTACK_REASON_QUOTE_VENDOR] = {"quote_vendor", DSTACK_ERR_PARSE},
    [DSTACK_REASON_QUOTE_BODY_TYPE] = {"quote_body_type", DSTACK_ERR_PARSE},
    [DSTACK_REASON_QUOTE_BODY_SIZE] = {"quote_body_size", DSTACK_ERR_PARSE},
    [DSTACK_REASON_QUOTE_SIG_LEN] = {"quote_sig_len", DSTACK_ERR_PARSE},
    [DSTACK_REASON_QUOTE_CERT_TYPE] = {"quote_cert_type", DSTACK_ERR_PARSE},
    [DSTACK_REASON_QUOTE_CERT_SIZE] = {"quote_cert_size", DSTACK_ERR_PARSE},
    [DSTACK_REASON_QUOTE_AUTH_SIZE] = {"quote_auth_size", DSTACK_ERR_PARSE},
    [DSTACK_REASON_QUOTE_TRAILING] = {"quote_trailing", DSTACK_ERR_PARSE},
    [DSTACK_REASON_QUOTE_RESERVED] = {"quote_reserved", DSTACK_ERR_PARSE},
    [DSTACK_REASON_COLLATERAL_JSON] = {"collateral_json", DSTACK_ERR_PARSE},
    [DSTACK_REASON_COLLATERAL_FORMAT] = {"collateral_format", DSTACK_ERR_PARSE},
    [DSTACK_REASON_COLLATERAL_MISSING] = {"collateral_missing",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_COLLATERAL_TOO_LARGE] = {"collateral_too_large",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_COLLATERAL_PEM] = {"collateral_pem", DSTACK_ERR_PARSE},
    [DSTACK_REASON_PCK_CHAIN_MISSING] = {"pck_chain_missing", DSTACK_ERR_PARSE},
    [DSTACK_REASON_PCK_CHAIN_PEM] = {"pck_chain_pem", DSTACK_ERR_PARSE},
    [DSTACK_REASON_PCK_CHAIN_LENGTH] = {"pck_chain_length", DSTACK_ERR_PARSE},
    [DSTACK_REASON_PCK_CHAIN_TRAILING] = {"pck_chain_trailing",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_PCK_CHAIN_NAME] = {"pck_chain_name", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_PCK_CHAIN_SIG] = {"pck_chain_sig", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_PCK_CHAIN_TIME] = {"pck_chain_time", DSTACK_ERR_STALE},
    [DSTACK_REASON_PCK_CHAIN_CA] = {"pck_chain_ca", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_PCK_CHAIN_ROLE] = {"pck_chain_role", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_PCK_EXT] = {"pck_ext", DSTACK_ERR_PARSE},
    [DSTACK_REASON_CERT_DER] = {"cert_der", DSTACK_ERR_PARSE},
    [DSTACK_REASON_CERT_ALG] = {"cert_alg", DSTACK_ERR_PARSE},
    [DSTACK_REASON_CERT_KEY] = {"cert_key", DSTACK_ERR_PARSE},
    [DSTACK_REASON_CERT_EXT] = {"cert_ext", DSTACK_ERR_PARSE},
    [DSTACK_REASON_ROOT_PIN] = {"root_pin", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_CRL_CHAIN_MISSING] = {"crl_chain_missing", DSTACK_ERR_PARSE},
    [DSTACK_REASON_CRL_CHAIN_PEM] = {"crl_chain_pem", DSTACK_ERR_PARSE},
    [DSTACK_REASON_CRL_CHAIN_LENGTH] = {"crl_chain_length", DSTACK_ERR_PARSE},
    [DSTACK_REASON_CRL_CHAIN_TRAILING] = {"crl_chain_trailing",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_CRL_CHAIN_NAME] = {"crl_chain_name", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_CRL_CHAIN_SIG] = {"crl_chain_sig", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_CRL_CHAIN_TIME] = {"crl_chain_time", DSTACK_ERR_STALE},
    [DSTACK_REASON_CRL_CHAIN_CA] = {"crl_chain_ca", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_CRL_CHAIN_ROLE] = {"crl_chain_role", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_ROOT_CRL_DER] = {"root_crl_der", DSTACK_ERR_PARSE},
    [DSTACK_REASON_ROOT_CRL_EXT] = {"root_crl_ext", DSTACK_ERR_PARSE},
    [DSTACK_REASON_ROOT_CRL_ISSUER] = {"root_crl_issuer", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_ROOT_CRL_SIG] = {"root_crl_sig", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_ROOT_CRL_TIME] = {"root_crl_time", DSTACK_ERR_STALE},
    [DSTACK_REASON_PCK_CRL_DER] = {"pck_crl_der", DSTACK_ERR_PARSE},
    [DSTACK_REASON_PCK_CRL_EXT] = {"pck_crl_ext", DSTACK_ERR_PARSE},
    [DSTACK_REASON_PCK_CRL_ISSUER] = {"pck_crl_issuer", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_PCK_CRL_SIG] = {"pck_crl_sig", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_PCK_CRL_TIME] = {"pck_crl_time", DSTACK_ERR_STALE},
    [DSTACK_REASON_REVOKED_PCK] = {"revoked_pck", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_REVOKED_CA] = {"revoked_ca", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_REVOKED_TCB_SIGNER] = {"revoked_tcb_signer",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_REVOKED_QE_SIGNER] = {"revoked_qe_signer",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_REVOKED_ROOT] = {"revoked_root", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_TCB_CHAIN_MISSING] = {"tcb_chain_missing", DSTACK_ERR_PARSE},
    [DSTACK_REASON_TCB_CHAIN_PEM] = {"tcb_chain_pem", DSTACK_ERR_PARSE},
    [DSTACK_REASON_TCB_CHAIN_LENGTH] = {"tcb_chain_length", DSTACK_ERR_PARSE},
    [DSTACK_REASON_TCB_CHAIN_TRAILING] = {"tcb_chain_trailing",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_TCB_CHAIN_NAME] = {"tcb_chain_name", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_TCB_CHAIN_SIG] = {"tcb_chain_sig", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_TCB_CHAIN_TIME] = {"tcb_chain_time", DSTACK_ERR_STALE},
    [DSTACK_REASON_TCB_CHAIN_CA] = {"tcb_chain_ca", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_TCB_CHAIN_ROLE] = {"tcb_chain_role", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_QEID_CHAIN_MISSING] = {"qeid_chain_missing",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_QEID_CHAIN_PEM] = {"qeid_chain_pem", DSTACK_ERR_PARSE},
    [DSTACK_REASON_QEID_CHAIN_LENGTH] = {"qeid_chain_length", DSTACK_ERR_PARSE},
    [DSTACK_REASON_QEID_CHAIN_TRAILING] = {"qeid_chain_trailing",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_QEID_CHAIN_NAME] = {"qeid_chain_name", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_QEID_CHAIN_SIG] = {"qeid_chain_sig", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_QEID_CHAIN_TIME] = {"qeid_chain_time", DSTACK_ERR_STALE},
    [DSTACK_REASON_QEID_CHAIN_CA] = {"qeid_chain_ca", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_QEID_CHAIN_ROLE] = {"qeid_chain_role", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_JSON] = {"json", DSTACK_ERR_PARSE},
    [DSTACK_REASON_JSON_DUP] = {"json_dup", DSTACK_ERR_PARSE},
    [DSTACK_REASON_JSON_DEPTH] = {"json_depth", DSTACK_ERR_PARSE},
    [DSTACK_REASON_JSON_TRAILING] = {"json_trailing", DSTACK_ERR_PARSE},
    [DSTACK_REASON_JSON_RANGE] = {"json_range", DSTACK_ERR_PARSE},
    [DSTACK_REASON_JSON_DATE] = {"json_date", DSTACK_ERR_PARSE},
    [DSTACK_REASON_JSON_STATUS] = {"json_status", DSTACK_ERR_PARSE},
    [DSTACK_REASON_TCB_INFO_SIG] = {"tcb_info_sig", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_TCB_INFO_FUTURE] = {"tcb_info_future", DSTACK_ERR_STALE},
    [DSTACK_REASON_TCB_INFO_EXPIRED] = {"tcb_info_expired", DSTACK_ERR_STALE},
    [DSTACK_REASON_TCB_INFO_MISMATCH] = {"tcb_info_mismatch",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_TCB_INFO_UNSUPPORTED] = {"tcb_info_unsupported",
        DSTACK_ERR_UNSUPPORTED},
    [DSTACK_REASON_QE_IDENTITY_SIG] = {"qe_identity_sig", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_QE_IDENTITY_FUTURE] = {"qe_identity_future",
        DSTACK_ERR_STALE},
    [DSTACK_REASON_QE_IDENTITY_EXPIRED] = {"qe_identity_expired",
        DSTACK_ERR_STALE},
    [DSTACK_REASON_QE_IDENTITY_UNSUPPORTED] = {"qe_identity_unsupported",
        DSTACK_ERR_UNSUPPORTED},
    [DSTACK_REASON_QE_IDENTITY_MISMATCH] = {"qe_identity_mismatch",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_QE_DEBUG] = {"qe_debug", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_QE_REPORT_SIG] = {"qe_report_sig", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_QE_REPORT_DATA] = {"qe_report_data", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_KEY_INVALID] = {"key_invalid", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_QUOTE_SIGNATURE] = {"quote_signature", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_TDX_MODULE_MISMATCH] = {"tdx_module_mismatch",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_TCB_LEVEL_DUP] = {"tcb_level_dup", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_TCB_NOT_SUPPORTED] = {"tcb_not_supported",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_TCB_REVOKED] = {"tcb_revoked", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_ATTR_DEBUG] = {"attr_debug", DSTACK_ERR_POLICY},
    [DSTACK_REASON_ATTR_TUD] = {"attr_tud", DSTACK_ERR_POLICY},
    [DSTACK_REASON_ATTR_RESERVED] = {"attr_reserved", DSTACK_ERR_POLICY},
    [DSTACK_REASON_ATTR_SEPT] = {"attr_sept", DSTACK_ERR_POLICY},
    [DSTACK_REASON_ATTR_MIGRATABLE] = {"attr_migratable", DSTACK_ERR_POLICY},
    [DSTACK_REASON_ATTR_XFAM] = {"attr_xfam", DSTACK_ERR_POLICY},
    [DSTACK_REASON_ATTR_INCONSISTENT] = {"attr_inconsistent",
        DSTACK_ERR_POLICY},
    [DSTACK_REASON_ATTR_PROVISIONKEY] = {"attr_provisionkey",
        DSTACK_ERR_POLICY},
    [DSTACK_REASON_ATTR_SEC] = {"attr_sec", DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_JSON] = {"policy_json", DSTACK_ERR_PARSE},
    [DSTACK_REASON_POLICY_UNKNOWN_KEY] = {"policy_unknown_key",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_POLICY_EMPTY] = {"policy_empty", DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_STATUS] = {"policy_status", DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_ADVISORY] = {"policy_advisory", DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_EVAL] = {"policy_eval", DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_DATE] = {"policy_date", DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_GRACE] = {"policy_grace", DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_FLAG] = {"policy_flag", DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_TYPE] = {"policy_type", DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_FMSPC] = {"policy_fmspc", DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_PLATFORM] = {"policy_platform", DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_MEASUREMENT] = {"policy_measurement",
        DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_REPORT_DATA] = {"policy_report_data",
        DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_AGE] = {"policy_age", DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_CURRENT] = {"policy_current", DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_SERVICE_TD] = {"policy_service_td",
        DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_SVN] = {"policy_svn", DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_CRL_NUMBER] = {"policy_crl_number",
        DSTACK_ERR_POLICY},
    [DSTACK_REASON_TIME_RANGE] = {"time_range", DSTACK_ERR_ARG},
    [DSTACK_REASON_EVIDENCE_FORMAT] = {"evidence_format", DSTACK_ERR_PARSE},
    [DSTACK_REASON_EVIDENCE_HEX] = {"evidence_hex", DSTACK_ERR_PARSE},
    [DSTACK_REASON_EVIDENCE_TOO_LARGE] = {"evidence_too_large",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_EVIDENCE_MEMBER] = {"evidence_member", DSTACK_ERR_PARSE},
    [DSTACK_REASON_ATTESTATION_FORMAT] = {"attestation_format",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_ATTESTATION_TOO_LARGE] = {"attestation_too_large",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_ATTESTATION_VERSION] = {"attestation_version",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_ATTESTATION_KIND] = {"attestation_kind", DSTACK_ERR_PARSE},
    [DSTACK_REASON_ATTESTATION_TRUNCATED] = {"attestation_truncated",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_ATTESTATION_TRAILING] = {"attestation_trailing",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_ATTESTATION_ENCODING] = {"attestation_encoding",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_ATTESTATION_TYPE] = {"attestation_type", DSTACK_ERR_PARSE},
    [DSTACK_REASON_ATTESTATION_RANGE] = {"attestation_range", DSTACK_ERR_PARSE},
    [DSTACK_REASON_ATTESTATION_DEPTH] = {"attestation_depth", DSTACK_ERR_PARSE},
    [DSTACK_REASON_ATTESTATION_DUPLICATE] = {"attestation_duplicate",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_ATTESTATION_MISSING] = {"attestation_missing",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_ATTESTATION_UTF8] = {"attestation_utf8", DSTACK_ERR_PARSE},
    [DSTACK_REASON_ATTESTATION_LENGTH] = {"attestation_length",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_ATTESTATION_UNSUPPORTED] = {"attestation_unsupported",
        DSTACK_ERR_UNSUPPORTED},
    [DSTACK_REASON_EVENT_LOG_JSON] = {"event_log_json", DSTACK_ERR_PARSE},
    [DSTACK_REASON_EVENT_LOG_BINARY] = {"event_log_binary", DSTACK_ERR_PARSE},
    [DSTACK_REASON_EVENT_LOG_TOO_LARGE] = {"event_log_too_large",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_EVENT_DIGEST] = {"event_digest", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_EVENT_DIGEST_MISSING] = {"event_digest_missing",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_EVENT_PREIMAGE] = {"event_preimage", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_VM_CONFIG] = {"vm_config", DSTACK_ERR_PARSE},
    [DSTACK_REASON_PLATFORM_UNSUPPORTED] = {"platform_unsupported",
        DSTACK_ERR_UNSUPPORTED},
    [DSTACK_REASON_REPORT_DATA_CLAIM] = {"report_data_claim",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_REPORT_DATA_PAYLOAD] = {"report_data_payload",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_EVENT_LISTS] = {"event_lists", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_RTMR3_REPLAY] = {"rtmr3_replay", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_BOOT_REPLAY] = {"boot_replay", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_EVENT_TYPE] = {"event_type", DSTACK_ERR_POLICY},
    [DSTACK_REASON_EVENT_NAME] = {"event_name", DSTACK_ERR_POLICY},
    [DSTACK_REASON_EVENT_READY] = {"event_ready", DSTACK_ERR_POLICY},
    [DSTACK_REASON_EVENT_MISSING] = {"event_missing", DSTACK_ERR_POLICY},
    [DSTACK_REASON_EVENT_DUPLICATE] = {"event_duplicate", DSTACK_ERR_POLICY},
    [DSTACK_REASON_EVENT_ORDER] = {"event_order", DSTACK_ERR_POLICY},
    [DSTACK_REASON_EVENT_BOUNDARY] = {"event_boundary", DSTACK_ERR_POLICY},
    [DSTACK_REASON_EVENT_PAYLOAD] = {"event_payload", DSTACK_ERR_POLICY},
    [DSTACK_REASON_EVENT_GPU] = {"event_gpu", DSTACK_ERR_POLICY},
    [DSTACK_REASON_MR_CONFIG] = {"mr_config", DSTACK_ERR_POLICY},
    [DSTACK_REASON_MR_CONFIG_DOCUMENT] = {"mr_config_document",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_POLICY_CLAIM] = {"policy_claim", DSTACK_ERR_POLICY},
    [DSTACK_REASON_IMAGE_MISSING] = {"image_missing", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_IMAGE_HASH] = {"image_hash", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_IMAGE_MANIFEST] = {"image_manifest", DSTACK_ERR_PARSE},
    [DSTACK_REASON_IMAGE_DOCUMENT] = {"image_document", DSTACK_ERR_PARSE},
    [DSTACK_REASON_IMAGE_MEASUREMENT] = {"image_measurement",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_IMAGE_FILE] = {"image_file", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_IMAGE_METADATA] = {"image_metadata", DSTACK_ERR_PARSE},
    [DSTACK_REASON_IMAGE_FIRMWARE] = {"image_firmware", DSTACK_ERR_PARSE},
    [DSTACK_REASON_IMAGE_KERNEL] = {"image_kernel", DSTACK_ERR_PARSE},
    [DSTACK_REASON_IMAGE_CONFIG] = {"image_config", DSTACK_ERR_PARSE},
    [DSTACK_REASON_IMAGE_UNSUPPORTED] = {"image_unsupported",
        DSTACK_ERR_UNSUPPORTED},
    [DSTACK_REASON_IMAGE_QEMU_UNSUPPORTED] = {"image_qemu_unsupported",
        DSTACK_ERR_UNSUPPORTED},
    [DSTACK_REASON_IMAGE_MEMORY_UNSUPPORTED] = {"image_memory_unsupported",
        DSTACK_ERR_UNSUPPORTED},
    [DSTACK_REASON_OVMF_UNSUPPORTED] = {"ovmf_unsupported",
        DSTACK_ERR_UNSUPPORTED},
    [DSTACK_REASON_ACPI_EVENTS] = {"acpi_events", DSTACK_ERR_PARSE},
    [DSTACK_REASON_ACPI_TABLES] = {"acpi_tables", DSTACK_ERR_PARSE},
    [DSTACK_REASON_IMAGE_MRTD] = {"image_mrtd", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_IMAGE_RTMR0] = {"image_rtmr0", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_IMAGE_RTMR1] = {"image_rtmr1", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_IMAGE_RTMR2] = {"image_rtmr2", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_KEY_CHAIN_KEY] = {"key_chain_key", DSTACK_ERR_PARSE},
    [DSTACK_REASON_KEY_CHAIN_SIGNATURE] = {"key_chain_signature",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_KEY_CHAIN_LENGTH] = {"key_chain_length", DSTACK_ERR_PARSE},
    [DSTACK_REASON_KEY_CHAIN_RECOVERY_ID] = {"key_chain_recovery_id",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_KEY_CHAIN_RANGE] = {"key_chain_range", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_KEY_CHAIN_HIGH_S] = {"key_chain_high_s",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_KEY_CHAIN_LINK] = {"key_chain_link", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_KEY_CHAIN_NO_KMS] = {"key_chain_no_kms",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_KEY_CHAIN_APP_ROOT] = {"key_chain_app_root",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_KEY_CHAIN_ANCHOR] = {"key_chain_anchor",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_ENV_KEY] = {"env_key", DSTACK_ERR_PARSE},
    [DSTACK_REASON_ENV_KEY_LENGTH] = {"env_key_length", DSTACK_ERR_PARSE},
    [DSTACK_REASON_ENV_KEY_RECOVERY_ID] = {"env_key_recovery_id",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_ENV_KEY_RANGE] = {"env_key_range", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_ENV_KEY_HIGH_S] = {"env_key_high_s", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_ENV_KEY_SIGNATURE] = {"env_key_signature",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_ENV_KEY_SIGNER] = {"env_key_signer", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_ENV_KEY_STALE] = {"env_key_stale", DSTACK_ERR_STALE},
    [DSTACK_REASON_ENV_KEY_FUTURE] = {"env_key_future", DSTACK_ERR_STALE},
    [DSTACK_REASON_ENV_NAME] = {"env_name", DSTACK_ERR_ARG},
    [DSTACK_REASON_ENV_VALUE] = {"env_value", DSTACK_ERR_ARG},
    [DSTACK_REASON_ENV_COUNT] = {"env_count", DSTACK_ERR_ARG},
    [DSTACK_REASON_ENV_TOTAL] = {"env_total", DSTACK_ERR_ARG},
    [DSTACK_REASON_ENV_FILE] = {"env_file", DSTACK_ERR_PARSE},
    [DSTACK_REASON_ENV_JSON] = {"env_json", DSTACK_ERR_PARSE},
    [DSTACK_REASON_ENV_NOT_ALLOWED] = {"env_not_allowed", DSTACK_ERR_POLICY},
    [DSTACK_REASON_ENV_CIPHERTEXT] = {"env_ciphertext", DSTACK_ERR_PARSE},
    [DSTACK_REASON_ENV_DECRYPT] = {"env_decrypt", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_COMPOSE_JSON] = {"compose_json", DSTACK_ERR_PARSE},
    [DSTACK_REASON_COMPOSE_MEMBER] = {"compose_member", DSTACK_ERR_PARSE},
    [DSTACK_REASON_COMPOSE_ORDER] = {"compose_order", DSTACK_ERR_UNSUPPORTED},
    [DSTACK_REASON_POLICY_IMAGE] = {"policy_image", DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_IMAGE_LEVEL] = {"policy_image_level",
        DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_IMAGE_DEV] = {"policy_image_dev", DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_IMAGE_VERSION] = {"policy_image_version",
        DSTACK_ERR_POLICY},
    [DSTACK_REASON_RECEIPT_SCHEMA] = {"receipt_schema", DSTACK_ERR_PARSE},
    [DSTACK_REASON_RECEIPT_SIGNATURE] = {"receipt_signature",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_RECEIPT_NODE] = {"receipt_node", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_RECEIPT_FUTURE] = {"receipt_future", DSTACK_ERR_STALE},
    [DSTACK_REASON_RECEIPT_EXPIRED] = {"receipt_expired", DSTACK_ERR_STALE},
    [DSTACK_REASON_RECEIPT_TIMES] = {"receipt_times", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_RECEIPT_REQUEST] = {"receipt_request", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_RECEIPT_INPUTS] = {"receipt_inputs", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_RECEIPT_CONSTRAINTS] = {"receipt_constraints",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_RECEIPT_LLM] = {"receipt_llm", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_RECEIPT_OUTPUT] = {"receipt_output", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_RECEIPT_OUTPUT_CLEAN] = {"receipt_output_clean",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_RECEIPT_OUTPUT_TRANSPORT] = {"receipt_output_transport",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_RECEIPT_PAYMENT] = {"receipt_payment", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_RECEIPT_ATTESTATION] = {"receipt_attestation",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_RECEIPT_ATTESTATION_EXPIRED] =
        {"receipt_attestation_expired", DSTACK_ERR_STALE},
    [DSTACK_REASON_RECEIPT_MEASUREMENT] = {"receipt_measurement",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_RECEIPT_KEY_BINDING] = {"receipt_key_binding",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_RECEIPT_REPLAY] = {"receipt_replay", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_RECEIPT_REPLAY_STORE] = {"receipt_replay_store",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_IDENTITY_FORMAT] = {"identity_format", DSTACK_ERR_PARSE},
    [DSTACK_REASON_IDENTITY_KEY_BINDING] = {"identity_key_binding",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_IDENTITY_EXPIRED] = {"identity_expired", DSTACK_ERR_STALE},
    [DSTACK_REASON_IDENTITY_KEY] = {"identity_key", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_IDENTITY_SIGNATURE] = {"identity_signature",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_POLICY_INIT_SCRIPTS] = {"policy_init_scripts",
        DSTACK_ERR_POLICY},
    [DSTACK_REASON_POLICY_GPU] = {"policy_gpu", DSTACK_ERR_POLICY},
    [DSTACK_REASON_GPU_EVIDENCE] = {"gpu_evidence", DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_IDENTITY_CHAIN_MISSING] = {"identity_chain_missing",
        DSTACK_ERR_UNTRUSTED},
    [DSTACK_REASON_IDENTITY_CHAIN_ORIGIN] = {"identity_chain_origin",
        DSTACK_ERR_PARSE},
    [DSTACK_REASON_IDENTITY_CHAIN_APP_ID] = {"identity_chain_app_id",
        DSTACK_ERR_UNTRUSTED},
};

static const char *const stages[] = {
    [DSTACK_STAGE_NONE] = "",
    [DSTACK_STAGE_QUOTE] = "quote",
    [DSTACK_STAGE_COLLATERAL] = "collateral",
    [DSTACK_STAGE_CHAIN] = "chain",
    [DSTACK_STAGE_REVOCATION] = "revocation",
    [DSTACK_STAGE_QE] = "qe",
    [DSTACK_STAGE_SIGNATURE] = "signature",
    [DSTACK_STAGE_TCB] = "tcb",
    [DSTACK_STAGE_ATTRIBUTES] = "attributes",
    [DSTACK_STAGE_POLICY] = "policy",
    [DSTACK_STAGE_EVIDENCE] = "evidence",
    [DSTACK_STAGE_ATTESTATION] = "attestation",
    [DSTACK_STAGE_EVENTS] = "events",
    [DSTACK_STAGE_WORKLOAD] = "workload",
    [DSTACK_STAGE_IMAGE] = "image",
    [DSTACK_STAGE_KEYS] = "keys",
    [DSTACK_STAGE_RECEIPT] = "receipt",
    [DSTACK_STAGE_IDENTITY] = "identity",
};

const char *
dstack_error_name(int code)
{
    switch (code) {
    case DSTACK_OK:
        return "DSTACK_OK";
    case DSTACK_ERR_ARG:
        return "DSTACK_ERR_ARG";
    case DSTACK_ERR_NOMEM:
        return "DSTACK_ERR_NOMEM";
    case DSTACK_ERR_UNSUPPORTED:
        return "DSTACK_ERR_UNSUPPORTED";
    case DSTACK_ERR_INTERNAL:
        return "DSTACK_ERR_INTERNAL";
    case DSTACK_ERR_IO:
        return "DSTACK_ERR_IO";
    case DSTACK_ERR_AGENT:
        return "DSTACK_ERR_AGENT";
    case DSTACK_ERR_PROTOCOL:
        return "DSTACK_ERR_PROTOCOL";
    case DSTACK_ERR_TIMEOUT:
        return "DSTACK_ERR_TIMEOUT";
    case DSTACK_ERR_CANCELLED:
        return "DSTACK_ERR_CANCELLED";
    case DSTACK_ERR_PARSE:
        return "DSTACK_ERR_PARSE";
    case DSTACK_ERR_UNTRUSTED:
        return "DSTACK_ERR_UNTRUSTED";
    case DSTACK_ERR_STALE:
        return "DSTACK_ERR_STALE";
    case DSTACK_ERR_POLICY:
        return "DSTACK_ERR_POLICY";
    default:
        return "unknown";
    }
}

const char *
dstack_stage_name(int stage)
{
    if (stage < 0 || stage >= (int)(sizeof stages / sizeof stages[0]))
        return "unknown";
    return stages[stage];
}

const char *
dstack_reason_name(int reason)
{
    if (reason < 0 || reason >= DSTACK_REASON_COUNT)
        return "unknown";
    return reasons[reason].name;
}

int
ds_reason_code(int reason)
{
    if (reason < 0 || reason >= DSTACK_REASON_COUNT)
        return DSTACK_ERR_INTERNAL;
    return reasons[reason].code;
}

void
ds_err_clear(dstack_error *err)
{
    if (err)
        memset(err, 0, sizeof *err);
}

size_t
ds_utf8_cut(const char *text, size_t n)
{
    size_t back = 0;

    /* At most three bytes can be the start of a longer sequence. */
    while (back < 3 && back < n && ((uint8_t)text[n - 1 - back] & 0xc0) == 0x80)
        back++;
    if (back == n)
        return 0;
    if (ds_utf8_len((const uint8_t *)text + n - 1 - back, back + 1) != 0)
        return n;
    return n - 1 - back;
}

void
ds_err_vfill(dstack_error *err, int code, int stage, int reason,
    const char *format, va_list args)
{
    int n;

    if (!err)
        return;
    memset(err, 0, sizeof *err);
    err->code = code;
    err->stage = stage;
    err->reason = reason;
    n = vsnprintf(err->message, sizeof err->message, format, args);
    if (n >= (int)sizeof err->message)
        err->message[ds_utf8_cut(err->message, sizeof err->message - 1)] = 0;
}

int
ds_fail(dstack_error *err, int code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    ds_err_vfill(
        err, code, DSTACK_STAGE_NONE, DSTACK_REASON_NONE, format, args);
    va_end(args);
    return code;
}

int
ds_fail_reason(
    dstack_error *err, int code, int stage, int reason, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    ds_err_vfill(err, code, stage, reason, format, args);
    va_end(args);
    return code;
}

void
ds_err_prefix(dstack_error *err, const char *prefix)
{
    char text[sizeof err->message] = {0};
    int n;

    if (!err)
        return;
    n = snprintf(text, sizeof text, "%s: %s", prefix, err->message);
    if (n >= (int)sizeof text)
        text[ds_utf8_cut(text, sizeof text - 1)] = 0;
    memcpy(err->message, text, sizeof text);
}

int
ds_err_as(dstack_error *err, int rc, int stage, int reason)
{
    if (rc == DSTACK_ERR_PARSE && err) {
        err->stage = stage;
        err->reason = reason;
    }
    return rc;
}

int
ds_fail_nomem(dstack_error *err)
{
    return ds_fail(err, DSTACK_ERR_NOMEM, "memory: an allocation failed");
}

const char *
ds_err_quote(ds_view text, char out[40])
{
    size_t n = text.n < 32 ? text.n : 32;

    for (size_t i = 0; i < n; i++) {
        bool printable = text.p[i] >= 0x20 && text.p[i] < 0x7f;

        out[i] = printable ? (char)text.p[i] : '?';
    }
    memcpy(out + n, text.n > n ? "..." : "", text.n > n ? 4 : 1);
    return out;
}
