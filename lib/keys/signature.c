/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "crypto/k1.h"
#include "dstack/signature.h"

static int
invalid(dstack_error *err)
{
    return ds_fail(err, DSTACK_ERR_UNTRUSTED,
        "signature: not made by this key over these bytes");
}

/* What the agent's library makes of a hash of another length than 32: the
 * first 32 bytes of a longer one, leading zeros before one of 16 or more. */
static bool
take_digest(ds_view data, uint8_t digest[32])
{
    size_t n = data.n < 32 ? data.n : 32;

    memset(digest, 0, 32);
    if (n < 16)
        return false;
    memcpy(digest + 32 - n, data.p, n);
    return true;
}

static int
verify_k1(ds_view key, ds_view data, ds_view signature, bool hashed,
    dstack_error *err)
{
    uint8_t digest[32];

    if (ds_k1_parse(key, NULL, NULL) != DS_K1_OK)
        return ds_fail(err, DSTACK_ERR_ARG,
            "public key: %zu bytes that are no point of secp256k1; expected "
            "33 compressed or 65 uncompressed",
            key.n);
    if (!ds_k1_in_range(signature))
        return ds_fail(err, DSTACK_ERR_ARG,
            "signature: r or s is zero or not below the group's order");
    if (hashed && !take_digest(data, digest))
        return invalid(err);
    if (!hashed && !ds_hash(DS_SHA256, data, ds_view_of(NULL, 0), digest))
        return ds_fail(err, DSTACK_ERR_INTERNAL, "SHA-256 failed");
    return ds_k1_check(key, digest, signature) == DS_K1_OK ? DSTACK_OK
                                                           : invalid(err);
}

static int
verify_ed25519(ds_view key, ds_view data, ds_view signature, dstack_error *err)
{
    if (key.n != 32)
        return ds_fail(err, DSTACK_ERR_ARG,
            "public key: %zu bytes, an Ed25519 key has 32", key.n);
    return ds_ed25519_verify(key.p, data, signature.p) ? DSTACK_OK
                                                       : invalid(err);
}

int
dstack_signature_verify(const uint8_t *public_key, size_t public_key_len,
    const uint8_t *data, size_t data_len, const uint8_t *signature,
    size_t signature_len, uint32_t algorithm, dstack_error *err)
{
    ds_view key = ds_view_of(public_key, public_key_len);
    ds_view message = ds_view_of(data, data_len);
    ds_view rs = ds_view_of(signature, signature_len);

    ds_err_clear(err);
    if (!public_key || !signature || (!data && data_len != 0))
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_signature_verify: NULL argument");
    if (signature_len != 64)
        return ds_fail(err, DSTACK_ERR_ARG, "signature: %zu bytes, expected 64",
            signature_len);
    switch (algorithm) {
    case DSTACK_KEY_SECP256K1:
        return verify_k1(key, message, rs, false, err);
    case DSTACK_KEY_SECP256K1_PREHASHED:
        return verify_k1(key, message, rs, true, err);
    case DSTACK_KEY_ED25519:
        return verify_ed25519(key, message, rs, err);
    default:
        return ds_fail(err, DSTACK_ERR_ARG,
            "algorithm: %u is none; expected secp256k1, "
            "secp256k1_prehashed or ed25519",
            (unsigned)algorithm);
    }
}
