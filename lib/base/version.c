/* SPDX-License-Identifier: Apache-2.0 */
#include "dstack/version.h"

const char *
dstack_version(void)
{
    return DSTACK_VERSION;
}

uint32_t
dstack_version_number(void)
{
    return DSTACK_VERSION_MAJOR * UINT32_C(1000000) +
           DSTACK_VERSION_MINOR * UINT32_C(1000) + DSTACK_VERSION_PATCH;
}
