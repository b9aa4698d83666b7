/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "guest/inner.h"

/* What Intel's provisioning service, or a cache of it, would answer about this
 * machine. */

void
sim_document_free(sim_document *d)
{
    ds_buf_free(&d->body);
    ds_buf_free(&d->chain);
}

/* A PEM text as it travels in a header: everything but RFC 3986's unreserved
 * characters in %XX. */
static void
url_encode(ds_buf *out, ds_view text)
{
    static const char digits[] = "0123456789ABCDEF";
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        if (memchr(plain, c, sizeof plain - 1)) {
            ds_buf_add_u8(out, c);
            continue;
        }
        ds_buf_add_u8(out, '%');
        ds_buf_add_u8(out, (uint8_t)digits[c >> 4]);
        ds_buf_add_u8(out, (uint8_t)digits[c & 15]);
    }
}

static void
take(sim_document *d, const ds_buf *body, const char *type, const char *header,
    const ds_buf *chain)
{
    ds_buf_add(&d->body, body->p, body->n);
    d->type = type;
    d->chain_header = header;
    if (header)
        url_encode(&d->chain, sim_view(chain));
}

static const char pem[] = "application/x-pem-file";
static const char json[] = "application/json";
static const char crl[] = "application/pkix-crl";
static const char tcb_chain[] = "TCB-Info-Issuer-Chain";
static const char qe_chain[] = "SGX-Enclave-Identity-Issuer-Chain";
static const char crl_chain[] = "SGX-PCK-CRL-Issuer-Chain";

static void
fill(const sim_platform *p, int which, sim_document *d)
{
    const forge_out *tdx = &p->tdx->out;
    const forge_out *sgx = &p->sgx->out;
    switch (which) {
    case SIM_DOC_ROOT_PEM:
        take(d, &tdx->root_pem, pem, NULL, NULL);
        break;
    case SIM_DOC_BUNDLE:
        take(d, &tdx->collateral, json, NULL, NULL);
        break;
    case SIM_DOC_ROOT_CRL:
        take(d, &tdx->crl[FORGE_CRL_ROOT], crl, NULL, NULL);
        break;
    case SIM_DOC_PCK_CRL_PLATFORM:
        take(d, &tdx->crl[FORGE_CRL_PCK], crl, crl_chain,
            &tdx->chain[FORGE_CHAIN_CRL]);
        break;
    case SIM_DOC_PCK_CRL_PROCESSOR:
        take(d, &sgx->crl[FORGE_CRL_PCK], crl, crl_chain,
            &sgx->chain[FORGE_CHAIN_CRL]);
        break;
    case SIM_DOC_TCB_INFO_SGX:
        take(d, &sgx->tcb_info_answer, json, tcb_chain,
            &sgx->chain[FORGE_CHAIN_TCB]);
        break;
    case SIM_DOC_TCB_INFO_TDX:
        take(d, &tdx->tcb_info_answer, json, tcb_chain,
            &tdx->chain[FORGE_CHAIN_TCB]);
        break;
    case SIM_DOC_QE_IDENTITY_SGX:
        take(d, &sgx->qe_identity_answer, json, qe_chain,
            &sgx->chain[FORGE_CHAIN_QE]);
        break;
    case SIM_DOC_QE_IDENTITY_TDX:
        take(d, &tdx->qe_identity_answer, json, qe_chain,
            &tdx->chain[FORGE_CHAIN_QE]);
        break;
    default:
        forge_pem(sim_view(&tdx->cert[FORGE_CERT_PCK]), "CERTIFICATE", false,
            &d->body);
        d->type = pem;
        d->chain_header = "SGX-PCK-Certificate-Issuer-Chain";
        url_encode(&d->chain, sim_view(&tdx->chain[FORGE_CHAIN_CRL]));
        break;
    }
}

int
sim_platform_document(
    const sim_platform *p, int which, sim_document *ret, sim_error *err)
{
    if (which < 0 || which >= SIM_DOC_COUNT)
        return sim_fail(err, SIM_REFUSED, "no document %d", which);
    fill(p, which, ret);
    return sim_check_buf(&ret->body, err) || sim_check_buf(&ret->chain, err)
               ? -1
               : 0;
}
