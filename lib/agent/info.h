/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_AGENT_INFO_H
#define DS_AGENT_INFO_H

#include "agent/rpc.h"
#include "dstack/reply.h"

/* Fixed-size values by name; absent ones have length 0. */
typedef struct {
    const char *name;
    size_t size;
} ds_info_field;

enum {
    DS_INFO_BYTES = 8,
    DS_INFO_TEXTS = 8,
    DS_TCB_BYTES = 10,
    DS_INFO_SIZE = 48 /* the largest */
};

struct dstack_tcb_info {
    uint8_t bytes[DS_TCB_BYTES][DS_INFO_SIZE];
    size_t len[DS_TCB_BYTES];
    ds_buf app_compose; /* p is NULL where there is none */
    dstack_event_log *log;
};

struct dstack_info {
    ds_answer answer;
    uint8_t bytes[DS_INFO_BYTES][DS_INFO_SIZE];
    size_t len[DS_INFO_BYTES];
    ds_buf text[DS_INFO_TEXTS]; /* p is NULL where there is none */
    int public_logs;            /* -1 where not told */
    int public_sysinfo;
    ds_buf provider_name;
    ds_buf provider_id;
    dstack_vm_config *vm_config;
    dstack_tcb_info *tcb;
};

/* The value `v` of a member: hex of exactly that size, or "" for none. */
int
ds_info_hex(const ds_json *j, ds_jv v, const ds_info_field *field, uint8_t *out,
    size_t *len, dstack_error *err);

/* Takes the answer over in every case. */
int
ds_info_read(ds_answer *a, dstack_info **ret, dstack_error *err);

/* tcb_info.c: the document in the member "tcb_info". */
int
ds_guest_tcb_read(ds_view text, dstack_tcb_info **ret, dstack_error *err);
void
ds_guest_tcb_free(dstack_tcb_info *tcb);

#endif
