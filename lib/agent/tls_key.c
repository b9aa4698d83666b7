/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/tls_key.h"

#include <string.h>

#include "codec/pem.h"
#include "crypto/cert.h"
#include "crypto/p256.h"

/* ---- the key ------------------------------------------------------------ */

/* Exactly one block with this label, and nothing else but white space. */
static int
decode_block(const ds_answer *a, ds_jv v, ds_view text, const char *label,
    ds_buf *der, dstack_error *err)
{
    ds_pem pem;
    int got;

    ds_pem_init(&pem, text);
    got = ds_pem_next(&pem, label, der);
    if (got == 1)
        got = ds_pem_next(&pem, label, der) == 0 && pem.rest.n == 0;
    if (der->nomem)
        return ds_fail_nomem(err);
    if (got != 1)
        return ds_answer_fail(
            a, v, err, "expected one PEM block \"%s\" and nothing else", label);
    return DSTACK_OK;
}

/* Into locked memory; NULL where there is none. */
static void *
lock(const ds_buf *b)
{
    uint8_t *p = ds_secret_alloc(b->n + 1);

    if (!p)
        return NULL;
    memcpy(p, b->p, b->n);
    p[b->n] = 0;
    return p;
}

static int
parse_key(const ds_answer *a, ds_jv v, const ds_buf *pem, const ds_buf *der,
    dstack_tls_key *key, uint8_t point[65], dstack_error *err)
{
    int rc;

    key->pem = lock(pem);
    key->pem_len = pem->n;
    key->der = lock(der);
    key->der_len = der->n;
    key->secret = ds_secret_alloc(32);
    if (!key->pem || !key->der || !key->secret)
        return ds_fail_nomem(err);
    rc = ds_p256_parse_pkcs8(
        ds_view_of(key->der, key->der_len), key->secret, point);
    if (rc == DSTACK_ERR_NOMEM)
        return ds_fail_nomem(err);
    if (rc == DSTACK_ERR_INTERNAL)
        return ds_fail(
            err, rc, "%s: P-256 is not available here", a->method->name);
    if (rc != DSTACK_OK)
        return ds_answer_fail(a, v, err, "expected a P-256 key in PKCS #8");
    key->public_key[0] = (uint8_t)(2 | (point[64] & 1));
    memcpy(key->public_key + 1, point + 1, 32);
    return DSTACK_OK;
}

static int
read_key(const ds_answer *a, dstack_tls_key *key, uint8_t point[65],
    dstack_error *err)
{
    ds_buf pem, der;
    ds_jv v;
    int rc = ds_json_need(a->json, 0, "key", &v, err);

    ds_buf_init_secret(&pem, DS_MAX_CERT);
    ds_buf_init_secret(&der, DS_MAX_CERT);
    if (rc == DSTACK_OK)
        rc = ds_json_string_buf(a->json, v, &pem, err);
    if (rc == DSTACK_OK)
        rc = decode_block(
            a, v, ds_view_of(pem.p, pem.n), "PRIVATE KEY", &der, err);
    if (rc == DSTACK_OK)
        rc = parse_key(a, v, &pem, &der, key, point, err);
    ds_buf_free(&pem);
    ds_buf_free(&der);
    return rc;
}

/* ---- the certificates --------------------------------------------------- */

static int
check_cert(const ds_answer *a, ds_jv v, const ds_buf *der, const uint8_t *point,
    dstack_error *err)
{
    ds_cert *cert = NULL;
    bool mine;
    int rc = ds_cert_parse_max(
        ds_view_of(der->p, der->n), DS_MAX_EVIDENCE_CERT, &cert, err);

    if (rc != DSTACK_OK)
        return rc;
    mine = !point || (cert->key_curve == DS_P256 &&
                         ds_view_eq(cert->key_xy, ds_view_of(point + 1, 64)));
    ds_cert_free(cert);
    return mine ? DSTACK_OK
                : ds_answer_fail(a, v, err,
                      "the certificate is not for the key beside it");
}

/* point: the key that the certificate must be for; NULL for any. */
static int
read_cert(const ds_answer *a, ds_jv v, const uint8_t *point,
    dstack_tls_key *key, dstack_error *err)
{
    size_t i = key->count++;
    ds_buf *pem = &key->cert_pem[i], *der = &key->cert_der[i];
    int rc;

    ds_buf_init(pem, DS_MAX_AGENT_ANSWER);
    ds_buf_init(der, DS_MAX_EVIDENCE_CERT);
    rc = ds_json_string_buf(a->json, v, pem, err);
    if (rc == DSTACK_OK)
        rc = decode_block(
            a, v, ds_view_of(pem->p, pem->n), "CERTIFICATE", der, err);
    if (rc == DSTACK_OK)
        rc = check_cert(a, v, der, point, err);
    if (rc != DSTACK_OK)
        return rc;
    ds_buf_add(&key->chain, pem->p, pem->n);
    if (pem->n != 0 && pem->p[pem->n - 1] != '\n')
        ds_buf_add_u8(&key->chain, '\n');
    return key->chain.nomem ? ds_fail_nomem(err) : DSTACK_OK;
}

static int
read_certs(const ds_answer *a, const uint8_t *point, dstack_tls_key *key,
    dstack_error *err)
{
    ds_jv list;
    size_t n;
    int rc = ds_json_need(a->json, 0, "certificate_chain", &list, err);

    if (rc == DSTACK_OK)
        rc = ds_json_expect(a->json, list, DS_JSON_ARRAY, err);
    if (rc != DSTACK_OK)
        return rc;
    n = ds_json_count(a->json, list);
    if (n == 0 || n > DS_MAX_CHAIN_CERTS)
        return ds_answer_fail(a, list, err,
            "expected 1 to %d certificates, found %zu", DS_MAX_CHAIN_CERTS, n);
    for (ds_jv v = ds_json_first(a->json, list);
         rc == DSTACK_OK && v != DS_JSON_NONE; v = ds_json_next(a->json, v))
        rc = read_cert(a, v, key->count == 0 ? point : NULL, key, err);
    return rc;
}

int
ds_tls_key_read(const ds_answer *a, dstack_tls_key **ret, dstack_error *err)
{
    dstack_tls_key *key = ds_calloc(1, sizeof *key);
    uint8_t point[65];
    int rc;

    *ret = NULL;
    if (!key)
        return ds_fail_nomem(err);
    ds_buf_init(&key->chain, DS_MAX_AGENT_ANSWER + DS_MAX_CHAIN_CERTS);
    rc = read_key(a, key, point, err);
    if (rc == DSTACK_OK)
        rc = read_certs(a, point, key, err);
    if (rc == DSTACK_OK)
        *ret = key;
    else
        dstack_tls_key_free(key);
    return rc;
}

void
dstack_tls_key_free(dstack_tls_key *key)
{
    if (!key)
        return;
    ds_secret_free(key->pem);
    ds_secret_free(key->der);
    ds_secret_free(key->secret);
    for (size_t i = 0; i < key->count; i++) {
        ds_buf_free(&key->cert_pem[i]);
        ds_buf_free(&key->cert_der[i]);
    }
    ds_buf_free(&key->chain);
    ds_free(key);
}

/* ---- getters ------------------------------------------------------------ */

static const void *
give(const void *p, size_t n, size_t *len)
{
    if (len)
        *len = n;
    return p;
}

const char *
dstack_tls_key_pem(const dstack_tls_key *key, size_t *len)
{
    return give(key ? key->pem : NULL, key ? key->pem_len : 0, len);
}

const uint8_t *
dstack_tls_key_der(const dstack_tls_key *key, size_t *len)
{
    return give(key ? key->der : NULL, key ? key->der_len : 0, len);
}

const uint8_t *
dstack_tls_key_secret(const dstack_tls_key *key, size_t *len)
{
    return give(key ? key->secret : NULL, key ? 32 : 0, len);
}

size_t
dstack_tls_key_cert_count(const dstack_tls_key *key)
{
    return key ? key->count : 0;
}

const char *
dstack_tls_key_cert_pem(const dstack_tls_key *key, size_t index, size_t *len)
{
    if (!key || index >= key->count)
        return give(NULL, 0, len);
    return give(key->cert_pem[index].p, key->cert_pem[index].n, len);
}

const uint8_t *
dstack_tls_key_cert_der(const dstack_tls_key *key, size_t index, size_t *len)
{
    if (!key || index >= key->count)
        return give(NULL, 0, len);
    return give(key->cert_der[index].p, key->cert_der[index].n, len);
}

const char *
dstack_tls_key_chain_pem(const dstack_tls_key *key, size_t *len)
{
    return give(key ? key->chain.p : NULL, key ? key->chain.n : 0, len);
}
