/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_WORKLOAD_ATTESTATION_H
#define DS_WORKLOAD_ATTESTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "dstack/evidence.h"
#include "workload/event.h"

/* dstack's versioned attestation: what a platform signed, and what the stack
 * in the guest says next to it. Version 0 is SCALE, version 1 MessagePack. */

typedef struct {
    uint32_t index;
    ds_view algorithm; /* text */
    ds_view value;
} ds_tpm_pcr;

typedef struct {
    uint32_t pcr;
    ds_view digest;
} ds_tpm_event;

/* Who made a TPM quote; the numbers are those of version 0. */
enum {
    DS_TPM_DSTACK = 0,
    DS_TPM_GCP = 1,
    DS_TPM_NITRO_ENCLAVE = 2,
    DS_TPM_AWS_EC2 = 3,
    DS_TPM_COUNT
};

typedef struct {
    ds_view message; /* TPMS_ATTEST */
    ds_view signature;
    ds_tpm_pcr *pcrs;
    size_t pcr_count;
    ds_view ak_cert;   /* DER */
    uint32_t platform; /* DS_TPM_* */
    ds_tpm_event *events;
    size_t event_count;
} ds_tpm_quote;

/* Filled by ds_attestation_decode(), which owns what the views and arrays
 * point to, or by hand for ds_attestation_encode(), which owns nothing:
 * begin with zeros then. What a platform does not have stays empty. */
typedef struct {
    uint32_t version;  /* of the container that it came from: 0 or 1 */
    uint32_t platform; /* DSTACK_PLATFORM_*, not _SGX */
    /* What the hardware signed: the TDX quote, the SEV-SNP report, or the COSE
     * document of a Nitro platform. */
    ds_view quote;
    ds_event *events; /* tdx, gcp-tdx */
    size_t event_count;
    ds_tpm_quote tpm;                  /* gcp-tdx */
    ds_view certs[DS_MAX_CHAIN_CERTS]; /* sev-snp: DER or PEM, as given */
    size_t cert_count;
    ds_view mr_config; /* sev-snp: the document's text */
    /* The stack. */
    uint8_t report_data[64];
    ds_event *runtime; /* imr 3, the runtime type; digests are not carried */
    size_t runtime_count;
    ds_view config;
    bool pod;        /* kind "dstack-pod" */
    ds_view payload; /* its report_data_payload, UTF-8 */

    void *owned;
} ds_attestation;

/* At most DS_MAX_ATTESTATION bytes, all of them. Copied. Returns DSTACK_OK,
 * DSTACK_ERR_NOMEM, or DSTACK_ERR_PARSE with an attestation_* reason. */
int
ds_attestation_decode(ds_view in, ds_attestation **ret, dstack_error *err);
void
ds_attestation_free(ds_attestation *a);
/* May these be the first bytes of one? */
bool
ds_attestation_is(ds_view in);

/* The bytes that dstack itself would write, appended to out, as version 0 or
 * 1. Returns DSTACK_OK, DSTACK_ERR_NOMEM, or DSTACK_ERR_UNSUPPORTED with
 * reason attestation_unsupported: version 0 has neither pods nor
 * events of version 2. */
int
ds_attestation_encode(
    const ds_attestation *a, uint32_t version, ds_buf *out, dstack_error *err);

/* attestation_scale.c, attestation_msgpack.c: the decoder of each version
 * fills *a from a->owned; its encoder appends. A fault becomes an error. */
int
ds_attestation_read_v0(ds_view in, ds_attestation *a, dstack_error *err);
void
ds_attestation_write_v0(const ds_attestation *a, ds_buf *out);
int
ds_attestation_read_v1(
    ds_view bytes, uint8_t *room, ds_attestation *a, dstack_error *err);
void
ds_attestation_write_v1(const ds_attestation *a, ds_buf *out);
/* part: where it was found, such as "event log". */
int
ds_attestation_fail(int fault, size_t at, const char *part, dstack_error *err);

#endif
