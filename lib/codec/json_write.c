/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/text.h"

void
ds_jw_init(ds_jw *w, size_t max)
{
    memset(w, 0, sizeof *w);
    w->max = max;
}

void
ds_jw_free(ds_jw *w)
{
    cJSON_Delete(w->root);
    w->root = NULL;
}

/* Put a new value where the writer stands; it belongs to the tree, or is gone.
 * False when it could not be put. */
static bool
put(ds_jw *w, const char *name, cJSON *value)
{
    cJSON *parent = w->depth != 0 ? w->open[w->depth] : NULL;
    bool object = cJSON_IsObject(parent);
    bool ok;

    if (!value)
        w->nomem = true;
    if (object != (name != NULL) || (!parent && w->root))
        w->misuse = true;
    if (w->nomem || w->misuse) {
        cJSON_Delete(value);
        return false;
    }
    if (!parent) {
        w->root = value;
        return true;
    }
    ok = object ? cJSON_AddItemToObject(parent, name, value)
                : cJSON_AddItemToArray(parent, value);
    if (!ok) {
        w->nomem = true;
        cJSON_Delete(value);
    }
    return ok;
}

static void
open_container(ds_jw *w, const char *name, cJSON *value)
{
    if (w->depth == DS_MAX_JSON_DEPTH)
        w->misuse = true;
    if (put(w, name, value))
        w->open[++w->depth] = value;
}

void
ds_jw_object(ds_jw *w, const char *name)
{
    open_container(w, name, cJSON_CreateObject());
}

void
ds_jw_array(ds_jw *w, const char *name)
{
    open_container(w, name, cJSON_CreateArray());
}

void
ds_jw_end(ds_jw *w)
{
    if (w->depth == 0)
        w->misuse = w->misuse || !w->nomem;
    else
        w->depth--;
}

void
ds_jw_text(ds_jw *w, const char *name, const char *text)
{
    ds_jw_text_view(w, name, ds_view_str(text));
}

/* cJSON prints bytes above 0x7f as they are and ends at a NUL. */
static void
mend(ds_view text, ds_buf *out)
{
    size_t i = 0;

    while (i < text.n) {
        size_t n = ds_utf8_len(text.p + i, text.n - i);

        if (n == 0)
            ds_buf_add_str(out, "\xef\xbf\xbd");
        else
            ds_buf_add(out, text.p + i, n);
        i += n != 0 ? n : 1;
    }
    ds_buf_add_u8(out, 0);
}

static void
put_text(ds_jw *w, const char *name, const ds_buf *text)
{
    if (text->nomem)
        w->nomem = true;
    else
        put(w, name, cJSON_CreateString((const char *)text->p));
}

void
ds_jw_text_view(ds_jw *w, const char *name, ds_view text)
{
    ds_buf copy;

    ds_buf_init(&copy, 3 * text.n + 1);
    mend(text, &copy);
    put_text(w, name, &copy);
    ds_buf_free(&copy);
}

void
ds_jw_hex(ds_jw *w, const char *name, ds_view bytes)
{
    char *text = ds_malloc(2 * bytes.n + 1);

    if (text)
        ds_hex_encode(bytes, text);
    put(w, name, text ? cJSON_CreateString(text) : NULL);
    ds_free(text);
}

/* Raw, because cJSON's numbers are doubles. */
void
ds_jw_int(ds_jw *w, const char *name, int64_t value)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%" PRId64, value);
    put(w, name, cJSON_CreateRaw(text));
}

void
ds_jw_bool(ds_jw *w, const char *name, bool value)
{
    put(w, name, cJSON_CreateBool(value));
}

void
ds_jw_null(ds_jw *w, const char *name)
{
    put(w, name, cJSON_CreateNull());
}

int
ds_jw_take(ds_jw *w, char **ret, size_t *ret_len, dstack_error *err)
{
    bool whole = !w->misuse && w->depth == 0 && w->root;
    char *text = NULL;
    size_t n = 0;
    int rc = DSTACK_OK;

    *ret = NULL;
    *ret_len = 0;
    if (!w->nomem && whole)
        text = cJSON_PrintUnformatted(w->root);
    if (text)
        n = strlen(text);
    if (w->nomem || (whole && !text))
        rc = ds_fail_nomem(err);
    else if (!whole || n > w->max)
        rc = ds_fail(err, DSTACK_ERR_INTERNAL, "json: the document %s",
            whole ? "is longer than it may be" : "is not complete");
    else
        *ret = ds_memdup(text, n);
    if (rc == DSTACK_OK && !*ret)
        rc = ds_fail_nomem(err);
    if (rc == DSTACK_OK)
        *ret_len = n;
    cJSON_free(text);
    ds_jw_free(w);
    return rc;
}

int
ds_jw_to_json(const ds_jw_document *document, char **ret_json, size_t *ret_len,
    dstack_error *err)
{
    size_t len = 0;
    ds_jw w;
    int rc;

    ds_err_clear(err);
    if (ret_json)
        *ret_json = NULL;
    if (ret_len)
        *ret_len = 0;
    if (!document->object || !ret_json)
        return ds_fail(
            err, DSTACK_ERR_ARG, "%s: NULL argument", document->function);
    ds_jw_init(&w, document->max);
    rc = document->write(&w, document->object);
    if (rc == DSTACK_OK)
        rc = ds_jw_take(&w, ret_json, &len, err);
    else
        rc = ds_fail_nomem(err);
    if (rc == DSTACK_OK && ret_len)
        *ret_len = len;
    ds_jw_free(&w);
    return rc;
}
