/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_CLIENT_H
#define DSTACK_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"
#include "dstack/identity.h"
#include "dstack/reply.h"
#include "dstack/transport.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Speaks to dstack's guest agent over its socket, from inside a confidential
 * VM or to a simulator. Set it up first; from the first call on it is
 * immutable and may be shared by any number of threads. libdstack only.
 *
 * Every function that asks the agent, below called a call, returns:
 *   DSTACK_OK
 *   DSTACK_ERR_ARG          refused here, before anything was sent
 *   DSTACK_ERR_NOMEM
 *   DSTACK_ERR_IO           no connection, or it broke
 *   DSTACK_ERR_TIMEOUT      the deadline passed
 *   DSTACK_ERR_CANCELLED    dstack_client_cancel()
 *   DSTACK_ERR_UNSUPPORTED  this agent cannot do it, or would ignore a part of
 *                           the request; the message says from which version
 *   DSTACK_ERR_AGENT        the agent answered with an error: its text in the
 *                           message, origin DSTACK_ORIGIN_HTTP, the status in
 *                           detail
 *   DSTACK_ERR_PROTOCOL     the answer is not what it may be; nothing of it
 *                           is returned
 * and clears its output on entry. Source: dstack guest API v0 and v1 as of
 * 0.3.1 to 0.6.0. */
typedef struct dstack_client dstack_client;

enum {                        /* what listens at the endpoint */
    DSTACK_SERVICE_AGENT = 0, /* dstack.sock, 0.4.2 and later */
    DSTACK_SERVICE_TAPPD = 1, /* tappd.sock, all versions; legacy */
    DSTACK_SERVICE_WORKER = 2 /* the external listener, port 8090 */
};

/* A client of DSTACK_SERVICE_AGENT with a deadline of 10 s to connect and
 * 60 s for a call. Returns DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_NOMEM.
 * Free with dstack_client_free(), when no call is under way any more. */
DSTACK_MUST int
dstack_client_new(dstack_client **ret, dstack_error *err);
DSTACK_API void
dstack_client_free(dstack_client *client); /* NULL is a no-op */

/* ---- setting up: not once calls are made (DSTACK_ERR_ARG then) ---------- */

/* Where the service listens: a socket's path, with or without "unix:" in
 * front, or an http:// or https:// URL, whose path is kept as a prefix.
 * Without this call, or with NULL: the variable DSTACK_SIMULATOR_ENDPOINT
 * (tappd: TAPPD_SIMULATOR_ENDPOINT) if it is set and not empty; else the first
 * that exists of /var/run/NAME, /run/NAME, /var/run/dstack/NAME,
 * /run/dstack/NAME, where NAME is dstack.sock or tappd.sock; else the first.
 * A worker has no default.
 * Returns DSTACK_OK; DSTACK_ERR_ARG: an empty text, a path over 107 bytes,
 * another scheme, user or password in a URL; DSTACK_ERR_NOMEM. */
DSTACK_MUST int
dstack_client_set_endpoint(
    dstack_client *client, const char *endpoint, dstack_error *err);
/* DSTACK_SERVICE_*. Returns DSTACK_OK or DSTACK_ERR_ARG. */
DSTACK_MUST int
dstack_client_set_service(dstack_client *client, uint32_t service);
/* Do not read the environment: whoever controls it could send requests for
 * keys elsewhere. Returns DSTACK_OK or DSTACK_ERR_ARG. */
DSTACK_MUST int
dstack_client_ignore_environment(dstack_client *client);
/* Deadlines in milliseconds, 1 to 86400000, for a connection to stand and for
 * a whole call, probe and retry included. Returns DSTACK_OK or
 * DSTACK_ERR_ARG. */
DSTACK_MUST int
dstack_client_set_timeouts(
    dstack_client *client, uint32_t connect_ms, uint32_t call_ms);
/* Let this carry the requests instead of libcurl; NULL: libcurl. The struct is
 * copied. The endpoint is then not used. Returns DSTACK_OK or
 * DSTACK_ERR_ARG. */
DSTACK_MUST int
dstack_client_set_transport(
    dstack_client *client, const dstack_transport *transport);
/* Weaker: take quotes and attestations whose report data is not what was asked
 * for, which simulators with recorded evidence give. Returns DSTACK_OK or
 * DSTACK_ERR_ARG. */
DSTACK_MUST int
dstack_client_accept_other_report_data(dstack_client *client);

/* The endpoint that calls go to, as text; looked for now, as by a first call,
 * if none was made yet. "" with a transport of the caller's, for a worker
 * without an endpoint, or out of memory. Borrowed. */
DSTACK_API const char *
dstack_client_endpoint(const dstack_client *client);

/* From any thread: calls under way return DSTACK_ERR_CANCELLED within 100 ms,
 * later ones at once, until dstack_client_resume(). */
DSTACK_API void
dstack_client_cancel(const dstack_client *client);
DSTACK_API void
dstack_client_resume(const dstack_client *client);

/* ---- which agent is it -------------------------------------------------- */

enum {                            /* capabilities, for dstack_agent_can() */
    DSTACK_CAN_V0 = 0,            /* the unversioned surface of dstack.sock */
    DSTACK_CAN_V1 = 1,            /* /v1, 0.6.0 and later */
    DSTACK_CAN_TAPPD = 2,         /* it is a tappd */
    DSTACK_CAN_WORKER = 3,        /* it is a worker */
    DSTACK_CAN_VERSION = 4,       /* tells its version: 0.5.7 and later */
    DSTACK_CAN_ATTEST = 5,        /* Attest: 0.5.6 */
    DSTACK_CAN_SIGN = 6,          /* Sign and Verify: 0.5.6 */
    DSTACK_CAN_ED25519 = 7,       /* GetKey with an algorithm: 0.5.6 */
    DSTACK_CAN_CERT_VALIDITY = 8, /* validity, app info in a cert: 0.5.6 */
    DSTACK_CAN_EMIT_EVENT = 9,    /* 0.5.0 to 0.5.11; TDX is checked apart */
    DSTACK_CAN_ATTEST_GPU = 10,   /* v1 */
    DSTACK_CAN_K256 = 11,         /* tappd: DeriveK256Key: 0.4.2 */
    DSTACK_CAN_RAW_QUOTE = 12,    /* tappd: RawQuote, Info, prefix: 0.3.4 */
    DSTACK_CAN_COUNT = 13         /* one more than the last; grows */
};

/* What a probe found; immutable. */
typedef struct dstack_agent dstack_agent;

/* Ask what the agent is. Only an answer of the agent's counts: a timeout is a
 * DSTACK_ERR_TIMEOUT, never an old agent, and where nothing of the service is
 * at the endpoint, it is DSTACK_ERR_UNSUPPORTED. Nothing is changed and no
 * secret made by asking. Calls ask by themselves where they need to know, and
 * what was found is remembered for all of them; a failure is not. This call
 * asks anew. Free the result with dstack_agent_free(). */
DSTACK_MUST int
dstack_client_probe(
    const dstack_client *client, dstack_agent **ret, dstack_error *err);
DSTACK_API void
dstack_agent_free(dstack_agent *agent); /* NULL is a no-op */
/* "0.5.11"; for those that do not tell it, what their methods show: "0.5.6",
 * "0.5.0 to 0.5.5", "0.4.2"; of a tappd "0.4.2 to 0.5.6", "0.3.4 to 0.3.6",
 * "0.3.1 to 0.3.3"; of a worker the last. */
DSTACK_API const char *
dstack_agent_version(const dstack_agent *agent);
/* The git revision; "" where not told. */
DSTACK_API const char *
dstack_agent_revision(const dstack_agent *agent);
/* 1 when it can; 0 when not, or for an unknown number. */
DSTACK_API int
dstack_agent_can(const dstack_agent *agent, uint32_t capability);
/* "v0", "v1", "emit_event"...; "" for an unknown number. Static. */
DSTACK_API const char *
dstack_capability_name(uint32_t capability);

/* ---- the four that most programs need ----------------------------------- */

/* A quote over report_data: 1 to 64 bytes, padded on the right with zeros to
 * 64; hash more than that with dstack_report_data_hash(). Works on an agent
 * (GetQuote) and on a tappd (RawQuote). The quote's report data is compared
 * with what was asked for. Free with dstack_quote_reply_free(). */
DSTACK_MUST int
dstack_client_get_quote(const dstack_client *client, const uint8_t *report_data,
    size_t report_data_len, dstack_quote_reply **ret, dstack_error *err);

/* The app's key at `path`: the same on every instance of the app, and on every
 * version of the agent from 0.4.2 on, since what is asked is v0 GetKey, or
 * tappd's DeriveK256Key; only where there is no such method, v1 GetKey with the
 * path as domain, or, of a 0.3 tappd, DeriveKey; dstack_key_scheme() tells
 * which. path and purpose: at most 64 KiB of UTF-8 each. purpose goes into the
 * signature chain only, of scheme v0; NULL is "". algorithm is
 * DSTACK_KEY_SECP256K1 or DSTACK_KEY_ED25519 (0.5.6 and later), or
 * DSTACK_KEY_ANY: secp256k1, or what a 0.3 tappd has, P-256. In v0 one path is
 * one secret, whatever the purpose or algorithm: use a path of its own for
 * each. Free with dstack_key_free(), which wipes. */
DSTACK_MUST int
dstack_client_derive_key(const dstack_client *client, const char *path,
    const char *purpose, uint32_t algorithm, dstack_key **ret,
    dstack_error *err);

/* A fresh key with a certificate for it, issued by the app's CA; a NULL request
 * is an empty one. On an agent: GetTlsKey, or where there is none, v1
 * IssueCert. A tappd has dstack_client_tappd_derive_key(). Free with
 * dstack_tls_key_free(), which wipes. */
DSTACK_MUST int
dstack_client_get_tls_key(const dstack_client *client,
    const dstack_cert_request *request, dstack_tls_key **ret,
    dstack_error *err);

/* Extend RTMR3 with an event of the app's: name 1 to 255 bytes of UTF-8, any
 * payload up to 1 MiB. Only where it is really measured: agents 0.5.0 to
 * 0.5.11 on TDX; DSTACK_ERR_UNSUPPORTED elsewhere, before anything is sent.
 * From 0.5.6 on a client's first event asks for a quote, to see that the
 * platform is TDX. Sent once, never retried: after DSTACK_ERR_IO, _TIMEOUT or
 * _CANCELLED it may have happened. */
DSTACK_MUST int
dstack_client_emit_event(const dstack_client *client, const char *name,
    const uint8_t *payload, size_t payload_len, dstack_error *err);

/* A node's keys, and an identity that binds them to this workload, ready to be
 * published: an Ed25519 key to sign with, derived at signing_path (NULL:
 * "vin-receipt-v1"), and, unless ret_sealing is NULL, a secp256k1 key to open
 * sealed payloads with, at sealing_path (NULL: "vin-encryption-v1"), as
 * dstack_client_derive_key() derives them with the purpose ""; and an
 * attestation over both. Three calls, each with the client's deadline. 0.5.6
 * and later. Free with dstack_identity_free() and dstack_key_free(). */
DSTACK_MUST int
dstack_client_make_identity(const dstack_client *client,
    const char *signing_path, const char *sealing_path, dstack_identity **ret,
    dstack_key **ret_signing, dstack_key **ret_sealing, dstack_error *err);

/* ---- the rest of v0 ----------------------------------------------------- */

/* v0 GetKey and nothing else; else as dstack_client_derive_key(). */
DSTACK_MUST int
dstack_client_get_key(const dstack_client *client, const char *path,
    const char *purpose, uint32_t algorithm, dstack_key **ret,
    dstack_error *err);
/* A versioned attestation over report_data (1 to 64 bytes), on any platform.
 * 0.5.6 and later. Free with dstack_attest_reply_free(). */
DSTACK_MUST int
dstack_client_attest(const dstack_client *client, const uint8_t *report_data,
    size_t report_data_len, dstack_attest_reply **ret, dstack_error *err);
/* Who and what the app is. On a tappd and a worker too. Free with
 * dstack_info_free(). */
DSTACK_MUST int
dstack_client_info(
    const dstack_client *client, dstack_info **ret, dstack_error *err);
/* A signature by the app's signing key (path "vms") over at most 4 MiB.
 * algorithm: DSTACK_KEY_SECP256K1 (over SHA-256 of data), _SECP256K1_PREHASHED
 * (data is the 32-byte digest), _ED25519. The signature is verified here under
 * the key that the answer tells; whose that is, its chain says. 0.5.6 and
 * later. Free with dstack_sign_reply_free(). */
DSTACK_MUST int
dstack_client_sign(const dstack_client *client, const uint8_t *data,
    size_t data_len, uint32_t algorithm, dstack_sign_reply **ret,
    dstack_error *err);
/* Let the agent check a signature of 64 bytes; *ret_valid is 1 or 0. algorithm
 * and data as for dstack_client_sign(); public_key 33 or 65 bytes, or 32 of
 * Ed25519. What the agent answers, nobody vouches for. 0.5.6 and later. */
DSTACK_MUST int
dstack_client_verify(const dstack_client *client, const uint8_t *public_key,
    size_t public_key_len, const uint8_t *data, size_t data_len,
    const uint8_t *signature, size_t signature_len, uint32_t algorithm,
    int *ret_valid, dstack_error *err);
/* Version and git revision as the service tells them; 0.5.7 and later (worker
 * 0.3.4). The caller's: free each with dstack_free(). Either may be NULL. */
DSTACK_MUST int
dstack_client_version(const dstack_client *client, char **ret_version,
    char **ret_revision, dstack_error *err);

/* ---- v1: 0.6.0 and later ------------------------------------------------ */

/* domain is at most 64 KiB of UTF-8, NUL included; other keys than v0's.
 * algorithm: DSTACK_KEY_SECP256K1 or DSTACK_KEY_ED25519. The public key that
 * the agent tells is compared with the secret's. */
DSTACK_MUST int
dstack_client_v1_get_key(const dstack_client *client, const char *domain,
    size_t domain_len, uint32_t algorithm, dstack_key **ret, dstack_error *err);
/* As dstack_client_get_tls_key(), of v1 and nothing else. */
DSTACK_MUST int
dstack_client_v1_issue_cert(const dstack_client *client,
    const dstack_cert_request *request, dstack_tls_key **ret,
    dstack_error *err);
/* As dstack_client_attest(); with_gpu 1: and the evidence of the GPUs recorded
 * at boot; 0: without. */
DSTACK_MUST int
dstack_client_v1_attest(const dstack_client *client, const uint8_t *report_data,
    size_t report_data_len, int with_gpu, dstack_attest_reply **ret,
    dstack_error *err);
/* Fresh evidence of the GPUs over this nonce of exactly 32 bytes. Takes
 * seconds. Free with dstack_gpu_reply_free(). */
DSTACK_MUST int
dstack_client_v1_attest_gpu(const dstack_client *client, const uint8_t *nonce,
    size_t nonce_len, dstack_gpu_reply **ret, dstack_error *err);
/* On a worker too. */
DSTACK_MUST int
dstack_client_v1_info(
    const dstack_client *client, dstack_info **ret, dstack_error *err);
DSTACK_MUST int
dstack_client_v1_version(const dstack_client *client, char **ret_version,
    char **ret_revision, dstack_error *err);

/* ---- tappd: the client's service is DSTACK_SERVICE_TAPPD ---------------- */

/* A P-256 key derived from the app's key and path, and a certificate; a NULL
 * request is an empty one. Usages need 0.4.2; validity and app info no tappd
 * has. With random_seed 1 the key is a fresh one (0.4.2 and later). */
DSTACK_MUST int
dstack_client_tappd_derive_key(const dstack_client *client, const char *path,
    const dstack_cert_request *request, int random_seed, dstack_tls_key **ret,
    dstack_error *err);
/* The same key as v0 GetKey's. 0.4.2 and later. */
DSTACK_MUST int
dstack_client_tappd_derive_k256_key(const dstack_client *client,
    const char *path, const char *purpose, dstack_key **ret, dstack_error *err);
/* A quote whose report data is that of dstack_report_data_hash() with prefix
 * as tag, which is computed here too and compared. content: at most 4 MiB. A
 * prefix other than NULL and "app-data" needs 0.3.4. */
DSTACK_MUST int
dstack_client_tappd_tdx_quote(const dstack_client *client,
    const uint8_t *content, size_t content_len, const char *hash,
    const char *prefix, dstack_quote_reply **ret, dstack_error *err);
/* report_data: exactly 64 bytes. 0.3.4 and later. */
DSTACK_MUST int
dstack_client_tappd_raw_quote(const dstack_client *client,
    const uint8_t *report_data, size_t report_data_len,
    dstack_quote_reply **ret, dstack_error *err);

/* ---- worker: the client's service is DSTACK_SERVICE_WORKER -------------- */

/* A quote that names the app's signing key in its report data ("dip1::...").
 * algorithm: DSTACK_KEY_SECP256K1 or DSTACK_KEY_ED25519; 0.5.6 and later, TDX
 * only. The key named is dstack_quote_reply_app_key(). */
DSTACK_MUST int
dstack_client_worker_app_key_quote(const dstack_client *client,
    uint32_t algorithm, dstack_quote_reply **ret, dstack_error *err);
/* Is the app healthy? 0.6.0 and later. Free with dstack_health_free(). */
DSTACK_MUST int
dstack_client_worker_health(
    const dstack_client *client, dstack_health **ret, dstack_error *err);

#ifdef __cplusplus
}
#endif
#endif
