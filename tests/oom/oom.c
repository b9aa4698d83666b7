/* SPDX-License-Identifier: Apache-2.0 */
/* oom [NAME...]: runs the scenarios whose names begin so, or all, once with
 * each single allocation failing and once with that and all later ones. */
#include "oom/oom.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dstack/error.h"

static const oom_scenario *const tables[] = {oom_base, oom_codec, oom_crypto};

enum {
    MAX_RUNS = 20000
};

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

static bool
bad(const oom_scenario *s, bool all, unsigned long n, const char *what)
{
    printf("  OOM     %s: allocation %lu%s: %s\n", s->name, n,
        all ? " and later" : "", what);
    return false;
}

/* Blocks left behind. A dependency may fill a cache of its own once; what is
 * left behind a second time as well is lost. */
static bool
leaks(const oom_scenario *s, bool all, unsigned long n)
{
    for (int again = 0; again < 2; again++) {
        long before = oom_live();

        oom_arm(n, all);
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
run_failing(
    const oom_scenario *s, bool all, unsigned long n, tally *t, bool *more)
{
    long before = oom_live();
    int code;

    snprintf(now_running, sizeof now_running,
        "\nOOM: crash in %s, allocation %lu%s\n", s->name, n,
        all ? " and later" : "");
    oom_arm(n, all);
    code = s->run();
    *more = oom_disarm() >= n;
    if (!*more)
        return code == 0 || bad(s, all, n, "not a stable scenario");
    t->runs++;
    if (code == DSTACK_ERR_NOMEM)
        t->nomem++;
    else if (code == DSTACK_ERR_INTERNAL)
        t->internal++;
    else if (code == 0)
        t->survived++;
    else if (code == OOM_WRONG)
        return bad(s, all, n, "success with a missing or wrong result");
    else
        return bad(s, all, n, dstack_error_name(code));
    if (oom_live() > before && leaks(s, all, n))
        return bad(s, all, n, "blocks are lost");
    return true;
}

static bool
run_scenario(const oom_scenario *s, bool all, unsigned long *runs)
{
    tally t = {0, 0, 0, 0};
    bool more = true, ok = true;
    unsigned wrong = 0;

    for (unsigned long n = 1; more && wrong < 10; n++) {
        if (n > MAX_RUNS) {
            bad(s, all, n, "no end in sight; make the scenario smaller");
            return false;
        }
        if (!run_failing(s, all, n, &t, &more)) {
            ok = false;
            wrong++;
        }
    }
    printf("  OOM     %-28s %s%5lu runs: %lu nomem, %lu internal, "
           "%lu survived%s\n",
        s->name, all ? "all " : "one ", t.runs, t.nomem, t.internal, t.survived,
        ok ? "" : " FAILED");
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
    for (int all = 0; all < 2; all++) {
        unsigned long runs = 0;

        if (!run_scenario(s, all, &runs))
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
    if (!oom_install()) {
        puts("0 passed, 1 failed");
        return 1;
    }
    signal(SIGSEGV, say_where);
    signal(SIGABRT, say_where);
    printf("  OOM     failing allocations: %s\n", oom_reach());
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const oom_scenario *s = tables[i]; s->name; s++)
            if (wanted(s->name, argc, argv))
                run_both(s);
    printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
    return failed == 0 && passed > 0 ? 0 : 1;
}
