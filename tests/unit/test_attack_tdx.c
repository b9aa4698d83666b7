/* SPDX-License-Identifier: Apache-2.0 */
/* Catalogue, section 4.6: the body of a TD report or enclave, the TDX module,
 * and TDs that outlived their module. All of it is signed by whoever must. */
#include "support/attack.h"

#define COLLATERAL DSTACK_STAGE_COLLATERAL
#define TCB DSTACK_STAGE_TCB
#define ATTRIBUTES DSTACK_STAGE_ATTRIBUTES
#define POLICY DSTACK_STAGE_POLICY
#define UP DSTACK_TCB_UP_TO_DATE
#define LATE DSTACK_TCB_OUT_OF_DATE
#define LATE_CONFIGURATION DSTACK_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED
#define RELAUNCH DSTACK_TCB_TD_RELAUNCH_ADVISED
#define RELAUNCH_CONFIGURATION \
    DSTACK_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
#define BIT(n) (UINT64_C(1) << (n))
#define SERVTD_EXT BIT(17)

/* A new policy that lets the defaults of this kind pass. */
static dstack_policy *
policy(attack *a, int kind)
{
    dstack_policy *p = attack_policy(a);

    if (kind == FORGE_TDX_V5_EX)
        assert_int_equal(
            dstack_policy_accept_attributes(p, SERVTD_EXT, NULL), DSTACK_OK);
    return p;
}

/* ---- attributes --------------------------------------------------------------- */

static void
row_123(attack *a)
{
    ATTACK_EACH_TDX(a, kind)
    {
        a->f->quote.td.td_attributes |= BIT(0);
        attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_DEBUG);
        a->null_policy = true;
        attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_DEBUG);
        a->null_policy = false;
        dstack_policy_accept_debug(policy(a, kind));
        attack_accept(a, UP);
        /* Debug is no reason to accept anything else. */
        a->f->quote.td.td_attributes |= BIT(1);
        attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_TUD);
    }
}

static void
row_124(attack *a)
{
    ATTACK_EACH_TDX(a, kind)
    for (unsigned bit = 1; bit <= 7; bit++) {
        bool profiling = bit >= 4 && bit <= 6;

        attack_begin(a, kind);
        attack_case(a, "kind %d, bit %u", kind, bit);
        a->f->quote.td.td_attributes |= BIT(bit);
        attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_TUD);
        dstack_policy_accept_profiling(policy(a, kind));
        if (profiling)
            attack_accept(a, UP);
        else
            attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_TUD);
        dstack_policy_accept_debug(policy(a, kind));
        attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_TUD);
    }
}

static void
row_125(attack *a)
{
    ATTACK_EACH_TDX(a, kind)
    {
        uint64_t *bits = &a->f->quote.td.td_attributes;

        *bits &= ~BIT(28);
        attack_accept(a, UP);
        assert_int_equal(
            dstack_policy_require_attributes(policy(a, kind), BIT(28), 0, NULL),
            DSTACK_OK);
        attack_reject(a, POLICY, DSTACK_REASON_ATTR_SEPT);
        *bits |= BIT(28);
        attack_accept(a, UP);
    }
}

static void
row_126(attack *a)
{
    for (unsigned bit = 8; bit < 62; bit++) {
        bool reserved = bit <= 15 || (bit >= 18 && bit <= 26) || bit >= 32;
        int kind = FORGE_TDX_V4 + (int)(bit % 4);

        if (!reserved)
            continue;
        attack_begin(a, kind);
        attack_case(a, "kind %d, bit %u", kind, bit);
        a->f->quote.td.td_attributes |= BIT(bit);
        attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_RESERVED);
        /* Accepting the bits beside it does not help; accepting it does. */
        assert_int_equal(
            dstack_policy_accept_attributes(policy(a, kind),
                (UINT64_MAX & ~BIT(29) & ~UINT64_C(0xff)) & ~BIT(bit), NULL),
            DSTACK_OK);
        attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_RESERVED);
        assert_int_equal(
            dstack_policy_accept_attributes(policy(a, kind), BIT(bit), NULL),
            DSTACK_OK);
        attack_accept(a, UP);
    }
}

static void
row_127(attack *a)
{
    static const unsigned bits[] = {27, 30, 31, 63};

    ATTACK_EACH_TDX(a, kind)
    {
        for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
            a->f->quote.td.td_attributes |= BIT(bits[i]);
        attack_accept(a, UP);
    }
    /* Named, but nothing to allow unasked: ICSSD and TPA. */
    for (unsigned bit = 16; bit < 64; bit += 46) {
        attack_begin(a, FORGE_TDX_V4);
        a->f->quote.td.td_attributes |= BIT(bit);
        attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_SEC);
        assert_int_equal(
            dstack_policy_accept_attributes(attack_policy(a), BIT(bit), NULL),
            DSTACK_OK);
        attack_accept(a, UP);
    }
}

/* Who may migrate a TD is mr_service_td's to say. */
static void
migratable(attack *a, int kind, bool service)
{
    bool has = kind >= FORGE_TDX_V5_15;
    uint8_t *mr = a->f->quote.td.mr_service_td;

    if (service)
        memset(mr, 0x77, 48);
    a->f->quote.td.td_attributes |= BIT(29);
    attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_MIGRATABLE);
    dstack_policy_accept_service_td(policy(a, kind));
    attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_MIGRATABLE);
    dstack_policy_accept_migratable(policy(a, kind));
    if (service)
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_SERVICE_TD);
    else
        attack_accept(a, UP);
    assert_int_equal(dstack_policy_expect_field(
                         policy(a, kind), "mr_service_td", mr, 48, NULL),
        DSTACK_OK);
    if (has)
        attack_accept(a, UP);
    else /* a TD 1.0 report says nothing of it */
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_MEASUREMENT);
    mr[47] ^= 1;
    if (has)
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_MEASUREMENT);
    mr[47] ^= 1;
}

static void
row_128(attack *a)
{
    ATTACK_EACH_TDX(a, kind)
    {
        migratable(a, kind, false);
        if (kind < FORGE_TDX_V5_15)
            continue;
        attack_begin(a, kind);
        migratable(a, kind, true);
        /* A service TD without MIGRATABLE: no less of one. */
        attack_begin(a, kind);
        a->f->quote.td.mr_service_td[13] = 1;
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_SERVICE_TD);
        dstack_policy_accept_service_td(policy(a, kind));
        attack_accept(a, UP);
    }
}

/* ---- the module ----------------------------------------------------------------- */

static void
row_129(attack *a)
{
    static const unsigned bits[] = {0, 7, 100, 200, 383};

    ATTACK_EACH_TDX(a, kind)
    {
        for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
            uint8_t *at = &a->f->quote.td.mr_signer_seam[bits[i] / 8];

            *at ^= (uint8_t)(1u << bits[i] % 8);
            attack_reject(a, TCB, DSTACK_REASON_TDX_MODULE_MISMATCH);
            *at ^= (uint8_t)(1u << bits[i] % 8);
        }
        /* The identity of this version counts, not tdxModule's. */
        memset(a->f->tcb_info.module.mrsigner, 0x11, 48);
        attack_accept(a, UP);
        a->f->tcb_info.modules[1].mrsigner[9] = 1;
        attack_reject(a, TCB, DSTACK_REASON_TDX_MODULE_MISMATCH);
        memcpy(a->f->quote.td.mr_signer_seam,
            a->f->tcb_info.modules[1].mrsigner, 48);
        attack_accept(a, UP);
        /* Version 0 is tdxModule's. */
        a->f->quote.td.tee_tcb_svn[1] = 0;
        a->f->quote.td.tee_tcb_svn2[1] = 0;
        attack_reject(a, TCB, DSTACK_REASON_TDX_MODULE_MISMATCH);
        memset(a->f->quote.td.mr_signer_seam, 0x11, 48);
        attack_accept(a, UP);
    }
}

static void
row_130(attack *a)
{
    ATTACK_EACH_TDX(a, kind)
    {
        forge_module *m = &a->f->tcb_info.modules[1];
        uint8_t *seam = a->f->quote.td.seam_attributes;

        for (unsigned bit = 0; bit < 64; bit += 21) {
            memset(seam, 0, 8);
            seam[bit / 8] = (uint8_t)(1u << bit % 8);
            memset(m->mask, 0xff, 8);
            attack_reject(a, TCB, DSTACK_REASON_TDX_MODULE_MISMATCH);
            m->mask[bit / 8] = 0;
            attack_reject(a, TCB, DSTACK_REASON_TDX_MODULE_MISMATCH);
            /* Not even where Intel's document asks for it. */
            m->mask[bit / 8] = 0xff;
            memcpy(m->attributes, seam, 8);
            attack_reject(a, TCB, DSTACK_REASON_TDX_MODULE_MISMATCH);
            memset(m->attributes, 0, 8);
        }
        memset(seam, 0, 8);
        attack_accept(a, UP);
        m->attributes[3] = 2;
        attack_reject(a, TCB, DSTACK_REASON_TDX_MODULE_MISMATCH);
        /* An identity that asks for bits outside its mask fits nothing. */
        m->mask[3] = 0;
        attack_reject(a, TCB, DSTACK_REASON_TDX_MODULE_MISMATCH);
    }
}

static void
row_131(attack *a)
{
    static const char *const malformed[] = {"TDX_1", "TDX_001", "TDX_0G",
        "TDX-01", "XDX_01", "TDX_", "", "TDX_01 ", " TDX_01", "01"};
    static const char *const tens[] = {"TDX_0a", "TDX_0A", "tdx_0a", "Tdx_0A"};

    ATTACK_EACH_TDX(a, kind)
    {
        forge_tcb_info *t = &a->f->tcb_info;

        t->modules_on = false;
        attack_reject(a, TCB, DSTACK_REASON_TDX_MODULE_MISMATCH);
        t->modules_on = true;
        t->module_n = 0;
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
        t->module_n = 1; /* TDX_03 alone */
        attack_reject(a, TCB, DSTACK_REASON_TDX_MODULE_MISMATCH);
        t->module_n = 2;
        t->modules[1].id = "TDX_10"; /* hex */
        attack_reject(a, TCB, DSTACK_REASON_TDX_MODULE_MISMATCH);
        t->modules[1].id = "tdx_01";
        attack_accept(a, UP);
    }
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        attack_begin(a, FORGE_TDX_V4);
        attack_case(a, "\"%s\"", malformed[i]);
        a->f->tcb_info.modules[1].id = malformed[i];
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
    }
    for (size_t i = 0; i < 2; i++) {
        attack_begin(a, FORGE_TDX_V4);
        a->f->tcb_info.doc.edits[0] = (forge_edit){.find = "\"id\":\"TDX_01\"",
            .put = i == 0 ? "\"id\":1" : "\"ID\":\"TDX_01\""};
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON);
    }
    attack_begin(a, FORGE_TDX_V4);
    a->f->tcb_info.modules[0].id = "tdx_01";
    attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_DUP);
    for (size_t i = 0; i < sizeof tens / sizeof tens[0]; i++) {
        attack_begin(a, FORGE_TDX_V5_15);
        a->f->quote.td.tee_tcb_svn[1] = a->f->quote.td.tee_tcb_svn2[1] = 10;
        attack_reject(a, TCB, DSTACK_REASON_TDX_MODULE_MISMATCH);
        a->f->tcb_info.modules[1].id = tens[i];
        attack_accept(a, UP);
    }
}

static void
row_132(attack *a)
{
    ATTACK_EACH_TDX(a, kind)
    {
        a->f->quote.td.tee_tcb_svn[0] = 1;
        attack_reject(a, TCB, DSTACK_REASON_TCB_NOT_SUPPORTED);
        a->f->quote.td.tee_tcb_svn[0] = 2;
        a->f->quote.td.tee_tcb_svn2[0] = 2;
        attack_accept(a, LATE);
    }
}

static void
row_133(attack *a)
{
    static const uint8_t with[3] = {4, 1, 2};
    static const uint8_t without[3] = {4, 0, 2};

    ATTACK_EACH_TDX(a, kind)
    {
        forge_tcb_info *t = &a->f->tcb_info;

        t->levels[0].tdx[2] = 2; /* 5, 0, 2 */
        t->modules[1].levels[0].isvsvn = 4;
        t->modules[1].levels[1].isvsvn = 3;
        memcpy(a->f->quote.td.tee_tcb_svn, with, 3);
        memcpy(a->f->quote.td.tee_tcb_svn2, with, 3);
        attack_accept(a, UP);
        t->levels[0].tdx[1] = 255;
        attack_accept(a, UP);
        t->levels[0].tdx[1] = 0;
        /* Without a version of its own the module is judged by them. */
        memcpy(a->f->quote.td.tee_tcb_svn, without, 3);
        memcpy(a->f->quote.td.tee_tcb_svn2, without, 3);
        attack_accept(a, LATE);
    }
}

static void
row_134(attack *a)
{
    ATTACK_EACH_TDX(a, kind)
    {
        forge_td *td = &a->f->quote.td;

        td->tee_tcb_svn[2] = td->tee_tcb_svn2[2] = 2;
        attack_accept(a, LATE);
        td->tee_tcb_svn[2] = td->tee_tcb_svn2[2] = 1;
        attack_accept(a, LATE_CONFIGURATION);
        td->tee_tcb_svn[2] = td->tee_tcb_svn2[2] = 3;
        for (unsigned i = 3; i < 16; i += 6) {
            a->f->tcb_info.levels[0].tdx[i] = 1;
            attack_accept(a, LATE);
            a->f->tcb_info.levels[0].tdx[i] = 0;
        }
    }
}

/* ---- launch and now ---------------------------------------------------------------- */

static const int two_svns[] = {FORGE_TDX_V5_15, FORGE_TDX_V5_EX};
#define EACH_TD15(a, k) \
    for (size_t k = 0; k < 2 && (attack_begin(a, two_svns[k]), true); k++)

static void
assert_of(const attack *a, uint32_t launch, uint32_t current)
{
    assert_int_equal(
        dstack_report_tcb_status(a->report, DSTACK_OF_LAUNCH), launch);
    assert_int_equal(
        dstack_report_tcb_status(a->report, DSTACK_OF_CURRENT), current);
}

/* Refused by default; accepted where the policy names both statuses. */
static void
relaunch(attack *a, uint32_t status, uint32_t launch, uint32_t current)
{
    dstack_policy_free(a->policy);
    a->policy = NULL;
    attack_reject(a, POLICY, DSTACK_REASON_POLICY_STATUS);
    assert_int_equal(dstack_policy_accept_tcb_status(policy(a, FORGE_TDX_V5_EX),
                         DSTACK_OF_ALL, status, NULL),
        DSTACK_OK);
    assert_int_equal(dstack_policy_accept_tcb_status(
                         a->policy, DSTACK_OF_CURRENT, current, NULL),
        DSTACK_OK);
    attack_accept(a, status);
    assert_of(a, launch, current);
}

static void
row_135(attack *a)
{
    EACH_TD15(a, k)
    {
        a->f->quote.td.tee_tcb_svn[0] = 4; /* the module was old */
        relaunch(a, RELAUNCH, LATE, UP);
        a->f->quote.td.tee_tcb_svn[0] = 6;
        a->f->quote.td.tee_tcb_svn[2] = 2; /* the loader was */
        relaunch(a, RELAUNCH, LATE, UP);
        a->f->tcb_info.levels[0].status = "SWHardeningNeeded";
        relaunch(a, RELAUNCH, LATE, DSTACK_TCB_SW_HARDENING_NEEDED);
        /* An old QE is old now as well. */
        a->f->quote.qe.isv_svn = 5;
        relaunch(a, LATE, LATE, LATE);
    }
    attack_begin(a, FORGE_TDX_V5_10);
    a->f->quote.td.tee_tcb_svn[0] = 4;
    attack_accept(a, LATE);
}

static void
row_136(attack *a)
{
    EACH_TD15(a, k)
    {
        forge_level *l = a->f->tcb_info.levels;

        a->f->quote.td.tee_tcb_svn[2] = 2;
        l[0].status = "ConfigurationNeeded";
        relaunch(
            a, RELAUNCH_CONFIGURATION, LATE, DSTACK_TCB_CONFIGURATION_NEEDED);
        l[0].status = "ConfigurationAndSWHardeningNeeded";
        relaunch(a, RELAUNCH_CONFIGURATION, LATE,
            DSTACK_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED);
        l[0].status = "UpToDate";
        a->f->quote.td.tee_tcb_svn[2] = 1;
        relaunch(a, RELAUNCH_CONFIGURATION, LATE_CONFIGURATION, UP);
        l[0].status = "OutOfDate";
        relaunch(a, LATE_CONFIGURATION, LATE_CONFIGURATION, LATE);
    }
}

static void
row_137(attack *a)
{
    EACH_TD15(a, k)
    {
        int kind = two_svns[k];

        a->f->quote.td.tee_tcb_svn2[0] = 4;
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_CURRENT);
        assert_of(a, UP, LATE);
        assert_int_equal(
            dstack_report_tcb_status(a->report, DSTACK_OF_ALL), UP);
        dstack_policy_accept_any_current_status(policy(a, kind));
        attack_accept(a, UP);
        assert_of(a, UP, LATE);
        assert_int_equal(dstack_policy_accept_tcb_status(
                             policy(a, kind), DSTACK_OF_CURRENT, LATE, NULL),
            DSTACK_OK);
        attack_accept(a, UP);
        /* A status named for launch alone does not widen it. */
        assert_int_equal(dstack_policy_accept_tcb_status(
                             policy(a, kind), DSTACK_OF_LAUNCH, LATE, NULL),
            DSTACK_OK);
        attack_reject(a, POLICY, DSTACK_REASON_POLICY_CURRENT);
    }
}

static void
row_138(attack *a)
{
    EACH_TD15(a, k)
    {
        forge_td *td = &a->f->quote.td;

        a->f->tcb_info.modules[0].levels[0].status = "Revoked";
        attack_accept(a, UP);
        td->tee_tcb_svn2[0] = td->tee_tcb_svn2[1] = 3;
        attack_reject(a, TCB, DSTACK_REASON_TCB_REVOKED);
        td->tee_tcb_svn[0] = 4; /* and out of date at launch */
        attack_reject(a, TCB, DSTACK_REASON_TCB_REVOKED);
        assert_of(a, LATE, DSTACK_TCB_REVOKED);
        dstack_policy_accept_any_current_status(policy(a, two_svns[k]));
        attack_reject(a, TCB, DSTACK_REASON_TCB_REVOKED);
        /* Revoked at launch, good now. */
        attack_begin(a, two_svns[k]);
        a->f->tcb_info.levels[1].status = "Revoked";
        td->tee_tcb_svn[2] = 2;
        attack_reject(a, TCB, DSTACK_REASON_TCB_REVOKED);
        assert_of(a, DSTACK_TCB_REVOKED, UP);
    }
}

static void
row_139(attack *a)
{
    EACH_TD15(a, k)
    {
        forge_td *td = &a->f->quote.td;

        td->tee_tcb_svn2[2] = 0;
        attack_reject(a, TCB, DSTACK_REASON_TCB_NOT_SUPPORTED);
        td->tee_tcb_svn2[2] = 3;
        td->tee_tcb_svn2[1] = 2;
        attack_reject(a, TCB, DSTACK_REASON_TCB_NOT_SUPPORTED);
        td->tee_tcb_svn2[1] = 1;
        td->tee_tcb_svn2[0] = 1;
        attack_reject(a, TCB, DSTACK_REASON_TCB_NOT_SUPPORTED);
        /* A policy that does not care for now does not help. */
        dstack_policy_accept_any_current_status(policy(a, two_svns[k]));
        attack_reject(a, TCB, DSTACK_REASON_TCB_NOT_SUPPORTED);
        td->tee_tcb_svn2[0] = 2;
        attack_accept(a, UP);
    }
}

/* ---- enclaves and the rest ------------------------------------------------------------ */

static void
row_140(attack *a)
{
    ATTACK_EACH_SGX(a, kind)
    {
        a->f->quote.sgx.flags |= 2;
        attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_DEBUG);
        a->null_policy = true;
        attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_DEBUG);
        a->null_policy = false;
        dstack_policy_accept_debug(policy(a, kind));
        attack_accept(a, UP);
        a->f->quote.sgx.flags |= 0x10;
        attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_PROVISIONKEY);
        a->f->quote.sgx.flags &= ~UINT64_C(2);
        dstack_policy_accept_provisioning_key(policy(a, kind));
        attack_accept(a, UP);
    }
}

static void
row_141(attack *a)
{
    ATTACK_EACH_TDX(a, kind)
    {
        uint64_t *xfam = &a->f->quote.td.xfam;
        uint64_t good = *xfam;

        *xfam = good & ~BIT(0);
        attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_XFAM);
        *xfam = good & ~BIT(1);
        attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_XFAM);
        *xfam = 0;
        attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_XFAM);
        /* No mask allows that. */
        assert_int_equal(
            dstack_policy_require_xfam_mask(policy(a, kind), UINT64_MAX, NULL),
            DSTACK_OK);
        attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_XFAM);
        *xfam = good | BIT(63);
        attack_accept(a, UP);
        policy(a, kind);
        attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_XFAM);
        *xfam = 3;
        attack_accept(a, UP);
        *xfam = 0xfffff; /* bits 0 to 19 have names */
        attack_accept(a, UP);
        assert_int_equal(
            dstack_policy_require_xfam_mask(policy(a, kind), 0x7ffff, NULL),
            DSTACK_OK);
        attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_XFAM);
    }
}

static void
row_142(attack *a)
{
    attack_begin(a, FORGE_TDX_V5_EX);
    a->f->quote.td.td_attributes &= ~SERVTD_EXT;
    attack_policy(a);
    attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_INCONSISTENT);
    a->f->quote.td.td_attributes |= SERVTD_EXT;
    attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_SEC);
    policy(a, FORGE_TDX_V5_EX);
    attack_accept(a, UP);
    for (int kind = FORGE_TDX_V4; kind < FORGE_TDX_V5_EX; kind++) {
        attack_begin(a, kind);
        a->f->quote.td.td_attributes |= SERVTD_EXT;
        attack_reject(a, ATTRIBUTES, DSTACK_REASON_ATTR_INCONSISTENT);
        policy(a, FORGE_TDX_V5_EX);
        attack_accept(a, UP);
    }
}

static const attack_row rows[] = {
    ATTACK("123", "debug TD", row_123),
    ATTACK("124", "TUD bits 1 to 7", row_124),
    ATTACK("125", "SEPT_VE_DISABLE clear", row_125),
    ATTACK("126", "reserved attribute bits", row_126),
    ATTACK("127", "LASS, PKS, KL, PERFMON", row_127),
    ATTACK("128", "migratable TD, service TD", row_128),
    ATTACK("129", "another signer of the TDX module", row_129),
    ATTACK("130", "attributes of the TDX module", row_130),
    ATTACK("131", "TDX module identities: missing, ids", row_131),
    ATTACK("132", "TDX module older than every level", row_132),
    ATTACK("133", "module SVNs are not compared twice", row_133),
    ATTACK("134", "loader SVN below the level", row_134),
    ATTACK("135", "out of date at launch, updated since", row_135),
    ATTACK("136", "the same with configuration needed", row_136),
    ATTACK("137", "up to date at launch, older now", row_137),
    ATTACK("138", "revoked now or at launch", row_138),
    ATTACK("139", "no level for what runs now", row_139),
    ATTACK("140", "debug enclave", row_140),
    ATTACK("141", "XFAM without x87 or SSE", row_141),
    ATTACK("142", "SERVTD_EXT and the body disagree", row_142),
};

ATTACK_MAIN(rows)
