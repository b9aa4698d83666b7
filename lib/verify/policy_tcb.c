/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "intel/tcb.h"
#include "verify/policy.h"

/* Which TCB levels the policy accepts, and how old what was said about them
 * may be (spec 3.11, 3.13 and 3.14). */

static const char *const part_names[DS_OF_COUNT] = {"overall", "platform",
    "TDX module", "QE", "launch", "current", "current platform",
    "current TDX module"};

static bool
in_set(uint16_t set, uint32_t status)
{
    return status < 16 && (set >> status & 1u) != 0;
}

/* "UpToDate, SWHardeningNeeded" */
static const char *
set_text(uint16_t set, char out[DS_CHECK_TEXT])
{
    size_t n = 0;

    out[0] = 0;
    for (uint32_t s = 1; s < 16 && n < DS_CHECK_TEXT - 1; s++)
        if (in_set(set, s)) {
            snprintf(out + n, DS_CHECK_TEXT - n, "%s%s", n ? ", " : "",
                dstack_tcb_status_name(s));
            n += strlen(out + n);
        }
    return out;
}

/* ---- grace (rows 147 and 148) ----------------------------------------------- */

/* date + seconds >= now, without wrapping. */
static bool
reaches(int64_t date, int64_t seconds, int64_t now)
{
    if (date < 0 || seconds < 0)
        return false;
    return date > INT64_MAX - seconds || date + seconds >= now;
}

/* The status that counts for a part: one without its delay when the grace
 * covers it. */
static uint32_t
graced(const ds_judge *j, uint32_t whose, int64_t seconds)
{
    uint32_t status = j->facts->status[whose];

    if (!ds_tcb_is_out_of_date(status) ||
        !reaches(j->facts->date[whose], seconds, j->now))
        return status;
    return status == DSTACK_TCB_OUT_OF_DATE ? DSTACK_TCB_UP_TO_DATE
                                            : DSTACK_TCB_CONFIGURATION_NEEDED;
}

/* A whole that is out of date because its parts are is converged anew, so that
 * it stays out of date while any of them does. */
static void
whole(const uint32_t *in, uint32_t *out, uint32_t whose, uint32_t platform,
    uint32_t module)
{
    uint32_t qe = DSTACK_OF_QE;

    if (ds_tcb_is_out_of_date(in[whose]) &&
        ds_tcb_converge(in[platform], in[module], in[qe]) == in[whose])
        out[whose] = ds_tcb_converge(out[platform], out[module], out[qe]);
}

/* All parts with grace taken into account. */
static void
apply_grace(const ds_judge *j, uint32_t out[DS_OF_COUNT])
{
    const dstack_policy *p = j->policy;
    const uint32_t *in = j->facts->status;

    memcpy(out, in, sizeof j->facts->status);
    if (p->platform_grace < 0 && p->qe_grace < 0)
        return;
    out[DSTACK_OF_PLATFORM] = graced(j, DSTACK_OF_PLATFORM, p->platform_grace);
    out[DSTACK_OF_MODULE] = graced(j, DSTACK_OF_MODULE, p->platform_grace);
    out[DSTACK_OF_PLATFORM_CURRENT] =
        graced(j, DSTACK_OF_PLATFORM_CURRENT, p->platform_grace);
    out[DSTACK_OF_MODULE_CURRENT] =
        graced(j, DSTACK_OF_MODULE_CURRENT, p->platform_grace);
    out[DSTACK_OF_QE] = graced(j, DSTACK_OF_QE, p->qe_grace);
    whole(in, out, DSTACK_OF_LAUNCH, DSTACK_OF_PLATFORM, DSTACK_OF_MODULE);
    whole(in, out, DSTACK_OF_ALL, DSTACK_OF_PLATFORM, DSTACK_OF_MODULE);
    whole(in, out, DSTACK_OF_CURRENT, DSTACK_OF_PLATFORM_CURRENT,
        DSTACK_OF_MODULE_CURRENT);
}

/* ---- advisories (row 146) ---------------------------------------------------- */

static char
upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool
same_id(const char *a, const char *b)
{
    while (*a && upper(*a) == upper(*b)) {
        a++;
        b++;
    }
    return upper(*a) == upper(*b);
}

static bool
listed(const ds_id_list *list, const char *id)
{
    for (size_t i = 0; i < list->n; i++)
        if (same_id(list->at[i], id))
            return true;
    return false;
}

/* A part is late and nothing says why: another part's advisories must not
 * excuse it. */
static bool
late_without_reason(const ds_facts *f)
{
    static const uint8_t parts[] = {
        DSTACK_OF_PLATFORM, DSTACK_OF_MODULE, DSTACK_OF_QE};

    for (size_t i = 0; i < sizeof parts; i++)
        if (ds_tcb_is_out_of_date(f->status[parts[i]]) &&
            f->advisories[parts[i]].n == 0)
            return true;
    return false;
}

/* An out-of-date status whose advisories are all known and accepted. */
static bool
advisories_accepted(const ds_judge *j, uint32_t whose)
{
    const ds_advisory_set *set = &j->facts->advisories[whose];

    if (!ds_tcb_is_out_of_date(j->facts->status[whose]) || set->n == 0)
        return false;
    if (whose == DSTACK_OF_ALL && late_without_reason(j->facts))
        return false;
    for (size_t i = 0; i < set->n; i++)
        if (!listed(&j->policy->accept_advisory, set->id[i]))
            return false;
    return true;
}

static void
judge_denied(ds_judge *j, uint32_t whose)
{
    const ds_advisory_set *set = &j->facts->advisories[whose];

    for (size_t i = 0; i < set->n; i++)
        if (listed(&j->policy->deny_advisory, set->id[i]))
            ds_checks_fail(j->checks, DS_CHECK_POLICY_ADVISORY,
                DSTACK_REASON_POLICY_ADVISORY, "no denied advisory", set->id[i],
                "policy: advisory %s applies and is denied", set->id[i]);
}

static void
judge_advisories(ds_judge *j)
{
    if (j->policy->deny_advisory.n == 0)
        return;
    judge_denied(j, DSTACK_OF_ALL);
    judge_denied(j, DSTACK_OF_CURRENT);
    ds_checks_pass(j->checks, DS_CHECK_POLICY_ADVISORY);
}

/* ---- statuses --------------------------------------------------------------- */

static void
fail_status(ds_judge *j, uint32_t whose, uint32_t status, uint16_t set)
{
    bool current = whose == DSTACK_OF_CURRENT;
    char expected[DS_CHECK_TEXT];

    set_text(set, expected);
    ds_checks_fail(j->checks,
        current ? DS_CHECK_POLICY_CURRENT : DS_CHECK_POLICY_STATUS,
        current ? DSTACK_REASON_POLICY_CURRENT : DSTACK_REASON_POLICY_STATUS,
        expected, dstack_tcb_status_name(status),
        "policy: %s TCB status is %s, accepted is %s", part_names[whose],
        dstack_tcb_status_name(status), expected);
}

/* Which part keeps the whole out of date. */
static uint32_t
late_part(const uint32_t status[DS_OF_COUNT])
{
    static const uint8_t parts[] = {
        DSTACK_OF_PLATFORM, DSTACK_OF_MODULE, DSTACK_OF_QE};

    for (size_t i = 0; i < sizeof parts; i++)
        if (ds_tcb_is_out_of_date(status[parts[i]]))
            return parts[i];
    return DSTACK_OF_ALL;
}

static void
fail_grace(ds_judge *j, const uint32_t status[DS_OF_COUNT])
{
    uint32_t part = late_part(status);
    int64_t seconds =
        part == DSTACK_OF_QE ? j->policy->qe_grace : j->policy->platform_grace;
    char date[21];
    char expected[DS_CHECK_TEXT];

    ds_time_format(j->facts->date[part], date);
    if (seconds < 0)
        snprintf(expected, sizeof expected, "no %s grace", part_names[part]);
    else
        snprintf(expected, sizeof expected,
            "at most %lld seconds after the TCB date", (long long)seconds);
    ds_checks_fail(j->checks, DS_CHECK_POLICY_GRACE, DSTACK_REASON_POLICY_GRACE,
        expected, date,
        "policy: %s TCB status is %s of %s, and its grace (%lld seconds; -1 "
        "for none) does not reach the verification time",
        part_names[part], dstack_tcb_status_name(j->facts->status[part]), date,
        (long long)seconds);
}

/* The overall status. Once a grace was set it answers for what is out of
 * date. */
static void
judge_overall(ds_judge *j, const uint32_t counts[DS_OF_COUNT])
{
    const dstack_policy *p = j->policy;
    uint32_t found = j->facts->status[DSTACK_OF_ALL];
    bool grace = p->platform_grace >= 0 || p->qe_grace >= 0;

    if (in_set(p->status[DSTACK_OF_ALL], found) ||
        in_set(p->status[DSTACK_OF_ALL], counts[DSTACK_OF_ALL]) ||
        advisories_accepted(j, DSTACK_OF_ALL)) {
        ds_checks_pass(j->checks, DS_CHECK_POLICY_STATUS);
    } else if (grace && ds_tcb_is_out_of_date(counts[DSTACK_OF_ALL])) {
        fail_grace(j, counts);
    } else {
        fail_status(
            j, DSTACK_OF_ALL, counts[DSTACK_OF_ALL], p->status[DSTACK_OF_ALL]);
    }
    if (grace)
        ds_checks_pass(j->checks, DS_CHECK_POLICY_GRACE);
}

/* Parts that the policy named. */
static void
judge_parts(ds_judge *j, const uint32_t counts[DS_OF_COUNT])
{
    const ds_facts *f = j->facts;

    for (uint32_t i = 0; i < DS_OF_COUNT; i++) {
        uint16_t set = j->policy->status[i];

        if (i == DSTACK_OF_ALL || i == DSTACK_OF_CURRENT || set == 0)
            continue;
        if (!in_set(set, f->status[i]) && !in_set(set, counts[i]))
            fail_status(j, i, f->status[i], set);
    }
}

/* The SVNs now running (row 137): no worse than what is accepted at launch,
 * unless the policy says otherwise. */
static void
judge_current(ds_judge *j, const uint32_t counts[DS_OF_COUNT])
{
    const dstack_policy *p = j->policy;
    uint16_t set = p->status[DSTACK_OF_CURRENT];

    if (!j->td15 || (set == 0 && p->any_current))
        return;
    if (set == 0)
        set = p->status[DSTACK_OF_ALL];
    if (!in_set(set, j->facts->status[DSTACK_OF_CURRENT]) &&
        !in_set(set, counts[DSTACK_OF_CURRENT]) &&
        !advisories_accepted(j, DSTACK_OF_CURRENT))
        fail_status(j, DSTACK_OF_CURRENT, counts[DSTACK_OF_CURRENT], set);
    ds_checks_pass(j->checks, DS_CHECK_POLICY_CURRENT);
}

void
ds_judge_tcb(ds_judge *j)
{
    uint32_t counts[DS_OF_COUNT];

    apply_grace(j, counts);
    judge_parts(j, counts);
    judge_overall(j, counts);
    judge_current(j, counts);
}

/* ---- numbers and dates -------------------------------------------------------- */

static void
judge_eval(ds_judge *j)
{
    const ds_facts *f = j->facts;
    uint32_t least = f->eval_tcb < f->eval_qe ? f->eval_tcb : f->eval_qe;
    char expected[DS_CHECK_TEXT];
    char found[DS_CHECK_TEXT];

    if (!j->policy->eval.on)
        return;
    snprintf(expected, sizeof expected, "at least %llu",
        (unsigned long long)j->policy->eval.least);
    snprintf(found, sizeof found, "%u", (unsigned)least);
    if (!f->have_eval)
        memcpy(found, "not known", sizeof "not known");
    if (!f->have_eval || least < j->policy->eval.least)
        ds_checks_fail(j->checks, DS_CHECK_POLICY_EVAL,
            DSTACK_REASON_POLICY_EVAL, expected, found,
            "policy: TCB evaluation number is %s, expected %s; fetch newer "
            "collateral",
            found, expected);
    ds_checks_pass(j->checks, DS_CHECK_POLICY_EVAL);
}

static void
judge_date(ds_judge *j)
{
    int64_t date = j->facts->date[DSTACK_OF_ALL];
    char expected[21];
    char found[21];

    if (!j->policy->have_date)
        return;
    ds_time_format(j->policy->not_before, expected);
    ds_time_format(date, found);
    if (date < 0)
        memcpy(found, "not known", sizeof "not known");
    if (date < 0 || date < j->policy->not_before)
        ds_checks_fail(j->checks, DS_CHECK_POLICY_DATE,
            DSTACK_REASON_POLICY_DATE, expected, found,
            "policy: TCB date is %s, expected %s or later", found, expected);
    ds_checks_pass(j->checks, DS_CHECK_POLICY_DATE);
}

static void
judge_age(ds_judge *j)
{
    const ds_facts *f = j->facts;
    const struct {
        const char *what;
        int64_t issue;
    } all[] = {{"TCB info", f->tcb_issue}, {"QE identity", f->qeid_issue},
        {"root CA's CRL", f->root_crl_issue},
        {"PCK CA's CRL", f->pck_crl_issue}};
    char expected[DS_CHECK_TEXT];
    char found[21];

    if (j->policy->age < 0)
        return;
    snprintf(expected, sizeof expected, "issued at most %lld seconds ago",
        (long long)j->policy->age);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (reaches(all[i].issue, j->policy->age, j->now))
            continue;
        ds_time_format(all[i].issue, found);
        if (all[i].issue < 0)
            memcpy(found, "not known", sizeof "not known");
        ds_checks_fail(j->checks, DS_CHECK_POLICY_AGE, DSTACK_REASON_POLICY_AGE,
            expected, found,
            "policy: issue time of the %s is %s, expected at most %lld "
            "seconds before the verification time; fetch newer collateral",
            all[i].what, found, (long long)j->policy->age);
    }
    ds_checks_pass(j->checks, DS_CHECK_POLICY_AGE);
}

/* hex: digits without leading zeros; a number beyond 64 bits is larger than
 * any floor. "" is no number. */
static bool
number_reaches(const char *hex, uint64_t least)
{
    size_t n = strlen(hex);
    uint8_t bytes[8] = {0};
    char padded[17] = "0000000000000000";
    uint64_t value = 0;

    if (n == 0 || n > 16)
        return n > 16;
    memcpy(padded + 16 - n, hex, n);
    if (!ds_hex_decode(ds_view_of(padded, 16), bytes, sizeof bytes))
        return false;
    for (size_t i = 0; i < sizeof bytes; i++)
        value = value << 8 | bytes[i];
    return value >= least;
}

static void
judge_crl_number(
    ds_judge *j, const char *whose, const ds_floor *floor, const char *hex)
{
    char expected[DS_CHECK_TEXT];

    if (!floor->on)
        return;
    snprintf(expected, sizeof expected, "at least 0x%llx",
        (unsigned long long)floor->least);
    if (!number_reaches(hex, floor->least))
        ds_checks_fail(j->checks, DS_CHECK_POLICY_CRL_NUMBER,
            DSTACK_REASON_POLICY_CRL_NUMBER, expected, hex,
            "policy: number of the %s CA's CRL is %s%s, expected %s", whose,
            hex[0] ? "0x" : "not known", hex, expected);
    ds_checks_pass(j->checks, DS_CHECK_POLICY_CRL_NUMBER);
}

void
ds_judge_levels(ds_judge *j)
{
    judge_advisories(j);
    judge_eval(j);
    judge_date(j);
    judge_age(j);
    judge_crl_number(
        j, "root", &j->policy->root_crl, j->facts->root_crl_number);
    judge_crl_number(j, "PCK", &j->policy->pck_crl, j->facts->pck_crl_number);
}
