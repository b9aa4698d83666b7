/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_INTEL_VERIFY_H
#define DS_INTEL_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/checks.h"
#include "base/limits.h"
#include "dstack/report.h"
#include "intel/chain.h"
#include "intel/collateral.h"
#include "intel/pck.h"
#include "intel/quote.h"

#define DS_OF_COUNT 8 /* DSTACK_OF_* */

/* A sorted set of advisory IDs, owned. */
typedef struct {
    char (*id)[DS_MAX_ADVISORY_ID + 1];
    size_t n;
} ds_advisory_set;

typedef struct {
    char name[96];
    uint32_t have;
    uint32_t need;
} ds_shortfall;

/* 16 + 16 components, PCE SVN, module and QE isvsvn. */
#define DS_MAX_SHORTFALL 35

/* What a judgement of an SGX or TDX quote learnt; everything that a policy
 * may ask about. Nothing points into the collateral. Fields that were not
 * reached keep the values of ds_facts_init(). */
typedef struct {
    const dstack_quote *quote; /* the report's; NULL when it did not parse */
    bool quote_signed;         /* by a key that the root vouches for */
    bool authentic;
    bool have_pck;
    ds_pck pck;
    uint32_t status[DS_OF_COUNT];
    int64_t date[DS_OF_COUNT];
    ds_advisory_set advisories[DS_OF_COUNT];
    uint32_t eval_tcb;
    uint32_t eval_qe;
    bool have_eval;
    int64_t valid_until;
    int64_t earliest_issue;
    int64_t latest_issue;
    int64_t tcb_issue; /* issueDate and thisUpdate, -1 where not known */
    int64_t qeid_issue;
    int64_t root_crl_issue;
    int64_t pck_crl_issue;
    bool grace_used;
    /* CRLNumber as hex digits without leading zeros; "" where not known. */
    char root_crl_number[48];
    char pck_crl_number[48];
    uint32_t shortfall_status;
    size_t shortfall_count;
    ds_shortfall shortfall[DS_MAX_SHORTFALL];
} ds_facts;

void
ds_facts_init(ds_facts *f);
void
ds_facts_free(ds_facts *f);

/* Platforms whose certificates and QE reports were verified, by hash. */
typedef struct ds_platform_cache ds_platform_cache;
int
ds_platform_cache_new(uint32_t size, ds_platform_cache **ret);
void
ds_platform_cache_free(ds_platform_cache *c);

typedef struct {
    const ds_root *root;
    ds_chain_options options;
    ds_platform_cache *cache; /* NULL for none */
    int64_t collateral_grace; /* seconds past nextUpdate */
    int64_t now;
} ds_intel_options;

/* Spec 3.2, steps 2 to 20: is the quote genuine? Every check is recorded,
 * facts are filled as far as it came; facts->authentic is set only when all of
 * them passed. Whatever is wrong with the collateral (NULL for none), who
 * signed the quote is checked too: facts->quote_signed. Attributes and policy
 * are not judged here. Returns DSTACK_OK or the first failure's code;
 * DSTACK_ERR_NOMEM and _INTERNAL mean that there is no verdict. */
int
ds_intel_verify(const dstack_quote *quote, const dstack_collateral *collateral,
    const ds_intel_options *opt, ds_facts *facts, ds_checks *checks);

#endif
