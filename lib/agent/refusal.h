/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_AGENT_REFUSAL_H
#define DS_AGENT_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "codec/json.h"

/* Room for what an agent says in an error. */
#define DS_REFUSAL_TEXT 160

typedef struct {
    char
        text[DS_REFUSAL_TEXT]; /* one printable line; "" where none was given */
    bool
        not_found; /* there is no such method, or nothing at all, at the path */
} ds_refusal;

/* What an answer with a status other than 2xx says (guest API, section 1.5):
 * {"error": text}, the HTTP server's own {"error": {"code", "reason",
 * "description"}} or HTML page, a protobuf message with one text, any other
 * text, or nothing. DSTACK_OK or DSTACK_ERR_NOMEM. */
int
ds_refusal_read(uint32_t status, ds_view body, ds_refusal *ret);
/* The same of a member "error" of a JSON object: text or an object with
 * texts. */
int
ds_refusal_of_json(const ds_json *j, ds_jv error, ds_refusal *ret);

/* Text from outside as one line of printable ASCII: runs of white space and
 * control characters become a space, other bytes "?", "..." where cut; runs of
 * 32 hex digits and more, which could be a key, become "[hex]". */
void
ds_refusal_line(ds_view text, char out[DS_REFUSAL_TEXT]);

#endif
