/* SPDX-License-Identifier: Apache-2.0 */
#include "net/sigpipe.h"

#include <errno.h>
#include <time.h>

void
ds_sigpipe_hold(ds_sigpipe *s, bool wanted)
{
    sigset_t pipe, pending;

    s->held = false;
    /* One that is pending is blocked already, and not ours to take away. */
    if (!wanted || sigpending(&pending) != 0 ||
        sigismember(&pending, SIGPIPE) == 1)
        return;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    s->held = pthread_sigmask(SIG_BLOCK, &pipe, &s->old) == 0;
}

void
ds_sigpipe_release(ds_sigpipe *s)
{
    const struct timespec now = {0, 0};
    sigset_t pipe;
    int taken;

    if (!s->held)
        return;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    do
        taken = sigtimedwait(&pipe, NULL, &now);
    while (taken < 0 && errno == EINTR);
    pthread_sigmask(SIG_SETMASK, &s->old, NULL);
    s->held = false;
}
