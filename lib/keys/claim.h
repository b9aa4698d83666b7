/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_KEYS_CLAIM_H
#define DS_KEYS_CLAIM_H

#include "base/bytes.h"
#include "keys/kms.h"

/* What the links of a key chain are over (guest API: signature chains). */
typedef struct {
    uint32_t scheme; /* DSTACK_SCHEME_V0, DSTACK_SCHEME_V1 */
    uint32_t algorithm;
    ds_view public_key;
    ds_view context; /* v0: the purpose; v1: the domain */
} ds_claim;

/* keccak256(purpose ":" hex(key)), or that of v1's four fields, each with its
 * length before it. False when the library below fails. */
bool
ds_claim_digest(const ds_claim *claim, uint8_t digest[32]);
/* keccak256("dstack-kms-issued:" app_id app_root). */
bool
ds_claim_issued_digest(const uint8_t app_id[DS_APP_ID],
    const uint8_t app_root[DS_K1_POINT], uint8_t digest[32]);

/* 33 bytes that are a point of secp256k1, or 32 of Ed25519. */
bool
ds_claim_key_is_valid(const ds_claim *claim);

#endif
