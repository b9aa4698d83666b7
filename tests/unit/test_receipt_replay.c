/* SPDX-License-Identifier: Apache-2.0 */
/* The replay store in memory: against a list that forgets nothing, when full,
 * when clocks disagree, and by many threads at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "dstack/receipt.h"
#include "receipt/replay.h"

static dstack_replay_memory *m;

static int
teardown(void **state)
{
    (void)state;
    dstack_replay_memory_free(m);
    m = NULL;
    return 0;
}

static int
seen(uint32_t number, int64_t exp, int64_t now)
{
    uint8_t key[32] = {0}, nonce[16] = {0};

    key[0] = (uint8_t)(number >> 24);
    memcpy(nonce, &number, 3);
    return ds_replay_seen(m, key, sizeof key, nonce, sizeof nonce, exp, now);
}

static void
begin(uint32_t capacity)
{
    assert_int_equal(dstack_replay_memory_new(capacity, &m, NULL), 0);
}

static void
test_once(void **state)
{
    (void)state;
    begin(4);
    assert_int_equal(seen(1, 10, 5), 0);
    assert_int_equal(seen(1, 10, 5), 1);
    assert_int_equal(seen(1, 11, 5), 1); /* the expiry is not its name */
    assert_int_equal(seen(1u << 24 | 1, 10, 5), 0); /* another node's */
    assert_int_equal(dstack_replay_memory_count(m), 2);
}

static void
test_full(void **state)
{
    (void)state;
    begin(3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(seen(i, 30 - i, 5), 0);
    assert_int_equal(seen(3, 100, 28), -1); /* 28 is still good at 28 */
    assert_int_equal(seen(0, 30, 28), 1);
    assert_int_equal(seen(3, 100, 29), 0);
    assert_int_equal(dstack_replay_memory_count(m), 3);
    assert_int_equal(seen(4, 100, 29), -1);
}

/* What was forgotten stays refused when a clock goes back. */
static void
test_clock_back(void **state)
{
    (void)state;
    begin(3);
    assert_int_equal(seen(1, 10, 5), 0);
    assert_int_equal(seen(2, 50, 20), 0);
    assert_int_equal(dstack_replay_memory_count(m), 1);
    assert_int_equal(seen(1, 10, 5), 1);
    assert_int_equal(seen(3, 10, 5), 1);
    assert_int_equal(seen(3, 11, 5), 0);
}

/* Pseudo-random numbers, the same every time. */
static uint32_t
next(uint32_t *x)
{
    *x = *x * 1664525u + 1013904223u;
    return *x >> 8;
}

/* Thousands of entries come and go; a plain table says what is right. */
static void
test_model(void **state)
{
    static int64_t expiry[512]; /* of what was recorded; 0: never */
    uint32_t x = 1;

    (void)state;
    begin(600);
    for (int64_t now = 1; now < 20000; now++) {
        uint32_t i = next(&x) % 512;
        int64_t exp = now + next(&x) % 300;
        int found = seen(i, exp, now);

        assert_int_equal(found, expiry[i] >= now ? 1 : 0);
        if (found == 0)
            expiry[i] = exp;
    }
}

#define THREADS 8
#define EACH 2000

static void *
run(void *arg)
{
    size_t *won = arg;

    for (uint32_t i = 0; i < EACH; i++)
        if (seen(i, 100, 5) == 0)
            ++*won;
    return NULL;
}

/* Each nonce is new to exactly one of them. */
static void
test_threads(void **state)
{
    pthread_t thread[THREADS];
    size_t won[THREADS] = {0}, sum = 0;

    (void)state;
    begin(EACH);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, run, &won[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
        sum += won[i];
    }
    assert_int_equal(sum, EACH);
    assert_int_equal(dstack_replay_memory_count(m), EACH);
}

static void
test_misuse(void **state)
{
    (void)state;
    assert_int_equal(dstack_replay_memory_new(0, &m, NULL), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_replay_memory_new((1u << 24) + 1, &m, NULL), DSTACK_ERR_ARG);
    assert_null(m);
    assert_int_equal(dstack_replay_memory_count(NULL), 0);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, teardown)
    const struct CMUnitTest tests[] = {TEST(test_once), TEST(test_full),
        TEST(test_clock_back), TEST(test_model), TEST(test_threads),
        TEST(test_misuse)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
