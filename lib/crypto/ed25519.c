/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/ed25519.h"

#include <sodium.h>

#include "base/mem.h"

/* libsodium's secret key is the seed and the public key. */
static bool
expand(const uint8_t seed[32], uint8_t secret[64])
{
    uint8_t key[32];

    return sodium_init() >= 0 &&
           crypto_sign_seed_keypair(key, secret, seed) == 0;
}

bool
ds_ed25519_public(const uint8_t seed[32], uint8_t key[32])
{
    uint8_t secret[64] = {0};
    bool good = expand(seed, secret);

    memset(key, 0, 32);
    if (good)
        memcpy(key, secret + 32, 32);
    ds_wipe(secret, sizeof secret);
    return good;
}

bool
ds_ed25519_sign(const uint8_t seed[32], ds_view message, uint8_t signature[64])
{
    uint8_t secret[64] = {0};
    bool good = expand(seed, secret) && crypto_sign_detached(signature, NULL,
                                            message.p, message.n, secret) == 0;

    if (!good)
        memset(signature, 0, 64);
    ds_wipe(secret, sizeof secret);
    return good;
}

bool
ds_ed25519_verify(
    const uint8_t key[32], ds_view message, const uint8_t signature[64])
{
    static const uint8_t none = 0;

    /* libsodium refuses what this header says; also where it was built to be
     * lenient, the key's encoding and order are checked by the second call. */
    return sodium_init() >= 0 && crypto_core_ed25519_is_valid_point(key) == 1 &&
           crypto_sign_verify_detached(signature,
               message.n != 0 ? message.p : &none, message.n, key) == 0;
}

bool
ds_x25519_public(const uint8_t secret[32], uint8_t key[32])
{
    return sodium_init() >= 0 && crypto_scalarmult_base(key, secret) == 0;
}

bool
ds_x25519(const uint8_t secret[32], const uint8_t peer[32], uint8_t shared[32])
{
    bool good =
        sodium_init() >= 0 && crypto_scalarmult(shared, secret, peer) == 0;

    if (!good)
        memset(shared, 0, 32);
    return good;
}
