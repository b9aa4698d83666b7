/* SPDX-License-Identifier: Apache-2.0 */
#include "forge/inner.h"

static void
add_revoked(ds_buf *b, ds_view serial, int64_t date, int reason)
{
    size_t entry = forge_der_open(b, 0x30);
    bool pad = serial.n && (serial.p[0] & 0x80);
    ds_buf_add_u8(b, 0x02);
    forge_der_length(b, serial.n + (pad ? 1 : 0));
    if (pad)
        ds_buf_add_u8(b, 0);
    forge_add_view(b, serial);
    forge_der_time(b, date);
    if (reason > 0) {
        uint8_t value[3] = {0x0a, 0x01, (uint8_t)reason};
        size_t list = forge_der_open(b, 0x30);
        forge_der_extension(b, "2.5.29.21", false, ds_view_of(value, 3));
        forge_der_close(b, list);
    }
    forge_der_close(b, entry);
}

static int
add_list(forge *f, ds_buf *b, const forge_crl *c)
{
    if (!c->revoked_n && !c->filler)
        return 0;
    if (c->revoked_n > FORGE_REVOKED)
        return forge_fail(f, "%zu revoked serials", c->revoked_n);
    size_t list = forge_der_open(b, 0x30);
    for (size_t i = 0; i < c->filler; i++) {
        uint8_t serial[20] = {0x7e};
        for (unsigned k = 0; k < 8; k++)
            serial[12 + k] = (uint8_t)((uint64_t)i >> (56 - 8 * k));
        add_revoked(b, ds_view_of(serial, sizeof serial), c->this_update, 1);
    }
    for (size_t i = 0; i < c->revoked_n; i++) {
        const forge_revoked *r = &c->revoked[i];
        if (r->serial_n > sizeof r->serial)
            return forge_fail(f, "serial of %zu bytes", r->serial_n);
        add_revoked(b, ds_view_of(r->serial, r->serial_n),
            r->date ? r->date : c->this_update, r->reason);
    }
    forge_der_close(b, list);
    return 0;
}

static int
add_extensions(forge *f, ds_buf *b, const forge_crl *c)
{
    static const uint8_t one[] = {0x02, 0x01, 0x01};
    /* SEQUENCE { onlyContainsUserCerts [1] TRUE } */
    static const uint8_t user_certs[] = {0x30, 0x03, 0x81, 0x01, 0xff};
    uint8_t id[20];
    ds_buf v;
    if (!c->number_on && !c->aki_on && !c->delta && !c->idp && !c->extra[0].oid)
        return 0;
    if (forge_key_id(f, c->signer, id))
        return -1;
    ds_buf_init(&v, 1024);
    size_t tagged = forge_der_open(b, 0xa0);
    size_t list = forge_der_open(b, 0x30);
    if (c->number_on) {
        forge_der_uint(&v, (uint64_t)c->number);
        forge_der_extension(b, "2.5.29.20", false, forge_view(&v));
        forge_clear(&v);
    }
    if (c->aki_on) {
        size_t mark = forge_der_open(&v, 0x30);
        forge_der_tlv(
            &v, 0x80, c->aki_id.p ? c->aki_id : ds_view_of(id, sizeof id));
        forge_der_close(&v, mark);
        forge_der_extension(b, "2.5.29.35", false, forge_view(&v));
    }
    if (c->delta)
        forge_der_extension(b, "2.5.29.27", true, ds_view_of(one, sizeof one));
    if (c->idp)
        forge_der_extension(
            b, "2.5.29.28", true, ds_view_of(user_certs, sizeof user_certs));
    for (size_t i = 0; i < FORGE_EXTENSIONS && c->extra[i].oid; i++)
        forge_der_extension(
            b, c->extra[i].oid, c->extra[i].critical, c->extra[i].value);
    forge_der_close(b, list);
    forge_der_close(b, tagged);
    int ret = forge_check_buf(f, &v);
    ds_buf_free(&v);
    return ret;
}

/* RFC 5280, 5.1 */
static int
make_tbs(forge *f, const forge_crl *c, ds_buf *b)
{
    size_t tbs = forge_der_open(b, 0x30);
    if (c->version > 1)
        forge_der_uint(b, (uint64_t)c->version - 1);
    forge_der_alg(b, c->alg_inner);
    forge_der_name(b, &c->issuer);
    forge_der_time(b, c->this_update);
    if (!c->no_next_update)
        forge_der_time(b, c->next_update);
    if (add_list(f, b, c))
        return -1;
    if (c->version > 1 && add_extensions(f, b, c))
        return -1;
    forge_der_close(b, tbs);
    return forge_check_buf(f, b);
}

int
forge_make_crl(forge *f, int which)
{
    const forge_crl *c = &f->crl[which];
    ds_buf *tbs = &f->out.crl_tbs[which];
    ds_buf *out = &f->out.crl[which];
    forge_clear(tbs);
    forge_clear(out);
    if (c->der.p) {
        forge_add_view(out, c->der);
        return forge_check_buf(f, out);
    }
    if (make_tbs(f, c, tbs) || forge_der_signed(f, forge_view(tbs), c->signer,
                                   c->alg_outer, &c->sig, out))
        return -1;
    forge_add_view(out, c->append);
    return forge_check_buf(f, out);
}
