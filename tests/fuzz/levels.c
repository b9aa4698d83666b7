/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/levels.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "fuzz/help.h"

/* Whether a stands before b in spec 3.10's order, from the last key to the
 * first. */
static bool
before(const ds_tcb_level *a, const ds_tcb_level *b)
{
    bool less = false;

    for (size_t i = 16; i-- > 0;)
        if (a->tdx[i] != b->tdx[i])
            less = a->tdx[i] > b->tdx[i];
    if (a->pce_svn != b->pce_svn)
        less = a->pce_svn > b->pce_svn;
    for (size_t i = 16; i-- > 0;)
        if (a->sgx[i] != b->sgx[i])
            less = a->sgx[i] > b->sgx[i];
    return less;
}

void
fuzz_check_levels(ds_view text, const ds_tcb_levels *levels, bool platform,
    const ds_advisory_list *advisories)
{
    must(levels->n >= 1 && levels->n <= DS_MAX_TCB_LEVELS);
    for (size_t i = 0; i < levels->n; i++) {
        const ds_tcb_level *l = &levels->at[i];

        must(i == 0 || before(&levels->at[i - 1], l));
        must(l->pce_svn <= 65535);
        must(l->date >= 0 && l->date <= DS_TIME_MAX);
        must(l->status >= DSTACK_TCB_UP_TO_DATE &&
             l->status <= DSTACK_TCB_REVOKED);
        must(platform || l->status == DSTACK_TCB_UP_TO_DATE ||
             l->status == DSTACK_TCB_OUT_OF_DATE ||
             l->status == DSTACK_TCB_REVOKED);
        must(ds_view_contains(text, dstack_tcb_status_name(l->status)));
        must(l->advisories.count <= DS_MAX_ADVISORIES);
        must(l->advisories.first <= advisories->n);
        must(l->advisories.count <= advisories->n - l->advisories.first);
    }
}

void
fuzz_check_advisories(ds_view text, const ds_advisory_list *advisories)
{
    must(advisories->n <= advisories->cap);
    for (size_t i = 0; i < advisories->n; i++) {
        must(fuzz_inside(advisories->at[i], text));
        must(advisories->at[i].n <= DS_MAX_ADVISORY_ID);
    }
}

void
fuzz_same_levels(const ds_tcb_levels *a, const ds_tcb_levels *b)
{
    must(a->n == b->n);
    for (size_t i = 0; i < a->n; i++) {
        const ds_tcb_level *x = &a->at[i], *y = &b->at[i];

        must(memcmp(x->sgx, y->sgx, 16) == 0);
        must(memcmp(x->tdx, y->tdx, 16) == 0);
        must(x->pce_svn == y->pce_svn && x->status == y->status);
        must(x->date == y->date);
        must(x->advisories.first == y->advisories.first);
        must(x->advisories.count == y->advisories.count);
    }
}

void
fuzz_same_advisories(const ds_advisory_list *a, const ds_advisory_list *b)
{
    must(a->n == b->n);
    for (size_t i = 0; i < a->n; i++)
        must(ds_view_eq(a->at[i], b->at[i]));
}

static void
check_one(const ds_tcb_levels *levels, uint32_t svn)
{
    const ds_tcb_level *best = NULL;

    for (size_t i = 0; i < levels->n; i++) {
        const ds_tcb_level *l = &levels->at[i];

        if (l->pce_svn <= svn && (!best || l->pce_svn > best->pce_svn))
            best = l;
    }
    must(ds_tcb_find_isvsvn(levels, svn) == best);
}

void
fuzz_check_find(const ds_tcb_levels *levels)
{
    check_one(levels, 0);
    check_one(levels, 65535);
    for (size_t i = 0; i < levels->n; i++) {
        check_one(levels, levels->at[i].pce_svn);
        if (levels->at[i].pce_svn > 0)
            check_one(levels, levels->at[i].pce_svn - 1);
    }
}
