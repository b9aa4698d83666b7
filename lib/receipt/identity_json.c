/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "codec/jcs.h"
#include "codec/json.h"
#include "receipt/identity.h"

#define SCHEMA "dstack.identity.v0"

/* ---- writing ----------------------------------------------------------------- */

static void
put_text(ds_buf *out, const char *before, const char *text)
{
    ds_buf_add_str(out, before);
    ds_jcs_string(out, ds_view_str(text));
}

static void
put_hex(ds_buf *out, const char *before, const uint8_t *p, size_t n)
{
    char hex[2 * DS_LINK_SIZE + 1];

    ds_hex_encode(ds_view_of(p, n), hex);
    put_text(out, before, hex);
}

static const char *
scheme_name(uint32_t scheme)
{
    return scheme == DSTACK_SCHEME_V1 ? "v1" : "v0";
}

static void
put_key(ds_buf *out, const ds_identity_key *k)
{
    put_text(
        out, "{\"algorithm\":", dstack_key_algorithm_name(k->key.algorithm));
    put_hex(out, ",\"public_key\":", k->key.bytes, k->key.len);
    if (k->path)
        put_text(out, ",\"path\":", k->path);
    if (k->scheme != 0)
        put_text(out, ",\"scheme\":", scheme_name(k->scheme));
    if (k->purpose)
        put_text(out, ",\"purpose\":", k->purpose);
    for (size_t i = 0; i < k->link_count; i++)
        put_hex(out, i == 0 ? ",\"chain\":[" : ",", k->link[i], k->link_len[i]);
    ds_buf_add_str(out, k->link_count != 0 ? "]}" : "}");
}

int
dstack_identity_to_json(const dstack_identity *identity, char **ret_json,
    size_t *ret_len, dstack_error *err)
{
    size_t n = 0;
    ds_buf out;

    ds_err_clear(err);
    if (ret_json)
        *ret_json = NULL;
    if (ret_len)
        *ret_len = 0;
    if (!identity || !ret_json || identity->key_count == 0 ||
        !identity->evidence)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_identity_to_json: NULL, no keys, or no evidence");
    ds_buf_init(&out, DS_MAX_IDENTITY);
    put_text(&out, "{\"schema\":", SCHEMA);
    put_text(&out, ",\"tag\":", identity->tag);
    for (size_t i = 0; i < identity->key_count; i++) {
        ds_buf_add_str(&out, i == 0 ? ",\"keys\":[" : ",");
        put_key(&out, &identity->key[i]);
    }
    ds_buf_add_str(&out, "],\"evidence\":\"");
    ds_base64url_encode(
        ds_view_of(identity->evidence, identity->evidence_len), &out);
    ds_buf_add_str(&out, "\"}");
    if (!out.nomem && !out.bad)
        *ret_json = (char *)ds_buf_take(&out, &n);
    ds_buf_free(&out);
    if (ret_len)
        *ret_len = n;
    return *ret_json ? DSTACK_OK : ds_fail_nomem(err);
}

/* ---- reading ------------------------------------------------------------------- */

/* Every member is one of these. */
static int
expect_members(const ds_json *j, ds_jv object, const char *const *names,
    size_t count, dstack_error *err)
{
    int rc = ds_json_expect(j, object, DS_JSON_OBJECT, err);
    char shown[40];
    size_t i;

    if (rc != DSTACK_OK)
        return rc;
    for (ds_jv v = ds_json_first(j, object); v != DS_JSON_NONE;
         v = ds_json_next(j, v)) {
        for (i = 0; i < count; i++)
            if (ds_view_eq_str(ds_json_name(j, v), names[i]))
                break;
        if (i == count)
            return ds_json_fail(j, object, DSTACK_REASON_JSON, err,
                "unknown member \"%s\"",
                ds_err_quote(ds_json_name(j, v), shown));
    }
    return DSTACK_OK;
}

/* NUL-terminated and the caller's to free; p NULL where there is none. */
static int
text_if_any(const ds_json *j, ds_jv object, const char *name, ds_buf *out,
    dstack_error *err)
{
    ds_jv v = ds_json_get(j, object, name);
    int rc;

    ds_buf_init(out, DS_MAX_AGENT_PATH);
    if (v == DS_JSON_NONE)
        return DSTACK_OK;
    rc = ds_json_string_buf(j, v, out, err);
    ds_buf_add(out, "", 0);
    if (rc == DSTACK_OK && out->nomem)
        rc = ds_fail_nomem(err);
    if (rc == DSTACK_OK && out->bad)
        rc = ds_json_fail(j, v, DSTACK_REASON_JSON, err, "longer than 64 KiB");
    return rc;
}

static int
read_links(
    const ds_json *j, ds_jv key, dstack_identity *identity, dstack_error *err)
{
    ds_jv chain = ds_json_get(j, key, "chain");
    uint8_t link[DS_LINK_SIZE];
    int rc = DSTACK_OK;

    if (chain == DS_JSON_NONE)
        return DSTACK_OK;
    rc = ds_json_expect(j, chain, DS_JSON_ARRAY, err);
    if (rc == DSTACK_OK && ds_json_count(j, chain) > DS_MAX_LINKS)
        rc = ds_json_fail(j, chain, DSTACK_REASON_JSON, err,
            "%zu links, expected at most 2", ds_json_count(j, chain));
    for (ds_jv v = ds_json_first(j, chain);
         rc == DSTACK_OK && v != DS_JSON_NONE; v = ds_json_next(j, v)) {
        size_t n = ds_view_eq_str(ds_json_raw(j, v), "\"\"") ? 0 : sizeof link;

        if (n != 0)
            rc = ds_json_hex(j, v, link, n, err);
        if (rc == DSTACK_OK)
            rc = dstack_identity_add_link(identity, link, n, err);
    }
    return rc;
}

static int
read_origin(
    const ds_json *j, ds_jv key, dstack_identity *identity, dstack_error *err)
{
    ds_jv v = ds_json_get(j, key, "scheme");
    uint32_t scheme = DSTACK_SCHEME_V0;
    ds_view name;
    ds_buf purpose;
    int rc;

    if (v == DS_JSON_NONE && ds_json_get(j, key, "purpose") == DS_JSON_NONE)
        return DSTACK_OK;
    rc = text_if_any(j, key, "purpose", &purpose, err);
    if (rc == DSTACK_OK)
        rc = ds_json_need(j, key, "scheme", &v, err);
    if (rc == DSTACK_OK)
        rc = ds_json_string(j, v, 16, &name, err);
    if (rc == DSTACK_OK && ds_view_eq_str(name, "v1"))
        scheme = DSTACK_SCHEME_V1;
    else if (rc == DSTACK_OK && !ds_view_eq_str(name, "v0"))
        rc = ds_json_fail(
            j, v, DSTACK_REASON_JSON, err, "expected \"v0\" or \"v1\"");
    if (rc == DSTACK_OK)
        rc = dstack_identity_set_origin(
            identity, scheme, (const char *)purpose.p, err);
    ds_buf_free(&purpose);
    return rc;
}

/* The setters refuse what cannot be in an identity; here that is the
 * document's fault. */
static int
as_document(int rc, dstack_error *err)
{
    if (rc == DSTACK_ERR_ARG && err)
        err->code = DSTACK_ERR_PARSE;
    return rc == DSTACK_ERR_ARG ? DSTACK_ERR_PARSE : rc;
}

static int
read_key(
    const ds_json *j, ds_jv key, dstack_identity *identity, dstack_error *err)
{
    static const char *const names[] = {
        "algorithm", "public_key", "path", "scheme", "purpose", "chain"};
    uint8_t bytes[33];
    uint32_t algorithm = DSTACK_KEY_SECP256K1;
    ds_view name = ds_view_of(NULL, 0);
    ds_jv v = DS_JSON_NONE;
    size_t n = 33;
    ds_buf path;
    int rc = expect_members(j, key, names, sizeof names / sizeof *names, err);

    ds_buf_init(&path, 0);
    if (rc == DSTACK_OK)
        rc = ds_json_need(j, key, "algorithm", &v, err);
    if (rc == DSTACK_OK)
        rc = ds_json_string(j, v, 64, &name, err);
    if (rc == DSTACK_OK && ds_view_eq_str(name, "ed25519")) {
        algorithm = DSTACK_KEY_ED25519;
        n = 32;
    } else if (rc == DSTACK_OK && !ds_view_eq_str(name, "secp256k1")) {
        rc = ds_json_fail(j, v, DSTACK_REASON_JSON, err,
            "expected \"ed25519\" or \"secp256k1\"");
    }
    if (rc == DSTACK_OK)
        rc = ds_json_need(j, key, "public_key", &v, err);
    if (rc == DSTACK_OK)
        rc = ds_json_hex(j, v, bytes, n, err);
    if (rc == DSTACK_OK)
        rc = text_if_any(j, key, "path", &path, err);
    if (rc == DSTACK_OK)
        rc = dstack_identity_add_key(
            identity, bytes, n, algorithm, (const char *)path.p, err);
    ds_buf_free(&path);
    if (rc == DSTACK_OK)
        rc = read_origin(j, key, identity, err);
    return rc == DSTACK_OK ? read_links(j, key, identity, err) : rc;
}

static int
read_keys(const ds_json *j, dstack_identity *identity, dstack_error *err)
{
    ds_jv keys = DS_JSON_NONE;
    int rc = ds_json_need(j, 0, "keys", &keys, err);

    if (rc == DSTACK_OK)
        rc = ds_json_expect(j, keys, DS_JSON_ARRAY, err);
    if (rc == DSTACK_OK && ds_json_count(j, keys) == 0)
        rc = ds_json_fail(j, keys, DSTACK_REASON_JSON, err, "no keys");
    for (ds_jv v = ds_json_first(j, keys); rc == DSTACK_OK && v != DS_JSON_NONE;
         v = ds_json_next(j, v))
        rc = read_key(j, v, identity, err);
    return rc;
}

static int
read_evidence(const ds_json *j, dstack_identity *identity, dstack_error *err)
{
    ds_jv v = DS_JSON_NONE;
    ds_view text;
    ds_buf bytes;
    int rc = ds_json_need(j, 0, "evidence", &v, err);

    ds_buf_init(&bytes, DS_MAX_IDENTITY_EVIDENCE);
    if (rc == DSTACK_OK)
        rc = ds_json_string(j, v, DS_MAX_IDENTITY, &text, err);
    if (rc == DSTACK_OK && (!ds_base64url_decode(text, &bytes) || bytes.n == 0))
        rc = bytes.nomem
                 ? ds_fail_nomem(err)
                 : ds_json_fail(j, v, DSTACK_REASON_JSON, err,
                       "expected base64url without padding, at most 16 MiB");
    if (rc == DSTACK_OK)
        rc = dstack_identity_set_evidence(identity, bytes.p, bytes.n, err);
    ds_buf_free(&bytes);
    return rc;
}

static int
read_identity(const ds_json *j, dstack_identity **ret, dstack_error *err)
{
    static const char *const names[] = {"schema", "tag", "keys", "evidence"};
    ds_view text = ds_view_of(NULL, 0);
    ds_jv v = DS_JSON_NONE;
    ds_buf tag;
    int rc = expect_members(j, 0, names, sizeof names / sizeof *names, err);

    if (rc == DSTACK_OK)
        rc = ds_json_need(j, 0, "schema", &v, err);
    if (rc == DSTACK_OK)
        rc = ds_json_string(j, v, 64, &text, err);
    if (rc == DSTACK_OK && !ds_view_eq_str(text, SCHEMA))
        rc = ds_json_fail(
            j, v, DSTACK_REASON_JSON, err, "expected \"" SCHEMA "\"");
    if (rc == DSTACK_OK)
        rc = ds_json_need(j, 0, "tag", &v, err);
    if (rc != DSTACK_OK)
        return rc;
    rc = text_if_any(j, 0, "tag", &tag, err);
    if (rc == DSTACK_OK)
        rc = dstack_identity_new((const char *)tag.p, ret, err);
    ds_buf_free(&tag);
    if (rc == DSTACK_OK)
        rc = read_keys(j, *ret, err);
    return rc == DSTACK_OK ? read_evidence(j, *ret, err) : rc;
}

int
dstack_identity_parse(const uint8_t *json, size_t json_len,
    dstack_identity **ret, dstack_error *err)
{
    dstack_identity *identity = NULL;
    ds_json *j = NULL;
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!json || !ret)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_identity_parse: NULL argument");
    if (json_len > DS_MAX_IDENTITY)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_IDENTITY,
            DSTACK_REASON_IDENTITY_FORMAT,
            "identity: %zu bytes, more than 32 MiB", json_len);
    rc = ds_json_parse(ds_view_of(json, json_len), "identity", &j, err);
    if (rc == DSTACK_OK)
        rc = as_document(read_identity(j, &identity, err), err);
    ds_json_free(j);
    if (rc == DSTACK_OK)
        *ret = identity;
    else
        dstack_identity_free(identity);
    return ds_err_as(
        err, rc, DSTACK_STAGE_IDENTITY, DSTACK_REASON_IDENTITY_FORMAT);
}
