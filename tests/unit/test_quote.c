/* SPDX-License-Identifier: Apache-2.0 */
/* The quote parser's public face: known values of real quotes (spec 7.4), the
 * layout of every kind (spec 1.2 to 1.4), names, and what strict mode adds.
 * Malformed quotes are in test_attack_quote.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "forge/forge.h"
#include "intel/quote.h"
#include "support/vec.h"

static dstack_quote *
parse(ds_view bytes)
{
    dstack_quote *q = NULL;
    dstack_error err;

    assert_int_equal(dstack_quote_parse(bytes.p, bytes.n, &q, &err), 0);
    assert_non_null(q);
    return q;
}

/* The field begins with these bytes, and is zero after them when `rest` is. */
static void
expect(const dstack_quote *q, const char *name, const char *hex, bool rest)
{
    uint8_t want[64];
    size_t n = strlen(hex) / 2;
    size_t len = 0;
    const uint8_t *p = dstack_quote_field(q, name, &len);

    assert_true(ds_hex_decode(ds_view_str(hex), want, n));
    assert_non_null(p);
    assert_true(len >= n);
    assert_memory_equal(p, want, n);
    if (rest)
        assert_true(ds_view_is_zero(ds_view_of(p + n, len - n)));
    else
        assert_int_equal(len, n);
}

static uint64_t
number(const dstack_quote *q, const char *name)
{
    size_t len = 0;
    const uint8_t *p = dstack_quote_field(q, name, &len);
    uint64_t v = 0;

    assert_non_null(p);
    while (len-- > 0)
        v = v << 8 | p[len];
    return v;
}

static void
known_sgx_v3(void **state)
{
    ds_view bytes = vec_real("sgx/v3.quote");
    dstack_quote *q = parse(bytes);
    size_t len;

    (void)state;
    assert_int_equal(dstack_quote_version(q), 3);
    assert_int_equal(dstack_quote_tee_type(q), DSTACK_TEE_SGX);
    assert_int_equal(dstack_quote_body_type(q), DSTACK_BODY_SGX);
    assert_int_equal(dstack_quote_certification_type(q), 5);
    expect(q, "user_data", "3987622ee6968a54977c8626ef471235", true);
    expect(q, "cpu_svn", "0b0b1a18ffff04000000000000000000", false);
    expect(q, "attributes", "0500000000000000e700000000000000", false);
    expect(q, "mr_enclave",
        "33d8736db756ed4997e04ba358d27833188f1932ff7b1d156904d3f560452fbb",
        false);
    expect(q, "mr_signer",
        "815f42f11cf64430c30bab7816ba596a1da0130c3b028b673133a66cf9a3e0e6",
        false);
    expect(q, "report_data", "48656c6c6f2c20776f726c6421", true);
    assert_int_equal(number(q, "isv_prod_id"), 0);
    assert_int_equal(number(q, "isv_svn"), 0);
    assert_int_equal(number(q, "pce_svn"), 15);
    assert_int_equal(number(q, "qe_report.isv_svn"), 10);
    dstack_quote_certification_data(q, &len);
    assert_int_equal(len, 3548);
    assert_null(dstack_quote_field(q, "mr_td", &len));
    assert_int_equal(len, 0);
    assert_null(dstack_quote_field(q, "tee_type", &len));
    dstack_quote_free(q);
    vec_free(bytes);
}

static void
known_tdx_v4(void **state)
{
    ds_view bytes = vec_real("tdx/v4.quote");
    dstack_quote *q = parse(bytes);
    size_t len;
    const uint8_t *p;

    (void)state;
    assert_int_equal(dstack_quote_version(q), 4);
    assert_int_equal(dstack_quote_tee_type(q), DSTACK_TEE_TDX);
    assert_int_equal(dstack_quote_body_type(q), DSTACK_BODY_TD10);
    expect(q, "user_data", "889b7d6ff9df2405b240a830e73faf3d", true);
    expect(q, "tee_tcb_svn", "060103", true);
    expect(q, "mr_seam",
        "5b38e33a6487958b72c3c12a938eaa5e3fd4510c51aeeab58c7d5ecee41d7c43"
        "6489d6c8e4f92f160b7cad34207b00c1",
        false);
    expect(q, "xfam", "e702060000000000", false);
    expect(q, "mr_td",
        "91eb2b44d141d4ece09f0c75c2c53d247a3c68edd7fafe8a3520c942a604a407"
        "de03ae6dc5f87f27428b2538873118b7",
        false);
    expect(q, "rtmr0",
        "44c0197b39157fdd7a4dcc44767f9d6b0bb3977c7a8e347b8492f827fe9d9e5c"
        "48aca29b220b80b6a540cf994b9bc9c0",
        false);
    expect(q, "rtmr3", "", true);
    expect(q, "report_data",
        "9a9d48e7f6799642d3d1b34e1e5e1742d4bb02dd6ddd551862c1211d35c304f9"
        "eca3efdbb481601c163cf52493d6e44aed55d51ec39b7e518fadb92c2b523f20",
        false);
    assert_int_equal(dstack_quote_attributes(q), 0x10000000);
    assert_int_equal(dstack_quote_xfam(q), 0x602e7);
    assert_int_equal(number(q, "qe_report.isv_svn"), 6);
    dstack_quote_certification_data(q, &len);
    assert_int_equal(len, 3678);
    p = dstack_quote_trailing(q, &len);
    assert_int_equal(len, 70);
    assert_true(ds_view_is_zero(ds_view_of(p, len)));
    dstack_quote_signed_bytes(q, &len);
    assert_int_equal(len, 632);
    assert_null(dstack_quote_field(q, "tee_tcb_svn2", &len));
    assert_null(dstack_quote_field(q, "mr_enclave", &len));
    assert_null(dstack_quote_mr_enclave(q, &len));
    assert_int_equal(len, 0);
    dstack_quote_free(q);
    vec_free(bytes);
}

/* Spec 1.2 and 1.3: version, TEE, body type, body size, bytes signed. */
static const struct {
    int kind;
    uint32_t version, tee, body;
    size_t signed_len;
    size_t fields;
} kinds[] = {
    /* header 6 or 5, 12 of an enclave report, 12 of the QE's, 5 of the tail;
     * 15 of a TD report 1.0, 2 more in 1.5, 10 more in EX */
    {FORGE_SGX_V3, 3, 0, 1, 432, 6 + 12 + 12 + 5},
    {FORGE_SGX_V4, 4, 0, 1, 432, 5 + 12 + 12 + 5},
    {FORGE_SGX_V5, 5, 0, 1, 438, 5 + 12 + 12 + 5},
    {FORGE_TDX_V4, 4, 0x81, 2, 632, 5 + 15 + 12 + 5},
    {FORGE_TDX_V5_10, 5, 0x81, 2, 638, 5 + 15 + 12 + 5},
    {FORGE_TDX_V5_15, 5, 0x81, 3, 702, 5 + 17 + 12 + 5},
    {FORGE_TDX_V5_EX, 5, 0x81, 4, 939, 5 + 27 + 12 + 5},
};

static void
every_kind(void **state)
{
    forge *f = forge_new(FORGE_SGX_V3, "quote kinds");
    size_t i;
    size_t k;
    size_t len;

    (void)state;
    for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        dstack_quote *q;

        forge_reset(f, kinds[i].kind);
        assert_int_equal(forge_build(f), 0);
        q = parse(ds_view_of(f->out.quote.p, f->out.quote.n));
        assert_int_equal(dstack_quote_version(q), kinds[i].version);
        assert_int_equal(dstack_quote_tee_type(q), kinds[i].tee);
        assert_int_equal(dstack_quote_body_type(q), kinds[i].body);
        dstack_quote_signed_bytes(q, &len);
        assert_int_equal(len, kinds[i].signed_len);
        assert_int_equal(dstack_quote_field_count(q), kinds[i].fields);
        dstack_quote_bytes(q, &len);
        assert_int_equal(len, f->out.quote.n);
        for (k = 0; k < kinds[i].fields; k++) {
            const char *name = dstack_quote_field_name(q, k);

            assert_non_null(name);
            assert_true(name[0] != '\0');
            assert_non_null(dstack_quote_field(q, name, &len));
        }
        assert_null(dstack_quote_field_name(q, kinds[i].fields));
        assert_null(dstack_quote_field(q, "", &len));
        assert_null(dstack_quote_field(q, "qe_report.mr_td", &len));
        assert_null(dstack_quote_field(q, NULL, &len));
        assert_null(dstack_quote_rtmr(q, 4, &len));
        dstack_quote_free(q);
    }
    forge_free(f);
}

/* The extended body's last fields lie where the spec says (1.4). */
static void
extended_layout(void **state)
{
    forge *f = forge_new(FORGE_TDX_V5_EX, "ex layout");
    static const struct {
        const char *name;
        size_t at, n;
    } fields[] = {{"vm_id", 648, 1}, {"td_id", 649, 32}, {"dev_info", 681, 48},
        {"init_servtd_hash", 729, 48}, {"init_servtd_attributes", 777, 8},
        {"init_cpu_svn", 785, 16}, {"init_tee_tcb_svn", 801, 16},
        {"init_tee_fmspc", 817, 12}, {"servtd_hash", 829, 48},
        {"servtd_attributes", 877, 8}};
    dstack_quote *q;
    size_t i;
    size_t len;

    (void)state;
    assert_int_equal(forge_build(f), 0);
    q = parse(ds_view_of(f->out.quote.p, f->out.quote.n));
    for (i = 0; i < sizeof fields / sizeof *fields; i++) {
        const uint8_t *p = dstack_quote_field(q, fields[i].name, &len);

        assert_int_equal(len, fields[i].n);
        /* 48 bytes of header and 6 of descriptor come before the body */
        assert_ptr_equal(p, dstack_quote_bytes(q, NULL) + 54 + fields[i].at);
    }
    dstack_quote_free(q);
    forge_free(f);
}

static void
names_of_bits(void **state)
{
    (void)state;
    assert_string_equal(dstack_td_attribute_name(0), "DEBUG");
    assert_string_equal(dstack_td_attribute_name(28), "SEPT_VE_DISABLE");
    assert_string_equal(dstack_td_attribute_name(29), "MIGRATABLE");
    assert_string_equal(dstack_td_attribute_name(63), "PERFMON");
    assert_string_equal(dstack_td_attribute_name(1), "");
    assert_string_equal(dstack_td_attribute_name(64), "");
    assert_string_equal(dstack_sgx_attribute_name(1), "DEBUG");
    assert_string_equal(dstack_sgx_attribute_name(4), "PROVISIONKEY");
    assert_string_equal(dstack_sgx_attribute_name(3), "");
    assert_string_equal(dstack_xfam_name(0), "X87");
    assert_string_equal(dstack_xfam_name(18), "AMX_TILEDATA");
    assert_string_equal(dstack_xfam_name(20), "");
}

static void
arguments(void **state)
{
    dstack_quote *q = (dstack_quote *)state;
    dstack_error err;
    uint8_t byte = 0;

    assert_int_equal(dstack_quote_parse(NULL, 0, &q, &err), DSTACK_ERR_ARG);
    assert_null(q);
    assert_int_equal(dstack_quote_parse(&byte, 1, NULL, &err), DSTACK_ERR_ARG);
    q = (dstack_quote *)state;
    assert_int_equal(dstack_quote_parse(&byte, 1, &q, NULL), DSTACK_ERR_PARSE);
    assert_null(q);
    dstack_quote_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_sgx_v3),
        cmocka_unit_test(known_tdx_v4),
        cmocka_unit_test(every_kind),
        cmocka_unit_test(extended_layout),
        cmocka_unit_test(names_of_bits),
        cmocka_unit_test(arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
