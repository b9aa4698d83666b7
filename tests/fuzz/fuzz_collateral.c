/* SPDX-License-Identifier: Apache-2.0 */
/* Every container of collateral: what is read is written as JSON, which is
 * read as the same parts. The last byte of the input says how it is given:
 * whole, or as one part of an object. */
#include <string.h>

#include "base/text.h"
#include "codec/json.h"
#include "dstack/dstack.h"
#include "fuzz/help.h"

enum {
    PARTS = DSTACK_PART_PCK_CERTIFICATE_CHAIN + 1
};

static ds_view
part(const dstack_collateral *c, uint32_t which)
{
    size_t n = 0;
    const uint8_t *p = dstack_collateral_part(c, which, &n);

    must((p == NULL) == (n == 0));
    return ds_view_of(p, n);
}

/* JSON holds text alone: a part with other bytes is not written as it is. */
static bool
is_text(ds_view v)
{
    return ds_utf8_is(v) && (v.n == 0 || !memchr(v.p, 0, v.n));
}

static bool
all_text(const dstack_collateral *c)
{
    for (uint32_t i = 0; i < PARTS; i++)
        if (i != DSTACK_PART_ROOT_CA_CRL && i != DSTACK_PART_PCK_CRL &&
            !is_text(part(c, i)))
            return false;
    return true;
}

static void
check_limits(const dstack_collateral *c)
{
    for (uint32_t i = 0; i < PARTS; i++) {
        ds_view v = part(c, i);
        bool chain = i == DSTACK_PART_PCK_CRL_ISSUER_CHAIN ||
                     i == DSTACK_PART_TCB_INFO_ISSUER_CHAIN ||
                     i == DSTACK_PART_QE_IDENTITY_ISSUER_CHAIN ||
                     i == DSTACK_PART_PCK_CERTIFICATE_CHAIN;
        bool signature = i == DSTACK_PART_TCB_INFO_SIGNATURE ||
                         i == DSTACK_PART_QE_IDENTITY_SIGNATURE;

        must(v.n <= (signature ? 256u : chain ? 65536u : 1048576u));
    }
    must(dstack_collateral_part(c, PARTS, NULL) == NULL);
}

static void
round_trip(const dstack_collateral *c)
{
    dstack_collateral *again = NULL;
    dstack_error err;
    char *first, *second;
    size_t n, m;
    int rc;

    must(dstack_collateral_to_json(c, &first, &n, &err) == DSTACK_OK);
    rc = dstack_collateral_parse((uint8_t *)first, n, &again, &err);
    if (!all_text(c)) {
        dstack_collateral_free(again);
        fuzz_take_json(first, n);
        return;
    }
    must(rc == DSTACK_OK);
    for (uint32_t i = 0; i < PARTS; i++)
        must(ds_view_eq(part(c, i), part(again, i)));
    must(dstack_collateral_to_json(again, &second, &m, &err) == DSTACK_OK);
    must(ds_view_eq(ds_view_of(first, n), ds_view_of(second, m)));
    fuzz_take_json(second, m);
    fuzz_take_json(first, n);
    dstack_collateral_free(again);
}

/* A text as it is held, given once more, is held the same. */
static void
set_again(const dstack_collateral *c, uint32_t which)
{
    dstack_collateral *again;
    ds_view v = part(c, which);

    if (v.n == 0 || !is_text(v))
        return;
    must(dstack_collateral_new(&again, NULL) == DSTACK_OK);
    must(dstack_collateral_set(again, v.p, v.n, which, NULL) == DSTACK_OK);
    must(ds_view_eq(part(again, which), v));
    dstack_collateral_free(again);
}

static void
one_part(ds_view in, uint32_t which)
{
    dstack_collateral *c;
    dstack_error err;
    char *json;
    size_t n;
    int rc;

    must(dstack_collateral_new(&c, &err) == DSTACK_OK);
    rc = dstack_collateral_set(c, in.p, in.n, which, &err);
    if (rc != DSTACK_OK) {
        fuzz_check_error(rc, &err);
        must(part(c, which).n == 0);
    }
    check_limits(c);
    if (which != DSTACK_PART_ROOT_CA_CRL && which != DSTACK_PART_PCK_CRL)
        set_again(c, which);
    must(dstack_collateral_to_json(c, &json, &n, &err) == DSTACK_OK);
    fuzz_take_json(json, n);
    dstack_collateral_free(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dstack_collateral *c;
    dstack_error err;
    uint8_t how;
    int rc;

    if (size == 0)
        return 0;
    how = data[--size];
    if (how < PARTS) {
        one_part(ds_view_of(data, size), how);
        return 0;
    }
    rc = dstack_collateral_parse(data, size, &c, &err);
    if (rc != DSTACK_OK) {
        must(c == NULL);
        fuzz_check_error(rc, &err);
        must(err.stage == DSTACK_STAGE_COLLATERAL);
        return 0;
    }
    for (uint32_t i = 0; i < DSTACK_PART_PCK_CERTIFICATE_CHAIN; i++)
        must(part(c, i).n != 0);
    check_limits(c);
    round_trip(c);
    dstack_collateral_free(c);
    return 0;
}
