/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CRYPTO_CERT_H
#define DS_CRYPTO_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "crypto/ecdsa.h"

/* An X.509 v3 certificate as parsed fields (RFC 5280). Owns one copy of its
 * DER; every view points into it. Who may sign whom is not decided here. */
enum {
    DS_SIG_OTHER = 0,
    DS_SIG_ECDSA_SHA256,
    DS_SIG_ECDSA_SHA384
};

/* keyUsage bits as RFC 5280 numbers them: bit 0 is digitalSignature. */
enum {
    DS_KU_DIGITAL_SIGNATURE = 1 << 0,
    DS_KU_KEY_CERT_SIGN = 1 << 5,
    DS_KU_CRL_SIGN = 1 << 6
};

typedef struct {
    ds_view der;
    ds_view tbs;
    ds_view serial;     /* INTEGER contents as encoded, 1 to 20 octets + sign */
    ds_view issuer;     /* whole Name */
    ds_view subject;    /* whole Name */
    ds_view subject_cn; /* last CN's text; empty when none */
    ds_view issuer_cn;
    int64_t not_before;
    int64_t not_after;
    int sig_alg;        /* DS_SIG_*; inner and outer are byte-equal */
    ds_view sig;        /* contents of the BIT STRING */
    ds_view spki;       /* whole SubjectPublicKeyInfo */
    int key_curve;      /* DS_P256, DS_P384, DS_SECP256K1 for an uncompressed
                         named-curve EC key; 0 for any other key */
    ds_view key_xy;     /* X || Y, empty when key_curve is 0 */
    ds_view extensions; /* contents of the SEQUENCE OF Extension */
    bool has_ski, has_aki, has_ku, has_bc, has_cdp;
    bool ku_critical, bc_critical;
    ds_view ski; /* key identifier octets */
    ds_view aki; /* keyIdentifier octets, empty when the AKI has none */
    uint32_t ku; /* DS_KU_* and the others */
    bool is_ca;
    int path_len;          /* -1 when absent */
    bool unknown_critical; /* a critical extension that is none of the above */
    ds_view repeated; /* OID of an extension that comes twice: never parses */
} ds_cert;

/* Reasons: cert_der (not DER, trailing bytes, not v3, a duplicate extension,
 * a serial over 20 octets or not positive, a bad time), cert_alg (inner and
 * outer algorithm differ), cert_key (a malformed or off-curve EC key),
 * cert_ext (a malformed known extension). An algorithm or key of another kind
 * parses and shows as DS_SIG_OTHER and key_curve 0. */
int
ds_cert_parse(ds_view der, ds_cert **ret, dstack_error *err);
/* The same with a cap of one's own; ds_cert_parse's is DS_MAX_CERT. */
int
ds_cert_parse_max(ds_view der, size_t max, ds_cert **ret, dstack_error *err);
void
ds_cert_free(ds_cert *cert);

/* One extension by OID contents: its OCTET STRING's contents. Returns how
 * many the certificate has (0, 1; duplicates never parse). */
int
ds_cert_extension(const ds_cert *cert, ds_view oid, ds_view *value);

/* Of bytes that ds_cert_parse() refused: is it because this extension comes
 * twice? For those who know what the extension means and say so. */
bool
ds_cert_repeats(ds_view der, ds_view oid);

/* The signature over tbs by this key; nothing else. DS_ECDSA_*. */
int
ds_cert_verify(const ds_cert *cert, const ds_ecdsa_key *issuer);

/* A v2 CRL as parsed fields. */
typedef struct {
    ds_view der;
    ds_view tbs;
    ds_view issuer;
    int64_t this_update;
    int64_t next_update;
    bool has_next_update;
    bool is_v2;
    int sig_alg;
    ds_view sig;
    bool has_number, has_aki;
    ds_view number; /* INTEGER contents as encoded */
    ds_view aki;
    bool has_delta; /* deltaCRLIndicator */
    bool has_idp;   /* issuingDistributionPoint */
    bool unknown_critical;
    ds_view entries; /* contents of revokedCertificates, validated */
    size_t entry_count;
} ds_crl;

/* Reasons as ds_cert_parse's: cert_der, cert_alg, cert_ext; callers map them
 * to their own. */
int
ds_crl_parse(ds_view der, ds_crl **ret, dstack_error *err);
void
ds_crl_free(ds_crl *crl);
/* Is this serial listed, whatever the date or reason? Compared as integers:
 * leading zero octets do not matter. Linear, no allocation. */
bool
ds_crl_lists(const ds_crl *crl, ds_view serial);
int
ds_crl_verify(const ds_crl *crl, const ds_ecdsa_key *issuer);

#endif
