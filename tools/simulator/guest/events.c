/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "crypto/hash.h"
#include "guest/inner.h"

/* Blocks of bytes that live as long as their log. */
struct sim_keep {
    sim_keep *next;
};

void
sim_log_free(sim_log *log)
{
    while (log->keep) {
        sim_keep *next = log->keep->next;
        ds_free(log->keep);
        log->keep = next;
    }
    ds_free(log->events);
    memset(log, 0, sizeof *log);
}

/* Copies of a view's bytes lie one after the other behind the block's head. */
static ds_view
put(uint8_t **at, ds_view v)
{
    ds_view copy = ds_view_of(*at, v.n);
    if (v.n)
        memcpy(*at, v.p, v.n);
    *at += v.n;
    return copy;
}

static bool
grow(sim_log *log)
{
    if (log->n < log->cap)
        return true;
    size_t cap = log->cap ? 2 * log->cap : 64;
    ds_event *events = ds_realloc_array(log->events, cap, sizeof *log->events);
    if (!events)
        return false;
    log->events = events;
    log->cap = cap;
    return true;
}

static int
append(sim_log *log, const ds_event *e, ds_view digest, ds_view preimage,
    sim_error *err)
{
    size_t n = digest.n + e->name.n + e->payload.n + preimage.n;
    sim_keep *keep = grow(log) ? ds_malloc(sizeof *keep + n) : NULL;
    if (!keep)
        return sim_fail_nomem(err);
    uint8_t *at = (uint8_t *)(keep + 1);
    keep->next = log->keep;
    log->keep = keep;
    ds_event *own = &log->events[log->n++];
    *own = *e;
    own->digest = put(&at, digest);
    own->name = put(&at, e->name);
    own->payload = put(&at, e->payload);
    own->preimage = put(&at, preimage);
    log->runtime_n += ds_event_is_runtime(e) ? 1 : 0;
    return 0;
}

/* Of version 2 the log also shows what was hashed. */
static int
append_with_preimage(
    sim_log *log, const ds_event *e, ds_view digest, sim_error *err)
{
    ds_buf preimage;
    ds_buf_init(&preimage, SIM_TEXT_MAX);
    if (ds_event_is_runtime(e) && e->version != 1)
        ds_event_preimage(e, &preimage);
    int ret = sim_check_buf(&preimage, err) ||
                      append(log, e, digest, sim_view(&preimage), err)
                  ? -1
                  : 0;
    ds_buf_free(&preimage);
    return ret;
}

int
sim_log_add(sim_log *log, const ds_event *e, sim_error *err)
{
    uint8_t digest[48];
    uint8_t value[48];
    dstack_error why;
    if (e->imr > 3 || log->n >= DS_MAX_EVENTS ||
        (ds_event_is_runtime(e) && log->runtime_n >= DS_MAX_RUNTIME_EVENTS))
        return sim_fail(err, SIM_REFUSED, "the event log is full");
    if (ds_event_digest(e, DS_SHA384, digest, &why) != DSTACK_OK)
        return sim_fail_lib(err, SIM_FAILED, &why);
    ds_view d = ds_view_of(digest, sizeof digest);
    if (sim_hash(DS_SHA384, ds_view_of(log->rtmr[e->imr], 48), d, value, err) ||
        append_with_preimage(log, e, d, err))
        return -1;
    memcpy(log->rtmr[e->imr], value, sizeof value);
    return 0;
}

int
sim_log_runtime(sim_log *log, uint32_t version, const char *name,
    ds_view payload, sim_error *err)
{
    ds_event e = {.imr = 3,
        .type = DS_EVENT_RUNTIME,
        .version = version,
        .name = ds_view_str(name),
        .payload = payload};
    return sim_log_add(log, &e, err);
}

const ds_event *
sim_log_find(const sim_log *log, const char *name)
{
    for (size_t i = 0; i < log->n; i++) {
        const ds_event *e = &log->events[i];
        if (!ds_event_is_runtime(e))
            continue;
        if (ds_view_eq_str(e->name, name))
            return e;
        if (ds_view_eq_str(e->name, "system-ready"))
            return NULL;
    }
    return NULL;
}

/* ---- as text --------------------------------------------------------------- */

/* From 0.5.6 on what can be computed again is left out; version 2 carries
 * digest and preimage. */
static void
write_event(ds_jw *w, const ds_event *e, int os, int how)
{
    static const ds_view nothing = {NULL, 0};
    bool strip = how == SIM_LOG_SHOWN && os >= SIM_OS_0_5_11;
    bool runtime = ds_event_is_runtime(e);
    bool keep_payload = runtime || (os >= SIM_OS_0_6_0 && ds_event_is_acpi(e));
    bool keep_digest = !runtime || e->version != 1;
    ds_jw_object(w, NULL);
    ds_jw_int(w, "imr", e->imr);
    ds_jw_int(w, "event_type", e->type);
    ds_jw_hex(w, "digest", strip && !keep_digest ? nothing : e->digest);
    ds_jw_text_view(w, "event", e->name);
    ds_jw_hex(
        w, "event_payload", strip && !keep_payload ? nothing : e->payload);
    if (runtime && e->version != 1) {
        ds_jw_int(w, "version", e->version);
        if (how == SIM_LOG_SHOWN)
            ds_jw_hex(w, "preimage", e->preimage);
    }
    ds_jw_end(w);
}

void
sim_log_write(ds_jw *w, const char *name, const sim_log *log, int os, int how)
{
    ds_jw_array(w, name);
    for (size_t i = 0; i < log->n; i++)
        write_event(w, &log->events[i], os, how);
    ds_jw_end(w);
}

int
sim_log_json(const sim_log *log, int os, int how, ds_buf *out, sim_error *err)
{
    ds_jw w;
    ds_jw_init(&w, SIM_TEXT_MAX);
    sim_log_write(&w, NULL, log, os, how);
    return sim_jw_done(&w, out, err);
}

size_t
sim_log_strip(const sim_log *log, int os, ds_event *events)
{
    /* The three events about ACPI tables stay from 0.6 on, for those who
     * compute RTMR0. */
    uint32_t platform =
        os >= SIM_OS_0_6_0 ? DSTACK_PLATFORM_TDX : DSTACK_PLATFORM_GCP_TDX;
    return ds_events_strip(platform, log->events, log->n, events);
}
