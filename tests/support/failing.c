/* SPDX-License-Identifier: Apache-2.0 */
#include "support/failing.h"

#include <stdbool.h>
#include <stdlib.h>

#include "dstack/alloc.h"

static int left = -1;

static bool
refused(void)
{
    if (left < 0)
        return false;
    if (left == 0)
        return true;
    left--;
    return false;
}

static void *
take(void *user, size_t size)
{
    (void)user;
    return refused() ? NULL : malloc(size);
}

static void *
resize(void *user, void *block, size_t size)
{
    (void)user;
    return refused() ? NULL : realloc(block, size);
}

static void
give(void *user, void *block)
{
    (void)user;
    free(block);
}

void
failing_install(void)
{
    const dstack_allocator a = {sizeof a, 0, NULL, take, resize, give};

    if (dstack_set_allocator(&a) != 0)
        abort();
}

void
failing_after(int passes)
{
    left = passes;
}
