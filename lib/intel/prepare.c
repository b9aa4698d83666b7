/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/json.h"
#include "crypto/hash.h"
#include "intel/collateral.h"

/* Spec 3.2, steps 4 to 6 and 8 to 10, without dates: each check below is one
 * line of the list at the end. */

typedef struct {
    const dstack_collateral *c;
    const ds_root *root;
    ds_prepared *p;
    ds_checks *checks;
} work;

static ds_view
part(const work *w, uint32_t which)
{
    const ds_buf *b = &w->c->part[which];

    return ds_view_of(b->p, b->n);
}

static int
no(work *w, int check, int reason, const char *message)
{
    return ds_checks_fail(w->checks, check, reason, NULL, NULL, "%s", message);
}

static int
result(work *w, int check, int rc, const dstack_error *err)
{
    if (rc != DSTACK_OK)
        return ds_checks_fail_err(w->checks, check, err);
    return DSTACK_OK;
}

static int
check_format(work *w)
{
    dstack_error err;
    int rc = ds_collateral_complete(w->c, &err);

    if (rc == DSTACK_OK && w->p->options.strict && w->c->extra_members)
        return no(w, DS_CHECK_COLLATERAL_FORMAT,
            DSTACK_REASON_COLLATERAL_FORMAT,
            "collateral: strict: unknown members");
    return result(w, DS_CHECK_COLLATERAL_FORMAT, rc, &err);
}

/* ---- chains -------------------------------------------------------------------- */

static int
check_chain(work *w, int check, int kind, uint32_t which, ds_chain *chain)
{
    ds_known known = {
        {&w->p->crl_chain, &w->p->tcb_chain, &w->p->qeid_chain}, 3};
    dstack_error err;
    int rc = ds_chain_check(
        kind, part(w, which), w->root, &w->p->options, &known, chain, &err);

    return result(w, check, rc, &err);
}

static int
check_crl_chain(work *w)
{
    return check_chain(w, DS_CHECK_CRL_CHAIN, DS_CHAIN_CRL,
        DSTACK_PART_PCK_CRL_ISSUER_CHAIN, &w->p->crl_chain);
}

static int
check_tcb_chain(work *w)
{
    return check_chain(w, DS_CHECK_TCB_CHAIN, DS_CHAIN_TCB,
        DSTACK_PART_TCB_INFO_ISSUER_CHAIN, &w->p->tcb_chain);
}

static int
check_qeid_chain(work *w)
{
    const ds_chain *tcb = &w->p->tcb_chain;
    ds_chain *chain = &w->p->qeid_chain;
    size_t i;

    /* One certificate signs both documents as a rule, and both chains have
     * the same rules: the same text need not be read again. */
    if (ds_view_eq(part(w, DSTACK_PART_QE_IDENTITY_ISSUER_CHAIN),
            part(w, DSTACK_PART_TCB_INFO_ISSUER_CHAIN))) {
        *chain = *tcb;
        for (i = 0; i < chain->n; i++)
            chain->link[i].borrowed = chain->link[i].key_borrowed = true;
        return DSTACK_OK;
    }
    return check_chain(w, DS_CHECK_QEID_CHAIN, DS_CHAIN_QEID,
        DSTACK_PART_QE_IDENTITY_ISSUER_CHAIN, &w->p->qeid_chain);
}

/* ---- CRLs (spec 3.5) ----------------------------------------------------------- */

typedef struct {
    int check;
    const char *name;
    int der, ext, issuer, sig, time;
} crl_kind;

static const crl_kind root_kind = {DS_CHECK_ROOT_CRL, "root CRL",
    DSTACK_REASON_ROOT_CRL_DER, DSTACK_REASON_ROOT_CRL_EXT,
    DSTACK_REASON_ROOT_CRL_ISSUER, DSTACK_REASON_ROOT_CRL_SIG,
    DSTACK_REASON_ROOT_CRL_TIME};
static const crl_kind pck_kind = {DS_CHECK_PCK_CRL, "PCK CRL",
    DSTACK_REASON_PCK_CRL_DER, DSTACK_REASON_PCK_CRL_EXT,
    DSTACK_REASON_PCK_CRL_ISSUER, DSTACK_REASON_PCK_CRL_SIG,
    DSTACK_REASON_PCK_CRL_TIME};

static int
crl_no(work *w, const crl_kind *k, int reason, const char *what)
{
    return ds_checks_fail(
        w->checks, k->check, reason, NULL, NULL, "%s: %s", k->name, what);
}

/* What RFC 5280 leaves optional and Intel's CRLs always have. */
static const char *
crl_extensions(const ds_crl *crl)
{
    if (!crl->is_v2)
        return "it is not version 2";
    if (!crl->has_next_update)
        return "it has no nextUpdate";
    if (!crl->has_number || !crl->has_aki)
        return "it has no CRLNumber or no authorityKeyIdentifier";
    if (crl->has_delta || crl->has_idp)
        return "it is a delta or partial CRL";
    if (crl->unknown_critical)
        return "it has an unknown critical extension";
    return NULL;
}

static int
check_crl(work *w, const crl_kind *k, uint32_t which, const ds_cert *issuer,
    const ds_ecdsa_key *key, ds_crl **ret)
{
    dstack_error err;
    const char *wrong;
    ds_crl *crl;
    int rc = ds_crl_parse(part(w, which), ret, &err);

    if (rc == DSTACK_ERR_NOMEM || rc == DSTACK_ERR_INTERNAL)
        return result(w, k->check, rc, &err);
    if (rc != DSTACK_OK)
        return crl_no(w, k,
            err.reason == DSTACK_REASON_CERT_EXT ? k->ext : k->der,
            err.message);
    crl = *ret;
    wrong = crl_extensions(crl);
    if (wrong)
        return crl_no(w, k, k->ext, wrong);
    if (!ds_view_eq(crl->issuer, issuer->subject))
        return crl_no(w, k, k->issuer, "its issuer is not the CA it is for");
    if (crl->aki.n != 0 && issuer->ski.n != 0 &&
        !ds_view_eq(crl->aki, issuer->ski))
        return crl_no(
            w, k, k->issuer, "its authority key identifier is not the CA's");
    if (crl->this_update > crl->next_update)
        return crl_no(w, k, k->time, "thisUpdate is after nextUpdate");
    if (crl->sig_alg != DS_SIG_ECDSA_SHA256)
        return crl_no(w, k, k->sig, "its signature is not ecdsa-with-SHA256");
    rc = ds_crl_verify(crl, key);
    if (rc == DS_ECDSA_NOMEM)
        return result(w, k->check, ds_fail_nomem(&err), &err);
    if (rc != DS_ECDSA_OK)
        return crl_no(w, k, k->sig, "its signature does not verify");
    return DSTACK_OK;
}

static int
check_root_crl(work *w)
{
    return check_crl(w, &root_kind, DSTACK_PART_ROOT_CA_CRL, w->root->cert,
        w->root->key, &w->p->root_crl);
}

static int
check_pck_crl(work *w)
{
    ds_link *ca = &w->p->crl_chain.link[0];
    dstack_error err;
    int rc = DS_ECDSA_OK;

    if (!ca->key)
        rc = ds_ecdsa_key_new(DS_P256, ca->cert->key_xy, &ca->key);
    if (rc == DS_ECDSA_NOMEM)
        return result(w, DS_CHECK_PCK_CRL, ds_fail_nomem(&err), &err);
    if (rc != DS_ECDSA_OK)
        return no(w, DS_CHECK_PCK_CRL, DSTACK_REASON_KEY_INVALID,
            "PCK CRL: its CA's key is not a point on P-256");
    return check_crl(
        w, &pck_kind, DSTACK_PART_PCK_CRL, ca->cert, ca->key, &w->p->pck_crl);
}

/* ---- signed documents (spec 2.6) ------------------------------------------------ */

static int
signed_by(const ds_link *signer, ds_view text, const uint8_t rs[64])
{
    uint8_t hash[DS_HASH_MAX];

    /* Only for want of memory: it must not look like a bad signature. */
    if (!ds_hash(DS_SHA256, text, ds_view_of(NULL, 0), hash))
        return DS_ECDSA_NOMEM;
    return ds_ecdsa_verify(
        signer->key, ds_view_of(hash, 32), ds_view_of(rs, 64));
}

/* The bytes as they are; or, unless strict, without insignificant white space,
 * which is how a pretty-printed copy of a genuine document verifies. `text`
 * receives what the signature holds for. */
static int
check_signature(work *w, uint32_t which, ds_link *signer, ds_buf *text)
{
    ds_view raw = part(w, which);
    ds_view hex = part(w, which + 1);
    uint8_t rs[64];
    ds_json *j = NULL;
    int rc = DS_ECDSA_OK;

    if (!ds_hex_decode(hex, rs, sizeof rs))
        return DS_ECDSA_BAD;
    if (!signer->key)
        rc = ds_ecdsa_key_new(DS_P256, signer->cert->key_xy, &signer->key);
    if (rc == DS_ECDSA_OK)
        rc = signed_by(signer, raw, rs);
    if (rc == DS_ECDSA_OK) {
        ds_buf_add(text, raw.p, raw.n);
    } else if (rc == DS_ECDSA_BAD && !w->p->options.strict) {
        rc = ds_json_parse(raw, "", &j, NULL);
        if (rc == DSTACK_OK)
            ds_json_minify(raw, text);
        rc = rc == DSTACK_ERR_NOMEM ? DS_ECDSA_NOMEM : DS_ECDSA_BAD;
        if (j && !text->bad && !text->nomem && text->n != raw.n)
            rc = signed_by(signer, ds_view_of(text->p, text->n), rs);
        ds_json_free(j);
    }
    return text->nomem ? DS_ECDSA_NOMEM : rc;
}

static int
check_document(work *w, int check, uint32_t which, ds_link *signer, int reason,
    const char *name, ds_buf *text)
{
    dstack_error err;
    int rc = check_signature(w, which, signer, text);

    if (rc == DS_ECDSA_NOMEM)
        return result(w, check, ds_fail_nomem(&err), &err);
    if (rc != DS_ECDSA_OK)
        return ds_checks_fail(w->checks, check, reason, NULL, NULL,
            "%s: its signature (128 hex digits) does not verify", name);
    return DSTACK_OK;
}

static int
check_tcb_info(work *w)
{
    dstack_error err;
    int rc = check_document(w, DS_CHECK_TCB_INFO, DSTACK_PART_TCB_INFO,
        &w->p->tcb_chain.link[0], DSTACK_REASON_TCB_INFO_SIG, "TCB info",
        &w->p->tcb_text);

    if (rc != DSTACK_OK)
        return rc;
    rc = ds_tcb_info_parse(
        ds_view_of(w->p->tcb_text.p, w->p->tcb_text.n), &w->p->tcb, &err);
    return result(w, DS_CHECK_TCB_INFO, rc, &err);
}

static int
check_qe_identity(work *w)
{
    ds_link *signer = &w->p->qeid_chain.link[0];
    dstack_error err;
    int rc;

    /* Most often the TCB info's signer, whose key is ready by now. */
    if (signer->cert == w->p->tcb_chain.link[0].cert)
        signer = &w->p->tcb_chain.link[0];
    rc = check_document(w, DS_CHECK_QE_IDENTITY, DSTACK_PART_QE_IDENTITY,
        signer, DSTACK_REASON_QE_IDENTITY_SIG, "QE identity", &w->p->qeid_text);
    if (rc != DSTACK_OK)
        return rc;
    rc = ds_qe_identity_parse(
        ds_view_of(w->p->qeid_text.p, w->p->qeid_text.n), &w->p->qeid, &err);
    return result(w, DS_CHECK_QE_IDENTITY, rc, &err);
}

int
ds_collateral_check(const dstack_collateral *c, const ds_root *root,
    const ds_chain_options *opt, ds_prepared **ret, ds_checks *checks)
{
    static int (*const steps[])(work *) = {check_format, check_crl_chain,
        check_root_crl, check_pck_crl, check_tcb_chain, check_qeid_chain,
        check_tcb_info, check_qe_identity};
    work w = {c, root, ds_calloc(1, sizeof *w.p), checks};
    dstack_error err;
    size_t i;
    int rc = DSTACK_OK;

    *ret = NULL;
    if (!w.p)
        return result(
            &w, DS_CHECK_COLLATERAL_FORMAT, ds_fail_nomem(&err), &err);
    w.p->options = *opt;
    ds_buf_init(&w.p->tcb_text, DS_MAX_DOCUMENT);
    ds_buf_init(&w.p->qeid_text, DS_MAX_DOCUMENT);
    memcpy(w.p->root, root->hash, sizeof w.p->root);
    for (i = 0; rc == DSTACK_OK && i < sizeof steps / sizeof *steps; i++)
        rc = steps[i](&w);
    if (rc == DSTACK_OK)
        *ret = w.p;
    else
        ds_prepared_free(w.p);
    return rc;
}

void
ds_prepared_free(ds_prepared *p)
{
    if (!p)
        return;
    /* Later chains may borrow from earlier ones. */
    ds_chain_free(&p->qeid_chain);
    ds_chain_free(&p->tcb_chain);
    ds_chain_free(&p->crl_chain);
    ds_crl_free(p->root_crl);
    ds_crl_free(p->pck_crl);
    ds_tcb_info_free(p->tcb);
    ds_qe_identity_free(p->qeid);
    ds_buf_free(&p->tcb_text);
    ds_buf_free(&p->qeid_text);
    ds_free(p);
}

bool
ds_prepared_fits(
    const ds_prepared *p, const ds_root *root, const ds_chain_options *opt)
{
    return p->options.strict == opt->strict &&
           p->options.reissued_root == opt->reissued_root &&
           memcmp(root->hash, p->root, sizeof p->root) == 0;
}
