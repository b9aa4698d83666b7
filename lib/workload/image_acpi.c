/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "crypto/hash.h"
#include "workload/image.h"

/* QEMU gives the firmware three blobs: the tables, which it cannot place
 * itself; the loader, a list of commands that place and patch them; and the
 * RSDP, which points at the last table. The tables stand one behind the
 * other: FACS, DSDT, FACP, APIC, MCFG, WAET, RSDT. Only the DSDT and the APIC
 * (MADT) differ in length between machines, so the loader follows from where
 * the RSDT begins and from how many CPUs there are. */

#define LOADER_SIZE 4096u
#define COMMAND_SIZE 128u
#define COMMANDS 17u
#define FILE_NAME_SIZE 56u
#define RSDP_SIZE 20u

#define FACS_SIZE 64u
#define FACP_SIZE 244u
#define MCFG_SIZE 60u
#define WAET_SIZE 40u
#define RSDT_SIZE 52u
#define TABLE_HEAD 36u
/* Of the MADT: what comes before and behind its CPUs, with the legacy
 * interrupt controller's overrides and without; a CPU's own entry. */
#define MADT_PIC_ON 222u
#define MADT_PIC_OFF 112u
#define MADT_CPU 8u
#define MADT_HEAD 44u
#define MADT_INDEX 3u /* in the order of tables */
/* A CPU with a number above this has an entry of another size. */
#define MADT_MAX_CPUS 255u

/* Where an RSDT may be expected: behind the smallest DSDT that one can think
 * of, and in tables of at most 128 KiB, which is what QEMU reserves. */
#define RSDT_FIRST 0x200u
#define RSDT_LAST 0x20000u

static const char rsdp_file[] = "etc/acpi/rsdp";
static const char tables_file[] = "etc/acpi/tables";

/* ---- what QEMU writes ----------------------------------------------------------- */

static void
put32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static bool
rsdp_digest(uint32_t rsdt, uint8_t ret[DS_MR_SIZE])
{
    uint8_t rsdp[RSDP_SIZE] = "RSD PTR \0BOCHS ";

    put32(rsdp + 16, rsdt);
    return ds_hash(
        DS_SHA384, ds_view_of(rsdp, sizeof rsdp), ds_view_of(NULL, 0), ret);
}

typedef struct {
    uint8_t bytes[COMMANDS * COMMAND_SIZE];
    size_t n;
} loader;

static uint8_t *
put_command(loader *l, uint32_t what, const char *file)
{
    uint8_t *p = l->bytes + l->n;

    put32(p, what);
    memcpy(p + 4, file, strlen(file));
    l->n += COMMAND_SIZE;
    return p + 4 + FILE_NAME_SIZE;
}

static void
put_allocate(loader *l, const char *file, uint32_t align, uint8_t zone)
{
    uint8_t *p = put_command(l, 1, file);

    put32(p, align);
    p[4] = zone;
}

/* The pointer at `offset` in one file becomes an address in the tables. */
static void
put_pointer(loader *l, const char *file, uint32_t offset, uint8_t size)
{
    uint8_t *p = put_command(l, 2, file);

    memcpy(p, tables_file, sizeof tables_file);
    put32(p + FILE_NAME_SIZE, offset);
    p[FILE_NAME_SIZE + 4] = size;
}

static void
put_checksum(loader *l, const char *file, uint32_t result, uint32_t start,
    uint32_t length)
{
    uint8_t *p = put_command(l, 3, file);

    put32(p, result);
    put32(p + 4, start);
    put32(p + 8, length);
}

static void
put_table_checksum(loader *l, uint32_t start, uint32_t length)
{
    put_checksum(l, tables_file, start + 9, start, length);
}

static bool
loader_digest(const ds_acpi_shape *shape, uint8_t ret[DS_MR_SIZE])
{
    uint32_t waet = shape->rsdt - WAET_SIZE, mcfg = waet - MCFG_SIZE;
    uint32_t madt = mcfg - shape->madt, facp = madt - FACP_SIZE;
    /* The rest of the blob. */
    static const uint8_t zeros[LOADER_SIZE - COMMANDS * COMMAND_SIZE];
    loader l = {.n = 0};

    put_allocate(&l, rsdp_file, 16, 2);
    put_allocate(&l, tables_file, 64, 1);
    put_table_checksum(&l, FACS_SIZE, facp - FACS_SIZE);
    put_pointer(&l, tables_file, facp + 36, 4);
    put_pointer(&l, tables_file, facp + 40, 4);
    put_pointer(&l, tables_file, facp + 140, 8);
    put_table_checksum(&l, facp, FACP_SIZE);
    put_table_checksum(&l, madt, shape->madt);
    put_table_checksum(&l, mcfg, MCFG_SIZE);
    put_table_checksum(&l, waet, WAET_SIZE);
    for (uint32_t i = 0; i < 4; i++)
        put_pointer(&l, tables_file, shape->rsdt + TABLE_HEAD + 4 * i, 4);
    put_table_checksum(&l, shape->rsdt, RSDT_SIZE);
    put_pointer(&l, rsdp_file, 16, 4);
    put_checksum(&l, rsdp_file, 8, 0, RSDP_SIZE);
    return ds_hash(DS_SHA384, ds_view_of(l.bytes, l.n),
        ds_view_of(zeros, sizeof zeros), ret);
}

/* Is there room before the RSDT for all that comes before it? */
static bool
shape_fits(const ds_acpi_shape *shape)
{
    uint64_t before = (uint64_t)FACS_SIZE + TABLE_HEAD + FACP_SIZE + MCFG_SIZE +
                      WAET_SIZE + shape->madt;

    return shape->rsdt >= before;
}

bool
ds_acpi_layout_digests(const ds_acpi_shape *shape, ds_acpi_digests *ret)
{
    return shape_fits(shape) && rsdp_digest(shape->rsdt, ret->rsdp) &&
           loader_digest(shape, ret->loader);
}

static bool
same(const uint8_t a[DS_MR_SIZE], const uint8_t b[DS_MR_SIZE])
{
    return memcmp(a, b, DS_MR_SIZE) == 0;
}

bool
ds_acpi_layout_known(const ds_acpi_digests *digests, uint32_t cpus)
{
    static const uint32_t families[] = {MADT_PIC_ON, MADT_PIC_OFF};
    ds_acpi_shape shape = {.rsdt = RSDT_FIRST};
    uint8_t digest[DS_MR_SIZE];

    if (cpus > MADT_MAX_CPUS)
        return false;
    for (;; shape.rsdt++) {
        if (shape.rsdt > RSDT_LAST || !rsdp_digest(shape.rsdt, digest))
            return false;
        if (same(digest, digests->rsdp))
            break;
    }
    for (size_t i = 0; i < 2; i++) {
        shape.madt = families[i] + MADT_CPU * cpus;
        if (shape_fits(&shape) && loader_digest(&shape, digest) &&
            same(digest, digests->loader))
            return true;
    }
    return false;
}

/* ---- tables that the caller has ------------------------------------------------------ */

static int
fail_tables(const char *what, size_t at, dstack_error *err)
{
    return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_IMAGE,
        DSTACK_REASON_ACPI_TABLES,
        "image: ACPI tables: not as QEMU makes them, at byte %zu: %s", at,
        what);
}

/* Entries that stand for a CPU which is there. */
static bool
count_cpus(ds_view madt, uint32_t *ret)
{
    size_t at = MADT_HEAD;

    *ret = 0;
    while (at < madt.n) {
        size_t n;

        if (madt.n - at < 2)
            return false;
        n = madt.p[at + 1];
        if (n < 2 || n > madt.n - at)
            return false;
        if (madt.p[at] == 0) {
            if (n != MADT_CPU)
                return false;
            *ret += madt.p[at + 4] & 1u;
        }
        at += n;
    }
    return at == madt.n;
}

/* The next table: its length; 0 where it is not the expected one. */
static size_t
next_table(ds_view rest, const char *name, uint32_t length)
{
    uint32_t n = rest.n >= 8 ? ds_le32(rest.p + 4) : 0;

    if (n < TABLE_HEAD || n > rest.n || memcmp(rest.p, name, 4) != 0)
        return 0;
    return length == 0 || n == length ? n : 0;
}

int
ds_acpi_tables_read(
    ds_view tables, ds_acpi_digests *ret, uint32_t *cpus, dstack_error *err)
{
    static const struct {
        const char *name;
        uint32_t length; /* 0: any */
    } order[] = {{"FACS", FACS_SIZE}, {"DSDT", 0}, {"FACP", FACP_SIZE},
        {"APIC", 0}, {"MCFG", MCFG_SIZE}, {"WAET", WAET_SIZE},
        {"RSDT", RSDT_SIZE}};
    ds_acpi_shape shape = {0, 0};
    ds_view rest = tables;

    if (tables.n > DS_MAX_ACPI_TABLES)
        return fail_tables("more than 1 MiB", DS_MAX_ACPI_TABLES, err);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        size_t n = next_table(rest, order[i].name, order[i].length);

        shape.rsdt = (uint32_t)(tables.n - rest.n);
        if (n == 0)
            return fail_tables(order[i].name, shape.rsdt, err);
        if (i == MADT_INDEX) {
            shape.madt = (uint32_t)n;
            if (n < MADT_HEAD || !count_cpus(ds_view_of(rest.p, n), cpus))
                return fail_tables(
                    "the list of CPUs is malformed", shape.rsdt, err);
        }
        rest = ds_view_of(rest.p + n, rest.n - n);
    }
    /* QEMU leaves room behind them. */
    if (!ds_view_is_zero(rest))
        return fail_tables("bytes behind the last table", shape.rsdt, err);
    if (!ds_acpi_layout_digests(&shape, ret) ||
        !ds_hash(DS_SHA384, tables, ds_view_of(NULL, 0), ret->tables))
        return ds_fail(
            err, DSTACK_ERR_INTERNAL, "image: ACPI tables: hashing failed");
    return DSTACK_OK;
}
