/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "codec/pem.h"
#include "forge/inner.h"

void
forge_pem(ds_view der, const char *label, bool crlf, ds_buf *out)
{
    ds_pem_write(der, label, crlf ? "\r\n" : "\n", out);
}

int
forge_make_chain(forge *f, int which)
{
    const forge_chain *c = &f->chain[which];
    ds_buf *out = &f->out.chain[which];
    forge_clear(out);
    if (c->text.p)
        forge_add_view(out, c->text);
    for (size_t i = 0; !c->text.p && i < c->n; i++) {
        if (c->certs[i] < 0 || c->certs[i] >= FORGE_CERTS)
            return forge_fail(f, "certificate %d does not exist", c->certs[i]);
        forge_pem(
            forge_view(&f->out.cert[c->certs[i]]), "CERTIFICATE", c->crlf, out);
    }
    if (forge_check_buf(f, out) ||
        forge_apply_edits(f, out, c->edits, "certificate chain"))
        return -1;
    forge_add_view(out, c->tail);
    return forge_check_buf(f, out);
}

/* RFC 8259, 7: what must be escaped, and nothing else. */
static void
add_json_string(ds_buf *b, ds_view text)
{
    size_t done = 0;
    ds_buf_add_str(b, "\"");
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        ds_buf_add(b, text.p + done, i - done);
        done = i + 1;
        if (c == '\n')
            ds_buf_add_str(b, "\\n");
        else if (c < 0x20)
            forge_printf(b, "\\u%04x", c);
        else
            forge_printf(b, "\\%c", c);
    }
    if (done < text.n)
        ds_buf_add(b, text.p + done, text.n - done);
    ds_buf_add_str(b, "\"");
}

static void
add_member(ds_buf *b, const forge_member *m, const char *name, ds_view text)
{
    forge_printf(b, "%s\"%s\":", b->n > 1 ? "," : "", name);
    if (m->json.p)
        forge_add_view(b, m->json);
    else
        add_json_string(b, m->text.p ? m->text : text);
}

int
forge_make_bundle(forge *f)
{
    static const char *const names[FORGE_MEMBERS] = {"pck_crl_issuer_chain",
        "root_ca_crl", "pck_crl", "tcb_info_issuer_chain", "tcb_info",
        "tcb_info_signature", "qe_identity_issuer_chain", "qe_identity",
        "qe_identity_signature", "pck_certificate_chain"};
    const forge_out *o = &f->out;
    const forge_bundle *bundle = &f->bundle;
    ds_buf *b = &f->out.collateral;
    ds_buf hex[FORGE_CRLS];
    for (size_t i = 0; i < FORGE_CRLS; i++) {
        ds_buf_init(&hex[i], FORGE_OUT_MAX);
        forge_add_hex(&hex[i], forge_view(&o->crl[i]), bundle->upper_hex);
    }
    const ds_buf *source[FORGE_MEMBERS] = {&o->chain[FORGE_CHAIN_CRL],
        &hex[FORGE_CRL_ROOT], &hex[FORGE_CRL_PCK], &o->chain[FORGE_CHAIN_TCB],
        &o->tcb_info, &o->tcb_info_signature, &o->chain[FORGE_CHAIN_QE],
        &o->qe_identity, &o->qe_identity_signature,
        &o->chain[FORGE_CHAIN_EXTERNAL]};
    forge_clear(b);
    ds_buf_add_str(b, "{");
    for (size_t i = 0; i < FORGE_MEMBERS; i++)
        if (!bundle->members[i].omit)
            add_member(b, &bundle->members[i], names[i], forge_view(source[i]));
    ds_buf_add_str(b, bundle->extra ? bundle->extra : "");
    ds_buf_add_str(b, "}");
    if (bundle->json.p) {
        forge_clear(b);
        forge_add_view(b, bundle->json);
    }
    int ret = hex[0].nomem || hex[1].nomem ? forge_fail(f, "out of memory")
                                           : forge_check_buf(f, b);
    for (size_t i = 0; i < FORGE_CRLS; i++)
        ds_buf_free(&hex[i]);
    return ret ? ret
               : forge_apply_edits(f, b, bundle->edits, "collateral bundle");
}

static void
add_flat_crl(ds_buf *b, ds_view der, int form)
{
    if (form == FORGE_CRL_AS_HEX)
        forge_add_hex(b, der, false);
    else if (form == FORGE_CRL_AS_PEM)
        forge_pem(der, "X509 CRL", false, b);
    else
        forge_add_view(b, der);
}

static void
add_u32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

/* Spec 2.2: version, TEE type, seven {u64 pointer, u32 size, u32 padding},
 * then the blobs. */
int
forge_make_flat(forge *f)
{
    const forge_out *o = &f->out;
    const forge_flat *flat = &f->flat;
    ds_buf *b = &f->out.flat;
    const ds_buf *source[FORGE_FLAT_BLOBS] = {&o->chain[FORGE_CHAIN_CRL],
        &o->crl[FORGE_CRL_ROOT], &o->crl[FORGE_CRL_PCK],
        &o->chain[FORGE_CHAIN_TCB], &o->tcb_info_answer,
        &o->chain[FORGE_CHAIN_QE], &o->qe_identity_answer};
    uint8_t head[8 + 16 * FORGE_FLAT_BLOBS] = {0};
    forge_clear(b);
    ds_buf_add(b, head, sizeof head);
    add_u32(head, flat->version);
    add_u32(head + 4, flat->tee_type);
    for (size_t i = 0; i < FORGE_FLAT_BLOBS; i++) {
        size_t start = b->n;
        bool crl = i == 1 || i == 2;
        if (crl)
            add_flat_crl(b, forge_view(source[i]), flat->crl_form);
        else
            forge_add_view(b, forge_view(source[i]));
        if (!flat->no_nul && (!crl || flat->crl_form != FORGE_CRL_AS_DER))
            ds_buf_add_u8(b, 0);
        const forge_len *l = &flat->sizes[i];
        uint32_t size =
            l->set ? l->value : (uint32_t)((int64_t)(b->n - start) + l->delta);
        memset(head + 8 + 16 * i, 0x5a, 8); /* a stale pointer */
        add_u32(head + 16 + 16 * i, size);
    }
    if (forge_check_buf(f, b))
        return -1;
    memcpy(b->p, head, sizeof head);
    forge_add_view(b, flat->append);
    return forge_check_buf(f, b);
}
