/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CODEC_DER_H
#define DS_CODEC_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* A reader of DER (X.690): definite, minimal lengths of at most four octets,
 * single-octet tags. Sticky like ds_reader: after the first violation `bad`
 * stays set, reads give empty views and zeros. Nested readers start from the
 * view of a value; `depth` counts down from DS_MAX_DER_DEPTH. */
typedef struct {
    ds_reader r;
    int depth;
    bool bad;
} ds_der;

enum {
    DS_DER_BOOLEAN = 0x01,
    DS_DER_INTEGER = 0x02,
    DS_DER_BIT_STRING = 0x03,
    DS_DER_OCTET_STRING = 0x04,
    DS_DER_NULL = 0x05,
    DS_DER_OID = 0x06,
    DS_DER_ENUMERATED = 0x0a,
    DS_DER_UTC_TIME = 0x17,
    DS_DER_GENERALIZED_TIME = 0x18,
    DS_DER_SEQUENCE = 0x30,
    DS_DER_SET = 0x31
};

void
ds_der_init(ds_der *d, ds_view in);
/* The next tag without reading it; -1 at the end or when bad. */
int
ds_der_peek(const ds_der *d);
/* The contents of the next value, which must have this tag. */
ds_view
ds_der_read(ds_der *d, int tag);
/* Any tag: contents, tag and the whole encoding (each may be NULL). */
ds_view
ds_der_any(ds_der *d, int *tag, ds_view *whole);
/* Enter a constructed value: a reader over its contents, one level deeper. */
void
ds_der_enter(ds_der *d, int tag, ds_der *inner);
/* A non-negative INTEGER or ENUMERATED of at most 8 octets, minimally
 * encoded, at most max. */
uint64_t
ds_der_uint(ds_der *d, int tag, uint64_t max);
/* 0x00 or 0xff only. */
bool
ds_der_bool(ds_der *d);
/* BIT STRING with no unused bits. */
ds_view
ds_der_bits(ds_der *d);
/* UTCTime or GeneralizedTime as RFC 5280 restricts them (Z, seconds). */
int64_t
ds_der_time(ds_der *d);
/* Not bad and nothing left. */
bool
ds_der_done(const ds_der *d);

/* r || s (two halves of rs) to a DER ECDSA-Sig-Value. out holds at least
 * 2 * (rs.n / 2 + 3) + 4 bytes; returns the length used, 0 unless rs is two
 * halves of 1 to 66 bytes (P-521). */
size_t
ds_der_ecdsa_from_raw(ds_view rs, uint8_t *out);
/* The reverse, strict: n-byte halves. False unless minimal, positive and
 * fitting. */
bool
ds_der_ecdsa_to_raw(ds_view der, uint8_t *rs, size_t half);

#endif
