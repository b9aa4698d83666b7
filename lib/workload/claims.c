/* SPDX-License-Identifier: Apache-2.0 */
#include "workload/claims.h"

#include <string.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "dstack/report.h"

#define MR ((size_t)48) /* bytes of a measurement register */

static const struct {
    const char *name;
    bool text;
} names[DS_CLAIM_COUNT] = {
#define DS_X(id, name, text) {name, text},
    DS_CLAIMS(DS_X)
#undef DS_X
};

const char *
ds_claim_name(size_t claim)
{
    return claim < DS_CLAIM_COUNT ? names[claim].name : NULL;
}

bool
ds_claim_is_text(size_t claim)
{
    return claim < DS_CLAIM_COUNT && names[claim].text;
}

size_t
ds_claim_find(const char *name)
{
    size_t i = 0;

    while (i < DS_CLAIM_COUNT && (!name || strcmp(names[i].name, name) != 0))
        i++;
    return i;
}

/* ---- what events say -------------------------------------------------------------- */

static void
put(ds_claims *c, int claim, ds_view value, uint32_t bound)
{
    c->at[claim].has = true;
    c->at[claim].value = value;
    c->at[claim].bound = bound;
}

/* Only what stands before "system-ready" counts, and the first of a name. */
static void
take_events(ds_claims *c, uint32_t bound)
{
    static const uint8_t pairs[][2] = {
        {DS_EV_APP_ID, DS_CLAIM_APP_ID},
        {DS_EV_COMPOSE_HASH, DS_CLAIM_COMPOSE_HASH},
        {DS_EV_INSTANCE_ID, DS_CLAIM_INSTANCE_ID},
        {DS_EV_OS_IMAGE_HASH, DS_CLAIM_KMS_OS_IMAGE_HASH},
        {DS_EV_KEY_PROVIDER, DS_CLAIM_KEY_PROVIDER},
        {DS_EV_GPU_POLICY_HASH, DS_CLAIM_GPU_POLICY_HASH},
        {DS_EV_GPU_ATTESTATION, DS_CLAIM_GPU_ATTESTATION},
        {DS_EV_STORAGE_FS, DS_CLAIM_STORAGE_FS},
    };
    const ds_event *e;

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        e = ds_story_first(&c->story, pairs[i][0]);
        if (e)
            put(c, pairs[i][1], e->payload, bound);
    }
    for (size_t i = 0; i < c->story.trusted; i++) {
        e = &c->story.events[i];
        if (ds_story_name(e->name) == DS_EV_INIT_SCRIPT_HASH &&
            c->init_script_count < DS_MAX_INIT_SCRIPTS)
            c->init_scripts[c->init_script_count++] = e->payload;
    }
    c->init_scripts_bound = bound;
}

static int
take_key_provider(ds_claims *c, dstack_error *err)
{
    const ds_claim *kp = &c->at[DS_CLAIM_KEY_PROVIDER];
    ds_view name;
    int rc;

    if (!kp->has)
        return DSTACK_OK;
    rc = ds_story_key_provider(kp->value, &name, &c->key_provider_id);
    if (rc == DSTACK_ERR_PARSE)
        return DSTACK_OK; /* the rule about payloads says so */
    if (rc != DSTACK_OK)
        return ds_fail_nomem(err);
    put(c, DS_CLAIM_KEY_PROVIDER_NAME, name, kp->bound);
    put(c, DS_CLAIM_KEY_PROVIDER_ID,
        ds_view_of(c->key_provider_id.p, c->key_provider_id.n), kp->bound);
    return DSTACK_OK;
}

/* Anything but a statement of this version says nothing. */
static int
take_gpu(ds_claims *c, dstack_error *err)
{
    const ds_claim *gpu = &c->at[DS_CLAIM_GPU_ATTESTATION];

    if (gpu->has && ds_gpu_parse(gpu->value, &c->gpu) == DSTACK_ERR_NOMEM)
        return ds_fail_nomem(err);
    return DSTACK_OK;
}

/* ---- what is computed (spec 2.6) --------------------------------------------------- */

/* What a TD is measured by, in the order in which it is hashed. */
enum {
    MR_TD,
    RTMR0,
    RTMR3 = RTMR0 + 3,
    MR_CONFIG_ID,
    REGISTERS = MR_CONFIG_ID + 3
};
typedef struct {
    ds_claims *c;
    ds_hasher sha256;
    uint8_t all[REGISTERS * MR];
} measuring;

static void
take_registers(const dstack_quote *q, uint8_t *out)
{
    static const char *const fields[REGISTERS] = {"mr_td", "rtmr0", "rtmr1",
        "rtmr2", "rtmr3", "mr_config_id", "mr_owner", "mr_owner_config"};

    for (size_t i = 0; i < REGISTERS; i++)
        memcpy(out + MR * i, ds_quote_field(q, fields[i]).p, MR);
}

static int
hash(measuring *m, int slot, int claim, ds_view v, uint32_t bound,
    dstack_error *err)
{
    if (!ds_hasher_run(&m->sha256, &v, 1, m->c->computed[slot]))
        return ds_fail(err, DSTACK_ERR_INTERNAL, "claims: hashing failed");
    put(m->c, claim, ds_view_of(m->c->computed[slot], 32), bound);
    return DSTACK_OK;
}

/* MRTD and RTMR0 to RTMR2, then 32 bytes about the key provider: zeros where
 * none is known. */
static int
mr_system(measuring *m, int slot, int claim, ds_view key_provider,
    uint32_t bound, dstack_error *err)
{
    uint8_t all[RTMR3 * MR + 32] = {0};

    memcpy(all, m->all, RTMR3 * MR);
    if (key_provider.n != 0 &&
        !ds_hasher_run(&m->sha256, &key_provider, 1, all + RTMR3 * MR))
        return ds_fail(err, DSTACK_ERR_INTERNAL, "claims: hashing failed");
    return hash(m, slot, claim, ds_view_of(all, sizeof all), bound, err);
}

/* The same registers, RTMR3, and what the TD was launched with, where that is
 * not zero. */
static int
mr_aggregated(
    measuring *m, int slot, int claim, uint32_t bound, dstack_error *err)
{
    size_t n = REGISTERS;

    if (ds_view_is_zero(ds_view_of(
            m->all + MR_CONFIG_ID * MR, (REGISTERS - MR_CONFIG_ID) * MR)))
        n = MR_CONFIG_ID;
    return hash(m, slot, claim, ds_view_of(m->all, n * MR), bound, err);
}

/* As the same values were when boot-mr-done had been measured: what a KMS
 * authorises. Last, as RTMR3 is not the quote's from here on. */
static int
take_boot(measuring *m, uint32_t bound, dstack_error *err)
{
    const ds_story *story = &m->c->story;
    size_t done = story->first[DS_EV_BOOT_MR_DONE];
    int rc;

    if (story->count[DS_EV_BOOT_MR_DONE] == 0)
        return DSTACK_OK;
    rc = ds_events_replay(
        story->events, done + 1, 3, DS_SHA384, false, m->all + RTMR3 * MR, err);
    if (rc == DSTACK_OK)
        rc = mr_system(m, 2, DS_CLAIM_MR_SYSTEM_BOOT, ds_view_of(NULL, 0),
            DSTACK_BOUND_QUOTE, err);
    if (rc == DSTACK_OK)
        rc = mr_aggregated(m, 3, DS_CLAIM_MR_AGGREGATED_BOOT, bound, err);
    return rc;
}

static int
take_measurements(ds_claims *c, const dstack_quote *q, const ds_pck *pck,
    uint32_t bound, dstack_error *err)
{
    measuring m = {.c = c, .sha256 = {DS_SHA256, NULL}};
    const ds_claim *kp = &c->at[DS_CLAIM_KEY_PROVIDER];
    uint32_t both = bound != 0 ? bound | DSTACK_BOUND_QUOTE : 0;
    int rc;

    take_registers(q, m.all);
    rc = mr_system(&m, 0, DS_CLAIM_MR_SYSTEM, kp->value, both, err);
    if (rc == DSTACK_OK)
        rc = mr_aggregated(
            &m, 1, DS_CLAIM_MR_AGGREGATED, DSTACK_BOUND_QUOTE, err);
    if (rc == DSTACK_OK && pck)
        rc = hash(&m, 4, DS_CLAIM_DEVICE_ID,
            ds_view_of(pck->ppid, sizeof pck->ppid), DSTACK_BOUND_PCK, err);
    if (rc == DSTACK_OK)
        rc = take_boot(&m, both, err);
    ds_hasher_end(&m.sha256);
    return rc;
}

/* ---- what the configuration says ------------------------------------------------------ */

/* Measurements of the image may bind it later; the text alone does not. */
static void
take_config(ds_claims *c, const dstack_vm_config *config)
{
    size_t n;
    const char *hex = dstack_vm_config_text(config, "os_image_hash", &n);

    if (hex && ds_hex_decode(ds_view_of(hex, n), c->os_image_hash, 32))
        put(c, DS_CLAIM_OS_IMAGE_HASH,
            ds_view_of(c->os_image_hash, sizeof c->os_image_hash), 0);
}

static int
take_mr_config(ds_claims *c, const dstack_quote *q,
    const dstack_vm_config *config, dstack_error *err)
{
    size_t n;
    const char *document = dstack_vm_config_text(config, "mr_config", &n);

    return ds_claims_check_mr_config(c, ds_quote_field(q, "mr_config_id"),
        ds_view_of(document, document ? n : 0), err);
}

/* ---- all of it ------------------------------------------------------------------------- */

static void
note_explicit(ds_claims *c)
{
    const ds_claim *app = &c->at[DS_CLAIM_APP_ID];
    const ds_claim *compose = &c->at[DS_CLAIM_COMPOSE_HASH];

    c->explicit_app_id =
        app->has && compose->has &&
        !ds_view_eq(
            app->value, ds_view_of(compose->value.p,
                            compose->value.n < 20 ? compose->value.n : 20));
}

int
ds_claims_new(const dstack_evidence *e, const dstack_quote *q,
    const ds_pck *pck, bool replayed, ds_claims **ret, dstack_error *err)
{
    uint32_t bound = replayed ? DSTACK_BOUND_RTMR3 : 0;
    ds_claims *c;
    int rc;

    *ret = NULL;
    if (q->tee != DSTACK_TEE_TDX || !e->runtime || e->runtime->count == 0)
        return DSTACK_OK;
    c = ds_calloc(1, sizeof *c);
    if (!c)
        return ds_fail_nomem(err);
    ds_buf_init(&c->key_provider_id, DS_MAX_EVENT_PAYLOAD);
    rc = ds_event_log_new(
        e->runtime->events, e->runtime->count, &c->events, err);
    if (rc == DSTACK_OK && ds_story_tell(&c->story, c->events->events,
                               c->events->count) != DSTACK_OK)
        rc = ds_fail_nomem(err);
    if (rc == DSTACK_OK) {
        take_events(c, bound);
        take_config(c, e->config);
        note_explicit(c);
        rc = take_key_provider(c, err);
    }
    if (rc == DSTACK_OK)
        rc = take_gpu(c, err);
    if (rc == DSTACK_OK)
        rc = take_measurements(c, q, pck, bound, err);
    if (rc == DSTACK_OK)
        rc = take_mr_config(c, q, e->config, err);
    if (rc == DSTACK_OK)
        *ret = c;
    else
        ds_claims_free(c);
    return rc;
}

void
ds_claims_free(ds_claims *c)
{
    if (!c)
        return;
    dstack_event_log_free(c->events);
    ds_buf_free(&c->key_provider_id);
    ds_free(c);
}
