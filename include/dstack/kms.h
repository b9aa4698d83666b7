/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_KMS_H
#define DSTACK_KMS_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Who may speak for an app's keys: the app, and the root keys of the KMSes
 * that are trusted to know it. Needed wherever a KMS's signature is judged;
 * where the roots come from (a contract on a chain, a configuration) is the
 * caller's to decide, and never the chain or the answer that is judged. Set it
 * up first; then it may be shared by any number of threads. */
typedef struct dstack_kms_trust dstack_kms_trust;

/* For the app with this id of exactly 20 bytes. It trusts nobody yet.
 * Returns DSTACK_OK; DSTACK_ERR_ARG: NULL, or another length;
 * DSTACK_ERR_NOMEM. Free with dstack_kms_trust_free(). */
DSTACK_MUST int
dstack_kms_trust_new(const uint8_t *app_id, size_t app_id_len,
    dstack_kms_trust **ret, dstack_error *err);
DSTACK_API void
dstack_kms_trust_free(dstack_kms_trust *trust); /* NULL is a no-op */

/* That app's id, 20 bytes; NULL and *len 0 for NULL. Borrowed. */
DSTACK_API const uint8_t *
dstack_kms_trust_app_id(const dstack_kms_trust *trust, size_t *len);

/* Trust the KMS with this secp256k1 root key, 33 bytes compressed (a KMS's
 * k256_pubkey); at most 64 of them.
 * Returns DSTACK_OK; DSTACK_ERR_ARG: NULL, no such key, or too many. */
DSTACK_MUST int
dstack_kms_trust_add_root(dstack_kms_trust *trust, const uint8_t *root,
    size_t root_len, dstack_error *err);

/* Weaker: also accept a key chain without a KMS's link, as apps have whose key
 * provider is not a KMS, if it begins with this app root key, 33 bytes
 * compressed. Nothing then ties that key to the app's id but the caller's
 * knowledge. Replaces the one accepted before.
 * Returns DSTACK_OK or DSTACK_ERR_ARG. */
DSTACK_MUST int
dstack_kms_trust_accept_app_root(dstack_kms_trust *trust,
    const uint8_t *app_root, size_t app_root_len, dstack_error *err);

#ifdef __cplusplus
}
#endif
#endif
