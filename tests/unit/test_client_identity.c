/* SPDX-License-Identifier: Apache-2.0 */
/* dstack_client_make_identity(): what it asks, what it makes, and that it leaves
 * nothing when any of its calls fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "dstack/dstack.h"
#include "support/fake_agent.h"

/* Key and links of the guest API's section 7, path "", purpose "". */
#define KEY "aa221ae548b5a8f52fcb8687cfd873712f6a1232b2717e5ee3d58ab74f21905b"
#define ED "c44343eb0e365d78ce908790834a24621e489af0e91cf2f123daf28cf74aed20"
#define K1 "027458ba47c31272b5076edebdc1ecdaedef806b10d76dd0a209cbd1fa14a3f9cf"
#define LINK \
    "4210633c6792b54f99eda1b2a9c7e1f6507c02c01bcabf230d35dc4c00a6b0902fccd4" \
    "5b383e8f3035c0fcdcba534b80f8849a5b5849257bc71d9f838620cd3e00"

static fake_agent *agent;
static dstack_client *client;
static dstack_identity *identity;
static dstack_key *signing, *sealing;
static dstack_error err;

static void
begin(void)
{
    uint8_t content[65], report_data[64];
    char *hex, *body;

    agent = fake_agent_new(FAKE_0511);
    client = fake_agent_client(agent);
    fake_agent_answer(agent, "/GetKey", 200,
        "{\"key\":\"" KEY "\",\"signature_chain\":[\"" LINK "\",\"\"]}");
    assert_true(ds_hex_decode(ds_view_str(ED K1), content, 65));
    assert_int_equal(dstack_report_data_hash("vin-node-keys", content, 65,
                         "sha512", report_data, &err),
        DSTACK_OK);
    hex = fake_attestation_hex(1, report_data);
    body = fake_text("{\"attestation\":\"%s\"}", hex);
    fake_agent_answer(agent, "/Attest", 200, body);
    free(body);
    free(hex);
}

static int
teardown(void **state)
{
    (void)state;
    dstack_identity_free(identity);
    dstack_key_free(signing);
    dstack_key_free(sealing);
    identity = NULL;
    signing = sealing = NULL;
    dstack_client_free(client);
    fake_agent_free(agent);
    return 0;
}

static int
make(void)
{
    return dstack_client_make_identity(
        client, NULL, NULL, &identity, &signing, &sealing, &err);
}

static void
test_made(void **state)
{
    uint8_t key[33];
    size_t n;

    (void)state;
    begin();
    assert_int_equal(make(), DSTACK_OK);
    assert_string_equal(dstack_identity_tag(identity), "vin-node-keys");
    assert_int_equal(dstack_identity_key_count(identity), 2);
    assert_true(ds_hex_decode(ds_view_str(ED), key, 32));
    assert_memory_equal(dstack_identity_key(identity, 0, &n), key, 32);
    assert_true(ds_hex_decode(ds_view_str(K1), key, 33));
    assert_memory_equal(dstack_identity_key(identity, 1, &n), key, 33);
    assert_string_equal(
        dstack_identity_key_path(identity, 0), "vin-receipt-v1");
    assert_string_equal(
        dstack_identity_key_path(identity, 1), "vin-encryption-v1");
    assert_int_equal(dstack_identity_key_scheme(identity, 1), DSTACK_SCHEME_V0);
    assert_int_equal(dstack_identity_link_count(identity, 0), 2);
    (void)dstack_identity_link(identity, 0, 0, &n);
    assert_int_equal(n, 65);
    (void)dstack_identity_link(identity, 0, 1, &n);
    assert_int_equal(n, 0);
    assert_non_null(dstack_identity_evidence(identity, &n));
    assert_int_equal(dstack_key_algorithm(signing), DSTACK_KEY_ED25519);
    assert_int_equal(dstack_key_algorithm(sealing), DSTACK_KEY_SECP256K1);
}

static void
nothing(int rc, int want)
{
    assert_int_equal(rc, want);
    assert_int_equal(err.code, rc);
    assert_null(identity);
    assert_null(signing);
    assert_null(sealing);
}

static void
test_failures(void **state)
{
    char *hex, *body;
    uint8_t other[64] = {1};

    (void)state;
    begin();
    nothing(dstack_client_make_identity(
                client, "a", "a", &identity, &signing, &sealing, &err),
        DSTACK_ERR_ARG);
    nothing(dstack_client_make_identity(
                client, NULL, NULL, &identity, NULL, &sealing, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(fake_agent_count(agent, "/GetKey"), 0);
    fake_agent_fail(agent, "/Attest", DSTACK_ERR_TIMEOUT);
    nothing(make(), DSTACK_ERR_TIMEOUT);
    hex = fake_attestation_hex(1, other);
    body = fake_text("{\"attestation\":\"%s\"}", hex);
    fake_agent_answer(agent, "/Attest", 200, body);
    nothing(make(), DSTACK_ERR_PROTOCOL);
    free(body);
    free(hex);
    fake_agent_answer(agent, "/GetKey", 400, "{\"error\":\"no\"}");
    nothing(make(), DSTACK_ERR_AGENT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_made, teardown),
        cmocka_unit_test_teardown(test_failures, teardown)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
