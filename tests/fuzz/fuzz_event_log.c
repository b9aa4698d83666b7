/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON log that reads is written and read as the same; its registers are
 * those of a second replay, event by event. */
#include <string.h>

#include "crypto/hash.h"
#include "dstack/dstack.h"
#include "fuzz/help.h"
#include "workload/event.h"

/* The digest of one event by the log's own getters; false when the log
 * contradicts itself or says nothing. */
static bool
second_digest(const dstack_event_log *log, size_t i, uint8_t out[48])
{
    size_t given_n, name_n, payload_n, preimage_n;
    const uint8_t *given = dstack_event_log_digest(log, i, &given_n);
    const char *name = dstack_event_log_name(log, i, &name_n);
    const uint8_t *payload = dstack_event_log_payload(log, i, &payload_n);
    const uint8_t *preimage = dstack_event_log_preimage(log, i, &preimage_n);
    uint8_t hash[48];

    memset(out, 0, 48);
    if (dstack_event_log_type(log, i) != DSTACK_EVENT_TYPE_RUNTIME) {
        if (given_n == 0 || given_n > 48)
            return false;
        memcpy(out, given, given_n);
        return true;
    }
    must(dstack_event_digest(name, name_n, payload, payload_n,
             dstack_event_log_version(log, i), out, 48, NULL) == DSTACK_OK);
    if (given && (given_n != 48 || memcmp(given, out, 48) != 0))
        return false;
    /* The preimage is what was hashed: its hash says whether it is. */
    if (!preimage)
        return true;
    must(ds_hash(DS_SHA384, ds_view_of(preimage, preimage_n),
        ds_view_of(NULL, 0), hash));
    return memcmp(hash, out, 48) == 0;
}

static bool
second_replay(const dstack_event_log *log, uint32_t imr, uint8_t value[48])
{
    uint8_t digest[48];

    memset(value, 0, 48);
    for (size_t i = 0; i < dstack_event_log_count(log); i++) {
        if (dstack_event_log_imr(log, i) != imr)
            continue;
        if (!second_digest(log, i, digest))
            return false;
        must(ds_hash(
            DS_SHA384, ds_view_of(value, 48), ds_view_of(digest, 48), value));
    }
    return true;
}

static void
check_replay(const dstack_event_log *log)
{
    uint8_t value[48], want[48];
    dstack_error err;

    for (uint32_t imr = 0; imr < 4; imr++) {
        int rc = dstack_event_log_replay(log, imr, SIZE_MAX, value, 48, &err);

        must((rc == DSTACK_OK) == second_replay(log, imr, want));
        if (rc == DSTACK_OK)
            must(memcmp(value, want, 48) == 0);
        else
            fuzz_check_error(rc, &err);
        rc = dstack_event_log_replay(log, imr, 1, value, 32, &err);
        if (rc != DSTACK_OK)
            fuzz_check_error(rc, &err);
    }
}

static void
check_getters(const dstack_event_log *log)
{
    for (size_t i = 0; i < dstack_event_log_count(log); i++) {
        size_t n;
        const char *name = dstack_event_log_name(log, i, &n);
        uint32_t version = dstack_event_log_version(log, i);

        must(name && strlen(name) == n && n <= DS_MAX_EVENT_NAME);
        must(dstack_event_log_imr(log, i) <= 3);
        must(version == 1 || version == 2);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dstack_event_log *log = NULL, *again = NULL;
    char *json, *second;
    dstack_error err;
    size_t n, m;
    int rc = dstack_event_log_parse_json(data, size, &log, &err);

    if (rc != DSTACK_OK) {
        must(!log && err.stage == DSTACK_STAGE_EVENTS);
        fuzz_check_error(rc, &err);
        return 0;
    }
    check_getters(log);
    check_replay(log);
    must(dstack_event_log_to_json(log, &json, &n, NULL) == DSTACK_OK);
    must(strlen(json) == n);
    must(dstack_event_log_parse_json((const uint8_t *)json, n, &again, NULL) ==
         DSTACK_OK);
    must(dstack_event_log_to_json(again, &second, &m, NULL) == DSTACK_OK);
    must(n == m && memcmp(json, second, n) == 0);
    dstack_free(second);
    dstack_free(json);
    dstack_event_log_free(again);
    dstack_event_log_free(log);
    return 0;
}
