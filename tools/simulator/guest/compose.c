/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "codec/jcs.h"
#include "codec/json.h"
#include "crypto/hash.h"
#include "guest/inner.h"

/* app-compose.json: the few members that change what an agent computes. */

static const char built_in[] =
    "{\"manifest_version\":2,\"name\":\"simulated-app\",\"runner\":"
    "\"docker-compose\",\"docker_compose_file\":\"services:\\n  app:\\n    "
    "image: alpine\\n    volumes:\\n      - "
    "/var/run/dstack.sock:/var/run/dstack.sock\\n\",\"kms_enabled\":true,"
    "\"gateway_enabled\":false,\"key_provider\":\"kms\",\"key_provider_id\":"
    "\"\",\"public_logs\":true,\"public_sysinfo\":true,\"public_tcbinfo\":true,"
    "\"allowed_envs\":[],\"no_instance_id\":false,\"secure_time\":false}";

void
sim_compose_free(sim_compose *c)
{
    ds_buf_free(&c->text);
    ds_buf_free(&c->name);
    ds_buf_free(&c->provider_id);
    ds_buf_free(&c->storage_fs);
}

static bool
flag(const ds_json *j, ds_jv root, const char *name, bool absent)
{
    int type = ds_json_type(j, ds_json_get(j, root, name));
    if (type == DS_JSON_TRUE)
        return true;
    return type == DS_JSON_FALSE ? false : absent;
}

/* A text member; `absent` where it is none. */
static int
text(const ds_json *j, ds_jv root, const char *name, const char *absent,
    ds_buf *out, sim_error *err)
{
    ds_jv v = ds_json_get(j, root, name);
    dstack_error why;
    if (ds_json_type(j, v) != DS_JSON_STRING)
        ds_buf_add_str(out, absent);
    else if (ds_json_string_buf(j, v, out, &why) != DSTACK_OK)
        return sim_fail_lib(err, SIM_REFUSED, &why);
    return sim_check_buf(out, err);
}

/* A number, or a text of digits: manifest_version is both in the field. */
static uint32_t
number(const ds_json *j, ds_jv root, const char *name, uint32_t absent)
{
    ds_view raw = ds_json_raw(j, ds_json_get(j, root, name));
    uint32_t v = 0;
    if (raw.n >= 2 && raw.p[0] == '"')
        raw = ds_view_of(raw.p + 1, raw.n - 2);
    if (raw.n == 0 || raw.n > 6)
        return absent;
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] < '0' || raw.p[i] > '9')
            return absent;
        v = 10 * v + (uint32_t)(raw.p[i] - '0');
    }
    return v;
}

static bool
has_feature(const ds_json *j, ds_jv root, const char *feature)
{
    ds_view name;
    ds_jv v = ds_json_first(j, ds_json_get(j, root, "features"));
    for (; v != DS_JSON_NONE; v = ds_json_next(j, v))
        if (ds_json_string(j, v, 64, &name, NULL) == DSTACK_OK &&
            ds_view_eq_str(name, feature))
            return true;
    return false;
}

static int
read_provider(sim_compose *c, const ds_json *j, ds_jv root, sim_error *err)
{
    static const struct {
        const char *name;
        int provider;
    } known[] = {{"kms", SIM_PROVIDER_KMS}, {"local", SIM_PROVIDER_LOCAL},
        {"tpm", SIM_PROVIDER_TPM}, {"none", SIM_PROVIDER_NONE}};
    ds_view name;
    if (ds_json_string(j, ds_json_get(j, root, "key_provider"), 64, &name,
            NULL) == DSTACK_OK) {
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            if (ds_view_eq_str(name, known[i].name)) {
                c->provider = known[i].provider;
                return 0;
            }
        return sim_fail(err, SIM_REFUSED,
            "app-compose: key_provider is none of kms, local, tpm, none");
    }
    c->provider =
        flag(j, root, "kms_enabled", false) || has_feature(j, root, "kms")
            ? SIM_PROVIDER_KMS
        : flag(j, root, "local_key_provider_enabled", false)
            ? SIM_PROVIDER_LOCAL
            : SIM_PROVIDER_NONE;
    return 0;
}

static int
read_provider_id(sim_compose *c, const ds_json *j, ds_jv root, sim_error *err)
{
    ds_buf hex;
    ds_buf_init(&hex, SIM_TEXT_MAX);
    int ret = text(j, root, "key_provider_id", "", &hex, err);
    if (!ret && !ds_hex_decode_buf(sim_view(&hex), &c->provider_id))
        ret = c->provider_id.nomem
                  ? sim_fail_nomem(err)
                  : sim_fail(err, SIM_REFUSED,
                        "app-compose: key_provider_id is no hex");
    ds_buf_free(&hex);
    return ret;
}

static int
add_script(sim_compose *c, const ds_json *j, ds_jv v, sim_error *err)
{
    ds_buf b;
    dstack_error why;
    ds_buf_init(&b, SIM_TEXT_MAX);
    int ret = -1;
    if (c->script_n == SIM_SCRIPTS_MAX)
        sim_fail(err, SIM_REFUSED, "app-compose: more than %d init scripts",
            SIM_SCRIPTS_MAX);
    else if (ds_json_string_buf(j, v, &b, &why) != DSTACK_OK)
        sim_fail_lib(err, SIM_REFUSED, &why);
    else
        ret = sim_hash(DS_SHA256, sim_view(&b), ds_view_of(NULL, 0),
            c->script_hash[c->script_n++], err);
    ds_buf_free(&b);
    return ret;
}

static int
read_scripts(sim_compose *c, const ds_json *j, ds_jv root, sim_error *err)
{
    ds_jv v = ds_json_get(j, root, "init_script");
    if (ds_json_type(j, v) == DS_JSON_STRING)
        return add_script(c, j, v, err);
    for (v = ds_json_first(j, v); v != DS_JSON_NONE; v = ds_json_next(j, v))
        if (add_script(c, j, v, err))
            return -1;
    return 0;
}

/* Of the policy as the file has it; of an empty one where it has none. */
static int
read_gpu_policy(sim_compose *c, const ds_json *j, ds_jv root, sim_error *err)
{
    ds_jv v =
        ds_json_get(j, ds_json_get(j, root, "requirements"), "gpu_policy");
    ds_buf b;
    ds_buf_init(&b, SIM_TEXT_MAX);
    dstack_error why;
    int ret = 0;
    if (ds_json_type(j, v) != DS_JSON_OBJECT)
        ds_buf_add_str(&b, "{}");
    else if (ds_jcs_value(j, v, &b, &why) != DSTACK_OK)
        ret = sim_fail_lib(err, SIM_REFUSED, &why);
    if (!ret)
        ret = sim_check_buf(&b, err);
    if (!ret)
        ret = sim_hash(DS_SHA256, sim_view(&b), ds_view_of(NULL, 0),
            c->gpu_policy_hash, err);
    ds_buf_free(&b);
    return ret;
}

/* ---- all of it ---------------------------------------------------------------- */

static int
read_members(sim_compose *c, const ds_json *j, sim_error *err)
{
    ds_jv root = 0;
    c->no_instance_id = flag(j, root, "no_instance_id", false);
    c->public_tcbinfo = flag(j, root, "public_tcbinfo", true);
    c->public_logs = flag(j, root, "public_logs", false);
    c->public_sysinfo = flag(j, root, "public_sysinfo", false);
    c->event_log_version = number(j, root, "event_log_version", 1);
    c->manifest_version = number(j, root, "manifest_version", 1);
    if (c->event_log_version < 1 || c->event_log_version > 2)
        return sim_fail(
            err, SIM_REFUSED, "app-compose: event_log_version is 1 or 2");
    if (text(j, root, "name", "", &c->name, err) ||
        text(j, root, "storage_fs", "zfs", &c->storage_fs, err) ||
        read_provider(c, j, root, err) || read_provider_id(c, j, root, err) ||
        read_scripts(c, j, root, err) || read_gpu_policy(c, j, root, err))
        return -1;
    return 0;
}

int
sim_compose_read(sim_compose *c, ds_view file, sim_error *err)
{
    ds_json *j = NULL;
    dstack_error why;
    memset(c, 0, sizeof *c);
    ds_buf_init(&c->text, SIM_FILE_MAX);
    ds_buf_init(&c->name, SIM_FILE_MAX);
    ds_buf_init(&c->provider_id, SIM_FILE_MAX);
    ds_buf_init(&c->storage_fs, SIM_FILE_MAX);
    if (!file.p)
        file = ds_view_str(built_in);
    ds_buf_add(&c->text, file.p, file.n);
    if (sim_check_buf(&c->text, err) ||
        sim_hash(DS_SHA256, file, ds_view_of(NULL, 0), c->hash, err))
        return -1;
    if (ds_json_parse(sim_view(&c->text), "app-compose", &j, &why) != DSTACK_OK)
        return sim_fail_lib(err, SIM_REFUSED, &why);
    int ret = ds_json_type(j, 0) == DS_JSON_OBJECT
                  ? read_members(c, j, err)
                  : sim_fail(err, SIM_REFUSED, "app-compose: no JSON object");
    ds_json_free(j);
    return ret;
}
