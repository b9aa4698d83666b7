/* SPDX-License-Identifier: Apache-2.0 */
/* PKCS #8 of P-256: what is read has one of four encodings, with and without
 * each optional part, written here a second time. */
#include <stdlib.h>
#include <string.h>

#include "crypto/p256.h"
#include "fuzz/fuzz.h"

static void
must(bool ok)
{
    if (!ok)
        abort();
}

static size_t
put(uint8_t *out, size_t at, const void *p, size_t n)
{
    memcpy(out + at, p, n);
    return at + n;
}

/* Tag and length in front of n bytes, all of which are shorter than 256. */
static size_t
wrap(uint8_t *out, size_t n, uint8_t tag)
{
    size_t head = n < 128 ? 2 : 3;

    memmove(out + head, out, n);
    out[0] = tag;
    out[1] = n < 128 ? (uint8_t)n : 0x81;
    out[head - 1] = (uint8_t)n;
    return head + n;
}

static ds_view
write_key(const uint8_t secret[32], const uint8_t point[65], int parts,
    uint8_t out[256])
{
    static const char name[] = "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
    static const char algorithm[] =
        "\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
        "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
    uint8_t inner[256];
    size_t n = put(inner, 0, "\x02\x01\x01\x04\x20", 5);

    n = put(inner, n, secret, 32);
    if ((parts & 1) != 0)
        n += wrap(inner + n, put(inner + n, 0, name, 10), 0xa0);
    if ((parts & 2) != 0) {
        size_t m = put(inner + n, 1, point, 65);

        inner[n] = 0;
        m = wrap(inner + n, m, 0x03);
        n += wrap(inner + n, m, 0xa1);
    }
    n = wrap(inner, n, 0x30);
    n = wrap(inner, n, 0x04);
    n = put(out, put(out, 0, algorithm, sizeof algorithm - 1), inner, n);
    return ds_view_of(out, wrap(out, n, 0x30));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t secret[32], point[65], again[65], der[256];
    ds_view in = ds_view_of(data, size);
    int forms = 0;
    ds_buf full;

    if (ds_p256_parse_pkcs8(in, secret, point) != DSTACK_OK) {
        must(ds_view_is_zero(ds_view_of(secret, 32)));
        must(ds_view_is_zero(ds_view_of(point, 65)));
        return 0;
    }
    must(ds_p256_public(secret, again) == DSTACK_OK);
    must(memcmp(point, again, 65) == 0);
    for (int parts = 0; parts < 4; parts++)
        forms += ds_view_eq(in, write_key(secret, point, parts, der));
    must(forms == 1);
    ds_buf_init_secret(&full, 138);
    must(ds_p256_pkcs8(secret, &full) == DSTACK_OK && full.n == 138);
    must(ds_view_eq(
        ds_view_of(full.p, full.n), write_key(secret, point, 2, der)));
    ds_buf_free(&full);
    return 0;
}
