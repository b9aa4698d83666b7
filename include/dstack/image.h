/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_IMAGE_H
#define DSTACK_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"
#include "dstack/vm_config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How much is known of the ACPI tables that the host gave to a VM, whose OS
 * image is known. They are code that the guest's kernel interprets; MRTD,
 * RTMR1 and RTMR2 say nothing of them, RTMR0 has their digests.
 *
 *   none    nothing: their digests were taken from the event log
 *   layout  the two blobs around the tables are exactly what QEMU makes for
 *           this number of CPUs; of the tables the digest is known only
 *   full    somebody vouches for all of them, see dstack_acpi_new() */
enum {
    DSTACK_IMAGE_LEVEL_NONE = 0,
    DSTACK_IMAGE_LEVEL_LAYOUT = 1,
    DSTACK_IMAGE_LEVEL_FULL = 2
};

/* "none", "layout", "full"; "unknown" for any other number. Static. */
DSTACK_API const char *
dstack_image_level_name(uint32_t level);

/* ACPI tables that the caller vouches for. They depend on the version of QEMU
 * and on the VM's devices, not on the OS image. */
typedef struct dstack_acpi dstack_acpi;

/* An empty list. Returns DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_NOMEM. Free
 * with dstack_acpi_free(). */
DSTACK_MUST int
dstack_acpi_new(dstack_acpi **ret, dstack_error *err);
DSTACK_API void
dstack_acpi_free(dstack_acpi *acpi); /* NULL is a no-op */

/* Add the tables themselves: the file "etc/acpi/tables" as QEMU gives it to
 * the firmware, at most 1 MiB, for VMs with as many CPUs as it lists. The two
 * blobs around it follow from it. At most 256 entries. Nothing is kept.
 *
 * Returns DSTACK_OK; DSTACK_ERR_ARG, also for an entry too many;
 * DSTACK_ERR_PARSE with reason acpi_tables; DSTACK_ERR_INTERNAL. */
DSTACK_MUST int
dstack_acpi_add_tables(dstack_acpi *acpi, const uint8_t *tables,
    size_t tables_len, dstack_error *err);

/* Add tables by the SHA-384 digests that a VM's event log has for them, 48
 * bytes each.
 *
 *   cpus          number of CPUs of the VMs that these are for; 0 for any
 *   loader, rsdp  both NULL: whatever QEMU makes for these tables
 *
 * Returns DSTACK_OK, or DSTACK_ERR_ARG, also for an entry too many. */
DSTACK_MUST int
dstack_acpi_add_digests(dstack_acpi *acpi, uint32_t cpus, const uint8_t *loader,
    size_t loader_len, const uint8_t *rsdp, size_t rsdp_len,
    const uint8_t *tables, size_t tables_len, dstack_error *err);

/* A release of dstack's OS image, by its files. Its name is the SHA-256 of the
 * file sha256sum.txt, "os_image_hash" elsewhere; every file that is used is
 * listed there. After the last file was added it is immutable and may be
 * shared by threads. */
typedef struct dstack_image dstack_image;

/* Begin one.
 *
 *   manifest  sha256sum.txt, at most 64 KiB and 64 lines
 *   metadata  metadata.json, at most 64 KiB; NULL: version and purpose are not
 *             known and the other files cannot be used, only
 *             measurement.tdx.cbor
 *   ret       the image on success, NULL on failure. Free with
 *             dstack_image_free().
 *
 * Returns DSTACK_OK; DSTACK_ERR_ARG; DSTACK_ERR_NOMEM; DSTACK_ERR_PARSE with
 * reason image_manifest or image_metadata; DSTACK_ERR_UNSUPPORTED with
 * ovmf_unsupported; DSTACK_ERR_UNTRUSTED with image_file: metadata is not the
 * listed file; DSTACK_ERR_INTERNAL. */
DSTACK_MUST int
dstack_image_new(const uint8_t *manifest, size_t manifest_len,
    const uint8_t *metadata, size_t metadata_len, dstack_image **ret,
    dstack_error *err);
DSTACK_API void
dstack_image_free(dstack_image *image); /* NULL is a no-op */

/* The names that the manifest lists, in its order, NUL-terminated; NULL for an
 * index out of range. */
DSTACK_API size_t
dstack_image_file_count(const dstack_image *image);
DSTACK_API const char *
dstack_image_file_name(const dstack_image *image, size_t index);

/* Add a listed file: firmware, kernel and initrd, which the metadata names,
 * all three or none; or measurement.tdx.cbor, which has their digests. Any
 * other listed file is compared with the manifest and not used. Only the
 * kernel is copied, at most 64 MiB.
 *
 * Returns DSTACK_OK; DSTACK_ERR_ARG; DSTACK_ERR_NOMEM; DSTACK_ERR_UNTRUSTED
 * with reason image_file: not listed, or not the listed file; DSTACK_ERR_PARSE
 * with image_firmware, image_kernel or image_document;
 * DSTACK_ERR_UNSUPPORTED with image_unsupported or ovmf_unsupported;
 * DSTACK_ERR_INTERNAL. */
DSTACK_MUST int
dstack_image_add_file(dstack_image *image, const char *name,
    const uint8_t *data, size_t data_len, dstack_error *err);

/* The image's name, 32 bytes. Its version, NUL-terminated, NULL where the
 * metadata says none. 1: made for development, with a way in for whoever runs
 * the VM; 0: for production; -1 where the metadata does not say. */
DSTACK_API const uint8_t *
dstack_image_hash(const dstack_image *image, size_t *len);
DSTACK_API const char *
dstack_image_version(const dstack_image *image, size_t *len);
DSTACK_API int
dstack_image_is_dev(const dstack_image *image);

/* The value that a register has after this image has booted in such a VM.
 *
 *   config     "memory_size" and, for mr_td, "qemu_version" and its like; its
 *              "os_image_hash" must be this image's
 *   acpi       for rtmr0 the VM's ACPI tables: of the list's entries exactly
 *              one may be for "cpu_count" CPUs, with all three digests. NULL
 *              otherwise.
 *   name       "mr_td", "rtmr0", "rtmr1" or "rtmr2"
 *   value_len  48
 *
 * Returns DSTACK_OK; DSTACK_ERR_ARG, also for ACPI tables that are missing or
 * not the only ones; DSTACK_ERR_NOMEM; DSTACK_ERR_PARSE with reason
 * image_config or image_kernel; DSTACK_ERR_UNSUPPORTED with image_unsupported,
 * image_qemu_unsupported, image_memory_unsupported or ovmf_unsupported;
 * DSTACK_ERR_UNTRUSTED with image_hash, or with image_missing: files were not
 * added; DSTACK_ERR_INTERNAL. */
DSTACK_MUST int
dstack_image_register(const dstack_image *image, const dstack_vm_config *config,
    const dstack_acpi *acpi, const char *name, uint8_t *value, size_t value_len,
    dstack_error *err);

#ifdef __cplusplus
}
#endif
#endif
