/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/jcs.h"
#include "codec/json.h"
#include "crypto/hash.h"
#include "keys/compose_notes.h"

int
ds_compose_parse(ds_view text, ds_json **ret, dstack_error *err)
{
    int rc;

    if (text.n > DS_MAX_APP_COMPOSE)
        rc = ds_fail(err, DSTACK_ERR_PARSE,
            "app-compose: %zu bytes, more than "
            "%u",
            text.n, DS_MAX_APP_COMPOSE);
    else
        rc = ds_json_parse(text, "app-compose", ret, err);
    if (rc == DSTACK_OK)
        rc = ds_json_expect(*ret, 0, DS_JSON_OBJECT, err);
    return ds_err_as(err, rc, DSTACK_STAGE_KEYS, DSTACK_REASON_COMPOSE_JSON);
}

/* ---- names that JavaScript orders by itself ------------------------------------------ */

/* An array index of ECMAScript: no leading zero, below 2^32 - 1. */
static bool
is_index(ds_view name)
{
    uint64_t v = 0;

    if (name.n == 0 || name.n > 10 || (name.p[0] == '0' && name.n != 1))
        return false;
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] < '0' || name.p[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(name.p[i] - '0');
    }
    return v < UINT32_MAX;
}

static int
check_name(const ds_json *j, ds_jv v, dstack_error *err)
{
    char shown[40];
    ds_buf name;
    ds_view text;
    int rc;

    ds_buf_init(&name, ds_json_name(j, v).n);
    rc = ds_json_name_buf(j, v, &name, err);
    text = ds_view_of(name.p, name.n);
    if (rc == DSTACK_OK &&
        (is_index(text) || ds_view_eq_str(text, "__proto__")))
        rc = ds_fail_reason(err, DSTACK_ERR_UNSUPPORTED, DSTACK_STAGE_KEYS,
            DSTACK_REASON_COMPOSE_ORDER,
            "app-compose: the member \"%s\" has a place of its own in "
            "JavaScript, so that there is no one canonical form; hash and "
            "deploy the exact bytes",
            ds_err_quote(text, shown));
    ds_buf_free(&name);
    return rc;
}

static int
check_names(const ds_json *j, ds_jv parent, dstack_error *err)
{
    bool object = ds_json_type(j, parent) == DS_JSON_OBJECT;
    int rc = DSTACK_OK;

    for (ds_jv v = ds_json_first(j, parent);
         rc == DSTACK_OK && v != DS_JSON_NONE; v = ds_json_next(j, v)) {
        if (object)
            rc = check_name(j, v, err);
        if (rc == DSTACK_OK)
            rc = check_names(j, v, err);
    }
    return rc;
}

/* ---- normalization -------------------------------------------------------------------- */

static bool
runner_is(const ds_json *j, const char *name)
{
    ds_view text;

    return ds_json_string(j, ds_json_get(j, 0, "runner"), 64, &text, NULL) ==
               DSTACK_OK &&
           ds_view_eq_str(text, name);
}

static bool
is_removed(const ds_json *j, ds_jv v)
{
    if (ds_json_name_is(j, v, "docker_compose_file"))
        return runner_is(j, "bash");
    if (ds_json_name_is(j, v, "bash_script"))
        return runner_is(j, "docker-compose") ||
               runner_is(j, "nerdctl-compose");
    return ds_json_name_is(j, v, "pre_launch_script") &&
           (ds_json_type(j, v) == DS_JSON_NULL ||
               ds_view_eq_str(ds_json_raw(j, v), "\"\""));
}

/* The object without what is removed, members as they stand. */
static bool
put_rest(const ds_json *j, dstack_compose_notes *notes, ds_buf *out)
{
    bool more = false;

    ds_buf_add_u8(out, '{');
    for (ds_jv v = ds_json_first(j, 0); v != DS_JSON_NONE;
         v = ds_json_next(j, v)) {
        ds_view name = ds_json_name(j, v), value = ds_json_raw(j, v);

        if (is_removed(j, v)) {
            if (!ds_compose_note(notes, DS_NOTE_REMOVED, name))
                return false;
            continue;
        }
        ds_buf_add_str(out, more ? ",\"" : "\"");
        ds_buf_add(out, name.p, name.n);
        ds_buf_add_str(out, "\":");
        ds_buf_add(out, value.p, value.n);
        more = true;
    }
    ds_buf_add_u8(out, '}');
    return !out->nomem;
}

/* ---- the canonical form ---------------------------------------------------------------- */

static int
canonical(
    ds_view text, dstack_compose_notes *notes, ds_buf *out, dstack_error *err)
{
    ds_json *j = NULL;
    int rc = ds_compose_parse(text, &j, err);

    if (rc == DSTACK_OK)
        rc = check_names(j, 0, err);
    if (rc == DSTACK_OK && !ds_compose_look(j, notes))
        rc = ds_fail_nomem(err);
    if (rc == DSTACK_OK)
        rc = ds_err_as(err, ds_jcs_value(j, 0, out, err), DSTACK_STAGE_KEYS,
            DSTACK_REASON_COMPOSE_JSON);
    ds_json_free(j);
    return rc;
}

static int
normalized(
    ds_view text, dstack_compose_notes *notes, ds_buf *out, dstack_error *err)
{
    ds_json *j = NULL;
    ds_buf rest;
    int rc = ds_compose_parse(text, &j, err);

    ds_buf_init(&rest, DS_MAX_APP_COMPOSE);
    if (rc == DSTACK_OK && !put_rest(j, notes, &rest))
        rc = ds_fail_nomem(err);
    if (rc == DSTACK_OK)
        rc = canonical(ds_view_of(rest.p, rest.n), notes, out, err);
    ds_buf_free(&rest);
    ds_json_free(j);
    return rc;
}

static int
write_form(ds_view text, int normalize, dstack_compose_notes *notes,
    ds_buf *out, dstack_error *err)
{
    int rc = normalize ? normalized(text, notes, out, err)
                       : canonical(text, notes, out, err);

    if (rc == DSTACK_OK && !ds_view_eq(text, ds_view_of(out->p, out->n)) &&
        !ds_compose_note(notes, DS_NOTE_NOT_CANONICAL, ds_view_of("", 0)))
        rc = ds_fail_nomem(err);
    return rc;
}

int
dstack_compose_canonical(const uint8_t *app_compose, size_t app_compose_len,
    int normalize, char **ret_json, size_t *ret_len,
    dstack_compose_notes **ret_notes, dstack_error *err)
{
    ds_view text = ds_view_of(app_compose, app_compose_len);
    dstack_compose_notes *notes = NULL;
    ds_buf out;
    size_t n;
    int rc = DSTACK_OK;

    ds_err_clear(err);
    if (ret_json)
        *ret_json = NULL;
    if (ret_len)
        *ret_len = 0;
    if (ret_notes)
        *ret_notes = NULL;
    if (!app_compose || !ret_json || normalize < 0 || normalize > 1)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_compose_canonical: NULL, or normalize is not 0 or 1");
    /* A control character's escape can be longer than it was. */
    ds_buf_init(&out, 8 * (size_t)DS_MAX_APP_COMPOSE);
    if (ret_notes && !(notes = ds_compose_notes_new()))
        rc = ds_fail_nomem(err);
    if (rc == DSTACK_OK)
        rc = write_form(text, normalize, notes, &out, err);
    if (rc == DSTACK_OK) {
        *ret_json = (char *)ds_buf_take(&out, &n);
        if (ret_len)
            *ret_len = n;
    }
    if (rc == DSTACK_OK && ret_notes)
        *ret_notes = notes;
    else
        dstack_compose_notes_free(notes);
    ds_buf_free(&out);
    return rc;
}

/* ---- launch tokens ----------------------------------------------------------------------- */

int
dstack_launch_token_hash(const uint8_t *token, size_t token_len, uint8_t *hash,
    size_t hash_len, dstack_error *err)
{
    ds_err_clear(err);
    if (hash)
        memset(hash, 0, hash_len);
    if (!token || !hash || hash_len != 32)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_launch_token_hash: NULL, or no room for exactly 32 bytes");
    if (token_len < 32)
        return ds_fail(err, DSTACK_ERR_ARG,
            "launch token: %zu bytes, expected at least 32", token_len);
    if (!ds_hash(DS_SHA256, ds_view_str("dstack-launch-token/v1:"),
            ds_view_of(token, token_len), hash))
        return ds_fail(err, DSTACK_ERR_INTERNAL, "SHA-256 failed");
    return DSTACK_OK;
}
