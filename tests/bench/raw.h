/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_RAW_H
#define TESTS_BENCH_RAW_H

#include <stdbool.h>

/* The yardstick: one ECDSA P-256 verification by the crypto library itself,
 * with a key that is ready. Message, key and signature are those of RFC 6979,
 * A.2.5, SHA-256, "sample". */
bool
raw_set_up(void);
bool
raw_verify(void);

#endif
