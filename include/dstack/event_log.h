/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_EVENT_LOG_H
#define DSTACK_EVENT_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What was measured, in order: firmware and kernel into RTMR0 to RTMR2, dstack
 * itself into RTMR3 (runtime events). A log is a claim of the machine that
 * sent it; it is worth something once the registers that it replays to are
 * those of a verified quote. Immutable; share freely. Source: TCG PC Client
 * Platform Firmware Profile; dstack's event log, versions 1 and 2. */
typedef struct dstack_event_log dstack_event_log;

enum {
    DSTACK_EVENT_TYPE_RUNTIME = 0x08000001 /* dstack's own, in RTMR3 */
};

/* Read the JSON event log of a GetQuote answer: an array of objects with
 * "imr", "event_type", "digest" (hex, may be absent or empty), "event",
 * "event_payload" (hex), and optionally "version" (1 or 2) and "preimage"
 * (hex). Unknown members are skipped. At most 16 MiB and 4096 events; copied.
 *
 *   ret  the log on success, NULL on failure. Free with
 *        dstack_event_log_free().
 *
 * Returns DSTACK_OK; DSTACK_ERR_ARG; DSTACK_ERR_NOMEM; DSTACK_ERR_PARSE with
 * reason event_log_json, event_log_too_large or a json* reason. */
DSTACK_MUST int
dstack_event_log_parse_json(const uint8_t *data, size_t data_len,
    dstack_event_log **ret, dstack_error *err);
/* Read the binary log of a TD's firmware, as the kernel shows it in
 * /sys/firmware/acpi/tables/data/CCEL: TCG2 records with one SHA-384 digest
 * each, up to an index of all ones or the end. The log's register 1 is RTMR0;
 * events of its register 0 (MRTD) and those of type 3, which are measured
 * nowhere, are left out; the first three about ACPI data are named as dstack
 * names them. At most 1 MiB; copied.
 *
 * Returns DSTACK_OK; DSTACK_ERR_ARG; DSTACK_ERR_NOMEM; DSTACK_ERR_PARSE with
 * reason event_log_binary or event_log_too_large. */
DSTACK_MUST int
dstack_event_log_parse_ccel(const uint8_t *data, size_t data_len,
    dstack_event_log **ret, dstack_error *err);
DSTACK_API void
dstack_event_log_free(dstack_event_log *log); /* NULL is a no-op */

/* One event, by its index from 0. Out of range: 0, NULL and *len 0. Names are UTF-8 without NUL in them, NUL-terminated, "" for most firmware
 * events; bytes are NULL with *len 0 where empty. The digest is the one that
 * the log gives, trusted by nothing here; a runtime event often has none. The
 * version is that of a runtime event's digest, 1 or 2. The preimage is what a
 * version 2 log says was hashed. len may be NULL. */
DSTACK_API size_t
dstack_event_log_count(const dstack_event_log *log);
DSTACK_API uint32_t
dstack_event_log_imr(const dstack_event_log *log, size_t index);
DSTACK_API uint32_t
dstack_event_log_type(const dstack_event_log *log, size_t index);
DSTACK_API uint32_t
dstack_event_log_version(const dstack_event_log *log, size_t index);
DSTACK_API const char *
dstack_event_log_name(const dstack_event_log *log, size_t index, size_t *len);
DSTACK_API const uint8_t *
dstack_event_log_digest(const dstack_event_log *log, size_t index, size_t *len);
DSTACK_API const uint8_t *
dstack_event_log_payload(
    const dstack_event_log *log, size_t index, size_t *len);
DSTACK_API const uint8_t *
dstack_event_log_preimage(
    const dstack_event_log *log, size_t index, size_t *len);

/* "EV_SEPARATOR", "EV_EFI_VARIABLE_BOOT", "DSTACK_RUNTIME"...; "" for a type
 * that has no name here. Static. */
DSTACK_API const char *
dstack_event_type_name(uint32_t type);

/* The value that a register has after the log's events for it: from zeros,
 * value = hash(value || digest) for each. The digest of a runtime event is
 * computed from its name and payload, never taken from the log; a digest or
 * preimage that the log gives for it must agree. Digests of other events are
 * taken as they are.
 *
 *   imr        0 to 3
 *   count      take the log's first `count` events only; SIZE_MAX takes all
 *   value      receives the register's value
 *   value_len  48 for SHA-384, as RTMRs are; 32 for SHA-256, as GCP's PCR14
 *
 * Returns DSTACK_OK; DSTACK_ERR_ARG; DSTACK_ERR_NOMEM; DSTACK_ERR_UNTRUSTED
 * with reason event_digest or event_preimage; DSTACK_ERR_PARSE with reason
 * event_digest_missing; DSTACK_ERR_INTERNAL. */
DSTACK_MUST int
dstack_event_log_replay(const dstack_event_log *log, uint32_t imr, size_t count,
    uint8_t *value, size_t value_len, dstack_error *err);

/* The digest of one runtime event, by version 1 (type, ":", name, ":",
 * payload) or 2 (a canonical JSON object). `digest` receives digest_len bytes:
 * 48 for SHA-384, 32 for SHA-256. The name is UTF-8 without NUL, at most 1024
 * bytes, the payload at most 1 MiB.
 * Returns DSTACK_OK, DSTACK_ERR_ARG, DSTACK_ERR_NOMEM or
 * DSTACK_ERR_INTERNAL. */
DSTACK_MUST int
dstack_event_digest(const char *name, size_t name_len, const uint8_t *payload,
    size_t payload_len, uint32_t version, uint8_t *digest, size_t digest_len,
    dstack_error *err);

/* The log as the JSON array that dstack_event_log_parse_json() reads, digests
 * as they were given. NUL-terminated, the caller's: free with dstack_free().
 * Returns DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_NOMEM. */
DSTACK_MUST int
dstack_event_log_to_json(const dstack_event_log *log, char **ret_json,
    size_t *ret_len, dstack_error *err);

#ifdef __cplusplus
}
#endif
#endif
