/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "forge/inner.h"

/* The text of the two signed documents (spec 2.5.1 to 2.5.3), with members in
 * the order in which Intel writes them, and their signatures (spec 2.6). */

/* Upper-case hex in quotes, as Intel writes it. */
static void
add_hex(ds_buf *b, const char *name, const uint8_t *p, size_t n)
{
    forge_printf(b, "\"%s\":\"", name);
    forge_add_hex(b, ds_view_of(p, n), true);
    ds_buf_add_str(b, "\"");
}

static void
add_date(ds_buf *b, const char *name, int64_t t, const char *text)
{
    char made[21];
    ds_time_format(t, made);
    forge_printf(b, ",\"%s\":\"%s\"", name, text ? text : made);
}

static void
add_advisories(ds_buf *b, const char *const *ids)
{
    if (!ids[0])
        return;
    ds_buf_add_str(b, ",\"advisoryIDs\":[");
    for (size_t i = 0; i < FORGE_ADVISORIES && ids[i]; i++)
        forge_printf(b, "%s\"%s\"", i ? "," : "", ids[i]);
    ds_buf_add_str(b, "]");
}

static void
add_isv_levels(ds_buf *b, const forge_isv_level *levels, size_t n)
{
    ds_buf_add_str(b, ",\"tcbLevels\":[");
    for (size_t i = 0; i < n && i < FORGE_ISV_LEVELS; i++) {
        forge_printf(b,
            "%s{\"tcb\":{\"isvsvn\":%" PRId64 "},\"tcbDate\":\"%s\","
            "\"tcbStatus\":\"%s\"",
            i ? "," : "", levels[i].isvsvn, levels[i].date, levels[i].status);
        add_advisories(b, levels[i].advisories);
        ds_buf_add_str(b, "}");
    }
    ds_buf_add_str(b, "]");
}

static void
add_module_members(ds_buf *b, const forge_module *m)
{
    add_hex(b, "mrsigner", m->mrsigner, sizeof m->mrsigner);
    ds_buf_add_str(b, ",");
    add_hex(b, "attributes", m->attributes, sizeof m->attributes);
    ds_buf_add_str(b, ",");
    add_hex(b, "attributesMask", m->mask, sizeof m->mask);
}

static void
add_modules(ds_buf *b, const forge_tcb_info *t)
{
    if (t->module_on) {
        ds_buf_add_str(b, ",\"tdxModule\":{");
        add_module_members(b, &t->module);
        ds_buf_add_str(b, "}");
    }
    if (!t->modules_on)
        return;
    ds_buf_add_str(b, ",\"tdxModuleIdentities\":[");
    for (size_t i = 0; i < t->module_n && i < FORGE_MODULES; i++) {
        const forge_module *m = &t->modules[i];
        forge_printf(b, "%s{\"id\":\"%s\",", i ? "," : "", m->id);
        add_module_members(b, m);
        add_isv_levels(b, m->levels, m->level_n);
        ds_buf_add_str(b, "}");
    }
    ds_buf_add_str(b, "]");
}

static void
add_components(ds_buf *b, const int64_t *svn, size_t n,
    const char *const *about, size_t about_n)
{
    ds_buf_add_str(b, "[");
    for (size_t i = 0; i < n && i < 20; i++) {
        forge_printf(b, "%s{\"svn\":%" PRId64, i ? "," : "", svn[i]);
        if (i < about_n)
            ds_buf_add_str(b, about[i]);
        ds_buf_add_str(b, "}");
    }
    ds_buf_add_str(b, "]");
}

#define ABOUT(category, type) \
    ",\"category\":\"" category "\",\"type\":\"" type "\""

static void
add_tcb(ds_buf *b, const forge_level *l)
{
    static const char *const sgx[] = {ABOUT("BIOS", "Early Microcode Update"),
        ABOUT("OS/VMM", "SGX Late Microcode Update"),
        ABOUT("OS/VMM", "TXT SINIT"), ",\"category\":\"BIOS\"",
        ",\"category\":\"BIOS\"", ",\"category\":\"BIOS\"", "",
        ABOUT("OS/VMM", "SEAMLDR ACM")};
    static const char *const tdx[] = {ABOUT("OS/VMM", "TDX Module"),
        ABOUT("OS/VMM", "TDX Module"),
        ABOUT("OS/VMM", "TDX Late Microcode Update")};
    ds_buf_add_str(b, "{\"sgxtcbcomponents\":");
    add_components(b, l->sgx, l->sgx_n, sgx, 8);
    forge_printf(b, ",\"pcesvn\":%" PRId64, l->pcesvn);
    if (!l->no_tdx) {
        ds_buf_add_str(b, ",\"tdxtcbcomponents\":");
        add_components(b, l->tdx, l->tdx_n, tdx, 3);
    }
    ds_buf_add_str(b, "}");
}

/* Version 2 (spec 2.5.2): flat names. */
static void
add_tcb_v2(ds_buf *b, const forge_level *l)
{
    ds_buf_add_str(b, "{");
    for (size_t i = 0; i < l->sgx_n && i < 20; i++)
        forge_printf(
            b, "\"sgxtcbcomp%02zusvn\":%" PRId64 ",", i + 1, l->sgx[i]);
    forge_printf(b, "\"pcesvn\":%" PRId64 "}", l->pcesvn);
}

static void
add_levels(ds_buf *b, const forge_tcb_info *t)
{
    ds_buf_add_str(b, ",\"tcbLevels\":[");
    for (size_t i = 0; i < t->level_n && i < FORGE_LEVELS; i++) {
        const forge_level *l = &t->levels[i];
        forge_printf(b, "%s{\"tcb\":", i ? "," : "");
        if (t->version == 2)
            add_tcb_v2(b, l);
        else
            add_tcb(b, l);
        forge_printf(
            b, ",\"tcbDate\":\"%s\",\"tcbStatus\":\"%s\"", l->date, l->status);
        add_advisories(b, l->advisories);
        ds_buf_add_str(b, "}");
    }
    ds_buf_add_str(b, "]");
}

static void
add_hex_or_text(
    ds_buf *b, const char *name, const uint8_t *p, size_t n, const char *text)
{
    ds_buf_add_str(b, ",");
    if (text)
        forge_printf(b, "\"%s\":\"%s\"", name, text);
    else
        add_hex(b, name, p, n);
}

void
forge_tcb_info_text(const forge *f, ds_buf *b)
{
    const forge_tcb_info *t = &f->tcb_info;
    ds_buf_add_str(b, "{");
    if (t->id && t->version != 2)
        forge_printf(b, "\"id\":\"%s\",", t->id);
    forge_printf(b, "\"version\":%" PRId64, t->version);
    add_date(b, "issueDate", t->issue_date, t->issue_text);
    add_date(b, "nextUpdate", t->next_update, t->next_text);
    add_hex_or_text(b, "fmspc", t->fmspc, sizeof t->fmspc, t->fmspc_text);
    add_hex_or_text(b, "pceId", t->pceid, sizeof t->pceid, t->pceid_text);
    forge_printf(b,
        ",\"tcbType\":%" PRId64 ",\"tcbEvaluationDataNumber\":%" PRId64,
        t->tcb_type, t->eval_number);
    add_modules(b, t);
    add_levels(b, t);
    ds_buf_add_str(b, "}");
}

void
forge_qe_identity_text(const forge *f, ds_buf *b)
{
    const forge_qe_identity *q = &f->qe_identity;
    ds_buf_add_str(b, "{");
    if (q->id)
        forge_printf(b, "\"id\":\"%s\",", q->id);
    forge_printf(b, "\"version\":%" PRId64, q->version);
    add_date(b, "issueDate", q->issue_date, q->issue_text);
    add_date(b, "nextUpdate", q->next_update, q->next_text);
    forge_printf(
        b, ",\"tcbEvaluationDataNumber\":%" PRId64 ",", q->eval_number);
    add_hex(b, "miscselect", q->miscselect, 4);
    ds_buf_add_str(b, ",");
    add_hex(b, "miscselectMask", q->miscselect_mask, 4);
    ds_buf_add_str(b, ",");
    add_hex(b, "attributes", q->attributes, 16);
    ds_buf_add_str(b, ",");
    add_hex(b, "attributesMask", q->attributes_mask, 16);
    ds_buf_add_str(b, ",");
    add_hex(b, "mrsigner", q->mrsigner, 32);
    forge_printf(b, ",\"isvprodid\":%" PRId64, q->isvprodid);
    add_isv_levels(b, q->levels, q->level_n);
    ds_buf_add_str(b, "}");
}

/* White space wherever JSON allows it and people put it. */
static void
add_pretty(ds_buf *b, ds_view text)
{
    bool string = false;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        if (!string && (c == '}' || c == ']'))
            ds_buf_add_str(b, "\n");
        ds_buf_add_u8(b, c);
        if (string && c == '\\' && i + 1 < text.n)
            ds_buf_add_u8(b, text.p[++i]);
        else if (c == '"')
            string = !string;
        else if (!string && c == ':')
            ds_buf_add_str(b, " ");
        else if (!string && (c == ',' || c == '{' || c == '['))
            ds_buf_add_str(b, "\n  ");
    }
}

int
forge_resign_doc(forge *f, int key, ds_view text, ds_buf *out)
{
    uint8_t rs[FORGE_RAW_MAX];
    if (forge_sign(f, key, FORGE_ALG_SHA256, text, NULL, rs))
        return -1;
    forge_add_hex(out, ds_view_of(rs, 2 * forge_key_half(key)), false);
    return forge_check_buf(f, out);
}

static int
sign_document(forge *f, const forge_doc *d, ds_view text, ds_buf *signature)
{
    uint8_t rs[FORGE_RAW_MAX];
    forge_clear(signature);
    if (d->signature.p) {
        forge_add_view(signature, d->signature);
    } else if (d->sig.raw.p) {
        forge_add_hex(signature, d->sig.raw, false);
    } else {
        if (forge_sign(f, d->signer, FORGE_ALG_SHA256, text, &d->sig, rs))
            return -1;
        forge_add_hex(
            signature, ds_view_of(rs, 2 * forge_key_half(d->signer)), false);
    }
    return forge_check_buf(f, signature);
}

/* From the generated text in `made` to what is delivered in `out`. */
static int
finish_document(forge *f, const forge_doc *d, ds_buf *made, ds_buf *out,
    ds_buf *signature, ds_buf *answer)
{
    if (d->text.p) {
        forge_clear(made);
        forge_add_view(made, d->text);
    }
    if (forge_check_buf(f, made) ||
        forge_apply_edits(f, made, d->edits, d->name) ||
        sign_document(f, d, forge_view(made), signature))
        return -1;
    forge_clear(out);
    if (d->pretty)
        add_pretty(out, forge_view(made));
    else
        forge_add_view(out, forge_view(made));
    if (forge_check_buf(f, out) || forge_apply_edits(f, out, d->late, d->name))
        return -1;
    forge_clear(answer);
    forge_printf(answer, "{\"%s\":", d->name);
    forge_add_view(answer, forge_view(out));
    ds_buf_add_str(answer, ",\"signature\":\"");
    forge_add_view(answer, forge_view(signature));
    ds_buf_add_str(answer, "\"}");
    return forge_check_buf(f, answer) ||
                   forge_apply_edits(f, answer, d->answer, d->name)
               ? -1
               : 0;
}

int
forge_make_documents(forge *f)
{
    forge_out *o = &f->out;
    ds_buf made;
    ds_buf_init(&made, FORGE_OUT_MAX);
    forge_tcb_info_text(f, &made);
    int ret = finish_document(f, &f->tcb_info.doc, &made, &o->tcb_info,
        &o->tcb_info_signature, &o->tcb_info_answer);
    if (!ret) {
        forge_clear(&made);
        forge_qe_identity_text(f, &made);
        ret = finish_document(f, &f->qe_identity.doc, &made, &o->qe_identity,
            &o->qe_identity_signature, &o->qe_identity_answer);
    }
    ds_buf_free(&made);
    return ret;
}
