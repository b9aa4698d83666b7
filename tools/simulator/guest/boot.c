/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "crypto/hash.h"
#include "guest/inner.h"
#include "workload/image.h"

/* Who the guest is, how its machine was started, and what it measured until
 * it was ready. */

static const ds_view nothing = {NULL, 0};

static int
read_id(const char *hex, uint8_t out[20], const char *what, sim_error *err)
{
    if (ds_hex_decode(ds_view_str(hex), out, 20))
        return 0;
    return sim_fail(err, SIM_REFUSED, "%s: 40 hex digits are expected", what);
}

static int
set_app_id(sim_guest *g, const char *own, sim_error *err)
{
    memcpy(g->app_id, g->compose_hash, sizeof g->app_id);
    if (!own || !*own)
        return 0;
    if (g->provider != SIM_PROVIDER_KMS)
        return sim_fail(err, SIM_REFUSED,
            "an app id of its own needs a KMS; without one it is the compose "
            "hash's first 20 bytes");
    return read_id(own, g->app_id, "app id", err);
}

/* SHA-256(seed || app id), cut to 20 bytes. */
static int
set_instance_id(sim_guest *g, const char *own, sim_error *err)
{
    uint8_t both[40];
    uint8_t digest[32];
    bool none = own ? !*own : g->compose.no_instance_id;
    if (none)
        return 0;
    g->instance_id_n = sizeof g->instance_id;
    if (own)
        return read_id(own, g->instance_id, "instance id", err);
    if (sim_seeded(g, "instance seed", digest, err))
        return -1;
    memcpy(both, digest, 20);
    memcpy(both + 20, g->app_id, 20);
    if (sim_hash(
            DS_SHA256, ds_view_of(both, sizeof both), nothing, digest, err))
        return -1;
    memcpy(g->instance_id, digest, sizeof g->instance_id);
    return 0;
}

/* ---- MRCONFIGID --------------------------------------------------------------- */

static const char *
provider_word(int provider)
{
    return provider == SIM_PROVIDER_KMS     ? "kms"
           : provider == SIM_PROVIDER_LOCAL ? "local"
           : provider == SIM_PROVIDER_TPM   ? "tpm"
                                            : "none";
}

/* 02 || Keccak-256(compose hash || app id || kind || provider's id) */
static int
config_v2(sim_guest *g, sim_error *err)
{
    static const struct {
        int provider;
        uint8_t kind;
    } kinds[] = {
        {SIM_PROVIDER_LOCAL, 1}, {SIM_PROVIDER_KMS, 2}, {SIM_PROVIDER_TPM, 3}};
    uint8_t kind = 0;
    ds_buf b;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].provider == g->provider)
            kind = kinds[i].kind;
    ds_buf_init(&b, SIM_TEXT_MAX);
    ds_buf_add(&b, g->compose_hash, sizeof g->compose_hash);
    ds_buf_add(&b, g->app_id, sizeof g->app_id);
    ds_buf_add_u8(&b, kind);
    ds_buf_add(&b, g->compose.provider_id.p, g->compose.provider_id.n);
    g->mr_config_id[0] = 2;
    int ret = sim_check_buf(&b, err) || sim_hash(DS_KECCAK256, sim_view(&b),
                                            nothing, g->mr_config_id + 1, err)
                  ? -1
                  : 0;
    ds_buf_free(&b);
    return ret;
}

/* The document, its members in RFC 8785's order. */
static int
write_document(const sim_guest *g, ds_buf *out, sim_error *err)
{
    const sim_compose *c = &g->compose;
    ds_jw w;
    ds_jw_init(&w, SIM_TEXT_MAX);
    ds_jw_object(&w, NULL);
    ds_jw_hex(&w, "app_id", ds_view_of(g->app_id, 20));
    ds_jw_hex(&w, "compose_hash", ds_view_of(g->compose_hash, 32));
    if (g->gpus)
        ds_jw_hex(&w, "gpu_policy_hash", ds_view_of(c->gpu_policy_hash, 32));
    if (c->manifest_version >= 3) {
        ds_jw_array(&w, "init_script_hashes");
        for (size_t i = 0; i < c->script_n; i++)
            ds_jw_hex(&w, NULL, ds_view_of(c->script_hash[i], 32));
        ds_jw_end(&w);
    }
    if (g->instance_id_n)
        ds_jw_hex(&w, "instance_id", ds_view_of(g->instance_id, 20));
    ds_jw_text(&w, "key_provider", provider_word(g->provider));
    ds_jw_hex(&w, "key_provider_id", sim_view(&c->provider_id));
    ds_jw_int(&w, "version", 3);
    ds_jw_end(&w);
    return sim_jw_done(&w, out, err);
}

/* 03 || SHA-256("dstack-mr-config-v3:" || 00 || document) */
static int
config_v3(sim_guest *g, sim_error *err)
{
    static const char tag[] = "dstack-mr-config-v3:";
    g->mr_config_id[0] = 3;
    if (write_document(g, &g->mr_config, err) ||
        sim_hash(DS_SHA256, ds_view_of(tag, sizeof tag),
            sim_view(&g->mr_config), g->mr_config_id + 1, err))
        return -1;
    return 0;
}

/* Version 1 binds the compose hash; a file that pins its key provider gets
 * version 2, from 0.6 on version 3. */
static int
set_mr_config_id(sim_guest *g, sim_error *err)
{
    if (g->os == SIM_OS_0_3_6)
        return 0;
    if (g->compose.provider_id.n)
        return g->os >= SIM_OS_0_6_0 ? config_v3(g, err) : config_v2(g, err);
    g->mr_config_id[0] = 1;
    memcpy(g->mr_config_id + 1, g->compose_hash, 32);
    return 0;
}

/* ---- vm_config ---------------------------------------------------------------- */

static int
put_file(ds_jw *w, const char *name, const ds_buf *file, sim_error *err)
{
    ds_buf text;
    ds_buf_init(&text, SIM_TEXT_MAX);
    ds_base64_encode(sim_view(file), &text);
    int ret = sim_check_buf(file, err) || sim_check_buf(&text, err) ? -1 : 0;
    if (!ret)
        ds_jw_text_view(w, name, sim_view(&text));
    ds_buf_free(&text);
    return ret;
}

/* What a verifier can judge the image by without having it. */
static int
put_measurement(ds_jw *w, const sim_guest *g, sim_error *err)
{
    ds_buf manifest;
    ds_buf document;
    ds_buf_init(&manifest, SIM_TEXT_MAX);
    ds_buf_init(&document, SIM_TEXT_MAX);
    sim_image_document(&g->image, &document);
    ds_jw_object(w, "tdx_measurement");
    int ret = sim_image_manifest(g->os, &g->image, &manifest, err) ||
                      put_file(w, "checksum_file", &manifest, err) ||
                      put_file(w, "measurement", &document, err)
                  ? -1
                  : 0;
    ds_jw_end(w);
    ds_buf_free(&manifest);
    ds_buf_free(&document);
    return ret;
}

/* Of 0.6. The document holds for machines with enough memory only. */
static int
put_image(ds_jw *w, const sim_guest *g, uint64_t memory, sim_error *err)
{
    bool lite = ds_image_lite_memory(memory);
    ds_jw_text(w, "host_share_mode", "9p");
    ds_jw_text(w, "ovmf_variant", "pre202505");
    ds_jw_text(w, "tdx_attestation_variant", lite ? "lite" : "legacy");
    return lite ? put_measurement(w, g, err) : 0;
}

static int
write_vm_config(sim_guest *g, const sim_config *c, sim_error *err)
{
    char image[40];
    ds_jw w;
    snprintf(image, sizeof image, "dstack-simulator-%s", sim_os_name(g->os));
    ds_jw_init(&w, SIM_TEXT_MAX);
    ds_jw_object(&w, NULL);
    ds_jw_int(&w, "spec_version", 1);
    ds_jw_hex(&w, "os_image_hash", ds_view_of(g->os_image_hash, 32));
    ds_jw_int(&w, "cpu_count", c->cpus);
    ds_jw_int(&w, "memory_size", (int64_t)c->memory);
    ds_jw_text(&w, "qemu_version", "9.1.0");
    ds_jw_int(&w, "pci_hole64_size", 0);
    ds_jw_bool(&w, "hugepages", false);
    ds_jw_int(&w, "num_gpus", g->gpus);
    ds_jw_int(&w, "num_nvswitches", 0);
    ds_jw_bool(&w, "hotplug_off", false);
    ds_jw_text(&w, "image", image);
    if (g->os >= SIM_OS_0_6_0 && put_image(&w, g, c->memory, err)) {
        ds_jw_free(&w);
        return -1;
    }
    if (g->mr_config.n)
        ds_jw_text_view(&w, "mr_config", sim_view(&g->mr_config));
    ds_jw_end(&w);
    return sim_jw_done(&w, &g->vm_config, err);
}

/* ---- events ------------------------------------------------------------------- */

static int
emit(sim_guest *g, const char *name, const void *p, size_t n, sim_error *err)
{
    return sim_log_runtime(
        &g->log, g->compose.event_log_version, name, ds_view_of(p, n), err);
}

static int
emit_gpu(sim_guest *g, sim_error *err)
{
    ds_buf event;
    if (emit(g, "gpu-policy-hash", g->compose.gpu_policy_hash, 32, err))
        return -1;
    if (!g->gpus)
        return 0;
    ds_buf_init(&event, SIM_TEXT_MAX);
    int ret = sim_gpu_boot(g, &event, err) ||
                      emit(g, "gpu-attestation", event.p, event.n, err)
                  ? -1
                  : 0;
    ds_buf_free(&event);
    return ret;
}

/* Up to boot-mr-done, the register that a KMS judges. */
static int
emit_boot(sim_guest *g, sim_error *err)
{
    if (emit(g, "system-preparing", NULL, 0, err) ||
        emit(g, "app-id", g->app_id, 20, err) ||
        emit(g, "compose-hash", g->compose_hash, 32, err))
        return -1;
    if (g->os >= SIM_OS_0_6_0) {
        for (size_t i = 0; i < g->compose.script_n; i++)
            if (emit(g, "init-script-hash", g->compose.script_hash[i], 32, err))
                return -1;
        if (emit_gpu(g, err))
            return -1;
    }
    if (emit(g, "instance-id", g->instance_id, g->instance_id_n, err) ||
        emit(g, "boot-mr-done", NULL, 0, err))
        return -1;
    return 0;
}

static int
emit_ready(sim_guest *g, sim_error *err)
{
    if (g->provider == SIM_PROVIDER_KMS &&
        emit(g, "os-image-hash", g->os_image_hash, 32, err))
        return -1;
    if (emit(g, "key-provider", g->provider_info.p, g->provider_info.n, err) ||
        emit(g, "storage-fs", g->compose.storage_fs.p, g->compose.storage_fs.n,
            err) ||
        emit(g, "system-ready", NULL, 0, err))
        return -1;
    return 0;
}

/* 0.3 measured five values, and then came the application. */
static int
emit_0_3(sim_guest *g, sim_error *err)
{
    uint8_t ca[32];
    if (sim_ca_hash(g, ca, err) ||
        emit(g, "rootfs-hash", g->image.rootfs_hash, 32, err) ||
        emit(g, "app-id", g->app_id, 20, err) ||
        emit(g, "compose-hash", g->compose_hash, 32, err) ||
        emit(g, "ca-cert-hash", ca, 32, err) ||
        emit(g, "instance-id", g->instance_id, g->instance_id_n, err))
        return -1;
    return 0;
}

/* {"name":"kms","id":"<hex>"} */
static int
set_provider_info(sim_guest *g, sim_error *err)
{
    ds_buf id;
    ds_jw w;
    ds_buf_init(&id, SIM_TEXT_MAX);
    if (g->compose.provider_id.n)
        ds_buf_add(&id, g->compose.provider_id.p, g->compose.provider_id.n);
    else if (sim_provider_id(g, &id, err)) {
        ds_buf_free(&id);
        return -1;
    }
    ds_jw_init(&w, SIM_TEXT_MAX);
    ds_jw_object(&w, NULL);
    ds_jw_text(&w, "name",
        g->provider == SIM_PROVIDER_LOCAL ? "local-sgx"
                                          : provider_word(g->provider));
    ds_jw_hex(&w, "id", sim_view(&id));
    ds_jw_end(&w);
    int ret = sim_check_buf(&id, err);
    ds_buf_free(&id);
    if (ret) {
        ds_jw_free(&w);
        return ret;
    }
    return sim_jw_done(&w, &g->provider_info, err);
}

static int
set_identity(sim_guest *g, const sim_config *c, sim_error *err)
{
    if (c->image)
        g->image = *c->image;
    else if (sim_image_of(c, &g->image, err))
        return -1;
    if (sim_image_hash(g->os, &g->image, g->os_image_hash, err))
        return -1;
    memcpy(g->compose_hash, g->compose.hash, sizeof g->compose_hash);
    g->os_image_hash_n = sizeof g->os_image_hash;
    return set_app_id(g, c->app_id, err) ||
                   set_instance_id(g, c->instance_id, err)
               ? -1
               : 0;
}

int
sim_boot(sim_guest *g, const sim_config *c, sim_error *err)
{
    if (set_identity(g, c, err) || set_mr_config_id(g, err) ||
        sim_firmware_log(g->os, &g->image, &g->log, err))
        return -1;
    sim_platform_set_td(&g->platform, g->image.mr_td, g->mr_config_id);
    if (g->os == SIM_OS_0_3_6)
        return sim_secrets_make(g, c->app_keys, err) || emit_0_3(g, err) ? -1
                                                                         : 0;
    /* A local key provider looks at the registers as they are then. */
    return emit_boot(g, err) || sim_secrets_make(g, c->app_keys, err) ||
                   set_provider_info(g, err) || emit_ready(g, err) ||
                   write_vm_config(g, c, err)
               ? -1
               : 0;
}
