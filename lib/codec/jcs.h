/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CODEC_JCS_H
#define DS_CODEC_JCS_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/mem.h"
#include "codec/json.h"

/* RFC 8785, the JSON Canonicalization Scheme (JCS). */

/* A string with its quotes: the short escapes, other control characters as
 * \u00xx, the rest as it stands. */
void
ds_jcs_string(ds_buf *out, ds_view text);

/* A number as ECMAScript prints it; false for an infinity or NaN, and when
 * there is no memory (out->nomem). */
bool
ds_jcs_double(ds_buf *out, double v);
/* The double that a number of RFC 8259 is nearest to, printed so; false where
 * that is an infinity. */
bool
ds_jcs_number(ds_buf *out, ds_view lexeme);

/* A value and all that is in it: no white space, members in the order of their
 * names' UTF-16 code units. DSTACK_OK; DSTACK_ERR_PARSE, reason json_range, for
 * a number that is not finite; DSTACK_ERR_NOMEM. */
int
ds_jcs_value(const ds_json *j, ds_jv v, ds_buf *out, dstack_error *err);

#endif
