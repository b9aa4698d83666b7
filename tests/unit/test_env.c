/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "crypto/ed25519.h"
#include "dstack/dstack.h"
#include "keys/env.h"

typedef struct {
    uint8_t p[256];
    size_t n;
} bytes;

static bytes
hex(const char *text)
{
    bytes b = {{0}, strlen(text) / 2};

    assert_true(b.n <= sizeof b.p);
    assert_true(ds_hex_decode(ds_view_str(text), b.p, b.n));
    return b;
}

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
    bytes public = hex(PUBLIC), eph = hex(EPHEMERAL),
          nonce = hex("6465666768696a6b6c6d6e6f"), sealed = hex(SEALED),
          secret = hex(SECRET);
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
    bytes secret =
        hex("7c282bf94b35dc47801dc953bfa0896fc2bd313381d3e8eca4e42f6536d2a96f");
    bytes sealed =
        hex("0bd18749612f4c8b9dd583c7d6a646b90abd34e3c731a7708d0caf9039095641"
            "e1f0948e775f0b7351788db7f246d51806954626dcccb6a60d64665ca3715c6b"
            "ef75616cab476d27bba04080361200d6a58cec");
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
    /* Each byte counts, and nothing short of a tag is a ciphertext. */
    for (size_t i = 0; i < sealed.n; i++) {
        sealed.p[i] ^= 1;
        assert_int_equal(
            dstack_env_decrypt(secret.p, 32, sealed.p, sealed.n, &plain, &err),
            DSTACK_ERR_UNTRUSTED);
        assert_int_equal(err.reason, DSTACK_REASON_ENV_DECRYPT);
        sealed.p[i] ^= 1;
    }
    for (n = 0; n < 60; n++) {
        assert_int_equal(
            dstack_env_decrypt(secret.p, 32, sealed.p, n, &plain, &err),
            DSTACK_ERR_PARSE);
        assert_int_equal(err.reason, DSTACK_REASON_ENV_CIPHERTEXT);
    }
    secret.p[5] ^= 1;
    assert_int_equal(
        dstack_env_decrypt(secret.p, 32, sealed.p, sealed.n, &plain, &err),
        DSTACK_ERR_UNTRUSTED);
    assert_null(plain);
}

static void
test_round_trip(void **state)
{
    static const char *const values[] = {"", "a=b", "\"quoted\" \\ back",
        "line\nline\ttab\001", "\xf0\x9f\xa6\x80 \xe6\xb5\x8b", "</script>&"};
    dstack_env *env = env_of(NULL, NULL), *back = NULL;
    bytes public = hex(PUBLIC), secret = hex(SECRET);
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

/* Points of small order give a shared secret that everybody knows. */
static void
test_recipient(void **state)
{
    static const char *const weak[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
    dstack_env *env = env_of("A", "b");
    bytes public = hex(PUBLIC);
    uint8_t *out = NULL;
    dstack_error err;
    size_t n;

    (void)state;
    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) {
        bytes key = hex(weak[i]);

        assert_int_equal(
            dstack_env_encrypt(env, key.p, 32, &out, &n, &err), DSTACK_ERR_ARG);
        assert_null(out);
        assert_int_equal(n, 0);
    }
    assert_int_equal(
        dstack_env_encrypt(env, public.p, 31, &out, &n, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_env_encrypt(env, public.p, 33, &out, &n, &err), DSTACK_ERR_ARG);
    dstack_env_free(env);
}

static void
test_rules(void **state)
{
    static const char *const names[] = {
        "", "1A", "A-B", "A B", "\xc3\xa9", "A.B", "A=", " A", "A\n"};
    static char long_name[258], big[DS_MAX_ENV_VALUE + 2];
    dstack_env *env = env_of("a_Z9", "x");
    const uint8_t *v = (const uint8_t *)big;
    dstack_error err;
    char name[16];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(set(env, names[i], "x", &err), DSTACK_ERR_ARG);
        assert_int_equal(err.reason, DSTACK_REASON_ENV_NAME);
    }
    memset(long_name, 'N', 256);
    assert_int_equal(set(env, long_name, "x", &err), DSTACK_ERR_ARG);
    assert_int_equal(err.reason, DSTACK_REASON_ENV_NAME);
    assert_int_equal(set(env, long_name + 1, "x", &err), DSTACK_OK);
    memset(big, 'v', sizeof big);
    assert_int_equal(dstack_env_set(env, "B", v, DS_MAX_ENV_VALUE + 1, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(err.reason, DSTACK_REASON_ENV_VALUE);
    assert_int_equal(dstack_env_set(env, "B", (const uint8_t *)"a\0b", 3, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(err.reason, DSTACK_REASON_ENV_VALUE);
    assert_int_equal(set(env, "B", "\xff", &err), DSTACK_ERR_ARG);
    assert_int_equal(err.reason, DSTACK_REASON_ENV_VALUE);
    assert_int_equal(dstack_env_count(env), 2);
    /* 1 MiB of names and values: 7 of 128 KiB fit beside what is there. */
    for (int i = 0; i < 7; i++) {
        (void)snprintf(name, sizeof name, "B%d", i);
        assert_int_equal(
            dstack_env_set(env, name, v, DS_MAX_ENV_VALUE, &err), DSTACK_OK);
    }
    assert_int_equal(
        dstack_env_set(env, "B7", v, DS_MAX_ENV_VALUE, &err), DSTACK_ERR_ARG);
    assert_int_equal(err.reason, DSTACK_REASON_ENV_TOTAL);
    /* a_Z9=x, 255 N and x, 7 times 2 + 128 KiB, C and the rest: full. */
    assert_int_equal(
        dstack_env_set(env, "C", v, DS_MAX_ENV_VALUE - 5 - 256 - 14 - 1, &err),
        DSTACK_OK);
    assert_int_equal(set(env, "D", "", &err), DSTACK_ERR_ARG);
    assert_int_equal(err.reason, DSTACK_REASON_ENV_TOTAL);
    /* A shorter value in an old one's place makes room. */
    assert_int_equal(set(env, "C", "", &err), DSTACK_OK);
    assert_int_equal(set(env, "D", "", &err), DSTACK_OK);
    dstack_env_free(env);
}

static void
test_count(void **state)
{
    dstack_env *env = env_of(NULL, NULL);
    dstack_error err;
    char name[16];

    (void)state;
    for (int i = 0; i < 1024; i++) {
        (void)snprintf(name, sizeof name, "V%d", i);
        assert_int_equal(set(env, name, "x", &err), DSTACK_OK);
    }
    assert_int_equal(set(env, "V1024", "x", &err), DSTACK_ERR_ARG);
    assert_int_equal(err.reason, DSTACK_REASON_ENV_COUNT);
    assert_int_equal(set(env, "V7", "new", &err), DSTACK_OK);
    assert_int_equal(dstack_env_count(env), 1024);
    assert_string_equal((const char *)dstack_env_value(env, 7, NULL), "new");
    dstack_env_free(env);
}

static void
test_parse(void **state)
{
    static const char *const bad[] = {"", "[]", "{}", "{\"env\":{}}",
        "{\"env\":[1]}", "{\"env\":[{\"key\":\"A\"}]}",
        "{\"env\":[{\"value\":\"A\"}]}",
        "{\"env\":[{\"key\":1,\"value\":\"A\"}]}",
        "{\"env\":[{\"key\":\"A\",\"value\":null}]}",
        "{\"env\":[{\"key\":\"A\",\"key\":\"B\",\"value\":\"\"}]}",
        "{\"env\":[]}x", "{\"env\":[],\"env\":[]}",
        "{\"env\":[{\"key\":\"A\",\"value\":\"\\u0000\"}]}"};
    dstack_env *env = NULL;
    dstack_error err;
    char *many = malloc(64u * 1026u);
    size_t at = 0;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(parse(bad[i], &env, &err), DSTACK_ERR_PARSE);
        assert_int_equal(err.reason, DSTACK_REASON_ENV_JSON);
        assert_int_equal(err.stage, DSTACK_STAGE_KEYS);
        assert_null(env);
    }
    assert_int_equal(
        parse("{\"env\":[{\"key\":\"A\",\"value\":\"1\"},{\"value\":\"2\","
              "\"key\":\"B\"},{\"key\":\"A\",\"value\":\"\\u00e9\"}]}",
            &env, &err),
        DSTACK_OK);
    assert_int_equal(dstack_env_count(env), 2);
    assert_string_equal(
        (const char *)dstack_env_value(env, 0, NULL), "\xc3\xa9");
    dstack_env_free(env);
    /* They are counted before the last of a name is taken. */
    assert_non_null(many);
    at += (size_t)snprintf(many, 64, "{\"env\":[");
    for (int i = 0; i < 1025; i++)
        at += (size_t)snprintf(many + at, 64,
            "%s{\"key\":\"A\",\"value\":\"\"}", i == 0 ? "" : ",");
    (void)snprintf(many + at, 64, "]}");
    assert_int_equal(parse(many, &env, &err), DSTACK_ERR_ARG);
    assert_int_equal(err.reason, DSTACK_REASON_ENV_COUNT);
    free(many);
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
    /* What has no name may be a secret: it is not shown. */
    assert_int_equal(set_file(env, "A=1\nhunter2\n", &err), DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_ENV_FILE);
    assert_non_null(strstr(err.message, "line 2"));
    assert_null(strstr(err.message, "hunter2"));
    assert_int_equal(set_file(env, "hunter2 =x", &err), DSTACK_ERR_ARG);
    assert_int_equal(err.reason, DSTACK_REASON_ENV_NAME);
    assert_null(strstr(err.message, "hunter2"));
    assert_int_equal(set_file(env, "OK=hunter2\xff", &err), DSTACK_ERR_ARG);
    assert_int_equal(err.reason, DSTACK_REASON_ENV_VALUE);
    assert_null(strstr(err.message, "hunter2"));
    dstack_env_free(env);
}

static int
allowed(const dstack_env *env, const char *compose, dstack_error *err)
{
    return dstack_env_check_allowed(
        env, (const uint8_t *)compose, strlen(compose), err);
}

static void
test_allowed(void **state)
{
    dstack_env *env = env_of("FOO", "bar"), *none = env_of(NULL, NULL);
    dstack_error err;

    (void)state;
    assert_int_equal(
        allowed(env, "{\"allowed_envs\":[\"X\",\"FOO\"]}", &err), DSTACK_OK);
    assert_int_equal(allowed(none, "{}", &err), DSTACK_OK);
    assert_int_equal(
        allowed(env, "{\"allowed_envs\":[\"FO\",\"FOOO\",1]}", &err),
        DSTACK_ERR_POLICY);
    assert_int_equal(err.reason, DSTACK_REASON_ENV_NOT_ALLOWED);
    assert_non_null(strstr(err.message, "FOO"));
    assert_null(strstr(err.message, "bar"));
    assert_int_equal(allowed(env, "{}", &err), DSTACK_ERR_POLICY);
    assert_int_equal(allowed(env, "[]", &err), DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_COMPOSE_JSON);
    assert_int_equal(allowed(env, "{", &err), DSTACK_ERR_PARSE);
    dstack_env_free(env);
    dstack_env_free(none);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_upstream),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_recipient),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
