/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware's log that reads is what a second reader makes of the bytes, and
 * is written and read as JSON. */
#include <string.h>

#include "dstack/dstack.h"
#include "fuzz/help.h"
#include "workload/event.h"

/* How many events a second reader finds; checks each against the log. */
static size_t
second_reading(ds_view in, const dstack_event_log *log)
{
    size_t at = 32 + ds_le32(in.p + 28), n = 0, len;

    while (at + 4 <= in.n && ds_le32(in.p + at) != UINT32_MAX) {
        uint32_t index = ds_le32(in.p + at);
        uint32_t type = ds_le32(in.p + at + 4);
        uint32_t size = ds_le32(in.p + at + 62);
        const uint8_t *payload;

        must(index <= 4 && ds_le32(in.p + at + 8) == 1);
        if (index != 0 && type != 3) {
            must(dstack_event_log_imr(log, n) == index - 1);
            must(dstack_event_log_type(log, n) == type);
            must(memcmp(dstack_event_log_digest(log, n, &len), in.p + at + 14,
                     48) == 0 &&
                 len == 48);
            payload = dstack_event_log_payload(log, n, &len);
            must(len == size &&
                 (len == 0 || memcmp(payload, in.p + at + 66, len) == 0));
            n++;
        }
        at += 66 + size;
    }
    must(at <= in.n);
    return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dstack_event_log *log = NULL, *again = NULL;
    uint8_t value[48], same[48];
    dstack_error err;
    char *json;
    size_t n;
    int rc = dstack_event_log_parse_ccel(data, size, &log, &err);

    if (rc != DSTACK_OK) {
        must(!log && err.stage == DSTACK_STAGE_EVENTS);
        fuzz_check_error(rc, &err);
        return 0;
    }
    must(second_reading(ds_view_of(data, size), log) ==
         dstack_event_log_count(log));
    must(dstack_event_log_to_json(log, &json, &n, NULL) == DSTACK_OK);
    must(dstack_event_log_parse_json((const uint8_t *)json, n, &again, NULL) ==
         DSTACK_OK);
    for (uint32_t imr = 0; imr < 4; imr++) {
        rc = dstack_event_log_replay(log, imr, SIZE_MAX, value, 48, &err);
        must(rc ==
             dstack_event_log_replay(again, imr, SIZE_MAX, same, 48, NULL));
        must(rc != DSTACK_OK || memcmp(value, same, 48) == 0);
    }
    dstack_free(json);
    dstack_event_log_free(again);
    dstack_event_log_free(log);
    return 0;
}
