/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/claim.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/k1.h"
#include "dstack/reply.h"

static bool
digest_v0(const ds_claim *c, uint8_t digest[32])
{
    char hex[2 * DS_K1_POINT + 1];
    ds_view parts[3];

    if (c->public_key.n > DS_K1_POINT)
        return false;
    ds_hex_encode(c->public_key, hex);
    parts[0] = c->context;
    parts[1] = ds_view_str(":");
    parts[2] = ds_view_str(hex);
    return ds_hash_parts(DS_KECCAK256, parts, 3, digest);
}

/* A field's length as four bytes, most significant first. */
static ds_view
length(ds_view field, uint8_t out[4])
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(field.n >> (24 - 8 * i));
    return ds_view_of(out, 4);
}

static bool
digest_v1(const ds_claim *c, uint8_t digest[32])
{
    const ds_view fields[4] = {
        ds_view_str("dstack-guest-v1-key-claim"),
        ds_view_str(dstack_key_algorithm_name(c->algorithm)),
        c->context,
        c->public_key,
    };
    uint8_t lengths[4][4];
    ds_view parts[8];

    if (c->context.n > UINT32_MAX)
        return false;
    for (size_t i = 0; i < 4; i++) {
        parts[2 * i] = length(fields[i], lengths[i]);
        parts[2 * i + 1] = fields[i];
    }
    return ds_hash_parts(DS_KECCAK256, parts, 8, digest);
}

bool
ds_claim_digest(const ds_claim *claim, uint8_t digest[32])
{
    return claim->scheme == DSTACK_SCHEME_V1 ? digest_v1(claim, digest)
                                             : digest_v0(claim, digest);
}

bool
ds_claim_issued_digest(const uint8_t app_id[DS_APP_ID],
    const uint8_t app_root[DS_K1_POINT], uint8_t digest[32])
{
    const ds_view parts[3] = {
        ds_view_str("dstack-kms-issued:"),
        ds_view_of(app_id, DS_APP_ID),
        ds_view_of(app_root, DS_K1_POINT),
    };

    return ds_hash_parts(DS_KECCAK256, parts, 3, digest);
}

bool
ds_claim_key_is_valid(const ds_claim *claim)
{
    if (claim->algorithm == DSTACK_KEY_ED25519)
        return claim->public_key.n == 32;
    return claim->algorithm == DSTACK_KEY_SECP256K1 &&
           claim->public_key.n == DS_K1_POINT &&
           ds_k1_parse(claim->public_key, NULL, NULL) == DS_K1_OK;
}
