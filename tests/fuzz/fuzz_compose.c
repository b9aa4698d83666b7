/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "dstack/alloc.h"
#include "dstack/app_compose.h"
#include "fuzz/fuzz.h"

/* A canonical form is its own canonical form, normalized or not, and nothing
 * but its members is worth a note. */

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
    /* What is removed may have been the reason to refuse. */
    if (codes[0] == 0 && codes[1] != 0)
        abort();
    return 0;
}
