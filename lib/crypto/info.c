/* SPDX-License-Identifier: Apache-2.0 */
#include <mbedtls/version.h>

#include "crypto/ecdsa_backend.h"
#include "dstack/version.h"

const char *
dstack_build_info(void)
{
    return "libdstack " DSTACK_VERSION " ecdsa=" DS_ECDSA_BACKEND
           " mbedtls=" MBEDTLS_VERSION_STRING;
}
