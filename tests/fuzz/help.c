/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/help.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "codec/json.h"
#include "dstack/dstack.h"

void
fuzz_must(bool ok, const char *what, const char *file, int line)
{
    if (ok)
        return;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

bool
fuzz_inside(ds_view part, ds_view whole)
{
    return part.n == 0 || (part.p >= whole.p && part.n <= whole.n &&
                              (size_t)(part.p - whole.p) <= whole.n - part.n);
}

void
fuzz_check_error(int rc, const dstack_error *err)
{
    must(rc != DSTACK_OK && rc != DSTACK_ERR_NOMEM && rc != DSTACK_ERR_ARG &&
         rc != DSTACK_ERR_INTERNAL);
    must(err->code == rc && err->reason != 0);
    must(err->message[0] != '\0' && ds_utf8_is(ds_view_str(err->message)));
}

void
fuzz_take_json(char *text, size_t n)
{
    ds_json *j = NULL;

    must(text && text[n] == '\0');
    must(ds_json_parse(ds_view_of(text, n), "ours", &j, NULL) == DSTACK_OK);
    must(ds_json_type(j, 0) == DS_JSON_OBJECT);
    ds_json_free(j);
    dstack_free(text);
}

forge *
fuzz_forge(int kind)
{
    static forge *one;

    if (!one)
        one = forge_new(kind, "fuzz");
    else
        forge_reset(one, kind);
    must(one != NULL);
    return one;
}

/* xorshift32. */
uint32_t
fuzz_below(fuzz_random *r, uint32_t n)
{
    uint32_t x = r->state ? r->state : 0x9e3779b9u;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    r->state = x;
    return n ? x % n : 0;
}
