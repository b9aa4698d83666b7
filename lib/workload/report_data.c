/* SPDX-License-Identifier: Apache-2.0 */
#include "dstack/report_data.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "crypto/hash.h"

enum {
    SIZE = 64,
    MAX_TAG = 255
};

static int
copy_raw(ds_view content, uint8_t *report_data, dstack_error *err)
{
    if (content.n != SIZE)
        return ds_fail(err, DSTACK_ERR_ARG,
            "report data: raw content is exactly 64 bytes, found %zu",
            content.n);
    memcpy(report_data, content.p, SIZE);
    return DSTACK_OK;
}

static int
hash_tagged(const char *tag, ds_view content, int alg, uint8_t *report_data,
    dstack_error *err)
{
    char prefix[MAX_TAG + 1];
    size_t n = strnlen(tag, MAX_TAG + 1);

    if (n == 0 || n > MAX_TAG)
        return ds_fail(err, DSTACK_ERR_ARG,
            "report data: expected a tag of 1 to 255 bytes, found %s",
            n == 0 ? "\"\"" : "more");
    memcpy(prefix, tag, n);
    prefix[n] = ':';
    if (ds_hash(alg, ds_view_of(prefix, n + 1), content, report_data))
        return DSTACK_OK;
    memset(report_data, 0, SIZE);
    return ds_fail(err, DSTACK_ERR_INTERNAL,
        "report data: %s is not available here", ds_hash_name(alg));
}

int
dstack_report_data_hash(const char *tag, const uint8_t *content,
    size_t content_len, const char *hash, uint8_t *report_data,
    dstack_error *err)
{
    ds_view in = ds_view_of(content, content_len);
    char quoted[40];
    int alg;

    ds_err_clear(err);
    if (report_data)
        memset(report_data, 0, SIZE);
    if (!report_data || (!content && content_len != 0))
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_report_data_hash: NULL argument");
    if (hash && strcmp(hash, "raw") == 0)
        return copy_raw(in, report_data, err);
    alg = hash ? ds_hash_by_name(ds_view_str(hash)) : DS_SHA512;
    if (alg == 0)
        return ds_fail(err, DSTACK_ERR_ARG,
            "report data: no hash is named \"%s\"; there are sha256, sha384, "
            "sha512, sha3-256, sha3-384, sha3-512, keccak256, keccak384, "
            "keccak512, and raw",
            ds_err_quote(ds_view_str(hash), quoted));
    return hash_tagged(tag ? tag : "app-data", in, alg, report_data, err);
}
