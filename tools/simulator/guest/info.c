/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "crypto/hash.h"
#include "guest/inner.h"

void
sim_info_free(sim_info *i)
{
    ds_buf_free(&i->tcb_info);
    ds_buf_free(&i->app_cert);
}

/* Offsets in a quote of version 4 with a TD report 1.0. */
#define AT_USER_DATA 28u
#define AT_MR_TD 184u
#define AT_CONFIG 232u
#define AT_RTMR 376u

/* As a quote would show them; *user_data is the quote header's. */
static void
registers(const sim_guest *g, sim_mrs *m, ds_view *user_data)
{
    if (g->recorded) {
        const uint8_t *quote = g->recorded->quote.p;
        memcpy(m->td[0], quote + AT_MR_TD, 48);
        memcpy(m->td[1], quote + AT_RTMR, SIM_RTMRS);
        memcpy(m->config, quote + AT_CONFIG, sizeof m->config);
        *user_data = ds_view_of(quote + AT_USER_DATA, 20);
        return;
    }
    memcpy(m->td[0], g->image.mr_td, 48);
    memcpy(m->td[1], g->log.rtmr, SIM_RTMRS);
    memcpy(m->config[0], g->mr_config_id, 48);
    *user_data = sim_platform_user_data(&g->platform);
}

static int
sums(const sim_guest *g, sim_mrs *m, sim_error *err)
{
    static const ds_view nothing = {NULL, 0};
    uint8_t all[8 * 48];
    memcpy(all, m->td, sizeof m->td);
    memcpy(all + sizeof m->td, m->config, sizeof m->config);
    bool plain = ds_view_is_zero(ds_view_of(m->config, sizeof m->config));
    if (g->provider_info.n && sim_hash(DS_SHA256, sim_view(&g->provider_info),
                                  nothing, m->key_provider, err))
        return -1;
    if (sim_hash(DS_SHA256, ds_view_of(all, SIM_RTMRS),
            ds_view_of(m->key_provider, 32), m->system, err) ||
        sim_hash(DS_SHA256, ds_view_of(all, plain ? sizeof m->td : sizeof all),
            nothing, m->aggregated, err))
        return -1;
    return 0;
}

int
sim_mrs_locked(sim_guest *g, sim_mrs *ret, sim_error *err)
{
    static const ds_view nothing = {NULL, 0};
    ds_view user_data;
    memset(ret, 0, sizeof *ret);
    registers(g, ret, &user_data);
    /* Until 0.5.5 the machine's own; from 0.5.6 on the hash of nothing, since
     * the agent looks at a quote that was not verified. */
    if (sim_hash(DS_SHA256, g->os <= SIM_OS_0_5_5 ? user_data : nothing,
            nothing, ret->device_id, err))
        return -1;
    return sums(g, ret, err);
}

/* ---- tcb_info ---------------------------------------------------------------- */

static void
put_line(ds_buf *out, unsigned depth)
{
    ds_buf_add_u8(out, '\n');
    for (unsigned i = 0; i < depth; i++)
        ds_buf_add_str(out, "  ");
}

/* A character that stands outside of a string. */
static void
put_token(ds_buf *out, uint8_t c, bool empty, unsigned *depth)
{
    bool opens = c == '{' || c == '[';
    bool closes = c == '}' || c == ']';
    if (closes && !empty)
        put_line(out, --*depth);
    ds_buf_add_u8(out, c);
    if (opens && !empty)
        put_line(out, ++*depth);
    if (c == ',')
        put_line(out, *depth);
    if (c == ':')
        ds_buf_add_u8(out, ' ');
}

/* Compact JSON as agents print it for people: a line for each member, two
 * blanks for each level. */
static void
put_pretty(ds_view json, ds_buf *out)
{
    unsigned depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < json.n; i++) {
        uint8_t c = json.p[i];
        uint8_t before = i ? json.p[i - 1] : 0;
        uint8_t next = i + 1 < json.n ? json.p[i + 1] : 0;
        bool empty = c == '{' || c == '[' ? next == c + 2 : before == c - 2;
        if (!quoted)
            put_token(out, c, empty, &depth);
        else
            ds_buf_add_u8(out, c);
        if (quoted && c == '\\')
            ds_buf_add_u8(out, json.p[++i]);
        else if (c == '"')
            quoted = !quoted;
    }
}

static int
write_tcb_info(const sim_guest *g, const sim_info *i, const sim_mrs *m,
    ds_buf *out, sim_error *err)
{
    static const char *const names[5] = {
        "mrtd", "rtmr0", "rtmr1", "rtmr2", "rtmr3"};
    ds_buf compact;
    ds_jw w;
    ds_jw_init(&w, SIM_TEXT_MAX);
    ds_jw_object(&w, NULL);
    for (size_t k = 0; k < 5; k++)
        ds_jw_hex(&w, names[k], ds_view_of(m->td[k], 48));
    if (g->os == SIM_OS_0_3_6) {
        ds_jw_hex(&w, "rootfs_hash", ds_view_of(g->image.rootfs_hash, 32));
    } else {
        ds_jw_hex(&w, "mr_aggregated", ds_view_of(i->mr_aggregated, 32));
        ds_jw_hex(&w, "os_image_hash",
            ds_view_of(i->os_image_hash, i->os_image_hash_n));
        ds_jw_hex(&w, "compose_hash", ds_view_of(i->compose_hash, 32));
        ds_jw_hex(&w, "device_id", ds_view_of(i->device_id, 32));
    }
    sim_log_write(&w, "event_log", &g->log, g->os, SIM_LOG_FULL);
    ds_jw_text_view(&w, "app_compose", sim_view(&g->compose.text));
    ds_jw_end(&w);
    ds_buf_init(&compact, SIM_TEXT_MAX);
    int ret = sim_jw_done(&w, &compact, err);
    if (!ret) {
        put_pretty(sim_view(&compact), out);
        ret = sim_check_buf(out, err);
    }
    ds_buf_free(&compact);
    return ret;
}

static void
fill_fixed(const sim_guest *g, sim_info *i)
{
    i->app_id = ds_view_of(g->app_id, sizeof g->app_id);
    i->instance_id = ds_view_of(g->instance_id, g->instance_id_n);
    i->app_name = sim_view(&g->compose.name);
    i->app_compose = sim_view(&g->compose.text);
    i->key_provider = sim_view(&g->provider_info);
    i->vm_config = sim_view(&g->vm_config);
    i->cloud_vendor = sim_view(&g->cloud_vendor);
    i->cloud_product = sim_view(&g->cloud_product);
    i->public_tcbinfo = g->compose.public_tcbinfo;
    i->public_logs = g->compose.public_logs;
    i->public_sysinfo = g->compose.public_sysinfo;
    memcpy(i->compose_hash, g->compose_hash, sizeof i->compose_hash);
    memcpy(i->os_image_hash, g->os_image_hash, sizeof i->os_image_hash);
    i->os_image_hash_n = g->os_image_hash_n;
}

static int
info_locked(sim_guest *g, int64_t now, sim_info *i, sim_error *err)
{
    sim_mrs m;
    if (sim_mrs_locked(g, &m, err))
        return -1;
    memcpy(i->device_id, m.device_id, sizeof i->device_id);
    memcpy(i->mr_aggregated, m.aggregated, sizeof i->mr_aggregated);
    memcpy(i->mr_system, m.system, sizeof i->mr_system);
    memcpy(i->mr_key_provider, m.key_provider, sizeof i->mr_key_provider);
    if (write_tcb_info(g, i, &m, &i->tcb_info, err) ||
        sim_app_cert_locked(g, now, err))
        return -1;
    ds_buf_add(&i->app_cert, g->app_cert.p, g->app_cert.n);
    return sim_check_buf(&i->app_cert, err);
}

int
sim_guest_info(sim_guest *g, int64_t now, sim_info *ret, sim_error *err)
{
    memset(ret, 0, sizeof *ret);
    ds_buf_init(&ret->tcb_info, SIM_TEXT_MAX);
    ds_buf_init(&ret->app_cert, SIM_TEXT_MAX);
    fill_fixed(g, ret);
    pthread_mutex_lock(&g->lock);
    int failed = info_locked(g, now, ret, err);
    pthread_mutex_unlock(&g->lock);
    if (failed) {
        sim_info_free(ret);
        memset(ret, 0, sizeof *ret);
        return -1;
    }
    return 0;
}

void
sim_guest_health(const sim_guest *g, sim_health *ret)
{
    (void)g;
    ret->healthy = true;
    ret->error = ds_view_of(NULL, 0);
}
