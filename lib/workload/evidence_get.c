/* SPDX-License-Identifier: Apache-2.0 */
#include "workload/evidence.h"

/* The getters of evidence. */

static const char *const formats[] = {
    "unknown", "quote", "attestation_v0", "attestation_v1", "quote_json"};
static const char *const platforms[] = {
    [DSTACK_PLATFORM_NONE] = "unknown",
    [DSTACK_PLATFORM_TDX] = "tdx",
    [DSTACK_PLATFORM_GCP_TDX] = "gcp-tdx",
    [DSTACK_PLATFORM_NITRO_ENCLAVE] = "nitro-enclave",
    [DSTACK_PLATFORM_SEV_SNP] = "sev-snp",
    [DSTACK_PLATFORM_AWS_NITRO_TPM] = "aws-nitro-tpm",
    [DSTACK_PLATFORM_SGX] = "sgx",
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const uint8_t *
lend(ds_view v, size_t *len)
{
    if (len)
        *len = v.n;
    return v.n != 0 ? v.p : NULL;
}

static const char *
lend_text(const char *text, ds_view v, size_t *len)
{
    if (len)
        *len = text ? v.n : 0;
    return text;
}

static const ds_view nothing = {NULL, 0};

const char *
dstack_evidence_format_name(uint32_t format)
{
    return formats[format < COUNT(formats) ? format : 0];
}

const char *
dstack_platform_name(uint32_t platform)
{
    return platforms[platform < COUNT(platforms) ? platform : 0];
}

uint32_t
dstack_evidence_format(const dstack_evidence *evidence)
{
    return evidence ? evidence->format : 0;
}

uint32_t
dstack_evidence_platform(const dstack_evidence *evidence)
{
    return evidence ? evidence->att->platform : DSTACK_PLATFORM_NONE;
}

const uint8_t *
dstack_evidence_quote(const dstack_evidence *evidence, size_t *len)
{
    return lend(evidence ? evidence->att->quote : nothing, len);
}

const uint8_t *
dstack_evidence_container(const dstack_evidence *evidence, size_t *len)
{
    return lend(evidence ? evidence->container : nothing, len);
}

const dstack_event_log *
dstack_evidence_event_log(const dstack_evidence *evidence)
{
    return evidence ? evidence->log : NULL;
}

const dstack_event_log *
dstack_evidence_runtime_events(const dstack_evidence *evidence)
{
    return evidence ? evidence->runtime : NULL;
}

const char *
dstack_evidence_vm_config(const dstack_evidence *evidence, size_t *len)
{
    return dstack_vm_config_json(evidence ? evidence->config : NULL, len);
}

const dstack_vm_config *
dstack_evidence_config(const dstack_evidence *evidence)
{
    return evidence ? evidence->config : NULL;
}

const uint8_t *
dstack_evidence_claimed_report_data(
    const dstack_evidence *evidence, size_t *len)
{
    bool claims = evidence && evidence->claims_report_data;

    return lend(claims ? ds_view_of(evidence->att->report_data,
                             sizeof evidence->att->report_data)
                       : nothing,
        len);
}

const uint8_t *
dstack_evidence_report_data(const dstack_evidence *evidence, size_t *len)
{
    return lend(evidence ? evidence->report_data : nothing, len);
}

const char *
dstack_evidence_report_data_payload(
    const dstack_evidence *evidence, size_t *len)
{
    return lend_text(evidence ? evidence->payload : NULL,
        evidence ? evidence->att->payload : nothing, len);
}

size_t
dstack_evidence_cert_count(const dstack_evidence *evidence)
{
    return evidence ? evidence->att->cert_count : 0;
}

const uint8_t *
dstack_evidence_cert(const dstack_evidence *evidence, size_t index, size_t *len)
{
    bool has = evidence && index < evidence->att->cert_count;

    return lend(has ? evidence->att->certs[index] : nothing, len);
}

const char *
dstack_evidence_mr_config(const dstack_evidence *evidence, size_t *len)
{
    return lend_text(evidence ? evidence->mr_config : NULL,
        evidence ? evidence->att->mr_config : nothing, len);
}
