/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <psa/crypto.h>

#include "forge/inner.h"

/* PSA only, so that the same code runs on mbedTLS 2.28, 3.6 and 4. A key is
 * imported for each use: that costs under a microsecond, while the table of
 * volatile keys is small and shared by the process. */

static const char *const labels[FORGE_KEYS] = {"root key", "platform key",
    "processor key", "pck key", "tcb signing key", "attestation key",
    "rogue key", "spare key", "p384 key", "rsa key"};

/* The order of each curve's group. */
static const uint8_t order256[32] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00,
    0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25,
    0x51};
static const uint8_t order384[48] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d,
    0xdf, 0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19,
    0x6a, 0xcc, 0xc5, 0x29, 0x73};

size_t
forge_key_half(int key)
{
    return key == FORGE_KEY_P384 ? 48 : 32;
}

static int
hash2(forge *f, psa_algorithm_t alg, ds_view a, ds_view b, uint8_t *out,
    size_t size, size_t *n)
{
    psa_hash_operation_t op = PSA_HASH_OPERATION_INIT;
    psa_status_t status = psa_hash_setup(&op, alg);
    if (status == PSA_SUCCESS && a.n)
        status = psa_hash_update(&op, a.p, a.n);
    if (status == PSA_SUCCESS && b.n)
        status = psa_hash_update(&op, b.p, b.n);
    if (status == PSA_SUCCESS)
        status = psa_hash_finish(&op, out, size, n);
    if (status == PSA_SUCCESS)
        return 0;
    psa_hash_abort(&op);
    return forge_fail(f, "hash: PSA status %d", (int)status);
}

int
forge_sha256(forge *f, ds_view a, ds_view b, uint8_t out[32])
{
    size_t n = 0;
    return hash2(f, PSA_ALG_SHA_256, a, b, out, 32, &n);
}

int
forge_seeded(forge *f, const char *label, uint8_t *out, size_t n)
{
    ds_view seed = ds_view_str(f->inner->seed);
    uint8_t block[32];
    if (forge_sha256(f, seed, ds_view_str(label), block))
        return -1;
    for (size_t done = 0; done < n;) {
        size_t part = n - done < 32 ? n - done : 32;
        memcpy(out + done, block, part);
        done += part;
        if (forge_sha256(f, ds_view_of(block, 32), seed, block))
            return -1;
    }
    return 0;
}

/* The caller destroys *id. */
static int
import_key(forge *f, int key, psa_key_id_t *id)
{
    if (key < 0 || key >= FORGE_KEYS || key == FORGE_KEY_RSA)
        return forge_fail(f, "key %d cannot be used", key);
    size_t half = forge_key_half(key);
    uint8_t scalar[FORGE_COORD_MAX];
    size_t n = 0;
    if (hash2(f, half == 48 ? PSA_ALG_SHA_384 : PSA_ALG_SHA_256,
            ds_view_str(f->inner->seed), ds_view_str(labels[key]), scalar,
            sizeof scalar, &n))
        return -1;
    psa_key_attributes_t attr = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_type(&attr, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attr, 8 * half);
    psa_set_key_usage_flags(&attr, PSA_KEY_USAGE_SIGN_HASH);
    psa_set_key_algorithm(&attr, PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_ANY_HASH));
    psa_status_t status = psa_import_key(&attr, scalar, half, id);
    if (status != PSA_SUCCESS)
        return forge_fail(f, "key %d: PSA status %d", key, (int)status);
    return 0;
}

int
forge_point(forge *f, int key, ds_view *ret)
{
    forge_inner *in = f->inner;
    if (key < 0 || key >= FORGE_KEYS)
        return forge_fail(f, "key %d does not exist", key);
    size_t want = 1 + 2 * forge_key_half(key);
    if (!in->pub_known[key]) {
        psa_key_id_t id;
        size_t n = 0;
        if (import_key(f, key, &id))
            return -1;
        psa_status_t status =
            psa_export_public_key(id, in->pub[key], sizeof in->pub[key], &n);
        psa_destroy_key(id);
        if (status != PSA_SUCCESS || n != want)
            return forge_fail(
                f, "public key %d: PSA status %d", key, (int)status);
        in->pub_known[key] = true;
    }
    *ret = ds_view_of(in->pub[key], want);
    return 0;
}

ds_view
forge_public(forge *f, int key)
{
    ds_view point = {NULL, 0};
    if (key == FORGE_KEY_RSA || forge_point(f, key, &point))
        return ds_view_of(NULL, 0);
    return ds_view_of(point.p + 1, point.n - 1);
}

int
forge_key_id(forge *f, int key, uint8_t out[20])
{
    uint8_t digest[32];
    ds_view id = ds_view_str(labels[FORGE_KEY_RSA]);
    if (key != FORGE_KEY_RSA && forge_point(f, key, &id))
        return -1;
    if (forge_sha256(f, id, ds_view_of(NULL, 0), digest))
        return -1;
    memcpy(out, digest, 20);
    return 0;
}

static forge_memo *
recall(forge_inner *in, int key, const uint8_t *digest, size_t n)
{
    for (size_t i = 0; i < FORGE_MEMO; i++) {
        forge_memo *m = &in->memo[i];
        if (m->key == key && m->digest_n == n && !memcmp(m->digest, digest, n))
            return m;
    }
    return NULL;
}

static int
sign_digest(forge *f, int key, psa_algorithm_t hash, const uint8_t *digest,
    size_t digest_n, uint8_t rs[FORGE_RAW_MAX])
{
    forge_inner *in = f->inner;
    forge_memo *m = recall(in, key, digest, digest_n);
    if (!m) {
        psa_key_id_t id = 0;
        size_t n = 0;
        if (import_key(f, key, &id))
            return -1;
        m = &in->memo[in->memo_at];
        m->key = -1;
        psa_status_t status =
            psa_sign_hash(id, PSA_ALG_DETERMINISTIC_ECDSA(hash), digest,
                digest_n, m->rs, sizeof m->rs, &n);
        psa_destroy_key(id);
        if (status != PSA_SUCCESS || n != 2 * forge_key_half(key))
            return forge_fail(
                f, "signature by key %d: PSA status %d", key, (int)status);
        in->memo_at = (in->memo_at + 1) % FORGE_MEMO;
        m->key = key;
        m->digest_n = digest_n;
        memcpy(m->digest, digest, digest_n);
    }
    memcpy(rs, m->rs, FORGE_RAW_MAX);
    return 0;
}

/* n - v, all `half` bytes long. */
static void
negate(uint8_t *v, const uint8_t *order, size_t half)
{
    unsigned borrow = 0;
    for (size_t i = half; i > 0; i--) {
        unsigned take = v[i - 1] + borrow;
        borrow = order[i - 1] < take ? 1 : 0;
        v[i - 1] = (uint8_t)(order[i - 1] - take);
    }
}

static void
as_der(uint8_t *rs, size_t n)
{
    ds_buf der;
    ds_buf_init(&der, 256);
    forge_der_ecdsa(&der, ds_view_of(rs, n));
    if (!der.bad && !der.nomem)
        memcpy(rs, der.p, der.n < n ? der.n : n);
    ds_buf_free(&der);
}

static void
spoil(const forge_sig *sig, uint8_t *rs, size_t half)
{
    const uint8_t *order = half == 48 ? order384 : order256;
    switch (sig->form) {
    case FORGE_SIG_NEGATED:
        negate(rs + half, order, half);
        break;
    case FORGE_SIG_ZERO:
        memset(rs, 0, 2 * half);
        break;
    case FORGE_SIG_R_ZERO:
        memset(rs, 0, half);
        break;
    case FORGE_SIG_S_ZERO:
        memset(rs + half, 0, half);
        break;
    case FORGE_SIG_ONES:
        memset(rs, 0, 2 * half);
        rs[half - 1] = 1;
        rs[2 * half - 1] = 1;
        break;
    case FORGE_SIG_R_N:
        memcpy(rs, order, half);
        break;
    case FORGE_SIG_S_N:
        memcpy(rs + half, order, half);
        break;
    case FORGE_SIG_FF:
        memset(rs, 0xff, 2 * half);
        break;
    case FORGE_SIG_DER:
        as_der(rs, 2 * half);
        break;
    default:
        break;
    }
    if (sig->flip > 0 && (size_t)sig->flip <= 16 * half)
        rs[(sig->flip - 1) / 8] ^= (uint8_t)(1u << ((sig->flip - 1) % 8));
}

int
forge_sign(forge *f, int key, int alg, ds_view data, const forge_sig *sig,
    uint8_t rs[FORGE_RAW_MAX])
{
    psa_algorithm_t hash = alg == FORGE_ALG_SHA384 ? PSA_ALG_SHA_384
                           : alg == FORGE_ALG_SHA1 ? PSA_ALG_SHA_1
                                                   : PSA_ALG_SHA_256;
    uint8_t digest[FORGE_COORD_MAX];
    size_t n = 0;
    if (hash2(f, hash, data, ds_view_of(NULL, 0), digest, sizeof digest, &n) ||
        sign_digest(f, key, hash, digest, n, rs))
        return -1;
    size_t half = forge_key_half(key);
    if (sig && sig->flip > (int)(16 * half))
        return forge_fail(f, "a signature has no bit %d", sig->flip - 1);
    if (sig)
        spoil(sig, rs, half);
    return 0;
}

/* SEC 1 C.5: SEQUENCE { r INTEGER, s INTEGER } */
void
forge_der_ecdsa(ds_buf *b, ds_view rs)
{
    size_t half = rs.n / 2;
    size_t mark = forge_der_open(b, 0x30);
    forge_der_positive(b, ds_view_of(rs.p, half));
    forge_der_positive(b, ds_view_of(rs.p + half, half));
    forge_der_close(b, mark);
}

int
forge_resign_raw(forge *f, int key, ds_view data, uint8_t *out)
{
    uint8_t rs[FORGE_RAW_MAX];
    int alg = key == FORGE_KEY_P384 ? FORGE_ALG_SHA384 : FORGE_ALG_SHA256;
    if (forge_sign(f, key, alg, data, NULL, rs))
        return -1;
    memcpy(out, rs, 2 * forge_key_half(key));
    return 0;
}
