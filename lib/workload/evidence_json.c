/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "codec/json_write.h"
#include "intel/quote.h"
#include "intel/quote_json.h"
#include "workload/evidence.h"

static void
write_bytes(ds_jw *w, const char *name, const uint8_t *p, size_t n)
{
    if (p)
        ds_jw_hex(w, name, ds_view_of(p, n));
}

static void
write_text(ds_jw *w, const char *name, const char *text)
{
    if (text)
        ds_jw_text(w, name, text);
}

/* The platforms whose signed bytes are no quote of Intel's. */
static void
write_signed(ds_jw *w, const dstack_evidence *e)
{
    size_t n = dstack_evidence_cert_count(e);

    ds_jw_hex(w, "signed", e->att->quote);
    if (e->att->platform != DSTACK_PLATFORM_SEV_SNP)
        return;
    ds_jw_array(w, "certificates");
    for (size_t i = 0; i < n; i++)
        ds_jw_hex(w, NULL, e->att->certs[i]);
    ds_jw_end(w);
    write_text(w, "mr_config", e->mr_config);
}

static int
write_evidence(ds_jw *w, const void *object)
{
    const dstack_evidence *e = object;
    const uint8_t *claimed, *data;
    dstack_quote q;
    size_t n, m;
    int rc = DSTACK_OK;

    ds_jw_object(w, NULL);
    ds_jw_bool(w, "verified", false);
    ds_jw_text(w, "note", "nothing was verified");
    ds_jw_text(w, "format", dstack_evidence_format_name(e->format));
    ds_jw_text(w, "platform", dstack_platform_name(e->att->platform));
    claimed = dstack_evidence_claimed_report_data(e, &n);
    data = dstack_evidence_report_data(e, &m);
    if (e->att->platform == DSTACK_PLATFORM_SEV_SNP)
        write_bytes(w, "report_data", data, m);
    write_bytes(w, "claimed_report_data", claimed, n);
    write_text(w, "report_data_payload", e->payload);
    write_text(w, "vm_config", dstack_evidence_vm_config(e, NULL));
    if (ds_quote_parse(e->att->quote, &q, NULL) == DSTACK_OK)
        rc = ds_quote_write(w, &q);
    else
        write_signed(w, e);
    if (e->log)
        ds_events_write(w, "event_log", e->log->events, e->log->count);
    if (e->container.n != 0)
        ds_events_write(
            w, "runtime_events", e->runtime->events, e->runtime->count);
    ds_jw_end(w);
    return rc;
}

int
dstack_evidence_to_json(const dstack_evidence *evidence, char **ret_json,
    size_t *ret_len, dstack_error *err)
{
    const ds_jw_document document = {"dstack_evidence_to_json", evidence,
        DS_MAX_EVENT_LOG_TEXT, write_evidence};

    return ds_jw_to_json(&document, ret_json, ret_len, err);
}
