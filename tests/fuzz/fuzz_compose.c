/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "dstack/alloc.h"
#include "dstack/app_compose.h"
#include "fuzz/fuzz.h"
#include "keys/compose_notes.h"

/* A canonical form is its own canonical form, normalized or not, and nothing
 * but its members is worth a note. A lint's notes are of lines that there are,
 * in an app-compose file and in a docker-compose text. */

static void
again(const char *json, size_t n, int normalize)
{
    dstack_compose_notes *notes = NULL;
    char *second = NULL;
    size_t m;

    if (dstack_compose_canonical((const uint8_t *)json, n, normalize, &second,
            &m, &notes, NULL) != 0 ||
        m != n || memcmp(second, json, n) != 0)
        abort();
    for (size_t i = 0; i < dstack_compose_notes_count(notes); i++)
        if (strcmp(dstack_compose_notes_kind(notes, i), "not_canonical") == 0)
            abort();
    dstack_compose_notes_free(notes);
    dstack_free(second);
}

static void
look_at_notes(const dstack_compose_notes *notes, size_t lines)
{
    size_t n = dstack_compose_notes_count(notes);

    if (n > DS_NOTES_MAX)
        abort();
    for (size_t i = 0; i < n; i++)
        if (dstack_compose_notes_line(notes, i) > lines ||
            !dstack_compose_notes_kind(notes, i)[0] ||
            !dstack_compose_notes_text(notes, i)[0] ||
            strlen(dstack_compose_notes_found(notes, i)) > DS_NOTE_FOUND_MAX)
            abort();
}

static void
lint(const uint8_t *data, size_t size, int code)
{
    dstack_compose_notes *notes = NULL;
    dstack_error err;
    int rc = dstack_compose_lint(data, size, &notes, &err);
    size_t lines = 1;

    /* An order of members is no matter of a lint. */
    if (err.code != rc || (rc == 0) != (notes != NULL) ||
        (code == 0 && rc != 0))
        abort();
    look_at_notes(notes, size);
    dstack_compose_notes_free(notes);
    if (!ds_utf8_is(ds_view_of(data, size)))
        return;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    notes = ds_compose_notes_new();
    if (!notes || !ds_compose_look_at_images(ds_view_of(data, size), notes))
        abort();
    look_at_notes(notes, lines);
    dstack_compose_notes_free(notes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int codes[2];

    for (int normalize = 0; normalize < 2; normalize++) {
        dstack_compose_notes *notes = NULL;
        dstack_error err;
        char *json = NULL;
        size_t n;
        int rc = dstack_compose_canonical(
            data, size, normalize, &json, &n, &notes, &err);

        if (err.code != rc || (rc == 0) != (json != NULL) ||
            (rc == 0) != (notes != NULL) || (rc != 0 && err.reason == 0))
            abort();
        if (rc == 0)
            again(json, n, normalize);
        dstack_compose_notes_free(notes);
        dstack_free(json);
        codes[normalize] = rc;
    }
    lint(data, size, codes[0]);
    /* What is removed may have been the reason to refuse. */
    if (codes[0] == 0 && codes[1] != 0)
        abort();
    return 0;
}
