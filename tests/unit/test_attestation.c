/* SPDX-License-Identifier: Apache-2.0 */
/* dstack's container in both versions: what real and made ones decode to, that
 * decoding and encoding give the same bytes, and each malformed case with its
 * reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "support/container.h"
#include "support/vec.h"
#include "workload/attestation.h"

static ds_attestation *
decode(ds_view in)
{
    ds_attestation *a = NULL;
    dstack_error err;

    if (ds_attestation_decode(in, &a, &err) != DSTACK_OK)
        fail_msg("%s", err.message);
    assert_non_null(a);
    assert_int_equal(err.code, 0);
    return a;
}

static void
expect_encoded(const ds_attestation *a, uint32_t version, ds_view want)
{
    dstack_error err;
    ds_buf b;

    ds_buf_init(&b, DS_MAX_ATTESTATION);
    if (ds_attestation_encode(a, version, &b, &err) != DSTACK_OK)
        fail_msg("%s", err.message);
    assert_int_equal(b.n, want.n);
    assert_memory_equal(b.p, want.p, want.n);
    ds_buf_free(&b);
}

static void
expect_reason(ds_view in, int reason)
{
    ds_attestation *a = (ds_attestation *)1;
    dstack_error err;
    int rc = ds_attestation_decode(in, &a, &err);

    assert_int_equal(rc, DSTACK_ERR_PARSE);
    assert_null(a);
    assert_string_equal(
        dstack_reason_name(err.reason), dstack_reason_name(reason));
    assert_int_equal(err.stage, DSTACK_STAGE_ATTESTATION);
    assert_int_equal(strncmp(err.message, "attestation: ", 13), 0);
    assert_int_equal(ds_attestation_decode(in, &a, NULL), rc);
}

/* ---- made ones ------------------------------------------------------------------ */

static void
expect_run(ds_view v, unsigned seed, size_t n)
{
    assert_int_equal(v.n, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(v.p[i], (seed + 37 * i) % 256);
}

/* The runtime events that gen_attestation.py puts everywhere. */
static void
expect_runtime(const ds_event *e)
{
    assert_true(ds_view_eq_str(e[0].name, "system-preparing"));
    assert_int_equal(e[0].payload.n, 0);
    assert_true(ds_view_eq_str(e[1].name, "app-id"));
    expect_run(e[1].payload, 1, 20);
    assert_true(ds_view_eq_str(e[2].name, "compose-hash"));
    expect_run(e[2].payload, 2, 32);
    assert_true(ds_view_eq_str(e[3].name, "na\xc3\xafve"));
    expect_run(e[3].payload, 3, 300);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(e[i].imr, 3);
        assert_int_equal(e[i].type, DS_EVENT_RUNTIME);
        assert_int_equal(e[i].version, 1);
        assert_int_equal(e[i].digest.n + e[i].preimage.n, 0);
    }
}

static void
expect_log(const ds_attestation *a)
{
    const ds_event *e = a->events;

    assert_int_equal(a->event_count, 8);
    assert_int_equal(e[0].imr, 0);
    assert_int_equal(e[0].type, 0x8000000b);
    expect_run(e[0].digest, 4, 48);
    assert_int_equal(e[0].name.n, 0);
    expect_run(e[0].payload, 5, 70);
    assert_true(ds_event_is_acpi(&e[1]) && !ds_event_is_acpi(&e[0]));
    assert_true(ds_view_eq_str(e[1].name, "acpi-loader"));
    assert_int_equal(e[2].imr, 1);
    assert_int_equal(e[3].imr, 3);
    assert_false(ds_event_is_runtime(&e[3]));
    expect_runtime(e + 4);
}

static void
expect_stack(const ds_attestation *a)
{
    expect_run(ds_view_of(a->report_data, 64), 9, 64);
    assert_int_equal(a->runtime_count, 4);
    expect_runtime(a->runtime);
    assert_true(ds_view_eq_str(
        a->config, "{\"os_image_hash\":\"00ff\",\"cpu_count\":2}"));
}

static void
expect_tpm(const ds_tpm_quote *t)
{
    static const unsigned pcrs[3] = {0, 2, 14};

    expect_run(t->message, 10, 100);
    expect_run(t->signature, 11, 256);
    assert_int_equal(t->pcr_count, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(t->pcrs[i].index, pcrs[i]);
        assert_true(ds_view_eq_str(t->pcrs[i].algorithm, "sha256"));
        expect_run(t->pcrs[i].value, pcrs[i], 32);
    }
    expect_run(t->ak_cert, 12, 1000);
    assert_int_equal(t->platform, DS_TPM_GCP);
    assert_int_equal(t->event_count, 2);
    assert_int_equal(t->events[0].pcr, 2);
    assert_int_equal(t->events[1].pcr, 14);
    expect_run(t->events[1].digest, 14, 32);
}

static void
expect_tdx(const ds_attestation *a)
{
    assert_int_equal(a->platform, DSTACK_PLATFORM_TDX);
    expect_run(a->quote, 20, 700);
    expect_log(a);
    expect_stack(a);
}

static void
expect_bare(const ds_attestation *a)
{
    assert_int_equal(a->platform, DSTACK_PLATFORM_TDX);
    expect_run(a->quote, 21, 3);
    assert_int_equal(a->event_count + a->runtime_count + a->config.n, 0);
    assert_true(ds_view_is_zero(ds_view_of(a->report_data, 64)));
}

static void
expect_gcp(const ds_attestation *a)
{
    assert_int_equal(a->platform, DSTACK_PLATFORM_GCP_TDX);
    expect_run(a->quote, 22, 16400);
    expect_log(a);
    expect_tpm(&a->tpm);
    expect_stack(a);
}

static void
expect_nitro(const ds_attestation *a)
{
    assert_int_equal(a->platform, DSTACK_PLATFORM_NITRO_ENCLAVE);
    expect_run(a->quote, 23, 4500);
    expect_stack(a);
}

static void
expect_snp(const ds_attestation *a)
{
    assert_int_equal(a->platform, DSTACK_PLATFORM_SEV_SNP);
    expect_run(a->quote, 24, 1184);
    assert_int_equal(a->cert_count, 3);
    expect_run(a->certs[0], 25, 1300);
    expect_run(a->certs[1], 26, 60);
    assert_int_equal(a->certs[2].n, 0);
    assert_true(ds_view_eq_str(a->mr_config, "{\"version\":3}"));
    expect_stack(a);
}

static void
expect_aws(const ds_attestation *a)
{
    assert_int_equal(a->platform, DSTACK_PLATFORM_AWS_NITRO_TPM);
    expect_run(a->quote, 27, 16);
    expect_stack(a);
}

static void
expect_pod(const ds_attestation *a)
{
    assert_true(a->pod);
    assert_true(ds_view_eq_str(a->payload, "{\"hello\":\"world\"}"));
    expect_log(a);
    expect_stack(a);
}

static void
expect_v2(const ds_attestation *a)
{
    const ds_event *e = a->events;

    assert_int_equal(a->event_count, 4);
    assert_int_equal(a->runtime_count, 4);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(e[i].version, 2);
        assert_int_equal(a->runtime[i].version, 2);
        assert_int_equal(e[i].digest.n, 48);
    }
    assert_true(ds_view_eq_str(e[0].preimage,
        "{\"name\":\"system-preparing\",\"payload\":\"\",\"type\":134217729}"));
    assert_int_equal(e[3].version, 1);
    assert_int_equal(e[3].preimage.n, 0);
    assert_int_equal(a->runtime[3].version, 1);
}

static const struct {
    const char *name;
    void (*expect)(const ds_attestation *a);
} made[] = {
    {"tdx", expect_tdx},
    {"tdx-bare", expect_bare},
    {"gcp", expect_gcp},
    {"nitro", expect_nitro},
    {"snp", expect_snp},
    {"aws", expect_aws},
    {"pod", expect_pod},
    {"events-v2", expect_v2},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_made(void **state)
{
    size_t seen = 0;
    vec v;

    (void)state;
    vec_open(&v, "attestation.vec");
    while (vec_next(&v) == 3) {
        ds_view in = vec_bytes(v.word[2]);
        ds_attestation *a = decode(in);

        assert_int_equal(a->version, v.word[1][0] - '0');
        for (size_t i = 0; i < COUNT(made); i++)
            if (strcmp(v.word[0], made[i].name) == 0) {
                made[i].expect(a);
                seen++;
            }
        expect_encoded(a, a->version, in);
        ds_attestation_free(a);
        vec_free(in);
    }
    vec_close(&v);
    assert_int_equal(seen, 14);
}

/* One version from the other: SCALE knows less, and says so. */
static void
test_other_version(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(made); i++) {
        ds_view v1 = container_vec(made[i].name, 1);
        ds_view v0 = container_vec(made[i].name, 0);
        ds_attestation *a = decode(v1);
        dstack_error err;
        ds_buf b;

        if (v0.n != 0) {
            ds_attestation *b0 = decode(v0);

            expect_encoded(a, 0, v0);
            expect_encoded(b0, 1, v1);
            ds_attestation_free(b0);
        } else {
            ds_buf_init(&b, DS_MAX_ATTESTATION);
            assert_int_equal(
                ds_attestation_encode(a, 0, &b, &err), DSTACK_ERR_UNSUPPORTED);
            assert_int_equal(err.reason, DSTACK_REASON_ATTESTATION_UNSUPPORTED);
            assert_int_equal(b.n, 0);
            ds_buf_free(&b);
        }
        ds_attestation_free(a);
        vec_free(v0);
        vec_free(v1);
    }
}

/* What platforms.md 1.3 and guest-agent.md 3.8 give, byte by byte. */
static void
test_samples(void **state)
{
    static const char tail[] =
        "a5737461636b82a46b696e64a664737461636ba46461746183ab7265706f72745f6461"
        "7461dc0040%sae72756e74696d655f6576656e74739182a56576656e74a66170702d69"
        "64a77061796c6f6164%sa6636f6e666967a27b7d";
    static const char nitro[] =
        "83a776657273696f6e01a8706c6174666f726d82a46b696e64ad6e6974726f2d656e63"
        "6c617665a46461746181a96e736d5f71756f74659201ccc8";
    static const char tdx[] =
        "83a776657273696f6e01a8706c6174666f726d82a46b696e64a3746478a46461746182"
        "a571756f74659301cc80ccffa96576656e745f6c6f679185a3696d7203aa6576656e74"
        "5f74797065ce08000001a6646967657374c400a56576656e74a66170702d6964ad6576"
        "656e745f7061796c6f6164c404deadbeef";
    char zeros[129], rest[512], hex[1024];
    ds_attestation *a;
    ds_view in;

    (void)state;
    memset(zeros, '0', 128);
    zeros[128] = 0;
    snprintf(rest, sizeof rest, tail, zeros, "c402aabb");
    snprintf(hex, sizeof hex, "%s%s", nitro, rest);
    in = vec_bytes(hex);
    assert_int_equal(in.n, 215);
    a = decode(in);
    assert_true(ds_view_eq(a->quote, ds_view_of("\x01\xc8", 2)));
    assert_true(ds_view_eq_str(a->runtime[0].name, "app-id"));
    assert_true(ds_view_eq_str(a->runtime[0].payload, "\xaa\xbb"));
    assert_true(ds_view_eq_str(a->config, "{}"));
    expect_encoded(a, 1, in);
    ds_attestation_free(a);
    vec_free(in);

    snprintf(rest, sizeof rest, tail, zeros, "c404deadbeef");
    snprintf(hex, sizeof hex, "%s%s", tdx, rest);
    in = vec_bytes(hex);
    assert_int_equal(in.n, 280);
    a = decode(in);
    assert_true(ds_view_eq(a->quote, ds_view_of("\x01\x80\xff", 3)));
    assert_true(ds_view_eq_str(a->events[0].payload, "\xde\xad\xbe\xef"));
    expect_encoded(a, 1, in);
    ds_attestation_free(a);
    vec_free(in);
}

/* ---- real ones ------------------------------------------------------------------ */

static void
test_real_lite(void **state)
{
    ds_view in = container_real("dstack/lite.attestation.json");
    ds_attestation *a = decode(in);
    ds_event kept[12];

    (void)state;
    assert_int_equal(a->version, 0);
    assert_int_equal(a->platform, DSTACK_PLATFORM_TDX);
    assert_int_equal(a->quote.n, 5006);
    assert_int_equal(a->event_count, 12);
    assert_int_equal(a->runtime_count, 9);
    assert_true(ds_view_eq_str(a->events[0].name, "acpi-loader"));
    assert_true(ds_view_eq_str(a->runtime[8].name, "system-ready"));
    assert_int_equal(memcmp(a->report_data, "dip1::secp256k1c-pk:A55p", 24), 0);
    expect_encoded(a, 0, in);
    /* It was stripped already. */
    assert_int_equal(
        ds_events_strip(a->platform, a->events, a->event_count, kept), 12);
    for (int i = 0; i < 12; i++) {
        assert_true(ds_view_eq(kept[i].digest, a->events[i].digest));
        assert_true(ds_view_eq(kept[i].payload, a->events[i].payload));
        assert_true(ds_view_eq(kept[i].name, a->events[i].name));
    }
    ds_attestation_free(a);
    vec_free(in);
}

static void
test_real_simulator(void **state)
{
    ds_view in = vec_real("dstack/simulator.attestation.bin");
    ds_attestation *a = decode(in);
    ds_event kept[33];
    size_t n;

    (void)state;
    assert_int_equal(a->quote.n, 5010);
    assert_int_equal(a->event_count, 33);
    assert_int_equal(a->runtime_count, 9);
    assert_int_equal(a->events[24].digest.n, 48);
    expect_encoded(a, 0, in);
    n = ds_events_strip(a->platform, a->events, a->event_count, kept);
    assert_int_equal(n, 12);
    for (size_t i = 0; i < n; i++) {
        bool acpi = i < 3;

        assert_int_equal(kept[i].imr, acpi ? 0 : 3);
        assert_int_equal(kept[i].digest.n, acpi ? 48 : 0);
        if (acpi)
            assert_true(ds_view_eq_str(kept[i].payload, "ACPI DATA"));
        else
            assert_true(ds_view_eq(kept[i].payload, a->runtime[i - 3].payload));
    }
    ds_attestation_free(a);
    vec_free(in);
}

static void
test_real_snp(void **state)
{
    ds_view in = container_real("sev-snp/attestation.json");
    ds_attestation *a = decode(in);

    (void)state;
    assert_int_equal(a->platform, DSTACK_PLATFORM_SEV_SNP);
    assert_int_equal(a->cert_count, 2);
    assert_int_equal(a->mr_config.n, 428);
    assert_int_equal(a->runtime_count, 9);
    assert_int_equal(memcmp(a->report_data, "attest-test-fixture-2026", 24), 0);
    assert_memory_equal(a->report_data, a->quote.p + 0x50, 64);
    expect_encoded(a, 0, in);
    ds_attestation_free(a);
    vec_free(in);
}

static void
test_real_nitro(void **state)
{
    ds_view in = vec_real("nitro/enclave.attestation.bin");
    ds_attestation *a = decode(in);

    (void)state;
    assert_int_equal(a->platform, DSTACK_PLATFORM_NITRO_ENCLAVE);
    assert_int_equal(a->runtime_count, 0);
    assert_true(ds_view_contains(a->config,
        "e0e742bd62280472ea840647754203d599cb39a7966cfed11237c1e86de9c857"));
    expect_encoded(a, 0, in);
    ds_attestation_free(a);
    vec_free(in);
}

/* ---- malformed ones --------------------------------------------------------------- */

/* Every prefix ends early; one more byte is one too much. */
static void
test_length(void **state)
{
    static const char *const names[] = {"tdx", "gcp", "snp", "events-v2"};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        for (int version = 0; version < 2; version++) {
            ds_view in = container_vec(names[i], version);
            uint8_t *longer = malloc(in.n + 1);

            assert_non_null(longer);
            if (in.n != 0) {
                memcpy(longer, in.p, in.n);
                longer[in.n] = 0;
                expect_reason(ds_view_of(longer, in.n + 1),
                    DSTACK_REASON_ATTESTATION_TRAILING);
                for (size_t n = 1; n < in.n; n += n < 200 ? 1 : 17)
                    expect_reason(ds_view_of(in.p, n),
                        DSTACK_REASON_ATTESTATION_TRUNCATED);
            }
            free(longer);
            vec_free(in);
        }
}

static void
test_first_byte(void **state)
{
    (void)state;
    expect_reason(ds_view_of("", 0), DSTACK_REASON_ATTESTATION_FORMAT);
    for (int b = 0; b < 256; b++) {
        uint8_t bytes[2] = {(uint8_t)b, 9};
        bool map = (b >= 0x80 && b <= 0x8f) || b == 0xde || b == 0xdf;
        ds_view in = ds_view_of(bytes, 2);

        assert_int_equal(ds_attestation_is(in), b == 0 || map);
        if (b != 0 && !map)
            expect_reason(in, DSTACK_REASON_ATTESTATION_FORMAT);
    }
}

static void
test_too_large(void **state)
{
    size_t n = (10u << 20) + 1;
    uint8_t *p = calloc(1, n);

    (void)state;
    assert_non_null(p);
    expect_reason(ds_view_of(p, n), DSTACK_REASON_ATTESTATION_TOO_LARGE);
    expect_reason(ds_view_of(p, n - 1), DSTACK_REASON_ATTESTATION_TRAILING);
    free(p);
}

/* A hand-made container with one thing changed: old text (hex) for new. */
static void
expect_changed(
    const char *name, int version, const char *old, const char *new, int reason)
{
    ds_view in = container_vec(name, version);
    ds_view changed = container_replace(in, old, new);

    expect_reason(changed, reason);
    vec_free(changed);
    vec_free(in);
}

static void
test_scale_refused(void **state)
{
    (void)state;
    /* An unknown kind of platform. */
    expect_changed(
        "tdx-bare", 0, "00000c", "00050c", DSTACK_REASON_ATTESTATION_KIND);
    /* Lengths: too much for what is there, for the cap, in the big mode, and
     * not in the shortest form. */
    expect_changed("tdx-bare", 0, "00000c", "0000feffffff",
        DSTACK_REASON_ATTESTATION_TRUNCATED);
    expect_changed("tdx-bare", 0, "00000c", "00000300000040",
        DSTACK_REASON_ATTESTATION_RANGE);
    expect_changed("tdx-bare", 0, "00000c", "00000d00",
        DSTACK_REASON_ATTESTATION_ENCODING);
    /* Register 4. */
    expect_changed("tdx", 0, "0100000003000080", "0400000003000080",
        DSTACK_REASON_ATTESTATION_RANGE);
    /* An event's name that is not UTF-8, or has a NUL. */
    expect_changed("tdx", 0, "186170702d6964", "18617070c36964",
        DSTACK_REASON_ATTESTATION_UTF8);
    expect_changed("tdx", 0, "186170702d6964", "18617070006964",
        DSTACK_REASON_ATTESTATION_UTF8);
    /* An SNP report of 1183 bytes. */
    expect_changed("snp", 0, "00038112183d", "00037d123d",
        DSTACK_REASON_ATTESTATION_LENGTH);
}

static void
test_msgpack_refused(void **state)
{
    static const char version[] = "83a776657273696f6e01";
    static const char data64[] = "dc0040092e";

    (void)state;
    expect_changed("tdx", 1, version, "83a776657273696f6e00",
        DSTACK_REASON_ATTESTATION_VERSION);
    expect_changed("tdx", 1, version, "83a776657273696f6e02",
        DSTACK_REASON_ATTESTATION_VERSION);
    expect_changed("tdx", 1, version, "83a776657273696f6eff",
        DSTACK_REASON_ATTESTATION_TYPE);
    expect_changed("tdx", 1, version, "82", DSTACK_REASON_ATTESTATION_MISSING);
    expect_changed("tdx", 1, version, "84a776657273696f6e01a776657273696f6e01",
        DSTACK_REASON_ATTESTATION_DUPLICATE);
    /* Kinds that there are not. */
    expect_changed("tdx", 1, "a46b696e64a3746478", "a46b696e64a3746479",
        DSTACK_REASON_ATTESTATION_KIND);
    expect_changed("tdx", 1, "a46b696e64a3746478", "a46b696e64a0",
        DSTACK_REASON_ATTESTATION_KIND);
    expect_changed("tdx", 1, "a664737461636b", "a664737461636c",
        DSTACK_REASON_ATTESTATION_KIND);
    expect_changed(
        "gcp", 1, "a3676370", "a3677370", DSTACK_REASON_ATTESTATION_KIND);
    /* Another kind's fields. */
    expect_changed("tdx", 1, "a46b696e64a3746478",
        "a46b696e64ad6e6974726f2d656e636c617665",
        DSTACK_REASON_ATTESTATION_MISSING);
    /* 63 and 65 bytes of report data. */
    expect_changed(
        "tdx", 1, data64, "dc003f2e", DSTACK_REASON_ATTESTATION_LENGTH);
    expect_changed(
        "tdx", 1, data64, "dc004109092e", DSTACK_REASON_ATTESTATION_LENGTH);
    /* 256, and a negative number, in a quote. */
    expect_changed("tdx-bare", 1, "93153a5f", "93153acd0100",
        DSTACK_REASON_ATTESTATION_RANGE);
    expect_changed(
        "tdx-bare", 1, "93153a5f", "93153aff", DSTACK_REASON_ATTESTATION_TYPE);
    expect_changed(
        "tdx-bare", 1, "93153a5f", "a3153a5f", DSTACK_REASON_ATTESTATION_TYPE);
    /* A fixed extension value. */
    expect_changed("tdx-bare", 1, "93153a5f", "d40000",
        DSTACK_REASON_ATTESTATION_ENCODING);
    expect_changed(
        "snp", 1, "dc04a0183d", "dc049f3d", DSTACK_REASON_ATTESTATION_LENGTH);
    expect_changed(
        "tdx", 1, "a3696d7201", "a3696d7204", DSTACK_REASON_ATTESTATION_RANGE);
    expect_changed("events-v2", 1, "a776657273696f6e02a8",
        "a776657273696f6e03a8", DSTACK_REASON_ATTESTATION_RANGE);
    expect_changed("events-v2", 1, "a776657273696f6e02a8",
        "a776657273696f6e00a8", DSTACK_REASON_ATTESTATION_RANGE);
    expect_changed("tdx", 1, "a66170702d6964", "a6617070c36964",
        DSTACK_REASON_ATTESTATION_UTF8);
    /* A preimage is lower-case hex: "7B22", "7z22". */
    expect_changed("events-v2", 1, "37623232", "37423232",
        DSTACK_REASON_ATTESTATION_ENCODING);
    expect_changed("events-v2", 1, "37623232", "377a3232",
        DSTACK_REASON_ATTESTATION_ENCODING);
}

static void
test_deep(void **state)
{
    static uint8_t deep[5002];

    (void)state;
    memset(deep, 0x91, sizeof deep);
    deep[0] = 0x81;
    deep[1] = 0xa0;
    expect_reason(
        ds_view_of(deep, sizeof deep), DSTACK_REASON_ATTESTATION_DEPTH);
}

/* ---- other spellings of the same --------------------------------------------------- */

static void
expect_same(const char *name, const char *old, const char *new)
{
    ds_view in = container_vec(name, 1);
    ds_view changed = container_replace(in, old, new);
    ds_attestation *a = decode(changed);

    expect_encoded(a, 1, in);
    ds_attestation_free(a);
    vec_free(changed);
    vec_free(in);
}

static void
test_spellings(void **state)
{
    (void)state;
    /* Bytes for an array of integers, and the other way round. */
    expect_same("tdx-bare", "93153a5f", "c403153a5f");
    expect_same("tdx-bare", "93153a5f", "dc0003cc15cd003ace0000005f");
    expect_same("tdx-bare", "93153a5f", "c600000003153a5f");
    expect_same("aws", "c400", "90");
    expect_same("tdx", "c40400000000", "9400000000");
    /* A missing digest is an empty one. */
    expect_same("tdx",
        "85a3696d7203aa6576656e745f74797065ce08000001"
        "a6646967657374c400",
        "84a3696d7203aa6576656e745f74797065ce08000001");
    /* Version 1 in so many words; no preimage, in so many words. */
    expect_same("tdx", "85a3696d7203aa6576656e745f74797065ce08000001",
        "87a776657273696f6e01a8707265696d616765c0"
        "a3696d7203aa6576656e745f74797065ce08000001");
    /* Unknown keys are skipped, whatever is in them. */
    expect_same("tdx", "83a776657273696f6e01",
        "84a3666f6f9381a161c0c3cb0000000000000000a776657273696f6e01");
    /* A structure as an array of its fields, in their order. */
    expect_same("tdx", "82a56576656e74a66170702d6964a77061796c6f6164",
        "92a66170702d6964");
    expect_same("tdx", "82a46b696e64a3746478a464617461", "92a3746478");
    /* What belongs to a kind, before the kind. */
    expect_same("aws",
        "82a46b696e64ad6177732d6e6974726f2d74706da46461746181af6174746573746174"
        "696f6e5f646f63dc00101b4065cc8accafccd4ccf91e4368cc8dccb2ccd7ccfc2146",
        "82a46461746181af6174746573746174696f6e5f646f63c4101b40658aafd4f91e4368"
        "8db2d7fc2146a46b696e64ad6177732d6e6974726f2d74706d");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made),
        cmocka_unit_test(test_other_version),
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_real_lite),
        cmocka_unit_test(test_real_simulator),
        cmocka_unit_test(test_real_snp),
        cmocka_unit_test(test_real_nitro),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_first_byte),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_scale_refused),
        cmocka_unit_test(test_msgpack_refused),
        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_spellings),
    };

    return cmocka_run_group_tests_name("attestation", tests, NULL, NULL);
}
