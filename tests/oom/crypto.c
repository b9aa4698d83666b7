/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/cert.h"
#include "crypto/ecdsa.h"
#include "crypto/hash.h"
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

const oom_scenario oom_crypto[] = {
    {"crypto.hash", hash_run, NULL},
    {"crypto.cert", cert_run, prepare},
    {"crypto.crl", crl_run, prepare},
    {NULL, NULL, NULL},
};
