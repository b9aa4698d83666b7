/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_IMAGE_H
#define DSTACK_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"

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

#ifdef __cplusplus
}
#endif
#endif
