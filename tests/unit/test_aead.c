/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/aead.h"
#include "support/vec.h"

static void
hex(const char *text, uint8_t *out, size_t n)
{
    assert_true(ds_hex_decode(ds_view_str(text), out, n));
}

static void
check(const char *key_text, const char *nonce_text, const char *plain_text,
    const char *sealed_text)
{
    uint8_t key[32], nonce[12], opened[64], zeros[64] = {0};
    ds_view plain = vec_bytes(plain_text), sealed = vec_bytes(sealed_text);
    ds_buf out;

    hex(key_text, key, 32);
    hex(nonce_text, nonce, 12);
    ds_buf_init_secret(&out, 1024);
    assert_int_equal(ds_aes_gcm_seal(key, nonce, plain, &out), DS_AEAD_OK);
    assert_true(ds_view_eq(ds_view_of(out.p, out.n), sealed));
    assert_int_equal(ds_aes_gcm_open(key, nonce, sealed, opened), DS_AEAD_OK);
    assert_true(ds_view_eq(ds_view_of(opened, plain.n), plain));
    for (size_t i = 0; i < sealed.n; i++) {
        uint8_t *p = (uint8_t *)(uintptr_t)sealed.p;

        p[i] ^= 0x80;
        assert_int_equal(
            ds_aes_gcm_open(key, nonce, sealed, opened), DS_AEAD_BAD);
        assert_memory_equal(opened, zeros, plain.n);
        p[i] ^= 0x80;
    }
    for (size_t n = 0; n < sealed.n; n++)
        assert_int_equal(
            ds_aes_gcm_open(key, nonce, ds_view_of(sealed.p, n), opened),
            DS_AEAD_BAD);
    nonce[0] ^= 1;
    assert_int_equal(ds_aes_gcm_open(key, nonce, sealed, opened), DS_AEAD_BAD);
    ds_buf_free(&out);
    vec_free(plain);
    vec_free(sealed);
}

static void
test_vectors(void **state)
{
    (void)state;
    /* The GCM specification's test cases 13 and 14. */
    check("0000000000000000000000000000000000000000000000000000000000000000",
        "000000000000000000000000", "", "530f8afbc74536b9a963b4f1c4cb738b");
    check("0000000000000000000000000000000000000000000000000000000000000000",
        "000000000000000000000000", "00000000000000000000000000000000",
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
    /* guest-agent.md 4.1: an environment, encrypted. */
    check("fa794685fe095167e8e568bc877c1d7afdef590a80183991b170c48e1d2e4e09",
        "6465666768696a6b6c6d6e6f",
        "7b22656e76223a5b7b226b6579223a22464f4f222c2276616c7565223a22626172227d"
        "5d7d",
        "b7d206a1a80547334f3aeb226b05ec9d42b738b755c29906b724829f4d4a928174fa8d"
        "19d2d17392ee6c56df1a3f57eaef3fb4ce53");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
