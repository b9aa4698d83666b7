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

bool
ds_sha2(int alg, ds_view a, ds_view b, uint8_t *out)
{
    size_t size = ds_hash_size(alg);
    const EVP_MD *md;
    EVP_MD_CTX *ctx = NULL;
    bool ok;

    if (size == 0)
        return false;
    /* The thread's error queue belongs to the host program. */
    ERR_set_mark();
    md = md_get(alg);
    if (md)
        ctx = EVP_MD_CTX_new();
    ok = ctx && EVP_DigestInit_ex2(ctx, md, NULL) == 1 &&
         (a.n == 0 || EVP_DigestUpdate(ctx, a.p, a.n) == 1) &&
         (b.n == 0 || EVP_DigestUpdate(ctx, b.p, b.n) == 1) &&
         EVP_DigestFinal_ex(ctx, out, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    ERR_pop_to_mark();
    if (!ok)
        memset(out, 0, size);
    return ok;
}

#else

typedef int ds_no_hash_openssl;

#endif
