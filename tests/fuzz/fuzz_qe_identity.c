/* SPDX-License-Identifier: Apache-2.0 */
/* A QE identity that is read has its levels in order, values in their ranges,
 * and says the same without white space. */
#include <string.h>

#include "base/text.h"
#include "codec/json.h"
#include "dstack/dstack.h"
#include "fuzz/help.h"
#include "fuzz/levels.h"

static void
check(ds_view text, const ds_qe_identity *q)
{
    must(q->id >= DS_QE_SGX && q->id <= DS_QE_QVE);
    must(q->issue_date >= 0 && q->issue_date <= DS_TIME_MAX);
    must(q->next_update >= 0 && q->next_update <= DS_TIME_MAX);
    fuzz_check_advisories(text, &q->advisories);
    fuzz_check_levels(text, &q->levels, false, &q->advisories);
    fuzz_check_find(&q->levels);
    for (size_t i = 0; i < q->levels.n; i++) {
        must(ds_view_is_zero(ds_view_of(q->levels.at[i].sgx, 16)));
        must(ds_view_is_zero(ds_view_of(q->levels.at[i].tdx, 16)));
    }
}

static void
same(const ds_qe_identity *a, const ds_qe_identity *b)
{
    must(a->id == b->id && a->eval_number == b->eval_number);
    must(a->issue_date == b->issue_date && a->next_update == b->next_update);
    must(memcmp(a->misc_select, b->misc_select, 4) == 0);
    must(memcmp(a->misc_select_mask, b->misc_select_mask, 4) == 0);
    must(memcmp(a->attributes, b->attributes, 16) == 0);
    must(memcmp(a->attributes_mask, b->attributes_mask, 16) == 0);
    must(memcmp(a->mr_signer, b->mr_signer, 32) == 0);
    must(a->isv_prod_id == b->isv_prod_id);
    fuzz_same_levels(&a->levels, &b->levels);
    fuzz_same_advisories(&a->advisories, &b->advisories);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ds_view text = ds_view_of(data, size);
    ds_qe_identity *q, *again;
    dstack_error err;
    ds_buf dense;
    int rc = ds_qe_identity_parse(text, &q, &err);

    if (rc != DSTACK_OK) {
        must(q == NULL);
        fuzz_check_error(rc, &err);
        return 0;
    }
    check(text, q);
    ds_buf_init(&dense, size);
    ds_json_minify(text, &dense);
    must(ds_qe_identity_parse(fuzz_view(&dense), &again, &err) == DSTACK_OK);
    check(fuzz_view(&dense), again);
    same(q, again);
    ds_qe_identity_free(again);
    ds_qe_identity_free(q);
    ds_buf_free(&dense);
    return 0;
}
