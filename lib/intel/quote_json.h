/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_INTEL_QUOTE_JSON_H
#define DS_INTEL_QUOTE_JSON_H

#include "codec/json_write.h"
#include "dstack/quote.h"

/* Members for the open object: every field of the quote's body in hex, and
 * the names of the bits that are set in its attributes. */
void
ds_quote_write_body(ds_jw *w, const dstack_quote *quote);
/* Members for the open object: all of a quote that nobody verified, with what
 * it claims about its platform. DSTACK_OK or DSTACK_ERR_NOMEM. */
int
ds_quote_write(ds_jw *w, const dstack_quote *quote);
/* "sgx", "tdx". */
const char *
ds_tee_name(uint32_t tee);

#endif
