/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_VERSION_H
#define DSTACK_VERSION_H

#include <stdint.h>

#include "dstack/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The version of these headers. The library in use says its own with
 * dstack_version() and dstack_version_number(). */
#define DSTACK_VERSION_MAJOR 0
#define DSTACK_VERSION_MINOR 1
#define DSTACK_VERSION_PATCH 0
#define DSTACK_VERSION "0.1.0"

/* The version of the library in use, "MAJOR.MINOR.PATCH"; static, never
 * freed. Thread-safe. */
DSTACK_API const char *
dstack_version(void);

/* The same as one number: major * 1000000 + minor * 1000 + patch. */
DSTACK_API uint32_t
dstack_version_number(void);

/* How this library was built, for bug reports: one line such as
 * "libdstack 0.1.0 ecdsa=openssl mbedtls=2.28.3"; static. */
DSTACK_API const char *
dstack_build_info(void);

#ifdef __cplusplus
}
#endif
#endif
