/* SPDX-License-Identifier: Apache-2.0 */
#include "workload/event.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "codec/jcs.h"
#include "crypto/hash.h"
#include "dstack/evidence.h"

bool
ds_event_is_runtime(const ds_event *e)
{
    return e->type == DS_EVENT_RUNTIME;
}

bool
ds_event_is_acpi(const ds_event *e)
{
    return e->imr == 0 && e->type == DS_EVENT_PLATFORM_CONFIG &&
           ds_view_eq_str(e->payload, DS_ACPI_DATA);
}

/* ---- digests ------------------------------------------------------------------ */

static void
put_hex(ds_buf *out, ds_view bytes)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < bytes.n; i++) {
        ds_buf_add_u8(out, (uint8_t)digits[bytes.p[i] >> 4]);
        ds_buf_add_u8(out, (uint8_t)digits[bytes.p[i] & 15]);
    }
}

/* Version 1: the type as it lies in memory, ":", name, ":", payload. Version
 * 2: the same three in a JSON object of RFC 8785. */
void
ds_event_preimage(const ds_event *e, ds_buf *out)
{
    static const uint8_t type[5] = {0x01, 0x00, 0x00, 0x08, ':'};

    if (e->version == 1) {
        ds_buf_add(out, type, sizeof type);
        ds_buf_add(out, e->name.p, e->name.n);
        ds_buf_add_u8(out, ':');
        ds_buf_add(out, e->payload.p, e->payload.n);
        return;
    }
    ds_buf_add_str(out, "{\"name\":");
    ds_jcs_string(out, e->name);
    ds_buf_add_str(out, ",\"payload\":\"");
    put_hex(out, e->payload);
    ds_buf_add_str(out, "\",\"type\":134217729}");
}

static int
fail(dstack_error *err, int reason, const ds_event *e, const char *what)
{
    char name[40];

    return ds_fail_reason(err, ds_reason_code(reason), DSTACK_STAGE_EVENTS,
        reason, "event \"%s\" of register %u: %s", ds_err_quote(e->name, name),
        (unsigned)e->imr, what);
}

/* What a log gives is a SHA-384 digest, whichever register is replayed. */
static int
check_given(const ds_event *e, ds_view preimage, dstack_error *err)
{
    uint8_t digest[48];

    if (e->preimage.n != 0 && !ds_view_eq(e->preimage, preimage))
        return fail(err, DSTACK_REASON_EVENT_PREIMAGE, e,
            "the preimage that the log gives is not made of its name and "
            "payload");
    if (e->digest.n == 0)
        return DSTACK_OK;
    if (!ds_hash(DS_SHA384, preimage, ds_view_of(NULL, 0), digest))
        return ds_fail(err, DSTACK_ERR_INTERNAL, "event: hashing failed");
    if (!ds_view_eq(e->digest, ds_view_of(digest, sizeof digest)))
        return fail(err, DSTACK_REASON_EVENT_DIGEST, e,
            "the digest that the log gives is not that of its name and "
            "payload");
    return DSTACK_OK;
}

static int
runtime_digest(const ds_event *e, int alg, uint8_t *digest, dstack_error *err)
{
    ds_buf preimage;
    ds_view v;
    int rc;

    ds_buf_init(&preimage, DS_MAX_EVENT_PREIMAGE);
    ds_event_preimage(e, &preimage);
    v = ds_view_of(preimage.p, preimage.n);
    if (preimage.nomem || preimage.bad)
        rc = ds_fail_nomem(err);
    else if (!ds_hash(alg, v, ds_view_of(NULL, 0), digest))
        rc = ds_fail(err, DSTACK_ERR_INTERNAL, "event: hashing failed");
    else
        rc = check_given(e, v, err);
    ds_buf_free(&preimage);
    return rc;
}

int
ds_event_digest(const ds_event *e, int alg, uint8_t *digest, dstack_error *err)
{
    size_t n = ds_hash_size(alg);

    memset(digest, 0, n);
    if (ds_event_is_runtime(e))
        return runtime_digest(e, alg, digest, err);
    if (e->digest.n == 0 || e->digest.n > n)
        return fail(err, DSTACK_REASON_EVENT_DIGEST_MISSING, e,
            e->digest.n == 0 ? "the log gives no digest and none can be "
                               "computed"
                             : "the digest is longer than the register");
    /* Shorter ones, of other algorithms, extend with zeros behind them. */
    memcpy(digest, e->digest.p, e->digest.n);
    return DSTACK_OK;
}

int
ds_events_replay(const ds_event *events, size_t n, uint32_t imr, int alg,
    uint8_t *value, dstack_error *err)
{
    uint8_t digest[DS_HASH_MAX];
    size_t size = ds_hash_size(alg);

    memset(value, 0, size);
    for (size_t i = 0; i < n; i++) {
        int rc;

        if (events[i].imr != imr)
            continue;
        rc = ds_event_digest(&events[i], alg, digest, err);
        if (rc != DSTACK_OK)
            return rc;
        if (!ds_hash(
                alg, ds_view_of(value, size), ds_view_of(digest, size), value))
            return ds_fail(err, DSTACK_ERR_INTERNAL, "event: hashing failed");
    }
    return DSTACK_OK;
}

/* ---- stripping ---------------------------------------------------------------- */

/* A digest that can be computed again is not worth carrying; the one of
 * version 2 is kept, with its preimage, as dstack does. */
static ds_event
strip(const ds_event *e)
{
    static const ds_view nothing = {NULL, 0};
    ds_event out = *e;

    if (!ds_event_is_runtime(e)) {
        if (!ds_event_is_acpi(e))
            out.payload = nothing;
        out.preimage = nothing;
    } else if (e->version == 1) {
        out.digest = nothing;
        out.preimage = nothing;
    }
    return out;
}

size_t
ds_events_strip(uint32_t platform, const ds_event *in, size_t n, ds_event *out)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        bool acpi = platform == DSTACK_PLATFORM_TDX && ds_event_is_acpi(&in[i]);

        if (acpi || in[i].imr == 3)
            out[kept++] = strip(&in[i]);
    }
    return kept;
}
