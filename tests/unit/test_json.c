/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/limits.h"
#include "codec/json.h"
#include "dstack/alloc.h"

/* Allocations that are alive, and how many succeed before one fails. */
static int live;
static int until_failure = -1;

static bool
refuse(void)
{
    return until_failure >= 0 && until_failure-- == 0;
}

static void *
hook_malloc(void *user, size_t size)
{
    (void)user;
    if (refuse())
        return NULL;
    live++;
    return malloc(size);
}

static void *
hook_realloc(void *user, void *block, size_t size)
{
    (void)user;
    if (refuse())
        return NULL;
    live += block == NULL;
    return realloc(block, size);
}

static void
hook_free(void *user, void *block)
{
    (void)user;
    live--;
    free(block);
}

static ds_json *
parse(const char *text)
{
    dstack_error err;
    ds_json *j = NULL;

    if (ds_json_parse(ds_view_str(text), "doc", &j, &err) != DSTACK_OK)
        fail_msg("%s: %s", text, err.message);
    assert_int_equal(err.code, 0);
    return j;
}

/* In a block of its exact size, so that a sanitizer sees a read past it. */
static int
try_parse(const void *text, size_t n, dstack_error *err)
{
    uint8_t *copy = malloc(n ? n : 1);
    ds_json *j = NULL;
    int rc;

    assert_non_null(copy);
    if (n != 0)
        memcpy(copy, text, n);
    rc = ds_json_parse(ds_view_of(copy, n), "doc", &j, err);
    assert_true((rc == DSTACK_OK) == (j != NULL));
    ds_json_free(j);
    free(copy);
    assert_int_equal(live, 0);
    return rc;
}

static void
refused_n(const void *text, size_t n, int reason, size_t at)
{
    char want[40];
    dstack_error err;

    if (try_parse(text, n, &err) != DSTACK_ERR_PARSE)
        fail_msg("accepted: %.*s", (int)n, (const char *)text);
    snprintf(want, sizeof want, "doc: byte %zu: ", at);
    if (err.reason != reason || strncmp(err.message, want, strlen(want)) != 0)
        fail_msg("%.*s: %s %s", (int)n, (const char *)text,
            dstack_reason_name(err.reason), err.message);
    assert_int_equal(err.code, DSTACK_ERR_PARSE);
    assert_int_equal(try_parse(text, n, NULL), DSTACK_ERR_PARSE);
}

static void
refused(const char *text, int reason, size_t at)
{
    refused_n(text, strlen(text), reason, at);
}

static void
accepted(const char *text)
{
    dstack_error err;

    if (try_parse(text, strlen(text), &err) != DSTACK_OK)
        fail_msg("%s: %s", text, err.message);
}

/* ---- grammar -------------------------------------------------------------- */

static void
test_accepts_rfc8259(void **state)
{
    static const char *const good[] = {"0", "-0", "1", "-1", "10", "1.5",
        "-0.0", "1e5", "1E+5", "1e-5", "0e0", "1.25E10", "true", "false",
        "null", "\"\"", "[]", "{}", " [ ] ", "\t\r\n {\n} ", "[[],{},[{}]]",
        "[1,2,3]", "{\"a\":1,\"b\":[true,null]}", "{\"\":0}",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0041\\u00e9\\uABCD\"",
        "\"\\ud83d\\udd12\"", "\"\xf0\x9f\x94\x92\"", "\"\x7f\"",
        "\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf4\x8f\xbf\xbf\"",
        "12345678901234567890123456789012345678901234567890",
        "{\"a\":{\"a\":{\"a\":1}}}", "{\"a\":1,\"A\":2}"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        accepted(good[i]);
}

static const struct {
    const char *text;
    size_t at;
} bad_grammar[] = {
    {"", 0},
    {"  ", 2},
    {"[", 1},
    {"{", 1},
    {"]", 0},
    {"}", 0},
    {",", 0},
    {":", 0},
    {"[1", 2},
    {"[1,", 3},
    {"[1,]", 3},
    {"[,1]", 1},
    {"[1 2]", 3},
    {"[1}", 2},
    {"{\"a\":1]", 6},
    {"{\"a\"}", 4},
    {"{\"a\":}", 5},
    {"{\"a\" 1}", 5},
    {"{a:1}", 1},
    {"{'a':1}", 1},
    {"{1:1}", 1},
    {"{\"a\":1,}", 7},
    {"{\"a\":1,,}", 7},
    {"{,}", 1},
    {"{\"a\":1 \"b\":2}", 7},
    {"{\"a\"::1}", 5},
    {"[1,,2]", 3},
    {"[\"a\":1]", 4},
    {"{\"a\",1}", 4},
    {"{[]:1}", 1},
    {"tru", 0},
    {"True", 0},
    {"nul", 0},
    {"NaN", 0},
    {"[falsy]", 1},
    {"Infinity", 0},
    {"-Infinity", 1},
    {"undefined", 0},
    {"[-]", 2},
    {"[+1]", 1},
    {"[.5]", 1},
    {"[1.]", 3},
    {"[1.e1]", 3},
    {"[1e]", 3},
    {"[1e+]", 4},
    {"[01]", 2},
    {"[-01]", 3},
    {"[00]", 2},
    {"[0x10]", 2},
    {"[1_0]", 2},
    {"[1a]", 2},
    {"[- 1]", 2},
    {"[1.2.3]", 4},
    {"\"", 0},
    {"[\"abc", 1},
    {"\"a\nb\"", 2},
    {"\"\x1f\"", 1},
    {"\"\t\"", 1},
    {"'a'", 0},
    {"/**/1", 0},
    {"//x\n1", 0},
    {"[1/**/]", 2},
    {"#", 0},
    {"\"\\x41\"", 1},
    {"\"\\a\"", 1},
    {"\"\\'\"", 1},
    {"\"\\\n\"", 1},
    {"\"\\", 1},
    {"\"\\u\"", 1},
    {"\"\\u12\"", 1},
    {"\"\\u123g\"", 1},
    {"\"\\u 123\"", 1},
    {"\"\\u+123\"", 1},
    {"\"\\U0041\"", 1},
    {"\"\\u123", 1},
    {"\f1", 0},
    {"\v[]", 0},
    {"\xc2\xa0[]", 0},
};

static void
test_refuses_bad_grammar(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_grammar / sizeof bad_grammar[0]; i++)
        refused(bad_grammar[i].text, DSTACK_REASON_JSON, bad_grammar[i].at);
}

/* dcap.md 4.5 row 89: NUL, byte order marks, other encodings, ill-formed
 * UTF-8 and surrogates. */
static void
test_refuses_bad_text(void **state)
{
    static const struct {
        const char *text;
        size_t n;
        size_t at;
    } bad[] = {
        {"\0", 1, 0},
        {"[\0]", 3, 1},
        {"\"a\0b\"", 5, 2},
        {"{\"\0\":1}", 7, 2},
        {"\"\\\0\"", 4, 1},
        {"1\0", 2, 1},
        {"\"\\u0000\"", 8, 1},
        {"{\"\\u0000\":1}", 12, 2},
        {"\xef\xbb\xbf{}", 5, 0},
        {"\xff\xfe{\0}\0", 6, 0},
        {"\0{\0}", 4, 0},
        {"\"\x80\"", 3, 1},
        {"\"\xc0\xaf\"", 4, 1},
        {"\"\xc3\"", 3, 1},
        {"\"\xc3", 2, 1},
        {"\"\xe0\x9f\xbf\"", 5, 1},
        {"\"\xed\xa0\x80\"", 5, 1},
        {"\"\xed\xbf\xbf\"", 5, 1},
        {"\"\xf0\x8f\xbf\xbf\"", 6, 1},
        {"\"\xf4\x90\x80\x80\"", 6, 1},
        {"\"\xf5\x80\x80\x80\"", 6, 1},
        {"\"\xff\"", 3, 1},
        {"\"caf\xe9\"", 6, 4},
        {"\"12345678\xe9\"", 11, 9},
        {"{\"\xe9\":1}", 7, 2},
        {"\"\\ud800\"", 8, 1},
        {"\"\\udc00\"", 8, 1},
        {"\"\\udc00\\udc01\"", 14, 1},
        {"\"\\udfff\\ud800\"", 14, 1},
        {"\"\\ud800\\ud800\"", 14, 1},
        {"\"\\ud800x\"", 9, 1},
        {"\"\\ud800\\n\"", 10, 1},
        {"\"\\ud800\\u0041\"", 14, 1},
        {"\"\\udbff\\ue000\"", 14, 1},
        {"\"\\ud800\\udc0\"", 13, 1},
        {"\"\\ud800\\udc0", 12, 1},
        {"\"\\ud800\\", 8, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        /* Behind the value a NUL is what every other byte is. */
        bool trailing = bad[i].text[0] == '1';

        refused_n(bad[i].text, bad[i].n,
            trailing ? DSTACK_REASON_JSON_TRAILING : DSTACK_REASON_JSON,
            bad[i].at);
    }
}

/* Where texts are hashed alone it is a character, and still none that ends
 * one: not in names, not in comparisons. */
static void
test_takes_nul(void **state)
{
    static const char text[] = "{\"a\\u0000b\":\"\\u0000x\",\"a\":1,"
                               "\"a\\u0000\":2}";
    ds_json *j = NULL;
    dstack_error err;
    uint64_t n = 0;
    ds_buf out;

    (void)state;
    ds_buf_init(&out, 64);
    assert_int_equal(
        ds_json_parse_nul(ds_view_str(text), "test", &j, &err), DSTACK_OK);
    assert_int_equal(
        ds_json_string_buf(j, ds_json_first(j, 0), &out, &err), DSTACK_OK);
    assert_true(ds_view_eq(ds_view_of(out.p, out.n), ds_view_of("\0x", 2)));
    assert_int_equal(
        ds_json_u64(j, ds_json_get(j, 0, "a"), 9, &n, &err), DSTACK_OK);
    assert_int_equal(n, 1);
    ds_buf_free(&out);
    ds_json_free(j);
    assert_int_equal(
        ds_json_parse_nul(
            ds_view_str("{\"\\u0000\":1,\"\\u0000\":1}"), "test", &j, &err),
        DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_JSON_DUP);
    assert_int_equal(
        ds_json_parse_nul(ds_view_of("\"\0\"", 3), "test", &j, &err),
        DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_JSON);
}

/* Row 88. */
static void
test_refuses_trailing(void **state)
{
    static const struct {
        const char *text;
        size_t at;
    } bad[] = {{"{} {}", 3}, {"{}x", 2}, {"[]]", 2}, {"{}}", 2}, {"1 2", 2},
        {"\"a\"\"b\"", 3}, {"null,", 4}, {"{}\n\n\v", 4}, {"truefalse", 4},
        {"{}\xef\xbb\xbf", 2}, {"{}//", 2}, {"01", 1}};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refused(bad[i].text, DSTACK_REASON_JSON_TRAILING, bad[i].at);
}

/* Row 86, also where an escape hides that two names are one. */
static void
test_refuses_duplicates(void **state)
{
    static const struct {
        const char *text;
        size_t at;
    } bad[] = {
        {"{\"a\":1,\"a\":1}", 8},
        {"{\"\":1,\"\":2}", 7},
        {"{\"a\":1,\"b\":2,\"a\":3}", 14},
        {"{\"a\":1,\"\\u0061\":2}", 8},
        {"{\"\\u0061\":1,\"a\":2}", 13},
        {"{\"\\u0041b\":1,\"A\\u0062\":2}", 14},
        {"{\"/\":1,\"\\/\":2}", 8},
        {"{\"\\n\":1,\"\\u000A\":2}", 9},
        {"{\"\\\"\":1,\"\\u0022\":2}", 9},
        {"{\"\\\\\":1,\"\\u005c\":2}", 9},
        {"{\"\xc3\xbc\":1,\"\\u00fc\":2}", 9},
        {"{\"\xe2\x82\xac\":1,\"\\u20AC\":2}", 10},
        {"{\"\xf0\x9f\x94\x92\":1,\"\\uD83D\\uDD12\":2}", 11},
        {"[{\"x\":{\"tcbLevels\":[],\"tcbLevels\":[]}}]", 23},
    };
    static const char *const good[] = {"{\"a\":1,\"A\":1}",
        "{\"a\":{\"a\":1},\"b\":{\"a\":1}}", "[{\"a\":1},{\"a\":1}]",
        "{\"a\":1,\"aa\":1,\"\":1}", "{\"u0061\":1,\"a\":1}",
        "{\"\\\\u0061\":1,\"a\":1}", "{\"\\u0061\":1,\"\\u0062\":1}",
        "{\"\\u0061b\":1,\"a\":2,\"\\u0061\\u0062c\":3}"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refused(bad[i].text, DSTACK_REASON_JSON_DUP, bad[i].at);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        accepted(good[i]);
}

/* "{"n0":0,...}" with one name more, at the end. */
static size_t
wide_object(char *out, unsigned members, const char *last)
{
    char *p = out;

    *p++ = '{';
    for (unsigned i = 0; i < members; i++)
        p += sprintf(p, "\"name%u\":%u,", (i * 7919u) % members, i);
    p += sprintf(p, "\"%s\":0}", last);
    return (size_t)(p - out);
}

/* Below, at and above the number of members where the way of comparing
 * changes, with a twin of each member in turn. */
static void
test_duplicates_in_wide_objects(void **state)
{
    static char text[4000];

    (void)state;
    for (unsigned members = 1; members < 60; members++) {
        dstack_error err;
        size_t n = wide_object(text, members, "other");

        assert_int_equal(try_parse(text, n, &err), DSTACK_OK);
        n = wide_object(text, members, "nam\\u0065");
        assert_int_equal(try_parse(text, n, &err), DSTACK_OK);
        for (unsigned twin = 0; twin < members; twin++) {
            char plain[40], escaped[40];

            snprintf(plain, sizeof plain, "name%u", twin);
            n = wide_object(text, members, plain);
            refused_n(text, n, DSTACK_REASON_JSON_DUP, n - strlen(plain) - 4);
            snprintf(escaped, sizeof escaped, "n\\u0061me%u", twin);
            n = wide_object(text, members, escaped);
            refused_n(text, n, DSTACK_REASON_JSON_DUP, n - strlen(escaped) - 4);
        }
    }
}

/* Two names with one FNV-1a hash are two names; each twice is refused. */
static void
test_names_with_one_hash(void **state)
{
    static const char *const twins[] = {"8yn0iYCKYHlIj4-BwPqk",
        "GReLUrM4wMqfg9yzV3KQ", "\\u0038yn0iYCKYHlIj4-BwPqk",
        "\\u0047ReLUrM4wMqfg9yzV3KQ"};

    (void)state;
    for (int a = 0; a < 4; a++) {
        for (int b = 0; b < 4; b++) {
            static char text[4000];
            char *p = text;
            dstack_error err;
            int rc;

            p += wide_object(p, 30, twins[a]) - 1;
            p += sprintf(p, ",\"%s\":0}", twins[b]);
            rc = try_parse(text, (size_t)(p - text), &err);
            assert_int_equal(rc == DSTACK_OK, a % 2 != b % 2);
            if (rc != DSTACK_OK)
                assert_int_equal(err.reason, DSTACK_REASON_JSON_DUP);
        }
    }
}

/* One name, its twin by hash, and the first again, among others, in every
 * order of places: the second of a name never hides behind a twin. */
static void
test_duplicates_among_equal_hashes(void **state)
{
    static const char *const name[] = {
        "8yn0iYCKYHlIj4-BwPqk", "GReLUrM4wMqfg9yzV3KQ", "8yn0iYCKYHlIj4-BwPqk"};
    static char text[2000];

    (void)state;
    for (int code = 0; code < 24 * 24 * 24; code++) {
        const int place[3] = {code % 24, code / 24 % 24, code / 576};
        dstack_error err;
        char *p = text;

        if (place[0] == place[1] || place[0] == place[2] ||
            place[1] == place[2])
            continue;
        *p++ = '{';
        for (int i = 0; i < 24; i++) {
            char plain[8];
            const char *n = plain;

            snprintf(plain, sizeof plain, "m%d", i);
            for (int k = 0; k < 3; k++)
                n = place[k] == i ? name[k] : n;
            p += sprintf(p, "%s\"%s\":0", i ? "," : "", n);
        }
        *p++ = '}';
        assert_int_equal(
            try_parse(text, (size_t)(p - text), &err), DSTACK_ERR_PARSE);
        assert_int_equal(err.reason, DSTACK_REASON_JSON_DUP);
    }
}

/* 100,000 members take no more than a moment: quadratic would be minutes. */
static void
test_very_wide_object(void **state)
{
    size_t cap = 3000000, n;
    char *text = malloc(cap);
    dstack_error err;
    clock_t start = clock();

    (void)state;
    assert_non_null(text);
    n = wide_object(text, 100000, "other");
    assert_true(n < cap);
    assert_int_equal(try_parse(text, n, &err), DSTACK_OK);
    n = wide_object(text, 100000, "name99999");
    assert_int_equal(try_parse(text, n, &err), DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_JSON_DUP);
    assert_true(clock() - start < 10 * CLOCKS_PER_SEC);
    free(text);
}

/* Row 87. */
static void
test_depth(void **state)
{
    static const size_t deep[] = {33, 34, 1000, 1000000};
    static const char *const opens[] = {"[", "{\"a\":"};
    static const char *const closes[] = {"]", "}"};
    char *text = malloc(6000001), *p;
    dstack_error err;

    (void)state;
    assert_non_null(text);
    for (int kind = 0; kind < 2; kind++) {
        size_t width = strlen(opens[kind]);

        p = text;
        for (int i = 0; i < 32; i++, p += width)
            memcpy(p, opens[kind], width);
        *p++ = '1';
        memset(p, closes[kind][0], 32);
        assert_int_equal(
            try_parse(text, (size_t)(p + 32 - text), &err), DSTACK_OK);
        for (size_t k = 0; k < sizeof deep / sizeof deep[0]; k++) {
            p = text;
            for (size_t i = 0; i < deep[k]; i++, p += width)
                memcpy(p, opens[kind], width);
            *p++ = '1';
            memset(p, closes[kind][0], deep[k]);
            refused_n(text, (size_t)(p - text) + deep[k],
                DSTACK_REASON_JSON_DEPTH, 32 * width);
        }
    }
    free(text);
    /* Depth is what is open, not what was. */
    accepted(
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[],[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
}

static void
test_too_many_values(void **state)
{
    size_t n = 2 * DS_MAX_JSON_TOKENS + 1;
    char *text = malloc(n);
    dstack_error err;

    (void)state;
    assert_non_null(text);
    /* An array and 199,999 numbers, then one more. */
    text[0] = '[';
    for (size_t i = 1; i < n; i += 2) {
        text[i] = '1';
        text[i + 1] = ',';
    }
    text[n - 3] = ']';
    assert_int_equal(try_parse(text, n - 2, &err), DSTACK_OK);
    text[n - 3] = ',';
    text[n - 1] = ']';
    refused_n(text, n, DSTACK_REASON_JSON, n - 2);
    free(text);
}

/* Every prefix of a document is refused, never read past. */
static void
test_every_prefix(void **state)
{
    static const char text[] =
        "{\"a\":[1,-2.5e+3,\"x\\n\\u0041\\ud83d\\udd12\xf0\x9f\x94\x92\",true,"
        "false,null,{}],\"bcdefghijklmnop\":{\"c\":\"0123456789abcdef\"}}";
    dstack_error err;

    (void)state;
    assert_int_equal(try_parse(text, sizeof text - 1, &err), DSTACK_OK);
    for (size_t n = 0; n < sizeof text - 1; n++) {
        assert_int_equal(try_parse(text, n, &err), DSTACK_ERR_PARSE);
        assert_int_equal(err.reason, DSTACK_REASON_JSON);
    }
}

/* Each byte at each of the places that a string scanner treats in groups:
 * control characters, quote, backslash and ill-formed ones are never
 * missed. */
static void
test_every_byte_in_a_string(void **state)
{
    (void)state;
    for (size_t at = 1; at < 26; at++) {
        for (int c = 0; c < 256; c++) {
            char text[] = "\"abcdefghijklmnopqrstuvwxy\"";
            dstack_error err;
            bool plain = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
            /* A backslash before b, f, n, r or t is an escape. */
            bool escape = c == '\\' && strchr("bfnrt", text[at + 1]);
            int rc;

            text[at] = (char)c;
            rc = try_parse(text, sizeof text - 1, &err);
            if ((rc == DSTACK_OK) != (plain || escape))
                fail_msg("byte %02x at %zu", (unsigned)c, at);
        }
    }
}

/* ---- the index ------------------------------------------------------------ */

static void
raw_is(const ds_json *j, ds_jv v, const char *want)
{
    ds_view raw = ds_json_raw(j, v);

    assert_int_equal(raw.n, strlen(want));
    assert_memory_equal(raw.p, want, raw.n);
}

static void
test_walk(void **state)
{
    ds_json *j = parse(" { \"a\" : [ 1 , {\"x\":\"y\"}, [ ] ] ,\n\"b\":true,"
                       "\"c\\u0041\":null } ");
    ds_jv a, b, c, v;

    (void)state;
    assert_int_equal(ds_json_type(j, 0), DS_JSON_OBJECT);
    assert_int_equal(ds_json_count(j, 0), 3);
    assert_null(ds_json_name(j, 0).p);
    assert_int_equal(ds_json_next(j, 0), DS_JSON_NONE);
    a = ds_json_first(j, 0);
    assert_true(ds_view_eq_str(ds_json_name(j, a), "a"));
    raw_is(j, a, "[ 1 , {\"x\":\"y\"}, [ ] ]");
    assert_int_equal(ds_json_type(j, a), DS_JSON_ARRAY);
    assert_int_equal(ds_json_count(j, a), 3);
    b = ds_json_next(j, a);
    assert_int_equal(ds_json_type(j, b), DS_JSON_TRUE);
    raw_is(j, b, "true");
    c = ds_json_next(j, b);
    assert_int_equal(ds_json_type(j, c), DS_JSON_NULL);
    assert_int_equal(ds_json_next(j, c), DS_JSON_NONE);
    assert_true(ds_view_eq_str(ds_json_name(j, c), "c\\u0041"));

    v = ds_json_first(j, a);
    assert_null(ds_json_name(j, v).p);
    assert_false(ds_json_name_is(j, v, ""));
    raw_is(j, v, "1");
    v = ds_json_next(j, v);
    raw_is(j, v, "{\"x\":\"y\"}");
    raw_is(j, ds_json_get(j, v, "x"), "\"y\"");
    v = ds_json_next(j, v);
    raw_is(j, v, "[ ]");
    assert_int_equal(ds_json_count(j, v), 0);
    assert_int_equal(ds_json_first(j, v), DS_JSON_NONE);
    assert_int_equal(ds_json_next(j, v), DS_JSON_NONE);
    ds_json_free(j);
    assert_int_equal(live, 0);
}

static void
test_get(void **state)
{
    ds_json *j = parse("{\"fmspc\":1,\"\\u0066mspC\":2,\"\":3,"
                       "\"\xf0\x9f\x94\x92\":4,\"a\\\\n\":5,"
                       "\"\\ud83d\\udd12x\":6}");

    (void)state;
    raw_is(j, ds_json_get(j, 0, "fmspc"), "1");
    raw_is(j, ds_json_get(j, 0, "fmspC"), "2");
    raw_is(j, ds_json_get(j, 0, ""), "3");
    raw_is(j, ds_json_get(j, 0, "\xf0\x9f\x94\x92"), "4");
    raw_is(j, ds_json_get(j, 0, "a\\n"), "5");
    raw_is(j, ds_json_get(j, 0, "\xf0\x9f\x94\x92x"), "6");
    assert_int_equal(ds_json_get(j, 0, "Fmspc"), DS_JSON_NONE);
    assert_int_equal(ds_json_get(j, 0, "fmsp"), DS_JSON_NONE);
    assert_int_equal(ds_json_get(j, 0, "fmspcc"), DS_JSON_NONE);
    assert_int_equal(ds_json_get(j, 0, "\\u0066mspC"), DS_JSON_NONE);
    assert_int_equal(ds_json_get(j, 0, "a\\\\n"), DS_JSON_NONE);
    assert_int_equal(ds_json_get(j, 1, "fmspc"), DS_JSON_NONE);
    assert_true(ds_json_name_is(j, 1, "fmspc"));
    assert_false(ds_json_name_is(j, 1, "fmspC"));
    assert_true(ds_json_name_is(j, 2, "fmspC"));
    assert_false(ds_json_name_is(j, 2, "fmsp"));
    assert_false(ds_json_name_is(j, 2, "fmspC2"));
    ds_json_free(j);
    j = parse("[{\"a\":1}]");
    assert_int_equal(ds_json_get(j, 0, "a"), DS_JSON_NONE);
    ds_json_free(j);
}

static void
test_none_is_accepted_everywhere(void **state)
{
    ds_json *j = parse("{}");
    uint8_t b[2] = {9, 9};
    uint64_t u = 9;
    int64_t t = 9;
    bool yes = true;
    ds_view v = ds_view_str("x");
    ds_jv got = 9;
    ds_buf buf;
    dstack_error err;

    (void)state;
    for (ds_jv none = 1; none != 0; none = none == 1 ? DS_JSON_NONE : 0) {
        assert_int_equal(ds_json_type(j, none), DS_JSON_MISSING);
        assert_int_equal(ds_json_raw(j, none).n, 0);
        assert_int_equal(ds_json_count(j, none), 0);
        assert_int_equal(ds_json_first(j, none), DS_JSON_NONE);
        assert_int_equal(ds_json_next(j, none), DS_JSON_NONE);
        assert_int_equal(ds_json_name(j, none).n, 0);
        assert_false(ds_json_name_is(j, none, ""));
        assert_int_equal(ds_json_get(j, none, "a"), DS_JSON_NONE);
    }
    ds_buf_init(&buf, 10);
    assert_int_equal(ds_json_u64(j, DS_JSON_NONE, 9, &u, &err), -20);
    assert_true(u == 0);
    assert_int_equal(err.reason, DSTACK_REASON_JSON);
    assert_string_equal(err.message, "doc: expected a number, found nothing");
    assert_int_equal(ds_json_bool(j, DS_JSON_NONE, &yes, NULL), -20);
    assert_false(yes);
    assert_int_equal(ds_json_string(j, DS_JSON_NONE, 9, &v, NULL), -20);
    assert_int_equal(v.n, 0);
    assert_int_equal(ds_json_string_buf(j, DS_JSON_NONE, &buf, NULL), -20);
    assert_int_equal(ds_json_hex(j, DS_JSON_NONE, b, 2, NULL), -20);
    assert_int_equal(b[0] | b[1], 0);
    assert_int_equal(ds_json_time(j, DS_JSON_NONE, &t, NULL), -20);
    assert_true(t == 0);
    assert_int_equal(ds_json_expect(j, DS_JSON_NONE, DS_JSON_ARRAY, NULL), -20);
    assert_int_equal(ds_json_need(j, DS_JSON_NONE, "a", &got, NULL), -20);
    assert_int_equal(got, DS_JSON_NONE);
    ds_buf_free(&buf);
    ds_json_free(j);
    ds_json_free(NULL);
}

/* ---- typed reads ---------------------------------------------------------- */

/* Row 84 and row 99's numbers: 0 or [1-9][0-9]*, nothing else. */
static void
test_u64(void **state)
{
    static const struct {
        const char *text;
        uint64_t max;
        int reason; /* 0: read */
        uint64_t want;
    } row[] = {
        {"0", 0, 0, 0},
        {"1", 1, 0, 1},
        {"255", 255, 0, 255},
        {"18446744073709551615", UINT64_MAX, 0, UINT64_MAX},
        {"9223372036854775808", UINT64_MAX, 0, UINT64_C(1) << 63},
        {"256", 255, DSTACK_REASON_JSON_RANGE, 0},
        {"1", 0, DSTACK_REASON_JSON_RANGE, 0},
        {"18446744073709551616", UINT64_MAX, DSTACK_REASON_JSON_RANGE, 0},
        {"18446744073709551625", UINT64_MAX, DSTACK_REASON_JSON_RANGE, 0},
        {"28446744073709551615", UINT64_MAX, DSTACK_REASON_JSON_RANGE, 0},
        {"99999999999999999999999", UINT64_MAX, DSTACK_REASON_JSON_RANGE, 0},
        {"-1", 255, DSTACK_REASON_JSON_RANGE, 0},
        {"-0", 255, DSTACK_REASON_JSON_RANGE, 0},
        {"3.0", 255, DSTACK_REASON_JSON_RANGE, 0},
        {"3e0", 255, DSTACK_REASON_JSON_RANGE, 0},
        {"1E2", 255, DSTACK_REASON_JSON_RANGE, 0},
        {"0.0", 255, DSTACK_REASON_JSON_RANGE, 0},
        {"\"3\"", 255, DSTACK_REASON_JSON, 0},
        {"null", 255, DSTACK_REASON_JSON, 0},
        {"true", 255, DSTACK_REASON_JSON, 0},
        {"[3]", 255, DSTACK_REASON_JSON, 0},
        {"{}", 255, DSTACK_REASON_JSON, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        ds_json *j = parse(row[i].text);
        uint64_t got = 77;
        dstack_error err;
        int rc = ds_json_u64(j, 0, row[i].max, &got, &err);

        if (row[i].reason == 0) {
            assert_int_equal(rc, DSTACK_OK);
        } else {
            assert_int_equal(rc, DSTACK_ERR_PARSE);
            assert_int_equal(err.code, DSTACK_ERR_PARSE);
            assert_int_equal(err.reason, row[i].reason);
        }
        assert_true(got == row[i].want);
        ds_json_free(j);
    }
    refused("[03]", DSTACK_REASON_JSON, 2);
}

static void
test_bool(void **state)
{
    ds_json *j = parse("[true,false,1,\"true\",null]");
    bool got = false;
    dstack_error err;

    (void)state;
    assert_int_equal(ds_json_bool(j, 1, &got, &err), DSTACK_OK);
    assert_true(got);
    assert_int_equal(ds_json_bool(j, 2, &got, &err), DSTACK_OK);
    assert_false(got);
    for (ds_jv v = 3; v <= 5; v++) {
        got = true;
        assert_int_equal(ds_json_bool(j, v, &got, &err), DSTACK_ERR_PARSE);
        assert_int_equal(err.reason, DSTACK_REASON_JSON);
        assert_false(got);
    }
    assert_string_equal(err.message, "doc[4]: expected true or false");
    ds_json_free(j);
}

static void
test_string(void **state)
{
    ds_json *j = parse("[\"UpToDate\",\"\",\"a\\/b\",\"a\\u0041\",7]");
    ds_view got;
    dstack_error err;

    (void)state;
    assert_int_equal(ds_json_string(j, 1, 8, &got, &err), DSTACK_OK);
    assert_true(ds_view_eq_str(got, "UpToDate"));
    assert_int_equal(ds_json_string(j, 1, 7, &got, &err), DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_JSON_RANGE);
    assert_int_equal(got.n, 0);
    assert_int_equal(ds_json_string(j, 2, 0, &got, &err), DSTACK_OK);
    assert_int_equal(got.n, 0);
    for (ds_jv v = 3; v <= 4; v++) {
        assert_int_equal(
            ds_json_string(j, v, 100, &got, &err), DSTACK_ERR_PARSE);
        assert_int_equal(err.reason, DSTACK_REASON_JSON_RANGE);
    }
    assert_int_equal(ds_json_string(j, 5, 100, &got, &err), DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_JSON);
    ds_json_free(j);
}

static void
test_string_buf(void **state)
{
    static const char want[] = "x\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac"
                               "\xf0\x9f\x94\x92\xf4\x8f\xbf\xbf\xed\x9f\xbf"
                               "\xee\x80\x80z";
    ds_json *j = parse("[\"x\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC"
                       "\\uD83D\\uDD12\\udbff\\udfff\\ud7ff\\ue000z\",\"\",5]");
    ds_buf b;
    dstack_error err;

    (void)state;
    ds_buf_init(&b, 100);
    ds_buf_add_str(&b, "<");
    assert_int_equal(ds_json_string_buf(j, 1, &b, &err), DSTACK_OK);
    assert_int_equal(ds_json_string_buf(j, 2, &b, &err), DSTACK_OK);
    assert_int_equal(b.n, sizeof want);
    assert_string_equal((const char *)(b.p + 1), want);
    assert_int_equal(ds_json_string_buf(j, 3, &b, &err), DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_JSON);
    ds_buf_free(&b);

    ds_buf_init(&b, 5);
    assert_int_equal(ds_json_string_buf(j, 1, &b, &err), DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_JSON_RANGE);
    ds_buf_free(&b);
    until_failure = 0;
    assert_int_equal(ds_json_string_buf(j, 1, &b, &err), DSTACK_ERR_NOMEM);
    assert_int_equal(err.code, DSTACK_ERR_NOMEM);
    ds_buf_free(&b);
    ds_json_free(j);
    assert_int_equal(live, 0);
}

static void
test_hex(void **state)
{
    static const char *const bad[] = {"00906ED50", "00906ED5000", "0x906ED500",
        "00906ED50g", " 0906ED500", "00906ED5000000", "", "\\u003000906ED50"};
    uint8_t got[5];
    dstack_error err;
    ds_json *j = parse("[\"00906eD500\",5]");

    (void)state;
    assert_int_equal(ds_json_hex(j, 1, got, 5, &err), DSTACK_OK);
    assert_memory_equal(got, "\x00\x90\x6e\xd5\x00", 5);
    assert_int_equal(ds_json_hex(j, 2, got, 5, &err), DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_JSON);
    ds_json_free(j);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[40];

        snprintf(text, sizeof text, "[\"%s\"]", bad[i]);
        j = parse(text);
        memset(got, 0xaa, sizeof got);
        assert_int_equal(ds_json_hex(j, 1, got, 5, &err), DSTACK_ERR_PARSE);
        assert_int_equal(err.reason, DSTACK_REASON_JSON_RANGE);
        assert_memory_equal(got, "\0\0\0\0\0", 5);
        ds_json_free(j);
    }
}

/* Row 92 through JSON; the forms themselves are test_text's. */
static void
test_time(void **state)
{
    static const char *const bad[] = {"2024-02-29T12:34:56",
        "2024-02-29T12:34:56+00:00", "2024-02-29T12:34:56.000Z",
        "2024-02-29t12:34:56z", "2024-13-29T12:34:56Z", "2024-02-30T12:34:56Z",
        "2024-02-29T24:34:56Z", "0000-02-29T12:34:56Z", "",
        "2024-02-29T12:34:56\\u005a", "\\u0032024-02-29T12:34:56Z"};
    ds_json *j = parse("[\"2024-02-29T12:34:56Z\",1709210096]");
    int64_t got = 0;
    dstack_error err;

    (void)state;
    assert_int_equal(ds_json_time(j, 1, &got, &err), DSTACK_OK);
    assert_true(got == 1709210096);
    assert_int_equal(ds_json_time(j, 2, &got, &err), DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_JSON);
    ds_json_free(j);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[80];

        snprintf(text, sizeof text, "[\"%s\"]", bad[i]);
        j = parse(text);
        got = 4;
        assert_int_equal(ds_json_time(j, 1, &got, &err), DSTACK_ERR_PARSE);
        assert_int_equal(err.reason, DSTACK_REASON_JSON_DATE);
        assert_true(got == 0);
        ds_json_free(j);
    }
}

/* Row 89: an array at the top, tcbInfo a string; row 86: another case of the
 * name is another name. */
static void
test_expect_and_need(void **state)
{
    ds_json *j = parse("{\"TcbInfo\":{},\"s\":\"x\"}");
    ds_jv got;
    dstack_error err;

    (void)state;
    assert_int_equal(ds_json_expect(j, 0, DS_JSON_OBJECT, &err), DSTACK_OK);
    assert_int_equal(
        ds_json_expect(j, 0, DS_JSON_ARRAY, &err), DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_JSON);
    assert_string_equal(err.message, "doc: expected an array, found an object");
    assert_int_equal(
        ds_json_need(j, 0, "tcbInfo", &got, &err), DSTACK_ERR_PARSE);
    assert_int_equal(got, DS_JSON_NONE);
    assert_int_equal(err.reason, DSTACK_REASON_JSON);
    assert_string_equal(err.message, "tcbInfo: missing");
    assert_int_equal(ds_json_need(j, 0, "s", &got, &err), DSTACK_OK);
    assert_int_equal(got, ds_json_get(j, 0, "s"));
    assert_int_equal(ds_json_need(j, got, "x", &got, &err), DSTACK_ERR_PARSE);
    assert_string_equal(err.message, "s: expected an object, found a string");
    ds_json_free(j);
}

static void
test_paths(void **state)
{
    ds_json *j =
        parse("{\"tcbInfo\":{\"tcbLevels\":[0,1,2,{\"tcb\":{\"pcesvn\":-1}}],"
              "\"m\":[[7,[8]]]}}");
    dstack_error err;
    uint64_t u;
    ds_jv v, levels;

    (void)state;
    v = ds_json_get(j, 0, "tcbInfo");
    levels = ds_json_get(j, v, "tcbLevels");
    v = ds_json_first(j, levels);
    for (int i = 0; i < 3; i++)
        v = ds_json_next(j, v);
    v = ds_json_get(j, v, "tcb");
    ds_json_need(j, v, "status", &v, &err);
    assert_string_equal(
        err.message, "tcbInfo.tcbLevels[3].tcb.status: missing");
    v = ds_json_first(j, levels);
    for (int i = 0; i < 3; i++)
        v = ds_json_next(j, v);
    v = ds_json_get(j, ds_json_get(j, v, "tcb"), "pcesvn");
    ds_json_u64(j, v, 65535, &u, &err);
    assert_string_equal(err.message, "tcbInfo.tcbLevels[3].tcb.pcesvn: "
                                     "expected an integer from 0 to 65535, "
                                     "found -1");
    v = ds_json_get(j, ds_json_get(j, 0, "tcbInfo"), "m");
    v = ds_json_first(j, v);
    v = ds_json_next(j, ds_json_first(j, v));
    assert_int_equal(ds_json_fail(j, ds_json_first(j, v),
                         DSTACK_REASON_TCB_INFO_MISMATCH, &err, "%d%%", 5),
        DSTACK_ERR_UNTRUSTED);
    assert_int_equal(err.code, DSTACK_ERR_UNTRUSTED);
    assert_int_equal(err.reason, DSTACK_REASON_TCB_INFO_MISMATCH);
    assert_string_equal(err.message, "tcbInfo.m[0][1][0]: 5%");
    ds_json_fail(j, 0, DSTACK_REASON_JSON, &err, "x");
    assert_string_equal(err.message, "doc: x");
    assert_int_equal(
        ds_json_fail(j, 0, DSTACK_REASON_JSON, NULL, "x"), DSTACK_ERR_PARSE);
    ds_json_free(j);
    j = parse("[[{\"k\":1}],{}]");
    ds_json_fail(j, 3, DSTACK_REASON_JSON, &err, "x");
    assert_string_equal(err.message, "doc[0][0].k: x");
    ds_json_need(j, 4, "z", &v, &err);
    assert_string_equal(err.message, "doc[1].z: missing");
    ds_json_free(j);
}

/* Names come from outside: they are cut and made printable, and a path that
 * is too long keeps its end. */
static void
test_hostile_paths(void **state)
{
    static char text[32 * 80 + 100];
    char *p = text;
    dstack_error err;
    ds_json *j;

    (void)state;
    for (int i = 0; i < 31; i++)
        p += sprintf(p, "{\"%c\":", 'a' + i % 26);
    p += sprintf(p, "{\"!\\u001b[2J\xc3\xbc\x7f%060d\":null", 0);
    for (int i = 0; i < 32; i++)
        *p++ = '}';
    *p = 0;
    j = parse(text);
    ds_json_fail(j, 32, DSTACK_REASON_JSON, &err, "%0300d", 1);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    for (size_t i = 0; err.message[i]; i++)
        assert_true(err.message[i] >= 0x20 && err.message[i] < 0x7f);
    assert_non_null(strstr(err.message, ".!\\u001b[2J???0000000000000000000..."
                                        ": 000"));
    ds_json_free(j);
    j = parse("{\"0123456789abcdef0123456789abcdef\":{\"0123456789abcdef"
              "0123456789abcdef\":{\"0123456789abcdef0123456789abcdef\":{"
              "\"0123456789abcdef0123456789abcdef\":1}}}}");
    ds_json_fail(j, 4, DSTACK_REASON_JSON, &err, "x");
    assert_string_equal(err.message,
        "...0123456789abcdef0123456789abcdef.0123456789abcdef0123456789abcdef."
        "0123456789abcdef0123456789abcdef: x");
    ds_json_free(j);
}

/* Paths of every length around the longest that fits. */
static void
test_path_lengths(void **state)
{
    (void)state;
    for (int outer = 1; outer <= 32; outer++) {
        for (int inner = 20; inner <= 32; inner++) {
            char path[200], text[300];
            dstack_error err;
            size_t n, fits;
            ds_json *j;

            snprintf(path, sizeof path, "z.%0*d.%0*d.%0*d.%0*d", outer, 1,
                inner, 2, inner, 3, 32, 4);
            snprintf(text, sizeof text,
                "{\"z\":{\"%0*d\":{\"%0*d\":{\"%0*d\":{\"%0*d\":0}}}}}", outer,
                1, inner, 2, inner, 3, 32, 4);
            j = parse(text);
            ds_json_fail(j, 5, DSTACK_REASON_JSON, &err, "x");
            n = strlen(path);
            fits = strlen(err.message) - 3; /* ": x" */
            if (fits == n) {
                assert_memory_equal(err.message, path, n);
            } else {
                assert_memory_equal(err.message, "...", 3);
                assert_memory_equal(
                    err.message + 3, path + n - (fits - 3), fits - 3);
                assert_true(n + 3 > 127);
            }
            assert_true(fits <= 127);
            assert_string_equal(err.message + fits, ": x");
            ds_json_free(j);
        }
    }
}

/* ---- minify --------------------------------------------------------------- */

static void
test_minify(void **state)
{
    static const char *const row[][2] = {
        {" { \"a b\" : [ 1 ,\t2 ] ,\r\n\"c\" : \"x \\\" y\\\\\" } ",
            "{\"a b\":[1,2],\"c\":\"x \\\" y\\\\\"}"},
        {"{\"a\":1}", "{\"a\":1}"},
        {" \n7 ", "7"},
        {"\" \"", "\" \""},
        {"[ \"\\\\\" , \" \" ]", "[\"\\\\\",\" \"]"},
        {"[ 1.50 , 1e2 , \"\\u0041\" ]", "[1.50,1e2,\"\\u0041\"]"},
    };
    ds_buf b;

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        accepted(row[i][0]);
        ds_buf_init(&b, 100);
        ds_json_minify(ds_view_str(row[i][0]), &b);
        assert_string_equal((const char *)b.p, row[i][1]);
        ds_buf_free(&b);
    }
    ds_buf_init(&b, 3);
    ds_json_minify(ds_view_str("[1, 2]"), &b);
    assert_true(b.bad);
    ds_buf_free(&b);
}

/* ---- memory --------------------------------------------------------------- */

static void
test_every_failing_allocation(void **state)
{
    static char text[4000];
    size_t n = wide_object(text, 30, "other");
    dstack_error err;
    int failures = 0;

    (void)state;
    /* So short that the token array has to grow as well. */
    n += (size_t)sprintf(text + n - 1, ",\"z\":[%0*d", 1, 0) - 1;
    for (int i = 0; i < 300; i++)
        n += (size_t)sprintf(text + n, ",%d", i % 10);
    n += (size_t)sprintf(text + n, "]}");
    for (;; failures++) {
        int rc;

        until_failure = failures;
        rc = try_parse(text, n, &err);
        if (rc == DSTACK_OK)
            break;
        assert_int_equal(rc, DSTACK_ERR_NOMEM);
        assert_int_equal(err.code, DSTACK_ERR_NOMEM);
        assert_true(failures < 50);
    }
    until_failure = -1;
    assert_true(failures >= 4); /* object, tokens, growth, sorting */
}

int
main(void)
{
    static const dstack_allocator hook = {sizeof(dstack_allocator), 0, NULL,
        hook_malloc, hook_realloc, hook_free};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts_rfc8259),
        cmocka_unit_test(test_refuses_bad_grammar),
        cmocka_unit_test(test_refuses_bad_text),
        cmocka_unit_test(test_takes_nul),
        cmocka_unit_test(test_refuses_trailing),
        cmocka_unit_test(test_refuses_duplicates),
        cmocka_unit_test(test_duplicates_in_wide_objects),
        cmocka_unit_test(test_names_with_one_hash),
        cmocka_unit_test(test_duplicates_among_equal_hashes),
        cmocka_unit_test(test_very_wide_object),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_too_many_values),
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_every_byte_in_a_string),
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_get),
        cmocka_unit_test(test_none_is_accepted_everywhere),
        cmocka_unit_test(test_u64),
        cmocka_unit_test(test_bool),
        cmocka_unit_test(test_string),
        cmocka_unit_test(test_string_buf),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_expect_and_need),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_hostile_paths),
        cmocka_unit_test(test_path_lengths),
        cmocka_unit_test(test_minify),
        cmocka_unit_test(test_every_failing_allocation),
    };

    if (dstack_set_allocator(&hook) != DSTACK_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
