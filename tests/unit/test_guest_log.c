/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "guest/inner.h"
#include "support/guest.h"

/* What the emulated guest measured: event logs and registers. */

static const ds_view nothing = {NULL, 0};

static sim_guest *
guest_of(const char *compose, int os, uint32_t gpus)
{
    sim_config c = {.seed = "a log",
        .os = os,
        .now = GUEST_NOW,
        .app_compose = ds_view_str(compose),
        .gpus = gpus};
    return guest_make(&c);
}

/* By hand: 01 00 00 08 ":" name ":" payload, and the object of version 2. */
static void
digest_of(const ds_event *e, uint8_t digest[48])
{
    ds_buf b;
    ds_buf_init(&b, 1 << 20);
    if (e->version == 2) {
        char hex[2048];
        assert_true(e->payload.n * 2 < sizeof hex);
        ds_hex_encode(e->payload, hex);
        ds_buf_add_str(&b, "{\"name\":\"");
        ds_buf_add(&b, e->name.p, e->name.n);
        ds_buf_add_str(&b, "\",\"payload\":\"");
        ds_buf_add_str(&b, hex);
        ds_buf_add_str(&b, "\",\"type\":134217729}");
    } else {
        ds_buf_add(&b, "\1\0\0\10:", 5);
        ds_buf_add(&b, e->name.p, e->name.n);
        ds_buf_add_str(&b, ":");
        ds_buf_add(&b, e->payload.p, e->payload.n);
    }
    assert_true(ds_hash(DS_SHA384, sim_view(&b), nothing, digest));
    ds_buf_free(&b);
}

static void
replay(const ds_event *events, size_t n, uint32_t imr, uint8_t value[48])
{
    memset(value, 0, 48);
    for (size_t i = 0; i < n; i++) {
        uint8_t digest[48];
        uint8_t both[96];
        if (events[i].imr != imr)
            continue;
        if (events[i].type == 0x08000001)
            digest_of(&events[i], digest);
        else
            memcpy(digest, events[i].digest.p, 48);
        memcpy(both, value, 48);
        memcpy(both + 48, digest, 48);
        assert_true(ds_hash(DS_SHA384, ds_view_of(both, 96), nothing, value));
    }
}

static void
check_replay(sim_guest *g, const char *text, size_t n)
{
    dstack_event_log *log = NULL;
    sim_quote q;
    uint8_t value[48];
    assert_int_equal(
        dstack_event_log_parse_json((const uint8_t *)text, n, &log, NULL),
        DSTACK_OK);
    assert_int_equal(sim_guest_quote(g, nothing, &q, NULL), 0);
    for (uint32_t i = 0; i < 4; i++) {
        replay(log->events, log->count, i, value);
        assert_memory_equal(value, q.quote.p + 376 + 48 * (size_t)i, 48);
    }
    sim_quote_free(&q);
    dstack_event_log_free(log);
}

static void
test_replay(void **state)
{
    static const char *const composes[] = {"{}",
        "{\"event_log_version\":2,\"kms_enabled\":true}",
        "{\"init_script\":[\"echo a\",\"echo b\"],\"key_provider\":\"tpm\"}"};
    (void)state;
    for (int os = 0; os < SIM_OS_COUNT; os++)
        for (size_t i = 0; i < sizeof composes / sizeof composes[0]; i++) {
            sim_guest *g =
                guest_of(composes[i], os, os == SIM_OS_0_6_0 && i ? 2 : 0);
            sim_quote q;
            sim_info info;
            assert_int_equal(sim_guest_quote(g, nothing, &q, NULL), 0);
            check_replay(g, (const char *)q.event_log.p, q.event_log.n);
            sim_quote_free(&q);
            assert_int_equal(sim_guest_info(g, GUEST_NOW, &info, NULL), 0);
            sim_info_free(&info);
            sim_guest_free(g);
        }
}

/* ---- firmware ------------------------------------------------------------------ */

static void
test_firmware(void **state)
{
    /* Values that every machine of this firmware measures, by index. */
    static const struct {
        size_t at;
        uint32_t imr;
        const char *digest;
    } known[] = {
        {1, 0,
            "344bc51c980ba621aaa00da3ed7436f7d6e549197dfe699515dfa2c6583d95e641"
            "2af21c097d473155875ffd561d6790"},
        {2, 0,
            "9dc3a1f80bcec915391dcda5ffbb15e7419f77eab462bbf72b42166fb70d50325e"
            "37b36f93537a863769bcf9bedae6fb"},
        {3, 0,
            "6f2e3cbc14f9def86980f5f66fd85e99d63e69a73014ed8a5633ce56eca5b64b69"
            "2108c56110e22acadcef58c3250f1b"},
        {4, 0,
            "d607c0efb41c0d757d69bca0615c3a9ac0b1db06c557d992e906c6b7dee40e0e03"
            "1640c7bfd7bcd35844ef9edeadc6f9"},
        {5, 0,
            "08a74f8963b337acb6c93682f934496373679dd26af1089cb4eaf0c30cf260a12e"
            "814856385ab8843e56a9acea19e127"},
        {6, 0,
            "18cc6e01f0c6ea99aa23f8a280423e94ad81d96d0aeb5180504fc0f7a40cb3619d"
            "d39bd6a95ec1680a86ed6ab0f9828d"},
        {7, 0,
            "394341b7182cd227c5c6b07ef8000cdfd86136c4292b8e576573ad7ed9ae41019f"
            "5818b4b971c9effc60e1ad9f1289f0"},
        {12, 0,
            "1dd6f7b457ad880d840d41c961283bab688e94e4b59359ea45686581e90feccea3"
            "c624b1226113f824f315eb60ae0a7c"},
        {13, 0,
            "23ada07f5261f12f34a0bd8e46760962d6b4d576a416f1fea1c64bc656b1d28eac"
            "f7047ae6e967c58fd2a98bfa74c298"},
        {14, 1,
            "77a0dab2312b4e1e57a84d865a21e5b2ee8d677a21012ada819d0a98988078d3d7"
            "40f6346bfe0abaa938ca20439a8d71"},
        {15, 1,
            "394341b7182cd227c5c6b07ef8000cdfd86136c4292b8e576573ad7ed9ae41019f"
            "5818b4b971c9effc60e1ad9f1289f0"},
        {18, 1,
            "214b0bef1379756011344877743fdc2a5382bac6e70362d624ccf3f654407c1b4b"
            "adf7d8f9295dd3dabdef65b27677e0"},
        {19, 1,
            "0a2e01c85deae718a530ad8c6d20a84009babe6c8989269e950d8cf440c6e99769"
            "5e64d455c4174a652cd080f6230b74"}};
    sim_guest *g = guest_new("firmware", SIM_OS_0_6_0);
    size_t count[3] = {0};
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const ds_event *e = &g->log.events[known[i].at];
        assert_int_equal(e->imr, known[i].imr);
        guest_assert_hex(e->digest.p, e->digest.n, known[i].digest);
    }
    for (size_t i = 0; i < g->log.n; i++)
        if (g->log.events[i].imr < 3)
            count[g->log.events[i].imr]++;
    assert_int_equal(count[0], 13);
    assert_int_equal(count[1], 5);
    assert_int_equal(count[2], 2);
    sim_guest_free(g);
}

/* The image is that of the version; RTMR0 follows the machine's shape. */
static void
test_image(void **state)
{
    sim_config c = {.seed = "one", .os = SIM_OS_0_5_11, .now = GUEST_NOW};
    sim_guest *a = guest_make(&c);
    c.seed = "two";
    sim_guest *b = guest_make(&c);
    c.memory = (uint64_t)4 << 30;
    sim_guest *larger = guest_make(&c);
    c.os = SIM_OS_0_6_0;
    sim_guest *newer = guest_make(&c);
    (void)state;
    assert_memory_equal(&a->image, &b->image, sizeof a->image);
    assert_memory_equal(a->log.rtmr, b->log.rtmr, 3 * 48);
    assert_memory_not_equal(b->log.rtmr[0], larger->log.rtmr[0], 48);
    assert_memory_equal(b->log.rtmr[1], larger->log.rtmr[1], 2 * 48);
    assert_memory_not_equal(larger->image.mr_td, newer->image.mr_td, 48);
    sim_guest_free(a);
    sim_guest_free(b);
    sim_guest_free(larger);
    sim_guest_free(newer);
}

/* ---- runtime events -------------------------------------------------------------- */

static void
check_names(const sim_guest *g, const char *const *names)
{
    size_t at = 0;
    for (size_t i = 0; i < g->log.n; i++) {
        const ds_event *e = &g->log.events[i];
        if (e->imr != 3)
            continue;
        assert_int_equal(e->type, 0x08000001);
        assert_non_null(names[at]);
        assert_true(ds_view_eq_str(e->name, names[at++]));
    }
    assert_null(names[at]);
}

static void
check_payload(const sim_guest *g, const char *name, const void *p, size_t n)
{
    const ds_event *e = sim_log_find(&g->log, name);
    assert_non_null(e);
    assert_true(ds_view_eq(e->payload, ds_view_of(p, n)));
}

static void
test_sequence(void **state)
{
    static const char *const v036[] = {"rootfs-hash", "app-id", "compose-hash",
        "ca-cert-hash", "instance-id", NULL};
    static const char *const v05[] = {"system-preparing", "app-id",
        "compose-hash", "instance-id", "boot-mr-done", "os-image-hash",
        "key-provider", "storage-fs", "system-ready", NULL};
    static const char *const v05_local[] = {"system-preparing", "app-id",
        "compose-hash", "instance-id", "boot-mr-done", "key-provider",
        "storage-fs", "system-ready", NULL};
    static const char *const v06[] = {"system-preparing", "app-id",
        "compose-hash", "init-script-hash", "init-script-hash",
        "gpu-policy-hash", "gpu-attestation", "instance-id", "boot-mr-done",
        "os-image-hash", "key-provider", "storage-fs", "system-ready", NULL};
    static const char kms[] = "{\"kms_enabled\":true,\"init_script\":[\"echo "
                              "1\",\"echo 2\"],\"storage_fs\":\"ext4\"}";
    sim_guest *g = guest_of(kms, SIM_OS_0_3_6, 0);
    (void)state;
    check_names(g, v036);
    sim_guest_free(g);
    for (int os = SIM_OS_0_5_5; os <= SIM_OS_0_5_11; os++) {
        g = guest_of(kms, os, 0);
        check_names(g, v05);
        check_payload(g, "storage-fs", "ext4", 4);
        sim_guest_free(g);
        g = guest_of("{\"local_key_provider_enabled\":true}", os, 0);
        check_names(g, v05_local);
        check_payload(g, "storage-fs", "zfs", 3);
        sim_guest_free(g);
    }
    g = guest_of(kms, SIM_OS_0_6_0, 1);
    check_names(g, v06);
    sim_guest_free(g);
}

static void
test_claims(void **state)
{
    static const char text[] = "{\"name\":\"x\",\"kms_enabled\":true}";
    uint8_t hash[32];
    uint8_t id[91];
    char hex[2 * sizeof id + 1];
    char json[256];
    sim_cert cert;
    sim_cert_request request = {.app_info = false};
    sim_guest *g = guest_of(text, SIM_OS_0_6_0, 0);
    (void)state;
    assert_true(ds_hash(DS_SHA256, ds_view_str(text), nothing, hash));
    check_payload(g, "compose-hash", hash, 32);
    check_payload(g, "app-id", hash, 20);
    check_payload(g, "instance-id", g->instance_id, 20);
    check_payload(g, "system-ready", "", 0);
    /* The provider's id is the KMS CA's key as the chain shows it. */
    assert_int_equal(
        sim_guest_issue_cert(g, &request, GUEST_NOW, &cert, NULL), 0);
    assert_int_equal(cert.chain_n, 3);
    ds_buf der;
    ds_buf_init(&der, 1 << 16);
    assert_int_equal(sim_p256_spki(g->secrets->kms_ca, &der, NULL), 0);
    assert_int_equal(der.n, sizeof id);
    memcpy(id, der.p, sizeof id);
    ds_hex_encode(ds_view_of(id, sizeof id), hex);
    snprintf(json, sizeof json, "{\"name\":\"kms\",\"id\":\"%s\"}", hex);
    check_payload(g, "key-provider", json, strlen(json));
    ds_buf_free(&der);
    sim_cert_free(&cert);
    sim_guest_free(g);

    g = guest_of("{\"no_instance_id\":true}", SIM_OS_0_6_0, 0);
    check_payload(g, "instance-id", "", 0);
    static const char none[] = "{\"name\":\"none\",\"id\":\"\"}";
    check_payload(g, "key-provider", none, sizeof none - 1);
    sim_guest_free(g);
    /* A file that pins its provider meets that one. */
    g = guest_of("{\"key_provider\":\"local\",\"key_provider_id\":\"c0ffee\"}",
        SIM_OS_0_5_11, 0);
    static const char local[] = "{\"name\":\"local-sgx\",\"id\":\"c0ffee\"}";
    check_payload(g, "key-provider", local, sizeof local - 1);
    sim_guest_free(g);
}

static void
test_script_and_policy_hashes(void **state)
{
    uint8_t hash[32];
    sim_guest *g = guest_of("{\"init_script\":\"echo hi\"}", SIM_OS_0_6_0, 0);
    (void)state;
    assert_true(ds_hash(DS_SHA256, ds_view_str("echo hi"), nothing, hash));
    check_payload(g, "init-script-hash", hash, 32);
    assert_true(ds_hex_decode(
        ds_view_str("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61c"
                    "aaff8a"),
        hash, 32));
    check_payload(g, "gpu-policy-hash", hash, 32);
    sim_guest_free(g);
    g = guest_of("{\"requirements\": {\"gpu_policy\": { \"rego\" : "
                 "\"a\\u000a\\u00e9\", \"attest_gpu\" : true, "
                 "\"allow_debug\":false } } }",
        SIM_OS_0_6_0, 0);
    assert_true(ds_hash(DS_SHA256,
        ds_view_str("{\"allow_debug\":false,\"attest_gpu\":true,\"rego\":\"a\\n"
                    "\xc3\xa9\"}"),
        nothing, hash));
    check_payload(g, "gpu-policy-hash", hash, 32);
    sim_guest_free(g);
}

/* ---- what is shown ------------------------------------------------------------------ */

static dstack_event_log *
shown(sim_guest *g, ds_buf *text)
{
    dstack_event_log *log = NULL;
    sim_quote q;
    assert_int_equal(sim_guest_quote(g, nothing, &q, NULL), 0);
    assert_int_equal(
        dstack_event_log_parse_json(q.event_log.p, q.event_log.n, &log, NULL),
        DSTACK_OK);
    if (text)
        ds_buf_add(text, q.event_log.p, q.event_log.n);
    sim_quote_free(&q);
    return log;
}

static void
check_shape(int os, bool stripped, bool marked)
{
    sim_guest *g = guest_of("{\"kms_enabled\":true}", os, 0);
    dstack_event_log *log = shown(g, NULL);
    assert_int_equal(log->count, g->log.n);
    for (size_t i = 0; i < log->count; i++) {
        const ds_event *e = &log->events[i];
        const ds_event *own = &g->log.events[i];
        bool runtime = e->imr == 3;
        bool acpi = i >= 8 && i <= 10;
        assert_true(ds_view_eq(e->name, own->name));
        assert_int_equal(e->digest.n, stripped && runtime ? 0 : own->digest.n);
        assert_int_equal(e->payload.n,
            stripped && !runtime && !(marked && acpi) ? 0 : own->payload.n);
        assert_int_equal(e->name.n != 0, runtime || (marked && acpi));
    }
    dstack_event_log_free(log);
    sim_guest_free(g);
}

static void
test_shapes(void **state)
{
    (void)state;
    check_shape(SIM_OS_0_3_6, false, false);
    check_shape(SIM_OS_0_5_5, false, false);
    check_shape(SIM_OS_0_5_11, true, false);
    check_shape(SIM_OS_0_6_0, true, true);
}

static void
test_version_2(void **state)
{
    ds_buf text;
    uint8_t digest[48];
    (void)state;
    ds_buf_init(&text, 1 << 20);
    /* Before 0.6 nobody knows the member. */
    sim_guest *g = guest_of("{\"event_log_version\":2}", SIM_OS_0_5_11, 0);
    assert_int_equal(sim_log_find(&g->log, "app-id")->version, 1);
    sim_guest_free(g);
    g = guest_of("{\"event_log_version\":2}", SIM_OS_0_6_0, 0);
    dstack_event_log *log = shown(g, &text);
    for (size_t i = 0; i < log->count; i++) {
        const ds_event *e = &log->events[i];
        if (e->imr != 3)
            continue;
        assert_int_equal(e->version, 2);
        digest_of(e, digest);
        assert_true(ds_view_eq(e->digest, ds_view_of(digest, 48)));
        uint8_t again[48];
        assert_true(ds_hash(DS_SHA384, e->preimage, nothing, again));
        assert_memory_equal(again, digest, 48);
    }
    assert_true(ds_view_contains(sim_view(&text), "\"version\":2"));
    dstack_event_log_free(log);
    ds_buf_free(&text);
    sim_guest_free(g);
}

static void
test_known_digests(void **state)
{
    static const char v2[] =
        "9dde1673f544faa94b921825209593ddde08d0baf9cd6990175"
        "dffaf3081f1bb10311d56de189491feb33842a050ad7b";
    sim_log log;
    (void)state;
    memset(&log, 0, sizeof log);
    assert_int_equal(sim_log_runtime(&log, 1, "app-id",
                         ds_view_of("\xde\xad\xbe\xef", 4), NULL),
        0);
    assert_int_equal(
        sim_log_runtime(&log, 1, "system-preparing", nothing, NULL), 0);
    assert_int_equal(sim_log_runtime(&log, 2, "compose-hash",
                         ds_view_of("\xab\xcd", 2), NULL),
        0);
    guest_assert_hex(log.events[0].digest.p, 48,
        "67b4be4efed0893cfa2bb1d35dca209ad8348b4c97f980807bcde8b9a0f26398dd0923"
        "d6eccb5aa2096d98046da8740f");
    guest_assert_hex(log.events[1].digest.p, 48,
        "f9974020ef507068183313d0ca808e0d1ca9b2d1ad0c61f5784e7157c362c06536f5dd"
        "acdad4451693f48fcc72fff624");
    guest_assert_hex(log.events[2].digest.p, 48, v2);
    sim_log_free(&log);
}

/* ---- events of the application -------------------------------------------------------- */

static void
test_emit(void **state)
{
    (void)state;
    for (int os = 0; os < SIM_OS_COUNT; os++) {
        sim_guest *g = guest_new("emitter", os);
        uint8_t before[48];
        sim_error err;
        memcpy(before, g->log.rtmr[3], 48);
        size_t n = g->log.n;
        int ret = sim_guest_emit_event(
            g, ds_view_str("hello"), ds_view_of("\0\1", 2), &err);
        bool has = os == SIM_OS_0_5_5 || os == SIM_OS_0_5_11;
        assert_int_equal(sim_guest_emits_events(g), has);
        assert_int_equal(ret, has ? 0 : -1);
        assert_int_equal(g->log.n, n + (has ? 1 : 0));
        if (has) {
            assert_memory_not_equal(before, g->log.rtmr[3], 48);
            dstack_event_log *log = shown(g, NULL);
            const ds_event *e = &log->events[log->count - 1];
            assert_true(ds_view_eq_str(e->name, "hello"));
            assert_true(ds_view_eq(e->payload, ds_view_of("\0\1", 2)));
            dstack_event_log_free(log);
            sim_quote q;
            assert_int_equal(sim_guest_quote(g, nothing, &q, NULL), 0);
            check_replay(g, (const char *)q.event_log.p, q.event_log.n);
            sim_quote_free(&q);
        } else {
            assert_int_equal(err.code, SIM_REFUSED);
            assert_memory_equal(before, g->log.rtmr[3], 48);
        }
        sim_guest_free(g);
    }
}

static void
test_emit_until_full(void **state)
{
    sim_guest *g = guest_new("emitter", SIM_OS_0_5_11);
    sim_error err;
    size_t n = 0;
    (void)state;
    char name[1025];
    memset(name, 'n', sizeof name);
    assert_int_equal(
        sim_guest_emit_event(g, ds_view_of(name, 1025), nothing, &err), -1);
    assert_int_equal(err.code, SIM_REFUSED);
    assert_int_equal(
        sim_guest_emit_event(g, ds_view_of(name, 1024), nothing, &err), 0);
    n++;
    while (!sim_guest_emit_event(g, ds_view_str("e"), nothing, &err))
        n++;
    assert_int_equal(err.code, SIM_REFUSED);
    assert_string_equal(err.text, "the event log is full");
    assert_int_equal(n, DS_MAX_RUNTIME_EVENTS - 9);
    sim_guest_free(g);
}

static void
test_bad_composes(void **state)
{
    static const struct {
        const char *text, *why;
    } bad[] = {{"", "app-compose"}, {"[]", "no JSON object"},
        {"{\"a\":1,\"a\":2}", "app-compose"},
        {"{\"key_provider\":\"sgx\"}", "key_provider is none of"},
        {"{\"key_provider_id\":\"xyz\"}", "key_provider_id is no hex"},
        {"{\"event_log_version\":3}", "event_log_version is 1 or 2"},
        {"{\"init_script\":[1]}", "init_script"},
        {"{\"init_script\":[\"\",\"\",\"\",\"\",\"\",\"\"]}",
            "more than 5 init scripts"}};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        sim_config c = {.seed = "s",
            .os = SIM_OS_0_6_0,
            .now = GUEST_NOW,
            .app_compose = ds_view_str(bad[i].text)};
        sim_guest *g = NULL;
        sim_error err = {0};
        assert_int_equal(sim_guest_new(&c, &g, &err), -1);
        assert_int_equal(err.code, SIM_REFUSED);
        if (!strstr(err.text, bad[i].why))
            fail_msg("%s: %s", bad[i].text, err.text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_firmware),
        cmocka_unit_test(test_image),
        cmocka_unit_test(test_sequence),
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_script_and_policy_hashes),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_version_2),
        cmocka_unit_test(test_known_digests),
        cmocka_unit_test(test_emit),
        cmocka_unit_test(test_emit_until_full),
        cmocka_unit_test(test_bad_composes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
