/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define MAX_FILE ((size_t)1 << 30)

static int
read_in_dir(const options *o, const char *name, bool *found, blob *ret)
{
    size_t n = strlen(o->image) + strlen(name) + 2;
    char *path = malloc(n);
    int status;

    ret->p = NULL;
    ret->n = 0;
    *found = false;
    if (!path)
        return complain(o, CLI_FAILED, "out of memory");
    (void)snprintf(path, n, "%s/%s", o->image, name);
    status = input_read_some(o, path, MAX_FILE, found, ret);
    free(path);
    return status;
}

static int
failed(const options *o, const char *option, const dstack_error *err)
{
    return complain(o, err->code == DSTACK_ERR_NOMEM ? CLI_FAILED : CLI_USAGE,
        "%s: %s", option, err->message);
}

/* Every listed file that is there: firmware, kernel and initrd are used, all
 * are compared. */
static int
add_files(const options *o, dstack_image *image)
{
    size_t count = dstack_image_file_count(image);
    int status = CLI_YES;

    for (size_t i = 0; i < count && status == CLI_YES; i++) {
        const char *name = dstack_image_file_name(image, i);
        dstack_error err;
        bool found;
        blob file;

        status = read_in_dir(o, name, &found, &file);
        if (status == CLI_YES && found &&
            dstack_image_add_file(image, name, file.p, file.n, &err) !=
                DSTACK_OK)
            status = failed(o, "--image", &err);
        free(file.p);
    }
    return status;
}

int
image_read(const options *o, dstack_image **ret)
{
    blob manifest = {NULL, 0}, metadata = {NULL, 0};
    dstack_error err;
    bool found;
    int status = read_in_dir(o, "sha256sum.txt", &found, &manifest);

    *ret = NULL;
    if (status == CLI_YES && !found)
        status = complain(o, CLI_USAGE,
            "--image %s: no sha256sum.txt in it: expected the directory of a "
            "release of dstack's OS image",
            o->image);
    if (status == CLI_YES)
        status = read_in_dir(o, "metadata.json", &found, &metadata);
    if (status == CLI_YES &&
        dstack_image_new(manifest.p, manifest.n, metadata.p, metadata.n, ret,
            &err) != DSTACK_OK)
        status = failed(o, "--image", &err);
    if (status == CLI_YES)
        status = add_files(o, *ret);
    free(manifest.p);
    free(metadata.p);
    return status;
}

int
acpi_read(const options *o, dstack_acpi **ret)
{
    blob tables;
    dstack_error err;
    int status = input_read(o, o->acpi, &tables);

    *ret = NULL;
    if (status == CLI_YES && (dstack_acpi_new(ret, &err) != DSTACK_OK ||
                                 dstack_acpi_add_tables(*ret, tables.p,
                                     tables.n, &err) != DSTACK_OK))
        status = failed(o, "--acpi", &err);
    free(tables.p);
    return status;
}
