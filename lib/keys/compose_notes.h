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
    /* Lints. */
    DS_LINT_IMAGE_TAG,
    DS_LINT_IMAGE_VARIABLE,
    DS_LINT_IMAGE_BUILD,
    DS_LINT_IMAGE_UNCLEAR,
    DS_LINT_PUBLIC_LOGS,
    DS_LINT_PUBLIC_SYSINFO,
    DS_LINT_PUBLIC_TCBINFO,
    DS_LINT_NO_SECURE_TIME,
    DS_LINT_NO_INSTANCE_ID,
    DS_LINT_KEY_PROVIDER_NONE,
    DS_LINT_KEY_PROVIDER_ANY,
    DS_LINT_KEY_PROVIDER_UNKNOWN,
    DS_LINT_ENV_SENDER,
    DS_LINT_ENV_NAME,
    DS_LINT_RUNNER_BASH,
    DS_LINT_RUNNER_UNKNOWN,
    DS_LINT_SCRIPT,
    DS_LINT_REQUIREMENTS,
    DS_LINT_GPU_UNATTESTED,
    DS_LINT_GPU_DEVTOOLS,
    DS_LINT_GPU_DEBUG,
    DS_LINT_GPU_INSECURE_BOOT,
    DS_LINT_TYPE,
    DS_NOTE_MORE,
    DS_NOTE_KINDS,
    DS_NOTES_MAX = 256,      /* the last then says that there are more */
    DS_NOTE_FOUND_MAX = 160, /* bytes of what is shown of a value */
};

/* An app-compose file, an object; reason compose_json. */
int
ds_compose_parse(ds_view text, ds_json **ret, dstack_error *err);
/* NULL when there is no memory. */
dstack_compose_notes *
ds_compose_notes_new(void);
/* member is a raw name of JSON, or empty. False when there is no memory. notes
 * may be NULL. */
bool
ds_compose_note(dstack_compose_notes *notes, int kind, ds_view member);
/* The same, with a place in the docker-compose text (0: none) and the beginning
 * of what stands there, which is well-formed UTF-8. */
bool
ds_compose_note_at(dstack_compose_notes *notes, int kind, const char *member,
    uint32_t line, ds_view found);
/* All that a document's members and values give rise to. */
bool
ds_compose_look(const ds_json *j, dstack_compose_notes *notes);
/* A member that guests know. */
bool
ds_compose_knows(ds_view name);
/* The services' images of a docker-compose file. False when there is no
 * memory. */
bool
ds_compose_look_at_images(ds_view yaml, dstack_compose_notes *notes);

#endif
