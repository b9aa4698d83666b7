/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "guest/inner.h"

void
sim_quote_free(sim_quote *q)
{
    ds_buf_free(&q->quote);
    ds_buf_free(&q->event_log);
}

int
sim_pad_report_data(ds_view report_data, uint8_t ret[64], sim_error *err)
{
    memset(ret, 0, 64);
    if (report_data.n > 64)
        return sim_fail(err, SIM_REFUSED, "Report data is too long");
    if (report_data.n)
        memcpy(ret, report_data.p, report_data.n);
    return 0;
}

int
sim_quote_locked(
    sim_guest *g, const uint8_t report_data[64], ds_buf *out, sim_error *err)
{
    if (g->recorded)
        return sim_recorded_quote(g, report_data, out, err);
    return sim_platform_quote(
        &g->platform, (const uint8_t(*)[48])g->log.rtmr, report_data, out, err);
}

/* Upstream's simulator shows the log as it was recorded. */
int
sim_log_how(const sim_guest *g)
{
    return g->recorded ? SIM_LOG_FULL : SIM_LOG_SHOWN;
}

int
sim_guest_quote(
    sim_guest *g, ds_view report_data, sim_quote *ret, sim_error *err)
{
    memset(ret, 0, sizeof *ret);
    ds_buf_init(&ret->quote, SIM_TEXT_MAX);
    ds_buf_init(&ret->event_log, SIM_TEXT_MAX);
    if (sim_pad_report_data(report_data, ret->report_data, err))
        return -1;
    pthread_mutex_lock(&g->lock);
    int failed =
        sim_quote_locked(g, ret->report_data, &ret->quote, err) ||
        sim_log_json(&g->log, g->os, sim_log_how(g), &ret->event_log, err);
    pthread_mutex_unlock(&g->lock);
    if (failed) {
        sim_quote_free(ret);
        return -1;
    }
    ret->vm_config = sim_view(&g->vm_config);
    return 0;
}
