/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/info.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"

/* Guest API, sections 2.1 (Info) and 2.2: a superset of what any version
 * sends. mr_image is what os_image_hash was before 0.5.1. */
static const ds_info_field fields[DS_INFO_BYTES] = {
    {"app_id", 20},
    {"instance_id", 20},
    {"device_id", 32},
    {"mr_aggregated", 32},
    {"os_image_hash", 32},
    {"compose_hash", 32},
    {"mr_image", 32},
    {"mr_key_provider", 32},
};

enum {
    TCB_INFO = 0,
    VM_CONFIG = 1,
    KEY_PROVIDER = 2,
    APP_COMPOSE = 3
};
static const char *const texts[DS_INFO_TEXTS] = {
    [TCB_INFO] = "tcb_info",
    [VM_CONFIG] = "vm_config",
    [KEY_PROVIDER] = "key_provider_info",
    [APP_COMPOSE] = "app_compose",
    "app_name",
    "app_cert",
    "cloud_vendor",
    "cloud_product",
};

int
ds_info_hex(const ds_json *j, ds_jv v, const ds_info_field *field, uint8_t *out,
    size_t *len, dstack_error *err)
{
    ds_view text;
    int rc = ds_json_string(j, v, SIZE_MAX, &text, err);

    if (rc != DSTACK_OK || text.n == 0)
        return rc;
    rc = ds_json_hex(j, v, out, field->size, err);
    if (rc == DSTACK_OK)
        *len = field->size;
    return rc;
}

/* ---- members ------------------------------------------------------------ */

static int
read_bytes(dstack_info *info, dstack_error *err)
{
    const ds_json *j = info->answer.json;
    int rc = DSTACK_OK;

    for (size_t i = 0; rc == DSTACK_OK && i < DS_INFO_BYTES; i++) {
        ds_jv v = ds_json_get(j, 0, fields[i].name);

        if (v != DS_JSON_NONE)
            rc = ds_info_hex(
                j, v, &fields[i], info->bytes[i], &info->len[i], err);
    }
    return rc;
}

static int
read_texts(dstack_info *info, dstack_error *err)
{
    int rc = DSTACK_OK;

    for (size_t i = 0; rc == DSTACK_OK && i < DS_INFO_TEXTS; i++)
        rc =
            ds_answer_text_if_any(&info->answer, texts[i], &info->text[i], err);
    return rc;
}

static int
read_flag(
    const dstack_info *info, const char *name, int *ret, dstack_error *err)
{
    ds_jv v = ds_json_get(info->answer.json, 0, name);
    bool value = false;
    int rc;

    *ret = -1;
    if (v == DS_JSON_NONE)
        return DSTACK_OK;
    rc = ds_json_bool(info->answer.json, v, &value, err);
    if (rc == DSTACK_OK)
        *ret = value;
    return rc;
}

/* ---- documents inside --------------------------------------------------- */

static int
read_provider_members(dstack_info *info, const ds_json *j, dstack_error *err)
{
    ds_jv name, id;
    ds_view text;
    int rc = ds_json_need(j, 0, "name", &name, err);

    if (rc == DSTACK_OK)
        rc = ds_json_string_buf(j, name, &info->provider_name, err);
    if (rc == DSTACK_OK)
        rc = ds_json_need(j, 0, "id", &id, err);
    if (rc == DSTACK_OK)
        rc = ds_json_string(j, id, SIZE_MAX, &text, err);
    if (rc != DSTACK_OK)
        return rc;
    if (!ds_hex_is(text))
        return ds_json_fail(j, id, DSTACK_REASON_JSON_RANGE, err,
            "expected an even number of hex digits, found %zu characters",
            text.n);
    (void)ds_hex_decode_buf(text, &info->provider_id);
    return info->provider_id.nomem ? ds_fail_nomem(err) : DSTACK_OK;
}

static int
read_provider(dstack_info *info, dstack_error *err)
{
    const ds_buf *text = &info->text[KEY_PROVIDER];
    ds_json *j = NULL;
    int rc;

    if (text->n == 0)
        return DSTACK_OK;
    rc = ds_json_parse(ds_view_of(text->p, text->n), "document", &j, err);
    if (rc == DSTACK_OK)
        rc = read_provider_members(info, j, err);
    if (rc != DSTACK_OK)
        ds_err_prefix(err, "key_provider_info");
    ds_json_free(j);
    return rc;
}

static int
read_documents(dstack_info *info, dstack_error *err)
{
    const ds_buf *vm = &info->text[VM_CONFIG];
    const ds_buf *tcb = &info->text[TCB_INFO];
    int rc = read_provider(info, err);

    if (rc == DSTACK_OK && vm->n != 0)
        rc = dstack_vm_config_parse(vm->p, vm->n, &info->vm_config, err);
    if (rc == DSTACK_OK && tcb->n != 0)
        rc = ds_guest_tcb_read(ds_view_of(tcb->p, tcb->n), &info->tcb, err);
    return rc;
}

/* Agents before 0.5.6 answer so when they cannot make a quote. */
static int
check_empty(const dstack_info *info, dstack_error *err)
{
    ds_jv id = ds_json_get(info->answer.json, 0, "app_id");
    bool any = false;

    for (size_t i = 0; i < DS_INFO_BYTES; i++)
        any = any || info->len[i] != 0;
    for (size_t i = 0; i < DS_INFO_TEXTS; i++)
        any = any || info->text[i].n != 0;
    if (!any)
        return ds_fail(err, DSTACK_ERR_AGENT,
            "%s: the agent answered with nothing but empty values; agents "
            "before 0.5.6 do when they cannot get a quote",
            info->answer.method->name);
    if (info->len[0] == 0)
        return ds_answer_fail(
            &info->answer, id, err, "expected 20 bytes, found none");
    return DSTACK_OK;
}

static int
read_all(dstack_info *info, dstack_error *err)
{
    ds_jv id;
    int rc = ds_json_need(info->answer.json, 0, "app_id", &id, err);

    if (rc == DSTACK_OK)
        rc = read_bytes(info, err);
    if (rc == DSTACK_OK)
        rc = read_texts(info, err);
    if (rc == DSTACK_OK)
        rc = read_flag(info, "public_logs", &info->public_logs, err);
    if (rc == DSTACK_OK)
        rc = read_flag(info, "public_sysinfo", &info->public_sysinfo, err);
    if (rc == DSTACK_OK)
        rc = check_empty(info, err);
    if (rc == DSTACK_OK)
        rc = read_documents(info, err);
    return rc;
}

int
ds_info_read(ds_answer *a, dstack_info **ret, dstack_error *err)
{
    dstack_info *info = ds_calloc(1, sizeof *info);
    int rc;

    *ret = NULL;
    if (!info) {
        ds_answer_free(a);
        return ds_fail_nomem(err);
    }
    info->answer = *a;
    memset(a, 0, sizeof *a);
    for (size_t i = 0; i < DS_INFO_TEXTS; i++)
        ds_buf_init(&info->text[i], DS_MAX_AGENT_ANSWER);
    ds_buf_init(&info->provider_name, DS_MAX_AGENT_ANSWER);
    ds_buf_init(&info->provider_id, DS_MAX_AGENT_ANSWER);
    rc = ds_answer_end(&info->answer, read_all(info, err), err);
    if (rc == DSTACK_OK)
        *ret = info;
    else
        dstack_info_free(info);
    return rc;
}

void
dstack_info_free(dstack_info *info)
{
    if (!info)
        return;
    for (size_t i = 0; i < DS_INFO_TEXTS; i++)
        ds_buf_free(&info->text[i]);
    ds_buf_free(&info->provider_name);
    ds_buf_free(&info->provider_id);
    dstack_vm_config_free(info->vm_config);
    ds_guest_tcb_free(info->tcb);
    ds_answer_free(&info->answer);
    ds_free(info);
}

/* ---- getters ------------------------------------------------------------ */

static const uint8_t *
give(const uint8_t *p, size_t n, size_t *len)
{
    if (len)
        *len = n;
    return p;
}

const uint8_t *
dstack_info_bytes(const dstack_info *info, const char *name, size_t *len)
{
    for (size_t i = 0; info && name && i < DS_INFO_BYTES; i++)
        if (strcmp(name, fields[i].name) == 0 && info->len[i] != 0)
            return give(info->bytes[i], info->len[i], len);
    return give(NULL, 0, len);
}

const char *
dstack_info_text(const dstack_info *info, const char *name, size_t *len)
{
    size_t i = 0;

    while (info && name && i < DS_INFO_TEXTS && strcmp(name, texts[i]) != 0)
        i++;
    if (!info || !name || i == DS_INFO_TEXTS)
        return (const char *)give(NULL, 0, len);
    if (i == APP_COMPOSE && !info->text[i].p)
        return dstack_tcb_info_app_compose(info->tcb, len);
    return (const char *)give(info->text[i].p, info->text[i].n, len);
}

int
dstack_info_flag(const dstack_info *info, const char *name)
{
    if (!info || !name)
        return -1;
    if (strcmp(name, "public_logs") == 0)
        return info->public_logs;
    if (strcmp(name, "public_sysinfo") == 0)
        return info->public_sysinfo;
    return -1;
}

const char *
dstack_info_key_provider_name(const dstack_info *info)
{
    return info && info->provider_name.p ? (const char *)info->provider_name.p
                                         : "";
}

const uint8_t *
dstack_info_key_provider_id(const dstack_info *info, size_t *len)
{
    if (!info || info->provider_id.n == 0)
        return give(NULL, 0, len);
    return give(info->provider_id.p, info->provider_id.n, len);
}

const dstack_vm_config *
dstack_info_vm_config(const dstack_info *info)
{
    return info ? info->vm_config : NULL;
}

const dstack_tcb_info *
dstack_info_tcb_info(const dstack_info *info)
{
    return info ? info->tcb : NULL;
}

const char *
dstack_info_json(const dstack_info *info, size_t *len)
{
    if (!info)
        return (const char *)give(NULL, 0, len);
    return (const char *)give(info->answer.body.p, info->answer.body.n, len);
}
