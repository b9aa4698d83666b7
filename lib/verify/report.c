/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "dstack/evidence.h"
#include "verify/verify.h"

void
dstack_report_free(dstack_report *report)
{
    if (!report)
        return;
    ds_facts_free(&report->facts);
    dstack_quote_free(report->quote);
    ds_content_release(report->content);
    ds_free(report);
}

int
dstack_report_is_accepted(const dstack_report *report)
{
    return report && report->accepted ? 1 : 0;
}

int
dstack_report_is_authentic(const dstack_report *report)
{
    return report && report->facts.authentic ? 1 : 0;
}

int
dstack_report_stage(const dstack_report *report)
{
    return report ? report->checks.error.stage : DSTACK_STAGE_NONE;
}

int
dstack_report_reason(const dstack_report *report)
{
    return report ? report->checks.error.reason : DSTACK_REASON_NONE;
}

const char *
dstack_report_message(const dstack_report *report)
{
    return report ? report->checks.error.message : "";
}

/* ---- checks ------------------------------------------------------------------- */

static const ds_check *
check_at(const dstack_report *report, size_t index)
{
    return report && index < DS_CHECK_COUNT ? &report->checks.at[index] : NULL;
}

size_t
dstack_report_check_count(const dstack_report *report)
{
    return report ? DS_CHECK_COUNT : 0;
}

const char *
dstack_report_check_name(const dstack_report *report, size_t index)
{
    return check_at(report, index) ? ds_check_name((int)index) : "";
}

int
dstack_report_check_stage(const dstack_report *report, size_t index)
{
    return check_at(report, index) ? ds_check_stage((int)index)
                                   : DSTACK_STAGE_NONE;
}

int
dstack_report_check_result(const dstack_report *report, size_t index)
{
    const ds_check *c = check_at(report, index);

    return c ? c->result : DSTACK_CHECK_NOT_RUN;
}

int
dstack_report_check_reason(const dstack_report *report, size_t index)
{
    const ds_check *c = check_at(report, index);

    return c && c->result == DS_FAILED ? c->reason : DSTACK_REASON_NONE;
}

const char *
dstack_report_check_expected(const dstack_report *report, size_t index)
{
    const ds_check *c = check_at(report, index);

    return c && c->result == DS_FAILED ? c->expected : "";
}

const char *
dstack_report_check_found(const dstack_report *report, size_t index)
{
    const ds_check *c = check_at(report, index);

    return c && c->result == DS_FAILED ? c->found : "";
}

/* ---- what was learnt ------------------------------------------------------------ */

const char *
dstack_report_root(const dstack_report *report)
{
    if (!report)
        return "";
    return report->custom_root ? "custom" : "intel";
}

uint32_t
dstack_report_platform(const dstack_report *report)
{
    return report ? report->platform : DSTACK_PLATFORM_NONE;
}

int64_t
dstack_report_time(const dstack_report *report)
{
    return report ? report->time : -1;
}

const dstack_quote *
dstack_report_quote(const dstack_report *report)
{
    return report ? report->quote : NULL;
}

uint32_t
dstack_report_tcb_status(const dstack_report *report, uint32_t whose)
{
    return report && whose < DS_OF_COUNT ? report->facts.status[whose]
                                         : DSTACK_TCB_UNKNOWN;
}

int64_t
dstack_report_tcb_date(const dstack_report *report, uint32_t whose)
{
    return report && whose < DS_OF_COUNT ? report->facts.date[whose] : -1;
}

size_t
dstack_report_advisory_count(const dstack_report *report, uint32_t whose)
{
    return report && whose < DS_OF_COUNT ? report->facts.advisories[whose].n
                                         : 0;
}

const char *
dstack_report_advisory(
    const dstack_report *report, uint32_t whose, size_t index)
{
    return index < dstack_report_advisory_count(report, whose)
               ? report->facts.advisories[whose].id[index]
               : NULL;
}

uint32_t
dstack_report_eval_number(const dstack_report *report, uint32_t whose)
{
    const ds_facts *f;

    if (!report)
        return 0;
    f = &report->facts;
    if (whose == DSTACK_OF_PLATFORM)
        return f->eval_tcb;
    if (whose == DSTACK_OF_QE)
        return f->eval_qe;
    if (whose != DSTACK_OF_ALL)
        return 0;
    return f->eval_tcb < f->eval_qe ? f->eval_tcb : f->eval_qe;
}

int64_t
dstack_report_valid_until(const dstack_report *report)
{
    return report ? report->facts.valid_until : -1;
}

int64_t
dstack_report_earliest_issue(const dstack_report *report)
{
    return report ? report->facts.earliest_issue : -1;
}

int64_t
dstack_report_latest_issue(const dstack_report *report)
{
    return report ? report->facts.latest_issue : -1;
}

int
dstack_report_used_collateral_grace(const dstack_report *report)
{
    return report && report->facts.grace_used ? 1 : 0;
}

static ds_view
pck_fact(const ds_facts *f, const char *name)
{
    const struct {
        const char *name;
        ds_view value;
    } all[] = {{"fmspc", ds_view_of(f->pck.fmspc, 6)},
        {"pce_id", ds_view_of(f->pck.pce_id, 2)},
        {"cpu_svn", ds_view_of(f->pck.cpu_svn, 16)},
        {"tcb_components", ds_view_of(f->pck.comps, 16)},
        {"pce_svn", ds_view_of(f->pck.pce_svn_be, 2)},
        {"ppid", ds_view_of(f->pck.ppid, 16)},
        {"platform_instance_id",
            ds_view_of(f->pck.instance_id, f->pck.has_instance_id ? 16 : 0)}};
    size_t i;

    for (i = 0; f->have_pck && name && i < sizeof all / sizeof *all; i++)
        if (strcmp(name, all[i].name) == 0)
            return all[i].value;
    return ds_view_of(NULL, 0);
}

const uint8_t *
dstack_report_pck(const dstack_report *report, const char *name, size_t *len)
{
    ds_view v = report ? pck_fact(&report->facts, name) : ds_view_of(NULL, 0);

    if (len)
        *len = v.n;
    return v.n != 0 ? v.p : NULL;
}

int
dstack_report_sgx_type(const dstack_report *report)
{
    return report ? report->facts.pck.sgx_type : -1;
}

int
dstack_report_platform_flag(const dstack_report *report, const char *name)
{
    const ds_pck *pck;

    if (!report || !name)
        return -1;
    pck = &report->facts.pck;
    if (strcmp(name, "dynamic_platform") == 0)
        return pck->dynamic_platform;
    if (strcmp(name, "cached_keys") == 0)
        return pck->cached_keys;
    return strcmp(name, "smt_enabled") == 0 ? pck->smt_enabled : -1;
}

const char *
dstack_report_crl_number(const dstack_report *report, const char *which)
{
    if (!report || !which)
        return "";
    if (strcmp(which, "root") == 0)
        return report->facts.root_crl_number;
    return strcmp(which, "pck") == 0 ? report->facts.pck_crl_number : "";
}

uint32_t
dstack_report_shortfall_status(const dstack_report *report)
{
    return report ? report->facts.shortfall_status : DSTACK_TCB_UNKNOWN;
}

size_t
dstack_report_shortfall_count(const dstack_report *report)
{
    return report ? report->facts.shortfall_count : 0;
}

const char *
dstack_report_shortfall_name(const dstack_report *report, size_t index)
{
    return index < dstack_report_shortfall_count(report)
               ? report->facts.shortfall[index].name
               : NULL;
}

uint32_t
dstack_report_shortfall_have(const dstack_report *report, size_t index)
{
    return index < dstack_report_shortfall_count(report)
               ? report->facts.shortfall[index].have
               : 0;
}

uint32_t
dstack_report_shortfall_need(const dstack_report *report, size_t index)
{
    return index < dstack_report_shortfall_count(report)
               ? report->facts.shortfall[index].need
               : 0;
}
