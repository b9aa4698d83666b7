/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/limits.h"
#include "base/secret.h"
#include "codec/jcs.h"
#include "codec/json.h"
#include "crypto/aead.h"
#include "crypto/ed25519.h"
#include "crypto/random.h"
#include "keys/env.h"

enum {
    POINT = 32,
    NONCE = 12,
    HEAD = POINT + NONCE
};

/* ---- encryption --------------------------------------------------------------------- */

static void
write_json(const dstack_env *env, ds_buf *out)
{
    ds_buf_add_str(out, "{\"env\":[");
    for (size_t i = 0; i < dstack_env_count(env); i++) {
        size_t n;
        const uint8_t *value = dstack_env_value(env, i, &n);

        ds_buf_add_str(out, i == 0 ? "{\"key\":" : ",{\"key\":");
        ds_jcs_string(out, ds_view_str(dstack_env_name(env, i)));
        ds_buf_add_str(out, ",\"value\":");
        ds_jcs_string(out, ds_view_of(value, n));
        ds_buf_add_str(out, "}");
    }
    ds_buf_add_str(out, "]}");
}

int
ds_env_encrypt(const dstack_env *env, const uint8_t public_key[32],
    const uint8_t ephemeral[32], const uint8_t nonce[12], ds_buf *out,
    dstack_error *err)
{
    uint8_t key[32], point[POINT];
    ds_buf plain;
    int rc = DSTACK_OK;

    ds_buf_init_secret(&plain, DS_MAX_ENV_JSON);
    if (!ds_x25519(ephemeral, public_key, key) ||
        !ds_x25519_public(ephemeral, point)) {
        rc = ds_fail(err, DSTACK_ERR_ARG,
            "public key: its shared secret is zero; it is no X25519 key of "
            "anybody");
        goto out;
    }
    write_json(env, &plain);
    ds_buf_add(out, point, POINT);
    ds_buf_add(out, nonce, NONCE);
    if (plain.nomem || plain.bad ||
        ds_aes_gcm_seal(key, nonce, ds_view_of(plain.p, plain.n), out) !=
            DS_AEAD_OK ||
        out->nomem)
        rc = ds_fail_nomem(err);
out:
    ds_wipe(key, sizeof key);
    ds_buf_free(&plain);
    return rc;
}

int
dstack_env_encrypt(const dstack_env *env, const uint8_t *public_key,
    size_t public_key_len, uint8_t **ret, size_t *ret_len, dstack_error *err)
{
    uint8_t ephemeral[32] = {0}, nonce[NONCE];
    ds_buf out;
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (ret_len)
        *ret_len = 0;
    if (!env || !public_key || !ret || !ret_len)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_env_encrypt: NULL argument");
    if (public_key_len != POINT)
        return ds_fail(err, DSTACK_ERR_ARG,
            "public key: %zu bytes, an X25519 key has %d", public_key_len,
            POINT);
    ds_buf_init(&out, HEAD + DS_MAX_ENV_JSON + DS_AEAD_TAG);
    if (!ds_random(ephemeral, sizeof ephemeral) ||
        !ds_random(nonce, sizeof nonce))
        rc =
            ds_fail(err, DSTACK_ERR_INTERNAL, "environment: no random numbers");
    else
        rc = ds_env_encrypt(env, public_key, ephemeral, nonce, &out, err);
    if (rc == DSTACK_OK)
        *ret = ds_buf_take(&out, ret_len);
    ds_wipe(ephemeral, sizeof ephemeral);
    ds_buf_free(&out);
    return rc;
}

/* ---- decryption ---------------------------------------------------------------------- */

static int
open_sealed(const uint8_t secret_key[32], ds_view sealed, dstack_secret **ret,
    dstack_error *err)
{
    uint8_t key[32], *plain;
    int rc = ds_secret_make(sealed.n - HEAD - DS_AEAD_TAG, ret, &plain, err);

    if (rc != DSTACK_OK)
        return rc;
    rc = DS_AEAD_BAD;
    if (ds_x25519(secret_key, sealed.p, key))
        rc = ds_aes_gcm_open(key, sealed.p + POINT,
            ds_view_of(sealed.p + HEAD, sealed.n - HEAD), plain);
    ds_wipe(key, sizeof key);
    if (rc == DS_AEAD_OK)
        return DSTACK_OK;
    dstack_secret_free(*ret);
    *ret = NULL;
    if (rc == DS_AEAD_BAD)
        return ds_fail_reason(err, DSTACK_ERR_UNTRUSTED, DSTACK_STAGE_KEYS,
            DSTACK_REASON_ENV_DECRYPT,
            "environment: encrypted for another key, or changed on the way");
    return ds_fail_nomem(err);
}

int
dstack_env_decrypt(const uint8_t *secret_key, size_t secret_key_len,
    const uint8_t *sealed, size_t sealed_len, dstack_secret **ret,
    dstack_error *err)
{
    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!secret_key || secret_key_len != 32 || !ret ||
        (!sealed && sealed_len != 0))
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_env_decrypt: NULL, or a secret key that is not 32 bytes");
    if (sealed_len < HEAD + DS_AEAD_TAG ||
        sealed_len > HEAD + DS_MAX_ENV_JSON + DS_AEAD_TAG)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_KEYS,
            DSTACK_REASON_ENV_CIPHERTEXT,
            "environment: %zu bytes; expected a key, a nonce and a tag (%d), "
            "and at most 8 MiB",
            sealed_len, HEAD + DS_AEAD_TAG);
    return open_sealed(secret_key, ds_view_of(sealed, sealed_len), ret, err);
}

/* ---- reading -------------------------------------------------------------------------- */

static int
need_text(const ds_json *j, ds_jv object, const char *name, ds_buf *out,
    dstack_error *err)
{
    ds_jv v;
    int rc = ds_json_need(j, object, name, &v, err);

    ds_buf_init_secret(out, DS_MAX_ENV_JSON);
    return rc == DSTACK_OK ? ds_json_string_buf(j, v, out, err) : rc;
}

static int
read_variable(const ds_json *j, ds_jv v, dstack_env *env, dstack_error *err)
{
    ds_buf name, value;
    int rc = need_text(j, v, "key", &name, err);

    ds_buf_init_secret(&value, 0);
    if (rc == DSTACK_OK)
        rc = need_text(j, v, "value", &value, err);
    rc = ds_err_as(err, rc, DSTACK_STAGE_KEYS, DSTACK_REASON_ENV_JSON);
    if (rc == DSTACK_OK)
        rc = ds_env_set(
            env, ds_view_of(name.p, name.n), ds_view_of(value.p, value.n), err);
    ds_buf_free(&name);
    ds_buf_free(&value);
    return rc;
}

static int
read_list(const ds_json *j, dstack_env *env, dstack_error *err)
{
    ds_jv list = DS_JSON_NONE;
    int rc = ds_json_expect(j, 0, DS_JSON_OBJECT, err);

    if (rc == DSTACK_OK)
        rc = ds_json_need(j, 0, "env", &list, err);
    if (rc == DSTACK_OK)
        rc = ds_json_expect(j, list, DS_JSON_ARRAY, err);
    rc = ds_err_as(err, rc, DSTACK_STAGE_KEYS, DSTACK_REASON_ENV_JSON);
    if (rc == DSTACK_OK && ds_json_count(j, list) > DS_MAX_ENVS)
        rc = ds_fail_reason(err, DSTACK_ERR_ARG, DSTACK_STAGE_KEYS,
            DSTACK_REASON_ENV_COUNT,
            "environment: variables; found %zu, at most %d",
            ds_json_count(j, list), DS_MAX_ENVS);
    for (ds_jv v = ds_json_first(j, list); rc == DSTACK_OK && v != DS_JSON_NONE;
         v = ds_json_next(j, v))
        rc = read_variable(j, v, env, err);
    return rc;
}

int
dstack_env_parse(
    const uint8_t *json, size_t json_len, dstack_env **ret, dstack_error *err)
{
    dstack_env *env = NULL;
    ds_json *j = NULL;
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!json || !ret)
        return ds_fail(err, DSTACK_ERR_ARG, "dstack_env_parse: NULL argument");
    if (json_len > DS_MAX_ENV_JSON)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_KEYS,
            DSTACK_REASON_ENV_JSON, "environment: %zu bytes, more than %u",
            json_len, DS_MAX_ENV_JSON);
    rc = dstack_env_new(&env, err);
    if (rc == DSTACK_OK)
        rc = ds_err_as(err,
            ds_json_parse(ds_view_of(json, json_len), "environment", &j, err),
            DSTACK_STAGE_KEYS, DSTACK_REASON_ENV_JSON);
    if (rc == DSTACK_OK)
        rc = read_list(j, env, err);
    ds_json_free(j);
    if (rc == DSTACK_OK)
        *ret = env;
    else
        dstack_env_free(env);
    return rc;
}
