/* SPDX-License-Identifier: Apache-2.0 */
#include "workload/attestation.h"

#include <string.h>

#include "codec/fault.h"

int
ds_attestation_fail(int fault, size_t at, const char *part, dstack_error *err)
{
    static const int reasons[] = {
        [DS_FAULT_NONE] = DSTACK_REASON_INTERNAL,
        [DS_FAULT_TRUNCATED] = DSTACK_REASON_ATTESTATION_TRUNCATED,
        [DS_FAULT_TRAILING] = DSTACK_REASON_ATTESTATION_TRAILING,
        [DS_FAULT_FORM] = DSTACK_REASON_ATTESTATION_ENCODING,
        [DS_FAULT_TYPE] = DSTACK_REASON_ATTESTATION_TYPE,
        [DS_FAULT_RANGE] = DSTACK_REASON_ATTESTATION_RANGE,
        [DS_FAULT_DEPTH] = DSTACK_REASON_ATTESTATION_DEPTH,
        [DS_FAULT_DUPLICATE] = DSTACK_REASON_ATTESTATION_DUPLICATE,
        [DS_FAULT_MISSING] = DSTACK_REASON_ATTESTATION_MISSING,
        [DS_FAULT_UTF8] = DSTACK_REASON_ATTESTATION_UTF8,
        [DS_FAULT_LENGTH] = DSTACK_REASON_ATTESTATION_LENGTH,
        [DS_FAULT_KIND] = DSTACK_REASON_ATTESTATION_KIND,
    };
    int reason = reasons[fault];

    return ds_fail_reason(err, ds_reason_code(reason), DSTACK_STAGE_ATTESTATION,
        reason, "attestation: %s, byte %zu: %s", part, at,
        ds_fault_text(fault));
}

/* ---- decoding ---------------------------------------------------------------- */

/* The first byte of version 1 is that of a map. */
static bool
is_map(uint8_t b)
{
    return (b & 0xf0) == 0x80 || b == 0xde || b == 0xdf;
}

bool
ds_attestation_is(ds_view in)
{
    return in.n != 0 && (in.p[0] == 0 || is_map(in.p[0]));
}

static int
check_input(ds_view in, dstack_error *err)
{
    if (in.n > DS_MAX_ATTESTATION)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_ATTESTATION,
            DSTACK_REASON_ATTESTATION_TOO_LARGE,
            "attestation: %zu bytes, at most %u are allowed", in.n,
            DS_MAX_ATTESTATION);
    if (in.n == 0)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_ATTESTATION,
            DSTACK_REASON_ATTESTATION_FORMAT, "attestation: it is empty");
    if (!ds_attestation_is(in))
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_ATTESTATION,
            DSTACK_REASON_ATTESTATION_FORMAT,
            "attestation: the first byte is 0x%02x, expected 0x00 (version 0) "
            "or a MessagePack map (version 1)",
            in.p[0]);
    return DSTACK_OK;
}

int
ds_attestation_decode(ds_view in, ds_attestation **ret, dstack_error *err)
{
    ds_attestation *a = NULL;
    uint8_t *copy;
    int rc;

    *ret = NULL;
    ds_err_clear(err);
    rc = check_input(in, err);
    if (rc != DSTACK_OK)
        return rc;
    a = ds_calloc(1, sizeof *a);
    if (!a)
        return ds_fail_nomem(err);
    a->version = in.p[0] != 0;
    copy = ds_malloc(a->version == 0 ? in.n : in.n * 2);
    a->owned = copy;
    if (!copy) {
        rc = ds_fail_nomem(err);
        goto out;
    }
    memcpy(copy, in.p, in.n);
    in.p = copy;
    if (a->version == 0)
        rc = ds_attestation_read_v0(in, a, err);
    else
        rc = ds_attestation_read_v1(in, copy + in.n, a, err);
out:
    if (rc == DSTACK_OK)
        *ret = a;
    else
        ds_attestation_free(a);
    return rc;
}

void
ds_attestation_free(ds_attestation *a)
{
    if (!a)
        return;
    ds_free(a->events);
    ds_free(a->runtime);
    ds_free(a->tpm.pcrs);
    ds_free(a->tpm.events);
    ds_free(a->owned);
    ds_free(a);
}

/* ---- encoding ---------------------------------------------------------------- */

static int
fail_encode(dstack_error *err, const char *why)
{
    return ds_fail_reason(err, DSTACK_ERR_UNSUPPORTED, DSTACK_STAGE_ATTESTATION,
        DSTACK_REASON_ATTESTATION_UNSUPPORTED, "attestation: %s", why);
}

/* Version 0 has room for neither, and nowhere to say which it is. */
static bool
only_version_1(const ds_event *e, size_t n, bool log)
{
    for (size_t i = 0; i < n; i++)
        if (e[i].version > 1 || (log && e[i].preimage.n != 0))
            return false;
    return true;
}

static int
check_representable(
    const ds_attestation *a, uint32_t version, dstack_error *err)
{
    if (version > 1)
        return fail_encode(err, "there are version 0 and version 1");
    if (a->platform < DSTACK_PLATFORM_TDX ||
        a->platform > DSTACK_PLATFORM_AWS_NITRO_TPM)
        return fail_encode(err, "it has no kind for this platform");
    if (version != 0)
        return DSTACK_OK;
    if (a->pod)
        return fail_encode(
            err, "version 0 has no kind for a pod; use version 1");
    if (!only_version_1(a->events, a->event_count, true) ||
        !only_version_1(a->runtime, a->runtime_count, false))
        return fail_encode(err,
            "version 0 cannot tell events of version 2 apart, and has no "
            "preimages; use version 1");
    return DSTACK_OK;
}

int
ds_attestation_encode(
    const ds_attestation *a, uint32_t version, ds_buf *out, dstack_error *err)
{
    int rc;

    ds_err_clear(err);
    rc = check_representable(a, version, err);
    if (rc != DSTACK_OK)
        return rc;
    if (version == 0)
        ds_attestation_write_v0(a, out);
    else
        ds_attestation_write_v1(a, out);
    if (out->nomem)
        return ds_fail_nomem(err);
    if (out->bad)
        return fail_encode(err, "it would be longer than is allowed");
    return DSTACK_OK;
}
