/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_VERIFY_H
#define DSTACK_VERIFY_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/collateral.h"
#include "dstack/error.h"
#include "dstack/evidence.h"
#include "dstack/export.h"
#include "dstack/image.h"
#include "dstack/policy.h"
#include "dstack/report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whom to trust, and what was learnt of known platforms. Set it up first;
 * from the first judgement on it may be shared by any number of threads and
 * must not be changed any more. */
typedef struct dstack_verifier dstack_verifier;

/* A verifier that trusts Intel's SGX Root CA, by key and by certificate.
 * Returns DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_NOMEM. Free with
 * dstack_verifier_free(). */
DSTACK_MUST int
dstack_verifier_new(dstack_verifier **ret, dstack_error *err);
DSTACK_API void
dstack_verifier_free(dstack_verifier *verifier); /* NULL is a no-op */

/* Trust this root certificate (PEM or DER) instead of Intel's: for test
 * platforms and pre-production hardware. Reports then say "custom".
 * Returns DSTACK_OK; DSTACK_ERR_ARG; DSTACK_ERR_NOMEM; DSTACK_ERR_PARSE when
 * it is no self-signed P-256 CA certificate. */
DSTACK_MUST int
dstack_verifier_set_root(dstack_verifier *verifier, const uint8_t *cert,
    size_t cert_len, dstack_error *err);

/* 1: refuse what the specifications allow but genuine evidence does not need:
 * bytes after the signature data, non-zero reserved bytes, reformatted
 * documents, unknown members in envelopes, role names that only contain the
 * expected text. 0 is the default. Returns DSTACK_OK or DSTACK_ERR_ARG. */
DSTACK_MUST int
dstack_verifier_set_strict(dstack_verifier *verifier, int strict);

/* How many platforms' verified certificates and QE reports to remember, by
 * hash, so that the next quote of a known platform costs one signature check;
 * 0 remembers none, the default is 1024 (about 2 KiB each), the maximum
 * 1048576. The oldest are forgotten first. Unless it is 0, what was found in
 * the last 16 attestations of up to 64 KiB is remembered too, for the same
 * bytes: events, claims and image, but nothing of signatures, time, TCB or
 * policy.
 * Returns DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_NOMEM. */
DSTACK_MUST int
dstack_verifier_set_cache_size(dstack_verifier *verifier, uint32_t platforms);

/* An OS image that evidence may claim, at most 64; borrowed: it must outlive
 * the verifier and have all its files. Once there is one, evidence of a TD
 * that claims none of them is refused with reason image_hash. Without any, the
 * image is known where evidence brings a measurement document.
 * Returns DSTACK_OK or DSTACK_ERR_ARG. */
DSTACK_MUST int
dstack_verifier_add_image(dstack_verifier *verifier, const dstack_image *image);
/* ACPI tables that are known; borrowed as well. NULL: none.
 * Returns DSTACK_OK or DSTACK_ERR_ARG. */
DSTACK_MUST int
dstack_verifier_set_acpi(dstack_verifier *verifier, const dstack_acpi *acpi);

/* Weaker: also accept a root certificate that differs from the pinned one but
 * has the same public key and is signed by it (a re-issued root). */
DSTACK_API void
dstack_verifier_accept_reissued_root(dstack_verifier *verifier);

/* Is this quote genuine, and is it what the policy asks for?
 *
 *   quote       raw bytes as the platform made them, at most 1 MiB.
 *   collateral  for this quote's platform; prepared or not. NULL: the answer is
 *               no, with reason collateral_missing.
 *   policy      NULL is the same as a new policy: it accepts TCB status
 *               UpToDate only, no debug TD, and, naming no workload, nothing
 *               (reason policy_empty). See dstack/policy.h.
 *   now         seconds since 1970-01-01T00:00:00Z; 0 to 253402300799. No
 *               clock is ever read.
 *   ret_report  NULL, or receives a report, also when the answer is no: every
 *               check with its result, and all that was learnt. Free with
 *               dstack_report_free(). Trust nothing in it unless this call
 *               returned DSTACK_OK. NULL after DSTACK_ERR_ARG or _NOMEM.
 *   err         NULL, or why the answer is no: stage, reason, message.
 *
 * Returns DSTACK_OK if every check passed and the policy agrees; anything
 * else means no: DSTACK_ERR_PARSE, _UNTRUSTED, _STALE, _POLICY,
 * _UNSUPPORTED by the first check that failed; DSTACK_ERR_ARG, _NOMEM,
 * _INTERNAL when it could not be judged. No I/O. Thread-safe.
 * Source: Intel SGX and TDX DCAP quote verification; docs/verification.md. */
DSTACK_MUST int
dstack_verifier_verify_quote(const dstack_verifier *verifier,
    const uint8_t *quote, size_t quote_len, const dstack_collateral *collateral,
    const dstack_policy *policy, int64_t now, dstack_report **ret_report,
    dstack_error *err);

/* The same for evidence of any form, with what came next to the quote: the
 * report data that it claims, the event log and runtime events, which must
 * replay to the quote's registers. The quote is judged as above, and so is a
 * quote that came alone. Platforms other than TDX and SGX are refused with
 * reason platform_unsupported. Returns as above. */
DSTACK_MUST int
dstack_verifier_verify(const dstack_verifier *verifier,
    const dstack_evidence *evidence, const dstack_collateral *collateral,
    const dstack_policy *policy, int64_t now, dstack_report **ret_report,
    dstack_error *err);

#ifdef __cplusplus
}
#endif
#endif
