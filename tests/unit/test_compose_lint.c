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
#include "keys/compose_notes.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define PIN "nginx@sha256:" HEX
#define CLEAN \
    "\"manifest_version\":2,\"name\":\"a\",\"runner\":\"docker-compose\"," \
    "\"docker_compose_file\":\"services: {}\",\"kms_enabled\":true," \
    "\"key_provider_id\":\"00\""

/* ---- images ---------------------------------------------------------------------- */

/* "kind:line kind:line" of all notes about a docker-compose text. */
static void
images_are(const char *yaml, const char *want)
{
    dstack_compose_notes *notes = ds_compose_notes_new();
    char got[2048] = "";
    size_t n = 0;

    assert_non_null(notes);
    assert_true(ds_compose_look_at_images(ds_view_str(yaml), notes));
    for (size_t i = 0; i < dstack_compose_notes_count(notes); i++) {
        assert_string_equal(
            dstack_compose_notes_member(notes, i), "docker_compose_file");
        n += (size_t)snprintf(got + n, sizeof got - n, "%s%s:%u", n ? " " : "",
            dstack_compose_notes_kind(notes, i),
            dstack_compose_notes_line(notes, i));
    }
    dstack_compose_notes_free(notes);
    if (strcmp(got, want) != 0)
        print_message("%s\n", yaml);
    assert_string_equal(got, want);
}

static void
test_pinned(void **state)
{
    static const char *const cases[] = {
        "services: {}",
        "services:\n",
        "services:\n  a:\n    image: " PIN "\n",
        "services:\n  a:\n    image: " PIN "   # comment\n",
        "services:\r\n  a:\r\n    image: " PIN "\r\n",
        "services:\n  a:\n    image: '" PIN "'\n",
        "services:\n  a:\n    image: \"" PIN "\" # comment\n",
        "services:\n  a:\n    image : " PIN "\n",
        "services:\n  a:\n    \"image\": " PIN "\n",
        "services:\n  a:\n    'image': " PIN "\n",
        "'services':\n  \"a b\":\n    image: " PIN "\n",
        "services:\n  a:\n    image: registry:5000/x/y:1.2@sha256:" HEX "\n",
        "services:\n  a:\n    image: ${REGISTRY}/y@sha256:" HEX "\n",
        "services:\n  a:\n    image: &i " PIN "\n",
        "services: &s\n  a: &a\n    image: " PIN "\n",
        "services: {a: {image: " PIN "}}",
        "services:\n  a: {image: " PIN ", command: [\"image: x\", b]}\n",
        "services:\n  a: {\n  image: '" PIN "' # one\n,\n}\n",
        "{\"services\":{\"a\":{\"image\":\"" PIN "\"}},\"x\":[{\"a\":1}]}",
        "services:\n\n# image: x\n  a:\n   # image: x\n      image: " PIN
        "\n      command: |\n        image: x\n      ports:\n      - image: x\n"
        "      labels:\n        image: x\n      environment:\n"
        "      - \"A='image: x'\"\n",
        "version: '3'\nx-common: &c\n  image: x\nservices:\n  a:\n    "
        "image: " PIN "\nvolumes:\n  b:\n    image: x\n",
        "---\nservices:\n  a:\n    image: " PIN "\n...\n",
        "  services:\n    a:\n      image: " PIN "\n  networks:\n    n: {}\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        images_are(cases[i], "");
}

static void
test_unpinned(void **state)
{
    (void)state;
    images_are("services:\n  a:\n    image: nginx\n", "image_tag:3");
    images_are("services:\n  a:\n    image: nginx:1.27 # x\n", "image_tag:3");
    images_are("services:\n  a:\n    image: 'nginx'\n", "image_tag:3");
    images_are("{services: {a: {image: nginx}}}", "image_tag:1");
    images_are("services:\n  a:\n    image: " PIN "0\n", "image_tag:3");
    images_are(
        "services:\n  a:\n    image: nginx@sha256:" HEX "x\n", "image_tag:3");
    images_are("services:\n  a:\n    image: @sha256:" HEX "\n", "image_tag:3");
    /* Docker takes lower-case digits alone. */
    images_are("services:\n  a:\n    image: nginx@sha256:ABCDEF" HEX "\n",
        "image_tag:3");
    images_are(
        "services:\n  a:\n    image: nginx@sha512:" HEX "\n", "image_tag:3");
    images_are("services:\n  a:\n    image: " PIN "\n  b:\n    image: x\n",
        "image_tag:5");
    images_are("services:\n  a:\n    image: ${X}\n  b:\n    image: a:$Y\n",
        "image_variable:3 image_variable:5");
    images_are(
        "services:\n  a:\n    image: ${X:-" PIN "}\n", "image_variable:3");
    images_are("services:\n  a:\n    image: " PIN "${X}\n", "image_variable:3");
    images_are("services:\n  a:\n    build: .\n", "image_build:3");
    images_are("services:\n  a:\n    build:\n      context: .\n    image: " PIN
               "\n",
        "image_build:3");
    images_are("services: {a: {build: {context: .}, image: x}}",
        "image_build:1 image_tag:1");
    /* Both count. */
    images_are(
        "services:\n  a:\n    image: " PIN "\n    image: x\n", "image_tag:4");
    images_are(
        "services: {}\n---\nservices:\n  a:\n    image: x\n", "image_tag:5");
}

/* What is YAML, and not followed: each says so. */
static void
test_unclear(void **state)
{
    static const struct {
        const char *yaml, *want;
    } cases[] = {
        {"", "image_unclear:0"},
        {"web:\n  image: " PIN "\n", "image_unclear:0"},
        {"\xef\xbb\xbfservices: {}\n", "image_unclear:0"},
        {"services: *s\n", "image_unclear:1"},
        {"services: !!map\n", "image_unclear:1"},
        {"services: []\n", "image_unclear:1"},
        {"services:\n- a\n", "image_unclear:2"},
        {"services:\n  - a\n", "image_unclear:2"},
        {"services:\n  a: *common\n", "image_unclear:2"},
        {"services:\n  a: x\n", "image_unclear:2"},
        {"services:\n  <<: *common\n", "image_unclear:2"},
        {"services:\n  a:\n    <<: *common\n", "image_unclear:3"},
        {"services:\n  a:\n    extends: b\n", "image_unclear:3"},
        {"services:\n  a:\n    extends:\n      service: b\n",
            "image_unclear:3"},
        {"include:\n  - x.yml\nservices: {}\n", "image_unclear:1"},
        {"services:\n  a:\n    command: x\n", "image_unclear:2"},
        {"services:\n  a:\n  b:\n    image: " PIN "\n", "image_unclear:2"},
        {"services: {a: {command: x}}", "image_unclear:1"},
        {"services: {a: x}", "image_unclear:1"},
        {"services: {a: {image: [x]}}", "image_unclear:1"},
        {"services: {a: {image: " PIN "}\n", "image_unclear:1"},
        {"services: {a: {<<: *x}}", "image_unclear:1"},
        {"services:\n  a:\n    image: *i\n", "image_unclear:3"},
        {"services:\n  a:\n    image: !!str " PIN "\n", "image_unclear:3"},
        {"services:\n  a:\n    image:\n      " PIN "\n", "image_unclear:3"},
        {"services:\n  a:\n    image: |\n      " PIN "\n",
            "image_unclear:3 image_unclear:4"},
        {"services:\n  a:\n    image: " PIN "\n      more\n",
            "image_unclear:4"},
        {"services:\n  a:\n    image: \"" PIN "\\u0041\"\n", "image_unclear:3"},
        {"services:\n  a:\n    image: \"" PIN "\n      \"\n",
            "image_unclear:3"},
        {"services:\n  a:\n    \"im\\x61ge\": x\n    image: " PIN "\n",
            "image_unclear:3"},
        {"services:\n  a:\n    ? image\n    : x\n",
            "image_unclear:3 image_unclear:4"},
        {"services:\n  a:\n   image: " PIN "\n  x\n", "image_unclear:4"},
        {"services:\n  a:\n    image: " PIN "\n   b: x\n", "image_unclear:4"},
        {"services:\n\ta:\n", "image_unclear:2"},
        {"services:\n  a:\n    image: " PIN "\n    x: y\rimage: evil\n",
            "image_unclear:4"},
        {"services:\n  a:\n    image: " PIN "\n    x: y\xc2\x85 z\n",
            "image_unclear:4"},
        {"services:\n  a:\n    image: " PIN "\n    x: y\xe2\x80\xa8 z\n",
            "image_unclear:4"},
        {"x: \"a\nservices: {}\"\nservices: {}\n",
            "image_unclear:1 image_unclear:2"},
        {"--- {services: {a: {image: x}}}\n",
            "image_unclear:1 image_unclear:0"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        images_are(cases[i].yaml, cases[i].want);
}

static void
test_deep(void **state)
{
    static const char head[] = "services: {a: {image: " PIN ", x: ";
    char text[512];
    size_t n = sizeof head - 1;

    (void)state;
    memcpy(text, head, n);
    memset(text + n, '[', 100);
    memset(text + n + 100, ']', 100);
    memcpy(text + n + 200, "}}", 3);
    images_are(text, "image_unclear:1");
}

/* Notes beyond those that are recorded do not vanish. */
static void
test_many(void **state)
{
    dstack_compose_notes *notes = ds_compose_notes_new();
    ds_buf yaml;

    (void)state;
    ds_buf_init(&yaml, 1 << 20);
    ds_buf_add_str(&yaml, "services:\n");
    for (int i = 0; i < 300; i++)
        ds_buf_add_str(&yaml, "  a:\n    image: nginx\n");
    assert_true(ds_compose_look_at_images(ds_view_of(yaml.p, yaml.n), notes));
    assert_int_equal(dstack_compose_notes_count(notes), 256);
    assert_string_equal(dstack_compose_notes_kind(notes, 254), "image_tag");
    assert_string_equal(dstack_compose_notes_kind(notes, 255), "more");
    assert_int_equal(dstack_compose_notes_line(notes, 254), 3 + 2 * 254);
    dstack_compose_notes_free(notes);
    ds_buf_free(&yaml);
}

/* ---- members --------------------------------------------------------------------- */

/* "kind=member kind=member" of an app-compose file. */
static void
lint_is(const char *json, const char *want)
{
    dstack_compose_notes *notes = NULL;
    dstack_error err;
    char got[1024] = "";
    size_t n = 0;

    assert_int_equal(
        dstack_compose_lint((const uint8_t *)json, strlen(json), &notes, &err),
        DSTACK_OK);
    for (size_t i = 0; i < dstack_compose_notes_count(notes); i++) {
        assert_true(dstack_compose_notes_text(notes, i)[0]);
        n += (size_t)snprintf(got + n, sizeof got - n, "%s%s=%s", n ? " " : "",
            dstack_compose_notes_kind(notes, i),
            dstack_compose_notes_member(notes, i));
    }
    dstack_compose_notes_free(notes);
    if (strcmp(got, want) != 0)
        print_message("%s\n", json);
    assert_string_equal(got, want);
}

static void
test_members(void **state)
{
    static const struct {
        const char *members, *want;
    } cases[] = {
        {"\"public_logs\":false,\"secure_time\":true", ""},
        {"\"public_logs\":true", "public_logs=public_logs"},
        {"\"public_logs\":\"yes\"", "member_type=public_logs"},
        {"\"public_sysinfo\":true", "public_sysinfo=public_sysinfo"},
        {"\"public_tcbinfo\":true", "public_tcbinfo=public_tcbinfo"},
        {"\"secure_time\":false", "no_secure_time=secure_time"},
        {"\"no_instance_id\":true", "no_instance_id=no_instance_id"},
        {"\"key_provider\":\"none\"", "key_provider_none=key_provider"},
        {"\"key_provider\":\"tpm\"", ""},
        {"\"key_provider\":\"local\"", ""},
        {"\"key_provider\":\"me\"", "key_provider_unknown=key_provider"},
        {"\"key_provider\":1", "key_provider_unknown=key_provider"},
        {"\"pre_launch_script\":\"\",\"init_script\":null", ""},
        {"\"pre_launch_script\":\"x\"", "script=pre_launch_script"},
        {"\"init_script\":[\"x\",\"y\"]", "script=init_script"},
        {"\"allowed_envs\":[]", ""},
        {"\"allowed_envs\":[\"A\"]", "env_sender=allowed_envs"},
        {"\"allowed_envs\":[\"A*\",\"B\"]",
            "env_name=allowed_envs env_sender=allowed_envs"},
        {"\"allowed_envs\":\"*\"", "member_type=allowed_envs"},
        {"\"allowed_env\":[]", "unknown_member=allowed_env"},
        {"\"public\\u005flogs\":true",
            "public_logs=public_logs unknown_member=public\\u005flogs"},
        {"\"requirements\":null", ""},
        {"\"requirements\":1", "member_type=requirements"},
        {"\"requirements\":{\"os_version\":\">=0.6.0\"}",
            "requirements_ignored=manifest_version"},
    };
    char json[1024];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(json, sizeof json, "{" CLEAN ",%s}", cases[i].members);
        lint_is(json, cases[i].want);
    }
}

#define THIRD_VERSION \
    "\"manifest_version\":\"3\",\"runner\":\"nerdctl-compose\"," \
    "\"docker_compose_file\":\"services: {}\",\"key_provider\":\"kms\"," \
    "\"key_provider_id\":\"00\",\"requirements\":"

static void
test_requirements(void **state)
{
    static const struct {
        const char *requirements, *want;
    } cases[] = {
        {"{\"os_version\":\">=0.6.0\",\"platforms\":[\"dstack-tdx\"],"
         "\"tdx_measure_acpi_tables\":true,\"launch_token_hash\":\"" HEX "\","
         "\"gpu_policy\":{\"attest_gpu\":true,\"rego\":\"\"}},"
         "\"allowed_envs\":[\"A\"]",
            ""},
        {"{\"os\":1}", "unknown_member=requirements"},
        {"{\"launch_token_hash\":\"00\"}",
            "member_type=requirements.launch_token_hash"},
        {"{\"gpu_policy\":[]}", "member_type=requirements.gpu_policy"},
        {"{\"gpu_policy\":{\"a\":1}}",
            "unknown_member=requirements.gpu_policy"},
        {"{\"gpu_policy\":{\"attest_gpu\":false}}",
            "gpu_unattested=requirements.gpu_policy.attest_gpu"},
        {"{\"gpu_policy\":{\"allow_devtools\":true}}",
            "gpu_devtools=requirements.gpu_policy.allow_devtools"},
        {"{\"gpu_policy\":{\"allow_debug\":true}}",
            "gpu_debug=requirements.gpu_policy.allow_debug"},
        {"{\"gpu_policy\":{\"allow_debug\":1}}",
            "member_type=requirements.gpu_policy.allow_debug"},
        {"{\"gpu_policy\":{\"allow_insecure_boot\":true}}",
            "gpu_insecure_boot=requirements.gpu_policy.allow_insecure_boot"},
    };
    char json[1024];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(
            json, sizeof json, "{" THIRD_VERSION "%s}", cases[i].requirements);
        lint_is(json, cases[i].want);
    }
    /* A number is none of the versions that guests take. */
    lint_is("{\"manifest_version\":3,\"runner\":\"bash\",\"key_provider\":"
            "\"tpm\",\"requirements\":{\"os_version\":\"1\"}}",
        "runner_bash=runner requirements_ignored=manifest_version");
}

static void
test_whole(void **state)
{
    dstack_compose_notes *notes = NULL;
    dstack_error err;

    (void)state;
    lint_is("{" CLEAN "}", "");
    lint_is("{}", "runner_unknown=runner member_type=docker_compose_file "
                  "key_provider_none=key_provider");
    lint_is("{\"runner\":\"docker-compose\",\"kms_enabled\":true,"
            "\"docker_compose_file\":\"services:\\n  a:\\n    image: x\"}",
        "image_tag=docker_compose_file key_provider_any=key_provider_id");
    lint_is("{\"runner\":\"docker-compose\",\"features\":[\"kms\"],"
            "\"docker_compose_file\":{}}",
        "member_type=docker_compose_file key_provider_any=key_provider_id");
    assert_int_equal(
        dstack_compose_lint((const uint8_t *)"[]", 2, &notes, &err),
        DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_COMPOSE_JSON);
    assert_null(notes);
    assert_int_equal(
        dstack_compose_lint(NULL, 0, &notes, &err), DSTACK_ERR_ARG);
    assert_int_equal(dstack_compose_lint((const uint8_t *)"{}", 2, NULL, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_compose_notes_line(NULL, 0), 0);
    assert_string_equal(dstack_compose_notes_found(NULL, 0), "");
}

/* What is shown of a value ends with a whole character. */
static void
test_found(void **state)
{
    dstack_compose_notes *notes = NULL;
    const char *found;
    ds_buf json;

    (void)state;
    ds_buf_init(&json, 1024);
    ds_buf_add_str(&json, "{\"runner\":\"");
    for (int i = 0; i < 100; i++)
        ds_buf_add_str(&json, "\xe6\xb5\x8b");
    ds_buf_add_str(&json, "\",\"docker_compose_file\":\"services: {}\"}");
    assert_int_equal(
        dstack_compose_lint(json.p, json.n, &notes, NULL), DSTACK_OK);
    ds_buf_free(&json);
    found = dstack_compose_notes_found(notes, 0);
    assert_int_equal(strlen(found), 1 + 3 * 53);
    assert_true(ds_utf8_is(ds_view_str(found)));
    dstack_compose_notes_free(notes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pinned),
        cmocka_unit_test(test_unpinned),
        cmocka_unit_test(test_unclear),
        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_requirements),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
