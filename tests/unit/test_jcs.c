/* SPDX-License-Identifier: Apache-2.0 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "codec/jcs.h"
#include "crypto/hash.h"

/* RFC 8785, appendix B: the bits of a double and what it prints. */
static const struct {
    uint64_t bits;
    const char *text;
} numbers[] = {
    {0x0000000000000000, "0"},
    {0x8000000000000000, "0"},
    {0x0000000000000001, "5e-324"},
    {0x8000000000000001, "-5e-324"},
    {0x7fefffffffffffff, "1.7976931348623157e+308"},
    {0xffefffffffffffff, "-1.7976931348623157e+308"},
    {0x4340000000000000, "9007199254740992"},
    {0xc340000000000000, "-9007199254740992"},
    {0x4430000000000000, "295147905179352830000"},
    {0x7fffffffffffffff, NULL},
    {0x7ff0000000000000, NULL},
    {0xfff0000000000000, NULL},
    {0x44b52d02c7e14af5, "9.999999999999997e+22"},
    {0x44b52d02c7e14af6, "1e+23"},
    {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
    {0x444b1ae4d6e2ef4e, "999999999999999700000"},
    {0x444b1ae4d6e2ef4f, "999999999999999900000"},
    {0x444b1ae4d6e2ef50, "1e+21"},
    {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
    {0x3eb0c6f7a0b5ed8d, "0.000001"},
    {0x41b3de4355555553, "333333333.3333332"},
    {0x41b3de4355555554, "333333333.33333325"},
    {0x41b3de4355555555, "333333333.3333333"},
    {0x41b3de4355555556, "333333333.3333334"},
    {0x41b3de4355555557, "333333333.33333343"},
    {0xbecbf647612f3696, "-0.0000033333333333333333"},
    {0x43143ff3c1cb0959, "1424953923781206.2"},
    /* ECMA-262: 2^-44, whose nearest number of 16 digits is another double */
    {0x3d30000000000000, "5.684341886080802e-14"},
};

/* As they are written, and as ECMAScript prints them. */
static const struct {
    const char *in, *out;
} lexemes[] = {
    {"0", "0"},
    {"-0", "0"},
    {"7", "7"},
    {"-7", "-7"},
    {"999999999999999", "999999999999999"},
    {"9007199254740993", "9007199254740992"},
    {"9999999999999999", "10000000000000000"},
    {"123456789012345678", "123456789012345680"},
    {"1.0", "1"},
    {"1e2", "100"},
    {"100000000000000e0", "100000000000000"},
};

static void
test_lexemes(void **state)
{
    ds_buf out;

    (void)state;
    ds_buf_init(&out, 64);
    for (size_t i = 0; i < sizeof lexemes / sizeof *lexemes; i++) {
        assert_true(ds_jcs_number(&out, ds_view_str(lexemes[i].in)));
        assert_string_equal((const char *)out.p, lexemes[i].out);
        ds_buf_cut(&out, 0);
    }
    ds_buf_free(&out);
}

static void
test_numbers(void **state)
{
    ds_buf out;

    (void)state;
    ds_buf_init(&out, 64);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        double v;

        memcpy(&v, &numbers[i].bits, sizeof v);
        assert_int_equal(ds_jcs_double(&out, v), numbers[i].text != NULL);
        if (!numbers[i].text)
            continue;
        assert_string_equal((const char *)out.p, numbers[i].text);
        ds_buf_cut(&out, 0);
        assert_true(ds_jcs_number(&out, ds_view_str(numbers[i].text)));
        assert_string_equal((const char *)out.p, numbers[i].text);
        ds_buf_cut(&out, 0);
    }
    ds_buf_free(&out);
}

static void
put_line(ds_buf *out, uint64_t bits)
{
    double v;

    memcpy(&v, &bits, sizeof v);
    if (ds_jcs_double(out, v))
        ds_buf_add_str(out, "\n");
}

/* splitmix64 */
static uint64_t
draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* 21,298 numbers: any, subnormal ones, every exponent's first and last, powers
 * of ten and their neighbours. The SHA-256 is that of what Node's String() made
 * of them, a line each, and of what Python's repr() became by the rules of
 * ECMA-262. */
static void
test_many_numbers(void **state)
{
    uint64_t seed = 1, bits;
    uint8_t hash[32];
    char text[65];
    ds_buf out;

    (void)state;
    ds_buf_init(&out, 1 << 20);
    for (int i = 0; i < 10000; i++)
        put_line(&out, draw(&seed));
    for (int i = 0; i < 2000; i++)
        put_line(&out, draw(&seed) >> (12 + i % 52));
    for (uint64_t e = 0; e < 2047; e++) {
        put_line(&out, e << 52);
        put_line(&out, e << 52 | 1);
        put_line(&out, e << 52 | UINT64_C(0xfffffffffffff));
    }
    for (int e = -323; e <= 308; e++) {
        double v;

        (void)snprintf(text, sizeof text, "1e%d", e);
        v = strtod(text, NULL);
        memcpy(&bits, &v, sizeof bits);
        for (uint64_t i = 0; i < 5; i++)
            put_line(&out, bits - 2 + i);
    }
    assert_true(ds_hash(
        DS_SHA256, ds_view_of(out.p, out.n), ds_view_of(NULL, 0), hash));
    ds_hex_encode(ds_view_of(hash, 32), text);
    assert_string_equal(text,
        "92df6f2ca07d6c02a4a0f92782ddcab39e48d2abfc6b8d9cfb3591266add89bd");
    ds_buf_free(&out);
}

static void
check(const char *json, const char *want)
{
    ds_json *j = NULL;
    dstack_error err;
    ds_buf out;

    ds_buf_init(&out, 4096);
    assert_int_equal(
        ds_json_parse(ds_view_str(json), "test", &j, &err), DSTACK_OK);
    assert_int_equal(ds_jcs_value(j, 0, &out, &err), DSTACK_OK);
    assert_string_equal((const char *)out.p, want);
    ds_json_free(j);
    ds_buf_free(&out);
}

static void
test_values(void **state)
{
    (void)state;
    /* RFC 8785, 3.2.2 and 3.2.3. */
    check("{\"numbers\": [333333333.33333329, 1E30, 4.50,\n 2e-3, "
          "0.000000000000000000000000001],\n"
          "\"string\": "
          "\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\n"
          "\"literals\": [null, true, false]}",
        "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,"
        "4.5,0.002,1e-27],\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\"
        "\\\"/\"}");
    check("{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\","
          "\"\\ufb33\":\"Hebrew Letter Dalet With Dagesh\",\"1\":\"One\","
          "\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\","
          "\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}",
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
        "\"\xc3\xb6\":\"Latin Small Letter O With Diaeresis\","
        "\"\xe2\x82\xac\":\"Euro Sign\","
        "\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\","
        "\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}");
    /* The same names as they stand, beside escaped ones. */
    check("{\"\xef\xac\xb3\":1,\"\xf0\x9f\x98\x80\":2,\"\\ufb34\":3,"
          "\"\\ud83d\\ude01\":4,\"\xc3\xb6\":5,\"\xe2\x82\xac\":6}",
        "{\"\xc3\xb6\":5,\"\xe2\x82\xac\":6,\"\xf0\x9f\x98\x80\":2,"
        "\"\xf0\x9f\x98\x81\":4,\"\xef\xac\xb3\":1,\"\xef\xac\xb4\":3}");
    check("{}", "{}");
    check("[ ]", "[]");
    check("[{\"b\":[],\"a\":{},\"aa\":1,\"\":2}]",
        "[{\"\":2,\"a\":{},\"aa\":1,\"b\":[]}]");
    check("-0", "0");
    check("-0.0e5", "0");
    check("\"\\u007f\\u2028<>&\"", "\"\x7f\xe2\x80\xa8<>&\"");
    check("18446744073709551615", "18446744073709552000");
}

static void
test_refused(void **state)
{
    static const char *const bad[] = {
        "1e400", "-1e400", "[1,1e309]", "{\"a\":{\"b\":1e999999999}}"};
    dstack_error err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ds_json *j = NULL;
        ds_buf out;

        ds_buf_init(&out, 4096);
        assert_int_equal(
            ds_json_parse(ds_view_str(bad[i]), "test", &j, &err), DSTACK_OK);
        assert_int_equal(ds_jcs_value(j, 0, &out, &err), DSTACK_ERR_PARSE);
        assert_int_equal(err.reason, DSTACK_REASON_JSON_RANGE);
        ds_json_free(j);
        ds_buf_free(&out);
    }
}

/* A host program's locale may write 1,5: one that is made here, since there may
 * be none. localedef says no to what the categories that are left out make of
 * it, and writes it. */
static void
test_locale(void **state)
{
    char root[] = "/tmp/dstack-jcs-XXXXXX", command[200], text[8];
    bool set;

    (void)state;
    assert_non_null(mkdtemp(root));
    (void)snprintf(command, sizeof command,
        "cd %s && printf 'LC_NUMERIC\\ndecimal_point \",\"\\n"
        "thousands_sep \".\"\\ngrouping 3;3\\nEND LC_NUMERIC\\n' >comma && "
        "localedef -c -i ./comma ./out >/dev/null 2>&1",
        root);
    (void)!system(command);
    (void)setenv("LOCPATH", root, 1);
    set = setlocale(LC_ALL, "out") != NULL;
    (void)snprintf(text, sizeof text, "%g", 1.5);
    check("[1.5,0.001,1e-7]", "[1.5,0.001,1e-7]");
    (void)setlocale(LC_ALL, "C");
    (void)unsetenv("LOCPATH");
    (void)snprintf(command, sizeof command, "rm -rf %s", root);
    assert_int_equal(system(command), 0);
    if (!set)
        skip();
    assert_string_equal(text, "1,5");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_lexemes),
        cmocka_unit_test(test_many_numbers),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_locale),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
