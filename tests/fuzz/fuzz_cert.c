/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate that parses keeps every promise of crypto/cert.h: views lie
 * in its own copy, the key is a key, each extension is found once, the parts
 * join to the whole. One that does not has a reason. */
#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "codec/der.h"
#include "crypto/cert.h"
#include "crypto/x509.h"
#include "fuzz/fuzz.h"

static void
must(bool ok)
{
    if (!ok)
        abort();
}

static void
must_be_inside(ds_view part, ds_view whole)
{
    must(part.n == 0 || (part.p >= whole.p && part.n <= whole.n &&
                            (size_t)(part.p - whole.p) <= whole.n - part.n));
}

static void
check_refusal(ds_view der, int rc, const ds_cert *cert, const dstack_error *err)
{
    static const uint8_t basic[] = {0x55, 0x1d, 0x13};

    must(!cert && rc == DSTACK_ERR_PARSE && err->code == rc);
    must(err->reason >= DSTACK_REASON_CERT_DER &&
         err->reason <= DSTACK_REASON_CERT_EXT);
    must(err->message[0] != 0);
    must(!ds_cert_repeats(der, ds_view_of(basic, sizeof basic)) ||
         err->reason == DSTACK_REASON_CERT_DER);
}

static void
check_extensions(const ds_cert *c)
{
    ds_x509_ext ext;
    ds_der d;
    size_t n = 0;

    ds_der_init(&d, c->extensions);
    while (ds_x509_ext_next(&d, &ext)) {
        ds_view value;

        n++;
        must(!ext.critical || c->ku_critical || c->bc_critical);
        must(ds_cert_extension(c, ext.oid, &value) == 1);
        must(value.p == ext.value.p && value.n == ext.value.n);
    }
    must(ds_der_done(&d) && n <= DS_X509_MAX_EXTENSIONS);
    must(n >= (size_t)(c->has_ski + c->has_aki + c->has_ku + c->has_bc +
                       c->has_cdp));
    must(c->has_ski == (c->ski.n != 0) && (c->has_aki || c->aki.n == 0));
    must(c->has_ku == (c->ku != 0) && (c->has_bc || !c->is_ca));
    must(c->is_ca || c->path_len == -1);
    must(!c->unknown_critical && c->repeated.n == 0);
}

static void
check_cert(const ds_cert *c)
{
    const ds_view parts[] = {c->serial, c->issuer, c->subject, c->spki,
        c->extensions, c->ski, c->aki, c->issuer_cn, c->subject_cn};
    ds_ecdsa_key *key = NULL;

    must_be_inside(c->tbs, c->der);
    must_be_inside(c->sig, c->der);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        must_be_inside(parts[i], c->tbs);
    must_be_inside(c->key_xy, c->spki);
    must_be_inside(c->subject_cn, c->subject);
    must(c->tbs.p + c->tbs.n <= c->sig.p);
    must(c->serial.n >= 1 && c->serial.n <= 21 && c->serial.p[0] < 0x80);
    must(c->not_before >= 0 && c->not_before <= DS_TIME_MAX);
    must(c->not_after >= 0 && c->not_after <= DS_TIME_MAX);
    check_extensions(c);
    must(c->key_xy.n == 2 * ds_ecdsa_size(c->key_curve));
    if (c->key_curve == 0)
        return;
    must(ds_ecdsa_key_new(c->key_curve, c->key_xy, &key) == DS_ECDSA_OK);
    must(ds_cert_verify(c, key) != DS_ECDSA_NOMEM);
    ds_ecdsa_key_free(key);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dstack_error err;
    ds_cert *cert;
    int rc = ds_cert_parse(ds_view_of(data, size), &cert, &err);

    if (rc != DSTACK_OK) {
        check_refusal(ds_view_of(data, size), rc, cert, &err);
        return 0;
    }
    must(err.code == 0 && size <= DS_MAX_CERT);
    must(ds_view_eq(cert->der, ds_view_of(data, size)));
    check_cert(cert);
    ds_cert_free(cert);
    return 0;
}
