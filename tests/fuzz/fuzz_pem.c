/* SPDX-License-Identifier: Apache-2.0 */
/* What reads as blocks reads as the same bytes once written out anew. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "codec/pem.h"
#include "fuzz/fuzz.h"

static void
must(bool ok)
{
    if (!ok)
        abort();
}

static void
write_block(ds_view der, ds_buf *out)
{
    ds_buf_add_str(out, "-----BEGIN CERTIFICATE-----\r\n");
    ds_base64_encode(der, out);
    ds_buf_add_str(out, "\r\n-----END CERTIFICATE-----\r\n");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ds_buf one, text, again;
    ds_view before;
    size_t blocks = 0;
    ds_pem p;
    int rc;

    ds_buf_init(&text, SIZE_MAX);
    ds_pem_init(&p, ds_view_of(data, size));
    for (;;) {
        before = p.rest;
        ds_buf_init(&one, size);
        rc = ds_pem_next(&p, "CERTIFICATE", &one);
        must(!one.bad && !one.nomem);
        if (rc != 1)
            break;
        /* A block is longer than its contents, and all of it is used. */
        must(one.n != 0 && p.rest.n + one.n < before.n);
        must(p.rest.n == 0 || p.rest.p + p.rest.n == data + size);
        write_block(ds_view_of(one.p, one.n), &text);
        ds_buf_free(&one);
        blocks++;
    }
    must(one.n == 0);
    ds_buf_free(&one);
    if (rc == 0 && p.rest.n != 0) {
        must(!memchr(" \t\r\n", p.rest.p[0], 4));
        must(!ds_view_contains(p.rest, "-----BEGIN"));
    }
    ds_pem_init(&p, ds_view_of(text.p, text.n));
    ds_buf_init(&one, SIZE_MAX);
    ds_buf_init(&again, SIZE_MAX);
    while (ds_pem_next(&p, "CERTIFICATE", &one) == 1) {
        write_block(ds_view_of(one.p, one.n), &again);
        ds_buf_cut(&one, 0);
        blocks--;
    }
    must(blocks == 0 && p.rest.n == 0);
    must(ds_view_eq(ds_view_of(text.p, text.n), ds_view_of(again.p, again.n)));
    ds_buf_free(&one);
    ds_buf_free(&text);
    ds_buf_free(&again);
    return 0;
}
