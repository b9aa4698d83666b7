/* SPDX-License-Identifier: Apache-2.0 */
#include "support/attack.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "crypto/hash.h"

#define SEED "attacks"

/* The untouched evidence of each kind, made when first needed. */
struct attack_sibling {
    forge *f;
    ds_buf quote[FORGE_KINDS];
    dstack_collateral *collateral[FORGE_KINDS][2]; /* not strict, strict */
    bool prepared[FORGE_KINDS][2];
    ds_buf root;
    /* Trusts `root`, and remembers no platform: for all judgements that need
     * not know one; not strict, strict. */
    dstack_verifier *cold[2];
};

/* One of the ways in which every expectation is tried. */
enum {
    WAY_PREPARED = 1,
    WAY_WARM = 2,
    WAYS = 4
};

static const char *const way_names[WAYS] = {"not prepared", "prepared",
    "not prepared, known platform", "prepared, known platform"};

enum {
    MAX_ROWS = 160
};

static const attack_row *current;
static attack the_attack;
/* What each row asserted. */
static char noted[MAX_ROWS][sizeof the_attack.asserted];

/* ---- set-up -------------------------------------------------------------- */

static void
forget_report(attack *a)
{
    dstack_report_free(a->report);
    a->report = NULL;
}

void
attack_begin(attack *a, int kind)
{
    forget_report(a);
    dstack_policy_free(a->policy);
    a->policy = NULL;
    forge_reset(a->f, kind);
    a->kind = kind;
    a->now = FORGE_NOW;
    a->strict = a->null_policy = a->own_root = false;
    a->intel_root = a->reissued_root = a->no_collateral = false;
    a->image = NULL;
    a->acpi = NULL;
    a->quote = a->collateral = a->evidence = ds_view_of(NULL, 0);
    attack_case(a, "kind %d", kind);
}

bool
attack_each(attack *a, int kind, int end)
{
    if (kind < end)
        attack_begin(a, kind);
    return kind < end;
}

void
attack_case(attack *a, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(a->label, sizeof a->label, format, args);
    va_end(args);
}

static dstack_policy *
any_workload(void)
{
    dstack_policy *policy = NULL;

    assert_int_equal(dstack_policy_new(&policy, NULL), DSTACK_OK);
    dstack_policy_accept_any_workload(policy);
    return policy;
}

dstack_policy *
attack_policy(attack *a)
{
    dstack_policy_free(a->policy);
    a->policy = any_workload();
    return a->policy;
}

static dstack_policy *
default_policy(int kind, uint32_t status)
{
    dstack_policy *policy = any_workload();

    if (kind == FORGE_TDX_V5_EX)
        assert_int_equal(
            dstack_policy_accept_attributes(policy, UINT64_C(1) << 17, NULL),
            DSTACK_OK);
    if (status != DSTACK_TCB_UP_TO_DATE)
        assert_int_equal(dstack_policy_accept_tcb_status(
                             policy, DSTACK_OF_ALL, status, NULL),
            DSTACK_OK);
    return policy;
}

void
attack_build(attack *a)
{
    if (forge_build(a->f))
        fail_msg("row %s, %s: %s", a->row, a->label, a->f->error);
}

void
attack_note(attack *a, const char *text)
{
    size_t n = strlen(a->asserted);
    const char *at = strstr(a->asserted, text);
    size_t len = strlen(text);

    while (at && ((at != a->asserted && at[-1] != ' ') ||
                     (at[len] != '\0' && at[len] != ',')))
        at = strstr(at + 1, text);
    if (at)
        return;
    if (n + len + 3 > sizeof a->asserted)
        fail_msg("row %s asserts too much for the table", a->row);
    snprintf(a->asserted + n, sizeof a->asserted - n, "%s%s",
        n != 0 ? ", " : "", text);
}

/* ---- verifiers and the sibling ------------------------------------------- */

static dstack_verifier *
new_verifier(const attack *a)
{
    const ds_buf *root =
        a->own_root ? &a->f->out.cert[FORGE_CERT_ROOT] : &a->sibling->root;
    dstack_verifier *v = NULL;
    dstack_error err;

    assert_int_equal(dstack_verifier_new(&v, NULL), DSTACK_OK);
    if (!a->intel_root &&
        dstack_verifier_set_root(v, root->p, root->n, &err) != DSTACK_OK)
        fail_msg("row %s, %s: root: %s", a->row, a->label, err.message);
    assert_int_equal(dstack_verifier_set_strict(v, a->strict), DSTACK_OK);
    if (a->reissued_root)
        dstack_verifier_accept_reissued_root(v);
    if (a->image)
        assert_int_equal(dstack_verifier_add_image(v, a->image), DSTACK_OK);
    if (a->acpi)
        assert_int_equal(dstack_verifier_set_acpi(v, a->acpi), DSTACK_OK);
    return v;
}

static bool
has_own_rules(const attack *a)
{
    return a->own_root || a->intel_root || a->reissued_root || a->image ||
           a->acpi;
}

static void
make_sibling(attack_sibling *s, int kind)
{
    forge_reset(s->f, kind);
    if (forge_build(s->f))
        fail_msg("sibling: %s", s->f->error);
    ds_buf_add(&s->quote[kind], s->f->out.quote.p, s->f->out.quote.n);
    for (int strict = 0; strict < 2; strict++)
        assert_int_equal(
            dstack_collateral_parse(s->f->out.collateral.p,
                s->f->out.collateral.n, &s->collateral[kind][strict], NULL),
            DSTACK_OK);
    if (s->root.n == 0)
        ds_buf_add(&s->root, s->f->out.cert[FORGE_CERT_ROOT].p,
            s->f->out.cert[FORGE_CERT_ROOT].n);
}

/* The verifier gets to know the platform by evidence that is in order. */
static void
warm_up(const attack *a, const dstack_verifier *v)
{
    attack_sibling *s = a->sibling;
    dstack_collateral *c = s->collateral[a->kind][a->strict];
    dstack_policy *policy;
    dstack_error err;

    if (a->own_root || a->intel_root)
        return;
    if (!s->prepared[a->kind][a->strict])
        s->prepared[a->kind][a->strict] =
            dstack_collateral_prepare(c, v, &err) == DSTACK_OK;
    policy = default_policy(a->kind, DSTACK_TCB_UP_TO_DATE);
    if (dstack_verifier_verify_quote(v, s->quote[a->kind].p,
            s->quote[a->kind].n, c, policy, FORGE_NOW, NULL, &err) != DSTACK_OK)
        fail_msg("row %s, %s: the sibling is refused: %s", a->row, a->label,
            err.message);
    dstack_policy_free(policy);
}

static void
free_sibling(attack_sibling *s)
{
    forge_free(s->f);
    for (int kind = 0; kind < FORGE_KINDS; kind++) {
        ds_buf_free(&s->quote[kind]);
        dstack_collateral_free(s->collateral[kind][0]);
        dstack_collateral_free(s->collateral[kind][1]);
    }
    ds_buf_free(&s->root);
    dstack_verifier_free(s->cold[0]);
    dstack_verifier_free(s->cold[1]);
}

/* ---- one judgement ------------------------------------------------------- */

typedef struct {
    attack *a;
    int way;
    int stage, reason; /* expected; 0, 0 when the answer must be yes */
    uint32_t status;
    const dstack_policy *policy;
    const dstack_verifier *verifier;
    dstack_verifier *own; /* to be freed */
    int rc;
} trial;

static void
wrong(const trial *t, const char *what)
{
    fail_msg("row %s, %s, %s: %s; expected %s/%s, got %s/%s (%s)", t->a->row,
        t->a->label, way_names[t->way], what, dstack_stage_name(t->stage),
        dstack_reason_name(t->reason), dstack_stage_name(t->a->err.stage),
        dstack_reason_name(t->a->err.reason), t->a->err.message);
}

static ds_view
the_quote(const attack *a)
{
    if (a->quote.p)
        return a->quote;
    return ds_view_of(a->f->out.quote.p, a->f->out.quote.n);
}

static ds_view
the_collateral(const attack *a)
{
    if (a->collateral.p)
        return a->collateral;
    return ds_view_of(a->f->out.collateral.p, a->f->out.collateral.n);
}

/* In a block of exactly its size, so that a sanitizer sees a read past it. */
static uint8_t *
exact_copy(ds_view v)
{
    uint8_t *p = malloc(v.n ? v.n : 1);

    assert_non_null(p);
    if (v.n != 0)
        memcpy(p, v.p, v.n);
    return p;
}

static void
prepare(trial *t, dstack_collateral *c)
{
    dstack_error err;

    if (dstack_collateral_prepare(c, t->verifier, &err) == DSTACK_OK)
        return;
    t->a->err = err;
    if (t->stage != DSTACK_STAGE_QUOTE &&
        (err.stage != t->stage || err.reason != t->reason))
        wrong(t, "preparing failed");
}

static void
use_verifier(trial *t)
{
    attack_sibling *s = t->a->sibling;
    int strict = t->a->strict;

    if (t->way & WAY_WARM || has_own_rules(t->a)) {
        t->own = new_verifier(t->a);
        t->verifier = t->own;
        if (t->way & WAY_WARM)
            warm_up(t->a, t->own);
        return;
    }
    if (!s->cold[strict]) {
        s->cold[strict] = new_verifier(t->a);
        assert_int_equal(
            dstack_verifier_set_cache_size(s->cold[strict], 0), DSTACK_OK);
    }
    t->verifier = s->cold[strict];
}

static int
verify(trial *t, const dstack_collateral *c, const uint8_t *p, size_t n)
{
    attack *a = t->a;
    const dstack_policy *policy = a->null_policy ? NULL : t->policy;
    dstack_evidence *e = NULL;
    int rc;

    if (!a->evidence.p) {
        rc = dstack_verifier_verify_quote(
            t->verifier, p, n, c, policy, a->now, &a->report, &a->err);
        assert_non_null(a->report);
        return rc;
    }
    rc = dstack_evidence_parse(p, n, &e, &a->err);
    if (rc != DSTACK_OK)
        return rc;
    rc = dstack_verifier_verify(
        t->verifier, e, c, policy, a->now, &a->report, &a->err);
    assert_non_null(a->report);
    dstack_evidence_free(e);
    return rc;
}

/* What was refused once must not be known the next time. */
static void
verify_again(trial *t, const dstack_collateral *c, const uint8_t *p, size_t n)
{
    dstack_error first = t->a->err;
    int rc = t->rc;

    forget_report(t->a);
    t->rc = verify(t, c, p, n);
    if (t->rc != rc || t->a->err.reason != first.reason ||
        t->a->err.stage != first.stage)
        wrong(t, "the answer is another the second time");
}

/* Leaves the outcome in the attack; no report where the collateral or the
 * evidence did not even parse. */
static void
judge(trial *t)
{
    attack *a = t->a;
    ds_view in = a->evidence.p ? a->evidence : the_quote(a);
    ds_view bundle = the_collateral(a);
    uint8_t *quote = exact_copy(in);
    uint8_t *text = exact_copy(bundle);
    dstack_collateral *c = NULL;

    forget_report(a);
    use_verifier(t);
    t->rc = DSTACK_OK;
    if (!a->no_collateral)
        t->rc = dstack_collateral_parse(text, bundle.n, &c, &a->err);
    if (t->rc == DSTACK_OK) {
        if (c && (t->way & WAY_PREPARED))
            prepare(t, c);
        t->rc = verify(t, c, quote, in.n);
        if (t->way & WAY_WARM)
            verify_again(t, c, quote, in.n);
    }
    dstack_collateral_free(c);
    dstack_verifier_free(t->own);
    t->own = NULL;
    free(text);
    free(quote);
}

/* The report is a second witness. */
static void
check_report(trial *t)
{
    const attack *a = t->a;
    const dstack_report *r = a->report;
    size_t n = dstack_report_check_count(r);
    size_t i = 0;

    if (dstack_report_is_accepted(r))
        wrong(t, "the report says accepted");
    if (dstack_report_is_authentic(r) !=
        (ds_reason_code(t->reason) == DSTACK_ERR_POLICY))
        wrong(t, "the report is wrong about authenticity");
    if (dstack_report_stage(r) != t->stage ||
        dstack_report_reason(r) != t->reason ||
        strcmp(dstack_report_message(r), a->err.message) != 0)
        wrong(t, "the report gives another reason");
    while (i < n && dstack_report_check_result(r, i) != DSTACK_CHECK_FAILED)
        i++;
    if (i == n || dstack_report_check_stage(r, i) != t->stage ||
        dstack_report_check_reason(r, i) != t->reason)
        wrong(t, "the first failed check is another one");
}

/* Does dstack_evidence_parse find this? */
static bool
of_parser(int stage, int reason)
{
    return stage == DSTACK_STAGE_ATTESTATION ||
           (stage == DSTACK_STAGE_QUOTE &&
               reason != DSTACK_REASON_TIME_RANGE) ||
           (stage == DSTACK_STAGE_EVIDENCE &&
               reason != DSTACK_REASON_PLATFORM_UNSUPPORTED) ||
           (stage == DSTACK_STAGE_EVENTS &&
               ds_reason_code(reason) == DSTACK_ERR_PARSE &&
               reason != DSTACK_REASON_EVENT_DIGEST_MISSING);
}

static void
check_no(trial *t)
{
    const dstack_error *err = &t->a->err;

    if (t->rc == DSTACK_OK)
        wrong(t, "accepted");
    if (err->code != t->rc || t->rc != ds_reason_code(t->reason))
        wrong(t, "the codes differ");
    if (err->stage != t->stage || err->reason != t->reason)
        wrong(t, "another reason");
    if (err->message[0] == '\0')
        wrong(t, "no message");
    if (t->a->report)
        check_report(t);
    else if (t->stage != DSTACK_STAGE_COLLATERAL &&
             !(t->a->evidence.p && of_parser(t->stage, t->reason)))
        wrong(t, "no report");
}

static void
check_yes(trial *t)
{
    static const dstack_error none;
    const attack *a = t->a;
    const dstack_report *r = a->report;

    if (t->rc != DSTACK_OK || !r)
        wrong(t, "refused");
    if (memcmp(&a->err, &none, sizeof none) != 0)
        wrong(t, "an error beside success");
    if (!dstack_report_is_accepted(r) || !dstack_report_is_authentic(r) ||
        dstack_report_stage(r) != 0 || dstack_report_reason(r) != 0)
        wrong(t, "the report says no");
    if (dstack_report_tcb_status(r, DSTACK_OF_ALL) != t->status)
        fail_msg("row %s, %s, %s: status is %s, expected %s", a->row, a->label,
            way_names[t->way],
            dstack_tcb_status_name(dstack_report_tcb_status(r, DSTACK_OF_ALL)),
            dstack_tcb_status_name(t->status));
    for (size_t i = 0; i < dstack_report_check_count(r); i++)
        if (dstack_report_check_result(r, i) == DSTACK_CHECK_FAILED)
            wrong(t, "a check failed");
}

/* ---- expectations -------------------------------------------------------- */

/* The parser by itself must find exactly what is its own to find. */
static void
check_evidence(attack *a, int stage, int reason)
{
    bool fails = of_parser(stage, reason);
    dstack_evidence *e = NULL;
    dstack_error err;
    int rc = dstack_evidence_parse(a->evidence.p, a->evidence.n, &e, &err);

    if ((rc != DSTACK_OK) != fails ||
        (fails && (e || err.stage != stage || err.reason != reason)))
        fail_msg("row %s, %s: dstack_evidence_parse gives %s (%s), expected %s",
            a->row, a->label, dstack_reason_name(err.reason), err.message,
            fails ? dstack_reason_name(reason) : "success");
    dstack_evidence_free(e);
}

static void
check_parse(attack *a, int stage, int reason)
{
    bool fails = stage == DSTACK_STAGE_QUOTE &&
                 reason != DSTACK_REASON_TIME_RANGE && !a->strict;
    ds_view in = the_quote(a);
    dstack_quote *q = NULL;
    dstack_error err;
    int rc = dstack_quote_parse(in.p, in.n, &q, &err);

    if ((rc != DSTACK_OK) != fails ||
        (fails && (q || err.stage != stage || err.reason != reason)))
        fail_msg("row %s, %s: dstack_quote_parse gives %s (%s), expected %s",
            a->row, a->label, dstack_reason_name(err.reason), err.message,
            fails ? dstack_reason_name(reason) : "success");
    dstack_quote_free(q);
}

static void
note_reason(attack *a, int stage, int reason)
{
    char text[80];

    snprintf(text, sizeof text, "%s%s%s", stage ? dstack_stage_name(stage) : "",
        stage ? "/" : "", dstack_reason_name(reason));
    attack_note(a, text);
}

/* All of them; where a signature costs twenty times as much one, and the next
 * expectation the next one: what is prepared or known is no business of what
 * checks signatures. */
static bool
is_tried(const attack *a, int way)
{
#ifdef DS_ECDSA_MBEDTLS
    return way == (int)(a->expectations % WAYS);
#else
    (void)a;
    (void)way;
    return true;
#endif
}

static void
expect(attack *a, int stage, int reason, uint32_t status)
{
    dstack_policy *own = default_policy(a->kind, status);
    trial t = {.a = a,
        .stage = stage,
        .reason = reason,
        .status = status,
        .policy = a->policy ? a->policy : own};

    if (a->sibling->quote[a->kind].n == 0)
        make_sibling(a->sibling, a->kind);
    if (a->evidence.p)
        check_evidence(a, stage, reason);
    else
        check_parse(a, stage, reason);
    a->expectations++;
    for (t.way = 0; t.way < WAYS; t.way++) {
        if (!is_tried(a, t.way))
            continue;
        judge(&t);
        if (reason != DSTACK_REASON_NONE)
            check_no(&t);
        else
            check_yes(&t);
    }
    dstack_policy_free(own);
}

void
attack_reject_built(attack *a, int stage, int reason)
{
    note_reason(a, stage, reason);
    expect(a, stage, reason, DSTACK_TCB_UP_TO_DATE);
}

void
attack_accept_built(attack *a, uint32_t status)
{
    char text[80];

    snprintf(
        text, sizeof text, "accepted as %s", dstack_tcb_status_name(status));
    attack_note(a, text);
    if (status != DSTACK_TCB_UP_TO_DATE && !a->policy && !a->null_policy)
        expect(a, DSTACK_STAGE_POLICY, DSTACK_REASON_POLICY_STATUS,
            DSTACK_TCB_UP_TO_DATE);
    expect(a, DSTACK_STAGE_NONE, DSTACK_REASON_NONE, status);
}

void
attack_reject(attack *a, int stage, int reason)
{
    attack_build(a);
    attack_reject_built(a, stage, reason);
}

void
attack_accept(attack *a, uint32_t status)
{
    attack_build(a);
    attack_accept_built(a, status);
}

void
attack_reject_parse(attack *a, ds_view quote, int reason)
{
    uint8_t *copy = exact_copy(quote);
    dstack_quote *q = NULL;
    dstack_error err;
    int rc = dstack_quote_parse(copy, quote.n, &q, &err);

    note_reason(a, DSTACK_STAGE_QUOTE, reason);
    if (rc == DSTACK_OK || q || err.code != rc ||
        err.stage != DSTACK_STAGE_QUOTE || err.reason != reason)
        fail_msg("row %s, %s, %zu bytes: dstack_quote_parse gives %s (%s), "
                 "expected %s",
            a->row, a->label, quote.n, dstack_reason_name(err.reason),
            err.message, dstack_reason_name(reason));
    free(copy);
}

/* ---- other calls ------------------------------------------------------------ */

void
attack_call_accepts(attack *a, int rc, const dstack_error *err)
{
    attack_note(a, "accepted");
    if (rc != DSTACK_OK || err->code != DSTACK_OK || err->message[0] != '\0')
        fail_msg("row %s, %s: %s/%s (%s), expected success", a->row, a->label,
            dstack_stage_name(err->stage), dstack_reason_name(err->reason),
            err->message);
}

static void
check_call(attack *a, int rc, const dstack_error *err, const dstack_error *want)
{
    if (rc != want->code || err->code != rc || err->stage != want->stage ||
        err->reason != want->reason || err->message[0] == '\0')
        fail_msg("row %s, %s: %s, %s/%s (%s); expected %s, %s/%s", a->row,
            a->label, dstack_error_name(rc), dstack_stage_name(err->stage),
            dstack_reason_name(err->reason), err->message,
            dstack_error_name(want->code), dstack_stage_name(want->stage),
            dstack_reason_name(want->reason));
}

void
attack_call_refuses(
    attack *a, int rc, const dstack_error *err, int stage, int reason)
{
    const dstack_error want = {
        .code = ds_reason_code(reason), .stage = stage, .reason = reason};

    note_reason(a, stage, reason);
    check_call(a, rc, err, &want);
}

void
attack_call_fails(attack *a, int rc, const dstack_error *err, int code)
{
    const dstack_error want = {.code = code};

    attack_note(a, dstack_error_name(code));
    check_call(a, rc, err, &want);
}

ds_view
attack_key_id(attack *a, int key)
{
    uint8_t hash[DS_HASH_MAX];

    assert_true(ds_hash(
        DS_SHA256, ds_view_of("\x04", 1), forge_public(a->f, key), hash));
    return forge_keep(a->f, hash, 20);
}

/* ---- allocations ---------------------------------------------------------- */

static atomic_size_t allocations;
static atomic_size_t failing; /* 0: none */

static bool
must_fail(void)
{
    return atomic_fetch_add(&allocations, 1) + 1 == atomic_load(&failing);
}

static void *
count_malloc(void *user, size_t size)
{
    (void)user;
    return must_fail() ? NULL : malloc(size);
}

static void *
count_realloc(void *user, void *block, size_t size)
{
    (void)user;
    return must_fail() ? NULL : realloc(block, size);
}

static void
count_free(void *user, void *block)
{
    (void)user;
    free(block);
}

size_t
attack_allocations(void)
{
    return atomic_load(&allocations);
}

void
attack_fail_allocation(size_t n)
{
    atomic_store(&failing, n ? atomic_load(&allocations) + n : 0);
}

static int
count_allocations(void)
{
    const dstack_allocator counting = {.abi_size = sizeof counting,
        .malloc_fn = count_malloc,
        .realloc_fn = count_realloc,
        .free_fn = count_free};

    return dstack_set_allocator(&counting);
}

/* ---- the program --------------------------------------------------------- */

static void
run_row(void **state)
{
    attack *a = &the_attack;
    size_t i;

    memcpy(&i, *state, sizeof i);
    a->row = current[i].id;
    a->asserted[0] = '\0';
    attack_begin(a, FORGE_TDX_V4);
    current[i].run(a);
    if (a->asserted[0] == '\0')
        fail_msg("row %s asserts nothing", a->row);
    memcpy(noted[i], a->asserted, sizeof noted[i]);
}

static int
set_up(void **state)
{
    static attack_sibling sibling;

    (void)state;
    if (count_allocations() != DSTACK_OK)
        return -1;
    the_attack.f = forge_new(FORGE_TDX_V4, SEED);
    sibling.f = forge_new(FORGE_TDX_V4, SEED);
    the_attack.sibling = &sibling;
    for (int kind = 0; kind < FORGE_KINDS; kind++)
        ds_buf_init(&sibling.quote[kind], 1u << 20);
    ds_buf_init(&sibling.root, 1u << 20);
    return the_attack.f && sibling.f ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    forget_report(&the_attack);
    dstack_policy_free(the_attack.policy);
    forge_free(the_attack.f);
    free_sibling(the_attack.sibling);
    return 0;
}

/* "row_008_another_QE_vendor": sorts as the catalogue does. */
static void
name_test(char *out, size_t size, const attack_row *row)
{
    int n = (int)strspn(row->id, "0123456789");
    char *p;

    snprintf(out, size, "row_%.*s%s_%s", n < 3 ? 3 - n : 0, "00", row->id,
        row->title);
    for (p = out; *p; p++)
        if (strchr(" ,;:/()'", *p))
            *p = '_';
}

/* "test_x" of "tests/unit/test_x.c" */
static void
stem(char *out, size_t size, const char *file)
{
    const char *base = strrchr(file, '/');

    base = base ? base + 1 : file;
    snprintf(out, size, "%.*s", (int)strcspn(base, "."), base);
}

static int
write_rows(const char *dir, const char *file, size_t count)
{
    char name[64], path[512];
    size_t i;
    FILE *out;

    stem(name, sizeof name, file);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    out = fopen(path, "w");
    if (!out) {
        fprintf(stderr, "%s cannot be written\n", path);
        return 1;
    }
    for (i = 0; i < count; i++)
        fprintf(out, "%s\t%s\t%s.c:%s\t%s\n", current[i].id, current[i].title,
            name, current[i].function, noted[i]);
    return fclose(out) == 0 ? 0 : 1;
}

int
attack_main(const char *file, const attack_row *rows, size_t count)
{
    static struct CMUnitTest tests[MAX_ROWS];
    static char names[MAX_ROWS][96];
    static size_t index[MAX_ROWS];
    const char *dir = getenv("DS_ROWS");
    size_t i;
    int failed;

    if (count > MAX_ROWS) {
        fprintf(stderr, "%s has more than %d rows\n", file, MAX_ROWS);
        return 1;
    }
    current = rows;
    for (i = 0; i < count; i++) {
        index[i] = i;
        name_test(names[i], sizeof names[i], &rows[i]);
        tests[i].name = names[i];
        tests[i].test_func = run_row;
        tests[i].initial_state = &index[i];
    }
    failed = _cmocka_run_group_tests(file, tests, count, set_up, tear_down);
    if (failed == 0 && dir)
        failed = write_rows(dir, file, count);
    return failed;
}
