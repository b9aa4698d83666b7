/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_OOM_H
#define TESTS_OOM_H

#include <stdbool.h>
#include <stddef.h>

/* A scenario is a whole piece of use of the library. It is run again and
 * again, with the 1st, 2nd, 3rd... allocation failing, until no allocation
 * is left to fail. `run` uses the library, frees everything and returns
 *
 *   0          all went well and the result is complete: look before you say
 *              so, 0 with a missing result is the worst of answers;
 *   < 0        the DSTACK_ERR_* that the library returned. Only _NOMEM (and
 *              _INTERNAL, where a dependency hides the reason) may be said of
 *              good evidence: "untrusted" would be a lie;
 *   OOM_WRONG  success was claimed and the result is missing or wrong.
 *
 * Evidence that it needs is made in `prepare`, where nothing fails.
 *
 * New scenarios: add to a table here, or a file with a table, which also goes
 * into `tables` in oom.c. */
enum {
    OOM_WRONG = 1
};

typedef struct {
    const char *name; /* NULL ends a table */
    int (*run)(void);
    void (*prepare)(void); /* NULL for none; called once, never undone */
} oom_scenario;

extern const oom_scenario oom_agent[];
extern const oom_scenario oom_base[];
extern const oom_scenario oom_codec[];
extern const oom_scenario oom_crypto[];
extern const oom_scenario oom_guest[];
extern const oom_scenario oom_image[];
extern const oom_scenario oom_keys[];
extern const oom_scenario oom_net[];
extern const oom_scenario oom_receipt[];
extern const oom_scenario oom_verify[];
extern const oom_scenario oom_workload[];

/* What the runner needs of the allocator (interpose.c): which allocations may
 * fail. OOM_OWN: those of the library, through dstack_set_allocator. OOM_ANY:
 * every malloc of the process, also those of libcrypto, mbedTLS and the rest;
 * not under a sanitizer, which needs malloc for itself. */
enum {
    OOM_OWN = 0,
    OOM_ANY = 1
};

bool
oom_install(void);
bool
oom_has_any(void);
/* Fail the n-th allocation of that kind from now on, counted from 1, and if
 * `all` every one after it; 0 fails none. */
void
oom_arm(int kind, unsigned long n, bool all);
/* Stop failing; how many allocations there were since oom_arm. */
unsigned long
oom_disarm(void);
/* Blocks allocated and not freed: of the process, or of the library where
 * that is all that can be seen. */
long
oom_live(void);

#endif
