/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include <string.h>

#include "base/mem.h"

struct dstack_secret {
    uint8_t *p; /* ds_secret_alloc's */
    size_t n;
};

void
dstack_secret_free(dstack_secret *secret)
{
    if (!secret)
        return;
    ds_secret_free(secret->p);
    ds_free(secret);
}

const uint8_t *
dstack_secret_bytes(const dstack_secret *secret, size_t *len)
{
    if (len)
        *len = secret ? secret->n : 0;
    return secret ? secret->p : NULL;
}

int
ds_secret_make(size_t n, dstack_secret **ret, uint8_t **p, dstack_error *err)
{
    dstack_secret *s = ds_calloc(1, sizeof *s);

    if (!s)
        return ds_fail_nomem(err);
    s->p = ds_secret_alloc(n != 0 ? n : 1);
    if (!s->p) {
        ds_free(s);
        return ds_fail_nomem(err);
    }
    memset(s->p, 0, n != 0 ? n : 1);
    s->n = n;
    *ret = s;
    *p = s->p;
    return DSTACK_OK;
}

int
ds_secret_new(ds_view bytes, dstack_secret **ret, dstack_error *err)
{
    uint8_t *p = NULL;
    int rc = ds_secret_make(bytes.n, ret, &p, err);

    if (rc == DSTACK_OK && p && bytes.n != 0)
        memcpy(p, bytes.p, bytes.n);
    return rc;
}
