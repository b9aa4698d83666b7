/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "codec/msgpack.h"
#include "codec/pem.h"
#include "crypto/cert.h"
#include "crypto/hash.h"
#include "crypto/kdf.h"
#include "crypto/p256.h"
#include "dstack/evidence.h"
#include "guest/inner.h"
#include "support/guest.h"

/* What the emulated guest certifies. */

static const ds_view nothing = {NULL, 0};

typedef struct {
    sim_cert made;
    ds_cert *cert[SIM_CHAIN_MAX];
    uint8_t secret[32];
    uint8_t point[65];
} chain;

static ds_cert *
parse_pem(const ds_buf *text)
{
    ds_pem pem;
    ds_buf der;
    ds_cert *cert = NULL;
    dstack_error err;
    ds_buf_init(&der, 1 << 20);
    ds_pem_init(&pem, sim_view(text));
    assert_int_equal(ds_pem_next(&pem, "CERTIFICATE", &der), 1);
    if (ds_cert_parse(sim_view(&der), &cert, &err) != DSTACK_OK)
        fail_msg("%s", err.message);
    ds_buf_free(&der);
    return cert;
}

/* Signed by that one's key. */
static void
check_signed(const ds_cert *cert, const ds_cert *by)
{
    ds_ecdsa_key *key = NULL;
    assert_int_equal(ds_ecdsa_key_new(DS_P256, by->key_xy, &key), DS_ECDSA_OK);
    assert_int_equal(ds_cert_verify(cert, key), DS_ECDSA_OK);
    assert_true(ds_view_eq(cert->issuer, by->subject));
    ds_ecdsa_key_free(key);
}

static void
issue(sim_guest *g, const sim_cert_request *r, chain *c)
{
    sim_error err;
    ds_pem pem;
    ds_buf der;
    memset(c, 0, sizeof *c);
    if (sim_guest_issue_cert(g, r, GUEST_NOW, &c->made, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < c->made.chain_n; i++)
        c->cert[i] = parse_pem(&c->made.chain[i]);
    ds_buf_init(&der, 1 << 10);
    ds_pem_init(&pem, sim_view(&c->made.key));
    assert_int_equal(ds_pem_next(&pem, "PRIVATE KEY", &der), 1);
    assert_int_equal(
        ds_p256_parse_pkcs8(sim_view(&der), c->secret, c->point), DSTACK_OK);
    ds_buf_free(&der);
    /* The key is the leaf's. */
    assert_true(ds_view_eq(c->cert[0]->key_xy, ds_view_of(c->point + 1, 64)));
    for (size_t i = 0; i + 1 < c->made.chain_n; i++)
        check_signed(c->cert[i], c->cert[i + 1]);
}

static void
drop(chain *c)
{
    for (size_t i = 0; i < SIM_CHAIN_MAX; i++)
        ds_cert_free(c->cert[i]);
    sim_cert_free(&c->made);
}

/* An extension of dstack's arc, out of its two OCTET STRINGs; p NULL where
 * there is none. */
static ds_view
custom(const ds_cert *cert, uint8_t arc)
{
    uint8_t oid[10] = {0x2b, 6, 1, 4, 1, 0x83, 0xe7, 0x3d, 1, 0};
    ds_view v = nothing;
    oid[9] = arc;
    if (!ds_cert_extension(cert, ds_view_of(oid, sizeof oid), &v))
        return nothing;
    assert_true(v.n > 2);
    assert_int_equal(v.p[0], 0x04);
    size_t head = v.p[1] < 0x80 ? 2 : 2 + (size_t)(v.p[1] & 0x7f);
    size_t n = v.p[1] < 0x80 ? v.p[1] : 0;
    for (size_t i = 2; i < head; i++)
        n = n << 8 | v.p[i];
    assert_int_equal(head + n, v.n);
    return ds_view_of(v.p + head, n);
}

/* ---- chains ---------------------------------------------------------------------- */

static void
test_kms_chain(void **state)
{
    static const uint8_t server[] = {
        0x30, 0x0a, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1};
    static const uint8_t eku[] = {0x55, 0x1d, 0x25};
    sim_cert_request r = {
        .subject = ds_view_str("example.com"), .server_auth = true};
    (void)state;
    for (int os = SIM_OS_0_5_5; os < SIM_OS_COUNT; os++) {
        sim_guest *g = guest_new("certs", os);
        chain c;
        ds_view v;
        issue(g, &r, &c);
        assert_int_equal(c.made.chain_n, 3);
        assert_true(ds_view_eq_str(c.cert[0]->subject_cn, "example.com"));
        assert_true(ds_view_eq_str(c.cert[1]->subject_cn, "Dstack App CA"));
        assert_true(ds_view_eq_str(c.cert[2]->subject_cn, "Dstack KMS CA"));
        check_signed(c.cert[2], c.cert[2]);
        assert_false(c.cert[0]->is_ca);
        assert_true(c.cert[1]->is_ca && c.cert[2]->is_ca);
        assert_int_equal(c.cert[1]->path_len, 0);
        assert_int_equal(c.cert[2]->path_len, 1);
        assert_int_equal(c.cert[0]->ku, DS_KU_DIGITAL_SIGNATURE);
        assert_int_equal(c.cert[1]->ku,
            DS_KU_DIGITAL_SIGNATURE | DS_KU_KEY_CERT_SIGN | DS_KU_CRL_SIGN);
        assert_int_equal(c.cert[0]->not_before, 157766400);
        assert_int_equal(
            c.cert[0]->not_after, GUEST_NOW + INT64_C(3650) * 86400);
        assert_int_equal(
            ds_cert_extension(c.cert[0], ds_view_of(eku, 3), &v), 1);
        assert_true(ds_view_eq(v, ds_view_of(server, sizeof server)));
        assert_true(
            ds_view_eq(custom(c.cert[0], 3), ds_view_of(g->app_id, 20)));
        assert_true(ds_view_eq_str(custom(c.cert[0], 4), "app:custom"));
        assert_true(
            ds_view_eq(custom(c.cert[1], 3), ds_view_of(g->app_id, 20)));
        assert_true(ds_view_eq_str(custom(c.cert[1], 4), "app:ca"));
        assert_null(custom(c.cert[0], 1).p);
        assert_null(custom(c.cert[0], 8).p);
        assert_null(custom(c.cert[0], 9).p);
        drop(&c);
        sim_guest_free(g);
    }
}

static void
test_own_chain(void **state)
{
    sim_cert_request r = {.client_auth = true};
    (void)state;
    for (int os = SIM_OS_0_5_5; os < SIM_OS_COUNT; os++) {
        sim_config config = {.seed = "certs",
            .os = os,
            .now = GUEST_NOW,
            .provider = SIM_PROVIDER_LOCAL};
        sim_guest *g = guest_make(&config);
        chain c;
        issue(g, &r, &c);
        assert_int_equal(c.made.chain_n, 2);
        assert_true(ds_view_eq_str(c.cert[1]->subject_cn, "App Root Cert"));
        check_signed(c.cert[1], c.cert[1]);
        assert_int_equal(c.cert[1]->path_len, 1);
        assert_int_equal(c.cert[0]->subject_cn.n, 0);
        assert_null(custom(c.cert[0], 3).p);
        assert_true(ds_view_eq_str(custom(c.cert[0], 4), "app:custom"));
        assert_int_equal(
            custom(c.cert[1], os == SIM_OS_0_5_5 ? 1 : 8).n > 0, 1);
        drop(&c);
        sim_guest_free(g);
    }
}

static void
test_0_3_chain(void **state)
{
    static const int providers[] = {SIM_PROVIDER_KMS, SIM_PROVIDER_NONE};
    ds_view names[] = {ds_view_str("a.example"), ds_view_str("10.0.0.1")};
    sim_cert_request r = {.subject = ds_view_str("old"),
        .alt_names = names,
        .alt_name_n = 2,
        .derived = true,
        .path = ds_view_str("some/path")};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        sim_config config = {.seed = "certs",
            .os = SIM_OS_0_3_6,
            .now = GUEST_NOW,
            .provider = providers[i]};
        sim_guest *g = guest_make(&config);
        chain c;
        char id[41];
        uint8_t want[32];
        issue(g, &r, &c);
        assert_int_equal(c.made.chain_n, 2);
        ds_hex_encode(ds_view_of(g->app_id, 20), id);
        assert_true(
            ds_view_eq_str(c.cert[1]->subject_cn, i ? "App Root Cert" : id));
        assert_true(ds_view_eq_str(
            c.cert[1]->issuer_cn, i ? "App Root Cert" : "Dstack KMS CA"));
        assert_int_equal(
            c.cert[0]->not_after, GUEST_NOW + INT64_C(365) * 86400);
        assert_false(c.cert[0]->has_ku);
        assert_null(custom(c.cert[0], 4).p);
        assert_non_null(custom(c.cert[1], 1).p);
        assert_non_null(custom(c.cert[1], 2).p);
        /* From the CA's key, not from the k256 root. */
        assert_true(ds_hkdf_sha256(ds_view_str("RATLS"),
            ds_view_of(g->secrets->app_ca, 32), &r.path, 1, want, 32));
        assert_memory_equal(c.secret, want, 32);
        drop(&c);
        sim_guest_free(g);
    }
}

/* ---- members of a request ----------------------------------------------------------- */

static void
check_alt_names(int os, const uint8_t *want, size_t n)
{
    static const uint8_t san[] = {0x55, 0x1d, 0x11};
    ds_view names[] = {ds_view_str("a.b"), ds_view_str("10.0.0.1"),
        ds_view_str("::1"), ds_view_str("10.0.0.256")};
    sim_cert_request r = {.alt_names = names, .alt_name_n = 4};
    sim_guest *g = guest_new("certs", os);
    chain c;
    ds_view v;
    issue(g, &r, &c);
    assert_int_equal(ds_cert_extension(c.cert[0], ds_view_of(san, 3), &v), 1);
    assert_true(ds_view_eq(v, ds_view_of(want, n)));
    drop(&c);
    sim_guest_free(g);
}

static void
test_alt_names(void **state)
{
    static const uint8_t addresses[] =
        "\x30\x29\x82\x03"
        "a.b\x87\x04\x0a\0\0\1\x87\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\x82\x0a"
        "10.0.0.256";
    static const uint8_t names[] = "\x30\x20\x82\x03"
                                   "a.b\x82\x08"
                                   "10.0.0.1\x82\x03::1\x82\x0a"
                                   "10.0.0.256";
    (void)state;
    check_alt_names(SIM_OS_0_5_5, names, sizeof names - 1);
    check_alt_names(SIM_OS_0_5_11, addresses, sizeof addresses - 1);
    check_alt_names(SIM_OS_0_6_0, addresses, sizeof addresses - 1);
}

static void
check_bad_name(int os, const char *name, const char *text)
{
    ds_view bad = ds_view_str(name);
    sim_cert_request r = {.alt_names = &bad, .alt_name_n = 1};
    sim_guest *g = guest_new("certs", os);
    sim_cert made;
    sim_error err;
    assert_int_equal(sim_guest_issue_cert(g, &r, GUEST_NOW, &made, &err), -1);
    assert_int_equal(err.code, SIM_REFUSED);
    assert_string_equal(err.text, text);
    sim_guest_free(g);
}

/* As the agents word it; of a long name what there is room for, in whole
 * characters. */
static void
test_bad_alt_name(void **state)
{
    char name[300];
    char text[256] = "Failed to sign the CSR: Failed to sign certificate: "
                     "Failed to sign certificate: Invalid IA5String: '";
    size_t n = strlen(text);
    (void)state;
    check_bad_name(SIM_OS_0_5_11, "ex\xc3\xa4mple.com",
        "Failed to sign the CSR: Failed to sign certificate: Failed to sign "
        "certificate: Invalid IA5String: 'ex\xc3\xa4mple.com'");
    check_bad_name(SIM_OS_0_5_5, "ex\xc3\xa4mple.com",
        "Failed to sign the CSR: Failed to sign the CSR: Failed to sign "
        "certificate: Failed to sign certificate: Invalid IA5String: "
        "'ex\xc3\xa4mple.com'");
    memset(name, 'x', sizeof name - 1);
    for (size_t i = 1; i + 1 < sizeof name; i += 2)
        memcpy(name + i, "\xc3\xa4", 2);
    name[sizeof name - 1] = '\0';
    size_t part = (sizeof text - n) / 2 * 2 - 1;
    memcpy(text + n, name, part);
    text[n + part] = '\0';
    check_bad_name(SIM_OS_0_6_0, name, text);
}

static void
test_validity(void **state)
{
    sim_guest *old = guest_new("certs", SIM_OS_0_5_11);
    sim_guest *g = guest_new("certs", SIM_OS_0_6_0);
    sim_cert_request r = {.has_not_before = true,
        .has_not_after = true,
        .not_before = 1700000000,
        .not_after = UINT64_C(253402300799)};
    sim_cert made;
    sim_error err;
    chain c;
    (void)state;
    issue(g, &r, &c);
    assert_int_equal(c.cert[0]->not_before, 1700000000);
    assert_int_equal(c.cert[0]->not_after, INT64_C(253402300799));
    drop(&c);
    r.not_after++;
    assert_int_equal(sim_guest_issue_cert(g, &r, GUEST_NOW, &made, &err), -1);
    assert_int_equal(err.code, SIM_REFUSED);
    r.not_after = r.not_before;
    assert_int_equal(sim_guest_issue_cert(g, &r, GUEST_NOW, &made, &err), -1);
    assert_string_equal(err.text, "not_before must be earlier than not_after");
    assert_null(made.key.p);
    /* Older agents sign it. */
    issue(old, &r, &c);
    assert_int_equal(c.cert[0]->not_after, 1700000000);
    drop(&c);
    sim_guest_free(old);
    sim_guest_free(g);
}

static void
test_keys(void **state)
{
    sim_guest *g = guest_new("certs", SIM_OS_0_6_0);
    sim_cert_request fresh = {.derived = false};
    sim_cert_request derived = {
        .derived = true, .path = ds_view_str("a"), .subject = nothing};
    chain a, b;
    uint8_t want[32];
    (void)state;
    issue(g, &fresh, &a);
    issue(g, &fresh, &b);
    assert_memory_not_equal(a.secret, b.secret, 32);
    assert_false(ds_view_eq(a.cert[0]->serial, b.cert[0]->serial));
    drop(&a);
    drop(&b);
    issue(g, &derived, &a);
    issue(g, &derived, &b);
    assert_true(ds_view_eq(a.cert[0]->der, b.cert[0]->der));
    assert_true(ds_hkdf_sha256(ds_view_str("RATLS"),
        ds_view_of(g->secrets->app_k256, 32), &derived.path, 1, want, 32));
    assert_memory_equal(a.secret, want, 32);
    drop(&b);
    derived.path = ds_view_str("b");
    issue(g, &derived, &b);
    assert_memory_not_equal(a.secret, b.secret, 32);
    drop(&a);
    drop(&b);
    sim_guest_free(g);
}

/* Tappd.DeriveKey("/") of upstream's simulator; the CA of its file signs. */
static void
test_app_keys_file(void **state)
{
    ds_buf keys;
    (void)state;
    ds_buf_init(&keys, 1 << 20);
    guest_app_keys(
        "d6e88992cdeeee35fe70b5db61ab66cdb191fb9b6ec9313757ef162dd7214d5d", "",
        "", &keys);
    sim_config config = {.seed = "certs",
        .os = SIM_OS_0_5_11,
        .now = GUEST_NOW,
        .app_keys = sim_view(&keys)};
    sim_guest *g = guest_make(&config);
    sim_cert_request r = {.derived = true, .path = ds_view_str("/")};
    chain c;
    issue(g, &r, &c);
    guest_assert_hex(c.secret, 32,
        "f6c1ed94488394d78e0a4e5ab75d62e9f085d73b0b555d0614fb90ca13d9464d");
    assert_true(ds_view_contains(sim_view(&c.made.key),
        "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wa"
        "wIBAQQg9sHtlEiDlNeOCk5a"));
    assert_int_equal(c.made.chain_n, 2);
    assert_null(custom(c.cert[0], 3).p);
    drop(&c);
    ds_buf_free(&keys);
    sim_guest_free(g);
}

/* ---- RA-TLS ------------------------------------------------------------------------- */

static void
check_bound(const ds_cert *cert, const uint8_t *report_data)
{
    uint8_t want[64];
    assert_true(
        ds_hash(DS_SHA512, ds_view_str("ratls-cert:"), cert->spki, want));
    assert_memory_equal(report_data, want, 64);
}

static void
check_attested(const ds_cert *cert, uint32_t format, size_t firmware)
{
    dstack_evidence *e = NULL;
    dstack_error err;
    size_t n;
    ds_view v = custom(cert, 8);
    assert_non_null(v.p);
    if (dstack_evidence_parse(v.p, v.n, &e, &err) != DSTACK_OK)
        fail_msg("%s", err.message);
    assert_int_equal(dstack_evidence_format(e), format);
    check_bound(cert, dstack_evidence_report_data(e, &n));
    check_bound(cert, dstack_evidence_claimed_report_data(e, &n));
    /* Stripped: RTMR3's events, and from 0.6 on three about ACPI. */
    const dstack_event_log *log = dstack_evidence_event_log(e);
    size_t others = 0;
    for (size_t i = 0; i < dstack_event_log_count(log); i++) {
        (void)dstack_event_log_digest(log, i, &n);
        if (dstack_event_log_imr(log, i) != 3)
            others++;
        else
            assert_int_equal(
                n, format == DSTACK_EVIDENCE_ATTESTATION_V0 ? 0 : 48);
    }
    assert_int_equal(others, firmware);
    assert_int_equal(dstack_event_log_count(log) - others,
        dstack_event_log_count(dstack_evidence_runtime_events(e)));
    dstack_evidence_free(e);
}

static void
test_ra_tls(void **state)
{
    sim_cert_request r = {.ra_tls = true, .client_auth = true};
    chain c;
    (void)state;
    sim_guest *g = guest_new("certs", SIM_OS_0_5_5);
    issue(g, &r, &c);
    ds_view quote = custom(c.cert[0], 1);
    assert_true(quote.n > 632);
    check_bound(c.cert[0], quote.p + 568);
    dstack_event_log *log = NULL;
    ds_view text = custom(c.cert[0], 2);
    assert_int_equal(
        dstack_event_log_parse_json(text.p, text.n, &log, NULL), DSTACK_OK);
    assert_int_equal(dstack_event_log_count(log), g->log.n);
    dstack_event_log_free(log);
    assert_null(custom(c.cert[0], 8).p);
    drop(&c);
    sim_guest_free(g);

    g = guest_new("certs", SIM_OS_0_5_11);
    issue(g, &r, &c);
    check_attested(c.cert[0], DSTACK_EVIDENCE_ATTESTATION_V0, 0);
    assert_null(custom(c.cert[0], 1).p);
    drop(&c);
    sim_guest_free(g);

    g = guest_new("certs", SIM_OS_0_6_0);
    issue(g, &r, &c);
    check_attested(c.cert[0], DSTACK_EVIDENCE_ATTESTATION_V0, 3);
    drop(&c);
    sim_guest_free(g);

    sim_config config = {.seed = "certs",
        .os = SIM_OS_0_6_0,
        .now = GUEST_NOW,
        .app_compose = ds_view_str("{\"event_log_version\":2}")};
    g = guest_make(&config);
    issue(g, &r, &c);
    check_attested(c.cert[0], DSTACK_EVIDENCE_ATTESTATION_V1, 3);
    check_attested(c.cert[1], DSTACK_EVIDENCE_ATTESTATION_V1, 3);
    drop(&c);
    sim_guest_free(g);
}

static void
check_app_info(int os, size_t fields)
{
    static const char empty[] =
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    sim_config config = {.seed = "certs",
        .os = os,
        .now = GUEST_NOW,
        .app_compose =
            ds_view_str("{\"kms_enabled\":true,\"init_script\":\"echo\"}")};
    sim_cert_request r = {.app_info = true};
    sim_guest *g = guest_make(&config);
    sim_info info;
    chain c;
    ds_mp m;
    ds_mp_at at;
    uint8_t room[1024];
    issue(g, &r, &c);
    assert_int_equal(sim_guest_info(g, GUEST_NOW, &info, NULL), 0);
    assert_true(ds_mp_open(&m, custom(c.cert[0], 9), room, &at));
    assert_int_equal(ds_mp_array(&at, 16), fields);
    ds_view want[8] = {info.app_id, ds_view_of(info.compose_hash, 32),
        info.instance_id, nothing, ds_view_of(info.mr_system, 32),
        ds_view_of(info.mr_aggregated, 32), ds_view_of(info.os_image_hash, 32),
        info.key_provider};
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(ds_mp_type(&at), DS_MP_BYTES);
        ds_view v = ds_mp_bytes(&at, 1024);
        if (i == 3)
            guest_assert_hex(v.p, v.n, empty);
        else
            assert_true(v.n && ds_view_eq(v, want[i]));
    }
    if (fields == 9) {
        assert_int_equal(ds_mp_array(&at, 8), 1);
        ds_view v = ds_mp_bytes(&at, 32);
        assert_true(ds_view_eq(v, ds_view_of(g->compose.script_hash[0], 32)));
    }
    assert_int_equal(m.fault, DS_FAULT_NONE);
    sim_info_free(&info);
    drop(&c);
    sim_guest_free(g);
}

static void
test_app_info(void **state)
{
    (void)state;
    check_app_info(SIM_OS_0_5_11, 8);
    check_app_info(SIM_OS_0_6_0, 9);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kms_chain),
        cmocka_unit_test(test_own_chain),
        cmocka_unit_test(test_0_3_chain),
        cmocka_unit_test(test_alt_names),
        cmocka_unit_test(test_bad_alt_name),
        cmocka_unit_test(test_validity),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_app_keys_file),
        cmocka_unit_test(test_ra_tls),
        cmocka_unit_test(test_app_info),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
