/* SPDX-License-Identifier: Apache-2.0 */
/* The OS image by the measurement document that came with evidence: a real
 * machine's numbers agree, and each thing that may be wrong says which. What an
 * attacker may try is in test_attack_image.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "dstack/dstack.h"
#include "support/container.h"
#include "support/image.h"
#include "support/vec.h"

static forge *tdx;
static image_evidence e;
static dstack_acpi *acpi;
static ds_image_options options;
static ds_image_facts facts;
static ds_checks checks;

static int
group_setup(void **state)
{
    (void)state;
    tdx = forge_new(FORGE_TDX_V4, "image");
    return tdx ? 0 : -1;
}

static int
group_teardown(void **state)
{
    (void)state;
    forge_free(tdx);
    return 0;
}

static int
setup(void **state)
{
    (void)state;
    forge_reset(tdx, FORGE_TDX_V4);
    image_begin(&e, tdx);
    if (dstack_acpi_new(&acpi, NULL) != DSTACK_OK)
        return -1;
    options = (ds_image_options){.acpi = acpi};
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    image_end(&e);
    dstack_acpi_free(acpi);
    return 0;
}

/* The code; checks and facts are filled. */
static int
judge_bytes(ds_view in)
{
    dstack_evidence *evidence;
    dstack_quote *q;
    dstack_error err;
    const uint8_t *p;
    size_t n;
    int rc;

    if (dstack_evidence_parse(in.p, in.n, &evidence, &err) != DSTACK_OK)
        fail_msg("%s", err.message);
    p = dstack_evidence_quote(evidence, &n);
    assert_int_equal(dstack_quote_parse(p, n, &q, &err), 0);
    ds_checks_init(&checks);
    rc = ds_image_judge(evidence, q, &options, &checks, &facts);
    assert_int_equal(rc == DSTACK_OK, !ds_checks_failed(&checks));
    if (rc != DSTACK_OK) {
        assert_int_equal(rc, checks.error.code);
        assert_false(facts.bound);
    }
    dstack_quote_free(q);
    dstack_evidence_free(evidence);
    return rc;
}

static int
judge(void)
{
    image_build(&e);
    return judge_bytes(workload_bytes(&e.w));
}

static void
expect_bound(uint32_t level)
{
    static const int ran[] = {DS_CHECK_IMAGE_CONFIG, DS_CHECK_IMAGE_IDENTITY,
        DS_CHECK_IMAGE_MRTD, DS_CHECK_IMAGE_ACPI, DS_CHECK_IMAGE_RTMR0,
        DS_CHECK_IMAGE_RTMR1, DS_CHECK_IMAGE_RTMR2};

    if (judge() != DSTACK_OK)
        fail_msg("%s", checks.error.message);
    assert_true(facts.bound);
    assert_true(facts.has_hash);
    assert_int_equal(facts.level, level);
    assert_int_equal(facts.reason, DSTACK_REASON_NONE);
    for (size_t i = 0; i < sizeof ran / sizeof *ran; i++)
        assert_int_equal(checks.at[ran[i]].result, DS_PASSED);
}

/* Refused by this check, first of all, for this reason. */
static void
expect_no(int check, int reason)
{
    if (judge() == DSTACK_OK)
        fail_msg("accepted, expected %s", dstack_reason_name(reason));
    if (checks.first != check || checks.error.reason != reason)
        fail_msg("%s: %s (%s)", ds_check_name(checks.first),
            checks.error.message, dstack_reason_name(checks.error.reason));
    assert_int_equal(checks.error.stage, DSTACK_STAGE_IMAGE);
}

/* Nothing was contradicted and nothing is known. */
static void
expect_unbound(int reason)
{
    if (judge() != DSTACK_OK)
        fail_msg("%s", checks.error.message);
    assert_false(facts.bound);
    assert_int_equal(facts.level, DSTACK_IMAGE_LEVEL_NONE);
    assert_int_equal(facts.reason, reason);
}

/* ---- what holds ------------------------------------------------------------------- */

static void
test_known(void **state)
{
    char text[65];
    uint8_t digest[32];

    (void)state;
    expect_bound(DSTACK_IMAGE_LEVEL_NONE);
    /* It is the real image: same document, same manifest, same name. */
    assert_int_equal(e.document.n, 384);
    assert_true(ds_hash(DS_SHA256, ds_view_of(e.document.p, e.document.n),
        ds_view_of(NULL, 0), digest));
    ds_hex_encode(ds_view_of(digest, 32), text);
    assert_string_equal(text, image_document_sha256);
    ds_hex_encode(ds_view_of(facts.hash, 32), text);
    assert_string_equal(text, image_hash);
}

static void
test_real(void **state)
{
    static const char *const files[] = {
        "dstack/lite.getquote.json", "dstack/lite.attestation.json"};

    (void)state;
    options.search = true;
    for (size_t i = 0; i < 2; i++) {
        ds_view in = vec_real(files[i]);
        char text[65];

        if (judge_bytes(in) != DSTACK_OK)
            fail_msg("%s: %s", files[i], checks.error.message);
        assert_true(facts.bound);
        assert_int_equal(facts.level, DSTACK_IMAGE_LEVEL_LAYOUT);
        ds_hex_encode(ds_view_of(facts.hash, 32), text);
        assert_string_equal(text, image_hash);
        vec_free(in);
    }
}

static void
test_real_needs_image(void **state)
{
    ds_view in = vec_real("dstack/full-image.getquote.json");

    (void)state;
    assert_int_equal(judge_bytes(in), DSTACK_OK);
    assert_false(facts.bound);
    assert_int_equal(facts.reason, DSTACK_REASON_IMAGE_MISSING);
    assert_true(facts.has_hash);
    assert_int_equal(facts.hash[0], 0x14);
    vec_free(in);
}

/* Files that this library does not use may be listed; older logs name no
 * events; QEMU is 9.1.0 where nothing says so. */
static void
test_variations(void **state)
{
    char manifest[256] = "00000000000000000000000000000000000000000000000000000"
                         "00000000000  ovmf.fd\n";

    (void)state;
    strcat(manifest, image_document_sha256);
    strcat(manifest, "  measurement.tdx.cbor\n");
    e.manifest = manifest;
    memset(e.names, 0, sizeof e.names);
    for (size_t i = 0; i < 3; i++)
        e.w.events[i].name = ds_view_of(NULL, 0);
    expect_bound(DSTACK_IMAGE_LEVEL_NONE);
    e.members = ",\"ovmf_variant\":\"pre202505\",\"swtpm\":false";
    expect_bound(DSTACK_IMAGE_LEVEL_NONE);
    e.members = ",\"ovmf_variant\":null";
    expect_bound(DSTACK_IMAGE_LEVEL_NONE);
}

static void
test_pass(void **state)
{
    (void)state;
    /* The member says what was done, whatever the version, and its value
     * means the opposite of its name. */
    e.qemu = "9.2.1";
    expect_no(DS_CHECK_IMAGE_MRTD, DSTACK_REASON_IMAGE_MRTD);
    e.members = ",\"qemu_single_pass_add_pages\":true";
    expect_bound(DSTACK_IMAGE_LEVEL_NONE);
    e.qemu = "8.2.2";
    e.members = ",\"qemu_single_pass_add_pages\":false";
    expect_no(DS_CHECK_IMAGE_MRTD, DSTACK_REASON_IMAGE_MRTD);
    assert_true(ds_hex_decode(ds_view_str(e.single), tdx->quote.td.mr_td, 48));
    expect_bound(DSTACK_IMAGE_LEVEL_NONE);
    e.members = "";
    expect_no(DS_CHECK_IMAGE_MRTD, DSTACK_REASON_IMAGE_MRTD);
    e.qemu = "9.0.0";
    expect_bound(DSTACK_IMAGE_LEVEL_NONE);
    e.qemu = NULL;
    expect_bound(DSTACK_IMAGE_LEVEL_NONE);
}

/* ---- what is not known --------------------------------------------------------------- */

static void
test_unbound(void **state)
{
    (void)state;
    e.variant = NULL;
    expect_unbound(DSTACK_REASON_IMAGE_MISSING);
    /* A document next to it does not make it a lite boot. */
    e.variant = "legacy";
    expect_unbound(DSTACK_REASON_IMAGE_MISSING);
    assert_true(facts.has_hash);
    e.os_image_hash = "";
    expect_unbound(DSTACK_REASON_IMAGE_CONFIG);
    assert_false(facts.has_hash);
}

/* Without a log RTMR0 cannot be computed; the rest is, and is not enough. */
static void
test_no_log(void **state)
{
    static const char was[] = "\"event_log\"";
    ds_view in;
    uint8_t *copy, *at;

    (void)state;
    image_build(&e);
    in = workload_bytes(&e.w);
    copy = malloc(in.n);
    assert_non_null(copy);
    memcpy(copy, in.p, in.n);
    at = copy;
    while (memcmp(at, was, sizeof was - 1) != 0)
        at++;
    at[1] = 'E';
    if (judge_bytes(ds_view_of(copy, in.n)) != DSTACK_OK)
        fail_msg("%s", checks.error.message);
    assert_false(facts.bound);
    assert_int_equal(facts.reason, DSTACK_REASON_ACPI_EVENTS);
    assert_int_equal(checks.at[DS_CHECK_IMAGE_MRTD].result, DS_PASSED);
    assert_int_equal(checks.at[DS_CHECK_IMAGE_RTMR0].result, DS_NOT_RUN);
    assert_int_equal(checks.at[DS_CHECK_IMAGE_RTMR2].result, DS_PASSED);
    free(copy);
}

/* ---- attacks ---------------------------------------------------------------------------- */

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static void
test_manifest_names(void **state)
{
    ds_view text = ds_view_str(
        ZEROS "  ovmf.fd\n" ZEROS "\tbzImage\n" ZEROS "  metadata.json");
    uint8_t digest[32];
    dstack_error err;
    ds_buf many;

    (void)state;
    assert_int_equal(
        ds_image_manifest_find(text, "metadata.json", digest, &err), 0);
    assert_int_equal(ds_image_manifest_find(text, "bzImage", digest, &err), 0);
    assert_true(ds_view_eq_str(ds_image_manifest_name(text, 0), "ovmf.fd"));
    assert_true(ds_view_eq_str(ds_image_manifest_name(text, 1), "bzImage"));
    assert_true(
        ds_view_eq_str(ds_image_manifest_name(text, 2), "metadata.json"));
    assert_int_equal(ds_image_manifest_name(text, 3).n, 0);
    /* 64 lines, not 65. */
    ds_buf_init(&many, SIZE_MAX);
    for (unsigned i = 0; i < 65; i++) {
        char name[8] = {(char)('a' + i / 26), (char)('a' + i % 26), '\n', 0};

        ds_buf_add_str(&many, ZEROS "  ");
        ds_buf_add_str(&many, name);
        assert_int_equal(ds_image_manifest_find(
                             ds_view_of(many.p, many.n), "aa", digest, &err),
            i < 64 ? DSTACK_OK : DSTACK_ERR_PARSE);
    }
    ds_buf_free(&many);
}

static void
test_document_refused(void **state)
{
    (void)state;
    e.version = 2;
    expect_no(DS_CHECK_IMAGE_IDENTITY, DSTACK_REASON_IMAGE_UNSUPPORTED);
    e.version = 3;
    e.more = "00";
    expect_no(DS_CHECK_IMAGE_IDENTITY, DSTACK_REASON_IMAGE_DOCUMENT);
    e.more = "";
    e.kernel = "ac7e";
    expect_no(DS_CHECK_IMAGE_IDENTITY, DSTACK_REASON_IMAGE_DOCUMENT);
}

/* Documents that are as good as the real one but for a field. */
static void
test_document_fields(void **state)
{
    static const struct {
        const char *was, *is;
    } cases[] = {
        {"a36776657273696f6e03", "a26776657273696f6e03"},
        {"6776657273696f6e03", "6776657273696f6f03"},
        {"6776657273696f6e03", "6776657273696f6e20"},
        {"65696d616765a3", "65696d616766a3"},
        {"6e636d646c696e65", "6e636d646c696e66"},
        {"6b73696e676c655f70617373", "6b73696e676c655e70617373"},
        {"6b73696e676c655f706173735830", "6b73696e676c655f706173737830"},
        {"6674645f686f624c", "6674645f686f634c"},
        {"6674645f686f624c", "6674645f686f626c"},
        {"646f766d66", "646f766d67"},
    };
    ds_image_parts parts;
    dstack_error err;
    ds_view in;

    (void)state;
    image_write_document(&e);
    in = ds_view_of(e.document.p, e.document.n);
    assert_int_equal(ds_image_document_read(in, &parts, &err), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ds_view changed = container_replace(in, cases[i].was, cases[i].is);

        assert_int_equal(
            ds_image_document_read(changed, &parts, &err), DSTACK_ERR_PARSE);
        assert_int_equal(err.reason, DSTACK_REASON_IMAGE_DOCUMENT);
        vec_free(changed);
    }
}

static void
test_config_refused(void **state)
{
    static const char *const members[] = {",\"ovmf_variant\":1",
        ",\"qemu_version\":9", ",\"qemu_version\":\"9.1\"",
        ",\"qemu_version\":\"9.1.0.0\"", ",\"qemu_version\":\"9..0\"",
        ",\"qemu_version\":\"9.1.0-rc\"", ",\"qemu_version\":\"1000.0.0\"",
        ",\"qemu_version\":\"\""};

    (void)state;
    e.cpus = "0";
    expect_no(DS_CHECK_IMAGE_CONFIG, DSTACK_REASON_IMAGE_CONFIG);
    e.cpus = "4294967296";
    expect_no(DS_CHECK_IMAGE_CONFIG, DSTACK_REASON_IMAGE_CONFIG);
    e.cpus = NULL;
    expect_no(DS_CHECK_IMAGE_CONFIG, DSTACK_REASON_IMAGE_CONFIG);
    e.cpus = "2";
    e.memory = "4503599627370497";
    expect_no(DS_CHECK_IMAGE_CONFIG, DSTACK_REASON_IMAGE_CONFIG);
    e.memory = "\"2147483648\"";
    expect_no(DS_CHECK_IMAGE_CONFIG, DSTACK_REASON_IMAGE_CONFIG);
    e.memory = "2147483648";
    e.os_image_hash = "abcd";
    expect_no(DS_CHECK_IMAGE_CONFIG, DSTACK_REASON_IMAGE_CONFIG);
    e.os_image_hash = NULL;
    e.qemu = NULL;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        e.members = members[i];
        expect_no(DS_CHECK_IMAGE_CONFIG, DSTACK_REASON_IMAGE_CONFIG);
    }
    e.members = "";
    e.qemu = "7.2.0";
    expect_no(DS_CHECK_IMAGE_CONFIG, DSTACK_REASON_IMAGE_QEMU_UNSUPPORTED);
}

static void
test_bundle_refused(void **state)
{
    static const char *const members[] = {
        ",\"tdx_measurement\":1",
        ",\"tdx_measurement\":{}",
        ",\"tdx_measurement\":{\"checksum_file\":\"AAAA\"}",
        ",\"tdx_measurement\":{\"checksum_file\":\"AAAA\",\"measurement\":1}",
        ",\"tdx_measurement\":{\"checksum_file\":\"A\",\"measurement\":\"\"}",
    };

    (void)state;
    e.no_document = true;
    e.os_image_hash = image_hash;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        e.members = members[i];
        expect_no(DS_CHECK_IMAGE_CONFIG, DSTACK_REASON_IMAGE_CONFIG);
    }
    e.members = ",\"tdx_measurement\":null";
    expect_no(DS_CHECK_IMAGE_IDENTITY, DSTACK_REASON_IMAGE_MISSING);
}

static void
test_registers(void **state)
{
    static const struct {
        int check, reason;
    } cases[] = {{DS_CHECK_IMAGE_RTMR0, DSTACK_REASON_IMAGE_RTMR0},
        {DS_CHECK_IMAGE_RTMR1, DSTACK_REASON_IMAGE_RTMR1},
        {DS_CHECK_IMAGE_RTMR2, DSTACK_REASON_IMAGE_RTMR2}};
    uint8_t swap[48];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        tdx->quote.td.rtmr[i][47] ^= 1;
        expect_no(cases[i].check, cases[i].reason);
        tdx->quote.td.rtmr[i][47] ^= 1;
    }
    tdx->quote.td.mr_td[0] ^= 1;
    expect_no(DS_CHECK_IMAGE_MRTD, DSTACK_REASON_IMAGE_MRTD);
    tdx->quote.td.mr_td[0] ^= 1;
    /* Two registers swapped: both are named. */
    memcpy(swap, tdx->quote.td.rtmr[1], 48);
    memcpy(tdx->quote.td.rtmr[1], tdx->quote.td.rtmr[2], 48);
    memcpy(tdx->quote.td.rtmr[2], swap, 48);
    expect_no(DS_CHECK_IMAGE_RTMR1, DSTACK_REASON_IMAGE_RTMR1);
    assert_int_equal(checks.at[DS_CHECK_IMAGE_RTMR2].result, DS_FAILED);
    assert_int_equal(checks.at[DS_CHECK_IMAGE_RTMR0].result, DS_PASSED);
}

/* Another image's parts, in a document that is bound: the registers say no. */
static void
test_other_image(void **state)
{
    const char *kernel = e.kernel;

    (void)state;
    e.kernel = e.initrd;
    expect_no(DS_CHECK_IMAGE_RTMR1, DSTACK_REASON_IMAGE_RTMR1);
    e.kernel = kernel;
    e.initrd = e.cmdline;
    expect_no(DS_CHECK_IMAGE_RTMR2, DSTACK_REASON_IMAGE_RTMR2);
}

/* The same kind of event in another register is none of the three. */
static void
test_acpi_register(void **state)
{
    (void)state;
    e.w.events[e.w.a.event_count++] = e.w.events[2];
    expect_no(DS_CHECK_IMAGE_ACPI, DSTACK_REASON_ACPI_EVENTS);
    e.w.events[e.w.a.event_count - 1].imr = 1;
    expect_bound(DSTACK_IMAGE_LEVEL_NONE);
}

/* ---- levels ------------------------------------------------------------------------------- */

static void
add(uint32_t cpus, bool around, bool wrong)
{
    uint8_t d[3][48];

    for (size_t i = 0; i < 3; i++)
        assert_true(ds_hex_decode(ds_view_str(e.acpi[i]), d[i], 48));
    d[2][0] ^= wrong;
    assert_int_equal(dstack_acpi_add_digests(acpi, cpus, around ? d[0] : NULL,
                         around ? 48 : 0, around ? d[1] : NULL, around ? 48 : 0,
                         d[2], 48, NULL),
        0);
}

static void
test_levels(void **state)
{
    (void)state;
    options.acpi = NULL;
    expect_bound(DSTACK_IMAGE_LEVEL_NONE);
    options.search = true;
    expect_bound(DSTACK_IMAGE_LEVEL_LAYOUT);
    /* Not these tables; not for a VM of this shape. */
    options.acpi = acpi;
    add(0, true, true);
    add(3, true, false);
    add(3, false, false);
    expect_bound(DSTACK_IMAGE_LEVEL_LAYOUT);
    options.search = false;
    expect_bound(DSTACK_IMAGE_LEVEL_NONE);
    add(2, false, false);
    expect_bound(DSTACK_IMAGE_LEVEL_FULL);
}

static void
test_level_full(void **state)
{
    (void)state;
    add(0, true, false);
    expect_bound(DSTACK_IMAGE_LEVEL_FULL);
}

/* Nothing but the loader binds the number of CPUs: a wrong one is not
 * refused, and the level says that it was not seen. */
static void
test_level_cpus(void **state)
{
    (void)state;
    options.search = true;
    e.cpus = "3";
    expect_bound(DSTACK_IMAGE_LEVEL_NONE);
    add(0, false, false);
    expect_bound(DSTACK_IMAGE_LEVEL_NONE);
    add(2, true, false);
    expect_bound(DSTACK_IMAGE_LEVEL_NONE);
}

/* Tables that are vouched for do not help where the blobs around them are
 * somebody's own. */
static void
test_level_loader(void **state)
{
    uint8_t hob[48], value[48];
    ds_acpi_digests d;
    ds_td_layout layout;
    ds_view witness = vec_bytes(e.witness);

    (void)state;
    e.acpi[0] = e.acpi[1];
    assert_true(ds_hex_decode(ds_view_str(e.acpi[0]), d.loader, 48));
    assert_true(ds_hex_decode(ds_view_str(e.acpi[1]), d.rsdp, 48));
    assert_true(ds_hex_decode(ds_view_str(e.acpi[2]), d.tables, 48));
    assert_true(ds_td_layout_read(witness, &layout));
    assert_true(ds_td_hob_digest(&layout, UINT64_C(1) << 31, hob));
    assert_true(ds_rtmr0(hob, &d, value));
    memcpy(tdx->quote.td.rtmr[0], value, 48);
    options.search = true;
    add(0, false, false);
    expect_bound(DSTACK_IMAGE_LEVEL_NONE);
    vec_free(witness);
}

static void
test_level_names(void **state)
{
    (void)state;
    assert_string_equal(dstack_image_level_name(0), "none");
    assert_string_equal(dstack_image_level_name(1), "layout");
    assert_string_equal(dstack_image_level_name(2), "full");
    assert_string_equal(dstack_image_level_name(3), "unknown");
}

static void
test_acpi_list(void **state)
{
    uint8_t d[49] = {0};
    dstack_error err;

    (void)state;
    assert_int_equal(dstack_acpi_new(NULL, &err), DSTACK_ERR_ARG);
    assert_int_equal(dstack_acpi_add_tables(NULL, d, 1, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_acpi_add_tables(acpi, NULL, 1, &err), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_acpi_add_tables(acpi, d, 1, &err), DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_ACPI_TABLES);
    assert_int_equal(
        dstack_acpi_add_digests(NULL, 0, d, 48, d, 48, d, 48, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_acpi_add_digests(acpi, 0, d, 48, d, 48, NULL, 48, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_acpi_add_digests(acpi, 0, NULL, 0, d, 48, d, 48, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_acpi_add_digests(acpi, 0, d, 48, NULL, 0, d, 48, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_acpi_add_digests(acpi, 0, d, 49, d, 48, d, 48, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_acpi_add_digests(acpi, 0, d, 48, d, 47, d, 48, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_acpi_add_digests(acpi, 0, NULL, 0, NULL, 0, d, 32, &err),
        DSTACK_ERR_ARG);
    for (unsigned i = 0; i < 256; i++)
        assert_int_equal(
            dstack_acpi_add_digests(acpi, i, d, 48, d, 48, d, 48, &err), 0);
    assert_int_equal(
        dstack_acpi_add_digests(acpi, 0, d, 48, d, 48, d, 48, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_acpi_add_tables(acpi, d, 1, &err), DSTACK_ERR_ARG);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_known),
        T(test_real),
        T(test_real_needs_image),
        T(test_variations),
        T(test_pass),
        T(test_unbound),
        T(test_no_log),
        T(test_manifest_names),
        T(test_document_refused),
        T(test_document_fields),
        T(test_config_refused),
        T(test_bundle_refused),
        T(test_registers),
        T(test_other_image),
        T(test_acpi_register),
        T(test_levels),
        T(test_level_full),
        T(test_level_cpus),
        T(test_level_loader),
        T(test_level_names),
        T(test_acpi_list),
    };

    return cmocka_run_group_tests_name(
        "image_lite", tests, group_setup, group_teardown);
}
