/* SPDX-License-Identifier: Apache-2.0
 * Measure an event into RTMR3, then find it in the next quote's log, whose
 * replay gives the register that the quote carries:
 *     emit_event NAME TEXT [ENDPOINT]
 *
 * check: model-loaded "sha256 of the weights" "$AGENT" => 0
 * check: "" "an event needs a name" "$AGENT" => 1
 */
#include <stdio.h>
#include <string.h>

#include <dstack/dstack.h>

static int
is_event(
    const dstack_event_log *log, size_t i, const char *name, const char *text)
{
    size_t n;
    const uint8_t *payload = dstack_event_log_payload(log, i, &n);

    return strcmp(dstack_event_log_name(log, i, NULL), name) == 0 &&
           n == strlen(text) && memcmp(payload, text, n) == 0;
}

int
main(int argc, char **argv)
{
    static const uint8_t nonce[] = "after the event";
    dstack_client *client = NULL;
    dstack_quote_reply *reply = NULL;
    const dstack_event_log *log;
    dstack_error err;
    size_t i;
    int rc, found = 0;

    if (argc < 3)
        return 2;
    rc = dstack_client_new(&client, &err);
    if (rc == DSTACK_OK && argc > 3)
        rc = dstack_client_set_endpoint(client, argv[3], &err);
    /* Sent once: after a broken connection it may have happened. */
    if (rc == DSTACK_OK)
        rc = dstack_client_emit_event(
            client, argv[1], (const uint8_t *)argv[2], strlen(argv[2]), &err);
    if (rc == DSTACK_OK)
        rc = dstack_client_get_quote(
            client, nonce, sizeof nonce - 1, &reply, &err);
    if (rc != DSTACK_OK) {
        fprintf(stderr, "%s: %s\n", dstack_error_name(rc), err.message);
        dstack_client_free(client);
        return 1;
    }
    log = dstack_quote_reply_event_log(reply);
    for (i = 0; i < dstack_event_log_count(log); i++)
        if (is_event(log, i, argv[1], argv[2])) {
            printf("event %zu of RTMR3 is ours\n", i);
            found = 1;
        }
    dstack_quote_reply_free(reply);
    dstack_client_free(client);
    return !found;
}
