/* SPDX-License-Identifier: Apache-2.0 */
/* oom [NAME...]: runs the scenarios whose names begin so, or all: with each
 * single allocation failing, and with that and all later ones; first those
 * of the library, then any of the process. OOM_SHARE=k/n in the environment:
 * the k-th and then every n-th of them, k from 0. */
#include "oom/oom.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dstack/error.h"

static const oom_scenario *const tables[] = {oom_agent, oom_base, oom_codec,
    oom_crypto, oom_guest, oom_image, oom_keys, oom_net, oom_receipt,
    oom_verify, oom_workload};

/* Bignums allocate by the thousand: where there are more allocations than
 * this, evenly spaced ones are taken. The library's own all fail. */
enum {
    MAX_ANY = 1500,
    MAX_OWN = 200000
};

/* Which allocations a run fails: of which kind, one or all from there on. */
typedef struct {
    int kind;
    bool all;
} how;

/* For a crash's last words. */
static char now_running[128];

static unsigned passed, failed, skipped;

static void
say_where(int signal_number)
{
    size_t n = strlen(now_running);

    /* Nothing can be done about a failing write here. */
    if (write(STDERR_FILENO, now_running, n) < 0)
        _exit(99);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static const char *
kind_name(how h)
{
    return h.kind == OOM_OWN ? "own allocation" : "any allocation";
}

static bool
bad(const oom_scenario *s, how h, unsigned long n, const char *what)
{
    printf("  OOM     %s: %s %lu%s: %s\n", s->name, kind_name(h), n,
        h.all ? " and later" : "", what);
    return false;
}

/* Blocks left behind. A dependency may fill a cache of its own once; what is
 * left behind a second time as well is lost. */
static bool
leaks(const oom_scenario *s, how h, unsigned long n)
{
    for (int again = 0; again < 2; again++) {
        long before = oom_live();

        oom_arm(h.kind, n, h.all);
        s->run();
        oom_disarm();
        if (oom_live() <= before)
            return false;
    }
    return true;
}

typedef struct {
    unsigned long runs, nomem, internal, survived;
} tally;

/* One failing run. *more says whether there was an allocation to fail. */
static bool
run_failing(const oom_scenario *s, how h, unsigned long n, tally *t, bool *more)
{
    long before = oom_live();
    int code;

    snprintf(now_running, sizeof now_running, "\nOOM: crash in %s, %s %lu%s\n",
        s->name, kind_name(h), n, h.all ? " and later" : "");
    oom_arm(h.kind, n, h.all);
    code = s->run();
    *more = oom_disarm() >= n;
    if (!*more)
        return code == 0 || bad(s, h, n, "not a stable scenario");
    t->runs++;
    if (code == DSTACK_ERR_NOMEM)
        t->nomem++;
    else if (code == DSTACK_ERR_INTERNAL)
        t->internal++;
    else if (code == 0)
        t->survived++;
    else if (code == OOM_WRONG)
        return bad(s, h, n, "success with a missing or wrong result");
    else
        return bad(s, h, n, dstack_error_name(code));
    if (oom_live() > before && leaks(s, h, n))
        return bad(s, h, n, "blocks are lost");
    return true;
}

static unsigned long
count(const oom_scenario *s, int kind)
{
    oom_arm(kind, 0, false);
    s->run();
    return oom_disarm();
}

static bool
run_scenario(const oom_scenario *s, how h, unsigned long *runs)
{
    tally t = {0, 0, 0, 0};
    bool more = true, ok = true;
    unsigned wrong = 0;
    unsigned long total = count(s, h.kind), step = 1;

    if (h.kind == OOM_ANY && total > MAX_ANY)
        step = total / MAX_ANY + 1;
    if (total > MAX_OWN)
        return bad(s, h, total, "too many; make the scenario smaller");
    for (unsigned long n = 1; more && wrong < 10; n += step) {
        if (!run_failing(s, h, n, &t, &more)) {
            ok = false;
            wrong++;
        }
    }
    printf("  OOM     %-24s %s %s %5lu runs of %lu: %lu nomem, %lu internal, "
           "%lu survived%s\n",
        s->name, h.kind == OOM_OWN ? "own" : "any", h.all ? "all" : "one",
        t.runs, total, t.nomem, t.internal, t.survived, ok ? "" : " FAILED");
    *runs = t.runs;
    return ok;
}

static void
run_both(const oom_scenario *s)
{
    if (s->prepare)
        s->prepare();
    /* Caches of dependencies are filled before anything is counted. */
    for (int warm = 0; warm < 2; warm++) {
        int code = s->run();

        if (code != 0) {
            printf(
                "  OOM     %s: %d with no allocation failing\n", s->name, code);
            failed++;
            return;
        }
    }
    for (int i = 0; i < (oom_has_any() ? 4 : 2); i++) {
        const how h = {i < 2 ? OOM_OWN : OOM_ANY, i % 2 == 1};
        unsigned long runs = 0;

        if (!run_scenario(s, h, &runs))
            failed++;
        else if (runs == 0) /* nothing of it is within reach */
            skipped++;
        else
            passed++;
        fflush(stdout);
    }
}

static bool
wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strncmp(name, argv[i], strlen(argv[i])) == 0)
            return true;
    return argc < 2;
}

int
main(int argc, char **argv)
{
    const char *share = getenv("OOM_SHARE");
    unsigned k = 0, n = 1, at = 0;

    if (share && (sscanf(share, "%u/%u", &k, &n) != 2 || k >= n)) {
        puts("0 passed, 1 failed, 0 skipped");
        return 1;
    }
    if (!oom_install()) {
        puts("0 passed, 1 failed, 0 skipped");
        return 1;
    }
    signal(SIGSEGV, say_where);
    signal(SIGABRT, say_where);
    if (!oom_has_any())
        puts("  OOM     the library's own allocations alone");
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const oom_scenario *s = tables[i]; s->name; s++)
            if (wanted(s->name, argc, argv) && at++ % n == k)
                run_both(s);
    printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
    return failed == 0 && passed > 0 ? 0 : 1;
}
