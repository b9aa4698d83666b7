/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "forge/inner.h"

/* A throw-away RSA-2048 SubjectPublicKeyInfo; its private half was never
 * kept. */
static const char rsa_spki[] =
    "30820122300d06092a864886f70d01010105000382010f003082010a02820101"
    "00b365cbbe81e0804711231a612da364170c047b809576e26444a54c0d9fa766"
    "f3f6fad5aa51a243ee1747d17c911b9604949299104059840cbef29d767c268b"
    "af4445c0a48fcea0e63fcebdeb6febfc8dbeaa798d68bdc5634af97ed2ba54bd"
    "ddec5e3ebea05acb05bac80ca94261992cd1639a933e07cd6bec5220a613789e"
    "f207b9536caac1baf27b258c5aa44ea28f382022452f0819d689817ae06a14b4"
    "0601112ea27f7448247319de9b3c7d06745b354ba6b504a68fdb1ff8b93edfd8"
    "6e75d510d06ea72208669ef933b5dd3b9409fb83bfc8d9d2f81b0c7bfdefbed5"
    "72e788498aaf8e4a2bee87362e81d844b500997c249a9225238081df99f10934"
    "f30203010001";

void
forge_der_alg(ds_buf *b, int alg)
{
    static const char *const oids[] = {"1.2.840.10045.4.3.2",
        "1.2.840.10045.4.3.3", "1.2.840.10045.4.1", "1.2.840.113549.1.1.11"};
    size_t mark = forge_der_open(b, 0x30);
    forge_der_oid(b, oids[alg < 0 || alg > FORGE_ALG_RSA ? 0 : alg]);
    if (alg == FORGE_ALG_RSA)
        forge_der_null(b);
    forge_der_close(b, mark);
}

static void
add_rdn(ds_buf *b, const char *oid, int tag, const char *text)
{
    if (!text)
        return;
    size_t set = forge_der_open(b, 0x31);
    size_t attribute = forge_der_open(b, 0x30);
    forge_der_oid(b, oid);
    forge_der_tlv(b, tag, ds_view_str(text));
    forge_der_close(b, attribute);
    forge_der_close(b, set);
}

void
forge_der_name(ds_buf *b, const forge_name *name)
{
    if (name->der.p) {
        forge_add_view(b, name->der);
        return;
    }
    size_t mark = forge_der_open(b, 0x30);
    add_rdn(b, "2.5.4.3", 0x0c, name->cn);
    add_rdn(b, "2.5.4.10", 0x0c, name->o);
    add_rdn(b, "2.5.4.7", 0x0c, name->l);
    add_rdn(b, "2.5.4.8", 0x0c, name->st);
    add_rdn(b, "2.5.4.6", 0x13, name->c);
    forge_der_close(b, mark);
}

void
forge_der_extension(ds_buf *b, const char *oid, bool critical, ds_view value)
{
    size_t mark = forge_der_open(b, 0x30);
    forge_der_oid(b, oid);
    if (critical)
        forge_der_bool(b, true);
    forge_der_octets(b, value);
    forge_der_close(b, mark);
}

static void
add_ec_point(ds_buf *b, int how, ds_view point)
{
    uint8_t p[1 + FORGE_RAW_MAX];
    size_t half = (point.n - 1) / 2;
    uint8_t odd = point.p[point.n - 1] & 1;
    size_t skip = 0;
    size_t n = point.n;
    memcpy(p, point.p, point.n);
    switch (how) {
    case FORGE_POINT_COMPRESSED:
        p[0] = (uint8_t)(2 | odd);
        n = 1 + half;
        break;
    case FORGE_POINT_BARE:
        skip = 1;
        break;
    case FORGE_POINT_FIRST_BYTE:
        p[0] = 5;
        break;
    case FORGE_POINT_HYBRID:
        p[0] = (uint8_t)(6 | odd);
        break;
    case FORGE_POINT_OFF_CURVE:
        p[n - 1] ^= 1;
        break;
    case FORGE_POINT_ZERO:
        memset(p + 1, 0, n - 1);
        break;
    default:
        break;
    }
    forge_der_bits(b, ds_view_of(p + skip, n - skip));
}

static int
add_spki(forge *f, ds_buf *b, const forge_cert *c)
{
    ds_view point;
    if (c->spki.p) {
        forge_add_view(b, c->spki);
        return 0;
    }
    if (c->key == FORGE_KEY_RSA) {
        if (!ds_hex_decode_buf(ds_view_str(rsa_spki), b))
            return forge_fail(f, "RSA key: out of memory");
        return 0;
    }
    if (forge_point(f, c->key, &point))
        return -1;
    size_t spki = forge_der_open(b, 0x30);
    size_t alg = forge_der_open(b, 0x30);
    forge_der_oid(b, "1.2.840.10045.2.1");
    forge_der_oid(
        b, c->key == FORGE_KEY_P384 ? "1.3.132.0.34" : "1.2.840.10045.3.1.7");
    forge_der_close(b, alg);
    add_ec_point(b, c->point, point);
    forge_der_close(b, spki);
    return 0;
}

/* The OCTET STRING's contents are in `made`, which is emptied. */
static void
add_known(ds_buf *b, const char *oid, const forge_known_ext *e, ds_buf *made)
{
    ds_view value = e->value.p ? e->value : forge_view(made);
    for (int i = 0; e->on && i < (e->twice ? 2 : 1); i++)
        forge_der_extension(b, oid, e->critical, value);
    forge_clear(made);
}

static int
add_key_ids(forge *f, ds_buf *v, const forge_cert *c, bool authority)
{
    uint8_t id[20];
    ds_view own = authority ? c->aki_id : c->ski_id;
    if (!own.p) {
        if (forge_key_id(f, authority ? c->signer : c->key, id))
            return -1;
        own = ds_view_of(id, sizeof id);
    }
    size_t mark = authority ? forge_der_open(v, 0x30) : 0;
    forge_der_tlv(v, authority ? 0x80 : 0x04, own);
    if (authority)
        forge_der_close(v, mark);
    return 0;
}

/* CRLDistributionPoints with one fullName URI */
static void
add_cdp(ds_buf *v, const char *url)
{
    size_t a = forge_der_open(v, 0x30);
    size_t b = forge_der_open(v, 0x30);
    size_t c = forge_der_open(v, 0xa0);
    size_t d = forge_der_open(v, 0xa0);
    forge_der_tlv(v, 0x86, ds_view_str(url));
    forge_der_close(v, d);
    forge_der_close(v, c);
    forge_der_close(v, b);
    forge_der_close(v, a);
}

/* BIT STRING of named bits: bit 0 is the top bit, trailing zeros dropped. */
static void
add_key_usage(ds_buf *v, unsigned bits)
{
    uint8_t octets[2] = {0, 0};
    unsigned last = 0;
    for (unsigned i = 0; i < 9; i++) {
        if (!(bits & (1u << i)))
            continue;
        octets[i / 8] |= (uint8_t)(0x80u >> (i % 8));
        last = i + 1;
    }
    uint8_t unused = (uint8_t)((8 - last % 8) % 8);
    ds_buf_add_u8(v, 0x03);
    forge_der_length(v, 1 + (last + 7) / 8);
    ds_buf_add_u8(v, unused);
    ds_buf_add(v, octets, (last + 7) / 8);
}

static void
add_basic_constraints(ds_buf *v, const forge_cert *c)
{
    size_t mark = forge_der_open(v, 0x30);
    if (c->is_ca)
        forge_der_bool(v, true);
    if (c->path_len >= 0)
        forge_der_uint(v, (uint64_t)c->path_len);
    forge_der_close(v, mark);
}

static void
add_sgx(ds_buf *b, const forge_sgx *x, ds_buf *v)
{
    int times = x->malform == FORGE_EXT_MISSING ? 0
                : x->malform == FORGE_EXT_TWICE ? 2
                                                : 1;
    forge_sgx_value(x, v);
    for (int i = 0; i < times; i++)
        forge_der_extension(b,
            x->malform == FORGE_EXT_WRONG_OID ? "1.2.840.113741.1.13.2"
                                              : "1.2.840.113741.1.13.1",
            x->critical, x->value.p ? x->value : forge_view(v));
}

/* In the order of Intel's certificates. */
static int
add_extensions(forge *f, ds_buf *b, const forge_cert *c, const forge_sgx *x)
{
    int ret = -1;
    ds_buf v;
    ds_buf_init(&v, FORGE_OUT_MAX);
    size_t tagged = forge_der_open(b, 0xa3);
    size_t list = forge_der_open(b, 0x30);
    if (add_key_ids(f, &v, c, true))
        goto out;
    add_known(b, "2.5.29.35", &c->aki, &v);
    add_cdp(&v, c->cdp_url);
    add_known(b, "2.5.29.31", &c->cdp, &v);
    if (add_key_ids(f, &v, c, false))
        goto out;
    add_known(b, "2.5.29.14", &c->ski, &v);
    add_key_usage(&v, c->ku_bits);
    add_known(b, "2.5.29.15", &c->ku, &v);
    add_basic_constraints(&v, c);
    add_known(b, "2.5.29.19", &c->bc, &v);
    if (c->sgx)
        add_sgx(b, x, &v);
    for (size_t i = 0; i < FORGE_EXTENSIONS && c->extra[i].oid; i++)
        forge_der_extension(
            b, c->extra[i].oid, c->extra[i].critical, c->extra[i].value);
    forge_der_close(b, list);
    forge_der_close(b, tagged);
    ret = forge_check_buf(f, &v);

out:
    ds_buf_free(&v);
    return ret;
}

/* INTEGER with these contents; 0x00 in front of a top bit unless exact. */
static void
add_serial(ds_buf *b, const uint8_t *p, size_t n, bool exact)
{
    bool pad = !exact && n && (p[0] & 0x80);
    ds_buf_add_u8(b, 0x02);
    forge_der_length(b, n + (pad ? 1 : 0));
    if (pad)
        ds_buf_add_u8(b, 0);
    ds_buf_add(b, p, n);
}

static int
make_tbs(forge *f, const forge_cert *c, const forge_sgx *x, ds_buf *b)
{
    if (c->serial_n > sizeof c->serial)
        return forge_fail(f, "serial of %zu bytes", c->serial_n);
    size_t tbs = forge_der_open(b, 0x30);
    if (c->version > 1) {
        size_t version = forge_der_open(b, 0xa0);
        forge_der_uint(b, (uint64_t)c->version - 1);
        forge_der_close(b, version);
    }
    add_serial(b, c->serial, c->serial_n, c->serial_exact);
    forge_der_alg(b, c->alg_inner);
    forge_der_name(b, &c->issuer);
    size_t validity = forge_der_open(b, 0x30);
    forge_der_time(b, c->not_before);
    forge_der_time(b, c->not_after);
    forge_der_close(b, validity);
    forge_der_name(b, &c->subject);
    if (add_spki(f, b, c))
        return -1;
    if (c->version > 1 && add_extensions(f, b, c, x))
        return -1;
    forge_der_close(b, tbs);
    return forge_check_buf(f, b);
}

int
forge_der_signed(
    forge *f, ds_view tbs, int key, int alg, const forge_sig *sig, ds_buf *out)
{
    uint8_t rs[FORGE_RAW_MAX];
    ds_buf der;
    ds_buf_init(&der, 256);
    int ret = forge_sign(f, key, alg, tbs, sig, rs);
    if (!ret) {
        forge_der_ecdsa(&der, ds_view_of(rs, 2 * forge_key_half(key)));
        size_t mark = forge_der_open(out, 0x30);
        forge_add_view(out, tbs);
        forge_der_alg(out, alg);
        forge_der_bits(out, sig && sig->raw.p ? sig->raw : forge_view(&der));
        forge_der_close(out, mark);
        ret = forge_check_buf(f, out);
    }
    ds_buf_free(&der);
    return ret;
}

int
forge_resign_tbs(forge *f, int key, int alg, ds_view tbs, ds_buf *out)
{
    return forge_der_signed(f, tbs, key, alg, NULL, out);
}

int
forge_make_cert(forge *f, int which)
{
    const forge_cert *c = &f->cert[which];
    ds_buf *tbs = &f->out.cert_tbs[which];
    ds_buf *out = &f->out.cert[which];
    forge_clear(tbs);
    forge_clear(out);
    if (c->der.p) {
        forge_add_view(out, c->der);
        return forge_check_buf(f, out);
    }
    if (make_tbs(
            f, c, which == FORGE_CERT_EXTRA ? &f->extra_sgx : &f->sgx, tbs) ||
        forge_der_signed(
            f, forge_view(tbs), c->signer, c->alg_outer, &c->sig, out))
        return -1;
    forge_add_view(out, c->append);
    return forge_check_buf(f, out);
}
