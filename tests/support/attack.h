/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_ATTACK_H
#define TESTS_ATTACK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/error.h"
#include "dstack/dstack.h"
#include "forge/forge.h"

/* The catalogue of attacks and malformed inputs: one test for each of its
 * rows. A file of tests has functions, a table and a main:
 *
 *     static void
 *     wrong_vendor(attack *a)
 *     {
 *         ATTACK_EACH(a, kind) {
 *             a->f->quote.vendor[3] ^= 1;
 *             attack_reject(a, DSTACK_STAGE_QUOTE, DSTACK_REASON_QUOTE_VENDOR);
 *         }
 *     }
 *     static const attack_row rows[] = {
 *         ATTACK("8", "another QE vendor", wrong_vendor),
 *     };
 *     ATTACK_MAIN(rows)
 *
 * Every expectation is tried with collateral that is not prepared, with
 * prepared one, and both again by a verifier that has already accepted the
 * untouched sibling (same keys, same platform, defaults of the same kind).
 *
 * What rows assert is noted. When the environment names a folder in DS_ROWS
 * and every row passed, a file named as the program is written there, of
 * which tests/scripts/attack_rows.sh makes docs/attacks.md. */

typedef struct attack_sibling attack_sibling;

typedef struct {
    /* Set up by attack_begin; change it, then say what must come of it. */
    forge *f;
    int64_t now; /* FORGE_NOW */
    bool strict;
    bool null_policy;      /* judge with a NULL policy */
    dstack_policy *policy; /* from attack_policy; NULL: any workload, and for
                              extended TD reports SERVTD_EXT */
    bool own_root;         /* trust the root of `f`, not the sibling's */
    bool intel_root;       /* trust Intel's */
    bool reissued_root;    /* accept one with the same key, signed by it */
    bool no_collateral;    /* a NULL collateral */
    const dstack_image *image; /* that the verifier knows; borrowed */
    const dstack_acpi *acpi;   /* that it vouches for; borrowed */
    /* Bytes to judge instead of those in f->out; borrowed. Evidence goes
     * through dstack_evidence_parse, and what it refuses has no report. */
    ds_view quote, collateral, evidence;
    /* What the last expectation found; the report is NULL when there was
     * none, and valid until the next expectation. */
    dstack_error err;
    dstack_report *report;
    /* The frame's. */
    int kind;
    size_t expectations; /* so far */
    char label[96];
    attack_sibling *sibling;
    const char *row;
    char asserted[480];
} attack;

typedef struct {
    const char *id; /* "1" to "158", "79a", "79b"; "P1", "K1", "V1" ... */
    const char *title;
    const char *function;
    void (*run)(attack *a);
} attack_row;

#define ATTACK(id, title, function) \
    { \
        id, title, #function, function \
    }
#define ATTACK_MAIN(rows) \
    int main(void) \
    { \
        return attack_main(__FILE__, rows, sizeof(rows) / sizeof((rows)[0])); \
    }
int
attack_main(const char *file, const attack_row *rows, size_t count);

/* Everything back to the defaults of a kind (FORGE_SGX_V3 ...). */
void
attack_begin(attack *a, int kind);
/* A loop over every kind, or over those of SGX or of TDX, each begun. */
#define ATTACK_EACH(a, kind) \
    for (int kind = FORGE_SGX_V3; attack_each(a, kind, FORGE_KINDS); kind++)
#define ATTACK_EACH_SGX(a, kind) \
    for (int kind = FORGE_SGX_V3; attack_each(a, kind, FORGE_TDX_V4); kind++)
#define ATTACK_EACH_TDX(a, kind) \
    for (int kind = FORGE_TDX_V4; attack_each(a, kind, FORGE_KINDS); kind++)
bool
attack_each(attack *a, int kind, int end);
/* Words that a failure's message shows, for rows with many cases. */
void
attack_case(attack *a, const char *format, ...) DS_PRINTF(2, 3);
/* A policy that accepts any workload, and nothing else beyond the default; it
 * is used from now on until attack_begin, which frees it. */
dstack_policy *
attack_policy(attack *a);
/* forge_build, which the expectations below call as well. */
void
attack_build(attack *a);

/* Build, judge: the answer is no, at this stage for this reason; the report
 * says so too, is not accepted, and authentic only when nothing but attributes
 * or policy objects. Where the quote's structure is at fault
 * dstack_quote_parse must say the same, and must be content otherwise; for
 * evidence it is dstack_evidence_parse. */
void
attack_reject(attack *a, int stage, int reason);
/* Build, judge: yes, with this TCB status (DSTACK_TCB_*). Any other status
 * than UpToDate must be refused as policy_status first, unless a policy was
 * set. */
void
attack_accept(attack *a, uint32_t status);
/* Judge without building. */
void
attack_reject_built(attack *a, int stage, int reason);
void
attack_accept_built(attack *a, uint32_t status);
/* dstack_quote_parse alone. */
void
attack_reject_parse(attack *a, ds_view quote, int reason);
/* The subject key identifier that the forge gives a key by default. */
ds_view
attack_key_id(attack *a, int key);
/* How many blocks the library has allocated so far. */
size_t
attack_allocations(void);
/* Let the library's n-th allocation from now on fail, counted from 1; 0 lets
 * none fail any more. */
void
attack_fail_allocation(size_t n);
/* What another call than a verifier's says: yes, with no error; no, at this
 * stage for this reason; no, with a code alone (DSTACK_ERR_*). */
void
attack_call_accepts(attack *a, int rc, const dstack_error *err);
void
attack_call_refuses(
    attack *a, int rc, const dstack_error *err, int stage, int reason);
void
attack_call_fails(attack *a, int rc, const dstack_error *err, int code);
/* Something else that a row asserts, for the table: "now 0: time_range". */
void
attack_note(attack *a, const char *text);

#endif
