/* SPDX-License-Identifier: Apache-2.0 */
#include "base/checks.h"

#include <stdarg.h>
#include <string.h>

static const struct {
    const char *name;
    int stage;
} checks[DS_CHECK_COUNT] = {
#define DS_X(id, name, stage) {name, DSTACK_STAGE_##stage},
    DS_CHECKS(DS_X)
#undef DS_X
};

static bool
known(int id)
{
    return id >= 0 && id < DS_CHECK_COUNT;
}

const char *
ds_check_name(int id)
{
    return known(id) ? checks[id].name : "unknown";
}

int
ds_check_stage(int id)
{
    return known(id) ? checks[id].stage : DSTACK_STAGE_NONE;
}

void
ds_checks_init(ds_checks *c)
{
    /* The texts are 11 KB and mean nothing until a check fails. */
    for (int i = 0; i < DS_CHECK_COUNT; i++) {
        c->at[i].result = DS_NOT_RUN;
        c->at[i].reason = DSTACK_REASON_NONE;
    }
    c->first = -1;
    ds_err_clear(&c->error);
}

void
ds_checks_pass(ds_checks *c, int id)
{
    if (known(id) && c->at[id].result != DS_FAILED)
        c->at[id].result = DS_PASSED;
}

static void
copy_text(char out[DS_CHECK_TEXT], const char *text)
{
    size_t n = text ? strlen(text) : 0;

    if (n >= DS_CHECK_TEXT)
        n = ds_utf8_cut(text, DS_CHECK_TEXT - 1);
    if (n != 0)
        memcpy(out, text, n);
    out[n] = 0;
}

/* True when this is the failure that the whole list reports. */
static bool
record(
    ds_checks *c, int id, int reason, const char *expected, const char *found)
{
    ds_check *at = &c->at[id];

    if (at->result == DS_FAILED)
        return false;
    at->result = DS_FAILED;
    at->reason = (int16_t)reason;
    copy_text(at->expected, expected);
    copy_text(at->found, found);
    if (c->first >= 0)
        return false;
    c->first = id;
    return true;
}

/* A caller's bug: it must not write past the list, and must not read as
 * success, so the last check takes the blame. */
static int
fail_unknown(ds_checks *c)
{
    int id = DS_CHECK_COUNT - 1;

    if (!record(c, id, DSTACK_REASON_INTERNAL, NULL, NULL))
        return DSTACK_ERR_INTERNAL;
    return ds_fail_reason(&c->error, DSTACK_ERR_INTERNAL, checks[id].stage,
        DSTACK_REASON_INTERNAL, "checks: no such check");
}

int
ds_checks_fail(ds_checks *c, int id, int reason, const char *expected,
    const char *found, const char *format, ...)
{
    int code = ds_reason_code(reason);
    va_list args;

    if (!known(id))
        return fail_unknown(c);
    if (!record(c, id, reason, expected, found))
        return code;
    va_start(args, format);
    ds_err_vfill(&c->error, code, checks[id].stage, reason, format, args);
    va_end(args);
    return code;
}

int
ds_checks_fail_err(ds_checks *c, int id, const dstack_error *err)
{
    int code = ds_reason_code(err->reason);

    if (!known(id))
        return fail_unknown(c);
    /* Out of memory, for one, has no reason. */
    if (err->reason == DSTACK_REASON_NONE && err->code != DSTACK_OK)
        code = err->code;
    if (record(c, id, err->reason, NULL, NULL)) {
        c->error = *err;
        c->error.code = code;
        c->error.stage = checks[id].stage;
    }
    return code;
}

bool
ds_checks_failed(const ds_checks *c)
{
    return c->first >= 0;
}

bool
ds_is_no_verdict(int rc)
{
    return rc == DSTACK_ERR_ARG || rc == DSTACK_ERR_NOMEM ||
           rc == DSTACK_ERR_INTERNAL;
}
