/* SPDX-License-Identifier: Apache-2.0 */
/* Values nest, encodings join without gaps, what is read has one encoding
 * only, and failure sticks. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "codec/der.h"
#include "fuzz/fuzz.h"

static void
must(bool ok)
{
    if (!ok)
        abort();
}

/* Read each value as every type; encode what a read gave and compare. */
static void
check_typed(ds_view whole, ds_view value, int tag)
{
    ds_der d;
    uint64_t u;
    int64_t t;
    ds_view bits;

    ds_der_init(&d, whole);
    u = ds_der_uint(&d, tag, UINT64_MAX);
    if (ds_der_done(&d)) {
        must(value.n >= 1 && value.n <= 8);
        must(u <= INT64_MAX);
        must(value.n == 1 || u >> (8 * value.n - 9) != 0);
    }
    ds_der_init(&d, whole);
    if (ds_der_bool(&d))
        must(whole.n == 3 && tag == DS_DER_BOOLEAN);
    ds_der_init(&d, whole);
    bits = ds_der_bits(&d);
    if (ds_der_done(&d))
        must(tag == DS_DER_BIT_STRING && bits.n + 1 == value.n);
    ds_der_init(&d, whole);
    t = ds_der_time(&d);
    if (ds_der_done(&d)) {
        char text[21], digits[15];

        must(t >= 0 && t <= DS_TIME_MAX);
        ds_time_format(t, text);
        memcpy(digits, text, 4);
        for (int i = 0; i < 5; i++)
            memcpy(digits + 4 + 2 * i, text + 5 + 3 * i, 2);
        digits[14] = 'Z';
        must(tag == DS_DER_UTC_TIME || tag == DS_DER_GENERALIZED_TIME);
        must(memcmp(value.p, digits + 15 - value.n, value.n) == 0);
    }
}

static void
walk(ds_der *d, int level)
{
    ds_view all = ds_view_of(d->r.in.p, d->r.in.n);
    size_t used = 0;

    must(level <= DS_MAX_DER_DEPTH);
    while (!d->bad && ds_der_peek(d) >= 0) {
        ds_der copy = *d, inner;
        ds_view whole, value;
        int tag, next = ds_der_peek(d);

        value = ds_der_any(d, &tag, &whole);
        if (d->bad) {
            must(tag == -1 && value.n == 0 && whole.n == 0);
            break;
        }
        must(tag == next && whole.p == all.p + used);
        used += whole.n;
        must(used <= all.n && value.p + value.n == whole.p + whole.n);
        must(whole.n - value.n >= 2 && whole.n - value.n <= 6);
        check_typed(whole, value, tag);
        if ((tag & 0x20) == 0)
            continue;
        ds_der_enter(&copy, tag, &inner);
        must(copy.bad == (level == DS_MAX_DER_DEPTH));
        if (!copy.bad)
            walk(&inner, level + 1);
    }
    must(ds_der_done(d) == (!d->bad && used == all.n));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t halves[] = {1, 2, 32, 48, 66};
    ds_view in = ds_view_of(data, size);
    ds_der d;

    ds_der_init(&d, in);
    walk(&d, 0);
    for (size_t i = 0; i < sizeof halves / sizeof halves[0]; i++) {
        size_t half = halves[i], n;
        uint8_t rs[132], der[2 * 69 + 4];

        if (ds_der_ecdsa_to_raw(in, rs, half)) {
            n = ds_der_ecdsa_from_raw(ds_view_of(rs, 2 * half), der);
            must(ds_view_eq(ds_view_of(der, n), in));
        }
        if (size >= 2 * half) {
            bool zero = ds_view_is_zero(ds_view_of(data, half)) ||
                        ds_view_is_zero(ds_view_of(data + half, half));

            n = ds_der_ecdsa_from_raw(ds_view_of(data, 2 * half), der);
            must(n != 0 && n <= 2 * (half + 3) + 4);
            must(ds_der_ecdsa_to_raw(ds_view_of(der, n), rs, half) == !zero);
            must(zero || memcmp(rs, data, 2 * half) == 0);
        }
    }
    return 0;
}
