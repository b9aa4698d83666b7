/* SPDX-License-Identifier: Apache-2.0 */
/* Replays a corpus through a fuzz target with no fuzzing engine: every file
 * named, and every file of every folder named. */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz/fuzz.h"

enum {
    REPLAY_MAX = 16 << 20
};

static unsigned replayed;

/* A target that brings its own mutator refers to the engine's; it is never
 * called here. */
size_t
LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
    (void)data;
    (void)max_size;
    return size;
}

static bool
replay_file(const char *path)
{
    bool ok = false;
    uint8_t *exact = NULL;
    uint8_t *data = malloc(REPLAY_MAX);
    FILE *f = fopen(path, "rb");
    size_t n;

    if (!f || !data)
        goto out;
    n = fread(data, 1, REPLAY_MAX, f);
    if (ferror(f) || !feof(f))
        goto out;
    /* A block of exactly this size, so that a read past its end is seen. */
    exact = malloc(n ? n : 1);
    if (!exact)
        goto out;
    memcpy(exact, data, n);
    LLVMFuzzerTestOneInput(exact, n);
    replayed++;
    ok = true;
out:
    if (!ok)
        fprintf(stderr, "%s: cannot be read\n", path);
    if (f)
        fclose(f);
    free(exact);
    free(data);
    return ok;
}

static bool
replay(const char *path)
{
    bool ok = true;
    char name[2048];
    struct dirent *e;
    DIR *d = opendir(path);

    if (!d)
        return replay_file(path);
    while ((e = readdir(d)) != NULL) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        ok = replay_file(name) && ok;
    }
    closedir(d);
    return ok;
}

int
main(int argc, char **argv)
{
    bool ok = true;

    for (int i = 1; i < argc; i++)
        ok = replay(argv[i]) && ok;
    printf("%u inputs replayed\n", replayed);
    return ok && replayed > 0 ? 0 : 1;
}
