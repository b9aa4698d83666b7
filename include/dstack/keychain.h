/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_KEYCHAIN_H
#define DSTACK_KEYCHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"
#include "dstack/kms.h"
#include "dstack/report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Key chains: two signatures that tie a key of GetKey or Sign to an app and to
 * the KMS that serves it. The first, the app's link, is by the app's root key
 * over the key and what it is for; the second, the KMS's link, by the KMS's
 * root key over the app's id and the app's root key. Each has 65 bytes: r, s
 * and the recovery id v from 0 to 3; s is low. Source: dstack guest API v0 and
 * v1, signature chains. */

/* What was found, link by link. Immutable; share freely. Getters borrow from
 * the report and cannot fail. */
typedef struct dstack_keychain_report dstack_keychain_report;
DSTACK_API void
dstack_keychain_report_free(
    dstack_keychain_report *report); /* NULL is a no-op */
/* 1 when every check passed: the same answer as DSTACK_OK from the call that
 * made the report. */
DSTACK_API int
dstack_keychain_report_is_accepted(const dstack_keychain_report *report);
/* Why not: reason and message of the first check that failed; 0 and "" when
 * accepted. */
DSTACK_API int
dstack_keychain_report_reason(const dstack_keychain_report *report);
DSTACK_API const char *
dstack_keychain_report_message(const dstack_keychain_report *report);
/* Every check in order: "key", "signature" (Sign's chain alone), "app_link",
 * "kms_link", "anchor"; its result (DSTACK_CHECK_*), and, when it failed, the
 * reason and what was expected and found ("" where a text makes no sense). */
DSTACK_API size_t
dstack_keychain_report_check_count(const dstack_keychain_report *report);
DSTACK_API const char *
dstack_keychain_report_check_name(
    const dstack_keychain_report *report, size_t index);
DSTACK_API int
dstack_keychain_report_check_result(
    const dstack_keychain_report *report, size_t index);
DSTACK_API int
dstack_keychain_report_check_reason(
    const dstack_keychain_report *report, size_t index);
DSTACK_API const char *
dstack_keychain_report_check_expected(
    const dstack_keychain_report *report, size_t index);
DSTACK_API const char *
dstack_keychain_report_check_found(
    const dstack_keychain_report *report, size_t index);
/* The keys that made the links, 33 bytes compressed; NULL where a link is
 * absent or malformed. Keys to trust only when the report is accepted: every
 * chain has some. */
DSTACK_API const uint8_t *
dstack_keychain_report_app_root(
    const dstack_keychain_report *report, size_t *len);
DSTACK_API const uint8_t *
dstack_keychain_report_kms_root(
    const dstack_keychain_report *report, size_t *len);

/* Is this the public key of a v0 key (GetKey, DeriveK256Key) of the trusted
 * app, made for this purpose?
 *
 *   trust       the app's id and at least one root.
 *   public_key  33 bytes compressed secp256k1, or 32 bytes Ed25519; of a secret
 *               key: dstack_signature_public_key().
 *   purpose     as it was asked for; may be empty. The path is not signed.
 *   app_link    the chain's first element; 65 bytes.
 *   kms_link    the chain's last; empty where no KMS serves the app, which is
 *               refused unless dstack_kms_trust_accept_app_root() was called.
 *   ret         NULL, or receives a report, also when the answer is no. Free
 *               with dstack_keychain_report_free().
 *
 * A link over another key, purpose or app is a good signature by a key that
 * nobody knows, so that the check "anchor" fails.
 * Returns DSTACK_OK only if every check passed; DSTACK_ERR_PARSE or
 * DSTACK_ERR_UNTRUSTED by the first check that failed, with one of the reasons
 * key_chain_*; DSTACK_ERR_ARG: NULL, or nobody is trusted; DSTACK_ERR_NOMEM;
 * DSTACK_ERR_INTERNAL. Thread-safe. */
DSTACK_MUST int
dstack_keychain_verify_v0(const dstack_kms_trust *trust,
    const uint8_t *public_key, size_t public_key_len, const uint8_t *purpose,
    size_t purpose_len, const uint8_t *app_link, size_t app_link_len,
    const uint8_t *kms_link, size_t kms_link_len, dstack_keychain_report **ret,
    dstack_error *err);

/* The same for a key of the v1 GetKey, made for this domain (any bytes) and
 * algorithm (DSTACK_KEY_SECP256K1, DSTACK_KEY_ED25519). */
DSTACK_MUST int
dstack_keychain_verify_v1(const dstack_kms_trust *trust,
    const uint8_t *public_key, size_t public_key_len, const uint8_t *domain,
    size_t domain_len, const uint8_t *app_link, size_t app_link_len,
    const uint8_t *kms_link, size_t kms_link_len, uint32_t algorithm,
    dstack_keychain_report **ret, dstack_error *err);

/* The same for an answer of Sign: the signature of 64 bytes (the chain's first
 * element is that again), by public_key over data, and a v0 chain for the
 * purpose "signing". algorithm: DSTACK_KEY_SECP256K1, _SECP256K1_PREHASHED,
 * _ED25519. */
DSTACK_MUST int
dstack_keychain_verify_sign(const dstack_kms_trust *trust,
    const uint8_t *public_key, size_t public_key_len, const uint8_t *data,
    size_t data_len, const uint8_t *signature, size_t signature_len,
    const uint8_t *app_link, size_t app_link_len, const uint8_t *kms_link,
    size_t kms_link_len, uint32_t algorithm, dstack_keychain_report **ret,
    dstack_error *err);

/* Discovery, NOT verification: whose links are these? Every pair of well-formed
 * signatures has an answer, also a forged one; what comes out is to be compared
 * with what is known from elsewhere, or shown to a person. ret_app_root and
 * ret_kms_root receive 33 bytes each; either may be NULL. The KMS's is zeros
 * where its link is empty.
 * Returns DSTACK_OK; DSTACK_ERR_PARSE or DSTACK_ERR_UNTRUSTED for a link that
 * is no signature; DSTACK_ERR_ARG; DSTACK_ERR_INTERNAL. Thread-safe. */
DSTACK_MUST int
dstack_keychain_discover_v0(const uint8_t *app_id, size_t app_id_len,
    const uint8_t *public_key, size_t public_key_len, const uint8_t *purpose,
    size_t purpose_len, const uint8_t *app_link, size_t app_link_len,
    const uint8_t *kms_link, size_t kms_link_len, uint8_t *ret_app_root,
    uint8_t *ret_kms_root, dstack_error *err);
DSTACK_MUST int
dstack_keychain_discover_v1(const uint8_t *app_id, size_t app_id_len,
    const uint8_t *public_key, size_t public_key_len, const uint8_t *domain,
    size_t domain_len, const uint8_t *app_link, size_t app_link_len,
    const uint8_t *kms_link, size_t kms_link_len, uint32_t algorithm,
    uint8_t *ret_app_root, uint8_t *ret_kms_root, dstack_error *err);

#ifdef __cplusplus
}
#endif
#endif
