/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "guest/inner.h"

/* Versioned attestations: the quote, the log, and what the stack in the guest
 * says beside them. */

static size_t
runtime_events(const sim_log *log, ds_event *out)
{
    static const ds_view nothing = {NULL, 0};
    size_t n = 0;
    for (size_t i = 0; i < log->n; i++) {
        if (!ds_event_is_runtime(&log->events[i]))
            continue;
        out[n] = log->events[i];
        out[n].digest = nothing;
        n++;
    }
    return n;
}

static bool
has_version_2(const ds_event *events, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (events[i].version != 1)
            return true;
    return false;
}

/* Version 0 cannot say that an event is of version 2. The original simulator
 * of 0.5.11, unlike agents of that version, only makes version 1. */
static uint32_t
container(const sim_guest *g, const ds_attestation *a, int form)
{
    if (form == SIM_ATTEST_V1 || has_version_2(a->runtime, a->runtime_count))
        return 1;
    if (!g->recorded)
        return 0;
    return g->os == SIM_OS_0_5_11 ? 1 : g->recorded->version;
}

/* What goes around a quote that was made. */
static int
encode(sim_guest *g, ds_attestation *a, int form, bool stripped, ds_buf *out,
    sim_error *err)
{
    dstack_error why;
    size_t n = g->log.n ? g->log.n : 1;
    ds_event *events = ds_calloc(2 * n, sizeof *events);
    if (!events)
        return sim_fail_nomem(err);
    a->events = g->log.events;
    a->event_count = g->log.n;
    if (stripped) {
        a->events = events;
        a->event_count = sim_log_strip(&g->log, g->os, events);
    }
    a->runtime = events + n;
    a->runtime_count = runtime_events(&g->log, a->runtime);
    int ret = ds_attestation_encode(a, container(g, a, form), out, &why);
    ds_free(events);
    return ret == DSTACK_OK ? 0 : sim_fail_lib(err, SIM_FAILED, &why);
}

int
sim_attest_locked(sim_guest *g, const uint8_t report_data[64], int form,
    bool stripped, ds_buf *out, sim_error *err)
{
    ds_attestation a;
    ds_buf quote;
    memset(&a, 0, sizeof a);
    ds_buf_init(&quote, SIM_TEXT_MAX);
    int ret = sim_quote_locked(g, report_data, &quote, err);
    if (!ret) {
        a.platform = DSTACK_PLATFORM_TDX;
        a.quote = sim_view(&quote);
        a.config = g->recorded ? g->recorded->config : sim_view(&g->vm_config);
        memcpy(a.report_data, report_data, sizeof a.report_data);
        if (g->recorded && g->keep_report_data)
            memcpy(a.report_data, g->recorded->report_data, 64);
        ret = encode(g, &a, form, stripped, out, err);
    }
    ds_buf_free(&quote);
    return ret;
}

int
sim_guest_attest(
    sim_guest *g, ds_view report_data, int form, ds_buf *out, sim_error *err)
{
    uint8_t padded[64];
    size_t before = out->n;
    if (sim_pad_report_data(report_data, padded, err))
        return -1;
    pthread_mutex_lock(&g->lock);
    int ret = sim_attest_locked(g, padded, form, false, out, err);
    pthread_mutex_unlock(&g->lock);
    if (ret)
        ds_buf_cut(out, before);
    return ret;
}
