/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/json.h"
#include "intel/tcb.h"

/* TCB info version 2 and 3 and QE identity version 2: Intel PCS API v3 and
 * v4. Strict where every genuine document is; unknown members are ignored,
 * since Intel adds some over time. */

/* One document being read. `rc` sticks: after a failure every read below does
 * nothing, so that each function reads like the document. */
typedef struct {
    ds_json *j;
    dstack_error *err;
    ds_advisory_list *advisories;
    int rc;
} doc;

static ds_jv
need(doc *d, ds_jv object, const char *name)
{
    ds_jv v = DS_JSON_NONE;

    if (d->rc == DSTACK_OK)
        d->rc = ds_json_need(d->j, object, name, &v, d->err);
    return v;
}

static uint64_t
need_u64(doc *d, ds_jv object, const char *name, uint64_t max)
{
    ds_jv v = need(d, object, name);
    uint64_t n = 0;

    if (d->rc == DSTACK_OK)
        d->rc = ds_json_u64(d->j, v, max, &n, d->err);
    return n;
}

static void
need_hex(doc *d, ds_jv object, const char *name, uint8_t *out, size_t n)
{
    ds_jv v = need(d, object, name);

    if (d->rc == DSTACK_OK)
        d->rc = ds_json_hex(d->j, v, out, n, d->err);
}

static int64_t
need_time(doc *d, ds_jv object, const char *name)
{
    ds_jv v = need(d, object, name);
    int64_t t = 0;

    if (d->rc == DSTACK_OK)
        d->rc = ds_json_time(d->j, v, &t, d->err);
    return t;
}

static ds_view
need_string(doc *d, ds_jv object, const char *name, size_t max, ds_jv *at)
{
    ds_view s = {NULL, 0};

    *at = need(d, object, name);
    if (d->rc == DSTACK_OK)
        d->rc = ds_json_string(d->j, *at, max, &s, d->err);
    return s;
}

/* A non-empty array of at most max elements; its first element. */
static ds_jv
need_array(doc *d, ds_jv object, const char *name, size_t max, size_t *count)
{
    ds_jv v = need(d, object, name);

    *count = 0;
    if (d->rc == DSTACK_OK)
        d->rc = ds_json_expect(d->j, v, DS_JSON_ARRAY, d->err);
    if (d->rc != DSTACK_OK)
        return DS_JSON_NONE;
    *count = ds_json_count(d->j, v);
    if (*count == 0 || *count > max)
        d->rc = ds_json_fail(d->j, v, DSTACK_REASON_JSON_RANGE, d->err,
            "has %zu elements, expected 1 to %zu", *count, max);
    return d->rc == DSTACK_OK ? ds_json_first(d->j, v) : DS_JSON_NONE;
}

/* ---- levels ------------------------------------------------------------------ */

static void
add_advisory(doc *d, ds_view id)
{
    ds_advisory_list *a = d->advisories;
    ds_view *grown;
    size_t cap;

    if (a->n == a->cap) {
        cap = a->cap ? a->cap * 2 : 32;
        grown = ds_realloc_array(a->at, cap, sizeof *a->at);
        if (!grown) {
            d->rc = ds_fail_nomem(d->err);
            return;
        }
        a->at = grown;
        a->cap = cap;
    }
    a->at[a->n++] = id;
}

static void
read_advisories(doc *d, ds_jv level, ds_tcb_level *out)
{
    ds_jv list = ds_json_get(d->j, level, "advisoryIDs");
    ds_view id;
    ds_jv v;

    out->advisories.first = d->advisories->n;
    if (list == DS_JSON_NONE || d->rc != DSTACK_OK)
        return;
    d->rc = ds_json_expect(d->j, list, DS_JSON_ARRAY, d->err);
    if (d->rc == DSTACK_OK && ds_json_count(d->j, list) > DS_MAX_ADVISORIES)
        d->rc = ds_json_fail(d->j, list, DSTACK_REASON_JSON_RANGE, d->err,
            "has %zu elements, expected at most %d", ds_json_count(d->j, list),
            DS_MAX_ADVISORIES);
    for (v = ds_json_first(d->j, list); d->rc == DSTACK_OK && v != DS_JSON_NONE;
         v = ds_json_next(d->j, v)) {
        d->rc = ds_json_string(d->j, v, DS_MAX_ADVISORY_ID, &id, d->err);
        if (d->rc == DSTACK_OK)
            add_advisory(d, id);
    }
    out->advisories.count = d->advisories->n - out->advisories.first;
}

/* Platform levels know seven statuses, module and QE levels three. */
static uint32_t
read_status(doc *d, ds_jv level, bool platform)
{
    char name[48] = "";
    char shown[40];
    ds_jv at;
    ds_view s = need_string(d, level, "tcbStatus", 1000, &at);
    uint32_t status;

    if (d->rc != DSTACK_OK)
        return DSTACK_TCB_UNKNOWN;
    if (s.n < sizeof name)
        memcpy(name, s.p, s.n);
    status = dstack_tcb_status_parse(name);
    if (status == DSTACK_TCB_UNKNOWN || status > DSTACK_TCB_REVOKED ||
        (!platform && status != DSTACK_TCB_UP_TO_DATE &&
            status != DSTACK_TCB_OUT_OF_DATE && status != DSTACK_TCB_REVOKED))
        d->rc = ds_json_fail(d->j, at, DSTACK_REASON_JSON_STATUS, d->err,
            "unknown status \"%s\"", ds_err_quote(s, shown));
    return status;
}

static void
read_level_tail(doc *d, ds_jv level, bool platform, ds_tcb_level *out)
{
    out->date = need_time(d, level, "tcbDate");
    out->status = read_status(d, level, platform);
    read_advisories(d, level, out);
}

/* Sixteen {"svn": n} of a version 3 document. */
static void
read_components(
    doc *d, ds_jv tcb, const char *name, uint8_t out[16], ds_view type[16])
{
    ds_jv list = need(d, tcb, name);
    ds_jv v;
    ds_jv t;
    size_t i = 0;

    if (d->rc == DSTACK_OK)
        d->rc = ds_json_expect(d->j, list, DS_JSON_ARRAY, d->err);
    if (d->rc == DSTACK_OK && ds_json_count(d->j, list) != 16)
        d->rc = ds_json_fail(d->j, list, DSTACK_REASON_JSON_RANGE, d->err,
            "has %zu elements, expected 16", ds_json_count(d->j, list));
    for (v = ds_json_first(d->j, list); d->rc == DSTACK_OK && i < 16;
         v = ds_json_next(d->j, v), i++) {
        d->rc = ds_json_expect(d->j, v, DS_JSON_OBJECT, d->err);
        out[i] = (uint8_t)need_u64(d, v, "svn", 255);
        t = ds_json_get(d->j, v, "type");
        if (d->rc == DSTACK_OK && t != DS_JSON_NONE && type[i].n == 0)
            d->rc =
                ds_json_string(d->j, t, DS_MAX_ADVISORY_ID, &type[i], d->err);
    }
}

/* sgxtcbcomp01svn to sgxtcbcomp16svn of a version 2 document. */
static void
read_components_v2(doc *d, ds_jv tcb, uint8_t out[16])
{
    char name[] = "sgxtcbcomp00svn";
    unsigned i;

    for (i = 1; i <= 16; i++) {
        name[10] = (char)('0' + i / 10);
        name[11] = (char)('0' + i % 10);
        out[i - 1] = (uint8_t)need_u64(d, tcb, name, 255);
    }
}

static void
read_platform_level(doc *d, ds_tcb_info *info, ds_jv level, ds_tcb_level *out)
{
    ds_jv tcb;

    if (d->rc == DSTACK_OK)
        d->rc = ds_json_expect(d->j, level, DS_JSON_OBJECT, d->err);
    tcb = need(d, level, "tcb");
    if (info->version == 2)
        read_components_v2(d, tcb, out->sgx);
    else
        read_components(
            d, tcb, "sgxtcbcomponents", out->sgx, info->component_type[0]);
    if (info->tee == DSTACK_TEE_TDX)
        read_components(
            d, tcb, "tdxtcbcomponents", out->tdx, info->component_type[1]);
    out->pce_svn = (uint32_t)need_u64(d, tcb, "pcesvn", 65535);
    read_level_tail(d, level, true, out);
}

static void
read_isvsvn_level(doc *d, ds_jv level, ds_tcb_level *out)
{
    ds_jv tcb;

    if (d->rc == DSTACK_OK)
        d->rc = ds_json_expect(d->j, level, DS_JSON_OBJECT, d->err);
    tcb = need(d, level, "tcb");
    out->pce_svn = (uint32_t)need_u64(d, tcb, "isvsvn", 65535);
    read_level_tail(d, level, false, out);
}

/* Descending by components, then PCE SVN (or isvsvn), then TDX components. */
static int
compare_levels(const void *a, const void *b)
{
    const ds_tcb_level *x = a;
    const ds_tcb_level *y = b;
    int c = memcmp(y->sgx, x->sgx, 16);

    if (c == 0 && x->pce_svn != y->pce_svn)
        c = x->pce_svn < y->pce_svn ? 1 : -1;
    return c ? c : memcmp(y->tdx, x->tdx, 16);
}

/* The best level first, whatever the document's order; two levels with the
 * same SVNs would leave the status to chance. */
static void
sort_levels(doc *d, ds_tcb_levels *levels, ds_jv at)
{
    size_t i;

    if (d->rc != DSTACK_OK)
        return;
    qsort(levels->at, levels->n, sizeof *levels->at, compare_levels);
    for (i = 1; i < levels->n; i++)
        if (compare_levels(&levels->at[i - 1], &levels->at[i]) == 0) {
            d->rc = ds_json_fail(d->j, at, DSTACK_REASON_TCB_LEVEL_DUP, d->err,
                "two levels have the same SVNs");
            return;
        }
}

/* info NULL: levels that have isvsvn alone. */
static void
read_levels(doc *d, ds_tcb_info *info, ds_jv object, ds_tcb_levels *out)
{
    size_t count;
    ds_jv v = need_array(d, object, "tcbLevels", DS_MAX_TCB_LEVELS, &count);

    if (d->rc != DSTACK_OK)
        return;
    out->at = ds_calloc(count, sizeof *out->at);
    if (!out->at) {
        d->rc = ds_fail_nomem(d->err);
        return;
    }
    for (; d->rc == DSTACK_OK && v != DS_JSON_NONE; v = ds_json_next(d->j, v)) {
        if (info)
            read_platform_level(d, info, v, &out->at[out->n++]);
        else
            read_isvsvn_level(d, v, &out->at[out->n++]);
    }
    sort_levels(d, out, ds_json_get(d->j, object, "tcbLevels"));
}

/* ---- TDX modules --------------------------------------------------------------- */

static void
read_module(doc *d, ds_jv v, ds_module_identity *out)
{
    if (d->rc == DSTACK_OK)
        d->rc = ds_json_expect(d->j, v, DS_JSON_OBJECT, d->err);
    need_hex(d, v, "mrsigner", out->mr_signer, 48);
    need_hex(d, v, "attributes", out->attributes, 8);
    need_hex(d, v, "attributesMask", out->mask, 8);
}

/* "TDX_" and the major version in two hex digits, in any letter case. */
static void
read_module_id(doc *d, ds_tcb_info *info, ds_jv v, ds_module_identity *out)
{
    ds_jv at;
    ds_view id = need_string(d, v, "id", DS_MAX_ADVISORY_ID, &at);
    static const char prefix[] = "tdx_";
    size_t i;
    bool ok = id.n == 6;

    if (d->rc != DSTACK_OK)
        return;
    for (i = 0; ok && i < 4; i++)
        ok = (id.p[i] | (i < 3 ? 0x20 : 0)) == prefix[i];
    ok = ok && ds_hex_decode(ds_view_of(id.p + 4, 2), &out->version, 1);
    if (!ok)
        d->rc = ds_json_fail(d->j, at, DSTACK_REASON_JSON_RANGE, d->err,
            "expected \"TDX_\" and two hex digits");
    else if (ds_tcb_find_module(info, out->version))
        d->rc = ds_json_fail(d->j, at, DSTACK_REASON_JSON_DUP, d->err,
            "a second identity for module version %u", out->version);
}

static void
read_identities(doc *d, ds_tcb_info *info)
{
    ds_jv v = ds_json_get(d->j, 0, "tdxModuleIdentities");
    size_t count;

    if (d->rc != DSTACK_OK || v == DS_JSON_NONE)
        return;
    v = need_array(
        d, 0, "tdxModuleIdentities", DS_MAX_MODULE_IDENTITIES, &count);
    if (d->rc != DSTACK_OK)
        return;
    info->identities = ds_calloc(count, sizeof *info->identities);
    if (!info->identities) {
        d->rc = ds_fail_nomem(d->err);
        return;
    }
    for (; d->rc == DSTACK_OK && v != DS_JSON_NONE; v = ds_json_next(d->j, v)) {
        ds_module_identity *m = &info->identities[info->identity_count];

        read_module(d, v, m);
        read_module_id(d, info, v, m);
        info->identity_count++;
        read_levels(d, NULL, v, &m->levels);
    }
}

static void
read_tdx(doc *d, ds_tcb_info *info)
{
    ds_jv v = ds_json_get(d->j, 0, "tdxModule");
    ds_jv list = ds_json_get(d->j, 0, "tdxModuleIdentities");

    if (d->rc != DSTACK_OK)
        return;
    if (info->tee == DSTACK_TEE_SGX) {
        if (v != DS_JSON_NONE || list != DS_JSON_NONE)
            d->rc = ds_json_fail(d->j, v != DS_JSON_NONE ? v : list,
                DSTACK_REASON_JSON, d->err,
                "must not stand in a document for SGX");
        return;
    }
    read_module(d, need(d, 0, "tdxModule"), &info->module);
    read_identities(d, info);
}

/* ---- the two documents ----------------------------------------------------------- */

static void
read_tcb_id(doc *d, ds_tcb_info *info)
{
    char shown[40];
    ds_jv at;
    ds_view id;

    info->version = (uint32_t)need_u64(d, 0, "version", UINT32_MAX);
    if (d->rc != DSTACK_OK)
        return;
    if (info->version != 2 && info->version != 3) {
        d->rc = ds_json_fail(d->j, ds_json_get(d->j, 0, "version"),
            DSTACK_REASON_TCB_INFO_UNSUPPORTED, d->err,
            "is %u, this library knows 2 and 3", (unsigned)info->version);
        return;
    }
    info->tee = DSTACK_TEE_SGX;
    if (info->version == 2)
        return;
    id = need_string(d, 0, "id", DS_MAX_ADVISORY_ID, &at);
    if (d->rc != DSTACK_OK)
        return;
    if (ds_view_eq_str(id, "TDX"))
        info->tee = DSTACK_TEE_TDX;
    else if (!ds_view_eq_str(id, "SGX"))
        d->rc = ds_json_fail(d->j, at, DSTACK_REASON_TCB_INFO_MISMATCH, d->err,
            "is \"%s\", expected \"SGX\" or \"TDX\"", ds_err_quote(id, shown));
}

static void
read_tcb_info(doc *d, ds_tcb_info *info)
{
    d->rc = ds_json_expect(d->j, 0, DS_JSON_OBJECT, d->err);
    read_tcb_id(d, info);
    info->issue_date = need_time(d, 0, "issueDate");
    info->next_update = need_time(d, 0, "nextUpdate");
    need_hex(d, 0, "fmspc", info->fmspc, 6);
    need_hex(d, 0, "pceId", info->pce_id, 2);
    if (need_u64(d, 0, "tcbType", UINT32_MAX) != 0 && d->rc == DSTACK_OK)
        d->rc = ds_json_fail(d->j, ds_json_get(d->j, 0, "tcbType"),
            DSTACK_REASON_JSON_RANGE, d->err, "expected 0");
    info->eval_number =
        (uint32_t)need_u64(d, 0, "tcbEvaluationDataNumber", UINT32_MAX);
    read_tdx(d, info);
    read_levels(d, info, 0, &info->levels);
}

int
ds_tcb_info_parse(ds_view text, ds_tcb_info **ret, dstack_error *err)
{
    ds_tcb_info *info = ds_calloc(1, sizeof *info);
    doc d = {NULL, err, NULL, DSTACK_OK};

    *ret = NULL;
    if (!info)
        return ds_fail_nomem(err);
    d.advisories = &info->advisories;
    d.rc = ds_json_parse(text, "tcbInfo", &d.j, err);
    if (d.rc == DSTACK_OK)
        read_tcb_info(&d, info);
    ds_json_free(d.j);
    if (d.rc == DSTACK_OK)
        *ret = info;
    else
        ds_tcb_info_free(info);
    return d.rc;
}

void
ds_tcb_info_free(ds_tcb_info *info)
{
    size_t i;

    if (!info)
        return;
    for (i = 0; i < info->identity_count; i++)
        ds_free(info->identities[i].levels.at);
    ds_free(info->identities);
    ds_free(info->levels.at);
    ds_free(info->advisories.at);
    ds_free(info);
}

static void
read_qe_id(doc *d, ds_qe_identity *out)
{
    char shown[40];
    uint64_t version = need_u64(d, 0, "version", UINT32_MAX);
    ds_jv at;
    ds_view id;

    if (d->rc == DSTACK_OK && version != 2)
        d->rc = ds_json_fail(d->j, ds_json_get(d->j, 0, "version"),
            DSTACK_REASON_QE_IDENTITY_UNSUPPORTED, d->err,
            "is %llu, this library knows 2", (unsigned long long)version);
    id = need_string(d, 0, "id", DS_MAX_ADVISORY_ID, &at);
    if (d->rc != DSTACK_OK)
        return;
    if (ds_view_eq_str(id, "QE"))
        out->id = DS_QE_SGX;
    else if (ds_view_eq_str(id, "TD_QE"))
        out->id = DS_QE_TDX;
    else if (ds_view_eq_str(id, "QVE"))
        out->id = DS_QE_QVE;
    else
        d->rc = ds_json_fail(d->j, at, DSTACK_REASON_QE_IDENTITY_MISMATCH,
            d->err, "is \"%s\", expected \"QE\" or \"TD_QE\"",
            ds_err_quote(id, shown));
}

static void
read_qe_identity(doc *d, ds_qe_identity *out)
{
    d->rc = ds_json_expect(d->j, 0, DS_JSON_OBJECT, d->err);
    read_qe_id(d, out);
    out->issue_date = need_time(d, 0, "issueDate");
    out->next_update = need_time(d, 0, "nextUpdate");
    out->eval_number =
        (uint32_t)need_u64(d, 0, "tcbEvaluationDataNumber", UINT32_MAX);
    need_hex(d, 0, "miscselect", out->misc_select, 4);
    need_hex(d, 0, "miscselectMask", out->misc_select_mask, 4);
    need_hex(d, 0, "attributes", out->attributes, 16);
    need_hex(d, 0, "attributesMask", out->attributes_mask, 16);
    need_hex(d, 0, "mrsigner", out->mr_signer, 32);
    out->isv_prod_id = (uint16_t)need_u64(d, 0, "isvprodid", 65535);
    read_levels(d, NULL, 0, &out->levels);
}

int
ds_qe_identity_parse(ds_view text, ds_qe_identity **ret, dstack_error *err)
{
    ds_qe_identity *id = ds_calloc(1, sizeof *id);
    doc d = {NULL, err, NULL, DSTACK_OK};

    *ret = NULL;
    if (!id)
        return ds_fail_nomem(err);
    d.advisories = &id->advisories;
    d.rc = ds_json_parse(text, "enclaveIdentity", &d.j, err);
    if (d.rc == DSTACK_OK)
        read_qe_identity(&d, id);
    ds_json_free(d.j);
    if (d.rc == DSTACK_OK)
        *ret = id;
    else
        ds_qe_identity_free(id);
    return d.rc;
}

void
ds_qe_identity_free(ds_qe_identity *id)
{
    if (!id)
        return;
    ds_free(id->levels.at);
    ds_free(id->advisories.at);
    ds_free(id);
}
