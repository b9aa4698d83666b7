/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_WORKLOAD_CLAIMS_H
#define DS_WORKLOAD_CLAIMS_H

#include "intel/pck.h"
#include "intel/quote.h"
#include "workload/evidence.h"
#include "workload/gpu.h"
#include "workload/story.h"

/* What evidence says about the app in the TD, and which signed value each of
 * it was held against. */

/* id, name, whether it is text and not bytes. */
#define DS_CLAIMS(X) \
    X(APP_ID, "app_id", false) \
    X(COMPOSE_HASH, "compose_hash", false) \
    X(INSTANCE_ID, "instance_id", false) \
    X(DEVICE_ID, "device_id", false) \
    X(OS_IMAGE_HASH, "os_image_hash", false) \
    X(KMS_OS_IMAGE_HASH, "kms_os_image_hash", false) \
    X(KEY_PROVIDER, "key_provider", true) \
    X(KEY_PROVIDER_NAME, "key_provider_name", true) \
    X(KEY_PROVIDER_ID, "key_provider_id", false) \
    X(MR_SYSTEM, "mr_system", false) \
    X(MR_AGGREGATED, "mr_aggregated", false) \
    X(MR_SYSTEM_BOOT, "mr_system_boot", false) \
    X(MR_AGGREGATED_BOOT, "mr_aggregated_boot", false) \
    X(GPU_POLICY_HASH, "gpu_policy_hash", false) \
    X(GPU_ATTESTATION, "gpu_attestation", true) \
    X(STORAGE_FS, "storage_fs", true)

enum {
#define DS_X(id, name, text) DS_CLAIM_##id,
    DS_CLAIMS(DS_X)
#undef DS_X
    DS_CLAIM_COUNT
};

typedef struct {
    bool has;       /* it may be empty */
    uint32_t bound; /* DSTACK_BOUND_* */
    ds_view value;
} ds_claim;

/* Owns all of it. */
typedef struct {
    dstack_event_log *events; /* the runtime events */
    ds_story story;           /* over them */
    ds_claim at[DS_CLAIM_COUNT];
    ds_view init_scripts[DS_MAX_INIT_SCRIPTS];
    size_t init_script_count;
    uint32_t init_scripts_bound;
    ds_gpu gpu;           /* of the claim gpu_attestation */
    bool explicit_app_id; /* not the compose hash's first 20 bytes */
    /* 0 where mr_config_id is zero, 1 to 3, -1 for what is none of these; why
     * it is not made of what the events say, NULL where it is. */
    int mr_config;
    const char *mr_config_why;
    uint8_t computed[5][32]; /* what hashes give */
    uint8_t os_image_hash[32];
    ds_buf key_provider_id;
} ds_claims;

/* pck is NULL where the certificate is not known; replayed says that the
 * events are those of RTMR3. NULL in *ret where there is no TD or there are no
 * runtime events.
 * Returns DSTACK_OK, DSTACK_ERR_NOMEM or DSTACK_ERR_INTERNAL. */
int
ds_claims_new(const dstack_evidence *e, const dstack_quote *q,
    const ds_pck *pck, bool replayed, ds_claims **ret, dstack_error *err);
void
ds_claims_free(ds_claims *c);

const char *
ds_claim_name(size_t claim);
bool
ds_claim_is_text(size_t claim);
/* DS_CLAIM_*; DS_CLAIM_COUNT for no such name, also NULL. */
size_t
ds_claim_find(const char *name);

/* mr_config.c's half: fills mr_config, mr_config_why, and marks what it
 * binds. document: the vm_config's, empty where there is none. */
int
ds_claims_check_mr_config(
    ds_claims *c, ds_view mr_config_id, ds_view document, dstack_error *err);

#endif
