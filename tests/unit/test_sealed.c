/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "codec/json.h"
#include "crypto/k1.h"
#include "crypto/kdf.h"
#include "dstack/dstack.h"
#include "receipt/sealed.h"
#include "support/receipt.h"
#include "support/vec.h"

/* What is refused is in test_attack_receipt.c. */

static void
hex(const char *text, uint8_t *out, size_t n)
{
    assert_true(ds_hex_decode(ds_view_str(text), out, n));
}

static int
open_text(const char *sealed, dstack_secret **ret, dstack_error *err)
{
    uint8_t secret[32];

    hex(SEALED_SECRET, secret, 32);
    return dstack_open(
        secret, 32, (const uint8_t *)sealed, strlen(sealed), ret, err);
}

static void
both_ways(ds_view plain, const char *nonce_text, const char *sealed)
{
    uint8_t public[33], ephemeral[32], nonce[12];
    dstack_secret *opened = NULL;
    dstack_error err;
    const uint8_t *p;
    size_t n;
    ds_buf out;

    hex(SEALED_FOR, public, 33);
    hex(SEALED_EPHEMERAL, ephemeral, 32);
    hex(nonce_text, nonce, 12);
    ds_buf_init(&out, 1 << 20);
    assert_int_equal(ds_receipt_seal(ds_view_of(public, 33), plain, ephemeral,
                         nonce, &out, &err),
        DSTACK_OK);
    assert_string_equal((const char *)out.p, sealed);
    assert_int_equal(open_text(sealed, &opened, &err), DSTACK_OK);
    p = dstack_secret_bytes(opened, &n);
    assert_int_equal(n, plain.n);
    if (n != 0)
        assert_memory_equal(p, plain.p, n);
    dstack_secret_free(opened);
    ds_buf_free(&out);
}

static void
test_known(void **state)
{
    (void)state;
    both_ways(ds_view_of(NULL, 0), "1b16b1df538ba12dc3f97edb",
        "{\"ciphertext\":\"SiDLhBa7g7n5ff+SWzFG3Q==\","
        "\"ephemeral_pubkey\":\"" SEALED_POINT "\","
        "\"nonce\":\"1b16b1df538ba12dc3f97edb\"}");
    both_ways(ds_view_str("hello"), "5dbf21226a0676689b9df585", SEALED_HELLO);
    both_ways(ds_view_str("{\"api_key\":\"sk-test\",\"messages\":[]}"),
        "17bb894211ea4d05ffd938e0",
        "{\"ciphertext\":\"ZqHPvQUwhnKcYn5CPwYigycz/37iLWDyBUnrk5f8+vjDA70g8Ra9"
        "jptbpx1DxKgJm+ts\",\"ephemeral_pubkey\":\"" SEALED_POINT "\","
        "\"nonce\":\"17bb894211ea4d05ffd938e0\"}");
}

/* What lies between the keys and the ciphertext: the shared point, from either
 * side, and the key that AES has. */
static void
check_keys(const ds_json *j, ds_jv c)
{
    ds_view info = ds_view_str("vin-ecies-v1");
    uint8_t secret[32], public[33], shared[33], x[32], want[32], key[32];
    dstack_error err;

    assert_int_equal(
        ds_json_hex(j, ds_json_get(j, c, "shared_point"), shared, 33, &err),
        DSTACK_OK);
    hex(SEALED_SECRET, secret, 32);
    hex(SEALED_POINT, public, 33);
    assert_int_equal(ds_k1_ecdh(secret, ds_view_of(public, 33), x), DS_K1_OK);
    assert_memory_equal(x, shared + 1, 32);
    hex(SEALED_EPHEMERAL, secret, 32);
    hex(SEALED_FOR, public, 33);
    assert_int_equal(ds_k1_ecdh(secret, ds_view_of(public, 33), x), DS_K1_OK);
    assert_memory_equal(x, shared + 1, 32);
    assert_int_equal(
        ds_json_hex(j, ds_json_get(j, c, "aes_key"), want, 32, &err),
        DSTACK_OK);
    assert_true(ds_hkdf_sha256(
        ds_view_of(NULL, 0), ds_view_of(x, 32), &info, 1, key, 32));
    assert_memory_equal(key, want, 32);
}

/* Every case of the real file, both ways, and with the members in another
 * order. */
static void
test_vectors(void **state)
{
    ds_view file = vec_real("vin/sealed.json");
    ds_json *j = NULL;
    dstack_error err;
    size_t n = 0;

    (void)state;
    assert_int_equal(ds_json_parse(file, "vectors", &j, &err), DSTACK_OK);
    for (ds_jv c = ds_json_first(j, ds_json_get(j, 0, "cases"));
         c != DS_JSON_NONE; c = ds_json_next(j, c), n++) {
        ds_view sealed = ds_json_raw(j, ds_json_get(j, c, "ciphertext"));
        ds_view nonce = ds_json_raw(j, ds_json_get(j, c, "nonce"));
        static char text[8192];
        char digits[25];
        dstack_secret *opened = NULL;
        ds_buf plain;

        check_keys(j, c);
        ds_buf_init(&plain, 1 << 20);
        assert_int_equal(
            ds_json_string_buf(j, ds_json_get(j, c, "plaintext"), &plain, &err),
            DSTACK_OK);
        (void)snprintf(
            digits, sizeof digits, "%.24s", (const char *)nonce.p + 1);
        (void)snprintf(text, sizeof text,
            "{\"ciphertext\":%.*s,\"ephemeral_pubkey\":\"" SEALED_POINT
            "\",\"nonce\":%.*s}",
            (int)sealed.n, (const char *)sealed.p, (int)nonce.n,
            (const char *)nonce.p);
        both_ways(ds_view_of(plain.p, plain.n), digits, text);
        (void)snprintf(text, sizeof text,
            "{\"nonce\":%.*s,\"ephemeral_pubkey\":\"" SEALED_POINT
            "\",\"ciphertext\":%.*s}",
            (int)nonce.n, (const char *)nonce.p, (int)sealed.n,
            (const char *)sealed.p);
        assert_int_equal(open_text(text, &opened, &err), DSTACK_OK);
        dstack_secret_free(opened);
        ds_buf_free(&plain);
    }
    assert_true(n >= 3);
    ds_json_free(j);
    vec_free(file);
}

static void
test_random(void **state)
{
    uint8_t public[33];
    char *first = NULL, *second = NULL;
    dstack_secret *opened = NULL;
    dstack_error err;
    size_t n;

    (void)state;
    hex(SEALED_FOR, public, 33);
    assert_int_equal(
        dstack_seal(public, 33, (const uint8_t *)"x", 1, &first, &n, &err),
        DSTACK_OK);
    assert_int_equal(strlen(first), n);
    assert_int_equal(
        dstack_seal(public, 33, (const uint8_t *)"x", 1, &second, NULL, &err),
        DSTACK_OK);
    assert_string_not_equal(first, second);
    assert_int_equal(open_text(first, &opened, &err), DSTACK_OK);
    assert_int_equal(*dstack_secret_bytes(opened, NULL), 'x');
    dstack_secret_free(opened);
    dstack_free(first);
    dstack_free(second);
}

static void
test_arguments(void **state)
{
    uint8_t key[33] = {2};
    char *json = NULL;
    dstack_error err;
    size_t n;

    (void)state;
    assert_int_equal(
        dstack_seal(NULL, 33, NULL, 0, &json, &n, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_seal(key, 33, NULL, 1, &json, &n, &err), DSTACK_ERR_ARG);
    assert_null(dstack_secret_bytes(NULL, &n));
    assert_int_equal(n, 0);
    dstack_secret_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
