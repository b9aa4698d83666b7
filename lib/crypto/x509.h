/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CRYPTO_X509_H
#define DS_CRYPTO_X509_H

#include <stdbool.h>
#include <stddef.h>

#include <mbedtls/asn1.h>
#include <mbedtls/x509.h>

#include "base/bytes.h"
#include "base/error.h"
#include "codec/der.h"
#include "crypto/ecdsa.h"

/* What certificates and CRLs have in common (RFC 5280). */

/* A list longer than this is refused: duplicates are found by comparing each
 * extension with every other. Real certificates carry six to twelve. */
#define DS_X509_MAX_EXTENSIONS 64

/* The first rule that was broken. */
typedef struct {
    int reason; /* DSTACK_REASON_CERT_*, 0 for none */
    const char *what;
} ds_x509_fault;

/* Record a fault; always false. */
bool
ds_x509_refuse(ds_x509_fault *fault, int reason, const char *what);
/* Turn a fault, or a refusal by mbedTLS, into err; the caller's code. */
int
ds_x509_fail(dstack_error *err, const char *object, const ds_x509_fault *f);
int
ds_x509_fail_mbedtls(dstack_error *err, const char *object, int code);

/* AlgorithmIdentifier: its whole encoding. */
ds_view
ds_x509_algorithm(ds_der *d);
/* DS_SIG_* of a signature's whole AlgorithmIdentifier. */
int
ds_x509_sig_alg(ds_view algorithm);
/* Is this what mbedTLS answers to an algorithm that it does not know? */
bool
ds_x509_is_foreign(int code);

/* A Name: its whole encoding, and the text of its last commonName. An empty
 * one is malformed unless it may be. Sets d->bad. */
void
ds_x509_name(ds_der *d, bool may_be_empty, ds_view *whole, ds_view *cn);

typedef struct {
    ds_view oid;
    bool critical;
    ds_view value; /* contents of extnValue */
} ds_x509_ext;

/* The next of a SEQUENCE OF Extension; false at the end, or with d->bad set
 * where it is malformed. */
bool
ds_x509_ext_next(ds_der *d, ds_x509_ext *ext);
/* Well-formed, at least one, none twice. `repeated` may be NULL; it gets the
 * OID that is met a second time, or is empty. */
bool
ds_x509_exts_valid(ds_view contents, ds_view *repeated);
/* AuthorityKeyIdentifier: keyIdentifier, empty where there is none. */
bool
ds_x509_aki(ds_view value, ds_view *keyid);

/* The signature of a certificate or a CRL. */
int
ds_x509_verify(
    ds_view tbs, int sig_alg, ds_view sig, const ds_ecdsa_key *issuer);

/* Does mbedTLS's reading agree with ours? */
bool
ds_x509_same(ds_view ours, const mbedtls_x509_buf *theirs);
bool
ds_x509_same_time(int64_t ours, const mbedtls_x509_time *theirs);

#endif
