/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CRYPTO_HASH_H
#define DS_CRYPTO_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    DS_SHA256 = 1,
    DS_SHA384 = 2,
    DS_SHA512 = 3
};
#define DS_HASH_MAX 64

size_t
ds_hash_size(int alg);
/* One shot over up to two views (b may be empty). False only when the library
 * below fails; the caller then reports DSTACK_ERR_INTERNAL. out is zeroed on
 * failure. */
bool
ds_hash(int alg, ds_view a, ds_view b, uint8_t *out);

#endif
