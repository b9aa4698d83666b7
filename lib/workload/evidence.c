/* SPDX-License-Identifier: Apache-2.0 */
#include "workload/evidence.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "codec/json.h"
#include "intel/quote.h"
#include "workload/vm_config.h"

static int
fail(dstack_error *err, int reason, const char *message)
{
    return ds_fail_reason(err, ds_reason_code(reason), DSTACK_STAGE_EVIDENCE,
        reason, "evidence: %s", message);
}

/* ---- what the hardware signed -------------------------------------------------- */

/* Where the report data is; for a quote, that it is one, of the right TEE. */
static int
find_report_data(dstack_evidence *e, dstack_error *err)
{
    ds_attestation *a = e->att;
    dstack_quote q;
    int rc;

    if (a->platform == DSTACK_PLATFORM_SEV_SNP) {
        e->report_data = ds_view_of(a->quote.p + 0x50, 64);
        return DSTACK_OK;
    }
    if (a->platform == DSTACK_PLATFORM_NITRO_ENCLAVE ||
        a->platform == DSTACK_PLATFORM_AWS_NITRO_TPM)
        return DSTACK_OK;
    rc = ds_quote_parse(a->quote, &q, err);
    if (rc != DSTACK_OK)
        return rc;
    if (a->platform == DSTACK_PLATFORM_NONE)
        a->platform =
            q.tee == DSTACK_TEE_SGX ? DSTACK_PLATFORM_SGX : DSTACK_PLATFORM_TDX;
    else if (q.tee != DSTACK_TEE_TDX)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE,
            DSTACK_REASON_QUOTE_TEE_TYPE,
            "quote: TEE type is 0x%x, expected 0x81 (TDX) in an attestation "
            "of platform %s",
            (unsigned)q.tee, dstack_platform_name(a->platform));
    e->report_data = ds_quote_field(&q, "report_data");
    return DSTACK_OK;
}

/* A quote by itself as an attestation of which nothing else is known. */
static int
take_quote(dstack_evidence *e, ds_view quote, dstack_error *err)
{
    int rc;

    e->att = ds_calloc(1, sizeof *e->att);
    if (e->att)
        e->att->owned = ds_memdup(quote.p, quote.n);
    if (!e->att || !e->att->owned)
        return ds_fail_nomem(err);
    e->att->quote = ds_view_of(e->att->owned, quote.n);
    rc = find_report_data(e, err);
    if (rc == DSTACK_OK)
        memcpy(e->att->report_data, e->report_data.p, e->report_data.n);
    return rc;
}

/* ---- a container ---------------------------------------------------------------- */

static int
copy_text(ds_view text, char **ret, dstack_error *err)
{
    *ret = ds_memdup(text.p, text.n);
    return *ret ? DSTACK_OK : ds_fail_nomem(err);
}

static int
take_container(dstack_evidence *e, ds_view bytes, dstack_error *err)
{
    ds_attestation *a = NULL;
    int rc = ds_attestation_decode(bytes, &e->att, err);

    if (rc != DSTACK_OK)
        return rc;
    a = e->att;
    e->format = a->version == 0 ? DSTACK_EVIDENCE_ATTESTATION_V0
                                : DSTACK_EVIDENCE_ATTESTATION_V1;
    e->container = ds_view_of(a->owned, bytes.n);
    e->claims_report_data = true;
    rc = find_report_data(e, err);
    if (rc == DSTACK_OK && a->platform <= DSTACK_PLATFORM_GCP_TDX)
        rc = ds_event_log_new(a->events, a->event_count, &e->log, err);
    if (rc == DSTACK_OK)
        rc = ds_event_log_new(a->runtime, a->runtime_count, &e->runtime, err);
    if (rc == DSTACK_OK)
        rc = ds_vm_config_parse(a->config, &e->config, err);
    if (rc == DSTACK_OK && a->pod)
        rc = copy_text(a->payload, &e->payload, err);
    if (rc == DSTACK_OK && a->platform == DSTACK_PLATFORM_SEV_SNP)
        rc = copy_text(a->mr_config, &e->mr_config, err);
    return rc;
}

/* A quote begins with its version, 3 to 5 now, as 16 bits; the first byte of a
 * container is 0 or at least 0x80. */
static int
take_bytes(dstack_evidence *e, ds_view bytes, dstack_error *err)
{
    char start[40];

    if (ds_attestation_is(bytes))
        return take_container(e, bytes, err);
    if (bytes.n < 2 || bytes.p[0] >= 0x20 || bytes.p[1] != 0)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_EVIDENCE,
            DSTACK_REASON_EVIDENCE_FORMAT,
            "evidence: neither a quote nor an attestation, in bytes, hex or "
            "JSON; it begins with \"%s\"",
            ds_err_quote(bytes, start));
    e->format = DSTACK_EVIDENCE_QUOTE;
    return take_quote(e, bytes, err);
}

/* ---- hex --------------------------------------------------------------------------- */

static bool
is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static ds_view
skip_space(ds_view v)
{
    while (v.n != 0 && is_space(*v.p))
        v = ds_view_of(v.p + 1, v.n - 1);
    return v;
}

static ds_view
skip_prefix(ds_view v)
{
    v = skip_space(v);
    if (v.n >= 2 && v.p[0] == '0' && (v.p[1] == 'x' || v.p[1] == 'X'))
        v = ds_view_of(v.p + 2, v.n - 2);
    return v;
}

static bool
is_digit(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F');
}

/* Nothing but digits and white space, and a digit. */
static bool
looks_like_hex(ds_view v)
{
    size_t digits = 0;

    v = skip_prefix(v);
    for (size_t i = 0; i < v.n; i++) {
        if (is_digit(v.p[i]))
            digits++;
        else if (!is_space(v.p[i]))
            return false;
    }
    return digits != 0;
}

/* The bytes, the caller's, of hex digits among white space. */
static int
decode_hex(ds_view text, const char *what, ds_buf *out, dstack_error *err)
{
    ds_buf digits;
    int rc = DSTACK_OK;

    text = skip_prefix(text);
    if (ds_hex_decode_buf(text, out))
        return DSTACK_OK; /* without white space, as programs write it */
    ds_buf_init(&digits, text.n);
    for (size_t i = 0, from = 0; i <= text.n; i++) {
        if (i < text.n && !is_space(text.p[i]))
            continue;
        if (i != from)
            ds_buf_add(&digits, text.p + from, i - from);
        from = i + 1;
    }
    if (digits.nomem)
        rc = ds_fail_nomem(err);
    else if (!ds_hex_decode_buf(ds_view_of(digits.p, digits.n), out))
        rc = ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_EVIDENCE,
            DSTACK_REASON_EVIDENCE_HEX,
            "evidence: %s is not hex with an even number of digits", what);
    if (rc != DSTACK_ERR_NOMEM && out->nomem)
        rc = ds_fail_nomem(err);
    ds_buf_free(&digits);
    return rc;
}

static int
take_hex(dstack_evidence *e, ds_view text, dstack_error *err)
{
    ds_buf bytes;
    int rc;

    ds_buf_init(&bytes, DS_MAX_EVIDENCE);
    rc = decode_hex(text, "the text", &bytes, err);
    if (rc == DSTACK_OK)
        rc = take_bytes(e, ds_view_of(bytes.p, bytes.n), err);
    ds_buf_free(&bytes);
    return rc;
}

/* ---- JSON -------------------------------------------------------------------------- */

/* A member. One that is null was not given: so do serializers write what is
 * optional. */
static ds_jv
member(const ds_json *j, const char *name)
{
    ds_jv v = ds_json_get(j, 0, name);

    if (v != DS_JSON_NONE && ds_json_type(j, v) == DS_JSON_NULL)
        v = DS_JSON_NONE;
    return v;
}

/* A member with hex text; *given false when there is none, or an empty one. */
static int
read_hex(const ds_json *j, const char *name, ds_buf *out, bool *given,
    dstack_error *err)
{
    ds_jv v = member(j, name);
    ds_view text;
    int rc;

    *given = false;
    if (v == DS_JSON_NONE)
        return DSTACK_OK;
    rc = ds_json_string(j, v, DS_MAX_EVIDENCE, &text, err);
    if (rc != DSTACK_OK)
        return ds_err_as(
            err, rc, DSTACK_STAGE_EVIDENCE, DSTACK_REASON_EVIDENCE_MEMBER);
    if (text.n == 0)
        return DSTACK_OK;
    *given = true;
    return decode_hex(text, name, out, err);
}

/* A member that holds JSON, as text with JSON in it or directly. Sets p to
 * NULL where there is none. */
static int
read_inner(const ds_json *j, const char *name, ds_buf *out, ds_view *ret,
    dstack_error *err)
{
    ds_jv v = member(j, name);
    int rc;

    *ret = ds_view_of(NULL, 0);
    if (v == DS_JSON_NONE)
        return DSTACK_OK;
    if (ds_json_type(j, v) != DS_JSON_STRING) {
        *ret = ds_json_raw(j, v);
        return DSTACK_OK;
    }
    rc = ds_json_string_buf(j, v, out, err);
    ds_buf_add(out, NULL, 0);
    if (rc == DSTACK_OK && !out->p)
        rc = ds_fail_nomem(err);
    if (rc == DSTACK_OK)
        *ret = ds_view_of(out->p, out->n);
    return ds_err_as(
        err, rc, DSTACK_STAGE_EVIDENCE, DSTACK_REASON_EVIDENCE_MEMBER);
}

/* An attestation's arrays of a log: all of it, and its runtime events, of
 * which a firmware's log knows nothing. */
static int
split_log(dstack_evidence *e, bool firmware, dstack_error *err)
{
    ds_attestation *a = e->att;
    size_t n = e->log->count;

    a->events = ds_calloc(n, sizeof *a->events);
    a->runtime = ds_calloc(n, sizeof *a->runtime);
    if (!a->events || !a->runtime)
        return ds_fail_nomem(err);
    for (size_t i = 0; i < n; i++) {
        const ds_event *v = &e->log->events[i];

        a->events[a->event_count++] = *v;
        if (ds_event_is_runtime(v) && v->imr == 3)
            a->runtime[a->runtime_count++] = *v;
    }
    if (a->runtime_count > DS_MAX_RUNTIME_EVENTS)
        return ds_event_log_too_large(
            err, a->runtime_count, DS_MAX_RUNTIME_EVENTS, "runtime events");
    if (firmware)
        return DSTACK_OK;
    return ds_event_log_new(a->runtime, a->runtime_count, &e->runtime, err);
}

/* An empty text is what an agent without a log answers. */
static int
read_log(dstack_evidence *e, const ds_json *j, dstack_error *err)
{
    ds_buf buf;
    ds_view text;
    int rc;

    ds_buf_init(&buf, DS_MAX_EVENT_LOG_JSON);
    rc = read_inner(j, "event_log", &buf, &text, err);
    if (rc == DSTACK_OK && text.n != 0)
        rc = ds_event_log_parse_json(text, &e->log, err);
    if (rc == DSTACK_OK && e->log)
        rc = split_log(e, false, err);
    ds_buf_free(&buf);
    return rc;
}

static int
take_config(dstack_evidence *e, ds_view text, dstack_error *err)
{
    const char *config;
    size_t n;
    int rc = ds_vm_config_parse(text, &e->config, err);

    if (rc != DSTACK_OK)
        return rc;
    config = dstack_vm_config_json(e->config, &n);
    e->att->config = ds_view_of(config, n);
    return DSTACK_OK;
}

static int
read_config(dstack_evidence *e, const ds_json *j, dstack_error *err)
{
    ds_buf buf;
    ds_view text;
    int rc;

    ds_buf_init(&buf, DS_MAX_CONFIG);
    rc = read_inner(j, "vm_config", &buf, &text, err);
    if (rc == DSTACK_OK && text.p)
        rc = take_config(e, text, err);
    ds_buf_free(&buf);
    return rc;
}

static int
read_report_data(dstack_evidence *e, const ds_json *j, dstack_error *err)
{
    ds_jv v = member(j, "report_data");
    ds_attestation *a = e->att;
    int rc;

    if (v == DS_JSON_NONE)
        return DSTACK_OK;
    e->claims_report_data = true;
    rc = ds_json_hex(j, v, a->report_data, sizeof a->report_data, err);
    return ds_err_as(
        err, rc, DSTACK_STAGE_EVIDENCE, DSTACK_REASON_EVIDENCE_MEMBER);
}

static int
take_members(
    dstack_evidence *e, const ds_json *j, ds_buf *bytes, dstack_error *err)
{
    bool given = false;
    int rc = read_hex(j, "attestation", bytes, &given, err);

    if (rc != DSTACK_OK)
        return rc;
    if (given)
        return take_container(e, ds_view_of(bytes->p, bytes->n), err);
    rc = read_hex(j, "quote", bytes, &given, err);
    if (rc == DSTACK_OK && !given)
        rc = fail(err, DSTACK_REASON_EVIDENCE_MEMBER,
            "the JSON has neither an \"attestation\" nor a \"quote\", or they "
            "are empty");
    if (rc != DSTACK_OK)
        return rc;
    e->format = DSTACK_EVIDENCE_QUOTE_JSON;
    rc = take_quote(e, ds_view_of(bytes->p, bytes->n), err);
    if (rc == DSTACK_OK)
        rc = read_log(e, j, err);
    if (rc == DSTACK_OK)
        rc = read_config(e, j, err);
    if (rc == DSTACK_OK)
        rc = read_report_data(e, j, err);
    return rc;
}

static int
take_json(dstack_evidence *e, ds_view text, dstack_error *err)
{
    ds_json *j = NULL;
    ds_buf bytes;
    int rc = ds_json_parse(text, "evidence", &j, err);

    ds_buf_init(&bytes, DS_MAX_EVIDENCE);
    if (rc == DSTACK_OK)
        rc = take_members(e, j, &bytes, err);
    else if (err)
        err->stage = DSTACK_STAGE_EVIDENCE;
    ds_buf_free(&bytes);
    ds_json_free(j);
    return rc;
}

/* ---- all of it ----------------------------------------------------------------------- */

int
dstack_evidence_parse(const uint8_t *data, size_t data_len,
    dstack_evidence **ret, dstack_error *err)
{
    ds_view in = ds_view_of(data, data_len);
    dstack_evidence *e;
    ds_view start;
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!data || !ret)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_evidence_parse: NULL argument");
    if (in.n > DS_MAX_EVIDENCE)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_EVIDENCE,
            DSTACK_REASON_EVIDENCE_TOO_LARGE,
            "evidence: %zu bytes, at most %u are allowed", in.n,
            DS_MAX_EVIDENCE);
    e = ds_calloc(1, sizeof *e);
    if (!e)
        return ds_fail_nomem(err);
    start = skip_space(in);
    if (start.n == 0)
        rc = fail(err, DSTACK_REASON_EVIDENCE_FORMAT, "it is empty");
    else if (*start.p == '{')
        rc = take_json(e, in, err);
    else if (looks_like_hex(in))
        rc = take_hex(e, in, err);
    else
        rc = take_bytes(e, in, err);
    if (rc == DSTACK_OK)
        *ret = e;
    else
        dstack_evidence_free(e);
    return rc;
}

static int
take_log(dstack_evidence *e, ds_view log, dstack_error *err)
{
    ds_view start = skip_space(log);
    bool json = start.n != 0 && *start.p == '[';
    int rc = json ? ds_event_log_parse_json(log, &e->log, err)
                  : dstack_event_log_parse_ccel(log.p, log.n, &e->log, err);

    return rc == DSTACK_OK ? split_log(e, !json, err) : rc;
}

int
dstack_evidence_from_parts(const uint8_t *quote, size_t quote_len,
    const uint8_t *event_log, size_t event_log_len, const uint8_t *vm_config,
    size_t vm_config_len, dstack_evidence **ret, dstack_error *err)
{
    dstack_evidence *e;
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!quote || !ret)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_evidence_from_parts: NULL argument");
    e = ds_calloc(1, sizeof *e);
    if (!e)
        return ds_fail_nomem(err);
    e->format = DSTACK_EVIDENCE_QUOTE_JSON;
    rc = take_quote(e, ds_view_of(quote, quote_len), err);
    if (rc == DSTACK_OK && event_log)
        rc = take_log(e, ds_view_of(event_log, event_log_len), err);
    if (rc == DSTACK_OK && vm_config)
        rc = take_config(e, ds_view_of(vm_config, vm_config_len), err);
    if (rc == DSTACK_OK)
        *ret = e;
    else
        dstack_evidence_free(e);
    return rc;
}

void
dstack_evidence_free(dstack_evidence *evidence)
{
    if (!evidence)
        return;
    ds_attestation_free(evidence->att);
    dstack_event_log_free(evidence->log);
    dstack_event_log_free(evidence->runtime);
    dstack_vm_config_free(evidence->config);
    ds_free(evidence->payload);
    ds_free(evidence->mr_config);
    ds_free(evidence);
}

/* ---- encoding --------------------------------------------------------------------------- */

int
dstack_evidence_encode(const dstack_evidence *evidence, uint32_t version,
    int stripped, uint8_t **ret, size_t *ret_len, dstack_error *err)
{
    ds_attestation a;
    ds_event *kept = NULL;
    ds_buf out;
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (ret_len)
        *ret_len = 0;
    if (!evidence || !ret || !ret_len || version > 1 ||
        (stripped != 0 && stripped != 1))
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_evidence_encode: NULL argument, a version over 1 or "
            "stripped not 0 or 1");
    ds_buf_init(&out, DS_MAX_ATTESTATION);
    a = *evidence->att;
    if (stripped && a.event_count != 0) {
        kept = ds_calloc(a.event_count, sizeof *kept);
        if (!kept) {
            rc = ds_fail_nomem(err);
            goto out;
        }
        a.event_count =
            ds_events_strip(a.platform, a.events, a.event_count, kept);
        a.events = kept;
    }
    rc = ds_attestation_encode(&a, version, &out, err);
    if (rc == DSTACK_OK)
        *ret = ds_buf_take(&out, ret_len);
    if (rc == DSTACK_OK && !*ret)
        rc = ds_fail_nomem(err);
out:
    ds_free(kept);
    ds_buf_free(&out);
    return rc;
}
