/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/kms.h"

#include <string.h>

#include "base/mem.h"
#include "crypto/k1.h"

int
dstack_kms_trust_new(const uint8_t *app_id, size_t app_id_len,
    dstack_kms_trust **ret, dstack_error *err)
{
    dstack_kms_trust *trust;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!app_id || !ret)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_kms_trust_new: NULL argument");
    if (app_id_len != DS_APP_ID)
        return ds_fail(err, DSTACK_ERR_ARG,
            "app id: %zu bytes, expected exactly %d", app_id_len, DS_APP_ID);
    trust = ds_calloc(1, sizeof *trust);
    if (!trust)
        return ds_fail_nomem(err);
    memcpy(trust->app_id, app_id, DS_APP_ID);
    *ret = trust;
    return DSTACK_OK;
}

void
dstack_kms_trust_free(dstack_kms_trust *trust)
{
    ds_free(trust);
}

const uint8_t *
dstack_kms_trust_app_id(const dstack_kms_trust *trust, size_t *len)
{
    if (len)
        *len = trust ? DS_APP_ID : 0;
    return trust ? trust->app_id : NULL;
}

static int
take_point(const char *what, const uint8_t *key, size_t len,
    uint8_t point[DS_K1_POINT], dstack_error *err)
{
    if (len == DS_K1_POINT &&
        ds_k1_parse(ds_view_of(key, len), point, NULL) == DS_K1_OK)
        return DSTACK_OK;
    return ds_fail(err, DSTACK_ERR_ARG,
        "%s: %zu bytes that are no point of secp256k1; expected %d compressed",
        what, len, DS_K1_POINT);
}

int
dstack_kms_trust_add_root(dstack_kms_trust *trust, const uint8_t *root,
    size_t root_len, dstack_error *err)
{
    uint8_t point[DS_K1_POINT];
    int rc;

    ds_err_clear(err);
    if (!trust || !root)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_kms_trust_add_root: NULL argument");
    rc = take_point("KMS root key", root, root_len, point, err);
    if (rc != DSTACK_OK || ds_kms_is_root(trust, point))
        return rc;
    if (trust->count == DS_KMS_ROOTS)
        return ds_fail(err, DSTACK_ERR_ARG,
            "KMS root keys: more than %d, the most that can be trusted",
            DS_KMS_ROOTS);
    memcpy(trust->root[trust->count++], point, DS_K1_POINT);
    return DSTACK_OK;
}

int
dstack_kms_trust_accept_app_root(dstack_kms_trust *trust,
    const uint8_t *app_root, size_t app_root_len, dstack_error *err)
{
    uint8_t point[DS_K1_POINT];
    int rc;

    ds_err_clear(err);
    if (!trust || !app_root)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_kms_trust_accept_app_root: NULL argument");
    rc = take_point("app root key", app_root, app_root_len, point, err);
    if (rc != DSTACK_OK)
        return rc;
    memcpy(trust->app_root, point, DS_K1_POINT);
    trust->has_app_root = true;
    return DSTACK_OK;
}

bool
ds_kms_is_root(const dstack_kms_trust *trust, const uint8_t key[DS_K1_POINT])
{
    for (size_t i = 0; i < trust->count; i++)
        if (memcmp(trust->root[i], key, DS_K1_POINT) == 0)
            return true;
    return false;
}

int
ds_kms_recover(const uint8_t digest[32], ds_view link, uint8_t key[DS_K1_POINT])
{
    memset(key, 0, DS_K1_POINT);
    if (link.n != DS_LINK)
        return DS_LINK_LENGTH;
    if (link.p[64] > 3)
        return DS_LINK_RECOVERY_ID;
    if (!ds_k1_in_range(ds_view_of(link.p, 64)))
        return DS_LINK_RANGE;
    if (!ds_k1_is_signature(link))
        return DS_LINK_HIGH_S;
    if (ds_k1_recover(digest, link, key) != DS_K1_OK)
        return DS_LINK_NOBODY;
    return DS_LINK_OK;
}

const char *
ds_kms_link_expected(int fault)
{
    static const char *const expected[] = {
        [DS_LINK_LENGTH] = "65 bytes: r, s and v",
        [DS_LINK_RECOVERY_ID] = "a recovery id from 0 to 3",
        [DS_LINK_RANGE] = "r and s from 1 to the group's order - 1",
        [DS_LINK_HIGH_S] = "an s of at most half the group's order",
        [DS_LINK_NOBODY] = "a signature that some key can have made",
    };

    return expected[fault];
}
