/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "crypto/hash.h"
#include "workload/image.h"

/* The Linux/x86 boot protocol's setup header, as far as QEMU writes into it:
 * everything is below PATCHED. */
#define PATCHED 0x240u
#define OFF_SIGNATURE 0x202u
#define OFF_PROTOCOL 0x206u
#define OFF_LOADER 0x210u
#define OFF_LOADFLAGS 0x211u
#define OFF_INITRD_ADDRESS 0x218u
#define OFF_INITRD_SIZE 0x21cu
#define OFF_HEAP_END 0x224u
#define OFF_CMDLINE 0x228u
#define OFF_INITRD_MAX 0x22cu
#define OFF_XLOADFLAGS 0x236u

#define LOADED_HIGH 0x01u
#define CAN_USE_HEAP 0x80u
#define CAN_BE_LOADED_ABOVE_4G 0x02u
/* "QEMU, version 0" in the list of boot loaders. */
#define LOADER_QEMU 0xb0u

/* Where QEMU puts the real-mode part and the command line. */
#define REAL_MODE 0x10000u
#define CMDLINE 0x20000u
/* What it keeps free below the end of low memory for ACPI tables. */
#define ACPI_DATA 0x28000u

#define LOW_MEMORY UINT64_C(0xb0000000)
#define LOW_END UINT64_C(0x80000000)

#define MAX_SECTIONS 64u
/* Head, three parts around what is left out, sections, tail, padding; each
 * may be cut in two where the patched bytes end. */
#define MAX_PARTS (2 * (MAX_SECTIONS + 4) + 1)
#define SECTION_SIZE 40u

static int
fail(dstack_error *err, const char *what)
{
    return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_IMAGE,
        DSTACK_REASON_IMAGE_KERNEL, "image: kernel: %s", what);
}

/* ---- what QEMU writes -------------------------------------------------------------- */

static void
put_le(uint8_t *p, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

/* The highest address that an initrd may reach. */
static uint64_t
initrd_max(const uint8_t *p, uint64_t memory)
{
    uint64_t max = ds_le32(p + OFF_INITRD_MAX);
    uint64_t low = memory < LOW_MEMORY ? LOW_MEMORY : LOW_END;
    uint64_t below = memory < low ? memory : low;

    if (ds_le16(p + OFF_PROTOCOL) >= 0x20c &&
        (ds_le16(p + OFF_XLOADFLAGS) & CAN_BE_LOADED_ABOVE_4G) != 0)
        max = UINT32_MAX;
    else if (max == 0)
        max = 0x37ffffff;
    return max >= below - ACPI_DATA ? below - ACPI_DATA - 1 : max;
}

/* The kernel's first bytes. Protocols older than 2.03 have no kernel that the
 * firmware could start. */
static int
patch(uint8_t p[PATCHED], uint64_t initrd_size, uint64_t memory,
    dstack_error *err)
{
    uint64_t max;

    if (memcmp(p + OFF_SIGNATURE, "HdrS", 4) != 0 ||
        ds_le16(p + OFF_PROTOCOL) < 0x203 ||
        (p[OFF_LOADFLAGS] & LOADED_HIGH) == 0)
        return fail(err, "not a bzImage of boot protocol 2.03 or newer");
    if (memory <= ACPI_DATA)
        return fail(err, "there is less memory than QEMU needs for itself");
    max = initrd_max(p, memory);
    if (initrd_size > max)
        return fail(err, "the initrd does not fit into the VM's memory");
    p[OFF_LOADER] = LOADER_QEMU;
    p[OFF_LOADFLAGS] |= CAN_USE_HEAP;
    put_le(p + OFF_HEAP_END, CMDLINE - REAL_MODE - 0x200, 2);
    put_le(p + OFF_CMDLINE, CMDLINE, 4);
    if (initrd_size != 0) {
        put_le(
            p + OFF_INITRD_ADDRESS, (max - initrd_size) & ~UINT64_C(0xfff), 4);
        put_le(p + OFF_INITRD_SIZE, initrd_size, 4);
    }
    return DSTACK_OK;
}

/* ---- Authenticode ------------------------------------------------------------------ */

typedef struct {
    uint64_t start;
    uint64_t size;
} range;

/* What matters of a PE header. */
typedef struct {
    uint64_t headers;     /* size of all of them */
    uint64_t checksum;    /* offset; 4 bytes */
    uint64_t certificate; /* offset of the directory's entry; 8 bytes */
    uint64_t cert_size;
    range section[MAX_SECTIONS]; /* by their place in the file */
    size_t count;
} pe;

typedef struct {
    const uint8_t *head; /* PATCHED bytes that replace the file's */
    ds_view file;
    ds_view part[MAX_PARTS];
    size_t count;
    uint64_t size;
} input;

/* Sections in the order in which they stand in the file. */
static bool
add_section(pe *h, uint64_t start, uint64_t size, uint64_t end)
{
    size_t i = h->count;

    if (size == 0)
        return true;
    if (start < h->headers || start > end || size > end - start)
        return false;
    for (; i > 0 && h->section[i - 1].start > start; i--)
        h->section[i] = h->section[i - 1];
    h->section[i] = (range){start, size};
    h->count++;
    return (i == 0 ||
               h->section[i - 1].start + h->section[i - 1].size <= start) &&
           (i + 1 == h->count || start + size <= h->section[i + 1].start);
}

static const char *
read_sections(ds_view file, uint64_t table, uint32_t count, pe *h)
{
    if (count > MAX_SECTIONS ||
        table + (uint64_t)count * SECTION_SIZE > h->headers)
        return "its PE section table is not in the headers";
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *s = file.p + table + (size_t)i * SECTION_SIZE;

        if (!add_section(h, ds_le32(s + 20), ds_le32(s + 16), file.n))
            return "PE sections overlap or are not in the file";
    }
    return NULL;
}

/* NULL, or what is wrong with it. */
static const char *
read_pe(ds_view file, pe *h)
{
    uint64_t at = ds_le32(file.p + 0x3c), opt = at + 24, dirs;
    uint32_t magic, size;

    memset(h, 0, sizeof *h);
    if (memcmp(file.p, "MZ", 2) != 0 || file.n < 26 || at > file.n - 26 ||
        memcmp(file.p + at, "PE\0\0", 4) != 0)
        return "no PE header: built without an EFI stub";
    size = ds_le16(file.p + at + 20);
    magic = ds_le16(file.p + opt);
    dirs = magic == 0x20b ? 112 : 96;
    if ((magic != 0x20b && magic != 0x10b) || size < dirs + 40 ||
        size > file.n - opt)
        return "its PE optional header is of an unknown form";
    h->checksum = opt + 64;
    h->certificate = opt + dirs + 32;
    if (ds_le32(file.p + opt + dirs - 4) <= 4)
        return "its PE header has no entry for certificates";
    h->headers = ds_le32(file.p + opt + 60);
    h->cert_size = ds_le32(file.p + h->certificate + 4);
    if (h->headers > file.n || h->headers < opt + size)
        return "its PE headers are not in the file";
    return read_sections(file, opt + size, ds_le16(file.p + at + 6), h);
}

static void
add_part(input *in, const uint8_t *p, uint64_t n)
{
    in->part[in->count++] = ds_view_of(p, (size_t)n);
    in->size += n;
}

static void
add_range(input *in, uint64_t from, uint64_t to)
{
    if (from < PATCHED) {
        uint64_t end = to < PATCHED ? to : PATCHED;

        add_part(in, in->head + from, end - from);
        from = end;
    }
    if (from < to)
        add_part(in, in->file.p + from, to - from);
}

/* All but the two fields that signing changes and what it appends. */
static int
digest(input *in, const pe *h, uint8_t ret[DS_MR_SIZE], dstack_error *err)
{
    static const uint8_t zeros[8];
    uint64_t hashed = h->headers, n = in->file.n;

    add_range(in, 0, h->checksum);
    add_range(in, h->checksum + 4, h->certificate);
    add_range(in, h->certificate + 8, h->headers);
    for (size_t i = 0; i < h->count; i++) {
        add_range(
            in, h->section[i].start, h->section[i].start + h->section[i].size);
        hashed += h->section[i].size;
    }
    /* Bytes that belong to no section and to no certificate: some measure
     * them and some do not. */
    if (n - hashed < h->cert_size || (n > hashed && h->cert_size == 0))
        return fail(err, "bytes behind its last PE section");
    if (n - hashed > h->cert_size)
        add_range(in, hashed, n - h->cert_size);
    add_part(in, zeros, (8 - in->size % 8) % 8);
    if (!ds_hash_parts(DS_SHA384, in->part, in->count, ret))
        return ds_fail(err, DSTACK_ERR_INTERNAL, "image: hashing failed");
    return DSTACK_OK;
}

int
ds_kernel_digest(ds_view kernel, uint64_t initrd_size, uint64_t memory,
    uint8_t ret[DS_MR_SIZE], dstack_error *err)
{
    uint8_t head[PATCHED];
    const char *wrong;
    input in = {.head = head, .file = kernel};
    pe h;
    int rc;

    if (kernel.n < PATCHED)
        return fail(err, "shorter than its own header");
    memcpy(head, kernel.p, PATCHED);
    rc = patch(head, initrd_size, memory, err);
    if (rc != DSTACK_OK)
        return rc;
    wrong = read_pe(kernel, &h);
    if (wrong)
        return fail(err, wrong);
    return digest(&in, &h, ret, err);
}
