/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_INTEL_PCK_H
#define DS_INTEL_PCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "crypto/cert.h"

/* Facts of a PCK certificate's SGX extension (1.2.840.113741.1.13.1): Intel
 * SGX PCK Certificate and CRL Profile Specification, section 3.5. */
typedef struct {
    uint8_t ppid[16];
    uint8_t comps[16];
    uint8_t cpu_svn[16];
    uint8_t pce_svn_be[2];
    uint8_t pce_id[2];
    uint8_t fmspc[6];
    uint8_t instance_id[16];
    uint16_t pce_svn;
    int8_t sgx_type;
    int8_t dynamic_platform; /* 1, 0, -1: not said; as the next two */
    int8_t cached_keys;
    int8_t smt_enabled;
    bool has_instance_id;
} ds_pck;

bool
ds_pck_has_extension(const ds_cert *cert);
/* Did ds_cert_parse() refuse these bytes because the SGX extension comes
 * twice? Then the reason is pck_ext, not cert_der. */
bool
ds_pck_repeats_extension(ds_view der);
/* Reason pck_ext. */
int
ds_pck_parse(const ds_cert *cert, ds_pck *ret, dstack_error *err);

#endif
