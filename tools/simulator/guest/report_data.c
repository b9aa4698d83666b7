/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "crypto/hash.h"
#include "guest/inner.h"

/* The ways in which an agent fills the 64 bytes of report data itself. */

static int
hash_tagged(
    int alg, ds_view tag, ds_view content, uint8_t ret[64], sim_error *err)
{
    ds_buf head;
    ds_buf_init(&head, SIM_TEXT_MAX);
    ds_buf_add(&head, tag.p, tag.n);
    ds_buf_add_u8(&head, ':');
    int failed = sim_check_buf(&head, err) ||
                 sim_hash(alg, sim_view(&head), content, ret, err);
    ds_buf_free(&head);
    return failed ? -1 : 0;
}

int
sim_report_data(
    ds_view alg, ds_view tag, ds_view content, uint8_t ret[64], sim_error *err)
{
    memset(ret, 0, 64);
    if (ds_view_eq_str(alg, "raw")) {
        if (content.n != 64)
            return sim_fail(err, SIM_REFUSED, "invalid content length");
        memcpy(ret, content.p, 64);
        return 0;
    }
    if (alg.n == 0)
        alg = ds_view_str("sha512");
    if (tag.n == 0)
        tag = ds_view_str("app-data");
    int hash = ds_hash_by_name(alg);
    if (!hash)
        return sim_fail(err, SIM_REFUSED, "invalid hash algorithm");
    return hash_tagged(hash, tag, content, ret, err);
}

int
sim_guest_app_key_report_data(
    const sim_guest *g, int alg, uint8_t ret[64], sim_error *err)
{
    sim_key key;
    ds_buf name;
    memset(ret, 0, 64);
    if (sim_guest_get_key(
            g, ds_view_str("vms"), ds_view_str("signing"), alg, &key, err))
        return -1;
    ds_buf_init(&name, 128);
    ds_buf_add_str(&name,
        alg == SIM_ALG_ED25519 ? "dip1::ed25519-pk:" : "dip1::secp256k1c-pk:");
    ds_base64url_encode(ds_view_of(key.public_key, key.public_key_n), &name);
    int failed = sim_check_buf(&name, err) ||
                 sim_pad_report_data(sim_view(&name), ret, err);
    ds_buf_free(&name);
    sim_key_wipe(&key);
    return failed ? -1 : 0;
}
