/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "codec/json.h"
#include "codec/pem.h"
#include "crypto/cert.h"
#include "crypto/hash.h"
#include "dstack/evidence.h"
#include "guest/inner.h"
#include "support/guest.h"
#include "support/vec.h"

/* What the emulated guest says of itself, from a seed and from a recording; its
 * GPUs; its state directory. */

static const ds_view nothing = {NULL, 0};
static const char empty[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static void
info_of(sim_guest *g, sim_info *i)
{
    sim_error err;
    if (sim_guest_info(g, GUEST_NOW, i, &err))
        fail_msg("%s", err.text);
}

static ds_json *
json_of(ds_view text)
{
    ds_json *j = NULL;
    dstack_error err;
    if (ds_json_parse(text, "text", &j, &err) != DSTACK_OK)
        fail_msg("%s", err.message);
    return j;
}

static void
check_hex(const ds_json *j, const char *name, const uint8_t *p, size_t n)
{
    uint8_t got[48];
    dstack_error err;
    assert_true(n <= sizeof got);
    if (ds_json_hex(j, ds_json_get(j, 0, name), got, n, &err) != DSTACK_OK)
        fail_msg("%s", err.message);
    assert_memory_equal(got, p, n);
}

/* ---- from a seed -------------------------------------------------------------------- */

static void
check_sums(const uint8_t *quote, const sim_info *i)
{
    uint8_t all[5 * 48 + 3 * 48];
    uint8_t system[4 * 48 + 32];
    uint8_t digest[32];
    memcpy(all, quote + 184, 48);
    memcpy(all + 48, quote + 376, 4 * 48);
    memcpy(all + 5 * 48, quote + 232, 3 * 48);
    size_t n =
        ds_view_is_zero(ds_view_of(quote + 232, 3 * 48)) ? 5 * 48 : sizeof all;
    assert_true(ds_hash(DS_SHA256, ds_view_of(all, n), nothing, digest));
    assert_memory_equal(digest, i->mr_aggregated, 32);
    memset(digest, 0, 32);
    if (i->key_provider.n)
        assert_true(ds_hash(DS_SHA256, i->key_provider, nothing, digest));
    assert_memory_equal(digest, i->mr_key_provider, 32);
    memcpy(system, all, 4 * 48);
    memcpy(system + 4 * 48, digest, 32);
    assert_true(
        ds_hash(DS_SHA256, ds_view_of(system, sizeof system), nothing, digest));
    assert_memory_equal(digest, i->mr_system, 32);
}

/* What pretty-printing put in goes away again. */
static void
compact(ds_view json, ds_buf *out)
{
    bool quoted = false;
    for (size_t i = 0; i < json.n; i++) {
        uint8_t c = json.p[i];
        if (!quoted && (c == ' ' || c == '\n'))
            continue;
        ds_buf_add_u8(out, c);
        if (quoted && c == '\\')
            ds_buf_add_u8(out, json.p[++i]);
        else if (c == '"')
            quoted = !quoted;
    }
}

static void
check_tcb_info(sim_guest *g, const uint8_t *quote, const sim_info *i)
{
    ds_json *j = json_of(sim_view(&i->tcb_info));
    ds_buf text;
    ds_buf shown;
    ds_buf_init(&text, 1 << 20);
    ds_buf_init(&shown, 1 << 20);
    check_hex(j, "mrtd", quote + 184, 48);
    check_hex(j, "rtmr0", quote + 376, 48);
    check_hex(j, "rtmr3", quote + 520, 48);
    bool old = g->os == SIM_OS_0_3_6;
    assert_int_equal(ds_json_type(j, ds_json_get(j, 0, "rootfs_hash")),
        old ? DS_JSON_STRING : DS_JSON_MISSING);
    if (!old) {
        check_hex(j, "mr_aggregated", i->mr_aggregated, 32);
        check_hex(j, "compose_hash", i->compose_hash, 32);
        check_hex(j, "os_image_hash", i->os_image_hash, 32);
        check_hex(j, "device_id", i->device_id, 32);
    }
    assert_int_equal(
        ds_json_string_buf(j, ds_json_get(j, 0, "app_compose"), &text, NULL),
        DSTACK_OK);
    assert_true(ds_view_eq(sim_view(&text), i->app_compose));
    ds_view log = ds_json_raw(j, ds_json_get(j, 0, "event_log"));
    ds_buf_cut(&text, 0);
    assert_int_equal(
        sim_log_json(&g->log, g->os, SIM_LOG_FULL, &text, NULL), 0);
    compact(log, &shown);
    assert_true(ds_view_eq(sim_view(&shown), sim_view(&text)));
    ds_buf_free(&shown);
    ds_buf_free(&text);
    ds_json_free(j);
}

static void
test_info(void **state)
{
    (void)state;
    for (int os = 0; os < SIM_OS_COUNT; os++) {
        sim_config c = {.seed = "info",
            .os = os,
            .now = GUEST_NOW,
            .cloud_vendor = "Nobody",
            .cloud_product = "Nothing"};
        sim_guest *g = guest_make(&c);
        sim_info i;
        sim_quote q;
        uint8_t digest[32];
        info_of(g, &i);
        assert_int_equal(sim_guest_quote(g, nothing, &q, NULL), 0);
        assert_true(ds_hash(DS_SHA256, i.app_compose, nothing, digest));
        assert_memory_equal(i.compose_hash, digest, 32);
        assert_true(ds_view_eq(i.app_id, ds_view_of(digest, 20)));
        assert_int_equal(i.instance_id.n, 20);
        assert_true(ds_view_eq_str(i.app_name, "simulated-app"));
        assert_true(ds_view_eq_str(i.cloud_vendor, "Nobody"));
        assert_true(ds_view_eq_str(i.cloud_product, "Nothing"));
        assert_true(i.public_tcbinfo && i.public_logs && i.public_sysinfo);
        assert_true(ds_hash(DS_SHA256,
            os <= SIM_OS_0_5_5 ? ds_view_of(q.quote.p + 28, 20) : nothing,
            nothing, digest));
        assert_memory_equal(i.device_id, digest, 32);
        check_sums(q.quote.p, &i);
        check_tcb_info(g, q.quote.p, &i);
        sim_quote_free(&q);
        sim_info_free(&i);
        sim_guest_free(g);
    }
}

static void
test_app_cert(void **state)
{
    (void)state;
    for (int os = 0; os < SIM_OS_COUNT; os++) {
        sim_guest *g = guest_new("info", os);
        sim_info i, again;
        ds_pem pem;
        ds_buf der;
        size_t n = 0;
        info_of(g, &i);
        info_of(g, &again);
        assert_true(
            ds_view_eq(sim_view(&i.app_cert), sim_view(&again.app_cert)));
        ds_buf_init(&der, 1 << 20);
        ds_pem_init(&pem, sim_view(&i.app_cert));
        while (ds_pem_next(&pem, "CERTIFICATE", &der) == 1)
            n++;
        assert_int_equal(pem.rest.n, 0);
        assert_int_equal(n, os == SIM_OS_0_3_6 ? 1 : 3);
        ds_buf_free(&der);
        sim_info_free(&i);
        sim_info_free(&again);
        sim_guest_free(g);
    }
}

static void
test_identity(void **state)
{
    sim_config c = {.seed = "identity",
        .os = SIM_OS_0_6_0,
        .now = GUEST_NOW,
        .app_id = "00112233445566778899aabbccddeeff00112233",
        .instance_id = ""};
    sim_guest *g = guest_make(&c);
    sim_info i;
    sim_error err;
    (void)state;
    info_of(g, &i);
    guest_assert_hex(i.app_id.p, i.app_id.n, c.app_id);
    assert_int_equal(i.instance_id.n, 0);
    sim_info_free(&i);
    sim_guest_free(g);
    c.instance_id = "ffffffffffffffffffffffffffffffffffffffff";
    g = guest_make(&c);
    info_of(g, &i);
    guest_assert_hex(i.instance_id.p, i.instance_id.n, c.instance_id);
    sim_info_free(&i);
    sim_guest_free(g);
    c.instance_id = "short";
    assert_int_equal(sim_guest_new(&c, &g, &err), -1);
    assert_string_equal(err.text, "instance id: 40 hex digits are expected");
    c.instance_id = NULL;
    c.provider = SIM_PROVIDER_NONE;
    assert_int_equal(sim_guest_new(&c, &g, &err), -1);
    assert_non_null(strstr(err.text, "needs a KMS"));
    c.app_id = NULL;
    c.os = SIM_OS_COUNT;
    assert_int_equal(sim_guest_new(&c, &g, &err), -1);
    c.os = SIM_OS_0_5_11;
    c.gpus = 1;
    assert_int_equal(sim_guest_new(&c, &g, &err), -1);
    assert_int_equal(sim_os_parse("0.5.11"), SIM_OS_0_5_11);
    assert_int_equal(sim_os_parse("0.5"), -1);
    assert_int_equal(sim_os_parse(NULL), -1);
    assert_null(sim_os_name(-1));
}

static void
test_vm_config(void **state)
{
    sim_config c = {.seed = "machine",
        .os = SIM_OS_0_6_0,
        .now = GUEST_NOW,
        .cpus = 12,
        .memory = UINT64_C(68719476736),
        .gpus = 3};
    sim_guest *g = guest_make(&c);
    sim_info i;
    dstack_vm_config *config = NULL;
    size_t n;
    (void)state;
    info_of(g, &i);
    assert_int_equal(
        dstack_vm_config_parse(i.vm_config.p, i.vm_config.n, &config, NULL),
        DSTACK_OK);
    assert_int_equal(dstack_vm_config_number(config, "cpu_count", NULL), 12);
    assert_int_equal(
        dstack_vm_config_number(config, "memory_size", NULL), c.memory);
    assert_int_equal(dstack_vm_config_number(config, "num_gpus", NULL), 3);
    const char *hash = dstack_vm_config_text(config, "os_image_hash", &n);
    guest_assert_hex(i.os_image_hash, 32, hash);
    assert_string_equal(
        dstack_vm_config_text(config, "image", NULL), "dstack-simulator-0.6.0");
    dstack_vm_config_free(config);
    sim_info_free(&i);
    sim_health health;
    sim_guest_health(g, &health);
    assert_true(health.healthy);
    sim_guest_free(g);
}

/* ---- from a recording ------------------------------------------------------------------ */

static sim_guest *
recorded(ds_view attestation, int os, bool keep)
{
    sim_config c = {.seed = "recorded",
        .os = os,
        .now = GUEST_NOW,
        .attestation = attestation,
        .keep_report_data = keep};
    return guest_make(&c);
}

static void
check_recorded_quote(sim_guest *g, const ds_attestation *a, bool keep)
{
    sim_quote q;
    uint8_t rd[64];
    uint8_t own[64];
    memset(rd, 0x5a, sizeof rd);
    assert_int_equal(sim_guest_quote(g, ds_view_of(rd, 64), &q, NULL), 0);
    memcpy(own, a->quote.p + 568, 64);
    assert_int_equal(q.quote.n, a->quote.n);
    assert_memory_equal(q.quote.p + 568, keep ? own : rd, 64);
    assert_memory_equal(q.report_data, rd, 64);
    memcpy(q.quote.p + 568, own, 64);
    assert_memory_equal(q.quote.p, a->quote.p, a->quote.n);
    dstack_event_log *log = NULL;
    assert_int_equal(
        dstack_event_log_parse_json(q.event_log.p, q.event_log.n, &log, NULL),
        DSTACK_OK);
    assert_int_equal(log->count, a->event_count);
    for (size_t i = 0; i < log->count; i++) {
        assert_true(ds_view_eq(log->events[i].payload, a->events[i].payload));
        assert_int_equal(log->events[i].digest.n, 48);
    }
    dstack_event_log_free(log);
    sim_quote_free(&q);
}

/* A line for each member, as serde_json prints it. */
static void
check_pretty(ds_view v)
{
    static const char begin[] = "{\n  \"mrtd\": \"e53236d44a074bc7";
    static const char end[] = "\n}";
    assert_true(v.n > sizeof begin);
    assert_memory_equal(v.p, begin, sizeof begin - 1);
    assert_memory_equal(v.p + v.n - 2, end, 2);
    assert_true(
        ds_view_contains(v, ",\n  \"event_log\": [\n    {\n      \"imr\": 0,\n"
                            "      \"event_type\": 2147483659,\n"));
    assert_true(ds_view_contains(
        v, "\"event_payload\": \"\"\n    }\n  ],\n  \"app_compose\": \""));
}

static void
test_recorded_simulator(void **state)
{
    ds_view file = vec_real("dstack/simulator.attestation.bin");
    ds_attestation *a = NULL;
    sim_info i;
    (void)state;
    assert_int_equal(ds_attestation_decode(file, &a, NULL), DSTACK_OK);
    sim_guest *g = recorded(file, SIM_OS_0_5_11, false);
    assert_true(sim_guest_is_recorded(g));
    info_of(g, &i);
    guest_assert_hex(
        i.app_id.p, i.app_id.n, "5bb4ff9a3837357f19dc176407a5709c62eb6c56");
    guest_assert_hex(i.instance_id.p, i.instance_id.n,
        "1691ed1b47506cad7d08834668691d88246f5b1f");
    guest_assert_hex(i.compose_hash, 32,
        "c143116fef3940e7f776bfc0919c256232ae5338a6e948c96b711e0b2383483a");
    guest_assert_hex(i.mr_key_provider, 32,
        "f1fe118a703e9896aabc3f69e449a06061c577dd31021f1f7c2c441caee9c2e1");
    guest_assert_hex(i.mr_system, 32,
        "51ea38f8eee6dc72dbae9b74531ae6d6204295d265dabb4e6c34621a2a1a1197");
    guest_assert_hex(i.mr_aggregated, 32,
        "85334a62c97d0f8bf82d0245d31b539d17a2d7c258e2a13efc928aaea0e107cb");
    assert_int_equal(i.os_image_hash_n, 0);
    guest_assert_hex(i.device_id, 32, empty);
    assert_true(ds_view_contains(i.vm_config, "\"cpu_count\":8,"));
    check_sums(a->quote.p, &i);
    ds_json *j = json_of(sim_view(&i.tcb_info));
    check_hex(j, "rtmr3", a->quote.p + 520, 48);
    check_pretty(sim_view(&i.tcb_info));
    ds_json_free(j);
    check_recorded_quote(g, a, false);
    sim_info_free(&i);
    sim_guest_free(g);
    g = recorded(file, SIM_OS_0_6_0, true);
    check_recorded_quote(g, a, true);
    info_of(g, &i);
    guest_assert_hex(i.os_image_hash, i.os_image_hash_n,
        "e61be43dd1cc6a6f5edefd7c51b608983780839b0000ce60dd99737dcffe09b9");
    sim_info_free(&i);
    sim_guest_free(g);
    ds_attestation_free(a);
    vec_free(file);
}

static void
test_recorded_attest(void **state)
{
    ds_view file = vec_real("dstack/simulator.attestation.bin");
    sim_guest *g = recorded(file, SIM_OS_0_6_0, false);
    ds_buf out;
    ds_attestation *a = NULL;
    (void)state;
    ds_buf_init(&out, 1 << 20);
    /* With the report data that it was recorded with, nothing changes. */
    assert_int_equal(
        sim_guest_attest(g, nothing, SIM_ATTEST_V0, &out, NULL), 0);
    assert_true(ds_view_eq(sim_view(&out), file));
    ds_buf_cut(&out, 0);
    assert_int_equal(
        sim_guest_attest(g, ds_view_str("rd"), SIM_ATTEST_V1, &out, NULL), 0);
    assert_int_equal(ds_attestation_decode(sim_view(&out), &a, NULL), 0);
    assert_int_equal(a->version, 1);
    assert_memory_equal(a->report_data, "rd\0", 3);
    assert_memory_equal(a->quote.p + 568, "rd\0", 3);
    ds_attestation_free(a);
    sim_guest_free(g);
    /* What the original simulator of 0.5.11 makes is always version 1. */
    g = recorded(file, SIM_OS_0_5_11, false);
    ds_buf_cut(&out, 0);
    assert_int_equal(
        sim_guest_attest(g, nothing, SIM_ATTEST_V0, &out, NULL), 0);
    assert_int_equal(out.p[0], 0x83);
    assert_int_equal(ds_attestation_decode(sim_view(&out), &a, NULL), 0);
    assert_int_equal(a->version, 1);
    assert_int_equal(a->event_count, 33);
    ds_attestation_free(a);
    ds_buf_free(&out);
    sim_guest_free(g);
    vec_free(file);
}

/* They change nothing: accepted, then refused. */
static void
test_recorded_events(void **state)
{
    ds_view file = vec_real("dstack/simulator.attestation.bin");
    sim_guest *g = recorded(file, SIM_OS_0_5_5, false);
    sim_error err;
    (void)state;
    assert_int_equal(
        sim_guest_emit_event(g, ds_view_str("e"), nothing, NULL), 0);
    assert_int_equal(g->log.runtime_n, 9);
    sim_guest_free(g);
    g = recorded(file, SIM_OS_0_5_11, false);
    assert_int_equal(
        sim_guest_emit_event(g, ds_view_str("test"), nothing, &err), -1);
    assert_int_equal(err.code, SIM_REFUSED);
    assert_string_equal(err.text,
        "runtime event emission is unavailable in simulator mode: test");
    assert_int_equal(g->log.runtime_n, 9);
    sim_guest_free(g);
    vec_free(file);
}

static void
test_recorded_files(void **state)
{
    ds_view file = vec_real("dstack/simulator.attestation.bin");
    ds_view sys = vec_real("dstack/simulator.sys-config.json");
    ds_view compose = vec_real("dstack/simulator.app-compose.json");
    sim_config c = {.seed = "recorded",
        .os = SIM_OS_0_5_11,
        .now = GUEST_NOW,
        .attestation = file,
        .sys_config = sys,
        .app_compose = compose};
    sim_guest *g = guest_make(&c);
    sim_info i;
    sim_error err;
    (void)state;
    info_of(g, &i);
    assert_true(ds_view_eq_str(i.app_name, "guest-agent"));
    assert_true(ds_view_eq(i.app_compose, compose));
    assert_true(ds_view_eq_str(i.vm_config,
        "{\"os_image_hash\":\"64f0d1545cd510a8dfed7ad609d105b5d41f0cb2afcfdda88"
        "67ede00c88add7a\",\"cpu_count\":1,\"memory_size\":2147483648}"));
    sim_info_free(&i);
    sim_guest_free(g);
    c.attestation = ds_view_str("no attestation");
    assert_int_equal(sim_guest_new(&c, &g, &err), -1);
    assert_int_equal(err.code, SIM_REFUSED);
    vec_free(file);
    vec_free(sys);
    vec_free(compose);
}

static void
test_recorded_lite(void **state)
{
    ds_view text = vec_real("dstack/lite.attestation.json");
    ds_json *j = json_of(text);
    ds_buf bytes;
    ds_view hex;
    sim_info i;
    (void)state;
    ds_buf_init(&bytes, 1 << 20);
    assert_int_equal(ds_json_string(j, ds_json_get(j, 0, "attestation"),
                         1 << 20, &hex, NULL),
        DSTACK_OK);
    assert_true(ds_hex_decode_buf(hex, &bytes));
    ds_json_free(j);
    sim_guest *g = recorded(sim_view(&bytes), SIM_OS_0_6_0, false);
    info_of(g, &i);
    guest_assert_hex(
        i.app_id.p, i.app_id.n, "86b0e55f2fa8e4fb69d890f14f54d5612707646e");
    guest_assert_hex(i.mr_system, 32,
        "118f754a080ecb8527df65656ee4e7e97b891cf488ad6a38886ff0dbca0c8f70");
    guest_assert_hex(i.mr_aggregated, 32,
        "c758fa624b62536ca77504c4c52745e70880220a178a615a859c52f8b101d2ee");
    guest_assert_hex(i.os_image_hash, i.os_image_hash_n,
        "e6f5cfec20c02e7b97baa213d0f718020b55e040172d90ccbcb946d56c8b09db");
    sim_info_free(&i);
    sim_guest_free(g);
    ds_buf_free(&bytes);
    vec_free(text);
}

/* ---- GPUs -------------------------------------------------------------------------------- */

static void
test_gpus(void **state)
{
    sim_config c = {
        .seed = "gpus", .os = SIM_OS_0_6_0, .now = GUEST_NOW, .gpus = 2};
    sim_guest *g = guest_make(&c);
    sim_gpu_bundle b;
    uint8_t digest[32];
    uint8_t nonce[33];
    char hex[65];
    char event[256];
    sim_error err;
    ds_buf report;
    ds_view text;
    (void)state;
    assert_int_equal(sim_guest_gpu_bundles(g), 1);
    assert_int_equal(sim_guest_gpu_boottime(g, &b, NULL), 0);
    assert_string_equal(b.vendor, "nvidia");
    assert_string_equal(b.format, "nvidia-nvattest-boottime-json-v1");
    assert_int_equal(b.evidence.p[b.evidence.n - 1], '\n');
    assert_true(ds_hash(DS_SHA256, sim_view(&b.evidence), nothing, digest));
    ds_hex_encode(ds_view_of(digest, 32), hex);
    snprintf(event, sizeof event,
        "{\"version\":2,\"provider\":\"nvidia\",\"devices\":2,\"cc_mode\":"
        "\"on\",\"devtools\":false,\"evidence_sha256\":\"%s\"}",
        hex);
    assert_true(ds_view_eq_str(
        sim_log_find(&g->log, "gpu-attestation")->payload, event));
    assert_true(ds_view_contains(sim_view(&b.evidence), "synthetic"));
    sim_gpu_bundle_free(&b);

    memset(nonce, 0x21, sizeof nonce);
    assert_int_equal(
        sim_guest_gpu_fresh(g, ds_view_of(nonce, 32), &b, NULL), 0);
    assert_string_equal(b.format, "nvidia-nvattest-collect-evidence-json-v1");
    ds_json *j = json_of(sim_view(&b.evidence));
    assert_int_equal(ds_json_count(j, 0), 2);
    ds_jv entry = ds_json_first(j, 0);
    assert_int_equal(
        ds_json_string(j, ds_json_get(j, entry, "evidence"), 4096, &text, NULL),
        DSTACK_OK);
    ds_buf_init(&report, 4096);
    assert_true(ds_base64_decode(text, false, &report));
    assert_memory_equal(report.p + 4, nonce, 32);
    ds_buf_free(&report);
    ds_json_free(j);
    sim_gpu_bundle_free(&b);
    assert_int_equal(
        sim_guest_gpu_fresh(g, ds_view_of(nonce, 33), &b, &err), -1);
    assert_int_equal(err.code, SIM_REFUSED);
    sim_gpu_bundle_free(&b);
    sim_guest_free(g);
    g = guest_new("gpus", SIM_OS_0_6_0);
    assert_int_equal(sim_guest_gpu_bundles(g), 0);
    assert_int_equal(sim_guest_gpu_boottime(g, &b, &err), -1);
    sim_gpu_bundle_free(&b);
    sim_guest_free(g);
}

/* ---- state --------------------------------------------------------------------------------- */

static void
read_file(const char *dir, const char *name, ds_buf *out)
{
    char path[256];
    char part[1024];
    size_t n;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    while ((n = fread(part, 1, sizeof part, f)) > 0)
        ds_buf_add(out, part, n);
    assert_int_equal(fclose(f), 0);
}

static void
check_file(
    sim_guest *g, const char *dir, const char *name, int which, int64_t now)
{
    sim_document d;
    ds_buf file;
    ds_buf_init(&file, 1 << 20);
    assert_int_equal(sim_guest_document(g, which, now, &d, NULL), 0);
    read_file(dir, name, &file);
    assert_true(ds_view_eq(sim_view(&file), sim_view(&d.body)));
    ds_buf_free(&file);
    sim_document_free(&d);
}

static void
remove_dir(const char *dir)
{
    char path[512];
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(closedir(d), 0);
    assert_int_equal(rmdir(dir), 0);
}

static size_t
count_files(const char *dir)
{
    size_t n = 0;
    DIR *d = opendir(dir);
    assert_non_null(d);
    while (readdir(d))
        n++;
    assert_int_equal(closedir(d), 0);
    return n - 2;
}

static void
test_state(void **state)
{
    char base[] = "/tmp/guest-state-XXXXXX";
    char dir[64];
    sim_error err;
    struct stat st;
    uint8_t first[33], second[33];
    (void)state;
    assert_non_null(mkdtemp(base));
    snprintf(dir, sizeof dir, "%s/made", base);
    sim_config c = {.state_dir = dir, .os = SIM_OS_0_6_0, .now = GUEST_NOW};
    sim_guest *g = guest_make(&c);
    assert_int_equal(strlen(sim_guest_seed(g)), 64);
    assert_int_equal(sim_guest_app_root(g, first, NULL), 0);
    check_file(g, dir, "root.pem", SIM_DOC_ROOT_PEM, GUEST_NOW);
    check_file(g, dir, "collateral.json", SIM_DOC_BUNDLE, GUEST_NOW);
    /* Documents of another time replace the file's. */
    int64_t later = GUEST_NOW + 30 * SIM_DAY;
    check_file(g, dir, "collateral.json", SIM_DOC_BUNDLE, later);
    char path[96];
    snprintf(path, sizeof path, "%s/seed", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(count_files(dir), 3);
    char seed[65];
    snprintf(seed, sizeof seed, "%s", sim_guest_seed(g));
    sim_guest_free(g);
    /* It comes back the same, also when asked for by name; not another. */
    for (int named = 0; named < 2; named++) {
        c.seed = named ? seed : NULL;
        g = guest_make(&c);
        assert_int_equal(sim_guest_app_root(g, second, NULL), 0);
        assert_memory_equal(first, second, 33);
        sim_guest_free(g);
    }
    c.seed = "another";
    assert_int_equal(sim_guest_new(&c, &g, &err), -1);
    assert_int_equal(err.code, SIM_REFUSED);
    assert_non_null(strstr(err.text, "another seed"));
    c.seed = "";
    assert_int_equal(sim_guest_new(&c, &g, &err), -1);
    remove_dir(dir);
    c.seed = "s";
    c.state_dir = "/nonexistent/state";
    assert_int_equal(sim_guest_new(&c, &g, &err), -1);
    assert_int_equal(err.code, SIM_FAILED);
    assert_int_equal(rmdir(base), 0);
    /* Without a directory each one is new. */
    sim_config none = {.os = SIM_OS_0_6_0, .now = GUEST_NOW};
    g = guest_make(&none);
    sim_guest *other = guest_make(&none);
    assert_string_not_equal(sim_guest_seed(g), sim_guest_seed(other));
    sim_guest_free(g);
    sim_guest_free(other);
}

/* ---- threads --------------------------------------------------------------------------------- */

typedef struct {
    sim_guest *g;
    int bad;
} worker;

static void *
work(void *arg)
{
    worker *w = arg;
    sim_cert_request r = {.ra_tls = true};
    for (int i = 0; i < 8; i++) {
        sim_quote q;
        sim_cert c;
        sim_info info;
        sim_key key;
        sim_document d;
        ds_buf out;
        ds_buf_init(&out, 1 << 20);
        w->bad |= sim_guest_quote(w->g, ds_view_str("x"), &q, NULL);
        sim_quote_free(&q);
        w->bad |= sim_guest_emit_event(w->g, ds_view_str("e"), nothing, NULL);
        w->bad |= sim_guest_issue_cert(w->g, &r, GUEST_NOW, &c, NULL);
        sim_cert_free(&c);
        w->bad |= sim_guest_info(w->g, GUEST_NOW, &info, NULL);
        sim_info_free(&info);
        w->bad |= sim_guest_get_key(
            w->g, nothing, nothing, SIM_ALG_SECP256K1, &key, NULL);
        w->bad |= sim_guest_attest(w->g, nothing, SIM_ATTEST_V1, &out, NULL);
        ds_buf_free(&out);
        w->bad |= sim_guest_document(w->g, SIM_DOC_BUNDLE, GUEST_NOW, &d, NULL);
        sim_document_free(&d);
    }
    return NULL;
}

static void
test_threads(void **state)
{
    pthread_t threads[4];
    worker workers[4];
    sim_guest *g = guest_new("threads", SIM_OS_0_5_11);
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        workers[i].g = g;
        workers[i].bad = 0;
        assert_int_equal(
            pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(workers[i].bad, 0);
    }
    assert_int_equal(g->log.runtime_n, 9 + 32);
    sim_guest_free(g);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_info),
        cmocka_unit_test(test_app_cert),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_vm_config),
        cmocka_unit_test(test_recorded_simulator),
        cmocka_unit_test(test_recorded_attest),
        cmocka_unit_test(test_recorded_events),
        cmocka_unit_test(test_recorded_files),
        cmocka_unit_test(test_recorded_lite),
        cmocka_unit_test(test_gpus),
        cmocka_unit_test(test_state),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
