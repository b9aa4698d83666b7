/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "verify/policy.h"

/* Rules that compare a field with values: expect (one of them) and deny (none
 * of them). A field that the evidence does not have satisfies neither. */

static const struct {
    uint8_t check;
    int16_t reason;
} groups[] = {
    [DS_FIELD_MEASUREMENT] = {DS_CHECK_POLICY_MEASUREMENT,
        DSTACK_REASON_POLICY_MEASUREMENT},
    [DS_FIELD_FMSPC] = {DS_CHECK_POLICY_FMSPC, DSTACK_REASON_POLICY_FMSPC},
    [DS_FIELD_PLATFORM] = {DS_CHECK_POLICY_PLATFORM,
        DSTACK_REASON_POLICY_PLATFORM},
    [DS_FIELD_REPORT_DATA] = {DS_CHECK_POLICY_REPORT_DATA,
        DSTACK_REASON_POLICY_REPORT_DATA},
    [DS_FIELD_CLAIM] = {DS_CHECK_POLICY_CLAIM, DSTACK_REASON_POLICY_CLAIM},
};

static ds_view
pck_claim(const ds_facts *f, const char *name)
{
    if (!f->have_pck)
        return ds_view_of(NULL, 0);
    if (strcmp(name, "fmspc") == 0)
        return ds_view_of(f->pck.fmspc, sizeof f->pck.fmspc);
    if (strcmp(name, "ppid") == 0)
        return ds_view_of(f->pck.ppid, sizeof f->pck.ppid);
    if (strcmp(name, "platform_instance_id") == 0 && f->pck.has_instance_id)
        return ds_view_of(f->pck.instance_id, sizeof f->pck.instance_id);
    return ds_view_of(NULL, 0);
}

/* What nothing binds is not said. */
static ds_view
app_claim(const ds_claims *c, const char *name)
{
    size_t i = ds_claim_find(name);

    return c && i < DS_CLAIM_COUNT && c->at[i].bound != 0 ? c->at[i].value
                                                          : ds_view_of(NULL, 0);
}

/* What the evidence says; empty when it says nothing. */
static ds_view
claim(const ds_judge *j, const ds_field_rule *rule)
{
    const ds_field_info *info = &ds_policy_fields[rule->field];
    const ds_facts *f = j->facts;
    ds_view v;

    if (info->group == DS_FIELD_CLAIM)
        return app_claim(j->claims, info->name);

    if (strcmp(info->name, "init_fmspc") == 0) {
        v = ds_quote_field(f->quote, "init_tee_fmspc");
        return v.n < info->size ? ds_view_of(NULL, 0)
                                : ds_view_of(v.p, info->size);
    }
    if (info->size == 0)
        return ds_quote_field(f->quote, info->name);
    if (info->group == DS_FIELD_REPORT_DATA)
        return ds_quote_field(f->quote, "report_data");
    return pck_claim(f, info->name);
}

/* A prefix is the only rule that is shorter than its field. */
static bool
equal(const ds_field_rule *rule, ds_view v)
{
    const ds_field_info *info = &ds_policy_fields[rule->field];
    bool prefix = info->size == DS_FIELD_VALUE && rule->len <= v.n;

    return (prefix || rule->len == v.n) &&
           ds_secret_eq(rule->value, v.p, rule->len);
}

/* ---- words ------------------------------------------------------------------- */

#define HEX_TEXT (2 * DS_FIELD_VALUE + 1)

/* PPID and platform instance ID identify one machine and stay out of texts
 * that end up in logs. */
static bool
is_private(const ds_field_rule *rule)
{
    return ds_policy_fields[rule->field].group == DS_FIELD_PLATFORM;
}

static void
value_text(const ds_field_rule *rule, ds_view v, char out[HEX_TEXT])
{
    if (v.n == 0 && ds_policy_fields[rule->field].group == DS_FIELD_CLAIM)
        memcpy(out, "absent, or bound by nothing",
            sizeof "absent, or bound by nothing");
    else if (v.n == 0)
        memcpy(out, "absent", sizeof "absent");
    else if (is_private(rule))
        memcpy(out, "(not shown)", sizeof "(not shown)");
    else if (ds_policy_field_is_text(rule->field))
        ds_err_quote(v, out);
    else
        ds_hex_encode(
            v.n > DS_FIELD_VALUE ? ds_view_of(v.p, DS_FIELD_VALUE) : v, out);
}

/* The first digits, for a message that has room for no more. */
static const char *
cut_text(const char *hex, char out[40])
{
    size_t n = strlen(hex);

    if (n < 36) {
        memcpy(out, hex, n + 1);
        return out;
    }
    memcpy(out, hex, 32);
    memcpy(out + 32, "...", sizeof "...");
    return out;
}

static void
fail_expect(ds_judge *j, const ds_field_rule *rule, ds_view v, size_t others)
{
    const ds_field_info *info = &ds_policy_fields[rule->field];
    char expected[DS_CHECK_TEXT + 32];
    char found[HEX_TEXT];
    char want[40];
    char have[40];
    char more[32] = "";
    size_t n;

    value_text(rule, ds_view_of(rule->value, rule->len), expected);
    value_text(rule, v, found);
    cut_text(expected, want);
    cut_text(found, have);
    if (others != 0)
        snprintf(more, sizeof more, " or %zu other%s", others,
            others == 1 ? "" : "s");
    n = strlen(expected);
    if (n + strlen(more) < DS_CHECK_TEXT)
        memcpy(expected + n, more, strlen(more) + 1);
    ds_checks_fail(j->checks, groups[info->group].check,
        groups[info->group].reason, expected, found,
        "policy: %s is %s, expected %s%s", info->name, have, want, more);
}

static void
fail_deny(ds_judge *j, const ds_field_rule *rule, ds_view v)
{
    const ds_field_info *info = &ds_policy_fields[rule->field];
    char found[HEX_TEXT];
    char have[40];

    value_text(rule, v, found);
    ds_checks_fail(j->checks, groups[info->group].check,
        groups[info->group].reason,
        v.n == 0 ? "a value that is not denied" : "another value", found,
        "policy: %s is %s, which is %s", info->name, cut_text(found, have),
        v.n == 0 ? "not a value that a rule can allow" : "denied");
}

/* ---- rules ------------------------------------------------------------------- */

/* All values of one field, from the first of them on. */
static void
judge_expect(ds_judge *j, const ds_field_list *l, size_t first)
{
    ds_view v = claim(j, &l->at[first]);
    bool found = false;
    size_t others = 0;

    for (size_t i = first; i < l->n; i++) {
        if (l->at[i].field != l->at[first].field)
            continue;
        others += i != first;
        found = (v.n != 0 && equal(&l->at[i], v)) || found;
    }
    if (!found)
        fail_expect(j, &l->at[first], v, others);
}

void
ds_judge_fields(ds_judge *j, int group)
{
    const ds_field_list *expect = &j->policy->expect;
    const ds_field_list *deny = &j->policy->deny;

    for (size_t i = 0; i < expect->n; i++) {
        if (ds_policy_fields[expect->at[i].field].group != group)
            continue;
        if (expect->at[i].first)
            judge_expect(j, expect, i);
        ds_checks_pass(j->checks, groups[group].check);
    }
    for (size_t i = 0; i < deny->n; i++) {
        const ds_field_rule *rule = &deny->at[i];
        ds_view v;

        if (ds_policy_fields[rule->field].group != group)
            continue;
        v = claim(j, rule);
        if (v.n == 0 || equal(rule, v))
            fail_deny(j, rule, v);
        ds_checks_pass(j->checks, groups[group].check);
    }
}
