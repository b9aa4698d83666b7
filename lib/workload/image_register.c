/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "crypto/hash.h"
#include "workload/image.h"

/* ---- the firmware's hand-off block (spec 3.5.1) --------------------------------- */

#define HOB_HEAD 56u
#define HOB_RANGE 48u
/* Every accepted range may have one before it; one behind the last, cut in
 * two by the hole below 4 GiB. */
#define HOB_RANGES (2 * DS_MAX_TD_RANGES + 2)

/* EFI_RESOURCE_SYSTEM_MEMORY, EFI_RESOURCE_MEMORY_UNACCEPTED. */
#define RESOURCE_ACCEPTED 0u
#define RESOURCE_UNACCEPTED 7u

/* QEMU's q35: memory from this size on goes on above 4 GiB. */
#define LOW_MEMORY UINT64_C(0xb0000000)
#define LOW_END UINT64_C(0x80000000)
#define HIGH_START UINT64_C(0x100000000)

static void
put_le(uint8_t *p, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

typedef struct {
    uint8_t bytes[HOB_HEAD + HOB_RANGE * HOB_RANGES];
    size_t n;
} hob;

static void
put_range(hob *h, uint32_t type, uint64_t start, uint64_t length)
{
    uint8_t *p = h->bytes + h->n;

    put_le(p, 3, 2); /* EFI_HOB_TYPE_RESOURCE_DESCRIPTOR */
    put_le(p + 2, HOB_RANGE, 2);
    put_le(p + 24, type, 4);
    put_le(p + 28, 7, 4); /* present, initialised, tested */
    put_le(p + 32, start, 8);
    put_le(p + 40, length, 8);
    h->n += HOB_RANGE;
}

/* Where the last range ends decides, whatever its type. */
static void
put_last(hob *h, uint32_t type, uint64_t start, uint64_t end)
{
    if (end < LOW_MEMORY) {
        put_range(h, type, start, end - start);
        return;
    }
    put_range(h, type, start, LOW_END - start);
    put_range(h, type, HIGH_START, end - LOW_END);
}

bool
ds_td_layout_fits(const ds_td_layout *layout, uint64_t memory)
{
    uint64_t low = memory < LOW_MEMORY ? memory : LOW_END;

    for (size_t i = 0; i < layout->count; i++)
        if (layout->at[i].start >= low ||
            layout->at[i].length >= low - layout->at[i].start)
            return false;
    return true;
}

bool
ds_td_hob_digest(
    const ds_td_layout *layout, uint64_t memory, uint8_t ret[DS_MR_SIZE])
{
    hob h = {.n = HOB_HEAD};
    uint64_t at = 0;

    if (!ds_td_layout_fits(layout, memory))
        return false;
    for (size_t i = 0; i < layout->count; i++) {
        uint64_t start = layout->at[i].start, length = layout->at[i].length;

        if (start > at)
            put_range(&h, RESOURCE_UNACCEPTED, at, start - at);
        put_range(&h, RESOURCE_ACCEPTED, start, length);
        at = start + length;
    }
    put_last(&h, RESOURCE_UNACCEPTED, at, memory);
    put_le(h.bytes, 1, 2); /* EFI_HOB_TYPE_HANDOFF */
    put_le(h.bytes + 2, HOB_HEAD, 2);
    put_le(h.bytes + 8, 9, 4);
    put_le(h.bytes + 48, layout->base + h.n + 8, 8);
    return ds_hash(
        DS_SHA384, ds_view_of(h.bytes, h.n), ds_view_of(NULL, 0), ret);
}

/* ---- digests that no image changes (spec 3.5) ------------------------------------- */

/* EFI variables, all of them empty: secure boot is off, the measurement is
 * what protects. The two GUIDs are as they stand in memory. */
#define GLOBAL \
    "\x61\xdf\xe4\x8b\xca\x93\xd2\x11\xaa\x0d\x00\xe0\x98\x03\x2b\x8c"
#define SECURITY \
    "\xcb\xb2\x19\xd7\x3a\x3d\x96\x45\xa3\xbc\xda\xd0\x0e\x67\x65\x6f"

/* The firmware's volume of variables, as every build of it has it. */
static const uint8_t cfv_digest[DS_MR_SIZE] = {0x34, 0x4b, 0xc5, 0x1c, 0x98,
    0x0b, 0xa6, 0x21, 0xaa, 0xa0, 0x0d, 0xa3, 0xed, 0x74, 0x36, 0xf7, 0xd6,
    0xe5, 0x49, 0x19, 0x7d, 0xfe, 0x69, 0x95, 0x15, 0xdf, 0xa2, 0xc6, 0x58,
    0x3d, 0x95, 0xe6, 0x41, 0x2a, 0xf2, 0x1c, 0x09, 0x7d, 0x47, 0x31, 0x55,
    0x87, 0x5f, 0xfd, 0x56, 0x1d, 0x67, 0x90};
/* Boot0000, the application in the firmware's own volume. */
static const uint8_t boot_digest[DS_MR_SIZE] = {0x23, 0xad, 0xa0, 0x7f, 0x52,
    0x61, 0xf1, 0x2f, 0x34, 0xa0, 0xbd, 0x8e, 0x46, 0x76, 0x09, 0x62, 0xd6,
    0xb4, 0xd5, 0x76, 0xa4, 0x16, 0xf1, 0xfe, 0xa1, 0xc6, 0x4b, 0xc6, 0x56,
    0xb1, 0xd2, 0x8e, 0xac, 0xf7, 0x04, 0x7a, 0xe6, 0xe9, 0x67, 0xc5, 0x8f,
    0xd2, 0xa9, 0x8b, 0xfa, 0x74, 0xc2, 0x98};

/* ---- registers ----------------------------------------------------------------------- */

/* A register as it grows. The first failure sticks. */
typedef struct {
    uint8_t value[DS_MR_SIZE];
    ds_hasher hasher;
    bool bad;
} mr;
#define MR_ZERO \
    { \
        .hasher = { DS_SHA384, NULL } \
    }

static void
extend(mr *m, const uint8_t digest[DS_MR_SIZE])
{
    const ds_view both[] = {
        ds_view_of(m->value, DS_MR_SIZE), ds_view_of(digest, DS_MR_SIZE)};

    m->bad = m->bad || !ds_hasher_run(&m->hasher, both, 2, m->value);
}

/* The event is these bytes. */
static void
extend_data(mr *m, const void *p, size_t n)
{
    const ds_view data = ds_view_of(p, n);
    uint8_t digest[DS_MR_SIZE];

    m->bad = m->bad || !ds_hasher_run(&m->hasher, &data, 1, digest);
    if (!m->bad)
        extend(m, digest);
}

static void
extend_variable(mr *m, const char *guid, const char *name)
{
    uint8_t bytes[64] = {0};
    size_t n = strlen(name);

    memcpy(bytes, guid, 16);
    put_le(bytes + 16, n, 8);
    for (size_t i = 0; i < n; i++)
        bytes[32 + 2 * i] = (uint8_t)name[i];
    extend_data(m, bytes, 32 + 2 * n);
}

static bool
finish(mr *m, uint8_t ret[DS_MR_SIZE])
{
    ds_hasher_end(&m->hasher);
    memcpy(ret, m->value, DS_MR_SIZE);
    return !m->bad;
}

bool
ds_rtmr0(const uint8_t hob_digest[DS_MR_SIZE], const ds_acpi_digests *acpi,
    uint8_t ret[DS_MR_SIZE])
{
    mr m = MR_ZERO;

    extend(&m, hob_digest);
    extend(&m, cfv_digest);
    extend_variable(&m, GLOBAL, "SecureBoot");
    extend_variable(&m, GLOBAL, "PK");
    extend_variable(&m, GLOBAL, "KEK");
    extend_variable(&m, SECURITY, "db");
    extend_variable(&m, SECURITY, "dbx");
    extend_data(&m, "\0\0\0", 4); /* separator */
    extend(&m, acpi->loader);
    extend(&m, acpi->rsdp);
    extend(&m, acpi->tables);
    extend_data(&m, "\0", 2); /* BootOrder: entry 0 */
    extend(&m, boot_digest);
    return finish(&m, ret);
}

bool
ds_rtmr1(const uint8_t kernel[DS_MR_SIZE], uint8_t ret[DS_MR_SIZE])
{
    static const char calling[] = "Calling EFI Application from Boot Option";
    static const char leaving[] = "Exit Boot Services Invocation";
    static const char left[] = "Exit Boot Services Returned with Success";
    mr m = MR_ZERO;

    extend(&m, kernel);
    extend_data(&m, calling, sizeof calling - 1);
    extend_data(&m, "\0\0\0", 4); /* separator */
    extend_data(&m, leaving, sizeof leaving - 1);
    extend_data(&m, left, sizeof left - 1);
    return finish(&m, ret);
}

bool
ds_rtmr2(const uint8_t cmdline[DS_MR_SIZE], const uint8_t initrd[DS_MR_SIZE],
    uint8_t ret[DS_MR_SIZE])
{
    mr m = MR_ZERO;

    extend(&m, cmdline);
    extend(&m, initrd);
    return finish(&m, ret);
}
