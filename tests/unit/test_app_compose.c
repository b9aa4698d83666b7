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
#include "dstack/dstack.h"

static void
hash_is(const char *text, const char *want)
{
    uint8_t hash[32];
    char hex[65];

    assert_int_equal(dstack_compose_hash(
                         (const uint8_t *)text, strlen(text), hash, 32, NULL),
        DSTACK_OK);
    ds_hex_encode(ds_view_of(hash, 32), hex);
    assert_string_equal(hex, want);
}

static void
canonical_is(const char *text, int normalize, const char *want)
{
    char *json = NULL;
    dstack_error err;
    size_t n;

    assert_int_equal(dstack_compose_canonical((const uint8_t *)text,
                         strlen(text), normalize, &json, &n, NULL, &err),
        DSTACK_OK);
    assert_string_equal(json, want);
    assert_int_equal(n, strlen(want));
    dstack_free(json);
}

/* guest-agent.md 4.3: documents in canonical form and their hashes, which
 * JavaScript and another implementation agree on. */
#define FIRST \
    "{\"docker_compose_file\":\"services: {}\",\"runner\":\"docker-compose\"}"
#define SECOND \
    "{\"docker_compose_file\":\"version: '3'\\nservices:\\n  web:\\n    " \
    "image: " \
    "nginx\\n    command: sh -c \\\"a && b > /dev/null\\\"\\n\"," \
    "\"manifest_version\":2,\"name\":\"test\",\"requirements\":{\"os_" \
    "version\":" \
    "\">=0.6.0\"},\"runner\":\"docker-compose\"}"
#define THIRD \
    "{\"allowed_envs\":[],\"bash_script\":\"echo " \
    "hi\",\"key_provider_id\":\"\"," \
    "\"name\":\"\xe6\xb5\x8b\xe8\xaf\x95\xf0\x9f\xa6\x80\",\"public_logs\":" \
    "false,\"runner\":\"bash\",\"x_unknown\":{\"a\":null,\"b\":1}}"

static void
test_known(void **state)
{
    (void)state;
    hash_is(FIRST,
        "cfc87adf635e907bcd5d59656fe8115a7c784aea0f61ef2d66a64b224dfc14e5");
    hash_is(SECOND,
        "c7583cef3da064b10973109bbb73f3b2b03c642e3672126fb7f2416570ef465a");
    hash_is(THIRD,
        "9f9e2702ca4f1cbc9bbef4e252325c4c066c25c017e40cf9dec33e3f9f419d75");
    canonical_is(FIRST, 0, FIRST);
    canonical_is(SECOND, 1, SECOND);
    canonical_is(THIRD, 1, THIRD);
    /* The same, written in another way. */
    canonical_is("{ \"runner\" : \"docker-compose\",\n \"docker_compose_file\":"
                 "\"services\\u003a {}\" }\n",
        0, FIRST);
    canonical_is("{\"runner\":\"bash\",\"x_unknown\":{\"b\":1.0,\"a\":null},"
                 "\"public_logs\":false,\"name\":\"\\u6d4b\xe8\xaf\x95"
                 "\\ud83e\\udd80\",\"key_provider_id\":\"\",\"bash_script\":"
                 "\"echo hi\",\"allowed_envs\":[ ],\"docker_compose_file\":1,"
                 "\"pre_launch_script\":\"\"}",
        1, THIRD);
}

static void
test_normalize(void **state)
{
    (void)state;
    canonical_is("{\"runner\":\"bash\",\"docker_compose_file\":\"x\","
                 "\"bash_script\":\"y\",\"pre_launch_script\":null}",
        1, "{\"bash_script\":\"y\",\"runner\":\"bash\"}");
    canonical_is(
        "{\"runner\":\"nerdctl-compose\",\"docker_compose_file\":\"x\","
        "\"bash_script\":\"y\",\"pre_launch_script\":\"z\"}",
        1,
        "{\"docker_compose_file\":\"x\",\"pre_launch_script\":\"z\","
        "\"runner\":\"nerdctl-compose\"}");
    canonical_is("{\"bash_script\":\"y\",\"docker_compose_file\":\"x\"}", 1,
        "{\"bash_script\":\"y\",\"docker_compose_file\":\"x\"}");
    canonical_is("{\"runner\":\"bash\",\"docker_compose_file\":\"x\"}", 0,
        "{\"docker_compose_file\":\"x\",\"runner\":\"bash\"}");
    canonical_is("{}", 1, "{}");
    canonical_is("{\"swap_size\":-0,\"n\":[1e21,1E2,1.5,-0.0]}", 0,
        "{\"n\":[1e+21,100,1.5,0],\"swap_size\":0}");
}

static void
test_notes(void **state)
{
    static const struct {
        const char *text, *kind, *member;
    } cases[] = {
        {"{\"name\":\"a\"} ", "not_canonical", ""},
        {"{\"bash_script\":\"a\",\"runner\":\"docker-compose\"}",
            "removed_member", "bash_script"},
        {"{\"more\":1}", "unknown_member", "more"},
        {"{\"requirements\":{\"a\":[null]}}", "null_member", "requirements"},
        {"{\"key_provider_id\":\"\"}", "empty_member", "key_provider_id"},
        {"{\"allowed_envs\":[]}", "empty_member", "allowed_envs"},
        {"{\"name\":\"a&b\"}", "html_characters", "name"},
        {"{\"swap_size\":1.5}", "number", "swap_size"},
        {"{\"swap_size\":12345678901234567}", "number", "swap_size"},
        {"{\"docker_config\":{\"\xf0\x9f\xa6\x80\":1}}", "beyond_bmp",
            "docker_config"},
        {"{\"docker_config\":{\"\\ud83e\\udd80\":1}}", "beyond_bmp",
            "docker_config"},
    };
    dstack_compose_notes *notes = NULL;
    char *json = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool found = false;

        assert_int_equal(
            dstack_compose_canonical((const uint8_t *)cases[i].text,
                strlen(cases[i].text), 1, &json, NULL, &notes, NULL),
            DSTACK_OK);
        for (size_t k = 0; k < dstack_compose_notes_count(notes); k++) {
            found |= strcmp(dstack_compose_notes_kind(notes, k),
                         cases[i].kind) == 0 &&
                     strcmp(dstack_compose_notes_member(notes, k),
                         cases[i].member) == 0;
            assert_true(dstack_compose_notes_text(notes, k)[0]);
        }
        assert_true(found);
        dstack_compose_notes_free(notes);
        dstack_free(json);
    }
    /* Nothing to say of a plain one. */
    assert_int_equal(dstack_compose_canonical((const uint8_t *)FIRST,
                         sizeof FIRST - 1, 1, &json, NULL, &notes, NULL),
        DSTACK_OK);
    assert_int_equal(dstack_compose_notes_count(notes), 0);
    assert_string_equal(dstack_compose_notes_kind(notes, 0), "");
    dstack_compose_notes_free(notes);
    dstack_free(json);
}

/* Documents of the SDKs' own tests, and one for each thing that they see
 * differently: the normalized hash by npm @phala/dstack-sdk 0.5.8, PyPI
 * dstack-sdk 0.5.4 and Go sdk/go v0.1.0, run on these texts. Ours is the first;
 * where another says something else, a note tells of it. */
#define RUNNER_ONLY \
    "c7f0417eb52727e5c93afea6ef707d827edbc7865ecfd7886c31bb56755fdfcc"
static const struct {
    const char *text;
    const char *javascript, *python, *go; /* NULL: the same as JavaScript */
    const char *kind;                     /* of the note */
} by_sdk[] = {
    {"{\"runner\":\"docker-compose\",\"docker_compose_file\":"
     "\"docker-compose.yml\",\"manifest_version\":1,\"name\":\"test-app\","
     "\"public_logs\":true,\"kms_enabled\":false,\"allowed_envs\":["
     "\"NODE_ENV\"]}",
        "551c5fc76bfeecfafc5e70ad1f5b0656ac3c2906bf4172371d956e0e70739a0b",
        NULL, NULL, NULL},
    {"{\"manifest_version\":1,\"name\":\"test-app\",\"runner\":"
     "\"docker-compose\",\"docker_compose_file\":\"services:\\\\n  app:\\\\n"
     "    image: test\\\\n    ports:\\\\n      - 8080:8080\"}",
        "988a2e3448a69facce5c9a9a91f9335f485bb0a996ddd06897a388a1340fafdd",
        NULL, NULL, NULL},
    {"{\"runner\":\"bash\",\"bash_script\":\"start.sh\","
     "\"docker_compose_file\":\"docker-compose.yml\",\"pre_launch_script\":"
     "\"\"}",
        "75a6f53f70c26c8f7b545f48c2f5ef2f76c27d13f7034be1021cf25f5d9853d2",
        NULL, NULL, NULL},
    {"{\"runner\":\"docker-compose\",\"docker_compose_file\":"
     "\"docker-compose.yml\",\"text\":\"\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xb8\x96"
     "\xe7\x95\x8c\",\"id\":\"c73a3a4e-ce71-4c12-a1b7-78be1a2e48e0\","
     "\"b_number\":123,\"a_status\":true,\"z_items\":[3,1,2],\"nested\":{"
     "\"gamma\":3.14,\"alpha\":\"first\"}}",
        "0705386656362891629ac994406f4e31ba5c805b9638538df415c56768a504f4",
        NULL,
        "6148eabae40413a5c15aeab33343e7a219edc0cda2c2556add9a96ec76d61b11",
        "unknown_member"},
    {"{\"runner\":\"bash\",\"name\":null}",
        "7e540d1f7205f5aa081dffb037c4dbfa30a2709dd4d72959304b495c84fd275e",
        RUNNER_ONLY, RUNNER_ONLY, "null_member"},
    {"{\"runner\":\"bash\",\"name\":\"\",\"allowed_envs\":[]}",
        "32bb667e38b12456a109d32b7cdd6d61b755e8db869de466f8bd360eda922c98",
        NULL, RUNNER_ONLY, "empty_member"},
    {"{\"runner\":\"bash\",\"bash_script\":\"a && b > c\"}",
        "1587ba138fe8cb2d4c3b7f06dd55acd280e05f6f4c2cd148073e4f950aeb92de",
        NULL,
        "d2dbe001b8259e15cfebf4fb4442298b65d18edd25e8ad49a05ce77dd13699a3",
        "html_characters"},
    {"{\"runner\":\"bash\",\"manifest_version\":1.0}",
        "68987ce69a3f9f3dad74c956797d3e18895fe1f9d0e936f08774bfb31fa60603",
        "53a28517a7b9b4b1d4556ae1c4931386f4e1d2540f225c44f1e27a41d3607d0d",
        "no integer", "number"},
    {"{\"runner\":\"bash\",\"\\ufb33\":1,\"\\ud83e\\udd80\":2}",
        "3e3980ec827a853011ebe1c6e814b03b7fe531d5fed5c58c50fcefd4e7c7fc08",
        "8efc8865066e703f8344e91019f977d3367753f655e6d61a3d70212a15f3b011",
        RUNNER_ONLY, "beyond_bmp"},
    /* Here no order is JavaScript's and another's: refused. */
    {"{\"runner\":\"bash\",\"10\":1,\"9\":2}",
        "ff94d8cabc3995be1ce7121f13052403b01d83ad4f5d08e488456378193c18d4",
        "3d8022ab0b954dd0e2b5e9c9e7daaf39a5dc41e79d2cb049095f40f887592a01",
        RUNNER_ONLY, "refused"},
};

static bool
has_note(const dstack_compose_notes *notes, const char *kind)
{
    for (size_t i = 0; i < dstack_compose_notes_count(notes); i++)
        if (strcmp(dstack_compose_notes_kind(notes, i), kind) == 0)
            return true;
    return false;
}

static void
test_by_sdk(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof by_sdk / sizeof by_sdk[0]; i++) {
        dstack_compose_notes *notes = NULL;
        char *json = NULL;
        dstack_error err;
        int rc = dstack_compose_canonical((const uint8_t *)by_sdk[i].text,
            strlen(by_sdk[i].text), 1, &json, NULL, &notes, &err);

        assert_int_equal(
            by_sdk[i].kind != NULL, by_sdk[i].python || by_sdk[i].go);
        if (by_sdk[i].kind && strcmp(by_sdk[i].kind, "refused") == 0) {
            assert_int_equal(rc, DSTACK_ERR_UNSUPPORTED);
            assert_int_equal(err.reason, DSTACK_REASON_COMPOSE_ORDER);
            continue;
        }
        assert_int_equal(rc, DSTACK_OK);
        hash_is(json, by_sdk[i].javascript);
        if (by_sdk[i].kind)
            assert_true(has_note(notes, by_sdk[i].kind));
        dstack_compose_notes_free(notes);
        dstack_free(json);
    }
}

static void
test_refused(void **state)
{
    static const struct {
        const char *text;
        int code, reason;
    } cases[] = {
        {"", DSTACK_ERR_PARSE, DSTACK_REASON_COMPOSE_JSON},
        {"[]", DSTACK_ERR_PARSE, DSTACK_REASON_COMPOSE_JSON},
        {"{\"a\":1,\"a\":2}", DSTACK_ERR_PARSE, DSTACK_REASON_COMPOSE_JSON},
        {"{\"a\":NaN}", DSTACK_ERR_PARSE, DSTACK_REASON_COMPOSE_JSON},
        {"{\"a\":1e999}", DSTACK_ERR_PARSE, DSTACK_REASON_COMPOSE_JSON},
        {"{\"a\":\"\\ud800\"}", DSTACK_ERR_PARSE, DSTACK_REASON_COMPOSE_JSON},
        {"{\"10\":1}", DSTACK_ERR_UNSUPPORTED, DSTACK_REASON_COMPOSE_ORDER},
        {"{\"0\":1}", DSTACK_ERR_UNSUPPORTED, DSTACK_REASON_COMPOSE_ORDER},
        {"{\"4294967294\":1}", DSTACK_ERR_UNSUPPORTED,
            DSTACK_REASON_COMPOSE_ORDER},
        {"{\"a\":[{\"\\u0039\":1}]}", DSTACK_ERR_UNSUPPORTED,
            DSTACK_REASON_COMPOSE_ORDER},
        {"{\"__proto__\":1}", DSTACK_ERR_UNSUPPORTED,
            DSTACK_REASON_COMPOSE_ORDER},
    };
    char *json = NULL;
    dstack_error err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int normalize = 0; normalize < 2; normalize++) {
            assert_int_equal(
                dstack_compose_canonical((const uint8_t *)cases[i].text,
                    strlen(cases[i].text), normalize, &json, NULL, NULL, &err),
                cases[i].code);
            assert_int_equal(err.reason, cases[i].reason);
            assert_null(json);
        }
    canonical_is("{\"01\":1,\"-1\":2,\"4294967295\":3,\"1a\":4}", 0,
        "{\"-1\":2,\"01\":1,\"1a\":4,\"4294967295\":3}");
    assert_int_equal(
        dstack_compose_canonical(NULL, 0, 0, &json, NULL, NULL, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_compose_canonical(
                         (const uint8_t *)"{}", 2, 2, &json, NULL, NULL, &err),
        DSTACK_ERR_ARG);
}

static void
test_builder(void **state)
{
    static const char compose[] = "services:\n  a: {image: \"x@sha256:1\"}\n";
    dstack_compose_builder *b = NULL;
    char *json = NULL;
    dstack_error err;
    size_t n;

    (void)state;
    assert_int_equal(
        dstack_compose_builder_new("app \"1\"", (const uint8_t *)compose,
            sizeof compose - 1, &b, &err),
        DSTACK_OK);
    assert_int_equal(
        dstack_compose_builder_set_flag(b, "kms_enabled", 1, &err), DSTACK_OK);
    assert_int_equal(
        dstack_compose_builder_set_flag(b, "public_logs", 1, &err), DSTACK_OK);
    assert_int_equal(
        dstack_compose_builder_set_flag(b, "public_logs", 0, &err), DSTACK_OK);
    assert_int_equal(
        dstack_compose_builder_set_text(b, "pre_launch_script", "a && b", &err),
        DSTACK_OK);
    assert_int_equal(
        dstack_compose_builder_allow_env(b, "TOKEN", &err), DSTACK_OK);
    assert_int_equal(
        dstack_compose_builder_allow_env(b, "TOKEN", &err), DSTACK_OK);
    assert_int_equal(dstack_compose_builder_allow_env(b, "A", &err), DSTACK_OK);
    assert_int_equal(
        dstack_compose_builder_to_json(b, &json, &n, &err), DSTACK_OK);
    assert_string_equal(json,
        "{\"allowed_envs\":[\"TOKEN\",\"A\"],\"docker_compose_file\":"
        "\"services:\\n  a: {image: \\\"x@sha256:1\\\"}\\n\",\"kms_enabled\":"
        "true,\"manifest_version\":2,\"name\":\"app \\\"1\\\"\","
        "\"pre_launch_script\":\"a && b\",\"public_logs\":false,\"runner\":"
        "\"docker-compose\"}");
    canonical_is(json, 1, json);
    dstack_free(json);
    dstack_compose_builder_free(b);
}

/* guest-agent.md 4.3: with requirements the manifest is of version 3, as
 * text. */
static void
test_builder_requirements(void **state)
{
    static const char hash[] =
        "28faa1319055d733ad9651f5ab7689c15b04609846bcd27b3c5bc8df6246f5a3";
    dstack_compose_builder *b = NULL;
    char *json = NULL;
    dstack_error err;

    (void)state;
    assert_int_equal(
        dstack_compose_builder_new("a", (const uint8_t *)"x", 1, &b, &err),
        DSTACK_OK);
    assert_int_equal(
        dstack_compose_builder_allow_platform(b, "dstack-gcp-tdx", &err),
        DSTACK_OK);
    assert_int_equal(
        dstack_compose_builder_to_json(b, &json, NULL, &err), DSTACK_OK);
    assert_string_equal(json,
        "{\"allowed_envs\":[],\"docker_compose_file\":\"x\","
        "\"manifest_version\":\"3\",\"name\":\"a\",\"requirements\":"
        "{\"platforms\":[\"dstack-gcp-tdx\"]},\"runner\":"
        "\"docker-compose\"}");
    dstack_free(json);
    assert_int_equal(
        dstack_compose_builder_allow_platform(b, "dstack-tdx", &err),
        DSTACK_OK);
    assert_int_equal(dstack_compose_builder_set_text(
                         b, "requirements.os_version", ">=0.6.0", &err),
        DSTACK_OK);
    assert_int_equal(dstack_compose_builder_set_text(
                         b, "requirements.launch_token_hash", hash, &err),
        DSTACK_OK);
    assert_int_equal(dstack_compose_builder_set_flag(
                         b, "requirements.tdx_measure_acpi_tables", 1, &err),
        DSTACK_OK);
    assert_int_equal(dstack_compose_builder_set_flag(
                         b, "requirements.gpu_policy.attest_gpu", 1, &err),
        DSTACK_OK);
    assert_int_equal(
        dstack_compose_builder_set_text(
            b, "requirements.gpu_policy.rego", "package policy", &err),
        DSTACK_OK);
    assert_int_equal(
        dstack_compose_builder_to_json(b, &json, NULL, &err), DSTACK_OK);
    assert_string_equal(json,
        "{\"allowed_envs\":[],\"docker_compose_file\":\"x\","
        "\"manifest_version\":\"3\",\"name\":\"a\",\"requirements\":"
        "{\"gpu_policy\":{\"attest_gpu\":true,\"rego\":\"package policy\"},"
        "\"launch_token_hash\":\"28faa1319055d733ad9651f5ab7689c15b04609846bcd"
        "27b3c5bc8df6246f5a3\",\"os_version\":\">=0.6.0\",\"platforms\":"
        "[\"dstack-tdx\",\"dstack-gcp-tdx\"],\"tdx_measure_acpi_tables\":"
        "true},\"runner\":\"docker-compose\"}");
    dstack_free(json);
    dstack_compose_builder_free(b);
}

static void
test_builder_refused(void **state)
{
    dstack_compose_builder *b = NULL;
    dstack_error err;

    (void)state;
    assert_int_equal(
        dstack_compose_builder_new("a", (const uint8_t *)"x", 1, &b, &err),
        DSTACK_OK);
    assert_int_equal(dstack_compose_builder_set_text(
                         b, "requirements.launch_token_hash", "00", &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_compose_builder_set_flag(b, "requirements.gpu_policy", 1, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_compose_builder_allow_platform(b, "tdx", &err), DSTACK_ERR_ARG);
    assert_int_equal(err.reason, DSTACK_REASON_COMPOSE_MEMBER);
    assert_int_equal(
        dstack_compose_builder_set_flag(b, "debug", 1, &err), DSTACK_ERR_ARG);
    assert_int_equal(err.reason, DSTACK_REASON_COMPOSE_MEMBER);
    assert_int_equal(
        dstack_compose_builder_set_text(b, "name", "x", &err), DSTACK_ERR_ARG);
    assert_int_equal(err.reason, DSTACK_REASON_COMPOSE_MEMBER);
    assert_int_equal(dstack_compose_builder_set_flag(b, "kms_enabled", 2, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_compose_builder_set_text(b, "key_provider", "\xff", &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_compose_builder_allow_env(b, "A-B", &err), DSTACK_ERR_ARG);
    assert_int_equal(err.reason, DSTACK_REASON_ENV_NAME);
    dstack_compose_builder_free(b);
    assert_int_equal(
        dstack_compose_builder_new("", (const uint8_t *)"x", 1, &b, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_compose_builder_new("a", (const uint8_t *)"", 0, &b, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_compose_builder_new("a", (const uint8_t *)"\0", 1, &b, &err),
        DSTACK_ERR_ARG);
    assert_null(b);
}

/* platforms.md 7.6. */
static void
test_launch_token(void **state)
{
    const uint8_t *token = (const uint8_t *)"unit-test-launch-token-0000000001";
    uint8_t hash[32];
    char hex[65];
    dstack_error err;

    (void)state;
    assert_int_equal(
        dstack_launch_token_hash(token, 33, hash, 32, &err), DSTACK_OK);
    ds_hex_encode(ds_view_of(hash, 32), hex);
    assert_string_equal(hex,
        "28faa1319055d733ad9651f5ab7689c15b04609846bcd27b3c5bc8df6246f5a3");
    assert_int_equal(
        dstack_launch_token_hash(token, 32, hash, 32, &err), DSTACK_OK);
    assert_int_equal(
        dstack_launch_token_hash(token, 31, hash, 32, &err), DSTACK_ERR_ARG);
    assert_null(strstr(err.message, "unit"));
    assert_int_equal(
        dstack_launch_token_hash(token, 33, hash, 31, &err), DSTACK_ERR_ARG);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_normalize),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_by_sdk),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_builder),
        cmocka_unit_test(test_builder_requirements),
        cmocka_unit_test(test_builder_refused),
        cmocka_unit_test(test_launch_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
