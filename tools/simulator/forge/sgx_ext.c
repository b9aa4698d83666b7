/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "forge/inner.h"

/* The SGX extension (spec 2.7): a SEQUENCE of SEQUENCE { OID, value }. */

#define SGX_OID "1.2.840.113741.1.13.1"
enum {
    COMPS = 16,
    TCB_ENTRIES = 18
};

static void
add_oid(ds_buf *b, const char *suffix, unsigned last)
{
    char oid[64];
    snprintf(oid, sizeof oid, SGX_OID "%s.%u", suffix, last);
    forge_der_oid(b, oid);
}

static void
add_malformed_integer(ds_buf *b, int malform)
{
    switch (malform) {
    case FORGE_EXT_COMP_256:
        ds_buf_add(b, "\x02\x02\x01\x00", 4);
        break;
    case FORGE_EXT_COMP_NEGATIVE:
        ds_buf_add(b, "\x02\x01\xff", 3);
        break;
    case FORGE_EXT_COMP_FIVE:
        ds_buf_add(b, "\x02\x05\x00\x00\x00\x00\x01", 7);
        break;
    case FORGE_EXT_COMP_EMPTY:
        ds_buf_add(b, "\x02\x00", 2);
        break;
    default:
        ds_buf_add(b, "\x02\x02\x00\x01", 4);
        break;
    }
}

static void
add_tcb_entry(ds_buf *b, const forge_sgx *x, unsigned i)
{
    bool chosen = i == x->at;
    bool follow = chosen && x->malform == FORGE_EXT_TCB_DUPLICATE;
    unsigned number = follow ? (i ? i : 2) : i + 1;
    size_t mark = forge_der_open(b, 0x30);
    add_oid(b, ".2", number);
    if (chosen && i <= COMPS && x->malform >= FORGE_EXT_COMP_256 &&
        x->malform <= FORGE_EXT_COMP_PADDED)
        add_malformed_integer(b, x->malform);
    else if (i == COMPS && x->malform == FORGE_EXT_PCESVN_65536)
        ds_buf_add(b, "\x02\x03\x01\x00\x00", 5);
    else if (i < COMPS)
        forge_der_uint(b, x->comps[i]);
    else if (i == COMPS)
        forge_der_uint(b, x->pcesvn);
    else if (i == COMPS + 1)
        forge_der_octets(
            b, ds_view_of(x->own_cpusvn ? x->cpusvn : x->comps, x->cpusvn_n));
    else
        forge_der_uint(b, 0);
    forge_der_close(b, mark);
}

static void
add_tcb(ds_buf *b, const forge_sgx *x)
{
    size_t list = forge_der_open(b, 0x30);
    for (unsigned i = 0; i < TCB_ENTRIES; i++)
        if (x->malform != FORGE_EXT_TCB_DROP || x->at != i)
            add_tcb_entry(b, x, i);
    if (x->malform == FORGE_EXT_TCB_EXTRA)
        add_tcb_entry(b, x, TCB_ENTRIES);
    forge_der_close(b, list);
}

static void
add_flag(ds_buf *b, const forge_sgx *x, unsigned i, int value)
{
    if (value == FORGE_UNDEFINED)
        return;
    size_t mark = forge_der_open(b, 0x30);
    add_oid(b, ".7", i + 1);
    if (x->at == i && x->malform == FORGE_EXT_BOOL_01)
        ds_buf_add(b, "\x01\x01\x01", 3);
    else if (x->at == i && x->malform == FORGE_EXT_BOOL_TWO)
        ds_buf_add(b, "\x01\x02\x00\xff", 4);
    else
        forge_der_bool(b, value != FORGE_FALSE);
    forge_der_close(b, mark);
}

static void
add_configuration(ds_buf *b, const forge_sgx *x)
{
    size_t list = forge_der_open(b, 0x30);
    add_flag(b, x, 0, x->dynamic_platform);
    add_flag(b, x, 1, x->cached_keys);
    add_flag(b, x, 2, x->smt);
    forge_der_close(b, list);
}

static void
add_type(ds_buf *b, uint64_t type)
{
    size_t at = b->n;
    forge_der_uint(b, type);
    if (b->n > at)
        b->p[at] = 0x0a; /* ENUMERATED */
}

/* The value of top-level entry i, 0 to 6. */
static void
add_value(ds_buf *b, const forge_sgx *x, unsigned i)
{
    size_t at = b->n;
    switch (i) {
    case 0:
        forge_der_octets(b, ds_view_of(x->ppid, x->ppid_n));
        break;
    case 1:
        add_tcb(b, x);
        break;
    case 2:
        forge_der_octets(b, ds_view_of(x->pceid, x->pceid_n));
        break;
    case 3:
        forge_der_octets(b, ds_view_of(x->fmspc, x->fmspc_n));
        break;
    case 4:
        add_type(b, x->type);
        break;
    case 5:
        forge_der_octets(b, ds_view_of(x->instance_id, x->instance_id_n));
        break;
    default:
        add_configuration(b, x);
        break;
    }
    if (x->malform == FORGE_EXT_WRONG_TAG && x->at == i && b->n > at)
        b->p[at] = 0x0c;
}

static void
add_entry(ds_buf *b, const forge_sgx *x, unsigned i)
{
    size_t mark = forge_der_open(b, 0x30);
    add_oid(b, "", i + 1);
    add_value(b, x, i);
    forge_der_close(b, mark);
}

/* .8: an INTEGER, or 16 SEQUENCEs inside each other. */
static void
add_eighth(ds_buf *b, bool nested)
{
    size_t marks[16];
    size_t mark = forge_der_open(b, 0x30);
    add_oid(b, "", 8);
    for (size_t i = 0; nested && i < 16; i++)
        marks[i] = forge_der_open(b, 0x30);
    forge_der_uint(b, 1);
    for (size_t i = 16; nested && i > 0; i--)
        forge_der_close(b, marks[i - 1]);
    forge_der_close(b, mark);
}

static void
add_entries(ds_buf *b, const forge_sgx *x)
{
    unsigned present[7];
    size_t n = 0;
    for (unsigned i = 0; i < 7; i++) {
        if ((i == 5 && !x->instance) || (i == 6 && !x->configuration) ||
            (i == x->at && x->malform == FORGE_EXT_DROP))
            continue;
        present[n++] = i;
    }
    for (size_t i = 0; i < n; i++) {
        bool last = i + 1 == n;
        if (x->malform == FORGE_EXT_DUPLICATE && last)
            continue;
        add_entry(b, x, present[i]);
        if (x->malform == FORGE_EXT_DUPLICATE && present[i] == x->at)
            add_entry(b, x, present[i]);
    }
    if (x->malform == FORGE_EXT_EXTRA || x->malform == FORGE_EXT_NESTED)
        add_eighth(b, x->malform == FORGE_EXT_NESTED);
}

/* The outer SEQUENCE's header, as spoilt as asked. */
static void
add_outer(ds_buf *b, int malform, ds_view entries)
{
    static const char huge[] = "\x88\xff\xff\xff\xff\xff\xff\xff\xff";
    ds_buf_add_u8(b, 0x30);
    if (malform == FORGE_EXT_INDEFINITE) {
        ds_buf_add_u8(b, 0x80);
    } else if (malform == FORGE_EXT_OVERLONG) {
        uint8_t length[4] = {
            0x83, 0, (uint8_t)(entries.n >> 8), (uint8_t)entries.n};
        ds_buf_add(b, length, sizeof length);
    } else if (malform == FORGE_EXT_LENGTH_4G) {
        ds_buf_add(b, "\x84\xff\xff\xff\xff", 5);
    } else if (malform == FORGE_EXT_LENGTH_WRAP) {
        ds_buf_add(b, huge, 9);
    } else {
        forge_der_length(b, entries.n + (malform == FORGE_EXT_LENGTH_PAST) -
                                (malform == FORGE_EXT_LENGTH_SHORT));
    }
    forge_add_view(b, entries);
    if (malform == FORGE_EXT_INDEFINITE)
        ds_buf_add(b, "\0\0", 2);
    if (malform == FORGE_EXT_TRAILING)
        forge_der_null(b);
}

void
forge_sgx_value(const forge_sgx *x, ds_buf *out)
{
    ds_buf entries;
    ds_buf_init(&entries, 1u << 16);
    if (x->malform != FORGE_EXT_EMPTY) {
        add_entries(&entries, x);
        add_outer(out, x->malform, forge_view(&entries));
        out->nomem |= entries.nomem;
        out->bad |= entries.bad;
    }
    ds_buf_free(&entries);
}
