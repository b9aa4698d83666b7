/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "forge/inner.h"

/* Quotes, byte by byte as in spec 1.1 to 1.7. */

static void
add_le(ds_buf *b, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        ds_buf_add_u8(b, (uint8_t)(v >> (8 * i)));
}

static void
put_le(uint8_t *p, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t
length_of(const forge_len *l, size_t real)
{
    return l->set ? l->value : (uint32_t)((int64_t)real + l->delta);
}

/* Spec 1.3 */
static void
add_report(ds_buf *b, const forge_report *r)
{
    ds_buf_add(b, r->cpu_svn, sizeof r->cpu_svn);
    add_le(b, r->misc_select, 4);
    ds_buf_add(b, r->reserved1, sizeof r->reserved1);
    ds_buf_add(b, r->isv_ext_prod_id, sizeof r->isv_ext_prod_id);
    add_le(b, r->flags, 8);
    add_le(b, r->xfrm, 8);
    ds_buf_add(b, r->mr_enclave, sizeof r->mr_enclave);
    ds_buf_add(b, r->reserved2, sizeof r->reserved2);
    ds_buf_add(b, r->mr_signer, sizeof r->mr_signer);
    ds_buf_add(b, r->reserved3, sizeof r->reserved3);
    ds_buf_add(b, r->config_id, sizeof r->config_id);
    add_le(b, r->isv_prod_id, 2);
    add_le(b, r->isv_svn, 2);
    add_le(b, r->config_svn, 2);
    ds_buf_add(b, r->reserved4, sizeof r->reserved4);
    ds_buf_add(b, r->isv_family_id, sizeof r->isv_family_id);
    ds_buf_add(b, r->report_data, sizeof r->report_data);
}

/* Spec 1.4 */
static void
add_td(ds_buf *b, const forge_td *t, int body)
{
    ds_buf_add(b, t->tee_tcb_svn, sizeof t->tee_tcb_svn);
    ds_buf_add(b, t->mr_seam, sizeof t->mr_seam);
    ds_buf_add(b, t->mr_signer_seam, sizeof t->mr_signer_seam);
    ds_buf_add(b, t->seam_attributes, sizeof t->seam_attributes);
    add_le(b, t->td_attributes, 8);
    add_le(b, t->xfam, 8);
    ds_buf_add(b, t->mr_td, sizeof t->mr_td);
    ds_buf_add(b, t->mr_config_id, sizeof t->mr_config_id);
    ds_buf_add(b, t->mr_owner, sizeof t->mr_owner);
    ds_buf_add(b, t->mr_owner_config, sizeof t->mr_owner_config);
    ds_buf_add(b, t->rtmr, sizeof t->rtmr);
    ds_buf_add(b, t->report_data, sizeof t->report_data);
    if (body == FORGE_BODY_TD10)
        return;
    ds_buf_add(b, t->tee_tcb_svn2, sizeof t->tee_tcb_svn2);
    ds_buf_add(b, t->mr_service_td, sizeof t->mr_service_td);
    if (body == FORGE_BODY_TD15)
        return;
    ds_buf_add_u8(b, t->vm_id);
    ds_buf_add(b, t->td_id, sizeof t->td_id);
    ds_buf_add(b, t->dev_info, sizeof t->dev_info);
    ds_buf_add(b, t->init_servtd_hash, sizeof t->init_servtd_hash);
    add_le(b, t->init_servtd_attributes, 8);
    ds_buf_add(b, t->init_cpu_svn, sizeof t->init_cpu_svn);
    ds_buf_add(b, t->init_tee_tcb_svn, sizeof t->init_tee_tcb_svn);
    ds_buf_add(b, t->init_tee_fmspc, sizeof t->init_tee_fmspc);
    ds_buf_add(b, t->servtd_hash, sizeof t->servtd_hash);
    add_le(b, t->servtd_attributes, 8);
}

static void
begin_part(forge *f, int part)
{
    f->out.part[part].off = f->out.quote.n;
}

static void
end_part(forge *f, int part)
{
    f->out.part[part].n = f->out.quote.n - f->out.part[part].off;
}

static void
make_signed(forge *f)
{
    const forge_quote *q = &f->quote;
    ds_buf *b = &f->out.quote;
    begin_part(f, FORGE_PART_HEADER);
    add_le(b, q->version, 2);
    add_le(b, q->key_type, 2);
    add_le(b, q->tee_type, 4);
    add_le(b, q->qe_svn, 2);
    add_le(b, q->pce_svn, 2);
    ds_buf_add(b, q->vendor, sizeof q->vendor);
    ds_buf_add(b, q->user_data, sizeof q->user_data);
    end_part(f, FORGE_PART_HEADER);
    begin_part(f, FORGE_PART_DESCRIPTOR);
    if (q->form == 5) {
        add_le(b, q->body_type, 2);
        add_le(b, 0, 4);
    }
    end_part(f, FORGE_PART_DESCRIPTOR);
    begin_part(f, FORGE_PART_BODY);
    if (q->body_raw.p)
        forge_add_view(b, q->body_raw);
    else if (q->body == FORGE_BODY_SGX)
        add_report(b, &q->sgx);
    else
        add_td(b, &q->td, q->body);
    end_part(f, FORGE_PART_BODY);
    if (q->form == 5 && !b->bad && !b->nomem)
        put_le(b->p + f->out.part[FORGE_PART_DESCRIPTOR].off + 2,
            length_of(&q->body_size, f->out.part[FORGE_PART_BODY].n), 4);
}

static int
bare_point(forge *f, int key, ds_view *ret)
{
    if (key == FORGE_KEY_RSA)
        return forge_fail(f, "the RSA key has no point");
    if (forge_point(f, key, ret))
        return -1;
    *ret = ds_view_of(ret->p + 1, ret->n - 1);
    return 0;
}

static int
bind_report_data(forge *f, ds_view ak, ds_view auth, uint8_t out[32])
{
    const forge_quote *q = &f->quote;
    if (q->bound_ak >= 0 && bare_point(f, q->bound_ak, &ak))
        return -1;
    return forge_sha256(f, ak, q->bound_auth.p ? q->bound_auth : auth, out);
}

static void
add_type_1_to_3(forge *f, ds_buf *b, size_t ppid_n)
{
    const forge_sgx *x = &f->sgx;
    uint8_t ppid[384] = {0};
    if (ppid_n == 16)
        memcpy(ppid, x->ppid, 16);
    else if (forge_seeded(f, "encrypted ppid", ppid, ppid_n))
        b->bad = true;
    ds_buf_add(b, ppid, ppid_n);
    ds_buf_add(b, x->own_cpusvn ? x->cpusvn : x->comps, 16);
    add_le(b, x->pcesvn, 2);
    ds_buf_add(b, x->pceid, 2);
}

static void
add_cert_data(forge *f, ds_buf *b)
{
    const forge_quote *q = &f->quote;
    if (q->cert_data.p) {
        forge_add_view(b, q->cert_data);
        return;
    }
    switch (q->cert_type) {
    case 1:
        add_type_1_to_3(f, b, 16);
        break;
    case 2:
        add_type_1_to_3(f, b, 256);
        break;
    case 3:
        add_type_1_to_3(f, b, 384);
        break;
    case 4:
        forge_pem(
            forge_view(&f->out.cert[FORGE_CERT_PCK]), "CERTIFICATE", false, b);
        break;
    case 7:
        ds_buf_add_str(b, "forged platform manifest");
        break;
    default:
        forge_add_view(b, forge_view(&f->out.chain[FORGE_CHAIN_QUOTE]));
        break;
    }
}

static const uint8_t counting[32] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

/* The QE report with its binding, and its signature. */
static int
make_qe(forge *f, ds_view ak, ds_view auth)
{
    const forge_quote *q = &f->quote;
    ds_buf *b = &f->out.quote;
    uint8_t rs[FORGE_RAW_MAX];
    forge_report qe = q->qe;
    if (q->bind && bind_report_data(f, ak, auth, qe.report_data))
        return -1;
    begin_part(f, FORGE_PART_QE_REPORT);
    add_report(b, &qe);
    end_part(f, FORGE_PART_QE_REPORT);
    const forge_part *at = &f->out.part[FORGE_PART_QE_REPORT];
    if (forge_check_buf(f, b) ||
        forge_sign(f, q->qe_signer, FORGE_ALG_SHA256,
            ds_view_of(b->p + at->off, at->n), &q->qe_sig, rs))
        return -1;
    begin_part(f, FORGE_PART_QE_SIG);
    if (q->qe_sig.raw.p)
        forge_add_view(b, q->qe_sig.raw);
    else
        ds_buf_add(b, rs, 64);
    end_part(f, FORGE_PART_QE_SIG);
    return 0;
}

/* Spec 1.7, from the attestation key to the end; the signature in front of
 * it is filled in later. */
static int
make_sig_data(forge *f)
{
    const forge_quote *q = &f->quote;
    ds_buf *b = &f->out.quote;
    ds_view ak = q->ak_raw;
    if (!ak.p && bare_point(f, q->ak, &ak))
        return -1;
    ds_view auth = q->auth.p ? q->auth : ds_view_of(counting, 32);
    begin_part(f, FORGE_PART_AK);
    forge_add_view(b, ak);
    end_part(f, FORGE_PART_AK);
    begin_part(f, FORGE_PART_OUTER);
    if (q->form > 3) {
        add_le(b, q->outer_type, 2);
        add_le(b, 0, 4);
    }
    end_part(f, FORGE_PART_OUTER);
    if (make_qe(f, ak, auth))
        return -1;
    begin_part(f, FORGE_PART_AUTH_LEN);
    add_le(b, length_of(&q->auth_len, auth.n), 2);
    end_part(f, FORGE_PART_AUTH_LEN);
    begin_part(f, FORGE_PART_AUTH);
    forge_add_view(b, auth);
    end_part(f, FORGE_PART_AUTH);
    begin_part(f, FORGE_PART_INNER);
    add_le(b, length_of(&q->inner_type, (size_t)q->cert_type), 2);
    add_le(b, 0, 4);
    end_part(f, FORGE_PART_INNER);
    begin_part(f, FORGE_PART_CERT_DATA);
    add_cert_data(f, b);
    end_part(f, FORGE_PART_CERT_DATA);
    begin_part(f, FORGE_PART_INSIDE);
    forge_add_view(b, q->inside);
    end_part(f, FORGE_PART_INSIDE);
    return forge_check_buf(f, b);
}

static void
fill_lengths(forge *f)
{
    const forge_quote *q = &f->quote;
    const forge_part *part = f->out.part;
    uint8_t *p = f->out.quote.p;
    size_t end = f->out.quote.n;
    put_le(p + part[FORGE_PART_SIG_LEN].off,
        length_of(&q->sig_len, end - part[FORGE_PART_SIG].off), 4);
    if (q->form > 3)
        put_le(p + part[FORGE_PART_OUTER].off + 2,
            length_of(&q->outer_size, end - part[FORGE_PART_QE_REPORT].off), 4);
    put_le(p + part[FORGE_PART_INNER].off + 2,
        length_of(&q->inner_size, part[FORGE_PART_CERT_DATA].n), 4);
}

static int
sign_body(forge *f, const uint8_t *quote, uint8_t rs[FORGE_RAW_MAX])
{
    const forge_quote *q = &f->quote;
    const forge_part *part = f->out.part;
    size_t n = part[FORGE_PART_SIG_LEN].off;
    if (!q->sign_without_descriptor)
        return forge_sign(
            f, q->signer, FORGE_ALG_SHA256, ds_view_of(quote, n), &q->sig, rs);
    ds_buf b;
    ds_buf_init(&b, FORGE_OUT_MAX);
    ds_buf_add(&b, quote, part[FORGE_PART_HEADER].n);
    ds_buf_add(&b, quote + part[FORGE_PART_BODY].off, part[FORGE_PART_BODY].n);
    int ret =
        forge_check_buf(f, &b) || forge_sign(f, q->signer, FORGE_ALG_SHA256,
                                      forge_view(&b), &q->sig, rs)
            ? -1
            : 0;
    ds_buf_free(&b);
    return ret;
}

static int
flip_bits(forge *f)
{
    for (size_t i = 0; i < FORGE_FLIPS; i++) {
        const forge_flip *flip = &f->quote.flips[i];
        if (!flip->on)
            continue;
        if (flip->part < 0 || flip->part >= FORGE_PARTS ||
            flip->bit / 8 >= f->out.part[flip->part].n)
            return forge_fail(
                f, "part %d has no bit %zu", flip->part, flip->bit);
        f->out.quote.p[f->out.part[flip->part].off + flip->bit / 8] ^=
            (uint8_t)(1u << (flip->bit % 8));
    }
    return 0;
}

int
forge_make_quote(forge *f)
{
    const forge_quote *q = &f->quote;
    ds_buf *b = &f->out.quote;
    uint8_t rs[FORGE_RAW_MAX] = {0};
    forge_clear(b);
    make_signed(f);
    begin_part(f, FORGE_PART_SIG_LEN);
    add_le(b, 0, 4);
    end_part(f, FORGE_PART_SIG_LEN);
    begin_part(f, FORGE_PART_SIG);
    if (q->sig.raw.p)
        forge_add_view(b, q->sig.raw);
    else
        ds_buf_add(b, rs, 64);
    end_part(f, FORGE_PART_SIG);
    if (make_sig_data(f))
        return -1;
    fill_lengths(f);
    if (!q->sig.raw.p) {
        if (sign_body(f, b->p, rs))
            return -1;
        memcpy(b->p + f->out.part[FORGE_PART_SIG].off, rs, 64);
    }
    begin_part(f, FORGE_PART_TRAILING);
    forge_add_view(b, q->trailing);
    end_part(f, FORGE_PART_TRAILING);
    return forge_check_buf(f, b) || flip_bits(f) ? -1 : 0;
}

int
forge_resign_quote(forge *f, uint8_t *quote, size_t n, unsigned what)
{
    const forge_part *part = f->out.part;
    uint8_t rs[FORGE_RAW_MAX];
    uint8_t digest[32];
    const forge_part *qe = &part[FORGE_PART_QE_REPORT];
    if (n < part[FORGE_PART_INNER].off || qe->n != 384 ||
        part[FORGE_PART_SIG].n != 64 || part[FORGE_PART_QE_SIG].n != 64)
        return forge_fail(f, "a quote of %zu bytes is not laid out so", n);
    if (what & FORGE_RESIGN_BIND) {
        const forge_part *ak = &part[FORGE_PART_AK];
        const forge_part *auth = &part[FORGE_PART_AUTH];
        if (forge_sha256(f, ds_view_of(quote + ak->off, ak->n),
                ds_view_of(quote + auth->off, auth->n), digest))
            return -1;
        memcpy(quote + qe->off + 320, digest, 32);
    }
    if (what & FORGE_RESIGN_QE) {
        if (forge_sign(f, f->quote.qe_signer, FORGE_ALG_SHA256,
                ds_view_of(quote + qe->off, qe->n), NULL, rs))
            return -1;
        memcpy(quote + part[FORGE_PART_QE_SIG].off, rs, 64);
    }
    if (what & FORGE_RESIGN_BODY) {
        if (sign_body(f, quote, rs))
            return -1;
        memcpy(quote + part[FORGE_PART_SIG].off, rs, 64);
    }
    return 0;
}
