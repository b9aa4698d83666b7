/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_NET_SIGPIPE_H
#define DS_NET_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

/* SIGPIPE kept from this thread while a TLS library writes to a socket: some
 * do it in a way that raises it, and libcurl leaves it to whoever asked for
 * no signals (before 7.87 with OpenSSL). */
typedef struct {
    sigset_t old;
    bool held;
} ds_sigpipe;

void
ds_sigpipe_hold(ds_sigpipe *s, bool wanted);
void
ds_sigpipe_release(ds_sigpipe *s);

#endif
