/* SPDX-License-Identifier: Apache-2.0 */
/* What parses has an index that nests and counts right, gives well-formed
 * text, and parses to the same index once minified. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "codec/json.h"
#include "codec/json_token.h"
#include "fuzz/fuzz.h"

static void
must(bool ok)
{
    if (!ok)
        abort();
}

static bool
inside(ds_view in, ds_view out)
{
    return in.p >= out.p && in.p + in.n <= out.p + out.n;
}

/* UTF-8, in which a NUL is a character like others. */
static bool
is_text(const ds_buf *b)
{
    ds_buf plain;
    bool is;

    ds_buf_init(&plain, SIZE_MAX);
    for (size_t i = 0; i < b->n; i++)
        ds_buf_add_u8(&plain, b->p[i] != 0 ? b->p[i] : ' ');
    is = ds_utf8_is(ds_view_of(plain.p, plain.n));
    ds_buf_free(&plain);
    return is;
}

static void
check_string(const ds_json *j, ds_jv v)
{
    dstack_error err;
    ds_view plain;
    ds_buf b;

    ds_buf_init(&b, SIZE_MAX);
    must(ds_json_string_buf(j, v, &b, &err) == DSTACK_OK);
    must(is_text(&b));
    /* Escapes only ever shorten a text. */
    must(b.n <= ds_json_raw(j, v).n - 2);
    if (ds_json_string(j, v, SIZE_MAX, &plain, NULL) == DSTACK_OK)
        must(ds_view_eq(plain, ds_view_of(b.p, b.n)));
    ds_buf_free(&b);
}

/* Every typed read of every value: exactly the fitting ones may succeed, and
 * a failure has a reason and a printable message. */
static void
check_reads(const ds_json *j, ds_jv v)
{
    int type = ds_json_type(j, v);
    uint8_t bytes[6];
    dstack_error err;
    int64_t t;
    uint64_t u;
    bool yes;

    if (ds_json_u64(j, v, UINT64_MAX, &u, &err) == DSTACK_OK)
        must(type == DS_JSON_NUMBER);
    else
        must(err.reason != 0 && ds_utf8_is(ds_view_str(err.message)));
    if (ds_json_bool(j, v, &yes, NULL) == DSTACK_OK)
        must(type == (yes ? DS_JSON_TRUE : DS_JSON_FALSE));
    if (ds_json_hex(j, v, bytes, sizeof bytes, NULL) == DSTACK_OK)
        must(type == DS_JSON_STRING && ds_json_raw(j, v).n == 14);
    if (ds_json_time(j, v, &t, NULL) == DSTACK_OK)
        must(type == DS_JSON_STRING && t >= 0);
    if (type == DS_JSON_STRING)
        check_string(j, v);
}

/* A member is found by its name, and not by what stands before a NUL in it. */
static void
check_name(const ds_json *j, ds_jv object, ds_jv v)
{
    ds_view raw = ds_json_name(j, v);
    const uint8_t *p = raw.p;
    char *name = calloc(1, raw.n + 1), *exact;
    size_t n = 0;

    must(name != NULL);
    while (p < raw.p + raw.n)
        n += ds_json_char(&p, (uint8_t *)name + n);
    exact = strdup(name);
    must(exact != NULL);
    must((ds_json_get(j, object, exact) == v) == (strlen(exact) == n));
    free(exact);
    free(name);
}

static size_t
check_children(const ds_json *j, ds_jv v)
{
    size_t n = 0;
    ds_view before = ds_view_of(NULL, 0);

    for (ds_jv c = ds_json_first(j, v); c != DS_JSON_NONE;
         c = ds_json_next(j, c)) {
        ds_view raw = ds_json_raw(j, c), name = ds_json_name(j, c);

        must(raw.n != 0 && inside(raw, ds_json_raw(j, v)));
        must((name.p != NULL) == (ds_json_type(j, v) == DS_JSON_OBJECT));
        must(!name.p || inside(name, ds_json_raw(j, v)));
        must(!before.p || before.p + before.n < raw.p);
        if (name.p && n < 8)
            check_name(j, v, c);
        before = raw;
        n++;
    }
    must(n == ds_json_count(j, v));
    return n;
}

static size_t
check_index(const ds_json *j)
{
    size_t children = 0;
    ds_jv v;

    for (v = 0; ds_json_type(j, v) != DS_JSON_MISSING; v++) {
        children += check_children(j, v);
        check_reads(j, v);
    }
    must(children + 1 == v); /* every value but the root is one's child */
    return v;
}

static void
same_index(const ds_json *a, const ds_json *b, size_t n)
{
    must(ds_json_type(b, (ds_jv)n) == DS_JSON_MISSING);
    for (ds_jv v = 0; v < n; v++) {
        int type = ds_json_type(a, v);

        must(type == ds_json_type(b, v));
        must(ds_json_count(a, v) == ds_json_count(b, v));
        must(ds_json_next(a, v) == ds_json_next(b, v));
        must(ds_view_eq(ds_json_name(a, v), ds_json_name(b, v)));
        if (type != DS_JSON_OBJECT && type != DS_JSON_ARRAY)
            must(ds_view_eq(ds_json_raw(a, v), ds_json_raw(b, v)));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ds_view text = ds_view_of(data, size);
    ds_json *j, *small;
    ds_buf once, twice;
    dstack_error err;
    size_t n;

    /* What is taken without NUL characters is taken with them. */
    n = ds_json_parse(text, "fuzz", &j, &err) == DSTACK_OK;
    ds_json_free(j);
    if (ds_json_parse_nul(text, "fuzz", &j, &err) != DSTACK_OK) {
        must(n == 0);
        must(j == NULL && err.code == DSTACK_ERR_PARSE && err.reason != 0);
        return 0;
    }
    must(ds_utf8_is(text));
    n = check_index(j);
    ds_buf_init(&once, size);
    ds_buf_init(&twice, size);
    ds_json_minify(text, &once);
    must(!once.bad && !once.nomem);
    must(ds_json_parse_nul(ds_view_of(once.p, once.n), "minified", &small,
             &err) == DSTACK_OK);
    same_index(j, small, n);
    must(ds_json_raw(small, 0).n == once.n);
    ds_json_minify(ds_view_of(once.p, once.n), &twice);
    must(ds_view_eq(ds_view_of(once.p, once.n), ds_view_of(twice.p, twice.n)));
    ds_json_free(small);
    ds_json_free(j);
    ds_buf_free(&once);
    ds_buf_free(&twice);
    return 0;
}
