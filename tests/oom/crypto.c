/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/aead.h"
#include "crypto/cert.h"
#include "crypto/ecdsa.h"
#include "crypto/hash.h"
#include "crypto/k1.h"
#include "crypto/p256.h"
#include "dstack/error.h"
#include "forge/forge.h"
#include "oom/oom.h"

static forge *made;

static void
prepare(void)
{
    if (made)
        return;
    made = forge_new(FORGE_TDX_V4, "oom");
    if (!made || forge_build(made) != 0) {
        fprintf(stderr, "oom: the forge failed\n");
        exit(1);
    }
}

static ds_view
view(const ds_buf *b)
{
    return ds_view_of(b->p, b->n);
}

static int
ecdsa_code(int rc)
{
    return rc == DS_ECDSA_OK      ? 0
           : rc == DS_ECDSA_NOMEM ? DSTACK_ERR_NOMEM
                                  : DSTACK_ERR_UNTRUSTED;
}

static int
hash_run(void)
{
    uint8_t out[DS_HASH_MAX];
    static const uint8_t start[4] = {0xba, 0x78, 0x16, 0xbf};

    if (!ds_hash(DS_SHA256, ds_view_str("a"), ds_view_str("bc"), out))
        return DSTACK_ERR_INTERNAL;
    return memcmp(out, start, 4) == 0 ? 0 : OOM_WRONG;
}

/* Parse a certificate, take the issuer's key, check the signature. */
static int
cert_run(void)
{
    dstack_error err;
    ds_cert *leaf = NULL, *ca = NULL;
    ds_ecdsa_key *key = NULL;
    int rc = ds_cert_parse(view(&made->out.cert[FORGE_CERT_PCK]), &leaf, &err);

    if (rc != DSTACK_OK)
        goto out;
    rc = ds_cert_parse(view(&made->out.cert[FORGE_CERT_PLATFORM]), &ca, &err);
    if (rc != DSTACK_OK)
        goto out;
    rc = ecdsa_code(ds_ecdsa_key_new(ca->key_curve, ca->key_xy, &key));
    if (rc != DSTACK_OK)
        goto out;
    rc = ecdsa_code(ds_cert_verify(leaf, key));
out:
    ds_ecdsa_key_free(key);
    ds_cert_free(leaf);
    ds_cert_free(ca);
    return rc;
}

static int
crl_run(void)
{
    dstack_error err;
    ds_crl *crl = NULL;
    ds_cert *ca = NULL;
    ds_ecdsa_key *key = NULL;
    int rc = ds_crl_parse(view(&made->out.crl[FORGE_CRL_ROOT]), &crl, &err);

    if (rc != DSTACK_OK)
        goto out;
    rc = ds_cert_parse(view(&made->out.cert[FORGE_CERT_ROOT]), &ca, &err);
    if (rc != DSTACK_OK)
        goto out;
    rc = ecdsa_code(ds_ecdsa_key_new(ca->key_curve, ca->key_xy, &key));
    if (rc != DSTACK_OK)
        goto out;
    rc = ecdsa_code(ds_crl_verify(crl, key));
out:
    ds_ecdsa_key_free(key);
    ds_crl_free(crl);
    ds_cert_free(ca);
    return rc;
}

static const uint8_t secret[32] = {[31] = 7};

/* A signature, its maker's key, and what two keys agree on. */
static int
k1_run(void)
{
    uint8_t key[33], full[65], signature[65], found[33], x[32];
    int rc = ds_k1_public(secret, key, full);

    if (rc == DS_K1_OK)
        rc = ds_k1_sign(secret, full, signature);
    if (rc == DS_K1_OK)
        rc = ds_k1_recover(full, ds_view_of(signature, 65), found);
    if (rc == DS_K1_OK)
        rc =
            ds_k1_check(ds_view_of(found, 33), full, ds_view_of(signature, 64));
    if (rc == DS_K1_OK)
        rc = ds_k1_ecdh(secret, ds_view_of(found, 33), x);
    if (rc != DS_K1_OK)
        return rc == DS_K1_NOMEM ? DSTACK_ERR_NOMEM : DSTACK_ERR_UNTRUSTED;
    return memcmp(key, found, 33) == 0 ? 0 : OOM_WRONG;
}

/* A key written, read back and used. */
static int
p256_run(void)
{
    uint8_t back[32], point[65], rs[64];
    ds_buf der;
    int rc;

    ds_buf_init_secret(&der, 256);
    rc = ds_p256_pkcs8(secret, &der);
    if (rc == DSTACK_OK && der.nomem)
        rc = DSTACK_ERR_NOMEM;
    if (rc == DSTACK_OK)
        rc = ds_p256_parse_pkcs8(view(&der), back, point);
    if (rc == DSTACK_OK)
        rc = ds_p256_sign(back, point, rs);
    if (rc == DSTACK_OK && memcmp(back, secret, 32) != 0)
        rc = OOM_WRONG;
    ds_buf_free(&der);
    return rc;
}

static int
aead_run(void)
{
    uint8_t plain[3];
    ds_buf sealed;
    int rc;

    ds_buf_init(&sealed, 100);
    rc = ds_aes_gcm_seal(secret, secret, ds_view_str("abc"), &sealed);
    if (rc == DS_AEAD_OK)
        rc = ds_aes_gcm_open(secret, secret, view(&sealed), plain);
    if (rc != DS_AEAD_OK)
        rc = rc == DS_AEAD_NOMEM ? DSTACK_ERR_NOMEM : DSTACK_ERR_UNTRUSTED;
    else if (memcmp(plain, "abc", 3) != 0)
        rc = OOM_WRONG;
    ds_buf_free(&sealed);
    return rc;
}

const oom_scenario oom_crypto[] = {
    {"crypto.hash", hash_run, NULL},
    {"crypto.cert", cert_run, prepare},
    {"crypto.crl", crl_run, prepare},
    {"crypto.k1", k1_run, NULL},
    {"crypto.p256", p256_run, NULL},
    {"crypto.aead", aead_run, NULL},
    {NULL, NULL, NULL},
};
