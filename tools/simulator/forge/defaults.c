/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "forge/inner.h"

/* Evidence that is valid in every respect at FORGE_NOW. Dates, names and
 * numbers follow what Intel's own documents look like (spec 2.5, 2.7, 7). */

#define ROOT_NOT_BEFORE INT64_C(1526899510)   /* 2018-05-21T10:45:10Z */
#define ROOT_NOT_AFTER INT64_C(2524607999)    /* 2049-12-31T23:59:59Z */
#define CA_NOT_BEFORE INT64_C(1526899810)     /* 2018-05-21T10:50:10Z */
#define CA_NOT_AFTER INT64_C(2000285410)      /* 2033-05-21T10:50:10Z */
#define SIGNER_NOT_BEFORE INT64_C(1746523500) /* 2025-05-06T09:25:00Z */
#define SIGNER_NOT_AFTER INT64_C(1967448300)  /* 2032-05-06T09:25:00Z */
#define PCK_NOT_BEFORE INT64_C(1768471200)    /* 2026-01-15T10:00:00Z */
#define PCK_NOT_AFTER INT64_C(1989396000)     /* 2033-01-15T10:00:00Z */

#define CDP_ROOT \
    "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"
#define CDP_PCK \
    "https://api.trustedservices.intel.com/sgx/certification/v4/pckcrl?ca="

static const uint8_t qe_vendor[16] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c,
    0xa9, 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};
/* Spec 2.5.3 */
static const uint8_t signer_qe[32] = {0x8c, 0x4f, 0x57, 0x75, 0xd7, 0x96, 0x50,
    0x3e, 0x96, 0x13, 0x7f, 0x77, 0xc6, 0x8a, 0x82, 0x9a, 0x00, 0x56, 0xac,
    0x8d, 0xed, 0x70, 0x14, 0x0b, 0x08, 0x1b, 0x09, 0x44, 0x90, 0xc5, 0x7b,
    0xff};
static const uint8_t signer_td_qe[32] = {0xdc, 0x9e, 0x2a, 0x7c, 0x6f, 0x94,
    0x8f, 0x17, 0x47, 0x4e, 0x34, 0xa7, 0xfc, 0x43, 0xed, 0x03, 0x0f, 0x7c,
    0x15, 0x63, 0xf1, 0xba, 0xbd, 0xdf, 0x63, 0x40, 0xc8, 0x2e, 0x0e, 0x54,
    0xa8, 0xc5};
static const uint8_t fmspc[6] = {0x90, 0xc0, 0x6f, 0, 0, 0};

/* first, first + 1, ...: every field shows where it came from. */
static void
count_up(uint8_t *p, size_t n, uint8_t first)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(first + i);
}

static forge_name
intel_name(const char *cn)
{
    forge_name name = {.cn = cn,
        .o = "Intel Corporation",
        .l = "Santa Clara",
        .st = "CA",
        .c = "US"};
    return name;
}

static void
set_cert(forge *f, int which, const char *label, const char *cn, int key)
{
    forge_cert *c = &f->cert[which];
    memset(c, 0, sizeof *c);
    c->version = 3;
    c->serial_n = 20;
    /* Cannot fail with a working PSA, which forge_new has tried. */
    (void)forge_seeded(f, label, c->serial, c->serial_n);
    c->serial[0] = (uint8_t)((c->serial[0] & 0x3f) | 0x40);
    c->subject = intel_name(cn);
    c->issuer = intel_name("Intel SGX Root CA");
    c->key = key;
    c->signer = FORGE_KEY_ROOT;
    c->aki.on = c->cdp.on = c->ski.on = true;
    c->ku.on = c->ku.critical = c->bc.on = c->bc.critical = true;
    c->cdp_url = CDP_ROOT;
    c->ku_bits = FORGE_KU_DIGITAL_SIGNATURE | FORGE_KU_NON_REPUDIATION;
    c->path_len = -1;
}

static void
set_ca(forge *f, int which, int path_len, int64_t not_before, int64_t not_after)
{
    forge_cert *c = &f->cert[which];
    c->ku_bits = FORGE_KU_KEY_CERT_SIGN | FORGE_KU_CRL_SIGN;
    c->is_ca = true;
    c->path_len = path_len;
    c->not_before = not_before;
    c->not_after = not_after;
}

static void
set_pck(forge *f, int which)
{
    forge_cert *c = &f->cert[which];
    c->issuer = intel_name("Intel SGX PCK Platform CA");
    c->signer = FORGE_KEY_PLATFORM;
    c->not_before = PCK_NOT_BEFORE;
    c->not_after = PCK_NOT_AFTER;
    c->cdp_url = CDP_PCK "platform&encoding=der";
    c->sgx = true;
}

static void
set_certs(forge *f)
{
    static const char pck[] = "Intel SGX PCK Certificate";
    static const char tcb[] = "Intel SGX TCB Signing";
    set_cert(
        f, FORGE_CERT_ROOT, "root serial", "Intel SGX Root CA", FORGE_KEY_ROOT);
    set_ca(f, FORGE_CERT_ROOT, 1, ROOT_NOT_BEFORE, ROOT_NOT_AFTER);
    set_cert(f, FORGE_CERT_PLATFORM, "platform serial",
        "Intel SGX PCK Platform CA", FORGE_KEY_PLATFORM);
    set_ca(f, FORGE_CERT_PLATFORM, 0, CA_NOT_BEFORE, CA_NOT_AFTER);
    set_cert(f, FORGE_CERT_PROCESSOR, "processor serial",
        "Intel SGX PCK Processor CA", FORGE_KEY_PROCESSOR);
    set_ca(f, FORGE_CERT_PROCESSOR, 0, CA_NOT_BEFORE, CA_NOT_AFTER);
    set_cert(f, FORGE_CERT_PCK, "pck serial", pck, FORGE_KEY_PCK);
    set_pck(f, FORGE_CERT_PCK);
    set_cert(f, FORGE_CERT_EXTRA, "extra serial", pck, FORGE_KEY_SPARE);
    set_pck(f, FORGE_CERT_EXTRA);
    for (int which = FORGE_CERT_TCB; which <= FORGE_CERT_QE; which++) {
        set_cert(f, which, "tcb signing serial", tcb, FORGE_KEY_TCB);
        f->cert[which].not_before = SIGNER_NOT_BEFORE;
        f->cert[which].not_after = SIGNER_NOT_AFTER;
    }
}

static void
set_sgx(forge *f, forge_sgx *x, const char *label)
{
    static const uint8_t comps[16] = {4, 4, 2, 2, 4, 1, 0, 5};
    memset(x, 0, sizeof *x);
    (void)forge_seeded(f, label, x->ppid, 16);
    x->ppid_n = 16;
    memcpy(x->comps, comps, sizeof comps);
    x->pcesvn = 13;
    x->cpusvn_n = 16;
    x->pceid_n = 2;
    memcpy(x->fmspc, fmspc, sizeof fmspc);
    x->fmspc_n = 6;
    x->type = 1;
    x->instance = x->configuration = true;
    memcpy(x->instance_id, x->ppid, 16);
    x->instance_id[0] ^= 0xff;
    x->instance_id_n = 16;
    x->dynamic_platform = FORGE_TRUE;
    x->cached_keys = FORGE_FALSE;
    x->smt = FORGE_TRUE;
}

static void
set_crls(forge *f)
{
    memset(f->crl, 0, sizeof f->crl);
    for (int i = 0; i < FORGE_CRLS; i++) {
        forge_crl *c = &f->crl[i];
        c->version = 2;
        c->issuer =
            intel_name(i == FORGE_CRL_ROOT ? "Intel SGX Root CA"
                                           : "Intel SGX PCK Platform CA");
        c->signer = i == FORGE_CRL_ROOT ? FORGE_KEY_ROOT : FORGE_KEY_PLATFORM;
        c->this_update = FORGE_NOW - 15 * FORGE_DAY;
        c->next_update = FORGE_NOW + 15 * FORGE_DAY;
        c->number_on = c->aki_on = true;
        c->number = i == FORGE_CRL_ROOT ? 1 : 7;
    }
}

static forge_level
tcb_level(const char *sgx, const char *tdx, int64_t pcesvn, const char *date,
    const char *status)
{
    forge_level l = {.sgx_n = 16,
        .tdx_n = 16,
        .pcesvn = pcesvn,
        .date = date,
        .status = status};
    for (size_t i = 0; i < 16 && sgx[i]; i++)
        l.sgx[i] = sgx[i] - '0';
    for (size_t i = 0; i < 16 && tdx[i]; i++)
        l.tdx[i] = tdx[i] - '0';
    return l;
}

static forge_isv_level
isv_level(int64_t isvsvn, const char *date, const char *status)
{
    forge_isv_level l = {.isvsvn = isvsvn, .date = date, .status = status};
    return l;
}

static void
set_modules(forge_tcb_info *t)
{
    forge_module *m = t->modules;
    t->module_on = t->modules_on = true;
    t->module_n = 2;
    memset(t->module.mask, 0xff, sizeof t->module.mask);
    memset(m[0].mask, 0xff, sizeof m[0].mask);
    memset(m[1].mask, 0xff, sizeof m[1].mask);
    m[0].id = "TDX_03";
    m[0].level_n = 1;
    m[0].levels[0] = isv_level(3, "2026-02-11T00:00:00Z", "UpToDate");
    m[1].id = "TDX_01";
    m[1].level_n = 3;
    m[1].levels[0] = isv_level(5, "2026-02-11T00:00:00Z", "UpToDate");
    m[1].levels[1] = isv_level(4, "2024-11-13T00:00:00Z", "OutOfDate");
    m[1].levels[1].advisories[0] = "INTEL-SA-01192";
    m[1].levels[2] = isv_level(2, "2023-08-09T00:00:00Z", "OutOfDate");
    m[1].levels[2].advisories[0] = "INTEL-SA-01036";
    m[1].levels[2].advisories[1] = "INTEL-SA-01192";
}

static void
set_tcb_info(forge *f, bool tdx)
{
    forge_tcb_info *t = &f->tcb_info;
    memset(t, 0, sizeof *t);
    t->id = tdx ? "TDX" : "SGX";
    t->version = 3;
    t->issue_date = FORGE_NOW - 10 * FORGE_DAY;
    t->next_update = FORGE_NOW + 20 * FORGE_DAY;
    memcpy(t->fmspc, fmspc, sizeof fmspc);
    t->eval_number = 21;
    if (tdx)
        set_modules(t);
    t->level_n = 3;
    t->levels[0] =
        tcb_level("44224105", "503", 13, "2026-02-11T00:00:00Z", "UpToDate");
    t->levels[1] =
        tcb_level("33224103", "402", 11, "2024-11-13T00:00:00Z", "OutOfDate");
    t->levels[1].advisories[0] = "INTEL-SA-01099";
    t->levels[1].advisories[1] = "INTEL-SA-01111";
    t->levels[2] = tcb_level("22223102", "301", 5, "2018-01-04T00:00:00Z",
        "OutOfDateConfigurationNeeded");
    t->levels[2].advisories[0] = "INTEL-SA-00106";
    t->levels[2].advisories[1] = "INTEL-SA-00115";
    t->levels[2].advisories[2] = "INTEL-SA-01099";
    for (size_t i = 0; i < t->level_n; i++)
        t->levels[i].no_tdx = !tdx;
    t->doc.signer = FORGE_KEY_TCB;
    t->doc.name = "tcbInfo";
}

static void
set_qe_identity(forge *f, bool tdx)
{
    forge_qe_identity *q = &f->qe_identity;
    memset(q, 0, sizeof *q);
    q->id = tdx ? "TD_QE" : "QE";
    q->version = 2;
    q->issue_date = FORGE_NOW - 10 * FORGE_DAY;
    q->next_update = FORGE_NOW + 20 * FORGE_DAY;
    q->eval_number = 21;
    memset(q->miscselect_mask, 0xff, sizeof q->miscselect_mask);
    q->attributes[0] = 0x11; /* INIT, PROVISIONKEY */
    memset(q->attributes_mask, 0xff, 8);
    q->attributes_mask[0] = 0xfb; /* MODE64BIT is free */
    memcpy(q->mrsigner, tdx ? signer_td_qe : signer_qe, 32);
    q->isvprodid = tdx ? 2 : 1;
    q->level_n = 3;
    q->levels[0] = isv_level(6, "2026-02-11T00:00:00Z", "UpToDate");
    q->levels[1] = isv_level(4, "2024-03-13T00:00:00Z", "OutOfDate");
    q->levels[1].advisories[0] = "INTEL-SA-00828";
    q->levels[2] = isv_level(2, "2021-11-10T00:00:00Z", "OutOfDate");
    q->levels[2].advisories[0] = "INTEL-SA-00477";
    q->levels[2].advisories[1] = "INTEL-SA-00828";
    q->doc.signer = FORGE_KEY_TCB;
    q->doc.name = "enclaveIdentity";
}

static void
set_reports(forge_quote *q, bool tdx)
{
    forge_report *s = &q->sgx;
    count_up(s->cpu_svn, sizeof s->cpu_svn, 0x10);
    s->flags = 0x5; /* INIT, MODE64BIT */
    s->xfrm = 0xe7;
    count_up(s->mr_enclave, sizeof s->mr_enclave, 0x20);
    count_up(s->mr_signer, sizeof s->mr_signer, 0x40);
    s->isv_prod_id = 0x0102;
    s->isv_svn = 0x0304;
    count_up(s->report_data, sizeof s->report_data, 0);
    forge_report *qe = &q->qe;
    count_up(qe->cpu_svn, sizeof qe->cpu_svn, 0x10);
    qe->flags = 0x15; /* INIT, MODE64BIT, PROVISIONKEY */
    qe->xfrm = 0xe7;
    count_up(qe->mr_enclave, sizeof qe->mr_enclave, 0x60);
    memcpy(qe->mr_signer, tdx ? signer_td_qe : signer_qe, 32);
    qe->isv_prod_id = tdx ? 2 : 1;
    qe->isv_svn = 7;
}

static void
set_td(forge_td *t, int body)
{
    static const uint8_t svn[3] = {6, 1, 3};
    memcpy(t->tee_tcb_svn, svn, 3);
    memcpy(t->tee_tcb_svn2, svn, 3);
    count_up(t->mr_seam, 48, 0x50);
    t->td_attributes = 0x10000000; /* SEPT_VE_DISABLE */
    t->xfam = 0x602e7;
    count_up(t->mr_td, 48, 0x80);
    count_up(t->mr_config_id, 48, 0x90);
    count_up(t->mr_owner, 48, 0xa0);
    count_up(t->mr_owner_config, 48, 0xb0);
    for (uint8_t i = 0; i < 4; i++)
        count_up(t->rtmr[i], 48, (uint8_t)(0xc0 + 8 * i));
    count_up(t->report_data, sizeof t->report_data, 0);
    if (body != FORGE_BODY_TDEX)
        return;
    t->td_attributes |= UINT64_C(1) << 17; /* SERVTD_EXT */
    count_up(t->td_id, sizeof t->td_id, 0x11);
    count_up(t->dev_info, sizeof t->dev_info, 0x22);
    count_up(t->init_servtd_hash, sizeof t->init_servtd_hash, 0x33);
    t->init_servtd_attributes = UINT64_C(0x1112131415161718);
    count_up(t->init_cpu_svn, sizeof t->init_cpu_svn, 0x44);
    memcpy(t->init_tee_tcb_svn, svn, 3);
    memcpy(t->init_tee_fmspc, fmspc, sizeof fmspc);
    count_up(t->servtd_hash, sizeof t->servtd_hash, 0x55);
    t->servtd_attributes = UINT64_C(0x2122232425262728);
}

static void
set_quote(forge *f, int kind)
{
    static const struct {
        uint8_t form, body;
    } shape[FORGE_KINDS] = {{3, FORGE_BODY_SGX}, {4, FORGE_BODY_SGX},
        {5, FORGE_BODY_SGX}, {4, FORGE_BODY_TD10}, {5, FORGE_BODY_TD10},
        {5, FORGE_BODY_TD15}, {5, FORGE_BODY_TDEX}};
    forge_quote *q = &f->quote;
    memset(q, 0, sizeof *q);
    q->form = shape[kind].form;
    q->body = shape[kind].body;
    bool tdx = q->body != FORGE_BODY_SGX;
    q->version = shape[kind].form;
    q->key_type = 2;
    q->tee_type = tdx ? 0x81 : 0;
    if (q->form == 3) {
        q->qe_svn = 7;
        q->pce_svn = 13;
    }
    memcpy(q->vendor, qe_vendor, sizeof qe_vendor);
    (void)forge_seeded(f, "qe identifier", q->user_data, 16);
    q->body_type = shape[kind].body;
    set_reports(q, tdx);
    set_td(&q->td, q->body);
    q->ak = q->signer = FORGE_KEY_AK;
    q->outer_type = 6;
    q->bind = true;
    q->bound_ak = -1;
    q->qe_signer = FORGE_KEY_PCK;
    q->cert_type = 5;
}

static void
set_chain(forge *f, int which, int a, int b, int c)
{
    forge_chain *chain = &f->chain[which];
    memset(chain, 0, sizeof *chain);
    chain->certs[0] = a;
    chain->certs[1] = b;
    chain->certs[2] = c;
    chain->n = c < 0 ? 2 : 3;
}

static void
set_chains(forge *f, int ca)
{
    set_chain(f, FORGE_CHAIN_QUOTE, FORGE_CERT_PCK, ca, FORGE_CERT_ROOT);
    f->chain[FORGE_CHAIN_QUOTE].tail = ds_view_of("", 1);
    set_chain(f, FORGE_CHAIN_EXTERNAL, FORGE_CERT_PCK, ca, FORGE_CERT_ROOT);
    set_chain(f, FORGE_CHAIN_CRL, ca, FORGE_CERT_ROOT, -1);
    set_chain(f, FORGE_CHAIN_TCB, FORGE_CERT_TCB, FORGE_CERT_ROOT, -1);
    set_chain(f, FORGE_CHAIN_QE, FORGE_CERT_QE, FORGE_CERT_ROOT, -1);
}

void
forge_defaults(forge *f, int kind)
{
    f->kind = kind;
    set_quote(f, kind);
    bool tdx = f->quote.body != FORGE_BODY_SGX;
    set_certs(f);
    set_sgx(f, &f->sgx, "ppid");
    set_sgx(f, &f->extra_sgx, "extra ppid");
    set_crls(f);
    set_tcb_info(f, tdx);
    set_qe_identity(f, tdx);
    set_chains(f, FORGE_CERT_PLATFORM);
    memset(&f->bundle, 0, sizeof f->bundle);
    f->bundle.members[FORGE_M_PCK_CHAIN].omit = true;
    memset(&f->flat, 0, sizeof f->flat);
    f->flat.version = 4;
    f->flat.tee_type = tdx ? 0x81 : 0;
}

void
forge_use_processor_ca(forge *f)
{
    forge_cert *pck = &f->cert[FORGE_CERT_PCK];
    forge_name ca = intel_name("Intel SGX PCK Processor CA");
    pck->issuer = ca;
    pck->signer = FORGE_KEY_PROCESSOR;
    pck->cdp_url = CDP_PCK "processor&encoding=der";
    f->sgx.type = 0;
    f->sgx.instance = f->sgx.configuration = false;
    f->crl[FORGE_CRL_PCK].issuer = ca;
    f->crl[FORGE_CRL_PCK].signer = FORGE_KEY_PROCESSOR;
    set_chains(f, FORGE_CERT_PROCESSOR);
}
