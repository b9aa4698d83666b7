/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "verify/policy.h"

/* The policy against the facts (spec 3.14). Rules are judged in the order of
 * DS_CHECKS, so that the first failure is the one that the list reports. */

/* ---- the workload ----------------------------------------------------------- */

static void
judge_workload(ds_judge *j)
{
    const ds_field_list *l = &j->policy->expect;
    bool named = j->policy->any_workload;

    for (size_t i = 0; i < l->n && !named; i++)
        named = ds_policy_fields[l->at[i].field].workload;
    if (!named)
        ds_checks_fail(j->checks, DS_CHECK_POLICY_WORKLOAD,
            DSTACK_REASON_POLICY_EMPTY, "a measurement", "none",
            "policy: names no workload: expect a measurement such as mr_td "
            "or mr_enclave, or accept any workload");
    ds_checks_pass(j->checks, DS_CHECK_POLICY_WORKLOAD);
}

/* ---- the platform ----------------------------------------------------------- */

static void
judge_kind(ds_judge *j)
{
    uint32_t platform = j->tdx ? DSTACK_PLATFORM_TDX : DSTACK_PLATFORM_SGX;
    uint32_t wanted = j->policy->platforms;
    char expected[DS_CHECK_TEXT] = "";

    if (wanted == 0)
        return;
    if (j->evidence)
        platform = dstack_evidence_platform(j->evidence);
    for (uint32_t i = 1; i <= DSTACK_PLATFORM_SGX; i++)
        if ((wanted >> i & 1) != 0) {
            size_t n = strlen(expected);

            snprintf(expected + n, sizeof expected - n, "%s%s", n ? " or " : "",
                dstack_platform_name(i));
        }
    if ((wanted >> platform & 1) == 0)
        ds_checks_fail(j->checks, DS_CHECK_POLICY_KIND,
            DSTACK_REASON_POLICY_PLATFORM, expected,
            dstack_platform_name(platform),
            "policy: the evidence is of platform %s, expected %s",
            dstack_platform_name(platform), expected);
    ds_checks_pass(j->checks, DS_CHECK_POLICY_KIND);
}

static void
judge_flags(ds_judge *j)
{
    const ds_pck *pck = &j->facts->pck;
    const int8_t found[DS_FLAG_COUNT] = {
        pck->dynamic_platform, pck->cached_keys, pck->smt_enabled};
    static const char *const text[] = {"not said", "false", "true"};

    for (size_t i = 0; i < DS_FLAG_COUNT; i++) {
        uint8_t rule = j->policy->flag[i];
        /* As the rules count: 0 not said, 1 false, 2 true. */
        int have = j->facts->have_pck && found[i] >= 0 ? found[i] + 1 : 0;

        if (rule == DSTACK_FLAG_ANY)
            continue;
        if (have != rule)
            ds_checks_fail(j->checks, DS_CHECK_POLICY_FLAG,
                DSTACK_REASON_POLICY_FLAG, text[rule], text[have],
                "policy: %s of the PCK certificate is %s, expected %s",
                ds_policy_flags[i], text[have], text[rule]);
        ds_checks_pass(j->checks, DS_CHECK_POLICY_FLAG);
    }
}

static void
judge_type(ds_judge *j)
{
    static const char *const names[] = {
        "Standard", "Scalable", "Scalable with Integrity"};
    unsigned types = j->policy->sgx_types;
    int type = j->facts->have_pck ? j->facts->pck.sgx_type : -1;
    const char *found = type >= 0 && type <= 2 ? names[type] : "not known";
    char expected[DS_CHECK_TEXT] = "";
    size_t n = 0;

    if (types == 0)
        return;
    for (unsigned i = 0; i < 3; i++)
        if ((types >> i & 1u) != 0) {
            snprintf(expected + n, sizeof expected - n, "%s%s", n ? " or " : "",
                names[i]);
            n = strlen(expected);
        }
    if (type < 0 || type > 2 || (types >> type & 1) == 0)
        ds_checks_fail(j->checks, DS_CHECK_POLICY_TYPE,
            DSTACK_REASON_POLICY_TYPE, expected, found,
            "policy: SGX type is %s, expected %s", found, expected);
    ds_checks_pass(j->checks, DS_CHECK_POLICY_TYPE);
}

/* ---- attribute bits ---------------------------------------------------------- */

static void
fail_bits(ds_judge *j, int reason, uint64_t bits, bool set)
{
    char text[DS_CHECK_TEXT];
    char all[32];

    ds_policy_bits_text(bits,
        j->tdx ? dstack_td_attribute_name : dstack_sgx_attribute_name, text);
    snprintf(all, sizeof all, "0x%016llx", (unsigned long long)j->attributes);
    ds_checks_fail(j->checks, DS_CHECK_POLICY_ATTRIBUTES, reason, text, all,
        "policy: %s attributes are %s, must have %s %s",
        j->tdx ? "TD" : "enclave", all, text, set ? "set" : "clear");
}

/* A bit of the other TEE that must be set is a claim that this one does not
 * make; one that must be clear is. */
static void
judge_bits(ds_judge *j)
{
    const uint64_t *s = j->policy->bits_set;
    const uint64_t *c = j->policy->bits_clear;
    size_t own = j->tdx ? DS_BITS_TD : DS_BITS_SGX;
    size_t other = j->tdx ? DS_BITS_SGX : DS_BITS_TD;
    uint64_t missing = (s[DS_BITS_ANY] | s[own]) & ~j->attributes;
    uint64_t extra = (c[DS_BITS_ANY] | c[own]) & j->attributes;
    uint64_t sept = j->tdx ? UINT64_C(1) << 28 : 0;

    if (!j->policy->have_bits)
        return;
    if (s[other] != 0)
        ds_checks_fail(j->checks, DS_CHECK_POLICY_ATTRIBUTES,
            DSTACK_REASON_POLICY_MEASUREMENT,
            j->tdx ? "an SGX enclave" : "a TD",
            j->tdx ? "a TD" : "an SGX enclave",
            "policy: requires attributes of %s, the quote is of %s",
            j->tdx ? "an SGX enclave" : "a TD",
            j->tdx ? "a TD" : "an SGX enclave");
    if ((missing & sept) != 0)
        fail_bits(j, DSTACK_REASON_ATTR_SEPT, missing, true);
    if (missing != 0)
        fail_bits(j, DSTACK_REASON_POLICY_MEASUREMENT, missing, true);
    if (extra != 0)
        fail_bits(j, DSTACK_REASON_POLICY_MEASUREMENT, extra, false);
    ds_checks_pass(j->checks, DS_CHECK_POLICY_ATTRIBUTES);
}

/* ---- SVNs -------------------------------------------------------------------- */

/* The integer that a floor is about; false when this quote has none. */
static bool
floor_value(const dstack_quote *q, int which, uint64_t *ret)
{
    bool module =
        which == DS_FLOOR_MODULE_MAJOR || which == DS_FLOOR_MODULE_SVN;
    ds_view v =
        ds_quote_field(q, module ? "tee_tcb_svn" : ds_policy_floors[which]);

    if (v.n < 2)
        return false;
    /* tee_tcb_svn: minor, then major. */
    *ret = which == DS_FLOOR_MODULE_MAJOR ? v.p[1] : ds_le16(v.p);
    return true;
}

static void
judge_floor(ds_judge *j, int which)
{
    const ds_floor *floor = &j->policy->floor[which];
    char expected[40];
    char found[24] = "absent";
    uint64_t value = 0;
    bool have;

    if (!floor->on)
        return;
    have = floor_value(j->facts->quote, which, &value);
    snprintf(expected, sizeof expected, "at least %llu",
        (unsigned long long)floor->least);
    if (have)
        snprintf(found, sizeof found, "%llu", (unsigned long long)value);
    if (!have || value < floor->least)
        ds_checks_fail(j->checks, DS_CHECK_POLICY_SVN, DSTACK_REASON_POLICY_SVN,
            expected, found, "policy: %s is %s, expected %s",
            ds_policy_floors[which], found, expected);
    ds_checks_pass(j->checks, DS_CHECK_POLICY_SVN);
}

static void
judge_svn(ds_judge *j, int which)
{
    const uint8_t *least = j->policy->svn[which];
    ds_view v = ds_quote_field(j->facts->quote, ds_policy_svns[which]);
    char expected[33];
    char found[33] = "absent";
    bool ok = v.n == 16;

    if (!j->policy->have_svn[which])
        return;
    ds_hex_encode(ds_view_of(least, 16), expected);
    if (ok)
        ds_hex_encode(v, found);
    for (size_t i = 0; i < 16 && ok; i++)
        ok = v.p[i] >= least[i];
    if (!ok)
        ds_checks_fail(j->checks, DS_CHECK_POLICY_SVN, DSTACK_REASON_POLICY_SVN,
            expected, found, "policy: %s is %s, no byte may be below %s",
            ds_policy_svns[which], found, expected);
    ds_checks_pass(j->checks, DS_CHECK_POLICY_SVN);
}

static void
judge_svns(ds_judge *j)
{
    for (int i = 0; i < DS_FLOOR_COUNT; i++)
        judge_floor(j, i);
    for (int i = 0; i < DS_SVN_COUNT; i++)
        judge_svn(j, i);
}

/* ---- service TD --------------------------------------------------------------- */

static void
judge_service_td(ds_judge *j)
{
    ds_view v = ds_quote_field(j->facts->quote, "mr_service_td");
    char found[2 * DS_FIELD_VALUE + 1];

    if (!j->td15)
        return;
    if (!ds_view_is_zero(v) && !j->policy->service_td &&
        !ds_policy_expects(j->policy, "mr_service_td")) {
        ds_hex_encode(v, found);
        ds_checks_fail(j->checks, DS_CHECK_POLICY_SERVICE_TD,
            DSTACK_REASON_POLICY_SERVICE_TD, "none", found,
            "policy: a service TD is bound (mr_service_td is not zero): "
            "expect its value or accept any with accept_service_td");
    }
    ds_checks_pass(j->checks, DS_CHECK_POLICY_SERVICE_TD);
}

/* ---- events and configuration ------------------------------------------------- */

/* What a dstack guest measured (spec 4.3), and what it was launched with. */
static void
judge_mr_config(ds_judge *j)
{
    static const char *const what[] = {
        "none", "version 1", "version 2", "version 3"};
    const ds_claims *c = j->claims;
    const char *found = what[c->mr_config > 0 ? c->mr_config : 0];

    if (!ds_rule_asked(j->policy->accept_rules, DSTACK_RULE_MR_CONFIG))
        return;
    if (c->mr_config_why)
        ds_checks_fail(j->checks, DS_CHECK_MR_CONFIG, DSTACK_REASON_MR_CONFIG,
            "one made of what was measured", found, "mr_config_id: %s",
            c->mr_config_why);
    else if (j->policy->mr_config && c->mr_config == 0)
        ds_checks_fail(j->checks, DS_CHECK_MR_CONFIG, DSTACK_REASON_MR_CONFIG,
            "one made of what was measured", found,
            "mr_config_id: it is zero and commits to nothing, the policy "
            "requires that it does");
    ds_checks_pass(j->checks, DS_CHECK_MR_CONFIG);
}

/* A policy that requires one gets none from a quote that came alone. */
static void
judge_story(ds_judge *j)
{
    const dstack_event_log *log;

    if (!j->claims && j->policy->mr_config)
        ds_checks_fail(j->checks, DS_CHECK_MR_CONFIG, DSTACK_REASON_MR_CONFIG,
            "one made of what was measured", "no events",
            "mr_config_id: no events came along to hold it against");
    if (!j->claims)
        return;
    log = j->evidence->log;
    if (log && j->tdx)
        ds_story_judge_types(
            log->events, log->count, j->policy->accept_rules, j->checks);
    ds_story_judge(&j->claims->story, j->policy->accept_rules, j->checks);
    judge_mr_config(j);
}

/* ---- the OS image -------------------------------------------------------------- */

/* 0.6.0-rc1 comes before 0.6.0. */
static void
judge_image_version(ds_judge *j, const ds_image_facts *i)
{
    uint32_t need = j->policy->image_version;
    uint32_t have = ds_version_number(i->version);
    char expected[40];

    if (need == 0 || have > need || (have == need && !strchr(i->version, '-')))
        return;
    snprintf(expected, sizeof expected, "%u.%u.%u or later",
        (unsigned)(need >> 20), (unsigned)(need >> 10 & 1023),
        (unsigned)(need & 1023));
    ds_checks_fail(j->checks, DS_CHECK_POLICY_IMAGE,
        DSTACK_REASON_POLICY_IMAGE_VERSION, expected,
        i->version[0] ? i->version : "not known",
        "policy: the OS image's version is %s, expected %s",
        i->version[0] ? i->version : "not known (its metadata.json says it)",
        expected);
}

static void
judge_image(ds_judge *j)
{
    const dstack_policy *p = j->policy;
    const ds_image_facts *i = j->image ? j->image : &ds_image_unknown;
    const char *want = dstack_image_level_name(p->image_level);

    if (!p->image && !p->production_image && p->image_version == 0)
        return;
    if (!i->bound)
        ds_checks_fail(j->checks, DS_CHECK_POLICY_IMAGE,
            DSTACK_REASON_POLICY_IMAGE, "a known OS image",
            dstack_reason_name(i->reason),
            "policy: it is not known which OS image booted (%s): give the "
            "image's files, or ask for evidence with a measurement document",
            dstack_reason_name(i->reason));
    else if (i->level < p->image_level)
        ds_checks_fail(j->checks, DS_CHECK_POLICY_IMAGE,
            DSTACK_REASON_POLICY_IMAGE_LEVEL, want,
            dstack_image_level_name(i->level),
            "policy: the OS image is known with level %s, the policy requires "
            "%s: vouch for the VM's ACPI tables",
            dstack_image_level_name(i->level), want);
    else if (p->production_image && i->is_dev != 0)
        ds_checks_fail(j->checks, DS_CHECK_POLICY_IMAGE,
            DSTACK_REASON_POLICY_IMAGE_DEV, "a production image",
            i->is_dev > 0 ? "a development image" : "not known",
            "policy: the OS image is %s",
            i->is_dev > 0 ? "made for development"
                          : "not known to be made for production: give its "
                            "metadata.json");
    else
        judge_image_version(j, i);
    ds_checks_pass(j->checks, DS_CHECK_POLICY_IMAGE);
}

/* ---- all of it ---------------------------------------------------------------- */

static void
judge_all(ds_judge *j)
{
    ds_judge_attributes(j);
    judge_story(j);
    judge_workload(j);
    judge_kind(j);
    judge_image(j);
    if (j->facts->authentic) {
        ds_judge_tcb(j);
        ds_judge_levels(j);
    }
    judge_flags(j);
    judge_type(j);
    ds_judge_fields(j, DS_FIELD_FMSPC);
    ds_judge_fields(j, DS_FIELD_PLATFORM);
    judge_bits(j);
    judge_svns(j);
    ds_judge_fields(j, DS_FIELD_MEASUREMENT);
    judge_service_td(j);
    ds_judge_fields(j, DS_FIELD_REPORT_DATA);
    ds_judge_fields(j, DS_FIELD_CLAIM);
    ds_judge_workload_lists(j);
}

int
ds_policy_judge(const dstack_policy *policy, const ds_facts *facts,
    const dstack_evidence *evidence, const ds_claims *claims,
    const ds_image_facts *image, int64_t now, ds_checks *checks)
{
    dstack_policy defaults;
    ds_judge j = {.policy = policy,
        .facts = facts,
        .evidence = evidence,
        .claims = claims,
        .image = image,
        .now = now,
        .checks = checks};

    if (!facts->quote || !facts->quote_signed)
        return ds_checks_fail(checks, DS_CHECK_ATTR_DEBUG,
            DSTACK_REASON_INTERNAL, NULL, NULL,
            "policy: it is not known who signed the quote");
    if (!policy) {
        ds_policy_init(&defaults);
        j.policy = &defaults;
    }
    j.tdx = facts->quote->tee == DSTACK_TEE_TDX;
    j.td15 = facts->quote->body_type >= DSTACK_BODY_TD15;
    j.attributes = dstack_quote_attributes(facts->quote);
    j.xfam = dstack_quote_xfam(facts->quote);
    judge_all(&j);
    if (ds_checks_failed(checks))
        return checks->error.code;
    /* A caller's bug: the platform's failure must be in the list. */
    return facts->authentic ? DSTACK_OK : DSTACK_ERR_INTERNAL;
}
