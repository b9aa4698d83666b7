/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_REPORT_DATA_H
#define DSTACK_REPORT_DATA_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Report data, 64 bytes, that stands for content of any size: hash(tag ":"
 * content), padded on the right with zeros. The one side asks for a quote over
 * it, the other gives it to dstack_policy_expect_report_data().
 *
 *   tag          what the content is, 1 to 255 bytes; NULL is "app-data". The
 *                colon is put here. A tag tells uses apart that know of each
 *                other: any app can have any 64 bytes quoted.
 *   hash         "sha256", "sha384", "sha512", "sha3-256", "sha3-384",
 *                "sha3-512", "keccak256", "keccak384", "keccak512"; or "raw":
 *                no hash, no tag, content is the 64 bytes. NULL is "sha512".
 *   report_data  receives 64 bytes; zeros after a failure
 *
 * Returns DSTACK_OK; DSTACK_ERR_ARG; DSTACK_ERR_NOMEM; DSTACK_ERR_INTERNAL.
 * Source: dstack's report data content types; tappd's TdxQuote. */
DSTACK_MUST int
dstack_report_data_hash(const char *tag, const uint8_t *content,
    size_t content_len, const char *hash, uint8_t *report_data,
    dstack_error *err);

#ifdef __cplusplus
}
#endif
#endif
