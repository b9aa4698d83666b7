/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue of what may be wrong with a guest's OS image (platforms.md
 * 8.2, rows 56 to 71): the document that came with its evidence, the files of a
 * release, the configuration of its VM, and what a policy asks of them. */
#include <stdlib.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "support/attack.h"
#include "support/image.h"
#include "support/vec.h"

#define IMAGE DSTACK_STAGE_IMAGE
#define POLICY DSTACK_STAGE_POLICY
#define GIB (UINT64_C(1) << 30)
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static image_evidence e;
static image_release release;

/* Untouched evidence of a VM that booted a real image, known by its document;
 * changes go into e and a->f. */
static void
begin(attack *a)
{
    attack_begin(a, FORGE_TDX_V4);
    image_end(&e);
    image_begin(&e, a->f);
}

static void
build(attack *a)
{
    image_build(&e);
    a->evidence = workload_bytes(&e.w);
}

static void
reject(attack *a, int stage, int reason)
{
    build(a);
    attack_reject_built(a, stage, reason);
    if (stage == IMAGE)
        assert_int_equal(dstack_report_image_is_bound(a->report), 0);
}

static void
accept(attack *a, uint32_t level)
{
    build(a);
    attack_accept_built(a, DSTACK_TCB_UP_TO_DATE);
    assert_int_equal(dstack_report_image_is_bound(a->report), 1);
    assert_int_equal(dstack_report_image_level(a->report), level);
    assert_int_equal(dstack_report_claim_bound_by(a->report, "os_image_hash"),
        DSTACK_BOUND_IMAGE);
}

/* What the check that failed found. */
static void
expect_found(const attack *a, const char *text)
{
    size_t i = 0;

    while (dstack_report_check_result(a->report, i) != DSTACK_CHECK_FAILED)
        i++;
    assert_string_equal(dstack_report_check_found(a->report, i), text);
}

/* ---- a release ------------------------------------------------------------------ */

/* Evidence of a VM that booted a release, known by its files. */
static void
begin_release(attack *a)
{
    begin(a);
    image_release_begin(&release);
    e.no_document = true;
    e.variant = NULL;
    e.os_image_hash = release.hash;
    memcpy(a->f->quote.td.mr_td, release.mr_td[DS_PASS_TWO], 48);
    for (size_t i = 0; i < 3; i++)
        memcpy(a->f->quote.td.rtmr[i], release.rtmr[i], 48);
}

/* The verifier knows the release, with what was changed in it. */
static dstack_image *
know_release(attack *a)
{
    dstack_image *image;

    image_release_list(&release);
    image = image_release_open(&release, "fki");
    a->image = image;
    return image;
}

static void
end_release(attack *a, dstack_image *image)
{
    a->image = NULL;
    dstack_image_free(image);
    image_release_end(&release);
}

/* ---- the document's manifest ------------------------------------------------------ */

static void
checksum_file(attack *a)
{
    begin(a);
    accept(a, DSTACK_IMAGE_LEVEL_NONE);
    /* Another name in the manifest's place. */
    e.os_image_hash =
        "f69c8e5031ec2b269bbc08839ce02cb98ee255d695626f941f4b37b95946d352";
    reject(a, IMAGE, DSTACK_REASON_IMAGE_HASH);
    expect_found(a, image_hash);
    /* One byte less in a manifest that says the same. */
    e.os_image_hash = image_hash;
    e.manifest = "8c9e955f0b577cc8945a891a34ccfa5b8e08bb5e5d249992603e64dd14870"
                 "e3c measurement.tdx.cbor\n";
    reject(a, IMAGE, DSTACK_REASON_IMAGE_HASH);
    e.os_image_hash = NULL;
    accept(a, DSTACK_IMAGE_LEVEL_NONE);
}

static void
measurement(attack *a)
{
    char manifest[128];

    begin(a);
    snprintf(manifest, sizeof manifest, "%s  measurement.tdx.cbor\n",
        image_document_sha256);
    e.manifest = manifest;
    accept(a, DSTACK_IMAGE_LEVEL_NONE);
    /* A number that no register of this VM depends on. */
    e.single = e.two;
    reject(a, IMAGE, DSTACK_REASON_IMAGE_MEASUREMENT);
    begin(a);
    e.manifest = "8c9e955f0b577cc8945a891a34ccfa5b8e08bb5e5d249992603e64dd14870"
                 "e3d  measurement.tdx.cbor\n";
    reject(a, IMAGE, DSTACK_REASON_IMAGE_MEASUREMENT);
    e.manifest = NULL;
    e.no_document = true;
    reject(a, IMAGE, DSTACK_REASON_IMAGE_MISSING);
}

/* The document's line, with others before it. */
static void
list_before(const char *before)
{
    static char manifest[512];

    snprintf(manifest, sizeof manifest, "%s%s  measurement.tdx.cbor\n", before,
        image_document_sha256);
    e.manifest = manifest;
}

static void
duplicate(attack *a)
{
    static const char *const before[] = {
        ZEROS "  measurement.tdx.cbor\n", ZEROS "  a\n" ZEROS "  a\n"};

    begin(a);
    list_before(ZEROS "  a\n" ZEROS "  b\n");
    accept(a, DSTACK_IMAGE_LEVEL_NONE);
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        list_before(before[i]);
        reject(a, IMAGE, DSTACK_REASON_IMAGE_MANIFEST);
    }
    /* The same line twice. */
    list_before("8c9e955f0b577cc8945a891a34ccfa5b8e08bb5e5d249992603e64dd14870"
                "e3c  measurement.tdx.cbor\n");
    reject(a, IMAGE, DSTACK_REASON_IMAGE_MANIFEST);
}

/* ---- the VM -------------------------------------------------------------------------- */

static void
other_memory(attack *a)
{
    static const char *const sizes[] = {
        "2952790016", "4294967296", "2147487744000"};

    begin(a);
    accept(a, DSTACK_IMAGE_LEVEL_NONE);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        e.memory = sizes[i];
        reject(a, IMAGE, DSTACK_REASON_IMAGE_RTMR0);
        expect_found(a, image_rtmr[0]);
    }
}

/* Nothing but the blobs around the tables binds the number of CPUs. */
static void
other_cpus(attack *a)
{
    begin(a);
    e.cpus = "4";
    accept(a, DSTACK_IMAGE_LEVEL_NONE);
    assert_int_equal(dstack_policy_require_image(
                         attack_policy(a), DSTACK_IMAGE_LEVEL_LAYOUT, NULL),
        0);
    reject(a, POLICY, DSTACK_REASON_POLICY_IMAGE_LEVEL);
    e.cpus = "2";
    accept(a, DSTACK_IMAGE_LEVEL_LAYOUT);
}

static void
old_image(attack *a)
{
    other_memory(a);
    other_cpus(a);
}

static void
other_vm(attack *a)
{
    begin(a);
    accept(a, DSTACK_IMAGE_LEVEL_NONE);
    e.cpus = "16";
    e.memory = "68719476736";
    reject(a, IMAGE, DSTACK_REASON_IMAGE_RTMR0);
    /* One that puts the firmware's pages in another order. */
    begin(a);
    e.qemu = "9.1.0";
    reject(a, IMAGE, DSTACK_REASON_IMAGE_MRTD);
}

/* With the image's files any size is judged, by a document only those for which
 * its digest of the kernel holds. */
static void
use_one_gib(attack *a)
{
    uint8_t kernel[48], hob[48];
    ds_image_parts parts;
    ds_acpi_digests d;

    e.memory = "1073741824";
    assert_int_equal(
        ds_kernel_digest(release.kernel, release.initrd.n, GIB, kernel, NULL),
        0);
    assert_true(ds_rtmr1(kernel, a->f->quote.td.rtmr[1]));
    assert_int_equal(ds_tdvf_read(release.firmware, &parts, NULL), 0);
    assert_true(ds_td_hob_digest(&parts.layout, GIB, hob));
    assert_true(ds_hex_decode(ds_view_str(e.acpi[0]), d.loader, 48));
    assert_true(ds_hex_decode(ds_view_str(e.acpi[1]), d.rsdp, 48));
    assert_true(ds_hex_decode(ds_view_str(e.acpi[2]), d.tables, 48));
    assert_true(ds_rtmr0(hob, &d, a->f->quote.td.rtmr[0]));
}

static void
little_memory(attack *a)
{
    static const char *const sizes[] = {
        "1073741824", "2147483647", "2147483649", "2684354560", "2952790015"};
    dstack_image *image;

    begin(a);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        e.memory = sizes[i];
        reject(a, IMAGE, DSTACK_REASON_IMAGE_MEMORY_UNSUPPORTED);
    }
    begin_release(a);
    image = know_release(a);
    accept(a, DSTACK_IMAGE_LEVEL_NONE);
    e.memory = "1073741824";
    reject(a, IMAGE, DSTACK_REASON_IMAGE_RTMR0);
    use_one_gib(a);
    accept(a, DSTACK_IMAGE_LEVEL_NONE);
    end_release(a, image);
}

/* ---- ACPI tables ---------------------------------------------------------------------- */

/* The digests of the VM's log, for its number of CPUs. */
static dstack_acpi *
vouch(attack *a)
{
    dstack_acpi *acpi = NULL;
    uint8_t d[3][48];

    for (size_t i = 0; i < 3; i++)
        assert_true(ds_hex_decode(ds_view_str(e.acpi[i]), d[i], 48));
    assert_int_equal(dstack_acpi_new(&acpi, NULL), 0);
    assert_int_equal(
        dstack_acpi_add_digests(acpi, 2, d[0], 48, d[1], 48, d[2], 48, NULL),
        0);
    a->acpi = acpi;
    return acpi;
}

static void
require_full(attack *a)
{
    assert_int_equal(dstack_policy_require_image(
                         attack_policy(a), DSTACK_IMAGE_LEVEL_FULL, NULL),
        0);
}

static void
downgrade(attack *a)
{
    dstack_acpi *acpi;

    begin(a);
    accept(a, DSTACK_IMAGE_LEVEL_NONE);
    require_full(a);
    reject(a, POLICY, DSTACK_REASON_POLICY_IMAGE_LEVEL);
    acpi = vouch(a);
    accept(a, DSTACK_IMAGE_LEVEL_FULL);
    a->acpi = NULL;
    dstack_acpi_free(acpi);
}

/* Tables of the host's own making, measured and logged as they are. */
static void
hostile_tables(attack *a)
{
    dstack_acpi *acpi;
    ds_view witness;
    ds_td_layout layout;
    uint8_t hob[48];
    ds_acpi_digests d;

    begin(a);
    acpi = vouch(a);
    e.acpi[2] = e.kernel;
    witness = vec_bytes(e.witness);
    assert_true(ds_hex_decode(ds_view_str(e.acpi[0]), d.loader, 48));
    assert_true(ds_hex_decode(ds_view_str(e.acpi[1]), d.rsdp, 48));
    assert_true(ds_hex_decode(ds_view_str(e.acpi[2]), d.tables, 48));
    assert_true(ds_td_layout_read(witness, &layout));
    assert_true(ds_td_hob_digest(&layout, 2 * GIB, hob));
    assert_true(ds_rtmr0(hob, &d, a->f->quote.td.rtmr[0]));
    vec_free(witness);
    accept(a, DSTACK_IMAGE_LEVEL_NONE);
    assert_int_equal(dstack_policy_require_image(
                         attack_policy(a), DSTACK_IMAGE_LEVEL_LAYOUT, NULL),
        0);
    accept(a, DSTACK_IMAGE_LEVEL_LAYOUT);
    require_full(a);
    reject(a, POLICY, DSTACK_REASON_POLICY_IMAGE_LEVEL);
    a->acpi = NULL;
    dstack_acpi_free(acpi);
}

static void
events_renamed(attack *a)
{
    const char *name, *digest;

    begin(a);
    accept(a, DSTACK_IMAGE_LEVEL_NONE);
    name = e.names[0];
    digest = e.acpi[0];
    e.names[0] = e.names[1];
    reject(a, IMAGE, DSTACK_REASON_ACPI_EVENTS);
    e.names[0] = "";
    reject(a, IMAGE, DSTACK_REASON_ACPI_EVENTS);
    e.names[0] = name;
    e.acpi[0] = "00";
    reject(a, IMAGE, DSTACK_REASON_ACPI_EVENTS);
    /* Reordered, names and all. */
    e.names[0] = e.names[1];
    e.names[1] = name;
    e.acpi[0] = e.acpi[1];
    e.acpi[1] = digest;
    reject(a, IMAGE, DSTACK_REASON_ACPI_EVENTS);
    /* Where nothing is named RTMR0 speaks. */
    e.names[0] = e.names[1] = e.names[2] = "";
    reject(a, IMAGE, DSTACK_REASON_IMAGE_RTMR0);
}

static void
events_counted(attack *a)
{
    begin(a);
    e.w.events[2].type = 4;
    reject(a, IMAGE, DSTACK_REASON_ACPI_EVENTS);
    begin(a);
    e.w.events[e.w.a.event_count++] = e.w.events[2];
    reject(a, IMAGE, DSTACK_REASON_ACPI_EVENTS);
}

static void
acpi_events(attack *a)
{
    events_renamed(a);
    events_counted(a);
}

/* ---- what the image says of itself ------------------------------------------------------ */

static void
witness(attack *a)
{
    char manifest[128];

    /* With the manifest, and so the name of an image that nobody made. */
    begin(a);
    accept(a, DSTACK_IMAGE_LEVEL_NONE);
    e.witness = "80100904000609020b021011";
    reject(a, IMAGE, DSTACK_REASON_IMAGE_RTMR0);
    snprintf(manifest, sizeof manifest, "%s  measurement.tdx.cbor\n",
        image_document_sha256);
    e.manifest = manifest;
    reject(a, IMAGE, DSTACK_REASON_IMAGE_MEASUREMENT);
    begin(a);
    e.witness = "8010090400060902";
    reject(a, IMAGE, DSTACK_REASON_IMAGE_DOCUMENT);
    begin(a);
    e.witness = "80100901ffffffff0f01";
    reject(a, IMAGE, DSTACK_REASON_IMAGE_CONFIG);
}

/* Only one firmware is known, so that two which differ are never both good. */
static void
firmware(attack *a)
{
    begin(a);
    e.ovmf = "edk2-202511";
    reject(a, IMAGE, DSTACK_REASON_OVMF_UNSUPPORTED);
    begin(a);
    e.members = ",\"ovmf_variant\":\"edk2-202511\"";
    reject(a, IMAGE, DSTACK_REASON_OVMF_UNSUPPORTED);
    e.members = ",\"ovmf_variant\":\"pre202505\"";
    accept(a, DSTACK_IMAGE_LEVEL_NONE);
}

static void
development(attack *a)
{
    static const char *const purposes[] = {"true", "false"};
    char metadata[256];

    for (int dev = 1; dev >= 0; dev--) {
        dstack_image *image;

        begin_release(a);
        snprintf(metadata, sizeof metadata,
            "{\"bios\":\"ovmf.fd\",\"kernel\":\"bzImage\",\"cmdline\":"
            "\"console=ttyS0\",\"initrd\":\"initramfs.cpio.gz\",\"is_dev\":%s}",
            purposes[1 - dev]);
        release.metadata = metadata;
        image = know_release(a);
        accept(a, DSTACK_IMAGE_LEVEL_NONE);
        assert_int_equal(dstack_report_image_is_dev(a->report), dev);
        dstack_policy_require_production_image(attack_policy(a));
        if (dev)
            reject(a, POLICY, DSTACK_REASON_POLICY_IMAGE_DEV);
        else
            accept(a, DSTACK_IMAGE_LEVEL_NONE);
        end_release(a, image);
    }
    /* A document does not say. */
    begin(a);
    dstack_policy_require_production_image(attack_policy(a));
    reject(a, POLICY, DSTACK_REASON_POLICY_IMAGE_DEV);
}

static void
swtpm(attack *a)
{
    begin(a);
    e.members = ",\"swtpm\":true";
    reject(a, IMAGE, DSTACK_REASON_IMAGE_UNSUPPORTED);
    e.members = ",\"swtpm\":false";
    accept(a, DSTACK_IMAGE_LEVEL_NONE);
}

/* ---- files ---------------------------------------------------------------------------------- */

static void
new_image(attack *a, const char *manifest, size_t n, int reason)
{
    dstack_image *image = NULL;
    dstack_error err;
    int rc =
        dstack_image_new((const uint8_t *)manifest, n, NULL, 0, &image, &err);

    if (reason == DSTACK_REASON_NONE)
        attack_call_accepts(a, rc, &err);
    else
        attack_call_refuses(a, rc, &err, IMAGE, reason);
    assert_true((image != NULL) == (rc == DSTACK_OK));
    dstack_image_free(image);
}

static void
too_many_lines(attack *a)
{
    ds_buf b;

    ds_buf_init(&b, 1 << 17);
    for (unsigned i = 0; i < 65; i++) {
        char name[8] = {(char)('a' + i / 26), (char)('a' + i % 26), '\n', 0};

        ds_buf_add_str(&b, ZEROS "  ");
        ds_buf_add_str(&b, name);
        if (i == 63)
            new_image(a, (const char *)b.p, b.n, DSTACK_REASON_NONE);
    }
    new_image(a, (const char *)b.p, b.n, DSTACK_REASON_IMAGE_MANIFEST);
    ds_buf_free(&b);
}

/* There is no archive to unpack: a release is a list of names and the bytes of
 * each. Nothing of a list is a path out of where its reader looks, and what a
 * link or a device gives is held against the list like any other bytes. */
static void
archive(attack *a)
{
    static const char *const names[] = {"../ovmf.fd", "/etc/passwd",
        "dir/ovmf.fd", "..", ".hidden", "a b", "*ovmf.fd", "", "a\r",
        "dir\\..\\a"};
    dstack_image *image;
    dstack_error err;
    int rc;

    begin(a);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char line[128];

        attack_case(a, "name %zu", i);
        snprintf(line, sizeof line, ZEROS "  %s\n", names[i]);
        new_image(a, line, strlen(line), DSTACK_REASON_IMAGE_MANIFEST);
        list_before(line);
        reject(a, IMAGE, DSTACK_REASON_IMAGE_MANIFEST);
    }
    too_many_lines(a);
    image_release_begin(&release);
    image = image_release_open(&release, "");
    rc = dstack_image_add_file(
        image, "other.txt", (const uint8_t *)"root:x:0:0", 10, &err);
    attack_call_refuses(a, rc, &err, IMAGE, DSTACK_REASON_IMAGE_FILE);
    rc = dstack_image_add_file(
        image, "passwd", (const uint8_t *)"other", 5, &err);
    attack_call_refuses(a, rc, &err, IMAGE, DSTACK_REASON_IMAGE_FILE);
    end_release(a, image);
    attack_note(a, "no archive is ever read");
}

/* Lines that are none. */
static void
other_lines(attack *a)
{
    static const char *const lines[] = {
        ZEROS "\n", ZEROS "00  a\n", "zz" ZEROS "  a\n", "\n", "x\n"};

    begin(a);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        list_before(lines[i]);
        reject(a, IMAGE, DSTACK_REASON_IMAGE_MANIFEST);
    }
    e.manifest = ZEROS "  ovmf.fd\n";
    reject(a, IMAGE, DSTACK_REASON_IMAGE_MANIFEST);
    e.manifest = "";
    reject(a, IMAGE, DSTACK_REASON_IMAGE_MANIFEST);
}

static void
archive_and_lines(attack *a)
{
    archive(a);
    other_lines(a);
}

/* Whatever was checked before: an object is made of bytes that it hashes. */
static void
file_modified(attack *a)
{
    dstack_image *image;
    dstack_error err;
    uint8_t *copy;
    ds_view was;

    begin_release(a);
    image = image_release_open(&release, "fi");
    was = release.kernel;
    copy = malloc(was.n);
    assert_non_null(copy);
    for (size_t i = 0; i < 3; i++) {
        size_t at = i == 0 ? 0 : i == 1 ? was.n / 2 : was.n - 1;

        memcpy(copy, was.p, was.n);
        copy[at] ^= 1;
        attack_call_refuses(a,
            dstack_image_add_file(image, "bzImage", copy, was.n, &err), &err,
            IMAGE, DSTACK_REASON_IMAGE_FILE);
        attack_call_refuses(a,
            dstack_image_add_file(image, "bzImage", was.p, at, &err), &err,
            IMAGE, DSTACK_REASON_IMAGE_FILE);
    }
    free(copy);
    attack_call_accepts(
        a, dstack_image_add_file(image, "bzImage", was.p, was.n, &err), &err);
    a->image = image;
    accept(a, DSTACK_IMAGE_LEVEL_NONE);
    end_release(a, image);
}

static void
command_line(attack *a)
{
    dstack_image *image;

    begin_release(a);
    release.metadata =
        "{\"bios\":\"ovmf.fd\",\"kernel\":\"bzImage\",\"cmdline\":\"init=/bin/"
        "sh\",\"initrd\":\"initramfs.cpio.gz\"}";
    image = know_release(a);
    reject(a, IMAGE, DSTACK_REASON_IMAGE_RTMR2);
    end_release(a, image);
    begin_release(a);
    image = know_release(a);
    accept(a, DSTACK_IMAGE_LEVEL_NONE);
    /* The release as its author made it, and a document that says other. */
    end_release(a, image);
    begin(a);
    e.cmdline = e.initrd;
    reject(a, IMAGE, DSTACK_REASON_IMAGE_RTMR2);
}

static const attack_row rows[] = {
    ATTACK("P56", "another checksum file", checksum_file),
    ATTACK("P57", "another measurement document", measurement),
    ATTACK("P58", "a file listed twice", duplicate),
    ATTACK("P59", "an old image in another VM", old_image),
    ATTACK("P60", "a document where tables are asked for", downgrade),
    ATTACK("P61", "hostile ACPI tables", hostile_tables),
    ATTACK("P62", "ACPI events renamed, moved, four", acpi_events),
    ATTACK("P63", "another layout of the firmware", witness),
    ATTACK("P64", "two firmwares", firmware),
    ATTACK("P65", "a size of memory the document lacks", little_memory),
    ATTACK("P66", "another VM's configuration", other_vm),
    ATTACK("P67", "an image for development", development),
    ATTACK("P68", "an emulated TPM", swtpm),
    ATTACK("P69", "names that lead elsewhere", archive_and_lines),
    ATTACK("P70", "a file changed after it was checked", file_modified),
    ATTACK("P71", "another command line", command_line),
};

ATTACK_MAIN(rows)
