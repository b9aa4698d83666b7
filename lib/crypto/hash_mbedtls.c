/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hash_backend.h"

#if defined(DS_ECDSA_MBEDTLS)

#include <mbedtls/md.h>

#include "crypto/mbedtls.h"

static const mbedtls_md_info_t *
md_get(int alg)
{
    switch (alg) {
    case DS_SHA256:
        return mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
    case DS_SHA384:
        return mbedtls_md_info_from_type(MBEDTLS_MD_SHA384);
    default:
        return mbedtls_md_info_from_type(MBEDTLS_MD_SHA512);
    }
}

bool
ds_sha2(ds_hasher *h, const ds_view *parts, size_t n, uint8_t *out)
{
    mbedtls_md_context_t ctx;
    bool ok;

    if (!ds_mbedtls_enter())
        return false;
    mbedtls_md_init(&ctx);
    ok = mbedtls_md_setup(&ctx, md_get(h->alg), 0) == 0 &&
         mbedtls_md_starts(&ctx) == 0;
    for (size_t i = 0; ok && i < n; i++)
        if (parts[i].n != 0)
            ok = mbedtls_md_update(&ctx, parts[i].p, parts[i].n) == 0;
    ok = ok && mbedtls_md_finish(&ctx, out) == 0;
    mbedtls_md_free(&ctx);
    ds_mbedtls_leave();
    return ok;
}

/* A context is set up for each hash: this library's lock is not held between
 * them. */
void
ds_sha2_end(ds_hasher *h)
{
    (void)h;
}

#else

typedef int ds_no_hash_mbedtls;

#endif
