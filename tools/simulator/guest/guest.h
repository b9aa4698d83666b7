/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_GUEST_GUEST_H
#define SIM_GUEST_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/mem.h"

/* The emulated guest: what a dstack guest agent computes, without a socket and
 * without a clock. Everything follows from a seed: the KMS's keys, the app's,
 * the machine and its Intel-like PKI (the forge's, so that nothing here
 * verifies under Intel's root), the measurements.
 *
 * Functions return 0, or -1 with *err filled; err may be NULL. Outputs are
 * empty after a failure; free what owns memory in any case. Every function may
 * be called from any thread; quotes queue up behind one lock, as on hardware.
 * Views in answers are borrowed from the guest and live as long as it does. */
typedef struct sim_guest sim_guest;

enum {
    SIM_REFUSED = 1, /* what was asked cannot be answered: the agent's 400 */
    SIM_FAILED = 2   /* the simulator's own trouble: memory, files, crypto */
};
typedef struct sim_error {
    int code;       /* SIM_REFUSED, SIM_FAILED */
    char text[256]; /* one line, as the agent words it where it is known */
} sim_error;

/* ---- which guest --------------------------------------------------------- */

enum {
    SIM_OS_0_3_6 = 0,
    SIM_OS_0_5_5,
    SIM_OS_0_5_11,
    SIM_OS_0_6_0,
    SIM_OS_COUNT
};
/* "0.3.6" ...; -1 for a text that is none of them; NULL for a number that is
 * none. */
int
sim_os_parse(const char *text);
const char *
sim_os_name(int os);

enum {
    SIM_PROVIDER_COMPOSE = 0, /* as the app-compose file says */
    SIM_PROVIDER_KMS,
    SIM_PROVIDER_LOCAL,
    SIM_PROVIDER_TPM,
    SIM_PROVIDER_NONE
};

/* Zeros are the defaults. All of it is copied. */
typedef struct sim_config {
    const char *seed; /* any text. NULL: the state directory's, or a new one
                         from the system's random numbers */
    /* A directory, made when absent, in which seed, root.pem and
     * collateral.json are kept. NULL: nothing is written. */
    const char *state_dir;
    int64_t now;             /* for the collateral's dates; required */
    int os;                  /* SIM_OS_* */
    ds_view app_compose;     /* the file's bytes; p NULL: a built-in one */
    const char *app_id;      /* 40 hex digits; NULL: from the compose hash */
    const char *instance_id; /* 40 hex digits; "" for none; NULL: derived,
                                none where the file has no_instance_id */
    int provider;            /* SIM_PROVIDER_* */
    uint32_t cpus;           /* 0: 2 */
    uint64_t memory;         /* bytes; 0: 2 GiB */
    uint32_t gpus;           /* NVIDIA GPUs with evidence; from 0.6.0 on */
    const char *cloud_vendor, *cloud_product; /* NULL: empty */
    /* What boots, and on which machine, by its measurements (inner.h); NULL:
     * made up for version, CPUs, memory and GPUs. From 0.6.0 on, with memory
     * that suffices for that, the configuration has all that a verifier needs
     * to judge it. */
    const struct sim_image *image;
    /* Upstream's simulator fixtures. The app-keys file (JSON) replaces the
     * derived keys. A recorded attestation (version 0 or 1) replaces quote,
     * log, measurements and configuration; app_compose stays what Info shows
     * of the file. Its signature fits no report data but its own. */
    ds_view app_keys;
    ds_view attestation;
    ds_view sys_config;    /* its vm_config instead of the attestation's */
    bool keep_report_data; /* do not patch the recorded quote's */
} sim_config;

int
sim_guest_new(const sim_config *config, sim_guest **ret, sim_error *err);
void
sim_guest_free(sim_guest *g); /* NULL is a no-op */
int
sim_guest_os(const sim_guest *g);
/* Where the seed came from the system: show it, so that this guest can be had
 * again. */
const char *
sim_guest_seed(const sim_guest *g);
bool
sim_guest_is_recorded(const sim_guest *g);

/* ---- keys ---------------------------------------------------------------- */

enum {
    SIM_ALG_SECP256K1 = 0,
    SIM_ALG_ED25519,
    SIM_ALG_SECP256K1_PREHASHED /* for signatures only */
};

#define SIM_LINK 65 /* r || s || v */
typedef struct sim_key {
    uint8_t key[32];
    uint8_t public_key[33];
    size_t public_key_n; /* 33, for ed25519 32 */
    uint8_t link[SIM_LINK];
    uint8_t kms_link[SIM_LINK];
    size_t kms_link_n; /* 65; 0 where no KMS provides the keys */
} sim_key;

/* v0 GetKey and Tappd.DeriveK256Key: purpose does not change the key, only the
 * link. */
int
sim_guest_get_key(const sim_guest *g, ds_view path, ds_view purpose, int alg,
    sim_key *ret, sim_error *err);
/* v1 GetKey. */
int
sim_guest_get_key_v1(
    const sim_guest *g, ds_view domain, int alg, sim_key *ret, sim_error *err);

/* Sign: chain is signature, key.link, key.kms_link; key.key is the Sign key's
 * secret and no part of any answer. */
typedef struct sim_signature {
    uint8_t signature[64];
    sim_key key;
} sim_signature;
int
sim_guest_sign(const sim_guest *g, int alg, ds_view data, sim_signature *ret,
    sim_error *err);
/* Verify, with upstream's corner cases (spec 2.1): a malformed key or
 * signature is SIM_REFUSED, a high S is not valid. */
int
sim_guest_verify(int alg, ds_view data, ds_view signature, ds_view public_key,
    bool *valid, sim_error *err);

/* Bytes of keys, to be wiped by who asked for them. */
void
sim_key_wipe(sim_key *k);

/* The KMS root key's public half, compressed; also where an app-keys file gives
 * only a signature by it. SIM_REFUSED where there is no KMS. */
int
sim_guest_kms_root(const sim_guest *g, uint8_t ret[33], sim_error *err);
/* The app root key's. */
int
sim_guest_app_root(const sim_guest *g, uint8_t ret[33], sim_error *err);

/* What the KMS answers to GetAppEnvEncryptPubKey for this app. The signatures
 * are absent (n 0) where only an app-keys file speaks for the KMS. */
typedef struct sim_env_key {
    uint8_t public_key[32]; /* X25519 */
    uint8_t signature[SIM_LINK];
    uint8_t signature_v1[SIM_LINK];
    size_t signature_n; /* 65 or 0: of both */
} sim_env_key;
int
sim_guest_env_key(
    const sim_guest *g, uint64_t timestamp, sim_env_key *ret, sim_error *err);
/* The secret half, which a guest decrypts its environment with. */
int
sim_guest_env_secret(const sim_guest *g, uint8_t ret[32], sim_error *err);

/* ---- certificates -------------------------------------------------------- */

typedef struct sim_cert_request {
    ds_view subject; /* common name; may be empty */
    const ds_view *alt_names;
    size_t alt_name_n;
    bool ra_tls, server_auth, client_auth;
    bool app_info;
    bool has_not_before, has_not_after; /* Unix seconds */
    uint64_t not_before, not_after;
    bool derived; /* DeriveKey: the key comes from `path`; else it is random */
    ds_view path;
} sim_cert_request;

#define SIM_CHAIN_MAX 3
typedef struct sim_cert {
    ds_buf key;                  /* PKCS#8 PEM; secret */
    ds_buf chain[SIM_CHAIN_MAX]; /* PEM, leaf first */
    size_t chain_n;              /* 3 with a KMS, else 2 */
} sim_cert;

/* GetTlsKey, IssueCert, DeriveKey. The surface decides which members it lets
 * through; whether not_before >= not_after is refused is decided here. */
int
sim_guest_issue_cert(sim_guest *g, const sim_cert_request *request, int64_t now,
    sim_cert *ret, sim_error *err);
void
sim_cert_free(sim_cert *c);

/* ---- events -------------------------------------------------------------- */

/* Does EmitEvent exist and measure: 0.5.x. On a recorded guest it does nothing,
 * as the original simulators: until 0.5.5 it is accepted, then refused. */
bool
sim_guest_emits_events(const sim_guest *g);
int
sim_guest_emit_event(
    sim_guest *g, ds_view name, ds_view payload, sim_error *err);

/* ---- evidence ------------------------------------------------------------ */

typedef struct sim_quote {
    ds_buf quote;
    ds_buf event_log; /* JSON array, as this version's GetQuote shows it */
    uint8_t report_data[64];
    ds_view vm_config; /* JSON */
} sim_quote;

/* At most 64 bytes, padded with zeros on the right; more is SIM_REFUSED. */
int
sim_guest_quote(
    sim_guest *g, ds_view report_data, sim_quote *ret, sim_error *err);
void
sim_quote_free(sim_quote *q);

/* A versioned attestation, complete or stripped as a certificate has it.
 * SIM_ATTEST_V0 is what the v0 surface answers: SCALE, unless the app chose
 * event log version 2 or the guest is a recorded one of 0.5.11; SIM_ATTEST_V1
 * MessagePack. Appended to out. */
enum {
    SIM_ATTEST_V0 = 0,
    SIM_ATTEST_V1
};
int
sim_guest_attest(
    sim_guest *g, ds_view report_data, int form, ds_buf *out, sim_error *err);

/* Report data of a TdxQuote: H(tag || ":" || content), padded; tag empty means
 * "app-data". alg is the agent's name, empty means "sha512". `raw` and unknown
 * names answer as the agent does. */
int
sim_report_data(
    ds_view alg, ds_view tag, ds_view content, uint8_t ret[64], sim_error *err);
/* Report data of GetAttestationForAppKey: the Sign key's DIP-1 name. */
int
sim_guest_app_key_report_data(
    const sim_guest *g, int alg, uint8_t ret[64], sim_error *err);

/* GPU evidence: synthetic, and says so in its text. */
typedef struct sim_gpu_bundle {
    const char *vendor; /* static */
    const char *format; /* static */
    ds_buf evidence;
} sim_gpu_bundle;
/* How many bundles an answer has: 1 with GPUs, else 0. */
size_t
sim_guest_gpu_bundles(const sim_guest *g);
/* What was recorded at boot, whose SHA-256 the event gpu-attestation has. */
int
sim_guest_gpu_boottime(const sim_guest *g, sim_gpu_bundle *ret, sim_error *err);
/* Fresh evidence over a nonce of exactly 32 bytes. */
int
sim_guest_gpu_fresh(
    const sim_guest *g, ds_view nonce, sim_gpu_bundle *ret, sim_error *err);
void
sim_gpu_bundle_free(sim_gpu_bundle *b);

/* ---- information --------------------------------------------------------- */

typedef struct sim_info {
    ds_view app_id;       /* 20 bytes */
    ds_view instance_id;  /* 20 bytes or none */
    ds_view app_name;     /* text, as are the next */
    ds_view app_compose;  /* the file, as deployed */
    ds_view key_provider; /* {"name":...,"id":...} */
    ds_view vm_config;
    ds_view cloud_vendor, cloud_product;
    uint8_t device_id[32]; /* as this version computes it (spec 3.7) */
    uint8_t compose_hash[32];
    uint8_t os_image_hash[32];
    size_t os_image_hash_n; /* 32 or 0 */
    uint8_t mr_aggregated[32];
    uint8_t mr_system[32];
    uint8_t mr_key_provider[32];
    bool public_tcbinfo, public_logs, public_sysinfo;
    ds_buf tcb_info; /* JSON text, log not stripped */
    ds_buf app_cert; /* PEM, the demonstration certificate */
} sim_info;
int
sim_guest_info(sim_guest *g, int64_t now, sim_info *ret, sim_error *err);
void
sim_info_free(sim_info *i);

/* Worker v1 Health: everything that the emulated guest runs is well. */
typedef struct sim_health {
    bool healthy;
    ds_view error; /* text */
} sim_health;
void
sim_guest_health(const sim_guest *g, sim_health *ret);

/* ---- collateral service -------------------------------------------------- */

enum {
    SIM_DOC_ROOT_PEM = 0,     /* the trusted root */
    SIM_DOC_BUNDLE,           /* the JSON bundle for this guest's quotes */
    SIM_DOC_ROOT_CRL,         /* DER */
    SIM_DOC_PCK_CRL_PLATFORM, /* DER */
    SIM_DOC_PCK_CRL_PROCESSOR,
    SIM_DOC_TCB_INFO_SGX, /* {"tcbInfo":...,"signature":"..."} */
    SIM_DOC_TCB_INFO_TDX,
    SIM_DOC_QE_IDENTITY_SGX, /* {"enclaveIdentity":...,"signature":"..."} */
    SIM_DOC_QE_IDENTITY_TDX,
    SIM_DOC_PCK_CERT, /* PEM, of this machine */
    SIM_DOC_COUNT
};
typedef struct sim_document {
    ds_buf body;
    const char *chain_header; /* "TCB-Info-Issuer-Chain" ..., static; NULL
                                 where the answer has none */
    ds_buf chain;             /* its value, URL-encoded PEM */
    const char *type;         /* media type, static */
} sim_document;
/* Documents are valid at `now`: they are issued again when they grow old. */
int
sim_guest_document(
    sim_guest *g, int which, int64_t now, sim_document *ret, sim_error *err);
void
sim_document_free(sim_document *d);
/* The platform that there is collateral for: 12 hex digits. */
const char *
sim_guest_fmspc(const sim_guest *g);

#endif
