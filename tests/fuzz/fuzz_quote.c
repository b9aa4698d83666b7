/* SPDX-License-Identifier: Apache-2.0 */
/* A quote that parses is laid out as its lengths say, without gaps; its views
 * and fields lie inside; nothing is allocated; its JSON is read back. */
#include <stdlib.h>
#include <string.h>

#include "dstack/dstack.h"
#include "fuzz/help.h"
#include "intel/quote.h"

static size_t allocations;

static void *
counted_malloc(void *user, size_t n)
{
    (void)user;
    allocations++;
    return malloc(n ? n : 1);
}

static void *
counted_realloc(void *user, void *block, size_t n)
{
    (void)user;
    allocations++;
    return realloc(block, n ? n : 1);
}

static void
counted_free(void *user, void *block)
{
    (void)user;
    free(block);
}

static void
count_allocations(void)
{
    static const dstack_allocator counting = {
        .abi_size = sizeof counting,
        .malloc_fn = counted_malloc,
        .realloc_fn = counted_realloc,
        .free_fn = counted_free,
    };
    static bool done;

    if (!done)
        must(dstack_set_allocator(&counting) == DSTACK_OK);
    done = true;
}

static ds_view
take(ds_view in, size_t *off, size_t n)
{
    must(n <= in.n - *off);
    *off += n;
    return ds_view_of(in.p + *off - n, n);
}

static bool
same_place(ds_view a, ds_view b)
{
    return a.n == b.n && (a.n == 0 || a.p == b.p);
}

/* Intel's tables read a second time, from the first byte to the last. */
static void
check_layout(ds_view in, const dstack_quote *q)
{
    static const size_t body[] = {0, 384, 584, 648, 885};
    size_t off = 0, sig_end;
    ds_view h, size;

    must(q->version >= 3 && q->version <= 5);
    must(q->body_type >= 1 && q->body_type <= 4);
    must((q->tee == DSTACK_TEE_SGX) == (q->body_type == 1));
    must(q->version == 5 || q->body_type <= 2);
    h = take(in, &off, 48);
    must(same_place(h, q->header));
    must(ds_le16(h.p) == q->version && ds_le32(h.p + 4) == q->tee);
    if (q->version == 5) {
        h = take(in, &off, 6);
        must(ds_le16(h.p) == q->body_type);
        must(ds_le32(h.p + 2) == body[q->body_type]);
    }
    must(same_place(take(in, &off, body[q->body_type]), q->body));
    must(same_place(ds_view_of(in.p, off), q->signed_part));
    size = take(in, &off, 4);
    sig_end = off + ds_le32(size.p);
    must(same_place(take(in, &off, 64), q->signature));
    must(same_place(take(in, &off, 64), q->attestation_key));
    if (q->version != 3) {
        h = take(in, &off, 6);
        must(ds_le16(h.p) == 6 && off + ds_le32(h.p + 2) == sig_end);
    }
    must(same_place(take(in, &off, 384), q->qe_report));
    must(same_place(take(in, &off, 64), q->qe_signature));
    size = take(in, &off, 2);
    must(same_place(take(in, &off, ds_le16(size.p)), q->auth_data));
    h = take(in, &off, 6);
    must(ds_le16(h.p) == q->cert_type);
    must(q->cert_type >= 1 && q->cert_type <= 5);
    must(same_place(take(in, &off, ds_le32(h.p + 2)), q->cert_data));
    must(off == sig_end);
    must(same_place(take(in, &off, in.n - off), q->trailing));
}

/* Every field has one name and lies where it is said to. */
static void
check_fields(ds_view in, const dstack_quote *q)
{
    size_t count = dstack_quote_field_count(q);
    ds_view before = {NULL, 0};
    const char *names[96];

    must(count > 20 && count <= sizeof names / sizeof names[0]);
    must(dstack_quote_field_name(q, count) == NULL);
    for (size_t i = 0; i < count; i++) {
        const char *name = dstack_quote_field_name(q, i);
        ds_view v = ds_quote_field(q, name);
        size_t n = 0;

        names[i] = name;
        must(name && fuzz_inside(v, in));
        must(dstack_quote_field(q, name, &n) == (v.n ? v.p : NULL));
        must(n == v.n);
        if (strncmp(name, "qe_report.", 10) == 0)
            must(v.n == ds_quote_field_size(name + 10) &&
                 fuzz_inside(v, q->qe_report));
        else if (i + 5 < count)
            must(v.n == ds_quote_field_size(name) && v.n != 0);
        /* Up to the signature data, fields come in order. */
        if (i + 5 < count)
            must(!before.p || before.p + before.n <= v.p);
        before = v;
        for (size_t k = 0; k < i; k++)
            must(strcmp(name, names[k]) != 0);
    }
}

static void
check_strict(const dstack_quote *q)
{
    static const struct {
        size_t off, n;
    } reserved[] = {{20, 12}, {96, 32}, {160, 32}, {262, 42}};
    bool clean = q->trailing.n == 0;
    dstack_error err;
    int rc = ds_quote_check_strict(q, &err);

    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        size_t off = reserved[i].off, n = reserved[i].n;

        clean = clean && ds_view_is_zero(ds_view_of(q->qe_report.p + off, n));
        if (q->tee == DSTACK_TEE_SGX)
            clean = clean && ds_view_is_zero(ds_view_of(q->body.p + off, n));
    }
    must((rc == DSTACK_OK) == clean);
    if (rc != DSTACK_OK)
        fuzz_check_error(rc, &err);
}

static void
check_object(ds_view in)
{
    dstack_quote *q = NULL;
    dstack_error err;
    char *json;
    size_t n;

    must(dstack_quote_parse(in.p, in.n, &q, &err) == DSTACK_OK);
    must(ds_view_eq(q->bytes, in) && q->bytes.p != in.p);
    check_layout(q->bytes, q);
    check_fields(q->bytes, q);
    must(dstack_quote_to_json(q, &json, &n, &err) == DSTACK_OK);
    fuzz_take_json(json, n);
    dstack_quote_free(q);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ds_view in = ds_view_of(data, size);
    size_t needed, before;
    dstack_quote q;
    dstack_error err;
    int rc;

    count_allocations();
    before = allocations;
    rc = ds_quote_parse(in, &q, &err);
    if (rc != DSTACK_OK) {
        fuzz_check_error(rc, &err);
        must(allocations == before);
        return 0;
    }
    check_layout(in, &q);
    check_strict(&q);
    must(allocations == before);
    /* What follows is not needed; everything before is. */
    needed = size - q.trailing.n;
    must(ds_quote_parse(ds_view_of(data, needed), &q, NULL) == DSTACK_OK);
    must(ds_quote_parse(ds_view_of(data, needed - 1), &q, &err) != DSTACK_OK);
    must(err.reason == DSTACK_REASON_QUOTE_TRUNCATED);
    must(allocations == before);
    check_object(in);
    return 0;
}
