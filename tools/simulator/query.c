/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/text.h"
#include "message.h"

/* The query of a GET as a message: name=value, lists as name[0]=value, others
 * ignored (spec 1.4). */

/* Each is compared with all before it. */
#define MAX_PARAMETERS 1000

static int
hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void
sim_url_decode(ds_view text, bool query, ds_buf *out)
{
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];

        if (c == '%' && text.n - i > 2 && hex_digit(text.p[i + 1]) >= 0 &&
            hex_digit(text.p[i + 2]) >= 0) {
            c = (uint8_t)(hex_digit(text.p[i + 1]) << 4 |
                          hex_digit(text.p[i + 2]));
            i += 2;
        } else if (c == '+' && query) {
            c = ' ';
        }
        ds_buf_add_u8(out, c);
    }
}

/* The text up to a byte, which is taken off with it. */
static ds_view
take(ds_view *from, uint8_t end)
{
    ds_view ret = *from;
    size_t n = 0;

    if (from->n == 0)
        return ret;
    while (n < from->n && from->p[n] != end)
        n++;
    ret.n = n;
    n += n < from->n;
    *from = ds_view_of(from->p + n, from->n - n);
    return ret;
}

bool
sim_query_get(ds_view query, const char *name, ds_view *ret)
{
    while (query.n != 0) {
        ds_view value = take(&query, '&');
        ds_view key = take(&value, '=');

        if (ds_view_eq_str(key, name)) {
            *ret = value;
            return true;
        }
    }
    return false;
}

static bool
set_text(sim_message *m, size_t at, ds_view text, sim_error *err)
{
    ds_buf bytes;
    bool ok;

    if (!sim_is_utf8(text))
        return sim_refuse(err, "invalid utf-8 sequence");
    if (m->schema->fields[at].type != SIM_BYTES) {
        sim_put_at(m, at, text);
        return true;
    }
    ds_buf_init_secret(&bytes, SIM_MAX_BODY);
    ok = sim_hex_read(text, &bytes, err);
    if (ok)
        sim_put_at(m, at, ds_view_of(bytes.p, bytes.n));
    ds_buf_free(&bytes);
    return ok;
}

static bool
set_u64(sim_value *v, ds_view text, sim_error *err)
{
    v->number = 0;
    v->set = text.n != 0;
    for (size_t i = 0; i < text.n; i++) {
        unsigned digit = (unsigned)text.p[i] - '0';

        if (digit > 9)
            return sim_refuse(err, "invalid digit found in string");
        if (v->number > (UINT64_MAX - digit) / 10)
            return sim_refuse(err, "number too large to fit in target type");
        v->number = v->number * 10 + digit;
    }
    return true;
}

static bool
set(sim_message *m, size_t at, ds_view text, sim_error *err)
{
    sim_value *v = &m->v[at];

    switch (m->schema->fields[at].type) {
    case SIM_BOOL:
        v->number = ds_view_eq_str(text, "true");
        return v->number || ds_view_eq_str(text, "false") ||
               sim_refuse(err, "provided string was not `true` or `false`");
    case SIM_U64:
        return set_u64(v, text, err);
    default:
        return set_text(m, at, text, err);
    }
}

/* The field that a parameter names, without what is in brackets. */
static size_t
find(const sim_message *m, ds_view key)
{
    ds_view name = take(&key, '[');
    size_t n = sim_count(m->schema);
    size_t at = 0;

    while (at < n && ((m->schema->fields[at].os & m->os) == 0 ||
                         !ds_view_eq_str(name, m->schema->fields[at].name)))
        at++;
    return at;
}

/* Refuses a name that came before, known or not; n counts up to here. */
static bool
is_new(ds_view query, size_t n, ds_view key, sim_error *err)
{
    ds_buf other;
    bool fresh = true;
    char quoted[40];

    if (n > MAX_PARAMETERS)
        return sim_refuse(err, "more than %d parameters", MAX_PARAMETERS);
    ds_buf_init_secret(&other, SIM_MAX_BODY);
    for (size_t i = 0; fresh && i < n; i++) {
        ds_view pair = take(&query, '&');

        ds_buf_cut(&other, 0);
        sim_url_decode(take(&pair, '='), true, &other);
        fresh = other.n == 0 || !ds_view_eq(key, ds_view_of(other.p, other.n));
    }
    ds_buf_free(&other);
    return fresh || sim_refuse(err, "Multiple values for one key: \"%s\"",
                        ds_err_quote(key, quoted));
}

/* One parameter; text holds the decoded name, and room for the value. */
static bool
read_pair(ds_view value, ds_buf *text, sim_message *m, sim_error *err)
{
    size_t at = find(m, ds_view_of(text->p, text->n));
    size_t cut = text->n;

    if (at >= sim_count(m->schema))
        return true;
    sim_url_decode(value, true, text);
    return set(m, at, ds_view_of(text->p + cut, text->n - cut), err);
}

bool
sim_query_read(ds_view query, sim_message *m, sim_error *err)
{
    ds_view rest = query;
    ds_buf text;
    bool ok = true;

    ds_buf_init_secret(&text, SIM_MAX_BODY);
    for (size_t n = 0; ok && rest.n != 0; n++) {
        ds_view value = take(&rest, '&');
        ds_view key = take(&value, '=');

        ds_buf_cut(&text, 0);
        ds_buf_add(&text, NULL, 0);
        sim_url_decode(key, true, &text);
        ok = !text.nomem && is_new(query, n, ds_view_of(text.p, text.n), err) &&
             read_pair(value, &text, m, err);
    }
    if (text.nomem || !sim_message_ok(m))
        ok = sim_no_memory(err);
    ds_buf_free(&text);
    return ok;
}
