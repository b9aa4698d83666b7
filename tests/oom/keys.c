/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "dstack/dstack.h"
#include "oom/oom.h"

/* guest-agent.md 7.2. */
#define ROOT \
    "0318f228673448772dd4835a82149a9d475db8095234469a8fcc85cfa18b85abbc"
#define APP_ID "a9019d1b2c3d4e5f60718293a4b5c6d7e8f90a1b"
#define KMS_LINK \
    "00ac321fbbe6817c5de0720644e936b20046ff1c9226e0558a9c86856e8a1dd0" \
    "6bb7a7efae1cf3ec522553c28627ea96c139d5dc9cdd5a1898c2406c074438d800"
#define ED_KEY \
    "f2c761dfee96542500c1ca5460bb0e327b4acb67d882f5846e21baa8d55d2f5b"
#define ED_LINK \
    "181498cdcebe6cae41fe1474b3d8af53c7969a2fb20f9f20a5cdcc9d92f5596d" \
    "500cf9605996ec2e55406666fee630d5882e5e97c2417e079c6f074ca6c7c57301"

static void
hex(const char *text, uint8_t *out, size_t n)
{
    if (!ds_hex_decode(ds_view_str(text), out, n))
        abort();
}

static int
chain_run(void)
{
    uint8_t id[20], root[33], key[32], app[65], kms[65];
    dstack_kms_trust *trust = NULL;
    dstack_keychain_report *report = NULL;
    dstack_error err;
    int rc;

    hex(APP_ID, id, 20);
    hex(ROOT, root, 33);
    hex(ED_KEY, key, 32);
    hex(ED_LINK, app, 65);
    hex(KMS_LINK, kms, 65);
    rc = dstack_kms_trust_new(id, 20, &trust, &err);
    if (rc == DSTACK_OK)
        rc = dstack_kms_trust_add_root(trust, root, 33, &err);
    if (rc == DSTACK_OK)
        rc = dstack_keychain_verify_v0(trust, key, 32,
            (const uint8_t *)"signing", 7, app, 65, kms, 65, &report, &err);
    if (rc == DSTACK_OK && !dstack_keychain_report_is_accepted(report))
        rc = OOM_WRONG;
    dstack_keychain_report_free(report);
    dstack_kms_trust_free(trust);
    return rc;
}

static int
read_back(const uint8_t *sealed, size_t sealed_len, dstack_error *err)
{
    static const uint8_t secret[32] = {8, [31] = 0x40};
    dstack_secret *plain = NULL;
    dstack_env *env = NULL;
    size_t n;
    int rc = dstack_env_decrypt(secret, 32, sealed, sealed_len, &plain, err);

    (void)dstack_secret_bytes(plain, &n);
    if (rc == DSTACK_OK)
        rc = dstack_env_parse(dstack_secret_bytes(plain, NULL), n, &env, err);
    if (rc == DSTACK_OK &&
        (dstack_env_count(env) != 20 ||
            strcmp((const char *)dstack_env_value(env, 19, NULL), "20") != 0))
        rc = OOM_WRONG;
    dstack_env_free(env);
    dstack_secret_free(plain);
    return rc;
}

/* Enough variables for the list to grow. */
static int
env_run(void)
{
    static const char file[] =
        "A=1\nB=2\nC=3\nD=4\nE=5\nF=6\nG=7\nH=8\nI=9\nJ=10\nK=11\nL=12\n"
        "M=13\nN=14\nO=15\nP=16\nQ=17\nR=18\nS=19\nT=20\nA=one\n";
    static const char compose[] = "{\"allowed_envs\":[\"A\"]}";
    static const uint8_t key[32] = {0x42, 0x2c, 0x8e, 0x7a, 0x62, 0x27, 0xd7,
        0xbc, 0xa1, 0x35, 0x0b, 0x3e, 0x2b, 0xb7, 0x27, 0x9f, 0x78, 0x97, 0xb8,
        0x7b, 0xb6, 0x85, 0x4b, 0x78, 0x3c, 0x60, 0xe8, 0x03, 0x11, 0xae, 0x30,
        0x79};
    dstack_env *env = NULL;
    uint8_t *sealed = NULL;
    dstack_error err;
    size_t n = 0;
    int rc = dstack_env_new(&env, &err);

    if (rc == DSTACK_OK)
        rc = dstack_env_set_file(
            env, (const uint8_t *)file, sizeof file - 1, &err);
    if (rc == DSTACK_OK) {
        rc = dstack_env_check_allowed(
            env, (const uint8_t *)compose, sizeof compose - 1, &err);
        rc = rc == DSTACK_ERR_POLICY ? DSTACK_OK : rc;
    }
    if (rc == DSTACK_OK)
        rc = dstack_env_encrypt(env, key, 32, &sealed, &n, &err);
    if (rc == DSTACK_OK)
        rc = read_back(sealed, n, &err);
    dstack_free(sealed);
    dstack_env_free(env);
    return rc;
}

static int
wallet_run(void)
{
    static const uint8_t seed[32] = {1};
    dstack_secret *pair = NULL;
    char address[45];
    dstack_error err;
    size_t n;
    int rc = dstack_wallet_solana_key_pair(seed, 32, &pair, &err);

    if (rc == DSTACK_OK)
        rc = dstack_wallet_solana_address(
            dstack_secret_bytes(pair, &n) + 32, 32, address, 45, &err);
    if (rc == DSTACK_OK && (n != 64 || address[0] == 0))
        rc = OOM_WRONG;
    dstack_secret_free(pair);
    return rc;
}

static int
compose_run(void)
{
    static const char docker[] = "services: {}";
    dstack_compose_builder *b = NULL;
    dstack_compose_notes *notes = NULL;
    char *json = NULL, *second = NULL;
    dstack_error err;
    size_t n = 0;
    int rc = dstack_compose_builder_new(
        "<a>", (const uint8_t *)docker, sizeof docker - 1, &b, &err);

    if (rc == DSTACK_OK)
        rc = dstack_compose_builder_set_text(b, "key_provider", "kms", &err);
    if (rc == DSTACK_OK)
        rc = dstack_compose_builder_allow_env(b, "A", &err);
    if (rc == DSTACK_OK)
        rc = dstack_compose_builder_to_json(b, &json, &n, &err);
    if (rc == DSTACK_OK)
        rc = dstack_compose_canonical(
            (const uint8_t *)json, n, 1, &second, NULL, &notes, &err);
    if (rc == DSTACK_OK &&
        (strcmp(json, second) != 0 || dstack_compose_notes_count(notes) != 1))
        rc = OOM_WRONG;
    dstack_compose_notes_free(notes);
    dstack_free(json);
    dstack_free(second);
    dstack_compose_builder_free(b);
    return rc;
}

static int
lint_run(void)
{
    static const char compose[] =
        "{\"runner\":\"docker-compose\",\"public_logs\":true,\"x\":1,"
        "\"docker_compose_file\":\"services:\\n  a: {image: x}\\n  b: c\"}";
    dstack_compose_builder *b = NULL;
    dstack_compose_notes *notes = NULL;
    char *json = NULL;
    dstack_error err;
    int rc = dstack_compose_lint(
        (const uint8_t *)compose, sizeof compose - 1, &notes, &err);

    if (rc == DSTACK_OK && dstack_compose_notes_count(notes) != 5)
        rc = OOM_WRONG;
    if (rc == DSTACK_OK)
        rc = dstack_compose_builder_new(
            "a", (const uint8_t *)"services: {}", 12, &b, &err);
    if (rc == DSTACK_OK)
        rc = dstack_compose_builder_allow_platform(b, "dstack-tdx", &err);
    if (rc == DSTACK_OK)
        rc = dstack_compose_builder_set_text(
            b, "requirements.gpu_policy.rego", "package p", &err);
    if (rc == DSTACK_OK)
        rc = dstack_compose_builder_to_json(b, &json, NULL, &err);
    dstack_compose_notes_free(notes);
    dstack_compose_builder_free(b);
    dstack_free(json);
    return rc;
}

const oom_scenario oom_keys[] = {
    {"keys.chain", chain_run, NULL},
    {"keys.lint", lint_run, NULL},
    {"keys.compose", compose_run, NULL},
    {"keys.env", env_run, NULL},
    {"keys.wallet", wallet_run, NULL},
    {NULL, NULL, NULL},
};
