/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls, from bytes to a report in JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dstack/dstack.h"
#include "forge/forge.h"
#include "oom/oom.h"

static forge *made;

static void
prepare(void)
{
    if (made)
        return;
    made = forge_new(FORGE_TDX_V4, "oom");
    if (!made || forge_build(made) != 0) {
        fprintf(stderr, "oom: the forge failed\n");
        exit(1);
    }
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

static int
quote_run(void)
{
    dstack_error err;
    dstack_quote *quote = NULL;
    char *json = NULL;
    size_t n = 0;
    int rc =
        dstack_quote_parse(made->out.quote.p, made->out.quote.n, &quote, &err);

    rc = checked(rc, quote, &err);
    if (rc != DSTACK_OK)
        goto out;
    rc = dstack_quote_to_json(quote, &json, &n, &err);
    rc = checked_json(rc, json, n, &err);
out:
    dstack_quote_free(quote);
    return rc;
}

static const char policy_json[] =
    "{\"accept_tcb_status\":[\"SWHardeningNeeded\"],"
    "\"accept_advisories\":[\"INTEL-SA-00001\",\"INTEL-SA-00002\"],"
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

static int
make_verifier(dstack_verifier **ret, dstack_error *err)
{
    const ds_buf *root = &made->out.root_pem;
    int rc = dstack_verifier_new(ret, err);

    rc = checked(rc, *ret, err);
    if (rc == DSTACK_OK)
        rc = dstack_verifier_set_root(*ret, root->p, root->n, err);
    return rc;
}

static int
make_collateral(dstack_collateral **ret, dstack_error *err)
{
    const ds_buf *json = &made->out.collateral;
    int rc = dstack_collateral_parse(json->p, json->n, ret, err);

    return checked(rc, *ret, err);
}

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
        rc = report && dstack_report_is_accepted(report) ? rc : OOM_WRONG;
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

static int
collateral_run(void)
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
run_judgement(bool prepared)
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
    if (rc == DSTACK_OK && prepared)
        rc = dstack_collateral_prepare(c, v, &err);
    if (rc == DSTACK_OK)
        rc = judge(v, c, p, &err);
    /* A second time, when the platform is known. */
    if (rc == DSTACK_OK && prepared)
        rc = judge(v, c, p, &err);
    dstack_policy_free(p);
    dstack_collateral_free(c);
    dstack_verifier_free(v);
    return rc;
}

static int
cold_run(void)
{
    return run_judgement(false);
}

static int
prepared_run(void)
{
    return run_judgement(true);
}

const oom_scenario oom_verify[] = {
    {"verify.quote", quote_run, prepare},
    {"verify.policy", policy_run, prepare},
    {"verify.collateral", collateral_run, prepare},
    {"verify.cold", cold_run, prepare},
    {"verify.prepared", prepared_run, prepare},
    {NULL, NULL, NULL},
};
