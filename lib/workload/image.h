/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_WORKLOAD_IMAGE_H
#define DS_WORKLOAD_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/checks.h"
#include "base/error.h"
#include "base/limits.h"
#include "dstack/image.h"
#include "dstack/vm_config.h"
#include "intel/quote.h"
#include "workload/evidence.h"

/* What dstack's OS image leaves in MRTD and RTMR0 to RTMR2 of a TD (spec 3).
 * The functions here are pure: bytes of files in, registers out. */

#define DS_MR_SIZE 48u /* SHA-384, as every register of a TD */
#define DS_PAGE 4096u

/* The only firmware whose events are known (spec 3.5). */
#define DS_OVMF_VARIANT "pre202505"

/* ---- image_document.c: what names an image, and its measurement ---------------- */

#define DS_IMAGE_MANIFEST "sha256sum.txt"
#define DS_IMAGE_DOCUMENT "measurement.tdx.cbor"

/* The digest that a manifest, lines of "<64 hex>  <name>" as sha256sum writes
 * them, has for a name. Every line is checked, and that no name is there
 * twice. Returns DSTACK_OK, or DSTACK_ERR_PARSE with reason
 * image_manifest, also where the name is missing. */
int
ds_image_manifest_find(
    ds_view text, const char *name, uint8_t ret[32], dstack_error *err);
/* The same without looking for a name. */
int
ds_image_manifest_check(ds_view text, dstack_error *err);
/* The name of its line number `index`, from 0; empty past the end. The
 * manifest must have passed one of the functions above. */
ds_view
ds_image_manifest_name(ds_view text, size_t index);

/* Where the firmware's hand-off block lies and which memory it says that it
 * has accepted; in ascending order, no two overlap. */
typedef struct {
    uint64_t base;
    size_t count;
    struct {
        uint64_t start;
        uint64_t length;
    } at[DS_MAX_TD_RANGES];
} ds_td_layout;

enum {
    DS_PASS_SINGLE = 0, /* a page's content is measured as it is added */
    DS_PASS_TWO = 1,    /* all pages of a section, then all content */
    DS_PASS_COUNT
};

/* All that an image contributes, whatever the VM is like. */
typedef struct {
    uint8_t mrtd[DS_PASS_COUNT][DS_MR_SIZE];
    uint8_t kernel[DS_MR_SIZE]; /* for memory of ds_image_lite_memory() */
    uint8_t cmdline[DS_MR_SIZE];
    uint8_t initrd[DS_MR_SIZE];
    ds_td_layout layout;
} ds_image_parts;

/* measurement.tdx.cbor. Returns DSTACK_OK; DSTACK_ERR_PARSE with reason
 * image_measurement; DSTACK_ERR_UNSUPPORTED with ovmf_variant or
 * image_unsupported (another version of the document). */
int
ds_image_document_read(ds_view cbor, ds_image_parts *ret, dstack_error *err);
/* Its compact form of a layout; false when it is none. */
bool
ds_td_layout_read(ds_view witness, ds_td_layout *ret);
/* A layout from ranges in any order; false where they overlap, are empty or
 * pass the end of the address space. */
bool
ds_td_layout_sort(ds_td_layout *layout);

/* ---- image_config.c: what of vm_config matters --------------------------------- */

typedef struct {
    uint8_t os_image_hash[32];
    bool lite;
    bool has_document; /* tdx_measurement is there */
    int pass;          /* DS_PASS_* */
    uint64_t memory;   /* bytes */
    uint32_t cpus;
} ds_vm_shape;

/* Returns DSTACK_OK; DSTACK_ERR_PARSE with reason image_config;
 * DSTACK_ERR_UNSUPPORTED with ovmf_unsupported, image_qemu_unsupported or image_unsupported
 * (a variant or a device that cannot be judged). */
int
ds_vm_shape_read(
    const dstack_vm_config *config, ds_vm_shape *ret, dstack_error *err);
int
ds_image_fail_variant(ds_view found, dstack_error *err);
/* The kernel digest of a document was computed for memory that reaches the
 * 32-bit hole the same way: exactly 2 GiB, or 2.75 GiB and more. */
bool
ds_image_lite_memory(uint64_t memory);

/* ---- image_register.c: the registers --------------------------------------------- */

/* The digests, in the log's order, of the three blobs with ACPI tables. */
typedef struct {
    uint8_t loader[DS_MR_SIZE];
    uint8_t rsdp[DS_MR_SIZE];
    uint8_t tables[DS_MR_SIZE];
} ds_acpi_digests;

/* Do the accepted ranges lie in memory below 4 GiB, and is some left behind
 * them? */
bool
ds_td_layout_fits(const ds_td_layout *layout, uint64_t memory);
/* False when hashing fails or the layout does not fit. */
bool
ds_td_hob_digest(
    const ds_td_layout *layout, uint64_t memory, uint8_t ret[DS_MR_SIZE]);

/* The digests that a register is extended with, in order; they are those that
 * are given, and constants. Returns how many. */
#define DS_RTMR_EVENTS 13
size_t
ds_rtmr0_digests(const uint8_t block[DS_MR_SIZE], const ds_acpi_digests *acpi,
    const uint8_t *ret[DS_RTMR_EVENTS]);
size_t
ds_rtmr1_digests(
    const uint8_t kernel[DS_MR_SIZE], const uint8_t *ret[DS_RTMR_EVENTS]);
size_t
ds_rtmr2_digests(const uint8_t cmdline[DS_MR_SIZE],
    const uint8_t initrd[DS_MR_SIZE], const uint8_t *ret[DS_RTMR_EVENTS]);
/* The register after them. False when hashing fails. */
bool
ds_rtmr_value(const uint8_t *const *digests, size_t n, uint8_t ret[DS_MR_SIZE]);
bool
ds_rtmr0(const uint8_t block[DS_MR_SIZE], const ds_acpi_digests *acpi,
    uint8_t ret[DS_MR_SIZE]);
bool
ds_rtmr1(const uint8_t kernel[DS_MR_SIZE], uint8_t ret[DS_MR_SIZE]);
bool
ds_rtmr2(const uint8_t cmdline[DS_MR_SIZE], const uint8_t initrd[DS_MR_SIZE],
    uint8_t ret[DS_MR_SIZE]);

/* ---- image_acpi.c: ACPI tables, as QEMU gives them to the firmware (spec 3.6) ------ */

/* What the two blobs around the tables depend on. */
typedef struct {
    uint32_t rsdt; /* where the last table begins */
    uint32_t madt; /* length of the table that lists the CPUs */
} ds_acpi_shape;

/* Digests of rsdp and loader for that shape; tables is left alone. False when
 * hashing fails. */
bool
ds_acpi_layout_digests(const ds_acpi_shape *shape, ds_acpi_digests *ret);
/* Are rsdp and loader those that QEMU makes for so many CPUs? Searches for
 * the shape: up to 130,000 hashes. */
bool
ds_acpi_layout_known(const ds_acpi_digests *digests, uint32_t cpus);
/* All three digests, and the number of CPUs, from the tables themselves.
 * Returns DSTACK_OK, DSTACK_ERR_INTERNAL, or DSTACK_ERR_PARSE with reason
 * acpi_tables. */
int
ds_acpi_tables_read(
    ds_view tables, ds_acpi_digests *ret, uint32_t *cpus, dstack_error *err);

/* The tables that somebody vouches for. */
typedef struct {
    ds_acpi_digests digests;
    uint32_t cpus;     /* 0: of a VM with any number */
    bool tables_alone; /* loader and rsdp must be QEMU's own */
} ds_acpi_entry;

struct dstack_acpi {
    size_t count;
    ds_acpi_entry at[DS_MAX_ACPI_ENTRIES];
};

/* ---- image_tdvf.c: the firmware (spec 3.4) -------------------------------------------- */

/* MRTD in both modes, and the layout, from the firmware's file. Returns
 * DSTACK_OK, DSTACK_ERR_NOMEM, DSTACK_ERR_INTERNAL, or DSTACK_ERR_PARSE with
 * reason image_firmware. */
int
ds_tdvf_read(ds_view firmware, ds_image_parts *ret, dstack_error *err);

/* ---- image_kernel.c: the kernel (spec 3.5.2) ------------------------------------------- */

/* What the firmware measures of a kernel that QEMU has told where an initrd
 * of this size lies, in a VM with this memory: its Authenticode digest.
 * Returns DSTACK_OK, DSTACK_ERR_INTERNAL, or DSTACK_ERR_PARSE with reason
 * image_kernel. */
int
ds_kernel_digest(ds_view kernel, uint64_t initrd_size, uint64_t memory,
    uint8_t ret[DS_MR_SIZE], dstack_error *err);

/* ---- image.c: an image by its files ------------------------------------------------------ */

struct dstack_image {
    ds_buf manifest;
    uint8_t hash[32];
    bool has_metadata;
    int is_dev; /* -1: not known */
    char version[DS_MAX_IMAGE_VERSION + 1];
    ds_buf names;        /* of all files, a NUL behind each */
    ds_buf role_name[3]; /* DS_IMAGE_*, from the metadata */
    bool has_role[3];
    bool has_document;
    ds_buf kernel;
    uint64_t initrd_size;
    ds_image_parts files;    /* once all roles are there */
    ds_image_parts document; /* of measurement.tdx.cbor */
};

enum {
    DS_IMAGE_FIRMWARE = 0,
    DS_IMAGE_KERNEL = 1,
    DS_IMAGE_INITRD = 2
};

/* What the image contributes in a VM of this shape. Returns DSTACK_OK or what
 * dstack_image_register() says of files and memory. */
int
ds_image_parts_for(const dstack_image *image, const ds_vm_shape *shape,
    ds_image_parts *ret, dstack_error *err);
/* DSTACK_ERR_UNSUPPORTED: a document says nothing about so much memory. */
int
ds_image_fail_memory(uint64_t memory, dstack_error *err);

/* ---- image_judge.c: which image booted --------------------------------------------- */

typedef struct {
    const dstack_image *const *images;
    size_t image_count;
    const dstack_acpi *acpi; /* NULL: none are known */
    bool search;             /* look for the shape of unknown tables */
} ds_image_options;

/* What is known of the image. */
typedef struct {
    bool bound;     /* the quote's registers are those of this image */
    bool has_hash;  /* the evidence claims one */
    uint32_t level; /* DSTACK_IMAGE_LEVEL_*, of a bound image */
    int reason;     /* why it is not bound although no check failed */
    uint8_t hash[32];
    int is_dev;                             /* -1: not known */
    char version[DS_MAX_IMAGE_VERSION + 1]; /* "": not known */
} ds_image_facts;
/* Of no image: nobody has looked, or there was nothing to look at. */
extern const ds_image_facts ds_image_unknown;

/* Does the quote show the image that the evidence claims? Every check is
 * recorded; those for which something is missing stay not run, and the facts
 * say so. Returns DSTACK_OK or the first failure's code. */
int
ds_image_judge(const dstack_evidence *e, const dstack_quote *q,
    const ds_image_options *options, ds_checks *checks, ds_image_facts *ret);

#endif
