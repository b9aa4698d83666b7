/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_use.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "dstack/error.h"

void
http_use_start(http_use *use, const http_fault_options *options)
{
    memset(use, 0, sizeof *use);
    use->server = http_fault_start(options);
    assert_non_null(use->server);
    http_use_plan(use, NULL, 0);
}

void
http_use_stop(http_use *use)
{
    ds_http_reply_free(&use->reply);
    ds_http_free(use->http);
    http_fault_stop(use->server);
}

void
http_use_plan(http_use *use, const http_fault *faults, size_t count)
{
    ds_http_free(use->http);
    http_fault_plan(use->server, faults, count);
    assert_int_equal(ds_http_new(http_fault_endpoint(use->server), 5000,
                         &use->http, &use->err),
        DSTACK_OK);
}

int
http_use_request(http_use *use, ds_http_request request, unsigned ms)
{
    int64_t start = ds_http_now_ms();
    int code;

    ds_http_reply_free(&use->reply);
    request.deadline_ms = start + ms;
    code = ds_http_call(use->http, &request, &use->reply, &use->err);
    use->took = ds_http_now_ms() - start;
    assert_in_range(use->took, 0, ms + HTTP_SLACK_MS);
    assert_int_equal(use->err.code, code);
    if (code == DSTACK_OK)
        assert_string_equal(use->err.message, "");
    else if (strncmp(use->err.message, http_fault_endpoint(use->server), 20))
        fail_msg("a message that begins otherwise: %s", use->err.message);
    return code;
}

int
http_use_call(http_use *use, unsigned ms)
{
    const ds_http_request request = {
        .path = "/Info", .body = ds_view_str("{\"a\":1}"), .max_body = 10000};

    return http_use_request(use, request, ms);
}
