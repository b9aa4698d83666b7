/* SPDX-License-Identifier: Apache-2.0 */
#include "support/keychain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/k1.h"
#include "support/vec.h"

key_bytes
key_hex(const char *text)
{
    key_bytes b = {{0}, strlen(text) / 2};

    assert_true(b.n <= sizeof b.p);
    assert_true(ds_hex_decode(ds_view_str(text), b.p, b.n));
    return b;
}

dstack_kms_trust *
trust_of(const char *app_id, const char *root)
{
    dstack_kms_trust *trust = NULL;
    key_bytes id = key_hex(app_id), key = key_hex(root ? root : "");

    assert_int_equal(dstack_kms_trust_new(id.p, id.n, &trust, NULL), DSTACK_OK);
    if (root)
        assert_int_equal(
            dstack_kms_trust_add_root(trust, key.p, key.n, NULL), DSTACK_OK);
    return trust;
}

/* ---- chains ------------------------------------------------------------------- */

/* What one judgement says must be the same in code, error and report. */
static int
agree(int rc, const dstack_error *err, dstack_keychain_report *r)
{
    int reason = err->reason;
    size_t failed = 0;

    assert_int_equal(err->code, rc);
    assert_int_equal(err->message[0] != 0, rc != DSTACK_OK);
    assert_non_null(r);
    assert_int_equal(dstack_keychain_report_is_accepted(r), rc == DSTACK_OK);
    assert_int_equal(dstack_keychain_report_reason(r), reason);
    assert_string_equal(dstack_keychain_report_message(r), err->message);
    for (size_t i = 0; i < dstack_keychain_report_check_count(r); i++)
        if (dstack_keychain_report_check_result(r, i) == DSTACK_CHECK_FAILED) {
            failed++;
            assert_int_equal(dstack_keychain_report_check_reason(r, i), reason);
            assert_true(dstack_keychain_report_check_expected(r, i)[0]);
            assert_true(dstack_keychain_report_check_found(r, i)[0]);
        }
    assert_int_equal(failed, rc != DSTACK_OK);
    dstack_keychain_report_free(r);
    return rc;
}

int
chain_v0(const dstack_kms_trust *trust, const char *key, const char *purpose,
    const char *app_link, const char *kms_link, dstack_error *err)
{
    key_bytes k = key_hex(key), a = key_hex(app_link), m = key_hex(kms_link);
    dstack_keychain_report *r = NULL;
    int rc = dstack_keychain_verify_v0(trust, k.p, k.n,
        (const uint8_t *)purpose, strlen(purpose), a.p, a.n, m.p, m.n, &r, err);

    return agree(rc, err, r);
}

int
chain_v1(const dstack_kms_trust *trust, const char *key, const char *domain,
    uint32_t algorithm, const char *app_link, const char *kms_link,
    dstack_error *err)
{
    key_bytes k = key_hex(key), a = key_hex(app_link), m = key_hex(kms_link);
    dstack_keychain_report *r = NULL;
    int rc = dstack_keychain_verify_v1(trust, k.p, k.n, (const uint8_t *)domain,
        strlen(domain), a.p, a.n, m.p, m.n, algorithm, &r, err);

    return agree(rc, err, r);
}

int
chain_sign(const char *key, const void *data, size_t data_len,
    const char *signature, const char *app_link, uint32_t algorithm,
    dstack_error *err)
{
    dstack_kms_trust *trust = trust_of(APP_ID, ROOT);
    key_bytes k = key_hex(key), s = key_hex(signature), a = key_hex(app_link),
              m = key_hex(KMS_LINK);
    dstack_keychain_report *r = NULL;
    int rc = dstack_keychain_verify_sign(trust, k.p, k.n, data, data_len, s.p,
        s.n, a.p, a.n, m.p, m.n, algorithm, &r, err);

    dstack_kms_trust_free(trust);
    return agree(rc, err, r);
}

static void
link_of(const uint8_t secret[32], const ds_view *parts, size_t n, char hex[131])
{
    uint8_t digest[32], link[65];

    assert_true(ds_hash_parts(DS_KECCAK256, parts, n, digest));
    assert_int_equal(ds_k1_sign(secret, digest, link), DS_K1_OK);
    ds_hex_encode(ds_view_of(link, sizeof link), hex);
}

void
chain_forge(const char *kms_secret, const char *app_secret, const char *app_id,
    const char *claim, size_t claim_len, char app_link[131], char kms_link[131])
{
    key_bytes kms = key_hex(kms_secret), app = key_hex(app_secret);
    key_bytes id = key_hex(app_id);
    uint8_t key[33];
    ds_view said = ds_view_of((const uint8_t *)claim, claim_len);
    ds_view issued[] = {ds_view_str("dstack-kms-issued:"),
        ds_view_of(id.p, id.n), ds_view_of(key, sizeof key)};

    assert_int_equal(ds_k1_public(app.p, key, NULL), DS_K1_OK);
    link_of(app.p, &said, 1, app_link);
    link_of(kms.p, issued, 3, kms_link);
}

/* ---- other signatures ------------------------------------------------------------ */

int
signature_check(const char *key, const void *data, size_t data_len,
    const char *signature, uint32_t algorithm, dstack_error *err)
{
    ds_view k = vec_bytes(key), s = vec_bytes(signature);
    int rc = dstack_signature_verify(
        k.p, k.n, data, data_len, s.p, s.n, algorithm, err);

    assert_int_equal(err->code, rc);
    assert_int_equal(err->message[0] != 0, rc != DSTACK_OK);
    vec_free(k);
    vec_free(s);
    return rc;
}

int
env_key_check(const char *id, const char *signer, const char *key,
    const char *signature, uint64_t timestamp, int64_t now, dstack_error *err)
{
    key_bytes k = key_hex(key), g = key_hex(signature);
    dstack_kms_trust *trust = trust_of(id, signer);
    int rc = now < 0
                 ? dstack_env_key_accept_legacy(trust, k.p, k.n, g.p, g.n, err)
                 : dstack_env_key_verify(
                       trust, k.p, k.n, g.p, g.n, timestamp, now, err);

    dstack_kms_trust_free(trust);
    return rc;
}
