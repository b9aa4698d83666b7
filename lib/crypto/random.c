/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/random.h"

#include <sodium.h>

bool
ds_random(uint8_t *out, size_t n)
{
    if (sodium_init() < 0)
        return false;
    randombytes_buf(out, n);
    return true;
}
