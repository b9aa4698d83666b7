/* SPDX-License-Identifier: Apache-2.0 */
/* The key chains of an identity, beside evidence of the forge and alone: what
 * is accepted, and each thing that must be refused, with its reason. Keys and
 * links are published ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "dstack/dstack.h"
#include "support/keychain.h"
#include "support/workload.h"

#define HIGH_S_LINK K1_LINK_R K1_LINK_HIGH_S "00"

/* A key of an identity; NULL for what is not told. */
typedef struct {
    const char *key;
    uint32_t scheme; /* 0: not told */
    const char *path, *purpose;
    const char *app, *kms; /* hex; NULL: no such link */
} node_key;

static const node_key v0_ed = {
    ED_KEY, DSTACK_SCHEME_V0, NULL, "signing", ED_LINK, KMS_LINK};
static const node_key v0_k1 = {
    K1_KEY, DSTACK_SCHEME_V0, NULL, "signing", K1_LINK, KMS_LINK};
static const node_key v1_ed = {
    V1_ED, DSTACK_SCHEME_V1, "test", "", V1_ED_LINK, SIM_KMS_LINK};
static const node_key v1_k1 = {
    V1_K1, DSTACK_SCHEME_V1, "test", "", V1_K1_LINK, SIM_KMS_LINK};

static forge *f;
static workload w;
static dstack_verifier *verifier;
static dstack_collateral *collateral;
static dstack_policy *policy;
static dstack_identity *identity;
static dstack_identity_chains *chains;
static dstack_kms_trust *trust;
static dstack_peer *peer;
static dstack_error err;

static void
ok(int rc)
{
    if (rc != DSTACK_OK)
        print_error("%s\n", err.message);
    assert_int_equal(rc, DSTACK_OK);
}

static size_t
bytes_of(const char *hex, uint8_t *out)
{
    size_t n = strlen(hex) / 2;

    assert_true(ds_hex_decode(ds_view_str(hex), out, n));
    return n;
}

/* ---- identities ----------------------------------------------------------- */

static void
add_link(const char *hex)
{
    uint8_t link[65];
    size_t n = hex ? bytes_of(hex, link) : 0;

    if (hex)
        ok(dstack_identity_add_link(identity, link, n, &err));
}

static void
add_key(const node_key *k)
{
    uint8_t key[33];
    size_t n = bytes_of(k->key, key);

    ok(dstack_identity_add_key(identity, key, n,
        n == 32 ? DSTACK_KEY_ED25519 : DSTACK_KEY_SECP256K1, k->path, &err));
    if (k->scheme != 0)
        ok(dstack_identity_set_origin(identity, k->scheme, k->purpose, &err));
    add_link(k->app);
    add_link(k->kms);
}

static void
make_identity(node_key ed, node_key k1)
{
    dstack_identity_free(identity);
    ok(dstack_identity_new(NULL, &identity, &err));
    add_key(&ed);
    add_key(&k1);
}

/* A guest of this app (NULL: a quote, which names none) whose report data
 * names the identity's keys. */
static void
make_evidence(const char *app_id)
{
    uint8_t report_data[64], id[20];
    ds_view bytes;

    ds_buf_free(&w.bytes);
    forge_reset(f, FORGE_TDX_V4);
    workload_begin(&w, f);
    if (app_id) {
        assert_true(ds_view_eq_str(w.runtime[1].name, "app-id"));
        w.runtime[1].payload = ds_view_of(id, bytes_of(app_id, id));
        workload_copy_runtime(&w);
    }
    ok(dstack_identity_report_data(identity, report_data, 64, &err));
    memcpy(f->quote.td.report_data, report_data, 64);
    memcpy(w.a.report_data, report_data, 64);
    workload_build(&w);
    bytes = app_id ? workload_bytes(&w)
                   : ds_view_of(f->out.quote.p, f->out.quote.n);
    ok(dstack_identity_set_evidence(identity, bytes.p, bytes.n, &err));
    dstack_collateral_free(collateral);
    ok(dstack_collateral_parse(
        f->out.collateral.p, f->out.collateral.n, &collateral, &err));
}

static void
make_trust(const char *app_id, const char *root)
{
    uint8_t id[20], key[33];

    bytes_of(app_id, id);
    dstack_kms_trust_free(trust);
    ok(dstack_kms_trust_new(id, 20, &trust, &err));
    if (root)
        ok(dstack_kms_trust_add_root(trust, key, bytes_of(root, key), &err));
}

/* ---- verdicts ------------------------------------------------------------- */

static int
alone(uint32_t need)
{
    dstack_identity_chains_free(chains);
    return dstack_identity_verify_chains(identity, trust, need, &chains, &err);
}

static int
both(uint32_t need)
{
    dstack_peer_free(peer);
    dstack_identity_chains_free(chains);
    return dstack_identity_verify_with_chains(identity, verifier, collateral,
        policy, trust, need, FORGE_NOW, &peer, NULL, &chains, &err);
}

/* The same answer with good evidence for these keys and without. */
static void
refuse(uint32_t need, const char *reason, const char *first_key)
{
    make_evidence(APP_ID);
    dstack_peer_free(peer);
    peer = NULL;
    for (int i = 0; i < 2; i++) {
        int rc = i == 0 ? alone(need) : both(need);

        assert_string_equal(dstack_reason_name(err.reason), reason);
        assert_int_not_equal(rc, DSTACK_OK);
        assert_int_equal(rc, err.code);
        assert_memory_equal(err.message, first_key, strlen(first_key));
        assert_null(peer);
        assert_non_null(chains);
    }
}

static void
expect(size_t key, int result, const char *reason)
{
    assert_int_equal(dstack_identity_chains_result(chains, key), result);
    assert_string_equal(
        dstack_reason_name(dstack_identity_chains_reason(chains, key)), reason);
}

/* Only the Ed25519 key's chain is at fault. */
static void
refuse_first(const char *reason)
{
    refuse(DSTACK_CHAINS_REQUIRED, reason, "identity, key 0: ");
    expect(0, DSTACK_CHECK_FAILED, reason);
    expect(1, DSTACK_CHECK_PASSED, "");
}

static int
group_setup(void **state)
{
    (void)state;
    f = forge_new(FORGE_TDX_V4, "identity chains");
    if (!f || forge_build(f) != 0)
        return -1;
    verifier = workload_verifier(f);
    return verifier ? 0 : -1;
}

static int
group_teardown(void **state)
{
    (void)state;
    dstack_verifier_free(verifier);
    forge_free(f);
    return 0;
}

static int
setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    make_identity(v0_ed, v0_k1);
    make_trust(APP_ID, ROOT);
    ok(dstack_policy_new(&policy, &err));
    dstack_policy_accept_any_workload(policy);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    workload_end(&w);
    dstack_collateral_free(collateral);
    collateral = NULL;
    dstack_policy_free(policy);
    dstack_identity_free(identity);
    identity = NULL;
    dstack_identity_chains_free(chains);
    chains = NULL;
    dstack_kms_trust_free(trust);
    trust = NULL;
    dstack_peer_free(peer);
    peer = NULL;
    return 0;
}

/* ---- accepted ------------------------------------------------------------- */

static void
test_accepted(void **state)
{
    uint8_t root[33];
    size_t n;

    (void)state;
    make_evidence(APP_ID);
    ok(both(DSTACK_CHAINS_REQUIRED));
    bytes_of(ROOT, root);
    for (size_t i = 0; i < 2; i++) {
        const dstack_keychain_report *r =
            dstack_identity_chains_report(chains, i);

        expect(i, DSTACK_CHECK_PASSED, "");
        assert_int_equal(
            dstack_peer_chain_result(peer, i), DSTACK_CHECK_PASSED);
        assert_true(dstack_keychain_report_is_accepted(r));
        assert_memory_equal(dstack_keychain_report_kms_root(r, &n), root, 33);
        assert_int_equal(n, 33);
    }
    assert_int_equal(dstack_peer_key_count(peer), 2);
    assert_true(dstack_peer_valid_until(peer) >= FORGE_NOW);
    assert_int_equal(dstack_peer_chain_result(peer, 2), DSTACK_CHECK_NOT_RUN);
    assert_null(dstack_identity_chains_report(chains, 2));
    expect(2, DSTACK_CHECK_NOT_RUN, "");
    /* A quote alone names no app; then the chains do. */
    make_evidence(NULL);
    ok(both(DSTACK_CHAINS_REQUIRED));
    ok(alone(DSTACK_CHAINS_ACCEPT_NONE));
}

static void
test_v1(void **state)
{
    (void)state;
    make_identity(v1_ed, v1_k1);
    make_trust(SIM_APP_ID, SIM_ROOT);
    make_evidence(SIM_APP_ID);
    ok(both(DSTACK_CHAINS_REQUIRED));
    expect(0, DSTACK_CHECK_PASSED, "");
    expect(1, DSTACK_CHECK_PASSED, "");
}

/* What nobody asks about is not judged, and said to be so; also a false one. */
static void
test_not_judged(void **state)
{
    node_key false_one = v0_ed, bare = v0_k1;

    (void)state;
    false_one.app = K1_LINK;
    bare.app = bare.kms = NULL;
    make_identity(false_one, bare);
    make_evidence(APP_ID);
    ok(dstack_identity_verify(
        identity, verifier, collateral, policy, FORGE_NOW, &peer, NULL, &err));
    assert_int_equal(
        dstack_peer_chain_result(peer, 0), DSTACK_CHECK_NOT_JUDGED);
    assert_int_equal(dstack_peer_chain_result(peer, 1), DSTACK_CHECK_NOT_RUN);
}

/* ---- refused -------------------------------------------------------------- */

static void
test_other_key(void **state)
{
    node_key other = v0_ed;

    (void)state;
    other.key = V1_ED;
    make_identity(other, v0_k1);
    refuse_first("key_chain_anchor");
    other = v0_ed;
    other.app = K1_LINK;
    make_identity(other, v0_k1);
    refuse_first("key_chain_anchor");
}

static void
test_other_use(void **state)
{
    node_key other = v0_ed;

    (void)state;
    other.purpose = "sealing";
    make_identity(other, v0_k1);
    refuse_first("key_chain_anchor");
    other = v0_ed;
    other.scheme = DSTACK_SCHEME_V1;
    other.path = "signing";
    make_identity(other, v0_k1);
    refuse_first("key_chain_anchor");
    make_trust(SIM_APP_ID, SIM_ROOT);
    other = v1_ed;
    other.path = "tes";
    make_identity(other, v1_k1);
    assert_int_equal(alone(DSTACK_CHAINS_REQUIRED), DSTACK_ERR_UNTRUSTED);
    expect(0, DSTACK_CHECK_FAILED, "key_chain_anchor");
    expect(1, DSTACK_CHECK_PASSED, "");
}

static void
test_other_anchor(void **state)
{
    const dstack_keychain_report *r;
    uint8_t root[33];

    (void)state;
    make_trust(APP_ID, OTHER_ROOT);
    refuse(DSTACK_CHAINS_ACCEPT_NONE, "key_chain_anchor", "identity, key 0: ");
    expect(1, DSTACK_CHECK_FAILED, "key_chain_anchor");
    /* Link by link: both are good, and by whom is told. */
    r = dstack_identity_chains_report(chains, 0);
    assert_int_equal(dstack_keychain_report_reason(r),
        dstack_identity_chains_reason(chains, 0));
    for (size_t i = 0; i < dstack_keychain_report_check_count(r); i++) {
        const char *name = dstack_keychain_report_check_name(r, i);
        int wanted = strcmp(name, "anchor") == 0      ? DSTACK_CHECK_FAILED
                     : strcmp(name, "signature") == 0 ? DSTACK_CHECK_NOT_RUN
                                                      : DSTACK_CHECK_PASSED;

        assert_int_equal(dstack_keychain_report_check_result(r, i), wanted);
    }
    bytes_of(ROOT, root);
    assert_memory_equal(dstack_keychain_report_kms_root(r, NULL), root, 33);
}

/* Chains of another app; and evidence of another app than the chains. */
static void
test_other_app(void **state)
{
    (void)state;
    make_trust(SIM_APP_ID, ROOT);
    make_evidence(SIM_APP_ID);
    assert_int_equal(both(DSTACK_CHAINS_REQUIRED), DSTACK_ERR_UNTRUSTED);
    assert_int_equal(err.reason, DSTACK_REASON_KEY_CHAIN_ANCHOR);
    assert_null(peer);
    make_trust(APP_ID, ROOT);
    ok(alone(DSTACK_CHAINS_REQUIRED));
    assert_int_equal(both(DSTACK_CHAINS_REQUIRED), DSTACK_ERR_UNTRUSTED);
    assert_int_equal(err.reason, DSTACK_REASON_IDENTITY_CHAIN_APP_ID);
    assert_int_equal(err.stage, DSTACK_STAGE_IDENTITY);
    assert_null(peer);
    assert_null(chains);
}

static void
test_missing(void **state)
{
    node_key bare = v0_ed;

    (void)state;
    bare.app = bare.kms = NULL;
    make_identity(bare, v0_k1);
    refuse_first("identity_chain_missing");
    assert_null(dstack_identity_chains_report(chains, 0));
    ok(both(DSTACK_CHAINS_ACCEPT_NONE));
    expect(0, DSTACK_CHECK_NOT_RUN, "");
    expect(1, DSTACK_CHECK_PASSED, "");
    assert_int_equal(dstack_peer_chain_result(peer, 0), DSTACK_CHECK_NOT_RUN);
    assert_int_equal(dstack_peer_chain_result(peer, 1), DSTACK_CHECK_PASSED);
    /* None at all: the app is still the one that was named. */
    make_identity(bare, (node_key){.key = K1_KEY});
    make_evidence(APP_ID);
    ok(both(DSTACK_CHAINS_ACCEPT_NONE));
    make_evidence(SIM_APP_ID);
    assert_int_equal(both(DSTACK_CHAINS_ACCEPT_NONE), DSTACK_ERR_UNTRUSTED);
    assert_int_equal(err.reason, DSTACK_REASON_IDENTITY_CHAIN_APP_ID);
}

static void
test_no_kms(void **state)
{
    node_key alone_ed = v0_ed, empty = v0_ed;
    uint8_t root[33];

    (void)state;
    alone_ed.kms = NULL;
    make_identity(alone_ed, v0_k1);
    refuse_first("key_chain_no_kms");
    empty.kms = "";
    make_identity(empty, v0_k1);
    refuse_first("key_chain_no_kms");
    ok(dstack_kms_trust_accept_app_root(
        trust, root, bytes_of(APP_ROOT, root), &err));
    ok(both(DSTACK_CHAINS_REQUIRED));
    ok(dstack_kms_trust_accept_app_root(
        trust, root, bytes_of(OTHER_ROOT, root), &err));
    refuse_first("key_chain_app_root");
}

static void
test_origin(void **state)
{
    node_key vague = v0_ed;

    (void)state;
    vague.scheme = 0;
    make_identity(vague, v0_k1);
    refuse_first("identity_chain_origin");
    assert_null(dstack_identity_chains_report(chains, 0));
    vague.scheme = DSTACK_SCHEME_V1;
    make_identity(vague, v0_k1);
    refuse_first("identity_chain_origin");
    /* Also where none is required: there is one, and it must be good. */
    refuse(DSTACK_CHAINS_ACCEPT_NONE, "identity_chain_origin",
        "identity, key 0: ");
}

static void
test_malformed(void **state)
{
    node_key bad = v0_ed, high = v0_k1;

    (void)state;
    bad.app = "";
    make_identity(bad, v0_k1);
    refuse_first("key_chain_length");
    high.app = HIGH_S_LINK;
    make_identity(v0_ed, high);
    refuse(DSTACK_CHAINS_REQUIRED, "key_chain_high_s", "identity, key 1: ");
    expect(0, DSTACK_CHECK_PASSED, "");
    /* Both at fault: the first is the answer, both are told. */
    make_identity(bad, high);
    refuse(DSTACK_CHAINS_REQUIRED, "key_chain_length", "identity, key 0: ");
    expect(0, DSTACK_CHECK_FAILED, "key_chain_length");
    expect(1, DSTACK_CHECK_FAILED, "key_chain_high_s");
}

/* Chains never stand in evidence's place. */
static void
test_evidence_first(void **state)
{
    uint8_t *evidence = NULL;
    size_t n;

    (void)state;
    ok(alone(DSTACK_CHAINS_REQUIRED));
    assert_int_equal(both(DSTACK_CHAINS_REQUIRED), DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_IDENTITY_FORMAT);
    assert_null(peer);
    assert_null(chains);
    /* Evidence of the same app for other keys. */
    make_identity(v1_ed, v1_k1);
    make_evidence(APP_ID);
    evidence = ds_memdup(w.bytes.p, w.bytes.n);
    n = w.bytes.n;
    make_identity(v0_ed, v0_k1);
    ok(dstack_identity_set_evidence(identity, evidence, n, &err));
    ds_free(evidence);
    assert_int_equal(both(DSTACK_CHAINS_REQUIRED), DSTACK_ERR_UNTRUSTED);
    assert_int_equal(err.reason, DSTACK_REASON_IDENTITY_KEY_BINDING);
    assert_null(peer);
    assert_null(chains);
}

static void
test_misuse(void **state)
{
    dstack_identity *empty = NULL;

    (void)state;
    make_evidence(APP_ID);
    assert_int_equal(alone(0), DSTACK_ERR_ARG);
    assert_int_equal(alone(3), DSTACK_ERR_ARG);
    assert_int_equal(both(0), DSTACK_ERR_ARG);
    assert_int_equal(both(3), DSTACK_ERR_ARG);
    assert_null(peer);
    assert_null(chains);
    ok(dstack_identity_new(NULL, &empty, &err));
    assert_int_equal(dstack_identity_verify_chains(empty, trust,
                         DSTACK_CHAINS_ACCEPT_NONE, &chains, &err),
        DSTACK_ERR_ARG);
    dstack_identity_free(empty);
    /* Nobody is trusted: the caller's mistake, not the node's. */
    make_trust(APP_ID, NULL);
    assert_int_equal(alone(DSTACK_CHAINS_REQUIRED), DSTACK_ERR_ARG);
    assert_null(chains);
    assert_int_equal(both(DSTACK_CHAINS_REQUIRED), DSTACK_ERR_ARG);
    assert_null(peer);
    assert_null(chains);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(test_accepted), TEST(test_v1),
        TEST(test_not_judged), TEST(test_other_key), TEST(test_other_use),
        TEST(test_other_anchor), TEST(test_other_app), TEST(test_missing),
        TEST(test_no_kms), TEST(test_origin), TEST(test_malformed),
        TEST(test_evidence_first), TEST(test_misuse)};

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
