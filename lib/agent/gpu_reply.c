/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/gpu_reply.h"

#include <string.h>

#include "base/limits.h"

static int
need_text(const ds_answer *a, ds_jv object, const char *name, ds_buf *out,
    dstack_error *err)
{
    ds_jv v;
    int rc = ds_json_need(a->json, object, name, &v, err);

    ds_buf_add(out, NULL, 0);
    if (rc != DSTACK_OK)
        return rc;
    return ds_json_string_buf(a->json, v, out, err);
}

static int
read_bundle(
    const ds_answer *a, ds_jv object, ds_gpu_bundle *b, dstack_error *err)
{
    ds_jv v;
    int rc = need_text(a, object, "vendor", &b->vendor, err);

    if (rc == DSTACK_OK)
        rc = need_text(a, object, "format", &b->format, err);
    if (rc == DSTACK_OK)
        rc = ds_json_need(a->json, object, "evidence", &v, err);
    if (rc == DSTACK_OK)
        rc = ds_answer_hex(a, v, &b->evidence, err);
    if (rc == DSTACK_OK && b->evidence.n == 0)
        rc = ds_answer_fail(a, v, err, "expected evidence, found \"\"");
    return rc;
}

static int
read_bundles(
    const ds_answer *a, ds_jv list, dstack_gpu_reply *reply, dstack_error *err)
{
    size_t n = ds_json_count(a->json, list);
    int rc = DSTACK_OK;

    if (n > DS_MAX_GPU_BUNDLES)
        return ds_answer_fail(a, list, err,
            "expected at most %d bundles, found %zu", DS_MAX_GPU_BUNDLES, n);
    reply->bundles = ds_calloc(n, sizeof *reply->bundles);
    if (!reply->bundles)
        return ds_fail_nomem(err);
    for (ds_jv v = ds_json_first(a->json, list);
         rc == DSTACK_OK && v != DS_JSON_NONE; v = ds_json_next(a->json, v)) {
        ds_gpu_bundle *b = &reply->bundles[reply->count++];

        ds_buf_init(&b->vendor, DS_MAX_AGENT_ATTESTATION);
        ds_buf_init(&b->format, DS_MAX_AGENT_ATTESTATION);
        ds_buf_init(&b->evidence, DS_MAX_AGENT_ATTESTATION);
        rc = read_bundle(a, v, b, err);
    }
    return rc;
}

int
ds_gpu_read(const ds_answer *a, const char *name, dstack_gpu_reply **ret,
    dstack_error *err)
{
    dstack_gpu_reply *reply;
    ds_jv list;
    int rc = ds_json_need(a->json, 0, name, &list, err);

    *ret = NULL;
    if (rc == DSTACK_OK)
        rc = ds_json_expect(a->json, list, DS_JSON_ARRAY, err);
    if (rc != DSTACK_OK)
        return rc;
    reply = ds_calloc(1, sizeof *reply);
    if (!reply)
        return ds_fail_nomem(err);
    rc = read_bundles(a, list, reply, err);
    if (rc == DSTACK_OK)
        *ret = reply;
    else
        dstack_gpu_reply_free(reply);
    return rc;
}

int
ds_gpu_reply_read(ds_answer *a, dstack_gpu_reply **ret, dstack_error *err)
{
    int rc = ds_answer_end(a, ds_gpu_read(a, "bundles", ret, err), err);

    if (rc == DSTACK_OK && *ret) {
        (*ret)->answer = *a;
        memset(a, 0, sizeof *a);
    }
    ds_answer_free(a);
    return rc;
}

void
dstack_gpu_reply_free(dstack_gpu_reply *reply)
{
    if (!reply)
        return;
    for (size_t i = 0; i < reply->count; i++) {
        ds_buf_free(&reply->bundles[i].vendor);
        ds_buf_free(&reply->bundles[i].format);
        ds_buf_free(&reply->bundles[i].evidence);
    }
    ds_free(reply->bundles);
    ds_answer_free(&reply->answer);
    ds_free(reply);
}

/* ---- getters ------------------------------------------------------------ */

size_t
dstack_gpu_reply_count(const dstack_gpu_reply *reply)
{
    return reply ? reply->count : 0;
}

const char *
dstack_gpu_reply_vendor(const dstack_gpu_reply *reply, size_t index)
{
    return reply && index < reply->count
               ? (const char *)reply->bundles[index].vendor.p
               : NULL;
}

const char *
dstack_gpu_reply_format(const dstack_gpu_reply *reply, size_t index)
{
    return reply && index < reply->count
               ? (const char *)reply->bundles[index].format.p
               : NULL;
}

const uint8_t *
dstack_gpu_reply_evidence(
    const dstack_gpu_reply *reply, size_t index, size_t *len)
{
    const ds_buf *b =
        reply && index < reply->count ? &reply->bundles[index].evidence : NULL;

    if (len)
        *len = b ? b->n : 0;
    return b ? b->p : NULL;
}

const char *
dstack_gpu_reply_json(const dstack_gpu_reply *reply, size_t *len)
{
    if (len)
        *len = reply ? reply->answer.body.n : 0;
    return reply ? (const char *)reply->answer.body.p : NULL;
}
