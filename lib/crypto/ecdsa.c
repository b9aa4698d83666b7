/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/ecdsa.h"

#include "base/mem.h"
#include "crypto/ecdsa_backend.h"

/* SEC 2, 2.7.1 (secp256r1), 2.8.1 (secp384r1), 2.4.1 (secp256k1): the field's
 * prime and the order of the base point, big-endian. */
typedef struct {
    size_t size;
    uint8_t p[DS_ECDSA_MAX_SIZE];
    uint8_t n[DS_ECDSA_MAX_SIZE];
} domain;

struct ds_ecdsa_key {
    int curve;
    const domain *domain;
    void *handle;
    uint8_t point[1 + 2 * DS_ECDSA_MAX_SIZE]; /* 0x04 || X || Y */
};

static const domain p256 = {32,
    {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
    {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
        0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51}};

static const domain p384 = {48,
    {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff},
    {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a, 0x0d, 0xb2,
        0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29,
        0x73}};

static const domain k1 = {32,
    {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xfc, 0x2f},
    {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b,
        0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41}};

static const domain *
domain_of(int curve)
{
    switch (curve) {
    case DS_P256:
        return &p256;
    case DS_P384:
        return &p384;
    case DS_SECP256K1:
        return &k1;
    default:
        return NULL;
    }
}

size_t
ds_ecdsa_size(int curve)
{
    const domain *d = domain_of(curve);

    return d ? d->size : 0;
}

const char *
ds_ecdsa_backend(void)
{
    return DS_ECDSA_BACKEND;
}

bool
ds_ecdsa_point_in_range(int curve, ds_view xy)
{
    const domain *d = domain_of(curve);

    if (!d || xy.n != 2 * d->size)
        return false;
    return memcmp(xy.p, d->p, d->size) < 0 &&
           memcmp(xy.p + d->size, d->p, d->size) < 0 && !ds_view_is_zero(xy);
}

/* SEC 1, 4.1.4 step 1. */
static bool
scalar_in_range(const domain *d, const uint8_t *v)
{
    return !ds_view_is_zero(ds_view_of(v, d->size)) &&
           memcmp(v, d->n, d->size) < 0;
}

int
ds_ecdsa_key_new(int curve, ds_view xy, ds_ecdsa_key **ret)
{
    ds_ecdsa_key *key;
    ds_view point;
    int rc;

    *ret = NULL;
    if (!ds_ecdsa_point_in_range(curve, xy))
        return DS_ECDSA_BAD;
    key = ds_calloc(1, sizeof *key);
    if (!key)
        return DS_ECDSA_NOMEM;
    key->curve = curve;
    key->domain = domain_of(curve);
    key->point[0] = 0x04;
    memcpy(key->point + 1, xy.p, xy.n);
    point = ds_view_of(key->point, 1 + xy.n);
    if (curve == DS_SECP256K1)
        rc = ds_k1_new(point, &key->handle);
    else
        rc = ds_nist_new(curve, point, &key->handle);
    if (rc != DS_ECDSA_OK) {
        ds_free(key);
        return rc;
    }
    *ret = key;
    return DS_ECDSA_OK;
}

void
ds_ecdsa_key_free(ds_ecdsa_key *key)
{
    if (!key)
        return;
    if (key->curve == DS_SECP256K1)
        ds_k1_free(key->handle);
    else
        ds_nist_free(key->handle);
    ds_free(key);
}

ds_view
ds_ecdsa_key_xy(const ds_ecdsa_key *key)
{
    return ds_view_of(key->point + 1, 2 * key->domain->size);
}

int
ds_ecdsa_verify(const ds_ecdsa_key *key, ds_view hash, ds_view rs)
{
    const domain *d = key->domain;

    if (hash.n == 0 || rs.n != 2 * d->size)
        return DS_ECDSA_BAD;
    if (!scalar_in_range(d, rs.p) || !scalar_in_range(d, rs.p + d->size))
        return DS_ECDSA_BAD;
    /* SEC 1, 4.1.4 step 3: the leftmost bits; all three orders fill their
     * last octet. */
    if (hash.n > d->size)
        hash.n = d->size;
    if (key->curve == DS_SECP256K1)
        return ds_k1_verify(key->handle, hash, rs);
    return ds_nist_verify(key->handle, hash, rs);
}
