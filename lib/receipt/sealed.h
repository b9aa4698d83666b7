/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_RECEIPT_SEALED_H
#define DS_RECEIPT_SEALED_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/mem.h"

/* dstack_seal() with the random numbers given: the ephemeral secret key and
 * the nonce. The JSON object is appended to out. */
int
ds_receipt_seal(ds_view recipient, ds_view plain, const uint8_t ephemeral[32],
    const uint8_t nonce[12], ds_buf *out, dstack_error *err);

#endif
