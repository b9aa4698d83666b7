/* SPDX-License-Identifier: Apache-2.0 */
/* The whole verifier on evidence that a script makes and signs (script.h).
 * However a judgement is arrived at, it is the same; a yes agrees with a
 * second implementation, and is never said of what nobody signed. */
#include <string.h>

#include "base/text.h"
#include "dstack/dstack.h"
#include "fuzz/evaluate.h"
#include "fuzz/script.h"
#include "fuzz/signed.h"

/* Evidence of each kind that nobody touched. */
static ds_buf root, sibling_quote[FORGE_KINDS];
static dstack_collateral *sibling[FORGE_KINDS][2]; /* not strict, strict */

enum {
    POLICY_DEFAULT = 0, /* any workload, else what a new policy asks */
    POLICY_OPEN,        /* every status, attribute and platform */
    POLICY_NULL,
    POLICY_JSON,
    POLICIES
};

typedef struct {
    int rc;
    dstack_error err;
    dstack_report *report;
    char *json;
    size_t json_n;
} verdict;

/* ---- verifiers and policies --------------------------------------------------- */

static dstack_verifier *
new_verifier(const script *s, uint32_t cache)
{
    dstack_verifier *v;

    must(dstack_verifier_new(&v, NULL) == DSTACK_OK);
    must(dstack_verifier_set_root(v, root.p, root.n, NULL) == DSTACK_OK);
    must(dstack_verifier_set_cache_size(v, cache) == DSTACK_OK);
    must(dstack_verifier_set_strict(v, (s->flags & SCRIPT_STRICT) != 0) ==
         DSTACK_OK);
    if (s->flags & SCRIPT_REISSUED)
        dstack_verifier_accept_reissued_root(v);
    return v;
}

static dstack_policy *
open_policy(void)
{
    dstack_policy *p;

    must(dstack_policy_new(&p, NULL) == DSTACK_OK);
    dstack_policy_accept_any_workload(p);
    dstack_policy_accept_debug(p);
    dstack_policy_accept_profiling(p);
    dstack_policy_accept_migratable(p);
    dstack_policy_accept_service_td(p);
    dstack_policy_accept_provisioning_key(p);
    must(dstack_policy_accept_attributes(p, ~UINT64_C(0x200000ff), NULL) ==
         DSTACK_OK);
    for (uint32_t i = DSTACK_TCB_UP_TO_DATE;
         i <= DSTACK_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED; i++)
        if (i != DSTACK_TCB_REVOKED)
            must(dstack_policy_accept_tcb_status(p, DSTACK_OF_ALL, i, NULL) ==
                 DSTACK_OK);
    dstack_policy_accept_any_current_status(p);
    return p;
}

static unsigned
policy_kind(const script *s)
{
    return s->policy_choice % POLICIES;
}

static dstack_policy *
new_policy(const script *s)
{
    dstack_policy *p = NULL;

    if (policy_kind(s) == POLICY_NULL)
        return NULL;
    if (policy_kind(s) == POLICY_OPEN)
        return open_policy();
    if (policy_kind(s) == POLICY_JSON && s->policy.n &&
        dstack_policy_parse(s->policy.p, s->policy.n, &p, NULL) == DSTACK_OK)
        return p;
    must(dstack_policy_new(&p, NULL) == DSTACK_OK);
    dstack_policy_accept_any_workload(p);
    must(dstack_policy_accept_attributes(p, UINT64_C(1) << 17, NULL) ==
         DSTACK_OK);
    return p;
}

/* ---- judging ------------------------------------------------------------------- */

static void
check_ok(const dstack_report *r)
{
    must(dstack_report_is_accepted(r) && dstack_report_is_authentic(r));
    must(dstack_report_stage(r) == 0 && dstack_report_reason(r) == 0);
    must(dstack_report_message(r)[0] == '\0');
    for (size_t i = 0; i < dstack_report_check_count(r); i++)
        must(dstack_report_check_result(r, i) != DSTACK_CHECK_FAILED);
}

static int
result(const dstack_report *r, const char *name)
{
    size_t i = 0;

    while (strcmp(dstack_report_check_name(r, i), name) != 0)
        must(++i < dstack_report_check_count(r));
    return dstack_report_check_result(r, i);
}

/* Without a genuine platform its TCB is not judged, and nothing at all of a
 * quote that nobody signed. */
static void
check_doubtful(const dstack_report *r)
{
    bool is_signed = result(r, "quote_signature") == DSTACK_CHECK_PASSED;

    must(result(r, "policy_tcb_status") == DSTACK_CHECK_NOT_RUN);
    must(result(r, "policy_collateral_age") == DSTACK_CHECK_NOT_RUN);
    must(is_signed ==
         (result(r, "policy_names_workload") != DSTACK_CHECK_NOT_RUN));
    must(!is_signed || result(r, "qe_report_signature") == DSTACK_CHECK_PASSED);
    if (!is_signed)
        must(result(r, "no_debug") == DSTACK_CHECK_NOT_RUN);
}

static void
check_refused(const verdict *v)
{
    const dstack_report *r = v->report;
    size_t n = dstack_report_check_count(r), failed = 0;

    fuzz_check_error(v->rc, &v->err);
    must(!dstack_report_is_accepted(r));
    must(dstack_report_stage(r) == v->err.stage);
    must(dstack_report_reason(r) == v->err.reason);
    must(strcmp(dstack_report_message(r), v->err.message) == 0);
    for (size_t i = 0; i < n; i++)
        if (dstack_report_check_result(r, i) == DSTACK_CHECK_FAILED) {
            must(dstack_report_check_reason(r, i) != 0);
            failed++;
        }
    must(failed >= 1);
    if (dstack_report_is_authentic(r))
        must(v->err.stage == DSTACK_STAGE_ATTRIBUTES ||
             v->err.stage == DSTACK_STAGE_POLICY);
    else
        check_doubtful(r);
}

static verdict
judge(const dstack_verifier *verifier, ds_view quote,
    const dstack_collateral *collateral, const dstack_policy *policy,
    int64_t now)
{
    verdict v = {.rc = 0};

    v.rc = dstack_verifier_verify_quote(
        verifier, quote.p, quote.n, collateral, policy, now, &v.report, &v.err);
    must(v.report != NULL);
    if (v.rc == DSTACK_OK)
        check_ok(v.report);
    else
        check_refused(&v);
    must(
        dstack_report_to_json(v.report, &v.json, &v.json_n, NULL) == DSTACK_OK);
    return v;
}

/* A time that there is not: no judgement and no report. */
static void
check_no_time(const script *s, const dstack_collateral *c)
{
    dstack_verifier *verifier = new_verifier(s, 0);
    dstack_report *report;
    dstack_error err;

    must(dstack_verifier_verify_quote(verifier, s->quote.p, s->quote.n, c, NULL,
             s->now, &report, &err) == DSTACK_ERR_ARG);
    must(report == NULL && err.reason == DSTACK_REASON_TIME_RANGE);
    dstack_verifier_free(verifier);
}

static void
forget(verdict *v)
{
    dstack_report_free(v->report);
    dstack_free(v->json);
}

/* The same answer, and the same in every word of its report. */
static void
same(const verdict *want, verdict v)
{
    must(v.rc == want->rc);
    must(v.rc == DSTACK_OK ||
         (v.err.stage == want->err.stage && v.err.reason == want->err.reason));
    must(ds_view_eq(
        ds_view_of(v.json, v.json_n), ds_view_of(want->json, want->json_n)));
    forget(&v);
}

static void
make_siblings(void)
{
    for (int kind = 0; kind < FORGE_KINDS; kind++) {
        forge *f = fuzz_forge(kind);

        must(forge_build(f) == 0);
        if (kind == 0) {
            ds_buf_init(&root, SIZE_MAX);
            ds_buf_add(&root, f->out.cert[FORGE_CERT_ROOT].p,
                f->out.cert[FORGE_CERT_ROOT].n);
        }
        ds_buf_init(&sibling_quote[kind], SIZE_MAX);
        ds_buf_add(&sibling_quote[kind], f->out.quote.p, f->out.quote.n);
        for (int strict = 0; strict < 2; strict++) {
            script s = {.flags = strict ? SCRIPT_STRICT : 0};
            dstack_verifier *v = new_verifier(&s, 0);

            must(dstack_collateral_parse(f->out.collateral.p,
                     f->out.collateral.n, &sibling[kind][strict],
                     NULL) == DSTACK_OK);
            must(dstack_collateral_prepare(sibling[kind][strict], v, NULL) ==
                 DSTACK_OK);
            dstack_verifier_free(v);
        }
    }
}

static void
warm_up(const script *s, const dstack_verifier *v)
{
    dstack_policy *p = open_policy();

    must(dstack_verifier_verify_quote(v, sibling_quote[s->kind].p,
             sibling_quote[s->kind].n,
             sibling[s->kind][(s->flags & SCRIPT_STRICT) != 0], p, FORGE_NOW,
             NULL, NULL) == DSTACK_OK);
    dstack_policy_free(p);
}

/* Prepared or not, by a verifier that remembers nothing, the sibling, or what
 * it has just seen. Two of the ways cost much, and a script asks for them. */
static void
check_ways(const script *s, dstack_collateral *c, const dstack_policy *p,
    const verdict *want)
{
    dstack_verifier *warm = new_verifier(s, 8);
    ds_view quote = fuzz_view(&s->quote);
    dstack_error err;
    int rc;

    warm_up(s, warm);
    if (s->ways & SCRIPT_WARM)
        same(want, judge(warm, quote, c, p, s->now));
    rc = dstack_collateral_prepare(c, warm, &err);
    same(want, judge(warm, quote, c, p, s->now));
    same(want, judge(warm, quote, c, p, s->now));
    if (rc == DSTACK_OK && s->ways & SCRIPT_COLD) {
        dstack_verifier *cold = new_verifier(s, 0);

        same(want, judge(cold, quote, c, p, s->now));
        dstack_verifier_free(cold);
    } else if (rc != DSTACK_OK && want->err.stage != DSTACK_STAGE_QUOTE) {
        must(rc == want->rc && err.stage == want->err.stage);
        must(err.reason == want->err.reason);
        must(strcmp(err.message, want->err.message) == 0);
    }
    dstack_verifier_free(warm);
}

/* ---- what a yes must mean ---------------------------------------------------------- */

static evaluate_out
second_opinion(
    const script *s, const dstack_collateral *c, const dstack_report *r)
{
    evaluate_in in = {.quote = fuzz_view(&s->quote),
        .tcb_info = signed_part(c, DSTACK_PART_TCB_INFO),
        .qe_identity = signed_part(c, DSTACK_PART_QE_IDENTITY),
        .now = s->now,
        .grace = dstack_report_used_collateral_grace(r) ? INT32_MAX : 0};
    size_t n;

    in.comps.p = dstack_report_pck(r, "tcb_components", &in.comps.n);
    in.fmspc.p = dstack_report_pck(r, "fmspc", &in.fmspc.n);
    in.pce_id.p = dstack_report_pck(r, "pce_id", &in.pce_id.n);
    must(in.comps.n == 16 && in.fmspc.n == 6 && in.pce_id.n == 2);
    in.pce_svn = (uint32_t)(dstack_report_pck(r, "pce_svn", &n)[0] << 8 |
                            dstack_report_pck(r, "pce_svn", &n)[1]);
    return evaluate(&in);
}

/* Genuine, or refused for its TCB levels alone. */
static void
check_levels(const script *s, const dstack_collateral *c, const verdict *v)
{
    evaluate_out e;

    if (!dstack_report_is_authentic(v->report) &&
        v->err.reason != DSTACK_REASON_TCB_REVOKED &&
        v->err.reason != DSTACK_REASON_TCB_NOT_SUPPORTED)
        return;
    e = second_opinion(s, c, v->report);
    must(e.fits);
    must(e.found == (v->rc == DSTACK_OK ||
                        v->err.reason != DSTACK_REASON_TCB_NOT_SUPPORTED));
    for (uint32_t i = 0; e.found && i <= DSTACK_OF_MODULE_CURRENT; i++)
        must(dstack_report_tcb_status(v->report, i) == e.status[i]);
    if (e.found)
        must(
            (e.status[DSTACK_OF_ALL] == DSTACK_TCB_REVOKED) ==
            (v->rc != DSTACK_OK && v->err.reason == DSTACK_REASON_TCB_REVOKED));
}

/* What a new policy asks, read from the bytes. */
static void
check_default(const verdict *v)
{
    const dstack_quote *q = dstack_report_quote(v->report);
    uint64_t bits = dstack_quote_attributes(q);
    bool tdx = dstack_quote_tee_type(q) == DSTACK_TEE_TDX;

    must(dstack_report_tcb_status(v->report, DSTACK_OF_ALL) ==
         DSTACK_TCB_UP_TO_DATE);
    must(dstack_report_tcb_status(v->report, DSTACK_OF_CURRENT) ==
         DSTACK_TCB_UP_TO_DATE);
    /* Spec 1.5: SERVTD_EXT is accepted here. */
    if (tdx)
        must((bits & ~UINT64_C(0x80000000d8020000)) == 0);
    else
        must((bits & 2) == 0);
    must(!dstack_report_used_collateral_grace(v->report));
}

/* The answer holds until it says, and no second longer. */
static void
check_validity(const script *s, const dstack_collateral *c,
    const dstack_policy *p, const verdict *v)
{
    int64_t until = dstack_report_valid_until(v->report);
    dstack_verifier *verifier = new_verifier(s, 0);
    verdict at;

    must(until >= s->now);
    at = judge(verifier, fuzz_view(&s->quote), c, p, until);
    must(at.rc == DSTACK_OK);
    forget(&at);
    must(until < DS_TIME_MAX);
    at = judge(verifier, fuzz_view(&s->quote), c, p, until + 1);
    must(at.rc == DSTACK_ERR_STALE);
    forget(&at);
    dstack_verifier_free(verifier);
}

/* What strict rules accept, lenient ones accept. */
static void
check_lenient(
    const script *s, const dstack_collateral *c, const dstack_policy *p)
{
    script lenient = *s;
    dstack_verifier *verifier;
    verdict v;

    lenient.flags &= ~(unsigned)SCRIPT_STRICT;
    verifier = new_verifier(&lenient, 0);
    v = judge(verifier, fuzz_view(&s->quote), c, p, s->now);
    must(v.rc == DSTACK_OK);
    forget(&v);
    dstack_verifier_free(verifier);
}

static void
run(const script *s, dstack_collateral *c, const dstack_policy *p)
{
    dstack_verifier *cold = new_verifier(s, 0);
    verdict v = judge(cold, fuzz_view(&s->quote), c, p, s->now);

    check_ways(s, c, p, &v);
    check_levels(s, c, &v);
    if (dstack_report_is_authentic(v.report))
        signed_check(s, c, dstack_report_quote(v.report));
    if (v.rc == DSTACK_OK) {
        if (policy_kind(s) == POLICY_DEFAULT)
            check_default(&v);
        if (policy_kind(s) < POLICY_NULL)
            check_validity(s, c, p, &v);
        if (s->flags & SCRIPT_STRICT)
            check_lenient(s, c, p);
        must(policy_kind(s) != POLICY_NULL);
    }
    dstack_report_free(v.report);
    fuzz_take_json(v.json, v.json_n);
    dstack_verifier_free(cold);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dstack_collateral *c = NULL;
    dstack_policy *p;
    dstack_error err;
    script s;
    int rc;

    if (!root.p)
        make_siblings();
    if (script_run(ds_view_of(data, size), &s)) {
        rc = dstack_collateral_parse(s.collateral.p, s.collateral.n, &c, &err);
        if (rc == DSTACK_OK && (s.now < 0 || s.now > DS_TIME_MAX)) {
            check_no_time(&s, c);
        } else if (rc == DSTACK_OK) {
            p = new_policy(&s);
            run(&s, c, p);
            dstack_policy_free(p);
        } else {
            fuzz_check_error(rc, &err);
        }
        dstack_collateral_free(c);
    }
    script_free(&s);
    return 0;
}

/* ---- a mutator that knows scripts ---------------------------------------------------- */

static uint32_t
some_value(fuzz_random *r)
{
    static const int32_t values[] = {0, 1, 2, 3, 4, 5, 6, 7, 13, 14, 16, 127,
        128, 255, 256, 65535, 65536, -1, 86400, -86400, 2592000, -2592000,
        INT32_MAX, INT32_MIN};
    uint32_t i = fuzz_below(r, 32);

    if (i < sizeof values / sizeof values[0])
        return (uint32_t)values[i];
    return i < 28 ? 1u << fuzz_below(r, 32) : fuzz_below(r, UINT32_MAX);
}

static script_edit
some_edit(fuzz_random *r)
{
    script_edit e = {.code = (uint8_t)fuzz_below(r, SCRIPT_CODES),
        .a = (uint8_t)fuzz_below(r, fuzz_below(r, 2) ? 8 : 256),
        .b = (uint8_t)fuzz_below(r, fuzz_below(r, 2) ? 40 : 256),
        .c = (uint8_t)fuzz_below(r, fuzz_below(r, 2) ? 8 : 256),
        .value = some_value(r)};

    return e;
}

static void
change_edit(uint8_t *p, fuzz_random *r)
{
    script_edit e = script_read(p), other = some_edit(r);

    switch (fuzz_below(r, 6)) {
    case 0:
        e = other;
        break;
    case 1:
        e.a = other.a;
        break;
    case 2:
        e.b = other.b;
        break;
    case 3:
        e.c = other.c;
        break;
    case 4:
        e.value += fuzz_below(r, 2) ? 1 : UINT32_MAX;
        break;
    default:
        e.value = other.value;
    }
    script_write(p, &e);
}

static void
change_head(uint8_t *p, fuzz_random *r)
{
    switch (fuzz_below(r, 6)) {
    case 0:
        p[0] = (uint8_t)fuzz_below(r, FORGE_KINDS);
        break;
    case 1:
        p[1] ^= (uint8_t)(1u << fuzz_below(r, 7));
        break;
    case 2:
        p[2] = (uint8_t)fuzz_below(r, POLICIES);
        break;
    case 3:
        p[3] = (uint8_t)fuzz_below(r, 16);
        break;
    case 4:
        p[7] ^= (uint8_t)(1u << fuzz_below(r, 2));
        break;
    default:
        p[4] = (uint8_t)fuzz_below(r, 256);
        p[5] = fuzz_below(r, 2) ? 0 : 0xff;
    }
}

/* One edit more, or one less. */
static size_t
change_count(uint8_t *data, size_t size, size_t n, size_t max, fuzz_random *r)
{
    size_t at = SCRIPT_HEAD + SCRIPT_EDIT * fuzz_below(r, (uint32_t)n + 1);
    script_edit e = some_edit(r);

    if (n < SCRIPT_MAX_EDITS && size + SCRIPT_EDIT <= max &&
        fuzz_below(r, 2 + (uint32_t)n) < 2) {
        memmove(data + at + SCRIPT_EDIT, data + at, size - at);
        script_write(data + at, &e);
        data[6] = (uint8_t)(n + 1);
        return size + SCRIPT_EDIT;
    }
    if (at >= SCRIPT_HEAD + SCRIPT_EDIT * n)
        return size;
    memmove(data + at, data + at + SCRIPT_EDIT, size - at - SCRIPT_EDIT);
    data[6] = (uint8_t)(n - 1);
    return size - SCRIPT_EDIT;
}

size_t
LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    fuzz_random r = {seed};
    size_t n, tail;

    if (max_size < 64)
        return LLVMFuzzerMutate(data, size, max_size);
    if (size < SCRIPT_HEAD) {
        memset(data, 0, SCRIPT_HEAD);
        size = SCRIPT_HEAD;
    }
    n = data[6] % (SCRIPT_MAX_EDITS + 1);
    if (n > (size - SCRIPT_HEAD) / SCRIPT_EDIT)
        n = (size - SCRIPT_HEAD) / SCRIPT_EDIT;
    data[6] = (uint8_t)n;
    tail = SCRIPT_HEAD + SCRIPT_EDIT * n;
    switch (fuzz_below(&r, 8)) {
    case 0:
        change_head(data, &r);
        return size;
    case 1:
        /* The policy is only read with the choice for it. */
        data[2] = POLICY_JSON;
        return tail +
               LLVMFuzzerMutate(data + tail, size - tail, max_size - tail);
    case 2:
    case 3:
    case 4:
        return change_count(data, size, n, max_size, &r);
    default:
        if (n)
            change_edit(
                data + SCRIPT_HEAD + SCRIPT_EDIT * fuzz_below(&r, (uint32_t)n),
                &r);
        return size;
    }
}
