/* SPDX-License-Identifier: Apache-2.0 */
#include "support/receipt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/ed25519.h"
#include "receipt/receipt.h"

static void
ok(int rc, const dstack_error *err)
{
    if (rc != DSTACK_OK)
        fail_msg("%s", err->message);
}

dstack_exchange *
receipt_exchange(const char *request, const char *output)
{
    dstack_exchange *x = NULL;
    dstack_error err;

    ok(dstack_exchange_new(&x, &err), &err);
    if (request)
        ok(dstack_exchange_set_request(
               x, (const uint8_t *)request, strlen(request), &err),
            &err);
    if (output)
        ok(dstack_exchange_set_output(
               x, (const uint8_t *)output, strlen(output), &err),
            &err);
    return x;
}

void
receipt_set_exchange(receipt_case *c, const char *request, const char *output)
{
    dstack_exchange_free(c->exchange);
    c->exchange = receipt_exchange(request, output);
}

void
receipt_begin(receipt_case *c)
{
    dstack_error err;

    memset(c, 0, sizeof *c);
    assert_true(ds_hex_decode(ds_view_str(SEED), c->seed, 32));
    receipt_set_exchange(c, REQUEST, OUTPUT);
    ok(dstack_receipt_policy_new(&c->policy, &err), &err);
    ok(dstack_receipt_policy_accept_level(c->policy, 0, &err), &err);
    dstack_receipt_policy_accept_any_node(c->policy);
    ok(dstack_replay_memory_new(8, &c->memory, &err), &err);
    ok(dstack_receipt_policy_set_replay_memory(c->policy, c->memory, &err),
        &err);
    c->peer.valid_until = RECEIPT_NOW;
    c->peer.key_count = 1;
    c->peer.key[0].algorithm = DSTACK_KEY_ED25519;
    c->peer.key[0].len = 32;
    assert_true(ds_ed25519_public(c->seed, c->peer.key[0].bytes));
    memset(c->peer.evidence_hash, 0xab, 32);
    memset(c->peer.measurement[1], 0xcd, 32);
    c->peer.measurement_len[1] = 32;
}

void
receipt_end(receipt_case *c)
{
    dstack_exchange_free(c->exchange);
    dstack_receipt_policy_free(c->policy);
    dstack_replay_memory_free(c->memory);
}

/* The report is a second witness. */
static void
check_report(const dstack_receipt_report *report, const dstack_error *err)
{
    bool failed = false;

    assert_non_null(report);
    assert_int_equal(dstack_receipt_report_is_accepted(report), 0);
    assert_int_equal(dstack_receipt_report_reason(report), err->reason);
    assert_string_equal(dstack_receipt_report_message(report), err->message);
    for (size_t i = 0; i < dstack_receipt_report_step_count(report); i++) {
        int result = dstack_receipt_report_step_result(report, i);

        assert_true(!failed || result == DSTACK_CHECK_NOT_RUN);
        failed = failed || result == DSTACK_CHECK_FAILED;
    }
    assert_true(failed);
}

int
receipt_verify(
    receipt_case *c, const char *receipt, int64_t now, dstack_error *err)
{
    size_t before = dstack_replay_memory_count(c->memory);
    dstack_receipt_report *report = NULL;
    int rc = dstack_receipt_verify(c->policy, (const uint8_t *)receipt,
        strlen(receipt), c->exchange, &c->peer, now, &report, err);

    assert_int_equal(rc, err->code);
    if (err->reason)
        check_report(report, err);
    if (rc != DSTACK_OK)
        assert_int_equal(dstack_replay_memory_count(c->memory), before);
    dstack_receipt_report_free(report);
    return rc;
}

char *
receipt_made(receipt_case *c, const char *attestation, const char *payment,
    int64_t iat, int64_t exp)
{
    dstack_error err;
    size_t n;
    ds_buf out;

    c->nonce[0]++;
    ds_buf_init(&out, 1 << 20);
    ok(ds_receipt_sign(c->exchange, c->seed, ds_view_str(attestation),
           ds_view_str(payment), iat, exp, c->nonce, c->nonce, &out, &err),
        &err);
    return (char *)ds_buf_take(&out, &n);
}

const char *
receipt_edited(const char *text, const char *from, const char *to)
{
    static char out[4096];
    const char *at = strstr(text, from);

    assert_non_null(at);
    assert_in_range(snprintf(out, sizeof out, "%.*s%s%s", (int)(at - text),
                        text, to, at + strlen(from)),
        0, sizeof out - 1);
    return out;
}
