/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "codec/json.h"
#include "codec/pem.h"
#include "crypto/cert.h"
#include "crypto/ecdsa.h"
#include "crypto/hash.h"
#include "forge/forge.h"

#define VECTOR_MAX ((size_t)1 << 20)

static void
build(forge *f)
{
    if (forge_build(f))
        fail_msg("%s", f->error);
}

static bool
same(const ds_buf *a, const ds_buf *b)
{
    return ds_view_eq(ds_view_of(a->p, a->n), ds_view_of(b->p, b->n));
}

static bool
verifies(ds_view xy, ds_view data, ds_view rs)
{
    uint8_t digest[32];
    ds_ecdsa_key *key = NULL;
    assert_true(ds_hash(DS_SHA256, data, ds_view_of(NULL, 0), digest));
    assert_int_equal(ds_ecdsa_key_new(DS_P256, xy, &key), DS_ECDSA_OK);
    int ret = ds_ecdsa_verify(key, ds_view_of(digest, 32), rs);
    ds_ecdsa_key_free(key);
    return ret == DS_ECDSA_OK;
}

static bool
key_verifies(forge *f, int key, ds_view data, ds_view rs)
{
    return verifies(forge_public(f, key), data, rs);
}

static ds_view
part(const forge *f, int which)
{
    const forge_part *at = &f->out.part[which];
    return ds_view_of(f->out.quote.p + at->off, at->n);
}

/* ---- keys and determinism ------------------------------------------------ */

static void
assert_hex(ds_view v, const char *hex)
{
    char text[2 * 96 + 1];
    assert_true(v.n <= 96);
    ds_hex_encode(v, text);
    assert_string_equal(text, hex);
}

/* Computed with python-ecdsa from SHA-256("seed" "root key") and SHA-384("seed"
 * "p384 key"): public keys, and RFC 6979 signatures over "a message". */
static void
test_keys_and_signatures_are_rfc_6979(void **state)
{
    forge *f = forge_new(FORGE_TDX_V4, "seed");
    uint8_t rs[96];

    (void)state;
    assert_non_null(f);
    assert_hex(forge_public(f, FORGE_KEY_ROOT),
        "5d6b54dcff7b56faf80b8a0b27232d3a29de5f0ba4da94fca5465873a766ffc5"
        "2978d3e59d3c187ddbf968afc73061899367427d04d984b25733c444b71a07c0");
    assert_int_equal(
        forge_resign_raw(f, FORGE_KEY_ROOT, ds_view_str("a message"), rs), 0);
    assert_hex(ds_view_of(rs, 64),
        "7d5b33ef16b4ececae7e25107f3b53cec6f4871b38f379666ccf07eee83cfe1e"
        "a7d90a98fe6080a765e1cf22a4086c9a49d1c90a7262c3e3ab52023e903965bf");
    assert_hex(forge_public(f, FORGE_KEY_P384),
        "d226b3520623587799fd83a30af14bb34fc5c81298c4856b46f639809c6f4b8e"
        "64c0fd01368d9072e6fde3894f7e7ebe3cb789902e9d642a78def92b156d230e"
        "f9d657708520be76f3f7d154757797eb4a282d01bb7008d0f776308c66cd2faa");
    assert_int_equal(
        forge_resign_raw(f, FORGE_KEY_P384, ds_view_str("a message"), rs), 0);
    assert_hex(ds_view_of(rs, 96),
        "e8df1abb71411fbbaf0a888cf32ff0a673a8911a74203814614c4924dd270ff5"
        "00fd7c29a09a3daeba393ddc8c0b90c5d044c0a8d28a49708632a99a012da336"
        "9db685ac40d5a8d43f257b3c590e0ddb0c5a5111934f3a62c4d2b20384a10921");
    assert_int_equal(forge_public(f, FORGE_KEY_RSA).n, 0);
    assert_int_equal(
        forge_resign_raw(f, FORGE_KEY_RSA, ds_view_str("a message"), rs), -1);
    forge_free(f);
}

static void
assert_same_outputs(const forge_out *a, const forge_out *b)
{
    assert_true(same(&a->quote, &b->quote));
    assert_true(same(&a->collateral, &b->collateral));
    assert_true(same(&a->flat, &b->flat));
    assert_true(same(&a->root_pem, &b->root_pem));
    for (size_t i = 0; i < FORGE_CERTS; i++)
        assert_true(same(&a->cert[i], &b->cert[i]));
}

static void
test_same_seed_same_bytes(void **state)
{
    forge *a = forge_new(FORGE_TDX_V5_15, "one");
    forge *b = forge_new(FORGE_SGX_V3, "one");
    forge *c = forge_new(FORGE_TDX_V5_15, "two");

    (void)state;
    assert_true(a && b && c);
    build(a);
    build(b);
    build(c);
    assert_false(same(&a->out.quote, &b->out.quote));
    forge_reset(b, FORGE_TDX_V5_15);
    build(b);
    assert_same_outputs(&a->out, &b->out);
    build(b);
    assert_same_outputs(&a->out, &b->out);
    for (int key = 0; key < FORGE_KEY_RSA; key++) {
        assert_true(ds_view_eq(forge_public(a, key), forge_public(b, key)));
        assert_false(ds_view_eq(forge_public(a, key), forge_public(c, key)));
        for (int other = 0; other < key; other++)
            assert_false(
                ds_view_eq(forge_public(a, key), forge_public(a, other)));
    }
    assert_false(same(&a->out.root_pem, &c->out.root_pem));
    assert_null(forge_new(FORGE_KINDS, "one"));
    forge_free(a);
    forge_free(b);
    forge_free(c);
    forge_free(NULL);
}

/* ---- quotes -------------------------------------------------------------- */

/* Spec 1.2 */
static const struct {
    unsigned version, tee, body_type, body, sig_len_at;
} layout[FORGE_KINDS] = {{3, 0, 0, 384, 432}, {4, 0, 0, 384, 432},
    {5, 0, 1, 384, 438}, {4, 0x81, 0, 584, 632}, {5, 0x81, 2, 584, 638},
    {5, 0x81, 3, 648, 702}, {5, 0x81, 4, 885, 939}};

static void
check_layout(const forge *f, int kind)
{
    const uint8_t *q = f->out.quote.p;
    size_t n = f->out.quote.n;
    size_t at = layout[kind].sig_len_at;
    assert_int_equal(ds_le16(q), layout[kind].version);
    assert_int_equal(ds_le16(q + 2), 2);
    assert_int_equal(ds_le32(q + 4), layout[kind].tee);
    if (layout[kind].version == 5) {
        assert_int_equal(ds_le16(q + 48), layout[kind].body_type);
        assert_int_equal(ds_le32(q + 50), layout[kind].body);
    }
    assert_int_equal(ds_le32(q + at), n - at - 4);
    const uint8_t *sig = q + at + 4;
    size_t auth = 576;
    if (layout[kind].version > 3) {
        assert_int_equal(ds_le16(sig + 128), 6);
        assert_int_equal(ds_le32(sig + 130), n - at - 4 - 134);
        auth = 134 + 448;
    }
    assert_int_equal(ds_le16(sig + auth), 32);
    assert_int_equal(ds_le16(sig + auth + 34), 5);
    assert_int_equal(ds_le32(sig + auth + 36), n - at - 4 - auth - 40);
    assert_memory_equal(sig + auth + 40, "-----BEGIN", 10);
    assert_memory_equal(q + n - 7, "-----\n", 6);
    assert_int_equal(q[n - 1], 0);
    size_t end = 0;
    for (int i = 0; i < FORGE_PARTS; i++) {
        assert_int_equal(f->out.part[i].off, end);
        end += f->out.part[i].n;
    }
    assert_int_equal(end, n);
}

static void
check_signatures(forge *f, int kind)
{
    uint8_t digest[32];
    ds_view quote = ds_view_of(f->out.quote.p, f->out.quote.n);
    ds_view qe = part(f, FORGE_PART_QE_REPORT);
    assert_true(
        ds_view_eq(part(f, FORGE_PART_AK), forge_public(f, FORGE_KEY_AK)));
    assert_true(key_verifies(f, FORGE_KEY_AK,
        ds_view_of(quote.p, layout[kind].sig_len_at), part(f, FORGE_PART_SIG)));
    assert_int_equal(qe.n, 384);
    assert_true(key_verifies(f, FORGE_KEY_PCK, qe, part(f, FORGE_PART_QE_SIG)));
    assert_true(ds_hash(
        DS_SHA256, part(f, FORGE_PART_AK), part(f, FORGE_PART_AUTH), digest));
    assert_memory_equal(qe.p + 320, digest, 32);
    assert_true(ds_view_is_zero(ds_view_of(qe.p + 352, 32)));
}

static void
test_every_kind_of_quote(void **state)
{
    forge *f = forge_new(FORGE_SGX_V3, "kinds");

    (void)state;
    assert_non_null(f);
    for (int kind = 0; kind < FORGE_KINDS; kind++) {
        forge_reset(f, kind);
        build(f);
        check_layout(f, kind);
        check_signatures(f, kind);
    }
    forge_free(f);
}

/* Offsets of spec 1.3 and 1.4, written a second time. */
static void
test_fields_stand_where_the_spec_says(void **state)
{
    static const struct {
        unsigned at, n;
        uint8_t first;
    } td[] = {{16, 48, 0x50}, {136, 48, 0x80}, {184, 48, 0x90}, {232, 48, 0xa0},
        {280, 48, 0xb0}, {328, 48, 0xc0}, {376, 48, 0xc8}, {424, 48, 0xd0},
        {472, 48, 0xd8}, {520, 64, 0}, {649, 32, 0x11}, {681, 48, 0x22},
        {729, 48, 0x33}, {785, 16, 0x44}, {829, 48, 0x55}};
    forge *f = forge_new(FORGE_TDX_V5_EX, "fields");

    (void)state;
    assert_non_null(f);
    f->quote.td.vm_id = 0x7e;
    build(f);
    ds_view b = part(f, FORGE_PART_BODY);
    for (size_t i = 0; i < sizeof td / sizeof td[0]; i++)
        for (unsigned k = 0; k < td[i].n; k++)
            assert_int_equal(b.p[td[i].at + k], (uint8_t)(td[i].first + k));
    assert_int_equal(ds_le64(b.p + 120), 0x10020000);
    assert_int_equal(ds_le64(b.p + 128), 0x602e7);
    assert_int_equal(ds_le32(b.p + 584), 0x030106);
    assert_int_equal(b.p[648], 0x7e);
    assert_true(ds_le64(b.p + 777) == UINT64_C(0x1112131415161718));
    assert_true(ds_le64(b.p + 877) == UINT64_C(0x2122232425262728));
    assert_int_equal(b.p[817], 0x90);
    forge_reset(f, FORGE_SGX_V4);
    f->quote.sgx.misc_select = 0x01020304;
    f->quote.sgx.config_svn = 0x0506;
    memset(f->quote.sgx.config_id, 0xc1, 64);
    memset(f->quote.sgx.isv_family_id, 0xf1, 16);
    memset(f->quote.sgx.isv_ext_prod_id, 0xe1, 16);
    build(f);
    b = part(f, FORGE_PART_BODY);
    assert_int_equal(ds_le32(b.p + 16), 0x01020304);
    assert_int_equal(b.p[32], 0xe1);
    assert_int_equal(ds_le64(b.p + 48), 5);
    assert_int_equal(ds_le64(b.p + 56), 0xe7);
    assert_int_equal(b.p[64], 0x20);
    assert_int_equal(b.p[128], 0x40);
    assert_int_equal(b.p[192], 0xc1);
    assert_int_equal(ds_le16(b.p + 256), 0x0102);
    assert_int_equal(ds_le16(b.p + 258), 0x0304);
    assert_int_equal(ds_le16(b.p + 260), 0x0506);
    assert_int_equal(b.p[304], 0xf1);
    assert_int_equal(b.p[383], 63);
    forge_free(f);
}

static void
test_quote_overrides(void **state)
{
    forge *f = forge_new(FORGE_TDX_V5_10, "overrides");
    forge_quote *q = &f->quote;

    (void)state;
    build(f);
    ds_view good = forge_keep_buf(f, &f->out.quote);
    q->body_size = (forge_len){.set = true, .value = 0xffffffff};
    q->sig_len.delta = -1;
    q->outer_size.delta = 1;
    q->outer_type = 5;
    q->inner_size.delta = -7;
    q->inner_type = (forge_len){.set = true, .value = 6};
    q->auth_len = (forge_len){.set = true, .value = 65535};
    q->trailing = ds_view_str("tail");
    build(f);
    const uint8_t *p = f->out.quote.p;
    assert_int_equal(f->out.quote.n, good.n + 4);
    assert_memory_equal(p + good.n, "tail", 4);
    assert_int_equal(ds_le32(p + 50), UINT32_MAX);
    assert_int_equal(ds_le32(p + 638), ds_le32(good.p + 638) - 1);
    assert_int_equal(ds_le16(p + 642 + 128), 5);
    assert_int_equal(ds_le32(p + 642 + 130), ds_le32(good.p + 642 + 130) + 1);
    assert_int_equal(ds_le16(p + 642 + 582), 65535);
    assert_int_equal(ds_le16(p + 642 + 616), 6);
    assert_int_equal(ds_le32(p + 642 + 618), ds_le32(good.p + 642 + 618) - 7);
    check_signatures(f, FORGE_TDX_V5_10);
    forge_reset(f, FORGE_TDX_V5_10);
    q->sign_without_descriptor = true;
    q->qe.report_data[40] = 1;
    q->bound_auth = ds_view_str("other");
    build(f);
    ds_view qe = part(f, FORGE_PART_QE_REPORT);
    assert_int_equal(qe.p[360], 1);
    assert_memory_not_equal(
        qe.p + 320, good.p + f->out.part[FORGE_PART_QE_REPORT].off + 320, 32);
    assert_false(key_verifies(f, FORGE_KEY_AK, ds_view_of(f->out.quote.p, 638),
        part(f, FORGE_PART_SIG)));
    forge_free(f);
}

static void
test_certification_data(void **state)
{
    static const size_t size[] = {0, 36, 276, 404};
    forge *f = forge_new(FORGE_SGX_V3, "cert data");

    (void)state;
    for (int type = 1; type <= 3; type++) {
        f->quote.cert_type = type;
        build(f);
        ds_view v = part(f, FORGE_PART_CERT_DATA);
        assert_int_equal(v.n, size[type]);
        assert_int_equal(ds_le16(part(f, FORGE_PART_INNER).p), type);
        assert_int_equal(ds_le16(v.p + v.n - 4), 13);
        assert_memory_equal(v.p + v.n - 20, f->sgx.comps, 16);
    }
    f->quote.cert_type = 4;
    build(f);
    ds_view leaf = part(f, FORGE_PART_CERT_DATA);
    assert_true(leaf.n < f->out.chain[FORGE_CHAIN_QUOTE].n);
    assert_memory_equal(leaf.p, f->out.chain[FORGE_CHAIN_QUOTE].p, leaf.n);
    forge_free(f);
}

static void
test_flips_and_resigned_quotes(void **state)
{
    forge *f = forge_new(FORGE_TDX_V4, "flips");

    (void)state;
    build(f);
    ds_view good = forge_keep_buf(f, &f->out.quote);
    f->quote.flips[0] =
        (forge_flip){.on = true, .part = FORGE_PART_BODY, .bit = 9};
    build(f);
    for (size_t i = 0; i < good.n; i++)
        assert_int_equal(f->out.quote.p[i] ^ good.p[i], i == 49 ? 2 : 0);
    assert_false(key_verifies(f, FORGE_KEY_AK, ds_view_of(f->out.quote.p, 632),
        part(f, FORGE_PART_SIG)));
    assert_int_equal(
        forge_resign_quote(f, f->out.quote.p, good.n, FORGE_RESIGN_BODY), 0);
    check_signatures(f, FORGE_TDX_V4);
    f->out.quote.p[f->out.part[FORGE_PART_AUTH].off] ^= 1;
    f->out.quote.p[f->out.part[FORGE_PART_QE_REPORT].off] ^= 1;
    assert_int_equal(
        forge_resign_quote(f, f->out.quote.p, good.n, FORGE_RESIGN_ALL), 0);
    check_signatures(f, FORGE_TDX_V4);
    assert_int_equal(
        forge_resign_quote(f, f->out.quote.p, 700, FORGE_RESIGN_ALL), -1);
    f->quote.flips[0].bit = 584 * 8;
    assert_int_equal(forge_build(f), -1);
    forge_free(f);
}

/* ---- signatures ---------------------------------------------------------- */

static ds_view
spoilt(forge *f, int form, int flip)
{
    f->quote.sig = (forge_sig){.form = form, .flip = flip};
    build(f);
    return part(f, FORGE_PART_SIG);
}

static void
test_spoilt_signatures(void **state)
{
    static const char order[] =
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    forge *f = forge_new(FORGE_TDX_V4, "spoilt");

    (void)state;
    build(f);
    ds_view body = forge_keep(f, f->out.quote.p, 632);
    ds_view good = forge_keep(f, part(f, FORGE_PART_SIG).p, 64);
    ds_view n = forge_hex(f, order);
    ds_view v = spoilt(f, FORGE_SIG_NEGATED, 0);
    assert_memory_equal(v.p, good.p, 32);
    assert_memory_not_equal(v.p + 32, good.p + 32, 32);
    assert_true(key_verifies(f, FORGE_KEY_AK, body, v));
    for (int form = FORGE_SIG_ZERO; form <= FORGE_SIG_DER; form++)
        assert_false(key_verifies(f, FORGE_KEY_AK, body, spoilt(f, form, 0)));
    assert_true(ds_view_is_zero(spoilt(f, FORGE_SIG_ZERO, 0)));
    v = spoilt(f, FORGE_SIG_R_ZERO, 0);
    assert_true(ds_view_is_zero(ds_view_of(v.p, 32)));
    assert_memory_equal(v.p + 32, good.p + 32, 32);
    v = spoilt(f, FORGE_SIG_S_ZERO, 0);
    assert_memory_equal(v.p, good.p, 32);
    assert_true(ds_view_is_zero(ds_view_of(v.p + 32, 32)));
    assert_memory_equal(spoilt(f, FORGE_SIG_R_N, 0).p, n.p, 32);
    assert_memory_equal(spoilt(f, FORGE_SIG_S_N, 0).p + 32, n.p, 32);
    assert_int_equal(spoilt(f, FORGE_SIG_DER, 0).p[0], 0x30);
    for (int bit = 0; bit < 512; bit += 73) {
        v = spoilt(f, FORGE_SIG_GOOD, bit + 1);
        for (int i = 0; i < 64; i++)
            assert_int_equal(
                v.p[i] ^ good.p[i], i == bit / 8 ? 1 << bit % 8 : 0);
    }
    f->quote.sig.flip = 513;
    assert_int_equal(forge_build(f), -1);
    forge_free(f);
}

/* ---- certificates and CRLs ----------------------------------------------- */

static ds_cert *
parse(const forge *f, int which)
{
    ds_cert *c = NULL;
    dstack_error err;
    const ds_buf *der = &f->out.cert[which];
    if (ds_cert_parse(ds_view_of(der->p, der->n), &c, &err))
        fail_msg("certificate %d: %s", which, err.message);
    return c;
}

static void
assert_issued(const forge *f, int which, int issuer)
{
    ds_cert *c = parse(f, which);
    ds_cert *by = parse(f, issuer);
    ds_ecdsa_key *key = NULL;
    assert_int_equal(ds_ecdsa_key_new(DS_P256, by->key_xy, &key), 0);
    assert_true(ds_view_eq(c->issuer, by->subject));
    assert_true(ds_view_eq(c->aki, by->ski));
    assert_int_equal(ds_cert_verify(c, key), DS_ECDSA_OK);
    assert_true(c->not_before <= FORGE_NOW && FORGE_NOW <= c->not_after);
    assert_true(c->has_ski && c->has_aki && c->has_ku && c->has_bc);
    assert_true(c->has_cdp && !c->unknown_critical);
    ds_ecdsa_key_free(key);
    ds_cert_free(c);
    ds_cert_free(by);
}

static void
assert_crl(const forge *f, int which, int issuer, int listed)
{
    ds_crl *crl = NULL;
    ds_ecdsa_key *key = NULL;
    const ds_buf *der = &f->out.crl[which];
    ds_cert *by = parse(f, issuer);
    assert_int_equal(
        ds_crl_parse(ds_view_of(der->p, der->n), &crl, NULL), DSTACK_OK);
    assert_int_equal(ds_ecdsa_key_new(DS_P256, by->key_xy, &key), 0);
    assert_int_equal(ds_crl_verify(crl, key), DS_ECDSA_OK);
    assert_true(ds_view_eq(crl->issuer, by->subject));
    assert_true(ds_view_eq(crl->aki, by->ski));
    assert_true(crl->has_number && crl->has_next_update && crl->is_v2);
    assert_int_equal(crl->this_update, FORGE_NOW - 15 * FORGE_DAY);
    assert_int_equal(crl->next_update, FORGE_NOW + 15 * FORGE_DAY);
    assert_int_equal(crl->entry_count, listed < 0 ? 0 : 1);
    if (listed >= 0) {
        ds_cert *c = parse(f, listed);
        assert_true(ds_crl_lists(crl, c->serial));
        assert_false(ds_crl_lists(crl, by->serial));
        ds_cert_free(c);
    }
    ds_crl_free(crl);
    ds_ecdsa_key_free(key);
    ds_cert_free(by);
}

static void
test_chains_and_crls(void **state)
{
    forge *f = forge_new(FORGE_TDX_V4, "chains");

    (void)state;
    f->cert[FORGE_CERT_EXTRA].make = true;
    build(f);
    assert_issued(f, FORGE_CERT_ROOT, FORGE_CERT_ROOT);
    assert_issued(f, FORGE_CERT_PLATFORM, FORGE_CERT_ROOT);
    assert_issued(f, FORGE_CERT_PCK, FORGE_CERT_PLATFORM);
    assert_issued(f, FORGE_CERT_EXTRA, FORGE_CERT_PLATFORM);
    assert_issued(f, FORGE_CERT_TCB, FORGE_CERT_ROOT);
    assert_true(
        same(&f->out.cert[FORGE_CERT_TCB], &f->out.cert[FORGE_CERT_QE]));
    assert_int_equal(f->out.cert[FORGE_CERT_PROCESSOR].n, 0);
    assert_crl(f, FORGE_CRL_ROOT, FORGE_CERT_ROOT, -1);
    assert_crl(f, FORGE_CRL_PCK, FORGE_CERT_PLATFORM, -1);
    forge_use_processor_ca(f);
    f->cert[FORGE_CERT_PCK].serial[0] = 0x9a; /* needs a 00 in front */
    forge_revoke(f, FORGE_CRL_PCK, FORGE_CERT_PCK, 1);
    build(f);
    assert_issued(f, FORGE_CERT_PROCESSOR, FORGE_CERT_ROOT);
    assert_issued(f, FORGE_CERT_PCK, FORGE_CERT_PROCESSOR);
    assert_crl(f, FORGE_CRL_PCK, FORGE_CERT_PROCESSOR, FORGE_CERT_PCK);
    forge_free(f);
}

/* Intel's root from spec appendix E, with its own key, serial and identifiers
 * put into ours: the signed part must be Intel's byte for byte. */
static void
test_root_is_intels_but_for_the_key(void **state)
{
    static const char intel[] =
        "308202 34a003020102021422650cd65a9d3489f383b49552bf501b392706ac300a"
        "06082a8648ce3d0403023068311a301806035504030c11496e74656c2053475820"
        "526f6f74204341311a3018060355040a0c11496e74656c20436f72706f72617469"
        "6f6e3114301206035504070c0b53616e746120436c617261310b30090603550408"
        "0c024341310b3009060355040613025553301e170d313830353231313034353130"
        "5a170d3439313233313233353935395a3068311a301806035504030c11496e7465"
        "6c2053475820526f6f74204341311a3018060355040a0c11496e74656c20436f72"
        "706f726174696f6e3114301206035504070c0b53616e746120436c617261310b30"
        "0906035504080c024341310b30090603550406130255533059301306072a8648ce"
        "3d020106082a8648ce3d030107034200040ba9c4c0c0c86193a3fe23d6b02cda10"
        "a8bbd4e88e48b4458561a36e705525f567918e2edc88e40d860bd0cc4ee26aacc9"
        "88e505a953558c453f6b0904ae7394a381bb3081b8301f0603551d230418301680"
        "1422650cd65a9d3489f383b49552bf501b392706ac30520603551d1f044b304930"
        "47a045a043864168747470733a2f2f6365727469666963617465732e7472757374"
        "656473657276696365732e696e74656c2e636f6d2f496e74656c534758526f6f74"
        "43412e646572301d0603551d0e0416041422650cd65a9d3489f383b49552bf501b"
        "392706ac300e0603551d0f0101ff04040302010630120603551d130101ff040830"
        "060101ff020101";
    char digits[sizeof intel];
    size_t n = 0;
    for (const char *s = intel; *s; s++)
        if (*s != ' ')
            digits[n++] = *s;
    digits[n] = '\0';
    forge *f = forge_new(FORGE_TDX_V4, "intel");
    forge_cert *c = &f->cert[FORGE_CERT_ROOT];

    (void)state;
    c->ski_id = c->aki_id =
        forge_hex(f, "22650cd65a9d3489f383b49552bf501b392706ac");
    memcpy(c->serial, c->ski_id.p, 20);
    c->spki = forge_hex(f,
        "3059301306072a8648ce3d020106082a8648ce3d030107034200"
        "040ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525"
        "f567918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394");
    build(f);
    ds_view want = forge_hex(f, digits);
    assert_int_equal(f->out.cert_tbs[FORGE_CERT_ROOT].n, want.n);
    assert_memory_equal(f->out.cert_tbs[FORGE_CERT_ROOT].p, want.p, want.n);
    forge_free(f);
}

static void
test_times_change_form_in_2050(void **state)
{
    forge *f = forge_new(FORGE_TDX_V4, "times");
    forge_cert *c = &f->cert[FORGE_CERT_PCK];
    ds_view tbs;

    (void)state;
    c->not_before = INT64_C(2524607999);
    c->not_after = INT64_C(2524608000);
    build(f);
    tbs = ds_view_of(
        f->out.cert_tbs[FORGE_CERT_PCK].p, f->out.cert_tbs[FORGE_CERT_PCK].n);
    assert_true(ds_view_contains(tbs, "\x30\x20\x17\x0d"
                                      "491231235959Z"
                                      "\x18\x0f"
                                      "20500101000000Z"));
    forge_free(f);
}

static bool
has(const ds_buf *b, ds_view needle)
{
    for (size_t i = 0; i + needle.n <= b->n; i++)
        if (!memcmp(b->p + i, needle.p, needle.n))
            return true;
    return false;
}

/* What each malformed extension must contain; DER written by hand. */
static const struct {
    int malform;
    unsigned at;
    const char *hex;
} malformed[] = {{FORGE_EXT_WRONG_OID, 0, "06092a864886f84d010d0204"},
    {FORGE_EXT_EXTRA, 0, "300f060a2a864886f84d010d0108020101"},
    {FORGE_EXT_WRONG_TAG, 0, "060a2a864886f84d010d01010c10"},
    {FORGE_EXT_TCB_EXTRA, 0, "060b2a864886f84d010d010213020100"},
    {FORGE_EXT_COMP_256, 2, "060b2a864886f84d010d01020302020100"},
    {FORGE_EXT_COMP_NEGATIVE, 15, "060b2a864886f84d010d0102100201ff"},
    {FORGE_EXT_COMP_FIVE, 0, "060b2a864886f84d010d01020102050000000001"},
    {FORGE_EXT_COMP_EMPTY, 0, "060b2a864886f84d010d010201020030"},
    {FORGE_EXT_COMP_PADDED, 16, "060b2a864886f84d010d01021102020001"},
    {FORGE_EXT_PCESVN_65536, 0, "060b2a864886f84d010d0102110203010000"},
    {FORGE_EXT_INDEFINITE, 0, "3080301e060a2a864886f84d010d0101"},
    {FORGE_EXT_LENGTH_4G, 0, "3084ffffffff301e060a2a864886f84d010d0101"},
    {FORGE_EXT_LENGTH_WRAP, 0, "3088ffffffffffffffff301e"},
    {FORGE_EXT_BOOL_01, 1, "060b2a864886f84d010d010702010101"},
    {FORGE_EXT_BOOL_TWO, 2, "060b2a864886f84d010d010703010200ff"}};

static void
test_malformed_extensions(void **state)
{
    forge *f = forge_new(FORGE_TDX_V4, "malformed");
    const ds_buf *der = &f->out.cert[FORGE_CERT_PCK];

    (void)state;
    build(f);
    ds_view good = forge_keep_buf(f, der);
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        f->sgx.malform = malformed[i].malform;
        f->sgx.at = malformed[i].at;
        build(f);
        if (!has(der, forge_hex(f, malformed[i].hex)))
            fail_msg("malformation %d", malformed[i].malform);
        assert_true(good.n != der->n || memcmp(good.p, der->p, der->n) != 0);
        ds_cert_free(parse(f, FORGE_CERT_PCK));
    }
    f->sgx.at = 0;
    size_t seen[FORGE_EXT_EMPTY + 1] = {0};
    for (int i = FORGE_EXT_GOOD; i <= FORGE_EXT_EMPTY; i++) {
        f->sgx.malform = i;
        build(f);
        seen[i] = f->out.cert_tbs[FORGE_CERT_PCK].n;
    }
    /* TBS sizes against the good one's, counted by hand from spec 2.7. */
    assert_true(seen[FORGE_EXT_MISSING] + 400 < seen[FORGE_EXT_GOOD]);
    assert_true(seen[FORGE_EXT_TWICE] > seen[FORGE_EXT_GOOD] + 400);
    assert_int_equal(seen[FORGE_EXT_DROP], seen[FORGE_EXT_GOOD] - 32);
    assert_int_equal(seen[FORGE_EXT_TCB_DROP], seen[FORGE_EXT_GOOD] - 18);
    assert_int_equal(seen[FORGE_EXT_TCB_EXTRA], seen[FORGE_EXT_GOOD] + 18);
    assert_int_equal(seen[FORGE_EXT_TCB_DUPLICATE], seen[FORGE_EXT_GOOD]);
    assert_int_equal(seen[FORGE_EXT_TRAILING], seen[FORGE_EXT_GOOD] + 2);
    assert_int_equal(
        seen[FORGE_EXT_NESTED], seen[FORGE_EXT_GOOD] + 2 + 12 + 16 * 2 + 3);
    forge_free(f);
}

static void
test_keys_in_certificates(void **state)
{
    static const struct {
        int point;
        size_t n; /* of the BIT STRING's octets */
        uint8_t first;
    } points[] = {{FORGE_POINT_BARE, 64, 0}, {FORGE_POINT_FIRST_BYTE, 65, 5},
        {FORGE_POINT_COMPRESSED, 33, 0}, {FORGE_POINT_ZERO, 65, 4}};
    forge *f = forge_new(FORGE_TDX_V4, "points");
    forge_cert *c = &f->cert[FORGE_CERT_PCK];
    ds_cert *parsed = NULL;

    (void)state;
    build(f);
    size_t good = f->out.cert_tbs[FORGE_CERT_PCK].n;
    for (size_t i = 0; i < 4; i++) {
        c->point = points[i].point;
        build(f);
        assert_int_equal(
            f->out.cert_tbs[FORGE_CERT_PCK].n, good - 65 + points[i].n);
    }
    c->point = FORGE_POINT_OFF_CURVE;
    build(f);
    const ds_buf *der = &f->out.cert[FORGE_CERT_PCK];
    assert_int_not_equal(
        ds_cert_parse(ds_view_of(der->p, der->n), &parsed, NULL), DSTACK_OK);
    c->point = FORGE_POINT_GOOD;
    c->key = FORGE_KEY_P384;
    build(f);
    parsed = parse(f, FORGE_CERT_PCK);
    assert_int_equal(parsed->key_curve, DS_P384);
    ds_cert_free(parsed);
    c->key = FORGE_KEY_RSA;
    c->alg_inner = c->alg_outer = FORGE_ALG_SHA384;
    build(f);
    parsed = parse(f, FORGE_CERT_PCK);
    assert_int_equal(parsed->key_curve, 0);
    assert_int_equal(parsed->sig_alg, DS_SIG_ECDSA_SHA384);
    ds_cert_free(parsed);
    c->key = 99;
    assert_int_equal(forge_build(f), -1);
    forge_free(f);
}

/* ---- documents, edits, memory of a change -------------------------------- */

static ds_view
decoded(forge *f, const ds_buf *hex)
{
    return forge_hex(f, (const char *)hex->p);
}

static void
assert_documents_signed(forge *f)
{
    assert_true(key_verifies(f, FORGE_KEY_TCB,
        ds_view_of(f->out.tcb_info.p, f->out.tcb_info.n),
        decoded(f, &f->out.tcb_info_signature)));
    assert_true(key_verifies(f, FORGE_KEY_TCB,
        ds_view_of(f->out.qe_identity.p, f->out.qe_identity.n),
        decoded(f, &f->out.qe_identity_signature)));
}

static void
test_one_change_is_signed_again(void **state)
{
    forge *f = forge_new(FORGE_TDX_V4, "change");

    (void)state;
    build(f);
    assert_documents_signed(f);
    ds_view quote = forge_keep_buf(f, &f->out.quote);
    ds_view info = forge_keep_buf(f, &f->out.tcb_info);
    ds_view identity = forge_keep_buf(f, &f->out.qe_identity_answer);
    f->tcb_info.levels[0].status = "Revoked";
    build(f);
    assert_documents_signed(f);
    assert_int_equal(f->out.tcb_info.n, info.n - 1);
    assert_true(ds_view_eq(quote, ds_view_of(f->out.quote.p, f->out.quote.n)));
    assert_true(ds_view_eq(identity,
        ds_view_of(f->out.qe_identity_answer.p, f->out.qe_identity_answer.n)));
    f->tcb_info.levels[0].status = "UpToDate";
    f->tcb_info.doc.edits[0] =
        (forge_edit){"\"tcbType\":0", "\"tcbType\":1", false};
    f->qe_identity.doc.text = ds_view_str("not even JSON");
    build(f);
    assert_documents_signed(f);
    assert_true(has(&f->out.tcb_info, ds_view_str("\"tcbType\":1")));
    forge_reset(f, FORGE_TDX_V4);
    f->quote.td.report_data[63] ^= 0x80;
    build(f);
    check_signatures(f, FORGE_TDX_V4);
    f->cert[FORGE_CERT_PCK].serial[5] ^= 1;
    build(f);
    assert_issued(f, FORGE_CERT_PCK, FORGE_CERT_PLATFORM);
    check_signatures(f, FORGE_TDX_V4);
    forge_free(f);
}

static void
test_late_changes_break_the_signature(void **state)
{
    forge *f = forge_new(FORGE_SGX_V3, "late");
    ds_buf small;

    (void)state;
    build(f);
    ds_view plain = forge_keep_buf(f, &f->out.tcb_info);
    f->tcb_info.doc.pretty = true;
    build(f);
    assert_true(f->out.tcb_info.n > plain.n + 50);
    ds_buf_init(&small, VECTOR_MAX);
    ds_json_minify(ds_view_of(f->out.tcb_info.p, f->out.tcb_info.n), &small);
    assert_true(ds_view_eq(plain, ds_view_of(small.p, small.n)));
    ds_buf_free(&small);
    f->tcb_info.doc.pretty = false;
    f->tcb_info.doc.late[0] = (forge_edit){"UpToDate", "uptodate", false};
    build(f);
    assert_false(key_verifies(f, FORGE_KEY_TCB,
        ds_view_of(f->out.tcb_info.p, f->out.tcb_info.n),
        decoded(f, &f->out.tcb_info_signature)));
    f->tcb_info.doc.signature = ds_view_str("zz");
    f->tcb_info.doc.answer[0] = (forge_edit){"}", "", true};
    build(f);
    assert_true(
        has(&f->out.collateral, ds_view_str("\"tcb_info_signature\":\"zz\"")));
    assert_false(has(&f->out.tcb_info_answer, ds_view_str("}")));
    forge_free(f);
}

/* A test must not pass because its change did nothing. */
static void
test_mistakes_fail_the_build(void **state)
{
    forge *f = forge_new(FORGE_TDX_V4, "mistakes");

    (void)state;
    f->tcb_info.doc.edits[0] = (forge_edit){"no such text", "", false};
    assert_int_equal(forge_build(f), -1);
    assert_non_null(strstr(f->error, "no such text"));
    f->tcb_info.doc.edits[0].find = NULL;
    build(f);
    assert_null(forge_hex(f, "0g").p);
    assert_int_equal(forge_build(f), -1);
    forge_reset(f, FORGE_TDX_V4);
    build(f);
    for (int i = 0; i <= FORGE_REVOKED; i++)
        forge_revoke(f, FORGE_CRL_PCK, FORGE_CERT_PCK, 0);
    assert_int_equal(forge_build(f), -1);
    forge_reset(f, FORGE_KINDS);
    assert_int_equal(forge_build(f), -1);
    forge_reset(f, FORGE_TDX_V4);
    f->chain[FORGE_CHAIN_TCB].certs[0] = FORGE_CERTS;
    assert_int_equal(forge_build(f), -1);
    forge_reset(f, FORGE_TDX_V4);
    f->chain[FORGE_CHAIN_TCB].n = 9;
    assert_int_equal(forge_build(f), -1);
    forge_reset(f, FORGE_TDX_V4);
    f->cert[FORGE_CERT_PCK].serial_n = 33;
    assert_int_equal(forge_build(f), -1);
    forge_reset(f, FORGE_TDX_V4);
    f->quote.ak = FORGE_KEY_RSA;
    assert_int_equal(forge_build(f), -1);
    assert_int_equal(forge_write_dir(f, "/nonexistent/forge"), -1);
    forge_free(f);
}

/* ---- the bundle ---------------------------------------------------------- */

static void
assert_member(const ds_json *j, const char *name, ds_view want)
{
    ds_buf text;
    ds_buf_init(&text, VECTOR_MAX);
    assert_int_equal(
        ds_json_string_buf(j, ds_json_get(j, 0, name), &text, NULL), 0);
    if (!ds_view_eq(want, ds_view_of(text.p, text.n)))
        fail_msg("%s differs", name);
    ds_buf_free(&text);
}

static void
test_bundle(void **state)
{
    forge *f = forge_new(FORGE_TDX_V4, "bundle");
    ds_json *j = NULL;
    const forge_out *o = &f->out;

    (void)state;
    f->bundle.members[FORGE_M_PCK_CHAIN].omit = false;
    f->bundle.members[FORGE_M_ROOT_CRL].text = ds_view_str("\"\\\n\x01");
    f->bundle.members[FORGE_M_PCK_CRL].json = ds_view_str("null");
    f->bundle.members[FORGE_M_QE_CHAIN].omit = true;
    f->bundle.extra = ",\"extra\":[]";
    build(f);
    assert_int_equal(ds_json_parse(ds_view_of(o->collateral.p, o->collateral.n),
                         "bundle", &j, NULL),
        0);
    assert_int_equal(ds_json_count(j, 0), 10);
    assert_member(j, "root_ca_crl", ds_view_str("\"\\\n\x01"));
    assert_int_equal(
        ds_json_type(j, ds_json_get(j, 0, "pck_crl")), DS_JSON_NULL);
    assert_int_equal(
        ds_json_get(j, 0, "qe_identity_issuer_chain"), DS_JSON_NONE);
    assert_member(j, "tcb_info", ds_view_of(o->tcb_info.p, o->tcb_info.n));
    assert_member(j, "pck_certificate_chain",
        ds_view_of(o->chain[FORGE_CHAIN_EXTERNAL].p,
            o->chain[FORGE_CHAIN_EXTERNAL].n));
    assert_member(j, "tcb_info_signature",
        ds_view_of(o->tcb_info_signature.p, o->tcb_info_signature.n));
    ds_json_free(j);
    forge_free(f);
}

static void
test_flattened_form(void **state)
{
    forge *f = forge_new(FORGE_TDX_V4, "flat");

    (void)state;
    for (int form = FORGE_CRL_AS_DER; form <= FORGE_CRL_AS_PEM; form++) {
        f->flat.crl_form = form;
        build(f);
        const uint8_t *p = f->out.flat.p;
        size_t sum = 120;
        assert_int_equal(ds_le32(p), 4);
        assert_int_equal(ds_le32(p + 4), 0x81);
        for (size_t i = 0; i < FORGE_FLAT_BLOBS; i++)
            sum += ds_le32(p + 16 + 16 * i);
        assert_int_equal(sum, f->out.flat.n);
        const uint8_t *crl = p + 120 + ds_le32(p + 16);
        assert_int_equal(crl[0], form == FORGE_CRL_AS_DER   ? 0x30
                                 : form == FORGE_CRL_AS_HEX ? '3'
                                                            : '-');
    }
    f->flat.sizes[6].delta = 1;
    build(f);
    assert_int_equal(
        ds_le32(f->out.flat.p + 16 + 96), f->out.qe_identity_answer.n + 2);
    forge_free(f);
}

static void
test_write_dir(void **state)
{
    static const char *const names[] = {
        "quote.bin", "collateral.json", "root.pem", "root.der"};
    char dir[] = "/tmp/forge-test-XXXXXX";
    char path[64];
    forge *f = forge_new(FORGE_SGX_V3, "dir");

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(forge_write_dir(f, dir), -1);
    build(f);
    assert_int_equal(forge_write_dir(f, dir), 0);
    const ds_buf *want[] = {&f->out.quote, &f->out.collateral, &f->out.root_pem,
        &f->out.cert[FORGE_CERT_ROOT]};
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        assert_int_equal(fseek(file, 0, SEEK_END), 0);
        assert_int_equal(ftell(file), want[i]->n);
        fclose(file);
        unlink(path);
    }
    rmdir(dir);
    forge_free(f);
}

/* ---- against real evidence ----------------------------------------------- */

static bool
read_vector(const char *name, ds_buf *out)
{
    const char *root = getenv("DSTACK_VECTORS");
    char path[512];
    uint8_t block[1024];
    size_t n;
    snprintf(
        path, sizeof path, "%s/%s", root ? root : "../shared/vectors", name);
    ds_buf_init(out, VECTOR_MAX);
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    while ((n = fread(block, 1, sizeof block, file)) > 0)
        ds_buf_add(out, block, n);
    fclose(file);
    return out->n > 0;
}

/* The facts of spec 7.4 V2, and nothing read from the certificate but its
 * serial, key, dates, identifiers and PPID. */
static void
set_v2_pck(forge *f, const ds_cert *c)
{
    static const uint8_t sgx_oid[] = {
        0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};
    static const uint8_t comps[16] = {3, 3, 2, 2, 4, 1, 0, 5};
    forge_cert *pck = &f->cert[FORGE_CERT_PCK];
    ds_view ext;
    assert_int_equal(
        ds_cert_extension(c, ds_view_of(sgx_oid, sizeof sgx_oid), &ext), 1);
    memcpy(f->sgx.ppid, ext.p + 20, 16);
    memcpy(f->sgx.comps, comps, 16);
    f->sgx.pcesvn = 11;
    f->sgx.fmspc[0] = 0xb0;
    memcpy(f->sgx.instance_id,
        forge_hex(f, "07828474603e7019dc930775ffe8cdd2").p, 16);
    f->sgx.cached_keys = FORGE_TRUE;
    assert_true(c->serial.n <= sizeof pck->serial);
    memcpy(pck->serial, c->serial.p, c->serial.n);
    pck->serial_n = c->serial.n;
    pck->spki = c->spki;
    pck->not_before = c->not_before;
    pck->not_after = c->not_after;
    pck->ski_id = c->ski;
    pck->aki_id = c->aki;
}

static void
test_pck_certificate_like_a_real_one(void **state)
{
    ds_buf quote;
    ds_buf der;
    ds_pem pem;
    ds_cert *real = NULL;

    (void)state;
    if (!read_vector("tdx/v4.quote", &quote)) {
        print_message("tdx/v4.quote is absent\n");
        skip();
    }
    /* sig data 636, then 134 + 456 + 32 bytes of auth data (spec 1.7) */
    ds_pem_init(&pem, ds_view_of(quote.p + 636 + 622, quote.n - 636 - 622));
    ds_buf_init(&der, VECTOR_MAX);
    assert_int_equal(ds_pem_next(&pem, "CERTIFICATE", &der), 1);
    assert_int_equal(
        ds_cert_parse(ds_view_of(der.p, der.n), &real, NULL), DSTACK_OK);
    forge *f = forge_new(FORGE_TDX_V4, "real");
    set_v2_pck(f, real);
    build(f);
    const ds_buf *tbs = &f->out.cert_tbs[FORGE_CERT_PCK];
    assert_int_equal(tbs->n, real->tbs.n);
    assert_memory_equal(tbs->p, real->tbs.p, tbs->n);
    forge_free(f);
    ds_cert_free(real);
    ds_buf_free(&der);
    ds_buf_free(&quote);
}

static void
set_v2_tcb_info(forge *f)
{
    static const int64_t comps[8] = {2, 2, 2, 2, 3, 1, 0, 5};
    static const char *const advisories[] = {"INTEL-SA-00106", "INTEL-SA-00115",
        "INTEL-SA-00135", "INTEL-SA-00203", "INTEL-SA-00220", "INTEL-SA-00233",
        "INTEL-SA-00270", "INTEL-SA-00293", "INTEL-SA-00320", "INTEL-SA-00329",
        "INTEL-SA-00381", "INTEL-SA-00389", "INTEL-SA-00477", "INTEL-SA-00837"};
    forge_tcb_info *t = &f->tcb_info;
    t->issue_text = "2025-06-19T10:16:03Z";
    t->next_text = "2025-07-19T10:16:03Z";
    t->fmspc[0] = 0xb0;
    t->eval_number = 17;
    t->modules[0].levels[0].date = "2024-03-13T00:00:00Z";
    t->modules[1].levels[0] = (forge_isv_level){
        .isvsvn = 4, .date = "2024-03-13T00:00:00Z", .status = "UpToDate"};
    t->modules[1].levels[1] = (forge_isv_level){
        .isvsvn = 2, .date = "2023-08-09T00:00:00Z", .status = "OutOfDate"};
    t->modules[1].level_n = 2;
    t->level_n = 2;
    for (size_t i = 0; i < 2; i++) {
        memcpy(t->levels[i].sgx, comps, sizeof comps);
        t->levels[i].tdx[0] = 5;
        t->levels[i].tdx[2] = 2;
        memset(t->levels[i].advisories, 0, sizeof t->levels[i].advisories);
    }
    t->levels[0].date = "2024-03-13T00:00:00Z";
    t->levels[0].pcesvn = 11;
    t->levels[1].date = "2018-01-04T00:00:00Z";
    t->levels[1].pcesvn = 5;
    for (size_t i = 0; i < sizeof advisories / sizeof advisories[0]; i++)
        t->levels[1].advisories[i] = advisories[i];
}

static void
set_v2_qe_identity(forge *f)
{
    forge_qe_identity *q = &f->qe_identity;
    q->issue_text = "2025-06-19T10:32:27Z";
    q->next_text = "2025-07-19T10:32:27Z";
    q->eval_number = 17;
    q->level_n = 1;
    q->levels[0] = (forge_isv_level){
        .isvsvn = 4, .date = "2024-03-13T00:00:00Z", .status = "UpToDate"};
}

static void
test_documents_like_real_ones(void **state)
{
    ds_buf text;
    ds_buf crl_hex;
    ds_json *j = NULL;
    ds_crl *crl = NULL;

    (void)state;
    if (!read_vector("tdx/v4.collateral.json", &text)) {
        print_message("tdx/v4.collateral.json is absent\n");
        skip();
    }
    assert_int_equal(
        ds_json_parse(ds_view_of(text.p, text.n), "bundle", &j, NULL), 0);
    forge *f = forge_new(FORGE_TDX_V4, "real");
    set_v2_tcb_info(f);
    set_v2_qe_identity(f);
    ds_buf_init(&crl_hex, VECTOR_MAX);
    assert_int_equal(
        ds_json_string_buf(j, ds_json_get(j, 0, "root_ca_crl"), &crl_hex, NULL),
        0);
    ds_view der = forge_hex(f, (const char *)crl_hex.p);
    assert_int_equal(ds_crl_parse(der, &crl, NULL), DSTACK_OK);
    f->crl[FORGE_CRL_ROOT].this_update = crl->this_update;
    f->crl[FORGE_CRL_ROOT].next_update = crl->next_update;
    f->crl[FORGE_CRL_ROOT].aki_id = crl->aki;
    build(f);
    assert_member(
        j, "tcb_info", ds_view_of(f->out.tcb_info.p, f->out.tcb_info.n));
    assert_member(j, "qe_identity",
        ds_view_of(f->out.qe_identity.p, f->out.qe_identity.n));
    assert_true(
        ds_view_eq(crl->tbs, ds_view_of(f->out.crl_tbs[FORGE_CRL_ROOT].p,
                                 f->out.crl_tbs[FORGE_CRL_ROOT].n)));
    ds_crl_free(crl);
    ds_json_free(j);
    ds_buf_free(&crl_hex);
    ds_buf_free(&text);
    forge_free(f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_and_signatures_are_rfc_6979),
        cmocka_unit_test(test_same_seed_same_bytes),
        cmocka_unit_test(test_every_kind_of_quote),
        cmocka_unit_test(test_fields_stand_where_the_spec_says),
        cmocka_unit_test(test_quote_overrides),
        cmocka_unit_test(test_certification_data),
        cmocka_unit_test(test_flips_and_resigned_quotes),
        cmocka_unit_test(test_spoilt_signatures),
        cmocka_unit_test(test_chains_and_crls),
        cmocka_unit_test(test_root_is_intels_but_for_the_key),
        cmocka_unit_test(test_times_change_form_in_2050),
        cmocka_unit_test(test_malformed_extensions),
        cmocka_unit_test(test_keys_in_certificates),
        cmocka_unit_test(test_one_change_is_signed_again),
        cmocka_unit_test(test_late_changes_break_the_signature),
        cmocka_unit_test(test_mistakes_fail_the_build),
        cmocka_unit_test(test_bundle), cmocka_unit_test(test_flattened_form),
        cmocka_unit_test(test_write_dir),
        cmocka_unit_test(test_pck_certificate_like_a_real_one),
        cmocka_unit_test(test_documents_like_real_ones)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
