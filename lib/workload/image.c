/* SPDX-License-Identifier: Apache-2.0 */
#include "workload/image.h"

#include <string.h>

#include "base/text.h"
#include "codec/json.h"
#include "crypto/hash.h"

#define METADATA "metadata.json"
/* What the firmware's loader adds to the kernel's command line. */
#define CMDLINE_TAIL " initrd=initrd"

/* Any memory for which all digests of a kernel are the same. */
#define USUAL_MEMORY (UINT64_C(2) << 30)

static const char *const role_keys[] = {"bios", "kernel", "initrd"};
#define ROLES (sizeof role_keys / sizeof role_keys[0])

static int
fail_hash(dstack_error *err)
{
    return ds_fail(err, DSTACK_ERR_INTERNAL, "image: hashing failed");
}

/* ---- files against the manifest ------------------------------------------------- */

static int
check_listed(const dstack_image *image, const char *name, ds_view data,
    dstack_error *err)
{
    uint8_t listed[32], found[32];
    ds_view manifest = ds_view_of(image->manifest.p, image->manifest.n);
    char quoted[40];

    (void)ds_err_quote(ds_view_str(name), quoted);
    if (ds_image_manifest_find(manifest, name, listed, err) != DSTACK_OK)
        return ds_fail_reason(err, DSTACK_ERR_UNTRUSTED, DSTACK_STAGE_IMAGE,
            DSTACK_REASON_IMAGE_FILE, "image: %s is not listed in %s", quoted,
            DS_IMAGE_MANIFEST);
    if (!ds_hash(DS_SHA256, data, ds_view_of(NULL, 0), found))
        return fail_hash(err);
    if (memcmp(listed, found, sizeof found) != 0)
        return ds_fail_reason(err, DSTACK_ERR_UNTRUSTED, DSTACK_STAGE_IMAGE,
            DSTACK_REASON_IMAGE_FILE,
            "image: %s is not the file that %s lists: it was changed, or is of "
            "another release",
            quoted, DS_IMAGE_MANIFEST);
    return DSTACK_OK;
}

static int
check_buf(const ds_buf *b, dstack_error *err)
{
    return b->nomem ? ds_fail_nomem(err) : DSTACK_OK;
}

static int
read_manifest(dstack_image *image, ds_view text, dstack_error *err)
{
    ds_view name;
    int rc = ds_image_manifest_check(text, err);

    if (rc != DSTACK_OK)
        return rc;
    ds_buf_add(&image->manifest, text.p, text.n);
    rc = check_buf(&image->manifest, err);
    for (size_t i = 0; rc == DSTACK_OK; i++) {
        name = ds_image_manifest_name(text, i);
        if (name.n == 0)
            break;
        ds_buf_add(&image->names, name.p, name.n);
        ds_buf_add_u8(&image->names, 0);
        rc = check_buf(&image->names, err);
    }
    if (rc == DSTACK_OK &&
        !ds_hash(DS_SHA256, text, ds_view_of(NULL, 0), image->hash))
        rc = fail_hash(err);
    return rc;
}

/* ---- metadata.json ------------------------------------------------------------------ */

/* Text, decoded; empty where it is missing. */
static int
read_text(const ds_json *j, const char *key, ds_buf *ret, dstack_error *err)
{
    ds_jv v = ds_json_get(j, 0, key);

    return v == DS_JSON_NONE ? DSTACK_OK : ds_json_string_buf(j, v, ret, err);
}

/* Text that may stand in a report: no control characters. */
static int
read_version(
    const ds_json *j, char ret[DS_MAX_IMAGE_VERSION + 1], dstack_error *err)
{
    ds_jv v = ds_json_get(j, 0, "version");
    ds_buf text;
    int rc;

    ds_buf_init(&text, DS_MAX_IMAGE_DOCUMENT);
    rc = read_text(j, "version", &text, err);
    for (size_t i = 0; rc == DSTACK_OK && i < text.n; i++)
        if (text.p[i] < 0x20 || text.p[i] > 0x7e ||
            text.n > DS_MAX_IMAGE_VERSION)
            rc = ds_json_fail(j, v, DSTACK_REASON_JSON_RANGE, err,
                "not at most %d printable characters", DS_MAX_IMAGE_VERSION);
    if (rc == DSTACK_OK && text.n != 0)
        memcpy(ret, text.p, text.n);
    ds_buf_free(&text);
    return rc;
}

static int
read_is_dev(const ds_json *j, int *ret, dstack_error *err)
{
    ds_jv v = ds_json_get(j, 0, "is_dev");
    bool is_dev;
    int rc;

    if (v == DS_JSON_NONE)
        return DSTACK_OK;
    rc = ds_json_bool(j, v, &is_dev, err);
    if (rc == DSTACK_OK)
        *ret = is_dev ? 1 : 0;
    return rc;
}

/* The digest of the command line in UTF-16, with its NUL. */
static int
measure_cmdline(const ds_buf *text, uint8_t ret[DS_MR_SIZE], dstack_error *err)
{
    ds_buf wide;
    int rc;

    ds_buf_init(&wide, 2 * DS_MAX_IMAGE_DOCUMENT + 2);
    for (size_t i = 0; i < text->n; i++) {
        if (text->p[i] >= 0x80)
            break;
        ds_buf_add_u8(&wide, text->p[i]);
        ds_buf_add_u8(&wide, 0);
    }
    rc = check_buf(&wide, err);
    if (rc == DSTACK_OK && wide.n != 2 * text->n)
        rc = ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_IMAGE,
            DSTACK_REASON_IMAGE_METADATA,
            "image: %s: cmdline is not of ASCII characters", METADATA);
    if (rc == DSTACK_OK) {
        ds_buf_add(&wide, "\0", 2);
        rc = check_buf(&wide, err);
    }
    if (rc == DSTACK_OK && !ds_hash(DS_SHA384, ds_view_of(wide.p, wide.n),
                               ds_view_of(NULL, 0), ret))
        rc = fail_hash(err);
    ds_buf_free(&wide);
    return rc;
}

static int
read_cmdline(dstack_image *image, const ds_json *j, dstack_error *err)
{
    ds_buf text;
    ds_jv v;
    int rc = ds_json_need(j, 0, "cmdline", &v, err);

    ds_buf_init(&text, DS_MAX_IMAGE_DOCUMENT + sizeof CMDLINE_TAIL);
    if (rc == DSTACK_OK)
        rc = ds_json_string_buf(j, v, &text, err);
    if (rc == DSTACK_OK) {
        ds_buf_add_str(&text, CMDLINE_TAIL);
        rc = check_buf(&text, err);
    }
    if (rc == DSTACK_OK)
        rc = measure_cmdline(&text, image->files.cmdline, err);
    ds_buf_free(&text);
    return rc;
}

static int
read_metadata(dstack_image *image, const ds_json *j, dstack_error *err)
{
    ds_buf variant;
    int rc = ds_json_expect(j, 0, DS_JSON_OBJECT, err);

    ds_buf_init(&variant, DS_MAX_IMAGE_DOCUMENT);
    if (rc == DSTACK_OK)
        rc = read_version(j, image->version, err);
    if (rc == DSTACK_OK)
        rc = read_is_dev(j, &image->is_dev, err);
    for (size_t i = 0; rc == DSTACK_OK && i < ROLES; i++)
        rc = read_text(j, role_keys[i], &image->role_name[i], err);
    if (rc == DSTACK_OK)
        rc = read_cmdline(image, j, err);
    if (rc == DSTACK_OK)
        rc = read_text(j, "ovmf_variant", &variant, err);
    if (rc == DSTACK_OK && variant.n != 0 &&
        !ds_view_eq_str(ds_view_of(variant.p, variant.n), DS_OVMF_VARIANT))
        rc = ds_image_fail_variant(ds_view_of(variant.p, variant.n), err);
    ds_buf_free(&variant);
    return rc;
}

static int
use_metadata(dstack_image *image, ds_view text, dstack_error *err)
{
    ds_json *j = NULL;
    int rc;

    if (text.n > DS_MAX_IMAGE_DOCUMENT)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_IMAGE,
            DSTACK_REASON_IMAGE_METADATA, "image: %s is larger than 64 KiB",
            METADATA);
    rc = check_listed(image, METADATA, text, err);
    if (rc == DSTACK_OK) {
        rc = ds_json_parse(text, METADATA, &j, err);
        if (rc == DSTACK_OK)
            rc = read_metadata(image, j, err);
        rc = ds_err_as(
            err, rc, DSTACK_STAGE_IMAGE, DSTACK_REASON_IMAGE_METADATA);
    }
    ds_json_free(j);
    image->has_metadata = rc == DSTACK_OK;
    return rc;
}

/* ---- the object ------------------------------------------------------------------------ */

int
dstack_image_new(const uint8_t *manifest, size_t manifest_len,
    const uint8_t *metadata, size_t metadata_len, dstack_image **ret,
    dstack_error *err)
{
    dstack_image *image;
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!manifest || !ret)
        return ds_fail(err, DSTACK_ERR_ARG, "dstack_image_new: NULL argument");
    image = ds_calloc(1, sizeof *image);
    if (!image)
        return ds_fail_nomem(err);
    image->is_dev = -1;
    ds_buf_init(&image->manifest, DS_MAX_IMAGE_MANIFEST);
    ds_buf_init(&image->names, DS_MAX_IMAGE_MANIFEST);
    for (size_t i = 0; i < ROLES; i++)
        ds_buf_init(&image->role_name[i], DS_MAX_IMAGE_DOCUMENT);
    ds_buf_init(&image->kernel, DS_MAX_IMAGE_KERNEL);
    rc = read_manifest(image, ds_view_of(manifest, manifest_len), err);
    if (rc == DSTACK_OK && metadata)
        rc = use_metadata(image, ds_view_of(metadata, metadata_len), err);
    if (rc == DSTACK_OK) {
        *ret = image;
        image = NULL;
    }
    dstack_image_free(image);
    return rc;
}

void
dstack_image_free(dstack_image *image)
{
    if (!image)
        return;
    ds_buf_free(&image->manifest);
    ds_buf_free(&image->names);
    for (size_t i = 0; i < ROLES; i++)
        ds_buf_free(&image->role_name[i]);
    ds_buf_free(&image->kernel);
    ds_free(image);
}

const char *
dstack_image_file_name(const dstack_image *image, size_t index)
{
    size_t at = 0;

    if (!image)
        return NULL;
    for (; at < image->names.n; index--) {
        const char *name = (const char *)image->names.p + at;

        if (index == 0)
            return name;
        at += strlen(name) + 1;
    }
    return NULL;
}

size_t
dstack_image_file_count(const dstack_image *image)
{
    size_t n = 0;

    for (size_t i = 0; image && i < image->names.n; i++)
        n += image->names.p[i] == 0;
    return n;
}

const uint8_t *
dstack_image_hash(const dstack_image *image, size_t *len)
{
    if (len)
        *len = image ? sizeof image->hash : 0;
    return image ? image->hash : NULL;
}

const char *
dstack_image_version(const dstack_image *image, size_t *len)
{
    bool has = image && image->version[0] != 0;

    if (len)
        *len = has ? strlen(image->version) : 0;
    return has ? image->version : NULL;
}

int
dstack_image_is_dev(const dstack_image *image)
{
    return image ? image->is_dev : -1;
}

/* ---- its files ---------------------------------------------------------------------------- */

static size_t
role_of(const dstack_image *image, const char *name)
{
    for (size_t i = 0; i < ROLES; i++)
        if (ds_view_eq_str(
                ds_view_of(image->role_name[i].p, image->role_name[i].n), name))
            return i;
    return ROLES;
}

static int
keep_kernel(dstack_image *image, ds_view data, dstack_error *err)
{
    ds_buf_cut(&image->kernel, 0);
    ds_buf_add(&image->kernel, data.p, data.n);
    if (image->kernel.bad)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_IMAGE,
            DSTACK_REASON_IMAGE_KERNEL, "image: kernel: larger than 64 MiB");
    return check_buf(&image->kernel, err);
}

static int
take_role(dstack_image *image, size_t role, ds_view data, dstack_error *err)
{
    ds_image_parts *parts = &image->files;
    ds_image_parts firmware;
    int rc = DSTACK_OK;

    image->has_role[role] = false;
    if (role == DS_IMAGE_FIRMWARE) {
        rc = ds_tdvf_read(data, &firmware, err);
        if (rc == DSTACK_OK) {
            memcpy(parts->mrtd, firmware.mrtd, sizeof parts->mrtd);
            parts->layout = firmware.layout;
        }
    } else if (role == DS_IMAGE_KERNEL) {
        rc = keep_kernel(image, data, err);
    } else {
        image->initrd_size = data.n;
        if (!ds_hash(DS_SHA384, data, ds_view_of(NULL, 0), parts->initrd))
            rc = fail_hash(err);
    }
    if (rc == DSTACK_OK)
        image->has_role[role] = true;
    /* Where the initrd will lie is written into the kernel. */
    if (rc == DSTACK_OK && role != DS_IMAGE_FIRMWARE &&
        image->has_role[DS_IMAGE_KERNEL] && image->has_role[DS_IMAGE_INITRD])
        rc = ds_kernel_digest(ds_view_of(image->kernel.p, image->kernel.n),
            image->initrd_size, USUAL_MEMORY, parts->kernel, err);
    if (rc != DSTACK_OK)
        image->has_role[role] = false;
    return rc;
}

int
dstack_image_add_file(dstack_image *image, const char *name,
    const uint8_t *data, size_t data_len, dstack_error *err)
{
    ds_view v = ds_view_of(data, data_len);
    size_t role;
    int rc;

    ds_err_clear(err);
    if (!image || !name || !data)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_image_add_file: NULL argument");
    rc = check_listed(image, name, v, err);
    if (rc != DSTACK_OK)
        return rc;
    role = role_of(image, name);
    if (role != ROLES)
        return take_role(image, role, v, err);
    if (strcmp(name, DS_IMAGE_DOCUMENT) != 0)
        return DSTACK_OK;
    rc = ds_image_document_read(v, &image->document, err);
    image->has_document = rc == DSTACK_OK;
    return rc;
}

/* ---- what it leaves in the registers -------------------------------------------------------- */

int
ds_image_fail_memory(uint64_t memory, dstack_error *err)
{
    return ds_fail_reason(err, DSTACK_ERR_UNSUPPORTED, DSTACK_STAGE_IMAGE,
        DSTACK_REASON_IMAGE_MEMORY_UNSUPPORTED,
        "image: %s holds for VMs with exactly 2 GiB, or at least 2.75 GiB, of "
        "memory; this one has %llu bytes: use the image's files",
        DS_IMAGE_DOCUMENT, (unsigned long long)memory);
}

int
ds_image_parts_for(const dstack_image *image, const ds_vm_shape *shape,
    ds_image_parts *ret, dstack_error *err)
{
    bool usual = ds_image_lite_memory(shape->memory);

    if (image->has_role[DS_IMAGE_FIRMWARE] &&
        image->has_role[DS_IMAGE_KERNEL] && image->has_role[DS_IMAGE_INITRD]) {
        *ret = image->files;
        if (usual)
            return DSTACK_OK;
        return ds_kernel_digest(ds_view_of(image->kernel.p, image->kernel.n),
            image->initrd_size, shape->memory, ret->kernel, err);
    }
    if (!image->has_document)
        return ds_fail_reason(err, DSTACK_ERR_UNTRUSTED, DSTACK_STAGE_IMAGE,
            DSTACK_REASON_IMAGE_MISSING,
            "image: neither %s nor metadata.json with firmware, kernel and "
            "initrd was given",
            DS_IMAGE_DOCUMENT);
    if (!usual)
        return ds_image_fail_memory(shape->memory, err);
    *ret = image->document;
    return DSTACK_OK;
}

/* The one entry that is for so many CPUs. */
static const ds_acpi_digests *
pick_acpi(const dstack_acpi *acpi, uint32_t cpus)
{
    const ds_acpi_digests *found = NULL;

    for (size_t i = 0; acpi && i < acpi->count; i++) {
        const ds_acpi_entry *e = &acpi->at[i];

        if (e->cpus != 0 && e->cpus != cpus)
            continue;
        if (found || e->tables_alone)
            return NULL;
        found = &e->digests;
    }
    return found;
}

static int
compute_rtmr0(const ds_image_parts *parts, const ds_vm_shape *shape,
    const dstack_acpi *acpi, uint8_t value[DS_MR_SIZE], dstack_error *err)
{
    const ds_acpi_digests *digests = pick_acpi(acpi, shape->cpus);
    uint8_t hob[DS_MR_SIZE];

    if (!digests)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_image_register: rtmr0 needs ACPI tables, exactly one entry "
            "with three digests for %lu CPUs",
            (unsigned long)shape->cpus);
    if (!ds_td_layout_fits(&parts->layout, shape->memory))
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_IMAGE,
            DSTACK_REASON_IMAGE_CONFIG,
            "image: the firmware's memory does not fit into memory_size");
    return ds_td_hob_digest(&parts->layout, shape->memory, hob) &&
                   ds_rtmr0(hob, digests, value)
               ? DSTACK_OK
               : fail_hash(err);
}

/* "mr_td", "rtmr0" to "rtmr2" as 0 to 3; -1 for another name. */
static int
register_index(const char *name)
{
    static const char *const names[] = {"mr_td", "rtmr0", "rtmr1", "rtmr2"};

    for (int i = 0; i < 4; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

static int
compute(const ds_image_parts *parts, const ds_vm_shape *shape,
    const dstack_acpi *acpi, int index, uint8_t value[DS_MR_SIZE],
    dstack_error *err)
{
    bool ok = true;

    if (index == 1)
        return compute_rtmr0(parts, shape, acpi, value, err);
    if (index == 0)
        memcpy(value, parts->mrtd[shape->pass], DS_MR_SIZE);
    else if (index == 2)
        ok = ds_rtmr1(parts->kernel, value);
    else
        ok = ds_rtmr2(parts->cmdline, parts->initrd, value);
    return ok ? DSTACK_OK : fail_hash(err);
}

int
dstack_image_register(const dstack_image *image, const dstack_vm_config *config,
    const dstack_acpi *acpi, const char *name, uint8_t *value, size_t value_len,
    dstack_error *err)
{
    ds_image_parts parts;
    ds_vm_shape shape;
    int index = name ? register_index(name) : -1, rc;

    ds_err_clear(err);
    if (value)
        memset(value, 0, value_len);
    if (!image || !config || !value || value_len != DS_MR_SIZE || index < 0)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_image_register: NULL argument, a name other than mr_td, "
            "rtmr0, rtmr1 and rtmr2, or a size other than 48");
    rc = ds_vm_shape_read(config, &shape, err);
    if (rc == DSTACK_OK && memcmp(shape.os_image_hash, image->hash, 32) != 0)
        rc = ds_fail_reason(err, DSTACK_ERR_UNTRUSTED, DSTACK_STAGE_IMAGE,
            DSTACK_REASON_IMAGE_HASH,
            "image: vm_config's os_image_hash is another image's");
    if (rc == DSTACK_OK)
        rc = ds_image_parts_for(image, &shape, &parts, err);
    if (rc == DSTACK_OK)
        rc = compute(&parts, &shape, acpi, index, value, err);
    return rc;
}
