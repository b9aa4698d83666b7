/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hash.h"

size_t
ds_hash_size(int alg)
{
    switch (alg) {
    case DS_SHA256:
        return 32;
    case DS_SHA384:
        return 48;
    case DS_SHA512:
        return 64;
    default:
        return 0;
    }
}
