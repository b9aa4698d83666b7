/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/limits.h"
#include "workload/event.h"

/* The binary log of a TD's firmware, the CCEL table's area (TCG PC Client
 * Platform Firmware Profile 10.2; spec 4.4): a TCG_PCClientPCREvent that says
 * which digests there are, then TCG_PCR_EVENT2 until an index of all ones. Its
 * register 1 is RTMR0. */

#define ALG_SHA384 0x000cu
#define END UINT32_MAX
#define EV_NO_ACTION 3u
#define MAX_ALGS 16u

struct log {
    ds_reader r;
    const char *why; /* what is wrong, at r.off; NULL while nothing is */
    ds_event events[DS_MAX_EVENTS];
    size_t n;
    size_t acpi;
};

static bool
fail(struct log *l, const char *why)
{
    if (!l->why)
        l->why = why;
    return false;
}

/* Enough is left for n bytes. */
static bool
have(struct log *l, uint64_t n)
{
    return n <= ds_rd_left(&l->r) || fail(l, "the bytes end inside a record");
}

/* Spec ID Event: which algorithms' digests the records have. */
static bool
read_spec_id(struct log *l, ds_view data)
{
    static const char signature[16] = "Spec ID Event03";
    bool sha384 = false;
    uint32_t algs;
    ds_reader r;

    ds_reader_init(&r, data);
    if (!ds_view_eq(ds_rd_view(&r, 16), ds_view_of(signature, 16)))
        return fail(l, "the first record is not \"Spec ID Event03\"");
    ds_rd_skip(&r, 8); /* platform class, version, errata, uintn size */
    algs = ds_rd_u32le(&r);
    if (algs == 0 || algs > MAX_ALGS)
        return fail(l, "the first record names no algorithm, or too many");
    for (uint32_t i = 0; i < algs; i++) {
        uint16_t alg = ds_rd_u16le(&r);
        uint16_t size = ds_rd_u16le(&r);

        if (alg == ALG_SHA384 && size != 48)
            return fail(l, "the first record gives SHA-384 another size");
        sha384 = sha384 || alg == ALG_SHA384;
    }
    ds_rd_skip(&r, ds_rd_u8(&r)); /* vendor's own */
    if (!ds_rd_done(&r))
        return fail(l, "the first record has another length than it says");
    return sha384 || fail(l, "the log has no SHA-384 digests");
}

static bool
read_header(struct log *l)
{
    uint32_t type, size;

    if (!have(l, 32))
        return false;
    ds_rd_skip(&l->r, 4);
    type = ds_rd_u32le(&l->r);
    ds_rd_skip(&l->r, 20); /* SHA-1, zeros */
    size = ds_rd_u32le(&l->r);
    if (type != EV_NO_ACTION)
        return fail(l, "the first record is not one of type 3");
    return have(l, size) && read_spec_id(l, ds_rd_view(&l->r, size));
}

/* The host's tables are measured in this order, all with one payload; dstack
 * calls them by these names. */
static void
name_acpi(struct log *l, ds_event *e)
{
    static const char *const names[] = {
        "acpi-loader", "acpi-rsdp", "acpi-tables"};

    if (ds_event_is_acpi(e) && l->acpi < 3)
        e->name = ds_view_str(names[l->acpi++]);
}

static bool
read_record(struct log *l, uint32_t index)
{
    ds_event e = {.version = 1};
    uint32_t count, size;
    uint16_t alg;

    if (!have(l, 4 + 4 + 2 + 48 + 4))
        return false;
    e.type = ds_rd_u32le(&l->r);
    count = ds_rd_u32le(&l->r);
    alg = ds_rd_u16le(&l->r);
    if (count != 1 || alg != ALG_SHA384)
        return fail(l, "a record has other digests than one of SHA-384");
    e.digest = ds_rd_view(&l->r, 48);
    size = ds_rd_u32le(&l->r);
    if (!have(l, size))
        return false;
    e.payload = ds_rd_view(&l->r, size);
    if (index > 4)
        return fail(l, "a record is for a register over 4");
    /* Register 0 is MRTD, and what is no action is measured nowhere. */
    if (index == 0 || e.type == EV_NO_ACTION)
        return true;
    if (l->n == DS_MAX_EVENTS)
        return fail(l, "it has more than 4096 events");
    e.imr = index - 1;
    name_acpi(l, &e);
    l->events[l->n++] = e;
    return true;
}

static bool
read_log(struct log *l)
{
    uint32_t index;

    if (!read_header(l))
        return false;
    while (ds_rd_left(&l->r) != 0) {
        if (!have(l, 4))
            return false;
        index = ds_rd_u32le(&l->r);
        if (index == END)
            return true;
        if (!read_record(l, index))
            return false;
    }
    return true;
}

int
dstack_event_log_parse_ccel(const uint8_t *data, size_t data_len,
    dstack_event_log **ret, dstack_error *err)
{
    struct log *l;
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!data || !ret)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_event_log_parse_ccel: NULL argument");
    if (data_len > DS_MAX_BINARY_LOG)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_EVENTS,
            DSTACK_REASON_EVENT_LOG_TOO_LARGE,
            "event log: %zu bytes, at most %u are allowed", data_len,
            DS_MAX_BINARY_LOG);
    l = ds_calloc(1, sizeof *l);
    if (!l)
        return ds_fail_nomem(err);
    ds_reader_init(&l->r, ds_view_of(data, data_len));
    if (read_log(l))
        rc = ds_event_log_new(l->events, l->n, ret, err);
    else
        rc = ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_EVENTS,
            DSTACK_REASON_EVENT_LOG_BINARY, "event log: byte %zu: %s", l->r.off,
            l->why);
    ds_free(l);
    return rc;
}
