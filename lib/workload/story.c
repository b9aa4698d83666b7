/* SPDX-License-Identifier: Apache-2.0 */
#include "workload/story.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "codec/json.h"
#include "dstack/policy.h"

enum {
    ONCE = 1,   /* not twice */
    NEEDED = 2, /* and it must be there */
    MARKER = 4, /* its payload is empty */
    LATER = 8   /* needed once the boot is finished */
};

static const struct {
    const char *name;
    uint8_t rules;
    uint8_t size; /* of the payload, 0: see the rule for payloads */
} names[DS_EV_COUNT] = {
    [DS_EV_SYSTEM_PREPARING] = {"system-preparing", ONCE | NEEDED | MARKER, 0},
    [DS_EV_APP_ID] = {"app-id", ONCE | NEEDED, 20},
    [DS_EV_COMPOSE_HASH] = {"compose-hash", ONCE | NEEDED, 32},
    [DS_EV_INIT_SCRIPT_HASH] = {"init-script-hash", 0, 32},
    [DS_EV_GPU_POLICY_HASH] = {"gpu-policy-hash", ONCE, 32},
    [DS_EV_GPU_ATTESTATION] = {"gpu-attestation", 0, 0},
    [DS_EV_INSTANCE_ID] = {"instance-id", ONCE | NEEDED, 20},
    [DS_EV_BOOT_MR_DONE] = {"boot-mr-done", ONCE | NEEDED | MARKER, 0},
    [DS_EV_OS_IMAGE_HASH] = {"os-image-hash", 0, 0},
    [DS_EV_KEY_PROVIDER] = {"key-provider", ONCE | LATER, 0},
    [DS_EV_STORAGE_FS] = {"storage-fs", 0, 0},
    [DS_EV_SYSTEM_READY] = {"system-ready", MARKER, 0},
};

int
ds_story_name(ds_view name)
{
    for (int i = 0; i < DS_EV_COUNT; i++)
        if (ds_view_eq_str(name, names[i].name))
            return i;
    return -1;
}

int
ds_story_key_provider(ds_view payload, ds_view *name, ds_buf *id)
{
    ds_json *j = NULL;
    ds_view hex;
    int rc = ds_json_parse(payload, "key provider", &j, NULL);

    if (rc == DSTACK_OK)
        rc = ds_json_string(j, ds_json_get(j, 0, "name"), 64, name, NULL);
    if (rc == DSTACK_OK)
        rc = ds_json_string(
            j, ds_json_get(j, 0, "id"), DS_MAX_EVENT_PAYLOAD, &hex, NULL);
    if (rc == DSTACK_OK && !ds_hex_decode_buf(hex, id))
        rc = id->nomem ? DSTACK_ERR_NOMEM : DSTACK_ERR_PARSE;
    ds_json_free(j);
    return rc;
}

static int
check_object(ds_view payload)
{
    ds_json *j = NULL;
    int rc = ds_json_parse(payload, "payload", &j, NULL);

    if (rc == DSTACK_OK && ds_json_type(j, 0) != DS_JSON_OBJECT)
        rc = DSTACK_ERR_PARSE;
    ds_json_free(j);
    return rc;
}

/* DSTACK_ERR_PARSE when no guest measures this payload (E6). */
static int
check_payload(int which, ds_view payload)
{
    ds_view name;
    ds_buf id;
    int rc;

    if ((names[which].rules & MARKER) != 0)
        return payload.n == 0 ? DSTACK_OK : DSTACK_ERR_PARSE;
    switch (which) {
    case DS_EV_INSTANCE_ID:
        return payload.n == 20 || payload.n == 0 ? DSTACK_OK : DSTACK_ERR_PARSE;
    case DS_EV_GPU_ATTESTATION:
        return check_object(payload);
    case DS_EV_KEY_PROVIDER:
        ds_buf_init(&id, DS_MAX_EVENT_PAYLOAD);
        rc = ds_story_key_provider(payload, &name, &id);
        ds_buf_free(&id);
        return rc;
    default:
        return names[which].size == 0 || payload.n == names[which].size
                   ? DSTACK_OK
                   : DSTACK_ERR_PARSE;
    }
}

static int
tell_one(ds_story *s, size_t i, int which)
{
    int rc;

    s->trusted++;
    if (which < 0)
        return DSTACK_OK;
    if (s->count[which]++ == 0)
        s->first[which] = i;
    s->ready = which == DS_EV_SYSTEM_READY;
    rc = check_payload(which, s->events[i].payload);
    if (rc == DSTACK_ERR_PARSE && s->misfit == s->n)
        s->misfit = i;
    return rc == DSTACK_ERR_PARSE ? DSTACK_OK : rc;
}

int
ds_story_tell(ds_story *s, const ds_event *events, size_t n)
{
    int rc = DSTACK_OK;

    memset(s, 0, sizeof *s);
    s->events = events;
    s->n = n;
    s->misfit = n;
    for (int i = 0; i < DS_EV_COUNT; i++)
        s->first[i] = n;
    for (size_t i = 0; i < n && rc == DSTACK_OK; i++) {
        int which = ds_story_name(events[i].name);

        if (!s->ready)
            rc = tell_one(s, i, which);
        else if (which >= 0)
            s->shadows++;
    }
    return rc;
}

const ds_event *
ds_story_first(const ds_story *s, int which)
{
    return s->count[which] != 0 ? &s->events[s->first[which]] : NULL;
}

/* ---- rules --------------------------------------------------------------------- */

struct judge {
    const ds_story *s;
    ds_checks *checks;
    uint32_t accepted;
};

bool
ds_rule_asked(uint32_t accepted, uint32_t rule)
{
    return (accepted >> rule & 1) == 0;
}

/* E11: what a digest of version 1 is made of can be cut in two ways where the
 * name has a colon. */
static void
judge_names(const struct judge *j)
{
    char name[40];

    if (!ds_rule_asked(j->accepted, DSTACK_RULE_NAME))
        return;
    for (size_t i = 0; i < j->s->n; i++) {
        const ds_event *e = &j->s->events[i];

        if (e->version == 1 && ds_view_contains(e->name, ":"))
            ds_checks_fail(j->checks, DS_CHECK_EVENT_NAME,
                DSTACK_REASON_EVENT_NAME, "no colon",
                ds_err_quote(e->name, name),
                "events: number %zu, \"%s\", has a colon in its name, which "
                "version 1 cannot tell from its payload",
                i, ds_err_quote(e->name, name));
    }
    ds_checks_pass(j->checks, DS_CHECK_EVENT_NAME);
}

/* E7 */
static void
judge_ready(const struct judge *j)
{
    if (!ds_rule_asked(j->accepted, DSTACK_RULE_READY))
        return;
    if (!j->s->ready)
        ds_checks_fail(j->checks, DS_CHECK_EVENT_READY,
            DSTACK_REASON_EVENT_READY, "system-ready", "none",
            "events: there is no system-ready: the guest has not finished its "
            "boot");
    ds_checks_pass(j->checks, DS_CHECK_EVENT_READY);
}

/* E3 */
static void
judge_unique(const struct judge *j)
{
    if (!ds_rule_asked(j->accepted, DSTACK_RULE_UNIQUE))
        return;
    for (int i = 0; i < DS_EV_COUNT; i++) {
        size_t count = j->s->count[i];
        bool needed = (names[i].rules & NEEDED) != 0 ||
                      ((names[i].rules & LATER) != 0 && j->s->ready);

        if (needed && count == 0)
            ds_checks_fail(j->checks, DS_CHECK_EVENT_UNIQUE,
                DSTACK_REASON_EVENT_MISSING, names[i].name, "none",
                "events: there is no %s", names[i].name);
        else if ((names[i].rules & ONCE) != 0 && count > 1)
            ds_checks_fail(j->checks, DS_CHECK_EVENT_UNIQUE,
                DSTACK_REASON_EVENT_DUPLICATE, "one", names[i].name,
                "events: there are %zu of %s before system-ready, expected one",
                count, names[i].name);
        else if (i == DS_EV_INIT_SCRIPT_HASH && count > DS_MAX_INIT_SCRIPTS)
            ds_checks_fail(j->checks, DS_CHECK_EVENT_UNIQUE,
                DSTACK_REASON_EVENT_DUPLICATE, "at most 5", names[i].name,
                "events: there are %zu of %s, at most 5 are allowed", count,
                names[i].name);
    }
    ds_checks_pass(j->checks, DS_CHECK_EVENT_UNIQUE);
}

/* E4: as in the table above; an OS image hash that is told again is the
 * same. */
static void
judge_order(const struct judge *j)
{
    const ds_event *image = ds_story_first(j->s, DS_EV_OS_IMAGE_HASH);
    int last = 0;

    if (!ds_rule_asked(j->accepted, DSTACK_RULE_ORDER))
        return;
    for (size_t i = 0; i < j->s->trusted; i++) {
        const ds_event *e = &j->s->events[i];
        int which = ds_story_name(e->name);

        if (which < 0)
            continue;
        if (which < last)
            ds_checks_fail(j->checks, DS_CHECK_EVENT_ORDER,
                DSTACK_REASON_EVENT_ORDER, names[last].name, names[which].name,
                "events: %s comes after %s", names[which].name,
                names[last].name);
        if (which == DS_EV_OS_IMAGE_HASH && image &&
            !ds_view_eq(e->payload, image->payload))
            ds_checks_fail(j->checks, DS_CHECK_EVENT_ORDER,
                DSTACK_REASON_EVENT_ORDER, "the same os-image-hash",
                "another one", "events: two of os-image-hash differ");
        last = which > last ? which : last;
    }
    ds_checks_pass(j->checks, DS_CHECK_EVENT_ORDER);
}

/* E5: what is measured by boot-mr-done is what a KMS has authorised. Where
 * there is none, E3 says so. */
static void
judge_boundary(const struct judge *j)
{
    static const uint8_t before[] = {
        DS_EV_APP_ID, DS_EV_COMPOSE_HASH, DS_EV_INSTANCE_ID};
    size_t done = j->s->first[DS_EV_BOOT_MR_DONE];

    if (!ds_rule_asked(j->accepted, DSTACK_RULE_BOUNDARY) || done == j->s->n)
        return;
    for (size_t i = 0; i < j->s->trusted; i++) {
        int which = ds_story_name(j->s->events[i].name);

        for (size_t k = 0; k < sizeof before; k++)
            if (which == before[k] && i > done)
                ds_checks_fail(j->checks, DS_CHECK_EVENT_BOUNDARY,
                    DSTACK_REASON_EVENT_BOUNDARY, "before boot-mr-done",
                    names[which].name, "events: %s comes after boot-mr-done",
                    names[which].name);
        if (which == DS_EV_KEY_PROVIDER && i < done)
            ds_checks_fail(j->checks, DS_CHECK_EVENT_BOUNDARY,
                DSTACK_REASON_EVENT_BOUNDARY, "after boot-mr-done",
                names[which].name,
                "events: key-provider comes before boot-mr-done");
    }
    ds_checks_pass(j->checks, DS_CHECK_EVENT_BOUNDARY);
}

/* E6 */
static void
judge_payloads(const struct judge *j)
{
    const ds_event *e = &j->s->events[j->s->misfit];
    const char *name;

    if (!ds_rule_asked(j->accepted, DSTACK_RULE_PAYLOAD))
        return;
    if (j->s->misfit != j->s->n) {
        name = names[ds_story_name(e->name)].name;
        ds_checks_fail(j->checks, DS_CHECK_EVENT_PAYLOAD,
            DSTACK_REASON_EVENT_PAYLOAD, "a payload as it is measured", name,
            "events: the payload of %s, %zu bytes, is not one that a guest "
            "measures",
            name, e->payload.n);
    }
    ds_checks_pass(j->checks, DS_CHECK_EVENT_PAYLOAD);
}

/* E8 */
static void
judge_gpu(const struct judge *j)
{
    size_t at = j->s->first[DS_EV_GPU_POLICY_HASH];
    int before;

    if (!ds_rule_asked(j->accepted, DSTACK_RULE_GPU))
        return;
    if (j->s->count[DS_EV_GPU_POLICY_HASH] != 0) {
        before = at > 0 ? ds_story_name(j->s->events[at - 1].name) : -1;
        if (before != DS_EV_COMPOSE_HASH && before != DS_EV_INIT_SCRIPT_HASH)
            ds_checks_fail(j->checks, DS_CHECK_EVENT_GPU,
                DSTACK_REASON_EVENT_GPU, "compose-hash or init-script-hash",
                before < 0 ? "another event" : names[before].name,
                "events: gpu-policy-hash does not follow compose-hash or "
                "init-script-hash");
    }
    if (j->s->count[DS_EV_GPU_ATTESTATION] > 1)
        ds_checks_fail(j->checks, DS_CHECK_EVENT_GPU, DSTACK_REASON_EVENT_GPU,
            "at most one gpu-attestation", "more",
            "events: there are %zu of gpu-attestation, expected at most one",
            j->s->count[DS_EV_GPU_ATTESTATION]);
    ds_checks_pass(j->checks, DS_CHECK_EVENT_GPU);
}

void
ds_story_judge(const ds_story *s, uint32_t accepted, ds_checks *checks)
{
    const struct judge j = {s, checks, accepted};

    if (s->n == 0)
        return;
    judge_names(&j);
    judge_ready(&j);
    judge_unique(&j);
    judge_order(&j);
    judge_boundary(&j);
    judge_payloads(&j);
    judge_gpu(&j);
}

void
ds_story_judge_types(
    const ds_event *log, size_t n, uint32_t accepted, ds_checks *checks)
{
    if (!ds_rule_asked(accepted, DSTACK_RULE_TYPE))
        return;
    for (size_t i = 0; i < n; i++) {
        bool runtime = ds_event_is_runtime(&log[i]);

        if (runtime == (log[i].imr == 3))
            continue;
        ds_checks_fail(checks, DS_CHECK_EVENT_TYPE, DSTACK_REASON_EVENT_TYPE,
            "runtime events in register 3, and nothing else",
            dstack_event_type_name(log[i].type),
            "events: number %zu of the log has type 0x%x in register %u", i,
            (unsigned)log[i].type, (unsigned)log[i].imr);
    }
    if (n != 0)
        ds_checks_pass(checks, DS_CHECK_EVENT_TYPE);
}
