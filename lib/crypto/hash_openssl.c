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
ds_sha2(int alg, const ds_view *parts, size_t n, uint8_t *out)
{
    const EVP_MD *md;
    EVP_MD_CTX *ctx = NULL;
    bool ok;

    /* The thread's error queue belongs to the host program. */
    ERR_set_mark();
    md = md_get(alg);
    if (md)
        ctx = EVP_MD_CTX_new();
    ok = ctx && EVP_DigestInit_ex2(ctx, md, NULL) == 1;
    for (size_t i = 0; ok && i < n; i++)
        if (parts[i].n != 0)
            ok = EVP_DigestUpdate(ctx, parts[i].p, parts[i].n) == 1;
    ok = ok && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    ERR_pop_to_mark();
    return ok;
}

#else

typedef int ds_no_hash_openssl;

#endif
