/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_VERIFY_VERIFY_H
#define DS_VERIFY_VERIFY_H

#include "base/checks.h"
#include "dstack/verify.h"
#include "intel/verify.h"
#include "verify/content.h"

struct dstack_report {
    ds_checks checks;
    ds_facts facts;
    dstack_quote *quote;
    ds_content *content;     /* NULL for a quote alone; the next two are its */
    const ds_claims *claims; /* NULL where the evidence makes none */
    const ds_image_facts *image; /* ds_image_unknown for a quote alone */
    uint32_t platform;           /* DSTACK_PLATFORM_* */
    int64_t time;
    bool custom_root;
    bool accepted;
};

/* Seconds that nextUpdate may have passed; 0 for NULL. */
int64_t
ds_policy_collateral_grace(const dstack_policy *policy);
/* DSTACK_IMAGE_LEVEL_*; NONE for NULL. */
uint32_t
ds_policy_image_level(const dstack_policy *policy);
/* Bits 1 << DSTACK_RULE_* of those that are not asked; none for NULL. */
uint32_t
ds_policy_accepted_rules(const dstack_policy *policy);
/* Attribute checks (spec 3.12), the rules about events, and the policy (spec
 * 3.14): every rule is judged and recorded, also after one has failed. Only
 * for a quote whose signer is known; rules about the TCB only where it was
 * judged (facts->authentic). evidence, claims and image are NULL where there
 * are none. policy NULL is a new policy. Returns DSTACK_OK or the first
 * failure's code. */
int
ds_policy_judge(const dstack_policy *policy, const ds_facts *facts,
    const dstack_evidence *evidence, const ds_claims *claims,
    const ds_image_facts *image, int64_t now, ds_checks *checks);

#endif
