/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_IMAGE_H
#define TESTS_IMAGE_H

#include <stdbool.h>

#include "forge/forge.h"
#include "support/workload.h"
#include "workload/image.h"

/* Evidence of a TD that booted a known image: the measurement document, event
 * log and registers of a real machine (2 CPUs, 2 GiB, QEMU 8.2.2; platforms.md
 * 3.1 to 3.6), in a forged quote. Change what is here, then build. */
typedef struct {
    workload w;
    /* measurement.tdx.cbor */
    unsigned version;
    const char *ovmf, *witness;                           /* text; hex */
    const char *cmdline, *kernel, *initrd, *single, *two; /* hex */
    const char *more; /* hex that follows the document */
    /* The manifest; NULL: one line for the document. */
    const char *manifest;
    /* vm_config; what is NULL is left out. */
    const char *os_image_hash; /* NULL: the manifest's */
    const char *cpus, *memory, *qemu;
    const char *variant;
    const char *members; /* more of them, each behind a comma */
    bool no_document;
    /* Digests of the log, in hex. */
    const char *acpi[3];
    const char *names[3];
    ds_buf document, config;
} image_evidence;

void
image_begin(image_evidence *e, forge *f);
/* The document alone, into e->document. */
void
image_write_document(image_evidence *e);
/* All of it; the bytes are workload_bytes(&e->w). */
void
image_build(image_evidence *e);
void
image_end(image_evidence *e);

/* The real document's digest and the image's, and the machine's registers. */
extern const char image_document_sha256[];
extern const char image_hash[];
extern const char *const image_rtmr[3];

/* The files of a release: the firmware and kernel of image.vec, an initrd of
 * 5,000,000 zeros. */
typedef struct {
    ds_view firmware, kernel, initrd;
    const char *metadata;
    const char *document; /* hex digest of a document that is listed too */
    char manifest[1024];
    char hash[65];
    /* What it leaves in the registers, and a machine of 2 GiB adds in RTMR0
     * when its ACPI digests are those of image_begin(). */
    uint8_t mr_td[DS_PASS_COUNT][DS_MR_SIZE];
    uint8_t rtmr[3][DS_MR_SIZE];
} image_release;

void
image_release_begin(image_release *r);
/* The manifest anew, after a file was changed. */
void
image_release_list(image_release *r);
/* The object, with the files whose letters are in `files`: "fki". */
dstack_image *
image_release_open(const image_release *r, const char *files);
void
image_release_end(image_release *r);

#endif
