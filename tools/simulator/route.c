/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "server.h"

/* Paths, by listener and version (spec 1.3). */
static const struct {
    int kind;
    unsigned os;
    const char *mount; /* the segments in front of the method */
    int surface;
} mounts[] = {
    {LISTEN_DSTACK, SINCE_055, "", SIM_V0},
    {LISTEN_DSTACK, ON_060, "v0", SIM_V0},
    {LISTEN_DSTACK, ON_060, "v1", SIM_V1},
    {LISTEN_TAPPD, ON_ALL, "prpc", SIM_TAPPD},
    {LISTEN_WORKER, ON_ALL, "prpc", SIM_WORKER},
    {LISTEN_WORKER, ON_060, "prpc/v0", SIM_WORKER},
    {LISTEN_WORKER, ON_060, "prpc/v1", SIM_WORKER_V1},
};

/* The next segment; slashes in front of it count once. */
static bool
segment(ds_view *path, ds_view *ret)
{
    size_t n = 0;

    while (path->n != 0 && path->p[0] == '/')
        *path = ds_view_of(path->p + 1, path->n - 1);
    while (n < path->n && path->p[n] != '/')
        n++;
    *ret = ds_view_of(path->p, n);
    *path = ds_view_of(path->p + n, path->n - n);
    return n != 0;
}

/* Takes the mount's segments off the path. */
static bool
below(const char *mount, ds_view *path)
{
    ds_view want = ds_view_str(mount), a, b;

    while (segment(&want, &a))
        if (!segment(path, &b) || !ds_view_eq(a, b))
            return false;
    return true;
}

int
sim_route(int kind, int os, ds_view path, int *surface, ds_view *method)
{
    int route = ROUTE_NOWHERE;

    for (size_t i = 0; i < sizeof mounts / sizeof mounts[0]; i++) {
        ds_view rest = path;

        if (mounts[i].kind != kind || (mounts[i].os & 1u << os) == 0 ||
            !below(mounts[i].mount, &rest))
            continue;
        if (rest.n != 0 && !segment(&rest, method)) {
            route = ROUTE_EMPTY;
        } else if (rest.n == 0 && method->n != 0) {
            /* Not the mount itself, nor anything below the method. */
            *surface = mounts[i].surface;
            return ROUTE_CALL;
        }
        *method = ds_view_of(NULL, 0);
    }
    return route;
}
