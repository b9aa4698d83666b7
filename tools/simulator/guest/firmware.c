/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "crypto/hash.h"
#include "guest/inner.h"

/* What OVMF and the kernel's EFI stub measure on dstack's machines: thirteen
 * events into RTMR0, five into RTMR1, two into RTMR2, in the order of a raw
 * log. */

#define EV_SEPARATOR UINT32_C(4)
#define EV_EVENT_TAG UINT32_C(6)
#define EV_EFI_VARIABLE_DRIVER_CONFIG UINT32_C(0x80000001)
#define EV_EFI_VARIABLE_BOOT UINT32_C(0x80000002)
#define EV_EFI_BOOT_SERVICES_APPLICATION UINT32_C(0x80000003)
#define EV_EFI_ACTION UINT32_C(0x80000007)
#define EV_EFI_PLATFORM_FIRMWARE_BLOB2 UINT32_C(0x8000000a)
#define EV_EFI_HANDOFF_TABLES2 UINT32_C(0x8000000b)

#define GUID_GLOBAL "61dfe48bca93d211aa0d00e098032b8c"
#define GUID_SECURITY "cbb219d73a3d9645a3bcdad00e67656f"

/* An event whose digest is given, or that of other bytes than it shows. */
typedef struct {
    uint32_t imr;
    uint32_t type;
    const char *name;
    ds_view payload;
    const uint8_t *digest; /* 48 bytes, or NULL: hash `measured` */
    ds_view measured;
} step;

static int
take(sim_log *log, const step *s, sim_error *err)
{
    uint8_t digest[48];
    if (s->digest)
        memcpy(digest, s->digest, sizeof digest);
    else if (sim_hash(DS_SHA384, s->measured, ds_view_of(NULL, 0), digest, err))
        return -1;
    ds_event e = {.imr = s->imr,
        .type = s->type,
        .version = 1,
        .name = ds_view_str(s->name),
        .payload = s->payload,
        .digest = ds_view_of(digest, sizeof digest)};
    return sim_log_add(log, &e, err);
}

/* What is shown is what is measured. */
static int
take_text(sim_log *log, uint32_t imr, uint32_t type, const void *text, size_t n,
    sim_error *err)
{
    ds_view v = ds_view_of(text, n);
    step s = {
        .imr = imr, .type = type, .name = "", .payload = v, .measured = v};
    return take(log, &s, err);
}

static int
take_hex(sim_log *log, uint32_t imr, uint32_t type, const char *name,
    const char *payload, const uint8_t *digest, sim_error *err)
{
    ds_buf b;
    ds_buf_init(&b, 1024);
    (void)ds_hex_decode_buf(ds_view_str(payload), &b);
    step s = {.imr = imr,
        .type = type,
        .name = name,
        .payload = sim_view(&b),
        .digest = digest};
    int ret = sim_check_buf(&b, err) || take(log, &s, err) ? -1 : 0;
    ds_buf_free(&b);
    return ret;
}

static void
put_le64(ds_buf *b, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        ds_buf_add_u8(b, (uint8_t)(v >> (8 * i)));
}

/* UEFI_VARIABLE_DATA: GUID, lengths, name in UTF-16, data. Of a boot variable
 * the data alone is measured. */
static int
take_variable(sim_log *log, uint32_t type, const char *guid, const char *name,
    const char *data, sim_error *err)
{
    ds_buf b;
    ds_buf_init(&b, 1024);
    (void)ds_hex_decode_buf(ds_view_str(guid), &b);
    put_le64(&b, strlen(name));
    put_le64(&b, strlen(data) / 2);
    for (const char *c = name; *c; c++) {
        ds_buf_add_u8(&b, (uint8_t)*c);
        ds_buf_add_u8(&b, 0);
    }
    size_t at = b.n;
    (void)ds_hex_decode_buf(ds_view_str(data), &b);
    int ret = sim_check_buf(&b, err);
    if (!ret) {
        step s = {.type = type, .name = "", .payload = sim_view(&b)};
        s.measured = type == EV_EFI_VARIABLE_BOOT
                         ? ds_view_of(b.p + at, b.n - at)
                         : s.payload;
        ret = take(log, &s, err);
    }
    ds_buf_free(&b);
    return ret;
}

static int
take_variables(sim_log *log, sim_error *err)
{
    static const struct {
        const char *guid, *name;
    } variables[] = {{GUID_GLOBAL, "SecureBoot"}, {GUID_GLOBAL, "PK"},
        {GUID_GLOBAL, "KEK"}, {GUID_SECURITY, "db"}, {GUID_SECURITY, "dbx"}};
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        if (take_variable(log, EV_EFI_VARIABLE_DRIVER_CONFIG, variables[i].guid,
                variables[i].name, "", err))
            return -1;
    return 0;
}

/* BootOrder names one entry, Boot0000: the application UiApp in the firmware
 * volume. */
static int
take_boot_order(sim_log *log, sim_error *err)
{
    static const char entry[] =
        "090100002c0055006900410070007000000004071400c9bdb87cebf8344faaea"
        "3ee4af6516a10406140021aa2c4614760345836e8ab6f46623317fff0400";
    if (take_variable(
            log, EV_EFI_VARIABLE_BOOT, GUID_GLOBAL, "BootOrder", "0000", err) ||
        take_variable(
            log, EV_EFI_VARIABLE_BOOT, GUID_GLOBAL, "Boot0000", entry, err))
        return -1;
    return 0;
}

static int
take_platform(int os, const sim_image *image, sim_log *log, sim_error *err)
{
    static const char *const labels[3] = {
        "acpi-loader", "acpi-rsdp", "acpi-tables"};
    /* An empty volume of variables. */
    static const uint8_t cfv[48] = {0x34, 0x4b, 0xc5, 0x1c, 0x98, 0x0b, 0xa6,
        0x21, 0xaa, 0xa0, 0x0d, 0xa3, 0xed, 0x74, 0x36, 0xf7, 0xd6, 0xe5, 0x49,
        0x19, 0x7d, 0xfe, 0x69, 0x95, 0x15, 0xdf, 0xa2, 0xc6, 0x58, 0x3d, 0x95,
        0xe6, 0x41, 0x2a, 0xf2, 0x1c, 0x09, 0x7d, 0x47, 0x31, 0x55, 0x87, 0x5f,
        0xfd, 0x56, 0x1d, 0x67, 0x90};
    if (take_hex(log, 0, EV_EFI_HANDOFF_TABLES2, "",
            "095464785461626c65000100000000000000af96bb93f2b9b84e9462e0ba7456"
            "42360090800000000000",
            image->td_hob, err) ||
        take_hex(log, 0, EV_EFI_PLATFORM_FIRMWARE_BLOB2, "",
            "2946762858585858585858582d585858582d585858582d585858582d58585858"
            "585858585858585829000000c0ff000000000040080000000000",
            cfv, err) ||
        take_variables(log, err) ||
        take_text(log, 0, EV_SEPARATOR, "\0\0\0", 4, err))
        return -1;
    for (size_t i = 0; i < 3; i++)
        if (take_hex(log, 0, DS_EVENT_PLATFORM_CONFIG,
                os >= SIM_OS_0_6_0 ? labels[i] : "", "414350492044415441",
                image->acpi[i], err))
            return -1;
    return 0;
}

int
sim_firmware_log(int os, const sim_image *image, sim_log *log, sim_error *err)
{
    static const char calling[] = "Calling EFI Application from Boot Option";
    static const char leaving[] = "Exit Boot Services Invocation";
    static const char left[] = "Exit Boot Services Returned with Success";
    if (take_platform(os, image, log, err) ||
        /* The image's address and length, and its device path: "kernel" of
         * QEMU's file system. */
        take_hex(log, 1, EV_EFI_BOOT_SERVICES_APPLICATION, "",
            "18400d7b0000000000d47d000000000000000000000000002a00000000000000"
            "0403140072f728144ab61e44b8c39ebdd7f893c7040412006b00650072006e00"
            "65006c0000007fff0400",
            image->kernel, err) ||
        take_boot_order(log, err) ||
        take_text(log, 1, EV_EFI_ACTION, calling, sizeof calling - 1, err) ||
        take_text(log, 1, EV_SEPARATOR, "\0\0\0", 4, err) ||
        take_hex(log, 2, EV_EVENT_TAG, "",
            "ed223b8f1a0000004c4f414445445f494d4147453a3a4c6f61644f7074696f6e"
            "7300",
            image->cmdline, err) ||
        take_hex(log, 2, EV_EVENT_TAG, "",
            "ec223b8f0d0000004c696e757820696e6974726400", image->initrd, err) ||
        take_text(log, 1, EV_EFI_ACTION, leaving, sizeof leaving - 1, err) ||
        take_text(log, 1, EV_EFI_ACTION, left, sizeof left - 1, err))
        return -1;
    return 0;
}
