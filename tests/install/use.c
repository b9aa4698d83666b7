/* SPDX-License-Identifier: Apache-2.0 */
/* A stranger's program: installed headers, one library, nothing else. Also
 * compiled as C++. */
#include <dstack/dstack.h>
#include <stdio.h>
#include <string.h>

int
main(void)
{
    dstack_error err;
    dstack_quote *quote = NULL;
    const uint8_t junk[4] = {3, 0, 2, 0};

    if (strcmp(dstack_version(), DSTACK_VERSION) != 0)
        return 1;
    if (dstack_quote_parse(junk, sizeof junk, &quote, &err) !=
            DSTACK_ERR_PARSE ||
        quote || err.code != DSTACK_ERR_PARSE || !err.message[0])
        return 2;
    printf("%s: %s\n", dstack_build_info(), err.message);
    return 0;
}
