/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "dstack/compose.h"
#include "dstack/report.h"
#include "workload/claims.h"
#include "workload/mr_config.h"

/* mr_config_id against what the guest measured (spec 7.6): a TD whose host
 * committed to an app before launch runs that app. */

static void
bind(ds_claims *c, int claim)
{
    if (c->at[claim].has)
        c->at[claim].bound |= DSTACK_BOUND_MR_CONFIG;
}

static bool
claim_is(const ds_claims *c, int claim, const uint8_t *p, size_t n)
{
    return c->at[claim].has && ds_view_eq(c->at[claim].value, ds_view_of(p, n));
}

/* DS_KEYS_* of the event, -1 when it says nothing of the kind. */
static int
keys_of(const ds_claims *c)
{
    const ds_claim *name = &c->at[DS_CLAIM_KEY_PROVIDER_NAME];

    return name->has ? ds_keys_of_event(name->value) : -1;
}

/* What a configuration says of the provider's id: nothing for those that have
 * none of their own. */
static ds_view
keys_id(const ds_claims *c, int kind)
{
    if (kind != DS_KEYS_KMS && kind != DS_KEYS_LOCAL)
        return ds_view_of(NULL, 0);
    return c->at[DS_CLAIM_KEY_PROVIDER_ID].value;
}

/* ---- versions 1 and 2 -------------------------------------------------------------- */

static int
check_v1(ds_claims *c, ds_view id, dstack_error *err)
{
    ds_view compose = c->at[DS_CLAIM_COMPOSE_HASH].value;
    uint8_t want[48];
    int rc;

    c->mr_config_why = "it commits to another compose hash";
    if (compose.n != 32)
        return DSTACK_OK;
    rc = dstack_mr_config_id_v1(compose.p, compose.n, want, sizeof want, err);
    if (rc == DSTACK_OK && ds_view_eq(id, ds_view_of(want, sizeof want))) {
        c->mr_config_why = NULL;
        bind(c, DS_CLAIM_COMPOSE_HASH);
    }
    return rc;
}

static int
check_v2(ds_claims *c, ds_view id, dstack_error *err)
{
    static const char *const kinds[] = {"none", "local", "kms", "tpm"};
    ds_view compose = c->at[DS_CLAIM_COMPOSE_HASH].value;
    ds_view app = c->at[DS_CLAIM_APP_ID].value;
    int kind = keys_of(c);
    ds_view keys = keys_id(c, kind);
    uint8_t want[48];
    int rc;

    c->mr_config_why =
        "it commits to another compose hash, app id or key provider";
    if (compose.n != 32 || app.n != 20 || kind < 0)
        return DSTACK_OK;
    rc = dstack_mr_config_id_v2(compose.p, compose.n, app.p, app.n, kinds[kind],
        keys.p, keys.n, want, sizeof want, err);
    if (rc == DSTACK_OK && ds_view_eq(id, ds_view_of(want, sizeof want))) {
        c->mr_config_why = NULL;
        bind(c, DS_CLAIM_COMPOSE_HASH);
        bind(c, DS_CLAIM_APP_ID);
        bind(c, DS_CLAIM_KEY_PROVIDER);
        bind(c, DS_CLAIM_KEY_PROVIDER_NAME);
        if (kind == DS_KEYS_KMS || kind == DS_KEYS_LOCAL)
            bind(c, DS_CLAIM_KEY_PROVIDER_ID);
    }
    return rc;
}

/* ---- version 3 ----------------------------------------------------------------------- */

static bool
scripts_are(const ds_claims *c, const ds_mr_config *m)
{
    if (c->init_script_count != m->init_script_count)
        return false;
    for (size_t i = 0; i < m->init_script_count; i++)
        if (!ds_view_eq(c->init_scripts[i], ds_view_of(m->init_scripts[i], 32)))
            return false;
    return true;
}

/* What the document says and the events do not; NULL when they agree. */
static const char *
differs(const ds_claims *c, const ds_mr_config *m)
{
    if (!claim_is(c, DS_CLAIM_COMPOSE_HASH, m->compose_hash, 32))
        return "its document has another compose hash";
    if (m->has_app_id && !claim_is(c, DS_CLAIM_APP_ID, m->app_id, 20))
        return "its document has another app id";
    if (m->has_instance_id &&
        !claim_is(c, DS_CLAIM_INSTANCE_ID, m->instance_id, 20))
        return "its document has another instance id";
    if (m->has_gpu_policy_hash &&
        !claim_is(c, DS_CLAIM_GPU_POLICY_HASH, m->gpu_policy_hash, 32))
        return "its document has another GPU policy";
    if (m->key_provider != keys_of(c))
        return "its document has another key provider";
    if (m->has_key_provider_id &&
        !ds_view_eq(keys_id(c, m->key_provider),
            ds_view_of(m->key_provider_id.p, m->key_provider_id.n)))
        return "its document has another key provider id";
    if (m->has_init_scripts && !scripts_are(c, m))
        return "its document has other init scripts";
    return NULL;
}

static void
bind_document(ds_claims *c, const ds_mr_config *m)
{
    bind(c, DS_CLAIM_COMPOSE_HASH);
    bind(c, DS_CLAIM_KEY_PROVIDER_NAME);
    if (m->has_app_id)
        bind(c, DS_CLAIM_APP_ID);
    if (m->has_instance_id)
        bind(c, DS_CLAIM_INSTANCE_ID);
    if (m->has_gpu_policy_hash)
        bind(c, DS_CLAIM_GPU_POLICY_HASH);
    if (m->has_key_provider_id)
        bind(c, DS_CLAIM_KEY_PROVIDER_ID);
    if (m->has_init_scripts)
        c->init_scripts_bound |= DSTACK_BOUND_MR_CONFIG;
}

static int
check_v3(ds_claims *c, ds_view id, ds_view document, dstack_error *err)
{
    uint8_t want[48] = {3};
    ds_mr_config m;
    int rc;

    c->mr_config_why = "it is of a document that did not come along";
    if (document.n == 0)
        return DSTACK_OK;
    if (!ds_mr_config_hash(document, want + 1))
        return ds_fail(err, DSTACK_ERR_INTERNAL, "claims: hashing failed");
    c->mr_config_why = "it is of another document";
    if (!ds_view_eq(id, ds_view_of(want, sizeof want)))
        return DSTACK_OK;
    rc = ds_mr_config_parse(document, &m, NULL);
    if (rc == DSTACK_ERR_PARSE) {
        c->mr_config_why = "its document is malformed";
        rc = DSTACK_OK;
    } else if (rc == DSTACK_OK) {
        c->mr_config_why = differs(c, &m);
        if (!c->mr_config_why)
            bind_document(c, &m);
    } else {
        rc = ds_fail_nomem(err);
    }
    ds_mr_config_free(&m);
    return rc;
}

int
ds_claims_check_mr_config(
    ds_claims *c, ds_view mr_config_id, ds_view document, dstack_error *err)
{
    if (ds_view_is_zero(mr_config_id))
        return DSTACK_OK;
    c->mr_config = mr_config_id.p[0];
    switch (mr_config_id.p[0]) {
    case 1:
        return check_v1(c, mr_config_id, err);
    case 2:
        return check_v2(c, mr_config_id, err);
    case 3:
        return check_v3(c, mr_config_id, document, err);
    default:
        c->mr_config = -1;
        c->mr_config_why = "its first byte is none of 0, 1, 2 and 3";
        return DSTACK_OK;
    }
}
