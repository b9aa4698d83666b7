/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sign_reply.h"

#include <string.h>

#include "agent/chain.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "crypto/k1.h"

struct dstack_sign_reply {
    uint8_t signature[64];
    uint8_t public_key[33];
    size_t public_len;
    ds_sig_chain chain;
};

/* ECDSA over the digest: data itself where it is one already. */
static int
verify_k1(const dstack_sign_reply *r, ds_view data, uint32_t algorithm)
{
    uint8_t digest[DS_HASH_MAX];

    if (algorithm == DSTACK_KEY_SECP256K1_PREHASHED)
        memcpy(digest, data.p, 32);
    else if (!ds_hash(DS_SHA256, data, ds_view_of(NULL, 0), digest))
        return DSTACK_ERR_INTERNAL;
    switch (ds_k1_check(
        ds_view_of(r->public_key, 33), digest, ds_view_of(r->signature, 64))) {
    case DS_K1_OK:
        return DSTACK_OK;
    case DS_K1_NOMEM:
        return DSTACK_ERR_NOMEM;
    default:
        return DSTACK_ERR_PROTOCOL;
    }
}

static int
verify(const ds_answer *a, const dstack_sign_reply *r, ds_view data,
    uint32_t algorithm, dstack_error *err)
{
    int rc = DSTACK_ERR_PROTOCOL;

    if (algorithm != DSTACK_KEY_ED25519)
        rc = verify_k1(r, data, algorithm);
    else if (ds_ed25519_verify(r->public_key, data, r->signature))
        rc = DSTACK_OK;
    switch (rc) {
    case DSTACK_OK:
        return rc;
    case DSTACK_ERR_NOMEM:
        return ds_fail_nomem(err);
    case DSTACK_ERR_INTERNAL:
        return ds_fail(
            err, rc, "%s: SHA-256 is not available here", a->method->name);
    default:
        return ds_answer_fail(a, ds_json_get(a->json, 0, "signature"), err,
            "it is no %s signature of the data by the public key",
            dstack_key_algorithm_name(algorithm));
    }
}

static int
need_hex(const ds_answer *a, const char *name, uint8_t *out, size_t n,
    dstack_error *err)
{
    ds_jv v;
    int rc = ds_json_need(a->json, 0, name, &v, err);

    return rc == DSTACK_OK ? ds_json_hex(a->json, v, out, n, err) : rc;
}

int
ds_sign_read(const ds_answer *a, ds_view data, uint32_t algorithm,
    dstack_sign_reply **ret, dstack_error *err)
{
    dstack_sign_reply *r = ds_calloc(1, sizeof *r);
    int rc;

    *ret = NULL;
    if (!r)
        return ds_fail_nomem(err);
    r->public_len = algorithm == DSTACK_KEY_ED25519 ? 32 : 33;
    rc = need_hex(a, "signature", r->signature, 64, err);
    if (rc == DSTACK_OK)
        rc = need_hex(a, "public_key", r->public_key, r->public_len, err);
    if (rc == DSTACK_OK)
        rc = verify(a, r, data, algorithm, err);
    if (rc == DSTACK_OK)
        rc = ds_sig_chain_read(
            a, "signature_chain", r->signature, &r->chain, err);
    rc = ds_answer_end(a, rc, err);
    if (rc == DSTACK_OK)
        *ret = r;
    else
        dstack_sign_reply_free(r);
    return rc;
}

void
dstack_sign_reply_free(dstack_sign_reply *reply)
{
    ds_free(reply);
}

const uint8_t *
dstack_sign_reply_signature(const dstack_sign_reply *reply, size_t *len)
{
    if (len)
        *len = reply ? sizeof reply->signature : 0;
    return reply ? reply->signature : NULL;
}

const uint8_t *
dstack_sign_reply_public_key(const dstack_sign_reply *reply, size_t *len)
{
    if (len)
        *len = reply ? reply->public_len : 0;
    return reply ? reply->public_key : NULL;
}

size_t
dstack_sign_reply_chain_count(const dstack_sign_reply *reply)
{
    return reply ? reply->chain.count : 0;
}

const uint8_t *
dstack_sign_reply_chain(
    const dstack_sign_reply *reply, size_t index, size_t *len)
{
    return ds_sig_chain_link(reply ? &reply->chain : NULL, index, len);
}
