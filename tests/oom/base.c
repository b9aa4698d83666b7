/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "dstack/error.h"
#include "oom/oom.h"

static int
memdup_run(void)
{
    char *copy = ds_memdup("abc", 3);
    int rc = DSTACK_ERR_NOMEM;

    if (copy)
        rc = memcmp(copy, "abc", 4) == 0 ? 0 : OOM_WRONG;
    ds_free(copy);
    return rc;
}

/* Grows many times, as a plain buffer and as one for secrets. */
static int
grow(bool secret)
{
    ds_buf b;
    uint8_t *p = NULL;
    size_t n = 0;
    int rc = DSTACK_ERR_NOMEM;

    if (secret)
        ds_buf_init_secret(&b, 1u << 16);
    else
        ds_buf_init(&b, 1u << 16);
    for (unsigned i = 0; i < 5000; i++)
        ds_buf_add_u8(&b, (uint8_t)i);
    if (b.nomem)
        goto out;
    rc = OOM_WRONG;
    if (b.bad || b.n != 5000)
        goto out;
    p = ds_buf_take(&b, &n);
    rc = !p ? DSTACK_ERR_NOMEM : n == 5000 && p[4999] == 0x87 ? 0 : OOM_WRONG;
out:
    ds_free(p);
    ds_buf_free(&b);
    return rc;
}

static int
buf_run(void)
{
    return grow(false);
}

static int
secret_buf_run(void)
{
    return grow(true);
}

static int
base64_run(void)
{
    static const uint8_t in[300] = {1, 2, 3};
    ds_buf text, back;
    int rc = DSTACK_ERR_NOMEM;
    bool ok;

    ds_buf_init(&text, 1000);
    ds_buf_init(&back, 1000);
    ds_base64_encode(ds_view_of(in, sizeof in), &text);
    if (text.nomem)
        goto out;
    ok = ds_base64_decode(ds_view_of(text.p, text.n), false, &back);
    if (!ok && back.nomem)
        goto out;
    rc = ok && ds_view_eq(ds_view_of(back.p, back.n), ds_view_of(in, sizeof in))
             ? 0
             : OOM_WRONG;
out:
    ds_buf_free(&text);
    ds_buf_free(&back);
    return rc;
}

static int
hex_run(void)
{
    ds_buf b;
    bool ok;
    int rc;

    ds_buf_init(&b, 16);
    ok = ds_hex_decode_buf(ds_view_str("00ff10"), &b);
    if (!ok)
        rc = b.nomem ? DSTACK_ERR_NOMEM : OOM_WRONG;
    else
        rc = b.n == 3 && b.p[1] == 0xff ? 0 : OOM_WRONG;
    ds_buf_free(&b);
    return rc;
}

const oom_scenario oom_base[] = {
    {"base.memdup", memdup_run, NULL},
    {"base.buf", buf_run, NULL},
    {"base.secret_buf", secret_buf_run, NULL},
    {"base.base64", base64_run, NULL},
    {"base.hex", hex_run, NULL},
    {NULL, NULL, NULL},
};
