/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "dstack/sealed.h"
#include "fuzz/fuzz.h"
#include "receipt/sealed.h"

/* Any bytes as a sealed payload: nothing but what was sealed for the key opens.
 * And any bytes sealed: they come back. */

static const uint8_t secret[32] = {[31] = 2};
/* 2 * G */
static const uint8_t public[33] = {0x02, 0xc6, 0x04, 0x7f, 0x94, 0x41, 0xed,
    0x7d, 0x6d, 0x30, 0x45, 0x40, 0x6e, 0x95, 0xc0, 0x7c, 0xd8, 0x5c, 0x77,
    0x8e, 0x4b, 0x8c, 0xef, 0x3c, 0xa7, 0xab, 0xac, 0x09, 0xb9, 0x5c, 0x70,
    0x9e, 0xe5};

static void
round_trip(const uint8_t *data, size_t size)
{
    static const uint8_t ephemeral[32] = {[31] = 3};
    static const uint8_t nonce[12] = {1};
    dstack_secret *opened = NULL;
    dstack_error err;
    size_t n;
    ds_buf out;

    ds_buf_init(&out, 4 * size + 1024);
    if (ds_receipt_seal(ds_view_of(public, sizeof public),
            ds_view_of(data, size), ephemeral, nonce, &out,
            &err) != DSTACK_OK ||
        dstack_open(secret, 32, out.p, out.n, &opened, &err) != DSTACK_OK ||
        (dstack_secret_bytes(opened, &n), n != size) ||
        (size != 0 && memcmp(dstack_secret_bytes(opened, NULL), data, size)))
        abort();
    dstack_secret_free(opened);
    ds_buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dstack_secret *opened = NULL;
    dstack_error err;
    int rc = dstack_open(secret, 32, data, size, &opened, &err);

    if (err.code != rc || (rc == DSTACK_OK) != (opened != NULL))
        abort();
    dstack_secret_free(opened);
    if (size < 256)
        round_trip(data, size);
    return 0;
}
