/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_ERROR_H
#define DSTACK_ERROR_H

#include <stdint.h>

#include "dstack/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a call returns. 0 is the only success. Values are never renumbered or
 * reused. */
enum {
    DSTACK_OK = 0,
    DSTACK_ERR_ARG = -1,         /* the caller broke a rule of these headers */
    DSTACK_ERR_NOMEM = -2,       /* an allocation failed */
    DSTACK_ERR_UNSUPPORTED = -3, /* this build cannot do it */
    DSTACK_ERR_INTERNAL = -4,    /* a bug, or a broken dependency */
    DSTACK_ERR_IO = -10,         /* could not reach the agent */
    DSTACK_ERR_AGENT = -11,      /* the agent answered with an error */
    DSTACK_ERR_PROTOCOL = -12,   /* the agent's answer is not what it may be */
    DSTACK_ERR_TIMEOUT = -13,    /* the deadline passed */
    DSTACK_ERR_CANCELLED = -14,  /* another thread cancelled the call */
    DSTACK_ERR_PARSE = -20,      /* malformed evidence, collateral or policy */
    DSTACK_ERR_UNTRUSTED = -30,  /* signature, chain, revocation or TCB */
    DSTACK_ERR_STALE = -31,      /* outside a validity window at `now` */
    DSTACK_ERR_POLICY = -32      /* authentic, but not what was asked for */
};

/* Which part of a judgement said no. Of those up to POLICY, that is the order
 * in which they run; the rest come before the policy. */
enum {
    DSTACK_STAGE_NONE = 0,
    DSTACK_STAGE_QUOTE = 1,      /* the quote's own structure */
    DSTACK_STAGE_COLLATERAL = 2, /* the bundle, and Intel's two documents */
    DSTACK_STAGE_CHAIN = 3,      /* certificate chains to the pinned root */
    DSTACK_STAGE_REVOCATION = 4, /* both CRLs, and who is listed in them */
    DSTACK_STAGE_QE = 5,         /* quoting enclave: report, key, identity */
    DSTACK_STAGE_SIGNATURE = 6,  /* the signature over the quote's body */
    DSTACK_STAGE_TCB = 7,        /* module identity and TCB levels */
    DSTACK_STAGE_ATTRIBUTES = 8, /* debug and other bits of the TD or enclave */
    DSTACK_STAGE_POLICY = 9,     /* what the caller asked for */
    DSTACK_STAGE_EVIDENCE = 10,  /* what form the evidence has */
    DSTACK_STAGE_ATTESTATION = 11, /* dstack's container */
    DSTACK_STAGE_EVENTS = 12,      /* event logs and registers */
    DSTACK_STAGE_WORKLOAD = 13,    /* what the guest says of itself */
    DSTACK_STAGE_IMAGE = 14        /* the OS image that booted */
};

/* Why, as a number; dstack_reason_name() gives the stable string that reports
 * and the command print. New reasons are only ever added at the end. */
enum {
    DSTACK_REASON_NONE = 0,
    DSTACK_REASON_INTERNAL = 1,
    /* the quote */
    DSTACK_REASON_QUOTE_TRUNCATED,
    DSTACK_REASON_QUOTE_TOO_LARGE,
    DSTACK_REASON_QUOTE_VERSION,
    DSTACK_REASON_QUOTE_KEY_TYPE,
    DSTACK_REASON_QUOTE_TEE_TYPE,
    DSTACK_REASON_QUOTE_VENDOR,
    DSTACK_REASON_QUOTE_BODY_TYPE,
    DSTACK_REASON_QUOTE_BODY_SIZE,
    DSTACK_REASON_QUOTE_SIG_LEN,
    DSTACK_REASON_QUOTE_CERT_TYPE,
    DSTACK_REASON_QUOTE_CERT_SIZE,
    DSTACK_REASON_QUOTE_AUTH_SIZE,
    DSTACK_REASON_QUOTE_TRAILING,
    DSTACK_REASON_QUOTE_RESERVED,
    /* the collateral bundle */
    DSTACK_REASON_COLLATERAL_JSON,
    DSTACK_REASON_COLLATERAL_FORMAT,
    DSTACK_REASON_COLLATERAL_MISSING,
    DSTACK_REASON_COLLATERAL_TOO_LARGE,
    DSTACK_REASON_COLLATERAL_PEM,
    /* the PCK certificate chain */
    DSTACK_REASON_PCK_CHAIN_MISSING,
    DSTACK_REASON_PCK_CHAIN_PEM,
    DSTACK_REASON_PCK_CHAIN_LENGTH,
    DSTACK_REASON_PCK_CHAIN_TRAILING,
    DSTACK_REASON_PCK_CHAIN_NAME,
    DSTACK_REASON_PCK_CHAIN_SIG,
    DSTACK_REASON_PCK_CHAIN_TIME,
    DSTACK_REASON_PCK_CHAIN_CA,
    DSTACK_REASON_PCK_CHAIN_ROLE,
    DSTACK_REASON_PCK_EXT,
    /* any certificate */
    DSTACK_REASON_CERT_DER,
    DSTACK_REASON_CERT_ALG,
    DSTACK_REASON_CERT_KEY,
    DSTACK_REASON_CERT_EXT,
    DSTACK_REASON_ROOT_PIN,
    /* the PCK CRL's issuer chain */
    DSTACK_REASON_CRL_CHAIN_MISSING,
    DSTACK_REASON_CRL_CHAIN_PEM,
    DSTACK_REASON_CRL_CHAIN_LENGTH,
    DSTACK_REASON_CRL_CHAIN_TRAILING,
    DSTACK_REASON_CRL_CHAIN_NAME,
    DSTACK_REASON_CRL_CHAIN_SIG,
    DSTACK_REASON_CRL_CHAIN_TIME,
    DSTACK_REASON_CRL_CHAIN_CA,
    DSTACK_REASON_CRL_CHAIN_ROLE,
    /* CRLs and revocation */
    DSTACK_REASON_ROOT_CRL_DER,
    DSTACK_REASON_ROOT_CRL_EXT,
    DSTACK_REASON_ROOT_CRL_ISSUER,
    DSTACK_REASON_ROOT_CRL_SIG,
    DSTACK_REASON_ROOT_CRL_TIME,
    DSTACK_REASON_PCK_CRL_DER,
    DSTACK_REASON_PCK_CRL_EXT,
    DSTACK_REASON_PCK_CRL_ISSUER,
    DSTACK_REASON_PCK_CRL_SIG,
    DSTACK_REASON_PCK_CRL_TIME,
    DSTACK_REASON_REVOKED_PCK,
    DSTACK_REASON_REVOKED_CA,
    DSTACK_REASON_REVOKED_TCB_SIGNER,
    DSTACK_REASON_REVOKED_QE_SIGNER,
    DSTACK_REASON_REVOKED_ROOT,
    /* the signed documents' chains */
    DSTACK_REASON_TCB_CHAIN_MISSING,
    DSTACK_REASON_TCB_CHAIN_PEM,
    DSTACK_REASON_TCB_CHAIN_LENGTH,
    DSTACK_REASON_TCB_CHAIN_TRAILING,
    DSTACK_REASON_TCB_CHAIN_NAME,
    DSTACK_REASON_TCB_CHAIN_SIG,
    DSTACK_REASON_TCB_CHAIN_TIME,
    DSTACK_REASON_TCB_CHAIN_CA,
    DSTACK_REASON_TCB_CHAIN_ROLE,
    DSTACK_REASON_QEID_CHAIN_MISSING,
    DSTACK_REASON_QEID_CHAIN_PEM,
    DSTACK_REASON_QEID_CHAIN_LENGTH,
    DSTACK_REASON_QEID_CHAIN_TRAILING,
    DSTACK_REASON_QEID_CHAIN_NAME,
    DSTACK_REASON_QEID_CHAIN_SIG,
    DSTACK_REASON_QEID_CHAIN_TIME,
    DSTACK_REASON_QEID_CHAIN_CA,
    DSTACK_REASON_QEID_CHAIN_ROLE,
    /* JSON of any kind */
    DSTACK_REASON_JSON,
    DSTACK_REASON_JSON_DUP,
    DSTACK_REASON_JSON_DEPTH,
    DSTACK_REASON_JSON_TRAILING,
    DSTACK_REASON_JSON_RANGE,
    DSTACK_REASON_JSON_DATE,
    DSTACK_REASON_JSON_STATUS,
    /* the signed documents */
    DSTACK_REASON_TCB_INFO_SIG,
    DSTACK_REASON_TCB_INFO_FUTURE,
    DSTACK_REASON_TCB_INFO_EXPIRED,
    DSTACK_REASON_TCB_INFO_MISMATCH,
    DSTACK_REASON_TCB_INFO_UNSUPPORTED,
    DSTACK_REASON_QE_IDENTITY_SIG,
    DSTACK_REASON_QE_IDENTITY_FUTURE,
    DSTACK_REASON_QE_IDENTITY_EXPIRED,
    DSTACK_REASON_QE_IDENTITY_UNSUPPORTED,
    DSTACK_REASON_QE_IDENTITY_MISMATCH,
    /* the quoting enclave and the quote's signature */
    DSTACK_REASON_QE_DEBUG,
    DSTACK_REASON_QE_REPORT_SIG,
    DSTACK_REASON_QE_REPORT_DATA,
    DSTACK_REASON_KEY_INVALID,
    DSTACK_REASON_QUOTE_SIGNATURE,
    /* the TDX module and TCB levels */
    DSTACK_REASON_TDX_MODULE_MISMATCH,
    DSTACK_REASON_TCB_LEVEL_DUP,
    DSTACK_REASON_TCB_NOT_SUPPORTED,
    DSTACK_REASON_TCB_REVOKED,
    /* bits of the TD or enclave */
    DSTACK_REASON_ATTR_DEBUG,
    DSTACK_REASON_ATTR_TUD,
    DSTACK_REASON_ATTR_RESERVED,
    DSTACK_REASON_ATTR_SEPT,
    DSTACK_REASON_ATTR_MIGRATABLE,
    DSTACK_REASON_ATTR_XFAM,
    DSTACK_REASON_ATTR_INCONSISTENT,
    DSTACK_REASON_ATTR_PROVISIONKEY,
    DSTACK_REASON_ATTR_SEC,
    /* the caller's policy */
    DSTACK_REASON_POLICY_JSON,
    DSTACK_REASON_POLICY_UNKNOWN_KEY,
    DSTACK_REASON_POLICY_EMPTY,
    DSTACK_REASON_POLICY_STATUS,
    DSTACK_REASON_POLICY_ADVISORY,
    DSTACK_REASON_POLICY_EVAL,
    DSTACK_REASON_POLICY_DATE,
    DSTACK_REASON_POLICY_GRACE,
    DSTACK_REASON_POLICY_FLAG,
    DSTACK_REASON_POLICY_TYPE,
    DSTACK_REASON_POLICY_FMSPC,
    DSTACK_REASON_POLICY_PLATFORM,
    DSTACK_REASON_POLICY_MEASUREMENT,
    DSTACK_REASON_POLICY_REPORT_DATA,
    DSTACK_REASON_POLICY_AGE,
    DSTACK_REASON_POLICY_CURRENT,
    DSTACK_REASON_POLICY_SERVICE_TD,
    DSTACK_REASON_POLICY_SVN,
    DSTACK_REASON_POLICY_CRL_NUMBER,
    /* the verification time itself */
    DSTACK_REASON_TIME_RANGE,
    /* evidence of any form */
    DSTACK_REASON_EVIDENCE_FORMAT,
    DSTACK_REASON_EVIDENCE_HEX,
    DSTACK_REASON_EVIDENCE_TOO_LARGE,
    DSTACK_REASON_EVIDENCE_MEMBER,
    /* dstack's container */
    DSTACK_REASON_ATTESTATION_FORMAT,
    DSTACK_REASON_ATTESTATION_TOO_LARGE,
    DSTACK_REASON_ATTESTATION_VERSION,
    DSTACK_REASON_ATTESTATION_KIND,
    DSTACK_REASON_ATTESTATION_TRUNCATED,
    DSTACK_REASON_ATTESTATION_TRAILING,
    DSTACK_REASON_ATTESTATION_ENCODING,
    DSTACK_REASON_ATTESTATION_TYPE,
    DSTACK_REASON_ATTESTATION_RANGE,
    DSTACK_REASON_ATTESTATION_DEPTH,
    DSTACK_REASON_ATTESTATION_DUPLICATE,
    DSTACK_REASON_ATTESTATION_MISSING,
    DSTACK_REASON_ATTESTATION_UTF8,
    DSTACK_REASON_ATTESTATION_LENGTH,
    DSTACK_REASON_ATTESTATION_UNSUPPORTED,
    /* event logs */
    DSTACK_REASON_EVENT_LOG_JSON,
    DSTACK_REASON_EVENT_LOG_BINARY,
    DSTACK_REASON_EVENT_LOG_TOO_LARGE,
    DSTACK_REASON_EVENT_DIGEST,
    DSTACK_REASON_EVENT_DIGEST_MISSING,
    DSTACK_REASON_EVENT_PREIMAGE,
    /* what the guest says of itself */
    DSTACK_REASON_VM_CONFIG,
    /* evidence against what its hardware signed */
    DSTACK_REASON_PLATFORM_UNSUPPORTED,
    DSTACK_REASON_REPORT_DATA_CLAIM,
    DSTACK_REASON_REPORT_DATA_PAYLOAD,
    DSTACK_REASON_EVENT_LISTS,
    DSTACK_REASON_RTMR3_REPLAY,
    DSTACK_REASON_BOOT_REPLAY,
    /* rules about events and configuration, and a policy about them */
    DSTACK_REASON_EVENT_TYPE,
    DSTACK_REASON_EVENT_NAME,
    DSTACK_REASON_EVENT_READY,
    DSTACK_REASON_EVENT_MISSING,
    DSTACK_REASON_EVENT_DUPLICATE,
    DSTACK_REASON_EVENT_ORDER,
    DSTACK_REASON_EVENT_BOUNDARY,
    DSTACK_REASON_EVENT_PAYLOAD,
    DSTACK_REASON_EVENT_GPU,
    DSTACK_REASON_MR_CONFIG,
    DSTACK_REASON_MR_CONFIG_DOCUMENT,
    DSTACK_REASON_POLICY_CLAIM,
    /* the OS image */
    DSTACK_REASON_IMAGE_MISSING,
    DSTACK_REASON_IMAGE_HASH,
    DSTACK_REASON_IMAGE_MANIFEST,
    DSTACK_REASON_IMAGE_DOCUMENT,
    DSTACK_REASON_IMAGE_MEASUREMENT,
    DSTACK_REASON_IMAGE_FILE,
    DSTACK_REASON_IMAGE_METADATA,
    DSTACK_REASON_IMAGE_FIRMWARE,
    DSTACK_REASON_IMAGE_KERNEL,
    DSTACK_REASON_IMAGE_CONFIG,
    DSTACK_REASON_IMAGE_UNSUPPORTED,
    DSTACK_REASON_IMAGE_QEMU_UNSUPPORTED,
    DSTACK_REASON_IMAGE_MEMORY_UNSUPPORTED,
    DSTACK_REASON_OVMF_UNSUPPORTED,
    DSTACK_REASON_ACPI_EVENTS,
    DSTACK_REASON_ACPI_TABLES,
    DSTACK_REASON_IMAGE_MRTD,
    DSTACK_REASON_IMAGE_RTMR0,
    DSTACK_REASON_IMAGE_RTMR1,
    DSTACK_REASON_IMAGE_RTMR2,
    DSTACK_REASON_COUNT /* one more than the last; grows */
};

/* Whose number `detail` of an error is. */
enum {
    DSTACK_ORIGIN_NONE = 0,
    DSTACK_ORIGIN_MBEDTLS = 1, /* a negative mbedTLS code */
    DSTACK_ORIGIN_LIBCRYPTO = 2,
    DSTACK_ORIGIN_HTTP = 3, /* an HTTP status */
    DSTACK_ORIGIN_CURL = 4, /* a CURLcode */
    DSTACK_ORIGIN_ERRNO = 5 /* an errno value */
};

/* What went wrong, filled by the call that it was passed to. Caller-owned,
 * 256 bytes for ever, needs no initialisation and no freeing. After success
 * all of it is zero. `message` is UTF-8, NUL-terminated, says what was
 * expected, what was found and what to do, and holds no secret. */
typedef struct dstack_error {
    int32_t code;   /* the value that the call returned */
    int32_t stage;  /* DSTACK_STAGE_*, 0 outside a judgement */
    int32_t reason; /* DSTACK_REASON_*, 0 where the code says it all */
    int32_t origin; /* DSTACK_ORIGIN_* */
    int64_t detail; /* that library's own code */
    char message[232];
} dstack_error;

/* Stable names of the constants above: "DSTACK_ERR_PARSE", "chain",
 * "pck_chain_sig"; "unknown" for any other number, "" for stage and reason 0.
 * Static strings. Thread-safe. */
DSTACK_API const char *
dstack_error_name(int code);
DSTACK_API const char *
dstack_stage_name(int stage);
DSTACK_API const char *
dstack_reason_name(int reason);

#ifdef __cplusplus
}
#endif
#endif
