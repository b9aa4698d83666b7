/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence that comes again: what is remembered of it changes no verdict. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "dstack/dstack.h"
#include "support/image.h"
#include "support/vec.h"
#include "verify/verify.h"

static forge *tdx;
static image_evidence e;
static dstack_verifier *verifier; /* remembers */
static dstack_verifier *fresh;    /* does not */
static dstack_policy *policy;
static dstack_collateral *collateral;

static int
group_setup(void **state)
{
    (void)state;
    tdx = forge_new(FORGE_TDX_V4, "content");
    return tdx && forge_build(tdx) == 0 ? 0 : -1;
}

static int
group_teardown(void **state)
{
    (void)state;
    forge_free(tdx);
    return 0;
}

/* Evidence with its image's measurements, of version 1. */
static int
setup(void **state)
{
    (void)state;
    forge_reset(tdx, FORGE_TDX_V4);
    image_begin(&e, tdx);
    e.w.as_json = false;
    e.w.version = 1;
    image_build(&e);
    verifier = workload_verifier(tdx);
    fresh = workload_verifier(tdx);
    if (!verifier || !fresh ||
        dstack_verifier_set_cache_size(fresh, 0) != DSTACK_OK ||
        dstack_policy_new(&policy, NULL) != DSTACK_OK)
        return -1;
    dstack_policy_accept_any_workload(policy);
    return dstack_collateral_parse(
        tdx->out.collateral.p, tdx->out.collateral.n, &collateral, NULL);
}

static int
teardown(void **state)
{
    (void)state;
    dstack_collateral_free(collateral);
    dstack_policy_free(policy);
    dstack_verifier_free(verifier);
    dstack_verifier_free(fresh);
    image_end(&e);
    return 0;
}

/* The report as JSON, for the caller to free; NULL for what is no evidence. */
static char *
judge(const dstack_verifier *v, ds_view bytes, const dstack_collateral *c,
    const dstack_policy *p, dstack_error *err)
{
    dstack_evidence *evidence = NULL;
    dstack_report *report = NULL;
    char *json = NULL;
    int rc;

    if (dstack_evidence_parse(bytes.p, bytes.n, &evidence, err) != DSTACK_OK)
        return NULL;
    rc = dstack_verifier_verify(v, evidence, c, p, FORGE_NOW, &report, err);
    assert_int_equal(rc, err->code);
    dstack_evidence_free(evidence); /* the report needs it no more */
    assert_non_null(report);
    assert_int_equal(dstack_report_to_json(report, &json, NULL, NULL), 0);
    dstack_report_free(report);
    return json;
}

/* Both verifiers say the same, in every word; returns the code. */
static int
same(ds_view bytes, const dstack_collateral *c, const dstack_policy *p)
{
    dstack_error a, b;
    char *one = judge(verifier, bytes, c, p, &a);
    char *two = judge(fresh, bytes, c, p, &b);

    assert_int_equal(one != NULL, two != NULL);
    assert_memory_equal(&a, &b, sizeof a);
    if (one)
        assert_string_equal(one, two);
    dstack_free(one);
    dstack_free(two);
    return a.code;
}

/* ---- verdicts ------------------------------------------------------------------- */

static void
test_again(void **state)
{
    (void)state;
    for (uint32_t version = 0; version < 2; version++) {
        e.w.version = version;
        image_build(&e);
        for (int i = 0; i < 3; i++)
            assert_int_equal(
                same(workload_bytes(&e.w), collateral, policy), DSTACK_OK);
        /* What is remembered does not stand in for the platform. */
        assert_int_equal(
            same(workload_bytes(&e.w), NULL, policy), DSTACK_ERR_PARSE);
        assert_int_equal(
            same(workload_bytes(&e.w), collateral, NULL), DSTACK_ERR_POLICY);
    }
}

/* Once it is known, a bit of every third byte is changed; DS_ALL_BITS=1: of
 * every byte. */
static void
test_bits(void **state)
{
    ds_view good = workload_bytes(&e.w);
    uint8_t *bytes = ds_memdup(good.p, good.n);
    size_t accepted = 0, step = getenv("DS_ALL_BITS") ? 1 : 3;

    (void)state;
    assert_non_null(bytes);
    for (int i = 0; i < 2; i++)
        assert_int_equal(same(good, collateral, policy), DSTACK_OK);
    for (size_t i = 0; i < good.n; i += step) {
        bytes[i] ^= (uint8_t)(1u << i % 8);
        accepted +=
            same(ds_view_of(bytes, good.n), collateral, policy) == DSTACK_OK;
        bytes[i] ^= (uint8_t)(1u << i % 8);
    }
    /* Text of the configuration that nothing binds. */
    assert_true(accepted < good.n / 10);
    assert_int_equal(same(good, collateral, policy), DSTACK_OK);
    ds_free(bytes);
}

/* What was found without a rule is not what is found with it. */
static void
test_rules(void **state)
{
    dstack_policy *lax = NULL;

    (void)state;
    assert_int_equal(dstack_policy_new(&lax, NULL), 0);
    dstack_policy_accept_any_workload(lax);
    for (uint32_t rule = 1; rule < 32; rule++)
        if (dstack_workload_rule_name(rule)[0] != '\0')
            assert_int_equal(
                dstack_policy_accept_workload_rule(lax, rule, NULL), 0);
    e.w.keep_rtmr = true;
    tdx->quote.td.rtmr[3][0] ^= 1;
    image_build(&e);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            same(workload_bytes(&e.w), collateral, lax), DSTACK_OK);
        assert_int_equal(same(workload_bytes(&e.w), collateral, policy),
            DSTACK_ERR_UNTRUSTED);
    }
    dstack_policy_free(lax);
}

/* Images and tables that a verifier is given later count. */
static void
test_images(void **state)
{
    image_release release;
    dstack_image *image;
    dstack_error err;
    char *json;

    (void)state;
    assert_int_equal(same(workload_bytes(&e.w), collateral, policy), DSTACK_OK);
    image_release_begin(&release);
    image = image_release_open(&release, "fki");
    assert_int_equal(dstack_verifier_add_image(verifier, image), 0);
    json = judge(verifier, workload_bytes(&e.w), collateral, policy, &err);
    assert_int_equal(err.reason, DSTACK_REASON_IMAGE_HASH);
    dstack_free(json);
    dstack_image_free(image);
    image_release_end(&release);
}

static void
test_tables(void **state)
{
    dstack_policy *full = NULL;
    dstack_acpi *acpi = NULL;
    uint8_t d[3][48];
    dstack_error err;
    char *json;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_true(ds_hex_decode(ds_view_str(e.acpi[i]), d[i], 48));
    assert_int_equal(dstack_policy_new(&full, NULL), 0);
    dstack_policy_accept_any_workload(full);
    assert_int_equal(
        dstack_policy_require_image(full, DSTACK_IMAGE_LEVEL_FULL, &err), 0);
    /* Remembered with and without the search for the tables' shape. */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            same(workload_bytes(&e.w), collateral, policy), DSTACK_OK);
        assert_int_equal(
            same(workload_bytes(&e.w), collateral, full), DSTACK_ERR_POLICY);
    }
    assert_int_equal(dstack_acpi_new(&acpi, NULL), 0);
    assert_int_equal(
        dstack_acpi_add_digests(acpi, 2, d[0], 48, d[1], 48, d[2], 48, &err),
        0);
    assert_int_equal(dstack_verifier_set_acpi(verifier, acpi), 0);
    json = judge(verifier, workload_bytes(&e.w), collateral, full, &err);
    assert_int_equal(err.code, DSTACK_OK);
    dstack_free(json);
    assert_int_equal(dstack_verifier_set_acpi(verifier, NULL), 0);
    json = judge(verifier, workload_bytes(&e.w), collateral, full, &err);
    assert_int_equal(err.reason, DSTACK_REASON_POLICY_IMAGE_LEVEL);
    dstack_free(json);
    dstack_acpi_free(acpi);
    dstack_policy_free(full);
}

/* Reports that share what was found outlive who found it. */
static void
test_lifetime(void **state)
{
    dstack_report *r[3] = {NULL};
    dstack_evidence *evidence;
    ds_view in = workload_bytes(&e.w);
    char *json[3] = {NULL};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(dstack_evidence_parse(in.p, in.n, &evidence, NULL), 0);
        assert_int_equal(dstack_verifier_verify(verifier, evidence, collateral,
                             policy, FORGE_NOW, &r[i], NULL),
            0);
        dstack_evidence_free(evidence);
    }
    assert_true(r[1]->claims == r[2]->claims);
    dstack_verifier_free(verifier);
    verifier = NULL;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(dstack_report_to_json(r[i], &json[i], NULL, NULL), 0);
        assert_string_equal(json[i], json[0]);
    }
    for (size_t i = 0; i < 3; i++) {
        dstack_report_free(r[i]);
        dstack_free(json[i]);
    }
}

/* ---- the table -------------------------------------------------------------------- */

static ds_checks checks;

static void
insert(ds_content_cache *cache, const ds_content_key *key)
{
    ds_content *content = ds_content_new();

    assert_non_null(content);
    ds_content_cache_insert(cache, key, content, &checks);
    ds_content_release(content);
}

static bool
knows(ds_content_cache *cache, const ds_content_key *key)
{
    static ds_checks found;
    ds_content *content;

    ds_checks_init(&found);
    content = ds_content_cache_find(cache, key, &found);
    if (content)
        assert_int_equal(
            found.at[DS_CHECK_RTMR3_REPLAY].result, DSTACK_CHECK_PASSED);
    assert_int_equal(found.at[DS_CHECK_IMAGE_RTMR2].result, 0);
    assert_int_equal(found.at[DS_CHECK_QUOTE_SIGNATURE].result, 0);
    ds_content_release(content);
    return content != NULL;
}

static void
test_keys(void **state)
{
    ds_content_cache *cache = ds_content_cache_new();
    ds_pck pck = {.ppid = {1}}, other = {.ppid = {2}};
    ds_content_key key = {.container = ds_view_str("evidence"), .pck = &pck};
    ds_content_key k;

    (void)state;
    assert_non_null(cache);
    ds_checks_init(&checks);
    ds_checks_pass(&checks, DS_CHECK_RTMR3_REPLAY);
    ds_checks_pass(&checks, DS_CHECK_QUOTE_SIGNATURE);
    assert_false(knows(cache, &key));
    insert(cache, &key);
    insert(cache, &key);
    assert_true(knows(cache, &key));
    k = key;
    k.container = ds_view_str("evidencf");
    assert_false(knows(cache, &k));
    k.container = ds_view_str("evidence ");
    assert_false(knows(cache, &k));
    k = key;
    k.pck = &other;
    assert_false(knows(cache, &k));
    k.pck = NULL;
    assert_false(knows(cache, &k));
    k = key;
    k.accepted = 2;
    assert_false(knows(cache, &k));
    k = key;
    k.search_acpi = true;
    assert_false(knows(cache, &k));
    ds_content_cache_clear(cache);
    assert_false(knows(cache, &key));
    /* A check that failed, and no table at all. */
    ds_checks_fail(&checks, DS_CHECK_RTMR3_REPLAY, DSTACK_REASON_RTMR3_REPLAY,
        NULL, NULL, "no");
    insert(cache, &key);
    assert_false(knows(cache, &key));
    insert(NULL, &key);
    assert_false(knows(NULL, &key));
    ds_content_cache_clear(NULL);
    ds_content_cache_free(NULL);
    ds_content_release(NULL);
    ds_content_cache_free(cache);
}

static void
test_bounds(void **state)
{
    static uint8_t big[(64 << 10) + 1];
    ds_content_cache *cache = ds_content_cache_new();
    ds_content_key key = {.container = ds_view_of(big, sizeof big)};
    uint8_t id;

    (void)state;
    assert_non_null(cache);
    ds_checks_init(&checks);
    ds_checks_pass(&checks, DS_CHECK_RTMR3_REPLAY);
    insert(cache, &key);
    assert_false(knows(cache, &key));
    key.container.n--;
    insert(cache, &key);
    assert_true(knows(cache, &key));
    key.container = ds_view_of(NULL, 0);
    insert(cache, &key);
    assert_false(knows(cache, &key));
    /* Sixteen places; who was not asked for the longest time goes. */
    ds_content_cache_clear(cache);
    key.container = ds_view_of(&id, 1);
    for (id = 0; id < 16; id++)
        insert(cache, &key);
    id = 0;
    assert_true(knows(cache, &key));
    id = 16;
    insert(cache, &key);
    for (id = 0; id < 17; id++)
        assert_int_equal(knows(cache, &key), id != 1);
    ds_content_cache_free(cache);
}

/* ---- threads ------------------------------------------------------------------------ */

enum {
    THREADS = 4,
    SORTS = 20 /* more than are remembered */
};

static ds_view sorts[SORTS];
static char *want[SORTS];

static void *
work(void *start)
{
    size_t first = (size_t)(uintptr_t)start, wrong = 0;

    for (size_t i = 0; i < 3 * (size_t)SORTS; i++) {
        size_t k = (first + i * 7) % SORTS;
        dstack_error err;
        char *json = judge(verifier, sorts[k], collateral, policy, &err);

        wrong += err.code != DSTACK_OK || strcmp(json, want[k]) != 0;
        dstack_free(json);
    }
    return (void *)(uintptr_t)wrong;
}

static void
test_threads(void **state)
{
    pthread_t thread[THREADS];

    (void)state;
    for (size_t i = 0; i < SORTS; i++) {
        dstack_error err;
        ds_view v;

        memset(tdx->quote.td.report_data, (int)i, 64);
        memset(e.w.a.report_data, (int)i, 64);
        image_build(&e);
        v = workload_bytes(&e.w);
        sorts[i] = ds_view_of(ds_memdup(v.p, v.n), v.n);
        want[i] = judge(fresh, v, collateral, policy, &err);
        assert_int_equal(err.code, DSTACK_OK);
    }
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(
            pthread_create(&thread[i], NULL, work, (void *)(uintptr_t)(i * 5)),
            0);
    for (size_t i = 0; i < THREADS; i++) {
        void *wrong;

        assert_int_equal(pthread_join(thread[i], &wrong), 0);
        assert_null(wrong);
    }
    for (size_t i = 0; i < SORTS; i++) {
        ds_free((void *)(uintptr_t)sorts[i].p);
        dstack_free(want[i]);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_again),
        T(test_bits),
        T(test_rules),
        T(test_images),
        T(test_tables),
        T(test_lifetime),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_bounds),
        T(test_threads),
    };

    return cmocka_run_group_tests_name(
        "content", tests, group_setup, group_teardown);
}
