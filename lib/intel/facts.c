/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "intel/judge.h"

void
ds_facts_init(ds_facts *f)
{
    size_t i;

    /* The shortfall list, two thirds of the object, means nothing yet. */
    memset(f, 0, offsetof(ds_facts, shortfall));
    for (i = 0; i < DS_OF_COUNT; i++)
        f->date[i] = -1;
    f->valid_until = f->earliest_issue = f->latest_issue = -1;
    f->tcb_issue = f->qeid_issue = -1;
    f->root_crl_issue = f->pck_crl_issue = -1;
    f->pck.sgx_type = -1;
    f->pck.dynamic_platform = f->pck.cached_keys = f->pck.smt_enabled = -1;
}

void
ds_facts_free(ds_facts *f)
{
    size_t i;

    for (i = 0; i < DS_OF_COUNT; i++)
        ds_free(f->advisories[i].id);
}

/* ---- advisories --------------------------------------------------------------- */

static int
compare_ids(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The union of some levels' advisories, sorted, each once (spec 3.13). */
int
ds_facts_advisories(
    ds_facts *f, uint32_t whose, const ds_level_of *from, size_t count)
{
    ds_advisory_set *set = &f->advisories[whose];
    size_t total = 0;
    size_t n = 0;
    size_t i;
    size_t k;

    for (i = 0; i < count; i++)
        total += from[i].level ? from[i].level->advisories.count : 0;
    if (total == 0)
        return DSTACK_OK;
    set->id = ds_calloc(total, sizeof *set->id);
    if (!set->id)
        return DSTACK_ERR_NOMEM;
    for (i = 0; i < count; i++) {
        const ds_tcb_level *l = from[i].level;

        for (k = 0; l && k < l->advisories.count; k++) {
            ds_view id = from[i].list->at[l->advisories.first + k];

            memcpy(set->id[n++], id.p, id.n); /* the parser capped it */
        }
    }
    qsort(set->id, n, sizeof *set->id, compare_ids);
    for (i = 0; i < n; i++)
        if (i == 0 || strcmp(set->id[set->n - 1], set->id[i]) != 0)
            memmove(set->id[set->n++], set->id[i], sizeof *set->id);
    return DSTACK_OK;
}

/* ---- dates (spec 3.13) ---------------------------------------------------------- */

static void
span(ds_facts *f, int64_t issued, int64_t expires)
{
    if (f->earliest_issue < 0 || issued < f->earliest_issue)
        f->earliest_issue = issued;
    if (issued > f->latest_issue)
        f->latest_issue = issued;
    if (f->valid_until < 0 || expires < f->valid_until)
        f->valid_until = expires;
}

/* The least of those that are known. */
static int64_t
earliest(int64_t a, int64_t b)
{
    if (a < 0 || (b >= 0 && b < a))
        return b;
    return a;
}

void
ds_facts_tcb_dates(ds_facts *f)
{
    f->date[DSTACK_OF_LAUNCH] = earliest(f->date[DSTACK_OF_PLATFORM],
        earliest(f->date[DSTACK_OF_MODULE], f->date[DSTACK_OF_QE]));
    f->date[DSTACK_OF_CURRENT] = earliest(f->date[DSTACK_OF_PLATFORM_CURRENT],
        earliest(f->date[DSTACK_OF_MODULE_CURRENT], f->date[DSTACK_OF_QE]));
    f->date[DSTACK_OF_ALL] = f->date[DSTACK_OF_LAUNCH];
}

static void
chain_span(ds_facts *f, const ds_chain *chain)
{
    span(f, chain->oldest, chain->not_after);
    span(f, chain->not_before, chain->not_after);
}

/* CRLNumber as digits, so that numbers of any size can be shown. */
static void
number_text(ds_view number, char out[48])
{
    static const char digits[] = "0123456789abcdef";
    size_t n = 0;
    size_t i;

    while (number.n > 1 && number.p[0] == 0) {
        number.p++;
        number.n--;
    }
    for (i = 0; i < number.n && n < 46; i++) {
        if (n != 0 || number.p[i] >= 16)
            out[n++] = digits[number.p[i] >> 4];
        out[n++] = digits[number.p[i] & 15];
    }
    out[n] = '\0';
}

void
ds_facts_collateral(ds_facts *f, const ds_prepared *p)
{
    chain_span(f, &p->crl_chain);
    chain_span(f, &p->tcb_chain);
    chain_span(f, &p->qeid_chain);
    span(f, p->root_crl->this_update, p->root_crl->next_update);
    span(f, p->pck_crl->this_update, p->pck_crl->next_update);
    span(f, p->tcb->issue_date, p->tcb->next_update);
    span(f, p->qeid->issue_date, p->qeid->next_update);
    f->tcb_issue = p->tcb->issue_date;
    f->qeid_issue = p->qeid->issue_date;
    f->root_crl_issue = p->root_crl->this_update;
    f->pck_crl_issue = p->pck_crl->this_update;
    f->eval_tcb = p->tcb->eval_number;
    f->eval_qe = p->qeid->eval_number;
    f->have_eval = true;
    number_text(p->root_crl->number, f->root_crl_number);
    number_text(p->pck_crl->number, f->pck_crl_number);
}

void
ds_facts_platform(ds_facts *f, const ds_platform *platform)
{
    f->pck = platform->pck;
    f->have_pck = true;
    span(f, platform->oldest, platform->not_after);
    span(f, platform->not_before, platform->not_after);
}
