/* SPDX-License-Identifier: Apache-2.0 */
/* Level selection twice: the library against a second implementation, which
 * is written from spec 3.9 to 3.13 in another way: nothing is sorted, a level
 * is one row of 33 numbers, and the best of all rows that fit is the largest
 * as a string of bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "forge/forge.h"
#include "intel/judge.h"

enum {
    DOCUMENTS = 5000,
    PROBES = 5, /* platforms judged with each document */
    ROW = 33,   /* 16 SGX components, PCE SVN, 16 TDX components */
    MAX_LEVELS = 6,
    MAX_ISV = 4,
    MAX_MODULES = 3,
    ADVISORIES = 9
};

/* ---- random numbers: the same ones at every run ----------------------------- */

static uint64_t seed = 0x64737461636bu;

static unsigned
under(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)((seed >> 11) % n);
}

static bool
once_in(unsigned n)
{
    return under(n) == 0;
}

/* ---- the model ----------------------------------------------------------------- */

typedef struct {
    unsigned need[ROW];
    char status; /* a letter of `letters` */
    unsigned day;
    unsigned advisories; /* bits */
} row;

typedef struct {
    unsigned isvsvn;
    char status;
    unsigned day;
    unsigned advisories;
} isv;

typedef struct {
    isv at[MAX_ISV];
    unsigned n;
} isv_list;

typedef struct {
    bool tdx;
    row rows[MAX_LEVELS];
    unsigned n;
    unsigned version[MAX_MODULES];
    isv_list module[MAX_MODULES];
    unsigned modules;
    isv_list qe;
} document;

typedef struct {
    unsigned have[17]; /* SGX components and PCE SVN */
    unsigned svn[16], svn2[16];
    unsigned qe;
    bool td15;
} platform;

/* UpToDate, SWHardeningNeeded, ConfigurationNeeded,
 * ConfigurationAndSWHardeningNeeded (Both), OutOfDate, OutOfDateConfiguration-
 * Needed (D), Revoked; then the two derived ones. */
static const char letters[] = "USCBODRTV";
static const char *const names[] = {"UpToDate", "SWHardeningNeeded",
    "ConfigurationNeeded", "ConfigurationAndSWHardeningNeeded", "OutOfDate",
    "OutOfDateConfigurationNeeded", "Revoked"};

static uint32_t
status_of(char letter)
{
    static const uint32_t values[] = {DSTACK_TCB_UP_TO_DATE,
        DSTACK_TCB_SW_HARDENING_NEEDED, DSTACK_TCB_CONFIGURATION_NEEDED,
        DSTACK_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
        DSTACK_TCB_OUT_OF_DATE, DSTACK_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
        DSTACK_TCB_REVOKED, DSTACK_TCB_TD_RELAUNCH_ADVISED,
        DSTACK_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED};

    return letter ? values[strchr(letters, letter) - letters]
                  : DSTACK_TCB_UNKNOWN;
}

/* ---- making documents ------------------------------------------------------------ */

/* Few places vary and little, so that levels fit, miss and tie often. */
static const unsigned places[] = {0, 5, 15, 16, 17, 18, 19, 20, 32};
#define PLACES (sizeof places / sizeof places[0])

static void
random_row(row *r, bool tdx)
{
    memset(r, 0, sizeof *r);
    for (size_t i = 0; i < PLACES; i++)
        if ((tdx || places[i] < 17) && once_in(2))
            r->need[places[i]] = under(4);
    if (once_in(40))
        r->need[places[under(4)]] = 255;
    if (once_in(40))
        r->need[16] = 40000 + under(3);
    /* Often, but not so often that little else happens. */
    r->status = once_in(20) ? 'R' : letters[under(6)];
    r->day = under(28);
    r->advisories = once_in(3) ? 0 : under(1u << ADVISORIES);
}

static void
random_isv(isv_list *l)
{
    l->n = 1 + under(MAX_ISV);
    for (unsigned i = 0; i < l->n; i++) {
        isv *v = &l->at[i];

        memset(v, 0, sizeof *v);
        /* The i-th is i modulo MAX_ISV: no two are equal. */
        v->isvsvn = under(2) * MAX_ISV + i;
        v->status = once_in(20) ? 'R' : once_in(2) ? 'U' : 'O';
        v->day = under(28);
        v->advisories = once_in(3) ? 0 : under(1u << ADVISORIES);
    }
    for (unsigned i = l->n; i > 1; i--) {
        unsigned k = under(i);
        isv swap = l->at[k];

        l->at[k] = l->at[i - 1];
        l->at[i - 1] = swap;
    }
}

static void
random_document(document *d)
{
    memset(d, 0, sizeof *d);
    d->tdx = !once_in(4);
    d->n = 1 + under(MAX_LEVELS);
    for (unsigned i = 0; i < d->n; i++)
        random_row(&d->rows[i], d->tdx);
    if (d->n > 1 && once_in(12))
        memcpy(d->rows[d->n - 1].need, d->rows[0].need, sizeof d->rows[0].need);
    random_isv(&d->qe);
    if (!d->tdx)
        return;
    d->modules = once_in(8) ? under(2) : 2 + under(MAX_MODULES - 1);
    for (unsigned i = 0; i < d->modules; i++) {
        d->version[i] = i + 1;
        random_isv(&d->module[i]);
    }
    if (d->modules && once_in(16) && d->module[0].n > 1)
        d->module[0].at[1].isvsvn = d->module[0].at[0].isvsvn;
}

static void
random_svn(unsigned svn[16])
{
    memset(svn, 0, 16 * sizeof svn[0]);
    svn[0] = under(8);
    svn[1] = once_in(3) ? 0 : 1 + under(once_in(4) ? MAX_MODULES : 2);
    for (size_t i = 6; i < PLACES; i++)
        svn[places[i] - 17] = 1 + under(4);
    if (once_in(30))
        svn[15] = 255;
}

static void
random_platform(platform *p)
{
    memset(p, 0, sizeof *p);
    for (size_t i = 0; i < 4; i++)
        p->have[places[i]] = 1 + under(4);
    if (once_in(20))
        p->have[16] = 40001;
    if (once_in(30))
        p->have[0] = 255;
    random_svn(p->svn);
    random_svn(p->svn2);
    p->qe = once_in(10) ? 0 : 1 + under(8);
    p->td15 = once_in(2);
}

/* ---- as JSON ------------------------------------------------------------------------ */

static void
say(ds_buf *b, const char *format, ...) DS_PRINTF(2, 3);

static void
say(ds_buf *b, const char *format, ...)
{
    char text[128];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ds_buf_add_str(b, text);
}

static void
say_tail(ds_buf *b, char status, unsigned day, unsigned advisories)
{
    bool first = true;

    say(b, ",\"tcbDate\":\"2024-02-%02uT00:00:00Z\"", day + 1);
    ds_buf_add_str(b, ",\"tcbStatus\":\"");
    ds_buf_add_str(b, names[strchr(letters, status) - letters]);
    ds_buf_add_str(b, "\"");
    if (advisories) {
        ds_buf_add_str(b, ",\"advisoryIDs\":[");
        /* Backwards, and the last twice: the library sorts them. */
        for (unsigned i = ADVISORIES; i-- > 0;)
            if (advisories >> i & 1) {
                say(b, first ? "\"SA-%u\"" : ",\"SA-%u\"", i);
                first = false;
            }
        for (unsigned i = 0; i < ADVISORIES; i++)
            if (advisories >> i & 1) {
                say(b, ",\"SA-%u\"", i);
                break;
            }
        ds_buf_add_str(b, "]");
    }
    ds_buf_add_str(b, "}");
}

static void
say_isv(ds_buf *b, const isv_list *l)
{
    ds_buf_add_str(b, ",\"tcbLevels\":[");
    for (unsigned i = 0; i < l->n; i++) {
        const isv *v = &l->at[i];

        say(b, i ? ",{\"tcb\":{\"isvsvn\":%u}" : "{\"tcb\":{\"isvsvn\":%u}",
            v->isvsvn);
        say_tail(b, v->status, v->day, v->advisories);
    }
    ds_buf_add_str(b, "]");
}

static void
say_components(ds_buf *b, const unsigned *need)
{
    ds_buf_add_str(b, "[");
    for (unsigned i = 0; i < 16; i++)
        say(b, i ? ",{\"svn\":%u}" : "{\"svn\":%u}", need[i]);
    ds_buf_add_str(b, "]");
}

static void
say_zeros(ds_buf *b, const char *name, size_t n)
{
    ds_buf_add_str(b, "\"");
    ds_buf_add_str(b, name);
    ds_buf_add_str(b, "\":\"");
    for (size_t i = 0; i < n; i++)
        ds_buf_add_str(b, "00");
    ds_buf_add_str(b, "\"");
}

static void
say_module_values(ds_buf *b)
{
    say_zeros(b, "mrsigner", 48);
    ds_buf_add_str(b, ",");
    say_zeros(b, "attributes", 8);
    ds_buf_add_str(b, ",");
    say_zeros(b, "attributesMask", 8);
}

static void
say_modules(ds_buf *b, const document *d)
{
    ds_buf_add_str(b, ",\"tdxModule\":{");
    say_module_values(b);
    ds_buf_add_str(b, "}");
    if (!d->modules)
        return;
    ds_buf_add_str(b, ",\"tdxModuleIdentities\":[");
    for (unsigned i = 0; i < d->modules; i++) {
        say(b, i ? ",{\"id\":\"TDX_%02u\"," : "{\"id\":\"TDX_%02u\",",
            d->version[i]);
        say_module_values(b);
        say_isv(b, &d->module[i]);
        ds_buf_add_str(b, "}");
    }
    ds_buf_add_str(b, "]");
}

#define DATES \
    "\"issueDate\":\"2024-01-01T00:00:00Z\"," \
    "\"nextUpdate\":\"2024-03-01T00:00:00Z\",\"tcbEvaluationDataNumber\":17"

static void
say_tcb_info(ds_buf *b, const document *d)
{
    ds_buf_add_str(b, "{\"id\":\"");
    ds_buf_add_str(b, d->tdx ? "TDX" : "SGX");
    ds_buf_add_str(b, "\",\"version\":3," DATES ",\"fmspc\":\"000000000000\","
                      "\"pceId\":\"0000\",\"tcbType\":0");
    if (d->tdx)
        say_modules(b, d);
    ds_buf_add_str(b, ",\"tcbLevels\":[");
    for (unsigned i = 0; i < d->n; i++) {
        const row *r = &d->rows[i];

        ds_buf_add_str(b, i ? ",{\"tcb\":{" : "{\"tcb\":{");
        if (d->tdx) {
            ds_buf_add_str(b, "\"tdxtcbcomponents\":");
            say_components(b, r->need + 17);
            ds_buf_add_str(b, ",");
        }
        ds_buf_add_str(b, "\"sgxtcbcomponents\":");
        say_components(b, r->need);
        say(b, ",\"pcesvn\":%u}", r->need[16]);
        say_tail(b, r->status, r->day, r->advisories);
    }
    ds_buf_add_str(b, "]}");
}

static void
say_qe_identity(ds_buf *b, const document *d)
{
    ds_buf_add_str(b, "{\"id\":\"QE\",\"version\":2," DATES ",");
    say_zeros(b, "miscselect", 4);
    ds_buf_add_str(b, ",");
    say_zeros(b, "miscselectMask", 4);
    ds_buf_add_str(b, ",");
    say_zeros(b, "attributes", 16);
    ds_buf_add_str(b, ",");
    say_zeros(b, "attributesMask", 16);
    ds_buf_add_str(b, ",");
    say_zeros(b, "mrsigner", 32);
    ds_buf_add_str(b, ",\"isvprodid\":1");
    say_isv(b, &d->qe);
    ds_buf_add_str(b, "}");
}

/* ---- the oracle ---------------------------------------------------------------------- */

typedef struct {
    int reason; /* 0: a verdict */
    char platform, module, qe, launch, platform2, module2, current, all;
    unsigned day_launch, day_current;
    unsigned advisories, advisories2;
    const row *best; /* launch row */
    bool no_row;     /* that is why there is no level, with these numbers */
    unsigned have[ROW];
} answer;

static bool
same_row(const row *a, const row *b)
{
    return memcmp(a->need, b->need, sizeof a->need) == 0;
}

/* Larger as a string of 33 characters. */
static bool
beats(const row *a, const row *b)
{
    for (unsigned i = 0; i < ROW; i++)
        if (a->need[i] != b->need[i])
            return a->need[i] > b->need[i];
    return false;
}

static bool
ambiguous_isv(const isv_list *l)
{
    for (unsigned i = 0; i < l->n; i++)
        for (unsigned k = i + 1; k < l->n; k++)
            if (l->at[i].isvsvn == l->at[k].isvsvn)
                return true;
    return false;
}

static bool
ambiguous(const document *d)
{
    for (unsigned i = 0; i < d->n; i++)
        for (unsigned k = i + 1; k < d->n; k++)
            if (same_row(&d->rows[i], &d->rows[k]))
                return true;
    for (unsigned i = 0; i < d->modules; i++)
        if (ambiguous_isv(&d->module[i]))
            return true;
    return false;
}

/* All 33 numbers that a platform has; 17 and 18 do not count when the module
 * has a version of its own. */
static void
numbers(const platform *p, const unsigned *svn, unsigned have[ROW])
{
    memcpy(have, p->have, sizeof p->have);
    for (unsigned i = 0; i < 16; i++)
        have[17 + i] = svn ? svn[i] : 0;
    if (svn && svn[1])
        have[17] = have[18] = UINT32_MAX;
}

static unsigned
missing(const row *r, const unsigned have[ROW])
{
    unsigned n = 0;

    for (unsigned i = 0; i < ROW; i++)
        n += have[i] < r->need[i];
    return n;
}

static const row *
pick_row(const document *d, const unsigned have[ROW])
{
    const row *best = NULL;

    for (unsigned i = 0; i < d->n; i++)
        if (!missing(&d->rows[i], have) && (!best || beats(&d->rows[i], best)))
            best = &d->rows[i];
    return best;
}

static const isv *
pick_isv(const isv_list *l, unsigned have)
{
    const isv *best = NULL;

    for (unsigned i = 0; i < l->n; i++)
        if (l->at[i].isvsvn <= have &&
            (!best || l->at[i].isvsvn > best->isvsvn))
            best = &l->at[i];
    return best;
}

static char
worst(char a, char b)
{
    return a == 'R' || b == 'R' ? 'R' : a == 'O' || b == 'O' ? 'O' : 'U';
}

/* The table of spec 3.11: columns all UpToDate, any OutOfDate, any Revoked. */
static char
converge(char platform_status, char parts)
{
    static const char *const table[] = {
        "UOR", "SOR", "CDR", "BDR", "OOR", "DDR", "RRR"};
    const char *line = table[strchr(letters, platform_status) - letters];

    return line[strchr("UOR", parts) - "UOR"];
}

static char
relaunch(char launch, char current)
{
    bool late = launch == 'O' || launch == 'D';
    bool fine = strchr("USCB", current) != NULL;

    if (launch == 'R' || current == 'R')
        return 'R';
    if (!late || !fine)
        return launch;
    return launch == 'D' || current == 'C' || current == 'B' ? 'V' : 'T';
}

static unsigned
earlier(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Row and module level for one set of SVNs; false when there is none. */
static bool
pick(const document *d, const platform *p, const unsigned *svn, answer *a,
    const row **r, const isv **m)
{
    *m = NULL;
    numbers(p, svn, a->have);
    *r = pick_row(d, a->have);
    a->no_row = !*r;
    if (!*r)
        return false;
    if (!svn || svn[1] == 0)
        return true;
    for (unsigned i = 0; i < d->modules; i++)
        if (d->version[i] == svn[1])
            *m = pick_isv(&d->module[i], svn[0]);
    return *m != NULL;
}

static bool
has_module(const document *d, unsigned version)
{
    for (unsigned i = 0; i < d->modules; i++)
        if (d->version[i] == version)
            return true;
    return version == 0;
}

static answer
oracle(const document *d, const platform *p)
{
    answer a;
    const row *r, *r2;
    const isv *m, *m2, *q = pick_isv(&d->qe, p->qe);

    memset(&a, 0, sizeof a);
    a.reason = DSTACK_REASON_TDX_MODULE_MISMATCH;
    if (d->tdx && !has_module(d, p->svn[1]))
        return a;
    a.reason = DSTACK_REASON_TCB_NOT_SUPPORTED;
    if (!pick(d, p, d->tdx ? p->svn : NULL, &a, &r, &m))
        return a;
    r2 = r;
    m2 = m;
    if (d->tdx && p->td15 && !pick(d, p, p->svn2, &a, &r2, &m2))
        return a;
    if (!q)
        return a;
    a.best = r;
    a.platform = r->status;
    a.platform2 = r2->status;
    a.module = m ? m->status : 0;
    a.module2 = m2 ? m2->status : 0;
    a.qe = q->status;
    a.launch = converge(r->status, m ? worst(m->status, q->status) : q->status);
    a.current =
        converge(r2->status, m2 ? worst(m2->status, q->status) : q->status);
    a.all = relaunch(a.launch, a.current);
    a.day_launch = earlier(r->day, m ? earlier(m->day, q->day) : q->day);
    a.day_current = earlier(r2->day, m2 ? earlier(m2->day, q->day) : q->day);
    a.advisories = r->advisories | q->advisories | (m ? m->advisories : 0);
    a.advisories2 = r2->advisories | q->advisories | (m2 ? m2->advisories : 0);
    a.reason = a.all == 'R' ? DSTACK_REASON_TCB_REVOKED : 0;
    return a;
}

/* ---- the library ---------------------------------------------------------------------- */

static uint8_t quote_bytes[3][8192];
static size_t quote_size[3];
static size_t body_at[3], qe_at[3];

static int
make_quotes(void **state)
{
    static const int kinds[3] = {FORGE_SGX_V3, FORGE_TDX_V4, FORGE_TDX_V5_15};
    forge *f = forge_new(FORGE_SGX_V3, "oracle");

    (void)state;
    if (!f)
        return -1;
    for (size_t i = 0; i < 3; i++) {
        forge_reset(f, kinds[i]);
        if (forge_build(f) || f->out.quote.n > sizeof quote_bytes[i])
            return -1;
        memcpy(quote_bytes[i], f->out.quote.p, f->out.quote.n);
        quote_size[i] = f->out.quote.n;
        body_at[i] = f->out.part[FORGE_PART_BODY].off;
        qe_at[i] = f->out.part[FORGE_PART_QE_REPORT].off;
    }
    forge_free(f);
    return 0;
}

/* Signatures do not matter here: this is the step after all of them. */
static void
set_quote(const document *d, const platform *p, dstack_quote *q)
{
    size_t which = d->tdx ? (p->td15 ? 2 : 1) : 0;
    uint8_t *bytes = quote_bytes[which];
    dstack_error err;

    for (size_t i = 0; d->tdx && i < 16; i++) {
        bytes[body_at[which] + i] = (uint8_t)p->svn[i];
        if (p->td15)
            bytes[body_at[which] + 584 + i] = (uint8_t)p->svn2[i];
    }
    bytes[qe_at[which] + 258] = (uint8_t)p->qe;
    bytes[qe_at[which] + 259] = 0;
    assert_int_equal(
        ds_quote_parse(ds_view_of(bytes, quote_size[which]), q, &err), 0);
}

static void
set_pck(const platform *p, ds_pck *pck)
{
    for (size_t i = 0; i < 16; i++)
        pck->comps[i] = (uint8_t)p->have[i];
    pck->pce_svn = (uint16_t)p->have[16];
}

/* ---- comparison ------------------------------------------------------------------------ */

static unsigned long seen[DSTACK_REASON_COUNT], seen_status[128], judged;

static void
compare_advisories(const ds_facts *f, uint32_t whose, unsigned want)
{
    const ds_advisory_set *set = &f->advisories[whose];
    size_t n = 0;
    char id[16];

    for (unsigned i = 0; i < ADVISORIES; i++) {
        if (!(want >> i & 1))
            continue;
        snprintf(id, sizeof id, "SA-%u", i);
        assert_true(n < set->n);
        assert_string_equal(set->id[n++], id);
    }
    assert_int_equal(set->n, n);
}

#define FEBRUARY INT64_C(1706745600) /* 2024-02-01T00:00:00Z */

static int64_t
date_of(unsigned day)
{
    return FEBRUARY + (int64_t)day * 86400;
}

static void
compare_verdict(const ds_facts *f, const answer *a)
{
    assert_int_equal(f->status[DSTACK_OF_PLATFORM], status_of(a->platform));
    assert_int_equal(f->status[DSTACK_OF_MODULE], status_of(a->module));
    assert_int_equal(f->status[DSTACK_OF_QE], status_of(a->qe));
    assert_int_equal(f->status[DSTACK_OF_LAUNCH], status_of(a->launch));
    assert_int_equal(f->status[DSTACK_OF_CURRENT], status_of(a->current));
    assert_int_equal(
        f->status[DSTACK_OF_PLATFORM_CURRENT], status_of(a->platform2));
    assert_int_equal(
        f->status[DSTACK_OF_MODULE_CURRENT], status_of(a->module2));
    assert_int_equal(f->status[DSTACK_OF_ALL], status_of(a->all));
    assert_true(f->date[DSTACK_OF_LAUNCH] == date_of(a->day_launch));
    assert_true(f->date[DSTACK_OF_ALL] == date_of(a->day_launch));
    assert_true(f->date[DSTACK_OF_CURRENT] == date_of(a->day_current));
    assert_true(f->date[DSTACK_OF_PLATFORM] == date_of(a->best->day));
    compare_advisories(f, DSTACK_OF_ALL, a->advisories);
    compare_advisories(f, DSTACK_OF_CURRENT, a->advisories2);
    compare_advisories(f, DSTACK_OF_PLATFORM, a->best->advisories);
    seen_status[(unsigned char)a->all]++;
}

/* The next item of the list is this one, where something is missing. */
static bool
item_is(const ds_facts *f, size_t *n, unsigned have, unsigned need)
{
    const ds_shortfall *s = &f->shortfall[*n];

    if (have >= need)
        return true;
    return (*n)++ < f->shortfall_count && s->have == have && s->need == need;
}

/* What a row asks for beyond what is there, in order. */
static bool
row_items(const ds_facts *f, size_t *n, const row *r, const unsigned have[ROW])
{
    for (unsigned i = 0; i < ROW; i++)
        if (!item_is(f, n, have[i], r->need[i]))
            return false;
    return true;
}

static unsigned
highest(const isv_list *l)
{
    unsigned best = 0;

    for (unsigned i = 0; i < l->n; i++)
        best = l->at[i].isvsvn > best ? l->at[i].isvsvn : best;
    return best;
}

/* What is out of date lacks what the best level of its list asks for. */
static void
compare_late(
    const document *d, const platform *p, const answer *a, const ds_facts *f)
{
    const row *best = &d->rows[0];
    unsigned have[ROW];
    size_t n = 0;

    numbers(p, d->tdx ? p->svn : NULL, have);
    for (unsigned i = 1; i < d->n; i++)
        if (beats(&d->rows[i], best))
            best = &d->rows[i];
    if (a->platform == 'O' || a->platform == 'D')
        assert_true(row_items(f, &n, best, have));
    for (unsigned i = 0; a->module == 'O' && i < d->modules; i++)
        if (d->version[i] == p->svn[1])
            assert_true(item_is(f, &n, p->svn[0], highest(&d->module[i])));
    if (a->qe == 'O')
        assert_true(item_is(f, &n, p->qe, highest(&d->qe)));
    assert_int_equal(f->shortfall_count, n);
}

/* No row fits: what is named is what one of the nearest rows asks for. */
static void
compare_nearest(const document *d, const answer *a, const ds_facts *f)
{
    unsigned least = ROW + 1;
    bool found = false;
    size_t n;

    if (!a->no_row)
        return; /* it was the module or the QE that has no level */
    for (unsigned i = 0; i < d->n; i++)
        least = earlier(least, missing(&d->rows[i], a->have));
    assert_int_equal(f->shortfall_count, least);
    for (unsigned i = 0; i < d->n; i++) {
        n = 0;
        found =
            found || (status_of(d->rows[i].status) == f->shortfall_status &&
                         row_items(f, &n, &d->rows[i], a->have) && n == least);
    }
    assert_true(found);
    seen_status[0]++;
}

static void
judge(const document *d, const ds_prepared *prepared, const platform *p)
{
    static ds_checks checks;
    static ds_facts f;
    answer want = oracle(d, p);
    dstack_quote q;
    int rc;

    ds_checks_init(&checks);
    ds_facts_init(&f);
    set_quote(d, p, &q);
    set_pck(p, &f.pck);
    rc = ds_tcb_judge(&q, prepared, &f, &checks);
    assert_int_equal(rc == DSTACK_OK ? 0 : checks.error.reason, want.reason);
    assert_int_equal(checks.error.stage, want.reason ? DSTACK_STAGE_TCB : 0);
    if (want.best) {
        compare_verdict(&f, &want);
        compare_late(d, p, &want, &f);
    }
    if (want.reason == DSTACK_REASON_TCB_NOT_SUPPORTED)
        compare_nearest(d, &want, &f);
    seen[want.reason]++;
    judged++;
    ds_facts_free(&f);
}

static void
judge_document(const document *d)
{
    ds_prepared prepared;
    dstack_error err;
    ds_buf text, qe;
    platform p;
    int rc;

    memset(&prepared, 0, sizeof prepared);
    ds_buf_init(&text, 1u << 20);
    ds_buf_init(&qe, 1u << 20);
    say_tcb_info(&text, d);
    say_qe_identity(&qe, d);
    assert_false(text.bad || text.nomem || qe.bad || qe.nomem);
    rc = ds_tcb_info_parse(ds_view_of(text.p, text.n), &prepared.tcb, &err);
    if (ambiguous(d)) {
        assert_int_equal(rc, DSTACK_ERR_UNTRUSTED);
        assert_int_equal(err.reason, DSTACK_REASON_TCB_LEVEL_DUP);
        assert_null(prepared.tcb);
        seen[DSTACK_REASON_TCB_LEVEL_DUP]++;
    } else {
        assert_int_equal(rc, DSTACK_OK);
        assert_int_equal(
            ds_qe_identity_parse(ds_view_of(qe.p, qe.n), &prepared.qeid, &err),
            DSTACK_OK);
        for (int i = 0; i < PROBES; i++) {
            random_platform(&p);
            judge(d, &prepared, &p);
        }
    }
    ds_tcb_info_free(prepared.tcb);
    ds_qe_identity_free(prepared.qeid);
    ds_buf_free(&text);
    ds_buf_free(&qe);
}

static void
test_levels_like_the_oracle(void **state)
{
    static const int reasons[] = {0, DSTACK_REASON_TCB_LEVEL_DUP,
        DSTACK_REASON_TDX_MODULE_MISMATCH, DSTACK_REASON_TCB_NOT_SUPPORTED,
        DSTACK_REASON_TCB_REVOKED};
    document d;

    (void)state;
    for (int i = 0; i < DOCUMENTS; i++) {
        random_document(&d);
        judge_document(&d);
    }
    /* Every kind of answer came often enough to mean something. */
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        assert_true(seen[reasons[i]] >= 200);
    for (size_t i = 0; letters[i]; i++)
        assert_true(seen_status[(unsigned char)letters[i]] >= 50);
    assert_true(seen_status[0] >= 200);
    assert_true(judged >= 20000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_levels_like_the_oracle, make_quotes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
