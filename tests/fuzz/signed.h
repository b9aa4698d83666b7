/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_SIGNED_H
#define TESTS_FUZZ_SIGNED_H

#include "dstack/collateral.h"
#include "dstack/quote.h"
#include "fuzz/script.h"

/* What must hold of a script's evidence that was found genuine, judged by who
 * signed what when it was made: every part was signed, by the key that had to
 * sign it, and nothing in use is revoked. */
void
signed_check(
    const script *s, const dstack_collateral *c, const dstack_quote *q);
ds_view
signed_part(const dstack_collateral *c, uint32_t which);

#endif
