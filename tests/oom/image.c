/* SPDX-License-Identifier: Apache-2.0 */
/* An OS image by its files, and by a document in a judgement. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "dstack/dstack.h"
#include "oom/oom.h"
#include "support/image.h"

static image_release release;
static image_evidence evidence;
static ds_buf bytes;
static dstack_vm_config *config;

static void
prepare(void)
{
    static const char rest[] = "\",\"cpu_count\":2,\"memory_size\":1073741824}";
    char text[200] = "{\"os_image_hash\":\"";
    forge *f;

    if (config)
        return;
    image_release_begin(&release);
    strcat(strcat(text, release.hash), rest);
    if (dstack_vm_config_parse(
            (const uint8_t *)text, strlen(text), &config, NULL) != DSTACK_OK)
        exit(1);
    f = forge_new(FORGE_TDX_V4, "oom image");
    image_begin(&evidence, f);
    image_build(&evidence);
    ds_buf_init(&bytes, SIZE_MAX);
    ds_buf_add(
        &bytes, workload_bytes(&evidence.w).p, workload_bytes(&evidence.w).n);
}

static int
files_run(void)
{
    const struct {
        const char *name;
        ds_view data;
    } files[] = {{"ovmf.fd", release.firmware}, {"bzImage", release.kernel},
        {"initramfs.cpio.gz", release.initrd}};
    dstack_image *image = NULL;
    dstack_acpi *acpi = NULL;
    dstack_error err;
    uint8_t value[48];
    int rc = dstack_image_new((const uint8_t *)release.manifest,
        strlen(release.manifest), (const uint8_t *)release.metadata,
        strlen(release.metadata), &image, &err);

    for (size_t i = 0; rc == DSTACK_OK && i < 3; i++)
        rc = dstack_image_add_file(
            image, files[i].name, files[i].data.p, files[i].data.n, &err);
    if (rc == DSTACK_OK)
        rc = dstack_image_register(
            image, config, NULL, "rtmr2", value, sizeof value, &err);
    if (rc == DSTACK_OK && memcmp(value, release.rtmr[2], 48) != 0)
        rc = OOM_WRONG;
    if (rc == DSTACK_OK)
        rc = dstack_acpi_new(&acpi, &err);
    if (rc == DSTACK_OK && !acpi)
        rc = OOM_WRONG;
    dstack_acpi_free(acpi);
    dstack_image_free(image);
    return rc;
}

static int
document_run(void)
{
    static ds_checks checks;
    ds_image_options options = {.acpi = NULL};
    ds_image_facts facts;
    dstack_evidence *e = NULL;
    dstack_quote *q = NULL;
    dstack_error err;
    const uint8_t *p;
    size_t n;
    int rc = dstack_evidence_parse(bytes.p, bytes.n, &e, &err);

    if (rc == DSTACK_OK) {
        p = dstack_evidence_quote(e, &n);
        rc = dstack_quote_parse(p, n, &q, &err);
    }
    if (rc == DSTACK_OK) {
        ds_checks_init(&checks);
        rc = ds_image_judge(e, q, &options, &checks, &facts);
        if ((rc == DSTACK_OK) != facts.bound)
            rc = OOM_WRONG;
    }
    dstack_quote_free(q);
    dstack_evidence_free(e);
    return rc;
}

const oom_scenario oom_image[] = {
    {"image.files", files_run, prepare},
    {"image.document", document_run, prepare},
    {NULL, NULL, NULL},
};
