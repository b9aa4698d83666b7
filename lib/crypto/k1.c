/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/k1.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include <secp256k1.h>
#include <secp256k1_ecdh.h>
#include <secp256k1_preallocated.h>
#include <secp256k1_recovery.h>

#include "base/mem.h"
#include "crypto/random.h"

/* The static context parses, verifies, recovers and multiplies points. What
 * multiplies the generator by a secret takes this one: made once for the
 * process, blinded with random numbers, and from then on only read. It lies in
 * static memory, since the library below ends the process where it cannot
 * allocate. */
#define CONTEXT_ROOM 2048 /* it needs about 200 bytes */

static _Alignas(max_align_t) unsigned char room[CONTEXT_ROOM];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(const secp256k1_context *) shared;

static const secp256k1_context *
make_context(void)
{
    secp256k1_context *ctx;
    uint8_t seed[32];

    if (secp256k1_context_preallocated_size(SECP256K1_CONTEXT_NONE) >
        sizeof room)
        return NULL;
    ctx = secp256k1_context_preallocated_create(room, SECP256K1_CONTEXT_NONE);
    if (!ds_random(seed, sizeof seed) ||
        !secp256k1_context_randomize(ctx, seed))
        ctx = NULL;
    ds_wipe(seed, sizeof seed);
    return ctx;
}

/* NULL when there are no random numbers; the next call tries again. */
static const secp256k1_context *
context(void)
{
    const secp256k1_context *ctx =
        atomic_load_explicit(&shared, memory_order_acquire);

    if (ctx)
        return ctx;
    pthread_mutex_lock(&lock);
    ctx = atomic_load_explicit(&shared, memory_order_relaxed);
    if (!ctx) {
        ctx = make_context();
        atomic_store_explicit(&shared, ctx, memory_order_release);
    }
    pthread_mutex_unlock(&lock);
    return ctx;
}

bool
ds_k1_secret_valid(const uint8_t secret[32])
{
    bool valid =
        secp256k1_ec_seckey_verify(secp256k1_context_static, secret) == 1;

    ds_wipe_stack();
    return valid;
}

static void
serialize(const secp256k1_pubkey *key, uint8_t *compressed, uint8_t *full)
{
    size_t n = 33;

    if (compressed)
        secp256k1_ec_pubkey_serialize(secp256k1_context_static, compressed, &n,
            key, SECP256K1_EC_COMPRESSED);
    n = 65;
    if (full)
        secp256k1_ec_pubkey_serialize(
            secp256k1_context_static, full, &n, key, SECP256K1_EC_UNCOMPRESSED);
}

int
ds_k1_public(const uint8_t secret[32], uint8_t compressed[33], uint8_t *full)
{
    const secp256k1_context *ctx = context();
    secp256k1_pubkey key;
    int rc = DS_K1_BAD;

    memset(compressed, 0, 33);
    if (full)
        memset(full, 0, 65);
    if (!ctx)
        return DS_K1_NOMEM;
    if (secp256k1_ec_pubkey_create(ctx, &key, secret)) {
        serialize(&key, compressed, full);
        rc = DS_K1_OK;
    }
    ds_wipe_stack();
    return rc;
}

/* The library also reads the hybrid forms 06 and 07; nobody sends them. */
static bool
parse(ds_view in, secp256k1_pubkey *key)
{
    if (!(in.n == 33 && (in.p[0] == 2 || in.p[0] == 3)) &&
        !(in.n == 65 && in.p[0] == 4))
        return false;
    return secp256k1_ec_pubkey_parse(
               secp256k1_context_static, key, in.p, in.n) == 1;
}

int
ds_k1_parse(ds_view key, uint8_t *compressed, uint8_t *full)
{
    secp256k1_pubkey parsed;

    if (parse(key, &parsed)) {
        serialize(&parsed, compressed, full);
        return DS_K1_OK;
    }
    if (compressed)
        memset(compressed, 0, 33);
    if (full)
        memset(full, 0, 65);
    return DS_K1_BAD;
}

int
ds_k1_sign(
    const uint8_t secret[32], const uint8_t digest[32], uint8_t signature[65])
{
    const secp256k1_context *ctx = context();
    secp256k1_ecdsa_recoverable_signature sig;
    int v = 0;
    int rc = DS_K1_BAD;

    memset(signature, 0, 65);
    if (!ctx)
        return DS_K1_NOMEM;
    if (secp256k1_ecdsa_sign_recoverable(
            ctx, &sig, digest, secret, NULL, NULL)) {
        secp256k1_ecdsa_recoverable_signature_serialize_compact(
            ctx, signature, &v, &sig);
        signature[64] = (uint8_t)v;
        rc = DS_K1_OK;
    }
    ds_wipe_stack();
    return rc;
}

/* r and s below n; zeros and a high s are told apart by those who follow. */
static bool
parse_signature(ds_view in, secp256k1_ecdsa_signature *sig)
{
    return secp256k1_ecdsa_signature_parse_compact(
               secp256k1_context_static, sig, in.p) == 1;
}

bool
ds_k1_in_range(ds_view signature)
{
    secp256k1_ecdsa_signature sig;

    return signature.n == 64 && parse_signature(signature, &sig) &&
           !ds_view_is_zero(ds_view_of(signature.p, 32)) &&
           !ds_view_is_zero(ds_view_of(signature.p + 32, 32));
}

bool
ds_k1_is_signature(ds_view signature)
{
    secp256k1_ecdsa_signature sig;

    return signature.n == 65 && signature.p[64] <= 3 &&
           ds_k1_in_range(ds_view_of(signature.p, 64)) &&
           parse_signature(signature, &sig) &&
           secp256k1_ecdsa_signature_normalize(
               secp256k1_context_static, NULL, &sig) == 0;
}

int
ds_k1_check(ds_view key, const uint8_t digest[32], ds_view signature)
{
    secp256k1_pubkey parsed;
    secp256k1_ecdsa_signature sig;

    if (signature.n != 64 || !parse(key, &parsed) ||
        !parse_signature(signature, &sig))
        return DS_K1_BAD;
    /* It refuses a high s, and r or s of zero. */
    return secp256k1_ecdsa_verify(
               secp256k1_context_static, &sig, digest, &parsed) == 1
               ? DS_K1_OK
               : DS_K1_BAD;
}

int
ds_k1_recover(
    const uint8_t digest[32], ds_view signature, uint8_t compressed[33])
{
    secp256k1_ecdsa_recoverable_signature sig;
    secp256k1_pubkey key;

    memset(compressed, 0, 33);
    if (!ds_k1_is_signature(signature) ||
        secp256k1_ecdsa_recoverable_signature_parse_compact(
            secp256k1_context_static, &sig, signature.p, signature.p[64]) !=
            1 ||
        secp256k1_ecdsa_recover(secp256k1_context_static, &key, &sig, digest) !=
            1)
        return DS_K1_BAD;
    serialize(&key, compressed, NULL);
    return DS_K1_OK;
}

static int
copy_x(unsigned char *out, const unsigned char *x, const unsigned char *y,
    void *data)
{
    (void)y;
    (void)data;
    memcpy(out, x, 32);
    return 1;
}

int
ds_k1_ecdh(const uint8_t secret[32], ds_view key, uint8_t x[32])
{
    secp256k1_pubkey parsed;
    bool made =
        parse(key, &parsed) && secp256k1_ecdh(secp256k1_context_static, x,
                                   &parsed, secret, copy_x, NULL) == 1;

    ds_wipe_stack();
    if (made)
        return DS_K1_OK;
    /* A secret out of range was taken for 1. */
    memset(x, 0, 32);
    return DS_K1_BAD;
}
