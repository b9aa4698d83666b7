/* SPDX-License-Identifier: Apache-2.0 */
/* Event logs: digests of both versions and replays against known values
 * (platforms.md 4.1), JSON in and out, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "dstack/dstack.h"
#include "support/vec.h"
#include "workload/event.h"

static void
expect_hex(const uint8_t *p, size_t n, const char *hex)
{
    char text[129];

    assert_true(n <= 64);
    ds_hex_encode(ds_view_of(p, n), text);
    assert_string_equal(text, hex);
}

static dstack_event_log *
parse(const char *json)
{
    dstack_event_log *log = NULL;
    dstack_error err;

    if (dstack_event_log_parse_json(
            (const uint8_t *)json, strlen(json), &log, &err) != DSTACK_OK)
        fail_msg("%s", err.message);
    assert_non_null(log);
    return log;
}

/* ---- digests -------------------------------------------------------------------- */

static const struct {
    const char *name, *payload; /* hex, "-" when empty */
    uint32_t version;
    const char *digest;
} known[] = {
    {"system-preparing", "-", 1,
        "f9974020ef507068183313d0ca808e0d1ca9b2d1ad0c61f5784e7157c362c06536f5dd"
        "acdad4451693f48fcc72fff624"},
    {"app-id", "86b0e55f2fa8e4fb69d890f14f54d5612707646e", 1,
        "e115f23f600ee1a9e085dac82e912c37258c9bf23a3ea0f790fe0896f3432f6e49b6d5"
        "420295e7de50293659a5b24685"},
    {"compose-hash",
        "86b0e55f2fa8e4fb69d890f14f54d5612707646e2573d54e0d2ddaaade77caa9", 1,
        "0bdd53f6ce1e789e3dd5c3ee89da1ab0c7b300226c2323f00e56856419787f13dac446"
        "5beeb6467a2c10dd74d89080d3"},
    {"instance-id", "050bf89570575fe8fab4cb8f0a62a9e64efe8ead", 1,
        "15226e9e106d69be8f1cb579431a3275ea6d220169d3d2aff4c0deec726994625844f6"
        "0df11a85ba1eb83055bc798a59"},
    {"boot-mr-done", "-", 1,
        "98bd7e6bd3952720b65027fd494834045d06b4a714bf737a06b874638b3ea00ff402f7"
        "f583e3e3b05e921c8570433ac6"},
    {"os-image-hash",
        "07a2388c7a6a1b6a646d443f1517990a4ec294471d63146cda9d56972765051d", 1,
        "7017a37b51258633137a37550d7c4edcc9cf0059702932e62896bc9c961b69f90293fa"
        "3264469b42dc22f48e5b509c10"},
    {"storage-fs", "7a6673", 1,
        "ba51104636900268b0e059fa3d266419d079d1e94aea26fb9fcbb8d764bf4c89a67ac2"
        "71b8a0d1a3989945132a111fc7"},
    {"system-ready", "-", 1,
        "1a76b2a80a0be71eae59f80945d876351a7a3fb8e9fd1ff1cede5734aa84ea11fd72b4"
        "edfbb6f04e5a85edd114c751bd"},
    {"app-id", "1111111111111111111111111111111111111111", 1,
        "3f1fbb6cfe25e7f19bd48cfa9dc590cabaa946da04f9215402e7083550177292c14784"
        "02b258a90c649ccfcb5f408175"},
    {"app-id", "1111111111111111111111111111111111111111", 2,
        "f3fdf5a4af4b5554d2fd20456bd667fce7df585c5d94a4f36b5c16ae22eab4123bf6f4"
        "e97a30efb6ec980a950e28d1a8"},
    {"app-id", "deadbeef", 1,
        "67b4be4efed0893cfa2bb1d35dca209ad8348b4c97f980807bcde8b9a0f26398dd0923"
        "d6eccb5aa2096d98046da8740f"},
    {"compose-hash", "abcd", 2,
        "9dde1673f544faa94b921825209593ddde08d0baf9cd6990175dffaf3081f1bb10311d"
        "56de189491feb33842a050ad7b"},
};

static void
test_known_digests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        ds_view payload = vec_bytes(known[i].payload);
        uint8_t digest[48];
        dstack_error err;

        assert_int_equal(
            dstack_event_digest(known[i].name, strlen(known[i].name), payload.p,
                payload.n, known[i].version, digest, 48, &err),
            DSTACK_OK);
        expect_hex(digest, 48, known[i].digest);
        vec_free(payload);
    }
}

/* Names of version 2 are JSON strings of RFC 8785. */
static void
test_canonical(void **state)
{
    static const struct {
        const char *name, *json;
    } cases[] = {
        {"", "{\"name\":\"\",\"payload\":\"00ff\",\"type\":134217729}"},
        {"a\"b\\c/d", "{\"name\":\"a\\\"b\\\\c/d\",\"payload\":\"00ff\","
                      "\"type\":134217729}"},
        {"\b\f\n\r\t\x01\x1f\x7f",
            "{\"name\":\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\",\"payload\":"
            "\"00ff\",\"type\":134217729}"},
        {"\xe6\xb5\x8b\xf0\x9f\xa6\x80",
            "{\"name\":\"\xe6\xb5\x8b\xf0\x9f\xa6\x80\",\"payload\":\"00ff\","
            "\"type\":134217729}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const ds_event e = {.imr = 3,
            .type = DS_EVENT_RUNTIME,
            .version = 2,
            .name = ds_view_str(cases[i].name),
            .payload = ds_view_of("\x00\xff", 2)};
        ds_buf b;

        ds_buf_init(&b, 1000);
        ds_event_preimage(&e, &b);
        assert_true(ds_view_eq_str(ds_view_of(b.p, b.n), cases[i].json));
        ds_buf_free(&b);
    }
}

static void
test_digest_arguments(void **state)
{
    static char name[1025];
    static uint8_t payload[(1u << 20) + 1];
    uint8_t d[64] = {1};
    dstack_error err;

    (void)state;
    memset(name, 'n', sizeof name);
    assert_int_equal(dstack_event_digest(NULL, 0, NULL, 0, 1, d, 48, &err), 0);
    assert_int_equal(
        dstack_event_digest(name, 1024, payload, 1u << 20, 1, d, 48, &err), 0);
    assert_int_equal(
        dstack_event_digest(name, 1024, payload, 1u << 20, 2, d, 32, &err), 0);
    assert_int_equal(dstack_event_digest(name, 1025, NULL, 0, 1, d, 48, &err),
        DSTACK_ERR_ARG);
    assert_true(ds_view_is_zero(ds_view_of(d, 48)));
    assert_int_equal(
        dstack_event_digest(name, 1, payload, sizeof payload, 1, d, 48, NULL),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_event_digest("\xff", 1, NULL, 0, 1, d, 48, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_event_digest("a\0b", 3, NULL, 0, 1, d, 48, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_event_digest(NULL, 1, NULL, 0, 1, d, 48, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_event_digest(name, 1, NULL, 1, 1, d, 48, &err), DSTACK_ERR_ARG);
    for (uint32_t v = 0; v < 4; v += 3)
        assert_int_equal(dstack_event_digest(name, 1, NULL, 0, v, d, 48, &err),
            DSTACK_ERR_ARG);
    assert_int_equal(dstack_event_digest(name, 1, NULL, 0, 1, NULL, 48, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_event_digest(name, 1, NULL, 0, 1, d, 20, &err), DSTACK_ERR_ARG);
}

/* ---- logs from JSON --------------------------------------------------------------- */

#define DIGEST_APP \
    "67b4be4efed0893cfa2bb1d35dca209ad8348b4c97f980807bcde8b9a0f26398dd0923" \
    "d6eccb5aa2096d98046da8740f"

static const char sample[] =
    " [ {\"imr\":0,\"event_type\":4,\"digest\":\"AA\",\"event\":\"\","
    "\"event_payload\":\"00000000\"},\n"
    "{\"imr\":3,\"event_type\":134217729,\"event\":\"app-id\","
    "\"event_payload\":\"deadbeef\",\"unknown\":[1,{}]},"
    "{\"imr\":3,\"event_type\":134217729,\"digest\":\"\",\"event\":"
    "\"a\\u00e9\\n\",\"event_payload\":\"\",\"version\":2,\"preimage\":"
    "\"7b\"} ] ";

static void
test_getters(void **state)
{
    dstack_event_log *log = parse(sample);
    const uint8_t *p;
    size_t n = 9;

    (void)state;
    assert_int_equal(dstack_event_log_count(log), 3);
    assert_int_equal(dstack_event_log_imr(log, 1), 3);
    assert_int_equal(dstack_event_log_type(log, 0), 4);
    assert_int_equal(dstack_event_log_type(log, 1), DSTACK_EVENT_TYPE_RUNTIME);
    assert_int_equal(dstack_event_log_version(log, 1), 1);
    assert_int_equal(dstack_event_log_version(log, 2), 2);
    assert_string_equal(dstack_event_log_name(log, 0, &n), "");
    assert_int_equal(n, 0);
    assert_string_equal(dstack_event_log_name(log, 2, &n), "a\xc3\xa9\n");
    assert_int_equal(n, 4);
    p = dstack_event_log_digest(log, 0, &n);
    assert_int_equal(n, 1);
    assert_int_equal(p[0], 0xaa);
    assert_null(dstack_event_log_digest(log, 1, &n));
    assert_int_equal(n, 0);
    p = dstack_event_log_payload(log, 1, &n);
    assert_int_equal(n, 4);
    assert_memory_equal(p, "\xde\xad\xbe\xef", 4);
    p = dstack_event_log_preimage(log, 2, NULL);
    assert_int_equal(p[0], '{');
    assert_null(dstack_event_log_preimage(log, 1, &n));
    /* Out of range, and no log. */
    for (int i = 0; i < 2; i++) {
        const dstack_event_log *l = i == 0 ? log : NULL;

        assert_int_equal(dstack_event_log_imr(l, 3), 0);
        assert_int_equal(dstack_event_log_type(l, 3), 0);
        assert_int_equal(dstack_event_log_version(l, 3), 0);
        n = 9;
        assert_null(dstack_event_log_name(l, 3, &n));
        assert_int_equal(n, 0);
        assert_null(dstack_event_log_digest(l, SIZE_MAX, NULL));
        assert_null(dstack_event_log_payload(l, 3, &n));
        assert_null(dstack_event_log_preimage(l, 3, &n));
    }
    assert_int_equal(dstack_event_log_count(NULL), 0);
    dstack_event_log_free(log);
    dstack_event_log_free(NULL);
}

static void
test_to_json(void **state)
{
    static const char want[] =
        "[{\"imr\":0,\"event_type\":4,\"digest\":\"aa\",\"event\":\"\","
        "\"event_payload\":\"00000000\"},"
        "{\"imr\":3,\"event_type\":134217729,\"digest\":\"\",\"event\":"
        "\"app-id\",\"event_payload\":\"deadbeef\"},"
        "{\"imr\":3,\"event_type\":134217729,\"digest\":\"\",\"event\":"
        "\"a\xc3\xa9\\n\",\"event_payload\":\"\",\"version\":2,\"preimage\":"
        "\"7b\"}]";
    dstack_event_log *log = parse(sample), *again;
    char *json = NULL;
    dstack_error err;
    size_t n = 0;

    (void)state;
    assert_int_equal(dstack_event_log_to_json(log, &json, &n, &err), 0);
    assert_string_equal(json, want);
    assert_int_equal(n, sizeof want - 1);
    again = parse(json);
    dstack_free(json);
    assert_int_equal(dstack_event_log_to_json(again, &json, NULL, NULL), 0);
    assert_string_equal(json, want);
    dstack_free(json);
    assert_int_equal(
        dstack_event_log_to_json(NULL, &json, &n, &err), DSTACK_ERR_ARG);
    assert_null(json);
    assert_int_equal(
        dstack_event_log_to_json(log, NULL, &n, &err), DSTACK_ERR_ARG);
    dstack_event_log_free(log);
    dstack_event_log_free(again);
    log = parse("[]");
    assert_int_equal(dstack_event_log_to_json(log, &json, &n, &err), 0);
    assert_string_equal(json, "[]");
    dstack_free(json);
    dstack_event_log_free(log);
}

#define EVENT(members) "[{" members "}]"
#define IMR "\"imr\":3,"
#define TYPE "\"event_type\":134217729,"
#define NAME "\"event\":\"x\","
#define PAYLOAD "\"event_payload\":\"00\""

static void
test_json_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "{}",
        "[1]",
        "[[]]",
        "null",
        "[",
        "[] x",
        EVENT(TYPE NAME PAYLOAD),
        EVENT(IMR NAME PAYLOAD),
        EVENT(IMR TYPE PAYLOAD),
        EVENT(IMR TYPE "\"event\":\"x\""),
        EVENT(IMR IMR TYPE NAME PAYLOAD),
        EVENT("\"imr\":4," TYPE NAME PAYLOAD),
        EVENT("\"imr\":-1," TYPE NAME PAYLOAD),
        EVENT("\"imr\":\"3\"," TYPE NAME PAYLOAD),
        EVENT("\"imr\":3.0," TYPE NAME PAYLOAD),
        EVENT(IMR "\"event_type\":4294967296," NAME PAYLOAD),
        EVENT(IMR TYPE "\"event\":null," PAYLOAD),
        EVENT(IMR TYPE "\"event\":\"a\\u0000b\"," PAYLOAD),
        EVENT(IMR TYPE NAME "\"event_payload\":\"0\""),
        EVENT(IMR TYPE NAME "\"event_payload\":\"0g\""),
        EVENT(IMR TYPE NAME "\"event_payload\":\"0x00\""),
        EVENT(IMR TYPE NAME "\"event_payload\":null"),
        EVENT(IMR TYPE NAME PAYLOAD ",\"digest\":\"a\""),
        EVENT(IMR TYPE NAME PAYLOAD ",\"digest\":null"),
        EVENT(IMR TYPE NAME PAYLOAD ",\"version\":0"),
        EVENT(IMR TYPE NAME PAYLOAD ",\"version\":3"),
        EVENT(IMR TYPE NAME PAYLOAD ",\"version\":\"2\""),
        EVENT(IMR TYPE NAME PAYLOAD ",\"preimage\":\"zz\""),
    };
    dstack_event_log *log;
    dstack_error err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int rc = dstack_event_log_parse_json(
            (const uint8_t *)cases[i], strlen(cases[i]), &log, &err);

        if (rc != DSTACK_ERR_PARSE)
            fail_msg("%s: %d", cases[i], rc);
        assert_null(log);
        assert_int_equal(err.reason, DSTACK_REASON_EVENT_LOG_JSON);
        assert_int_equal(err.stage, DSTACK_STAGE_EVENTS);
    }
    dstack_event_log_free(parse(EVENT(IMR TYPE NAME PAYLOAD)));
    assert_int_equal(
        dstack_event_log_parse_json(NULL, 0, &log, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_event_log_parse_json((const uint8_t *)"[]", 2, NULL, &err),
        DSTACK_ERR_ARG);
}

/* `count` events of this type whose names have `name` characters. */
static char *
many_of(unsigned type, size_t count, size_t name)
{
    size_t size = count * (name + 90) + 10, n = 0;
    char *text = malloc(size);

    assert_non_null(text);
    text[n++] = '[';
    for (size_t i = 0; i < count; i++) {
        n += (size_t)snprintf(text + n, size - n,
            "%s{\"imr\":3,\"event_type\":%u,\"event_payload\":\"\","
            "\"event\":\"",
            i ? "," : "", type);
        memset(text + n, 'x', name);
        n += name;
        n += (size_t)snprintf(text + n, size - n, "\"}");
    }
    memcpy(text + n, "]", 2);
    return text;
}

static char *
many(size_t count, size_t name)
{
    return many_of(1, count, name);
}

static void
expect_too_much(char *text, int reason)
{
    dstack_event_log *log;
    dstack_error err;

    assert_int_equal(dstack_event_log_parse_json(
                         (const uint8_t *)text, strlen(text), &log, &err),
        DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, reason);
    free(text);
}

static void
test_caps(void **state)
{
    char *text = many(4096, 0);

    (void)state;
    dstack_event_log_free(parse(text));
    free(text);
    text = many(1, 1024);
    dstack_event_log_free(parse(text));
    free(text);
    expect_too_much(many(4097, 0), DSTACK_REASON_EVENT_LOG_TOO_LARGE);
    text = many_of(DS_EVENT_RUNTIME, 1024, 1);
    dstack_event_log_free(parse(text));
    free(text);
    expect_too_much(
        many_of(DS_EVENT_RUNTIME, 1025, 1), DSTACK_REASON_EVENT_LOG_TOO_LARGE);
    expect_too_much(many(1, 1025), DSTACK_REASON_EVENT_LOG_JSON);
    text = malloc((16u << 20) + 2);
    assert_non_null(text);
    memset(text, ' ', (16u << 20) + 1);
    text[(16u << 20) + 1] = 0;
    expect_too_much(text, DSTACK_REASON_EVENT_LOG_TOO_LARGE);
}

/* ---- a firmware's binary log --------------------------------------------------------- */

static void
put_u32(ds_buf *b, uint32_t v)
{
    uint8_t le[4] = {
        (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)};

    ds_buf_add(b, le, 4);
}

/* The first record, of one algorithm (and SHA-256 before it). */
static void
put_header(ds_buf *b, unsigned alg, unsigned size, bool two)
{
    uint8_t algs[8] = {0x0b, 0, 32, 0, (uint8_t)alg, 0, (uint8_t)size, 0};

    put_u32(b, 1);
    put_u32(b, 3);
    ds_buf_add(b, (const uint8_t[20]){0}, 20);
    put_u32(b, two ? 37 : 33);
    ds_buf_add(b, "Spec ID Event03", 16);
    ds_buf_add(b, "\0\0\0\0\0\2\0\2", 8);
    put_u32(b, two ? 2 : 1);
    ds_buf_add(b, two ? algs : algs + 4, two ? 8 : 4);
    ds_buf_add_u8(b, 0);
}

static void
put_record(
    ds_buf *b, uint32_t index, uint32_t type, uint8_t fill, const char *payload)
{
    uint8_t digest[50] = {0x0c, 0};

    memset(digest + 2, fill, 48);
    put_u32(b, index);
    put_u32(b, type);
    put_u32(b, 1);
    ds_buf_add(b, digest, sizeof digest);
    put_u32(b, (uint32_t)strlen(payload));
    ds_buf_add_str(b, payload);
}

/* Ten records behind the header; 1000 bytes of whatever behind the end. */
static void
make_ccel(ds_buf *b, bool end)
{
    ds_buf_init(b, 10000);
    put_header(b, 0x0c, 48, true);
    put_record(b, 0, 4, 1, "");
    put_record(b, 1, 3, 2, "no action");
    put_record(b, 1, 0x8000000b, 3, "hob");
    put_record(b, 1, 10, 4, "ACPI DATA");
    put_record(b, 1, 10, 5, "ACPI DATA");
    put_record(b, 2, 4, 6, "");
    put_record(b, 1, 10, 7, "ACPI DATA");
    put_record(b, 1, 10, 8, "ACPI DATA");
    put_record(b, 3, 6, 9, "LOADED_IMAGE");
    put_record(b, 4, 4, 10, "");
    if (end) {
        put_u32(b, UINT32_MAX);
        ds_buf_add(b, (const uint8_t[1000]){7}, 1000);
    }
}

static int
parse_ccel(const ds_buf *b, dstack_event_log **ret, dstack_error *err)
{
    /* In a block of exactly its size. */
    uint8_t *p = malloc(b->n ? b->n : 1);
    int rc;

    assert_non_null(p);
    memcpy(p, b->p, b->n);
    rc = dstack_event_log_parse_ccel(p, b->n, ret, err);
    free(p);
    return rc;
}

static void
test_ccel(void **state)
{
    static const struct {
        uint32_t imr, type;
        uint8_t fill;
        const char *name;
    } want[] = {{0, 0x8000000b, 3, ""}, {0, 10, 4, "acpi-loader"},
        {0, 10, 5, "acpi-rsdp"}, {1, 4, 6, ""}, {0, 10, 7, "acpi-tables"},
        {0, 10, 8, ""}, {2, 6, 9, ""}, {3, 4, 10, ""}};

    (void)state;
    for (int end = 0; end < 2; end++) {
        dstack_event_log *log = NULL;
        dstack_error err;
        ds_buf b;
        size_t n;

        make_ccel(&b, end != 0);
        if (parse_ccel(&b, &log, &err) != DSTACK_OK)
            fail_msg("%s", err.message);
        assert_int_equal(dstack_event_log_count(log), 8);
        for (size_t i = 0; i < 8; i++) {
            assert_int_equal(dstack_event_log_imr(log, i), want[i].imr);
            assert_int_equal(dstack_event_log_type(log, i), want[i].type);
            assert_int_equal(dstack_event_log_version(log, i), 1);
            assert_int_equal(
                dstack_event_log_digest(log, i, &n)[47], want[i].fill);
            assert_int_equal(n, 48);
            assert_string_equal(
                dstack_event_log_name(log, i, NULL), want[i].name);
        }
        assert_memory_equal(
            dstack_event_log_payload(log, 6, &n), "LOADED_IMAGE", 12);
        dstack_event_log_free(log);
        ds_buf_free(&b);
    }
}

static void
expect_no_ccel(ds_buf *b, int reason)
{
    dstack_event_log *log = (dstack_event_log *)1;
    dstack_error err;

    assert_int_equal(parse_ccel(b, &log, &err), DSTACK_ERR_PARSE);
    assert_null(log);
    if (err.reason != reason)
        fail_msg("%s", err.message);
    assert_int_equal(err.stage, DSTACK_STAGE_EVENTS);
    ds_buf_free(b);
}

static void
expect_header(unsigned alg, unsigned size, size_t at, int change)
{
    ds_buf b;

    ds_buf_init(&b, 1000);
    put_header(&b, alg, size, false);
    b.p[at] = (uint8_t)(b.p[at] + change);
    expect_no_ccel(&b, DSTACK_REASON_EVENT_LOG_BINARY);
}

static void
test_ccel_refused(void **state)
{
    ds_buf whole, b;
    dstack_event_log *log;
    dstack_error err;
    size_t ends = 0;

    (void)state;
    make_ccel(&whole, false);
    /* Every prefix but those that end with a record. */
    for (size_t n = 0; n < whole.n; n++) {
        int rc;

        ds_buf_init(&b, whole.n);
        ds_buf_add(&b, whole.p, n);
        rc = parse_ccel(&b, &log, &err);
        ds_buf_free(&b);
        if (rc == DSTACK_OK) {
            dstack_event_log_free(log);
            ends++;
        } else {
            assert_int_equal(err.reason, DSTACK_REASON_EVENT_LOG_BINARY);
        }
    }
    ds_buf_free(&whole);
    assert_int_equal(ends, 10); /* the header, and nine records */
    assert_int_equal(
        dstack_event_log_parse_ccel(NULL, 0, &log, &err), DSTACK_ERR_ARG);
    assert_null(log);
    assert_int_equal(
        dstack_event_log_parse_ccel((const uint8_t *)"", 0, NULL, &err),
        DSTACK_ERR_ARG);
}

static void
test_ccel_malformed(void **state)
{
    ds_buf b;

    (void)state;
    expect_header(0x0c, 48, 4, 1);  /* its type */
    expect_header(0x0c, 48, 28, 1); /* its size */
    expect_header(0x0c, 48, 28, -1);
    expect_header(0x0c, 48, 46, 1);  /* "Spec ID Event13" */
    expect_header(0x0c, 48, 56, -1); /* no algorithm */
    expect_header(0x0c, 48, 56, 16); /* 17 */
    expect_header(0x0c, 48, 64, 1);  /* vendor's bytes that are not there */
    expect_header(0x0c, 32, 0, 0);
    expect_header(0x0b, 32, 0, 0);
    ds_buf_init(&b, 1000);
    put_header(&b, 0x0c, 48, false);
    put_record(&b, 5, 4, 1, "");
    expect_no_ccel(&b, DSTACK_REASON_EVENT_LOG_BINARY);
    for (size_t at = 0; at < 2; at++) {
        size_t n;

        ds_buf_init(&b, 1000);
        put_header(&b, 0x0c, 48, false);
        n = b.n;
        put_record(&b, 1, 4, 1, "");
        b.p[n + (at == 0 ? 8 : 12)]++; /* two digests; of another kind */
        expect_no_ccel(&b, DSTACK_REASON_EVENT_LOG_BINARY);
    }
}

static void
test_ccel_caps(void **state)
{
    ds_buf b;

    (void)state;
    ds_buf_init(&b, 1u << 20);
    put_header(&b, 0x0c, 48, false);
    for (int i = 0; i < 4097; i++)
        put_record(&b, 1, 4, 1, "");
    expect_no_ccel(&b, DSTACK_REASON_EVENT_LOG_BINARY);
    ds_buf_init(&b, (1u << 20) + 1);
    while (b.n < (1u << 20) + 1)
        ds_buf_add_u8(&b, 0);
    expect_no_ccel(&b, DSTACK_REASON_EVENT_LOG_TOO_LARGE);
}

static void
expect_replay(const dstack_event_log *log, uint32_t imr, const char *hex);

/* platforms.md 4.4 */
static void
test_ccel_real(void **state)
{
    static const char zero[] =
        "0000000000000000000000000000000000000000000000000000000000000000000000"
        "00000000000000000000000000";
    ds_view file = vec_real("ccel/ccel.bin");
    dstack_event_log *log = NULL;
    dstack_error err;

    (void)state;
    assert_int_equal(
        dstack_event_log_parse_ccel(file.p, file.n, &log, &err), 0);
    assert_int_equal(dstack_event_log_count(log), 18);
    expect_replay(log, 0,
        "274c2344116db7c663470693b5ba62b8621eac28cb41d2f816ddf188f9f423f900a1c4"
        "4d32386fd3c993dc814e62af9d");
    expect_replay(log, 1,
        "bdcf4ee0f7fdfe7c73fbb19ded73193aee23a6726b86d3b282ea097cf4c9ed7a0db21b"
        "5c1ccd513e410d90e310836b26");
    expect_replay(log, 2, zero);
    expect_replay(log, 3, zero);
    dstack_event_log_free(log);
    /* It ends at byte 1933. */
    assert_int_equal(dstack_event_log_parse_ccel(file.p, 1933, &log, &err), 0);
    assert_int_equal(dstack_event_log_count(log), 18);
    dstack_event_log_free(log);
    assert_int_equal(dstack_event_log_parse_ccel(file.p, 1932, &log, &err),
        DSTACK_ERR_PARSE);
    vec_free(file);
}

/* ---- replay ----------------------------------------------------------------------- */

/* The JSON text that a real answer has as its member "event_log". */
static dstack_event_log *
real_log(const char *name)
{
    ds_view file = vec_real(name);
    dstack_evidence *e = NULL;
    dstack_event_log *log;
    dstack_error err;
    char *json;
    size_t n;

    assert_int_equal(dstack_evidence_parse(file.p, file.n, &e, &err), 0);
    assert_int_equal(
        dstack_event_log_to_json(dstack_evidence_event_log(e), &json, &n, &err),
        0);
    log = parse(json);
    dstack_free(json);
    dstack_evidence_free(e);
    vec_free(file);
    return log;
}

static void
expect_replay(const dstack_event_log *log, uint32_t imr, const char *hex)
{
    uint8_t value[48];
    dstack_error err;

    if (dstack_event_log_replay(log, imr, SIZE_MAX, value, 48, &err) !=
        DSTACK_OK)
        fail_msg("%s", err.message);
    expect_hex(value, 48, hex);
}

/* Values of the quotes that came with these logs. */
static void
test_real_logs(void **state)
{
    dstack_event_log *log = real_log("dstack/lite.getquote.json");

    (void)state;
    expect_replay(log, 3,
        "6f24c170d0fd63fc2b1b53202eea47b013978437fa6982cf5e0438ff95c208994aaa0f"
        "4ebab2e3a66824b5b56869137e");
    dstack_event_log_free(log);
}

/* Every register of a real quote, also by its own log. */
static void
test_real_registers(void **state)
{
    static const char *const files[] = {
        "dstack/lite.getquote.json", "dstack/full-image.getquote.json"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        ds_view file = vec_real(files[i]);
        dstack_evidence *e = NULL;
        dstack_quote *q = NULL;
        const uint8_t *bytes;
        uint8_t value[48];
        size_t n;

        assert_int_equal(dstack_evidence_parse(file.p, file.n, &e, NULL), 0);
        bytes = dstack_evidence_quote(e, &n);
        assert_int_equal(dstack_quote_parse(bytes, n, &q, NULL), 0);
        for (uint32_t r = 0; r < 4; r++) {
            assert_int_equal(
                dstack_event_log_replay(
                    dstack_evidence_event_log(e), r, SIZE_MAX, value, 48, NULL),
                0);
            assert_memory_equal(value, dstack_quote_rtmr(q, r, &n), 48);
        }
        dstack_quote_free(q);
        dstack_evidence_free(e);
        vec_free(file);
    }
}

/* By hand: sha384(zeros || digest), with the digest cut off the log. */
static void
test_replay_by_hand(void **state)
{
    dstack_event_log *log = parse(
        EVENT(IMR TYPE "\"event\":\"app-id\",\"event_payload\":\"deadbeef\""));
    uint8_t value[64];
    dstack_error err;

    (void)state;
    /* python3: sha384(bytes(48) + bytes.fromhex(DIGEST_APP)); the same with
     * sha256 all the way. */
    expect_replay(log, 3,
        "9f1bcb9c4dcada1710bf9612197f4e380a9259241b597f1b834c9b3d9f30"
        "ae0569950a92ca118e9d7697d893ea4b6d56");
    expect_replay(log, 2,
        "0000000000000000000000000000000000000000000000000000000000000000000000"
        "00000000000000000000000000");
    assert_int_equal(
        dstack_event_log_replay(log, 3, SIZE_MAX, value, 32, &err), 0);
    expect_hex(value, 32,
        "aa96d5928461cac9ea3b80e3c3b44d78df0c2a2e5cfdb4c798634638535148be");
    assert_int_equal(dstack_event_log_replay(log, 3, 0, value, 48, &err), 0);
    assert_true(ds_view_is_zero(ds_view_of(value, 48)));
    assert_int_equal(
        dstack_event_log_replay(log, 4, 1, value, 48, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_event_log_replay(log, 3, 1, value, 64, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_event_log_replay(NULL, 3, 1, value, 48, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_event_log_replay(log, 3, 1, NULL, 48, &err), DSTACK_ERR_ARG);
    dstack_event_log_free(log);
}

static void
test_given(void **state)
{
#define APP "\"event\":\"app-id\",\"event_payload\":\"deadbeef\""
#define V2 "\"version\":2,"
    static const struct {
        const char *json;
        int reason;
    } cases[] = {
        {EVENT(IMR TYPE APP ",\"digest\":\"" DIGEST_APP "\""), 0},
        {EVENT(IMR TYPE V2 APP ",\"digest\":\"" DIGEST_APP "\""),
            DSTACK_REASON_EVENT_DIGEST},
        {EVENT(IMR TYPE APP ",\"digest\":\"00\""), DSTACK_REASON_EVENT_DIGEST},
        {EVENT(IMR TYPE APP ",\"preimage\":"
                            "\"010000083a6170702d69643adeadbeef\""),
            0},
        {EVENT(IMR TYPE APP ",\"preimage\":"
                            "\"010000083a6170702d69643adeadbeee\""),
            DSTACK_REASON_EVENT_PREIMAGE},
        {EVENT(IMR TYPE V2 APP ",\"preimage\":\"7b226e616d65223a226170702d69642"
                               "22c227061796c6f6164223a226465616462656566222c22"
                               "74797065223a3133343231373732397d\""),
            0},
        {EVENT(IMR TYPE APP ",\"preimage\":\"7b226e616d65223a226170702d69642"
                            "22c227061796c6f6164223a226465616462656566222c22"
                            "74797065223a3133343231373732397d\""),
            DSTACK_REASON_EVENT_PREIMAGE},
        /* Other events' digests are taken as they are, if there is one. */
        {EVENT(IMR "\"event_type\":4," APP),
            DSTACK_REASON_EVENT_DIGEST_MISSING},
        {EVENT(IMR "\"event_type\":4,\"digest\":\"00\"," APP), 0},
        {EVENT(IMR "\"event_type\":4,\"digest\":\"" DIGEST_APP "00\"," APP),
            DSTACK_REASON_EVENT_DIGEST_MISSING},
    };
    uint8_t value[48];
    dstack_error err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dstack_event_log *log = parse(cases[i].json);
        int rc = dstack_event_log_replay(log, 3, SIZE_MAX, value, 48, &err);

        if (err.reason != cases[i].reason)
            fail_msg("%s: %s", cases[i].json, err.message);
        assert_int_equal(rc == DSTACK_OK, cases[i].reason == 0);
        if (rc != DSTACK_OK) {
            assert_int_equal(rc, ds_reason_code(err.reason));
            assert_int_equal(err.stage, DSTACK_STAGE_EVENTS);
        }
        dstack_event_log_free(log);
    }
}

static void
test_type_names(void **state)
{
    (void)state;
    assert_string_equal(dstack_event_type_name(4), "EV_SEPARATOR");
    assert_string_equal(
        dstack_event_type_name(DSTACK_EVENT_TYPE_RUNTIME), "DSTACK_RUNTIME");
    assert_string_equal(
        dstack_event_type_name(0x8000000b), "EV_EFI_HANDOFF_TABLES2");
    assert_string_equal(dstack_event_type_name(0x12345), "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_digests),
        cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_digest_arguments),
        cmocka_unit_test(test_getters),
        cmocka_unit_test(test_to_json),
        cmocka_unit_test(test_json_refused),
        cmocka_unit_test(test_caps),
        cmocka_unit_test(test_ccel),
        cmocka_unit_test(test_ccel_refused),
        cmocka_unit_test(test_ccel_malformed),
        cmocka_unit_test(test_ccel_caps),
        cmocka_unit_test(test_ccel_real),
        cmocka_unit_test(test_real_logs),
        cmocka_unit_test(test_real_registers),
        cmocka_unit_test(test_replay_by_hand),
        cmocka_unit_test(test_given),
        cmocka_unit_test(test_type_names),
    };

    return cmocka_run_group_tests_name("event_log", tests, NULL, NULL);
}
