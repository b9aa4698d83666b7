/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "dstack/env.h"
#include "fuzz/fuzz.h"
#include "keys/env.h"

/* The first byte chooses: an environment's JSON, a file of lines, or what is
 * sealed. Whatever is an environment is the same one after it was encrypted,
 * decrypted and read again; whatever is not, says why. */

static const uint8_t secret[32] = {[31] = 0x40, [0] = 8};

static void
public_key(uint8_t key[32])
{
    /* X25519 of the secret above and the base point. */
    static const uint8_t known[32] = {0x42, 0x2c, 0x8e, 0x7a, 0x62, 0x27, 0xd7,
        0xbc, 0xa1, 0x35, 0x0b, 0x3e, 0x2b, 0xb7, 0x27, 0x9f, 0x78, 0x97, 0xb8,
        0x7b, 0xb6, 0x85, 0x4b, 0x78, 0x3c, 0x60, 0xe8, 0x03, 0x11, 0xae, 0x30,
        0x79};

    memcpy(key, known, 32);
}

static void
same(const dstack_env *a, const dstack_env *b)
{
    if (dstack_env_count(a) != dstack_env_count(b))
        abort();
    for (size_t i = 0; i < dstack_env_count(a); i++) {
        size_t n, m;
        const uint8_t *p = dstack_env_value(a, i, &n);
        const uint8_t *q = dstack_env_value(b, i, &m);

        if (strcmp(dstack_env_name(a, i), dstack_env_name(b, i)) != 0 ||
            n != m || memcmp(p, q, n) != 0)
            abort();
    }
}

static void
round_trip(const dstack_env *env)
{
    static const uint8_t ephemeral[32] = {[1] = 1}, nonce[12] = {2};
    uint8_t key[32];
    dstack_secret *plain = NULL;
    dstack_env *back = NULL;
    ds_buf sealed;
    size_t n;

    public_key(key);
    ds_buf_init(&sealed, 16u << 20);
    if (ds_env_encrypt(env, key, ephemeral, nonce, &sealed, NULL) != 0 ||
        dstack_env_decrypt(secret, 32, sealed.p, sealed.n, &plain, NULL) != 0)
        abort();
    (void)dstack_secret_bytes(plain, &n);
    if (dstack_env_parse(dstack_secret_bytes(plain, NULL), n, &back, NULL) != 0)
        abort();
    same(env, back);
    dstack_env_free(back);
    dstack_secret_free(plain);
    ds_buf_free(&sealed);
}

static void
refused(int rc, const dstack_error *err)
{
    if (err->code != rc || rc == 0 || !err->message[0] || !err->reason)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dstack_env *env = NULL;
    dstack_secret *plain = NULL;
    dstack_error err;
    int rc;

    if (size == 0)
        return 0;
    switch (data[0]) {
    case 'j':
        rc = dstack_env_parse(data + 1, size - 1, &env, &err);
        break;
    case 'f':
        if (dstack_env_new(&env, &err) != 0)
            return 0;
        rc = dstack_env_set_file(env, data + 1, size - 1, &err);
        round_trip(env);
        break;
    default:
        rc = dstack_env_decrypt(secret, 32, data + 1, size - 1, &plain, &err);
        if ((rc == 0) != (plain != NULL))
            abort();
        break;
    }
    if (rc != 0)
        refused(rc, &err);
    else if (env)
        round_trip(env);
    dstack_secret_free(plain);
    dstack_env_free(env);
    return 0;
}
