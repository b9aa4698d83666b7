/* SPDX-License-Identifier: Apache-2.0 */
/* The guest agent's calls, over a transport that allocates nothing itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dstack/dstack.h"
#include "oom/oom.h"
#include "support/fake_agent.h"
#include "support/vec.h"

#define KEY "f6c1ed94488394d78e0a4e5ab75d62e9f085d73b0b555d0614fb90ca13d9464d"
#define PUBLIC \
    "026b694842460eff475d4e4b36a908c4ca05db27fe54bd7fb5db31c367a52ef211"
#define LINK \
    "0b0fa470162c54f108850d143442c48d43f1cc42983b8e9c589679345b831d2b5bb5b97b" \
    "21c2d2d036520209deae8b6111318c68eafc786190d6edc52e5cf0c201"
#define SIGNATURE \
    "673932366ab5452967919dbb290a20b095e0a65ef35baa7bd47abcc23e37f0dc" \
    "3f42c80fc1680af6ba57c9cb5bcf08f5d89aa4b6f69c819ef28045b0e0134992"
#define SIGNER \
    "036105f01d1fd781568f7c208b087b1c4f522601410ed7e9c7870d573de7c46d54"

static const uint8_t data[64] = {1, 2, 3};

/* ---- the agent ------------------------------------------------------------------------- */

static struct {
    const char *path;
    const char *body;
} answers[] = {
    {"/Version", "{\"version\":\"0.5.11\",\"rev\":\"git:1\"}"},
    {"/v1/Version", NULL}, /* there is none */
    {"/GetKey", "{\"key\":\"" KEY "\",\"signature_chain\":[\"" LINK "\",\"" LINK
                "\"]}"},
    {"/v1/GetKey", "{\"key\":\"" KEY "\",\"public_key\":\"" PUBLIC
                   "\",\"signature_chain\":[\"" LINK "\",\"\"]}"},
    {"/Sign", "{\"signature\":\"" SIGNATURE "\",\"public_key\":\"" SIGNER
              "\",\"signature_chain\":[\"" SIGNATURE "\",\"" LINK "\",\"\"]}"},
    {"/Verify", "{\"valid\":true}"},
    {"/EmitEvent", "null"},
    {"/Info",
        "{\"app_id\":\"5bb4ff9a3837357f19dc176407a5709c62eb6c56\",\"app_name\":"
        "\"n\",\"tcb_info\":\"{\\\"event_log\\\":[],\\\"app_compose\\\":\\\"c"
        "\\\"}\",\"vm_config\":\"{\\\"a\\\":1}\",\"key_provider_info\":"
        "\"{\\\"name\\\":\\\"kms\\\",\\\"id\\\":\\\"00\\\"}\"}"},
    {"/prpc/v1/Health",
        "{\"healthy\":false,\"unhealthy\":[{\"name\":\"a\",\"status\":\"b\"}],"
        "\"error\":\"e\"}"},
    {"/v1/AttestGpu",
        "{\"bundles\":[{\"vendor\":\"v\",\"format\":\"f\",\"evidence\":"
        "\"0011\"}]}"},
    /* Made in prepare(). */
    {"/GetQuote", ""},
    {"/prpc/Worker.GetAttestationForAppKey", ""},
    {"/v1/Attest", ""},
    {"/v1/IssueCert", ""},
    {"/Attest", NULL},
};

static int
answer(void *user, const char *path, const uint8_t *body, size_t body_len,
    uint32_t timeout_ms, dstack_transport_reply *reply, dstack_error *err)
{
    static const char none[] = "{\"error\":\"Service not found: X\"}";
    const char *text = NULL;

    (void)user;
    (void)body;
    (void)body_len;
    (void)timeout_ms;
    (void)err;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        if (strcmp(path, answers[i].path) == 0)
            text = answers[i].body;
    if (dstack_transport_reply_set_status(reply, text ? 200 : 400) != DSTACK_OK)
        return DSTACK_ERR_IO;
    if (!text)
        text = none;
    return dstack_transport_reply_add(
        reply, (const uint8_t *)text, strlen(text));
}

static void
set_answer(const char *path, const char *body)
{
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        if (strcmp(path, answers[i].path) == 0)
            answers[i].body = body;
}

/* A PEM text of tls_key.vec in JSON. */
static char *
vec_text(const char *name)
{
    char *text = NULL, *p;
    vec v;

    vec_open(&v, "tls_key.vec");
    while (vec_next(&v) == 2) {
        ds_view b;

        if (strcmp(v.word[0], name) != 0)
            continue;
        b = vec_bytes(v.word[1]);
        text = p = malloc(2 * b.n + 1);
        if (!p)
            abort();
        for (size_t i = 0; i < b.n; i++) {
            if (b.p[i] == '\n')
                *p++ = '\\';
            *p++ = b.p[i] == '\n' ? 'n' : (char)b.p[i];
        }
        *p = 0;
        vec_free(b);
    }
    vec_close(&v);
    return text;
}

static void
prepare(void)
{
    static bool done;
    uint8_t named[64] = {0};
    char *hex, *key, *leaf;

    if (done)
        return;
    done = true;
    memcpy(named,
        "dip1::ed25519-pk:aY9WvVh9jOPKjbDhw2G6nRkAifmNxNnfgA_5LtBzpl0", 60);
    set_answer("/GetQuote", fake_quote_answer(data, ""));
    set_answer("/prpc/Worker.GetAttestationForAppKey",
        fake_quote_answer(named, ",\"attestation\":\"00\""));
    hex = fake_attestation_hex(1, data);
    set_answer("/v1/Attest",
        fake_text(
            "{\"attestation\":\"%s\",\"boottime_gpu_evidence\":[]}", hex));
    key = vec_text("key");
    leaf = vec_text("leaf");
    set_answer("/v1/IssueCert",
        fake_text(
            "{\"key\":\"%s\",\"certificate_chain\":[\"%s\"]}", key, leaf));
    free(hex);
    free(key);
    free(leaf);
}

/* ---- scenarios ------------------------------------------------------------------------- */

static int
checked(int rc, bool complete, bool nothing, const dstack_error *err)
{
    if (rc == DSTACK_OK)
        return complete ? DSTACK_OK : OOM_WRONG;
    return !nothing || err->code != rc || !err->message[0] ? OOM_WRONG : rc;
}

static int
client_of(uint32_t service, dstack_client **ret, dstack_error *err)
{
    dstack_transport t = {sizeof t, 0, NULL, answer};
    int rc = dstack_client_new(ret, err);

    rc = checked(rc, *ret != NULL, *ret == NULL, err);
    if (rc == DSTACK_OK &&
        (dstack_client_set_transport(*ret, &t) != DSTACK_OK ||
            dstack_client_set_service(*ret, service) != DSTACK_OK ||
            dstack_client_accept_other_report_data(*ret) != DSTACK_OK))
        rc = OOM_WRONG;
    return rc;
}

static int
set_up_run(void)
{
    static const char path[] = "/nowhere/dstack.sock";
    dstack_client *c = NULL;
    dstack_error err;
    int rc = dstack_client_new(&c, &err);

    rc = checked(rc, c != NULL, c == NULL, &err);
    for (int i = 0; rc == DSTACK_OK && i < 2; i++)
        rc = checked(
            dstack_client_set_endpoint(c, path, &err), true, true, &err);
    /* Cannot say that memory was short, and is not started then. */
    if (rc == DSTACK_OK && strcmp(dstack_client_endpoint(c), path) != 0)
        rc = dstack_client_set_service(c, 0) == DSTACK_OK ? DSTACK_ERR_NOMEM
                                                          : OOM_WRONG;
    dstack_client_free(c);
    return rc;
}

static int
request_run(void)
{
    dstack_cert_request *r = NULL;
    dstack_error err;
    int rc = dstack_cert_request_new(&r, &err);

    rc = checked(rc, r != NULL, r == NULL, &err);
    for (int i = 0; rc == DSTACK_OK && i < 2; i++)
        rc = checked(
            dstack_cert_request_set_subject(r, "a", &err), true, true, &err);
    for (int i = 0; rc == DSTACK_OK && i < 3; i++)
        rc = checked(
            dstack_cert_request_add_alt_name(r, "a", &err), true, true, &err);
    dstack_cert_request_free(r);
    return rc;
}

/* The public key is there as well, and in v0 the version is asked first. */
static int
key_run(void)
{
    dstack_client *c = NULL;
    dstack_key *key = NULL;
    dstack_error err;
    int rc = client_of(DSTACK_SERVICE_AGENT, &c, &err);

    if (rc == DSTACK_OK) {
        rc = dstack_client_derive_key(
            c, "/", "test", DSTACK_KEY_ED25519, &key, &err);
        rc = checked(rc,
            dstack_key_public(key, NULL) &&
                dstack_key_public(key, NULL)[0] == 0x50,
            key == NULL, &err);
    }
    dstack_key_free(key);
    dstack_client_free(c);
    return rc;
}

/* Both keys with their chains, and evidence that names them. */
static int
identity_run(void)
{
    dstack_client *c = NULL;
    dstack_identity *id = NULL;
    dstack_key *signing = NULL, *sealing = NULL;
    dstack_error err;
    int rc = client_of(DSTACK_SERVICE_AGENT, &c, &err);

    if (rc == DSTACK_OK) {
        rc = dstack_client_make_identity(
            c, NULL, NULL, &id, &signing, &sealing, &err);
        rc = checked(rc,
            dstack_identity_key_count(id) == 2 &&
                dstack_identity_link_count(id, 0) == 2 &&
                dstack_identity_link_count(id, 1) == 2 &&
                *dstack_identity_key_path(id, 1) &&
                dstack_identity_evidence(id, NULL) && signing && sealing,
            !id && !signing && !sealing, &err);
    }
    dstack_identity_free(id);
    dstack_key_free(signing);
    dstack_key_free(sealing);
    dstack_client_free(c);
    return rc;
}

static int
v1_key_run(void)
{
    dstack_client *c = NULL;
    dstack_key *key = NULL;
    dstack_error err;
    int rc = client_of(DSTACK_SERVICE_AGENT, &c, &err);

    if (rc == DSTACK_OK) {
        rc = dstack_client_v1_get_key(
            c, "a", 1, DSTACK_KEY_SECP256K1, &key, &err);
        rc = checked(rc,
            dstack_key_public(key, NULL) &&
                dstack_key_public(key, NULL)[1] == 0x6b,
            key == NULL, &err);
    }
    dstack_key_free(key);
    dstack_client_free(c);
    return rc;
}

static int
tls_run(void)
{
    dstack_client *c = NULL;
    dstack_tls_key *key = NULL;
    dstack_error err;
    int rc = client_of(DSTACK_SERVICE_AGENT, &c, &err);

    if (rc == DSTACK_OK) {
        rc = dstack_client_v1_issue_cert(c, NULL, &key, &err);
        rc = checked(rc,
            dstack_tls_key_cert_count(key) == 1 &&
                dstack_tls_key_secret(key, NULL)[0] == 0xf6 &&
                dstack_tls_key_chain_pem(key, NULL),
            key == NULL, &err);
    }
    dstack_tls_key_free(key);
    dstack_client_free(c);
    return rc;
}

static int
quote_run(void)
{
    dstack_client *c = NULL;
    dstack_quote_reply *q = NULL;
    dstack_error err;
    int rc = client_of(DSTACK_SERVICE_AGENT, &c, &err);

    if (rc == DSTACK_OK) {
        rc = dstack_client_get_quote(c, data, 64, &q, &err);
        rc = checked(rc,
            dstack_quote_reply_quote(q, NULL) &&
                dstack_quote_reply_event_log_text(q, NULL) &&
                dstack_quote_reply_event_log(q) &&
                dstack_quote_reply_vm_config_text(q, NULL) &&
                dstack_quote_reply_vm_config(q),
            q == NULL, &err);
    }
    dstack_quote_reply_free(q);
    dstack_client_free(c);
    return rc;
}

static int
app_key_run(void)
{
    dstack_client *c = NULL;
    dstack_quote_reply *q = NULL;
    dstack_error err;
    int rc = client_of(DSTACK_SERVICE_WORKER, &c, &err);

    if (rc == DSTACK_OK) {
        rc =
            dstack_client_worker_app_key_quote(c, DSTACK_KEY_ED25519, &q, &err);
        rc = checked(
            rc, dstack_quote_reply_app_key(q, NULL) != NULL, q == NULL, &err);
    }
    dstack_quote_reply_free(q);
    dstack_client_free(c);
    return rc;
}

static int
attest_run(void)
{
    dstack_client *c = NULL;
    dstack_attest_reply *a = NULL;
    dstack_error err;
    int rc = client_of(DSTACK_SERVICE_AGENT, &c, &err);

    if (rc == DSTACK_OK) {
        rc = dstack_client_v1_attest(c, data, 64, 1, &a, &err);
        rc = checked(rc,
            dstack_attest_reply_evidence(a) && dstack_attest_reply_gpu(a),
            a == NULL, &err);
    }
    dstack_attest_reply_free(a);
    dstack_client_free(c);
    return rc;
}

static int
gpu_run(void)
{
    dstack_client *c = NULL;
    dstack_gpu_reply *g = NULL;
    dstack_error err;
    int rc = client_of(DSTACK_SERVICE_AGENT, &c, &err);

    if (rc == DSTACK_OK) {
        rc = dstack_client_v1_attest_gpu(c, data, 32, &g, &err);
        rc = checked(rc,
            dstack_gpu_reply_count(g) == 1 && dstack_gpu_reply_vendor(g, 0) &&
                dstack_gpu_reply_format(g, 0) &&
                dstack_gpu_reply_evidence(g, 0, NULL),
            g == NULL, &err);
    }
    dstack_gpu_reply_free(g);
    dstack_client_free(c);
    return rc;
}

static int
sign_run(void)
{
    static const char text[] = "Test message for signing";
    dstack_client *c = NULL;
    dstack_sign_reply *s = NULL;
    dstack_error err;
    int rc = client_of(DSTACK_SERVICE_AGENT, &c, &err);

    if (rc == DSTACK_OK) {
        rc = dstack_client_sign(c, (const uint8_t *)text, sizeof text - 1,
            DSTACK_KEY_SECP256K1, &s, &err);
        rc =
            checked(rc, dstack_sign_reply_chain_count(s) == 3, s == NULL, &err);
    }
    dstack_sign_reply_free(s);
    dstack_client_free(c);
    return rc;
}

static int
info_run(void)
{
    dstack_client *c = NULL;
    dstack_info *i = NULL;
    dstack_error err;
    int rc = client_of(DSTACK_SERVICE_AGENT, &c, &err);

    if (rc == DSTACK_OK) {
        rc = dstack_client_info(c, &i, &err);
        rc = checked(rc,
            dstack_info_text(i, "app_name", NULL) &&
                dstack_info_text(i, "app_compose", NULL) &&
                dstack_info_vm_config(i) &&
                dstack_tcb_info_event_log(dstack_info_tcb_info(i)) &&
                dstack_info_key_provider_id(i, NULL),
            i == NULL, &err);
    }
    dstack_info_free(i);
    dstack_client_free(c);
    return rc;
}

static int
health_run(void)
{
    dstack_client *c = NULL;
    dstack_health *h = NULL;
    dstack_error err;
    int rc = client_of(DSTACK_SERVICE_WORKER, &c, &err);

    if (rc == DSTACK_OK) {
        rc = dstack_client_worker_health(c, &h, &err);
        rc = checked(rc,
            dstack_health_unhealthy_count(h) == 1 &&
                dstack_health_unhealthy_name(h, 0) &&
                dstack_health_unhealthy_status(h, 0) && *dstack_health_error(h),
            h == NULL, &err);
    }
    dstack_health_free(h);
    dstack_client_free(c);
    return rc;
}

/* Probe, a quote to see that it is TDX, the event; then the version. */
static int
event_run(void)
{
    dstack_client *c = NULL;
    char *version = NULL, *revision = NULL;
    dstack_error err;
    int rc = client_of(DSTACK_SERVICE_AGENT, &c, &err);

    if (rc == DSTACK_OK) {
        rc = dstack_client_emit_event(c, "e", data, 3, &err);
        rc = checked(rc, true, true, &err);
    }
    if (rc == DSTACK_OK) {
        rc = dstack_client_version(c, &version, &revision, &err);
        rc = checked(rc, version && revision, !version && !revision, &err);
    }
    dstack_free(version);
    dstack_free(revision);
    dstack_client_free(c);
    return rc;
}

/* An error stays what it is: a method that is not there is not a failing
 * one. */
static int
refusal_run(void)
{
    dstack_client *c = NULL;
    dstack_agent *agent = NULL;
    dstack_attest_reply *a = NULL;
    dstack_error err;
    int rc = client_of(DSTACK_SERVICE_AGENT, &c, &err);

    if (rc == DSTACK_OK) {
        rc = dstack_client_probe(c, &agent, &err);
        rc = checked(rc, strcmp(dstack_agent_version(agent), "0.5.11") == 0,
            agent == NULL, &err);
    }
    if (rc == DSTACK_OK) {
        rc = dstack_client_attest(c, data, 64, &a, &err);
        rc = rc == DSTACK_ERR_UNSUPPORTED ? DSTACK_OK
                                          : checked(rc, false, !a, &err);
    }
    dstack_agent_free(agent);
    dstack_client_free(c);
    return rc;
}

const oom_scenario oom_agent[] = {
    {"agent set-up", set_up_run, NULL},
    {"agent certificate request", request_run, NULL},
    {"agent key", key_run, NULL},
    {"agent identity", identity_run, prepare},
    {"agent v1 key", v1_key_run, NULL},
    {"agent tls key", tls_run, prepare},
    {"agent quote", quote_run, prepare},
    {"agent app key", app_key_run, prepare},
    {"agent attestation", attest_run, prepare},
    {"agent gpu", gpu_run, NULL},
    {"agent signature", sign_run, NULL},
    {"agent info", info_run, NULL},
    {"agent health", health_run, NULL},
    {"agent event", event_run, prepare},
    {"agent refusal", refusal_run, NULL},
    {NULL, NULL, NULL},
};
