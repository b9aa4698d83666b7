/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_GUEST_INNER_H
#define SIM_GUEST_INNER_H

#include <pthread.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "codec/json_write.h"
#include "forge/forge.h"
#include "guest/guest.h"
#include "workload/attestation.h"

/* What the guest's own files share. */

#define SIM_TEXT_MAX ((size_t)16 << 20)
#define SIM_FILE_MAX ((size_t)1 << 20)
#define SIM_SCRIPTS_MAX 5
#define SIM_RTMRS ((size_t)4 * 48) /* bytes of all four */
#define SIM_DAY INT64_C(86400)

#define SIM_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Fill *err and return -1. */
int
sim_fail(sim_error *err, int code, const char *format, ...) SIM_PRINTF(3, 4);
int
sim_fail_nomem(sim_error *err);
/* The library's own error, as it words it. */
int
sim_fail_lib(sim_error *err, int code, const dstack_error *e);
/* -1 with an error when the buffer is bad. */
int
sim_check_buf(const ds_buf *b, sim_error *err);

static inline ds_view
sim_view(const ds_buf *b)
{
    return ds_view_of(b->p, b->n);
}

/* The JSON that was written, appended; the writer is freed in any case. */
int
sim_jw_done(ds_jw *w, ds_buf *out, sim_error *err);
int
sim_hash(int alg, ds_view a, ds_view b, uint8_t *out, sim_error *err);

/* ---- compose.c: what app-compose says ------------------------------------ */

typedef struct sim_compose {
    ds_buf text; /* the file */
    uint8_t hash[32];
    ds_buf name;
    int provider;       /* SIM_PROVIDER_* but _COMPOSE */
    ds_buf provider_id; /* bytes; empty where the file pins none */
    ds_buf storage_fs;
    bool no_instance_id;
    bool public_tcbinfo, public_logs, public_sysinfo;
    uint32_t event_log_version;
    uint32_t manifest_version;
    uint8_t script_hash[SIM_SCRIPTS_MAX][32];
    size_t script_n;
    uint8_t gpu_policy_hash[32];
} sim_compose;

/* file.p NULL: the built-in one. */
int
sim_compose_read(sim_compose *c, ds_view file, sim_error *err);
void
sim_compose_free(sim_compose *c);

/* ---- secrets.c: keys and where they come from ---------------------------- */

/* Locked memory. What is not there is zeros. */
typedef struct sim_secrets {
    bool root; /* the KMS's root keys are here */
    bool env_on;
    uint8_t kms_k256[32];
    uint8_t kms_ca[32]; /* P-256, as is the next */
    uint8_t app_ca[32]; /* signs what the app asks for */
    uint8_t app_k256[32];
    uint8_t env[32]; /* X25519 */
    /* Not secret: */
    uint8_t kms_link[SIM_LINK];
    size_t kms_link_n;
    uint8_t kms_root[33];
    uint8_t app_root[33];
} sim_secrets;

/* The app's root key and the KMS's signature over it, from the KMS's root. */
int
sim_kms_issue(sim_secrets *s, const uint8_t app_id[20], sim_error *err);
/* From the seed, or from an app-keys file (p not NULL). */
int
sim_secrets_make(sim_guest *g, ds_view app_keys, sim_error *err);
/* The key-provider event's id, appended. */
int
sim_provider_id(const sim_guest *g, ds_buf *out, sim_error *err);
/* 0.3: SHA-256 of the KMS CA's certificate; of nothing without a KMS. */
int
sim_ca_hash(sim_guest *g, uint8_t out[32], sim_error *err);
/* HKDF-SHA256 with the salt "RATLS" over context || more. */
int
sim_derive(const uint8_t ikm[32], ds_view context, ds_view more,
    uint8_t out[32], sim_error *err);
/* The same in DH form: an X25519 secret. */
int
sim_dh_secret(const uint8_t ikm[32], ds_view context, ds_view more,
    uint8_t out[32], sim_error *err);
int
sim_seeded(
    const sim_guest *g, const char *label, uint8_t out[32], sim_error *err);
/* gpu.c */
int
sim_gpu_boot(sim_guest *g, ds_buf *event, sim_error *err);

/* ---- events.c ------------------------------------------------------------- */

typedef struct sim_keep sim_keep;
/* A log that owns what its events point to, and the registers that it was
 * measured into. Runtime events carry their digests. */
typedef struct sim_log {
    ds_event *events;
    size_t n;
    size_t cap;
    size_t runtime_n;
    uint8_t rtmr[4][48];
    sim_keep *keep;
} sim_log;

void
sim_log_free(sim_log *log);
/* Copy, append, extend the register. A runtime event's digest is computed. */
int
sim_log_add(sim_log *log, const ds_event *e, sim_error *err);
int
sim_log_runtime(sim_log *log, uint32_t version, const char *name,
    ds_view payload, sim_error *err);
/* The first runtime event of that name in front of system-ready, or NULL. */
const ds_event *
sim_log_find(const sim_log *log, const char *name);

enum {
    SIM_LOG_FULL = 0, /* every digest, every payload */
    SIM_LOG_SHOWN     /* what GetQuote of this version shows */
};
/* A JSON array of events, as a member of what is being written. */
void
sim_log_write(ds_jw *w, const char *name, const sim_log *log, int os, int how);
/* The same alone, appended. */
int
sim_log_json(const sim_log *log, int os, int how, ds_buf *out, sim_error *err);
/* What a certificate carries of it in an attestation: events has room for
 * log->n. */
size_t
sim_log_strip(const sim_log *log, int os, ds_event *events);

/* ---- image.c ----------------------------------------------------------------- */

/* Digests that follow from an OS image and the shape of the machine; whoever
 * has a real image fills them from it. */
typedef struct sim_image {
    uint8_t mr_td[48];
    uint8_t mr_td_two_pass[48]; /* on machines of old */
    uint8_t td_hob[48];
    uint8_t acpi[3][48]; /* loader, rsdp, tables */
    uint8_t kernel[48];
    uint8_t cmdline[48];
    uint8_t initrd[48];
    uint8_t rootfs_hash[32];
} sim_image;

/* Of version, CPUs, memory and GPUs. */
int
sim_image_of(const sim_config *config, sim_image *ret, sim_error *err);
/* measurement.tdx.cbor, appended; it says what a verifier needs of the image,
 * for machines with memory of ds_image_lite_memory(). */
void
sim_image_document(const sim_image *image, ds_buf *out);
/* sha256sum.txt, appended; its SHA-256 names the image. */
int
sim_image_manifest(int os, const sim_image *image, ds_buf *out, sim_error *err);
int
sim_image_hash(int os, const sim_image *image, uint8_t out[32], sim_error *err);

/* ---- firmware.c ------------------------------------------------------------ */

/* What firmware and kernel measure, into RTMR0 to RTMR2. */
int
sim_firmware_log(int os, const sim_image *image, sim_log *log, sim_error *err);

/* ---- platform.c: the machine, its quoting enclave and its PKI --------------- */

typedef struct sim_platform {
    forge *tdx;     /* with the PCK CRL of the Platform CA */
    forge *sgx;     /* with that of the Processor CA */
    int64_t issued; /* when the documents were, or -1 */
} sim_platform;

/* Same seed, same keys and certificates. */
int
sim_platform_new(sim_platform *p, const char *seed, sim_error *err);
void
sim_platform_free(sim_platform *p);
/* Documents for `now`: issued once a week, valid for a month from then. True
 * in *fresh when they were made anew. */
int
sim_platform_refresh(sim_platform *p, int64_t now, bool *fresh, sim_error *err);
/* The TD's fixed registers go into the next quotes. */
void
sim_platform_set_td(
    sim_platform *p, const uint8_t mr_td[48], const uint8_t mr_config_id[48]);
/* A quote, appended; calls must not overlap. */
int
sim_platform_quote(sim_platform *p, const uint8_t rtmr[4][48],
    const uint8_t report_data[64], ds_buf *out, sim_error *err);
/* The header's user data: 20 bytes that tell machines apart. */
ds_view
sim_platform_user_data(const sim_platform *p);

/* ---- collateral.c ----------------------------------------------------------- */

/* A document of a platform that was refreshed. */
int
sim_platform_document(
    const sim_platform *p, int which, sim_document *ret, sim_error *err);

/* ---- state.c ---------------------------------------------------------------- */

/* The seed to use: the given one, the directory's, or a new one, which the
 * directory then keeps. dir may be NULL. */
int
sim_state_seed(
    const char *dir, const char *given, ds_buf *seed, sim_error *err);
/* root.pem and collateral.json. */
int
sim_state_write(const char *dir, const sim_platform *p, sim_error *err);

/* ---- the guest ---------------------------------------------------------------- */

struct sim_guest {
    int os;
    ds_buf seed;     /* text; secret */
    char *state_dir; /* NULL: none */
    sim_compose compose;
    int provider; /* SIM_PROVIDER_* but _COMPOSE */
    sim_image image;
    uint32_t gpus;
    ds_buf cloud_vendor, cloud_product;
    sim_secrets *secrets;

    /* Identity; of a recorded guest as its events say. */
    uint8_t app_id[20];
    uint8_t instance_id[20];
    size_t instance_id_n;
    uint8_t compose_hash[32];
    uint8_t os_image_hash[32];
    size_t os_image_hash_n; /* 32 or 0 */
    ds_buf provider_info;   /* the key-provider event's JSON */
    ds_buf vm_config;       /* what answers show */
    ds_buf gpu_record;      /* boot-time GPU evidence */
    uint8_t mr_config_id[48];
    ds_buf mr_config;         /* its document, version 3 */
    ds_attestation *recorded; /* NULL: none */
    bool keep_report_data;

    /* The CA of what is issued, and its chain. */
    ds_buf ca_name; /* DER */
    ds_buf ca_spki; /* of an app-keys file's CA */
    ds_buf ca_pem[SIM_CHAIN_MAX - 1];
    size_t ca_n;

    pthread_mutex_t lock; /* of what follows */
    sim_platform platform;
    sim_log log;
    ds_buf app_cert;
};

/* recorded.c: a recorded attestation takes the place of boot and quote. */
int
sim_recorded_boot(sim_guest *g, const sim_config *config, sim_error *err);
int
sim_recorded_quote(const sim_guest *g, const uint8_t report_data[64],
    ds_buf *out, sim_error *err);

/* boot.c: identity, configuration, and the log up to system-ready. */
int
sim_boot(sim_guest *g, const sim_config *config, sim_error *err);

/* quote.c, attestation.c; the lock is held. */
int
sim_pad_report_data(ds_view report_data, uint8_t ret[64], sim_error *err);
int
sim_log_how(const sim_guest *g);
int
sim_quote_locked(
    sim_guest *g, const uint8_t report_data[64], ds_buf *out, sim_error *err);
int
sim_attest_locked(sim_guest *g, const uint8_t report_data[64], int form,
    bool stripped, ds_buf *out, sim_error *err);

/* info.c: SHA-256 sums over the registers (spec 3.7); the lock is held. */
typedef struct sim_mrs {
    uint8_t td[5][48];     /* MRTD, RTMR0 to RTMR3 */
    uint8_t config[3][48]; /* MRCONFIGID, MROWNER, MROWNERCONFIG */
    uint8_t key_provider[32];
    uint8_t system[32];
    uint8_t aggregated[32];
    uint8_t device_id[32];
} sim_mrs;
int
sim_mrs_locked(sim_guest *g, sim_mrs *ret, sim_error *err);

/* ---- certs.c: X.509 ----------------------------------------------------------- */

/* What a certificate is made of. */
typedef struct sim_plan {
    ds_view subject; /* whole Name */
    ds_view issuer;
    const uint8_t *signer; /* P-256 scalar */
    ds_view spki;
    int64_t not_before, not_after;
    ds_view extensions; /* one after the other */
} sim_plan;
/* DER, appended. */
int
sim_cert_sign(const sim_plan *p, ds_buf *out, sim_error *err);
/* A Name: O, unless NULL, and CN. */
void
sim_cert_name(ds_buf *b, const char *org, ds_view cn);
int
sim_p256_spki(const uint8_t scalar[32], ds_buf *b, sim_error *err);
int
sim_p256_pkcs8(const uint8_t scalar[32], ds_buf *out, sim_error *err);
/* Extensions, appended. */
void
sim_ext_key_usage(ds_buf *b, bool ca);
void
sim_ext_extended_usage(ds_buf *b, bool server, bool client);
int
sim_ext_alt_names(
    ds_buf *b, int os, const ds_view *names, size_t n, sim_error *err);
void
sim_ext_custom(ds_buf *b, const char *oid, ds_view content);
void
sim_ext_ca(ds_buf *b, int path_len, ds_view spki);

/* ---- issue.c: what is certified ------------------------------------------------ */

/* The app's CA, once there are keys and quotes; the lock is held. */
int
sim_ca_locked(sim_guest *g, sim_error *err);
/* Fill app_cert unless it is there; the lock is held. */
int
sim_app_cert_locked(sim_guest *g, int64_t now, sim_error *err);

#endif
