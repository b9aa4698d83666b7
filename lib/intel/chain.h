/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_INTEL_CHAIN_H
#define DS_INTEL_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "crypto/cert.h"
#include "crypto/ecdsa.h"

/* The trust anchor: one self-signed certificate and its key. */
typedef struct {
    ds_cert *cert;
    ds_ecdsa_key *key;
    uint8_t hash[32]; /* SHA-256 of the DER */
    bool custom;
} ds_root;

/* NULL data: Intel's SGX Root CA. PEM or DER otherwise. Reasons root_pin,
 * cert_*. */
int
ds_root_new(ds_view data, ds_root **ret, dstack_error *err);
void
ds_root_free(ds_root *root);

/* What a verifier was told about how strictly to look. */
typedef struct {
    bool strict;
    bool reissued_root;
} ds_chain_options;

enum { /* the four chains of spec 3.2 */
    DS_CHAIN_PCK,
    DS_CHAIN_CRL,
    DS_CHAIN_TCB,
    DS_CHAIN_QEID
};

#define DS_CHAIN_MAX 3

/* One link; what is borrowed belongs to somebody who lives longer. */
typedef struct {
    ds_cert *cert;
    ds_ecdsa_key *key; /* made when it is first needed */
    bool borrowed;
    bool key_borrowed;
} ds_link;

/* A chain whose every signature, name and constraint was checked up to the
 * root; only its dates are left. link[0] is the leaf, link[n - 1] the root. */
typedef struct {
    ds_link link[DS_CHAIN_MAX];
    size_t n;
    int64_t not_before; /* latest of all */
    int64_t not_after;  /* earliest of all */
    int64_t oldest;     /* earliest not_before */
} ds_chain;

/* A chain that was checked before: its certificates need no second look. */
typedef struct {
    const ds_chain *at[3];
    size_t n;
} ds_known;

/* Read and check a chain (spec 3.4, steps 1 to 9 without 4). Frees nothing
 * that was borrowed from root or known. On failure `chain` is empty. */
int
ds_chain_check(int kind, ds_view pem, const ds_root *root,
    const ds_chain_options *opt, const ds_known *known, ds_chain *chain,
    dstack_error *err);
void
ds_chain_free(ds_chain *chain);
/* Step 4, reason <chain>_time. */
int
ds_chain_check_time(
    int kind, const ds_chain *chain, int64_t now, dstack_error *err);

#endif
