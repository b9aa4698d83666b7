/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/report_data.h"

#include <string.h>

#include "base/text.h"

int
ds_report_data_pad(const char *what, ds_view in, uint8_t out[DS_REPORT_DATA],
    dstack_error *err)
{
    memset(out, 0, DS_REPORT_DATA);
    if (in.n == 0 || in.n > DS_REPORT_DATA)
        return ds_fail(err, DSTACK_ERR_ARG,
            "%s: expected 1 to 64 bytes of report data, found %zu; "
            "dstack_report_data_hash() makes 64 of any number",
            what, in.n);
    memcpy(out, in.p, in.n);
    return DSTACK_OK;
}

static int
compare(
    const char *where, ds_view found, const uint8_t *want, dstack_error *err)
{
    char a[33], b[33];
    size_t at = 0;

    if (found.n == 0 || memcmp(found.p, want, DS_REPORT_DATA) == 0)
        return DSTACK_OK;
    /* The first 16 bytes that differ somewhere. */
    while (at < 48 && memcmp(found.p + at, want + at, 16) == 0)
        at += 16;
    ds_hex_encode(ds_view_of(want + at, 16), a);
    ds_hex_encode(ds_view_of(found.p + at, 16), b);
    return ds_fail(err, DSTACK_ERR_PROTOCOL,
        "report data %s is not what was asked for: from byte %zu, expected %s, "
        "found %s",
        where, at, a, b);
}

int
ds_report_data_compare(
    const dstack_evidence *evidence, const uint8_t *want, dstack_error *err)
{
    ds_view claimed, real;
    int rc;

    claimed.p = dstack_evidence_claimed_report_data(evidence, &claimed.n);
    real.p = dstack_evidence_report_data(evidence, &real.n);
    rc = compare("in the quote", real, want, err);
    if (rc == DSTACK_OK)
        rc = compare("beside the quote", claimed, want, err);
    return rc;
}
