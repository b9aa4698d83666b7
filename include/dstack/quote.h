/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_QUOTE_H
#define DSTACK_QUOTE_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An Intel SGX or TDX quote, taken apart and NOT verified: every value below
 * is what the bytes say. Immutable after parsing; share freely between
 * threads. Source: Intel TDX DCAP Quoting Library API, appendix A.3 and A.4;
 * Intel SGX ECDSA QuoteLibReference, appendix A. */
typedef struct dstack_quote dstack_quote;

enum {
    DSTACK_TEE_SGX = 0x00,
    DSTACK_TEE_TDX = 0x81
};

/* What was measured; the numbers are those of a version 5 quote. */
enum {
    DSTACK_BODY_SGX = 1,    /* SGX enclave report, 384 bytes */
    DSTACK_BODY_TD10 = 2,   /* TD report 1.0, 584 bytes */
    DSTACK_BODY_TD15 = 3,   /* TD report 1.5, 648 bytes */
    DSTACK_BODY_TD15_EX = 4 /* the same with the service-TD fields, 885 */
};

/* Take a quote apart. `data` is copied; at most 1 MiB. Bytes after the
 * signature data are kept apart (dstack_quote_trailing) and never interpreted.
 *
 *   ret  the quote on success, NULL on failure. Free with
 *        dstack_quote_free().
 *
 * Returns DSTACK_OK; DSTACK_ERR_ARG (NULL data or ret); DSTACK_ERR_NOMEM;
 * DSTACK_ERR_PARSE with a quote_* reason. Thread-safe. */
DSTACK_MUST int
dstack_quote_parse(const uint8_t *data, size_t data_len, dstack_quote **ret,
    dstack_error *err);
DSTACK_API void
dstack_quote_free(dstack_quote *quote); /* NULL is a no-op */

/* 3, 4 or 5. */
DSTACK_API uint32_t
dstack_quote_version(const dstack_quote *quote);
/* DSTACK_TEE_SGX or DSTACK_TEE_TDX. */
DSTACK_API uint32_t
dstack_quote_tee_type(const dstack_quote *quote);
/* DSTACK_BODY_*, also for version 3 and 4 quotes, which do not write it. */
DSTACK_API uint32_t
dstack_quote_body_type(const dstack_quote *quote);
/* How the PCK certificate is given, 1 to 5: 1 to 3 name it by PPID (plain,
 * RSA-2048, RSA-3072), 4 carries the leaf, 5 the chain. */
DSTACK_API uint32_t
dstack_quote_certification_type(const dstack_quote *quote);

/* Every field of header, body, QE report and signature data by its name, as
 * raw bytes in the order of the quote: the count, the i-th name, the bytes of
 * a name. Names are those of the specification in lower case with
 * underscores: "version", "mr_td", "rtmr0", "mr_enclave", "report_data",
 * "tee_tcb_svn", "td_attributes", "xfam"; those of the quoting enclave's
 * report begin with "qe_report.", as in "qe_report.mr_signer". Integers are
 * little-endian.
 *
 * Names are static, bytes are borrowed from the quote. NULL and *len 0 for an
 * index out of range or a name that this kind of quote does not have. */
DSTACK_API size_t
dstack_quote_field_count(const dstack_quote *quote);
DSTACK_API const char *
dstack_quote_field_name(const dstack_quote *quote, size_t index);
DSTACK_API const uint8_t *
dstack_quote_field(const dstack_quote *quote, const char *name, size_t *len);

/* The fields that most callers want; NULL and *len 0 where the quote is of
 * the other TEE. mr_td, rtmr (index 0 to 3): 48 bytes; mr_enclave, mr_signer:
 * 32; report_data: 64. */
DSTACK_API const uint8_t *
dstack_quote_mr_td(const dstack_quote *quote, size_t *len);
DSTACK_API const uint8_t *
dstack_quote_rtmr(const dstack_quote *quote, size_t index, size_t *len);
DSTACK_API const uint8_t *
dstack_quote_mr_enclave(const dstack_quote *quote, size_t *len);
DSTACK_API const uint8_t *
dstack_quote_mr_signer(const dstack_quote *quote, size_t *len);
DSTACK_API const uint8_t *
dstack_quote_report_data(const dstack_quote *quote, size_t *len);
/* TD attributes and XFAM of a TDX quote; flags and XFRM of an SGX quote. */
DSTACK_API uint64_t
dstack_quote_attributes(const dstack_quote *quote);
DSTACK_API uint64_t
dstack_quote_xfam(const dstack_quote *quote);

/* Name of a bit, 0 to 63: "DEBUG", "SEPT_VE_DISABLE", "MIGRATABLE"...; "" for
 * a reserved bit. Static. */
DSTACK_API const char *
dstack_td_attribute_name(uint32_t bit);
DSTACK_API const char *
dstack_sgx_attribute_name(uint32_t bit);
DSTACK_API const char *
dstack_xfam_name(uint32_t bit);

/* Whole quote as given; the part that the attestation key signs; what follows
 * the signature data; the QE authentication data; the certification data.
 * Borrowed; *len 0 where empty. */
DSTACK_API const uint8_t *
dstack_quote_bytes(const dstack_quote *quote, size_t *len);
DSTACK_API const uint8_t *
dstack_quote_signed_bytes(const dstack_quote *quote, size_t *len);
DSTACK_API const uint8_t *
dstack_quote_trailing(const dstack_quote *quote, size_t *len);
DSTACK_API const uint8_t *
dstack_quote_auth_data(const dstack_quote *quote, size_t *len);
DSTACK_API const uint8_t *
dstack_quote_certification_data(const dstack_quote *quote, size_t *len);

/* All of it as one JSON object, which says that nothing was verified.
 * `ret_json` is NUL-terminated and the caller's: free with dstack_free().
 * Returns DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_NOMEM. */
DSTACK_MUST int
dstack_quote_to_json(const dstack_quote *quote, char **ret_json,
    size_t *ret_len, dstack_error *err);

#ifdef __cplusplus
}
#endif
#endif
