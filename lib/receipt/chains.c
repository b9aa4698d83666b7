/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>

#include "base/checks.h"
#include "dstack/keychain.h"
#include "dstack/reply.h"
#include "receipt/identity.h"

/* The signature chains of an identity's keys. */

typedef struct {
    uint8_t result; /* DSTACK_CHECK_* */
    int32_t reason;
    dstack_keychain_report *report; /* NULL where no chain was judged */
} found;

struct dstack_identity_chains {
    size_t count;
    found at[DS_MAX_IDENTITY_KEYS];
};

void
dstack_identity_chains_free(dstack_identity_chains *chains)
{
    if (!chains)
        return;
    for (size_t i = 0; i < chains->count; i++)
        dstack_keychain_report_free(chains->at[i].report);
    ds_free(chains);
}

/* ---- one key ------------------------------------------------------------- */

static int
fail(dstack_error *err, int reason, const char *message)
{
    return ds_fail_reason(err, ds_reason_code(reason), DSTACK_STAGE_IDENTITY,
        reason, "%s", message);
}

static ds_view
link_at(const ds_identity_key *k, size_t i)
{
    return i < k->link_count ? ds_view_of(k->link[i], k->link_len[i])
                             : ds_view_of(NULL, 0);
}

/* A v0 chain is over the purpose, a v1 chain over the path, there called the
 * domain. */
static int
judge_chain(const ds_identity_key *k, const dstack_kms_trust *trust,
    dstack_keychain_report **ret, dstack_error *err)
{
    const char *context = k->scheme == DSTACK_SCHEME_V1 ? k->path : k->purpose;
    ds_view app = link_at(k, 0), kms = link_at(k, 1), text;

    if (k->scheme == 0 || !context)
        return fail(err, DSTACK_REASON_IDENTITY_CHAIN_ORIGIN,
            "it has a chain, and does not tell what that is over: its scheme, "
            "and in v1 its path");
    text = ds_view_str(context);
    if (k->scheme == DSTACK_SCHEME_V1)
        return dstack_keychain_verify_v1(trust, k->key.bytes, k->key.len,
            text.p, text.n, app.p, app.n, kms.p, kms.n, k->key.algorithm, ret,
            err);
    return dstack_keychain_verify_v0(trust, k->key.bytes, k->key.len, text.p,
        text.n, app.p, app.n, kms.p, kms.n, ret, err);
}

static int
judge_key(const ds_identity_key *k, const dstack_kms_trust *trust,
    uint32_t chains, found *f, dstack_error *err)
{
    int rc;

    if (k->link_count != 0)
        rc = judge_chain(k, trust, &f->report, err);
    else if (chains == DSTACK_CHAINS_ACCEPT_NONE)
        return DSTACK_OK;
    else
        rc = fail(err, DSTACK_REASON_IDENTITY_CHAIN_MISSING,
            "it has no chain, and one is required");
    f->result = rc == DSTACK_OK ? DSTACK_CHECK_PASSED : DSTACK_CHECK_FAILED;
    f->reason = err->reason;
    return rc;
}

/* ---- all of them --------------------------------------------------------- */

/* Every key is judged; the answer is that of the first which fails. */
static int
judge(const dstack_identity *identity, const dstack_kms_trust *trust,
    uint32_t chains, dstack_identity_chains *all, dstack_error *err)
{
    int first = DSTACK_OK;

    for (size_t i = 0; i < identity->key_count; i++) {
        dstack_error one = {0};
        char prefix[40];
        int rc = judge_key(&identity->key[i], trust, chains, &all->at[i], &one);

        if (rc != DSTACK_OK && (first == DSTACK_OK || ds_is_no_verdict(rc))) {
            first = rc;
            (void)snprintf(prefix, sizeof prefix, "identity, key %zu", i);
            ds_err_prefix(&one, prefix);
            if (err)
                *err = one;
        }
        if (ds_is_no_verdict(rc))
            break;
    }
    return first;
}

int
dstack_identity_verify_chains(const dstack_identity *identity,
    const dstack_kms_trust *trust, uint32_t chains,
    dstack_identity_chains **ret, dstack_error *err)
{
    dstack_identity_chains *all;
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!identity || !trust || identity->key_count == 0 ||
        (chains != DSTACK_CHAINS_REQUIRED &&
            chains != DSTACK_CHAINS_ACCEPT_NONE))
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_identity_verify_chains: NULL argument, an identity without "
            "keys, or no DSTACK_CHAINS_*");
    all = ds_calloc(1, sizeof *all);
    if (!all)
        return ds_fail_nomem(err);
    all->count = identity->key_count;
    rc = judge(identity, trust, chains, all, err);
    if (ret && !ds_is_no_verdict(rc))
        *ret = all;
    else
        dstack_identity_chains_free(all);
    return rc;
}

/* ---- getters ------------------------------------------------------------- */

static const found *
found_at(const dstack_identity_chains *chains, size_t index)
{
    return chains && index < chains->count ? &chains->at[index] : NULL;
}

int
dstack_identity_chains_result(
    const dstack_identity_chains *chains, size_t index)
{
    const found *f = found_at(chains, index);

    return f ? f->result : DSTACK_CHECK_NOT_RUN;
}

int
dstack_identity_chains_reason(
    const dstack_identity_chains *chains, size_t index)
{
    const found *f = found_at(chains, index);

    return f ? f->reason : DSTACK_REASON_NONE;
}

const dstack_keychain_report *
dstack_identity_chains_report(
    const dstack_identity_chains *chains, size_t index)
{
    const found *f = found_at(chains, index);

    return f ? f->report : NULL;
}
