/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/x509.h"

#include <mbedtls/pk.h>

#include "base/text.h"
#include "crypto/cert.h"
#include "crypto/hash.h"
#include "crypto/mbedtls.h"

bool
ds_x509_refuse(ds_x509_fault *fault, int reason, const char *what)
{
    fault->reason = reason;
    fault->what = what;
    return false;
}

int
ds_x509_fail(dstack_error *err, const char *object, const ds_x509_fault *f)
{
    return ds_fail_reason(err, ds_reason_code(f->reason), DSTACK_STAGE_NONE,
        f->reason, "%s: %s", object, f->what);
}

int
ds_x509_fail_mbedtls(dstack_error *err, const char *object, int code)
{
    int rc;

    if (ds_mbedtls_nomem(code))
        rc = ds_fail_nomem(err);
    else
        rc = ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_NONE,
            DSTACK_REASON_CERT_DER, "%s: mbedTLS refuses it with -0x%04x",
            object, (unsigned)-code);
    if (err) {
        err->origin = DSTACK_ORIGIN_MBEDTLS;
        err->detail = code;
    }
    return rc;
}

ds_view
ds_x509_algorithm(ds_der *d)
{
    ds_der seq = {{{NULL, 0}, 0, false}, 0, true};
    ds_view whole = {NULL, 0};
    ds_view body;
    int tag;

    body = ds_der_any(d, &tag, &whole);
    if (tag == DS_DER_SEQUENCE) {
        ds_der_init(&seq, body);
        if (ds_der_read(&seq, DS_DER_OID).n == 0)
            seq.bad = true;
        if (ds_der_peek(&seq) >= 0)
            ds_der_any(&seq, NULL, NULL);
    }
    if (!ds_der_done(&seq))
        d->bad = true;
    return whole;
}

int
ds_x509_sig_alg(ds_view algorithm)
{
    /* RFC 5758 3.2: the parameters MUST be absent. */
    static const uint8_t sha256[] = {
        0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
    static const uint8_t sha384[] = {
        0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03};

    if (ds_view_eq(algorithm, ds_view_of(sha256, sizeof sha256)))
        return DS_SIG_ECDSA_SHA256;
    if (ds_view_eq(algorithm, ds_view_of(sha384, sizeof sha384)))
        return DS_SIG_ECDSA_SHA384;
    return DS_SIG_OTHER;
}

/* A code without the low one, of ASN.1 or an OID, that may be added to it. */
static int
high(int code)
{
    return -(-code & ~0x7f);
}

bool
ds_x509_is_foreign(int code)
{
    /* UNKNOWN_OID is 4.0's for a signature's algorithm. */
    static const int foreign[] = {MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG,
        MBEDTLS_ERR_X509_UNKNOWN_OID, MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE,
        MBEDTLS_ERR_PK_UNKNOWN_PK_ALG, MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE};

    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (high(code) == high(foreign[i]))
            return true;
    return false;
}

/* UTF8String, PrintableString, TeletexString, IA5String: an octet or more per
 * character, ASCII as itself. */
static bool
is_text(int tag)
{
    return tag == 0x0c || tag == 0x13 || tag == 0x14 || tag == 0x16;
}

/* RelativeDistinguishedName: SET SIZE (1..MAX) OF AttributeTypeAndValue. */
static void
read_rdn(ds_der *names, ds_view *cn)
{
    static const uint8_t common_name[] = {0x55, 0x04, 0x03};
    ds_der set, pair;
    ds_view oid, value;
    int tag;

    ds_der_enter(names, DS_DER_SET, &set);
    do {
        ds_der_enter(&set, DS_DER_SEQUENCE, &pair);
        oid = ds_der_read(&pair, DS_DER_OID);
        value = ds_der_any(&pair, &tag, NULL);
        if (oid.n == 0 || !ds_der_done(&pair))
            set.bad = true;
        if (is_text(tag) &&
            ds_view_eq(oid, ds_view_of(common_name, sizeof common_name)))
            *cn = value;
    } while (ds_der_peek(&set) >= 0);
    if (!ds_der_done(&set))
        names->bad = true;
}

void
ds_x509_name(ds_der *d, bool may_be_empty, ds_view *whole, ds_view *cn)
{
    ds_der names;
    ds_view body;
    int tag;

    body = ds_der_any(d, &tag, whole);
    if (tag != DS_DER_SEQUENCE || (body.n == 0 && !may_be_empty)) {
        d->bad = true;
        return;
    }
    ds_der_init(&names, body);
    while (ds_der_peek(&names) >= 0)
        read_rdn(&names, cn);
    if (!ds_der_done(&names))
        d->bad = true;
}

bool
ds_x509_ext_next(ds_der *d, ds_x509_ext *ext)
{
    ds_der seq;

    if (ds_der_peek(d) < 0)
        return false;
    ds_der_enter(d, DS_DER_SEQUENCE, &seq);
    ext->oid = ds_der_read(&seq, DS_DER_OID);
    ext->critical = false;
    /* An explicit FALSE is not DER (X.690 11.5), but has one meaning and is
     * met in the field. */
    if (ds_der_peek(&seq) == DS_DER_BOOLEAN)
        ext->critical = ds_der_bool(&seq);
    ext->value = ds_der_read(&seq, DS_DER_OCTET_STRING);
    if (ext->oid.n == 0 || !ds_der_done(&seq))
        d->bad = true;
    return !d->bad;
}

bool
ds_x509_exts_valid(ds_view contents, ds_view *repeated)
{
    ds_view scratch;
    ds_view seen[DS_X509_MAX_EXTENSIONS];
    size_t n = 0;
    ds_x509_ext ext;
    ds_der d;

    if (!repeated)
        repeated = &scratch;
    *repeated = ds_view_of(NULL, 0);
    ds_der_init(&d, contents);
    while (ds_x509_ext_next(&d, &ext)) {
        if (n == DS_X509_MAX_EXTENSIONS)
            return false;
        for (size_t i = 0; i < n; i++)
            if (ds_view_eq(seen[i], ext.oid)) {
                *repeated = ext.oid;
                return false;
            }
        seen[n++] = ext.oid;
    }
    return n > 0 && ds_der_done(&d);
}

bool
ds_x509_aki(ds_view value, ds_view *keyid)
{
    enum {
        KEY_ID = 0x80,
        ISSUER = 0xa1,
        SERIAL = 0x82
    };
    ds_der d, seq;

    ds_der_init(&d, value);
    ds_der_enter(&d, DS_DER_SEQUENCE, &seq);
    *keyid = ds_view_of(NULL, 0);
    /* All three are optional, but one that says nothing is not meant. */
    if (ds_der_peek(&seq) < 0)
        return false;
    if (ds_der_peek(&seq) == KEY_ID) {
        *keyid = ds_der_read(&seq, KEY_ID);
        if (keyid->n == 0)
            return false;
    }
    /* RFC 5280 4.2.1.1: both or neither. */
    if (ds_der_peek(&seq) >= 0) {
        if (ds_der_read(&seq, ISSUER).n == 0 ||
            ds_der_read(&seq, SERIAL).n == 0)
            return false;
    }
    return ds_der_done(&seq) && ds_der_done(&d);
}

int
ds_x509_verify(
    ds_view tbs, int sig_alg, ds_view sig, const ds_ecdsa_key *issuer)
{
    size_t half = ds_ecdsa_key_xy(issuer).n / 2;
    int alg = sig_alg == DS_SIG_ECDSA_SHA384 ? DS_SHA384 : DS_SHA256;
    uint8_t hash[DS_HASH_MAX];
    uint8_t rs[2 * 48];

    if (sig_alg == DS_SIG_OTHER || !ds_der_ecdsa_to_raw(sig, rs, half))
        return DS_ECDSA_BAD;
    if (!ds_hash(alg, tbs, ds_view_of(NULL, 0), hash))
        return DS_ECDSA_NOMEM;
    return ds_ecdsa_verify(
        issuer, ds_view_of(hash, ds_hash_size(alg)), ds_view_of(rs, 2 * half));
}

bool
ds_x509_same(ds_view ours, const mbedtls_x509_buf *theirs)
{
    return ours.n == theirs->len &&
           (ours.n == 0 || memcmp(ours.p, theirs->p, ours.n) == 0);
}

bool
ds_x509_same_time(int64_t ours, const mbedtls_x509_time *theirs)
{
    int64_t t;

    return ds_time_from_civil(theirs->year, theirs->mon, theirs->day,
               theirs->hour, theirs->min, theirs->sec, &t) &&
           t == ours;
}
