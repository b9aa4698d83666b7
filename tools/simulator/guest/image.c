/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "guest/inner.h"
#include "workload/image.h"

/* The OS image and the machine that it boots on. The image is made of nothing
 * but its name: its files' digests are hashes of names. What firmware, machine
 * and EFI stub add is computed as on real ones. */

static const ds_view nothing = {NULL, 0};

/* Where dstack's firmware lies in memory, as measurement documents say it. */
static const uint8_t witness[] = {
    0x80, 0x10, 0x09, 0x04, 0x00, 0x06, 0x09, 0x02, 0x0b, 0x02, 0x10, 0x10};

static int
named(int alg, int os, const char *part, const char *shape, uint8_t *out,
    sim_error *err)
{
    char text[160];
    snprintf(text, sizeof text, "dstack-simulator image %s: %s",
        sim_os_name(os), part);
    return sim_hash(alg, ds_view_str(text), ds_view_str(shape), out, err);
}

/* ---- the machine --------------------------------------------------------------- */

static int
set_hob(uint64_t memory, sim_image *ret, sim_error *err)
{
    ds_td_layout layout;
    if (ds_td_layout_read(ds_view_of(witness, sizeof witness), &layout) &&
        ds_td_hob_digest(&layout, memory, ret->td_hob))
        return 0;
    return sim_fail(err, SIM_FAILED, "no hand-off block for this memory");
}

/* Loader and RSDP are QEMU's, with its legacy interrupt controller off, for
 * tables that grow with CPUs and GPUs; these themselves are made up. */
static int
set_acpi(const sim_config *c, sim_image *ret, sim_error *err)
{
    ds_acpi_shape shape = {.rsdt = 0x2200 + 108 * c->cpus + 300 * c->gpus,
        .madt = 112 + 8 * c->cpus};
    ds_acpi_digests digests;
    char text[100];
    if (!ds_acpi_layout_digests(&shape, &digests))
        return sim_fail(err, SIM_FAILED, "no ACPI tables for this machine");
    memcpy(ret->acpi[0], digests.loader, 48);
    memcpy(ret->acpi[1], digests.rsdp, 48);
    snprintf(text, sizeof text,
        ", %" PRIu64 " bytes, %" PRIu32 " CPUs, %" PRIu32 " GPUs", c->memory,
        c->cpus, c->gpus);
    return named(DS_SHA384, c->os, "ACPI tables", text, ret->acpi[2], err);
}

/* ---- what boots ---------------------------------------------------------------- */

/* The stub measures UTF-16 with its end; the firmware has added the initrd. */
static int
set_cmdline(sim_image *ret, sim_error *err)
{
    static const char begin[] = "console=hvc0 dstack.rootfs_hash=";
    static const char end[] = " dstack.rootfs_size=268435456 initrd=initrd";
    char text[65];
    char line[200];
    uint8_t wide[2 * sizeof line] = {0};
    ds_hex_encode(ds_view_of(ret->rootfs_hash, 32), text);
    snprintf(line, sizeof line, "%s%s%s", begin, text, end);
    size_t n = strlen(line) + 1;
    for (size_t i = 0; i < n; i++)
        wide[2 * i] = (uint8_t)line[i];
    return sim_hash(
        DS_SHA384, ds_view_of(wide, 2 * n), nothing, ret->cmdline, err);
}

/* QEMU writes into the kernel's header where the initrd lies: not the same
 * place in a machine with little memory. */
static int
set_kernel(const sim_config *c, sim_image *ret, sim_error *err)
{
    char where[40] = "";
    if (!ds_image_lite_memory(c->memory))
        snprintf(where, sizeof where, ", %" PRIu64 " bytes", c->memory);
    return named(DS_SHA384, c->os, "kernel", where, ret->kernel, err);
}

/* ---- what names it --------------------------------------------------------------- */

static void
put_key(ds_buf *b, const char *key)
{
    ds_buf_add_u8(b, (uint8_t)(0x60 | strlen(key)));
    ds_buf_add_str(b, key);
}

static void
put_digest(ds_buf *b, const char *key, const uint8_t digest[48])
{
    put_key(b, key);
    ds_buf_add(b, "\x58\x30", 2);
    ds_buf_add(b, digest, 48);
}

void
sim_image_document(const sim_image *image, ds_buf *out)
{
    ds_buf_add_u8(out, 0xa3);
    put_key(out, "version");
    ds_buf_add_u8(out, 3);
    put_key(out, "image");
    ds_buf_add_u8(out, 0xa3);
    put_digest(out, "cmdline_sha384", image->cmdline);
    put_digest(out, "kernel_authenticode", image->kernel);
    put_digest(out, "initrd_sha384", image->initrd);
    put_key(out, "tdvf");
    ds_buf_add_u8(out, 0xa3);
    put_key(out, "ovmf");
    put_key(out, "pre202505");
    put_key(out, "mrtd");
    ds_buf_add_u8(out, 0xa2);
    put_digest(out, "single_pass", image->mr_td);
    put_digest(out, "two_pass", image->mr_td_two_pass);
    put_key(out, "td_hob");
    ds_buf_add_u8(out, 0x40 | sizeof witness);
    ds_buf_add(out, witness, sizeof witness);
}

static void
put_line(ds_buf *out, const uint8_t digest[32], const char *name)
{
    char text[65];
    ds_hex_encode(ds_view_of(digest, 32), text);
    ds_buf_add_str(out, text);
    ds_buf_add_str(out, "  ");
    ds_buf_add_str(out, name);
    ds_buf_add_str(out, "\n");
}

int
sim_image_manifest(int os, const sim_image *image, ds_buf *out, sim_error *err)
{
    static const char *const files[] = {
        "ovmf.fd", "bzImage", "initramfs.cpio.gz", "metadata.json"};
    uint8_t digest[32];
    ds_buf document;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (named(DS_SHA256, os, files[i], "", digest, err))
            return -1;
        put_line(out, digest, files[i]);
    }
    if (os < SIM_OS_0_6_0)
        return sim_check_buf(out, err);
    ds_buf_init(&document, SIM_TEXT_MAX);
    sim_image_document(image, &document);
    int ret =
        sim_check_buf(&document, err) ||
                sim_hash(DS_SHA256, sim_view(&document), nothing, digest, err)
            ? -1
            : 0;
    ds_buf_free(&document);
    if (ret)
        return ret;
    put_line(out, digest, "measurement.tdx.cbor");
    return sim_check_buf(out, err);
}

int
sim_image_hash(int os, const sim_image *image, uint8_t out[32], sim_error *err)
{
    ds_buf manifest;
    ds_buf_init(&manifest, SIM_TEXT_MAX);
    int failed = sim_image_manifest(os, image, &manifest, err) ||
                 sim_hash(DS_SHA256, sim_view(&manifest), nothing, out, err);
    ds_buf_free(&manifest);
    return failed ? -1 : 0;
}

int
sim_image_of(const sim_config *c, sim_image *ret, sim_error *err)
{
    memset(ret, 0, sizeof *ret);
    if (set_hob(c->memory, ret, err) || set_acpi(c, ret, err) ||
        named(DS_SHA384, c->os, "MRTD", "", ret->mr_td, err) ||
        named(DS_SHA384, c->os, "MRTD in two passes", "", ret->mr_td_two_pass,
            err) ||
        named(DS_SHA256, c->os, "rootfs", "", ret->rootfs_hash, err) ||
        named(DS_SHA384, c->os, "initrd", "", ret->initrd, err) ||
        set_kernel(c, ret, err) || set_cmdline(ret, err))
        return -1;
    return 0;
}
