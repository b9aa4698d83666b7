/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <mbedtls/pk.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/json.h"
#include "codec/pem.h"
#include "crypto/cert.h"
#include "crypto/hash.h"
#include "crypto/mbedtls.h"
#include "crypto/x509.h"
#include "support/failing.h"
#include "support/vec.h"

static bool
inside(ds_view part, ds_view whole)
{
    return part.n == 0 ||
           (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void
same_bytes(const char *name, const char *what, ds_view got, const char *word)
{
    ds_view want = vec_bytes(word);

    if (!ds_view_eq(got, want))
        fail_msg("%s: another %s", name, what);
    vec_free(want);
}

/* ---- vectors (tests/vectors/gen_cert.py) ---- */

enum {
    DER = 2,
    SERIAL,
    NOT_BEFORE,
    NOT_AFTER,
    SIG_BITS,
    CURVE,
    FLAGS,
    KEY_USAGE,
    PATH_LEN,
    SKI,
    AKI,
    CN,
    ISSUER_CN,
    SIGNER,
    WORDS
};

static void
flags_of(const ds_cert *c, char out[64])
{
    snprintf(out, 64, "%s%s%s%s%s%s%s%s", c->has_ski ? ",ski" : "",
        c->has_aki ? ",aki" : "", c->has_ku ? ",ku" : "",
        c->ku_critical ? "!" : "", c->has_bc ? ",bc" : "",
        c->bc_critical ? "!" : "", c->has_cdp ? ",cdp" : "",
        c->is_ca ? ",ca" : "");
}

static void
check_fields(const ds_cert *c, char *const *w)
{
    static const int sig_bits[] = {0, 256, 384};
    const char *name = w[1];
    char flags[64];

    same_bytes(name, "DER", c->der, w[DER]);
    same_bytes(name, "serial", c->serial, w[SERIAL]);
    assert_int_equal(c->not_before, strtoll(w[NOT_BEFORE], NULL, 10));
    assert_int_equal(c->not_after, strtoll(w[NOT_AFTER], NULL, 10));
    assert_int_equal(sig_bits[c->sig_alg], strtol(w[SIG_BITS], NULL, 10));
    if (c->key_curve != vec_curve(w[CURVE]))
        fail_msg("%s: the key's curve is %d", name, c->key_curve);
    assert_int_equal(c->key_xy.n, 2 * ds_ecdsa_size(c->key_curve));
    flags_of(c, flags);
    if (strcmp(flags[0] ? flags + 1 : "-", w[FLAGS]) != 0)
        fail_msg("%s: flags are %s", name, flags);
    assert_int_equal(c->ku, strtoul(w[KEY_USAGE], NULL, 16));
    assert_int_equal(c->path_len, strtol(w[PATH_LEN], NULL, 10));
    same_bytes(name, "SKI", c->ski, w[SKI]);
    same_bytes(name, "AKI", c->aki, w[AKI]);
    same_bytes(name, "CN", c->subject_cn, w[CN]);
    same_bytes(name, "issuer's CN", c->issuer_cn, w[ISSUER_CN]);
    assert_false(c->unknown_critical);
}

/* Every view lies in the object's own copy. */
static void
check_views(const ds_cert *c)
{
    const ds_view views[] = {c->tbs, c->serial, c->issuer, c->subject,
        c->subject_cn, c->issuer_cn, c->sig, c->spki, c->key_xy, c->extensions,
        c->ski, c->aki};

    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        assert_true(inside(views[i], c->der));
    assert_true(inside(c->key_xy, c->spki));
    assert_true(inside(c->subject_cn, c->subject));
    assert_true(inside(c->issuer_cn, c->issuer));
    assert_true(inside(c->extensions, c->tbs));
}

typedef struct {
    ds_ecdsa_key *key[DS_SECP256K1 + 1];
} signers;

static void
signers_add(signers *s, char *const *w)
{
    int curve = vec_curve(w[1]);
    ds_view xy = vec_bytes(w[2]);

    assert_int_equal(ds_ecdsa_key_new(curve, xy, &s->key[curve]), DS_ECDSA_OK);
    vec_free(xy);
}

static void
signers_free(signers *s)
{
    for (int i = 0; i <= DS_SECP256K1; i++)
        ds_ecdsa_key_free(s->key[i]);
}

static void
check_signature(const ds_cert *c, const signers *s, char *const *w)
{
    int signer = vec_curve(w[SIGNER]);

    for (int curve = DS_P256; curve <= DS_SECP256K1; curve++) {
        int want = curve == signer ? DS_ECDSA_OK : DS_ECDSA_BAD;

        if (ds_cert_verify(c, s->key[curve]) != want)
            fail_msg("%s: the signature under key %d", w[1], curve);
    }
}

static void
check_refused(const char *want, const char *name, int rc, const ds_cert *cert,
    const dstack_error *err)
{
    if (rc != DSTACK_ERR_PARSE || cert ||
        strcmp(dstack_reason_name(err->reason), want) != 0)
        fail_msg("%s: %d %s, not %s: %s", name, rc,
            dstack_reason_name(err->reason), want, err->message);
    assert_int_equal(err->code, rc);
    assert_int_equal(err->stage, DSTACK_STAGE_NONE);
    assert_memory_equal(err->message, "certificate: ", 13);
}

static void
run_case(char *const *w, const signers *s)
{
    ds_view der = vec_bytes(w[DER]);
    dstack_error err;
    ds_cert *cert, *quiet = NULL;
    int rc;

    memset(&err, 0xa5, sizeof err);
    memset(&cert, 0xa5, sizeof cert);
    rc = ds_cert_parse(der, &cert, &err);
    assert_int_equal(ds_cert_parse(der, &quiet, NULL), rc);
    ds_cert_free(quiet);
    vec_free(der); /* the object must not need it any more */
    if (strcmp(w[0], "ok") != 0) {
        check_refused(w[0], w[1], rc, cert, &err);
        return;
    }
    if (rc != DSTACK_OK)
        fail_msg("%s: %d %s", w[1], rc, err.message);
    assert_int_equal(err.code, 0);
    assert_string_equal(err.message, "");
    check_fields(cert, w);
    check_views(cert);
    check_signature(cert, s, w);
    ds_cert_free(cert);
}

static void
test_vectors(void **state)
{
    signers s = {{NULL}};
    int good = 0, bad = 0;
    vec v;

    (void)state;
    vec_open(&v, "cert.vec");
    for (int n; (n = vec_next(&v)) != 0;) {
        if (strcmp(v.word[0], "key") == 0) {
            signers_add(&s, v.word);
            continue;
        }
        assert_int_equal(n, strcmp(v.word[0], "ok") == 0 ? WORDS : 3);
        run_case(v.word, &s);
        n == WORDS ? good++ : bad++;
    }
    vec_close(&v);
    signers_free(&s);
    assert_true(good >= 60);
    assert_true(bad >= 200);
}

/* ---- what vectors cannot say ---- */

static ds_cert *
parse_named(const char *name)
{
    ds_cert *cert = NULL;
    vec v;

    vec_open(&v, "cert.vec");
    while (vec_next(&v) != 0) {
        if (strcmp(v.word[1], name) == 0) {
            ds_view der = vec_bytes(v.word[DER]);

            assert_int_equal(ds_cert_parse(der, &cert, NULL), DSTACK_OK);
            vec_free(der);
        }
    }
    vec_close(&v);
    assert_non_null(cert);
    return cert;
}

static void
test_too_long(void **state)
{
    uint8_t *big = calloc(1, DS_MAX_CERT + 1);
    ds_cert *cert;
    dstack_error err;

    (void)state;
    assert_non_null(big);
    /* Would be one SEQUENCE to its end. */
    big[0] = 0x30;
    big[1] = 0x82;
    big[2] = (DS_MAX_CERT + 1 - 4) >> 8;
    big[3] = (DS_MAX_CERT + 1 - 4) & 0xff;
    assert_int_equal(
        ds_cert_parse(ds_view_of(big, DS_MAX_CERT + 1), &cert, &err),
        DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_CERT_DER);
    assert_non_null(strstr(err.message, "longer"));
    /* With room for it, it is refused for what it is. */
    assert_int_equal(ds_cert_parse_max(ds_view_of(big, DS_MAX_CERT + 1),
                         DS_MAX_CERT + 1, &cert, &err),
        DSTACK_ERR_PARSE);
    assert_null(strstr(err.message, "longer"));
    free(big);
}

static void
test_extension_lookup(void **state)
{
    static const uint8_t ski[] = {0x55, 0x1d, 0x0e};
    static const uint8_t other[] = {0x2a, 0x03, 0x04}; /* 1.2.3.4 */
    ds_cert *cert = parse_named("other_extension");
    ds_cert *none = parse_named("no_extensions");
    ds_view value;

    (void)state;
    assert_int_equal(
        ds_cert_extension(cert, ds_view_of(other, sizeof other), &value), 1);
    assert_int_equal(value.n, 2);
    assert_memory_equal(value.p, "\xff\0", 2);
    assert_int_equal(
        ds_cert_extension(cert, ds_view_of(ski, sizeof ski), &value), 1);
    assert_int_equal(value.n, 22); /* an OCTET STRING of 20 */
    assert_int_equal(value.p[0], 0x04);
    assert_int_equal(ds_cert_extension(cert, ds_view_of(ski, 2), &value), 0);
    assert_int_equal(value.n, 0);
    assert_int_equal(
        ds_cert_extension(none, ds_view_of(ski, sizeof ski), &value), 0);
    ds_cert_free(cert);
    ds_cert_free(none);
    ds_cert_free(NULL);
}

/* Said of a refused certificate, and only of the extension that is met a
 * second time. */
static void
test_repeated_extension(void **state)
{
    static const uint8_t ski[] = {0x55, 0x1d, 0x0e};
    static const uint8_t other[] = {0x2a, 0x03, 0x04}; /* 1.2.3.4 */
    int found = 0;
    vec v;

    (void)state;
    vec_open(&v, "cert.vec");
    while (vec_next(&v) != 0) {
        const char *name = v.word[1];
        ds_view der = vec_bytes(v.word[DER]);
        bool one = ds_cert_repeats(der, ds_view_of(ski, sizeof ski));
        bool two = ds_cert_repeats(der, ds_view_of(other, sizeof other));

        if (one != (strcmp(name, "ext_ski_twice") == 0) ||
            two != (strcmp(name, "ext_unknown_twice") == 0))
            fail_msg("%s: repeats %d %d", name, one, two);
        assert_false(ds_cert_repeats(der, ds_view_of(NULL, 0)));
        found += one + two;
        vec_free(der);
    }
    vec_close(&v);
    assert_int_equal(found, 2);
}

/* Each octet of a good certificate, each bit of it: whatever still parses
 * is the same certificate but for its signature, or does not verify. */
static void
test_every_bit(void **state)
{
    ds_cert *cert = parse_named("leaf");
    ds_cert *ca = parse_named("ca");
    uint8_t *copy = ds_memdup(cert->der.p, cert->der.n);
    size_t parsed = 0;
    ds_ecdsa_key *key;

    (void)state;
    assert_non_null(copy);
    assert_int_equal(ds_ecdsa_key_new(DS_P256, ca->key_xy, &key), DS_ECDSA_OK);
    assert_int_equal(ds_cert_verify(cert, key), DS_ECDSA_OK);
    for (size_t i = 0; i < 8 * cert->der.n; i++) {
        ds_cert *other = NULL;

        copy[i / 8] ^= (uint8_t)(1u << i % 8);
        if (ds_cert_parse(ds_view_of(copy, cert->der.n), &other, NULL) ==
            DSTACK_OK) {
            parsed++;
            /* Every 16th: the mbedTLS back end is slow. */
            if (parsed % 16 == 0)
                assert_int_equal(ds_cert_verify(other, key), DS_ECDSA_BAD);
        }
        ds_cert_free(other);
        copy[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    /* Names, numbers, the key and the signature may change and parse. */
    assert_true(parsed > 1000);
    ds_free(copy);
    ds_ecdsa_key_free(key);
    ds_cert_free(cert);
    ds_cert_free(ca);
}

/* ---- Intel's certificates (spec/dcap.md 3.3) ---- */

/* Intel SGX Root CA, public. */
static const char intel_root[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIICjzCCAjSgAwIBAgIUImUM1lqdNInzg7SVUr9QGzknBqwwCgYIKoZIzj0EAwIw\n"
    "aDEaMBgGA1UEAwwRSW50ZWwgU0dYIFJvb3QgQ0ExGjAYBgNVBAoMEUludGVsIENv\n"
    "cnBvcmF0aW9uMRQwEgYDVQQHDAtTYW50YSBDbGFyYTELMAkGA1UECAwCQ0ExCzAJ\n"
    "BgNVBAYTAlVTMB4XDTE4MDUyMTEwNDUxMFoXDTQ5MTIzMTIzNTk1OVowaDEaMBgG\n"
    "A1UEAwwRSW50ZWwgU0dYIFJvb3QgQ0ExGjAYBgNVBAoMEUludGVsIENvcnBvcmF0\n"
    "aW9uMRQwEgYDVQQHDAtTYW50YSBDbGFyYTELMAkGA1UECAwCQ0ExCzAJBgNVBAYT\n"
    "AlVTMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEC6nEwMDIYZOj/iPWsCzaEKi7\n"
    "1OiOSLRFhWGjbnBVJfVnkY4u3IjkDYYL0MxO4mqsyYjlBalTVYxFP2sJBK5zlKOB\n"
    "uzCBuDAfBgNVHSMEGDAWgBQiZQzWWp00ifODtJVSv1AbOScGrDBSBgNVHR8ESzBJ\n"
    "MEegRaBDhkFodHRwczovL2NlcnRpZmljYXRlcy50cnVzdGVkc2VydmljZXMuaW50\n"
    "ZWwuY29tL0ludGVsU0dYUm9vdENBLmRlcjAdBgNVHQ4EFgQUImUM1lqdNInzg7SV\n"
    "Ur9QGzknBqwwDgYDVR0PAQH/BAQDAgEGMBIGA1UdEwEB/wQIMAYBAf8CAQEwCgYI\n"
    "KoZIzj0EAwIDSQAwRgIhAOW/5QkR+S9CiSDcNoowLuPRLsWGf/Yi7GSX94BgwTwg\n"
    "AiEA4J0lrHoMs+Xo5o/sX6O9QWxHRAvZUGOdRQ7cvqRXaqI=\n"
    "-----END CERTIFICATE-----\n";

typedef struct {
    const char *sha256; /* of the DER */
    const char *serial; /* as encoded */
    const char *cn;
    const char *not_before;
    const char *not_after;
    int path_len;
    bool is_ca;
} known;

static const known root_known = {
    "44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3",
    "22650cd65a9d3489f383b49552bf501b392706ac", "Intel SGX Root CA",
    "2018-05-21T10:45:10Z", "2049-12-31T23:59:59Z", 1, true};
static const known platform_known = {
    "22eb770dca215b607b5ccfc21a672b1da5cc660b1ad0365020567979edcaa0e1",
    "00956f5dcdbd1be1e94049c9d4f433ce01570bde54", "Intel SGX PCK Platform CA",
    "2018-05-21", "2033-05-21", 0, true};
static const known signing_known = {
    "c0575e76d0303b61d09cde8cbdb70db34a74f38318300d7c0e6ba8cf4bf45aea",
    "7e3882d5fb55294a40498e458403e91491bdf455", "Intel SGX TCB Signing",
    "2025-05-06", "2032-05-06", -1, false};

static void
check_hash(ds_view data, const char *want)
{
    uint8_t digest[32];
    char text[65];

    assert_true(ds_hash(DS_SHA256, data, ds_view_of(NULL, 0), digest));
    ds_hex_encode(ds_view_of(digest, 32), text);
    assert_string_equal(text, want);
}

static void
check_known(const ds_cert *c, const known *k)
{
    char text[21];

    check_hash(c->der, k->sha256);
    same_bytes(k->cn, "serial", c->serial, k->serial);
    assert_true(ds_view_eq_str(c->subject_cn, k->cn));
    assert_true(ds_view_eq_str(c->issuer_cn, "Intel SGX Root CA"));
    ds_time_format(c->not_before, text);
    assert_memory_equal(text, k->not_before, strlen(k->not_before));
    ds_time_format(c->not_after, text);
    assert_memory_equal(text, k->not_after, strlen(k->not_after));
    assert_int_equal(c->sig_alg, DS_SIG_ECDSA_SHA256);
    assert_int_equal(c->key_curve, DS_P256);
    assert_true(c->has_ski && c->has_aki && c->has_ku && c->has_bc &&
                c->has_cdp && c->ku_critical && c->bc_critical);
    assert_int_equal(c->is_ca, k->is_ca);
    assert_int_equal(c->path_len, k->path_len);
    assert_int_equal(c->ku, k->is_ca ? DS_KU_KEY_CERT_SIGN | DS_KU_CRL_SIGN
                                     : DS_KU_DIGITAL_SIGNATURE | 1 << 1);
    same_bytes(k->cn, "authority", c->aki, root_known.serial);
}

/* One certificate of a PEM text. */
static ds_cert *
take_cert(ds_pem *pem)
{
    ds_cert *cert;
    dstack_error err;
    ds_buf der;

    ds_buf_init(&der, DS_MAX_CERT);
    assert_int_equal(ds_pem_next(pem, "CERTIFICATE", &der), 1);
    if (ds_cert_parse(ds_view_of(der.p, der.n), &cert, &err) != DSTACK_OK)
        fail_msg("%s", err.message);
    ds_buf_free(&der);
    return cert;
}

static void
test_intel_root(void **state)
{
    static const char point[] =
        "0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5"
        "67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394";
    ds_ecdsa_key *key;
    ds_cert *cert;
    ds_pem pem;

    (void)state;
    ds_pem_init(&pem, ds_view_str(intel_root));
    cert = take_cert(&pem);
    check_known(cert, &root_known);
    check_hash(cert->spki,
        "a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e");
    same_bytes("root", "point", cert->key_xy, point);
    same_bytes("root", "SKI", cert->ski, root_known.serial);
    assert_true(ds_view_eq(cert->issuer, cert->subject));
    assert_int_equal(
        ds_ecdsa_key_new(cert->key_curve, cert->key_xy, &key), DS_ECDSA_OK);
    assert_int_equal(ds_cert_verify(cert, key), DS_ECDSA_OK);
    ds_ecdsa_key_free(key);
    ds_cert_free(cert);
}

static void
check_chain(const ds_json *j, const char *member, const known *leaf)
{
    ds_buf text;
    ds_pem pem;
    ds_cert *first, *root;
    ds_ecdsa_key *key;

    ds_buf_init(&text, DS_MAX_CHAIN);
    assert_int_equal(
        ds_json_string_buf(j, ds_json_get(j, 0, member), &text, NULL),
        DSTACK_OK);
    ds_pem_init(&pem, ds_view_of(text.p, text.n));
    first = take_cert(&pem);
    root = take_cert(&pem);
    check_known(first, leaf);
    check_known(root, &root_known);
    assert_true(ds_view_eq(first->issuer, root->subject));
    assert_true(ds_view_eq(first->aki, root->ski));
    assert_int_equal(
        ds_ecdsa_key_new(root->key_curve, root->key_xy, &key), DS_ECDSA_OK);
    assert_int_equal(ds_cert_verify(first, key), DS_ECDSA_OK);
    assert_int_equal(ds_cert_verify(root, key), DS_ECDSA_OK);
    ds_ecdsa_key_free(key);
    assert_int_equal(
        ds_ecdsa_key_new(first->key_curve, first->key_xy, &key), DS_ECDSA_OK);
    assert_int_equal(ds_cert_verify(first, key), DS_ECDSA_BAD);
    ds_ecdsa_key_free(key);
    ds_cert_free(first);
    ds_cert_free(root);
    ds_buf_free(&text);
}

static void
test_intel_chains(void **state)
{
    ds_view text = vec_real("tdx/v4.collateral.json");
    ds_json *j;

    (void)state;
    if (text.n == 0)
        return;
    assert_int_equal(ds_json_parse(text, "collateral", &j, NULL), DSTACK_OK);
    check_chain(j, "pck_crl_issuer_chain", &platform_known);
    check_chain(j, "tcb_info_issuer_chain", &signing_known);
    check_chain(j, "qe_identity_issuer_chain", &signing_known);
    ds_json_free(j);
    vec_free(text);
}

/* One block; and what mbedTLS calls a failed allocation of its own. */
static void
test_no_memory(void **state)
{
    ds_cert *cert = parse_named("leaf"), *other = cert;
    dstack_error err;

    (void)state;
    failing_after(0);
    assert_int_equal(ds_cert_parse(cert->der, &other, &err), DSTACK_ERR_NOMEM);
    assert_null(other);
    assert_int_equal(err.code, DSTACK_ERR_NOMEM);
    failing_after(1);
    assert_int_equal(ds_cert_parse(cert->der, &other, &err), DSTACK_OK);
    failing_after(-1);
    ds_cert_free(other);
    ds_cert_free(cert);
}

static void
test_mbedtls_codes(void **state)
{
    (void)state;
    assert_true(ds_mbedtls_nomem(MBEDTLS_ERR_X509_ALLOC_FAILED));
    assert_true(ds_mbedtls_nomem(MBEDTLS_ERR_PK_ALLOC_FAILED));
    assert_true(ds_mbedtls_nomem(MBEDTLS_ERR_ASN1_ALLOC_FAILED));
    assert_true(ds_mbedtls_nomem(-0x4d80)); /* ECP */
    assert_true(ds_mbedtls_nomem(-0x0010)); /* MPI */
    assert_true(ds_mbedtls_nomem(MBEDTLS_ERR_X509_INVALID_NAME - 0x0010));
    assert_false(ds_mbedtls_nomem(0));
    assert_false(ds_mbedtls_nomem(MBEDTLS_ERR_X509_INVALID_FORMAT));
    assert_false(ds_mbedtls_nomem(MBEDTLS_ERR_X509_INVALID_NAME));
    assert_false(ds_mbedtls_nomem(
        MBEDTLS_ERR_X509_INVALID_EXTENSIONS + MBEDTLS_ERR_ASN1_OUT_OF_DATA));
    assert_true(ds_x509_is_foreign(MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG));
    assert_true(ds_x509_is_foreign(MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG - 0x2e));
    assert_true(ds_x509_is_foreign(MBEDTLS_ERR_PK_UNKNOWN_PK_ALG));
    assert_false(ds_x509_is_foreign(MBEDTLS_ERR_X509_INVALID_EXTENSIONS));
    assert_false(ds_x509_is_foreign(MBEDTLS_ERR_X509_INVALID_FORMAT));
    assert_false(ds_x509_is_foreign(0));
}

/* How a refusal by mbedTLS is told. */
static void
test_mbedtls_refusal(void **state)
{
    dstack_error err;

    (void)state;
    assert_int_equal(
        ds_x509_fail_mbedtls(&err, "thing", MBEDTLS_ERR_X509_INVALID_NAME),
        DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_CERT_DER);
    assert_int_equal(err.origin, DSTACK_ORIGIN_MBEDTLS);
    assert_int_equal(err.detail, MBEDTLS_ERR_X509_INVALID_NAME);
    assert_non_null(strstr(err.message, "thing"));
    assert_int_equal(
        ds_x509_fail_mbedtls(&err, "thing", MBEDTLS_ERR_X509_ALLOC_FAILED),
        DSTACK_ERR_NOMEM);
    assert_int_equal(err.code, DSTACK_ERR_NOMEM);
    assert_int_equal(
        ds_x509_fail_mbedtls(NULL, "thing", MBEDTLS_ERR_X509_ALLOC_FAILED),
        DSTACK_ERR_NOMEM);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_extension_lookup),
        cmocka_unit_test(test_repeated_extension),
        cmocka_unit_test(test_every_bit),
        cmocka_unit_test(test_intel_root),
        cmocka_unit_test(test_intel_chains),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_mbedtls_codes),
        cmocka_unit_test(test_mbedtls_refusal),
    };

    failing_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
