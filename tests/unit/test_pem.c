/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/pem.h"
#include "dstack/alloc.h"

static bool fail_allocations;

static void *
hook_malloc(void *user, size_t size)
{
    (void)user;
    return fail_allocations ? NULL : malloc(size);
}

static void *
hook_realloc(void *user, void *block, size_t size)
{
    (void)user;
    return fail_allocations ? NULL : realloc(block, size);
}

static void
hook_free(void *user, void *block)
{
    (void)user;
    free(block);
}

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END "-----END CERTIFICATE-----"

/* Reads blocks to the end; what they decode to comes one after another, each
 * followed by '|'. Returns the last result, 0 or -1. */
static int
read_all(const void *text, size_t n, char *all, ds_view *rest)
{
    uint8_t *copy = malloc(n ? n : 1); /* of its exact size */
    ds_pem p;
    ds_buf b;
    int rc;

    assert_non_null(copy);
    if (n != 0)
        memcpy(copy, text, n);
    ds_buf_init(&b, 1000);
    ds_pem_init(&p, ds_view_of(copy, n));
    while ((rc = ds_pem_next(&p, "CERTIFICATE", &b)) == 1)
        ds_buf_add_u8(&b, '|');
    assert_false(b.bad || b.nomem);
    if (all)
        strcpy(all, b.p ? (const char *)b.p : "");
    if (rc == 0) {
        /* At the end it stays. */
        ds_view before = p.rest;

        assert_int_equal(ds_pem_next(&p, "CERTIFICATE", &b), 0);
        assert_ptr_equal(p.rest.p, before.p);
        assert_int_equal(p.rest.n, before.n);
    }
    if (rest) {
        size_t off = p.rest.n ? (size_t)(p.rest.p - copy) : n;

        *rest = ds_view_of((const uint8_t *)text + off, p.rest.n);
    }
    ds_buf_free(&b);
    free(copy);
    return rc;
}

static void
test_reads_blocks(void **state)
{
    static const struct {
        const char *text;
        const char *want;
    } row[] = {
        {"", ""},
        {" \r\n\t", ""},
        {BEGIN "\nZm9v\n" END "\n", "foo|"},
        {BEGIN "\nZm9v\n" END, "foo|"},
        {BEGIN "\r\nZm9v\r\n" END "\r\n", "foo|"},
        {BEGIN "\r\nZm\r\n9v\n" END "\n\n", "foo|"},
        {"\n\n " BEGIN "\nZm9vYg==\n" END "\n", "foob|"},
        {BEGIN "\nZm9vYg==\n" END "\n" BEGIN "\nZg==\n" END "\n", "foob|f|"},
        {BEGIN "\nZm9v\n" END "\n \r\n\t\n" BEGIN "\nYmFy\n" END " ",
            "foo|bar|"},
        {BEGIN "\nZm9vYmFy\nZm9vYmE=\n" END, "foobarfooba|"},
        {BEGIN "\nZ\nm\n9\nv\nZg=\n=\n" END, "foof|"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char all[1001];
        ds_view rest;

        if (read_all(row[i].text, strlen(row[i].text), all, &rest) != 0)
            fail_msg("refused: %s", row[i].text);
        assert_string_equal(all, row[i].want);
        assert_int_equal(rest.n, 0);
    }
}

/* dcap.md 1.7 and rows 24 to 26: what follows the last block is left to the
 * caller, who may allow one NUL. */
static void
test_leaves_the_rest(void **state)
{
#define TEXT(s) s, sizeof s - 1
    static const struct {
        const char *text;
        size_t n;
        size_t rest;
    } row[] = {
        {TEXT(BEGIN "\nZm9v\n" END "\n\0"), 1},
        {TEXT(BEGIN "\nZm9v\n" END "\0"), 1},
        {TEXT(BEGIN "\nZm9v\n" END "\n\0\0"), 2},
        {TEXT(BEGIN "\nZm9v\n" END "\n\0 x"), 3},
        {TEXT(BEGIN "\nZm9v\n" END "\nx"), 1},
        {TEXT("hello"), 5},
        {TEXT("\0"), 1},
        {TEXT(" --"), 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        size_t n = row[i].n;
        ds_view rest;

        assert_int_equal(read_all(row[i].text, n, NULL, &rest), 0);
        assert_int_equal(rest.n, row[i].rest);
        assert_memory_equal(rest.p, row[i].text + n - rest.n, rest.n);
    }
}

static void
test_refuses(void **state)
{
    static const char *const bad[] = {/* boundaries */
        "-----", "-----BEGIN", BEGIN, BEGIN "\n", BEGIN "\nZm9v\n",
        BEGIN "\nZm9v\n-----END", BEGIN "\nZm9v\n-----END CERTIFICATE",
        BEGIN "\nZm9v\n-----END CERTIFICATE----", BEGIN "\nZm9v\n----" END,
        BEGIN "\nZm9v" END, BEGIN "Zm9v\n" END, BEGIN " \nZm9v\n" END,
        BEGIN "\rZm9v\n" END, END, END "\n", "-----END X-----",
        "----" BEGIN "\nZm9v\n" END, "-" BEGIN "\nZm9v\n" END,
        BEGIN "-\nZm9v\n" END, BEGIN "\nZm9v\n" END "-",
        /* labels */
        "-----BEGIN X-----\nZm9v\n-----END X-----\n",
        BEGIN "\nZm9v\n-----END X-----\n", "-----BEGIN X-----\nZm9v\n" END,
        "-----BEGIN -----\nZm9v\n-----END -----",
        "-----BEGIN certificate-----\nZm9v\n-----END certificate-----",
        "-----BEGIN X509 CERTIFICATE-----\nZm9v\n-----END X509 "
        "CERTIFICATE-----",
        "-----BEGIN CERTIFICATE -----\nZm9v\n-----END CERTIFICATE -----",
        "-----BEGIN  CERTIFICATE-----\nZm9v\n" END,
        "-----BEGIN TRUSTED CERTIFICATE-----\nZm9v\n" END,
        "-----BEGIN CERTIFICATE REQUEST-----\nZm9v\n"
        "-----END CERTIFICATE REQUEST-----",
        /* nesting and text around blocks */
        BEGIN "\n" BEGIN "\nZm9v\n" END "\n" END,
        BEGIN "\nZm9v\n" BEGIN "\nZm9v\n" END,
        BEGIN "\nZm9v\n" END BEGIN "\nZm9v\n" END,
        "subject=CN\n" BEGIN "\nZm9v\n" END,
        BEGIN "\nZm9v\n" END "\nissuer\n" BEGIN "\nZm9v\n" END,
        BEGIN "\nZm9v\n" END "x\n" BEGIN "\nZm9v\n" END,
        "\xef\xbb\xbf" BEGIN "\nZm9v\n" END, "\v" BEGIN "\nZm9v\n" END,
        /* bodies */
        BEGIN "\n" END, BEGIN "\n\n" END, BEGIN "\n\nZm9v\n" END,
        BEGIN "\nZm9v\n\n" END, BEGIN "\nZm9v\r\n\r\nZm9v\n" END,
        BEGIN "\nZm9v\nx-y: z\n" END,
        BEGIN "\nProc-Type: 4,ENCRYPTED\n\nZm9v\n" END,
        BEGIN "\nComment: x\nZm9v\n" END, BEGIN "\n Zm9v\n" END,
        BEGIN "\nZm9v \n" END, BEGIN "\nZm 9v\n" END, BEGIN "\nZm9v\t\n" END,
        BEGIN "\nZm9v\r\r\n" END, BEGIN "\n\rZm9v\n" END,
        BEGIN "\nZm\r9v\n" END, BEGIN "\nZm9v%0AZm9v\n" END,
        BEGIN "\nZm9\n" END, BEGIN "\nZ\n" END, BEGIN "\nZm9v\nZ\n" END,
        BEGIN "\nZm9vYg=\n" END, BEGIN "\nZm9vYg\n" END,
        BEGIN "\nZm9vYh==\n" END, BEGIN "\nZm9vYmF=\n" END,
        BEGIN "\n====\n" END, BEGIN "\nZg==\nZm9v\n" END, BEGIN "\nZm9v=\n" END,
        BEGIN "\nZm9_\n" END, BEGIN "\nZm9v\x80\n" END, BEGIN "\nZm9v*\n" END};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (read_all(bad[i], strlen(bad[i]), NULL, NULL) != -1)
            fail_msg("accepted: %s", bad[i]);
    }
    /* A NUL ends nothing, in a block or between two. */
    for (size_t i = 0; i < 2; i++) {
        static const char *const nul[] = {BEGIN "\nZm\0v\n" END,
            BEGIN "\nZm9v\n" END "\n\0" BEGIN "\nZm9v\n" END};
        static const size_t n[] = {sizeof(BEGIN "\nZm\0v\n" END) - 1,
            2 * sizeof(BEGIN "\nZm9v\n" END)};

        assert_int_equal(read_all(nul[i], n[i], NULL, NULL), -1);
    }
}

/* Each byte of a block changed to each other value: only another digit in
 * the body, or whatever behind the last line, still gives a block. */
static void
test_every_byte(void **state)
{
    static const char good[] = BEGIN "\nZm9v\n" END "\n";
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const size_t body = sizeof BEGIN; /* behind the line feed */

    (void)state;
    for (size_t at = 0; at < sizeof good - 1; at++) {
        for (int c = 0; c < 256; c++) {
            bool in_body = at >= body && at < body + 4;
            bool last = at == sizeof good - 2;
            bool digit = memchr(digits, c, 64) != NULL;
            /* "Zm9=" has pad bits that are not zero. */
            bool want =
                good[at] == (char)c || (in_body && digit) || (last && c != '-');
            char text[sizeof good], all[1001];
            int rc;

            memcpy(text, good, sizeof good);
            text[at] = (char)c;
            rc = read_all(text, sizeof good - 1, all, NULL);
            if ((rc == 0 && all[0] != 0) != want)
                fail_msg("byte %02x at %zu", (unsigned)c, at);
        }
    }
}

static void
test_failure_leaves_the_buffer(void **state)
{
    ds_pem p;
    ds_buf b;

    (void)state;
    ds_buf_init(&b, 100);
    ds_buf_add_str(&b, "kept");
    ds_pem_init(&p, ds_view_str(BEGIN "\nZm9vZm9v\nZh==\n" END));
    assert_int_equal(ds_pem_next(&p, "CERTIFICATE", &b), -1);
    assert_string_equal((const char *)b.p, "kept");
    ds_buf_free(&b);

    ds_buf_init(&b, 2);
    ds_pem_init(&p, ds_view_str(BEGIN "\nZm9v\n" END));
    assert_int_equal(ds_pem_next(&p, "CERTIFICATE", &b), -1);
    assert_true(b.bad);
    assert_false(b.nomem);
    ds_buf_free(&b);

    ds_buf_init(&b, 100);
    fail_allocations = true;
    ds_pem_init(&p, ds_view_str(BEGIN "\nZm9v\n" END));
    assert_int_equal(ds_pem_next(&p, "CERTIFICATE", &b), -1);
    fail_allocations = false;
    assert_true(b.nomem);
    ds_buf_free(&b);
}

static void
test_other_labels(void **state)
{
    ds_pem p;
    ds_buf b;

    (void)state;
    ds_buf_init(&b, 100);
    ds_pem_init(&p,
        ds_view_str("-----BEGIN X509 CRL-----\nZm9v\n-----END X509 CRL-----"));
    assert_int_equal(ds_pem_next(&p, "X509 CRL", &b), 1);
    assert_string_equal((const char *)b.p, "foo");
    assert_int_equal(ds_pem_next(&p, "X509 CRL", &b), 0);
    ds_buf_free(&b);
}

/* One line each by RFC 4648, section 10; 48 bytes fill a line. */
static void
test_writes(void **state)
{
    static const char *const want[] = {
        "-----BEGIN A B-----\n-----END A B-----\n",
        "-----BEGIN A B-----\nZg==\n-----END A B-----\n",
        "-----BEGIN A B-----\n"
        "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4\n"
        "-----END A B-----\n",
        "-----BEGIN A B-----\n"
        "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4\n"
        "eA==\n"
        "-----END A B-----\n"};
    static const size_t size[] = {0, 1, 48, 49};
    uint8_t der[200];
    ds_buf text, back;

    (void)state;
    memset(der, 'x', sizeof der);
    for (int i = 0; i < 4; i++) {
        ds_buf_init(&text, 1000);
        ds_pem_write(i == 1 ? ds_view_str("f") : ds_view_of(der, size[i]),
            "A B", "\n", &text);
        assert_string_equal((const char *)text.p, want[i]);
        ds_buf_free(&text);
    }
    for (size_t n = 1; n <= sizeof der; n++) {
        ds_pem p;

        ds_buf_init_secret(&text, 1000);
        ds_buf_init(&back, 1000);
        ds_pem_write(ds_view_of(der, n), "KEY", n % 2 ? "\n" : "\r\n", &text);
        ds_pem_init(&p, ds_view_of(text.p, text.n));
        assert_int_equal(ds_pem_next(&p, "KEY", &back), 1);
        assert_true(ds_view_eq(ds_view_of(back.p, back.n), ds_view_of(der, n)));
        assert_int_equal(ds_pem_next(&p, "KEY", &back), 0);
        ds_buf_free(&text);
        ds_buf_free(&back);
    }
    ds_buf_init(&text, 40);
    ds_pem_write(ds_view_of(der, 10), "KEY", "\n", &text);
    assert_true(text.bad);
    ds_buf_free(&text);
}

int
main(void)
{
    static const dstack_allocator hook = {sizeof(dstack_allocator), 0, NULL,
        hook_malloc, hook_realloc, hook_free};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_blocks),
        cmocka_unit_test(test_leaves_the_rest),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_failure_leaves_the_buffer),
        cmocka_unit_test(test_other_labels),
        cmocka_unit_test(test_writes),
    };

    if (dstack_set_allocator(&hook) != DSTACK_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
