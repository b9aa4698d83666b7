/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "crypto/hash.h"
#include "verify/verify.h"

/* What a report says about the workload. */

static const ds_claims *
claims_of(const dstack_report *report)
{
    return report ? report->claims : NULL;
}

const char *
dstack_bound_name(uint32_t bound)
{
    switch (bound) {
    case DSTACK_BOUND_QUOTE:
        return "quote";
    case DSTACK_BOUND_RTMR3:
        return "rtmr3";
    case DSTACK_BOUND_MR_CONFIG:
        return "mr_config_id";
    case DSTACK_BOUND_PCK:
        return "pck";
    case DSTACK_BOUND_IMAGE:
        return "image";
    default:
        return "";
    }
}

/* The claim of that name; NULL where the evidence does not make it. */
static const ds_claim *
find(const dstack_report *report, const char *name)
{
    const ds_claims *c = claims_of(report);
    size_t i = ds_claim_find(name);

    return c && i < DS_CLAIM_COUNT && c->at[i].has ? &c->at[i] : NULL;
}

size_t
dstack_report_claim_count(const dstack_report *report)
{
    const ds_claims *c = claims_of(report);
    size_t n = 0;

    for (size_t i = 0; c && i < DS_CLAIM_COUNT; i++)
        n += c->at[i].has;
    return n;
}

const char *
dstack_report_claim_name(const dstack_report *report, size_t index)
{
    const ds_claims *c = claims_of(report);

    for (size_t i = 0; c && i < DS_CLAIM_COUNT; i++)
        if (c->at[i].has && index-- == 0)
            return ds_claim_name(i);
    return NULL;
}

/* An empty claim is not an absent one. */
static const uint8_t *
lend(const ds_view *v, size_t *len)
{
    if (len)
        *len = v ? v->n : 0;
    if (!v)
        return NULL;
    return v->n != 0 ? v->p : (const uint8_t *)"";
}

const uint8_t *
dstack_report_claim(const dstack_report *report, const char *name, size_t *len)
{
    const ds_claim *claim = find(report, name);

    return lend(claim ? &claim->value : NULL, len);
}

uint32_t
dstack_report_claim_bound_by(const dstack_report *report, const char *name)
{
    const ds_claim *claim = find(report, name);

    return claim ? claim->bound : 0;
}

size_t
dstack_report_init_script_count(const dstack_report *report)
{
    const ds_claims *c = claims_of(report);

    return c ? c->init_script_count : 0;
}

const uint8_t *
dstack_report_init_script(
    const dstack_report *report, size_t index, size_t *len)
{
    const ds_claims *c = claims_of(report);
    bool has = c && index < c->init_script_count;

    return lend(has ? &c->init_scripts[index] : NULL, len);
}

uint32_t
dstack_report_init_scripts_bound_by(const dstack_report *report)
{
    const ds_claims *c = claims_of(report);

    return c && c->init_script_count != 0 ? c->init_scripts_bound : 0;
}

int
dstack_report_app_id_is_explicit(const dstack_report *report)
{
    const ds_claims *c = claims_of(report);

    return c && c->explicit_app_id ? 1 : 0;
}

int
dstack_report_boot_is_finished(const dstack_report *report)
{
    const ds_claims *c = claims_of(report);

    return c && c->story.ready ? 1 : 0;
}

int
dstack_report_mr_config(const dstack_report *report)
{
    const ds_claims *c = claims_of(report);

    return c ? c->mr_config : 0;
}

const dstack_event_log *
dstack_report_events(const dstack_report *report)
{
    const ds_claims *c = claims_of(report);

    return c ? c->events : NULL;
}

size_t
dstack_report_trusted_event_count(const dstack_report *report)
{
    const ds_claims *c = claims_of(report);

    return c ? c->story.trusted : 0;
}

size_t
dstack_report_shadow_event_count(const dstack_report *report)
{
    const ds_claims *c = claims_of(report);

    return c ? c->story.shadows : 0;
}

/* ---- the OS image -------------------------------------------------------------- */

int
dstack_report_image_is_bound(const dstack_report *report)
{
    return report && report->image->bound ? 1 : 0;
}

int
dstack_report_image_reason(const dstack_report *report)
{
    return report && !report->image->bound ? report->image->reason
                                           : DSTACK_REASON_NONE;
}

uint32_t
dstack_report_image_level(const dstack_report *report)
{
    return report ? report->image->level : DSTACK_IMAGE_LEVEL_NONE;
}

const char *
dstack_report_image_version(const dstack_report *report, size_t *len)
{
    bool has = report && report->image->version[0] != 0;

    if (len)
        *len = has ? strlen(report->image->version) : 0;
    return has ? report->image->version : NULL;
}

int
dstack_report_image_is_dev(const dstack_report *report)
{
    return report ? report->image->is_dev : -1;
}

/* ---- GPUs ---------------------------------------------------------------- */

/* What the guest measured about its GPUs; NULL where nothing binds it. */
static const ds_gpu *
gpu_of(const dstack_report *report)
{
    const ds_claims *c = claims_of(report);

    return c && c->at[DS_CLAIM_GPU_ATTESTATION].bound != 0 ? &c->gpu : NULL;
}

uint32_t
dstack_report_gpu_count(const dstack_report *report)
{
    const ds_gpu *gpu = gpu_of(report);

    return gpu ? gpu->devices : 0;
}

int
dstack_report_check_gpu_evidence(const dstack_report *report,
    const uint8_t *evidence, size_t evidence_len, dstack_error *err)
{
    const ds_gpu *gpu = gpu_of(report);
    uint8_t hash[32];

    ds_err_clear(err);
    if (!report || !evidence)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_report_check_gpu_evidence: NULL argument");
    if (!dstack_report_is_authentic(report) || !gpu || gpu->devices == 0)
        return ds_fail_reason(err, DSTACK_ERR_UNTRUSTED, DSTACK_STAGE_WORKLOAD,
            DSTACK_REASON_GPU_EVIDENCE,
            "GPU evidence: the report is not of an authentic guest that "
            "measured one");
    if (!ds_hash(DS_SHA256, ds_view_of(evidence, evidence_len),
            ds_view_of(NULL, 0), hash))
        return ds_fail(
            err, DSTACK_ERR_INTERNAL, "GPU evidence: hashing failed");
    if (memcmp(hash, gpu->evidence, sizeof hash) != 0)
        return ds_fail_reason(err, DSTACK_ERR_UNTRUSTED, DSTACK_STAGE_WORKLOAD,
            DSTACK_REASON_GPU_EVIDENCE,
            "GPU evidence: these %zu bytes are not what the guest appraised at "
            "boot (every byte counts, a last newline too)",
            evidence_len);
    return DSTACK_OK;
}
