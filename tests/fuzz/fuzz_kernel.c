/* SPDX-License-Identifier: Apache-2.0 */
/* What QEMU writes into a kernel's header, and its checksum, do not change
 * what is measured. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/help.h"
#include "workload/image.h"

#define INITRD 5000000u
#define MEMORY (UINT64_C(2) << 30)

/* Written by QEMU (spec 3.5.2), or the checksum: not measured as it stands. */
static bool
is_free(const uint8_t *p, size_t at)
{
    size_t checksum = (size_t)ds_le32(p + 0x3c) + 24 + 64;

    return at == 0x210 || (at >= 0x218 && at < 0x220) ||
           (at >= 0x224 && at < 0x226) || (at >= 0x228 && at < 0x22c) ||
           (at >= checksum && at < checksum + 4);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t places[] = {0x20, 0x210, 0x218, 0x224, 0x22b, 0x230};
    uint8_t digest[DS_MR_SIZE], other[DS_MR_SIZE];
    dstack_error err;
    uint8_t *copy;
    int rc =
        ds_kernel_digest(ds_view_of(data, size), INITRD, MEMORY, digest, &err);

    if (rc != DSTACK_OK) {
        fuzz_check_error(rc, &err);
        return 0;
    }
    copy = malloc(size);
    must(copy != NULL);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        memcpy(copy, data, size);
        copy[places[i]] ^= 0x40;
        rc = ds_kernel_digest(
            ds_view_of(copy, size), INITRD, MEMORY, other, &err);
        if (rc == DSTACK_OK && is_free(data, places[i]))
            must(memcmp(digest, other, sizeof digest) == 0);
    }
    free(copy);
    return 0;
}
