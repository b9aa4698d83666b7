/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_IDENTITY_H
#define DSTACK_IDENTITY_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/collateral.h"
#include "dstack/error.h"
#include "dstack/export.h"
#include "dstack/keychain.h"
#include "dstack/kms.h"
#include "dstack/policy.h"
#include "dstack/report.h"
#include "dstack/verify.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Workload identities: a node's public keys, and evidence whose report data
 * names them: sha512(tag ":" keys), the keys' bytes one behind the other.
 * Source: dstack's report data content types. */

/* The tag "vin-receipt-key" goes with one Ed25519 key, "vin-node-keys" with an
 * Ed25519 and a secp256k1 key, any other with 1 to 8 keys. */

/* What a node publishes. NOT verified. Not for use by two threads at once while
 * it is set up. */
typedef struct dstack_identity dstack_identity;

/* An identity under this tag (1 to 255 of a to z, 0 to 9 and -), without keys
 * and evidence. NULL is
 * "vin-node-keys".
 * Returns DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_NOMEM. Free with
 * dstack_identity_free(). */
DSTACK_MUST int
dstack_identity_new(const char *tag, dstack_identity **ret, dstack_error *err);
DSTACK_API void
dstack_identity_free(dstack_identity *identity); /* NULL is a no-op */
/* One more public key, at most 8: DSTACK_KEY_ED25519 (32 bytes), or after all
 * of these DSTACK_KEY_SECP256K1 (33 bytes, compressed). `path` is where it was
 * derived and may be NULL.
 * Returns DSTACK_OK; DSTACK_ERR_ARG, also for a key that is no point of
 * secp256k1; DSTACK_ERR_NOMEM. */
DSTACK_MUST int
dstack_identity_add_key(dstack_identity *identity, const uint8_t *key,
    size_t key_len, uint32_t algorithm, const char *path, dstack_error *err);
/* How the key that was added last was derived (DSTACK_SCHEME_*) and for which
 * purpose (NULL is ""), and one link of its signature chain, 65 bytes or none;
 * at most 2 in order. Returns DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_NOMEM. */
DSTACK_MUST int
dstack_identity_set_origin(dstack_identity *identity, uint32_t scheme,
    const char *purpose, dstack_error *err);
DSTACK_MUST int
dstack_identity_add_link(dstack_identity *identity, const uint8_t *link,
    size_t link_len, dstack_error *err);
/* The 64 bytes of report data that evidence for these keys must have; ask for
 * a quote over them. Returns DSTACK_OK; DSTACK_ERR_ARG, also when the tag asks
 * for other keys; DSTACK_ERR_NOMEM; DSTACK_ERR_INTERNAL. */
DSTACK_MUST int
dstack_identity_report_data(const dstack_identity *identity,
    uint8_t *report_data, size_t report_data_len, dstack_error *err);
/* The evidence, in any form that dstack_evidence_parse() takes; at most 16 MiB;
 * copied, not looked into.
 * Returns DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_NOMEM. */
DSTACK_MUST int
dstack_identity_set_evidence(dstack_identity *identity, const uint8_t *evidence,
    size_t evidence_len, dstack_error *err);

/* The identity as one JSON object, and back; at most 32 MiB. NUL-terminated,
 * the caller's: free with dstack_free().
 * Return DSTACK_OK; DSTACK_ERR_ARG, also for an identity without keys or
 * evidence; DSTACK_ERR_NOMEM; DSTACK_ERR_PARSE with reason identity_format or
 * json*. */
DSTACK_MUST int
dstack_identity_to_json(const dstack_identity *identity, char **ret_json,
    size_t *ret_len, dstack_error *err);
DSTACK_MUST int
dstack_identity_parse(const uint8_t *json, size_t json_len,
    dstack_identity **ret, dstack_error *err);

/* What is in it; NULL, 0 or "" where absent. A link is empty where the key has
 * a chain and that link is none. Borrowed. */
DSTACK_API const char *
dstack_identity_tag(const dstack_identity *identity);
DSTACK_API size_t
dstack_identity_key_count(const dstack_identity *identity);
DSTACK_API const uint8_t *
dstack_identity_key(const dstack_identity *identity, size_t index, size_t *len);
DSTACK_API uint32_t
dstack_identity_key_algorithm(const dstack_identity *identity, size_t index);
DSTACK_API uint32_t
dstack_identity_key_scheme(const dstack_identity *identity, size_t index);
DSTACK_API const char *
dstack_identity_key_path(const dstack_identity *identity, size_t index);
DSTACK_API const char *
dstack_identity_key_purpose(const dstack_identity *identity, size_t index);
DSTACK_API size_t
dstack_identity_link_count(const dstack_identity *identity, size_t index);
DSTACK_API const uint8_t *
dstack_identity_link(const dstack_identity *identity, size_t index,
    size_t link_index, size_t *len);
DSTACK_API const uint8_t *
dstack_identity_evidence(const dstack_identity *identity, size_t *len);

/* A receipt's member "attestation" that refers to this identity's evidence:
 * {"type":"dstack","report_hash":...}, with "measurement" where one is given
 * (the app's compose hash, say; at most 64 bytes). NUL-terminated, the
 * caller's: free with dstack_free().
 * Returns DSTACK_OK; DSTACK_ERR_ARG; DSTACK_ERR_NOMEM; DSTACK_ERR_INTERNAL. */
DSTACK_MUST int
dstack_identity_attestation(const dstack_identity *identity,
    const uint8_t *measurement, size_t measurement_len, char **ret_json,
    size_t *ret_len, dstack_error *err);

/* ---- verifying ---------------------------------------------------------- */

/* Whose identity was verified: its keys, and how long the verdict holds. Does
 * not borrow from anything. Immutable; share freely. */
typedef struct dstack_peer dstack_peer;

/* Is the evidence genuine, is it what the policy asks for, and does it name
 * these keys? verifier, collateral, policy, now and ret_report are those of
 * dstack_verifier_verify(). Free the result with dstack_peer_free().
 * Returns DSTACK_OK; what dstack_verifier_verify() and dstack_evidence_parse()
 * do; DSTACK_ERR_UNTRUSTED with reason identity_key_binding when genuine
 * evidence names other keys; DSTACK_ERR_PARSE with reason identity_format when
 * the identity has no evidence, or other keys than its tag asks for. No I/O.
 * Thread-safe. */
DSTACK_MUST int
dstack_identity_verify(const dstack_identity *identity,
    const dstack_verifier *verifier, const dstack_collateral *collateral,
    const dstack_policy *policy, int64_t now, dstack_peer **ret,
    dstack_report **ret_report, dstack_error *err);
DSTACK_API void
dstack_peer_free(dstack_peer *peer); /* NULL is a no-op */

/* ---- and its keys' chains ------------------------------------------------ */

/* Signature chains are a second proof of where a key is from, by a KMS whose
 * root key the caller pins. They name an app, not its code, and no time: a
 * chain stands beside evidence and never in its place, so that no peer comes of
 * chains alone. */

enum { /* what is asked of the keys */
    DSTACK_CHAINS_REQUIRED = 1,
    DSTACK_CHAINS_ACCEPT_NONE = 2 /* weaker: a key may have none */
};

/* What was found of each key, in the identity's order. Immutable; share freely.
 * Getters borrow from it and cannot fail. */
typedef struct dstack_identity_chains dstack_identity_chains;
DSTACK_API void
dstack_identity_chains_free(
    dstack_identity_chains *chains); /* NULL is a no-op */
/* DSTACK_CHECK_PASSED; _FAILED, with a reason; _NOT_RUN for a key without a
 * chain that may be without, and for no such key. */
DSTACK_API int
dstack_identity_chains_result(
    const dstack_identity_chains *chains, size_t index);
DSTACK_API int
dstack_identity_chains_reason(
    const dstack_identity_chains *chains, size_t index);
/* Link by link; NULL where there was no chain to judge. */
DSTACK_API const dstack_keychain_report *
dstack_identity_chains_report(
    const dstack_identity_chains *chains, size_t index);

/* Are these keys of the trusted app, by their chains? NOT whether they live in
 * a TEE, nor in which code. Each is judged as by dstack_keychain_verify_v0(),
 * for the purpose that the identity tells, or _v1(), for its path; `chains` is
 * DSTACK_CHAINS_*. ret may be NULL; else it receives what was found, also when
 * the answer is no. Free with dstack_identity_chains_free().
 * Returns DSTACK_OK only if every chain that there is passed; what these two
 * return of the first that did not; DSTACK_ERR_UNTRUSTED with reason
 * identity_chain_missing; DSTACK_ERR_PARSE with reason identity_chain_origin
 * when scheme or path is not told; DSTACK_ERR_ARG; DSTACK_ERR_NOMEM;
 * DSTACK_ERR_INTERNAL. No I/O. Thread-safe. */
DSTACK_MUST int
dstack_identity_verify_chains(const dstack_identity *identity,
    const dstack_kms_trust *trust, uint32_t chains,
    dstack_identity_chains **ret, dstack_error *err);

/* dstack_identity_verify() and dstack_identity_verify_chains(), both; and the
 * app id, if the evidence claims one, is the trusted one. The evidence comes
 * first: *ret_chains stays NULL where it is refused.
 * Returns what these two do; DSTACK_ERR_UNTRUSTED with reason
 * identity_chain_app_id. No I/O. Thread-safe. */
DSTACK_MUST int
dstack_identity_verify_with_chains(const dstack_identity *identity,
    const dstack_verifier *verifier, const dstack_collateral *collateral,
    const dstack_policy *policy, const dstack_kms_trust *trust, uint32_t chains,
    int64_t now, dstack_peer **ret, dstack_report **ret_report,
    dstack_identity_chains **ret_chains, dstack_error *err);

/* ---- what a peer is good for --------------------------------------------- */

/* Until when (inclusive) the verdict holds, seconds since 1970: verify again
 * after that, with newer collateral. -1 for NULL. */
DSTACK_API int64_t
dstack_peer_valid_until(const dstack_peer *peer);
/* Its keys, in the identity's order; NULL and *len 0 behind the last. */
DSTACK_API size_t
dstack_peer_key_count(const dstack_peer *peer);
DSTACK_API const uint8_t *
dstack_peer_key(const dstack_peer *peer, size_t index, size_t *len);
DSTACK_API uint32_t
dstack_peer_key_algorithm(const dstack_peer *peer, size_t index);
/* What is known of the key's chain: DSTACK_CHECK_PASSED; _NOT_JUDGED when it
 * has one and nobody asked; _NOT_RUN when it has none. */
DSTACK_API int
dstack_peer_chain_result(const dstack_peer *peer, size_t index);

/* Is this a signature by one of the peer's keys of this algorithm? As
 * dstack_signature_verify(), while the verdict holds.
 * Returns DSTACK_OK; DSTACK_ERR_STALE with reason identity_expired;
 * DSTACK_ERR_UNTRUSTED with reason identity_key when the peer has no such key,
 * identity_signature when none of its keys made this; DSTACK_ERR_ARG;
 * DSTACK_ERR_INTERNAL. Thread-safe. */
DSTACK_MUST int
dstack_peer_verify_signature(const dstack_peer *peer, const uint8_t *data,
    size_t data_len, const uint8_t *signature, size_t signature_len,
    uint32_t algorithm, int64_t now, dstack_error *err);

#ifdef __cplusplus
}
#endif
#endif
