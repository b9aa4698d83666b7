/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "codec/msgpack.h"
#include "workload/attestation.h"

/* Version 1: maps {version, platform {kind, data}, stack {kind, data}}. What
 * the platform signed, certificates and report data are arrays of integers;
 * digests, payloads and what a TPM made are bytes. Either is read for both. */

static const char *const kinds[] = {
    [DSTACK_PLATFORM_NONE] = "",
    [DSTACK_PLATFORM_TDX] = "tdx",
    [DSTACK_PLATFORM_GCP_TDX] = "gcp-tdx",
    [DSTACK_PLATFORM_NITRO_ENCLAVE] = "nitro-enclave",
    [DSTACK_PLATFORM_SEV_SNP] = "sev-snp",
    [DSTACK_PLATFORM_AWS_NITRO_TPM] = "aws-nitro-tpm",
};
static const char *const tpm_platforms[DS_TPM_COUNT] = {
    "dstack", "gcp", "nitroenclave", "aws-ec2"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const ds_mp_field root_fields[] = {
    {"version", false}, {"platform", false}, {"stack", false}};
static const ds_mp_field tagged_fields[] = {{"kind", false}, {"data", false}};
static const ds_mp_field td_fields[] = {{"quote", false}, {"event_log", false}};
static const ds_mp_field gcp_fields[] = {
    {"quote", false}, {"event_log", false}, {"tpm_quote", false}};
static const ds_mp_field nsm_fields[] = {{"nsm_quote", false}};
static const ds_mp_field aws_fields[] = {{"attestation_doc", false}};
static const ds_mp_field snp_fields[] = {
    {"report", false}, {"cert_chain", false}, {"mr_config", false}};
static const ds_mp_field stack_fields[] = {
    {"report_data", false}, {"runtime_events", false}, {"config", false}};
static const ds_mp_field pod_fields[] = {{"report_data", false},
    {"runtime_events", false}, {"config", false},
    {"report_data_payload", false}};
static const ds_mp_field event_fields[] = {{"imr", false},
    {"event_type", false}, {"digest", true}, {"event", false},
    {"event_payload", false}, {"version", true}, {"preimage", true}};
static const ds_mp_field runtime_fields[] = {
    {"event", false}, {"payload", false}, {"version", true}};
static const ds_mp_field tpm_fields[] = {{"message", false},
    {"signature", false}, {"pcr_values", false}, {"ak_cert", false},
    {"platform", false}, {"event_log", false}};
static const ds_mp_field pcr_fields[] = {
    {"index", false}, {"algorithm", false}, {"value", false}};
static const ds_mp_field tpm_event_fields[] = {
    {"pcr_index", false}, {"digest", false}};

/* ---- reading ---------------------------------------------------------------- */

struct v1 {
    ds_mp doc;
    const char *part;
    bool nomem;
};

/* The part that a fault is said to be in is the one that was being read. */
static ds_mp_at *
in(struct v1 *d, const char *part, ds_mp_at *at)
{
    if (d->doc.fault == DS_FAULT_NONE)
        d->part = part;
    return at;
}

static void *
read_vector(struct v1 *d, ds_mp_at *at, size_t max, size_t size, size_t *count)
{
    size_t n = ds_mp_array(at, max);
    void *p = n != 0 ? ds_calloc(n, size) : NULL;

    *count = p ? n : 0;
    if (n != 0 && !p) {
        d->nomem = true;
        ds_mp_fail(at, DS_FAULT_RANGE);
    }
    return p;
}

/* An index into names of the text that comes next. */
static uint32_t
read_name(ds_mp_at *at, const char *const *names, uint32_t count)
{
    ds_mp_at before = *at;
    ds_view name = ds_mp_text(at, SIZE_MAX);

    for (uint32_t i = 0; i < count; i++)
        if (ds_view_eq_str(name, names[i]))
            return i;
    ds_mp_fail(&before, DS_FAULT_KIND);
    return 0;
}

static uint32_t
read_version(ds_mp_at *at)
{
    uint32_t version;

    if (at->off == DS_MP_ABSENT)
        return 1;
    version = (uint32_t)ds_mp_uint(at, 2);
    if (version == 0)
        ds_mp_fail(at, DS_FAULT_RANGE);
    return version;
}

static void
read_event(ds_mp_at *at, ds_event *e)
{
    ds_mp_at f[COUNT(event_fields)];

    ds_mp_record(at, event_fields, COUNT(f), f);
    e->imr = (uint32_t)ds_mp_uint(&f[0], 3);
    e->type = (uint32_t)ds_mp_uint(&f[1], UINT32_MAX);
    if (f[2].off != DS_MP_ABSENT)
        e->digest = ds_mp_bytes(&f[2], DS_MAX_EVENT_DIGEST);
    e->name = ds_mp_text(&f[3], DS_MAX_EVENT_NAME);
    e->payload = ds_mp_bytes(&f[4], DS_MAX_EVENT_PAYLOAD);
    e->version = read_version(&f[5]);
    if (f[6].off != DS_MP_ABSENT && ds_mp_type(&f[6]) != DS_MP_NIL)
        e->preimage = ds_mp_hex(&f[6], DS_MAX_EVENT_PREIMAGE);
}

static void
read_td(struct v1 *d, ds_attestation *a, ds_mp_at *f)
{
    a->quote = ds_mp_bytes(in(d, "quote", &f[0]), DS_MAX_PLATFORM_QUOTE);
    a->events = read_vector(d, in(d, "event log", &f[1]), DS_MAX_EVENTS,
        sizeof *a->events, &a->event_count);
    for (size_t i = 0; i < a->event_count; i++)
        read_event(&f[1], &a->events[i]);
}

static void
read_tpm(struct v1 *d, ds_tpm_quote *t, ds_mp_at *at)
{
    ds_mp_at f[COUNT(tpm_fields)];
    ds_mp_at g[COUNT(pcr_fields)];

    ds_mp_record(in(d, "TPM quote", at), tpm_fields, COUNT(f), f);
    t->message = ds_mp_bytes(&f[0], DS_MAX_TPM_BLOB);
    t->signature = ds_mp_bytes(&f[1], DS_MAX_TPM_BLOB);
    t->pcrs =
        read_vector(d, &f[2], DS_MAX_TPM_PCRS, sizeof *t->pcrs, &t->pcr_count);
    for (size_t i = 0; i < t->pcr_count; i++) {
        ds_mp_record(&f[2], pcr_fields, COUNT(pcr_fields), g);
        t->pcrs[i].index = (uint32_t)ds_mp_uint(&g[0], UINT32_MAX);
        t->pcrs[i].algorithm = ds_mp_text(&g[1], DS_MAX_EVENT_DIGEST);
        t->pcrs[i].value = ds_mp_bytes(&g[2], DS_MAX_EVENT_DIGEST);
    }
    t->ak_cert = ds_mp_bytes(&f[3], DS_MAX_TPM_BLOB);
    t->platform = read_name(&f[4], tpm_platforms, DS_TPM_COUNT);
    t->events = read_vector(
        d, &f[5], DS_MAX_EVENTS, sizeof *t->events, &t->event_count);
    for (size_t i = 0; i < t->event_count; i++) {
        ds_mp_record(&f[5], tpm_event_fields, COUNT(tpm_event_fields), g);
        t->events[i].pcr = (uint32_t)ds_mp_uint(&g[0], UINT32_MAX);
        t->events[i].digest = ds_mp_bytes(&g[1], DS_MAX_EVENT_DIGEST);
    }
}

static void
read_snp(struct v1 *d, ds_attestation *a, ds_mp_at *f)
{
    a->quote = ds_mp_bytes(in(d, "report", &f[0]), DS_MAX_PLATFORM_QUOTE);
    if (a->quote.n != DS_SNP_REPORT_SIZE)
        ds_mp_fail(&f[0], DS_FAULT_LENGTH);
    a->cert_count =
        ds_mp_array(in(d, "certificate chain", &f[1]), DS_MAX_CHAIN_CERTS);
    for (size_t i = 0; i < a->cert_count; i++)
        a->certs[i] = ds_mp_bytes(&f[1], DS_MAX_CERT);
    a->mr_config = ds_mp_text(in(d, "mr_config", &f[2]), DS_MAX_MR_CONFIG);
}

static void
read_platform(struct v1 *d, ds_attestation *a, ds_mp_at *at)
{
    ds_mp_at t[COUNT(tagged_fields)];
    ds_mp_at f[COUNT(gcp_fields)];
    ds_mp_at *data = &t[1];

    ds_mp_record(in(d, "platform", at), tagged_fields, COUNT(t), t);
    a->platform = read_name(in(d, "platform kind", &t[0]), kinds, COUNT(kinds));
    switch (a->platform) {
    case DSTACK_PLATFORM_TDX:
        ds_mp_record(in(d, "platform", data), td_fields, COUNT(td_fields), f);
        read_td(d, a, f);
        break;
    case DSTACK_PLATFORM_GCP_TDX:
        ds_mp_record(in(d, "platform", data), gcp_fields, COUNT(gcp_fields), f);
        read_td(d, a, f);
        read_tpm(d, &a->tpm, &f[2]);
        break;
    case DSTACK_PLATFORM_NITRO_ENCLAVE:
        ds_mp_record(in(d, "platform", data), nsm_fields, 1, f);
        a->quote = ds_mp_bytes(in(d, "NSM document", &f[0]), DS_MAX_COSE);
        break;
    case DSTACK_PLATFORM_SEV_SNP:
        ds_mp_record(in(d, "platform", data), snp_fields, COUNT(snp_fields), f);
        read_snp(d, a, f);
        break;
    case DSTACK_PLATFORM_AWS_NITRO_TPM:
        ds_mp_record(in(d, "platform", data), aws_fields, 1, f);
        a->quote = ds_mp_bytes(in(d, "NitroTPM document", &f[0]), DS_MAX_COSE);
        break;
    default:
        ds_mp_fail(&t[0], DS_FAULT_KIND);
        break;
    }
}

static void
read_runtime(struct v1 *d, ds_attestation *a, ds_mp_at *at)
{
    ds_mp_at f[COUNT(runtime_fields)];

    a->runtime = read_vector(d, in(d, "runtime events", at),
        DS_MAX_RUNTIME_EVENTS, sizeof *a->runtime, &a->runtime_count);
    for (size_t i = 0; i < a->runtime_count; i++) {
        ds_event *e = &a->runtime[i];

        ds_mp_record(at, runtime_fields, COUNT(f), f);
        e->imr = 3;
        e->type = DS_EVENT_RUNTIME;
        e->name = ds_mp_text(&f[0], DS_MAX_EVENT_NAME);
        e->payload = ds_mp_bytes(&f[1], DS_MAX_EVENT_PAYLOAD);
        e->version = read_version(&f[2]);
    }
}

static void
read_stack(struct v1 *d, ds_attestation *a, ds_mp_at *at)
{
    static const char *const stacks[] = {"dstack", "dstack-pod"};
    ds_mp_at t[COUNT(tagged_fields)];
    ds_mp_at f[COUNT(pod_fields)];
    ds_view v;

    ds_mp_record(in(d, "stack", at), tagged_fields, COUNT(t), t);
    a->pod = read_name(in(d, "stack kind", &t[0]), stacks, 2) == 1;
    ds_mp_record(in(d, "stack", &t[1]), a->pod ? pod_fields : stack_fields,
        a->pod ? COUNT(pod_fields) : COUNT(stack_fields), f);
    v = ds_mp_bytes(in(d, "report data", &f[0]), DS_MAX_PLATFORM_QUOTE);
    if (v.n != sizeof a->report_data)
        ds_mp_fail(&f[0], DS_FAULT_LENGTH);
    else
        memcpy(a->report_data, v.p, v.n);
    read_runtime(d, a, &f[1]);
    a->config = ds_mp_text(in(d, "config", &f[2]), DS_MAX_CONFIG);
    if (a->pod)
        a->payload =
            ds_mp_text(in(d, "report data payload", &f[3]), DS_MAX_CONFIG);
}

int
ds_attestation_read_v1(
    ds_view bytes, uint8_t *room, ds_attestation *a, dstack_error *err)
{
    struct v1 d = {.part = "MessagePack"};
    ds_mp_at root, f[COUNT(root_fields)];
    uint64_t version;

    if (ds_mp_open(&d.doc, bytes, room, &root)) {
        ds_mp_record(in(&d, "start", &root), root_fields, COUNT(f), f);
        version = ds_mp_uint(in(&d, "version", &f[0]), UINT64_MAX);
        if (d.doc.fault == DS_FAULT_NONE && version != 1)
            return ds_fail_reason(err, DSTACK_ERR_PARSE,
                DSTACK_STAGE_ATTESTATION, DSTACK_REASON_ATTESTATION_VERSION,
                "attestation: version is %llu, expected 1",
                (unsigned long long)version);
        read_platform(&d, a, &f[1]);
        read_stack(&d, a, &f[2]);
    }
    if (d.nomem)
        return ds_fail_nomem(err);
    if (d.doc.fault != DS_FAULT_NONE)
        return ds_attestation_fail(d.doc.fault, d.doc.at, d.part, err);
    return DSTACK_OK;
}

/* ---- writing ---------------------------------------------------------------- */

static void
put_name(ds_buf *b, const char *name)
{
    ds_mp_put_text(b, ds_view_str(name));
}

static void
put_ints(ds_buf *b, const char *name, ds_view bytes)
{
    put_name(b, name);
    ds_mp_put_ints(b, bytes);
}

static void
put_bytes(ds_buf *b, const char *name, ds_view bytes)
{
    put_name(b, name);
    ds_mp_put_bytes(b, bytes);
}

static void
put_text(ds_buf *b, const char *name, ds_view text)
{
    put_name(b, name);
    ds_mp_put_text(b, text);
}

static void
put_uint(ds_buf *b, const char *name, uint64_t v)
{
    put_name(b, name);
    ds_mp_put_uint(b, v);
}

static void
put_array(ds_buf *b, const char *name, size_t count)
{
    put_name(b, name);
    ds_mp_put_array(b, count);
}

/* {kind, data {...}}, of which data's fields come next. */
static void
put_tagged(ds_buf *b, const char *name, const char *kind, size_t fields)
{
    put_name(b, name);
    ds_mp_put_map(b, 2);
    put_text(b, "kind", ds_view_str(kind));
    put_name(b, "data");
    ds_mp_put_map(b, fields);
}

static void
write_td(ds_buf *b, const ds_attestation *a)
{
    put_ints(b, "quote", a->quote);
    put_array(b, "event_log", a->event_count);
    for (size_t i = 0; i < a->event_count; i++) {
        const ds_event *e = &a->events[i];
        bool v2 = e->version > 1, preimage = e->preimage.n != 0;

        ds_mp_put_map(b, 5u + v2 + preimage);
        put_uint(b, "imr", e->imr);
        put_uint(b, "event_type", e->type);
        put_bytes(b, "digest", e->digest);
        put_text(b, "event", e->name);
        put_bytes(b, "event_payload", e->payload);
        if (v2)
            put_uint(b, "version", e->version);
        if (preimage) {
            put_name(b, "preimage");
            ds_mp_put_hex(b, e->preimage);
        }
    }
}

static void
write_tpm(ds_buf *b, const ds_tpm_quote *t)
{
    const char *platform =
        t->platform < DS_TPM_COUNT ? tpm_platforms[t->platform] : "";

    put_name(b, "tpm_quote");
    ds_mp_put_map(b, COUNT(tpm_fields));
    put_bytes(b, "message", t->message);
    put_bytes(b, "signature", t->signature);
    put_array(b, "pcr_values", t->pcr_count);
    for (size_t i = 0; i < t->pcr_count; i++) {
        ds_mp_put_map(b, COUNT(pcr_fields));
        put_uint(b, "index", t->pcrs[i].index);
        put_text(b, "algorithm", t->pcrs[i].algorithm);
        put_bytes(b, "value", t->pcrs[i].value);
    }
    put_bytes(b, "ak_cert", t->ak_cert);
    put_text(b, "platform", ds_view_str(platform));
    put_array(b, "event_log", t->event_count);
    for (size_t i = 0; i < t->event_count; i++) {
        ds_mp_put_map(b, COUNT(tpm_event_fields));
        put_uint(b, "pcr_index", t->events[i].pcr);
        put_bytes(b, "digest", t->events[i].digest);
    }
}

static void
write_platform(ds_buf *b, const ds_attestation *a)
{
    static const uint8_t fields[] = {0, 2, 3, 1, 3, 1};

    put_tagged(b, "platform", kinds[a->platform], fields[a->platform]);
    switch (a->platform) {
    case DSTACK_PLATFORM_NITRO_ENCLAVE:
        put_ints(b, "nsm_quote", a->quote);
        break;
    case DSTACK_PLATFORM_AWS_NITRO_TPM:
        put_ints(b, "attestation_doc", a->quote);
        break;
    case DSTACK_PLATFORM_SEV_SNP:
        put_ints(b, "report", a->quote);
        put_array(b, "cert_chain", a->cert_count);
        for (size_t i = 0; i < a->cert_count; i++)
            ds_mp_put_ints(b, a->certs[i]);
        put_text(b, "mr_config", a->mr_config);
        break;
    default:
        write_td(b, a);
        if (a->platform == DSTACK_PLATFORM_GCP_TDX)
            write_tpm(b, &a->tpm);
        break;
    }
}

void
ds_attestation_write_v1(const ds_attestation *a, ds_buf *out)
{
    ds_mp_put_map(out, COUNT(root_fields));
    put_uint(out, "version", 1);
    write_platform(out, a);
    put_tagged(out, "stack", a->pod ? "dstack-pod" : "dstack", 3u + a->pod);
    put_ints(
        out, "report_data", ds_view_of(a->report_data, sizeof a->report_data));
    put_array(out, "runtime_events", a->runtime_count);
    for (size_t i = 0; i < a->runtime_count; i++) {
        const ds_event *e = &a->runtime[i];

        ds_mp_put_map(out, 2u + (e->version > 1));
        put_text(out, "event", e->name);
        put_bytes(out, "payload", e->payload);
        if (e->version > 1)
            put_uint(out, "version", e->version);
    }
    put_text(out, "config", a->config);
    if (a->pod)
        put_text(out, "report_data_payload", a->payload);
}
