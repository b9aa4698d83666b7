/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "codec/json.h"
#include "codec/json_write.h"
#include "dstack/alloc.h"

/* Fails the allocation that it counts down to. */
static int left = -1;

static void *
hook_realloc(void *user, void *block, size_t size)
{
    (void)user;
    if (left == 0)
        return NULL;
    left -= left > 0;
    return realloc(block, size);
}

static void *
hook_malloc(void *user, size_t size)
{
    return hook_realloc(user, NULL, size);
}

static void
hook_free(void *user, void *block)
{
    (void)user;
    free(block);
}

static void
expect(ds_jw *w, const char *want)
{
    dstack_error err;
    size_t n;
    char *text;

    assert_int_equal(ds_jw_take(w, &text, &n, &err), DSTACK_OK);
    assert_string_equal(text, want);
    assert_int_equal(n, strlen(want));
    dstack_free(text);
    ds_jw_free(w);
}

static void
expect_misuse(ds_jw *w)
{
    dstack_error err;
    size_t n = 1;
    char *text = (char *)w;

    assert_int_equal(ds_jw_take(w, &text, &n, &err), DSTACK_ERR_INTERNAL);
    assert_int_equal(err.code, DSTACK_ERR_INTERNAL);
    assert_null(text);
    assert_int_equal(n, 0);
    ds_jw_free(w);
}

/* One of everything, nested, empty and not. */
static void
write_all(ds_jw *w)
{
    static const uint8_t bytes[3] = {0x00, 0xa5, 0xff};

    ds_jw_object(w, NULL);
    ds_jw_text(w, "a", "b");
    ds_jw_array(w, "list");
    ds_jw_int(w, NULL, INT64_MAX);
    ds_jw_int(w, NULL, INT64_MIN);
    ds_jw_object(w, NULL);
    ds_jw_end(w);
    ds_jw_array(w, NULL);
    ds_jw_end(w);
    ds_jw_bool(w, NULL, true);
    ds_jw_end(w);
    ds_jw_bool(w, "no", false);
    ds_jw_null(w, "nothing");
    ds_jw_hex(w, "hex", ds_view_of(bytes, sizeof bytes));
    ds_jw_hex(w, "none", ds_view_of(NULL, 0));
    ds_jw_text(w, "null text", NULL);
    ds_jw_end(w);
}

static const char all[] =
    "{\"a\":\"b\",\"list\":[9223372036854775807,-9223372036854775808,{},[],"
    "true],\"no\":false,\"nothing\":null,\"hex\":\"00a5ff\",\"none\":\"\","
    "\"null text\":\"\"}";

static void
test_one_of_everything(void **state)
{
    ds_jw w;

    (void)state;
    ds_jw_init(&w, 1000);
    write_all(&w);
    expect(&w, all);
}

/* Control characters, quote and backslash, RFC 8259 section 7; U+007F, two,
 * three and four byte sequences stand as they are; the same in a name. */
static void
test_escapes(void **state)
{
    static const char in[] = "\x01\b\t\n\x0b\f\r\x1f \"\\/\x7f\xc3\xa9"
                             "\xe2\x82\xac\xf0\x9f\x98\x80";
    ds_jw w;

    (void)state;
    ds_jw_init(&w, 1000);
    ds_jw_object(&w, NULL);
    ds_jw_text(&w, "a\"\n", in);
    ds_jw_end(&w);
    expect(&w,
        "{\"a\\\"\\n\":\"\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f \\\"\\\\/\x7f"
        "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}");
}

/* What is not UTF-8 becomes U+FFFD, byte by byte: a lone continuation, an
 * overlong form, a surrogate, a cut sequence, NUL. */
static void
test_not_utf8(void **state)
{
    static const uint8_t in[] = {
        'a', 0x80, 0xc0, 0xaf, 0xed, 0xa0, 0x80, 0, 'b', 0xe2, 0x82};
    ds_jw w;

    (void)state;
    ds_jw_init(&w, 1000);
    ds_jw_text_view(&w, NULL, ds_view_of(in, sizeof in));
#define FFFD "\xef\xbf\xbd"
    expect(&w, "\"a" FFFD FFFD FFFD FFFD FFFD FFFD FFFD "b" FFFD FFFD "\"");
}

/* Our own reader gives every byte back. */
static void
test_read_back(void **state)
{
    char in[128];
    ds_jw w;
    ds_json *j;
    ds_buf out;
    size_t n;
    char *text;

    (void)state;
    for (int i = 1; i < 128; i++)
        in[i - 1] = (char)i;
    in[127] = 0;
    ds_jw_init(&w, 4000);
    ds_jw_text(&w, NULL, in);
    assert_int_equal(ds_jw_take(&w, &text, &n, NULL), DSTACK_OK);
    assert_int_equal(
        ds_json_parse(ds_view_of(text, n), "test", &j, NULL), DSTACK_OK);
    ds_buf_init(&out, 4000);
    assert_int_equal(ds_json_string_buf(j, 0, &out, NULL), DSTACK_OK);
    assert_int_equal(out.n, 127);
    assert_memory_equal(out.p, in, 127);
    ds_buf_free(&out);
    ds_json_free(j);
    dstack_free(text);
}

/* Around the pieces in which hex is written. */
static void
test_long_hex(void **state)
{
    static const size_t lengths[] = {63, 64, 65, 128, 129};

    (void)state;
    for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
        uint8_t in[129];
        char want[2 * 129 + 3];
        ds_jw w;

        want[0] = '"';
        for (size_t i = 0; i < lengths[k]; i++) {
            in[i] = (uint8_t)(i * 7);
            want[1 + 2 * i] = "0123456789abcdef"[in[i] >> 4];
            want[2 + 2 * i] = "0123456789abcdef"[in[i] & 15];
        }
        memcpy(want + 1 + 2 * lengths[k], "\"", 2);
        ds_jw_init(&w, 1000);
        ds_jw_hex(&w, NULL, ds_view_of(in, lengths[k]));
        expect(&w, want);
    }
}

static void
test_cap(void **state)
{
    ds_jw w;

    (void)state;
    ds_jw_init(&w, sizeof all - 1);
    write_all(&w);
    expect(&w, all);
    for (size_t max = 0; max < sizeof all - 1; max++) {
        ds_jw_init(&w, max);
        write_all(&w);
        expect_misuse(&w);
    }
}

static void
test_misuse(void **state)
{
    ds_jw w;

    (void)state;
    ds_jw_init(&w, 100); /* nothing written */
    expect_misuse(&w);
    ds_jw_init(&w, 100); /* not closed */
    ds_jw_object(&w, NULL);
    expect_misuse(&w);
    ds_jw_init(&w, 100); /* closed twice */
    ds_jw_array(&w, NULL);
    ds_jw_end(&w);
    ds_jw_end(&w);
    expect_misuse(&w);
    ds_jw_init(&w, 100); /* two roots */
    ds_jw_int(&w, NULL, 1);
    ds_jw_int(&w, NULL, 2);
    expect_misuse(&w);
    ds_jw_init(&w, 100); /* a name in an array */
    ds_jw_array(&w, NULL);
    ds_jw_null(&w, "a");
    ds_jw_end(&w);
    expect_misuse(&w);
    ds_jw_init(&w, 100); /* no name in an object */
    ds_jw_object(&w, NULL);
    ds_jw_bool(&w, NULL, true);
    ds_jw_end(&w);
    expect_misuse(&w);
    ds_jw_init(&w, 100); /* a named root */
    ds_jw_text(&w, "a", "b");
    expect_misuse(&w);
}

/* An object in an array in an object, and back: who needs a name changes with
 * every level. */
static void
test_depth(void **state)
{
    ds_jw w;

    (void)state;
    for (int depth = DS_MAX_JSON_DEPTH; depth <= DS_MAX_JSON_DEPTH + 1;
         depth++) {
        ds_jw_init(&w, 1000);
        for (int i = 0; i < depth; i++) {
            if (i % 2 == 0)
                ds_jw_array(&w, i == 0 ? NULL : "a");
            else
                ds_jw_object(&w, NULL);
        }
        for (int i = 0; i < depth; i++)
            ds_jw_end(&w);
        if (depth > DS_MAX_JSON_DEPTH)
            expect_misuse(&w);
        else
            expect(&w,
                "[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":"
                "[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":"
                "[{\"a\":[{}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]");
    }
}

static void
test_no_memory(void **state)
{
    dstack_error err;
    size_t n;
    char *text = NULL;
    int rc = DSTACK_ERR_NOMEM;
    int fails;
    ds_jw w;

    (void)state;
    for (fails = 0; rc != DSTACK_OK && fails < 100; fails++) {
        left = fails;
        ds_jw_init(&w, 1000);
        write_all(&w);
        rc = ds_jw_take(&w, &text, &n, &err);
        left = -1;
        if (rc != DSTACK_OK) {
            assert_int_equal(rc, DSTACK_ERR_NOMEM);
            assert_int_equal(err.code, DSTACK_ERR_NOMEM);
            assert_null(text);
        }
        ds_jw_free(&w);
    }
    assert_int_equal(rc, DSTACK_OK);
    assert_in_range(fails, 2, 99);
    assert_string_equal(text, all);
    dstack_free(text);
}

int
main(void)
{
    static const dstack_allocator hook = {sizeof(dstack_allocator), 0, NULL,
        hook_malloc, hook_realloc, hook_free};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_of_everything),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_not_utf8),
        cmocka_unit_test(test_read_back),
        cmocka_unit_test(test_long_hex),
        cmocka_unit_test(test_cap),
        cmocka_unit_test(test_misuse),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_no_memory),
    };

    if (dstack_set_allocator(&hook) != DSTACK_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
