/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_INTEL_JUDGE_H
#define DS_INTEL_JUDGE_H

#include "intel/cache.h"
#include "intel/verify.h"

/* A level, and the list that its advisory numbers count in. */
typedef struct {
    const ds_tcb_level *level; /* NULL where there is none */
    const ds_advisory_list *list;
} ds_level_of;

/* DSTACK_OK or DSTACK_ERR_NOMEM. */
int
ds_facts_advisories(
    ds_facts *f, uint32_t whose, const ds_level_of *from, size_t count);
void
ds_facts_tcb_dates(ds_facts *f);
void
ds_facts_collateral(ds_facts *f, const ds_prepared *p);
void
ds_facts_platform(ds_facts *f, const ds_platform *platform);

/* Steps 16 and 18 to 20 (spec 3.9 to 3.11), for an authentic quote: module
 * identity, levels, statuses, dates, advisories, what is missing. */
int
ds_tcb_judge(const dstack_quote *q, const ds_prepared *p, ds_facts *f,
    ds_checks *checks);

#endif
