/* SPDX-License-Identifier: Apache-2.0 */
/* A CRL that parses keeps every promise of crypto/cert.h: views lie in its
 * own copy, entries are as many as were counted and each of them is listed.
 * One that does not parse has a reason. */
#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "codec/der.h"
#include "crypto/cert.h"
#include "fuzz/fuzz.h"

static void
must(bool ok)
{
    if (!ok)
        abort();
}

static void
must_be_inside(ds_view part, ds_view whole)
{
    must(part.n == 0 || (part.p >= whole.p && part.n <= whole.n &&
                            (size_t)(part.p - whole.p) <= whole.n - part.n));
}

/* The base point of P-256: any key will do. */
static const ds_ecdsa_key *
some_key(void)
{
    static const uint8_t g[64] = {0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42,
        0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d,
        0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2,
        0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb,
        0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e,
        0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};
    static ds_ecdsa_key *key;

    if (!key)
        must(ds_ecdsa_key_new(DS_P256, ds_view_of(g, 64), &key) == DS_ECDSA_OK);
    return key;
}

static void
check_entries(const ds_crl *c)
{
    ds_der d, entry;
    size_t n = 0;

    ds_der_init(&d, c->entries);
    while (ds_der_peek(&d) >= 0) {
        ds_view serial;

        ds_der_enter(&d, DS_DER_SEQUENCE, &entry);
        serial = ds_der_read(&entry, DS_DER_INTEGER);
        must(serial.n > 0);
        /* Each is looked for from the start: only as many as is quick. */
        if (n++ < 64)
            must(ds_crl_lists(c, serial));
    }
    must(ds_der_done(&d) && n == c->entry_count);
}

static void
check_crl(const ds_crl *c)
{
    const ds_view parts[] = {c->issuer, c->number, c->aki, c->entries};

    must_be_inside(c->tbs, c->der);
    must_be_inside(c->sig, c->der);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        must_be_inside(parts[i], c->tbs);
    must(c->this_update >= 0 && c->this_update <= DS_TIME_MAX);
    must(c->next_update >= 0 && c->next_update <= DS_TIME_MAX);
    must(c->has_next_update || c->next_update == 0);
    must(c->has_number == (c->number.n != 0));
    must(c->has_aki || c->aki.n == 0);
    must(c->is_v2 ||
         !(c->has_number || c->has_aki || c->has_delta || c->has_idp));
    must(!c->unknown_critical);
    check_entries(c);
    must(ds_crl_verify(c, some_key()) == DS_ECDSA_BAD);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dstack_error err;
    ds_crl *crl;
    int rc = ds_crl_parse(ds_view_of(data, size), &crl, &err);

    if (rc != DSTACK_OK) {
        must(!crl && rc == DSTACK_ERR_PARSE && err.code == rc);
        must(err.reason >= DSTACK_REASON_CERT_DER &&
             err.reason <= DSTACK_REASON_CERT_EXT);
        must(err.message[0] != 0);
        return 0;
    }
    must(err.code == 0 && size <= DS_MAX_CRL);
    must(ds_view_eq(crl->der, ds_view_of(data, size)));
    check_crl(crl);
    ds_crl_free(crl);
    return 0;
}
