/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/cert.h"

#include <limits.h>

#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>

#include "base/limits.h"
#include "base/mem.h"
#include "codec/der.h"
#include "crypto/ecdsa_backend.h"
#include "crypto/mbedtls.h"
#include "crypto/x509.h"

/* A certificate is read twice. Our own walk comes first: it names what is
 * wrong and gives the fields that mbedTLS keeps private. Then mbedTLS reads
 * the same bytes, and must not object and must have seen the same fields. */

enum {
    MAX_SERIAL = 20
}; /* octets, RFC 5280 4.1.2.2 */

/* OID contents. */
static const uint8_t ec_public_key[] = {
    0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
static const uint8_t prime256v1[] = {
    0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t secp384r1[] = {0x2b, 0x81, 0x04, 0x00, 0x22};
static const uint8_t secp256k1[] = {0x2b, 0x81, 0x04, 0x00, 0x0a};

/* Last arc of the extensions of id-ce, 2.5.29. */
enum {
    SKI = 14,
    KEY_USAGE = 15,
    BASIC = 19,
    CDP = 31,
    AKI = 35
};

static bool
is_oid(ds_view oid, const uint8_t *p, size_t n)
{
    return ds_view_eq(oid, ds_view_of(p, n));
}

static int
curve_of(ds_view oid)
{
    if (is_oid(oid, prime256v1, sizeof prime256v1))
        return DS_P256;
    if (is_oid(oid, secp384r1, sizeof secp384r1))
        return DS_P384;
    if (is_oid(oid, secp256k1, sizeof secp256k1))
        return DS_SECP256K1;
    return 0;
}

/* RFC 5480 2: SubjectPublicKeyInfo. Whether the point is on its curve is for
 * mbedTLS to say. */
static bool
read_key(ds_cert *cert, ds_view body, ds_x509_fault *f)
{
    ds_der d, alg;
    ds_view oid, curve = {NULL, 0}, bits;
    int tag = -1;

    ds_der_init(&d, body);
    ds_der_enter(&d, DS_DER_SEQUENCE, &alg);
    oid = ds_der_read(&alg, DS_DER_OID);
    if (ds_der_peek(&alg) >= 0)
        curve = ds_der_any(&alg, &tag, NULL);
    bits = ds_der_bits(&d);
    if (oid.n == 0 || !ds_der_done(&alg) || !ds_der_done(&d))
        return ds_x509_refuse(f, DSTACK_REASON_CERT_DER,
            "the public key is not a SubjectPublicKeyInfo in DER");
    if (!is_oid(oid, ec_public_key, sizeof ec_public_key))
        return true;
    /* 2.1.1: never implicitCurve, never specifiedCurve. */
    if (tag != DS_DER_OID)
        return ds_x509_refuse(
            f, DSTACK_REASON_CERT_KEY, "the EC key does not name its curve");
    cert->key_curve = curve_of(curve);
    if (cert->key_curve == 0)
        return true;
    if (bits.n != 1 + 2 * ds_ecdsa_size(cert->key_curve) || bits.p[0] != 0x04)
        return ds_x509_refuse(f, DSTACK_REASON_CERT_KEY,
            "the EC key is not an uncompressed point of its curve's size");
    cert->key_xy = ds_view_of(bits.p + 1, bits.n - 1);
    if (!ds_ecdsa_point_in_range(cert->key_curve, cert->key_xy))
        return ds_x509_refuse(f, DSTACK_REASON_CERT_KEY,
            "a coordinate of the EC key is not below the field's prime");
    return true;
}

/* RFC 5280 4.1.2.2: positive, at most 20 octets, and minimal as all DER. */
static bool
serial_is_valid(ds_view v)
{
    if (v.n == 0 || v.p[0] >= 0x80 || ds_view_is_zero(v))
        return false;
    if (v.n > 1 && v.p[0] == 0 && v.p[1] < 0x80)
        return false;
    return v.n - (v.p[0] == 0) <= MAX_SERIAL;
}

/* 4.2.1.3: at least one bit. Zero bits at the end are tolerated, bits that
 * are said to be unused but set are not. */
static bool
read_key_usage(ds_cert *cert, ds_view value)
{
    ds_der d;
    ds_view v;

    ds_der_init(&d, value);
    v = ds_der_read(&d, DS_DER_BIT_STRING);
    if (!ds_der_done(&d) || v.n < 2 || v.n > 3 || v.p[0] > 7)
        return false;
    if ((v.p[v.n - 1] & ((1u << v.p[0]) - 1)) != 0)
        return false;
    for (size_t i = 0; i < 8 * (v.n - 1); i++)
        if (v.p[1 + i / 8] >> (7 - i % 8) & 1)
            cert->ku |= UINT32_C(1) << i;
    return cert->ku != 0;
}

/* 4.2.1.9: a path length only where cA is TRUE. */
static bool
read_basic_constraints(ds_cert *cert, ds_view value)
{
    ds_der d, seq;

    ds_der_init(&d, value);
    ds_der_enter(&d, DS_DER_SEQUENCE, &seq);
    if (ds_der_peek(&seq) == DS_DER_BOOLEAN)
        cert->is_ca = ds_der_bool(&seq);
    if (cert->is_ca && ds_der_peek(&seq) == DS_DER_INTEGER)
        cert->path_len =
            (int)ds_der_uint(&seq, DS_DER_INTEGER, (uint64_t)INT_MAX - 1);
    return ds_der_done(&seq) && ds_der_done(&d);
}

/* 4.2.1.13: at least one DistributionPoint. What they point to is never
 * fetched. */
static bool
read_cdp(ds_view value)
{
    ds_der d, seq;

    ds_der_init(&d, value);
    ds_der_enter(&d, DS_DER_SEQUENCE, &seq);
    do
        ds_der_read(&seq, DS_DER_SEQUENCE);
    while (ds_der_peek(&seq) >= 0);
    return ds_der_done(&seq) && ds_der_done(&d);
}

static bool
read_ski(ds_cert *cert, ds_view value)
{
    ds_der d;

    ds_der_init(&d, value);
    cert->ski = ds_der_read(&d, DS_DER_OCTET_STRING);
    return ds_der_done(&d) && cert->ski.n > 0;
}

/* False where it is malformed, or critical and not understood. */
static bool
read_extension(ds_cert *cert, const ds_x509_ext *ext)
{
    bool id_ce =
        ext->oid.n == 3 && ext->oid.p[0] == 0x55 && ext->oid.p[1] == 0x1d;

    switch (id_ce ? ext->oid.p[2] : -1) {
    case SKI: /* 4.2.1.2, 4.2.1.1: MUST be non-critical */
        cert->has_ski = true;
        return !ext->critical && read_ski(cert, ext->value);
    case AKI:
        cert->has_aki = true;
        return !ext->critical && ds_x509_aki(ext->value, &cert->aki);
    case KEY_USAGE:
        cert->has_ku = true;
        cert->ku_critical = ext->critical;
        return read_key_usage(cert, ext->value);
    case BASIC:
        cert->has_bc = true;
        cert->bc_critical = ext->critical;
        return read_basic_constraints(cert, ext->value);
    case CDP: /* not processed, so it may not insist on being */
        cert->has_cdp = true;
        return !ext->critical && read_cdp(ext->value);
    default:
        cert->unknown_critical = cert->unknown_critical || ext->critical;
        return !ext->critical;
    }
}

static bool
read_extensions(ds_cert *cert, ds_x509_fault *f)
{
    ds_x509_ext ext;
    ds_der d;

    if (!ds_x509_exts_valid(cert->extensions, &cert->repeated))
        return ds_x509_refuse(f, DSTACK_REASON_CERT_DER,
            "the extensions are not DER, or one comes twice");
    ds_der_init(&d, cert->extensions);
    while (ds_x509_ext_next(&d, &ext)) {
        if (read_extension(cert, &ext))
            continue;
        return ds_x509_refuse(f, DSTACK_REASON_CERT_EXT,
            cert->unknown_critical
                ? "a critical extension is not one this library knows"
                : "an extension is malformed or wrongly marked critical");
    }
    return true;
}

/* TBSCertificate, 4.1. The unique identifiers that CAs MUST NOT generate
 * (4.1.2.8) are not accepted. */
static bool
read_tbs(ds_cert *cert, ds_view body, ds_view *alg, ds_x509_fault *f)
{
    enum {
        VERSION = 0xa0,
        EXTENSIONS = 0xa3,
        V3 = 2
    };
    ds_der d, version, validity, wrap;
    ds_view key;
    int tag;

    ds_der_init(&d, body);
    ds_der_enter(&d, VERSION, &version);
    if (ds_der_uint(&version, DS_DER_INTEGER, V3) != V3 ||
        !ds_der_done(&version))
        return ds_x509_refuse(
            f, DSTACK_REASON_CERT_DER, "the version is not 3");
    cert->serial = ds_der_read(&d, DS_DER_INTEGER);
    if (!serial_is_valid(cert->serial))
        return ds_x509_refuse(f, DSTACK_REASON_CERT_DER,
            "the serial number is not a positive one of at most 20 octets");
    *alg = ds_x509_algorithm(&d);
    ds_x509_name(&d, false, &cert->issuer, &cert->issuer_cn);
    ds_der_enter(&d, DS_DER_SEQUENCE, &validity);
    cert->not_before = ds_der_time(&validity);
    cert->not_after = ds_der_time(&validity);
    if (!ds_der_done(&validity))
        return ds_x509_refuse(
            f, DSTACK_REASON_CERT_DER, "the validity is not two valid times");
    ds_x509_name(&d, true, &cert->subject, &cert->subject_cn);
    key = ds_der_any(&d, &tag, &cert->spki);
    if (tag != DS_DER_SEQUENCE)
        d.bad = true;
    if (ds_der_peek(&d) == EXTENSIONS) {
        ds_der_enter(&d, EXTENSIONS, &wrap);
        cert->extensions = ds_der_read(&wrap, DS_DER_SEQUENCE);
        if (cert->extensions.n == 0 || !ds_der_done(&wrap))
            d.bad = true;
    }
    if (!ds_der_done(&d))
        return ds_x509_refuse(f, DSTACK_REASON_CERT_DER,
            "the signed part is not a TBSCertificate in DER");
    return read_key(cert, key, f);
}

static bool
read_certificate(ds_cert *cert, ds_x509_fault *f)
{
    ds_der d, seq;
    ds_view body, outer, inner = {NULL, 0};
    int tag;

    cert->path_len = -1;
    ds_der_init(&d, cert->der);
    ds_der_enter(&d, DS_DER_SEQUENCE, &seq);
    body = ds_der_any(&seq, &tag, &cert->tbs);
    outer = ds_x509_algorithm(&seq);
    cert->sig = ds_der_bits(&seq);
    if (tag != DS_DER_SEQUENCE || !ds_der_done(&seq) || !ds_der_done(&d))
        return ds_x509_refuse(f, DSTACK_REASON_CERT_DER,
            "not one Certificate in DER, or bytes follow it");
    if (!read_tbs(cert, body, &inner, f))
        return false;
    if (!ds_view_eq(inner, outer))
        return ds_x509_refuse(f, DSTACK_REASON_CERT_ALG,
            "the signature's algorithm differs from the one that is signed");
    cert->sig_alg = ds_x509_sig_alg(inner);
    return cert->extensions.n == 0 || read_extensions(cert, f);
}

static bool
agrees(const ds_cert *cert, const mbedtls_x509_crt *crt)
{
    return ds_x509_same(cert->der, &crt->raw) &&
           ds_x509_same(cert->tbs, &crt->tbs) &&
           ds_x509_same(cert->serial, &crt->serial) &&
           ds_x509_same(cert->issuer, &crt->issuer_raw) &&
           ds_x509_same(cert->subject, &crt->subject_raw) &&
           ds_x509_same(cert->spki, &crt->pk_raw) &&
           ds_x509_same_time(cert->not_before, &crt->valid_from) &&
           ds_x509_same_time(cert->not_after, &crt->valid_to);
}

/* mbedTLS said no. Was it the point? */
static int
refused(const ds_cert *cert, int code, dstack_error *err)
{
    ds_x509_fault f = {0, NULL};
    ds_ecdsa_key *key = NULL;
    int rc = DS_ECDSA_OK;

    if (ds_mbedtls_nomem(code))
        return ds_x509_fail_mbedtls(err, "certificate", code);
    if (cert->key_curve != 0)
        rc = ds_ecdsa_key_new(cert->key_curve, cert->key_xy, &key);
    ds_ecdsa_key_free(key);
    if (rc == DS_ECDSA_NOMEM)
        return ds_fail_nomem(err);
    if (rc == DS_ECDSA_BAD) {
        ds_x509_refuse(&f, DSTACK_REASON_CERT_KEY,
            "the EC key is not a point of its curve");
        return ds_x509_fail(err, "certificate", &f);
    }
    /* The point is good: 4.0 had no memory to see it, and says this. */
    if (cert->key_curve != 0 && code == MBEDTLS_ERR_PK_INVALID_PUBKEY)
        return ds_fail_nomem(err);
    /* An algorithm that mbedTLS does not know is no fault of form; our own
     * walk found none. */
    if (ds_x509_is_foreign(code) &&
        (cert->sig_alg == DS_SIG_OTHER || cert->key_curve == 0))
        return DSTACK_OK;
    return ds_x509_fail_mbedtls(err, "certificate", code);
}

static int
second_opinion(const ds_cert *cert, dstack_error *err)
{
    ds_x509_fault f = {DSTACK_REASON_CERT_DER, "two parsers disagree on it"};
    mbedtls_x509_crt crt;
    int code, rc = DSTACK_OK;

    if (!ds_mbedtls_enter())
        return ds_fail_nomem(err);
    mbedtls_x509_crt_init(&crt);
    code = mbedtls_x509_crt_parse_der_nocopy(&crt, cert->der.p, cert->der.n);
    ds_mbedtls_leave();
    if (code != 0)
        rc = refused(cert, code, err);
    else if (!agrees(cert, &crt))
        rc = ds_x509_fail(err, "certificate", &f);
    mbedtls_x509_crt_free(&crt);
    return rc;
}

int
ds_cert_parse(ds_view der, ds_cert **ret, dstack_error *err)
{
    return ds_cert_parse_max(der, DS_MAX_CERT, ret, err);
}

int
ds_cert_parse_max(ds_view der, size_t max, ds_cert **ret, dstack_error *err)
{
    ds_x509_fault f = {0, NULL};
    ds_cert *cert;
    uint8_t *copy;
    int rc;

    *ret = NULL;
    ds_err_clear(err);
    if (der.n == 0 || der.n > max) {
        ds_x509_refuse(&f, DSTACK_REASON_CERT_DER,
            "empty, or longer than a certificate may be");
        return ds_x509_fail(err, "certificate", &f);
    }
    cert = ds_calloc(1, sizeof *cert + der.n);
    if (!cert)
        return ds_fail_nomem(err);
    copy = (uint8_t *)(cert + 1);
    memcpy(copy, der.p, der.n);
    cert->der = ds_view_of(copy, der.n);
    if (read_certificate(cert, &f))
        rc = second_opinion(cert, err);
    else
        rc = ds_x509_fail(err, "certificate", &f);
    if (rc != DSTACK_OK) {
        ds_cert_free(cert);
        return rc;
    }
    *ret = cert;
    return DSTACK_OK;
}

void
ds_cert_free(ds_cert *cert)
{
    ds_free(cert);
}

int
ds_cert_extension(const ds_cert *cert, ds_view oid, ds_view *value)
{
    ds_x509_ext ext;
    ds_der d;

    *value = ds_view_of(NULL, 0);
    ds_der_init(&d, cert->extensions);
    while (ds_x509_ext_next(&d, &ext)) {
        if (ds_view_eq(ext.oid, oid)) {
            *value = ext.value;
            return 1;
        }
    }
    return 0;
}

bool
ds_cert_repeats(ds_view der, ds_view oid)
{
    ds_x509_fault f;
    ds_cert cert;

    memset(&cert, 0, sizeof cert);
    cert.der = der;
    return !read_certificate(&cert, &f) && cert.repeated.n != 0 &&
           ds_view_eq(cert.repeated, oid);
}

int
ds_cert_verify(const ds_cert *cert, const ds_ecdsa_key *issuer)
{
    return ds_x509_verify(cert->tbs, cert->sig_alg, cert->sig, issuer);
}
