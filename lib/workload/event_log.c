/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "codec/json.h"
#include "codec/json_write.h"
#include "crypto/hash.h"
#include "workload/event.h"

/* ---- making one -------------------------------------------------------------- */

/* An empty log with room for n events whose bytes are at most `bytes`. */
static dstack_event_log *
new_log(size_t n, size_t bytes)
{
    dstack_event_log *log = ds_calloc(1, sizeof *log);

    if (!log)
        return NULL;
    log->events = ds_calloc(n, sizeof *log->events);
    log->store = ds_malloc(bytes);
    if (!log->events || !log->store) {
        dstack_event_log_free(log);
        return NULL;
    }
    return log;
}

static ds_view
put(uint8_t **at, ds_view v)
{
    ds_view copy = ds_view_of(*at, v.n);

    if (v.n != 0)
        memcpy(*at, v.p, v.n);
    *at += v.n;
    return copy;
}

static ds_view
put_name(uint8_t **at, ds_view name)
{
    ds_view copy = put(at, name);

    *(*at)++ = 0;
    return copy;
}

int
ds_event_log_new(
    const ds_event *events, size_t n, dstack_event_log **ret, dstack_error *err)
{
    dstack_event_log *log;
    size_t bytes = 0;
    uint8_t *at;

    *ret = NULL;
    for (size_t i = 0; i < n; i++)
        bytes += events[i].digest.n + events[i].name.n + 1 +
                 events[i].payload.n + events[i].preimage.n;
    log = new_log(n, bytes);
    if (!log)
        return ds_fail_nomem(err);
    at = log->store;
    for (size_t i = 0; i < n; i++) {
        ds_event *e = &log->events[i];

        *e = events[i];
        e->digest = put(&at, e->digest);
        e->name = put_name(&at, e->name);
        e->payload = put(&at, e->payload);
        e->preimage = put(&at, e->preimage);
    }
    log->count = n;
    *ret = log;
    return DSTACK_OK;
}

void
dstack_event_log_free(dstack_event_log *log)
{
    if (!log)
        return;
    ds_free(log->events);
    ds_free(log->store);
    ds_free(log);
}

/* ---- from JSON ---------------------------------------------------------------- */

struct json_log {
    const ds_json *j;
    uint8_t *at; /* in the store */
    dstack_error *err;
};

/* Hex of any even length up to 2 * max digits; nothing when absent and
 * optional. */
static int
read_hex(struct json_log *l, ds_jv v, size_t max, bool optional, ds_view *ret)
{
    ds_view text;
    int rc;

    *ret = ds_view_of(l->at, 0);
    if (optional && v == DS_JSON_NONE)
        return DSTACK_OK;
    rc = ds_json_string(l->j, v, max * 2, &text, l->err);
    if (rc != DSTACK_OK)
        return rc;
    ret->n = text.n / 2;
    if (text.n % 2 != 0 || !ds_hex_decode(text, l->at, ret->n))
        return ds_json_fail(l->j, v, DSTACK_REASON_JSON, l->err,
            "expected hex with an even number of digits");
    l->at += ret->n;
    return DSTACK_OK;
}

static int
read_name(struct json_log *l, ds_jv v, ds_view *ret)
{
    ds_buf name;
    int rc;

    ds_buf_init(&name, DS_MAX_EVENT_NAME);
    rc = ds_json_string_buf(l->j, v, &name, l->err);
    if (rc == DSTACK_OK)
        *ret = put_name(&l->at, ds_view_of(name.p, name.n));
    ds_buf_free(&name);
    return rc;
}

static int
read_number(struct json_log *l, ds_jv event, const char *name, uint64_t max,
    uint32_t *ret)
{
    uint64_t number = 0;
    ds_jv v;
    int rc = ds_json_need(l->j, event, name, &v, l->err);

    if (rc == DSTACK_OK)
        rc = ds_json_u64(l->j, v, max, &number, l->err);
    *ret = (uint32_t)number;
    return rc;
}

static int
read_version(struct json_log *l, ds_jv event, uint32_t *ret)
{
    int rc;

    *ret = 1;
    if (ds_json_get(l->j, event, "version") == DS_JSON_NONE)
        return DSTACK_OK;
    rc = read_number(l, event, "version", 2, ret);
    if (rc == DSTACK_OK && *ret == 0)
        rc = ds_json_fail(l->j, ds_json_get(l->j, event, "version"),
            DSTACK_REASON_JSON_RANGE, l->err, "expected 1 or 2");
    return rc;
}

static int
read_event(struct json_log *l, ds_jv event, ds_event *e)
{
    ds_jv name = DS_JSON_NONE, payload = DS_JSON_NONE;
    int rc = ds_json_expect(l->j, event, DS_JSON_OBJECT, l->err);

    if (rc == DSTACK_OK)
        rc = read_number(l, event, "imr", 3, &e->imr);
    if (rc == DSTACK_OK)
        rc = read_number(l, event, "event_type", UINT32_MAX, &e->type);
    if (rc == DSTACK_OK)
        rc = read_hex(l, ds_json_get(l->j, event, "digest"),
            DS_MAX_EVENT_DIGEST, true, &e->digest);
    if (rc == DSTACK_OK)
        rc = ds_json_need(l->j, event, "event", &name, l->err);
    if (rc == DSTACK_OK)
        rc = read_name(l, name, &e->name);
    if (rc == DSTACK_OK)
        rc = ds_json_need(l->j, event, "event_payload", &payload, l->err);
    if (rc == DSTACK_OK)
        rc = read_hex(l, payload, DS_MAX_EVENT_PAYLOAD, false, &e->payload);
    if (rc == DSTACK_OK)
        rc = read_version(l, event, &e->version);
    if (rc == DSTACK_OK)
        rc = read_hex(l, ds_json_get(l->j, event, "preimage"),
            DS_MAX_EVENT_PREIMAGE, true, &e->preimage);
    return rc;
}

int
ds_event_log_too_large(
    dstack_error *err, size_t n, size_t max, const char *unit)
{
    return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_EVENTS,
        DSTACK_REASON_EVENT_LOG_TOO_LARGE,
        "event log: %zu %s, at most %zu are allowed", n, unit, max);
}

static int
check_runtime_count(const dstack_event_log *log, dstack_error *err)
{
    size_t n = 0;

    for (size_t i = 0; i < log->count; i++)
        n += ds_event_is_runtime(&log->events[i]) ? 1 : 0;
    return n > DS_MAX_RUNTIME_EVENTS
               ? ds_event_log_too_large(
                     err, n, DS_MAX_RUNTIME_EVENTS, "runtime events")
               : DSTACK_OK;
}

int
ds_event_log_parse_json(ds_view text, dstack_event_log **ret, dstack_error *err)
{
    struct json_log l = {.err = err};
    dstack_event_log *log = NULL;
    ds_json *j = NULL;
    size_t n;
    int rc;

    *ret = NULL;
    if (text.n > DS_MAX_EVENT_LOG_JSON)
        return ds_event_log_too_large(
            err, text.n, DS_MAX_EVENT_LOG_JSON, "bytes");
    rc = ds_json_parse(text, "event log", &j, err);
    if (rc == DSTACK_OK)
        rc = ds_json_expect(j, 0, DS_JSON_ARRAY, err);
    if (rc != DSTACK_OK)
        goto out;
    n = ds_json_count(j, 0);
    if (n > DS_MAX_EVENTS) {
        rc = ds_event_log_too_large(err, n, DS_MAX_EVENTS, "events");
        goto out;
    }
    /* What is decoded is never longer than its text. */
    log = new_log(n, text.n + n);
    if (!log) {
        rc = ds_fail_nomem(err);
        goto out;
    }
    l.j = j;
    l.at = log->store;
    for (ds_jv v = ds_json_first(j, 0); v != DS_JSON_NONE && rc == DSTACK_OK;
         v = ds_json_next(j, v))
        rc = read_event(&l, v, &log->events[log->count++]);
    if (rc == DSTACK_OK)
        rc = check_runtime_count(log, err);
out:
    ds_json_free(j);
    if (rc == DSTACK_OK)
        *ret = log;
    else
        dstack_event_log_free(log);
    if (err && err->reason == DSTACK_REASON_EVENT_LOG_TOO_LARGE)
        return rc;
    return ds_err_as(
        err, rc, DSTACK_STAGE_EVENTS, DSTACK_REASON_EVENT_LOG_JSON);
}

int
dstack_event_log_parse_json(const uint8_t *data, size_t data_len,
    dstack_event_log **ret, dstack_error *err)
{
    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!data || !ret)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_event_log_parse_json: NULL argument");
    return ds_event_log_parse_json(ds_view_of(data, data_len), ret, err);
}

/* ---- getters ------------------------------------------------------------------ */

static const ds_event *
event_at(const dstack_event_log *log, size_t index)
{
    return log && index < log->count ? &log->events[index] : NULL;
}

static const uint8_t *
lend(ds_view v, size_t *len)
{
    if (len)
        *len = v.n;
    return v.n != 0 ? v.p : NULL;
}

size_t
dstack_event_log_count(const dstack_event_log *log)
{
    return log ? log->count : 0;
}

uint32_t
dstack_event_log_imr(const dstack_event_log *log, size_t index)
{
    const ds_event *e = event_at(log, index);

    return e ? e->imr : 0;
}

uint32_t
dstack_event_log_type(const dstack_event_log *log, size_t index)
{
    const ds_event *e = event_at(log, index);

    return e ? e->type : 0;
}

uint32_t
dstack_event_log_version(const dstack_event_log *log, size_t index)
{
    const ds_event *e = event_at(log, index);

    return e ? e->version : 0;
}

const char *
dstack_event_log_name(const dstack_event_log *log, size_t index, size_t *len)
{
    const ds_event *e = event_at(log, index);

    if (len)
        *len = e ? e->name.n : 0;
    return e ? (const char *)e->name.p : NULL;
}

const uint8_t *
dstack_event_log_digest(const dstack_event_log *log, size_t index, size_t *len)
{
    const ds_event *e = event_at(log, index);

    return lend(e ? e->digest : ds_view_of(NULL, 0), len);
}

const uint8_t *
dstack_event_log_payload(const dstack_event_log *log, size_t index, size_t *len)
{
    const ds_event *e = event_at(log, index);

    return lend(e ? e->payload : ds_view_of(NULL, 0), len);
}

const uint8_t *
dstack_event_log_preimage(
    const dstack_event_log *log, size_t index, size_t *len)
{
    const ds_event *e = event_at(log, index);

    return lend(e ? e->preimage : ds_view_of(NULL, 0), len);
}

const char *
dstack_event_type_name(uint32_t type)
{
    static const struct {
        uint32_t type;
        const char *name;
    } names[] = {
        {0x00000000, "EV_PREBOOT_CERT"},
        {0x00000001, "EV_POST_CODE"},
        {0x00000003, "EV_NO_ACTION"},
        {0x00000004, "EV_SEPARATOR"},
        {0x00000005, "EV_ACTION"},
        {0x00000006, "EV_EVENT_TAG"},
        {0x00000007, "EV_S_CRTM_CONTENTS"},
        {0x00000008, "EV_S_CRTM_VERSION"},
        {0x00000009, "EV_CPU_MICROCODE"},
        {0x0000000a, "EV_PLATFORM_CONFIG_FLAGS"},
        {0x0000000b, "EV_TABLE_OF_DEVICES"},
        {0x0000000c, "EV_COMPACT_HASH"},
        {0x0000000d, "EV_IPL"},
        {0x0000000e, "EV_IPL_PARTITION_DATA"},
        {0x00000011, "EV_NONHOST_INFO"},
        {DS_EVENT_RUNTIME, "DSTACK_RUNTIME"},
        {0x80000001, "EV_EFI_VARIABLE_DRIVER_CONFIG"},
        {0x80000002, "EV_EFI_VARIABLE_BOOT"},
        {0x80000003, "EV_EFI_BOOT_SERVICES_APPLICATION"},
        {0x80000004, "EV_EFI_BOOT_SERVICES_DRIVER"},
        {0x80000005, "EV_EFI_RUNTIME_SERVICES_DRIVER"},
        {0x80000006, "EV_EFI_GPT_EVENT"},
        {0x80000007, "EV_EFI_ACTION"},
        {0x80000008, "EV_EFI_PLATFORM_FIRMWARE_BLOB"},
        {0x80000009, "EV_EFI_HANDOFF_TABLES"},
        {0x8000000a, "EV_EFI_PLATFORM_FIRMWARE_BLOB2"},
        {0x8000000b, "EV_EFI_HANDOFF_TABLES2"},
        {0x8000000c, "EV_EFI_VARIABLE_BOOT2"},
        {0x80000010, "EV_EFI_HCRTM_EVENT"},
        {0x800000e0, "EV_EFI_VARIABLE_AUTHORITY"},
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].type == type)
            return names[i].name;
    return "";
}

/* ---- digests and registers ------------------------------------------------------ */

/* The hash of that size; 0 for another. */
static int
hash_of_size(size_t size)
{
    if (size == ds_hash_size(DS_SHA384))
        return DS_SHA384;
    return size == ds_hash_size(DS_SHA256) ? DS_SHA256 : 0;
}

int
dstack_event_log_replay(const dstack_event_log *log, uint32_t imr, size_t count,
    uint8_t *value, size_t value_len, dstack_error *err)
{
    int alg = hash_of_size(value_len);

    ds_err_clear(err);
    if (value)
        memset(value, 0, value_len);
    if (!log || !value || imr > 3 || alg == 0)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_event_log_replay: NULL argument, a register over 3, or a "
            "value of another size than 48 or 32");
    return ds_events_replay(log->events,
        count < log->count ? count : log->count, imr, alg, true, value, err);
}

int
dstack_event_digest(const char *name, size_t name_len, const uint8_t *payload,
    size_t payload_len, uint32_t version, uint8_t *digest, size_t digest_len,
    dstack_error *err)
{
    ds_event e = {.imr = 3,
        .type = DS_EVENT_RUNTIME,
        .version = version,
        .name = ds_view_of(name, name_len),
        .payload = ds_view_of(payload, payload_len)};
    int alg = hash_of_size(digest_len);

    ds_err_clear(err);
    if (digest)
        memset(digest, 0, digest_len);
    if ((!name && name_len != 0) || (!payload && payload_len != 0) || !digest ||
        alg == 0 || version < 1 || version > 2)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_event_digest: NULL argument, a version other than 1 or 2, "
            "or a digest of another size than 48 or 32");
    if (name_len > DS_MAX_EVENT_NAME || payload_len > DS_MAX_EVENT_PAYLOAD ||
        !ds_utf8_is(e.name))
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_event_digest: the name is not UTF-8 of at most %u bytes, "
            "or the payload is longer than %u",
            DS_MAX_EVENT_NAME, DS_MAX_EVENT_PAYLOAD);
    return ds_event_digest(&e, alg, digest, err);
}

/* ---- to JSON ------------------------------------------------------------------ */

void
ds_events_write(ds_jw *w, const char *name, const ds_event *events, size_t n)
{
    ds_jw_array(w, name);
    for (size_t i = 0; i < n; i++) {
        const ds_event *e = &events[i];

        ds_jw_object(w, NULL);
        ds_jw_int(w, "imr", e->imr);
        ds_jw_int(w, "event_type", e->type);
        ds_jw_hex(w, "digest", e->digest);
        ds_jw_text_view(w, "event", e->name);
        ds_jw_hex(w, "event_payload", e->payload);
        if (e->version != 1)
            ds_jw_int(w, "version", e->version);
        if (e->preimage.n != 0)
            ds_jw_hex(w, "preimage", e->preimage);
        ds_jw_end(w);
    }
    ds_jw_end(w);
}

static int
write_log(ds_jw *w, const void *object)
{
    const dstack_event_log *log = object;

    ds_events_write(w, NULL, log->events, log->count);
    return DSTACK_OK;
}

int
dstack_event_log_to_json(const dstack_event_log *log, char **ret_json,
    size_t *ret_len, dstack_error *err)
{
    const ds_jw_document document = {
        "dstack_event_log_to_json", log, DS_MAX_EVENT_LOG_TEXT, write_log};

    return ds_jw_to_json(&document, ret_json, ret_len, err);
}
