/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/key.h"

#include <string.h>

#include "crypto/ed25519.h"
#include "crypto/k1.h"

static int
key_new(
    uint32_t algorithm, uint32_t scheme, dstack_key **ret, dstack_error *err)
{
    dstack_key *key = ds_calloc(1, sizeof *key);

    *ret = key;
    if (key)
        key->secret = ds_secret_alloc(32);
    if (!key || !key->secret || pthread_mutex_init(&key->lock, NULL) != 0) {
        if (key)
            ds_secret_free(key->secret);
        ds_free(key);
        *ret = NULL;
        return ds_fail_nomem(err);
    }
    memset(key->secret, 0, 32);
    key->algorithm = algorithm;
    key->scheme = scheme;
    return DSTACK_OK;
}

void
dstack_key_free(dstack_key *key)
{
    if (!key)
        return;
    pthread_mutex_destroy(&key->lock);
    ds_secret_free(key->secret);
    ds_free(key);
}

static int
check_secret(
    const ds_answer *a, ds_jv secret, dstack_key *key, dstack_error *err)
{
    if (key->algorithm == DSTACK_KEY_ED25519) {
        key->public_len = 32;
        if (!ds_view_is_zero(ds_view_of(key->secret, 32)))
            return DSTACK_OK;
        return ds_answer_fail(
            a, secret, err, "it is all zeros, hence no secret");
    }
    key->public_len = 33;
    if (ds_k1_secret_valid(key->secret))
        return DSTACK_OK;
    return ds_answer_fail(a, secret, err, "it is no secret key of secp256k1");
}

static bool
compute_public(dstack_key *key)
{
    if (key->algorithm == DSTACK_KEY_ED25519)
        return ds_ed25519_public(key->secret, key->public_key);
    return ds_k1_public(key->secret, key->public_key, NULL) == DS_K1_OK;
}

/* False only where the system has no random numbers to blind with. */
static bool
need_public(const dstack_key *key)
{
    dstack_key *k = (dstack_key *)(uintptr_t)key;
    bool has = atomic_load_explicit(&k->has_public, memory_order_acquire);

    if (has)
        return true;
    pthread_mutex_lock(&k->lock);
    has = atomic_load_explicit(&k->has_public, memory_order_relaxed) ||
          compute_public(k);
    atomic_store_explicit(&k->has_public, has, memory_order_release);
    pthread_mutex_unlock(&k->lock);
    return has;
}

/* The public key that the agent tells is the one that belongs to the secret. */
static int
compare_public(const ds_answer *a, const char *name, const dstack_key *key,
    dstack_error *err)
{
    uint8_t told[33];
    ds_jv v;
    int rc = ds_json_need(a->json, 0, name, &v, err);

    if (rc == DSTACK_OK)
        rc = ds_json_hex(a->json, v, told, key->public_len, err);
    if (rc == DSTACK_OK && !need_public(key))
        rc = ds_fail(err, DSTACK_ERR_INTERNAL,
            "%s: no public key could be computed", a->method->name);
    if (rc == DSTACK_OK && memcmp(told, key->public_key, key->public_len) != 0)
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
    if (rc == DSTACK_OK)
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
    memcpy(key->public_key, public_key, 33);
    key->public_len = 33;
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
    bool has = key && need_public(key);

    if (len)
        *len = has ? key->public_len : 0;
    return has ? key->public_key : NULL;
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
