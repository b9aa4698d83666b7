/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_KEYS_COMPOSE_NOTES_H
#define DS_KEYS_COMPOSE_NOTES_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/error.h"
#include "codec/json.h"
#include "dstack/app_compose.h"

enum {
    DS_NOTE_NOT_CANONICAL = 0,
    DS_NOTE_REMOVED,
    DS_NOTE_UNKNOWN,
    DS_NOTE_NULL,
    DS_NOTE_EMPTY,
    DS_NOTE_HTML,
    DS_NOTE_NUMBER,
    DS_NOTE_BEYOND_BMP,
    DS_NOTE_KINDS,
    DS_NOTES_MAX = 256 /* further ones are not recorded */
};

/* NULL when there is no memory. */
dstack_compose_notes *
ds_compose_notes_new(void);
/* member is a raw name of JSON, or empty. False when there is no memory. notes
 * may be NULL. */
bool
ds_compose_note(dstack_compose_notes *notes, int kind, ds_view member);
/* All that a document's members and values give rise to. */
bool
ds_compose_look(const ds_json *j, dstack_compose_notes *notes);

#endif
