/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dstack/error.h"
#include "net/http.h"
#include "support/http_fault.h"

static void
exchanges_on_one_connection(bool tcp)
{
    const http_fault_options o = {.tcp = tcp};
    http_fault_server *s = http_fault_start(&o);
    ds_http *http = NULL;
    dstack_error err;

    assert_non_null(s);
    assert_int_equal(
        ds_http_new(http_fault_endpoint(s), 1000, &http, &err), DSTACK_OK);
    for (int i = 0; i < 3; i++) {
        const ds_http_request request = {.path = "/Info",
            .body = ds_view_str("{\"a\":1}"),
            .max_body = 100,
            .deadline_ms = ds_http_now_ms() + 1000};
        ds_http_reply reply;
        char seen[512];

        assert_int_equal(ds_http_call(http, &request, &reply, &err), DSTACK_OK);
        assert_int_equal(reply.status, 200);
        assert_string_equal((char *)reply.body.p, "{}");
        ds_http_reply_free(&reply);
        http_fault_last(s, seen, sizeof seen);
        assert_int_equal(strncmp(seen, "POST /Info HTTP/1.1\r\n", 21), 0);
        assert_non_null(strstr(seen, "\r\n\r\n{\"a\":1}"));
    }
    assert_int_equal(http_fault_connections(s), 1);
    assert_int_equal(http_fault_requests(s), 3);
    ds_http_free(http);
    http_fault_stop(s);
}

static void
exchanges_over_unix(void **state)
{
    (void)state;
    exchanges_on_one_connection(false);
}

static void
exchanges_over_tcp(void **state)
{
    (void)state;
    exchanges_on_one_connection(true);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exchanges_over_unix),
        cmocka_unit_test(exchanges_over_tcp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
