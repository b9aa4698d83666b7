/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "keys/compose_notes.h"
#include "keys/env.h"

/* What in an app-compose file makes the app weaker than it could be, or leaves
 * a decision to somebody else. */

typedef struct {
    const ds_json *j;
    dstack_compose_notes *notes;
} lint;

static bool
note(const lint *l, int kind, const char *member, ds_view found)
{
    return ds_compose_note_at(l->notes, kind, member, 0, found);
}

static ds_jv
member(const lint *l, const char *name)
{
    return ds_json_get(l->j, 0, name);
}

/* null is as good as absent. */
static int
type_of(const lint *l, ds_jv v)
{
    int type = ds_json_type(l->j, v);

    return type == DS_JSON_NULL ? DS_JSON_MISSING : type;
}

static bool
is_text(const lint *l, ds_jv v, const char *text)
{
    ds_view t;

    return ds_json_string(l->j, v, 64, &t, NULL) == DSTACK_OK &&
           ds_view_eq_str(t, text);
}

static bool
is_empty_text(const lint *l, ds_jv v)
{
    return type_of(l, v) == DS_JSON_MISSING || is_text(l, v, "");
}

/* ---- members that are true or false ------------------------------------------- */

static const struct {
    const char *name; /* with its parents */
    int bad;          /* DS_JSON_TRUE or _FALSE; 0: neither */
    int kind;
} flags[] = {
    {"public_logs", DS_JSON_TRUE, DS_LINT_PUBLIC_LOGS},
    {"public_sysinfo", DS_JSON_TRUE, DS_LINT_PUBLIC_SYSINFO},
    {"public_tcbinfo", DS_JSON_TRUE, DS_LINT_PUBLIC_TCBINFO},
    {"secure_time", DS_JSON_FALSE, DS_LINT_NO_SECURE_TIME},
    {"no_instance_id", DS_JSON_TRUE, DS_LINT_NO_INSTANCE_ID},
    {"kms_enabled", 0, 0},
    {"gateway_enabled", 0, 0},
    {"tproxy_enabled", 0, 0},
    {"local_key_provider_enabled", 0, 0},
    {"requirements.gpu_policy.attest_gpu", DS_JSON_FALSE,
        DS_LINT_GPU_UNATTESTED},
    {"requirements.gpu_policy.allow_devtools", DS_JSON_TRUE,
        DS_LINT_GPU_DEVTOOLS},
    {"requirements.gpu_policy.allow_debug", DS_JSON_TRUE, DS_LINT_GPU_DEBUG},
    {"requirements.gpu_policy.allow_insecure_boot", DS_JSON_TRUE,
        DS_LINT_GPU_INSECURE_BOOT},
};
static const char gpu_prefix[] = "requirements.gpu_policy.";

static bool
look_at_flags(const lint *l)
{
    ds_jv gpu = ds_json_get(l->j, member(l, "requirements"), "gpu_policy");

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        bool of_gpu =
            strncmp(flags[i].name, gpu_prefix, sizeof gpu_prefix - 1) == 0;
        ds_jv v = of_gpu ? ds_json_get(
                               l->j, gpu, flags[i].name + sizeof gpu_prefix - 1)
                         : member(l, flags[i].name);
        int type = ds_json_type(l->j, v);
        bool weak = flags[i].bad != 0 && type == flags[i].bad;
        bool odd = type != DS_JSON_MISSING && type != DS_JSON_TRUE &&
                   type != DS_JSON_FALSE;

        if ((weak || odd) && !note(l, weak ? flags[i].kind : DS_LINT_TYPE,
                                 flags[i].name, ds_json_raw(l->j, v)))
            return false;
    }
    return true;
}

/* ---- unknown members ---------------------------------------------------------- */

static const char *const of_requirements[] = {"os_version", "platforms",
    "tdx_measure_acpi_tables", "launch_token_hash", "gpu_policy", NULL};
static const char *const of_gpu_policy[] = {"attest_gpu", "rego",
    "allow_devtools", "allow_debug", "allow_insecure_boot", NULL};

/* An object that may be absent, of these members alone. */
static bool
look_at_object(
    const lint *l, ds_jv v, const char *path, const char *const *known)
{
    int type = type_of(l, v);

    if (type == DS_JSON_MISSING)
        return true;
    if (type != DS_JSON_OBJECT)
        return note(l, DS_LINT_TYPE, path, ds_json_raw(l->j, v));
    for (ds_jv m = ds_json_first(l->j, v); m != DS_JSON_NONE;
         m = ds_json_next(l->j, m)) {
        size_t i = 0;

        while (known[i] && !ds_json_name_is(l->j, m, known[i]))
            i++;
        if (!known[i] && !note(l, DS_NOTE_UNKNOWN, path, ds_json_name(l->j, m)))
            return false;
    }
    return true;
}

static bool
look_at_names(const lint *l)
{
    for (ds_jv v = ds_json_first(l->j, 0); v != DS_JSON_NONE;
         v = ds_json_next(l->j, v))
        if (!ds_compose_knows(ds_json_name(l->j, v)) &&
            !ds_compose_note(l->notes, DS_NOTE_UNKNOWN, ds_json_name(l->j, v)))
            return false;
    return true;
}

static bool
look_at_requirements(const lint *l)
{
    ds_jv r = member(l, "requirements"), version;
    ds_jv hash = ds_json_get(l->j, r, "launch_token_hash");
    uint8_t bytes[32];

    if (!look_at_object(l, r, "requirements", of_requirements) ||
        !look_at_object(l, ds_json_get(l->j, r, "gpu_policy"),
            "requirements.gpu_policy", of_gpu_policy))
        return false;
    if (type_of(l, hash) != DS_JSON_MISSING &&
        ds_json_hex(l->j, hash, bytes, sizeof bytes, NULL) != DSTACK_OK &&
        !note(l, DS_LINT_TYPE, "requirements.launch_token_hash",
            ds_json_raw(l->j, hash)))
        return false;
    version = member(l, "manifest_version");
    return ds_json_count(l->j, r) == 0 || is_text(l, version, "3") ||
           note(l, DS_LINT_REQUIREMENTS, "manifest_version",
               ds_json_raw(l->j, version));
}

/* ---- keys ------------------------------------------------------------------------ */

static bool
has_feature(const lint *l, const char *name)
{
    for (ds_jv v = ds_json_first(l->j, member(l, "features"));
         v != DS_JSON_NONE; v = ds_json_next(l->j, v))
        if (is_text(l, v, name))
            return true;
    return false;
}

static bool
is_true(const lint *l, const char *name)
{
    return ds_json_type(l->j, member(l, name)) == DS_JSON_TRUE;
}

/* As guests choose: the name, else what is enabled. */
static bool
look_at_provider(const lint *l)
{
    ds_jv v = member(l, "key_provider"), id = member(l, "key_provider_id");
    bool named = type_of(l, v) != DS_JSON_MISSING;
    bool kept = named ? is_text(l, v, "kms") || is_text(l, v, "local")
                      : is_true(l, "kms_enabled") || has_feature(l, "kms") ||
                            is_true(l, "local_key_provider_enabled");
    ds_view raw = ds_json_raw(l->j, v);

    if (kept)
        return !is_empty_text(l, id) ||
               note(l, DS_LINT_KEY_PROVIDER_ANY, "key_provider_id", raw);
    if (!named || is_text(l, v, "none"))
        return note(l, DS_LINT_KEY_PROVIDER_NONE, "key_provider", raw);
    return is_text(l, v, "tpm") ||
           note(l, DS_LINT_KEY_PROVIDER_UNKNOWN, "key_provider", raw);
}

/* ---- variables, scripts -------------------------------------------------------- */

static bool
look_at_envs(const lint *l)
{
    ds_jv list = member(l, "allowed_envs"), v;
    ds_jv r = member(l, "requirements");
    int type = type_of(l, list);
    ds_view name;

    if (type != DS_JSON_MISSING && type != DS_JSON_ARRAY)
        return note(l, DS_LINT_TYPE, "allowed_envs", ds_json_raw(l->j, list));
    for (v = ds_json_first(l->j, list); v != DS_JSON_NONE;
         v = ds_json_next(l->j, v))
        if ((ds_json_string(l->j, v, DS_MAX_ENV_NAME, &name, NULL) !=
                    DSTACK_OK ||
                !ds_env_is_name(name)) &&
            !note(l, DS_LINT_ENV_NAME, "allowed_envs", ds_json_raw(l->j, v)))
            return false;
    return ds_json_count(l->j, list) == 0 ||
           !is_empty_text(l, ds_json_get(l->j, r, "launch_token_hash")) ||
           note(l, DS_LINT_ENV_SENDER, "allowed_envs", ds_json_raw(l->j, list));
}

static bool
look_at_scripts(const lint *l)
{
    static const char *const names[] = {"pre_launch_script", "init_script"};

    for (size_t i = 0; i < 2; i++) {
        ds_jv v = member(l, names[i]);

        if (!is_empty_text(l, v) &&
            !note(l, DS_LINT_SCRIPT, names[i], ds_view_of("", 0)))
            return false;
    }
    return true;
}

/* ---- what runs ------------------------------------------------------------------- */

static bool
look_at_docker_compose(const lint *l)
{
    ds_jv v = member(l, "docker_compose_file");
    dstack_error err = {0};
    bool ok;
    ds_buf yaml;

    ds_buf_init(&yaml, DS_MAX_APP_COMPOSE);
    ds_buf_add(&yaml, NULL, 0);
    if (ds_json_string_buf(l->j, v, &yaml, &err) == DSTACK_OK)
        ok = ds_compose_look_at_images(ds_view_of(yaml.p, yaml.n), l->notes);
    else
        ok = err.code != DSTACK_ERR_NOMEM && !yaml.nomem &&
             note(l, DS_LINT_TYPE, "docker_compose_file", ds_json_raw(l->j, v));
    ds_buf_free(&yaml);
    return ok;
}

static bool
look_at_runner(const lint *l)
{
    ds_jv v = member(l, "runner");
    ds_view raw = ds_json_raw(l->j, v);

    if (is_text(l, v, "bash"))
        return note(l, DS_LINT_RUNNER_BASH, "runner", raw);
    if (!is_text(l, v, "docker-compose") && !is_text(l, v, "nerdctl-compose") &&
        !note(l, DS_LINT_RUNNER_UNKNOWN, "runner", raw))
        return false;
    return look_at_docker_compose(l);
}

int
dstack_compose_lint(const uint8_t *app_compose, size_t app_compose_len,
    dstack_compose_notes **ret, dstack_error *err)
{
    ds_json *j = NULL;
    lint l = {NULL, NULL};
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!app_compose || !ret)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_compose_lint: NULL argument");
    rc = ds_compose_parse(ds_view_of(app_compose, app_compose_len), &j, err);
    if (rc != DSTACK_OK)
        goto out;
    l = (lint){j, ds_compose_notes_new()};
    if (!l.notes || !look_at_runner(&l) || !look_at_scripts(&l) ||
        !look_at_envs(&l) || !look_at_provider(&l) || !look_at_flags(&l) ||
        !look_at_requirements(&l) || !look_at_names(&l)) {
        rc = ds_fail_nomem(err);
        goto out;
    }
    *ret = l.notes;
    l.notes = NULL;
out:
    dstack_compose_notes_free(l.notes);
    ds_json_free(j);
    return rc;
}
