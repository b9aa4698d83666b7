/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <string.h>

#include "crypto/hash.h"
#include "crypto/p256.h"
#include "forge/inner.h"
#include "guest/inner.h"

/* X.509 certificates of P-256 keys, with what dstack puts into them. */

static const ds_view nothing = {NULL, 0};

/* ---- names and keys ------------------------------------------------------------ */

static void
put_attribute(ds_buf *b, const char *oid, ds_view text)
{
    size_t set = forge_der_open(b, 0x31);
    size_t pair = forge_der_open(b, 0x30);
    forge_der_oid(b, oid);
    forge_der_tlv(b, 0x0c, text);
    forge_der_close(b, pair);
    forge_der_close(b, set);
}

void
sim_cert_name(ds_buf *b, const char *org, ds_view cn)
{
    size_t mark = forge_der_open(b, 0x30);
    if (org)
        put_attribute(b, "2.5.4.10", ds_view_str(org));
    put_attribute(b, "2.5.4.3", cn);
    forge_der_close(b, mark);
}

int
sim_p256_spki(const uint8_t scalar[32], ds_buf *b, sim_error *err)
{
    uint8_t point[65];
    if (ds_p256_public(scalar, point) != DSTACK_OK)
        return sim_fail(err, SIM_FAILED, "a P-256 key is out of range");
    size_t spki = forge_der_open(b, 0x30);
    size_t alg = forge_der_open(b, 0x30);
    forge_der_oid(b, "1.2.840.10045.2.1");
    forge_der_oid(b, "1.2.840.10045.3.1.7");
    forge_der_close(b, alg);
    forge_der_bits(b, ds_view_of(point, sizeof point));
    forge_der_close(b, spki);
    return sim_check_buf(b, err);
}

int
sim_p256_pkcs8(const uint8_t scalar[32], ds_buf *out, sim_error *err)
{
    if (ds_p256_pkcs8(scalar, out) != DSTACK_OK)
        return sim_fail(err, SIM_FAILED, "a P-256 key is out of range");
    return sim_check_buf(out, err);
}

/* ---- extensions ------------------------------------------------------------------ */

void
sim_ext_key_usage(ds_buf *b, bool ca)
{
    /* digitalSignature; with keyCertSign and cRLSign. Room for the ninth bit,
     * which DER would leave out, is in what the agents issue. */
    static const uint8_t leaf_bits[5] = {0x03, 0x03, 0x07, 0x80, 0x00};
    static const uint8_t ca_bits[5] = {0x03, 0x03, 0x07, 0x86, 0x00};
    forge_der_extension(
        b, "2.5.29.15", true, ds_view_of(ca ? ca_bits : leaf_bits, 5));
}

void
sim_ext_extended_usage(ds_buf *b, bool server, bool client)
{
    ds_buf v;
    if (!server && !client)
        return;
    ds_buf_init(&v, 256);
    size_t mark = forge_der_open(&v, 0x30);
    if (server)
        forge_der_oid(&v, "1.3.6.1.5.5.7.3.1");
    if (client)
        forge_der_oid(&v, "1.3.6.1.5.5.7.3.2");
    forge_der_close(&v, mark);
    forge_der_extension(b, "2.5.29.37", false, sim_view(&v));
    b->nomem |= v.nomem;
    ds_buf_free(&v);
}

/* Up to 0.5.5 the first context was there twice. */
static int
fail_alt_name(int os, ds_view name, sim_error *err)
{
    return sim_fail(err, SIM_REFUSED,
        "Failed to sign the CSR: %sFailed to sign certificate: Failed to sign "
        "certificate: Invalid IA5String: '%.*s'",
        os <= SIM_OS_0_5_5 ? "Failed to sign the CSR: " : "",
        name.n < sizeof err->text ? (int)name.n : (int)sizeof err->text,
        (const char *)name.p);
}

/* An address where it reads like one (from 0.5.6 on), else a DNS name, which
 * is ASCII. */
static bool
put_alt_name(ds_buf *b, int os, ds_view name)
{
    char text[64] = "";
    uint8_t address[16];
    if (name.n < sizeof text && name.n)
        memcpy(text, name.p, name.n);
    if (os >= SIM_OS_0_5_11 && strlen(text) == name.n && name.n) {
        size_t n = inet_pton(AF_INET, text, address) == 1    ? 4
                   : inet_pton(AF_INET6, text, address) == 1 ? 16
                                                             : 0;
        if (n) {
            forge_der_tlv(b, 0x87, ds_view_of(address, n));
            return true;
        }
    }
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] > 0x7f)
            return false;
    forge_der_tlv(b, 0x82, name);
    return true;
}

int
sim_ext_alt_names(
    ds_buf *b, int os, const ds_view *names, size_t n, sim_error *err)
{
    ds_buf v;
    int ret = 0;
    if (!n)
        return 0;
    ds_buf_init(&v, SIM_TEXT_MAX);
    size_t mark = forge_der_open(&v, 0x30);
    for (size_t i = 0; i < n && !ret; i++)
        if (!put_alt_name(&v, os, names[i]))
            ret = fail_alt_name(os, names[i], err);
    forge_der_close(&v, mark);
    if (!ret)
        ret = sim_check_buf(&v, err);
    if (!ret)
        forge_der_extension(b, "2.5.29.17", false, sim_view(&v));
    ds_buf_free(&v);
    return ret;
}

/* A DER OCTET STRING inside the extension's own. */
void
sim_ext_custom(ds_buf *b, const char *oid, ds_view content)
{
    ds_buf v;
    ds_buf_init(&v, SIM_TEXT_MAX);
    forge_der_octets(&v, content);
    forge_der_extension(b, oid, false, sim_view(&v));
    b->nomem |= v.nomem;
    b->bad |= v.bad;
    ds_buf_free(&v);
}

void
sim_ext_ca(ds_buf *b, int path_len, ds_view spki)
{
    uint8_t digest[32];
    ds_buf v;
    ds_buf_init(&v, 256);
    b->bad |= !ds_hash(DS_SHA256, spki, nothing, digest);
    forge_der_octets(&v, ds_view_of(digest, 20));
    forge_der_extension(b, "2.5.29.14", false, sim_view(&v));
    ds_buf_cut(&v, 0);
    size_t mark = forge_der_open(&v, 0x30);
    forge_der_bool(&v, true);
    forge_der_uint(&v, (uint64_t)path_len);
    forge_der_close(&v, mark);
    forge_der_extension(b, "2.5.29.19", true, sim_view(&v));
    b->nomem |= v.nomem;
    ds_buf_free(&v);
}

/* ---- signing ----------------------------------------------------------------------- */

/* The serial number follows from what is certified, so that the same twice
 * has one and others differ. */
static int
put_tbs(ds_buf *b, const sim_plan *p, sim_error *err)
{
    uint8_t digest[32];
    size_t tbs = forge_der_open(b, 0x30);
    size_t version = forge_der_open(b, 0xa0);
    forge_der_uint(b, 2);
    forge_der_close(b, version);
    size_t serial = b->n;
    ds_buf_add(b, "\x02\x14--------------------", 22);
    forge_der_alg(b, FORGE_ALG_SHA256);
    ds_buf_add(b, p->issuer.p, p->issuer.n);
    size_t validity = forge_der_open(b, 0x30);
    forge_der_time(b, p->not_before);
    forge_der_time(b, p->not_after);
    forge_der_close(b, validity);
    ds_buf_add(b, p->subject.p, p->subject.n);
    ds_buf_add(b, p->spki.p, p->spki.n);
    if (p->extensions.n) {
        size_t tagged = forge_der_open(b, 0xa3);
        forge_der_tlv(b, 0x30, p->extensions);
        forge_der_close(b, tagged);
    }
    if (sim_check_buf(b, err) ||
        sim_hash(DS_SHA256, sim_view(b), nothing, digest, err))
        return -1;
    digest[0] = (uint8_t)((digest[0] & 0x3f) | 0x40);
    memcpy(b->p + serial + 2, digest, 20);
    forge_der_close(b, tbs);
    return sim_check_buf(b, err);
}

int
sim_cert_sign(const sim_plan *p, ds_buf *out, sim_error *err)
{
    uint8_t digest[32];
    uint8_t rs[64];
    ds_buf tbs;
    ds_buf sig;
    ds_buf_init(&tbs, SIM_TEXT_MAX);
    ds_buf_init(&sig, 256);
    int ret = -1;
    if (put_tbs(&tbs, p, err) ||
        sim_hash(DS_SHA256, sim_view(&tbs), nothing, digest, err))
        goto out;
    if (ds_p256_sign(p->signer, digest, rs) != DSTACK_OK) {
        sim_fail(err, SIM_FAILED, "signing failed");
        goto out;
    }
    forge_der_ecdsa(&sig, ds_view_of(rs, sizeof rs));
    size_t mark = forge_der_open(out, 0x30);
    ds_buf_add(out, tbs.p, tbs.n);
    forge_der_alg(out, FORGE_ALG_SHA256);
    forge_der_bits(out, sim_view(&sig));
    forge_der_close(out, mark);
    ret = sim_check_buf(&sig, err) || sim_check_buf(out, err) ? -1 : 0;

out:
    ds_buf_free(&tbs);
    ds_buf_free(&sig);
    return ret;
}
