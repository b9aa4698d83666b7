/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CODEC_PEM_H
#define DS_CODEC_PEM_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/mem.h"

/* Reads the blocks of a PEM text (RFC 7468) in order, strictly: between blocks
 * white space only; inside, base64 lines only (LF or CRLF); no headers. */
typedef struct {
    ds_view rest;
} ds_pem;

void
ds_pem_init(ds_pem *p, ds_view text);
/* 1: a block with exactly this label was decoded and appended to out.
 * 0: only white space is left (p->rest is what follows it; empty, or starting
 *    with a byte that is not white space and not "-----": the caller decides
 *    about one trailing NUL).
 * -1: malformed, also text with a block somewhere behind it. Check out->nomem
 *     for an allocation failure. */
int
ds_pem_next(ds_pem *p, const char *label, ds_buf *out);

/* Appends a block: lines of 64 characters, each ended by eol. */
void
ds_pem_write(ds_view der, const char *label, const char *eol, ds_buf *out);

#endif
