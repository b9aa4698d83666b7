/* SPDX-License-Identifier: Apache-2.0 */
#include "receipt/identity.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "crypto/k1.h"
#include "dstack/report_data.h"

#define MAX_TAG 255

/* No colon: tag and content would have another boundary. */
static bool
is_tag(const char *text, size_t n)
{
    if (n == 0 || n > MAX_TAG)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!(text[i] >= 'a' && text[i] <= 'z') &&
            !(text[i] >= '0' && text[i] <= '9') && text[i] != '-')
            return false;
    return true;
}

/* ---- making one ---------------------------------------------------------- */

int
dstack_identity_new(const char *tag, dstack_identity **ret, dstack_error *err)
{
    const char *text = tag ? tag : DS_TAG_NODE_KEYS;
    dstack_identity *identity;
    size_t n = strlen(text);

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!ret || !is_tag(text, n))
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_identity_new: NULL, or a tag that is not 1 to 255 of a to "
            "z, 0 to 9 and -");
    identity = ds_calloc(1, sizeof *identity);
    if (!identity)
        return ds_fail_nomem(err);
    identity->tag = ds_memdup(text, n);
    if (!identity->tag) {
        ds_free(identity);
        return ds_fail_nomem(err);
    }
    *ret = identity;
    return DSTACK_OK;
}

void
dstack_identity_free(dstack_identity *identity)
{
    if (!identity)
        return;
    for (size_t i = 0; i < identity->key_count; i++) {
        ds_free(identity->key[i].path);
        ds_free(identity->key[i].purpose);
    }
    ds_free(identity->tag);
    ds_free(identity->evidence);
    ds_free(identity);
}

/* Keys of one length, then of the other, so that the bytes that are hashed
 * can be cut into keys in one way only. */
static int
check_key(const dstack_identity *identity, ds_view key, uint32_t algorithm,
    dstack_error *err)
{
    size_t n = identity->key_count;

    if (n == DS_MAX_IDENTITY_KEYS)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_identity_add_key: more than %d keys", DS_MAX_IDENTITY_KEYS);
    if (algorithm == DSTACK_KEY_SECP256K1) {
        if (key.n == 33 && ds_k1_parse(key, NULL, NULL) == DS_K1_OK)
            return DSTACK_OK;
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_identity_add_key: %zu bytes that are no compressed point "
            "of secp256k1",
            key.n);
    }
    if (algorithm != DSTACK_KEY_ED25519 || key.n != 32)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_identity_add_key: neither a secp256k1 key nor an Ed25519 "
            "key of 32 bytes");
    if (n != 0 && identity->key[n - 1].key.algorithm != DSTACK_KEY_ED25519)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_identity_add_key: Ed25519 keys come before secp256k1 keys");
    return DSTACK_OK;
}

/* NULL stays NULL. */
static int
copy_text(const char *text, const char *what, char **ret, dstack_error *err)
{
    size_t n = text ? strlen(text) : 0;

    *ret = NULL;
    if (!text)
        return DSTACK_OK;
    if (n > DS_MAX_AGENT_PATH || !ds_utf8_is(ds_view_of(text, n)))
        return ds_fail(err, DSTACK_ERR_ARG,
            "identity: a %s that is not UTF-8 or longer than 64 KiB", what);
    *ret = ds_memdup(text, n);
    return *ret ? DSTACK_OK : ds_fail_nomem(err);
}

int
dstack_identity_add_key(dstack_identity *identity, const uint8_t *key,
    size_t key_len, uint32_t algorithm, const char *path, dstack_error *err)
{
    ds_identity_key *k;
    int rc;

    ds_err_clear(err);
    if (!identity || !key)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_identity_add_key: NULL argument");
    rc = check_key(identity, ds_view_of(key, key_len), algorithm, err);
    if (rc != DSTACK_OK)
        return rc;
    k = &identity->key[identity->key_count];
    memset(k, 0, sizeof *k);
    rc = copy_text(path, "path", &k->path, err);
    if (rc != DSTACK_OK)
        return rc;
    k->key.algorithm = algorithm;
    k->key.len = key_len;
    memcpy(k->key.bytes, key, key_len);
    identity->key_count++;
    return DSTACK_OK;
}

int
dstack_identity_set_origin(dstack_identity *identity, uint32_t scheme,
    const char *purpose, dstack_error *err)
{
    ds_identity_key *k;
    char *copy;
    int rc;

    ds_err_clear(err);
    if (!identity || identity->key_count == 0 ||
        (scheme != DSTACK_SCHEME_V0 && scheme != DSTACK_SCHEME_V1))
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_identity_set_origin: no identity, no key in it, or no such "
            "scheme");
    rc = copy_text(purpose ? purpose : "", "purpose", &copy, err);
    if (rc != DSTACK_OK)
        return rc;
    k = &identity->key[identity->key_count - 1];
    ds_free(k->purpose);
    k->purpose = copy;
    k->scheme = scheme;
    return DSTACK_OK;
}

int
dstack_identity_add_link(dstack_identity *identity, const uint8_t *link,
    size_t link_len, dstack_error *err)
{
    ds_identity_key *k = NULL;

    ds_err_clear(err);
    if (identity && identity->key_count != 0)
        k = &identity->key[identity->key_count - 1];
    if (!k || (!link && link_len != 0) ||
        (link_len != 0 && link_len != DS_LINK_SIZE) ||
        k->link_count == DS_MAX_LINKS)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_identity_add_link: no identity, no key in it, a third "
            "link, or one that has not 65 bytes and is not empty");
    if (link_len != 0)
        memcpy(k->link[k->link_count], link, link_len);
    k->link_len[k->link_count++] = (uint8_t)link_len;
    return DSTACK_OK;
}

int
dstack_identity_set_evidence(dstack_identity *identity, const uint8_t *evidence,
    size_t evidence_len, dstack_error *err)
{
    uint8_t *copy;

    ds_err_clear(err);
    if (!identity || !evidence || evidence_len == 0 ||
        evidence_len > DS_MAX_IDENTITY_EVIDENCE)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_identity_set_evidence: NULL, empty, or more than 16 MiB");
    copy = ds_memdup(evidence, evidence_len);
    if (!copy)
        return ds_fail_nomem(err);
    ds_free(identity->evidence);
    identity->evidence = copy;
    identity->evidence_len = evidence_len;
    return DSTACK_OK;
}

/* ---- the binding ---------------------------------------------------------- */

static bool
keys_fit_tag(const dstack_identity *identity)
{
    size_t n = identity->key_count;
    bool first = n > 0 && identity->key[0].key.algorithm == DSTACK_KEY_ED25519;

    if (strcmp(identity->tag, DS_TAG_RECEIPT_KEY) == 0)
        return n == 1 && first;
    if (strcmp(identity->tag, DS_TAG_NODE_KEYS) == 0)
        return n == 2 && first &&
               identity->key[1].key.algorithm == DSTACK_KEY_SECP256K1;
    return n > 0;
}

int
dstack_identity_report_data(const dstack_identity *identity,
    uint8_t *report_data, size_t report_data_len, dstack_error *err)
{
    uint8_t keys[DS_MAX_IDENTITY_KEYS * 33];
    size_t n = 0;

    ds_err_clear(err);
    if (report_data)
        memset(report_data, 0, report_data_len);
    if (!identity || !report_data || report_data_len != 64)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_identity_report_data: NULL, or not 64 bytes");
    if (!keys_fit_tag(identity))
        return ds_fail(err, DSTACK_ERR_ARG,
            "identity: the tag %s asks for other keys than these %zu",
            identity->tag, identity->key_count);
    for (size_t i = 0; i < identity->key_count; i++) {
        const ds_public_key *k = &identity->key[i].key;

        memcpy(keys + n, k->bytes, k->len);
        n += k->len;
    }
    return dstack_report_data_hash(
        identity->tag, keys, n, "sha512", report_data, err);
}

int
dstack_identity_attestation(const dstack_identity *identity,
    const uint8_t *measurement, size_t measurement_len, char **ret_json,
    size_t *ret_len, dstack_error *err)
{
    char hex[2 * 64 + 1];
    uint8_t hash[32];
    size_t n = 0;
    ds_buf out;

    ds_err_clear(err);
    if (ret_json)
        *ret_json = NULL;
    if (ret_len)
        *ret_len = 0;
    if (!identity || !ret_json || !identity->evidence || measurement_len > 64 ||
        (!measurement && measurement_len != 0))
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_identity_attestation: NULL, no evidence, or a measurement "
            "of more than 64 bytes");
    if (!ds_hash(DS_SHA256,
            ds_view_of(identity->evidence, identity->evidence_len),
            ds_view_of(NULL, 0), hash))
        return ds_fail(err, DSTACK_ERR_INTERNAL, "SHA-256 failed");
    ds_buf_init(&out, 1024);
    ds_buf_add_str(&out, "{\"type\":\"dstack\",\"report_hash\":\"");
    ds_hex_encode(ds_view_of(hash, 32), hex);
    ds_buf_add_str(&out, hex);
    if (measurement_len != 0) {
        ds_buf_add_str(&out, "\",\"measurement\":\"");
        ds_hex_encode(ds_view_of(measurement, measurement_len), hex);
        ds_buf_add_str(&out, hex);
    }
    ds_buf_add_str(&out, "\"}");
    if (!out.nomem)
        *ret_json = (char *)ds_buf_take(&out, &n);
    ds_buf_free(&out);
    if (ret_len)
        *ret_len = n;
    return *ret_json ? DSTACK_OK : ds_fail_nomem(err);
}

/* ---- getters ---------------------------------------------------------------- */

static const ds_identity_key *
key_at(const dstack_identity *identity, size_t index)
{
    return identity && index < identity->key_count ? &identity->key[index]
                                                   : NULL;
}

const char *
dstack_identity_tag(const dstack_identity *identity)
{
    return identity ? identity->tag : "";
}

size_t
dstack_identity_key_count(const dstack_identity *identity)
{
    return identity ? identity->key_count : 0;
}

const uint8_t *
dstack_identity_key(const dstack_identity *identity, size_t index, size_t *len)
{
    const ds_identity_key *k = key_at(identity, index);

    if (len)
        *len = k ? k->key.len : 0;
    return k ? k->key.bytes : NULL;
}

uint32_t
dstack_identity_key_algorithm(const dstack_identity *identity, size_t index)
{
    const ds_identity_key *k = key_at(identity, index);

    return k ? k->key.algorithm : 0;
}

uint32_t
dstack_identity_key_scheme(const dstack_identity *identity, size_t index)
{
    const ds_identity_key *k = key_at(identity, index);

    return k ? k->scheme : 0;
}

const char *
dstack_identity_key_path(const dstack_identity *identity, size_t index)
{
    const ds_identity_key *k = key_at(identity, index);

    return k && k->path ? k->path : "";
}

const char *
dstack_identity_key_purpose(const dstack_identity *identity, size_t index)
{
    const ds_identity_key *k = key_at(identity, index);

    return k && k->purpose ? k->purpose : "";
}

size_t
dstack_identity_link_count(const dstack_identity *identity, size_t index)
{
    const ds_identity_key *k = key_at(identity, index);

    return k ? k->link_count : 0;
}

const uint8_t *
dstack_identity_link(const dstack_identity *identity, size_t index,
    size_t link_index, size_t *len)
{
    const ds_identity_key *k = key_at(identity, index);
    bool there = k && link_index < k->link_count;

    if (len)
        *len = there ? k->link_len[link_index] : 0;
    return there ? k->link[link_index] : NULL;
}

const uint8_t *
dstack_identity_evidence(const dstack_identity *identity, size_t *len)
{
    if (len)
        *len = identity ? identity->evidence_len : 0;
    return identity ? identity->evidence : NULL;
}
