/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/guest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "crypto/hash.h"
#include "guest/inner.h"

/* ---- errors --------------------------------------------------------------- */

int
sim_fail(sim_error *err, int code, const char *format, ...)
{
    va_list args;
    if (!err)
        return -1;
    err->code = code;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    err->text[ds_utf8_cut(err->text, strlen(err->text))] = '\0';
    return -1;
}

int
sim_fail_nomem(sim_error *err)
{
    return sim_fail(err, SIM_FAILED, "out of memory");
}

int
sim_fail_lib(sim_error *err, int code, const dstack_error *e)
{
    if (e->code == DSTACK_ERR_NOMEM)
        return sim_fail_nomem(err);
    return sim_fail(err, code, "%s", e->message);
}

int
sim_check_buf(const ds_buf *b, sim_error *err)
{
    if (b->nomem)
        return sim_fail_nomem(err);
    if (b->bad)
        return sim_fail(err, SIM_FAILED, "more than %zu bytes", b->max);
    return 0;
}

int
sim_hash(int alg, ds_view a, ds_view b, uint8_t *out, sim_error *err)
{
    if (ds_hash(alg, a, b, out))
        return 0;
    return sim_fail(err, SIM_FAILED, "hashing failed");
}

int
sim_jw_done(ds_jw *w, ds_buf *out, sim_error *err)
{
    char *text = NULL;
    size_t n = 0;
    dstack_error why;
    int rc = ds_jw_take(w, &text, &n, &why);
    ds_jw_free(w);
    if (rc != DSTACK_OK)
        return sim_fail_lib(err, SIM_FAILED, &why);
    ds_buf_add(out, text, n);
    ds_free(text);
    return sim_check_buf(out, err);
}

/* ---- versions --------------------------------------------------------------- */

static const char *const versions[SIM_OS_COUNT] = {
    "0.3.6", "0.5.5", "0.5.11", "0.6.0"};

int
sim_os_parse(const char *text)
{
    for (int i = 0; i < SIM_OS_COUNT; i++)
        if (text && strcmp(text, versions[i]) == 0)
            return i;
    return -1;
}

const char *
sim_os_name(int os)
{
    return os >= 0 && os < SIM_OS_COUNT ? versions[os] : NULL;
}

/* ---- making one --------------------------------------------------------------- */

/* SHA-256 over a name and the seed. */
int
sim_seeded(
    const sim_guest *g, const char *label, uint8_t out[32], sim_error *err)
{
    char tagged[80];
    snprintf(tagged, sizeof tagged, "dstack-simulator %s:", label);
    return sim_hash(
        DS_SHA256, ds_view_str(tagged), sim_view(&g->seed), out, err);
}

static const char *
seed_text(const sim_guest *g)
{
    return (const char *)g->seed.p;
}

static sim_guest *
new_empty(void)
{
    sim_guest *g = ds_calloc(1, sizeof *g);
    if (!g)
        return NULL;
    ds_buf *buffers[] = {&g->cloud_vendor, &g->cloud_product, &g->provider_info,
        &g->mr_config, &g->vm_config, &g->gpu_record, &g->ca_name, &g->ca_spki,
        &g->ca_pem[0], &g->ca_pem[1], &g->app_cert};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        ds_buf_init(buffers[i], SIM_TEXT_MAX);
    if (pthread_mutex_init(&g->lock, NULL) != 0) {
        ds_free(g);
        return NULL;
    }
    return g;
}

void
sim_guest_free(sim_guest *g)
{
    if (!g)
        return;
    ds_buf *buffers[] = {&g->seed, &g->cloud_vendor, &g->cloud_product,
        &g->provider_info, &g->mr_config, &g->vm_config, &g->gpu_record,
        &g->ca_name, &g->ca_spki, &g->ca_pem[0], &g->ca_pem[1], &g->app_cert};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        ds_buf_free(buffers[i]);
    ds_free(g->state_dir);
    sim_compose_free(&g->compose);
    ds_secret_free(g->secrets);
    ds_attestation_free(g->recorded);
    sim_log_free(&g->log);
    sim_platform_free(&g->platform);
    pthread_mutex_destroy(&g->lock);
    ds_free(g);
}

static int
check_config(sim_config *c, sim_error *err)
{
    if (!sim_os_name(c->os))
        return sim_fail(err, SIM_REFUSED, "no such OS version");
    if (c->provider < 0 || c->provider > SIM_PROVIDER_NONE)
        return sim_fail(err, SIM_REFUSED, "no such key provider");
    c->cpus = c->cpus ? c->cpus : 2;
    c->memory = c->memory ? c->memory : (uint64_t)2 << 30;
    if (c->cpus > 1024 || c->memory < (uint64_t)16 << 20 ||
        c->memory > (uint64_t)1 << 50 || c->gpus > 64)
        return sim_fail(err, SIM_REFUSED,
            "at most 1024 CPUs, 16 MiB to 1 PiB of memory and at most 64 GPUs "
            "are emulated");
    if (c->gpus && c->os < SIM_OS_0_6_0)
        return sim_fail(
            err, SIM_REFUSED, "GPU evidence exists from version 0.6.0 on");
    return 0;
}

/* What the file says must be possible in this version. */
static int
settle(sim_guest *g, const sim_config *c, sim_error *err)
{
    g->os = c->os;
    g->provider = c->provider ? c->provider : g->compose.provider;
    if (g->os < SIM_OS_0_6_0)
        g->compose.event_log_version = 1;
    if (g->os == SIM_OS_0_3_6 && g->provider != SIM_PROVIDER_KMS)
        g->provider = SIM_PROVIDER_NONE;
    g->gpus = c->gpus;
    g->keep_report_data = c->keep_report_data;
    ds_buf_add_str(&g->cloud_vendor, c->cloud_vendor ? c->cloud_vendor : "");
    ds_buf_add_str(&g->cloud_product, c->cloud_product ? c->cloud_product : "");
    return sim_check_buf(&g->cloud_vendor, err) ||
                   sim_check_buf(&g->cloud_product, err)
               ? -1
               : 0;
}

static int
refresh(sim_guest *g, int64_t now, sim_error *err)
{
    bool fresh;
    if (sim_platform_refresh(&g->platform, now, &fresh, err))
        return -1;
    if (!fresh || !g->state_dir)
        return 0;
    return sim_state_write(g->state_dir, &g->platform, err);
}

static int
set_up(sim_guest *g, sim_config *c, sim_error *err)
{
    if (c->state_dir) {
        g->state_dir = ds_memdup(c->state_dir, strlen(c->state_dir));
        if (!g->state_dir)
            return sim_fail_nomem(err);
    }
    if (check_config(c, err) ||
        sim_compose_read(&g->compose, c->app_compose, err) ||
        settle(g, c, err) ||
        sim_state_seed(c->state_dir, c->seed, &g->seed, err) ||
        sim_platform_new(&g->platform, seed_text(g), err))
        return -1;
    int failed =
        c->attestation.p ? sim_recorded_boot(g, c, err) : sim_boot(g, c, err);
    return failed || refresh(g, c->now, err) || sim_ca_locked(g, err) ? -1 : 0;
}

int
sim_guest_new(const sim_config *config, sim_guest **ret, sim_error *err)
{
    sim_config c = *config;
    *ret = NULL;
    sim_guest *g = new_empty();
    if (!g)
        return sim_fail_nomem(err);
    if (set_up(g, &c, err)) {
        sim_guest_free(g);
        return -1;
    }
    *ret = g;
    return 0;
}

int
sim_guest_os(const sim_guest *g)
{
    return g->os;
}

const char *
sim_guest_seed(const sim_guest *g)
{
    return seed_text(g);
}

bool
sim_guest_is_recorded(const sim_guest *g)
{
    return g->recorded != NULL;
}

const char *
sim_guest_fmspc(const sim_guest *g)
{
    (void)g;
    return "73696d000000";
}

/* ---- what changes ---------------------------------------------------------------- */

bool
sim_guest_emits_events(const sim_guest *g)
{
    return g->os == SIM_OS_0_5_5 || g->os == SIM_OS_0_5_11;
}

int
sim_guest_emit_event(
    sim_guest *g, ds_view name, ds_view payload, sim_error *err)
{
    ds_event e = {.imr = 3,
        .type = DS_EVENT_RUNTIME,
        .version = 1,
        .name = name,
        .payload = payload};
    if (!sim_guest_emits_events(g))
        return sim_fail(
            err, SIM_REFUSED, "this version has no EmitEvent that measures");
    if (name.n > DS_MAX_EVENT_NAME || payload.n > DS_MAX_EVENT_PAYLOAD)
        return sim_fail(err, SIM_REFUSED,
            "an event of more than %d bytes of name or %u of payload is not "
            "read by anybody",
            DS_MAX_EVENT_NAME, DS_MAX_EVENT_PAYLOAD);
    if (g->recorded && g->os >= SIM_OS_0_5_11)
        return sim_fail(err, SIM_REFUSED,
            "runtime event emission is unavailable in simulator mode: %.*s",
            (int)name.n, (const char *)name.p);
    if (g->recorded)
        return 0;
    pthread_mutex_lock(&g->lock);
    int ret = sim_log_add(&g->log, &e, err);
    pthread_mutex_unlock(&g->lock);
    return ret;
}

int
sim_guest_document(
    sim_guest *g, int which, int64_t now, sim_document *ret, sim_error *err)
{
    memset(ret, 0, sizeof *ret);
    ds_buf_init(&ret->body, SIM_TEXT_MAX);
    ds_buf_init(&ret->chain, SIM_TEXT_MAX);
    pthread_mutex_lock(&g->lock);
    int failed = refresh(g, now, err) ||
                 sim_platform_document(&g->platform, which, ret, err);
    pthread_mutex_unlock(&g->lock);
    if (!failed)
        return 0;
    sim_document_free(ret);
    memset(ret, 0, sizeof *ret);
    return -1;
}
