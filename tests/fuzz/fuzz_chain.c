/* SPDX-License-Identifier: Apache-2.0 */
/* PEM text as one of the four chains, under a forged root. Nobody can sign
 * here, so every certificate of an accepted chain is one that was forged, and
 * the chain is one that belongs together. A chain that shares certificates
 * with chains checked before is judged the same. The last byte of the input
 * chooses kind and options. */
#include <string.h>

#include "base/text.h"
#include "codec/pem.h"
#include "crypto/cert.h"
#include "dstack/dstack.h"
#include "fuzz/help.h"
#include "intel/chain.h"

/* The forge's seven certificates; and the same root issued again. */
enum {
    REISSUED = FORGE_CERTS,
    KNOWN
};
static ds_buf known[KNOWN];
static ds_root *root;
static ds_chain warm[2];

static void
keep(int which, const ds_buf *der)
{
    must(der->n != 0);
    ds_buf_init(&known[which], SIZE_MAX);
    ds_buf_add(&known[which], der->p, der->n);
}

static void
make_known(void)
{
    static const ds_chain_options lenient;
    static const ds_known none;
    forge *f = fuzz_forge(FORGE_TDX_V4);

    for (int i = 0; i < FORGE_CERTS; i++)
        f->cert[i].make = true;
    must(forge_build(f) == 0);
    for (int i = 0; i < FORGE_CERTS; i++)
        keep(i, &f->out.cert[i]);
    must(ds_root_new(fuzz_view(&known[FORGE_CERT_ROOT]), &root, NULL) ==
         DSTACK_OK);
    must(ds_chain_check(DS_CHAIN_CRL, fuzz_view(&f->out.chain[FORGE_CHAIN_CRL]),
             root, &lenient, &none, &warm[0], NULL) == DSTACK_OK);
    must(ds_chain_check(DS_CHAIN_TCB, fuzz_view(&f->out.chain[FORGE_CHAIN_TCB]),
             root, &lenient, &none, &warm[1], NULL) == DSTACK_OK);
    f->cert[FORGE_CERT_ROOT].serial[5] ^= 1;
    must(forge_build(f) == 0);
    keep(REISSUED, &f->out.cert[FORGE_CERT_ROOT]);
}

static bool
is(ds_view der, int which)
{
    return ds_view_eq(der, fuzz_view(&known[which]));
}

/* Leaf, CA and root belong to this kind of chain. */
static void
check_accepted(int kind, const ds_chain_options *opt, const ds_chain *c)
{
    ds_view leaf = c->link[0].cert->der;
    ds_view top = c->link[c->n - 1].cert->der;

    must(c->n == (kind == DS_CHAIN_PCK ? 3 : 2));
    must(is(top, FORGE_CERT_ROOT) || (opt->reissued_root && is(top, REISSUED)));
    if (kind == DS_CHAIN_PCK) {
        must(is(leaf, FORGE_CERT_PCK) || is(leaf, FORGE_CERT_EXTRA));
        must(is(c->link[1].cert->der, FORGE_CERT_PLATFORM));
    } else if (kind == DS_CHAIN_CRL) {
        must(is(leaf, FORGE_CERT_PLATFORM) || is(leaf, FORGE_CERT_PROCESSOR));
    } else {
        must(is(leaf, FORGE_CERT_TCB));
    }
    for (size_t i = 0; i < c->n; i++) {
        must(c->link[i].cert->not_before <= c->not_before);
        must(c->link[i].cert->not_before >= c->oldest);
        must(c->link[i].cert->not_after >= c->not_after);
    }
    must(ds_chain_check_time(kind, c, FORGE_NOW, NULL) == DSTACK_OK);
    must(ds_chain_check_time(kind, c, c->not_after + 1, NULL) ==
         DSTACK_ERR_STALE);
}

static void
judge(int kind, ds_view pem, const ds_chain_options *opt)
{
    static const ds_known none;
    const ds_known both = {{&warm[0], &warm[1]}, 2};
    ds_chain cold, again;
    dstack_error err, err2;
    int rc = ds_chain_check(kind, pem, root, opt, &none, &cold, &err);
    int rc2 = ds_chain_check(kind, pem, root, opt, &both, &again, &err2);

    must(rc == rc2);
    if (rc == DSTACK_OK) {
        check_accepted(kind, opt, &cold);
        check_accepted(kind, opt, &again);
    } else {
        fuzz_check_error(rc, &err);
        must(err.reason == err2.reason && err.stage == err2.stage);
        must(strcmp(err.message, err2.message) == 0);
        must(cold.n == 0 && again.n == 0);
    }
    ds_chain_free(&cold);
    ds_chain_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ds_chain_options opt;

    if (!root)
        make_known();
    if (size == 0)
        return 0;
    size--;
    opt.strict = data[size] & 4;
    opt.reissued_root = data[size] & 8;
    judge(data[size] & 3, ds_view_of(data, size), &opt);
    return 0;
}

/* ---- a mutator that knows blocks --------------------------------------------- */

#define MAX_BLOCKS 6

/* The text's blocks in DER. */
static size_t
split(ds_view text, ds_buf block[MAX_BLOCKS])
{
    size_t n = 0;
    ds_pem p;

    ds_pem_init(&p, text);
    for (size_t i = 0; i < MAX_BLOCKS; i++)
        ds_buf_init(&block[i], 65536);
    while (n < MAX_BLOCKS && ds_pem_next(&p, "CERTIFICATE", &block[n]) == 1)
        n++;
    return n;
}

static void
replace(ds_buf *b, ds_view v)
{
    ds_buf_cut(b, 0);
    ds_buf_add(b, v.p, v.n);
}

/* One change: a block from the forge, two exchanged, one gone, one's DER
 * mutated. */
static size_t
change(ds_buf *block, size_t n, fuzz_random *r)
{
    uint32_t i = fuzz_below(r, (uint32_t)n + 1), k;
    uint8_t der[3000];
    ds_buf swap;

    switch (fuzz_below(r, 4)) {
    case 0:
        if (i < MAX_BLOCKS) {
            replace(&block[i], fuzz_view(&known[fuzz_below(r, KNOWN)]));
            n = i == n ? n + 1 : n;
        }
        break;
    case 1:
        k = fuzz_below(r, (uint32_t)n);
        if (i < n) {
            swap = block[i];
            block[i] = block[k];
            block[k] = swap;
        }
        break;
    case 2:
        n = i < n ? i : n;
        break;
    default:
        if (i < n && block[i].n <= sizeof der) {
            memcpy(der, block[i].p, block[i].n);
            k = (uint32_t)fuzz_mutate_der(
                der, block[i].n, sizeof der, fuzz_below(r, UINT32_MAX));
            replace(&block[i], ds_view_of(der, k));
        }
    }
    return n;
}

size_t
LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    fuzz_random r = {seed};
    ds_buf block[MAX_BLOCKS], out;
    uint8_t how;
    size_t n;

    if (!root)
        make_known();
    if (size == 0 || fuzz_below(&r, 3) == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    how = fuzz_below(&r, 4) ? data[size - 1] : (uint8_t)fuzz_below(&r, 16);
    n = split(ds_view_of(data, size - 1), block);
    n = change(block, n, &r);
    ds_buf_init(&out, SIZE_MAX);
    for (size_t i = 0; i < n; i++)
        forge_pem(fuzz_view(&block[i]), "CERTIFICATE", how & 0x80, &out);
    ds_buf_add_u8(&out, how);
    if (!out.nomem && out.n <= max_size) {
        memcpy(data, out.p, out.n);
        size = out.n;
    }
    for (size_t i = 0; i < MAX_BLOCKS; i++)
        ds_buf_free(&block[i]);
    ds_buf_free(&out);
    return size;
}
