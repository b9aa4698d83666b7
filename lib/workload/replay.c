/* SPDX-License-Identifier: Apache-2.0 */
#include "workload/replay.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "dstack/policy.h"
#include "workload/story.h"

static int
first(int rc, int next)
{
    return rc == DSTACK_OK ? next : rc;
}

/* What a room below found. Where the answer is no already, a check that could
 * not be made for want of memory stays not run. */
static int
fail_err(ds_checks *checks, int id, const dstack_error *err)
{
    if (err->reason == DSTACK_REASON_NONE && ds_checks_failed(checks))
        return err->code;
    return ds_checks_fail_err(checks, id, err);
}

static int
fail_bytes(ds_checks *checks, int id, int reason, ds_view expected,
    ds_view found, const char *message)
{
    char want[DS_CHECK_TEXT], have[DS_CHECK_TEXT];

    ds_hex_encode(expected, want);
    ds_hex_encode(found, have);
    return ds_checks_fail(checks, id, reason, want, have, "%s", message);
}

/* ---- report data ------------------------------------------------------------------ */

static int
check_claim(const dstack_evidence *e, ds_checks *checks)
{
    ds_view claimed =
        ds_view_of(e->att->report_data, sizeof e->att->report_data);

    if (!e->claims_report_data)
        return DSTACK_OK;
    if (!ds_view_eq(claimed, e->report_data))
        return fail_bytes(checks, DS_CHECK_CLAIMED_REPORT_DATA,
            DSTACK_REASON_REPORT_DATA_CLAIM, e->report_data, claimed,
            "evidence: the report data that it claims is not what the "
            "hardware signed");
    ds_checks_pass(checks, DS_CHECK_CLAIMED_REPORT_DATA);
    return DSTACK_OK;
}

/* A pod's report data is a hash of what it says beside it (spec 2.3.1). */
static int
check_payload(const dstack_evidence *e, ds_checks *checks)
{
    uint8_t hash[64];
    ds_view v = ds_view_of(hash, sizeof hash);

    if (!e->att->pod)
        return DSTACK_OK;
    if (!ds_hash(DS_SHA512, ds_view_str("app-data:"), e->att->payload, hash))
        return ds_checks_fail(checks, DS_CHECK_REPORT_DATA_PAYLOAD,
            DSTACK_REASON_INTERNAL, NULL, NULL, "evidence: hashing failed");
    if (!ds_view_eq(v, e->report_data))
        return fail_bytes(checks, DS_CHECK_REPORT_DATA_PAYLOAD,
            DSTACK_REASON_REPORT_DATA_PAYLOAD, e->report_data, v,
            "evidence: the report data is not the hash of the pod's payload");
    ds_checks_pass(checks, DS_CHECK_REPORT_DATA_PAYLOAD);
    return DSTACK_OK;
}

/* ---- event logs --------------------------------------------------------------------- */

static const ds_event *
next_runtime(const dstack_event_log *log, size_t *at)
{
    while (*at < log->count) {
        const ds_event *e = &log->events[(*at)++];

        if (e->imr == 3 && ds_event_is_runtime(e))
            return e;
    }
    return NULL;
}

/* A container has its runtime events twice: in the platform's log and in the
 * stack, where they are replayed from. A log without any has nothing to say
 * about them. */
static int
check_lists(const dstack_evidence *e, ds_checks *checks)
{
    size_t at = 0, i = 0;
    const ds_event *v;

    if (e->container.n == 0)
        return DSTACK_OK;
    v = next_runtime(e->log, &at);
    if (!v)
        return DSTACK_OK;
    for (; v; v = next_runtime(e->log, &at), i++)
        if (i >= e->runtime->count ||
            !ds_event_is_same(v, &e->runtime->events[i]))
            break;
    if (v || i != e->runtime->count) {
        char text[64];

        (void)snprintf(text, sizeof text, "event %zu differs", i);
        return ds_checks_fail(checks, DS_CHECK_EVENT_LISTS,
            DSTACK_REASON_EVENT_LISTS, "the stack's runtime events", text,
            "events: the event log and the stack's runtime events differ at "
            "number %zu",
            i);
    }
    ds_checks_pass(checks, DS_CHECK_EVENT_LISTS);
    return DSTACK_OK;
}

/* What the log says of a runtime event's digest, in whatever register. */
static int
check_digests(const dstack_evidence *e, ds_checks *checks)
{
    uint8_t digest[DS_HASH_MAX];
    dstack_error err;
    bool any = false;

    for (size_t i = 0; i < e->log->count; i++) {
        const ds_event *v = &e->log->events[i];
        int rc;

        if (!ds_event_is_runtime(v) || v->digest.n + v->preimage.n == 0)
            continue;
        any = true;
        rc = ds_event_digest(v, DS_SHA384, digest, &err);
        if (rc != DSTACK_OK)
            return fail_err(checks, DS_CHECK_EVENT_DIGESTS, &err);
    }
    if (any)
        ds_checks_pass(checks, DS_CHECK_EVENT_DIGESTS);
    return DSTACK_OK;
}

/* ---- registers ------------------------------------------------------------------------ */

static int
check_register(const dstack_event_log *log, const dstack_quote *q, uint32_t imr,
    int id, int reason, ds_checks *checks)
{
    static const char *const names[] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3"};
    ds_view want = ds_quote_field(q, names[imr]);
    uint8_t value[48];
    char message[100];
    dstack_error err;

    /* Of runtime events check_digests() looks at what the log tells. */
    if (ds_events_replay(log->events, log->count, imr, DS_SHA384, false, value,
            &err) != DSTACK_OK)
        return fail_err(checks, id, &err);
    if (ds_view_eq(want, ds_view_of(value, sizeof value)))
        return DSTACK_OK;
    (void)snprintf(message, sizeof message,
        "events: the log does not replay to the quote's %s", names[imr]);
    return fail_bytes(
        checks, id, reason, want, ds_view_of(value, sizeof value), message);
}

/* A firmware's log does not know of runtime events. */
static int
check_rtmr3(const dstack_evidence *e, const dstack_quote *q, ds_checks *checks)
{
    int rc;

    if (!e->runtime)
        return DSTACK_OK;
    rc = check_register(e->container.n != 0 ? e->runtime : e->log, q, 3,
        DS_CHECK_RTMR3_REPLAY, DSTACK_REASON_RTMR3_REPLAY, checks);
    if (rc == DSTACK_OK)
        ds_checks_pass(checks, DS_CHECK_RTMR3_REPLAY);
    return rc;
}

/* A log that was cut for a certificate has nothing of RTMR1 and RTMR2, and
 * only a part of RTMR0; one that has any of them is whole. */
static int
check_boot(const dstack_evidence *e, const dstack_quote *q, ds_checks *checks)
{
    bool whole = false;
    int rc = DSTACK_OK;

    for (size_t i = 0; i < e->log->count && !whole; i++)
        whole = e->log->events[i].imr == 1 || e->log->events[i].imr == 2;
    if (!whole)
        return DSTACK_OK;
    for (uint32_t imr = 0; imr < 3 && rc == DSTACK_OK; imr++)
        rc = check_register(e->log, q, imr, DS_CHECK_BOOT_REPLAY,
            DSTACK_REASON_BOOT_REPLAY, checks);
    if (rc == DSTACK_OK)
        ds_checks_pass(checks, DS_CHECK_BOOT_REPLAY);
    return rc;
}

int
ds_replay_check(const dstack_evidence *e, const dstack_quote *q,
    uint32_t accepted, ds_checks *checks)
{
    bool replay = ds_rule_asked(accepted, DSTACK_RULE_REPLAY);
    int rc = check_claim(e, checks);

    rc = first(rc, check_payload(e, checks));
    if (!e->log || q->tee != DSTACK_TEE_TDX)
        return rc;
    if (ds_rule_asked(accepted, DSTACK_RULE_LISTS))
        rc = first(rc, check_lists(e, checks));
    if (ds_rule_asked(accepted, DSTACK_RULE_DIGEST))
        rc = first(rc, check_digests(e, checks));
    if (replay)
        rc = first(rc, check_rtmr3(e, q, checks));
    if (replay && ds_rule_asked(accepted, DSTACK_RULE_BOOT))
        rc = first(rc, check_boot(e, q, checks));
    return rc;
}
