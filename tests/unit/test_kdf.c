/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/kdf.h"
#include "support/vec.h"

static void
check(const char *salt, const char *ikm, const char *info, const char *want)
{
    ds_view s = vec_bytes(salt), k = vec_bytes(ikm), i = vec_bytes(info);
    ds_view w = vec_bytes(want);
    ds_view parts[2] = {ds_view_of(i.p, i.n / 2),
        ds_view_of(i.n ? i.p + i.n / 2 : NULL, i.n - i.n / 2)};
    uint8_t out[128];

    assert_true(ds_hkdf_sha256(s, k, parts, 2, out, w.n));
    assert_memory_equal(out, w.p, w.n);
    vec_free(s);
    vec_free(k);
    vec_free(i);
    vec_free(w);
}

/* RFC 5869, appendix A.1 to A.3. */
static void
test_rfc(void **state)
{
    (void)state;
    check("000102030405060708090a0b0c",
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "f0f1f2f3f4f5f6f7f8f9",
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
        "34007208d5b887185865");
    check("606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
          "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
          "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
        "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
        "404142434445464748494a4b4c4d4e4f",
        "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
        "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
        "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
        "cc30c58179ec3e87c14c01d5c1f3434f1d87");
    check("", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
        "9d201395faa4b61a96c8");
}

/* The guest agent's keys: section 7.4 of its specification, path "/". */
static void
test_agent(void **state)
{
    (void)state;
    check("5241544c53", /* RATLS */
        "d6e88992cdeeee35fe70b5db61ab66cdb191fb9b6ec9313757ef162dd7214d5d",
        "2f",
        "f6c1ed94488394d78e0a4e5ab75d62e9f085d73b0b555d0614fb90ca13d9464d");
    check("5241544c53",
        "d6e88992cdeeee35fe70b5db61ab66cdb191fb9b6ec9313757ef162dd7214d5d", "",
        "aa221ae548b5a8f52fcb8687cfd873712f6a1232b2717e5ee3d58ab74f21905b");
}

static void
test_limits(void **state)
{
    static uint8_t out[8161];
    ds_view key = ds_view_str("k");

    (void)state;
    assert_true(ds_hkdf_sha256(key, key, NULL, 0, out, 8160));
    memset(out, 0xa5, sizeof out);
    assert_false(ds_hkdf_sha256(key, key, NULL, 0, out, 8161));
    assert_int_equal(out[0], 0);
    assert_false(ds_hkdf_sha256(key, key, NULL, 0, out, 0));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc),
        cmocka_unit_test(test_agent),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
