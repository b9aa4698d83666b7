/* SPDX-License-Identifier: Apache-2.0 */
/* peer: this library's client calls everything it can; what it prints is as
 * python/peer.py says. Installed headers only. The worker's endpoint comes from
 * PEERS_WORKER; without one the worker is left out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dstack/dstack.h>

#define SHORT (const uint8_t *)"libdstack peers", 15
#define CONTENT (const uint8_t *)"test content", 12
#define MESSAGE "Test message for signing"

static uint8_t full[64]; /* 1 to 64 */
static dstack_error err;
static char facts[1 << 20];
static size_t facts_n;

/* ---- printing -------------------------------------------------------------- */

static void
fact(const char *name, const void *value, size_t n)
{
    const uint8_t *p = value;

    if (facts_n + strlen(name) + 2 * n + 3 > sizeof facts)
        exit(3);
    facts_n +=
        (size_t)sprintf(facts + facts_n, "%s%s=", facts_n ? " " : "", name);
    for (size_t i = 0; i < n; i++)
        facts_n += (size_t)sprintf(facts + facts_n, "%02x", p[i]);
}

static void
text(const char *name, const char *value)
{
    fact(name, value ? value : "", value ? strlen(value) : 0);
}

static void
number(const char *name, size_t value)
{
    char digits[24];

    sprintf(digits, "%zu", value);
    text(name, digits);
}

/* The line of a call whose facts were gathered. */
static void
line(const char *client, const char *call, int status)
{
    if (status == DSTACK_OK)
        printf("%s\t%s\tok\t%s\n", client, call, facts);
    else
        printf("%s\t%s\tfail\t%s: %s\n", client, call,
            dstack_error_name(status), err.message);
    facts[facts_n = 0] = '\0';
}

static void
save_pem(const char *client, const char *call, const char *suffix,
    const char *pem, size_t n)
{
    char path[1024];
    FILE *f;

    snprintf(path, sizeof path, "%s/c-%s-%s.%s", getenv("PEERS_PEM"), client,
        call, suffix);
    f = fopen(path, "wb");
    if (!f || fwrite(pem, 1, n, f) != n || fclose(f) != 0)
        exit(3);
}

/* ---- answers --------------------------------------------------------------- */

static void
show_key(const char *client, const char *call, int status, dstack_key *key)
{
    const char *const links[] = {"chain0", "chain1"};
    size_t n;
    const uint8_t *p = dstack_key_secret(key, &n);

    if (status == DSTACK_OK) {
        fact("key", p, n);
        p = dstack_key_public(key, &n);
        fact("public_key", p, n);
        for (size_t i = 0; i < dstack_key_chain_count(key) && i < 2; i++) {
            p = dstack_key_chain(key, i, &n);
            fact(links[i], p, n);
        }
    }
    line(client, call, status);
    dstack_key_free(key);
}

static void
show_tls_key(
    const char *client, const char *call, int status, dstack_tls_key *key)
{
    size_t n;
    const char *pem;
    const uint8_t *p;

    if (status == DSTACK_OK) {
        pem = dstack_tls_key_pem(key, &n);
        save_pem(client, call, "key", pem, n);
        pem = dstack_tls_key_chain_pem(key, &n);
        save_pem(client, call, "chain", pem, n);
        p = dstack_tls_key_secret(key, &n);
        fact("scalar", p, n);
    }
    line(client, call, status);
    dstack_tls_key_free(key);
}

static int
replay(const dstack_event_log *log)
{
    const char *const names[] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3"};
    uint8_t value[48];
    int status = DSTACK_OK;

    for (uint32_t i = 0; i < 4 && status == DSTACK_OK; i++) {
        status = dstack_event_log_replay(
            log, i, SIZE_MAX, value, sizeof value, &err);
        fact(names[i], value, sizeof value);
    }
    return status;
}

static void
show_quote(const char *client, const char *call, int status,
    dstack_quote_reply *reply, const void *sent, size_t sent_n)
{
    size_t n;
    const uint8_t *p = dstack_quote_reply_quote(reply, &n);

    if (status == DSTACK_OK) {
        fact("quote", p, n);
        p = dstack_quote_reply_report_data(reply, &n);
        if (sent) {
            fact("sent", sent, sent_n);
            fact("report_data", p, n);
        }
        p = dstack_quote_reply_app_key(reply, &n);
        if (p)
            fact("public_key", p, n);
        number("events",
            dstack_event_log_count(dstack_quote_reply_event_log(reply)));
        status = replay(dstack_quote_reply_event_log(reply));
    }
    line(client, call, status);
    dstack_quote_reply_free(reply);
}

static void
show_attest(const char *client, const char *call, int status,
    dstack_attest_reply *reply)
{
    const dstack_evidence *evidence = dstack_attest_reply_evidence(reply);
    size_t n;
    const uint8_t *p = dstack_attest_reply_attestation(reply, &n);

    if (status == DSTACK_OK) {
        fact("sent", full, sizeof full);
        fact("attestation", p, n);
        p = dstack_evidence_quote(evidence, &n);
        fact("quote", p, n);
        p = dstack_evidence_report_data(evidence, &n);
        fact("report_data", p, n);
        status = replay(dstack_evidence_event_log(evidence));
    }
    line(client, call, status);
    dstack_attest_reply_free(reply);
}

static void
show_info(const char *client, const char *call, int status, dstack_info *info)
{
    const char *const bytes[] = {"app_id", "instance_id", "compose_hash",
        "device_id", "mr_aggregated", "os_image_hash"};
    const char *const texts[] = {"app_name", "key_provider_info", "vm_config",
        "cloud_vendor", "cloud_product"};
    const char *const registers[] = {
        "tcb_mrtd", "tcb_rtmr0", "tcb_rtmr1", "tcb_rtmr2", "tcb_rtmr3"};
    const dstack_tcb_info *tcb = dstack_info_tcb_info(info);
    const uint8_t *p;
    size_t n;

    if (status == DSTACK_OK) {
        for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) {
            p = dstack_info_bytes(info, bytes[i], &n);
            fact(bytes[i], p, n);
        }
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
            text(texts[i], dstack_info_text(info, texts[i], NULL));
        for (size_t i = 0; tcb && i < 5; i++) {
            p = dstack_tcb_info_bytes(tcb, registers[i] + 4, &n);
            fact(registers[i], p, n);
        }
        if (tcb) {
            text("tcb_app_compose", dstack_tcb_info_app_compose(tcb, NULL));
            number("tcb_events",
                dstack_event_log_count(dstack_tcb_info_event_log(tcb)));
        }
    }
    line(client, call, status);
    dstack_info_free(info);
}

static void
show_version(
    const char *client, const char *call, int status, char *version, char *rev)
{
    if (status == DSTACK_OK) {
        text("version", version);
        text("rev", rev);
    }
    line(client, call, status);
    dstack_free(version);
    dstack_free(rev);
}

/* ---- what every service answers -------------------------------------------- */

static dstack_client *
client_of(uint32_t service, const char *endpoint)
{
    dstack_client *c = NULL;

    if (dstack_client_new(&c, &err) != DSTACK_OK ||
        dstack_client_set_service(c, service) != DSTACK_OK ||
        (endpoint &&
            dstack_client_set_endpoint(c, endpoint, &err) != DSTACK_OK)) {
        fprintf(stderr, "peer: %s\n", err.message);
        exit(3);
    }
    return c;
}

static void
call_common(const char *client, const dstack_client *c)
{
    dstack_agent *agent = NULL;
    dstack_info *info = NULL;
    char *version = NULL, *rev = NULL;
    int status = dstack_client_probe(c, &agent, &err);

    if (status == DSTACK_OK)
        text("version", dstack_agent_version(agent));
    line(client, "probe", status);
    dstack_agent_free(agent);
    status = dstack_client_version(c, &version, &rev, &err);
    show_version(client, "version", status, version, rev);
    status = dstack_client_info(c, &info, &err);
    show_info(client, "info", status, info);
}

/* ---- certificates ---------------------------------------------------------- */

static const struct request {
    const char *call, *subject;
    int names;
    uint32_t usage;
    int64_t not_before, not_after;
} requests[] = {
    {"", "", 0, 0, -1, -1},
    {".names", "peer.example", 1,
        DSTACK_USAGE_SERVER_AUTH | DSTACK_USAGE_CLIENT_AUTH, -1, -1},
    {".ra_tls", "peer.example", 0, DSTACK_USAGE_RA_TLS, -1, -1},
    {".validity", "peer.example", 0, DSTACK_USAGE_APP_INFO, 1700000000,
        2000000000},
};

static dstack_cert_request *
request_of(const struct request *r)
{
    dstack_cert_request *request = NULL;

    if (dstack_cert_request_new(&request, &err) != DSTACK_OK ||
        dstack_cert_request_set_subject(request, r->subject, &err) !=
            DSTACK_OK ||
        dstack_cert_request_set_usage(request, r->usage) != DSTACK_OK ||
        dstack_cert_request_set_validity(
            request, r->not_before, r->not_after) != DSTACK_OK ||
        (r->names && (dstack_cert_request_add_alt_name(
                          request, "peer.example", &err) != DSTACK_OK ||
                         dstack_cert_request_add_alt_name(
                             request, "127.0.0.1", &err) != DSTACK_OK)))
        exit(3);
    return request;
}

/* ---- the agent ------------------------------------------------------------- */

static void
call_keys(const dstack_client *c)
{
    static const struct {
        const char *call, *path, *purpose;
        uint32_t algorithm;
    } keys[] = {
        {"get_key", "", "", DSTACK_KEY_ANY},
        {"get_key.path", "/", "test", DSTACK_KEY_SECP256K1},
        {"get_key.wallet", "wallet/ethereum", "mainnet", DSTACK_KEY_ANY},
        {"get_key.ed25519", "/", "test", DSTACK_KEY_ED25519},
        {"get_key.refused", "/", "test", 99},
    };
    dstack_key *key = NULL;
    int status =
        dstack_client_derive_key(c, "/", "test", DSTACK_KEY_ANY, &key, &err);

    show_key("dstack", "app_key", status, key);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        key = NULL;
        status = dstack_client_get_key(
            c, keys[i].path, keys[i].purpose, keys[i].algorithm, &key, &err);
        show_key("dstack", keys[i].call, status, key);
    }
}

static void
call_certificates(const dstack_client *c, const char *name,
    int (*issue)(const dstack_client *, const dstack_cert_request *,
        dstack_tls_key **, dstack_error *))
{
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        dstack_cert_request *request = request_of(&requests[i]);
        dstack_tls_key *key = NULL;
        char call[64];
        int status = issue(c, request, &key, &err);

        snprintf(call, sizeof call, "%s%s", name, requests[i].call);
        show_tls_key("dstack", call, status, key);
        dstack_cert_request_free(request);
    }
}

/* With zeros where nothing was signed. */
static void
call_verify(const dstack_client *c, const char *call, uint32_t algorithm,
    const uint8_t *data, size_t n, const dstack_sign_reply *made)
{
    static const uint8_t zeros[64];
    const uint8_t *signature = zeros, *key = zeros;
    size_t signature_n = 64, key_n = algorithm == DSTACK_KEY_ED25519 ? 32 : 33;
    int valid, status;

    if (made) {
        signature = dstack_sign_reply_signature(made, &signature_n);
        key = dstack_sign_reply_public_key(made, &key_n);
    }
    status = dstack_client_verify(c, key, key_n, data, n, signature,
        signature_n, algorithm, &valid, &err);
    if (status == DSTACK_OK)
        text("answer", valid ? "true" : "false");
    line("dstack", call, status);
}

static void
call_sign(
    const dstack_client *c, uint32_t algorithm, const uint8_t *data, size_t n)
{
    const char *const links[] = {"chain0", "chain1", "chain2"};
    dstack_sign_reply *reply = NULL;
    uint8_t other[64] = {0};
    char call[64];
    const uint8_t *p;
    size_t len;
    const char *name = dstack_key_algorithm_name(algorithm);
    int status = dstack_client_sign(c, data, n, algorithm, &reply, &err);

    if (status == DSTACK_OK) {
        p = dstack_sign_reply_signature(reply, &len);
        fact("signature", p, len);
        p = dstack_sign_reply_public_key(reply, &len);
        fact("public_key", p, len);
        for (size_t i = 0; i < dstack_sign_reply_chain_count(reply) && i < 3;
             i++) {
            p = dstack_sign_reply_chain(reply, i, &len);
            fact(links[i], p, len);
        }
    }
    snprintf(call, sizeof call, "sign.%s", name);
    line("dstack", call, status);
    snprintf(call, sizeof call, "verify.%s", name);
    call_verify(c, call, algorithm, data, n, reply);
    for (size_t i = 0; i < n && i < sizeof other; i++)
        other[i] = data[n - 1 - i];
    snprintf(call, sizeof call, "verify_other.%s", name);
    call_verify(c, call, algorithm, other, n, reply);
    dstack_sign_reply_free(reply);
}

static void
call_evidence(const dstack_client *c)
{
    dstack_quote_reply *quote = NULL;
    dstack_attest_reply *attest = NULL;
    int status = dstack_client_get_quote(c, SHORT, &quote, &err);

    show_quote("dstack", "get_quote.short", status, quote, SHORT);
    quote = NULL;
    status = dstack_client_get_quote(c, full, sizeof full, &quote, &err);
    show_quote("dstack", "get_quote.full", status, quote, full, sizeof full);
    status = dstack_client_attest(c, full, sizeof full, &attest, &err);
    show_attest("dstack", "attest", status, attest);
    status = dstack_client_emit_event(
        c, "peers", (const uint8_t *)"payload", 7, &err);
    line("dstack", "emit_event", status);
}

static void
call_v1(const dstack_client *c)
{
    dstack_key *key = NULL;
    dstack_attest_reply *attest = NULL;
    dstack_gpu_reply *gpu = NULL;
    dstack_info *info = NULL;
    char *version = NULL, *rev = NULL;
    int status = dstack_client_v1_get_key(
        c, "test", 4, DSTACK_KEY_SECP256K1, &key, &err);

    show_key("dstack", "v1_get_key.secp256k1", status, key);
    key = NULL;
    status =
        dstack_client_v1_get_key(c, "test", 4, DSTACK_KEY_ED25519, &key, &err);
    show_key("dstack", "v1_get_key.ed25519", status, key);
    call_certificates(c, "v1_issue_cert", dstack_client_v1_issue_cert);
    status = dstack_client_v1_attest(c, full, sizeof full, 0, &attest, &err);
    show_attest("dstack", "v1_attest", status, attest);
    attest = NULL;
    status = dstack_client_v1_attest(c, full, sizeof full, 1, &attest, &err);
    show_attest("dstack", "v1_attest.gpu", status, attest);
    status = dstack_client_v1_attest_gpu(c, full, 32, &gpu, &err);
    if (status == DSTACK_OK)
        number("bundles", dstack_gpu_reply_count(gpu));
    line("dstack", "v1_attest_gpu", status);
    dstack_gpu_reply_free(gpu);
    status = dstack_client_v1_info(c, &info, &err);
    show_info("dstack", "v1_info", status, info);
    status = dstack_client_v1_version(c, &version, &rev, &err);
    show_version("dstack", "v1_version", status, version, rev);
}

static void
call_agent(void)
{
    /* SHA-256 of MESSAGE. */
    static const uint8_t digest[32] = {0x08, 0x87, 0x36, 0x02, 0x4c, 0x01, 0xdf,
        0xdd, 0xdb, 0x38, 0xce, 0x9b, 0x73, 0x95, 0x64, 0xd4, 0xa8, 0xac, 0xad,
        0xbe, 0xea, 0x1b, 0x0f, 0xcc, 0x9e, 0x2f, 0xeb, 0xaa, 0x5a, 0x04, 0x5e,
        0x3c};
    const uint8_t *message = (const uint8_t *)MESSAGE;
    dstack_client *c = client_of(DSTACK_SERVICE_AGENT, NULL);

    call_common("dstack", c);
    call_keys(c);
    call_certificates(c, "get_tls_key", dstack_client_get_tls_key);
    call_evidence(c);
    call_sign(c, DSTACK_KEY_SECP256K1, message, sizeof MESSAGE - 1);
    call_sign(c, DSTACK_KEY_ED25519, message, sizeof MESSAGE - 1);
    call_sign(c, DSTACK_KEY_SECP256K1_PREHASHED, digest, sizeof digest);
    call_v1(c);
    dstack_client_free(c);
}

/* ---- tappd and worker ------------------------------------------------------ */

static void
call_derive(const dstack_client *c)
{
    dstack_tls_key *tls = NULL;
    dstack_key *key = NULL;
    dstack_cert_request *names = request_of(&requests[1]);
    int status = dstack_client_tappd_derive_key(c, "/", NULL, 0, &tls, &err);

    show_tls_key("tappd", "derive_key", status, tls);
    tls = NULL;
    status = dstack_client_tappd_derive_key(c, "/", names, 0, &tls, &err);
    show_tls_key("tappd", "derive_key.names", status, tls);
    tls = NULL;
    status = dstack_client_tappd_derive_key(c, "/", names, 1, &tls, &err);
    show_tls_key("tappd", "derive_key.random", status, tls);
    dstack_cert_request_free(names);
    status = dstack_client_tappd_derive_k256_key(c, "/", "test", &key, &err);
    show_key("tappd", "derive_k256_key", status, key);
    key = NULL;
    status =
        dstack_client_derive_key(c, "/", "test", DSTACK_KEY_ANY, &key, &err);
    show_key("tappd", "app_key", status, key);
}

static void
call_tappd(void)
{
    static const char *const hashes[] = {"sha256", "sha384", "sha512",
        "sha3-256", "sha3-384", "sha3-512", "keccak256", "keccak384",
        "keccak512"};
    dstack_client *c = client_of(DSTACK_SERVICE_TAPPD, NULL);
    dstack_quote_reply *quote = NULL;
    uint8_t report_data[64];
    char call[64];
    int status;

    call_common("tappd", c);
    call_derive(c);
    status =
        dstack_client_tappd_tdx_quote(c, CONTENT, NULL, NULL, &quote, &err);
    show_quote("tappd", "tdx_quote", status, quote, CONTENT);
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        quote = NULL;
        snprintf(call, sizeof call, "tdx_quote.%s", hashes[i]);
        status = dstack_client_tappd_tdx_quote(
            c, CONTENT, hashes[i], NULL, &quote, &err);
        show_quote("tappd", call, status, quote, CONTENT);
    }
    quote = NULL;
    status = dstack_client_tappd_tdx_quote(
        c, CONTENT, "sha256", "peers", &quote, &err);
    if (dstack_report_data_hash(
            "peers", CONTENT, "sha256", report_data, &err) != DSTACK_OK)
        exit(3);
    show_quote("tappd", "tdx_quote.tag", status, quote, report_data,
        sizeof report_data);
    quote = NULL;
    status = dstack_client_tappd_raw_quote(c, full, sizeof full, &quote, &err);
    show_quote("tappd", "raw_quote", status, quote, full, sizeof full);
    quote = NULL;
    status = dstack_client_get_quote(c, SHORT, &quote, &err);
    show_quote("tappd", "get_quote.short", status, quote, SHORT);
    dstack_client_free(c);
}

static void
call_worker(const char *endpoint)
{
    dstack_client *c = client_of(DSTACK_SERVICE_WORKER, endpoint);
    dstack_quote_reply *quote = NULL;
    dstack_health *health = NULL;
    int status;

    call_common("worker", c);
    status = dstack_client_worker_app_key_quote(
        c, DSTACK_KEY_SECP256K1, &quote, &err);
    show_quote("worker", "app_key_quote.secp256k1", status, quote, NULL, 0);
    quote = NULL;
    status =
        dstack_client_worker_app_key_quote(c, DSTACK_KEY_ED25519, &quote, &err);
    show_quote("worker", "app_key_quote.ed25519", status, quote, NULL, 0);
    status = dstack_client_worker_health(c, &health, &err);
    if (status == DSTACK_OK)
        number("healthy", (size_t)dstack_health_is_healthy(health));
    line("worker", "health", status);
    dstack_health_free(health);
    dstack_client_free(c);
}

int
main(void)
{
    const char *worker = getenv("PEERS_WORKER");

    if (!getenv("PEERS_PEM"))
        return 2;
    for (size_t i = 0; i < sizeof full; i++)
        full[i] = (uint8_t)(i + 1);
    call_agent();
    call_tappd();
    if (worker && *worker)
        call_worker(worker);
    return 0;
}
