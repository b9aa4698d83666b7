/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_WORKLOAD_MR_CONFIG_H
#define DS_WORKLOAD_MR_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "workload/story.h"

/* Who keeps an app's keys. The numbers are those of version 2. */
enum {
    DS_KEYS_NONE = 0,
    DS_KEYS_LOCAL = 1,
    DS_KEYS_KMS = 2,
    DS_KEYS_TPM = 3,
    DS_KEYS_COUNT
};

/* A MrConfig document, version 3: what the host said before launch. */
typedef struct {
    uint8_t compose_hash[32];
    bool has_app_id;
    uint8_t app_id[20];
    bool has_instance_id;
    uint8_t instance_id[20];
    bool has_gpu_policy_hash;
    uint8_t gpu_policy_hash[32];
    int key_provider; /* DS_KEYS_* */
    bool has_key_provider_id;
    ds_buf key_provider_id;
    bool has_init_scripts;
    size_t init_script_count;
    uint8_t init_scripts[DS_MAX_INIT_SCRIPTS][32];
} ds_mr_config;

/* Members that there are not, a version other than 3 and fields of a wrong
 * length are refused. Returns DSTACK_OK, DSTACK_ERR_NOMEM, or DSTACK_ERR_PARSE
 * with reason mr_config_document. Free in any case. */
int
ds_mr_config_parse(ds_view document, ds_mr_config *m, dstack_error *err);
void
ds_mr_config_free(ds_mr_config *m);
/* SHA-256 over the domain and the document's bytes: SEV-SNP's host_data, and
 * bytes 1 to 32 of mr_config_id. False when hashing fails. */
bool
ds_mr_config_hash(ds_view document, uint8_t hash[32]);

/* DS_KEYS_* of what an event ("local-sgx") or a document ("local") calls it;
 * -1 for another name. */
int
ds_keys_of_event(ds_view name);
int
ds_keys_of_document(ds_view name);

#endif
