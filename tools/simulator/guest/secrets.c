/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "codec/json.h"
#include "codec/pem.h"
#include "crypto/cert.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "crypto/k1.h"
#include "crypto/p256.h"
#include "guest/inner.h"

/* Where the keys come from: a KMS that the seed stands for, a seed of the
 * machine's own, or a file of upstream's simulator (spec 3.1, 3.2). */

static const ds_view nothing = {NULL, 0};

static int
set_app_root(sim_secrets *s, sim_error *err)
{
    switch (ds_k1_public(s->app_k256, s->app_root, NULL)) {
    case DS_K1_OK:
        return 0;
    case DS_K1_NOMEM:
        return sim_fail_nomem(err);
    default:
        return sim_fail(err, SIM_REFUSED, "Failed to parse app k256 key");
    }
}

/* "dstack-kms-issued:" || app id || app root key */
static int
link_digest(const sim_secrets *s, const uint8_t app_id[20], uint8_t digest[32],
    sim_error *err)
{
    uint8_t issued[20 + 33];
    memcpy(issued, app_id, 20);
    memcpy(issued + 20, s->app_root, 33);
    return sim_hash(DS_KECCAK256, ds_view_str("dstack-kms-issued:"),
        ds_view_of(issued, sizeof issued), digest, err);
}

int
sim_kms_issue(sim_secrets *s, const uint8_t app_id[20], sim_error *err)
{
    uint8_t digest[32];
    if (sim_derive(s->kms_k256, ds_view_of(app_id, 20), ds_view_str("app-key"),
            s->app_k256, err) ||
        set_app_root(s, err) || link_digest(s, app_id, digest, err))
        return -1;
    if (ds_k1_public(s->kms_k256, s->kms_root, NULL) != DS_K1_OK ||
        ds_k1_sign(s->kms_k256, digest, s->kms_link) != DS_K1_OK)
        return sim_fail(err, SIM_FAILED, "the KMS's key is out of range");
    s->kms_link_n = sizeof s->kms_link;
    return 0;
}

/* ---- from the seed -------------------------------------------------------------- */

/* SHA-256 of the PKCS#8 form of a P-256 key: upstream's way to an X25519
 * secret. */
int
sim_dh_secret(const uint8_t ikm[32], ds_view context, ds_view more,
    uint8_t out[32], sim_error *err)
{
    uint8_t scalar[32];
    ds_buf der;
    ds_buf_init_secret(&der, 256);
    int ret = sim_derive(ikm, context, more, scalar, err) ||
                      sim_p256_pkcs8(scalar, &der, err) ||
                      sim_hash(DS_SHA256, sim_view(&der), nothing, out, err)
                  ? -1
                  : 0;
    ds_wipe(scalar, sizeof scalar);
    ds_buf_free(&der);
    return ret;
}

static int
from_kms(sim_guest *g, sim_error *err)
{
    sim_secrets *s = g->secrets;
    char hex[41];
    bool old = g->os == SIM_OS_0_3_6;
    ds_view id = ds_view_of(g->app_id, sizeof g->app_id);
    ds_hex_encode(id, hex);
    if (old)
        id = ds_view_str(hex);
    if (sim_seeded(g, "KMS k256 key", s->kms_k256, err) ||
        sim_seeded(g, "KMS CA key", s->kms_ca, err) ||
        sim_kms_issue(s, g->app_id, err) ||
        sim_derive(s->kms_ca, id, ds_view_str(old ? "app-key" : "app-ca"),
            s->app_ca, err) ||
        sim_dh_secret(
            s->kms_ca, id, ds_view_str("env-encrypt-key"), s->env, err))
        return -1;
    s->root = s->env_on = true;
    return 0;
}

/* What the local key provider seals for: this machine's registers. */
static int
local_seed(const sim_guest *g, uint8_t out[32], sim_error *err)
{
    uint8_t all[5 * 48];
    uint8_t sealing[32];
    memcpy(all, g->image.mr_td, 48);
    memcpy(all + 48, g->log.rtmr, SIM_RTMRS);
    int ret = sim_seeded(g, "sealing key", sealing, err) ||
                      sim_hash(DS_SHA256, ds_view_of(sealing, sizeof sealing),
                          ds_view_of(all, sizeof all), out, err)
                  ? -1
                  : 0;
    ds_wipe(sealing, sizeof sealing);
    return ret;
}

static int
from_own_seed(sim_guest *g, sim_error *err)
{
    sim_secrets *s = g->secrets;
    uint8_t seed[32];
    int ret =
        g->provider == SIM_PROVIDER_LOCAL
            ? local_seed(g, seed, err)
            : sim_seeded(g,
                  g->provider == SIM_PROVIDER_TPM ? "TPM seed" : "random seed",
                  seed, err);
    if (!ret)
        ret =
            sim_derive(seed, ds_view_str("app-key"), nothing, s->app_ca, err) ||
                    sim_derive(seed, ds_view_str("app-k256-key"), nothing,
                        s->app_k256, err) ||
                    set_app_root(s, err)
                ? -1
                : 0;
    ds_wipe(seed, sizeof seed);
    return ret;
}

/* ---- from a file ------------------------------------------------------------------ */

static int
file_hex(const ds_json *j, const char *name, bool optional, uint8_t *out,
    size_t n, size_t *got, sim_error *err)
{
    ds_jv v = ds_json_get(j, 0, name);
    dstack_error why;
    ds_view text = nothing;
    *got = 0;
    if (optional &&
        (ds_json_type(j, v) != DS_JSON_STRING ||
            (ds_json_string(j, v, 2 * n, &text, NULL) == DSTACK_OK &&
                text.n == 0)))
        return 0;
    if (ds_json_hex(j, v, out, n, &why) != DSTACK_OK)
        return sim_fail_lib(err, SIM_REFUSED, &why);
    *got = n;
    return 0;
}

static int
file_key(const ds_json *j, ds_jv v, uint8_t scalar[32], sim_error *err)
{
    uint8_t point[65];
    ds_buf text;
    ds_buf der;
    ds_pem pem;
    dstack_error why;
    ds_buf_init_secret(&text, SIM_FILE_MAX);
    ds_buf_init_secret(&der, SIM_FILE_MAX);
    int ret = -1;
    if (ds_json_string_buf(j, v, &text, &why) != DSTACK_OK) {
        sim_fail_lib(err, SIM_REFUSED, &why);
        goto out;
    }
    ds_pem_init(&pem, sim_view(&text));
    int found = ds_pem_next(&pem, "PRIVATE KEY", &der);
    if (sim_check_buf(&der, err))
        goto out;
    if (found != 1 ||
        ds_p256_parse_pkcs8(sim_view(&der), scalar, point) != DSTACK_OK) {
        sim_fail(err, SIM_REFUSED,
            "app keys: the key provider's key is no PKCS#8 P-256 key in PEM");
        goto out;
    }
    ret = 0;

out:
    ds_buf_free(&text);
    ds_buf_free(&der);
    return ret;
}

/* The CA's certificate goes into the chain, its subject into what it signs. */
static int
file_ca(sim_guest *g, const ds_json *j, ds_jv v, sim_error *err)
{
    ds_buf der;
    ds_pem pem;
    ds_cert *cert = NULL;
    dstack_error why;
    ds_buf_init(&der, SIM_FILE_MAX);
    int ret = -1;
    if (ds_json_string_buf(j, v, &g->ca_pem[0], &why) != DSTACK_OK) {
        sim_fail_lib(err, SIM_REFUSED, &why);
        goto out;
    }
    ds_pem_init(&pem, sim_view(&g->ca_pem[0]));
    int found = ds_pem_next(&pem, "CERTIFICATE", &der);
    if (sim_check_buf(&der, err))
        goto out;
    if (found != 1) {
        sim_fail(
            err, SIM_REFUSED, "app keys: ca_cert is no certificate in PEM");
        goto out;
    }
    if (ds_cert_parse(sim_view(&der), &cert, &why) != DSTACK_OK) {
        sim_fail_lib(err, SIM_REFUSED, &why);
        goto out;
    }
    ds_buf_add(&g->ca_name, cert->subject.p, cert->subject.n);
    ds_buf_add(&g->ca_spki, cert->spki.p, cert->spki.n);
    g->ca_n = 1;
    ret = sim_check_buf(&g->ca_name, err) || sim_check_buf(&g->ca_spki, err)
              ? -1
              : 0;

out:
    ds_cert_free(cert);
    ds_buf_free(&der);
    return ret;
}

/* {"None":{"key":...}}, Local, Tpm; of {"Kms":...} the temporary CA signs. */
static int
file_provider(sim_guest *g, const ds_json *j, sim_error *err)
{
    ds_jv provider = ds_json_first(j, ds_json_get(j, 0, "key_provider"));
    bool kms = provider != DS_JSON_NONE && ds_json_name_is(j, provider, "Kms");
    ds_jv key = ds_json_get(j, provider, kms ? "tmp_ca_key" : "key");
    ds_jv cert = kms ? ds_json_get(j, provider, "tmp_ca_cert")
                     : ds_json_get(j, 0, "ca_cert");
    return file_key(j, key, g->secrets->app_ca, err) || file_ca(g, j, cert, err)
               ? -1
               : 0;
}

static int
file_members(sim_guest *g, const ds_json *j, sim_error *err)
{
    sim_secrets *s = g->secrets;
    size_t n;
    if (file_hex(j, "k256_key", false, s->app_k256, 32, &n, err) ||
        file_hex(j, "k256_signature", true, s->kms_link, SIM_LINK,
            &s->kms_link_n, err) ||
        file_hex(j, "env_crypt_key", true, s->env, 32, &n, err))
        return -1;
    s->env_on = n == 32;
    return set_app_root(s, err) || file_provider(g, j, err) ? -1 : 0;
}

static int
from_file(sim_guest *g, ds_view file, sim_error *err)
{
    sim_secrets *s = g->secrets;
    uint8_t digest[32];
    ds_json *j = NULL;
    dstack_error why;
    if (ds_json_parse(file, "app keys", &j, &why) != DSTACK_OK)
        return sim_fail_lib(err, SIM_REFUSED, &why);
    int ret = file_members(g, j, err);
    ds_json_free(j);
    if (ret || !s->kms_link_n)
        return ret;
    /* Whose signature the link is, follows from the app id. */
    if (link_digest(s, g->app_id, digest, err))
        return -1;
    if (ds_k1_recover(digest, ds_view_of(s->kms_link, SIM_LINK), s->kms_root) !=
        DS_K1_OK)
        return sim_fail(
            err, SIM_REFUSED, "app keys: k256_signature is no signature");
    return 0;
}

int
sim_secrets_make(sim_guest *g, ds_view app_keys, sim_error *err)
{
    g->secrets = ds_secret_alloc(sizeof *g->secrets);
    if (!g->secrets)
        return sim_fail_nomem(err);
    memset(g->secrets, 0, sizeof *g->secrets);
    if (app_keys.p)
        return from_file(g, app_keys, err);
    return g->provider == SIM_PROVIDER_KMS ? from_kms(g, err)
                                           : from_own_seed(g, err);
}

int
sim_provider_id(const sim_guest *g, ds_buf *out, sim_error *err)
{
    uint8_t enclave[32];
    switch (g->provider) {
    case SIM_PROVIDER_KMS:
        if (g->secrets->root)
            return sim_p256_spki(g->secrets->kms_ca, out, err);
        ds_buf_add(out, g->ca_spki.p, g->ca_spki.n);
        break;
    case SIM_PROVIDER_LOCAL:
        if (sim_seeded(g, "key provider enclave", enclave, err))
            return -1;
        ds_buf_add(out, enclave, sizeof enclave);
        break;
    case SIM_PROVIDER_TPM:
        return sim_p256_spki(g->secrets->app_ca, out, err);
    default:
        break;
    }
    return sim_check_buf(out, err);
}

/* ---- the environment's key ---------------------------------------------------------- */

int
sim_guest_env_secret(const sim_guest *g, uint8_t ret[32], sim_error *err)
{
    memset(ret, 0, 32);
    if (!g->secrets->env_on)
        return sim_fail(err, SIM_REFUSED, "this guest has no environment key");
    memcpy(ret, g->secrets->env, 32);
    return 0;
}

/* "dstack-env-encrypt-pubkey:" || app id || [time, big-endian ||] key */
static int
sign_env(const sim_guest *g, const sim_env_key *k, const uint64_t *timestamp,
    uint8_t out[SIM_LINK], sim_error *err)
{
    uint8_t digest[32];
    ds_buf b;
    ds_buf_init(&b, 128);
    ds_buf_add(&b, g->app_id, sizeof g->app_id);
    for (unsigned shift = timestamp ? 64 : 0; shift > 0; shift -= 8)
        ds_buf_add_u8(&b, (uint8_t)(*timestamp >> (shift - 8)));
    ds_buf_add(&b, k->public_key, sizeof k->public_key);
    int ret =
        sim_check_buf(&b, err) || sim_hash(DS_KECCAK256,
                                      ds_view_str("dstack-env-encrypt-pubkey:"),
                                      sim_view(&b), digest, err)
            ? -1
            : 0;
    ds_buf_free(&b);
    if (!ret && ds_k1_sign(g->secrets->kms_k256, digest, out) != DS_K1_OK)
        ret = sim_fail(err, SIM_FAILED, "signing failed");
    return ret;
}

int
sim_guest_env_key(
    const sim_guest *g, uint64_t timestamp, sim_env_key *ret, sim_error *err)
{
    memset(ret, 0, sizeof *ret);
    if (!g->secrets->env_on)
        return sim_fail(err, SIM_REFUSED, "this guest has no environment key");
    if (!ds_x25519_public(g->secrets->env, ret->public_key))
        return sim_fail(err, SIM_FAILED, "X25519 failed");
    if (!g->secrets->root)
        return 0;
    if (sign_env(g, ret, NULL, ret->signature, err) ||
        sign_env(g, ret, &timestamp, ret->signature_v1, err)) {
        memset(ret, 0, sizeof *ret);
        return -1;
    }
    ret->signature_n = SIM_LINK;
    return 0;
}
