/* SPDX-License-Identifier: Apache-2.0 */
#include "intel/pck.h"

#include <string.h>

#include "codec/der.h"

#define TCB_ENTRIES 18u

/* 1.2.840.113741.1.13.1; children append one octet each. */
static const uint8_t sgx_oid[] = {
    0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};

/* Which entries were seen, so that each comes exactly once. */
typedef struct {
    ds_pck *pck;
    uint32_t seen;
    const char *wrong; /* what is wrong, NULL while nothing is */
} parse;

/* The last octet of an OID that is `depth` octets longer than the SGX one
 * and goes through `parent` first when depth is 2; 0 for any other OID. */
static unsigned
oid_child(ds_view oid, unsigned parent)
{
    size_t base = sizeof sgx_oid;
    size_t want = base + (parent ? 2 : 1);

    if (oid.n != want || memcmp(oid.p, sgx_oid, base) != 0)
        return 0;
    if (parent && oid.p[base] != parent)
        return 0;
    return oid.p[want - 1];
}

static void
wrong(parse *p, const char *what)
{
    if (!p->wrong)
        p->wrong = what;
}

static bool
mark(parse *p, unsigned id)
{
    if (id == 0 || id > 31 || (p->seen & (UINT32_C(1) << id))) {
        wrong(p, "an unknown or repeated OID");
        return false;
    }
    p->seen |= UINT32_C(1) << id;
    return true;
}

static void
octets(parse *p, ds_der *d, uint8_t *out, size_t n, const char *what)
{
    ds_view v = ds_der_read(d, DS_DER_OCTET_STRING);

    if (v.n != n) {
        wrong(p, what);
        return;
    }
    memcpy(out, v.p, n);
}

static void
tcb_entry(parse *p, ds_der *list)
{
    ds_der entry;
    unsigned id;
    uint64_t svn;

    ds_der_enter(list, DS_DER_SEQUENCE, &entry);
    id = oid_child(ds_der_read(&entry, DS_DER_OID), 2);
    if (!mark(p, id))
        return;
    if (id <= 16) {
        svn = ds_der_uint(&entry, DS_DER_INTEGER, 255);
        p->pck->comps[id - 1] = (uint8_t)svn;
    } else if (id == 17) {
        svn = ds_der_uint(&entry, DS_DER_INTEGER, 65535);
        p->pck->pce_svn = (uint16_t)svn;
        p->pck->pce_svn_be[0] = (uint8_t)(svn >> 8);
        p->pck->pce_svn_be[1] = (uint8_t)svn;
    } else if (id == TCB_ENTRIES) {
        octets(p, &entry, p->pck->cpu_svn, 16, "CPUSVN is not 16 bytes");
    } else {
        wrong(p, "an unknown TCB entry");
    }
    if (!ds_der_done(&entry))
        wrong(p, "a malformed TCB entry");
}

static void
tcb(parse *outer, ds_der *d)
{
    parse p = {outer->pck, 0, NULL};
    ds_der list;
    unsigned n = 0;

    ds_der_enter(d, DS_DER_SEQUENCE, &list);
    while (!ds_der_done(&list) && !list.bad && !p.wrong && n <= TCB_ENTRIES) {
        tcb_entry(&p, &list);
        n++;
    }
    if (p.wrong)
        wrong(outer, p.wrong);
    else if (list.bad || n != TCB_ENTRIES)
        wrong(outer, "the TCB has not exactly 18 entries");
}

static void
config_entry(parse *p, ds_der *list)
{
    ds_der entry;
    unsigned id;
    int8_t value;

    ds_der_enter(list, DS_DER_SEQUENCE, &entry);
    id = oid_child(ds_der_read(&entry, DS_DER_OID), 7);
    if (!mark(p, id))
        return;
    value = ds_der_bool(&entry) ? 1 : 0;
    if (id == 1)
        p->pck->dynamic_platform = value;
    else if (id == 2)
        p->pck->cached_keys = value;
    else if (id == 3)
        p->pck->smt_enabled = value;
    else
        wrong(p, "an unknown configuration entry");
    if (!ds_der_done(&entry))
        wrong(p, "a malformed configuration entry");
}

static void
config(parse *outer, ds_der *d)
{
    parse p = {outer->pck, 0, NULL};
    ds_der list;

    ds_der_enter(d, DS_DER_SEQUENCE, &list);
    while (!ds_der_done(&list) && !list.bad && !p.wrong)
        config_entry(&p, &list);
    if (p.wrong)
        wrong(outer, p.wrong);
    else if (list.bad)
        wrong(outer, "a malformed configuration");
}

static void
top_entry(parse *p, ds_der *list)
{
    ds_der entry;
    unsigned id;

    ds_der_enter(list, DS_DER_SEQUENCE, &entry);
    id = oid_child(ds_der_read(&entry, DS_DER_OID), 0);
    if (!mark(p, id))
        return;
    if (id == 1)
        octets(p, &entry, p->pck->ppid, 16, "PPID is not 16 bytes");
    else if (id == 2)
        tcb(p, &entry);
    else if (id == 3)
        octets(p, &entry, p->pck->pce_id, 2, "PCEID is not 2 bytes");
    else if (id == 4)
        octets(p, &entry, p->pck->fmspc, 6, "FMSPC is not 6 bytes");
    else if (id == 5)
        p->pck->sgx_type = (int8_t)ds_der_uint(&entry, DS_DER_ENUMERATED, 2);
    else if (id == 6)
        octets(p, &entry, p->pck->instance_id, 16,
            "platform instance ID is not 16 bytes");
    else if (id == 7)
        config(p, &entry);
    else
        wrong(p, "an unknown entry");
    if (!ds_der_done(&entry))
        wrong(p, "a malformed entry");
}

static void
extension(parse *p, ds_view value)
{
    ds_der outer;
    ds_der list;
    unsigned n = 0;

    ds_der_init(&outer, value);
    ds_der_enter(&outer, DS_DER_SEQUENCE, &list);
    while (!ds_der_done(&list) && !list.bad && !p->wrong && n <= 7) {
        top_entry(p, &list);
        n++;
    }
    /* Processor CA certificates have entries 1 to 5, Platform CA ones 1 to
     * 7. */
    if (!p->wrong && (list.bad || !ds_der_done(&outer) ||
                         (p->seen != 0x3e && p->seen != 0xfe)))
        wrong(p, "not exactly the 5 or 7 entries that it must have");
    p->pck->has_instance_id = p->seen == 0xfe;
    /* The two encodings of the same SVNs; a verifier may use either. */
    if (!p->wrong && memcmp(p->pck->comps, p->pck->cpu_svn, 16) != 0)
        wrong(p, "TCB components differ from CPUSVN");
}

bool
ds_pck_has_extension(const ds_cert *cert)
{
    ds_view value;

    return ds_cert_extension(
               cert, ds_view_of(sgx_oid, sizeof sgx_oid), &value) != 0;
}

bool
ds_pck_repeats_extension(ds_view der)
{
    return ds_cert_repeats(der, ds_view_of(sgx_oid, sizeof sgx_oid));
}

int
ds_pck_parse(const ds_cert *cert, ds_pck *ret, dstack_error *err)
{
    parse p = {ret, 0, NULL};
    ds_view value;

    memset(ret, 0, sizeof *ret);
    ret->sgx_type = -1;
    ret->dynamic_platform = ret->cached_keys = ret->smt_enabled = -1;
    if (ds_cert_extension(cert, ds_view_of(sgx_oid, sizeof sgx_oid), &value) !=
        1)
        wrong(&p, "it is missing");
    else
        extension(&p, value);
    if (p.wrong)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_CHAIN,
            DSTACK_REASON_PCK_EXT, "PCK certificate: SGX extension: %s",
            p.wrong);
    return DSTACK_OK;
}
