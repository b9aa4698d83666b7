/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_AGENT_QUOTE_REPLY_H
#define DS_AGENT_QUOTE_REPLY_H

#include "agent/rpc.h"
#include "dstack/reply.h"

struct dstack_quote_reply {
    ds_answer answer;
    dstack_evidence *evidence;
    ds_buf event_log; /* p is NULL where there is none; so are the others */
    ds_buf vm_config;
    ds_buf hash;
    ds_buf prefix;
    uint8_t app_key[33];
    size_t app_key_len;
};

/* A TDX quote over these 64 bytes, NULL for any; `tells` it again: the answer
 * has the member report_data. Takes the answer over in every case. */
int
ds_quote_read(ds_answer *a, const uint8_t *report_data, bool tells,
    dstack_quote_reply **ret, dstack_error *err);
/* The public key that the report data names, "dip1::...": of this algorithm,
 * in the quote, or, with `claimed`, as the answer tells it. */
int
ds_quote_read_app_key(dstack_quote_reply *reply, uint32_t algorithm,
    bool claimed, dstack_error *err);

#endif
