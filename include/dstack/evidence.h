/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_EVIDENCE_H
#define DSTACK_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/event_log.h"
#include "dstack/export.h"
#include "dstack/vm_config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a confidential VM shows of itself: what its hardware signed, and what
 * dstack says next to it. Taken apart and NOT verified: every value below is
 * what the bytes say. Immutable; share freely between threads. */
typedef struct dstack_evidence dstack_evidence;

enum {                                  /* the form that it came in */
    DSTACK_EVIDENCE_QUOTE = 1,          /* an SGX or TDX quote alone */
    DSTACK_EVIDENCE_ATTESTATION_V0 = 2, /* dstack's container, SCALE */
    DSTACK_EVIDENCE_ATTESTATION_V1 = 3, /* the same, MessagePack */
    DSTACK_EVIDENCE_QUOTE_JSON = 4      /* a GetQuote answer, or its like */
};

enum {
    DSTACK_PLATFORM_NONE = 0,
    DSTACK_PLATFORM_TDX = 1,
    DSTACK_PLATFORM_GCP_TDX = 2,
    DSTACK_PLATFORM_NITRO_ENCLAVE = 3,
    DSTACK_PLATFORM_SEV_SNP = 4,
    DSTACK_PLATFORM_AWS_NITRO_TPM = 5,
    DSTACK_PLATFORM_SGX = 6
};

/* "quote", "attestation_v0", "attestation_v1", "quote_json"; "tdx", "gcp-tdx",
 * "nitro-enclave", "sev-snp", "aws-nitro-tpm", "sgx"; "unknown" for any other
 * number. Static. */
DSTACK_API const char *
dstack_evidence_format_name(uint32_t format);
DSTACK_API const char *
dstack_platform_name(uint32_t platform);

/* Read evidence of any form, recognised by content:
 *
 *   a raw SGX or TDX quote; the bytes of a versioned attestation;
 *   either of them as hex text, with or without "0x", white space allowed;
 *   JSON: an answer of GetQuote ("quote" in hex, "event_log", "report_data",
 *   "vm_config"), of Attest ("attestation" in hex), or a request to a verifier
 *   (either set of members, and "debug", which means nothing here). Where
 *   "attestation" is there and not empty, it is the evidence and the other
 *   members are ignored. "event_log" and "vm_config" may be text with JSON in
 *   it or the value itself. A member that is null counts as absent; unknown
 *   members are skipped.
 *
 * At most 24 MiB, an attestation at most 10 MiB; copied.
 *
 *   ret  the evidence on success, NULL on failure. Free with
 *        dstack_evidence_free().
 *
 * Returns DSTACK_OK; DSTACK_ERR_ARG; DSTACK_ERR_NOMEM; DSTACK_ERR_PARSE with
 * an evidence_*, attestation_*, event_log_*, quote_*, vm_config or json*
 * reason. Thread-safe. */
DSTACK_MUST int
dstack_evidence_parse(const uint8_t *data, size_t data_len,
    dstack_evidence **ret, dstack_error *err);
/* The same from parts that came apart: a raw quote; an event log, the JSON of
 * a GetQuote answer or a firmware's binary log (CCEL), recognised by content;
 * a VM configuration. NULL for a part that there is not. A binary log is of
 * RTMR0 to RTMR2 alone: such evidence has no runtime events. Its form is
 * DSTACK_EVIDENCE_QUOTE_JSON. Returns as above. */
DSTACK_MUST int
dstack_evidence_from_parts(const uint8_t *quote, size_t quote_len,
    const uint8_t *event_log, size_t event_log_len, const uint8_t *vm_config,
    size_t vm_config_len, dstack_evidence **ret, dstack_error *err);
DSTACK_API void
dstack_evidence_free(dstack_evidence *evidence); /* NULL is a no-op */

/* DSTACK_EVIDENCE_*, of what was inside hex text or JSON; DSTACK_PLATFORM_*. */
DSTACK_API uint32_t
dstack_evidence_format(const dstack_evidence *evidence);
DSTACK_API uint32_t
dstack_evidence_platform(const dstack_evidence *evidence);

/* What the hardware signed: the SGX or TDX quote, the SEV-SNP report, the
 * COSE document of a Nitro platform. Never empty. The container's bytes where
 * there is one, NULL and *len 0 else. Borrowed. */
DSTACK_API const uint8_t *
dstack_evidence_quote(const dstack_evidence *evidence, size_t *len);
DSTACK_API const uint8_t *
dstack_evidence_container(const dstack_evidence *evidence, size_t *len);

/* The event log of a TDX platform, NULL where none came along; the runtime
 * events that RTMR3, or a PCR, is replayed from: those of the stack in a
 * container, those of the event log else; NULL where none came along.
 * Borrowed. */
DSTACK_API const dstack_event_log *
dstack_evidence_event_log(const dstack_evidence *evidence);
DSTACK_API const dstack_event_log *
dstack_evidence_runtime_events(const dstack_evidence *evidence);

/* The VM's configuration as it came, JSON text: NUL-terminated, "{}" where it
 * came empty; taken out of the member "vm_config" of a sys-config document
 * where older guests sent that. NULL and *len 0 where none came along. The
 * same, parsed, in dstack_evidence_config(). Borrowed. */
DSTACK_API const char *
dstack_evidence_vm_config(const dstack_evidence *evidence, size_t *len);
DSTACK_API const dstack_vm_config *
dstack_evidence_config(const dstack_evidence *evidence);

/* The 64 bytes of report data as the stack, or the answer's member, claims
 * them, NULL and *len 0 where nothing claims any; and as they stand in an SGX
 * or TDX quote or an SEV-SNP report, NULL and *len 0 on other platforms. */
DSTACK_API const uint8_t *
dstack_evidence_claimed_report_data(
    const dstack_evidence *evidence, size_t *len);
DSTACK_API const uint8_t *
dstack_evidence_report_data(const dstack_evidence *evidence, size_t *len);
/* What a pod says that its report data is the hash of; NUL-terminated UTF-8,
 * NULL and *len 0 for other stacks. */
DSTACK_API const char *
dstack_evidence_report_data_payload(
    const dstack_evidence *evidence, size_t *len);

/* Platform SEV-SNP: the certificates that came along, as they came, and the
 * MrConfig document. NULL and *len 0 for none. Borrowed. */
DSTACK_API size_t
dstack_evidence_cert_count(const dstack_evidence *evidence);
DSTACK_API const uint8_t *
dstack_evidence_cert(
    const dstack_evidence *evidence, size_t index, size_t *len);
DSTACK_API const char *
dstack_evidence_mr_config(const dstack_evidence *evidence, size_t *len);

/* The evidence as a versioned attestation.
 *
 *   version   0 (SCALE) or 1 (MessagePack)
 *   stripped  1: only the events that a certificate carries (RTMR3's, and the
 *             three about ACPI tables); 0: all of them
 *   ret       the bytes, the caller's: free with dstack_free()
 *
 * Returns DSTACK_OK; DSTACK_ERR_ARG; DSTACK_ERR_NOMEM; DSTACK_ERR_UNSUPPORTED
 * with reason attestation_unsupported: an SGX quote in either version, a
 * pod or an event of version 2 in version 0. */
DSTACK_MUST int
dstack_evidence_encode(const dstack_evidence *evidence, uint32_t version,
    int stripped, uint8_t **ret, size_t *ret_len, dstack_error *err);

/* All of it as one JSON object, which says that nothing was verified: the
 * members of dstack_quote_to_json() where there is a quote, and what came next
 * to it. NUL-terminated, the caller's: free with dstack_free().
 * Returns DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_NOMEM. */
DSTACK_MUST int
dstack_evidence_to_json(const dstack_evidence *evidence, char **ret_json,
    size_t *ret_len, dstack_error *err);

#ifdef __cplusplus
}
#endif
#endif
