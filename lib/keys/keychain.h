/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_KEYS_KEYCHAIN_H
#define DS_KEYS_KEYCHAIN_H

#include "base/checks.h"
#include "dstack/keychain.h"
#include "keys/claim.h"

/* The checks of a key chain, in the order in which they run. */
enum {
    DS_KEYCHAIN_KEY = 0,
    DS_KEYCHAIN_SIGNATURE,
    DS_KEYCHAIN_APP_LINK,
    DS_KEYCHAIN_KMS_LINK,
    DS_KEYCHAIN_ANCHOR,
    DS_KEYCHAIN_CHECKS
};

struct dstack_keychain_report {
    ds_check at[DS_KEYCHAIN_CHECKS];
    dstack_error error; /* of the first that failed */
    bool has_app_root;
    bool has_kms_root;
    uint8_t app_root[DS_K1_POINT];
    uint8_t kms_root[DS_K1_POINT];
};

/* NULL for none. */
const char *
ds_keychain_check_name(size_t index);

#endif
