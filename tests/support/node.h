/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_NODE_H
#define TESTS_NODE_H

#include "dstack/dstack.h"
#include "support/workload.h"

/* A node's identity: an Ed25519 and a secp256k1 key, without evidence. */
dstack_identity *
node_identity(const uint8_t signing[32], const uint8_t decryption[33]);
/* Untouched evidence of a guest whose report data names these keys, into w, and
 * the collateral that goes with it; what was in both before is freed. */
void
node_evidence(forge *f, workload *w, const dstack_identity *named,
    dstack_collateral **collateral);

#endif
