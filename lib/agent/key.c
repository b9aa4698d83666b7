/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/key.h"

#include <string.h>

#include "crypto/ed25519.h"
#include "crypto/k1.h"

static ds_key_public *
public_new(void)
{
    ds_key_public *p = ds_calloc(1, sizeof *p);

    if (p && pthread_mutex_init(&p->lock, NULL) != 0) {
        ds_free(p);
        p = NULL;
    }
    return p;
}

static int
key_new(
    uint32_t algorithm, uint32_t scheme, dstack_key **ret, dstack_error *err)
{
    dstack_key *key = ds_calloc(1, sizeof *key);

    *ret = NULL;
    if (!key)
        return ds_fail_nomem(err);
    key->secret = ds_secret_alloc(32);
    key->public_key = public_new();
    if (!key->secret || !key->public_key) {
        dstack_key_free(key);
        return ds_fail_nomem(err);
    }
    memset(key->secret, 0, 32);
    key->algorithm = algorithm;
    key->scheme = scheme;
    *ret = key;
    return DSTACK_OK;
}

void
dstack_key_free(dstack_key *key)
{
    if (!key)
        return;
    if (key->public_key)
        pthread_mutex_destroy(&key->public_key->lock);
    ds_free(key->public_key);
    ds_secret_free(key->secret);
    ds_free(key);
}

static int
check_secret(
    const ds_answer *a, ds_jv secret, dstack_key *key, dstack_error *err)
{
    if (key->algorithm == DSTACK_KEY_ED25519) {
        key->public_key->len = 32;
        if (!ds_view_is_zero(ds_view_of(key->secret, 32)))
            return DSTACK_OK;
        return ds_answer_fail(
            a, secret, err, "it is all zeros, hence no secret");
    }
    key->public_key->len = 33;
    if (ds_k1_secret_valid(key->secret))
        return DSTACK_OK;
    return ds_answer_fail(a, secret, err, "it is no secret key of secp256k1");
}

static bool
compute_public(const dstack_key *key, uint8_t out[33])
{
    if (key->algorithm == DSTACK_KEY_ED25519)
        return ds_ed25519_public(key->secret, out);
    return ds_k1_public(key->secret, out, NULL) == DS_K1_OK;
}

/* NULL only where the system has no random numbers to blind with. */
static const ds_key_public *
need_public(const dstack_key *key)
{
    ds_key_public *p = key->public_key;
    bool known = atomic_load_explicit(&p->known, memory_order_acquire);

    if (known)
        return p;
    pthread_mutex_lock(&p->lock);
    known = atomic_load_explicit(&p->known, memory_order_relaxed) ||
            compute_public(key, p->key);
    atomic_store_explicit(&p->known, known, memory_order_release);
    pthread_mutex_unlock(&p->lock);
    return known ? p : NULL;
}

/* The public key that the agent tells is the one that belongs to the secret. */
static int
compare_public(const ds_answer *a, const char *name, const dstack_key *key,
    dstack_error *err)
{
    const ds_key_public *p = need_public(key);
    uint8_t told[33];
    ds_jv v;
    int rc = ds_json_need(a->json, 0, name, &v, err);

    if (rc != DSTACK_OK)
        return rc;
    if (!p)
        return ds_fail(err, DSTACK_ERR_INTERNAL,
            "%s: no public key could be computed", a->method->name);
    rc = ds_json_hex(a->json, v, told, p->len, err);
    if (rc == DSTACK_OK && memcmp(told, p->key, p->len) != 0)
        rc = ds_answer_fail(
            a, v, err, "it is not the public key of the secret key");
    return rc;
}

int
ds_key_read(const ds_answer *a, const ds_key_members *members,
    uint32_t algorithm, dstack_key **ret, dstack_error *err)
{
    dstack_key *key = NULL;
    ds_jv secret = DS_JSON_NONE;
    int rc = ds_json_need(a->json, 0, members->secret, &secret, err);

    *ret = NULL;
    if (rc == DSTACK_OK)
        rc = key_new(algorithm, members->scheme, &key, err);
    if (rc != DSTACK_OK || !key)
        return rc;
    rc = ds_json_hex(a->json, secret, key->secret, 32, err);
    if (rc == DSTACK_OK)
        rc = check_secret(a, secret, key, err);
    if (rc == DSTACK_OK && members->public_key)
        rc = compare_public(a, members->public_key, key, err);
    if (rc == DSTACK_OK)
        rc = ds_sig_chain_read(a, members->chain, NULL, &key->chain, err);
    if (rc == DSTACK_OK)
        *ret = key;
    else
        dstack_key_free(key);
    return rc;
}

int
ds_key_of_p256(const uint8_t *secret, const uint8_t *public_key,
    dstack_key **ret, dstack_error *err)
{
    dstack_key *key = NULL;
    int rc = key_new(DSTACK_KEY_P256, DSTACK_SCHEME_TAPPD, &key, err);

    *ret = NULL;
    if (rc != DSTACK_OK || !key) {
        dstack_key_free(key);
        return rc;
    }
    memcpy(key->secret, secret, 32);
    memcpy(key->public_key->key, public_key, 33);
    key->public_key->len = 33;
    atomic_store(&key->public_key->known, true);
    *ret = key;
    return DSTACK_OK;
}

/* ---- getters ------------------------------------------------------------ */

const uint8_t *
dstack_key_secret(const dstack_key *key, size_t *len)
{
    if (len)
        *len = key ? 32 : 0;
    return key ? key->secret : NULL;
}

const uint8_t *
dstack_key_public(const dstack_key *key, size_t *len)
{
    const ds_key_public *p = key ? need_public(key) : NULL;

    if (len)
        *len = p ? p->len : 0;
    return p ? p->key : NULL;
}

uint32_t
dstack_key_algorithm(const dstack_key *key)
{
    return key ? key->algorithm : 0;
}

uint32_t
dstack_key_scheme(const dstack_key *key)
{
    return key ? key->scheme : 0;
}

size_t
dstack_key_chain_count(const dstack_key *key)
{
    return key ? key->chain.count : 0;
}

const uint8_t *
dstack_key_chain(const dstack_key *key, size_t index, size_t *len)
{
    return ds_sig_chain_link(key ? &key->chain : NULL, index, len);
}
