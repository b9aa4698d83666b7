/* SPDX-License-Identifier: Apache-2.0 */
/* The MessagePack reader and writer: every head of the format, both forms of
 * bytes, records as maps and as arrays, and each thing that is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/msgpack.h"
#include "support/vec.h"

/* A document with its room, both exactly as large as they may be used. */
typedef struct {
    ds_view in;
    ds_mp *doc;
    ds_mp_at at;
    uint8_t *room;
    bool ok;
} opened;

static opened
open_hex(const char *hex)
{
    opened o;

    o.in = vec_bytes(hex);
    o.room = malloc(o.in.n ? o.in.n : 1);
    assert_non_null(o.room);
    o.doc = malloc(sizeof *o.doc);
    assert_non_null(o.doc);
    o.ok = ds_mp_open(o.doc, o.in, o.room, &o.at);
    return o;
}

static void
done(opened *o)
{
    free(o->room);
    free(o->doc);
    vec_free(o->in);
}

/* ---- heads ------------------------------------------------------------------ */

static const struct {
    const char *hex;
    int type;
} heads[] = {
    {"00", DS_MP_UINT},
    {"7f", DS_MP_UINT},
    {"80", DS_MP_MAP},
    {"90", DS_MP_ARRAY},
    {"a0", DS_MP_TEXT},
    {"a161", DS_MP_TEXT},
    {"c0", DS_MP_NIL},
    {"c2", DS_MP_BOOL},
    {"c3", DS_MP_BOOL},
    {"c400", DS_MP_BYTES},
    {"c40101", DS_MP_BYTES},
    {"c5000101", DS_MP_BYTES},
    {"c60000000101", DS_MP_BYTES},
    {"ca00000000", DS_MP_FLOAT},
    {"cb0000000000000000", DS_MP_FLOAT},
    {"ccff", DS_MP_UINT},
    {"cdffff", DS_MP_UINT},
    {"ceffffffff", DS_MP_UINT},
    {"cfffffffffffffffff", DS_MP_UINT},
    {"d0ff", DS_MP_INT},
    {"d1ffff", DS_MP_INT},
    {"d2ffffffff", DS_MP_INT},
    {"d3ffffffffffffffff", DS_MP_INT},
    {"d90161", DS_MP_TEXT},
    {"da000161", DS_MP_TEXT},
    {"db0000000161", DS_MP_TEXT},
    {"dc000100", DS_MP_ARRAY},
    {"dd0000000100", DS_MP_ARRAY},
    {"de0001a000", DS_MP_MAP},
    {"df00000001a000", DS_MP_MAP},
    {"e0", DS_MP_INT},
    {"ff", DS_MP_INT},
};

static void
test_heads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        opened o = open_hex(heads[i].hex);
        opened cut;
        char shorter[32];
        size_t n = strlen(heads[i].hex) - 2;

        assert_true(o.ok);
        assert_int_equal(ds_mp_type(&o.at), heads[i].type);
        ds_mp_skip(&o.at);
        assert_int_equal(o.doc->fault, DS_FAULT_NONE);
        assert_int_equal(o.at.off, o.in.n);
        done(&o);
        /* Without its last byte it is cut short. */
        memcpy(shorter, heads[i].hex, n);
        shorter[n] = 0;
        cut = open_hex(n != 0 ? shorter : "-");
        assert_false(cut.ok);
        assert_int_equal(cut.doc->fault, DS_FAULT_TRUNCATED);
        assert_int_equal(ds_mp_type(&cut.at), DS_MP_NONE);
        done(&cut);
    }
}

static const struct {
    const char *hex;
    int fault;
    size_t at;
} refused[] = {
    {"c1", DS_FAULT_FORM, 0},
    {"c70100ff", DS_FAULT_FORM, 0},   /* ext 8 */
    {"c8000100ff", DS_FAULT_FORM, 0}, /* ext 16 */
    {"c90000000100ff", DS_FAULT_FORM, 0},
    {"d400ff", DS_FAULT_FORM, 0}, /* fixext 1 */
    {"d50000ff", DS_FAULT_FORM, 0},
    {"d6000000ffff", DS_FAULT_FORM, 0},
    {"d7000000000000000000", DS_FAULT_FORM, 0},
    {"d80000", DS_FAULT_FORM, 0},
    {"91c1", DS_FAULT_FORM, 1},
    {"0000", DS_FAULT_TRAILING, 1},
    {"9000", DS_FAULT_TRAILING, 1},
    {"81a161", DS_FAULT_TRUNCATED, 3},
    {"92a16101a0", DS_FAULT_TRAILING, 4},
    {"ddffffffff00", DS_FAULT_TRUNCATED, 0},
    {"dfffffffff00", DS_FAULT_TRUNCATED, 0},
    {"df80000000a000", DS_FAULT_TRUNCATED, 0},
    {"dbffffffff00", DS_FAULT_TRUNCATED, 0},
    {"c6ffffffff00", DS_FAULT_TRUNCATED, 0},
    {"810001", DS_FAULT_TYPE, 1},     /* a number as key */
    {"81c4016101", DS_FAULT_TYPE, 1}, /* bytes as key */
    {"82a16101a16102", DS_FAULT_DUPLICATE, 4},
    {"82a16101d9016102", DS_FAULT_DUPLICATE, 4}, /* the same, longer */
    {"9282a16101a1620182a16101a16102", DS_FAULT_DUPLICATE, 12},
    {"81a16182a16101a16102", DS_FAULT_DUPLICATE, 7},
    {"a2c328", DS_FAULT_UTF8, 0},
    {"81a1ff01", DS_FAULT_UTF8, 1},
    {"a100", DS_FAULT_UTF8, 0},
};

static void
test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        opened o = open_hex(refused[i].hex);

        assert_false(o.ok);
        assert_int_equal(o.doc->fault, refused[i].fault);
        assert_int_equal(o.doc->at, refused[i].at);
        /* Nothing can be read any more. */
        assert_int_equal(ds_mp_uint(&o.at, 9), 0);
        assert_int_equal(ds_mp_array(&o.at, 9), 0);
        assert_int_equal(ds_mp_text(&o.at, 9).n, 0);
        assert_int_equal(ds_mp_bytes(&o.at, 9).n, 0);
        ds_mp_skip(&o.at);
        assert_int_equal(o.doc->fault, refused[i].fault);
        done(&o);
    }
}

/* The same key in sibling maps and in a map inside is no duplicate. */
static void
test_keys(void **state)
{
    opened o = open_hex("9381a1610181a1610182a16181a16101a16200");

    (void)state;
    assert_true(o.ok);
    done(&o);
}

static void
test_depth(void **state)
{
    static char hex[2 * 5000 + 3];

    (void)state;
    for (unsigned depth = 15; depth <= 17; depth++) {
        opened o;

        for (unsigned i = 0; i < depth; i++)
            memcpy(hex + 2 * i, "91", 2);
        memcpy(hex + 2 * depth, "00", 3);
        o = open_hex(hex);
        assert_int_equal(o.ok, depth <= DS_MP_MAX_DEPTH);
        if (!o.ok)
            assert_int_equal(o.doc->fault, DS_FAULT_DEPTH);
        done(&o);
    }
    for (unsigned i = 0; i < 5000; i++)
        memcpy(hex + 2 * i, "91", 2);
    memcpy(hex + 10000, "00", 3);
    {
        opened o = open_hex(hex);

        assert_int_equal(o.doc->fault, DS_FAULT_DEPTH);
        assert_int_equal(o.doc->at, DS_MP_MAX_DEPTH);
        done(&o);
    }
}

/* A long array of small numbers is a level like any other. */
static void
test_depth_long(void **state)
{
    (void)state;
    for (unsigned depth = 14; depth <= 16; depth++) {
        char hex[2 * (16 + 3 + 20) + 1];
        opened o;

        for (unsigned i = 0; i < depth; i++)
            memcpy(hex + 2 * i, "91", 2);
        memcpy(hex + 2 * depth, "dc0014", 6);
        memset(hex + 2 * depth + 6, '0', 40);
        hex[2 * depth + 46] = 0;
        o = open_hex(hex);
        assert_int_equal(o.ok, depth + 1 <= DS_MP_MAX_DEPTH);
        if (!o.ok)
            assert_int_equal(o.doc->fault, DS_FAULT_DEPTH);
        done(&o);
    }
}

/* Keys k00, k01...: as many as may be open at once, and one more. */
static void
test_key_cap(void **state)
{
    (void)state;
    for (size_t count = DS_MP_MAX_KEYS; count <= DS_MP_MAX_KEYS + 1; count++) {
        ds_mp doc;
        ds_mp_at at;
        uint8_t room[2048];
        ds_buf b;

        ds_buf_init(&b, sizeof room);
        ds_mp_put_map(&b, count);
        for (size_t i = 0; i < count; i++) {
            char key[4] = {'k', (char)('0' + i / 16), (char)('0' + i % 16), 0};

            ds_mp_put_text(&b, ds_view_str(key));
            ds_mp_put_uint(&b, i);
        }
        assert_int_equal(ds_mp_open(&doc, ds_view_of(b.p, b.n), room, &at),
            count <= DS_MP_MAX_KEYS);
        if (count > DS_MP_MAX_KEYS)
            assert_int_equal(doc.fault, DS_FAULT_RANGE);
        ds_buf_free(&b);
    }
}

/* ---- typed reads ---------------------------------------------------------------- */

static void
test_uint(void **state)
{
    static const struct {
        const char *hex;
        uint64_t max, value;
        int fault;
    } cases[] = {
        {"05", 5, 5, DS_FAULT_NONE},
        {"cc05", 5, 5, DS_FAULT_NONE}, /* longer than it must be: allowed */
        {"cf0000000000000005", 5, 5, DS_FAULT_NONE},
        {"06", 5, 0, DS_FAULT_RANGE},
        {"cd0100", 255, 0, DS_FAULT_RANGE},
        {"cfffffffffffffffff", UINT64_MAX, UINT64_MAX, DS_FAULT_NONE},
        {"ff", 5, 0, DS_FAULT_TYPE},
        {"d005", 5, 0, DS_FAULT_TYPE},
        {"a135", 5, 0, DS_FAULT_TYPE},
        {"c3", 5, 0, DS_FAULT_TYPE},
        {"ca3f800000", 5, 0, DS_FAULT_TYPE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        opened o = open_hex(cases[i].hex);

        assert_true(o.ok);
        assert_true(ds_mp_uint(&o.at, cases[i].max) == cases[i].value);
        assert_int_equal(o.doc->fault, cases[i].fault);
        done(&o);
    }
}

static void
test_bytes(void **state)
{
    static const struct {
        const char *hex;
        int fault;
    } cases[] = {
        {"c40301ff80", DS_FAULT_NONE},
        {"c5000301ff80", DS_FAULT_NONE},
        {"9301ccffcc80", DS_FAULT_NONE},
        {"dc0003cc01cd00ffce00000080", DS_FAULT_NONE},
        {"c40401ff8000", DS_FAULT_RANGE},
        {"9401010101", DS_FAULT_RANGE},
        {"9301cd010000", DS_FAULT_RANGE}, /* 256 */
        {"9301ff00", DS_FAULT_TYPE},      /* -1 */
        {"9301d07f00", DS_FAULT_TYPE},
        {"93019100a0", DS_FAULT_TYPE},
        {"a3616263", DS_FAULT_TYPE},
        {"c0", DS_FAULT_TYPE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        opened o = open_hex(cases[i].hex);
        ds_view v;

        assert_true(o.ok);
        v = ds_mp_bytes(&o.at, 3);
        assert_int_equal(o.doc->fault, cases[i].fault);
        if (cases[i].fault == DS_FAULT_NONE)
            assert_true(ds_view_eq(v, ds_view_of("\x01\xff\x80", 3)));
        else
            assert_int_equal(v.n, 0);
        done(&o);
    }
}

/* Long arrays of small numbers, by the bytes that they stand for: zeros but for
 * one, in every place, small or large, in its short or its long form. */
static void
test_long_bytes(void **state)
{
    static const uint8_t values[] = {0x7f, 0x80, 0xcc, 0xff};

    (void)state;
    for (size_t n = 14; n <= 40; n++)
        for (size_t place = 0; place < n; place++)
            for (size_t k = 0; k < 8; k++) {
                uint8_t in[64], room[64], want[64] = {0};
                uint8_t value = values[k / 2];
                size_t at = 3;
                ds_mp_at root, skipped;
                ds_mp doc;
                ds_view v;

                memcpy(in, "\xdc\x00", 2);
                in[2] = (uint8_t)n;
                for (size_t i = 0; i < n; i++) {
                    if (i == place && (value >= 0x80 || k % 2 != 0))
                        in[at++] = 0xcc;
                    in[at++] = i == place ? value : 0;
                }
                want[place] = value;
                assert_true(ds_mp_open(&doc, ds_view_of(in, at), room, &root));
                skipped = root;
                ds_mp_skip(&skipped);
                assert_int_equal(skipped.off, at);
                v = ds_mp_bytes(&root, n);
                assert_int_equal(doc.fault, DS_FAULT_NONE);
                assert_int_equal(root.off, at);
                assert_true(ds_view_eq(v, ds_view_of(want, n)));
                /* Cut at any place, or one byte more. */
                for (size_t cut = 0; cut < at; cut++)
                    assert_false(
                        ds_mp_open(&doc, ds_view_of(in, cut), room, &root));
                in[at] = 0;
                assert_false(
                    ds_mp_open(&doc, ds_view_of(in, at + 1), room, &root));
                assert_int_equal(doc.fault, DS_FAULT_TRAILING);
                assert_int_equal(doc.at, at);
            }
}

/* One element that is no byte: found where it stands, and only when bytes are
 * asked for. */
static void
test_long_no_bytes(void **state)
{
    static const struct {
        const char *hex;
        int fault;
    } cases[] = {
        {"cd0100", DS_FAULT_RANGE},
        {"ff", DS_FAULT_TYPE},
        {"d001", DS_FAULT_TYPE},
        {"c0", DS_FAULT_TYPE},
        {"9100", DS_FAULT_TYPE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t place = 0; place < 20; place++) {
            char hex[128] = "dc0014";
            opened o;

            for (size_t k = 0; k < 20; k++)
                strcat(hex, k == place ? cases[i].hex : "07");
            o = open_hex(hex);
            assert_true(o.ok);
            assert_int_equal(ds_mp_array(&o.at, 20), 20);
            for (size_t k = 0; k < 20; k++)
                ds_mp_skip(&o.at);
            assert_int_equal(o.at.off, o.in.n);
            o.at.off = 0;
            assert_int_equal(ds_mp_bytes(&o.at, 20).n, 0);
            assert_int_equal(o.doc->fault, cases[i].fault);
            assert_int_equal(o.doc->at, 3 + place);
            done(&o);
        }
}

/* More of them than are remembered, in arrays inside arrays: each is read and
 * skipped all the same, and the cap on bytes holds. */
static void
test_many_long(void **state)
{
    enum {
        MANY = 2 * DS_MP_MAX_SPANS
    };
    uint8_t in[MANY * 22 + 3], room[sizeof in];
    ds_mp_at at, other;
    size_t n = 3;
    ds_mp doc;

    (void)state;
    memcpy(in, "\xdc\x00", 2);
    in[2] = MANY;
    for (uint8_t i = 0; i < MANY; i++) {
        memcpy(in + n, "\x91\xdc\x00\x12", 4);
        memset(in + n + 4, i, 18);
        n += 22;
    }
    assert_true(ds_mp_open(&doc, ds_view_of(in, n), room, &at));
    other = at;
    ds_mp_skip(&other);
    assert_int_equal(other.off, n);
    assert_int_equal(ds_mp_array(&at, MANY), MANY);
    for (uint8_t i = 0; i < MANY; i++) {
        ds_view v;

        other = at;
        ds_mp_skip(&other);
        assert_int_equal(ds_mp_array(&at, 1), 1);
        v = ds_mp_bytes(&at, 18);
        assert_int_equal(v.n, 18);
        for (size_t k = 0; k < v.n; k++)
            assert_int_equal(v.p[k], i);
        assert_int_equal(at.off, other.off);
    }
    assert_int_equal(doc.fault, DS_FAULT_NONE);
    at.off = 4;
    assert_int_equal(ds_mp_bytes(&at, 17).n, 0);
    assert_int_equal(doc.fault, DS_FAULT_RANGE);
    assert_int_equal(doc.at, 4);
}

static void
test_hex(void **state)
{
    static const struct {
        const char *hex;
        int fault;
    } cases[] = {
        {"a461623031", DS_FAULT_NONE}, /* "ab01" */
        {"a0", DS_FAULT_NONE},
        {"a3616230", DS_FAULT_FORM},
        {"a441623031", DS_FAULT_FORM}, /* upper case */
        {"a461677a31", DS_FAULT_FORM},
        {"a6616230313031", DS_FAULT_RANGE},
        {"c4026162", DS_FAULT_TYPE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        opened o = open_hex(cases[i].hex);
        ds_view v;

        assert_true(o.ok);
        v = ds_mp_hex(&o.at, 2);
        assert_int_equal(o.doc->fault, cases[i].fault);
        if (i == 0)
            assert_true(ds_view_eq(v, ds_view_of("\xab\x01", 2)));
        else
            assert_int_equal(v.n, 0);
        done(&o);
    }
}

/* The room is for each value once; a second reading of the same ones finds no
 * room and says so instead of writing past it. */
static void
test_room(void **state)
{
    opened o = open_hex("93010203");

    (void)state;
    assert_true(o.ok);
    for (int i = 0; i < 2; i++) {
        ds_mp_at again = {o.doc, 0};
        ds_view v = ds_mp_bytes(&again, 9);

        assert_int_equal(v.n, i == 0 ? 3 : 0);
    }
    assert_int_equal(o.doc->fault, DS_FAULT_RANGE);
    done(&o);
}

/* ---- records ------------------------------------------------------------------- */

static const ds_mp_field fields[] = {{"a", false}, {"b", true}, {"c", true}};

static void
test_record(void **state)
{
    static const struct {
        const char *hex;
        int a, b, c; /* -1 absent */
        int fault;
    } cases[] = {
        {"83a16101a16202a16303", 1, 2, 3, DS_FAULT_NONE},
        {"82a16303a16101", 1, -1, 3, DS_FAULT_NONE}, /* any order */
        {"83a17882a16109a1629190a16101a16202", 1, 2, -1, DS_FAULT_NONE},
        {"93010203", 1, 2, 3, DS_FAULT_NONE},
        {"9101", 1, -1, -1, DS_FAULT_NONE},
        {"80", 0, 0, 0, DS_FAULT_MISSING},
        {"81a16202", 0, 0, 0, DS_FAULT_MISSING},
        {"90", 0, 0, 0, DS_FAULT_MISSING},
        {"9401020304", 0, 0, 0, DS_FAULT_RANGE},
        {"a161", 0, 0, 0, DS_FAULT_TYPE},
        {"c0", 0, 0, 0, DS_FAULT_TYPE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int want[3] = {cases[i].a, cases[i].b, cases[i].c};
        opened o = open_hex(cases[i].hex);
        ds_mp_at f[3];

        assert_true(o.ok);
        ds_mp_record(&o.at, fields, 3, f);
        assert_int_equal(o.doc->fault, cases[i].fault);
        for (int k = 0; k < 3 && cases[i].fault == DS_FAULT_NONE; k++) {
            if (want[k] < 0)
                assert_true(f[k].off == DS_MP_ABSENT);
            else
                assert_int_equal(ds_mp_uint(&f[k], 9), want[k]);
        }
        if (cases[i].fault == DS_FAULT_NONE)
            assert_int_equal(o.at.off, o.in.n);
        done(&o);
    }
}

static void
test_absent(void **state)
{
    opened o = open_hex("81a16101");
    ds_mp_at f[3];

    (void)state;
    ds_mp_record(&o.at, fields, 3, f);
    assert_int_equal(ds_mp_type(&f[1]), DS_MP_NONE);
    assert_int_equal(o.doc->fault, DS_FAULT_NONE);
    assert_int_equal(ds_mp_uint(&f[1], 9), 0);
    assert_int_equal(o.doc->fault, DS_FAULT_MISSING);
    done(&o);
}

/* ---- writing ------------------------------------------------------------------- */

static void
expect_written(ds_buf *b, const char *hex, size_t more)
{
    ds_view want = vec_bytes(hex);

    assert_false(b->bad || b->nomem);
    assert_int_equal(b->n, want.n + more);
    assert_memory_equal(b->p, want.p, want.n);
    vec_free(want);
    ds_buf_free(b);
}

static void
test_write(void **state)
{
    static const struct {
        uint64_t v;
        const char *hex;
    } numbers[] = {{0, "00"}, {127, "7f"}, {128, "cc80"}, {255, "ccff"},
        {256, "cd0100"}, {65535, "cdffff"}, {65536, "ce00010000"},
        {0x08000001, "ce08000001"}, {UINT32_MAX, "ceffffffff"},
        {UINT64_C(1) << 32, "cf0000000100000000"},
        {UINT64_MAX, "cfffffffffffffffff"}};
    static const struct {
        size_t n;
        const char *text, *bytes, *array, *map;
    } lengths[] = {
        {0, "a0", "c400", "90", "80"},
        {15, "af", "c40f", "9f", "8f"},
        {16, "b0", "c410", "dc0010", "de0010"},
        {31, "bf", "c41f", "dc001f", "de001f"},
        {32, "d920", "c420", "dc0020", "de0020"},
        {255, "d9ff", "c4ff", "dc00ff", "de00ff"},
        {256, "da0100", "c50100", "dc0100", "de0100"},
        {65535, "daffff", "c5ffff", "dcffff", "deffff"},
        {65536, "db00010000", "c600010000", "dd00010000", "df00010000"},
    };
    static const uint8_t as[70000];
    ds_buf b;

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        ds_buf_init(&b, 100);
        ds_mp_put_uint(&b, numbers[i].v);
        expect_written(&b, numbers[i].hex, 0);
    }
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        size_t n = lengths[i].n;

        ds_buf_init(&b, 100000);
        ds_mp_put_text(&b, ds_view_of(as, n));
        expect_written(&b, lengths[i].text, n);
        ds_buf_init(&b, 100000);
        ds_mp_put_bytes(&b, ds_view_of(as, n));
        expect_written(&b, lengths[i].bytes, n);
        ds_buf_init(&b, 100000);
        ds_mp_put_array(&b, n);
        expect_written(&b, lengths[i].array, 0);
        ds_buf_init(&b, 100000);
        ds_mp_put_map(&b, n);
        expect_written(&b, lengths[i].map, 0);
    }
    ds_buf_init(&b, 100);
    ds_mp_put_ints(&b, ds_view_of("\x01\x7f\x80\xff", 4));
    expect_written(&b, "94017fcc80ccff", 0);
    ds_buf_init(&b, 100);
    ds_mp_put_hex(&b, ds_view_of("\x01\xaf", 2));
    expect_written(&b, "a430316166", 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_depth_long),
        cmocka_unit_test(test_key_cap),
        cmocka_unit_test(test_uint),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_long_bytes),
        cmocka_unit_test(test_long_no_bytes),
        cmocka_unit_test(test_many_long),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_record),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_write),
    };

    return cmocka_run_group_tests_name("msgpack", tests, NULL, NULL);
}
