/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "crypto/hash.h"
#include "guest/inner.h"

/* GPU evidence in the two forms that an agent hands out. No GPU was asked, and
 * every text says so: it serves to try transport and binding, not to pass for
 * the real thing. */

#define SYNTHETIC "synthetic: made by dstack-simulator, signed by nobody"
#define NONCE_SIZE 32u

static int
device_ueid(const sim_guest *g, uint32_t device, char out[40], sim_error *err)
{
    char label[32];
    uint8_t digest[32];
    snprintf(label, sizeof label, "gpu %" PRIu32, device);
    if (sim_seeded(g, label, digest, err))
        return -1;
    snprintf(out, 40, "%" PRIu64 "%06" PRIu32, ds_le64(digest),
        ds_le32(digest + 8) % 1000000u);
    return 0;
}

static void
write_claims(ds_jw *w, const char *nonce, const char *ueid)
{
    ds_jw_object(w, NULL);
    ds_jw_text(w, "dbgstat", "disabled");
    ds_jw_text(w, "eat_nonce", nonce);
    ds_jw_text(w, "hwmodel", "SIMULATED GPU");
    ds_jw_text(w, "measres", "success");
    ds_jw_text(w, "oemid", "0");
    ds_jw_bool(w, "secboot", true);
    ds_jw_text(w, "ueid", ueid);
    ds_jw_text(w, "x-nvidia-device-type", "gpu");
    ds_jw_bool(w, "x-nvidia-gpu-attestation-report-nonce-match", true);
    ds_jw_text(w, "x-nvidia-gpu-claims-version", "3.0");
    ds_jw_text(w, "x-nvidia-gpu-driver-version", "0");
    ds_jw_text(w, "x-nvidia-gpu-vbios-version", "0");
    ds_jw_end(w);
}

/* What the boot's attestation would have printed, with its last newline. */
static int
write_record(sim_guest *g, sim_error *err)
{
    char ueid[40];
    char nonce[2 * NONCE_SIZE + 1];
    uint8_t digest[32];
    ds_jw w;
    if (sim_seeded(g, "gpu boot nonce", digest, err))
        return -1;
    ds_hex_encode(ds_view_of(digest, sizeof digest), nonce);
    ds_jw_init(&w, SIM_TEXT_MAX);
    ds_jw_object(&w, NULL);
    ds_jw_array(&w, "claims");
    for (uint32_t i = 0; i < g->gpus; i++) {
        if (device_ueid(g, i, ueid, err)) {
            ds_jw_free(&w);
            return -1;
        }
        write_claims(&w, nonce, ueid);
    }
    ds_jw_end(&w);
    ds_jw_array(&w, "detached_eat");
    ds_jw_end(&w);
    ds_jw_int(&w, "result_code", 0);
    ds_jw_text(&w, "result_message", SYNTHETIC);
    ds_jw_end(&w);
    if (sim_jw_done(&w, &g->gpu_record, err))
        return -1;
    ds_buf_add_u8(&g->gpu_record, '\n');
    return sim_check_buf(&g->gpu_record, err);
}

/* The record, and the measured event that binds it. */
int
sim_gpu_boot(sim_guest *g, ds_buf *event, sim_error *err)
{
    uint8_t digest[32];
    ds_jw w;
    if (write_record(g, err) || sim_hash(DS_SHA256, sim_view(&g->gpu_record),
                                    ds_view_of(NULL, 0), digest, err))
        return -1;
    ds_jw_init(&w, SIM_TEXT_MAX);
    ds_jw_object(&w, NULL);
    ds_jw_int(&w, "version", 2);
    ds_jw_text(&w, "provider", "nvidia");
    ds_jw_int(&w, "devices", g->gpus);
    ds_jw_text(&w, "cc_mode", "on");
    ds_jw_bool(&w, "devtools", false);
    ds_jw_hex(&w, "evidence_sha256", ds_view_of(digest, sizeof digest));
    ds_jw_end(&w);
    return sim_jw_done(&w, event, err);
}

void
sim_gpu_bundle_free(sim_gpu_bundle *b)
{
    ds_buf_free(&b->evidence);
}

size_t
sim_guest_gpu_bundles(const sim_guest *g)
{
    return g->gpu_record.n ? 1 : 0;
}

static int
begin(const sim_guest *g, const char *format, sim_gpu_bundle *b, sim_error *err)
{
    memset(b, 0, sizeof *b);
    ds_buf_init(&b->evidence, SIM_TEXT_MAX);
    b->vendor = "nvidia";
    b->format = format;
    return g->gpu_record.n
               ? 0
               : sim_fail(err, SIM_REFUSED, "this guest has no GPU");
}

/* Nothing is left of a bundle that could not be made. */
static int
finish(sim_gpu_bundle *b, int failed)
{
    if (failed)
        sim_gpu_bundle_free(b);
    return failed ? -1 : 0;
}

int
sim_guest_gpu_boottime(const sim_guest *g, sim_gpu_bundle *ret, sim_error *err)
{
    if (begin(g, "nvidia-nvattest-boottime-json-v1", ret, err))
        return -1;
    ds_buf_add(&ret->evidence, g->gpu_record.p, g->gpu_record.n);
    return finish(ret, sim_check_buf(&ret->evidence, err));
}

/* A report: the request that a verifier's nonce lies in, at offset 4, and then
 * text where the GPU's answer would be. */
static void
write_report(ds_jw *w, const char *member, ds_view nonce)
{
    static const uint8_t request[4] = {0x11, 0xe0, 0x01, 0xff};
    ds_buf report;
    ds_buf text;
    ds_buf_init(&report, 1024);
    ds_buf_init(&text, 2048);
    ds_buf_add(&report, request, sizeof request);
    ds_buf_add(&report, nonce.p, nonce.n);
    ds_buf_add_u8(&report, 0);
    ds_buf_add_str(&report, SYNTHETIC);
    ds_base64_encode(sim_view(&report), &text);
    w->nomem |= report.nomem || text.nomem;
    ds_jw_text_view(w, member, sim_view(&text));
    ds_buf_free(&report);
    ds_buf_free(&text);
}

int
sim_guest_gpu_fresh(
    const sim_guest *g, ds_view nonce, sim_gpu_bundle *ret, sim_error *err)
{
    ds_jw w;
    if (begin(g, "nvidia-nvattest-collect-evidence-json-v1", ret, err))
        return -1;
    if (nonce.n != NONCE_SIZE)
        return sim_fail(
            err, SIM_REFUSED, "nonce must be exactly %u bytes", NONCE_SIZE);
    ds_jw_init(&w, SIM_TEXT_MAX);
    ds_jw_array(&w, NULL);
    for (uint32_t i = 0; i < g->gpus; i++) {
        ds_jw_object(&w, NULL);
        ds_jw_text(&w, "arch", "SIMULATED");
        ds_jw_text(&w, "certificate", "");
        write_report(&w, "evidence", nonce);
        ds_jw_text(&w, "note", SYNTHETIC);
        ds_jw_end(&w);
    }
    ds_jw_end(&w);
    return finish(ret, sim_jw_done(&w, &ret->evidence, err));
}
