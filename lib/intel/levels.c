/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "intel/judge.h"

/* Module identity, TCB levels and statuses: spec 3.9 to 3.11. */

typedef struct {
    const dstack_quote *q;
    const ds_prepared *p;
    ds_facts *f;
    ds_checks *checks;
    const uint8_t *svn;  /* tee_tcb_svn at launch; NULL for SGX */
    const uint8_t *svn2; /* the one running now; NULL before TD 1.5 */
    uint16_t qe_svn;
    const ds_tcb_level *platform[2]; /* launch, current */
    const ds_tcb_level *module[2];
    const ds_tcb_level *qe;
} work;

/* ---- what is missing ------------------------------------------------------------ */

static void
lacks(ds_facts *f, uint32_t have, uint32_t need, const char *name, int index,
    ds_view type)
{
    ds_shortfall *s;
    char shown[40];

    if (have >= need || f->shortfall_count == DS_MAX_SHORTFALL)
        return;
    s = &f->shortfall[f->shortfall_count++];
    s->have = have;
    s->need = need;
    if (index < 0)
        snprintf(s->name, sizeof s->name, "%s", name);
    else if (type.n == 0)
        snprintf(s->name, sizeof s->name, "%s[%d]", name, index);
    else
        snprintf(s->name, sizeof s->name, "%s[%d] (%s)", name, index,
            ds_err_quote(type, shown));
}

static size_t
count_short(const work *w, const ds_tcb_level *l)
{
    const ds_pck *pck = &w->f->pck;
    size_t from = w->svn && w->svn[1] > 0 ? 2 : 0;
    size_t n = pck->pce_svn < l->pce_svn ? 1 : 0;
    size_t i;

    for (i = 0; i < 16; i++) {
        n += pck->comps[i] < l->sgx[i] ? 1 : 0;
        n += w->svn && i >= from && w->svn[i] < l->tdx[i] ? 1 : 0;
    }
    return n;
}

/* Every SVN that is too small for this level. */
static void
explain(work *w, const ds_tcb_level *l)
{
    static const ds_view none = {NULL, 0};
    const ds_tcb_info *t = w->p->tcb;
    size_t from = w->svn && w->svn[1] > 0 ? 2 : 0;
    int i;

    w->f->shortfall_status = l->status;
    for (i = 0; i < 16; i++)
        lacks(w->f, w->f->pck.comps[i], l->sgx[i], "sgxtcbcomponents", i,
            t->component_type[0][i]);
    lacks(w->f, w->f->pck.pce_svn, l->pce_svn, "pcesvn", -1, none);
    for (i = (int)from; w->svn && i < 16; i++)
        lacks(w->f, w->svn[i], l->tdx[i], "tdxtcbcomponents", i,
            t->component_type[1][i]);
}

static void
explain_nearest(work *w)
{
    const ds_tcb_levels *levels = &w->p->tcb->levels;
    const ds_tcb_level *best = NULL;
    size_t least = SIZE_MAX;
    size_t i;

    for (i = 0; i < levels->n; i++) {
        size_t n = count_short(w, &levels->at[i]);

        if (n <= least) {
            least = n;
            best = &levels->at[i];
        }
    }
    if (best)
        explain(w, best);
}

static void
explain_isvsvn(
    work *w, const ds_tcb_levels *levels, uint32_t have, const char *name)
{
    static const ds_view none = {NULL, 0};
    size_t i;

    for (i = levels->n; i-- > 0;)
        if (levels->at[i].pce_svn > have) {
            w->f->shortfall_status = levels->at[i].status;
            lacks(w->f, have, levels->at[i].pce_svn, name, -1, none);
            return;
        }
}

/* Out of date: what the best level asks for. */
static void
explain_best(work *w)
{
    const ds_module_identity *m;
    char name[24];

    if (ds_tcb_is_out_of_date(w->platform[0]->status))
        explain(w, &w->p->tcb->levels.at[0]);
    if (w->module[0] && ds_tcb_is_out_of_date(w->module[0]->status)) {
        m = ds_tcb_find_module(w->p->tcb, w->svn[1]);
        snprintf(name, sizeof name, "TDX_%02X.isvsvn", w->svn[1]);
        w->f->shortfall_status = m->levels.at[0].status;
        lacks(w->f, w->svn[0], m->levels.at[0].pce_svn, name, -1,
            ds_view_of(NULL, 0));
    }
    if (ds_tcb_is_out_of_date(w->qe->status)) {
        w->f->shortfall_status = w->p->qeid->levels.at[0].status;
        lacks(w->f, w->qe_svn, w->p->qeid->levels.at[0].pce_svn, "qe.isvsvn",
            -1, ds_view_of(NULL, 0));
    }
}

/* ---- module identity (spec 3.9) --------------------------------------------------- */

static int
module_no(work *w, const char *field, ds_view expected, ds_view found)
{
    char want[2 * 48 + 1];
    char have[2 * 48 + 1];

    ds_hex_encode(expected, want);
    ds_hex_encode(found, have);
    return ds_checks_fail(w->checks, DS_CHECK_TDX_MODULE,
        DSTACK_REASON_TDX_MODULE_MISMATCH, want, have,
        "TDX module: %s is %.16s..., expected %.16s...", field, have, want);
}

static int
check_module(work *w)
{
    const ds_module_identity *m = &w->p->tcb->module;
    ds_view signer = ds_quote_field(w->q, "mr_signer_seam");
    ds_view attributes = ds_quote_field(w->q, "seam_attributes");
    uint8_t masked[8];
    size_t i;

    if (w->svn[1] > 0)
        m = ds_tcb_find_module(w->p->tcb, w->svn[1]);
    if (!m)
        return ds_checks_fail(w->checks, DS_CHECK_TDX_MODULE,
            DSTACK_REASON_TDX_MODULE_MISMATCH, NULL, NULL,
            "TDX module: TCB info has no identity TDX_%02X for this module",
            w->svn[1]);
    if (!ds_view_eq(signer, ds_view_of(m->mr_signer, 48)))
        return module_no(
            w, "mr_signer_seam", ds_view_of(m->mr_signer, 48), signer);
    for (i = 0; i < 8; i++)
        masked[i] = attributes.p[i] & m->mask[i];
    if (memcmp(masked, m->attributes, 8) != 0)
        return module_no(
            w, "seam_attributes", ds_view_of(m->attributes, 8), attributes);
    memset(masked, 0, sizeof masked);
    if (!ds_view_is_zero(attributes))
        return module_no(
            w, "seam_attributes", ds_view_of(masked, 8), attributes);
    ds_checks_pass(w->checks, DS_CHECK_TDX_MODULE);
    return DSTACK_OK;
}

/* ---- levels (spec 3.10) -------------------------------------------------------------- */

static int
unsupported(work *w, const char *what)
{
    char first[160] = "";

    if (w->f->shortfall_count != 0)
        snprintf(first, sizeof first, "; for %s: %s is %u, needs %u",
            dstack_tcb_status_name(w->f->shortfall_status),
            w->f->shortfall[0].name, w->f->shortfall[0].have,
            w->f->shortfall[0].need);
    return ds_checks_fail(w->checks, DS_CHECK_TCB_LEVEL,
        DSTACK_REASON_TCB_NOT_SUPPORTED, NULL, NULL, "%s%s", what, first);
}

/* when: 0 for the SVNs at launch, 1 for those running now. */
static int
find_levels(work *w, const uint8_t *svn, size_t when)
{
    const ds_module_identity *m;
    char name[24];

    w->platform[when] = ds_tcb_find_level(w->p->tcb, &w->f->pck, svn);
    if (!w->platform[when]) {
        w->svn = svn;
        explain_nearest(w);
        return unsupported(w, "TCB level: none fits this platform");
    }
    if (!svn || svn[1] == 0)
        return DSTACK_OK;
    m = ds_tcb_find_module(w->p->tcb, svn[1]);
    if (!m)
        return unsupported(
            w, "TCB level: no identity for the TDX module that runs now");
    w->module[when] = ds_tcb_find_isvsvn(&m->levels, svn[0]);
    if (!w->module[when]) {
        snprintf(name, sizeof name, "TDX_%02X.isvsvn", svn[1]);
        explain_isvsvn(w, &m->levels, svn[0], name);
        return unsupported(w, "TCB level: none fits this TDX module");
    }
    return DSTACK_OK;
}

static int
find_all_levels(work *w)
{
    int rc = find_levels(w, w->svn, 0);

    if (rc == DSTACK_OK && w->svn2)
        rc = find_levels(w, w->svn2, 1);
    if (rc != DSTACK_OK)
        return rc;
    w->qe = ds_tcb_find_isvsvn(&w->p->qeid->levels, w->qe_svn);
    if (!w->qe) {
        explain_isvsvn(w, &w->p->qeid->levels, w->qe_svn, "qe.isvsvn");
        return unsupported(w, "TCB level: none fits this quoting enclave");
    }
    ds_checks_pass(w->checks, DS_CHECK_TCB_LEVEL);
    return DSTACK_OK;
}

/* ---- statuses (spec 3.11) -------------------------------------------------------------- */

static void
set(ds_facts *f, uint32_t whose, const ds_tcb_level *level)
{
    if (!level)
        return;
    f->status[whose] = level->status;
    f->date[whose] = level->date;
}

static void
set_statuses(work *w)
{
    uint32_t *s = w->f->status;

    set(w->f, DSTACK_OF_PLATFORM, w->platform[0]);
    set(w->f, DSTACK_OF_MODULE, w->module[0]);
    set(w->f, DSTACK_OF_QE, w->qe);
    /* Before TD 1.5 launch and now are the same. */
    set(w->f, DSTACK_OF_PLATFORM_CURRENT, w->platform[w->svn2 ? 1 : 0]);
    set(w->f, DSTACK_OF_MODULE_CURRENT, w->module[w->svn2 ? 1 : 0]);
    s[DSTACK_OF_LAUNCH] = ds_tcb_converge(
        s[DSTACK_OF_PLATFORM], s[DSTACK_OF_MODULE], s[DSTACK_OF_QE]);
    s[DSTACK_OF_CURRENT] = ds_tcb_converge(s[DSTACK_OF_PLATFORM_CURRENT],
        s[DSTACK_OF_MODULE_CURRENT], s[DSTACK_OF_QE]);
    s[DSTACK_OF_ALL] =
        ds_tcb_relaunch(s[DSTACK_OF_LAUNCH], s[DSTACK_OF_CURRENT]);
    ds_facts_tcb_dates(w->f);
}

static int
set_advisories(work *w)
{
    const ds_advisory_list *tcb = &w->p->tcb->advisories;
    size_t now = w->svn2 ? 1 : 0;
    const ds_level_of all[] = {{w->platform[0], tcb}, {w->module[0], tcb},
        {w->qe, &w->p->qeid->advisories}, {w->platform[now], tcb},
        {w->module[now], tcb}};
    dstack_error err;
    int rc = ds_facts_advisories(w->f, DSTACK_OF_ALL, all, 3);

    if (rc == DSTACK_OK)
        rc = ds_facts_advisories(w->f, DSTACK_OF_PLATFORM, &all[0], 1);
    if (rc == DSTACK_OK)
        rc = ds_facts_advisories(w->f, DSTACK_OF_MODULE, &all[1], 1);
    if (rc == DSTACK_OK)
        rc = ds_facts_advisories(w->f, DSTACK_OF_QE, &all[2], 1);
    if (rc == DSTACK_OK)
        rc = ds_facts_advisories(w->f, DSTACK_OF_CURRENT, &all[2], 3);
    if (rc == DSTACK_OK)
        return DSTACK_OK;
    ds_fail_nomem(&err);
    return ds_checks_fail_err(w->checks, DS_CHECK_TCB_LEVEL, &err);
}

static int
check_revoked(work *w)
{
    if (w->f->status[DSTACK_OF_ALL] == DSTACK_TCB_REVOKED)
        return ds_checks_fail(w->checks, DS_CHECK_TCB_REVOKED,
            DSTACK_REASON_TCB_REVOKED, NULL, "Revoked",
            "TCB: platform %s, module %s, QE %s, now running %s: revoked is "
            "never trusted",
            dstack_tcb_status_name(w->f->status[DSTACK_OF_PLATFORM]),
            dstack_tcb_status_name(w->f->status[DSTACK_OF_MODULE]),
            dstack_tcb_status_name(w->f->status[DSTACK_OF_QE]),
            dstack_tcb_status_name(w->f->status[DSTACK_OF_CURRENT]));
    ds_checks_pass(w->checks, DS_CHECK_TCB_REVOKED);
    return DSTACK_OK;
}

int
ds_tcb_judge(
    const dstack_quote *q, const ds_prepared *p, ds_facts *f, ds_checks *checks)
{
    work w = {.q = q, .p = p, .f = f, .checks = checks};
    int rc = DSTACK_OK;

    w.qe_svn = ds_le16(q->qe_report.p + 258);
    if (q->tee == DSTACK_TEE_TDX) {
        w.svn = ds_quote_field(q, "tee_tcb_svn").p;
        w.svn2 = ds_quote_field(q, "tee_tcb_svn2").p;
        rc = check_module(&w);
    }
    if (rc == DSTACK_OK)
        rc = find_all_levels(&w);
    if (rc != DSTACK_OK)
        return rc;
    set_statuses(&w);
    if (f->status[DSTACK_OF_ALL] != DSTACK_TCB_UP_TO_DATE)
        explain_best(&w);
    rc = set_advisories(&w);
    return rc == DSTACK_OK ? check_revoked(&w) : rc;
}
