/* SPDX-License-Identifier: Apache-2.0 */
/* TCB levels, statuses and what a report derives from them (spec 3.9 to
 * 3.13). Random documents are test_tcb_oracle.c's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dstack/dstack.h"
#include "forge/forge.h"
#include "intel/tcb.h"

/* ---- statuses as letters ------------------------------------------------------- */

/* UpToDate, SWHardeningNeeded, ConfigurationNeeded,
 * ConfigurationAndSWHardeningNeeded (Both), OutOfDate, OutOfDateConfiguration-
 * Needed (D), Revoked, TDRelaunchAdvised, and that with configuration (V). */
static uint32_t
status_of(char letter)
{
    switch (letter) {
    case 'U':
        return DSTACK_TCB_UP_TO_DATE;
    case 'S':
        return DSTACK_TCB_SW_HARDENING_NEEDED;
    case 'C':
        return DSTACK_TCB_CONFIGURATION_NEEDED;
    case 'B':
        return DSTACK_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED;
    case 'O':
        return DSTACK_TCB_OUT_OF_DATE;
    case 'D':
        return DSTACK_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
    case 'R':
        return DSTACK_TCB_REVOKED;
    case 'T':
        return DSTACK_TCB_TD_RELAUNCH_ADVISED;
    case 'V':
        return DSTACK_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED;
    default:
        return DSTACK_TCB_UNKNOWN;
    }
}

/* The 7 x 3 x 3 cells of spec 3.11: platform, then module and QE in the order
 * UU UO UR OU OO OR RU RO RR. */
static void
test_convergence(void **state)
{
    static const char platforms[] = "USCBODR";
    static const char parts[] = "UOR";
    static const char *const cells[] = {"UOROORRRR", "SOROORRRR", "CDRDDRRRR",
        "BDRDDRRRR", "OOROORRRR", "DDRDDRRRR", "RRRRRRRRR"};

    (void)state;
    for (size_t p = 0; p < 7; p++)
        for (size_t m = 0; m < 3; m++)
            for (size_t q = 0; q < 3; q++) {
                uint32_t qe = status_of(parts[q]);

                assert_int_equal(ds_tcb_converge(status_of(platforms[p]),
                                     status_of(parts[m]), qe),
                    status_of(cells[p][3 * m + q]));
                /* No module is like a module that is up to date. */
                assert_int_equal(ds_tcb_converge(status_of(platforms[p]),
                                     DSTACK_TCB_UNKNOWN, qe),
                    status_of(cells[p][q]));
            }
}

/* Every pair of launch (rows) and current (columns). */
static void
test_relaunch(void **state)
{
    static const char order[] = "USCBODR";
    static const char *const cells[] = {"UUUUUUR", "SSSSSSR", "CCCCCCR",
        "BBBBBBR", "TTVVOOR", "VVVVDDR", "RRRRRRR"};

    (void)state;
    for (size_t l = 0; l < 7; l++)
        for (size_t c = 0; c < 7; c++)
            assert_int_equal(
                ds_tcb_relaunch(status_of(order[l]), status_of(order[c])),
                status_of(cells[l][c]));
}

static void
test_status_names(void **state)
{
    static const char *const names[] = {"Unknown", "UpToDate",
        "SWHardeningNeeded", "ConfigurationNeeded",
        "ConfigurationAndSWHardeningNeeded", "OutOfDate",
        "OutOfDateConfigurationNeeded", "Revoked", "TDRelaunchAdvised",
        "TDRelaunchAdvisedConfigurationNeeded", "Unknown"};
    static const char *const no_names[] = {
        "", "Unknown", "uptodate", "UpToDate ", "UpToDat", "OUTOFDATE"};

    (void)state;
    for (uint32_t i = 0; i < 11; i++)
        assert_string_equal(dstack_tcb_status_name(i), names[i]);
    assert_string_equal(dstack_tcb_status_name(UINT32_MAX), "Unknown");
    for (uint32_t i = 1; i < 10; i++)
        assert_int_equal(dstack_tcb_status_parse(names[i]), i);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(
            dstack_tcb_status_parse(no_names[i]), DSTACK_TCB_UNKNOWN);
    assert_int_equal(dstack_tcb_status_parse(NULL), DSTACK_TCB_UNKNOWN);
    for (char const *c = "USCBODRTV"; *c; c++)
        assert_int_equal(
            ds_tcb_is_out_of_date(status_of(*c)), *c == 'O' || *c == 'D');
}

/* ---- level selection: the places of spec 3.10 ------------------------------------- */

static void
test_one_place_decides(void **state)
{
    ds_tcb_level level = {.pce_svn = 11};
    ds_tcb_info info = {.levels = {&level, 1}};
    ds_pck pck = {.pce_svn = 11};
    uint8_t svn[16] = {9, 0, 9};

    (void)state;
    memset(level.sgx, 9, 16);
    memset(pck.comps, 9, 16);
    assert_ptr_equal(ds_tcb_find_level(&info, &pck, NULL), &level);
    for (size_t i = 0; i < 16; i++) {
        pck.comps[i] = 8; /* the others are as good or better */
        assert_null(ds_tcb_find_level(&info, &pck, NULL));
        pck.comps[i] = 255;
        assert_ptr_equal(ds_tcb_find_level(&info, &pck, NULL), &level);
    }
    pck.pce_svn = 10;
    assert_null(ds_tcb_find_level(&info, &pck, NULL));
    pck.pce_svn = 65535;
    assert_ptr_equal(ds_tcb_find_level(&info, &pck, NULL), &level);
    memset(level.tdx, 9, 16);
    memset(svn, 9, 16);
    for (size_t i = 0; i < 16; i++) {
        bool skipped = i < 2;

        svn[i] = 8;
        assert_ptr_equal(
            ds_tcb_find_level(&info, &pck, svn), skipped ? &level : NULL);
        svn[i] = 9;
    }
    /* Without a major version all sixteen count. */
    svn[1] = level.tdx[1] = 0;
    for (size_t i = 0; i < 16; i++) {
        if (i == 1)
            continue;
        svn[i] = 8;
        assert_null(ds_tcb_find_level(&info, &pck, svn));
        svn[i] = 9;
    }
    level.tdx[1] = 1;
    assert_null(ds_tcb_find_level(&info, &pck, svn));
}

static void
test_skip_of_module_svns(void **state)
{
    static const struct {
        uint8_t have[3], need[3];
        bool fits;
    } cases[] = {{{4, 1, 2}, {5, 0, 2}, true}, {{4, 0, 2}, {5, 0, 2}, false},
        {{5, 0, 2}, {5, 0, 2}, true}, {{0, 1, 2}, {255, 255, 2}, true},
        {{255, 1, 1}, {0, 0, 2}, false}, {{255, 255, 1}, {0, 0, 2}, false},
        {{6, 0, 2}, {5, 1, 2}, false}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ds_tcb_level level = {.pce_svn = 0};
        ds_tcb_info info = {.levels = {&level, 1}};
        ds_pck pck = {.pce_svn = 0};
        uint8_t svn[16] = {0};

        memcpy(level.tdx, cases[i].need, 3);
        memcpy(svn, cases[i].have, 3);
        assert_ptr_equal(
            ds_tcb_find_level(&info, &pck, svn), cases[i].fits ? &level : NULL);
    }
}

/* ---- whole judgements ---------------------------------------------------------------- */

static forge *f;
static dstack_verifier *verifier;
static dstack_policy *policy;
static dstack_report *report;
static dstack_error err;

static int
set_up(void **state)
{
    (void)state;
    f = forge_new(FORGE_TDX_V4, "tcb");
    if (!f || forge_build(f) || dstack_verifier_new(&verifier, NULL) ||
        dstack_verifier_set_root(
            verifier, f->out.root_pem.p, f->out.root_pem.n, NULL) ||
        dstack_policy_new(&policy, NULL))
        return -1;
    dstack_policy_accept_any_workload(policy);
    for (uint32_t s = 1; s <= 9; s++)
        if (s != DSTACK_TCB_REVOKED &&
            dstack_policy_accept_tcb_status(policy, DSTACK_OF_ALL, s, NULL))
            return -1;
    return dstack_policy_accept_attributes(policy, UINT64_C(1) << 17, NULL);
}

static int
tear_down(void **state)
{
    (void)state;
    dstack_report_free(report);
    dstack_policy_free(policy);
    dstack_verifier_free(verifier);
    forge_free(f);
    return 0;
}

/* What the evidence that f describes comes to. */
static int
judge(int64_t now)
{
    dstack_collateral *c;
    int rc;

    if (forge_build(f))
        fail_msg("%s", f->error);
    dstack_report_free(report);
    assert_int_equal(dstack_collateral_parse(
                         f->out.collateral.p, f->out.collateral.n, &c, &err),
        DSTACK_OK);
    rc = dstack_verifier_verify_quote(verifier, f->out.quote.p, f->out.quote.n,
        c, policy, now, &report, &err);
    dstack_collateral_free(c);
    assert_non_null(report);
    return rc;
}

static void
judge_good(uint32_t status)
{
    if (judge(FORGE_NOW) != DSTACK_OK)
        fail_msg("%s", err.message);
    assert_int_equal(dstack_report_tcb_status(report, DSTACK_OF_ALL), status);
}

static void
assert_status(uint32_t whose, char letter)
{
    assert_int_equal(
        dstack_report_tcb_status(report, whose), status_of(letter));
}

/* Levels in every order of the document give the same answer. */
static void
test_order_of_levels(void **state)
{
    static const uint8_t orders[6][3] = {
        {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        forge_level levels[3];
        forge_isv_level module[3], qe[3];

        forge_reset(f, FORGE_TDX_V4);
        for (size_t k = 0; k < 3; k++) {
            levels[k] = f->tcb_info.levels[orders[i][k]];
            module[k] = f->tcb_info.modules[1].levels[orders[i][k]];
            qe[k] = f->qe_identity.levels[orders[i][k]];
        }
        memcpy(f->tcb_info.levels, levels, sizeof levels);
        memcpy(f->tcb_info.modules[1].levels, module, sizeof module);
        memcpy(f->qe_identity.levels, qe, sizeof qe);
        judge_good(DSTACK_TCB_UP_TO_DATE);
        assert_int_equal(dstack_report_shortfall_count(report), 0);
        /* The middle ones: 33224103/402/11, 4, 4. */
        f->sgx.pcesvn = 12;
        f->quote.td.tee_tcb_svn[0] = 4;
        f->quote.qe.isv_svn = 5;
        judge_good(DSTACK_TCB_OUT_OF_DATE);
        assert_true(dstack_report_tcb_date(report, DSTACK_OF_PLATFORM) ==
                    INT64_C(1731456000));
        assert_true(dstack_report_tcb_date(report, DSTACK_OF_MODULE) ==
                    INT64_C(1731456000));
        assert_true(dstack_report_tcb_date(report, DSTACK_OF_QE) ==
                    INT64_C(1710288000));
        f->sgx.pcesvn = 6;
        judge_good(DSTACK_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED);
    }
}

/* PCE SVN ranks before the TDX components, after all SGX components. */
static void
test_rank_of_levels(void **state)
{
    forge_level *l = f->tcb_info.levels;

    (void)state;
    forge_reset(f, FORGE_TDX_V4);
    l[1] = l[2] = l[0];
    l[1].tdx[2]--;
    l[1].pcesvn = 12;
    l[1].status = "SWHardeningNeeded";
    l[2].pcesvn = 11;
    l[2].status = "ConfigurationNeeded";
    judge_good(DSTACK_TCB_UP_TO_DATE);
    f->sgx.pcesvn = 12;
    judge_good(DSTACK_TCB_SW_HARDENING_NEEDED);
    f->sgx.pcesvn = 11;
    judge_good(DSTACK_TCB_CONFIGURATION_NEEDED);
    /* The last SGX component outranks PCE SVN. */
    f->sgx.pcesvn = 13;
    f->sgx.comps[15] = 1;
    l[2].sgx[15] = 1;
    judge_good(DSTACK_TCB_CONFIGURATION_NEEDED);
}

/* All parts of the status, and the date that goes with each. */
static void
test_parts(void **state)
{
    forge_level *l = f->tcb_info.levels;

    (void)state;
    forge_reset(f, FORGE_TDX_V5_15);
    l[0].status = "ConfigurationNeeded";
    f->quote.td.tee_tcb_svn[0] = 4;
    f->quote.td.tee_tcb_svn2[1] = 3;
    f->quote.td.tee_tcb_svn2[0] = 3;
    judge_good(DSTACK_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED);
    assert_status(DSTACK_OF_PLATFORM, 'C');
    assert_status(DSTACK_OF_MODULE, 'O');
    assert_status(DSTACK_OF_QE, 'U');
    assert_status(DSTACK_OF_LAUNCH, 'D');
    assert_status(DSTACK_OF_CURRENT, 'C');
    assert_status(DSTACK_OF_PLATFORM_CURRENT, 'C');
    assert_status(DSTACK_OF_MODULE_CURRENT, 'U');
    assert_status(8, 0);
    assert_true(dstack_report_tcb_date(report, 8) == -1);
    /* Before TD 1.5 there is one set of SVNs. */
    forge_reset(f, FORGE_TDX_V5_10);
    f->quote.td.tee_tcb_svn[0] = 4;
    judge_good(DSTACK_TCB_OUT_OF_DATE);
    assert_status(DSTACK_OF_MODULE_CURRENT, 'O');
    assert_status(DSTACK_OF_CURRENT, 'O');
    /* A module without a major version has no level of its own. */
    f->quote.td.tee_tcb_svn[1] = 0;
    f->quote.td.tee_tcb_svn[0] = 5;
    judge_good(DSTACK_TCB_UP_TO_DATE);
    assert_status(DSTACK_OF_MODULE, 0);
    assert_true(dstack_report_tcb_date(report, DSTACK_OF_MODULE) == -1);
    forge_reset(f, FORGE_SGX_V3);
    judge_good(DSTACK_TCB_UP_TO_DATE);
    assert_status(DSTACK_OF_MODULE, 0);
    assert_status(DSTACK_OF_PLATFORM_CURRENT, 'U');
}

/* ---- what is missing ------------------------------------------------------------------ */

static void
assert_item(size_t i, const char *name, uint32_t have, uint32_t need)
{
    const char *found = dstack_report_shortfall_name(report, i);

    assert_non_null(found);
    assert_string_equal(found, name);
    assert_int_equal(dstack_report_shortfall_have(report, i), have);
    assert_int_equal(dstack_report_shortfall_need(report, i), need);
}

static void
assert_items(size_t n, uint32_t status)
{
    assert_int_equal(dstack_report_shortfall_count(report), n);
    assert_int_equal(dstack_report_shortfall_status(report), status);
    assert_null(dstack_report_shortfall_name(report, n));
    assert_int_equal(dstack_report_shortfall_have(report, n), 0);
    assert_int_equal(dstack_report_shortfall_need(report, n), 0);
    assert_null(dstack_report_shortfall_name(report, SIZE_MAX));
}

static void
test_shortfall_of_an_old_platform(void **state)
{
    (void)state;
    forge_reset(f, FORGE_TDX_V4);
    judge_good(DSTACK_TCB_UP_TO_DATE);
    assert_items(0, DSTACK_TCB_UNKNOWN);
    f->sgx.comps[7] = 4;
    judge_good(DSTACK_TCB_OUT_OF_DATE);
    assert_items(1, DSTACK_TCB_UP_TO_DATE);
    assert_item(0, "sgxtcbcomponents[7] (SEAMLDR ACM)", 4, 5);
    f->sgx.comps[0] = 3;
    f->sgx.comps[4] = 3;
    f->sgx.pcesvn = 11;
    f->quote.td.tee_tcb_svn[2] = 2;
    f->quote.td.tee_tcb_svn[0] = 2;
    f->quote.qe.isv_svn = 5;
    judge_good(DSTACK_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED);
    assert_items(7, DSTACK_TCB_UP_TO_DATE);
    assert_item(0, "sgxtcbcomponents[0] (Early Microcode Update)", 3, 4);
    assert_item(1, "sgxtcbcomponents[4]", 3, 4);
    assert_item(2, "sgxtcbcomponents[7] (SEAMLDR ACM)", 4, 5);
    assert_item(3, "pcesvn", 11, 13);
    assert_item(4, "tdxtcbcomponents[2] (TDX Late Microcode Update)", 2, 3);
    assert_item(5, "TDX_01.isvsvn", 2, 5);
    assert_item(6, "qe.isvsvn", 5, 6);
}

/* A module without a version is judged by its components 0 and 1. */
static void
test_shortfall_of_module_version_0(void **state)
{
    (void)state;
    forge_reset(f, FORGE_TDX_V4);
    f->quote.td.tee_tcb_svn[1] = 0;
    f->quote.td.tee_tcb_svn[0] = 4;
    judge_good(DSTACK_TCB_OUT_OF_DATE);
    assert_items(1, DSTACK_TCB_UP_TO_DATE);
    assert_item(0, "tdxtcbcomponents[0] (TDX Module)", 4, 5);
}

static void
judge_unsupported(void)
{
    assert_int_equal(judge(FORGE_NOW), DSTACK_ERR_UNTRUSTED);
    assert_int_equal(err.reason, DSTACK_REASON_TCB_NOT_SUPPORTED);
    assert_int_equal(err.stage, DSTACK_STAGE_TCB);
}

/* No level fits: the nearest is named, and the message names its first item. */
static void
test_shortfall_without_a_level(void **state)
{
    (void)state;
    forge_reset(f, FORGE_TDX_V4);
    f->sgx.comps[0] = 1; /* the lowest level alone asks for no more */
    f->sgx.comps[1] = 2;
    judge_unsupported();
    assert_items(1, DSTACK_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED);
    assert_item(0, "sgxtcbcomponents[0] (Early Microcode Update)", 1, 2);
    assert_non_null(strstr(err.message,
        "sgxtcbcomponents[0] (Early Microcode Update) is 1, needs 2"));
    assert_status(DSTACK_OF_ALL, 0);
    forge_reset(f, FORGE_TDX_V4);
    f->quote.td.tee_tcb_svn[0] = 1;
    judge_unsupported();
    assert_items(1, DSTACK_TCB_OUT_OF_DATE);
    assert_item(0, "TDX_01.isvsvn", 1, 2);
    forge_reset(f, FORGE_SGX_V4);
    f->quote.qe.isv_svn = 1;
    judge_unsupported();
    assert_items(1, DSTACK_TCB_OUT_OF_DATE);
    assert_item(0, "qe.isvsvn", 1, 2);
    /* The SVNs now running are what lacks. */
    forge_reset(f, FORGE_TDX_V5_15);
    f->quote.td.tee_tcb_svn2[2] = 0;
    judge_unsupported();
    assert_items(1, DSTACK_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED);
    assert_item(0, "tdxtcbcomponents[2] (TDX Late Microcode Update)", 0, 1);
    /* No identity for the module that runs now: nothing to be named. */
    forge_reset(f, FORGE_TDX_V5_15);
    f->quote.td.tee_tcb_svn2[1] = 2;
    judge_unsupported();
    assert_int_equal(dstack_report_shortfall_count(report), 0);
}

/* ---- dates, advisories, numbers --------------------------------------------------------- */

#define JAN_1 INT64_C(1735689600)  /* 2025-01-01T00:00:00Z */
#define JUN_1 INT64_C(1748736000)  /* 2025-06-01T00:00:00Z */
#define DEC_31 INT64_C(1767225599) /* 2025-12-31T23:59:59Z */
#define TEXT_JAN_1 "2025-01-01T00:00:00Z"
#define TEXT_JUN_1 "2025-06-01T00:00:00Z"
#define TEXT_DEC_31 "2025-12-31T23:59:59Z"

/* The earliest of three, each of them in turn. */
static void
test_tcb_dates(void **state)
{
    static const char *const text[] = {TEXT_JAN_1, TEXT_JUN_1, TEXT_DEC_31};
    static const int64_t value[] = {JAN_1, JUN_1, DEC_31};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        forge_reset(f, FORGE_TDX_V5_15);
        f->tcb_info.levels[0].date = text[i];
        f->tcb_info.modules[1].levels[0].date = text[(i + 1) % 3];
        f->qe_identity.levels[0].date = text[(i + 2) % 3];
        /* Running now: another module, another date. */
        f->quote.td.tee_tcb_svn2[0] = 3;
        f->quote.td.tee_tcb_svn2[1] = 3;
        f->tcb_info.modules[0].levels[0].date = "2024-12-31T23:59:59Z";
        judge_good(DSTACK_TCB_UP_TO_DATE);
        assert_true(
            dstack_report_tcb_date(report, DSTACK_OF_PLATFORM) == value[i]);
        assert_true(dstack_report_tcb_date(report, DSTACK_OF_MODULE) ==
                    value[(i + 1) % 3]);
        assert_true(
            dstack_report_tcb_date(report, DSTACK_OF_QE) == value[(i + 2) % 3]);
        assert_true(dstack_report_tcb_date(report, DSTACK_OF_ALL) == JAN_1);
        assert_true(dstack_report_tcb_date(report, DSTACK_OF_LAUNCH) == JAN_1);
        assert_true(
            dstack_report_tcb_date(report, DSTACK_OF_CURRENT) == JAN_1 - 1);
        assert_true(dstack_report_tcb_date(report, DSTACK_OF_MODULE_CURRENT) ==
                    JAN_1 - 1);
    }
}

static void
assert_advisories(uint32_t whose, const char *const *want)
{
    size_t n = 0;

    for (; want[n]; n++) {
        const char *found = dstack_report_advisory(report, whose, n);

        assert_non_null(found);
        assert_string_equal(found, want[n]);
    }
    assert_int_equal(dstack_report_advisory_count(report, whose), n);
    assert_null(dstack_report_advisory(report, whose, n));
    assert_null(dstack_report_advisory(report, whose, SIZE_MAX));
}

static void
give_advisories(const char **to, const char *a, const char *b, const char *c)
{
    to[0] = a;
    to[1] = b;
    to[2] = c;
    to[3] = NULL;
}

/* The union of the parts that decided, sorted by bytes, each once. */
static void
test_advisories(void **state)
{
    static const char *const all[] = {
        "ID-1", "ID-10", "ID-2", "ID-3", "ID-9", "id-1", NULL};
    static const char *const launch[] = {"ID-1", "ID-10", "ID-2", NULL};
    static const char *const module[] = {"ID-1", "ID-9", NULL};
    static const char *const qe[] = {"ID-2", "ID-3", "id-1", NULL};
    static const char *const now[] = {
        "ID-1", "ID-10", "ID-2", "ID-3", "id-1", NULL};
    static const char *const none[] = {NULL};

    (void)state;
    forge_reset(f, FORGE_TDX_V5_15);
    give_advisories(f->tcb_info.levels[0].advisories, "ID-2", "ID-10", "ID-1");
    give_advisories(
        f->tcb_info.modules[1].levels[0].advisories, "ID-9", "ID-1", "ID-9");
    give_advisories(
        f->qe_identity.levels[0].advisories, "id-1", "ID-3", "ID-2");
    f->quote.td.tee_tcb_svn2[0] = 3;
    f->quote.td.tee_tcb_svn2[1] = 3; /* has no advisories */
    judge_good(DSTACK_TCB_UP_TO_DATE);
    assert_advisories(DSTACK_OF_ALL, all);
    assert_advisories(DSTACK_OF_PLATFORM, launch);
    assert_advisories(DSTACK_OF_MODULE, module);
    assert_advisories(DSTACK_OF_QE, qe);
    assert_advisories(DSTACK_OF_CURRENT, now);
    assert_advisories(DSTACK_OF_MODULE_CURRENT, none);
    assert_advisories(99, none);
    forge_reset(f, FORGE_SGX_V3);
    judge_good(DSTACK_TCB_UP_TO_DATE);
    assert_advisories(DSTACK_OF_ALL, none);
    /* Revoked: they are told although the answer is no. */
    f->tcb_info.levels[0].status = "Revoked";
    give_advisories(f->tcb_info.levels[0].advisories, "b", "a", NULL);
    assert_int_equal(judge(FORGE_NOW), DSTACK_ERR_UNTRUSTED);
    assert_int_equal(err.reason, DSTACK_REASON_TCB_REVOKED);
    assert_int_equal(dstack_report_advisory_count(report, DSTACK_OF_ALL), 2);
    assert_status(DSTACK_OF_ALL, 'R');
}

static void
test_evaluation_numbers(void **state)
{
    static const int64_t cases[][2] = {
        {17, 18}, {18, 17}, {20, 20}, {0, 5}, {UINT32_MAX, UINT32_MAX - 1}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t a = cases[i][0];
        int64_t b = cases[i][1];

        forge_reset(f, FORGE_SGX_V5);
        f->tcb_info.eval_number = a;
        f->qe_identity.eval_number = b;
        judge_good(DSTACK_TCB_UP_TO_DATE);
        assert_true(dstack_report_eval_number(report, DSTACK_OF_PLATFORM) == a);
        assert_true(dstack_report_eval_number(report, DSTACK_OF_QE) == b);
        assert_true(dstack_report_eval_number(report, DSTACK_OF_ALL) ==
                    (a < b ? a : b));
        assert_int_equal(
            dstack_report_eval_number(report, DSTACK_OF_CURRENT), 0);
    }
}

static void
test_crl_numbers(void **state)
{
    static const struct {
        int64_t number;
        const char *text;
    } cases[] = {{0, "0"}, {1, "1"}, {15, "f"}, {16, "10"}, {128, "80"},
        {255, "ff"}, {256, "100"}, {4660, "1234"},
        {INT64_MAX, "7fffffffffffffff"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        forge_reset(f, FORGE_TDX_V4);
        f->crl[FORGE_CRL_ROOT].number = cases[i].number;
        f->crl[FORGE_CRL_PCK].number = 3;
        judge_good(DSTACK_TCB_UP_TO_DATE);
        assert_string_equal(
            dstack_report_crl_number(report, "root"), cases[i].text);
        assert_string_equal(dstack_report_crl_number(report, "pck"), "3");
        f->crl[FORGE_CRL_ROOT].number = 3;
        f->crl[FORGE_CRL_PCK].number = cases[i].number;
        judge_good(DSTACK_TCB_UP_TO_DATE);
        assert_string_equal(
            dstack_report_crl_number(report, "pck"), cases[i].text);
    }
    assert_string_equal(dstack_report_crl_number(report, "tcb"), "");
    assert_string_equal(dstack_report_crl_number(report, NULL), "");
}

/* ---- the eight sources of spec 3.13 ------------------------------------------------------- */

/* The CRL's chain gets a CA certificate of its own. */
static forge_cert *
crl_chain_ca(void)
{
    f->cert[FORGE_CERT_EXTRA] = f->cert[FORGE_CERT_PLATFORM];
    f->cert[FORGE_CERT_EXTRA].serial[5] ^= 1;
    f->chain[FORGE_CHAIN_CRL].certs[0] = FORGE_CERT_EXTRA;
    return &f->cert[FORGE_CERT_EXTRA];
}

enum {
    SOURCES = 9 /* eight, and two certificates of the PCK chain */
};

/* Where each of them says from when and until when it holds. */
static void
source(int which, int64_t **from, int64_t **to)
{
    forge_cert *certs[] = {NULL, NULL, &f->cert[FORGE_CERT_PCK],
        &f->cert[FORGE_CERT_PLATFORM], NULL, &f->cert[FORGE_CERT_TCB],
        &f->cert[FORGE_CERT_QE]};

    if (which == 4)
        certs[4] = crl_chain_ca();
    if (which == 3)
        crl_chain_ca();
    if (which < 2) {
        *from = &f->crl[which].this_update;
        *to = &f->crl[which].next_update;
    } else if (which < 7) {
        *from = &certs[which]->not_before;
        *to = &certs[which]->not_after;
    } else if (which == 7) {
        *from = &f->tcb_info.issue_date;
        *to = &f->tcb_info.next_update;
    } else {
        *from = &f->qe_identity.issue_date;
        *to = &f->qe_identity.next_update;
    }
}

static void
test_valid_until(void **state)
{
    int64_t *from, *to;

    (void)state;
    for (int kind = 0; kind < FORGE_KINDS; kind++) {
        forge_reset(f, kind);
        judge_good(DSTACK_TCB_UP_TO_DATE);
        /* The CRLs' end of the defaults. */
        assert_true(
            dstack_report_valid_until(report) == FORGE_NOW + 15 * FORGE_DAY);
    }
    for (int which = 0; which < SOURCES; which++) {
        forge_reset(f, FORGE_TDX_V4);
        source(which, &from, &to);
        *to = FORGE_NOW + 5;
        judge_good(DSTACK_TCB_UP_TO_DATE);
        assert_true(dstack_report_valid_until(report) == FORGE_NOW + 5);
        /* True to its word: good until then, and no longer. */
        assert_int_equal(judge(FORGE_NOW + 5), DSTACK_OK);
        assert_int_equal(judge(FORGE_NOW + 6), DSTACK_ERR_STALE);
        assert_true(dstack_report_valid_until(report) == FORGE_NOW + 5);
    }
}

static void
test_issue_dates(void **state)
{
    int64_t *from, *to;

    (void)state;
    for (int which = 0; which < SOURCES; which++) {
        forge_reset(f, FORGE_TDX_V4);
        source(which, &from, &to);
        *from = FORGE_NOW - 5;
        judge_good(DSTACK_TCB_UP_TO_DATE);
        assert_true(dstack_report_latest_issue(report) == FORGE_NOW - 5);
        /* The root certificate's, which is in every chain. */
        assert_true(
            dstack_report_earliest_issue(report) == INT64_C(1526899510));
        *from = INT64_C(1500000000);
        judge_good(DSTACK_TCB_UP_TO_DATE);
        assert_true(
            dstack_report_earliest_issue(report) == INT64_C(1500000000));
        assert_true(
            dstack_report_latest_issue(report) == FORGE_NOW - 10 * FORGE_DAY);
    }
}

/* ---- facts of the PCK certificate ----------------------------------------------------------- */

static void
assert_fact(const char *name, const uint8_t *want, size_t n)
{
    size_t len = 77;
    const uint8_t *p = dstack_report_pck(report, name, &len);

    assert_int_equal(len, n);
    if (n == 0) {
        assert_null(p);
        return;
    }
    assert_non_null(p);
    assert_memory_equal(p, want, n);
    assert_ptr_equal(dstack_report_pck(report, name, NULL), p);
}

static void
assert_flags(int dynamic, int cached, int smt)
{
    assert_int_equal(
        dstack_report_platform_flag(report, "dynamic_platform"), dynamic);
    assert_int_equal(
        dstack_report_platform_flag(report, "cached_keys"), cached);
    assert_int_equal(dstack_report_platform_flag(report, "smt_enabled"), smt);
    assert_int_equal(dstack_report_platform_flag(report, "smt"), -1);
    assert_int_equal(dstack_report_platform_flag(report, NULL), -1);
}

static void
test_pck_facts(void **state)
{
    static const uint8_t pce_svn[2] = {0x01, 0x02};

    (void)state;
    forge_reset(f, FORGE_TDX_V4);
    f->sgx.comps[15] = 255;
    f->sgx.pcesvn = 0x0102;
    memcpy(f->sgx.pceid, "\x12\x34", 2);
    memcpy(f->tcb_info.pceid, "\x12\x34", 2);
    f->sgx.type = 2;
    judge_good(DSTACK_TCB_UP_TO_DATE);
    assert_fact("fmspc", f->sgx.fmspc, 6);
    assert_fact("pce_id", f->sgx.pceid, 2);
    assert_fact("cpu_svn", f->sgx.comps, 16);
    assert_fact("tcb_components", f->sgx.comps, 16);
    assert_fact("pce_svn", pce_svn, 2);
    assert_fact("ppid", f->sgx.ppid, 16);
    assert_fact("platform_instance_id", f->sgx.instance_id, 16);
    assert_fact("PPID", NULL, 0);
    assert_fact(NULL, NULL, 0);
    assert_int_equal(dstack_report_sgx_type(report), 2);
    assert_flags(1, 0, 1);
    /* A processor CA's certificate says less. */
    forge_reset(f, FORGE_SGX_V3);
    forge_use_processor_ca(f);
    judge_good(DSTACK_TCB_UP_TO_DATE);
    assert_fact("platform_instance_id", NULL, 0);
    assert_fact("ppid", f->sgx.ppid, 16);
    assert_int_equal(dstack_report_sgx_type(report), 0);
    assert_flags(-1, -1, -1);
    /* Each flag may be absent by itself. */
    forge_reset(f, FORGE_TDX_V4);
    f->sgx.dynamic_platform = FORGE_FALSE;
    f->sgx.cached_keys = FORGE_UNDEFINED;
    judge_good(DSTACK_TCB_UP_TO_DATE);
    assert_flags(0, -1, 1);
}

/* A quote that did not even parse: nothing is known, and that is said. */
static void
test_nothing_known(void **state)
{
    (void)state;
    forge_reset(f, FORGE_TDX_V4);
    f->quote.vendor[0] ^= 1;
    assert_int_equal(judge(FORGE_NOW), DSTACK_ERR_PARSE);
    assert_null(dstack_report_quote(report));
    for (uint32_t whose = 0; whose < 8; whose++) {
        assert_status(whose, 0);
        assert_true(dstack_report_tcb_date(report, whose) == -1);
        assert_int_equal(dstack_report_advisory_count(report, whose), 0);
        assert_int_equal(dstack_report_eval_number(report, whose), 0);
    }
    assert_true(dstack_report_valid_until(report) == -1);
    assert_true(dstack_report_earliest_issue(report) == -1);
    assert_true(dstack_report_latest_issue(report) == -1);
    assert_fact("fmspc", NULL, 0);
    assert_flags(-1, -1, -1);
    assert_int_equal(dstack_report_sgx_type(report), -1);
    assert_string_equal(dstack_report_crl_number(report, "root"), "");
    assert_items(0, DSTACK_TCB_UNKNOWN);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_convergence),
        cmocka_unit_test(test_relaunch),
        cmocka_unit_test(test_status_names),
        cmocka_unit_test(test_one_place_decides),
        cmocka_unit_test(test_skip_of_module_svns),
        cmocka_unit_test(test_order_of_levels),
        cmocka_unit_test(test_rank_of_levels),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_shortfall_of_an_old_platform),
        cmocka_unit_test(test_shortfall_of_module_version_0),
        cmocka_unit_test(test_shortfall_without_a_level),
        cmocka_unit_test(test_tcb_dates),
        cmocka_unit_test(test_advisories),
        cmocka_unit_test(test_evaluation_numbers),
        cmocka_unit_test(test_crl_numbers),
        cmocka_unit_test(test_valid_until),
        cmocka_unit_test(test_issue_dates),
        cmocka_unit_test(test_pck_facts),
        cmocka_unit_test(test_nothing_known),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
