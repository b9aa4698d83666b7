/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "workload/image.h"

const char *
dstack_image_level_name(uint32_t level)
{
    static const char *const names[] = {"none", "layout", "full"};

    return level < sizeof names / sizeof names[0] ? names[level] : "unknown";
}

int
dstack_acpi_new(dstack_acpi **ret, dstack_error *err)
{
    ds_err_clear(err);
    if (!ret)
        return ds_fail(err, DSTACK_ERR_ARG, "dstack_acpi_new: NULL argument");
    *ret = ds_calloc(1, sizeof **ret);
    return *ret ? DSTACK_OK : ds_fail_nomem(err);
}

void
dstack_acpi_free(dstack_acpi *acpi)
{
    ds_free(acpi);
}

static bool
is_full(const dstack_acpi *acpi)
{
    return acpi->count == DS_MAX_ACPI_ENTRIES;
}

int
dstack_acpi_add_tables(dstack_acpi *acpi, const uint8_t *tables,
    size_t tables_len, dstack_error *err)
{
    ds_acpi_entry entry = {.tables_alone = false};
    int rc;

    ds_err_clear(err);
    if (!acpi || !tables || is_full(acpi))
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_acpi_add_tables: NULL argument, or %u entries already",
            DS_MAX_ACPI_ENTRIES);
    rc = ds_acpi_tables_read(
        ds_view_of(tables, tables_len), &entry.digests, &entry.cpus, err);
    if (rc == DSTACK_OK)
        acpi->at[acpi->count++] = entry;
    return rc;
}

int
dstack_acpi_add_digests(dstack_acpi *acpi, uint32_t cpus, const uint8_t *loader,
    size_t loader_len, const uint8_t *rsdp, size_t rsdp_len,
    const uint8_t *tables, size_t tables_len, dstack_error *err)
{
    ds_acpi_entry entry = {.cpus = cpus, .tables_alone = !loader};

    ds_err_clear(err);
    if (!acpi || !tables || !loader != !rsdp || is_full(acpi))
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_acpi_add_digests: NULL argument, one of loader and rsdp "
            "alone, or %u entries already",
            DS_MAX_ACPI_ENTRIES);
    if (tables_len != DS_MR_SIZE ||
        (loader && (loader_len != DS_MR_SIZE || rsdp_len != DS_MR_SIZE)))
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_acpi_add_digests: a digest is not 48 bytes long");
    memcpy(entry.digests.tables, tables, DS_MR_SIZE);
    if (loader) {
        memcpy(entry.digests.loader, loader, DS_MR_SIZE);
        memcpy(entry.digests.rsdp, rsdp, DS_MR_SIZE);
    }
    acpi->at[acpi->count++] = entry;
    return DSTACK_OK;
}
