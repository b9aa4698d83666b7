/* SPDX-License-Identifier: Apache-2.0 */
#include <mbedtls/x509_crl.h>

#include "base/limits.h"
#include "base/mem.h"
#include "codec/der.h"
#include "crypto/cert.h"
#include "crypto/mbedtls.h"
#include "crypto/x509.h"

/* Read twice, as a certificate is: see cert.c. */

enum {
    MAX_NUMBER = 20
}; /* octets, RFC 5280 5.2.3 */

/* Last arc of the CRL extensions of id-ce, 2.5.29. */
enum {
    NUMBER = 20,
    DELTA = 27,
    IDP = 28,
    AKI = 35
};

/* No extension of an entry is understood, so none may be critical (5.3). */
static bool
read_entry_extensions(ds_der *entry, ds_x509_fault *f)
{
    ds_view list = ds_der_read(entry, DS_DER_SEQUENCE);
    ds_x509_ext ext;
    ds_der d;

    if (!ds_x509_exts_valid(list, NULL))
        return ds_x509_refuse(f, DSTACK_REASON_CERT_DER,
            "the extensions of an entry are not DER, or one comes twice");
    ds_der_init(&d, list);
    while (ds_x509_ext_next(&d, &ext))
        if (ext.critical)
            return ds_x509_refuse(
                f, DSTACK_REASON_CERT_EXT, "an entry has a critical extension");
    return true;
}

/* revokedCertificates, 5.1.2.6. A serial number need not be minimal here: one
 * that an issuer wrote in an unusual way is to revoke, not to be refused. */
static bool
read_entries(ds_crl *crl, ds_x509_fault *f)
{
    ds_der d, entry;

    ds_der_init(&d, crl->entries);
    while (ds_der_peek(&d) >= 0) {
        ds_der_enter(&d, DS_DER_SEQUENCE, &entry);
        if (ds_der_read(&entry, DS_DER_INTEGER).n == 0)
            entry.bad = true;
        ds_der_time(&entry);
        if (crl->is_v2 && ds_der_peek(&entry) >= 0 &&
            !read_entry_extensions(&entry, f))
            return false;
        if (!ds_der_done(&entry))
            d.bad = true;
        crl->entry_count++;
    }
    if (ds_der_done(&d))
        return true;
    return ds_x509_refuse(
        f, DSTACK_REASON_CERT_DER, "the list of entries is not DER");
}

/* 5.2.3: a non-negative INTEGER of at most 20 octets. */
static bool
read_number(ds_crl *crl, ds_view value)
{
    ds_der d;
    ds_view v;

    ds_der_init(&d, value);
    v = ds_der_read(&d, DS_DER_INTEGER);
    crl->number = v;
    if (!ds_der_done(&d) || v.n == 0 || v.p[0] >= 0x80)
        return false;
    if (v.n > 1 && v.p[0] == 0 && v.p[1] < 0x80)
        return false;
    return v.n - (v.n > 1 && v.p[0] == 0) <= MAX_NUMBER;
}

/* False where it is malformed or critical. The two that MUST be critical make
 * a delta or a partial CRL, which is never wanted. */
static bool
read_extension(ds_crl *crl, const ds_x509_ext *ext)
{
    bool id_ce =
        ext->oid.n == 3 && ext->oid.p[0] == 0x55 && ext->oid.p[1] == 0x1d;

    switch (id_ce ? ext->oid.p[2] : -1) {
    case NUMBER:
        crl->has_number = true;
        return !ext->critical && read_number(crl, ext->value);
    case AKI:
        crl->has_aki = true;
        return !ext->critical && ds_x509_aki(ext->value, &crl->aki);
    case DELTA:
        crl->has_delta = true;
        return !ext->critical;
    case IDP:
        crl->has_idp = true;
        return !ext->critical;
    default:
        crl->unknown_critical = crl->unknown_critical || ext->critical;
        return !ext->critical;
    }
}

static bool
read_extensions(ds_crl *crl, ds_view list, ds_x509_fault *f)
{
    ds_x509_ext ext;
    ds_der d;

    if (!ds_x509_exts_valid(list, NULL))
        return ds_x509_refuse(f, DSTACK_REASON_CERT_DER,
            "the extensions are not DER, or one comes twice");
    ds_der_init(&d, list);
    while (ds_x509_ext_next(&d, &ext))
        if (!read_extension(crl, &ext))
            return ds_x509_refuse(f, DSTACK_REASON_CERT_EXT,
                "an extension is malformed, or critical: a delta, a partial "
                "CRL or one of an unknown kind");
    return true;
}

static bool
is_time(int tag)
{
    return tag == DS_DER_UTC_TIME || tag == DS_DER_GENERALIZED_TIME;
}

/* TBSCertList, 5.1. A version is there only to say 2, and only then may
 * extensions follow. */
static bool
read_tbs(ds_crl *crl, ds_view body, ds_view *alg, ds_x509_fault *f)
{
    enum {
        EXTENSIONS = 0xa0,
        V2 = 1
    };
    ds_view list = {NULL, 0}, cn;
    ds_der d, wrap;

    ds_der_init(&d, body);
    if (ds_der_peek(&d) == DS_DER_INTEGER) {
        crl->is_v2 = true;
        if (ds_der_uint(&d, DS_DER_INTEGER, V2) != V2)
            return ds_x509_refuse(
                f, DSTACK_REASON_CERT_DER, "the version is not 2");
    }
    *alg = ds_x509_algorithm(&d);
    ds_x509_name(&d, false, &crl->issuer, &cn);
    crl->this_update = ds_der_time(&d);
    if (is_time(ds_der_peek(&d))) {
        crl->has_next_update = true;
        crl->next_update = ds_der_time(&d);
    }
    if (ds_der_peek(&d) == DS_DER_SEQUENCE)
        crl->entries = ds_der_read(&d, DS_DER_SEQUENCE);
    if (crl->is_v2 && ds_der_peek(&d) == EXTENSIONS) {
        ds_der_enter(&d, EXTENSIONS, &wrap);
        list = ds_der_read(&wrap, DS_DER_SEQUENCE);
        if (list.n == 0 || !ds_der_done(&wrap))
            d.bad = true;
    }
    if (!ds_der_done(&d))
        return ds_x509_refuse(f, DSTACK_REASON_CERT_DER,
            "the signed part is not a TBSCertList in DER");
    return read_entries(crl, f) &&
           (list.n == 0 || read_extensions(crl, list, f));
}

static bool
read_list(ds_crl *crl, ds_x509_fault *f)
{
    ds_der d, seq;
    ds_view body, outer, inner = {NULL, 0};
    int tag;

    ds_der_init(&d, crl->der);
    ds_der_enter(&d, DS_DER_SEQUENCE, &seq);
    body = ds_der_any(&seq, &tag, &crl->tbs);
    outer = ds_x509_algorithm(&seq);
    crl->sig = ds_der_bits(&seq);
    if (tag != DS_DER_SEQUENCE || !ds_der_done(&seq) || !ds_der_done(&d))
        return ds_x509_refuse(f, DSTACK_REASON_CERT_DER,
            "not one CertificateList in DER, or bytes follow it");
    if (!read_tbs(crl, body, &inner, f))
        return false;
    if (!ds_view_eq(inner, outer))
        return ds_x509_refuse(f, DSTACK_REASON_CERT_ALG,
            "the signature's algorithm differs from the one that is signed");
    crl->sig_alg = ds_x509_sig_alg(inner);
    return true;
}

static bool
agrees(const ds_crl *crl, const mbedtls_x509_crl *theirs)
{
    return ds_x509_same(crl->der, &theirs->raw) &&
           ds_x509_same(crl->tbs, &theirs->tbs) &&
           ds_x509_same(crl->issuer, &theirs->issuer_raw) &&
           ds_x509_same_time(crl->this_update, &theirs->this_update) &&
           (!crl->has_next_update ||
               ds_x509_same_time(crl->next_update, &theirs->next_update));
}

static int
second_opinion(const ds_crl *crl, dstack_error *err)
{
    ds_x509_fault f = {DSTACK_REASON_CERT_DER, "two parsers disagree on it"};
    mbedtls_x509_crl theirs;
    int code, rc = DSTACK_OK;

    if (!ds_mbedtls_enter())
        return ds_fail_nomem(err);
    mbedtls_x509_crl_init(&theirs);
    code = mbedtls_x509_crl_parse_der(&theirs, crl->der.p, crl->der.n);
    ds_mbedtls_leave();
    if (code == 0 && !agrees(crl, &theirs))
        rc = ds_x509_fail(err, "CRL", &f);
    /* An algorithm that mbedTLS does not know is no fault of form. */
    if (code != 0 &&
        !(crl->sig_alg == DS_SIG_OTHER && ds_x509_is_foreign(code)))
        rc = ds_x509_fail_mbedtls(err, "CRL", code);
    mbedtls_x509_crl_free(&theirs);
    return rc;
}

int
ds_crl_parse(ds_view der, ds_crl **ret, dstack_error *err)
{
    ds_x509_fault f = {0, NULL};
    ds_crl *crl;
    uint8_t *copy;
    int rc;

    *ret = NULL;
    ds_err_clear(err);
    if (der.n == 0 || der.n > DS_MAX_CRL) {
        ds_x509_refuse(
            &f, DSTACK_REASON_CERT_DER, "empty, or longer than a CRL may be");
        return ds_x509_fail(err, "CRL", &f);
    }
    crl = ds_calloc(1, sizeof *crl + der.n);
    if (!crl)
        return ds_fail_nomem(err);
    copy = (uint8_t *)(crl + 1);
    memcpy(copy, der.p, der.n);
    crl->der = ds_view_of(copy, der.n);
    if (read_list(crl, &f))
        rc = second_opinion(crl, err);
    else
        rc = ds_x509_fail(err, "CRL", &f);
    if (rc != DSTACK_OK) {
        ds_crl_free(crl);
        return rc;
    }
    *ret = crl;
    return DSTACK_OK;
}

void
ds_crl_free(ds_crl *crl)
{
    ds_free(crl);
}

static ds_view
stripped(ds_view v)
{
    while (v.n > 0 && v.p[0] == 0)
        v = ds_view_of(v.p + 1, v.n - 1);
    return v;
}

bool
ds_crl_lists(const ds_crl *crl, ds_view serial)
{
    ds_view wanted = stripped(serial);
    ds_der d, entry;

    ds_der_init(&d, crl->entries);
    while (ds_der_peek(&d) >= 0) {
        ds_der_enter(&d, DS_DER_SEQUENCE, &entry);
        if (ds_view_eq(stripped(ds_der_read(&entry, DS_DER_INTEGER)), wanted))
            return true;
    }
    return false;
}

int
ds_crl_verify(const ds_crl *crl, const ds_ecdsa_key *issuer)
{
    return ds_x509_verify(crl->tbs, crl->sig_alg, crl->sig, issuer);
}
