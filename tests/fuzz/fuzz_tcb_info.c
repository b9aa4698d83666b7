/* SPDX-License-Identifier: Apache-2.0 */
/* TCB info that is read has its levels in the one order, values in their
 * ranges, and says the same without white space. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "codec/json.h"
#include "dstack/dstack.h"
#include "fuzz/help.h"
#include "fuzz/levels.h"

static void
check_modules(ds_view text, const ds_tcb_info *t)
{
    must(t->identity_count <= DS_MAX_MODULE_IDENTITIES);
    must(t->tee == DSTACK_TEE_TDX || t->identity_count == 0);
    for (size_t i = 0; i < t->identity_count; i++) {
        const ds_module_identity *m = &t->identities[i];

        fuzz_check_levels(text, &m->levels, false, &t->advisories);
        fuzz_check_find(&m->levels);
        must(ds_tcb_find_module(t, m->version) == m);
    }
}

static void
check(ds_view text, const ds_tcb_info *t)
{
    must(t->version == 2 || t->version == 3);
    must(t->tee == DSTACK_TEE_SGX || t->tee == DSTACK_TEE_TDX);
    must(t->version == 3 || t->tee == DSTACK_TEE_SGX);
    must(t->issue_date >= 0 && t->issue_date <= DS_TIME_MAX);
    must(t->next_update >= 0 && t->next_update <= DS_TIME_MAX);
    fuzz_check_advisories(text, &t->advisories);
    fuzz_check_levels(text, &t->levels, true, &t->advisories);
    for (size_t i = 0; i < t->levels.n && t->tee == DSTACK_TEE_SGX; i++)
        must(ds_view_is_zero(ds_view_of(t->levels.at[i].tdx, 16)));
    for (size_t i = 0; i < 32; i++)
        must(fuzz_inside(t->component_type[i / 16][i % 16], text));
    check_modules(text, t);
}

static bool
reaches(const ds_tcb_level *l, const ds_pck *pck, const uint8_t *svn)
{
    if (pck->pce_svn < l->pce_svn)
        return false;
    for (size_t i = 0; i < 16; i++) {
        if (pck->comps[i] < l->sgx[i])
            return false;
        if (svn && (i > 1 || svn[1] == 0) && svn[i] < l->tdx[i])
            return false;
    }
    return true;
}

/* SVNs are those of a level, with one made smaller or greater. */
static void
check_find(const ds_tcb_info *t)
{
    for (size_t i = 0; i < t->levels.n && i < 8; i++) {
        const ds_tcb_level *l = &t->levels.at[i], *found, *want = NULL;
        ds_pck pck = {.pce_svn = (uint16_t)l->pce_svn};
        uint8_t tdx[16];
        const uint8_t *svn = t->tee == DSTACK_TEE_TDX ? tdx : NULL;

        memcpy(pck.comps, l->sgx, 16);
        memcpy(tdx, l->tdx, 16);
        for (size_t k = 0; k < 34; k++) {
            uint8_t *at = k < 16 ? &pck.comps[k] : &tdx[k % 16];

            if (k < 32)
                *at = (uint8_t)(*at + (i % 2 ? 1 : -1));
            found = ds_tcb_find_level(t, &pck, svn);
            want = NULL;
            for (size_t n = t->levels.n; n-- > 0;)
                if (reaches(&t->levels.at[n], &pck, svn))
                    want = &t->levels.at[n];
            must(found == want);
            if (k < 32 && k % 3)
                *at = (uint8_t)(*at - (i % 2 ? 1 : -1));
        }
    }
}

static void
same(const ds_tcb_info *a, const ds_tcb_info *b)
{
    must(a->tee == b->tee && a->version == b->version);
    must(a->issue_date == b->issue_date && a->next_update == b->next_update);
    must(a->eval_number == b->eval_number);
    must(memcmp(a->fmspc, b->fmspc, 6) == 0);
    must(memcmp(a->pce_id, b->pce_id, 2) == 0);
    must(memcmp(a->module.mr_signer, b->module.mr_signer, 48) == 0);
    must(memcmp(a->module.attributes, b->module.attributes, 8) == 0);
    must(memcmp(a->module.mask, b->module.mask, 8) == 0);
    must(a->identity_count == b->identity_count);
    for (size_t i = 0; i < a->identity_count; i++) {
        const ds_module_identity *x = &a->identities[i];
        const ds_module_identity *y = &b->identities[i];

        must(x->version == y->version);
        must(memcmp(x->mr_signer, y->mr_signer, 48) == 0);
        must(memcmp(x->attributes, y->attributes, 8) == 0);
        must(memcmp(x->mask, y->mask, 8) == 0);
        fuzz_same_levels(&x->levels, &y->levels);
    }
    fuzz_same_levels(&a->levels, &b->levels);
    fuzz_same_advisories(&a->advisories, &b->advisories);
    for (size_t i = 0; i < 32; i++)
        must(ds_view_eq(a->component_type[i / 16][i % 16],
            b->component_type[i / 16][i % 16]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ds_view text = ds_view_of(data, size);
    ds_tcb_info *t, *again;
    dstack_error err;
    ds_buf dense;
    int rc = ds_tcb_info_parse(text, &t, &err);

    if (rc != DSTACK_OK) {
        must(t == NULL);
        fuzz_check_error(rc, &err);
        return 0;
    }
    check(text, t);
    check_find(t);
    ds_buf_init(&dense, size);
    ds_json_minify(text, &dense);
    must(ds_tcb_info_parse(fuzz_view(&dense), &again, &err) == DSTACK_OK);
    check(fuzz_view(&dense), again);
    same(t, again);
    ds_tcb_info_free(again);
    ds_tcb_info_free(t);
    ds_buf_free(&dense);
    return 0;
}
