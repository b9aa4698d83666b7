/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/chain.h"

#include <string.h>

#include "crypto/k1.h"

/* Whether it signs what it should is for who verifies the chain; here it is
 * only one that an agent makes. */
static int
check_link(const ds_answer *a, ds_jv v, ds_view link, dstack_error *err)
{
    if (ds_k1_is_signature(link))
        return DSTACK_OK;
    return ds_answer_fail(a, v, err,
        "expected a secp256k1 signature r, s, v with a low s and v from 0 "
        "to 3; it is none");
}

static int
read_link(const ds_answer *a, ds_jv v, ds_sig_chain *chain, size_t i,
    dstack_error *err)
{
    bool kms = i == chain->count - 1;
    ds_view text;
    int rc = ds_json_string(a->json, v, SIZE_MAX, &text, err);

    if (rc != DSTACK_OK || (kms && text.n == 0))
        return rc;
    rc = ds_json_hex(a->json, v, chain->link[i], DS_CHAIN_LINK, err);
    if (rc != DSTACK_OK)
        return rc;
    chain->len[i] = DS_CHAIN_LINK;
    return check_link(a, v, ds_view_of(chain->link[i], DS_CHAIN_LINK), err);
}

static int
read_copy(const ds_answer *a, ds_jv v, const uint8_t *signature,
    ds_sig_chain *chain, dstack_error *err)
{
    int rc = ds_json_hex(a->json, v, chain->link[0], 64, err);

    if (rc != DSTACK_OK)
        return rc;
    chain->len[0] = 64;
    if (memcmp(chain->link[0], signature, 64) != 0)
        return ds_answer_fail(
            a, v, err, "expected the signature again, found another one");
    return DSTACK_OK;
}

int
ds_sig_chain_read(const ds_answer *a, const char *name,
    const uint8_t *signature, ds_sig_chain *ret, dstack_error *err)
{
    size_t want = signature ? 3 : 2, i = 0;
    ds_jv list;
    int rc;

    memset(ret, 0, sizeof *ret);
    rc = ds_json_need(a->json, 0, name, &list, err);
    if (rc == DSTACK_OK)
        rc = ds_json_expect(a->json, list, DS_JSON_ARRAY, err);
    if (rc == DSTACK_OK && ds_json_count(a->json, list) != want)
        rc = ds_answer_fail(a, list, err, "expected %zu signatures, found %zu",
            want, ds_json_count(a->json, list));
    if (rc != DSTACK_OK)
        return rc;
    ret->count = want;
    for (ds_jv v = ds_json_first(a->json, list);
         rc == DSTACK_OK && v != DS_JSON_NONE; v = ds_json_next(a->json, v)) {
        if (signature && i == 0)
            rc = read_copy(a, v, signature, ret, err);
        else
            rc = read_link(a, v, ret, i, err);
        i++;
    }
    return rc;
}

const uint8_t *
ds_sig_chain_link(const ds_sig_chain *chain, size_t index, size_t *len)
{
    size_t n = chain && index < chain->count ? chain->len[index] : 0;

    if (len)
        *len = n;
    return n != 0 ? chain->link[index] : NULL;
}
