/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "dstack/dstack.h"
#include "fuzz/fuzz.h"
#include "fuzz/help.h"
#include "support/fake_agent.h"
#include "support/vec.h"

/* An answer of the guest agent to any call: a byte for the call and the top bit
 * for a client that takes other report data, a byte for the status, then the
 * body. In the body "@Q" is a good quote in hex, "@D" its report data, "@A" and
 * "@B" attestations of version 1 and 0, "@P" and "@C" a key and a certificate
 * as PEM in JSON, "@N" an app key's quote and "@R" its report data: bytes that
 * mutation does not find. Whatever comes: an error says why and leaves no
 * object; an object has what was asked for, all of it from this answer. */

static const uint8_t asked[64] = {1, 2, 3};
static uint8_t named[64];
static char *good[8];
static char *on_tdx; /* what an event asks for first */
static const char letters[] = "QDABPCNR";

/* The answer under way. */
static const char *at_path;
static uint32_t status;
static ds_buf body;

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
        must(p != NULL);
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

static char *
quote_hex(const uint8_t report_data[64])
{
    ds_view quote = fake_quote(report_data);
    char *hex = fake_hex(quote);

    vec_free(quote);
    return hex;
}

static void
prepare(void)
{
    static const uint8_t zeros[64];

    memcpy(named,
        "dip1::ed25519-pk:aY9WvVh9jOPKjbDhw2G6nRkAifmNxNnfgA_5LtBzpl0", 60);
    good[0] = quote_hex(asked);
    good[1] = fake_hex(ds_view_of(asked, 64));
    good[2] = fake_attestation_hex(1, asked);
    good[3] = fake_attestation_hex(0, asked);
    good[4] = vec_text("key");
    good[5] = vec_text("leaf");
    good[6] = quote_hex(named);
    good[7] = fake_hex(ds_view_of(named, 64));
    on_tdx = fake_quote_answer(zeros, "");
}

static void
expand(const uint8_t *p, size_t n)
{
    ds_buf_init(&body, 8u << 20);
    ds_buf_add(&body, NULL, 0);
    for (size_t i = 0; i < n; i++) {
        const char *which = p[i] == '@' && i + 1 < n && p[i + 1]
                                ? strchr(letters, p[i + 1])
                                : NULL;

        if (which) {
            ds_buf_add_str(&body, good[which - letters]);
            i++;
        } else {
            ds_buf_add_u8(&body, p[i]);
        }
    }
}

/* Other paths are what a modern agent has. */
static int
answer(void *user, const char *path, const uint8_t *request, size_t request_len,
    uint32_t timeout_ms, dstack_transport_reply *reply, dstack_error *err)
{
    static const char version[] = "{\"version\":\"0.5.11\",\"rev\":\"r\"}";
    const char *text = version;

    (void)user;
    (void)request;
    (void)request_len;
    (void)timeout_ms;
    (void)err;
    if (strcmp(path, at_path) == 0) {
        int rc = dstack_transport_reply_set_status(reply, status);

        if (rc == DSTACK_OK)
            rc = dstack_transport_reply_add(reply, body.p, body.n);
        return rc;
    }
    if (strcmp(path, "/GetQuote") == 0)
        text = on_tdx;
    else if (strncmp(path, "/v1/", 4) == 0 &&
             dstack_transport_reply_set_status(reply, 404) != DSTACK_OK)
        return DSTACK_ERR_IO;
    return dstack_transport_reply_add(
        reply, (const uint8_t *)text, strlen(text));
}

/* ---- what must hold -------------------------------------------------------------------- */

/* Digits of either case, somewhere in the answer. */
static bool
came_from_it(const uint8_t *p, size_t n)
{
    char *hex;
    bool found = n == 0;

    if (n == 0 || 2 * n > body.n)
        return found;
    hex = fake_hex(ds_view_of(p, n));
    for (size_t i = 0; !found && i + 2 * n <= body.n; i++) {
        size_t k = 0;

        while (k < 2 * n && tolower(body.p[i + k]) == hex[k])
            k++;
        found = k == 2 * n;
    }
    free(hex);
    return found;
}

/* The length is read once the getter in the first argument has set it. */
static void
is_text(const char *p, const size_t *n)
{
    must(p ? strlen(p) == *n && ds_utf8_is(ds_view_of(p, *n)) : *n == 0);
}

static void
is_answer(const char *p, const size_t *n)
{
    must(p && *n == body.n && memcmp(p, body.p, *n) == 0);
}

static void
check_key(const dstack_key *k)
{
    size_t n;
    const uint8_t *p = dstack_key_secret(k, &n);

    must(n == 32 && came_from_it(p, n));
    p = dstack_key_public(k, &n);
    must(p && n == (dstack_key_algorithm(k) == DSTACK_KEY_ED25519 ? 32 : 33));
    must(dstack_key_chain_count(k) == 2);
    for (size_t i = 0; i < 2; i++) {
        p = dstack_key_chain(k, i, &n);
        must(n == 65 ? p[64] < 4 && came_from_it(p, n) : i == 1 && n == 0);
    }
}

static void
check_tls(const dstack_tls_key *k)
{
    size_t n, count = dstack_tls_key_cert_count(k);

    must(count >= 1 && count <= 8 && dstack_tls_key_secret(k, &n) && n == 32);
    must(dstack_tls_key_der(k, &n) && n > 32);
    is_text(dstack_tls_key_pem(k, &n), &n);
    is_text(dstack_tls_key_chain_pem(k, &n), &n);
    for (size_t i = 0; i < count; i++) {
        is_text(dstack_tls_key_cert_pem(k, i, &n), &n);
        must(dstack_tls_key_cert_der(k, i, &n) && n > 100);
    }
}

static void
check_quote(const dstack_quote_reply *q, bool any, const uint8_t *want)
{
    size_t n;
    const uint8_t *p = dstack_quote_reply_quote(q, &n);

    must(p && came_from_it(p, n));
    p = dstack_quote_reply_report_data(q, &n);
    must(p && n == 64 && (any || memcmp(p, want, 64) == 0));
    p = dstack_evidence_claimed_report_data(dstack_quote_reply_evidence(q), &n);
    must(!p || any || memcmp(p, want, 64) == 0);
    is_text(dstack_quote_reply_event_log_text(q, &n), &n);
    is_text(dstack_quote_reply_vm_config_text(q, &n), &n);
    is_answer(dstack_quote_reply_json(q, &n), &n);
    must(dstack_evidence_platform(dstack_quote_reply_evidence(q)) ==
         DSTACK_PLATFORM_TDX);
}

static void
check_gpu(const dstack_gpu_reply *g)
{
    size_t n;

    for (size_t i = 0; i < dstack_gpu_reply_count(g); i++) {
        const uint8_t *p = dstack_gpu_reply_evidence(g, i, &n);

        must(n != 0 && came_from_it(p, n));
        must(dstack_gpu_reply_vendor(g, i) && dstack_gpu_reply_format(g, i));
    }
}

static void
check_attest(const dstack_attest_reply *a, bool any)
{
    size_t n;
    const uint8_t *p = dstack_attest_reply_attestation(a, &n);

    must(p && came_from_it(p, n));
    p = dstack_evidence_report_data(dstack_attest_reply_evidence(a), &n);
    must(any || !p || memcmp(p, asked, 64) == 0);
    p = dstack_evidence_claimed_report_data(
        dstack_attest_reply_evidence(a), &n);
    must(p && (any || memcmp(p, asked, 64) == 0));
    is_answer(dstack_attest_reply_json(a, &n), &n);
    check_gpu(dstack_attest_reply_gpu(a));
}

static void
check_info(const dstack_info *i)
{
    static const char *const bytes[] = {"app_id", "instance_id", "device_id",
        "mr_aggregated", "os_image_hash", "compose_hash", "mr_image",
        "mr_key_provider"};
    static const char *const texts[] = {"app_name", "app_cert", "tcb_info",
        "vm_config", "app_compose", "key_provider_info", "cloud_vendor",
        "cloud_product"};
    size_t n;

    must(dstack_info_bytes(i, "app_id", &n) && n == 20);
    for (size_t k = 0; k < 8; k++) {
        const uint8_t *p = dstack_info_bytes(i, bytes[k], &n);

        must(n == 0 || came_from_it(p, n));
        is_text(dstack_info_text(i, texts[k], &n), &n);
    }
    must(dstack_info_key_provider_name(i) != NULL);
    (void)dstack_info_key_provider_id(i, &n);
    must(n == 0 || dstack_info_key_provider_id(i, NULL));
    is_text(dstack_tcb_info_app_compose(dstack_info_tcb_info(i), &n), &n);
    is_answer(dstack_info_json(i, &n), &n);
}

static void
check_sign(const dstack_sign_reply *s)
{
    size_t n;
    const uint8_t *p = dstack_sign_reply_signature(s, &n);

    must(n == 64 && came_from_it(p, n));
    p = dstack_sign_reply_public_key(s, &n);
    must((n == 32 || n == 33) && came_from_it(p, n));
    must(dstack_sign_reply_chain_count(s) == 3);
    must(memcmp(dstack_sign_reply_chain(s, 0, &n),
             dstack_sign_reply_signature(s, NULL), 64) == 0);
}

static void
check_health(const dstack_health *h)
{
    int healthy = dstack_health_is_healthy(h);

    must(healthy == 0 || healthy == 1);
    for (size_t i = 0; i < dstack_health_unhealthy_count(h); i++)
        must(dstack_health_unhealthy_name(h, i) &&
             dstack_health_unhealthy_status(h, i));
}

/* ---- the calls ------------------------------------------------------------------------------ */

enum {
    GET_QUOTE,
    RAW_QUOTE,
    TDX_QUOTE,
    APP_KEY,
    ATTEST,
    V1_ATTEST,
    V1_ATTEST_GPU,
    GET_KEY,
    GET_KEY_ED25519,
    V1_GET_KEY,
    K256,
    ISSUE_CERT,
    DERIVE_KEY,
    SIGN,
    SIGN_ED25519,
    VERIFY,
    EMIT_EVENT,
    INFO,
    V1_INFO,
    HEALTH,
    VERSION,
    PROBE,
    CALLS
};

static const struct {
    const char *path;
    uint32_t service;
} calls[CALLS] = {
    [GET_QUOTE] = {"/GetQuote", 0},
    [RAW_QUOTE] = {"/prpc/Tappd.RawQuote", 1},
    [TDX_QUOTE] = {"/prpc/Tappd.TdxQuote", 1},
    [APP_KEY] = {"/prpc/Worker.GetAttestationForAppKey", 2},
    [ATTEST] = {"/Attest", 0},
    [V1_ATTEST] = {"/v1/Attest", 0},
    [V1_ATTEST_GPU] = {"/v1/AttestGpu", 0},
    [GET_KEY] = {"/GetKey", 0},
    [GET_KEY_ED25519] = {"/GetKey", 0},
    [V1_GET_KEY] = {"/v1/GetKey", 0},
    [K256] = {"/prpc/Tappd.DeriveK256Key", 1},
    [ISSUE_CERT] = {"/v1/IssueCert", 0},
    [DERIVE_KEY] = {"/prpc/Tappd.DeriveKey", 1},
    [SIGN] = {"/Sign", 0},
    [SIGN_ED25519] = {"/Sign", 0},
    [VERIFY] = {"/Verify", 0},
    [EMIT_EVENT] = {"/EmitEvent", 0},
    [INFO] = {"/Info", 0},
    [V1_INFO] = {"/v1/Info", 0},
    [HEALTH] = {"/prpc/v1/Health", 2},
    [VERSION] = {"/Version", 0},
    [PROBE] = {"/Version", 0},
};

/* The objects that a call may make; at most one is. */
typedef struct {
    dstack_quote_reply *quote;
    dstack_attest_reply *attest;
    dstack_gpu_reply *gpu;
    dstack_key *key;
    dstack_tls_key *tls;
    dstack_sign_reply *sign;
    dstack_info *info;
    dstack_health *health;
    dstack_agent *agent;
    char *version, *revision;
    int valid;
} made;

static int
ask_evidence(const dstack_client *c, unsigned which, made *m, dstack_error *err)
{
    switch (which) {
    case GET_QUOTE:
    case RAW_QUOTE:
        return dstack_client_get_quote(c, asked, 64, &m->quote, err);
    case TDX_QUOTE:
        return dstack_client_tappd_tdx_quote(
            c, asked, 64, "raw", NULL, &m->quote, err);
    case APP_KEY:
        return dstack_client_worker_app_key_quote(
            c, DSTACK_KEY_ED25519, &m->quote, err);
    case ATTEST:
        return dstack_client_attest(c, asked, 64, &m->attest, err);
    case V1_ATTEST:
        return dstack_client_v1_attest(c, asked, 64, 1, &m->attest, err);
    default:
        return dstack_client_v1_attest_gpu(c, asked, 32, &m->gpu, err);
    }
}

static int
ask_key(const dstack_client *c, unsigned which, made *m, dstack_error *err)
{
    switch (which) {
    case GET_KEY:
        return dstack_client_get_key(
            c, "", NULL, DSTACK_KEY_SECP256K1, &m->key, err);
    case GET_KEY_ED25519:
        return dstack_client_get_key(
            c, "", NULL, DSTACK_KEY_ED25519, &m->key, err);
    case V1_GET_KEY:
        return dstack_client_v1_get_key(
            c, "", 0, DSTACK_KEY_SECP256K1, &m->key, err);
    case K256:
        return dstack_client_tappd_derive_k256_key(c, "", NULL, &m->key, err);
    case ISSUE_CERT:
        return dstack_client_v1_issue_cert(c, NULL, &m->tls, err);
    default:
        return dstack_client_tappd_derive_key(c, "", NULL, 0, &m->tls, err);
    }
}

static int
ask(const dstack_client *c, unsigned which, made *m, dstack_error *err)
{
    static const uint8_t text[] = "Test message for signing";

    switch (which) {
    case SIGN:
        return dstack_client_sign(
            c, text, 24, DSTACK_KEY_SECP256K1, &m->sign, err);
    case SIGN_ED25519:
        return dstack_client_sign(
            c, text, 24, DSTACK_KEY_ED25519, &m->sign, err);
    case VERIFY:
        return dstack_client_verify(c, asked, 32, text, 24, asked, 64,
            DSTACK_KEY_ED25519, &m->valid, err);
    case EMIT_EVENT:
        return dstack_client_emit_event(c, "e", text, 5, err);
    case INFO:
        return dstack_client_info(c, &m->info, err);
    case V1_INFO:
        return dstack_client_v1_info(c, &m->info, err);
    case HEALTH:
        return dstack_client_worker_health(c, &m->health, err);
    case VERSION:
        return dstack_client_version(c, &m->version, &m->revision, err);
    case PROBE:
        return dstack_client_probe(c, &m->agent, err);
    default:
        return which < GET_KEY ? ask_evidence(c, which, m, err)
                               : ask_key(c, which, m, err);
    }
}

static bool
is_nothing(const made *m)
{
    return !m->quote && !m->attest && !m->gpu && !m->key && !m->tls &&
           !m->sign && !m->info && !m->health && !m->agent && !m->version &&
           !m->revision && m->valid == 0;
}

static void
check(const made *m, bool any)
{
    if (m->quote)
        check_quote(
            m->quote, any || dstack_quote_reply_app_key(m->quote, NULL), asked);
    if (m->attest)
        check_attest(m->attest, any);
    if (m->gpu)
        check_gpu(m->gpu);
    if (m->key)
        check_key(m->key);
    if (m->tls)
        check_tls(m->tls);
    if (m->sign)
        check_sign(m->sign);
    if (m->info)
        check_info(m->info);
    if (m->health)
        check_health(m->health);
    if (m->agent)
        must(*dstack_agent_version(m->agent) != 0);
    if (m->version)
        must(strlen(m->version) < 64 && m->revision);
}

static void
drop(made *m)
{
    dstack_quote_reply_free(m->quote);
    dstack_attest_reply_free(m->attest);
    dstack_gpu_reply_free(m->gpu);
    dstack_key_free(m->key);
    dstack_tls_key_free(m->tls);
    dstack_sign_reply_free(m->sign);
    dstack_info_free(m->info);
    dstack_health_free(m->health);
    dstack_agent_free(m->agent);
    dstack_free(m->version);
    dstack_free(m->revision);
    memset(m, 0, sizeof *m);
}

static void
check_refusal(unsigned which, int rc, const dstack_error *err)
{
    must(rc == DSTACK_ERR_AGENT || rc == DSTACK_ERR_PROTOCOL ||
         rc == DSTACK_ERR_UNSUPPORTED);
    must(err->code == rc && err->stage == DSTACK_STAGE_NONE);
    must(memchr(err->message, 0, sizeof err->message) != NULL);
    must(err->message[0] && ds_utf8_is(ds_view_str(err->message)));
    /* A tappd without RawQuote is asked again otherwise. */
    must(status < 400 || rc != DSTACK_ERR_PROTOCOL || which == RAW_QUOTE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t statuses[] = {200, 400, 404, 500, 201, 302, 413};
    dstack_transport t = {sizeof t, 0, NULL, answer};
    dstack_client *c = NULL;
    dstack_error err;
    made m;
    unsigned which;
    bool any;
    int rc;

    if (!good[0])
        prepare();
    if (size < 2 || size > 65536)
        return 0;
    which = (data[0] & 127u) % CALLS;
    any = data[0] >= 128;
    status = statuses[data[1] % 7];
    at_path = calls[which].path;
    expand(data + 2, size - 2);
    must(dstack_client_new(&c, &err) == DSTACK_OK);
    must(dstack_client_set_transport(c, &t) == DSTACK_OK);
    must(dstack_client_set_service(c, calls[which].service) == DSTACK_OK);
    if (any)
        must(dstack_client_accept_other_report_data(c) == DSTACK_OK);
    memset(&m, 0, sizeof m);
    rc = ask(c, which, &m, &err);
    if (rc != DSTACK_OK) {
        must(is_nothing(&m));
        check_refusal(which, rc, &err);
    } else {
        must(which == EMIT_EVENT || which == VERIFY || !is_nothing(&m));
        must(err.code == 0 && err.message[0] == 0);
        must(status == 200 || which == PROBE);
        check(&m, any || which == APP_KEY);
    }
    drop(&m);
    must(ask(c, which, &m, NULL) == rc);
    drop(&m);
    dstack_client_free(c);
    ds_buf_free(&body);
    return 0;
}
