/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/script.h"

#include <string.h>

#include "base/text.h"

script_edit
script_read(const uint8_t *p)
{
    script_edit e = {p[0] % SCRIPT_CODES, p[1], p[2], p[3], ds_le32(p + 4)};
    return e;
}

void
script_write(uint8_t *p, const script_edit *e)
{
    p[0] = e->code;
    p[1] = e->a;
    p[2] = e->b;
    p[3] = e->c;
    for (int i = 0; i < 4; i++)
        p[4 + i] = (uint8_t)(e->value >> 8 * i);
}

/* ---- values ------------------------------------------------------------------ */

static const char *const statuses[] = {"UpToDate", "SWHardeningNeeded",
    "ConfigurationNeeded", "ConfigurationAndSWHardeningNeeded", "OutOfDate",
    "OutOfDateConfigurationNeeded", "Revoked", "TDRelaunchAdvised", "uptodate",
    ""};
static const char *const dates[] = {"2026-02-11T00:00:00Z",
    "2024-11-13T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    "2024-02-30T00:00:00Z", "2026-02-11"};
static const char *const advisories[] = {"INTEL-SA-00001", "INTEL-SA-99999",
    "intel-sa-00001", "A",
    "LONGER-THAN-64-LONGER-THAN-64-LONGER-THAN-64-LONGER-THAN-64-LONGER"};
static const char *const names[] = {"Intel SGX Root CA",
    "Intel SGX PCK Platform CA", "Intel SGX PCK Processor CA",
    "Intel SGX PCK Certificate", "Intel SGX TCB Signing",
    "not Intel SGX PCK Certificate at all", ""};

#define PICK(list, i) (list)[(i) % (sizeof(list) / sizeof((list)[0]))]

static unsigned
at16(const script_edit *e)
{
    return (unsigned)e->b | (unsigned)e->c << 8;
}

static int64_t
number(const script_edit *e)
{
    return (int32_t)e->value;
}

static void
flip(void *p, size_t n, const script_edit *e)
{
    ((uint8_t *)p)[at16(e) % n] ^= (uint8_t)e->value;
}

/* ---- the documents' fields ------------------------------------------------------ */

static void
set_advisory(const char **list, const script_edit *e)
{
    size_t n = 0;

    while (n < FORGE_ADVISORIES && list[n])
        n++;
    if (e->value & 1)
        list[0] = NULL;
    else if (n < FORGE_ADVISORIES)
        list[n] = PICK(advisories, e->value >> 1);
}

static void
edit_level(script *s, const script_edit *e)
{
    forge_tcb_info *t = &s->f->tcb_info;
    forge_level *l = &t->levels[e->a % FORGE_LEVELS];
    unsigned b = e->b % 40;

    if (b < 16)
        l->sgx[b] = number(e);
    else if (b < 32)
        l->tdx[b - 16] = number(e);
    else if (b == 32)
        l->pcesvn = number(e);
    else if (b == 33)
        l->status = PICK(statuses, e->value);
    else if (b == 34)
        l->date = PICK(dates, e->value);
    else if (b == 35)
        set_advisory(l->advisories, e);
    else if (b == 36)
        t->level_n = e->value % (FORGE_LEVELS + 1);
    else if (b == 37)
        l->no_tdx = !l->no_tdx;
    else if (b == 38)
        *(e->c & 1 ? &l->sgx_n : &l->tdx_n) = e->value % 20;
    else
        *l = t->levels[e->value % FORGE_LEVELS];
}

static void
set_isv_level(
    forge_isv_level *levels, size_t *n, unsigned which, const script_edit *e)
{
    forge_isv_level *l = &levels[which % FORGE_ISV_LEVELS];

    switch (e->b % 6) {
    case 0:
        l->isvsvn = number(e);
        break;
    case 1:
        l->status = PICK(statuses, e->value);
        break;
    case 2:
        l->date = PICK(dates, e->value);
        break;
    case 3:
        set_advisory(l->advisories, e);
        break;
    case 4:
        *n = e->value % (FORGE_ISV_LEVELS + 1);
        break;
    default:
        *l = levels[e->value % FORGE_ISV_LEVELS];
    }
}

static void
edit_qe_level(script *s, const script_edit *e)
{
    forge_qe_identity *q = &s->f->qe_identity;

    set_isv_level(q->levels, &q->level_n, e->a, e);
}

static void
edit_module(script *s, const script_edit *e)
{
    static const char *const ids[] = {
        "TDX_00", "TDX_01", "TDX_02", "TDX_03", "tdx_01", "TDX_FF", "TDX_1"};
    forge_tcb_info *t = &s->f->tcb_info;
    forge_module *m =
        e->a & 0x80 ? &t->module : &t->modules[e->a % FORGE_MODULES];

    switch (e->c % 8) {
    case 0:
        m->mrsigner[e->b % 48] ^= (uint8_t)e->value;
        break;
    case 1:
        m->attributes[e->b % 8] ^= (uint8_t)e->value;
        break;
    case 2:
        m->mask[e->b % 8] ^= (uint8_t)e->value;
        break;
    case 3:
        m->id = PICK(ids, e->value);
        break;
    case 4:
        t->module_n = e->value % (FORGE_MODULES + 1);
        break;
    case 5:
        *(e->value & 1 ? &t->module_on : &t->modules_on) ^= true;
        break;
    default:
        set_isv_level(m->levels, &m->level_n, e->a >> 3, e);
    }
}

/* Levels that an edit brought in and nobody filled. */
static void
fill_isv_levels(forge_isv_level *l, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!l[i].date)
            l[i].date = dates[0];
        if (!l[i].status)
            l[i].status = statuses[0];
    }
}

static void
fill_gaps(forge *f)
{
    forge_tcb_info *t = &f->tcb_info;

    for (size_t i = 0; i < t->level_n; i++) {
        forge_level *l = &t->levels[i];

        if (!l->date)
            *l = t->levels[0];
        if (!l->date || !l->status)
            l->date = dates[0], l->status = statuses[0];
    }
    for (size_t i = 0; i < t->module_n; i++) {
        forge_module *m = &t->modules[i];

        if (!m->id)
            m->id = "TDX_04";
        fill_isv_levels(m->levels, m->level_n);
    }
    fill_isv_levels(f->qe_identity.levels, f->qe_identity.level_n);
}

static void
edit_tcb_info(script *s, const script_edit *e)
{
    static const char *const ids[] = {"SGX", "TDX", "sgx", NULL};
    forge_tcb_info *t = &s->f->tcb_info;

    switch (e->a % 8) {
    case 0:
        t->issue_date += number(e);
        break;
    case 1:
        t->next_update += number(e);
        break;
    case 2:
        t->eval_number = number(e);
        break;
    case 3:
        t->fmspc[e->b % 6] ^= (uint8_t)e->value;
        break;
    case 4:
        t->pceid[e->b % 2] ^= (uint8_t)e->value;
        break;
    case 5:
        t->version = e->value % 5;
        break;
    case 6:
        t->id = PICK(ids, e->value);
        break;
    default:
        t->tcb_type = number(e);
    }
}

static void
edit_qe_identity(script *s, const script_edit *e)
{
    static const char *const ids[] = {"QE", "TD_QE", "QVE", "qe", NULL};
    forge_qe_identity *q = &s->f->qe_identity;

    switch (e->a % 10) {
    case 0:
        q->issue_date += number(e);
        break;
    case 1:
        q->next_update += number(e);
        break;
    case 2:
        q->eval_number = number(e);
        break;
    case 3:
        q->version = e->value % 5;
        break;
    case 4:
        q->id = PICK(ids, e->value);
        break;
    case 5:
        q->isvprodid = number(e);
        break;
    case 6:
        flip(q->miscselect, 8, e); /* and its mask, which follows */
        break;
    case 7:
        flip(q->attributes, 16, e);
        break;
    case 8:
        flip(q->attributes_mask, 16, e);
        break;
    default:
        flip(q->mrsigner, 32, e);
    }
}

/* ---- the PCK certificate's extension, the quote's fields ------------------------- */

static void
edit_sgx(script *s, const script_edit *e)
{
    forge_sgx *x = &s->f->sgx;
    unsigned b = e->b % 28;

    if (b < 16)
        x->comps[b] = (uint8_t)e->value;
    else if (b == 16)
        x->pcesvn = (uint16_t)e->value;
    else if (b == 17)
        x->own_cpusvn = !x->own_cpusvn, memcpy(x->cpusvn, x->comps, 16);
    else if (b == 18)
        x->cpusvn[e->c % 16] ^= (uint8_t)e->value;
    else if (b == 19)
        x->fmspc[e->c % 6] ^= (uint8_t)e->value;
    else if (b == 20)
        x->pceid[e->c % 2] ^= (uint8_t)e->value;
    else if (b == 21)
        x->type = e->value % 5;
    else if (b == 22)
        x->instance = !x->instance;
    else if (b == 23)
        x->configuration = !x->configuration;
    else if (b == 24)
        x->smt = (int)(e->value % 3) - 1;
    else if (b == 25)
        x->dynamic_platform = (int)(e->value % 3) - 1;
    else if (b == 26)
        x->malform = (int)(e->value % (FORGE_EXT_EMPTY + 1)), x->at = e->c;
    else
        x->critical = !x->critical;
}

static void
edit_td(script *s, const script_edit *e)
{
    if (e->a & 1)
        s->f->quote.td.tee_tcb_svn[e->b % 16] = (uint8_t)e->value;
    else if (e->a & 2)
        s->f->quote.td.tee_tcb_svn2[e->b % 16] = (uint8_t)e->value;
    else
        flip(&s->f->quote.td, sizeof s->f->quote.td, e);
}

static void
edit_report(script *s, const script_edit *e)
{
    flip(&s->f->quote.sgx, sizeof s->f->quote.sgx, e);
}

static void
edit_qe_report(script *s, const script_edit *e)
{
    forge_report *r = &s->f->quote.qe;

    if (e->a & 1)
        r->isv_svn = (uint16_t)e->value;
    else if (e->a & 2)
        s->f->quote.bind = !s->f->quote.bind;
    else
        flip(r, sizeof *r, e);
}

static void
edit_header(script *s, const script_edit *e)
{
    forge_quote *q = &s->f->quote;

    switch (e->a % 6) {
    case 0:
        q->version = (uint16_t)(e->value % 8);
        break;
    case 1:
        q->key_type = (uint16_t)e->value;
        break;
    case 2:
        q->tee_type ^= e->value;
        break;
    case 3:
        q->body_type = (uint16_t)(e->value % 6);
        break;
    case 4:
        q->vendor[e->b % 16] ^= (uint8_t)e->value;
        break;
    default:
        q->user_data[e->b % 20] ^= (uint8_t)e->value;
    }
}

static void
edit_lengths(script *s, const script_edit *e)
{
    static const uint8_t some[1100] = {1, 2, 3};
    forge_quote *q = &s->f->quote;
    forge_len *lens[] = {&q->body_size, &q->sig_len, &q->outer_size,
        &q->auth_len, &q->inner_size, &q->inner_type};

    switch (e->a % 6) {
    case 0:
        q->auth = ds_view_of(some, e->value % sizeof some);
        break;
    case 1:
        q->trailing = ds_view_of(some, e->value % 64);
        break;
    case 2:
        q->inside = ds_view_of(some, e->value % 64);
        break;
    case 3:
        q->cert_type = (int)(e->value % 8);
        break;
    case 4:
        q->outer_type = (uint16_t)(e->value % 8);
        break;
    default:
        lens[e->b % 6]->delta = number(e);
    }
}

/* ---- keys, signatures, certificates, CRLs ----------------------------------------- */

static void
edit_keys(script *s, const script_edit *e)
{
    forge *f = s->f;
    int key = (int)(e->value % FORGE_KEY_P384);
    int any = (int)(e->value % FORGE_KEYS);

    switch (e->b % 9) {
    case 0:
        f->quote.ak = key;
        break;
    case 1:
        f->quote.signer = key;
        break;
    case 2:
        f->quote.qe_signer = key;
        break;
    case 3:
        f->quote.bound_ak = (int)(e->value % (FORGE_KEY_P384 + 1)) - 1;
        break;
    case 4:
        f->cert[e->a % FORGE_CERTS].key = any;
        break;
    case 5:
        f->cert[e->a % FORGE_CERTS].signer = key;
        break;
    case 6:
        f->crl[e->a % FORGE_CRLS].signer = key;
        break;
    case 7:
        f->tcb_info.doc.signer = key;
        break;
    default:
        f->qe_identity.doc.signer = key;
    }
}

static forge_sig *
pick_sig(forge *f, const script_edit *e)
{
    switch (e->b % 6) {
    case 0:
        return &f->quote.sig;
    case 1:
        return &f->quote.qe_sig;
    case 2:
        return &f->cert[e->a % FORGE_CERTS].sig;
    case 3:
        return &f->crl[e->a % FORGE_CRLS].sig;
    case 4:
        return &f->tcb_info.doc.sig;
    default:
        return &f->qe_identity.doc.sig;
    }
}

static void
edit_sigs(script *s, const script_edit *e)
{
    forge_sig *sig = pick_sig(s->f, e);

    if (e->c & 1)
        sig->flip = (int)(e->value % 513);
    else
        sig->form = (int)(e->value % (FORGE_SIG_DER + 1));
}

static void
edit_extension(forge_cert *c, const script_edit *e)
{
    forge_known_ext *known[] = {&c->aki, &c->cdp, &c->ski, &c->ku, &c->bc};
    forge_known_ext *x = known[e->b / 16 % 5];

    *(e->value % 3 == 0     ? &x->on
        : e->value % 3 == 1 ? &x->critical
                            : &x->twice) ^= true;
}

static void
edit_cert(script *s, const script_edit *e)
{
    forge_cert *c = &s->f->cert[e->a % FORGE_CERTS];

    switch (e->b % 16) {
    case 0:
        c->not_before += number(e);
        break;
    case 1:
        c->not_after += number(e);
        break;
    case 2:
        c->version = (int)(e->value % 5);
        break;
    case 3:
        c->serial[e->c % 20] ^= (uint8_t)e->value;
        break;
    case 4:
        c->serial_n = e->value % 33;
        break;
    case 5:
        c->alg_inner = (int)(e->value % 4);
        break;
    case 6:
        c->alg_outer = (int)(e->value % 4);
        break;
    case 7:
        c->ku_bits ^= 1u << e->value % 9;
        break;
    case 8:
        c->is_ca = !c->is_ca;
        break;
    case 9:
        c->path_len = (int)(e->value % 4) - 1;
        break;
    case 10:
        c->point = (int)(e->value % (FORGE_POINT_ZERO + 1));
        break;
    case 11:
        c->sgx = !c->sgx;
        break;
    case 12:
        c->subject.cn = PICK(names, e->value);
        break;
    case 13:
        c->issuer.cn = PICK(names, e->value);
        break;
    default:
        edit_extension(c, e);
    }
}

static void
edit_crl(script *s, const script_edit *e)
{
    forge_crl *c = &s->f->crl[e->a % FORGE_CRLS];
    bool *const flags[] = {
        &c->aki_on, &c->delta, &c->idp, &c->number_on, &c->no_next_update};

    switch (e->b % 10) {
    case 0:
        if (c->revoked_n < FORGE_REVOKED)
            forge_revoke(s->f, e->a % FORGE_CRLS, (int)(e->value % FORGE_CERTS),
                e->c % 11);
        break;
    case 1:
        c->this_update += number(e);
        break;
    case 2:
        c->next_update += number(e);
        break;
    case 3:
        c->number = e->value;
        break;
    case 4:
        *PICK(flags, e->value) ^= true;
        break;
    case 5:
        c->version = (int)(e->value % 4);
        break;
    case 6:
        c->issuer.cn = PICK(names, e->value);
        break;
    case 7:
        c->filler = e->value % 50;
        break;
    case 8:
        c->alg_outer = (int)(e->value % 4);
        break;
    default:
        c->alg_inner = (int)(e->value % 4);
    }
}

static void
edit_chain(script *s, const script_edit *e)
{
    static const uint8_t tail[] = "\0\n \0x";
    forge_chain *c = &s->f->chain[e->a % FORGE_CHAINS];

    switch (e->b % 4) {
    case 0:
        c->certs[e->c % 4] = (int)(e->value % FORGE_CERTS);
        break;
    case 1:
        c->n = e->value % 5;
        break;
    case 2:
        c->crlf = !c->crlf;
        break;
    default:
        c->tail = ds_view_of(tail + e->value % 4, e->value / 4 % 3);
    }
}

static void
edit_bundle(script *s, const script_edit *e)
{
    forge_bundle *b = &s->f->bundle;

    switch (e->a % 4) {
    case 0:
        b->members[e->b % FORGE_MEMBERS].omit ^= true;
        break;
    case 1:
        b->upper_hex = !b->upper_hex;
        break;
    case 2:
        b->extra = e->value & 1 ? ",\"extra\":{}" : NULL;
        break;
    default:
        s->f->flat.crl_form = (int)(e->value % 3);
    }
}

static void (*const field_edits[])(script *, const script_edit *) = {
    [SCRIPT_LEVEL] = edit_level,
    [SCRIPT_QE_LEVEL] = edit_qe_level,
    [SCRIPT_MODULE] = edit_module,
    [SCRIPT_SGX] = edit_sgx,
    [SCRIPT_TD] = edit_td,
    [SCRIPT_REPORT] = edit_report,
    [SCRIPT_QE_REPORT] = edit_qe_report,
    [SCRIPT_HEADER] = edit_header,
    [SCRIPT_LENGTHS] = edit_lengths,
    [SCRIPT_KEYS] = edit_keys,
    [SCRIPT_SIGS] = edit_sigs,
    [SCRIPT_CERT] = edit_cert,
    [SCRIPT_CRL] = edit_crl,
    [SCRIPT_TCB_INFO] = edit_tcb_info,
    [SCRIPT_QE_IDENTITY] = edit_qe_identity,
    [SCRIPT_CHAIN] = edit_chain,
    [SCRIPT_BUNDLE] = edit_bundle,
};

/* ---- bytes of what is signed -------------------------------------------------------- */

/* Flip bits of a byte, put one in, or take one out. */
static void
edit_bytes(ds_buf *b, const script_edit *e)
{
    size_t at = b->n ? at16(e) % b->n : 0;
    uint8_t value = (uint8_t)e->value;
    ds_buf out;

    if (b->n == 0)
        return;
    if ((e->value >> 8) % 3 == 0) {
        b->p[at] ^= value;
        return;
    }
    ds_buf_init(&out, SIZE_MAX);
    ds_buf_add(&out, b->p, at);
    if ((e->value >> 8) % 3 == 1) {
        ds_buf_add_u8(&out, value);
        ds_buf_add(&out, b->p + at, b->n - at);
    } else {
        ds_buf_add(&out, b->p + at + 1, b->n - at - 1);
    }
    ds_buf_free(b);
    *b = out;
}

/* What the second build takes instead of what it would make. */
typedef struct {
    ds_buf tcb_text, qe_text;
    ds_buf tcb_answer, qe_answer;
    ds_buf cert[FORGE_CERTS];
    ds_buf crl[FORGE_CRLS];
} overrides;

static void
sign_cert(script *s, overrides *o, int i, const script_edit *e)
{
    const forge_cert *c = &s->f->cert[i];
    ds_buf *tbs = &s->cert_tbs[i];

    if (tbs->n == 0)
        return;
    edit_bytes(tbs, e);
    ds_buf_cut(&o->cert[i], 0);
    if (forge_resign_tbs(
            s->f, c->signer, c->alg_outer, fuzz_view(tbs), &o->cert[i]) == 0)
        s->f->cert[i].der = fuzz_view(&o->cert[i]);
}

static void
sign_crl(script *s, overrides *o, int i, const script_edit *e)
{
    const forge_crl *c = &s->f->crl[i];
    ds_buf *tbs = &s->crl_tbs[i];

    edit_bytes(tbs, e);
    ds_buf_cut(&o->crl[i], 0);
    if (forge_resign_tbs(
            s->f, c->signer, c->alg_outer, fuzz_view(tbs), &o->crl[i]) == 0)
        s->f->crl[i].der = fuzz_view(&o->crl[i]);
}

static void
edit_text(const forge *f, void (*make)(const forge *, ds_buf *), forge_doc *doc,
    ds_buf *text, const script_edit *e)
{
    if (text->n == 0)
        make(f, text);
    edit_bytes(text, e);
    doc->text = text->n ? fuzz_view(text) : ds_view_of("", 0);
}

static void
edit_signed(script *s, overrides *o, const script_edit *e)
{
    forge *f = s->f;

    if (e->code == SCRIPT_TCB_TEXT)
        edit_text(f, forge_tcb_info_text, &f->tcb_info.doc, &o->tcb_text, e);
    else if (e->code == SCRIPT_QE_TEXT)
        edit_text(
            f, forge_qe_identity_text, &f->qe_identity.doc, &o->qe_text, e);
    else if (e->code == SCRIPT_CERT_TBS)
        sign_cert(s, o, e->a % FORGE_CERTS, e);
    else if (e->code == SCRIPT_CRL_TBS)
        sign_crl(s, o, e->a % FORGE_CRLS, e);
}

/* In place, so that what lies behind it does not move. */
static void
edit_part(script *s, const script_edit *e)
{
    const forge_part *p = &s->f->out.part[e->a % FORGE_PARTS];

    if (p->n)
        s->quote.p[p->off + at16(e) % p->n] ^= (uint8_t)e->value;
}

/* ---- running a script ------------------------------------------------------------------ */

static void
set_time(script *s, unsigned how, int64_t delta)
{
    static const int64_t unit[] = {0, 1, 3600, FORGE_DAY, 30 * FORGE_DAY};
    const forge *f = s->f;

    how %= 16;
    if (how < 5)
        s->now = FORGE_NOW + delta * unit[how];
    else if (how == 5)
        s->now = f->tcb_info.next_update + delta;
    else if (how == 6)
        s->now = f->tcb_info.issue_date + delta;
    else if (how == 7)
        s->now = f->qe_identity.next_update + delta;
    else if (how < 10)
        s->now = f->crl[how - 8].next_update + delta;
    else if (how == 10)
        s->now = f->crl[FORGE_CRL_PCK].this_update + delta;
    else if (how < 15)
        s->now = f->cert[how - 11 + FORGE_CERT_PLATFORM].not_after + delta;
    else
        s->now = delta < 0 ? delta : DS_TIME_MAX - 3 + delta % 8;
}

static void
start(script *s, const uint8_t *head)
{
    s->kind = head[0] % FORGE_KINDS;
    s->flags = head[1];
    s->policy_choice = head[2];
    s->ways = head[7];
    s->f = fuzz_forge(s->kind);
    if (s->flags & SCRIPT_PROCESSOR)
        forge_use_processor_ca(s->f);
    if (s->flags & SCRIPT_EXTERNAL)
        s->f->bundle.members[FORGE_M_PCK_CHAIN].omit = false;
    if (s->flags & SCRIPT_PRETTY)
        s->f->tcb_info.doc.pretty = s->f->qe_identity.doc.pretty = true;
}

static void
copy(ds_buf *to, const ds_buf *from)
{
    ds_buf_free(to);
    ds_buf_init(to, SIZE_MAX);
    ds_buf_add(to, from->p ? from->p : (const uint8_t *)"", from->n);
}

static void
copy_tbs(script *s)
{
    for (int i = 0; i < FORGE_CERTS; i++)
        copy(&s->cert_tbs[i], &s->f->out.cert_tbs[i]);
    for (int i = 0; i < FORGE_CRLS; i++)
        copy(&s->crl_tbs[i], &s->f->out.crl_tbs[i]);
}

/* The documents as a service answers, in their members' place. */
static int
wrap(forge *f, overrides *o)
{
    copy(&o->tcb_answer, &f->out.tcb_info_answer);
    copy(&o->qe_answer, &f->out.qe_identity_answer);
    f->bundle.members[FORGE_M_TCB_INFO].text = fuzz_view(&o->tcb_answer);
    f->bundle.members[FORGE_M_QE_IDENTITY].text = fuzz_view(&o->qe_answer);
    return forge_build(f);
}

/* Everything signed, everything in s; `edits` are those of the second group
 * that change a quote's parts. */
static bool
build(script *s, overrides *o, const script_edit *edits, size_t n)
{
    forge *f = s->f;
    bool again = false, parts = false;

    fill_gaps(f);
    if (forge_build(f))
        return false;
    copy_tbs(s);
    for (size_t i = 0; i < n; i++) {
        edit_signed(s, o, &edits[i]);
        again = again || (edits[i].code >= SCRIPT_TCB_TEXT &&
                             edits[i].code < SCRIPT_QUOTE_PART);
    }
    if (again && forge_build(f))
        return false;
    if (s->flags & SCRIPT_ANSWERS && wrap(f, o))
        return false;
    copy(&s->quote, &f->out.quote);
    copy(&s->collateral,
        s->flags & SCRIPT_FLAT ? &f->out.flat : &f->out.collateral);
    for (size_t i = 0; i < n; i++)
        if (edits[i].code == SCRIPT_QUOTE_PART) {
            edit_part(s, &edits[i]);
            parts = true;
        }
    return !parts ||
           forge_resign_quote(f, s->quote.p, s->quote.n, FORGE_RESIGN_ALL) == 0;
}

/* Where every byte counts: up to the certification data, which is PEM and
 * which another chain may stand in for. */
static size_t
binding_end(const script *s)
{
    return s->f->out
        .part[s->flags & SCRIPT_EXTERNAL ? FORGE_PART_INNER
                                         : FORGE_PART_CERT_DATA]
        .off;
}

static bool
is_spoilt(const script_edit *edits, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (edits[i].code == SCRIPT_LENGTHS || edits[i].code == SCRIPT_SIGS ||
            edits[i].code == SCRIPT_QUOTE_PART)
            return true;
    return false;
}

static void
change_late(script *s, const script_edit *edits, size_t n)
{
    size_t end = binding_end(s);
    ds_buf before;

    ds_buf_init(&before, SIZE_MAX);
    ds_buf_add(&before, s->quote.p, s->quote.n);
    for (size_t i = 0; i < n; i++) {
        const script_edit *e = &edits[i];

        s->late = s->late || e->code >= SCRIPT_QUOTE_PART;
        if (e->code == SCRIPT_QUOTE_LATE && s->quote.n)
            s->quote.p[at16(e) % s->quote.n] ^= (uint8_t)e->value;
        else if (e->code == SCRIPT_COLLATERAL_LATE)
            edit_bytes(&s->collateral, e);
        else if (e->code == SCRIPT_CUT)
            ds_buf_cut(&s->quote, e->value % (s->quote.n + 1));
    }
    s->touched = s->quote.n < end || before.n < end ||
                 memcmp(before.p, s->quote.p, end) != 0;
    if (is_spoilt(edits, n))
        s->touched = false;
    ds_buf_free(&before);
}

static void
free_overrides(overrides *o)
{
    ds_buf_free(&o->tcb_text);
    ds_buf_free(&o->qe_text);
    ds_buf_free(&o->tcb_answer);
    ds_buf_free(&o->qe_answer);
    for (int i = 0; i < FORGE_CERTS; i++)
        ds_buf_free(&o->cert[i]);
    for (int i = 0; i < FORGE_CRLS; i++)
        ds_buf_free(&o->crl[i]);
}

static void
init_overrides(overrides *o)
{
    ds_buf_init(&o->tcb_text, SIZE_MAX);
    ds_buf_init(&o->qe_text, SIZE_MAX);
    ds_buf_init(&o->tcb_answer, SIZE_MAX);
    ds_buf_init(&o->qe_answer, SIZE_MAX);
    for (int i = 0; i < FORGE_CERTS; i++)
        ds_buf_init(&o->cert[i], SIZE_MAX);
    for (int i = 0; i < FORGE_CRLS; i++)
        ds_buf_init(&o->crl[i], SIZE_MAX);
}

bool
script_run(ds_view in, script *s)
{
    script_edit edits[SCRIPT_MAX_EDITS];
    overrides o;
    size_t n;
    bool ok;

    memset(s, 0, sizeof *s);
    if (in.n < SCRIPT_HEAD)
        return false;
    start(s, in.p);
    n = in.p[6] % (SCRIPT_MAX_EDITS + 1);
    if (n > (in.n - SCRIPT_HEAD) / SCRIPT_EDIT)
        n = (in.n - SCRIPT_HEAD) / SCRIPT_EDIT;
    for (size_t i = 0; i < n; i++) {
        edits[i] = script_read(in.p + SCRIPT_HEAD + SCRIPT_EDIT * i);
        if (edits[i].code < SCRIPT_TCB_TEXT)
            field_edits[edits[i].code](s, &edits[i]);
    }
    s->policy = ds_view_of(in.p + SCRIPT_HEAD + SCRIPT_EDIT * n,
        in.n - SCRIPT_HEAD - SCRIPT_EDIT * n);
    set_time(s, in.p[3], (int16_t)ds_le16(in.p + 4));
    init_overrides(&o);
    ok = build(s, &o, edits, n);
    if (ok)
        change_late(s, edits, n);
    free_overrides(&o);
    return ok;
}

void
script_free(script *s)
{
    ds_buf_free(&s->quote);
    ds_buf_free(&s->collateral);
    for (int i = 0; i < FORGE_CERTS; i++)
        ds_buf_free(&s->cert_tbs[i]);
    for (int i = 0; i < FORGE_CRLS; i++)
        ds_buf_free(&s->crl_tbs[i]);
}
