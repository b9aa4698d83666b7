/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_AGENT_REPORT_DATA_H
#define DS_AGENT_REPORT_DATA_H

#include "agent/client.h"

#define DS_REPORT_DATA 64u

/* 1 to 64 bytes, padded on the right with zeros; DSTACK_ERR_ARG for any other
 * length. */
int
ds_report_data_pad(const char *what, ds_view in, uint8_t out[DS_REPORT_DATA],
    dstack_error *err);
/* Does evidence carry these 64 bytes, in what the hardware signed, where they
 * can be seen there, and in what it claims? DSTACK_OK or DSTACK_ERR_PROTOCOL:
 * both values in hex, as far as they fit, in the message. */
int
ds_report_data_compare(
    const dstack_evidence *evidence, const uint8_t *want, dstack_error *err);

#endif
