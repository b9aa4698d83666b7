/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_AGENT_CALLS_H
#define DS_AGENT_CALLS_H

#include "agent/rpc.h"
#include "dstack/reply.h"

/* What calls of several surfaces share. Each ds_..._ function is one request
 * of the surface that its name says, on the clock of `c`. */

/* A text argument: at most max bytes of UTF-8. `name` is the argument's. */
int
ds_check_text(
    ds_call *c, const char *name, const char *text, size_t max, ds_view *ret);

int
ds_v0_get_key(ds_call *c, ds_view path, ds_view purpose, uint32_t algorithm,
    dstack_key **ret);
int
ds_v1_get_key(ds_call *c, ds_view domain, uint32_t algorithm, dstack_key **ret);
int
ds_tappd_derive_k256_key(
    ds_call *c, ds_view path, ds_view purpose, dstack_key **ret);
/* As a key without a certificate. */
int
ds_tappd_derive_p256_key(ds_call *c, ds_view path, dstack_key **ret);

/* GetTlsKey or IssueCert: the same request and answer. */
int
ds_issue_cert(ds_call *c, int method, const dstack_cert_request *request,
    dstack_tls_key **ret);

int
ds_v0_get_quote(
    ds_call *c, const uint8_t *report_data, dstack_quote_reply **ret);
/* RawQuote, or where there is none, TdxQuote with the hash "raw". */
int
ds_tappd_raw_quote(
    ds_call *c, const uint8_t *report_data, dstack_quote_reply **ret);
/* The same 64 bytes, or NULL where any will do. */
const uint8_t *
ds_wanted(const ds_call *c, const uint8_t *report_data);

/* Info and Version of any surface. */
int
ds_get_info(ds_call *c, int method, dstack_info **ret);
int
ds_get_version(ds_call *c, int method, char **ret_version, char **ret_revision);

#endif
