/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "crypto/mbedtls.h"
#include "guest/inner.h"

/* The forge is not locked and calls PSA, so each call of it stands between
 * ds_mbedtls_enter and _leave. */

#define NOT_BEFORE INT64_C(1526899510) /* 2018-05-21T10:45:10Z */
#define NOT_AFTER INT64_C(2524607999)  /* 2049-12-31T23:59:59Z */
#define WEEK (7 * SIM_DAY)

/* Offsets in a quote of version 4 with a TD report 1.0. */
#define AT_RTMR 376u
#define AT_REPORT_DATA 568u
#define BODY_END 632u

/* No machine has it. */
static const uint8_t fmspc[6] = {0x73, 0x69, 0x6d, 0x00, 0x00, 0x00};

static forge *
make(int kind, const char *seed)
{
    forge *f = forge_new(kind, seed);
    if (!f)
        return NULL;
    for (size_t i = 0; i < FORGE_CERTS; i++) {
        f->cert[i].not_before = NOT_BEFORE;
        f->cert[i].not_after = NOT_AFTER;
    }
    memcpy(f->sgx.fmspc, fmspc, sizeof fmspc);
    memcpy(f->tcb_info.fmspc, fmspc, sizeof fmspc);
    memset(f->quote.td.mr_owner, 0, sizeof f->quote.td.mr_owner);
    memset(f->quote.td.mr_owner_config, 0, sizeof f->quote.td.mr_owner_config);
    return f;
}

int
sim_platform_new(sim_platform *p, const char *seed, sim_error *err)
{
    memset(p, 0, sizeof *p);
    p->issued = -1;
    if (!ds_mbedtls_enter())
        return sim_fail(err, SIM_FAILED, "the PSA API cannot be started");
    p->tdx = make(FORGE_TDX_V4, seed);
    p->sgx = make(FORGE_SGX_V3, seed);
    if (p->sgx)
        forge_use_processor_ca(p->sgx);
    ds_mbedtls_leave();
    return p->tdx && p->sgx ? 0 : sim_fail_nomem(err);
}

void
sim_platform_free(sim_platform *p)
{
    forge_free(p->tdx);
    forge_free(p->sgx);
    memset(p, 0, sizeof *p);
}

static int
issue(forge *f, int64_t issued, int64_t next)
{
    for (size_t i = 0; i < FORGE_CRLS; i++) {
        f->crl[i].this_update = issued;
        f->crl[i].next_update = next;
        f->crl[i].number = issued / SIM_DAY;
    }
    f->tcb_info.issue_date = f->qe_identity.issue_date = issued;
    f->tcb_info.next_update = f->qe_identity.next_update = next;
    return forge_build(f);
}

int
sim_platform_refresh(sim_platform *p, int64_t now, bool *fresh, sim_error *err)
{
    *fresh = false;
    if (now < NOT_BEFORE || now > NOT_AFTER - 60 * SIM_DAY)
        return sim_fail(err, SIM_FAILED,
            "the time is out of the range of the simulator's certificates, "
            "2018 to 2049");
    /* A day early, for whose clock is late. */
    int64_t issued = now - now % WEEK - SIM_DAY;
    if (issued == p->issued)
        return 0;
    if (!ds_mbedtls_enter())
        return sim_fail(err, SIM_FAILED, "the PSA API cannot be started");
    int64_t next = issued + 31 * SIM_DAY;
    forge *bad = issue(p->tdx, issued, next)   ? p->tdx
                 : issue(p->sgx, issued, next) ? p->sgx
                                               : NULL;
    ds_mbedtls_leave();
    p->issued = bad ? -1 : issued;
    *fresh = !bad;
    return bad ? sim_fail(err, SIM_FAILED, "forge: %s", bad->error) : 0;
}

void
sim_platform_set_td(
    sim_platform *p, const uint8_t mr_td[48], const uint8_t mr_config_id[48])
{
    forge_td *td = &p->tdx->quote.td;
    memcpy(td->mr_td, mr_td, 48);
    memcpy(td->mr_config_id, mr_config_id, 48);
    p->issued = -1;
}

/* Of a quote only the body and its signature are new; the rest is that of the
 * one that was built. */
int
sim_platform_quote(sim_platform *p, const uint8_t rtmr[4][48],
    const uint8_t report_data[64], ds_buf *out, sim_error *err)
{
    const ds_buf *built = &p->tdx->out.quote;
    size_t at = out->n;
    ds_buf_add(out, built->p, built->n);
    if (built->n < BODY_END || sim_check_buf(out, err))
        return built->n < BODY_END
                   ? sim_fail(err, SIM_FAILED, "no quote was built")
                   : -1;
    uint8_t *quote = out->p + at;
    memcpy(quote + AT_RTMR, rtmr, SIM_RTMRS);
    memcpy(quote + AT_REPORT_DATA, report_data, 64);
    if (!ds_mbedtls_enter())
        return sim_fail(err, SIM_FAILED, "the PSA API cannot be started");
    int ret = forge_resign_quote(p->tdx, quote, built->n, FORGE_RESIGN_BODY);
    ds_mbedtls_leave();
    return ret ? sim_fail(err, SIM_FAILED, "forge: %s", p->tdx->error) : 0;
}

ds_view
sim_platform_user_data(const sim_platform *p)
{
    return ds_view_of(p->tdx->quote.user_data, sizeof p->tdx->quote.user_data);
}
