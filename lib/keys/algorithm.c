/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "dstack/reply.h"

static const char *const names[] = {
    [DSTACK_KEY_ANY] = "",
    [DSTACK_KEY_SECP256K1] = "secp256k1",
    [DSTACK_KEY_ED25519] = "ed25519",
    [DSTACK_KEY_SECP256K1_PREHASHED] = "secp256k1_prehashed",
    [DSTACK_KEY_P256] = "p256",
};

#define COUNT (sizeof names / sizeof names[0])

const char *
dstack_key_algorithm_name(uint32_t algorithm)
{
    return algorithm < COUNT ? names[algorithm] : "";
}

uint32_t
dstack_key_algorithm_parse(const char *name)
{
    if (!name)
        return DSTACK_KEY_ANY;
    if (strcmp(name, "k256") == 0)
        return DSTACK_KEY_SECP256K1;
    for (uint32_t i = 1; i < COUNT; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    return DSTACK_KEY_ANY;
}
