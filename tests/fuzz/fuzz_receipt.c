/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "dstack/dstack.h"
#include "fuzz/fuzz.h"
#include "receipt/identity.h"
#include "receipt/receipt.h"

/* Any bytes as a receipt, a request and an output. A receipt that parses is
 * signed anew and must then pass. */

static const uint8_t seed[32] = {7};

static void
verify(const uint8_t *data, size_t size, const dstack_exchange *x)
{
    static const dstack_peer peer = {.valid_until = INT64_MAX};
    dstack_receipt_policy *policy = NULL;
    dstack_receipt_report *report = NULL;
    dstack_error err;
    int rc = dstack_receipt_policy_new(&policy, NULL);

    if (rc != DSTACK_OK)
        abort();
    dstack_receipt_policy_accept_replay(policy);
    rc = dstack_receipt_verify(
        policy, data, size, x, &peer, 1790000000, &report, &err);
    /* No peer without keys is ever enough. */
    if (rc == DSTACK_OK || err.code != rc || !report ||
        dstack_receipt_report_is_accepted(report))
        abort();
    dstack_receipt_report_free(report);
    dstack_receipt_policy_free(policy);
}

static void
sign_again(const ds_receipt *r, const dstack_exchange *x)
{
    dstack_receipt_policy *policy = NULL;
    dstack_error err;
    ds_buf out;

    ds_buf_init(&out, 32u << 20);
    if (dstack_receipt_policy_new(&policy, NULL) != DSTACK_OK ||
        dstack_receipt_policy_accept_level(policy, 0, NULL) != DSTACK_OK)
        abort();
    dstack_receipt_policy_accept_any_node(policy);
    dstack_receipt_policy_accept_replay(policy);
    if (ds_receipt_sign(x, seed, ds_json_raw(r->j, r->at[DS_M_ATTESTATION]),
            ds_json_raw(r->j, r->at[DS_M_PAYMENT]), 1790000000, 1790000000,
            r->nonce, r->nonce, &out, &err) != DSTACK_OK ||
        dstack_receipt_verify(
            policy, out.p, out.n, x, NULL, 1790000000, NULL, &err) != DSTACK_OK)
        abort();
    dstack_receipt_policy_free(policy);
    ds_buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char request[] =
        "{\"action_type\":\"generic\",\"policy_id\":\"p\"}";
    static const char output[] = "{\"clean_text\":\"a\",\"text\":\"a\"}";
    dstack_exchange *x = NULL;
    ds_receipt r;

    if (dstack_exchange_new(&x, NULL) != DSTACK_OK ||
        dstack_exchange_set_request(x, (const uint8_t *)request,
            sizeof request - 1, NULL) != DSTACK_OK ||
        dstack_exchange_set_output(
            x, (const uint8_t *)output, sizeof output - 1, NULL) != DSTACK_OK)
        abort();
    if (dstack_exchange_set_request(x, data, size, NULL) == DSTACK_OK &&
        !dstack_exchange_hash(x, "llm", NULL))
        abort();
    if (dstack_exchange_set_output(x, data, size, NULL) == DSTACK_OK &&
        !dstack_exchange_hash(x, "output_clean", NULL))
        abort();
    verify(data, size, x);
    if (ds_receipt_read(&r, ds_view_of(data, size), NULL) == DSTACK_OK)
        sign_again(&r, x);
    ds_receipt_clear(&r);
    dstack_exchange_free(x);
    return 0;
}
