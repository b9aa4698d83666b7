/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/scale.h"
#include "workload/attestation.h"

/* Version 0:
 *   u8 version (0), u8 platform kind, the platform's part,
 *   vec runtime events, u8[64] report data, string config. */

/* The least that an item of a vector takes. */
enum {
    LEAST_EVENT = 11,
    LEAST_RUNTIME = 2,
    LEAST_PCR = 6,
    LEAST_TPM_EVENT = 5
};

/* ---- reading ---------------------------------------------------------------- */

struct v0 {
    ds_scale s;
    const char *part;
    bool nomem;
};

/* The part that a fault is said to be in is the one that was being read. */
static ds_scale *
in(struct v0 *d, const char *part)
{
    if (d->s.fault == DS_FAULT_NONE)
        d->part = part;
    return &d->s;
}

/* An array for a vector whose length comes next; NULL for an empty one. */
static void *
read_vector(struct v0 *d, size_t max, size_t least, size_t size, size_t *count)
{
    size_t n = ds_scale_count(&d->s, max, least);
    void *p = n != 0 ? ds_calloc(n, size) : NULL;

    *count = p ? n : 0;
    if (n != 0 && !p) {
        d->nomem = true;
        ds_scale_fail(&d->s, DS_FAULT_RANGE);
    }
    return p;
}

static void
read_td(struct v0 *d, ds_attestation *a)
{
    ds_scale *s = in(d, "quote");

    a->quote = ds_scale_bytes(s, DS_MAX_PLATFORM_QUOTE);
    s = in(d, "event log");
    a->events = read_vector(
        d, DS_MAX_EVENTS, LEAST_EVENT, sizeof *a->events, &a->event_count);
    for (size_t i = 0; i < a->event_count; i++) {
        ds_event *e = &a->events[i];

        e->imr = ds_scale_u32(s);
        if (e->imr > 3)
            ds_scale_fail(s, DS_FAULT_RANGE);
        e->type = ds_scale_u32(s);
        e->version = 1;
        e->digest = ds_scale_bytes(s, DS_MAX_EVENT_DIGEST);
        e->name = ds_scale_text(s, DS_MAX_EVENT_NAME);
        e->payload = ds_scale_bytes(s, DS_MAX_EVENT_PAYLOAD);
    }
}

static void
read_tpm(struct v0 *d, ds_tpm_quote *t)
{
    ds_scale *s = in(d, "TPM quote");

    t->message = ds_scale_bytes(s, DS_MAX_TPM_BLOB);
    t->signature = ds_scale_bytes(s, DS_MAX_TPM_BLOB);
    t->pcrs = read_vector(
        d, DS_MAX_TPM_PCRS, LEAST_PCR, sizeof *t->pcrs, &t->pcr_count);
    for (size_t i = 0; i < t->pcr_count; i++) {
        t->pcrs[i].index = ds_scale_u32(s);
        t->pcrs[i].algorithm = ds_scale_text(s, DS_MAX_EVENT_DIGEST);
        t->pcrs[i].value = ds_scale_bytes(s, DS_MAX_EVENT_DIGEST);
    }
    t->ak_cert = ds_scale_bytes(s, DS_MAX_TPM_BLOB);
    t->platform = ds_scale_u8(s);
    if (t->platform >= DS_TPM_COUNT)
        ds_scale_fail(s, DS_FAULT_KIND);
    t->events = read_vector(
        d, DS_MAX_EVENTS, LEAST_TPM_EVENT, sizeof *t->events, &t->event_count);
    for (size_t i = 0; i < t->event_count; i++) {
        t->events[i].pcr = ds_scale_u32(s);
        t->events[i].digest = ds_scale_bytes(s, DS_MAX_EVENT_DIGEST);
    }
}

static void
read_snp(struct v0 *d, ds_attestation *a)
{
    ds_scale *s = in(d, "report");

    a->quote = ds_scale_bytes(s, DS_MAX_PLATFORM_QUOTE);
    if (a->quote.n != DS_SNP_REPORT_SIZE)
        ds_scale_fail(s, DS_FAULT_LENGTH);
    s = in(d, "certificate chain");
    a->cert_count = ds_scale_count(s, DS_MAX_CHAIN_CERTS, 1);
    for (size_t i = 0; i < a->cert_count; i++)
        a->certs[i] = ds_scale_bytes(s, DS_MAX_CERT);
    a->mr_config = ds_scale_text(in(d, "mr_config"), DS_MAX_MR_CONFIG);
}

static void
read_platform(struct v0 *d, ds_attestation *a)
{
    ds_scale *s = in(d, "platform");

    (void)ds_scale_u8(s); /* the version, by which this was recognised */
    a->platform = ds_scale_u8(s) + DSTACK_PLATFORM_TDX;
    switch (a->platform) {
    case DSTACK_PLATFORM_TDX:
        read_td(d, a);
        break;
    case DSTACK_PLATFORM_GCP_TDX:
        read_td(d, a);
        read_tpm(d, &a->tpm);
        break;
    case DSTACK_PLATFORM_NITRO_ENCLAVE:
        a->quote = ds_scale_bytes(in(d, "NSM document"), DS_MAX_COSE);
        break;
    case DSTACK_PLATFORM_SEV_SNP:
        read_snp(d, a);
        break;
    case DSTACK_PLATFORM_AWS_NITRO_TPM:
        a->quote = ds_scale_bytes(in(d, "NitroTPM document"), DS_MAX_COSE);
        break;
    default:
        ds_scale_fail(s, DS_FAULT_KIND);
        break;
    }
}

static void
read_stack(struct v0 *d, ds_attestation *a)
{
    ds_scale *s = in(d, "runtime events");
    ds_view v;

    a->runtime = read_vector(d, DS_MAX_RUNTIME_EVENTS, LEAST_RUNTIME,
        sizeof *a->runtime, &a->runtime_count);
    for (size_t i = 0; i < a->runtime_count; i++) {
        ds_event *e = &a->runtime[i];

        e->imr = 3;
        e->type = DS_EVENT_RUNTIME;
        e->version = 1;
        e->name = ds_scale_text(s, DS_MAX_EVENT_NAME);
        e->payload = ds_scale_bytes(s, DS_MAX_EVENT_PAYLOAD);
    }
    v = ds_scale_fixed(in(d, "report data"), sizeof a->report_data);
    if (v.n != 0)
        memcpy(a->report_data, v.p, v.n);
    a->config = ds_scale_text(in(d, "config"), DS_MAX_CONFIG);
}

int
ds_attestation_read_v0(ds_view in_, ds_attestation *a, dstack_error *err)
{
    struct v0 d = {.part = "start"};

    ds_scale_init(&d.s, in_);
    read_platform(&d, a);
    read_stack(&d, a);
    if (ds_scale_done(in(&d, "end")))
        return DSTACK_OK;
    if (d.nomem)
        return ds_fail_nomem(err);
    return ds_attestation_fail(d.s.fault, d.s.at, d.part, err);
}

/* ---- writing ---------------------------------------------------------------- */

static void
write_td(ds_buf *b, const ds_attestation *a)
{
    ds_scale_put_bytes(b, a->quote);
    ds_scale_put_compact(b, a->event_count);
    for (size_t i = 0; i < a->event_count; i++) {
        const ds_event *e = &a->events[i];

        ds_scale_put_u32(b, e->imr);
        ds_scale_put_u32(b, e->type);
        ds_scale_put_bytes(b, e->digest);
        ds_scale_put_bytes(b, e->name);
        ds_scale_put_bytes(b, e->payload);
    }
}

static void
write_tpm(ds_buf *b, const ds_tpm_quote *t)
{
    ds_scale_put_bytes(b, t->message);
    ds_scale_put_bytes(b, t->signature);
    ds_scale_put_compact(b, t->pcr_count);
    for (size_t i = 0; i < t->pcr_count; i++) {
        ds_scale_put_u32(b, t->pcrs[i].index);
        ds_scale_put_bytes(b, t->pcrs[i].algorithm);
        ds_scale_put_bytes(b, t->pcrs[i].value);
    }
    ds_scale_put_bytes(b, t->ak_cert);
    ds_buf_add_u8(b, (uint8_t)t->platform);
    ds_scale_put_compact(b, t->event_count);
    for (size_t i = 0; i < t->event_count; i++) {
        ds_scale_put_u32(b, t->events[i].pcr);
        ds_scale_put_bytes(b, t->events[i].digest);
    }
}

static void
write_snp(ds_buf *b, const ds_attestation *a)
{
    ds_scale_put_bytes(b, a->quote);
    ds_scale_put_compact(b, a->cert_count);
    for (size_t i = 0; i < a->cert_count; i++)
        ds_scale_put_bytes(b, a->certs[i]);
    ds_scale_put_bytes(b, a->mr_config);
}

void
ds_attestation_write_v0(const ds_attestation *a, ds_buf *out)
{
    ds_buf_add_u8(out, 0);
    ds_buf_add_u8(out, (uint8_t)(a->platform - DSTACK_PLATFORM_TDX));
    if (a->platform == DSTACK_PLATFORM_SEV_SNP)
        write_snp(out, a);
    else if (a->platform <= DSTACK_PLATFORM_GCP_TDX)
        write_td(out, a);
    else
        ds_scale_put_bytes(out, a->quote);
    if (a->platform == DSTACK_PLATFORM_GCP_TDX)
        write_tpm(out, &a->tpm);
    ds_scale_put_compact(out, a->runtime_count);
    for (size_t i = 0; i < a->runtime_count; i++) {
        ds_scale_put_bytes(out, a->runtime[i].name);
        ds_scale_put_bytes(out, a->runtime[i].payload);
    }
    ds_buf_add(out, a->report_data, sizeof a->report_data);
    ds_scale_put_bytes(out, a->config);
}
