/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_COMPOSE_H
#define DSTACK_COMPOSE_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What names an app before it runs, for deployers and for policies. */

/* The compose hash: SHA-256 of app-compose.json, byte for byte as it is
 * deployed. `hash` receives hash_len, 32, bytes.
 * Returns DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_INTERNAL. */
DSTACK_MUST int
dstack_compose_hash(const uint8_t *app_compose, size_t app_compose_len,
    uint8_t *hash, size_t hash_len, dstack_error *err);

/* The mr_config_id that a TD with this configuration has; `id` receives
 * id_len, 48, bytes. Version 1 is made of the compose hash (32 bytes); version
 * 2 of it, the app id (20 bytes), the kind of key provider ("none", "local",
 * "kms" or "tpm") and its id (the DER public key of a KMS, the MRENCLAVE of a
 * local provider, nothing for the others); version 3 of a MrConfig document,
 * byte for byte.
 * Return DSTACK_OK, DSTACK_ERR_ARG, DSTACK_ERR_NOMEM, DSTACK_ERR_INTERNAL;
 * version 3 DSTACK_ERR_PARSE with reason mr_config_document. */
DSTACK_MUST int
dstack_mr_config_id_v1(const uint8_t *compose_hash, size_t compose_hash_len,
    uint8_t *id, size_t id_len, dstack_error *err);
DSTACK_MUST int
dstack_mr_config_id_v2(const uint8_t *compose_hash, size_t compose_hash_len,
    const uint8_t *app_id, size_t app_id_len, const char *key_provider,
    const uint8_t *key_provider_id, size_t key_provider_id_len, uint8_t *id,
    size_t id_len, dstack_error *err);
DSTACK_MUST int
dstack_mr_config_id_v3(const uint8_t *document, size_t document_len,
    uint8_t *id, size_t id_len, dstack_error *err);

#ifdef __cplusplus
}
#endif
#endif
