/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "dstack/policy.h"
#include "verify/verify.h"

/* Facts made by hand, judged by policies that are read from JSON (written with
 * ' for "): each row breaks one rule and names the check and the reason. */

#define NOW INT64_C(1790000000)
#define ROWS(a) (sizeof(a) / sizeof((a)[0]))

/* ---- evidence ---------------------------------------------------------------- */

static const size_t sizes[] = {0, 384, 584, 648, 885};

typedef struct {
    uint8_t bytes[2048];
    uint8_t *body;
    dstack_quote q;
    ds_facts f;
    char ids[DS_OF_COUNT][4][DS_MAX_ADVISORY_ID + 1];
} evidence;

static void
put_le(uint8_t *p, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

/* A version 5 quote with certification data of type 1 (spec 1.2 and 1.7); its
 * signatures are zeros, which nothing here looks at. */
static size_t
write_quote(uint8_t *out, unsigned body)
{
    static const uint8_t vendor[] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c,
        0xa9, 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};
    uint8_t *p = out + 54 + sizes[body];

    put_le(out, 5, 2);
    put_le(out + 2, 2, 2);
    put_le(out + 4, body == DSTACK_BODY_SGX ? 0 : 0x81, 4);
    memcpy(out + 12, vendor, sizeof vendor);
    put_le(out + 48, body, 2);
    put_le(out + 50, sizes[body], 4);
    put_le(p, 134 + 456 + 36, 4);
    put_le(p + 4 + 128, 6, 2);
    put_le(p + 4 + 130, 456 + 36, 4);
    put_le(p + 4 + 134 + 450, 1, 2);
    put_le(p + 4 + 134 + 452, 36, 4);
    return (size_t)(p - out) + 4 + 134 + 456 + 36;
}

static void
fill_body(evidence *e, unsigned body)
{
    e->body = e->bytes + 54;
    if (body == DSTACK_BODY_SGX) {
        put_le(e->body + 48, 5, 8); /* INIT, MODE64BIT */
        put_le(e->body + 56, 3, 8);
        memset(e->body + 64, 0xe1, 32);  /* mr_enclave */
        memset(e->body + 128, 0xe2, 32); /* mr_signer */
        put_le(e->body + 258, 7, 2);     /* isv_svn */
        put_le(e->body + 260, 300, 2);   /* config_svn */
        memset(e->body + 320, 0xdd, 64);
        return;
    }
    e->body[0] = 6; /* tee_tcb_svn 06 01 03 */
    e->body[1] = 1;
    e->body[2] = 3;
    put_le(e->body + 120, 1u << 28, 8);
    put_le(e->body + 128, 0xe7, 8);
    memset(e->body + 136, 0xa1, 48); /* mr_td */
    memset(e->body + 328, 0xb0, 48); /* rtmr0 */
    memset(e->body + 520, 0xdd, 64); /* report_data */
    if (body >= DSTACK_BODY_TD15)
        memcpy(e->body + 584, e->body, 16);
    if (body == DSTACK_BODY_TD15_EX)
        memset(e->body + 817, 0xf5, 6); /* init FMSPC */
}

static void
fill_facts(ds_facts *f, unsigned body)
{
    static const uint8_t parts[] = {DSTACK_OF_ALL, DSTACK_OF_PLATFORM,
        DSTACK_OF_QE, DSTACK_OF_LAUNCH, DSTACK_OF_MODULE, DSTACK_OF_CURRENT,
        DSTACK_OF_PLATFORM_CURRENT, DSTACK_OF_MODULE_CURRENT};
    size_t n = body == DSTACK_BODY_SGX ? 4 : body == DSTACK_BODY_TD10 ? 5 : 8;

    ds_facts_init(f);
    for (size_t i = 0; i < n; i++) {
        f->status[parts[i]] = DSTACK_TCB_UP_TO_DATE;
        f->date[parts[i]] = NOW - 1000;
    }
    f->authentic = true;
    f->quote_signed = true;
    f->have_pck = true;
    memset(f->pck.fmspc, 0xf5, 6);
    memset(f->pck.ppid, 0x99, 16);
    memset(f->pck.instance_id, 0x98, 16);
    f->pck.has_instance_id = true;
    f->pck.sgx_type = 1;
    f->pck.dynamic_platform = 1;
    f->pck.cached_keys = 0;
    f->pck.smt_enabled = -1;
    f->have_eval = true;
    f->eval_tcb = 17;
    f->eval_qe = 18;
    f->tcb_issue = f->qeid_issue = NOW - 100;
    f->root_crl_issue = f->pck_crl_issue = NOW - 100;
    strcpy(f->root_crl_number, "10");
    strcpy(f->pck_crl_number, "20");
}

static void
make(evidence *e, unsigned body)
{
    dstack_error err;
    size_t n;

    memset(e, 0, sizeof *e);
    n = write_quote(e->bytes, body);
    fill_body(e, body);
    if (ds_quote_parse(ds_view_of(e->bytes, n), &e->q, &err) != DSTACK_OK)
        fail_msg("%s", err.message);
    fill_facts(&e->f, body);
    e->f.quote = &e->q;
}

/* ---- changes to it ------------------------------------------------------------ */

enum {
    T_NONE = 0,
    T_BYTE, /* of the body */
    T_ATTR, /* flip these bits */
    T_XFAM, /* flip these bits */
    T_STATUS,
    T_DATE,
    T_EVAL,  /* 0 TCB info, 1 QE identity, 2 have_eval */
    T_ISSUE, /* 0 TCB info, 1 QE identity, 2 root CRL, 3 PCK CRL */
    T_FLAG,
    T_TYPE,
    T_PCK,
    T_INSTANCE,
    T_ADVISORY, /* add an ID to the set of a part */
    T_CRL       /* 0 root, 1 PCK: the number */
};

typedef struct {
    int kind;
    uint32_t at;
    int64_t value;
    const char *text;
} tweak;

static void
add_advisory(evidence *e, uint32_t whose, const char *id)
{
    ds_advisory_set *set = &e->f.advisories[whose];

    set->id = e->ids[whose];
    strcpy(set->id[set->n++], id);
}

static void
flip(uint8_t *p, int64_t bits)
{
    put_le(p, ds_le64(p) ^ (uint64_t)bits, 8);
}

static void
change_pck(evidence *e, const tweak *t)
{
    int8_t *flags[] = {&e->f.pck.dynamic_platform, &e->f.pck.cached_keys,
        &e->f.pck.smt_enabled};

    if (t->kind == T_FLAG)
        *flags[t->at] = (int8_t)t->value;
    else if (t->kind == T_TYPE)
        e->f.pck.sgx_type = (int8_t)t->value;
    else if (t->kind == T_PCK)
        e->f.have_pck = t->value != 0;
    else if (t->kind == T_INSTANCE)
        e->f.pck.has_instance_id = t->value != 0;
}

static void
change_facts(evidence *e, const tweak *t)
{
    int64_t *issue[] = {&e->f.tcb_issue, &e->f.qeid_issue, &e->f.root_crl_issue,
        &e->f.pck_crl_issue};

    if (t->kind == T_STATUS)
        e->f.status[t->at] = (uint32_t)t->value;
    else if (t->kind == T_DATE)
        e->f.date[t->at] = t->value;
    else if (t->kind == T_EVAL && t->at == 2)
        e->f.have_eval = t->value != 0;
    else if (t->kind == T_EVAL)
        *(t->at ? &e->f.eval_qe : &e->f.eval_tcb) = (uint32_t)t->value;
    else if (t->kind == T_ISSUE)
        *issue[t->at] = t->value;
    else if (t->kind == T_ADVISORY)
        add_advisory(e, t->at, t->text);
    else if (t->kind == T_CRL)
        strcpy(t->at ? e->f.pck_crl_number : e->f.root_crl_number, t->text);
}

static void
change(evidence *e, const tweak *t)
{
    bool sgx = e->q.tee == DSTACK_TEE_SGX;

    if (t->kind == T_BYTE)
        e->body[t->at] = (uint8_t)t->value;
    else if (t->kind == T_ATTR)
        flip(e->body + (sgx ? 48 : 120), t->value);
    else if (t->kind == T_XFAM)
        flip(e->body + (sgx ? 56 : 128), t->value);
    else {
        change_pck(e, t);
        change_facts(e, t);
    }
}

/* ---- judging ------------------------------------------------------------------ */

static int
parse(const char *json, dstack_policy **ret, dstack_error *err)
{
    static char text[8192];
    size_t n = strlen(json);

    assert_true(n < sizeof text);
    for (size_t i = 0; i < n; i++)
        text[i] = json[i] == '\'' ? '"' : json[i];
    return dstack_policy_parse((const uint8_t *)text, n, ret, err);
}

static dstack_policy *
policy_of(const char *json)
{
    dstack_policy *p = NULL;
    dstack_error err;

    if (parse(json, &p, &err) != DSTACK_OK)
        fail_msg("%s: %s", json, err.message);
    assert_int_equal(err.code, 0);
    return p;
}

static ds_checks checks;

/* Judged as expected: check -1 for acceptance; else that one check fails and
 * no other, with that reason and a message. */
static void
expect(const char *name, const dstack_policy *p, const evidence *e, int64_t now,
    int check, int reason)
{
    int rc;

    ds_checks_init(&checks);
    rc = ds_policy_judge(p, &e->f, NULL, NULL, NULL, now, &checks);
    for (int i = 0; i < DS_CHECK_COUNT; i++)
        if ((checks.at[i].result == DS_FAILED) != (i == check))
            fail_msg("%s: %s %s: %s", name, ds_check_name(i),
                i == check ? "did not fail" : "failed", checks.error.message);
    assert_int_equal(checks.first, check);
    if (check < 0) {
        assert_int_equal(rc, DSTACK_OK);
        return;
    }
    if (checks.at[check].reason != reason)
        fail_msg(
            "%s: reason %s", name, dstack_reason_name(checks.at[check].reason));
    assert_int_equal(rc, DSTACK_ERR_POLICY);
    assert_int_equal(checks.error.reason, reason);
    assert_true(checks.error.message[0] != 0);
    assert_true(checks.at[check].expected[0] != 0);
}

typedef struct {
    const char *json;
    unsigned body;
    tweak t[6];
    int check; /* -1: accepted */
    int reason;
    int64_t later; /* seconds after NOW */
} row;

static void
run_rows(const row *rows, size_t n)
{
    static evidence e;

    for (size_t i = 0; i < n; i++) {
        const row *r = &rows[i];
        dstack_policy *p = policy_of(r->json);
        char name[400];

        snprintf(name, sizeof name, "row %zu: %s", i, r->json);
        make(&e, r->body);
        for (size_t k = 0; k < ROWS(r->t); k++)
            change(&e, &r->t[k]);
        expect(name, p, &e, NOW + r->later, r->check, r->reason);
        dstack_policy_free(p);
    }
}

#define RUN(rows) run_rows(rows, ROWS(rows))
#define SGX DSTACK_BODY_SGX
#define TD10 DSTACK_BODY_TD10
#define TD15 DSTACK_BODY_TD15
#define EX DSTACK_BODY_TD15_EX
#define OK -1, 0, 0
#define NO(check, reason) DS_CHECK_##check, DSTACK_REASON_##reason, 0
#define ANY "'accept_any_workload': true"
#define NIL \
    { \
        { \
            0 \
        } \
    }
#define BIT(n) (INT64_C(1) << (n))

/* ---- the bits of the TD or enclave --------------------------------------------- */

static void
test_debug(void **state)
{
    static const row rows[] = {
        {"{" ANY "}", TD10, {{T_ATTR, 0, 1, 0}}, NO(ATTR_DEBUG, ATTR_DEBUG)},
        {"{" ANY ",'accept_debug':false}", TD10, {{T_ATTR, 0, 1, 0}},
            NO(ATTR_DEBUG, ATTR_DEBUG)},
        {"{" ANY ",'accept_debug':true}", TD10, {{T_ATTR, 0, 1, 0}}, OK},
        {"{" ANY "}", SGX, {{T_ATTR, 0, 2, 0}}, NO(ATTR_DEBUG, ATTR_DEBUG)},
        {"{" ANY ",'accept_debug':true}", SGX, {{T_ATTR, 0, 2, 0}}, OK},
        /* INIT of an enclave is where DEBUG of a TD is. */
        {"{" ANY "}", SGX, NIL, OK},
        {"{" ANY "}", SGX, {{T_ATTR, 0, 16, 0}},
            NO(ATTR_RESERVED, ATTR_PROVISIONKEY)},
        {"{" ANY ",'accept_provisioning_key':true}", SGX, {{T_ATTR, 0, 16, 0}},
            OK},
    };

    (void)state;
    RUN(rows);
}

/* What each of the 64 TD attribute bits does by default, after profiling was
 * accepted, and after a mask accepted it (spec 1.5 and 3.12). */
static void
test_every_td_bit(void **state)
{
    /* d DEBUG, t TUD, p profiling, r reserved, s SEC, e SERVTD_EXT, which a
     * TD 1.0 report must not have, m MIGRATABLE, . fine */
    static const char kinds[] = "dtttpppt"
                                "rrrrrrrr"
                                "serrrrrr"
                                "rrr..m.."
                                "rrrrrrrr"
                                "rrrrrrrr"
                                "rrrrrrrr"
                                "rrrrrrs.";
    static evidence e;

    (void)state;
    assert_int_equal(strlen(kinds), 64);
    for (int i = 0; i < 64; i++) {
        dstack_policy *p = policy_of("{" ANY "}");
        char k = kinds[i];
        int check = k == 'd'   ? DS_CHECK_ATTR_DEBUG
                    : k == 'm' ? DS_CHECK_ATTR_MIGRATION
                    : k == '.' ? -1
                               : DS_CHECK_ATTR_RESERVED;
        int reason = k == 'd'               ? DSTACK_REASON_ATTR_DEBUG
                     : k == 't' || k == 'p' ? DSTACK_REASON_ATTR_TUD
                     : k == 'r'             ? DSTACK_REASON_ATTR_RESERVED
                     : k == 's'             ? DSTACK_REASON_ATTR_SEC
                     : k == 'e'             ? DSTACK_REASON_ATTR_INCONSISTENT
                                            : DSTACK_REASON_ATTR_MIGRATABLE;
        bool maskable = strchr("rse.", k) != NULL;
        char name[32];

        snprintf(name, sizeof name, "bit %d", i);
        make(&e, TD10);
        put_le(e.body + 120, UINT64_C(1) << i, 8);
        expect(name, p, &e, NOW, check, reason);
        dstack_policy_accept_profiling(p);
        if (k == 'p')
            check = -1;
        expect(name, p, &e, NOW, check, reason);
        assert_int_equal(
            dstack_policy_accept_attributes(p, UINT64_C(1) << i, NULL),
            maskable ? DSTACK_OK : DSTACK_ERR_ARG);
        expect(name, p, &e, NOW, maskable ? -1 : check, reason);
        dstack_policy_free(p);
    }
}

#define ZERO47 \
    "00000000000000000000000000000000000000000000000" \
    "00000000000000000000000000000000000000000000000"
#define ZERO48 "00" ZERO47

static void
test_service_td(void **state)
{
    static const row rows[] = {
        /* row 142: the extended body and its bit */
        {"{" ANY "}", EX, NIL, NO(ATTR_RESERVED, ATTR_INCONSISTENT)},
        {"{" ANY "}", EX, {{T_ATTR, 0, BIT(17), 0}},
            NO(ATTR_RESERVED, ATTR_SEC)},
        {"{" ANY ",'accept_attributes':['SERVTD_EXT']}", EX, NIL, OK},
        {"{" ANY ",'accept_attributes':[17]}", EX, {{T_ATTR, 0, BIT(17), 0}},
            OK},
        {"{" ANY ",'accept_attributes':['td:TPA','ICSSD']}", EX, NIL,
            NO(ATTR_RESERVED, ATTR_INCONSISTENT)},
        {"{" ANY "}", TD15, {{T_ATTR, 0, BIT(17), 0}},
            NO(ATTR_RESERVED, ATTR_INCONSISTENT)},
        /* row 128: migratable needs to know who migrates */
        {"{" ANY ",'accept_migratable':true}", TD15, {{T_ATTR, 0, BIT(29), 0}},
            OK},
        {"{" ANY ",'expect':{'mr_service_td':'" ZERO48 "'}}", TD15,
            {{T_ATTR, 0, BIT(29), 0}}, OK},
        {"{" ANY ",'deny':{'mr_service_td':'01" ZERO47 "'}}", TD15, NIL, OK},
        {"{" ANY "}", TD15, {{T_BYTE, 600, 1, 0}},
            NO(POLICY_SERVICE_TD, POLICY_SERVICE_TD)},
        {"{" ANY "}", TD15, {{T_BYTE, 647, 1, 0}},
            NO(POLICY_SERVICE_TD, POLICY_SERVICE_TD)},
        {"{" ANY ",'accept_service_td':true}", TD15, {{T_BYTE, 600, 1, 0}}, OK},
        {"{" ANY ",'expect':{'mr_service_td':'" ZERO48 "'}}", TD15,
            {{T_BYTE, 647, 1, 0}}, NO(POLICY_MEASUREMENT, POLICY_MEASUREMENT)},
        /* A TD report 1.0 has no such field. */
        {"{" ANY ",'expect':{'mr_service_td':'" ZERO48 "'}}", TD10, NIL,
            NO(POLICY_MEASUREMENT, POLICY_MEASUREMENT)},
    };

    (void)state;
    RUN(rows);
}

static void
test_xfam(void **state)
{
    static const row rows[] = {
        {"{" ANY "}", TD10, {{T_XFAM, 0, 1, 0}}, NO(ATTR_XFAM, ATTR_XFAM)},
        {"{" ANY "}", TD10, {{T_XFAM, 0, 2, 0}}, NO(ATTR_XFAM, ATTR_XFAM)},
        {"{" ANY ",'require_xfam_mask':['X87','SSE','AVX',5,6,7]}", TD10, NIL,
            OK},
        {"{" ANY ",'require_xfam_mask':['X87','SSE','AVX',5,6,7]}", TD10,
            {{T_XFAM, 0, BIT(9), 0}}, NO(ATTR_XFAM, ATTR_XFAM)},
        {"{" ANY ",'require_xfam_mask':['X87','SSE',"
         "'AVX','AVX512_OPMASK','AVX512_ZMM_HI256','AVX512_HI16_ZMM',63]}",
            TD10, {{T_XFAM, 0, INT64_MIN, 0}}, OK},
        /* an enclave's is judged only with a mask */
        {"{" ANY "}", SGX, {{T_XFAM, 0, BIT(40), 0}}, OK},
        {"{" ANY ",'require_xfam_mask':['X87','SSE']}", SGX, NIL, OK},
        {"{" ANY ",'require_xfam_mask':['X87','SSE']}", SGX,
            {{T_XFAM, 0, 4, 0}}, NO(ATTR_XFAM, ATTR_XFAM)},
    };
    static evidence e;
    dstack_policy *p = policy_of("{" ANY "}");

    (void)state;
    RUN(rows);
    /* By default whatever has a name in the specification's table. */
    for (int i = 2; i < 64; i++) {
        make(&e, TD10);
        put_le(e.body + 128, UINT64_C(3) | UINT64_C(1) << i, 8);
        expect("xfam bit", p, &e, NOW, i < 20 ? -1 : DS_CHECK_ATTR_XFAM,
            DSTACK_REASON_ATTR_XFAM);
    }
    dstack_policy_free(p);
}

static void
test_required_bits(void **state)
{
    static const row rows[] = {
        {"{" ANY ",'require_attributes_set':['SEPT_VE_DISABLE']}", TD10, NIL,
            OK},
        {"{" ANY ",'require_attributes_set':['SEPT_VE_DISABLE']}", TD10,
            {{T_ATTR, 0, BIT(28), 0}}, NO(POLICY_ATTRIBUTES, ATTR_SEPT)},
        {"{" ANY ",'require_attributes_set':[28]}", TD10,
            {{T_ATTR, 0, BIT(28), 0}}, NO(POLICY_ATTRIBUTES, ATTR_SEPT)},
        {"{" ANY ",'require_attributes_set':['td:LASS']}", TD10, NIL,
            NO(POLICY_ATTRIBUTES, POLICY_MEASUREMENT)},
        {"{" ANY ",'require_attributes_clear':['PKS']}", TD10, NIL, OK},
        {"{" ANY ",'require_attributes_clear':['PKS']}", TD10,
            {{T_ATTR, 0, BIT(30), 0}},
            NO(POLICY_ATTRIBUTES, POLICY_MEASUREMENT)},
        {"{" ANY ",'require_attributes_clear':[30]}", TD10,
            {{T_ATTR, 0, BIT(30), 0}},
            NO(POLICY_ATTRIBUTES, POLICY_MEASUREMENT)},
        /* a bit number speaks of whichever TEE the quote is of */
        {"{" ANY ",'require_attributes_set':[28]}", SGX, NIL,
            NO(POLICY_ATTRIBUTES, POLICY_MEASUREMENT)},
        {"{" ANY ",'require_attributes_set':[0]}", SGX, NIL, OK},
        {"{" ANY ",'require_attributes_set':['INIT','MODE64BIT']}", SGX, NIL,
            OK},
        {"{" ANY ",'require_attributes_set':['KSS']}", SGX, NIL,
            NO(POLICY_ATTRIBUTES, POLICY_MEASUREMENT)},
        /* each entry of a list counts */
        {"{" ANY ",'require_attributes_set':['KSS','INIT']}", SGX, NIL,
            NO(POLICY_ATTRIBUTES, POLICY_MEASUREMENT)},
        {"{" ANY ",'require_attributes_set':[7,0]}", SGX, NIL,
            NO(POLICY_ATTRIBUTES, POLICY_MEASUREMENT)},
        {"{" ANY ",'accept_attributes':['TPA','ICSSD',40]}", TD10,
            {{T_ATTR, 0, BIT(62) | BIT(16) | BIT(40), 0}}, OK},
        {"{" ANY ",'accept_attributes':['TPA','ICSSD',40]}", TD10,
            {{T_ATTR, 0, BIT(41), 0}}, NO(ATTR_RESERVED, ATTR_RESERVED)},
        /* set in the other TEE is a claim that is missing; clear is not */
        {"{" ANY ",'require_attributes_set':['INIT']}", TD10, NIL,
            NO(POLICY_ATTRIBUTES, POLICY_MEASUREMENT)},
        {"{" ANY ",'require_attributes_set':['SEPT_VE_DISABLE']}", SGX, NIL,
            NO(POLICY_ATTRIBUTES, POLICY_MEASUREMENT)},
        {"{" ANY ",'require_attributes_clear':['td:DEBUG','sgx:DEBUG']}", SGX,
            NIL, OK},
        {"{" ANY ",'accept_debug':true,"
         "'require_attributes_clear':['td:DEBUG','sgx:DEBUG']}",
            SGX, {{T_ATTR, 0, 2, 0}},
            NO(POLICY_ATTRIBUTES, POLICY_MEASUREMENT)},
        {"{" ANY ",'accept_debug':true,"
         "'require_attributes_clear':['td:DEBUG','sgx:DEBUG']}",
            TD10, {{T_ATTR, 0, 1, 0}},
            NO(POLICY_ATTRIBUTES, POLICY_MEASUREMENT)},
    };

    (void)state;
    RUN(rows);
}

/* ---- the workload --------------------------------------------------------------- */

/* Accepts what the fixture of an extended body needs. */
static dstack_policy *
lenient(bool any_workload)
{
    dstack_policy *p = NULL;

    assert_int_equal(dstack_policy_new(&p, NULL), DSTACK_OK);
    assert_int_equal(
        dstack_policy_accept_attributes(p, UINT64_C(1) << 17, NULL), 0);
    if (any_workload)
        dstack_policy_accept_any_workload(p);
    return p;
}

/* One rule about a field, judged. */
static void
check_rule(const evidence *e, const char *name, const uint8_t *value, size_t n,
    bool deny, int check)
{
    dstack_policy *p = lenient(true);
    int reason = check == DS_CHECK_POLICY_REPORT_DATA
                     ? DSTACK_REASON_POLICY_REPORT_DATA
                     : DSTACK_REASON_POLICY_MEASUREMENT;

    if (deny)
        assert_int_equal(dstack_policy_deny_field(p, name, value, n, NULL), 0);
    else
        assert_int_equal(
            dstack_policy_expect_field(p, name, value, n, NULL), 0);
    expect(name, p, e, NOW, check, reason);
    dstack_policy_free(p);
}

/* A field as it is, with its last bit changed, and in evidence of the other
 * TEE, expected and denied; alone it names the workload or it does not. */
static void
check_field(const evidence *e, const char *name, bool workload)
{
    ds_view v = ds_quote_field(&e->q, name);
    int check = strcmp(name, "report_data") == 0 ? DS_CHECK_POLICY_REPORT_DATA
                                                 : DS_CHECK_POLICY_MEASUREMENT;
    dstack_policy *p = lenient(false);
    uint8_t other[64];
    static evidence none;

    assert_int_equal(dstack_policy_expect_field(p, name, v.p, v.n, NULL), 0);
    expect(name, p, e, NOW, workload ? -1 : DS_CHECK_POLICY_WORKLOAD,
        DSTACK_REASON_POLICY_EMPTY);
    dstack_policy_free(p);

    memcpy(other, v.p, v.n);
    other[v.n - 1] ^= 0x80;
    check_rule(e, name, v.p, v.n, false, -1);
    check_rule(e, name, other, v.n, false, check);
    check_rule(e, name, v.p, v.n, true, check);
    check_rule(e, name, other, v.n, true, -1);

    make(&none, e->q.tee == DSTACK_TEE_SGX ? TD10 : SGX);
    if (ds_quote_field(&none.q, name).n != 0)
        return;
    check_rule(&none, name, v.p, v.n, false, check);
    assert_string_equal(checks.at[check].found, "absent");
    check_rule(&none, name, other, v.n, true, check);
    assert_string_equal(checks.at[check].found, "absent");
}

/* The names are the quote parser's own, so that none of them is forgotten. */
static void
test_every_field(void **state)
{
    static const char *const workload[] = {"mr_td", "rtmr0", "rtmr1", "rtmr2",
        "rtmr3", "mr_config_id", "mr_owner", "mr_owner_config", "mr_enclave",
        "mr_signer", "config_id"};
    static const unsigned bodies[] = {SGX, EX};
    static evidence e;
    size_t seen = 0;
    size_t named = 0;

    (void)state;
    for (size_t b = 0; b < ROWS(bodies); b++) {
        make(&e, bodies[b]);
        for (size_t i = 0;; i++) {
            const char *name = dstack_quote_field_name(&e.q, i);
            bool names = false;

            if (strncmp(name, "qe_report.", 10) == 0)
                break;
            for (size_t k = 0; k < ROWS(workload); k++)
                names = names || strcmp(workload[k], name) == 0;
            check_field(&e, name, names);
            seen++;
            named += names;
        }
    }
    assert_int_equal(seen, 2 * 5 + 12 + 27);
    assert_int_equal(named, ROWS(workload));
}

/* A nonce is no workload (row 143 and the header). */
static void
test_no_workload(void **state)
{
    static const row rows[] = {
        {"{}", TD10, NIL, NO(POLICY_WORKLOAD, POLICY_EMPTY)},
        {"{}", SGX, NIL, NO(POLICY_WORKLOAD, POLICY_EMPTY)},
        {"{'accept_any_workload':false}", TD10, NIL,
            NO(POLICY_WORKLOAD, POLICY_EMPTY)},
        {"{'expect_report_data_prefix':'dddd'}", TD10, NIL,
            NO(POLICY_WORKLOAD, POLICY_EMPTY)},
        {"{'expect':{'fmspc':'f5f5f5f5f5f5'}}", TD10, NIL,
            NO(POLICY_WORKLOAD, POLICY_EMPTY)},
        {"{'deny':{'rtmr0':'" ZERO48 "'}}", TD10, NIL,
            NO(POLICY_WORKLOAD, POLICY_EMPTY)},
        {"{'expect':{'rtmr1':'" ZERO48 "'}}", TD10, NIL, OK},
        {"{" ANY "}", TD10, NIL, OK},
    };
    static evidence e;

    (void)state;
    RUN(rows);
    /* No policy is a new policy. */
    make(&e, TD10);
    expect("NULL", NULL, &e, NOW, DS_CHECK_POLICY_WORKLOAD,
        DSTACK_REASON_POLICY_EMPTY);
    assert_int_equal(ds_policy_collateral_grace(NULL), 0);
}

/* A quote that nobody is known to have signed is nothing to judge. */
static void
test_not_signed(void **state)
{
    dstack_policy *p = policy_of("{" ANY "}");
    static evidence e;

    (void)state;
    make(&e, TD10);
    e.f.quote_signed = false;
    ds_checks_init(&checks);
    assert_int_equal(ds_policy_judge(p, &e.f, NULL, NULL, NULL, NOW, &checks),
        DSTACK_ERR_INTERNAL);
    assert_true(ds_checks_failed(&checks));
    make(&e, TD10);
    e.f.quote = NULL;
    ds_checks_init(&checks);
    assert_int_equal(ds_policy_judge(p, &e.f, NULL, NULL, NULL, NOW, &checks),
        DSTACK_ERR_INTERNAL);
    assert_true(ds_checks_failed(&checks));
    dstack_policy_free(p);
}

/* ---- TCB status ------------------------------------------------------------------ */

#define ST(whose, status) \
    { \
        T_STATUS, DSTACK_OF_##whose, DSTACK_TCB_##status, 0 \
    }
#define DT(whose, date) \
    { \
        T_DATE, DSTACK_OF_##whose, date, 0 \
    }
#define ADV(whose, id) \
    { \
        T_ADVISORY, DSTACK_OF_##whose, 0, id \
    }

/* Each status with a policy that accepts nothing, it, and all but it. */
static void
test_every_status(void **state)
{
    static evidence e;

    (void)state;
    make(&e, TD10);
    for (uint32_t s = 0; s < 16; s++) {
        bool good = s >= 1 && s <= 9 && s != DSTACK_TCB_REVOKED;
        dstack_policy *p = policy_of("{" ANY "}");
        dstack_policy *all = policy_of("{" ANY "}");

        e.f.status[DSTACK_OF_ALL] = s;
        expect("default", p, &e, NOW,
            s == DSTACK_TCB_UP_TO_DATE ? -1 : DS_CHECK_POLICY_STATUS,
            DSTACK_REASON_POLICY_STATUS);
        assert_int_equal(
            dstack_policy_accept_tcb_status(p, DSTACK_OF_ALL, s, NULL),
            good ? DSTACK_OK : DSTACK_ERR_ARG);
        expect("accepted", p, &e, NOW, good ? -1 : DS_CHECK_POLICY_STATUS,
            DSTACK_REASON_POLICY_STATUS);
        for (uint32_t k = 1; k < 10; k++)
            if (k != s && k != DSTACK_TCB_REVOKED)
                assert_int_equal(dstack_policy_accept_tcb_status(
                                     all, DSTACK_OF_ALL, k, NULL),
                    0);
        expect("all others", all, &e, NOW,
            s == DSTACK_TCB_UP_TO_DATE ? -1 : DS_CHECK_POLICY_STATUS,
            DSTACK_REASON_POLICY_STATUS);
        dstack_policy_free(p);
        dstack_policy_free(all);
    }
}

static void
test_parts(void **state)
{
    static const row rows[] = {
        {"{" ANY ",'accept_tcb_status':['SWHardeningNeeded',"
         "'ConfigurationNeeded']}",
            TD10, {ST(ALL, CONFIGURATION_NEEDED)}, OK},
        /* a part is judged once it is named */
        {"{" ANY "}", TD10, {ST(PLATFORM, OUT_OF_DATE)}, OK},
        {"{" ANY ",'require_tcb_status':['platform']}", TD10,
            {ST(PLATFORM, SW_HARDENING_NEEDED)},
            NO(POLICY_STATUS, POLICY_STATUS)},
        {"{" ANY ",'accept_tcb_status':{'platform':['SWHardeningNeeded']}}",
            TD10, {ST(PLATFORM, SW_HARDENING_NEEDED)}, OK},
        {"{" ANY ",'accept_tcb_status':{'platform':['SWHardeningNeeded']}}",
            TD10, {ST(PLATFORM, CONFIGURATION_NEEDED)},
            NO(POLICY_STATUS, POLICY_STATUS)},
        {"{" ANY ",'accept_tcb_status':{'platform':['SWHardeningNeeded']}}",
            TD10, {ST(ALL, SW_HARDENING_NEEDED)},
            NO(POLICY_STATUS, POLICY_STATUS)},
        {"{" ANY ",'require_tcb_status':['module']}", TD10,
            {ST(MODULE, OUT_OF_DATE)}, NO(POLICY_STATUS, POLICY_STATUS)},
        {"{" ANY ",'accept_tcb_status':{'module':[]}}", TD10,
            {ST(MODULE, OUT_OF_DATE)}, NO(POLICY_STATUS, POLICY_STATUS)},
        {"{" ANY ",'require_tcb_status':['qe']}", TD10, {ST(QE, OUT_OF_DATE)},
            NO(POLICY_STATUS, POLICY_STATUS)},
        {"{" ANY ",'require_tcb_status':['launch']}", TD10,
            {ST(LAUNCH, OUT_OF_DATE)}, NO(POLICY_STATUS, POLICY_STATUS)},
        {"{" ANY ",'require_tcb_status':['platform_current']}", TD15,
            {ST(PLATFORM_CURRENT, OUT_OF_DATE)},
            NO(POLICY_STATUS, POLICY_STATUS)},
        {"{" ANY ",'require_tcb_status':['module_current']}", TD15,
            {ST(MODULE_CURRENT, OUT_OF_DATE)},
            NO(POLICY_STATUS, POLICY_STATUS)},
        {"{" ANY ",'require_tcb_status':['all','platform','module','qe',"
         "'launch','current','platform_current','module_current']}",
            TD15, NIL, OK},
        /* SGX has no module: a claim that is missing */
        {"{" ANY ",'require_tcb_status':['module']}", SGX, NIL,
            NO(POLICY_STATUS, POLICY_STATUS)},
        /* a named part has the grace of its own */
        {"{" ANY ",'require_tcb_status':['qe'],'accept_qe_grace':1000}", TD10,
            {ST(QE, OUT_OF_DATE)}, OK},
        {"{" ANY ",'require_tcb_status':['qe'],'accept_qe_grace':999}", TD10,
            {ST(QE, OUT_OF_DATE)}, NO(POLICY_STATUS, POLICY_STATUS)},
    };

    (void)state;
    RUN(rows);
}

/* TD 1.5: what runs now (row 137). */
static void
test_current(void **state)
{
    static const row rows[] = {
        {"{" ANY "}", TD15, NIL, OK},
        {"{" ANY "}", TD15, {ST(CURRENT, OUT_OF_DATE)},
            NO(POLICY_CURRENT, POLICY_CURRENT)},
        {"{" ANY "}", TD15, {ST(CURRENT, UNKNOWN)},
            NO(POLICY_CURRENT, POLICY_CURRENT)},
        {"{" ANY "}", TD10, {ST(CURRENT, OUT_OF_DATE)}, OK},
        {"{" ANY ",'accept_any_current_status':true}", TD15,
            {ST(CURRENT, OUT_OF_DATE)}, OK},
        /* the statuses of all hold for it */
        {"{" ANY ",'accept_tcb_status':['OutOfDate']}", TD15,
            {ST(CURRENT, OUT_OF_DATE)}, OK},
        /* until it is named */
        {"{" ANY ",'accept_tcb_status':['OutOfDate'],"
         "'require_tcb_status':['current']}",
            TD15, {ST(CURRENT, OUT_OF_DATE)},
            NO(POLICY_CURRENT, POLICY_CURRENT)},
        {"{" ANY ",'accept_tcb_status':{'current':['OutOfDate']}}", TD15,
            {ST(CURRENT, OUT_OF_DATE)}, OK},
        /* a rule that was asked for is not waived by another */
        {"{" ANY ",'accept_any_current_status':true,"
         "'require_tcb_status':['current']}",
            TD15, {ST(CURRENT, OUT_OF_DATE)},
            NO(POLICY_CURRENT, POLICY_CURRENT)},
        /* relaunch advised: accepted by name alone; now is judged as ever */
        {"{" ANY "}", TD15, {ST(ALL, TD_RELAUNCH_ADVISED)},
            NO(POLICY_STATUS, POLICY_STATUS)},
        {"{" ANY ",'accept_tcb_status':['TDRelaunchAdvised']}", TD15,
            {ST(ALL, TD_RELAUNCH_ADVISED)}, OK},
        {"{" ANY ",'accept_tcb_status':['TDRelaunchAdvised']}", TD15,
            {ST(ALL, TD_RELAUNCH_ADVISED), ST(CURRENT, SW_HARDENING_NEEDED)},
            NO(POLICY_CURRENT, POLICY_CURRENT)},
        {"{" ANY ",'accept_platform_grace':9000000}", TD15,
            {ST(ALL, TD_RELAUNCH_ADVISED), ST(LAUNCH, OUT_OF_DATE),
                ST(PLATFORM, OUT_OF_DATE)},
            NO(POLICY_STATUS, POLICY_STATUS)},
    };

    (void)state;
    RUN(rows);
}

#define LATE ST(ALL, OUT_OF_DATE), ST(LAUNCH, OUT_OF_DATE)
#define LATE_CONFIG \
    ST(ALL, OUT_OF_DATE_CONFIGURATION_NEEDED), \
        ST(PLATFORM, OUT_OF_DATE_CONFIGURATION_NEEDED)
#define NO_GRACE NO(POLICY_GRACE, POLICY_GRACE)

/* Dates are 1000 seconds ago (rows 147 and 148). */
static const row grace_rows[] = {
    {"{" ANY "}", TD10, {LATE, ST(PLATFORM, OUT_OF_DATE)},
        NO(POLICY_STATUS, POLICY_STATUS)},
    {"{" ANY ",'accept_platform_grace':1000}", TD10,
        {LATE, ST(PLATFORM, OUT_OF_DATE)}, OK},
    {"{" ANY ",'accept_platform_grace':1000}", TD10,
        {LATE, ST(PLATFORM, OUT_OF_DATE)}, DS_CHECK_POLICY_GRACE,
        DSTACK_REASON_POLICY_GRACE, 1},
    {"{" ANY ",'accept_platform_grace':999}", TD10,
        {LATE, ST(PLATFORM, OUT_OF_DATE)}, NO_GRACE},
    {"{" ANY ",'accept_platform_grace':1000}", SGX,
        {LATE, ST(PLATFORM, OUT_OF_DATE)}, OK},
    {"{" ANY ",'accept_platform_grace':1000}", TD10,
        {LATE, ST(MODULE, OUT_OF_DATE)}, OK},
    {"{" ANY ",'accept_platform_grace':1000}", TD10,
        {LATE, ST(MODULE, OUT_OF_DATE), DT(MODULE, NOW - 1001)}, NO_GRACE},
    {"{" ANY ",'accept_qe_grace':1000}", TD10, {LATE, ST(QE, OUT_OF_DATE)}, OK},
    {"{" ANY ",'accept_qe_grace':999}", TD10, {LATE, ST(QE, OUT_OF_DATE)},
        NO_GRACE},
    {"{" ANY ",'accept_platform_grace':0}", TD10,
        {LATE, ST(PLATFORM, OUT_OF_DATE), DT(PLATFORM, NOW)}, OK},
    {"{" ANY ",'accept_platform_grace':0}", TD10,
        {LATE, ST(PLATFORM, OUT_OF_DATE), DT(PLATFORM, NOW - 1)}, NO_GRACE},
    /* each part has its own grace, and all must be covered */
    {"{" ANY ",'accept_platform_grace':1000}", TD10,
        {LATE, ST(QE, OUT_OF_DATE)}, NO_GRACE},
    {"{" ANY ",'accept_qe_grace':1000}", TD10,
        {LATE, ST(PLATFORM, OUT_OF_DATE)}, NO_GRACE},
    {"{" ANY ",'accept_platform_grace':1000}", TD10,
        {LATE, ST(PLATFORM, OUT_OF_DATE), ST(QE, OUT_OF_DATE)}, NO_GRACE},
    {"{" ANY ",'accept_platform_grace':1000}", TD10,
        {LATE, ST(PLATFORM, OUT_OF_DATE), ST(MODULE, OUT_OF_DATE),
            DT(MODULE, NOW - 1001)},
        NO_GRACE},
    {"{" ANY ",'accept_platform_grace':1000,'accept_qe_grace':1000}", TD10,
        {LATE, ST(PLATFORM, OUT_OF_DATE), ST(MODULE, OUT_OF_DATE),
            ST(QE, OUT_OF_DATE)},
        OK},
    /* the configuration part stays */
    {"{" ANY ",'accept_platform_grace':1000}", TD10, {LATE_CONFIG},
        NO(POLICY_STATUS, POLICY_STATUS)},
    {"{" ANY ",'accept_platform_grace':1000,"
     "'accept_tcb_status':['ConfigurationNeeded']}",
        TD10, {LATE_CONFIG}, OK},
    {"{" ANY ",'accept_platform_grace':999,"
     "'accept_tcb_status':['ConfigurationNeeded']}",
        TD10, {LATE_CONFIG}, NO_GRACE},
    {"{" ANY ",'accept_qe_grace':1000}", TD10,
        {ST(ALL, OUT_OF_DATE_CONFIGURATION_NEEDED),
            ST(PLATFORM, CONFIGURATION_NEEDED), ST(QE, OUT_OF_DATE)},
        NO(POLICY_STATUS, POLICY_STATUS)},
    /* a status that was accepted needs no grace */
    {"{" ANY ",'accept_platform_grace':1,"
     "'accept_tcb_status':['OutOfDate']}",
        TD10, {LATE, ST(PLATFORM, OUT_OF_DATE)}, OK},
    /* grace is for what is out of date, and nothing else */
    {"{" ANY ",'accept_platform_grace':9223372036854775807}", TD10,
        {ST(ALL, SW_HARDENING_NEEDED), ST(PLATFORM, SW_HARDENING_NEEDED)},
        NO(POLICY_STATUS, POLICY_STATUS)},
    {"{" ANY ",'accept_platform_grace':9223372036854775807}", TD10,
        {ST(ALL, REVOKED), ST(PLATFORM, REVOKED)},
        NO(POLICY_STATUS, POLICY_STATUS)},
    /* 2^63 - 1 seconds do not wrap */
    {"{" ANY ",'accept_platform_grace':9223372036854775807}", TD10,
        {LATE, ST(PLATFORM, OUT_OF_DATE)}, OK},
    {"{" ANY ",'accept_platform_grace':9223372036854775807}", TD10,
        {LATE, ST(PLATFORM, OUT_OF_DATE), DT(PLATFORM, 0)}, OK},
    {"{" ANY ",'accept_platform_grace':9223372036854775807}", TD10,
        {LATE, ST(PLATFORM, OUT_OF_DATE), DT(PLATFORM, -1)}, NO_GRACE},
    /* a whole that its parts do not explain is not excused */
    {"{" ANY ",'accept_platform_grace':1000}", TD10, {LATE}, NO_GRACE},
};

static void
test_grace(void **state)
{

    (void)state;
    RUN(grace_rows);
}

#define LATE_NOW \
    LATE, ST(PLATFORM, OUT_OF_DATE), ST(CURRENT, OUT_OF_DATE), \
        ST(PLATFORM_CURRENT, OUT_OF_DATE)

static void
test_grace_of_current(void **state)
{
    static const row rows[] = {
        {"{" ANY ",'accept_platform_grace':1000}", TD15, {LATE_NOW}, OK},
        {"{" ANY ",'accept_platform_grace':1000}", TD15,
            {LATE_NOW, DT(PLATFORM_CURRENT, NOW - 1001)},
            NO(POLICY_CURRENT, POLICY_CURRENT)},
        {"{" ANY ",'accept_platform_grace':1000}", TD15,
            {ST(CURRENT, OUT_OF_DATE), ST(MODULE_CURRENT, OUT_OF_DATE)}, OK},
        {"{" ANY ",'accept_platform_grace':999}", TD15,
            {ST(CURRENT, OUT_OF_DATE), ST(MODULE_CURRENT, OUT_OF_DATE)},
            NO(POLICY_CURRENT, POLICY_CURRENT)},
        {"{" ANY ",'accept_qe_grace':1000}", TD15,
            {LATE, ST(QE, OUT_OF_DATE), ST(CURRENT, OUT_OF_DATE)}, OK},
    };
    static evidence e;
    dstack_policy *p = policy_of("{" ANY ",'accept_platform_grace':999}");

    (void)state;
    RUN(rows);
    /* Both launch and now are late: the grace is what is reported. */
    make(&e, TD15);
    e.f.status[DSTACK_OF_ALL] = e.f.status[DSTACK_OF_LAUNCH] =
        e.f.status[DSTACK_OF_PLATFORM] = e.f.status[DSTACK_OF_CURRENT] =
            e.f.status[DSTACK_OF_PLATFORM_CURRENT] = DSTACK_TCB_OUT_OF_DATE;
    ds_checks_init(&checks);
    assert_int_equal(ds_policy_judge(p, &e.f, NULL, NULL, NULL, NOW, &checks),
        DSTACK_ERR_POLICY);
    assert_int_equal(checks.error.reason, DSTACK_REASON_POLICY_GRACE);
    assert_int_equal(checks.at[DS_CHECK_POLICY_STATUS].result, DS_NOT_RUN);
    assert_int_equal(checks.at[DS_CHECK_POLICY_CURRENT].result, DS_FAILED);
    dstack_policy_free(p);
}

#define AB "'accept_advisories':['INTEL-SA-00001','intel-sa-00002']"

/* Rows 146 and the allow-list of spec 3.14. */
static void
test_advisories(void **state)
{
    static const row rows[] = {
        {"{" ANY "," AB "}", TD10, {LATE, ADV(ALL, "INTEL-SA-00001")}, OK},
        {"{" ANY "," AB "}", TD10,
            {LATE, ADV(ALL, "intel-sa-00001"), ADV(ALL, "INTEL-SA-00002")}, OK},
        {"{" ANY "," AB "}", TD10,
            {LATE_CONFIG, ADV(ALL, "INTEL-SA-00001"),
                ADV(PLATFORM, "INTEL-SA-00001")},
            OK},
        {"{" ANY "," AB "}", TD10, {LATE}, NO(POLICY_STATUS, POLICY_STATUS)},
        {"{" ANY "," AB "}", TD10,
            {LATE, ADV(ALL, "INTEL-SA-00001"), ADV(ALL, "INTEL-SA-00003")},
            NO(POLICY_STATUS, POLICY_STATUS)},
        {"{" ANY "," AB "}", TD10, {LATE, ADV(ALL, "INTEL-SA-0000")},
            NO(POLICY_STATUS, POLICY_STATUS)},
        {"{" ANY "," AB "}", TD10, {LATE, ADV(ALL, "INTEL-SA-000011")},
            NO(POLICY_STATUS, POLICY_STATUS)},
        /* no other status becomes acceptable */
        {"{" ANY "," AB "}", TD10,
            {ST(ALL, SW_HARDENING_NEEDED), ADV(ALL, "INTEL-SA-00001")},
            NO(POLICY_STATUS, POLICY_STATUS)},
        {"{" ANY "," AB "}", TD15,
            {ST(ALL, TD_RELAUNCH_ADVISED), ADV(ALL, "INTEL-SA-00001")},
            NO(POLICY_STATUS, POLICY_STATUS)},
        /* where a grace ran out, the list still counts */
        {"{" ANY "," AB ",'accept_platform_grace':1}", TD10,
            {LATE, ST(PLATFORM, OUT_OF_DATE), ADV(ALL, "INTEL-SA-00001"),
                ADV(PLATFORM, "INTEL-SA-00001")},
            OK},
        /* a late QE without advisories is not excused by the platform's */
        {"{" ANY "," AB "}", TD10,
            {LATE, ST(PLATFORM, OUT_OF_DATE), ST(QE, OUT_OF_DATE),
                ADV(ALL, "INTEL-SA-00001"), ADV(PLATFORM, "INTEL-SA-00001")},
            NO(POLICY_STATUS, POLICY_STATUS)},
        /* now as at launch */
        {"{" ANY "," AB "}", TD15,
            {ST(CURRENT, OUT_OF_DATE), ADV(CURRENT, "INTEL-SA-00001")}, OK},
        {"{" ANY "," AB "}", TD15,
            {ST(CURRENT, OUT_OF_DATE), ADV(ALL, "INTEL-SA-00001")},
            NO(POLICY_CURRENT, POLICY_CURRENT)},
    };

    (void)state;
    RUN(rows);
}

/* Denied whatever the status and any grace. */
static void
test_denied_advisories(void **state)
{
    static const row rows[] = {
        {"{" ANY ",'deny_advisories':['intel-SA-00001']}", TD10,
            {ADV(ALL, "INTEL-SA-00002")}, OK},
        {"{" ANY ",'deny_advisories':['intel-SA-00001']}", TD10,
            {ADV(ALL, "INTEL-SA-00001")}, NO(POLICY_ADVISORY, POLICY_ADVISORY)},
        {"{" ANY ",'deny_advisories':['INTEL-SA-9','INTEL-SA-00001']}", TD10,
            {ADV(ALL, "INTEL-SA-00000"), ADV(ALL, "intel-sa-00001")},
            NO(POLICY_ADVISORY, POLICY_ADVISORY)},
        {"{" ANY ",'deny_advisories':['INTEL-SA-00001']}", TD15,
            {ADV(CURRENT, "INTEL-SA-00001")},
            NO(POLICY_ADVISORY, POLICY_ADVISORY)},
        {"{" ANY "," AB ",'deny_advisories':['INTEL-SA-00001']}", TD10,
            {LATE, ADV(ALL, "INTEL-SA-00001")},
            NO(POLICY_ADVISORY, POLICY_ADVISORY)},
        {"{" ANY ",'accept_platform_grace':1000,"
         "'deny_advisories':['INTEL-SA-00001']}",
            TD10, {LATE, ST(PLATFORM, OUT_OF_DATE), ADV(ALL, "INTEL-SA-00001")},
            NO(POLICY_ADVISORY, POLICY_ADVISORY)},
    };

    (void)state;
    RUN(rows);
}

/* ---- numbers, dates, platform ------------------------------------------------------- */

static void
test_numbers(void **state)
{
    static const row rows[] = {
        /* the smaller of 17 and 18 */
        {"{" ANY ",'require_eval_number':17}", TD10, NIL, OK},
        {"{" ANY ",'require_eval_number':18}", TD10, NIL,
            NO(POLICY_EVAL, POLICY_EVAL)},
        {"{" ANY ",'require_eval_number':17}", TD10, {{T_EVAL, 1, 16, 0}},
            NO(POLICY_EVAL, POLICY_EVAL)},
        {"{" ANY ",'require_eval_number':0}", TD10, {{T_EVAL, 2, 0, 0}},
            NO(POLICY_EVAL, POLICY_EVAL)},
        /* NOW is 2026-09-21T14:13:20Z; rows 147 and 149: inclusive */
        {"{" ANY ",'require_tcb_date':'2026-09-21T14:13:20Z'}", TD10,
            {DT(ALL, NOW)}, OK},
        {"{" ANY ",'require_tcb_date':'2026-09-21T14:13:20Z'}", TD10,
            {DT(ALL, NOW - 1)}, NO(POLICY_DATE, POLICY_DATE)},
        {"{" ANY ",'require_tcb_date':'1970-01-01T00:00:00Z'}", TD10,
            {DT(ALL, -1)}, NO(POLICY_DATE, POLICY_DATE)},
        {"{" ANY ",'require_tcb_date':'1970-01-01T00:00:00Z'}", TD10,
            {DT(ALL, 0)}, OK},
        {"{" ANY ",'require_collateral_age':0}", TD10, NIL,
            NO(POLICY_AGE, POLICY_AGE)},
        /* all four were issued 100 seconds ago */
        {"{" ANY ",'require_collateral_age':100}", TD10, NIL, OK},
        {"{" ANY ",'require_collateral_age':100}", TD10, NIL,
            DS_CHECK_POLICY_AGE, DSTACK_REASON_POLICY_AGE, 1},
        {"{" ANY ",'require_collateral_age':100}", TD10,
            {{T_ISSUE, 0, NOW - 101, 0}}, NO(POLICY_AGE, POLICY_AGE)},
        {"{" ANY ",'require_collateral_age':100}", TD10,
            {{T_ISSUE, 1, NOW - 101, 0}}, NO(POLICY_AGE, POLICY_AGE)},
        {"{" ANY ",'require_collateral_age':100}", TD10,
            {{T_ISSUE, 2, NOW - 101, 0}}, NO(POLICY_AGE, POLICY_AGE)},
        {"{" ANY ",'require_collateral_age':100}", TD10,
            {{T_ISSUE, 3, NOW - 101, 0}}, NO(POLICY_AGE, POLICY_AGE)},
        {"{" ANY ",'require_collateral_age':9223372036854775807}", TD10,
            {{T_ISSUE, 3, -1, 0}}, NO(POLICY_AGE, POLICY_AGE)},
        {"{" ANY ",'require_collateral_age':9223372036854775807}", TD10, NIL,
            OK},
    };

    (void)state;
    RUN(rows);
}

/* The root's number is 0x10, the other 0x20. */
static void
test_crl_numbers(void **state)
{
    static const row rows[] = {
        {"{" ANY ",'require_root_crl_number':16}", TD10, NIL, OK},
        {"{" ANY ",'require_root_crl_number':17}", TD10, NIL,
            NO(POLICY_CRL_NUMBER, POLICY_CRL_NUMBER)},
        {"{" ANY ",'require_root_crl_number':16}", TD10, {{T_CRL, 1, 0, ""}},
            OK},
        {"{" ANY ",'require_root_crl_number':0}", TD10, {{T_CRL, 0, 0, ""}},
            NO(POLICY_CRL_NUMBER, POLICY_CRL_NUMBER)},
        {"{" ANY ",'require_pck_crl_number':32}", TD10, NIL, OK},
        {"{" ANY ",'require_pck_crl_number':33}", TD10, NIL,
            NO(POLICY_CRL_NUMBER, POLICY_CRL_NUMBER)},
        {"{" ANY ",'require_pck_crl_number':0}", TD10, {{T_CRL, 1, 0, ""}},
            NO(POLICY_CRL_NUMBER, POLICY_CRL_NUMBER)},
        {"{" ANY ",'require_pck_crl_number':0}", TD10, {{T_CRL, 1, 0, "0"}},
            OK},
        {"{" ANY ",'require_pck_crl_number':0}", TD10, {{T_CRL, 1, 0, "x"}},
            NO(POLICY_CRL_NUMBER, POLICY_CRL_NUMBER)},
        /* 64 bits and more */
        {"{" ANY ",'require_root_crl_number':18446744073709551615}", TD10,
            {{T_CRL, 0, 0, "ffffffffffffffff"}}, OK},
        {"{" ANY ",'require_root_crl_number':18446744073709551615}", TD10,
            {{T_CRL, 0, 0, "fffffffffffffffe"}},
            NO(POLICY_CRL_NUMBER, POLICY_CRL_NUMBER)},
        {"{" ANY ",'require_root_crl_number':18446744073709551615}", TD10,
            {{T_CRL, 0, 0, "10000000000000000"}}, OK},
        {"{" ANY ",'require_root_crl_number':18446744073709551615}", TD10,
            {{T_CRL, 0, 0, "fffffffffffffffffffffffffffffffffffffff"}}, OK},
    };

    (void)state;
    RUN(rows);
}

/* dynamic_platform is true, cached_keys false, smt_enabled not said (row 145);
 * the SGX type is Scalable. */
static void
test_platform(void **state)
{
    static const row rows[] = {
        {"{" ANY ",'require_dynamic_platform':'required'}", TD10, NIL, OK},
        {"{" ANY ",'require_dynamic_platform':'forbidden'}", TD10, NIL,
            NO(POLICY_FLAG, POLICY_FLAG)},
        {"{" ANY ",'require_dynamic_platform':'any'}", TD10, NIL, OK},
        {"{" ANY ",'require_cached_keys':'forbidden'}", TD10, NIL, OK},
        {"{" ANY ",'require_cached_keys':'required'}", TD10, NIL,
            NO(POLICY_FLAG, POLICY_FLAG)},
        {"{" ANY ",'require_smt_enabled':'any'}", TD10, NIL, OK},
        {"{" ANY ",'require_smt_enabled':'forbidden'}", TD10, NIL,
            NO(POLICY_FLAG, POLICY_FLAG)},
        {"{" ANY ",'require_smt_enabled':'required'}", TD10, NIL,
            NO(POLICY_FLAG, POLICY_FLAG)},
        {"{" ANY ",'require_smt_enabled':'forbidden'}", TD10,
            {{T_FLAG, 2, 0, 0}}, OK},
        {"{" ANY ",'require_smt_enabled':'required'}", TD10,
            {{T_FLAG, 2, 1, 0}}, OK},
        {"{" ANY ",'require_dynamic_platform':'required'}", TD10,
            {{T_PCK, 0, 0, 0}}, NO(POLICY_FLAG, POLICY_FLAG)},
        {"{" ANY ",'expect_sgx_type':['Scalable']}", TD10, NIL, OK},
        {"{" ANY ",'expect_sgx_type':['Standard','Scalable']}", TD10, NIL, OK},
        {"{" ANY ",'expect_sgx_type':['Standard','Scalable with Integrity']}",
            TD10, NIL, NO(POLICY_TYPE, POLICY_TYPE)},
        {"{" ANY ",'expect_sgx_type':['Scalable with Integrity']}", TD10,
            {{T_TYPE, 0, 2, 0}}, OK},
        {"{" ANY ",'expect_sgx_type':['Standard']}", TD10, {{T_TYPE, 0, 0, 0}},
            OK},
        {"{" ANY ",'expect_sgx_type':['Standard','Scalable',"
         "'Scalable with Integrity']}",
            TD10, {{T_TYPE, 0, -1, 0}}, NO(POLICY_TYPE, POLICY_TYPE)},
        {"{" ANY ",'expect_sgx_type':['Scalable']}", TD10, {{T_PCK, 0, 0, 0}},
            NO(POLICY_TYPE, POLICY_TYPE)},
    };

    (void)state;
    RUN(rows);
}

#define NINES "99999999999999999999999999999999"
#define EIGHTS "98989898989898989898989898989898"

static void
test_platform_fields(void **state)
{
    static const row rows[] = {
        {"{" ANY ",'expect':{'fmspc':'F5f5f5f5f5f5'}}", TD10, NIL, OK},
        {"{" ANY ",'expect':{'fmspc':'f5f5f5f5f5f4'}}", TD10, NIL,
            NO(POLICY_FMSPC, POLICY_FMSPC)},
        {"{" ANY ",'expect':{'fmspc':['f5f5f5f5f5f4','f5f5f5f5f5f5']}}", TD10,
            NIL, OK},
        {"{" ANY ",'deny':{'fmspc':'f5f5f5f5f5f5'}}", TD10, NIL,
            NO(POLICY_FMSPC, POLICY_FMSPC)},
        {"{" ANY ",'deny':{'fmspc':'f5f5f5f5f5f4'}}", TD10, NIL, OK},
        {"{" ANY ",'expect':{'fmspc':'000000000000'}}", TD10,
            {{T_PCK, 0, 0, 0}}, NO(POLICY_FMSPC, POLICY_FMSPC)},
        {"{" ANY ",'deny':{'fmspc':'000000000000'}}", TD10, {{T_PCK, 0, 0, 0}},
            NO(POLICY_FMSPC, POLICY_FMSPC)},
        /* where a migrated TD began */
        {"{" ANY ",'accept_attributes':[17],"
         "'expect':{'init_fmspc':'f5f5f5f5f5f5'}}",
            EX, NIL, OK},
        {"{" ANY ",'accept_attributes':[17],"
         "'expect':{'init_fmspc':'f5f5f5f5f5f4'}}",
            EX, NIL, NO(POLICY_FMSPC, POLICY_FMSPC)},
        {"{" ANY ",'expect':{'init_fmspc':'000000000000'}}", TD15, NIL,
            NO(POLICY_FMSPC, POLICY_FMSPC)},
        {"{" ANY ",'expect':{'ppid':'" NINES "'}}", TD10, NIL, OK},
        {"{" ANY ",'expect':{'ppid':'" EIGHTS "'}}", TD10, NIL,
            NO(POLICY_PLATFORM, POLICY_PLATFORM)},
        {"{" ANY ",'deny':{'ppid':'" NINES "'}}", TD10, NIL,
            NO(POLICY_PLATFORM, POLICY_PLATFORM)},
        {"{" ANY ",'expect':{'platform_instance_id':'" EIGHTS "'}}", TD10, NIL,
            OK},
        {"{" ANY ",'expect':{'platform_instance_id':'" NINES "'}}", TD10, NIL,
            NO(POLICY_PLATFORM, POLICY_PLATFORM)},
        {"{" ANY ",'expect':{'platform_instance_id':'" EIGHTS "'}}", TD10,
            {{T_INSTANCE, 0, 0, 0}}, NO(POLICY_PLATFORM, POLICY_PLATFORM)},
        {"{" ANY ",'deny':{'platform_instance_id':'" NINES "'}}", TD10,
            {{T_INSTANCE, 0, 0, 0}}, NO(POLICY_PLATFORM, POLICY_PLATFORM)},
    };

    (void)state;
    RUN(rows);
}

/* tee_tcb_svn is 06 01 03, isv_svn 7, config_svn 300. */
static void
test_svns(void **state)
{
    static const row rows[] = {
        {"{" ANY ",'require_minimum':{'isv_svn':7,'config_svn':300}}", SGX, NIL,
            OK},
        {"{" ANY ",'require_minimum':{'isv_svn':8}}", SGX, NIL,
            NO(POLICY_SVN, POLICY_SVN)},
        {"{" ANY ",'require_minimum':{'config_svn':301}}", SGX, NIL,
            NO(POLICY_SVN, POLICY_SVN)},
        {"{" ANY ",'require_minimum':{'isv_svn':0}}", TD10, NIL,
            NO(POLICY_SVN, POLICY_SVN)},
        {"{" ANY ",'require_minimum':{'tdx_module_major':1}}", TD10, NIL, OK},
        {"{" ANY ",'require_minimum':{'tdx_module_major':2}}", TD10, NIL,
            NO(POLICY_SVN, POLICY_SVN)},
        {"{" ANY ",'require_minimum':{'tdx_module_svn':262}}", TD10, NIL, OK},
        {"{" ANY ",'require_minimum':{'tdx_module_svn':263}}", TD10, NIL,
            NO(POLICY_SVN, POLICY_SVN)},
        {"{" ANY ",'require_minimum':{'tdx_module_major':0}}", SGX, NIL,
            NO(POLICY_SVN, POLICY_SVN)},
        {"{" ANY ",'require_minimum_svn':"
         "{'tee_tcb_svn':'06010300000000000000000000000000'}}",
            TD10, NIL, OK},
        {"{" ANY ",'require_minimum_svn':"
         "{'tee_tcb_svn':'00020300000000000000000000000000'}}",
            TD10, NIL, NO(POLICY_SVN, POLICY_SVN)},
        {"{" ANY ",'require_minimum_svn':"
         "{'tee_tcb_svn':'00000000000000000000000000000001'}}",
            TD10, NIL, NO(POLICY_SVN, POLICY_SVN)},
        {"{" ANY ",'require_minimum_svn':"
         "{'tee_tcb_svn2':'06010300000000000000000000000000'}}",
            TD15, NIL, OK},
        {"{" ANY ",'require_minimum_svn':"
         "{'tee_tcb_svn2':'06010300000000000000000000000000'}}",
            TD15, {{T_BYTE, 584, 5, 0}}, NO(POLICY_SVN, POLICY_SVN)},
        {"{" ANY ",'require_minimum_svn':"
         "{'tee_tcb_svn2':'00000000000000000000000000000000'}}",
            TD10, NIL, NO(POLICY_SVN, POLICY_SVN)},
        {"{" ANY ",'accept_attributes':[17],'require_minimum_svn':"
         "{'init_tee_tcb_svn':'01000000000000000000000000000000'}}",
            EX, NIL, NO(POLICY_SVN, POLICY_SVN)},
        {"{" ANY ",'accept_attributes':[17],'require_minimum_svn':"
         "{'init_tee_tcb_svn':'01000000000000000000000000000000'}}",
            EX, {{T_BYTE, 801, 1, 0}}, OK},
    };

    (void)state;
    RUN(rows);
}

/* ---- report data ---------------------------------------------------------------- */

#define DD8 "dddddddddddddddd"
#define DD32 DD8 DD8 DD8 DD8
#define DD63 DD32 DD8 DD8 DD8 "dddddddddddddd"

static void
test_report_data(void **state)
{
    static const row rows[] = {
        {"{" ANY ",'expect_report_data':'" DD63 "dd'}", TD10, NIL, OK},
        {"{" ANY ",'expect_report_data':'" DD63 "dd'}", SGX, NIL, OK},
        {"{" ANY ",'expect_report_data':'" DD63 "de'}", TD10, NIL,
            NO(POLICY_REPORT_DATA, POLICY_REPORT_DATA)},
        {"{" ANY ",'expect_report_data_prefix':'dd'}", TD10, NIL, OK},
        {"{" ANY ",'expect_report_data_prefix':'de'}", TD10, NIL,
            NO(POLICY_REPORT_DATA, POLICY_REPORT_DATA)},
        {"{" ANY ",'expect_report_data_prefix':'" DD32 "'}", TD10, NIL, OK},
        {"{" ANY ",'expect_report_data_prefix':'" DD32 "'}", TD10,
            {{T_BYTE, 520 + 31, 0, 0}},
            NO(POLICY_REPORT_DATA, POLICY_REPORT_DATA)},
        {"{" ANY ",'expect_report_data_prefix':'" DD32 "'}", TD10,
            {{T_BYTE, 520 + 32, 0, 0}}, OK},
        {"{" ANY ",'expect_report_data_prefix':'" DD63 "dd'}", TD10,
            {{T_BYTE, 520 + 63, 0, 0}},
            NO(POLICY_REPORT_DATA, POLICY_REPORT_DATA)},
        /* both rules hold, not one of them */
        {"{" ANY ",'expect_report_data_prefix':'de',"
         "'expect_report_data':'" DD63 "dd'}",
            TD10, NIL, NO(POLICY_REPORT_DATA, POLICY_REPORT_DATA)},
        {"{" ANY ",'expect':{'report_data':'" DD63 "dd'}}", TD10, NIL, OK},
    };

    (void)state;
    RUN(rows);
}

/* ---- what a report can say ---------------------------------------------------- */

/* What runs without being asked for: nothing is passed that was not judged. */
static void
test_not_run(void **state)
{
    static const int always[] = {DS_CHECK_ATTR_DEBUG, DS_CHECK_ATTR_RESERVED,
        DS_CHECK_POLICY_WORKLOAD, DS_CHECK_POLICY_STATUS};
    static const int of_td[] = {DS_CHECK_ATTR_MIGRATION, DS_CHECK_ATTR_XFAM};
    static const int of_td15[] = {
        DS_CHECK_POLICY_CURRENT, DS_CHECK_POLICY_SERVICE_TD};
    static const unsigned bodies[] = {SGX, TD10, TD15};
    dstack_policy *p = policy_of("{" ANY "}");
    static evidence e;

    (void)state;
    for (size_t b = 0; b < ROWS(bodies); b++) {
        bool want[DS_CHECK_COUNT] = {false};

        for (size_t i = 0; i < ROWS(always); i++)
            want[always[i]] = true;
        for (size_t i = 0; i < ROWS(of_td); i++)
            want[of_td[i]] = bodies[b] >= TD10;
        for (size_t i = 0; i < ROWS(of_td15); i++)
            want[of_td15[i]] = bodies[b] >= TD15;
        make(&e, bodies[b]);
        expect("default", p, &e, NOW, -1, 0);
        for (int i = 0; i < DS_CHECK_COUNT; i++)
            assert_int_equal(
                checks.at[i].result, want[i] ? DS_PASSED : DS_NOT_RUN);
    }
    dstack_policy_free(p);
}

#define A48 \
    "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1" \
    "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"

static const char *const every_rule =
    "{'expect':{'mr_td':'" A48 "','fmspc':'f5f5f5f5f5f5','ppid':'" NINES "'},"
    "'accept_platform_grace':1000,'deny_advisories':['X'],"
    "'require_eval_number':17,'require_tcb_date':'2020-01-01T00:00:00Z',"
    "'require_collateral_age':100,'require_root_crl_number':16,"
    "'require_cached_keys':'forbidden','expect_sgx_type':['Scalable'],"
    "'require_attributes_set':[28],'require_minimum':{'tdx_module_major':1},"
    "'expect_report_data_prefix':'dd'}";

/* Checks of what comes next to a quote: test_story.c and test_workload_policy.c
 * have them. */
static bool
of_workload(int check)
{
    int stage = ds_check_stage(check);

    return stage == DSTACK_STAGE_EVENTS || stage == DSTACK_STAGE_WORKLOAD ||
           check == DS_CHECK_POLICY_KIND || check == DS_CHECK_POLICY_CLAIM ||
           check == DS_CHECK_POLICY_IMAGE ||
           check == DS_CHECK_POLICY_INIT_SCRIPTS ||
           check == DS_CHECK_POLICY_GPU;
}

/* Of a platform that was not judged the TCB is not judged either, and there is
 * no yes. */
static void
test_not_authentic(void **state)
{
    static const int tcb[] = {DS_CHECK_POLICY_STATUS, DS_CHECK_POLICY_GRACE,
        DS_CHECK_POLICY_CURRENT, DS_CHECK_POLICY_ADVISORY, DS_CHECK_POLICY_EVAL,
        DS_CHECK_POLICY_DATE, DS_CHECK_POLICY_AGE, DS_CHECK_POLICY_CRL_NUMBER};
    dstack_policy *p = policy_of(every_rule);
    static evidence e;

    (void)state;
    make(&e, TD15);
    e.f.authentic = false;
    ds_checks_init(&checks);
    assert_int_equal(ds_policy_judge(p, &e.f, NULL, NULL, NULL, NOW, &checks),
        DSTACK_ERR_INTERNAL);
    for (int i = DS_CHECK_ATTR_DEBUG; i < DS_CHECK_COUNT; i++) {
        int want = DS_PASSED;

        for (size_t k = 0; k < ROWS(tcb); k++)
            if (i == tcb[k])
                want = DS_NOT_RUN;
        if (!of_workload(i) && checks.at[i].result != want)
            fail_msg("%s: %d", ds_check_name(i), checks.at[i].result);
    }
    dstack_policy_free(p);
}

/* With every rule set every check passes; with everything broken every check
 * fails, and the first in the list is the answer. */
static void
test_all_are_judged(void **state)
{
    static const tweak broken[] = {{T_ATTR, 0, BIT(0) | BIT(1), 0},
        {T_ATTR, 0, BIT(28) | BIT(29), 0}, {T_XFAM, 0, 1, 0},
        {T_STATUS, DSTACK_OF_ALL, DSTACK_TCB_OUT_OF_DATE, 0},
        {T_STATUS, DSTACK_OF_PLATFORM, DSTACK_TCB_OUT_OF_DATE, 0},
        {T_DATE, DSTACK_OF_PLATFORM, 5, 0}, {T_DATE, DSTACK_OF_ALL, 5, 0},
        {T_STATUS, DSTACK_OF_CURRENT, DSTACK_TCB_OUT_OF_DATE, 0},
        {T_ADVISORY, DSTACK_OF_ALL, 0, "x"}, {T_EVAL, 0, 1, 0},
        {T_ISSUE, 0, 5, 0}, {T_CRL, 0, 0, "1"}, {T_FLAG, 1, 1, 0},
        {T_TYPE, 0, 0, 0}, {T_PCK, 0, 0, 0}, {T_BYTE, 1, 0, 0},
        {T_BYTE, 136, 0, 0}, {T_BYTE, 600, 1, 0}, {T_BYTE, 520, 0, 0}};
    dstack_policy *p = policy_of(every_rule);
    static evidence e;

    (void)state;
    make(&e, TD15);
    expect("every rule", p, &e, NOW, -1, 0);
    for (int i = DS_CHECK_ATTR_DEBUG; i < DS_CHECK_COUNT; i++)
        if (!of_workload(i) && checks.at[i].result != DS_PASSED)
            fail_msg("%s did not pass", ds_check_name(i));
    for (size_t i = 0; i < ROWS(broken); i++)
        change(&e, &broken[i]);
    ds_checks_init(&checks);
    assert_int_equal(ds_policy_judge(p, &e.f, NULL, NULL, NULL, NOW, &checks),
        DSTACK_ERR_POLICY);
    assert_int_equal(checks.first, DS_CHECK_ATTR_DEBUG);
    assert_int_equal(checks.error.reason, DSTACK_REASON_ATTR_DEBUG);
    for (int i = DS_CHECK_ATTR_DEBUG; i < DS_CHECK_COUNT; i++) {
        int want = i == DS_CHECK_POLICY_WORKLOAD ? DS_PASSED
                   : i == DS_CHECK_POLICY_STATUS ? DS_NOT_RUN
                                                 : DS_FAILED;

        if (!of_workload(i) && checks.at[i].result != want)
            fail_msg("%s: %d", ds_check_name(i), checks.at[i].result);
    }
    dstack_policy_free(p);
}

/* Whichever checks fail, the first in the list is the one that is named:
 * fail two at a time. */
static void
test_first_failure(void **state)
{
    static const tweak single[][2] = {
        {{T_ATTR, 0, BIT(0), 0}, {T_NONE, DS_CHECK_ATTR_DEBUG, 0, 0}},
        {{T_ATTR, 0, BIT(1), 0}, {T_NONE, DS_CHECK_ATTR_RESERVED, 0, 0}},
        {{T_XFAM, 0, 1, 0}, {T_NONE, DS_CHECK_ATTR_XFAM, 0, 0}},
        {{T_STATUS, 0, DSTACK_TCB_SW_HARDENING_NEEDED, 0},
            {T_NONE, DS_CHECK_POLICY_STATUS, 0, 0}},
        {{T_STATUS, DSTACK_OF_CURRENT, DSTACK_TCB_OUT_OF_DATE, 0},
            {T_NONE, DS_CHECK_POLICY_CURRENT, 0, 0}},
        {{T_ADVISORY, 0, 0, "x"}, {T_NONE, DS_CHECK_POLICY_ADVISORY, 0, 0}},
        {{T_EVAL, 0, 1, 0}, {T_NONE, DS_CHECK_POLICY_EVAL, 0, 0}},
        {{T_DATE, 0, 5, 0}, {T_NONE, DS_CHECK_POLICY_DATE, 0, 0}},
        {{T_ISSUE, 0, 5, 0}, {T_NONE, DS_CHECK_POLICY_AGE, 0, 0}},
        {{T_CRL, 0, 0, "1"}, {T_NONE, DS_CHECK_POLICY_CRL_NUMBER, 0, 0}},
        {{T_FLAG, 1, 1, 0}, {T_NONE, DS_CHECK_POLICY_FLAG, 0, 0}},
        {{T_TYPE, 0, 0, 0}, {T_NONE, DS_CHECK_POLICY_TYPE, 0, 0}},
        {{T_ATTR, 0, BIT(28), 0}, {T_NONE, DS_CHECK_POLICY_ATTRIBUTES, 0, 0}},
        {{T_BYTE, 1, 0, 0}, {T_NONE, DS_CHECK_POLICY_SVN, 0, 0}},
        {{T_BYTE, 136, 0, 0}, {T_NONE, DS_CHECK_POLICY_MEASUREMENT, 0, 0}},
        {{T_BYTE, 600, 1, 0}, {T_NONE, DS_CHECK_POLICY_SERVICE_TD, 0, 0}},
        {{T_BYTE, 520, 0, 0}, {T_NONE, DS_CHECK_POLICY_REPORT_DATA, 0, 0}},
    };
    dstack_policy *p = policy_of(every_rule);
    static evidence e;

    (void)state;
    for (size_t a = 0; a < ROWS(single); a++)
        for (size_t b = a; b < ROWS(single); b++) {
            make(&e, TD15);
            change(&e, &single[a][0]);
            if (b != a)
                change(&e, &single[b][0]);
            ds_checks_init(&checks);
            assert_int_equal(
                ds_policy_judge(p, &e.f, NULL, NULL, NULL, NOW, &checks),
                DSTACK_ERR_POLICY);
            assert_int_equal(checks.first, single[a][1].at);
            assert_int_equal(checks.at[single[b][1].at].result, DS_FAILED);
        }
    dstack_policy_free(p);
}

static void
test_texts(void **state)
{
    const ds_check *m = &checks.at[DS_CHECK_POLICY_MEASUREMENT];
    const ds_check *id = &checks.at[DS_CHECK_POLICY_PLATFORM];
    dstack_policy *p;
    static evidence e;

    (void)state;
    make(&e, TD10);
    p = policy_of(
        "{'expect':{'mr_td':['" ZERO48 "','01" ZERO47 "','02" ZERO47 "']}}");
    expect("any of", p, &e, NOW, DS_CHECK_POLICY_MEASUREMENT,
        DSTACK_REASON_POLICY_MEASUREMENT);
    assert_string_equal(m->expected, ZERO48 " or 2 others");
    assert_string_equal(m->found, A48);
    assert_string_equal(checks.error.message,
        "policy: mr_td is a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1..., expected "
        "00000000000000000000000000000000... or 2 others");
    dstack_policy_free(p);

    p = policy_of("{'expect':{'mr_td':['" ZERO48 "','01" ZERO47 "']}}");
    expect("any of", p, &e, NOW, DS_CHECK_POLICY_MEASUREMENT,
        DSTACK_REASON_POLICY_MEASUREMENT);
    assert_string_equal(m->expected, ZERO48 " or 1 other");
    dstack_policy_free(p);

    /* one machine's identity stays out of what is logged */
    p = policy_of("{" ANY ",'expect':{'ppid':'" EIGHTS "'}}");
    expect("ppid", p, &e, NOW, DS_CHECK_POLICY_PLATFORM,
        DSTACK_REASON_POLICY_PLATFORM);
    assert_null(strstr(id->expected, "98"));
    assert_null(strstr(id->found, "99"));
    assert_null(strstr(checks.error.message, "99"));
    assert_null(strstr(checks.error.message, "98"));
    dstack_policy_free(p);
    p = policy_of("{" ANY ",'deny':{'ppid':'" NINES "'}}");
    expect("ppid", p, &e, NOW, DS_CHECK_POLICY_PLATFORM,
        DSTACK_REASON_POLICY_PLATFORM);
    assert_null(strstr(id->found, "99"));
    assert_null(strstr(checks.error.message, "99"));
    dstack_policy_free(p);

    p = policy_of("{" ANY ",'accept_tcb_status':['SWHardeningNeeded']}");
    e.f.status[DSTACK_OF_ALL] = DSTACK_TCB_OUT_OF_DATE;
    expect("status", p, &e, NOW, DS_CHECK_POLICY_STATUS,
        DSTACK_REASON_POLICY_STATUS);
    assert_string_equal(checks.at[DS_CHECK_POLICY_STATUS].expected,
        "UpToDate, SWHardeningNeeded");
    assert_string_equal(checks.at[DS_CHECK_POLICY_STATUS].found, "OutOfDate");
    dstack_policy_free(p);
}

/* One row for each text that has cases of its own. */
static const struct {
    const char *json;
    tweak t[3];
    int check;
    const char *expected;
    const char *found;
    const char *says;
} text_rows[] = {
    {"{" ANY ",'require_cached_keys':'required'}", {{0}}, DS_CHECK_POLICY_FLAG,
        "true", "false", "cached_keys"},
    {"{" ANY ",'require_dynamic_platform':'forbidden'}", {{0}},
        DS_CHECK_POLICY_FLAG, "false", "true", "dynamic_platform"},
    {"{" ANY ",'require_smt_enabled':'forbidden'}", {{0}}, DS_CHECK_POLICY_FLAG,
        "false", "not said", "smt_enabled"},
    {"{" ANY ",'expect_sgx_type':['Scalable with Integrity','Standard']}",
        {{0}}, DS_CHECK_POLICY_TYPE, "Standard or Scalable with Integrity",
        "Scalable", "SGX type"},
    {"{" ANY ",'expect_sgx_type':['Scalable']}", {{T_TYPE, 0, 0, 0}},
        DS_CHECK_POLICY_TYPE, "Scalable", "Standard", "Standard"},
    {"{" ANY ",'expect_sgx_type':['Scalable']}", {{T_TYPE, 0, 2, 0}},
        DS_CHECK_POLICY_TYPE, "Scalable", "Scalable with Integrity", ""},
    {"{" ANY ",'expect_sgx_type':['Scalable']}", {{T_TYPE, 0, -1, 0}},
        DS_CHECK_POLICY_TYPE, "Scalable", "not known", ""},
    {"{" ANY ",'require_attributes_set':['LASS']}", {{0}},
        DS_CHECK_POLICY_ATTRIBUTES, "bit 27 (LASS)", "0x0000000010000000",
        "must have bit 27 (LASS) set"},
    {"{" ANY ",'require_attributes_set':['SEPT_VE_DISABLE']}",
        {{T_ATTR, 0, BIT(28), 0}}, DS_CHECK_POLICY_ATTRIBUTES,
        "bit 28 (SEPT_VE_DISABLE)", "0x0000000000000000",
        "must have bit 28 (SEPT_VE_DISABLE) set"},
    {"{" ANY ",'require_attributes_clear':[28]}", {{0}},
        DS_CHECK_POLICY_ATTRIBUTES, "bit 28 (SEPT_VE_DISABLE)",
        "0x0000000010000000", "(SEPT_VE_DISABLE) clear"},
    {"{" ANY ",'accept_platform_grace':60}", {LATE, ST(PLATFORM, OUT_OF_DATE)},
        DS_CHECK_POLICY_GRACE, "at most 60 seconds after the TCB date",
        "2026-09-21T13:56:40Z",
        "platform TCB status is OutOfDate of 2026-09-21T13:56:40Z"},
    {"{" ANY ",'accept_platform_grace':60}", {LATE, ST(QE, OUT_OF_DATE)},
        DS_CHECK_POLICY_GRACE, "no QE grace", "2026-09-21T13:56:40Z",
        "QE TCB status"},
    {"{" ANY ",'accept_qe_grace':0}", {LATE, ST(QE, OUT_OF_DATE)},
        DS_CHECK_POLICY_GRACE, "at most 0 seconds after the TCB date",
        "2026-09-21T13:56:40Z", "QE TCB status"},
    {"{" ANY ",'require_collateral_age':9}", {{T_ISSUE, 0, 0, 0}},
        DS_CHECK_POLICY_AGE, "issued at most 9 seconds ago",
        "1970-01-01T00:00:00Z", "TCB info"},
    {"{" ANY ",'require_collateral_age':900}", {{T_ISSUE, 3, -1, 0}},
        DS_CHECK_POLICY_AGE, "issued at most 900 seconds ago", "not known",
        "PCK CA's CRL"},
    {"{" ANY ",'deny':{'fmspc':'f5f5f5f5f5f5'}}", {{0}}, DS_CHECK_POLICY_FMSPC,
        "another value", "f5f5f5f5f5f5", "denied"},
    {"{" ANY ",'deny':{'mr_enclave':'" NINES NINES "'}}", {{0}},
        DS_CHECK_POLICY_MEASUREMENT, "a value that is not denied", "absent",
        "mr_enclave"},
    {"{" ANY ",'deny_advisories':['z-A1']}", {ADV(ALL, "Z-a1")},
        DS_CHECK_POLICY_ADVISORY, "no denied advisory", "Z-a1", "Z-a1"},
    {"{" ANY ",'require_pck_crl_number':255}", {{0}},
        DS_CHECK_POLICY_CRL_NUMBER, "at least 0xff", "20", "is 0x20"},
    {"{" ANY ",'require_eval_number':99}", {{0}}, DS_CHECK_POLICY_EVAL,
        "at least 99", "17", "is 17"},
};

static void
test_more_texts(void **state)
{
    static evidence e;

    (void)state;
    for (size_t i = 0; i < ROWS(text_rows); i++) {
        dstack_policy *p = policy_of(text_rows[i].json);
        const ds_check *c = &checks.at[text_rows[i].check];

        make(&e, TD10);
        for (size_t k = 0; k < ROWS(text_rows[i].t); k++)
            change(&e, &text_rows[i].t[k]);
        ds_checks_init(&checks);
        assert_int_equal(
            ds_policy_judge(p, &e.f, NULL, NULL, NULL, NOW, &checks),
            DSTACK_ERR_POLICY);
        assert_int_equal(checks.first, text_rows[i].check);
        assert_string_equal(c->expected, text_rows[i].expected);
        assert_string_equal(c->found, text_rows[i].found);
        if (!strstr(checks.error.message, text_rows[i].says))
            fail_msg("%s", checks.error.message);
        dstack_policy_free(p);
    }
}

/* A rule that is kept passes its own check and touches no other. */
static void
test_own_check(void **state)
{
    static const struct {
        const char *json;
        int check;
    } rows[] = {
        {"{" ANY ",'deny':{'fmspc':'000000000000'}}", DS_CHECK_POLICY_FMSPC},
        {"{" ANY ",'deny':{'ppid':'" EIGHTS "'}}", DS_CHECK_POLICY_PLATFORM},
        {"{" ANY ",'deny':{'rtmr0':'" ZERO48 "'}}",
            DS_CHECK_POLICY_MEASUREMENT},
        {"{" ANY ",'expect':{'rtmr1':'" ZERO48 "'}}",
            DS_CHECK_POLICY_MEASUREMENT},
        {"{" ANY ",'expect_report_data_prefix':'dd'}",
            DS_CHECK_POLICY_REPORT_DATA},
        {"{" ANY ",'require_attributes_clear':[5]}",
            DS_CHECK_POLICY_ATTRIBUTES},
        {"{" ANY ",'require_minimum':{'tdx_module_major':1}}",
            DS_CHECK_POLICY_SVN},
    };
    static evidence e;

    (void)state;
    make(&e, TD10);
    for (size_t i = 0; i < ROWS(rows); i++) {
        dstack_policy *p = policy_of(rows[i].json);

        expect(rows[i].json, p, &e, NOW, -1, 0);
        for (int k = DS_CHECK_POLICY_GRACE; k < DS_CHECK_COUNT; k++)
            assert_int_equal(checks.at[k].result,
                k == rows[i].check ? DS_PASSED : DS_NOT_RUN);
        dstack_policy_free(p);
    }
}

/* Texts of the largest size stay inside their buffers and are cut whole. */
static void
test_long_texts(void **state)
{
    static evidence e;
    dstack_policy *p = lenient(true);
    const ds_check *c = &checks.at[DS_CHECK_ATTR_RESERVED];
    uint8_t value[64] = {0};

    (void)state;
    make(&e, TD10);
    put_le(e.body + 120, ~UINT64_C(0), 8);
    dstack_policy_accept_debug(p);
    dstack_policy_accept_migratable(p);
    expect(
        "all bits", p, &e, NOW, DS_CHECK_ATTR_RESERVED, DSTACK_REASON_ATTR_TUD);
    assert_string_equal(c->found,
        "bit 1, bit 2, bit 3, bit 4 (HGS_PLUS_PROF), bit 5 (PERF_PROF), "
        "bit 6 (PMT_PROF), bit 7");
    put_le(e.body + 120, ~UINT64_C(0) << 8, 8);
    expect("all bits", p, &e, NOW, DS_CHECK_ATTR_RESERVED,
        DSTACK_REASON_ATTR_RESERVED);
    assert_string_equal(c->found + strlen(c->found) - 5, ", ...");
    make(&e, SGX);
    for (int i = 0; i < 3; i++) {
        value[0] = (uint8_t)i;
        assert_int_equal(
            dstack_policy_expect_field(p, "config_id", value, 64, NULL), 0);
    }
    memset(e.body + 192, 0xcc, 64);
    expect("64 bytes", p, &e, NOW, DS_CHECK_POLICY_MEASUREMENT,
        DSTACK_REASON_POLICY_MEASUREMENT);
    assert_int_equal(
        strlen(checks.at[DS_CHECK_POLICY_MEASUREMENT].expected), 128);
    dstack_policy_free(p);
    p = lenient(true);
    for (uint32_t s = 1; s < 9; s++)
        if (s != DSTACK_TCB_REVOKED)
            assert_int_equal(dstack_policy_accept_tcb_status(p, 0, s, NULL), 0);
    make(&e, TD10);
    e.f.status[0] = 9;
    expect("all statuses", p, &e, NOW, DS_CHECK_POLICY_STATUS,
        DSTACK_REASON_POLICY_STATUS);
    dstack_policy_free(p);
}

/* ---- setters ---------------------------------------------------------------------- */

static dstack_error last;

/* The call is refused as the caller's mistake, and says why. */
static void
refused(int rc, const char *text)
{
    assert_int_equal(rc, DSTACK_ERR_ARG);
    assert_int_equal(last.code, DSTACK_ERR_ARG);
    if (!strstr(last.message, text))
        fail_msg("\"%s\" does not say \"%s\"", last.message, text);
}

static void
test_setter_ranges(void **state)
{
    dstack_policy *p = lenient(false);

    (void)state;
    refused(dstack_policy_accept_tcb_status(p, 8, 1, &last), "part is 8");
    refused(dstack_policy_accept_tcb_status(p, 0, 0, &last), "status is 0");
    refused(dstack_policy_accept_tcb_status(p, 0, 10, &last), "status is 10");
    for (uint32_t i = 0; i < 8; i++)
        refused(
            dstack_policy_accept_tcb_status(p, i, DSTACK_TCB_REVOKED, &last),
            "Revoked");
    refused(dstack_policy_require_tcb_status(p, 8, &last), "part is 8");
    refused(dstack_policy_accept_advisory(p, NULL, &last), "empty");
    refused(dstack_policy_accept_advisory(p, "", &last), "empty");
    refused(dstack_policy_deny_advisory(p, "", &last), "empty");
    refused(dstack_policy_deny_advisory(p, "INTEL SA", &last), "INTEL SA");
    refused(dstack_policy_deny_advisory(p, "\xc3\xa4", &last), "??");
    refused(dstack_policy_deny_advisory(p, "INTEL-SA\x7f", &last), "sign");
    refused(dstack_policy_deny_advisory(p,
                "12345678901234567890123456789012345678901234567890123456789"
                "012345",
                &last),
        "64 bytes");
    assert_int_equal(dstack_policy_deny_advisory(p,
                         "123456789012345678901234567890123456789012345678901"
                         "2345678901234",
                         &last),
        0);
    refused(dstack_policy_accept_platform_grace(p, -1, &last), "-1 seconds");
    refused(dstack_policy_accept_qe_grace(p, INT64_MIN, &last), "negative");
    refused(dstack_policy_accept_collateral_grace(p, -5, &last), "-5");
    assert_int_equal(ds_policy_collateral_grace(p), 0);
    refused(dstack_policy_require_collateral_age(p, -1, &last), "negative");
    refused(dstack_policy_require_tcb_date(p, -1, &last), "date is -1");
    refused(dstack_policy_require_tcb_date(p, INT64_C(253402300800), &last),
        "253402300799");
    refused(dstack_policy_require_platform_flag(p, "smt", 1, &last),
        "no platform flag \"smt\"");
    refused(dstack_policy_require_platform_flag(p, NULL, 1, &last), "NULL");
    refused(dstack_policy_require_platform_flag(p, "smt_enabled", 3, &last),
        "is 3");
    assert_int_equal(
        dstack_policy_require_platform_flag(p, "smt_enabled", 1, NULL), 0);
    refused(dstack_policy_require_platform_flag(p, "smt_enabled", 2, &last),
        "both");
    refused(dstack_policy_expect_sgx_type(p, 3, &last), "is 3");
    refused(dstack_policy_require_xfam_mask(NULL, 3, &last), "NULL");
    dstack_policy_free(p);
}

static void
test_setter_fields(void **state)
{
    static const uint8_t v[65] = {0};
    dstack_policy *p = lenient(false);

    (void)state;
    /* row 150: exact lengths */
    refused(dstack_policy_expect_field(p, "mr_td", v, 47, &last),
        "48 bytes, the value has 47");
    refused(dstack_policy_expect_field(p, "mr_td", v, 49, &last), "49");
    refused(dstack_policy_expect_field(p, "mr_td", NULL, 48, &last), "NULL");
    refused(
        dstack_policy_deny_field(p, "mr_enclave", v, 48, &last), "32 bytes");
    refused(dstack_policy_expect_field(p, "mrtd", v, 48, &last), "\"mrtd\"");
    refused(dstack_policy_expect_field(p, NULL, v, 48, &last), "NULL");
    refused(dstack_policy_expect_field(p, "", v, 0, &last), "no field");
    refused(dstack_policy_expect_field(p, "qe_report.mr_signer", v, 32, &last),
        "no field");
    refused(
        dstack_policy_expect_field(p, "signature", v, 64, &last), "no field");
    refused(dstack_policy_expect_field(p, "report_data (prefix)", v, 64, &last),
        "no field");
    /* row 151: the SVNs of a version 3 header are not offered */
    refused(dstack_policy_expect_field(p, "pce_svn", v, 2, &last), "no field");
    refused(dstack_policy_expect_field(p, "qe_svn", v, 2, &last), "no field");
    refused(dstack_policy_expect_report_data(p, v, 63, &last), "63");
    refused(dstack_policy_expect_report_data(p, v, 65, &last), "65");
    refused(dstack_policy_expect_report_data(p, v, 0, &last), "0");
    refused(dstack_policy_expect_report_data_prefix(p, v, 0, &last), "1 to 64");
    refused(dstack_policy_expect_report_data_prefix(p, v, 65, &last), "65");
    refused(dstack_policy_expect_report_data_prefix(p, NULL, 4, &last), "NULL");
    refused(dstack_policy_require_minimum(p, "pce_svn", 1, &last), "pce_svn");
    refused(dstack_policy_require_minimum(p, "isv_svn", 65536, &last), "65535");
    refused(dstack_policy_require_minimum(p, "tdx_module_major", 256, &last),
        "255");
    refused(dstack_policy_require_minimum_svn(p, "cpu_svn", v, 16, &last),
        "cpu_svn");
    refused(dstack_policy_require_minimum_svn(p, "tee_tcb_svn", v, 15, &last),
        "15");
    refused(
        dstack_policy_require_minimum_svn(p, "tee_tcb_svn", NULL, 16, &last),
        "NULL");
    refused(dstack_policy_accept_attributes(p, 0x80, &last), "0x80");
    refused(dstack_policy_accept_attributes(p, 1u << 29, &last), "0x20000000");
    refused(dstack_policy_require_attributes(p, 6, 2, &last), "0x2");
    assert_int_equal(dstack_policy_require_attributes(p, 6, 8, &last), 0);
    refused(dstack_policy_require_attributes(p, 8, 0, &last), "0x8");
    dstack_policy_free(p);
}

/* A NULL policy is a mistake everywhere, and never a crash. */
static void
test_null_policy(void **state)
{
    static const uint8_t v[64] = {0};

    (void)state;
    refused(dstack_policy_new(NULL, &last), "NULL");
    refused(dstack_policy_accept_tcb_status(NULL, 0, 1, &last), "NULL");
    refused(dstack_policy_require_tcb_status(NULL, 0, &last), "NULL");
    refused(dstack_policy_accept_advisory(NULL, "X", &last), "NULL");
    refused(dstack_policy_deny_advisory(NULL, "X", &last), "NULL");
    refused(dstack_policy_accept_platform_grace(NULL, 1, &last), "NULL");
    refused(dstack_policy_accept_qe_grace(NULL, 1, &last), "NULL");
    refused(dstack_policy_accept_collateral_grace(NULL, 1, &last), "NULL");
    refused(dstack_policy_require_eval_number(NULL, 1, &last), "NULL");
    refused(dstack_policy_require_tcb_date(NULL, 1, &last), "NULL");
    refused(dstack_policy_require_collateral_age(NULL, 1, &last), "NULL");
    refused(dstack_policy_require_crl_numbers(NULL, 1, 1, &last), "NULL");
    refused(dstack_policy_require_platform_flag(NULL, "smt_enabled", 1, &last),
        "NULL");
    refused(dstack_policy_expect_sgx_type(NULL, 1, &last), "NULL");
    refused(dstack_policy_expect_field(NULL, "rtmr0", v, 48, &last), "NULL");
    refused(dstack_policy_deny_field(NULL, "rtmr0", v, 48, &last), "NULL");
    refused(dstack_policy_require_minimum(NULL, "isv_svn", 1, &last), "NULL");
    refused(
        dstack_policy_require_minimum_svn(NULL, "tee_tcb_svn", v, 16, &last),
        "NULL");
    refused(dstack_policy_expect_report_data(NULL, v, 64, &last), "NULL");
    refused(dstack_policy_expect_report_data_prefix(NULL, v, 4, &last), "NULL");
    refused(dstack_policy_require_attributes(NULL, 1, 0, &last), "NULL");
    refused(dstack_policy_accept_attributes(NULL, 0, &last), "NULL");
    dstack_policy_accept_any_current_status(NULL);
    dstack_policy_accept_debug(NULL);
    dstack_policy_accept_profiling(NULL);
    dstack_policy_accept_migratable(NULL);
    dstack_policy_accept_service_td(NULL);
    dstack_policy_accept_provisioning_key(NULL);
    dstack_policy_accept_any_workload(NULL);
    dstack_policy_free(NULL);
}

/* 1024 entries, and not one more. */
static void
test_full_lists(void **state)
{
    static const uint8_t v[64] = {0};
    dstack_policy *p = lenient(false);

    (void)state;
    for (int i = 0; i < 1024; i++) {
        assert_int_equal(dstack_policy_accept_advisory(p, "A", NULL), 0);
        assert_int_equal(dstack_policy_deny_advisory(p, "B", NULL), 0);
        assert_int_equal(
            dstack_policy_expect_field(p, "rtmr0", v, 48, NULL), 0);
        assert_int_equal(dstack_policy_deny_field(p, "rtmr1", v, 48, NULL), 0);
    }
    refused(dstack_policy_accept_advisory(p, "A", &last), "1024");
    refused(dstack_policy_deny_advisory(p, "B", &last), "1024");
    refused(dstack_policy_expect_field(p, "rtmr0", v, 48, &last), "1024");
    refused(dstack_policy_deny_field(p, "rtmr1", v, 48, &last), "1024");
    refused(dstack_policy_expect_report_data_prefix(p, v, 1, &last), "1024");
    dstack_policy_free(p);
}

/* A later call never takes back what an earlier one asked for or accepted. */
static void
test_calls_add_up(void **state)
{
    static const uint8_t high[16] = {6, 1, 4};
    static const uint8_t low[16] = {7};
    dstack_policy *p = lenient(true);
    static evidence e;

    (void)state;
    make(&e, TD10);
    assert_int_equal(dstack_policy_accept_collateral_grace(p, 50, NULL), 0);
    assert_int_equal(dstack_policy_accept_collateral_grace(p, 20, NULL), 0);
    assert_int_equal(ds_policy_collateral_grace(p), 50);
    assert_int_equal(dstack_policy_accept_collateral_grace(p, 70, NULL), 0);
    assert_int_equal(ds_policy_collateral_grace(p), 70);
    assert_int_equal(dstack_policy_require_eval_number(p, 18, NULL), 0);
    assert_int_equal(dstack_policy_require_eval_number(p, 1, NULL), 0);
    expect("eval", p, &e, NOW, DS_CHECK_POLICY_EVAL, DSTACK_REASON_POLICY_EVAL);
    e.f.eval_tcb = 18;
    assert_int_equal(dstack_policy_require_tcb_date(p, NOW, NULL), 0);
    assert_int_equal(dstack_policy_require_tcb_date(p, 0, NULL), 0);
    expect("date", p, &e, NOW, DS_CHECK_POLICY_DATE, DSTACK_REASON_POLICY_DATE);
    e.f.date[DSTACK_OF_ALL] = NOW;
    assert_int_equal(dstack_policy_require_collateral_age(p, 99, NULL), 0);
    assert_int_equal(dstack_policy_require_collateral_age(p, 200, NULL), 0);
    expect("age", p, &e, NOW, DS_CHECK_POLICY_AGE, DSTACK_REASON_POLICY_AGE);
    e.f.tcb_issue = e.f.qeid_issue = NOW;
    e.f.root_crl_issue = e.f.pck_crl_issue = NOW - 60;
    assert_int_equal(dstack_policy_require_collateral_age(p, 59, NULL), 0);
    expect("age", p, &e, NOW, DS_CHECK_POLICY_AGE, DSTACK_REASON_POLICY_AGE);
    e.f.root_crl_issue = e.f.pck_crl_issue = NOW;
    assert_int_equal(dstack_policy_require_crl_numbers(p, 1, 33, NULL), 0);
    assert_int_equal(dstack_policy_require_crl_numbers(p, 2, 2, NULL), 0);
    expect("CRL", p, &e, NOW, DS_CHECK_POLICY_CRL_NUMBER,
        DSTACK_REASON_POLICY_CRL_NUMBER);
    strcpy(e.f.pck_crl_number, "21");
    assert_int_equal(
        dstack_policy_require_minimum_svn(p, "tee_tcb_svn", low, 16, NULL), 0);
    expect("SVN", p, &e, NOW, DS_CHECK_POLICY_SVN, DSTACK_REASON_POLICY_SVN);
    e.body[0] = 7;
    assert_int_equal(
        dstack_policy_require_minimum_svn(p, "tee_tcb_svn", high, 16, NULL), 0);
    e.body[2] = 4;
    expect("SVN", p, &e, NOW, -1, 0);
    e.body[0] = 6;
    expect("SVN", p, &e, NOW, DS_CHECK_POLICY_SVN, DSTACK_REASON_POLICY_SVN);
    e.body[0] = 7;
    assert_int_equal(dstack_policy_require_xfam_mask(p, 0xff, NULL), 0);
    assert_int_equal(dstack_policy_require_xfam_mask(p, 0xf7e7, NULL), 0);
    expect("xfam", p, &e, NOW, -1, 0);
    e.body[129] = 0x10;
    expect("xfam", p, &e, NOW, DS_CHECK_ATTR_XFAM, DSTACK_REASON_ATTR_XFAM);
    dstack_policy_free(p);
}

static void
test_accepts_add_up(void **state)
{
    dstack_policy *p = lenient(true);
    static evidence e;

    (void)state;
    make(&e, TD10);
    assert_int_equal(dstack_policy_accept_attributes(p, 256, NULL), 0);
    assert_int_equal(dstack_policy_accept_attributes(p, 512, NULL), 0);
    put_le(e.body + 120, 768, 8);
    expect("both masks", p, &e, NOW, -1, 0);
    assert_int_equal(
        dstack_policy_accept_tcb_status(p, DSTACK_OF_QE, 5, NULL), 0);
    assert_int_equal(
        dstack_policy_require_tcb_status(p, DSTACK_OF_QE, NULL), 0);
    e.f.status[DSTACK_OF_QE] = DSTACK_TCB_OUT_OF_DATE;
    expect("named twice", p, &e, NOW, -1, 0);
    e.f.status[DSTACK_OF_ALL] = DSTACK_TCB_OUT_OF_DATE;
    assert_int_equal(dstack_policy_accept_qe_grace(p, 1000, NULL), 0);
    assert_int_equal(dstack_policy_accept_qe_grace(p, 5, NULL), 0);
    expect("longer grace", p, &e, NOW, -1, 0);
    e.f.status[DSTACK_OF_PLATFORM] = DSTACK_TCB_OUT_OF_DATE;
    assert_int_equal(dstack_policy_accept_platform_grace(p, 1000, NULL), 0);
    assert_int_equal(dstack_policy_accept_platform_grace(p, 5, NULL), 0);
    expect("longer grace", p, &e, NOW, -1, 0);
    assert_int_equal(dstack_policy_require_tcb_date(p, 0, NULL), 0);
    expect("date", p, &e, NOW, -1, 0);
    assert_int_equal(dstack_policy_require_tcb_date(p, NOW, NULL), 0);
    expect("later date", p, &e, NOW, DS_CHECK_POLICY_DATE,
        DSTACK_REASON_POLICY_DATE);
    e.f.date[DSTACK_OF_ALL] = NOW;
    assert_int_equal(dstack_policy_require_attributes(p, 256, 0, NULL), 0);
    assert_int_equal(dstack_policy_require_attributes(p, 512, 0, NULL), 0);
    expect("both bits", p, &e, NOW, -1, 0);
    put_le(e.body + 120, 512, 8);
    expect("one bit", p, &e, NOW, DS_CHECK_POLICY_ATTRIBUTES,
        DSTACK_REASON_POLICY_MEASUREMENT);
    put_le(e.body + 120, 768, 8);
    assert_int_equal(dstack_policy_require_collateral_age(p, 0, NULL), 0);
    assert_int_equal(dstack_policy_require_collateral_age(p, 200, NULL), 0);
    expect("shorter age", p, &e, NOW, DS_CHECK_POLICY_AGE,
        DSTACK_REASON_POLICY_AGE);
    dstack_policy_free(p);
}

/* ---- documents ------------------------------------------------------------------- */

typedef struct {
    const char *json;
    int reason;
    const char *says;
} bad_document;

static void
run_bad(const bad_document *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        dstack_policy *p = (dstack_policy *)&last;
        dstack_error err;
        int rc = parse(rows[i].json, &p, &err);

        if (rc != DSTACK_ERR_PARSE || err.reason != rows[i].reason ||
            err.code != rc || !strstr(err.message, rows[i].says))
            fail_msg("%s: %d, %s, \"%s\"", rows[i].json, rc,
                dstack_reason_name(err.reason), err.message);
        assert_null(p);
        assert_int_equal(parse(rows[i].json, &p, NULL), rc);
    }
}

#define UNKNOWN DSTACK_REASON_POLICY_UNKNOWN_KEY
#define JSON DSTACK_REASON_POLICY_JSON
#define TYPE DSTACK_REASON_JSON
#define RANGE DSTACK_REASON_JSON_RANGE

/* Row 144: what no rule reads is an error. */
static void
test_unknown_members(void **state)
{
    static const bad_document rows[] = {
        {"{'accept_debgu':true}", UNKNOWN, "did you mean \"accept_debug\"?"},
        {"{'accept_debgu':true}", UNKNOWN, "accept_debgu: "},
        {"{'require_dynamic_plaform':'any'}", UNKNOWN,
            "\"require_dynamic_platform\""},
        {"{'Accept_debug':true}", UNKNOWN, "\"accept_debug\""},
        {"{'accept_debug ':true}", UNKNOWN, "\"accept_debug\""},
        {"{'xyzzy':1}", UNKNOWN, "no policy member of this name"},
        {"{'':1}", UNKNOWN, "no policy member"},
        {"{'require_min':{}}", UNKNOWN, "no policy member"},
        {"{'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaa':1}",
            UNKNOWN, "no policy member"},
        {"{'expect':{'mrtd':'00'}}", UNKNOWN, "did you mean \"mr_td\"?"},
        {"{'expect':{'mrtd':'00'}}", UNKNOWN, "expect.mrtd: "},
        {"{'expect':{'pce_svn':'0000'}}", UNKNOWN, "no field"},
        {"{'expect':{'report_data (prefix)':'00'}}", UNKNOWN, "no field"},
        {"{'deny':{'rtmr4':'00'}}", UNKNOWN, "rtmr"},
        {"{'require_minimum':{'isvsvn':1}}", UNKNOWN, "\"isv_svn\""},
        {"{'require_minimum_svn':{'cpu_svn':'00'}}", UNKNOWN, "SVN field"},
        {"{'accept_tcb_status':{'plattform':[]}}", UNKNOWN, "\"platform\""},
    };
    dstack_policy *p = NULL;

    (void)state;
    run_bad(rows, ROWS(rows));
    /* An escape in a name does not hide it. */
    assert_int_equal(parse("{'accept_d\\u0065bug':true}", &p, &last), 0);
    dstack_policy_free(p);
}

static void
test_malformed_documents(void **state)
{
    static const bad_document rows[] = {
        {"", TYPE, ""},
        {"{", TYPE, ""},
        {"[]", TYPE, "expected an object"},
        {"null", TYPE, "expected an object"},
        {"{} x", DSTACK_REASON_JSON_TRAILING, ""},
        {"{'accept_debug':true,'accept_debug':false}", DSTACK_REASON_JSON_DUP,
            ""},
        {"{'accept_debug':true,'accept_d\\u0065bug':false}",
            DSTACK_REASON_JSON_DUP, ""},
        {"{'expect':{'rtmr0':'00','rtmr0':'00'}}", DSTACK_REASON_JSON_DUP, ""},
        {"{'accept_debug':1}", TYPE, "accept_debug"},
        {"{'accept_any_workload':1}", TYPE, "accept_any_workload"},
        {"{'accept_debug':'true'}", TYPE, "true or false"},
        {"{'accept_debug':null}", TYPE, "true or false"},
        {"{'accept_any_workload':'yes'}", TYPE, ""},
        {"{'accept_tcb_status':'OutOfDate'}", TYPE, "expected an array"},
        {"{'accept_tcb_status':[1]}", TYPE, "accept_tcb_status[0]"},
        {"{'accept_tcb_status':{'qe':'OutOfDate'}}", TYPE, "array"},
        {"{'accept_tcb_status':['OutOfdate']}", JSON, "\"OutOfdate\""},
        {"{'accept_tcb_status':['Unknown']}", JSON, "\"Unknown\""},
        {"{'accept_tcb_status':['Revoked']}", JSON, "Revoked cannot"},
        {"{'accept_tcb_status':{'qe':['Revoked']}}", JSON, "Revoked cannot"},
        {"{'require_tcb_status':'qe'}", TYPE, "array"},
        {"{'require_tcb_status':[3]}", TYPE, "a string"},
        {"{'require_tcb_status':['QE']}", JSON, "no part \"QE\""},
        {"{'accept_advisories':'A'}", TYPE, "array"},
        {"{'accept_advisories':[1]}", TYPE, "a string"},
        {"{'accept_advisories':['']}", JSON, "empty"},
        {"{'deny_advisories':['a b']}", JSON, "a b"},
        {"{'accept_platform_grace':-1}", RANGE, "-1"},
        {"{'accept_platform_grace':1.5}", RANGE, "1.5"},
        {"{'accept_platform_grace':'1'}", TYPE, "a number"},
        {"{'accept_qe_grace':9223372036854775808}", RANGE, ""},
        {"{'accept_collateral_grace':1e3}", RANGE, ""},
        {"{'require_collateral_age':true}", TYPE, ""},
        {"{'require_eval_number':4294967296}", RANGE, "4294967295"},
        {"{'require_tcb_date':'2026-02-29T00:00:00Z'}", DSTACK_REASON_JSON_DATE,
            "2026-02-29"},
        {"{'require_tcb_date':1}", TYPE, "a string"},
        {"{'require_root_crl_number':18446744073709551616}", RANGE, ""},
        {"{'require_pck_crl_number':'1'}", TYPE, ""},
        {"{'require_smt_enabled':true}", TYPE, ""},
        {"{'require_smt_enabled':'yes'}", JSON, "no rule \"yes\""},
        {"{'expect_sgx_type':'Scalable'}", TYPE, "array"},
        {"{'expect_sgx_type':[1]}", TYPE, "a string"},
        {"{'expect_sgx_type':['scalable']}", JSON, "\"scalable\""},
        {"{'expect_sgx_type':[]}", JSON, "empty"},
    };

    (void)state;
    run_bad(rows, ROWS(rows));
}

static void
test_bad_fields(void **state)
{
    static const bad_document rows[] = {
        {"{'expect':[]}", TYPE, "an object"},
        {"{'expect':{'mr_td':1}}", TYPE, "expect.mr_td"},
        {"{'expect':{'mr_td':[1]}}", TYPE, "expect.mr_td[0]"},
        {"{'expect':{'mr_td':[]}}", JSON, "empty"},
        {"{'deny':{'mr_td':[]}}", JSON, "empty"},
        {"{'expect':{'mr_td':''}}", RANGE, "96 hex digits"},
        {"{'expect':{'mr_td':'00'}}", RANGE, "96 hex digits"},
        {"{'expect':{'mr_td':'" ZERO48 "00'}}", RANGE, "96 hex digits"},
        {"{'expect':{'mr_td':'0x" ZERO47 "'}}", RANGE, "96 hex digits"},
        {"{'expect':{'fmspc':'f5f5f5f5f5'}}", RANGE, "12 hex digits"},
        {"{'deny':{'ppid':'00'}}", RANGE, "32 hex digits"},
        {"{'require_minimum':1}", TYPE, "an object"},
        {"{'require_minimum':{'isv_svn':65536}}", JSON, "65535"},
        {"{'require_minimum':{'isv_svn':'1'}}", TYPE, "a number"},
        {"{'require_minimum_svn':{'tee_tcb_svn':'00'}}", RANGE, "32 hex"},
        {"{'expect_report_data':'" DD63 "'}", RANGE, "128 hex digits"},
        {"{'expect_report_data':'" DD63 "dddd'}", RANGE, "128 hex digits"},
        {"{'expect_report_data':['" DD63 "dd']}", TYPE, "a string"},
        {"{'expect_report_data_prefix':''}", JSON, "1 to 64"},
        {"{'expect_report_data_prefix':'d'}", JSON, "pairs"},
        {"{'expect_report_data_prefix':'dg'}", JSON, "pairs"},
        {"{'expect_report_data_prefix':'" DD63 "dddd'}", RANGE, "128"},
        {"{'expect_report_data_prefix':1}", TYPE, "a string"},
    };

    (void)state;
    run_bad(rows, ROWS(rows));
}

static void
test_bad_bits(void **state)
{
    static const bad_document rows[] = {
        {"{'require_attributes_set':'PKS'}", TYPE, "array"},
        {"{'require_attributes_set':[true]}", TYPE, "a string"},
        {"{'require_attributes_set':[64]}", RANGE, "63"},
        {"{'require_attributes_set':[-1]}", RANGE, "-1"},
        {"{'require_attributes_set':['']}", JSON, "no attribute"},
        {"{'require_attributes_set':['td:']}", JSON, "no attribute"},
        {"{'require_attributes_set':['sgx:']}", JSON, "no attribute"},
        {"{'require_attributes_set':['pks']}", JSON, "\"pks\""},
        {"{'require_attributes_set':['sgx:PKS']}", JSON, "\"sgx:PKS\""},
        {"{'require_attributes_set':['td:KSS']}", JSON, "\"td:KSS\""},
        {"{'require_attributes_set':['td:td:PKS']}", JSON, "td:td:PKS"},
        {"{'require_attributes_clear':['DEBUG']}", JSON, "td:DEBUG"},
        {"{'require_attributes_clear':['PKS'],"
         "'require_attributes_set':['PKS']}",
            JSON, "0x40000000"},
        {"{'require_attributes_clear':[30],"
         "'require_attributes_set':['td:PKS']}",
            JSON, "0x40000000"},
        {"{'require_attributes_clear':['sgx:KSS'],"
         "'require_attributes_set':[7]}",
            JSON, "0x80"},
        {"{'accept_attributes':['DEBUG']}", JSON, "td:DEBUG"},
        {"{'accept_attributes':['td:DEBUG']}", JSON, "0x1 "},
        {"{'accept_attributes':['MIGRATABLE']}", JSON, "0x20000000"},
        {"{'accept_attributes':[3]}", JSON, "0x8 "},
        {"{'accept_attributes':['PROVISIONKEY']}", JSON,
            "accept_provisioning_key"},
        {"{'accept_attributes':['PERF_PROF']}", JSON, "0x20 "},
        {"{'require_xfam_mask':[]}", JSON, "empty"},
        {"{'require_xfam_mask':3}", TYPE, "array"},
        {"{'require_xfam_mask':[64]}", RANGE, "63"},
        {"{'require_xfam_mask':['x87']}", JSON, "no XFAM bit \"x87\""},
        {"{'require_xfam_mask':['']}", JSON, "no XFAM bit"},
        {"{'require_xfam_mask':[null]}", TYPE, "a string"},
    };

    (void)state;
    run_bad(rows, ROWS(rows));
}

/* What only the size or the arguments make wrong. */
static void
test_parse_arguments(void **state)
{
    static const uint8_t empty[] = "{}";
    size_t n = ((size_t)1 << 20) + 1;
    char *text = malloc(n);
    dstack_policy *p = NULL;

    (void)state;
    assert_non_null(text);
    memset(text, ' ', n);
    text[0] = '{';
    text[1] = '}';
    assert_int_equal(
        dstack_policy_parse((uint8_t *)text, n - 1, &p, &last), DSTACK_OK);
    dstack_policy_free(p);
    assert_int_equal(
        dstack_policy_parse((uint8_t *)text, n, &p, &last), DSTACK_ERR_PARSE);
    assert_int_equal(last.reason, DSTACK_REASON_POLICY_JSON);
    assert_null(p);
    free(text);
    refused(dstack_policy_parse(NULL, 2, &p, &last), "NULL");
    refused(dstack_policy_parse(empty, 2, NULL, &last), "NULL");
}

static void
test_collateral_grace(void **state)
{
    dstack_policy *p = policy_of("{'accept_collateral_grace':86400}");

    (void)state;
    assert_int_equal(ds_policy_collateral_grace(p), 86400);
    dstack_policy_free(p);
    p = policy_of("{}");
    assert_int_equal(ds_policy_collateral_grace(p), 0);
    dstack_policy_free(p);
}

/* dstack-policy(7) and the reader know the same members. */
static void
test_manual(void **state)
{
    FILE *f = fopen("docs/man/dstack-policy.7", "r");
    char line[256];
    size_t members = 0;

    (void)state;
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        char *word = line + 7;

        if (strncmp(line, ".It Cm ", 7) != 0)
            continue;
        while (*word != 0) {
            size_t n = strcspn(word, " ,\n");
            char json[128];
            dstack_policy *p = NULL;

            if (n != 0) {
                snprintf(json, sizeof json, "{'%.*s':null}", (int)n, word);
                assert_int_equal(parse(json, &p, &last), DSTACK_ERR_PARSE);
                assert_int_equal(last.reason, DSTACK_REASON_JSON);
                members++;
            }
            word += n + strspn(word + n, " ,\n");
        }
    }
    fclose(f);
    assert_int_equal(members, 43);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_debug),
        cmocka_unit_test(test_every_td_bit),
        cmocka_unit_test(test_service_td),
        cmocka_unit_test(test_xfam),
        cmocka_unit_test(test_required_bits),
        cmocka_unit_test(test_every_field),
        cmocka_unit_test(test_no_workload),
        cmocka_unit_test(test_not_signed),
        cmocka_unit_test(test_not_authentic),
        cmocka_unit_test(test_every_status),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_current),
        cmocka_unit_test(test_grace),
        cmocka_unit_test(test_grace_of_current),
        cmocka_unit_test(test_advisories),
        cmocka_unit_test(test_denied_advisories),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_crl_numbers),
        cmocka_unit_test(test_platform),
        cmocka_unit_test(test_platform_fields),
        cmocka_unit_test(test_svns),
        cmocka_unit_test(test_report_data),
        cmocka_unit_test(test_not_run),
        cmocka_unit_test(test_all_are_judged),
        cmocka_unit_test(test_first_failure),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_more_texts),
        cmocka_unit_test(test_own_check),
        cmocka_unit_test(test_long_texts),
        cmocka_unit_test(test_setter_ranges),
        cmocka_unit_test(test_setter_fields),
        cmocka_unit_test(test_null_policy),
        cmocka_unit_test(test_full_lists),
        cmocka_unit_test(test_calls_add_up),
        cmocka_unit_test(test_accepts_add_up),
        cmocka_unit_test(test_unknown_members),
        cmocka_unit_test(test_malformed_documents),
        cmocka_unit_test(test_bad_fields),
        cmocka_unit_test(test_bad_bits),
        cmocka_unit_test(test_parse_arguments),
        cmocka_unit_test(test_collateral_grace),
        cmocka_unit_test(test_manual),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
