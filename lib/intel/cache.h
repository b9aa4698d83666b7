/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_INTEL_CACHE_H
#define DS_INTEL_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/ecdsa.h"
#include "intel/pck.h"
#include "intel/verify.h"

#define DS_MAX_NAME 512 /* of an issuer Name that is remembered */

/* What was proven of a platform independently of time and collateral: its PCK
 * chain leads to the root, its QE report is signed by the PCK key and binds
 * the attestation key. Dates and revocation are compared at every use. */
typedef struct {
    ds_pck pck;
    ds_ecdsa_key *attestation_key;
    uint8_t leaf_serial[32];
    size_t leaf_serial_len;
    uint8_t ca_serial[32];
    size_t ca_serial_len;
    uint8_t ca_key[64];
    uint8_t issuer[DS_MAX_NAME]; /* Name of the PCK CA */
    size_t issuer_len;
    uint8_t root_serial[32];
    size_t root_serial_len;
    int64_t not_before; /* latest of the chain */
    int64_t not_after;  /* earliest */
    int64_t oldest;
} ds_platform;

/* A remembered or a new platform; shared, immutable, counted. */
typedef struct ds_platform_ref {
    ds_platform platform;
    uint8_t key[32];
    struct ds_platform_ref *next;          /* of the same bucket */
    struct ds_platform_ref *newer, *older; /* in order of use */
    uint32_t users; /* guarded by the cache's mutex once in it */
} ds_platform_ref;

/* NULL on failure. */
ds_platform_ref *
ds_platform_ref_new(void);
/* The platform under this key, NULL when it is not known; give it back with
 * ds_platform_cache_release(). cache may be NULL. */
ds_platform_ref *
ds_platform_cache_find(ds_platform_cache *cache, const uint8_t key[32]);
/* Remember ref, which the caller keeps using until it is released. */
void
ds_platform_cache_insert(
    ds_platform_cache *cache, const uint8_t key[32], ds_platform_ref *ref);
void
ds_platform_cache_release(ds_platform_cache *cache, ds_platform_ref *ref);

#endif
