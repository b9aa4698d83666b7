/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CODEC_JSON_WRITE_H
#define DS_CODEC_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"

/* Builds one JSON text (RFC 8259) and prints it compactly: the tree and the
 * printing are cJSON's; integers are exact, what is no UTF-8 is mended first,
 * and the length has a maximum. The first failure sticks; check once, at
 * ds_jw_take(). `name` is the member's name inside an object, and NULL inside
 * an array and for the root. */
typedef struct {
    void *root;                        /* cJSON's, so is each of the next */
    void *open[DS_MAX_JSON_DEPTH + 1]; /* open[depth] is the innermost */
    unsigned depth;
    size_t max;
    bool nomem;
    bool misuse; /* a bug of the calling code */
} ds_jw;

void
ds_jw_init(ds_jw *w, size_t max);
/* Frees what ds_jw_take() did not give away; also after a failure. */
void
ds_jw_free(ds_jw *w);

void
ds_jw_object(ds_jw *w, const char *name);
void
ds_jw_array(ds_jw *w, const char *name);
/* Closes the innermost container. */
void
ds_jw_end(ds_jw *w);

/* Bytes that are not UTF-8, and NUL, become U+FFFD: what is written is always
 * read back by ds_json_parse(). NULL is the empty text. */
void
ds_jw_text(ds_jw *w, const char *name, const char *text);
void
ds_jw_text_view(ds_jw *w, const char *name, ds_view text);
void
ds_jw_hex(ds_jw *w, const char *name, ds_view bytes);
void
ds_jw_int(ds_jw *w, const char *name, int64_t value);
void
ds_jw_bool(ds_jw *w, const char *name, bool value);
void
ds_jw_null(ds_jw *w, const char *name);

/* The text, NUL-terminated, the caller's. DSTACK_OK; DSTACK_ERR_NOMEM;
 * DSTACK_ERR_INTERNAL when it is longer than the maximum or not complete. */
int
ds_jw_take(ds_jw *w, char **ret, size_t *ret_len, dstack_error *err);

/* How an object becomes a JSON document, for a public function's _to_json. */
typedef struct {
    const char *function; /* its name, for the error about a NULL argument */
    const void *object;
    size_t max; /* bytes */
    /* The whole document; DSTACK_OK or DSTACK_ERR_NOMEM. */
    int (*write)(ds_jw *w, const void *object);
} ds_jw_document;

/* Clears the outputs, refuses a NULL object or ret_json, writes and takes. */
int
ds_jw_to_json(const ds_jw_document *document, char **ret_json, size_t *ret_len,
    dstack_error *err);

#endif
