/* SPDX-License-Identifier: Apache-2.0 */
#include "intel/quote_json.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "codec/pem.h"
#include "crypto/cert.h"
#include "intel/pck.h"
#include "intel/quote.h"

const char *
ds_tee_name(uint32_t tee)
{
    return tee == DSTACK_TEE_SGX ? "sgx" : "tdx";
}

static const char *
body_name(uint32_t type)
{
    static const char *const names[] = {
        "", "sgx_report", "td_report_1.0", "td_report_1.5", "td_report_1.5_ex"};

    return names[type <= DSTACK_BODY_TD15_EX ? type : 0];
}

/* Fields that lie inside `part`, without the first `skip` characters of their
 * names. */
static void
write_fields(ds_jw *w, const dstack_quote *q, ds_view part, size_t skip)
{
    size_t count = dstack_quote_field_count(q);

    for (size_t i = 0; i < count; i++) {
        const char *name = dstack_quote_field_name(q, i);
        ds_view v = ds_quote_field(q, name);

        if (v.p >= part.p && v.p < part.p + part.n)
            ds_jw_hex(w, name + skip, v);
    }
}

typedef const char *
bit_name(uint32_t bit);

static void
write_bits(ds_jw *w, const char *name, uint64_t bits, bit_name *of)
{
    ds_jw_array(w, name);
    for (uint32_t bit = 0; bit < 64; bit++) {
        const char *text = of(bit);
        char reserved[16];

        if ((bits >> bit & 1) == 0)
            continue;
        (void)snprintf(reserved, sizeof reserved, "RESERVED_%u", (unsigned)bit);
        ds_jw_text(w, NULL, text[0] != 0 ? text : reserved);
    }
    ds_jw_end(w);
}

void
ds_quote_write_body(ds_jw *w, const dstack_quote *quote)
{
    uint64_t attributes = dstack_quote_attributes(quote);
    uint64_t xfam = dstack_quote_xfam(quote);

    write_fields(w, quote, quote->body, 0);
    if (quote->tee == DSTACK_TEE_SGX) {
        write_bits(w, "attribute_names", attributes, dstack_sgx_attribute_name);
        write_bits(w, "xfrm_names", xfam, dstack_xfam_name);
    } else {
        write_bits(
            w, "td_attribute_names", attributes, dstack_td_attribute_name);
        write_bits(w, "xfam_names", xfam, dstack_xfam_name);
    }
}

/* ---- what the quote claims about its platform ---------------------------- */

static void
write_claims(ds_jw *w, const ds_cert *cert, const ds_pck *pck)
{
    char text[21];

    ds_jw_object(w, "claimed_pck");
    ds_jw_text_view(w, "subject", cert->subject_cn);
    ds_jw_text_view(w, "issuer", cert->issuer_cn);
    ds_time_format(cert->not_before, text);
    ds_jw_text(w, "not_before", text);
    ds_time_format(cert->not_after, text);
    ds_jw_text(w, "not_after", text);
    ds_jw_hex(w, "fmspc", ds_view_of(pck->fmspc, sizeof pck->fmspc));
    ds_jw_hex(w, "pce_id", ds_view_of(pck->pce_id, sizeof pck->pce_id));
    ds_jw_int(w, "pce_svn", pck->pce_svn);
    ds_jw_int(w, "sgx_type", pck->sgx_type);
    ds_jw_end(w);
}

/* The leaf of certification data of type 4 or 5: PEM; type 4 also DER (spec
 * 1.7). Whatever cannot be read is left out: it is the verifier's business to
 * complain. */
static int
write_claimed_pck(ds_jw *w, const dstack_quote *q)
{
    ds_view data = q->cert_data;
    ds_buf der;
    ds_pem pem;
    ds_cert *cert = NULL;
    ds_pck pck;
    int rc = DSTACK_OK;

    if (q->cert_type != DS_CERT_PCK_LEAF && q->cert_type != DS_CERT_PCK_CHAIN)
        return DSTACK_OK;
    ds_buf_init(&der, DS_MAX_CERT);
    ds_pem_init(&pem, data);
    if (data.n != 0 && data.p[0] == 0x30)
        ds_buf_add(&der, data.p, data.n);
    else if (data.n <= DS_MAX_CHAIN)
        (void)ds_pem_next(&pem, "CERTIFICATE", &der);
    if (der.nomem) {
        rc = DSTACK_ERR_NOMEM;
        goto out;
    }
    rc = ds_cert_parse(ds_view_of(der.p, der.n), &cert, NULL);
    if (rc == DSTACK_OK)
        rc = ds_pck_parse(cert, &pck, NULL);
    if (rc == DSTACK_OK)
        write_claims(w, cert, &pck);
    else if (rc != DSTACK_ERR_NOMEM)
        rc = DSTACK_OK;
out:
    ds_cert_free(cert);
    ds_buf_free(&der);
    return rc;
}

/* ---- the document -------------------------------------------------------- */

int
ds_quote_write(ds_jw *w, const dstack_quote *q)
{
    ds_jw_int(w, "version", q->version);
    ds_jw_text(w, "tee", ds_tee_name(q->tee));
    ds_jw_text(w, "body_type", body_name(q->body_type));
    /* Version and TEE type are the header's first 8 bytes, with the key type,
     * which is always 2 (ECDSA P-256), between them. */
    write_fields(w, q, ds_view_of(q->header.p + 8, q->header.n - 8), 0);
    ds_quote_write_body(w, q);
    ds_jw_object(w, "qe_report");
    write_fields(w, q, q->qe_report, strlen("qe_report."));
    ds_jw_end(w);
    ds_jw_hex(w, "signature", q->signature);
    ds_jw_hex(w, "attestation_key", q->attestation_key);
    ds_jw_hex(w, "qe_report_signature", q->qe_signature);
    ds_jw_hex(w, "auth_data", q->auth_data);
    ds_jw_int(w, "certification_type", q->cert_type);
    ds_jw_hex(w, "certification_data", q->cert_data);
    ds_jw_int(w, "trailing_len", (int64_t)q->trailing.n);
    return write_claimed_pck(w, q);
}

static int
write_unverified(ds_jw *w, const void *object)
{
    int rc;

    ds_jw_object(w, NULL);
    ds_jw_bool(w, "verified", false);
    ds_jw_text(w, "note", "nothing was verified");
    rc = ds_quote_write(w, object);
    ds_jw_end(w);
    return rc;
}

int
dstack_quote_to_json(const dstack_quote *quote, char **ret_json,
    size_t *ret_len, dstack_error *err)
{
    const ds_jw_document document = {
        "dstack_quote_to_json", quote, DS_MAX_REPORT_JSON, write_unverified};

    return ds_jw_to_json(&document, ret_json, ret_len, err);
}
