/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_DSTACK_H
#define DSTACK_DSTACK_H

/* libdstack: evidence from confidential VMs, judged. Rules that hold for every
 * function:
 *
 * Arguments: the object first; then inputs, each pointer followed by its
 *   length; then scalars; then what is returned; dstack_error *err last.
 *   err may be NULL. Outputs are cleared on entry.
 * Results: int, DSTACK_OK (0) or a negative code; getters cannot fail.
 * NULL for an object: a getter answers as for something absent, 0, NULL, ""
 *   or -1, and clears *len; a function that returns a code returns
 *   DSTACK_ERR_ARG, any other does nothing. It never means yes.
 * Ownership: inputs are copied; getters lend, until their object is freed;
 *   what a function makes for the caller has its own _free function, or
 *   dstack_free() for text. _free(NULL) is a no-op.
 * Threads: no global state, no thread-local state, no init call. A function
 *   that takes a const object may run in several threads on it at once; one
 *   that takes a non-const object needs it to itself.
 * Weakening a check is a function whose name has accept_ in it. */

#include "dstack/alloc.h"
#include "dstack/app_compose.h"
#include "dstack/client.h"
#include "dstack/collateral.h"
#include "dstack/compose.h"
#include "dstack/env.h"
#include "dstack/error.h"
#include "dstack/event_log.h"
#include "dstack/evidence.h"
#include "dstack/export.h"
#include "dstack/identity.h"
#include "dstack/image.h"
#include "dstack/keychain.h"
#include "dstack/kms.h"
#include "dstack/policy.h"
#include "dstack/quote.h"
#include "dstack/receipt.h"
#include "dstack/replay.h"
#include "dstack/reply.h"
#include "dstack/report.h"
#include "dstack/report_data.h"
#include "dstack/sealed.h"
#include "dstack/secret.h"
#include "dstack/signature.h"
#include "dstack/transport.h"
#include "dstack/verify.h"
#include "dstack/version.h"
#include "dstack/vm_config.h"
#include "dstack/wallet.h"

#endif
