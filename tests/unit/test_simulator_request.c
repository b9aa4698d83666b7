/* SPDX-License-Identifier: Apache-2.0 */
/* The simulator's requests and answers in their three encodings. The texts of
 * refusals are what a guest agent 0.5.11 answers to the same bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "rpc.h"

static const sim_schema *
request_of(int surface, const char *method)
{
    const sim_method *m =
        sim_method_find(surface, SIM_OS_0_6_0, ds_view_str(method));

    assert_non_null(m);
    return m->in;
}

typedef bool
read_fn(ds_view text, sim_message *m, sim_error *err);

static void
start(sim_message *m, const char *method, int os)
{
    sim_message_init(m, request_of(SIM_V0, method), os);
}

static void
must_read(read_fn *read, ds_view text, sim_message *m)
{
    sim_error err = {0, ""};

    if (!read(text, m, &err))
        fail_msg("%.*s: %s", (int)text.n, (const char *)text.p, err.text);
}

static void
assert_view(ds_view v, const void *p, size_t n)
{
    assert_int_equal(v.n, n);
    if (n != 0)
        assert_memory_equal(v.p, p, n);
}

static void
assert_text(const sim_message *m, const char *field, const char *text)
{
    assert_view(sim_get(m, field), text, strlen(text));
}

/* ---- JSON ----------------------------------------------------------------- */

static const struct {
    const char *method;
    const char *json;
    const char *text;
} refused[] = {
    {"GetKey", "{", "EOF while parsing an object at line 1 column 1"},
    {"GetKey", "hello", "expected value at line 1 column 1"},
    {"GetKey", "   ", "EOF while parsing a value at line 1 column 3"},
    {"GetKey", "{} x", "trailing characters at line 1 column 4"},
    {"GetKey", "null",
        "invalid type: null, expected struct GetKeyArgs at line 1 column 4"},
    {"GetKey", "\"x\"",
        "invalid type: string \"x\", expected struct GetKeyArgs at line 1 "
        "column 3"},
    {"GetTlsKey", "1e5",
        "invalid type: floating point `100000.0`, expected struct "
        "GetTlsKeyArgs at line 1 column 3"},
    {"GetKey", "1E+3",
        "invalid type: floating point `1000.0`, expected struct GetKeyArgs "
        "at line 1 column 4"},
    {"GetQuote", "-0",
        "invalid type: floating point `-0.0`, expected struct RawQuoteArgs at "
        "line 1 column 2"},
    {"GetQuote", "18446744073709551616",
        "invalid type: floating point `1.8446744073709552e+19`, expected "
        "struct RawQuoteArgs at line 1 column 20"},
    {"GetQuote", "-9223372036854775809",
        "invalid type: floating point `-9.223372036854776e+18`, expected "
        "struct RawQuoteArgs at line 1 column 20"},
    {"GetKey", "{\"path\":1e400}", "number out of range at line 1 column 13"},
    {"GetQuote", "-01", "invalid number at line 1 column 3"},
    {"GetQuote", "\"\\b\"",
        "invalid type: string \"\\u{8}\", expected struct RawQuoteArgs at "
        "line 1 column 4"},
    {"GetKey", "{\"path\":null}",
        "invalid type: null, expected a string at line 1 column 12"},
    {"GetKey", "{\"path\":1}",
        "invalid type: integer `1`, expected a string at line 1 column 9"},
    {"GetKey", "{\"path\":\"a\",\"path\":\"b\"}",
        "duplicate field `path` at line 1 column 18"},
    {"GetKey", "{\"path\":\"\xff\"}",
        "invalid unicode code point at line 1 column 11"},
    {"GetTlsKey", "{\"usage_ra_tls\":1}",
        "invalid type: integer `1`, expected a boolean at line 1 column 17"},
    {"GetTlsKey", "{\"usage_ra_tls\":\"true\"}",
        "invalid type: string \"true\", expected a boolean at line 1 column "
        "22"},
    {"GetTlsKey", "{\"alt_names\":\"x\"}",
        "invalid type: string \"x\", expected a sequence at line 1 column 16"},
    {"GetTlsKey", "{\"alt_names\":[1]}",
        "invalid type: integer `1`, expected a string at line 1 column 15"},
    {"GetTlsKey", "{\"alt_names\":null}",
        "invalid type: null, expected a sequence at line 1 column 17"},
    {"GetTlsKey", "{\"not_before\":-1}",
        "invalid value: integer `-1`, expected u64 at line 1 column 16"},
    {"GetTlsKey", "{\"not_before\":\"1\"}",
        "invalid type: string \"1\", expected u64 at line 1 column 17"},
    {"GetTlsKey", "{\"not_before\":1.5}",
        "invalid type: floating point `1.5`, expected u64 at line 1 column "
        "17"},
    {"GetQuote", "{\"report_data\":\"abc\"}",
        "Odd number of digits at line 1 column 21"},
    {"GetQuote", "{\"report_data\":\"zz\"}",
        "Invalid character 'z' at position 0 at line 1 column 20"},
    {"GetQuote", "{\"report_data\":\"\\t0\"}",
        "Invalid character '\\t' at position 0 at line 1 column 21"},
    {"GetQuote", "{\"report_data\":\"\xc3\xa4\"}",
        "Invalid character '\xc3\x83' at position 0 at line 1 column 20"},
    {"GetQuote", "{\"report_data\":[1,2]}",
        "invalid type: sequence, expected a string at line 1 column 15"},
    {"EmitEvent", "{\"event\":\"x\",\"payload\":\"q\"}",
        "Odd number of digits at line 1 column 27"},
    {"GetKey", "{\"not_before\":-", "invalid number at line 1 column 15"},
    {"Verify", "{\"event\":\"x\",\"payload\":\"aabb\n1E+3",
        "control character (\\u0000-\\u001F) found while parsing a string at "
        "line 1 column 28"},
    {"GetQuote", "{\"payload\":\"\\udc00\"",
        "EOF while parsing an object at line 1 column 19"},
    {"Verify", "{\"x\":[{\"a\":[1,-02.5e3,{}]",
        "invalid number at line 1 column 17"},
};

static void
test_json_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        sim_error err = {0, ""};
        sim_message m;

        start(&m, refused[i].method, SIM_OS_0_5_11);
        if (sim_json_read(ds_view_str(refused[i].json), &m, &err))
            fail_msg("taken: %s", refused[i].json);
        assert_string_equal(err.text, refused[i].text);
        assert_int_equal(err.code, SIM_REFUSED);
        sim_message_free(&m);
    }
}

static void
test_json_fields(void **state)
{
    sim_message m;
    ds_reader list;
    ds_view name;

    (void)state;
    start(&m, "GetTlsKey", SIM_OS_0_5_11);
    must_read(sim_json_read,
        ds_view_str(" {\"alt_names\" : [ \"\\u00e4\\ud83d\\ude00\", \"b\" ] ,"
                    "\"subject\":\"a\\u0000\\/\\n\",\"usage_ra_tls\":true,"
                    "\"not_before\":18446744073709551615,\"not_after\":null} "),
        &m);
    assert_view(sim_get(&m, "subject"), "a\0/\n", 4);
    assert_true(sim_get_bool(&m, "usage_ra_tls"));
    assert_false(sim_get_bool(&m, "usage_client_auth"));
    assert_true(m.v[sim_at(&m, "not_before")].number == UINT64_MAX);
    assert_true(m.v[sim_at(&m, "not_before")].set);
    assert_false(m.v[sim_at(&m, "not_after")].set);
    ds_reader_init(&list, sim_get(&m, "alt_names"));
    assert_true(sim_next(&list, &name));
    assert_view(name, "\xc3\xa4\xf0\x9f\x98\x80", 6);
    assert_true(sim_next(&list, &name));
    assert_view(name, "b", 1);
    assert_false(sim_next(&list, &name));
    sim_message_free(&m);
}

static void
test_json_hex(void **state)
{
    static const char *const same[] = {"{\"report_data\":\"0xDEADbeef\"}",
        "{\"report_data\":\"0x0xdeadBEEF\"}",
        "{\"nonsense\":[1,{\"report_data\":\"00\"}],\"report_data\":"
        "\"deadbeef\"}",
        "[\"deadbeef\"]"};

    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        sim_message m;

        start(&m, "GetQuote", SIM_OS_0_5_11);
        must_read(sim_json_read, ds_view_str(same[i]), &m);
        assert_view(sim_get(&m, "report_data"), "\xde\xad\xbe\xef", 4);
        sim_message_free(&m);
    }
}

/* What a version does not know it does not look at. */
static void
test_json_unknown_fields(void **state)
{
    static const char json[] = "{\"path\":\"p\",\"algorithm\":5}";
    sim_error err = {0, ""};
    sim_message m;
    static char deep[4096];

    (void)state;
    start(&m, "GetKey", SIM_OS_0_5_5);
    must_read(sim_json_read, ds_view_str(json), &m);
    assert_text(&m, "path", "p");
    sim_message_free(&m);
    start(&m, "GetKey", SIM_OS_0_5_11);
    assert_false(sim_json_read(ds_view_str(json), &m, &err));
    sim_message_free(&m);

    snprintf(deep, sizeof deep, "{\"x\":");
    memset(deep + 5, '[', 2000);
    memset(deep + 2005, ']', 2000);
    memcpy(deep + 4005, "}", 2);
    start(&m, "GetKey", SIM_OS_0_5_11);
    must_read(sim_json_read, ds_view_str(deep), &m);
    sim_message_free(&m);
}

static void
test_json_empty(void **state)
{
    static const char *const texts[] = {"", "{}", "[]", " [ ] "};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        sim_message m;

        start(&m, "GetKey", SIM_OS_0_5_11);
        must_read(sim_json_read, ds_view_str(texts[i]), &m);
        assert_text(&m, "path", "");
        sim_message_free(&m);
    }
}

/* ---- protobuf --------------------------------------------------------------- */

static const struct {
    const char *method;
    const char *hex;
    const char *text; /* behind "failed to decode Protobuf message: " */
} refused_proto[] = {
    {"GetKey", "ffffff", "invalid varint"},
    {"GetKey", "7b7d", "buffer underflow"},
    {"GetKey", "0a05616263", "GetKeyArgs.path: buffer underflow"},
    {"GetQuote", "0a01610a", "RawQuoteArgs.report_data: invalid varint"},
    {"GetKey", "0801",
        "GetKeyArgs.path: invalid wire type: Varint (expected "
        "LengthDelimited)"},
    {"GetKey", "0a02ffff",
        "GetKeyArgs.path: invalid string value: data is not UTF-8 encoded"},
    {"GetTlsKey", "1a0161",
        "GetTlsKeyArgs.usage_ra_tls: invalid wire type: "
        "LengthDelimited (expected Varint)"},
    {"GetKey", "02", "invalid tag value: 0"},
    {"GetKey", "0e", "invalid wire type value: 6"},
    {"GetKey", "7c", "unexpected end group tag"},
    {"GetKey", "7b84", "invalid varint"},
    {"GetKey", "7b8c01", "unexpected end group tag"},
    {"GetKey", "ffffffffff1f", "invalid key value: 1099511627775"},
};

static ds_view
unhex(const char *hex, uint8_t *out)
{
    assert_true(ds_hex_decode(ds_view_str(hex), out, strlen(hex) / 2));
    return ds_view_of(out, strlen(hex) / 2);
}

static void
test_proto_refusals(void **state)
{
    static const char begin[] = "failed to decode Protobuf message: ";
    uint8_t bytes[64];

    (void)state;
    for (size_t i = 0; i < sizeof refused_proto / sizeof refused_proto[0];
         i++) {
        sim_error err = {0, ""};
        sim_message m;

        start(&m, refused_proto[i].method, SIM_OS_0_5_11);
        assert_false(
            sim_proto_read(unhex(refused_proto[i].hex, bytes), &m, &err));
        assert_memory_equal(err.text, begin, sizeof begin - 1);
        assert_string_equal(err.text + sizeof begin - 1, refused_proto[i].text);
        sim_message_free(&m);
    }
}

static void
test_proto_fields(void **state)
{
    uint8_t bytes[64];
    sim_message m;

    (void)state;
    start(&m, "GetTlsKey", SIM_OS_0_5_11);
    /* subject "ab", alt_names "c", "d", field 15 a group with a varint,
     * usage_server_auth, not_after 300, subject again: the last one counts. */
    must_read(sim_proto_read,
        unhex("0a0261621201631201647b08057c200138ac020a0165", bytes), &m);
    assert_text(&m, "subject", "e");
    assert_view(sim_get(&m, "alt_names"), "\1\0\0\0c\1\0\0\0d", 10);
    assert_true(sim_get_bool(&m, "usage_server_auth"));
    assert_false(sim_get_bool(&m, "usage_ra_tls"));
    assert_true(m.v[sim_at(&m, "not_after")].number == 300);
    assert_false(m.v[sim_at(&m, "not_before")].set);
    sim_message_free(&m);
}

/* ---- queries ---------------------------------------------------------------- */

static void
test_query(void **state)
{
    sim_error err = {0, ""};
    sim_message m;
    static char many[5000];

    (void)state;
    start(&m, "GetTlsKey", SIM_OS_0_5_11);
    must_read(sim_query_read,
        ds_view_str("subject=a%20b+c%2Bd&alt_names[0]=x&alt_names[1]=%C3%A4&"
                    "usage_ra_tls=true&usage_client_auth=false&not_before=7&"
                    "foo=1&json=1&&"),
        &m);
    assert_text(&m, "subject", "a b c+d");
    assert_view(sim_get(&m, "alt_names"), "\1\0\0\0x\2\0\0\0\xc3\xa4", 11);
    assert_true(sim_get_bool(&m, "usage_ra_tls"));
    assert_true(m.v[sim_at(&m, "not_before")].number == 7);
    sim_message_free(&m);

    start(&m, "GetTlsKey", SIM_OS_0_5_11);
    assert_false(sim_query_read(ds_view_str("usage_server_auth=2"), &m, &err));
    assert_string_equal(err.text, "provided string was not `true` or `false`");
    assert_false(sim_query_read(ds_view_str("path=%41+b&path=c"), &m, &err));
    assert_string_equal(err.text, "Multiple values for one key: \"path\"");
    assert_false(sim_query_read(ds_view_str("subject=%ff"), &m, &err));
    assert_string_equal(err.text, "invalid utf-8 sequence");
    assert_false(sim_query_read(ds_view_str("not_after=1x"), &m, &err));
    assert_string_equal(err.text, "invalid digit found in string");
    assert_false(sim_query_read(
        ds_view_str("not_after=18446744073709551616"), &m, &err));
    assert_string_equal(err.text, "number too large to fit in target type");
    for (int i = 0; i < 1100; i++)
        snprintf(many + strlen(many), 5, "&%03x", (unsigned)i);
    assert_false(sim_query_read(ds_view_str(many + 1), &m, &err));
    assert_string_equal(err.text, "more than 1000 parameters");
    sim_message_free(&m);
}

/* ---- answers ---------------------------------------------------------------- */

static void
test_answers(void **state)
{
    const sim_method *method =
        sim_method_find(SIM_V0, SIM_OS_0_5_11, ds_view_str("GetKey"));
    sim_message m;
    ds_buf out;

    (void)state;
    ds_buf_init(&out, SIM_MAX_ANSWER);
    sim_message_init(&m, method->out, SIM_OS_0_5_11);
    sim_put(&m, "key", ds_view_of("\x01\xab", 2));
    sim_put(&m, "signature_chain", ds_view_of("\xff", 1));
    sim_put(&m, "signature_chain", ds_view_of("", 0));
    sim_json_write(&m, NULL, &out);
    assert_string_equal(
        (char *)out.p, "{\"key\":\"01ab\",\"signature_chain\":[\"ff\",\"\"]}");
    ds_buf_cut(&out, 0);
    sim_proto_write(&m, &out);
    assert_view(
        ds_view_of(out.p, out.n), "\x0a\x02\x01\xab\x12\x01\xff\x12\0", 9);
    sim_message_free(&m);

    ds_buf_cut(&out, 0);
    sim_message_init(&m, NULL, SIM_OS_0_5_11);
    sim_json_write(&m, NULL, &out);
    assert_string_equal((char *)out.p, "null");
    sim_message_free(&m);

    ds_buf_cut(&out, 0);
    sim_json_string(ds_view_of("\"\\\b\f\n\r\t\0\x1f/\x7f\xc3\xa4", 13), &out);
    assert_string_equal((char *)out.p,
        "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f/\x7f\xc3\xa4\"");
    ds_buf_free(&out);
}

/* Messages in a list, and answers that are malformed on purpose. */
static void
test_lists_and_bends(void **state)
{
    static const struct {
        sim_bend bend;
        const char *json;
    } bends[] = {
        {{0, "null", 0}, "{\"key\":null,\"signature_chain\":[\"ff\"]}"},
        {{0, NULL, 0}, "{\"signature_chain\":[\"ff\"]}"},
        {{0, "\"@0\"", 0}, "{\"key\":\"01ab0\",\"signature_chain\":[\"ff\"]}"},
        {{0, "\"@zz\"", 2}, "{\"key\":\"01zz\",\"signature_chain\":[\"ff\"]}"},
        {{0, "\"@\",\"#\":\"@\"", 0},
            "{\"key\":\"01ab\",\"key\":\"01ab\",\"signature_chain\":[\"ff\"]}"},
        {{1, "@,null]", 1},
            "{\"key\":\"01ab\",\"signature_chain\":[\"ff\",null]}"},
        {{1, NULL, 0}, "{\"key\":\"01ab\"}"},
    };
    const sim_method *method =
        sim_method_find(SIM_V0, SIM_OS_0_5_11, ds_view_str("GetKey"));
    sim_message m;
    ds_buf out;

    (void)state;
    ds_buf_init(&out, SIM_MAX_ANSWER);
    sim_message_init(&m, method->out, SIM_OS_0_5_11);
    sim_put(&m, "key", ds_view_of("\x01\xab", 2));
    sim_put(&m, "signature_chain", ds_view_of("\xff", 1));
    for (size_t i = 0; i < sizeof bends / sizeof bends[0]; i++) {
        ds_buf_cut(&out, 0);
        sim_json_write(&m, &bends[i].bend, &out);
        assert_string_equal((char *)out.p, bends[i].json);
    }
    sim_message_free(&m);

    method = sim_method_find(SIM_V1, SIM_OS_0_6_0, ds_view_str("AttestGpu"));
    sim_message_init(&m, method->out, SIM_OS_0_6_0);
    sim_put(&m, "bundles", ds_view_of("\1\0\0\0v\2\0\0\0fo\1\0\0\0\xee", 16));
    ds_buf_cut(&out, 0);
    sim_json_write(&m, NULL, &out);
    assert_string_equal((char *)out.p,
        "{\"bundles\":[{\"vendor\":\"v\",\"format\":\"fo\","
        "\"evidence\":\"ee\"}]}");
    ds_buf_cut(&out, 0);
    sim_proto_write(&m, &out);
    assert_view(ds_view_of(out.p, out.n),
        "\x0a\x0a\x0a\x01v\x12\x02"
        "fo\x1a\x01\xee",
        12);
    sim_message_free(&m);
    ds_buf_free(&out);
}

/* ---- who has what ----------------------------------------------------------- */

static void
test_methods_by_version(void **state)
{
    static const struct {
        int surface;
        const char *name;
        unsigned os;
    } rows[] = {
        {SIM_V0, "GetKey", SINCE_055},
        {SIM_V0, "GetQuote", SINCE_055},
        {SIM_V0, "GetTlsKey", SINCE_055},
        {SIM_V0, "EmitEvent", SINCE_055},
        {SIM_V0, "Info", SINCE_055},
        {SIM_V0, "Attest", SINCE_0511},
        {SIM_V0, "Sign", SINCE_0511},
        {SIM_V0, "Verify", SINCE_0511},
        {SIM_V0, "Version", SINCE_0511},
        {SIM_V0, "GpuInfo", 0},
        {SIM_V0, "IssueCert", 0},
        {SIM_V0, "version", 0},
        {SIM_V0, "", 0},
        {SIM_V1, "IssueCert", ON_060},
        {SIM_V1, "GetKey", ON_060},
        {SIM_V1, "Attest", ON_060},
        {SIM_V1, "AttestGpu", ON_060},
        {SIM_V1, "Info", ON_060},
        {SIM_V1, "Version", ON_060},
        {SIM_V1, "Sign", 0},
        {SIM_V1, "EmitEvent", 0},
        {SIM_TAPPD, "DeriveKey", ON_ALL},
        {SIM_TAPPD, "DeriveK256Key", SINCE_055},
        {SIM_TAPPD, "TdxQuote", ON_ALL},
        {SIM_TAPPD, "RawQuote", ON_ALL},
        {SIM_TAPPD, "Info", ON_ALL},
        {SIM_TAPPD, "Version", SINCE_0511},
        {SIM_TAPPD, "GetKey", 0},
        {SIM_WORKER, "Info", ON_ALL},
        {SIM_WORKER, "Version", ON_ALL},
        {SIM_WORKER, "GetAttestationForAppKey", SINCE_0511},
        {SIM_WORKER, "Health", 0},
        {SIM_WORKER_V1, "Health", ON_060},
        {SIM_WORKER_V1, "Info", ON_060},
        {SIM_WORKER_V1, "GetAttestationForAppKey", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int os = 0; os < SIM_OS_COUNT; os++)
            assert_int_equal(sim_method_find(rows[i].surface, os,
                                 ds_view_str(rows[i].name)) != NULL,
                (rows[i].os >> os) & 1);
}

static void
test_names_lose_their_prefix(void **state)
{
    (void)state;
    assert_view(
        sim_method_name(SIM_TAPPD, ds_view_str("Tappd.Tappd.Info")), "Info", 4);
    assert_view(sim_method_name(SIM_TAPPD, ds_view_str("Worker.Info")),
        "Worker.Info", 11);
    assert_view(sim_method_name(SIM_WORKER, ds_view_str("Worker.")), "", 0);
    assert_view(sim_method_name(SIM_V0, ds_view_str("DstackGuest.Info")),
        "DstackGuest.Info", 16);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_refusals),
        cmocka_unit_test(test_json_fields),
        cmocka_unit_test(test_json_hex),
        cmocka_unit_test(test_json_unknown_fields),
        cmocka_unit_test(test_json_empty),
        cmocka_unit_test(test_proto_refusals),
        cmocka_unit_test(test_proto_fields),
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_lists_and_bends),
        cmocka_unit_test(test_methods_by_version),
        cmocka_unit_test(test_names_lose_their_prefix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
