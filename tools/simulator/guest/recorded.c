/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "dstack/vm_config.h"
#include "guest/inner.h"

/* Upstream's fixtures: an attestation that a real guest once made takes the
 * place of boot and quote. Its quote is shown with other report data than was
 * signed, as upstream's simulator does. */

#define AT_REPORT_DATA 568u
#define QUOTE_MIN 632u

static int
read_log(sim_guest *g, sim_error *err)
{
    const ds_attestation *a = g->recorded;
    const ds_event *events = a->event_count ? a->events : a->runtime;
    size_t n = a->event_count ? a->event_count : a->runtime_count;
    for (size_t i = 0; i < n; i++)
        if (sim_log_add(&g->log, &events[i], err))
            return -1;
    return 0;
}

/* A claim, of at most `max` bytes; absent is empty. */
static size_t
claim(const sim_guest *g, const char *name, uint8_t *out, size_t max)
{
    const ds_event *e = sim_log_find(&g->log, name);
    if (!e || !e->payload.n || e->payload.n > max)
        return 0;
    memcpy(out, e->payload.p, e->payload.n);
    return e->payload.n;
}

static int
read_config(sim_guest *g, ds_view sys_config, sim_error *err)
{
    dstack_vm_config *own = NULL;
    dstack_vm_config *shown = NULL;
    dstack_error why;
    size_t n = 0;
    int ret = -1;
    ds_view config = g->recorded->config;
    ds_view show = sys_config.p ? sys_config : config;
    if (dstack_vm_config_parse(config.p, config.n, &own, &why) != DSTACK_OK ||
        dstack_vm_config_parse(show.p, show.n, &shown, &why) != DSTACK_OK) {
        sim_fail_lib(err, SIM_REFUSED, &why);
        goto out;
    }
    const char *hash = dstack_vm_config_text(own, "os_image_hash", &n);
    /* The original simulators of 0.5 show none. */
    if (g->os >= SIM_OS_0_6_0 &&
        ds_hex_decode(ds_view_of(hash, n), g->os_image_hash, 32))
        g->os_image_hash_n = 32;
    const char *text = dstack_vm_config_json(shown, &n);
    ds_buf_add(&g->vm_config, text, n);
    ret = sim_check_buf(&g->vm_config, err);

out:
    dstack_vm_config_free(own);
    dstack_vm_config_free(shown);
    return ret;
}

int
sim_recorded_boot(sim_guest *g, const sim_config *c, sim_error *err)
{
    dstack_error why;
    if (ds_attestation_decode(c->attestation, &g->recorded, &why) != DSTACK_OK)
        return sim_fail_lib(err, SIM_REFUSED, &why);
    if (g->recorded->platform != DSTACK_PLATFORM_TDX ||
        g->recorded->quote.n < QUOTE_MIN)
        return sim_fail(err, SIM_REFUSED,
            "the recorded attestation is none of a TDX guest");
    if (read_log(g, err))
        return -1;
    const ds_event *provider = sim_log_find(&g->log, "key-provider");
    if (provider)
        ds_buf_add(&g->provider_info, provider->payload.p, provider->payload.n);
    (void)claim(g, "app-id", g->app_id, sizeof g->app_id);
    (void)claim(g, "compose-hash", g->compose_hash, sizeof g->compose_hash);
    g->instance_id_n =
        claim(g, "instance-id", g->instance_id, sizeof g->instance_id);
    return sim_check_buf(&g->provider_info, err) ||
                   read_config(g, c->sys_config, err) ||
                   sim_secrets_make(g, c->app_keys, err)
               ? -1
               : 0;
}

int
sim_recorded_quote(const sim_guest *g, const uint8_t report_data[64],
    ds_buf *out, sim_error *err)
{
    size_t at = out->n;
    ds_buf_add(out, g->recorded->quote.p, g->recorded->quote.n);
    if (sim_check_buf(out, err))
        return -1;
    if (!g->keep_report_data)
        memcpy(out->p + at + AT_REPORT_DATA, report_data, 64);
    return 0;
}
