/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/random.h"
#include "guest/inner.h"

/* The state directory: `seed`, from which everything comes back, and for the
 * user root.pem and collateral.json. */

#define PATH_SIZE 1024u
#define SEED_SIZE 1024u

static int
path_of(char *out, const char *dir, const char *name, sim_error *err)
{
    int n = snprintf(out, PATH_SIZE, "%s/%s", dir, name);
    if (n < 0 || (size_t)n >= PATH_SIZE)
        return sim_fail(err, SIM_FAILED, "the path of the state is too long");
    return 0;
}

static int
fail_file(sim_error *err, const char *path, const char *what)
{
    int why = errno;
    return sim_fail(
        err, SIM_FAILED, "%.120s: cannot be %s: %s", path, what, strerror(why));
}

/* Whole and at once: whoever looks sees the old file or the new one. */
static int
write_file(const char *dir, const char *name, ds_view data, mode_t mode,
    sim_error *err)
{
    char path[PATH_SIZE];
    char temporary[PATH_SIZE];
    if (path_of(path, dir, name, err) ||
        path_of(temporary, dir, ".newXXXXXX", err))
        return -1;
    int fd = mkstemp(temporary);
    if (fd < 0)
        return fail_file(err, path, "written");
    (void)fchmod(fd, mode);
    ssize_t n = write(fd, data.p, data.n);
    if (close(fd) != 0 || n < 0 || (size_t)n != data.n ||
        rename(temporary, path) != 0) {
        int ret = fail_file(err, path, "written");
        (void)unlink(temporary);
        return ret;
    }
    return 0;
}

/* 1: read; 0: there is none; -1. */
static int
read_file(const char *path, ds_buf *out, sim_error *err)
{
    char part[512];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : fail_file(err, path, "read");
    ssize_t n;
    while ((n = read(fd, part, sizeof part)) > 0)
        ds_buf_add(out, part, (size_t)n);
    int ret = n < 0 ? fail_file(err, path, "read") : sim_check_buf(out, err);
    (void)close(fd);
    return ret ? -1 : 1;
}

/* The given one, or a new one. */
static int
choose(const char *given, ds_buf *seed, sim_error *err)
{
    uint8_t random[32];
    char hex[2 * sizeof random + 1];
    if (!given) {
        if (!ds_random(random, sizeof random))
            return sim_fail(
                err, SIM_FAILED, "the system gives no random numbers");
        ds_hex_encode(ds_view_of(random, sizeof random), hex);
        given = hex;
    }
    ds_buf_add_str(seed, given);
    return sim_check_buf(seed, err);
}

/* 1: the directory has a seed, which is the given one; 0: none; -1. */
static int
kept(const char *dir, const char *path, const char *given, ds_buf *seed,
    sim_error *err)
{
    int there = read_file(path, seed, err);
    while (seed->n && seed->p[seed->n - 1] == '\n')
        ds_buf_cut(seed, seed->n - 1);
    if (there <= 0 || !seed->n)
        return there < 0 ? -1 : 0;
    if (!given || ds_view_eq_str(sim_view(seed), given))
        return 1;
    return sim_fail(err, SIM_REFUSED,
        "%.120s: is the state of another seed; use another directory, or no "
        "seed",
        dir);
}

int
sim_state_seed(const char *dir, const char *given, ds_buf *seed, sim_error *err)
{
    char path[PATH_SIZE];
    ds_buf_init_secret(seed, SEED_SIZE);
    if (given && (!*given || strlen(given) >= SEED_SIZE))
        return sim_fail(
            err, SIM_REFUSED, "a seed has 1 to %u characters", SEED_SIZE - 1);
    if (!dir)
        return choose(given, seed, err);
    if (path_of(path, dir, "seed", err))
        return -1;
    if (mkdir(dir, 0777) != 0 && errno != EEXIST)
        return fail_file(err, dir, "made");
    int there = kept(dir, path, given, seed, err);
    if (there)
        return there < 0 ? -1 : 0;
    return choose(given, seed, err) ||
                   write_file(dir, "seed", sim_view(seed), 0600, err)
               ? -1
               : 0;
}

int
sim_state_write(const char *dir, const sim_platform *p, sim_error *err)
{
    const forge_out *out = &p->tdx->out;
    return write_file(dir, "root.pem", sim_view(&out->root_pem), 0644, err) ||
                   write_file(dir, "collateral.json",
                       sim_view(&out->collateral), 0644, err)
               ? -1
               : 0;
}
