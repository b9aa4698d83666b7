/* SPDX-License-Identifier: Apache-2.0 */
#include "support/search_memory.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

bool
search_memory_works(void)
{
#ifdef SANITIZED
    return false;
#else
    return access("/proc/self/mem", R_OK) == 0 &&
           access("/proc/self/maps", R_OK) == 0;
#endif
}

static bool
is_it(const uint8_t *p, const uint8_t *masked, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((p[i] ^ SEARCH_MASK) != masked[i])
            return false;
    return true;
}

/* One region. The buffer is wiped: it must not be found itself. */
static unsigned
count_in(int memory, unsigned long from, unsigned long to,
    const uint8_t *masked, size_t size)
{
    static uint8_t buffer[1 << 16];
    unsigned found = 0;

    while (from < to) {
        size_t n = to - from < sizeof buffer ? to - from : sizeof buffer;

        if (pread(memory, buffer, n, (off_t)from) != (ssize_t)n)
            break;
        for (size_t i = 0; i + size <= n; i++)
            found += is_it(buffer + i, masked, size);
        explicit_bzero(buffer, sizeof buffer);
        if (n < sizeof buffer)
            break;
        from += n - size + 1;
    }
    return found;
}

unsigned
search_memory(const uint8_t *masked, size_t n)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY);
    unsigned found = 0;
    char line[512];

    assert_true(n != 0 && n <= SEARCH_MAX);
    assert_non_null(maps);
    assert_true(memory >= 0);
    while (fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        char may[5];

        if (sscanf(line, "%lx-%lx %4s", &from, &to, may) == 3 &&
            strncmp(may, "rw", 2) == 0)
            found += count_in(memory, from, to, masked, n);
    }
    fclose(maps);
    close(memory);
    return found;
}
