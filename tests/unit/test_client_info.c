/* SPDX-License-Identifier: Apache-2.0 */
/* Info and Health of the guest agent, of every version's shape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dstack/dstack.h"
#include "support/fake_agent.h"
#include "support/vec.h"

static void
ok(int rc, const dstack_error *err)
{
    if (rc != DSTACK_OK)
        fail_msg("%s: %s", dstack_error_name(rc), err->message);
    assert_int_equal(err->code, 0);
}

static void
failed(int rc, int code, const dstack_error *err, const char *says)
{
    if (rc != code || err->code != code || !strstr(err->message, says))
        fail_msg("%s: %s\nexpected %s: %s", dstack_error_name(rc), err->message,
            dstack_error_name(code), says);
}

#define APP_ID "5bb4ff9a3837357f19dc176407a5709c62eb6c56"
#define INSTANCE "1691ed1b47506cad7d08834668691d88246f5b1f"
#define H32 "85334a62c97d0f8bf82d0245d31b539d17a2d7c258e2a13efc928aaea0e107cb"
#define H32B "c143116fef3940e7f776bfc0919c256232ae5338a6e948c96b711e0b2383483a"
#define H32C "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define H48 \
    "f28a1490ee924e9396c2ccf2d93ad536b83cbe159a1d45024d1fd7acdcc10214" \
    "5efcfcd0cfa209416446c70226affadf"

#define TCB \
    "{\\\"mrtd\\\":\\\"" H48 "\\\",\\\"rtmr0\\\":\\\"" H48 \
    "\\\",\\\"rtmr3\\\":\\\"" H48 "\\\",\\\"mr_aggregated\\\":\\\"" H32 \
    "\\\",\\\"os_image_hash\\\":\\\"\\\",\\\"rootfs_hash\\\":\\\"" H32B \
    "\\\",\\\"more\\\":{},\\\"event_log\\\":[{\\\"imr\\\":3,\\\"event_" \
    "type\\\":" \
    "134217729,\\\"digest\\\":\\\"\\\",\\\"event\\\":\\\"app-id\\\"," \
    "\\\"event_payload\\\":\\\"deadbeef\\\"}],\\\"app_compose\\\":" \
    "\\\"{\\\\\\\"a\\\\\\\":\\\\n1}\\\"}"

static const char modern[] =
    "{\"app_id\":\"" APP_ID "\",\"instance_id\":\"" INSTANCE
    "\",\"app_cert\":\"-----BEGIN\\n\",\"tcb_info\":\"" TCB
    "\",\"app_name\":\"a name\",\"device_id\":\"" H32C
    "\",\"mr_aggregated\":\"" H32 "\",\"os_image_hash\":\"\",\"key_provider_"
    "info\":\"{\\\"name\\\":\\\"kms\\\","
    "\\\"id\\\":\\\"3059\\\"}\",\"compose_hash\":\"" H32B
    "\",\"vm_config\":\"{\\\"cpu_count\\\":2}\",\"cloud_vendor\":\"\","
    "\"cloud_product\":\"x\",\"some_day\":null}";

static void
bytes_are(const dstack_info *info, const char *name, const char *hex)
{
    size_t n = 77;
    const uint8_t *p = dstack_info_bytes(info, name, &n);
    ds_view want = vec_bytes(*hex ? hex : "-");

    if (n != want.n || (n == 0) != (p == NULL) ||
        (n != 0 && memcmp(p, want.p, n) != 0))
        fail_msg("%s", name);
    vec_free(want);
}

static void
text_is(const dstack_info *info, const char *name, const char *want)
{
    size_t n = 77;
    const char *p = dstack_info_text(info, name, &n);

    if (!want) {
        assert_null(p);
        assert_int_equal(n, 0);
        return;
    }
    assert_string_equal(p, want);
    assert_int_equal(n, strlen(want));
}

static void
tcb_is(const dstack_tcb_info *tcb)
{
    size_t n;

    assert_non_null(dstack_tcb_info_bytes(tcb, "mrtd", &n));
    assert_int_equal(n, 48);
    assert_int_equal(dstack_tcb_info_bytes(tcb, "rtmr3", NULL)[0], 0xf2);
    assert_null(dstack_tcb_info_bytes(tcb, "rtmr1", &n));
    assert_int_equal(n, 0);
    assert_non_null(dstack_tcb_info_bytes(tcb, "mr_aggregated", &n));
    assert_int_equal(n, 32);
    assert_non_null(dstack_tcb_info_bytes(tcb, "rootfs_hash", &n));
    assert_null(dstack_tcb_info_bytes(tcb, "os_image_hash", &n));
    assert_null(dstack_tcb_info_bytes(tcb, "more", &n));
    assert_null(dstack_tcb_info_bytes(tcb, NULL, NULL));
    assert_string_equal(dstack_tcb_info_app_compose(tcb, &n), "{\"a\":\n1}");
    assert_int_equal(n, 8);
    assert_int_equal(dstack_event_log_count(dstack_tcb_info_event_log(tcb)), 1);
}

static void
modern_is(const dstack_info *info, const char *body)
{
    const uint8_t *p;
    size_t n;

    bytes_are(info, "app_id", APP_ID);
    bytes_are(info, "instance_id", INSTANCE);
    bytes_are(info, "device_id", H32C);
    bytes_are(info, "mr_aggregated", H32);
    bytes_are(info, "compose_hash", H32B);
    bytes_are(info, "os_image_hash", "");
    bytes_are(info, "mr_image", "");
    bytes_are(info, "mr_key_provider", "");
    bytes_are(info, "some_day", "");
    assert_null(dstack_info_bytes(info, NULL, NULL));
    text_is(info, "app_name", "a name");
    text_is(info, "app_cert", "-----BEGIN\n");
    text_is(info, "cloud_vendor", "");
    text_is(info, "cloud_product", "x");
    text_is(info, "vm_config", "{\"cpu_count\":2}");
    text_is(info, "key_provider_info", "{\"name\":\"kms\",\"id\":\"3059\"}");
    text_is(info, "app_compose", "{\"a\":\n1}");
    text_is(info, "some_day", NULL);
    text_is(info, "app_id", NULL);
    assert_null(dstack_info_text(info, NULL, NULL));
    assert_int_equal(dstack_info_flag(info, "public_logs"), -1);
    assert_int_equal(dstack_info_flag(info, "public_sysinfo"), -1);
    assert_string_equal(dstack_info_key_provider_name(info), "kms");
    p = dstack_info_key_provider_id(info, &n);
    assert_int_equal(n, 2);
    assert_memory_equal(p, "\x30\x59", 2);
    assert_int_equal(
        dstack_vm_config_number(dstack_info_vm_config(info), "cpu_count", NULL),
        2);
    tcb_is(dstack_info_tcb_info(info));
    assert_string_equal(dstack_info_json(info, &n), body);
    assert_int_equal(n, strlen(body));
}

static const struct {
    const char *name, *path;
    int kind;
    int (*call)(const dstack_client *, dstack_info **, dstack_error *);
} calls[] = {
    {"Info: ", "/Info", FAKE_0511, dstack_client_info},
    {"v1.Info: ", "/v1/Info", FAKE_060, dstack_client_v1_info},
    {"Tappd.Info: ", "/prpc/Tappd.Info", FAKE_TAPPD_0511, dstack_client_info},
    {"Worker.Info: ", "/prpc/Worker.Info", FAKE_WORKER_0511,
        dstack_client_info},
    {"Worker v1.Info: ", "/prpc/v1/Info", FAKE_WORKER_060,
        dstack_client_v1_info},
};
#define CALLS (sizeof calls / sizeof calls[0])

static dstack_info *
info_of(size_t i, const char *body)
{
    fake_agent *f = fake_agent_new(calls[i].kind);
    dstack_client *c = fake_agent_client(f);
    dstack_info *info = NULL;
    dstack_error err;

    fake_agent_answer(f, calls[i].path, 200, body);
    ok(calls[i].call(c, &info, &err), &err);
    assert_string_equal(fake_agent_last(f, calls[i].path), "{}");
    assert_int_equal(fake_agent_count(f, NULL), 1);
    dstack_client_free(c);
    fake_agent_free(f);
    return info;
}

static void
test_info(void **state)
{
    (void)state;
    for (size_t i = 0; i < CALLS; i++) {
        dstack_info *info = info_of(i, modern);

        modern_is(info, modern);
        dstack_info_free(info);
    }
}

static void
test_no_info(void **state)
{
    size_t n = 1;

    (void)state;
    dstack_info_free(NULL);
    assert_null(dstack_info_bytes(NULL, "app_id", &n));
    assert_int_equal(n, 0);
    assert_null(dstack_info_text(NULL, "app_name", &n));
    assert_int_equal(dstack_info_flag(NULL, "public_logs"), -1);
    assert_string_equal(dstack_info_key_provider_name(NULL), "");
    assert_null(dstack_info_key_provider_id(NULL, NULL));
    assert_null(dstack_info_vm_config(NULL));
    assert_null(dstack_info_tcb_info(NULL));
    assert_null(dstack_info_json(NULL, NULL));
    assert_null(dstack_tcb_info_bytes(NULL, "mrtd", &n));
    assert_null(dstack_tcb_info_app_compose(NULL, &n));
    assert_null(dstack_tcb_info_event_log(NULL));
    dstack_health_free(NULL);
    assert_int_equal(dstack_health_is_healthy(NULL), 0);
    assert_int_equal(dstack_health_unhealthy_count(NULL), 0);
    assert_null(dstack_health_unhealthy_name(NULL, 0));
    assert_null(dstack_health_unhealthy_status(NULL, 0));
    assert_string_equal(dstack_health_error(NULL), "");
}

/* ---- other shapes ------------------------------------------------------------------------ */

/* 0.3.1: four texts. */
static void
test_031(void **state)
{
    dstack_info *info =
        info_of(3, "{\"app_id\":\"" APP_ID "\",\"instance_id\":\"" INSTANCE
                   "\",\"app_cert\":\"\",\"tcb_info\":\"\"}");

    (void)state;
    bytes_are(info, "app_id", APP_ID);
    bytes_are(info, "compose_hash", "");
    text_is(info, "app_cert", "");
    text_is(info, "tcb_info", "");
    text_is(info, "app_name", NULL);
    text_is(info, "app_compose", NULL);
    assert_null(dstack_info_tcb_info(info));
    assert_null(dstack_info_vm_config(info));
    assert_string_equal(dstack_info_key_provider_name(info), "");
    assert_null(dstack_info_key_provider_id(info, NULL));
    dstack_info_free(info);
}

/* 0.4.2 and 0.5.0, with flags, and the names of that time. */
static void
test_042(void **state)
{
    dstack_info *info = info_of(0,
        "{\"app_id\":\"" APP_ID "\",\"instance_id\":\"\",\"public_logs\":true,"
        "\"public_sysinfo\":false,\"mr_image\":\"" H32
        "\",\"mr_key_provider\":\"" H32B
        "\",\"key_provider_info\":\"{\\\"name\\\":\\\"local-sgx\\\",\\\"id\\\":"
        "\\\"\\\"}\"}");

    (void)state;
    bytes_are(info, "instance_id", "");
    bytes_are(info, "mr_image", H32);
    bytes_are(info, "mr_key_provider", H32B);
    assert_int_equal(dstack_info_flag(info, "public_logs"), 1);
    assert_int_equal(dstack_info_flag(info, "public_sysinfo"), 0);
    assert_int_equal(dstack_info_flag(info, "public"), -1);
    assert_int_equal(dstack_info_flag(info, NULL), -1);
    assert_string_equal(dstack_info_key_provider_name(info), "local-sgx");
    assert_null(dstack_info_key_provider_id(info, NULL));
    dstack_info_free(info);
}

/* v1 is flat; a worker's has the parts hidden that v0's hides in tcb_info. */
static void
test_v1_shape(void **state)
{
    dstack_info *info = info_of(
        1, "{\"app_id\":\"" APP_ID "\",\"app_compose\":\"exact \\u00e9\\n\"}");

    (void)state;
    text_is(info, "app_compose", "exact \xc3\xa9\n");
    dstack_info_free(info);
    info = info_of(4,
        "{\"app_id\":\"" APP_ID "\",\"app_compose\":\"\",\"vm_config\":\"\","
        "\"key_provider_info\":\"\"}");
    text_is(info, "app_compose", "");
    text_is(info, "vm_config", "");
    assert_null(dstack_info_vm_config(info));
    dstack_info_free(info);
}

/* No TD report: SEV-SNP, Nitro. */
static void
test_tcb_of_nulls(void **state)
{
    dstack_info *info = info_of(0,
        "{\"app_id\":\"" APP_ID "\",\"tcb_info\":\"{\\\"mrtd\\\":null,"
        "\\\"rtmr0\\\":null,\\\"event_log\\\":null,\\\"app_compose\\\":null,"
        "\\\"compose_hash\\\":\\\"" H32 "\\\"}\"}");
    const dstack_tcb_info *tcb = dstack_info_tcb_info(info);
    size_t n = 3;

    (void)state;
    assert_null(dstack_tcb_info_bytes(tcb, "mrtd", &n));
    assert_int_equal(n, 0);
    assert_non_null(dstack_tcb_info_bytes(tcb, "compose_hash", &n));
    assert_null(dstack_tcb_info_app_compose(tcb, &n));
    assert_null(dstack_tcb_info_event_log(tcb));
    text_is(info, "app_compose", NULL);
    dstack_info_free(info);
    info = info_of(0, "{\"app_id\":\"" APP_ID "\",\"tcb_info\":\"{}\"}");
    assert_non_null(dstack_info_tcb_info(info));
    dstack_info_free(info);
}

/* ---- malformed ---------------------------------------------------------------------------- */

static void
refused(const char *body, int code, const char *says)
{
    for (size_t i = 0; i < CALLS; i++) {
        fake_agent *f = fake_agent_new(calls[i].kind);
        dstack_client *c = fake_agent_client(f);
        dstack_info *info = (dstack_info *)1;
        dstack_error err;

        fake_agent_answer(f, calls[i].path, 200, body);
        failed(calls[i].call(c, &info, &err), code, &err, says);
        assert_memory_equal(err.message, calls[i].name, strlen(calls[i].name));
        assert_null(info);
        assert_int_equal(calls[i].call(c, &info, NULL), code);
        dstack_client_free(c);
        fake_agent_free(f);
    }
}

#define INFO(more) "{\"app_id\":\"" APP_ID "\"," more "}"

static const struct {
    const char *body, *says;
} bad_info[] = {
    {"{}", "app_id: missing"},
    {"{\"app_id\":null}", "app_id: expected a string, found null"},
    {"{\"app_id\":\"\",\"app_name\":\"x\"}",
        "app_id: expected 20 bytes, found none"},
    {"{\"app_id\":\"5bb4\"}", "app_id: expected 40 hex digits"},
    {"{\"app_id\":\"" APP_ID "00\"}", "app_id: expected 40 hex digits"},
    {"{\"app_id\":\"zz" APP_ID "\"}", "app_id: expected 40 hex digits"},
    {"{\"app_id\":[]}", "app_id: expected a string, found an array"},
    {INFO("\"instance_id\":\"00\""), "instance_id: expected 40 hex digits"},
    {INFO("\"instance_id\":null"), "instance_id: expected a string"},
    {INFO("\"device_id\":\"00\""), "device_id: expected 64 hex digits"},
    {INFO("\"compose_hash\":5"), "compose_hash: expected a string"},
    {INFO("\"os_image_hash\":\"0\""), "os_image_hash: expected 64 hex"},
    {INFO("\"mr_aggregated\":{}"), "mr_aggregated: expected a string"},
    {INFO("\"mr_image\":\"zz\""), "mr_image: expected 64 hex digits"},
    {INFO("\"app_name\":null"), "app_name: expected a string, found null"},
    {INFO("\"app_name\":\"a\\u0000b\""), "\\u0000 is refused"},
    {INFO("\"app_name\":\"\xff\""), "answer: byte"},
    {INFO("\"app_cert\":[]"), "app_cert: expected a string"},
    {INFO("\"app_compose\":{}"), "app_compose: expected a string"},
    {INFO("\"tcb_info\":{}"), "tcb_info: expected a string, found an obj"},
    {INFO("\"tcb_info\":\"x\""), "tcb_info: document: byte 0"},
    {INFO("\"tcb_info\":\"[]\""), "tcb_info: document: expected an object"},
    {INFO("\"tcb_info\":\"{\\\"mrtd\\\":5}\""),
        "tcb_info: mrtd: expected a string"},
    {INFO("\"tcb_info\":\"{\\\"mrtd\\\":\\\"00\\\"}\""),
        "tcb_info: mrtd: expected 96 hex digits"},
    {INFO("\"tcb_info\":\"{\\\"rtmr3\\\":[]}\""),
        "tcb_info: rtmr3: expected a string"},
    {INFO("\"tcb_info\":\"{\\\"device_id\\\":\\\"0\\\"}\""),
        "tcb_info: device_id: expected 64 hex digits"},
    {INFO("\"tcb_info\":\"{\\\"app_compose\\\":{}}\""),
        "tcb_info: app_compose: expected a string"},
    {INFO("\"tcb_info\":\"{\\\"event_log\\\":\\\"\\\"}\""),
        "tcb_info: event_log: expected an array"},
    {INFO("\"tcb_info\":\"{\\\"event_log\\\":[5]}\""), "tcb_info: "},
    {INFO("\"tcb_info\":\"{\\\"mrtd\\\":null,\\\"mrtd\\\":null}\""),
        "tcb_info: document: byte 14: a second member of this name"},
    {INFO("\"vm_config\":\"[]\""), "vm_config"},
    {INFO("\"vm_config\":{}"), "vm_config: expected a string"},
    {INFO("\"key_provider_info\":\"x\""), "key_provider_info: document: b"},
    {INFO("\"key_provider_info\":\"[]\""),
        "key_provider_info: document: expected an object"},
    {INFO("\"key_provider_info\":\"{}\""), "key_provider_info: name: missi"},
    {INFO("\"key_provider_info\":\"{\\\"name\\\":\\\"kms\\\"}\""),
        "key_provider_info: id: missing"},
    {INFO("\"key_provider_info\":\"{\\\"name\\\":5,\\\"id\\\":\\\"\\\"}\""),
        "key_provider_info: name: expected a string"},
    {INFO("\"key_provider_info\":\"{\\\"name\\\":\\\"\\\",\\\"id\\\":null}"
          "\""),
        "key_provider_info: id: expected a string"},
    {INFO("\"key_provider_info\":\"{\\\"name\\\":\\\"\\\",\\\"id\\\":"
          "\\\"abc\\\"}\""),
        "key_provider_info: id: expected an even number of hex digits"},
    {INFO("\"public_logs\":null"), "public_logs: expected true or false"},
    {INFO("\"public_sysinfo\":1"), "public_sysinfo: expected true or false"},
    {INFO("\"app_id\":\"" APP_ID "\""), "a second member of this name"},
    {"[]", "expected an object, found an array"},
    {"\"\"", "expected an object, found a string"},
    {"null", "expected an object, found null"},
    {"", "answer: byte 0"},
    {"{\"app_id\":\"5b", "answer: byte"},
};

static void
test_malformed_info(void **state)
{

    (void)state;
    for (size_t i = 0; i < sizeof bad_info / sizeof bad_info[0]; i++)
        refused(bad_info[i].body, DSTACK_ERR_PROTOCOL, bad_info[i].says);
}

/* Before 0.5.6, when a quote could not be made: 200, and nothing in it. */
static void
test_empty_info(void **state)
{
    (void)state;
    refused(
        "{\"app_id\":\"\",\"instance_id\":\"\",\"app_cert\":\"\","
        "\"tcb_info\":\"\",\"app_name\":\"\",\"device_id\":\"\","
        "\"mr_aggregated\":\"\",\"os_image_hash\":\"\",\"key_provider_info\":"
        "\"\",\"compose_hash\":\"\",\"vm_config\":\"\"}",
        DSTACK_ERR_AGENT,
        "nothing but empty values; agents before 0.5.6 do when they cannot get "
        "a quote");
    refused("{\"error\":\"x\"}", DSTACK_ERR_AGENT, "HTTP 200: x");
}

/* The cap of such an answer. */
static void
test_large_info(void **state)
{
    size_t n = (4u << 20) - 200;
    char *text = malloc(n + 1), *body;
    dstack_info *info;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', n);
    text[n] = 0;
    body = fake_text(INFO("\"app_compose\":\"%s\""), text);
    info = info_of(1, body);
    text_is(info, "app_compose", text);
    dstack_info_free(info);
    free(body);
    body = fake_text(INFO("\"app_compose\":\"%s%.200s\""), text, text);
    refused(body, DSTACK_ERR_PROTOCOL, "more than 4194304 bytes");
    free(body);
    free(text);
}

/* ---- health ---------------------------------------------------------------------------------- */

#define HEALTH "/prpc/v1/Health"

static void
test_health(void **state)
{
    fake_agent *f = fake_agent_new(FAKE_WORKER_060);
    dstack_client *c = fake_agent_client(f);
    dstack_health *h = NULL;
    dstack_error err;

    (void)state;
    fake_agent_answer(
        f, HEALTH, 200, "{\"healthy\":true,\"unhealthy\":[],\"error\":\"\"}");
    ok(dstack_client_worker_health(c, &h, &err), &err);
    assert_int_equal(dstack_health_is_healthy(h), 1);
    assert_int_equal(dstack_health_unhealthy_count(h), 0);
    assert_null(dstack_health_unhealthy_name(h, 0));
    assert_string_equal(dstack_health_error(h), "");
    dstack_health_free(h);
    fake_agent_answer(f, HEALTH, 200,
        "{\"healthy\":false,\"unhealthy\":[{\"name\":\"a\",\"status\":"
        "\"exited\"}"
        ",{\"name\":\"b\",\"status\":\"\"}],\"error\":\"no docker\"}");
    ok(dstack_client_worker_health(c, &h, &err), &err);
    assert_int_equal(dstack_health_is_healthy(h), 0);
    assert_int_equal(dstack_health_unhealthy_count(h), 2);
    assert_string_equal(dstack_health_unhealthy_name(h, 0), "a");
    assert_string_equal(dstack_health_unhealthy_status(h, 0), "exited");
    assert_string_equal(dstack_health_unhealthy_name(h, 1), "b");
    assert_string_equal(dstack_health_unhealthy_status(h, 1), "");
    assert_null(dstack_health_unhealthy_status(h, 2));
    assert_string_equal(dstack_health_error(h), "no docker");
    dstack_health_free(h);
    dstack_client_free(c);
    fake_agent_free(f);
}

static void
test_malformed_health(void **state)
{
    static const struct {
        const char *body, *says;
    } bad[] = {
        {"{}", "healthy: missing"},
        {"{\"healthy\":1}", "healthy: expected true or false"},
        {"{\"healthy\":null}", "healthy: expected true or false"},
        {"{\"healthy\":\"true\"}", "healthy: expected true or false"},
        {"{\"healthy\":true}", "unhealthy: missing"},
        {"{\"healthy\":true,\"unhealthy\":null}",
            "unhealthy: expected an array"},
        {"{\"healthy\":true,\"unhealthy\":{}}", "unhealthy: expected an array"},
        {"{\"healthy\":true,\"unhealthy\":[null]}",
            "unhealthy[0]: expected an object"},
        {"{\"healthy\":true,\"unhealthy\":[{\"status\":\"\"}]}",
            "unhealthy[0].name: missing"},
        {"{\"healthy\":true,\"unhealthy\":[{\"name\":\"\"}]}",
            "unhealthy[0].status: missing"},
        {"{\"healthy\":true,\"unhealthy\":[{\"name\":5,\"status\":\"\"}]}",
            "unhealthy[0].name: expected a string"},
        {"{\"healthy\":true,\"unhealthy\":[],\"error\":null}",
            "error: expected a string"},
        {"[]", "expected an object"},
        {"", "answer: byte 0"},
    };
    fake_agent *f = fake_agent_new(FAKE_WORKER_060);
    dstack_client *c = fake_agent_client(f);
    dstack_health *h = (dstack_health *)1;
    dstack_error err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fake_agent_answer(f, HEALTH, 200, bad[i].body);
        failed(dstack_client_worker_health(c, &h, &err), DSTACK_ERR_PROTOCOL,
            &err, bad[i].says);
        assert_null(h);
    }
    dstack_client_free(c);
    fake_agent_free(f);
    f = fake_agent_new(FAKE_WORKER_0511);
    c = fake_agent_client(f);
    failed(dstack_client_worker_health(c, &h, &err), DSTACK_ERR_UNSUPPORTED,
        &err, "it needs dstack 0.6.0 or later");
    dstack_client_free(c);
    fake_agent_free(f);
    f = fake_agent_new(FAKE_060);
    c = fake_agent_client(f);
    failed(dstack_client_worker_health(c, &h, &err), DSTACK_ERR_UNSUPPORTED,
        &err, "this needs DSTACK_SERVICE_WORKER");
    dstack_client_free(c);
    fake_agent_free(f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_info),
        cmocka_unit_test(test_no_info),
        cmocka_unit_test(test_031),
        cmocka_unit_test(test_042),
        cmocka_unit_test(test_v1_shape),
        cmocka_unit_test(test_tcb_of_nulls),
        cmocka_unit_test(test_malformed_info),
        cmocka_unit_test(test_empty_info),
        cmocka_unit_test(test_large_info),
        cmocka_unit_test(test_health),
        cmocka_unit_test(test_malformed_health),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
