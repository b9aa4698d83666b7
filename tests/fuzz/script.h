/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_SCRIPT_H
#define TESTS_FUZZ_SCRIPT_H

#include "fuzz/help.h"

/* Evidence from a small byte-code, so that a mutated input is signed by
 * everybody who signs it:
 *
 *     8 bytes  kind, flags, policy, how the time is meant, time (16 bits),
 *              number of edits, how to judge
 *     8 bytes  each edit: code, a, b, c, value (32 bits)
 *     rest     a policy as JSON
 *
 * Integers are little-endian; whatever a number selects is taken modulo the
 * choices that there are. Edits come in three groups by their code: fields of
 * the forge; bytes of what is signed, signed again; bytes of what was signed,
 * as a thief of evidence could change them. */
#define SCRIPT_HEAD 8u
#define SCRIPT_EDIT 8u
#define SCRIPT_MAX_EDITS 24u

enum {
    SCRIPT_STRICT = 1,
    SCRIPT_REISSUED = 2,
    SCRIPT_PROCESSOR = 4,
    SCRIPT_EXTERNAL = 8, /* PCK chain with the collateral */
    SCRIPT_FLAT = 16,
    SCRIPT_PRETTY = 32,
    SCRIPT_ANSWERS = 64 /* documents with their envelopes */
};

/* Ways of judging on top of the usual ones. */
enum {
    SCRIPT_WARM = 1, /* a known platform, unprepared collateral */
    SCRIPT_COLD = 2  /* an unknown platform, prepared collateral */
};

/* Codes; the groups begin at the first, at SCRIPT_TCB_TEXT and at
 * SCRIPT_QUOTE_LATE. */
enum {
    SCRIPT_LEVEL = 0,
    SCRIPT_QE_LEVEL,
    SCRIPT_MODULE,
    SCRIPT_SGX,
    SCRIPT_TD,
    SCRIPT_REPORT,
    SCRIPT_QE_REPORT,
    SCRIPT_HEADER,
    SCRIPT_LENGTHS,
    SCRIPT_KEYS,
    SCRIPT_SIGS,
    SCRIPT_CERT,
    SCRIPT_CRL,
    SCRIPT_TCB_INFO,
    SCRIPT_QE_IDENTITY,
    SCRIPT_CHAIN,
    SCRIPT_BUNDLE,
    SCRIPT_TCB_TEXT,
    SCRIPT_QE_TEXT,
    SCRIPT_CERT_TBS,
    SCRIPT_CRL_TBS,
    SCRIPT_QUOTE_PART,
    SCRIPT_QUOTE_LATE,
    SCRIPT_COLLATERAL_LATE,
    SCRIPT_CUT,
    SCRIPT_CODES
};

typedef struct {
    uint8_t code, a, b, c;
    uint32_t value;
} script_edit;

typedef struct {
    forge *f;
    int kind;
    unsigned flags;
    unsigned policy_choice;
    unsigned ways;
    int64_t now;
    ds_view policy; /* JSON text in the input */
    ds_buf quote;
    ds_buf collateral;
    /* The tbs parts that somebody signed. */
    ds_buf cert_tbs[FORGE_CERTS];
    ds_buf crl_tbs[FORGE_CRLS];
    bool late; /* bytes were changed after signing, of whatever part */
    /* A byte that a signature or hash covers, or a length, is not what the
     * signers saw, and none of it was wrong before. */
    bool touched;
} script;

/* False when the forge cannot make it. Call script_free in any case. */
bool
script_run(ds_view in, script *s);
void
script_free(script *s);

script_edit
script_read(const uint8_t *p);
void
script_write(uint8_t *p, const script_edit *e);

#endif
