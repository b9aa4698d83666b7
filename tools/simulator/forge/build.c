/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <psa/crypto.h>

#include "forge/inner.h"

int
forge_fail(forge *f, const char *format, ...)
{
    va_list args;
    if (f->error[0])
        return -1;
    va_start(args, format);
    vsnprintf(f->error, sizeof f->error, format, args);
    va_end(args);
    return -1;
}

int
forge_check_buf(forge *f, const ds_buf *b)
{
    if (b->nomem)
        return forge_fail(f, "out of memory");
    if (b->bad)
        return forge_fail(f, "an output is over %zu bytes", b->max);
    return 0;
}

void
forge_clear(ds_buf *b)
{
    b->n = 0;
    b->bad = false;
    b->nomem = false;
}

void
forge_add_view(ds_buf *b, ds_view v)
{
    if (v.n)
        ds_buf_add(b, v.p, v.n);
}

void
forge_printf(ds_buf *b, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof text)
        b->bad = true;
    else
        ds_buf_add(b, text, (size_t)n);
}

void
forge_add_hex(ds_buf *b, ds_view v, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[128];
    size_t n = 0;
    for (size_t i = 0; i < v.n; i++) {
        text[n++] = digits[v.p[i] >> 4];
        text[n++] = digits[v.p[i] & 15];
        if (n == sizeof text || i + 1 == v.n) {
            ds_buf_add(b, text, n);
            n = 0;
        }
    }
}

static const uint8_t *
find(ds_view hay, ds_view needle)
{
    for (size_t i = 0; needle.n && i + needle.n <= hay.n; i++)
        if (hay.p[i] == needle.p[0] && !memcmp(hay.p + i, needle.p, needle.n))
            return hay.p + i;
    return NULL;
}

static int
apply_edit(forge *f, ds_buf *b, const forge_edit *edit, const char *what)
{
    ds_view needle = ds_view_str(edit->find);
    ds_view rest = forge_view(b);
    ds_buf out;
    ds_buf_init(&out, FORGE_OUT_MAX);
    const uint8_t *hit = find(rest, needle);
    if (!hit) {
        ds_buf_free(&out);
        return forge_fail(f, "%s: no \"%.60s\" to edit", what, edit->find);
    }
    for (; hit; hit = edit->all ? find(rest, needle) : NULL) {
        size_t before = (size_t)(hit - rest.p);
        ds_buf_add(&out, rest.p, before);
        forge_add_view(&out, ds_view_str(edit->put));
        rest.p += before + needle.n;
        rest.n -= before + needle.n;
    }
    forge_add_view(&out, rest);
    forge_clear(b);
    forge_add_view(b, forge_view(&out));
    b->nomem |= out.nomem;
    b->bad |= out.bad;
    ds_buf_free(&out);
    return forge_check_buf(f, b);
}

int
forge_apply_edits(
    forge *f, ds_buf *b, const forge_edit *edits, const char *what)
{
    for (size_t i = 0; i < FORGE_EDITS && edits[i].find; i++)
        if (apply_edit(f, b, &edits[i], what))
            return -1;
    return 0;
}

/* ---- making -------------------------------------------------------------- */

static bool
is_wanted(const forge *f, int cert)
{
    if (f->cert[cert].make)
        return true;
    if (cert == FORGE_CERT_ROOT || cert == FORGE_CERT_PCK)
        return true;
    for (size_t i = 0; i < FORGE_CHAINS; i++)
        for (size_t k = 0; k < f->chain[i].n && k < 8; k++)
            if (f->chain[i].certs[k] == cert)
                return true;
    return false;
}

static int
make_certs(forge *f)
{
    for (int i = 0; i < FORGE_CERTS; i++) {
        forge_clear(&f->out.cert[i]);
        forge_clear(&f->out.cert_tbs[i]);
        if (is_wanted(f, i) && forge_make_cert(f, i))
            return -1;
    }
    forge_clear(&f->out.root_pem);
    forge_pem(forge_view(&f->out.cert[FORGE_CERT_ROOT]), "CERTIFICATE", false,
        &f->out.root_pem);
    return forge_check_buf(f, &f->out.root_pem);
}

int
forge_build(forge *f)
{
    if (f->inner->broken)
        return -1;
    f->error[0] = '\0';
    if (make_certs(f))
        return -1;
    for (int i = 0; i < FORGE_CRLS; i++)
        if (forge_make_crl(f, i))
            return -1;
    for (int i = 0; i < FORGE_CHAINS; i++)
        if (f->chain[i].n > 8)
            return forge_fail(f, "a chain of %zu certificates", f->chain[i].n);
        else if (forge_make_chain(f, i))
            return -1;
    if (forge_make_documents(f) || forge_make_quote(f) ||
        forge_make_bundle(f) || forge_make_flat(f))
        return -1;
    return f->error[0] ? -1 : 0;
}

static void
each_output(forge_out *o, void (*call)(ds_buf *))
{
    ds_buf *single[] = {&o->quote, &o->root_pem, &o->tcb_info,
        &o->tcb_info_signature, &o->tcb_info_answer, &o->qe_identity,
        &o->qe_identity_signature, &o->qe_identity_answer, &o->collateral,
        &o->flat};
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++)
        call(single[i]);
    for (size_t i = 0; i < FORGE_CERTS; i++) {
        call(&o->cert[i]);
        call(&o->cert_tbs[i]);
    }
    for (size_t i = 0; i < FORGE_CRLS; i++) {
        call(&o->crl[i]);
        call(&o->crl_tbs[i]);
    }
    for (size_t i = 0; i < FORGE_CHAINS; i++)
        call(&o->chain[i]);
}

static void
init_output(ds_buf *b)
{
    ds_buf_init(b, FORGE_OUT_MAX);
}

/* A mistake made while the inputs are set must fail the next build. */
static void
setup_fail(forge *f, const char *why)
{
    forge_fail(f, "%s", why);
    f->inner->broken = true;
}

void
forge_reset(forge *f, int kind)
{
    f->error[0] = '\0';
    f->inner->broken = false;
    if (kind >= 0 && kind < FORGE_KINDS)
        forge_defaults(f, kind);
    else
        setup_fail(f, "no such kind");
}

forge *
forge_new(int kind, const char *seed)
{
    if (kind < 0 || kind >= FORGE_KINDS || psa_crypto_init() != PSA_SUCCESS)
        return NULL;
    forge *f = ds_calloc(1, sizeof *f);
    if (!f)
        return NULL;
    each_output(&f->out, init_output);
    f->inner = ds_calloc(1, sizeof *f->inner);
    if (f->inner)
        f->inner->seed = ds_memdup(seed, strlen(seed));
    if (!f->inner || !f->inner->seed) {
        forge_free(f);
        return NULL;
    }
    for (size_t i = 0; i < FORGE_MEMO; i++)
        f->inner->memo[i].key = -1;
    forge_defaults(f, kind);
    if (f->error[0]) {
        forge_free(f);
        return NULL;
    }
    return f;
}

void
forge_free(forge *f)
{
    if (!f)
        return;
    each_output(&f->out, ds_buf_free);
    if (f->inner) {
        for (forge_arena *a = f->inner->arena; a;) {
            forge_arena *next = a->next;
            ds_free(a->p);
            ds_free(a);
            a = next;
        }
        ds_free(f->inner->seed);
        ds_free(f->inner);
    }
    ds_free(f);
}

/* ---- helpers for tests --------------------------------------------------- */

ds_view
forge_keep(forge *f, const void *p, size_t n)
{
    forge_arena *a = ds_calloc(1, sizeof *a);
    if (a)
        a->p = ds_memdup(n ? p : "", n);
    if (!a || !a->p) {
        ds_free(a);
        setup_fail(f, "out of memory");
        return ds_view_of(NULL, 0);
    }
    a->next = f->inner->arena;
    f->inner->arena = a;
    return ds_view_of(a->p, n);
}

ds_view
forge_hex(forge *f, const char *hex)
{
    ds_buf b;
    ds_buf_init(&b, FORGE_OUT_MAX);
    ds_view v = ds_view_of(NULL, 0);
    if (ds_hex_decode_buf(ds_view_str(hex), &b))
        v = forge_keep(f, b.p, b.n);
    else
        setup_fail(f, "forge_hex: not hex");
    ds_buf_free(&b);
    return v;
}

void
forge_revoke(forge *f, int crl, int cert, int reason)
{
    forge_crl *c = &f->crl[crl];
    if (c->revoked_n >= FORGE_REVOKED) {
        setup_fail(f, "too many revoked serials");
        return;
    }
    forge_revoked *r = &c->revoked[c->revoked_n++];
    memset(r, 0, sizeof *r);
    memcpy(r->serial, f->cert[cert].serial, sizeof r->serial);
    r->serial_n = f->cert[cert].serial_n;
    r->reason = reason;
}

static int
write_file(forge *f, const char *dir, const char *name, const ds_buf *b)
{
    char path[1024];
    int n = snprintf(path, sizeof path, "%s/%s", dir, name);
    if (n < 0 || (size_t)n >= sizeof path)
        return forge_fail(f, "path is too long");
    FILE *file = fopen(path, "wb");
    if (!file)
        return forge_fail(f, "%.100s: cannot be written", path);
    bool ok = fwrite(b->p, 1, b->n, file) == b->n;
    ok = fclose(file) == 0 && ok;
    return ok ? 0 : forge_fail(f, "%.100s: cannot be written", path);
}

int
forge_write_dir(forge *f, const char *dir)
{
    forge_out *o = &f->out;
    f->error[0] = '\0';
    if (!o->quote.n || !o->collateral.n)
        return forge_fail(f, "nothing was built");
    return write_file(f, dir, "quote.bin", &o->quote) ||
                   write_file(f, dir, "collateral.json", &o->collateral) ||
                   write_file(f, dir, "root.pem", &o->root_pem) ||
                   write_file(f, dir, "root.der", &o->cert[FORGE_CERT_ROOT])
               ? -1
               : 0;
}
