/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "crypto/ed25519.h"
#include "dstack/dstack.h"
#include "keys/env.h"
#include "support/keychain.h"

/* What is refused is in test_attack_keys.c. */

static int
set(dstack_env *env, const char *name, const char *value, dstack_error *err)
{
    return dstack_env_set(
        env, name, (const uint8_t *)value, strlen(value), err);
}

static dstack_env *
env_of(const char *name, const char *value)
{
    dstack_env *env = NULL;

    assert_int_equal(dstack_env_new(&env, NULL), DSTACK_OK);
    if (name)
        assert_int_equal(set(env, name, value, NULL), DSTACK_OK);
    return env;
}

static int
parse(const char *json, dstack_env **ret, dstack_error *err)
{
    return dstack_env_parse((const uint8_t *)json, strlen(json), ret, err);
}

/* guest-agent.md 4.1: the recorded simulator's key, a known ephemeral one. */
#define SECRET \
    "4f3cf0a19a0444674c8e51222afd395b8df9fad2ba3cd7956f640a4b3c046db6"
#define PUBLIC \
    "4b03687002c7e0f6e8eaabea3edc108de72a06d2c2b64a3e14c34883645c7127"
#define EPHEMERAL \
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define SEALED \
    "8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f" \
    "6465666768696a6b6c6d6e6fb7d206a1a80547334f3aeb226b05ec9d42b738b7" \
    "55c29906b724829f4d4a928174fa8d19d2d17392ee6c56df1a3f57eaef3fb4ce" \
    "53"

static void
test_known(void **state)
{
    dstack_env *env = env_of("FOO", "bar");
    key_bytes public = key_hex(PUBLIC), eph = key_hex(EPHEMERAL),
              nonce = key_hex("6465666768696a6b6c6d6e6f"),
              sealed = key_hex(SEALED), secret = key_hex(SECRET);
    dstack_secret *plain = NULL;
    dstack_error err;
    ds_buf out;
    size_t n;

    (void)state;
    ds_buf_init(&out, 4096);
    assert_int_equal(
        ds_env_encrypt(env, public.p, eph.p, nonce.p, &out, &err), DSTACK_OK);
    assert_int_equal(out.n, sealed.n);
    assert_memory_equal(out.p, sealed.p, sealed.n);
    assert_int_equal(
        dstack_env_decrypt(secret.p, 32, sealed.p, sealed.n, &plain, &err),
        DSTACK_OK);
    (void)dstack_secret_bytes(plain, &n);
    assert_int_equal(n, 37);
    assert_memory_equal(dstack_secret_bytes(plain, NULL),
        "{\"env\":[{\"key\":\"FOO\",\"value\":\"bar\"}]}", n);
    dstack_secret_free(plain);
    ds_buf_free(&out);
    dstack_env_free(env);
}

/* Upstream's own vector; its empty name decrypts, and is no variable. */
static void
test_upstream(void **state)
{
    key_bytes secret = key_hex(ENV_SECRET);
    key_bytes sealed = key_hex(ENV_SEALED);
    dstack_secret *plain = NULL;
    dstack_env *env = NULL;
    dstack_error err;
    const uint8_t *p;
    size_t n;

    (void)state;
    assert_int_equal(
        dstack_env_decrypt(secret.p, 32, sealed.p, sealed.n, &plain, &err),
        DSTACK_OK);
    p = dstack_secret_bytes(plain, &n);
    assert_true(
        ds_view_contains(ds_view_of(p, n), "[{\"key\":\"\",\"value\":\"\"}]"));
    assert_int_equal(
        parse("{\"env\":[{\"key\":\"\",\"value\":\"\"}]}", &env, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(err.reason, DSTACK_REASON_ENV_NAME);
    assert_null(env);
    dstack_secret_free(plain);
}

static void
test_round_trip(void **state)
{
    static const char *const values[] = {"", "a=b", "\"quoted\" \\ back",
        "line\nline\ttab\001", "\xf0\x9f\xa6\x80 \xe6\xb5\x8b", "</script>&"};
    dstack_env *env = env_of(NULL, NULL), *back = NULL;
    key_bytes public = key_hex(PUBLIC), secret = key_hex(SECRET);
    uint8_t *one = NULL, *two = NULL;
    dstack_secret *plain = NULL;
    dstack_error err;
    size_t n, m;
    char name[8];

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        (void)snprintf(name, sizeof name, "_%zu", i);
        assert_int_equal(set(env, name, values[i], &err), DSTACK_OK);
    }
    assert_int_equal(
        dstack_env_encrypt(env, public.p, 32, &one, &n, &err), DSTACK_OK);
    assert_int_equal(
        dstack_env_encrypt(env, public.p, 32, &two, &m, &err), DSTACK_OK);
    assert_int_equal(n, m);
    assert_memory_not_equal(one, two, 32);
    assert_memory_not_equal(one + 32, two + 32, 12);
    assert_int_equal(
        dstack_env_decrypt(secret.p, 32, one, n, &plain, &err), DSTACK_OK);
    assert_int_equal(dstack_env_parse(dstack_secret_bytes(plain, NULL),
                         (dstack_secret_bytes(plain, &n), n), &back, &err),
        DSTACK_OK);
    assert_int_equal(dstack_env_count(back), 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(dstack_env_name(back, i), dstack_env_name(env, i));
        assert_string_equal(
            (const char *)dstack_env_value(back, i, &n), values[i]);
        assert_int_equal(n, strlen(values[i]));
    }
    dstack_secret_free(plain);
    dstack_env_free(back);
    dstack_env_free(env);
    dstack_free(one);
    dstack_free(two);
}

static void
test_parse(void **state)
{
    dstack_env *env = NULL;
    dstack_error err;

    (void)state;
    assert_int_equal(
        parse("{\"env\":[{\"key\":\"A\",\"value\":\"1\"},{\"value\":\"2\","
              "\"key\":\"B\"},{\"key\":\"A\",\"value\":\"\\u00e9\"}]}",
            &env, &err),
        DSTACK_OK);
    assert_int_equal(dstack_env_count(env), 2);
    assert_string_equal(
        (const char *)dstack_env_value(env, 0, NULL), "\xc3\xa9");
    dstack_env_free(env);
    /* The same as each SDK writes it: JavaScript, Python, Go. */
    for (size_t i = 0; i < 3; i++) {
        static const char *const by_sdk[] = {
            "{\"env\":[{\"key\":\"A\",\"value\":\"<\xe4\xb8\x96&\"}]}",
            "{\"env\": [{\"key\": \"A\", \"value\": \"<\\u4e16&\"}]}",
            "{\"env\":[{\"key\":\"A\",\"value\":\"\\u003c\xe4\xb8\x96"
            "\\u0026\"}]}"};

        assert_int_equal(parse(by_sdk[i], &env, &err), DSTACK_OK);
        assert_string_equal(
            (const char *)dstack_env_value(env, 0, NULL), "<\xe4\xb8\x96&");
        dstack_env_free(env);
    }
}

static int
set_file(dstack_env *env, const char *text, dstack_error *err)
{
    return dstack_env_set_file(env, (const uint8_t *)text, strlen(text), err);
}

static void
test_file(void **state)
{
    dstack_env *env = env_of(NULL, NULL);
    dstack_error err;

    (void)state;
    assert_int_equal(
        set_file(env,
            "# comment\n\n A=1\r\n\tC=\"x=y\"\n  \nD=\n#E=\nB= two \nA=again",
            &err),
        DSTACK_OK);
    assert_int_equal(dstack_env_count(env), 4);
    assert_string_equal((const char *)dstack_env_value(env, 0, NULL), "again");
    assert_string_equal(
        (const char *)dstack_env_value(env, 1, NULL), "\"x=y\"");
    assert_string_equal((const char *)dstack_env_value(env, 2, NULL), "");
    assert_string_equal((const char *)dstack_env_value(env, 3, NULL), " two ");
    dstack_env_free(env);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_upstream),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
