/* SPDX-License-Identifier: Apache-2.0 */
#include "receipt/sealed.h"

#include <string.h>

#include "base/limits.h"
#include "base/secret.h"
#include "base/text.h"
#include "codec/json.h"
#include "crypto/aead.h"
#include "crypto/k1.h"
#include "crypto/kdf.h"
#include "crypto/random.h"
#include "dstack/sealed.h"

#define NONCE 12
#define POINT 33

/* ---- the key of one payload --------------------------------------------------- */

/* secret is the recipient's or the ephemeral one, point the other's. */
static int
derive(const uint8_t secret[32], ds_view point, uint8_t key[32])
{
    ds_view info = ds_view_str("vin-ecies-v1");
    uint8_t x[32];
    int rc = ds_k1_ecdh(secret, point, x);

    if (rc == DS_K1_OK && !ds_hkdf_sha256(ds_view_of(NULL, 0),
                              ds_view_of(x, sizeof x), &info, 1, key, 32))
        rc = DS_K1_NOMEM;
    ds_wipe(x, sizeof x);
    return rc;
}

/* ---- seal ------------------------------------------------------------------------ */

static void
put_hex(ds_buf *out, const char *before, const uint8_t *p, size_t n)
{
    char hex[2 * POINT + 1];

    ds_hex_encode(ds_view_of(p, n), hex);
    ds_buf_add_str(out, before);
    ds_buf_add_str(out, hex);
}

static int
seal_text(const uint8_t key[32], const uint8_t nonce[NONCE],
    const uint8_t ephemeral[POINT], ds_view plain, ds_buf *out)
{
    ds_buf sealed;
    int rc;

    ds_buf_init(&sealed, plain.n + DS_AEAD_TAG);
    rc = ds_aes_gcm_seal(key, nonce, plain, &sealed);
    if (rc == DS_AEAD_OK && sealed.nomem)
        rc = DS_AEAD_NOMEM;
    if (rc == DS_AEAD_OK) {
        ds_buf_add_str(out, "{\"ciphertext\":\"");
        ds_base64_encode(ds_view_of(sealed.p, sealed.n), out);
        put_hex(out, "\",\"ephemeral_pubkey\":\"", ephemeral, POINT);
        put_hex(out, "\",\"nonce\":\"", nonce, NONCE);
        ds_buf_add_str(out, "\"}");
    }
    ds_buf_free(&sealed);
    return rc;
}

int
ds_receipt_seal(ds_view recipient, ds_view plain, const uint8_t ephemeral[32],
    const uint8_t nonce[NONCE], ds_buf *out, dstack_error *err)
{
    uint8_t key[32], point[POINT];
    int rc;

    if (ds_k1_parse(recipient, NULL, NULL) != DS_K1_OK)
        return ds_fail(err, DSTACK_ERR_ARG,
            "recipient: %zu bytes that are no point of secp256k1; expected "
            "33 compressed or 65 uncompressed",
            recipient.n);
    rc = ds_k1_public(ephemeral, point, NULL);
    if (rc == DS_K1_OK)
        rc = derive(ephemeral, recipient, key);
    if (rc == DS_K1_OK)
        rc = seal_text(key, nonce, point, plain, out);
    ds_wipe(key, sizeof key);
    if (rc == DS_K1_BAD)
        return ds_fail(err, DSTACK_ERR_INTERNAL, "seal: a key did not work");
    return rc == DS_K1_OK && !out->nomem ? DSTACK_OK : ds_fail_nomem(err);
}

int
dstack_seal(const uint8_t *recipient, size_t recipient_len,
    const uint8_t *plain, size_t plain_len, char **ret_json, size_t *ret_len,
    dstack_error *err)
{
    uint8_t ephemeral[32], nonce[NONCE];
    size_t n = 0;
    ds_buf out;
    int rc;

    ds_err_clear(err);
    if (ret_json)
        *ret_json = NULL;
    if (ret_len)
        *ret_len = 0;
    if (!recipient || !ret_json || (!plain && plain_len != 0) ||
        plain_len > DS_MAX_SEALED_PLAIN)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_seal: NULL, or more than 16 MiB to seal");
    ds_buf_init(&out, DS_MAX_SEALED);
    do {
        if (!ds_random(ephemeral, sizeof ephemeral) ||
            !ds_random(nonce, sizeof nonce)) {
            rc = ds_fail(err, DSTACK_ERR_INTERNAL, "seal: no random numbers");
            goto out;
        }
        /* About one in 2^128 is out of range. */
    } while (!ds_k1_secret_valid(ephemeral));
    rc = ds_receipt_seal(ds_view_of(recipient, recipient_len),
        ds_view_of(plain, plain_len), ephemeral, nonce, &out, err);
    if (rc == DSTACK_OK) {
        *ret_json = (char *)ds_buf_take(&out, &n);
        if (ret_len)
            *ret_len = n;
    }
out:
    ds_wipe(ephemeral, sizeof ephemeral);
    ds_buf_free(&out);
    return rc;
}

/* ---- open ------------------------------------------------------------------------ */

typedef struct {
    uint8_t point[POINT];
    uint8_t nonce[NONCE];
    ds_buf sealed;
} envelope;

static int
read_ciphertext(const ds_json *j, ds_jv v, ds_buf *out, dstack_error *err)
{
    ds_view text;
    int rc = ds_json_string(j, v, DS_MAX_SEALED, &text, err);

    if (rc != DSTACK_OK)
        return rc;
    if (!ds_base64_decode(text, false, out))
        return out->nomem ? ds_fail_nomem(err)
                          : ds_json_fail(j, v, DSTACK_REASON_JSON, err,
                                "not base64 with padding");
    if (out->n < DS_AEAD_TAG)
        return ds_json_fail(j, v, DSTACK_REASON_JSON, err,
            "%zu bytes, shorter than its 16-byte tag", out->n);
    return DSTACK_OK;
}

static int
read_envelope(const ds_json *j, envelope *e, dstack_error *err)
{
    ds_jv ciphertext, point, nonce;
    int rc = ds_json_expect(j, 0, DS_JSON_OBJECT, err);

    if (rc == DSTACK_OK)
        rc = ds_json_need(j, 0, "ciphertext", &ciphertext, err);
    if (rc == DSTACK_OK)
        rc = ds_json_need(j, 0, "ephemeral_pubkey", &point, err);
    if (rc == DSTACK_OK)
        rc = ds_json_need(j, 0, "nonce", &nonce, err);
    if (rc == DSTACK_OK && ds_json_count(j, 0) != 3)
        rc = ds_json_fail(j, 0, DSTACK_REASON_JSON, err,
            "%zu members, expected ciphertext, ephemeral_pubkey and nonce",
            ds_json_count(j, 0));
    if (rc == DSTACK_OK)
        rc = ds_json_hex(j, point, e->point, POINT, err);
    if (rc == DSTACK_OK &&
        ds_k1_parse(ds_view_of(e->point, POINT), NULL, NULL) != DS_K1_OK)
        rc = ds_json_fail(
            j, point, DSTACK_REASON_JSON, err, "no point of secp256k1");
    if (rc == DSTACK_OK)
        rc = ds_json_hex(j, nonce, e->nonce, NONCE, err);
    if (rc == DSTACK_OK)
        rc = read_ciphertext(j, ciphertext, &e->sealed, err);
    return rc;
}

static int
open_envelope(const uint8_t secret[32], const envelope *e, dstack_secret **ret,
    dstack_error *err)
{
    uint8_t key[32], *plain;
    int rc = ds_secret_make(e->sealed.n - DS_AEAD_TAG, ret, &plain, err);

    if (rc != DSTACK_OK)
        return rc;
    rc = derive(secret, ds_view_of(e->point, POINT), key);
    if (rc == DS_K1_OK)
        rc = ds_aes_gcm_open(
            key, e->nonce, ds_view_of(e->sealed.p, e->sealed.n), plain);
    ds_wipe(key, sizeof key);
    if (rc == DS_AEAD_OK)
        return DSTACK_OK;
    dstack_secret_free(*ret);
    *ret = NULL;
    if (rc == DS_AEAD_BAD)
        return ds_fail(err, DSTACK_ERR_UNTRUSTED,
            "sealed payload: sealed for another key, or changed on the way");
    return ds_fail_nomem(err);
}

int
dstack_open(const uint8_t *secret, size_t secret_len, const uint8_t *sealed,
    size_t sealed_len, dstack_secret **ret, dstack_error *err)
{
    envelope e = {{0}, {0}, {0}};
    ds_json *j = NULL;
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!secret || !sealed || !ret || secret_len != 32 ||
        !ds_k1_secret_valid(secret))
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_open: NULL, or a secret key that is not 32 bytes in the "
            "range of secp256k1");
    if (sealed_len > DS_MAX_SEALED)
        return ds_fail(err, DSTACK_ERR_PARSE,
            "sealed payload: %zu bytes, more than 24 MiB", sealed_len);
    ds_buf_init(&e.sealed, DS_MAX_SEALED);
    rc = ds_json_parse(
        ds_view_of(sealed, sealed_len), "sealed payload", &j, err);
    if (rc == DSTACK_OK)
        rc = read_envelope(j, &e, err);
    if (rc == DSTACK_OK)
        rc = open_envelope(secret, &e, ret, err);
    ds_json_free(j);
    ds_buf_free(&e.sealed);
    return rc;
}
