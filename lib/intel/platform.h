/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_INTEL_PLATFORM_H
#define DS_INTEL_PLATFORM_H

#include "base/checks.h"
#include "intel/cache.h"
#include "intel/chain.h"
#include "intel/quote.h"

/* One quote's way from its PCK chain to a proven attestation key. Zero it,
 * set the first four members, take the steps in order, then free it. */
typedef struct {
    const dstack_quote *quote;
    const ds_root *root;
    ds_platform_cache *cache; /* NULL for none */
    ds_checks *checks;
    ds_chain chain; /* empty when the platform was known */
    ds_platform_ref *ref;
    uint8_t key[32];
    bool known;
} ds_platform_walk;

/* Step 3 without dates: the external chain, or the quote's where that is
 * empty, and the SGX extension of its leaf; nothing for a platform that the
 * cache knows. */
int
ds_platform_chain(ds_platform_walk *w, ds_view external,
    const ds_chain_options *opt, const ds_known *known);
/* Steps 12 and 13: the QE report is signed by the PCK key and names the
 * attestation key. Then the platform is remembered. */
int
ds_platform_bind(ds_platform_walk *w);
void
ds_platform_walk_free(ds_platform_walk *w);

#endif
