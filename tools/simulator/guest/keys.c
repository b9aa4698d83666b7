/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "crypto/k1.h"
#include "crypto/kdf.h"
#include "guest/inner.h"

/* The app's keys and the chains of signatures that lead from them to the KMS
 * (spec 3.2, 3.3). Nothing here changes, so nothing is locked. */

static const ds_view nothing = {NULL, 0};

void
sim_key_wipe(sim_key *k)
{
    ds_wipe(k, sizeof *k);
}

/* derive(): contexts are joined without separators. */
int
sim_derive(const uint8_t ikm[32], ds_view context, ds_view more,
    uint8_t out[32], sim_error *err)
{
    ds_view info[2] = {context, more};
    if (ds_hkdf_sha256(
            ds_view_str("RATLS"), ds_view_of(ikm, 32), info, 2, out, 32))
        return 0;
    return sim_fail(err, SIM_FAILED, "Failed to derive key");
}

/* Length in front, 32 bits, big-endian: what version 1 joins its parts by. */
static void
put_lp(ds_buf *b, ds_view v)
{
    for (unsigned shift = 32; shift > 0; shift -= 8)
        ds_buf_add_u8(b, (uint8_t)((uint64_t)v.n >> (shift - 8)));
    ds_buf_add(b, v.p, v.n);
}

static const char *
alg_name(int alg)
{
    return alg == SIM_ALG_ED25519 ? "ed25519" : "secp256k1";
}

static int
set_public(int alg, sim_key *k, sim_error *err)
{
    bool ok;
    if (alg == SIM_ALG_ED25519) {
        k->public_key_n = 32;
        ok = ds_ed25519_public(k->key, k->public_key);
    } else {
        k->public_key_n = 33;
        ok = ds_k1_public(k->key, k->public_key, NULL) == DS_K1_OK;
    }
    return ok ? 0 : sim_fail(err, SIM_REFUSED, "Failed to parse k256 key");
}

/* The app root's signature over a claim, and the KMS's over the app root. */
static int
set_links(const sim_guest *g, ds_view claim, sim_key *k, sim_error *err)
{
    const sim_secrets *s = g->secrets;
    uint8_t digest[32];
    if (sim_hash(DS_KECCAK256, claim, nothing, digest, err))
        return -1;
    if (ds_k1_sign(s->app_k256, digest, k->link) != DS_K1_OK)
        return sim_fail(err, SIM_FAILED, "signing failed");
    memcpy(k->kms_link, s->kms_link, sizeof k->kms_link);
    k->kms_link_n = s->kms_link_n;
    return 0;
}

static int
check_alg(int alg, sim_error *err)
{
    return alg == SIM_ALG_SECP256K1 || alg == SIM_ALG_ED25519
               ? 0
               : sim_fail(err, SIM_REFUSED, "Unsupported algorithm");
}

/* purpose ":" hex(public key) */
static int
claim_v0(const sim_guest *g, ds_view purpose, sim_key *k, sim_error *err)
{
    char hex[2 * sizeof k->public_key + 1];
    ds_buf claim;
    ds_buf_init(&claim, SIM_TEXT_MAX);
    ds_hex_encode(ds_view_of(k->public_key, k->public_key_n), hex);
    ds_buf_add(&claim, purpose.p, purpose.n);
    ds_buf_add_u8(&claim, ':');
    ds_buf_add_str(&claim, hex);
    int ret =
        sim_check_buf(&claim, err) || set_links(g, sim_view(&claim), k, err)
            ? -1
            : 0;
    ds_buf_free(&claim);
    return ret;
}

int
sim_guest_get_key(const sim_guest *g, ds_view path, ds_view purpose, int alg,
    sim_key *ret, sim_error *err)
{
    memset(ret, 0, sizeof *ret);
    if (check_alg(alg, err))
        return -1;
    if (sim_derive(g->secrets->app_k256, path, nothing, ret->key, err) ||
        set_public(alg, ret, err) || claim_v0(g, purpose, ret, err)) {
        sim_key_wipe(ret);
        return -1;
    }
    return 0;
}

static int
derive_v1(
    const sim_guest *g, ds_view domain, int alg, sim_key *k, sim_error *err)
{
    ds_buf info;
    ds_buf_init(&info, SIM_TEXT_MAX);
    put_lp(&info, ds_view_str("dstack-guest-v1-key"));
    put_lp(&info, ds_view_str(alg_name(alg)));
    put_lp(&info, domain);
    ds_view parts = sim_view(&info);
    int ret = sim_check_buf(&info, err);
    if (!ret &&
        !ds_hkdf_sha256(ds_view_str("dstack-guest-v1"),
            ds_view_of(g->secrets->app_k256, 32), &parts, 1, k->key, 32))
        ret = sim_fail(err, SIM_FAILED, "Failed to derive key");
    ds_buf_free(&info);
    return ret;
}

static int
claim_v1(
    const sim_guest *g, ds_view domain, int alg, sim_key *k, sim_error *err)
{
    ds_buf claim;
    ds_buf_init(&claim, SIM_TEXT_MAX);
    put_lp(&claim, ds_view_str("dstack-guest-v1-key-claim"));
    put_lp(&claim, ds_view_str(alg_name(alg)));
    put_lp(&claim, domain);
    put_lp(&claim, ds_view_of(k->public_key, k->public_key_n));
    int ret =
        sim_check_buf(&claim, err) || set_links(g, sim_view(&claim), k, err)
            ? -1
            : 0;
    ds_buf_free(&claim);
    return ret;
}

int
sim_guest_get_key_v1(
    const sim_guest *g, ds_view domain, int alg, sim_key *ret, sim_error *err)
{
    memset(ret, 0, sizeof *ret);
    if (check_alg(alg, err))
        return -1;
    if (derive_v1(g, domain, alg, ret, err) || set_public(alg, ret, err) ||
        claim_v1(g, domain, alg, ret, err)) {
        sim_key_wipe(ret);
        return -1;
    }
    return 0;
}

/* ---- signing ------------------------------------------------------------------ */

static int
sign_k1(int alg, ds_view data, sim_signature *s, sim_error *err)
{
    uint8_t digest[32];
    uint8_t signature[SIM_LINK]; /* without its last byte */
    if (alg == SIM_ALG_SECP256K1_PREHASHED && data.n != sizeof digest)
        return sim_fail(err, SIM_REFUSED,
            "Pre-hashed signing requires a 32-byte digest, but received %zu "
            "bytes",
            data.n);
    if (alg == SIM_ALG_SECP256K1_PREHASHED)
        memcpy(digest, data.p, sizeof digest);
    else if (sim_hash(DS_SHA256, data, nothing, digest, err))
        return -1;
    if (ds_k1_sign(s->key.key, digest, signature) != DS_K1_OK)
        return sim_fail(err, SIM_FAILED, "signing failed");
    memcpy(s->signature, signature, sizeof s->signature);
    return 0;
}

int
sim_guest_sign(const sim_guest *g, int alg, ds_view data, sim_signature *ret,
    sim_error *err)
{
    int base = alg == SIM_ALG_SECP256K1_PREHASHED ? SIM_ALG_SECP256K1 : alg;
    memset(ret, 0, sizeof *ret);
    if (sim_guest_get_key(g, ds_view_str("vms"), ds_view_str("signing"), base,
            &ret->key, err))
        return -1;
    int failed = alg == SIM_ALG_ED25519
                     ? (ds_ed25519_sign(ret->key.key, data, ret->signature)
                               ? 0
                               : sim_fail(err, SIM_FAILED, "signing failed"))
                     : sign_k1(alg, data, ret, err);
    if (failed)
        ds_wipe(ret, sizeof *ret);
    return failed;
}

/* ---- verifying ------------------------------------------------------------------ */

/* SEC 1, 4.1.4: the leftmost bits of a longer digest; a shorter one, down to
 * half the size, has zeros in front. False below that. */
static bool
fit_digest(ds_view data, uint8_t digest[32])
{
    memset(digest, 0, 32);
    if (data.n < 16)
        return false;
    if (data.n >= 32)
        memcpy(digest, data.p, 32);
    else
        memcpy(digest + 32 - data.n, data.p, data.n);
    return true;
}

/* r and s in 1 to n - 1. */
static bool
in_range(ds_view half)
{
    static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc,
        0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41,
        0x41};
    return !ds_view_is_zero(half) && memcmp(half.p, order, 32) < 0;
}

static int
verify_k1(int alg, ds_view data, ds_view signature, ds_view public_key,
    bool *valid, sim_error *err)
{
    uint8_t digest[32];
    bool fits = true;
    if (ds_k1_parse(public_key, NULL, NULL) != DS_K1_OK)
        return sim_fail(err, SIM_REFUSED, "signature error");
    if (signature.n != 64 || !in_range(ds_view_of(signature.p, 32)) ||
        !in_range(ds_view_of(signature.p + 32, 32)))
        return sim_fail(err, SIM_REFUSED, "signature error");
    if (alg == SIM_ALG_SECP256K1_PREHASHED)
        fits = fit_digest(data, digest);
    else if (sim_hash(DS_SHA256, data, nothing, digest, err))
        return -1;
    *valid = fits && ds_k1_check(public_key, digest, signature) == DS_K1_OK;
    return 0;
}

int
sim_guest_verify(int alg, ds_view data, ds_view signature, ds_view public_key,
    bool *valid, sim_error *err)
{
    *valid = false;
    if (alg == SIM_ALG_SECP256K1 || alg == SIM_ALG_SECP256K1_PREHASHED)
        return verify_k1(alg, data, signature, public_key, valid, err);
    if (alg != SIM_ALG_ED25519)
        return sim_fail(err, SIM_REFUSED, "Unsupported algorithm");
    if (public_key.n != 32)
        return sim_fail(err, SIM_REFUSED, "invalid public key");
    if (!ds_ed25519_on_curve(public_key.p))
        return sim_fail(err, SIM_REFUSED,
            "signature error: Cannot decompress Edwards point: Cannot "
            "decompress Edwards point");
    if (signature.n != 64)
        return sim_fail(err, SIM_REFUSED, "signature error");
    *valid = ds_ed25519_verify(public_key.p, data, signature.p);
    return 0;
}

/* ---- public halves ---------------------------------------------------------------- */

int
sim_guest_app_root(const sim_guest *g, uint8_t ret[33], sim_error *err)
{
    (void)err;
    memcpy(ret, g->secrets->app_root, 33);
    return 0;
}

int
sim_guest_kms_root(const sim_guest *g, uint8_t ret[33], sim_error *err)
{
    memset(ret, 0, 33);
    if (!g->secrets->kms_link_n)
        return sim_fail(err, SIM_REFUSED, "no KMS provides this guest's keys");
    memcpy(ret, g->secrets->kms_root, 33);
    return 0;
}
