/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "codec/msgpack.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "guest/inner.h"

/* The certificates of a guest: its CA's, which a KMS or the guest itself
 * makes, and those that the CA issues to the application (spec 3.5). */

#define ARC "1.3.6.1.4.1.62397.1."
#define NOT_BEFORE INT64_C(157766400)    /* 1975-01-01T00:00:00Z */
#define CA_NOT_AFTER INT64_C(2524607999) /* 2049-12-31T23:59:59Z */
#define YEAR (365 * SIM_DAY)

static const ds_view nothing = {NULL, 0};

void
sim_cert_free(sim_cert *c)
{
    ds_buf_free(&c->key);
    for (size_t i = 0; i < SIM_CHAIN_MAX; i++)
        ds_buf_free(&c->chain[i]);
    c->chain_n = 0;
}

/* ---- RA-TLS ------------------------------------------------------------------- */

/* Until 0.5.8 quote and log are extensions of their own, then one attestation.
 * Its report data binds the key: SHA-512("ratls-cert:" || SPKI). */
static int
put_evidence(sim_guest *g, ds_view spki, ds_buf *ext, sim_error *err)
{
    uint8_t report_data[64];
    ds_buf a;
    ds_buf b;
    ds_buf_init(&a, SIM_TEXT_MAX);
    ds_buf_init(&b, SIM_TEXT_MAX);
    int ret =
        sim_hash(DS_SHA512, ds_view_str("ratls-cert:"), spki, report_data, err);
    if (!ret && g->os >= SIM_OS_0_5_11) {
        ret = sim_attest_locked(g, report_data, SIM_ATTEST_V0, true, &a, err);
        sim_ext_custom(ext, ARC "8", sim_view(&a));
    } else if (!ret) {
        ret = sim_quote_locked(g, report_data, &a, err) ||
              sim_log_json(&g->log, g->os, SIM_LOG_FULL, &b, err);
        sim_ext_custom(ext, ARC "1", sim_view(&a));
        sim_ext_custom(ext, ARC "2", sim_view(&b));
    }
    ds_buf_free(&a);
    ds_buf_free(&b);
    return ret ? -1 : sim_check_buf(ext, err);
}

/* .9: a positional array; from 0.6 on with the hashes of init scripts. */
static int
put_app_info(sim_guest *g, ds_buf *ext, sim_error *err)
{
    const sim_compose *c = &g->compose;
    sim_mrs m;
    ds_buf b;
    if (sim_mrs_locked(g, &m, err))
        return -1;
    ds_buf_init(&b, SIM_TEXT_MAX);
    uint8_t device_id[32];
    int ret = sim_hash(DS_SHA256, nothing, nothing, device_id, err);
    ds_mp_put_array(&b, g->os >= SIM_OS_0_6_0 ? 9 : 8);
    ds_mp_put_bytes(&b, ds_view_of(g->app_id, sizeof g->app_id));
    ds_mp_put_bytes(&b, ds_view_of(g->compose_hash, 32));
    ds_mp_put_bytes(&b, ds_view_of(g->instance_id, g->instance_id_n));
    ds_mp_put_bytes(&b, ds_view_of(device_id, sizeof device_id));
    ds_mp_put_bytes(&b, ds_view_of(m.system, sizeof m.system));
    ds_mp_put_bytes(&b, ds_view_of(m.aggregated, sizeof m.aggregated));
    ds_mp_put_bytes(&b, ds_view_of(g->os_image_hash, g->os_image_hash_n));
    ds_mp_put_bytes(&b, sim_view(&g->provider_info));
    if (g->os >= SIM_OS_0_6_0) {
        size_t n = g->recorded ? 0 : c->script_n;
        ds_mp_put_array(&b, n);
        for (size_t i = 0; i < n; i++)
            ds_mp_put_bytes(&b, ds_view_of(c->script_hash[i], 32));
    }
    sim_ext_custom(ext, ARC "9", sim_view(&b));
    if (!ret)
        ret = sim_check_buf(&b, err);
    ds_buf_free(&b);
    return ret;
}

/* ---- CAs ------------------------------------------------------------------------ */

/* A CA's certificate of a key, as PEM; evidence makes it an RA-TLS one. */
typedef struct {
    const char *org;
    ds_view cn;
    const uint8_t *key;
    ds_view issuer; /* Name; empty: self-signed */
    const uint8_t *signer;
    int path_len;
    bool app; /* with app id and usage app:ca */
    bool evidence;
} ca_plan;

static int
put_ca_extensions(
    sim_guest *g, const ca_plan *p, ds_view spki, ds_buf *ext, sim_error *err)
{
    if (g->os > SIM_OS_0_3_6)
        sim_ext_key_usage(ext, true);
    sim_ext_ca(ext, p->path_len, spki);
    if (p->app) {
        sim_ext_custom(ext, ARC "3", ds_view_of(g->app_id, sizeof g->app_id));
        sim_ext_custom(ext, ARC "4", ds_view_str("app:ca"));
    }
    return p->evidence ? put_evidence(g, spki, ext, err)
                       : sim_check_buf(ext, err);
}

static int
make_ca(
    sim_guest *g, const ca_plan *p, ds_buf *name, ds_buf *pem, sim_error *err)
{
    ds_buf spki;
    ds_buf ext;
    ds_buf der;
    ds_buf_init(&spki, 256);
    ds_buf_init(&ext, SIM_TEXT_MAX);
    ds_buf_init(&der, SIM_TEXT_MAX);
    sim_cert_name(name, p->org, p->cn);
    int ret = sim_check_buf(name, err) || sim_p256_spki(p->key, &spki, err) ||
                      put_ca_extensions(g, p, sim_view(&spki), &ext, err)
                  ? -1
                  : 0;
    if (!ret) {
        sim_plan plan = {.subject = sim_view(name),
            .issuer = p->issuer.n ? p->issuer : sim_view(name),
            .signer = p->signer,
            .spki = sim_view(&spki),
            .not_before = NOT_BEFORE,
            .not_after = CA_NOT_AFTER,
            .extensions = sim_view(&ext)};
        ret = sim_cert_sign(&plan, &der, err);
    }
    if (!ret) {
        forge_pem(sim_view(&der), "CERTIFICATE", false, pem);
        ret = sim_check_buf(pem, err);
    }
    ds_buf_free(&spki);
    ds_buf_free(&ext);
    ds_buf_free(&der);
    return ret;
}

static int
make_root(sim_guest *g, ds_buf *name, ds_buf *pem, sim_error *err)
{
    ca_plan p = {.org = "Dstack",
        .cn = ds_view_str("Dstack KMS CA"),
        .key = g->secrets->kms_ca,
        .signer = g->secrets->kms_ca,
        .path_len = 1};
    return make_ca(g, &p, name, pem, err);
}

/* The KMS certifies the app's CA; in 0.3 with evidence and by its id. */
static int
make_kms_chain(sim_guest *g, sim_error *err)
{
    char id[41];
    ds_buf root;
    ds_buf_init(&root, 256);
    ds_hex_encode(ds_view_of(g->app_id, sizeof g->app_id), id);
    int ret = make_root(g, &root, &g->ca_pem[1], err);
    if (!ret) {
        bool old = g->os == SIM_OS_0_3_6;
        ca_plan p = {.org = old ? NULL : "Dstack",
            .cn = ds_view_str(old ? id : "Dstack App CA"),
            .key = g->secrets->app_ca,
            .issuer = sim_view(&root),
            .signer = g->secrets->kms_ca,
            .path_len = old ? 1 : 0,
            .app = !old,
            .evidence = old};
        ret = make_ca(g, &p, &g->ca_name, &g->ca_pem[0], err);
        g->ca_n = old ? 1 : 2;
    }
    ds_buf_free(&root);
    return ret;
}

int
sim_ca_locked(sim_guest *g, sim_error *err)
{
    if (g->ca_n) /* that of an app-keys file */
        return 0;
    if (g->secrets->root)
        return make_kms_chain(g, err);
    ca_plan p = {.cn = ds_view_str("App Root Cert"),
        .key = g->secrets->app_ca,
        .signer = g->secrets->app_ca,
        .path_len = 1,
        .evidence = true};
    g->ca_n = 1;
    return make_ca(g, &p, &g->ca_name, &g->ca_pem[0], err);
}

int
sim_ca_hash(sim_guest *g, uint8_t out[32], sim_error *err)
{
    ds_buf name;
    ds_buf pem;
    ds_buf_init(&name, 256);
    ds_buf_init(&pem, SIM_TEXT_MAX);
    int ret = g->secrets->root ? make_root(g, &name, &pem, err) : 0;
    if (!ret)
        ret = sim_hash(DS_SHA256, sim_view(&pem), nothing, out, err);
    ds_buf_free(&name);
    ds_buf_free(&pem);
    return ret;
}

/* ---- leaves --------------------------------------------------------------------- */

static int
put_leaf_extensions(sim_guest *g, const sim_cert_request *r, ds_view spki,
    ds_buf *ext, sim_error *err)
{
    bool old = g->os == SIM_OS_0_3_6;
    if (sim_ext_alt_names(ext, g->os, r->alt_names, r->alt_name_n, err))
        return -1;
    if (old)
        return sim_check_buf(ext, err);
    sim_ext_key_usage(ext, false);
    sim_ext_extended_usage(ext, r->server_auth, r->client_auth);
    if (g->secrets->root)
        sim_ext_custom(ext, ARC "3", ds_view_of(g->app_id, sizeof g->app_id));
    if (r->app_info && put_app_info(g, ext, err))
        return -1;
    sim_ext_custom(ext, ARC "4", ds_view_str("app:custom"));
    return r->ra_tls ? put_evidence(g, spki, ext, err)
                     : sim_check_buf(ext, err);
}

static int
validity(const sim_guest *g, const sim_cert_request *r, int64_t now,
    sim_plan *plan, sim_error *err)
{
    int64_t years = g->os == SIM_OS_0_3_6 ? 1 : 10;
    if ((r->has_not_before && r->not_before > DS_TIME_MAX) ||
        (r->has_not_after && r->not_after > DS_TIME_MAX))
        return sim_fail(err, SIM_REFUSED,
            "Failed to sign the CSR: a time is beyond the year 9999");
    if (g->os >= SIM_OS_0_6_0 && r->has_not_before && r->has_not_after &&
        r->not_before >= r->not_after)
        return sim_fail(
            err, SIM_REFUSED, "not_before must be earlier than not_after");
    plan->not_before = r->has_not_before ? (int64_t)r->not_before : NOT_BEFORE;
    plan->not_after =
        r->has_not_after ? (int64_t)r->not_after : now + years * YEAR;
    return 0;
}

static int
make_leaf(sim_guest *g, const sim_cert_request *r, int64_t now, ds_view spki,
    ds_buf *pem, sim_error *err)
{
    ds_buf name;
    ds_buf ext;
    ds_buf der;
    sim_plan plan = {.issuer = sim_view(&g->ca_name),
        .signer = g->secrets->app_ca,
        .spki = spki};
    ds_buf_init(&name, SIM_TEXT_MAX);
    ds_buf_init(&ext, SIM_TEXT_MAX);
    ds_buf_init(&der, SIM_TEXT_MAX);
    sim_cert_name(&name, NULL, r->subject);
    int ret = sim_check_buf(&name, err) || validity(g, r, now, &plan, err) ||
                      put_leaf_extensions(g, r, spki, &ext, err)
                  ? -1
                  : 0;
    plan.subject = sim_view(&name);
    plan.extensions = sim_view(&ext);
    if (!ret)
        ret = sim_cert_sign(&plan, &der, err);
    if (!ret) {
        forge_pem(sim_view(&der), "CERTIFICATE", false, pem);
        ret = sim_check_buf(pem, err);
    }
    ds_buf_free(&name);
    ds_buf_free(&ext);
    ds_buf_free(&der);
    return ret;
}

/* Random, or HKDF over the app's root key (in 0.3 its CA's) and the path. */
static int
choose_key(const sim_guest *g, const sim_cert_request *r, uint8_t scalar[32],
    sim_error *err)
{
    if (r->derived)
        return sim_derive(
            g->os == SIM_OS_0_3_6 ? g->secrets->app_ca : g->secrets->app_k256,
            r->path, nothing, scalar, err);
    if (ds_random(scalar, 32))
        return 0;
    return sim_fail(err, SIM_FAILED, "Failed to generate secure seed");
}

static void
begin(sim_cert *c)
{
    memset(c, 0, sizeof *c);
    ds_buf_init_secret(&c->key, SIM_TEXT_MAX);
    for (size_t i = 0; i < SIM_CHAIN_MAX; i++)
        ds_buf_init(&c->chain[i], SIM_TEXT_MAX);
}

/* The lock is held. */
static int
issue(sim_guest *g, const sim_cert_request *r, int64_t now,
    const uint8_t scalar[32], sim_cert *c, sim_error *err)
{
    ds_buf spki;
    ds_buf der;
    ds_buf_init(&spki, 256);
    ds_buf_init_secret(&der, 256);
    int ret = -1;
    if (sim_p256_spki(scalar, &spki, err) ||
        sim_p256_pkcs8(scalar, &der, err) ||
        make_leaf(g, r, now, sim_view(&spki), &c->chain[0], err))
        goto out;
    forge_pem(sim_view(&der), "PRIVATE KEY", false, &c->key);
    c->chain_n = 1 + g->ca_n;
    for (size_t i = 0; i < g->ca_n; i++)
        ds_buf_add(&c->chain[1 + i], g->ca_pem[i].p, g->ca_pem[i].n);
    for (size_t i = 0; i < c->chain_n; i++)
        if (sim_check_buf(&c->chain[i], err))
            goto out;
    ret = sim_check_buf(&c->key, err);

out:
    ds_buf_free(&spki);
    ds_buf_free(&der);
    return ret;
}

int
sim_guest_issue_cert(sim_guest *g, const sim_cert_request *request, int64_t now,
    sim_cert *ret, sim_error *err)
{
    uint8_t scalar[32];
    begin(ret);
    int failed = choose_key(g, request, scalar, err);
    if (!failed) {
        pthread_mutex_lock(&g->lock);
        failed = issue(g, request, now, scalar, ret, err);
        pthread_mutex_unlock(&g->lock);
    }
    ds_wipe(scalar, sizeof scalar);
    if (failed)
        sim_cert_free(ret);
    return failed ? -1 : 0;
}

/* In 0.3 the CA's own, which carries the evidence; later one of its own
 * making, "demo-cert". */
int
sim_app_cert_locked(sim_guest *g, int64_t now, sim_error *err)
{
    sim_cert_request r = {.subject = ds_view_str("demo-cert"),
        .client_auth = true,
        .ra_tls = true};
    uint8_t scalar[32];
    sim_cert c;
    if (g->app_cert.n)
        return 0;
    if (g->os == SIM_OS_0_3_6) {
        ds_buf_add(&g->app_cert, g->ca_pem[0].p, g->ca_pem[0].n);
        return sim_check_buf(&g->app_cert, err);
    }
    begin(&c);
    int ret = sim_seeded(g, "demonstration key", scalar, err) ||
                      issue(g, &r, now, scalar, &c, err)
                  ? -1
                  : 0;
    for (size_t i = 0; !ret && i < c.chain_n; i++) {
        if (i)
            ds_buf_add_u8(&g->app_cert, '\n');
        ds_buf_add(&g->app_cert, c.chain[i].p, c.chain[i].n);
    }
    if (!ret)
        ret = sim_check_buf(&g->app_cert, err);
    ds_wipe(scalar, sizeof scalar);
    sim_cert_free(&c);
    return ret;
}
