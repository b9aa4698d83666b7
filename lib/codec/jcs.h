/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CODEC_JCS_H
#define DS_CODEC_JCS_H

#include "base/bytes.h"
#include "base/mem.h"

/* A JSON string with its quotes, as RFC 8785 (JCS) writes it: the short
 * escapes, other control characters as \u00xx, the rest as it stands. */
void
ds_jcs_string(ds_buf *out, ds_view text);

#endif
