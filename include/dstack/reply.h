/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_REPLY_H
#define DSTACK_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/event_log.h"
#include "dstack/evidence.h"
#include "dstack/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the guest agent is asked with, and what it answers. Answers are
 * immutable; share freely. Getters borrow from their object and cannot fail;
 * with a NULL object, and where the agent sent nothing, they give NULL and a
 * length of 0, "" or -1. A length out may be NULL. A text is NUL-terminated
 * and holds no other NUL. */

enum { /* kinds of keys */
    DSTACK_KEY_ANY = 0,
    DSTACK_KEY_SECP256K1 = 1,
    DSTACK_KEY_ED25519 = 2,
    DSTACK_KEY_SECP256K1_PREHASHED = 3, /* for signing only */
    DSTACK_KEY_P256 = 4                 /* a 0.3 tappd's */
};
/* "secp256k1", "ed25519", "secp256k1_prehashed", "p256"; "" for others. */
DSTACK_API const char *
dstack_key_algorithm_name(uint32_t algorithm);
/* The reverse, "k256" included; DSTACK_KEY_ANY for any other text. */
DSTACK_API uint32_t
dstack_key_algorithm_parse(const char *name);

/* ---- quotes and attestations -------------------------------------------- */

/* GetQuote, TdxQuote, RawQuote, GetAttestationForAppKey. */
typedef struct dstack_quote_reply dstack_quote_reply;
DSTACK_API void
dstack_quote_reply_free(dstack_quote_reply *reply); /* NULL is a no-op */
/* The raw quote. */
DSTACK_API const uint8_t *
dstack_quote_reply_quote(const dstack_quote_reply *reply, size_t *len);
/* The 64 bytes in the quote. */
DSTACK_API const uint8_t *
dstack_quote_reply_report_data(const dstack_quote_reply *reply, size_t *len);
/* The event log as JSON text and as an object. */
DSTACK_API const char *
dstack_quote_reply_event_log_text(const dstack_quote_reply *reply, size_t *len);
DSTACK_API const dstack_event_log *
dstack_quote_reply_event_log(const dstack_quote_reply *reply);
/* The VM's configuration (0.5.4 and later), as JSON text and as an object. */
DSTACK_API const char *
dstack_quote_reply_vm_config_text(const dstack_quote_reply *reply, size_t *len);
DSTACK_API const dstack_vm_config *
dstack_quote_reply_vm_config(const dstack_quote_reply *reply);
/* tappd's echo of the hash and the prefix; not to be trusted. */
DSTACK_API const char *
dstack_quote_reply_hash_algorithm(const dstack_quote_reply *reply);
DSTACK_API const char *
dstack_quote_reply_prefix(const dstack_quote_reply *reply);
/* The public key that a worker's quote names: 33 bytes secp256k1 or 32 bytes
 * Ed25519. */
DSTACK_API const uint8_t *
dstack_quote_reply_app_key(const dstack_quote_reply *reply, size_t *len);
/* All of it as evidence for dstack_verifier_verify(). */
DSTACK_API const dstack_evidence *
dstack_quote_reply_evidence(const dstack_quote_reply *reply);
/* The answer as the agent sent it: one JSON object. */
DSTACK_API const char *
dstack_quote_reply_json(const dstack_quote_reply *reply, size_t *len);

/* Bundles of GPU evidence; their bytes are opaque here, not to be changed. */
typedef struct dstack_gpu_reply dstack_gpu_reply;

/* Attest of v0 and v1. */
typedef struct dstack_attest_reply dstack_attest_reply;
DSTACK_API void
dstack_attest_reply_free(dstack_attest_reply *reply); /* NULL is a no-op */
/* The versioned attestation's bytes. */
DSTACK_API const uint8_t *
dstack_attest_reply_attestation(const dstack_attest_reply *reply, size_t *len);
DSTACK_API const dstack_evidence *
dstack_attest_reply_evidence(const dstack_attest_reply *reply);
/* v1: evidence of the GPUs at boot; NULL when not asked for. */
DSTACK_API const dstack_gpu_reply *
dstack_attest_reply_gpu(const dstack_attest_reply *reply);
DSTACK_API const char *
dstack_attest_reply_json(const dstack_attest_reply *reply, size_t *len);

DSTACK_API void
dstack_gpu_reply_free(dstack_gpu_reply *reply); /* NULL is a no-op */
DSTACK_API size_t
dstack_gpu_reply_count(const dstack_gpu_reply *reply);
DSTACK_API const char *
dstack_gpu_reply_vendor(const dstack_gpu_reply *reply, size_t index);
/* "nvidia-nvattest-collect-evidence-json-v1" (fresh),
 * "nvidia-nvattest-boottime-json-v1". */
DSTACK_API const char *
dstack_gpu_reply_format(const dstack_gpu_reply *reply, size_t index);
DSTACK_API const uint8_t *
dstack_gpu_reply_evidence(
    const dstack_gpu_reply *reply, size_t index, size_t *len);
DSTACK_API const char *
dstack_gpu_reply_json(const dstack_gpu_reply *reply, size_t *len);

/* ---- keys --------------------------------------------------------------- */

/* A secret key with its signature chain. The secret is in locked memory, which
 * dstack_key_free() wipes. */
typedef struct dstack_key dstack_key;
DSTACK_API void
dstack_key_free(dstack_key *key); /* NULL is a no-op */

enum {                    /* how the secret was made */
    DSTACK_SCHEME_V0 = 1, /* HKDF-SHA256, salt "RATLS", of the app's key and the
                             path; GetKey and DeriveK256Key */
    DSTACK_SCHEME_V1 = 2, /* HKDF-SHA256, salt "dstack-guest-v1", of algorithm
                             and domain */
    DSTACK_SCHEME_TAPPD = 3 /* DeriveKey of a 0.3 tappd: from the app's CA */
};
/* 32 bytes: a scalar of secp256k1 or P-256, or an Ed25519 seed. */
DSTACK_API const uint8_t *
dstack_key_secret(const dstack_key *key, size_t *len);
/* 33 bytes compressed, or 32 bytes Ed25519. Computed here, at the first
 * question; NULL only where the system has no random numbers for that. */
DSTACK_API const uint8_t *
dstack_key_public(const dstack_key *key, size_t *len);
/* DSTACK_KEY_*, DSTACK_SCHEME_*. */
DSTACK_API uint32_t
dstack_key_algorithm(const dstack_key *key);
DSTACK_API uint32_t
dstack_key_scheme(const dstack_key *key);
/* Signatures of 65 bytes (r, s, v): by the app's key, by the KMS; the latter
 * is empty where no KMS was asked for the app's key. Not verified. A 0.3
 * tappd's key has none. */
DSTACK_API size_t
dstack_key_chain_count(const dstack_key *key);
DSTACK_API const uint8_t *
dstack_key_chain(const dstack_key *key, size_t index, size_t *len);

/* What a certificate shall say. */
typedef struct dstack_cert_request dstack_cert_request;
/* An empty request: no subject, no names, no usage. Not for use by two threads
 * at once while it is set up. Returns DSTACK_OK, DSTACK_ERR_ARG or
 * DSTACK_ERR_NOMEM. */
DSTACK_MUST int
dstack_cert_request_new(dstack_cert_request **ret, dstack_error *err);
DSTACK_API void
dstack_cert_request_free(dstack_cert_request *request); /* NULL is a no-op */
/* The common name; at most 1024 bytes of UTF-8. */
DSTACK_MUST int
dstack_cert_request_set_subject(
    dstack_cert_request *request, const char *subject, dstack_error *err);
/* A DNS name or an IP address; at most 256, of at most 1024 bytes. */
DSTACK_MUST int
dstack_cert_request_add_alt_name(
    dstack_cert_request *request, const char *alt_name, dstack_error *err);
enum {                       /* usages, or-ed */
    DSTACK_USAGE_RA_TLS = 1, /* carries an attestation of its key */
    DSTACK_USAGE_SERVER_AUTH = 2,
    DSTACK_USAGE_CLIENT_AUTH = 4,
    DSTACK_USAGE_APP_INFO = 8 /* carries the app's identity: 0.5.6 and later */
};
DSTACK_MUST int
dstack_cert_request_set_usage(dstack_cert_request *request, uint32_t usage);
/* Seconds since 1970; -1: the agent's default. 0.5.6 and later. not_before
 * must be smaller when both are given. */
DSTACK_MUST int
dstack_cert_request_set_validity(
    dstack_cert_request *request, int64_t not_before, int64_t not_after);

/* A P-256 key and its certificate chain. The key is in locked memory, which
 * dstack_tls_key_free() wipes. */
typedef struct dstack_tls_key dstack_tls_key;
DSTACK_API void
dstack_tls_key_free(dstack_tls_key *key); /* NULL is a no-op */
/* PKCS #8, as PEM text and as DER; and the scalar, 32 bytes. */
DSTACK_API const char *
dstack_tls_key_pem(const dstack_tls_key *key, size_t *len);
DSTACK_API const uint8_t *
dstack_tls_key_der(const dstack_tls_key *key, size_t *len);
DSTACK_API const uint8_t *
dstack_tls_key_secret(const dstack_tls_key *key, size_t *len);
/* Certificates, the key's own first: one by one as PEM and as DER; all of them
 * as one PEM text. The first one's public key was compared with the key;
 * nothing else of them was verified. */
DSTACK_API size_t
dstack_tls_key_cert_count(const dstack_tls_key *key);
DSTACK_API const char *
dstack_tls_key_cert_pem(const dstack_tls_key *key, size_t index, size_t *len);
DSTACK_API const uint8_t *
dstack_tls_key_cert_der(const dstack_tls_key *key, size_t index, size_t *len);
DSTACK_API const char *
dstack_tls_key_chain_pem(const dstack_tls_key *key, size_t *len);

/* A signature by the app's signing key. */
typedef struct dstack_sign_reply dstack_sign_reply;
DSTACK_API void
dstack_sign_reply_free(dstack_sign_reply *reply); /* NULL is a no-op */
/* 64 bytes; verified here under the public key. */
DSTACK_API const uint8_t *
dstack_sign_reply_signature(const dstack_sign_reply *reply, size_t *len);
/* 33 or 32 bytes. */
DSTACK_API const uint8_t *
dstack_sign_reply_public_key(const dstack_sign_reply *reply, size_t *len);
/* Three: the signature again, then as dstack_key_chain(). */
DSTACK_API size_t
dstack_sign_reply_chain_count(const dstack_sign_reply *reply);
DSTACK_API const uint8_t *
dstack_sign_reply_chain(
    const dstack_sign_reply *reply, size_t index, size_t *len);

/* ---- identity ----------------------------------------------------------- */

/* Info of v0, v1, tappd and worker. */
typedef struct dstack_info dstack_info;
DSTACK_API void
dstack_info_free(dstack_info *info); /* NULL is a no-op */
/* By name: "app_id", "instance_id" (20 bytes), "device_id", "mr_aggregated",
 * "os_image_hash", "compose_hash" (32), "mr_image", "mr_key_provider" (32;
 * 0.4.2 and 0.5.0). NULL and *len 0 where the agent told none. */
DSTACK_API const uint8_t *
dstack_info_bytes(const dstack_info *info, const char *name, size_t *len);
/* By name: "app_name", "app_cert", "tcb_info", "vm_config", "app_compose",
 * "key_provider_info", "cloud_vendor", "cloud_product"; NULL where the agent
 * told none, "" where it told an empty one. app_compose is the exact file, from
 * v1 or from tcb_info. */
DSTACK_API const char *
dstack_info_text(const dstack_info *info, const char *name, size_t *len);
/* "public_logs", "public_sysinfo" (0.3.4 to 0.5.0): 1, 0, or -1 where not
 * told. */
DSTACK_API int
dstack_info_flag(const dstack_info *info, const char *name);
/* The key provider's name ("kms", "local-sgx", "tpm", "none") and id. */
DSTACK_API const char *
dstack_info_key_provider_name(const dstack_info *info);
DSTACK_API const uint8_t *
dstack_info_key_provider_id(const dstack_info *info, size_t *len);
DSTACK_API const dstack_vm_config *
dstack_info_vm_config(const dstack_info *info);
DSTACK_API const char *
dstack_info_json(const dstack_info *info, size_t *len);

/* tcb_info as an object; NULL where it is hidden or not told. */
typedef struct dstack_tcb_info dstack_tcb_info;
DSTACK_API const dstack_tcb_info *
dstack_info_tcb_info(const dstack_info *info);
/* "mrtd", "rtmr0" to "rtmr3" (48 bytes), "mr_aggregated", "os_image_hash",
 * "compose_hash", "device_id", "rootfs_hash" (0.3, 0.4). */
DSTACK_API const uint8_t *
dstack_tcb_info_bytes(
    const dstack_tcb_info *tcb, const char *name, size_t *len);
DSTACK_API const char *
dstack_tcb_info_app_compose(const dstack_tcb_info *tcb, size_t *len);
DSTACK_API const dstack_event_log *
dstack_tcb_info_event_log(const dstack_tcb_info *tcb);

/* A worker's Health. */
typedef struct dstack_health dstack_health;
DSTACK_API void
dstack_health_free(dstack_health *health); /* NULL is a no-op */
DSTACK_API int
dstack_health_is_healthy(const dstack_health *health);
/* What is not: names and their states. */
DSTACK_API size_t
dstack_health_unhealthy_count(const dstack_health *health);
DSTACK_API const char *
dstack_health_unhealthy_name(const dstack_health *health, size_t index);
DSTACK_API const char *
dstack_health_unhealthy_status(const dstack_health *health, size_t index);
DSTACK_API const char *
dstack_health_error(const dstack_health *health);

#ifdef __cplusplus
}
#endif
#endif
