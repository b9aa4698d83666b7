/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/cert.h"
#include "crypto/hash.h"
#include "dstack/dstack.h"
#include "guest/inner.h"
#include "support/guest.h"

/* Quotes and attestations of the emulated guest, judged by the public API. */

static const ds_view nothing = {NULL, 0};

static void
document(sim_guest *g, int which, int64_t now, sim_document *d)
{
    sim_error err;
    if (sim_guest_document(g, which, now, d, &err))
        fail_msg("%s", err.text);
}

/* A quote's verdict under a guest's root, or Intel's for NULL; with what it is
 * not accepted. */
static const char *
judge(ds_view quote, sim_guest *root, sim_guest *collateral, int64_t issued,
    int64_t now, const uint8_t report_data[64])
{
    static char reason[64];
    dstack_verifier *v = NULL;
    dstack_policy *p = NULL;
    dstack_collateral *c = NULL;
    dstack_report *r = NULL;
    sim_document d;
    dstack_error err;
    assert_int_equal(dstack_verifier_new(&v, NULL), DSTACK_OK);
    assert_int_equal(dstack_policy_new(&p, NULL), DSTACK_OK);
    dstack_policy_accept_any_workload(p);
    assert_int_equal(
        dstack_policy_expect_report_data(p, report_data, 64, NULL), DSTACK_OK);
    if (root) {
        document(root, SIM_DOC_ROOT_PEM, issued, &d);
        assert_int_equal(
            dstack_verifier_set_root(v, d.body.p, d.body.n, NULL), DSTACK_OK);
        sim_document_free(&d);
    }
    document(collateral, SIM_DOC_BUNDLE, issued, &d);
    assert_int_equal(
        dstack_collateral_parse(d.body.p, d.body.n, &c, NULL), DSTACK_OK);
    sim_document_free(&d);
    int rc =
        dstack_verifier_verify_quote(v, quote.p, quote.n, c, p, now, &r, &err);
    if (rc == DSTACK_OK) {
        assert_true(dstack_report_is_accepted(r));
        assert_true(dstack_report_is_authentic(r));
        assert_int_equal(
            dstack_report_tcb_status(r, DSTACK_OF_ALL), DSTACK_TCB_UP_TO_DATE);
        assert_int_equal(dstack_report_advisory_count(r, DSTACK_OF_ALL), 0);
        reason[0] = '\0';
    } else {
        snprintf(reason, sizeof reason, "%s",
            dstack_reason_name(dstack_report_reason(r)));
        assert_true(strlen(reason) > 0);
    }
    dstack_report_free(r);
    dstack_collateral_free(c);
    dstack_policy_free(p);
    dstack_verifier_free(v);
    return reason;
}

static void
fill(uint8_t report_data[64], uint8_t first)
{
    for (size_t i = 0; i < 64; i++)
        report_data[i] = (uint8_t)(first + i);
}

static void
quote_of(sim_guest *g, const uint8_t report_data[64], sim_quote *q)
{
    sim_error err;
    if (sim_guest_quote(g, ds_view_of(report_data, 64), q, &err))
        fail_msg("%s", err.text);
}

static void
test_verifies(void **state)
{
    sim_guest *other = guest_new("another seed", SIM_OS_0_6_0);
    uint8_t rd[64];
    sim_quote q;
    (void)state;
    fill(rd, 3);
    for (int os = 0; os < SIM_OS_COUNT; os++) {
        sim_guest *g = guest_new("a seed", os);
        quote_of(g, rd, &q);
        ds_view quote = sim_view(&q.quote);
        assert_memory_equal(q.report_data, rd, 64);
        assert_memory_equal(quote.p + 568, rd, 64);
        assert_string_equal(judge(quote, g, g, GUEST_NOW, GUEST_NOW, rd), "");
        assert_string_equal(
            judge(quote, NULL, g, GUEST_NOW, GUEST_NOW, rd), "root_pin");
        assert_string_equal(
            judge(quote, other, g, GUEST_NOW, GUEST_NOW, rd), "root_pin");
        q.quote.p[570] ^= 1;
        assert_string_equal(
            judge(quote, g, g, GUEST_NOW, GUEST_NOW, rd), "quote_signature");
        sim_quote_free(&q);
        sim_guest_free(g);
    }
    sim_guest_free(other);
}

static void
test_quote_fields(void **state)
{
    sim_guest *g = guest_new("fields", SIM_OS_0_6_0);
    uint8_t rd[64];
    uint8_t zeros[96] = {0};
    sim_quote q;
    (void)state;
    fill(rd, 0);
    quote_of(g, rd, &q);
    const uint8_t *p = q.quote.p;
    assert_memory_equal(p, "\4\0\2\0\x81\0\0\0", 8);
    assert_memory_equal(p + 168, "\0\0\0\x10\0\0\0\0", 8); /* no debug */
    assert_memory_equal(p + 112, zeros, 48);
    assert_memory_equal(p + 184, g->image.mr_td, 48);
    assert_memory_equal(p + 232, g->mr_config_id, 48);
    assert_memory_equal(p + 280, zeros, 96);
    sim_quote_free(&q);
    /* Short report data is padded on the right, long one refused. */
    sim_error err;
    assert_int_equal(sim_guest_quote(g, ds_view_of(rd, 3), &q, NULL), 0);
    assert_memory_equal(q.quote.p + 568, "\0\1\2\0\0", 5);
    assert_memory_equal(q.report_data, q.quote.p + 568, 64);
    sim_quote_free(&q);
    assert_int_equal(sim_guest_quote(g, ds_view_of(zeros, 65), &q, &err), -1);
    assert_int_equal(err.code, SIM_REFUSED);
    assert_string_equal(err.text, "Report data is too long");
    sim_guest_free(g);
}

/* ---- collateral ------------------------------------------------------------------ */

#define DAY (INT64_C(86400))

static void
test_collateral_grows_old(void **state)
{
    sim_guest *g = guest_new("time", SIM_OS_0_5_11);
    uint8_t rd[64];
    sim_quote q;
    (void)state;
    fill(rd, 9);
    quote_of(g, rd, &q);
    ds_view quote = sim_view(&q.quote);
    int64_t later = GUEST_NOW + 40 * DAY;
    assert_string_equal(
        judge(quote, g, g, GUEST_NOW, GUEST_NOW + 20 * DAY, rd), "");
    assert_string_not_equal(judge(quote, g, g, GUEST_NOW, later, rd), "");
    assert_string_equal(judge(quote, g, g, later, later, rd), "");
    /* Years later a new quote verifies as well as an old one. */
    int64_t far = GUEST_NOW + 20 * 365 * DAY;
    assert_string_equal(judge(quote, g, g, far, far, rd), "");
    sim_quote_free(&q);
    quote_of(g, rd, &q);
    assert_string_equal(judge(sim_view(&q.quote), g, g, far, far, rd), "");
    sim_quote_free(&q);
    sim_document d;
    sim_error err;
    assert_int_equal(
        sim_guest_document(g, SIM_DOC_BUNDLE, INT64_C(1500000000), &d, &err),
        -1);
    assert_int_equal(err.code, SIM_FAILED);
    sim_guest_free(g);
}

static void
test_documents(void **state)
{
    static const struct {
        int which;
        const char *header, *begins, *contains;
    } docs[] = {{SIM_DOC_ROOT_PEM, NULL, "-----BEGIN CERTIFICATE-----", ""},
        {SIM_DOC_BUNDLE, NULL, "{\"pck_crl_issuer_chain\":", "\"id\\\""},
        {SIM_DOC_ROOT_CRL, NULL, "\x30\x82", "Intel SGX Root CA"},
        {SIM_DOC_PCK_CRL_PLATFORM, "SGX-PCK-CRL-Issuer-Chain", "\x30\x82",
            "Intel SGX PCK Platform CA"},
        {SIM_DOC_PCK_CRL_PROCESSOR, "SGX-PCK-CRL-Issuer-Chain", "\x30\x82",
            "Intel SGX PCK Processor CA"},
        {SIM_DOC_TCB_INFO_SGX, "TCB-Info-Issuer-Chain", "{\"tcbInfo\":{",
            "\"id\":\"SGX\""},
        {SIM_DOC_TCB_INFO_TDX, "TCB-Info-Issuer-Chain", "{\"tcbInfo\":{",
            "\"id\":\"TDX\""},
        {SIM_DOC_QE_IDENTITY_SGX, "SGX-Enclave-Identity-Issuer-Chain",
            "{\"enclaveIdentity\":{", "\"id\":\"QE\""},
        {SIM_DOC_QE_IDENTITY_TDX, "SGX-Enclave-Identity-Issuer-Chain",
            "{\"enclaveIdentity\":{", "\"id\":\"TD_QE\""},
        {SIM_DOC_PCK_CERT, "SGX-PCK-Certificate-Issuer-Chain",
            "-----BEGIN CERTIFICATE-----", ""}};
    sim_guest *g = guest_new("documents", SIM_OS_0_6_0);
    sim_document d;
    (void)state;
    assert_int_equal(sizeof docs / sizeof docs[0], SIM_DOC_COUNT);
    for (size_t i = 0; i < SIM_DOC_COUNT; i++) {
        document(g, docs[i].which, GUEST_NOW, &d);
        assert_memory_equal(d.body.p, docs[i].begins, strlen(docs[i].begins));
        assert_true(ds_view_contains(sim_view(&d.body), docs[i].contains));
        assert_non_null(d.type);
        if (docs[i].header) {
            assert_string_equal(d.chain_header, docs[i].header);
            assert_memory_equal(
                d.chain.p, "-----BEGIN%20CERTIFICATE-----%0A", 32);
            assert_null(memchr(d.chain.p, ' ', d.chain.n));
        } else {
            assert_null(d.chain_header);
            assert_int_equal(d.chain.n, 0);
        }
        sim_document_free(&d);
    }
    document(g, SIM_DOC_TCB_INFO_TDX, GUEST_NOW, &d);
    assert_string_equal(sim_guest_fmspc(g), "73696d000000");
    assert_true(
        ds_view_contains(sim_view(&d.body), "\"fmspc\":\"73696D000000\""));
    sim_document_free(&d);
    sim_error err;
    assert_int_equal(
        sim_guest_document(g, SIM_DOC_COUNT, GUEST_NOW, &d, &err), -1);
    assert_int_equal(err.code, SIM_REFUSED);
    sim_guest_free(g);
}

static void
test_crls(void **state)
{
    static const int which[] = {
        SIM_DOC_ROOT_CRL, SIM_DOC_PCK_CRL_PLATFORM, SIM_DOC_PCK_CRL_PROCESSOR};
    sim_guest *g = guest_new("documents", SIM_OS_0_6_0);
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        sim_document d;
        ds_crl *crl = NULL;
        document(g, which[i], GUEST_NOW, &d);
        assert_int_equal(
            ds_crl_parse(sim_view(&d.body), &crl, NULL), DSTACK_OK);
        assert_true(crl->this_update < GUEST_NOW);
        assert_true(crl->next_update > GUEST_NOW + 20 * DAY);
        ds_crl_free(crl);
        sim_document_free(&d);
    }
    sim_guest_free(g);
}

/* ---- seeds ------------------------------------------------------------------------- */

typedef struct {
    uint8_t app_root[33], kms_root[33], key[32], env[32], instance[20];
    ds_buf quote, bundle, root, chain, info;
} snapshot;

static void
take(const char *seed, int os, snapshot *s)
{
    sim_guest *g = guest_new(seed, os);
    sim_key key;
    sim_quote q;
    sim_document d;
    sim_info info;
    sim_cert cert;
    sim_cert_request request = {.derived = true, .ra_tls = true};
    uint8_t rd[64];
    ds_buf *all[] = {&s->quote, &s->bundle, &s->root, &s->chain, &s->info};
    for (size_t i = 0; i < 5; i++)
        ds_buf_init(all[i], 1 << 20);
    fill(rd, 1);
    assert_int_equal(sim_guest_app_root(g, s->app_root, NULL), 0);
    assert_int_equal(sim_guest_kms_root(g, s->kms_root, NULL), 0);
    assert_int_equal(sim_guest_env_secret(g, s->env, NULL), 0);
    assert_int_equal(
        sim_guest_get_key(g, nothing, nothing, SIM_ALG_ED25519, &key, NULL), 0);
    memcpy(s->key, key.key, 32);
    memcpy(s->instance, g->instance_id, 20);
    quote_of(g, rd, &q);
    ds_buf_add(&s->quote, q.quote.p, q.quote.n);
    sim_quote_free(&q);
    document(g, SIM_DOC_BUNDLE, GUEST_NOW, &d);
    ds_buf_add(&s->bundle, d.body.p, d.body.n);
    sim_document_free(&d);
    document(g, SIM_DOC_ROOT_PEM, GUEST_NOW, &d);
    ds_buf_add(&s->root, d.body.p, d.body.n);
    sim_document_free(&d);
    assert_int_equal(
        sim_guest_issue_cert(g, &request, GUEST_NOW, &cert, NULL), 0);
    for (size_t i = 0; i < cert.chain_n; i++)
        ds_buf_add(&s->chain, cert.chain[i].p, cert.chain[i].n);
    sim_cert_free(&cert);
    assert_int_equal(sim_guest_info(g, GUEST_NOW, &info, NULL), 0);
    ds_buf_add(&s->info, info.app_cert.p, info.app_cert.n);
    ds_buf_add(&s->info, info.tcb_info.p, info.tcb_info.n);
    sim_info_free(&info);
    sim_guest_free(g);
}

static void
drop(snapshot *s)
{
    ds_buf *all[] = {&s->quote, &s->bundle, &s->root, &s->chain, &s->info};
    for (size_t i = 0; i < 5; i++)
        ds_buf_free(all[i]);
}

static bool
same(const ds_buf *a, const ds_buf *b)
{
    return ds_view_eq(sim_view(a), sim_view(b));
}

static void
test_seeds(void **state)
{
    (void)state;
    for (int os = 0; os < SIM_OS_COUNT; os++) {
        snapshot a, b, c;
        take("seed A", os, &a);
        take("seed A", os, &b);
        take("seed B", os, &c);
        size_t fixed = offsetof(snapshot, quote);
        assert_memory_equal(&a, &b, 33 + 33 + 32 + 32 + 20);
        assert_true(fixed >= 150);
        assert_true(same(&a.quote, &b.quote) && same(&a.bundle, &b.bundle));
        assert_true(same(&a.root, &b.root) && same(&a.chain, &b.chain));
        assert_true(same(&a.info, &b.info));
        assert_memory_not_equal(a.app_root, c.app_root, 33);
        assert_memory_not_equal(a.kms_root, c.kms_root, 33);
        assert_memory_not_equal(a.key, c.key, 32);
        assert_memory_not_equal(a.env, c.env, 32);
        assert_memory_not_equal(a.instance, c.instance, 20);
        assert_false(same(&a.quote, &c.quote) || same(&a.bundle, &c.bundle));
        assert_false(same(&a.root, &c.root) || same(&a.chain, &c.chain));
        assert_false(same(&a.info, &c.info));
        drop(&a);
        drop(&b);
        drop(&c);
    }
}

/* ---- attestations -------------------------------------------------------------------- */

static dstack_evidence *
attest(sim_guest *g, int form, const uint8_t rd[64])
{
    dstack_evidence *e = NULL;
    ds_buf b;
    sim_error err;
    dstack_error why;
    ds_buf_init(&b, 1 << 20);
    if (sim_guest_attest(g, ds_view_of(rd, 64), form, &b, &err))
        fail_msg("%s", err.text);
    if (dstack_evidence_parse(b.p, b.n, &e, &why) != DSTACK_OK)
        fail_msg("%s", why.message);
    ds_buf_free(&b);
    return e;
}

static void
check_attestation(sim_guest *g, int form, uint32_t format)
{
    uint8_t rd[64];
    uint8_t rtmr[48];
    size_t n;
    fill(rd, 77);
    dstack_evidence *e = attest(g, form, rd);
    assert_int_equal(dstack_evidence_format(e), format);
    assert_int_equal(dstack_evidence_platform(e), DSTACK_PLATFORM_TDX);
    const uint8_t *quote = dstack_evidence_quote(e, &n);
    assert_string_equal(
        judge(ds_view_of(quote, n), g, g, GUEST_NOW, GUEST_NOW, rd), "");
    assert_memory_equal(dstack_evidence_claimed_report_data(e, &n), rd, 64);
    assert_memory_equal(dstack_evidence_report_data(e, &n), rd, 64);
    const dstack_event_log *log = dstack_evidence_event_log(e);
    assert_int_equal(dstack_event_log_count(log), g->log.n);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(dstack_event_log_replay(
                             i == 3 ? dstack_evidence_runtime_events(e) : log,
                             i, SIZE_MAX, rtmr, 48, NULL),
            DSTACK_OK);
        assert_memory_equal(rtmr, g->log.rtmr[i], 48);
    }
    const char *config = dstack_evidence_vm_config(e, &n);
    assert_true(ds_view_eq(ds_view_of(config, n), sim_view(&g->vm_config)));
    dstack_evidence_free(e);
}

static void
test_attestations(void **state)
{
    (void)state;
    for (int os = SIM_OS_0_5_11; os <= SIM_OS_0_6_0; os++) {
        sim_guest *g = guest_new("attested", os);
        check_attestation(g, SIM_ATTEST_V0, DSTACK_EVIDENCE_ATTESTATION_V0);
        check_attestation(g, SIM_ATTEST_V1, DSTACK_EVIDENCE_ATTESTATION_V1);
        sim_guest_free(g);
    }
    sim_config c = {.seed = "attested",
        .os = SIM_OS_0_6_0,
        .now = GUEST_NOW,
        .app_compose = ds_view_str("{\"event_log_version\":2}")};
    sim_guest *g = guest_make(&c);
    check_attestation(g, SIM_ATTEST_V0, DSTACK_EVIDENCE_ATTESTATION_V1);
    sim_error err;
    ds_buf b;
    ds_buf_init(&b, 1 << 20);
    ds_buf_add_str(&b, "kept");
    uint8_t rd[65] = {0};
    assert_int_equal(
        sim_guest_attest(g, ds_view_of(rd, 65), SIM_ATTEST_V1, &b, &err), -1);
    assert_string_equal(err.text, "Report data is too long");
    assert_int_equal(b.n, 4);
    ds_buf_free(&b);
    sim_guest_free(g);
}

/* ---- MRCONFIGID -------------------------------------------------------------------------- */

static void
check_config_id(const char *compose, int os, const uint8_t want[48])
{
    sim_config c = {.seed = "config",
        .os = os,
        .now = GUEST_NOW,
        .app_compose = ds_view_str(compose),
        .instance_id = "00112233445566778899aabbccddeeff00112233"};
    sim_guest *g = guest_make(&c);
    sim_quote q;
    assert_int_equal(sim_guest_quote(g, nothing, &q, NULL), 0);
    assert_memory_equal(q.quote.p + 232, want, 48);
    sim_quote_free(&q);
    sim_guest_free(g);
}

static void
test_mr_config(void **state)
{
    static const char plain[] = "{\"kms_enabled\":true}";
    static const char pinned[] =
        "{\"key_provider\":\"kms\",\"key_provider_id\":\"AABB\"}";
    uint8_t want[48] = {0};
    uint8_t hash[32];
    uint8_t v2[32 + 20 + 1 + 2];
    char document_text[512];
    char hex[65];
    (void)state;
    check_config_id(plain, SIM_OS_0_3_6, want);
    assert_true(ds_hash(DS_SHA256, ds_view_str(plain), nothing, want + 1));
    want[0] = 1;
    check_config_id(plain, SIM_OS_0_5_5, want);
    check_config_id(plain, SIM_OS_0_6_0, want);

    assert_true(ds_hash(DS_SHA256, ds_view_str(pinned), nothing, hash));
    memcpy(v2, hash, 32);
    memcpy(v2 + 32, hash, 20);
    memcpy(v2 + 52, "\2\xaa\xbb", 3);
    want[0] = 2;
    assert_true(
        ds_hash(DS_KECCAK256, ds_view_of(v2, sizeof v2), nothing, want + 1));
    check_config_id(pinned, SIM_OS_0_5_11, want);

    ds_hex_encode(ds_view_of(hash, 32), hex);
    snprintf(document_text, sizeof document_text,
        "{\"app_id\":\"%.40s\",\"compose_hash\":\"%s\",\"instance_id\":"
        "\"00112233445566778899aabbccddeeff00112233\",\"key_provider\":\"kms\","
        "\"key_provider_id\":\"aabb\",\"version\":3}",
        hex, hex);
    want[0] = 3;
    assert_true(ds_hash(DS_SHA256, ds_view_of("dstack-mr-config-v3:", 21),
        ds_view_str(document_text), want + 1));
    check_config_id(pinned, SIM_OS_0_6_0, want);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verifies),
        cmocka_unit_test(test_quote_fields),
        cmocka_unit_test(test_collateral_grows_old),
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_crls),
        cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_attestations),
        cmocka_unit_test(test_mr_config),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
