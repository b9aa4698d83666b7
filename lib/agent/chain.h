/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_AGENT_CHAIN_H
#define DS_AGENT_CHAIN_H

#include "agent/rpc.h"

enum {
    DS_CHAIN_MAX = 3,
    DS_CHAIN_LINK = 65 /* r || s || v */
};

/* A signature chain as the agent sent it. */
typedef struct {
    size_t count;
    uint8_t link[DS_CHAIN_MAX][DS_CHAIN_LINK];
    size_t len[DS_CHAIN_MAX];
} ds_sig_chain;

/* The member `name`: exactly two links, one by the app's key and one by the
 * KMS, which is empty where there is no KMS; with `signature`, three: that
 * signature of 64 bytes first. Each link is a well-formed signature by somebody
 * (r and s in range, s low, v up to 3); by whom is not asked here. */
int
ds_sig_chain_read(const ds_answer *a, const char *name,
    const uint8_t *signature, ds_sig_chain *ret, dstack_error *err);
const uint8_t *
ds_sig_chain_link(const ds_sig_chain *chain, size_t index, size_t *len);

#endif
