/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "message.h"

bool
sim_refuse(sim_error *err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    err->text[ds_utf8_cut(err->text, strlen(err->text))] = 0;
    err->code = SIM_REFUSED;
    return false;
}

/* ---- messages ------------------------------------------------------------ */

bool
sim_no_memory(sim_error *err)
{
    sim_refuse(err, "no memory for the request");
    err->code = SIM_FAILED;
    return false;
}

bool
sim_is_utf8(ds_view text)
{
    for (size_t i = 0, n; i < text.n; i += n) {
        n = text.p[i] == 0 ? 1 : ds_utf8_len(text.p + i, text.n - i);
        if (n == 0)
            return false;
    }
    return true;
}

/* A byte as the agents show a letter. */
static void
show_letter(uint8_t c, char out[8])
{
    static const char from[] = "\t\n\r'\\";
    static const char to[] = "tnr'\\";
    const char *known = c ? strchr(from, c) : NULL;

    if (known)
        snprintf(out, 8, "\\%c", to[known - from]);
    else if (c == 0)
        snprintf(out, 8, "\\0");
    else if (c < 0x20 || (c >= 0x7f && c < 0xa0))
        snprintf(out, 8, "\\u{%x}", c);
    else if (c < 0x80)
        snprintf(out, 8, "%c", c);
    else
        snprintf(out, 8, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
}

bool
sim_hex_read(ds_view text, ds_buf *out, sim_error *err)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    char letter[8];

    while (text.n >= 2 && text.p[0] == '0' && text.p[1] == 'x')
        text = ds_view_of(text.p + 2, text.n - 2);
    if (text.n % 2 != 0)
        return sim_refuse(err, "Odd number of digits");
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == 0 || !strchr(digits, text.p[i])) {
            show_letter(text.p[i], letter);
            return sim_refuse(
                err, "Invalid character '%s' at position %zu", letter, i);
        }
    return ds_hex_decode_buf(text, out) || sim_no_memory(err);
}

void
sim_message_init(sim_message *m, const sim_schema *schema, int os)
{
    memset(m, 0, sizeof *m);
    m->schema = schema;
    m->os = 1u << os;
    for (size_t i = 0; i < SIM_FIELDS; i++)
        ds_buf_init_secret(&m->v[i].bytes, SIM_MAX_ANSWER);
}

void
sim_message_free(sim_message *m)
{
    for (size_t i = 0; i < SIM_FIELDS; i++)
        ds_buf_free(&m->v[i].bytes);
}

size_t
sim_count(const sim_schema *schema)
{
    size_t n = 0;

    while (schema && schema->fields[n].name)
        n++;
    return n;
}

size_t
sim_at(const sim_message *m, const char *name)
{
    size_t n = sim_count(m->schema);
    size_t at = 0;

    while (at < n && strcmp(m->schema->fields[at].name, name) != 0)
        at++;
    return at;
}

ds_view
sim_get(const sim_message *m, const char *name)
{
    size_t at = sim_at(m, name);

    if (at >= sim_count(m->schema))
        return ds_view_of(NULL, 0);
    return ds_view_of(m->v[at].bytes.p, m->v[at].bytes.n);
}

bool
sim_get_bool(const sim_message *m, const char *name)
{
    size_t at = sim_at(m, name);

    return at < sim_count(m->schema) && m->v[at].number != 0;
}

bool
sim_next(ds_reader *list, ds_view *element)
{
    if (ds_rd_left(list) == 0)
        return false;
    *element = ds_rd_view(list, ds_rd_u32le(list));
    return !list->bad;
}

void
sim_put_at(sim_message *m, size_t at, ds_view bytes)
{
    int type = m->schema->fields[at].type;
    sim_value *v = &m->v[at];
    uint8_t length[4];

    if (type >= SIM_STRINGS) {
        if (bytes.n > UINT32_MAX)
            v->bytes.bad = true;
        for (size_t i = 0; i < sizeof length; i++)
            length[i] = (uint8_t)(bytes.n >> (8 * i));
        ds_buf_add(&v->bytes, length, sizeof length);
    } else {
        ds_buf_cut(&v->bytes, 0);
    }
    ds_buf_add(&v->bytes, bytes.p, bytes.n);
    v->set = true;
}

void
sim_put(sim_message *m, const char *name, ds_view bytes)
{
    size_t at = sim_at(m, name);

    if (at < sim_count(m->schema))
        sim_put_at(m, at, bytes);
}

void
sim_put_bool(sim_message *m, const char *name, bool yes)
{
    size_t at = sim_at(m, name);

    if (at < sim_count(m->schema))
        m->v[at].number = yes;
}

bool
sim_message_ok(const sim_message *m)
{
    for (size_t i = 0; i < SIM_FIELDS; i++)
        if (m->v[i].bytes.bad || m->v[i].bytes.nomem)
            return false;
    return true;
}
