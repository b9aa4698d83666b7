/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_BASE_TEXT_H
#define DS_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/mem.h"

/* Lower-case hex of `in` and a NUL: out needs 2 * in.n + 1 bytes. */
void
ds_hex_encode(ds_view in, char *out);
/* Exactly n bytes from exactly 2 * n digits of either case. */
bool
ds_hex_decode(ds_view text, uint8_t *out, size_t n);
/* Any even number of digits, into out (appended; unchanged when malformed). */
bool
ds_hex_decode_buf(ds_view text, ds_buf *out);
/* An even number of digits, or none. */
bool
ds_hex_is(ds_view text);

/* RFC 4648 base64 with padding; space, tab, CR and LF between characters are
 * skipped where allow_space is set; non-canonical trailing bits are refused.
 * out is unchanged when malformed. */
bool
ds_base64_decode(ds_view text, bool allow_space, ds_buf *out);
void
ds_base64_encode(ds_view in, ds_buf *out);
/* The URL-safe alphabet without padding (RFC 4648, section 5); the decoder
 * takes nothing else, and no trailing bits that say something. */
bool
ds_base64url_decode(ds_view text, ds_buf *out);
void
ds_base64url_encode(ds_view in, ds_buf *out);
/* Base58 with Bitcoin's alphabet, as Solana writes keys; for short inputs: its
 * time grows with the square of the length. At most 128 bytes. */
void
ds_base58_encode(ds_view in, ds_buf *out);

/* Times are seconds since 1970-01-01T00:00:00Z, years 1970 to 9999. */
#define DS_TIME_MAX INT64_C(253402300799)
/* Broken-down UTC, every member range-checked, leap years known. */
bool
ds_time_from_civil(int year, int month, int day, int hour, int minute,
    int second, int64_t *ret);
/* RFC 3339, the strict form of Intel's documents: exactly
 * "YYYY-MM-DDTHH:MM:SSZ". */
bool
ds_time_parse(ds_view text, int64_t *ret);
/* Writes "YYYY-MM-DDTHH:MM:SSZ" and a NUL: 21 bytes. Out of range gives
 * "invalid". */
void
ds_time_format(int64_t t, char out[21]);

/* Length of the well-formed UTF-8 sequence that `left` bytes at p begin with;
 * 0 when there is none, or it is NUL. */
size_t
ds_utf8_len(const uint8_t *p, size_t left);
/* Well-formed UTF-8: no overlong form, no surrogate, no NUL. */
bool
ds_utf8_is(ds_view text);

/* Compares as the version does; each part is at most 1023. */
#define DS_VERSION(major, minor, patch) \
    ((uint32_t)(major) << 20 | (uint32_t)(minor) << 10 | (uint32_t)(patch))
/* MAJOR.MINOR.PATCH as DS_VERSION(); 0 for what is none. A 'v' before it and a
 * suffix behind a '-' or '+' are left out of account. */
uint32_t
ds_version_number(const char *text);

#endif
