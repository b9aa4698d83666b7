/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_LEVELS_H
#define TESTS_FUZZ_LEVELS_H

#include "intel/tcb.h"

/* What holds of every list of TCB levels that was read from `text`. */
void
fuzz_check_levels(ds_view text, const ds_tcb_levels *levels, bool platform,
    const ds_advisory_list *advisories);
void
fuzz_check_advisories(ds_view text, const ds_advisory_list *advisories);
/* The same levels read from two texts of one document. */
void
fuzz_same_levels(const ds_tcb_levels *a, const ds_tcb_levels *b);
void
fuzz_same_advisories(const ds_advisory_list *a, const ds_advisory_list *b);
/* The level that an isvsvn reaches is the greatest that is not above it. */
void
fuzz_check_find(const ds_tcb_levels *levels);

#endif
