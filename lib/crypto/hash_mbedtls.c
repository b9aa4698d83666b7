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
ds_sha2(int alg, ds_view a, ds_view b, uint8_t *out)
{
    size_t size = ds_hash_size(alg);
    mbedtls_md_context_t ctx;
    bool ok;

    if (size == 0)
        return false;
    memset(out, 0, size);
    if (!ds_mbedtls_enter())
        return false;
    mbedtls_md_init(&ctx);
    ok = mbedtls_md_setup(&ctx, md_get(alg), 0) == 0 &&
         mbedtls_md_starts(&ctx) == 0 &&
         (a.n == 0 || mbedtls_md_update(&ctx, a.p, a.n) == 0) &&
         (b.n == 0 || mbedtls_md_update(&ctx, b.p, b.n) == 0) &&
         mbedtls_md_finish(&ctx, out) == 0;
    mbedtls_md_free(&ctx);
    ds_mbedtls_leave();
    if (!ok)
        memset(out, 0, size);
    return ok;
}

#else

typedef int ds_no_hash_mbedtls;

#endif
