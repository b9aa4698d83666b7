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

/* RFC 8032, 5.1: the order of the group and the prime of the field, little-
 * endian as everything here. */
static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12,
    0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
static const uint8_t prime[32] = {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x7f};

/* The y of the eight points whose order divides 8: of the identity, of (0, -1)
 * of order 2, of order 4, and twice of order 8. */
static const uint8_t small_order[5][32] = {
    {0x01},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0},
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89,
        0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39,
        0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76,
        0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6,
        0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
};

static bool
is_below(const uint8_t v[32], const uint8_t limit[32])
{
    for (size_t i = 32; i-- > 0;)
        if (v[i] != limit[i])
            return v[i] < limit[i];
    return false;
}

/* A y below the field's prime, of a point whose order is not small. Whether
 * there is such a point is for libsodium to say. */
static bool
is_strict(const uint8_t point[32])
{
    uint8_t y[32];

    memcpy(y, point, 32);
    y[31] &= 0x7f; /* the sign of x */
    for (size_t i = 0; i < sizeof small_order / sizeof *small_order; i++)
        if (memcmp(y, small_order[i], 32) == 0)
            return false;
    return is_below(y, prime);
}

bool
ds_ed25519_verify(
    const uint8_t key[32], ds_view message, const uint8_t signature[64])
{
    /* libsodium makes these checks too, unless it was built to accept what
     * older versions of it did. */
    return sodium_init() >= 0 && is_strict(key) && is_strict(signature) &&
           is_below(signature + 32, order) &&
           crypto_sign_verify_detached(signature, message.p, message.n, key) ==
               0;
}

bool
ds_ed25519_on_curve(const uint8_t key[32])
{
    uint8_t sum[32];

    /* The addition wants two points of the curve and nothing more of them. */
    return sodium_init() >= 0 && crypto_core_ed25519_add(sum, key, key) == 0;
}

bool
ds_x25519_public(const uint8_t secret[32], uint8_t key[32])
{
    bool good = sodium_init() >= 0 && crypto_scalarmult_base(key, secret) == 0;

    if (!good)
        memset(key, 0, 32);
    return good;
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
