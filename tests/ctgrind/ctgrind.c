/* SPDX-License-Identifier: Apache-2.0 */
/* Secret keys are marked as undefined memory, and Valgrind's memcheck then
 * complains of every branch and every index that depends on one. The results
 * are public and marked as defined again; those that the library goes on with
 * itself (public keys, signatures, whether a key is one and a tag fits) where
 * they come out of the function that makes them, which the linker replaces by
 * one of ours. Values of an environment are not part of this: what is written
 * as JSON is looked at. */
#include <stdio.h>
#include <string.h>

#include <valgrind/memcheck.h>

#include "base/mem.h"
#include "base/text.h"
#include "dstack/dstack.h"
#include "keys/env.h"
#include "receipt/sealed.h"

#define SECRET(p, n) (void)VALGRIND_MAKE_MEM_UNDEFINED(p, n)
#define PUBLIC(p, n) (void)VALGRIND_MAKE_MEM_DEFINED(p, n)

static int failed;

/* ---- what becomes public on its way ---------------------------------------- */

#define WRAP(type, name, arguments, call, p, n) \
    type __real_##name arguments; \
    type __wrap_##name arguments; \
    type __wrap_##name arguments \
    { \
        type rc = __real_##name call; \
        PUBLIC(&rc, sizeof rc); \
        PUBLIC(p, n); \
        return rc; \
    }

WRAP(bool, ds_k1_secret_valid, (const uint8_t *secret), (secret), NULL, 0)
WRAP(int, ds_k1_public,
    (const uint8_t *secret, uint8_t *compressed, uint8_t *full),
    (secret, compressed, full), compressed, 33)
WRAP(int, ds_k1_ecdh, (const uint8_t *secret, ds_view key, uint8_t *x),
    (secret, key, x), NULL, 0)
WRAP(bool, ds_ed25519_public, (const uint8_t *seed, uint8_t *key), (seed, key),
    key, 32)
WRAP(bool, ds_ed25519_sign,
    (const uint8_t *seed, ds_view message, uint8_t *signature),
    (seed, message, signature), signature, 64)
WRAP(int, ds_aes_gcm_open,
    (const uint8_t *key, const uint8_t *nonce, ds_view sealed, uint8_t *plain),
    (key, nonce, sealed, plain), NULL, 0)

/* ---- the library's uses of keys --------------------------------------------- */

static void
key_of(uint8_t secret[32], uint8_t last)
{
    memset(secret, 0x5a, 32);
    secret[31] = last;
    SECRET(secret, 32);
}

static void
expect(const char *what, int rc)
{
    PUBLIC(&rc, sizeof rc);
    if (rc != DSTACK_OK) {
        fprintf(stderr, "ctgrind: %s: %s\n", what, dstack_error_name(rc));
        failed = 1;
    }
}

static void
sign(uint32_t algorithm)
{
    uint8_t secret[32], signature[64], key[33], digest[32] = {7};
    size_t n = 0;

    key_of(secret, 1);
    expect("sign", dstack_signature_make(
                       secret, 32, digest, 32, algorithm, signature, NULL));
    PUBLIC(signature, sizeof signature);
    key_of(secret, 1);
    expect("public key",
        dstack_signature_public_key(secret, 32, algorithm, key, &n, NULL));
    PUBLIC(key, sizeof key);
    expect("verify", dstack_signature_verify(
                         key, n, digest, 32, signature, 64, algorithm, NULL));
}

/* The receipt and its signature are public, and read before they are given. */
static void
receipt(void)
{
    static const char request[] =
        "{\"action_type\":\"generic\",\"policy_id\":\"p\"}";
    static const char output[] = "{\"clean_text\":\"a\",\"text\":\"a\"}";
    dstack_exchange *x = NULL;
    uint8_t secret[32];
    char *json = NULL;

    key_of(secret, 5);
    expect("exchange", dstack_exchange_new(&x, NULL));
    expect("request", dstack_exchange_set_request(x, (const uint8_t *)request,
                          sizeof request - 1, NULL));
    expect("output", dstack_exchange_set_output(
                         x, (const uint8_t *)output, sizeof output - 1, NULL));
    expect("receipt", dstack_receipt_sign(x, secret, 32, NULL, 0, NULL, 0,
                          1790000000, 0, &json, NULL, NULL));
    dstack_free(json);
    dstack_exchange_free(x);
}

static void
sealed(void)
{
    static const uint8_t plain[] = "sealed";
    uint8_t secret[32], ephemeral[32], nonce[12] = {2}, point[33];
    dstack_secret *opened = NULL;
    size_t n = 0;
    ds_buf out;

    key_of(secret, 6);
    expect("recipient", dstack_signature_public_key(
                            secret, 32, DSTACK_KEY_SECP256K1, point, &n, NULL));
    PUBLIC(point, sizeof point);
    key_of(ephemeral, 7);
    ds_buf_init(&out, 4096);
    expect("seal",
        ds_receipt_seal(ds_view_of(point, 33), ds_view_of(plain, sizeof plain),
            ephemeral, nonce, &out, NULL));
    PUBLIC(out.p, out.n);
    expect("open", dstack_open(secret, 32, out.p, out.n, &opened, NULL));
    PUBLIC(dstack_secret_bytes(opened, NULL), sizeof plain);
    if (memcmp(dstack_secret_bytes(opened, NULL), plain, sizeof plain) != 0)
        failed = 1;
    ds_buf_free(&out);
    dstack_secret_free(opened);
}

/* Keys as text: that they are digits is public, which ones is not. */
static void
text(void)
{
    uint8_t secret[32], back[32];
    char hex[65];
    ds_buf base64, bytes;
    bool good;

    key_of(secret, 8);
    ds_hex_encode(ds_view_of(secret, 32), hex);
    good = ds_hex_decode(ds_view_of(hex, 64), back, 32);
    PUBLIC(&good, sizeof good);
    ds_buf_init_secret(&base64, 64);
    ds_buf_init_secret(&bytes, 64);
    ds_base64_encode(ds_view_of(secret, 32), &base64);
    if (!good ||
        !ds_base64_decode(ds_view_of(base64.p, base64.n), true, &bytes))
        failed = 1;
    PUBLIC(secret, 32);
    PUBLIC(back, 32);
    PUBLIC(bytes.p, bytes.n);
    if (memcmp(secret, back, 32) != 0 || bytes.n != 32 ||
        memcmp(secret, bytes.p, 32) != 0)
        failed = 1;
    ds_buf_free(&base64);
    ds_buf_free(&bytes);
}

/* A P-256 key in PKCS #8, and the wallets that are made of one. */
static void
tls_wallets(void)
{
    static const uint8_t head[] = {0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13,
        0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
        0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02,
        0x01, 0x01, 0x04, 0x20};
    uint8_t der[sizeof head + 32];

    memcpy(der, head, sizeof head);
    key_of(der + sizeof head, 9);
    for (uint32_t d = DSTACK_WALLET_DER_SHA256; d <= DSTACK_WALLET_SCALAR;
         d++) {
        dstack_secret *wallet = NULL;

        expect("wallet of a TLS key",
            dstack_wallet_of_tls_key(der, sizeof der, d, &wallet, NULL));
        dstack_secret_free(wallet);
    }
}

static void
wallet(void)
{
    uint8_t secret[32];
    dstack_secret *pair = NULL;
    int shared;

    key_of(secret, 2);
    expect("key pair", dstack_wallet_solana_key_pair(secret, 32, &pair, NULL));
    dstack_secret_free(pair);
    shared = dstack_wallet_is_shared_secret(secret, 32);
    PUBLIC(&shared, sizeof shared);
    if (shared)
        failed = 1;
}

static void
environment(void)
{
    uint8_t secret[32], ephemeral[32], nonce[12] = {1}, public[32];
    dstack_env *env = NULL;
    dstack_secret *plain = NULL;
    ds_buf out;

    /* The base point's multiple by the secret is the recipient's key. */
    key_of(secret, 3);
    key_of(ephemeral, 4);
    memset(public, 0, sizeof public);
    public[0] = 9;
    ds_buf_init(&out, 4096);
    expect("environment", dstack_env_new(&env, NULL));
    expect("variable", dstack_env_set(env, "A", (const uint8_t *)"b", 1, NULL));
    expect(
        "encrypt", ds_env_encrypt(env, public, ephemeral, nonce, &out, NULL));
    PUBLIC(out.p, out.n);
    /* For another key: an answer, after all was computed. */
    if (dstack_env_decrypt(secret, 32, out.p, out.n, &plain, NULL) !=
        DSTACK_ERR_UNTRUSTED)
        failed = 1;
    ds_buf_free(&out);
    dstack_env_free(env);
}

int
main(void)
{
    if (RUNNING_ON_VALGRIND == 0) {
        fputs("ctgrind: run it with make ctgrind\n", stderr);
        return 2;
    }
    sign(DSTACK_KEY_SECP256K1);
    sign(DSTACK_KEY_SECP256K1_PREHASHED);
    sign(DSTACK_KEY_ED25519);
    receipt();
    sealed();
    wallet();
    tls_wallets();
    text();
    environment();
    return failed;
}
