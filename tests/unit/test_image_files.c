/* SPDX-License-Identifier: Apache-2.0 */
/* The OS image by its files: what a firmware and a kernel made for this test
 * measure (computed by gen_image.py), what is malformed in them, the object,
 * the registers for a deployer, and evidence judged with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "dstack/dstack.h"
#include "support/image.h"
#include "support/vec.h"

static forge *tdx;
static image_evidence e;
static image_release release;
static ds_image_options options;
static ds_image_facts facts;
static ds_checks checks;

static int
group_setup(void **state)
{
    (void)state;
    tdx = forge_new(FORGE_TDX_V4, "image files");
    return tdx ? 0 : -1;
}

static int
group_teardown(void **state)
{
    (void)state;
    forge_free(tdx);
    return 0;
}

/* Evidence of a VM that booted the release, without a document. */
static int
setup(void **state)
{
    (void)state;
    forge_reset(tdx, FORGE_TDX_V4);
    image_begin(&e, tdx);
    image_release_begin(&release);
    e.no_document = true;
    e.variant = NULL;
    e.os_image_hash = release.hash;
    memcpy(tdx->quote.td.mr_td, release.mr_td[DS_PASS_TWO], 48);
    for (size_t i = 0; i < 3; i++)
        memcpy(tdx->quote.td.rtmr[i], release.rtmr[i], 48);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    image_release_end(&release);
    image_end(&e);
    return 0;
}

static void
assert_digest(const uint8_t *have, const char *want)
{
    char text[97];

    ds_hex_encode(ds_view_of(have, 48), text);
    assert_string_equal(text, want);
}

/* ---- firmware ------------------------------------------------------------------- */

static void
test_firmware(void **state)
{
    unsigned seen = 0;
    vec v;

    (void)state;
    vec_open(&v, "image.vec");
    while (vec_next(&v) != 0) {
        ds_image_parts parts;
        dstack_error err;
        ds_view in;

        if (strcmp(v.word[0], "firmware") != 0)
            continue;
        in = vec_bytes(v.word[2]);
        if (ds_tdvf_read(in, &parts, &err) != DSTACK_OK)
            fail_msg("%s: %s", v.word[1], err.message);
        assert_digest(parts.mrtd[DS_PASS_SINGLE], v.word[3]);
        assert_digest(parts.mrtd[DS_PASS_TWO], v.word[4]);
        assert_int_equal(parts.layout.base, 0x809000);
        assert_int_equal(parts.layout.count, 4);
        assert_int_equal(parts.layout.at[0].start, 0x800000);
        assert_int_equal(parts.layout.at[3].length, 0x10000);
        vec_free(in);
        seen++;
    }
    vec_close(&v);
    assert_int_equal(seen, 2);
}

static void
refuse_firmware(ds_view in)
{
    ds_image_parts parts;
    dstack_error err;

    assert_int_equal(ds_tdvf_read(in, &parts, &err), DSTACK_ERR_PARSE);
    assert_int_equal(err.stage, DSTACK_STAGE_IMAGE);
    assert_int_equal(err.reason, DSTACK_REASON_IMAGE_FIRMWARE);
}

/* The first section stands 16 bytes behind "TDVF"; each has 32 bytes. */
static void
test_firmware_refused(void **state)
{
    static const struct {
        int at; /* from "TDVF"; negative: from the file's end */
        uint8_t value;
    } cases[] = {
        {0, 'X'}, {4, 15}, {8, 2}, {12, 0}, {12, 33}, {15, 1},  /* head */
        {16 + 3, 1}, {16 + 6, 0xff}, {16 + 8, 1}, {16 + 16, 1}, /* section */
        {16 + 5, 0x21},                   /* more data than memory */
        {16 + 3 * 32 + 24, 3},            /* no hand-off block */
        {16 + 2 * 32 + 24, 2},            /* two */
        {16 + 2 * 32 + 9, 0x90},          /* memory that overlaps the block's */
        {-48, 0}, {-50, 17}, {-49, 0xff}, /* the table */
        {-50 - 18, 0x60},                 /* its last entry's length */
        {-50 - 23 - 16, 0},               /* the GUID of the first */
    };
    uint8_t *copy = malloc(release.firmware.n);
    size_t head = 0;

    (void)state;
    assert_non_null(copy);
    while (memcmp(release.firmware.p + head, "TDVF", 4) != 0)
        head++;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t at = cases[i].at < 0 ? release.firmware.n - (size_t)-cases[i].at
                                    : head + (size_t)cases[i].at;

        memcpy(copy, release.firmware.p, release.firmware.n);
        copy[at] = cases[i].value;
        refuse_firmware(ds_view_of(copy, release.firmware.n));
    }
    /* Past the end of the address space; more than 32 MiB to measure. */
    memcpy(copy, release.firmware.p, release.firmware.n);
    memset(copy + head + 16 + 10, 0xff, 6);
    copy[head + 16 + 9] = 0xf0;
    refuse_firmware(ds_view_of(copy, release.firmware.n));
    memcpy(copy, release.firmware.p, release.firmware.n);
    copy[head + 16 + 19] = 2;
    refuse_firmware(ds_view_of(copy, release.firmware.n));
    for (size_t n = 0; n < 300; n++)
        refuse_firmware(ds_view_of(
            release.firmware.p, n < 150 ? n : release.firmware.n - n + 149));
    free(copy);
}

/* ---- kernel ----------------------------------------------------------------------- */

static void
test_kernel(void **state)
{
    unsigned seen = 0;
    vec v;

    (void)state;
    vec_open(&v, "image.vec");
    while (vec_next(&v) != 0) {
        uint8_t digest[48];
        dstack_error err;
        ds_view in;

        if (strcmp(v.word[0], "kernel") != 0)
            continue;
        in = vec_bytes(v.word[2]);
        if (ds_kernel_digest(in, strtoull(v.word[3], NULL, 10),
                strtoull(v.word[4], NULL, 10), digest, &err) != DSTACK_OK)
            fail_msg("%s: %s", v.word[1], err.message);
        assert_digest(digest, v.word[5]);
        vec_free(in);
        seen++;
    }
    vec_close(&v);
    assert_int_equal(seen, 18);
}

static void
refuse_kernel(ds_view in, uint64_t initrd, uint64_t memory)
{
    uint8_t digest[48];
    dstack_error err;

    assert_int_equal(
        ds_kernel_digest(in, initrd, memory, digest, &err), DSTACK_ERR_PARSE);
    assert_int_equal(err.stage, DSTACK_STAGE_IMAGE);
    assert_int_equal(err.reason, DSTACK_REASON_IMAGE_KERNEL);
}

/* Its PE header is at 0x40, the optional one at 0x58, the table at 0x148. */
static void
test_kernel_refused(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } cases[] = {
        {0, 'X'}, {0x3c, 0xff}, {0x3f, 0xff}, {0x40, 'X'}, /* where it lies */
        {0x202, 'X'}, {0x207, 1}, {0x211, 0},              /* setup header */
        {0x54, 151}, {0x55, 0xff}, {0x58, 0x0c}, {0x58 + 108, 4},
        {0x58 + 61, 1}, {0x58 + 63, 1},   /* size of headers */
        {0x46, 65}, {0x46, 40},           /* number of sections */
        {0x148 + 17, 7}, {0x148 + 23, 1}, /* past the file's end */
        {0x148 + 21, 6}, {0x148 + 57, 4}, /* overlapping */
        {0x148 + 61, 3},                  /* in the headers */
        {0x148 + 17, 5},                  /* bytes behind it */
        {0x58 + 112 + 36, 8},             /* a certificate's size */
    };
    uint8_t *copy = malloc(release.kernel.n + 8);

    (void)state;
    assert_non_null(copy);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memcpy(copy, release.kernel.p, release.kernel.n);
        copy[cases[i].at] = cases[i].value;
        refuse_kernel(
            ds_view_of(copy, release.kernel.n), 5000000, UINT64_C(2) << 30);
    }
    memcpy(copy, release.kernel.p, release.kernel.n);
    memset(copy + release.kernel.n, 0, 8);
    refuse_kernel(
        ds_view_of(copy, release.kernel.n + 8), 5000000, UINT64_C(2) << 30);
    for (size_t n = 0; n < release.kernel.n; n += n < 0x260 ? 1 : 50)
        refuse_kernel(
            ds_view_of(release.kernel.p, n), 5000000, UINT64_C(2) << 30);
    /* No room for the initrd, or for QEMU's own. */
    refuse_kernel(release.kernel, UINT64_C(2) << 30, UINT64_C(2) << 30);
    refuse_kernel(release.kernel, 0, 0x28000);
    refuse_kernel(release.kernel, 0, 0);
    free(copy);
}

/* ---- the object --------------------------------------------------------------------- */

static void
test_object(void **state)
{
    static const char *const names[] = {"ovmf.fd", "bzImage",
        "initramfs.cpio.gz", "metadata.json", "other.txt"};
    dstack_image *image = image_release_open(&release, "fki");
    char hex[65];
    size_t n = 9;

    (void)state;
    assert_int_equal(dstack_image_file_count(image), 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(dstack_image_file_name(image, i), names[i]);
    assert_null(dstack_image_file_name(image, 5));
    ds_hex_encode(ds_view_of(dstack_image_hash(image, &n), 32), hex);
    assert_int_equal(n, 32);
    assert_string_equal(hex, release.hash);
    assert_string_equal(dstack_image_version(image, &n), "0.6.0");
    assert_int_equal(n, 5);
    assert_int_equal(dstack_image_is_dev(image), 0);
    /* A file that nothing needs is compared all the same. */
    assert_int_equal(dstack_image_add_file(
                         image, "other.txt", (const uint8_t *)"other", 5, NULL),
        0);
    dstack_image_free(image);
    dstack_image_free(NULL);
    assert_int_equal(dstack_image_file_count(NULL), 0);
    assert_null(dstack_image_file_name(NULL, 0));
    assert_null(dstack_image_hash(NULL, &n));
    assert_null(dstack_image_version(NULL, &n));
    assert_int_equal(n, 0);
    assert_int_equal(dstack_image_is_dev(NULL), -1);
}

static void
expect_new(int rc, int reason)
{
    dstack_image *image = NULL;
    dstack_error err;

    assert_int_equal(
        dstack_image_new((const uint8_t *)release.manifest,
            strlen(release.manifest), (const uint8_t *)release.metadata,
            release.metadata ? strlen(release.metadata) : 0, &image, &err),
        rc);
    assert_int_equal(err.reason, reason);
    assert_int_equal(err.stage, rc == DSTACK_OK ? 0 : DSTACK_STAGE_IMAGE);
    assert_true((image != NULL) == (rc == DSTACK_OK));
    dstack_image_free(image);
}

static void
test_metadata(void **state)
{
    static const char *const refused[] = {"", "[]", "{}", "{\"cmdline\":1}",
        "{\"cmdline\":\"a\",\"cmdline\":\"b\"}", "{\"cmdline\":\"\xc3\xa9\"}",
        "{\"cmdline\":\"a\",\"is_dev\":\"no\"}",
        "{\"cmdline\":\"a\",\"version\":6}",
        "{\"cmdline\":\"a\",\"version\":\"\\n\"}",
        "{\"cmdline\":\"a\",\"version\":\"0123456789012345678901234567890123"
        "4567890123456789012345678901234\"}",
        "{\"cmdline\":\"a\",\"kernel\":null}"};
    const char *was = release.metadata;

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        release.metadata = refused[i];
        image_release_list(&release);
        expect_new(DSTACK_ERR_PARSE, DSTACK_REASON_IMAGE_METADATA);
    }
    release.metadata = "{\"cmdline\":\"a\",\"ovmf_variant\":\"new\"}";
    image_release_list(&release);
    expect_new(DSTACK_ERR_UNSUPPORTED, DSTACK_REASON_OVMF_UNSUPPORTED);
    release.metadata = "{\"cmdline\":\"a\"}";
    image_release_list(&release);
    expect_new(DSTACK_OK, DSTACK_REASON_NONE);
    /* Another than the listed one; none is listed; a manifest that is none. */
    release.metadata = was;
    expect_new(DSTACK_ERR_UNTRUSTED, DSTACK_REASON_IMAGE_FILE);
    strcpy(strstr(release.manifest, "metadata"), "x\n");
    expect_new(DSTACK_ERR_UNTRUSTED, DSTACK_REASON_IMAGE_FILE);
    strcpy(release.manifest, "x\n");
    expect_new(DSTACK_ERR_PARSE, DSTACK_REASON_IMAGE_MANIFEST);
}

static void
expect_file(
    dstack_image *image, const char *name, ds_view data, int rc, int reason)
{
    dstack_error err;

    assert_int_equal(
        dstack_image_add_file(image, name, data.p, data.n, &err), rc);
    assert_int_equal(err.reason, reason);
}

static void
test_files_refused(void **state)
{
    dstack_image *image = image_release_open(&release, "");
    ds_view was = release.kernel;
    uint8_t *copy = malloc(was.n);

    (void)state;
    assert_non_null(copy);
    memcpy(copy, was.p, was.n);
    expect_file(
        image, "rootfs", was, DSTACK_ERR_UNTRUSTED, DSTACK_REASON_IMAGE_FILE);
    expect_file(
        image, "ovmf.fd", was, DSTACK_ERR_UNTRUSTED, DSTACK_REASON_IMAGE_FILE);
    assert_int_equal(
        dstack_image_add_file(NULL, "x", was.p, was.n, NULL), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_image_add_file(image, NULL, was.p, was.n, NULL), DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_image_add_file(image, "x", NULL, 0, NULL), DSTACK_ERR_ARG);
    dstack_image_free(image);
    /* Listed and malformed. */
    copy[0] = 0;
    release.kernel = ds_view_of(copy, was.n);
    release.document = image_document_sha256;
    image_release_list(&release);
    image = image_release_open(&release, "fi");
    expect_file(image, "bzImage", release.kernel, DSTACK_ERR_PARSE,
        DSTACK_REASON_IMAGE_KERNEL);
    /* It does not count as added. */
    assert_false(image->has_role[DS_IMAGE_KERNEL]);
    dstack_image_free(image);
    free(copy);
    release.kernel = was;
}

/* ---- registers for a deployer ------------------------------------------------------------ */

static dstack_vm_config *
config(const char *hash, const char *memory)
{
    char text[300] = "{\"os_image_hash\":\"";
    dstack_vm_config *ret;

    strcat(strcat(text, hash), "\",\"cpu_count\":2,\"memory_size\":");
    strcat(strcat(text, memory), ",\"qemu_version\":\"8.2.2\"}");
    assert_int_equal(
        dstack_vm_config_parse((const uint8_t *)text, strlen(text), &ret, NULL),
        0);
    return ret;
}

static void
test_register(void **state)
{
    static const char *const names[] = {"mr_td", "rtmr1", "rtmr2", "rtmr0"};
    dstack_image *image = image_release_open(&release, "fki");
    dstack_vm_config *c = config(release.hash, "2147483648");
    const uint8_t *want[] = {release.mr_td[DS_PASS_TWO], release.rtmr[1],
        release.rtmr[2], release.rtmr[0]};
    uint8_t d[3][48], value[48];
    dstack_acpi *acpi;
    dstack_error err;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_true(ds_hex_decode(ds_view_str(e.acpi[i]), d[i], 48));
    assert_int_equal(dstack_acpi_new(&acpi, NULL), 0);
    assert_int_equal(
        dstack_image_register(image, c, NULL, "rtmr0", value, 48, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_acpi_add_digests(acpi, 2, d[0], 48, d[1], 48, d[2], 48, &err),
        0);
    assert_int_equal(
        dstack_acpi_add_digests(acpi, 3, NULL, 0, NULL, 0, d[2], 48, &err), 0);
    for (size_t i = 0; i < 4; i++) {
        if (dstack_image_register(image, c, acpi, names[i], value, 48, &err) !=
            DSTACK_OK)
            fail_msg("%s: %s", names[i], err.message);
        assert_memory_equal(value, want[i], 48);
    }
    /* Two that are for this VM; one that has only the tables. */
    assert_int_equal(
        dstack_acpi_add_digests(acpi, 0, d[0], 48, d[1], 48, d[2], 48, &err),
        0);
    assert_int_equal(
        dstack_image_register(image, c, acpi, "rtmr0", value, 48, &err),
        DSTACK_ERR_ARG);
    dstack_acpi_free(acpi);
    assert_int_equal(dstack_acpi_new(&acpi, NULL), 0);
    assert_int_equal(
        dstack_acpi_add_digests(acpi, 0, NULL, 0, NULL, 0, d[2], 48, &err), 0);
    assert_int_equal(
        dstack_image_register(image, c, acpi, "rtmr0", value, 48, &err),
        DSTACK_ERR_ARG);
    dstack_acpi_free(acpi);
    assert_int_equal(
        dstack_image_register(image, c, NULL, "rtmr3", value, 48, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_image_register(image, c, NULL, "rtmr1", value, 47, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_image_register(image, NULL, NULL, "rtmr1", value, 48, &err),
        DSTACK_ERR_ARG);
    dstack_vm_config_free(c);
    dstack_image_free(image);
}

static void
expect_register(
    const char *files, const char *hash, const char *memory, int rc, int reason)
{
    dstack_image *image = image_release_open(&release, files);
    dstack_vm_config *c = config(hash, memory);
    uint8_t value[48];
    dstack_error err;

    assert_int_equal(
        dstack_image_register(image, c, NULL, "rtmr1", value, 48, &err), rc);
    assert_int_equal(err.reason, reason);
    dstack_vm_config_free(c);
    dstack_image_free(image);
}

static void
test_register_refused(void **state)
{
    (void)state;
    expect_register("fki", image_hash, "2147483648", DSTACK_ERR_UNTRUSTED,
        DSTACK_REASON_IMAGE_HASH);
    expect_register("fk", release.hash, "2147483648", DSTACK_ERR_UNTRUSTED,
        DSTACK_REASON_IMAGE_MISSING);
    expect_register(
        "fki", release.hash, "0", DSTACK_ERR_PARSE, DSTACK_REASON_IMAGE_CONFIG);
    expect_register("fki", release.hash, "1048576", DSTACK_ERR_PARSE,
        DSTACK_REASON_IMAGE_KERNEL);
    expect_register("fki", release.hash, "1073741824", DSTACK_OK, 0);
}

/* ---- evidence ------------------------------------------------------------------------------- */

static int
judge(const char *files)
{
    dstack_image *image = files ? image_release_open(&release, files) : NULL;
    const dstack_image *list[1] = {image};
    dstack_evidence *evidence;
    dstack_quote *q;
    dstack_error err;
    ds_view in;
    const uint8_t *p;
    size_t n;
    int rc;

    image_build(&e);
    in = workload_bytes(&e.w);
    if (dstack_evidence_parse(in.p, in.n, &evidence, &err) != DSTACK_OK)
        fail_msg("%s", err.message);
    p = dstack_evidence_quote(evidence, &n);
    assert_int_equal(dstack_quote_parse(p, n, &q, &err), 0);
    options = (ds_image_options){.images = list, .image_count = files != NULL};
    ds_checks_init(&checks);
    rc = ds_image_judge(evidence, q, &options, &checks, &facts);
    assert_true(facts.version[0] == 0 || facts.bound);
    dstack_quote_free(q);
    dstack_evidence_free(evidence);
    dstack_image_free(image);
    return rc;
}

static void
expect_no(const char *files, int check, int reason)
{
    if (judge(files) == DSTACK_OK)
        fail_msg("accepted, expected %s", dstack_reason_name(reason));
    if (checks.first != check || checks.error.reason != reason)
        fail_msg("%s: %s", ds_check_name(checks.first), checks.error.message);
    assert_int_equal(checks.error.stage, DSTACK_STAGE_IMAGE);
    assert_false(facts.bound);
}

static void
test_judged(void **state)
{
    (void)state;
    assert_int_equal(judge(NULL), 0);
    assert_false(facts.bound);
    assert_int_equal(facts.reason, DSTACK_REASON_IMAGE_MISSING);
    if (judge("fki") != DSTACK_OK)
        fail_msg("%s", checks.error.message);
    assert_true(facts.bound);
    assert_string_equal(facts.version, "0.6.0");
    assert_int_equal(facts.is_dev, 0);
    assert_int_equal(facts.level, DSTACK_IMAGE_LEVEL_NONE);
    /* With files missing it is known and cannot be computed. */
    assert_int_equal(judge("fk"), 0);
    assert_false(facts.bound);
    assert_int_equal(facts.reason, DSTACK_REASON_IMAGE_MISSING);
}

static void
test_judged_refused(void **state)
{
    static const struct {
        int check, reason;
    } cases[] = {{DS_CHECK_IMAGE_RTMR0, DSTACK_REASON_IMAGE_RTMR0},
        {DS_CHECK_IMAGE_RTMR1, DSTACK_REASON_IMAGE_RTMR1},
        {DS_CHECK_IMAGE_RTMR2, DSTACK_REASON_IMAGE_RTMR2}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        tdx->quote.td.rtmr[i][0] ^= 1;
        expect_no("fki", cases[i].check, cases[i].reason);
        tdx->quote.td.rtmr[i][0] ^= 1;
    }
    e.qemu = "9.0.0";
    expect_no("fki", DS_CHECK_IMAGE_MRTD, DSTACK_REASON_IMAGE_MRTD);
    e.qemu = "8.2.2";
    e.memory = "1048576";
    expect_no("fki", DS_CHECK_IMAGE_IDENTITY, DSTACK_REASON_IMAGE_KERNEL);
    e.memory = "2147483648";
    /* An image that was not given; none claimed at all. */
    e.os_image_hash = image_hash;
    expect_no("fki", DS_CHECK_IMAGE_IDENTITY, DSTACK_REASON_IMAGE_HASH);
    assert_string_equal(checks.at[DS_CHECK_IMAGE_IDENTITY].found, image_hash);
    e.os_image_hash = "";
    expect_no("fki", DS_CHECK_IMAGE_IDENTITY, DSTACK_REASON_IMAGE_HASH);
}

/* The document among an image's files, for evidence that brings none. */
static void
test_judged_document(void **state)
{
    dstack_image *image;

    (void)state;
    image_end(&e);
    image_begin(&e, tdx);
    image_write_document(&e);
    release.document = image_document_sha256;
    image_release_list(&release);
    image = image_release_open(&release, "");
    expect_file(image, "measurement.tdx.cbor",
        ds_view_of(e.document.p, e.document.n), DSTACK_OK, 0);
    {
        const dstack_image *list[] = {image};
        dstack_evidence *evidence;
        dstack_quote *q;
        const uint8_t *p;
        size_t n;

        e.no_document = true;
        e.variant = NULL;
        e.os_image_hash = release.hash;
        for (int i = 0; i < 2; i++) {
            image_build(&e);
            assert_int_equal(dstack_evidence_parse(workload_bytes(&e.w).p,
                                 workload_bytes(&e.w).n, &evidence, NULL),
                0);
            p = dstack_evidence_quote(evidence, &n);
            assert_int_equal(dstack_quote_parse(p, n, &q, NULL), 0);
            options = (ds_image_options){.images = list, .image_count = 1};
            ds_checks_init(&checks);
            (void)ds_image_judge(evidence, q, &options, &checks, &facts);
            assert_true(facts.bound == (i == 0));
            if (i == 1)
                assert_int_equal(checks.error.reason,
                    DSTACK_REASON_IMAGE_MEMORY_UNSUPPORTED);
            dstack_quote_free(q);
            dstack_evidence_free(evidence);
            e.memory = "1073741824";
        }
    }
    dstack_image_free(image);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_firmware),
        T(test_firmware_refused),
        T(test_kernel),
        T(test_kernel_refused),
        T(test_object),
        T(test_metadata),
        T(test_files_refused),
        T(test_register),
        T(test_register_refused),
        T(test_judged),
        T(test_judged_refused),
        T(test_judged_document),
    };

    return cmocka_run_group_tests_name(
        "image_files", tests, group_setup, group_teardown);
}
