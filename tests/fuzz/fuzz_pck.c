/* SPDX-License-Identifier: Apache-2.0 */
/* The input is the SGX extension's value, inside a certificate. Whatever is
 * accepted has one encoding: written anew from what was read, entries in the
 * order in which they came, it is the same bytes. */
#include <stdio.h>
#include <string.h>

#include "crypto/cert.h"
#include "dstack/dstack.h"
#include "forge/inner.h"
#include "fuzz/help.h"
#include "intel/pck.h"

#define SGX_OID "1.2.840.113741.1.13.1"

/* A PCK certificate without the extension: what stands before its extensions,
 * their contents, and what stands behind its tbs part. */
static ds_buf front, extensions, back;

static void
make_template(void)
{
    forge *f = fuzz_forge(FORGE_SGX_V3);
    ds_cert *c;
    size_t start;

    f->cert[FORGE_CERT_PCK].sgx = false;
    must(forge_build(f) == 0);
    must(ds_cert_parse(fuzz_view(&f->out.cert[FORGE_CERT_PCK]), &c, NULL) ==
         DSTACK_OK);
    must(!ds_pck_has_extension(c));
    /* The tbs part has a header of 4 bytes at this size. */
    must(c->tbs.n > 256 && c->tbs.p[1] == 0x82);
    start = 4;
    ds_buf_init(&front, SIZE_MAX);
    ds_buf_add(&front, c->tbs.p + start,
        (size_t)(c->spki.p + c->spki.n - c->tbs.p) - start);
    ds_buf_init(&extensions, SIZE_MAX);
    ds_buf_add(&extensions, c->extensions.p, c->extensions.n);
    ds_buf_init(&back, SIZE_MAX);
    start = (size_t)(c->tbs.p + c->tbs.n - c->der.p);
    ds_buf_add(&back, c->der.p + start, c->der.n - start);
    ds_cert_free(c);
}

/* Not signed: nobody looks at the signature here. */
static void
make_cert(ds_view value, ds_buf *out)
{
    size_t cert = forge_der_open(out, 0x30);
    size_t tbs = forge_der_open(out, 0x30);
    size_t tagged, list;

    forge_add_view(out, fuzz_view(&front));
    tagged = forge_der_open(out, 0xa3);
    list = forge_der_open(out, 0x30);
    forge_add_view(out, fuzz_view(&extensions));
    forge_der_extension(out, SGX_OID, false, value);
    forge_der_close(out, list);
    forge_der_close(out, tagged);
    forge_der_close(out, tbs);
    forge_add_view(out, fuzz_view(&back));
    forge_der_close(out, cert);
    must(!out->bad && !out->nomem);
}

/* ---- the second writer ----------------------------------------------------- */

/* The next value of a list that is trusted to be well-formed; what is read is
 * only the order of the entries, and their bytes are compared afterwards. */
static ds_view
next_value(ds_view *list)
{
    size_t head = 2, n;
    ds_view v;

    must(list->n >= 2);
    n = list->p[1];
    if (n == 0x81 || n == 0x82) {
        head += n & 0x7f;
        must(list->n >= head);
        n = n == 0x81 ? list->p[2] : (size_t)(list->p[2] << 8 | list->p[3]);
    }
    must(n <= list->n - head);
    v = ds_view_of(list->p + head, n);
    list->p = v.p + n;
    list->n -= head + n;
    return v;
}

/* The last octet of an entry's OID, and what follows the OID. */
static unsigned
entry_id(ds_view *list, ds_view *rest)
{
    ds_view entry = next_value(list);
    ds_view oid = next_value(&entry);

    must(oid.n != 0);
    *rest = entry;
    return oid.p[oid.n - 1];
}

static size_t
open_entry(ds_buf *b, unsigned parent, unsigned id)
{
    char oid[48];
    size_t mark = forge_der_open(b, 0x30);

    if (parent)
        snprintf(oid, sizeof oid, SGX_OID ".%u.%u", parent, id);
    else
        snprintf(oid, sizeof oid, SGX_OID ".%u", id);
    forge_der_oid(b, oid);
    return mark;
}

static void
write_tcb(const ds_pck *p, ds_view list, ds_buf *b)
{
    ds_view rest;
    size_t all = forge_der_open(b, 0x30);

    list = next_value(&list);
    while (list.n) {
        unsigned id = entry_id(&list, &rest);
        size_t mark = open_entry(b, 2, id);

        must(id >= 1 && id <= 18);
        if (id <= 16)
            forge_der_uint(b, p->comps[id - 1]);
        else if (id == 17)
            forge_der_uint(b, p->pce_svn);
        else
            forge_der_octets(b, ds_view_of(p->cpu_svn, 16));
        forge_der_close(b, mark);
    }
    forge_der_close(b, all);
}

static void
write_configuration(const ds_pck *p, ds_view list, ds_buf *b)
{
    const int8_t flags[] = {
        p->dynamic_platform, p->cached_keys, p->smt_enabled};
    unsigned seen = 0;
    ds_view rest;
    size_t all = forge_der_open(b, 0x30);

    list = next_value(&list);
    while (list.n) {
        unsigned id = entry_id(&list, &rest);
        size_t mark = open_entry(b, 7, id);

        must(id >= 1 && id <= 3 && flags[id - 1] >= 0);
        seen |= 1u << (id - 1);
        forge_der_bool(b, flags[id - 1] == 1);
        forge_der_close(b, mark);
    }
    forge_der_close(b, all);
    for (unsigned i = 0; i < 3; i++)
        must((flags[i] >= 0) == (seen >> i & 1));
}

static void
write_entry(const ds_pck *p, unsigned id, ds_view rest, ds_buf *b)
{
    uint8_t type = (uint8_t)p->sgx_type;

    if (id == 1)
        forge_der_octets(b, ds_view_of(p->ppid, 16));
    else if (id == 2)
        write_tcb(p, rest, b);
    else if (id == 3)
        forge_der_octets(b, ds_view_of(p->pce_id, 2));
    else if (id == 4)
        forge_der_octets(b, ds_view_of(p->fmspc, 6));
    else if (id == 5)
        forge_der_tlv(b, 0x0a, ds_view_of(&type, 1));
    else if (id == 6)
        forge_der_octets(b, ds_view_of(p->instance_id, 16));
    else
        write_configuration(p, rest, b);
}

static void
check_accepted(const ds_pck *p, ds_view value)
{
    ds_view list = value, rest;
    size_t all, n = 0;
    ds_buf b;

    ds_buf_init(&b, SIZE_MAX);
    all = forge_der_open(&b, 0x30);
    list = next_value(&list);
    while (list.n) {
        unsigned id = entry_id(&list, &rest);
        size_t mark = open_entry(&b, 0, id);

        must(id >= 1 && id <= 7);
        write_entry(p, id, rest, &b);
        forge_der_close(&b, mark);
        n++;
    }
    forge_der_close(&b, all);
    must(ds_view_eq(fuzz_view(&b), value));
    must(n == (p->has_instance_id ? 7 : 5));
    must(p->sgx_type >= 0 && p->sgx_type <= 2);
    must(p->pce_svn == (p->pce_svn_be[0] << 8 | p->pce_svn_be[1]));
    must(memcmp(p->comps, p->cpu_svn, 16) == 0);
    ds_buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ds_view value = ds_view_of(data, size), found;
    static const uint8_t oid[] = {
        0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};
    ds_cert *c = NULL;
    dstack_error err;
    ds_pck pck;
    ds_buf der;
    int rc;

    if (!front.p)
        make_template();
    if (size > 8000)
        return 0;
    ds_buf_init(&der, SIZE_MAX);
    make_cert(value, &der);
    must(ds_cert_parse(fuzz_view(&der), &c, &err) == DSTACK_OK);
    must(ds_pck_has_extension(c));
    must(ds_cert_extension(c, ds_view_of(oid, sizeof oid), &found) == 1);
    must(ds_view_eq(found, value));
    rc = ds_pck_parse(c, &pck, &err);
    if (rc == DSTACK_OK) {
        check_accepted(&pck, value);
    } else {
        fuzz_check_error(rc, &err);
        must(err.reason == DSTACK_REASON_PCK_EXT);
    }
    ds_cert_free(c);
    ds_buf_free(&der);
    return 0;
}

size_t
LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    return fuzz_mutate_der(data, size, max_size, seed);
}
