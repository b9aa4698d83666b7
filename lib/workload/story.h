/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_WORKLOAD_STORY_H
#define DS_WORKLOAD_STORY_H

#include "base/checks.h"
#include "workload/event.h"

/* What a guest measured into RTMR3 in the course of its boot: the names that
 * mean something, where they may stand, and which of them may be believed.
 * Anything that an application measures comes after "system-ready"; the same
 * names there mean nothing. */

/* In the order in which a guest measures them. */
enum {
    DS_EV_SYSTEM_PREPARING = 0,
    DS_EV_APP_ID,
    DS_EV_COMPOSE_HASH,
    DS_EV_INIT_SCRIPT_HASH,
    DS_EV_GPU_POLICY_HASH,
    DS_EV_GPU_ATTESTATION,
    DS_EV_INSTANCE_ID,
    DS_EV_BOOT_MR_DONE,
    DS_EV_OS_IMAGE_HASH,
    DS_EV_KEY_PROVIDER,
    DS_EV_STORAGE_FS,
    DS_EV_SYSTEM_READY,
    DS_EV_COUNT
};
#define DS_MAX_INIT_SCRIPTS 5

typedef struct {
    const ds_event *events; /* borrowed */
    size_t n;
    size_t trusted;            /* how many of them, "system-ready" included */
    bool ready;                /* that event is there */
    size_t count[DS_EV_COUNT]; /* in the trusted part */
    size_t first[DS_EV_COUNT]; /* index; n where there is none */
    size_t misfit;  /* index of a payload that none measures; n for none */
    size_t shadows; /* reserved names behind the trusted part */
} ds_story;

/* DS_EV_* of a name, -1 for one that means nothing. */
int
ds_story_name(ds_view name);
/* DSTACK_OK or DSTACK_ERR_NOMEM. */
int
ds_story_tell(ds_story *s, const ds_event *events, size_t n);
/* The first event of that name in the trusted part; NULL for none. */
const ds_event *
ds_story_first(const ds_story *s, int which);

/* {"name":"kms","id":"<hex>"}, the payload of key-provider. `id` is appended;
 * the name is a view into the payload. DSTACK_OK, DSTACK_ERR_NOMEM, or
 * DSTACK_ERR_PARSE when it is something else. */
int
ds_story_key_provider(ds_view payload, ds_view *name, ds_buf *id);

/* Is this rule (DSTACK_RULE_*) to be asked? `accepted` has a bit 1 << rule for
 * each that is not. */
bool
ds_rule_asked(uint32_t accepted, uint32_t rule);
/* The rules of spec 4.3 that are asked, each into its own check; all of them,
 * whatever has failed. Nothing is asked of a story without events. */
void
ds_story_judge(const ds_story *s, uint32_t accepted, ds_checks *checks);
/* E10, over a whole log: an event of RTMR3 is a runtime event, and the other
 * way round. */
void
ds_story_judge_types(
    const ds_event *log, size_t n, uint32_t accepted, ds_checks *checks);

#endif
