/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/error.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "dstack/env.h"
#include "keys/kms.h"

enum {
    MAX_AGE = 300, /* seconds */
    MAX_AHEAD = 60
};

static int
fail(dstack_error *err, int reason, const char *expected)
{
    return ds_fail_reason(err, ds_reason_code(reason), DSTACK_STAGE_KEYS,
        reason, "environment key: expected %s", expected);
}

/* The app's id, the time where there is one, and the key. */
static bool
make_digest(const dstack_kms_trust *trust, ds_view key,
    const uint64_t *timestamp, uint8_t digest[32])
{
    uint8_t time[8];
    ds_view parts[4] = {
        ds_view_str("dstack-env-encrypt-pubkey:"),
        ds_view_of(trust->app_id, DS_APP_ID),
        ds_view_of(time, timestamp ? sizeof time : 0),
        key,
    };

    for (int i = 0; i < 8; i++)
        time[i] = (uint8_t)((timestamp ? *timestamp : 0) >> (56 - 8 * i));
    return ds_hash_parts(DS_KECCAK256, parts, 4, digest);
}

static int
check_signature(const dstack_kms_trust *trust, ds_view key, ds_view signature,
    const uint64_t *timestamp, dstack_error *err)
{
    uint8_t digest[32], signer[DS_K1_POINT];
    char hex[2 * DS_K1_POINT + 1];
    int fault;

    if (!trust || !key.p || (!signature.p && signature.n != 0))
        return ds_fail(err, DSTACK_ERR_ARG, "environment key: NULL argument");
    if (trust->count == 0)
        return ds_fail(err, DSTACK_ERR_ARG,
            "environment key: nobody is trusted; add a KMS root key to the "
            "trust");
    if (key.n != 32)
        return fail(err, DSTACK_REASON_ENV_KEY, "an X25519 key of 32 bytes");
    if (!make_digest(trust, key, timestamp, digest))
        return ds_fail(err, DSTACK_ERR_INTERNAL, "Keccak-256 failed");
    fault = ds_kms_recover(digest, signature, signer);
    if (fault != DS_LINK_OK)
        return fail(err, DSTACK_REASON_ENV_KEY_LENGTH + fault,
            ds_kms_link_expected(fault));
    if (ds_kms_is_root(trust, signer))
        return DSTACK_OK;
    ds_hex_encode(ds_view_of(signer, DS_K1_POINT), hex);
    return ds_fail_reason(err, DSTACK_ERR_UNTRUSTED, DSTACK_STAGE_KEYS,
        DSTACK_REASON_ENV_KEY_SIGNER,
        "environment key: expected one of the %zu trusted KMS root keys; "
        "found %s, or a signature over something else",
        trust->count, hex);
}

/* Both are far from the ends of their types. */
static int
check_time(int64_t timestamp, int64_t now, dstack_error *err)
{
    if (now - timestamp > MAX_AGE)
        return ds_fail_reason(err, DSTACK_ERR_STALE, DSTACK_STAGE_KEYS,
            DSTACK_REASON_ENV_KEY_STALE,
            "environment key: signed %" PRId64 " seconds ago, at most %d; ask "
            "the KMS again",
            now - timestamp, MAX_AGE);
    if (timestamp - now > MAX_AHEAD)
        return ds_fail_reason(err, DSTACK_ERR_STALE, DSTACK_STAGE_KEYS,
            DSTACK_REASON_ENV_KEY_FUTURE,
            "environment key: signed %" PRId64 " seconds from now, at most %d; "
            "is this clock right?",
            timestamp - now, MAX_AHEAD);
    return DSTACK_OK;
}

int
dstack_env_key_verify(const dstack_kms_trust *trust, const uint8_t *public_key,
    size_t public_key_len, const uint8_t *signature_v1, size_t signature_v1_len,
    uint64_t timestamp, int64_t now, dstack_error *err)
{
    int rc;

    ds_err_clear(err);
    if (now < 0 || now > DS_TIME_MAX)
        return ds_fail_reason(err, DSTACK_ERR_ARG, DSTACK_STAGE_KEYS,
            DSTACK_REASON_TIME_RANGE,
            "environment key: now is out of range; expected seconds since "
            "1970");
    rc = check_signature(trust, ds_view_of(public_key, public_key_len),
        ds_view_of(signature_v1, signature_v1_len), &timestamp, err);
    if (rc != DSTACK_OK)
        return rc;
    return check_time(timestamp > DS_TIME_MAX ? DS_TIME_MAX + MAX_AHEAD + 1
                                              : (int64_t)timestamp,
        now, err);
}

int
dstack_env_key_accept_legacy(const dstack_kms_trust *trust,
    const uint8_t *public_key, size_t public_key_len, const uint8_t *signature,
    size_t signature_len, dstack_error *err)
{
    ds_err_clear(err);
    return check_signature(trust, ds_view_of(public_key, public_key_len),
        ds_view_of(signature, signature_len), NULL, err);
}
