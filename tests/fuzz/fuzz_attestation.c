/* SPDX-License-Identifier: Apache-2.0 */
/* A container that decodes encodes again: version 0 to the same bytes, version
 * 1 to bytes that decode to the same. What one version can say of the other
 * survives the way there and back; stripping twice is stripping once. */
#include <string.h>

#include "fuzz/help.h"
#include "workload/attestation.h"

static void
encode(const ds_attestation *a, uint32_t version, ds_buf *out)
{
    ds_buf_init(out, 3 * DS_MAX_ATTESTATION);
    must(ds_attestation_encode(a, version, out, NULL) == DSTACK_OK);
}

static void
check_event(const ds_event *e, ds_view store)
{
    must(e->imr <= 3 && (e->version == 1 || e->version == 2));
    must(e->name.n <= DS_MAX_EVENT_NAME && e->digest.n <= DS_MAX_EVENT_DIGEST);
    must(fuzz_inside(e->name, store) && fuzz_inside(e->digest, store));
    must(fuzz_inside(e->payload, store) && fuzz_inside(e->preimage, store));
}

/* Every view lies in the one copy; of version 1, also in the room behind. */
static void
check_views(const ds_attestation *a, size_t size)
{
    ds_view store = ds_view_of(a->owned, a->version == 0 ? size : 2 * size);

    must(a->platform >= DSTACK_PLATFORM_TDX &&
         a->platform <= DSTACK_PLATFORM_AWS_NITRO_TPM);
    must(fuzz_inside(a->quote, store) && fuzz_inside(a->config, store));
    must(fuzz_inside(a->mr_config, store) && fuzz_inside(a->payload, store));
    must(a->event_count <= DS_MAX_EVENTS);
    must(a->runtime_count <= DS_MAX_RUNTIME_EVENTS);
    for (size_t i = 0; i < a->event_count; i++)
        check_event(&a->events[i], store);
    for (size_t i = 0; i < a->runtime_count; i++) {
        check_event(&a->runtime[i], store);
        must(a->runtime[i].imr == 3 && ds_event_is_runtime(&a->runtime[i]));
    }
    must(a->cert_count <= DS_MAX_CHAIN_CERTS);
    for (size_t i = 0; i < a->cert_count; i++)
        must(fuzz_inside(a->certs[i], store));
    for (size_t i = 0; i < a->tpm.pcr_count; i++)
        must(fuzz_inside(a->tpm.pcrs[i].value, store));
    for (size_t i = 0; i < a->tpm.event_count; i++)
        must(fuzz_inside(a->tpm.events[i].digest, store));
}

/* There and back. */
static void
check_other(const ds_attestation *a, ds_view own)
{
    uint32_t other = 1 - a->version;
    ds_attestation *b = NULL;
    ds_buf there, back;
    int rc;

    ds_buf_init(&there, 3 * DS_MAX_ATTESTATION);
    rc = ds_attestation_encode(a, other, &there, NULL);
    if (rc == DSTACK_ERR_UNSUPPORTED) {
        must(other == 0 && there.n == 0);
        ds_buf_free(&there);
        return;
    }
    must(rc == DSTACK_OK);
    rc = ds_attestation_decode(fuzz_view(&there), &b, NULL);
    if (there.n <= DS_MAX_ATTESTATION) {
        must(rc == DSTACK_OK && b->version == other);
        encode(b, a->version, &back);
        must(ds_view_eq(fuzz_view(&back), own));
        ds_buf_free(&back);
    }
    ds_attestation_free(b);
    ds_buf_free(&there);
}

static void
check_strip(const ds_attestation *a)
{
    ds_event *once, *twice;
    size_t n = a->event_count, kept;

    if (n == 0)
        return;
    once = ds_calloc(n, sizeof *once);
    twice = ds_calloc(n, sizeof *twice);
    must(once && twice);
    kept = ds_events_strip(a->platform, a->events, n, once);
    must(kept <= n);
    must(ds_events_strip(a->platform, once, kept, twice) == kept);
    for (size_t i = 0; i < kept; i++) {
        must(once[i].imr == 3 || ds_event_is_acpi(&once[i]));
        must(ds_view_eq(once[i].payload, twice[i].payload));
        must(ds_view_eq(once[i].digest, twice[i].digest));
    }
    ds_free(once);
    ds_free(twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ds_view in = ds_view_of(data, size);
    ds_attestation *a = NULL, *b = NULL;
    dstack_error err;
    ds_buf own, again;
    int rc = ds_attestation_decode(in, &a, &err);

    if (rc != DSTACK_OK) {
        must(!a && err.stage == DSTACK_STAGE_ATTESTATION);
        fuzz_check_error(rc, &err);
        return 0;
    }
    must(ds_attestation_is(in) && a->version == (data[0] != 0));
    check_views(a, size);
    encode(a, a->version, &own);
    if (a->version == 0) {
        must(ds_view_eq(fuzz_view(&own), in));
    } else {
        must(ds_attestation_decode(fuzz_view(&own), &b, NULL) == DSTACK_OK);
        encode(b, 1, &again);
        must(ds_view_eq(fuzz_view(&own), fuzz_view(&again)));
        must(memcmp(a->report_data, b->report_data, 64) == 0);
        ds_buf_free(&again);
        ds_attestation_free(b);
    }
    check_other(a, fuzz_view(&own));
    check_strip(a);
    ds_buf_free(&own);
    ds_attestation_free(a);
    return 0;
}
