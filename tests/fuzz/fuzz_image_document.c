/* SPDX-License-Identifier: Apache-2.0 */
/* The texts around an OS image: manifests, measurement documents, metadata,
 * ACPI tables, by the first byte. What is read holds together. */
#include <string.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "dstack/dstack.h"
#include "fuzz/help.h"
#include "workload/image.h"

static void
check_layout(const ds_td_layout *layout)
{
    uint64_t end = 0;
    uint8_t digest[DS_MR_SIZE];

    must(layout->count != 0 && layout->count <= DS_MAX_TD_RANGES);
    for (size_t i = 0; i < layout->count; i++) {
        must(layout->at[i].start >= end && layout->at[i].length != 0);
        end = layout->at[i].start + layout->at[i].length;
        must(end > layout->at[i].start);
    }
    must(ds_td_hob_digest(layout, UINT64_C(4) << 30, digest) ==
         (end < UINT64_C(2) << 30));
}

/* Written anew it is read the same. */
static void
check_manifest(ds_view in)
{
    dstack_error err;
    ds_buf again;
    int rc = ds_image_manifest_check(in, &err);

    if (rc != DSTACK_OK) {
        fuzz_check_error(rc, &err);
        return;
    }
    ds_buf_init(&again, SIZE_MAX);
    for (size_t i = 0; ds_image_manifest_name(in, i).n != 0; i++) {
        ds_view v = ds_image_manifest_name(in, i);
        char name[DS_MAX_IMAGE_NAME + 1], hex[65];
        uint8_t digest[32];

        must(v.n <= DS_MAX_IMAGE_NAME && fuzz_inside(v, in));
        memcpy(name, v.p, v.n);
        name[v.n] = 0;
        must(!strchr(name, '/') && name[0] != '.');
        must(ds_image_manifest_find(in, name, digest, &err) == DSTACK_OK);
        ds_hex_encode(ds_view_of(digest, 32), hex);
        ds_buf_add_str(&again, hex);
        ds_buf_add_str(&again, "  ");
        ds_buf_add_str(&again, name);
        ds_buf_add_str(&again, "\n");
    }
    must(ds_image_manifest_check(fuzz_view(&again), &err) == DSTACK_OK);
    ds_buf_free(&again);
}

static void
check_document(ds_view in)
{
    ds_image_parts parts;
    dstack_error err;
    int rc = ds_image_document_read(in, &parts, &err);

    if (rc == DSTACK_OK)
        check_layout(&parts.layout);
    else
        fuzz_check_error(rc, &err);
}

/* A manifest that lists this file, whatever it is. */
static void
check_metadata(ds_view in)
{
    char hex[65], manifest[100];
    uint8_t digest[32];
    dstack_image *image;
    dstack_error err;
    size_t n;
    int rc;

    must(ds_hash(DS_SHA256, in, ds_view_of(NULL, 0), digest));
    ds_hex_encode(ds_view_of(digest, 32), hex);
    memcpy(manifest, hex, 64);
    memcpy(manifest + 64, "  metadata.json\n", 17);
    rc = dstack_image_new((const uint8_t *)manifest, strlen(manifest),
        in.p ? in.p : (const uint8_t *)"", in.n, &image, &err);
    must((rc == DSTACK_OK) == (image != NULL));
    if (rc != DSTACK_OK) {
        fuzz_check_error(rc, &err);
        return;
    }
    must(dstack_image_file_count(image) == 1);
    must(dstack_image_is_dev(image) >= -1 && dstack_image_is_dev(image) <= 1);
    if (dstack_image_version(image, &n))
        must(n != 0 && n <= DS_MAX_IMAGE_VERSION);
    dstack_image_free(image);
}

static void
check_tables(ds_view in)
{
    ds_acpi_digests d;
    dstack_error err;
    uint32_t cpus = 0;
    int rc = ds_acpi_tables_read(in, &d, &cpus, &err);

    if (rc == DSTACK_OK)
        must(cpus <= in.n / 8);
    else
        fuzz_check_error(rc, &err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ds_view in = ds_view_of(data, size);

    if (size == 0)
        return 0;
    in = ds_view_of(data + 1, size - 1);
    if (data[0] == 'm')
        check_manifest(in);
    else if (data[0] == 'j')
        check_metadata(in);
    else if (data[0] == 'a')
        check_tables(in);
    else
        check_document(in);
    return 0;
}
