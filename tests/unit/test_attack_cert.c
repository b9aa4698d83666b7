/* SPDX-License-Identifier: Apache-2.0 */
/* Rows 47 to 68: certificates and the SGX extension. */
#include "crypto/cert.h"
#include "support/attack.h"

#define CHAIN DSTACK_STAGE_CHAIN
#define REVOCATION DSTACK_STAGE_REVOCATION
#define UP_TO_DATE DSTACK_TCB_UP_TO_DATE

/* What is asked of certificates does not depend on the quote; these kinds
 * stand for all. */
static const int kinds[] = {FORGE_SGX_V3, FORGE_TDX_V4, FORGE_TDX_V5_15};
#define KINDS (sizeof kinds / sizeof *kinds)

/* A certificate where it stands in one chain alone, and what the chain calls
 * a fault there. */
typedef struct {
    const char *name;
    int cert;  /* the one to change */
    int of;    /* -1, or the one of which `cert` is a copy first */
    int chain; /* where the copy is put */
    int place;
    int name_reason, sig, time, ca, role, length;
} place;

#define REASONS(P) \
    DSTACK_REASON_##P##_NAME, DSTACK_REASON_##P##_SIG, \
        DSTACK_REASON_##P##_TIME, DSTACK_REASON_##P##_CA, \
        DSTACK_REASON_##P##_ROLE, DSTACK_REASON_##P##_LENGTH

static const place places[] = {
    {"PCK", FORGE_CERT_PCK, -1, 0, 0, REASONS(PCK_CHAIN)},
    {"PCK CA", FORGE_CERT_EXTRA, FORGE_CERT_PLATFORM, FORGE_CHAIN_QUOTE, 1,
        REASONS(PCK_CHAIN)},
    {"CRL's CA", FORGE_CERT_EXTRA, FORGE_CERT_PLATFORM, FORGE_CHAIN_CRL, 0,
        REASONS(CRL_CHAIN)},
    {"TCB signer", FORGE_CERT_TCB, -1, 0, 0, REASONS(TCB_CHAIN)},
    {"QE signer", FORGE_CERT_QE, -1, 0, 0, REASONS(QEID_CHAIN)},
};
#define PLACES (sizeof places / sizeof *places)
#define IS_CA(p) ((p)->of >= 0)

static forge_cert *
begin_place(attack *a, int kind, const place *p)
{
    attack_begin(a, kind);
    attack_case(a, "kind %d, %s", kind, p->name);
    if (IS_CA(p)) {
        a->f->cert[p->cert] = a->f->cert[p->of];
        a->f->chain[p->chain].certs[p->place] = p->cert;
    }
    return &a->f->cert[p->cert];
}

/* ---- the root -------------------------------------------------------------- */

/* `evil` has made another evidence of the same kind. */
static void
reject_parts_of(attack *a, const forge *evil)
{
    static const int members[] = {
        FORGE_M_PCK_CRL_CHAIN, FORGE_M_TCB_CHAIN, FORGE_M_QE_CHAIN};
    static const int chain_of[] = {
        FORGE_CHAIN_CRL, FORGE_CHAIN_TCB, FORGE_CHAIN_QE};
    const forge_out *out = &evil->out;

    attack_build(a);
    a->quote = ds_view_of(out->quote.p, out->quote.n);
    attack_reject_built(a, CHAIN, DSTACK_REASON_ROOT_PIN);
    a->collateral = ds_view_of(out->collateral.p, out->collateral.n);
    attack_reject_built(a, CHAIN, DSTACK_REASON_ROOT_PIN);
    a->quote = ds_view_of(NULL, 0);
    attack_reject_built(a, CHAIN, DSTACK_REASON_ROOT_PIN);
    a->collateral = ds_view_of(NULL, 0);
    for (size_t i = 0; i < 3; i++) {
        const ds_buf *text = &out->chain[chain_of[i]];

        attack_begin(a, a->kind);
        attack_case(a, "kind %d, chain %zu", a->kind, i);
        a->f->bundle.members[members[i]].text = ds_view_of(text->p, text->n);
        attack_reject(a, CHAIN, DSTACK_REASON_ROOT_PIN);
    }
}

static forge *
build_evil(int kind, const char *seed)
{
    forge *evil = forge_new(kind, seed);

    assert_non_null(evil);
    assert_int_equal(forge_build(evil), 0);
    return evil;
}

static void
foreign_pki(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        forge *evil = build_evil(kind, "another seed");

        reject_parts_of(a, evil);
        forge_free(evil);
        /* The pinned root, but below it a certificate that its issuer never
         * signed. */
        for (size_t i = 0; i < PLACES; i++) {
            const place *p = &places[i];
            forge_cert *c = begin_place(a, kind, p);

            c->aki_id = attack_key_id(a, c->signer);
            c->signer = FORGE_KEY_ROGUE;
            attack_reject(a, CHAIN, p->sig);
            c->signer = IS_CA(p) ? FORGE_KEY_ROOT : FORGE_KEY_TCB;
            if (p->cert == FORGE_CERT_PCK)
                c->signer = FORGE_KEY_PLATFORM;
            c->sig.form = FORGE_SIG_ONES;
            attack_reject(a, CHAIN, p->sig);
        }
    }
}

/* Everything that a root says about itself but its key. */
static void
lookalike_root(attack *a)
{
    static const char intel_serial[] =
        "22650cd65a9d3489f383b49552bf501b392706ac";

    for (size_t k = 0; k < KINDS; k++) {
        forge *evil = forge_new(kinds[k], "another seed");
        forge_cert *root;

        assert_non_null(evil);
        attack_begin(a, kinds[k]);
        root = &evil->cert[FORGE_CERT_ROOT];
        memcpy(root->serial, a->f->cert[FORGE_CERT_ROOT].serial, 20);
        root->ski_id = root->aki_id = attack_key_id(a, FORGE_KEY_ROOT);
        for (int c = 0; c < FORGE_CERTS; c++)
            if (evil->cert[c].signer == FORGE_KEY_ROOT)
                evil->cert[c].aki_id = root->ski_id;
        for (int c = 0; c < FORGE_CRLS; c++)
            if (evil->crl[c].signer == FORGE_KEY_ROOT)
                evil->crl[c].aki_id = root->ski_id;
        assert_int_equal(forge_build(evil), 0);
        reject_parts_of(a, evil);
        /* Against Intel's own, by its serial number and key identifier. */
        root->ski_id = root->aki_id = forge_hex(evil, intel_serial);
        memcpy(root->serial, root->ski_id.p, 20);
        for (int c = 0; c < FORGE_CERTS; c++)
            if (evil->cert[c].signer == FORGE_KEY_ROOT)
                evil->cert[c].aki_id = root->ski_id;
        for (int c = 0; c < FORGE_CRLS; c++)
            if (evil->crl[c].signer == FORGE_KEY_ROOT)
                evil->crl[c].aki_id = root->ski_id;
        assert_int_equal(forge_build(evil), 0);
        a->intel_root = true;
        a->quote = ds_view_of(evil->out.quote.p, evil->out.quote.n);
        a->collateral =
            ds_view_of(evil->out.collateral.p, evil->out.collateral.n);
        attack_reject_built(a, CHAIN, DSTACK_REASON_ROOT_PIN);
        forge_free(evil);
    }
}

/* The same key and text, another signature over it: n - s instead of s. */
static void
malleated_root(attack *a)
{
    static const int all[] = {
        FORGE_CHAIN_QUOTE, FORGE_CHAIN_CRL, FORGE_CHAIN_TCB, FORGE_CHAIN_QE};

    ATTACK_EACH(a, kind)
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        forge_cert *root = &a->f->cert[FORGE_CERT_EXTRA];
        forge_chain *c = &a->f->chain[all[i]];

        attack_begin(a, kind);
        attack_case(a, "kind %d, chain %d", kind, all[i]);
        *root = a->f->cert[FORGE_CERT_ROOT];
        c->certs[c->n - 1] = FORGE_CERT_EXTRA;
        root->sig.form = FORGE_SIG_NEGATED;
        attack_reject(a, CHAIN, DSTACK_REASON_ROOT_PIN);
        /* Opted in: the key counts, but it must have signed. */
        a->reissued_root = true;
        attack_accept(a, UP_TO_DATE);
        root->sig.form = FORGE_SIG_GOOD;
        root->signer = FORGE_KEY_ROGUE;
        root->aki_id = attack_key_id(a, FORGE_KEY_ROOT);
        attack_reject(a, CHAIN,
            all[i] == FORGE_CHAIN_QUOTE ? DSTACK_REASON_PCK_CHAIN_SIG
            : all[i] == FORGE_CHAIN_CRL ? DSTACK_REASON_CRL_CHAIN_SIG
            : all[i] == FORGE_CHAIN_TCB ? DSTACK_REASON_TCB_CHAIN_SIG
                                        : DSTACK_REASON_QEID_CHAIN_SIG);
        root->key = root->signer;
        attack_reject(a, CHAIN, DSTACK_REASON_ROOT_PIN);
    }
}

/* ---- roles and shape ------------------------------------------------------- */

static void
signed_by_a_leaf(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        forge_cert *extra = &a->f->cert[FORGE_CERT_EXTRA];
        forge_cert *pck = &a->f->cert[FORGE_CERT_PCK];

        extra->issuer = a->f->cert[FORGE_CERT_ROOT].subject;
        extra->signer = FORGE_KEY_ROOT;
        pck->issuer = extra->subject;
        pck->signer = FORGE_KEY_SPARE;
        a->f->chain[FORGE_CHAIN_QUOTE].certs[1] = FORGE_CERT_EXTRA;
        attack_reject(a, CHAIN, DSTACK_REASON_PCK_CHAIN_CA);
        /* Which calls itself a CA, but is none. */
        extra->subject.cn = "Intel SGX PCK Platform CA";
        pck->issuer = extra->subject;
        attack_reject(a, CHAIN, DSTACK_REASON_PCK_CHAIN_CA);
        /* A TCB signing certificate as CA. */
        attack_begin(a, kind);
        pck->issuer = a->f->cert[FORGE_CERT_TCB].subject;
        pck->signer = FORGE_KEY_TCB;
        a->f->chain[FORGE_CHAIN_QUOTE].certs[1] = FORGE_CERT_TCB;
        attack_reject(a, CHAIN, DSTACK_REASON_PCK_CHAIN_CA);
    }
}

/* Certificates in the place of the documents' signer `which`, whose chain is
 * `chain`; doc is what it signs. */
static void
wrong_signer(attack *a, int kind, bool qe)
{
    const place *p = &places[qe ? 4 : 3];
    forge_cert *extra = &a->f->cert[FORGE_CERT_EXTRA];
    forge_chain *chain = &a->f->chain[qe ? FORGE_CHAIN_QE : FORGE_CHAIN_TCB];
    forge_doc *doc = qe ? &a->f->qe_identity.doc : &a->f->tcb_info.doc;

    attack_begin(a, kind); /* the PCK's CA */
    attack_case(a, "kind %d, %s", kind, p->name);
    chain->certs[0] = FORGE_CERT_PLATFORM;
    doc->signer = FORGE_KEY_PLATFORM;
    attack_reject(a, CHAIN, p->role);
    attack_begin(a, kind); /* a CA of the right name */
    *extra = a->f->cert[FORGE_CERT_PLATFORM];
    extra->subject = a->f->cert[FORGE_CERT_TCB].subject;
    chain->certs[0] = FORGE_CERT_EXTRA;
    doc->signer = FORGE_KEY_PLATFORM;
    attack_reject(a, CHAIN, p->ca);
    attack_begin(a, kind); /* a PCK certificate */
    chain->certs[0] = FORGE_CERT_PCK;
    doc->signer = FORGE_KEY_PCK;
    attack_reject(a, CHAIN, p->name_reason);
    attack_begin(a, kind); /* as if the root had issued it */
    extra->issuer = a->f->cert[FORGE_CERT_ROOT].subject;
    extra->signer = FORGE_KEY_ROOT;
    chain->certs[0] = FORGE_CERT_EXTRA;
    doc->signer = FORGE_KEY_SPARE;
    attack_reject(a, CHAIN, p->role);
    /* and named it so */
    extra->subject = a->f->cert[FORGE_CERT_TCB].subject;
    attack_reject(a, CHAIN, p->role);
    extra->sgx = false;
    attack_accept(a, UP_TO_DATE);
    extra->ku_bits = FORGE_KU_NON_REPUDIATION;
    attack_reject(a, CHAIN, p->role);
}

static void
roles(attack *a)
{
    for (size_t k = 0; k < KINDS; k++) {
        forge_cert *extra = &a->f->cert[FORGE_CERT_EXTRA];

        wrong_signer(a, kinds[k], false);
        wrong_signer(a, kinds[k], true);
        /* A TCB signing certificate for the PCK's: from the root ... */
        attack_begin(a, kinds[k]);
        a->f->chain[FORGE_CHAIN_QUOTE].certs[0] = FORGE_CERT_TCB;
        a->f->quote.qe_signer = FORGE_KEY_TCB;
        attack_reject(a, CHAIN, DSTACK_REASON_PCK_CHAIN_NAME);
        /* ... or from the PCK's CA, with an SGX extension. */
        extra->subject = a->f->cert[FORGE_CERT_TCB].subject;
        a->f->chain[FORGE_CHAIN_QUOTE].certs[0] = FORGE_CERT_EXTRA;
        a->f->quote.qe_signer = FORGE_KEY_SPARE;
        attack_reject(a, CHAIN, DSTACK_REASON_PCK_CHAIN_ROLE);
        extra->subject = a->f->cert[FORGE_CERT_PCK].subject;
        attack_accept(a, UP_TO_DATE);
        extra->ku_bits = FORGE_KU_NON_REPUDIATION;
        attack_reject(a, CHAIN, DSTACK_REASON_PCK_CHAIN_ROLE);
    }
}

static void
role_names(attack *a)
{
    static const struct {
        int cert, role;
        const char *near, *far;
    } names[] = {
        {FORGE_CERT_PCK, DSTACK_REASON_PCK_CHAIN_ROLE,
            "Intel SGX PCK Certificate 2", "Intel SGX PCK certificate"},
        {FORGE_CERT_TCB, DSTACK_REASON_TCB_CHAIN_ROLE, "Some SGX TCB Signing",
            "Intel SGX TCB"},
        {FORGE_CERT_QE, DSTACK_REASON_QEID_CHAIN_ROLE, "Some SGX TCB Signing",
            ""},
    };

    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            attack_begin(a, kinds[k]);
            attack_case(a, "kind %d, name %zu", kinds[k], i);
            a->f->cert[names[i].cert].subject.cn = names[i].far;
            attack_reject(a, CHAIN, names[i].role);
            a->f->cert[names[i].cert].subject.cn = names[i].near;
            attack_accept(a, UP_TO_DATE);
            a->strict = true;
            attack_reject(a, CHAIN, names[i].role);
        }
}

/* The caller's own root; its name is in the chains that it signed. */
static void
name_of_root(attack *a)
{
    for (size_t k = 0; k < KINDS; k++) {
        attack_begin(a, kinds[k]);
        a->own_root = true;
        a->f->cert[FORGE_CERT_ROOT].subject.cn = "Some Root CA";
        for (int c = 0; c < FORGE_CERTS; c++)
            if (a->f->cert[c].signer == FORGE_KEY_ROOT)
                a->f->cert[c].issuer.cn = "Some Root CA";
        a->f->crl[FORGE_CRL_ROOT].issuer.cn = "Some Root CA";
        attack_accept(a, UP_TO_DATE);
        a->strict = true;
        attack_reject(a, CHAIN, DSTACK_REASON_CRL_CHAIN_ROLE);
        a->strict = false;
        a->f->cert[FORGE_CERT_ROOT].subject.cn = "Some Root";
        for (int c = 0; c < FORGE_CERTS; c++)
            if (a->f->cert[c].signer == FORGE_KEY_ROOT)
                a->f->cert[c].issuer.cn = "Some Root";
        attack_reject(a, CHAIN, DSTACK_REASON_CRL_CHAIN_ROLE);
    }
}

/* A CA's Name is remembered up to 512 bytes. */
static void
long_names(attack *a)
{
    static char organisation[501];

    memset(organisation, 'o', 500);
    for (size_t k = 0; k < KINDS; k++) {
        forge_name *name = &a->f->cert[FORGE_CERT_PLATFORM].subject;

        attack_begin(a, kinds[k]);
        name->cn = "Intel SGX PCK Platform CA";
        name->o = organisation;
        a->f->cert[FORGE_CERT_PCK].issuer = *name;
        a->f->crl[FORGE_CRL_PCK].issuer = *name;
        attack_reject(a, CHAIN, DSTACK_REASON_CERT_DER);
        name->o = organisation + 300;
        a->f->cert[FORGE_CERT_PCK].issuer = *name;
        a->f->crl[FORGE_CRL_PCK].issuer = *name;
        attack_accept(a, UP_TO_DATE);
    }
}

static void
roles_all(attack *a)
{
    roles(a);
    role_names(a);
    name_of_root(a);
    long_names(a);
}

static void
short_chains(attack *a)
{
    static const struct {
        int chain, reason;
    } all[] = {{FORGE_CHAIN_TCB, DSTACK_REASON_TCB_CHAIN_LENGTH},
        {FORGE_CHAIN_QE, DSTACK_REASON_QEID_CHAIN_LENGTH},
        {FORGE_CHAIN_CRL, DSTACK_REASON_CRL_CHAIN_LENGTH},
        {FORGE_CHAIN_QUOTE, DSTACK_REASON_PCK_CHAIN_LENGTH}};

    ATTACK_EACH(a, kind)
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (size_t drop = 0; drop < 2; drop++) {
            forge_chain *c = &a->f->chain[all[i].chain];

            attack_begin(a, kind);
            attack_case(a, "kind %d, chain %zu", kind, i);
            for (size_t n = drop; n + 1 < c->n; n++)
                c->certs[n] = c->certs[n + 1];
            c->n--;
            attack_reject(a, CHAIN, all[i].reason);
        }
}

static void
extra_certificates(attack *a)
{
    static const struct {
        int chain, reason;
    } all[] = {{FORGE_CHAIN_TCB, DSTACK_REASON_TCB_CHAIN_LENGTH},
        {FORGE_CHAIN_QE, DSTACK_REASON_QEID_CHAIN_LENGTH},
        {FORGE_CHAIN_CRL, DSTACK_REASON_CRL_CHAIN_LENGTH},
        {FORGE_CHAIN_QUOTE, DSTACK_REASON_PCK_CHAIN_LENGTH}};
    static const int more[] = {
        FORGE_CERT_ROOT, FORGE_CERT_PLATFORM, FORGE_CERT_EXTRA};
    static char spaces[64 << 10];

    memset(spaces, '\n', sizeof spaces);
    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
            for (size_t m = 0; m < 3; m++) {
                forge_chain *c = &a->f->chain[all[i].chain];

                attack_begin(a, kinds[k]);
                attack_case(a, "kind %d, chain %zu", kinds[k], i);
                c->certs[c->n++] = more[m];
                attack_reject(a, CHAIN, all[i].reason);
                memmove(c->certs + 1, c->certs, (c->n - 1) * sizeof *c->certs);
                c->certs[0] = more[m];
                attack_reject(a, CHAIN, all[i].reason);
                /* More text than the most that is read. */
                attack_begin(a, kinds[k]);
                c->tail = ds_view_of(spaces, sizeof spaces);
                if (all[i].chain == FORGE_CHAIN_QUOTE)
                    attack_reject(a, CHAIN, all[i].reason);
                else
                    attack_reject(a, DSTACK_STAGE_COLLATERAL,
                        DSTACK_REASON_COLLATERAL_TOO_LARGE);
            }
}

/* One order makes a chain: it is found. More than one, or none: refused. */
static void
chain_orders(attack *a)
{
    static const uint8_t orders[6][3] = {
        {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static const int two[] = {FORGE_CHAIN_TCB, FORGE_CHAIN_QE, FORGE_CHAIN_CRL};
    static const int pck[] = {
        FORGE_CERT_PCK, FORGE_CERT_PLATFORM, FORGE_CERT_ROOT};

    ATTACK_EACH(a, kind)
    {
        forge_chain *q = &a->f->chain[FORGE_CHAIN_QUOTE];

        for (size_t i = 0; i < 6; i++) {
            attack_case(a, "kind %d, order %zu", kind, i);
            for (size_t n = 0; n < 3; n++)
                q->certs[n] = pck[orders[i][n]];
            attack_accept(a, UP_TO_DATE);
        }
        for (size_t i = 0; i < 3; i++) {
            forge_chain *c = &a->f->chain[two[i]];

            attack_begin(a, kind);
            c->certs[1] = c->certs[0];
            c->certs[0] = FORGE_CERT_ROOT;
            attack_accept(a, UP_TO_DATE);
        }
        /* Two roots: which one issued the other? */
        attack_begin(a, kind);
        a->f->cert[FORGE_CERT_EXTRA] = a->f->cert[FORGE_CERT_ROOT];
        a->f->cert[FORGE_CERT_EXTRA].sig.form = FORGE_SIG_NEGATED;
        q->certs[0] = FORGE_CERT_ROOT;
        q->certs[1] = FORGE_CERT_TCB;
        q->certs[2] = FORGE_CERT_EXTRA;
        attack_reject(a, CHAIN, DSTACK_REASON_PCK_CHAIN_NAME);
        q->certs[1] = FORGE_CERT_ROOT;
        q->certs[0] = q->certs[2] = FORGE_CERT_PCK;
        attack_reject(a, CHAIN, DSTACK_REASON_PCK_CHAIN_NAME);
        /* The other CA's name. */
        attack_begin(a, kind);
        q->certs[1] = FORGE_CERT_PROCESSOR;
        attack_reject(a, CHAIN, DSTACK_REASON_PCK_CHAIN_NAME);
    }
}

static void
long_chains(attack *a)
{
    extra_certificates(a);
    chain_orders(a);
}

/* ---- dates ----------------------------------------------------------------- */

static void
dates_of_root(attack *a, int kind)
{
    forge_cert *root = &a->f->cert[FORGE_CERT_ROOT];

    attack_begin(a, kind);
    a->own_root = true;
    root->not_after = FORGE_NOW - 1;
    attack_reject(a, CHAIN, DSTACK_REASON_CRL_CHAIN_TIME);
    root->not_after = FORGE_NOW;
    attack_accept(a, UP_TO_DATE);
    attack_begin(a, kind);
    a->own_root = true;
    root->not_before = FORGE_NOW + 1;
    attack_reject(a, CHAIN, DSTACK_REASON_CRL_CHAIN_TIME);
    root->not_before = FORGE_NOW;
    attack_accept(a, UP_TO_DATE);
}

/* A platform that was verified before, at a time when its certificate is no
 * longer, or not yet, valid; the collateral is. */
static void
dates_of_known_platform(attack *a, int kind)
{
    int64_t first, last;

    attack_begin(a, kind);
    first = a->f->cert[FORGE_CERT_PCK].not_before;
    last = a->f->cert[FORGE_CERT_PCK].not_after;
    for (int i = 0; i < FORGE_CRLS; i++) {
        a->f->crl[i].this_update = first - FORGE_DAY;
        a->f->crl[i].next_update = last + FORGE_DAY;
    }
    a->f->tcb_info.issue_date = a->f->qe_identity.issue_date =
        first - FORGE_DAY;
    a->f->tcb_info.next_update = a->f->qe_identity.next_update =
        last + FORGE_DAY;
    for (int i = FORGE_CERT_TCB; i <= FORGE_CERT_QE; i++)
        a->f->cert[i].not_after = last + FORGE_DAY;
    for (int i = FORGE_CERT_PLATFORM; i <= FORGE_CERT_PROCESSOR; i++)
        assert_true(a->f->cert[i].not_after > last);
    a->now = last;
    attack_accept(a, UP_TO_DATE);
    assert_true(dstack_report_valid_until(a->report) == last);
    a->now = last + 1;
    attack_reject(a, CHAIN, DSTACK_REASON_PCK_CHAIN_TIME);
    a->now = first;
    attack_accept(a, UP_TO_DATE);
    a->now = first - 1;
    attack_reject(a, CHAIN, DSTACK_REASON_PCK_CHAIN_TIME);
}

static void
dates(attack *a)
{
    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = 0; i < PLACES; i++) {
            const place *p = &places[i];
            int kind = kinds[k];
            forge_cert *c = begin_place(a, kind, p);

            c->not_after = FORGE_NOW - 1;
            attack_reject(a, CHAIN, p->time);
            c->not_after = FORGE_NOW;
            attack_accept(a, UP_TO_DATE);
            c = begin_place(a, kind, p);
            c->not_before = FORGE_NOW + 1;
            attack_reject(a, CHAIN, p->time);
            c->not_before = FORGE_NOW;
            attack_accept(a, UP_TO_DATE);
            /* Never valid at all. */
            c->not_before = FORGE_NOW + 1;
            c->not_after = FORGE_NOW - 1;
            attack_reject(a, CHAIN, p->time);
        }
    ATTACK_EACH(a, kind)
    {
        dates_of_root(a, kind);
        dates_of_known_platform(a, kind);
    }
}

/* Two certificates of one key and serial number; each has its own dates. */
static void
same_serial(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        forge_cert *tcb = &a->f->cert[FORGE_CERT_TCB];
        forge_cert *qe = &a->f->cert[FORGE_CERT_QE];

        assert_memory_equal(tcb->serial, qe->serial, 20);
        assert_int_equal(tcb->key, qe->key);
        tcb->not_after = FORGE_NOW + 50;
        qe->not_after = FORGE_NOW + 100;
        attack_accept(a, UP_TO_DATE);
        assert_true(dstack_report_valid_until(a->report) == FORGE_NOW + 50);
        a->now = FORGE_NOW + 51;
        attack_reject(a, CHAIN, DSTACK_REASON_TCB_CHAIN_TIME);
        tcb->not_after = FORGE_NOW + 100;
        qe->not_after = FORGE_NOW + 50;
        attack_reject(a, CHAIN, DSTACK_REASON_QEID_CHAIN_TIME);
        a->now = FORGE_NOW;
        attack_accept(a, UP_TO_DATE);
        assert_true(dstack_report_valid_until(a->report) == FORGE_NOW + 50);
    }
}

/* ---- algorithms, keys, extensions ------------------------------------------ */

static void
algorithms(attack *a)
{
    static const int bad[] = {FORGE_ALG_SHA384, FORGE_ALG_SHA1, FORGE_ALG_RSA};

    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = 0; i < PLACES; i++) {
            forge_cert *c = begin_place(a, kinds[k], &places[i]);

            for (size_t n = 0; n < 3; n++) {
                c->alg_inner = c->alg_outer = bad[n];
                attack_reject(a, CHAIN, DSTACK_REASON_CERT_ALG);
                c->alg_inner = FORGE_ALG_SHA256;
                attack_reject(a, CHAIN, DSTACK_REASON_CERT_ALG);
                c->alg_inner = bad[n];
                c->alg_outer = FORGE_ALG_SHA256;
                attack_reject(a, CHAIN, DSTACK_REASON_CERT_ALG);
                c->alg_inner = FORGE_ALG_SHA256;
            }
            c->key = FORGE_KEY_RSA;
            c->ski_id = ds_view_of("12345678901234567890", 20);
            attack_reject(a, CHAIN, DSTACK_REASON_CERT_ALG);
            c->key = FORGE_KEY_P384;
            attack_reject(a, CHAIN, DSTACK_REASON_CERT_ALG);
            /* Signed by such a key. */
            begin_place(a, kinds[k], &places[i]);
            c->aki_id = attack_key_id(a, c->signer);
            c->signer = FORGE_KEY_P384;
            c->alg_inner = c->alg_outer = FORGE_ALG_SHA384;
            attack_reject(a, CHAIN, DSTACK_REASON_CERT_ALG);
        }
}

static void
points(attack *a)
{
    static const int bad[] = {FORGE_POINT_COMPRESSED, FORGE_POINT_BARE,
        FORGE_POINT_FIRST_BYTE, FORGE_POINT_HYBRID, FORGE_POINT_OFF_CURVE,
        FORGE_POINT_ZERO};

    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = 0; i < PLACES; i++) {
            forge_cert *c = begin_place(a, kinds[k], &places[i]);

            for (size_t n = 0; n < sizeof bad / sizeof *bad; n++) {
                attack_case(a, "kind %d, %s, point %d", a->kind, places[i].name,
                    bad[n]);
                c->point = bad[n];
                attack_reject(a, CHAIN, DSTACK_REASON_CERT_KEY);
            }
        }
}

static forge_known_ext *
extension_of(forge_cert *c, size_t i)
{
    forge_known_ext *all[] = {&c->aki, &c->ski, &c->ku, &c->bc, &c->cdp};

    return all[i];
}

static void
missing_extensions(attack *a)
{
    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = 0; i < PLACES; i++) {
            forge_cert *c;

            for (size_t n = 0; n < 5; n++) {
                c = begin_place(a, kinds[k], &places[i]);
                attack_case(
                    a, "kind %d, %s, without %zu", a->kind, places[i].name, n);
                extension_of(c, n)->on = false;
                attack_reject(a, CHAIN, DSTACK_REASON_CERT_EXT);
                /* Twice is one too many for any parser. */
                c = begin_place(a, kinds[k], &places[i]);
                extension_of(c, n)->twice = true;
                attack_reject(a, CHAIN, DSTACK_REASON_CERT_DER);
                c = begin_place(a, kinds[k], &places[i]);
                extension_of(c, n)->value = ds_view_of("\x30\x01", 2);
                attack_reject(a, CHAIN, DSTACK_REASON_CERT_EXT);
            }
            c = begin_place(a, kinds[k], &places[i]);
            c->extra[0].oid = "1.2.3.4";
            c->extra[0].value = ds_view_of("\x05\x00", 2);
            attack_accept(a, UP_TO_DATE);
            c->extra[0].critical = true;
            attack_reject(a, CHAIN, DSTACK_REASON_CERT_EXT);
            /* No extensions at all. */
            c = begin_place(a, kinds[k], &places[i]);
            c->version = 1;
            attack_reject(a, CHAIN, DSTACK_REASON_CERT_DER);
        }
}

static void
ca_rules(attack *a, int kind, const place *p)
{
    forge_cert *c = begin_place(a, kind, p);

    c->path_len = 1;
    attack_reject(a, CHAIN, p->ca);
    c->path_len = -1;
    attack_reject(a, CHAIN, p->ca);
    c->is_ca = false;
    attack_reject(a, CHAIN, p->ca);
    c = begin_place(a, kind, p);
    c->ku_bits = FORGE_KU_CRL_SIGN;
    attack_reject(a, CHAIN, p->ca);
    c->ku_bits = FORGE_KU_KEY_CERT_SIGN;
    attack_reject(a, CHAIN, p->ca);
    c->ku_bits = FORGE_KU_DIGITAL_SIGNATURE;
    attack_reject(a, CHAIN, p->ca);
    c = begin_place(a, kind, p);
    c->bc.critical = false;
    attack_reject(a, CHAIN, DSTACK_REASON_CERT_EXT);
}

static void
leaf_rules(attack *a, int kind, const place *p)
{
    forge_cert *c = begin_place(a, kind, p);

    c->is_ca = true;
    attack_reject(a, CHAIN, p->ca);
    c->path_len = 0;
    attack_reject(a, CHAIN, p->ca);
    c->ku_bits |= FORGE_KU_KEY_CERT_SIGN | FORGE_KU_CRL_SIGN;
    attack_reject(a, CHAIN, p->ca);
}

/* A root that forbids CAs below it is refused when it is set. */
static void
root_path_length(attack *a)
{
    dstack_verifier *v = NULL;
    dstack_error err;

    attack_begin(a, FORGE_TDX_V4);
    a->own_root = true;
    a->f->cert[FORGE_CERT_ROOT].path_len = -1;
    attack_accept(a, UP_TO_DATE);
    a->f->cert[FORGE_CERT_ROOT].path_len = 0;
    attack_build(a);
    assert_int_equal(dstack_verifier_new(&v, NULL), DSTACK_OK);
    assert_int_equal(
        dstack_verifier_set_root(v, a->f->out.cert[FORGE_CERT_ROOT].p,
            a->f->out.cert[FORGE_CERT_ROOT].n, &err),
        DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_ROOT_PIN);
    dstack_verifier_free(v);
}

static void
constraints(attack *a)
{
    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = 0; i < PLACES; i++) {
            if (IS_CA(&places[i]))
                ca_rules(a, kinds[k], &places[i]);
            else
                leaf_rules(a, kinds[k], &places[i]);
        }
    root_path_length(a);
}

/* ---- the SGX extension ----------------------------------------------------- */

/* With a piece of the message, so that one fault cannot hide another. */
static void
reject_ext(attack *a, const char *why)
{
    attack_reject(a, CHAIN, DSTACK_REASON_PCK_EXT);
    if (!strstr(a->err.message, why))
        fail_msg("row %s, %s: \"%s\" does not say \"%s\"", a->row, a->label,
            a->err.message, why);
}

static void
malform(attack *a, int how, unsigned at, const char *why)
{
    attack_case(a, "kind %d, malform %d at %u", a->kind, how, at);
    a->f->sgx.malform = how;
    a->f->sgx.at = at;
    reject_ext(a, why);
    a->f->sgx.malform = FORGE_EXT_GOOD;
}

#define NOT_5_OR_7 "5 or 7 entries"

static void
extension_once(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        malform(a, FORGE_EXT_MISSING, 0, "missing");
        malform(a, FORGE_EXT_WRONG_OID, 0, "missing");
        malform(a, FORGE_EXT_EMPTY, 0, NOT_5_OR_7);
        a->f->sgx.critical = true;
        attack_reject(a, CHAIN, DSTACK_REASON_CERT_EXT);
    }
}

static void
add_extra(forge_cert *c, size_t i, const char *oid)
{
    c->extra[i].oid = oid;
    c->extra[i].value = ds_view_of("\x30\x00", 2);
}

/* RFC 5280 4.2 allows no extension twice. */
static void
extension_twice(attack *a)
{
    static const char sgx[] = "1.2.840.113741.1.13.1";
    forge_cert *leaf = &a->f->cert[FORGE_CERT_PCK];
    forge_cert *ca = &a->f->cert[FORGE_CERT_PLATFORM];
    forge_cert *signer = &a->f->cert[FORGE_CERT_TCB];

    ATTACK_EACH(a, kind)
    {
        malform(a, FORGE_EXT_TWICE, 0, "comes twice");
        /* Both critical. */
        a->f->sgx.critical = true;
        malform(a, FORGE_EXT_TWICE, 0, "comes twice");
        a->f->sgx.critical = false;
        /* The second unlike the first. */
        add_extra(leaf, 0, sgx);
        reject_ext(a, "comes twice");
        /* Another one, beside an SGX extension that is there once. */
        add_extra(leaf, 0, "1.2.3.4");
        add_extra(leaf, 1, "1.2.3.4");
        attack_reject(a, CHAIN, DSTACK_REASON_CERT_DER);
        a->f->sgx.malform = FORGE_EXT_WRONG_OID;
        attack_reject(a, CHAIN, DSTACK_REASON_CERT_DER);
        /* In the CA, whose own chain is read first; in a signer. */
        attack_begin(a, kind);
        add_extra(ca, 0, sgx);
        attack_accept(a, UP_TO_DATE);
        add_extra(ca, 1, sgx);
        attack_reject(a, CHAIN, DSTACK_REASON_CERT_DER);
        attack_begin(a, kind);
        add_extra(signer, 0, sgx);
        add_extra(signer, 1, sgx);
        attack_reject(a, CHAIN, DSTACK_REASON_CERT_DER);
    }
}

/* The good extension with another end of one of its OIDs, which are
 * 1.2.840.113741.1.13.1 and two arcs. */
static void
rename_entry(attack *a, const uint8_t from[2], const uint8_t to[2])
{
    static const uint8_t sgx[] = {
        0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};
    const ds_buf *der = &a->f->out.cert[FORGE_CERT_PCK];
    uint8_t copy[1024];
    size_t found = 0;
    ds_cert *c;
    ds_view v;

    attack_build(a);
    assert_int_equal(
        ds_cert_parse(ds_view_of(der->p, der->n), &c, NULL), DSTACK_OK);
    assert_int_equal(
        ds_cert_extension(c, ds_view_of(sgx + 2, sizeof sgx - 2), &v), 1);
    assert_true(v.n <= sizeof copy);
    memcpy(copy, v.p, v.n);
    for (size_t i = 0; i + sizeof sgx + 2 <= v.n && !found; i++)
        if (memcmp(copy + i, sgx, sizeof sgx) == 0 &&
            memcmp(copy + i + sizeof sgx, from, 2) == 0)
            found = i + sizeof sgx;
    assert_true(found != 0);
    memcpy(copy + found, to, 2);
    a->f->sgx.value = forge_keep(a->f, copy, v.n);
    ds_cert_free(c);
    attack_case(a, "kind %d, entry %d.%d is %d.%d", a->f->kind, from[0],
        from[1], to[0], to[1]);
}

static void
renamed_entries(attack *a)
{
    static const struct {
        uint8_t from[2], to[2];
        const char *why;
    } all[] = {
        {{2, 5}, {2, 6}, "repeated OID"},
        {{2, 5}, {3, 5}, "unknown or repeated OID"},
        {{2, 18}, {2, 19}, "unknown TCB entry"},
        {{2, 18}, {2, 0}, "unknown or repeated OID"},
        {{2, 18}, {2, 32}, "unknown or repeated OID"},
        {{7, 2}, {7, 1}, "repeated OID"},
        {{7, 2}, {2, 2}, "unknown or repeated OID"},
        {{7, 3}, {7, 4}, "unknown configuration entry"},
        {{7, 3}, {7, 0}, "unknown or repeated OID"},
    };

    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
            attack_begin(a, kinds[k]);
            rename_entry(a, all[i].from, all[i].from);
            attack_accept(a, UP_TO_DATE);
            attack_begin(a, kinds[k]);
            rename_entry(a, all[i].from, all[i].to);
            reject_ext(a, all[i].why);
        }
}

static void
entries(attack *a)
{
    for (int processor = 0; processor < 2; processor++)
        for (size_t k = 0; k < 2; k++) {
            unsigned n = processor ? 5 : 7;

            attack_begin(a, kinds[k]);
            if (processor)
                forge_use_processor_ca(a->f);
            for (unsigned at = 0; at < n; at++) {
                malform(a, FORGE_EXT_DROP, at, NOT_5_OR_7);
                malform(a, FORGE_EXT_WRONG_TAG, at, "");
                if (at + 1 < n)
                    malform(a, FORGE_EXT_DUPLICATE, at, "repeated OID");
            }
            malform(a, FORGE_EXT_EXTRA, 0, "unknown entry");
            for (unsigned at = 0; at < 18; at++) {
                malform(a, FORGE_EXT_TCB_DROP, at, "18 entries");
                malform(a, FORGE_EXT_TCB_DUPLICATE, at, "repeated OID");
            }
            malform(a, FORGE_EXT_TCB_EXTRA, 0, "unknown TCB entry");
            /* 6: the instance ID or the configuration alone. */
            a->f->sgx.instance = !processor;
            a->f->sgx.configuration = processor;
            reject_ext(a, NOT_5_OR_7);
        }
}

static void
numbers(attack *a)
{
    static const int bad[] = {FORGE_EXT_COMP_256, FORGE_EXT_COMP_NEGATIVE,
        FORGE_EXT_COMP_FIVE, FORGE_EXT_COMP_EMPTY, FORGE_EXT_COMP_PADDED};

    for (size_t k = 0; k < 2; k++) {
        attack_begin(a, kinds[k]);
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
            for (unsigned at = 0; at < 17; at++)
                if (at < 16 || bad[i] != FORGE_EXT_COMP_256)
                    malform(a, bad[i], at, "malformed TCB entry");
        malform(a, FORGE_EXT_PCESVN_65536, 0, "malformed TCB entry");
        /* The largest that there are. */
        a->f->sgx.pcesvn = 65535;
        memset(a->f->sgx.comps, 255, 16);
        attack_accept(a, UP_TO_DATE);
        a->f->sgx.pcesvn = 256;
        attack_accept(a, UP_TO_DATE);
    }
}

static void
reject_size(attack *a, size_t *n, size_t value, const char *why)
{
    size_t good = *n;

    attack_case(a, "kind %d, %zu instead of %zu bytes", a->kind, value, good);
    *n = value;
    reject_ext(a, why);
    *n = good;
}

static void
sizes(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        forge_sgx *x = &a->f->sgx;

        reject_size(a, &x->fmspc_n, 5, "FMSPC");
        reject_size(a, &x->fmspc_n, 7, "FMSPC");
        reject_size(a, &x->fmspc_n, 0, "FMSPC");
        reject_size(a, &x->ppid_n, 15, "PPID");
        reject_size(a, &x->ppid_n, 17, "PPID");
        reject_size(a, &x->cpusvn_n, 15, "CPUSVN");
        reject_size(a, &x->cpusvn_n, 17, "CPUSVN");
        reject_size(a, &x->pceid_n, 1, "PCEID");
        reject_size(a, &x->pceid_n, 3, "PCEID");
        reject_size(a, &x->instance_id_n, 15, "instance ID");
        reject_size(a, &x->instance_id_n, 17, "instance ID");
        for (uint64_t type = 3; type < 70000; type = type * 40 + 5) {
            x->type = type;
            reject_ext(a, "malformed entry");
        }
        for (x->type = 0; x->type < 3; x->type++)
            attack_accept(a, UP_TO_DATE);
    }
}

static void
der(attack *a)
{
    static const int bad[] = {FORGE_EXT_NESTED, FORGE_EXT_INDEFINITE,
        FORGE_EXT_OVERLONG, FORGE_EXT_LENGTH_PAST, FORGE_EXT_LENGTH_SHORT,
        FORGE_EXT_LENGTH_4G, FORGE_EXT_LENGTH_WRAP, FORGE_EXT_TRAILING};
    uint8_t deep[600];

    for (size_t i = 0; i < sizeof deep; i += 4) {
        size_t left = sizeof deep - i - 4;

        deep[i] = 0x30;
        deep[i + 1] = 0x82;
        deep[i + 2] = (uint8_t)(left >> 8);
        deep[i + 3] = (uint8_t)left;
    }
    ATTACK_EACH(a, kind)
    {
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
            malform(a, bad[i], 0, "");
        /* 150 levels and nothing inside. */
        a->f->sgx.value = ds_view_of(deep, sizeof deep);
        reject_ext(a, "");
    }
}

static void
components_differ(attack *a)
{
    ATTACK_EACH(a, kind)
    for (unsigned i = 0; i < 16; i++) {
        attack_case(a, "kind %d, component %u", kind, i);
        a->f->sgx.own_cpusvn = true;
        memcpy(a->f->sgx.cpusvn, a->f->sgx.comps, 16);
        a->f->sgx.cpusvn[i] ^= 1;
        reject_ext(a, "differ");
    }
}

static void
booleans(attack *a)
{
    ATTACK_EACH(a, kind)
    for (int strict = 0; strict < 2; strict++) {
        a->strict = strict;
        for (unsigned at = 0; at < 3; at++) {
            malform(a, FORGE_EXT_BOOL_01, at, "configuration entry");
            malform(a, FORGE_EXT_BOOL_TWO, at, "configuration entry");
        }
    }
}

/* ---- platform and processor CA --------------------------------------------- */

static void
set_crl_chain(attack *a, int cert)
{
    a->f->chain[FORGE_CHAIN_CRL].certs[0] = cert;
}

static void
set_crl(attack *a, int cert, int key)
{
    a->f->crl[FORGE_CRL_PCK].issuer = a->f->cert[cert].subject;
    a->f->crl[FORGE_CRL_PCK].signer = key;
}

static void
crl_of_other_ca(attack *a)
{
    ATTACK_EACH(a, kind)
    for (int processor = 0; processor < 2; processor++) {
        int other = processor ? FORGE_CERT_PLATFORM : FORGE_CERT_PROCESSOR;
        int key = processor ? FORGE_KEY_PLATFORM : FORGE_KEY_PROCESSOR;

        attack_begin(a, kind);
        attack_case(a, "kind %d, processor %d", kind, processor);
        if (processor)
            forge_use_processor_ca(a->f);
        /* The CRL with its chain; the CRL alone; the chain alone. */
        set_crl(a, other, key);
        set_crl_chain(a, other);
        attack_reject(a, REVOCATION, DSTACK_REASON_PCK_CRL_ISSUER);
        attack_begin(a, kind);
        if (processor)
            forge_use_processor_ca(a->f);
        set_crl(a, other, key);
        attack_reject(a, REVOCATION, DSTACK_REASON_PCK_CRL_ISSUER);
        attack_begin(a, kind);
        if (processor)
            forge_use_processor_ca(a->f);
        set_crl_chain(a, other);
        attack_reject(a, REVOCATION, DSTACK_REASON_PCK_CRL_ISSUER);
    }
}

/* A CA of the right name below the right root, but with another key. */
static void
crl_of_namesake(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        forge_cert *extra = &a->f->cert[FORGE_CERT_EXTRA];

        *extra = a->f->cert[FORGE_CERT_PLATFORM];
        extra->key = FORGE_KEY_SPARE;
        set_crl(a, FORGE_CERT_EXTRA, FORGE_KEY_SPARE);
        set_crl_chain(a, FORGE_CERT_EXTRA);
        attack_reject(a, REVOCATION, DSTACK_REASON_PCK_CRL_ISSUER);
        /* The same key in a renewed certificate is the same CA. */
        *extra = a->f->cert[FORGE_CERT_PLATFORM];
        extra->serial[19] ^= 1;
        extra->not_after += FORGE_DAY;
        set_crl(a, FORGE_CERT_EXTRA, FORGE_KEY_PLATFORM);
        attack_accept(a, UP_TO_DATE);
    }
}

static void
other_crl(attack *a)
{
    crl_of_other_ca(a);
    crl_of_namesake(a);
}

static void
processor_ca(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        forge_use_processor_ca(a->f);
        attack_accept(a, UP_TO_DATE);
        assert_int_equal(dstack_report_sgx_type(a->report), 0);
        assert_int_equal(
            dstack_report_platform_flag(a->report, "smt_enabled"), -1);
        a->strict = true;
        attack_accept(a, UP_TO_DATE);
    }
}

static const attack_row rows[] = {
    ATTACK("47", "a PKI of one's own with the same names", foreign_pki),
    ATTACK("48", "a root with the same serial and key ID", lookalike_root),
    ATTACK("49", "the root with another signature", malleated_root),
    ATTACK("50", "PCK certificate signed by a leaf", signed_by_a_leaf),
    ATTACK("51", "certificates in each other's role", roles_all),
    ATTACK("52", "a chain that is too short", short_chains),
    ATTACK("53", "a chain too long, or in another order", long_chains),
    ATTACK("54", "expired and not yet valid", dates),
    ATTACK("55", "signers of one serial, different dates", same_serial),
    ATTACK("56", "other algorithms and key kinds", algorithms),
    ATTACK("57", "malformed points", points),
    ATTACK("58", "missing extensions", missing_extensions),
    ATTACK("59", "CA constraints", constraints),
    ATTACK("60", "SGX extension missing, renamed, critical", extension_once),
    ATTACK("60", "SGX extension twice", extension_twice),
    ATTACK("61", "wrong number of entries", entries),
    ATTACK("61", "entries under another name", renamed_entries),
    ATTACK("62", "SVNs out of range", numbers),
    ATTACK("63", "wrong sizes", sizes),
    ATTACK("64", "hostile DER", der),
    ATTACK("65", "components unlike CPUSVN", components_differ),
    ATTACK("66", "booleans that are not DER", booleans),
    ATTACK("67", "CRL of the other CA", other_crl),
    ATTACK("68", "platforms of the Processor CA", processor_ca),
};

ATTACK_MAIN(rows)
