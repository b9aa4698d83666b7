/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/limits.h"
#include "codec/json.h"
#include "dstack/vm_config.h"
#include "workload/vm_config.h"

/* Every text is a NUL-terminated copy in the store. */
struct member {
    ds_view name;
    ds_view raw;
    ds_view text; /* p is NULL unless it is a string */
    uint64_t number;
    bool has_number;
    uint8_t type;
};

struct dstack_vm_config {
    struct member *members;
    size_t count;
    ds_view json;
    char *store;
    size_t used;
};

/* ---- parsing ------------------------------------------------------------------ */

static ds_view
put(dstack_vm_config *c, ds_view v)
{
    char *at = c->store + c->used;

    if (v.n != 0)
        memcpy(at, v.p, v.n);
    at[v.n] = 0;
    c->used += v.n + 1;
    return ds_view_of(at, v.n);
}

/* A member's name, or its value where that is text, decoded. */
static int
put_decoded(dstack_vm_config *c, const ds_json *j, ds_jv v, bool name,
    ds_view *ret, dstack_error *err)
{
    ds_view raw = name ? ds_json_name(j, v) : ds_json_raw(j, v);
    ds_buf text;
    int rc;

    if (!memchr(raw.p, '\\', raw.n)) {
        /* As it stands, a value without its quotes. */
        *ret = put(c, name ? raw : ds_view_of(raw.p + 1, raw.n - 2));
        return DSTACK_OK;
    }
    ds_buf_init(&text, DS_MAX_CONFIG);
    rc = name ? ds_json_name_buf(j, v, &text, err)
              : ds_json_string_buf(j, v, &text, err);
    if (rc == DSTACK_OK)
        *ret = put(c, ds_view_of(text.p, text.n));
    ds_buf_free(&text);
    return rc;
}

static int
read_member(dstack_vm_config *c, const ds_json *j, ds_jv v, struct member *m,
    dstack_error *err)
{
    int rc = put_decoded(c, j, v, true, &m->name, err);

    m->type = (uint8_t)ds_json_type(j, v);
    m->raw = put(c, ds_json_raw(j, v));
    if (m->type == DS_JSON_NUMBER)
        m->has_number =
            ds_json_u64(j, v, UINT64_MAX, &m->number, NULL) == DSTACK_OK;
    if (rc == DSTACK_OK && m->type == DS_JSON_STRING)
        rc = put_decoded(c, j, v, false, &m->text, err);
    return rc;
}

static int
read_members(const ds_json *j, dstack_vm_config *c, dstack_error *err)
{
    ds_view text = ds_json_raw(j, 0);
    size_t n = ds_json_count(j, 0);
    int rc = DSTACK_OK;

    c->members = ds_calloc(n, sizeof *c->members);
    /* The text itself, and each part of it at most twice, decoded and raw. */
    c->store = ds_malloc(text.n * 3 + n * 3 + 1);
    if (!c->members || !c->store)
        return ds_fail_nomem(err);
    c->json = put(c, text);
    for (ds_jv v = ds_json_first(j, 0); v != DS_JSON_NONE && rc == DSTACK_OK;
         v = ds_json_next(j, v))
        rc = read_member(c, j, v, &c->members[c->count++], err);
    return rc;
}

static int
parse_object(ds_view text, ds_json **ret, dstack_error *err)
{
    int rc = ds_json_parse(text, "vm_config", ret, err);

    return rc == DSTACK_OK ? ds_json_expect(*ret, 0, DS_JSON_OBJECT, err) : rc;
}

/* What the configuration is wrapped into is taken off, once. */
static int
read_wrapped(
    const ds_json *j, ds_jv inner, dstack_vm_config *c, dstack_error *err)
{
    ds_json *k = NULL;
    ds_buf text;
    int rc;

    ds_buf_init(&text, DS_MAX_CONFIG);
    if (ds_json_type(j, inner) == DS_JSON_STRING) {
        rc = ds_json_string_buf(j, inner, &text, err);
    } else {
        rc = ds_json_expect(j, inner, DS_JSON_OBJECT, err);
        ds_buf_add(&text, ds_json_raw(j, inner).p, ds_json_raw(j, inner).n);
    }
    if (text.n == 0)
        ds_buf_add_str(&text, "{}");
    if (rc == DSTACK_OK && (text.nomem || text.bad))
        rc = ds_fail_nomem(err);
    if (rc == DSTACK_OK)
        rc = parse_object(ds_view_of(text.p, text.n), &k, err);
    if (rc == DSTACK_OK && ds_json_get(k, 0, "vm_config") != DS_JSON_NONE)
        rc = ds_json_fail(k, ds_json_get(k, 0, "vm_config"), DSTACK_REASON_JSON,
            err, "a configuration inside a configuration");
    if (rc == DSTACK_OK)
        rc = read_members(k, c, err);
    ds_json_free(k);
    ds_buf_free(&text);
    return rc;
}

static int
read_config(ds_view text, dstack_vm_config *c, dstack_error *err)
{
    ds_json *j = NULL;
    ds_jv inner = DS_JSON_NONE;
    int rc = parse_object(text, &j, err);

    if (rc == DSTACK_OK)
        inner = ds_json_get(j, 0, "vm_config");
    if (rc == DSTACK_OK && inner != DS_JSON_NONE)
        rc = read_wrapped(j, inner, c, err);
    else if (rc == DSTACK_OK)
        rc = read_members(j, c, err);
    ds_json_free(j);
    return rc;
}

int
ds_vm_config_parse(ds_view text, dstack_vm_config **ret, dstack_error *err)
{
    dstack_vm_config *c;
    int rc;

    *ret = NULL;
    if (text.n > DS_MAX_CONFIG)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_WORKLOAD,
            DSTACK_REASON_VM_CONFIG,
            "vm_config: %zu bytes, at most %u are "
            "allowed",
            text.n, DS_MAX_CONFIG);
    c = ds_calloc(1, sizeof *c);
    if (!c)
        return ds_fail_nomem(err);
    rc = read_config(text.n != 0 ? text : ds_view_str("{}"), c, err);
    if (rc == DSTACK_OK)
        *ret = c;
    else
        dstack_vm_config_free(c);
    return ds_err_as(err, rc, DSTACK_STAGE_WORKLOAD, DSTACK_REASON_VM_CONFIG);
}

int
dstack_vm_config_parse(const uint8_t *data, size_t data_len,
    dstack_vm_config **ret, dstack_error *err)
{
    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!data || !ret)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_vm_config_parse: NULL argument");
    return ds_vm_config_parse(ds_view_of(data, data_len), ret, err);
}

void
dstack_vm_config_free(dstack_vm_config *config)
{
    if (!config)
        return;
    ds_free(config->members);
    ds_free(config->store);
    ds_free(config);
}

/* ---- getters ------------------------------------------------------------------ */

static const char *
lend(ds_view v, size_t *len)
{
    if (len)
        *len = v.p ? v.n : 0;
    return (const char *)v.p;
}

static const struct member *
find(const dstack_vm_config *config, const char *name, int type)
{
    for (size_t i = 0; config && name && i < config->count; i++) {
        const struct member *m = &config->members[i];

        if (ds_view_eq_str(m->name, name))
            return type == DS_JSON_MISSING || m->type == type ? m : NULL;
    }
    return NULL;
}

const char *
dstack_vm_config_json(const dstack_vm_config *config, size_t *len)
{
    return lend(config ? config->json : ds_view_of(NULL, 0), len);
}

size_t
dstack_vm_config_count(const dstack_vm_config *config)
{
    return config ? config->count : 0;
}

const char *
dstack_vm_config_name(const dstack_vm_config *config, size_t index)
{
    return config && index < config->count
               ? (const char *)config->members[index].name.p
               : NULL;
}

const char *
dstack_vm_config_text(
    const dstack_vm_config *config, const char *name, size_t *len)
{
    const struct member *m = find(config, name, DS_JSON_STRING);

    return lend(m ? m->text : ds_view_of(NULL, 0), len);
}

uint64_t
dstack_vm_config_number(
    const dstack_vm_config *config, const char *name, int *found)
{
    const struct member *m = find(config, name, DS_JSON_NUMBER);
    bool is = m && m->has_number;

    if (found)
        *found = is;
    return is ? m->number : 0;
}

int
dstack_vm_config_flag(
    const dstack_vm_config *config, const char *name, int *found)
{
    bool yes = find(config, name, DS_JSON_TRUE) != NULL;

    if (found)
        *found = yes || find(config, name, DS_JSON_FALSE);
    return yes;
}

const char *
dstack_vm_config_raw(
    const dstack_vm_config *config, const char *name, size_t *len)
{
    const struct member *m = find(config, name, DS_JSON_MISSING);

    return lend(m ? m->raw : ds_view_of(NULL, 0), len);
}
