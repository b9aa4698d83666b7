/* SPDX-License-Identifier: Apache-2.0 */
#include "workload/gpu.h"

#include <string.h>

#include "codec/json.h"

#define MAX_DEVICES 64

/* A member's text must be this. */
static int
expect_text(const ds_json *j, const char *name, const char *want)
{
    ds_view v;
    int rc = ds_json_string(j, ds_json_get(j, 0, name), 16, &v, NULL);

    return rc == DSTACK_OK && !ds_view_eq_str(v, want) ? DSTACK_ERR_PARSE : rc;
}

static int
read_members(const ds_json *j, ds_gpu *gpu)
{
    uint64_t version, devices = 0;
    int rc = ds_json_u64(j, ds_json_get(j, 0, "version"), 2, &version, NULL);

    if (rc == DSTACK_OK)
        rc = expect_text(j, "provider", "nvidia");
    if (rc == DSTACK_OK)
        rc = ds_json_u64(
            j, ds_json_get(j, 0, "devices"), MAX_DEVICES, &devices, NULL);
    if (rc == DSTACK_OK)
        rc = expect_text(j, "cc_mode", "on");
    if (rc == DSTACK_OK)
        rc = ds_json_bool(
            j, ds_json_get(j, 0, "devtools"), &gpu->devtools, NULL);
    if (rc == DSTACK_OK)
        rc = ds_json_hex(j, ds_json_get(j, 0, "evidence_sha256"), gpu->evidence,
            sizeof gpu->evidence, NULL);
    if (rc == DSTACK_OK && (version != 2 || devices == 0))
        rc = DSTACK_ERR_PARSE;
    gpu->devices = (uint32_t)devices;
    return rc;
}

int
ds_gpu_parse(ds_view payload, ds_gpu *ret)
{
    ds_json *j = NULL;
    int rc = ds_json_parse(payload, "gpu-attestation", &j, NULL);

    memset(ret, 0, sizeof *ret);
    if (rc == DSTACK_OK &&
        (ds_json_type(j, 0) != DS_JSON_OBJECT || ds_json_count(j, 0) != 6))
        rc = DSTACK_ERR_PARSE;
    if (rc == DSTACK_OK)
        rc = read_members(j, ret);
    if (rc != DSTACK_OK)
        memset(ret, 0, sizeof *ret);
    ds_json_free(j);
    return rc;
}
