/* SPDX-License-Identifier: Apache-2.0 */
#include "support/container.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "support/vec.h"

ds_view
container_vec(const char *name, int version)
{
    ds_view found = vec_bytes("-");
    vec v;

    vec_open(&v, "attestation.vec");
    while (vec_next(&v) == 3)
        if (strcmp(v.word[0], name) == 0 && v.word[1][0] - '0' == version) {
            vec_free(found);
            found = vec_bytes(v.word[2]);
        }
    vec_close(&v);
    return found;
}

ds_view
container_real(const char *name)
{
    static const char mark[] = "\"attestation\"";
    ds_view file = vec_real(name);
    char *text = malloc(file.n + 1);
    ds_view found;
    char *hex;

    assert_non_null(text);
    memcpy(text, file.p, file.n);
    text[file.n] = 0;
    hex = strstr(text, mark);
    assert_non_null(hex);
    hex += sizeof mark - 1;
    hex += strcspn(hex, "0123456789abcdef");
    hex[strspn(hex, "0123456789abcdef")] = 0;
    found = vec_bytes(hex);
    free(text);
    vec_free(file);
    return found;
}

ds_view
container_replace(ds_view in, const char *old, const char *new)
{
    ds_view from = vec_bytes(old), to = vec_bytes(new);
    size_t n = in.n - from.n + to.n;
    uint8_t *p = malloc(n ? n : 1);
    size_t i = 0;

    assert_non_null(p);
    assert_true(from.n <= in.n);
    while (i + from.n <= in.n && memcmp(in.p + i, from.p, from.n) != 0)
        i++;
    if (i + from.n > in.n)
        fail_msg("%s is not in the container", old);
    memcpy(p, in.p, i);
    memcpy(p + i, to.p, to.n);
    memcpy(p + i + to.n, in.p + i + from.n, in.n - i - from.n);
    vec_free(from);
    vec_free(to);
    return ds_view_of(p, n);
}
