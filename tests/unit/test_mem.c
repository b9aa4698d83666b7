/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "dstack/alloc.h"

/* An allocator that counts, remembers what it gave back, and fails on
 * demand. */
static struct {
    int live;
    int until_failure; /* -1: never */
    size_t last_size;
    uint8_t freed[64]; /* the start of the block freed last */
    size_t watch;      /* how much of it to keep */
} heap = {0, -1, 0, {0}, 0};

static int user_mark;

static bool
refuse(void *user, size_t size)
{
    assert_ptr_equal(user, &user_mark);
    heap.last_size = size;
    if (heap.until_failure < 0)
        return false;
    return heap.until_failure-- == 0;
}

static void *
hook_malloc(void *user, size_t size)
{
    if (refuse(user, size))
        return NULL;
    heap.live++;
    return malloc(size);
}

static void *
hook_realloc(void *user, void *block, size_t size)
{
    if (refuse(user, size))
        return NULL;
    heap.live += block == NULL;
    return realloc(block, size);
}

static void
hook_free(void *user, void *block)
{
    assert_ptr_equal(user, &user_mark);
    assert_non_null(block);
    memcpy(heap.freed, block, heap.watch);
    heap.live--;
    free(block);
}

static const dstack_allocator test_hook = {sizeof(dstack_allocator), 0,
    &user_mark, hook_malloc, hook_realloc, hook_free};

/* First: nothing has been allocated yet. */
static void
test_hook_is_checked_and_set_once(void **state)
{
    dstack_allocator a = test_hook;
    void *p;

    (void)state;
    a.abi_size--;
    assert_int_equal(dstack_set_allocator(&a), DSTACK_ERR_ARG);
    a = test_hook;
    a.abi_size++;
    assert_int_equal(dstack_set_allocator(&a), DSTACK_ERR_ARG);
    a = test_hook;
    a.reserved = 1;
    assert_int_equal(dstack_set_allocator(&a), DSTACK_ERR_ARG);
    a = test_hook;
    a.malloc_fn = NULL;
    assert_int_equal(dstack_set_allocator(&a), DSTACK_ERR_ARG);
    a = test_hook;
    a.realloc_fn = NULL;
    assert_int_equal(dstack_set_allocator(&a), DSTACK_ERR_ARG);
    a = test_hook;
    a.free_fn = NULL;
    assert_int_equal(dstack_set_allocator(&a), DSTACK_ERR_ARG);

    assert_int_equal(dstack_set_allocator(NULL), DSTACK_OK);
    a = test_hook;
    assert_int_equal(dstack_set_allocator(&a), DSTACK_OK);
    memset(&a, 0, sizeof a); /* the struct was copied */
    dstack_free(NULL);       /* allocates nothing */
    assert_int_equal(dstack_set_allocator(&test_hook), DSTACK_OK);

    p = ds_malloc(3);
    assert_non_null(p);
    assert_int_equal(heap.live, 1);
    assert_int_equal(dstack_set_allocator(&test_hook), DSTACK_ERR_ARG);
    assert_int_equal(dstack_set_allocator(NULL), DSTACK_ERR_ARG);
    dstack_free(p);
    assert_int_equal(heap.live, 0);
}

static void
test_sizes(void **state)
{
    uint8_t *p;

    (void)state;
    p = ds_malloc(0);
    assert_non_null(p);
    assert_int_equal(heap.last_size, 1);
    ds_free(p);
    p = ds_calloc(0, 8);
    assert_non_null(p);
    ds_free(p);
    p = ds_calloc(7, 3);
    assert_non_null(p);
    assert_int_equal(heap.last_size, 21);
    for (int i = 0; i < 21; i++)
        assert_int_equal(p[i], 0);
    ds_free(p);
    p = ds_realloc_array(NULL, 0, 0);
    assert_non_null(p);
    p[0] = 77;
    p = ds_realloc_array(p, 5, 100);
    assert_int_equal(heap.last_size, 500);
    assert_int_equal(p[0], 77);
    ds_free(p);
    ds_free(NULL);
    assert_int_equal(heap.live, 0);
}

static void
test_overflow_is_refused(void **state)
{
    uint8_t *kept = ds_malloc(4);

    (void)state;
    heap.last_size = 1234;
    assert_null(ds_malloc(SIZE_MAX));
    assert_null(ds_malloc((size_t)PTRDIFF_MAX + 1));
    assert_null(ds_calloc(SIZE_MAX / 2 + 2, 2));
    assert_null(ds_calloc(2, SIZE_MAX / 2 + 2));
    assert_null(ds_realloc_array(kept, SIZE_MAX / 2 + 2, 2));
    assert_null(ds_realloc_array(kept, SIZE_MAX, SIZE_MAX));
    assert_null(ds_memdup(kept, SIZE_MAX));
    assert_null(ds_memdup(kept, PTRDIFF_MAX));
    assert_int_equal(heap.last_size, 1234); /* the hook was never asked */
    ds_free(kept);
}

static void
test_memdup(void **state)
{
    uint8_t *p = ds_memdup("ab\0c", 4);

    (void)state;
    assert_memory_equal(p, "ab\0c", 5);
    ds_free(p);
    p = ds_memdup(NULL, 0);
    assert_non_null(p);
    assert_int_equal(p[0], 0);
    ds_free(p);
    heap.until_failure = 0;
    assert_null(ds_memdup("x", 1));
    assert_int_equal(heap.live, 0);
}

static void
test_wipe(void **state)
{
    uint8_t b[8] = {1, 2, 3, 4, 5, 6, 7, 8};

    (void)state;
    ds_wipe(b + 1, 6);
    assert_memory_equal(b, "\1\0\0\0\0\0\0\10", 8);
    ds_wipe(NULL, 0);
}

static void
test_buf_grows_to_its_cap(void **state)
{
    ds_buf b;

    (void)state;
    for (size_t max = 0; max < 300; max++) {
        ds_buf_init(&b, max);
        for (size_t i = 0; i < max; i++) {
            ds_buf_add_u8(&b, (uint8_t)i);
            assert_int_equal(b.n, i + 1);
            assert_int_equal(b.p[b.n], 0);
            assert_true(b.cap <= (max < 64 ? 64 : max + 1));
        }
        assert_false(b.bad);
        ds_buf_add(&b, "", 0);
        assert_false(b.bad);
        ds_buf_add_u8(&b, 1);
        assert_true(b.bad);
        assert_int_equal(b.n, max);
        for (size_t i = 0; i < max; i++)
            assert_int_equal(b.p[i], (uint8_t)i);
        ds_buf_free(&b);
        assert_int_equal(heap.live, 0);
    }
}

static void
test_buf_failure_sticks(void **state)
{
    ds_buf b;
    size_t n = 9;

    (void)state;
    ds_buf_init(&b, 4);
    ds_buf_add_str(&b, "abc");
    ds_buf_add_str(&b, "de");
    assert_true(b.bad);
    ds_buf_add_str(&b, "d");
    assert_int_equal(b.n, 3);
    assert_null(ds_buf_take(&b, &n));
    assert_int_equal(n, 0);
    assert_int_equal(heap.live, 0);
    /* After take the buffer is as new. */
    ds_buf_add_str(&b, "abcd");
    assert_false(b.bad);
    assert_string_equal((const char *)b.p, "abcd");
    ds_buf_free(&b);

    ds_buf_init(&b, SIZE_MAX);
    ds_buf_add_str(&b, "abc");
    ds_buf_add(&b, "", SIZE_MAX - 1); /* never read: too long */
    assert_true(b.bad);
    ds_buf_free(&b);

    ds_buf_init(&b, 1000);
    ds_buf_add_str(&b, "abc");
    heap.until_failure = 0;
    ds_buf_add(&b, heap.freed, 62);
    assert_true(b.nomem);
    assert_false(b.bad);
    ds_buf_add_str(&b, "d"); /* would fit */
    assert_string_equal((const char *)b.p, "abc");
    assert_null(ds_buf_take(&b, &n));
    assert_int_equal(heap.live, 0);

    heap.until_failure = 0;
    assert_null(ds_buf_take(&b, &n));
    assert_int_equal(heap.live, 0);
}

static void
test_buf_take(void **state)
{
    ds_buf b;
    size_t n;
    uint8_t *p;

    (void)state;
    ds_buf_init(&b, 10);
    p = ds_buf_take(&b, &n);
    assert_non_null(p);
    assert_int_equal(n, 0);
    assert_int_equal(p[0], 0);
    ds_free(p);
    ds_buf_add_str(&b, "hello");
    p = ds_buf_take(&b, &n);
    assert_int_equal(n, 5);
    assert_string_equal((const char *)p, "hello");
    assert_null(b.p);
    assert_int_equal(b.n, 0);
    assert_int_equal(b.max, 10);
    ds_free(p);
    ds_buf_free(&b);
    ds_buf_free(&b);
    assert_int_equal(heap.live, 0);
}

static void
test_buf_cut(void **state)
{
    ds_buf b;

    (void)state;
    ds_buf_init(&b, 10);
    ds_buf_cut(&b, 0);
    ds_buf_add_str(&b, "hello");
    ds_buf_cut(&b, 9);
    assert_string_equal((const char *)b.p, "hello");
    ds_buf_cut(&b, 2);
    assert_string_equal((const char *)b.p, "he");
    assert_int_equal(b.n, 2);
    ds_buf_free(&b);
    ds_buf_init_secret(&b, 10);
    ds_buf_add_str(&b, "hello");
    ds_buf_cut(&b, 2);
    assert_memory_equal(b.p, "he\0\0\0\0", 6);
    ds_buf_free(&b);
}

/* What the allocator gets back from a secret buffer is zero, on growth and
 * on free, and realloc, which could leave a copy, is not used. */
static void
test_secret_buf_is_wiped(void **state)
{
    static const uint8_t zeros[64] = {0};
    ds_buf b;

    (void)state;
    ds_buf_init_secret(&b, 1000);
    ds_buf_add_str(&b, "a secret of some length");
    heap.watch = 64;
    memset(heap.freed, 0xff, sizeof heap.freed);
    ds_buf_add(&b, zeros, 60); /* grows */
    assert_memory_equal(heap.freed, zeros, 64);
    assert_memory_equal(b.p, "a secret of some length\0", 24);
    memset(heap.freed, 0xff, sizeof heap.freed);
    ds_buf_free(&b);
    assert_memory_equal(heap.freed, zeros, 64);
    heap.watch = 0;
    assert_true(b.secret);
    assert_int_equal(heap.live, 0);
    ds_buf_add_str(&b, "x");
    heap.until_failure = 0;
    ds_buf_add(&b, zeros, 64);
    assert_true(b.nomem);
    assert_string_equal((const char *)b.p, "x");
    ds_buf_free(&b);
    assert_int_equal(heap.live, 0);
}

static void
test_secret_memory(void **state)
{
    uint8_t *a = ds_secret_alloc(33), *b = ds_secret_alloc(33);

    (void)state;
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(heap.live, 0); /* not from the hook */
    memset(a, 5, 33);
    memset(b, 5, 33);
    assert_true(ds_secret_eq(a, b, 33));
    for (int i = 0; i < 33; i++) {
        b[i] ^= 0x10;
        assert_false(ds_secret_eq(a, b, 33));
        b[i] ^= 0x10;
    }
    assert_true(ds_secret_eq(a, "x", 0));
    assert_true(ds_secret_eq(NULL, NULL, 0));
    ds_secret_free(a);
    ds_secret_free(b);
    ds_secret_free(NULL);
    assert_null(ds_secret_alloc(SIZE_MAX));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hook_is_checked_and_set_once),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_overflow_is_refused),
        cmocka_unit_test(test_memdup),
        cmocka_unit_test(test_wipe),
        cmocka_unit_test(test_buf_grows_to_its_cap),
        cmocka_unit_test(test_buf_failure_sticks),
        cmocka_unit_test(test_buf_take),
        cmocka_unit_test(test_buf_cut),
        cmocka_unit_test(test_secret_buf_is_wiped),
        cmocka_unit_test(test_secret_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
