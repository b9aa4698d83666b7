/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hash_backend.h"

#if defined(DS_ECDSA_OPENSSL)

#include <stdatomic.h>

#include <openssl/err.h>
#include <openssl/evp.h>

/* Fetching an algorithm by name costs more than hashing a header with it, so
 * each is fetched once, at first use, and kept for the life of the process. */
static _Atomic(EVP_MD *) fetched[DS_SHA512 + 1];

static const EVP_MD *
md_get(int alg)
{
    static const char *const name[] = {"", "SHA2-256", "SHA2-384", "SHA2-512"};
    EVP_MD *md = atomic_load_explicit(&fetched[alg], memory_order_acquire);
    EVP_MD *none = NULL;

    if (md)
        return md;
    md = EVP_MD_fetch(NULL, name[alg], NULL);
    if (md && !atomic_compare_exchange_strong(&fetched[alg], &none, md)) {
        /* Another thread was first. */
        EVP_MD_free(md);
        md = none;
    }
    return md;
}

/* The context with its algorithm. What goes wrong from here to ds_sha2_end()
 * does not stay in the thread's error queue, which is the host program's. */
static EVP_MD_CTX *
start(ds_hasher *h)
{
    const EVP_MD *md;
    EVP_MD_CTX *ctx;

    ERR_set_mark();
    md = md_get(h->alg);
    ctx = md ? EVP_MD_CTX_new() : NULL;
    if (ctx && EVP_DigestInit_ex2(ctx, md, NULL) == 1)
        return ctx;
    EVP_MD_CTX_free(ctx);
    ERR_pop_to_mark();
    return NULL;
}

bool
ds_sha2(ds_hasher *h, const ds_view *parts, size_t n, uint8_t *out)
{
    bool ok;

    if (h->ctx) {
        ok = EVP_DigestInit_ex2(h->ctx, NULL, NULL) == 1;
    } else {
        h->ctx = start(h);
        ok = h->ctx != NULL;
    }
    for (size_t i = 0; ok && i < n; i++)
        if (parts[i].n != 0)
            ok = EVP_DigestUpdate(h->ctx, parts[i].p, parts[i].n) == 1;
    return ok && EVP_DigestFinal_ex(h->ctx, out, NULL) == 1;
}

void
ds_sha2_end(ds_hasher *h)
{
    if (!h->ctx)
        return;
    EVP_MD_CTX_free(h->ctx);
    h->ctx = NULL;
    ERR_pop_to_mark();
}

#else

typedef int ds_no_hash_openssl;

#endif
