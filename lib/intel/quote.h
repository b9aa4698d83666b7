/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_INTEL_QUOTE_H
#define DS_INTEL_QUOTE_H

#include "base/bytes.h"
#include "base/error.h"
#include "dstack/quote.h"

/* Certification data types (spec 1.7). */
enum {
    DS_CERT_PPID_PLAIN = 1,
    DS_CERT_PPID_RSA2048 = 2,
    DS_CERT_PPID_RSA3072 = 3,
    DS_CERT_PCK_LEAF = 4,
    DS_CERT_PCK_CHAIN = 5,
    DS_CERT_QE_REPORT = 6
};

#define DS_SGX_REPORT_SIZE 384u

/* Views into one buffer, which the object owns when it came from
 * dstack_quote_parse(). */
struct dstack_quote {
    ds_view bytes;
    ds_view header;
    ds_view body;
    ds_view signed_part;
    ds_view signature;       /* r || s */
    ds_view attestation_key; /* X || Y */
    ds_view qe_report;
    ds_view qe_signature;
    ds_view auth_data;
    ds_view cert_data;
    ds_view trailing;
    uint32_t version;
    uint32_t tee;
    uint32_t body_type;
    uint32_t cert_type;
};

/* Takes a quote apart in place: nothing is allocated or copied. */
int
ds_quote_parse(ds_view in, dstack_quote *q, dstack_error *err);
/* What strict mode refuses on top: bytes after the signature data, non-zero
 * reserved bytes. */
int
ds_quote_check_strict(const dstack_quote *q, dstack_error *err);
/* A field by name; empty when this quote has none of that name. */
ds_view
ds_quote_field(const dstack_quote *q, const char *name);
/* Size of the field with that name in any kind of quote, 0 when there is
 * none. */
size_t
ds_quote_field_size(const char *name);

#endif
