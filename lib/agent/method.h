/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_AGENT_METHOD_H
#define DS_AGENT_METHOD_H

#include <stdbool.h>
#include <stddef.h>

/* Every method that a client calls, by surface. */
enum {
    DS_V0_GET_TLS_KEY,
    DS_V0_GET_KEY,
    DS_V0_GET_QUOTE,
    DS_V0_ATTEST,
    DS_V0_EMIT_EVENT,
    DS_V0_INFO,
    DS_V0_SIGN,
    DS_V0_VERIFY,
    DS_V0_VERSION,
    DS_V1_ISSUE_CERT,
    DS_V1_GET_KEY,
    DS_V1_ATTEST,
    DS_V1_ATTEST_GPU,
    DS_V1_INFO,
    DS_V1_VERSION,
    DS_TAPPD_DERIVE_KEY,
    DS_TAPPD_DERIVE_K256_KEY,
    DS_TAPPD_TDX_QUOTE,
    DS_TAPPD_RAW_QUOTE,
    DS_TAPPD_INFO,
    DS_TAPPD_VERSION,
    DS_WORKER_INFO,
    DS_WORKER_VERSION,
    DS_WORKER_APP_KEY,
    DS_WORKER_V1_INFO,
    DS_WORKER_V1_VERSION,
    DS_WORKER_V1_HEALTH,
    DS_METHOD_COUNT
};

typedef struct {
    const char *name; /* in messages */
    const char *path;
    const char *since;  /* the first version of dstack that has it */
    const char *member; /* one that every answer has; NULL where none has */
    size_t max_answer;
    bool secret; /* its answer holds a secret key */
} ds_method;

extern const ds_method ds_methods[DS_METHOD_COUNT];

#endif
