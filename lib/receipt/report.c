/* SPDX-License-Identifier: Apache-2.0 */
#include "receipt/report.h"

#include "base/error.h"
#include "base/mem.h"
#include "codec/json_write.h"

static const char *const names[DS_STEP_COUNT] = {
    [DS_STEP_SCHEMA] = "schema",
    [DS_STEP_SIGNATURE] = "signature",
    [DS_STEP_NODE] = "node",
    [DS_STEP_TIME] = "time",
    [DS_STEP_REQUEST] = "request",
    [DS_STEP_INPUTS] = "inputs",
    [DS_STEP_CONSTRAINTS] = "constraints",
    [DS_STEP_LLM] = "llm",
    [DS_STEP_CLEAN] = "output_clean",
    [DS_STEP_TRANSPORT] = "output_transport",
    [DS_STEP_PAYMENT] = "payment",
    [DS_STEP_ATTESTATION] = "attestation",
    [DS_STEP_MEASUREMENT] = "measurement",
    [DS_STEP_KEY_BINDING] = "key_binding",
    [DS_STEP_REPLAY] = "replay",
};

static const char *const results[] = {
    "not_run", "passed", "failed", "not_judged"};

void
dstack_receipt_report_free(dstack_receipt_report *report)
{
    ds_free(report);
}

int
dstack_receipt_report_is_accepted(const dstack_receipt_report *report)
{
    return report && report->rc == DSTACK_OK ? 1 : 0;
}

int
dstack_receipt_report_reason(const dstack_receipt_report *report)
{
    return report ? report->error.reason : DSTACK_REASON_NONE;
}

const char *
dstack_receipt_report_message(const dstack_receipt_report *report)
{
    return report ? report->error.message : "";
}

size_t
dstack_receipt_report_step_count(const dstack_receipt_report *report)
{
    return report ? DS_STEP_COUNT : 0;
}

const char *
dstack_receipt_report_step_name(
    const dstack_receipt_report *report, size_t index)
{
    return report && index < DS_STEP_COUNT ? names[index] : "";
}

int
dstack_receipt_report_step_result(
    const dstack_receipt_report *report, size_t index)
{
    return report && index < DS_STEP_COUNT ? report->result[index]
                                           : DSTACK_CHECK_NOT_RUN;
}

static int
write_report(ds_jw *w, const void *object)
{
    const dstack_receipt_report *report = object;

    ds_jw_object(w, NULL);
    ds_jw_text(w, "verdict", report->rc == DSTACK_OK ? "accepted" : "rejected");
    ds_jw_int(w, "level", report->level);
    ds_jw_int(w, "time", report->now);
    if (report->rc == DSTACK_OK) {
        ds_jw_null(w, "reason");
        ds_jw_null(w, "message");
    } else {
        ds_jw_text(w, "reason", dstack_reason_name(report->error.reason));
        ds_jw_text(w, "message", report->error.message);
    }
    ds_jw_array(w, "steps");
    for (int i = 0; i < DS_STEP_COUNT; i++) {
        ds_jw_object(w, NULL);
        ds_jw_text(w, "name", names[i]);
        ds_jw_text(w, "result", results[report->result[i]]);
        ds_jw_end(w);
    }
    ds_jw_end(w);
    ds_jw_end(w);
    return DSTACK_OK;
}

int
dstack_receipt_report_to_json(const dstack_receipt_report *report,
    char **ret_json, size_t *ret_len, dstack_error *err)
{
    const ds_jw_document document = {
        "dstack_receipt_report_to_json", report, DS_MAX_DOCUMENT, write_report};

    return ds_jw_to_json(&document, ret_json, ret_len, err);
}
