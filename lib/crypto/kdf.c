/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/kdf.h"

#include <sodium.h>

#include "base/mem.h"
#include "crypto/hash.h"

/* libsodium's HMAC takes keys of any length, allocates nothing and cannot
 * fail. */

static void
hmac_sha256(ds_view key, const ds_view *parts, size_t n, uint8_t *out)
{
    crypto_auth_hmacsha256_state s;

    crypto_auth_hmacsha256_init(&s, key.p, key.n);
    for (size_t i = 0; i < n; i++)
        if (parts[i].n != 0)
            crypto_auth_hmacsha256_update(&s, parts[i].p, parts[i].n);
    crypto_auth_hmacsha256_final(&s, out);
    ds_wipe(&s, sizeof s);
}

static void
hmac_sha512(ds_view key, const ds_view *parts, size_t n, uint8_t *out)
{
    crypto_auth_hmacsha512_state s;

    crypto_auth_hmacsha512_init(&s, key.p, key.n);
    for (size_t i = 0; i < n; i++)
        if (parts[i].n != 0)
            crypto_auth_hmacsha512_update(&s, parts[i].p, parts[i].n);
    crypto_auth_hmacsha512_final(&s, out);
    ds_wipe(&s, sizeof s);
}

bool
ds_hmac(int alg, ds_view key, const ds_view *parts, size_t n, uint8_t *out)
{
    /* The key's pointer is read even where it has no bytes. */
    static const uint8_t none[1];

    if (key.n == 0)
        key.p = none;
    if (alg == DS_SHA256)
        hmac_sha256(key, parts, n, out);
    else if (alg == DS_SHA512)
        hmac_sha512(key, parts, n, out);
    else
        return false;
    return true;
}

/* 2.3, T(i) = HMAC(PRK, T(i - 1) | info | i), T(0) being empty. */
static void
expand(
    ds_view prk, const ds_view *info, size_t n_info, uint8_t *out, size_t size)
{
    crypto_auth_hmacsha256_state s;
    uint8_t t[32];

    for (uint8_t i = 1; size != 0; i++) {
        size_t n = size < sizeof t ? size : sizeof t;

        crypto_auth_hmacsha256_init(&s, prk.p, prk.n);
        if (i > 1)
            crypto_auth_hmacsha256_update(&s, t, sizeof t);
        for (size_t k = 0; k < n_info; k++)
            if (info[k].n != 0)
                crypto_auth_hmacsha256_update(&s, info[k].p, info[k].n);
        crypto_auth_hmacsha256_update(&s, &i, 1);
        crypto_auth_hmacsha256_final(&s, t);
        memcpy(out, t, n);
        out += n;
        size -= n;
    }
    ds_wipe(&s, sizeof s);
    ds_wipe(t, sizeof t);
}

bool
ds_hkdf_sha256(ds_view salt, ds_view ikm, const ds_view *info, size_t n_info,
    uint8_t *out, size_t size)
{
    uint8_t prk[32];

    if (size == 0 || size > DS_HKDF_MAX) {
        if (size != 0)
            memset(out, 0, size);
        return false;
    }
    /* 2.2. HMAC fills up a short key with zeros, and HashLen of them are the
     * default salt. */
    ds_hmac(DS_SHA256, salt, &ikm, 1, prk);
    expand(ds_view_of(prk, sizeof prk), info, n_info, out, size);
    ds_wipe(prk, sizeof prk);
    return true;
}
