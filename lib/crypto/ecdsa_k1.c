/* SPDX-License-Identifier: Apache-2.0 */
#include <secp256k1.h>

#include "base/mem.h"
#include "crypto/ecdsa_backend.h"

/* The static context is enough for parsing and verifying, and is never
 * written to. */

int
ds_k1_new(ds_view point, void **ret)
{
    secp256k1_pubkey *key = ds_malloc(sizeof *key);

    *ret = NULL;
    if (!key)
        return DS_ECDSA_NOMEM;
    if (!secp256k1_ec_pubkey_parse(
            secp256k1_context_static, key, point.p, point.n)) {
        ds_free(key);
        return DS_ECDSA_BAD;
    }
    *ret = key;
    return DS_ECDSA_OK;
}

void
ds_k1_free(void *handle)
{
    ds_free(handle);
}

int
ds_k1_verify(void *handle, ds_view hash, ds_view rs)
{
    const secp256k1_pubkey *key = handle;
    secp256k1_ecdsa_signature sig;
    uint8_t digest[32] = {0};

    /* A short digest is a small integer: leading zeros. */
    memcpy(digest + sizeof digest - hash.n, hash.p, hash.n);
    if (!secp256k1_ecdsa_signature_parse_compact(
            secp256k1_context_static, &sig, rs.p))
        return DS_ECDSA_BAD;
    /* The library refuses a high s, SEC 1 does not. */
    secp256k1_ecdsa_signature_normalize(secp256k1_context_static, &sig, &sig);
    return secp256k1_ecdsa_verify(secp256k1_context_static, &sig, digest, key)
               ? DS_ECDSA_OK
               : DS_ECDSA_BAD;
}
