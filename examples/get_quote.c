/* SPDX-License-Identifier: Apache-2.0
 * Ask the guest agent for a quote over a nonce, and print it as the evidence
 * that `dstack verify` reads:
 *     get_quote NONCE_TEXT [ENDPOINT]
 *
 * check: "a nonce of the verifier's" "$AGENT" => 0
 * check: "no agent there" unix:/nonexistent/dstack.sock => 1
 */
#include <stdio.h>
#include <string.h>

#include <dstack/dstack.h>

int
main(int argc, char **argv)
{
    dstack_client *client = NULL;
    dstack_quote_reply *reply = NULL;
    dstack_error err;
    uint8_t report_data[64];
    int rc;

    if (argc < 2)
        return 2;
    /* 64 bytes that say: SHA-512 of "app-data:" and the nonce. A verifier who
     * knows the nonce knows that the quote is fresh. */
    rc = dstack_report_data_hash(NULL, (const uint8_t *)argv[1],
        strlen(argv[1]), NULL, report_data, &err);
    if (rc == DSTACK_OK)
        rc = dstack_client_new(&client, &err);
    if (rc == DSTACK_OK && argc > 2)
        rc = dstack_client_set_endpoint(client, argv[2], &err);
    if (rc == DSTACK_OK)
        rc = dstack_client_get_quote(
            client, report_data, sizeof report_data, &reply, &err);
    if (rc == DSTACK_OK)
        printf("%s\n", dstack_quote_reply_json(reply, NULL));
    else
        fprintf(stderr, "%s: %s\n", dstack_error_name(rc), err.message);
    dstack_quote_reply_free(reply);
    dstack_client_free(client);
    return rc != DSTACK_OK;
}
