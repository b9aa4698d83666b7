/* SPDX-License-Identifier: Apache-2.0 */
#include "workload/event.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "codec/jcs.h"
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

bool
ds_event_is_same(const ds_event *a, const ds_event *b)
{
    return ds_view_eq(a->name, b->name) && ds_view_eq(a->payload, b->payload) &&
           a->version == b->version;
}

/* ---- digests ------------------------------------------------------------------ */

static const uint8_t type_v1[5] = {0x01, 0x00, 0x00, 0x08, ':'};

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
    if (e->version == 1) {
        ds_buf_add(out, type_v1, sizeof type_v1);
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

/* Version 1 is hashed as it lies. */
static int
hash_preimage(
    ds_hasher *h, const ds_event *e, uint8_t *digest, dstack_error *err)
{
    const ds_view parts[] = {ds_view_of(type_v1, sizeof type_v1), e->name,
        ds_view_of(type_v1 + 4, 1), e->payload};
    ds_buf text;
    ds_view v;
    int rc = DSTACK_OK;

    if (e->version == 1) {
        if (!ds_hasher_run(h, parts, 4, digest))
            rc = ds_fail(err, DSTACK_ERR_INTERNAL, "event: hashing failed");
        return rc;
    }
    ds_buf_init(&text, DS_MAX_EVENT_PREIMAGE);
    ds_event_preimage(e, &text);
    v = ds_view_of(text.p, text.n);
    if (text.nomem || text.bad)
        rc = ds_fail_nomem(err);
    else if (!ds_hasher_run(h, &v, 1, digest))
        rc = ds_fail(err, DSTACK_ERR_INTERNAL, "event: hashing failed");
    ds_buf_free(&text);
    return rc;
}

static int
check_preimage(const ds_event *e, dstack_error *err)
{
    ds_buf text;
    int rc = DSTACK_OK;

    if (e->preimage.n == 0)
        return DSTACK_OK;
    ds_buf_init(&text, DS_MAX_EVENT_PREIMAGE);
    ds_event_preimage(e, &text);
    if (text.nomem || text.bad)
        rc = ds_fail_nomem(err);
    else if (!ds_view_eq(e->preimage, ds_view_of(text.p, text.n)))
        rc = fail(err, DSTACK_REASON_EVENT_PREIMAGE, e,
            "the preimage that the log gives is not made of its name and "
            "payload");
    ds_buf_free(&text);
    return rc;
}

/* What a log gives is a SHA-384 digest, whichever register is replayed. */
static int
check_given(const ds_event *e, const uint8_t made[48], dstack_error *err)
{
    if (e->digest.n == 0 ||
        ds_view_eq(e->digest, ds_view_of(made, DS_EVENT_DIGEST)))
        return DSTACK_OK;
    return fail(err, DSTACK_REASON_EVENT_DIGEST, e,
        "the digest that the log gives is not that of its name and payload");
}

/* Against the digest that was computed with h. */
static int
check_told(const ds_hasher *h, const ds_event *e, const uint8_t *digest,
    dstack_error *err)
{
    ds_hasher given = {DS_SHA384, NULL};
    uint8_t made[DS_EVENT_DIGEST];
    int rc = check_preimage(e, err);

    if (rc != DSTACK_OK || e->digest.n == 0)
        return rc;
    if (h->alg == DS_SHA384)
        return check_given(e, digest, err);
    rc = hash_preimage(&given, e, made, err);
    ds_hasher_end(&given);
    return rc == DSTACK_OK ? check_given(e, made, err) : rc;
}

/* told: what the log says of a runtime event's digest must be true. */
static int
digest_of(ds_hasher *h, const ds_event *e, bool told, uint8_t *digest,
    dstack_error *err)
{
    size_t n = ds_hash_size(h->alg);
    int rc = DSTACK_OK;

    memset(digest, 0, n);
    if (ds_event_is_runtime(e)) {
        rc = hash_preimage(h, e, digest, err);
        return rc == DSTACK_OK && told ? check_told(h, e, digest, err) : rc;
    }
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
ds_event_digest(const ds_event *e, int alg, uint8_t *digest, dstack_error *err)
{
    ds_hasher h = {alg, NULL};
    int rc = digest_of(&h, e, true, digest, err);

    ds_hasher_end(&h);
    return rc;
}

int
ds_events_replay(const ds_event *events, size_t n, uint32_t imr, int alg,
    bool told, uint8_t *value, dstack_error *err)
{
    ds_hasher h = {alg, NULL};
    uint8_t digest[DS_HASH_MAX];
    size_t size = ds_hash_size(alg);
    const ds_view extended[] = {
        ds_view_of(value, size), ds_view_of(digest, size)};
    int rc = DSTACK_OK;

    memset(value, 0, size);
    for (size_t i = 0; i < n && rc == DSTACK_OK; i++) {
        if (events[i].imr != imr)
            continue;
        rc = digest_of(&h, &events[i], told, digest, err);
        if (rc == DSTACK_OK && !ds_hasher_run(&h, extended, 2, value))
            rc = ds_fail(err, DSTACK_ERR_INTERNAL, "event: hashing failed");
    }
    ds_hasher_end(&h);
    return rc;
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
