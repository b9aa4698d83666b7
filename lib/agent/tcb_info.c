/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/info.h"
#include "base/limits.h"

/* Guest API, section 2.1, tcb_info: every member may be missing, and is null
 * on platforms that have no such value. */
static const ds_info_field fields[DS_TCB_BYTES] = {
    {"mrtd", 48},
    {"rtmr0", 48},
    {"rtmr1", 48},
    {"rtmr2", 48},
    {"rtmr3", 48},
    {"mr_aggregated", 32},
    {"os_image_hash", 32},
    {"compose_hash", 32},
    {"device_id", 32},
    {"rootfs_hash", 32},
};

static bool
is_none(const ds_json *j, ds_jv v)
{
    return v == DS_JSON_NONE || ds_json_type(j, v) == DS_JSON_NULL;
}

static int
read_log(const ds_json *j, dstack_tcb_info *tcb, dstack_error *err)
{
    ds_jv v = ds_json_get(j, 0, "event_log");
    ds_view raw = ds_json_raw(j, v);
    int rc;

    if (is_none(j, v))
        return DSTACK_OK;
    rc = ds_json_expect(j, v, DS_JSON_ARRAY, err);
    if (rc != DSTACK_OK)
        return rc;
    return dstack_event_log_parse_json(raw.p, raw.n, &tcb->log, err);
}

static int
read_members(const ds_json *j, dstack_tcb_info *tcb, dstack_error *err)
{
    ds_jv v;
    int rc = ds_json_expect(j, 0, DS_JSON_OBJECT, err);

    for (size_t i = 0; rc == DSTACK_OK && i < DS_TCB_BYTES; i++) {
        v = ds_json_get(j, 0, fields[i].name);
        if (!is_none(j, v))
            rc =
                ds_info_hex(j, v, &fields[i], tcb->bytes[i], &tcb->len[i], err);
    }
    v = ds_json_get(j, 0, "app_compose");
    if (rc == DSTACK_OK && !is_none(j, v)) {
        ds_buf_add(&tcb->app_compose, NULL, 0);
        rc = ds_json_string_buf(j, v, &tcb->app_compose, err);
    }
    if (rc == DSTACK_OK)
        rc = read_log(j, tcb, err);
    return rc;
}

int
ds_guest_tcb_read(ds_view text, dstack_tcb_info **ret, dstack_error *err)
{
    dstack_tcb_info *tcb = ds_calloc(1, sizeof *tcb);
    ds_json *j = NULL;
    int rc;

    *ret = NULL;
    if (!tcb)
        return ds_fail_nomem(err);
    ds_buf_init(&tcb->app_compose, DS_MAX_AGENT_ANSWER);
    rc = ds_json_parse(text, "document", &j, err);
    if (rc == DSTACK_OK)
        rc = read_members(j, tcb, err);
    ds_json_free(j);
    if (rc == DSTACK_OK) {
        *ret = tcb;
        return rc;
    }
    ds_err_prefix(err, "tcb_info");
    ds_guest_tcb_free(tcb);
    return rc;
}

void
ds_guest_tcb_free(dstack_tcb_info *tcb)
{
    if (!tcb)
        return;
    ds_buf_free(&tcb->app_compose);
    dstack_event_log_free(tcb->log);
    ds_free(tcb);
}

const uint8_t *
dstack_tcb_info_bytes(const dstack_tcb_info *tcb, const char *name, size_t *len)
{
    if (len)
        *len = 0;
    for (size_t i = 0; tcb && name && i < DS_TCB_BYTES; i++) {
        if (strcmp(name, fields[i].name) != 0 || tcb->len[i] == 0)
            continue;
        if (len)
            *len = tcb->len[i];
        return tcb->bytes[i];
    }
    return NULL;
}

const char *
dstack_tcb_info_app_compose(const dstack_tcb_info *tcb, size_t *len)
{
    if (len)
        *len = tcb ? tcb->app_compose.n : 0;
    return tcb ? (const char *)tcb->app_compose.p : NULL;
}

const dstack_event_log *
dstack_tcb_info_event_log(const dstack_tcb_info *tcb)
{
    return tcb ? tcb->log : NULL;
}
