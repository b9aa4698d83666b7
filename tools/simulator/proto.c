/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "message.h"

/* Protobuf's wire format (protobuf.dev/programming-guides/encoding), as much
 * of it as strings, bytes, booleans and one unsigned integer need. Refusals
 * are worded as the agents word them. */

enum {
    VARINT = 0,
    FIXED64 = 1,
    BYTES = 2,
    GROUP = 3,
    GROUP_END = 4,
    FIXED32 = 5
};

#define MAX_GROUPS 100

/* ---- reading ------------------------------------------------------------- */

static bool
bad(sim_error *err, const char *why)
{
    sim_refuse(err, "failed to decode Protobuf message: %s", why);
    return false;
}

static bool
read_varint(ds_reader *r, uint64_t *ret, sim_error *err)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64 && ds_rd_left(r) != 0; shift += 7) {
        uint8_t b = ds_rd_u8(r);

        if (shift == 63 && b > 1)
            break;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80) {
            *ret = v;
            return true;
        }
    }
    return bad(err, "invalid varint");
}

static bool
read_key(ds_reader *r, uint32_t *number, unsigned *wire, sim_error *err)
{
    uint64_t key;
    char why[60];

    if (!read_varint(r, &key, err))
        return false;
    if (key > UINT32_MAX) {
        snprintf(why, sizeof why, "invalid key value: %llu",
            (unsigned long long)key);
        return bad(err, why);
    }
    *wire = (unsigned)(key & 7);
    *number = (uint32_t)(key >> 3);
    if (*wire > FIXED32) {
        snprintf(why, sizeof why, "invalid wire type value: %u", *wire);
        return bad(err, why);
    }
    return *number != 0 || bad(err, "invalid tag value: 0");
}

static bool
read_bytes(ds_reader *r, ds_view *ret, sim_error *err)
{
    uint64_t n;

    if (!read_varint(r, &n, err))
        return false;
    if (n > ds_rd_left(r))
        return bad(err, "buffer underflow");
    *ret = ds_rd_view(r, (size_t)n);
    return true;
}

/* One value of that wire type, but no group. */
static bool
skip_plain(ds_reader *r, unsigned wire, sim_error *err)
{
    size_t n = wire == FIXED32 ? 4 : 8;
    uint64_t number;
    ds_view bytes;

    if (wire == VARINT)
        return read_varint(r, &number, err);
    if (wire == BYTES)
        return read_bytes(r, &bytes, err);
    if (n > ds_rd_left(r))
        return bad(err, "buffer underflow");
    ds_rd_skip(r, n);
    return true;
}

/* A field that nobody knows; groups nest. */
static bool
skip(ds_reader *r, uint32_t number, unsigned wire, sim_error *err)
{
    uint32_t open[MAX_GROUPS] = {0};
    size_t depth = 0;

    for (;;) {
        if (wire == GROUP) {
            if (depth == MAX_GROUPS)
                return bad(err, "recursion limit reached");
            open[depth++] = number;
        } else if (wire == GROUP_END) {
            if (depth == 0 || open[depth - 1] != number)
                return bad(err, "unexpected end group tag");
            depth--;
        } else if (!skip_plain(r, wire, err)) {
            return false;
        }
        if (depth == 0)
            return true;
        if (!read_key(r, &number, &wire, err))
            return false;
    }
}

static const char *const wire_names[] = {"Varint", "SixtyFourBit",
    "LengthDelimited", "StartGroup", "EndGroup", "ThirtyTwoBit"};

/* The same failure, with the field where it happened. */
static bool
bad_field(const sim_message *m, size_t at, const char *why, sim_error *err)
{
    sim_refuse(err, "failed to decode Protobuf message: %s.%s: %s",
        m->schema->name, m->schema->fields[at].name, why);
    return false;
}

static bool
read_number(ds_reader *r, sim_message *m, size_t at, sim_error *err)
{
    sim_value *v = &m->v[at];

    v->set = true;
    if (!read_varint(r, &v->number, err))
        return bad_field(m, at, "invalid varint", err);
    if (m->schema->fields[at].type == SIM_BOOL)
        v->number = v->number != 0;
    return true;
}

static bool
read_field(
    ds_reader *r, sim_message *m, size_t at, unsigned wire, sim_error *err)
{
    int type = m->schema->fields[at].type;
    unsigned want = type == SIM_BOOL || type == SIM_U64 ? VARINT : BYTES;
    char why[80];
    ds_view bytes;
    uint64_t n;

    if (wire != want) {
        snprintf(why, sizeof why, "invalid wire type: %s (expected %s)",
            wire_names[wire], wire_names[want]);
        return bad_field(m, at, why, err);
    }
    if (want == VARINT)
        return read_number(r, m, at, err);
    if (!read_varint(r, &n, err))
        return bad_field(m, at, "invalid varint", err);
    if (n > ds_rd_left(r))
        return bad_field(m, at, "buffer underflow", err);
    bytes = ds_rd_view(r, (size_t)n);
    if (type != SIM_BYTES && !sim_is_utf8(bytes))
        return bad_field(
            m, at, "invalid string value: data is not UTF-8 encoded", err);
    sim_put_at(m, at, bytes);
    return true;
}

bool
sim_proto_read(ds_view bytes, sim_message *m, sim_error *err)
{
    size_t n = sim_count(m->schema);
    ds_reader r;

    if (!m->schema)
        return true;
    ds_reader_init(&r, bytes);
    while (ds_rd_left(&r) != 0) {
        uint32_t number;
        unsigned wire;
        size_t at = 0;

        if (!read_key(&r, &number, &wire, err))
            return false;
        while (at < n && ((m->schema->fields[at].os & m->os) == 0 ||
                             m->schema->fields[at].number != number))
            at++;
        if (at == n ? !skip(&r, number, wire, err)
                    : !read_field(&r, m, at, wire, err))
            return false;
    }
    return sim_message_ok(m) || sim_no_memory(err);
}

/* ---- writing ------------------------------------------------------------- */

static void
write_varint(uint64_t v, ds_buf *out)
{
    for (; v >= 0x80; v >>= 7)
        ds_buf_add_u8(out, (uint8_t)(v | 0x80));
    ds_buf_add_u8(out, (uint8_t)v);
}

void
sim_proto_field(uint32_t number, ds_view bytes, ds_buf *out)
{
    write_varint((uint64_t)number << 3 | BYTES, out);
    write_varint(bytes.n, out);
    ds_buf_add(out, bytes.p, bytes.n);
}

/* One of a list: its fields stand behind each other. */
static void
write_inner(const sim_field *f, ds_view element, ds_buf *out)
{
    ds_buf inner;
    ds_reader r;
    ds_view v;

    ds_buf_init(&inner, SIM_MAX_ANSWER);
    ds_reader_init(&r, element);
    for (size_t i = 0; sim_next(&r, &v); i++)
        if (v.n != 0)
            sim_proto_field(f->of->fields[i].number, v, &inner);
    sim_proto_field(f->number, ds_view_of(inner.p, inner.n), out);
    out->nomem |= inner.nomem;
    ds_buf_free(&inner);
}

static void
write_list(const sim_field *f, ds_view list, ds_buf *out)
{
    ds_reader r;
    ds_view v;

    ds_reader_init(&r, list);
    while (sim_next(&r, &v))
        if (f->type == SIM_MESSAGES)
            write_inner(f, v, out);
        else
            sim_proto_field(f->number, v, out);
}

static void
write_field(const sim_field *f, const sim_value *v, ds_buf *out)
{
    ds_view bytes = ds_view_of(v->bytes.p, v->bytes.n);

    switch (f->type) {
    case SIM_BOOL:
    case SIM_U64:
        if (f->type == SIM_BOOL ? v->number != 0 : v->set) {
            write_varint((uint64_t)f->number << 3 | VARINT, out);
            write_varint(v->number, out);
        }
        break;
    case SIM_STRING:
    case SIM_BYTES:
        if (bytes.n != 0)
            sim_proto_field(f->number, bytes, out);
        break;
    default:
        write_list(f, bytes, out);
    }
}

void
sim_proto_write(const sim_message *m, ds_buf *out)
{
    for (size_t i = 0; i < sim_count(m->schema); i++)
        if ((m->schema->fields[i].os & m->os) != 0)
            write_field(&m->schema->fields[i], &m->v[i], out);
}
