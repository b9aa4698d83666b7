/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/text.h"
#include "workload/image.h"

#define MIB UINT64_C(1048576)
#define GIB (1024 * MIB)
/* From here on the machine's low memory ends at 2 GiB, below at this size. */
#define LOW_MEMORY (2816 * MIB)

bool
ds_image_lite_memory(uint64_t memory)
{
    return memory == 2 * GIB || memory >= LOW_MEMORY;
}

static int
fail_config(const char *what, dstack_error *err)
{
    return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_IMAGE,
        DSTACK_REASON_IMAGE_CONFIG, "image: vm_config: %s", what);
}

static int
fail_unsupported(int reason, const char *what, ds_view found, dstack_error *err)
{
    char quoted[40];

    return ds_fail_reason(err, DSTACK_ERR_UNSUPPORTED, DSTACK_STAGE_IMAGE,
        reason, "image: vm_config: %s: %s", what, ds_err_quote(found, quoted));
}

int
ds_image_fail_variant(ds_view found, dstack_error *err)
{
    char quoted[40];

    return ds_fail_reason(err, DSTACK_ERR_UNSUPPORTED, DSTACK_STAGE_IMAGE,
        DSTACK_REASON_OVMF_UNSUPPORTED,
        "image: firmware variant %s; only \"%s\" has a known list of events",
        ds_err_quote(found, quoted), DS_OVMF_VARIANT);
}

/* A text member that may be missing; false when it has another type. */
static bool
text_member(const dstack_vm_config *config, const char *name, ds_view *ret)
{
    size_t n;
    const char *text = dstack_vm_config_text(config, name, &n);

    *ret = ds_view_of(text, n);
    return text || !dstack_vm_config_raw(config, name, NULL) ||
           strcmp(dstack_vm_config_raw(config, name, NULL), "null") == 0;
}

/* "a.b.c", each part below 1000; the first into *ret. */
static bool
read_version(ds_view text, unsigned *ret)
{
    unsigned part = 0, parts = 0, digits = 0;

    for (size_t i = 0; i <= text.n; i++) {
        uint8_t c = i < text.n ? text.p[i] : '.';

        if (c >= '0' && c <= '9' && digits < 3) {
            part = part * 10 + (c - '0');
            digits++;
        } else if (c == '.' && digits != 0 && parts < 3) {
            if (parts++ == 0)
                *ret = part;
            part = digits = 0;
        } else {
            return false;
        }
    }
    return parts == 3;
}

/* How the machine measured the firmware's pages (spec 3.4). The member's name
 * says the opposite of what its value means: true is two passes. */
static int
read_pass(const dstack_vm_config *config, ds_vm_shape *ret, dstack_error *err)
{
    static const char name[] = "qemu_single_pass_add_pages";
    ds_view version;
    unsigned major = 9;
    int found, flag = dstack_vm_config_flag(config, name, &found);

    if (!text_member(config, "qemu_version", &version) ||
        (version.p && !read_version(version, &major)))
        return fail_config("qemu_version is not text like \"9.1.0\"", err);
    if (major < 8)
        return fail_unsupported(DSTACK_REASON_IMAGE_QEMU_UNSUPPORTED,
            "QEMU 8 is the first that starts TDs, qemu_version", version, err);
    ret->pass = major < 9 ? DS_PASS_TWO : DS_PASS_SINGLE;
    if (found)
        ret->pass = flag ? DS_PASS_TWO : DS_PASS_SINGLE;
    return DSTACK_OK;
}

static int
read_variant(
    const dstack_vm_config *config, ds_vm_shape *ret, dstack_error *err)
{
    ds_view variant, ovmf;
    const char *document =
        dstack_vm_config_raw(config, "tdx_measurement", NULL);

    if (!text_member(config, "tdx_attestation_variant", &variant) ||
        (variant.p && !ds_view_eq_str(variant, "legacy") &&
            !ds_view_eq_str(variant, "lite")))
        return fail_unsupported(DSTACK_REASON_IMAGE_UNSUPPORTED,
            "tdx_attestation_variant is neither \"legacy\" nor \"lite\"",
            variant, err);
    if (!text_member(config, "ovmf_variant", &ovmf))
        return fail_config("ovmf_variant is not text", err);
    if (ovmf.n != 0 && !ds_view_eq_str(ovmf, DS_OVMF_VARIANT))
        return ds_image_fail_variant(ovmf, err);
    ret->lite = ds_view_eq_str(variant, "lite");
    ret->has_document = document && strcmp(document, "null") != 0;
    return DSTACK_OK;
}

int
ds_vm_shape_read(
    const dstack_vm_config *config, ds_vm_shape *ret, dstack_error *err)
{
    ds_view hash;
    uint64_t cpus;
    int found_cpus, found_memory, rc;

    memset(ret, 0, sizeof *ret);
    hash.p = (const uint8_t *)dstack_vm_config_text(
        config, "os_image_hash", &hash.n);
    if (!ds_hex_decode(hash, ret->os_image_hash, sizeof ret->os_image_hash))
        return fail_config("os_image_hash is not 32 bytes in hex", err);
    cpus = dstack_vm_config_number(config, "cpu_count", &found_cpus);
    ret->memory = dstack_vm_config_number(config, "memory_size", &found_memory);
    if (!found_cpus || cpus == 0 || cpus > UINT32_MAX)
        return fail_config("cpu_count is not a number of CPUs", err);
    if (!found_memory || ret->memory == 0 || ret->memory > DS_MAX_VM_MEMORY)
        return fail_config("memory_size is not a number of bytes", err);
    ret->cpus = (uint32_t)cpus;
    if (dstack_vm_config_flag(config, "swtpm", NULL))
        return fail_unsupported(DSTACK_REASON_IMAGE_UNSUPPORTED,
            "a VM with this device cannot be judged", ds_view_str("swtpm"),
            err);
    rc = read_pass(config, ret, err);
    if (rc == DSTACK_OK)
        rc = read_variant(config, ret, err);
    return rc;
}
