/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "verify/policy.h"

/* Bits of the TD or enclave (spec 1.5, 1.6 and 3.12). Everything that weakens
 * the protection, or that nobody has given a meaning yet, is refused unless
 * the policy accepts it by name. */

#define BIT(n) (UINT64_C(1) << (n))
/* Bits from a to b, both included. */
#define BITS(a, b) ((~UINT64_C(0) << (a)) & (~UINT64_C(0) >> (63 - (b))))

#define TD_DEBUG BIT(0)
#define TD_PROFILING BITS(4, 6)
#define TD_TUD BITS(1, 7)
#define TD_RESERVED (BITS(8, 15) | BITS(18, 26) | BITS(32, 61))
#define TD_SERVTD_EXT BIT(17)
#define TD_SEC (BIT(16) | TD_SERVTD_EXT | BIT(62)) /* ICSSD, TPA */
#define TD_MIGRATABLE BIT(29)
#define SGX_DEBUG BIT(1)
#define SGX_PROVISIONKEY BIT(4)
#define XFAM_FIXED1 BITS(0, 1)
#define XFAM_NAMED BITS(0, 19)

const char *
ds_policy_bits_text(
    uint64_t bits, const char *(*name)(uint32_t bit), char out[DS_CHECK_TEXT])
{
    size_t n = 0;

    out[0] = 0;
    for (uint32_t i = 0; i < 64; i++) {
        const char *s = name(i);
        char one[40];
        size_t len;

        if ((bits & BIT(i)) == 0)
            continue;
        snprintf(one, sizeof one, "%sbit %u%s%s%s", n ? ", " : "", (unsigned)i,
            s[0] ? " (" : "", s, s[0] ? ")" : "");
        len = strlen(one);
        if (n + len + sizeof ", ..." > DS_CHECK_TEXT) {
            memcpy(out + n, ", ...", sizeof ", ...");
            break;
        }
        memcpy(out + n, one, len + 1);
        n += len;
    }
    return out;
}

static const char *
attribute_name(const ds_judge *j, uint32_t bit)
{
    return j->tdx ? dstack_td_attribute_name(bit)
                  : dstack_sgx_attribute_name(bit);
}

/* Fails the check when any of these bits is set. */
static void
refuse(ds_judge *j, uint64_t bits, int reason, const char *why)
{
    char found[DS_CHECK_TEXT];

    bits &= j->attributes;
    if (bits == 0)
        return;
    ds_policy_bits_text(bits,
        j->tdx ? dstack_td_attribute_name : dstack_sgx_attribute_name, found);
    ds_checks_fail(j->checks, DS_CHECK_ATTR_RESERVED, reason,
        "these bits clear", found, "%s: attributes have %s set: %s",
        j->tdx ? "TD" : "enclave", found, why);
}

static void
judge_debug(ds_judge *j)
{
    uint64_t bit = j->tdx ? TD_DEBUG : SGX_DEBUG;

    if ((j->attributes & bit) != 0 && !j->policy->debug)
        ds_checks_fail(j->checks, DS_CHECK_ATTR_DEBUG, DSTACK_REASON_ATTR_DEBUG,
            "DEBUG clear", "DEBUG set",
            "%s: %s is set: the host can read its memory",
            j->tdx ? "TD" : "enclave", attribute_name(j, j->tdx ? 0 : 1));
    ds_checks_pass(j->checks, DS_CHECK_ATTR_DEBUG);
}

/* The bit and the extended body belong together (row 142). */
static void
judge_servtd_ext(ds_judge *j)
{
    bool extended = j->facts->quote->body_type == DSTACK_BODY_TD15_EX;
    bool set = (j->attributes & TD_SERVTD_EXT) != 0;

    if (extended == set || (j->policy->accept_bits & TD_SERVTD_EXT) != 0)
        return;
    ds_checks_fail(j->checks, DS_CHECK_ATTR_RESERVED,
        DSTACK_REASON_ATTR_INCONSISTENT,
        extended ? "SERVTD_EXT set" : "SERVTD_EXT clear",
        set ? "SERVTD_EXT set" : "SERVTD_EXT clear",
        "TD: the report is %s extended one but SERVTD_EXT (bit 17) is %s",
        extended ? "an" : "no", set ? "set" : "clear");
}

static void
judge_td_bits(ds_judge *j)
{
    const dstack_policy *p = j->policy;
    uint64_t tud = p->profiling ? TD_TUD & ~TD_PROFILING : TD_TUD;

    refuse(j, tud, DSTACK_REASON_ATTR_TUD,
        "the TD is open to the host (accept_profiling allows bits 4 to 6)");
    refuse(j, TD_RESERVED & ~p->accept_bits, DSTACK_REASON_ATTR_RESERVED,
        "they are reserved");
    judge_servtd_ext(j);
    refuse(j, TD_SEC & ~p->accept_bits, DSTACK_REASON_ATTR_SEC,
        "accept_attributes allows them");
}

static void
judge_migration(ds_judge *j)
{
    const dstack_policy *p = j->policy;

    if ((j->attributes & TD_MIGRATABLE) != 0 && !p->migratable &&
        !ds_policy_expects(p, "mr_service_td"))
        ds_checks_fail(j->checks, DS_CHECK_ATTR_MIGRATION,
            DSTACK_REASON_ATTR_MIGRATABLE, "MIGRATABLE clear", "MIGRATABLE set",
            "TD: MIGRATABLE is set and the policy names no mr_service_td: "
            "whoever migrates it is not known");
    ds_checks_pass(j->checks, DS_CHECK_ATTR_MIGRATION);
}

static void
judge_xfam(ds_judge *j)
{
    const dstack_policy *p = j->policy;
    uint64_t mask = p->have_xfam ? p->xfam : XFAM_NAMED;
    uint64_t missing = j->tdx ? XFAM_FIXED1 & ~j->xfam : 0;
    uint64_t extra = j->xfam & ~mask;
    char found[DS_CHECK_TEXT];

    if (!j->tdx && !p->have_xfam)
        return;
    if (missing != 0)
        ds_checks_fail(j->checks, DS_CHECK_ATTR_XFAM, DSTACK_REASON_ATTR_XFAM,
            "X87 and SSE set",
            ds_policy_bits_text(j->xfam, dstack_xfam_name, found),
            "TD: xfam is 0x%llx, bits 0 (X87) and 1 (SSE) must be set",
            (unsigned long long)j->xfam);
    if (extra != 0) {
        ds_policy_bits_text(extra, dstack_xfam_name, found);
        ds_checks_fail(j->checks, DS_CHECK_ATTR_XFAM, DSTACK_REASON_ATTR_XFAM,
            "these bits clear", found, "%s has %s set, outside the mask 0x%llx",
            j->tdx ? "TD: xfam" : "enclave: XFRM", found,
            (unsigned long long)mask);
    }
    ds_checks_pass(j->checks, DS_CHECK_ATTR_XFAM);
}

void
ds_judge_attributes(ds_judge *j)
{
    judge_debug(j);
    if (j->tdx)
        judge_td_bits(j);
    else if (!j->policy->provisioning_key)
        refuse(j, SGX_PROVISIONKEY, DSTACK_REASON_ATTR_PROVISIONKEY,
            "accept_provisioning_key allows it");
    ds_checks_pass(j->checks, DS_CHECK_ATTR_RESERVED);
    if (j->tdx)
        judge_migration(j);
    judge_xfam(j);
}
