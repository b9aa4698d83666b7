/* SPDX-License-Identifier: Apache-2.0 */
#include "intel/verify.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "intel/judge.h"
#include "intel/platform.h"

/* The normative checklist (spec 3.2). What depends neither on the quote nor on
 * the time was checked by ds_collateral_check(). */

typedef struct {
    const dstack_quote *q;
    const dstack_collateral *c; /* NULL where there is none */
    const ds_prepared *p;       /* NULL where it did not hold */
    ds_prepared *own;
    const ds_intel_options *opt;
    ds_facts *f;
    ds_checks *checks;
    ds_platform_walk walk;
} work;

static int
no(work *w, int check, int reason, const char *message)
{
    return ds_checks_fail(w->checks, check, reason, NULL, NULL, "%s", message);
}

/* ---- dates of the collateral (spec 3.4 to 3.6) ----------------------------------- */

static int
out_of_window(
    work *w, int check, int reason, const char *name, int64_t from, int64_t to)
{
    char a[21];
    char b[21];
    char at[21];
    char window[48];

    ds_time_format(from, a);
    ds_time_format(to, b);
    ds_time_format(w->opt->now, at);
    memcpy(window, a, 20);
    memcpy(window + 20, " to ", 4);
    memcpy(window + 24, b, 21);
    return ds_checks_fail(w->checks, check, reason, window, at,
        "%s: valid from %s to %s, not at %s", name, a, b, at);
}

static int
chain_time(work *w, int check, int kind, const ds_chain *chain)
{
    dstack_error err;
    int rc = ds_chain_check_time(kind, chain, w->opt->now, &err);

    if (rc != DSTACK_OK)
        return ds_checks_fail_err(w->checks, check, &err);
    ds_checks_pass(w->checks, check);
    return DSTACK_OK;
}

/* A CRL or document. Both ends are inside; the policy's grace prolongs only
 * the end. */
static int
window(work *w, int check, const char *name, int64_t from, int64_t to,
    int future, int expired)
{
    int64_t now = w->opt->now;
    int64_t grace = w->opt->collateral_grace;

    if (now < from)
        return out_of_window(w, check, future, name, from, to);
    if (now > to) {
        if (now - to > grace)
            return out_of_window(w, check, expired, name, from, to);
        w->f->grace_used = true;
    }
    ds_checks_pass(w->checks, check);
    return DSTACK_OK;
}

static int
check_collateral_time(work *w)
{
    const ds_prepared *p = w->p;
    int rc;

    rc = chain_time(w, DS_CHECK_CRL_CHAIN, DS_CHAIN_CRL, &p->crl_chain);
    if (rc == DSTACK_OK)
        rc = window(w, DS_CHECK_ROOT_CRL, "root CRL", p->root_crl->this_update,
            p->root_crl->next_update, DSTACK_REASON_ROOT_CRL_TIME,
            DSTACK_REASON_ROOT_CRL_TIME);
    if (rc == DSTACK_OK)
        rc = window(w, DS_CHECK_PCK_CRL, "PCK CRL", p->pck_crl->this_update,
            p->pck_crl->next_update, DSTACK_REASON_PCK_CRL_TIME,
            DSTACK_REASON_PCK_CRL_TIME);
    if (rc == DSTACK_OK)
        rc = chain_time(w, DS_CHECK_TCB_CHAIN, DS_CHAIN_TCB, &p->tcb_chain);
    if (rc == DSTACK_OK)
        rc = chain_time(w, DS_CHECK_QEID_CHAIN, DS_CHAIN_QEID, &p->qeid_chain);
    if (rc == DSTACK_OK)
        rc = window(w, DS_CHECK_TCB_INFO, "TCB info", p->tcb->issue_date,
            p->tcb->next_update, DSTACK_REASON_TCB_INFO_FUTURE,
            DSTACK_REASON_TCB_INFO_EXPIRED);
    if (rc == DSTACK_OK)
        rc = window(w, DS_CHECK_QE_IDENTITY, "QE identity", p->qeid->issue_date,
            p->qeid->next_update, DSTACK_REASON_QE_IDENTITY_FUTURE,
            DSTACK_REASON_QE_IDENTITY_EXPIRED);
    return rc;
}

/* ---- the PCK certificate ------------------------------------------------------------ */

static int
check_pck_chain(work *w)
{
    const ds_platform *platform;
    ds_known known = {{w->p ? &w->p->crl_chain : NULL}, w->p ? 1 : 0};
    ds_view external = ds_view_of(NULL, 0);
    int rc;

    if (w->c)
        external = ds_view_of(w->c->part[DSTACK_PART_PCK_CERTIFICATE_CHAIN].p,
            w->c->part[DSTACK_PART_PCK_CERTIFICATE_CHAIN].n);
    rc = ds_platform_chain(&w->walk, external, &w->opt->options, &known);

    if (rc != DSTACK_OK)
        return rc;
    platform = &w->walk.ref->platform;
    ds_facts_platform(w->f, platform);
    if (w->opt->now < platform->not_before || w->opt->now > platform->not_after)
        return out_of_window(w, DS_CHECK_PCK_CHAIN,
            DSTACK_REASON_PCK_CHAIN_TIME, "PCK chain", platform->not_before,
            platform->not_after);
    ds_checks_pass(w->checks, DS_CHECK_PCK_CHAIN);
    return DSTACK_OK;
}

/* The PCK CRL must be the leaf's own CA's: same name, same key (3.4 step 9 and
 * 3.5). Then every certificate that counted is looked up. */
static int
check_revocation(work *w)
{
    const ds_platform *f = &w->walk.ref->platform;
    const ds_cert *ca = w->p->crl_chain.link[0].cert;
    const ds_crl *root = w->p->root_crl;
    int id = DS_CHECK_REVOCATION;

    if (!ds_view_eq(ca->subject, ds_view_of(f->issuer, f->issuer_len)) ||
        !ds_view_eq(ca->key_xy, ds_view_of(f->ca_key, sizeof f->ca_key)))
        return no(w, id, DSTACK_REASON_PCK_CRL_ISSUER,
            "PCK CRL: its CA is not the one that issued the PCK certificate "
            "(platform or processor CA?)");
    if (ds_crl_lists(root, ds_view_of(f->root_serial, f->root_serial_len)) ||
        ds_crl_lists(root, w->opt->root->cert->serial))
        return no(w, id, DSTACK_REASON_REVOKED_ROOT,
            "revocation: the root CRL lists the root itself");
    if (ds_crl_lists(root, ds_view_of(f->ca_serial, f->ca_serial_len)) ||
        ds_crl_lists(root, ca->serial))
        return no(w, id, DSTACK_REASON_REVOKED_CA,
            "revocation: the PCK CA is revoked");
    if (ds_crl_lists(root, w->p->tcb_chain.link[0].cert->serial))
        return no(w, id, DSTACK_REASON_REVOKED_TCB_SIGNER,
            "revocation: the TCB info's signing certificate is revoked");
    if (ds_crl_lists(root, w->p->qeid_chain.link[0].cert->serial))
        return no(w, id, DSTACK_REASON_REVOKED_QE_SIGNER,
            "revocation: the QE identity's signing certificate is revoked");
    if (ds_crl_lists(
            w->p->pck_crl, ds_view_of(f->leaf_serial, f->leaf_serial_len)))
        return no(w, id, DSTACK_REASON_REVOKED_PCK,
            "revocation: the PCK certificate is revoked");
    ds_checks_pass(w->checks, id);
    return DSTACK_OK;
}

/* ---- documents against the quote ------------------------------------------------------ */

static int
mismatch(work *w, int check, int reason, const char *what, ds_view expected,
    ds_view found)
{
    char want[65];
    char have[65];

    ds_hex_encode(expected, want);
    ds_hex_encode(found, have);
    return ds_checks_fail(w->checks, check, reason, want, have,
        "%s is %s, expected %s", what, have, want);
}

static int
check_tcb_info_match(work *w)
{
    const ds_tcb_info *t = w->p->tcb;
    const ds_pck *pck = &w->f->pck;
    int id = DS_CHECK_TCB_INFO_MATCH;
    int reason = DSTACK_REASON_TCB_INFO_MISMATCH;

    if (t->tee != w->q->tee)
        return ds_checks_fail(w->checks, id, reason,
            w->q->tee == DSTACK_TEE_TDX ? "TDX" : "SGX",
            t->tee == DSTACK_TEE_TDX ? "TDX" : "SGX",
            "TCB info: it is for %s (version %u), the quote is %s",
            t->tee == DSTACK_TEE_TDX ? "TDX" : "SGX", (unsigned)t->version,
            w->q->tee == DSTACK_TEE_TDX ? "TDX" : "SGX");
    if (memcmp(t->fmspc, pck->fmspc, 6) != 0)
        return mismatch(w, id, reason, "TCB info: FMSPC",
            ds_view_of(pck->fmspc, 6), ds_view_of(t->fmspc, 6));
    if (memcmp(t->pce_id, pck->pce_id, 2) != 0)
        return mismatch(w, id, reason, "TCB info: PCEID",
            ds_view_of(pck->pce_id, 2), ds_view_of(t->pce_id, 2));
    ds_checks_pass(w->checks, id);
    return DSTACK_OK;
}

static int
check_qe_report(work *w)
{
    return ds_platform_bind(&w->walk);
}

/* (value & mask) == expected, bytewise; the right side is not masked, so that
 * an identity that can never match never does (spec 3.8). */
static bool
masked_eq(const uint8_t *value, const uint8_t *mask, const uint8_t *expected,
    size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if ((value[i] & mask[i]) != expected[i])
            return false;
    return true;
}

static int
check_qe_identity(work *w)
{
    const ds_qe_identity *id = w->p->qeid;
    const uint8_t *r = w->q->qe_report.p;
    int want = w->q->tee == DSTACK_TEE_TDX ? DS_QE_TDX : DS_QE_SGX;
    int check = DS_CHECK_QE_IDENTITY_MATCH;
    int reason = DSTACK_REASON_QE_IDENTITY_MISMATCH;

    if (id->id != want)
        return no(w, check, reason,
            w->q->tee == DSTACK_TEE_TDX
                ? "QE identity: it is not TD_QE, which judges TDX quotes"
                : "QE identity: it is not QE, which judges SGX quotes");
    if (r[48] & 2)
        return no(w, check, DSTACK_REASON_QE_DEBUG,
            "QE report: the quoting enclave is a debug enclave");
    if (memcmp(r + 128, id->mr_signer, 32) != 0)
        return mismatch(w, check, reason, "QE report: MRSIGNER",
            ds_view_of(id->mr_signer, 32), ds_view_of(r + 128, 32));
    if (ds_le16(r + 256) != id->isv_prod_id)
        return ds_checks_fail(w->checks, check, reason, NULL, NULL,
            "QE report: ISVPRODID is %u, expected %u",
            (unsigned)ds_le16(r + 256), (unsigned)id->isv_prod_id);
    if (!masked_eq(r + 16, id->misc_select_mask, id->misc_select, 4))
        return mismatch(w, check, reason, "QE report: MISCSELECT",
            ds_view_of(id->misc_select, 4), ds_view_of(r + 16, 4));
    if (!masked_eq(r + 48, id->attributes_mask, id->attributes, 16))
        return mismatch(w, check, reason, "QE report: ATTRIBUTES",
            ds_view_of(id->attributes, 16), ds_view_of(r + 48, 16));
    ds_checks_pass(w->checks, check);
    return DSTACK_OK;
}

static int
check_quote_signature(work *w)
{
    uint8_t hash[DS_HASH_MAX];
    dstack_error err;
    int rc;

    if (!ds_hash(DS_SHA256, w->q->signed_part, ds_view_of(NULL, 0), hash))
        return no(w, DS_CHECK_QUOTE_SIGNATURE, DSTACK_REASON_INTERNAL,
            "quote: hashing failed");
    rc = ds_ecdsa_verify(w->walk.ref->platform.attestation_key,
        ds_view_of(hash, 32), w->q->signature);
    if (rc == DS_ECDSA_NOMEM) {
        ds_fail_nomem(&err);
        return ds_checks_fail_err(w->checks, DS_CHECK_QUOTE_SIGNATURE, &err);
    }
    if (rc != DS_ECDSA_OK)
        return no(w, DS_CHECK_QUOTE_SIGNATURE, DSTACK_REASON_QUOTE_SIGNATURE,
            "quote: its signature by the attestation key does not verify");
    ds_checks_pass(w->checks, DS_CHECK_QUOTE_SIGNATURE);
    w->f->quote_signed = true;
    return DSTACK_OK;
}

static int
check_tcb(work *w)
{
    return ds_tcb_judge(w->q, w->p, w->f, w->checks);
}

/* ---- all of it ------------------------------------------------------------------ */

/* Everything about the collateral that does not depend on the quote. */
static int
check_collateral(work *w)
{
    int rc;

    if (!w->c)
        return no(w, DS_CHECK_COLLATERAL_FORMAT,
            DSTACK_REASON_COLLATERAL_MISSING,
            "collateral: none was given, a quote cannot be judged without");
    w->p = w->c->prepared;
    if (!w->p || !ds_prepared_fits(w->p, w->opt->root, &w->opt->options)) {
        rc = ds_collateral_check(
            w->c, w->opt->root, &w->opt->options, &w->own, w->checks);
        w->p = w->own;
        if (rc != DSTACK_OK)
            return rc;
    }
    ds_checks_pass(w->checks, DS_CHECK_COLLATERAL_FORMAT);
    ds_facts_collateral(w->f, w->p);
    return check_collateral_time(w);
}

static bool
has_chain(const work *w)
{
    return w->walk.ref != NULL;
}

static bool
has_key(const work *w)
{
    return has_chain(w) && w->walk.ref->platform.attestation_key;
}

/* Who signed the quote is told by the quote alone: those steps are taken
 * whatever was wrong with the collateral, so that a refusal says what holds.
 * All others need every step before them. */
static const struct {
    int (*run)(work *);
    bool always;
    bool (*possible)(const work *); /* NULL: yes */
} steps[] = {
    {check_collateral, true, NULL},
    {check_pck_chain, true, NULL},
    {check_revocation, false, NULL},
    {check_tcb_info_match, false, NULL},
    {check_qe_report, true, has_chain},
    {check_qe_identity, false, NULL},
    {check_quote_signature, true, has_key},
    {check_tcb, false, NULL},
};

int
ds_intel_verify(const dstack_quote *quote, const dstack_collateral *collateral,
    const ds_intel_options *opt, ds_facts *facts, ds_checks *checks)
{
    work w = {.q = quote,
        .c = collateral,
        .opt = opt,
        .f = facts,
        .checks = checks,
        .walk = {.quote = quote,
            .root = opt->root,
            .cache = opt->cache,
            .checks = checks}};
    int first = DSTACK_OK;

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        int rc = DSTACK_OK;

        if (first == DSTACK_OK ||
            (steps[i].always && (!steps[i].possible || steps[i].possible(&w))))
            rc = steps[i].run(&w);
        if (first == DSTACK_OK || ds_is_no_verdict(rc))
            first = rc;
        if (ds_is_no_verdict(rc))
            break;
    }
    facts->authentic = first == DSTACK_OK;
    ds_platform_walk_free(&w.walk);
    ds_prepared_free(w.own);
    return first;
}
