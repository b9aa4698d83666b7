/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "message.h"

void
sim_json_string(ds_view text, ds_buf *out)
{
    static const char from[] = "\"\\\b\f\n\r\t";
    static const char to[] = "\"\\bfnrt";
    size_t done = 0;

    ds_buf_add_u8(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        const char *known = c ? strchr(from, c) : NULL;
        char escape[8];

        if (c >= 0x20 && !known)
            continue;
        ds_buf_add(out, text.p + done, i - done);
        done = i + 1;
        if (known)
            snprintf(escape, sizeof escape, "\\%c", to[known - from]);
        else
            snprintf(escape, sizeof escape, "\\u%04x", c);
        ds_buf_add_str(out, escape);
    }
    if (done < text.n)
        ds_buf_add(out, text.p + done, text.n - done);
    ds_buf_add_u8(out, '"');
}

static void
write_hex(ds_view bytes, ds_buf *out)
{
    char pair[3];

    ds_buf_add_u8(out, '"');
    for (size_t i = 0; i < bytes.n; i++) {
        ds_hex_encode(ds_view_of(bytes.p + i, 1), pair);
        ds_buf_add(out, pair, 2);
    }
    ds_wipe(pair, sizeof pair);
    ds_buf_add_u8(out, '"');
}

static void
write_name(const char *name, bool first, ds_buf *out)
{
    if (!first)
        ds_buf_add_u8(out, ',');
    ds_buf_add_u8(out, '"');
    ds_buf_add_str(out, name);
    ds_buf_add_str(out, "\":");
}

/* One of a list: its fields stand behind each other. */
static void
write_inner(const sim_schema *schema, ds_view element, ds_buf *out)
{
    ds_reader r;
    ds_view v;

    ds_reader_init(&r, element);
    ds_buf_add_u8(out, '{');
    for (size_t i = 0; sim_next(&r, &v); i++) {
        write_name(schema->fields[i].name, i == 0, out);
        if (schema->fields[i].type == SIM_BYTES)
            write_hex(v, out);
        else
            sim_json_string(v, out);
    }
    ds_buf_add_u8(out, '}');
}

static void
write_list(const sim_field *f, ds_view list, ds_buf *out)
{
    ds_reader r;
    ds_view v;

    ds_reader_init(&r, list);
    ds_buf_add_u8(out, '[');
    for (bool first = true; sim_next(&r, &v); first = false) {
        if (!first)
            ds_buf_add_u8(out, ',');
        if (f->type == SIM_MESSAGES)
            write_inner(f->of, v, out);
        else if (f->type == SIM_BYTES_LIST)
            write_hex(v, out);
        else
            sim_json_string(v, out);
    }
    ds_buf_add_u8(out, ']');
}

static void
write_value(const sim_field *f, const sim_value *v, ds_buf *out)
{
    ds_view bytes = ds_view_of(v->bytes.p, v->bytes.n);
    char number[24];

    switch (f->type) {
    case SIM_BOOL:
        ds_buf_add_str(out, v->number ? "true" : "false");
        break;
    case SIM_U64:
        snprintf(number, sizeof number, "%" PRIu64, v->number);
        ds_buf_add_str(out, v->set ? number : "null");
        break;
    case SIM_STRING:
        sim_json_string(bytes, out);
        break;
    case SIM_BYTES:
        write_hex(bytes, out);
        break;
    default:
        write_list(f, bytes, out);
    }
}

/* The member that is not as it should be. */
static void
write_bent(
    const sim_field *f, const sim_value *v, const sim_bend *bend, ds_buf *out)
{
    ds_buf text;
    size_t from, n;

    ds_buf_init_secret(&text, SIM_MAX_ANSWER);
    write_value(f, v, &text);
    from = text.n != 0 && text.p[0] == '"';
    n = text.n - 2 * from;
    n -= bend->cut < n ? bend->cut : n;
    for (const char *p = bend->raw; *p; p++) {
        if (*p == '@')
            ds_buf_add(out, text.p + from, n);
        else if (*p == '#')
            ds_buf_add_str(out, f->name);
        else if (*p == '%')
            for (size_t i = 0; i < (size_t)8 << 17; i++)
                ds_buf_add_str(out, "00000000");
        else
            ds_buf_add_u8(out, (uint8_t)*p);
    }
    out->nomem |= text.nomem;
    ds_buf_free(&text);
}

void
sim_json_write(const sim_message *m, const sim_bend *bend, ds_buf *out)
{
    size_t n = sim_count(m->schema);
    size_t start = out->n + 1;

    if (!m->schema) {
        ds_buf_add_str(out, "null");
        return;
    }
    ds_buf_add_u8(out, '{');
    for (size_t i = 0; i < n; i++) {
        const sim_field *f = &m->schema->fields[i];

        if ((f->os & m->os) == 0)
            continue;
        if (bend && bend->field == i && !bend->raw)
            continue;
        write_name(f->name, out->n == start, out);
        if (bend && bend->field == i)
            write_bent(f, &m->v[i], bend, out);
        else
            write_value(f, &m->v[i], out);
    }
    ds_buf_add_u8(out, '}');
}
