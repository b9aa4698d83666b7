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
#include "codec/json.h"
#include "codec/pem.h"
#include "crypto/cert.h"
#include "support/failing.h"
#include "support/vec.h"

static bool
inside(ds_view part, ds_view whole)
{
    return part.n == 0 ||
           (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void
same_bytes(const char *name, const char *what, ds_view got, const char *word)
{
    ds_view want = vec_bytes(word);

    if (!ds_view_eq(got, want))
        fail_msg("%s: another %s", name, what);
    vec_free(want);
}

/* ---- vectors (tests/vectors/gen_crl.py) ---- */

enum {
    DER = 2,
    THIS_UPDATE,
    NEXT_UPDATE,
    SIG_BITS,
    FLAGS,
    NUMBER,
    AKI,
    COUNT,
    LISTED,
    NOT_LISTED,
    SIGNER,
    WORDS
};

static void
flags_of(const ds_crl *c, char out[64])
{
    snprintf(out, 64, "%s%s%s%s%s", c->is_v2 ? ",v2" : "",
        c->has_number ? ",number" : "", c->has_aki ? ",aki" : "",
        c->has_delta ? ",delta" : "", c->has_idp ? ",idp" : "");
}

static void
check_fields(const ds_crl *c, char *const *w)
{
    static const int sig_bits[] = {0, 256, 384};
    bool has_next = strcmp(w[NEXT_UPDATE], "-") != 0;
    const char *name = w[1];
    char flags[64];

    same_bytes(name, "DER", c->der, w[DER]);
    assert_int_equal(c->this_update, strtoll(w[THIS_UPDATE], NULL, 10));
    assert_int_equal(c->has_next_update, has_next);
    assert_int_equal(
        c->next_update, has_next ? strtoll(w[NEXT_UPDATE], NULL, 10) : 0);
    assert_int_equal(sig_bits[c->sig_alg], strtol(w[SIG_BITS], NULL, 10));
    flags_of(c, flags);
    if (strcmp(flags[0] ? flags + 1 : "-", w[FLAGS]) != 0)
        fail_msg("%s: flags are %s", name, flags);
    same_bytes(name, "number", c->number, w[NUMBER]);
    same_bytes(name, "AKI", c->aki, w[AKI]);
    assert_int_equal(c->entry_count, strtoul(w[COUNT], NULL, 10));
    assert_false(c->unknown_critical);
    assert_true(inside(c->tbs, c->der) && inside(c->issuer, c->tbs) &&
                inside(c->entries, c->tbs) && inside(c->number, c->tbs) &&
                inside(c->aki, c->tbs) && inside(c->sig, c->der));
}

static void
check_listed(const ds_crl *c, const char *name, char *words, bool want)
{
    char *save = NULL;

    if (strcmp(words, "-") == 0)
        return;
    for (char *word = strtok_r(words, ",", &save); word;
         word = strtok_r(NULL, ",", &save)) {
        ds_view serial = vec_bytes(word);

        if (ds_crl_lists(c, serial) != want)
            fail_msg("%s: %s is%s listed", name, word, want ? " not" : "");
        vec_free(serial);
    }
}

static void
run_case(char *const *w, ds_ecdsa_key *const *keys)
{
    ds_view der = vec_bytes(w[DER]);
    dstack_error err;
    ds_crl *crl, *quiet = NULL;
    int rc;

    memset(&err, 0xa5, sizeof err);
    memset(&crl, 0xa5, sizeof crl);
    rc = ds_crl_parse(der, &crl, &err);
    assert_int_equal(ds_crl_parse(der, &quiet, NULL), rc);
    ds_crl_free(quiet);
    vec_free(der); /* the object must not need it any more */
    if (strcmp(w[0], "ok") != 0) {
        if (rc != DSTACK_ERR_PARSE || crl ||
            strcmp(dstack_reason_name(err.reason), w[0]) != 0)
            fail_msg("%s: %d %s, not %s: %s", w[1], rc,
                dstack_reason_name(err.reason), w[0], err.message);
        assert_int_equal(err.code, rc);
        assert_memory_equal(err.message, "CRL: ", 5);
        return;
    }
    if (rc != DSTACK_OK)
        fail_msg("%s: %d %s", w[1], rc, err.message);
    assert_int_equal(err.code, 0);
    check_fields(crl, w);
    check_listed(crl, w[1], w[LISTED], true);
    check_listed(crl, w[1], w[NOT_LISTED], false);
    for (int curve = DS_P256; curve <= DS_SECP256K1; curve++) {
        bool signer = curve == vec_curve(w[SIGNER]);

        if (ds_crl_verify(crl, keys[curve]) !=
            (signer ? DS_ECDSA_OK : DS_ECDSA_BAD))
            fail_msg("%s: the signature under key %d", w[1], curve);
    }
    ds_crl_free(crl);
}

static void
test_vectors(void **state)
{
    ds_ecdsa_key *keys[DS_SECP256K1 + 1] = {NULL};
    int good = 0, bad = 0;
    vec v;

    (void)state;
    vec_open(&v, "crl.vec");
    for (int n; (n = vec_next(&v)) != 0;) {
        if (strcmp(v.word[0], "key") == 0) {
            int curve = vec_curve(v.word[1]);
            ds_view xy = vec_bytes(v.word[2]);

            assert_int_equal(
                ds_ecdsa_key_new(curve, xy, &keys[curve]), DS_ECDSA_OK);
            vec_free(xy);
            continue;
        }
        assert_int_equal(n, strcmp(v.word[0], "ok") == 0 ? WORDS : 3);
        run_case(v.word, keys);
        n == WORDS ? good++ : bad++;
    }
    vec_close(&v);
    for (int curve = DS_P256; curve <= DS_SECP256K1; curve++)
        ds_ecdsa_key_free(keys[curve]);
    assert_true(good >= 30);
    assert_true(bad >= 70);
}

/* ---- size ---- */

static ds_crl *
parse_named(const char *name)
{
    ds_crl *crl = NULL;
    vec v;

    vec_open(&v, "crl.vec");
    while (vec_next(&v) != 0) {
        if (strcmp(v.word[1], name) == 0) {
            ds_view der = vec_bytes(v.word[DER]);

            assert_int_equal(ds_crl_parse(der, &crl, NULL), DSTACK_OK);
            vec_free(der);
        }
    }
    vec_close(&v);
    assert_non_null(crl);
    return crl;
}

static void
put_head(ds_buf *b, uint8_t tag, size_t n)
{
    ds_buf_add_u8(b, tag);
    ds_buf_add_u8(b, 0x83);
    ds_buf_add_u8(b, (uint8_t)(n >> 16));
    ds_buf_add_u8(b, (uint8_t)(n >> 8));
    ds_buf_add_u8(b, (uint8_t)n);
}

/* The version, algorithm, issuer and times of a CRL with one entry. */
static ds_view
head_of(const ds_crl *crl)
{
    const uint8_t *entries = crl->entries.p - 2;
    const uint8_t *body = crl->tbs.p + 2 + (crl->tbs.p[1] == 0x81);

    return ds_view_of(body, (size_t)(entries - body));
}

/* A CRL of this many entries of 3-octet serial numbers, without extensions;
 * its signature is not meant to hold. */
static void
make_big(ds_buf *out, uint32_t count)
{
    static const uint8_t alg[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48,
        0xce, 0x3d, 0x04, 0x03, 0x02, 0x03, 0x02, 0x00, 0x01};
    ds_crl *crl = parse_named("without_reason");
    ds_view head = head_of(crl);
    size_t list = (size_t)count * 22;

    put_head(out, 0x30, 5 + head.n + 5 + list + sizeof alg);
    put_head(out, 0x30, head.n + 5 + list);
    ds_buf_add(out, head.p, head.n);
    put_head(out, 0x30, list);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t entry[22] = {0x30, 0x14, 0x02, 0x03, (uint8_t)(0x40 | i >> 16),
            (uint8_t)(i >> 8), (uint8_t)i, 0x17, 0x0d};

        memcpy(entry + 9, "250619100035Z", 13);
        ds_buf_add(out, entry, sizeof entry);
    }
    ds_buf_add(out, alg, sizeof alg);
    assert_false(out->bad || out->nomem);
    ds_crl_free(crl);
}

static void
test_many_entries(void **state)
{
    enum {
        COUNT_ = 47000
    };
    static const uint8_t first[] = {0x40, 0, 0};
    static const uint8_t last[] = {
        0x40, (COUNT_ - 1) >> 8, (COUNT_ - 1) & 0xff};
    static const uint8_t next[] = {0x40, COUNT_ >> 8, COUNT_ & 0xff};
    dstack_error err;
    ds_crl *crl;
    ds_buf b;

    (void)state;
    ds_buf_init(&b, 2 * DS_MAX_CRL);
    make_big(&b, COUNT_);
    assert_in_range(b.n, DS_MAX_CRL - 20000, DS_MAX_CRL);
    if (ds_crl_parse(ds_view_of(b.p, b.n), &crl, &err) != DSTACK_OK)
        fail_msg("%s", err.message);
    assert_int_equal(crl->entry_count, COUNT_);
    assert_true(ds_crl_lists(crl, ds_view_of(first, 3)));
    assert_true(ds_crl_lists(crl, ds_view_of(last, 3)));
    assert_false(ds_crl_lists(crl, ds_view_of(next, 3)));
    ds_crl_free(crl);
    ds_buf_free(&b);
}

/* Row 79: refused by its size, whatever it holds. */
static void
test_too_long(void **state)
{
    dstack_error err;
    ds_crl *crl;
    ds_buf b;

    (void)state;
    ds_buf_init(&b, 2 * DS_MAX_CRL);
    make_big(&b, 48000);
    assert_true(b.n > DS_MAX_CRL);
    assert_int_equal(
        ds_crl_parse(ds_view_of(b.p, b.n), &crl, &err), DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_CERT_DER);
    assert_non_null(strstr(err.message, "longer"));
    assert_null(crl);
    ds_buf_free(&b);
    ds_crl_free(NULL);
}

/* Each bit of a good CRL flipped: never the same verdict. */
static void
test_every_bit(void **state)
{
    ds_crl *crl = parse_named("three");
    uint8_t *copy = ds_memdup(crl->der.p, crl->der.n);
    ds_ecdsa_key *key = NULL;
    size_t parsed = 0;
    vec v;

    (void)state;
    assert_non_null(copy);
    vec_open(&v, "crl.vec");
    while (vec_next(&v) != 0 && strcmp(v.word[0], "key") == 0) {
        ds_view xy = vec_bytes(v.word[2]);

        if (vec_curve(v.word[1]) == DS_P256)
            assert_int_equal(ds_ecdsa_key_new(DS_P256, xy, &key), DS_ECDSA_OK);
        vec_free(xy);
    }
    vec_close(&v);
    assert_int_equal(ds_crl_verify(crl, key), DS_ECDSA_OK);
    for (size_t i = 0; i < 8 * crl->der.n; i++) {
        ds_crl *other = NULL;

        copy[i / 8] ^= (uint8_t)(1u << i % 8);
        if (ds_crl_parse(ds_view_of(copy, crl->der.n), &other, NULL) ==
            DSTACK_OK) {
            parsed++;
            /* Every 16th: the mbedTLS back end is slow. */
            if (parsed % 16 == 0)
                assert_int_equal(ds_crl_verify(other, key), DS_ECDSA_BAD);
        }
        ds_crl_free(other);
        copy[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    assert_true(parsed > 500);
    ds_ecdsa_key_free(key);
    ds_free(copy);
    ds_crl_free(crl);
}

/* ---- Intel's CRLs ---- */

static ds_crl *
real_crl(const ds_json *j, const char *member)
{
    ds_buf text, der;
    dstack_error err;
    ds_crl *crl;

    ds_buf_init(&text, 2 * DS_MAX_CRL);
    ds_buf_init(&der, DS_MAX_CRL);
    assert_int_equal(
        ds_json_string_buf(j, ds_json_get(j, 0, member), &text, NULL),
        DSTACK_OK);
    assert_true(ds_hex_decode_buf(ds_view_of(text.p, text.n), &der));
    if (ds_crl_parse(ds_view_of(der.p, der.n), &crl, &err) != DSTACK_OK)
        fail_msg("%s: %s", member, err.message);
    ds_buf_free(&text);
    ds_buf_free(&der);
    return crl;
}

/* Which certificate of a chain: its key, and is this its subject? */
static ds_ecdsa_key *
real_key(const ds_json *j, const char *member, int which, const ds_crl *issued)
{
    ds_cert *cert = NULL;
    ds_ecdsa_key *key;
    ds_buf text, der;
    ds_pem pem;

    ds_buf_init(&text, DS_MAX_CHAIN);
    assert_int_equal(
        ds_json_string_buf(j, ds_json_get(j, 0, member), &text, NULL),
        DSTACK_OK);
    ds_pem_init(&pem, ds_view_of(text.p, text.n));
    for (int i = 0; i <= which; i++) {
        ds_cert_free(cert);
        ds_buf_init(&der, DS_MAX_CERT);
        assert_int_equal(ds_pem_next(&pem, "CERTIFICATE", &der), 1);
        assert_int_equal(
            ds_cert_parse(ds_view_of(der.p, der.n), &cert, NULL), DSTACK_OK);
        ds_buf_free(&der);
    }
    ds_buf_free(&text);
    assert_int_equal(
        ds_ecdsa_key_new(cert->key_curve, cert->key_xy, &key), DS_ECDSA_OK);
    assert_true(ds_view_eq(cert->subject, issued->issuer));
    ds_cert_free(cert);
    return key;
}

static void
check_time(int64_t t, const char *want)
{
    char text[21];

    ds_time_format(t, text);
    assert_string_equal(text, want);
}

/* Numbers and dates as `openssl crl -text` prints them. */
static void
test_intel_crls(void **state)
{
    static const char *const listed[] = {
        "6fc34e5023e728923435d61aa4b83c618166ad35",
        "00efae6e9715fca13b87e333e8261ed6d990a926ad",
        "b1257978cfa9ccdd0759abf8c5ca72fae3a78a9b"};
    ds_view file = vec_real("tdx/v4.collateral.json");
    ds_ecdsa_key *ca, *root;
    ds_crl *pck, *top;
    ds_json *j;

    (void)state;
    assert_int_equal(ds_json_parse(file, "collateral", &j, NULL), DSTACK_OK);
    pck = real_crl(j, "pck_crl");
    top = real_crl(j, "root_ca_crl");
    ca = real_key(j, "pck_crl_issuer_chain", 0, pck);
    root = real_key(j, "pck_crl_issuer_chain", 1, top);
    check_time(pck->this_update, "2025-06-19T10:00:35Z");
    check_time(pck->next_update, "2025-07-19T10:00:35Z");
    check_time(top->this_update, "2025-03-20T11:21:57Z");
    check_time(top->next_update, "2026-04-03T11:21:57Z");
    assert_true(pck->is_v2 && pck->has_number && pck->has_aki &&
                !pck->has_delta && !pck->has_idp);
    same_bytes("pck", "number", pck->number, "01");
    same_bytes("root", "number", top->number, "01");
    same_bytes(
        "pck", "AKI", pck->aki, "956f5dcdbd1be1e94049c9d4f433ce01570bde54");
    same_bytes(
        "root", "AKI", top->aki, "22650cd65a9d3489f383b49552bf501b392706ac");
    assert_int_equal(pck->entry_count, 44);
    assert_int_equal(top->entry_count, 0);
    for (int i = 0; i < 3; i++) {
        ds_view serial = vec_bytes(listed[i]);

        assert_true(ds_crl_lists(pck, serial));
        assert_false(ds_crl_lists(top, serial));
        vec_free(serial);
    }
    assert_int_equal(ds_crl_verify(pck, ca), DS_ECDSA_OK);
    assert_int_equal(ds_crl_verify(pck, root), DS_ECDSA_BAD);
    assert_int_equal(ds_crl_verify(top, root), DS_ECDSA_OK);
    assert_int_equal(ds_crl_verify(top, ca), DS_ECDSA_BAD);
    ds_ecdsa_key_free(ca);
    ds_ecdsa_key_free(root);
    ds_crl_free(pck);
    ds_crl_free(top);
    ds_json_free(j);
    vec_free(file);
}

static void
test_no_memory(void **state)
{
    ds_crl *crl = parse_named("three"), *other = crl;
    dstack_error err;

    (void)state;
    failing_after(0);
    assert_int_equal(ds_crl_parse(crl->der, &other, &err), DSTACK_ERR_NOMEM);
    assert_null(other);
    assert_int_equal(err.code, DSTACK_ERR_NOMEM);
    failing_after(1);
    assert_int_equal(ds_crl_parse(crl->der, &other, &err), DSTACK_OK);
    failing_after(-1);
    ds_crl_free(other);
    ds_crl_free(crl);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_many_entries),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_every_bit),
        cmocka_unit_test(test_intel_crls),
        cmocka_unit_test(test_no_memory),
    };

    failing_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
