/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/attest_reply.h"

#include <string.h>

#include "agent/gpu_reply.h"
#include "agent/report_data.h"
#include "base/limits.h"

static int
read_evidence(
    const ds_answer *a, ds_jv v, dstack_evidence **ret, dstack_error *err)
{
    ds_buf bytes;
    uint32_t format;
    int rc;

    ds_buf_init(&bytes, DS_MAX_AGENT_ATTESTATION);
    rc = ds_answer_hex(a, v, &bytes, err);
    if (rc == DSTACK_OK && bytes.n == 0)
        rc = ds_answer_fail(a, v, err, "expected an attestation, found \"\"");
    if (rc == DSTACK_OK)
        rc = dstack_evidence_parse(bytes.p, bytes.n, ret, err);
    ds_buf_free(&bytes);
    if (rc != DSTACK_OK)
        return rc;
    format = dstack_evidence_format(*ret);
    if (format != DSTACK_EVIDENCE_ATTESTATION_V0 &&
        format != DSTACK_EVIDENCE_ATTESTATION_V1)
        return ds_answer_fail(a, v, err,
            "expected a versioned attestation, found evidence of the form %s",
            dstack_evidence_format_name(format));
    return DSTACK_OK;
}

static int
read_all(dstack_attest_reply *reply, const uint8_t *report_data, bool with_gpu,
    dstack_error *err)
{
    const ds_answer *a = &reply->answer;
    ds_jv v;
    int rc = ds_json_need(a->json, 0, "attestation", &v, err);

    if (rc == DSTACK_OK)
        rc = read_evidence(a, v, &reply->evidence, err);
    if (rc == DSTACK_OK && report_data)
        rc = ds_report_data_compare(reply->evidence, report_data, err);
    if (rc == DSTACK_OK && with_gpu)
        rc = ds_gpu_read(a, "boottime_gpu_evidence", &reply->gpu, err);
    return rc;
}

int
ds_attest_read(ds_answer *a, const uint8_t *report_data, bool with_gpu,
    dstack_attest_reply **ret, dstack_error *err)
{
    dstack_attest_reply *reply = ds_calloc(1, sizeof *reply);
    int rc;

    *ret = NULL;
    if (!reply) {
        ds_answer_free(a);
        return ds_fail_nomem(err);
    }
    reply->answer = *a;
    memset(a, 0, sizeof *a);
    rc = ds_answer_end(
        &reply->answer, read_all(reply, report_data, with_gpu, err), err);
    if (rc == DSTACK_OK)
        *ret = reply;
    else
        dstack_attest_reply_free(reply);
    return rc;
}

void
dstack_attest_reply_free(dstack_attest_reply *reply)
{
    if (!reply)
        return;
    dstack_evidence_free(reply->evidence);
    dstack_gpu_reply_free(reply->gpu);
    ds_answer_free(&reply->answer);
    ds_free(reply);
}

/* ---- getters ------------------------------------------------------------ */

const uint8_t *
dstack_attest_reply_attestation(const dstack_attest_reply *reply, size_t *len)
{
    return dstack_evidence_container(reply ? reply->evidence : NULL, len);
}

const dstack_evidence *
dstack_attest_reply_evidence(const dstack_attest_reply *reply)
{
    return reply ? reply->evidence : NULL;
}

const dstack_gpu_reply *
dstack_attest_reply_gpu(const dstack_attest_reply *reply)
{
    return reply ? reply->gpu : NULL;
}

const char *
dstack_attest_reply_json(const dstack_attest_reply *reply, size_t *len)
{
    if (len)
        *len = reply ? reply->answer.body.n : 0;
    return reply ? (const char *)reply->answer.body.p : NULL;
}
