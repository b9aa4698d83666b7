/* SPDX-License-Identifier: Apache-2.0 */
/* Secret keys are marked as undefined memory, and Valgrind's memcheck then
 * complains of every branch and every index that depends on one. The results
 * are public and marked as defined again. Values of an environment are not
 * part of this: what is written as JSON is looked at. */
#include <stdio.h>
#include <string.h>

#include <valgrind/memcheck.h>

#include "base/mem.h"
#include "dstack/dstack.h"
#include "keys/env.h"

#define SECRET(p, n) (void)VALGRIND_MAKE_MEM_UNDEFINED(p, n)
#define PUBLIC(p, n) (void)VALGRIND_MAKE_MEM_DEFINED(p, n)

static int failed;

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
    wallet();
    environment();
    return failed;
}
