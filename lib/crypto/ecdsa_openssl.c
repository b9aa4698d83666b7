/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/ecdsa_backend.h"

#if defined(DS_ECDSA_OPENSSL)

#include <stdatomic.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "codec/der.h"

/* A handle is an EVP_PKEY_CTX that is initialised for verification with its
 * key and then only ever duplicated: one context serves one thread at a time,
 * and a duplicate costs a fifth of a microsecond where a new one costs three.
 *
 * A key is likewise a duplicate of a template that knows the curve only: that
 * takes a quarter of the time of building the group by name again. Templates
 * are made at first use and stay for the life of the process. */
static _Atomic(EVP_PKEY *) template_p256;
static _Atomic(EVP_PKEY *) template_p384;

static EVP_PKEY *
template_new(const char *group)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *key = NULL;
    char name[16] = {0};
    OSSL_PARAM params[2];

    memcpy(name, group, strlen(group));
    params[0] =
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0);
    params[1] = OSSL_PARAM_construct_end();
    if (!ctx || EVP_PKEY_fromdata_init(ctx) <= 0 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEY_PARAMETERS, params) <= 0)
        key = NULL;
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static EVP_PKEY *
template_get(int curve)
{
    _Atomic(EVP_PKEY *) *slot =
        curve == DS_P384 ? &template_p384 : &template_p256;
    EVP_PKEY *key = atomic_load_explicit(slot, memory_order_acquire);
    EVP_PKEY *none = NULL;

    if (key)
        return key;
    key = template_new(curve == DS_P384 ? "P-384" : "P-256");
    if (key && !atomic_compare_exchange_strong(slot, &none, key)) {
        /* Another thread was first. */
        EVP_PKEY_free(key);
        key = none;
    }
    return key;
}

/* What a failed call of libcrypto means. Whoever runs out of memory says so
 * first, and its callers add what they make of it: the cause is the oldest
 * error of the queue, unless the host program had left some there. A failure
 * without any error is one too: whoever finds something wrong says what. */
static int
failure(bool was_empty)
{
    unsigned long cause = was_empty ? ERR_peek_error() : ERR_peek_last_error();

    return cause == 0 || ERR_GET_REASON(cause) == ERR_R_MALLOC_FAILURE
               ? DS_ECDSA_NOMEM
               : DS_ECDSA_BAD;
}

/* Setting an encoded point is what checks that it is on the curve. */
static int
handle_new(int curve, ds_view point, bool was_empty, EVP_PKEY_CTX **ret)
{
    EVP_PKEY *template = template_get(curve);
    EVP_PKEY *key = template ? EVP_PKEY_dup(template) : NULL;
    EVP_PKEY_CTX *ctx = NULL;
    int rc = DS_ECDSA_NOMEM;

    if (!key)
        goto out;
    if (EVP_PKEY_set1_encoded_public_key(key, point.p, point.n) <= 0) {
        rc = failure(was_empty);
        goto out;
    }
    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (!ctx || EVP_PKEY_verify_init(ctx) <= 0)
        goto out;
    *ret = ctx;
    ctx = NULL;
    rc = DS_ECDSA_OK;
out:
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return rc;
}

int
ds_nist_new(int curve, ds_view point, void **ret)
{
    bool was_empty = ERR_peek_error() == 0;
    EVP_PKEY_CTX *ctx = NULL;
    int rc;

    /* The thread's error queue belongs to the host program. */
    ERR_set_mark();
    rc = handle_new(curve, point, was_empty, &ctx);
    ERR_pop_to_mark();
    *ret = ctx;
    return rc;
}

void
ds_nist_free(void *handle)
{
    EVP_PKEY_CTX_free(handle);
}

int
ds_nist_verify(void *handle, ds_view hash, ds_view rs)
{
    uint8_t der[2 * (DS_ECDSA_MAX_SIZE + 3) + 4];
    size_t n = ds_der_ecdsa_from_raw(rs, der);
    bool was_empty = ERR_peek_error() == 0;
    EVP_PKEY_CTX *ctx;
    int rc = DS_ECDSA_NOMEM;

    ERR_set_mark();
    ctx = EVP_PKEY_CTX_dup(handle);
    if (ctx) {
        rc = EVP_PKEY_verify(ctx, der, n, hash.p, hash.n);
        rc = rc == 1   ? DS_ECDSA_OK
             : rc == 0 ? DS_ECDSA_BAD
                       : failure(was_empty);
    }
    EVP_PKEY_CTX_free(ctx);
    ERR_pop_to_mark();
    return rc;
}

#else

typedef int ds_no_ecdsa_openssl;

#endif
