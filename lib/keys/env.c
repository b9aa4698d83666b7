/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/env.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "codec/json.h"

typedef struct {
    char *name;
    size_t name_len;
    uint8_t *value; /* ds_secret_alloc's */
    size_t value_len;
} variable;

struct dstack_env {
    variable *at;
    size_t count;
    size_t cap;
    size_t total; /* bytes of names and values */
};

int
dstack_env_new(dstack_env **ret, dstack_error *err)
{
    ds_err_clear(err);
    if (!ret)
        return ds_fail(err, DSTACK_ERR_ARG, "dstack_env_new: NULL argument");
    *ret = ds_calloc(1, sizeof **ret);
    return *ret ? DSTACK_OK : ds_fail_nomem(err);
}

void
dstack_env_free(dstack_env *env)
{
    if (!env)
        return;
    for (size_t i = 0; i < env->count; i++) {
        ds_free(env->at[i].name);
        ds_secret_free(env->at[i].value);
    }
    ds_free(env->at);
    ds_free(env);
}

/* ---- the guest's rules ------------------------------------------------------------ */

static int
refuse(dstack_error *err, int reason, const char *message, size_t found,
    size_t most)
{
    return ds_fail_reason(err, ds_reason_code(reason), DSTACK_STAGE_KEYS,
        reason, "environment: %s; found %zu, at most %zu", message, found,
        most);
}

bool
ds_env_is_name(ds_view name)
{
    for (size_t i = 0; i < name.n; i++) {
        uint8_t c = name.p[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

        if (!letter && c != '_' && !(i > 0 && c >= '0' && c <= '9'))
            return false;
    }
    return name.n != 0;
}

/* A name may be a value that stands in the wrong place: it is never shown
 * before it passed. */
static int
check_variable(ds_view name, ds_view value, dstack_error *err)
{
    if (name.n > DS_MAX_ENV_NAME)
        return refuse(err, DSTACK_REASON_ENV_NAME, "a name's bytes", name.n,
            DS_MAX_ENV_NAME);
    if (!ds_env_is_name(name))
        return ds_fail_reason(err, DSTACK_ERR_ARG, DSTACK_STAGE_KEYS,
            DSTACK_REASON_ENV_NAME,
            "environment: a name of %zu bytes; expected a letter or _, then "
            "letters, digits and _",
            name.n);
    if (value.n > DS_MAX_ENV_VALUE)
        return refuse(err, DSTACK_REASON_ENV_VALUE, "a value's bytes", value.n,
            DS_MAX_ENV_VALUE);
    if (!ds_utf8_is(value))
        return ds_fail_reason(err, DSTACK_ERR_ARG, DSTACK_STAGE_KEYS,
            DSTACK_REASON_ENV_VALUE,
            "environment: the value of %.*s is not UTF-8, or has a NUL in it",
            (int)name.n, (const char *)name.p);
    return DSTACK_OK;
}

/* ---- setting --------------------------------------------------------------------- */

static variable *
find(const dstack_env *env, ds_view name)
{
    for (size_t i = 0; i < env->count; i++)
        if (ds_view_eq(ds_view_of(env->at[i].name, env->at[i].name_len), name))
            return &env->at[i];
    return NULL;
}

static bool
grow(dstack_env *env)
{
    size_t cap = env->cap != 0 ? 2 * env->cap : 16;
    variable *at;

    if (env->count < env->cap)
        return true;
    at = ds_realloc_array(env->at, cap, sizeof *at);
    if (!at)
        return false;
    env->at = at;
    env->cap = cap;
    return true;
}

static uint8_t *
lock(ds_view value)
{
    uint8_t *p = ds_secret_alloc(value.n + 1);

    if (!p)
        return NULL;
    if (value.n != 0)
        memcpy(p, value.p, value.n);
    p[value.n] = 0;
    return p;
}

int
ds_env_set(dstack_env *env, ds_view name, ds_view value, dstack_error *err)
{
    variable *old = find(env, name);
    size_t total = env->total;
    uint8_t *locked;
    int rc = check_variable(name, value, err);

    if (rc != DSTACK_OK)
        return rc;
    total += old ? value.n - old->value_len : name.n + value.n;
    if (total > DS_MAX_ENV_TOTAL)
        return refuse(err, DSTACK_REASON_ENV_TOTAL,
            "bytes of all names and values", total, DS_MAX_ENV_TOTAL);
    if (!old && env->count == DS_MAX_ENVS)
        return refuse(err, DSTACK_REASON_ENV_COUNT, "variables", env->count + 1,
            DS_MAX_ENVS);
    locked = lock(value);
    if (!locked)
        return ds_fail_nomem(err);
    if (!old && grow(env)) {
        old = &env->at[env->count];
        *old = (variable){ds_memdup(name.p, name.n), name.n, NULL, 0};
        if (old->name)
            env->count++;
        else
            old = NULL;
    }
    if (!old) {
        ds_secret_free(locked);
        return ds_fail_nomem(err);
    }
    ds_secret_free(old->value);
    old->value = locked;
    old->value_len = value.n;
    env->total = total;
    return DSTACK_OK;
}

int
dstack_env_set(dstack_env *env, const char *name, const uint8_t *value,
    size_t value_len, dstack_error *err)
{
    ds_err_clear(err);
    if (!env || !name || (!value && value_len != 0))
        return ds_fail(err, DSTACK_ERR_ARG, "dstack_env_set: NULL argument");
    return ds_env_set(
        env, ds_view_str(name), ds_view_of(value, value_len), err);
}

/* ---- a file of lines -------------------------------------------------------------- */

static int
set_line(dstack_env *env, ds_view line, size_t number, dstack_error *err)
{
    const uint8_t *equals;
    size_t n;

    while (line.n != 0 && (line.p[0] == ' ' || line.p[0] == '\t')) {
        line.p++;
        line.n--;
    }
    if (line.n != 0 && line.p[line.n - 1] == '\r')
        line.n--;
    if (line.n == 0 || line.p[0] == '#')
        return DSTACK_OK;
    equals = memchr(line.p, '=', line.n);
    if (!equals)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_KEYS,
            DSTACK_REASON_ENV_FILE,
            "environment file: line %zu has no =; expected NAME=VALUE", number);
    n = (size_t)(equals - line.p);
    return ds_env_set(env, ds_view_of(line.p, n),
        ds_view_of(equals + 1, line.n - n - 1), err);
}

int
dstack_env_set_file(
    dstack_env *env, const uint8_t *text, size_t text_len, dstack_error *err)
{
    size_t at = 0, number = 1;
    int rc = DSTACK_OK;

    ds_err_clear(err);
    if (!env || (!text && text_len != 0))
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_env_set_file: NULL argument");
    if (text_len > DS_MAX_ENV_FILE)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_KEYS,
            DSTACK_REASON_ENV_FILE, "environment file: %zu bytes, more than %u",
            text_len, DS_MAX_ENV_FILE);
    while (rc == DSTACK_OK && at < text_len) {
        const uint8_t *end = memchr(text + at, '\n', text_len - at);
        size_t n = end ? (size_t)(end - text) - at : text_len - at;

        rc = set_line(env, ds_view_of(text + at, n), number++, err);
        at += n + 1;
    }
    return rc;
}

/* ---- getters ---------------------------------------------------------------------- */

size_t
dstack_env_count(const dstack_env *env)
{
    return env ? env->count : 0;
}

const char *
dstack_env_name(const dstack_env *env, size_t index)
{
    return env && index < env->count ? env->at[index].name : "";
}

const uint8_t *
dstack_env_value(const dstack_env *env, size_t index, size_t *len)
{
    const variable *v = env && index < env->count ? &env->at[index] : NULL;

    if (len)
        *len = v ? v->value_len : 0;
    return v ? v->value : NULL;
}

/* ---- what the app allows ------------------------------------------------------------ */

static bool
is_allowed(const ds_json *j, ds_jv allowed, const char *name)
{
    for (ds_jv v = ds_json_first(j, allowed); v != DS_JSON_NONE;
         v = ds_json_next(j, v)) {
        ds_view text;

        /* Names have no escapes; what does, is not one. */
        if (ds_json_string(j, v, DS_MAX_ENV_NAME, &text, NULL) == DSTACK_OK &&
            ds_view_eq_str(text, name))
            return true;
    }
    return false;
}

int
dstack_env_check_allowed(const dstack_env *env, const uint8_t *app_compose,
    size_t app_compose_len, dstack_error *err)
{
    ds_json *j = NULL;
    int rc;

    ds_err_clear(err);
    if (!env || !app_compose)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_env_check_allowed: NULL argument");
    if (app_compose_len > DS_MAX_APP_COMPOSE)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_KEYS,
            DSTACK_REASON_COMPOSE_JSON, "app-compose: %zu bytes, more than %u",
            app_compose_len, DS_MAX_APP_COMPOSE);
    rc = ds_json_parse(
        ds_view_of(app_compose, app_compose_len), "app-compose", &j, err);
    if (rc == DSTACK_OK)
        rc = ds_json_expect(j, 0, DS_JSON_OBJECT, err);
    rc = ds_err_as(err, rc, DSTACK_STAGE_KEYS, DSTACK_REASON_COMPOSE_JSON);
    for (size_t i = 0; rc == DSTACK_OK && i < env->count; i++)
        if (!is_allowed(j, ds_json_get(j, 0, "allowed_envs"), env->at[i].name))
            rc = ds_fail_reason(err, DSTACK_ERR_POLICY, DSTACK_STAGE_KEYS,
                DSTACK_REASON_ENV_NOT_ALLOWED,
                "environment: %s is not in the app's allowed_envs; the guest "
                "would drop it",
                env->at[i].name);
    ds_json_free(j);
    return rc;
}
