/* SPDX-License-Identifier: Apache-2.0 */
#include "intel/chain.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/pem.h"
#include "intel/pck.h"

/* What is said of a chain, by kind. */
typedef struct {
    const char *name;
    size_t length;
    int16_t missing, pem, count, trailing, names, sig, time, ca, role;
} kind_info;

#define KIND(P) \
    DSTACK_REASON_##P##_MISSING, DSTACK_REASON_##P##_PEM, \
        DSTACK_REASON_##P##_LENGTH, DSTACK_REASON_##P##_TRAILING, \
        DSTACK_REASON_##P##_NAME, DSTACK_REASON_##P##_SIG, \
        DSTACK_REASON_##P##_TIME, DSTACK_REASON_##P##_CA, \
        DSTACK_REASON_##P##_ROLE

static const kind_info kinds[] = {
    [DS_CHAIN_PCK] = {"PCK chain", 3, KIND(PCK_CHAIN)},
    [DS_CHAIN_CRL] = {"PCK CRL issuer chain", 2, KIND(CRL_CHAIN)},
    [DS_CHAIN_TCB] = {"TCB info issuer chain", 2, KIND(TCB_CHAIN)},
    [DS_CHAIN_QEID] = {"QE identity issuer chain", 2, KIND(QEID_CHAIN)},
};

/* Everything that the steps below pass on. */
typedef struct {
    const kind_info *k;
    int kind;
    const ds_root *root;
    const ds_chain_options *opt;
    const ds_known *known;
    ds_chain *chain;
    dstack_error *err;
} work;

static int
no(work *w, int reason, const char *what)
{
    return ds_fail_reason(w->err, ds_reason_code(reason), DSTACK_STAGE_CHAIN,
        reason, "%s: %s", w->k->name, what);
}

static int
add_prefix(work *w, size_t i, int rc)
{
    char text[sizeof w->err->message];

    if (!w->err || rc == DSTACK_ERR_NOMEM)
        return rc;
    memcpy(text, w->err->message, sizeof text);
    return ds_fail_reason(w->err, rc, DSTACK_STAGE_CHAIN, w->err->reason,
        "%s: certificate %zu: %s", w->k->name, i + 1, text);
}

/* ---- reading --------------------------------------------------------------- */

/* The same bytes were checked before: borrow instead of parsing again. */
static bool
borrow(const work *w, ds_view der, ds_link *link)
{
    size_t i;
    size_t k;

    if (ds_view_eq(der, w->root->cert->der)) {
        link->cert = w->root->cert;
        link->key = w->root->key;
        link->borrowed = link->key_borrowed = true;
        return true;
    }
    for (i = 0; i < w->known->n; i++)
        for (k = 0; k + 1 < w->known->at[i]->n; k++) {
            const ds_link *have = &w->known->at[i]->link[k];

            if (!ds_view_eq(der, have->cert->der))
                continue;
            *link = *have;
            link->borrowed = true;
            link->key_borrowed = link->key != NULL;
            return true;
        }
    return false;
}

/* Between the last certificate and the end: nothing, or one NUL (section
 * 1.7). */
static bool
is_end(ds_view rest)
{
    return rest.n == 0 || (rest.n == 1 && rest.p[0] == '\0');
}

static int
wrong_count(work *w, size_t n)
{
    char what[64];

    (void)n;
    memcpy(what, "not exactly N certificates", 27);
    what[12] = (char)('0' + w->k->length);
    return no(w, w->k->count, what);
}

/* PEM blocks into `der`, where each ends into `end`; a single DER certificate
 * is taken as it is. */
static int
split(work *w, ds_view text, ds_buf *der, size_t end[DS_CHAIN_MAX + 1])
{
    ds_pem pem;
    size_t n = 0;
    int got;

    ds_pem_init(&pem, text);
    while ((got = ds_pem_next(&pem, "CERTIFICATE", der)) == 1) {
        if (n == w->k->length)
            return wrong_count(w, n + 1);
        end[n++] = der->n;
    }
    if (der->nomem)
        return ds_fail_nomem(w->err);
    /* Text where a certificate is still wanted is one whose BEGIN is lost. */
    if (got < 0 || der->bad || (n != w->k->length && !is_end(pem.rest)))
        return no(w, w->k->pem, "malformed PEM");
    if (n != w->k->length)
        return wrong_count(w, n);
    if (!is_end(pem.rest))
        return no(w, w->k->trailing,
            "bytes other than one NUL after the last certificate");
    return DSTACK_OK;
}

static int
read_link(work *w, size_t i, ds_view der)
{
    int rc = ds_cert_parse(der, &w->chain->link[i].cert, w->err);

    if (rc == DSTACK_ERR_PARSE && w->kind == DS_CHAIN_PCK &&
        ds_pck_repeats_extension(der))
        rc = ds_fail_reason(w->err, rc, DSTACK_STAGE_CHAIN,
            DSTACK_REASON_PCK_EXT, "SGX extension: it comes twice");
    return rc == DSTACK_OK ? rc : add_prefix(w, i, rc);
}

static int
read_links(work *w, ds_view text)
{
    ds_buf der;
    size_t end[DS_CHAIN_MAX + 1] = {0};
    size_t start = 0;
    size_t i;
    int rc;

    ds_buf_init(&der, DS_MAX_CHAIN);
    rc = split(w, text, &der, end);
    for (i = 0; rc == DSTACK_OK && i < w->k->length; i++) {
        ds_view one = ds_view_of(der.p + start, end[i] - start);
        ds_link *link = &w->chain->link[i];

        w->chain->n = i + 1;
        start = end[i];
        if (!borrow(w, one, link))
            rc = read_link(w, i, one);
    }
    ds_buf_free(&der);
    return rc;
}

/* ---- order ------------------------------------------------------------------ */

static bool
issued_by(const ds_link *a, const ds_link *b)
{
    return a->cert && b->cert && ds_view_eq(a->cert->issuer, b->cert->subject);
}

static bool
in_order(const ds_link *l, size_t n)
{
    size_t i;

    for (i = 0; i + 1 < n; i++)
        if (!issued_by(&l[i], &l[i + 1]))
            return false;
    return issued_by(&l[n - 1], &l[n - 1]);
}

/* Leaf first is what services send; any other order is taken too when there
 * is exactly one that makes a chain (section 1.7). */
static int
arrange(work *w)
{
    static const uint8_t orders[6][3] = {
        {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static const uint8_t pairs[2][2] = {{0, 1}, {1, 0}};
    ds_link *l = w->chain->link;
    ds_link tried[DS_CHAIN_MAX];
    ds_link found[DS_CHAIN_MAX];
    size_t n = w->chain->n;
    size_t matches = 0;
    size_t i;
    size_t k;

    memset(tried, 0, sizeof tried);
    memset(found, 0, sizeof found);
    for (i = 0; i < (n == 3 ? 6u : 2u); i++) {
        for (k = 0; k < n; k++)
            tried[k] = l[n == 3 ? orders[i][k] : pairs[i][k]];
        if (!in_order(tried, n))
            continue;
        matches++;
        memcpy(found, tried, n * sizeof *l);
        if (i == 0)
            break;
    }
    if (matches != 1)
        return no(w, w->k->names,
            "issuer and subject names do not link leaf to root");
    memcpy(l, found, n * sizeof *l);
    return DSTACK_OK;
}

/* ---- rules of spec 3.4 ------------------------------------------------------ */

/* Step 1: P-256 and ECDSA with SHA-256 throughout. */
static int
check_algorithms(work *w)
{
    size_t i;

    for (i = 0; i < w->chain->n; i++) {
        const ds_cert *c = w->chain->link[i].cert;

        if (c->sig_alg != DS_SIG_ECDSA_SHA256)
            return no(w, DSTACK_REASON_CERT_ALG,
                "a signature algorithm is not ecdsa-with-SHA256");
        if (c->key_curve != DS_P256)
            return no(w, DSTACK_REASON_CERT_ALG,
                "a key is not on P-256 (prime256v1)");
    }
    return DSTACK_OK;
}

static int
key_of(ds_link *link)
{
    if (link->key)
        return DS_ECDSA_OK;
    return ds_ecdsa_key_new(DS_P256, link->cert->key_xy, &link->key);
}

static int
check_signature(work *w, const ds_cert *cert, ds_link *issuer)
{
    int rc = key_of(issuer);

    if (rc == DS_ECDSA_OK)
        rc = ds_cert_verify(cert, issuer->key);
    if (rc == DS_ECDSA_NOMEM)
        return ds_fail_nomem(w->err);
    if (rc != DS_ECDSA_OK)
        return no(w, w->k->sig, "a certificate's signature does not verify");
    return DSTACK_OK;
}

/* The chain's own root proves nothing: it must be the pinned one (3.3). */
static int
check_pin(work *w)
{
    ds_link *top = &w->chain->link[w->chain->n - 1];
    ds_link anchor = {w->root->cert, w->root->key, true, true};

    if (top->cert == w->root->cert)
        return DSTACK_OK;
    if (w->opt->reissued_root &&
        ds_view_eq(top->cert->key_xy, w->root->cert->key_xy))
        return check_signature(w, top->cert, &anchor);
    return no(w, DSTACK_REASON_ROOT_PIN,
        w->root->custom ? "its root is not the root certificate that was given"
                        : "its root is not Intel's SGX Root CA");
}

/* Step 6: what every certificate of Intel's carries. */
static int
check_extensions(work *w)
{
    size_t i;

    for (i = 0; i < w->chain->n; i++) {
        const ds_cert *c = w->chain->link[i].cert;
        const ds_cert *issuer;

        if (c == w->root->cert)
            continue;
        if (!c->has_aki || !c->has_ski || !c->has_ku || !c->has_bc ||
            !c->has_cdp)
            return no(w, DSTACK_REASON_CERT_EXT,
                "a certificate lacks one of AKI, SKI, KU, BC, CDP");
        if (c->unknown_critical)
            return no(w, DSTACK_REASON_CERT_EXT,
                "a certificate has an unknown critical extension");
        if (i + 1 == w->chain->n)
            continue;
        issuer = w->chain->link[i + 1].cert;
        if (c->aki.n != 0 && issuer->ski.n != 0 &&
            !ds_view_eq(c->aki, issuer->ski))
            return no(w, w->k->names,
                "an authority key identifier is not its issuer's");
    }
    return DSTACK_OK;
}

/* Step 5: the CA at place i; place 0 is a CA in the CRL issuer chain alone. */
static int
check_ca(work *w, size_t i)
{
    const ds_cert *c = w->chain->link[i].cert;
    bool top = i + 1 == w->chain->n;
    uint32_t need = DS_KU_KEY_CERT_SIGN | DS_KU_CRL_SIGN;

    if (!c->has_bc || !c->is_ca)
        return no(w, w->k->ca, "an issuer is not a CA certificate");
    if (!c->bc_critical)
        return no(w, DSTACK_REASON_CERT_EXT,
            "a CA's basicConstraints are not critical");
    if (top ? c->path_len == 0 : c->path_len != 0)
        return no(w, w->k->ca, "a CA's pathLenConstraint does not fit");
    if ((c->ku & need) != need)
        return no(w, w->k->ca, "a CA may not sign certificates and CRLs");
    return DSTACK_OK;
}

static bool
role_is(const work *w, const ds_cert *c, const char *exact, const char *part)
{
    if (w->opt->strict)
        return ds_view_eq_str(c->subject_cn, exact);
    return ds_view_contains(c->subject_cn, part);
}

static bool
is_pck_ca(const work *w, const ds_cert *c)
{
    return role_is(w, c, "Intel SGX PCK Platform CA", "PCK Platform CA") ||
           role_is(w, c, "Intel SGX PCK Processor CA", "PCK Processor CA");
}

/* Step 7 and 8. */
static int
check_leaf(work *w)
{
    const ds_cert *c = w->chain->link[0].cert;
    bool pck = w->kind == DS_CHAIN_PCK;

    if (pck ? !role_is(w, c, "Intel SGX PCK Certificate", "PCK Certificate")
            : !role_is(w, c, "Intel SGX TCB Signing", "SGX TCB Signing"))
        return no(w, w->k->role,
            pck ? "the leaf is not named \"Intel SGX PCK Certificate\""
                : "the leaf is not named \"Intel SGX TCB Signing\"");
    if (!pck && ds_pck_has_extension(c))
        return no(w, w->k->role, "the leaf is a PCK certificate");
    if (c->is_ca)
        return no(w, w->k->ca, "the leaf is a CA certificate");
    if (!(c->ku & DS_KU_DIGITAL_SIGNATURE))
        return no(w, w->k->role, "the leaf may not sign data");
    return DSTACK_OK;
}

static int
check_roles(work *w)
{
    size_t n = w->chain->n;
    size_t i;
    int rc = DSTACK_OK;

    if (w->kind != DS_CHAIN_CRL)
        rc = check_leaf(w);
    for (i = w->kind == DS_CHAIN_CRL ? 0 : 1; rc == DSTACK_OK && i < n; i++) {
        const ds_cert *c = w->chain->link[i].cert;

        rc = check_ca(w, i);
        if (rc == DSTACK_OK && i + 1 < n && !is_pck_ca(w, c))
            rc = no(w, w->k->role,
                "the issuer is neither PCK Platform CA nor PCK Processor CA");
        if (rc == DSTACK_OK && i + 1 == n &&
            !role_is(w, c, "Intel SGX Root CA", "Root CA"))
            rc = no(w, w->k->role, "the root is not named \"Root CA\"");
    }
    return rc;
}

/* A borrowed link below the root was checked where it was borrowed from, by
 * the same root. */
static int
check_signatures(work *w)
{
    size_t i;
    int rc = DSTACK_OK;

    for (i = w->chain->n - 1; rc == DSTACK_OK && i-- > 0;)
        if (!w->chain->link[i].borrowed)
            rc = check_signature(
                w, w->chain->link[i].cert, &w->chain->link[i + 1]);
    return rc;
}

static void
collect_dates(ds_chain *chain)
{
    size_t i;

    chain->not_before = INT64_MIN;
    chain->not_after = INT64_MAX;
    chain->oldest = INT64_MAX;
    for (i = 0; i < chain->n; i++) {
        const ds_cert *c = chain->link[i].cert;

        if (c->not_before > chain->not_before)
            chain->not_before = c->not_before;
        if (c->not_before < chain->oldest)
            chain->oldest = c->not_before;
        if (c->not_after < chain->not_after)
            chain->not_after = c->not_after;
    }
}

int
ds_chain_check(int kind, ds_view pem, const ds_root *root,
    const ds_chain_options *opt, const ds_known *known, ds_chain *chain,
    dstack_error *err)
{
    static int (*const steps[])(work *) = {arrange, check_algorithms, check_pin,
        check_extensions, check_roles, check_signatures};
    dstack_error scratch;
    work w = {
        &kinds[kind], kind, root, opt, known, chain, err ? err : &scratch};
    size_t i;
    int rc;

    memset(chain, 0, sizeof *chain);
    if (pem.n == 0)
        return no(&w, w.k->missing, "it is missing");
    if (pem.n > DS_MAX_CHAIN)
        return no(&w, w.k->count, "it is larger than 64 KiB");
    rc = read_links(&w, pem);
    for (i = 0; rc == DSTACK_OK && i < sizeof steps / sizeof *steps; i++)
        rc = steps[i](&w);
    if (rc == DSTACK_OK)
        collect_dates(chain);
    else
        ds_chain_free(chain);
    return rc;
}

void
ds_chain_free(ds_chain *chain)
{
    size_t i;

    for (i = 0; i < chain->n; i++) {
        ds_link *link = &chain->link[i];

        if (!link->borrowed)
            ds_cert_free(link->cert);
        if (!link->key_borrowed)
            ds_ecdsa_key_free(link->key);
    }
    memset(chain, 0, sizeof *chain);
}

int
ds_chain_check_time(
    int kind, const ds_chain *chain, int64_t now, dstack_error *err)
{
    char from[21];
    char to[21];
    char at[21];

    if (chain->not_before <= now && now <= chain->not_after)
        return DSTACK_OK;
    ds_time_format(chain->not_before, from);
    ds_time_format(chain->not_after, to);
    ds_time_format(now, at);
    return ds_fail_reason(err, DSTACK_ERR_STALE, DSTACK_STAGE_CHAIN,
        kinds[kind].time, "%s: valid from %s to %s, not at %s",
        kinds[kind].name, from, to, at);
}
