/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/jcs.h"
#include "dstack/app_compose.h"
#include "keys/env.h"

/* What may be set, and a text for each that is: a value of JSON. */
static const char *const flags[] = {"kms_enabled", "gateway_enabled",
    "local_key_provider_enabled", "public_logs", "public_sysinfo",
    "public_tcbinfo", "no_instance_id", "secure_time",
    "requirements.tdx_measure_acpi_tables",
    "requirements.gpu_policy.attest_gpu",
    "requirements.gpu_policy.allow_devtools",
    "requirements.gpu_policy.allow_debug",
    "requirements.gpu_policy.allow_insecure_boot"};
static const char *const texts[] = {"pre_launch_script", "init_script",
    "key_provider", "key_provider_id", "storage_fs", "snapshotter",
    "requirements.os_version", "requirements.launch_token_hash",
    "requirements.gpu_policy.rego"};
static const char *const platforms[] = {"dstack-tdx", "dstack-gcp-tdx",
    "dstack-amd-sev-snp", "dstack-nitro-enclave", "dstack-aws-nitro-tpm"};

enum {
    FLAGS = sizeof flags / sizeof flags[0],
    TEXTS = sizeof texts / sizeof texts[0],
    PLATFORMS = sizeof platforms / sizeof platforms[0]
};
#define REQUIREMENTS "requirements."
#define GPU_POLICY "requirements.gpu_policy."

struct dstack_compose_builder {
    ds_buf name;
    ds_buf docker_compose;
    uint8_t has_flag[FLAGS];
    uint8_t flag[FLAGS];
    ds_buf text[TEXTS]; /* empty where not set; else with quotes */
    uint8_t platform[PLATFORMS];
    dstack_env *allowed; /* its names */
};

static int
quote(ds_buf *out, ds_view text, dstack_error *err)
{
    ds_buf fresh;

    if (text.n > DS_MAX_APP_COMPOSE || !ds_utf8_is(text))
        return ds_fail(err, DSTACK_ERR_ARG,
            "app-compose: a text of %zu bytes; expected UTF-8 without NUL, at "
            "most 4 MiB",
            text.n);
    ds_buf_init(&fresh, 6 * (size_t)DS_MAX_APP_COMPOSE + 2);
    ds_jcs_string(&fresh, text);
    if (fresh.nomem) {
        ds_buf_free(&fresh);
        return ds_fail_nomem(err);
    }
    ds_buf_free(out);
    *out = fresh;
    return DSTACK_OK;
}

int
dstack_compose_builder_new(const char *name, const uint8_t *docker_compose,
    size_t docker_compose_len, dstack_compose_builder **ret, dstack_error *err)
{
    dstack_compose_builder *b;
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!name || !name[0] || !docker_compose || docker_compose_len == 0 || !ret)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_compose_builder_new: NULL, or an empty text");
    b = ds_calloc(1, sizeof *b);
    if (!b)
        return ds_fail_nomem(err);
    rc = quote(&b->name, ds_view_str(name), err);
    if (rc == DSTACK_OK)
        rc = quote(&b->docker_compose,
            ds_view_of(docker_compose, docker_compose_len), err);
    if (rc == DSTACK_OK)
        rc = dstack_env_new(&b->allowed, err);
    if (rc == DSTACK_OK)
        *ret = b;
    else
        dstack_compose_builder_free(b);
    return rc;
}

void
dstack_compose_builder_free(dstack_compose_builder *builder)
{
    if (!builder)
        return;
    ds_buf_free(&builder->name);
    ds_buf_free(&builder->docker_compose);
    for (size_t i = 0; i < TEXTS; i++)
        ds_buf_free(&builder->text[i]);
    dstack_env_free(builder->allowed);
    ds_free(builder);
}

/* The place of a name in a list; n where it is not there. */
static size_t
place(const char *const *list, size_t n, const char *name)
{
    size_t i = 0;

    while (i < n && strcmp(list[i], name) != 0)
        i++;
    return i;
}

static int
no_member(const char *member, dstack_error *err)
{
    char shown[40];

    return ds_fail_reason(err, DSTACK_ERR_ARG, DSTACK_STAGE_KEYS,
        DSTACK_REASON_COMPOSE_MEMBER,
        "app-compose: \"%s\" is no member that can be set so",
        ds_err_quote(ds_view_str(member), shown));
}

int
dstack_compose_builder_set_flag(dstack_compose_builder *builder,
    const char *member, int value, dstack_error *err)
{
    size_t i;

    ds_err_clear(err);
    if (!builder || !member || value < 0 || value > 1)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_compose_builder_set_flag: NULL, or a value that is not 0 "
            "or 1");
    i = place(flags, FLAGS, member);
    if (i == FLAGS)
        return no_member(member, err);
    builder->has_flag[i] = 1;
    builder->flag[i] = (uint8_t)value;
    return DSTACK_OK;
}

int
dstack_compose_builder_set_text(dstack_compose_builder *builder,
    const char *member, const char *text, dstack_error *err)
{
    size_t i;

    ds_err_clear(err);
    if (!builder || !member || !text)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_compose_builder_set_text: NULL argument");
    i = place(texts, TEXTS, member);
    if (i == TEXTS)
        return no_member(member, err);
    if (strcmp(member, "requirements.launch_token_hash") == 0 &&
        (strlen(text) != 64 || !ds_hex_is(ds_view_str(text))))
        return ds_fail(err, DSTACK_ERR_ARG,
            "app-compose: launch_token_hash: expected 64 digits, as "
            "dstack_launch_token_hash() gives 32 bytes");
    return quote(&builder->text[i], ds_view_str(text), err);
}

int
dstack_compose_builder_allow_env(
    dstack_compose_builder *builder, const char *name, dstack_error *err)
{
    ds_err_clear(err);
    if (!builder || !name)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_compose_builder_allow_env: NULL argument");
    return ds_env_set(
        builder->allowed, ds_view_str(name), ds_view_of(NULL, 0), err);
}

int
dstack_compose_builder_allow_platform(
    dstack_compose_builder *builder, const char *platform, dstack_error *err)
{
    size_t i;

    ds_err_clear(err);
    if (!builder || !platform)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_compose_builder_allow_platform: NULL argument");
    i = place(platforms, PLATFORMS, platform);
    if (i == PLATFORMS)
        return no_member(platform, err);
    builder->platform[i] = 1;
    return DSTACK_OK;
}

/* ---- the file ---------------------------------------------------------------- */

static void
put(ds_buf *out, const char *member, const char *value)
{
    ds_buf_add_str(
        out, out->n == 0 || out->p[out->n - 1] == '{' ? "\"" : ",\"");
    ds_buf_add_str(out, member);
    ds_buf_add_str(out, "\":");
    ds_buf_add_str(out, value);
}

/* A member's name below these parents; NULL where it stands elsewhere. */
static const char *
below(const char *member, const char *parents)
{
    size_t n = strlen(parents);

    if (strncmp(member, parents, n) != 0 || strchr(member + n, '.'))
        return NULL;
    return member + n;
}

static void
put_members(const dstack_compose_builder *b, const char *parents, ds_buf *out)
{
    for (size_t i = 0; i < FLAGS; i++)
        if (b->has_flag[i] && below(flags[i], parents))
            put(out, below(flags[i], parents), b->flag[i] ? "true" : "false");
    for (size_t i = 0; i < TEXTS; i++)
        if (b->text[i].n != 0 && below(texts[i], parents))
            put(out, below(texts[i], parents), (const char *)b->text[i].p);
}

/* Is anything set below these parents, at any depth? */
static bool
has(const dstack_compose_builder *b, const char *parents)
{
    size_t n = strlen(parents);
    bool found = false;

    for (size_t i = 0; i < FLAGS; i++)
        found |= b->has_flag[i] && strncmp(flags[i], parents, n) == 0;
    for (size_t i = 0; i < TEXTS; i++)
        found |= b->text[i].n != 0 && strncmp(texts[i], parents, n) == 0;
    return found;
}

static bool
has_platform(const dstack_compose_builder *b)
{
    return memchr(b->platform, 1, sizeof b->platform) != NULL;
}

static void
put_requirements(const dstack_compose_builder *b, ds_buf *out)
{
    bool more = false;

    ds_buf_add_str(out, ",\"requirements\":{");
    put_members(b, REQUIREMENTS, out);
    if (has_platform(b)) {
        put(out, "platforms", "[");
        for (size_t i = 0; i < PLATFORMS; i++) {
            if (!b->platform[i])
                continue;
            ds_buf_add_str(out, more ? ",\"" : "\"");
            ds_buf_add_str(out, platforms[i]);
            ds_buf_add_str(out, "\"");
            more = true;
        }
        ds_buf_add_str(out, "]");
    }
    if (has(b, GPU_POLICY)) {
        put(out, "gpu_policy", "{");
        put_members(b, GPU_POLICY, out);
        ds_buf_add_str(out, "}");
    }
    ds_buf_add_str(out, "}");
}

static void
put_all(const dstack_compose_builder *b, ds_buf *out)
{
    bool requires = has(b, REQUIREMENTS) || has_platform(b);

    /* Guests that do not know requirements know no version that is text. */
    ds_buf_add_str(out,
        requires ? "{\"manifest_version\":\"3\"" : "{\"manifest_version\":2");
    put(out, "name", (const char *)b->name.p);
    put(out, "runner", "\"docker-compose\"");
    put(out, "docker_compose_file", (const char *)b->docker_compose.p);
    put_members(b, "", out);
    if (requires)
        put_requirements(b, out);
    ds_buf_add_str(out, ",\"allowed_envs\":[");
    for (size_t i = 0; i < dstack_env_count(b->allowed); i++) {
        ds_buf_add_str(out, i == 0 ? "\"" : ",\"");
        ds_buf_add_str(out, dstack_env_name(b->allowed, i));
        ds_buf_add_str(out, "\"");
    }
    ds_buf_add_str(out, "]}");
}

int
dstack_compose_builder_to_json(const dstack_compose_builder *builder,
    char **ret_json, size_t *ret_len, dstack_error *err)
{
    ds_buf out;
    int rc;

    ds_err_clear(err);
    if (ret_json)
        *ret_json = NULL;
    if (ret_len)
        *ret_len = 0;
    if (!builder || !ret_json)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_compose_builder_to_json: NULL argument");
    ds_buf_init(&out, 8 * (size_t)DS_MAX_APP_COMPOSE);
    put_all(builder, &out);
    if (out.nomem || out.bad)
        rc = ds_fail(err, out.nomem ? DSTACK_ERR_NOMEM : DSTACK_ERR_ARG,
            "app-compose: no memory, or longer than 32 MiB");
    else
        rc = dstack_compose_canonical(
            out.p, out.n, 0, ret_json, ret_len, NULL, err);
    ds_buf_free(&out);
    return rc;
}
