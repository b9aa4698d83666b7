/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware that is read has a layout and two measurements; a byte behind
 * its end changes nothing but where things are, so it is refused. */
#include "fuzz/help.h"
#include "workload/image.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ds_image_parts parts, again;
    dstack_error err;
    int rc = ds_tdvf_read(ds_view_of(data, size), &parts, &err);

    if (rc != DSTACK_OK) {
        fuzz_check_error(rc, &err);
        return 0;
    }
    must(parts.layout.count != 0 && parts.layout.count <= DS_MAX_TD_RANGES);
    for (size_t i = 1; i < parts.layout.count; i++)
        must(parts.layout.at[i].start - parts.layout.at[i - 1].start >=
             parts.layout.at[i - 1].length);
    must(ds_tdvf_read(ds_view_of(data, size - 1), &again, &err) != DSTACK_OK);
    return 0;
}
