/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rpc.h"

/* What the calls of v1 do with the guest. IssueCert is GetTlsKey. */

static ds_view
buf_view(const ds_buf *b)
{
    return ds_view_of(b->p, b->n);
}

bool
sim_call_v1_get_key(sim_call *c)
{
    ds_view name = sim_get(c->in, "algorithm");
    bool k1 = ds_view_eq_str(name, "secp256k1");
    char quoted[40];
    sim_key k;

    if (name.n == 0)
        return sim_refuse(
            c->err, "algorithm is required, use `secp256k1` or `ed25519`");
    if (!k1 && !ds_view_eq_str(name, "ed25519"))
        return sim_refuse(c->err,
            "unsupported algorithm `%s`, use `secp256k1` or `ed25519`",
            ds_err_quote(name, quoted));
    if (sim_guest_get_key_v1(c->guest, sim_get(c->in, "domain"),
            k1 ? SIM_ALG_SECP256K1 : SIM_ALG_ED25519, &k, c->err))
        return false;
    sim_put(c->out, "key", ds_view_of(k.key, sizeof k.key));
    sim_put(c->out, "public_key", ds_view_of(k.public_key, k.public_key_n));
    sim_put(c->out, "signature_chain", ds_view_of(k.link, sizeof k.link));
    sim_put(c->out, "signature_chain", ds_view_of(k.kms_link, k.kms_link_n));
    sim_key_wipe(&k);
    return true;
}

/* ---- evidence ------------------------------------------------------------ */

static void
add_part(ds_buf *list, ds_view part)
{
    for (unsigned shift = 0; shift < 32; shift += 8)
        ds_buf_add_u8(list, (uint8_t)(part.n >> shift));
    ds_buf_add(list, part.p, part.n);
}

static bool
put_bundle(sim_call *c, const char *name, const sim_gpu_bundle *b)
{
    ds_buf element;
    bool ok;

    ds_buf_init(&element, SIM_MAX_ANSWER);
    add_part(&element, ds_view_str(b->vendor));
    add_part(&element, ds_view_str(b->format));
    add_part(&element, buf_view(&b->evidence));
    ok = !element.nomem && !element.bad;
    if (ok)
        sim_put(c->out, name, buf_view(&element));
    ds_buf_free(&element);
    return ok || sim_no_memory(c->err);
}

bool
sim_call_v1_attest(sim_call *c)
{
    sim_gpu_bundle bundle;
    ds_buf out;
    bool ok;

    ds_buf_init(&out, SIM_MAX_ANSWER);
    ok = sim_guest_attest(c->guest, sim_get(c->in, "report_data"),
             SIM_ATTEST_V1, &out, c->err) == 0;
    if (ok)
        sim_put(c->out, "attestation", buf_view(&out));
    ds_buf_free(&out);
    if (!ok || !sim_get_bool(c->in, "include_boottime_gpu_evidence") ||
        sim_guest_gpu_bundles(c->guest) == 0)
        return ok;
    if (sim_guest_gpu_boottime(c->guest, &bundle, c->err))
        return false;
    ok = put_bundle(c, "boottime_gpu_evidence", &bundle);
    sim_gpu_bundle_free(&bundle);
    return ok;
}

bool
sim_call_v1_attest_gpu(sim_call *c)
{
    sim_gpu_bundle bundle;
    bool ok;

    if (sim_guest_gpu_fresh(c->guest, sim_get(c->in, "nonce"), &bundle, c->err))
        return false;
    ok = put_bundle(c, "bundles", &bundle);
    sim_gpu_bundle_free(&bundle);
    return ok;
}

/* ---- information --------------------------------------------------------- */

bool
sim_call_v1_info(sim_call *c)
{
    sim_message *out = c->out;
    sim_info i;

    if (sim_guest_info(c->guest, c->now, &i, c->err))
        return false;
    sim_put(out, "app_id", i.app_id);
    sim_put(out, "app_name", i.app_name);
    sim_put(out, "compose_hash", ds_view_of(i.compose_hash, 32));
    sim_put(out, "instance_id", i.instance_id);
    sim_put(out, "device_id", ds_view_of(i.device_id, 32));
    sim_put(
        out, "os_image_hash", ds_view_of(i.os_image_hash, i.os_image_hash_n));
    sim_put(out, "mr_aggregated", ds_view_of(i.mr_aggregated, 32));
    if (!c->external || i.public_tcbinfo) {
        sim_put(out, "app_compose", i.app_compose);
        sim_put(out, "vm_config", i.vm_config);
        sim_put(out, "key_provider_info", i.key_provider);
    }
    sim_put(out, "cloud_vendor", i.cloud_vendor);
    sim_put(out, "cloud_product", i.cloud_product);
    sim_info_free(&i);
    return true;
}

bool
sim_call_v1_health(sim_call *c)
{
    sim_health h;

    sim_guest_health(c->guest, &h);
    sim_put_bool(c->out, "healthy", h.healthy);
    sim_put(c->out, "error", h.error);
    return true;
}
