/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/kdf.h"

#include <sodium.h>
#include <string.h>

#include "base/mem.h"

#define HASH 32

typedef crypto_auth_hmacsha256_state hmac;

static void
extract(ds_view salt, ds_view ikm, uint8_t prk[HASH])
{
    hmac h;

    crypto_auth_hmacsha256_init(&h, salt.p, salt.n);
    crypto_auth_hmacsha256_update(&h, ikm.p, ikm.n);
    crypto_auth_hmacsha256_final(&h, prk);
    ds_wipe(&h, sizeof h);
}

/* T(i) = HMAC(PRK, T(i-1) || info || i) */
static void
block(const uint8_t prk[HASH], uint8_t i, const ds_view *info, size_t parts,
    uint8_t t[HASH])
{
    hmac h;

    crypto_auth_hmacsha256_init(&h, prk, HASH);
    if (i > 1)
        crypto_auth_hmacsha256_update(&h, t, HASH);
    for (size_t k = 0; k < parts; k++)
        if (info[k].n != 0)
            crypto_auth_hmacsha256_update(&h, info[k].p, info[k].n);
    crypto_auth_hmacsha256_update(&h, &i, 1);
    crypto_auth_hmacsha256_final(&h, t);
    ds_wipe(&h, sizeof h);
}

bool
ds_hkdf_sha256(ds_view salt, ds_view ikm, const ds_view *info, size_t parts,
    uint8_t *out, size_t n)
{
    uint8_t prk[HASH], t[HASH];
    uint8_t i = 1;

    if (sodium_init() < 0 || n == 0 || n > (size_t)255 * HASH) {
        memset(out, 0, n);
        return false;
    }
    extract(salt, ikm, prk);
    for (size_t done = 0; done < n; i++) {
        size_t take = n - done < HASH ? n - done : HASH;

        block(prk, i, info, parts, t);
        memcpy(out + done, t, take);
        done += take;
    }
    ds_wipe(prk, sizeof prk);
    ds_wipe(t, sizeof t);
    return true;
}
