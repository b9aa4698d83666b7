/* SPDX-License-Identifier: Apache-2.0 */
/* Rows 69 to 80: revocation lists. */
#include "support/attack.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"

#define COLLATERAL DSTACK_STAGE_COLLATERAL
#define CHAIN DSTACK_STAGE_CHAIN
#define REVOCATION DSTACK_STAGE_REVOCATION
#define UP_TO_DATE DSTACK_TCB_UP_TO_DATE

/* Both lists are judged alike, with a reason of their own. */
typedef struct {
    int crl, member, key;
    int der, ext, issuer, sig, time;
} list;

static const list lists[] = {
    {FORGE_CRL_ROOT, FORGE_M_ROOT_CRL, FORGE_KEY_ROOT,
        DSTACK_REASON_ROOT_CRL_DER, DSTACK_REASON_ROOT_CRL_EXT,
        DSTACK_REASON_ROOT_CRL_ISSUER, DSTACK_REASON_ROOT_CRL_SIG,
        DSTACK_REASON_ROOT_CRL_TIME},
    {FORGE_CRL_PCK, FORGE_M_PCK_CRL, FORGE_KEY_PLATFORM,
        DSTACK_REASON_PCK_CRL_DER, DSTACK_REASON_PCK_CRL_EXT,
        DSTACK_REASON_PCK_CRL_ISSUER, DSTACK_REASON_PCK_CRL_SIG,
        DSTACK_REASON_PCK_CRL_TIME},
};

static forge_crl *
begin_list(attack *a, int kind, const list *l)
{
    attack_begin(a, kind);
    attack_case(a, "kind %d, list %d", kind, l->crl);
    return &a->f->crl[l->crl];
}

/* For each kind and both lists. */
#define EACH_LIST(a, kind, l) \
    ATTACK_EACH(a, kind) \
    for (const list *l = lists; l < lists + 2; l++)

/* ---- who is revoked -------------------------------------------------------- */

static void
revoked_pck(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        forge_crl *crl = &a->f->crl[FORGE_CRL_PCK];

        /* Another platform's is not ours. */
        forge_revoke(a->f, FORGE_CRL_PCK, FORGE_CERT_EXTRA, 0);
        crl->filler = 20;
        attack_accept(a, UP_TO_DATE);
        /* Whatever the reason: 8 is removeFromCRL. */
        forge_revoke(a->f, FORGE_CRL_PCK, FORGE_CERT_PCK, 0);
        for (int reason = 0; reason <= 10; reason += reason == 5 ? 3 : 1) {
            attack_case(a, "kind %d, reason %d", kind, reason);
            crl->revoked[1].reason = reason;
            attack_reject(a, REVOCATION, DSTACK_REASON_REVOKED_PCK);
        }
        /* Whatever the date. */
        crl->revoked[1].date = FORGE_NOW + 100 * FORGE_DAY;
        attack_reject(a, REVOCATION, DSTACK_REASON_REVOKED_PCK);
        /* First, and last but one. */
        crl->filler = 0;
        crl->revoked[2] = crl->revoked[0];
        crl->revoked_n = 3;
        attack_reject(a, REVOCATION, DSTACK_REASON_REVOKED_PCK);
        crl->revoked[0] = crl->revoked[1];
        crl->revoked_n = 1;
        attack_reject(a, REVOCATION, DSTACK_REASON_REVOKED_PCK);
        /* In the root's list it says nothing about a PCK certificate. */
        attack_begin(a, kind);
        forge_revoke(a->f, FORGE_CRL_ROOT, FORGE_CERT_PCK, 1);
        attack_accept(a, UP_TO_DATE);
    }
}

static void
reject_revoked(attack *a, int cert, int reason)
{
    attack_case(a, "kind %d, certificate %d", a->kind, cert);
    forge_revoke(a->f, FORGE_CRL_ROOT, cert, 1);
    attack_reject(a, REVOCATION, reason);
}

static void
revoked_by_root(attack *a)
{
    static const int chains[] = {FORGE_CHAIN_CRL, FORGE_CHAIN_QUOTE};

    ATTACK_EACH(a, kind)
    {
        reject_revoked(a, FORGE_CERT_PLATFORM, DSTACK_REASON_REVOKED_CA);
        attack_begin(a, kind);
        reject_revoked(a, FORGE_CERT_ROOT, DSTACK_REASON_REVOKED_ROOT);
        attack_begin(a, kind);
        reject_revoked(a, FORGE_CERT_TCB, DSTACK_REASON_REVOKED_TCB_SIGNER);
        /* A signer of its own for each document. */
        for (int cert = FORGE_CERT_TCB; cert <= FORGE_CERT_QE; cert++) {
            attack_begin(a, kind);
            a->f->cert[FORGE_CERT_QE].serial[19] ^= 1;
            reject_revoked(a, cert,
                cert == FORGE_CERT_TCB ? DSTACK_REASON_REVOKED_TCB_SIGNER
                                       : DSTACK_REASON_REVOKED_QE_SIGNER);
        }
        /* Either copy of the PCK CA. */
        for (size_t i = 0; i < 2; i++) {
            forge_chain *c = &a->f->chain[chains[i]];

            attack_begin(a, kind);
            a->f->cert[FORGE_CERT_EXTRA] = a->f->cert[FORGE_CERT_PLATFORM];
            a->f->cert[FORGE_CERT_EXTRA].serial[19] ^= 1;
            c->certs[c->n - 2] = FORGE_CERT_EXTRA;
            attack_accept(a, UP_TO_DATE);
            reject_revoked(a, FORGE_CERT_EXTRA, DSTACK_REASON_REVOKED_CA);
        }
        /* The other CA is another matter. */
        attack_begin(a, kind);
        forge_revoke(a->f, FORGE_CRL_ROOT, FORGE_CERT_PROCESSOR, 1);
        attack_accept(a, UP_TO_DATE);
    }
}

/* The serial in the list with `zeros` more octets in front. */
static void
pad_serial(forge_revoked *r, size_t zeros)
{
    memmove(r->serial + zeros, r->serial, r->serial_n);
    memset(r->serial, 0, zeros);
    r->serial_n += zeros;
}

static void
leading_zeros(attack *a)
{
    static const uint8_t first[] = {0x01, 0x7f, 0x80, 0xff};

    ATTACK_EACH(a, kind)
    for (size_t i = 0; i < sizeof first; i++)
        for (size_t zeros = 0; zeros <= 4; zeros += 2) {
            attack_begin(a, kind);
            attack_case(a, "kind %d, %02x, %zu", kind, first[i], zeros);
            a->f->cert[FORGE_CERT_PCK].serial[0] = first[i];
            forge_revoke(a->f, FORGE_CRL_PCK, FORGE_CERT_PCK, 1);
            pad_serial(&a->f->crl[FORGE_CRL_PCK].revoked[0], zeros);
            attack_reject(a, REVOCATION, DSTACK_REASON_REVOKED_PCK);
            attack_begin(a, kind);
            a->f->cert[FORGE_CERT_PLATFORM].serial[0] = first[i];
            forge_revoke(a->f, FORGE_CRL_ROOT, FORGE_CERT_PLATFORM, 1);
            pad_serial(&a->f->crl[FORGE_CRL_ROOT].revoked[0], zeros);
            attack_reject(a, REVOCATION, DSTACK_REASON_REVOKED_CA);
        }
}

/* ---- whose list it is ------------------------------------------------------ */

static void
wrong_signer(attack *a)
{
    static const int keys[] = {
        FORGE_KEY_ROGUE, FORGE_KEY_PROCESSOR, FORGE_KEY_TCB, FORGE_KEY_PCK};

    EACH_LIST(a, kind, l)
    {
        forge_crl *crl = begin_list(a, kind, l);

        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
            /* Honest about its key; lying about it; silent about it. */
            crl->signer = keys[i];
            crl->aki_id = ds_view_of(NULL, 0);
            attack_reject(a, REVOCATION, l->issuer);
            crl->aki_id = attack_key_id(a, l->key);
            attack_reject(a, REVOCATION, l->sig);
        }
        /* The two CAs for each other. */
        crl->aki_id = ds_view_of(NULL, 0);
        crl->signer =
            l->crl == FORGE_CRL_ROOT ? FORGE_KEY_PLATFORM : FORGE_KEY_ROOT;
        attack_reject(a, REVOCATION, l->issuer);
        crl->aki_id = attack_key_id(a, l->key);
        attack_reject(a, REVOCATION, l->sig);
        crl = begin_list(a, kind, l);
        crl->alg_inner = crl->alg_outer = FORGE_ALG_SHA384;
        attack_reject(a, REVOCATION, l->sig);
        crl->alg_inner = FORGE_ALG_SHA256;
        attack_reject(a, REVOCATION, l->der);
    }
}

static void
wrong_list(attack *a)
{
    EACH_LIST(a, kind, l)
    {
        forge_crl *crl = begin_list(a, kind, l);

        *crl = a->f->crl[l->crl == FORGE_CRL_ROOT];
        attack_reject(a, REVOCATION, l->issuer);
        crl = begin_list(a, kind, l);
        crl->issuer = a->f->cert[FORGE_CERT_PROCESSOR].subject;
        attack_reject(a, REVOCATION, l->issuer);
        crl->issuer = a->f->cert[FORGE_CERT_TCB].subject;
        attack_reject(a, REVOCATION, l->issuer);
    }
}

static void
wrong_issuer(attack *a)
{
    wrong_signer(a);
    wrong_list(a);
}

/* ---- dates and extensions -------------------------------------------------- */

static void
dates(attack *a)
{
    EACH_LIST(a, kind, l)
    {
        forge_crl *crl = begin_list(a, kind, l);

        crl->next_update = FORGE_NOW - 1;
        attack_reject(a, REVOCATION, l->time);
        crl->next_update = FORGE_NOW;
        attack_accept(a, UP_TO_DATE);
        crl->this_update = FORGE_NOW;
        attack_accept(a, UP_TO_DATE);
        crl->next_update = FORGE_NOW + FORGE_DAY;
        crl->this_update = FORGE_NOW + 1;
        attack_reject(a, REVOCATION, l->time);
        /* The wrong way round, at any time. */
        crl->this_update = FORGE_NOW + 1;
        crl->next_update = FORGE_NOW - 1;
        attack_reject(a, REVOCATION, l->time);
        a->now = FORGE_NOW + 1;
        attack_reject(a, REVOCATION, l->time);
        a->now = FORGE_NOW - 1;
        attack_reject(a, REVOCATION, l->time);
        /* A grace prolongs a window; it does not make one. */
        a->now = FORGE_NOW;
        crl->this_update = FORGE_NOW - 5;
        crl->next_update = FORGE_NOW - 10;
        assert_int_equal(
            dstack_policy_accept_collateral_grace(attack_policy(a), 100, NULL),
            DSTACK_OK);
        attack_reject(a, REVOCATION, l->time);
    }
}

static void
missing_extensions(attack *a)
{
    EACH_LIST(a, kind, l)
    {
        begin_list(a, kind, l)->number_on = false;
        attack_reject(a, REVOCATION, l->ext);
        begin_list(a, kind, l)->aki_on = false;
        attack_reject(a, REVOCATION, l->ext);
        begin_list(a, kind, l)->no_next_update = true;
        attack_reject(a, REVOCATION, l->ext);
        begin_list(a, kind, l)->version = 1;
        attack_reject(a, REVOCATION, l->ext);
    }
}

static void
partial_lists(attack *a)
{
    EACH_LIST(a, kind, l)
    {
        forge_crl *crl = begin_list(a, kind, l);

        crl->delta = true;
        attack_reject(a, REVOCATION, l->ext);
        crl->delta = false;
        crl->idp = true;
        attack_reject(a, REVOCATION, l->ext);
        /* The same, not critical, as no issuer may write them. */
        crl->idp = false;
        crl->extra[0].oid = "2.5.29.27";
        crl->extra[0].value = ds_view_of("\x02\x01\x01", 3);
        attack_reject(a, REVOCATION, l->ext);
        crl->extra[0].oid = "2.5.29.28";
        crl->extra[0].value = ds_view_of("\x30\x03\x81\x01\xff", 5);
        attack_reject(a, REVOCATION, l->ext);
        crl->extra[0].oid = "1.2.3.4";
        attack_accept(a, UP_TO_DATE);
        crl->extra[0].critical = true;
        attack_reject(a, REVOCATION, l->ext);
    }
}

/* ---- form ------------------------------------------------------------------ */

static ds_view
pem_of(attack *a, const list *l)
{
    const ds_buf *der = &a->f->out.crl[l->crl];
    ds_buf text;
    ds_view kept;

    ds_buf_init(&text, 1u << 16);
    forge_pem(ds_view_of(der->p, der->n), "X509 CRL", false, &text);
    kept = forge_keep_buf(a->f, &text);
    ds_buf_free(&text);
    return kept;
}

/* Hex as it stands in a file, with the end of its line. */
static ds_view
hex_line_of(attack *a, const list *l)
{
    const ds_buf *der = &a->f->out.crl[l->crl];
    char *text = calloc(1, 2 * der->n + 2);
    ds_view kept;

    assert_non_null(text);
    ds_hex_encode(ds_view_of(der->p, der->n), text);
    text[2 * der->n] = '\n';
    kept = forge_keep(a->f, text, 2 * der->n + 1);
    free(text);
    return kept;
}

static void
forms_accepted(attack *a, int kind)
{
    static const int forms[] = {
        FORGE_CRL_AS_DER, FORGE_CRL_AS_HEX, FORGE_CRL_AS_PEM};

    attack_begin(a, kind);
    a->f->bundle.upper_hex = true;
    attack_accept(a, UP_TO_DATE);
    for (const list *l = lists; l < lists + 2; l++) {
        attack_begin(a, kind);
        attack_build(a);
        a->f->bundle.members[l->member].text = pem_of(a, l);
        attack_accept(a, UP_TO_DATE);
        a->f->bundle.members[l->member].text = hex_line_of(a, l);
        attack_accept(a, UP_TO_DATE);
    }
    for (size_t i = 0; i < 3; i++) {
        attack_begin(a, kind);
        attack_case(a, "kind %d, flat, form %zu", kind, i);
        a->f->flat.crl_form = forms[i];
        attack_build(a);
        a->collateral = ds_view_of(a->f->out.flat.p, a->f->out.flat.n);
        attack_accept_built(a, UP_TO_DATE);
    }
}

/* The same part by itself, in each form, and of an odd number of digits. */
static void
forms_set(attack *a, int kind, const list *l)
{
    uint32_t part = l->crl == FORGE_CRL_ROOT ? DSTACK_PART_ROOT_CA_CRL
                                             : DSTACK_PART_PCK_CRL;
    const ds_buf *der = &a->f->out.crl[l->crl];
    dstack_collateral *c = NULL;
    dstack_error err;
    ds_view pem;
    size_t n = 0;

    begin_list(a, kind, l);
    attack_build(a);
    pem = pem_of(a, l);
    assert_int_equal(dstack_collateral_new(&c, NULL), DSTACK_OK);
    assert_int_equal(
        dstack_collateral_set(c, der->p, der->n, part, NULL), DSTACK_OK);
    assert_int_equal(
        dstack_collateral_set(c, pem.p, pem.n, part, NULL), DSTACK_OK);
    const uint8_t *got = dstack_collateral_part(c, part, &n);
    assert_true(ds_view_eq(ds_view_of(got, n), ds_view_of(der->p, der->n)));
    assert_int_equal(
        dstack_collateral_set(c, (const uint8_t *)"308", 3, part, &err),
        DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, l->der);
    assert_null(dstack_collateral_part(c, part, &n));
    dstack_collateral_free(c);
}

static void
forms(attack *a)
{
    EACH_LIST(a, kind, l)
    {
        forge_crl *crl = begin_list(a, kind, l);
        forge_member *m = &a->f->bundle.members[l->member];

        crl->append = ds_view_of("\0", 1);
        attack_reject(a, REVOCATION, l->der);
        crl->append = ds_view_of("\x30\x00", 2);
        attack_reject(a, REVOCATION, l->der);
        begin_list(a, kind, l);
        m->text = ds_view_str("308");
        attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_JSON);
        m->text = ds_view_str("308\n");
        attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_JSON);
        m->text = ds_view_str("30zz");
        attack_reject(a, REVOCATION, l->der);
        m->text = ds_view_str("-----BEGIN X509 CRL-----\nMIIB\n");
        attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_PEM);
        forms_set(a, kind, l);
    }
    ATTACK_EACH(a, kind)
    forms_accepted(a, kind);
}

/* ---- missing --------------------------------------------------------------- */

static void
missing(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        for (int m = 0; m < FORGE_M_PCK_CHAIN; m++) {
            attack_begin(a, kind);
            attack_case(a, "kind %d, member %d", kind, m);
            a->f->bundle.members[m].omit = true;
            attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_MISSING);
            a->f->bundle.members[m].omit = false;
            a->f->bundle.members[m].text = ds_view_str("");
            attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_MISSING);
        }
        attack_begin(a, kind);
        a->collateral = ds_view_str("{}");
        attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_MISSING);
        /* A flattened one with an empty list. */
        for (size_t blob = 0; blob < FORGE_FLAT_BLOBS; blob++) {
            attack_begin(a, kind);
            attack_build(a);
            a->f->flat.sizes[blob].set = true;
            attack_build(a);
            a->collateral = ds_view_of(a->f->out.flat.p, a->f->out.flat.n);
            attack_reject_built(a, COLLATERAL, DSTACK_REASON_COLLATERAL_FORMAT);
        }
    }
}

/* An object without a single part, prepared or not. */
static void
empty_collateral(attack *a)
{
    const ds_buf *root = &a->f->out.cert[FORGE_CERT_ROOT];
    const ds_buf *quote = &a->f->out.quote;
    dstack_collateral *c = NULL;
    dstack_verifier *v = NULL;
    dstack_report *r = NULL;
    dstack_error err;

    attack_build(a);
    assert_int_equal(dstack_collateral_new(&c, NULL), DSTACK_OK);
    assert_int_equal(dstack_verifier_new(&v, NULL), DSTACK_OK);
    assert_int_equal(
        dstack_verifier_set_root(v, root->p, root->n, NULL), DSTACK_OK);
    assert_int_equal(dstack_collateral_prepare(c, v, &err), DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_COLLATERAL_MISSING);
    assert_int_equal(dstack_verifier_verify_quote(
                         v, quote->p, quote->n, c, NULL, a->now, &r, &err),
        DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_COLLATERAL_MISSING);
    assert_int_equal(dstack_report_is_authentic(r), 0);
    dstack_report_free(r);
    dstack_collateral_free(c);
    dstack_verifier_free(v);
}

static void
no_collateral(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        a->no_collateral = true;
        attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_MISSING);
        a->null_policy = true;
        attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_MISSING);
        empty_collateral(a);
    }
}

/* ---- size ------------------------------------------------------------------ */

enum {
    MANY = 18000,     /* entries in a little less than 1 MiB */
    TOO_MANY = 22000, /* in a little more */
    BIG = 40 << 20    /* bytes of a million entries */
};

static void
huge_lists(attack *a)
{
    uint8_t *big = calloc(1, BIG);

    assert_non_null(big);
    for (const list *l = lists; l < lists + 2; l++) {
        forge_crl *crl = begin_list(a, FORGE_TDX_V4, l);
        dstack_collateral *c = NULL;
        dstack_error err;

        crl->filler = MANY;
        attack_build(a);
        assert_true(a->f->out.crl[l->crl].n < DS_MAX_CRL);
        attack_accept(a, UP_TO_DATE);
        if (l->crl == FORGE_CRL_PCK) {
            forge_revoke(a->f, FORGE_CRL_PCK, FORGE_CERT_PCK, 1);
            attack_reject(a, REVOCATION, DSTACK_REASON_REVOKED_PCK);
        }
        crl->filler = TOO_MANY;
        attack_build(a);
        assert_true(a->f->out.crl[l->crl].n > DS_MAX_CRL);
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
        a->collateral = ds_view_of(a->f->out.flat.p, a->f->out.flat.n);
        attack_reject_built(a, COLLATERAL, DSTACK_REASON_COLLATERAL_TOO_LARGE);
        /* A million, which no bundle holds. */
        big[0] = 0x30;
        assert_int_equal(dstack_collateral_new(&c, NULL), DSTACK_OK);
        assert_int_equal(
            dstack_collateral_set(c, big, BIG, DSTACK_PART_PCK_CRL, &err),
            DSTACK_ERR_PARSE);
        assert_int_equal(err.reason, DSTACK_REASON_COLLATERAL_TOO_LARGE);
        dstack_collateral_free(c);
        a->collateral = ds_view_of(big, DS_MAX_COLLATERAL + 1);
        attack_reject_built(a, COLLATERAL, DSTACK_REASON_COLLATERAL_TOO_LARGE);
    }
    free(big);
}

/* ---- never "nobody is revoked" --------------------------------------------- */

static void
not_a_list(attack *a)
{
    static const char *const texts[] = {
        "ff00", "00", "3000", "30", "05 00", "nothing", "[]", "{}"};

    EACH_LIST(a, kind, l)
    {
        forge_member *m = &a->f->bundle.members[l->member];
        forge_crl *crl;

        begin_list(a, kind, l);
        forge_revoke(a->f, l->crl, FORGE_CERT_PCK, 1);
        m->text = ds_view_str("");
        attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_MISSING);
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
            attack_case(a, "kind %d, \"%s\"", kind, texts[i]);
            m->text = ds_view_str(texts[i]);
            attack_reject(a, REVOCATION, l->der);
        }
        attack_case(a, "kind %d, white space", kind);
        m->text = ds_view_str("\n");
        attack_reject(a, REVOCATION, l->der);
        crl = begin_list(a, kind, l);
        for (int bit = 1; bit <= 512; bit += 73) {
            attack_case(a, "kind %d, list %d, bit %d", kind, l->crl, bit);
            crl->sig.flip = bit;
            attack_reject(a, REVOCATION, l->sig);
        }
        crl->sig.flip = 0;
        crl->sig.form = FORGE_SIG_ZERO;
        attack_reject(a, REVOCATION, l->sig);
        crl->sig.form = FORGE_SIG_ONES;
        attack_reject(a, REVOCATION, l->sig);
        crl->sig.form = FORGE_SIG_GOOD;
        crl->sig.raw = ds_view_of("", 0);
        attack_reject(a, REVOCATION, l->sig);
    }
}

static void
reject_crl_chain(attack *a, int first, int second, int reason)
{
    attack_begin(a, a->kind);
    attack_case(a, "kind %d, chain of %d, %d", a->kind, first, second);
    a->f->chain[FORGE_CHAIN_CRL].certs[0] = first;
    a->f->chain[FORGE_CHAIN_CRL].certs[1] = second;
    attack_reject(a, CHAIN, reason);
    a->strict = true;
    attack_reject(a, CHAIN, reason);
}

static void
foreign_crl_chain(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        forge_member *m = &a->f->bundle.members[FORGE_M_PCK_CRL_CHAIN];
        forge *evil = forge_new(kind, "another seed");

        assert_non_null(evil);
        assert_int_equal(forge_build(evil), 0);
        m->text = ds_view_str("");
        attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_MISSING);
        m->text = ds_view_str("\n");
        attack_reject(a, CHAIN, DSTACK_REASON_CRL_CHAIN_LENGTH);
        m->text = ds_view_str("MIIC");
        attack_reject(a, CHAIN, DSTACK_REASON_CRL_CHAIN_PEM);
        m->text = ds_view_of(evil->out.chain[FORGE_CHAIN_CRL].p,
            evil->out.chain[FORGE_CHAIN_CRL].n);
        attack_reject(a, CHAIN, DSTACK_REASON_ROOT_PIN);
        a->strict = true;
        attack_reject(a, CHAIN, DSTACK_REASON_ROOT_PIN);
        reject_crl_chain(
            a, FORGE_CERT_TCB, FORGE_CERT_ROOT, DSTACK_REASON_CRL_CHAIN_CA);
        reject_crl_chain(
            a, FORGE_CERT_ROOT, FORGE_CERT_ROOT, DSTACK_REASON_CRL_CHAIN_CA);
        reject_crl_chain(a, FORGE_CERT_PCK, FORGE_CERT_PLATFORM,
            DSTACK_REASON_CRL_CHAIN_NAME);
        reject_crl_chain(a, FORGE_CERT_PLATFORM, FORGE_CERT_PLATFORM,
            DSTACK_REASON_CRL_CHAIN_NAME);
        forge_free(evil);
    }
}

/* ---- an older list --------------------------------------------------------- */

static void
require_numbers(attack *a, uint64_t root, uint64_t pck)
{
    dstack_policy *policy = attack_policy(a);

    assert_int_equal(
        dstack_policy_require_crl_numbers(policy, root, pck, NULL), DSTACK_OK);
    if (a->kind == FORGE_TDX_V5_EX)
        assert_int_equal(
            dstack_policy_accept_attributes(policy, UINT64_C(1) << 17, NULL),
            DSTACK_OK);
}

static void
replayed(attack *a)
{
    EACH_LIST(a, kind, l)
    {
        forge_crl *crl = begin_list(a, kind, l);
        bool root = l->crl == FORGE_CRL_ROOT;

        crl->number = 300;
        crl->this_update -= 10 * FORGE_DAY;
        attack_accept(a, UP_TO_DATE);
        assert_string_equal(
            dstack_report_crl_number(a->report, root ? "root" : "pck"), "12c");
        require_numbers(a, root ? 300 : 0, root ? 0 : 300);
        attack_accept(a, UP_TO_DATE);
        require_numbers(a, root ? 301 : 0, root ? 0 : 301);
        attack_reject(a, DSTACK_STAGE_POLICY, DSTACK_REASON_POLICY_CRL_NUMBER);
        crl->number = INT64_MAX;
        attack_accept(a, UP_TO_DATE);
    }
}

static const attack_row rows[] = {
    ATTACK("69", "PCK certificate in its CRL", revoked_pck),
    ATTACK("70", "CAs and signers in the root CRL", revoked_by_root),
    ATTACK("71", "serial numbers with leading zeros", leading_zeros),
    ATTACK("72", "another signer, another list", wrong_issuer),
    ATTACK("73", "expired, future and inverted", dates),
    ATTACK("74", "CRL extensions missing", missing_extensions),
    ATTACK("75", "delta and partial CRLs", partial_lists),
    ATTACK("76", "forms of a CRL", forms),
    ATTACK("77", "members missing or empty", missing),
    ATTACK("78", "no collateral at all", no_collateral),
    ATTACK("79", "CRLs of many entries", huge_lists),
    ATTACK("79a", "what is no CRL, and broken signatures", not_a_list),
    ATTACK("79b", "empty and foreign issuer chains", foreign_crl_chain),
    ATTACK("80", "an older CRL in its window", replayed),
};

ATTACK_MAIN(rows)
