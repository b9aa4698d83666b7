/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_COLLATERAL_H
#define DSTACK_COLLATERAL_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What Intel signed about a platform, and what a quote is judged with: two
 * CRLs, TCB info, QE identity and their chains. Not secret and not trusted:
 * a verifier checks every signature in it. Source: Intel SGX and TDX PCS API,
 * version 4. */
typedef struct dstack_collateral dstack_collateral;

struct dstack_verifier;

enum { /* the parts, for dstack_collateral_set() */
    DSTACK_PART_PCK_CRL_ISSUER_CHAIN = 0,  /* PEM: PCK CA, root */
    DSTACK_PART_ROOT_CA_CRL = 1,           /* DER, PEM or hex of the DER */
    DSTACK_PART_PCK_CRL = 2,               /* DER, PEM or hex of the DER */
    DSTACK_PART_TCB_INFO_ISSUER_CHAIN = 3, /* PEM: TCB signing, root */
    DSTACK_PART_TCB_INFO = 4, /* the service's whole answer, or tcbInfo */
    DSTACK_PART_TCB_INFO_SIGNATURE = 5,       /* 128 hex digits */
    DSTACK_PART_QE_IDENTITY_ISSUER_CHAIN = 6, /* PEM: TCB signing, root */
    DSTACK_PART_QE_IDENTITY = 7, /* whole answer, or enclaveIdentity */
    DSTACK_PART_QE_IDENTITY_SIGNATURE = 8, /* 128 hex digits */
    DSTACK_PART_PCK_CERTIFICATE_CHAIN = 9  /* PEM, optional */
};

/* Read a bundle: the JSON object with the members "pck_crl_issuer_chain",
 * "root_ca_crl", "pck_crl", "tcb_info_issuer_chain", "tcb_info",
 * "tcb_info_signature", "qe_identity_issuer_chain", "qe_identity",
 * "qe_identity_signature" and optionally "pck_certificate_chain"; or the
 * flattened form of Intel's sgx_ql_qve_collateral_t (version 4). Recognised by
 * content. At most 8 MiB; copied.
 *
 * Returns DSTACK_OK; DSTACK_ERR_ARG; DSTACK_ERR_NOMEM; DSTACK_ERR_PARSE with
 * a collateral_* or json* reason. Free with dstack_collateral_free(). */
DSTACK_MUST int
dstack_collateral_parse(const uint8_t *data, size_t data_len,
    dstack_collateral **ret, dstack_error *err);

/* The same from single parts, for a caller that fetched them himself: an
 * empty object, then one call a part. A part set twice is replaced; setting
 * one undoes dstack_collateral_prepare(). Not for use while another thread
 * uses the object. */
DSTACK_MUST int
dstack_collateral_new(dstack_collateral **ret, dstack_error *err);
DSTACK_MUST int
dstack_collateral_set(dstack_collateral *collateral, const uint8_t *data,
    size_t data_len, uint32_t part, dstack_error *err);
DSTACK_API void
dstack_collateral_free(dstack_collateral *collateral); /* NULL is a no-op */

/* Check once what does not depend on a quote or on the time: chains up to the
 * verifier's root, CRL signatures, both documents' signatures and contents.
 * Later judgements by this verifier, or one with the same root and options,
 * reuse it and only compare dates. Optional: an unprepared collateral is
 * checked anew by every call. Afterwards the object is immutable and may be
 * shared by any number of threads.
 *
 * Returns DSTACK_OK; DSTACK_ERR_ARG; DSTACK_ERR_NOMEM; or the code of what is
 * wrong with stage and reason in err. */
DSTACK_MUST int
dstack_collateral_prepare(dstack_collateral *collateral,
    const struct dstack_verifier *verifier, dstack_error *err);

/* One part as it is held: CRLs in DER, documents without their envelope,
 * signatures in hex, chains as PEM. Borrowed; NULL and *len 0 when absent. */
DSTACK_API const uint8_t *
dstack_collateral_part(
    const dstack_collateral *collateral, uint32_t part, size_t *len);

/* The bundle as the JSON object that dstack_collateral_parse() reads; the
 * caller's, free with dstack_free(). Documents are written byte for byte.
 * Returns DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_NOMEM. */
DSTACK_MUST int
dstack_collateral_to_json(const dstack_collateral *collateral, char **ret_json,
    size_t *ret_len, dstack_error *err);

#ifdef __cplusplus
}
#endif
#endif
