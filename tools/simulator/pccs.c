/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "server.h"

/* Intel's collateral service, and the caching service's additions, for the
 * one platform that the guest runs on (spec dcap 2.3, 2.4). */

enum { /* how a CRL is sent */
    AS_DER = 0,
    AS_HEX,
    AS_PEM
};

static void
refuse(sim_answer *a, int status, const char *why)
{
    a->status = status;
    a->type = "text/plain; charset=utf-8";
    ds_buf_cut(&a->body, 0);
    ds_buf_add_str(&a->body, why);
    ds_buf_add_u8(&a->body, '\n');
}

static void
add_pem(ds_view der, ds_buf *out)
{
    ds_buf text;

    ds_buf_init(&text, SIM_MAX_ANSWER);
    ds_base64_encode(der, &text);
    ds_buf_add_str(out, "-----BEGIN X509 CRL-----\n");
    for (size_t i = 0; i < text.n; i += 64) {
        ds_buf_add(out, text.p + i, text.n - i < 64 ? text.n - i : 64);
        ds_buf_add_u8(out, '\n');
    }
    ds_buf_add_str(out, "-----END X509 CRL-----\n");
    out->nomem |= text.nomem;
    ds_buf_free(&text);
}

static void
add_crl(ds_view der, int form, sim_answer *a)
{
    if (form == AS_PEM) {
        a->type = "application/x-pem-file";
        add_pem(der, &a->body);
        return;
    }
    a->type = "application/pkix-crl";
    if (form == AS_DER)
        ds_buf_add(&a->body, der.p, der.n);
    for (size_t i = 0; form == AS_HEX && i < der.n; i++) {
        char pair[3];

        ds_hex_encode(ds_view_of(der.p + i, 1), pair);
        ds_buf_add(&a->body, pair, 2);
    }
}

static bool
is_crl(int which)
{
    return which == SIM_DOC_ROOT_CRL || which == SIM_DOC_PCK_CRL_PLATFORM ||
           which == SIM_DOC_PCK_CRL_PROCESSOR;
}

static void
send_document(sim_guest *g, int64_t now, int which, int form, sim_answer *a)
{
    sim_document d;
    sim_error err;

    if (sim_guest_document(g, which, now, &d, &err)) {
        refuse(a, err.code == SIM_REFUSED ? 404 : 500, err.text);
        return;
    }
    a->status = 200;
    if (is_crl(which)) {
        add_crl(ds_view_of(d.body.p, d.body.n), form, a);
    } else {
        a->type = d.type;
        ds_buf_add(&a->body, d.body.p, d.body.n);
    }
    a->header = d.chain_header;
    ds_buf_add(&a->value, d.chain.p, d.chain.n);
    sim_document_free(&d);
}

static bool
is_nocase(ds_view text, const char *word)
{
    return text.n == strlen(word) &&
           strncasecmp((const char *)text.p, word, text.n) == 0;
}

static void
pck_crl(sim_guest *g, int64_t now, bool v3, ds_view query, sim_answer *a)
{
    ds_view ca, encoding;
    int form = v3 ? AS_HEX : AS_PEM;
    int which;

    if (!sim_query_get(query, "ca", &ca)) {
        refuse(a, 400, "ca is missing: processor or platform");
        return;
    }
    if (is_nocase(ca, "platform")) {
        which = SIM_DOC_PCK_CRL_PLATFORM;
    } else if (is_nocase(ca, "processor")) {
        which = SIM_DOC_PCK_CRL_PROCESSOR;
    } else {
        refuse(a, 400, "ca is neither processor nor platform");
        return;
    }
    if (sim_query_get(query, "encoding", &encoding)) {
        if (is_nocase(encoding, "der")) {
            form = AS_DER;
        } else if (is_nocase(encoding, "pem")) {
            form = AS_PEM;
        } else {
            refuse(a, 400, "encoding is neither der nor pem");
            return;
        }
    }
    send_document(g, now, which, form, a);
}

static void
tcb_info(sim_guest *g, int64_t now, int which, ds_view query, sim_answer *a)
{
    ds_view fmspc;

    if (!sim_query_get(query, "fmspc", &fmspc) || fmspc.n != 12 ||
        !ds_hex_is(fmspc))
        refuse(a, 400, "fmspc is not 12 hex digits");
    else if (!is_nocase(fmspc, sim_guest_fmspc(g)))
        refuse(a, 404, "no such platform here");
    else
        send_document(g, now, which, AS_DER, a);
}

/* What takes no parameters. */
static const struct {
    const char *path;
    int which;
    int form;
} fixed[] = {
    {"/sgx/certification/v4/rootcacrl", SIM_DOC_ROOT_CRL, AS_HEX},
    {"/sgx/certification/v3/rootcacrl", SIM_DOC_ROOT_CRL, AS_HEX},
    {"/sgx/certification/v4/crl", SIM_DOC_ROOT_CRL, AS_DER},
    {"/IntelSGXRootCA.der", SIM_DOC_ROOT_CRL, AS_DER},
    {"/sgx/certification/v4/qe/identity", SIM_DOC_QE_IDENTITY_SGX, 0},
    {"/sgx/certification/v3/qe/identity", SIM_DOC_QE_IDENTITY_SGX, 0},
    {"/tdx/certification/v4/qe/identity", SIM_DOC_QE_IDENTITY_TDX, 0},
    {"/sgx/certification/v4/pckcert", SIM_DOC_PCK_CERT, 0},
    {"/root.pem", SIM_DOC_ROOT_PEM, 0},
    {"/collateral.json", SIM_DOC_BUNDLE, 0},
};

void
sim_pccs(sim_guest *g, int64_t now, ds_view path, ds_view query, sim_answer *a)
{
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        if (ds_view_eq_str(path, fixed[i].path)) {
            send_document(g, now, fixed[i].which, fixed[i].form, a);
            return;
        }
    if (ds_view_eq_str(path, "/sgx/certification/v4/pckcrl")) {
        pck_crl(g, now, false, query, a);
    } else if (ds_view_eq_str(path, "/sgx/certification/v3/pckcrl")) {
        pck_crl(g, now, true, query, a);
    } else if (ds_view_eq_str(path, "/tdx/certification/v4/tcb")) {
        tcb_info(g, now, SIM_DOC_TCB_INFO_TDX, query, a);
    } else if (ds_view_eq_str(path, "/sgx/certification/v4/tcb")) {
        tcb_info(g, now, SIM_DOC_TCB_INFO_SGX, query, a);
    } else if (ds_view_eq_str(path, "/sgx/certification/v3/tcb")) {
        tcb_info(g, now, SIM_DOC_TCB_INFO_SGX, query, a);
        if (a->header)
            a->header = "SGX-TCB-Info-Issuer-Chain";
    } else {
        refuse(a, 404, "no such document");
    }
}
