/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls, from bytes to a report in JSON, for an enclave and for a
 * TD: an SGX quote of version 3, a TD report 1.5 in one of version 5. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dstack/dstack.h"
#include "forge/forge.h"
#include "oom/oom.h"

enum {
    SGX = 0,
    TDX = 1
};

static forge *forges[2];
static forge *made; /* the one that this scenario is about */
static ds_view bad; /* its quote with one bit wrong */
static ds_view bads[2];

static void
prepare_kind(int tee)
{
    static const int kinds[2] = {FORGE_SGX_V3, FORGE_TDX_V5_15};
    forge *f = forges[tee];

    if (f)
        return;
    f = forge_new(kinds[tee], "oom");
    if (!f)
        goto out;
    f->quote.flips[0] =
        (forge_flip){.on = true, .part = FORGE_PART_BODY, .bit = 9};
    if (forge_build(f) != 0)
        goto out;
    bads[tee] = forge_keep_buf(f, &f->out.quote);
    f->quote.flips[0].on = false;
    /* Advisories, and something that is missing. */
    f->quote.qe.isv_svn = 5;
    if (forge_build(f) == 0) {
        forges[tee] = f;
        return;
    }
out:
    fprintf(stderr, "oom: the forge failed\n");
    exit(1);
}

/* A failing call says why in err, and leaves no object. */
static int
checked(int rc, const void *object, const dstack_error *err)
{
    if (rc == DSTACK_OK)
        return object ? DSTACK_OK : OOM_WRONG;
    return object || err->code != rc || !err->message[0] ? OOM_WRONG : rc;
}

static int
checked_json(int rc, char *json, size_t n, const dstack_error *err)
{
    rc = checked(rc, json, err);
    if (rc == DSTACK_OK && (n < 2 || json[0] != '{' || json[n] != '\0'))
        rc = OOM_WRONG;
    dstack_free(json);
    return rc;
}

/* ---- quotes ---------------------------------------------------------------- */

static int
quote_run(void)
{
    dstack_error err;
    dstack_quote *quote = NULL;
    size_t n = 0;
    int rc =
        dstack_quote_parse(made->out.quote.p, made->out.quote.n, &quote, &err);

    rc = checked(rc, quote, &err);
    if (rc == DSTACK_OK && (!dstack_quote_report_data(quote, &n) || n != 64))
        rc = OOM_WRONG;
    dstack_quote_free(quote);
    return rc;
}

static int
quote_json_run(void)
{
    dstack_error err;
    dstack_quote *quote = NULL;
    char *json = NULL;
    size_t n = 0;
    int rc =
        dstack_quote_parse(made->out.quote.p, made->out.quote.n, &quote, &err);

    rc = checked(rc, quote, &err);
    if (rc == DSTACK_OK) {
        rc = dstack_quote_to_json(quote, &json, &n, &err);
        rc = checked_json(rc, json, n, &err);
    }
    dstack_quote_free(quote);
    return rc;
}

/* ---- policies -------------------------------------------------------------- */

static const char policy_json[] =
    "{\"accept_tcb_status\":[\"SWHardeningNeeded\",\"OutOfDate\"],"
    "\"accept_advisories\":[\"INTEL-SA-00001\",\"INTEL-SA-00002\"],"
    "\"deny_advisories\":[\"INTEL-SA-00003\"],"
    "\"deny\":{\"fmspc\":[\"000000000000\",\"000000000001\"]},"
    "\"accept_any_workload\":true}";

static int
make_policy(dstack_policy **ret, dstack_error *err)
{
    int rc = dstack_policy_parse(
        (const uint8_t *)policy_json, strlen(policy_json), ret, err);

    return checked(rc, *ret, err);
}

static int
policy_run(void)
{
    dstack_error err;
    dstack_policy *policy = NULL;
    int rc = make_policy(&policy, &err);

    dstack_policy_free(policy);
    return rc;
}

/* Setters that allocate; the policy must then ask for all of it. */
static int
setters_run(void)
{
    static const uint8_t value[64] = {1};
    dstack_error err;
    dstack_policy *p = NULL;
    int rc = dstack_policy_new(&p, &err);

    rc = checked(rc, p, &err);
    for (int i = 0; rc == DSTACK_OK && i < 3; i++)
        rc = dstack_policy_deny_advisory(p, "INTEL-SA-00001", &err);
    if (rc == DSTACK_OK)
        rc = dstack_policy_accept_advisory(p, "INTEL-SA-00002", &err);
    if (rc == DSTACK_OK)
        rc = dstack_policy_expect_field(p,
            made == forges[TDX] ? "mr_td" : "mr_enclave", value,
            made == forges[TDX] ? 48 : 32, &err);
    if (rc == DSTACK_OK)
        rc = dstack_policy_deny_field(p, "fmspc", value, 6, &err);
    if (rc == DSTACK_OK)
        rc = dstack_policy_expect_report_data_prefix(p, value, 8, &err);
    if (rc == DSTACK_OK)
        rc = dstack_policy_expect_report_data(p, value, 64, &err);
    if (rc < 0 && (err.code != rc || !err.message[0]))
        rc = OOM_WRONG;
    dstack_policy_free(p);
    return rc;
}

/* ---- collateral ------------------------------------------------------------ */

static int
make_verifier(dstack_verifier **ret, dstack_error *err)
{
    const ds_buf *root = &made->out.root_pem;
    int rc = dstack_verifier_new(ret, err);

    rc = checked(rc, *ret, err);
    if (rc == DSTACK_OK)
        rc = dstack_verifier_set_root(*ret, root->p, root->n, err);
    if (rc == DSTACK_OK)
        rc = dstack_verifier_set_cache_size(*ret, 16);
    return rc;
}

static int
make_collateral(dstack_collateral **ret, dstack_error *err)
{
    const ds_buf *json = &made->out.collateral;
    int rc = dstack_collateral_parse(json->p, json->n, ret, err);

    return checked(rc, *ret, err);
}

/* Every part that a judgement needs is there. */
static bool
complete(const dstack_collateral *c)
{
    for (uint32_t i = 0; i < DSTACK_PART_PCK_CERTIFICATE_CHAIN; i++)
        if (!dstack_collateral_part(c, i, NULL))
            return false;
    return true;
}

static int
parse_run(const ds_buf *in)
{
    dstack_error err;
    dstack_collateral *c = NULL;
    int rc = dstack_collateral_parse(in->p, in->n, &c, &err);

    rc = checked(rc, c, &err);
    if (rc == DSTACK_OK && !complete(c))
        rc = OOM_WRONG;
    dstack_collateral_free(c);
    return rc;
}

static int
bundle_run(void)
{
    return parse_run(&made->out.collateral);
}

static int
flat_run(void)
{
    return parse_run(&made->out.flat);
}

static int
parts_run(void)
{
    const forge_out *o = &made->out;
    const ds_buf *parts[] = {&o->chain[FORGE_CHAIN_CRL],
        &o->crl[FORGE_CRL_ROOT], &o->crl[FORGE_CRL_PCK],
        &o->chain[FORGE_CHAIN_TCB], &o->tcb_info_answer, &o->tcb_info_signature,
        &o->chain[FORGE_CHAIN_QE], &o->qe_identity_answer,
        &o->qe_identity_signature, &o->chain[FORGE_CHAIN_QUOTE]};
    dstack_error err;
    dstack_collateral *c = NULL;
    int rc = dstack_collateral_new(&c, &err);

    rc = checked(rc, c, &err);
    for (uint32_t i = 0; rc == DSTACK_OK && i < 10; i++)
        rc = dstack_collateral_set(c, parts[i]->p, parts[i]->n, i, &err);
    if (rc == DSTACK_OK && !complete(c))
        rc = OOM_WRONG;
    dstack_collateral_free(c);
    return rc;
}

static int
collateral_json_run(void)
{
    dstack_error err;
    dstack_collateral *c = NULL;
    char *json = NULL;
    size_t n = 0;
    int rc = make_collateral(&c, &err);

    if (rc == DSTACK_OK) {
        rc = dstack_collateral_to_json(c, &json, &n, &err);
        rc = checked_json(rc, json, n, &err);
    }
    dstack_collateral_free(c);
    return rc;
}

static int
prepare_run(void)
{
    dstack_error err;
    dstack_verifier *v = NULL;
    dstack_collateral *c = NULL;
    int rc = make_verifier(&v, &err);

    if (rc == DSTACK_OK)
        rc = make_collateral(&c, &err);
    if (rc == DSTACK_OK)
        rc = dstack_collateral_prepare(c, v, &err);
    dstack_collateral_free(c);
    dstack_verifier_free(v);
    return rc;
}

/* ---- judgements ------------------------------------------------------------ */

static int
judge(const dstack_verifier *v, const dstack_collateral *c,
    const dstack_policy *p, dstack_error *err)
{
    dstack_report *report = NULL;
    char *json = NULL;
    size_t n = 0;
    int rc = dstack_verifier_verify_quote(
        v, made->out.quote.p, made->out.quote.n, c, p, FORGE_NOW, &report, err);

    if (rc == DSTACK_OK)
        rc = report && dstack_report_is_accepted(report) &&
                     dstack_report_advisory_count(report, DSTACK_OF_ALL) == 1 &&
                     dstack_report_shortfall_count(report) == 1
                 ? rc
                 : OOM_WRONG;
    else if (report && dstack_report_is_accepted(report))
        rc = OOM_WRONG;
    else
        rc = checked(rc, rc == DSTACK_ERR_NOMEM ? report : NULL, err);
    if (rc == DSTACK_OK) {
        rc = dstack_report_to_json(report, &json, &n, err);
        rc = checked_json(rc, json, n, err);
    }
    dstack_report_free(report);
    return rc;
}

/* Evidence that is refused: for its signature, or for lack of memory. 0 says
 * that it was, and that the report knows why. */
static int
judge_bad(const dstack_verifier *v, const dstack_collateral *c,
    const dstack_policy *p, dstack_error *err)
{
    dstack_report *report = NULL;
    char *json = NULL;
    size_t n = 0;
    int rc = dstack_verifier_verify_quote(
        v, bad.p, bad.n, c, p, FORGE_NOW, &report, err);

    if (rc == DSTACK_ERR_UNTRUSTED &&
        err->reason == DSTACK_REASON_QUOTE_SIGNATURE && report) {
        rc = dstack_report_to_json(report, &json, &n, err);
        rc = checked_json(rc, json, n, err);
    } else if (rc == DSTACK_OK) {
        rc = OOM_WRONG;
    } else {
        rc = checked(rc, rc == DSTACK_ERR_NOMEM ? report : NULL, err);
    }
    dstack_report_free(report);
    return rc;
}

enum {
    COLD = 0,
    PREPARED = 1,
    REPEATED = 2,
    FAILING = 3
};

static int
run_judgement(int how)
{
    dstack_error err;
    dstack_verifier *v = NULL;
    dstack_collateral *c = NULL;
    dstack_policy *p = NULL;
    int rc = make_verifier(&v, &err);

    if (rc == DSTACK_OK)
        rc = make_collateral(&c, &err);
    if (rc == DSTACK_OK)
        rc = make_policy(&p, &err);
    if (rc == DSTACK_OK && (how == PREPARED || how == REPEATED))
        rc = dstack_collateral_prepare(c, v, &err);
    if (rc == DSTACK_OK)
        rc = how == FAILING ? judge_bad(v, c, p, &err) : judge(v, c, p, &err);
    /* A second time, when the platform is known. */
    if (rc == DSTACK_OK && how == REPEATED)
        rc = judge(v, c, p, &err);
    dstack_policy_free(p);
    dstack_collateral_free(c);
    dstack_verifier_free(v);
    return rc;
}

static int
cold_run(void)
{
    return run_judgement(COLD);
}

static int
prepared_run(void)
{
    return run_judgement(PREPARED);
}

static int
repeated_run(void)
{
    return run_judgement(REPEATED);
}

static int
failing_run(void)
{
    return run_judgement(FAILING);
}

/* ---- each of them twice ----------------------------------------------------- */

static void
prepare_sgx(void)
{
    prepare_kind(SGX);
}

static void
prepare_tdx(void)
{
    prepare_kind(TDX);
}

static int
run_for(int tee, int (*run)(void))
{
    made = forges[tee];
    bad = bads[tee];
    return run();
}

#define SCENARIOS(X) \
    X(quote) \
    X(quote_json) \
    X(policy) \
    X(setters) \
    X(bundle) \
    X(flat) \
    X(parts) \
    X(collateral_json) \
    X(prepare) \
    X(cold) \
    X(prepared) \
    X(repeated) \
    X(failing)

#define BOTH(name) \
    static int sgx_##name(void) \
    { \
        return run_for(SGX, name##_run); \
    } \
    static int tdx_##name(void) \
    { \
        return run_for(TDX, name##_run); \
    }
SCENARIOS(BOTH)

#define ENTRIES(name) \
    {"verify.sgx." #name, sgx_##name, prepare_sgx}, \
        {"verify.tdx." #name, tdx_##name, prepare_tdx},
const oom_scenario oom_verify[] = {SCENARIOS(ENTRIES){NULL, NULL, NULL}};
