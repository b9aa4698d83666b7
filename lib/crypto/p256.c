/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/p256.h"

#include <string.h>

#include <psa/crypto.h>

#include "codec/der.h"
#include "crypto/mbedtls.h"

/* 1.2.840.10045.2.1 and 1.2.840.10045.3.1.7 */
static const uint8_t oid_ec_key[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
static const uint8_t oid_p256[] = {
    0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};

/* The caller destroys *id, and leaves PSA. */
static int
import(const uint8_t secret[32], psa_key_id_t *id)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_status_t status;

    if (!ds_psa_enter())
        return DSTACK_ERR_INTERNAL;
    psa_set_key_type(
        &attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attributes, 256);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_HASH);
    psa_set_key_algorithm(
        &attributes, PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256));
    status = psa_import_key(&attributes, secret, 32, id);
    if (status == PSA_SUCCESS)
        return DSTACK_OK;
    ds_psa_leave();
    if (status == PSA_ERROR_INSUFFICIENT_MEMORY)
        return DSTACK_ERR_NOMEM;
    return status == PSA_ERROR_INVALID_ARGUMENT ? DSTACK_ERR_ARG
                                                : DSTACK_ERR_INTERNAL;
}

static int
finish(psa_key_id_t id, psa_status_t status, bool good)
{
    if (psa_destroy_key(id) != PSA_SUCCESS)
        good = false;
    ds_psa_leave();
    if (status == PSA_ERROR_INSUFFICIENT_MEMORY)
        return DSTACK_ERR_NOMEM;
    return status == PSA_SUCCESS && good ? DSTACK_OK : DSTACK_ERR_INTERNAL;
}

int
ds_p256_public(const uint8_t secret[32], uint8_t point[65])
{
    psa_key_id_t id;
    psa_status_t status;
    size_t n = 0;
    int rc = import(secret, &id);

    memset(point, 0, 65);
    if (rc != DSTACK_OK)
        return rc;
    status = psa_export_public_key(id, point, 65, &n);
    return finish(id, status, n == 65 && point[0] == 4);
}

int
ds_p256_sign(const uint8_t secret[32], const uint8_t digest[32], uint8_t rs[64])
{
    psa_key_id_t id;
    psa_status_t status;
    size_t n = 0;
    int rc = import(secret, &id);

    memset(rs, 0, 64);
    if (rc != DSTACK_OK)
        return rc;
    status = psa_sign_hash(id, PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256),
        digest, 32, rs, 64, &n);
    return finish(id, status, n == 64);
}

/* ---- PKCS #8 ---- */

/* All that does not depend on the key has a fixed place. */
static const uint8_t head[] = {0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13,
    0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x6d, 0x30, 0x6b, 0x02,
    0x01, 0x01, 0x04, 0x20};
static const uint8_t middle[] = {0xa1, 0x44, 0x03, 0x42, 0x00};

int
ds_p256_pkcs8(const uint8_t secret[32], ds_buf *out)
{
    uint8_t point[65];
    int rc = ds_p256_public(secret, point);

    if (rc != DSTACK_OK)
        return rc;
    ds_buf_add(out, head, sizeof head);
    ds_buf_add(out, secret, 32);
    ds_buf_add(out, middle, sizeof middle);
    ds_buf_add(out, point, sizeof point);
    return DSTACK_OK;
}

static bool
is_oid(ds_view v, const uint8_t *oid, size_t n)
{
    return ds_view_eq(v, ds_view_of(oid, n));
}

/* ECPrivateKey of RFC 5915: the scalar, and where it is there the point. */
static bool
parse_ec_key(ds_view der, ds_view *scalar, ds_view *point)
{
    ds_der outer, d, inner;

    ds_der_init(&outer, der);
    ds_der_enter(&outer, DS_DER_SEQUENCE, &d);
    if (!ds_der_done(&outer) || ds_der_uint(&d, DS_DER_INTEGER, 1) != 1)
        return false;
    *scalar = ds_der_read(&d, DS_DER_OCTET_STRING);
    *point = ds_view_of(NULL, 0);
    if (ds_der_peek(&d) == 0xa0) {
        ds_der_enter(&d, 0xa0, &inner);
        if (!is_oid(
                ds_der_read(&inner, DS_DER_OID), oid_p256, sizeof oid_p256) ||
            !ds_der_done(&inner))
            return false;
    }
    if (ds_der_peek(&d) == 0xa1) {
        ds_der_enter(&d, 0xa1, &inner);
        *point = ds_der_bits(&inner);
        if (!ds_der_done(&inner) || point->n != 65)
            return false;
    }
    return ds_der_done(&d) && scalar->n == 32;
}

/* The scalar, and where it is there the point. */
static bool
parse_outer(ds_view der, ds_view *scalar, ds_view *told)
{
    ds_der outer, d, algorithm;
    ds_view key;
    bool good;

    ds_der_init(&outer, der);
    ds_der_enter(&outer, DS_DER_SEQUENCE, &d);
    good = ds_der_uint(&d, DS_DER_INTEGER, 0) == 0;
    ds_der_enter(&d, DS_DER_SEQUENCE, &algorithm);
    good = good &&
           is_oid(ds_der_read(&algorithm, DS_DER_OID), oid_ec_key,
               sizeof oid_ec_key) &&
           is_oid(ds_der_read(&algorithm, DS_DER_OID), oid_p256,
               sizeof oid_p256) &&
           ds_der_done(&algorithm);
    key = ds_der_read(&d, DS_DER_OCTET_STRING);
    return good && ds_der_done(&d) && ds_der_done(&outer) &&
           parse_ec_key(key, scalar, told);
}

int
ds_p256_parse_pkcs8(ds_view der, uint8_t secret[32], uint8_t point[65])
{
    ds_view scalar = {NULL, 0}, told = {NULL, 0};
    int rc = DSTACK_ERR_PARSE;

    memset(secret, 0, 32);
    memset(point, 0, 65);
    if (!parse_outer(der, &scalar, &told))
        return rc;
    memcpy(secret, scalar.p, 32);
    rc = ds_p256_public(secret, point);
    if (rc == DSTACK_ERR_ARG || (rc == DSTACK_OK && told.n != 0 &&
                                    !ds_view_eq(told, ds_view_of(point, 65))))
        rc = DSTACK_ERR_PARSE;
    if (rc != DSTACK_OK) {
        ds_wipe(secret, 32);
        memset(point, 0, 65);
    }
    return rc;
}
