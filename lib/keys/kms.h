/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_KEYS_KMS_H
#define DS_KEYS_KMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "dstack/kms.h"

enum {
    DS_APP_ID = 20,
    DS_K1_POINT = 33, /* compressed */
    DS_LINK = 65,     /* r || s || v */
    DS_KMS_ROOTS = 64
};

struct dstack_kms_trust {
    uint8_t app_id[DS_APP_ID];
    size_t count;
    uint8_t root[DS_KMS_ROOTS][DS_K1_POINT];
    bool has_app_root;
    uint8_t app_root[DS_K1_POINT];
};

bool
ds_kms_is_root(const dstack_kms_trust *trust, const uint8_t key[DS_K1_POINT]);

/* Who signed a digest, or the first rule that the signature breaks. The reasons
 * of key chains and of environment keys stand in this order. */
enum {
    DS_LINK_OK = -1,
    DS_LINK_LENGTH = 0,
    DS_LINK_RECOVERY_ID,
    DS_LINK_RANGE,
    DS_LINK_HIGH_S,
    DS_LINK_NOBODY
};
int
ds_kms_recover(
    const uint8_t digest[32], ds_view link, uint8_t key[DS_K1_POINT]);
/* What such a signature has and what it should have, for reports. */
const char *
ds_kms_link_expected(int fault);

#endif
