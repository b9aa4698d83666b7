/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_WORKLOAD_EVENT_H
#define DS_WORKLOAD_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/mem.h"
#include "codec/json_write.h"
#include "crypto/hash.h"
#include "dstack/event_log.h"

/* The event type of what dstack itself measures after boot. */
#define DS_EVENT_RUNTIME UINT32_C(0x08000001)
/* Three such events in RTMR0, with the payload "ACPI DATA", stand for the
 * tables that the host gave to the firmware. */
#define DS_EVENT_PLATFORM_CONFIG 10u
#define DS_ACPI_DATA "ACPI DATA"

/* One entry of an event log, or one runtime event, whose register is 3 and
 * whose type is DS_EVENT_RUNTIME. */
typedef struct {
    uint32_t imr; /* RTMR index, 0 to 3 */
    uint32_t type;
    uint32_t version; /* of a runtime event's digest: 1 or 2 */
    ds_view digest;   /* as given; may be empty */
    ds_view name;     /* UTF-8 */
    ds_view payload;
    ds_view preimage; /* what was hashed; empty where not given */
} ds_event;
#define DS_EVENT_DIGEST 48

bool
ds_event_is_runtime(const ds_event *e);
bool
ds_event_is_acpi(const ds_event *e);
/* Two runtime events with one digest. */
bool
ds_event_is_same(const ds_event *a, const ds_event *b);

/* What a runtime event's digest is the hash of, by its version (spec 4.1),
 * appended. */
void
ds_event_preimage(const ds_event *e, ds_buf *out);
/* The digest that extends a register (alg: DS_SHA384 or DS_SHA256): computed
 * for a runtime event, whose given digest and preimage must agree; as given
 * for any other. Returns DSTACK_OK, _NOMEM, _INTERNAL; DSTACK_ERR_UNTRUSTED
 * with reason event_digest or event_preimage; DSTACK_ERR_PARSE with
 * event_digest_missing. */
int
ds_event_digest(const ds_event *e, int alg, uint8_t *digest, dstack_error *err);
/* A register's value after the events for it. told: the digests and preimages
 * that come with runtime events must be true; otherwise nobody looks at them. */
int
ds_events_replay(const ds_event *events, size_t n, uint32_t imr, int alg,
    bool told, uint8_t *value, dstack_error *err);

/* What goes into a certificate or an answer of the guest agent (spec 1.6): out
 * has room for n events and may be in. platform is a DSTACK_PLATFORM_*; only
 * those with a TD have a log. Returns how many are left. */
size_t
ds_events_strip(uint32_t platform, const ds_event *in, size_t n, ds_event *out);

/* Owns one block that all views lie in; a NUL follows each name. */
struct dstack_event_log {
    ds_event *events;
    size_t count;
    uint8_t *store;
};

/* A log with a copy of these events. DSTACK_OK or DSTACK_ERR_NOMEM. */
int
ds_event_log_new(const ds_event *events, size_t n, dstack_event_log **ret,
    dstack_error *err);
/* Events as the elements of a JSON array, which opens with this name. */
void
ds_events_write(ds_jw *w, const char *name, const ds_event *events, size_t n);
/* Refuses a log with n bytes, events or so where max are allowed. */
int
ds_event_log_too_large(
    dstack_error *err, size_t n, size_t max, const char *unit);
/* The JSON array of a GetQuote answer. */
int
ds_event_log_parse_json(
    ds_view text, dstack_event_log **ret, dstack_error *err);

#endif
