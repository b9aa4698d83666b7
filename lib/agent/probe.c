/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/probe.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* Guest API, section 1.9. A method that is there refuses a malformed request
 * before it does anything; one that is not there has words of its own. Nothing
 * here has a side effect, or an answer worth hiding. */

#define CAN(x) (UINT32_C(1) << DSTACK_CAN_##x)

static int
read_ascii(const ds_answer *a, const char *name, ds_buf *out, dstack_error *err)
{
    int rc = ds_answer_text(a, name, out, err);

    for (size_t i = 0; rc == DSTACK_OK && i < out->n; i++)
        if (out->p[i] < 0x20 || out->p[i] > 0x7e)
            rc = ds_answer_fail(a, ds_json_get(a->json, 0, name), err,
                "expected printable ASCII");
    return rc;
}

int
ds_version_read(
    const ds_answer *a, ds_buf *version, ds_buf *revision, dstack_error *err)
{
    int rc = read_ascii(a, "version", version, err);

    if (rc == DSTACK_OK)
        rc = read_ascii(a, "rev", revision, err);
    if (rc == DSTACK_OK && ds_version_number((const char *)version->p) == 0)
        rc = ds_answer_fail(a, ds_json_get(a->json, 0, "version"), err,
            "expected a version such as 0.5.11");
    return rc;
}

/* ---- single questions --------------------------------------------------- */

/* There is no such method: an answer like others. */
static int
settle(ds_call *c, int rc, bool *yes)
{
    *yes = rc == DSTACK_OK;
    if (rc == DSTACK_ERR_UNSUPPORTED) {
        ds_err_clear(c->err);
        rc = DSTACK_OK;
    }
    return rc;
}

/* Version: filled in where there is one. */
static int
ask_version(ds_call *c, int method, dstack_agent *agent, bool *yes)
{
    ds_answer a;
    ds_buf version, revision;
    int rc = ds_rpc(c, method, NULL, &a);

    ds_buf_init(&version, sizeof agent->version - 1);
    ds_buf_init(&revision, sizeof agent->revision - 1);
    if (rc == DSTACK_OK)
        rc = ds_answer_end(
            &a, ds_version_read(&a, &version, &revision, c->err), c->err);
    if (rc == DSTACK_OK) {
        memcpy(agent->version, version.p, version.n + 1);
        memcpy(agent->revision, revision.p, revision.n + 1);
        agent->number = ds_version_number(agent->version);
    }
    ds_buf_free(&version);
    ds_buf_free(&revision);
    ds_answer_free(&a);
    return settle(c, rc, yes);
}

/* A request whose first member, `name`, has a value of the wrong type: whatever
 * is there refuses it unseen. */
static int
ask_exists(ds_call *c, int method, const char *name, bool *yes)
{
    ds_answer a;
    ds_request request;
    int rc;

    ds_request_begin(&request);
    ds_request_uint(&request, name, 0);
    rc = ds_rpc(c, method, &request, &a);
    ds_request_free(&request);
    ds_answer_free(&a);
    if (rc == DSTACK_ERR_AGENT && c->err->detail == 400) {
        ds_err_clear(c->err);
        rc = DSTACK_OK;
    }
    return settle(c, rc, yes);
}

static int
unknown_service(ds_call *c, const char *expected)
{
    return ds_fail(c->err, DSTACK_ERR_UNSUPPORTED,
        "probe: no %s at the endpoint: it knows none of the paths asked for; "
        "is it another service (dstack_client_set_service)?",
        expected);
}

static void
version_is(dstack_agent *agent, const char *text)
{
    memcpy(agent->version, text, strlen(text) + 1);
}

/* ---- the three services ------------------------------------------------- */

/* Before 0.5.7 an agent does not tell its version. */
static int
probe_old_agent(ds_call *c, dstack_agent *agent)
{
    static const struct {
        int method;
        const char *member;
        uint32_t number;
        const char *version;
    } steps[] = {
        {DS_V0_VERIFY, "algorithm", DS_VERSION(0, 5, 6), "0.5.6"},
        {DS_V0_EMIT_EVENT, "event", DS_VERSION(0, 5, 0), "0.5.0 to 0.5.5"},
        {DS_V0_GET_KEY, "path", DS_VERSION(0, 4, 2), "0.4.2"},
    };
    bool yes = false;
    int rc = DSTACK_OK;

    for (size_t i = 0; rc == DSTACK_OK && !yes; i++) {
        if (i == sizeof steps / sizeof steps[0])
            return unknown_service(c, "guest agent");
        rc = ask_exists(c, steps[i].method, steps[i].member, &yes);
        agent->number = steps[i].number;
        version_is(agent, steps[i].version);
    }
    return rc;
}

static int
probe_agent(ds_call *c, dstack_agent *agent)
{
    bool v1, told = false;
    int rc = ask_version(c, DS_V1_VERSION, agent, &v1);

    if (rc == DSTACK_OK)
        rc = ask_version(c, DS_V0_VERSION, agent, &told);
    if (rc == DSTACK_OK && !v1 && !told)
        rc = probe_old_agent(c, agent);
    if (rc != DSTACK_OK)
        return rc;
    if (v1)
        agent->can |= CAN(V1) | CAN(ATTEST_GPU) | CAN(VERSION);
    if (v1 && !told)
        return DSTACK_OK;
    agent->can |= CAN(V0);
    if (told)
        agent->can |= CAN(VERSION);
    if (agent->number >= DS_VERSION(0, 5, 6))
        agent->can |=
            CAN(ATTEST) | CAN(SIGN) | CAN(ED25519) | CAN(CERT_VALIDITY);
    if (!v1 && agent->number >= DS_VERSION(0, 5, 0) &&
        agent->number < DS_VERSION(0, 6, 0))
        agent->can |= CAN(EMIT_EVENT);
    return DSTACK_OK;
}

static int
probe_tappd(ds_call *c, dstack_agent *agent)
{
    bool told, k256 = true, raw = true, any = true;
    int rc = ask_version(c, DS_TAPPD_VERSION, agent, &told);

    if (rc == DSTACK_OK && !told)
        rc = ask_exists(c, DS_TAPPD_DERIVE_K256_KEY, "path", &k256);
    if (rc == DSTACK_OK && !k256)
        rc = ask_exists(c, DS_TAPPD_RAW_QUOTE, "report_data", &raw);
    if (rc == DSTACK_OK && !raw)
        rc = ask_exists(c, DS_TAPPD_TDX_QUOTE, "report_data", &any);
    if (rc != DSTACK_OK)
        return rc;
    if (!any)
        return unknown_service(c, "tappd");
    agent->can |= CAN(TAPPD);
    if (told)
        agent->can |= CAN(VERSION);
    else
        version_is(agent, k256  ? "0.4.2 to 0.5.6"
                          : raw ? "0.3.4 to 0.3.6"
                                : "0.3.1 to 0.3.3");
    if (k256)
        agent->can |= CAN(K256);
    if (raw)
        agent->can |= CAN(RAW_QUOTE);
    return DSTACK_OK;
}

static int
probe_worker(ds_call *c, dstack_agent *agent)
{
    bool v1, told = false, info = false;
    int rc = ask_version(c, DS_WORKER_V1_VERSION, agent, &v1);

    if (rc == DSTACK_OK)
        rc = ask_version(c, DS_WORKER_VERSION, agent, &told);
    if (rc == DSTACK_OK && !v1 && !told) {
        ds_answer a;

        rc = ds_rpc(c, DS_WORKER_INFO, NULL, &a);
        ds_answer_free(&a);
        rc = settle(c, rc, &info);
        version_is(agent, "0.3.1 to 0.3.3");
    }
    if (rc != DSTACK_OK)
        return rc;
    if (!v1 && !told && !info)
        return unknown_service(c, "worker");
    agent->can |= CAN(WORKER);
    if (v1)
        agent->can |= CAN(V1);
    if (told || info)
        agent->can |= CAN(V0);
    if (v1 || told)
        agent->can |= CAN(VERSION);
    return DSTACK_OK;
}

/* ---- remembering -------------------------------------------------------- */

static int
ask(ds_call *c, dstack_agent *ret)
{
    ds_client_state *s = c->client->state;
    int rc;

    memset(ret, 0, sizeof *ret);
    switch (c->client->service) {
    case DSTACK_SERVICE_TAPPD:
        rc = probe_tappd(c, ret);
        break;
    case DSTACK_SERVICE_WORKER:
        rc = probe_worker(c, ret);
        break;
    default:
        rc = probe_agent(c, ret);
        break;
    }
    if (rc != DSTACK_OK)
        return rc;
    pthread_mutex_lock(&s->mutex);
    s->agent = *ret;
    s->probed = true;
    pthread_mutex_unlock(&s->mutex);
    return DSTACK_OK;
}

/* Threads that come at once each ask: nobody waits for another's slow
 * agent beyond a deadline of its own. */
int
ds_probe(ds_call *c, dstack_agent *ret)
{
    ds_client_state *s = c->client->state;
    bool known;

    pthread_mutex_lock(&s->mutex);
    known = s->probed;
    *ret = s->agent;
    pthread_mutex_unlock(&s->mutex);
    return known ? DSTACK_OK : ask(c, ret);
}

int
ds_probe_need(
    ds_call *c, uint32_t capability, const char *what, const char *needs)
{
    dstack_agent agent;
    int rc = ds_probe(c, &agent);

    if (rc != DSTACK_OK || dstack_agent_can(&agent, capability))
        return rc;
    return ds_fail(c->err, DSTACK_ERR_UNSUPPORTED,
        "%s: the agent is %s; this needs %s", what, agent.version, needs);
}

int
ds_service_need(ds_call *c, uint32_t service, const char *what)
{
    static const char *const names[] = {"AGENT", "TAPPD", "WORKER"};

    if (c->client->service == service)
        return DSTACK_OK;
    return ds_fail(c->err, DSTACK_ERR_UNSUPPORTED,
        "%s: the client's service is DSTACK_SERVICE_%s, this needs "
        "DSTACK_SERVICE_%s",
        what, names[c->client->service], names[service]);
}

int
dstack_client_probe(
    const dstack_client *client, dstack_agent **ret, dstack_error *err)
{
    dstack_agent agent;
    ds_call c;
    int rc;

    if (ret)
        *ret = NULL;
    rc = ds_call_begin(&c, client, "dstack_client_probe", ret != NULL, err);
    if (rc == DSTACK_OK)
        rc = ask(&c, &agent);
    if (rc != DSTACK_OK || !ret)
        return rc;
    *ret = ds_memdup(&agent, sizeof agent);
    return *ret ? DSTACK_OK : ds_fail_nomem(c.err);
}

void
dstack_agent_free(dstack_agent *agent)
{
    ds_free(agent);
}

const char *
dstack_agent_version(const dstack_agent *agent)
{
    return agent ? agent->version : "";
}

const char *
dstack_agent_revision(const dstack_agent *agent)
{
    return agent ? agent->revision : "";
}

int
dstack_agent_can(const dstack_agent *agent, uint32_t capability)
{
    return agent && capability < DSTACK_CAN_COUNT &&
           (agent->can >> capability & 1) != 0;
}

const char *
dstack_capability_name(uint32_t capability)
{
    static const char *const names[DSTACK_CAN_COUNT] = {
        [DSTACK_CAN_V0] = "v0",
        [DSTACK_CAN_V1] = "v1",
        [DSTACK_CAN_TAPPD] = "tappd",
        [DSTACK_CAN_WORKER] = "worker",
        [DSTACK_CAN_VERSION] = "version",
        [DSTACK_CAN_ATTEST] = "attest",
        [DSTACK_CAN_SIGN] = "sign",
        [DSTACK_CAN_ED25519] = "ed25519",
        [DSTACK_CAN_CERT_VALIDITY] = "cert_validity",
        [DSTACK_CAN_EMIT_EVENT] = "emit_event",
        [DSTACK_CAN_ATTEST_GPU] = "attest_gpu",
        [DSTACK_CAN_K256] = "k256",
        [DSTACK_CAN_RAW_QUOTE] = "raw_quote",
    };

    return capability < DSTACK_CAN_COUNT ? names[capability] : "";
}
