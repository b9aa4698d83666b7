/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "codec/jcs.h"
#include "fuzz/fuzz.h"

/* Whatever parses has a canonical form, unless a number is not finite; that
 * form parses and is its own. */

static int
canonical(ds_view text, ds_buf *out)
{
    ds_json *j = NULL;
    dstack_error err;
    int rc = ds_json_parse(text, "fuzz", &j, &err);

    if (rc == DSTACK_OK)
        rc = ds_jcs_value(j, 0, out, &err);
    if (err.code != rc)
        abort();
    ds_json_free(j);
    return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ds_buf once, twice;

    ds_buf_init(&once, 8 * size + 64);
    ds_buf_init(&twice, 8 * size + 64);
    if (canonical(ds_view_of(data, size), &once) == DSTACK_OK) {
        if (once.bad ||
            canonical(ds_view_of(once.p, once.n), &twice) != DSTACK_OK ||
            !ds_view_eq(
                ds_view_of(once.p, once.n), ds_view_of(twice.p, twice.n)))
            abort();
    }
    ds_buf_free(&once);
    ds_buf_free(&twice);
    return 0;
}
