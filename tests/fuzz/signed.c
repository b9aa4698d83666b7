/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/signed.h"

#include <string.h>

#include "codec/json.h"
#include "codec/pem.h"
#include "crypto/cert.h"
#include "dstack/error.h"
#include "forge/inner.h"

#define MAX_CERTS 4

typedef struct {
    const script *s;
    ds_cert *cert[MAX_CERTS];
    int made[MAX_CERTS]; /* which of the forge's it is */
    size_t n;
} chain;

ds_view
signed_part(const dstack_collateral *c, uint32_t which)
{
    size_t n;
    const uint8_t *p = dstack_collateral_part(c, which, &n);

    return ds_view_of(p, n);
}

static bool
holds(ds_view hay, ds_view needle)
{
    for (size_t i = 0; i + needle.n <= hay.n; i++)
        if (memcmp(hay.p + i, needle.p, needle.n) == 0)
            return true;
    return false;
}

/* Also s replaced by n - s is a signature. */
static bool
good(const script *s, const forge_sig *sig)
{
    return s->late || (sig->flip == 0 && (sig->form == FORGE_SIG_GOOD ||
                                             sig->form == FORGE_SIG_NEGATED));
}

static bool
is_key(const script *s, ds_view xy, int key)
{
    return ds_view_eq(xy, forge_public(s->f, key));
}

/* ---- chains ---------------------------------------------------------------------- */

/* The same bytes; or the same signed bytes, where a thief was at work. */
static int
which_cert(const script *s, const ds_cert *c)
{
    for (int i = 0; i < FORGE_CERTS; i++)
        if (ds_view_eq(c->der, fuzz_view(&s->f->out.cert[i])))
            return i;
    for (int i = 0; i < FORGE_CERTS && s->late; i++)
        if (ds_view_eq(c->tbs, fuzz_view(&s->cert_tbs[i])))
            return i;
    return -1;
}

/* Its issuer's CRL does not list it. A short serial may occur in a CRL by
 * chance. */
static void
check_revocation(const script *s, const ds_cert *c)
{
    for (int i = 0; i < FORGE_CRLS; i++)
        must(c->serial.n <= 8 || !holds(fuzz_view(&s->crl_tbs[i]), c->issuer) ||
             !holds(fuzz_view(&s->crl_tbs[i]), c->serial));
}

static const ds_cert *
issuer_of(const chain *ch, const ds_cert *c)
{
    for (size_t i = 0; i < ch->n; i++)
        if (ds_view_eq(ch->cert[i]->subject, c->issuer))
            return ch->cert[i];
    return NULL;
}

static void
open_chain(const script *s, ds_view pem, chain *ch)
{
    const forge_cert *made;
    ds_buf der;
    ds_pem p;

    memset(ch, 0, sizeof *ch);
    ch->s = s;
    ds_buf_init(&der, SIZE_MAX);
    ds_pem_init(&p, pem);
    while (ds_pem_next(&p, "CERTIFICATE", &der) == 1) {
        must(ch->n < MAX_CERTS);
        must(ds_cert_parse(fuzz_view(&der), &ch->cert[ch->n], NULL) ==
             DSTACK_OK);
        ch->made[ch->n] = which_cert(s, ch->cert[ch->n]);
        must(ch->made[ch->n] >= 0);
        ch->n++;
        ds_buf_cut(&der, 0);
    }
    for (size_t i = 0; i < ch->n; i++) {
        const ds_cert *issuer = issuer_of(ch, ch->cert[i]);

        made = &s->f->cert[ch->made[i]];
        must(issuer && is_key(s, issuer->key_xy, made->signer));
        must(good(s, &made->sig));
        check_revocation(s, ch->cert[i]);
        must(ch->cert[i]->not_before <= s->now);
        must(ch->cert[i]->not_after >= s->now);
    }
    ds_buf_free(&der);
}

/* One of the chain's certificates that may sign this has this key. */
static void
close_chain(chain *ch, int key, bool ca)
{
    bool found = false;

    for (size_t i = 0; i < ch->n; i++) {
        const ds_cert *c = ch->cert[i];

        found = found || (c->is_ca == ca && is_key(ch->s, c->key_xy, key));
        ds_cert_free(ch->cert[i]);
    }
    must(found);
}

/* ---- CRLs, documents, the quote ---------------------------------------------------- */

static void
check_crl(const script *s, ds_view der, int which)
{
    ds_crl *crl = NULL;

    must(ds_crl_parse(der, &crl, NULL) == DSTACK_OK);
    must(ds_view_eq(crl->tbs, fuzz_view(&s->crl_tbs[which])));
    must(good(s, &s->f->crl[which].sig));
    ds_crl_free(crl);
}

/* The text says what was signed; with strict rules it is what was signed. */
static void
check_text(
    const script *s, ds_view text, const ds_buf *made, const forge_doc *doc)
{
    ds_buf a, b;

    ds_buf_init(&a, SIZE_MAX);
    ds_buf_init(&b, SIZE_MAX);
    ds_json_minify(text, &a);
    ds_json_minify(fuzz_view(made), &b);
    must(ds_view_eq(fuzz_view(&a), fuzz_view(&b)));
    if (s->flags & SCRIPT_STRICT)
        must((s->flags & SCRIPT_PRETTY) == 0 &&
             ds_view_eq(text, fuzz_view(made)));
    must(good(s, &doc->sig));
    ds_buf_free(&a);
    ds_buf_free(&b);
}

static void
check_quote(const script *s, const dstack_quote *q)
{
    const forge_quote *made = &s->f->quote;
    size_t n, m, k;
    const uint8_t *data = dstack_quote_field(q, "qe_report.report_data", &n);
    const uint8_t *key = dstack_quote_field(q, "attestation_key", &m);
    const uint8_t *auth = dstack_quote_auth_data(q, &k);
    uint8_t hash[32];

    must(!s->touched);
    must(is_key(s, ds_view_of(key, m), made->signer));
    must(good(s, &made->sig) && good(s, &made->qe_sig));
    must(
        forge_sha256(s->f, ds_view_of(key, m), ds_view_of(auth, k), hash) == 0);
    must(n == 64 && memcmp(data, hash, 32) == 0);
    must(ds_view_is_zero(ds_view_of(data + 32, 32)));
}

void
signed_check(const script *s, const dstack_collateral *c, const dstack_quote *q)
{
    const forge *f = s->f;
    ds_view pem = signed_part(c, DSTACK_PART_PCK_CERTIFICATE_CHAIN);
    chain ch;
    size_t n;

    check_quote(s, q);
    if (pem.n == 0) {
        pem.p = dstack_quote_certification_data(q, &n);
        pem.n = n;
    }
    open_chain(s, pem, &ch);
    close_chain(&ch, f->quote.qe_signer, false);
    pem = signed_part(c, DSTACK_PART_PCK_CRL_ISSUER_CHAIN);
    open_chain(s, pem, &ch);
    close_chain(&ch, f->crl[FORGE_CRL_PCK].signer, true);
    open_chain(s, pem, &ch);
    close_chain(&ch, f->crl[FORGE_CRL_ROOT].signer, true);
    open_chain(s, signed_part(c, DSTACK_PART_TCB_INFO_ISSUER_CHAIN), &ch);
    close_chain(&ch, f->tcb_info.doc.signer, false);
    open_chain(s, signed_part(c, DSTACK_PART_QE_IDENTITY_ISSUER_CHAIN), &ch);
    close_chain(&ch, f->qe_identity.doc.signer, false);
    check_crl(s, signed_part(c, DSTACK_PART_ROOT_CA_CRL), FORGE_CRL_ROOT);
    check_crl(s, signed_part(c, DSTACK_PART_PCK_CRL), FORGE_CRL_PCK);
    check_text(s, signed_part(c, DSTACK_PART_TCB_INFO), &f->out.tcb_info,
        &f->tcb_info.doc);
    check_text(s, signed_part(c, DSTACK_PART_QE_IDENTITY), &f->out.qe_identity,
        &f->qe_identity.doc);
}
