/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_NET_CALLBACKS_H
#define DS_NET_CALLBACKS_H

#include "net/line.h"

/* What libcurl calls with the pieces of an answer; user is a ds_line. */
size_t
ds_line_take_header(char *p, size_t size, size_t n, void *user);
size_t
ds_line_take_body(char *p, size_t size, size_t n, void *user);
/* What came of a transfer: a code, and what to say about it. */
int
ds_line_judge(ds_line *line, CURLcode rc, dstack_error *err);

#endif
