/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/text.h"
#include "rpc.h"

/* What the calls of v0, Tappd and the worker do with the guest. */

static ds_view
buf_view(const ds_buf *b)
{
    return ds_view_of(b->p, b->n);
}

bool
sim_call_version(sim_call *c)
{
    sim_put(
        c->out, "version", ds_view_str(sim_os_name(sim_guest_os(c->guest))));
    sim_put(c->out, "rev", ds_view_str("unknown"));
    return true;
}

/* ---- keys ---------------------------------------------------------------- */

/* The names that an agent takes; empty means `none`, if that is one. */
static bool
algorithm(sim_call *c, int none, bool prehashed, int *ret)
{
    ds_view name = sim_get(c->in, "algorithm");

    *ret = name.n == 0 ? none : -1;
    if (ds_view_eq_str(name, "secp256k1") || ds_view_eq_str(name, "k256"))
        *ret = SIM_ALG_SECP256K1;
    else if (ds_view_eq_str(name, "ed25519"))
        *ret = SIM_ALG_ED25519;
    else if (prehashed && ds_view_eq_str(name, "secp256k1_prehashed"))
        *ret = SIM_ALG_SECP256K1_PREHASHED;
    return *ret >= 0 || sim_refuse(c->err, "Unsupported algorithm");
}

static bool
put_key(sim_call *c, const char *key_name, const char *chain_name)
{
    ds_view path = sim_get(c->in, "path");
    ds_view purpose = sim_get(c->in, "purpose");
    sim_key k;
    int alg;

    if (!algorithm(c, SIM_ALG_SECP256K1, false, &alg))
        return false;
    if (sim_guest_get_key(c->guest, path, purpose, alg, &k, c->err))
        return false;
    sim_put(c->out, key_name, ds_view_of(k.key, sizeof k.key));
    sim_put(c->out, chain_name, ds_view_of(k.link, sizeof k.link));
    sim_put(c->out, chain_name, ds_view_of(k.kms_link, k.kms_link_n));
    sim_key_wipe(&k);
    return true;
}

bool
sim_call_get_key(sim_call *c)
{
    return put_key(c, "key", "signature_chain");
}

bool
sim_call_derive_k256_key(sim_call *c)
{
    return put_key(c, "k256_key", "k256_signature_chain");
}

bool
sim_call_sign(sim_call *c)
{
    ds_view data = sim_get(c->in, "data");
    sim_signature s;
    ds_view bytes;
    int alg;

    if (!algorithm(c, -1, true, &alg) ||
        sim_guest_sign(c->guest, alg, data, &s, c->err))
        return false;
    bytes = ds_view_of(s.signature, sizeof s.signature);
    sim_put(c->out, "signature", bytes);
    sim_put(c->out, "signature_chain", bytes);
    sim_put(c->out, "signature_chain", ds_view_of(s.key.link, SIM_LINK));
    sim_put(c->out, "signature_chain",
        ds_view_of(s.key.kms_link, s.key.kms_link_n));
    sim_put(
        c->out, "public_key", ds_view_of(s.key.public_key, s.key.public_key_n));
    sim_key_wipe(&s.key);
    return true;
}

bool
sim_call_verify(sim_call *c)
{
    bool valid = false;
    int alg;

    if (!algorithm(c, -1, true, &alg) ||
        sim_guest_verify(alg, sim_get(c->in, "data"),
            sim_get(c->in, "signature"), sim_get(c->in, "public_key"), &valid,
            c->err))
        return false;
    sim_put_bool(c->out, "valid", valid);
    return true;
}

/* ---- certificates -------------------------------------------------------- */

static bool
alt_names(sim_call *c, sim_cert_request *r, ds_view **ret)
{
    ds_view list = sim_get(c->in, "alt_names");
    ds_reader reader;
    ds_view name;
    size_t n = 0;

    ds_reader_init(&reader, list);
    while (sim_next(&reader, &name))
        n++;
    *ret = ds_calloc(n, sizeof **ret);
    if (!*ret)
        return sim_no_memory(c->err);
    ds_reader_init(&reader, list);
    for (size_t i = 0; i < n && sim_next(&reader, &name); i++)
        (*ret)[i] = name;
    r->alt_names = *ret;
    r->alt_name_n = n;
    return true;
}

static bool
time_field(const sim_message *m, const char *name, uint64_t *ret)
{
    size_t at = sim_at(m, name);

    if (at == sim_count(m->schema) || !m->v[at].set)
        return false;
    *ret = m->v[at].number;
    return true;
}

static bool
issue(sim_call *c, sim_cert_request *r)
{
    ds_view *names = NULL;
    sim_cert cert;
    bool ok = false;

    memset(&cert, 0, sizeof cert);
    r->subject = sim_get(c->in, "subject");
    r->ra_tls = sim_get_bool(c->in, "usage_ra_tls");
    r->server_auth = sim_get_bool(c->in, "usage_server_auth");
    r->client_auth = sim_get_bool(c->in, "usage_client_auth");
    if (!alt_names(c, r, &names))
        goto out;
    if (sim_guest_issue_cert(c->guest, r, c->now, &cert, c->err))
        goto out;
    sim_put(c->out, "key", buf_view(&cert.key));
    for (size_t i = 0; i < cert.chain_n; i++)
        sim_put(c->out, "certificate_chain", buf_view(&cert.chain[i]));
    ok = true;
out:
    sim_cert_free(&cert);
    ds_free(names);
    return ok;
}

bool
sim_call_get_tls_key(sim_call *c)
{
    sim_cert_request r = {0};

    r.app_info = sim_get_bool(c->in, "with_app_info");
    r.has_not_before = time_field(c->in, "not_before", &r.not_before);
    r.has_not_after = time_field(c->in, "not_after", &r.not_after);
    return issue(c, &r);
}

bool
sim_call_derive_key(sim_call *c)
{
    sim_cert_request r = {0};

    r.derived = !sim_get_bool(c->in, "random_seed");
    r.path = sim_get(c->in, "path");
    return issue(c, &r);
}

/* ---- evidence ------------------------------------------------------------ */

static bool
put_quote(sim_call *c, ds_view report_data)
{
    sim_quote q;

    if (sim_guest_quote(c->guest, report_data, &q, c->err))
        return false;
    sim_put(c->out, "quote", buf_view(&q.quote));
    sim_put(c->out, "event_log", buf_view(&q.event_log));
    /* A Tappd answer has no such fields. */
    sim_put(c->out, "report_data", ds_view_of(q.report_data, 64));
    sim_put(c->out, "vm_config", q.vm_config);
    sim_quote_free(&q);
    return true;
}

bool
sim_call_get_quote(sim_call *c)
{
    return put_quote(c, sim_get(c->in, "report_data"));
}

bool
sim_call_app_key_attestation(sim_call *c)
{
    uint8_t report_data[64];
    int alg;

    return algorithm(c, -1, false, &alg) &&
           sim_guest_app_key_report_data(c->guest, alg, report_data, c->err) ==
               0 &&
           put_quote(c, ds_view_of(report_data, sizeof report_data));
}

bool
sim_call_attest(sim_call *c)
{
    ds_buf out;
    bool ok;

    ds_buf_init(&out, SIM_MAX_ANSWER);
    ok = sim_guest_attest(c->guest, sim_get(c->in, "report_data"),
             SIM_ATTEST_V0, &out, c->err) == 0;
    if (ok)
        sim_put(c->out, "attestation", buf_view(&out));
    ds_buf_free(&out);
    return ok;
}

static bool
tdx_quote(sim_call *c, ds_view alg, ds_view tag)
{
    bool raw = ds_view_eq_str(alg, "raw");
    uint8_t report_data[64];

    if (sim_report_data(
            alg, tag, sim_get(c->in, "report_data"), report_data, c->err) ||
        !put_quote(c, ds_view_of(report_data, sizeof report_data)))
        return false;
    /* What is echoed: only 0.6.0 says the tag that was used. */
    if (tag.n == 0 || sim_guest_os(c->guest) < SIM_OS_0_6_0)
        tag = ds_view_str("app-data");
    sim_put(c->out, "hash_algorithm", alg.n ? alg : ds_view_str("sha512"));
    sim_put(c->out, "prefix", raw ? ds_view_str("") : tag);
    return true;
}

bool
sim_call_tdx_quote(sim_call *c)
{
    return tdx_quote(
        c, sim_get(c->in, "hash_algorithm"), sim_get(c->in, "prefix"));
}

bool
sim_call_raw_quote(sim_call *c)
{
    return tdx_quote(c, ds_view_str("raw"), ds_view_str(""));
}

bool
sim_call_emit_event(sim_call *c)
{
    if (!sim_guest_emits_events(c->guest))
        return sim_refuse(c->err,
            "EmitEvent was removed in dstack 0.6.0; runtime RTMR3 events are "
            "system-owned and cannot be extended by apps");
    return sim_guest_emit_event(c->guest, sim_get(c->in, "event"),
               sim_get(c->in, "payload"), c->err) == 0;
}

/* ---- information --------------------------------------------------------- */

static void
put_hex(sim_message *out, const char *name, ds_view bytes)
{
    char hex[2 * 20 + 1];

    if (bytes.n <= 20) {
        ds_hex_encode(bytes, hex);
        sim_put(out, name, ds_view_str(hex));
    }
}

/* 0.3.6: WorkerInfo; from then on AppInfo. A name that the answer does not
 * have is no mistake: sim_put() passes over it. */
static void
put_info(sim_call *c, const sim_info *i)
{
    bool old = sim_guest_os(c->guest) == SIM_OS_0_3_6;
    bool shown = old || i->public_tcbinfo || !c->external;
    sim_message *out = c->out;

    if (old) {
        put_hex(out, "app_id", i->app_id);
        put_hex(out, "instance_id", i->instance_id);
    } else {
        sim_put(out, "app_id", i->app_id);
        sim_put(out, "instance_id", i->instance_id);
    }
    sim_put(out, "app_cert", buf_view(&i->app_cert));
    sim_put(out, "app_name", i->app_name);
    if (shown) {
        sim_put(out, "tcb_info", buf_view(&i->tcb_info));
        sim_put(out, "vm_config", i->vm_config);
    }
    sim_put_bool(out, "public_logs", i->public_logs);
    sim_put_bool(out, "public_sysinfo", i->public_sysinfo);
    sim_put(out, "device_id", ds_view_of(i->device_id, 32));
    sim_put(out, "mr_aggregated", ds_view_of(i->mr_aggregated, 32));
    sim_put(
        out, "os_image_hash", ds_view_of(i->os_image_hash, i->os_image_hash_n));
    sim_put(out, "key_provider_info", i->key_provider);
    sim_put(out, "compose_hash", ds_view_of(i->compose_hash, 32));
    sim_put(out, "cloud_vendor", i->cloud_vendor);
    sim_put(out, "cloud_product", i->cloud_product);
}

bool
sim_call_info(sim_call *c)
{
    sim_info i;

    if (sim_guest_info(c->guest, c->now, &i, c->err))
        return false;
    put_info(c, &i);
    sim_info_free(&i);
    return true;
}
