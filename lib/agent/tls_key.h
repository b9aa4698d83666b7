/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_AGENT_TLS_KEY_H
#define DS_AGENT_TLS_KEY_H

#include "agent/rpc.h"
#include "base/limits.h"
#include "dstack/reply.h"

struct dstack_tls_key {
    /* In memory of ds_secret_alloc(). */
    char *pem;
    size_t pem_len;
    uint8_t *der;
    size_t der_len;
    uint8_t *secret; /* 32 bytes */
    uint8_t public_key[33];
    size_t count;
    ds_buf cert_pem[DS_MAX_CHAIN_CERTS];
    ds_buf cert_der[DS_MAX_CHAIN_CERTS];
    ds_buf chain;
};

/* The members "key" and "certificate_chain": a P-256 key, and certificates of
 * which the first is for it. */
int
ds_tls_key_read(const ds_answer *a, dstack_tls_key **ret, dstack_error *err);

#endif
