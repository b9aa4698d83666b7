/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_GUEST_H
#define TESTS_GUEST_H

#include "guest/guest.h"

/* Emulated guests for tests. A time at which documents are asked for. */
#define GUEST_NOW INT64_C(1790000000) /* 2026-09-21T14:13:20Z */

/* A guest of a seed and a version; fails the test where there is none. */
sim_guest *
guest_new(const char *seed, int os);
sim_guest *
guest_make(const sim_config *config);
/* An app-keys file with these hex texts; signature and env may be "". The CA
 * in it is one of the guest's own making. */
void
guest_app_keys(
    const char *k256, const char *signature, const char *env, ds_buf *out);
/* Hex of bytes is this text. */
void
guest_assert_hex(const void *p, size_t n, const char *hex);

#endif
