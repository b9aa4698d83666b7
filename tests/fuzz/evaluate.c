/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/evaluate.h"

#include <stdio.h>
#include <string.h>

#include "codec/json.h"
#include "fuzz/help.h"

typedef struct {
    const evaluate_in *in;
    ds_json *tcb, *qe;
    const uint8_t *body, *qe_report;
    bool tdx;
    bool td15;
} work;

/* ---- reading ------------------------------------------------------------------- */

static uint64_t
number(const ds_json *j, ds_jv object, const char *name)
{
    uint64_t v = 0;

    must(ds_json_u64(j, ds_json_get(j, object, name), UINT64_MAX, &v, NULL) ==
         DSTACK_OK);
    return v;
}

static void
hex(const ds_json *j, ds_jv object, const char *name, uint8_t *out, size_t n)
{
    must(ds_json_hex(j, ds_json_get(j, object, name), out, n, NULL) ==
         DSTACK_OK);
}

static bool
text_is(const ds_json *j, ds_jv object, const char *name, const char *want)
{
    ds_view v = {NULL, 0};
    ds_jv at = ds_json_get(j, object, name);

    return ds_json_string(j, at, 1000, &v, NULL) == DSTACK_OK &&
           ds_view_eq_str(v, want);
}

static int64_t
date(const ds_json *j, const char *name)
{
    int64_t t = 0;

    must(ds_json_time(j, ds_json_get(j, 0, name), &t, NULL) == DSTACK_OK);
    return t;
}

static uint32_t
status(const ds_json *j, ds_jv level)
{
    static const char *const names[] = {"UpToDate", "SWHardeningNeeded",
        "ConfigurationNeeded", "ConfigurationAndSWHardeningNeeded", "OutOfDate",
        "OutOfDateConfigurationNeeded", "Revoked"};

    for (uint32_t i = 0; i < 7; i++)
        if (text_is(j, level, "tcbStatus", names[i]))
            return i + 1;
    must(false);
    return 0;
}

/* ---- platform levels ------------------------------------------------------------- */

/* A level's keys in their order of weight. */
typedef struct {
    uint32_t key[33];
} svns;

static svns
level_svns(const work *w, ds_jv level)
{
    const ds_json *j = w->tcb;
    ds_jv tcb = ds_json_get(j, level, "tcb");
    ds_jv sgx = ds_json_get(j, tcb, "sgxtcbcomponents");
    ds_jv tdx = ds_json_get(j, tcb, "tdxtcbcomponents");
    ds_jv v;
    svns s = {{0}};
    char name[24];
    size_t i;

    v = ds_json_first(j, sgx);
    for (i = 0; i < 16; i++, v = ds_json_next(j, v)) {
        snprintf(name, sizeof name, "sgxtcbcomp%02usvn", (unsigned)i + 1);
        s.key[i] = number(w->tcb, 0, "version") == 2
                       ? (uint32_t)number(j, tcb, name)
                       : (uint32_t)number(j, v, "svn");
    }
    s.key[16] = (uint32_t)number(j, tcb, "pcesvn");
    v = ds_json_first(j, tdx);
    for (i = 17; w->tdx && i < 33; i++, v = ds_json_next(j, v))
        s.key[i] = (uint32_t)number(j, v, "svn");
    return s;
}

static bool
reaches(const work *w, const svns *need, const uint8_t *svn)
{
    for (size_t i = 0; i < 33; i++) {
        uint32_t have = i < 16    ? w->in->comps.p[i]
                        : i == 16 ? w->in->pce_svn
                        : svn     ? svn[i - 17]
                                  : 0;

        if (svn && svn[1] != 0 && (i == 17 || i == 18))
            continue;
        if (have < need->key[i])
            return false;
    }
    return true;
}

/* The greatest level that is reached, whatever the document's order. */
static uint32_t
platform_status(const work *w, const uint8_t *svn)
{
    ds_jv list = ds_json_get(w->tcb, 0, "tcbLevels"), v;
    uint32_t found = 0;
    svns best = {{0}};

    for (v = ds_json_first(w->tcb, list); v != DS_JSON_NONE;
         v = ds_json_next(w->tcb, v)) {
        svns s = level_svns(w, v);
        size_t k = 0;

        while (k < 32 && s.key[k] == best.key[k])
            k++;
        if (reaches(w, &s, svn) && (!found || s.key[k] > best.key[k])) {
            best = s;
            found = status(w->tcb, v);
        }
    }
    return found;
}

static uint32_t
isv_status(const ds_json *j, ds_jv object, uint32_t svn)
{
    ds_jv list = ds_json_get(j, object, "tcbLevels"), v;
    uint32_t found = 0;
    uint64_t best = 0;

    for (v = ds_json_first(j, list); v != DS_JSON_NONE;
         v = ds_json_next(j, v)) {
        uint64_t need = number(j, ds_json_get(j, v, "tcb"), "isvsvn");

        if (need <= svn && (!found || need > best)) {
            best = need;
            found = status(j, v);
        }
    }
    return found;
}

/* The identity of a module's major version; the document's for version 0. */
static ds_jv
module_of(const work *w, uint8_t version)
{
    ds_jv list = ds_json_get(w->tcb, 0, "tdxModuleIdentities"), v;
    char want[8];

    if (version == 0)
        return ds_json_get(w->tcb, 0, "tdxModule");
    snprintf(want, sizeof want, "TDX_%02X", version);
    for (v = ds_json_first(w->tcb, list); v != DS_JSON_NONE;
         v = ds_json_next(w->tcb, v)) {
        ds_view id = {NULL, 0};

        must(ds_json_string(w->tcb, ds_json_get(w->tcb, v, "id"), 64, &id,
                 NULL) == DSTACK_OK);
        for (size_t i = 0; i < id.n && i < 6; i++)
            if ((id.p[i] & 0xdf) != (want[i] & 0xdf) &&
                id.p[i] != (uint8_t)want[i])
                break;
            else if (i == 5)
                return v;
    }
    return DS_JSON_NONE;
}

/* ---- statuses, as spec 3.11's tables say ------------------------------------------- */

enum {
    UTD = DSTACK_TCB_UP_TO_DATE,
    SWH = DSTACK_TCB_SW_HARDENING_NEEDED,
    CN = DSTACK_TCB_CONFIGURATION_NEEDED,
    CSH = DSTACK_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
    OOD = DSTACK_TCB_OUT_OF_DATE,
    OCN = DSTACK_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
    REV = DSTACK_TCB_REVOKED
};

static uint32_t
converge(uint32_t platform, uint32_t module, uint32_t qe)
{
    /* all up to date, any out of date, any revoked */
    static const uint8_t table[8][3] = {{0, 0, 0}, {UTD, OOD, REV},
        {SWH, OOD, REV}, {CN, OCN, REV}, {CSH, OCN, REV}, {OOD, OOD, REV},
        {OCN, OCN, REV}, {REV, REV, REV}};
    int column = module == REV || qe == REV   ? 2
                 : module == OOD || qe == OOD ? 1
                                              : 0;

    return table[platform][column];
}

static uint32_t
relaunch(uint32_t launch, uint32_t now)
{
    static const bool late[8] = {[OOD] = true, [OCN] = true};
    static const bool fine[8] = {
        [UTD] = true, [SWH] = true, [CN] = true, [CSH] = true};
    static const bool configuration[8] = {
        [CN] = true, [CSH] = true, [OCN] = true};

    if (launch == REV || now == REV)
        return REV;
    if (!late[launch] || !fine[now])
        return launch;
    return configuration[launch] || configuration[now]
               ? DSTACK_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
               : DSTACK_TCB_TD_RELAUNCH_ADVISED;
}

static bool
set_levels(
    const work *w, const uint8_t *svn, uint32_t *platform, uint32_t *module)
{
    ds_jv m;

    *platform = platform_status(w, svn);
    *module = 0;
    if (!svn || svn[1] == 0)
        return *platform != 0;
    m = module_of(w, svn[1]);
    if (m != DS_JSON_NONE)
        *module = isv_status(w->tcb, m, svn[0]);
    return *platform != 0 && *module != 0;
}

static void
set_statuses(const work *w, evaluate_out *out)
{
    uint32_t *s = out->status;
    const uint8_t *launch = w->tdx ? w->body : NULL;
    const uint8_t *now = w->td15 ? w->body + 584 : launch;

    s[DSTACK_OF_QE] = isv_status(w->qe, 0, ds_le16(w->qe_report + 258));
    out->found =
        set_levels(w, launch, &s[DSTACK_OF_PLATFORM], &s[DSTACK_OF_MODULE]) &&
        set_levels(w, now, &s[DSTACK_OF_PLATFORM_CURRENT],
            &s[DSTACK_OF_MODULE_CURRENT]) &&
        s[DSTACK_OF_QE] != 0;
    if (!out->found)
        return;
    s[DSTACK_OF_LAUNCH] =
        converge(s[DSTACK_OF_PLATFORM], s[DSTACK_OF_MODULE], s[DSTACK_OF_QE]);
    s[DSTACK_OF_CURRENT] = converge(s[DSTACK_OF_PLATFORM_CURRENT],
        s[DSTACK_OF_MODULE_CURRENT], s[DSTACK_OF_QE]);
    s[DSTACK_OF_ALL] = relaunch(s[DSTACK_OF_LAUNCH], s[DSTACK_OF_CURRENT]);
}

/* ---- the documents are for this quote ----------------------------------------------- */

static bool
in_time(const work *w, const ds_json *j)
{
    return date(j, "issueDate") <= w->in->now &&
           w->in->now - w->in->grace <= date(j, "nextUpdate");
}

static bool
masked(const uint8_t *value, const uint8_t *mask, const uint8_t *want, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((value[i] & mask[i]) != want[i])
            return false;
    return true;
}

static bool
qe_fits(const work *w)
{
    const uint8_t *r = w->qe_report;
    uint8_t misc[4], misc_mask[4], bits[16], bits_mask[16], signer[32];

    hex(w->qe, 0, "miscselect", misc, 4);
    hex(w->qe, 0, "miscselectMask", misc_mask, 4);
    hex(w->qe, 0, "attributes", bits, 16);
    hex(w->qe, 0, "attributesMask", bits_mask, 16);
    hex(w->qe, 0, "mrsigner", signer, 32);
    return text_is(w->qe, 0, "id", w->tdx ? "TD_QE" : "QE") &&
           masked(r + 16, misc_mask, misc, 4) &&
           masked(r + 48, bits_mask, bits, 16) && (r[48] & 2) == 0 &&
           memcmp(r + 128, signer, 32) == 0 &&
           ds_le16(r + 256) == number(w->qe, 0, "isvprodid");
}

static bool
module_fits(const work *w)
{
    uint8_t signer[48], bits[8], mask[8];
    ds_jv m;

    if (!w->tdx)
        return true;
    m = module_of(w, w->body[1]);
    if (m == DS_JSON_NONE)
        return false;
    hex(w->tcb, m, "mrsigner", signer, 48);
    hex(w->tcb, m, "attributes", bits, 8);
    hex(w->tcb, m, "attributesMask", mask, 8);
    return memcmp(w->body + 64, signer, 48) == 0 &&
           masked(w->body + 112, mask, bits, 8) &&
           ds_view_is_zero(ds_view_of(w->body + 112, 8));
}

static bool
tcb_fits(const work *w)
{
    uint8_t fmspc[6], pce_id[2];
    bool v2 = number(w->tcb, 0, "version") == 2;

    hex(w->tcb, 0, "fmspc", fmspc, 6);
    hex(w->tcb, 0, "pceId", pce_id, 2);
    return (w->tdx ? !v2 && text_is(w->tcb, 0, "id", "TDX")
                   : v2 || text_is(w->tcb, 0, "id", "SGX")) &&
           memcmp(fmspc, w->in->fmspc.p, 6) == 0 &&
           memcmp(pce_id, w->in->pce_id.p, 2) == 0;
}

/* Offsets by Intel's tables, not by the library's reader. */
static void
find_parts(work *w)
{
    static const size_t size[] = {0, 384, 584, 648, 885};
    const uint8_t *p = w->in->quote.p;
    unsigned version = ds_le16(p), type;

    w->tdx = ds_le32(p + 4) == 0x81;
    type = version == 5 ? ds_le16(p + 48) : w->tdx ? 2 : 1;
    w->td15 = type >= 3;
    w->body = p + (version == 5 ? 54 : 48);
    w->qe_report = w->body + size[type] + 4 + 128 + (version == 3 ? 0 : 6);
}

evaluate_out
evaluate(const evaluate_in *in)
{
    evaluate_out out = {.fits = false};
    work w = {.in = in};

    find_parts(&w);
    must(ds_json_parse(in->tcb_info, "tcb", &w.tcb, NULL) == DSTACK_OK);
    must(ds_json_parse(in->qe_identity, "qe", &w.qe, NULL) == DSTACK_OK);
    out.fits = in_time(&w, w.tcb) && in_time(&w, w.qe) && tcb_fits(&w) &&
               qe_fits(&w) && module_fits(&w);
    set_statuses(&w, &out);
    ds_json_free(w.tcb);
    ds_json_free(w.qe);
    return out;
}
