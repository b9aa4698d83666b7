/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/ecdsa_backend.h"

#if defined(DS_ECDSA_MBEDTLS)

#include <mbedtls/pk.h>
#include <psa/crypto.h>

#include "base/mem.h"
#include "codec/der.h"
#include "crypto/mbedtls.h"

/* Only what 2.28, 3.6 and 4.x share: a SubjectPublicKeyInfo in, a DER
 * signature in, yes or no out.
 *
 * A handle is one pk context that threads share: verification reads the key
 * and never writes it. (Under MBEDTLS_SELF_TEST the library counts its point
 * operations in statics without a lock; that is so for separate contexts too
 * and changes no result.) */

static const uint8_t p256_prefix[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
static const uint8_t p384_prefix[] = {0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00,
    0x22, 0x03, 0x62, 0x00};

static ds_view
prefix_of(int curve)
{
    if (curve == DS_P384)
        return ds_view_of(p384_prefix, sizeof p384_prefix);
    return ds_view_of(p256_prefix, sizeof p256_prefix);
}

/* 4.0 has one word for a point off its curve and for no memory to look at it.
 * The code alone is not it: with a low code added it is about the encoding. */
static int
ask_psa(ds_view point)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t id;
    psa_status_t status;

    if (!ds_psa_enter())
        return DS_ECDSA_NOMEM;
    psa_set_key_type(
        &attributes, PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1));
    status = psa_import_key(&attributes, point.p, point.n, &id);
    if (status == PSA_SUCCESS)
        (void)psa_destroy_key(id);
    ds_psa_leave();
    return status == PSA_ERROR_INVALID_ARGUMENT ? DS_ECDSA_BAD : DS_ECDSA_NOMEM;
}

int
ds_nist_new(int curve, ds_view point, void **ret)
{
    uint8_t spki[sizeof p256_prefix + 1 + (size_t)2 * DS_ECDSA_MAX_SIZE];
    ds_view prefix = prefix_of(curve);
    mbedtls_pk_context *pk;
    int rc;

    *ret = NULL;
    pk = ds_malloc(sizeof *pk);
    if (!pk || !ds_mbedtls_enter()) {
        ds_free(pk);
        return DS_ECDSA_NOMEM;
    }
    memcpy(spki, prefix.p, prefix.n);
    memcpy(spki + prefix.n, point.p, point.n);
    mbedtls_pk_init(pk);
    /* This also checks that the point is on the curve. */
    rc = mbedtls_pk_parse_public_key(pk, spki, prefix.n + point.n);
    ds_mbedtls_leave();
    if (rc != 0) {
        ds_nist_free(pk);
        if (rc == MBEDTLS_ERR_PK_INVALID_PUBKEY)
            return ask_psa(point);
        return ds_mbedtls_nomem(rc) ? DS_ECDSA_NOMEM : DS_ECDSA_BAD;
    }
    *ret = pk;
    return DS_ECDSA_OK;
}

void
ds_nist_free(void *handle)
{
    mbedtls_pk_free(handle);
    ds_free(handle);
}

/* The key was checked, r and s are in range and the encoding is ours: a wrong
 * signature has one code, ECP's, whose header 4.0 made private, or there
 * PSA_ERROR_INVALID_SIGNATURE. Whatever else goes wrong, deep in bignums and
 * in the generator that blinds them, says nothing about the signature. */
static int
verdict(int code)
{
    if (code == 0)
        return DS_ECDSA_OK;
    return code == -0x4e00 || code == -149 ? DS_ECDSA_BAD : DS_ECDSA_NOMEM;
}

int
ds_nist_verify(void *handle, ds_view hash, ds_view rs)
{
    uint8_t der[2 * (DS_ECDSA_MAX_SIZE + 3) + 4];
    size_t n = ds_der_ecdsa_from_raw(rs, der);
    int rc;

    if (!ds_mbedtls_enter())
        return DS_ECDSA_NOMEM;
    rc = mbedtls_pk_verify(handle, MBEDTLS_MD_NONE, hash.p, hash.n, der, n);
    ds_mbedtls_leave();
    return verdict(rc);
}

#else

typedef int ds_no_ecdsa_mbedtls;

#endif
