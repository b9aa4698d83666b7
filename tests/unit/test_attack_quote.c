/* SPDX-License-Identifier: Apache-2.0 */
#include "support/attack.h"

#define QUOTE DSTACK_STAGE_QUOTE

static void
vendor(attack *a)
{
    ATTACK_EACH(a, kind) {
        attack_accept(a, DSTACK_TCB_UP_TO_DATE);
        a->f->quote.vendor[3] ^= 1;
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_VENDOR);
        memset(a->f->quote.vendor, 0, sizeof a->f->quote.vendor);
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_VENDOR);
    }
}

static const attack_row rows[] = {
    ATTACK("8", "another QE vendor", vendor),
};

ATTACK_MAIN(rows)
