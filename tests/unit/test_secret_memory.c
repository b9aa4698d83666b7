/* SPDX-License-Identifier: Apache-2.0 */
/* What is opened, decrypted, derived or signed with stays in memory where its
 * owner holds it and nowhere else, and not at all once that is freed or the
 * answer was no. Secrets are only known masked here; what has to be made of
 * them beforehand is made in another process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "crypto/k1.h"
#include "crypto/kdf.h"
#include "dstack/dstack.h"
#include "keys/env.h"
#include "receipt/sealed.h"
#include "support/search_memory.h"

/* A key of any of the algorithms, and a text, both masked. */
static const uint8_t masked_key[32] = {0x9d, 0x31, 0x84, 0x07, 0xee, 0x5c, 0x12,
    0xb8, 0x63, 0xd1, 0x2f, 0x96, 0x0a, 0xc4, 0x78, 0xe3, 0x41, 0xbf, 0x25,
    0x8c, 0xf0, 0x19, 0xa7, 0x56, 0xcb, 0x3e, 0x92, 0x6d, 0xd8, 0x04, 0xb1,
    0x7f};
/* "sk-or-v1-0Rk3Xq8ZpLw5Tn2Vb7Mc9Hd4" */
static const uint8_t masked_text[33] = {0x29, 0x31, 0x77, 0x35, 0x28, 0x77,
    0x2c, 0x6b, 0x77, 0x6a, 0x08, 0x31, 0x69, 0x02, 0x2b, 0x62, 0x00, 0x2a,
    0x16, 0x2d, 0x6f, 0x0e, 0x34, 0x68, 0x0c, 0x38, 0x6d, 0x17, 0x39, 0x63,
    0x12, 0x3e, 0x6e};

static uint8_t key[32]; /* unmasked for the length of a call */
static uint8_t text[8192];
static dstack_error err;

static void
unmask(const uint8_t *masked, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = masked[i] ^ SEARCH_MASK;
}

static void
key_begin(void)
{
    unmask(masked_key, sizeof key, key);
}

/* What the caller had of it is gone. */
static void
wipe(void)
{
    explicit_bzero(key, sizeof key);
    explicit_bzero(text, sizeof text);
}

static void
copies_of(const char *what, const uint8_t *masked, size_t n, unsigned want)
{
    unsigned found = search_memory(masked, n);

    if (found != want)
        fail_msg("%s: %u copies, expected %u", what, found, want);
}

static void
no_key(void)
{
    uint8_t reversed[32];

    copies_of("key", masked_key, sizeof masked_key, 0);
    for (size_t i = 0; i < 32; i++)
        reversed[i] = masked_key[31 - i];
    copies_of("key, last byte first", reversed, sizeof reversed, 0);
}

/* ---- another process -------------------------------------------------------- */

/* What that made: bytes that are public, and secrets, masked. */
typedef struct {
    uint8_t bytes[1024];
    size_t n;
    uint8_t masked[2][32];
} made;

static void
mask(const uint8_t *secret, uint8_t *out)
{
    unmask(secret, 32, out);
}

static void
in_child(void (*work)(made *m), made *ret)
{
    int end[2], status = 0;
    pid_t child;

    assert_int_equal(pipe(end), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        made m;

        memset(&m, 0, sizeof m);
        key_begin();
        unmask(masked_text, sizeof masked_text, text);
        work(&m);
        _exit(write(end[1], &m, sizeof m) == (ssize_t)sizeof m ? 0 : 1);
    }
    close(end[1]);
    assert_int_equal(read(end[0], ret, sizeof *ret), sizeof *ret);
    close(end[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* ---- sealed payloads -------------------------------------------------------- */

/* Sealed for the key; the shared secret and the key made of it. */
static void
make_sealed(made *m)
{
    static const uint8_t ephemeral[32] = {[31] = 77}, nonce[12] = {5};
    ds_view info = ds_view_str("vin-ecies-v1");
    uint8_t point[33], x[32], aes[32];
    ds_buf out;

    ds_buf_init(&out, sizeof m->bytes);
    if (ds_k1_public(key, point, NULL) != DS_K1_OK ||
        ds_receipt_seal(ds_view_of(point, 33), ds_view_of(text, 33), ephemeral,
            nonce, &out, NULL) != DSTACK_OK ||
        ds_k1_ecdh(ephemeral, ds_view_of(point, 33), x) != DS_K1_OK ||
        !ds_hkdf_sha256(
            ds_view_of(NULL, 0), ds_view_of(x, 32), &info, 1, aes, 32))
        _exit(2);
    memcpy(m->bytes, out.p, out.n);
    m->n = out.n;
    mask(x, m->masked[0]);
    mask(aes, m->masked[1]);
}

static void
test_opened(void **state)
{
    made m;

    (void)state;
    if (!search_memory_works())
        skip();
    in_child(make_sealed, &m);
    for (int i = 0; i < 2; i++) {
        dstack_secret *opened = NULL;
        int rc;

        /* The second time one byte has changed on the way. */
        if (i == 1)
            m.bytes[20] = m.bytes[20] == 'A' ? 'B' : 'A';
        key_begin();
        rc = dstack_open(key, 32, m.bytes, m.n, &opened, &err);
        wipe();
        assert_int_equal(rc, i == 0 ? DSTACK_OK : DSTACK_ERR_UNTRUSTED);
        copies_of("plaintext", masked_text, 33, i == 0 ? 1 : 0);
        no_key();
        copies_of("shared secret", m.masked[0], 32, 0);
        copies_of("key of the payload", m.masked[1], 32, 0);
        dstack_secret_free(opened);
        copies_of("plaintext, freed", masked_text, 33, 0);
    }
}

static void
test_sealed(void **state)
{
    made m;
    uint8_t point[33];
    char *sealed = NULL;
    size_t n = 0;

    (void)state;
    if (!search_memory_works())
        skip();
    in_child(make_sealed, &m);
    key_begin();
    assert_int_equal(dstack_signature_public_key(
                         key, 32, DSTACK_KEY_SECP256K1, point, &n, &err),
        DSTACK_OK);
    unmask(masked_text, sizeof masked_text, text);
    assert_int_equal(
        dstack_seal(point, 33, text, 33, &sealed, NULL, &err), DSTACK_OK);
    wipe();
    copies_of("plaintext", masked_text, 33, 0);
    no_key();
    dstack_free(sealed);
}

/* ---- environments ----------------------------------------------------------- */

static void
make_env(made *m)
{
    static const uint8_t ephemeral[32] = {[31] = 66}, nonce[12] = {6};
    uint8_t point[32], shared[32];
    dstack_env *env = NULL;
    ds_buf out;

    ds_buf_init(&out, sizeof m->bytes);
    if (!ds_x25519_public(key, point) || !ds_x25519(ephemeral, point, shared) ||
        dstack_env_new(&env, NULL) != DSTACK_OK ||
        dstack_env_set(env, "A", text, 33, NULL) != DSTACK_OK ||
        ds_env_encrypt(env, point, ephemeral, nonce, &out, NULL) != DSTACK_OK)
        _exit(2);
    memcpy(m->bytes, out.p, out.n);
    m->n = out.n;
    mask(shared, m->masked[0]);
}

static void
test_decrypted(void **state)
{
    made m;

    (void)state;
    if (!search_memory_works())
        skip();
    in_child(make_env, &m);
    for (int i = 0; i < 2; i++) {
        dstack_secret *plain = NULL;
        dstack_env *env = NULL;
        size_t n;
        int rc;

        m.bytes[m.n - 1] ^= (uint8_t)i;
        key_begin();
        rc = dstack_env_decrypt(key, 32, m.bytes, m.n, &plain, &err);
        wipe();
        assert_int_equal(rc, i == 0 ? DSTACK_OK : DSTACK_ERR_UNTRUSTED);
        copies_of("value", masked_text, 33, i == 0 ? 1 : 0);
        no_key();
        copies_of("key of the environment", m.masked[0], 32, 0);
        (void)dstack_secret_bytes(plain, &n);
        if (i == 0)
            assert_int_equal(dstack_env_parse(dstack_secret_bytes(plain, NULL),
                                 n, &env, &err),
                DSTACK_OK);
        copies_of("value, read", masked_text, 33, i == 0 ? 2 : 0);
        dstack_secret_free(plain);
        dstack_env_free(env);
        copies_of("value, freed", masked_text, 33, 0);
    }
}

/* Set, replaced, and refused where the name is the secret. */
static void
test_environment(void **state)
{
    dstack_env *env = NULL;
    uint8_t point[32] = {9}, *sealed = NULL;
    size_t n = 0;

    (void)state;
    if (!search_memory_works())
        skip();
    assert_int_equal(dstack_env_new(&env, &err), DSTACK_OK);
    for (int i = 0; i < 2; i++) {
        memcpy(text, "A=", 2);
        unmask(masked_text, 33, text + 2);
        assert_int_equal(dstack_env_set_file(env, text, 35, &err), DSTACK_OK);
    }
    unmask(masked_text, 33, text);
    memcpy(text + 33, "=A", 2);
    assert_int_equal(dstack_env_set_file(env, text, 35, &err), DSTACK_ERR_ARG);
    wipe();
    copies_of("value", masked_text, 33, 1);
    assert_int_equal(
        dstack_env_encrypt(env, point, 32, &sealed, &n, &err), DSTACK_OK);
    copies_of("value, encrypted", masked_text, 33, 1);
    dstack_env_free(env);
    dstack_free(sealed);
    copies_of("value, freed", masked_text, 33, 0);
}

/* ---- wallets ---------------------------------------------------------------- */

/* A P-256 key as short as PKCS #8 has one, around the key. */
static const uint8_t head[] = {0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06,
    0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01,
    0x01, 0x04, 0x20};

static void
make_wallets(made *m)
{
    uint8_t der[sizeof head + 32], hash[32];

    memcpy(der, head, sizeof head);
    memcpy(der + sizeof head, key, 32);
    if (!ds_hash(
            DS_SHA256, ds_view_of(der, sizeof der), ds_view_of(NULL, 0), hash))
        _exit(2);
    mask(hash, m->masked[0]);
    if (!ds_hash(DS_SHA256, ds_view_of(key, 32), ds_view_of(NULL, 0), hash))
        _exit(2);
    mask(hash, m->masked[1]);
}

static void
test_wallets(void **state)
{
    dstack_secret *wallet = NULL;
    made m;

    (void)state;
    if (!search_memory_works())
        skip();
    in_child(make_wallets, &m);
    for (uint32_t d = DSTACK_WALLET_DER_SHA256; d <= DSTACK_WALLET_SCALAR;
         d++) {
        const uint8_t *derived = d == DSTACK_WALLET_DER_SHA256 ? m.masked[0]
                                 : d == DSTACK_WALLET_SCALAR   ? masked_key
                                                               : m.masked[1];

        memcpy(text, head, sizeof head);
        unmask(masked_key, 32, text + sizeof head);
        assert_int_equal(
            dstack_wallet_of_tls_key(text, sizeof head + 32, d, &wallet, &err),
            DSTACK_OK);
        wipe();
        copies_of("wallet", derived, 32, 1);
        if (derived != masked_key)
            no_key();
        dstack_secret_free(wallet);
        copies_of("wallet, freed", derived, 32, 0);
        no_key();
    }
    key_begin();
    assert_int_equal(
        dstack_wallet_solana_key_pair(key, 32, &wallet, &err), DSTACK_OK);
    wipe();
    copies_of("key pair", masked_key, 32, 1);
    dstack_secret_free(wallet);
    no_key();
}

/* ---- signatures and receipts ------------------------------------------------- */

/* What Ed25519 makes of a seed: the scalar, before its ends are set, and the
 * prefix. */
static void
make_expanded(made *m)
{
    uint8_t hash[64];

    if (!ds_hash(DS_SHA512, ds_view_of(key, 32), ds_view_of(NULL, 0), hash))
        _exit(2);
    mask(hash, m->masked[0]);
    mask(hash + 32, m->masked[1]);
}

static void
no_expanded(const made *m)
{
    no_key();
    copies_of("scalar", m->masked[0] + 1, 30, 0);
    copies_of("prefix", m->masked[1], 32, 0);
}

static void
test_signatures(void **state)
{
    static const uint32_t algorithms[] = {DSTACK_KEY_SECP256K1,
        DSTACK_KEY_SECP256K1_PREHASHED, DSTACK_KEY_ED25519};
    uint8_t signature[64], digest[32] = {1}, public[33];
    size_t n = 0;
    made m;

    (void)state;
    if (!search_memory_works())
        skip();
    in_child(make_expanded, &m);
    for (size_t i = 0; i < 3; i++) {
        key_begin();
        assert_int_equal(dstack_signature_make(key, 32, digest, 32,
                             algorithms[i], signature, &err),
            DSTACK_OK);
        assert_int_equal(dstack_signature_public_key(
                             key, 32, algorithms[i], public, &n, &err),
            DSTACK_OK);
        wipe();
        no_expanded(&m);
    }
}

/* The request and the output are what was sealed; long, so that a copy of them
 * is not soon overwritten. */
static dstack_exchange *
make_exchange(void)
{
    static const char *const documents[] = {
        "{\"action_type\":\"generic\",\"policy_id\":\"p\",\"llm\":{\"key\":\"",
        "{\"text\":\"a\",\"clean_text\":\""};
    dstack_exchange *x = NULL;

    assert_int_equal(dstack_exchange_new(&x, &err), DSTACK_OK);
    for (int i = 0; i < 2; i++) {
        size_t n = strlen(documents[i]);

        memcpy(text, documents[i], n);
        memset(text + n, ' ', 5000);
        n += 5000;
        unmask(masked_text, 33, text + n);
        n += 33;
        memcpy(text + n, i == 0 ? "\"}}" : "\"}", 3);
        n += i == 0 ? 3 : 2;
        assert_int_equal(i == 0 ? dstack_exchange_set_request(x, text, n, &err)
                                : dstack_exchange_set_output(x, text, n, &err),
            DSTACK_OK);
    }
    wipe();
    return x;
}

static void
test_receipt(void **state)
{
    dstack_exchange *x;
    char *receipt = NULL;
    made m;

    (void)state;
    if (!search_memory_works())
        skip();
    in_child(make_expanded, &m);
    x = make_exchange();
    copies_of("request or output", masked_text, 33, 0);
    /* Refused for its attestation, then made. */
    key_begin();
    assert_int_equal(dstack_receipt_sign(x, key, 32, (const uint8_t *)"[]", 2,
                         NULL, 0, 1790000000, 0, &receipt, NULL, &err),
        DSTACK_ERR_PARSE);
    wipe();
    no_expanded(&m);
    key_begin();
    assert_int_equal(dstack_receipt_sign(x, key, 32, NULL, 0, NULL, 0,
                         1790000000, 0, &receipt, NULL, &err),
        DSTACK_OK);
    wipe();
    no_expanded(&m);
    dstack_free(receipt);
    dstack_exchange_free(x);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opened),
        cmocka_unit_test(test_sealed),
        cmocka_unit_test(test_decrypted),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_wallets),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_receipt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
