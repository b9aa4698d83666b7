/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "crypto/k1.h"
#include "dstack/signature.h"

static int
check_secret(const uint8_t *secret, size_t secret_len, uint32_t algorithm,
    dstack_error *err)
{
    bool valid = secret_len == 32;

    if (algorithm != DSTACK_KEY_SECP256K1 &&
        algorithm != DSTACK_KEY_SECP256K1_PREHASHED &&
        algorithm != DSTACK_KEY_ED25519)
        return ds_fail(err, DSTACK_ERR_ARG,
            "algorithm: %u is none; expected secp256k1, secp256k1_prehashed "
            "or ed25519",
            (unsigned)algorithm);
    if (valid && algorithm == DSTACK_KEY_ED25519) {
        static const uint8_t zeros[32];

        valid = !ds_secret_eq(secret, zeros, 32);
    } else if (valid) {
        valid = ds_k1_secret_valid(secret);
    }
    if (!valid)
        return ds_fail(err, DSTACK_ERR_ARG,
            "secret key: %zu bytes that are no secret key of %s; expected 32",
            secret_len, dstack_key_algorithm_name(algorithm));
    return DSTACK_OK;
}

/* What the library below says, of a secret that is a valid one. */
static int
k1_code(int rc, dstack_error *err)
{
    return rc == DS_K1_OK ? DSTACK_OK
                          : ds_fail(err, DSTACK_ERR_INTERNAL,
                                "secp256k1: no random numbers to blind with");
}

static int
sign_k1(const uint8_t secret[32], ds_view data, bool hashed, uint8_t rs[64],
    dstack_error *err)
{
    uint8_t digest[32], link[65];
    int rc;

    if (hashed && data.n != 32)
        return ds_fail(err, DSTACK_ERR_ARG,
            "data: %zu bytes, expected a digest of 32", data.n);
    if (hashed)
        memcpy(digest, data.p, 32);
    else if (!ds_hash(DS_SHA256, data, ds_view_of(NULL, 0), digest))
        return ds_fail(err, DSTACK_ERR_INTERNAL, "SHA-256 failed");
    rc = k1_code(ds_k1_sign(secret, digest, link), err);
    if (rc == DSTACK_OK)
        memcpy(rs, link, 64);
    return rc;
}

int
dstack_signature_make(const uint8_t *secret, size_t secret_len,
    const uint8_t *data, size_t data_len, uint32_t algorithm,
    uint8_t *ret_signature, dstack_error *err)
{
    ds_view message = ds_view_of(data, data_len);
    int rc;

    ds_err_clear(err);
    if (ret_signature)
        memset(ret_signature, 0, 64);
    if (!secret || !ret_signature || (!data && data_len != 0))
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_signature_make: NULL argument");
    rc = check_secret(secret, secret_len, algorithm, err);
    if (rc != DSTACK_OK)
        return rc;
    if (algorithm != DSTACK_KEY_ED25519)
        return sign_k1(secret, message,
            algorithm == DSTACK_KEY_SECP256K1_PREHASHED, ret_signature, err);
    if (!ds_ed25519_sign(secret, message, ret_signature))
        return ds_fail(
            err, DSTACK_ERR_INTERNAL, "Ed25519 is not available here");
    return DSTACK_OK;
}

int
dstack_signature_public_key(const uint8_t *secret, size_t secret_len,
    uint32_t algorithm, uint8_t *ret_key, size_t *ret_len, dstack_error *err)
{
    int rc;

    ds_err_clear(err);
    if (ret_key)
        memset(ret_key, 0, 33);
    if (ret_len)
        *ret_len = 0;
    if (!secret || !ret_key || !ret_len)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_signature_public_key: NULL argument");
    rc = check_secret(secret, secret_len, algorithm, err);
    if (rc != DSTACK_OK)
        return rc;
    if (algorithm != DSTACK_KEY_ED25519)
        rc = k1_code(ds_k1_public(secret, ret_key, NULL), err);
    else if (!ds_ed25519_public(secret, ret_key))
        rc = ds_fail(err, DSTACK_ERR_INTERNAL, "Ed25519 is not available here");
    if (rc == DSTACK_OK)
        *ret_len = algorithm == DSTACK_KEY_ED25519 ? 32 : 33;
    return rc;
}
