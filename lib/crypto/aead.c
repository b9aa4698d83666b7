/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/aead.h"

#include <psa/crypto.h>

#include "crypto/mbedtls.h"

#define MAX_TEXT ((size_t)16 << 20)

static bool
import(const uint8_t key[32], psa_key_usage_t usage, psa_key_id_t *id)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
    psa_set_key_bits(&attributes, 256);
    psa_set_key_usage_flags(&attributes, usage);
    psa_set_key_algorithm(&attributes, PSA_ALG_GCM);
    return psa_import_key(&attributes, key, 32, id) == PSA_SUCCESS;
}

static int
result(psa_status_t status)
{
    switch (status) {
    case PSA_SUCCESS:
        return DS_AEAD_OK;
    case PSA_ERROR_INVALID_SIGNATURE:
        return DS_AEAD_BAD;
    default:
        return DS_AEAD_NOMEM;
    }
}

int
ds_aes_gcm_seal(
    const uint8_t key[32], const uint8_t nonce[12], ds_view plain, ds_buf *out)
{
    uint8_t *sealed;
    psa_key_id_t id;
    psa_status_t status = PSA_ERROR_GENERIC_ERROR;
    size_t n = 0;

    if (plain.n > MAX_TEXT)
        return DS_AEAD_BAD;
    sealed = ds_malloc(plain.n + DS_AEAD_TAG);
    if (sealed && ds_psa_enter()) {
        if (import(key, PSA_KEY_USAGE_ENCRYPT, &id)) {
            status = psa_aead_encrypt(id, PSA_ALG_GCM, nonce, 12, NULL, 0,
                plain.p, plain.n, sealed, plain.n + DS_AEAD_TAG, &n);
            (void)psa_destroy_key(id);
        }
        ds_psa_leave();
    }
    if (status == PSA_SUCCESS)
        ds_buf_add(out, sealed, n);
    ds_free(sealed);
    if (status == PSA_SUCCESS && (out->nomem || out->bad))
        return out->nomem ? DS_AEAD_NOMEM : DS_AEAD_BAD;
    return result(status);
}

int
ds_aes_gcm_open(const uint8_t key[32], const uint8_t nonce[12], ds_view sealed,
    uint8_t *plain)
{
    psa_key_id_t id;
    psa_status_t status = PSA_ERROR_GENERIC_ERROR;
    size_t n = 0;

    if (sealed.n < DS_AEAD_TAG || sealed.n > MAX_TEXT + DS_AEAD_TAG)
        return DS_AEAD_BAD;
    if (ds_psa_enter()) {
        if (import(key, PSA_KEY_USAGE_DECRYPT, &id)) {
            status = psa_aead_decrypt(id, PSA_ALG_GCM, nonce, 12, NULL, 0,
                sealed.p, sealed.n, plain, sealed.n - DS_AEAD_TAG, &n);
            (void)psa_destroy_key(id);
        }
        ds_psa_leave();
    }
    if (status != PSA_SUCCESS)
        ds_wipe(plain, sealed.n - DS_AEAD_TAG);
    return result(status);
}
