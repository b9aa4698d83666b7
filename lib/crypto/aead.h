/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CRYPTO_AEAD_H
#define DS_CRYPTO_AEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/mem.h"

/* AES-256-GCM (NIST SP 800-38D) with a 12-byte nonce, no associated data and
 * a 16-byte tag behind the ciphertext. At most 16 MiB. Thread-safe. */
enum {
    DS_AEAD_OK = 0,
    DS_AEAD_BAD = -1, /* the tag does not fit, or too short or long, when sealed
                       * also for the buffer */
    DS_AEAD_NOMEM = -2
};
#define DS_AEAD_TAG 16

/* The ciphertext and its tag, appended to out. */
int
ds_aes_gcm_seal(
    const uint8_t key[32], const uint8_t nonce[12], ds_view plain, ds_buf *out);
/* The plaintext, DS_AEAD_TAG bytes shorter, right where it is to stay: there is
 * no other copy. Zeros unless the tag fits. */
int
ds_aes_gcm_open(const uint8_t key[32], const uint8_t nonce[12], ds_view sealed,
    uint8_t *plain);

#endif
