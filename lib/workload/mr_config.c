/* SPDX-License-Identifier: Apache-2.0 */
#include "workload/mr_config.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "codec/json.h"
#include "crypto/hash.h"
#include "dstack/compose.h"

#define ID_SIZE 48u

static const char *const kinds[DS_KEYS_COUNT] = {"none", "local", "kms", "tpm"};

int
ds_keys_of_document(ds_view name)
{
    for (int i = 0; i < DS_KEYS_COUNT; i++)
        if (ds_view_eq_str(name, kinds[i]))
            return i;
    return -1;
}

int
ds_keys_of_event(ds_view name)
{
    if (ds_view_eq_str(name, "local"))
        return -1;
    if (ds_view_eq_str(name, "local-sgx"))
        return DS_KEYS_LOCAL;
    return ds_keys_of_document(name);
}

/* ---- version 3's document -------------------------------------------------------- */

bool
ds_mr_config_hash(ds_view document, uint8_t hash[32])
{
    /* The NUL at the end belongs to it. */
    static const char domain[] = "dstack-mr-config-v3:";

    return ds_hash(
        DS_SHA256, ds_view_of(domain, sizeof domain), document, hash);
}

struct reader {
    const ds_json *j;
    ds_mr_config *m;
    dstack_error *err;
};

typedef int
read_fn(struct reader *r, ds_jv v);

static int
read_version(struct reader *r, ds_jv v)
{
    uint64_t version = 0;
    int rc = ds_json_u64(r->j, v, UINT32_MAX, &version, r->err);

    if (rc == DSTACK_OK && version != 3)
        rc = ds_json_fail(
            r->j, v, DSTACK_REASON_JSON_RANGE, r->err, "expected 3");
    return rc;
}

static int
read_compose_hash(struct reader *r, ds_jv v)
{
    return ds_json_hex(r->j, v, r->m->compose_hash, 32, r->err);
}

static int
read_app_id(struct reader *r, ds_jv v)
{
    r->m->has_app_id = true;
    return ds_json_hex(r->j, v, r->m->app_id, 20, r->err);
}

static int
read_instance_id(struct reader *r, ds_jv v)
{
    r->m->has_instance_id = true;
    return ds_json_hex(r->j, v, r->m->instance_id, 20, r->err);
}

static int
read_gpu_policy_hash(struct reader *r, ds_jv v)
{
    r->m->has_gpu_policy_hash = true;
    return ds_json_hex(r->j, v, r->m->gpu_policy_hash, 32, r->err);
}

static int
read_key_provider(struct reader *r, ds_jv v)
{
    ds_view name;
    int rc = ds_json_string(r->j, v, 16, &name, r->err);

    if (rc != DSTACK_OK)
        return rc;
    r->m->key_provider = ds_keys_of_document(name);
    if (r->m->key_provider < 0)
        return ds_json_fail(r->j, v, DSTACK_REASON_JSON, r->err,
            "expected none, local, kms or tpm");
    return DSTACK_OK;
}

static int
read_key_provider_id(struct reader *r, ds_jv v)
{
    ds_view hex;
    int rc = ds_json_string(r->j, v, DS_MAX_MR_CONFIG, &hex, r->err);

    if (rc != DSTACK_OK)
        return rc;
    r->m->has_key_provider_id = true;
    if (ds_hex_decode_buf(hex, &r->m->key_provider_id))
        return DSTACK_OK;
    if (r->m->key_provider_id.nomem)
        return ds_fail_nomem(r->err);
    return ds_json_fail(r->j, v, DSTACK_REASON_JSON, r->err, "expected hex");
}

static int
read_init_scripts(struct reader *r, ds_jv v)
{
    size_t n = ds_json_count(r->j, v), i = 0;
    int rc = ds_json_expect(r->j, v, DS_JSON_ARRAY, r->err);

    if (rc != DSTACK_OK)
        return rc;
    if (n > DS_MAX_INIT_SCRIPTS)
        return ds_json_fail(r->j, v, DSTACK_REASON_JSON_RANGE, r->err,
            "%zu hashes, at most %d are allowed", n, DS_MAX_INIT_SCRIPTS);
    for (ds_jv e = ds_json_first(r->j, v); e != DS_JSON_NONE && rc == DSTACK_OK;
         e = ds_json_next(r->j, e))
        rc = ds_json_hex(r->j, e, r->m->init_scripts[i++], 32, r->err);
    r->m->has_init_scripts = true;
    r->m->init_script_count = n;
    return rc;
}

static const struct {
    const char *name;
    bool needed;
    read_fn *read;
} members[] = {
    {"version", true, read_version},
    {"compose_hash", true, read_compose_hash},
    {"key_provider", true, read_key_provider},
    {"app_id", false, read_app_id},
    {"instance_id", false, read_instance_id},
    {"gpu_policy_hash", false, read_gpu_policy_hash},
    {"key_provider_id", false, read_key_provider_id},
    {"init_script_hashes", false, read_init_scripts},
};
#define MEMBERS (sizeof members / sizeof members[0])

static int
read_members(struct reader *r)
{
    size_t known = 0;
    ds_jv v;
    int rc;

    for (size_t i = 0; i < MEMBERS; i++) {
        v = ds_json_get(r->j, 0, members[i].name);
        if (v == DS_JSON_NONE && !members[i].needed)
            continue;
        rc = v == DS_JSON_NONE
                 ? ds_json_need(r->j, 0, members[i].name, &v, r->err)
                 : members[i].read(r, v);
        if (rc != DSTACK_OK)
            return rc;
        known++;
    }
    if (known != ds_json_count(r->j, 0))
        return ds_json_fail(r->j, 0, DSTACK_REASON_JSON, r->err,
            "a member that such a document does not have");
    return DSTACK_OK;
}

int
ds_mr_config_parse(ds_view document, ds_mr_config *m, dstack_error *err)
{
    struct reader r = {.m = m, .err = err};
    ds_json *j = NULL;
    int rc;

    memset(m, 0, sizeof *m);
    ds_buf_init(&m->key_provider_id, DS_MAX_MR_CONFIG);
    if (document.n > DS_MAX_MR_CONFIG)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_WORKLOAD,
            DSTACK_REASON_MR_CONFIG_DOCUMENT,
            "mr_config: %zu bytes, at most %u are allowed", document.n,
            DS_MAX_MR_CONFIG);
    rc = ds_json_parse(document, "mr_config", &j, err);
    if (rc == DSTACK_OK)
        rc = ds_json_expect(j, 0, DS_JSON_OBJECT, err);
    r.j = j;
    if (rc == DSTACK_OK)
        rc = read_members(&r);
    ds_json_free(j);
    return ds_err_as(
        err, rc, DSTACK_STAGE_WORKLOAD, DSTACK_REASON_MR_CONFIG_DOCUMENT);
}

void
ds_mr_config_free(ds_mr_config *m)
{
    ds_buf_free(&m->key_provider_id);
}

/* ---- identities ------------------------------------------------------------------------ */

static int
fail_arg(dstack_error *err, const char *function)
{
    return ds_fail(err, DSTACK_ERR_ARG,
        "%s: NULL argument, or a value of another size than it has", function);
}

static int
fail_hash(dstack_error *err)
{
    return ds_fail(err, DSTACK_ERR_INTERNAL, "hashing failed");
}

/* Clears the outputs; false when there is nowhere to put the value. */
static bool
begin(uint8_t *out, size_t n, size_t want, dstack_error *err)
{
    ds_err_clear(err);
    if (out)
        memset(out, 0, n);
    return out && n == want;
}

int
dstack_compose_hash(const uint8_t *app_compose, size_t app_compose_len,
    uint8_t *hash, size_t hash_len, dstack_error *err)
{
    if (!begin(hash, hash_len, 32, err) || !app_compose)
        return fail_arg(err, "dstack_compose_hash");
    if (!ds_hash(DS_SHA256, ds_view_of(app_compose, app_compose_len),
            ds_view_of(NULL, 0), hash))
        return fail_hash(err);
    return DSTACK_OK;
}

int
dstack_mr_config_id_v1(const uint8_t *compose_hash, size_t compose_hash_len,
    uint8_t *id, size_t id_len, dstack_error *err)
{
    if (!begin(id, id_len, ID_SIZE, err) || !compose_hash ||
        compose_hash_len != 32)
        return fail_arg(err, "dstack_mr_config_id_v1");
    id[0] = 1;
    memcpy(id + 1, compose_hash, 32);
    return DSTACK_OK;
}

int
dstack_mr_config_id_v2(const uint8_t *compose_hash, size_t compose_hash_len,
    const uint8_t *app_id, size_t app_id_len, const char *key_provider,
    const uint8_t *key_provider_id, size_t key_provider_id_len, uint8_t *id,
    size_t id_len, dstack_error *err)
{
    uint8_t front[32 + 20 + 1];
    int kind = ds_keys_of_document(ds_view_str(key_provider));

    if (!begin(id, id_len, ID_SIZE, err) || !compose_hash ||
        compose_hash_len != 32 || !app_id || app_id_len != 20 || kind < 0 ||
        (!key_provider_id && key_provider_id_len != 0))
        return fail_arg(err, "dstack_mr_config_id_v2");
    memcpy(front, compose_hash, 32);
    memcpy(front + 32, app_id, 20);
    front[52] = (uint8_t)kind;
    if (!ds_hash(DS_KECCAK256, ds_view_of(front, sizeof front),
            ds_view_of(key_provider_id, key_provider_id_len), id + 1))
        return fail_hash(err);
    id[0] = 2;
    return DSTACK_OK;
}

int
dstack_mr_config_id_v3(const uint8_t *document, size_t document_len,
    uint8_t *id, size_t id_len, dstack_error *err)
{
    ds_mr_config m;
    int rc;

    if (!begin(id, id_len, ID_SIZE, err) || !document)
        return fail_arg(err, "dstack_mr_config_id_v3");
    rc = ds_mr_config_parse(ds_view_of(document, document_len), &m, err);
    ds_mr_config_free(&m);
    if (rc != DSTACK_OK)
        return rc;
    if (!ds_mr_config_hash(ds_view_of(document, document_len), id + 1))
        return fail_hash(err);
    id[0] = 3;
    return DSTACK_OK;
}
